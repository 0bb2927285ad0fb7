"""One endpoint from each date that the clock could start at, side by side."""

from dataclasses import dataclass
from typing import get_args

from lib.analyses import survival
from lib.analyses.counted import ALL, Population
from lib.analyses.memory import CURVES, reads
from lib.analyses.survival import GroupSurvival
from lib.language import Template
from lib.plan import Origin
from lib.schema import Endpoint
from lib.statistics.estimate import Estimate

ORIGINS: tuple[Origin, ...] = get_args(Origin)


@dataclass(frozen=True, slots=True, eq=False)
class FromOrigin:
    """Survival from one date."""

    origin: Origin  # the column of the date
    # All patients first, then each group large enough for a curve.
    groups: tuple[GroupSurvival, ...]
    # The medians of the same groups as if everybody had been observed from that date on: too long,
    # since nobody who died before the first procedure is in the file.
    naive: tuple[Estimate, ...]
    # How many are at risk at each of these, where its curve carries no number there.
    unsure: tuple[int | None, ...]
    # Patients who cannot be counted from that date, and why.
    set_aside: tuple[tuple[Template, int], ...]


@reads()
def available(population: Population) -> tuple[Origin, ...]:
    """The dates that some patient under study has, in the order of the plan's choices."""
    return tuple(origin for origin in ORIGINS if population.known(origin))


@reads(*CURVES, "study.by")
def side_by_side(population: Population, endpoint: Endpoint) -> tuple[FromOrigin, ...]:
    """Estimate an endpoint from each date that is known, by the plan's baseline column.

    `endpoint`: one with which nothing competes.
    """
    found = (_from(population, endpoint, origin) for origin in available(population))
    return tuple(each for each in found if each.groups)


def _from(population: Population, endpoint: Endpoint, origin: Origin) -> FromOrigin:
    plan = population.plan
    counted = population.counted(endpoint, survival.grouped_by(population), origin=origin)
    start = survival.common_start(counted, plan)
    parts = [(survival.estimated(ALL, counted.everyone, plan), counted.everyone)]
    parts += [
        (survival.estimated(level, counted.of(level), plan, start), counted.of(level))
        for level in counted.levels
        if not survival.is_described(level, population)
    ]
    drawn = [(group, table) for group, table in parts if group.curve is not None]
    naive = [survival.estimated(group.level, t.from_the_start(), plan) for group, t in drawn]
    known = [(each, each.median) for each in naive if each.median is not None]
    return FromOrigin(
        origin,
        tuple(group for group, _table in drawn),
        tuple(median for _group, median in known),
        tuple(group.unsure_at(median.value) for group, median in known),
        survival.set_aside(counted),
    )
