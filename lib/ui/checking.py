"""The check screen: what the import found, whom it concerns, and what is missing."""

from collections.abc import Sequence

import streamlit as st

from lib import text
from lib.cohort import Cohort, Finding
from lib.figures.cohort import missingness
from lib.language import N_, _
from lib.report import captions, files, tables
from lib.ui import parts, session

_MOST_ROWS = 200
_SEVERITY = {"error": N_("Errors"), "warning": N_("Warnings"), "note": N_("Notes")}


def check(cohort: Cohort) -> None:
    """What the import found, by severity, and the rows that each finding concerns."""
    st.subheader(_("What the import found"))
    if not cohort.findings:
        st.success(_("No problem was found."), icon=":material/check:")
    else:
        _findings(cohort)
    st.subheader(_("What is missing"))
    known = tables.missing(cohort)
    if len(known):
        title = _("Missing values")
        parts.figure(
            "missing-values",
            missingness(cohort),
            title,
            captions.missing(cohort),
            [text.source(cohort.source)],
            [(title, known)],
        )
        parts.table(known, "missing")
    else:
        st.success(_("No value is missing."), icon=":material/check:")


def _findings(cohort: Cohort) -> None:
    counts = {
        severity: sum(found.severity == severity for found in cohort.findings)
        for severity in _SEVERITY
    }
    present = [severity for severity, count in counts.items() if count]
    shown = st.pills(
        _("Show"),
        present,
        selection_mode="multi",
        default=present,
        format_func=lambda severity: f"{_(_SEVERITY[severity])} ({counts[severity]})",
        key=session.widget_key("severity"),
    )
    found = tables.ranked(cohort.findings, shown or present)
    parts.table(tables.findings(found), "findings")
    _rows_of(cohort, found)
    st.download_button(
        _("Findings, XLSX"),
        data=lambda: files.workbook(
            [(_("Findings"), tables.log(found))], [text.source(cohort.source)]
        ),
        file_name="findings.xlsx",
        key="xlsx-findings",
        on_click="ignore",
        icon=":material/table:",
    )


def _rows_of(cohort: Cohort, found: Sequence[Finding]) -> None:
    """The patients that one finding concerns, as they were read."""
    concerned = [each for each in found if each.rows]
    if not concerned:
        return
    which = st.selectbox(
        _("Patients of a finding"),
        range(len(concerned)),
        index=None,
        format_func=lambda index: text.visible(text.finding(concerned[index])),
        placeholder=_("choose a finding"),
        key=session.widget_key("finding"),
    )
    if which is not None:
        sheet = concerned[which].sheet
        if sheet and sheet != cohort.source.sheet:
            st.info(text.plain(_("These are rows of the sheet '{name}'.").format(name=sheet)))
            return
        rows = cohort.patients["row"].isin(concerned[which].rows)
        kept = cohort.patients.loc[rows].head(_MOST_ROWS).set_index("row")
        if len(kept):
            parts.rows(kept, "finding-rows")
        else:
            st.info(_("Their rows are in no analysis; look them up in your file by their number."))
