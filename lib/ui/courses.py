"""The course of each patient on a page: figures and tables in which a patient can be selected."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast, get_args

import pandas as pd
import streamlit as st

from lib import text
from lib.analyses import overdue, patients, timeline
from lib.analyses.patients import Lane, LeftOut, Order
from lib.analyses.study import Study
from lib.exhibits import exhibit
from lib.exhibits import patients as words
from lib.figures import courses as figures
from lib.figures.theme import Figure, noted
from lib.figures.timeline import timeline as course_figure
from lib.language import N_, _
from lib.schema import COLUMNS, TABLES
from lib.ui import choices, parts, session

_TABS = (N_("Best change"), N_("Change over time"), N_("Course in time"), N_("List"))
_ORDERS: Mapping[str, str] = {
    "change": N_("By change"),
    "follow-up": N_("By follow-up"),
    "group": N_("By group"),
}
_LANES = 50
"""So many lanes fit into one figure; bars and lines are always drawn of all patients."""
_ROWS = 25
_LIST, _CHOICE = "patients-list", "patient"


def all_patients(study: Study) -> None:
    """Every patient in a figure or a table of choice, and the course of one under it.

    Only the figure or table that is open is drawn.
    """
    left, right = st.columns([1, 2])
    with left:
        choices.grouping(study)
    with right:
        named = st.toggle(
            _("Patients’ codes in the figures"),
            value=True,
            key="patients-named",
            persist_state="session",
            help=_(
                "Codes as in your file. Without them an image names nobody; the HTML figure and "
                "the workbook hold a row or a mark of every patient all the same."
            ),
        )
    measured = bool(study.measured.courses) or study.cohort.known("best_change_pct")
    tabs = st.tabs(
        [_(tab) for tab in _TABS],
        default=_(_TABS[0] if measured else _TABS[2]),
        key="patients-tabs",
        on_change="rerun",
    )
    for tab, draw in zip(tabs, (_waterfall, _spider, _swimmer, _list), strict=True):
        if tab.open:
            with tab:
                draw(study, named)


def _waterfall(study: Study, named: bool) -> None:
    result = session.computed(patients.waterfall)
    if not result.bars:
        _unmeasured(result.left_out)
        _course(study)
        return
    order = _order("waterfall", "change")
    ordered = patients.arranged(result.bars, order, result.levels)
    _figure(
        "best-change",
        noted(figures.waterfall(ordered, result.levels, named), words.beside_waterfall(result)),
        text.titled(_("Best change"), exhibit.grouping(result.column)),
        words.waterfall(result, ordered),
        study,
        [
            (_("Best change"), words.bars(result, ordered)),
            (_("Not drawn"), words.not_drawn(result.left_out)),
        ],
    )


def _spider(study: Study, named: bool) -> None:
    result = session.computed(patients.spider)
    if not result.lines:
        _unmeasured(result.left_out)
        _course(study)
        return
    _figure(
        "change-over-time",
        noted(figures.spider(result.lines, result.levels), words.beside_spider(result)),
        text.titled(_("Change over time"), exhibit.grouping(result.column)),
        words.spider(result, result.lines),
        study,
        [
            (_("Change over time"), words.points(result, result.lines)),
            (_("Not drawn"), words.not_drawn(result.left_out)),
        ],
    )


def _swimmer(study: Study, named: bool) -> None:
    result = session.computed(patients.swimmer)
    if not result.lanes:
        parts.locked(
            _("Nobody’s course can be laid out in time."),
            [COLUMNS[name] for name in ("first_procedure_date", "last_contact_date", "death_date")],
            [COLUMNS[name] for name in ("os_months", "os_event")],
        )
        _reasons(result.left_out)
        _course(study)
        return
    measured = any(lane.change == lane.change for lane in result.lanes)
    order = _order("swimmer", "follow-up", () if measured else ("change",))
    ordered = patients.arranged(result.lanes, order, result.levels, within="follow-up")
    lanes, first = _page(ordered, _LANES, "swimmer")
    page = words.drawn(len(lanes), first, len(ordered))
    _figure(
        "course-in-time",
        noted(figures.swimmer(lanes, result.levels, named), words.beside_swimmer(result, page)),
        text.titled(_("Course in time"), exhibit.grouping(result.column)),
        _with(words.swimmer(result, lanes), page),
        study,
        [
            (_("Lanes"), words.lanes(result, ordered)),
            (_("Marks"), words.marks(ordered)),
            (_("Not drawn"), words.not_drawn(result.left_out)),
        ],
    )


def _list(study: Study, named: bool) -> None:
    """The patients as a table that the keyboard reaches too; a row selects one."""
    frame = words.everybody(study, session.computed(patients.swimmer))
    parts.rows(
        frame,
        session.chooser_key(_LIST),
        on_select=_row_selected,
        selection_mode="single-row",
        hide_index=True,
        alt=_("Patients under study. Select a row to see the patient’s course."),
    )
    _course(study)


def _row_selected() -> None:
    rows = session.selected(_LIST)
    if rows:
        names = session.study().cohort.patients["patient_id"]
        session.show_patient(str(names.iloc[rows[0]]), _LIST)


def _figure(
    key: str,
    drawing: Figure,
    name: str,
    caption: str,
    study: Study,
    tables: Sequence[tuple[str, pd.DataFrame]],
) -> None:
    parts.small_print(_("Select a patient in the figure to see the course under it."))
    kept = [(title, frame) for title, frame in tables if len(frame)]
    parts.figure(
        key,
        drawing,
        name,
        caption,
        words.notes(study.provenance),
        kept,
        _point_selected,
        partial(_course, study),
    )


def _point_selected(figure: str) -> None:
    for point in session.selected(figure):
        name = _code(point.get("customdata"))
        if name:
            session.show_patient(name, figure)
            return


def _code(data: Any) -> str:
    """The patient's code of a selected point; a browser gives a list or an object."""
    values = list(data.values()) if isinstance(data, Mapping) else data
    return str(values[0]) if values else ""


def _order(name: str, default: Order, without: Sequence[Order] = ()) -> Order:
    chosen = st.segmented_control(
        _("Order"),
        [order for order in get_args(Order) if order not in without],
        format_func=lambda order: _(_ORDERS[order]),
        default=default,
        required=True,
        key=f"order-{name}",
        persist_state="session",
    )
    return cast("Order", chosen or default)


def _page(items: Sequence[Lane], most: int, name: str) -> tuple[Sequence[Lane], int]:
    """As many patients as a figure holds, and the place of the first; asked for where not all."""
    if len(items) <= most:
        return items, 0
    first = st.selectbox(
        _("Patients drawn, of {n}").format(n=len(items)),
        list(range(0, len(items), most)),
        format_func=lambda start: text.limits(str(start + 1), str(min(start + most, len(items)))),
        key=session.widget_key(f"page-{name}.{len(items)}"),
    )
    return items[first : first + most], first


def _unmeasured(left_out: Sequence[LeftOut]) -> None:
    assessments, lesions = TABLES["assessments"], TABLES["lesions"]
    start = COLUMNS["first_procedure_date"]
    parts.locked(
        _("No change of a sum of diameters is known. Sheets of assessments or lesions hold them."),
        [start, assessments["assessment_date"], assessments["sld_mm"]],
        [start, *(lesions[name] for name in ("lesion_id", "assessment_date", "diameter_mm"))],
    )
    _reasons(left_out)


def _reasons(left_out: Sequence[LeftOut]) -> None:
    parts.small_print(words.left_out(left_out))


def _dates_in_one_piece(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep a page from breaking dates at their hyphens."""
    whole = frame.iloc[:, 0].str.replace("-", "\u2011")
    return frame.assign(**{frame.columns[0]: whole})


def _with(*said: str) -> str:
    return " ".join(each for each in said if each)


# One patient ----------------------------------------------------------------------------------


def _course(study: Study) -> None:
    """Ask for a patient and show the course, set apart from what stands under it."""
    name = _chosen(study)
    if name:
        with st.container(border=True):
            _one_patient(study, name)


def _one_patient(study: Study, name: str) -> None:
    """The course of one patient: what was measured, why, and what happened when."""
    found = session.computed(timeline.timeline, name)
    title = _("Patient {name}").format(name=name)
    st.subheader(text.plain(title))
    st.markdown(text.plain(words.summary(found)))
    for line in words.told(found):
        st.warning(text.plain(line), icon=":material/warning:")
    assessed, happened, ended = (
        words.assessments(found),
        words.happenings(found),
        words.endpoints(found),
    )
    parts.figure(
        "patient",
        noted(course_figure(found), words.beside_timeline(found)),
        title,
        words.timeline(found),
        [*words.notes(study.provenance), words.summary(found), *words.told(found)],
        [
            (_("Assessments"), assessed),
            (_("What happened"), happened),
            (_("Endpoints"), ended),
        ],
    )
    if len(assessed):
        st.markdown(f"**{_('Assessments after the first procedure')}**")
        # two narrow tables can be read on a telephone, one wide one cannot
        whole = _dates_in_one_piece(assessed)
        parts.table(whole.iloc[:, :-2], "patient assessments")
        parts.table(whole.iloc[:, [0, 5, -2, -1]], "patient reasons")
    else:
        parts.small_print(_("No assessment after the first procedure was measured or recorded."))
    st.markdown(f"**{_('Endpoints')}**")
    parts.table(ended, "patient endpoints")
    with st.expander(_("All that happened, with its rows in the spreadsheet")):
        parts.table(_dates_in_one_piece(happened), "patient events")


def _chosen(study: Study) -> str:
    names = study.cohort.patients["patient_id"].tolist()
    st.session_state[_CHOICE] = session.patient() if session.patient() in names else None
    st.selectbox(
        _("One patient’s course"),
        names,
        format_func=text.visible,
        placeholder=_("choose a patient, or select one in a figure"),
        key=_CHOICE,
        on_change=_choice,
    )
    return st.session_state[_CHOICE] or ""


def _choice() -> None:
    session.show_patient(st.session_state[_CHOICE] or "")


# Overdue --------------------------------------------------------------------------------------


def late(study: Study) -> None:
    """Who is overdue, who is lost, and how both can be taken away."""
    st.subheader(_("Who is overdue"))
    found = session.computed(overdue.overdue)
    if found is None or not (found.scans_known or found.contacts_known):
        parts.locked(
            _("This file does not say when patients were last assessed or seen."),
            [COLUMNS[name] for name in ("last_assessment_date", "last_contact_date")],
            [COLUMNS["first_procedure_date"], TABLES["assessments"]["assessment_date"]],
            one_is_enough=True,
        )
        return
    if not found.scans_known:
        parts.locked(
            _("Assessments that are overdue are not known."),
            [COLUMNS["last_assessment_date"]],
            [TABLES["assessments"]["assessment_date"]],
        )
    if not found.contacts_known:
        parts.locked(_("Contacts that are overdue are not known."), [COLUMNS["last_contact_date"]])
    due, lost = words.awaited(found.late), words.awaited(found.lost)
    if len(due):
        _listed(due, "overdue")
    else:
        st.success(_("Nobody is overdue."), icon=":material/check:")
    if len(lost):
        with st.expander(_("Recorded as lost to follow-up ({n})").format(n=len(lost))):
            _listed(lost, "lost")
    caption = words.overdue(found)
    parts.small_print(caption)
    if len(due) or len(lost):
        parts.tables_download(
            "overdue",
            [(_("Overdue"), due), (_("Lost to follow-up"), lost)],
            [caption, *words.notes(study.provenance)],
        )


def _listed(frame: pd.DataFrame, name: str) -> None:
    """A table; one of many rows in a frame that scrolls."""
    if len(frame) <= _ROWS:
        parts.table(frame, name)
    else:
        parts.rows(frame, f"rows-{name}", hide_index=True, alt=name)
