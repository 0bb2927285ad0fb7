"""Proportions: agreement with R, published tables, edges."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import fisher_exact

from lib.statistics.proportions import difference, fisher, proportion
from tests.statistics import reference
from tests.statistics.reference import numbers


@pytest.mark.parametrize("entry", **reference.having("one_"))
def test_limits_of_one_proportion(entry):
    golden = numbers(entry["value"])
    got = proportion(golden["x"], golden["n"], golden["conf"]).estimate
    assert_allclose(got.value, golden["estimate"])
    assert_allclose([got.low, got.high], golden["clopper_pearson"], rtol=1e-9, atol=1e-15)


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


COUNTS = st.integers(0, 60)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_exact_test_is_what_counting_all_tables_gives(a, b, c, d):
    n1, n0, k = a + b, c + d, a + c
    got = fisher([[a, b], [c, d]])
    if not (n1 and n0 and k and b + d):
        assert np.isnan(got.pvalue) and got.missing == "not-estimable"
        return
    ways = [comb(n1, x) * comb(n0, k - x) for x in range(k + 1)]
    no_more = sum(way for way in ways if way <= ways[a])
    assert_allclose(got.pvalue, float(Fraction(no_more, comb(n1 + n0, k))), rtol=1e-11)


def test_the_exact_test_of_millions():
    table = [[1_000_000, 2_000_000], [999_000, 2_003_000]]
    assert_allclose(fisher(table).pvalue, fisher_exact(table).pvalue, rtol=1e-8)
    assert fisher([[10**8, 0], [0, 10**8]]).pvalue == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fisher([[1, 2, 3], [4, 5, 6]]), "must be 2 x 2"),
        (lambda: difference(1, 2, 3, 4, 95), "confidence must be between"),
        (lambda: proportion(1, 2, 95), "confidence must be between"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_limits_hold_the_estimate_and_stay_within_bounds(pair):
    got = proportion(*pair).estimate
    assert 0 <= got.low <= got.value <= got.high <= 1
    mirror = proportion(pair[1] - pair[0], pair[1]).estimate
    assert_allclose([mirror.low, mirror.high], [1 - got.high, 1 - got.low], atol=1e-12)


def test_nobody_has_no_proportion():
    assert proportion(0, 0).estimate.missing == "not-estimable"
    assert_allclose(proportion(0, 36).estimate.high, 0.0974, atol=5e-5)  # none of 36 has a limit
    assert difference(1, 2, 0, 0).estimate.missing == "not-estimable"


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (1.5, 5)])
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(ValueError, match="whole numbers with 0 <= k <= n"):
        proportion(k, n)
    with pytest.raises(ValueError, match="whole numbers with 0 <= k <= n"):
        difference(1, 2, k, n)


@pytest.mark.parametrize("table", [[1, 2], [[1, -2], [3, 4]], [[1, 0.5], [3, 4]]])
def test_a_table_of_anything_but_counts_is_refused(table):
    with pytest.raises(ValueError, match="table must be 2 x 2"):
        fisher(table)
