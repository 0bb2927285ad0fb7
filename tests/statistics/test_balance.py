"""Balance: standardized differences by hand, invariances, chance bands."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.statistics.balance import chance_band, effective_size, standardized_difference


def test_continuous_by_hand():
    got = standardized_difference([1, 2, 3, np.nan], [2, 4, 6, 8])
    assert_allclose(got.value, (2 - 5) / np.sqrt((1 + 20 / 3) / 2))
    assert (got.n1, got.n0) == (3, 4)


def test_two_levels_by_hand():
    got = standardized_difference([1, 1, 1, 0], [1, 0, 0, 0, -1], levels=2)
    assert_allclose(got.value, 0.5 / np.sqrt((3 / 16 + 3 / 16) / 2))
    assert got.n0 == 4


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
    assert standardized_difference([3, 3], [4, 4]).missing == "not estimable"
    assert standardized_difference([1, 1], [0, 0], levels=2).missing == "not estimable"
    assert standardized_difference([1, 2], [0, 2], levels=3).missing == ""
    assert standardized_difference([1, 1], [0, 0], levels=3).missing == "not estimable"


def test_an_empty_group():
    for levels in (None, 2, 3):
        got = standardized_difference([], [1, 0], levels)
        assert np.isnan([got.value, got.band]).all() and got.missing == "not estimable"


def test_effective_size():
    assert effective_size([1, 1, 1]) == 3
    assert_allclose(effective_size([1, 0, 0]), 1)
    assert effective_size([]) == 0


def test_codes_beyond_the_levels_are_refused():
    with pytest.raises(ValueError, match="below levels"):
        standardized_difference([2], [0], levels=2)
    with pytest.raises(ValueError, match="2 or more"):
        standardized_difference([0], [0], levels=1)
