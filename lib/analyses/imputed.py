"""The contrast of two arms given covariates of which values are missing, imputed several times."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.analyses import adjustment, comparison
from lib.analyses.arms import compared
from lib.analyses.memory import ARMS, FOLLOWED, reads
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, compared_arms
from lib.followup import Groups
from lib.plan import SmallNumbers
from lib.schema import ADJUST_FOR, Column, Endpoint
from lib.statistics.imputation import Pooled, enough, impute, pooled
from lib.statistics.regression import Covariate

LEAST_KNOWN = 0.5
"""Share of the patients of whom a column must be known, for the rest to be drawn from them."""
MOST, ITERATIONS = 1_000, 5
"""Patients up to whom it is done, in a second or two; and how often a covariate is drawn again."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A covariate, and the patients of each arm whose value of it is drawn."""

    column: Column
    missing: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Imputed:
    """A Cox model of all patients of the arms with a time, none left out for a covariate."""

    provenance: Provenance
    endpoint: Endpoint
    covariates: tuple[Filled, ...]
    n: tuple[int, int]
    events: int
    seed: int
    ratio: Pooled  # hazard ratio of the arms given the covariates


@reads(*ARMS, *FOLLOWED, "small", "confidence", "comparison.covariates", "comparison.seed")
def of_endpoint(study: Study, endpoint: Endpoint) -> Imputed | None:
    """Adjust with what is missing drawn from what is known; None where nothing is, or too few are.

    Each covariate is drawn given the arm, the outcome and the others, as often as a hundredth of
    the incomplete patients asks for, and the models are pooled by Rubin's rules. Of the fixed list
    a column may be unknown of many, up to a half: nobody is left out for it.
    """
    arms, plan = compared_arms(study), study.plan
    if arms is None or plan.survival.origin != "first_procedure_date":
        return None
    follow = study.follow(endpoint)
    timed = np.flatnonzero(follow.used & (arms.codes >= 0))
    if len(timed) > MOST:
        return None
    chosen = _chosen(study, arms, timed)
    columns = [column for column, _made in chosen]
    if not columns:
        return None
    rows = adjustment.ordered(study, columns, arms, timed, follow.months, follow.event)
    covariates = [made for each in columns if (made := adjustment.predictor(study, each, rows))]
    if all(each.known.all() for each in covariates):
        return None
    n, events = adjustment.by_arm(arms.codes[rows]), int(follow.event[rows].sum())
    if not _allowed(n, events, covariates, plan.small) or _apart(study, columns):
        return None
    data, group = follow.at(rows), arms.codes[rows]
    random = np.random.default_rng(plan.comparison.seed)
    arm = Covariate(adjustment.ARM, group, tuple(level.code for level in arms.levels))
    terms = [
        adjustment.fitted(data, [arm, *completed], plan.confidence).terms[0]
        for completed in impute(
            covariates, group, data, enough(covariates), random, iterations=ITERATIONS
        )
    ]
    found = pooled(
        [term.log_ratio for term in terms],
        [term.std_error**2 for term in terms],
        events - 1 - adjustment.terms_of(covariates),
        plan.confidence,
        log=True,
    )
    return Imputed(
        study.provenance,
        endpoint,
        tuple(
            Filled(column, adjustment.by_arm(group[~each.known]))
            for column, each in zip(columns, covariates, strict=True)
        ),
        n,
        events,
        plan.comparison.seed,
        found,
    )


def _chosen(
    study: Study, arms: Groups, rows: npt.NDArray[np.int64]
) -> list[tuple[Column, Covariate]]:
    """The plan's covariates, or as many of the fixed list as the smaller arm allows."""
    known = {column.name: column for column in comparison.candidates(study)}
    named = study.plan.comparison.covariates
    room = min(adjustment.by_arm(arms.codes[rows])) // max(study.plan.small.patients_per_term, 1)
    found: list[tuple[Column, Covariate]] = []
    for name in named or ADJUST_FOR:
        made = adjustment.predictor(study, known[name], rows) if name in known else None
        if made is None or made.known.mean() < LEAST_KNOWN:
            continue
        if not named and adjustment.terms_of([*(each for _column, each in found), made]) > room:
            break
        found.append((known[name], made))
    return found


def _allowed(
    n: tuple[int, int], events: int, covariates: list[Covariate], small: SmallNumbers
) -> bool:
    terms = adjustment.terms_of(covariates)
    asked = adjustment.of_both(n, events, terms, small)
    return all(each.met for each in (*asked, adjustment.events_per_term(events, terms, small)))


def _apart(study: Study, columns: list[Column]) -> bool:
    """Whether nothing of a covariate is common to both arms, so that no model parts them."""
    arms = compared(study)
    found = () if arms is None else comparison.covariates(study, arms)
    return any(each.apart and each.column in columns for each in found)
