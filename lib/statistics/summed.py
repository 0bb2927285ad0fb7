"""Cox and logistic regression from sums over alike rows, where no row is at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from lib.statistics.cox import WALD, ProportionalHazards, Ties
from lib.statistics.estimate import Bools, Floats, Ints, Sealed
from lib.statistics.life_table import distinct_times
from lib.statistics.regression import UNTESTED, Coefficients, CoxModel, Name, terms_of, tested

STEPS, CLOSE = 20, 1e-6
"""Newton's steps; and the step, in standard deviations, beyond which the error is its square."""
FOLLOWS = 1e-12
"""Share of a column's variance that those before it must leave for it to be used."""
FIRTH_STEPS = 200
AT_ONCE = 100_000  # tied events, in memory together
Second = Callable[[Floats], Floats]
"""Of (m,) factors, the (p, p) sum over lines of these times the sums of products of two columns.

All that is asked of products are such sums, and lines times products would be by far the largest
that a model has in memory.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Sums(Sealed):
    """Sums over rows of ``exp(x @ beta)``, and of it times their columns.

    A line is of the rows alike in `stratum`, `time` and `event`.
    """

    stratum: Ints  # (m,)
    time: Floats  # (m,) when the rows left, or when they came
    event: Bools  # (m,), whether they left with the event
    n: Ints  # (m,) how many there are
    zero: Floats  # (m,)
    one: Floats  # (m, p)
    two: Second


class Rows(Protocol):
    """Rows that can be asked for sums alone; their p columns are centred and scaled.

    Lines are in the same order whatever the coefficients.
    """

    @property
    def scale(self) -> Floats:
        """(p,) by what each column was divided."""

    def left(self, beta: Floats) -> Sums:
        """Sums at coefficients, by when rows left."""

    def came(self, beta: Floats) -> Sums | None:
        """The same of those who came late, by when they came; None where nobody did."""


def cox_regression(
    rows: Rows,
    names: Sequence[Name],
    confidence: float = 0.95,
    ties: Ties = "efron",
) -> CoxModel:
    """Fit Cox's proportional hazards model where rows can be summed and not be had.

    Parameters
    ----------
    rows : Rows
        Complete ones. Each of Newton's steps asks once for sums, and robust errors once more.

    Returns
    -------
    CoxModel
        As of `regression.cox_regression` on the same rows, without Firth's correction. Robust
        errors under late entry would need sums by both ends of each row, and are nan.

    Notes
    -----
    A score residual is linear in a row's columns, with coefficients that depend on its time, its
    event and ``exp(x @ beta)`` alone, so that sums at 0, at the estimate and at its double hold the
    Lin-Wei variance. A column of whose variance others leave less than 1e-12 follows from them.

    References
    ----------
    As of `regression.cox_regression`.
    """
    start = rows.left(np.zeros(len(rows.scale)))
    used = _independent(start)
    fit = _maximum(_Cells.of(rows, start, used, ties == "efron"))
    point, p = fit.at, int(used.sum())
    tests, overall = [UNTESTED] * p, UNTESTED
    if p and not fit.diverged.any() and point.cells.dead.any():
        tests, overall = point.proportional(fit.variance)
    late = rows.came(np.zeros(len(rows.scale))) is not None
    # squares of a coefficient that ran away are below rounding, on either side of 0
    robust = np.full(p, np.nan) if late or not p else np.sqrt(np.diag(_lin_wei(fit)).clip(0))
    error = np.sqrt(np.diag(fit.variance))
    found = Coefficients(point.beta, error, robust, fit.diverged, tests)
    terms = terms_of(names, used, rows.scale, found, confidence, WALD)
    events = int(start.n[start.event].sum())
    return CoxModel(
        terms,
        int(start.n.sum()),
        events,
        0,
        events / len(terms),
        (fit.null, point.likelihood),
        overall,
        bool(fit.diverged.any()),
        WALD,
    )


def _independent(sums: Sums) -> Bools:
    """Which columns, centred, do not follow from those before them."""
    gram = sums.two(np.ones(len(sums.n))) / max(float(sums.n.sum()), 1)
    return independent(gram)


def independent(gram: Floats) -> Bools:
    """Which of p standardized columns do not follow from those before them, by their products.

    Parameters
    ----------
    gram : (p, p) array
        Means of the products of two columns.
    """
    used = np.zeros(len(gram), bool)
    for k in range(len(gram)):
        before = np.flatnonzero(used)
        shared = gram[before, k]
        inside = _inverse(gram[np.ix_(before, before)])
        used[k] = gram[k, k] - shared @ inside @ shared > FOLLOWS
    return used


class _Lines(NamedTuple):
    """Sums at a value of the coefficients, with the cell of each line."""

    cell: Ints
    zero: Floats
    one: Floats
    two: Second


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Distinct times of each stratum, in order; sums of rows lie in them."""

    rows: Rows
    used: Bools  # which of all columns
    efron: bool
    starts: Ints  # (strata + 1,) the first cell of each
    left: Ints  # (m,) the cell of each line that left
    event: Bools  # (m,)
    n: Ints  # (m,) rows of each line
    came: Ints  # (l,) the cell of each line that came late
    dead: Ints  # (cells,) events
    first: Floats  # (cells, p) columns of the rows with the event
    at_start: Sums
    change: Floats  # (cells,) 1 less everybody's Kaplan-Meier curve just before

    @classmethod
    def of(cls, rows: Rows, start: Sums, used: Bools, efron: bool) -> _Cells:
        late = rows.came(np.zeros(len(used)))
        came = start.time[:0] if late is None else late.time
        time, index = distinct_times(np.concatenate([start.time, came]))
        k, gone = max(len(time), 1), len(start.time)
        whose = start.stratum if late is None else np.concatenate([start.stratum, late.stratum])
        cells, place = np.unique(whose * k + index, return_inverse=True)
        strata = np.unique(cells // k)
        starts = np.searchsorted(cells, np.append(strata, strata.max(initial=-1) + 1) * k)
        left, event = place[:gone], start.event
        first = np.zeros((len(cells), int(used.sum())))
        np.add.at(first, left[event], start.one[event][:, used])
        leaving = _by(index[:gone], start.n, k)
        if late is not None:
            leaving -= _by(index[gone:], late.n, k)
        curve = _before(leaving, _by(index[:gone][event], start.n[event], k))
        return cls(
            rows,
            used,
            efron,
            starts,
            left,
            event,
            start.n,
            place[gone:],
            _by(left[event], start.n[event], len(cells)).astype(np.int64),
            first,
            start,
            1 - curve[cells % k],
        )

    def lines(self, sums: Sums, cell: Ints) -> _Lines:
        kept = np.flatnonzero(self.used)
        one = sums.one if self.used.all() else sums.one[:, kept]
        return _Lines(cell, sums.zero, one, lambda by: sums.two(by)[np.ix_(kept, kept)])

    def at_risk(self, values: Floats) -> Floats:
        """(cells, ...) sums over this and later cells of the same stratum."""
        found = np.empty_like(values)
        for low, high in zip(self.starts[:-1], self.starts[1:], strict=True):
            found[low:high] = np.cumsum(values[low:high][::-1], axis=0)[::-1]
        return found

    def so_far(self, values: Floats) -> Floats:
        """(cells, ...) sums over this and earlier cells of the same stratum."""
        found = np.empty_like(values)
        for low, high in zip(self.starts[:-1], self.starts[1:], strict=True):
            found[low:high] = np.cumsum(values[low:high], axis=0)
        return found

    def summed(self, cell: Ints, values: Floats) -> Floats:
        """(cells, ...) sums of the (lines, ...) values of each cell."""
        found = np.zeros((len(self.dead), *values.shape[1:]))
        np.add.at(found, cell, values)
        return found

    def at(self, beta: Floats, sums: Sums | None = None) -> _Point:
        """The likelihood and what follows from it at coefficients of the columns used."""
        every = np.zeros(len(self.used))
        every[self.used] = beta
        left = self.lines(self.rows.left(every) if sums is None else sums, self.left)
        late = self.rows.came(every) if len(self.came) else None
        came = None if late is None else self.lines(late, self.came)
        zero = self.at_risk(self.summed(left.cell, left.zero))
        one = self.at_risk(self.summed(left.cell, left.one))
        if came is not None:
            zero -= self.at_risk(self.summed(came.cell, came.zero))
            one -= self.at_risk(self.summed(came.cell, came.one))
        gone, event = left.cell[self.event], self.event
        own_zero = self.summed(gone, left.zero[event])
        own_one = self.summed(gone, left.one[event])
        ties = _Ties.of(self.dead, zero, own_zero, self.efron)
        likelihood = float((self.first @ beta).sum() - ties.log.sum())
        drawn = ties.rate[:, None] * one - ties.shared[:, None] * own_one
        return _Point(self, beta, likelihood, left, came, one, own_one, ties, drawn)


def _by(index: Ints, values: Ints, size: int) -> Floats:
    return np.asarray(np.bincount(index, weights=values, minlength=size), float)


def _before(leaving: Floats, died: Floats) -> Floats:
    """Everybody's Kaplan-Meier curve just before each time."""
    at_risk = np.cumsum(leaving[::-1])[::-1]
    stays = 1 - np.divide(died, at_risk, out=np.zeros(len(died)), where=died > 0)
    return np.concatenate([[1.0], np.cumprod(stays)[:-1]])


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(matrix, hermitian=True), float)


@dataclass(frozen=True, slots=True, eq=False)
class _Ties:
    """Of each cell, sums over its tied events of powers of the rate at which risk gives them.

    The rate of the l-th of m is ``1 / (s - f * d)`` with ``f = l / m``: with s the sum of those at
    risk, and d that of the dead; f is 0 by Breslow.
    """

    log: Floats  # of the logarithms of the inverse rates
    rate: Floats
    shared: Floats  # of f times the rate
    square: Floats  # of the squared rate
    square_shared: Floats  # of f times it
    square_both: Floats  # of f**2 times it

    @classmethod
    def of(cls, dead: Ints, risk: Floats, own: Floats, efron: bool) -> _Ties:
        found = np.zeros((6, len(dead)))
        some = np.flatnonzero(dead)
        if not efron:
            rate = 1 / risk[some]
            found[0, some] = dead[some] * np.log(risk[some])
            found[1, some], found[3, some] = dead[some] * rate, dead[some] * rate**2
            return cls(*found)
        ends = np.cumsum(dead[some])
        part = ends // AT_ONCE
        for each in np.unique(part):
            cells = some[part == each]
            m = dead[cells]
            first = np.cumsum(m) - m
            of = np.repeat(np.arange(len(cells)), m)
            f = (np.arange(len(of)) - first[of]) / m[of]
            inverse = risk[cells][of] - f * own[cells][of]
            rate = 1 / inverse
            powers = (np.log(inverse), rate, f * rate, rate**2, f * rate**2, (f * rate) ** 2)
            for row, values in zip(found, powers, strict=True):
                row[cells] = np.add.reduceat(values, first)
        return cls(*found)


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """The likelihood at one value of the coefficients."""

    cells: _Cells
    beta: Floats
    likelihood: float
    left: _Lines
    came: _Lines | None
    one: Floats  # (cells, p) of those at risk
    own: Floats  # (cells, p) of those who have the event
    ties: _Ties
    drawn: Floats  # (cells, p) sums over tied events of the average columns of those at risk

    @property
    def score(self) -> Floats:
        return np.asarray((self.cells.first - self.drawn).sum(axis=0))

    def information(self, factor: Floats | None = None) -> Floats:
        """Sum over events of the covariance of columns among those at risk, times a factor."""
        cells, ties = self.cells, self.ties
        by = np.ones(len(cells.dead)) if factor is None else factor
        hazard, gone = cells.so_far(by * ties.rate), by * ties.shared
        left = hazard[self.left.cell] - cells.event * gone[self.left.cell]
        moments = self.left.two(left)
        if self.came is not None:
            moments = moments - self.came.two(hazard[self.came.cell])
        both = (self.one * (by * ties.square_shared)[:, None]).T @ self.own
        return np.asarray(
            moments
            - (self.one * (by * ties.square)[:, None]).T @ self.one
            + both
            + both.T
            - (self.own * (by * ties.square_both)[:, None]).T @ self.own
        )

    def proportional(
        self, variance: Floats
    ) -> tuple[list[ProportionalHazards], ProportionalHazards]:
        """Score tests for coefficients that change with time, one by one and all together."""
        some = self.cells.dead > 0
        g = np.where(some, self.cells.change - self.cells.change[some].mean(), 0.0)
        score = g @ (self.cells.first - self.drawn)
        cross, square = self.information(g), self.information(g**2)
        spread = square - cross @ variance @ cross
        single = [tested(score[k : k + 1], spread[k : k + 1, k : k + 1]) for k in range(len(score))]
        return single, tested(score, spread)


class _Fit(NamedTuple):
    at: _Point
    variance: Floats
    diverged: Bools
    null: float  # log-likelihood without covariates


def _maximum(cells: _Cells) -> _Fit:
    """Maximize the likelihood by Newton's method with halved steps."""
    p = int(cells.used.sum())
    point = cells.at(np.zeros(p), cells.at_start)
    null, step = point.likelihood, np.zeros(p)
    for _ in range(STEPS):
        step = np.clip(_inverse(point.information()) @ point.score, -5, 5)
        level, size = point.likelihood, 1.0
        new = cells.at(point.beta + step)
        while new.likelihood < level - 1e-10 * abs(level) and size > 1e-6:
            size /= 2
            new = cells.at(point.beta + size * step)
        point = new
        if np.abs(size * step).max(initial=0) < CLOSE:
            break
    return _Fit(point, _inverse(point.information()), np.abs(step) > 0.1, null)


def _lin_wei(fit: _Fit) -> Floats:
    """The variance by squared score residuals, of rows that were all there from the start.

    Of a row of ratio r and event d, the residual is ``x * (d - r * hazard) + r * pull - d * c``.
    """
    point, cells, ties = fit.at, fit.at.cells, fit.at.ties
    double = np.zeros(len(cells.used))
    double[cells.used] = 2 * point.beta
    cell, d = cells.left, cells.event
    plain, once = cells.lines(cells.at_start, cell), point.left
    twice = cells.lines(cells.rows.left(double), cell)
    hazard = cells.so_far(ties.rate)[cell] - d * ties.shared[cell]
    pull = cells.so_far(ties.square[:, None] * point.one - ties.square_shared[:, None] * point.own)
    gone = ties.square_shared[:, None] * point.one - ties.square_both[:, None] * point.own
    pulled = pull[cell] - d[:, None] * gone[cell]
    centre = d[:, None] * (point.drawn / np.maximum(cells.dead, 1)[:, None])[cell]
    squared = plain.two(d.astype(float)) - 2 * once.two(d * hazard) + twice.two(hazard**2)
    mixed = (d[:, None] * once.one - hazard[:, None] * twice.one).T @ pulled
    mixed -= (plain.one - hazard[:, None] * once.one).T @ centre
    alone = (twice.zero[:, None] * pulled).T @ pulled + (cells.n[:, None] * centre).T @ centre
    across = (once.zero[:, None] * pulled).T @ centre
    meat = squared + mixed + mixed.T + alone - across - across.T
    return np.asarray(fit.variance @ meat @ fit.variance)


# Logistic regression ---------------------------------------------------------------------------


class Logistic(NamedTuple):
    """What one pass over rows gives at coefficients of a logistic regression."""

    score: Floats  # (q,) sums of columns times what was less what was likely
    information: Floats  # (q, q) sums of their products times the variance of what was likely


Pass = Callable[[Floats, Floats | None], Logistic]
"""Of (q,) coefficients; given the inverse of the information there, the score is Firth's."""


def logistic_regression(rows: Pass, q: int) -> tuple[Floats, Floats, bool]:
    """Fit a logistic regression where rows can be summed and not be had.

    Parameters
    ----------
    rows : Pass
        The first of the columns is 1, the others are standardized.

    Returns
    -------
    coefficients : (q,) array
    information : (q, q) array, at the estimate
    separated : bool
        Whether a coefficient runs away, so that Firth's correction was needed.

    Notes
    -----
    Steps, and when a coefficient runs away, are those of `weighting.propensity`.
    """
    beta, information, separated = _logistic(rows, q, firth=False)
    if separated:
        beta, information, _ = _logistic(rows, q, firth=True)
    return beta, information, separated


def _logistic(rows: Pass, q: int, firth: bool) -> tuple[Floats, Floats, bool]:
    beta, largest = np.zeros(q), np.inf
    found = rows(beta, None)
    for _ in range(FIRTH_STEPS if firth else 30):
        inverse = _inverse(found.information)
        score = rows(beta, inverse).score if firth else found.score
        step = inverse @ score
        largest = float(np.abs(step).max())
        beta = beta + step * min(1.0, 2.0 / max(largest, 1e-300))
        found = rows(beta, None)
        if largest < (1e-10 if firth else CLOSE) or (not firth and np.abs(beta).max() > 10):
            break
    return beta, found.information, not firth and largest > CLOSE
