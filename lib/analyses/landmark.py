"""Survival from a landmark on, by what was seen of each patient until then.

Response, a second modality and a fourth procedure are only reached by those who live long enough.
Classified by what happened ever, and followed from the first procedure, they look better than they
are. From a landmark on, classified by what was seen until then, nobody is ahead.

References
----------
Anderson, Cain & Gelber (1983), J Clin Oncol 1:710-719.
"""

from dataclasses import dataclass
from math import inf

from lib.analyses import cautions, survival
from lib.analyses.cautions import Caution
from lib.analyses.counted import EARLIER_CENSORED, EARLIER_EVENT, Counted, Population, Seen
from lib.analyses.followed import START
from lib.analyses.memory import CURVES, DRAWN, reads
from lib.analyses.provenance import Provenance
from lib.analyses.seen import COLUMNS, Way
from lib.analyses.survival import GroupSurvival
from lib.language import N_, Template, template
from lib.plan import Plan
from lib.schema import Column, Endpoint
from lib.statistics.survival import LogRank, PermutationTest

NOTHING_SEEN = N_("nothing seen by the landmark", "nothing-by-landmark")


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """Survival of those still at risk at a landmark, by what was seen until then."""

    provenance: Provenance
    endpoint: Endpoint
    way: Way
    column: Column  # by what they are classified
    months: float  # the landmark, from the first procedure
    groups: tuple[GroupSurvival, ...]  # times count from the landmark
    ticks: tuple[float, ...]
    # log_rank, permutation: between the groups large enough to compare, where there are two
    log_rank: LogRank | None
    permutation: PermutationTest | None
    # Patients under study in none of the groups; with those in them, all.
    dropped: tuple[tuple[Template, int], ...]
    # By what was seen ever, from the first procedure: the contrast that misleads.
    naive: tuple[GroupSurvival, ...]
    cautions: tuple[Caution, ...]

    @property
    def drawn(self) -> tuple[GroupSurvival, ...]:
        """The groups with a curve."""
        return tuple(group for group in self.groups if group.curve is not None)


@reads(*CURVES, *DRAWN, "survival.landmark")
def at_landmark(population: Population, endpoint: Endpoint, way: Way) -> Landmark:
    """Restart the clock at the plan's landmark, by what was seen until then.

    `population`: its plan's `survival.landmark` is the landmark. The clock before it starts at the
    first procedure, whatever the plan's origin. `endpoint`: one with which nothing competes. `way`:
    by what patients are classified.

    At risk at the landmark are those whose time is not before it; classified they are by visits
    and procedures not after it.
    """
    plan = population.plan
    months = plan.survival.landmark
    counted = population.counted(endpoint, Seen(way, months), origin=START, landmark=months)
    groups = _estimated(counted, plan)
    found = cautions.few_patients([g.level for g in groups], [g.n for g in groups], plan.small)
    found += cautions.of_some("recorded-without-a-day", n=counted.flag("recorded late") or 0)
    log_rank, permutation, why = survival.tested(counted, groups, plan)
    last = max((g.curve.last_time for g in groups if g.curve is not None), default=0.0)
    naive = population.counted(endpoint, Seen(way, inf), origin=START)
    return Landmark(
        population.provenance,
        endpoint,
        way,
        COLUMNS[way],
        months,
        groups,
        survival.ticks_to(last),
        log_rank,
        permutation,
        _dropped(counted),
        _estimated(naive, plan),
        tuple(found + why),
    )


def _estimated(counted: Counted, plan: Plan) -> tuple[GroupSurvival, ...]:
    """The groups that somebody with a time is in."""
    tables = ((level, counted.of(level)) for level in counted.levels)
    return tuple(survival.estimated(level, table, plan) for level, table in tables if table.n.sum())


def _dropped(counted: Counted) -> tuple[tuple[Template, int], ...]:
    """Who is in none of the groups, first those whom the landmark leaves out."""
    aside = dict(survival.set_aside(counted))
    for_it = map(template, (EARLIER_EVENT, EARLIER_CENSORED))
    before = [(reason, aside.pop(reason, 0)) for reason in for_it]
    unseen = (NOTHING_SEEN, int(counted.table.n[-1]))
    return tuple((reason, n) for reason, n in (*before, unseen, *aside.items()) if n)
