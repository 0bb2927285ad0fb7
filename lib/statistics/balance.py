"""Balance of two groups at baseline: standardized differences with their chance band."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from lib.language import N_, Template
from lib.statistics.estimate import Floats, Ints, Missing, Numbers
from lib.written import written

CONTINUOUS = N_("Standardized mean difference", "difference-of-means")
BINARY = N_("Standardized difference of proportions", "difference-of-proportions")
MULTILEVEL = N_("Standardized difference over levels (Yang-Dalton)", "difference-over-levels")
ONCE_IN_TWENTY = 0.05
_TOO_SMALL = -750.0  # of which the exponential is 0 to the computer


@dataclass(frozen=True, slots=True)
class Balance:
    """How far apart two groups are at baseline."""

    # Standardized difference, comparison less reference; over three levels or more it has no sign.
    # Infinite where the groups differ and nothing varies within them: they have no level in common.
    # nan where undefined.
    value: float
    # Size that chance alone exceeds once in twenty if the groups are alike; infinite where chance
    # alone leaves nothing in common so often, as where each patient has a level alone.
    band: float
    # n1, n0: patients with a value, comparison and reference; effective sizes where weighted
    n1: float
    n0: float
    method: Template  # how it was computed, in words
    # `NOT_ESTIMABLE` where `value` is nan: a group is empty, or has one value whose spread nobody
    # can know.
    missing: Missing = Missing.NONE
    # Whether the groups have no level in common, or of a number their ranges do not meet, where
    # chance leaves that less than once in twenty: no adjustment can part the groups from it.
    apart: bool = False

    @property
    @written
    def exceeds(self) -> bool:
        """Whether the groups differ more than chance explains."""
        return self.apart or abs(self.value) > self.band


def standardized_difference(
    comparison: npt.ArrayLike,
    reference: npt.ArrayLike,
    levels: int | None = None,
    weight1: npt.ArrayLike | None = None,
    weight0: npt.ArrayLike | None = None,
) -> Balance:
    """Compare a baseline covariate between two groups.

    Parameters
    ----------
    comparison, reference : (n1,), (n0,) array_like
        Of a continuous covariate the values, nan being missing; of one with levels their codes
        from 0, negative being missing. Missing ones are left out.
    levels : int, optional
        How many levels the covariate has, 2 or more; left out if it is continuous.
    weight1, weight0 : arrays of the same lengths, optional
        Weights of the patients, 0 or more.

    Notes
    -----
    Continuous: ``(m1 - m0) / sqrt((s1**2 + s0**2) / 2)`` with sample variances, weighted ones
    with the unbiased divisor ``sum(w) - sum(w**2) / sum(w)``. Two levels: the same for the share
    of the second, with variances ``p * (1 - p)``. More: Mahalanobis' distance of the shares of
    all levels but one, whichever, with the mean of the two multinomial covariances; levels that
    nobody has do not count. Groups that are constant and alike differ by 0. Groups without a level
    in common differ infinitely: which side a level is on is constant in each.

    References
    ----------
    Austin (2009), Stat Med 28:3083-3107. Yang & Dalton (2012), SAS Global Forum, paper 335.
    """
    if levels is None:
        return difference_of_means(Moments.of(comparison, weight1), Moments.of(reference, weight0))
    if levels < 2:
        raise ValueError(f"levels must be 2 or more, got {levels}")
    (c1, w1), (c0, w0) = _coded(comparison, weight1, levels), _coded(reference, weight0, levels)
    return difference_of_sums(
        np.bincount(c1, weights=w1, minlength=levels),
        np.bincount(c0, weights=w0, minlength=levels),
        np.bincount(c1[w1 > 0], minlength=levels),
        np.bincount(c0[w0 > 0], minlength=levels),
        (effective_size(w1), effective_size(w0)),
    )


@dataclass(frozen=True, slots=True)
class Moments:
    """What comparing a number between groups needs of one; nan where nobody has a value."""

    n: int
    effective: float
    mean: float
    variance: float
    low: float
    high: float

    @classmethod
    def of(cls, values: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Moments:
        """Moments of (n,) values, nan being missing, with weights, 0 or more."""
        x = np.asarray(values, float)
        w = np.ones(len(x)) if weight is None else np.asarray(weight, float)
        kept = ~np.isnan(x) & (w > 0)
        x, w = x[kept], w[kept]
        if not len(x):
            return cls(0, 0.0, np.nan, np.nan, np.nan, np.nan)
        mean = float(np.average(x, weights=w))
        return cls(len(x), effective_size(w), mean, _variance(x, w), float(x.min()), float(x.max()))

    @classmethod
    def counted(cls, values: npt.ArrayLike, n: npt.ArrayLike) -> Moments:
        """Moments of (k,) values, none missing, and how many have each, 1 or more."""
        x, many = np.asarray(values, float), np.asarray(n, float)
        if not len(x):
            return cls(0, 0.0, np.nan, np.nan, np.nan, np.nan)
        total = float(many.sum())
        mean = float((x * many).sum() / total)
        squares = float(((x - mean) ** 2 * many).sum())
        variance = squares / (total - 1) if total > 1 else np.nan
        if total > 1 and np.ptp(x) == 0:  # not the rounding of a mean
            variance = 0.0
        return cls(int(total), total, mean, variance, float(x.min()), float(x.max()))


def difference_of_means(comparison: Moments, reference: Moments) -> Balance:
    """Compare a number between two groups by their moments; see `standardized_difference`."""
    one, two = comparison, reference
    effective = (one.effective, two.effective)
    if not (one.n and two.n):
        return _balance(np.nan, 2, effective, CONTINUOUS)
    value = _scaled(one.mean - two.mean, (one.variance + two.variance) / 2)
    if np.isnan(value) or (one.low <= two.high and two.low <= one.high):
        return _balance(value, 2, effective, CONTINUOUS)
    chance = 2 * np.exp(-_log_ways(one.n + two.n, one.n))
    return _parted(value, 2, effective, CONTINUOUS, float(chance))


def difference_of_levels(comparison: Ints, reference: Ints) -> Balance:
    """Compare a covariate with levels by the patients of each; see `standardized_difference`."""
    sizes = (float(comparison.sum()), float(reference.sum()))
    return difference_of_sums(comparison, reference, comparison, reference, sizes)


def difference_of_sums(
    sums1: Numbers, sums0: Numbers, rows1: Ints, rows0: Ints, effective: tuple[float, float]
) -> Balance:
    """Compare a covariate with levels by sums of weights; see `standardized_difference`.

    Of the rows of each level, and not of weights, chance parts the groups.
    """
    levels = len(sums1)
    method = MULTILEVEL if levels > 2 else BINARY
    if not (sums1.sum() > 0 and sums0.sum() > 0):
        return _balance(np.nan, levels, effective, method)
    p1, p0 = sums1 / sums1.sum(), sums0 / sums0.sum()
    present = (p1 + p0) > 0
    several = max(2, int(present.sum()))
    if not np.any((p1 > 0) & (p0 > 0)):
        value = np.copysign(np.inf, p1[1] - p0[1] if levels == 2 else 1)
        chance = _unshared(rows1 + rows0, int(rows1.sum()))
        return _parted(float(value), several, effective, method, chance)
    if levels == 2:
        value = _scaled(p1[1] - p0[1], (p1[1] * (1 - p1[1]) + p0[1] * (1 - p0[1])) / 2)
        return _balance(value, 2, effective, method)
    return _balance(_distance(p1[present][1:], p0[present][1:]), several, effective, method)


def _balance(
    value: float, levels: int, effective: tuple[float, float], method: Template
) -> Balance:
    missing = Missing.NOT_ESTIMABLE if np.isnan(value) else Missing.NONE
    return Balance(float(value), chance_band(*effective, levels), *effective, method, missing)


def _parted(
    value: float, levels: int, effective: tuple[float, float], method: Template, chance: float
) -> Balance:
    """The balance of groups with nothing in common, which chance leaves them with so often."""
    found = _balance(value, levels, effective, method)
    apart = chance < ONCE_IN_TWENTY
    by_chance = not apart and np.isinf(value)
    return replace(found, apart=apart, band=np.inf if by_chance else found.band)


def _unshared(sizes: Ints, n1: int) -> float:
    """How likely a random split shares no level: (ways to fill n1 by whole levels) / C(n, n1)."""
    filling, every = sizes[(sizes > 0) & (sizes <= n1)], _log_ways(int(sizes.sum()), n1)
    if len(filling) * np.log(2) - every < _TOO_SMALL:  # that many ways there are at most
        return 0.0
    ways = np.full(n1 + 1, -np.inf)  # logarithms, because there may be thousands of levels
    ways[0] = 0
    for size in filling.tolist():
        ways[size:] = np.logaddexp(ways[size:], ways[:-size].copy())
    return float(np.exp(ways[n1] - every))


def chance_of_one_group(size: int, n1: int, n0: int) -> float:
    """Give how likely all patients of a level are of one group, were the groups drawn by lot.

    Parameters
    ----------
    size : int
        Patients of the level, among those of both groups.
    n1, n0 : int
        Patients of the groups.

    Notes
    -----
    Hypergeometric: ``(C(n1, size) + C(n0, size)) / C(n1 + n0, size)``.
    """
    every = _log_ways(n1 + n0, size)
    return float(sum(np.exp(_log_ways(n, size) - every) for n in (n1, n0) if n >= size))


def _log_ways(n: int, k: int) -> float:
    """The logarithm of the number of ways to choose k of n."""
    return float(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))


def chance_band(n1: float, n0: float, levels: int = 2) -> float:
    """Give the size of a standardized difference that chance exceeds once in twenty.

    Parameters
    ----------
    n1, n0 : float
        Patients of each group, or their effective number.
    levels : int, default 2
        Levels of the covariate; 2 for continuous ones too.

    Notes
    -----
    ``sqrt((1 / n1 + 1 / n0) * q)`` with q the 95% point of chi-squared with ``levels - 1``
    degrees of freedom. nan if a group is empty.
    """
    if not (n1 > 0 and n0 > 0):
        return np.nan
    return float(np.sqrt((1 / n1 + 1 / n0) * special.chdtri(levels - 1, ONCE_IN_TWENTY)))


def effective_size(weight: npt.ArrayLike) -> float:
    """Give the number of unweighted patients with the same precision (Kish): ``S(w)**2/S(w**2)``.

    References
    ----------
    Kish (1965), Survey Sampling, s. 11.7.
    """
    w = np.asarray(weight, float)
    return float(w.sum() ** 2 / np.square(w).sum()) if np.any(w > 0) else 0.0


def _coded(
    codes: npt.ArrayLike, weight: npt.ArrayLike | None, levels: int
) -> tuple[npt.NDArray[np.int64], Floats]:
    c = np.asarray(codes).astype(np.int64)
    if np.any(c >= levels):
        raise ValueError(f"codes must be below levels, {levels}")
    w = np.ones(len(c)) if weight is None else np.asarray(weight, float)
    return c[c >= 0], w[c >= 0]


def _variance(x: Floats, w: Floats) -> float:
    freedom = w.sum() - np.square(w).sum() / w.sum()
    if freedom <= 0:
        return np.nan
    if np.ptp(x) == 0:  # not the rounding of a weighted mean
        return 0.0
    return float(np.sum(w * (x - np.average(x, weights=w)) ** 2) / freedom)


def _scaled(gap: float, variance: float) -> float:
    if variance > 0:
        return float(gap / np.sqrt(variance))
    if np.isnan(variance):
        return np.nan
    return float(np.copysign(np.inf, gap)) if gap else 0.0


def _distance(p1: Floats, p0: Floats) -> float:
    """Mahalanobis' distance of two vectors of shares, of which some level is in both."""
    gap = p1 - p0
    covariance = (np.diag(p1) - np.outer(p1, p1) + np.diag(p0) - np.outer(p0, p0)) / 2
    inverse = np.linalg.pinv(covariance, hermitian=True)
    return float(np.sqrt(max(0.0, float(gap @ inverse @ gap))))
