"""The patients of the synthetic registry: who is given what first, who dies when, and the truth.

A patient is a row of uniform random numbers. The same functions turn such rows into the patients
of the workbook and into a population large enough to compute the truth from.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from lib.schema import MONTH
from lib.statistics.cox import ratio
from lib.statistics.life_table import LifeTable, TimeToEvent, count
from lib.statistics.survival import kaplan_meier, rmst_difference
from sample_data.files import design

Numbers = npt.NDArray[np.float64]
People = dict[str, npt.NDArray[Any]]

CENTRE_SHARES = (0.42, 0.33, 0.25)
ECOG_SHARES = ((0.45, 0.45, 0.10), (0.38, 0.47, 0.15), (0.30, 0.50, 0.20))
"""Performance status 0, 1, 2 by centre: the centres do not see the same patients."""
LINE_SHARES = (0.25, 0.40, 0.25, 0.10)

DESIGN = design("design_240.toml")
SHAPE, SCALE = 1.45, 1080.0
"""Of the Weibull distribution, in days, of the time to death where every term of `death` is 0."""
COVARIATES = 8
"""Uniform numbers that make the covariates of a patient; treatment and death take one more each."""

HAI, TACE = "HAI", "TACE"
HORIZON = 36.0
TIMES = (12.0, 24.0)


def population(uniform: Numbers) -> People:
    """Make patients of (n, `COVARIATES`) uniform numbers, all known before the first procedure.

    Centre is a place in the design's `centres`, `extrahepatic` and `ras` are true of disease and
    mutation.
    """
    centre = np.searchsorted(np.cumsum(CENTRE_SHARES)[:-1], uniform[:, 0], side="right")
    steps = np.cumsum(ECOG_SHARES, axis=1)[centre, :-1]
    lesions = np.minimum(20, 1 + np.floor(-4.6 * np.log1p(-uniform[:, 2]))).astype(int)
    extent = 8 + 2.0 * lesions + 42 * uniform[:, 3] ** 2
    lines = 1 + np.searchsorted(np.cumsum(LINE_SHARES)[:-1], uniform[:, 4], side="right")
    return {
        "centre": centre,
        "ecog": (uniform[:, 1, None] >= steps).sum(axis=1),
        "n_lesions": lesions,
        "liver_involvement_pct": np.clip(5 * np.round(extent / 5), 5, 75).astype(int),
        "prior_lines": lines,
        "extrahepatic": uniform[:, 5] < np.where(lines >= 3, 0.32, 0.20),
        "ras": uniform[:, 6] < 0.46,
    }


def columns(people: People) -> Numbers:
    """(n, p) columns that the coefficients belong to, in the order of the design."""
    found = (
        people["liver_involvement_pct"] - 30,
        people["n_lesions"] - 5,
        people["ecog"] == 1,
        people["ecog"] == 2,
        people["extrahepatic"],
        people["prior_lines"] - 2,
        people["centre"] == 1,
        people["centre"] == 2,
        people["ras"],
    )
    return np.column_stack(found).astype(float)


def propensity(people: People) -> Numbers:
    """Chance of each patient to be given chemoembolization first."""
    intercept, *slopes = DESIGN["treatment"].values()
    return np.asarray(1 / (1 + np.exp(-(intercept + columns(people) @ np.array(slopes)))))


def days_to_death(people: People, embolized: npt.NDArray[np.bool_], uniform: Numbers) -> Numbers:
    """Day of death after a first procedure of the one kind or the other; the first is day 1.

    The modality of later procedures changes nothing.
    """
    effect, *slopes = DESIGN["death"].values()
    risk = effect * embolized + columns(people) @ np.array(slopes)
    return np.ceil(SCALE * (-np.log1p(-uniform) * np.exp(-risk)) ** (1 / SHAPE))


# The truth ------------------------------------------------------------------------------------


def both_outcomes(uniform: Numbers) -> LifeTable:
    """Count both potential outcomes of every patient, weighted to the overlap population.

    Parameters
    ----------
    uniform : (n, COVARIATES + 1) float array

    Notes
    -----
    Each patient is in both arms, with the weight ``e (1 - e)`` of the true propensity, until death
    or the common horizon: nobody else is censored. That is the population which overlap weights
    stand for (Li, Morgan & Zaslavsky 2018, J Am Stat Assoc 113:390-400).
    """
    people = population(uniform)
    chance = propensity(people)
    n = len(uniform)
    days = [days_to_death(people, np.full(n, arm), uniform[:, COVARIATES]) for arm in (False, True)]
    months = np.concatenate(days) / MONTH
    data = TimeToEvent(
        np.minimum(months, HORIZON), months <= HORIZON, None, np.tile(chance * (1 - chance), 2)
    )
    return count(data, np.repeat([0, 1], n), (HAI, TACE))


def estimands(table: LifeTable) -> dict[str, float]:
    """What the two arms of a life table amount to, by the library's own statistics."""
    hazard = ratio(table, HAI, TACE).value
    found = {"hazard_ratio": hazard, "log_hazard_ratio": float(np.log(hazard))}
    for months in TIMES:
        difference = rmst_difference(table, HAI, TACE, months).difference.value
        found[f"rmst_difference_{months:.0f}"] = difference
        for arm in (HAI, TACE):
            found[f"survival_{months:.0f}_{arm}"] = kaplan_meier(table.group(arm)).at(months).value
    return found


def truth(patients: int, parts: int, seed: int) -> dict[str, Any]:
    """Simulate the overlap population: each estimand, and its Monte Carlo error.

    The population is drawn in parts. The estimands are of all of it, and the error is that of the
    mean over the parts.
    """
    drawn = np.random.RandomState(seed)  # whose stream never changes
    tables = [
        both_outcomes(drawn.random_sample((patients // parts, COVARIATES + 1)))
        for _ in range(parts)
    ]
    parts_apart = [estimands(table) for table in tables]
    return {
        name: {"value": round(value, 4), "monte_carlo_error": float(f"{error:.1g}")}
        for name, value in estimands(sum(tables[1:], tables[0])).items()
        for error in [np.std([part[name] for part in parts_apart], ddof=1) / parts**0.5]
    }
