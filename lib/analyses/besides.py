"""What differs between two arms besides what was done: who was lost, and how they were observed."""

from dataclasses import dataclass
from math import isfinite

from lib.analyses import cautions
from lib.analyses.arms import Arms
from lib.analyses.cautions import Caution
from lib.analyses.counted import Began, Distribution, Population, Unseen
from lib.analyses.survival import median_follow_up
from lib.schema import ENDPOINTS, FIRST_YEAR
from lib.statistics.balance import difference_of_means
from lib.statistics.estimate import Estimate
from lib.statistics.proportions import fisher

Part = tuple[int, int]
"""How many of how many."""
_FEWEST = 2  # patients of each arm from whom on numbers have a spread
_OFTEN = 1.25  # times as long between assessments that does not matter to progression any more
_FOLLOWED = 4 / 3  # times as long followed that curves of the same patients still bear
_USUAL = 0.05


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year, and how many of each arm began in it."""

    year: int
    n: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Besides:
    """How both arms were observed; each a pair, reference first, None where the file is silent."""

    # Of those without the event of overall survival, and with it: who has no time, and is left out.
    living_left_out: tuple[Part, Part]
    dead_left_out: tuple[Part, Part]
    # Of the living who are followed: who was not seen for `seen_every` months when the file ends.
    lost: tuple[Part, Part] | None
    seen_every: float
    intervals: tuple[Distribution, Distribution] | None  # months between assessments
    years: tuple[Distribution, Distribution] | None  # of the first procedure
    by_year: tuple[Year, ...]  # every year between the first and the last; none if `years` is None
    follow_up: tuple[Estimate, Estimate] | None  # median, by reverse Kaplan-Meier
    cautions: tuple[Caution, ...]


def besides(population: Population, arms: Arms) -> Besides:
    """Find what two arms differ in besides what was done, and which way that bends a contrast."""
    living, dead = _left_out(population, arms)
    every = population.plan.study.seen_every
    lost, follow_up = _lost(population, arms, every), _follow_up(population, arms)
    scans = _pair(population.intervals(arms.column.name), arms)
    years = (
        _pair(population.moments(FIRST_YEAR, arms.column.name), arms)
        if population.known(FIRST_YEAR)
        else None
    )
    found: list[Caution] = []
    if _unlike(living):
        found += cautions.living_left_out(arms.levels, living)
    if _unlike(dead):
        found += cautions.dead_left_out(arms.levels, dead)
    if lost is not None and _unlike(lost):
        found += cautions.lost(arms.levels, lost, every)
    if scans is not None and _beyond_chance(scans) and _times(scans) > _OFTEN:
        found += cautions.scanned_otherwise(arms.levels, _medians(scans))
    if years is not None and _beyond_chance(years):
        found += cautions.other_years(arms.levels, _medians(years))
    if follow_up is not None and _apart(follow_up):
        found += cautions.followed_otherwise(arms.levels, follow_up)
    by_year = _by_year(population, arms) if years is not None else ()
    return Besides(living, dead, lost, every, scans, years, by_year, follow_up, tuple(found))


def _left_out(population: Population, arms: Arms) -> tuple[tuple[Part, Part], tuple[Part, Part]]:
    """Without the event, and with it: how many are left out of how many, of each arm."""
    counted = population.counted(ENDPOINTS["OS"], arms.column.name)
    dead, living = (counted.told[at][:, arms.places].T.tolist() for at in (0, 1))
    return (
        ((living[0][0], living[0][1]), (living[1][0], living[1][1])),
        ((dead[0][0], dead[0][1]), (dead[1][0], dead[1][1])),
    )


def _lost(population: Population, arms: Arms, months: float) -> tuple[Part, Part] | None:
    crossed = population.crosstab(Unseen(months), arms.column.name).n[:-1, arms.places]
    lost, alive = crossed[0].tolist(), crossed.sum(axis=0).tolist()
    return ((lost[0], alive[0]), (lost[1], alive[1])) if any(alive) else None


def _follow_up(population: Population, arms: Arms) -> tuple[Estimate, Estimate] | None:
    plan, counted = population.plan, population.counted(ENDPOINTS["OS"], arms.column.name)
    first, second = (counted.of(level) for level in arms.levels)
    if counted.late or min(first.n.sum(), second.n.sum()) < max(1, plan.small.arm_counted):
        return None
    return median_follow_up(first, plan), median_follow_up(second, plan)


def _by_year(population: Population, arms: Arms) -> tuple[Year, ...]:
    crossed = population.crosstab(Began(), arms.column.name)
    counts = crossed.n[:-1, arms.places].tolist()
    years = [int(level.code) for level in crossed.levels[0]]
    began = {year: (one, two) for year, (one, two) in zip(years, counts, strict=True) if one or two}
    every = range(min(began), max(began) + 1)
    return tuple(Year(year, began.get(year, (0, 0))) for year in every)


def _pair(every: tuple[Distribution, ...], arms: Arms) -> tuple[Distribution, Distribution] | None:
    one, two = (every[at] for at in arms.places)
    return (one, two) if min(one.moments.n, two.moments.n) >= _FEWEST else None


def _unlike(parts: tuple[Part, Part]) -> bool:
    """Whether the parts of two arms differ more than once in twenty by chance."""
    (k0, n0), (k1, n1) = parts
    return bool(n0 and n1) and fisher([[k0, n0 - k0], [k1, n1 - k1]]).pvalue < _USUAL


def _beyond_chance(pair: tuple[Distribution, Distribution]) -> bool:
    return difference_of_means(pair[1].moments, pair[0].moments).exceeds


def _medians(pair: tuple[Distribution, Distribution]) -> tuple[float, float]:
    one, two = (each.quartiles[1] if each.quartiles else float("nan") for each in pair)
    return one, two


def _times(pair: tuple[Distribution, Distribution]) -> float:
    """How many times as long the longer median is."""
    low, high = sorted(_medians(pair))
    return high / low if low > 0 else float("inf")


def _apart(follow_up: tuple[Estimate, Estimate]) -> bool:
    """Whether one arm is followed longer by more than a third; not where one has no median."""
    low, high = sorted(each.value for each in follow_up)
    return isfinite(high) and high > _FOLLOWED * low
