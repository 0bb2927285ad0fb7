"""What a contrast estimates, in one line, and whether it is the primary one."""

from lib import text
from lib.analyses.adjustment import Adjusted
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.followed import START
from lib.analyses.modality import AS_RECORDED
from lib.analyses.protocol import Departure, Later, death, departures, role
from lib.analyses.provenance import Provenance
from lib.exhibits import exhibit, short
from lib.exhibits.clock import FROM
from lib.language import N_, Template, _, ngettext
from lib.plan import Contrast
from lib.schema import BY_DATES, ENDPOINTS, Endpoint

MEASURES: dict[Contrast, Template] = {
    "mean time": N_("difference of mean {endpoint}"),
    "hazard ratio": N_("hazard ratio of {endpoint}"),
}
LATER: dict[Later, Template] = {
    "crossover": N_("a second modality"),
    "resection": N_("resection or ablation"),
    "new_therapy": N_("new systemic therapy"),
}
"""What may follow a strategy, inside a sentence."""
DEPARTURES: dict[Departure, Template] = {
    "changed": N_("the plan has been changed since the protocol was written"),
    "crossover": N_(
        "the protocol ends follow-up at a second modality, which is done as an analysis of "
        "sensitivity alone"
    ),
    "resection": N_(
        "the protocol ends follow-up at resection or ablation, which is done as an analysis of "
        "sensitivity alone"
    ),
    "new_therapy": N_(
        "the protocol ends follow-up at new systemic therapy, which is done as an analysis of "
        "sensitivity alone"
    ),
}


def line(compared: Comparison, shown: SurvivalContrast, given: Adjusted | None) -> str:
    """Population, strategies, what comes after them, measure and horizon of what the answer tells.

    `given`: the same with the arms made alike, where it is computed.
    """
    whence, small = compared.provenance, compared.provenance.plan.small
    if min(arm.n for arm in shown.arms) < small.arm_compared:
        return ""
    adjusted = (
        given is not None
        and short.main(compared, given) is not None
        and not short.unsure(compared, given)
    )
    n = sum(given.design.n) if adjusted and given is not None else sum(arm.n for arm in shown.arms)
    tau = shown.rmst.tau if shown.rmst is not None else None
    if adjusted and given is not None:
        tau = given.tau
    k = len(given.design.covariates) if given is not None else 0
    return exhibit.joined(
        part(whence, shown.endpoint) or _("No primary endpoint was named."),
        _("Estimand: {measure}, {strategies}, {population}; {events}.").format(
            measure=_measure(compared, shown.endpoint, tau),
            strategies=strategies(compared),
            population=_population(compared, n, k if adjusted else 0),
            events=_events(compared, shown.endpoint),
        ),
    )


def part(whence: Provenance, endpoint: Endpoint | None = None) -> str:
    """Whether the plan's contrast of an endpoint is the primary one, where one was named.

    Of what is no such contrast, without an endpoint: that it is secondary.
    """
    plan = whence.plan
    known = role(plan, endpoint)
    if known == "unnamed":
        return ""
    if known == "primary":
        return _("Primary: the {measure}; all else here is secondary.").format(
            measure=primary_measure(whence)
        )
    if away := departures(plan):
        why = "; ".join(_(DEPARTURES[each]) for each in away)
        return _("Secondary, as everything is: {why}.").format(why=why)
    return _("Secondary; primary is the {measure}.").format(measure=primary_measure(whence))


def primary_measure(whence: Provenance) -> str:
    """``difference of mean overall survival``: the plan's contrast of the primary endpoint."""
    return _(MEASURES[whence.plan.comparison.contrast]).format(endpoint=primary(whence))


def primary(whence: Provenance) -> str:
    """The primary endpoint inside a sentence; its code where the file has no such endpoint."""
    code = whence.plan.protocol.primary
    known = {**ENDPOINTS, **BY_DATES, **{each.code: each for each in whence.own_endpoints}}
    return text.in_sentence(known[code]) if code in known else text.cut(code)


def strategies(compared: Comparison) -> str:
    """``Chemoembolization (TACE) against Chemoinfusion (HAI) as the first procedure``."""
    arms = _("{comparison} against {reference}").format(
        comparison=text.named(compared.comparison), reference=text.named(compared.reference)
    )
    if compared.column.name != "modality":
        return arms
    if compared.provenance.modality_rule.code == AS_RECORDED.code:
        return _("{arms} as recorded").format(arms=arms)
    return _("{arms} as the first procedure").format(arms=arms)


def _measure(compared: Comparison, endpoint: Endpoint, tau: float | None) -> str:
    plan = compared.provenance.plan
    said = _(MEASURES[plan.comparison.contrast]).format(endpoint=text.in_sentence(endpoint))
    if tau is not None and plan.comparison.contrast == "mean time":
        said = _("{measure} over {tau}").format(measure=said, tau=text.months(tau))
    if plan.survival.origin == START:
        return said
    return _("{measure} from {origin}").format(measure=said, origin=_(FROM[plan.survival.origin]))


def _population(compared: Comparison, n: int, features: int) -> str:
    if not features:
        return _("in all {patients} as they are").format(patients=text.patients(n))
    if short.by_hazard(compared):
        return ngettext(
            "between patients alike in {k} recorded feature, of {patients}",
            "between patients alike in {k} recorded features, of {patients}",
            features,
        ).format(k=features, patients=text.patients(n))
    return ngettext(
        "among those of {patients} for whom either was a real choice by {k} recorded feature",
        "among those of {patients} for whom either was a real choice by {k} recorded features",
        features,
    ).format(k=features, patients=text.patients(n))


def _events(compared: Comparison, endpoint: Endpoint) -> str:
    """What becomes of whoever receives something else later, or dies."""
    later = (
        _("what follows ({events}) counts as it comes (treatment policy)").format(
            events=text.listed(_(each) for each in LATER.values())
        )
        if compared.column.name == "modality"
        else _("whatever is given later counts as it comes (treatment policy)")
    )
    dead = _("death counts as the event") if death(endpoint) == "composite" else ""
    return "; ".join(filter(None, (later, dead)))
