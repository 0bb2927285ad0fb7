"""The contrast of two arms under other strategies for what happens after the first procedure.

The plan's own follows every patient whatever is received later, and takes progression for the scan
that saw it. Each analysis here asks something else, and none decides what is claimed.

References
----------
ICH E9(R1) (2019): estimands and sensitivity analysis in clinical trials.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lib.analyses import cautions, comparison, survival
from lib.analyses.arms import Arms, compared
from lib.analyses.cautions import Caution
from lib.analyses.comparison import SurvivalContrast
from lib.analyses.counted import Bounds, Counted, Later, Population, Seen
from lib.analyses.followed import SCAN, START
from lib.analyses.memory import COMPARED, reads
from lib.analyses.provenance import Provenance
from lib.plan import Plan
from lib.schema import Column, Endpoint, Level
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.intervals import IntervalCurve, interval_difference, turnbull

Kind = Literal["own", "landmark", "second modality", "new therapy", "between scans"]
LATER: tuple[Later, ...] = ("second modality", "new therapy")
_MANY = 1000  # patients of an arm from whom on times between scans are kept to a tenth of a month
_KNOWN = 0.9  # share of those who may progress between scans of whom some scan must be dated


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One question asked of both arms, reference first."""

    kind: Kind
    n: tuple[int, int]
    events: tuple[int, int]
    # Patients whom it treats otherwise than the plan does: left out by the landmark, censored at
    # what came later, or with an event that lies between two scans.
    otherwise: tuple[int, int]
    tau: float | None  # the horizon of mean time, from where its clock starts
    difference: Estimate | None  # of mean time, comparison minus reference
    ratio: Estimate | None  # hazard ratio; none where only intervals are known
    # Patients of each arm at risk at the horizon, where a curve carries no number.
    unsure: tuple[int, int] | None = None
    cautions: tuple[Caution, ...] = ()  # why a number is withheld, and which way it may pull


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """The plan's contrast, and the same under other strategies."""

    provenance: Provenance
    endpoint: Endpoint
    column: Column
    arms: tuple[Level, Level]  # reference, comparison
    own: Analysis
    analyses: tuple[Analysis, ...]
    landmark: float  # months after the first procedure

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What to beware of in all of them."""
        return tuple(each for analysis in self.analyses for each in analysis.cautions)


@reads(*COMPARED, "survival.landmark")
def of_endpoint(population: Population, endpoint: Endpoint) -> Sensitivity | None:
    """Ask every other question of an endpoint that this file can answer; None without two arms.

    `endpoint`: one with which nothing competes. Modalities, and what was received until a landmark,
    are asked about where the arms are modalities.
    """
    arms, contrast = compared(population), _contrast(population, endpoint)
    if arms is None or contrast is None:
        return None
    plan = _to_horizon(population.plan, contrast)
    found: list[Analysis] = []
    if arms.column.name == "modality":
        found += _from_landmark(population, endpoint, arms, plan)
    later = LATER if arms.column.name == "modality" else LATER[1:]
    found += [_censored(population, endpoint, arms, plan, each) for each in later]
    between = between_scans(population, endpoint)
    return Sensitivity(
        population.provenance,
        endpoint,
        arms.column,
        arms.levels,
        _own(contrast, population.plan),
        (*found, *([between] if between else [])),
        plan.survival.landmark,
    )


@reads(*COMPARED)
def between_scans(population: Population, endpoint: Endpoint) -> Analysis | None:
    """Compare mean times with progression between two scans, and deaths on their day.

    Gives none where the endpoint is not seen at scans, or there are no two arms.
    """
    arms, contrast = compared(population), _contrast(population, endpoint)
    if arms is None or contrast is None or SCAN not in endpoint.last_seen:
        return None
    bounds = population.bounds(endpoint, arms.column.name)
    parts = [bounds.of(level) for level in arms.levels]
    n = _pair([int(part[2].sum()) for part in parts])
    events = _pair([int(k[np.isfinite(upper)].sum()) for _lower, upper, k in parts])
    moved = _pair([int(k[np.isfinite(upper) & (lower < upper)].sum()) for lower, upper, k in parts])
    why = cautions.few_patients(arms.levels, n, population.plan.small) or _unscanned(bounds, arms)
    nobody = [level for level, k in zip(arms.levels, events, strict=True) if not k]
    why = why or (cautions.no_event(nobody) if nobody else [])
    tau, difference = None, None
    if not why:
        curves = [_curve(*part) for part in parts]
        tau, difference = _difference(
            curves[0], curves[1], _horizons(population.plan, contrast), population.plan.confidence
        )
        why = [] if difference else cautions.caution("past-the-scans")
    return Analysis("between scans", n, events, moved, tau, difference, None, None, tuple(why))


@reads(*COMPARED)
def beside(population: Population, endpoint: Endpoint) -> Analysis | None:
    """What belongs beside a contrast whose arms are assessed at other intervals; else None."""
    result = comparison.of_arms(population)
    codes = [each.code for each in result.cautions] if result is not None else []
    return between_scans(population, endpoint) if "scanned-otherwise" in codes else None


def _contrast(population: Population, endpoint: Endpoint) -> SurvivalContrast | None:
    result = comparison.of_arms(population)
    every = result.survivals if result is not None else ()
    return next((each for each in every if each.endpoint == endpoint), None)


def _to_horizon(plan: Plan, contrast: SurvivalContrast) -> Plan:
    """The plan with the horizon of its own contrast, that all are of the same time."""
    if contrast.rmst is None:
        return plan
    return replace(plan, survival=replace(plan.survival, taus=(contrast.rmst.tau,)))


def _horizons(plan: Plan, contrast: SurvivalContrast) -> list[float]:
    """The horizon of the plan's contrast, then those before it."""
    first = _to_horizon(plan, contrast).survival.taus
    return [*first, *(tau for tau in plan.survival.taus if tau < first[0])]


def _own(contrast: SurvivalContrast, plan: Plan) -> Analysis:
    first, second = contrast.arms
    rmst, hazard = contrast.rmst, contrast.hazard
    return Analysis(
        "own",
        (first.n, second.n),
        (first.events, second.events),
        (0, 0),
        None if rmst is None else rmst.tau,
        None if rmst is None else rmst.difference,
        None if hazard is None else comparison.limited(hazard, plan.small),
        contrast.unsure,
    )


def _from_landmark(
    population: Population, endpoint: Endpoint, arms: Arms, plan: Plan
) -> list[Analysis]:
    """Those at risk at the landmark who had received one modality alone until then."""
    if "exclusive" not in population.ways:
        return []
    months = plan.survival.landmark
    until_then = Seen("exclusive", months)
    counted = population.counted(endpoint, until_then, origin=START, landmark=months)
    known = {level.code: level for level in counted.levels}
    if not {*arms.codes} <= set(known):
        return []
    left = tuple(tau - months for tau in plan.survival.taus if tau > months)
    if not left:
        return []
    plan = replace(plan, survival=replace(plan.survival, taus=left))
    of_arms = counted.among([known[code] for code in arms.codes])
    found = _compared("landmark", of_arms, plan)
    first, second = (all_ - n for all_, n in zip(arms.n, found.n, strict=True))
    return [replace(found, otherwise=(first, second))]


def _censored(
    population: Population, endpoint: Endpoint, arms: Arms, plan: Plan, later: Later
) -> Analysis:
    """Whoever comes to something later is followed until then."""
    counted = population.counted(
        endpoint, arms.column.name, until=later if population.dated(later) else None
    ).among(arms.levels)
    if not population.dated(later):
        nothing = _pair(counted.table.n.tolist())
        events = _pair(counted.table.events.sum(axis=1).tolist())
        why = tuple(cautions.later_undated(later))
        return Analysis(later, nothing, events, (0, 0), None, None, None, None, why)
    found = _compared(later, counted, plan)
    censored = _pair(counted.flags[later].tolist())
    parts = ((censored[0], found.n[0]), (censored[1], found.n[1]))
    told = (*found.cautions, *cautions.censored_informatively(later, arms.levels, parts))
    return replace(found, otherwise=censored, cautions=told)


def _compared(kind: Kind, counted: Counted, plan: Plan) -> Analysis:
    """Mean time and hazard ratio of two groups, by the rules of the plan's own contrast."""
    table, start = counted.table, survival.common_start(counted, plan)
    groups = [survival.estimated(each, counted.of(each), plan, start) for each in counted.levels]
    n, events = _pair([each.n for each in groups]), _pair([each.events for each in groups])
    why = cautions.few_patients(counted.levels, n, plan.small)
    if why:
        return Analysis(kind, n, events, (0, 0), None, None, None, None, tuple(why))
    mean, told = (None, []) if counted.late else comparison.mean_time(table, groups, plan)
    hazard, few = comparison.ratio(table, groups, plan)
    return Analysis(
        kind,
        n,
        events,
        (0, 0),
        None if mean is None else mean.tau,
        None if mean is None else mean.difference,
        None if hazard is None else comparison.limited(hazard, plan.small),
        None if mean is None else comparison.unsure(groups, mean.tau),
        tuple(told + few),
    )


def _unscanned(bounds: Bounds, arms: Arms) -> list[Caution]:
    """Why events cannot be placed between scans, or how many are not."""
    places = [bounds.levels.index(level) for level in arms.levels]
    missing = int(bounds.unscanned[places].sum())
    everyone = sum(int(bounds.of(level)[2].sum()) for level in arms.levels)
    return cautions.unscanned(missing, everyone) if missing > (1 - _KNOWN) * everyone else []


def _curve(lower: np.ndarray, upper: np.ndarray, n: np.ndarray) -> IntervalCurve:
    if n.sum() > _MANY:
        rows = np.round(np.stack([lower, upper], axis=1), 1)
        rows, place = np.unique(rows, axis=0, return_inverse=True)
        lower, upper, n = rows[:, 0], rows[:, 1], np.bincount(place, n)
    return turnbull(lower, upper, n)


def _difference(
    reference: IntervalCurve, other: IntervalCurve, taus: Sequence[float], confidence: float
) -> tuple[float | None, Estimate | None]:
    """To the first horizon that the scans of both arms reach."""
    for tau in taus:
        found = interval_difference(reference, other, tau, confidence)
        if found.missing != Missing.PAST_FOLLOW_UP:
            return tau, found
    return None, None


def _pair(numbers: Sequence[int]) -> tuple[int, int]:
    first, second = numbers
    return int(first), int(second)
