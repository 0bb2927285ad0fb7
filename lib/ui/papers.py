"""The parts of the Papers page: published cohorts as context, and a check of printed numbers."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig
from streamlit.runtime.uploaded_file_manager import DeletedFile

from lib import exhibits, text
from lib.analyses import published, response, survival
from lib.analyses.published import NotRead, Part
from lib.language import N_, WordedError, _
from lib.plan import Plan, Published, ReportPlan, dumps, loads
from lib.schema import ENDPOINTS
from lib.ui import parts, promises, session

_FILE, _PROBLEM = "papers-file", "papers-problem"
_LARGEST = 100_000  # bytes of a file of published cohorts
PARTS: Mapping[Part, str] = {
    "part": N_("one of the parts"),
    "dead": N_("had died by then"),
    "alive": N_("alive then"),
    "alone": N_("neither"),
}
_NUMBERS = ("year", "n", "of", "responded", "controlled")
Read = TypeVar("Read")


def beside() -> None:
    """The cohort beside published ones, where one is open; and more of these from a file."""
    if session.loaded() is None:
        st.title(_("Papers"))
        return
    study = parts.heading(_("Papers"))
    lived = session.computed(survival.by_group, ENDPOINTS["OS"])
    responded = session.held(response.by_group)
    known = session.once(published.cohorts, study.plan)
    parts.show(exhibits.published.context, known, responded, lived, headed="large")
    parts.section(_("Add published cohorts"), "papers-more", _more)


def _more() -> None:
    """A file of published cohorts: read, refused in a sentence, or taken away again."""
    st.file_uploader(
        _("Published cohorts, CSV"), type=["csv"], key=_FILE, on_change=_add, max_upload_size=1
    )
    if problem := st.session_state.get(_PROBLEM):
        st.error(text.plain(problem))
    columns = ", ".join(field.name for field in fields(Published))
    parts.small_print(
        _("Columns: {names}. Rates are {of} patients’; the median is of overall survival.").format(
            names=columns, of="of"
        )
    )
    if added := session.plan().report.beside:
        st.markdown(
            text.plain(_("Added: {names}.").format(names=text.listed(each.name for each in added)))
        )
        st.button(_("Take the added ones away"), on_click=_put, args=((),), key="papers-clear")


def _add() -> None:
    """Take the cohorts of a file into the plan, which is what the exhibit is made by."""
    st.session_state.pop(_PROBLEM, None)
    given = st.session_state.get(_FILE)
    if given is None or isinstance(given, DeletedFile):
        return
    data = given.getvalue()
    promises.let_go_of(given)
    try:
        _put(cohorts_of(data, session.plan().report.beside))
    except WordedError as problem:
        st.session_state[_PROBLEM] = text.error(problem)


def _put(beside: tuple[Published, ...]) -> None:
    now = session.plan()
    session.choose(replace(now, report=replace(now.report, beside=beside)))


def cohorts_of(data: bytes, before: tuple[Published, ...] = ()) -> tuple[Published, ...]:
    """Published cohorts as a file lists them, one a row, under the names of their fields.

    `before`: those that there are already. Raises `NotRead` or `PlanError` where the file holds
    none, or something that no plan can hold.
    """
    if len(data) > _LARGEST:
        raise NotRead(
            N_(
                "The file is larger than {most} byte.",
                "papers-too-large",
                many="The file is larger than {most} bytes.",
                by="most",
            ),
            most=_LARGEST,
        )
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"))))
    if not rows or "name" not in rows[0] or "year" not in rows[0]:
        raise NotRead(
            N_("No published cohort is in the file; name and year are needed.", "no-cohorts")
        )
    found = (*before, *map(_published, rows))
    return loads(dumps(Plan(report=ReportPlan(beside=found)))).report.beside


def _published(row: Mapping[str, str | None]) -> Published:
    name = text.visible(row.get("name") or "")
    numbers: dict[str, Any] = {}
    for field in ("year", "n", "of", "responded", "controlled", "median", "low", "high"):
        given = published.number(f"{name}, {field}", row.get(field), 1_000_000, field in _NUMBERS)
        if given is not None:
            numbers[field] = int(given) if field in _NUMBERS else float(given)
    if "year" not in numbers:
        raise NotRead(N_("{what}: a year is needed.", "no-year"), what=name)
    return Published(name=name, source=text.visible(row.get("source") or ""), **numbers)


def check() -> None:
    """Printed numbers, typed or those of the abstract that the product starts from; what fits."""
    paper = published.starting()
    st.header(_("Check the numbers of a paper"))
    st.markdown(
        _(
            "Type what a paper prints: whether each percentage can be of its count, whether the "
            "parts are everybody, whether the dead are among them, and which test gives its "
            "p-value. It opens with the abstract of a study of 36 patients."
        )
    )
    parts.small_print(f"{_(paper.title)}. {paper.source}.")
    lines, tests = _typed_lines(paper), _typed_tests()
    try:
        found = session.once(_found, lines.to_csv(index=False), tests.to_csv(index=False))
    except NotRead as problem:
        st.error(text.plain(text.error(problem)), icon=":material/error:")
        return
    if not len(found):
        parts.empty(_("Nothing can be checked yet."), _("Type a count, its n and a percentage."))
        return
    parts.table(found, "papers-found", _("What was found"))


def _found(lines: str, tests: str) -> pd.DataFrame:
    """What is found of two tables of words, as CSV."""
    typed = [
        pd.read_csv(io.StringIO(each), dtype=str, keep_default_na=False) for each in (lines, tests)
    ]
    remarks = published.checked(_lines_of(typed[0]), _tests_of(typed[1]))
    return exhibits.published.remarks(remarks)


def _typed_lines(paper: published.Paper) -> pd.DataFrame:
    labels = {code: _(label) for code, label in PARTS.items()}
    start = pd.DataFrame(
        [
            (_(each.what), _(each.together), labels[each.part], each.k, each.n, str(each.percent))
            for each in paper.lines
        ],
        columns=["what", "together", "part", "k", "n", "percent"],
    ).astype({"k": "Int64", "n": "Int64"})
    given = parts.typed(
        start,
        "papers-lines",
        {
            "part": st.column_config.SelectboxColumn(options=list(labels.values())),
            "k": _count(),
            "n": _count(),
        },
        what=_("What is printed"),
        together=_("Together with"),
        part=_("Is"),
        k=_("k"),
        n=_("n"),
        percent=_("%, as printed"),
    )
    codes = {label: code for code, label in labels.items()}
    return given.assign(part=given["part"].map(codes))


def _typed_tests() -> pd.DataFrame:
    columns = ["what", "k1", "n1", "k0", "n0", "p"]
    counts = dict.fromkeys(columns[1:5], "Int64")
    start = pd.DataFrame(columns=columns, dtype="string").astype(counts)
    return parts.typed(
        start,
        "papers-tests",
        {name: _count() for name in counts},
        what=_("Two arms compared"),
        k1=_("k, one arm"),
        n1=_("n, one arm"),
        k0=_("k, the other"),
        n0=_("n, the other"),
        p=_("p, as printed"),
    )


def _count() -> ColumnConfig:
    return st.column_config.NumberColumn(min_value=0, step=1)


def _lines_of(typed: pd.DataFrame) -> list[published.Line]:
    return _each(typed, published.line, ("k", "n", "percent"))


def _tests_of(typed: pd.DataFrame) -> list[published.Compared]:
    return _each(typed, published.compared, ("k1", "n1", "k0", "n0", "p"))


def _each(typed: pd.DataFrame, read: Callable[..., Read], numbers: tuple[str, ...]) -> list[Read]:
    """What was typed, row by row; rows without any number are still being typed."""
    rows = typed.astype(object).where(typed.notna(), None).to_dict("records")
    found = []
    for row in rows:
        given = {str(name): each for name, each in row.items()}
        what = str(given.pop("what") or _("A line without a name"))
        if any(given[name] not in (None, "") for name in numbers):
            found.append(read(what, **given))
    return found
