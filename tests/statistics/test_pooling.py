"""Meta-analysis of centres: R's metafor, what it rests on below five centres, and its edges."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lib.statistics.pooling import FEWEST, difference_of_rates, meta_analysis
from tests.conftest import parts
from tests.statistics import reference

ENTRIES = {
    entry["id"]: entry["value"]
    for entry in json.loads((reference.GOLDEN / "pooling.json").read_text())["entries"]
}
SETS = sorted({name.split("/")[0] for name in ENTRIES} - {"differences"})


@pytest.mark.parametrize("name", SETS)
def test_it_is_what_metafor_gives(name):
    y, se = (np.array(ENTRIES[f"{name}/{part}"]) for part in ("y", "se"))
    found = meta_analysis(y, se)
    assert_allclose(parts(found.common), ENTRIES[f"{name}/common"], rtol=1e-12)
    assert_allclose([found.q, found.df, found.pvalue], ENTRIES[f"{name}/q"], rtol=1e-9)
    assert_allclose(found.i2, ENTRIES[f"{name}/i2"], rtol=1e-12, atol=1e-15)
    assert_allclose(found.tau2, ENTRIES[f"{name}/tau2"], rtol=1e-7, atol=1e-12)
    if len(y) < FEWEST:
        assert found.average is None and found.prediction is None
        return
    assert_allclose(parts(found.average), ENTRIES[f"{name}/random"], rtol=1e-7)
    limits = [found.prediction.low, found.prediction.high]
    assert_allclose(limits, ENTRIES[f"{name}/prediction"], rtol=1e-7)


def test_differences_of_rates_are_those_of_metafor():
    tables = [(12, 40, 9, 38), (0, 15, 0, 12), (7, 7, 5, 9), (10, 30, 3, 33)]
    y, se = zip(*(difference_of_rates(*each) for each in tables), strict=True)
    assert_allclose(y, ENTRIES["differences/y"], rtol=1e-12)
    assert_allclose(se, ENTRIES["differences/se"], rtol=1e-12)


effects = st.lists(
    st.tuples(st.floats(-3, 3), st.floats(0.05, 2)), min_size=FEWEST, max_size=12
).map(lambda pairs: tuple(map(np.array, zip(*pairs, strict=True))))


@given(effects)
def test_the_variance_between_centres_has_the_highest_restricted_likelihood(given_effects):
    y, se = given_effects
    found = meta_analysis(y, se)

    def minus(tau2):
        w = 1 / (se**2 + tau2)
        mean = (w * y).sum() / w.sum()
        return -np.log(w).sum() + np.log(w.sum()) + (w * (y - mean) ** 2).sum()

    tries = np.concatenate([[0], np.geomspace(1e-6, 30, 400)])
    assert minus(found.tau2) <= min(map(minus, tries)) + 1e-9


@given(effects)
def test_limits_are_never_narrower_where_centres_may_differ(given_effects):
    found = meta_analysis(*given_effects)
    wide = found.average.high - found.average.low
    assert wide >= (found.common.high - found.common.low) * (1 - 1e-12)
    assert found.prediction.low <= found.average.low <= found.average.high <= found.prediction.high
    assert_allclose(found.weights.sum(), 1)


def test_ratios_are_the_exponentials():
    plain, ratio = (meta_analysis([0.1, -0.3], [0.2, 0.4], log=log) for log in (False, True))
    assert_allclose(parts(ratio.common), np.exp(parts(plain.common)))


def test_one_centre_is_its_own_effect_and_tells_nothing_of_others():
    found = meta_analysis([0.5], [0.1])
    assert_allclose(parts(found.common), [0.5, 0.5 - 0.1959964, 0.5 + 0.1959964], rtol=1e-6)
    assert np.isnan([found.pvalue, found.i2, found.tau2]).all() and found.df == 0


@pytest.mark.parametrize(
    ("y", "se"), [([], []), ([1], [0]), ([1], [np.inf]), ([1, 2], [1]), ([np.nan], [1])]
)
def test_what_cannot_be_combined_is_refused(y, se):
    with pytest.raises(ValueError, match="must be"):
        meta_analysis(y, se)


@pytest.mark.parametrize("counts", [(1, 0, 1, 2), (3, 2, 1, 2), (-1, 2, 1, 2)])
def test_impossible_rates_are_refused(counts):
    with pytest.raises(ValueError, match="each arm"):
        difference_of_rates(*counts)
