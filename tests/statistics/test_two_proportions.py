"""Two proportions: limits and test of one p-value function, against full enumeration."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats

from lib.statistics.two_proportions import EXACT_TO, SMALLER_TO, score, two_proportions

SMALL = [(1, 1), (2, 1), (3, 3), (5, 2), (6, 6), (9, 4)]
MORE = [(n1, n0) for n1 in range(1, 13) for n0 in range(1, n1 + 1) if (n1, n0) not in SMALL]


def tables_of(n1, n0):
    return [(k1, n1, k0, n0) for k1 in range(n1 + 1) for k0 in range(n0 + 1)]


def scores(n1, n0, d):
    k1, k0 = np.divmod(np.arange((n1 + 1) * (n0 + 1)), n0 + 1)
    return np.abs(score(k1, n1, k0, n0, d))


def probabilities(n1, n0, d, places):
    """Of all tables, at pairs of proportions that differ by d."""
    low, high = max(0, -d), min(1, 1 - d)
    p0 = low + (high - low) * np.sin(np.linspace(0, np.pi / 2, places)) ** 2
    own1 = stats.binom.pmf(np.arange(n1 + 1), n1, np.clip(p0 + d, 0, 1)[:, None])
    own0 = stats.binom.pmf(np.arange(n0 + 1), n0, p0[:, None])
    return (own1[:, :, None] * own0[:, None, :]).reshape(places, -1)


def enumerated(n1, n0, d, places=300):
    """P-value of a difference for each table: all tables one by one, none left out."""
    far, each = scores(n1, n0, d), probabilities(n1, n0, d, places)
    return np.array([each[:, far >= seen - 1e-9].sum(axis=1).max() for seen in far])


def enumerated_of(table, d, places):
    k1, n1, k0, n0 = table
    far = scores(n1, n0, d)
    region = far >= far[k1 * (n0 + 1) + k0] - 1e-9
    return probabilities(n1, n0, d, places)[:, region].sum(axis=1).max()


@given(
    st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.floats(0, 1), st.floats(-0.9, 0.9)
)
def test_the_score_has_the_variance_of_the_likeliest_proportions(n1, n0, share1, share0, d):
    k1, k0 = round(share1 * n1), round(share0 * n0)

    def unlikely(p0):
        p1 = p0 + d
        return -(stats.binom.logpmf(k1, n1, p1) + stats.binom.logpmf(k0, n0, p0))

    low, high = max(0, -d), min(1, 1 - d)
    p0 = optimize.minimize_scalar(unlikely, bounds=(low, high), options={"xatol": 1e-11}).x
    p0 = min((p0, low, high), key=unlikely)
    p1, n = p0 + d, n1 + n0
    variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
    if variance > 1e-6:
        expected = (k1 / n1 - k0 / n0 - d) / np.sqrt(variance)
        assert_allclose(score(k1, n1, k0, n0, d), expected, rtol=1e-4, atol=1e-6)


def test_without_a_difference_the_score_is_pearsons_with_n_less_one():
    pearson = stats.chi2_contingency([[8, 22], [2, 28]], correction=False).statistic
    assert_allclose(score(8, 30, 2, 30, 0.0) ** 2, pearson * 59 / 60, rtol=1e-12)


@pytest.mark.cases
def test_the_limits_of_the_score_are_those_published(table, low, high):
    def beyond(d):
        return abs(score(*table, d)) - stats.norm.isf(0.025)

    k1, n1, k0, n0 = table
    value = k1 / n1 - k0 / n0
    assert_allclose(optimize.brentq(beyond, -0.9999, value), low, atol=6e-5)
    if high < 1:
        assert_allclose(optimize.brentq(beyond, value, 0.9999), high, atol=6e-5)


@pytest.mark.parametrize(
    ("n1", "n0"), [*SMALL, *(pytest.param(*n, marks=pytest.mark.full) for n in MORE)]
)
def test_limits_and_test_are_those_of_full_enumeration(n1, n0):
    differences = np.round(np.arange(-1, 1.01, 0.02), 8)
    expected = np.array([enumerated(n1, n0, d) for d in differences])
    none = enumerated(n1, n0, 0.0, 3001)
    for index, table in enumerate(tables_of(n1, n0)):
        found = two_proportions(*table)
        assert_allclose(found.pvalue, none[index], rtol=2e-5)
        estimate = found.estimate
        kept = (differences >= estimate.low) & (differences <= estimate.high)
        for low, high in found.gaps:
            assert estimate.low < low < high < estimate.high
            kept &= ~((differences > low) & (differences < high))
        ends = [estimate.low, estimate.high, *(end for gap in found.gaps for end in gap)]
        sure = np.abs(expected[:, index] - 0.05) > 1e-4
        sure &= np.abs(np.subtract.outer(differences, ends)).min(axis=1) > 1e-6
        assert_allclose(kept[sure], expected[sure, index] >= 0.05)


@pytest.mark.parametrize("table", [(8, 18, 2, 18), (0, 20, 3, 16), (1, 9, 6, 7), (0, 12, 0, 9)])
def test_a_limit_is_where_the_p_value_passes_the_level(table):
    found = two_proportions(*table).estimate
    for limit, outwards in ((found.low, -1), (found.high, 1)):
        assert enumerated_of(table, limit + outwards * 1e-6, 4001) < 0.05
        assert enumerated_of(table, limit - outwards * 1e-6, 4001) >= 0.05


def test_a_gap_is_a_range_that_the_test_rejects_between_two_that_it_does_not():
    table = (12, 22, 17, 48)
    found = two_proportions(*table)
    ((low, high),) = found.gaps
    assert found.estimate.low < low < high < 0
    for d, accepted in ((low - 1e-5, True), ((low + high) / 2, False), (high + 1e-5, True)):
        assert (enumerated_of(table, d, 500) >= 0.05) == accepted


def test_no_difference_in_a_gap_is_not_rejected_while_the_limits_hold_it():
    found = two_proportions(0, 2, 7, 10, 0.9)
    assert enumerated_of((0, 2, 7, 10), 0.0, 1001) < 0.1
    assert any(low < 0 < high for low, high in found.gaps)
    assert found.estimate.allows(0)
    assert_allclose(
        found.pvalue,
        max(
            enumerated_of((0, 2, 7, 10), d, 1001)
            for d in np.linspace(found.gaps[-1][1] + 1e-9, found.estimate.high, 33)
        ),
        rtol=1e-3,
    )


arms = st.tuples(st.integers(1, 40), st.integers(1, 25)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@given(arms, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_no_difference_is_outside_the_limits_exactly_where_the_test_rejects_it(table, confidence):
    found = two_proportions(*table, confidence)
    assert found.estimate.allows(0) == (found.pvalue >= 1 - confidence)
    assert -1 <= found.estimate.low <= found.estimate.value <= found.estimate.high <= 1


@given(arms)
def test_arms_and_outcomes_may_be_exchanged(table):
    k1, n1, k0, n0 = table
    found = two_proportions(*table)
    for other in (two_proportions(k0, n0, k1, n1), two_proportions(n1 - k1, n1, n0 - k0, n0)):
        assert_allclose(other.pvalue, found.pvalue, rtol=1e-6)
        mirrored = [-other.estimate.high, -other.estimate.low]
        assert_allclose(mirrored, [found.estimate.low, found.estimate.high], atol=1e-6)


@pytest.mark.parametrize(
    ("n1", "n0"),
    [
        *((5, 5), (3, 20), (1, 12), (10, 8)),
        *(
            pytest.param(*n, marks=pytest.mark.full)
            for n in ((18, 18), (20, 16), (30, 30), (10, 60))
        ),
    ],
)
def test_the_exact_test_is_wrong_in_no_more_than_5_of_100(n1, n0):
    near = (
        np.abs(scores(n1, n0, 0.0) - 2.2) < 0.8
    )  # below it none is rejected, and above it any may
    rejected = scores(n1, n0, 0.0) > 2.2
    for index in np.flatnonzero(near):
        rejected[index] = two_proportions(*tables_of(n1, n0)[index]).pvalue < 0.05
    assert 0 < probabilities(n1, n0, 0.0, 801)[:, rejected].sum(axis=1).max() <= 0.05 or n1 == 1


def test_the_score_alone_is_wrong_too_often_in_small_arms():
    for n1, n0, size in ((18, 18, 0.0653), (40, 40, 0.0590), (30, 120, 0.0919)):
        far = scores(n1, n0, 0.0)
        wrong = probabilities(n1, n0, 0.0, 1601)[:, far > stats.norm.isf(0.025)].sum(axis=1)
        assert_allclose(wrong.max(), size, atol=2e-4)


def test_large_arms_have_the_limits_and_the_test_of_the_score():
    assert min(125, 115) > SMALLER_TO and EXACT_TO >= 180 * 50
    found = two_proportions(41, 125, 45, 115)
    assert found.estimate.method.code == "score"
    assert two_proportions(41, 180, 20, 50).estimate.method.code == "exact-unconditional"
    for limit in (found.estimate.low, found.estimate.high):
        assert_allclose(abs(score(41, 125, 45, 115, limit)), stats.norm.isf(0.025), rtol=1e-9)
    assert_allclose(found.pvalue, 2 * stats.norm.sf(abs(score(41, 125, 45, 115, 0))), rtol=1e-12)
    assert two_proportions(0, 500, 0, 500).pvalue == 1
    assert two_proportions(500, 500, 0, 500).estimate.high == 1


def test_nobody_with_the_property_and_everybody():
    none, every = two_proportions(0, 18, 0, 14), two_proportions(18, 18, 14, 14)
    assert none.pvalue == every.pvalue == 1
    assert none.estimate.value == 0
    assert none.estimate.low < 0 < none.estimate.high
    assert_allclose(
        [none.estimate.low, none.estimate.high], [-every.estimate.high, -every.estimate.low]
    )
    apart = two_proportions(5, 5, 0, 5)
    assert_allclose(apart.pvalue, 2 / 2**10)
    assert apart.estimate.high == 1
    assert_allclose(two_proportions(1, 1, 0, 1).pvalue, 0.5)


def test_an_arm_of_nobody_has_no_difference():
    found = two_proportions(1, 2, 0, 0)
    assert found.estimate.missing == "not-estimable"
    assert np.isnan(found.pvalue)


@pytest.mark.cases
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        two_proportions(*call)
