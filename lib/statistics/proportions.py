"""Proportions of patients: exact and score limits, differences, exact tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from lib.language import N_, Template
from lib.statistics.estimate import (
    Estimate,
    Floats,
    Missing,
    normal_quantile,
    undefined,
)

CLOPPER_PEARSON = N_("Clopper-Pearson limits", "clopper-pearson")
NEWCOMBE = N_("Difference of proportions, Newcombe limits", "newcombe")
FISHER = N_("Fisher's exact test", "fisher")
_ALIKE = 1e-7  # by which the chances of two tables may differ that are the same but for rounding
_SPREADS, _AT_LEAST = 40, 200  # standard deviations and numbers, beyond which nothing is likely


@dataclass(frozen=True, slots=True)
class Proportion:
    """k of n patients."""

    # k, n: those with the property, and all of them
    k: int
    n: int
    estimate: Estimate  # ``k / n`` with limits; `Missing.NOT_ESTIMABLE` if n is 0


def proportion(k: int, n: int, confidence: float = 0.95) -> Proportion:
    """Estimate a proportion with exact limits, which never cover less than they say.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404-413.
    """
    _check(k, n)
    normal_quantile(confidence)
    if n == 0:
        return Proportion(0, 0, undefined(confidence, CLOPPER_PEARSON, Missing.NOT_ESTIMABLE))
    low, high = _exact(k, n, confidence)
    return Proportion(int(k), int(n), Estimate(k / n, low, high, confidence, CLOPPER_PEARSON))


@dataclass(frozen=True, slots=True)
class Difference:
    """One proportion less another."""

    # k1, n1, k0, n0: counts of the comparison, and of the reference
    k1: int
    n1: int
    k0: int
    n0: int
    # ``k1 / n1 - k0 / n0`` with limits; `Missing.NOT_ESTIMABLE` if one is of nobody.
    estimate: Estimate


def difference(k1: int, n1: int, k0: int, n0: int, confidence: float = 0.95) -> Difference:
    """Estimate the difference of two independent proportions, comparison less reference.

    Notes
    -----
    Limits by square and add from the two Wilson intervals, without continuity correction.

    References
    ----------
    Newcombe (1998), Stat Med 17:873-890, method 10.
    """
    _check(k1, n1)
    _check(k0, n0)
    z = normal_quantile(confidence)
    if n1 == 0 or n0 == 0:
        nothing = undefined(confidence, NEWCOMBE, Missing.NOT_ESTIMABLE)
        return Difference(int(k1), int(n1), int(k0), int(n0), nothing)
    p1, p0 = k1 / n1, k0 / n0
    (low1, high1), (low0, high0) = _wilson(k1, n1, z), _wilson(k0, n0, z)
    low = p1 - p0 - float(np.hypot(p1 - low1, high0 - p0))
    high = p1 - p0 + float(np.hypot(high1 - p1, p0 - low0))
    estimate = Estimate(p1 - p0, max(low, -1.0), min(high, 1.0), confidence, NEWCOMBE)
    return Difference(int(k1), int(n1), int(k0), int(n0), estimate)


@dataclass(frozen=True, slots=True)
class ExactTest:
    """A two-sided p-value computed without approximation."""

    pvalue: float  # undefined where the test cannot be done, for the reason in `missing`
    method: Template  # which test, in words
    missing: Missing = Missing.NONE  # `NOT_ESTIMABLE` where a row or a column of the table is empty


def fisher(table: npt.ArrayLike) -> ExactTest:
    """Test whether rows and columns of a table of counts are independent.

    Parameters
    ----------
    table : (2, 2) array_like of int
        Counts, 0 or more.

    Returns
    -------
    ExactTest
        Sum of the probabilities of all tables with these margins that are no more probable than
        the one seen, or more so by a rounding, as R takes it.

    References
    ----------
    Fisher (1935), J R Stat Soc 98:39-82.
    """
    counts = _counts(table)
    (n1, n0), (k, left) = counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist()
    if not (n1 and n0 and k and left):
        return ExactTest(np.nan, FISHER, Missing.NOT_ESTIMABLE)
    low, chances = _hypergeometric(n1, n0, k)
    seen = int(counts[0, 0]) - low
    if not 0 <= seen < len(chances):
        return ExactTest(0.0, FISHER)
    no_more = chances <= chances[seen] * (1 + _ALIKE)
    return ExactTest(min(1.0, float(chances[no_more].sum())), FISHER)


def _hypergeometric(n1: int, n0: int, k: int) -> tuple[int, Floats]:
    """How likely k drawn of n1 and n0 have so many of the n1, and from how many on.

    So far from the likeliest that all beyond are 0 to the computer.
    """
    n = n1 + n0
    likeliest = (k + 1) * (n1 + 1) // (n + 2)
    spread = np.sqrt(k * (n1 / n) * (n0 / n) * ((n - k) / max(n - 1, 1)))
    far = int(_SPREADS * spread) + _AT_LEAST
    low, high = max(0, k - n0, likeliest - far), min(n1, k, likeliest + far)
    x = np.arange(low, high, dtype=float)
    steps = np.log((n1 - x) * (k - x)) - np.log((x + 1) * (n0 - k + x + 1))  # of x + 1 over x
    told = np.concatenate([[0.0], np.cumsum(steps)])
    ways = np.exp(told - told.max())
    return low, ways / ways.sum()


def _check(k: int, n: int) -> None:
    if not (0 <= k <= n and int(k) == k and int(n) == n):
        raise ValueError(f"k and n must be whole numbers with 0 <= k <= n, got {k} and {n}")


def _counts(table: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Check a table of counts."""
    given = np.asarray(table)
    if given.shape != (2, 2) or not np.all(given >= 0) or np.any(given != np.rint(given)):
        raise ValueError("table must be 2 x 2 and hold whole numbers, 0 or more")
    return given.astype(np.int64)


def _exact(k: int, n: int, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low = float(special.betaincinv(k, n - k + 1, tail)) if k > 0 else 0.0
    high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return low, high


def _wilson(k: int, n: int, z: float) -> tuple[float, float]:
    p, share = k / n, z * z / n
    centre = (p + share / 2) / (1 + share)
    margin = z / (1 + share) * float(np.sqrt(p * (1 - p) / n + share / (4 * n)))
    return (0.0 if k == 0 else centre - margin), (1.0 if k == n else centre + margin)
