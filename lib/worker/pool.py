"""How many workers there are at once: as many as the machine bears, and one that waits."""

import atexit
import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock, Thread, Timer

from lib.cohort import Cohort, CohortError
from lib.plan import Reading
from lib.worker import child
from lib.worker.importing import Here, Import, Kept, Known
from lib.worker.process import (
    ASKED_EVERY,
    NoProcessError,
    OutOfMemoryError,
    Waits,
    Worker,
    nobody,
)

_ROOM = child.MEMORY * 3 // 2
"""Bytes of the machine for each worker: its limit, its imports, and what it hands over."""
_WHILE = 2.0  # seconds until another worker begins to wait


def _at_once() -> int:
    """How many workers the processors and the memory of this machine bear."""
    cores = os.cpu_count() or 1
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows does not say
        return cores
    return max(1, min(cores, memory // _ROOM))


class _Pool:
    """The workers of all visitors; each is one visitor's, for one file, and ends with its use."""

    def __init__(self, at_once: int) -> None:
        self._turns = BoundedSemaphore(at_once)
        self._lock = Lock()
        self._spare: Worker | None = None
        self._keeps_one = self._is_coming = False

    def warm(self) -> None:
        """Have a worker wait from soon on that has imported all there is, in the background."""
        with self._lock:
            self._keeps_one = True
            waits = self._living() is not None
        if not waits:
            self._replace()

    def close(self) -> None:
        """End the worker that waits."""
        with self._lock:
            if spare := self._living():
                spare.end()
            self._keeps_one, self._spare = False, None

    def _living(self) -> Worker | None:
        """The worker that waits, unless there is none or it ended by itself."""
        if self._spare is None or self._spare.lives():
            return self._spare
        self._spare.end()
        return None

    @contextmanager
    def turn(self, waits: Waits) -> Iterator[None]:
        """Have one of the places, after those who came before."""
        while not self._turns.acquire(timeout=ASKED_EVERY):
            waits(True)
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def worker(self, waits: Waits) -> Iterator[Worker]:
        """A worker for one file; another waits in its place soon."""
        with self._lock:
            taken, self._spare = self._living() or Worker(), None
        taken.waits = waits
        try:
            yield taken
        finally:
            taken.end()
            self._replace()

    def _replace(self) -> None:
        """Have one wait in a while: what it imports must not hold a first page."""

        def replaced() -> None:
            with self._lock:
                self._is_coming = False
                if self._keeps_one:
                    self._spare = self._living() or _or_none()

        with self._lock:
            if not self._keeps_one or self._is_coming:
                return
            self._is_coming = True
        later = Timer(_WHILE, replaced)
        later.daemon = True
        later.start()


def _or_none() -> Worker | None:
    """A worker, or none where none can be started: who needs one is told why."""
    try:
        return Worker()
    except (NoProcessError, CohortError):
        return None


_KNOWN: dict[Path, Known] = {}
"""The files of Hepar's own, once somebody opened them: nobody's rows."""
_POOL = _Pool(_at_once())
atexit.register(_POOL.close)
warm = _POOL.warm


@contextmanager
def opened(
    name: str, data: bytes, reading: Reading | None = None, waits: Waits = nobody
) -> Iterator[Import]:
    """Open a file by its bytes, in a worker of its own wherever there can be one.

    `reading`: see `lib.ingest.open_file`. Raises `CohortError` if it cannot be read, be it the
    file's fault or not.
    """
    with ExitStack() as whole:
        whole.enter_context(_POOL.turn(waits))
        file = _opened(whole.enter_context(ExitStack()), name, data, reading, waits)
        yield file
        if isinstance(file, Worker) and file.is_to_pack:
            Thread(target=_pack, args=(file, whole.pop_all()), daemon=True).start()


def _pack(worker: Worker, whole: ExitStack) -> None:
    """Let a worker pack what is kept, before it ends and leaves its place."""
    worker.waits = nobody
    with whole:
        worker.pack()


def _opened(
    stack: ExitStack, name: str, data: bytes, reading: Reading | None, waits: Waits
) -> Import:
    try:
        worker = stack.enter_context(_POOL.worker(waits))
        worker.opened(name, data, reading, trim=False)
    except NoProcessError:
        return Here.opened(name, data, reading, trim=True)
    except OutOfMemoryError as error:
        if not error.at_once:
            raise
        stack.close()
        worker = stack.enter_context(_POOL.worker(waits))
        worker.opened(name, data, reading, trim=True)
    return worker


@contextmanager
def again(packed: Future[Kept], waits: Waits = nobody) -> Iterator[Import]:
    """Open a file that was kept: in this process where a worker would only take longer.

    Raises `CohortError` if the worker ended.
    """
    kept = packed.result()
    if kept.small:
        yield Here.again(kept.packed)
        return
    with _POOL.turn(waits), ExitStack() as stack:
        yield _again(stack, kept, waits)


@contextmanager
def opened_sample(place: Path) -> Iterator[Import]:
    """Open a file of Hepar's own, which no worker need be started for: read once, and here."""
    if place not in _KNOWN:
        _KNOWN[place] = Known(Here.opened(place.name, place.read_bytes(), None, trim=False))
    yield _KNOWN[place]


def _again(stack: ExitStack, kept: Kept, waits: Waits) -> Import:
    try:
        worker = stack.enter_context(_POOL.worker(waits))
    except NoProcessError:
        return Here.again(kept.packed)
    worker.again(kept.packed)
    return worker


def read_cohort(name: str, data: bytes, reading: Reading | None = None) -> Cohort:
    """Read a spreadsheet into a cohort; see `lib.ingest.read_cohort`."""
    with opened(name, data, reading) as file:
        return file.read(reading or Reading())
