"""One level of a baseline column against another: balance, response, survival."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isnan, nan
from typing import Literal

import numpy as np
import numpy.typing as npt

from lib.analyses import cautions, response, survival
from lib.analyses.cautions import Caution
from lib.analyses.memory import COMPARED, reads
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, comparable, compared_arms
from lib.analyses.survival import GroupSurvival
from lib.cohort import Cohort
from lib.followup import Groups
from lib.language import N_
from lib.plan import ComparisonPlan, Plan, SmallNumbers
from lib.schema import Column, Endpoint, Level
from lib.statistics import cox, proportions
from lib.statistics import survival as curves
from lib.statistics.balance import (
    ONCE_IN_TWENTY,
    Balance,
    chance_of_one_group,
    standardized_difference,
)
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.life_table import LifeTable

Measure = Literal["ORR", "DCR"]


@dataclass(frozen=True, slots=True, eq=False)
class LevelCount:
    """Patients of each arm with one level of a covariate, among those whose value is known."""

    level: Level
    counts: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Covariate:
    """One baseline column in both arms, reference first.

    Attributes
    ----------
    column : Column
    known : tuple of int
        Patients of each arm whose value is known.
    missing : tuple of int
        Patients of each arm whose value is missing.
    quartiles : tuple or None
        For a number: (lower quartile, median, upper quartile) of each arm.
    levels : tuple of LevelCount
        For a category: its levels.
    balance : Balance or None
        The standardized difference; None where an arm has too few known values.
    """

    column: Column
    known: tuple[int, int]
    missing: tuple[int, int]
    quartiles: tuple[tuple[float, float, float] | None, ...] = ()
    levels: tuple[LevelCount, ...] = ()
    balance: Balance | None = None

    @property
    def apart(self) -> bool:
        """Whether nothing of it is common to both arms, more than chance leaves."""
        return self.balance is not None and self.balance.apart


@dataclass(frozen=True, slots=True, eq=False)
class ResponseContrast:
    """One rate at one time in both arms, over all treated, and the difference between them.

    Attributes
    ----------
    months : int
        `response.BEST` for best response.
    measure : str
        ``ORR`` or ``DCR``.
    denominator : str
        ``treated`` or ``evaluable``.
    arms : tuple of Proportion
        Reference, comparison.
    difference : Difference or None
        Comparison minus reference, with Newcombe's limits; None where an arm is too small.
    test : ExactTest or None
        Fisher's exact test, for all treated only: one test a question.
    cautions : tuple of Caution
        Letters that are not counted, and where the limits, or another test, would tell another
        story.
    """

    months: int
    measure: Measure
    denominator: Literal["treated", "evaluable"]
    arms: tuple[proportions.Proportion, proportions.Proportion]
    difference: proportions.Difference | None
    test: proportions.ExactTest | None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferenceAt:
    """Difference of survival at a time, comparison minus reference; None where withheld."""

    months: float
    difference: Estimate | None


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalContrast:
    """Both arms on their way to one endpoint.

    Attributes
    ----------
    arms : tuple of GroupSurvival
        Reference, comparison.
    ticks : tuple of float
    rmst : RmstContrast or None
        Difference of restricted mean survival time, comparison minus reference.
    hazard : HazardRatio or None
        Comparison against reference.
    log_rank : LogRank or None
    permutation : PermutationTest or None
        Beside the log-rank test, where events are few.
    by_months : int
        Patients whose time is as the sheet gives it in months.
    cautions : tuple of Caution
        Why any of these is withheld, and what else to know.
    differences : tuple of DifferenceAt
        Of survival at the plan's milestones.
    """

    endpoint: Endpoint
    arms: tuple[GroupSurvival, GroupSurvival]
    ticks: tuple[float, ...]
    rmst: curves.RmstContrast | None
    hazard: cox.HazardRatio | None
    log_rank: curves.LogRank | None
    permutation: curves.PermutationTest | None
    by_months: int
    cautions: tuple[Caution, ...]
    differences: tuple[DifferenceAt, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two arms side by side; nothing in it is adjusted.

    Attributes
    ----------
    column : Column
    reference, comparison : Level
    n : tuple of int
        Patients of the reference and of the comparison.
    choices : tuple of Level
        The levels that could be chosen.
    left_out : tuple of (level, count)
        Patients under study in neither arm; the level's code is '' where the value is missing.
    """

    provenance: Provenance
    column: Column
    reference: Level
    comparison: Level
    n: tuple[int, int]
    choices: tuple[Level, ...]
    left_out: tuple[tuple[Level, int], ...]
    covariates: tuple[Covariate, ...]
    responses: tuple[ResponseContrast, ...]
    survivals: tuple[SurvivalContrast, ...]
    cautions: tuple[Caution, ...]

    @property
    def apart(self) -> tuple[Column, ...]:
        """The columns that no adjustment can part from the arms."""
        return tuple(each.column for each in self.covariates if each.apart)


NO_VALUE = Level("", N_("No value"))


@reads(*COMPARED)
def of_arms(study: Study) -> Comparison | None:
    """Compare the plan's two arms; None where the cohort has no two groups to compare.

    Parameters
    ----------
    study : Study
        `study.plan.comparison` names the column and the levels; a level that is not there gives
        way to the largest that is.
    """
    plan, name = study.plan, study.plan.comparison.column
    arms = compared_arms(study)
    if arms is None:
        return None
    groups = comparable(study, name)
    reference, comparison = arms.levels
    n = arms.counts()
    at_baseline = covariates(study, arms)
    alone = [(each.column, sum(each.known)) for each in at_baseline if each.apart]
    found = cautions.nothing_in_common(groups.column, alone, int(n[:2].sum()))
    found.append(cautions.not_randomised(groups.column))
    found += cautions.unbalanced(_beyond_chance(at_baseline))
    found += cautions.one_arm_levels(_of_one_arm(at_baseline))
    found += cautions.known_of_one_arm(_unknown_of_an_arm(at_baseline))
    found += _substituted(groups, plan.comparison, arms)
    found += cautions.unsettled(study.whole.reading, study.groups(name))
    if name == "modality":
        found += cautions.both_recorded(study.provenance)
    found += cautions.few_patients(arms.levels, n.tolist(), plan.small)
    return Comparison(
        study.provenance,
        groups.column,
        reference,
        comparison,
        (int(n[0]), int(n[1])),
        groups.levels,
        _left_out(study, name, arms),
        at_baseline,
        responses(study, arms),
        tuple(survival_contrast(study, endpoint, arms) for endpoint in survival.available(study)),
        tuple(found),
    )


def _beyond_chance(at_baseline: Sequence[Covariate]) -> list[Column]:
    """The columns by which the arms otherwise differ more than arms of their size by chance."""
    return [
        each.column
        for each in at_baseline
        if each.balance is not None and each.balance.exceeds and not each.apart
    ]


def _of_one_arm(at_baseline: Sequence[Covariate]) -> list[tuple[Column, Level, int]]:
    """Levels of one arm alone, among others of both: (column, level, patients).

    Of all levels of all columns, chance leaves one of these less than once in twenty.
    """
    partly = [each for each in at_baseline if each.balance is not None and not each.apart]
    tried = sum(len(each.levels) for each in partly)
    return [
        (each.column, level.level, sum(level.counts))
        for each in partly
        for level in each.levels
        if sum(level.counts)
        and not min(level.counts)
        and chance_of_one_group(sum(level.counts), *each.known) * tried < ONCE_IN_TWENTY
    ]


def _unknown_of_an_arm(at_baseline: Sequence[Covariate]) -> list[Column]:
    """The columns with values in one arm alone, so that nobody can see whether the arms differ."""
    return [each.column for each in at_baseline if max(each.known) and not min(each.known)]


def _substituted(groups: Groups, plan: ComparisonPlan, arms: Groups) -> list[Caution]:
    """Arms that the plan names and that have no patient here."""
    codes = [level.code for level in groups.levels]
    known = {level.code: level for level in groups.column.levels}
    found: list[Caution] = []
    for part, wanted, taken in (
        ("reference", plan.reference, arms.levels[0]),
        ("comparison", plan.comparison, arms.levels[1]),
    ):
        if wanted and wanted not in codes:
            found += cautions.substituted(part, known.get(wanted, wanted), taken)
    return found


def why_not(study: Study) -> list[Caution]:
    """What stands in the way where there are no two arms."""
    name = study.plan.comparison.column
    if name != "modality" or not study.cohort.known(name):
        return []
    return [
        *cautions.unsettled(study.whole.reading, study.groups(name)),
        *cautions.both_recorded(study.provenance),
    ]


def _left_out(study: Study, name: str, arms: Groups) -> tuple[tuple[Level, int], ...]:
    everyone = study.groups(name)
    rest = [
        (level, int((everyone.codes == index).sum()))
        for index, level in enumerate(everyone.levels)
        if level not in arms.levels
    ]
    rest.append((NO_VALUE, int((everyone.codes < 0).sum())))
    return tuple((level, n) for level, n in rest if n)


def covariates(study: Study, arms: Groups) -> tuple[Covariate, ...]:
    """Every baseline column but the one that is compared, in both arms."""
    cohort = study.cohort
    return tuple(
        _number(column, cohort, arms)
        if column.kind == "number"
        else _category(cohort.by(name), arms, study.plan.small)
        for name, column in cohort.columns.items()
        if column.baseline
        and name != arms.column.name
        and column.kind != "date"
        and cohort.known(name)
    )


def _number(column: Column, cohort: Cohort, arms: Groups) -> Covariate:
    values = cohort.patients[column.name].to_numpy(np.float64, na_value=np.nan)
    of_arm = [values[arms.codes == arm] for arm in (0, 1)]
    known = [arm[~np.isnan(arm)] for arm in of_arm]
    scaled = [on_scale(column, arm) for arm in known]
    enough = min(len(arm) for arm in known) >= 2
    return Covariate(
        column,
        (len(known[0]), len(known[1])),
        (len(of_arm[0]) - len(known[0]), len(of_arm[1]) - len(known[1])),
        quartiles=tuple(_quartiles(arm) for arm in known),
        balance=standardized_difference(scaled[1], scaled[0]) if enough else None,
    )


def on_scale(column: Column, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Numbers on the scale on which they are compared and modelled: themselves or log(1 + x)."""
    return np.log1p(np.maximum(values, 0)) if column.logarithm else values


def _quartiles(values: npt.NDArray[np.float64]) -> tuple[float, float, float] | None:
    if not len(values):
        return None
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return float(low), float(middle), float(high)


def _category(groups: Groups, arms: Groups, small: SmallNumbers) -> Covariate:
    of_arm = [groups.codes[arms.codes == arm] for arm in (0, 1)]
    counts = [np.bincount(arm[arm >= 0], minlength=len(groups.levels)) for arm in of_arm]
    known = (int(counts[0].sum()), int(counts[1].sum()))
    several = sum(int(a + b > 0) for a, b in zip(*counts, strict=True)) >= 2
    return Covariate(
        groups.column,
        known,
        (len(of_arm[0]) - known[0], len(of_arm[1]) - known[1]),
        levels=tuple(
            LevelCount(level, (int(counts[0][index]), int(counts[1][index])))
            for index, level in enumerate(groups.levels)
        ),
        balance=standardized_difference(of_arm[1], of_arm[0], len(groups.levels))
        if several and min(known) >= 2
        else None,
    )


def responses(study: Study, arms: Groups) -> tuple[ResponseContrast, ...]:
    """The rates of both arms at each time, over both denominators."""
    contrasts = []
    for months, column in response.time_points(study.cohort, study.plan):
        state = response.states(study.cohort, study.plan, months, column)
        gone = response.contradicted(study.cohort, study.plan, months, column) & (arms.codes >= 0)
        told = tuple(cautions.contradicted(months, int(gone.sum())))
        for measure in ("ORR", "DCR"):
            for denominator in ("treated", "evaluable"):
                contrast = _contrast(study, arms, state, months, measure, denominator)
                if contrast is not None:
                    contrasts.append(replace(contrast, cautions=(*told, *contrast.cautions)))
    return tuple(contrasts)


def _contrast(
    study: Study,
    arms: Groups,
    state: npt.NDArray[np.int64],
    months: int,
    measure: Measure,
    denominator: Literal["treated", "evaluable"],
) -> ResponseContrast | None:
    plan = study.plan
    hit = response.is_objective(state) if measure == "ORR" else response.is_controlled(state)
    counted = (
        response.is_treated(state) if denominator == "treated" else response.is_evaluable(state)
    )
    k = [int((hit & (arms.codes == arm)).sum()) for arm in (0, 1)]
    n = [int((counted & (arms.codes == arm)).sum()) for arm in (0, 1)]
    if not min(n):
        return None
    rates = [proportions.proportion(k[arm], n[arm], plan.confidence) for arm in (0, 1)]
    enough = min(n) >= plan.small.arm_compared
    table = [[k[1], n[1] - k[1]], [k[0], n[0] - k[0]]]
    test = proportions.fisher(table) if enough and denominator == "treated" else None
    found: list[Caution] = []
    gap = proportions.difference(k[1], n[1], k[0], n[0], plan.confidence) if enough else None
    if test is not None and gap is not None:
        found += cautions.limits_disagree(measure, months, gap.estimate, test.pvalue)
        found += cautions.tests_disagree(measure, months, test.pvalue, proportions.pearson(table))
    return ResponseContrast(
        months,
        measure,
        denominator,
        (rates[0], rates[1]),
        gap,
        test,
        tuple(found),
    )


def survival_contrast(study: Study, endpoint: Endpoint, arms: Groups) -> SurvivalContrast:
    """Both arms' curves, and what their numbers allow to be said of the difference."""
    plan = study.plan
    patients = replace(study.cohort, tables={})
    both = replace(study, cohort=patients.where(arms.codes >= 0))
    follow = both.follow(endpoint)
    within = replace(arms, codes=arms.codes[arms.codes >= 0])
    table = survival.table_of(follow, within)
    start = survival.common_start(table, plan)
    pair = tuple(
        survival.estimated(level, table.group(level.code), plan, start) for level in arms.levels
    )
    found = survival.followed_with_care(both, endpoint, follow)
    too_few = cautions.few_patients(arms.levels, [arm.n for arm in pair], plan.small)
    rmst = hazard = log_rank = permutation = None
    if not too_few:
        rmst, why = (None, []) if follow.entry is not None else mean_time(table, pair, plan)
        hazard, why_ratio = ratio(table, pair, plan)
        log_rank, permutation, why_test = survival.tested(follow, within, table, plan)
        found += why + why_ratio + why_test + _shapes(pair, rmst, hazard, plan)
    last = max(pair, key=lambda arm: arm.curve.last_time if arm.curve else 0.0)
    return SurvivalContrast(
        endpoint,
        (pair[0], pair[1]),
        survival.ticks(plan, last),
        rmst,
        hazard,
        log_rank,
        permutation,
        survival.by_months(follow, endpoint),
        tuple(found + too_few),
        tuple(
            DifferenceAt(months, None if too_few else _difference(table, pair, months, plan))
            for months in plan.survival.milestones
        ),
    )


def _difference(
    table: LifeTable, pair: Sequence[GroupSurvival], months: float, plan: Plan
) -> Estimate:
    """Difference of survival at a milestone, from the start that both curves have."""
    at = survival.read_at(months, min(_reach(arm) for arm in pair))
    start = max(arm.curve.start for arm in pair if arm.curve is not None)
    first, second = table.groups
    return curves.difference_at(
        table, first, second, at, plan.confidence, plan.survival.limits, start
    )


def mean_time(
    table: LifeTable, pair: Sequence[GroupSurvival], plan: Plan
) -> tuple[curves.RmstContrast | None, list[Caution]]:
    """Compare mean times to the first horizon of the plan within the follow-up of both arms."""
    reached = min(_reach(arm) for arm in pair)
    tau = next((tau for tau in plan.survival.taus if tau - survival.SLACK <= reached), None)
    if tau is None:
        return None, cautions.no_horizon(plan.survival.taus, reached)
    tau = min(tau, reached)
    for arm in pair:
        if arm.curve is None or not arm.curve.events[arm.curve.time <= tau].sum():
            return None, cautions.no_event(arm.level)
    first, second = table.groups
    found = curves.rmst_difference(table, first, second, tau, plan.confidence)
    means = tuple(_limited(mean.estimate, mean.std_error) for mean in found.arms)
    if isnan(means[0].low) or isnan(means[1].low):
        return None, cautions.no_event(pair[int(isnan(means[1].low))].level)
    return found, []


def _limited(found: Estimate, std_error: float) -> Estimate:
    """Limits of no width are none: everybody had the event at one time."""
    if std_error > 0:
        return found
    return replace(found, low=nan, high=nan, missing=Missing.NOT_ESTIMABLE)


def _reach(arm: GroupSurvival) -> float:
    """How far an arm's curve goes: to the end where nobody is left alive."""
    if arm.curve is None:
        return 0.0
    return inf if arm.curve.survival[-1] == 0 else arm.curve.last_time


def ratio(
    table: LifeTable, pair: Sequence[GroupSurvival], plan: Plan
) -> tuple[cox.HazardRatio | None, list[Caution]]:
    """The hazard ratio of both arms, unless there are too few events for one."""
    too_few = cautions.few_events([arm.events for arm in pair], plan.small)
    if too_few:
        return None, too_few
    first, second = table.groups
    hazard = cox.hazard_ratio(table, first, second, confidence=plan.confidence)
    return hazard, cautions.separated() if hazard.diverged else []


def limited(found: cox.HazardRatio, small: SmallNumbers) -> Estimate | None:
    """A hazard ratio with the limits that its events allow, as it is read everywhere.

    By profile likelihood where events are few; by Firth's correction where it diverges.
    """
    if found.diverged:
        return found.firth
    return found.profile if sum(found.events) < small.events_few else found.ratio


def _shapes(
    pair: Sequence[GroupSurvival],
    rmst: curves.RmstContrast | None,
    hazard: cox.HazardRatio | None,
    plan: Plan,
) -> list[Caution]:
    """What one number between two curves hides."""
    found = cautions.curves_cross() if cross(pair, plan.small) else []
    if hazard is not None and not hazard.diverged:
        found += cautions.not_proportional(hazard.proportional_hazards.pvalue)
        read = limited(hazard, plan.small) or hazard.ratio
        if rmst is not None and not (rmst.difference.allows(0) and read.allows(1)):
            found += cautions.opposite(rmst.difference.value, hazard.ratio.value)
    return found


def cross(pair: Sequence[GroupSurvival], small: SmallNumbers) -> bool:
    """Whether each curve leads by 5 points at some time before the tail of either."""
    both = [(arm, arm.curve) for arm in pair if arm.curve is not None]
    if len(both) < 2:
        return False
    tail = min(inf if arm.thin_from is None else arm.thin_from for arm, _curve in both)
    last = min(curve.last_time for _arm, curve in both)
    times = np.unique(np.concatenate([curve.time for _arm, curve in both]))
    times = times[(times < tail) & (times <= last)]
    levels = [
        np.append(1.0, curve.survival)[np.searchsorted(curve.time, times, side="right")]
        for _arm, curve in both
    ]
    lead = levels[1] - levels[0]
    return bool((lead >= small.crossing_lead).any() and (lead <= -small.crossing_lead).any())
