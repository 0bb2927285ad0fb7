"""What a paper says was done: the methods of what is shown, as the plan has them, and no others."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from lib import __version__, text
from lib.analyses.adjustment import Adjusted
from lib.analyses.comparison import Comparison, SurvivalContrast, limited
from lib.analyses.everything import Everything
from lib.analyses.modality import FIRST_PROCEDURE
from lib.analyses.provenance import Provenance
from lib.analyses.survival import SurvivalByGroup
from lib.exhibits import (
    adjustment,
    clock,
    comparison,
    derivation,
    exhibit,
    multiplicity,
    protocol,
    response,
    short,
    survival,
)
from lib.exhibits.exhibit import Exhibit
from lib.language import _, ngettext
from lib.recist import PROFILES
from lib.schema import COLUMNS, Column, Endpoint

_PACKAGES = (("pandas", "pandas"), ("NumPy", "numpy"), ("SciPy", "scipy"), ("plotly", "plotly"))


def software() -> str:
    """By which versions all of it was computed."""
    packages = text.listed(f"{name} {version(package)}" for name, package in _PACKAGES)
    return _("Computed by Hepar {version} on Python {python} with {packages}.").format(
        version=__version__, python=platform.python_version(), packages=packages
    )


def of_shown(found: Everything, shown: Sequence[Exhibit]) -> list[str]:
    """How what is shown was done; a paragraph a subject, and none of what is not shown."""
    made = {each.made[0] for each in shown}
    compared = found.comparison if made & _OF_ARMS else None
    return [
        each
        for each in (
            _who(found),
            _grouping(found, compared),
            _endpoints(found, shown, compared),
            _response_methods(found, made),
            _statistics(found, shown, compared),
            _contrasts(found, shown, compared),
            _adjusting(found, shown, compared),
            _deciding(found, made, compared),
            _source(found.provenance),
        )
        if each
    ]


_OF_ARMS = {
    *("comparison.of_arms", "adjustment.of_endpoint", "subgroups.of_endpoint", "subgroups.of_rate"),
    *("centres.of_endpoint", "robustness.of_endpoint", "robustness.of_rate"),
    *("sensitivity.of_endpoint", "incidence.of_arms", "toxicity.of_arms", "multiplicity.of_page"),
    "protocol.of_arms",
}
"""The analyses of two arms."""
_UNLIMITED = {"study.under_study", "baseline.by_group", "transitions.between_times"}
"""Analyses without a limit."""


def _who(found: Everything) -> str:
    """Whose data they are."""
    whence = found.provenance
    chosen = text.selection(whence)
    eligible = text.cut(whence.plan.protocol.eligibility, 300)
    until = whence.cut_off or whence.plan.study.as_of
    return exhibit.joined(
        ngettext("{n} patient is under study.", "{n} patients are under study.", whence.n).format(
            n=whence.n
        ),
        _("Eligible, in the authors’ words: {words}.").format(words=eligible.rstrip("."))
        if eligible
        else "",
        ngettext(
            "Selected from {n} patient by: {selection}.",
            "Selected from {n} patients by: {selection}.",
            whence.whole,
        ).format(n=whence.whole, selection=chosen)
        if chosen
        else "",
        _("What was known by {day} is counted.").format(day=text.day(until)) if until else "",
        _("Patients were not randomised.") if found.comparison is not None else "",
    )


def _grouping(found: Everything, compared: Comparison | None) -> str:
    """By what results are shown, and which arms are compared."""
    whence, column = found.provenance, found.baseline.column
    return exhibit.joined(
        _by(whence, column) if column is not None else "",
        _arms(whence, compared, column) if compared is not None else "",
    )


def _by(whence: Provenance, column: Column) -> str:
    if column.name != "modality":
        return exhibit.joined(
            _("Results are shown by {column}.").format(column=text.in_sentence(column)),
            text.cut_at(whence, column),
        )
    first = whence.modality_rule.code == FIRST_PROCEDURE.code
    return exhibit.joined(
        _(
            "Results are shown by the modality of the first procedure, which is known when "
            "follow-up starts."
        )
        if first
        else _("Results are shown by modality, {rule}.").format(rule=_(whence.modality_rule)),
        ngettext(
            "Of {n} patient the first procedure is not known, and the modality is as recorded.",
            "Of {n} patients the first procedure is not known, and the modality is as recorded.",
            whence.stood_in,
        ).format(n=whence.stood_in)
        if whence.stood_in
        else "",
        ngettext(
            "{n} patient is recorded as having had both in the end.",
            "{n} patients are recorded as having had both in the end.",
            whence.both,
        ).format(n=whence.both)
        if whence.both and not whence.both_recorded
        else "",
    )


def _arms(whence: Provenance, compared: Comparison, column: Column | None) -> str:
    said = _(
        "{comparison} (n = {n1}) was compared with {reference} (n = {n0}), the reference."
    ).format(
        comparison=text.named(compared.comparison),
        reference=text.named(compared.reference),
        n1=compared.n[1],
        n0=compared.n[0],
    )
    other = column is None or compared.column.name != column.name
    how = text.cut_at(whence, compared.column) if other else ""
    if other and compared.column.name == "modality":
        how = _by(whence, compared.column)
    return exhibit.joined(how, said, comparison.left_out(compared))


def _shown_endpoints(found: Everything, shown: Sequence[Exhibit]) -> list[Endpoint]:
    known = {each.code: each for each in found.endpoints}
    codes = dict.fromkeys(argument for each in shown for argument in each.made[1:2])
    return [known[code] for code in codes if code in known]


def _endpoints(found: Everything, shown: Sequence[Exhibit], compared: Comparison | None) -> str:
    """What each endpoint shown is, from when it counts, and at what it is censored."""
    listed = _shown_endpoints(found, shown)
    if not listed:
        return ""
    whence = found.provenance
    curves = [found.survival[each.code] for each in listed if each.code in found.survival]
    return exhibit.joined(
        *(_endpoint(each, whence, _is_dated(found, each)) for each in listed),
        clock.clock(whence) or _in_months(curves),
        *dict.fromkeys(survival.rules(each) for each in curves),
        *dict.fromkeys(_progression(whence, each) for each in listed),
    )


def _in_months(curves: Sequence[SurvivalByGroup]) -> str:
    by_months = max((each.by_months for each in curves), default=0)
    if not by_months:
        return _("Time is in months of 30.4375 days.")
    return survival.origin(by_months, max(each.everyone.n for each in curves))


def _progression(whence: Provenance, endpoint: Endpoint) -> str:
    """How progression was found, where it was derived."""
    if not derivation.progression(whence, endpoint):
        return ""
    return _(
        "Progression was derived from measurements ({profile}); without it patients are followed "
        "to their last evaluable assessment."
    ).format(profile=_(PROFILES[whence.plan.response.profile].label))


def _is_dated(found: Everything, endpoint: Endpoint) -> bool:
    """Whether somebody's time counts from a date, and not from wherever the sheet counts."""
    curves = found.survival.get(endpoint.code)
    return curves is None or curves.by_months < curves.everyone.n


def _endpoint(endpoint: Endpoint, whence: Provenance, is_dated: bool) -> str:
    events = _columns(endpoint.events)
    if not events:
        return _("{endpoint} is as the data give its time and event.").format(
            endpoint=text.label(endpoint)
        )
    if not is_dated:
        return _("{endpoint} is the time to {events}.").format(
            endpoint=text.label(endpoint), events=text.either(events)
        )
    origin = clock.FROM[whence.plan.survival.origin]
    seen = [name for name in endpoint.last_seen if name in COLUMNS]
    words = _("{endpoint} is the time from {origin} to {events}").format(
        endpoint=text.label(endpoint), origin=_(origin), events=text.either(events)
    )
    competing = _columns(endpoint.competing)
    if competing:
        words = _("{words}, with which {others} competes").format(
            words=words, others=text.either(competing)
        )
    if not seen:
        return f"{words}."
    return _("{words}; without it patients are followed to the {seen}.").format(
        words=words, seen=_(", else the ").join(_columns(seen))
    )


def _columns(names: Sequence[str]) -> list[str]:
    return [text.in_sentence(COLUMNS[name]) for name in names if name in COLUMNS]


def _response_methods(found: Everything, made: set[str]) -> str:
    result = found.response
    if not result.times or not made & {"response.by_group", "transitions.between_times"}:
        return ""
    rate = result.times[0].everyone.objective[0]
    return exhibit.joined(
        derivation.methods_words(result.derivation, [each.months for each in result.times]),
        response.rates_mean(result),
        _("Rates have {method}.").format(method=text.method(rate.estimate.method)) if rate else "",
    )


def _statistics(found: Everything, shown: Sequence[Exhibit], compared: Comparison | None) -> str:
    """How curves and their numbers were estimated, and when none is told."""
    curves = [
        found.survival[each.code]
        for each in _shown_endpoints(found, shown)
        if each.code in found.survival
    ]
    said: list[str] = []
    if method := _first(group.curve.method for r in curves for group in r.drawn if group.curve):
        said.append(_("Survival was estimated by {method}.").format(method=text.method(method)))
    if any(each.everyone.follow_up is not None for each in curves):
        said.append(_("Median follow-up is by reverse Kaplan-Meier, of overall survival."))
    came = [found.incidence[each.made[1]] for each in shown if each.made[0] == "incidence.by_group"]
    if method := _first(group.curve.method for r in came for group in r.drawn if group.curve):
        said.append(
            _("Where events compete, incidence was estimated by {method}.").format(
                method=text.method(method)
            )
        )
    if said:
        said.append(_("No number is told where too few patients are followed so long to carry it."))
    if any(each.made[0] not in _UNLIMITED for each in shown):
        level = text.short(100 * found.provenance.plan.confidence)
        said.append(_("All limits are two-sided and of {level}%.").format(level=level))
    return exhibit.joined(*said)


def _first(several: Iterable[str]) -> str:
    return next(iter(several), "")


def _contrasts(found: Everything, shown: Sequence[Exhibit], compared: Comparison | None) -> str:
    """How two arms were compared as they are."""
    if compared is None:
        return ""
    codes = [each.made[1] for each in shown if each.made[0] == "comparison.of_arms"]
    said: list[str] = []
    for contrast in compared.survivals:
        if contrast.endpoint.code in codes:
            said += _contrast(contrast, compared)
    differences = [each.difference for each in compared.responses if each.difference]
    if "response" in codes and differences:
        said.append(
            _("Rates of response were compared by: {method}.").format(
                method=text.method(differences[0].estimate.method)
            )
        )
    small = found.provenance.plan.small
    said.append(
        _(
            "Groups with fewer patients than {counted} are counted without percentages, "
            "and those with fewer than {compared} are not compared; a hazard ratio needs "
            "{events}, and {arm} in each arm."
        ).format(
            counted=small.arm_counted,
            compared=small.arm_compared,
            events=text.events(small.events_compared),
            arm=small.arm_events_compared,
        )
    )
    return exhibit.joined(*dict.fromkeys(said))


def _contrast(contrast: SurvivalContrast, compared: Comparison) -> Iterator[str]:
    """How the curves of two arms were compared."""
    plan = compared.provenance.plan
    if contrast.rmst is not None:
        yield _("Mean time up to {tau} ({horizon}) was compared by: {method}.").format(
            tau=text.months(contrast.rmst.tau),
            horizon=comparison.horizon(plan.survival.taus),
            method=text.method(contrast.rmst.difference.method),
        )
    if contrast.hazard is not None:
        method = (limited(contrast.hazard, plan.small) or contrast.hazard.ratio).method
        yield _("The hazard ratio is by {method}.").format(method=text.method(method))
    if contrast.log_rank is not None:
        yield _("Curves were compared by: {method}.").format(
            method=text.method(contrast.log_rank.method)
        )
    if (draw := contrast.permutation) is not None:
        yield ngettext(
            "Where events are few, also by: {method}, {n} draw, seed {seed}.",
            "Where events are few, also by: {method}, {n} draws, seed {seed}.",
            draw.permutations,
        ).format(method=text.method(draw.method), n=draw.permutations, seed=draw.seed)


def _adjusting(found: Everything, shown: Sequence[Exhibit], compared: Comparison | None) -> str:
    """What was adjusted for and how, where an adjusted number is shown; or why none is."""
    if compared is None:
        return ""
    codes = dict.fromkeys(
        each.made[1]
        for each in shown
        if each.made[0] in ("comparison.of_arms", "adjustment.of_endpoint")
        and each.made[1] in found.adjusted
    )
    said: list[str] = []
    for code in codes:
        given = found.adjusted[code]
        if given is not None:
            said += _adjusted(given)
    return exhibit.joined(*dict.fromkeys(said))


def _adjusted(given: Adjusted) -> list[str]:
    made = given.design
    if given.model is None and given.weighted is None:
        return [adjustment.locked(given)]
    said = [adjustment.chosen(made)]
    if given.model is not None:
        words = _("Hazard ratios given the covariates: {method}, Efron’s ties.")
        said.append(words.format(method=text.method(given.model.method)))
    if given.weighted is not None:
        words = _("Weights: {propensity}; {weights}; {limits}.")
        said.append(
            words.format(
                propensity=text.method(given.weighted.propensity.method),
                weights=text.method(given.weighted.weights.method),
                limits=text.method((given.weighted.difference or given.weighted.ratio).method),
            )
        )
    if made.imputation is not None:
        said.append(
            _(
                "Each missing value of a covariate was drawn {times}, given the arm, the "
                "outcome and the other covariates (chained equations, seed {seed}), and "
                "results were pooled by Rubin’s rules."
            ).format(times=text.times(made.imputation.sets), seed=made.imputation.seed)
        )
    return said


def _deciding(found: Everything, made: set[str], compared: Comparison | None) -> str:
    """What was primary, what decides, and how many tests there are."""
    if compared is None:
        return ""
    whence = found.provenance
    by = (
        _("Whether a difference is claimed is decided by the limits of the hazard ratio alone.")
        if short.by_hazard(compared)
        else _(
            "Whether a difference is claimed is decided by the limits of the difference of mean "
            "time alone."
        )
    )
    tests = found.tests if "multiplicity.of_page" in made else None
    forests = made & {"subgroups.of_endpoint", "subgroups.of_rate"}
    return exhibit.joined(
        protocol.standing(whence),
        protocol.record(whence),
        by if compared.survivals else "",
        multiplicity.count(tests)
        if tests is not None
        else _("Tests of interaction are adjusted for their number (Holm), no other is.")
        if forests
        else _("No p-value is adjusted for the number of tests."),
    )


def _source(whence: Provenance) -> str:
    return exhibit.joined(software(), text.source(whence.source))
