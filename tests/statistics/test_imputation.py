"""Imputation: pooling as R's mice does it, and coverage where the truth is known."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lib.statistics.imputation import (
    cumulative_hazard,
    enough,
    impute,
    pooled,
    pooled_curve,
    pooled_model,
)
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate, cox_regression
from lib.statistics.survival import kaplan_meier
from tests.conftest import parts
from tests.statistics.reference import GOLDEN, floats, numbers

ENTRIES = {
    entry["id"]: numbers(entry["value"])
    for entry in json.loads((GOLDEN / "imputation.json").read_text())["entries"]
}
TRUTH = (0.5, 0.6, 0.5, 0.3, -0.3)


def cohort(random, n):
    """What is known of `whole_cohort`."""
    return whole_cohort(random, n)[:3]


def whole_cohort(random, n):
    """Confounded arms; what is missing depends on arm and outcome, which are known (MAR).

    Covariates as they are known, and as they are.
    """
    size = random.normal(0, 1, n)
    spread = (random.random(n) < 1 / (1 + np.exp(-0.6 * size))).astype(int)
    site = random.integers(0, 3, n)
    arm = (random.random(n) < 1 / (1 + np.exp(-(0.7 * size + 0.5 * spread - 0.3)))).astype(int)
    pull = 0.5 * arm + 0.6 * size + 0.5 * spread + np.array([0, 0.3, -0.3])[site]
    death, end = random.exponential(20, n) / np.exp(pull), random.uniform(6, 40, n)
    data = TimeToEvent(np.minimum(death, end), (death <= end).astype(int))
    gone = [
        random.random(n) < 1 / (1 + np.exp(-odds))
        for odds in (
            -2 + 2 * arm * data.event,
            -1.4 - 0.6 * arm + 0.8 * data.event,
            np.full(n, -1.7),
        )
    ]
    covariates = (
        Covariate("size", np.where(gone[0], np.nan, size)),
        Covariate("spread", np.where(gone[1], -1, spread), ("no", "yes")),
        Covariate("site", np.where(gone[2], -1, site), ("a", "b", "c")),
    )
    true = (size, spread, site)
    whole = [replace(each, values=v) for each, v in zip(covariates, true, strict=True)]
    return data, arm, covariates, whole


def fitted(data, arm, covariates):
    model = cox_regression(data, [Covariate("arm", arm, ("a", "b")), *covariates])
    return [(term.log_ratio, term.std_error) for term in model.terms], model.events


def answered(data, arm, covariates, imputations, random):
    """Coefficients pooled over imputations."""
    found = [fitted(data, arm, each) for each in impute(covariates, arm, data, imputations, random)]
    terms, events = np.array([terms for terms, _events in found]), found[0][1]
    return [
        pooled(terms[:, k, 0], terms[:, k, 1] ** 2, events - len(TRUTH)) for k in range(len(TRUTH))
    ]


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.startswith("pool/")])
def test_pooling_is_that_of_mice(name):
    golden = ENTRIES[name]
    found = pooled(golden["q"], golden["u"], golden["complete_df"])
    got = [found.std_error, found.df, found.missing_information, found.pvalue]
    assert_allclose(got, [golden[each] for each in ("error", "df", "fmi", "p")], rtol=1e-6)
    estimate = found.estimate
    got = parts(estimate)
    assert_allclose(got, [golden[each] for each in ("value", "low", "high")], rtol=1e-6)
    ratio = pooled(golden["q"], golden["u"], golden["complete_df"], log=True).estimate
    assert_allclose(parts(ratio), np.exp(got), rtol=1e-6)
    assert found.imputations == len(golden["q"])


def test_pooling_by_hand():
    """Within 0.04, between 0.01: total 0.04 + 1.5 x 0.01, of which 3/11 are by the draws."""
    found = pooled([0.4 - 0.005**0.5, 0.4 + 0.005**0.5], [0.04, 0.04])
    assert_allclose(found.std_error, 0.055**0.5)
    assert_allclose(found.df, (11 / 3) ** 2)


def test_pooling_of_what_does_not_vary_is_what_was_there():
    found = pooled([0.5, 0.5, 0.5], [0.04, 0.04, 0.04], 30)
    assert_allclose([found.estimate.value, found.std_error, found.df], [0.5, 0.2, 31 / 33 * 30])
    assert found.missing_information < 0.1
    normal = pooled([0.5, 0.5], [0.04, 0.04])
    assert_allclose(normal.estimate.high, 0.5 + 1.959964 * 0.2, rtol=1e-6)
    one = pooled([0.5], [0.04], 12)
    assert_allclose([one.estimate.value, one.std_error, one.df], [0.5, 0.2, 12])
    for undefined in (pooled([], []), pooled([0.5, np.nan], [0.04, 0.04])):
        assert undefined.estimate.missing == "not-estimable"


def test_the_hazard_at_the_end_of_follow_up_is_that_of_r():
    time, status = floats("data/lung.csv", "time"), floats("data/lung.csv", "status")
    found = cumulative_hazard(TimeToEvent(time, status == 2))
    assert_allclose(found, ENTRIES["hazard/lung"], rtol=1e-9)


def test_what_is_known_stays_and_what_is_drawn_was_seen():
    data, arm, covariates = cohort(np.random.default_rng(3), 80)
    sets = impute(covariates, arm, data, 7, np.random.default_rng(1))
    assert len(sets) == 7
    for each in sets:
        for before, after in zip(covariates, each, strict=True):
            assert after.known.all()
            known = before.known
            assert_array_equal(after.values[known], before.values[known])
            assert set(after.values) <= set(before.values[known])
    size = np.array([each[0].values for each in sets])[:, ~covariates[0].known]
    assert (size.std(axis=0) > 0).all()  # what is missing differs between sets


def test_the_seed_decides_every_draw():
    data, arm, covariates = cohort(np.random.default_rng(3), 50)
    one, other, else_ = (
        impute(covariates, arm, data, 3, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    values = [np.array([[c.values for c in each] for each in sets]) for sets in (one, other, else_)]
    assert_array_equal(values[0], values[1])
    assert (values[0] != values[2]).any()


def test_without_anything_missing_all_sets_are_what_was_given():
    data, arm, covariates = cohort(np.random.default_rng(3), 40)
    (full, *_rest) = impute(covariates, arm, data, 2, np.random.default_rng(1))
    for each in impute(full, arm, data, 3, np.random.default_rng(2)):
        for before, after in zip(full, each, strict=True):
            assert_array_equal(after.values, before.values)


def test_a_covariate_follows_what_it_is_made_of():
    random = np.random.default_rng(9)
    n = 200
    x, arm = random.normal(0, 1, n), random.integers(0, 2, n)
    gone = random.random(n) < 0.4
    twice = Covariate("twice", np.where(gone, np.nan, 2 * x + 10 * arm))
    level = (x > -0.5).astype(int) + (x > 0.5)
    levels = Covariate("level", np.where(~gone, level, -1), ("low", "middle", "high"))
    for each in impute((Covariate("x", x), twice, levels), arm, None, 5, random):
        drawn = each[1].values[gone]
        assert np.corrcoef(drawn, (2 * x + 10 * arm)[gone])[0, 1] > 0.97
        assert np.mean(each[2].values[gone] == level[gone]) > 0.75


def test_separated_levels_and_few_patients_are_imputed_too():
    random = np.random.default_rng(2)
    arm = np.repeat([0, 1], 6)
    flag = Covariate("flag", np.array([0, 0, 0, 0, -1, -1, 1, 1, 1, 1, -1, -1]), ("no", "yes"))
    alike = Covariate("alike", np.array([*[1.0] * 11, np.nan]))
    one = Covariate("one", np.array([*[1] * 11, -1]), ("no", "yes"))
    data = TimeToEvent(np.arange(1.0, 13), np.tile([0, 1], 6))
    sets = impute((flag, alike, one), arm, data, 200, random)
    assert all(each[1].values[11] == 1 and each[2].values[11] == 1 for each in sets)
    yes = np.mean([each[0].values for each in sets], axis=0)
    assert (yes[4:6] < 0.5).all()
    assert (yes[10:] > 0.5).all()


def test_more_columns_enter_each_model():
    random = np.random.default_rng(4)
    response = random.random(150) < 0.5
    x = Covariate("x", np.where(random.random(150) < 0.4, np.nan, 3.0 * response))
    arm = random.integers(0, 2, 150)
    for each in impute((x,), arm, None, 4, random, also=response):
        assert_array_equal(each[0].values, 3.0 * response)


def test_arms_may_have_models_of_their_own():
    random = np.random.default_rng(8)
    z, arm = random.normal(0, 1, 160), random.integers(0, 2, 160)
    truth = np.where(arm == 1, z, -z)
    x = Covariate("x", np.where(random.random(160) < 0.3, np.nan, truth))
    for separately, least, most in ((True, 0.95, 1), (False, -0.5, 0.5)):
        sets = impute((Covariate("z", z), x), arm, None, 5, random, separately=separately)
        drawn = np.array([each[1].values[~x.known] for each in sets])
        assert least < np.corrcoef(drawn.ravel(), np.tile(truth[~x.known], 5))[0, 1] <= most
    with pytest.raises(ValueError, match="known of somebody"):
        impute((x,), (~x.known).astype(int), None, 2, random, separately=True)


def test_how_many_are_enough():
    most = Covariate("x", np.where(np.arange(100) < 33, np.nan, 1.0))
    some = Covariate("y", np.where(np.arange(100) >= 95, np.nan, 1.0))
    assert enough((most, some)) == 38
    assert enough((some,)) == 20


def test_bad_requests_are_refused():
    random, x = np.random.default_rng(1), Covariate("x", np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="known of somebody"):
        impute((Covariate("x", np.full(2, np.nan)),), [0, 1], None, 2, random)
    with pytest.raises(ValueError, match="as long as arm"):
        impute((x,), [0, 1, 1], None, 2, random)
    with pytest.raises(ValueError, match="none missing"):
        impute((x,), [0, 1], None, 2, random, also=[1, np.nan])
    with pytest.raises(ValueError, match="must be alike"):
        pooled([1, 2], [1])
    with pytest.raises(ValueError, match="at the same times"):
        pooled_curve([kaplan_meier(count(TimeToEvent([at], [1]))) for at in (1.0, 2.0)])


def test_imputed_estimates_are_near_those_of_all_values_and_complete_patients_ones_are_not():
    random, off = np.random.default_rng(12), []
    for _ in range(60):
        data, arm, covariates, whole = whole_cohort(random, 200)
        truth = fitted(data, arm, whole)[0][0][0]
        mine = answered(data, arm, covariates, 5, random)[0].estimate.value
        off.append((mine - truth, fitted(data, arm, covariates)[0][0][0] - truth))
    mine, complete = np.mean(off, axis=0)
    assert abs(mine) < 0.05 < -complete


def test_models_are_pooled_term_by_term():
    random = np.random.default_rng(6)
    data, arm, covariates = cohort(random, 120)
    models = [
        cox_regression(data, [Covariate("arm", arm, ("a", "b")), *each])
        for each in impute(covariates, arm, data, 4, random)
    ]
    found = pooled_model(models)
    for k, term in enumerate(found.terms):
        same = [model.terms[k] for model in models]
        by_hand = pooled(
            [each.log_ratio for each in same],
            [each.std_error**2 for each in same],
            models[0].events - len(found.terms),
            log=True,
        )
        assert term.ratio == by_hand.estimate and term.pvalue == by_hand.pvalue
        assert_allclose(np.exp(term.log_ratio), term.ratio.value)
        tests = [each.proportional_hazards.pvalue for each in same]
        assert term.proportional_hazards.pvalue == np.median(tests)
    assert (found.n, found.events) == (120, models[0].events)
    assert pooled_model(models[:1]) is models[0]


@pytest.mark.full
@pytest.mark.parametrize(("n", "imputations"), [(60, 20), (150, 10)])
def test_pooled_limits_hold_the_truth_as_often_as_they_say(n, imputations):
    random, held = np.random.default_rng(n), []
    for _ in range(400):
        data, arm, covariates = cohort(random, n)
        found = answered(data, arm, covariates, imputations, random)
        held.append(
            [e.estimate.low <= t <= e.estimate.high for e, t in zip(found, TRUTH, strict=True)]
        )
    assert 0.93 <= np.mean(held) <= 0.97
    assert (np.mean(held, axis=0) > 0.92).all()


def test_a_pooled_curve_lies_between_those_pooled_and_has_a_median():
    time, event = np.arange(1.0, 31), np.tile([1, 1, 0], 10)
    curves = [
        kaplan_meier(count(TimeToEvent(time, event, None, np.linspace(1, last, 30))))
        for last in (0.5, 1, 1.5)
    ]
    found = pooled_curve(curves)
    each = np.stack([curve.survival for curve in curves])
    assert (found.survival <= each.max(axis=0) + 1e-12).all()
    assert (found.survival >= each.min(axis=0) - 1e-12).all()
    assert np.all(np.diff(found.survival) <= 1e-12)
    at = 10
    theta = [np.log(-np.log(curve.survival[at])) for curve in curves]
    error = [
        curve.std_error[at] / abs(curve.survival[at] * np.log(curve.survival[at]))
        for curve in curves
    ]
    by_hand = pooled(theta, np.square(error))
    assert_allclose(found.high[at], np.exp(-np.exp(by_hand.estimate.low)))
    assert_allclose(found.survival[at], np.exp(-np.exp(by_hand.estimate.value)))
    medians = [curve.median().value for curve in curves]
    assert min(medians) <= found.median().value <= max(medians)
    same = pooled_curve([curves[1]] * 3)
    assert_allclose(same.survival, curves[1].survival)
    assert_allclose(same.low, curves[1].low, equal_nan=True)
