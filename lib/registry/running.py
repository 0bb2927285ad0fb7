"""A registry that is looked into, or prepared in the background: by one at a time.

What is prepared belongs to whoever offers it, and to no visitor: it goes on when a tab is closed,
and everybody may see how far it is.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from weakref import finalize

from lib.cohort import CohortError
from lib.faults import caught
from lib.language import N_
from lib.plan import Plan
from lib.registry.prepare import First, Prepared, Progress, opened, prepare

FAILED = N_("Hepar could not prepare this, for a reason that lies with Hepar", "registry-failed")


class _StoppedError(Exception):
    """The visitor stopped it."""


@dataclass(slots=True)
class Running:
    """A preparation that runs, or that ended."""

    name: str
    progress: Progress | None = None
    problem: CohortError | None = None
    done: Prepared | None = None
    stopped: bool = False
    _stop: Event = field(default_factory=Event)

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return not (self.problem or self.done or self.stopped)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop, and is still at its last part."""
        return self.runs and self._stop.is_set()

    def stop(self) -> None:
        """End it after the part that is being made; those that are made stay."""
        self._stop.set()

    def _told(self, progress: Progress) -> None:
        self.progress = progress
        if self._stop.is_set():
            raise _StoppedError

    def run(self, where: str, folder: Path, plan: Plan) -> None:
        """Prepare; whatever ends it is kept."""

        def failed() -> None:
            self.problem = CohortError(FAILED)

        with caught(failed):
            try:
                self.done = prepare(where, folder, plan, self._told)
            except _StoppedError:
                self.stopped = True
            except CohortError as problem:
                self.problem = problem


_RUNNING: dict[str, Running] = {}


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Looking:
    """A registry that a visitor looks into: what its columns hold, counted."""

    name: str
    where: str
    folder: Path
    first: First
    _held: ExitStack

    def __post_init__(self) -> None:
        """Let go of it too where the visitor's session ends."""
        finalize(self, self._held.close)

    def close(self) -> None:
        """Let go of the rows that passed through, and let others look."""
        self._held.close()


def look(name: str, where: str, folder: Path, goes_on: Callable[[], object]) -> Looking:
    """Count what the columns of a source hold.

    `goes_on`: called now and then; what it raises ends it. Raises `CohortError` where it cannot be
    done, or somebody else is at it.
    """
    with ExitStack() as held:
        first = held.enter_context(opened(where, folder, goes_on))
        return Looking(name, where, folder, first, held.pop_all())


def start(looking: Looking, plan: Plan) -> None:
    """Prepare what was looked into, in the background."""
    looking.close()
    running = _RUNNING[looking.name] = Running(looking.name)
    Thread(target=running.run, args=(looking.where, looking.folder, plan), daemon=True).start()


def of(name: str) -> Running | None:
    """How far the preparation of a registry is, if one ran since the server started."""
    return _RUNNING.get(name)
