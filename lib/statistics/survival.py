"""Survival from a life table: curves, medians, follow-up, restricted means, log-rank tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from lib.language import N_, Template
from lib.statistics.estimate import (
    Estimate,
    Floats,
    Ints,
    Missing,
    Numbers,
    Sealed,
    around,
    chi_squared_pvalue,
    normal_pvalue,
    normal_quantile,
    undefined,
)
from lib.statistics.life_table import TIE, LifeTable

Limits: TypeAlias = Literal["log-log", "log", "plain"]

METHODS = {
    "log-log": N_("Kaplan-Meier, log-log limits (Greenwood)", "kaplan-meier-log-log"),
    "log": N_("Kaplan-Meier, log limits (Greenwood)", "kaplan-meier-log"),
    "plain": N_("Kaplan-Meier, plain limits (Greenwood)", "kaplan-meier-plain"),
}
WEIGHTED = {
    "log-log": N_(
        "Weighted Kaplan-Meier, log-log limits (robust, weights taken as known)", "weighted-log-log"
    ),
    "log": N_("Weighted Kaplan-Meier, log limits (robust, weights taken as known)", "weighted-log"),
    "plain": N_(
        "Weighted Kaplan-Meier, plain limits (robust, weights taken as known)", "weighted-plain"
    ),
}
TRUNCATED = {
    "log-log": N_("Kaplan-Meier with late entry, log-log limits (Greenwood)", "late-entry-log-log"),
    "log": N_("Kaplan-Meier with late entry, log limits (Greenwood)", "late-entry-log"),
    "plain": N_("Kaplan-Meier with late entry, plain limits (Greenwood)", "late-entry-plain"),
}
FOLLOW_UP = N_("Median follow-up by reverse Kaplan-Meier", "reverse-kaplan-meier")
RMST = N_("Restricted mean survival time, area under the Kaplan-Meier curve", "rmst")
RMST_DIFFERENCE = N_(
    "Difference of restricted mean survival times, normal limits", "rmst-difference"
)
RMST_RATIO = N_("Ratio of restricted mean survival times, log-normal limits", "rmst-ratio")
DIFFERENCE_AT = N_(
    "Difference of Kaplan-Meier survival, limits by square and add", "survival-difference"
)
LOG_RANK = N_("Log-rank test", "log-rank")
STRATIFIED = N_("Stratified log-rank test", "log-rank-stratified")
PERMUTATION = N_("Log-rank permutation test", "log-rank-permutation")


@dataclass(frozen=True, slots=True, eq=False)
class RiskTable(Sealed):
    """Numbers under a curve at ticks; at any tick the three add up to all rows that have come.

    References
    ----------
    Morris et al. (2019), BMJ Open 9:e030215 (KMunicate).
    """

    time: Floats  # (t,), the ticks
    at_risk: Ints  # (t,), rows still followed just before the tick
    # censored, events: (t,), rows censored, and with an event, before the tick
    censored: Ints
    events: Ints
    # (t,), with late entry, rows that came under observation before the tick or at the start.
    entered: Ints | None = None


def risk_table(table: LifeTable, ticks: npt.ArrayLike) -> RiskTable:
    """Count those who have come, are at risk, were censored and had an event, at ticks.

    Parameters
    ----------
    table : LifeTable
        Of one group, unweighted, with late entry or without.

    Notes
    -----
    Counted just before each tick, so that censored, events and at risk add up to those who have
    come. Unlike `SurvivalCurve.counts_at` it also counts before the start of a curve that is
    conditional on surviving to it.
    """
    _one_group(table)
    at = np.atleast_1d(np.asarray(ticks, float))
    index = np.searchsorted(table.time, at * (1 - TIE), side="left")

    def before(counts: Ints) -> Ints:
        return np.asarray(np.concatenate([[0], np.cumsum(counts)])[index])

    late = np.zeros(len(table.time), np.int64) if table.entered is None else table.entered[0]
    came = int(table.n[0]) - int(late.sum()) + before(late)
    censored, events = before(table.censored[0]), before(table.events[0])
    return RiskTable(at, came - censored - events, censored, events, came)


def earliest_start(table: LifeTable) -> float:
    """Give the time to which a curve with late entry is conditional; 0 without late entry.

    Notes
    -----
    The first time of leaving at which at least 5 rows and 10% of all are at risk, since a curve
    that starts with a handful at risk may fall to nothing and stay there.
    """
    if _one_group(table).entered is None or not len(table.time):
        return 0.0
    leaving = table.rows[0].any(axis=0)
    enough = leaving & (table.at_risk[0] >= max(5.0, 0.1 * float(table.n[0])))
    first = np.flatnonzero(enough)
    return float(table.time[first[0]]) if len(first) else float(table.time[-1])


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve(Sealed):
    """Survival of one group with pointwise limits."""

    n: int  # rows behind the curve
    time: Floats  # (k,), distinct times at which someone left
    # at_risk, events, censored: (k,), rows just before, and leaving at, each time; sums of weights
    # where weighted
    at_risk: Numbers
    events: Numbers
    censored: Numbers
    # survival, std_error: (k,), estimate just after each time, in [0, 1], and its standard error
    survival: Floats
    std_error: Floats
    # low, high: (k,), pointwise limits, nan where undefined: at survival 0, and with log-log limits
    # at 1
    low: Floats
    high: Floats
    confidence: float  # Two-sided level of the limits
    limits: Limits  # scale on which the limits are normal
    method: Template  # how it was computed, in words
    # 0, or with late entry the time from which on enough patients are at risk: the curve is
    # conditional on surviving to it.
    start: float = 0.0

    @property
    def last_time(self) -> float:
        """Longest follow-up, nan without a row."""
        return float(self.time[-1]) if len(self.time) else np.nan

    def median(self) -> Estimate:
        """Give the median, with limits from inverting the curve's own.

        See `quantile`.
        """
        return self.quantile(0.5)

    def quantile(self, p: float) -> Estimate:
        """Give the time by which a fraction p of patients had the event.

        Parameters
        ----------
        p : float
            In (0, 1); 0.5 is the median.

        Returns
        -------
        Estimate
            `Missing.NOT_REACHED` if the value or a limit is nan.

        Notes
        -----
        The first time at which survival is below ``1 - p``; the middle of the plateau where it
        is exactly that; limits likewise from the limits of the curve, which makes them those of
        Brookmeyer and Crowley. This is the rule of R's ``print(survfit)``; ``quantile(survfit)``
        differs where the curve ends at exactly ``1 - p``.

        References
        ----------
        Brookmeyer & Crowley (1982), Biometrics 38:29-41.
        """
        if not 0 < p < 1:
            raise ValueError(f"p must be between 0 and 1, got {p}")
        value, low, high = (
            _crossing(curve, self.time, 1 - p) for curve in (self.survival, self.low, self.high)
        )
        missing = Missing.NOT_REACHED if np.isnan([value, low, high]).any() else Missing.NONE
        return Estimate(value, low, high, self.confidence, self.method, missing)

    def at(self, t: float) -> Estimate:
        """Give survival at a time.

        Returns
        -------
        Estimate
            `Missing.PAST_FOLLOW_UP` after the last time, unless the curve reached 0, and before
            `start`; limits `Missing.NOT_ESTIMABLE` where the curve has none.
        """
        if not t >= 0:
            raise ValueError(f"t must be 0 or more, got {t}")
        if not len(self.time) or t < self.start:
            return undefined(self.confidence, self.method, Missing.NOT_ESTIMABLE)
        if t > self.last_time * (1 + TIE) and self.survival[-1] > 0:
            return undefined(self.confidence, self.method, Missing.PAST_FOLLOW_UP)
        index = _last_before(self.time, t)
        if index < 0:
            edge = np.nan if self.limits == "log-log" else 1.0
            value, low, high = 1.0, edge, edge
        else:
            value, low, high = (float(part[index]) for part in (self.survival, self.low, self.high))
        missing = Missing.NOT_ESTIMABLE if np.isnan(low) or np.isnan(high) else Missing.NONE
        return Estimate(value, low, high, self.confidence, self.method, missing)

    def counts_at(self, ticks: npt.ArrayLike) -> RiskTable:
        """Count those at risk, censored and with an event at ticks.

        Returns
        -------
        RiskTable
            Counted just before each tick, so that the three add up to n; with late entry see
            `risk_table`.
        """
        at = np.atleast_1d(np.asarray(ticks, float))
        index = np.searchsorted(self.time, at * (1 - TIE), side="left")
        events = np.concatenate([[0], np.cumsum(self.events)])[index]
        censored = np.concatenate([[0], np.cumsum(self.censored)])[index]
        at_risk = np.concatenate([self.at_risk, [0]])[index]
        return RiskTable(at, at_risk, censored, events)


def kaplan_meier(
    table: LifeTable,
    confidence: float = 0.95,
    limits: Limits = "log-log",
    start: float | None = None,
) -> SurvivalCurve:
    """Estimate survival by the product-limit method.

    Parameters
    ----------
    table : LifeTable
        Of one group (else `LifeTable.group` first). Events of every cause count; for one cause
        alone `LifeTable.cause` first.
    limits : {"log-log", "log", "plain"}
        Scale on which the limits are normal.
    start : float, optional
        Time to which the curve is conditional on surviving; that of `earliest_start` if left out.

    Returns
    -------
    SurvivalCurve
        Empty for an empty table. Events precede censorings at a tie. At survival 0 the standard
        error and limits are undefined (nan).

    Notes
    -----
    Greenwood's variance, as R ``survfit(conf.type=)``. For weighted tables the variance is the
    infinitesimal jackknife, as R ``survfit(weights=, robust=TRUE)``, except that at survival 0,
    where R gives limits 0 to 0, limits are undefined. It takes the weights as known.

    References
    ----------
    Kaplan & Meier (1958), J Am Stat Assoc 53:457-481.
    Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, s. 1.4.
    """
    z = normal_quantile(confidence)
    if limits not in METHODS:
        raise ValueError(f"limits must be one of {tuple(METHODS)}, got {limits!r}")
    method = _method(table, limits)
    begin, table = _conditional(table, start)
    hazard = _Hazard.of(table)
    kept = hazard.leaving
    survival = hazard.survival[kept]
    error = hazard.log_error()[kept]
    low, high = _limits(survival, error, z, limits)
    with np.errstate(invalid="ignore"):
        std_error = survival * error
    return SurvivalCurve(
        int(table.n[0]),
        table.time[kept],
        hazard.at_risk[kept],
        hazard.events[kept],
        hazard.censored[kept],
        survival,
        std_error,
        low,
        high,
        confidence,
        limits,
        method,
        begin,
    )


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeHazard(Sealed):
    """Cumulative hazard of one group."""

    # time, hazard, std_error: (k,), distinct times, the estimate just after each, and its standard
    # error
    time: Floats
    hazard: Floats
    std_error: Floats
    method: Template  # how it was computed, in words


def nelson_aalen(table: LifeTable) -> CumulativeHazard:
    """Estimate the cumulative hazard as the sum of events over those at risk.

    Notes
    -----
    Variance ``sum d / n**2``, as R ``survfit(ctype=1)``; weighted tables give the weighted sum
    with the same formula, which takes weights as numbers of patients.

    References
    ----------
    Aalen (1978), Ann Stat 6:701-726.
    """
    hazard = _Hazard.of(_one_group(table))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(hazard.events > 0, hazard.events / hazard.at_risk, 0.0)
        variance = np.where(hazard.events > 0, hazard.events / hazard.at_risk**2, 0.0)
    kept = hazard.leaving
    return CumulativeHazard(
        table.time[kept],
        np.cumsum(rate)[kept],
        np.sqrt(np.cumsum(variance))[kept],
        N_("Nelson-Aalen cumulative hazard", "nelson-aalen"),
    )


def follow_up(table: LifeTable, confidence: float = 0.95, limits: Limits = "log-log") -> Estimate:
    """Give the median follow-up: the median time to being censored.

    Notes
    -----
    Kaplan-Meier with events and censorings exchanged, as R ``survfit(Surv(time, !event))``, in
    which at a tie those who die are still at risk of being censored.

    References
    ----------
    Schemper & Smith (1996), Control Clin Trials 17:343-346.
    """
    median = kaplan_meier(_one_group(table).reversed(), confidence, limits).median()
    return Estimate(median.value, median.low, median.high, confidence, FOLLOW_UP, median.missing)


@dataclass(frozen=True, slots=True)
class Rmst:
    """Restricted mean survival time of one group: mean time lived up to tau."""

    # In the unit of time; `Missing.PAST_FOLLOW_UP` where the curve does not reach tau.
    estimate: Estimate
    std_error: float  # of the estimate
    tau: float  # the horizon


def rmst(table: LifeTable, tau: float, confidence: float = 0.95) -> Rmst:
    """Estimate the mean time lived up to a horizon: the area under Kaplan-Meier's curve.

    Parameters
    ----------
    tau : float
        The horizon, more than 0. It has to be within follow-up, unless the curve reached 0.

    Notes
    -----
    ``SE**2 = sum(A_j**2 * d_j / (n_j * (n_j - d_j)))`` with ``A_j`` the area between time j and
    tau, as R ``print(survfit, rmean=tau)``; weighted tables have the robust error instead.

    References
    ----------
    Royston & Parmar (2013), BMC Med Res Methodol 13:152.
    """
    if not tau > 0:
        raise ValueError(f"tau must be more than 0, got {tau}")
    hazard = _Hazard.of(_one_group(table))
    time, survival = hazard.time, hazard.survival
    if not len(time) or (tau > time[-1] * (1 + TIE) and survival[-1] > 0):
        missing = Missing.PAST_FOLLOW_UP if len(time) else Missing.NOT_ESTIMABLE
        return Rmst(undefined(confidence, RMST, missing), np.nan, tau)
    inside = int(np.searchsorted(time, tau, side="right"))
    steps = np.diff(np.concatenate([[0.0], time[:inside], [tau]]))
    pieces = steps * np.concatenate([[1.0], survival[:inside]])
    remaining = np.cumsum(pieces[::-1])[::-1][1:]
    area = np.zeros(len(time))
    area[:inside] = remaining
    std_error = float(np.sqrt(hazard.integrated_variance(area)))
    return Rmst(around(float(pieces.sum()), std_error, confidence, RMST), std_error, tau)


@dataclass(frozen=True, slots=True)
class RmstContrast:
    """Restricted mean survival time of one group against another."""

    # difference, ratio: comparison minus, and over, reference
    difference: Estimate
    ratio: Estimate
    tau: float  # the horizon
    arms: tuple[Rmst, Rmst]  # reference, comparison
    pvalue: float  # Two-sided, of the difference


def rmst_difference(
    table: LifeTable, reference: str, comparison: str, tau: float, confidence: float = 0.95
) -> RmstContrast:
    """Compare mean time lived up to a horizon between two groups.

    Parameters
    ----------
    tau, confidence
        As in `rmst`; tau has to be within the follow-up of both.

    References
    ----------
    Uno et al. (2014), J Clin Oncol 32:2380-2385.
    """
    arms = (
        rmst(table.group(reference), tau, confidence),
        rmst(table.group(comparison), tau, confidence),
    )
    lacking = [arm.estimate.missing for arm in arms if arm.estimate.missing]
    if lacking:
        nothing = [
            undefined(confidence, method, lacking[0]) for method in (RMST_DIFFERENCE, RMST_RATIO)
        ]
        return RmstContrast(nothing[0], nothing[1], tau, arms, np.nan)
    (a, b), (se_a, se_b) = (arm.estimate.value for arm in arms), (arm.std_error for arm in arms)
    error = float(np.hypot(se_a, se_b))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratio = float(np.log(np.float64(b) / a))
        log_error = float(np.hypot(np.float64(se_a) / a, np.float64(se_b) / b))
        z = float(np.float64(b - a) / error)
    return RmstContrast(
        around(b - a, error, confidence, RMST_DIFFERENCE),
        around(log_ratio, log_error, confidence, RMST_RATIO, log=True),
        tau,
        arms,
        normal_pvalue(z),
    )


def difference_at(
    table: LifeTable,
    reference: str,
    comparison: str,
    t: float,
    confidence: float = 0.95,
    limits: Limits = "log-log",
    start: float | None = None,
) -> Estimate:
    """Give the difference of survival at a time, comparison minus reference.

    Parameters
    ----------
    t : float
        The time, within the follow-up of both.
    confidence, limits, start
        As in `kaplan_meier`; with late entry two curves can be compared from one start alone.

    Returns
    -------
    Estimate
        Limits are undefined where one curve has none at that time.

    Notes
    -----
    The distances of each curve's own limits from its value, squared and added, so that limits
    stay within -1 and 1 and agree with those drawn.

    References
    ----------
    Newcombe (1998), Stat Med 17:873-890; Zou & Donner (2008), Stat Med 27:1693-1702.
    """
    base = kaplan_meier(table.group(reference), confidence, limits, start).at(t)
    other = kaplan_meier(table.group(comparison), confidence, limits, start).at(t)
    low = other.value - base.value - np.hypot(other.value - other.low, base.high - base.value)
    high = other.value - base.value + np.hypot(other.high - other.value, base.value - base.low)
    return Estimate(
        other.value - base.value,
        float(low),
        float(high),
        confidence,
        DIFFERENCE_AT,
        max(base.missing, other.missing),
    )


@dataclass(frozen=True, slots=True, eq=False)
class LogRank(Sealed):
    """A log-rank test."""

    # statistic, df, pvalue: Chi-squared statistic, degrees of freedom, upper tail; nan if nothing
    # could be compared
    statistic: float
    df: int
    pvalue: float
    groups: tuple[str, ...]  # names, in order
    n: Ints  # (g,), rows of each group
    # observed, expected: (g,), events of each group, and those expected if all groups were alike
    observed: Floats
    expected: Floats
    method: Template  # how it was computed, in words
    missing: Missing = Missing.NONE  # `NOT_ESTIMABLE` where the statistic is nan


def log_rank(tables: LifeTable | Sequence[LifeTable], rho: float = 0.0) -> LogRank:
    """Test whether groups differ in survival.

    Parameters
    ----------
    tables : LifeTable, or a sequence with one a stratum
        Unweighted, with the same groups.
    rho : float, default 0
        Weight events by pooled survival to this power: 0 is the log-rank test, 1 that of Peto
        and Peto.

    Returns
    -------
    LogRank
        Groups with nothing expected do not count for `df`. Where no event could be compared
        (none happened, or one group at risk at each) the statistic is nan; R says 0.

    Notes
    -----
    Mantel's test with the hypergeometric variance, as R ``survdiff``.

    References
    ----------
    Mantel (1966), Cancer Chemother Rep 50:163-170. Harrington & Fleming (1982), Biometrika
    69:553-566.
    """
    tables = _strata(tables)
    observed, expected, variance = _excess(tables, rho)
    statistic, df = quadratic(observed - expected, variance, expected > 0)
    return _log_rank(tables, statistic, df, observed, expected, LOG_RANK)


def _log_rank(
    tables: Sequence[LifeTable],
    statistic: float,
    df: int,
    observed: Floats,
    expected: Floats,
    method: Template,
) -> LogRank:
    return LogRank(
        statistic,
        df,
        chi_squared_pvalue(statistic, df),
        tables[0].groups,
        np.sum([table.n for table in tables], axis=0),
        observed,
        expected,
        STRATIFIED if method.code == LOG_RANK.code and len(tables) > 1 else method,
        Missing.NONE if df else Missing.NOT_ESTIMABLE,
    )


def _strata(tables: LifeTable | Sequence[LifeTable]) -> Sequence[LifeTable]:
    """Check the strata of a test."""
    tables = [tables] if isinstance(tables, LifeTable) else tables
    if not tables or any(table.groups != tables[0].groups for table in tables):
        raise ValueError("tables must be one or more, with the same groups")
    if len(tables[0].groups) < 2:
        raise ValueError(f"a test needs at least two groups, got {tables[0].groups}")
    if any(table.weight is not None for table in tables):
        raise ValueError("a log-rank test takes unweighted tables")
    return tables


def _excess(tables: Sequence[LifeTable], rho: float) -> tuple[Floats, Floats, Floats]:
    """Give observed and expected events (g,), and the variance (g, g) of their difference."""
    g = len(tables[0].groups)
    observed, expected, variance = np.zeros(g), np.zeros(g), np.zeros((g, g))
    for table in tables:
        events = table.events
        some = np.flatnonzero(events.any(axis=0))
        own = events.take(some, axis=1).astype(float)
        at_risk = table.at_risk.take(some, axis=1).astype(float)
        d, n = own.sum(axis=0), at_risk.sum(axis=0)
        factor = _pooled(d, n) ** rho if rho else np.ones(len(d))
        share = at_risk / n
        weighted = share * (factor**2 * d * (n - d) / np.maximum(n - 1, 1))
        observed += own @ factor
        expected += share @ (factor * d)
        variance += np.diag(weighted.sum(axis=1)) - weighted @ share.T
    return observed, expected, variance


def _pooled(events: Floats, at_risk: Floats) -> Floats:
    """Kaplan-Meier of all groups together, just before each event time."""
    return np.concatenate([[1.0], np.cumprod(1 - events / at_risk)[:-1]])


def quadratic(
    excess: Floats, variance: Floats, counted: npt.NDArray[np.bool_]
) -> tuple[float, int]:
    """Give the chi-squared statistic of deviations that add to 0, and its degrees of freedom.

    Parameters
    ----------
    excess : (g,) float array
        Deviations of the groups.
    variance : (g, g) float array
        Their covariance.
    counted : (g,) bool array
        Groups that can deviate at all.
    """
    used = np.flatnonzero(counted)[1:]
    if not len(used):
        return np.nan, 0
    if len(used) == 1:
        spread = float(variance[used[0], used[0]])
        return (float(excess[used[0]]) ** 2 / spread, 1) if spread > 1e-12 else (np.nan, 0)
    part = variance[np.ix_(used, used)]
    rank = int(np.linalg.matrix_rank(part, hermitian=True))
    if rank == 0:
        return np.nan, 0
    return float(excess[used] @ np.linalg.pinv(part, hermitian=True) @ excess[used]), rank


def permutation_log_rank(
    table: LifeTable, permutations: int = 9999, seed: int = 1
) -> PermutationTest:
    """Test groups of few patients by permuting their labels.

    Parameters
    ----------
    table : LifeTable
        Of two groups or more, none of them empty, unweighted and without late entry.

    Returns
    -------
    PermutationTest
        The p-value counts the observed labelling as one of the draws, so it is never 0.

    Notes
    -----
    The statistic is linear in the log-rank scores, event less cumulative hazard, which labels
    do not change: ``sum(T_g**2 / n_g)`` with ``T_g`` the sum of scores of group g. For two
    groups that orders labellings by \\|observed - expected\\|.

    References
    ----------
    Phipson & Smyth (2010), Stat Appl Genet Mol Biol 9:39.
    """
    if table.weight is not None or table.entered is not None:
        raise ValueError("a permutation test takes neither weights nor entry times")
    if permutations < 1:
        raise ValueError(f"permutations must be at least 1, got {permutations}")
    sizes = table.n
    if len(sizes) < 2 or not sizes.all():
        raise ValueError("table must have two groups or more, none of them empty")
    table = table.any_cause()
    cells = table.rows.transpose(2, 1, 0)  # an order of the rows that is none of the file
    cell = np.repeat(np.arange(cells.size), cells.ravel())
    when, event, codes = np.unravel_index(cell, cells.shape)
    score = event - nelson_aalen(table.pooled()).hazard[when]

    def statistic(labels: npt.NDArray[np.integer]) -> Floats:
        sums = [(np.where(labels == g, score, 0.0)).sum(axis=-1) for g in range(len(sizes))]
        return np.asarray(sum(total**2 / size for total, size in zip(sums, sizes, strict=True)))

    observed = float(statistic(codes))
    random = np.random.default_rng(seed)
    beyond, block = 0, max(1, 1_000_000 // len(codes))
    for start in range(0, permutations, block):
        labels = np.tile(codes, (min(block, permutations - start), 1))
        drawn = statistic(random.permuted(labels, axis=1))
        beyond += int(np.count_nonzero(drawn >= observed * (1 - 1e-9)))
    return PermutationTest((1 + beyond) / (1 + permutations), permutations, seed, PERMUTATION)


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """A p-value by permutation, with what is needed to draw it again."""

    pvalue: float
    permutations: int
    seed: int
    method: Template


@dataclass(frozen=True, slots=True, eq=False)
class _Hazard:
    """Weighted or plain counts of one group, and what every statistic makes of them."""

    time: Floats
    at_risk: Numbers
    events: Numbers
    censored: Numbers
    survival: Floats
    jump: Floats  # d / (n * (n - d)), inf where all at risk have the event
    squares: Floats | None  # (2, k) sums of squared weights, censored and events

    @classmethod
    def of(cls, table: LifeTable) -> _Hazard:
        at_risk, events, squares = table.at_risk[0], table.events[0], None
        censored: Numbers = table.censored[0]
        left: Numbers = at_risk - events
        if table.weight is not None and table.square is not None:
            none = left == 0  # exactly, which sums of weights would miss
            at_risk, censored = table.weight_at_risk[0], table.weight[0, 0]
            events = table.weight[0, 1:].sum(axis=0)
            left = np.where(none, 0.0, at_risk - events)
            squares = np.stack([table.square[0, 0], table.square[0, 1:].sum(axis=0)])
        n = at_risk.astype(float)
        if table.entered is not None:
            n[n == 0] = left[left == 0] = 1.0  # nobody yet: nothing happens then
        with np.errstate(divide="ignore"):
            survival: Numbers = left / n
            n *= left
            jump = events / n
        np.cumprod(survival, out=survival)
        return cls(table.time, at_risk, events, censored, survival, jump, squares)

    @property
    def leaving(self) -> npt.NDArray[np.bool_] | slice:
        """Times at which someone left, rather than only came."""
        left = np.asarray(self.events + self.censored > 0)
        return slice(None) if left.all() else left

    def log_error(self) -> Floats:
        """Standard error of the logarithm of survival after each time; inf or nan at 0."""
        if self.squares is None:
            return np.sqrt(np.cumsum(self.jump))
        total = np.cumsum(self.jump)
        left = self.squares.sum(axis=0)
        staying = np.cumsum(left[::-1])[::-1] - left
        with np.errstate(invalid="ignore"):  # at survival 0, where all is undefined
            own = self.squares[0] * total**2 + self.squares[1] * (self._release() - total) ** 2
            return np.asarray(np.sqrt(np.cumsum(own) + staying * total**2))

    def integrated_variance(self, area: Floats) -> float:
        """Variance of the integral of survival, from the area left after each time."""
        within = area > 0
        drop = np.zeros(len(area))
        drop[within] = area[within] * self.jump[within]
        if self.squares is None:
            return float(area @ drop)
        total = np.cumsum(drop)
        own = np.zeros(len(area))
        own[within] = area[within] * self._release()[within]
        return float(self.squares[0] @ total**2 + self.squares[1] @ (own - total) ** 2)

    def _release(self) -> Floats:
        """1 / (n - d) at the times of events, 0 at others."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.jump > 0, self.jump * self.at_risk / self.events, 0.0)


def _one_group(table: LifeTable) -> LifeTable:
    if len(table.groups) != 1:
        raise ValueError(f"table must be of one group, got {table.groups}")
    return table


def _conditional(table: LifeTable, start: float | None) -> tuple[float, LifeTable]:
    """Give the time to which a curve is conditional, and the table of those who survive to it."""
    table = _one_group(table)
    if start is None:
        start = earliest_start(table)
    return (start, table.after(start)) if start > 0 else (0.0, table)


def _method(table: LifeTable, limits: Limits) -> Template:
    if table.weight is not None:
        return WEIGHTED[limits]
    return METHODS[limits] if table.entered is None else TRUNCATED[limits]


def _limits(survival: Floats, error: Floats, z: float, limits: Limits) -> tuple[Floats, Floats]:
    """Normal limits on a scale, from the standard error of the logarithm of survival."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if limits == "log-log":  # nan by itself at 1, which is 0 / 0, and at 0, inf / inf
            log = np.log(survival)
            spread = z * error
            spread /= log
            np.exp(spread, out=spread)
            low, high = log / spread, np.multiply(log, spread, out=log)
            return np.exp(low, out=low), np.exp(high, out=high)
        if limits == "log":
            low, high = survival * np.exp(-z * error), survival * np.exp(z * error)
        else:
            low, high = survival - z * error * survival, survival + z * error * survival
        low, high = np.maximum(low, 0), np.minimum(high, 1)
    low[survival == 0] = high[survival == 0] = np.nan
    return low, high


def _crossing(curve: Floats, time: Floats, level: float) -> float:
    """First time below a level, or the middle of the plateau at it (R's ``survmean``)."""
    first = _first(curve < level + TIE)
    if first is None:
        return np.nan
    if abs(curve[first] - level) < TIE:
        lower = _first(curve < curve[first])
        if lower is not None:
            return float(time[first] + time[lower]) / 2
    return float(time[first])


def _first(true: npt.NDArray[np.bool_]) -> int | None:
    index = int(true.argmax()) if len(true) else 0
    return index if len(true) and true[index] else None


def _last_before(time: Floats, t: float) -> int:
    """Index of the last time not after t, -1 if there is none."""
    return int(np.searchsorted(time, t * (1 + TIE), side="right")) - 1
