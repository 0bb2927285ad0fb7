"""What is computed of a study is kept with its patients, by the parts of the plan that it reads."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from lib.analyses.provenance import Provenance
    from lib.plan import Plan

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Kept = TypeVar("Kept")


class Keeps(Protocol):
    """Patients who keep what they were asked."""

    @property
    def answers(self) -> dict[Any, Any]:
        """What they were asked so far, whatever the plan."""

    @property
    def provenance(self) -> Provenance:
        """Where what they answer comes from."""

    def digest(self, parts: tuple[str, ...]) -> str:
        """Identify what the plan has in some of its parts."""


Keeper = TypeVar("Keeper", bound=Keeps)

FOLLOWED = ("survival.origin", "survival.missed_scans", "study.assessed_every")
"""How patients are followed to an endpoint."""
LIMITS = ("confidence", "small")  # how sure a number is, and from how many patients on it is told
DRAWN = ("comparison.seed", "comparison.permutations")  # tests by permutation
SHOWN_BY = ("study.by", "study.cuts")
ARMS = ("comparison.column", "comparison.reference", "comparison.comparison", "study.cuts")
"""Who is compared with whom."""
CURVES = (
    *(*FOLLOWED, *LIMITS, "study.cuts"),
    *("survival.limits", "survival.milestones"),
)
COMPARED = (
    *(*CURVES, *ARMS, *DRAWN),
    *("comparison.contrast", "survival.taus", "response.deaths", "study.seen_every"),
)
WORDED = ("protocol", "figure")
"""What words and figures read and few numbers do: they take it of the plan that a result comes
with, which is the one that it is asked under."""
_MOST = 64  # how many answers of one analysis are kept with the same patients
READS: dict[str, tuple[str, ...]] = {}  # what each analysis declares, by its module and name


def digest(plan: Plan, parts: tuple[str, ...]) -> str:
    """Identify what a plan has in some of its parts."""
    values = tuple(attrgetter(part)(plan) for part in parts)
    return hashlib.sha256(repr(values).encode()).hexdigest()


def reads(
    *parts: str,
) -> Callable[
    [Callable[Concatenate[Keeper, Asked], Answer]], Callable[Concatenate[Keeper, Asked], Answer]
]:
    """Declare the parts of the plan that an analysis reads, and ask it once for each of them.

    `*parts`: as ``survival.landmark``, or a whole part: what the analysis, those that it calls and
    the words about its result read of the plan. What decides who is under study, `study.SELECTS`,
    need not be named: the answer is kept with these patients.

    A part that is read and not declared would give an old answer for a new plan; a test runs each
    analysis on a plan that notes what is read of it. An answer that was kept comes with the plan it
    is asked under now, since another may hold it, whose words read more.
    """

    def declared(
        analysis: Callable[Concatenate[Keeper, Asked], Answer],
    ) -> Callable[Concatenate[Keeper, Asked], Answer]:
        name = f"{analysis.__module__}.{analysis.__qualname__}"
        READS[name] = parts

        @functools.wraps(analysis)
        def answer(population: Keeper, *asked: Asked.args, **named: Asked.kwargs) -> Answer:
            key = (population.digest(parts), asked, tuple(named.items()))
            found = latest(
                population.answers, name, key, _MOST, lambda: analysis(population, *asked, **named)
            )
            now = _as_asked(found, population)
            if now is not found:
                population.answers[name][key] = (now,)
            return now

        return cast(Callable[Concatenate[Keeper, Asked], Answer], answer)

    return declared


def _as_asked(found: Kept, population: Keeps) -> Kept:
    """What was kept, with the plan that it is asked under."""
    kept = getattr(found, "provenance", None)
    if kept is None or not dataclasses.is_dataclass(found):
        return found
    now = population.provenance
    if kept is now or kept.plan == now.plan:
        return found
    return cast(Kept, dataclasses.replace(found, provenance=now))  # type: ignore[type-var]


def latest(
    memory: dict[Any, Any], kind: str, key: object, most: int, made: Callable[[], Kept]
) -> Kept:
    """What was made for a key, kept for the `most` keys of a kind that were asked for last."""
    known: dict[object, tuple[Kept]] = memory.setdefault(kind, {})
    found = known.pop(key, None) or (made(),)
    known[key] = found
    while len(known) > most:
        del known[next(iter(known))]
    return found[0]
