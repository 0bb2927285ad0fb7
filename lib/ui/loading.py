"""What comes in the place of what is open: a file, a registry, counts; or why it does not."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import pool, text
from lib.analyses.study import opening_plan, under_study
from lib.cohort import Cohort, CohortError
from lib.ingest import Proposal
from lib.language import _
from lib.plan import CutPoints, Plan, PlanError, Reading
from lib.registry import Registry
from lib.registry.running import Looking
from lib.ui import address, failures, promises, remembered, session
from lib.worker.importing import Import, Kept
from lib.worker.pool import again, opened, opened_sample

SAMPLES = Path(__file__).parents[2] / "sample_data"
SAMPLE = SAMPLES / "synthetic_36.xlsx"
REGISTRY = SAMPLES / "synthetic_240.xlsx"

_FILE, _PROPOSAL, _PROBLEM = "hepar.file", "hepar.proposal", "hepar.problem"
_CHOSEN, _UNFOLLOWED, _UNTOLD = "hepar.chosen", "hepar.unfollowed", "hepar.untold"
_UPLOADS, _OPENED = "hepar.visitor.uploads", "hepar.visitor.opened"


def look_into(name: str, of: Callable[[], Looking]) -> None:
    """Have a registry looked into, in the place of whatever is open; else keep why not.

    `name`: as the visitor knows it. `of`: looks into it.
    """
    with _whole(name):
        found = of()
        before = remembered.recall_registry(found)
        proposed = found.first.propose(before)
        with promises.whole():
            _leave_for_another()
            session.look_into(found)
            st.session_state[_PROPOSAL] = proposed
            st.session_state[_CHOSEN] = before
            remembered.came_from(_whence(before, None))


def _leave_for_another() -> None:
    """Leave what was open behind, for what comes in its place."""
    session.forget()
    promises.leave()  # what comes is drawn first
    session.redraw()
    session.welcome()


def open_registry(name: str, of: Callable[[], Registry]) -> None:
    """Have a registry open in the place of whatever is; where it does not open, keep why.

    `name`: as the visitor knows it. `of`: opens it.
    """
    with _whole(name):
        found = of()
        with promises.whole():
            _leave_for_another()
            session.have(found, found.plan)


def open_counts(files: Sequence[tuple[str, bytes]]) -> None:
    """Have the counts of centres open in the place of whatever is; else keep why not.

    `files`: their names and bytes.
    """
    with _whole(", ".join(name for name, _data in files)):
        found = pool.opened([(text.visible(name), data) for name, data in files], session.plan())
        with promises.whole():
            _leave_for_another()
            session.have(found, found.plan)


def load(name: str, data: bytes) -> None:
    """Read a file into this session; the cohort before it goes, its plan with it.

    Headers that were mapped before in this session, or in a plan that was opened, are mapped so
    again. Where the file holds no cohort, or whatever else fails, the sentence that says why is
    kept for the page, and the session stays as it was.
    """
    with _whole(name):
        _open(opened(name, data, waits=_in_turn()))


def load_sample(sample: Path = SAMPLE) -> None:
    """Read a sample cohort, as `load` reads a file."""
    with _whole(sample.name):
        _open(opened_sample(sample))


def _open(opening: AbstractContextManager[Import]) -> None:
    """Have all of a file ready, and only then put it in the place of what was loaded."""
    with opening as file:
        first = file.propose(Reading()) if remembered.kept() else None
        waiting = _waiting(file)
        known = remembered.follows(file, first) if first and waiting is None else None
        before = known.reading if known else remembered.recall(file)
        loaded = file.read(before)
        proposed = first if first and before == Reading() else file.propose(before)
        first = first or (proposed if before == Reading() else file.propose(Reading()))
        of_file = file.kept()
    complete, unfollowed = _first_plan(loaded, waiting or known)
    under_study(loaded, complete)  # all of it is known to work before anything changes
    with promises.whole():
        _leave_for_another()
        st.session_state[_FILE] = of_file
        session.have(loaded, complete)
        st.session_state[_PROPOSAL] = proposed
        st.session_state[_CHOSEN] = before
        remembered.know(first)
        remembered.came_from(_whence(before, known))
        if waiting is not None:
            del st.session_state[_OPENED]
        elif remembered.kept() is None:
            st.session_state[_UNTOLD] = True
        if unfollowed:
            st.session_state[_UNFOLLOWED] = unfollowed


def _whence(before: Reading, known: Plan | None) -> remembered.Recalled:
    if known:
        return "browser"
    return "session" if before != Reading() else ""


def _in_turn() -> Callable[[bool], None]:
    """Say, while other visitors' files are read first, that this one waits for its turn.

    Where the visitor is gone, or has gone on, no more is read for them.
    """
    words = _("Other files are being read; yours is next")
    shown: list[DeltaGenerator] = []

    def waiting(queued: bool) -> None:
        if queued:
            shown[:] = [(shown[0] if shown else st).toast(words, icon="spinner", duration="long")]
        promises.end_if_gone()

    return waiting


@contextmanager
def _whole(name: str) -> Iterator[None]:
    """Change the session as the last step of what is done here, or keep why it did not come so far.

    `name`: the file that is read; '' for a choice.
    """

    def refuse(problem: CohortError) -> None:
        st.session_state[_PROBLEM] = (name, problem)

    with failures.caught(lambda: refuse(CohortError(failures.OURS))):
        try:
            yield
        except CohortError as problem:
            refuse(problem)


def _waiting(file: Import) -> Plan | None:
    """The plan that waits for a file with these headers."""
    waiting: Plan | None = session.get(_OPENED, None)
    mapped = waiting.reading if waiting else Reading()
    return None if mapped.columns and file.followed(mapped, mapped) is None else waiting


def _first_plan(loaded: Cohort, waiting: Plan | None) -> tuple[Plan, str]:
    """What the file opens with: the plan that waits, or the product's own and why that is not."""
    try:
        return opening_plan(loaded, waiting or Plan()), ""
    except PlanError as problem:
        return opening_plan(loaded), text.error(problem)


def unfollowed() -> str:
    """Why the plan that waited for this file is not followed, '' where nothing is in the way."""
    return str(st.session_state.get(_UNFOLLOWED, ""))


def wait_with(plan: Plan) -> None:
    """Have a plan wait for a file with its headers."""
    st.session_state[_OPENED] = plan


def waits() -> bool:
    """Whether a plan is open and waits for a file with its headers."""
    return _OPENED in st.session_state


def proposal() -> Proposal:
    """How the loaded file is read, and what is to be asked."""
    proposed: Proposal = st.session_state[_PROPOSAL]
    return proposed


def chosen() -> Reading:
    """What the visitor said of how what is open is read."""
    said: Reading = st.session_state[_CHOSEN]
    return said


def followed(reading: Reading) -> Reading | None:
    """A reading as the loaded file can follow it; None where its headers are others."""
    with again(st.session_state[_FILE], _in_turn()) as file:
        return file.followed(reading, reading)


def reread(reading: Reading) -> None:
    """Read the loaded file by other choices, which are remembered for the same headers.

    Where they leave no cohort, or whatever else fails, the sentence that says why is kept, and the
    reading as it was.
    """
    with _whole(""):
        put(reading, _to_its_end)


def _to_its_end(loaded: Cohort) -> Plan:
    """The plan in force for another reading: to the end of what is known, if it went so far."""
    now, before = session.plan(), session.cohort()
    study = now.study
    if before is None or study.as_of in (None, before.latest_date):
        study = replace(study, as_of=loaded.latest_date)
    return replace(now, reading=loaded.reading, study=replace(study, cuts=_of(loaded, study.cuts)))


def _of(loaded: Cohort, cuts: tuple[CutPoints, ...]) -> tuple[CutPoints, ...]:
    """The cut points of the columns that still hold numbers."""
    known = loaded.columns
    return tuple(c for c in cuts if c.column in known and known[c.column].kind == "number")


def put(reading: Reading, completed: Callable[[Cohort], Plan]) -> None:
    """Put a reading of the loaded file in force, and the plan for what it gives."""
    if (looked := session.looking()) is not None:
        proposed = looked.first.propose(reading)
        with promises.whole():
            st.session_state.pop(_PROBLEM, None)
            st.session_state[_PROPOSAL], st.session_state[_CHOSEN] = proposed, reading
            remembered.remember(remembered.of_registry(looked.name), proposed.reading, reading)
        return
    packed: Future[Kept] = st.session_state[_FILE]
    with again(packed, _in_turn()) as file:
        loaded = file.read(reading)
        proposed = file.propose(reading)
    complete = completed(loaded)
    under_study(loaded, complete)
    with promises.whole():
        st.session_state.pop(_PROBLEM, None)
        session.have(loaded, complete)
        st.session_state[_PROPOSAL] = proposed
        st.session_state[_CHOSEN] = reading
        remembered.remember(packed.result().sha256, loaded.reading, reading)
    promises.leave()


def follow_kept() -> None:
    """Read what is open as its headers were before, where the browser told only since then.

    Whatever the visitor said of it meanwhile stays. To be called in each run, before a page is
    drawn or anything is told to be kept: one that is ended leaves it to the next.
    """
    if remembered.kept() is None or not session.get(_UNTOLD, False):
        return
    file = session.cohort()
    if file is not None and _is_as_opened(file):
        with _whole(""):
            _follow_kept()
    st.session_state.pop(_UNTOLD, None)


def _is_as_opened(loaded: Cohort) -> bool:
    """Whether the visitor said nothing yet of what is open, but for what the address asked."""
    first = opening_plan(loaded)
    led, _whole = address.followed(loaded, first, session.followed_link())
    return chosen() == Reading() and session.plan() in (first, led)


def _follow_kept() -> None:
    with again(st.session_state[_FILE], _in_turn()) as file:
        known = remembered.follows(file, proposal())
    if known is None:
        return
    with promises.whole():
        put(known.reading, lambda loaded: _first_plan(loaded, known)[0])
        remembered.came_from("browser")
        session.follow_link_again()
        session.redraw()


def problem() -> tuple[str, CohortError] | None:
    """The file, or '' for a choice, that last gave no cohort, and why."""
    return session.get(_PROBLEM, None)


def settle() -> None:
    """Leave the last problem behind: it has been read."""
    st.session_state.pop(_PROBLEM, None)


def upload_key() -> str:
    """The uploader's key: a new one after each file, so that the server lets go of its bytes."""
    return f"upload-{st.session_state.get(_UPLOADS, 0)}"


def uploaded() -> None:
    """Empty the uploader: what it held has been read."""
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1
