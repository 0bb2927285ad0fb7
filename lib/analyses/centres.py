"""The contrast of two arms within centres: stratified, centre by centre, and without each one."""

from dataclasses import dataclass, replace
from math import isnan, nan

import numpy as np

from lib.analyses import cautions
from lib.analyses.arms import compared
from lib.analyses.cautions import Caution
from lib.analyses.comparison import limited
from lib.analyses.counted import Population
from lib.analyses.memory import ARMS, FOLLOWED, LIMITS, reads
from lib.analyses.provenance import Provenance
from lib.analyses.reasons import sentence
from lib.analyses.subgroups import Block, Forest, Row, hazard_row
from lib.plan import Plan
from lib.schema import Endpoint, Level
from lib.statistics import cox, interaction
from lib.statistics.cox import HazardRatio
from lib.statistics.life_table import LifeTable
from lib.statistics.survival import LogRank, log_rank

CENTRE = "centre"
FEWEST = 3  # centres from which on leaving one out leaves a comparison between centres
STRATIFIED = Level("stratified", sentence("stratified-by-centre"))
WITHOUT = sentence("without-centre")


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """The contrast within centres."""

    provenance: Provenance
    endpoint: Endpoint
    hazard: HazardRatio | None  # stratified by centre; None where patients or events are too few
    log_rank: LogRank | None  # stratified by centre
    # Centres with patients of one arm alone, which tell nothing of the contrast.
    one_arm: tuple[Level, ...]
    missing: int  # patients of the arms whose centre is not known
    forest: Forest  # all patients, stratified; then each centre
    # The stratified hazard ratio without each centre in turn; empty below `FEWEST`.
    without: tuple[tuple[Level, Row], ...]
    cautions: tuple[Caution, ...]


@reads(*ARMS, *FOLLOWED, *LIMITS)
def of_endpoint(population: Population, endpoint: Endpoint) -> Centres | None:
    """Compare the arms within centres; None where fewer than two centres treated them."""
    arms, plan = compared(population), population.plan
    if arms is None or not population.known(CENTRE) or arms.column.name == CENTRE:
        return None
    counted = population.counted(endpoint, arms.column.name, strata=CENTRE)
    *known, (_none, unknown) = [(at, table.select(arms.codes)) for at, table in counted.strata]
    seen = [(centre, table) for centre, table in known if table.n.sum()]
    if len(seen) < 2:
        return None
    tell = [(centre, table) for centre, table in seen if table.n.all()]
    tables = [table for _centre, table in tell]
    rows = [(hazard_row(table, centre, plan), table) for centre, table in seen]
    whole, hazard = _stratified(plan, tables, STRATIFIED)
    test = None
    if whole.estimate is not None:
        found = log_rank(tables)
        test = None if isnan(found.pvalue) else found
    without = tuple(
        (out, _stratified(plan, [table for each, table in tell if each != out], out)[0])
        for out, _table in (seen if len(seen) >= FEWEST else ())
    )
    shown = [table for row, table in rows if row.estimate is not None]
    differs = interaction.of_hazard_ratios(shown, *arms.codes) if len(shown) >= 2 else None
    missing, column = int(unknown.n.sum()), population.columns[CENTRE]
    pvalue = differs.pvalue if differs else nan
    block = Block(column, tuple(row for row, _table in rows), missing, differs, pvalue)
    forest = Forest(
        population.provenance,
        endpoint,
        arms.column,
        *arms.levels,
        whole,
        (block,),
        int(differs is not None),
        (),
    )
    return Centres(
        population.provenance,
        endpoint,
        hazard,
        test,
        tuple(centre for centre, table in seen if not table.n.all()),
        missing,
        forest,
        without,
        tuple(cautions.caution("separation") if hazard is not None and hazard.diverged else []),
    )


def _stratified(
    plan: Plan, tables: list[LifeTable], level: Level
) -> tuple[Row, HazardRatio | None]:
    """The hazard ratio stratified by centre, unless patients or events are too few."""
    small = plan.small
    if not tables:
        return Row(level, (0, 0), (0, 0), None, sentence("no-shared-centre")), None
    n = np.sum([table.n for table in tables], axis=0).tolist()
    events = np.sum([table.events.sum(axis=1) for table in tables], axis=0).tolist()
    row = Row(level, (n[0], n[1]), (events[0], events[1]), None)
    if min(n) < small.arm_compared:
        why = sentence("few-in-shared-centres")
        return replace(row, why=why, values=(("least", small.arm_compared),)), None
    if cautions.few_events(events, small):
        why = sentence("few-events")
        values = (("least", small.events_compared), ("least_arm", small.arm_events_compared))
        return replace(row, why=why, values=values), None
    first, second = tables[0].groups
    hazard = cox.hazard_ratio(tables, first, second, confidence=plan.confidence)
    return replace(row, estimate=limited(hazard, small)), hazard
