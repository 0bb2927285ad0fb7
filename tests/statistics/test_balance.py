"""Balance: standardized differences by hand, invariances, chance bands."""

import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lib.statistics.balance import (
    chance_band,
    chance_of_one_group,
    difference_of_levels,
    effective_size,
    standardized_difference,
)


def test_numbers_and_two_levels_by_hand():
    got = standardized_difference([1, 2, 3, np.nan], [2, 4, 6, 8])
    assert_allclose(got.value, (2 - 5) / np.sqrt((1 + 20 / 3) / 2))
    assert (got.n1, got.n0) == (3, 4)
    got = standardized_difference([1, 1, 1, 0], [1, 0, 0, 0, -1], levels=2)
    assert_allclose(got.value, 0.5 / np.sqrt((3 / 16 + 3 / 16) / 2))
    assert got.n0 == 4
    for levels in (None, 2, 3):  # an empty group
        got = standardized_difference([], [1, 0], levels)
        assert np.isnan([got.value, got.band]).all() and got.missing == "not-estimable"
    assert [effective_size(w) for w in ([1, 1, 1], [1, 0, 0], [])] == pytest.approx([3, 1, 0])


def test_many_levels_do_not_depend_on_their_order_and_of_two_are_the_plain_difference():
    random = np.random.default_rng(1)
    a, b = random.integers(0, 4, 50), random.integers(0, 4, 70)
    value = standardized_difference(a, b, levels=4).value
    order = np.array([2, 0, 3, 1])
    assert_allclose(standardized_difference(order[a], order[b], levels=4).value, value)
    two = standardized_difference(a % 2, b % 2, levels=2).value
    with_nobody = standardized_difference(a % 2, b % 2, levels=3)
    assert_allclose(with_nobody.value, abs(two))
    assert_allclose(with_nobody.band, chance_band(50, 70))


def test_weights_are_numbers_of_patients_to_a_mean():
    weight = np.array([1.0, 2, 3])
    got = standardized_difference([1, 2, 3], [1, 1, 2, 2], weight1=weight)
    mean, variance = 14 / 6, np.sum(weight * (np.array([1, 2, 3]) - 14 / 6) ** 2) / (6 - 14 / 6)
    assert_allclose(got.value, (mean - 1.5) / np.sqrt((variance + 1 / 3) / 2))
    assert_allclose(got.n1, 36 / 14)


@pytest.mark.parametrize(("n1", "n0", "band"), [(18, 18, 0.65), (14, 12, 0.77), (100, 100, 0.28)])
def test_chance_band(n1, n0, band):
    assert_allclose(chance_band(n1, n0), band, atol=5e-3)


def test_constant_groups():
    assert standardized_difference([3, 3], [3, 3]).value == 0
    assert standardized_difference([3, 3], [4, 4]).value == -np.inf
    assert standardized_difference([1, 1], [0, 0], levels=2).value == np.inf
    assert np.isfinite(standardized_difference([1, 2], [0, 2], levels=3).value)
    assert standardized_difference([1, 1], [0, 0], levels=3).value == np.inf
    weight = [0.1, 0.2, 0.7]
    constant = standardized_difference([0.1] * 3, [0.3] * 3, weight1=weight, weight0=weight)
    assert constant.value == -np.inf  # not the rounding of a weighted mean


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_groups_without_a_level_in_common_differ_infinitely_and_no_others(a, b):
    got = standardized_difference(a, b, levels=6)
    assert np.isinf(got.value) == (not set(a) & set(b))
    assert got.missing == "" and not (got.apart and set(a) & set(b))


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=5),
    st.lists(st.integers(4, 7), min_size=1, max_size=5),
)
def test_groups_are_apart_where_few_random_splits_share_no_level(a, b):
    everyone, n = np.array(a + b), len(a)
    splits = [set(each) for each in combinations(range(len(everyone)), n)]
    alone = [not {*everyone[list(one)]} & {*np.delete(everyone, list(one))} for one in splits]
    got = standardized_difference(a, b, levels=8)
    assert got.apart == (np.mean(alone) < 0.05)
    assert got.exceeds == got.apart  # what chance leaves so often is no finding
    assert np.isinf(got.band) != got.apart


def test_a_level_for_each_patient_is_no_finding_however_many():
    for n in (3, 50, 800):
        got = standardized_difference(range(n), range(n, 2 * n), levels=2 * n)
        assert np.isinf([got.value, got.band]).all() and not got.apart and not got.exceeds


def test_millions_that_share_no_level_are_apart_without_room_for_each_patient():
    tracemalloc.start()
    got = difference_of_levels(np.array([5_000_000, 0, 7]), np.array([0, 4_000_000, 0]))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert got.apart and most < 1_000_000


def test_numbers_whose_ranges_do_not_meet_are_apart():
    low, high = [1, 2, 3, 4, 5], [6, 7, 8, 9, 10]
    got = standardized_difference(high, low)
    assert_allclose(got.value, 5 / np.sqrt(2.5))
    assert got.apart and got.exceeds
    assert not standardized_difference(high, [*low, 6]).apart  # one value is in both
    assert not standardized_difference([1, 2], [3, 4]).apart  # two of six splits are so
    assert standardized_difference([7] * 5, [8] * 5).apart


def test_all_of_a_level_in_one_group_by_enumeration():
    patients = [0] * 4 + [1] * 3
    for size in (1, 2, 3, 4):
        drawn = [{patients[at] for at in each} for each in combinations(range(7), size)]
        assert_allclose(chance_of_one_group(size, 4, 3), np.mean([len(d) == 1 for d in drawn]))
    assert chance_of_one_group(2500, 2600, 2400) < 1e-9  # where the numbers of ways overflow


def test_codes_beyond_the_levels_are_refused():
    with pytest.raises(ValueError, match="below levels"):
        standardized_difference([2], [0], levels=2)
    with pytest.raises(ValueError, match="2 or more"):
        standardized_difference([0], [0], levels=1)
