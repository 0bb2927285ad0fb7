"""An engine that is asked for a visitor: what they no longer wait for is not counted to its end."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic

from lib.cohort import CohortError
from lib.language import N_
from lib.registry.query import GONE, Answer, Engine
from lib.ui import promises

_LOOK = 0.05  # seconds between two looks at whether the visitor still waits
_SOON = 0.5  # seconds after which they are told of it
MOST = 180  # seconds that what is fitted again and again may take
GONE_HERE = N_(
    "The facts of {name} were moved, damaged or prepared again since it was opened: open it again"
    " on Cohort, and where that does not help, press 'Prepare {name} again' there",
    "registry-gone-here",
)
SLOW = N_(
    "Stopped after {n} second, the most that this may take; all else stands. Fewer patients under "
    "study take less, and what was counted so far is kept for when it is opened again",
    "registry-slow",
    many="Stopped after {n} seconds, the most that this may take; all else stands. Fewer patients "
    "under study take less, and what was counted so far is kept for when it is opened again",
    by="n",
)


class Waiting:
    """A visitor who waits for what is asked: told of it each second, and not for ever."""

    def __init__(self, tell: Callable[[int], None], most: float) -> None:
        self._tell, self._most = tell, most
        self._since, self._told = monotonic(), -1

    def look(self) -> None:
        """Tell for how many seconds it lasts; raises `CohortError` where that is too long."""
        lasts = monotonic() - self._since
        if lasts > self._most:
            raise CohortError(SLOW, n=int(self._most))
        if lasts >= _SOON and int(lasts) > self._told:
            self._told = int(lasts)
            self._tell(self._told)


_waiting: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def waiting(tell: Callable[[int], None], most: float = inf) -> Iterator[None]:
    """Tell of what is asked meanwhile for longer than half a second, and stop what takes too long.

    `tell`: called with the seconds so far, each second.
    """
    token = _waiting.set(Waiting(tell, most))
    try:
        yield
    finally:
        _waiting.reset(token)


def _look() -> None:
    """End what is asked where the visitor no longer waits, and tell one who does."""
    promises.end_if_gone()
    if (visitor := _waiting.get()) is not None:
        visitor.look()


class Attended:
    """Another engine, whose query is stopped once the run that asks is ended.

    Streamlit ends a run where its script asks for something, and a query is one long answer.
    `name`: of a registry that may be prepared again from the page; else ''.
    """

    def __init__(self, engine: Engine, name: str = "") -> None:
        self._engine, self._name = engine, name
        self._asks = ThreadPoolExecutor(1, "hepar-asks")

    @property
    def at_once(self) -> int | None:
        """The patients whom it joins with what else is known of them at once."""
        return self._engine.at_once

    def columns(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives."""
        _look()
        asked = self._asks.submit(self._engine.columns, sql, values)
        try:
            while not wait([asked], _LOOK).done:
                _look()
        except BaseException:
            asked.cancel()
            while not wait([asked], _LOOK).done:  # it may not have begun when it was stopped first
                self._engine.interrupt()
            raise
        try:
            return asked.result()
        except CohortError as lost:
            if self._name and lost.code == GONE.code:
                raise CohortError(GONE_HERE, name=self._name) from lost
            raise

    def interrupt(self) -> None:
        """Stop what runs."""
        self._engine.interrupt()

    def close(self) -> None:
        """Let go of all that is held open."""
        self._asks.shutdown(wait=False, cancel_futures=True)
        self._engine.close()
