"""Interval-censored times: Turnbull's curve as R has it, and means where the truth is known."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lib.statistics.intervals import interval_difference, turnbull
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.survival import kaplan_meier, rmst, rmst_difference
from tests.conftest import parts
from tests.statistics.reference import GOLDEN, numbers

GOLD = {
    entry["id"]: numbers(entry["value"])
    for entry in json.loads((GOLDEN / "intervals.json").read_text())["entries"]
}


def mean_of(curve, tau):
    """The mean time of a group, which is its lead over one whose events all come at once."""
    return interval_difference(turnbull([0], [0]), curve, tau)


@pytest.mark.parametrize("name", ["rounds", "many"])
def test_the_curve_is_that_of_r(name):
    data, golden = GOLD[f"data/{name}"], GOLD[f"turnbull/{name}"]
    found = turnbull(data["lower"], data["upper"])
    assert_allclose(found.left, golden["left"])
    assert_allclose(found.right, golden["right"])
    assert_allclose(found.mass, golden["mass"], atol=1e-7)
    assert_allclose(found.log_likelihood, golden["loglik"], rtol=1e-12)
    fit = GOLD[f"survfit/{name}"]  # which stops early, with its events in the middle of intervals
    for right, left in zip(np.cumsum(found.mass), found.right, strict=True):
        if np.isfinite(left):
            at = np.searchsorted(fit["time"], left, side="right") - 1
            assert_allclose(fit["surv"][at], 1 - right, atol=2e-3)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 8)), min_size=1, max_size=30),
    st.sets(st.integers(0, 29)),
)
def test_the_maximum_has_no_better_neighbour(rows, endless):
    low = np.array([low for low, _wide in rows], float)
    high = np.array([low + wide for low, wide in rows], float)
    high[[k for k in endless if k < len(rows)]] = np.inf
    found = turnbull(low, high)
    assert_allclose(found.mass.sum(), 1)
    assert (found.left <= found.right).all()
    assert (found.of @ found.mass > 0).all()
    slope = (found.of / (found.of @ found.mass)[:, None]).sum(axis=0)
    assert_allclose(slope, len(rows), rtol=1e-6)


def test_events_that_were_seen_make_the_curve_of_kaplan_and_meier():
    random = np.random.default_rng(3)
    time, event = np.round(random.exponential(10, 60), 1), random.random(60) < 0.7
    time[-1], event[-1] = time.max() + 1, True
    found = turnbull(time, np.where(event, time, np.inf))
    table = count(TimeToEvent(time, event.astype(int)))
    curve = kaplan_meier(table)
    for t in (0, 3, 8.5, 20, *time[event]):
        assert_allclose(found.at(t), curve.at(t).value, atol=1e-8)
    exact, mean = rmst(table, 12).estimate, mean_of(found, 12)
    assert_allclose(mean.value, exact.value, atol=1e-7)
    assert_allclose(mean.high - mean.low, exact.high - exact.low, rtol=0.06)


def test_without_censoring_the_error_is_that_of_a_mean():
    time = np.random.default_rng(5).exponential(8, 40)
    found = mean_of(turnbull(time, time), 100)
    assert_allclose(found.value, time.mean())
    assert_allclose(found.high - found.value, 1.959964 * time.std() / np.sqrt(40), rtol=1e-6)


def test_an_event_is_spread_over_its_interval_and_not_before_the_last_scan():
    scanned = turnbull([4], [8])
    assert_allclose([scanned.at(t) for t in (0, 4, 6, 8, 9)], [1, 1, 0.5, 0, 0])
    assert mean_of(scanned, 6).value == pytest.approx(0.5 * 5 + 0.5 * 6)


def test_what_was_seen_lies_in_the_interval_that_it_ends_and_not_in_the_one_it_begins():
    found = turnbull([0, 4, 4], [4, 4, 8])
    assert_allclose(found.left, [4, 4])
    assert_allclose(found.right, [4, 8])
    assert_allclose(found.mass, [2 / 3, 1 / 3])
    assert_allclose([found.at(3.9), found.at(4), found.at(6), found.at(8)], [1, 1 / 3, 1 / 6, 0])


def test_a_horizon_past_follow_up_has_no_mean():
    curve = turnbull([2, 4, 6], [4, 6, np.inf])
    assert mean_of(curve, 8).missing == "past-follow-up"
    assert mean_of(curve, 6).value == pytest.approx((3 + 5 + 6) / 3)
    late = turnbull([2, 4, 9], [4, 6, np.inf])
    assert interval_difference(late, curve, 8).missing == "past-follow-up"
    assert interval_difference(late, curve, 6).value == pytest.approx(0)
    assert curve.at(7) == pytest.approx(1 / 3)


def test_patients_who_are_alike_may_be_counted():
    random = np.random.default_rng(9)
    low = random.integers(0, 9, 80).astype(float)
    high = np.where(random.random(80) < 0.2, np.inf, low + random.integers(0, 4, 80))
    rows, counts = np.unique(np.stack([low, high], axis=1), axis=0, return_counts=True)
    each, alike = turnbull(low, high), turnbull(*rows.T, counts)
    assert counts.max() > 1
    assert_allclose(alike.mass, each.mass, atol=1e-8)
    assert_allclose(alike.log_likelihood, each.log_likelihood, rtol=1e-12)
    mean, other = mean_of(each, 6), mean_of(alike, 6)
    assert_allclose(parts(other), parts(mean))
    for bad in ([0] * len(rows), [1]):
        with pytest.raises(ValueError, match="counts must be above 0"):
            turnbull(*rows.T, bad)


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ([1, 2], [3], "must be alike"),
        ([], [], "of somebody"),
        ([-1], [2], "0 or more"),
        ([3], [2], "not before it"),
        ([np.inf], [np.inf], "must be finite"),
    ],
)
def test_bad_requests_are_refused(low, high, message):
    with pytest.raises(ValueError, match=message):
        turnbull(low, high)
    with pytest.raises(ValueError, match="tau must be above 0"):
        mean_of(turnbull([1], [2]), 0)


def scanned(random, n, every):
    """Progression known by scans alone; end of follow-up from 14 to 36 months."""
    progression, end = random.exponential(10, n), random.uniform(14, 36, n)
    lower, upper = np.zeros(n), np.full(n, np.inf)
    for k in range(n):
        scans = np.cumsum(random.normal(every, 0.15, 40))
        scans = scans[scans < end[k]]
        after, before = scans[scans >= progression[k]], scans[scans < progression[k]]
        lower[k] = before[-1] if len(before) else 0
        upper[k] = after[0] if len(after) else np.inf
    return lower, upper


def test_unequal_scans_of_equal_arms_make_little_difference():
    """As recorded, progression comes later where it is looked for less often."""
    random, held, off, recorded = np.random.default_rng(6), [], [], []
    for _ in range(150):
        often, seldom = scanned(random, 60, 1.5), scanned(random, 60, 3.0)
        found = interval_difference(turnbull(*often), turnbull(*seldom), 11)
        held.append(found.low <= 0 <= found.high)
        off.append(found.value)
        low, high = (np.concatenate(each) for each in zip(often, seldom, strict=True))
        known = np.isfinite(high)
        data = TimeToEvent(np.where(known, high, low), known.astype(int))
        table = count(data, np.repeat([0, 1], 60), ("often", "seldom"))
        recorded.append(rmst_difference(table, "often", "seldom", 11).difference.value)
    assert np.mean(recorded) > 0.4
    assert abs(np.mean(off)) < 0.45 * np.mean(recorded)
    assert 0.9 <= np.mean(held) <= 0.985
