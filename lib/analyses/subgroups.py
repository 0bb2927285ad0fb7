"""The contrast of two arms in every level of every baseline column, and whether it differs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lib.analyses import cautions, comparison, response, survival
from lib.analyses.cautions import Caution
from lib.analyses.comparison import Measure
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, compared_arms
from lib.followup import FollowUp, Groups
from lib.language import N_, NOTHING, Template
from lib.plan import SmallNumbers
from lib.schema import Column, Endpoint, Level
from lib.statistics import cox, interaction, proportions
from lib.statistics.estimate import Estimate, disagree, holm
from lib.statistics.interaction import Interaction
from lib.statistics.life_table import LifeTable
from lib.statistics.survival import log_rank

ALL = survival.ALL
Mask: TypeAlias = npt.NDArray[np.bool_]


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
    """The contrast among some patients.

    Attributes
    ----------
    level : Level
        Who they are.
    n, events : tuple of int
        Of the reference and the comparison: patients, and those with the event or the response.
    estimate : Estimate or None
        Hazard ratio, or difference of rates; None where it is withheld.
    why, values
        An `N_` template that says why it is, and what it names.
    doubtful : bool
        Whether the limits and the test of the same patients, log-rank or Fisher's, disagree on
        whether no difference is left out.
    """

    level: Level
    n: tuple[int, int]
    events: tuple[int, int]
    estimate: Estimate | None
    why: Template = NOTHING
    values: tuple[tuple[str, int], ...] = ()
    doubtful: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The levels of one baseline column.

    Attributes
    ----------
    column : Column
    rows : tuple of Row
    missing : int
        Patients of the arms without a value.
    test : Interaction or None
        Whether the contrast is the same in the rows that are not withheld; None where fewer than
        two are left.
    adjusted : float
        Its p-value by Holm's procedure over the columns; nan without a test.
    """

    column: Column
    rows: tuple[Row, ...]
    missing: int
    test: Interaction | None
    adjusted: float


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A contrast in all patients of the arms, and in every subgroup.

    Attributes
    ----------
    outcome : Endpoint or Rate
        The contrast is a hazard ratio, or a difference of rates.
    column : Column
        Whose levels the arms are.
    reference, comparison : Level
    whole : Row
    blocks : tuple of Block
    tests : int
        How many interactions were tested.
    """

    provenance: Provenance
    outcome: Endpoint | Rate
    column: Column
    reference: Level
    comparison: Level
    whole: Row
    blocks: tuple[Block, ...]
    tests: int
    cautions: tuple[Caution, ...]


Contrast: TypeAlias = Callable[[Mask, Level], tuple[Row, LifeTable | None]]


def of_endpoint(study: Study, endpoint: Endpoint) -> Forest | None:
    """Hazard ratios in every subgroup; None where there are no two arms."""
    arms = compared_arms(study)
    if arms is None:
        return None
    follow = study.follow(endpoint)

    def among(keep: Mask, level: Level) -> tuple[Row, LifeTable | None]:
        return hazard_row(follow.of(keep), replace(arms, codes=arms.codes[keep]), level, study)

    def tested(_rows: Sequence[Row], tables: Sequence[LifeTable | None]) -> Interaction:
        first, second = (each.code for each in arms.levels)
        return interaction.of_hazard_ratios([t for t in tables if t is not None], first, second)

    return _forest(study, arms, endpoint, follow.used, among, tested)


def of_rate(study: Study, rate: Rate) -> Forest | None:
    """Differences of a response rate in every subgroup, over all treated; None without two arms."""
    arms = compared_arms(study)
    if arms is None:
        return None
    state = response.states(study.cohort, study.plan, rate.months, rate.column)
    hit = response.is_objective(state) if rate.measure == "ORR" else response.is_controlled(state)

    def among(keep: Mask, level: Level) -> tuple[Row, LifeTable | None]:
        return rate_row(hit[keep], arms.codes[keep], level, study), None

    def tested(rows: Sequence[Row], _tables: Sequence[LifeTable | None]) -> Interaction:
        return interaction.of_differences(
            [row.events[1] for row in rows],
            [row.n[1] for row in rows],
            [row.events[0] for row in rows],
            [row.n[0] for row in rows],
        )

    return _forest(study, arms, rate, response.is_treated(state), among, tested)


def rates(study: Study) -> tuple[Rate, ...]:
    """The response rates that the file allows: disease control and objective response, by time."""
    points = response.time_points(study.cohort, study.plan)
    return tuple(
        Rate(months, column, measure) for months, column in points for measure in ("DCR", "ORR")
    )


def _forest(
    study: Study,
    arms: Groups,
    outcome: Endpoint | Rate,
    counted: Mask,
    among: Contrast,
    tested: Callable[[Sequence[Row], Sequence[LifeTable | None]], Interaction],
) -> Forest:
    inside = counted & (arms.codes >= 0)
    blocks = []
    for each in comparison.covariates(study, arms):
        groups = study.groups(each.column.name)
        found = [
            among(inside & (groups.codes == at), level) for at, level in enumerate(groups.levels)
        ]
        found = [(row, table) for row, table in found if sum(row.n)]
        shown = [(row, table) for row, table in found if row.estimate is not None]
        rows, tables = [row for row, _table in shown], [table for _row, table in shown]
        test = tested(rows, tables) if len(shown) >= 2 else None
        missing = int((inside & (groups.codes < 0)).sum())
        rows_of_all = tuple(row for row, _table in found)
        blocks.append(Block(groups.column, rows_of_all, missing, test, float("nan")))
    adjusted = holm([block.test.pvalue if block.test else float("nan") for block in blocks])
    blocks = [replace(block, adjusted=float(p)) for block, p in zip(blocks, adjusted, strict=True)]
    tests = int((~np.isnan(adjusted)).sum())
    return Forest(
        study.provenance,
        outcome,
        arms.column,
        arms.levels[0],
        arms.levels[1],
        among(inside, ALL)[0],
        tuple(blocks),
        tests,
        tuple(cautions.many_tests(tests)),
    )


def hazard_row(
    follow: FollowUp, arms: Groups, level: Level, study: Study
) -> tuple[Row, LifeTable | None]:
    """The hazard ratio among some patients, and their life table; or why there is none."""
    table = survival.table_of(follow, arms)
    n, events = _two(table.n), _two(table.events.sum(axis=1))
    why, values = (
        _too_small(n, study.plan.small) or _too_few(events, study.plan.small) or (NOTHING, ())
    )
    if why:
        return Row(level, n, events, None, why, values), None
    first, second = table.groups
    ratio = cox.hazard_ratio(table, first, second, confidence=study.plan.confidence)
    found = comparison.limited(ratio, study.plan.small)
    doubtful = found is not None and disagree(found, 1, log_rank(table).pvalue)
    return Row(level, n, events, found, doubtful=doubtful), table


def rate_row(hit: Mask, codes: npt.NDArray[np.int64], level: Level, study: Study) -> Row:
    """The difference of rates among some patients; or why there is none."""
    n = (int((codes == 0).sum()), int((codes == 1).sum()))
    k = (int((hit & (codes == 0)).sum()), int((hit & (codes == 1)).sum()))
    why, values = _too_small(n, study.plan.small) or (NOTHING, ())
    if why:
        return Row(level, n, k, None, why, values)
    found = proportions.difference(k[1], n[1], k[0], n[0], study.plan.confidence)
    test = proportions.fisher([[k[1], n[1] - k[1]], [k[0], n[0] - k[0]]])
    return Row(level, n, k, found.estimate, doubtful=disagree(found.estimate, 0, test.pvalue))


def _two(counts: npt.NDArray[np.int64]) -> tuple[int, int]:
    return int(counts[0]), int(counts[1])


def _too_small(
    n: tuple[int, int], small: SmallNumbers
) -> tuple[Template, tuple[tuple[str, int], ...]] | None:
    if min(n) >= small.arm_compared:
        return None
    return N_("an arm has fewer than {least} patients", "few-in-an-arm"), (
        ("least", small.arm_compared),
    )


def _too_few(
    events: tuple[int, int], small: SmallNumbers
) -> tuple[Template, tuple[tuple[str, int], ...]] | None:
    if sum(events) >= small.events_compared and min(events) >= small.arm_events_compared:
        return None
    values = (("least", small.events_compared), ("least_arm", small.arm_events_compared))
    return N_(
        "fewer than {least} events in all, or than {least_arm} in an arm", "few-events"
    ), values
