"""Two proportions compared: limits of their difference, and the test of none, from one p-value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

from lib.language import N_
from lib.statistics.estimate import (
    Estimate,
    Floats,
    Ints,
    Missing,
    normal_pvalue,
    normal_quantile,
    undefined,
    zero,
)

SCORE = N_("Difference of proportions, score test and limits (Miettinen-Nurminen)", "score")
EXACT = N_(
    "Difference of proportions, exact unconditional test and limits, ordered by the score",
    "exact-unconditional",
)

EXACT_TO, SMALLER_TO = 10_000, 50
"""Tables that two arms can show, ``n1 * n0``, and patients of the smaller, up to which test and
limits are exact: of larger arms that takes long and changes little.

The score test alone is wrong under no difference in up to 6.5% at 18 v 18, 5.9% at 40 v 40, and
9.2% at 30 v 120, where one event in the smaller arm can be enough. Above it is wrong in 5.5% at
most, unless one arm is four times the other and 1 in 100 or fewer have the property."""
NEAR, SHORT, NARROW = 1e-7, 1e-4, 1e-3
"""Ranges of differences as short as that are not halved: with tables in doubt, and without; and
gaps as narrow as the last are not looked for."""
SLACK = 0.4
"""By which part of itself, at most, a probability rises between two places of the grid."""


@dataclass(frozen=True, slots=True)
class TwoProportions:
    """One proportion less another, and the test that they are the same."""

    # k1, n1, k0, n0: counts of the comparison, and of the reference
    k1: int
    n1: int
    k0: int
    n0: int
    # ``k1 / n1 - k0 / n0`` with limits; `Missing.NOT_ESTIMABLE` if one is of nobody
    estimate: Estimate
    # Two-sided, that the difference is 0; below ``1 - confidence`` exactly where the limits leave
    # out 0.
    pvalue: float
    # Ranges of differences within the limits that the same test rejects, rising.
    gaps: tuple[tuple[float, float], ...] = ()


@lru_cache(maxsize=4096)
def two_proportions(k1: int, n1: int, k0: int, n0: int, confidence: float = 0.95) -> TwoProportions:
    """Compare two independent proportions, comparison less reference.

    Returns
    -------
    TwoProportions
        Its test and its limits are those of one p-value function of the difference, so that they
        cannot contradict each other.

    Notes
    -----
    The score of a difference d is that of Miettinen and Nurminen, with the variance at the most
    likely proportions that differ by d, times ``N / (N - 1)``; at 0 its square is Pearson's
    statistic times ``(N - 1) / N``. Up to `EXACT_TO` tables, and `SMALLER_TO` patients in the
    smaller arm, the p-value of d is the greatest probability, over all pairs of proportions that
    differ by d, of a table whose score is at least as far from 0 as the one seen; above, it is that
    of a normal score.

    Limits are the least and the greatest difference with a p-value of ``1 - confidence`` or more.
    An exact p-value does not fall evenly, so that between them some may have less: these are the
    gaps. Where 0 is in one, which happens in arms of a few patients, the p-value given is the
    greatest of the differences beyond it, lest the test reject what the limits hold.

    Differences are searched by halving. A range is let go only where bounds of the p-value over
    all of it, from the tables that are surely or possibly as extreme, allow it.

    References
    ----------
    Miettinen & Nurminen (1985), Stat Med 4:213-226. Suissa & Shuster (1985), J R Stat Soc A
    148:317-327. Agresti & Min (2001), Biometrics 57:963-971. Campbell (2007), Stat Med
    26:3661-3675 (the N - 1 test).
    """
    for k, n in ((k1, n1), (k0, n0)):
        if not (0 <= k <= n and int(k) == k and int(n) == n):
            raise ValueError(f"k and n must be whole numbers with 0 <= k <= n, got {k} and {n}")
    normal_quantile(confidence)
    exact = n1 * n0 <= EXACT_TO and min(n1, n0) <= SMALLER_TO
    if not n1 or not n0:
        nothing = undefined(confidence, EXACT if exact else SCORE, Missing.NOT_ESTIMABLE)
        return TwoProportions(k1, n1, k0, n0, nothing, np.nan)
    return (_exact if exact else _approximate)(k1, n1, k0, n0, confidence)


def _approximate(k1: int, n1: int, k0: int, n0: int, confidence: float) -> TwoProportions:
    low = -_score_limit(k0, n0, k1, n1, confidence)
    high = _score_limit(k1, n1, k0, n0, confidence)
    found = Estimate(k1 / n1 - k0 / n0, low, high, confidence, SCORE)
    return TwoProportions(k1, n1, k0, n0, found, normal_pvalue(float(score(k1, n1, k0, n0, 0.0))))


def _score_limit(k1: int, n1: int, k0: int, n0: int, confidence: float) -> float:
    """The greatest difference that the score test does not reject."""
    z, value = normal_quantile(confidence), k1 / n1 - k0 / n0
    if value >= 1:
        return 1.0
    return zero(lambda d: float(score(k1, n1, k0, n0, d)) + z, value, 1, xtol=1e-12)


def score(k1: npt.ArrayLike, n1: int, k0: npt.ArrayLike, n0: int, d: float | Floats) -> Floats:
    """Give the score of a difference d of two proportions, standard normal if it is the true one.

    Parameters
    ----------
    k1, n1, k0, n0
        As in `two_proportions`, of somebody each; the counts may be arrays.
    d : float or array
        In [-1, 1].

    Returns
    -------
    float array
        Very large where counts are impossible with such a difference.

    References
    ----------
    Miettinen & Nurminen (1985), Stat Med 4:213-226.
    """
    x1, x0 = np.asarray(k1, float), np.asarray(k0, float)
    n = n1 + n0
    b = ((n1 + 2 * n0) * d - n - x1 - x0) / (3 * n)
    c = ((n0 * d - n - 2 * x0) * d + x1 + x0) / (3 * n)
    q = b * b * b - 1.5 * b * c + x0 * (d * (1 - d) / (2 * n))
    r = np.sqrt(np.maximum(b * b - c, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.arccos(np.minimum(np.abs(q) / (r * r * r), 1))
    angle = np.where(r < 1e-9, 0, angle)  # one root three times
    p0 = 2 * np.copysign(r, q) * np.cos((np.pi + angle) / 3) - b
    p0 = np.minimum(np.maximum(p0, np.maximum(0.0, -d)), np.minimum(1.0, 1 - d))
    p1 = np.minimum(np.maximum(p0 + d, 0), 1)
    variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * (n / max(n - 1, 1))
    found = x1 / n1 - x0 / n0 - d
    found = np.where(np.abs(found) < 1e-12, 0, found)
    return np.asarray(found / np.sqrt(np.maximum(variance, 1e-18)))


# Exact -----------------------------------------------------------------------------------------


def _exact(k1: int, n1: int, k0: int, n0: int, confidence: float) -> TwoProportions:
    value, alpha, tables = k1 / n1 - k0 / n0, 1 - confidence, _tables(n1, n0)
    p = tables.pvalue(k1, k0, 0.0)
    kept = _joined(
        [
            *((-b, -a) for a, b in _accepted(k0, n0, k1, n1, confidence)),
            *((0.0, 0.0),) * (p >= alpha),  # maybe alone
            *_accepted(k1, n1, k0, n0, confidence),
            (value, value),
        ]
    )
    low, high = kept[0][0], kept[-1][1]
    if low <= 0 <= high and p < alpha:  # in a gap
        beyond = [each for each in kept if max(each[0] * value, each[1] * value) <= 0]
        at = np.concatenate([np.linspace(*each, 33) for each in beyond])
        p = max(alpha, *(tables.pvalue(k1, k0, float(d)) for d in at))
    gaps = tuple((one[1], other[0]) for one, other in pairwise(kept))
    return TwoProportions(k1, n1, k0, n0, Estimate(value, low, high, confidence, EXACT), p, gaps)


def _joined(ranges: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ranges in order, those that touch being one."""
    done: list[tuple[float, float]] = []
    for a, b in sorted(ranges):
        if done and a <= done[-1][1] + NEAR:
            done[-1] = (done[-1][0], max(b, done[-1][1]))
        else:
            done.append((a, b))
    return done


def _accepted(
    k1: int, n1: int, k0: int, n0: int, confidence: float
) -> Iterator[tuple[float, float]]:
    """Give the ranges of differences above the one seen that the exact test does not reject."""
    for part in _opening(k1, n1, k0, n0, confidence):
        for a, b, accepted in _pieces(_tables(n1, n0), part, 1 - confidence):
            if accepted:
                yield a, b


@lru_cache(maxsize=64)
def _tables(n1: int, n0: int) -> _Tables:
    x1, x0 = np.divmod(np.arange((n1 + 1) * (n0 + 1)), n0 + 1)
    grid = np.linspace(0, 1, int(6 + 2 * np.sqrt(n1 + n0)))
    return _Tables(n1, n0, x1.astype(float), x0.astype(float), _ways(n1), _ways(n0), grid)


def _ways(n: int) -> Floats:
    """Logarithms of the binomial coefficients."""
    k = np.arange(n + 1)
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """All tables that two arms of a size can show, by the two counts."""

    n1: int
    n0: int
    x1: Floats
    x0: Floats
    ways1: Floats
    ways0: Floats
    grid: Floats  # where among the pairs of proportions that differ by d, from 0 to 1

    def scores(self, d: float | Floats, some: Ints | slice) -> Floats:
        return score(self.x1[some], self.n1, self.x0[some], self.n0, d)

    def probability(self, d: float, place: Floats, *regions: Floats) -> list[Floats]:
        """Probabilities of sets of tables, 0 or 1 for each, at pairs that differ by d."""
        low, high = max(0.0, -d), min(1.0, 1 - d)
        p0 = low + (high - low) * np.sin(np.pi / 2 * place) ** 2
        own1 = _binomial(np.clip(p0 + d, 0, 1), self.n1, self.ways1)
        own0 = _binomial(p0, self.n0, self.ways0)
        shape = (self.n1 + 1, self.n0 + 1)
        return [np.einsum("ij,ij->i", own1 @ each.reshape(shape), own0) for each in regions]

    def pvalue(self, k1: int, k0: int, d: float) -> float:
        """Greatest probability of a table as far from a difference as the one seen."""
        far = np.abs(self.scores(d, slice(None)))
        region = (far >= _tied(far[k1 * (self.n0 + 1) + k0])).astype(float)
        return min(1.0, self.greatest(d, region))

    def greatest(self, d: float, region: Floats) -> float:
        """Greatest probability of a set of tables among pairs that differ by d."""

        def at(place: Floats) -> Floats:
            return self.probability(d, place, region)[0]

        return _highest(at, self.grid, at(self.grid))


def _binomial(p: Floats, n: int, ways: Floats) -> Floats:
    """(places, n + 1) probabilities of each count."""
    p = np.clip(p, 1e-300, 1 - 1e-16)
    odds, none = np.log(p) - np.log1p(-p), n * np.log1p(-p)
    return np.asarray(np.exp(ways + np.outer(odds, np.arange(n + 1)) + none[:, None]))


def _tied(score: float | Floats) -> float | Floats:
    """Least distance that counts as far as a score, in spite of rounding."""
    return score * (1 - 1e-9) - 1e-12


def _highest(at: Callable[[Floats], Floats], place: Floats, found: Floats) -> float:
    """The maximum of a smooth function, from its values on a grid: its peaks, looked at nearer.

    The last step is a parabola through the highest of a peak and its neighbours.
    """
    best, slack = float(found.max()), SLACK
    for _ in range(3):
        peak = found * (1 + slack) >= best
        peak[1:] &= found[1:] > found[:-1]
        peak[:-1] &= found[:-1] >= found[1:]
        low, high = np.append(place[0], place[:-1])[peak], np.append(place[1:], place[-1])[peak]
        parts = np.concatenate([low, place[peak]]), np.concatenate([place[peak], high])
        place = np.unique(parts[0] + (parts[1] - parts[0]) * np.linspace(0, 1, 6)[:, None])
        found, slack = at(place), slack / 25
        best = max(best, float(found.max()))
    left, middle, right = found[:-2], found[1:-1], found[2:]
    steps = np.diff(place)
    top = (middle >= left) & (middle > right) & (abs(steps[1:] - steps[:-1]) < 1e-3 * steps[1:])
    left, middle, right = left[top], middle[top], right[top]
    risen = middle + (right - left) ** 2 / (8 * (2 * middle - left - right))
    return max(best, float(risen.max(initial=0)))


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """Differences from a to b, all above the one seen, which lies in their lower tail."""

    a: float
    b: float
    # the table seen, and those in a tail of some of these differences only, or maybe: indices, and
    # scores at a and at b
    some: Ints
    at_a: Floats
    at_b: Floats
    # (tables,) 1 for those in the tail of all of them
    lower: Floats
    upper: Floats


def _opening(k1: int, n1: int, k0: int, n0: int, confidence: float) -> list[_Range]:
    """All differences above the one seen, in ranges that are short near the limit of the score."""
    value, tables = k1 / n1 - k0 / n0, _tables(n1, n0)
    if value >= 1:
        return []
    near = _score_limit(k1, n1, k0, n0, confidence) - value
    ends = sorted({value, *(value + near * part for part in NEAR_LIMIT), *([0.0] * (value < 0))})
    ends = [d for d in ends if d < 1]
    while (1 - ends[-1]) * (n1 + n0) > (1 - confidence) / 2:
        ends.append(1 - (1 - ends[-1]) / 8)
    ends.append(1.0)
    scores = [tables.scores(d, slice(None)) for d in ends]
    every, seen = np.arange(len(tables.x1)), k1 * (n0 + 1) + k0
    some = np.append(seen, every[every != seen])
    lower, upper = (every == seen).astype(float), np.zeros(len(every))
    return [
        _Range(a, b, some, at_a[some], at_b[some], lower, upper)
        for a, b, at_a, at_b in zip(ends, ends[1:], scores, scores[1:], strict=False)
    ]


NEAR_LIMIT = (0.5, 0.8, 0.95, 1.05, 1.2, 2.0)
DOUBTED = 10
"""Tables in doubt over a range up to which it is cut where each becomes as extreme as the one seen,
or ceases to be."""
Piece: TypeAlias = tuple[float, float, bool]
"""Differences from a to b, and whether they are accepted."""


def _pieces(tables: _Tables, part: _Range, alpha: float) -> Iterator[Piece]:
    """Give what a range of differences is made of, in no order.

    With the difference all scores fall, and the tables at a place move up. Over a range the lower
    tail is therefore no larger than that of the scores at b, nor more probable than at a, and so
    on: the range as a whole is often judged so. Else it is halved, until few tables are in doubt.
    """
    a, b, some = part.a, part.b, part.some
    near, far = _tied(-part.at_a[0]), _tied(-part.at_b[0])
    maybe_lower, maybe_upper = part.at_b <= -near, part.at_a >= near
    all_lower, all_upper = part.at_a <= -far, part.at_b >= far
    bend = (tables.n1 + tables.n0) ** 2 / 4 * (b - a) ** 2
    if bend < 0.1:  # scores are near enough to straight to be compared with the one seen
        for sign, maybe, every in ((-1, maybe_lower, all_lower), (1, maybe_upper, all_upper)):
            over_a, over_b = sign * part.at_a - near, sign * part.at_b - far
            maybe &= np.maximum(over_a, over_b) >= -bend
            every |= np.minimum(over_a, over_b) >= bend
    lower, upper = _with(part.lower, some[all_lower]), _with(part.upper, some[all_upper])
    most_lower = _with(part.lower, some[maybe_lower])
    most_upper = _with(part.upper, some[maybe_upper])

    def most(place: Floats) -> Floats:
        return (
            tables.probability(a, place, most_lower)[0]
            + tables.probability(b, place, most_upper)[0]
        )

    most_a, least_a = tables.probability(a, tables.grid, most_lower, upper)
    most_b, least_b = tables.probability(b, tables.grid, most_upper, lower)
    if (least_a + least_b).max() >= alpha:
        yield a, b, True
        return
    found = most_a + most_b
    if found.max() < alpha and (
        found.max() * (1 + SLACK) < alpha or _highest(most, tables.grid, found) < alpha
    ):
        yield a, b, False
        return
    doubted = (maybe_lower & ~all_lower) | (maybe_upper & ~all_upper)
    doubted[0] = True
    some, at_a, at_b = some[doubted], part.at_a[doubted], part.at_b[doubted]
    if (len(some) <= DOUBTED and bend < 0.1) or b - a < NEAR:
        yield from _last_pieces(tables, _Range(a, b, some, at_a, at_b, lower, upper), alpha)
        return
    middle = (a + b) / 2
    at = tables.scores(middle, some)
    yield from _pieces(tables, _Range(middle, b, some, at, at_b, lower, upper), alpha)
    yield from _pieces(tables, _Range(a, middle, some, at_a, at, lower, upper), alpha)


def _last_pieces(tables: _Tables, part: _Range, alpha: float) -> Iterator[Piece]:
    """Give what a short range is made of, between whose cuts the tails are the same tables."""

    def over(d: Floats) -> Floats:
        own, far = np.split(
            np.abs(tables.scores(np.append(d, d), np.append(others, seen))), [len(others)]
        )
        return np.asarray(own - _tied(far))

    a, b, others = part.a, part.b, part.some[1:]
    seen = np.full(len(others), part.some[0])
    one = np.abs(part.at_a[1:]) - _tied(-part.at_a[0])
    two = np.abs(part.at_b[1:]) - _tied(-part.at_b[0])
    turns = _roots(over, a, b, one, two)
    cuts = sorted({a, b, *turns[~np.isnan(turns)].tolist()}, reverse=True)
    for high, low in pairwise(cuts):
        tail = np.where(turns < (low + high) / 2, two, one) >= 0
        more = others[tail]
        falling = part.at_a[1:][tail] < 0
        lower, upper = _with(part.lower, more[falling]), _with(part.upper, more[~falling])
        yield from _settled(tables, (low, high), lower, upper, alpha)


def _settled(
    tables: _Tables, ends: tuple[float, float], lower: Floats, upper: Floats, alpha: float
) -> Iterator[Piece]:
    """Give what a range is made of, all over which the tails are the same tables."""
    low, high = ends

    def above(d: float) -> float:
        return tables.greatest(d, lower + upper) - alpha

    def most(place: Floats) -> Floats:
        (at_low,) = tables.probability(low, place, lower)
        (at_high,) = tables.probability(high, place, upper)
        return np.asarray(at_low + at_high)

    outer, inner = above(high) >= 0, above(low) >= 0
    if outer == inner:
        if outer:
            (at_low,) = tables.probability(low, tables.grid, upper)
            (at_high,) = tables.probability(high, tables.grid, lower)
            clear = (at_low + at_high).max() >= alpha
        else:
            clear = _highest(most, tables.grid, most(tables.grid)) < alpha
        if clear or high - low < (NARROW if outer else SHORT):
            yield low, high, outer
            return
    elif high - low < 10 * SHORT:
        turn = zero(above, low, high, xtol=1e-8)
        yield turn, high, outer
        yield low, turn, inner
        return
    middle = (low + high) / 2
    yield from _settled(tables, (middle, high), lower, upper, alpha)
    yield from _settled(tables, (low, middle), lower, upper, alpha)


def _roots(
    over: Callable[[Floats], Floats], a: float, b: float, at_a: Floats, at_b: Floats
) -> Floats:
    """Where each of several functions, almost straight from a to b, changes its sign; or nan."""
    changes = (at_a < 0) != (at_b < 0)
    low, high = np.full(len(at_a), a), np.full(len(at_a), b)
    root = low
    for _ in range(6 if changes.any() else 0):
        root = np.where(changes, low - at_a * (high - low) / np.where(changes, at_b - at_a, 1), a)
        found = over(root)
        left = (found < 0) == (at_a < 0)
        low, at_a = np.where(left, root, low), np.where(left, found, at_a)
        high, at_b = np.where(left, high, root), np.where(left, at_b, found)
    return np.where(changes, root, np.nan)


def _with(tables: Floats, more: Ints) -> Floats:
    wider = tables.copy()
    wider[more] = 1.0
    return wider
