"""Complications of each arm: by procedure and by patient, each scale apart, and early death.

An arm is the modality that came first. What happens to a patient counts for it until another
modality begins; what happened from then on stands apart, because nobody knows which of them it is
due to. Every event of a scale counts, those of the post-embolization syndrome too: they follow one
treatment alone, so that leaving them out would make it look safe.
"""

from dataclasses import dataclass

from lib.analyses import cautions
from lib.analyses.arms import compared
from lib.analyses.cautions import Caution
from lib.analyses.complications import (
    UNGRADED,
    Basis,
    Complications,
    Flagged,
    InPart,
    OnScale,
    Pair,
    PerProcedure,
    Scale,
    Times,
    WithEvent,
)
from lib.analyses.counted import Population
from lib.analyses.memory import ARMS, LIMITS, reads
from lib.analyses.provenance import Provenance
from lib.plan import Plan
from lib.schema import Level
from lib.statistics.estimate import Ints
from lib.statistics.proportions import Proportion, proportion
from lib.statistics.two_proportions import TwoProportions, two_proportions

Rates = tuple[Proportion | None, ...]  # of each arm; None where it has nobody


@dataclass(frozen=True, slots=True)
class Severity:
    """Patients of each arm with an event of any grade, and with a severe one."""

    any: Rates
    severe: Rates


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Patients of each arm by their worst grade on one scale, in a part of their history."""

    n: tuple[int, ...]
    # (arms, 3 + grades), patients without an event of this scale at any time; with one, but not in
    # this part; with events of no grade that could be read; and by their worst grade.
    counts: Ints
    events: Severity  # by every event of the scale
    # The same without the events of the post-embolization syndrome; None where none is flagged.
    without: Severity | None
    # Of severe ones by every event, comparison minus reference; None where an arm is too small, and
    # for what came after another modality began.
    difference: TwoProportions | None


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """The worst grade of each patient on one scale."""

    scale: Scale
    # Until another modality began; None where nobody is known to have received another.
    until: Part | None
    after: Part | None  # from then on, among those who received another
    whole: Part  # over the whole history of each patient
    flagged: Flagged

    @property
    def own(self) -> Part:
        """What counts for the arm: until another modality began, where anybody received one."""
        return self.until or self.whole


@dataclass(frozen=True, slots=True)
class Happened:
    """Patients of each arm to whom something happened: in all, and by when."""

    # until, after: before another modality began, and from then on among those who received one;
    # empty where nobody did, or nobody knows when it happened
    until: Rates
    after: Rates
    whole: Rates  # at any time; empty where it is not recorded


@dataclass(frozen=True, slots=True, eq=False)
class Toxicity:
    """Complications, post-embolization syndrome and early deaths of two arms."""

    provenance: Provenance
    arms: tuple[Level, ...]  # reference, comparison
    n: tuple[int, ...]
    # Patients of each arm who received another modality later; empty where the arms are no
    # modalities, or procedures have no dates.
    received: tuple[int, ...]
    # ``events`` where a table lists them, ``patients`` where the patients' row has the worst.
    basis: Basis
    beside: bool
    worst: tuple[Worst, ...]  # for each scale that was used
    syndrome: Happened  # Post-embolization syndrome, of patients
    per_procedure: tuple[PerProcedure, ...]
    unlinked: int  # events that name no procedure of their patient's
    # unscaled, undated: events of both arms on none of the scales; and without a day, of patients
    # who received another modality, so that they count in the whole history alone
    unscaled: int
    undated: int
    early: Happened  # deaths within 30 days of a procedure
    # Patients of whom nobody knows whether they died so: without a date of death, and not seen 30
    # days after their last procedure.
    short: int
    # Whether only the first procedure has a date, so that deaths count from it alone.
    by_first: bool
    cautions: tuple[Caution, ...]


@reads(*ARMS, *LIMITS)
def of_arms(population: Population) -> Toxicity | None:
    """Estimate complications and early deaths of the plan's two arms; None without two."""
    arms = compared(population)
    if arms is None:
        return None
    plan, found = population.plan, population.complications()
    return Toxicity(
        population.provenance,
        arms.levels,
        arms.n,
        found.received,
        found.basis,
        found.beside,
        tuple(_worst(each, plan) for each in found.scales),
        _happened(found.syndrome, arms.n, found.changed, plan),
        found.per_procedure,
        found.unlinked,
        found.unscaled,
        found.undated,
        _happened(found.early, arms.n, found.changed, plan),
        found.short,
        found.by_first,
        tuple(_beware(found)),
    )


def _worst(found: OnScale, plan: Plan) -> Worst:
    return Worst(
        found.scale,
        None if found.until is None else _part(found.until, plan),
        None if found.after is None else _part(found.after, plan, compared=False),
        _part(found.whole, plan),
        found.flagged,
    )


def _part(found: InPart, plan: Plan, compared: bool = True) -> Part:
    first, second = found.counts.sum(axis=1).tolist()
    n = (first, second)
    events = _severity(found.events, n, plan)
    return Part(
        n,
        found.counts,
        events,
        None if found.without is None else _severity(found.without, n, plan),
        _difference(events.severe, plan) if compared else None,
    )


def _severity(found: WithEvent, n: Pair, plan: Plan) -> Severity:
    return Severity(_rates(found.any, n, plan), _rates(found.severe, n, plan))


def _rates(k: Pair | None, n: Pair, plan: Plan) -> Rates:
    if k is None:
        return ()
    pairs = zip(k, n, strict=True)
    return tuple(proportion(some, of, plan.confidence) if of else None for some, of in pairs)


def _happened(found: Times, n: Pair, changed: Pair, plan: Plan) -> Happened:
    return Happened(
        _rates(found.until, n, plan),
        _rates(found.after, changed, plan),
        _rates(found.whole, n, plan),
    )


def _difference(rates: Rates, plan: Plan) -> TwoProportions | None:
    """Comparison minus reference; None where an arm is too small."""
    first, second = rates
    if first is None or second is None or min(first.n, second.n) < plan.small.arm_compared:
        return None
    return two_proportions(second.k, second.n, first.k, first.n, plan.confidence)


def _beware(found: Complications) -> list[Caution]:
    """What the counts do not show by themselves."""
    told: list[Caution] = []
    for each in found.scales:
        scale, fatal = each.scale, each.fatal_yet_alive
        known = {"scale": scale.name, "grade": scale.fatal}
        told += cautions.of_some("fatal-yet-alive", **known, n=fatal)
        unread = int(each.whole.counts[:, UNGRADED].sum())
        known = {"scale": scale.name, "grades": ", ".join(scale.grades)}
        told += cautions.of_some("grades-unread", **known, n=unread)
    return told
