"""Proportions: agreement with R, published tables, edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from lib.statistics.proportions import difference, fisher, proportion
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
