"""The check screen: what the import found, whom it concerns, and what is missing."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from lib import exhibits, text
from lib.cohort import Cohort
from lib.exhibits import findings
from lib.exhibits.findings import Kind
from lib.language import N_, _
from lib.ui import loading, parts, session

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
    lacking = session.once(exhibits.cohort.missing, session.of_rows())
    if lacking is None:
        st.success(_("No value is missing."), icon=":material/check:")
    else:
        parts.exhibit(lacking)


def _findings(cohort: Cohort) -> None:
    every = Counter(kind.severity for kind in findings.kinds(cohort.findings))
    counts = {severity: every[severity] for severity in _SEVERITY}  # as the table has rows
    present = [severity for severity, count in counts.items() if count]
    chosen = st.pills(
        _("Show"),
        present,
        selection_mode="multi",
        default=present,
        format_func=lambda severity: f"{_(_SEVERITY[severity])} ({counts[severity]})",
        key=session.widget_key("severity"),
    )
    kinds = findings.kinds(cohort.findings, chosen or present)
    shown = findings.of_file(kinds, session.of_rows())
    parts.placed(shown, 0)
    _rows_of(cohort, kinds)
    parts.take_away(shown, _("Findings, XLSX"))


def _on_map(kind: Kind, title: str) -> None:
    """The way to the columns of a finding, where they can be read otherwise."""
    places = frozenset(
        (each.table, each.header.position)
        for each in loading.proposal().columns
        # about the column of a header, or about what is taken from it
        if any(
            found.column == each.header.text
            or f", {each.header.text}, " in f", {found.taken_from}, "
            for found in kind.findings
        )
    )
    if places:
        st.button(
            _("To its column on Map") if len(places) == 1 else _("To its columns on Map"),
            key="to-map",
            icon=":material/arrow_back:",
            on_click=session.look_at,
            args=(places, title),
        )


def _rows_of(cohort: Cohort, kinds: Sequence[Kind]) -> None:
    """What the findings of one kind concern: the columns on Map, and the patients as read."""
    titles = [findings.titled(kind) for kind in kinds]
    before = session.finding()
    which = st.selectbox(
        _("Rows and columns of a finding"),
        range(len(kinds)),
        index=titles.index(before) if before in titles else None,
        format_func=lambda index: text.visible(titles[index]),
        placeholder=_("choose a finding"),
        key=session.widget_key("finding"),
    )
    if which is None:
        return
    kind = kinds[which]
    _on_map(kind, titles[which])
    if not kind.rows:
        return
    parts.small_print(text.rows(kind.rows))
    if kind.sheet and kind.sheet != cohort.source.sheet:
        st.info(text.plain(_("These are rows of the sheet '{name}'.").format(name=kind.sheet)))
        return
    rows = cohort.patients["row"].isin(kind.rows)
    kept = cohort.patients.loc[rows].head(_MOST_ROWS)
    if len(kept):
        parts.rows(findings.as_read(cohort, kept), "finding-rows", hide_index=True)
    else:
        st.info(_("Their rows are in no analysis; look them up in your file by their number."))
