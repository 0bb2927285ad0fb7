"""Weighting two groups to balance, and what an unadjusted comparison can hide or could show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from lib.language import N_, Template
from lib.statistics import cox
from lib.statistics.balance import Balance, effective_size, standardized_difference
from lib.statistics.estimate import (
    Bools,
    Estimate,
    Floats,
    Missing,
    normal_quantile,
    seal,
    undefined,
)
from lib.statistics.life_table import LifeTable, TimeToEvent, count
from lib.statistics.regression import Covariate
from lib.statistics.survival import kaplan_meier, rmst_difference
from lib.written import INSIDE

LOGISTIC = N_("Propensity by maximum-likelihood logistic regression", "propensity")
FIRTH_LOGISTIC = N_(
    "Propensity by logistic regression with Firth's correction, on separation", "propensity-firth"
)
OVERLAP = N_("Overlap weights (average effect in the overlap)", "overlap-weights")
BOOTSTRAP = N_(
    "Weighted Kaplan-Meier, percentile limits by bootstrap of propensity and weights",
    "bootstrap-kaplan-meier",
)
WEIGHTED_RATIO = N_(
    "Weighted Cox, percentile limits by bootstrap of propensity and weights", "bootstrap-cox"
)
WEIGHTED_MEAN = N_(
    "Difference of weighted restricted means, percentile limits by bootstrap of propensity and "
    "weights",
    "bootstrap-rmst",
)
E_VALUE = N_("E-value of a hazard ratio", "e-value")


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """Chance of each patient to be in the comparison group, given covariates."""

    value: Annotated[Floats, INSIDE]  # (n,), in (0, 1); nan where a covariate is missing
    # (1 + p,), intercept, then one a column of the covariates; nan for a column that follows from
    # earlier ones.
    coefficients: Floats
    # Whether the covariates tell the groups apart, so that Firth's correction was needed.
    separated: bool
    method: Template  # how it was computed, in words

    def __post_init__(self) -> None:
        """Seal the arrays."""
        seal(self)


def propensity(comparison: npt.ArrayLike, covariates: Sequence[Covariate]) -> Propensity:
    """Fit the chance of being in the comparison group by logistic regression.

    Parameters
    ----------
    comparison : (n,) array_like of bool
        Whether each patient is in the comparison group.
    covariates : sequence of Covariate
        Known before the first procedure; at least one.

    Notes
    -----
    Maximum likelihood, as R ``glm(family = binomial)``, because its overlap weights balance the
    means of all columns exactly, which a penalty would spoil. Only where it has no finite
    solution (a coefficient of a standardized column passes 10) is Firth's correction used, and
    the result says so.

    References
    ----------
    Rosenbaum & Rubin (1983), Biometrika 70:41-55. Heinze & Schemper (2002), Stat Med
    21:2409-2419.
    """
    group = np.asarray(comparison, bool)
    if not covariates or any(len(c.values) != len(group) for c in covariates):
        raise ValueError(f"covariates must be at least one, each of {len(group)} rows")
    known = np.logical_and.reduce([c.known for c in covariates])
    columns = np.concatenate([c.columns()[known] for c in covariates], axis=1)
    y = group[known].astype(float)
    if not 0 < y.sum() < len(y):
        raise ValueError("comparison must hold patients of both groups with known covariates")
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    x, used = _standardized(columns)
    (beta,), (separated,) = _fitted(x, y, np.ones((1, len(y))))
    value = np.full(len(group), np.nan)
    value[known] = _chance(x @ beta)
    slopes = np.full(columns.shape[1], np.nan)
    slopes[used] = beta[1:] / scale[used]
    intercept = beta[0] - np.nansum(slopes * centre)
    return Propensity(
        value,
        np.concatenate([[intercept], slopes]),
        bool(separated),
        FIRTH_LOGISTIC if separated else LOGISTIC,
    )


def _standardized(columns: Floats) -> tuple[Floats, Bools]:
    """A column of ones, and each column that does not follow from those before it, standardized."""
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    used = np.zeros(columns.shape[1], bool)
    x = np.ones((len(columns), 1))
    basis = x / np.sqrt(len(columns))
    for k in range(columns.shape[1]):
        column = (columns[:, k] - centre[k]) / (scale[k] or 1.0)
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        if np.abs(rest).max() > 1e-8:
            x, used[k] = np.column_stack([x, column]), True
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return x, used


def _fitted(
    x: Floats, y: Floats, counts: Floats, start: Floats | float = 0.0
) -> tuple[Floats, Bools]:
    """Coefficients by maximum likelihood, or by Firth's correction under separation; which.

    Parameters
    ----------
    x : (n, p) array
    y : (n,) array
    counts : (b, n) array
        How often each row counts in each of b fits.
    start : (p,) array, optional
        Coefficients that are near.

    Returns
    -------
    (b, p) array, (b,) bool array
    """
    beta, separated = _logistic(x, y, counts, start, firth=False)
    if separated.any():
        beta[separated], _ = _logistic(x, y, counts[separated], 0.0, firth=True)
    return beta, separated


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(special.expit(log_odds))


def _logistic(
    x: Floats, y: Floats, counts: Floats, start: Floats | float, firth: bool
) -> tuple[Floats, Bools]:
    """Fit by Newton's method, all at once; whether a coefficient runs away."""
    p = x.shape[1]
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), p * p)
    beta, largest = np.zeros((len(counts), p)) + start, np.full(len(counts), np.inf)
    left = np.arange(len(counts))
    for _ in range(200 if firth else 30):
        chance = _chance(beta[left] @ x.T)
        weight = chance * (1 - chance)
        information = (counts[left] * weight) @ products
        inverse = np.linalg.pinv(information.reshape(-1, p, p), hermitian=True)
        residual = y - chance
        if firth:
            leverage = weight * (inverse.reshape(-1, p * p) @ products.T)
            residual += leverage * (0.5 - chance)
        step = np.einsum("bij,bj->bi", inverse, (counts[left] * residual) @ x)
        largest[left] = np.abs(step).max(axis=1)
        beta[left] += step * np.minimum(1.0, 2.0 / np.maximum(largest[left], 1e-300))[:, None]
        going = largest[left] >= 1e-10
        if not firth:
            going &= np.abs(beta[left]).max(axis=1) <= 10
        left = left[going]
        if not len(left):
            break
    return beta, np.bool_(not firth) & (largest > 1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of the patients of two groups."""

    value: Annotated[Floats, INSIDE]  # (n,), 0 where the propensity is not known
    # Effective sample sizes of the reference and the comparison group.
    effective: tuple[float, float]
    method: Template  # which weights, in words

    def __post_init__(self) -> None:
        """Seal the arrays."""
        seal(self)


def overlap_weights(comparison: npt.ArrayLike, chance: npt.ArrayLike) -> Weights:
    """Weigh each patient by the chance to have been in the other group.

    Parameters
    ----------
    comparison : (n,) array_like of bool
        Whether each patient is in the comparison group.
    chance : (n,) array_like of float
        Propensities, as of `propensity`; nan gives weight 0.

    Notes
    -----
    ``1 - e`` in the comparison group, ``e`` in the reference: bounded, and with a maximum-
    likelihood logistic propensity exactly balanced in all its columns. The population is that in
    which either treatment was a real choice.

    References
    ----------
    Li, Morgan & Zaslavsky (2018), J Am Stat Assoc 113:390-400.
    """
    group, e = np.asarray(comparison, bool), np.asarray(chance, float)
    if group.shape != e.shape or np.any((e < 0) | (e > 1)):
        raise ValueError("chance must be as long as comparison and within 0 and 1")
    value = np.nan_to_num(np.where(group, 1 - e, e), nan=0.0)
    return Weights(value, (effective_size(value[~group]), effective_size(value[group])), OVERLAP)


def balance(
    comparison: npt.ArrayLike, covariates: Sequence[Covariate], weight: npt.ArrayLike | None = None
) -> tuple[Balance, ...]:
    """Give the standardized difference of each covariate, weighted or not.

    Parameters
    ----------
    comparison : (n,) array_like of bool
        Whether each patient is in the comparison group.
    covariates : sequence of Covariate
        What to compare.
    weight : (n,) array_like of float, optional
        Weights of the patients.
    """
    group = np.asarray(comparison, bool)
    w = None if weight is None else np.asarray(weight, float)
    w1, w0 = (None, None) if w is None else (w[group], w[~group])
    return tuple(
        standardized_difference(c.values[group], c.values[~group], len(c.levels) or None, w1, w0)
        for c in covariates
    )


@dataclass(frozen=True, slots=True, eq=False)
class WeightedCurve:
    """A weighted survival curve with limits by bootstrap."""

    time: Floats  # (k,), distinct times at which someone of the group left
    # survival, low, high: (k,), weighted Kaplan-Meier estimate and its pointwise percentile limits
    survival: Floats
    low: Floats
    high: Floats
    n: int  # rows of the group with a weight
    effective: float  # effective sample size
    confidence: float  # Two-sided level of the limits
    # resamples, seed: of the bootstrap, so that it can be drawn again
    resamples: int
    seed: int
    method: Template  # how it was computed, in words

    def __post_init__(self) -> None:
        """Seal the arrays."""
        seal(self)


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Two groups made comparable by overlap weights."""

    propensity: Propensity  # the fit
    weights: Weights  # from it
    # Weighted, of the groups (reference, comparison); ready for `cox.hazard_ratio`.
    table: Annotated[LifeTable, INSIDE]
    curves: tuple[WeightedCurve, WeightedCurve]  # reference, comparison
    hazard: cox.HazardRatio  # from it, with limits that take the weights as known
    ratio: Estimate  # the same hazard ratio with limits by bootstrap, which is what to read
    # Of mean time lived up to tau, comparison minus reference, with limits by bootstrap; None where
    # no tau was asked for.
    difference: Estimate | None
    # Draws in which the hazard ratio had no finite estimate, so that it has no part in them.
    lost: int
    unbalanced: tuple[Balance, ...]  # of each covariate before weighting
    balanced: tuple[Balance, ...]  # and after


def weighted_comparison(
    data: TimeToEvent,
    comparison: npt.ArrayLike,
    covariates: Sequence[Covariate],
    groups: tuple[str, str] = ("reference", "comparison"),
    resamples: int = 2000,
    seed: int = 1,
    confidence: float = 0.95,
    tau: float | None = None,
) -> Weighted:
    """Compare survival of two groups after overlap weighting.

    Parameters
    ----------
    data : TimeToEvent
        Follow-up of n patients, unweighted, all from the start.
    comparison : (n,) array_like of bool
        Whether each patient is in the comparison group.
    covariates : sequence of Covariate
        Known before the first procedure; at least one.
    groups : tuple of str
        Names of the reference and the comparison group.
    resamples, seed : int
        Of the bootstrap.
    confidence : float, default 0.95
        Two-sided level of the limits, in (0, 1).
    tau : float, optional
        Horizon to which mean times are compared, within the follow-up of both groups.

    Notes
    -----
    The bootstrap draws patients within each group and repeats the whole procedure, propensity,
    weights, curves, mean times and hazard ratio, so that the limits know that the weights are
    estimates. A draw in which a covariate cannot be fitted counts with Firth's correction, as the
    procedure has it; a drawn curve that ends before tau keeps its last value.

    References
    ----------
    Li, Thomas & Li (2019), Am J Epidemiol 188:250-257. Efron & Tibshirani (1993), An
    Introduction to the Bootstrap, ch. 13.
    """
    normal_quantile(confidence)
    if data.weight is not None or data.entry is not None:
        raise ValueError("data must be without weights and entry times")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    group = np.asarray(comparison, bool)
    fit = propensity(group, covariates)
    weights = overlap_weights(group, fit.value)
    table = _weighted_table(data, group, weights.value, groups)
    known = np.isfinite(fit.value)
    arms = (~group & known, group & known)
    drawn = _bootstrap(data, arms, covariates, table, resamples, seed)
    curves = []
    for g, name in enumerate(groups):
        line = kaplan_meier(table.group(name), confidence)
        low, high = np.quantile(drawn.curves[g], _tails(confidence), axis=0)
        curves.append(
            WeightedCurve(
                line.time,
                line.survival,
                low,
                high,
                line.n,
                weights.effective[g],
                confidence,
                resamples,
                seed,
                BOOTSTRAP,
            )
        )
    hazard = cox.hazard_ratio(table, *groups, confidence=confidence)
    finite = np.isfinite(drawn.log_ratio)
    ratios = np.exp(drawn.log_ratio[finite])
    return Weighted(
        fit,
        weights,
        table,
        (curves[0], curves[1]),
        hazard,
        _percentiles(hazard.ratio.value, ratios, confidence, WEIGHTED_RATIO),
        _mean_difference(table, drawn.curves, tau, confidence) if tau is not None else None,
        int((~finite).sum()),
        balance(group, covariates),
        balance(group, covariates, weights.value),
    )


def _tails(confidence: float) -> tuple[float, float]:
    return (1 - confidence) / 2, (1 + confidence) / 2


def _percentiles(value: float, drawn: Floats, confidence: float, method: Template) -> Estimate:
    """A value with the percentiles of its draws as limits."""
    if np.isnan(value) or not len(drawn):
        return undefined(confidence, method, Missing.NOT_ESTIMABLE)
    low, high = np.quantile(drawn, _tails(confidence))
    return Estimate(float(value), float(low), float(high), confidence, method)


def _mean_difference(
    table: LifeTable, drawn: tuple[Floats, Floats], tau: float, confidence: float
) -> Estimate:
    """Difference of mean time to tau, with the percentiles of the areas under drawn curves."""
    found = rmst_difference(table, table.groups[0], table.groups[1], tau).difference
    if np.isnan(found.value):
        return undefined(confidence, WEIGHTED_MEAN, found.missing)
    reference, other = (
        _area(table.group(name).time, curves, tau)
        for name, curves in zip(table.groups, drawn, strict=True)
    )
    return _percentiles(found.value, other - reference, confidence, WEIGHTED_MEAN)


def _area(time: Floats, curves: Floats, tau: float) -> Floats:
    """(b,) areas up to tau under (b, k) step curves."""
    edges = np.minimum(np.concatenate([[0.0], time, [max(tau, time[-1])]]), tau)
    return np.asarray(np.diff(edges) @ np.column_stack([np.ones(len(curves)), curves]).T)


def _weighted_table(
    data: TimeToEvent, group: Bools, weight: Floats, groups: tuple[str, str]
) -> LifeTable:
    heavy = TimeToEvent(data.time, data.event, None, weight)
    return count(heavy, group.astype(np.int8), groups)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What each draw gave."""

    curves: tuple[Floats, Floats]  # of both groups at their own times, (resamples, k) each
    log_ratio: Floats  # (resamples,), nan where there is none


def _bootstrap(
    data: TimeToEvent,
    arms: tuple[Bools, Bools],
    covariates: Sequence[Covariate],
    table: LifeTable,
    resamples: int,
    seed: int,
) -> _Drawn:
    """Draw patients within each group, and repeat the procedure."""
    random = np.random.default_rng(seed)
    members, known = [np.flatnonzero(arm) for arm in arms], np.flatnonzero(arms[0] | arms[1])
    columns = np.concatenate([c.columns()[known] for c in covariates], axis=1)
    x, y = _standardized(columns)[0], arms[1][known].astype(float)
    (near,), (separated,) = _fitted(x, y, np.ones((1, len(y))))
    start = 0.0 if separated else near
    parts = [
        _Part.of(table, name, data.where(known[y == g])) for g, name in enumerate(table.groups)
    ]
    curves = tuple(np.empty((resamples, len(part.own))) for part in parts)
    log_ratio = np.empty(resamples)
    most = max(1, _CELLS // len(known))
    for first in range(0, resamples, most):
        draws = range(first, min(first + most, resamples))
        drawn = (np.concatenate([random.choice(m, len(m)) for m in members]) for _ in draws)
        times = [np.bincount(rows, minlength=len(arms[0])) for rows in drawn]
        counts = np.stack(times)[:, known].astype(float)
        chance = _chance(_fitted(x, y, counts, start)[0] @ x.T)
        weight = counts * np.where(y > 0, 1 - chance, chance)
        counted = [part.count(counts[:, y == g], weight[:, y == g]) for g, part in enumerate(parts)]
        for curve, part, found in zip(curves, parts, counted, strict=True):
            curve[draws] = found.curve()[:, part.own]
        log_ratio[draws] = [
            cox.log_ratio(*(tuple(each[b] for each in found) for found in counted))
            for b in range(len(draws))
        ]
    return _Drawn((curves[0], curves[1]), log_ratio)


_CELLS = 200_000
"""Patients times draws that are held at once: what stays in the cache of a processor."""


class _Counted(NamedTuple):
    """(b, k) counts of one group in b draws at k times: weights, and rows of events."""

    at_risk: Floats
    events: Floats
    rows: Floats

    def curve(self) -> Floats:
        """Weighted Kaplan-Meier."""
        share = self.events / np.where(self.at_risk > 0, self.at_risk, 1.0)
        return np.asarray(np.cumprod(np.maximum(1 - share, 0.0), axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """When the patients of one group leave, among k times of both groups."""

    size: int  # k
    own: npt.NDArray[np.int64]  # the times at which somebody of the group leaves
    order: npt.NDArray[np.int64]  # the patients by time
    starts: npt.NDArray[np.int64]  # the first of them at each own time
    event: Bools  # (n,)

    @classmethod
    def of(cls, table: LifeTable, name: str, data: TimeToEvent) -> _Part:
        time = table.group(name).time
        index = np.searchsorted(time, data.time * (1 + 1e-9), side="right") - 1
        order = np.argsort(index, kind="stable")
        starts = np.searchsorted(index[order], np.arange(len(time)))
        own = np.searchsorted(table.time, time)
        return cls(len(table.time), own, order, starts, data.event > 0)

    def count(self, counts: Floats, weight: Floats) -> _Counted:
        leaving = self._summed(weight)
        at_risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
        return _Counted(
            at_risk, self._summed(weight * self.event), self._summed(counts * self.event)
        )

    def _summed(self, values: Floats) -> Floats:
        found = np.zeros((len(values), self.size))
        found[:, self.own] = np.add.reduceat(values[:, self.order], self.starts, axis=1)
        return found


@dataclass(frozen=True, slots=True)
class EValue:
    """How strong an unmeasured confounder would have to be to explain a hazard ratio away."""

    # Least risk ratio that it would need with both group and outcome; 1 for a ratio of 1.
    value: float
    limit: float  # the same for the confidence limit nearer to 1; 1 when the limits hold 1
    method: Template  # how it was computed, in words
    missing: Missing = Missing.NONE  # `NOT_ESTIMABLE` where the ratio is


def e_value(ratio: float, low: float, high: float, rare: bool = False) -> EValue:
    """Give the E-value of a hazard ratio, and of its nearer limit.

    Parameters
    ----------
    ratio, low, high : float
        Hazard ratio and its limits, each more than 0, or nan.
    rare : bool, default False
        Whether fewer than 15 % have the event by the end of follow-up.

    Notes
    -----
    ``RR + sqrt(RR * (RR - 1))`` of the risk ratio nearest to the hazard ratio: the hazard ratio
    itself where the event is rare, else ``(1 - 0.5**sqrt(HR)) / (1 - 0.5**sqrt(1 / HR))``; ratios
    below 1 are inverted first.

    References
    ----------
    VanderWeele & Ding (2017), Ann Intern Med 167:268-274.
    """
    if not all(np.isnan(x) or x > 0 for x in (ratio, low, high)):
        raise ValueError(f"ratio and limits must be more than 0, got {ratio}, {low}, {high}")
    if np.isnan([ratio, low, high]).any():
        return EValue(np.nan, np.nan, E_VALUE, Missing.NOT_ESTIMABLE)
    nearer = 1.0 if low <= 1 <= high else low if low > 1 else high
    return EValue(_e_value(ratio, rare), _e_value(nearer, rare), E_VALUE)


def _e_value(hazard: float, rare: bool) -> float:
    risk = hazard = max(hazard, 1 / hazard)
    if not rare:
        risk = (1 - 0.5 ** np.sqrt(hazard)) / (1 - 0.5 ** np.sqrt(1 / hazard))
    return float(risk + np.sqrt(risk * (risk - 1)))


def detectable_hazard_ratio(
    events: int, share: float = 0.5, power: float = 0.8, confidence: float = 0.95
) -> float:
    """Give the hazard ratio below 1 that a study with so many events could have shown.

    Parameters
    ----------
    events : int
        Events of both groups, 1 or more.
    share : float, default 0.5
        Share of patients in one of the groups, in (0, 1).
    power, confidence : float
        Chance to see it, and two-sided level, each in (0, 1).

    Notes
    -----
    ``exp(-(z_confidence + z_power) / sqrt(events * share * (1 - share)))``; above 1 its inverse
    is as detectable.

    References
    ----------
    Schoenfeld (1981), Biometrika 68:316-319.
    """
    if events < 1 or not 0 < share < 1 or not 0 < power < 1:
        raise ValueError("events must be 1 or more, share and power between 0 and 1")
    reach = normal_quantile(confidence) + float(special.ndtri(power))
    return float(np.exp(-reach / np.sqrt(events * share * (1 - share))))
