"""Missing covariates: multiple imputation by chained equations, and pooling by Rubin's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from lib.language import N_, Template
from lib.statistics.cox import FIRTH, ProportionalHazards
from lib.statistics.estimate import Bools, Estimate, Floats, Missing, undefined
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate, CoxModel
from lib.statistics.survival import SurvivalCurve, nelson_aalen

POOLED = N_("Pooled over imputations by Rubin's rules, Barnard-Rubin degrees of freedom", "pooled")
POOLED_CURVE = N_(
    "Survival pooled over imputations on the complementary log-log scale", "pooled-survival"
)

LEAST = 20
DONORS = 5
"""Patients with the nearest prediction, of whom one gives the number that is imputed."""
RIDGE = 1e-5
"""Of the patients, added to the diagonal of a linear model, so that it always has a fit."""


def enough(covariates: Sequence[Covariate]) -> int:
    """Say how many imputations are enough: 20, or the percentage of incomplete rows if greater.

    References
    ----------
    White, Royston & Wood (2011), Stat Med 30:377-399.
    """
    known = np.logical_and.reduce([each.known for each in covariates])
    return max(LEAST, int(np.ceil(100 * np.mean(~known)))) if len(known) else LEAST


def impute(
    covariates: Sequence[Covariate],
    arm: npt.ArrayLike,
    data: TimeToEvent | None,
    imputations: int,
    random: np.random.Generator,
    also: npt.ArrayLike | None = None,
    iterations: int = 10,
    separately: bool = False,
) -> tuple[tuple[Covariate, ...], ...]:
    """Complete covariates, several times, by chained equations.

    Parameters
    ----------
    covariates : sequence of Covariate
        Of n patients; each known of somebody.
    arm : (n,) array_like of int
        Codes of the arms, none missing.
    data : TimeToEvent or None
        Follow-up of the same patients, whose outcome enters each model as the event and the
        cumulative hazard at the end of follow-up; None where the outcome is in `also`.
    imputations : int
        How many; see `enough`.
    random : numpy.random.Generator
        All that is drawn is drawn from it.
    also : (n, q) array_like, optional
        Further columns of each model, none missing: a response, an interaction.
    iterations : int, default 10
        How often each covariate is imputed again, given what the others have become.
    separately : bool, default False
        Whether each arm has models of its own, as an interaction of arm and covariate asks for;
        covariates must then be known of somebody in each.

    Returns
    -------
    tuple of tuple of Covariate
        One completed set for each imputation, in the order given.

    Notes
    -----
    Each covariate with missing values is regressed on arm, outcome, `also` and all others, among
    those of whom it is known; coefficients are drawn from their posterior distribution, and values
    given them:

    - numbers by a linear model and predictive mean matching: one of the `DONORS` patients whose
      prediction is nearest gives his own;
    - two levels by a logistic model;
    - more levels by one such model after the other, each level against those after it, which suits
      grades and, with a model of its own for each, names too.

    Logistic models are augmented by a few weighted pseudo-patients, so that no level without a
    counterpart makes them diverge. Without the outcome among the predictors estimates would be
    drawn to no effect.

    References
    ----------
    van Buuren & Groothuis-Oudshoorn (2011), J Stat Softw 45(3). White & Royston (2009), Stat Med
    28:1982-1998 (outcome). Morris, White & Royston (2014), BMC Med Res Methodol 14:75 (matching).
    White, Daniel & Royston (2010), Comput Stat Data Anal 54:2267-2275 (augmentation).
    """
    codes = np.asarray(arm)
    fixed = _fixed(codes, data, also)
    if any(len(each.values) != len(fixed) for each in covariates):
        raise ValueError(f"covariates must be as long as arm, {len(fixed)} rows")
    filled = [np.tile(np.asarray(each.values, float), (imputations, 1)) for each in covariates]
    for rows in (
        [codes == code for code in np.unique(codes)] if separately else [np.ones(len(codes), bool)]
    ):
        own = [replace(each, values=np.asarray(each.values)[rows]) for each in covariates]
        for values, part in zip(
            filled, _completed(own, fixed[rows], imputations, random, iterations), strict=True
        ):
            values[:, rows] = part
    return tuple(
        tuple(
            each
            if each.known.all()
            else replace(each, values=values[i].astype(int if each.levels else float))
            for each, values in zip(covariates, filled, strict=True)
        )
        for i in range(imputations)
    )


def _completed(
    covariates: Sequence[Covariate],
    fixed: Floats,
    imputations: int,
    random: np.random.Generator,
    iterations: int,
) -> list[Floats]:
    """(imputations, n) values of each covariate."""
    parts = [_Part.of(each, imputations, random) for each in covariates]
    order = sorted(
        (k for k, part in enumerate(parts) if not part.known.all()),
        key=lambda k: int(np.count_nonzero(~parts[k].known)),
    )
    for _ in range(iterations if len(parts) > 1 else 1):
        for k in order:
            others = [part.columns() for each, part in enumerate(parts) if each != k]
            x = _predictors(fixed, others, imputations)
            parts[k].values[:, ~parts[k].known] = _drawn(parts[k], x, random)
    return [part.values for part in parts]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One covariate in all imputations at once."""

    known: Bools  # (n,)
    values: Floats  # (imputations, n), the missing ones as they are now
    levels: int  # 0 for a number
    scale: float

    @classmethod
    def of(cls, covariate: Covariate, imputations: int, random: np.random.Generator) -> _Part:
        """Start with draws from those known."""
        known = covariate.known
        if not known.any():
            raise ValueError(f"{covariate.name} must be known of somebody")
        values = np.tile(np.asarray(covariate.values, float), (imputations, 1))
        have = values[0, known]
        values[:, ~known] = random.choice(have, (imputations, int(np.count_nonzero(~known))))
        spread = float(have.std())
        return cls(known, values, len(covariate.levels), spread if spread > 0 else 1.0)

    def columns(self) -> Floats:
        """(imputations, n, p) of a model: the number, or an indicator of each level but one."""
        if not self.levels:
            return (self.values / self.scale)[..., None]
        return np.asarray(self.values[..., None] == np.arange(1, self.levels), float)


def _fixed(arm: npt.NDArray[np.generic], data: TimeToEvent | None, also: object) -> Floats:
    """(n, q) what every model has and nothing is missing of: arm, outcome and more."""
    columns = [np.asarray(arm[:, None] == np.unique(arm)[1:], float)]
    if data is not None:
        columns.append(np.stack([data.event > 0, cumulative_hazard(data)], axis=1).astype(float))
    if also is not None:
        more = np.asarray(also, float)
        columns.append(more if more.ndim == 2 else more[:, None])
    if any(len(each) != len(arm) for each in columns) or not all(
        np.isfinite(each).all() for each in columns
    ):
        raise ValueError(f"data and also must have {len(arm)} rows, none missing")
    return np.concatenate(columns, axis=1)


def cumulative_hazard(data: TimeToEvent) -> Floats:
    """Give the Nelson-Aalen estimate of all at the end of each patient's follow-up.

    Parameters
    ----------
    data : TimeToEvent
        Events of every cause count, weights do not.

    Returns
    -------
    (n,) float array

    References
    ----------
    White & Royston (2009), Stat Med 28:1982-1998.
    """
    found = nelson_aalen(count(TimeToEvent(data.time, data.event, data.entry)).any_cause())
    index = np.searchsorted(found.time, data.time * (1 + 1e-8), side="right") - 1
    return np.asarray(np.where(index < 0, 0.0, found.hazard[np.maximum(index, 0)]))


def _predictors(fixed: Floats, others: Sequence[Floats], imputations: int) -> Floats:
    """(imputations, n, 1 + p) columns of a model: a constant, and the others standardized."""
    first = np.broadcast_to(fixed, (imputations, *fixed.shape))
    x = np.concatenate([first, *others], axis=2)
    x = x - x.mean(axis=1, keepdims=True)
    spread = x.std(axis=1, keepdims=True)
    x = x / np.where(spread > 1e-9, spread, 1)
    return np.concatenate([np.ones((*x.shape[:2], 1)), x], axis=2)


def _drawn(part: _Part, x: Floats, random: np.random.Generator) -> Floats:
    """(imputations, missing) new values."""
    have, want, y = x[:, part.known], x[:, ~part.known], part.values[0, part.known]
    return _levels(y, have, want, random) if part.levels else _matched(y, have, want, random)


def _matched(y: Floats, have: Floats, want: Floats, random: np.random.Generator) -> Floats:
    """Numbers of patients whose prediction is near that of those without one."""
    across = have.transpose(0, 2, 1)
    cross = across @ have
    inverse = np.asarray(np.linalg.inv(cross + RIDGE * len(y) * np.eye(cross.shape[1])), float)
    beta = inverse @ (across @ y)[..., None]
    known = (have @ beta)[..., 0]
    freedom = max(len(y) - have.shape[2], 1)
    spread = np.sqrt(((y - known) ** 2).sum(axis=1) / random.chisquare(freedom, len(beta)))
    drawn = beta[..., 0] + spread[:, None] * _normal(inverse, random)
    wanted = (want @ drawn[..., None])[..., 0]
    return np.stack([_donated(y, *each, random) for each in zip(known, wanted, strict=True)])


def _donated(y: Floats, known: Floats, wanted: Floats, random: np.random.Generator) -> Floats:
    """For each wanted prediction, the number of one of those whose own is nearest."""
    mixed = random.permutation(len(y))  # ties in no order
    order = mixed[np.argsort(known[mixed], kind="stable")]
    donors, near = min(DONORS, len(y)), min(2 * DONORS, len(y))
    first = np.clip(np.searchsorted(known[order], wanted) - DONORS, 0, len(y) - near)
    window = order[first[:, None] + np.arange(near)]
    nearest = np.argsort(np.abs(known[window] - wanted[:, None]), axis=1, kind="stable")
    chosen = nearest[np.arange(len(wanted)), random.integers(0, donors, len(wanted))]
    return np.asarray(y[window[np.arange(len(wanted)), chosen]])


def _levels(y: Floats, have: Floats, want: Floats, random: np.random.Generator) -> Floats:
    """Levels, each drawn against those after it."""
    levels = np.unique(y)
    drawn = np.full(want.shape[:2], levels[-1])
    open_, left = np.ones(drawn.shape, bool), np.ones(len(y), bool)
    for level in levels[:-1]:
        beta = _logistic(y[left] == level, have[:, left], random)
        chance = special.expit((want @ beta[..., None])[..., 0])
        now = open_ & (random.random(drawn.shape) < chance)
        drawn[now] = level
        open_ &= ~now
        left &= y != level
    return drawn


def _logistic(y: Bools, x: Floats, random: np.random.Generator) -> Floats:
    """(imputations, p) coefficients of logistic models, drawn from their posteriors."""
    x, outcome, weight = _augmented(np.asarray(y, float), x)
    across = np.ascontiguousarray(x.transpose(0, 2, 1))
    beta = np.zeros((x.shape[0], x.shape[2]))
    for _ in range(25):
        chance = special.expit((x @ beta[..., None])[..., 0])
        score = (across @ (weight * (outcome - chance))[..., None])[..., 0]
        curve = weight * np.maximum(chance * (1 - chance), 1e-9)
        information = (across * curve[:, None]) @ x + 1e-9 * np.eye(x.shape[2])
        inverse = np.asarray(np.linalg.inv(information), float)
        step = np.clip((inverse @ score[..., None])[..., 0], -3, 3)
        beta += step
        if np.abs(step).max() < 1e-4:
            break
    return beta + _normal(inverse, random)


def _augmented(y: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Add pseudo-patients, of both outcomes, a deviation to each side of the mean of a predictor.

    Together they weigh as many patients as there are coefficients.
    """
    middle, spread = x.mean(axis=1, keepdims=True), x.std(axis=1, keepdims=True)
    p = x.shape[2] - 1
    sides = np.concatenate([np.eye(p + 1)[1:], -np.eye(p + 1)[1:]]) if p else np.zeros((2, 1))
    more = np.repeat(middle + sides * spread, 2, axis=1)
    extra = np.tile([0.0, 1.0], len(sides))
    weight = np.append(np.ones(len(y)), np.full(len(extra), (p + 1) / len(extra)))
    return np.concatenate([x, more], axis=1), np.append(y, extra), weight


def _normal(variance: Floats, random: np.random.Generator) -> Floats:
    """(imputations, p) normal draws of mean 0 with variances (imputations, p, p)."""
    root = np.linalg.cholesky((variance + variance.transpose(0, 2, 1)) / 2)
    return np.asarray(np.einsum("ipq,iq->ip", root, random.standard_normal(root.shape[:2])))


# Pooling ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pooled:
    """One estimate from several completed data sets."""

    estimate: Estimate  # with limits by Student's t
    std_error: float  # on the scale on which it was pooled
    df: float
    pvalue: float  # Two-sided, that the pooled value is 0
    missing_information: float  # fraction of the information that the missing values took
    imputations: int


def pooled(
    estimates: npt.ArrayLike,
    variances: npt.ArrayLike,
    complete_df: float = np.inf,
    confidence: float = 0.95,
    log: bool = False,
    method: Template = POOLED,
) -> Pooled:
    """Pool estimates of completed data sets by Rubin's rules.

    Parameters
    ----------
    estimates, variances : (m,) array_like
        Of each completed data set, on a scale on which they are about normal.
    complete_df : float, default inf
        Degrees of freedom that the estimate would have if nothing were missing, such as events
        less coefficients.
    log : bool, default False
        Whether the estimates are logarithms, and the exponential is wanted.

    Returns
    -------
    Pooled
        Undefined where an estimate or its variance is. One alone, of data of which nothing is
        missing, has the degrees of freedom of complete data.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys. Barnard & Rubin (1999), Biometrika
    86:948-955.
    """
    q, u = np.asarray(estimates, float), np.asarray(variances, float)
    if q.shape != u.shape or q.ndim != 1:
        raise ValueError(f"estimates and variances must be alike, got {q.shape} and {u.shape}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    if not (len(q) and np.isfinite(q).all() and np.isfinite(u).all()):
        nothing = undefined(confidence, method, Missing.NOT_ESTIMABLE)
        return Pooled(nothing, np.nan, np.nan, np.nan, np.nan, len(q))
    value, error, df, lost = (
        float(part[0]) for part in _rubin(q[:, None], u[:, None], complete_df)
    )
    margin = float(special.stdtrit(df, (1 + confidence) / 2)) * error
    parts = np.array([value, value - margin, value + margin])
    middle, low, high = (np.exp(np.clip(parts, -700, 700)) if log else parts).tolist()
    pvalue = 2 * float(special.stdtr(df, -abs(value) / error)) if error > 0 else np.nan
    found = Estimate(middle, low, high, confidence, method)
    return Pooled(found, error, df, pvalue, lost, len(q))


def _rubin(q: Floats, u: Floats, complete_df: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Value, error, degrees of freedom and lost information of each column, (m, k) to (k,)."""
    m = len(q)
    if m == 1:
        return q[0], np.sqrt(u[0]), np.full(q.shape[1], complete_df), np.zeros(q.shape[1])
    within, between = u.mean(axis=0), (1 + 1 / m) * q.var(axis=0, ddof=1)
    total = within + between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, between / total, 0.0)
        by_draws = (m - 1) / share**2
        if np.isinf(complete_df):
            df = by_draws
        else:
            by_rows = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
            df = 1 / (1 / by_draws + 1 / by_rows)
        rise = between / within
        lost = np.where(np.isinf(rise), 1.0, (rise + 2 / (df + 3)) / (rise + 1))
    return q.mean(axis=0), np.sqrt(total), df, lost


def pooled_model(models: Sequence[CoxModel], confidence: float = 0.95) -> CoxModel:
    """Pool Cox regressions of completed data sets.

    Parameters
    ----------
    models : sequence of CoxModel
        Of the same patients and covariates; one alone is what it is.

    Notes
    -----
    Coefficients by Rubin's rules, with events less coefficients as degrees of freedom of complete
    data; tests of proportional hazards by the median of their p-values; log-likelihoods are means.

    References
    ----------
    Eekhout, van de Wiel & Heymans (2017), BMC Med Res Methodol 17:129 (median p).
    """
    first = models[0]
    if len(models) == 1:
        return first
    df = float(max(first.events - len(first.terms), 1))
    terms = []
    for same in zip(*(each.terms for each in models), strict=True):
        coefficients = [each.log_ratio for each in same]
        plain, robust = (
            pooled(coefficients, [error**2 for error in errors], df, confidence, log=True)
            for errors in (
                [each.std_error for each in same],
                [each.robust_std_error for each in same],
            )
        )
        terms.append(
            replace(
                same[0],
                ratio=plain.estimate,
                robust=robust.estimate,
                log_ratio=float(np.mean(coefficients)),
                std_error=plain.std_error,
                robust_std_error=robust.std_error,
                pvalue=plain.pvalue,
                proportional_hazards=_median([each.proportional_hazards for each in same]),
                diverged=any(each.diverged for each in same),
            )
        )
    null, here = np.mean([each.log_likelihood for each in models], axis=0).tolist()
    corrected = [each.method for each in models if each.method.code == FIRTH.code]
    return replace(
        first,
        terms=tuple(terms),
        log_likelihood=(null, here),
        proportional_hazards=_median([each.proportional_hazards for each in models]),
        diverged=any(each.diverged for each in models),
        method=corrected[0] if corrected else first.method,
    )


def _median(tests: Sequence[ProportionalHazards]) -> ProportionalHazards:
    statistic, pvalue = (
        float(np.median([getattr(each, name) for each in tests]))
        for name in ("statistic", "pvalue")
    )
    return replace(tests[0], statistic=statistic, pvalue=pvalue)


def pooled_curve(curves: Sequence[SurvivalCurve], complete_df: float = np.inf) -> SurvivalCurve:
    """Pool survival curves of completed data sets, such as weighted ones.

    Parameters
    ----------
    curves : sequence of SurvivalCurve
        Of the same patients, at the same times and level.

    Returns
    -------
    SurvivalCurve
        Numbers at risk and leaving are means. Its median is that of the pooled curve. Limits are
        undefined where a curve is at 0 or 1, and survival there is the mean.

    Notes
    -----
    Pooled as the complementary log-log of survival, on which it is most nearly normal.

    References
    ----------
    Marshall, Altman, Holder & Royston (2009), BMC Med Res Methodol 9:57. Morisot et al. (2015), BMC
    Med Res Methodol 15:54.
    """
    first = curves[0]
    if any(not np.array_equal(each.time, first.time) for each in curves):
        raise ValueError("curves must be at the same times")
    survival, error = (
        np.stack([getattr(each, name) for each in curves]) for name in ("survival", "std_error")
    )
    inside = ((survival > 0) & (survival < 1)).all(axis=0)
    s = np.where(inside, survival, 0.5)
    log = np.log(s)
    slope = np.abs(s * log)
    value, spread, df, _lost = _rubin(
        np.log(-log), np.where(inside, error / slope, 1) ** 2, complete_df
    )
    margin = special.stdtrit(df, (1 + first.confidence) / 2) * spread
    level, low, high = (np.exp(-np.exp(each)) for each in (value, value + margin, value - margin))
    mean = survival.mean(axis=0)
    return replace(
        first,
        at_risk=np.mean([each.at_risk for each in curves], axis=0),
        events=np.mean([each.events for each in curves], axis=0),
        censored=np.mean([each.censored for each in curves], axis=0),
        survival=np.where(inside, level, mean),
        std_error=np.where(inside, spread * np.abs(level * np.log(level)), np.nan),
        low=np.where(inside, low, np.nan),
        high=np.where(inside, high, np.nan),
        limits="log-log",
        method=POOLED_CURVE,
    )
