"""A page's own choices as widgets, drawn from the plan and writing to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from lib import text
from lib.analyses import lacking, one_sided
from lib.analyses.comparison import Comparison
from lib.analyses.counted import Population
from lib.exhibits.one_sided import refused, times
from lib.language import N_, Template, _
from lib.plan import Plan, ResponsePlan, bounds, widest_window
from lib.recist import PROFILES
from lib.schema import COLUMNS, ENDPOINTS, Endpoint
from lib.ui import controls, cutting, filters, parts, selection, session


def grouping(study: Population) -> None:
    """By which baseline column results are shown, or all patients together."""
    columns, now = study.columns, study.plan.study.by
    controls.choice(
        "study.by",
        _("Group by"),
        ["", *(column.name for column in filters.groupable(study))],
        lambda name: text.label(columns[name]) if name else _("Nothing: all patients together"),
        now=now if study.known(now) else "",
    )
    cutting.points(study, now, "by")


def no_modality(study: Population) -> None:
    """Say what would tell the modalities apart, in a file that does not."""
    if not study.everybody.known("modality"):
        parts.locked(
            _("How each patient was treated is not recorded."),
            [COLUMNS["modality"]],
            [COLUMNS[name] for name in ("first_hai_date", "first_tace_date")],
        )


LEVELS: Mapping[str, tuple[Template, Mapping[Any, str]]] = {
    "response.deaths": (N_("Deaths"), text.DEATHS),
    "response.source": (N_("Responses"), text.SOURCES),
    "response.profile": (N_("Profile"), {name: each.label for name, each in PROFILES.items()}),
    "response.confirm": (
        N_("Best response"),
        {True: N_("CR and PR confirmed"), False: N_("CR and PR unconfirmed")},
    ),
    "comparison.contrast": (
        N_("What decides"),
        {"mean time": N_("Difference of mean time"), "hazard ratio": N_("Hazard ratio")},
    ),
}
"""What each field of a few options is called, and its options in words."""


def level(field: str, put: controls.Put | None = None, key: str = "") -> None:
    """Which of its few options a field has; `put` and `key` as for `controls.choice`."""
    title, words = LEVELS[field]
    options = list(words)
    controls.choice(field, _(title), options, lambda option: _(words[option]), put=put, key=key)


def months(study: Population) -> None:
    """At which times response is shown: those near which somebody was assessed or recorded."""
    if study.settled:
        return
    options = list(session.once(_times, study.everybody))

    def put(plan: Plan, chosen: Sequence[int]) -> Plan:
        """In order, and with windows that do not overlap."""
        months = tuple(sorted(chosen))
        plan = controls.with_field(plan, "response.months", months)
        window = min(plan.response.window_days, widest_window(months))
        return controls.with_field(plan, "response.window_days", window)

    if len(options) > 1:
        controls.several("response.months", _("Times, months"), options, put)


def _times(whole: Population) -> tuple[int, ...]:
    return whole.times


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
        with place:
            controls.number(f"response.{name}", title, low, high)
    controls.toggle(
        "response.sd_between", _("SD may lie between two partial responses that confirm each other")
    )


def no_endpoint(
    available: Sequence[Endpoint], among: Sequence[Endpoint] = tuple(ENDPOINTS.values())
) -> None:
    """Say which endpoints the file has no times for, and which columns would give them."""
    refused_ones = session.held(one_sided.refused) or ()
    without = {each.endpoint.code: each for each in refused_ones if each.endpoint in among}
    for each in among:
        if each.code not in without and each not in available:
            parts.locked(
                _("{endpoint} is not known of any patient.").format(endpoint=text.label(each)),
                *lacking.columns_of(each),
            )
    for found in without.values():  # why there is no curve, and the times that are known
        st.warning(text.plain(refused(found)), icon=":material/lock:")
        parts.table(times(found), f"times {found.endpoint.code}", text.label(found.endpoint))


def shown_endpoint(available: Sequence[Endpoint], primary: str = "") -> Endpoint:
    """The primary endpoint, else the one chosen last, on whichever page, else the first."""
    known = {each.code: each for each in available}
    return known.get(primary, known.get(session.endpoint(), available[0]))


def endpoint(available: Sequence[Endpoint], key: str = "endpoint", primary: str = "") -> Endpoint:
    """Which endpoint is shown: see `shown_endpoint`."""
    key = session.spoken_key(key)
    known = {each.code: each for each in available}
    codes = list(known)

    def moved() -> None:  # before the page says its address
        session.show_endpoint(st.session_state[key])

    code = st.selectbox(
        _("Endpoint"),
        codes,
        index=codes.index(shown_endpoint(available, primary).code),
        format_func=lambda code: text.visible(text.label(known[code])),
        key=key,
        on_change=moved,
    )
    found = known.get(code or "", available[0])
    session.show_endpoint(found.code)
    return found


def compared_column(study: Population) -> None:
    """Which baseline column the arms are levels of."""
    columns = study.columns
    names = [column.name for column in filters.groupable(study)]
    if names:
        controls.choice(
            "comparison.column",
            _("Compare"),
            names,
            lambda name: text.label(columns[name]),
            put=lambda plan, name: _compare(plan, "", "", column=name),
            key="compared",
        )
        cutting.points(study, study.plan.comparison.column, "compared")


def arms(comparison: Comparison) -> None:
    """Which level is the reference and which is compared with it.

    Where one is chosen that the other has, they change places.
    """
    names = {level.code: text.label(level) for level in comparison.choices}
    reference, other = comparison.reference.code, comparison.comparison.code
    for title, now, beside in (
        (_("Reference"), reference, other),
        (_("Compared with it"), other, reference),
    ):

        def put(plan: Plan, code: str, now: str = now, beside: str = beside) -> Plan:
            pair = (code, now if code == beside else beside)
            return _compare(plan, *(pair if now == reference else pair[::-1]))

        field = "reference" if now == reference else "comparison"
        controls.choice(
            f"comparison.{field}",
            title,
            list(names),
            lambda code: names[code],
            now=now,
            put=put,
            key=field,
        )


def no_arms(study: Population) -> None:
    """Why there are no two groups to compare, and what to do about it."""
    column = study.columns.get(study.plan.comparison.column)
    if column is None or not study.everybody.known(column.name):
        if filters.groupable(study):
            parts.empty(
                _("How each patient was treated is not recorded."),
                _("Patients can be compared by another column, which is chosen above."),
            )
        parts.locked(
            _("There are no two groups to compare."),
            [COLUMNS["modality"]],
            [COLUMNS[name] for name in ("first_hai_date", "first_tace_date")],
        )
        return
    left = text.listed(text.label(level) for level in study.counts(column.name).levels)
    parts.empty(
        _("Only one group is left: {group}.").format(group=left),
        _("Widen the filters in the sidebar, or compare by another column."),
    )
    if study.plan.study.selection:
        st.button(_("Clear the filters"), on_click=selection.clear, key="clear-arms")


def _compare(plan: Plan, reference: str, comparison: str, column: str = "") -> Plan:
    column = column or plan.comparison.column
    changed = replace(plan.comparison, column=column, reference=reference, comparison=comparison)
    return replace(plan, comparison=changed)
