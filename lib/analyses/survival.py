"""Survival by group: curves, medians, milestones, follow-up, and whether the curves differ."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import ceil, isnan
from typing import Annotated

import numpy as np

from lib.analyses import cautions, one_sided
from lib.analyses.cautions import Caution
from lib.analyses.endings import Ending, endings
from lib.analyses.followed import LIVER, Sites, sites, unjudged
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study
from lib.followup import FollowUp, Groups
from lib.language import N_, Template
from lib.plan import Plan, SmallNumbers
from lib.schema import BY_DATES, COLUMNS, MONTH, Column, Endpoint, Level
from lib.statistics import survival
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.life_table import LifeTable, TimeToEvent, count
from lib.written import INSIDE

ALL = Level("all", N_("All patients"))


SLACK = 2 / MONTH
"""Months of the calendar differ by up to three days: whoever was seen on the last day of a year was
followed for twelve months, though 365 days are a little less."""


@dataclass(frozen=True, slots=True, eq=False)
class Milestone:
    """Survival at a time, and how many were at risk then."""

    months: float
    survival: Estimate
    at_risk: int


@dataclass(frozen=True, slots=True, eq=False)
class GroupSurvival:
    """One group on its way to an endpoint; times in months.

    Attributes
    ----------
    level : Level
    n, events : int
        Patients whose time is known, and those with the event.
    curve : SurvivalCurve or None
        None where the group is too small, or only described.
    median, follow_up : Estimate or None
        Median time to the event, and median follow-up by reverse Kaplan-Meier.
    milestones : tuple of Milestone
        Survival at the plan's milestones.
    thin_from : float or None
        From when too few are at risk for the curve to be relied on.
    late : LifeTable or None
        What the curve was estimated from, where patients come late under observation.
    """

    level: Level
    n: int
    events: int
    curve: survival.SurvivalCurve | None = None
    median: Estimate | None = None
    follow_up: Estimate | None = None
    milestones: tuple[Milestone, ...] = ()
    thin_from: float | None = None
    late: Annotated[LifeTable | None, INSIDE] = None

    def counts_at(self, ticks: Sequence[float]) -> survival.RiskTable:
        """Count under the curve at ticks, late entries too where there are any.

        Raises
        ------
        ValueError
            If the group has no curve.
        """
        if self.late is not None:
            return survival.risk_table(self.late, ticks)
        if self.curve is None:
            raise ValueError(f"{self.level.code} has no curve to count under")
        return self.curve.counts_at(ticks)


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalByGroup:
    """Survival of the patients under study by the levels of a baseline column.

    Attributes
    ----------
    endpoint : Endpoint
    column : Column or None
        The grouping column; None where all patients are one group.
    everyone : GroupSurvival
    groups : tuple of GroupSurvival
        In display order.
    ticks : tuple of float
        Months at which the table under the curves counts.
    log_rank : LogRank or None
        Between the groups large enough to compare, where there are two.
    permutation : PermutationTest or None
        Beside the log-rank test, where events are few.
    by_months : int
        Patients whose time is as the sheet gives it in months, from an origin it does not state.
    set_aside : tuple of (reason, count)
        Patients that are in no curve, and why.
    endings : tuple of Ending
        What ended the follow-up of those who are, in each group.
    sites : Sites or None
        Progression without a plain site, where the endpoint is about the site.
    """

    provenance: Provenance
    endpoint: Endpoint
    column: Column | None
    everyone: GroupSurvival
    groups: tuple[GroupSurvival, ...]
    ticks: tuple[float, ...]
    log_rank: survival.LogRank | None
    permutation: survival.PermutationTest | None
    by_months: int
    set_aside: tuple[tuple[Template, int], ...]
    cautions: tuple[Caution, ...]
    endings: tuple[Ending, ...] = ()
    sites: Sites | None = None

    @property
    def drawn(self) -> tuple[GroupSurvival, ...]:
        """The groups with a curve; all patients where nothing groups them."""
        groups = self.groups if self.column else (self.everyone,)
        return tuple(group for group in groups if group.curve is not None)


def available(study: Study) -> tuple[Endpoint, ...]:
    """The endpoints that some patient under study has a time for, and with which none competes."""
    return tuple(
        endpoint
        for endpoint in (*study.cohort.endpoints, *BY_DATES.values())
        if not endpoint.competing and study.cohort.time_to_event(endpoint).used.any()
    )


def by_group(study: Study, endpoint: Endpoint) -> SurvivalByGroup:
    """Estimate survival by the plan's baseline column.

    Parameters
    ----------
    study : Study
        `study.plan.study.by` names the column; where the cohort does not know it all patients are
        one group.
    endpoint : Endpoint
    """
    plan, name = study.plan, study.plan.study.by
    follow = study.follow(endpoint)
    found = followed_with_care(study, endpoint, follow)
    groups = study.groups(name) if study.cohort.known(name) else None
    by_level: tuple[GroupSurvival, ...] = ()
    log_rank = permutation = None
    if groups is not None:
        table = table_of(follow, groups)
        start = common_start(table, plan)
        by_level = tuple(
            _described(level, table.group(level.code))
            if level.code == "BOTH" and study.both_recorded
            else estimated(level, table.group(level.code), plan, start)
            for level in groups.levels
        )
        large = [g for g in by_level if g.curve is not None and g.n >= plan.small.arm_compared]
        if len(large) >= 2:
            codes = [group.level.code for group in large]
            log_rank, permutation, why = tested(follow, only(groups, codes), table, plan)
            found += why
        found += cautions.no_modality(follow.used & (groups.codes < 0))
        found += cautions.unsettled(study.whole.reading, groups)
        found += cautions.few_patients(groups.levels, [g.n for g in by_level], plan.small)
        if name == "modality":
            found += cautions.both_recorded(study.provenance)
    everyone = _everyone(follow, plan)
    found += _with_last_dates(study, endpoint, follow, everyone)
    return SurvivalByGroup(
        study.provenance,
        endpoint,
        groups.column if groups else None,
        everyone,
        by_level,
        ticks(plan, everyone),
        log_rank,
        permutation,
        by_months(follow, endpoint),
        set_aside(follow),
        tuple(found),
        endings(study.cohort, follow, endpoint, plan, groups),
        sites_of(study, endpoint, follow),
    )


def followed_with_care(study: Study, endpoint: Endpoint, follow: FollowUp) -> list[Caution]:
    """What to beware of in the follow-up itself, whatever is estimated from it."""
    found = cautions.set_aside(follow, endpoint) + cautions.last_contact_instead(follow, endpoint)
    where = sites_of(study, endpoint, follow)
    if where is not None:
        found += cautions.unplaced(where.unplaced)
    if follow.rule is not None:
        n = unjudged(study.cohort, study.measured.courses, follow)
        found += cautions.scans_unknown(n)
    if follow.entry is not None:
        found += cautions.late_entry(COLUMNS[study.plan.survival.origin], endpoint)
    return found


def sites_of(study: Study, endpoint: Endpoint, follow: FollowUp) -> Sites | None:
    """Progression without a plain site; None where the endpoint is not about the site."""
    if LIVER not in endpoint.ends:
        return None
    courses = study.measured.courses if study.measured.derived else {}
    return sites(study.cohort, courses, follow.used)


def estimated(
    level: Level, table: LifeTable, plan: Plan, start: float | None = None
) -> GroupSurvival:
    """Everything a group's life table tells, unless the group is too small for a curve.

    Parameters
    ----------
    level : Level
    table : LifeTable
        Of the group.
    plan : Plan
    start : float, optional
        With late entry the time that groups compared are conditional on surviving to; the group
        starts there or, where it has too few at risk then, later.
    """
    n, events = int(table.n.sum()), int(table.events.sum())
    if n < plan.small.arm_counted:
        return GroupSurvival(level, n, events)
    own = survival.earliest_start(table)
    start = max(own, start or 0.0)
    curve = survival.kaplan_meier(table, plan.confidence, plan.survival.limits, start)
    fewest = fewest_in_tail(n, plan.small)
    entered = table if table.entered is not None else None
    return GroupSurvival(
        level,
        n,
        events,
        curve,
        curve.median(),
        _follow_up(table, plan) if entered is None else None,
        tuple(_milestone(curve, table, months) for months in plan.survival.milestones),
        curve.thin_from(fewest),
        entered,
    )


def common_start(table: LifeTable, plan: Plan) -> float:
    """The first time from which all groups that are compared have enough at risk."""
    large = [g for g, n in zip(table.groups, table.n, strict=True) if n >= plan.small.arm_compared]
    return max((survival.earliest_start(table.group(group)) for group in large), default=0.0)


def table_of(follow: FollowUp, groups: Groups) -> LifeTable:
    """Count the follow-up of the patients whose time and group are both known."""
    used = follow.used & (groups.codes >= 0)
    data = follow.of(used).time_to_event()
    return count(data, groups.codes[used], tuple(level.code for level in groups.levels))


def ticks(plan: Plan, group: GroupSurvival) -> tuple[float, ...]:
    """The plan's ticks up to the first one at or after the last follow-up."""
    return ticks_to(plan, group.curve.last_time if group.curve is not None else 0.0)


def ticks_to(plan: Plan, last: float) -> tuple[float, ...]:
    """The plan's ticks up to the first one at or after a time."""
    marks = plan.survival.ticks
    beyond = [tick for tick in marks if tick >= last]
    return tuple(tick for tick in marks if tick < last or tick == min(beyond, default=None))


def _everyone(follow: FollowUp, plan: Plan) -> GroupSurvival:
    data = follow.time_to_event()
    if not len(data):
        return GroupSurvival(ALL, 0, 0)
    return estimated(ALL, count(data, groups=("all",)), plan)


def _with_last_dates(
    study: Study, endpoint: Endpoint, follow: FollowUp, everyone: GroupSurvival
) -> list[Caution]:
    """Beside a curve that leaves out some of the living: the median with them."""
    if endpoint.code != "OS":
        return []
    more = one_sided.with_last_dates(study, follow)
    if more is None:
        return []
    n = int(more.used.sum() - follow.used.sum())
    return cautions.with_last_dates(n, everyone.median, _everyone(more, study.plan).median)


def _described(level: Level, table: LifeTable) -> GroupSurvival:
    """Count only: a group that formed after baseline has no curve beside those that did not."""
    return GroupSurvival(level, int(table.n.sum()), int(table.events.sum()))


def fewest_in_tail(n: int, small: SmallNumbers) -> int:
    """How many of n patients have to be at risk for a curve to be relied on."""
    return max(small.tail_fewest, ceil(small.tail_share * n))


def read_at(months: float, last: float) -> float:
    """Where a curve is read at a time: at its end, if that is within a calendar month's slack."""
    return last if months - SLACK <= last < months else months


def _milestone(curve: survival.SurvivalCurve, table: LifeTable, months: float) -> Milestone:
    """Survival at a time."""
    at = read_at(months, curve.last_time)
    return Milestone(months, curve.at(at), int(survival.risk_table(table, at).at_risk[0]))


def _follow_up(table: LifeTable, plan: Plan) -> Estimate:
    """Median follow-up; not estimable where nobody was censored."""
    found = survival.follow_up(table, plan.confidence, plan.survival.limits)
    if table.censored.sum() == 0:
        return replace(found, missing=Missing.NOT_ESTIMABLE)
    return found


def tested(
    follow: FollowUp, groups: Groups, table: LifeTable, plan: Plan
) -> tuple[survival.LogRank | None, survival.PermutationTest | None, list[Caution]]:
    """Test groups by log-rank, and where events are few by permutation too; or say why not.

    Parameters
    ----------
    follow : FollowUp
    groups : Groups
        Those to compare; patients of no group have the code -1.
    table : LifeTable
        The follow-up counted, these groups in it and perhaps others.
    plan : Plan
    """
    compared = chosen(table, [level.code for level in groups.levels])
    events = int(compared.events.sum())
    if not events:
        return None, None, cautions.nothing_happened()
    test = survival.log_rank(compared)
    if isnan(test.pvalue):
        return None, None, cautions.never_together()
    if follow.entry is not None or events >= plan.small.events_few:
        return test, None, []  # labels of those who come at different times do not change places
    used = follow.used & (groups.codes >= 0)
    months, event, codes = follow.months[used], follow.event[used], groups.codes[used]
    order = np.lexsort((codes, event, months))  # so that the draw does not depend on the rows
    permutation = survival.permutation_log_rank(
        TimeToEvent(months[order], event[order].astype(np.int8)),
        codes[order],
        plan.comparison.permutations,
        plan.comparison.seed,
    )
    return test, permutation, []


def only(groups: Groups, codes: list[str]) -> Groups:
    """Some of the groups, in the order given; the patients of the others in none."""
    index = {level.code: at for at, level in enumerate(groups.levels)}
    new = np.full(len(groups.codes), -1)
    for number, code in enumerate(codes):
        new[groups.codes == index[code]] = number
    return replace(groups, levels=tuple(groups.levels[index[c]] for c in codes), codes=new)


def by_months(follow: FollowUp, endpoint: Endpoint) -> int:
    """Patients whose time is as the sheet gives it in months."""
    return int((follow.used & (follow.ended_by == endpoint.months)).sum())


def chosen(table: LifeTable, codes: Sequence[str]) -> LifeTable:
    """The life table of some groups, in the order given."""
    return reduce(operator.add, [table.group(code) for code in codes])


def set_aside(follow: FollowUp) -> tuple[tuple[Template, int], ...]:
    """Why patients are set aside, and how many for each reason."""
    reasons = [reason for reason in dict.fromkeys(follow.reason.tolist()) if reason]
    return tuple((Template(reason), int((follow.reason == reason).sum())) for reason in reasons)
