"""A page's own choices as widgets, drawn from the plan and writing to it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import text
from lib.analyses import one_sided
from lib.analyses.comparison import Comparison
from lib.analyses.courses import measured_times
from lib.analyses.one_sided import Refused
from lib.analyses.study import Study
from lib.exhibits.one_sided import refused, times
from lib.language import _
from lib.plan import Deaths, Plan, Profile, ResponsePlan, Responses, bounds, widest_window
from lib.recist import PROFILES
from lib.schema import COLUMNS, ENDPOINTS, RESPONSE_MONTHS, Endpoint
from lib.ui import cutting, filters, parts, session


def grouping(study: Study) -> None:
    """By which baseline column results are shown, or all patients together."""
    words = _column_words(study)
    _choose(
        _("Group by"),
        ["", *(column.name for column in filters.groupable(study))],
        study.plan.study.by if study.cohort.known(study.plan.study.by) else "",
        "by",
        lambda plan, name: replace(plan, study=replace(plan.study, by=name)),
        lambda name: words(name) if name else _("Nothing: all patients together"),
    )
    cutting.points(study, study.plan.study.by, "by")


def no_modality(study: Study) -> None:
    """Say what would tell the modalities apart, in a file that does not."""
    if not study.whole.known("modality"):
        parts.locked(
            _("This file does not say how each patient was treated."),
            [COLUMNS["modality"]],
            [COLUMNS[name] for name in ("first_hai_date", "first_tace_date")],
        )


def deaths(study: Study) -> None:
    """What becomes of the dead in the states of response."""
    _choose(
        _("Deaths"),
        get_args(Deaths),
        study.plan.response.deaths,
        "deaths",
        lambda plan, rule: _respond(plan, deaths=rule),
        lambda rule: _(text.DEATHS[rule]),
    )


def source(study: Study) -> None:
    """Whether responses are derived or recorded, in a file that was measured."""
    _choose(
        _("Responses"),
        get_args(Responses),
        study.plan.response.source,
        "source",
        lambda plan, source: _respond(plan, source=source),
        lambda source: _(text.SOURCES[source]),
    )


def profile(study: Study) -> None:
    """Which lesions count, and where progression does."""
    _choose(
        _("Profile"),
        get_args(Profile),
        study.plan.response.profile,
        "profile",
        lambda plan, profile: _respond(plan, profile=profile),
        lambda profile: _(PROFILES[cast("Profile", profile)].label),
    )


def confirmation(study: Study) -> None:
    """Whether CR and PR need a confirmation."""
    _choose(
        _("Best response"),
        ["yes", "no"],
        "yes" if study.plan.response.confirm else "no",
        "confirm",
        lambda plan, word: _respond(plan, confirm=word == "yes"),
        lambda word: _("CR and PR confirmed") if word == "yes" else _("CR and PR unconfirmed"),
    )


def months(study: Study) -> None:
    """At which times response is shown: those near which somebody was assessed or recorded."""
    plan, measured = study.plan.response, study.measured
    known = [m for m in RESPONSE_MONTHS if study.whole.known(f"response_{m}m")]
    options = list(measured_times(measured.courses, plan)) if measured.derived else known
    if len(options) < 2:
        return
    key = session.widget_key("months")
    st.multiselect(
        _("Times, months"),
        options,
        default=[each for each in plan.months if each in options],
        format_func=str,
        placeholder=_("choose"),
        key=key,
        on_change=_put_months,
        args=(key,),
    )


def windows(chosen: ResponsePlan) -> None:
    """The windows of days that responses are derived with."""
    titles = {
        "window_days": _("Days that an assessment may lie from a fixed time"),
        "confirm_days": _("Days until CR or PR is confirmed, at least"),
        "sd_days": _("Day from which SD counts as best response"),
        "ne_between": _("Assessments NE that may lie between, at most"),
    }
    for place, (name, title) in zip(st.columns(len(titles)), titles.items(), strict=True):
        low, high = bounds(ResponsePlan, name)
        if name == "window_days":
            high = widest_window(chosen.months)
        key = session.widget_key(name)
        place.number_input(
            title,
            low,
            high,
            value=min(max(getattr(chosen, name), low), high),
            step=1,
            key=key,
            on_change=_put_number,
            args=(key, name, low, high),
        )
    key = session.widget_key("sd_between")
    st.checkbox(
        _("SD may lie between two partial responses that confirm each other"),
        value=chosen.sd_between,
        key=key,
        on_change=_put,
        args=(key, lambda plan, value: _respond(plan, sd_between=bool(value))),
    )


def _put_months(key: str) -> None:
    """Put the chosen times in order; without any the plan keeps what it has."""
    chosen = tuple(sorted(st.session_state[key]))
    if not chosen:
        session.redraw()
        return
    plan = session.plan()
    window = min(plan.response.window_days, widest_window(chosen))
    session.choose(_respond(plan, months=chosen, window_days=window))


def _put_number(key: str, name: str, low: int, high: int) -> None:
    value = st.session_state[key]
    if value is not None:
        session.choose(_respond(session.plan(), **{name: min(max(int(value), low), high)}))


def _respond(plan: Plan, **choices: Any) -> Plan:
    return replace(plan, response=replace(plan.response, **choices))


def no_endpoint(available: Sequence[Endpoint]) -> None:
    """Say which endpoints the file has no times for, and which columns would give them."""
    without = {each.endpoint.code: each for each in session.computed(one_sided.refused)}
    for code, each in ENDPOINTS.items():
        if code in without:
            continue
        if each not in available:
            dates = ("first_procedure_date", *each.events, each.last_seen[-1])
            parts.locked(
                _("{endpoint} is not known of any patient.").format(endpoint=text.label(each)),
                [COLUMNS[name] for name in dates],
                [COLUMNS[name] for name in (each.months, each.event)],
            )
    for found in without.values():
        _one_sided(found)


def _one_sided(found: Refused) -> None:
    """Why there is no curve, and the times that are known, as a list."""
    st.warning(text.plain(refused(found)), icon=":material/lock:")
    parts.table(times(found), f"times {found.endpoint.code}")


def endpoint(available: Sequence[Endpoint], key: str = "endpoint") -> Endpoint:
    """Which endpoint is shown; the one that was chosen last, on whichever page."""
    known = {each.code: each for each in available}
    before = session.endpoint()
    code = st.pills(
        _("Endpoint"),
        list(known),
        format_func=lambda code: text.plain(text.label(known[code])),
        default=before if before in known else available[0].code,
        required=True,
        key=key,
    )
    found = known.get(code or "", available[0])
    session.show_endpoint(found.code)
    return found


def compared_column(study: Study) -> None:
    """Which baseline column the arms are levels of."""
    names = [column.name for column in filters.groupable(study)]
    if names:
        _choose(
            _("Compare"),
            names,
            study.plan.comparison.column,
            "compared",
            lambda plan, name: replace(
                plan,
                comparison=replace(plan.comparison, column=name, reference="", comparison=""),
            ),
            _column_words(study),
        )
        cutting.points(study, study.plan.comparison.column, "compared")


def arms(comparison: Comparison, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Which level is the reference and which is compared with it, each in its place."""
    names = {level.code: text.label(level) for level in comparison.choices}
    reference, other = comparison.reference.code, comparison.comparison.code
    with left:
        _choose(
            _("Reference"),
            list(names),
            reference,
            f"reference.{reference}.{other}",
            lambda plan, code: _compare(plan, code, reference if code == other else other),
            lambda code: names[code],
        )
    with right:
        _choose(
            _("Compared with it"),
            list(names),
            other,
            f"comparison.{reference}.{other}",
            lambda plan, code: _compare(plan, other if code == reference else reference, code),
            lambda code: names[code],
        )


def no_arms(study: Study) -> None:
    """Why there are no two groups to compare, and what to do about it."""
    column = study.whole.columns.get(study.plan.comparison.column)
    if column is None or not study.whole.known(column.name):
        if filters.groupable(study):
            parts.empty(
                _("This file does not say how each patient was treated."),
                _("Patients can be compared by another column, which is chosen above."),
            )
        parts.locked(
            _("There are no two groups to compare."),
            [COLUMNS["modality"]],
            [COLUMNS[name] for name in ("first_hai_date", "first_tace_date")],
        )
        return
    left = text.listed(text.label(level) for level in study.groups(column.name).levels)
    parts.empty(
        _("Only one group is left: {group}.").format(group=left),
        _("Widen the filters in the sidebar, or compare by another column."),
    )
    if study.plan.study.selection:
        st.button(_("Clear the filters"), on_click=session.clear_selection, key="clear-arms")


def _compare(plan: Plan, reference: str, comparison: str) -> Plan:
    return replace(
        plan, comparison=replace(plan.comparison, reference=reference, comparison=comparison)
    )


def _column_words(study: Study) -> Callable[[str], str]:
    columns = study.whole.columns
    return lambda name: text.label(columns[name])


def _choose(
    title: str,
    options: Sequence[str],
    now: str,
    name: str,
    put: Callable[[Plan, str], Plan],
    words: Callable[[str], str],
) -> None:
    key = session.widget_key(name)
    st.selectbox(
        title,
        list(options),
        index=list(options).index(now) if now in options else None,
        placeholder=_("choose"),
        format_func=lambda option: text.visible(words(option)),
        key=key,
        on_change=_put,
        args=(key, put),
    )


def _put(key: str, put: Callable[[Plan, str], Plan]) -> None:
    chosen = st.session_state[key]
    if chosen is not None:
        session.choose(put(session.plan(), chosen))
