"""The filters: who of the cohort is under study, and the way back from each change."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeAlias

import streamlit as st

from lib.analyses.study import opening_plan
from lib.plan import Condition, Plan, PlanError
from lib.ui import session

Selection: TypeAlias = tuple[Condition, ...]

_OFF, _BEFORE, _ADDED = "hepar.off", "hepar.before", "hepar.added"
_UNDONE = 50  # how many changes of the filters can be taken back


def supposing(condition: Condition) -> AbstractContextManager[None]:
    """Have it meanwhile as if the plan's condition on a column were another; no session changes."""
    return session.supposing(_selecting(_with_condition(condition)))


def select(condition: Condition) -> None:
    """Replace the condition on one column; one that asks nothing is taken off."""
    _filter(_with_condition(condition))


def _with_condition(condition: Condition) -> Selection:
    """What is selected, with another condition on one column; one that asks nothing is off."""
    selection = session.plan().study.selection
    others = tuple(each for each in selection if each.column != condition.column)
    asks = condition.levels or condition.low is not None or condition.high is not None
    return (*others, condition) if asks else others


def _selecting(selection: Selection) -> Plan:
    """The plan in force with others under study."""
    now = session.plan()
    return replace(now, study=replace(now.study, selection=selection))


def _filter(selection: Selection, off: Selection = ()) -> bool:
    """Have others under study, and some filters off; what was before can be had back.

    Gives whether the loaded file can follow it: it may have been read otherwise since.
    """
    whose, wanted = session.loaded(), _selecting(selection)
    before = (session.plan().study.selection, filters_off())
    try:
        if whose is not None:
            opening_plan(whose, wanted)
    except PlanError:
        return False
    if (selection, off) != before:
        st.session_state[_BEFORE] = (*session.get(_BEFORE, ()), before)[-_UNDONE:]
    st.session_state[_OFF] = off
    session.choose(wanted)
    return True


def filters_off() -> Selection:
    """The filters that are off while everybody is shown, and kept for this session."""
    return session.get(_OFF, ())


def turn_filters(on: bool) -> None:
    """Show everybody and keep the filters, or put those that were kept in force again."""
    selection, off = session.plan().study.selection, filters_off()
    if on and off and not _filter(off):
        st.session_state[_OFF] = ()
    elif not on and selection:
        _filter((), selection)
    session.redraw()


def can_undo_filter() -> bool:
    """Whether a filter was changed since the file was opened."""
    return bool(session.get(_BEFORE, ()))


def undo_filter() -> None:
    """Have the filters as they were before their last change."""
    changes: tuple[tuple[Selection, Selection], ...] = session.get(_BEFORE, ())
    while changes:
        *earlier, before = changes
        followed = _filter(*before)
        changes = st.session_state[_BEFORE] = tuple(earlier)
        if followed:
            break
    session.redraw()


def added() -> frozenset[str]:
    """The columns that the visitor has a filter of, whether it asks anything yet or not."""
    asked = {each.column for each in session.plan().study.selection}
    chosen: frozenset[str] = session.get(_ADDED, frozenset())
    return chosen | asked


def add_filter(column: str) -> None:
    """Draw the filter of a column, which asks nothing yet."""
    st.session_state[_ADDED] = added() | {column}


def clear_filter(column: str) -> None:
    """Take the filter of a column away, and whatever it asked."""
    left = added() - {column}
    select(Condition(column))
    st.session_state[_ADDED] = left
    session.redraw()


def add_level(column: str, code: str) -> None:
    """Have the patients with a level under study, beside those of levels that were asked for.

    Widgets are drawn anew, those of filters among them; '' changes nothing.
    """
    asked = condition_on(column)
    if code and code not in asked.levels:
        select(replace(asked, levels=(*asked.levels, code)))
        session.redraw()


def condition_on(column: str) -> Condition:
    """The plan's condition on a column; one that asks nothing where there is none."""
    asked = (each for each in session.plan().study.selection if each.column == column)
    return next(asked, Condition(column))


def forget() -> None:
    """Have no filter but those of the plan, and no way back to others."""
    for of_before in (_OFF, _BEFORE, _ADDED):
        st.session_state.pop(of_before, None)


def clear() -> None:
    """Take every condition off, and let the widgets be drawn anew from the plan."""
    _filter(())
    st.session_state.pop(_ADDED, None)
    session.redraw()
