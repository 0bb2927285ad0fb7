"""The parts of the Compare page: the answer, the evidence in order, and what is folded.

What is folded is computed only once it is opened, and is a fragment: a choice inside it draws that
part anew and no other.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from lib import exhibits, text
from lib.analyses import (
    adjustment,
    cautions,
    centres,
    comparison,
    lacking,
    multiplicity,
    protocol,
    robustness,
    sensitivity,
    subgroups,
    survival,
    toxicity,
)
from lib.analyses.adjustment import Adjusted
from lib.analyses.cautions import Caution
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.counted import Population
from lib.analyses.modelled import Modelled
from lib.analyses.study import Study
from lib.analyses.subgroups import Rate
from lib.exhibits.exhibit import Exhibit
from lib.language import N_, _
from lib.schema import COLUMNS, TABLES, Endpoint
from lib.ui import charts, choices, controls, incidence, parts, received, session

_AT_ONCE = 50_000
"""Patients of whom it is done in a few seconds; of more it is done on asking."""


def chosen(result: Comparison) -> SurvivalContrast | None:
    """The endpoint whose contrast is shown, the primary first; None where there is none."""
    if not result.survivals:
        return None
    known = {contrast.endpoint: contrast for contrast in result.survivals}
    primary = result.provenance.plan.protocol.primary
    return known[choices.endpoint(list(known), f"compared-endpoint.{primary}", primary)]


def curves(result: Comparison, contrast: SurvivalContrast | None) -> Exhibit | None:
    """Two curves, what was found between them, and what could explain it away."""
    if contrast is None:
        return None
    plan = result.provenance.plan
    behind = session.once(robustness.hidden_cause, contrast, plan, result.apart)
    given = _made_alike(result, contrast.endpoint)
    between = session.held(sensitivity.beside, contrast.endpoint)
    return session.once(exhibits.comparison.of_endpoint, result, contrast, behind, given, between)


def _made_alike(result: Comparison, endpoint: Endpoint) -> Adjusted | None:
    """The contrast with the arms made alike; None of more patients than are done at once."""
    if sum(result.n) > _AT_ONCE:
        return None
    with st.spinner(_("Making the arms alike…"), show_time=True):
        return session.held(adjustment.of_endpoint, endpoint)


def first(result: Comparison, shown: Exhibit | None) -> None:
    """The answer first, in plain words with counts and limits; then what to beware of in all."""
    found = _to_beware_of(result, shown)
    if shown is None or not shown.sentences:
        parts.cautions_by_line(found)
        return
    if shown.conclusion == exhibits.short.unlike(result):  # which says it already
        found = [each for each in found if each.code != "unbalanced"]
    with st.container(key="answer", border=True):
        parts.answer(shown)
        parts.cautions_by_line(found)


def in_full(result: Comparison, shown: Exhibit | None) -> None:
    """All that is to beware of, under the evidence: a figure stays on the first screen."""
    parts.cautions_in_full(_to_beware_of(result, shown), "arms")


def _to_beware_of(result: Comparison, shown: Exhibit | None) -> list[Caution]:
    found = shown.cautions if shown is not None else result.cautions
    return list(cautions.gravest_first(found))


TABS = (
    N_("Survival"),
    N_("Response"),
    N_("Balance"),
    N_("Adjusted"),
    N_("Safety"),
    N_("Robustness"),
)


def tabs(result: Comparison, shown: Exhibit | None, endpoint: Endpoint | None) -> None:
    """The evidence in the order in which it is asked."""
    draw: dict[str, Callable[[], None]] = {
        "Survival": partial(_survival, result, shown),
        "Response": partial(responses, result),
        "Balance": partial(balance, result, endpoint),
        "Adjusted": partial(parts.refitted, "adjusted", _adjusted, endpoint),
        "Safety": _complications,
        "Robustness": partial(_behind, result, endpoint),
    }
    for title, place in parts.tabbed("compare", TABS):
        with place, parts.held():
            draw[title]()


def _survival(result: Comparison, shown: Exhibit | None) -> None:
    """Two curves and what was found between them."""
    if shown is not None:
        parts.exhibit(shown, above=shown.cautions, answered=True)
        first = _("What came first in each arm: progression or death")
        _folded(first, "first", incidence.of_arms)
    choices.no_endpoint([each.endpoint for each in result.survivals])


def responses(result: Comparison) -> None:
    """Response rates of both arms."""
    if not result.responses:
        parts.locked(
            _("No response is recorded."),
            [COLUMNS[name] for name in lacking.RESPONDED],
            one_is_enough=True,
        )
        return
    parts.show(exhibits.comparison.of_rates, result, above=result.cautions)


def balance(result: Comparison, endpoint: Endpoint | None) -> None:
    """How alike the arms are: the love plot, and Table 1 under it."""
    if not result.covariates:
        st.info(_("Nothing else is known of these patients before the first procedure."))
        return
    made = session.held(adjustment.design, endpoint) if endpoint else None
    parts.show(exhibits.balance.of_arms, result, made, above=result.cautions)
    if result.besides.years is not None:
        _folded(_("Years of treatment"), "years", _years)


def _years() -> None:
    """In which years the arms were treated."""
    result = session.computed(comparison.of_arms)
    shown = session.once(exhibits.balance.of_years, result) if result is not None else None
    if shown is not None and result is not None:
        parts.exhibit(shown, above=result.cautions)


def many(result: Comparison) -> None:
    """Say that several tests stand on the page."""
    found = len(multiplicity.main_tests(result))
    parts.small_print(" ".join(text.caution(each) for each in cautions.many_tests(found)))


def _behind(result: Comparison, endpoint: Endpoint | None) -> None:
    """Whether the answer stands elsewhere: subgroups, centres, other choices, other strategies."""
    if endpoint is not None:
        _folded(_("Subgroups"), "subgroups", _by_subgroup, endpoint)
        _folded(_("Centres"), "centres", _by_centre, endpoint)
        doing = _("Trying every choice…")
        _folded(_("Other defensible choices"), "robustness", _robust, endpoint, doing=doing)
        _folded(_("Sensitivity analyses"), "sensitivity", _sensitivity, endpoint)
        if result.column.name == "modality":
            both = _("Everything received: one modality, or both")
            _folded(both, "received", received.everything, endpoint)
    _folded(_("How many tests this page runs"), "tests", _tests)
    _folded(_("The trial that this would have been"), "trial", _trial)


@st.fragment
def _folded(title: str, name: str, draw: Callable[..., None], *of: Any, doing: str = "") -> None:
    session.speak()
    with charts.apart(name):
        refitted = partial(parts.refitted, name, draw)
        parts.section(title, name, refitted, *of, doing=doing or _("Computing…"))


def _adjusted(endpoint: Endpoint | None) -> None:
    """The contrast as it is, given the covariates, and weighted."""
    population = adjustment.adjustable(session.study())
    result = session.computed(comparison.of_arms)
    if result is None or endpoint is None:
        parts.empty(_("There is no time to compare."), _("Choose data with times or dates."))
        return
    _covariates(population, endpoint)
    found = session.computed(adjustment.of_endpoint, endpoint)
    if found is not None:
        parts.show(exhibits.adjustment.of_endpoint, found, result, above=result.cautions)


def _covariates(population: Study | Modelled, endpoint: Endpoint) -> None:
    """What the endpoint is adjusted for: chosen here, or by the fixed list."""
    known = {column.name: column for column in comparison.candidates(population)}
    chosen = population.plan.comparison.covariates
    now, fixed = (_names(each, population, endpoint) for each in (chosen, ()))
    controls.ask(
        st.multiselect,
        _("Adjust for"),
        list(known),
        default=now,
        format_func=lambda name: text.visible(text.label(known[name])),
        key=f"covariates.{'.'.join(fixed)}",  # a filter may change the list
        then=_put_covariates,
        help=_(
            "Only what was known before the first procedure. Taking all off brings back the fixed "
            "list, cut to what the smaller arm allows."
        ),
    )


def _names(chosen: tuple[str, ...], population: Study | Modelled, endpoint: Endpoint) -> list[str]:
    """What an endpoint is adjusted for where the plan has chosen these covariates, or none."""
    compared = replace(population.plan.comparison, covariates=chosen)
    other = population.by(replace(population.plan, comparison=compared))
    return [each.name for each in adjustment.covariates(other, endpoint)]


def _put_covariates(names: list[str]) -> None:
    session.choose(controls.with_field(session.plan(), "comparison.covariates", tuple(names)))
    if not names:
        session.redraw()
    st.rerun()


def _by_subgroup(endpoint: Endpoint) -> None:
    """The contrast in every level of every baseline column."""
    study, result = session.study(), session.computed(comparison.of_arms)
    what = _outcome(study, endpoint, "subgroups")
    forest = subgroups.of_endpoint if isinstance(what, Endpoint) else subgroups.of_rate
    found = session.computed(forest, what)
    if found is None or result is None:
        return
    shown = session.once(exhibits.subgroups.of_outcome, found, result)
    if shown.draw is None:
        parts.empty(
            _("No subgroup is large enough for an estimate."),
            _("The table counts the patients, and says what is missing."),
        )
    parts.exhibit(shown, above=result.cautions)


def _outcome(study: Population, endpoint: Endpoint, name: str) -> Endpoint | Rate:
    """Which outcome a part is about: an endpoint, or a response rate."""
    known: dict[str, Endpoint | Rate] = {
        endpoint.code: endpoint,
        **{each.code: each for each in session.computed(survival.available)},
        **{exhibits.subgroups.outcome(rate): rate for rate in subgroups.rates(study)},
    }
    code = st.selectbox(
        _("Outcome"),
        list(known),
        format_func=lambda code: text.visible(exhibits.subgroups.outcome(known[code])),
        key=session.widget_key(f"{name}.{endpoint.code}"),
    )
    return known.get(code or "", endpoint)


def _by_centre(endpoint: Endpoint) -> None:
    """The contrast within centres, centre by centre, and without each of them."""
    result = session.computed(comparison.of_arms)
    found = session.computed(centres.of_endpoint, endpoint)
    if found is not None and result is not None:
        parts.show(exhibits.centres.of_endpoint, found, result, above=result.cautions)
    elif result is not None and result.column.name == centres.CENTRE:
        parts.empty(_("The centres are compared themselves."), _("Compare another column."))
    elif session.study().known(centres.CENTRE):
        parts.empty(
            _("All these patients are of one centre."), _("Widen the filters in the sidebar.")
        )
    else:
        parts.locked(_("Where patients were treated is not recorded."), [COLUMNS["centre"]])


def _robust(endpoint: Endpoint) -> None:
    """The contrast under every defensible choice."""
    what = _outcome(session.study(), endpoint, "robustness")
    every = robustness.of_endpoint if isinstance(what, Endpoint) else robustness.of_rate
    found, result = session.computed(every, what), session.computed(comparison.of_arms)
    if found is not None and result is not None:
        parts.show(exhibits.robustness.of_outcome, found, result, above=result.cautions)


def _sensitivity(endpoint: Endpoint) -> None:
    """The contrast under other strategies for what happens later."""
    result = session.computed(comparison.of_arms)
    found = session.computed(sensitivity.of_endpoint, endpoint)
    if found is not None and result is not None:
        parts.show(exhibits.sensitivity.of_endpoint, found, result, above=result.cautions)


def _complications() -> None:
    """Complications by procedure and of both arms' patients, and who died early."""
    result = session.computed(toxicity.of_arms)
    if result is None:
        return
    if not result.worst:
        parts.locked(
            _("No grade of a complication is recorded."),
            [TABLES["adverse_events"][name] for name in ("term", "scale", "grade")],
            [TABLES["patients"][name] for name in ("ctcae_grade", "cirse_grade")],
        )
    parts.show(exhibits.toxicity.of_arms, result)


def _trial() -> None:
    """The protocol beside the cohort, and what of two guidelines is answered."""
    found = session.computed(protocol.of_arms)
    if found is not None:
        parts.show(exhibits.protocol.of_arms, found)


def _tests() -> None:
    """Every test that this page runs, its folded parts included, adjusted for their number."""
    result = session.computed(comparison.of_arms)
    found = session.computed(multiplicity.of_page)
    if result is None or found is None or not (found.main or found.interactions):
        parts.empty(_("No test could be done."), _("The arms or the events are too few."))
        return
    parts.show(exhibits.multiplicity.of_page, found, result, above=result.cautions)
