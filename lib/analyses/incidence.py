"""Cumulative incidence of progression, where death and other events keep it from happening."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from lib.analyses import cautions, survival
from lib.analyses.arms import compared
from lib.analyses.cautions import Caution
from lib.analyses.counted import ALL, Population
from lib.analyses.endings import Ending, endings
from lib.analyses.followed import DEATH, ELSEWHERE, LIVER, PROGRESSION, START
from lib.analyses.memory import ARMS, CURVES, FOLLOWED, reads
from lib.analyses.provenance import Provenance
from lib.analyses.survival import Sites
from lib.language import N_, Template
from lib.plan import Plan
from lib.schema import BY_DATES, COLUMNS, Column, Endpoint, Level
from lib.statistics.competing_risks import (
    CumulativeIncidence,
    GrayTest,
    cumulative_incidence,
    gray,
)
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.life_table import LifeTable
from lib.statistics.survival import RiskTable, kaplan_meier, risk_table
from lib.statistics.tail import Tail
from lib.written import INSIDE

EVENT_FREE = Level("free", N_("None of these yet"))
_CAUSES = {
    PROGRESSION: N_("Progression"),
    LIVER: N_("Progression in the liver"),
    ELSEWHERE: N_("Progression outside the liver"),
    DEATH: N_("Death without progression"),
}
_DEATH_IN_LIVER = N_("Death without progression in the liver")


@dataclass(frozen=True, slots=True)
class IncidenceAt:
    """Cumulative incidence of each cause by a time, and how many were at risk then."""

    months: float
    causes: tuple[Estimate, ...]  # in the order of the causes
    # What 1 less Kaplan-Meier, with all other causes censored, would say of the first cause: too
    # high, and shown to explain why. nan past follow-up.
    naive: float
    at_risk: int
    unsure: bool = False  # whether the curve carries no number there


@dataclass(frozen=True, slots=True, eq=False)
class GroupIncidence:
    """One group on its way to whichever cause comes first; times in months."""

    level: Level
    n: int  # patients whose time is known
    counts: tuple[int, ...]  # patients with each cause
    curve: CumulativeIncidence | None = None  # none where the group is too small, or only described
    table: Annotated[LifeTable | None, INSIDE] = None  # what the curve was estimated from
    milestones: tuple[IncidenceAt, ...] = ()  # at the plan's milestones
    tail: Tail | None = None  # from when the curve carries no number, and why

    def counts_at(self, ticks: Sequence[float], cause: int) -> tuple[RiskTable, RiskTable]:
        """Count under the curve of a cause at ticks: (events of the cause, of all causes).

        Raises `ValueError` if the group has no curve.
        """
        if self.table is None:
            raise ValueError(f"{self.level.code} has no curve to count under")
        return risk_table(self.table.cause(cause), ticks), risk_table(self.table, ticks)


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceByGroup:
    """Cumulative incidence of the patients under study by the levels of a baseline column."""

    provenance: Provenance
    endpoint: Endpoint  # with what competes under the plan
    causes: tuple[Level, ...]  # the event of the endpoint first, then what competes with it
    column: Column | None
    everyone: GroupIncidence
    groups: tuple[GroupIncidence, ...]  # in display order
    ticks: tuple[float, ...]
    # Of the first cause, between the groups large enough to compare, where there are two.
    test: GrayTest | None
    set_aside: tuple[tuple[Template, int], ...]
    endings: tuple[Ending, ...]
    sites: Sites | None
    cautions: tuple[Caution, ...]

    @property
    def drawn(self) -> tuple[GroupIncidence, ...]:
        """The groups with a curve; all patients where nothing groups them."""
        groups = self.groups if self.column else (self.everyone,)
        return tuple(group for group in groups if group.curve is not None)


@reads(*FOLLOWED)
def available(population: Population) -> tuple[Endpoint, ...]:
    """The endpoints with which something competes, that some patient has a time for."""
    return tuple(each for each in survival.timed(population) if each.competing)


@reads(*CURVES, "study.by", "survival.extrahepatic_competes")
def by_group(population: Population, endpoint: Endpoint) -> IncidenceByGroup:
    """Estimate cumulative incidence by the plan's baseline column.

    `population`: its plan's `study.by` names the column; where nothing of it is known all patients
    are one group. `endpoint`: one with which something competes.
    """
    return _of_groups(population, endpoint, survival.grouped_by(population))


@reads(*CURVES, *ARMS)
def of_arms(population: Population) -> IncidenceByGroup | None:
    """What came first in each of the plan's two arms; None without two, or without progression.

    In the liver, outside it or death, where the file tells sites; else progression or death.
    """
    arms, known = compared(population), {each.code for each in available(population)}
    code = next((code for code in ("FIRST", "TTP") if code in known), None)
    if arms is None or code is None:
        return None
    return _of_groups(population, BY_DATES[code], arms.column.name, arms.levels)


def _of_groups(
    population: Population, endpoint: Endpoint, name: str, levels: Sequence[Level] | None = None
) -> IncidenceByGroup:
    """Estimate cumulative incidence in the groups of a column, or in some of them."""
    plan = population.plan
    endpoint = _under_plan(endpoint, plan)
    causes = _causes(endpoint)
    counted = population.counted(endpoint, name, origin=START)
    ungrouped = int(counted.table.n[-1]) if name and levels is None else 0
    if levels is not None:
        counted = counted.among(levels)
    levels = counted.levels
    found = survival.followed_with_care(counted, plan)
    found += cautions.of_some("sites-together", n=counted.flag("together") or 0)
    if plan.survival.origin != START:
        found += cautions.caution("clock-of-incidence", origin=COLUMNS[plan.survival.origin])
    by_level = tuple(
        (_described if survival.is_described(level, population) else _estimated)(
            level, counted.of(level), plan
        )
        for level in levels
    )
    test, why = _tested(by_level, counted.table, causes, plan)
    if name:
        found += why + cautions.of_groups(
            population, name, counted, [g.n for g in by_level], ungrouped
        )
    everyone = _estimated(ALL, counted.everyone, plan)
    return IncidenceByGroup(
        population.provenance,
        endpoint,
        causes,
        counted.column,
        everyone,
        by_level,
        _ticks(everyone),
        test,
        survival.set_aside(counted),
        endings(counted),
        survival.sites_of(counted),
        tuple(found),
    )


def _under_plan(endpoint: Endpoint, plan: Plan) -> Endpoint:
    """The endpoint with what competes: in the liver alone, or outside it too, by choice."""
    ignores = LIVER in endpoint.events and ELSEWHERE not in endpoint.competing
    if ignores and plan.survival.extrahepatic_competes:
        return replace(endpoint, competing=(ELSEWHERE, *endpoint.competing))
    return endpoint


def _causes(endpoint: Endpoint) -> tuple[Level, ...]:
    ignores = LIVER in endpoint.events and ELSEWHERE not in endpoint.competing
    words = _CAUSES | ({DEATH: _DEATH_IN_LIVER} if ignores else {})
    return tuple(Level(name, words[name]) for name in endpoint.ends)


def _described(level: Level, table: LifeTable, _plan: Plan) -> GroupIncidence:
    """Count only."""
    counts = tuple(int(k) for k in table.rows[0, 1:].sum(axis=1))
    return GroupIncidence(level, int(table.n[0]), counts)


def _estimated(level: Level, table: LifeTable, plan: Plan) -> GroupIncidence:
    counted = _described(level, table, plan)
    if counted.n < max(1, plan.small.arm_counted):
        return counted
    curve, alone = cumulative_incidence(table, plan.confidence), table.any_cause()
    pooled = kaplan_meier(alone, plan.confidence, plan.survival.limits)
    end = survival.tailed(pooled, alone, plan)
    return replace(
        counted,
        curve=curve,
        table=table,
        milestones=tuple(
            _at(curve, table, months, end, plan) for months in plan.survival.milestones
        ),
        tail=end,
    )


def _at(
    curve: CumulativeIncidence, table: LifeTable, months: float, end: Tail | None, plan: Plan
) -> IncidenceAt:
    """Incidence by a time."""
    at = survival.read_at(months, curve.last_time)
    alone = kaplan_meier(table.cause(1), plan.confidence).at(at)
    naive = np.nan if alone.missing == Missing.PAST_FOLLOW_UP else 1 - alone.value
    return IncidenceAt(
        months,
        tuple(curve.at(at, cause) for cause in range(1, 1 + table.causes)),
        float(naive),
        int(risk_table(table, at).at_risk[0]),
        end is not None and end.holds(at),
    )


def _tested(
    groups: Sequence[GroupIncidence], table: LifeTable, causes: Sequence[Level], plan: Plan
) -> tuple[GrayTest | None, list[Caution]]:
    """Gray's test of the first cause between the groups large enough, or why there is none."""
    large = [g for g in groups if g.curve is not None and g.n >= plan.small.arm_compared]
    if len(large) < 2:
        return None, []
    events = sum(group.counts[0] for group in large)
    if events < plan.small.events_compared:
        return None, cautions.caution(
            "too-few-to-test", cause=causes[0], events=events, least=plan.small.events_compared
        )
    compared = table.select([group.level.code for group in large])
    test = gray(compared, 1)
    if test.missing:
        return None, cautions.untestable(survival.at_risk_together(compared))
    return test, []


def _ticks(group: GroupIncidence) -> tuple[float, ...]:
    last = group.curve.last_time if group.curve is not None else 0.0
    return survival.ticks_to(last)
