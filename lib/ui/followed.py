"""The clock, the data cut-off and the rules of follow-up on a page, and what came of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from lib import text
from lib.analyses import landmark, maturity, origins, survival
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.landmark import Landmark
from lib.analyses.seen import WAYS, Way
from lib.analyses.study import Study
from lib.analyses.survival import SurvivalByGroup
from lib.exhibits import clock, exhibit
from lib.exhibits import landmark as landmark_words
from lib.exhibits import survival as survival_words
from lib.figures.landmark import greyed
from lib.figures.survival import survival_curves
from lib.language import _
from lib.plan import Origin, Plan, SurvivalPlan
from lib.schema import COLUMNS, ENDPOINTS, Endpoint
from lib.ui import parts, session

LANDMARKS = (1, 12)
"""Months that the landmark is chosen from."""


def choices(study: Study, endpoint: Endpoint) -> None:
    """Where the clock starts, when the data were cut off, and what censors; folded."""
    with st.expander(_("Clock, data cut-off and rules"), icon=":material/tune:"):
        known = session.computed(origins.available)
        if len(known) > 1 and not endpoint.competing:
            _origin(study, known)
        _cut_off(study)
        _rules(endpoint)


def _origin(study: Study, known: tuple[Origin, ...]) -> None:
    now = study.plan.survival.origin
    key = session.widget_key("origin")
    st.selectbox(
        _("The clock starts at"),
        known,
        index=known.index(now) if now in known else 0,
        format_func=clock.origin_label,
        key=key,
        help=_(
            "Patients are counted from the first procedure on, wherever the clock starts: earlier "
            "deaths are not in the file."
        ),
        on_change=_put,
        args=(key, lambda value: {"origin": value}),
    )


def _cut_off(study: Study) -> None:
    span = study.span
    now = study.plan.study.as_of
    if span is None or now is None:
        return
    first, latest = span
    key = session.widget_key("as-of")
    st.slider(
        _("Data cut-off"),
        first,
        latest,
        min(max(now, first), latest),
        format="YYYY-MM-DD",
        key=key,
        help=_("What happened later is not known yet; patients who began later are not in."),
        on_change=_cut,
        args=(key,),
    )


def _rules(endpoint: Endpoint) -> None:
    rules = session.plan().survival
    if "last_assessment_date" in endpoint.last_seen:
        months = text.months(2 * session.plan().study.assessed_every)
        _toggle(
            _("Censor events after two missed scans ({months} without one)").format(months=months),
            "missed_scans",
            rules,
        )
    if endpoint.code == "THP":
        title = _("Progression outside the liver competes; else it is ignored")
        _toggle(title, "extrahepatic_competes", rules)


def _toggle(title: str, name: str, rules: SurvivalPlan) -> None:
    key = session.widget_key(name)
    st.toggle(
        title,
        getattr(rules, name),
        key=key,
        on_change=_put,
        args=(key, lambda value: {name: value}),
    )


def _put(key: str, change: Callable[[Any], dict[str, Any]]) -> None:
    """Change the plan's part on survival by what a widget says."""
    plan = session.plan()
    chosen = change(st.session_state[key])
    session.choose(replace(plan, survival=replace(plan.survival, **chosen)))


def _cut(key: str) -> None:
    plan: Plan = session.plan()
    session.choose(replace(plan, study=replace(plan.study, as_of=st.session_state[key])))


def answer(result: SurvivalByGroup) -> None:
    """The medians in a sentence; those of all progression beside those of the liver's."""
    st.markdown(text.plain(survival_words.answer(result)))
    if result.sites is not None:
        beside = session.computed(survival.by_group, ENDPOINTS["PFS"])
        st.markdown(text.plain(survival_words.answer(beside)))


def folds(study: Study, result: SurvivalByGroup) -> None:
    """What lies behind the curves: how follow-up ended, other clocks, cut-offs, the landmark."""
    with st.expander(_("How follow-up ended")):
        endings(result)
    with st.expander(_("The same from other dates")):
        _side_by_side(result.endpoint)
    if result.endpoint.code == "OS":
        with st.expander(_("How the result matured")):
            _matured()
    with st.expander(_("After the landmark: by response, modality or procedures")):
        after_landmark(study, result.endpoint)


def endings(result: SurvivalByGroup | IncidenceByGroup) -> None:
    """What ended each patient's follow-up, counted."""
    parts.table(survival_words.endings(result), f"endings {result.endpoint.code}")


def _side_by_side(endpoint: Endpoint) -> None:
    found = session.computed(origins.side_by_side, endpoint)
    if len(found) < 2:
        parts.locked(
            _("The clock can start at no other date than the first procedure."),
            [COLUMNS[name] for name in ("diagnosis_date", "liver_mets_date", "end_systemic_date")],
            one_is_enough=True,
        )
        return
    parts.table(clock.origins(found), f"origins {endpoint.code}")
    parts.small_print(
        _(
            "Patients enter at the first procedure (late entry). A curve begins where at least 5 "
            "patients, and a tenth, are at risk, and holds for those without the event until then."
        )
    )
    st.markdown(f":gray[{text.plain(clock.lead_time(found))}]")


def _matured() -> None:
    found = session.computed(maturity.matured)
    if not found:
        parts.locked(
            _("Without dates the data cannot be cut off earlier."),
            [COLUMNS[name] for name in ("first_procedure_date", "death_date", "last_contact_date")],
        )
        return
    parts.table(clock.maturity(found), "maturity")


def after_landmark(study: Study, endpoint: Endpoint) -> None:
    """Survival from a landmark on, by what was seen until then; the naive contrast greyed."""
    ways = study.ways
    if not ways:
        parts.locked(
            _("Nothing that was seen after the first procedure is dated in this file."),
            [COLUMNS[name] for name in ("response_6m", "first_hai_date", "first_tace_date")],
            one_is_enough=True,
        )
        return
    left, right = st.columns(2)
    with left:
        way = _way(ways)
    with right:
        landmark_slider(study)
    from_landmark(session.computed(landmark.at_landmark, endpoint, way))


def from_landmark(result: Landmark) -> None:
    """Curves from the landmark on, who is not in them, and the naive contrast greyed."""
    _landmark_figure(result)
    parts.cautions(result.cautions)
    if result.groups:
        parts.table(landmark_words.summary(result), f"landmark {result.endpoint.code}")
    st.markdown(text.plain(landmark_words.left_out(result)))
    if any(group.curve is not None for group in result.naive):
        _contrast(result)


def _way(ways: tuple[Way, ...]) -> Way:
    chosen: Way | None = st.selectbox(
        _("By what was seen until the landmark"),
        [way for way in WAYS if way in ways],
        format_func=lambda way: _(landmark_words.WAYS[way]),
        key="landmark-way",
        persist_state="session",
    )
    return chosen or ways[0]


def landmark_slider(study: Study) -> None:
    """The months from the first procedure at which the clock starts anew."""
    key = session.widget_key("landmark")
    low, high = LANDMARKS
    now = round(study.plan.survival.landmark)
    st.slider(
        _("Landmark, months after the first procedure"),
        low,
        high,
        min(max(now, low), high),
        key=key,
        on_change=_put,
        args=(key, lambda value: {"landmark": value}),
    )


def _landmark_figure(result: Landmark) -> None:
    if not result.drawn:
        parts.empty(
            _("Too few patients for a curve."), _("Move the landmark, or classify otherwise.")
        )
        return
    st.markdown(text.plain(landmark_words.medians(result)))
    title = landmark_words.title(result)
    parts.figure(
        exhibit.key("landmark", exhibit.of_endpoint(result.endpoint, result.provenance)),
        survival_curves(result.drawn, result.endpoint, result.ticks, landmark_words.axis(result)),
        title,
        landmark_words.caption(result),
        exhibit.notes(result),
        [
            (title, landmark_words.summary(result)),
            (_("Curves"), survival_words.points(result.drawn)),
        ],
    )


def _contrast(result: Landmark) -> None:
    ticks = survival.ticks(result.provenance.plan, max(result.naive, key=_last))
    parts.contrast(
        greyed(result.naive, result.endpoint, ticks), "landmark", landmark_words.naive(result)
    )


def _last(group: survival.GroupSurvival) -> float:
    return group.curve.last_time if group.curve is not None else 0.0
