"""Weighting two groups to balance, and what an unadjusted comparison can hide or could show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Chance of each patient to be in the comparison group, given covariates.

    Attributes
    ----------
    value : (n,) float array
        In (0, 1); nan where a covariate is missing.
    coefficients : (1 + p,) float array
        Intercept, then one a column of the covariates; nan for a column that follows from
        earlier ones.
    separated : bool
        Whether the covariates tell the groups apart, so that Firth's correction was needed.
    method : str
        How it was computed, in words.
    """

    value: Floats
    coefficients: Floats
    separated: bool
    method: Template

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
    beta, separated = _fitted(x, y)
    value = np.full(len(group), np.nan)
    value[known] = 1 / (1 + np.exp(-x @ beta))
    slopes = np.full(columns.shape[1], np.nan)
    slopes[used] = beta[1:] / scale[used]
    intercept = beta[0] - np.nansum(slopes * centre)
    return Propensity(
        value,
        np.concatenate([[intercept], slopes]),
        separated,
        FIRTH_LOGISTIC if separated else LOGISTIC,
    )


def _standardized(columns: Floats) -> tuple[Floats, Bools]:
    """A column of ones, and each column that does not follow from those before it, standardized."""
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    used = np.zeros(columns.shape[1], bool)
    x = np.ones((len(columns), 1))
    for k in range(columns.shape[1]):
        column = (columns[:, k] - centre[k]) / (scale[k] or 1.0)
        rest = column - x @ np.linalg.lstsq(x, column)[0]
        if np.abs(rest).max() > 1e-8:
            x, used[k] = np.column_stack([x, column]), True
    return x, used


def _fitted(x: Floats, y: Floats) -> tuple[Floats, bool]:
    """Coefficients by maximum likelihood, or by Firth's correction under separation; which."""
    beta, separated = _logistic(x, y, firth=False)
    if separated:
        beta, _ = _logistic(x, y, firth=True)
    return beta, separated


def _logistic(x: Floats, y: Floats, firth: bool) -> tuple[Floats, bool]:
    """Fit by Newton's method; whether a coefficient runs away."""
    beta = np.zeros(x.shape[1])
    for _ in range(200 if firth else 30):
        p = 1 / (1 + np.exp(-x @ beta))
        weight = p * (1 - p)
        inverse = np.linalg.pinv((x.T * weight) @ x, hermitian=True)
        residual = y - p
        if firth:
            leverage = weight * np.einsum("ip,pq,iq->i", x, inverse, x)
            residual = residual + leverage * (0.5 - p)
        step = inverse @ (x.T @ residual)
        largest = float(np.abs(step).max())
        beta = beta + step * min(1.0, 2.0 / max(largest, 1e-300))
        if largest < 1e-10:
            break
        if not firth and np.abs(beta).max() > 10:
            return beta, True
    return beta, not firth and largest > 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of the patients of two groups.

    Attributes
    ----------
    value : (n,) float array
        0 where the propensity is not known.
    effective : tuple of float
        Effective sample sizes of the reference and the comparison group.
    method : str
        Which weights, in words.
    """

    value: Floats
    effective: tuple[float, float]
    method: Template

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
    """A weighted survival curve with limits by bootstrap.

    Attributes
    ----------
    time : (k,) float array
        Distinct times at which someone of the group left.
    survival, low, high : (k,) float array
        Weighted Kaplan-Meier estimate and its pointwise percentile limits.
    n : int
        Rows of the group with a weight.
    effective : float
        Effective sample size.
    confidence : float
        Two-sided level of the limits.
    resamples, seed : int
        Of the bootstrap, so that it can be drawn again.
    method : str
        How it was computed, in words.
    """

    time: Floats
    survival: Floats
    low: Floats
    high: Floats
    n: int
    effective: float
    confidence: float
    resamples: int
    seed: int
    method: Template

    def __post_init__(self) -> None:
        """Seal the arrays."""
        seal(self)


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Two groups made comparable by overlap weights.

    Attributes
    ----------
    propensity : Propensity
        The fit.
    weights : Weights
        From it.
    table : LifeTable
        Weighted, of the groups (reference, comparison); ready for `cox.hazard_ratio`.
    curves : tuple of WeightedCurve
        Reference, comparison.
    hazard : HazardRatio
        From it, with limits that take the weights as known.
    ratio : Estimate
        The same hazard ratio with limits by bootstrap, which is what to read.
    difference : Estimate or None
        Of mean time lived up to tau, comparison minus reference, with limits by bootstrap; None
        where no tau was asked for.
    lost : int
        Draws in which the hazard ratio had no finite estimate, so that it has no part in them.
    unbalanced : tuple of Balance
        Of each covariate before weighting.
    balanced : tuple of Balance
        And after.
    """

    propensity: Propensity
    weights: Weights
    table: LifeTable
    curves: tuple[WeightedCurve, WeightedCurve]
    hazard: cox.HazardRatio
    ratio: Estimate
    difference: Estimate | None
    lost: int
    unbalanced: tuple[Balance, ...]
    balanced: tuple[Balance, ...]


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
    members, group = [np.flatnonzero(arm) for arm in arms], arms[1]
    known = np.flatnonzero(arms[0] | arms[1])
    columns = np.concatenate([c.columns()[known] for c in covariates], axis=1)
    fixed = _standardized(columns)[0]
    x = np.zeros((len(group), fixed.shape[1]))
    x[known] = fixed
    times = [table.group(name).time for name in table.groups]
    names = (table.groups[0], table.groups[1])
    curves = (np.empty((resamples, len(times[0]))), np.empty((resamples, len(times[1]))))
    log_ratio = np.empty(resamples)
    for b in range(resamples):
        rows = np.concatenate([random.choice(m, len(m)) for m in members])
        chance = 1 / (1 + np.exp(-x[rows] @ _fitted(x[rows], group[rows].astype(float))[0]))
        weight = overlap_weights(group[rows], chance).value
        for g, t in enumerate(times):
            own = group[rows] == bool(g)
            curves[g][b] = _curve(data, rows[own], weight[own], t)
        redrawn = TimeToEvent(data.time[rows], data.event[rows])
        counted = _weighted_table(redrawn, group[rows], weight, names)
        log_ratio[b] = np.log(cox.ratio(counted, *names).value)
    return _Drawn(curves, log_ratio)


def _curve(data: TimeToEvent, rows: npt.NDArray[np.int64], weight: Floats, at: Floats) -> Floats:
    """Weighted Kaplan-Meier at times that are all there can be."""
    index = np.searchsorted(at, data.time[rows] * (1 + 1e-9), side="right") - 1
    kept = weight > 0
    leaving = np.bincount(index[kept], weights=weight[kept], minlength=len(at))
    dead = kept & (data.event[rows] > 0)
    events = np.bincount(index[dead], weights=weight[dead], minlength=len(at))
    at_risk = np.cumsum(leaving[::-1])[::-1]
    left = np.where(events > 0, 1 - events / np.where(at_risk > 0, at_risk, 1.0), 1.0)
    return np.asarray(np.cumprod(np.maximum(left, 0.0)))


@dataclass(frozen=True, slots=True)
class EValue:
    """How strong an unmeasured confounder would have to be to explain a hazard ratio away.

    Attributes
    ----------
    value : float
        Least risk ratio that it would need with both group and outcome; 1 for a ratio of 1.
    limit : float
        The same for the confidence limit nearer to 1; 1 when the limits hold 1.
    method : str
        How it was computed, in words.
    missing : Missing
        `NOT_ESTIMABLE` where the ratio is.
    """

    value: float
    limit: float
    method: Template
    missing: Missing = Missing.NONE


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
