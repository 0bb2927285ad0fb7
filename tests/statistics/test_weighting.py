"""Weighting: exact balance, separation, limits by equations, E-values and power, edges."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize

from lib.statistics import cox
from lib.statistics.balance import standardized_difference
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate
from lib.statistics.survival import kaplan_meier, rmst_difference
from lib.statistics.weighting import (
    Weighed,
    contrast_of,
    detectable_hazard_ratio,
    e_value,
    mean_propensity,
    mean_weights,
    overlap_contrast,
    overlap_weights,
    propensity,
    weighted_comparison,
)

RANDOM = np.random.default_rng(8)
N = 80
AGE, SITE = RANDOM.normal(60, 10, N), RANDOM.integers(0, 3, N)
GROUP = RANDOM.random(N) < 1 / (1 + np.exp(-(AGE - 60) / 8))
COVARIATES = [Covariate("age", AGE), Covariate("site", SITE, ("colon", "rectum", "other"))]
DATA = TimeToEvent(np.round(RANDOM.exponential(12, N), 1), RANDOM.random(N) < 0.7)


def test_overlap_weights_balance_every_column_exactly():
    weights = overlap_weights(GROUP, propensity(GROUP, COVARIATES).value)
    before, after = (
        [
            standardized_difference(
                each.values[GROUP], each.values[~GROUP], len(each.levels) or None, *by_group
            )
            for each in COVARIATES
        ]
        for by_group in ((), (weights.value[GROUP], weights.value[~GROUP]))
    )
    assert abs(before[0].value) > 0.5
    assert_allclose([b.value for b in after], 0, atol=1e-9)
    assert_allclose([after[0].n0, after[0].n1], weights.effective)


def test_separation_is_noticed_and_answered_with_firth():
    group = np.arange(20) >= 10
    fit = propensity(group, [Covariate("x", np.arange(20.0))])
    assert fit.separated and "Firth" in fit.method
    z = (np.arange(20) - 9.5) / np.arange(20).std()
    x = np.column_stack([np.ones(20), z])

    def loss(beta):
        p = 1 / (1 + np.exp(-x @ beta))
        likelihood = np.log(np.where(group, p, 1 - p)).sum()
        return -likelihood - 0.5 * np.linalg.slogdet((x.T * (p * (1 - p))) @ x)[1]

    best = optimize.minimize(loss, [0.0, 1.0], tol=1e-12).x
    assert_allclose(fit.value, 1 / (1 + np.exp(-x @ best)), atol=1e-5)
    assert not propensity(GROUP, COVARIATES).separated


def test_missing_covariates_have_no_propensity_and_no_weight():
    age = AGE.copy()
    age[5] = np.nan
    fit = propensity(GROUP, [Covariate("age", age)])
    assert np.isnan(fit.value[5]) and np.isfinite(np.delete(fit.value, 5)).all()
    assert overlap_weights(GROUP, fit.value).value[5] == 0


def test_a_column_that_follows_from_others_changes_nothing():
    one = propensity(GROUP, [Covariate("age", AGE)])
    two = propensity(GROUP, [Covariate("age", AGE), Covariate("months", AGE * 12)])
    assert_allclose(one.value, two.value, atol=1e-10)
    assert np.isnan(two.coefficients[2])


def weighted(groups=("reference", "comparison")):
    weight = overlap_weights(GROUP, propensity(GROUP, COVARIATES).value).value
    return count(TimeToEvent(DATA.time, DATA.event, None, weight), GROUP.astype(int), groups)


def test_values_are_those_of_the_weighted_table_and_limits_are_near_those_of_known_weights():
    got, table = weighted_comparison(DATA, GROUP, [COVARIATES], tau=18), weighted()
    for one, name in zip(got.curves, table.groups, strict=True):
        line = kaplan_meier(table.group(name))
        assert_array_equal(one.time, line.time)
        assert_allclose(one.survival, line.survival, atol=1e-12)
        assert np.mean((one.low <= one.survival) & (one.survival <= one.high)) > 0.95
        middle = (line.survival > 0.2) & (line.survival < 0.8)
        width = (one.high - one.low)[middle] / (2 * 1.96 * line.std_error[middle])
        assert 0.7 < np.median(width) < 1.3
    hazard = cox.hazard_ratio(table, *table.groups)
    assert_allclose(got.ratio.value, hazard.ratio.value, rtol=1e-10)
    mean = rmst_difference(table, *table.groups, 18).difference
    assert_allclose(got.difference.value, mean.value, atol=1e-10)
    for found, known, scale in ((got.ratio, hazard.robust, np.log), (got.difference, mean, float)):
        assert found.low < found.value < found.high
        width = scale(found.high) - scale(found.low)
        assert 0.7 < width / (scale(known.high) - scale(known.low)) < 1.3
    assert got.ratio.confidence == 0.95
    assert got.missing_information == 0


def test_limits_are_near_those_of_a_bootstrap_of_the_whole_procedure():
    got = weighted_comparison(DATA, GROUP, [COVARIATES], tau=18)
    random, drawn = np.random.default_rng(9), []
    members = [np.flatnonzero(~GROUP), np.flatnonzero(GROUP)]
    for _draw in range(400):
        rows = np.concatenate([random.choice(m, len(m)) for m in members])
        again = [Covariate(c.name, c.values[rows], c.levels) for c in COVARIATES]
        one = overlap_contrast(DATA.where(rows), GROUP[rows], again, tau=18)
        drawn.append((one.difference, one.log_ratio))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    solved = (got.difference.high - got.difference.low, np.log(got.ratio.high / got.ratio.low))
    assert_allclose(solved, high - low, rtol=0.15)


def test_errors_by_equations_are_those_of_leaving_out_one_patient_after_the_other():
    got = overlap_contrast(DATA, GROUP, COVARIATES, tau=18)
    left = []
    for out in range(N):
        kept = np.arange(N) != out
        covariates = [Covariate(c.name, c.values[kept], c.levels) for c in COVARIATES]
        one = overlap_contrast(DATA.where(kept), GROUP[kept], covariates, tau=18)
        left.append([one.difference, one.log_ratio, *(c.at(10).value for c in one.curves)])
    jackknife = np.sqrt((N - 1) * np.var(left, axis=0))
    curves = [c.std_error[np.searchsorted(c.time, 10, side="right") - 1] for c in got.curves]
    assert_allclose([got.difference_error, got.ratio_error, *curves], jackknife, rtol=0.08)


def test_rows_that_are_alike_may_be_summed():
    data = TimeToEvent(np.ceil(DATA.time / 4), DATA.event)
    got = overlap_contrast(data, GROUP, COVARIATES, tau=4)
    each = Weighed.of_rows(data, GROUP, got.propensity.value, COVARIATES)
    _, first, at = np.unique(
        np.stack([GROUP, data.time, data.event]), axis=1, return_index=True, return_inverse=True
    )
    assert len(first) < N / 2

    def summed(values):
        found = np.zeros((len(first), *values.shape[1:]), values.dtype)
        np.add.at(found, at, values)
        return found

    sums = (summed(part) for part in (each.n, each.weight, each.square, each.spread))
    keys = (each.group[first], each.time[first], each.event[first])
    lines = Weighed(*keys, *sums, each.information, each.squares)
    same = contrast_of(lines, got.propensity, got.weights, tau=4)
    for name in ("log_ratio", "ratio_error", "difference", "difference_error"):
        assert_allclose(getattr(same, name), getattr(got, name), rtol=1e-10)
    for one, two in zip(same.curves, got.curves, strict=True):
        assert_allclose(one.survival, two.survival, rtol=1e-10)
        assert_allclose(one.std_error, two.std_error, rtol=1e-9, atol=1e-12)


def test_completed_sets_are_weighted_each_and_pooled():
    sets = []
    for seed in range(5):
        age = AGE.copy()
        age[:20] = np.random.default_rng(seed).permutation(AGE)[:20]
        sets.append([Covariate("age", age), COVARIATES[1]])
    found = [overlap_contrast(DATA, GROUP, each, tau=18) for each in sets]
    got = weighted_comparison(DATA, GROUP, sets, tau=18)
    assert_allclose(got.difference.value, np.mean([each.difference for each in found]))
    assert_allclose(got.ratio.value, np.exp(np.mean([each.log_ratio for each in found])))
    within = np.mean([each.difference_error**2 for each in found])
    between = 1.2 * np.var([each.difference for each in found], ddof=1)
    half = (got.difference.high - got.difference.low) / 2
    assert 1.96 < half / np.sqrt(within + between) < 2.1
    assert 0 < got.missing_information < 1
    fits = [each.propensity for each in found]
    assert_allclose(got.propensity.value, np.mean([fit.value for fit in fits], axis=0))
    assert_allclose(
        got.weights.effective, np.mean([each.weights.effective for each in found], axis=0)
    )
    assert mean_propensity(fits[:1]) is fits[0]
    assert_array_equal(mean_weights([found[0].weights]).value, found[0].weights.value)


def test_what_equations_cannot_say():
    assert weighted_comparison(DATA, GROUP, [COVARIATES]).difference is None
    beyond = weighted_comparison(DATA, GROUP, [COVARIATES], tau=500).difference
    assert beyond.missing == "not-estimable"
    age = Covariate("age", np.where(np.arange(N) == 3, np.nan, AGE))
    with pytest.raises(ValueError, match="known of all"):
        overlap_contrast(DATA, GROUP, [age])
    with pytest.raises(ValueError, match="without weights"):
        overlap_contrast(TimeToEvent([1, 2], [1, 1], None, [1, 2]), [True, False], [age])


def test_e_values():
    got = e_value(3.9, 1.8, 8.7)
    risk = (1 - 0.5 ** np.sqrt(3.9)) / (1 - 0.5 ** np.sqrt(1 / 3.9))
    assert_allclose(got.value, risk + np.sqrt(risk * (risk - 1)))
    assert_allclose(e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).value, got.value)
    assert_allclose(e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).limit, got.limit)
    rare = e_value(3.9, 1.8, 8.7, rare=True)  # VanderWeele & Ding (2017): 7.26 and 3.0
    assert_allclose((rare.value, rare.limit), (7.26, 3.0), atol=5e-3)
    assert e_value(1.5, 0.9, 2.5).limit == 1
    assert e_value(1, 0.5, 2).value == 1
    assert e_value(np.nan, np.nan, np.nan).missing == "not-estimable"


def test_detectable_hazard_ratio():
    found = [detectable_hazard_ratio(events) for events in (10, 20, 24, 40, 100)]
    assert_allclose(found, [0.17, 0.29, 0.32, 0.41, 0.57], atol=5e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: propensity(GROUP, []), "at least one"),
        (lambda: propensity(GROUP * 0, COVARIATES), "both groups"),
        (lambda: overlap_weights(GROUP, np.full(N, 2.0)), "within 0 and 1"),
        (lambda: e_value(0, 1, 2), "more than 0"),
        (lambda: detectable_hazard_ratio(0), "1 or more"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
