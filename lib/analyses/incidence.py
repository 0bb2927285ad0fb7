"""Cumulative incidence of progression, where death and other events keep it from happening."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import numpy.typing as npt

from lib.analyses import cautions, survival
from lib.analyses.cautions import Caution
from lib.analyses.endings import Ending, endings
from lib.analyses.followed import DEATH, ELSEWHERE, LIVER, PROGRESSION, START, Sites
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, compared_arms
from lib.analyses.survival import ALL
from lib.followup import FollowUp, Groups
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
from lib.statistics.life_table import LifeTable, TimeToEvent, count
from lib.statistics.survival import RiskTable, kaplan_meier, risk_table, thin_from
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
    """Cumulative incidence of each cause by a time, and how many were at risk then.

    Attributes
    ----------
    months : float
    causes : tuple of Estimate
        In the order of the causes.
    naive : float
        What 1 less Kaplan-Meier, with all other causes censored, would say of the first cause:
        too high, and shown to explain why. nan past follow-up.
    at_risk : int
    """

    months: float
    causes: tuple[Estimate, ...]
    naive: float
    at_risk: int


@dataclass(frozen=True, slots=True, eq=False)
class GroupIncidence:
    """One group on its way to whichever cause comes first; times in months.

    Attributes
    ----------
    level : Level
    n : int
        Patients whose time is known.
    counts : tuple of int
        Patients with each cause.
    curve : CumulativeIncidence or None
        None where the group is too small, or only described.
    table : LifeTable or None
        What the curve was estimated from.
    milestones : tuple of IncidenceAt
        At the plan's milestones.
    thin_from : float or None
        From when too few are at risk for the curve to be relied on.
    """

    level: Level
    n: int
    counts: tuple[int, ...]
    curve: CumulativeIncidence | None = None
    table: Annotated[LifeTable | None, INSIDE] = None
    milestones: tuple[IncidenceAt, ...] = ()
    thin_from: float | None = None

    def counts_at(self, ticks: Sequence[float], cause: int) -> tuple[RiskTable, RiskTable]:
        """Count under the curve of a cause at ticks: (events of the cause, of all causes).

        Raises
        ------
        ValueError
            If the group has no curve.
        """
        if self.table is None:
            raise ValueError(f"{self.level.code} has no curve to count under")
        return risk_table(self.table.cause(cause), ticks), risk_table(self.table, ticks)


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceByGroup:
    """Cumulative incidence of the patients under study by the levels of a baseline column.

    Attributes
    ----------
    endpoint : Endpoint
        With what competes under the plan.
    causes : tuple of Level
        The event of the endpoint first, then what competes with it.
    column : Column or None
    everyone : GroupIncidence
    groups : tuple of GroupIncidence
        In display order.
    ticks : tuple of float
    test : GrayTest or None
        Of the first cause, between the groups large enough to compare, where there are two.
    set_aside : tuple of (reason, count)
    endings : tuple of Ending
    sites : Sites or None
    """

    provenance: Provenance
    endpoint: Endpoint
    causes: tuple[Level, ...]
    column: Column | None
    everyone: GroupIncidence
    groups: tuple[GroupIncidence, ...]
    ticks: tuple[float, ...]
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


def available(study: Study) -> tuple[Endpoint, ...]:
    """The endpoints with which something competes, that some patient under study has a time for."""
    return tuple(
        endpoint
        for endpoint in BY_DATES.values()
        if endpoint.competing and study.follow(endpoint).used.any()
    )


def by_group(study: Study, endpoint: Endpoint) -> IncidenceByGroup:
    """Estimate cumulative incidence by the plan's baseline column.

    Parameters
    ----------
    study : Study
        `study.plan.study.by` names the column; where the cohort does not know it all patients are
        one group.
    endpoint : Endpoint
        One with which something competes.
    """
    name = study.plan.study.by
    groups = study.groups(name) if study.cohort.known(name) else None
    return of_groups(study, endpoint, groups)


def of_arms(study: Study) -> IncidenceByGroup | None:
    """What came first in each of the plan's two arms; None without two, or without progression.

    In the liver, outside it or death, where the file tells sites; else progression or death.
    """
    arms, known = compared_arms(study), {endpoint.code for endpoint in available(study)}
    code = next((code for code in ("FIRST", "TTP") if code in known), None)
    return None if arms is None or code is None else of_groups(study, BY_DATES[code], arms)


def of_groups(study: Study, endpoint: Endpoint, groups: Groups | None) -> IncidenceByGroup:
    """Estimate cumulative incidence in groups of the patients under study.

    Parameters
    ----------
    study : Study
    endpoint : Endpoint
        One with which something competes.
    groups : Groups or None
        Patients of no group have the code -1 and count among all patients alone.
    """
    plan, endpoint = study.plan, _under_plan(endpoint, study.plan)
    follow, causes = study.follow(endpoint), _causes(endpoint)
    found = survival.followed_with_care(study, endpoint, follow)
    where = survival.sites_of(study, endpoint, follow)
    if where is not None:
        found += cautions.together(where.together)
    if plan.survival.origin != START:
        found += cautions.from_first_procedure(COLUMNS[plan.survival.origin])
    codes = _codes(follow, endpoint)
    everyone = _everyone(follow, codes, causes, plan)
    by_level: tuple[GroupIncidence, ...] = ()
    test = None
    if groups is not None:
        table = _table(follow, codes, groups, len(causes))
        by_level = tuple(
            _described(level, table.group(level.code))
            if level.code == "BOTH" and groups.column.name == "modality" and study.both_recorded
            else _estimated(level, table.group(level.code), plan)
            for level in groups.levels
        )
        test, why = _tested(by_level, table, causes, plan)
        missing = study.cohort.patients[groups.column.name].isna().to_numpy(bool)
        found += why + cautions.no_modality(follow.used & missing)
        found += cautions.unsettled(study.whole.reading, groups)
        found += cautions.few_patients(groups.levels, [g.n for g in by_level], plan.small)
        if groups.column.name == "modality":
            found += cautions.both_recorded(study.provenance)
    return IncidenceByGroup(
        study.provenance,
        endpoint,
        causes,
        groups.column if groups else None,
        everyone,
        by_level,
        _ticks(plan, everyone),
        test,
        survival.set_aside(follow),
        endings(study.cohort, follow, endpoint, plan, groups),
        where,
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


def _codes(follow: FollowUp, endpoint: Endpoint) -> npt.NDArray[np.int8]:
    """0 for the censored, else the place of the cause among the ends of the endpoint, from 1."""
    place = {name: at for at, name in enumerate(endpoint.ends, start=1)}
    codes = np.array([place.get(name, 0) for name in follow.ended_by.tolist()], np.int8)
    return np.asarray(np.where(follow.event, codes, 0), np.int8)


def _table(follow: FollowUp, codes: npt.NDArray[np.int8], groups: Groups, causes: int) -> LifeTable:
    used = follow.used & (groups.codes >= 0)
    data = TimeToEvent(follow.months[used], codes[used])
    names = tuple(level.code for level in groups.levels)
    return _padded(count(data, groups.codes[used], names), causes)


def _padded(table: LifeTable, causes: int) -> LifeTable:
    """Give a table a column for the causes that nobody had, too."""
    lacking = causes - table.causes
    return replace(table, rows=np.pad(table.rows, ((0, 0), (0, lacking), (0, 0))))


def _everyone(
    follow: FollowUp, codes: npt.NDArray[np.int8], causes: Sequence[Level], plan: Plan
) -> GroupIncidence:
    used = follow.used
    if not used.any():
        return GroupIncidence(ALL, 0, (0,) * len(causes))
    data = TimeToEvent(follow.months[used], codes[used])
    return _estimated(ALL, _padded(count(data, groups=("all",)), len(causes)), plan)


def _described(level: Level, table: LifeTable) -> GroupIncidence:
    """Count only."""
    counts = tuple(int(k) for k in table.rows[0, 1:].sum(axis=1))
    return GroupIncidence(level, int(table.n[0]), counts)


def _estimated(level: Level, table: LifeTable, plan: Plan) -> GroupIncidence:
    counted = _described(level, table)
    if counted.n < plan.small.arm_counted:
        return counted
    curve = cumulative_incidence(table, plan.confidence)
    fewest = survival.fewest_in_tail(counted.n, plan.small)
    return replace(
        counted,
        curve=curve,
        table=table,
        milestones=tuple(_at(curve, table, months, plan) for months in plan.survival.milestones),
        thin_from=thin_from(curve.time, curve.at_risk, fewest),
    )


def _at(curve: CumulativeIncidence, table: LifeTable, months: float, plan: Plan) -> IncidenceAt:
    """Incidence by a time."""
    at = survival.read_at(months, curve.last_time)
    alone = kaplan_meier(table.cause(1), plan.confidence).at(at)
    naive = np.nan if alone.missing == Missing.PAST_FOLLOW_UP else 1 - alone.value
    return IncidenceAt(
        months,
        tuple(curve.at(at, cause) for cause in range(1, 1 + table.causes)),
        float(naive),
        int(risk_table(table, at).at_risk[0]),
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
        return None, cautions.too_few_to_test(causes[0], events, plan.small)
    test = gray(table.select([group.level.code for group in large]), 1)
    if test.missing:
        return None, cautions.never_together()
    return test, []


def _ticks(plan: Plan, group: GroupIncidence) -> tuple[float, ...]:
    last = group.curve.last_time if group.curve is not None else 0.0
    return survival.ticks_to(plan, last)
