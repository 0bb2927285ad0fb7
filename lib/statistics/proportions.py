"""Proportions of patients: exact and score limits, differences, exact tests."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from lib.language import N_, Template
from lib.statistics.estimate import (
    Estimate,
    Missing,
    around,
    chi_squared_pvalue,
    normal_quantile,
    undefined,
)

CLOPPER_PEARSON = N_("Clopper-Pearson limits", "clopper-pearson")
WILSON = N_("Wilson limits", "wilson")
NEWCOMBE = N_("Difference of proportions, Newcombe limits", "newcombe")
FISHER = N_("Fisher's exact test", "fisher")
FREEMAN_HALTON = N_("Fisher-Freeman-Halton exact test", "fisher-freeman-halton")
BOSCHLOO = N_("Boschloo's exact test", "boschloo")
ODDS_RATIO = N_("Conditional odds ratio, exact limits", "conditional-odds-ratio")
RELATIVE_RISK = N_("Relative risk, log-normal limits", "relative-risk")
TREND = N_("Exact test for trend over ordered categories", "exact-trend")
MCNEMAR = N_("McNemar's exact test", "mcnemar")
BOWKER = N_("Bowker's test of symmetry", "bowker")
TOO_MANY = N_("Exact test not possible: too many tables", "exact-not-possible")


@dataclass(frozen=True, slots=True)
class Proportion:
    """k of n patients.

    Attributes
    ----------
    k, n : int
        Those with the property, and all of them.
    estimate : Estimate
        ``k / n`` with limits; `Missing.NOT_ESTIMABLE` if n is 0.
    """

    k: int
    n: int
    estimate: Estimate


def proportion(
    k: int,
    n: int,
    confidence: float = 0.95,
    method: Literal["clopper-pearson", "wilson"] = "clopper-pearson",
) -> Proportion:
    """Estimate a proportion with limits.

    Parameters
    ----------
    k, n : int
        ``0 <= k <= n``.
    confidence : float, default 0.95
        Two-sided level, in (0, 1).
    method : {"clopper-pearson", "wilson"}
        Exact limits, which never cover less than they say, or score limits.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404-413. Wilson (1927), J Am Stat Assoc 22:209-212.
    """
    _check(k, n)
    z = normal_quantile(confidence)
    if method not in ("clopper-pearson", "wilson"):
        raise ValueError(f"method must be 'clopper-pearson' or 'wilson', got {method!r}")
    words = CLOPPER_PEARSON if method == "clopper-pearson" else WILSON
    if n == 0:
        return Proportion(0, 0, undefined(confidence, words, Missing.NOT_ESTIMABLE))
    low, high = _exact(k, n, confidence) if method == "clopper-pearson" else _wilson(k, n, z)
    return Proportion(int(k), int(n), Estimate(k / n, low, high, confidence, words))


@dataclass(frozen=True, slots=True)
class Difference:
    """One proportion less another.

    Attributes
    ----------
    k1, n1, k0, n0 : int
        Counts of the comparison, and of the reference.
    estimate : Estimate
        ``k1 / n1 - k0 / n0`` with limits; `Missing.NOT_ESTIMABLE` if one is of nobody.
    """

    k1: int
    n1: int
    k0: int
    n0: int
    estimate: Estimate


def difference(k1: int, n1: int, k0: int, n0: int, confidence: float = 0.95) -> Difference:
    """Estimate the difference of two independent proportions, comparison less reference.

    Parameters
    ----------
    k1, n1 : int
        Comparison, ``0 <= k1 <= n1``.
    k0, n0 : int
        Reference, ``0 <= k0 <= n0``.
    confidence : float, default 0.95
        Two-sided level, in (0, 1).

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
    """A two-sided p-value computed without approximation.

    Attributes
    ----------
    pvalue : float
        nan where the test cannot be done, for the reason in `missing`.
    method : str
        Which test, in words.
    missing : Missing
        `NOT_ESTIMABLE` where a table has fewer than two rows or columns that are not empty, or
        too many tables of its margins exist to enumerate.
    """

    pvalue: float
    method: Template
    missing: Missing = Missing.NONE


def fisher(table: npt.ArrayLike) -> ExactTest:
    """Test whether rows and columns of a table of counts are independent.

    Parameters
    ----------
    table : (r, c) array_like of int
        Counts, 0 or more. Rows and columns without a patient are left out.

    Returns
    -------
    ExactTest
        Sum of the probabilities of all tables with these margins that are no more probable than
        the one seen: Fisher's test for 2 x 2, that of Freeman and Halton beyond. Always by
        enumeration, never by simulation.

    References
    ----------
    Fisher (1935), J R Stat Soc 98:39-82. Freeman & Halton (1951), Biometrika 38:141-149.
    """
    counts = _counts(table)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    if min(counts.shape) < 2:
        return ExactTest(np.nan, FISHER, Missing.NOT_ESTIMABLE)
    if counts.shape == (2, 2):
        return ExactTest(float(stats.fisher_exact(counts).pvalue), FISHER)
    pvalue = _freeman_halton(counts)
    if np.isnan(pvalue):
        return ExactTest(pvalue, TOO_MANY, Missing.NOT_ESTIMABLE)
    return ExactTest(pvalue, FREEMAN_HALTON)


def pearson(table: npt.ArrayLike) -> float:
    """Give the p-value of Pearson's chi-squared test of a 2 x 2 table, without correction.

    Only to say where it would tell another story than `fisher`: nan where it cannot be done.
    """
    counts = _counts(table).astype(float)
    rows, columns, n = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    if counts.shape != (2, 2) or not (rows.all() and columns.all()):
        return np.nan
    cross = counts[0, 0] * counts[1, 1] - counts[0, 1] * counts[1, 0]
    return chi_squared_pvalue(float(n * cross**2 / (rows.prod() * columns.prod())), 1)


def boschloo(k1: int, n1: int, k0: int, n0: int) -> ExactTest:
    """Test whether two independent proportions are equal, unconditionally.

    Parameters
    ----------
    k1, n1, k0, n0 : int
        Counts of the comparison, and of the reference.

    Returns
    -------
    ExactTest
        Never less powerful than Fisher's test, whose p-value is its statistic. The two-sided
        p-value is twice the smaller one-sided one, as scipy and R ``Exact`` have it.

    References
    ----------
    Boschloo (1970), Stat Neerl 24:1-35.
    """
    _check(k1, n1)
    _check(k0, n0)
    if n1 == 0 or n0 == 0 or k1 + k0 in (0, n1 + n0):
        return ExactTest(np.nan, BOSCHLOO, Missing.NOT_ESTIMABLE)
    test = stats.boschloo_exact([[k1, k0], [n1 - k1, n0 - k0]])
    return ExactTest(float(min(1.0, test.pvalue)), BOSCHLOO)


def odds_ratio(k1: int, n1: int, k0: int, n0: int, confidence: float = 0.95) -> Estimate:
    """Estimate the odds ratio given both margins, comparison over reference.

    Parameters
    ----------
    k1, n1, k0, n0 : int
        Counts of the comparison, and of the reference.
    confidence : float, default 0.95
        Two-sided level of the exact limits, in (0, 1).

    Returns
    -------
    Estimate
        Conditional maximum likelihood, as R ``fisher.test``, whose limits however are good to
        three digits only. 0 or infinite where one group had all or none; undefined where both
        had all or both none, `Missing.NOT_ESTIMABLE`.

    References
    ----------
    Cornfield (1956), Proc 3rd Berkeley Symp 4:135-148.
    """
    _check(k1, n1)
    _check(k0, n0)
    normal_quantile(confidence)
    if n1 == 0 or n0 == 0 or k1 + k0 in (0, n1 + n0):
        return undefined(confidence, ODDS_RATIO, Missing.NOT_ESTIMABLE)
    result = stats.contingency.odds_ratio([[k1, n1 - k1], [k0, n0 - k0]])
    low, high = result.confidence_interval(confidence)
    return Estimate(float(result.statistic), float(low), float(high), confidence, ODDS_RATIO)


def relative_risk(k1: int, n1: int, k0: int, n0: int, confidence: float = 0.95) -> Estimate:
    """Estimate the ratio of two proportions, comparison over reference.

    Parameters
    ----------
    k1, n1, k0, n0 : int
        Counts of the comparison, and of the reference.
    confidence : float, default 0.95
        Two-sided level, in (0, 1).

    Returns
    -------
    Estimate
        `Missing.NOT_ESTIMABLE` where a count is 0, for which the limits do not exist.

    References
    ----------
    Katz et al. (1978), Biometrics 34:469-474.
    """
    _check(k1, n1)
    _check(k0, n0)
    if k1 == 0 or k0 == 0:
        return undefined(confidence, RELATIVE_RISK, Missing.NOT_ESTIMABLE)
    error = float(np.sqrt(max(0.0, 1 / k1 - 1 / n1 + 1 / k0 - 1 / n0)))
    log_ratio = float(np.log(k1 / n1) - np.log(k0 / n0))
    return around(log_ratio, error, confidence, RELATIVE_RISK, log=True)


def trend(table: npt.ArrayLike) -> ExactTest:
    """Test whether ordered categories lie higher in one of two groups than in the other.

    Parameters
    ----------
    table : (2, c) array_like of int
        Counts of the two groups by category, the categories in order, such as CR, PR, SD, PD.

    Returns
    -------
    ExactTest
        Wilcoxon's rank sum with midranks, in its exact distribution given the categories'
        totals: the probability of a sum at least as far from its mean.

    Notes
    -----
    As R ``coin::wilcox_test(distribution = "exact")``.

    References
    ----------
    Lehmann (1975), Nonparametrics, s. 1.4. Mehta, Patel & Tsiatis (1984), Biometrics 40:819-825.
    """
    counts = _counts(table)
    if len(counts) != 2:
        raise ValueError(f"table must have two rows, got {len(counts)}")
    totals = counts.sum(axis=0)
    if not counts.sum(axis=1).all() or np.count_nonzero(totals) < 2:
        return ExactTest(np.nan, TREND, Missing.NOT_ESTIMABLE)
    ranks = 2 * np.cumsum(totals) - totals + 1  # twice the midranks, whole numbers
    size, total = int(counts[0].sum()), int(counts.sum())
    sums, chance = _rank_sums(ranks, totals, size)
    middle = size * (total + 1)
    far = abs(int(ranks @ counts[0]) - middle)
    return ExactTest(float(min(1.0, chance[np.abs(sums - middle) >= far].sum())), TREND)


def _rank_sums(
    ranks: npt.NDArray[np.int64], totals: npt.NDArray[np.int64], size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Sums of ranks of `size` patients drawn from the categories, and their probabilities.

    One category at a time, by how many are drawn so far and their sum; the last category gives
    the rest.
    """
    drawn, sums, chance = np.zeros(1, np.int64), np.zeros(1, np.int64), np.ones(1)
    base = int(ranks.max()) * size + 1
    for rank, n in zip(ranks[:-1].tolist(), totals[:-1].tolist(), strict=True):
        k = np.arange(min(n, size) + 1)
        ways = stats.binom.pmf(k, n, 0.5)
        state = ((drawn * base + sums)[:, None] + k * (base + rank)).ravel()
        state, place = np.unique(state, return_inverse=True)
        chance = np.asarray(np.bincount(place, weights=(chance[:, None] * ways).ravel()), float)
        drawn, sums = state // base, state % base
        kept = drawn <= size
        drawn, sums, chance = drawn[kept], sums[kept], chance[kept]
    rest = size - drawn
    kept = rest <= totals[-1]
    chance = chance[kept] * stats.binom.pmf(rest[kept], totals[-1], 0.5)
    return sums[kept] + rest[kept] * ranks[-1], chance / chance.sum()


def mcnemar(table: npt.ArrayLike) -> ExactTest:
    """Test whether a yes-no answer changed within patients.

    Parameters
    ----------
    table : (2, 2) array_like of int
        Counts of patients, rows the earlier and columns the later answer.

    Returns
    -------
    ExactTest
        Exact binomial test of the changes in one direction among all changes;
        `Missing.NOT_ESTIMABLE` if nobody changed.

    References
    ----------
    McNemar (1947), Psychometrika 12:153-157.
    """
    counts = _counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"table must be 2 x 2, got {counts.shape}")
    up, down = int(counts[0, 1]), int(counts[1, 0])
    if up + down == 0:
        return ExactTest(np.nan, MCNEMAR, Missing.NOT_ESTIMABLE)
    return ExactTest(float(stats.binomtest(up, up + down).pvalue), MCNEMAR)


@dataclass(frozen=True, slots=True)
class SymmetryTest:
    """A chi-squared test of the changes within patients.

    Attributes
    ----------
    statistic, df, pvalue
        nan, 0 and nan if nobody changed.
    method : str
        Which test, in words.
    missing : Missing
        `NOT_ESTIMABLE` if nobody changed.
    """

    statistic: float
    df: int
    pvalue: float
    method: Template
    missing: Missing = Missing.NONE


def bowker(table: npt.ArrayLike) -> SymmetryTest:
    """Test whether changes between several categories go as often one way as back.

    Parameters
    ----------
    table : (c, c) array_like of int
        Counts of patients, rows the earlier and columns the later category.

    Notes
    -----
    ``sum((n_ij - n_ji)**2 / (n_ij + n_ji))``; pairs of categories between which nobody changed
    give no degree of freedom. R ``mcnemar.test(correct=FALSE)`` says NaN where there is one.

    References
    ----------
    Bowker (1948), J Am Stat Assoc 43:572-574.
    """
    counts = _counts(table)
    if counts.shape[0] != counts.shape[1]:
        raise ValueError(f"table must be square, got {counts.shape}")
    i, j = np.triu_indices(len(counts), 1)
    both = counts[i, j] + counts[j, i]
    some, apart = both > 0, counts[i, j] - counts[j, i]
    if not some.any():
        return SymmetryTest(np.nan, 0, np.nan, BOWKER, Missing.NOT_ESTIMABLE)
    statistic = float(np.sum(apart[some] ** 2 / both[some]))
    df = int(some.sum())
    return SymmetryTest(statistic, df, chi_squared_pvalue(statistic, df), BOWKER)


MOST_STATES = 5_000_000
"""Where enumeration stops: some hundred MB, and several seconds."""


def _freeman_halton(counts: npt.NDArray[np.int64]) -> float:
    """Enumerate tables column by column, keeping what is left of each row's margin.

    States with equal remainders and equal probability so far are one, and the last two columns
    are filled once for each remainder, so that the work grows with the number of distinct states
    rather than of tables. nan if there are too many.
    """
    if counts.shape[0] > counts.shape[1]:
        counts = counts.T
    columns = np.sort(counts.sum(axis=0))[::-1]
    left = counts.sum(axis=1)[None, :]
    scale = float(special.gammaln(left + 1).sum() + special.gammaln(columns + 1).sum())
    scale -= float(special.gammaln(counts.sum() + 1))
    seen = scale - float(special.gammaln(counts + 1).sum())
    logs, ways = np.array([scale]), np.array([1.0])
    for column in columns[:-2]:
        filled = _fill(left, logs, int(column))
        if filled is None:
            return float("nan")
        left, logs, ways = _merge(*filled, ways)
    new = np.append(True, np.any(left[1:] != left[:-1], axis=1))
    starts = np.append(np.flatnonzero(new), len(left))
    total = 0.0
    for start, end in pairwise(starts):
        ends = _ends(left[start], int(columns[-2]))
        reach = np.searchsorted(ends, seen + 1e-7 - logs[start:end], side="right")
        below = np.concatenate([[0.0], np.cumsum(np.exp(ends))])[reach]
        total += float(np.sum(ways[start:end] * np.exp(logs[start:end]) * below))
    return min(1.0, total)


def _ends(left: npt.NDArray[np.int64], column: int) -> npt.NDArray[np.float64]:
    """Logarithms of the last two columns' part in the probability, sorted."""
    filled = _fill(left[None, :], np.zeros(1), column)
    assert filled is not None
    after, logs, _ = filled
    return np.sort(logs - special.gammaln(after + 1).sum(axis=1))


def _fill(
    left: npt.NDArray[np.int64], logs: npt.NDArray[np.float64], column: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64]] | None:
    """Fill one column in every way: what is left, log-probabilities, and the state before."""
    rows = left.shape[1]
    state = np.arange(len(left))
    rest = np.full(len(left), column)
    after = left.copy()
    for row in range(rows):
        room = after[:, row + 1 :].sum(axis=1)
        low, high = np.maximum(0, rest - room), np.minimum(after[:, row], rest)
        choices = high - low + 1
        total = int(choices.sum())
        if total > MOST_STATES:
            return None
        source = np.repeat(np.arange(len(rest)), choices)
        first = np.cumsum(choices) - choices
        cell = low[source] + np.arange(total) - first[source]
        state, rest, after = state[source], rest[source] - cell, after[source]
        logs = logs[source] - special.gammaln(cell + 1)
        after[:, row] -= cell
    return after, logs, state


def _merge(
    left: npt.NDArray[np.int64],
    logs: npt.NDArray[np.float64],
    state: npt.NDArray[np.int64],
    ways: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Join the states that are equal but for the way to them."""
    order = np.lexsort((logs, *left.T[:-1]))
    left, logs, state = left[order], logs[order], state[order]
    new = np.ones(len(logs), bool)
    new[1:] = (np.diff(logs) > 1e-10) | np.any(left[1:] != left[:-1], axis=1)
    starts = np.flatnonzero(new)
    return left[starts], logs[starts], np.add.reduceat(ways[state], starts)


def _check(k: int, n: int) -> None:
    if not (0 <= k <= n and int(k) == k and int(n) == n):
        raise ValueError(f"k and n must be whole numbers with 0 <= k <= n, got {k} and {n}")


def _counts(table: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Check a table of counts."""
    given = np.asarray(table)
    if given.ndim != 2 or not np.all(given >= 0) or np.any(given != np.rint(given)):
        raise ValueError("table must be 2-D and hold whole numbers, 0 or more")
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
