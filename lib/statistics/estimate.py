"""An estimate with its limits, and what all statistics share: normal quantiles, sealed arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

from lib.language import Template

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[Any]
"""Counts where unweighted, sums of weights where weighted."""


_FINE = 4 * float(np.finfo(np.float64).eps)
_MOST_STEPS = 200  # to where a function is 0, in halves alone some 100


class Missing(StrEnum):
    """Why a part of an estimate is undefined."""

    NONE = ""
    NOT_REACHED = "not-reached"
    NOT_ESTIMABLE = "not-estimable"
    PAST_FOLLOW_UP = "past-follow-up"
    WITHHELD = "withheld"
    NOT_HELD = "not-held"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its confidence limits."""

    # value, low, high: the estimate and its limits, nan where undefined
    value: float
    low: float
    high: float
    confidence: float  # Two-sided level of the limits, in (0, 1)
    method: Template  # how it was computed, in words
    missing: Missing = Missing.NONE  # the reason of any part that is nan

    def allows(self, value: float) -> bool:
        """Whether the limits leave room for a value, as a limit that is undefined does."""
        return not (self.low > value or self.high < value)


def undefined(confidence: float, method: Template, missing: Missing) -> Estimate:
    """Give an estimate of which no part is defined, for the stated reason."""
    return Estimate(np.nan, np.nan, np.nan, confidence, method, missing)


def around(
    value: float, std_error: float, confidence: float, method: Template, log: bool = False
) -> Estimate:
    """Give normal limits around a value; on the log scale `value` is a logarithm.

    Parameters
    ----------
    value, std_error : float
        The estimate and its standard error, both logarithmic if `log`.
    log : bool, default False
        Whether to give the exponential of the value and limits, which is clipped to what a
        float can hold.

    Returns
    -------
    Estimate
        No part is defined where the value or the standard error is not finite.
    """
    margin = normal_quantile(confidence) * std_error
    if not math.isfinite(value) or not math.isfinite(margin):
        return undefined(confidence, method, Missing.NOT_ESTIMABLE)
    low, high = value - margin, value + margin
    if log:
        value, low, high = (math.exp(min(max(x, -700.0), 700.0)) for x in (value, low, high))
    return Estimate(value, low, high, confidence, method)


def normal_quantile(confidence: float) -> float:
    """Give the normal quantile of two-sided limits."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    return -float(special.ndtri((1 - confidence) / 2))


def normal_pvalue(z: float) -> float:
    """Give the two-sided p-value of a standard normal statistic."""
    return float(2 * special.ndtr(-abs(z)))


def chi_squared_pvalue(statistic: float, df: int) -> float:
    """Give the upper tail of the chi-squared distribution, nan without degrees of freedom."""
    return float(special.chdtrc(df, statistic)) if df > 0 else np.nan


def zero(
    of: Callable[[float], float], low: float, high: float, xtol: float, rtol: float = _FINE
) -> float:
    """Where a function is 0 between two values at which its signs differ, by Brent's method.

    As near as ``xtol + rtol * abs(place)``. Of our own, for `scipy.optimize` takes as much memory
    as a tenth of the server.

    Raises `ValueError` where the signs do not differ.

    References
    ----------
    R. P. Brent, Algorithms for Minimization without Derivatives, Prentice-Hall 1973, chapter 4.
    """
    last, before = low, of(low)
    best, value = high, of(high)
    if before == 0:
        return low
    if value != 0 and not (before < 0 < value or value < 0 < before):
        raise ValueError(f"signs do not differ: {before} at {low}, {value} at {high}")
    other, far = last, before  # where the sign is another than at the best
    step = size = best - last
    for _ in range(_MOST_STEPS):
        if abs(far) < abs(value):
            last, best, other = best, other, best
            before, value, far = value, far, value
        near, half = (xtol + rtol * abs(best)) / 2, (other - best) / 2
        if value == 0 or abs(half) <= near:
            break
        bisected = abs(size) < near or abs(before) <= abs(value)
        size, step = (
            (half, half)
            if bisected
            else _inward((last, best, other), (before, value, far), size, step, near)
        )
        last, before = best, value
        best += step if abs(step) > near else math.copysign(near, half)
        value = of(best)
        if (value > 0) == (far > 0):
            other, far = last, before
            step = size = best - last
    return best


def _inward(
    at: tuple[float, float, float],
    values: tuple[float, float, float],
    size: float,
    step: float,
    near: float,
) -> tuple[float, float]:
    """The step before the next, and the next: to where a curve through what is known is 0.

    Half of the way to the other sign instead, where that would leave it or gain less.
    """
    (last, best, other), (before, value, far) = at, values
    half, ratio = (other - best) / 2, value / before
    if last == other:  # by a line
        up, down = 2 * half * ratio, 1 - ratio
    else:  # by an inverse quadratic
        one, two = before / far, value / far
        up = ratio * (2 * half * one * (one - two) - (best - last) * (two - 1))
        down = (one - 1) * (two - 1) * (ratio - 1)
    up, down = abs(up), -down if up > 0 else down
    if 2 * up < min(3 * half * down - abs(near * down), abs(size * down)):
        return step, up / down
    return half, half


def quantiles(values: Floats, n: Ints, at: Sequence[float]) -> list[float]:
    """Quantiles of values that so many have each, between values as `numpy.quantile`.

    Parameters
    ----------
    values : (k,) float array
        None of them nan, in any order.
    n : (k,) int array
        How many have each; not all 0.
    at : sequence of float
        From 0 to 1.
    """
    order = np.argsort(values)
    values, upto = values[order], np.cumsum(n[order])
    place = np.asarray(at) * (upto[-1] - 1)
    below = np.floor(place).astype(np.int64)
    low, high = (
        values[np.searchsorted(upto, np.minimum(each, upto[-1] - 1), side="right")]
        for each in (below, below + 1)
    )
    found: list[float] = (low + (high - low) * (place - below)).tolist()
    return found


def holm(pvalues: Sequence[float]) -> Floats:
    """Adjust p-values for their number by Holm's step-down procedure.

    Parameters
    ----------
    pvalues : (m,) sequence of float
        Each in [0, 1]; nan for a test that could not be done, which counts for nothing.

    Returns
    -------
    (m,) float array
        Adjusted p-values, in the order given, nan where nan was given.

    References
    ----------
    Holm (1979), Scand J Stat 6:65-70.
    """
    given = np.asarray(pvalues, float)
    adjusted = np.full(given.shape, np.nan)
    done = np.flatnonzero(~np.isnan(given))
    order = done[np.argsort(given[done], kind="stable")]
    steps = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted


def seal(result: object) -> None:
    """Make the arrays of a slotted result read-only."""
    for name in result.__slots__:  # type: ignore[attr-defined]
        value = getattr(result, name)
        if isinstance(value, np.ndarray):
            value.flags.writeable = False


class Sealed:
    """A slotted result into whose arrays nobody can write."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Seal the arrays."""
        seal(self)
