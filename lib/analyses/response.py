"""Response at fixed times: every patient in exactly one state, two denominators side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, get_args

from lib.analyses import cautions
from lib.analyses.cautions import Caution
from lib.analyses.counted import ALL, Flag, Population, State, Told
from lib.analyses.derivation import Derivation
from lib.analyses.memory import LIMITS, reads
from lib.analyses.provenance import Provenance
from lib.analyses.states import (
    BEST,
    CONTROLLED,
    EVALUABLE,
    OBJECTIVE,
    PLACE,
    STATE_CODES,
    STATES,
    column_at,
)
from lib.plan import Plan
from lib.recist import NON_CR_NON_PD
from lib.schema import Column, Level
from lib.statistics.estimate import Ints
from lib.statistics.proportions import Proportion, proportion
from lib.written import By

_LEADING = 6


@dataclass(frozen=True, slots=True, eq=False)
class GroupResponse:
    """The states of one group at one time."""

    level: Level
    counts: Annotated[Ints, By((STATE_CODES,))]  # (states,), patients in each of `STATES`
    died_with_pd: int  # those of the PD who had died by then
    # treated, evaluable: the two denominators: all but the not due, and those with CR, PR, SD,
    # Non-CR/Non-PD or PD
    treated: int
    evaluable: int
    # objective, control: ORR and DCR, over all treated and over the evaluable; None where a
    # denominator is 0
    objective: tuple[Proportion | None, Proportion | None]
    control: tuple[Proportion | None, Proportion | None]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseAt:
    """One time point: all patients first, then each group. `months` is `BEST` for best response.

    Of a best response that was derived, `confirmed` says whether CR and PR are confirmed.
    """

    months: int
    column: str
    everyone: GroupResponse
    groups: tuple[GroupResponse, ...]
    cautions: tuple[Caution, ...]
    confirmed: bool | None = None

    @property
    def with_unmeasured(self) -> bool:
        """Whether somebody without target lesions has neither CR nor PD."""
        return bool(self.everyone.counts[PLACE[NON_CR_NON_PD]])


@dataclass(frozen=True, slots=True, eq=False)
class ResponseByGroup:
    """Response of the patients under study by the levels of a baseline column."""

    provenance: Provenance
    column: Column | None  # the grouping column; None where the cohort has none
    # The time points that the spreadsheet holds, in order, best response last.
    times: tuple[ResponseAt, ...]
    # Groups that are described in the tables and neither drawn nor compared.
    described: tuple[Level, ...]
    cautions: tuple[Caution, ...]
    derivation: Derivation  # what the responses rest on
    # Best response with CR and PR confirmed, and without; empty where it was not derived.
    both_ways: tuple[ResponseAt, ...] = ()


@reads(*LIMITS, "study.by", "study.cuts", "response.deaths")
def by_group(population: Population) -> ResponseByGroup:
    """Count the responses at each time point by the plan's baseline column.

    `population`: its plan's `study.by` names the column; where nothing of it is known all patients
    are one group. Its `response` says which months, and what becomes of the dead.
    """
    plan, name = population.plan, population.plan.study.by
    name = name if population.known(name) else ""
    ahead(population, name)
    groups = population.counts(name) if name else None
    origin = population.derivation()
    found = cautions.disagreements(origin)
    described: tuple[Level, ...] = ()
    if groups is not None:
        found += cautions.no_modality(groups.missing)
        found += cautions.unsettled(population.reading, groups)
        found += cautions.few_patients(groups.levels, groups.n, plan.small)
        if name == "modality" and population.provenance.both_recorded:
            found += cautions.both_recorded(population.provenance)
            described = tuple(level for level in groups.levels if level.code == "BOTH")
    twice = origin.derived and origin.assessed_twice
    return ResponseByGroup(
        population.provenance,
        groups.column if groups else None,
        tuple(_at(population, months, name, origin) for months in time_points(population)),
        described,
        tuple(found),
        origin,
        tuple(_at(population, BEST, name, origin, confirm) for confirm in (True, False))
        if twice
        else (),
    )


def bars(result: ResponseByGroup, time: ResponseAt) -> tuple[GroupResponse, ...]:
    """The groups that are drawn at a time: all patients, and each group that is large enough."""
    least = result.provenance.plan.small.arm_counted
    return (
        time.everyone,
        *(
            group
            for group in time.groups
            if group.treated >= least and group.level not in result.described
        ),
    )


def leading(months: Sequence[int]) -> int:
    """The time whose rates are said first, on every page: six months where the file has them."""
    return _LEADING if _LEADING in months else months[0]


def time_points(population: Population) -> tuple[int, ...]:
    """The time points whose column holds something, in months; best response last."""
    points = (*population.plan.response.months, BEST)
    return tuple(months for months in points if population.known(column_at(months)))


def ahead(population: Population, name: str) -> None:
    """Have all counted that is asked of each time by a column."""
    flags = get_args(Told)
    population.ahead(
        (State(months), *(Flag(what, months) for what in flags), name)
        for months in time_points(population)
    )


def _at(
    population: Population,
    months: int,
    name: str,
    origin: Derivation,
    confirm: bool | None = None,
) -> ResponseAt:
    state, died = State(months, confirm), Flag("died", months)
    groups = population.crosstab(state, died, name)
    confirmed = population.plan.response.confirm if confirm is None else confirm
    return ResponseAt(
        months,
        column_at(months),
        counted(ALL, groups.n.sum(axis=2), population.plan),
        tuple(
            counted(level, groups.n[:, :, at], population.plan)
            for at, level in enumerate(groups.levels[2])
        ),
        tuple(_beware(population, months, groups.n.sum(axis=(1, 2)))),
        confirmed if months == BEST and origin.assessed_twice and origin.derived else None,
    )


def _beware(population: Population, months: int, states: Ints) -> list[Caution]:
    """What the states of one time do not show by themselves."""

    def told(what: Told) -> int:
        return population.counts(Flag(what, months)).n[0]

    return [
        *cautions.of_some("unread-responses", n=int(states[PLACE["aside"]])),
        *cautions.of_some("responses-after-death", months=months, n=told("contradicted")),
        *cautions.of_some("not-followed", n=told("not followed"), months=months),
        *cautions.of_some("dead-without-a-date", n=told("dead some time")),
        *cautions.of_some("responses-not-due", n=told("early")),
    ]


def counted(level: Level, states: Ints, plan: Plan) -> GroupResponse:
    """Estimate both rates of a group over both denominators.

    `level`: what the group is called. `states` (1 + states, 3): patients by state and by whether
    they had died by then, as a crosstab has them.
    """
    counts = states.sum(axis=1)[: len(STATES)]
    treated = int(counts.sum() - counts[PLACE["not-due"]])
    evaluable = int(counts[list(EVALUABLE)].sum())

    def rates(among: tuple[int, ...]) -> tuple[Proportion | None, Proportion | None]:
        k = int(counts[list(among)].sum())
        whole, measured = (
            proportion(k, n, plan.confidence) if n else None for n in (treated, evaluable)
        )
        return whole, measured

    died_with_pd = int(states[PLACE["PD"], 0])
    return GroupResponse(
        level, counts, died_with_pd, treated, evaluable, rates(OBJECTIVE), rates(CONTROLLED)
    )
