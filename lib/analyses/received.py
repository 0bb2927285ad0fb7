"""Everything that patients received, not the first procedure alone: what can be said of it.

Whoever received a second modality had lived long enough to receive it. Patients are therefore
never compared from the start by what they received in the end. A second modality counts from its
date on, with each patient before it among those who have had one; and response is looked at after
a landmark, by what had been received until then.

References
----------
Simon & Makuch (1984), Stat Med 3:35-44. Anderson, Cain & Gelber (1983), J Clin Oncol 1:710-719.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from lib.analyses import cautions, comparison, modality, response
from lib.analyses.cautions import Caution
from lib.analyses.counted import BEFORE_AND_AFTER, Flag, Followed, Population, Seen, State
from lib.analyses.memory import FOLLOWED, LIMITS, reads
from lib.analyses.provenance import Provenance
from lib.analyses.response import GroupResponse
from lib.analyses.seen import Way
from lib.analyses.states import BEST
from lib.language import N_
from lib.plan import LaterRule
from lib.schema import Endpoint, Level
from lib.statistics import cox
from lib.statistics.estimate import Estimate

ONE = Level(BEFORE_AND_AFTER[0], N_("Before a second modality"))
SEVERAL = Level(BEFORE_AND_AFTER[1], N_("From the second modality on"))


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Patients by the modality that came first and by all that they received."""

    provenance: Provenance
    first: tuple[Level, ...]  # by the plan's rule; the level's code is '' where it is not known
    ever: tuple[Level, ...]  # one modality alone, or which of them
    counts: npt.NDArray[np.int64]  # (first, ever)


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """A second modality as of its date, in each patient who received one."""

    provenance: Provenance
    endpoint: Endpoint
    # n, switched: patients whose way is known, and those of them who received a second modality on
    # it
    n: int
    switched: int
    events: tuple[int, int]  # before a second modality, and from it on
    months: tuple[float, float]  # under observation before it, and from it on, in all
    # From the second modality on, against before it; None where events are too few.
    hazard: cox.HazardRatio | None
    # The same with the limits that its events allow; see `comparison.limited`.
    ratio: Estimate | None
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LaterResponse:
    """Response at a time after the landmark, by what had been received until the landmark."""

    months: int
    groups: tuple[GroupResponse, ...]  # of those alive and under observation at the landmark


@dataclass(frozen=True, slots=True, eq=False)
class LaterResponses:
    """Responses after the landmark."""

    provenance: Provenance
    landmark: float  # months from the first procedure
    dropped: int  # patients who had died or left before it, or whose follow-up is not known
    nothing_known: int  # of the others, those without a procedure of a known kind by then
    times: tuple[LaterResponse, ...]  # the times of the plan after the landmark
    cautions: tuple[Caution, ...]


@reads("study.cuts")
def overlap(population: Population) -> Overlap | None:
    """Count patients by first modality and by all they received; None without dated procedures."""
    if not population.known("modality"):
        return None
    crossed = population.crosstab("modality", Seen("exclusive", inf))
    first, ever = crossed.levels
    if not ever:
        return None
    rows, columns = crossed.n.sum(axis=1) > 0, crossed.n.sum(axis=0) > 0
    unknown, nothing = Level("", N_("Not known")), modality.NOTHING_KNOWN
    return Overlap(
        population.provenance,
        tuple(level for level, some in zip((*first, unknown), rows, strict=True) if some),
        tuple(level for level, some in zip((*ever, nothing), columns, strict=True) if some),
        crossed.n[rows][:, columns],
    )


@reads(*FOLLOWED, *LIMITS, "study.cuts")
def switching(population: Population, endpoint: Endpoint) -> Switch | None:
    """Count a second modality from its date on.

    `endpoint`: one with which nothing competes; its clock starts at the first procedure. Gives none
    where nobody received a second modality on the way to the endpoint.

    Each patient is at risk among those with one modality until the second, and among those with
    several from then on: Cox's model with a covariate that changes once, as R
    ``coxph(Surv(start, stop, event) ~ second)``. A second modality on the day of the event or of
    the last contact changes nothing any more.
    """
    plan, found = population.plan, population.switched(endpoint)
    if not found.switched:
        return None
    first, second = found.table.events.sum(axis=1).tolist()
    told = cautions.few_events((first, second), plan.small)
    hazard = None
    if not told:
        hazard = cox.hazard_ratio(found.table, *BEFORE_AND_AFTER, confidence=plan.confidence)
        told = cautions.caution("separation", "separation-in-time") if hazard.diverged else []
    return Switch(
        population.provenance,
        endpoint,
        found.n,
        found.switched,
        (first, second),
        found.months,
        hazard,
        None if hazard is None else comparison.limited(hazard, plan.small),
        tuple(told),
    )


@reads(*LIMITS, "study.cuts", "response.deaths", "survival.landmark")
def responses(population: Population, way: Way) -> LaterResponses | None:
    """Count responses after the plan's landmark, by what had been received until it.

    `way`: by what patients are classified. Gives none where the plan has no response at a time
    after the landmark.
    """
    plan = population.plan
    months = plan.survival.landmark
    present, seen = Followed(months), Seen(way, months)
    crossed = population.crosstab(present, seen)
    there, levels = crossed.n[0], crossed.levels[1]
    later = [at for at in response.time_points(population) if at != BEST and at > months]
    if not later or not there[:-1].any():
        return None
    times = []
    for at in later:
        states = population.crosstab(State(at), Flag("died", at), present, seen).n[:, :, 0]
        groups = tuple(
            response.counted(level, states[:, :, place], plan)
            for place, level in enumerate(levels)
            if there[place]
        )
        times.append(LaterResponse(at, groups))
    return LaterResponses(
        population.provenance,
        months,
        int(crossed.n[1:].sum()),
        int(there[-1]),
        tuple(times),
        tuple(cautions.few_patients(levels, there[:-1].tolist(), plan.small)),
    )


@reads()
def rules(population: Population) -> tuple[LaterRule, ...]:
    """The rules of everything received that this file can tell."""
    return tuple(rule for rule in modality.LATER_RULES if rule in population.ways)
