"""The contrast of two arms in every level of every baseline column, and whether it differs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from lib.analyses import cautions, comparison, response
from lib.analyses.arms import Arms, compared
from lib.analyses.cautions import Caution
from lib.analyses.comparison import Measure
from lib.analyses.counted import ALL, Population, State
from lib.analyses.memory import ARMS, FOLLOWED, LIMITS, reads
from lib.analyses.provenance import Provenance
from lib.analyses.reasons import sentence
from lib.analyses.states import column_at
from lib.language import NOTHING, Template
from lib.plan import Plan, SmallNumbers
from lib.schema import Column, Endpoint, Level
from lib.statistics import cox, interaction
from lib.statistics.estimate import Estimate, Ints, holm
from lib.statistics.interaction import Interaction
from lib.statistics.life_table import LifeTable
from lib.statistics.two_proportions import two_proportions


@dataclass(frozen=True, slots=True)
class Rate:
    """A response rate over all treated: how many months from the first procedure, and which."""

    months: int
    column: str
    measure: Measure

    @property
    def code(self) -> str:
        """``ORR-6``, ``DCR-best``."""
        return f"{self.measure}-{self.months or 'best'}"


@dataclass(frozen=True, slots=True)
class Row:
    """The contrast among some patients."""

    level: Level  # who they are
    # n, events: of the reference and the comparison: patients, and those with the event or the
    # response
    n: tuple[int, int]
    events: tuple[int, int]
    estimate: Estimate | None  # hazard ratio, or difference of rates; None where it is withheld
    # why, values: an `N_` template that says why it is, and what it names
    why: Template = NOTHING
    values: tuple[tuple[str, int], ...] = ()
    # Differences of rates within the limits that the same test rejects.
    gaps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The levels of one baseline column."""

    column: Column
    rows: tuple[Row, ...]
    missing: int  # patients of the arms without a value
    # Whether the contrast is the same in the rows that are not withheld; None where fewer than two
    # are left.
    test: Interaction | None
    adjusted: float  # its p-value by Holm's procedure over the columns; nan without a test


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A contrast in all patients of the arms, and in every subgroup."""

    provenance: Provenance
    outcome: Endpoint | Rate  # the contrast is a hazard ratio, or a difference of rates
    column: Column  # whose levels the arms are
    reference: Level
    comparison: Level
    whole: Row
    blocks: tuple[Block, ...]
    tests: int  # how many interactions were tested
    cautions: tuple[Caution, ...]


@reads(*ARMS, *FOLLOWED, *LIMITS)
def of_endpoint(population: Population, endpoint: Endpoint) -> Forest | None:
    """Hazard ratios in every subgroup; None where there are no two arms."""
    arms = compared(population)
    if arms is None:
        return None
    plan, name = population.plan, arms.column.name
    whole = population.counted(endpoint, name).table.select(arms.codes)
    blocks = []
    for column in comparison.candidates(population):
        found = population.counted(endpoint, name, strata=column.name).strata
        tables = [(level, table.select(arms.codes)) for level, table in found]
        *levels, (_none, missing) = tables
        rows = [(hazard_row(t, level, plan), t) for level, t in levels if t.n.sum()]
        shown = [t for row, t in rows if row.estimate is not None]
        test = interaction.of_hazard_ratios(shown, *arms.codes) if len(shown) >= 2 else None
        rows_of_all = tuple(row for row, _table in rows)
        blocks.append(Block(column, rows_of_all, int(missing.n.sum()), test, nan))
    return _forest(population, arms, endpoint, hazard_row(whole, ALL, plan), blocks)


@reads(*ARMS, *LIMITS, "response.deaths")
def of_rate(population: Population, rate: Rate) -> Forest | None:
    """Differences of a response rate in every subgroup, over all treated; None without two arms."""
    arms = compared(population)
    if arms is None:
        return None
    plan, name, state = population.plan, arms.column.name, State(rate.months)
    whole = rate_row(comparison.by_arm(population, state, arms), rate, ALL, plan)
    blocks = []
    for column in comparison.candidates(population):
        crossed = population.crosstab(state, name, column.name)
        among = crossed.n[:, arms.places]
        missing = sum(comparison.rate_counts(among[:, :, -1], rate.measure)[1])
        rows = [
            rate_row(among[:, :, at], rate, level, plan)
            for at, level in enumerate(crossed.levels[2])
        ]
        rows = [row for row in rows if sum(row.n)]
        shown = [row for row in rows if row.estimate is not None]
        test = _of_differences(shown) if len(shown) >= 2 else None
        blocks.append(Block(column, tuple(rows), missing, test, nan))
    return _forest(population, arms, rate, whole, blocks)


def _of_differences(rows: Sequence[Row]) -> Interaction:
    return interaction.of_differences(
        [row.events[1] for row in rows],
        [row.n[1] for row in rows],
        [row.events[0] for row in rows],
        [row.n[0] for row in rows],
    )


@reads()
def rates(population: Population) -> tuple[Rate, ...]:
    """The response rates that the file allows: disease control and objective response, by time."""
    measures: tuple[Measure, ...] = ("DCR", "ORR")
    return tuple(
        Rate(months, column_at(months), measure)
        for months in response.time_points(population)
        for measure in measures
    )


def _forest(
    population: Population,
    arms: Arms,
    outcome: Endpoint | Rate,
    whole: Row,
    blocks: Sequence[Block],
) -> Forest:
    adjusted = holm([block.test.pvalue if block.test else nan for block in blocks])
    tests = int((~np.isnan(adjusted)).sum())
    return Forest(
        population.provenance,
        outcome,
        arms.column,
        *arms.levels,
        whole,
        tuple(replace(block, adjusted=float(p)) for block, p in zip(blocks, adjusted, strict=True)),
        tests,
        tuple(cautions.many_tests(tests)),
    )


def hazard_row(table: LifeTable, level: Level, plan: Plan) -> Row:
    """The hazard ratio of two groups among some patients; or why there is none."""
    n, events = _two(table.n), _two(table.events.sum(axis=1))
    why, values = _too_small(n, plan.small) or _too_few(events, plan.small) or (NOTHING, ())
    if why:
        return Row(level, n, events, None, why, values)
    first, second = table.groups
    ratio = cox.hazard_ratio(table, first, second, confidence=plan.confidence)
    return Row(level, n, events, comparison.limited(ratio, plan.small))


def rate_row(states: Ints, rate: Rate, level: Level, plan: Plan) -> Row:
    """The difference of rates of both arms, by their states; or why there is none."""
    k, n = comparison.rate_counts(states, rate.measure)
    why, values = _too_small(n, plan.small) or (NOTHING, ())
    if why:
        return Row(level, n, k, None, why, values)
    found = two_proportions(k[1], n[1], k[0], n[0], plan.confidence)
    return Row(level, n, k, found.estimate, gaps=found.gaps)


def _two(counts: Ints) -> tuple[int, int]:
    return int(counts[0]), int(counts[1])


def _too_small(
    n: tuple[int, int], small: SmallNumbers
) -> tuple[Template, tuple[tuple[str, int], ...]] | None:
    if min(n) >= small.arm_compared:
        return None
    return sentence("few-in-an-arm"), (("least", small.arm_compared),)


def _too_few(
    events: tuple[int, int], small: SmallNumbers
) -> tuple[Template, tuple[tuple[str, int], ...]] | None:
    if sum(events) >= small.events_compared and min(events) >= small.arm_events_compared:
        return None
    values = (("least", small.events_compared), ("least_arm", small.arm_events_compared))
    return sentence("few-events"), values
