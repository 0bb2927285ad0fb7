"""Agreement with R where it took values of our own making; the script is golden/more.R."""

import json
from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from lib.statistics.balance import standardized_difference
from lib.statistics.competing_risks import cumulative_incidence, gray
from lib.statistics.cox import hazard_ratio
from lib.statistics.estimate import Missing
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate, cox_regression
from lib.statistics.survival import (
    difference_at,
    kaplan_meier,
    log_rank,
    permutation_log_rank,
    rmst,
)
from lib.statistics.weighting import overlap_contrast, overlap_weights, propensity
from tests.conftest import parts
from tests.statistics import reference
from tests.statistics.reference import floats, numbers

ENTRIES = json.loads((reference.GOLDEN / "more.json").read_text())["entries"]
GOLDEN = {entry["id"]: numbers(entry["value"]) for entry in ENTRIES}
CELLS = ("squamous", "smallcell", "adeno", "large")
EXACT, ITERATED = {"rtol": 1e-9}, {"rtol": 1e-8}


def lung(column):
    return floats("data/lung.csv", column)


def veteran(column):
    return floats("data/veteran_cr.csv", column)


LUNG = TimeToEvent(lung("time"), lung("status") == 2)
SEX = lung("sex").astype(int) - 1
ENTRY = np.maximum(0, lung("age") * 3 - 150)
SEEN = lung("time") > ENTRY
LATE = TimeToEvent(LUNG.time[SEEN], LUNG.event[SEEN], ENTRY[SEEN])
LATE_TABLE = count(LATE, SEX[SEEN], ("1", "2"))
VETERAN = TimeToEvent(veteran("time"), veteran("status"))
CAUSES = TimeToEvent(veteran("time"), veteran("cause"))
ARM = veteran("trt").astype(int) - 1
CELL = np.array([CELLS.index(c) for c in reference.columns("data/veteran_cr.csv")["celltype"]])
WEIGHT = 0.5 + veteran("age") % 7 / 4
HEAVY = TimeToEvent(veteran("time"), veteran("status"), None, WEIGHT)


def same_curve(got, golden):
    assert_allclose(got.time, golden["time"], **EXACT)
    assert_allclose(got.at_risk, golden["n.risk"], **EXACT)
    assert_allclose(got.survival, golden["surv"], **EXACT)
    some = got.survival > 0
    assert_allclose(got.std_error[some], np.array(golden["std.err"])[some], **EXACT)
    assert_allclose(got.low[some], np.array(golden["lower"])[some], **EXACT)
    assert_allclose(got.high[some], np.array(golden["upper"])[some], **EXACT)


def same_model(got, golden):
    assert_allclose([t.log_ratio for t in got.terms], golden["coef"], **ITERATED)
    assert_allclose([t.std_error for t in got.terms], golden["se"], **ITERATED)
    assert_allclose([t.robust_std_error for t in got.terms], golden["robust"], **ITERATED)
    assert_allclose(got.log_likelihood, golden["loglik"], **EXACT)


def same_ratio(got, golden):
    assert_allclose(got.log_ratio, golden["coef"], **ITERATED)
    assert_allclose(got.std_error, golden["se"], **ITERATED)
    assert_allclose(got.log_likelihood, golden["loglik"], **EXACT)


def test_late_entry_curve():
    same_curve(kaplan_meier(count(LATE), start=26), GOLDEN["late/km"])


def test_late_entry_hazard_ratio():
    same_ratio(hazard_ratio(LATE_TABLE, "1", "2"), GOLDEN["late/cox"])
    same_ratio(hazard_ratio(LATE_TABLE, "1", "2", "breslow"), GOLDEN["late/cox_breslow"])
    test = hazard_ratio(LATE_TABLE, "1", "2").proportional_hazards
    assert_allclose(test.statistic, GOLDEN["late/zph"][0], rtol=1e-6)


def test_late_entry_robust_error_is_that_of_the_rows_and_withheld_where_ends_are_not_joined():
    rows = cox_regression(LATE, [Covariate("sex", SEX[SEEN].astype(float))]).terms[0]
    got = hazard_ratio(LATE_TABLE, "1", "2")
    assert_allclose(got.robust_std_error, rows.robust_std_error, **ITERATED)
    apart = hazard_ratio(replace(LATE_TABLE, spans=None), "1", "2")
    assert apart.robust.missing == Missing.NOT_HELD
    assert apart.ratio == got.ratio


def test_late_entry_log_rank():
    assert_allclose(log_rank(LATE_TABLE).statistic, GOLDEN["late/logrank"], **EXACT)


def test_late_entry_regression():
    names = ("age", "sex", "ph.karno")
    columns = [Covariate(name, lung(name)[SEEN]) for name in names]
    same_model(cox_regression(LATE, columns), GOLDEN["late/coxmulti"])


def test_landmark():
    later, kept = LUNG.landmark(90)
    same_curve(kaplan_meier(count(later)), GOLDEN["landmark/km"])
    table = count(later, SEX[kept], ("1", "2"))
    assert_allclose(log_rank(table).statistic, GOLDEN["landmark/logrank"], **EXACT)


def test_cut_off():
    same_curve(kaplan_meier(count(LUNG.cut_off(300))), GOLDEN["cutoff/km"])


def test_difference_at_a_year():
    got = difference_at(count(LUNG, SEX, ("1", "2")), "1", "2", 365)
    assert_allclose(parts(got), GOLDEN["difference_at/365"], **EXACT)


def test_permutation():
    data = TimeToEvent(
        [1, 2, 2, 4, 5, 6, 7, 9, 9, 12, 13, 15], [1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1]
    )
    exact = GOLDEN["permutation/exact"]
    table = count(data, [0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 1], ("a", "b"))
    got = permutation_log_rank(table, 20_000)
    assert abs(got.pvalue - exact) < 4 * np.sqrt(exact * (1 - exact) / 20_000)


def test_weighted_incidence():
    golden = GOLDEN["cif/weighted"]
    data = TimeToEvent(CAUSES.time, CAUSES.event, None, WEIGHT)
    got = cumulative_incidence(count(data))
    at = np.searchsorted(got.time, [10, 30, 60, 90, 180, 365], side="right") - 1
    for name, curve in (
        ("pstate", got.incidence),
        ("std.err", got.std_error),
        ("lower", got.low),
        ("upper", got.high),
    ):
        assert_allclose(curve[:, at].T, golden[name], **EXACT)


def test_grays_test_of_four_groups_and_stratified():
    table = count(CAUSES, CELL, CELLS)
    for cause, (statistic, pvalue, df) in zip((1, 2), GOLDEN["gray/cell"], strict=True):
        got = gray(table, cause)
        assert_allclose([got.statistic, got.pvalue, got.df], [statistic, pvalue, df], **EXACT)
    strata = [veteran("prior") == 0, veteran("prior") == 10]
    tables = [count(CAUSES.where(kept), ARM[kept], ("1", "2")) for kept in strata]
    for cause, (statistic, pvalue, df) in zip((1, 2), GOLDEN["gray/strata"], strict=True):
        got = gray(tables, cause)
        assert_allclose([got.statistic, got.pvalue, got.df], [statistic, pvalue, df], **EXACT)


def test_weighted_restricted_mean():
    first = floats("data/ovarian_w.csv", "rx") == 1
    columns = [floats("data/ovarian_w.csv", name)[first] for name in ("futime", "fustat", "w")]
    got = rmst(count(TimeToEvent(columns[0], columns[1], None, columns[2])), 700)
    assert_allclose([got.estimate.value, got.std_error], GOLDEN["rmst/weighted"], **EXACT)


def test_weighted_regression():
    columns = [Covariate(name, veteran(name)) for name in ("trt", "karno", "age")]
    model = cox_regression(HEAVY, columns)
    tests = [*(term.proportional_hazards for term in model.terms), model.proportional_hazards]
    assert_allclose([t.statistic for t in tests], GOLDEN["cox/weighted_zph_multi"], rtol=1e-6)


def test_weighted_proportional_hazards():
    path = "data/ovarian_w.csv"
    data = TimeToEvent(floats(path, "futime"), floats(path, "fustat"), None, floats(path, "w"))
    table = count(data, floats(path, "rx").astype(int) - 1, ("1", "2"))
    got = hazard_ratio(table, "1", "2").proportional_hazards
    assert_allclose(got.statistic, GOLDEN["cox/weighted_zph"][0], rtol=1e-6)


def test_standardized_differences():
    two, one = ARM == 1, ARM == 0
    age, prior = veteran("age"), (veteran("prior") == 10).astype(int)
    got = [
        standardized_difference(age[two], age[one]),
        standardized_difference(prior[two], prior[one], 2),
        standardized_difference(CELL[two], CELL[one], 4),
        standardized_difference(age[two], age[one], None, WEIGHT[two], WEIGHT[one]),
    ]
    names = ("balance/age", "balance/prior", "balance/cell", "balance/weighted")
    assert_allclose([b.value for b in got], [GOLDEN[name] for name in names], **EXACT)


CHOICE = (
    Covariate("age", veteran("age")),
    Covariate("karno", veteran("karno")),
    Covariate("cell", CELL, CELLS),
    Covariate("prior", veteran("prior")),
)


def test_overlap_weighting():
    fit = propensity(ARM == 1, CHOICE)
    assert not fit.separated
    assert_allclose(fit.coefficients, GOLDEN["overlap/propensity"]["coef"], rtol=1e-7)
    assert_allclose(fit.value, GOLDEN["overlap/propensity"]["fitted"], rtol=1e-8)
    weights = overlap_weights(ARM == 1, fit.value)
    assert_allclose(weights.effective, GOLDEN["overlap/effective"], rtol=1e-8)
    data = TimeToEvent(VETERAN.time, VETERAN.event, None, weights.value)
    table = count(data, ARM, ("1", "2"))
    same_curve(kaplan_meier(table.group("2")), GOLDEN["overlap/km"])
    got = hazard_ratio(table, "1", "2")
    golden = GOLDEN["overlap/cox"]
    assert_allclose(got.log_ratio, golden["coef"], atol=1e-9)  # it is nearly 0
    assert_allclose(
        [got.std_error, got.robust_std_error], [golden["se"], golden["robust"]], rtol=1e-8
    )


def test_errors_that_know_that_the_propensity_is_estimated():
    got = overlap_contrast(VETERAN, ARM == 1, CHOICE, ("1", "2"), tau=120)
    curve = got.curves[1]
    at = np.searchsorted(curve.time, 120, side="right") - 1
    for name, value, error in (
        ("mean_time", got.difference, got.difference_error),
        ("curve_error", curve.survival[at], curve.std_error[at]),
        ("ratio_error", got.log_ratio, got.ratio_error),
    ):
        golden = GOLDEN[f"overlap/{name}"]
        assert_allclose(value, golden["value"], rtol=1e-8, atol=1e-9)
        assert_allclose(error, golden["error"], rtol=1e-7)  # R's by numerical derivatives
        assert abs(golden["known"] / golden["error"] - 1) > 0.05  # so that it matters


def test_times_that_a_rounding_error_parts_are_one():
    got = kaplan_meier(count(TimeToEvent([0.1 + 0.2, 0.3, 0.3 + 1e-7, 1], [1, 0, 1, 1])))
    assert_array_equal(got.at_risk, GOLDEN["timefix/km"]["n.risk"])
    same_curve(got, GOLDEN["timefix/km"])
