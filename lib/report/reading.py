"""What the numbers of a page mean, a plain sentence each, for readers without a statistician."""

from math import isnan

from lib import text
from lib.analyses.comparison import Comparison, ResponseContrast, SurvivalContrast
from lib.analyses.survival import SurvivalByGroup
from lib.language import _
from lib.report import verdict

_MONTHS = 6
"""The time whose rates are said in a sentence, where the file has it."""


def survival(result: SurvivalByGroup) -> list[str]:
    """Each number of the page of survival, in the order of the page."""
    return [
        _(
            "Median: by this time half of the patients had the event, allowing for those not "
            "followed so long; not reached where the curve stays above a half."
        ),
        _interval(result.provenance.plan.confidence),
        _(
            "At 12 months and other times: the share of patients without the event until then. "
            "At risk: how many were still followed without it; few make the curve unsure."
        ),
        _(
            "Censored: followed so far without the event, and not longer. They count for as "
            "long as they were followed."
        ),
        _(
            "Median follow-up: how long patients would typically have been watched, had nobody "
            "had the event; the longer, the more can be said of late events."
        ),
        *([_log_rank()] if result.log_rank is not None else []),
    ]


def contrast(result: Comparison, shown: SurvivalContrast) -> list[str]:
    """Each number between two curves, in the order of the table."""
    return [
        *_mean_time(result, shown),
        *_ratio(result, shown),
        _interval(result.provenance.plan.confidence),
        *_at_times(result, shown),
        *([_log_rank()] if shown.log_rank is not None else []),
    ]


def _interval(level: float) -> str:
    return _(
        "{ci}: the limits between which the true value may well lie; the fewer patients, the "
        "wider. Other patients like these would give another number, mostly between such limits."
    ).format(ci=text.confidence(level))


def _log_rank() -> str:
    return _(
        "Log-rank p: how often chance alone would set curves at least this far apart, did the "
        "groups not differ. A large p does not show that they are alike."
    )


def _mean_time(result: Comparison, shown: SurvivalContrast) -> list[str]:
    if shown.rmst is None:
        return []
    reference, other = shown.rmst.arms
    return [
        _(
            "Mean time to {tau}: how many of the first {tau} passed on average before the "
            "event, {m1} {comparison} and {m0} {reference}."
        ).format(
            tau=text.months(shown.rmst.tau),
            m1=text.number(other.estimate.value),
            m0=text.number(reference.estimate.value),
            **_groups(result),
        )
    ]


def _ratio(result: Comparison, shown: SurvivalContrast) -> list[str]:
    hazard = shown.hazard
    found = None if hazard is None else hazard.firth if hazard.diverged else hazard.ratio
    if found is None or isnan(found.value):
        return []
    said = _(
        "Hazard ratio {ratio}: among patients still without the event, the pace at which "
        "it comes {comparison} is {ratio} times that {reference}; below 1 it comes more slowly."
    ).format(ratio=text.beside(found.value, 1, 2), **_groups(result))
    if hazard is None or hazard.diverged:
        return [said]
    return [
        said,
        _(
            "Test of proportional hazards: a small p says that the ratio changes over time, so "
            "that one number does not describe it; then read the mean times."
        ),
    ]


def _at_times(result: Comparison, shown: SurvivalContrast) -> list[str]:
    if not any(each.difference is not None for each in shown.differences):
        return []
    return [
        _(
            "Difference at a time: of 100 patients, so many more (fewer, with a minus) are "
            "without the event then {comparison} than {reference}."
        ).format(**_groups(result))
    ]


def _groups(result: Comparison) -> dict[str, str]:
    return {
        "comparison": text.of_group(result.column, result.comparison),
        "reference": text.of_group(result.column, result.reference),
    }


def responses(result: Comparison) -> list[str]:
    """Both rates of all treated at one time, a sentence each; none where arms are too small."""
    known = [
        each
        for each in result.responses
        if each.denominator == "treated" and each.difference is not None
    ]
    months = [each.months for each in known]
    if not months:
        return []
    time = _MONTHS if _MONTHS in months else months[0]
    return [_response(result, each) for each in known if each.months == time]


def _response(result: Comparison, found: ResponseContrast) -> str:
    what = _("Response") if found.measure == "ORR" else _("Disease controlled")
    when = (
        _("at {time}").format(time=text.months(found.months))
        if found.months
        else _("as best response")
    )
    least = result.provenance.plan.small.arm_counted
    reference, other = (text.count_of(arm.k, arm.n, least) for arm in found.arms)
    difference = found.difference.estimate if found.difference else None
    return _(
        "{what} {when} ({measure}, all treated): {k1} {comparison} and {k0} {reference}, a "
        "difference of {difference} percentage points. {room}"
    ).format(
        what=what,
        when=when,
        measure=found.measure,
        k1=other,
        k0=reference,
        difference=text.points(difference, min(arm.n for arm in found.arms)),
        room=_room(found, result.provenance.plan.confidence),
        **_groups(result),
    )


def _room(found: ResponseContrast, confidence: float) -> str:
    """Whether the limits, and the test beside them, leave room for no difference."""
    difference = found.difference.estimate if found.difference else None
    answers = verdict.limits(_("the limits of the difference"), difference, 0)
    if not answers:
        return ""
    if found.test is not None:
        answers += verdict.test(_("Fisher’s exact test"), found.test.pvalue, confidence)
    if words := verdict.disagreement(answers):
        return words
    if verdict.outside(answers):
        return _("A difference of 0 lies outside the limits, but the groups were not randomised.")
    return _("A difference of 0 lies within the limits: either may be the higher.")
