"""What this visitor has open and chose. All that is computed is kept with the cohort."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from types import NoneType
from typing import Any, TypeAlias, TypeVar

import streamlit as st

from lib import language
from lib.analyses.counted import NO_ROWS, NotHeld, Population
from lib.analyses.everything import if_held
from lib.analyses.memory import latest
from lib.analyses.pooled import Pool
from lib.analyses.study import Study, under_study
from lib.cohort import Cohort, Source
from lib.language import known, spoken
from lib.plan import Plan
from lib.registry import Registry
from lib.registry.running import Looking
from lib.ui import promises

_VISITORS = "hepar.visitor."
"""Begins the name of what outlives a cohort: what a visitor chose or knows. No row of a patient."""
_COHORT, _PLAN, _STUDY = "hepar.cohort", "hepar.plan", "hepar.study"
_LOOKING, _ENDPOINT, _CLOSING = "hepar.looking", "hepar.endpoint", "hepar.closing"
_NEXT, _LOOKED_AT, _FINDING = "hepar.next-step", "hepar.looked-at", "hepar.finding"
_PATIENT, _CHOOSERS, _STOPPED = "hepar.patient", "hepar.choosers", "hepar.stopped"
_DROPPED, _LOST, _NOT_DONE = "hepar.dropped", "hepar.lost", "hepar.not-done"
_FOLLOWED = "hepar.followed"
_DRAWN, _COMPARED, _UNASKED = (
    "hepar.visitor.drawn",
    "hepar.visitor.compared",
    "hepar.visitor.unasked",
)
_WELCOMED, _LINKED, _LEADS = "hepar.visitor.welcomed", "hepar.visitor.linked", "hepar.visitor.leads"
_TONGUE = "hepar.visitor.tongue"
_MADE = 100  # how much of one kind is kept that was made of the results of one cohort under study
_BY_VALUE = (str, int, float, tuple, NoneType)
_ASKED, _WANTED = "hepar.asked", "hepar.wanted"
Opened: TypeAlias = Cohort | Registry | Pool
Result = TypeVar("Result")
_supposed: ContextVar[Population | None] = ContextVar("supposed", default=None)
_preferred = ""  # the language that the server was started for


@dataclass(frozen=True, slots=True)
class _Asked:
    """A widget that shows a value: its key but for how often it was drawn anew, and that."""

    base: str
    turn: int
    now: Any  # the value that it is to show
    shows: Any  # the same, or what the visitor answered since


def get(name: str, otherwise: Result) -> Result:
    """What this session keeps under a name."""
    found: Result = st.session_state.get(name, otherwise)
    return found


def prefer(code: str) -> None:
    """Word pages in a language for whoever chose none."""
    global _preferred
    _preferred = code


def tongue() -> str:
    """The language that this visitor chose, here or by the address; '' for none."""
    return str(get(_TONGUE, ""))


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
    return get(_COHORT, None)


def cohort() -> Cohort | None:
    """The cohort of the file that is open, if one is."""
    found = loaded()
    return found if isinstance(found, Cohort) else None


def have(opened: Opened, plan: Plan) -> None:
    """Have it open, and its plan in force."""
    st.session_state[_COHORT] = opened
    choose(plan)


def look_into(registry: Looking) -> None:
    """Have the visitor look into a registry."""
    st.session_state[_LOOKING] = registry


def looking() -> Looking | None:
    """The registry that the visitor looks into, if one."""
    return get(_LOOKING, None)


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


def plan() -> Plan:
    """The plan in force, or the one that is supposed to be."""
    supposed = _supposed.get()
    return supposed.plan if supposed else get(_PLAN, Plan())


@contextmanager
def supposing(plan: Plan) -> Iterator[None]:
    """Have it meanwhile as if another plan were in force; no session changes."""
    opened = loaded()
    assert opened is not None, "nobody supposes anything of no cohort"
    token = _supposed.set(under(opened, plan))
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
    return get(_LOOKED_AT, frozenset())


def finding() -> str:
    """The title of the finding from which the visitor went to Map; '' where there is none."""
    return str(st.session_state.get(_FINDING, ""))


def welcomed() -> bool:
    """Whether the visitor read what this is, or opened a file in this session."""
    return get(_WELCOMED, False)


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
    return get(_LINKED, {})


def leads_to() -> str:
    """The page that the address led to, before a file was open; '' where it asked for nothing."""
    return str(st.session_state.get(_LEADS, ""))


@promises.whole()
def let_go_of_link() -> None:
    """Leave behind what the address asked for, which what is open follows."""
    st.session_state[_FOLLOWED] = linked()
    wait_for_file({}, "")


def followed_link() -> dict[str, str]:
    """What the address asked for, where what is open follows it."""
    return get(_FOLLOWED, {})


def follow_link_again() -> None:
    """Have what is open follow anew what the address asked for."""
    st.session_state[_LINKED] = st.session_state.pop(_FOLLOWED, linked())


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
        if not str(key).startswith(_VISITORS):
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


def endpoint() -> str:
    """The code of the endpoint that was shown last; '' before any was."""
    return str(st.session_state.get(_ENDPOINT, ""))


def show_endpoint(code: str) -> None:
    """Keep which endpoint is shown, for the next page."""
    st.session_state[_ENDPOINT] = code


def stop(part: str) -> None:
    """Ask no more for a part of a page that was asked for."""
    st.session_state[_STOPPED] = get(_STOPPED, frozenset()) | {part}


def go_on(part: str) -> None:
    """Ask again for a part that was stopped."""
    st.session_state[_STOPPED] = get(_STOPPED, frozenset()) - {part}


def is_stopped(part: str) -> bool:
    """Whether the visitor stopped what a part of a page asks."""
    return part in get(_STOPPED, frozenset())


def protocol_answered() -> bool:
    """Whether a protocol was written, or none is wanted in this session."""
    return bool(plan().protocol.primary or get(_UNASKED, False))


def skip_protocol() -> None:
    """Offer no protocol any more in this session."""
    st.session_state[_UNASKED] = True


def was_compared() -> bool:
    """Whether a comparison of the loaded file was opened in this session."""
    whose = loaded()
    return whose is not None and source(whose).sha256 in get(_COMPARED, frozenset())


def comparison_opened() -> None:
    """Keep that a comparison of the loaded file was opened."""
    whose = loaded()
    if whose is not None:
        before: frozenset[str] = get(_COMPARED, frozenset())
        st.session_state[_COMPARED] = before | {source(whose).sha256}


def want(what: str) -> None:
    """Note that the visitor wants something that takes long to make, of the plan as it is.

    A run that makes it may be ended, by whatever a browser tells: the next goes on.
    """
    st.session_state[f"{_WANTED}.{what}"] = plan()


def wanted(what: str) -> bool:
    """Whether that is still to be made."""
    return bool(get(f"{_WANTED}.{what}", None) == plan())


def made(what: str) -> None:
    """Note that it was made, or why it cannot be."""
    st.session_state.pop(f"{_WANTED}.{what}", None)


def redraw() -> None:
    """Give every widget that is drawn from the plan a new key, so that it is drawn anew.

    A browser keeps the state of a widget by its key, whatever the server has forgotten.
    """
    st.session_state[_DRAWN] = st.session_state.get(_DRAWN, 0) + 1


def widget_key(name: str) -> str:
    """A widget's key: it holds the cohort's digest, so that no choice outlives its file."""
    whose = loaded()
    return _key(_mark(whose) if whose else "", name)


def file_key(name: str) -> str:
    """A widget's key that stays while the file is read by other answers, as `widget_key` else."""
    file = cohort()
    return _key(file.source.sha256, name) if file else widget_key(name)


def _key(mark: str, name: str) -> str:
    return f"plan.{mark[:12]}.{st.session_state.get(_DRAWN, 0)}.{name}"


def asked(name: str, now: Any) -> tuple[str, Any]:
    """The key of a widget that is to show a value, and the value that it shows.

    It is another key where the value is neither what was to be shown before nor what the visitor
    answered. `now`: the value; ``...`` where it is never decided but by moving the widget.
    """
    known: dict[str, _Asked] = st.session_state.setdefault(_ASKED, {})
    base = widget_key(name) if now is ... else file_key(name)
    old = known.get(name)
    if old is None or old.base != base:
        known[name] = _Asked(base, 0, now, now)
    elif now in (old.now, old.shows):
        known[name] = replace(old, now=now)
    else:
        known[name] = _Asked(base, old.turn + 1, now, now)
    return _key_of(name, known[name]), known[name].shows


def answered(name: str, key: str, value: Any) -> None:
    """Note what the visitor answered by a widget, where it still has its key."""
    known: dict[str, _Asked] = get(_ASKED, {})
    if name in known and _key_of(name, known[name]) == key:
        known[name] = replace(known[name], shows=value)


def decided(name: str) -> None:
    """Have a widget drawn anew: what it shows was decided otherwise than by moving it."""
    known: dict[str, _Asked] = get(_ASKED, {})
    if name in known:
        known[name] = replace(known[name], now=..., shows=...)


def _key_of(name: str, one: _Asked) -> str:
    return f"{one.base.removesuffix(name)}{one.turn}.{name}" if one.turn else one.base


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
