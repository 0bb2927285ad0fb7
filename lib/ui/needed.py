"""What an analysis lacks, in the file's own headers: a select for each field, right where it is."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from lib import text
from lib.analyses import lacking, survival
from lib.analyses.counted import Population
from lib.ingest import ProposedColumn
from lib.language import _
from lib.schema import COLUMNS, Column
from lib.ui import answers, controls, loading, session

_LIVED = ("os_months", "vital_status", "first_procedure_date", "death_date", "last_contact_date")
_MORE = {"lacks-survival": _LIVED}
"""Among which columns it is asked for what is lacking, where a status would tell it too."""


def nothing_to_analyse(study: Population) -> bool:
    """Whether no endpoint and no response comes out of a file as it is read."""
    return not (lacking.responds(study) or survival.available(study))


def all_that_lacks() -> None:
    """Survival, the arms and response, those of them that the file does not give as it is read."""
    asked = loading.proposal().asked
    every = [
        (each.what, _MORE.get(each.what.code, [column.name for column in each.columns]))
        for each in session.computed(lacking.of)
    ]
    shown = [(what, names) for what, names in every if not asked & {*names}]
    if not shown or not _free():
        return
    st.subheader(_("What is still to be said"))
    for what, names in shown:
        with st.container(border=True):
            st.markdown(f"**{_(what)}**")
            choose([COLUMNS[name] for name in names], names[0])


def choose(columns: Sequence[Column], where: str) -> None:
    """A select for each field that has no column yet: which column of the file it is.

    `columns`: the fields. `where`: the place on the page, so that a field can be chosen in more
    than one.
    """
    free = _free()
    with st.container(horizontal=True):
        for column in _lacking(columns) if free else ():
            controls.one_of(
                text.plain(text.with_unit(column)),
                range(len(free)),
                lambda index: _shown(free[index]),
                key=f"needed.{where}.{column.name}",
                then=partial(_chosen, free, column),
                placeholder=_("choose a column"),
                width=260,
            )


def may_choose(columns: Sequence[Column]) -> bool:
    """Whether the file has columns that mean nothing yet, and some of these fields have none."""
    return bool(_lacking(columns) and _free())


def _lacking(columns: Sequence[Column]) -> list[Column]:
    asks = session.cohort() is not None
    taken = {each.header.column for each in loading.proposal().columns} if asks else set()
    own = [column for column in columns if COLUMNS.get(column.name) is column]
    return [column for column in own if column.name not in taken]


def _free() -> list[ProposedColumn]:
    """The columns of the patients that mean nothing yet; none of a registry, which is prepared."""
    if session.cohort() is None:
        return []
    return [
        each
        for each in loading.proposal().columns
        if each.table == "patients" and each.kept and not each.header.column
    ]


def _chosen(free: Sequence[ProposedColumn], field: Column, index: int) -> None:
    words = f"{text.cut(free[index].header.text)}: {text.label(field)}"
    answers.give(loading.proposal().mapped(free[index], field.name), words)


def _shown(column: ProposedColumn) -> str:
    samples = ", ".join(text.cut(sample, 20) for sample in column.samples)
    return f"{text.cut(column.header.text)}: {samples}"
