"""Captions and sentences, written from the objects that did the computing."""

from collections.abc import Sequence

from lib import text
from lib.analyses.comparison import Comparison, SurvivalContrast, limited
from lib.analyses.provenance import Provenance
from lib.analyses.response import ResponseByGroup
from lib.analyses.survival import GroupSurvival, SurvivalByGroup
from lib.cohort import Cohort
from lib.figures.cohort import MOST
from lib.language import _
from lib.report import followed, responding, verdict
from lib.schema import Column


def grouping(column: Column | None) -> str:
    """What results are shown by: ``modality``; ``all patients`` where nothing groups them."""
    return _("by {column}").format(column=text.in_sentence(column)) if column else ""


def grouped(whence: Provenance, column: Column | None) -> str:
    """How patients came to their groups: by which rule of modality, or where numbers are cut."""
    if column is None:
        return ""
    return _modality(whence) if column.name == "modality" else text.cut_at(whence, column)


def _modality(whence: Provenance) -> str:
    """How the modality was decided."""
    return joined(
        _("Modality {rule}.").format(rule=_(whence.modality_rule)),
        _("First procedure not known, so as recorded: n = {n}.").format(n=whence.stood_in)
        if whence.stood_in
        else "",
        _("Recorded as having had both in the end: n = {n}.").format(n=whence.both)
        if whence.both and not whence.both_recorded
        else "",
    )


def origin(by_months: int, n: int) -> str:
    """What time counts from, as far as the file says so."""
    if not by_months:
        return _("Months from the first procedure (days / 30.4375).")
    if by_months == n:
        return _("Months as the sheet gives them; it does not say from when.")
    return _(
        "Months from the first procedure (days / 30.4375); as the sheet gives them, of an origin "
        "it does not state: n = {k} of {n}."
    ).format(k=by_months, n=n)


def axis(by_months: int, n: int, whence: Provenance | None = None) -> str:
    """The title of the axis of time; of the plan's clock, where the provenance is given."""
    if whence is not None and (started := followed.axis(whence)):
        return started
    return _("Months") if by_months == n else _("Months from the first procedure")


def missing(cohort: Cohort) -> str:
    """The caption of the figure of missing values, which no filter narrows."""
    lacking = [
        column for name, column in cohort.columns.items() if cohort.patients[name].isna().any()
    ]
    n = len(cohort)
    return joined(
        _("All {n} patients of the file, whatever the filters; a filled cell: no value.").format(
            n=n
        ),
        _("Drawn: the first {most}; the table counts all.").format(most=MOST) if n > MOST else "",
        _("What has not happened has no date either, as death in the living.")
        if any(column.kind == "date" and not column.baseline for column in lacking)
        else "",
    )


def response(result: ResponseByGroup) -> str:
    """The caption of the bars and tables of response."""
    return joined(
        responding.source(result.derivation),
        _("Each bar is all treated patients."),
        _(text.DEATHS_MEAN[result.provenance.plan.response.deaths]),
        grouped(result.provenance, result.column),
        text.under_study(result.provenance),
    )


def rates(result: ResponseByGroup) -> str:
    """What the rates are, and where their limits come from."""
    found = result.times[0].everyone.objective[0]
    method = _(found.estimate.method) if found else ""
    return joined(
        responding.rates(result),
        _("Limits: {method}.").format(method=method) if method else "",
        _("Percentages may not add up to 100 because each is rounded."),
        text.under_study(result.provenance),
    )


def survival(result: SurvivalByGroup) -> str:
    """The caption of survival curves."""
    return joined(
        curves(result.drawn),
        followed.conditional((result.everyone, *result.drawn)),
        followed.hepatic(result),
        followed.rules(result),
        _log_rank(result),
        responding.progression(result.provenance, result.endpoint),
        grouped(result.provenance, result.column),
        timed(result.everyone.n, result.provenance.n),
        text.under_study(result.provenance),
    )


def timed(n: int, whole: int) -> str:
    """How many patients have a time, where not all have."""
    return "" if n == whole else _("Time known of {n} of {whole}.").format(n=n, whole=whole)


def medians(result: SurvivalByGroup) -> str:
    """The answer in one sentence: the median of all patients, and of each group drawn."""
    groups = [group for group in (result.everyone, *result.drawn) if group.median is not None]
    unique = {group.level.code: group for group in groups}
    title = _("Median {endpoint}").format(endpoint=text.in_sentence(result.endpoint))
    said = each_median(title, list(unique.values()))
    between = followed.conditional((result.everyone, *result.drawn))
    return joined(said, between) if said else ""


def each_median(title: str, groups: Sequence[GroupSurvival]) -> str:
    """``Median overall survival: HAI 13.0 months (…) (91 events, n = 115); …``."""
    said = [
        _("{median} ({events} events, n = {n})").format(
            median=text.valued(group.level, text.estimate(group.median, unit=_("months"))),
            events=group.events,
            n=group.n,
        )
        for group in groups
    ]
    return f"{title}: {'; '.join(said)}." if said else ""


def curves(drawn: Sequence[GroupSurvival]) -> str:
    """How curves were computed, and what is drawn on them and counted under them."""
    curve = next((group.curve for group in drawn if group.curve), None)
    if curve is None:
        return ""
    return joined(
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
    names = {group.level.code: text.named(group.level) for group in result.groups}
    p = text.pvalue(test.pvalue)
    if result.permutation is not None:
        p = _("{p}, by permutation {q}").format(p=p, q=text.pvalue(result.permutation.pvalue))
    return _("{method} by {column}, {groups}: {p}, not adjusted for anything.").format(
        method=_(test.method),
        column=text.in_sentence(result.column),
        groups=text.listed(names[code] for code in test.groups),
        p=p,
    )


def summary(result: SurvivalByGroup) -> str:
    """Where the medians, milestones and follow-up come from."""
    group = next((group for group in result.drawn if group.median), None)
    if group is None or group.median is None:
        return ""
    methods = joined(
        _(
            "Median and survival at fixed times: {median}; the median’s limits are where the "
            "curve’s limits cross a half."
        ).format(median=_(group.median.method)),
        f"{_(group.follow_up.method)}." if group.follow_up else "",
    )
    return joined(
        followed.clock(result.provenance) or origin(result.by_months, result.everyone.n),
        methods,
        text.under_study(result.provenance),
    )


def arms(comparison: Comparison) -> str:
    """Which arms are compared: ``TACE (n = 16) against HAI (n = 20)``."""
    reference, other = comparison.n
    return _("{comparison} (n = {n1}) against {reference} (n = {n0})").format(
        comparison=text.named(comparison.comparison),
        reference=text.named(comparison.reference),
        n1=other,
        n0=reference,
    )


def left_out(comparison: Comparison) -> str:
    """Patients under study in neither arm."""
    if not comparison.left_out:
        return ""
    return _("In neither arm: {groups}.").format(
        groups=text.listed(text.valued(level, str(n)) for level, n in comparison.left_out)
    )


def balance(comparison: Comparison) -> str:
    """What the differences at baseline are."""
    found = [each.balance for each in comparison.covariates if each.balance]
    methods = dict.fromkeys(_(balance.method) for balance in found)
    logs = text.listed(
        text.label(each.column)
        for each in comparison.covariates
        if each.balance and each.column.logarithm and each.quartiles
    )
    return joined(
        _("{methods}; without sign.").format(methods="; ".join(methods)) if methods else "",
        _("Of the logarithm: {columns}.").format(columns=logs) if logs else "",
        _(
            "Above 0.1 arms are commonly called unbalanced; arms of this size differ by up to the "
            "last column by chance alone, once in twenty. No p-values: whether a difference is "
            "chance is not the question."
        ),
        grouped(comparison.provenance, comparison.column),
        text.under_study(comparison.provenance),
    )


def response_contrasts(comparison: Comparison) -> str:
    """Where the differences of rates come from."""
    differences = [each.difference for each in comparison.responses if each.difference]
    tests = [each.test for each in comparison.responses if each.test]
    return joined(
        arms(comparison) + ".",
        _("Difference: {method}.").format(method=_(differences[0].estimate.method))
        if differences
        else "",
        _("Test: {method}.").format(method=_(tests[0].method)) if tests else "",
        responding.basis(comparison.provenance),
        _(text.DEATHS_MEAN[comparison.provenance.plan.response.deaths]),
        text.under_study(comparison.provenance),
    )


def survival_contrast(comparison: Comparison, contrast: SurvivalContrast) -> str:
    """The caption of two curves and of what was found between them."""
    return joined(
        curves(contrast.arms),
        followed.clock(comparison.provenance)
        or origin(contrast.by_months, sum(arm.n for arm in contrast.arms)),
        followed.conditional(contrast.arms),
        responding.progression(comparison.provenance, contrast.endpoint),
        grouped(comparison.provenance, comparison.column),
        left_out(comparison),
        *_methods(comparison, contrast),
        text.under_study(comparison.provenance),
    )


def _methods(comparison: Comparison, contrast: SurvivalContrast) -> list[str]:
    """How each number of a contrast was computed."""
    said = []
    if contrast.rmst is not None:
        said.append(
            _("Mean time: {method}, up to {tau}, {horizon}.").format(
                method=_(contrast.rmst.difference.method),
                tau=text.months(contrast.rmst.tau),
                horizon=horizon(comparison.provenance.plan.survival.taus),
            )
        )
    if contrast.hazard is not None:
        small = comparison.provenance.plan.small
        method = (limited(contrast.hazard, small) or contrast.hazard.ratio).method
        said.append(_("Hazard ratio: {method}.").format(method=_(method)))
    if contrast.log_rank is not None:
        said.append(f"{_(contrast.log_rank.method)}.")
    if contrast.permutation is not None:
        draw = contrast.permutation
        said.append(
            _("{method}, {n} draws, seed {seed}.").format(
                method=_(draw.method), n=draw.permutations, seed=draw.seed
            )
        )
    return said


def horizon(taus: Sequence[float]) -> str:
    """Why mean times are compared up to this time and no other."""
    if len(taus) == 1:
        return _("the horizon that the plan names")
    *several, last = (text.short(tau) for tau in taus)
    return _("the first of {several} and {last} months that both arms reach").format(
        several=", ".join(several), last=last
    )


def answer(comparison: Comparison, contrast: SurvivalContrast) -> str:
    """One sentence or two in plain words: what the curves say, with counts and limits.

    Nothing where an arm is too small to be set against the other.
    """
    reference, other = contrast.arms
    small = comparison.provenance.plan.small
    if min(reference.n, other.n) < small.arm_compared:
        return ""
    medians = _(
        "Median {endpoint} was {m1} {comparison} ({d1} events in {n1}) and {m0} {reference} "
        "({d0} in {n0})."
    ).format(
        endpoint=text.in_sentence(contrast.endpoint),
        comparison=text.of_group(comparison.column, comparison.comparison),
        reference=text.of_group(comparison.column, comparison.reference),
        m1=text.estimate(other.median, unit=_("months")),
        m0=text.estimate(reference.median, unit=_("months")),
        d1=other.events,
        n1=text.patients(other.n),
        d0=reference.events,
        n0=reference.n,
    )
    return joined(
        medians,
        followed.conditional(contrast.arms),
        _mean_difference(comparison, contrast),
        _agreement(comparison, contrast),
    )


def _mean_difference(comparison: Comparison, contrast: SurvivalContrast) -> str:
    """Which way the mean times differ, and by how much."""
    if contrast.rmst is None:
        return ""
    found = contrast.rmst.difference
    longer = found.value >= 0
    words = (
        _("Over {tau} the mean time was {by} months longer {first} than {second}")
        if longer
        else _("Over {tau} the mean time was {by} months shorter {first} than {second}")
    ).format(
        tau=text.months(contrast.rmst.tau),
        by=text.beside(abs(found.value), 0, 1),
        first=text.of_group(comparison.column, comparison.comparison),
        second=text.of_group(comparison.column, comparison.reference),
    )
    between = text.limits(*(text.part(each, found, 1, none=0) for each in (found.low, found.high)))
    return _("{words} (difference {ci} {between}).").format(
        words=words, ci=text.confidence(found.confidence), between=between
    )


def _agreement(comparison: Comparison, contrast: SurvivalContrast) -> str:
    """Whether limits and tests leave room for no difference, and whether they agree on it."""
    plan, hazard = comparison.provenance.plan, contrast.hazard
    mean = contrast.rmst.difference if contrast.rmst else None
    ratio = limited(hazard, plan.small) if hazard and not hazard.diverged else None
    answers = verdict.limits(_("the limits of the difference of mean time"), mean, 0)
    answers += verdict.limits(_("the limits of the hazard ratio"), ratio, 1)
    for name, done in (
        (_("the log-rank test"), contrast.log_rank),
        (_("the log-rank test by permutation"), contrast.permutation),
    ):
        if done is not None:
            answers += verdict.test(name, done.pvalue, plan.confidence)
    if words := verdict.disagreement(answers):
        return words
    if contrast.rmst is None:
        return ""
    if verdict.outside(answers):
        return _("A difference of 0 lies outside the limits, but the groups were not randomised.")
    return _("A difference of 0 lies within the limits: either may be the longer.")


def joined(*sentences: str) -> str:
    """The sentences that say something, one after the other."""
    return text.sentence(" ".join(sentence for sentence in sentences if sentence))
