"""Tests of interaction: R, an independent maximization, edges, and the size under no effect."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, special

from lib.statistics import cox
from lib.statistics.estimate import Missing
from lib.statistics.interaction import of_differences, of_hazard_ratios
from lib.statistics.life_table import TimeToEvent, count
from tests.statistics import reference

ENTRIES = {
    entry["id"]: entry["value"]
    for entry in json.loads((reference.GOLDEN / "interaction.json").read_text())["entries"]
}


def lung_tables(stratum):
    path = "data/lung.csv"
    ecog = reference.floats(path, "ph.ecog")
    kept = ecog < 3
    codes = stratum(reference.floats(path, "age"), ecog)
    data = TimeToEvent(reference.floats(path, "time"), reference.floats(path, "status") == 2)
    female = (reference.floats(path, "sex") == 2).astype(int)
    return [
        count(data.where(kept & (codes == s)), female[kept & (codes == s)], ("male", "female"))
        for s in np.unique(codes[kept])
    ]


@pytest.mark.parametrize(
    ("name", "stratum"),
    [("lung_ecog", lambda age, ecog: ecog), ("lung_age", lambda age, ecog: age >= 65)],
)
def test_of_hazard_ratios_agrees_with_r(name, stratum):
    found = of_hazard_ratios(lung_tables(stratum), "male", "female")
    statistic, df = ENTRIES[f"hazards/{name}"]
    assert_allclose(found.statistic, statistic, rtol=1e-9)
    assert found.df == df
    assert_allclose(found.pvalue, special.chdtrc(df, statistic), rtol=1e-9)


TWO = ((12, 9), (20, 25), (6, 11), (18, 22))
THREE = ((30, 11, 8), (45, 40, 30), (15, 16, 9), (40, 38, 25))


@pytest.mark.parametrize(("name", "counts"), [("two", TWO), ("three", THREE)])
def test_of_differences_agrees_with_r(name, counts):
    found = of_differences(*counts)
    statistic, df, _common = ENTRIES[f"differences/{name}"]
    assert_allclose(found.statistic, statistic, rtol=1e-9)
    assert found.df == df


def profile(common, k1, n1, k0, n0):
    """The log-likelihood of one stratum at a common difference, maximized by search."""

    def loss(p0):
        p1 = p0 + common
        return -float(
            special.xlogy(k1, p1)
            + special.xlogy(n1 - k1, 1 - p1)
            + special.xlogy(k0, p0)
            + special.xlogy(n0 - k0, 1 - p0)
        )

    low, high = max(0.0, -common), min(1.0, 1 - common)
    best = optimize.minimize_scalar(
        loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    edges = [(loss(low), low), (loss(high), high), (best.fun, best.x)]
    value, p0 = min(edges)
    return -value, p0


strata = st.lists(
    st.tuples(st.integers(1, 15), st.integers(1, 15)).flatmap(
        lambda n: st.tuples(
            st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1])
        )
    ),
    min_size=2,
    max_size=4,
)


@given(strata)
def test_of_differences_is_the_score_at_the_most_likely_common_difference(rows):
    found = of_differences(*zip(*rows, strict=True))

    def loss(common):
        return -sum(profile(common, *row)[0] for row in rows)

    grid = np.linspace(-1, 1, 81)
    start = min(grid, key=loss)
    best = optimize.minimize_scalar(
        loss,
        bounds=(max(-1, start - 0.03), min(1, start + 0.03)),
        method="bounded",
        options={"xatol": 1e-12},
    ).x
    best = min((best, start, 0.0), key=loss)
    total = 0.0
    for k1, n1, k0, n0 in rows:
        p0 = profile(best, k1, n1, k0, n0)[1]
        p1 = np.clip(p0 + best, 0, 1)
        variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
        if variance > 1e-7:
            total += (k1 / n1 - k0 / n0 - best) ** 2 / variance
    assert_allclose(found.statistic, total, rtol=2e-3, atol=2e-3)
    assert found.df == len(rows) - 1
    assert 0 <= found.pvalue <= 1


def test_of_differences_is_0_where_all_differences_are_alike():
    assert_allclose(of_differences((5, 10), (10, 20), (2, 4), (10, 20)).statistic, 0, atol=1e-12)
    assert of_differences((0, 0), (10, 20), (0, 0), (10, 20)).statistic == 0
    full = of_differences((10, 20), (10, 20), (10, 20), (10, 20))
    assert_allclose(full.statistic, 0, atol=1e-12)


def test_of_differences_keeps_its_size_where_nothing_differs():
    """With 15 patients an arm in each of three strata, and rates far apart between strata."""
    random, n = np.random.default_rng(5), 15
    rates = np.array([0.1, 0.4, 0.8])
    below = 0
    for _ in range(2000):
        k1, k0 = random.binomial(n, rates + 0.1), random.binomial(n, rates)
        below += of_differences(k1, [n] * 3, k0, [n] * 3).pvalue < 0.05
    assert 0.03 < below / 2000 < 0.07


def test_fewer_than_two_strata_that_tell_something_are_not_tested():
    alone = count(TimeToEvent([1, 2, 3], [1, 0, 1]), [0, 0, 0], ("a", "b"))
    both = count(TimeToEvent([1, 2, 3, 4], [1, 1, 1, 1]), [0, 1, 0, 1], ("a", "b"))
    for tables in ([], [both], [both, alone]):
        found = of_hazard_ratios(tables, "a", "b")
        assert np.isnan(found.pvalue) and found.missing is Missing.NOT_ESTIMABLE
    assert np.isnan(of_differences((1,), (2,), (1,), (2,)).pvalue)
    with pytest.raises(ValueError, match="both groups"):
        of_differences((1, 0), (2, 0), (1, 1), (2, 2))


def test_a_stratum_in_which_the_ratio_diverges_still_tells_something():
    apart = count(TimeToEvent([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0]), [0, 0, 0, 1, 1, 1], "ab")
    other = count(TimeToEvent([1, 2, 3, 4, 5, 6], [1] * 6), [1, 1, 1, 0, 0, 0], "ab")
    assert cox.hazard_ratio(apart, "a", "b").diverged
    found = of_hazard_ratios([apart, other], "a", "b")
    assert found.df == 1 and found.pvalue < 0.05
