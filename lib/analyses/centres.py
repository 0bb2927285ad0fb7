"""The contrast of two arms within centres: stratified, centre by centre, and without each one."""

from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from lib.analyses import cautions, survival
from lib.analyses.cautions import Caution
from lib.analyses.comparison import limited
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, compared_arms
from lib.analyses.subgroups import Block, Forest, Row, hazard_row
from lib.followup import FollowUp, Groups
from lib.language import N_
from lib.schema import Endpoint, Level
from lib.statistics import cox, interaction
from lib.statistics.cox import HazardRatio
from lib.statistics.life_table import LifeTable
from lib.statistics.survival import LogRank, log_rank

CENTRE = "centre"
FEWEST = 3
"""Centres from which on leaving one out leaves a comparison between centres."""
STRATIFIED = Level("stratified", N_("Stratified by centre", "stratified-by-centre"))
WITHOUT = N_("Without {centre}", "without-centre")


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """The contrast within centres.

    Attributes
    ----------
    endpoint : Endpoint
    hazard : HazardRatio or None
        Stratified by centre; None where patients or events are too few.
    log_rank : LogRank or None
        Stratified by centre.
    one_arm : tuple of Level
        Centres with patients of one arm alone, which tell nothing of the contrast.
    missing : int
        Patients of the arms whose centre is not known.
    forest : Forest
        All patients, stratified; then each centre.
    without : tuple of (Level, Row)
        The stratified hazard ratio without each centre in turn; empty below `FEWEST`.
    """

    provenance: Provenance
    endpoint: Endpoint
    hazard: HazardRatio | None
    log_rank: LogRank | None
    one_arm: tuple[Level, ...]
    missing: int
    forest: Forest
    without: tuple[tuple[Level, Row], ...]
    cautions: tuple[Caution, ...]


def of_endpoint(study: Study, endpoint: Endpoint) -> Centres | None:
    """Compare the arms within centres; None where fewer than two centres treated them."""
    arms = compared_arms(study)
    if arms is None or not study.cohort.known(CENTRE) or study.plan.comparison.column == CENTRE:
        return None
    groups = study.groups(CENTRE)
    follow = study.follow(endpoint)
    inside = follow.used & (arms.codes >= 0)
    tables = [_table(follow, arms, inside & (groups.codes == at)) for at in _places(groups)]
    seen = [at for at in _places(groups) if tables[at].n.sum()]
    if len(seen) < 2:
        return None
    tell = [at for at in seen if tables[at].n.all()]
    rows = [_centre(study, follow, arms, inside & (groups.codes == at), groups, at) for at in seen]
    whole, hazard = _stratified(study, [tables[at] for at in tell], STRATIFIED)
    test = None
    if whole.estimate is not None:
        found = log_rank([tables[at] for at in tell])
        test = None if isnan(found.pvalue) else found
    without = tuple(
        (groups.levels[out], _without(study, tables, tell, groups, out))
        for out in (seen if len(seen) >= FEWEST else ())
    )
    shown = [tables[at] for at, row in zip(seen, rows, strict=True) if row.estimate is not None]
    differs = None
    if len(shown) >= 2:
        first, second = (level.code for level in arms.levels)
        differs = interaction.of_hazard_ratios(shown, first, second)
    missing = int((inside & (groups.codes < 0)).sum())
    block = Block(
        groups.column, tuple(rows), missing, differs, differs.pvalue if differs else float("nan")
    )
    forest = Forest(
        study.provenance,
        endpoint,
        arms.column,
        arms.levels[0],
        arms.levels[1],
        whole,
        (block,),
        int(differs is not None),
        (),
    )
    return Centres(
        study.provenance,
        endpoint,
        hazard,
        test,
        tuple(groups.levels[at] for at in seen if at not in tell),
        missing,
        forest,
        without,
        tuple(cautions.separated() if hazard is not None and hazard.diverged else []),
    )


def _places(groups: Groups) -> range:
    return range(len(groups.levels))


def _table(follow: FollowUp, arms: Groups, keep: np.ndarray) -> LifeTable:
    return survival.table_of(follow.of(keep), replace(arms, codes=arms.codes[keep]))


def _centre(
    study: Study, follow: FollowUp, arms: Groups, keep: np.ndarray, groups: Groups, at: int
) -> Row:
    within = replace(arms, codes=arms.codes[keep])
    return hazard_row(follow.of(keep), within, groups.levels[at], study)[0]


def _without(
    study: Study, tables: list[LifeTable], tell: list[int], groups: Groups, out: int
) -> Row:
    left = [tables[at] for at in tell if at != out]
    return _stratified(study, left, groups.levels[out])[0]


def _stratified(
    study: Study, tables: list[LifeTable], level: Level
) -> tuple[Row, HazardRatio | None]:
    """The hazard ratio stratified by centre, unless patients or events are too few."""
    small = study.plan.small
    if not tables:
        return Row(
            level, (0, 0), (0, 0), None, N_("no centre treated both arms", "no-shared-centre")
        ), None
    n = np.sum([table.n for table in tables], axis=0).tolist()
    events = np.sum([table.events.sum(axis=1) for table in tables], axis=0).tolist()
    row = Row(level, (n[0], n[1]), (events[0], events[1]), None)
    if min(n) < small.arm_compared:
        why = N_(
            "an arm has fewer than {least} patients in centres that treated both",
            "few-in-shared-centres",
        )
        return replace(row, why=why, values=(("least", small.arm_compared),)), None
    if cautions.few_events(events, small):
        why = N_(
            "fewer than {least} events in all, or than {least_arm} in an arm",
            "few-events",
        )
        values = (("least", small.events_compared), ("least_arm", small.arm_events_compared))
        return replace(row, why=why, values=values), None
    first, second = tables[0].groups
    hazard = cox.hazard_ratio(tables, first, second, confidence=study.plan.confidence)
    return replace(row, estimate=limited(hazard, small)), hazard
