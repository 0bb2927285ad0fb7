"""The course of each patient on a page: figures and tables in which a patient can be selected."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import exhibits, text
from lib.analyses import overdue, patients, timeline
from lib.analyses.counted import Population
from lib.analyses.patients import ENDS, LeftOut, Order, Place, Sort
from lib.analyses.study import SELECTS, Study
from lib.exhibits.exhibit import Exhibit
from lib.exhibits.patients import LANES
from lib.language import N_, _
from lib.registry import Registry, paged
from lib.schema import COLUMNS, RESPONSES, TABLES
from lib.ui import choices, parts, session

_TABS = (N_("Best change"), N_("Change over time"), N_("Course in time"), N_("List"))
_ORDERS: Mapping[str, str] = {
    "change": N_("By change"),
    "follow-up": N_("By follow-up"),
    "group": N_("By group"),
}
_SORTS: Mapping[Sort, str] = {
    "follow-up": N_("By follow-up"),
    "response": N_("By best response"),
    "end": N_("By what ends follow-up"),
    "change": N_("By change"),
}
_ROWS = 25
_LIST, _CHOICE = "patients-list", "patient"


def every(population: Population) -> None:
    """The patients of a file, or those of a registry a page at a time."""
    if isinstance(population, Registry):
        _paged(population)
        return
    all_patients(session.of_rows())
    st.divider()
    with parts.held():
        late()


def _paged(registry: Registry) -> None:
    """A page of patients, in an order of choice, and the way to the pages beside it."""
    left, middle, right = st.columns([2, 2, 5])
    with left:
        choices.grouping(registry)
    with right:
        sort = st.segmented_control(
            _("Order"),
            [each for each in _SORTS if each != "change" or registry.known(paged.CHANGE)],
            format_func=lambda each: _(_SORTS[each]),
            default="follow-up",
            required=True,
            key=session.spoken_key("order-page"),
            persist_state="session",
        )
    with middle:
        at = _begins(sort)
    first, start = (0, None) if at is None else session.computed(paged.begin, sort, at)
    key = session.widget_key(f"pages.{sort}.{at}.{registry.digest(SELECTS)}")
    before: list[Place] = st.session_state.get(key, [])
    after = before[-1] if before else start
    found = session.computed(paged.page, sort, first + len(before) * paged.MOST, after)
    if found.waterfall.bars:
        parts.show(exhibits.patients.waterfall, found.waterfall)
    parts.show(exhibits.patients.page, found)
    onward = [*before, found.following] if found.following else before

    def turn(to: list[Place]) -> None:
        st.session_state[key] = to

    with st.container(horizontal=True):
        for name, words, to in (
            ("back", _("Previous page"), before[:-1]),
            ("onward", _("Next page"), onward),
        ):
            st.button(
                text.plain(words),
                on_click=turn,
                args=(to,),
                disabled=to == before,
                key=f"page-{name}",
            )
    parts.small_print(
        _(
            "Change over time, one patient’s whole course and who is overdue need the rows of the "
            "patients, and where they are counted no row is held."
        )
    )


def _begins(sort: Sort) -> float | None:
    """Where in the order the first page begins: a way past pages that nobody would turn."""
    key = session.widget_key(f"begins.{sort}")
    if sort in paged.FALLING:
        title = _("Begin at, months") if sort == "follow-up" else _("Begin at, %")
        return st.number_input(title, value=None, step=1, placeholder=_("the first"), key=key)
    named = [text.label(level) for level in RESPONSES]
    if sort == "end":
        named = [text.raised(text.of_code(end)) for end in ENDS]
    chosen = st.selectbox(
        _("Begin at"),
        range(len(named)),
        index=None,
        format_func=lambda at: text.visible(named[at]),
        placeholder=_("the first"),
        key=key,
    )
    return None if chosen is None else float(chosen)


def all_patients(study: Study) -> None:
    """Every patient in a figure or a table of choice, and the course of one under it.

    Only the figure or table that is open is drawn.
    """
    with parts.asked():
        choices.grouping(study)
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
        _unmeasured(study, result.left_out)
        return
    with _side_by_side():
        order = _order("waterfall", "change")
        _how_to_select()
    _figure(session.once(exhibits.patients.waterfall, result, order, named), study)


def _spider(study: Study, named: bool) -> None:
    result = session.computed(patients.spider)
    if not result.lines:
        _unmeasured(study, result.left_out)
        return
    _how_to_select()
    _figure(session.once(exhibits.patients.spider, result), study)


def _swimmer(study: Study, named: bool) -> None:
    result = session.computed(patients.swimmer)
    if not result.lanes:
        parts.locked(
            _("Nobody’s course can be laid out in time."),
            [COLUMNS[name] for name in ("first_procedure_date", "last_contact_date", "death_date")],
            [COLUMNS[name] for name in ("os_months", "os_event")],
        )
        _without(study, result.left_out)
        return
    measured = any(lane.change == lane.change for lane in result.lanes)
    with _side_by_side():
        order = _order("swimmer", "follow-up", () if measured else ("change",))
        first = _page(len(result.lanes))
        _how_to_select()
    _figure(session.once(exhibits.patients.swimmer, result, order, first, named), study)


def _list(study: Study, named: bool) -> None:
    """The patients as a table that the keyboard reaches too; a row selects one."""

    def selected() -> None:
        if rows := session.selected(_LIST):
            names = session.of_rows().cohort.patients["patient_id"]
            session.show_patient(str(names.iloc[rows[0]]), _LIST)

    shown = session.once(exhibits.patients.everyone, study, session.computed(patients.swimmer))
    parts.rows(
        shown.tables[0].frame,
        session.chooser_key(_LIST),
        on_select=selected,
        selection_mode="single-row",
        hide_index=True,
        alt=_("Patients under study. Select a row to see the patient’s course."),
    )
    parts.take_away(shown, _("Numbers, XLSX"))
    _course(study)


def _side_by_side() -> DeltaGenerator:
    """The row of choices of a figure, and what can be done with it."""
    return st.container(horizontal=True, vertical_alignment="bottom")


def _how_to_select() -> None:
    parts.small_print(_("Select a patient in the figure to see the course under it."))


def _figure(shown: Exhibit, study: Study) -> None:
    parts.exhibit(
        shown,
        on_select=session.show_patient,
        beneath=partial(_course, study),
        chosen=session.patient(),
    )


def _order(name: str, default: Order, without: Sequence[Order] = ()) -> Order:
    chosen = st.segmented_control(
        _("Order"),
        [order for order in get_args(Order) if order not in without],
        format_func=lambda order: _(_ORDERS[order]),
        default=default,
        required=True,
        key=session.spoken_key(f"order-{name}"),
        persist_state="session",
    )
    return cast("Order", chosen or default)


def _page(n: int) -> int:
    """The place of the first lane that is drawn; asked for where a figure does not hold all."""
    if n <= LANES:
        return 0
    first: int = st.selectbox(
        _("Patients drawn, of {n}").format(n=n),
        list(range(0, n, LANES)),
        format_func=lambda start: text.limits(str(start + 1), str(min(start + LANES, n))),
        key=session.widget_key(f"page-swimmer.{n}"),
    )
    return first


def _unmeasured(study: Study, left_out: Sequence[LeftOut]) -> None:
    assessments, lesions = TABLES["assessments"], TABLES["lesions"]
    start = COLUMNS["first_procedure_date"]
    parts.locked(
        _("No change of a sum of diameters is known. Sheets of assessments or lesions hold them."),
        [start, assessments["assessment_date"], assessments["sld_mm"]],
        [start, *(lesions[name] for name in ("lesion_id", "assessment_date", "diameter_mm"))],
    )
    _without(study, left_out)


def _without(study: Study, left_out: Sequence[LeftOut]) -> None:
    """Why nobody is in a figure, and the course of a patient all the same."""
    parts.small_print(exhibits.patients.left_out(left_out))
    _course(study)


# One patient ----------------------------------------------------------------------------------


def _course(study: Study) -> None:
    """Ask for a patient and show the course, set apart from what stands under it."""
    name = _chosen(study)
    if name:
        with st.container(border=True):
            found = session.computed(timeline.timeline, name)
            parts.show(exhibits.patients.timeline, found, headed="large")


def _chosen(study: Study) -> str:
    names = study.cohort.patients["patient_id"].tolist()
    st.session_state[_CHOICE] = session.patient() if session.patient() in names else None
    st.selectbox(
        _("One patient’s course"),
        names,
        format_func=text.visible,
        placeholder=_("choose a patient, or select one in a figure"),
        key=_CHOICE,
        on_change=lambda: session.show_patient(st.session_state[_CHOICE] or ""),
    )
    return st.session_state[_CHOICE] or ""


# Overdue --------------------------------------------------------------------------------------


def late() -> None:
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
    shown = session.once(exhibits.patients.overdue, found)
    parts.answer(shown)
    for at, each in enumerate(shown.tables):
        if each.shown == "open":
            _listed(shown, at)
        else:
            parts.section(text.plain(each.title), "lost", _listed, shown, at)
    parts.small_print(shown.caption)
    if shown.tables:
        parts.take_away(shown)


def _listed(shown: Exhibit, at: int) -> None:
    """A table; one of many rows in a frame that scrolls."""
    frame, title = shown.tables[at].frame, shown.tables[at].title
    if len(frame) <= _ROWS:
        parts.placed(shown, at)
    else:
        parts.rows(frame, f"rows-{shown.key}-{at}", hide_index=True, alt=title)
