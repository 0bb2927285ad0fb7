"""Competing risks from a life table: cumulative incidence and Gray's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.language import N_, Template
from lib.statistics.estimate import (
    Estimate,
    Floats,
    Ints,
    Missing,
    Numbers,
    Sealed,
    chi_squared_pvalue,
    normal_quantile,
    undefined,
)
from lib.statistics.life_table import TIE, LifeTable
from lib.statistics.survival import quadratic

AALEN_JOHANSEN = N_(
    "Aalen-Johansen cumulative incidence, log limits (infinitesimal jackknife)",
    "aalen-johansen-jackknife",
)
WEIGHTED = N_(
    "Weighted Aalen-Johansen cumulative incidence, log limits (weights taken as known)",
    "aalen-johansen-weighted",
)
GRAY = N_("Gray's test of cumulative incidence", "gray")


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence(Sealed):
    """Share of one group that has had each kind of event; with the rest event-free, 1 in all."""

    n: int  # rows behind the curves
    time: Floats  # (k,), distinct times at which someone left
    # at_risk, censored: (k,), rows (sums of weights where weighted) just before, and censored at,
    # each time
    at_risk: Numbers
    censored: Numbers
    events: Numbers  # (c, k), events of each cause at each time
    # incidence, std_error, low, high: (c, k), estimate for each cause just after each time, its
    # standard error and pointwise limits, nan while the incidence is 0
    incidence: Floats
    std_error: Floats
    low: Floats
    high: Floats
    survival: Floats  # (k,), share without any event; ``survival + incidence.sum(axis=0)`` is 1
    confidence: float  # Two-sided level of the limits
    method: Template  # how it was computed, in words

    @property
    def last_time(self) -> float:
        """Longest follow-up, nan without a row."""
        return float(self.time[-1]) if len(self.time) else np.nan

    def at(self, t: float, cause: int) -> Estimate:
        """Give the incidence of a cause by a time.

        Returns
        -------
        Estimate
            `Missing.PAST_FOLLOW_UP` after the last time, unless nobody was left event-free;
            limits `Missing.NOT_ESTIMABLE` while the incidence is 0.
        """
        if not t >= 0:
            raise ValueError(f"t must be 0 or more, got {t}")
        if not 1 <= cause <= len(self.incidence):
            raise ValueError(f"cause must be from 1 to {len(self.incidence)}, got {cause}")
        if not len(self.time):
            return undefined(self.confidence, self.method, Missing.NOT_ESTIMABLE)
        if t > self.last_time * (1 + TIE) and self.survival[-1] > 0:
            return undefined(self.confidence, self.method, Missing.PAST_FOLLOW_UP)
        index = int(np.searchsorted(self.time, t * (1 + TIE), side="right")) - 1
        value, low, high = 0.0, np.nan, np.nan
        if index >= 0:
            curves = (self.incidence, self.low, self.high)
            value, low, high = (float(curve[cause - 1, index]) for curve in curves)
        missing = Missing.NOT_ESTIMABLE if np.isnan(low) else Missing.NONE
        return Estimate(value, low, high, self.confidence, self.method, missing)


def cumulative_incidence(table: LifeTable, confidence: float = 0.95) -> CumulativeIncidence:
    """Estimate the share of patients that has had each of several kinds of event.

    Parameters
    ----------
    table : LifeTable
        Of one group, without late entry.

    Notes
    -----
    ``F_c(t) = sum(S(t-) * d_c / n)``. 1 less the Kaplan-Meier curve in which other causes censor
    would be too high, as if those who died could still progress. Limits are normal on the log
    scale, and at most 1; errors by the infinitesimal jackknife, as R ``survfit`` of a multi-state
    ``Surv``, weights being taken as known.

    References
    ----------
    Aalen & Johansen (1978), Scand J Stat 5:141-150. Gray (1988), Ann Stat 16:1141-1154.
    """
    z = normal_quantile(confidence)
    if len(table.groups) != 1:
        raise ValueError(f"table must be of one group, got {table.groups}")
    if table.entered is not None:
        raise ValueError("table must be without late entry")
    steps = _Steps.of(table)
    error = np.sqrt(np.maximum(steps.jackknife(), 0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        margin = np.exp(z * error / steps.incidence)
        low, high = steps.incidence / margin, np.minimum(steps.incidence * margin, 1)
    none = steps.incidence == 0
    low[none] = high[none] = np.nan
    return CumulativeIncidence(
        int(table.n[0]),
        table.time,
        steps.at_risk,
        steps.leaving[0],
        steps.leaving[1:],
        steps.incidence,
        error,
        low,
        high,
        steps.after,
        confidence,
        AALEN_JOHANSEN if table.weight is None else WEIGHTED,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """One group's curves and counts at each time."""

    at_risk: Numbers
    leaving: Numbers  # (1 + c, k) rows or weight, by event code
    squares: Numbers  # (1 + c, k) sums of squared weights
    before: Floats  # survival just before and just after each time
    after: Floats
    incidence: Floats  # (c, k)

    @classmethod
    def of(cls, table: LifeTable) -> _Steps:
        weighted = table.weight is not None and table.square is not None
        leaving = table.weight[0] if table.weight is not None else table.rows[0]
        squares = table.square[0] if table.square is not None and weighted else table.rows[0]
        at_risk = table.weight_at_risk[0] if weighted else table.at_risk[0]
        n, d = np.asarray(at_risk, float), leaving[1:].sum(axis=0, dtype=float)
        gone = table.at_risk[0] == table.events[0]
        after: Numbers = np.cumprod(np.where(gone, 0.0, n - d) / n)
        before = np.concatenate([[1.0], after[:-1]])
        incidence = np.cumsum(before * leaving[1:] / n, axis=1)
        return cls(at_risk, leaving, squares, before, after, incidence)

    def jackknife(self) -> Floats:
        """Variance as the sum of squared influences; rows alike in time and code have one.

        A row that left at j with code e has, from then on, the influence
        ``a - (F(t) - F(j)) * b``, and before it that of everybody still at risk.
        """
        n, d = np.asarray(self.at_risk, float), self.leaving[1:].sum(axis=0, dtype=float)
        left = np.where(self.after > 0, n - d, 1.0)
        jump = np.where(self.after > 0, d / (n * left), 0.0)
        total = np.cumsum(jump)
        hazard = self.leaving[1:] / n
        staying = np.cumsum(self.before * hazard * (total - jump - 1 / n), axis=1)
        square = self.squares.sum(axis=0, dtype=float)
        remaining = np.cumsum(square[::-1])[::-1] - square
        variance = remaining * staying**2
        causes = len(hazard)
        for code in range(1 + causes):
            own = np.zeros((causes, len(n)))
            release = -total
            if code:
                own[code - 1] = self.before / n
                release = np.where(self.after > 0, 1 / left, 0.0) - total
            a = staying + own + self.incidence * release
            w = self.squares[code]
            variance += (
                np.cumsum(w * a**2, axis=1)
                - 2 * self.incidence * np.cumsum(w * a * release, axis=1)
                + self.incidence**2 * np.cumsum(w * release**2)
            )
        return np.asarray(variance)


@dataclass(frozen=True, slots=True, eq=False)
class GrayTest(Sealed):
    """Gray's test that groups have one cumulative incidence of a cause."""

    # statistic, df, pvalue: Chi-squared statistic, degrees of freedom, upper tail; nan if nothing
    # could be compared
    statistic: float
    df: int
    pvalue: float
    cause: int  # event code tested; all others compete
    groups: tuple[str, ...]  # names, in order
    n: Ints  # (g,), rows of each group
    events: Ints  # (g,), events of the cause in each group
    method: Template  # how it was computed, in words
    missing: Missing = Missing.NONE  # `NOT_ESTIMABLE` where the statistic is nan


def gray(tables: LifeTable | Sequence[LifeTable], cause: int) -> GrayTest:
    """Test whether groups differ in the cumulative incidence of a cause.

    Parameters
    ----------
    tables : LifeTable, or a sequence with one a stratum
        Unweighted, without late entry, with the same two groups or more.
    cause : int
        Event code, from 1; all others compete.

    Notes
    -----
    As R ``cmprsk::cuminc``, with its rho of 0. Events of the cause are compared with their share
    of ``Y * (1 - F(t-)) / S(t-)``, the patients still at risk and those who would be had no
    other event come first.

    References
    ----------
    Gray (1988), Ann Stat 16:1141-1154.
    """
    strata = [tables] if isinstance(tables, LifeTable) else tables
    if not strata or any(table.groups != strata[0].groups for table in strata):
        raise ValueError("tables must be one or more, with the same groups")
    if len(strata[0].groups) < 2:
        raise ValueError(f"a test needs at least two groups, got {strata[0].groups}")
    if any(table.weight is not None or table.entered is not None for table in strata):
        raise ValueError("Gray's test takes tables without weights and late entry")
    if not 1 <= cause <= max(table.causes for table in strata):
        raise ValueError(f"cause must be an event code of the tables, got {cause}")
    parts = [_gray_score(table, cause) for table in strata if cause <= table.causes]
    excess = np.sum([part[0] for part in parts], axis=0)
    variance = np.sum([part[1] for part in parts], axis=0)
    statistic, df = quadratic(excess, variance, np.diag(variance) > 1e-12)
    return GrayTest(
        statistic,
        df,
        chi_squared_pvalue(statistic, df),
        cause,
        strata[0].groups,
        np.sum([table.n for table in strata], axis=0),
        np.sum([t.rows[:, cause].sum(axis=1) for t in strata if cause <= t.causes], axis=0),
        GRAY,
        Missing.NONE if df else Missing.NOT_ESTIMABLE,
    )


def _gray_score(table: LifeTable, cause: int) -> tuple[Floats, Floats]:
    """Give the (g,) scores and their (g, g) covariance.

    A martingale jump of group r at u moves the score of group i by its own share there and, as
    it changes the curves of r, by ``(own cause - G(u) / S_r(u)) / h_r(u)`` times all that r's
    weight will still do; h is ``Y / S(t-)`` and G is 1 less the pooled incidence.
    """
    own = table.rows[:, cause].astype(float)
    every = table.events.astype(float)
    some = every.sum(axis=0) > 0
    own, every, n = own[:, some], every[:, some], table.at_risk[:, some].astype(float)
    risk = n > 0
    safe = np.where(risk, n, 1.0)
    after = np.cumprod(np.where(risk, 1 - every / safe, 1.0), axis=1)
    before = np.concatenate([np.ones((len(n), 1)), after[:, :-1]], axis=1)
    step = np.where(risk, before * own / safe, 0.0)
    free = 1 - (np.cumsum(step, axis=1) - step)  # 1 - F(t-), by group
    h = np.where(risk, n / np.where(before > 0, before, 1.0), 0.0)
    d = own.sum(axis=0)
    weight = h * free
    excess = (own - d * weight / weight.sum(axis=0)).sum(axis=1)

    h_all = h.sum(axis=0)
    pooled = np.cumsum(d / h_all)
    hazard = d / h_all / (1 - pooled + d / h_all)
    groups = len(n)
    share = np.eye(groups)[:, :, None] - (h / h_all)[:, None, :]  # (i, r, t)
    todo = share * h[None] * hazard
    future = np.cumsum(todo[:, :, ::-1], axis=2)[:, :, ::-1] - todo
    alive = after > 0
    fall = np.where(alive, (1 - pooled) / np.where(alive, after, 1.0), 0.0)
    scale = np.where(risk, 1 / np.where(h > 0, h, 1.0), 0.0)
    tied = 1 - np.maximum(d - 1, 0) / np.maximum(h_all * before - 1, 1)
    first = share + future * scale * np.where(alive, 1 - fall, 1.0)
    second = -future * scale * fall
    other = every - own
    rare = 1 - np.maximum(other - 1, 0) / np.maximum(safe - 1, 1)
    variance = np.einsum("irt,krt,rt->ik", first, first, h * tied * d / h_all)
    variance += np.einsum("irt,krt,rt->ik", second, second, other * rare)
    return excess, variance
