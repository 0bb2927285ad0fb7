"""Curves: published values, properties that hold for any data, an independent oracle, edges."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.survival import (
    difference_at,
    follow_up,
    kaplan_meier,
    log_rank,
    nelson_aalen,
    permutation_log_rank,
    risk_table,
    rmst,
    rmst_difference,
)
from tests.conftest import parts
from tests.statistics.reference import GEHAN, GEHAN_GROUP, gehan

follow_ups = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=80).map(
    lambda rows: TimeToEvent(*(np.array(column) for column in zip(*rows, strict=True)))
)


def curve(time, event, **options):
    return kaplan_meier(count(TimeToEvent(time, event)), **options)


def test_gehan_medians_and_survival_at_ten_weeks_with_their_limits():
    table = gehan()
    assert_array_equal(parts(kaplan_meier(table.group("6-MP")).median()), [23, 13, np.nan])
    assert_array_equal(parts(kaplan_meier(table.group("placebo")).median()), [8, 4, 11])
    by_log = [kaplan_meier(table.group(name), limits="log").median() for name in table.groups]
    assert_array_equal(parts(by_log[0]), [23, 16, np.nan])
    assert_array_equal(parts(by_log[1]), [8, 4, 12])
    six = kaplan_meier(table.group("6-MP"))
    assert_allclose(six.at(10).value, 0.7529, atol=5e-5)
    assert_allclose(six.std_error[six.time == 10], 0.0963, atol=5e-5)


def test_gehan_restricted_means():
    contrast = rmst_difference(gehan(), "placebo", "6-MP", 23)
    assert_allclose([arm.estimate.value for arm in contrast.arms], [8.667, 17.909], atol=5e-4)
    assert_allclose([arm.std_error for arm in contrast.arms], [1.377, 1.553], atol=5e-4)
    assert_allclose(parts(contrast.difference), [9.243, 5.174, 13.311], atol=5e-4)


@given(follow_ups, st.sampled_from(["log-log", "log", "plain"]))
def test_every_curve_keeps_its_books(data, limits):
    got = kaplan_meier(count(data), limits=limits)
    assert got.events.sum() + got.censored.sum() == len(data) == got.n
    assert got.at_risk[0] == len(data)
    assert_array_equal(np.diff(got.at_risk), -(got.events + got.censored)[:-1])
    assert np.all(np.diff(got.survival) <= 0)
    assert np.all((got.survival >= 0) & (got.survival <= 1))
    drawn = ~np.isnan(got.low)
    assert_array_equal(drawn, ~np.isnan(got.high))
    assert np.all((got.low <= got.survival)[drawn] & (got.survival <= got.high)[drawn])
    assert np.all((got.low >= 0)[drawn] & (got.high <= 1)[drawn])


@given(follow_ups)
def test_agrees_with_scipy_on_any_data(data):
    oracle = stats.ecdf(stats.CensoredData.right_censored(data.time, data.event == 0)).sf
    got = kaplan_meier(count(data))
    assert_array_equal(got.time, oracle.quantiles)
    assert_allclose(got.survival, oracle.probabilities, atol=1e-12)


@given(follow_ups, follow_ups)
def test_log_rank_agrees_with_scipy_on_any_data(one, other):
    data = TimeToEvent(
        np.concatenate([one.time, other.time]), np.concatenate([one.event, other.event])
    )
    got = log_rank(count(data, np.repeat([0, 1], [len(one), len(other)]), ("a", "b")))
    censored = [stats.CensoredData.right_censored(d.time, d.event == 0) for d in (one, other)]
    with np.errstate(all="ignore"):
        z = stats.logrank(*censored).statistic if data.event.any() else np.nan
    if np.isnan(got.statistic):
        assert not np.isfinite(z)
    else:
        assert_allclose(got.statistic, z**2, rtol=1e-9, atol=1e-12)


@given(follow_ups, st.lists(st.integers(0, 70), min_size=1, max_size=8))
def test_numbers_under_a_curve_add_to_everybody(data, ticks):
    numbers = kaplan_meier(count(data)).counts_at(ticks)
    assert_array_equal(numbers.at_risk + numbers.censored + numbers.events, len(data))
    assert_array_equal(numbers.at_risk, [np.sum(data.time >= t) for t in ticks])
    assert_array_equal(numbers.events, [np.sum((data.time < t) & (data.event == 1)) for t in ticks])


@given(follow_ups, st.integers(1, 70))
def test_restricted_mean_is_the_area_under_the_curve(data, tau):
    got = rmst(count(data), tau).estimate
    line = kaplan_meier(count(data))
    if tau > line.last_time and line.survival[-1] > 0:
        assert np.isnan(got.value) and got.missing == "past-follow-up"
        return
    steps = np.arange(tau)  # times are whole, so the curve is constant between whole numbers
    index = np.searchsorted(line.time, steps, side="right")
    assert_allclose(got.value, np.append(1, line.survival)[index].sum(), rtol=1e-12)


@given(follow_ups)
def test_weights_of_one_change_nothing_but_the_name(data):
    weighted = TimeToEvent(data.time, data.event, None, np.ones(len(data)))
    plain, heavy = kaplan_meier(count(data)), kaplan_meier(count(weighted))
    assert_allclose(heavy.survival, plain.survival, atol=1e-13)
    assert_allclose(heavy.std_error, plain.std_error, atol=1e-9)
    assert "robust" in heavy.method and "robust" not in plain.method


def test_all_censored_stays_at_one_with_nothing_to_say():
    got = curve([1, 2, 3], [0, 0, 0])
    assert_array_equal(got.survival, [1, 1, 1])
    assert np.isnan(got.low).all()
    assert got.median().missing == "not-reached"
    assert got.at(2).value == 1 and got.at(2).missing == "not-estimable"
    assert got.at(4).missing == "past-follow-up" and np.isnan(got.at(4).value)
    assert follow_up(count(TimeToEvent([1, 2, 3], [0, 0, 0]))).value == 2


def test_all_events_end_at_zero_without_limits_there():
    got = curve([1, 2, 3, 4], [1, 1, 1, 1])
    assert got.survival[-1] == 0 and np.isnan([got.low[-1], got.high[-1]]).all()
    assert got.median().value == 2.5  # the middle of the plateau at one half, as in R
    assert got.at(10).value == 0 and got.at(10).missing == "not-estimable"
    assert rmst(count(TimeToEvent([1, 2, 3, 4], [1, 1, 1, 1])), 10).estimate.value == 2.5
    assert np.isnan(follow_up(count(TimeToEvent([1, 2], [1, 1]))).value)


def test_a_curve_that_ends_on_the_plateau_has_its_first_time_for_median():
    assert curve([1, 2, 3], [0, 1, 0]).median().value == 2  # R print(survfit); quantile says 2.5


def test_an_event_at_time_zero_counts():
    got = curve([0, 0, 1, 2], [1, 0, 1, 0])
    assert_allclose(got.survival, [0.75, 0.375, 0.375])
    assert_allclose(curve([1, 1, 2], [1, 0, 0]).survival, [2 / 3, 2 / 3])  # before a censoring
    for event, survival in ((1, 0), (0, 1)):  # one patient
        alone = curve([5], [event])
        assert (alone.survival.tolist(), alone.n) == ([survival], 1) and np.isnan(alone.low).all()
    assert got.at(0).value == 0.75
    assert_allclose(rmst(count(TimeToEvent([0, 1], [1, 1])), 1).estimate.value, 0.5)


def test_nobody_gives_an_empty_curve():
    got = kaplan_meier(count(TimeToEvent([], [])))
    assert got.n == 0 and len(got.time) == 0
    assert got.median().missing == "not-reached"
    assert got.at(1).missing == "not-estimable"
    assert_array_equal(got.counts_at([0, 1]).at_risk, [0, 0])
    assert rmst(count(TimeToEvent([], [])), 1).estimate.missing == "not-estimable"


@pytest.mark.parametrize("event", [[0, 0, 0, 0], [1, 0, 0, 0]])
def test_log_rank_of_what_cannot_be_compared_says_so(event):
    got = log_rank(count(TimeToEvent([4, 1, 2, 3], event), [0, 1, 1, 1], ("a", "b")))
    assert np.isnan([got.statistic, got.pvalue]).all() and got.missing == "not-estimable"


def test_log_rank_leaves_out_an_empty_group():
    data = TimeToEvent(GEHAN.time, GEHAN.event)
    got = log_rank(count(data, GEHAN_GROUP, ("a", "b", "nobody")))
    assert got.df == 1
    # R: survdiff(Surv(time, status) ~ arm)
    expected = [16.7929409892165, 4.16880910933453e-05]
    assert_allclose([got.statistic, got.pvalue], expected, rtol=1e-12)
    alone = log_rank([gehan()])  # strata of one are no strata
    assert_allclose([alone.statistic, alone.pvalue], expected, rtol=1e-12)
    assert "Stratified" in log_rank([gehan(), gehan()]).method


def test_permutation_comes_near_the_exact_answer_and_is_repeatable():
    time = np.array([1, 2, 2, 4, 5, 6, 7, 9, 9, 12.0])
    event = np.array([1, 1, 1, 1, 0, 1, 1, 1, 0, 0])
    group = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
    data = TimeToEvent(time, event)
    hazard = nelson_aalen(count(data))
    score = event - hazard.hazard[np.searchsorted(hazard.time, time)]
    assert_allclose(score.sum(), 0, atol=1e-12)
    observed = abs(score[group == 0].sum())
    every = [abs(score[list(chosen)].sum()) for chosen in itertools.combinations(range(10), 5)]
    exact = np.mean(np.array(every) >= observed - 1e-9)
    table = count(data, group, ("a", "b"))
    got = permutation_log_rank(table, 9999, seed=5)
    assert abs(got.pvalue - exact) < 4 * np.sqrt(exact * (1 - exact) / 9999)
    assert got == permutation_log_rank(table, 9999, seed=5)


def test_difference_at_a_time_squares_and_adds_the_distances_of_the_limits():
    table = gehan()
    a, b = (kaplan_meier(table.group(name)).at(10) for name in ("placebo", "6-MP"))
    got = difference_at(table, "placebo", "6-MP", 10)
    assert_allclose(got.value, b.value - a.value)
    assert_allclose(got.low, got.value - np.hypot(b.value - b.low, a.high - a.value))
    assert_allclose(got.high, got.value + np.hypot(b.high - b.value, a.value - a.low))
    assert difference_at(table, "placebo", "6-MP", 50).missing == "past-follow-up"


def test_late_entry_starts_where_enough_are_at_risk():
    entry = np.array([0, *[6] * 9])
    data = TimeToEvent(np.array([2, 7, 8, 9, 10, 11, 12, 13, 14, 15]), np.ones(10, int), entry)
    got = kaplan_meier(count(data))
    assert got.start == 7 and got.n == 9  # before, one patient alone would end the curve
    assert_allclose(got.survival, np.arange(8, -1, -1) / 9, atol=1e-15)
    assert np.isnan(got.at(3).value) and "late entry" in got.method


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: kaplan_meier(t), "of one group"),
        (lambda t: kaplan_meier(t.group("6-MP"), confidence=95), "between 0 and 1"),
        (lambda t: kaplan_meier(t.group("6-MP"), limits="wald"), "limits must be one of"),
        (lambda t: kaplan_meier(t.group("6-MP")).quantile(0), "p must be between"),
        (lambda t: kaplan_meier(t.group("6-MP")).at(-1), "t must be 0 or more"),
        (lambda t: rmst(t.group("6-MP"), 0), "tau must be more than 0"),
        (lambda t: log_rank(t.group("6-MP")), "at least two groups"),
        (lambda t: log_rank([]), "one or more"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(gehan())


def test_a_risk_table_with_late_entry_counts_those_who_came():
    data = TimeToEvent(np.array([2.0, 5, 6, 9]), np.array([1, 0, 1, 1]), np.array([0.0, 1, 5, 3]))
    table = risk_table(count(data), (0, 1, 2, 5.5, 9, 10))
    assert table.entered.tolist() == [1, 1, 2, 4, 4, 4]
    assert table.at_risk.tolist() == [1, 1, 2, 2, 1, 0]
    assert table.events.tolist() == [0, 0, 0, 1, 2, 3]
    assert table.censored.tolist() == [0, 0, 0, 1, 1, 1]


def test_without_late_entry_a_risk_table_is_that_of_the_curve():
    data = TimeToEvent(np.array([2.0, 5, 6, 9]), np.array([1, 0, 1, 1]))
    one, other = risk_table(count(data), (0, 2, 7)), kaplan_meier(count(data)).counts_at((0, 2, 7))
    for name in ("at_risk", "events", "censored"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert one.entered.tolist() == [4, 4, 4]
