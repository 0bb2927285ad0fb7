"""Proportions: agreement with R, published tables, edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from lib.statistics.proportions import (
    boschloo,
    bowker,
    difference,
    fisher,
    mcnemar,
    odds_ratio,
    proportion,
    relative_risk,
    trend,
)
from tests.statistics import reference
from tests.statistics.reference import numbers


@pytest.mark.parametrize("entry", **reference.having("one_"))
@pytest.mark.parametrize("method", ["clopper-pearson", "wilson"])
def test_limits_of_one_proportion(entry, method):
    golden = numbers(entry["value"])
    got = proportion(golden["x"], golden["n"], golden["conf"], method).estimate
    assert_allclose(got.value, golden["estimate"])
    assert_allclose([got.low, got.high], golden[method.replace("-", "_")], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("entry", **reference.having("two_"))
def test_difference_and_exact_test(entry):
    golden = numbers(entry["value"])
    (a, b), (c, d) = golden["table"]
    got = difference(a, a + b, c, c + d, golden["conf"]).estimate
    assert_allclose(got.value, golden["diff"], atol=1e-15)
    assert_allclose([got.low, got.high], golden["newcombe"], rtol=1e-9)
    if (a + c) * (b + d) > 0:
        assert_allclose(fisher(golden["table"]).pvalue, golden["fisher_p"], rtol=1e-9)
    else:
        assert np.isnan(fisher(golden["table"]).pvalue)  # R says 1: there is nothing to test


@pytest.mark.parametrize("entry", **reference.having("two_"))
def test_ratios(entry):
    golden = numbers(entry["value"])
    (a, b), (c, d) = golden["table"]
    got = odds_ratio(a, a + b, c, c + d, golden["conf"])
    if (a + c) * (b + d) > 0:
        precise = [golden["or_cmle_precise"], *golden["or_cmle_ci_precise"]]
        assert_allclose([got.value, got.low, got.high], precise, rtol=1e-8)
    else:
        assert got.missing == "not estimable"
    risk = relative_risk(a, a + b, c, c + d, golden["conf"])
    if a * c > 0:
        expected = [golden["rr"], *golden["rr_katz_ci"]]
        assert_allclose([risk.value, risk.low, risk.high], expected, rtol=1e-9)
    else:
        assert risk.missing == "not estimable"


def test_boschloo_by_brute_force():
    k1, n1, k0, n0 = 16, 19, 9, 17
    x, y = np.meshgrid(np.arange(n1 + 1), np.arange(n0 + 1), indexing="ij")
    theta = np.linspace(0, 1, 20_001)[1:-1]
    pvalues = []
    for tail in ("less", "greater"):
        statistic = np.array(
            [
                [stats.fisher_exact([[i, j], [n1 - i, n0 - j]], tail).pvalue for j in range(n0 + 1)]
                for i in range(n1 + 1)
            ]
        )
        extreme = statistic <= statistic[k1, k0] * (1 + 1e-9)
        chance = sum(
            stats.binom.pmf(i, n1, theta) * stats.binom.pmf(j, n0, theta)
            for i, j in zip(x[extreme], y[extreme], strict=True)
        )
        pvalues.append(chance.max())
    assert_allclose(boschloo(k1, n1, k0, n0).pvalue, 2 * min(pvalues), rtol=1e-6)
    assert_allclose(boschloo(k1, n1, k0, n0).pvalue, 0.049, atol=1e-3)


@given(st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_trend_by_brute_force(cells):
    table = np.array(cells).reshape(2, 3)
    got = trend(table)
    if np.isnan(got.pvalue):
        assert min(table.sum(axis=1)) == 0 or np.count_nonzero(table.sum(axis=0)) < 2
        return
    ranks = np.cumsum(table.sum(axis=0)) - (table.sum(axis=0) - 1) / 2
    size, totals = table[0].sum(), table.sum(axis=0)
    chance = stats.multivariate_hypergeom(totals, size)
    draws = [d for d in np.ndindex(*(totals + 1)) if sum(d) == size]
    middle = size * (table.sum() + 1) / 2
    far = abs(table[0] @ ranks - middle)
    expected = sum(chance.pmf(d) for d in draws if abs(np.array(d) @ ranks - middle) >= far - 1e-9)
    assert_allclose(got.pvalue, min(1, expected), rtol=1e-9)


def test_nobody_changed():
    assert mcnemar([[5, 0], [0, 5]]).missing == "not estimable"
    assert bowker([[5, 0], [0, 5]]).missing == "not estimable"
    assert boschloo(0, 5, 0, 6).missing == "not estimable"


def test_bowker_of_two_categories_is_mcnemar_without_exactness():
    got = bowker([[10, 9], [2, 5]])
    assert_allclose((got.statistic, got.df), (49 / 11, 1))


def test_a_table_too_large_to_enumerate_is_not_simulated():
    got = fisher(np.full((4, 5), 30))
    assert np.isnan(got.pvalue) and "too many" in got.method


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trend([[1, 2], [3, 4], [5, 6]]), "two rows"),
        (lambda: mcnemar([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), "must be 2 x 2"),
        (lambda: bowker([[1, 2, 3], [4, 5, 6]]), "must be square"),
        (lambda: odds_ratio(1, 2, 3, 4, 95), "confidence must be between"),
        (lambda: proportion(1, 2, method="wald"), "method must be"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_chemoinfusion_response_by_primary_loses_its_significance_when_exact():
    assert_allclose(fisher([[16, 3], [9, 8]]).pvalue, 0.070, atol=5e-4)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_limits_hold_the_estimate_and_stay_within_bounds(pair):
    for method in ("clopper-pearson", "wilson"):
        got = proportion(*pair, method=method).estimate
        assert 0 <= got.low <= got.value <= got.high <= 1
        mirror = proportion(pair[1] - pair[0], pair[1], method=method).estimate
        assert_allclose([mirror.low, mirror.high], [1 - got.high, 1 - got.low], atol=1e-12)


@given(st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), min_size=2, max_size=2))
def test_enumeration_agrees_with_scipy_for_two_by_two(table):
    got = fisher([*table, [0, 0]])
    if np.isnan(got.pvalue):
        assert min(np.sum(table, axis=0)) == 0 or min(np.sum(table, axis=1)) == 0
        return
    assert_allclose(got.pvalue, stats.fisher_exact(table).pvalue, rtol=1e-9)


def brute(table):
    """Probability of all tables with these margins that are no more probable, one by one."""
    table = np.array(table)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    frozen = stats.random_table(rows, columns)
    seen, total = frozen.pmf(table), 0.0

    def fill(left, r):
        if r == len(rows) - 1:
            yield (left,)
            return
        for cells in np.ndindex(*(left + 1)):
            if sum(cells) == rows[r]:
                for rest in fill(left - np.array(cells), r + 1):
                    yield (np.array(cells), *rest)

    for candidate in fill(columns, 0):
        p = frozen.pmf(np.array(candidate))
        total += p if p <= seen * (1 + 1e-7) else 0
    return total


@pytest.mark.parametrize(
    "table",
    [[[3, 1], [1, 4], [2, 2]], [[2, 1, 0], [0, 3, 1], [1, 1, 2]], [[0, 3, 2, 1], [4, 1, 1, 2]]],
)
def test_larger_tables_agree_with_brute_force(table):
    assert_allclose(fisher(table).pvalue, brute(table), rtol=1e-9)
    assert_allclose(fisher(np.transpose(table)).pvalue, brute(table), rtol=1e-9)


def test_nobody_has_no_proportion():
    assert proportion(0, 0).estimate.missing == "not estimable"
    assert difference(1, 2, 0, 0).estimate.missing == "not estimable"


def test_none_of_36_still_has_an_upper_limit():
    assert_allclose(proportion(0, 36).estimate.high, 0.0974, atol=5e-5)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1.5, 5)])
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(ValueError, match="whole numbers with 0 <= k <= n"):
        proportion(k, n)
    with pytest.raises(ValueError, match="whole numbers with 0 <= k <= n"):
        difference(1, 2, k, n)


@pytest.mark.parametrize("table", [[1, 2], [[1, -2], [3, 4]], [[1, 0.5], [3, 4]]])
def test_a_table_of_anything_but_counts_is_refused(table):
    with pytest.raises(ValueError, match="table must be 2-D"):
        fisher(table)
