"""What a contrast estimates, in one line, and whether it is the primary one."""

from lib import text
from lib.analyses.adjustment import Adjusted
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.followed import START
from lib.analyses.protocol import Departure, Later, departures, role
from lib.analyses.provenance import Provenance
from lib.exhibits import exhibit, short
from lib.exhibits.clock import FROM
from lib.language import N_, Template, _
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
    """What the answer estimates, of whom, and whether it is primary; the protocol has the rest.

    `given`: the same with the arms made alike, where it is computed.
    """
    whence, small = compared.provenance, compared.provenance.plan.small
    if min(arm.n for arm in shown.arms) < small.arm_compared:
        return ""
    what = _estimand(compared, shown, given)
    if what and role(whence.plan, shown.endpoint) == "primary":
        return _("Primary: {estimand}; all else here is secondary.").format(estimand=what)
    return exhibit.joined(
        part(whence, shown.endpoint) or _("No primary endpoint was named."),
        _("Estimand: {estimand}.").format(estimand=what) if what else "",
    )


def _estimand(compared: Comparison, shown: SurvivalContrast, given: Adjusted | None) -> str:
    """Measure, horizon and population; '' where the plan's contrast is withheld."""
    if given is not None and short.told(compared, given):
        tau = given.tau
        among = (
            _("between patients alike in what is recorded")
            if short.by_hazard(compared)
            else _("where either was a real choice")
        )
    else:
        n = text.patients(sum(arm.n for arm in shown.arms))
        tau = shown.rmst.tau if shown.rmst is not None else None
        among = _("in {patients} as they are").format(patients=n)
        if (shown.hazard if short.by_hazard(compared) else tau) is None:
            return ""
    return _("{measure} {population}").format(
        measure=_measure(compared, shown.endpoint, tau), population=among
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


def _measure(compared: Comparison, endpoint: Endpoint, tau: float | None) -> str:
    plan = compared.provenance.plan
    said = _(MEASURES[plan.comparison.contrast]).format(endpoint=text.in_sentence(endpoint))
    if tau is not None and plan.comparison.contrast == "mean time":
        said = _("{measure} over {tau}").format(measure=said, tau=text.months(tau))
    if plan.survival.origin == START:
        return said
    return _("{measure} from {origin}").format(measure=said, origin=_(FROM[plan.survival.origin]))
