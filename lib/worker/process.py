"""A worker as who asks it sees it: how it is started, asked and ended, and how it ended itself."""

import errno
import json
import logging
import os
import pickle
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast

from lib.cohort import Cohort, CohortError
from lib.faults import DescribedError
from lib.ingest import Proposal
from lib.language import N_
from lib.plan import Reading
from lib.worker import child
from lib.worker.importing import Kept

Waits = Callable[[bool], object]
"""Called again and again while others are served first (True) and while the file is read (False).

What it raises ends both: whoever asked is gone.
"""
ASKED_EVERY = 0.5  # seconds between two such calls

SECONDS = 3 * child.SECONDS
"""For a whole import, from the bytes to the cohort, however busy the machine."""
_OUT_OF_TIME = -24  # how a process ends that has computed for too long
TOO_LONG = N_(
    "The file could not be read in {limit} second; delete what is not data, or "
    "save the table of the patients alone as CSV",
    "worker-too-long",
    many="The file could not be read in {limit} seconds; delete what is not data, or "
    "save the table of the patients alone as CSV",
    by="limit",
)
NO_MEMORY = N_(
    "The file needs more memory than there is for one file; delete what is not data, or save the"
    " table of the patients alone as CSV",
    "worker-no-memory",
)
GAVE_UP = N_(
    "The program that reads files gave up on this one, and the file may be sound; open it in a"
    " spreadsheet and save it anew, or save the table as CSV",
    "worker-gave-up",
)
STOPPED = N_(
    "The program that reads files was stopped before it had finished, for which the file is not to"
    " blame; try again",
    "worker-stopped",
)
NOT_STARTED = N_(
    "The program that reads files could not be started on this computer, for which the file is not"
    " to blame: Hepar is not installed completely; tell whoever installed it",
    "worker-not-started",
)
NO_READER = N_(
    "What reads files is missing from this installation, for which the file is not to blame: Hepar"
    " is not installed completely; tell whoever installed it",
    "worker-no-reader",
)
_ABORTED = frozenset((-6, 134, 0xC0000409))
"""How a process ends whose request for memory is refused, here and on Windows."""
_BELOW_THE_SERVER = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""How Windows starts what must not keep a page waiting; elsewhere the worker sees to it."""
_FORBIDDEN = frozenset((errno.EPERM, errno.ENOSYS, errno.ENOTSUP))
"""Why no process at all can be started, as in a sandbox."""
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""What keeps libraries from threads and memory that reading a table has no use for."""
log = logging.getLogger(__name__)


class NoProcessError(Exception):
    """No process at all can be started here."""


class OutOfMemoryError(CohortError):
    """The worker ended for want of memory; `at_once` where it asked for all of it in one piece."""

    def __init__(self, at_once: bool) -> None:
        super().__init__(NO_MEMORY)
        self.at_once = at_once


def nobody(_queued: bool) -> None:
    """Who waits is told nothing."""


class Worker:
    """Another Python that opens one file, answers what is asked about it, and ends.

    Attributes
    ----------
    waits : Waits

    Raises
    ------
    NoProcessError
        If there can be none here.
    """

    def __init__(self) -> None:
        if not starts_python():
            raise NoProcessError
        program = [sys.executable, "-I", "-c", child.START, json.dumps(_places())]
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                program,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env={**os.environ, **_ONE_THREAD},
                creationflags=_BELOW_THE_SERVER,
            )
        except OSError as error:
            log.error("the worker did not start: %s", type(error).__name__)
            if error.errno in _FORBIDDEN:
                raise NoProcessError from error
            raise CohortError(NOT_STARTED) from error
        self._is_ready = self._is_late = False
        self._kept: Future[Kept] | None = None
        self._time: Timer | None = None
        self.waits: Waits = nobody

    def opened(self, name: str, data: bytes, reading: Reading | None, trim: bool) -> None:
        """Let it open a file by its bytes; from here on the time counts."""
        self._ask("opened", name, data, reading, trim)

    def again(self, packed: bytes) -> None:
        """Let it open a file that was kept."""
        self._ask("again", packed)

    def followed(self, complete: Reading, chosen: Reading) -> Reading | None:
        """See `lib.worker.importing.Import`."""
        found: Reading | None = self._ask("followed", complete, chosen)
        return found

    def propose(self, chosen: Reading) -> Proposal:
        """See `lib.worker.importing.Import`."""
        found: Proposal = self._ask("propose", chosen)
        return found

    def read(self, reading: Reading) -> Cohort:
        """See `lib.worker.importing.Import`."""
        found: Cohort = self._ask("read", reading)
        return found

    def kept(self) -> Future[Kept]:
        """See `lib.worker.importing.Import`; whoever has the worker then lets it `pack`."""
        self._kept = Future()
        return self._kept

    @property
    def is_to_pack(self) -> bool:
        """Whether somebody asked for what is kept."""
        return self._kept is not None

    def pack(self) -> None:
        """Pack what is kept, for whoever asked for it."""
        assert self._kept is not None, "nobody asked"
        try:
            self._kept.set_result(self._ask("packed"))
        except (CohortError, DescribedError) as error:
            self._kept.set_exception(error)

    def lives(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it, whatever it is at, and all that it holds with it."""
        if self._time:
            self._time.cancel()
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from, self._said):
            with suppress(OSError):  # what it did not take any more is lost with it
                pipe.close()

    @property
    def _to(self) -> IO[bytes]:
        return cast(IO[bytes], self._process.stdin)

    @property
    def _from(self) -> IO[bytes]:
        return cast(IO[bytes], self._process.stdout)

    @property
    def _said(self) -> IO[bytes]:
        return cast(IO[bytes], self._process.stderr)

    def _ask(self, what: str, *given: Any) -> Any:
        """What it answers; raised where that is why there is none.

        Raises `CohortError` if the file is refused, or the worker ended. Raises `DescribedError` if
        something failed for a reason of ours.
        """
        self._start_when_ready()
        with self._saying_why():
            pickle.dump((what, given), self._to, pickle.HIGHEST_PROTOCOL)
            self._to.flush()
        self._wait()
        with self._saying_why():
            answer = pickle.load(self._from)
        if isinstance(answer, CohortError | DescribedError):
            raise answer
        return answer

    @contextmanager
    def _saying_why(self) -> Iterator[None]:
        """Say why it ended, where it takes or gives nothing any more."""
        try:
            yield
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise self._ended() from error

    def _wait(self) -> None:
        """Wait until it says something, where a pipe can be waited for."""
        if sys.platform != "win32":
            while not select.select([self._from], [], [], ASKED_EVERY)[0]:
                self.waits(False)

    def _start_when_ready(self) -> None:
        """Wait until all is imported, and only then let the time of the import begin."""
        if self._is_ready:
            return
        self._time = self._limited()
        self._wait()
        self._is_ready = self._from.read(len(child.READY)) == child.READY
        self._time.cancel()
        if not self._is_ready:
            raise self._ended()
        self._time = self._limited()

    def _limited(self) -> Timer:
        """End the worker when its time is over."""

        def over() -> None:
            self._is_late = True
            self._process.kill()

        timer = Timer(SECONDS, over)
        timer.daemon = True
        timer.start()
        return timer

    def _ended(self) -> CohortError:
        """Tell apart whose fault it is that no answer came: the file's, ours, or nobody's."""
        with suppress(OSError):
            self._to.close()
        said = self._said.read()
        code = self._process.wait()
        if (self._is_late and self._is_ready) or code == _OUT_OF_TIME:
            return CohortError(TOO_LONG, limit=child.SECONDS)
        if code == child.NO_MEMORY or code in _ABORTED:
            return OutOfMemoryError(code in _ABORTED)
        last = said.decode(errors="replace").strip().rpartition("\n")[2][:200]
        log.error("the worker ended with %d: %s", code, last)
        if code == child.NO_READER:
            return CohortError(NO_READER)
        if code < 0:
            return CohortError(STOPPED)
        return CohortError(GAVE_UP if last.isidentifier() else NOT_STARTED)


def starts_python() -> bool:
    """Whether the running program is Python, and not one that has it inside."""
    named = Path(sys.executable or "").stem.casefold().startswith(("python", "pypy"))
    return named and not getattr(sys, "frozen", False)


def _places() -> list[str]:
    """Where this process imports from, which a new one does not know by itself."""
    return [os.path.abspath(place) for place in sys.path]
