"""Where a column of numbers is cut into groups: typed beside it, drawn from the plan."""

import re
from dataclasses import replace

import streamlit as st

from lib import text
from lib.analyses.counted import Population
from lib.language import N_, _, ngettext, worded
from lib.plan import MOST_CUTS, CutPoints
from lib.schema import Column
from lib.ui import controls, session

_POINT = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?")
_BETWEEN = re.compile(r"\s*;\s*|,\s+|\s+")
_USUAL = {"schema": N_("{points}, as usual"), "median": N_("{points}, its median")}


class CutError(ValueError):
    """Points that cut nothing; the message says why and what would, in the visitor's words."""


def read(typed: str) -> tuple[float, ...]:
    """The points that somebody typed, lowest first; none where nothing is typed.

    Raises `CutError` if something else than numbers is typed, or too many of them.
    """
    written = [each for each in _BETWEEN.split(typed.replace("−", "-").strip()) if each]
    for each in written:
        if not _POINT.fullmatch(each):
            raise CutError(
                _("‘{typed}’ is no number: write where groups begin, such as 50; 65.").format(
                    typed=text.cut(each)
                )
            )
    if len(written) > MOST_CUTS:
        raise CutError(
            ngettext("At most {n} point, please.", "At most {n} points, please.", MOST_CUTS).format(
                n=MOST_CUTS
            )
        )
    return tuple(sorted({float(each.replace(",", ".")) for each in written}))


def checked(study: Population, column: Column, typed: str) -> tuple[float, ...]:
    """The points that somebody typed, where they part the patients of the whole cohort.

    Raises `CutError` if they are no numbers, or all patients lie on one side of them.
    """
    at = read(typed)
    reach = study.everybody.reach(column.name)
    if at and not any(reach.low < each <= reach.high for each in at):
        raise CutError(
            _("All patients would be in one group: {column} goes from {low} to {high}.").format(
                column=text.with_unit(column),
                low=text.short(reach.low),
                high=text.short(reach.high),
            )
        )
    return at


def points(study: Population, name: str, where: str) -> None:
    """Ask where a column is cut, in whichever place it groups; nothing where it is no number.

    `name`: the column. `where`: the place, so that a column can be cut in more than one.
    """
    column = study.columns.get(name)
    cut = study.cut(name) if column and study.everybody.known(name) else None
    if column is None or cut is None or not cut.at:
        return
    now = "; ".join(map(text.typed, cut.at))
    shown = now if cut.by == "plan" else ""
    typed = controls.ask(
        st.text_input,
        _("Groups begin at, {unit}").format(unit=worded(column.unit))
        if column.unit
        else _("Groups begin at"),
        value=shown,
        placeholder=_(_USUAL.get(cut.by, "{points}")).format(points=now),
        now=shown,
        key=f"cuts.{where}.{name}",
        then=lambda typed: _put(study, column, typed),
        help=_("The lowest value of each group but the first, such as 50; 65."),
    )
    try:  # why what is typed cuts nothing, or why the points in force give one group
        checked(study, column, typed)
    except CutError as problem:
        st.warning(text.plain(str(problem)))


def _put(study: Population, column: Column, typed: str) -> None:
    try:
        at = checked(study, column, typed)
    except CutError:
        return  # said beside what is typed
    now = session.plan()
    others = tuple(each for each in now.study.cuts if each.column != column.name)
    cuts = (*others, CutPoints(column.name, at)) if at else others
    session.choose(replace(now, study=replace(now.study, cuts=cuts)))
