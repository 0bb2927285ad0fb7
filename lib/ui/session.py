"""What this visitor loaded and chose. The only caching there is, and for this visitor alone."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from lib.analyses.study import opening_plan
from lib.cohort import Cohort, CohortError
from lib.ingest import read_cohort
from lib.plan import Condition, Plan, Reading

SAMPLES = Path(__file__).parents[2] / "sample_data"
SAMPLE = SAMPLES / "synthetic_36.xlsx"

_COHORT, _PLAN, _PROBLEM, _UPLOADS = "hepar.cohort", "hepar.plan", "hepar.problem", "hepar.uploads"
Result = TypeVar("Result")


def cohort() -> Cohort | None:
    """The cohort that is loaded, if one is."""
    loaded: Cohort | None = st.session_state.get(_COHORT)
    return loaded


def plan() -> Plan:
    """The plan in force."""
    chosen: Plan = st.session_state.get(_PLAN, Plan())
    return chosen


def choose(new: Plan) -> None:
    """Put another plan in force."""
    st.session_state[_PLAN] = new


def load(name: str, data: bytes) -> None:
    """Read a file into this session; the cohort before it goes, its plan with it.

    Where the file holds no cohort, the sentence that says why is kept for the page, and whatever
    was loaded before stays.
    """
    try:
        loaded = _read(hashlib.sha256(data).hexdigest(), Reading(), name, data)
    except CohortError as problem:
        st.session_state[_PROBLEM] = problem
        return
    forget()
    st.session_state[_COHORT] = loaded
    st.session_state[_PLAN] = opening_plan(loaded)


def load_sample() -> None:
    """Read the sample cohort."""
    load(SAMPLE.name, SAMPLE.read_bytes())


def problem() -> CohortError | None:
    """Why the last file could not be read, if it could not."""
    found: CohortError | None = st.session_state.get(_PROBLEM)
    return found


def forget() -> None:
    """Drop the cohort, the plan, and all that was computed from them."""
    for key in list(st.session_state):
        if key != _UPLOADS:
            del st.session_state[key]
    _read.clear()
    _computed.clear()


def upload_key() -> str:
    """The uploader's key: a new one after each file, so that the server lets go of its bytes."""
    return f"upload-{st.session_state.get(_UPLOADS, 0)}"


def uploaded() -> None:
    """Read what was dropped on the uploader, then empty the uploader."""
    file = st.session_state.get(upload_key())
    if file is None:
        return
    load(file.name, file.getvalue())
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1


def select(condition: Condition) -> None:
    """Replace the condition on one column; one that asks nothing is taken off."""
    now = plan()
    others = tuple(each for each in now.study.selection if each.column != condition.column)
    asks = condition.levels or condition.low is not None or condition.high is not None
    selection = (*others, condition) if asks else others
    choose(replace(now, study=replace(now.study, selection=selection)))


def condition_on(column: str) -> Condition:
    """The plan's condition on a column; one that asks nothing where there is none."""
    for condition in plan().study.selection:
        if condition.column == column:
            return condition
    return Condition(column)


def clear_selection() -> None:
    """Take every condition off, and let the widgets be drawn anew from the plan."""
    now = plan()
    choose(replace(now, study=replace(now.study, selection=())))
    redraw()


def redraw() -> None:
    """Drop the widgets' own state, so that they are drawn from the plan."""
    for key in list(st.session_state):
        if str(key).startswith("plan."):
            del st.session_state[key]


def widget_key(name: str) -> str:
    """A widget's key: it holds the cohort's digest, so that no choice outlives its file."""
    loaded = cohort()
    return f"plan.{loaded.digest[:12] if loaded else ''}.{name}"


def computed(analysis: Callable[..., Result], *arguments: Any) -> Result:
    """Run an analysis of the loaded cohort, or give what it gave for the same plan.

    Parameters
    ----------
    analysis : function of (cohort, plan, *arguments)
        Pure; told apart by its module and name.
    """
    loaded = cohort()
    assert loaded is not None, "a page asks for its cohort first"
    name = f"{analysis.__module__}.{analysis.__qualname__}"
    result: Result = _computed(loaded.digest, plan(), name, arguments, loaded, analysis)
    return result


@st.cache_resource(scope="session", max_entries=3, show_spinner=False)
def _read(digest: str, reading: Reading, _name: str, _data: bytes) -> Cohort:
    return read_cohort(_name, _data, reading)


@st.cache_resource(scope="session", max_entries=64, show_spinner=False)
def _computed(
    digest: str,
    plan: Plan,
    name: str,
    arguments: tuple[Any, ...],
    _cohort: Cohort,
    _analysis: Callable[..., Any],
) -> Any:
    return _analysis(_cohort, plan, *arguments)
