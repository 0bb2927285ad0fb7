"""Survival by group: curves, medians, milestones, follow-up, and whether the curves differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, isfinite, isnan
from typing import Annotated

from lib.analyses import cautions
from lib.analyses.cautions import Caution
from lib.analyses.counted import ALL, Counted, Population
from lib.analyses.endings import Ending, endings
from lib.analyses.memory import CURVES, DRAWN, FOLLOWED, reads
from lib.analyses.provenance import Provenance
from lib.language import Template, template
from lib.plan import Plan
from lib.schema import COLUMNS, ENDPOINTS, MONTH, Column, Endpoint, Level
from lib.statistics import survival
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.life_table import LifeTable
from lib.statistics.tail import Tail, survival_at, tail
from lib.written import INSIDE

SLACK = 2 / MONTH
"""Months of the calendar differ by up to three days: whoever was seen on the last day of a year was
followed for twelve months, though 365 days are a little less."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Patients whose progression has no plain site."""

    unplaced: int  # of whose first progression nobody says where it was; it counts as in the liver
    # Who progressed in the liver and outside it on one day; it counts as in the liver.
    together: int
    elsewhere_first: int  # who progressed outside the liver before they did in it, or without it


@dataclass(frozen=True, slots=True, eq=False)
class Milestone:
    """Survival at a time, and how many were at risk then."""

    months: float
    survival: Estimate
    at_risk: int
    unsure: bool = False  # whether the curve carries no number there


@dataclass(frozen=True, slots=True, eq=False)
class GroupSurvival:
    """One group on its way to an endpoint; times in months."""

    level: Level
    # n, events: patients whose time is known, and those with the event
    n: int
    events: int
    # None where the group is too small, or only described.
    curve: survival.SurvivalCurve | None = None
    # median, follow_up: median time to the event, and median follow-up by reverse Kaplan-Meier
    median: Estimate | None = None
    follow_up: Estimate | None = None
    milestones: tuple[Milestone, ...] = ()  # survival at the plan's milestones
    tail: Tail | None = None  # from when the curve carries no number, and why
    # What the curve was estimated from, where patients come late under observation.
    late: Annotated[LifeTable | None, INSIDE] = None

    def unsure_at(self, months: float) -> int | None:
        """How many are at risk at a time at which the curve carries no number; None elsewhere."""
        if self.curve is None or self.tail is None or not isfinite(months):
            return None
        if not self.tail.holds(months):
            return None
        return int(self.counts_at([months]).at_risk[0])

    def counts_at(self, ticks: Sequence[float]) -> survival.RiskTable:
        """Count under the curve at ticks, late entries too where there are any.

        Raises `ValueError` if the group has no curve.
        """
        if self.late is not None:
            return survival.risk_table(self.late, ticks)
        if self.curve is None:
            raise ValueError(f"{self.level.code} has no curve to count under")
        return self.curve.counts_at(ticks)


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalByGroup:
    """Survival of the patients under study by the levels of a baseline column."""

    provenance: Provenance
    endpoint: Endpoint
    column: Column | None  # the grouping column; None where all patients are one group
    everyone: GroupSurvival
    groups: tuple[GroupSurvival, ...]  # in display order
    ticks: tuple[float, ...]  # months at which the table under the curves counts
    # Between the groups large enough to compare, where there are two.
    log_rank: survival.LogRank | None
    permutation: survival.PermutationTest | None  # beside the log-rank test, where events are few
    # Patients whose time is as the sheet gives it in months, from an origin it does not state.
    by_months: int
    set_aside: tuple[tuple[Template, int], ...]  # patients that are in no curve, and why
    cautions: tuple[Caution, ...]
    endings: tuple[Ending, ...] = ()  # what ended the follow-up of those who are, in each group
    # Progression without a plain site, where the endpoint is about the site.
    sites: Sites | None = None

    @property
    def drawn(self) -> tuple[GroupSurvival, ...]:
        """The groups with a curve; all patients where nothing groups them."""
        groups = self.groups if self.column else (self.everyone,)
        return tuple(group for group in groups if group.curve is not None)


@reads(*FOLLOWED)
def available(population: Population) -> tuple[Endpoint, ...]:
    """The endpoints that some patient has a time for, and with which none competes."""
    return tuple(each for each in timed(population) if not each.competing)


def timed(population: Population) -> tuple[Endpoint, ...]:
    """The endpoints that some patient has a time for."""
    return tuple(each for each in population.endpoints if population.times_known(each))


@reads(*CURVES, *DRAWN, "study.by")
def by_group(population: Population, endpoint: Endpoint) -> SurvivalByGroup:
    """Estimate survival by the plan's baseline column.

    `population`: its plan's `study.by` names the column; where nothing of it is known all patients
    are one group.
    """
    plan, name = population.plan, grouped_by(population)
    counted = population.counted(endpoint, name)
    found = followed_with_care(counted, plan)
    by_level: tuple[GroupSurvival, ...] = ()
    log_rank = permutation = None
    if name:
        start = common_start(counted, plan)
        by_level = tuple(
            _described(level, counted.of(level))
            if is_described(level, population)
            else estimated(level, counted.of(level), plan, start)
            for level in counted.levels
        )
        log_rank, permutation, why = tested(counted, by_level, plan)
        found += why + cautions.of_groups(
            population, name, counted, [g.n for g in by_level], int(counted.table.n[-1])
        )
    everyone = estimated(ALL, counted.everyone, plan)
    by_level, everyone = _followed_up(population, name, by_level, everyone)
    found += _with_last_dates(counted, everyone, plan)
    return SurvivalByGroup(
        population.provenance,
        endpoint,
        counted.column,
        everyone,
        by_level,
        ticks(everyone),
        log_rank,
        permutation,
        by_months(counted),
        set_aside(counted),
        tuple(found),
        endings(counted),
        sites_of(counted),
    )


def _followed_up(
    population: Population,
    name: str,
    groups: tuple[GroupSurvival, ...],
    everyone: GroupSurvival,
) -> tuple[tuple[GroupSurvival, ...], GroupSurvival]:
    """Give all endpoints one follow-up, that of overall survival where it is known.

    That of the progression-free rests on the few who are.
    """
    overall = population.counted(ENDPOINTS["OS"], name)
    if not overall.any or overall.late:
        return groups, everyone

    def followed(group: GroupSurvival, table: LifeTable) -> GroupSurvival:
        known = group.follow_up is not None and table.n.sum()
        return (
            replace(group, follow_up=median_follow_up(table, population.plan)) if known else group
        )

    return (
        tuple(followed(group, overall.of(group.level)) for group in groups),
        followed(everyone, overall.everyone),
    )


def grouped_by(population: Population) -> str:
    """The plan's baseline column; '' where nothing of it is known."""
    name = population.plan.study.by
    return name if population.known(name) else ""


def is_described(level: Level, population: Population) -> bool:
    """Whether a group formed after baseline, so that it is counted and neither drawn nor tested."""
    both = population.provenance.both_recorded
    return both and level.code == "BOTH" and level.of == COLUMNS["modality"]


def followed_with_care(counted: Counted, plan: Plan) -> list[Caution]:
    """What to beware of in the follow-up itself, whatever is estimated from it."""
    found = cautions.set_aside(counted) + cautions.nobody_lives(counted)
    found += cautions.last_contact_instead(counted)
    found += cautions.of_some("site-unknown", n=counted.flag("unplaced") or 0)
    found += cautions.of_some("scans-unknown", n=counted.flag("scans unknown") or 0)
    if counted.late:
        found += cautions.late_entry(COLUMNS[plan.survival.origin], counted.endpoint)
    return found


def sites_of(counted: Counted) -> Sites | None:
    """Progression without a plain site; None where the endpoint is not about the site."""
    numbers = [counted.flag(name) for name in ("unplaced", "together", "elsewhere_first")]
    first, second, third = (number or 0 for number in numbers)
    return None if numbers[0] is None else Sites(first, second, third)


def estimated(
    level: Level, table: LifeTable, plan: Plan, start: float | None = None
) -> GroupSurvival:
    """Everything a group's life table tells, unless the group is too small for a curve.

    `table`: of the group. `start`: with late entry the time that groups compared are conditional on
    surviving to; the group starts there or, where it has too few at risk then, later.
    """
    n, events = int(table.n.sum()), int(table.events.sum())
    if n < max(1, plan.small.arm_counted):
        return GroupSurvival(level, n, events)
    own = survival.earliest_start(table)
    start = max(own, start or 0.0)
    curve = survival.kaplan_meier(table, plan.confidence, plan.survival.limits, start)
    end = tailed(curve, table, plan)
    entered = table if table.entered is not None else None
    return GroupSurvival(
        level,
        n,
        events,
        curve,
        curve.median(),
        median_follow_up(table, plan) if entered is None else None,
        tuple(_milestone(curve, table, months, end) for months in plan.survival.milestones),
        end,
        entered,
    )


def common_start(counted: Counted, plan: Plan) -> float:
    """The first time from which all groups that are compared have enough at risk."""
    tables = [counted.of(level) for level in counted.levels]
    large = [table for table in tables if table.n.sum() >= plan.small.arm_compared]
    return max((survival.earliest_start(table) for table in large), default=0.0)


def ticks(group: GroupSurvival) -> tuple[float, ...]:
    """Ticks to the last follow-up of a group."""
    return ticks_to(group.curve.last_time if group.curve is not None else 0.0)


def ticks_to(last: float, every: float = 0) -> tuple[float, ...]:
    """Even ticks from 0 to the first one at or after a time; `every`: months between two, if not 0.

    Else 1, 3, 6, 12, 24 or 60, so that few stand beside each other.
    """
    if not every:
        every = next((each for to, each in _EVERY if last <= to), _LONG)
    return tuple(every * at for at in range(ceil(last / every) + 1))


_EVERY, _LONG = ((6, 1), (18, 3), (60, 6), (120, 12), (240, 24)), 60
"""Months from tick to tick, and of which follow-up."""


def _with_last_dates(counted: Counted, everyone: GroupSurvival, plan: Plan) -> list[Caution]:
    """Beside a curve that leaves out some of the living: the median with them."""
    if counted.living is None:
        return []
    more = estimated(ALL, counted.everyone + counted.living.pooled(ALL.code), plan)
    return cautions.with_last_dates(more.n - everyone.n, _carried(everyone), _carried(more))


def _carried(group: GroupSurvival) -> Estimate | None:
    """The median, where the curve carries it."""
    median = group.median
    return None if median is None or group.unsure_at(median.value) is not None else median


def _described(level: Level, table: LifeTable) -> GroupSurvival:
    """Count only: a group that formed after baseline has no curve beside those that did not."""
    return GroupSurvival(level, int(table.n.sum()), int(table.events.sum()))


def tailed(curve: survival.SurvivalCurve, table: LifeTable, plan: Plan) -> Tail | None:
    """From when the curve of one group carries no number by the plan."""
    return tail(curve, table, plan.small.tail_fewest, plan.small.tail_half_width)


def read_at(months: float, last: float) -> float:
    """Where a curve is read at a time: at its end, if that is within a calendar month's slack."""
    return last if months - SLACK <= last < months else months


def _milestone(
    curve: survival.SurvivalCurve, table: LifeTable, months: float, end: Tail | None
) -> Milestone:
    """Survival at a time."""
    at = read_at(months, curve.last_time)
    found = survival_at(curve, table, at)
    at_risk = int(survival.risk_table(table, at).at_risk[0])
    return Milestone(months, found, at_risk, end is not None and end.holds(at))


def median_follow_up(table: LifeTable, plan: Plan) -> Estimate:
    """By reverse Kaplan-Meier; not estimable where nobody was censored."""
    found = survival.follow_up(table, plan.confidence, plan.survival.limits)
    if table.censored.sum() == 0:
        return replace(found, missing=Missing.NOT_ESTIMABLE)
    return found


def tested(
    counted: Counted, groups: Sequence[GroupSurvival], plan: Plan
) -> tuple[survival.LogRank | None, survival.PermutationTest | None, list[Caution]]:
    """Test the groups large enough by log-rank, and by permutation where events are few.

    `counted`: of these groups, and perhaps of others. Gives why there is none, where two groups are
    large enough.
    """
    large = [g for g in groups if g.curve is not None and g.n >= plan.small.arm_compared]
    if len(large) < 2:
        return None, None, []
    compared = counted.table.select([group.level.code for group in large])
    events = int(compared.events.sum())
    if not events:
        return None, None, cautions.caution("no-events")
    test = survival.log_rank(compared)
    if isnan(test.pvalue):
        return None, None, cautions.untestable(at_risk_together(compared))
    if counted.late or events >= plan.small.events_few:
        return test, None, []  # labels of those who come at different times do not change places
    chosen = plan.comparison
    drawn = survival.permutation_log_rank(compared, chosen.permutations, chosen.seed)
    return test, drawn, []


def at_risk_together(table: LifeTable) -> bool:
    """Whether at some event patients of several groups were at risk."""
    several = (table.at_risk > 0).sum(axis=0) > 1
    return bool((several & (table.events.sum(axis=0) > 0)).any())


def by_months(counted: Counted) -> int:
    """Patients whose time is as the sheet gives it in months."""
    ends = counted.ended.items()
    return sum(int(n.sum()) for end, n in ends if end.column == counted.endpoint.months)


def set_aside(counted: Counted) -> tuple[tuple[Template, int], ...]:
    """Why patients are set aside, and how many for each reason."""
    return tuple(
        (template(reason), int(n.sum())) for reason, n in counted.left_out.items() if n.sum()
    )
