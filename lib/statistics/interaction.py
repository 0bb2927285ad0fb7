"""Whether the contrast of two groups is the same in every stratum: hazards, and proportions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lib.language import N_, Template
from lib.statistics import cox
from lib.statistics.estimate import Floats, Missing, chi_squared_pvalue, zero
from lib.statistics.life_table import LifeTable

OF_HAZARDS = N_("Likelihood-ratio test of interaction in a stratified Cox model", "interaction-cox")
OF_DIFFERENCES = N_(
    "Score test of equal differences of proportions (Gart-Nam)", "interaction-gart-nam"
)
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Interaction:
    """A test that a contrast is the same in all strata; a small p-value speaks against it."""

    statistic: float
    df: int  # strata that tell something of the contrast, less one
    pvalue: float
    method: Template  # which test, in words
    missing: Missing = Missing.NONE  # `NOT_ESTIMABLE` where fewer than two strata tell something


def _interaction(statistic: float, strata: int, method: Template) -> Interaction:
    if strata < 2:
        return Interaction(np.nan, 0, np.nan, method, Missing.NOT_ESTIMABLE)
    statistic = max(0.0, statistic)
    return Interaction(statistic, strata - 1, chi_squared_pvalue(statistic, strata - 1), method)


def of_hazard_ratios(tables: Sequence[LifeTable], reference: str, comparison: str) -> Interaction:
    """Test whether the hazard ratio of two groups is the same in all strata.

    Parameters
    ----------
    tables : sequence of LifeTable
        One a stratum, each holding both groups, unweighted.

    Notes
    -----
    Twice the difference of the partial log-likelihoods with a ratio for each stratum and with one
    for all, each stratum having a baseline hazard of its own: nothing is assumed of how hazards
    differ between strata. As R ``anova(coxph(S ~ group + strata(s)), coxph(S ~ group:s +
    strata(s)))``. A stratum in which no event finds both groups at risk tells nothing.

    References
    ----------
    Cox (1972), J R Stat Soc B 34:187-220.
    """
    apart = [cox.hazard_ratio(table, reference, comparison) for table in tables]
    kept = [at for at, each in enumerate(apart) if each.diverged or not np.isnan(each.log_ratio)]
    if len(kept) < 2:
        return _interaction(np.nan, len(kept), OF_HAZARDS)
    together = cox.hazard_ratio([tables[at] for at in kept], reference, comparison)
    each = sum(apart[at].log_likelihood[1] for at in kept)
    return _interaction(2 * (each - together.log_likelihood[1]), len(kept), OF_HAZARDS)


def of_differences(
    k1: Sequence[int], n1: Sequence[int], k0: Sequence[int], n0: Sequence[int]
) -> Interaction:
    """Test whether the difference of two proportions is the same in all strata.

    Parameters
    ----------
    k1, n1, k0, n0 : (s,) sequences of int
        Successes and patients of the comparison and of the reference in each stratum; every
        stratum has patients of both.

    Notes
    -----
    The score test: ``sum((d - D)**2 / v)`` with D the maximum-likelihood common difference and v
    the variance of each difference d at the proportions that D leaves most likely, so that it is
    defined where a proportion is 0 or 1. It equals Pearson's statistic of R ``glm(family =
    binomial("identity"))`` without interaction. On the scale of the differences that are shown,
    and not of odds: equal odds ratios are not equal differences.

    References
    ----------
    Gart & Nam (1990), Biometrics 46:637-643. Miettinen & Nurminen (1985), Stat Med 4:213-226.
    """
    hits1, all1, hits0, all0 = (np.asarray(part, float) for part in (k1, n1, k0, n0))
    if len(hits1) < 2:
        return _interaction(np.nan, len(hits1), OF_DIFFERENCES)
    if np.any(all1 < 1) or np.any(all0 < 1):
        raise ValueError("every stratum must have patients of both groups")

    def slope(common: float) -> float:
        p0 = _likeliest(common, hits1, all1, hits0, all0)
        spread1, spread0 = _spread(p0 + common), _spread(p0)
        up, down = (hits1 - all1 * (p0 + common)) / spread1, (hits0 - all0 * p0) / spread0
        return float(np.where(spread1 >= spread0, up, -down).sum())  # alike, but for the edges

    common = _root(slope)
    p0 = _likeliest(common, hits1, all1, hits0, all0)
    p1 = np.clip(p0 + common, 0, 1)
    pull = hits1 / all1 - hits0 / all0 - common
    variance = p1 * (1 - p1) / all1 + p0 * (1 - p0) / all0
    part = np.divide(pull**2, variance, out=np.zeros(len(pull)), where=variance > 1e-9)
    return _interaction(float(part.sum()), len(part), OF_DIFFERENCES)


def _root(slope: Callable[[float], float]) -> float:
    """Where the derivative of the profile likelihood, which falls, is 0; the edge if nowhere."""
    low, high = -1 + 1e-9, 1 - 1e-9
    if slope(low) <= 0:
        return -1.0
    if slope(high) >= 0:
        return 1.0
    return zero(slope, low, high, xtol=1e-13)


def _spread(p: Floats) -> Floats:
    inside = np.clip(p, _EDGE, 1 - _EDGE)
    return np.asarray(inside * (1 - inside))


def _likeliest(common: float, k1: Floats, n1: Floats, k0: Floats, n0: Floats) -> Floats:
    """The reference's proportions that are most likely, given a common difference.

    Miettinen and Nurminen's root of the cubic likelihood equation.
    """
    n, k = n1 + n0, k1 + k0
    c2 = ((n1 + 2 * n0) * common - n - k) / n
    c1 = ((n0 * common - n - 2 * k0) * common + k) / n
    c0 = k0 * common * (1 - common) / n
    q = (c2 / 3) ** 3 - c1 * c2 / 6 + c0 / 2
    size = np.sqrt(np.maximum((c2 / 3) ** 2 - c1 / 3, 0))
    p = np.where(q < 0, -size, size)
    cosine = np.divide(q, p**3, out=np.ones(len(q)), where=np.abs(p) > 1e-100)
    angle = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
    found = 2 * p * np.cos(angle) - c2 / 3
    return np.asarray(np.clip(found, max(0.0, -common), min(1.0, 1 - common)))
