"""One level of a baseline column against another: balance, response, survival."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal, get_args

from lib.analyses import baseline, cautions, response, survival
from lib.analyses.arms import Arms, compared
from lib.analyses.besides import Besides, besides
from lib.analyses.cautions import Caution
from lib.analyses.counted import Flag, Grouping, Population, State
from lib.analyses.memory import COMPARED, reads
from lib.analyses.provenance import Provenance
from lib.analyses.states import CONTROLLED, EVALUABLE, OBJECTIVE, PLACE, STATES
from lib.analyses.survival import GroupSurvival
from lib.language import N_, Template
from lib.plan import ComparisonPlan, Plan, SmallNumbers
from lib.schema import FIRST_YEAR, Column, Endpoint, Level
from lib.statistics import cox, proportions
from lib.statistics.balance import (
    ONCE_IN_TWENTY,
    Balance,
    chance_of_one_group,
    difference_of_levels,
    difference_of_means,
)
from lib.statistics.crossing import crossing
from lib.statistics.estimate import Estimate, Ints
from lib.statistics.life_table import LifeTable
from lib.statistics.survival import (
    LogRank,
    PermutationTest,
    RmstContrast,
    difference_at,
    rmst_difference,
)
from lib.statistics.tail import COMPLETE, survival_at
from lib.statistics.two_proportions import TwoProportions, two_proportions

Measure = Literal["ORR", "DCR"]
MEASURE_NAMES: Mapping[Measure, Template] = {"ORR": N_("ORR"), "DCR": N_("DCR")}
"""How each rate is called for short."""
Denominator = Literal["treated", "evaluable"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
DENOMINATORS: tuple[Denominator, ...] = get_args(Denominator)


@dataclass(frozen=True, slots=True, eq=False)
class LevelCount:
    """Patients of each arm with one level of a covariate, among those whose value is known."""

    level: Level
    counts: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Covariate:
    """One baseline column in both arms, reference first."""

    column: Column
    known: tuple[int, int]  # patients of each arm whose value is known
    missing: tuple[int, int]  # patients of each arm whose value is missing
    # For a number: (lower quartile, median, upper quartile) of each arm.
    quartiles: tuple[tuple[float, float, float] | None, ...] = ()
    levels: tuple[LevelCount, ...] = ()  # for a category: its levels
    # The standardized difference; None where an arm has too few known values.
    balance: Balance | None = None

    @property
    def apart(self) -> bool:
        """Whether nothing of it is common to both arms, more than chance leaves."""
        return self.balance is not None and self.balance.apart


@dataclass(frozen=True, slots=True, eq=False)
class ResponseContrast:
    """One rate at one time in both arms, over all treated, and the difference between them."""

    months: int  # `response.BEST` for best response
    measure: Measure  # ``ORR`` or ``DCR``
    denominator: Denominator  # ``treated`` or ``evaluable``
    arms: tuple[proportions.Proportion, proportions.Proportion]  # reference, comparison
    # Comparison minus reference, its limits and its test; None where an arm is too small.
    difference: TwoProportions | None
    # The same by other methods, which decide nothing: Newcombe's limits, Fisher's exact test.
    newcombe: proportions.Difference | None
    fisher: proportions.ExactTest | None
    cautions: tuple[Caution, ...] = ()  # letters that are not counted


@dataclass(frozen=True, slots=True)
class DifferenceAt:
    """Difference of survival at a time, comparison minus reference; None where withheld."""

    months: float
    difference: Estimate | None
    # Patients of each arm at risk then, where a curve carries no number.
    unsure: tuple[int, int] | None = None
    gaps: tuple[tuple[float, float], ...] = ()  # within exact limits, rejected by the same test


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalContrast:
    """Both arms on their way to one endpoint."""

    endpoint: Endpoint
    arms: tuple[GroupSurvival, GroupSurvival]  # reference, comparison
    ticks: tuple[float, ...]
    # Difference of restricted mean survival time, comparison minus reference.
    rmst: RmstContrast | None
    hazard: cox.HazardRatio | None  # comparison against reference
    log_rank: LogRank | None
    permutation: PermutationTest | None  # beside the log-rank test, where events are few
    by_months: int  # patients whose time is as the sheet gives it in months
    cautions: tuple[Caution, ...]  # why any of these is withheld, and what else to know
    differences: tuple[DifferenceAt, ...] = ()  # of survival at the plan's milestones
    # Patients of each arm at risk at the horizon of mean time, where a curve carries no number.
    unsure: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two arms side by side; nothing in it is adjusted."""

    provenance: Provenance
    column: Column
    reference: Level
    comparison: Level
    n: tuple[int, int]  # patients of the reference and of the comparison
    choices: tuple[Level, ...]  # the levels that could be chosen
    # Patients under study in neither arm; the level's code is '' where the value is missing.
    left_out: tuple[tuple[Level, int], ...]
    covariates: tuple[Covariate, ...]
    besides: Besides
    responses: tuple[ResponseContrast, ...]
    survivals: tuple[SurvivalContrast, ...]
    cautions: tuple[Caution, ...]

    @property
    def apart(self) -> tuple[Column, ...]:
        """The columns that no adjustment can part from the arms."""
        return tuple(each.column for each in self.covariates if each.apart)

    @property
    def unlike(self) -> tuple[Column, ...]:
        """The columns in which the arms differ more than arms of their size once in twenty."""
        small = self.provenance.plan.small
        return (*self.apart, *_beyond_chance(self.covariates, self.n, small))

    @property
    def tried(self) -> int:
        """In how many columns it can be seen whether the arms differ."""
        return _tried(self.covariates)


@reads(*COMPARED)
def of_arms(population: Population) -> Comparison | None:
    """Compare the plan's two arms; None where there are no two groups to compare.

    `population`: its plan's `comparison` names the column and the levels; a level that is not there
    gives way to the largest that is.
    """
    arms = compared(population)
    if arms is None:
        return None
    plan, column = population.plan, arms.column
    baseline.ahead(population, column.name)
    response.ahead(population, column.name)
    at_baseline = covariates(population, arms)
    alone = [(each.column, sum(each.known)) for each in at_baseline if each.apart]
    found = cautions.nothing_in_common(column, alone, sum(arms.n))
    found.append(cautions.not_randomised(column))
    unlike = _beyond_chance(at_baseline, arms.n, plan.small)
    named = [each for each in unlike if each.name != FIRST_YEAR]
    found += cautions.unbalanced(named, _tried(at_baseline))
    found += cautions.one_arm_levels(_of_one_arm(at_baseline))
    found += cautions.known_of_one_arm(_unknown_of_an_arm(at_baseline))
    observed = besides(population, arms)
    found += observed.cautions
    found += _substituted(arms, plan.comparison)
    found += cautions.unsettled(population.reading, arms.everyone)
    if column.name == "modality":
        found += cautions.both_recorded(population.provenance)
    found += cautions.few_patients(arms.levels, arms.n, plan.small)
    return Comparison(
        population.provenance,
        column,
        *arms.levels,
        arms.n,
        arms.choices.levels,
        arms.left_out,
        at_baseline,
        observed,
        responses(population, arms),
        tuple(
            survival_contrast(population, endpoint, arms)
            for endpoint in survival.available(population)
        ),
        tuple(found),
    )


def _beyond_chance(
    at_baseline: Sequence[Covariate], n: tuple[int, int], small: SmallNumbers
) -> list[Column]:
    """The columns by which the arms otherwise differ more than arms of their size once in twenty.

    None of arms that are too small to be compared: how far chance reaches is of large ones.
    """
    if min(n) < small.arm_compared:
        return []
    return [
        each.column
        for each in at_baseline
        if each.balance is not None and each.balance.exceeds and not each.apart
    ]


def _tried(at_baseline: Sequence[Covariate]) -> int:
    return sum(each.balance is not None for each in at_baseline)


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


def _substituted(arms: Arms, plan: ComparisonPlan) -> list[Caution]:
    """Arms that the plan names and that have no patient here."""
    codes = [level.code for level in arms.choices.levels]
    known = {level.code: level for level in arms.column.levels}
    found: list[Caution] = []
    for part, wanted, taken in zip(
        ("reference", "comparison"), (plan.reference, plan.comparison), arms.levels, strict=True
    ):
        if wanted and wanted not in codes:
            found += cautions.substituted(part, known.get(wanted, wanted), taken)
    return found


def why_not(population: Population) -> list[Caution]:
    """What stands in the way where there are no two arms of modality."""
    name = population.plan.comparison.column
    if name != "modality" or not population.known(name):
        return []
    return [
        *cautions.unsettled(population.reading, population.counts(name)),
        *cautions.both_recorded(population.provenance),
    ]


def candidates(population: Population) -> list[Column]:
    """The columns by which arms may differ: known at baseline, and not the compared one."""
    return baseline.columns(population, population.plan.comparison.column)


def covariates(population: Population, arms: Arms) -> tuple[Covariate, ...]:
    """Every baseline column but the one that is compared, in both arms."""
    return tuple(
        (_number if column.kind == "number" else _category)(population, column, arms)
        for column in candidates(population)
    )


def _number(population: Population, column: Column, arms: Arms) -> Covariate:
    every = population.moments(column.name, arms.column.name)
    first, second = (every[at] for at in arms.places)
    known = (first.moments.n, second.moments.n)
    return Covariate(
        column,
        known,
        (first.missing, second.missing),
        quartiles=(first.quartiles, second.quartiles),
        balance=difference_of_means(second.moments, first.moments) if min(known) >= 2 else None,
    )


def _category(population: Population, column: Column, arms: Arms) -> Covariate:
    crossed = population.crosstab(column.name, arms.column.name)
    first, second = (crossed.n[:-1, at] for at in arms.places)
    known = (int(first.sum()), int(second.sum()))
    several = int((first + second > 0).sum()) >= 2
    return Covariate(
        crossed.columns[0],
        known,
        (int(crossed.n[-1, arms.places[0]]), int(crossed.n[-1, arms.places[1]])),
        levels=tuple(
            LevelCount(level, (int(a), int(b)))
            for level, a, b in zip(crossed.levels[0], first, second, strict=True)
        ),
        balance=difference_of_levels(second, first) if several and min(known) >= 2 else None,
    )


def responses(population: Population, arms: Arms) -> tuple[ResponseContrast, ...]:
    """The rates of both arms at each time, over both denominators."""
    contrasts = []
    for months in response.time_points(population):
        states = by_arm(population, State(months), arms)
        gone = by_arm(population, Flag("contradicted", months), arms)[0].sum()
        told = tuple(cautions.of_some("responses-after-death", months=months, n=int(gone)))
        for measure in MEASURES:
            for denominator in DENOMINATORS:
                contrast = _contrast(states, months, measure, denominator, population.plan)
                if contrast is not None:
                    contrasts.append(replace(contrast, cautions=(*told, *contrast.cautions)))
    return tuple(contrasts)


def by_arm(population: Population, by: Grouping, arms: Arms) -> Ints:
    """(levels + 1, 2) int array: the patients of each arm by a column or a fact."""
    return population.crosstab(by, arms.column.name).n[:, arms.places]


def rate_counts(
    states: Ints, measure: Measure, denominator: Denominator = "treated"
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of both arms, by their states: how many have the response, and how many are counted."""
    hit = OBJECTIVE if measure == "ORR" else CONTROLLED
    k = states[list(hit)].sum(axis=0).tolist()
    all_treated = states[: len(STATES)].sum(axis=0) - states[PLACE["not-due"]]
    n = all_treated if denominator == "treated" else states[list(EVALUABLE)].sum(axis=0)
    return (k[0], k[1]), (int(n[0]), int(n[1]))


def _contrast(
    states: Ints, months: int, measure: Measure, denominator: Denominator, plan: Plan
) -> ResponseContrast | None:
    k, n = rate_counts(states, measure, denominator)
    if not min(n):
        return None
    rates = [proportions.proportion(k[arm], n[arm], plan.confidence) for arm in (0, 1)]
    both = (k[1], n[1], k[0], n[0])
    if min(n) < plan.small.arm_compared:
        return ResponseContrast(
            months, measure, denominator, (rates[0], rates[1]), None, None, None
        )
    return ResponseContrast(
        months,
        measure,
        denominator,
        (rates[0], rates[1]),
        two_proportions(*both, plan.confidence),
        proportions.difference(*both, plan.confidence),
        proportions.fisher([[k[1], n[1] - k[1]], [k[0], n[0] - k[0]]]),
    )


def survival_contrast(population: Population, endpoint: Endpoint, arms: Arms) -> SurvivalContrast:
    """Both arms' curves, and what their numbers allow to be said of the difference."""
    plan = population.plan
    counted = population.counted(endpoint, arms.column.name).among(arms.levels)
    table, start = counted.table, survival.common_start(counted, plan)
    pair = tuple(survival.estimated(level, counted.of(level), plan, start) for level in arms.levels)
    found = survival.followed_with_care(counted, plan)
    too_few = cautions.few_patients(arms.levels, [arm.n for arm in pair], plan.small)
    rmst = hazard = log_rank = permutation = None
    if not too_few:
        rmst, why = (None, []) if counted.late else mean_time(table, pair, plan)
        hazard, why_ratio = ratio(table, pair, plan)
        log_rank, permutation, why_test = survival.tested(counted, pair, plan)
        found += why + why_ratio + why_test + _shapes(table, pair, hazard, plan)
    last = max(pair, key=lambda arm: arm.curve.last_time if arm.curve else 0.0)
    return SurvivalContrast(
        endpoint,
        (pair[0], pair[1]),
        survival.ticks(last),
        rmst,
        hazard,
        log_rank,
        permutation,
        survival.by_months(counted),
        tuple(found + too_few),
        tuple(
            DifferenceAt(months, None) if too_few else _difference(table, pair, months, plan)
            for months in plan.survival.milestones
        ),
        None if rmst is None else unsure(pair, rmst.tau),
    )


def _difference(
    table: LifeTable, pair: Sequence[GroupSurvival], months: float, plan: Plan
) -> DifferenceAt:
    """Difference of survival at a milestone, from the start that both curves have.

    Of shares of patients, where nobody of either arm was censored before.
    """
    at = _read(pair, months)
    start = max(arm.curve.start for arm in pair if arm.curve is not None)
    first, second = table.groups
    shares = [
        survival_at(arm.curve, table.group(arm.level.code), at)
        for arm in pair
        if arm.curve is not None
    ]
    if all(each.method.code == COMPLETE.code for each in shares):
        alive = [round(each.value * arm.n) for each, arm in zip(shares, pair, strict=True)]
        counts = (alive[1], pair[1].n, alive[0], pair[0].n)
        exact = two_proportions(*counts, plan.confidence)
        return DifferenceAt(months, exact.estimate, unsure(pair, at), exact.gaps)
    limits = plan.survival.limits
    found = difference_at(table, first, second, at, plan.confidence, limits, start)
    return DifferenceAt(months, found, unsure(pair, at))


def _read(pair: Sequence[GroupSurvival], months: float) -> float:
    """Where both curves are read at a milestone."""
    return survival.read_at(months, min(_reach(arm) for arm in pair))


def unsure(pair: Sequence[GroupSurvival], months: float) -> tuple[int, int] | None:
    """How many of each arm are at risk at a time at which either curve carries no number."""
    if all(arm.unsure_at(months) is None for arm in pair):
        return None
    first, second = (int(arm.counts_at([months]).at_risk[0]) for arm in pair)
    return first, second


def mean_time(
    table: LifeTable, pair: Sequence[GroupSurvival], plan: Plan
) -> tuple[RmstContrast | None, list[Caution]]:
    """Compare mean times to the first horizon of the plan to which both curves carry numbers.

    Where they carry them to none, to the first within the follow-up of both arms.
    """
    reached = min(_reach(arm) for arm in pair)
    within = [min(tau, reached) for tau in plan.survival.taus if tau - survival.SLACK <= reached]
    if not within:
        return None, cautions.no_horizon(plan.survival.taus, reached)
    tau = next((tau for tau in within if unsure(pair, tau) is None), within[0])
    first, second = table.groups
    found = rmst_difference(table, first, second, tau, plan.confidence)
    never: list[Level] = []
    at_once: list[Level] = []
    for arm, mean in zip(pair, found.arms, strict=True):
        if not mean.std_error > 0:
            rows = table.group(arm.level.code)
            (at_once if rows.events[0][rows.time < tau].any() else never).append(arm.level)
    return (None, cautions.no_event(never, at_once)) if never or at_once else (found, [])


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
    return hazard, cautions.caution("separation") if hazard.diverged else []


def limited(found: cox.HazardRatio, small: SmallNumbers) -> Estimate | None:
    """A hazard ratio with the limits that its events allow, as it is read everywhere.

    Grouping profile likelihood where events are few; by Firth's correction where it diverges.
    """
    if found.diverged:
        return found.firth
    return found.profile if sum(found.events) < small.events_few else found.ratio


def _shapes(
    table: LifeTable,
    pair: Sequence[GroupSurvival],
    hazard: cox.HazardRatio | None,
    plan: Plan,
) -> list[Caution]:
    """What one number between two curves hides."""
    found: list[Caution] = []
    if hazard is not None and not hazard.diverged:
        found += cautions.not_proportional(hazard.proportional_hazards.pvalue)
    tail = min((arm.tail.start for arm in pair if arm.tail is not None), default=inf)
    start = max((arm.curve.start for arm in pair if arm.curve is not None), default=0.0)
    first, second = table.groups
    both = crossing(table, first, second, plan.confidence, tail, start)
    return found + cautions.curves_cross((pair[0].level, pair[1].level), both)
