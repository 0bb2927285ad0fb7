"""Cox regression on several covariates, from rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lib.language import Template
from lib.statistics.cox import FIRTH, ROBUST, SCHOENFELD, WALD, ProportionalHazards
from lib.statistics.estimate import (
    Bools,
    Estimate,
    Floats,
    Ints,
    around,
    chi_squared_pvalue,
    normal_pvalue,
    normal_quantile,
    zero,
)
from lib.statistics.life_table import TimeToEvent, count, distinct_times


@dataclass(frozen=True, slots=True, eq=False)
class Covariate:
    """One covariate of a regression."""

    name: str  # its name
    # (n,), numbers, nan being missing; or, with levels, their codes from 0, negative being missing.
    values: npt.NDArray[np.generic]
    # Names of the levels in order, the first being the reference; empty for a number.
    levels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that codes are levels."""
        if self.levels and np.any(np.asarray(self.values) >= len(self.levels)):
            raise ValueError(f"values of {self.name} must be codes below {len(self.levels)}")

    @property
    def known(self) -> Bools:
        """(n,) where the covariate is not missing."""
        values = np.asarray(self.values, float)
        return np.asarray(values >= 0 if self.levels else np.isfinite(values))

    def columns(self) -> Floats:
        """(n, p) columns of the model: the number, or an indicator of each level but the first."""
        values = np.asarray(self.values, float)
        if not self.levels:
            return values[:, None]
        return np.asarray(values[:, None] == np.arange(1, len(self.levels)), float)


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient of a regression."""

    covariate: str  # name of its covariate
    # level, reference: the level compared and the one it is compared with; empty for a number,
    # whose ratio is that of one unit more
    level: str
    reference: str
    # Hazard ratio given all other covariates: Wald limits, or profile limits of the penalized
    # likelihood. `Missing.NOT_ESTIMABLE` where the coefficient diverges or follows from the
    # covariates before it.
    ratio: Estimate
    robust: Estimate  # the same with limits from the Lin-Wei variance
    # log_ratio, std_error, robust_std_error: coefficient, and its standard errors
    log_ratio: float
    std_error: float
    robust_std_error: float
    pvalue: float  # Two-sided, Wald; robust where weighted
    proportional_hazards: ProportionalHazards  # test that the ratio is the same at all times
    diverged: bool  # whether the likelihood rises for ever along this coefficient (separation)


@dataclass(frozen=True, slots=True)
class CoxModel:
    """A Cox regression."""

    terms: tuple[Term, ...]  # the coefficients, in the order of the covariates and their levels
    # n, events, left_out: rows used, their events, and rows left out because a covariate
    # is missing
    n: int
    events: int
    left_out: int
    # Events over coefficients; below 10 estimates are unstable, and the reader should know.
    events_per_variable: float
    # Without covariates, and at the estimate (penalized ones with Firth's correction).
    log_likelihood: tuple[float, float]
    proportional_hazards: ProportionalHazards  # global test over all terms
    # Whether any coefficient has no finite estimate; Firth's correction then gives one.
    diverged: bool
    method: Template  # how it was computed, in words


def cox_regression(
    data: TimeToEvent,
    covariates: Sequence[Covariate],
    confidence: float = 0.95,
    firth: bool = False,
) -> CoxModel:
    """Fit Cox's proportional hazards model.

    Parameters
    ----------
    data : TimeToEvent
        Follow-up of n patients; events of every cause count. Entry times and weights are used.
    firth : bool, default False
        Penalize the likelihood by Jeffreys' prior, which keeps estimates finite under
        separation and takes away most of the bias of small samples; limits are by profile.

    Returns
    -------
    CoxModel
        Of the complete rows. A coefficient that follows from earlier ones, or along which the
        likelihood rises for ever, is not estimable; the others are estimated beside it, as R
        ``coxph`` has them.

    Notes
    -----
    Ties by Efron, as R ``coxph(robust=TRUE)`` and ``cox.zph(transform="km", terms=FALSE)`` of
    survival 3.0 and later. Under separation Newton's steps do not shrink: a coefficient still
    moving by a tenth of a standard deviation of its covariate after 20 steps is taken to diverge.

    References
    ----------
    Cox (1972), J R Stat Soc B 34:187-220. Efron (1977), J Am Stat Assoc 72:557-565.
    Lin & Wei (1989), J Am Stat Assoc 84:1074-1078. Grambsch & Therneau (1994), Biometrika
    81:515-526. Heinze & Schemper (2001), Biometrics 57:114-119.
    """
    z = normal_quantile(confidence)
    if not covariates:
        raise ValueError("covariates must be at least one")
    design, left_out = _design(data, covariates)
    fit = _maximum(design, firth)
    weighted = data.weight is not None
    tests, overall = _proportional(design, fit)
    terms = _terms(design, covariates, fit, tests, confidence, firth, weighted)
    if firth:
        terms = _profiled(design, fit, terms, z, confidence)
    null = design.at(np.zeros(design.x.shape[1]))
    events = int(np.count_nonzero(design.event))
    return CoxModel(
        terms,
        len(design.event),
        events,
        left_out,
        events / len(terms),
        (null.objective(firth), fit.at.objective(firth)),
        overall,
        bool(fit.diverged.any()),
        FIRTH if firth else ROBUST if weighted else WALD,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """Rows in the order of the likelihood; columns centred and scaled.

    A block is an event time; its lines are Efron's factors, one a tied event.
    """

    x: Floats  # (n, p) columns that do not follow from earlier ones
    used: Bools  # (all columns,) which these are
    scale: Floats  # (all columns,) their standard deviations
    event: Bools
    weight: Floats
    risk: _RiskSets
    block: Ints  # (events,) block of each event row
    first: Ints  # (n,) blocks first[i] to last[i] - 1 see row i at risk
    last: Ints
    of: Ints  # (lines,) block of each line
    share: Floats  # (lines,) share of the tied events that has left
    mean: Floats  # (blocks,) mean weight of an event
    size: Floats  # (blocks,) events
    change: Floats  # (blocks,) 1 less everybody's Kaplan-Meier curve just before

    def at(self, beta: Floats) -> _Point:
        """Likelihood and all that follows from it at coefficients."""
        eta = self.x @ beta
        ratio = np.exp(eta)
        r = self.weight * ratio
        dead, blocks = self.event, len(self.size)
        d0 = np.bincount(self.block, weights=r[dead], minlength=blocks)
        d1 = np.zeros((blocks, self.x.shape[1]))
        np.add.at(d1, self.block, r[dead, None] * self.x[dead])
        s0 = self.risk.sums(r)[self.of] - self.share * d0[self.of]
        s1 = self.risk.sums(r[:, None] * self.x)[self.of] - self.share[:, None] * d1[self.of]
        average = s1 / s0[:, None]
        rate = self.mean[self.of] / s0
        likelihood = float(
            (self.weight * eta)[dead].sum() - (self.mean[self.of] * np.log(s0)).sum()
        )
        hazard = self.cumulated(rate)
        information = self.covariance(hazard, average, r, np.ones(len(self.of)))
        pull = self.cumulated(rate[:, None] * average)
        residual = -ratio[:, None] * (self.x * hazard[:, None] - pull)
        centre = np.zeros_like(d1)
        np.add.at(centre, self.of, average)
        residual[dead] += self.x[dead] - (centre / self.size[:, None])[self.block]
        return _Point(
            self, beta, likelihood, information, residual, r, hazard, pull, s0, average, rate
        )

    def cumulated(self, rate: Floats) -> Floats:
        """Sum over the lines that each row was at risk for; (lines, ...) to (n, ...)."""
        shape = (len(self.size), *rate.shape[1:])
        full, gone = np.zeros(shape), np.zeros(shape)
        np.add.at(full, self.of, rate)
        np.add.at(gone, self.of, rate * self.share.reshape(-1, *[1] * (rate.ndim - 1)))
        total = np.concatenate([np.zeros((1, *shape[1:])), np.cumsum(full, axis=0)])
        result = total[self.last] - total[self.first]
        result[self.event] -= gone[self.block]
        return np.asarray(result)

    def covariance(self, hazard: Floats, average: Floats, r: Floats, factor: Floats) -> Floats:
        """Sum over lines of a factor times the covariance of x among those at risk.

        The second moments are a sum over rows, each times its cumulated hazard (with the factor
        in it), which needs no matrix for each line.
        """
        size = self.mean[self.of] * factor
        moments = self.x.T @ ((r * hazard)[:, None] * self.x)
        return np.asarray(moments - average.T @ (size[:, None] * average))


@dataclass(frozen=True, slots=True, eq=False)
class _RiskSets:
    """For each block, which rows of an order by falling time are at risk."""

    order: Ints
    end: Ints  # (blocks,)
    late: Ints  # order by falling entry, and where those end that are still to come
    to_come: Ints

    def sums(self, values: Floats) -> Floats:
        """(blocks, ...) sums of (n, ...) values over those at risk."""

        def through(order: Ints, end: Ints) -> Floats:
            zero = np.zeros((1, *values.shape[1:]))
            total = np.concatenate([zero, np.cumsum(values[order], axis=0)])
            return np.asarray(total[end])

        here = through(self.order, self.end)
        return here - through(self.late, self.to_come) if len(self.late) else here


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """The likelihood at one value of the coefficients."""

    design: _Design
    beta: Floats
    likelihood: float
    information: Floats
    residual: Floats  # (n, p) score residuals, not yet weighted
    r: Floats
    hazard: Floats
    pull: Floats
    s0: Floats
    average: Floats
    rate: Floats

    def objective(self, firth: bool) -> float:
        """Log-likelihood, penalized by half the log-determinant of the information."""
        if not firth:
            return self.likelihood
        sign, logdet = np.linalg.slogdet(self.information)
        return self.likelihood + 0.5 * float(logdet) if sign > 0 else -np.inf

    def score(self, firth: bool) -> Floats:
        """Derivative of the objective."""
        score = self.design.weight @ self.residual
        return np.asarray(score + 0.5 * self._jeffreys() if firth else score)

    def _jeffreys(self) -> Floats:
        """Derivative of the log-determinant: the third moments, traced with the inverse."""
        design, a = self.design, np.linalg.pinv(self.information, hermitian=True)
        x, average, of = design.x, self.average, design.of
        square = np.einsum("ip,pq,iq->i", x, a, x)
        cubic = self.r * (square * self.hazard - 2 * np.einsum("ip,pq,iq->i", x, a, self.pull))
        tied = np.bincount(
            design.block, weights=(self.r * square)[design.event], minlength=len(design.size)
        )
        mean_square = (design.risk.sums(self.r * square)[of] - design.share * tied[of]) / self.s0
        own = 2 * np.einsum("lp,pq,lq->l", average, a, average) - mean_square
        return np.asarray(x.T @ cubic + average.T @ (design.mean[of] * own))


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    at: _Point
    variance: Floats
    diverged: Bools  # (p,)


def _maximum(
    design: _Design, firth: bool, free: Bools | None = None, start: Floats | None = None
) -> _Fit:
    """Maximize the objective over the free coefficients by Newton's method with halved steps."""
    p = design.x.shape[1]
    free = np.ones(p, bool) if free is None else free
    point = design.at(np.zeros(p) if start is None else start)
    step = np.zeros(p)
    for _ in range(200 if firth else 20):
        variance = np.linalg.pinv(point.information[np.ix_(free, free)], hermitian=True)
        step[free] = np.clip(variance @ point.score(firth)[free], -5, 5)
        level, size = point.objective(firth), 1.0
        new = design.at(point.beta + step)
        while new.objective(firth) < level - 1e-10 * abs(level) and size > 1e-6:
            size /= 2
            new = design.at(point.beta + size * step)
        point = new
        if np.abs(size * step).max(initial=0) < 1e-10:
            break
    diverged = (np.abs(step) > 0.1) & (not firth)
    variance = np.linalg.pinv(point.information, hermitian=True)
    return _Fit(point, np.asarray(variance, float), diverged)


def _design(data: TimeToEvent, covariates: Sequence[Covariate]) -> tuple[_Design, int]:
    """Arrange the complete rows, and count the others."""
    n = len(data)
    if any(len(each.values) != n for each in covariates):
        raise ValueError(f"covariates must be as long as data, {n} rows")
    kept = np.logical_and.reduce([each.known for each in covariates])
    if data.weight is not None:
        kept &= data.weight > 0
    x = np.concatenate([c.columns()[kept] for c in covariates], axis=1)
    data = data.where(kept)
    scale = x.std(axis=0) if len(x) else np.zeros(x.shape[1])
    scale[scale == 0] = 1.0
    x = (x - x.mean(axis=0)) / scale if len(x) else x
    used = _independent(x)
    return _arranged(data, x[:, used], used, scale), n - len(data)


def _independent(x: Floats) -> Bools:
    """Which columns, centred, do not follow from those before them."""
    used = np.zeros(x.shape[1], bool)
    basis: list[Floats] = []
    for k, column in enumerate(x.T):
        rest = column.copy()
        for _ in range(2):  # once more, against rounding
            for unit in basis:
                rest -= (unit @ rest) * unit
        norm = float(np.linalg.norm(rest))
        if norm > 1e-9 * np.sqrt(max(len(column), 1)):
            used[k] = True
            basis.append(rest / norm)
    return used


def _arranged(data: TimeToEvent, x: Floats, used: Bools, scale: Floats) -> _Design:
    """Find the blocks, the rows at risk in each, and Efron's lines."""
    n = len(data)
    late = data.entry is not None and bool(np.any(data.entry > 0))
    entry = data.entry if data.entry is not None else np.zeros(n)
    distinct, index = distinct_times(np.concatenate([data.time, entry]) if late else data.time)
    at, came = index[:n], np.full(n, -1)
    if late:
        came = np.where(entry > 0, index[n:], -1)
    width = len(distinct) + 1
    event = data.event > 0
    when, block = np.unique(at[event], return_inverse=True)
    size = np.bincount(block, minlength=len(when)).astype(float)
    weight = np.ones(n) if data.weight is None else data.weight
    of = np.repeat(np.arange(len(when)), size.astype(np.int64))
    share = (np.arange(len(of)) - (np.cumsum(size) - size)[of]) / size[of]

    falling = width - 1 - at
    order = np.argsort(falling, kind="stable")
    limit = width - 1 - when
    entries = np.where(came < 0, width, width - 1 - came)
    by_entry = np.argsort(entries, kind="stable") if late else np.zeros(0, np.int64)
    return _Design(
        x,
        used,
        scale,
        event,
        weight,
        _RiskSets(
            order,
            np.searchsorted(falling[order], limit, side="right"),
            by_entry,
            np.searchsorted(entries[by_entry], limit, side="right"),
        ),
        block,
        np.searchsorted(when, came, side="right"),
        np.searchsorted(when, at, side="right"),
        of,
        share,
        np.bincount(block, weights=weight[event], minlength=len(when)) / size,
        size,
        _change(data, distinct[when]),
    )


def _change(data: TimeToEvent, times: Floats) -> Floats:
    """1 less the Kaplan-Meier curve of everybody just before times of events."""
    table = count(TimeToEvent(data.time, data.event, data.entry)).any_cause()
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(table.events[0] > 0, 1 - table.events[0] / table.at_risk[0], 1.0)
    survival = np.concatenate([[1.0], np.cumprod(left)])
    return np.asarray(1 - survival[np.searchsorted(table.time, times * (1 - 1e-8))])


UNTESTED = ProportionalHazards(np.nan, 0, np.nan, SCHOENFELD)


def _proportional(
    design: _Design, fit: _Fit
) -> tuple[list[ProportionalHazards], ProportionalHazards]:
    """Score tests for coefficients that change with time, one by one and all together."""
    p = design.x.shape[1]
    if fit.diverged.any() or not design.event.any():
        return [UNTESTED] * p, UNTESTED
    at, of = fit.at, design.of
    g = (design.change - design.change.mean())[of]
    excess = np.zeros((len(design.size), p))
    weighted = design.weight[design.event, None] * design.x[design.event]
    np.add.at(excess, design.block, weighted)
    np.add.at(excess, of, -design.mean[of, None] * at.average)
    score = (design.change - design.change.mean()) @ excess
    cross = design.covariance(design.cumulated(at.rate * g), at.average, at.r, g)
    square = design.covariance(design.cumulated(at.rate * g**2), at.average, at.r, g**2)
    spread = square - cross @ fit.variance @ cross
    single = [tested(score[k : k + 1], spread[k : k + 1, k : k + 1]) for k in range(p)]
    return single, tested(score, spread)


def tested(score: Floats, spread: Floats) -> ProportionalHazards:
    """Test a (k,) score of coefficients that change with time by its (k, k) variance."""
    rank = int(np.linalg.matrix_rank(spread, hermitian=True)) if len(score) else 0
    if rank == 0 or np.trace(spread) < 1e-10:
        return UNTESTED
    statistic = float(score @ np.linalg.pinv(spread, hermitian=True) @ score)
    return ProportionalHazards(statistic, rank, chi_squared_pvalue(statistic, rank), SCHOENFELD)


def _terms(
    design: _Design,
    covariates: Sequence[Covariate],
    fit: _Fit,
    tests: list[ProportionalHazards],
    confidence: float,
    firth: bool,
    weighted: bool,
) -> tuple[Term, ...]:
    """Word the coefficients, those that are not estimable too."""
    pull = (design.weight[:, None] * fit.at.residual) @ fit.variance
    found = Coefficients(
        fit.at.beta,
        np.sqrt(np.diag(fit.variance)),
        np.sqrt(np.einsum("ip,ip->p", pull, pull)),
        fit.diverged,
        tests,
    )
    names = [name for each in covariates for name in names_of(each.name, each.levels)]
    method = FIRTH if firth else WALD
    return terms_of(names, design.used, design.scale, found, confidence, method, weighted)


Name = tuple[str, str, str]
"""Of a column: its covariate, and of a level that level and the one it is compared with."""


def names_of(covariate: str, levels: Sequence[str]) -> list[Name]:
    """Name the columns that a covariate has in a model."""
    return [(covariate, level, levels[0]) for level in levels[1:]] or [(covariate, "", "")]


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """What was found of the columns used, which are centred and scaled."""

    beta: Floats  # (p,)
    error: Floats  # (p,) from the information
    robust: Floats  # (p,) from the Lin-Wei variance
    diverged: Bools  # (p,)
    tests: Sequence[ProportionalHazards]  # p of them


def terms_of(
    names: Sequence[Name],
    used: Bools,
    scale: Floats,
    found: Coefficients,
    confidence: float,
    method: Template,
    weighted: bool = False,
) -> tuple[Term, ...]:
    """Word the coefficients of all columns; `used` are those that do not follow from others."""
    place = np.cumsum(used) - 1
    terms = []
    for column, (name, level, reference) in enumerate(names):
        k = place[column]
        diverged = bool(used[column] and found.diverged[k])
        estimable = used[column] and not diverged and found.error[k] > 0
        b, se, lin_wei = (
            (float(part[k] / scale[column]) for part in (found.beta, found.error, found.robust))
            if estimable
            else (np.nan, np.nan, np.nan)
        )
        terms.append(
            Term(
                name,
                level,
                reference,
                around(b, se, confidence, method, log=True),
                around(b, lin_wei, confidence, ROBUST, log=True),
                b,
                se,
                lin_wei,
                normal_pvalue(b / (lin_wei if weighted else se)),
                found.tests[k] if estimable else UNTESTED,
                diverged,
            )
        )
    return tuple(terms)


def _profiled(
    design: _Design, fit: _Fit, terms: tuple[Term, ...], z: float, confidence: float
) -> tuple[Term, ...]:
    """Give penalized estimates their profile limits."""
    level = fit.at.objective(True) - z * z / 2
    place, done = np.cumsum(design.used) - 1, []
    for column, term in enumerate(terms):
        if not np.isnan(term.log_ratio):
            k, scale = int(place[column]), design.scale[column]
            low, high = (_penalized_limit(design, fit, k, level, side) / scale for side in (-z, z))
            ratio = Estimate(
                term.ratio.value, float(np.exp(low)), float(np.exp(high)), confidence, FIRTH
            )
            term = replace(term, ratio=ratio)
        done.append(term)
    return tuple(done)


def _penalized_limit(design: _Design, fit: _Fit, k: int, level: float, side: float) -> float:
    """Where the penalized profile likelihood of one coefficient crosses a level."""
    free = np.arange(design.x.shape[1]) != k
    best, step = float(fit.at.beta[k]), side * float(np.sqrt(fit.variance[k, k]))

    def above(b: float) -> float:
        start = fit.at.beta.copy()
        start[k] = b
        return _maximum(design, True, free, start).at.objective(True) - level

    far = best + step
    while above(far) > 0:
        step *= 2
        far = best + step
    return zero(above, best, far, xtol=1e-10)
