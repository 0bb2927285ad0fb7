"""Meta-analysis: one effect out of the effects of several centres, and how far these differ."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from lib.language import N_
from lib.statistics.estimate import Estimate, Floats, Sealed, around, chi_squared_pvalue, zero

FEWEST = 5
"""Centres below which how far their effects differ is too uncertain for limits to rest on."""
COMMON = N_("one effect common to all centres, weighted by inverse variance", "common-effect")
RANDOM = N_(
    "average effect of centres that differ (REML), limits by Hartung and Knapp", "hartung-knapp"
)
PREDICTED = N_("effect of another centre like these", "prediction-interval")


@dataclass(frozen=True, slots=True, eq=False)
class MetaAnalysis(Sealed):
    """The effects of several centres as one."""

    common: Estimate  # as if all centres had one effect
    # The average of effects that differ, and between which limits that of another centre lies; None
    # below `FEWEST` centres.
    average: Estimate | None
    prediction: Estimate | None
    q: float  # Cochran's Q, by the weights of the common effect
    df: int
    pvalue: float  # of Q; nan of one centre
    i2: float  # share of Q that chance does not explain, in [0, 1]; nan of one centre
    tau2: float  # variance of the centres' effects by restricted likelihood; nan of one centre
    weights: Floats  # (k,) share of each centre in the common effect


def meta_analysis(
    effects: npt.ArrayLike, errors: npt.ArrayLike, confidence: float = 0.95, log: bool = False
) -> MetaAnalysis:
    """Combine the effects of centres by inverse variance.

    Parameters
    ----------
    effects, errors : (k,) array_like
        Effect of each centre and its standard error, at least one centre.
    log : bool, default False
        Whether the effects are logarithms, and estimates their exponentials.

    Returns
    -------
    MetaAnalysis

    Notes
    -----
    As R ``metafor``: ``rma(y, se^2, method = "EE")``, and ``rma(y, se^2, method = "REML", test =
    "adhoc")`` with ``predict``. *adhoc* is Hartung's and Knapp's variance, never taken smaller than
    that without their factor, so that centres that happen to agree do not make limits narrower than
    those of one common effect. Limits and prediction have k - 1 degrees of freedom.

    References
    ----------
    Hartung & Knapp (2001), Stat Med 20:3875-3889. Roever, Knapp & Friede (2015), BMC Med Res
    Methodol 15:99. IntHout, Ioannidis, Rovers & Goeman (2016), BMJ Open 6:e010247. Higgins &
    Thompson (2002), Stat Med 21:1539-1558.
    """
    y, variance = np.asarray(effects, float), np.asarray(errors, float) ** 2
    if y.ndim != 1 or y.shape != variance.shape or not len(y):
        raise ValueError("effects and errors must be 1-D, as long as each other, and not empty")
    if not (np.isfinite(y).all() and np.isfinite(variance).all() and (variance > 0).all()):
        raise ValueError("effects must be finite, and errors finite and above 0")
    k, weight = len(y), 1 / variance
    value, error = _mean(y, weight)
    q, tau2 = float((weight * (y - value) ** 2).sum()), np.nan
    average = prediction = None
    if k > 1:
        tau2 = _between(y, variance)
    if k >= FEWEST:
        average, prediction = _random(y, variance, tau2, confidence, log)
    return MetaAnalysis(
        around(value, error, confidence, COMMON, log),
        average,
        prediction,
        q,
        k - 1,
        chi_squared_pvalue(q, k - 1),
        (max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0) if k > 1 else np.nan,
        tau2,
        weight / weight.sum(),
    )


def difference_of_rates(k1: int, n1: int, k0: int, n0: int) -> tuple[float, float]:
    """Give the difference of two rates and its standard error, as they enter a meta-analysis.

    Where a cell is empty half a patient is added to each, so that the error is not 0, as R
    ``metafor`` has it: ``escalc(measure = "RD")``.
    """
    if not (0 <= k1 <= n1 and 0 <= k0 <= n0 and n1 and n0):
        raise ValueError("each arm must have patients, and no more responses than those")
    cells = np.array([k1, n1 - k1, k0, n0 - k0], float)
    if (cells == 0).any():
        cells += 0.5
    one, other = cells[0] / cells[:2].sum(), cells[2] / cells[2:].sum()
    spread = one * (1 - one) / cells[:2].sum() + other * (1 - other) / cells[2:].sum()
    return float(one - other), float(np.sqrt(spread))


def _mean(y: Floats, weight: Floats) -> tuple[float, float]:
    """The weighted mean and its standard error."""
    return float((weight * y).sum() / weight.sum()), float(weight.sum() ** -0.5)


def _random(
    y: Floats, variance: Floats, tau2: float, confidence: float, log: bool
) -> tuple[Estimate, Estimate]:
    """The average of effects that differ, and the limits of another centre's."""
    k, weight = len(y), 1 / (variance + tau2)
    value, error = _mean(y, weight)
    factor = float((weight * (y - value) ** 2).sum() / (k - 1))
    error *= max(1.0, factor) ** 0.5
    quantile = float(special.stdtrit(k - 1, (1 + confidence) / 2))
    normal = -float(special.ndtri((1 - confidence) / 2))
    return tuple(  # type: ignore[return-value]
        around(value, spread * quantile / normal, confidence, method, log)
        for spread, method in ((error, RANDOM), ((tau2 + error**2) ** 0.5, PREDICTED))
    )


def _between(y: Floats, variance: Floats) -> float:
    """The variance of effects that leaves the restricted likelihood at its highest."""

    def minus(tau2: float) -> float:
        spread = variance + tau2
        weight = 1 / spread
        value, _error = _mean(y, weight)
        square = (weight * (y - value) ** 2).sum()
        return float(np.log(spread).sum() + np.log(weight.sum()) + square)

    def slope(tau2: float) -> float:
        weight = 1 / (variance + tau2)
        value, _error = _mean(y, weight)
        pull = (weight**2 * (y - value) ** 2).sum()
        return float(weight.sum() - (weight**2).sum() / weight.sum() - pull)

    most = 10 * float(np.var(y) + variance.max())
    places = np.concatenate([[0.0], most * np.geomspace(1e-8, 1, 200)])
    best = int(np.argmin([minus(place) for place in places]))
    low, high = places[max(0, best - 1)], places[min(len(places) - 1, best + 1)]
    if slope(low) >= 0:  # it falls from 0 on
        return float(low)
    return zero(slope, low, high, xtol=1e-15, rtol=1e-14)
