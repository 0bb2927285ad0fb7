"""One contrast out of several centres' own, and all results of their pool."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import nan
from typing import cast

from lib.analyses import cautions, centres
from lib.analyses.arms import Arms, compared
from lib.analyses.cautions import Caution
from lib.analyses.centres import CENTRE, Centres
from lib.analyses.comparison import MEASURES
from lib.analyses.masked import MaskedResults
from lib.analyses.pooled import Pool
from lib.analyses.provenance import Provenance
from lib.analyses.reasons import sentence
from lib.analyses.states import CONTROLLED, OBJECTIVE, PLACE, STATE_CODES, column_at
from lib.analyses.subgroups import Block, Forest, Rate, Row
from lib.analyses.told import ARMS, TOLD_BY, Cells, LeftOut
from lib.language import template
from lib.schema import Endpoint, Level
from lib.statistics.interaction import Interaction
from lib.statistics.pooling import MetaAnalysis, difference_of_rates, meta_analysis

COMMON = Level("common", sentence("one-common-effect"))
DIFFER = sentence("cochrans-q")
NOBODY = (0, 0)
"""In the place of counts that a centre does not tell."""
NOT_TOLD_WHY = sentence("centre-does-not-tell")


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """One centre of a pool, and what it does not tell."""

    level: Level
    n: tuple[int, int, int]  # patients of the reference, of the comparison, and all others
    least_cell: int  # 1 where its counts are exact
    version: str  # of the Hepar that wrote them
    source: str  # digest of its file
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """The contrast of each centre, and one out of all of them."""

    provenance: Provenance
    # All centres under one common effect, then each centre; the test is of whether they differ.
    forest: Forest
    found: MetaAnalysis | None  # None where no centre has an estimate
    cautions: tuple[Caution, ...]


class PooledResults(MaskedResults):
    """Every result of centres' counts, in reading order.

    What is here is in ``results.json`` under the name it has here.
    """

    def __init__(self, population: Pool) -> None:
        super().__init__(population)
        self.pool = population

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        """The centres, and what each does not tell."""
        return tuple(
            Contribution(
                level,
                cast(tuple[int, int, int], tuple(told.n.tolist())),
                told.k,
                told.version,
                told.source,
                told.left_out,
            )
            for level, told in self.pool.centres
        )

    @cached_property
    def within(self) -> dict[str, Centres]:
        """The contrast within centres from the sums of their counts, by the endpoint's code."""
        several = {code: centres.of_endpoint(self.pool, TOLD_BY[code]) for code in self.comparison}
        return {code: found for code, found in several.items() if found is not None}

    @cached_property
    def combined(self) -> dict[str, Combined]:
        """One contrast out of the centres' own, by the code of the endpoint or rate."""
        arms = compared(self.pool)
        if arms is None:
            return {}
        several = [
            *(_of_ratios(self.pool, TOLD_BY[code], arms) for code in _with_ratios(self.pool)),
            *(_of_rates(self.pool, rate, arms) for rate in _rates(self.pool)),
        ]
        return {each.forest.outcome.code: each for each in several}


def of_pool(pool: Pool) -> PooledResults:
    """All results of a pool, each computed when it is first asked for."""
    return PooledResults(pool)


def _with_ratios(pool: Pool) -> list[str]:
    """The endpoints of which some centre tells the ratio."""
    return [code for code in TOLD_BY if any(code in told.ratios for _at, told in pool.centres)]


def _rates(pool: Pool) -> list[Rate]:
    """The rates at the times that some centre tells."""
    times = sorted({months for _at, told in pool.centres for months in told.responses})
    times = [*(each for each in times if each), *(each for each in times if not each)]
    return [Rate(months, column_at(months), measure) for months in times for measure in MEASURES]


def _of_ratios(pool: Pool, endpoint: Endpoint, arms: Arms) -> Combined:
    """The centres' own hazard ratios as one."""
    rows: list[tuple[Row, float, float]] = []
    for level, told in pool.centres:
        ratio = told.ratios.get(endpoint.code)
        if ratio is None:
            rows.append(_nothing(level))
            continue
        row = Row(level, ratio.n or NOBODY, ratio.events or NOBODY, None)
        if ratio.value is None or ratio.error is None:
            row = replace(row, why=template(ratio.why), values=ratio.values)
            rows.append((row, nan, nan))
            continue
        own = meta_analysis([ratio.value], [ratio.error], pool.plan.confidence, log=True)
        rows.append((replace(row, estimate=own.common), ratio.value, ratio.error))
    return _combined(pool, endpoint, arms, rows)


def _nothing(level: Level) -> tuple[Row, float, float]:
    return Row(level, NOBODY, NOBODY, None, NOT_TOLD_WHY), nan, nan


def _of_rates(pool: Pool, rate: Rate, arms: Arms) -> Combined:
    """The centres' own differences of a rate as one."""
    rows: list[tuple[Row, float, float]] = []
    least = pool.plan.small.arm_compared
    for level, told in pool.centres:
        counted = _rate(told.responses.get(rate.months), rate)
        if counted is None:
            rows.append(_nothing(level))
            continue
        k, n = counted
        if min(n) < least:
            why = sentence("few-in-an-arm")
            row = Row(level, n, k, None, why, (("least", least),))
            rows.append((row, nan, nan))
            continue
        value, error = difference_of_rates(k[1], n[1], k[0], n[0])
        own = meta_analysis([value], [error], pool.plan.confidence)
        rows.append((Row(level, n, k, own.common), value, error))
    return _combined(pool, rate, arms, rows)


def _rate(cells: Cells | None, rate: Rate) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Of both arms how many responded, and of how many; None where cells mix these with others."""
    if cells is None:
        return None
    among = OBJECTIVE if rate.measure == "ORR" else CONTROLLED
    hits, late = {STATE_CODES[at] for at in among}, STATE_CODES[PLACE["not-due"]]
    for cell in cells.codes:
        if ({*cell} & hits and {*cell} - hits) or (late in cell and len(cell) > 1):
            return None
    hit = [at for at, cell in enumerate(cells.codes) if {*cell} <= hits]
    due = [at for at, cell in enumerate(cells.codes) if cell not in ((late,), ("",))]
    k, n = cells.n[:ARMS, hit].sum(axis=1).tolist(), cells.n[:ARMS, due].sum(axis=1).tolist()
    return (k[0], k[1]), (n[0], n[1])


def _combined(
    pool: Pool, outcome: Endpoint | Rate, arms: Arms, rows: Sequence[tuple[Row, float, float]]
) -> Combined:
    plan, ratio = pool.plan, isinstance(outcome, Endpoint)
    known = [(row, value, error) for row, value, error in rows if row.estimate is not None]
    found = test = None
    if known:
        values, errors = [value for _row, value, _e in known], [error for *_row, error in known]
        found = meta_analysis(values, errors, plan.confidence, log=ratio)
        if found.df:
            test = Interaction(found.q, found.df, found.pvalue, DIFFER)
    n, events = (
        (sum(part[0] for part in parts), sum(part[1] for part in parts))
        for parts in ([row.n for row, *_e in known], [row.events for row, *_e in known])
    )
    if any(row.n == NOBODY for row, *_e in known):
        n = events = NOBODY
    whole = Row(COMMON, n, events, found.common if found else None)
    if found is None:
        whole = replace(whole, why=sentence("no-centre-estimate"))
    column = pool.columns[CENTRE]
    pvalue = test.pvalue if test else nan
    block = Block(column, tuple(row for row, *_e in rows), 0, test, pvalue)
    beware = cautions.of_centres(found) if found else []
    forest = Forest(
        pool.provenance,
        outcome,
        arms.column,
        *arms.levels,
        whole,
        (block,),
        int(test is not None),
        tuple(beware),
    )
    return Combined(pool.provenance, forest, found, tuple(beware))
