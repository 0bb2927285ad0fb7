"""One endpoint from each date that the clock could start at, side by side."""

from dataclasses import dataclass, replace
from typing import get_args

from lib.analyses import survival
from lib.analyses.study import Study
from lib.analyses.survival import ALL, GroupSurvival
from lib.followup import FollowUp, Groups
from lib.language import Template
from lib.plan import Origin
from lib.schema import Endpoint
from lib.statistics.estimate import Estimate
from lib.statistics.life_table import count
from lib.statistics.survival import kaplan_meier

ORIGINS: tuple[Origin, ...] = get_args(Origin)


@dataclass(frozen=True, slots=True, eq=False)
class FromOrigin:
    """Survival from one date.

    Attributes
    ----------
    origin : str
        The column of the date.
    groups : tuple of GroupSurvival
        All patients first, then each group large enough for a curve.
    naive : tuple of Estimate
        The medians of the same groups as if everybody had been observed from that date on: too
        long, since nobody who died before the first procedure is in the file.
    set_aside : tuple of (reason, count)
        Patients who cannot be counted from that date, and why.
    """

    origin: Origin
    groups: tuple[GroupSurvival, ...]
    naive: tuple[Estimate, ...]
    set_aside: tuple[tuple[Template, int], ...]


def available(study: Study) -> tuple[Origin, ...]:
    """The dates that some patient under study has, in the order of the plan's choices."""
    return tuple(origin for origin in ORIGINS if study.cohort.known(origin))


def side_by_side(study: Study, endpoint: Endpoint) -> tuple[FromOrigin, ...]:
    """Estimate an endpoint from each date that is known, by the plan's baseline column.

    Parameters
    ----------
    study : Study
    endpoint : Endpoint
        One with which nothing competes.
    """
    name = study.plan.study.by
    groups = study.groups(name) if study.cohort.known(name) else None
    found = (_from(study, endpoint, origin, groups) for origin in available(study))
    return tuple(each for each in found if each.groups)


def _from(study: Study, endpoint: Endpoint, origin: Origin, groups: Groups | None) -> FromOrigin:
    plan = replace(study.plan, survival=replace(study.plan.survival, origin=origin))
    follow = replace(study, plan=plan).follow(endpoint)
    parts: list[tuple[GroupSurvival, FollowUp]] = []
    if follow.used.any():
        parts.append((survival.estimated(ALL, count(follow.time_to_event()), plan), follow))
    if groups is not None:
        table = survival.table_of(follow, groups)
        start = survival.common_start(table, plan)
        for at, level in enumerate(groups.levels):
            if level.code != "BOTH" or not study.both_recorded:
                group = survival.estimated(level, table.group(level.code), plan, start)
                parts.append((group, follow.of(groups.codes == at)))
    drawn = [(group, part) for group, part in parts if group.curve is not None]
    return FromOrigin(
        origin,
        tuple(group for group, _part in drawn),
        tuple(_naive(part) for _group, part in drawn),
        survival.set_aside(follow),
    )


def _naive(follow: FollowUp) -> Estimate:
    """The median as if everybody had been observed from the clock's start on."""
    return kaplan_meier(count(replace(follow, entry=None).time_to_event())).median()
