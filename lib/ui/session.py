"""What this visitor loaded and chose. All that is computed is kept with the cohort."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeAlias, TypeVar
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import language, pool, text
from lib.analyses.counted import NO_ROWS, NotHeld, Population
from lib.analyses.everything import if_held
from lib.analyses.memory import latest
from lib.analyses.pooled import Pool
from lib.analyses.study import Study, opening_plan, under_study
from lib.cohort import Cohort, CohortError, Source
from lib.ingest import Proposal, Question
from lib.language import _, known, spoken
from lib.plan import Condition, CutPoints, Plan, PlanError, Reading, read
from lib.registry import Registry, prepare
from lib.registry.running import Looking
from lib.ui import failures, promises
from lib.worker.importing import Import, Kept
from lib.worker.pool import again, opened, opened_sample

SAMPLES = Path(__file__).parents[2] / "sample_data"
SAMPLE = SAMPLES / "synthetic_36.xlsx"
REGISTRY = SAMPLES / "synthetic_240.xlsx"

_FILE, _COHORT, _PLAN, _PROBLEM = "hepar.file", "hepar.cohort", "hepar.plan", "hepar.problem"
_PROPOSAL, _STUDY = "hepar.proposal", "hepar.study"
_UPLOADS, _READINGS, _RECALLED = "hepar.uploads", "hepar.readings", "hepar.recalled"
_CHOSEN, _NEXT, _ANSWERED = "hepar.chosen", "hepar.next-step", "hepar.answered"
_ENDPOINT = "hepar.endpoint"
_OPENED, _UNFOLLOWED = "hepar.opened", "hepar.unfollowed"
_DRAWN, _DROPPED = "hepar.drawn", "hepar.dropped"
_LOST, _NOT_DONE = "hepar.lost", "hepar.not-done"
_LOOKED_AT, _FINDING = "hepar.looked-at", "hepar.finding"
_PATIENT, _CHOOSERS = "hepar.patient", "hepar.choosers"
_COMPARED, _UNASKED, _STOPPED = "hepar.compared", "hepar.unasked", "hepar.stopped"
_WELCOMED, _LINKED, _LEADS = "hepar.welcomed", "hepar.linked", "hepar.leads"
_CLOSING, _LOOKING = "hepar.closing", "hepar.looking"
_KEEPS, _SAID, _KEPT = "hepar.keeps", "hepar.said-of-keeping", "hepar.kept"
_PLACES, _ASKED = "hepar.places", "hepar.asked"
_TONGUE = "hepar.tongue"
_ASKS = 10
_HEADERS, _WRITTEN = "hepar.headers", "hepar.written"
_NOT_READ, _CANNOT_KEEP = "hepar.not-read", "hepar.cannot-keep"
_OFF, _BEFORE, _ADDED = "hepar.off", "hepar.before", "hepar.added"
_LASTING = (
    *(_UPLOADS, _READINGS, _DRAWN, _OPENED, _COMPARED, _UNASKED, _WELCOMED, _LINKED, _LEADS),
    *(_KEEPS, _SAID, _KEPT, _NOT_READ, _CANNOT_KEEP, _ASKED, _TONGUE),
)
"""What outlives a cohort: two counters, how headers were mapped, a plan that waits for a file, of
which files a comparison was opened, by their digests, that no protocol is to be offered, that
the visitor knows what this is, what their browser keeps, and the language that they chose.

No row of a patient.
"""
_MADE = 100  # how much of one kind is kept that was made of the results of one cohort under study
_BY_VALUE = (str, int, float, tuple, NoneType)
_UNDONE = 50  # how many changes of the filters can be taken back
Opened: TypeAlias = Cohort | Registry | Pool
Selection: TypeAlias = tuple[Condition, ...]
Recalled: TypeAlias = Literal["", "session", "browser"]
Result = TypeVar("Result")
_supposed: ContextVar[Population | None] = ContextVar("supposed", default=None)


def _kept(name: str, otherwise: Result) -> Result:
    """What this session keeps under a name."""
    found: Result = st.session_state.get(name, otherwise)
    return found


_preferred = ""  # the language that the server was started for


def prefer(code: str) -> None:
    """Word pages in a language for whoever chose none."""
    global _preferred
    _preferred = code


def tongue() -> str:
    """The language that this visitor chose, here or by the address; '' for none."""
    return str(_kept(_TONGUE, ""))


def choose_tongue(code: str) -> None:
    """Take the language that the visitor chose, where there is a catalogue of it."""
    if code in known():
        st.session_state[_TONGUE] = code
        redraw()  # a browser keeps of a box to select from the words that were chosen


def speak() -> None:
    """Word what is drawn from here on in the visitor's language: as a run or a part of it begins.

    The one they chose, else that of the server, else the first of their browser.
    """
    browsers = str(st.context.locale or "").partition("-")[0].lower()
    code = tongue() or _preferred or browsers
    if code in known():
        language.speak(code)


def loaded() -> Opened | None:
    """What is open, if anything is: the cohort of a file, a registry, or centres' counts."""
    return _kept(_COHORT, None)


def cohort() -> Cohort | None:
    """The cohort of the file that is open, if one is."""
    found = loaded()
    return found if isinstance(found, Cohort) else None


def look_into(name: str, of: Callable[[], Looking]) -> None:
    """Have a registry looked into, in the place of whatever is open; else keep why not.

    `name`: as the visitor knows it. `of`: looks into it.
    """
    with _whole(name):
        found = of()
        before = _recall_registry(found)
        proposed = found.first.propose(before)
        with promises.whole():
            _leave_for_another()
            st.session_state[_LOOKING] = found
            st.session_state[_PROPOSAL] = proposed
            st.session_state[_CHOSEN] = before
            st.session_state[_RECALLED] = _whence(before, None)


def _leave_for_another() -> None:
    """Leave what was open behind, for what comes in its place."""
    forget()
    promises.leave()  # what comes is drawn first
    redraw()
    welcome()


def looking() -> Looking | None:
    """The registry that the visitor looks into, if one."""
    return _kept(_LOOKING, None)


def source(whose: Opened) -> Source:
    """Where what is open comes from."""
    if isinstance(whose, Pool):
        return whose.provenance.source
    return whose.held.source if isinstance(whose, Registry) else whose.source


def _mark(whose: Opened) -> str:
    """What tells it, as it is read, from all else."""
    if isinstance(whose, Pool):
        return whose.provenance.digest
    return whose.held.digest if isinstance(whose, Registry) else whose.digest


def under(whose: Opened, plan: Plan) -> Population:
    """The patients under study by a plan."""
    if isinstance(whose, Pool):
        return whose.under(plan)
    return whose.by(plan) if isinstance(whose, Registry) else under_study(whose, plan)


def open_registry(name: str, of: Callable[[], Registry]) -> None:
    """Have a registry open in the place of whatever is; where it does not open, keep why.

    `name`: as the visitor knows it. `of`: opens it.
    """
    with _whole(name):
        found = of()
        with promises.whole():
            _leave_for_another()
            st.session_state[_COHORT] = found
            st.session_state[_PLAN] = found.plan


def open_counts(files: Sequence[tuple[str, bytes]]) -> None:
    """Have the counts of centres open in the place of whatever is; else keep why not.

    `files`: their names and bytes.
    """
    with _whole(", ".join(name for name, _data in files)):
        found = pool.opened([(text.visible(name), data) for name, data in files], plan())
        with promises.whole():
            _leave_for_another()
            st.session_state[_COHORT] = found
            st.session_state[_PLAN] = found.plan


def plan() -> Plan:
    """The plan in force, or the one that is supposed to be."""
    supposed = _supposed.get()
    return supposed.plan if supposed else _kept(_PLAN, Plan())


@contextmanager
def supposing(condition: Condition) -> Iterator[None]:
    """Have it meanwhile as if the plan's condition on a column were another; no session changes."""
    opened = loaded()
    assert opened is not None, "nobody supposes anything of no cohort"
    token = _supposed.set(under(opened, _selecting(_with_condition(condition))))
    try:
        yield
    finally:
        _supposed.reset(token)


def choose(new: Plan) -> None:
    """Put another plan in force."""
    st.session_state[_PLAN] = new


def _with_study(**changed: Any) -> None:
    """Put the plan with another choice of patients in force."""
    now = plan()
    choose(replace(now, study=replace(now.study, **changed)))


def load(name: str, data: bytes) -> None:
    """Read a file into this session; the cohort before it goes, its plan with it.

    Headers that were mapped before in this session, or in a plan that was opened, are mapped so
    again. Where the file holds no cohort, or whatever else fails, the sentence that says why is
    kept for the page, and the session stays as it was.
    """
    with _whole(name):
        _open(opened(name, data, waits=_waits()))


def load_sample(sample: Path = SAMPLE) -> None:
    """Read a sample cohort, as `load` reads a file."""
    with _whole(sample.name):
        _open(opened_sample(sample))


def _open(opening: AbstractContextManager[Import]) -> None:
    """Have all of a file ready, and only then put it in the place of what was loaded."""
    with opening as file:
        first = file.propose(Reading()) if kept() else None
        waiting = _waiting(file)
        remembered = _remembered(file, first) if first and waiting is None else None
        before = remembered.reading if remembered else _recall(file)
        loaded = file.read(before)
        proposed = first if first and before == Reading() else file.propose(before)
        first = first or (proposed if before == Reading() else file.propose(Reading()))
        of_file = file.kept()
    complete, unfollowed = _first_plan(loaded, waiting or remembered)
    under_study(loaded, complete)  # all of it is known to work before anything changes
    with promises.whole():
        _leave_for_another()
        st.session_state[_FILE] = of_file
        st.session_state[_COHORT] = loaded
        st.session_state[_PROPOSAL] = proposed
        st.session_state[_PLAN] = complete
        st.session_state[_HEADERS] = _digest(first)
        st.session_state[_CHOSEN] = before
        st.session_state[_RECALLED] = _whence(before, remembered)
        if waiting is not None:
            del st.session_state[_OPENED]
        if unfollowed:
            st.session_state[_UNFOLLOWED] = unfollowed


def _whence(before: Reading, remembered: Plan | None) -> Recalled:
    if remembered:
        return "browser"
    return "session" if before != Reading() else ""


def _waits() -> Callable[[bool], None]:
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
    waiting: Plan | None = _kept(_OPENED, None)
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


def waits() -> bool:
    """Whether a plan is open and waits for a file with its headers."""
    return _OPENED in st.session_state


def behind() -> tuple[date, date] | None:
    """The day to which the plan counts and the last of the file, where that is later."""
    file, until = cohort(), plan().study.as_of
    latest = file.latest_date if file else None
    return (until, latest) if until and latest and until < latest else None


def count_to_the_end() -> None:
    """Count what the file knows to its last day."""
    file = cohort()
    if file is not None:
        _with_study(as_of=file.latest_date)


def to_step(name: str) -> None:
    """Go to a step of the Cohort page when it is drawn next: the widget of this run is drawn."""
    st.session_state[_NEXT] = name


def next_step() -> str:
    """The step to go to, asked for once; '' where the visitor's own choice stands."""
    return str(st.session_state.pop(_NEXT, ""))


def look_at(places: frozenset[tuple[str, int]], finding: str = "") -> None:
    """Go to some columns on Map, by their table and position; to all in their order by none.

    `finding`: the title of what leads there, which the way back leads to.
    """
    st.session_state[_LOOKED_AT] = places
    st.session_state[_FINDING] = finding
    to_step("map")


def looked_at() -> frozenset[tuple[str, int]]:
    """The columns that the visitor came to look at on Map."""
    return _kept(_LOOKED_AT, frozenset())


def finding() -> str:
    """The title of the finding from which the visitor went to Map; '' where there is none."""
    return str(st.session_state.get(_FINDING, ""))


def proposal() -> Proposal:
    """How the loaded file is read, and what is to be asked."""
    proposed: Proposal = st.session_state[_PROPOSAL]
    return proposed


def reread(reading: Reading) -> None:
    """Read the loaded file by other choices, which are remembered for the same headers.

    Where they leave no cohort, or whatever else fails, the sentence that says why is kept, and the
    reading as it was.
    """
    with _whole(""):
        _put(reading, _to_its_end)


def _to_its_end(loaded: Cohort) -> Plan:
    """The plan in force for another reading: to the end of what is known, if it went so far."""
    now, before = plan(), cohort()
    study = now.study
    if before is None or study.as_of in (None, before.latest_date):
        study = replace(study, as_of=loaded.latest_date)
    return replace(now, reading=loaded.reading, study=replace(study, cuts=_of(loaded, study.cuts)))


def _of(loaded: Cohort, cuts: tuple[CutPoints, ...]) -> tuple[CutPoints, ...]:
    """The cut points of the columns that still hold numbers."""
    known = loaded.columns
    return tuple(c for c in cuts if c.column in known and known[c.column].kind == "number")


@dataclass(frozen=True, slots=True)
class Answered:
    """What the visitor answered, and can take back."""

    words: str  # the question and the answer
    before: Reading  # what they had said until then
    after: Reading
    question: Question | None = None  # one that was open on Map, where it stays in its place
    picked: int | None = None  # which of its answers; none where it has several parts


def answer(
    reading: Reading, words: str, question: Question | None = None, picked: int | None = None
) -> None:
    """Read the file as an answer has it; the answer can be taken back.

    `words`: the question and what was answered. `question`, `picked`: as `Answered` has them.
    """
    before: Reading = st.session_state[_CHOSEN]
    reread(reading)
    if st.session_state[_CHOSEN] == reading != before:
        given = Answered(words, before, reading, question, picked)
        st.session_state[_ANSWERED] = (*answers(), given)


def answers() -> tuple[Answered, ...]:
    """What was answered, the last at the end."""
    return _kept(_ANSWERED, ())


def answered() -> str:
    """The question that was answered last, and the answer; '' where none was."""
    given = answers()
    return given[-1].words if given else ""


def stands(given: Answered) -> bool:
    """Whether the file is still read as an answer has it: a later one may have said otherwise."""
    now: Reading = st.session_state[_CHOSEN]
    for each in fields(Reading):
        before, after, said = (getattr(of, each.name) for of in (given.before, given.after, now))
        if before != after:
            still = {*after} - {*before} <= {*said} if isinstance(after, tuple) else said == after
            if not still:
                return False
    return True


def take_back(at: int = -1) -> None:
    """Read the file without an answer, the last one if none is named; others stay."""
    given = list(answers())
    one = given.pop(at)
    if _led(one.after, one.before):
        st.session_state[_ANSWERED] = tuple(given)
    redraw()


def answer_otherwise(at: int, picked: int, words: str) -> None:
    """Give another answer to a question in the place of the one it has."""
    given = list(answers())
    one = given[at]
    assert one.question is not None, "it was answered in its place"
    after = one.question.answers[picked].reading
    if _led(one.after, after):
        given[at] = replace(one, words=words, after=after, picked=picked)
        st.session_state[_ANSWERED] = tuple(given)


def _led(of: Reading, to: Reading) -> bool:
    """Do to the reading in force what leads from one to another; whether that could be read."""
    now: Reading = st.session_state[_CHOSEN]
    changed: dict[str, Any] = {}
    for each in fields(Reading):
        old, new, said = (getattr(one, each.name) for one in (of, to, now))
        if old != new and isinstance(old, tuple):
            gone, come = {*old} - {*new}, [one for one in new if one not in {*old, *said}]
            changed[each.name] = (*(one for one in said if one not in gone), *come)
        elif old != new:
            changed[each.name] = new
    wanted = replace(now, **changed)
    reread(wanted)
    return bool(st.session_state[_CHOSEN] == wanted)


def in_places(asked: Sequence[str]) -> list[str]:
    """The names of questions in the order in which they were first asked."""
    known: list[str] = _kept(_PLACES, [])
    st.session_state[_PLACES] = known = [*known, *(name for name in asked if name not in known)]
    return [name for name in known if name in asked]


def _put(reading: Reading, completed: Callable[[Cohort], Plan]) -> None:
    """Put a reading of the loaded file in force, and the plan for what it gives."""
    if (looked := looking()) is not None:
        proposed = looked.first.propose(reading)
        with promises.whole():
            st.session_state.pop(_PROBLEM, None)
            st.session_state[_PROPOSAL], st.session_state[_CHOSEN] = proposed, reading
            _remember(_of_registry(looked.name), proposed.reading, reading)
        return
    packed: Future[Kept] = st.session_state[_FILE]
    with again(packed, _waits()) as file:
        loaded = file.read(reading)
        proposed = file.propose(reading)
    complete = completed(loaded)
    under_study(loaded, complete)
    with promises.whole():
        st.session_state.pop(_PROBLEM, None)
        st.session_state[_COHORT] = loaded
        st.session_state[_PROPOSAL] = proposed
        st.session_state[_CHOSEN] = reading
        choose(complete)
        _remember(packed.result().sha256, loaded.reading, reading)
    promises.leave()


def read_afresh() -> None:
    """Forget how these headers were mapped, and propose everything anew."""
    st.session_state[_RECALLED] = ""
    answer(Reading(), _("Propose everything anew"))


def recalled() -> Recalled:
    """Where it was kept how the loaded file is read, as the same headers were before."""
    return _kept(_RECALLED, "")


def _remember(whence: str, complete: Reading, chosen: Reading) -> None:
    """Map the same headers so again, while this session lasts; what was said last counts."""
    known: dict[str, tuple[Reading, Reading]] = st.session_state.get(_READINGS, {})
    others = {name: each for name, each in known.items() if name != whence}
    st.session_state[_READINGS] = {whence: (complete, chosen), **others}


def _recall(file: Import) -> Reading:
    """What was chosen for a file with the same headers, or in a plan; nothing where none was."""
    known: dict[str, tuple[Reading, Reading]] = st.session_state.get(_READINGS, {})
    found = (file.followed(*each) for each in known.values())
    return next((reading for reading in found if reading is not None), Reading())


def _recall_registry(found: Looking) -> Reading:
    """What was chosen for a registry in this session, else as it was prepared by; else nothing."""
    known: dict[str, tuple[Reading, Reading]] = st.session_state.get(_READINGS, {})
    before = known.get(_of_registry(found.name)) or prepare.read_as(found.folder)
    followed = found.first.followed(*before) if before else None
    return followed or Reading()


def _of_registry(name: str) -> str:
    return f"registry {name}"


# What the visitor's browser keeps ---------------------------------------------------------------


def keeps() -> bool:
    """Whether the visitor agreed that their browser keeps plans."""
    return _kept(_KEEPS, False)


def said_of_keeping() -> str:
    """By what one of the visitor's answers to that is told from another; '' before the first."""
    return _kept(_SAID, "")


def agree_to_keep(agreed: bool) -> None:
    """Have the browser keep plans from now on, or forget all of them."""
    found({}, "")
    st.session_state[_KEEPS], st.session_state[_SAID] = agreed, uuid4().hex
    for of_before in (_CANNOT_KEEP, _WRITTEN):
        st.session_state.pop(of_before, None)


def keep_nothing() -> None:
    """Note that this browser cannot keep anything, or no more."""
    agree_to_keep(False)
    st.session_state[_CANNOT_KEEP] = True


def cannot_keep() -> bool:
    """Whether this browser could not keep what it was to keep."""
    return _kept(_CANNOT_KEEP, False)


def found(plans: dict[str, Plan], refused: str) -> None:
    """Take what the browser kept since before, by the digests of headers.

    `refused`: why some of it cannot be read.
    """
    st.session_state[_KEEPS], st.session_state[_KEPT] = True, plans
    st.session_state[_NOT_READ] = refused
    file = cohort()
    if plans and file is not None and _is_as_opened(file):
        with _whole(""):
            _follow_kept()


def _is_as_opened(loaded: Cohort) -> bool:
    """Whether the visitor said nothing yet of what is open."""
    return st.session_state[_CHOSEN] == Reading() and plan() == opening_plan(loaded)


def _follow_kept() -> None:
    """Read what is open as its headers were before: the browser told only after it was opened."""
    with again(st.session_state[_FILE], _waits()) as file:
        remembered = _remembered(file, proposal())
    if remembered is None:
        return
    with promises.whole():
        _put(remembered.reading, lambda loaded: _first_plan(loaded, remembered)[0])
        st.session_state[_RECALLED] = "browser"
        redraw()


def kept() -> dict[str, Plan] | None:
    """What the browser keeps; None before it told."""
    return _kept(_KEPT, None)


def asks_browser() -> int:
    """How often this session asked a browser what it keeps; anew in each of its first runs.

    An answer that comes while a file is being read can be lost with the run that it came to.
    """
    if kept() is None:
        st.session_state[_ASKED] = min(_kept(_ASKED, 0) + 1, _ASKS)
    return _kept(_ASKED, 0)


def not_read() -> str:
    """Why some of what the browser kept cannot be read; '' where all of it can."""
    return _kept(_NOT_READ, "")


def keep(plan: Plan) -> None:
    """Follow a plan wherever the headers of what is open return."""
    st.session_state[_KEPT] = (kept() or {}) | {headers(): plan}


def headers() -> str:
    """The digest of the headers of what is open."""
    return str(st.session_state[_HEADERS])


def latest_kept(plan: Plan, proposal: Proposal, write: Callable[[], str]) -> str:
    """What is kept of a plan and a proposal, written once for the same two."""
    whose, of, words = _kept(_WRITTEN, (None, None, ""))
    if whose is not plan or of is not proposal:
        words = write()
        st.session_state[_WRITTEN] = (plan, proposal, words)
    return words


def _digest(first: Proposal) -> str:
    """The headers of a file as it is first read."""
    headers = sorted(f"{each.table}\t{each.header.text}" for each in first.columns)
    return sha256("\n".join(headers).encode()).hexdigest()


def _remembered(file: Import, first: Proposal) -> Plan | None:
    """The plan that the browser kept for the headers of a file, as that can follow it."""
    plan = (kept() or {}).get(_digest(first))
    reading = file.followed(plan.reading, plan.reading) if plan else None
    return replace(plan, reading=reading) if plan and reading else None


def open_plan(saved: bytes) -> str:
    """Put a saved plan in force for the loaded file; its mapping only where the headers are alike.

    Where no file is loaded, the plan waits for one with its headers. Gives what of it could not be
    applied, as `text.not_applied` words it.

    Raises `PlanError`, `CohortError` or `NotHeld` if the text is no plan, or none that what is open
    can follow; all is as it was.
    """
    written = read(saved)
    wanted, whose = written.plan, loaded()
    if isinstance(whose, (Registry, Pool)):
        complete = opening_plan(whose, replace(wanted, reading=whose.reading))
        under(whose, complete)
        choose(complete)
        redraw()
    elif whose is None:
        st.session_state[_OPENED] = wanted
    else:
        with again(st.session_state[_FILE], _waits()) as file:
            alike = file.followed(wanted.reading, wanted.reading)
        reading = st.session_state[_CHOSEN] if alike is None else alike
        _put(reading, lambda loaded: opening_plan(loaded, wanted))
        for of_before in (_ANSWERED, _PLACES, _OFF, _BEFORE, _ADDED):
            st.session_state.pop(of_before, None)
        redraw()
    _remember("plan", wanted.reading, wanted.reading)
    return text.not_applied(written)


def welcomed() -> bool:
    """Whether the visitor read what this is, or opened a file in this session."""
    return _kept(_WELCOMED, False)


def welcome() -> None:
    """Say no more in this session what this is."""
    st.session_state[_WELCOMED] = True


def began() -> bool:
    """Whether the address was looked at: that is done once, as a session begins."""
    return _LINKED in st.session_state


def wait_for_file(wanted: dict[str, str], page: str) -> None:
    """Keep what the address asks for, and the page that it leads to, until a file is open."""
    st.session_state[_LINKED], st.session_state[_LEADS] = wanted, page if wanted else ""


def linked() -> dict[str, str]:
    """What the address asks for and is not followed yet."""
    return _kept(_LINKED, {})


def leads_to() -> str:
    """The page that the address led to, before a file was open; '' where it asked for nothing."""
    return str(st.session_state.get(_LEADS, ""))


def let_go_of_link() -> None:
    """Leave behind what the address asked for."""
    wait_for_file({}, "")


def problem() -> tuple[str, CohortError] | None:
    """The file, or '' for a choice, that last gave no cohort, and why."""
    return _kept(_PROBLEM, None)


def settle() -> None:
    """Leave the last problem behind: it has been read."""
    st.session_state.pop(_PROBLEM, None)


def ask_to_close(where: str) -> None:
    """Ask, where a button says so, whether to close the cohort; '' asks no more."""
    st.session_state[_CLOSING] = where


def asked_to_close() -> str:
    """Where it is asked whether to close the cohort; '' where it is not."""
    return str(st.session_state.get(_CLOSING, ""))


@promises.whole()
def forget() -> None:
    """Drop the file, the cohort, the plan, and all that was computed from them."""
    if (looked := looking()) is not None:
        looked.close()
    if isinstance(opened := loaded(), Registry):
        opened.engine.close()
    for key in list(st.session_state):
        if key not in _LASTING:
            del st.session_state[key]
    st.session_state[_DROPPED], st.session_state[_LOST] = True, False
    promises.leave(at_once=True)


def was_lost() -> bool:
    """Whether the browser came back to a session that is gone, and nothing was opened since."""
    if _LOST not in st.session_state:
        st.session_state[_LOST] = promises.comes_back_too_late()
    return bool(st.session_state[_LOST]) and loaded() is None


def not_done() -> None:
    """Keep for the next run that what was asked failed, and draw what asked for it as it was."""
    st.session_state[_NOT_DONE] = True
    redraw()


def was_not_done() -> bool:
    """Whether what was asked last failed; said once."""
    return bool(st.session_state.pop(_NOT_DONE, False))


def dropped() -> bool:
    """Whether a cohort went since this was last asked."""
    return bool(st.session_state.pop(_DROPPED, False))


def upload_key() -> str:
    """The uploader's key: a new one after each file, so that the server lets go of its bytes."""
    return f"upload-{st.session_state.get(_UPLOADS, 0)}"


def uploaded() -> None:
    """Empty the uploader: what it held has been read."""
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1


def endpoint() -> str:
    """The code of the endpoint that was shown last; '' before any was."""
    return str(st.session_state.get(_ENDPOINT, ""))


def show_endpoint(code: str) -> None:
    """Keep which endpoint is shown, for the next page."""
    st.session_state[_ENDPOINT] = code


def stop(part: str) -> None:
    """Ask no more for a part of a page that was asked for."""
    st.session_state[_STOPPED] = _kept(_STOPPED, frozenset()) | {part}


def go_on(part: str) -> None:
    """Ask again for a part that was stopped."""
    st.session_state[_STOPPED] = _kept(_STOPPED, frozenset()) - {part}


def is_stopped(part: str) -> bool:
    """Whether the visitor stopped what a part of a page asks."""
    return part in _kept(_STOPPED, frozenset())


def protocol_answered() -> bool:
    """Whether a protocol was written, or none is wanted in this session."""
    return bool(plan().protocol.primary or _kept(_UNASKED, False))


def skip_protocol() -> None:
    """Offer no protocol any more in this session."""
    st.session_state[_UNASKED] = True


def was_compared() -> bool:
    """Whether a comparison of the loaded file was opened in this session."""
    whose = loaded()
    return whose is not None and source(whose).sha256 in _kept(_COMPARED, frozenset())


def comparison_opened() -> None:
    """Keep that a comparison of the loaded file was opened."""
    whose = loaded()
    if whose is not None:
        before: frozenset[str] = _kept(_COMPARED, frozenset())
        st.session_state[_COMPARED] = before | {source(whose).sha256}


def select(condition: Condition) -> None:
    """Replace the condition on one column; one that asks nothing is taken off."""
    _filter(_with_condition(condition))


def _with_condition(condition: Condition) -> Selection:
    """What is selected, with another condition on one column; one that asks nothing is off."""
    others = tuple(each for each in plan().study.selection if each.column != condition.column)
    asks = condition.levels or condition.low is not None or condition.high is not None
    return (*others, condition) if asks else others


def _selecting(selection: Selection) -> Plan:
    """The plan in force with others under study."""
    now = plan()
    return replace(now, study=replace(now.study, selection=selection))


def _filter(selection: Selection, off: Selection = ()) -> bool:
    """Have others under study, and some filters off; what was before can be had back.

    Gives whether the loaded file can follow it: it may have been read otherwise since.
    """
    whose, wanted = loaded(), _selecting(selection)
    before = (plan().study.selection, filters_off())
    try:
        if whose is not None:
            opening_plan(whose, wanted)
    except PlanError:
        return False
    if (selection, off) != before:
        st.session_state[_BEFORE] = (*_kept(_BEFORE, ()), before)[-_UNDONE:]
    st.session_state[_OFF] = off
    choose(wanted)
    return True


def filters_off() -> Selection:
    """The filters that are off while everybody is shown, and kept for this session."""
    return _kept(_OFF, ())


def turn_filters(on: bool) -> None:
    """Show everybody and keep the filters, or put those that were kept in force again."""
    selection, off = plan().study.selection, filters_off()
    if on and off and not _filter(off):
        st.session_state[_OFF] = ()
    elif not on and selection:
        _filter((), selection)
    redraw()


def can_undo_filter() -> bool:
    """Whether a filter was changed since the file was opened."""
    return bool(_kept(_BEFORE, ()))


def undo_filter() -> None:
    """Have the filters as they were before their last change."""
    changes: tuple[tuple[Selection, Selection], ...] = _kept(_BEFORE, ())
    while changes:
        *earlier, before = changes
        followed = _filter(*before)
        changes = st.session_state[_BEFORE] = tuple(earlier)
        if followed:
            break
    redraw()


def added() -> frozenset[str]:
    """The columns that the visitor has a filter of, whether it asks anything yet or not."""
    asked = {each.column for each in plan().study.selection}
    chosen: frozenset[str] = _kept(_ADDED, frozenset())
    return chosen | asked


def add_filter(column: str) -> None:
    """Draw the filter of a column, which asks nothing yet."""
    st.session_state[_ADDED] = added() | {column}


def clear_filter(column: str) -> None:
    """Take the filter of a column away, and whatever it asked."""
    left = added() - {column}
    select(Condition(column))
    st.session_state[_ADDED] = left
    redraw()


def add_level(column: str, code: str) -> None:
    """Have the patients with a level under study, beside those of levels that were asked for.

    Widgets are drawn anew, those of filters among them; '' changes nothing.
    """
    asked = condition_on(column)
    if code and code not in asked.levels:
        select(replace(asked, levels=(*asked.levels, code)))
        redraw()


def condition_on(column: str) -> Condition:
    """The plan's condition on a column; one that asks nothing where there is none."""
    asked = (each for each in plan().study.selection if each.column == column)
    return next(asked, Condition(column))


def clear_selection() -> None:
    """Take every condition off, and let the widgets be drawn anew from the plan."""
    _filter(())
    st.session_state.pop(_ADDED, None)
    redraw()


def redraw() -> None:
    """Give every widget that is drawn from the plan a new key, so that it is drawn anew.

    A browser keeps the state of a widget by its key, whatever the server has forgotten.
    """
    st.session_state[_DRAWN] = st.session_state.get(_DRAWN, 0) + 1


def widget_key(name: str) -> str:
    """A widget's key: it holds the cohort's digest, so that no choice outlives its file."""
    whose = loaded()
    drawn = st.session_state.get(_DRAWN, 0)
    return f"plan.{_mark(whose)[:12] if whose else ''}.{drawn}.{name}"


def spoken_key(name: str) -> str:
    """A widget's key in the visitor's language: a browser keeps of a box the words chosen in it."""
    return name if spoken() == "en" else f"{name}.{spoken()}"


def patient() -> str:
    """The patient whose course is shown; '' where none is."""
    return str(st.session_state.get(_PATIENT, ""))


def show_patient(name: str, chooser: str = "") -> None:
    """Show a patient's course, and let go of what was selected otherwise than by the chooser."""
    st.session_state[_PATIENT] = name
    drawn: dict[str, int] = st.session_state.setdefault(_CHOOSERS, {})
    for other in drawn:
        if other != chooser and selected(other):
            let_go(other)


def chooser_key(name: str) -> str:
    """The key of a table in which a patient can be selected."""
    drawn: dict[str, int] = st.session_state.setdefault(_CHOOSERS, {})
    return f"{name}.{drawn.setdefault(name, 0)}"


def let_go(chooser: str) -> None:
    """Draw a table anew, with nothing selected."""
    drawn: dict[str, int] = st.session_state.setdefault(_CHOOSERS, {})
    drawn[chooser] = drawn.get(chooser, 0) + 1


def selected(chooser: str) -> list[int]:
    """The rows that are selected in a table."""
    state = st.session_state.get(chooser_key(chooser)) or {}
    return list(state.get("selection", {}).get("rows") or [])


def study() -> Population:
    """The patients under study by the plan in force."""
    if supposed := _supposed.get():
        return supposed
    opened, now = loaded(), plan()
    assert opened is not None, "a page asks for its cohort first"
    whose, by, known = st.session_state.get(_STUDY, (None, None, None))
    if known is None or whose is not opened or by is not now:
        known = under(opened, now)
        st.session_state[_STUDY] = (opened, now, known)
    found: Population = known
    return found


def of_rows() -> Study:
    """The same, for what needs their rows; raises `NotHeld` where none are here."""
    found = study()
    if not isinstance(found, Study):
        raise NotHeld(NO_ROWS)
    return found


def computed(analysis: Callable[..., Result], *arguments: Any) -> Result:
    """Ask an analysis about the cohort under study, which keeps the answer: see `memory.reads`."""
    return analysis(study(), *arguments)


def held(analysis: Callable[..., Result], *arguments: Any) -> Result | None:
    """The same, and None where these patients cannot tell."""
    return if_held(analysis, study(), *arguments)


def once(make: Callable[..., Result], *of: Any) -> Result:
    """What is made of results and nothing else, such as an exhibit, kept with them.

    `make`: pure; told apart by its module and name. `*of`: the very results, cohorts and columns;
    words and numbers by their value. What is made of a cohort is kept with it, all else with the
    cohort under study.
    """
    same = tuple(each if isinstance(each, _BY_VALUE) else id(each) for each in of)
    kind = f"{make.__module__}.{make.__qualname__}"
    if loaded() is None:
        return make(*of)
    memory = next((each.answers for each in of if hasattr(each, "answers")), study().answers)
    key = (spoken(), *same)
    _kept, made = latest(memory, kind, key, _MADE, lambda: (of, make(*of)))
    return made
