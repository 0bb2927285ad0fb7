"""Cox regression: agreement with R, with the life table, and with brute force."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize

from lib.statistics.cox import hazard_ratio
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate, cox_regression
from tests.statistics import reference
from tests.statistics.reference import GEHAN, GEHAN_GROUP, gehan, numbers

MODELS = {
    "coxmulti_age_sex_ecog_efron": ["age", "sex", "ph.ecog"],
    "coxmulti_trt_cell_karno_age_efron": ["trt", "celltype", "karno", "age"],
    "coxmulti_age_rx_ecog_efron": ["age", "rx", "ecog.ps"],
}
CELLS = ("squamous", "smallcell", "adeno", "large")


def covariate(entry, name):
    if name == "celltype":
        return Covariate(name, reference.coded(entry, name, list(CELLS))[0], CELLS)
    return Covariate(name, reference.floats(entry["csv"], name))


def compare(got, golden, robust):
    assert_allclose([t.log_ratio for t in got.terms], golden["coef"], rtol=1e-8)
    assert_allclose([t.std_error for t in got.terms], golden["se"], rtol=1e-9)
    assert_allclose(got.log_likelihood, golden["loglik"], rtol=1e-9)
    assert (got.n, got.events) == (golden["n"], golden["nevent"])
    if robust:
        assert_allclose([t.robust_std_error for t in got.terms], golden["robust_se"], rtol=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_several_covariates(model):
    (entry,) = [each for each in reference.entries() if each["quantity"] == model]
    golden, data = numbers(entry["value"]), reference.follow_up(entry)
    got = cox_regression(data, [covariate(entry, name) for name in MODELS[model]])
    compare(got, golden, robust=True)
    shown = [t.ratio for t in got.terms]
    assert_allclose([r.value for r in shown], golden["hr"], rtol=1e-8)
    assert_allclose([r.low for r in shown], golden["hr_lower"], rtol=1e-8)
    assert_allclose([r.high for r in shown], golden["hr_upper"], rtol=1e-8)
    assert_allclose([t.pvalue for t in got.terms], golden["p"], rtol=1e-6)
    tests = [*(t.proportional_hazards for t in got.terms), got.proportional_hazards]
    assert_allclose([t.statistic for t in tests], golden["zph"]["km"]["chisq"], rtol=1e-6)
    assert [t.df for t in tests] == golden["zph"]["km"]["df"]
    assert got.left_out == len(data) - golden["n"] and not got.diverged


OF_GROUPS = [
    each
    for each in reference.having("cox_")["argvalues"]
    if each["quantity"].endswith("efron") and not each["strata"]
]


@pytest.mark.parametrize("entry", OF_GROUPS, ids=lambda entry: entry["id"])
def test_groups_as_levels(entry):
    golden = numbers(entry["value"])
    codes, levels = reference.coded(entry, entry["group"], entry["levels"])
    got = cox_regression(reference.follow_up(entry), [Covariate("group", codes, tuple(levels))])
    robust = "robust" in entry["quantity"] or entry["weights"]
    compare(got, golden, robust)
    assert [t.level for t in got.terms] == levels[1:]
    assert {t.reference for t in got.terms} == {levels[0]}


def test_a_group_has_the_ratio_of_the_life_table():
    table = hazard_ratio(gehan(), "6-MP", "placebo")
    model = cox_regression(GEHAN, [Covariate("arm", GEHAN_GROUP, ("6-MP", "placebo"))])
    (term,) = model.terms
    assert_allclose(term.log_ratio, table.log_ratio, rtol=1e-10)
    assert_allclose(term.std_error, table.std_error, rtol=1e-10)
    assert_allclose(term.robust_std_error, table.robust_std_error, rtol=1e-10)
    assert_allclose(
        term.proportional_hazards.statistic, table.proportional_hazards.statistic, rtol=1e-8
    )
    assert_allclose(model.log_likelihood, table.log_likelihood, rtol=1e-12)


SMALL = TimeToEvent([1, 2, 2, 3, 4, 5, 6, 7, 7, 9], [1, 1, 1, 1, 0, 1, 1, 1, 0, 0])
DOSE = np.array([3.0, 1, 2, 5, 4, 1, 0, 2, 1, 0])
BEYOND = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 0])  # nobody of level 0 had an event


def penalized(beta, x):
    """Efron's likelihood and Jeffreys' prior, from their definitions."""
    total, information = 0.0, np.zeros((x.shape[1],) * 2)
    event = SMALL.event > 0
    for t in np.unique(SMALL.time[event]):
        risk, dead = SMALL.time >= t, event & (SMALL.time == t)
        total += (x[dead] @ beta).sum()
        for i in range(dead.sum()):
            w = np.exp(x @ beta) * (risk - i / dead.sum() * dead)
            total -= np.log(w.sum())
            mean = w @ x / w.sum()
            information += (x.T * w) @ x / w.sum() - np.outer(mean, mean)
    return total + 0.5 * np.linalg.slogdet(information)[1]


def test_separation_is_named_and_the_others_are_estimated():
    covariates = [Covariate("dose", DOSE), Covariate("seen", BEYOND)]
    got = cox_regression(SMALL, covariates)
    assert got.diverged and [t.diverged for t in got.terms] == [False, True]
    assert got.terms[1].ratio.missing == "not-estimable" and np.isnan(got.terms[1].pvalue)
    assert np.isfinite(got.terms[0].log_ratio)


def test_firth_maximizes_the_penalized_likelihood_with_profile_limits():
    x = np.column_stack([DOSE, BEYOND]).astype(float)
    got = cox_regression(SMALL, [Covariate("dose", DOSE), Covariate("seen", BEYOND)], firth=True)
    beta = np.array([t.log_ratio for t in got.terms])
    best = optimize.minimize(lambda b: -penalized(b, x), [0, 1], tol=1e-12)
    assert_allclose(beta, best.x, atol=1e-4)
    assert_allclose(penalized(beta, x), -best.fun, atol=1e-9)
    assert not got.diverged and "Firth" in got.method
    for k, term in enumerate(got.terms):
        for limit in (term.ratio.low, term.ratio.high):

            def others(b, k=k, limit=limit):
                return -penalized(np.insert(b, k, np.log(limit)), x)

            fixed = -optimize.minimize(others, [0.0], tol=1e-12).fun
            assert_allclose(2 * (penalized(beta, x) - fixed), 3.841458821, atol=1e-6)


def test_firth_of_one_group_agrees_with_the_life_table():
    table = count(SMALL, BEYOND, ("a", "b"))
    from_table = hazard_ratio(table, "a", "b").firth
    (term,) = cox_regression(SMALL, [Covariate("x", BEYOND, ("a", "b"))], firth=True).terms
    got = (term.ratio.value, term.ratio.low, term.ratio.high)
    assert_allclose(got, (from_table.value, from_table.low, from_table.high), rtol=1e-6)


def test_a_covariate_that_follows_from_others_is_left_undefined():
    got = cox_regression(
        SMALL, [Covariate("dose", DOSE), Covariate("twice", 2 * DOSE), Covariate("same", DOSE * 0)]
    )
    alone = cox_regression(SMALL, [Covariate("dose", DOSE)])
    assert_allclose(got.terms[0].log_ratio, alone.terms[0].log_ratio, rtol=1e-9)
    assert [t.ratio.missing for t in got.terms] == ["", "not-estimable", "not-estimable"]
    assert not got.diverged


def test_rows_with_a_missing_covariate_are_counted_and_left_out():
    dose = DOSE.copy()
    dose[3] = np.nan
    arm = BEYOND.copy()
    arm[0] = -1
    got = cox_regression(SMALL, [Covariate("dose", dose), Covariate("arm", arm, ("a", "b"))])
    assert (got.n, got.left_out) == (8, 2)
    assert got.events_per_variable == 2.5
    none = cox_regression(TimeToEvent([1, 2, 3], [0, 0, 0]), [Covariate("x", np.arange(3))])
    assert none.terms[0].ratio.missing == "not-estimable" and none.events == 0
    late = TimeToEvent(SMALL.time, SMALL.event, np.zeros(10))  # at zero is no late entry
    one, other = (cox_regression(d, [Covariate("dose", DOSE)]) for d in (SMALL, late))
    assert one.terms[0].log_ratio == other.terms[0].log_ratio


@pytest.mark.parametrize(
    ("covariates", "message"),
    [([], "at least one"), ([Covariate("x", np.arange(3))], "as long as data")],
)
def test_bad_requests_are_refused(covariates, message):
    with pytest.raises(ValueError, match=message):
        cox_regression(SMALL, covariates)
    with pytest.raises(ValueError, match="codes below 2"):
        Covariate("x", np.array([0, 2]), ("a", "b"))
