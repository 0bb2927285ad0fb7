"""Printed numbers and what they can have come from, against whole enumeration and R."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies

from lib.statistics import published

SIZES = strategies.integers(1, 300).flatmap(
    lambda n: strategies.tuples(strategies.integers(0, n), strategies.just(n))
)


@given(SIZES, strategies.integers(0, 3))
def test_a_rounded_percentage_is_the_nearest_and_a_cut_one_is_not_above(share, decimals):
    k, n = share
    exact, step = 100 * Fraction(k, n), Fraction(1, 10**decimals)
    found = {way: Fraction(each) for way, each in published.rounded(k, n, decimals).items()}
    assert abs(found["half up"] - exact) <= step / 2 and abs(found["half even"] - exact) <= step / 2
    assert exact - step < found["cut"] <= exact
    assert found["half up"] >= found["half even"]


def test_a_half_is_rounded_up_or_to_the_even_digit():
    assert published.rounded(1, 8, 0) == {"half up": 13, "half even": 12, "cut": 12}
    assert published.rounded(1, 16, 1)["half up"] == Decimal("6.3")  # 6.25, which a float may miss


@given(strategies.integers(1, 120), strategies.integers(0, 1000))
def test_the_counts_of_a_percentage_are_all_that_are_printed_so(n, tenths):
    percent = Decimal(tenths).scaleb(-1)
    every = [k for k in range(n + 1) if {"half up", "half even"} & {*published.ways(k, n, percent)}]
    assert list(published.counts(n, percent)) == every


def test_a_percentage_of_no_count_is_found_with_the_sizes_that_it_can_be_of():
    assert published.counts(30, Decimal("54")) == ()
    assert [n for n in published.sizes(Decimal("54"), 30) if n > 12] == [13, 24, 26, 28]
    assert published.counts(40, Decimal("76")) == ()
    assert published.counts(40, Decimal("78")) == (31,)


@given(
    strategies.lists(strategies.integers(0, 90), min_size=1, max_size=6).filter(any),
    strategies.integers(0, 2),
)
def test_forced_percentages_add_to_100_and_none_is_a_digit_off(parts, decimals):
    found = published.forced(parts, decimals)
    assert sum(found) == 100
    for k, each in zip(parts, found, strict=True):
        assert abs(Fraction(each) - 100 * Fraction(k, sum(parts))) < Fraction(1, 10**decimals)


def test_the_largest_remainders_give_what_rounding_does_not():
    assert [str(each) for each in published.forced([1, 29, 6], 1)] == ["2.8", "80.5", "16.7"]
    assert str(published.rounded(29, 36, 1)["half up"]) == "80.6"


def test_tests_of_two_proportions_equal_those_of_r():
    # m <- matrix(c(16, 9, 3, 8), 2)
    # chisq.test(m, correct = FALSE)$p.value; chisq.test(m)$p.value; fisher.test(m)$p.value
    found = {each.method.code: each.pvalue for each in published.tests(16, 19, 9, 17)}
    assert found["pearson"] == pytest.approx(0.0420205424839324, rel=1e-12)
    assert found["yates"] == pytest.approx(0.0947328614862760, rel=1e-12)
    assert found["fisher"] == pytest.approx(0.0704133340395854, rel=1e-12)
    assert found["pearson"] < found["n-less-1"] < found["yates"]


def test_the_test_behind_a_printed_p_value_is_named():
    tried = published.tests(16, 19, 9, 17)
    named = [each.method.code for each in published.given_by(tried, Decimal("0.042"))]
    assert named == ["pearson"]
    assert published.given_by(tried, Decimal("0.001"), below=True) == ()


def test_where_everybody_or_nobody_has_it_no_test_can_be_done():
    assert published.tests(0, 5, 0, 9) == () == published.tests(5, 5, 9, 9)
