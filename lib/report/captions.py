"""Captions and sentences, written from the objects that did the computing."""

from collections.abc import Sequence

from lib import text
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.response import ResponseByGroup
from lib.analyses.study import Study
from lib.analyses.survival import GroupSurvival, SurvivalByGroup
from lib.language import _
from lib.schema import Column


def grouping(column: Column | None) -> str:
    """What results are shown by: ``modality``; ``all patients`` where nothing groups them."""
    return _("by {column}").format(column=text.label(column).lower()) if column else ""


def modality(study: Study, column: Column | None) -> str:
    """How the modality was decided, where it groups; '' elsewhere."""
    if column is None or column.name != "modality":
        return ""
    return _("Modality {rule}.").format(rule=_(study.modality_rule))


def response(result: ResponseByGroup) -> str:
    """The caption of the bars and tables of response."""
    return _joined(
        _("Recorded response, RECIST 1.1, at fixed times; each bar is all treated patients."),
        _(text.DEATHS_MEAN[result.study.plan.response.deaths]),
        modality(result.study, result.column),
        text.under_study(result.study),
    )


def rates(result: ResponseByGroup) -> str:
    """What the rates are, and where their limits come from."""
    found = result.times[0].everyone.objective[0]
    method = _(found.estimate.method) if found else ""
    return _joined(
        _("ORR is CR or PR, DCR is CR, PR or SD."),
        _(
            "All treated is everybody but those not due; patients without a scan, not evaluable or "
            "dead count as no response. Evaluable is CR, PR, SD or PD."
        ),
        _("Limits: {method}.").format(method=method) if method else "",
        _("Percentages may not add up to 100 because each is rounded."),
        text.under_study(result.study),
    )


def survival(result: SurvivalByGroup) -> str:
    """The caption of survival curves."""
    return _joined(
        _curves(result.drawn),
        _log_rank(result),
        modality(result.study, result.column),
        text.under_study(result.study),
    )


def _curves(drawn: Sequence[GroupSurvival]) -> str:
    curve = next((group.curve for group in drawn if group.curve), None)
    if curve is None:
        return ""
    return _joined(
        _("{method}; bands are {level} limits at each time, ticks are censorings.").format(
            method=_(curve.method), level=f"{text.short(100 * curve.confidence)} %"
        ),
        _("Paler where few remain at risk.") if any(g.thin_from is not None for g in drawn) else "",
        _("Counts are of those before each tick; censored and events add up from the start."),
    )


def _log_rank(result: SurvivalByGroup) -> str:
    test = result.log_rank
    if test is None or result.column is None:
        return ""
    names = {group.level.code: text.label(group.level) for group in result.groups}
    return _("{method} between {groups}: {p}, not adjusted for anything.").format(
        method=_(test.method),
        groups=text.listed(names[code] for code in test.groups),
        p=text.pvalue(test.pvalue),
    )


def summary(result: SurvivalByGroup) -> str:
    """Where the medians, milestones and follow-up come from."""
    group = next((group for group in result.drawn if group.median and group.follow_up), None)
    if group is None or group.median is None or group.follow_up is None:
        return ""
    methods = _(
        "Months from the first procedure (days / 30.4375). Median and survival at fixed times: "
        "{median}; the median’s limits are where the curve’s limits cross a half. {follow_up}."
    ).format(median=_(group.median.method), follow_up=_(group.follow_up.method))
    return _joined(methods, text.under_study(result.study))


def arms(comparison: Comparison) -> str:
    """Which arms are compared: ``TACE (n = 16) against HAI (n = 20)``."""
    reference, other = comparison.n
    return _("{comparison} (n = {n1}) against {reference} (n = {n0})").format(
        comparison=text.label(comparison.comparison),
        reference=text.label(comparison.reference),
        n1=other,
        n0=reference,
    )


def left_out(comparison: Comparison) -> str:
    """Patients under study in neither arm."""
    if not comparison.left_out:
        return ""
    return _("In neither arm: {groups}.").format(
        groups=text.listed(f"{text.label(level)} {n}" for level, n in comparison.left_out)
    )


def balance(comparison: Comparison) -> str:
    """What the differences at baseline are."""
    found = [each.balance for each in comparison.covariates if each.balance]
    methods = dict.fromkeys(_(balance.method) for balance in found)
    return _joined(
        _("{methods}; without sign.").format(methods="; ".join(methods)) if methods else "",
        _(
            "Above 0.1 arms are commonly called unbalanced; arms of this size differ by up to the "
            "last column by chance alone, once in twenty. No p-values: whether a difference is "
            "chance is not the question."
        ),
        modality(comparison.study, comparison.column),
        text.under_study(comparison.study),
    )


def response_contrasts(comparison: Comparison) -> str:
    """Where the differences of rates come from."""
    differences = [each.difference for each in comparison.responses if each.difference]
    tests = [each.test for each in comparison.responses if each.test]
    return _joined(
        arms(comparison) + ".",
        _("Difference: {method}.").format(method=_(differences[0].estimate.method))
        if differences
        else "",
        _("Test: {method}.").format(method=_(tests[0].method)) if tests else "",
        _(text.DEATHS_MEAN[comparison.study.plan.response.deaths]),
        text.under_study(comparison.study),
    )


def survival_contrast(comparison: Comparison, contrast: SurvivalContrast) -> str:
    """The caption of two curves and of what was found between them."""
    parts = [
        _curves(contrast.arms),
        modality(comparison.study, comparison.column),
        left_out(comparison),
    ]
    if contrast.rmst is not None:
        parts.append(
            _("Mean survival time: {method}, up to {tau}.").format(
                method=_(contrast.rmst.difference.method), tau=text.months(contrast.rmst.tau)
            )
        )
    if contrast.hazard is not None:
        parts.append(_("Hazard ratio: {method}.").format(method=_(contrast.hazard.method)))
    if contrast.log_rank is not None:
        parts.append(_("Test: {method}.").format(method=_(contrast.log_rank.method)))
    return _joined(*parts, text.under_study(comparison.study))


def answer(comparison: Comparison, contrast: SurvivalContrast) -> str:
    """One sentence in plain words: what the two curves say, with counts and limits."""
    reference, other = contrast.arms
    names = {
        "comparison": text.label(comparison.comparison),
        "reference": text.label(comparison.reference),
        "endpoint": text.label(contrast.endpoint).lower(),
    }
    medians = _(
        "Median {endpoint} was {m1} after {comparison} ({d1} events in {n1}) and {m0} after "
        "{reference} ({d0} in {n0})."
    ).format(
        **names,
        m1=text.estimate(other.median, unit=_("months")),
        m0=text.estimate(reference.median, unit=_("months")),
        d1=other.events,
        n1=text.patients(other.n),
        d0=reference.events,
        n0=reference.n,
    )
    if contrast.rmst is None:
        return medians if other.median and reference.median else ""
    return f"{medians} {_mean_difference(contrast, names)}"


def _mean_difference(contrast: SurvivalContrast, names: dict[str, str]) -> str:
    assert contrast.rmst is not None
    found = contrast.rmst.difference
    if not found.low <= 0 <= found.high:
        verdict = _("the limits leave out no difference, but the arms were not randomised")
    else:
        verdict = _("the limits include no difference")
    return _("Over {tau} the mean time differed by {difference}: {verdict}.").format(
        tau=text.months(contrast.rmst.tau),
        difference=text.estimate(found, unit=_("months")),
        verdict=verdict,
    )


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
