"""Proportional hazards: two groups on the life table, many covariates on rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from lib.language import N_, Template
from lib.statistics.estimate import (
    Estimate,
    Floats,
    Ints,
    Missing,
    Numbers,
    around,
    chi_squared_pvalue,
    normal_pvalue,
    normal_quantile,
    undefined,
    zero,
)
from lib.statistics.life_table import TIE, LifeTable

Ties: TypeAlias = Literal["efron", "breslow"]

WALD = N_("Cox proportional hazards, Wald limits", "cox-wald")
PROFILE = N_("Cox proportional hazards, profile-likelihood limits", "cox-profile")
ROBUST = N_("Cox proportional hazards, robust limits (Lin-Wei)", "cox-robust")
FIRTH = N_(
    "Cox proportional hazards with Firth's correction, profile-likelihood limits", "cox-firth"
)
SCHOENFELD = N_(
    "Score test of proportional hazards (Grambsch-Therneau), Kaplan-Meier time scale",
    "proportional-hazards",
)

FEW = 32
"""Tied events beyond which Efron's sums are differences of log-gamma functions."""


@dataclass(frozen=True, slots=True)
class ProportionalHazards:
    """A test of proportional hazards; a small p-value speaks against them."""

    statistic: float
    df: int
    pvalue: float
    method: Template


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """Hazard of one group over that of another."""

    # reference, comparison: the groups; the ratio is comparison over reference
    reference: str
    comparison: str
    ratio: Estimate  # maximum partial likelihood, Wald limits
    # The same with limits by inverting the likelihood-ratio test. Where the estimate diverges its
    # value is undefined, and one limit remains: 0 is below no limit, nor is infinity above any, so
    # the other is nan.
    profile: Estimate
    robust: Estimate  # the same with limits from the Lin-Wei variance; what to read where weighted
    # Where the estimate diverges, one with Firth's correction, which always exists.
    firth: Estimate | None
    # log_ratio, std_error: coefficient and its standard error from the information
    log_ratio: float
    std_error: float
    # From the Lin-Wei variance; nan with late entry of which the table has no spans.
    robust_std_error: float
    pvalue: float  # Two-sided, Wald; robust where weighted
    log_likelihood: tuple[float, float]  # at a ratio of 1, and at the estimate
    proportional_hazards: ProportionalHazards  # test that the ratio is the same at all times
    events: tuple[int, int]  # of reference and comparison
    n: tuple[int, int]  # rows of reference and comparison
    # Whether the likelihood has no maximum, because at each event time all events are in one group
    # or one group is alone at risk (monotone likelihood). `ratio` is then undefined.
    diverged: bool
    method: Template  # how it was computed, in words

    @property
    def likelihood_ratio(self) -> float:
        """P-value of the likelihood-ratio test, which the profile limits invert."""
        none, found = self.log_likelihood
        return normal_pvalue(float(np.sqrt(max(2 * (found - none), 0.0))))


def hazard_ratio(
    tables: LifeTable | Sequence[LifeTable],
    reference: str,
    comparison: str,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> HazardRatio:
    """Estimate the hazard ratio of two groups by Cox's partial likelihood, from counts alone.

    Parameters
    ----------
    tables : LifeTable, or a sequence with one a stratum
        Each holding both groups; other groups are not used. Events of every cause count; for
        one cause alone `LifeTable.cause` first.

    Returns
    -------
    HazardRatio
        With all estimates `Missing.NOT_ESTIMABLE` if no event has both groups at risk.

    Notes
    -----
    Agrees with R ``coxph``, and the test with ``cox.zph(transform="km")`` of survival 3.0 and
    later. Where the estimate diverges R gives a very large or small number; here it is
    undefined and says so. Of weighted tables ties have the mean weight of the tied events.

    A row contributes only through its group, its time and its event, so that counts hold all of
    the likelihood. With m tied events the factors ``S - l * D / m`` of Efron's denominator are
    in arithmetic progression, and their product is a ratio of gamma functions: the cost does not
    grow with m.

    References
    ----------
    Cox (1972), J R Stat Soc B 34:187-220. Efron (1977), J Am Stat Assoc 72:557-565.
    Lin & Wei (1989), J Am Stat Assoc 84:1074-1078. Grambsch & Therneau (1994), Biometrika
    81:515-526. Heinze & Schemper (2001), Biometrics 57:114-119.
    """
    z = normal_quantile(confidence)
    pairs = _pairs(tables, reference, comparison)
    risk = _Risk.of_tables(pairs, _is_efron(ties))
    fit = _maximum(risk)
    sums = None if np.isnan(fit.log_ratio) else risk.sums(fit.log_ratio)
    robust = _robust_error(pairs, risk, fit, sums)
    weighted = any(table.weight is not None for table in pairs)
    error = robust if weighted else fit.std_error
    events = np.sum([table.events.sum(axis=1) for table in pairs], axis=0)
    n = np.sum([table.n for table in pairs], axis=0)
    return HazardRatio(
        reference,
        comparison,
        around(fit.log_ratio, fit.std_error, confidence, WALD, log=True),
        _profile(risk, fit, z, confidence),
        _robust(fit.log_ratio, robust, confidence, _both_ends(pairs)),
        _firth(risk, z, confidence) if fit.diverged else None,
        fit.log_ratio,
        fit.std_error,
        robust,
        normal_pvalue(fit.log_ratio / error) if error > 0 else np.nan,
        (fit.null, fit.log_likelihood),
        _proportional(pairs, risk, sums),
        (int(events[0]), int(events[1])),
        (int(n[0]), int(n[1])),
        fit.diverged,
        ROBUST if weighted else WALD,
    )


def _robust(log_ratio: float, error: float, confidence: float, held: bool) -> Estimate:
    found = around(log_ratio, error, confidence, ROBUST, log=True)
    return found if held else replace(found, missing=Missing.NOT_HELD)


def ratio(
    tables: LifeTable | Sequence[LifeTable],
    reference: str,
    comparison: str,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> Estimate:
    """Estimate the hazard ratio with Wald limits and nothing else, as for the rows of a forest.

    Parameters, definitions and source are those of `hazard_ratio`, of which this is `ratio`.
    """
    risk = _Risk.of_tables(_pairs(tables, reference, comparison), _is_efron(ties))
    fit = _maximum(risk)
    return around(fit.log_ratio, fit.std_error, confidence, WALD, log=True)


OfGroup = tuple[Floats, Floats, Floats]
"""At each time: weight at risk, weight of events, and rows of events."""


def log_ratio(reference: OfGroup, comparison: OfGroup) -> tuple[float, TiedSums | None]:
    """Estimate the logarithm of the hazard ratio, Efron's ties, from sums at each time.

    With it the sums over tied events at the times that have any; nan and None where there is none.
    """
    (n0, d0, m0), (n1, d1, m1) = reference, comparison
    rows = m0 + m1
    some = rows > 0
    risk = _Risk.of_sums(n0[some], n1[some], d0[some], d1[some], rows[some], efron=True)
    value = _maximum(risk).log_ratio
    return value, None if np.isnan(value) else risk.sums(value)


def _pairs(
    tables: LifeTable | Sequence[LifeTable], reference: str, comparison: str
) -> list[LifeTable]:
    """The two groups of each stratum, reference first."""
    if reference == comparison:
        raise ValueError(f"comparison must differ from reference, got {comparison!r} twice")
    strata = [tables] if isinstance(tables, LifeTable) else tables
    return [table.select((reference, comparison)) for table in strata]


def _is_efron(ties: Ties) -> bool:
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties must be 'efron' or 'breslow', got {ties!r}")
    return ties == "efron"


@dataclass(frozen=True, slots=True, eq=False)
class _Risk:
    """What the likelihood of two groups needs, at each event time of each stratum.

    Efron's m factors of a time become m lines: line l sees ``n - (l / m) * d`` of each group.
    Times with more than `FEW` events are kept whole, their sums being gamma functions.
    """

    n0: Floats  # (k,) weight at risk, reference and comparison
    n1: Floats
    d0: Floats  # (k,) weight of events
    d1: Floats
    m: Floats  # (k,) event rows
    mean: Floats  # (k,) mean weight of an event row
    a: Floats  # (lines,) weight at risk, less the share of tied events
    b: Floats
    lines: Floats  # (lines,) event rows that a line stands for: 1, or with Breslow's ties all
    weight: Floats  # (lines,) and their weight
    stay: Floats  # (lines,) share of tied events still at risk
    of: Numbers  # (lines,) index of their time
    big: Numbers  # (q,) index of the times kept whole

    @classmethod
    def of_tables(cls, pairs: Sequence[LifeTable], efron: bool) -> _Risk:
        parts = [_event_times(table) for table in pairs]
        columns = (
            column[0] if len(column) == 1 else np.concatenate(column)
            for column in zip(*parts, strict=True)
        )
        return cls.of_sums(*columns, efron=efron)

    @classmethod
    def of_sums(
        cls, n0: Floats, n1: Floats, d0: Floats, d1: Floats, m: Floats, *, efron: bool
    ) -> _Risk:
        mean = (d0 + d1) / m
        if not efron or m.max(initial=0) <= 1:  # without ties they are one
            every = np.arange(len(m))
            return cls(
                n0, n1, d0, d1, m, mean, n0, n1, m, d0 + d1, np.ones(len(m)), every, every[:0]
            )
        big = np.flatnonzero(m > FEW)
        size = np.where(m > FEW, 0, m).astype(np.int64)
        of = np.repeat(np.arange(len(m)), size)
        share = (np.arange(len(of)) - (np.cumsum(size) - size)[of]) / m[of]
        a, b = n0[of] - share * d0[of], n1[of] - share * d1[of]
        lines = np.ones(len(of))
        return cls(n0, n1, d0, d1, m, mean, a, b, lines, mean[of], 1 - share, of, big)

    def at(self, log_ratio: float) -> tuple[float, float, float]:
        """Log-likelihood, score and information."""
        theta = np.exp(log_ratio)
        own = theta * self.b
        risk = self.a + own
        p = own / risk
        events = self.d1.sum()
        likelihood = log_ratio * events - _dot(self.weight, np.log(risk))
        score = events - _dot(self.weight, p)
        information = _dot(self.weight, p * (self.a / risk))
        if len(self.big):
            tied = _Tied.of(self, theta)
            weight = self.mean[self.big]
            likelihood -= _dot(weight, tied.log)
            score -= _dot(weight, tied.p)
            information += _dot(weight, tied.p - tied.p2)
        return float(likelihood), float(score), float(information)

    def sums(self, log_ratio: float) -> TiedSums:
        """Sums over the lines of each time, at an estimate."""
        theta, k = np.exp(log_ratio), len(self.m)
        risk = self.a + theta * self.b
        p = theta * self.b / risk

        parts = (p, p * p, 1 / risk, p / risk, self.stay / risk, self.stay * p / risk)
        if len(self.of) == k and not len(self.big):  # a line a time
            return TiedSums(*(self.lines * part for part in parts))
        first = np.flatnonzero(np.diff(self.of, prepend=-1))
        total = np.zeros((len(parts), k))
        if len(first):
            for row, part in zip(total, parts, strict=True):
                row[self.of[first]] = np.add.reduceat(self.lines * part, first)
        sums = TiedSums(*total)
        if len(self.big):
            tied = _Tied.of(self, theta)
            big = self.big
            sums.p[big], sums.p2[big] = tied.p, tied.p2
            sums.rate[big], sums.p_rate[big] = tied.rate, tied.p_rate
            sums.own_rate[big], sums.own_p_rate[big] = tied.own_rate, tied.own_p_rate
        return sums


def _dot(a: Floats, b: Floats) -> float:
    """Inner product, without the threads that BLAS starts for long vectors."""
    return float(a @ b if len(a) <= 10_000 else np.einsum("i,i", a, b))


@dataclass(frozen=True, slots=True, eq=False)
class TiedSums:
    """Sums over Efron's factors of one event time; p is the comparison's share of the risk."""

    p: Floats
    p2: Floats
    rate: Floats  # 1 / risk
    p_rate: Floats  # p / risk
    own_rate: Floats  # the same, times the share of the tied events still at risk
    own_p_rate: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Tied:
    """The same sums where very many events are tied, by gamma functions.

    The factors are ``c * (a - l)``, l from 0 to m - 1, with ``c = D / m`` and ``a = S / c``;
    ``p_l = q + gap / (c * (a - l))`` with q the comparison's share of the events.
    """

    log: Floats
    p: Floats
    p2: Floats
    rate: Floats
    p_rate: Floats
    own_rate: Floats
    own_p_rate: Floats

    @classmethod
    def of(cls, risk: _Risk, theta: float) -> _Tied:
        big = risk.big
        m, s1, d1 = risk.m[big], theta * risk.n1[big], theta * risk.d1[big]
        s, d = risk.n0[big] + s1, risk.d0[big] + d1
        c = d / m
        top = s / c + 1
        bottom = np.maximum(top - m, 1)
        q = d1 / d
        gap = s1 - s * q
        t1 = (special.digamma(top) - special.digamma(bottom)) / c
        t2 = (special.zeta(2, bottom) - special.zeta(2, top)) / c**2
        own1, own2 = (1 - s / d) * t1 + m / d, (1 - s / d) * t2 + t1 / d
        return cls(
            m * np.log(c) + special.gammaln(top) - special.gammaln(bottom),
            m * q + gap * t1,
            m * q**2 + 2 * q * gap * t1 + gap**2 * t2,
            t1,
            q * t1 + gap * t2,
            own1,
            q * own1 + gap * own2,
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    log_ratio: float
    std_error: float
    log_likelihood: float
    null: float  # log-likelihood at a ratio of 1
    diverged: bool = False
    direction: int = 0  # of divergence


FAR = 40.0
"""A logarithm of a ratio that is as good as infinite."""


def _maximum(risk: _Risk) -> _Fit:
    """Maximize the partial likelihood, having made sure that it has a maximum."""
    events, total = risk.d1.sum(), risk.d0 + risk.d1
    slack = 1e-12 * total.sum()
    down = events <= total[risk.n0 == 0].sum() + slack
    up = events >= total[risk.n1 > 0].sum() - slack
    likelihood, score, information = risk.at(0.0)
    null = likelihood
    if down and up:
        return _Fit(np.nan, np.nan, null, null)
    if down or up:
        direction = 1 if up else -1
        return _Fit(np.nan, np.nan, risk.at(direction * FAR)[0], null, True, direction)
    x, step = 0.0, np.inf
    for _ in range(100):
        if abs(step) < 1e-7:  # the error left is its square
            break
        step = float(np.clip(score / information, -2, 2))
        new = risk.at(x + step)
        while new[0] < likelihood - 1e-9 * abs(likelihood):
            step /= 2
            new = risk.at(x + step)
        x, (likelihood, score, information) = x + step, new
    return _Fit(x, float(1 / np.sqrt(information)), likelihood, null)


def _profile(risk: _Risk, fit: _Fit, z: float, confidence: float) -> Estimate:
    """Limits where twice the log-likelihood is z squared below its maximum."""
    if np.isnan(fit.log_ratio) and not fit.diverged:
        return undefined(confidence, PROFILE, Missing.NOT_ESTIMABLE)
    level = fit.log_likelihood - z * z / 2
    low = high = np.nan
    if fit.direction >= 0:
        low = _descend(risk, level, fit.log_ratio - z * fit.std_error, -1)
    if fit.direction <= 0:
        high = _descend(risk, level, fit.log_ratio + z * fit.std_error, 1)
    value, low, high = (float(np.exp(x)) for x in (fit.log_ratio, low, high))
    missing = Missing.NOT_ESTIMABLE if np.isnan([value, low, high]).any() else Missing.NONE
    return Estimate(value, low, high, confidence, PROFILE, missing)


def _descend(risk: _Risk, level: float, start: float, side: int) -> float:
    """Where the log-likelihood crosses a level on one side of its maximum, nan if it never does.

    Newton's method: the log-likelihood is concave, so that from beyond the crossing it comes
    back without passing it, and from before it lands beyond.
    """
    x = 0.0 if np.isnan(start) else start
    for _ in range(200):
        likelihood, score, _information = risk.at(x)
        if score * side >= 0:  # on the wrong side of the maximum, or on a plateau
            step = 2.0 * side
        else:
            step = float(np.clip((level - likelihood) / score, -5, 5))
        x += step
        if abs(x) > FAR:
            return np.nan
        if abs(step) < 1e-7:
            break
    return x


def _firth(risk: _Risk, z: float, confidence: float) -> Estimate:
    """Maximize the likelihood times the root of the information, limits by profile."""

    def penalized(x: float) -> float:
        likelihood, _, information = risk.at(x)
        return likelihood + 0.5 * float(np.log(information))

    def slope(x: float) -> float:
        step = 1e-4 * max(1.0, abs(x))
        near = penalized(x + step) - penalized(x - step)
        far = penalized(x + 2 * step) - penalized(x - 2 * step)
        return (8 * near - far) / (12 * step)

    edge = 15.0
    best = zero(slope, -edge, edge, xtol=1e-11)
    level = penalized(best) - z * z / 2

    def above(x: float) -> float:
        return penalized(x) - level

    low = zero(above, -2 * edge, best, xtol=1e-11)
    high = zero(above, best, 2 * edge, xtol=1e-11)
    value, low, high = (float(np.exp(x)) for x in (best, low, high))
    return Estimate(value, low, high, confidence, FIRTH)


def _robust_error(
    pairs: Sequence[LifeTable], risk: _Risk, fit: _Fit, sums: TiedSums | None
) -> float:
    """Lin and Wei's standard error: rows alike in group, time and event have one influence."""
    if sums is None or not _both_ends(pairs):
        return np.nan
    theta = np.exp(fit.log_ratio)
    total, start = 0.0, 0
    for table in pairs:
        events = table.events.any(axis=0)
        when, before = np.flatnonzero(events), np.cumsum(events, dtype=np.int64)
        part = slice(start, start + len(when))
        start = part.stop
        square = table.rows if table.square is None else table.square
        mean = risk.mean[part]
        for x, ratio in ((0, 1.0), (1, theta)):
            pull = ratio * mean * (x * sums.rate[part] - sums.p_rate[part])
            past = np.concatenate([[0.0], np.cumsum(pull)])
            own = ratio * mean * (x * sums.own_rate[part] - sums.own_p_rate[part])
            score = x - sums.p[part] / risk.m[part] - past[:-1] - own
            total += square[x, 1:].take(when, axis=1).sum(axis=0, dtype=float) @ score**2
            total += square[x, 0].astype(float) @ (past**2)[before]
            total += _of_late(table, x, score, past, before)
    return float(np.sqrt(total)) * fit.std_error**2


def _both_ends(pairs: Sequence[LifeTable]) -> bool:
    """Whether of all rows it is known when they came, if they came late."""
    return all(table.entered is None or table.spans is not None for table in pairs)


def _of_late(table: LifeTable, x: int, score: Floats, past: Floats, before: Ints) -> float:
    """What squares of influence change where rows of a group are not pulled before they came."""
    if table.spans is None:
        return 0.0
    _group, event, came, left, n = table.spans[table.spans[:, 0] == x].T
    full = np.where(event > 0, score[before[left] - 1] if len(score) else 0.0, -past[before[left]])
    return float(n @ ((full + past[before[came]]) ** 2 - full**2))


def _proportional(
    pairs: Sequence[LifeTable], risk: _Risk, sums: TiedSums | None
) -> ProportionalHazards:
    """Score test for a ratio that changes with 1 less the pooled Kaplan-Meier curve."""
    none = ProportionalHazards(np.nan, 0, np.nan, SCHOENFELD)
    if sums is None:
        return none
    excess = risk.d1 - risk.mean * sums.p
    variance = risk.mean * (sums.p - sums.p2)
    scale = _time_scale(pairs, risk)
    scale = scale - variance @ scale / variance.sum()
    spread = variance @ scale**2
    if not spread > 1e-12 * variance.sum():
        return none
    statistic = float((scale @ excess) ** 2 / spread)
    return ProportionalHazards(statistic, 1, chi_squared_pvalue(statistic, 1), SCHOENFELD)


def _time_scale(pairs: Sequence[LifeTable], risk: _Risk) -> Floats:
    """1 less the Kaplan-Meier curve of everybody just before each event time of each stratum."""
    if len(pairs) == 1 and pairs[0].weight is None:
        return _fallen(risk.m, risk.n0 + risk.n1)
    whole = pairs[0]
    for table in pairs[1:]:
        whole = whole + table
    events = whole.events.sum(axis=0)
    when = np.flatnonzero(events)
    fallen = _fallen(events[when], whole.at_risk.sum(axis=0)[when])
    times = whole.time[when] * (1 - TIE)
    own = [table.time[table.events.any(axis=0)] for table in pairs]
    return np.concatenate([fallen[np.searchsorted(times, time, side="right") - 1] for time in own])


def _fallen(events: Numbers, at_risk: Numbers) -> Floats:
    return np.asarray(1 - np.concatenate([[1.0], np.cumprod(1 - events / at_risk)[:-1]]))


def _event_times(table: LifeTable) -> tuple[Floats, ...]:
    """Weight at risk and of events of both groups, and event rows, at each event time."""
    counts = table.events
    some = np.flatnonzero(counts.any(axis=0))
    rows = counts.take(some, axis=1).astype(float)
    present: Numbers = table.at_risk if table.weight is None else table.weight_at_risk
    at_risk = present.take(some, axis=1).astype(float)
    events = rows
    if table.weight is not None:
        events = table.weight[:, 1:].sum(axis=1).take(some, axis=1)
    return at_risk[0], at_risk[1], events[0], events[1], rows.sum(axis=0)
