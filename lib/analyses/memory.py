"""What is computed of a study is kept with its patients, by the parts of the plan that it reads."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from lib.analyses.study import Study
    from lib.plan import Plan

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Kept = TypeVar("Kept")

READS: dict[str, tuple[str, ...]] = {}
"""What each analysis declares, by its module and name."""


def digest(plan: Plan, parts: tuple[str, ...]) -> str:
    """Identify what a plan has in some of its parts."""
    values = tuple(attrgetter(part)(plan) for part in parts)
    return hashlib.sha256(repr(values).encode()).hexdigest()


def reads(
    *parts: str,
) -> Callable[
    [Callable[Concatenate[Study, Asked], Answer]], Callable[Concatenate[Study, Asked], Answer]
]:
    """Declare the parts of the plan that an analysis reads, and ask it once for each of them.

    Parameters
    ----------
    *parts : str
        As ``survival.landmark``, or a whole part: what the analysis, those that it calls and the
        words about its result read of the plan. What decides who is under study, `study.SELECTS`,
        need not be named: the answer is kept with these patients.

    Notes
    -----
    A part that is read and not declared would give an old answer for a new plan; a test runs each
    analysis on a plan that notes what is read of it.
    """

    def declared(
        analysis: Callable[Concatenate[Study, Asked], Answer],
    ) -> Callable[Concatenate[Study, Asked], Answer]:
        name = f"{analysis.__module__}.{analysis.__qualname__}"
        READS[name] = parts

        @functools.wraps(analysis)
        def answer(study: Study, *asked: Asked.args, **named: Asked.kwargs) -> Answer:
            memory = study.cohort.memory
            key = (name, study.digest(parts), asked, tuple(named.items()))
            if key not in memory:
                memory[key] = analysis(study, *asked, **named)
            return cast(Answer, memory[key])

        return cast(Callable[Concatenate["Study", Asked], Answer], answer)

    return declared


def latest(
    memory: dict[Any, Any], kind: str, key: object, most: int, made: Callable[[], Kept]
) -> Kept:
    """What was made for a key, kept for the `most` keys of a kind that were asked for last."""
    known: dict[object, Kept] = memory.setdefault(kind, {})
    found = known.pop(key) if key in known else made()
    known[key] = found
    while len(known) > most:
        del known[next(iter(known))]
    return found
