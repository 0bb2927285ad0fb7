"""The trial that a comparison would have been, what this cohort has of it, and what is primary.

One contrast is primary: that of the endpoint which the protocol names, as long as the plan says
what it said when the protocol was written, and the protocol asks for what is computed, which counts
whatever was given later as it came. All else is secondary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Literal

from lib.analyses import adjustment, comparison, guidelines
from lib.analyses.adjustment import Design, Requirement
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.counted import Population, Seen
from lib.analyses.followed import SCAN, START
from lib.analyses.guidelines import Item
from lib.analyses.memory import COMPARED, reads
from lib.analyses.modality import AS_RECORDED
from lib.analyses.provenance import Provenance
from lib.analyses.sensitivity import Kind
from lib.plan import PROTOCOL, Plan, protocol_digest
from lib.schema import Column, Endpoint, Level

Role = Literal["unnamed", "primary", "secondary"]
Later = Literal["crossover", "resection", "new_therapy"]
"""What may follow a strategy and change what becomes of a patient, besides death."""
Departure = Literal["changed", "crossover", "resection", "new_therapy"]
Death = Literal["outcome", "composite", "competing"]
LATER: tuple[Later, ...] = ("crossover", "resection", "new_therapy")


@dataclass(frozen=True, slots=True)
class Follows:
    """An analysis of sensitivity that follows from the estimand."""

    kind: Kind | Literal["resection"]  # its kind among `sensitivity`'s, or what nothing dates
    possible: bool  # whether the file has what it asks


@dataclass(frozen=True, slots=True, eq=False)
class Emulation:
    """The trial that a comparison would have been, and what this cohort has of it."""

    provenance: Provenance
    column: Column
    # reference, comparison: the strategies
    reference: Level
    comparison: Level
    n: tuple[int, int]  # patients of the reference and of the comparison
    # The primary endpoint; the plan's own first where none is named, None where the file has no
    # times for the one that is.
    endpoint: Endpoint | None
    role: Role  # of the contrast of that endpoint
    departures: tuple[Departure, ...]  # why no contrast is primary although an endpoint is named
    events: tuple[int, int] | None  # of the endpoint, in each arm
    # What death is for the endpoint: itself, one of the events, or what keeps them from happening.
    death: Death | None
    # Patients of each arm who received another modality later; None where nothing tells.
    crossed: tuple[int, int] | None
    covariates: tuple[Column, ...]  # what is adjusted for
    unmet: tuple[Requirement, ...]  # what adjusting asks and is not there
    adjusted: bool
    follows: tuple[Follows, ...]  # the analyses of sensitivity that follow from the estimand
    items: tuple[Item, ...]  # of the guidelines of reporting


def departures(plan: Plan) -> tuple[Departure, ...]:
    """Why the contrast of the primary endpoint is not what the protocol asks for."""
    protocol = plan.protocol
    found: list[Departure] = []
    if protocol.digest and protocol.digest != protocol_digest(plan):
        found.append("changed")
    if plan.comparison.column == "modality":
        found += [each for each in LATER if getattr(protocol, each) != "treatment policy"]
    return tuple(found)


def standing(plan: Plan) -> bool:
    """Whether a primary endpoint is named, and the plan is as its protocol has it."""
    return bool(plan.protocol.primary) and not departures(plan)


def role(plan: Plan, endpoint: Endpoint | None) -> Role:
    """Whether the plan's contrast of an endpoint is primary; of no endpoint it never is."""
    if not plan.protocol.primary:
        return "unnamed"
    named = endpoint is not None and endpoint.code == plan.protocol.primary
    return "primary" if named and standing(plan) else "secondary"


def death(endpoint: Endpoint) -> Death:
    """What death is for an endpoint."""
    if "death_date" in endpoint.competing:
        return "competing"
    return "outcome" if endpoint.events == ("death_date",) else "composite"


@reads(*COMPARED, *PROTOCOL, "protocol.opened", "protocol.digest", "study.by", "study.as_of")
def of_arms(study: Population) -> Emulation | None:
    """Set the trial beside the cohort; None where there are no two arms."""
    compared = comparison.of_arms(study)
    if compared is None:
        return None
    shown = _shown(study.plan, compared)
    made = adjustment.design(study, shown.endpoint) if shown else None
    endpoint = shown.endpoint if shown else None
    return Emulation(
        study.provenance,
        compared.column,
        compared.reference,
        compared.comparison,
        compared.n,
        endpoint,
        role(study.plan, endpoint),
        departures(study.plan) if study.plan.protocol.primary else (),
        None if shown is None else (shown.arms[0].events, shown.arms[1].events),
        None if endpoint is None else death(endpoint),
        _crossed(study, compared),
        made.covariates if made else (),
        tuple(adjustment.unmet(made.requirements)) if made else (),
        made is not None and made.weighed,
        tuple(_following(study, compared, endpoint)),
        guidelines.items(
            {fact for fact, holds in facts(study, compared, shown, made).items() if holds}
        ),
    )


def _shown(plan: Plan, compared: Comparison) -> SurvivalContrast | None:
    """The contrast of the primary endpoint, or the first where none is named."""
    primary = plan.protocol.primary
    contrasts = [each for each in compared.survivals if primary in ("", each.endpoint.code)]
    return contrasts[0] if contrasts else None


def _crossed(study: Population, compared: Comparison) -> tuple[int, int] | None:
    """How many of each arm received another modality at some time."""
    if compared.column.name != "modality":
        return None
    crossed = study.crosstab("modality", Seen("exclusive", inf))
    first, ever = crossed.levels
    if not ever:
        return None
    found = []
    for arm in (compared.reference, compared.comparison):
        row = crossed.n[[level.code for level in first].index(arm.code)]
        found.append(sum(int(row[at]) for at, level in enumerate(ever) if level.code != arm.code))
    return found[0], found[1]


def _following(
    study: Population, compared: Comparison, endpoint: Endpoint | None
) -> Iterator[Follows]:
    """The analyses that ask the same with another answer to what came later, or to when."""
    if compared.column.name == "modality":
        yield Follows("landmark", "exclusive" in study.ways)
        yield Follows("second modality", study.dated("second modality"))
        yield Follows("resection", False)
    yield Follows("new therapy", study.dated("new therapy"))
    if endpoint is not None and SCAN in endpoint.last_seen:
        yield Follows("between scans", any(each.moments.n for each in study.intervals("")))


def facts(
    study: Population, compared: Comparison, shown: SurvivalContrast | None, made: Design | None
) -> dict[str, bool]:
    """What may answer an item of a guideline, and whether it is there."""
    plan = study.plan
    return {
        "read": True,
        "arms": True,
        "named": bool(plan.protocol.primary),
        "eligibility": bool(plan.protocol.eligibility or plan.study.selection),
        "selected": bool(plan.study.selection),
        "ends": plan.study.as_of is not None,
        "aligned": plan.survival.origin == START and study.known(START),
        "dated-modality": compared.column.name != "modality"
        or study.provenance.modality_rule.code != AS_RECORDED.code,
        "baseline": bool(compared.covariates),
        "shown-by-arm": plan.study.by == compared.column.name,
        "primary": shown is not None,
        "estimated": shown is not None and shown.rmst is not None and shown.hazard is not None,
        "adjusted": made is not None and made.weighed,
    }
