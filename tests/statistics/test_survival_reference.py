"""Agreement with R's survival package on its own data sets."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lib.statistics.estimate import holm
from lib.statistics.survival import (
    follow_up,
    kaplan_meier,
    log_rank,
    nelson_aalen,
    rmst,
    rmst_difference,
)
from tests.conftest import parts
from tests.statistics import reference
from tests.statistics.reference import numbers

RTOL = 1e-9


def groups_of(entry):
    value = numbers(entry["value"])
    table = reference.table(entry)
    return [(table.group(name), value[name]) for name in table.groups]


@pytest.mark.parametrize("limits", ["log-log", "log", "plain"])
@pytest.mark.parametrize("dataset", ["lung", "veteran", "ovarian", "ovarian_w"])
def test_curve_and_limits(dataset, limits):
    chosen = [
        e
        for e in reference.entries()
        if e["dataset"] == dataset and e["quantity"] == f"km_{limits}"
    ]
    for entry in chosen:
        weighted = entry["weights"] is not None
        for table, golden in groups_of(entry):
            curve = kaplan_meier(table, limits=limits)
            assert_array_equal(curve.time, golden["time"])
            assert_allclose(curve.at_risk, golden["n.risk"], rtol=RTOL)
            assert_allclose(curve.events, golden["n.event"], rtol=RTOL)
            assert_allclose(curve.censored, golden["n.censor"], rtol=RTOL)
            assert_allclose(curve.survival, golden["surv"], rtol=RTOL)
            with np.errstate(invalid="ignore"):
                log_error = curve.std_error / (1 if weighted else curve.survival)
            alive = curve.survival > 0  # at 0 R prints an infinite error, here undefined
            assert_allclose(log_error[alive], np.array(golden["std.err"])[alive], rtol=RTOL)
            assert_allclose(curve.low[alive], np.array(golden["lower"])[alive], rtol=RTOL)
            assert_allclose(curve.high[alive], np.array(golden["upper"])[alive], rtol=RTOL)
            assert np.isnan([curve.low[~alive], curve.high[~alive]]).all()


@pytest.mark.parametrize("limits", ["log-log", "log", "plain"])
@pytest.mark.parametrize("dataset", ["lung", "veteran", "ovarian", "ovarian_w"])
def test_survival_at_times(dataset, limits):
    for entry in reference.entries():
        if entry["dataset"] != dataset or entry["quantity"] != f"km_at_{limits}":
            continue
        for table, golden in groups_of(entry):
            curve = kaplan_meier(table, limits=limits)
            inside = [i for i, t in enumerate(golden["time"]) if t <= curve.last_time]
            assert inside
            for i in inside:
                got = curve.at(golden["time"][i])
                value, low, high = (golden[name][i] for name in ("surv", "lower", "upper"))
                if value == 0 or (value == 1 and limits == "log-log"):
                    low = high = np.nan  # R repeats the value where there are no limits
                assert_allclose(parts(got), [value, low, high], rtol=RTOL)


@pytest.mark.parametrize("entry", **reference.having("median_print_"))
def test_median(entry):
    limits = entry["quantity"].removeprefix("median_print_")
    for table, golden in groups_of(entry):
        median = kaplan_meier(table, limits=limits).median()
        assert_allclose(
            parts(median), [golden["median"], golden["lower"], golden["upper"]], rtol=RTOL
        )
        assert median.missing == ("not-reached" if np.isnan(median.high) else "")


@pytest.mark.parametrize("entry", **reference.having("quantile_"))
def test_quartiles(entry):
    limits = entry["quantity"].removeprefix("quantile_")
    for table, golden in groups_of(entry):
        curve = kaplan_meier(table, limits=limits)
        got = [curve.quantile(p) for p in golden["p"]]
        assert_allclose([q.value for q in got], golden["quantile"], rtol=RTOL)
        assert_allclose([q.low for q in got], golden["lower"], rtol=RTOL)
        assert_allclose([q.high for q in got], golden["upper"], rtol=RTOL)


@pytest.mark.parametrize("entry", **reference.having("followup_reverse_km"))
def test_follow_up(entry):
    for table, golden in groups_of(entry):
        got = follow_up(table)
        middle = golden["p"].index(0.5)
        assert_allclose(
            parts(got), [golden[name][middle] for name in ("quantile", "lower", "upper")], rtol=RTOL
        )


@pytest.mark.parametrize("entry", **reference.having("nelson_aalen"))
def test_cumulative_hazard(entry):
    for table, golden in groups_of(entry):
        got = nelson_aalen(table)
        assert_array_equal(got.time, golden["time"])
        assert_allclose(got.hazard, golden["cumhaz"], rtol=RTOL)
        assert_allclose(got.std_error, golden["std.chaz"], rtol=RTOL)


@pytest.mark.parametrize("entry", **reference.having("rmst_tau"))
def test_restricted_mean(entry):
    value = numbers(entry["value"])
    table = reference.table(entry)
    tau = value["tau"]
    for name in table.groups:
        got = rmst(table.group(name), tau)
        if np.isnan(got.estimate.value):
            assert got.estimate.missing == "past-follow-up"  # R extends the curve
            assert tau > table.group(name).time[-1]
            continue
        assert_allclose(got.estimate.value, value[name]["rmst"], rtol=RTOL)
        if entry["weights"] is None:  # R's is Greenwood's, which takes weights for patients
            assert_allclose(got.std_error, value[name]["se"], rtol=RTOL)
    if (golden := value.get("difference_2_minus_1")) and entry["weights"] is None:
        got = rmst_difference(table, *table.groups, tau)
        assert_allclose(
            [got.difference.value, got.difference.low, got.difference.high, got.pvalue],
            [golden[name] for name in ("est", "lower", "upper", "p")],
            rtol=RTOL,
        )


@pytest.mark.parametrize("entry", **reference.having("logrank_"))
def test_log_rank(entry):
    golden = numbers(entry["value"])
    if entry["strata"]:
        got = log_rank(reference.strata(entry))
    else:
        got = log_rank(reference.table(entry), rho=float(entry["quantity"][-1]))
        assert_array_equal(got.n, golden["n"])
    assert_allclose(got.observed, golden["obs"], rtol=RTOL)
    assert_allclose(got.expected, golden["exp"], rtol=RTOL)
    assert got.df == golden["df"]
    assert_allclose([got.statistic, got.pvalue], [golden["chisq"], golden["p"]], rtol=RTOL)


def test_holm():
    (entry,) = [e for e in reference.entries() if e["quantity"] == "p_adjust"]
    golden = entry["value"]
    assert_allclose(holm(golden["p"]), golden["holm"], rtol=RTOL)
    assert_allclose(
        holm([*golden["p"], np.nan])[:-1], golden["holm"], rtol=RTOL
    )  # a test not done does not count
