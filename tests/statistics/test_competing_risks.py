"""Cumulative incidence and Gray's test: agreement with R, brute force, edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lib.statistics.competing_risks import cumulative_incidence, gray
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.survival import kaplan_meier
from tests.statistics import reference
from tests.statistics.reference import numbers

rows = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=60)


@pytest.mark.parametrize("cause", [1, 2])
@pytest.mark.parametrize("by", ["all", "trt"])
def test_agrees_with_r(by, cause):
    name = f"veteran_cr/CR/{by}/cif_cause{cause}"
    (entry,) = [each for each in reference.entries() if each["id"] == name]
    table = reference.table(entry)
    for name, golden in numbers(entry["value"]).items():
        got = cumulative_incidence(table.group(name))
        at = [got.at(t, cause) for t in golden["time"]]
        index = np.searchsorted(got.time, golden["time"], side="right") - 1
        assert_allclose([e.value for e in at], golden["cif"], rtol=1e-9)
        assert_allclose(got.std_error[cause - 1, index], golden["std.err"], rtol=1e-9)
        assert_allclose([e.low for e in at], golden["lower"], rtol=1e-9)
        assert_allclose([e.high for e in at], golden["upper"], rtol=1e-9)


def test_grays_test_agrees_with_r():
    (entry,) = [e for e in reference.entries() if e["quantity"] == "gray_test"]
    for cause in (1, 2):
        golden = entry["value"][f"cause{cause}"]
        got = gray(reference.table(entry), cause)
        assert_allclose(
            [got.statistic, got.pvalue, got.df],
            [golden["stat"], golden["p"], golden["df"]],
            rtol=1e-9,
        )


@given(rows)
def test_incidences_and_survival_add_to_one(rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    table = count(TimeToEvent(time, event))
    got = cumulative_incidence(table)
    assert_allclose(got.survival + got.incidence.sum(axis=0), 1, atol=1e-12)
    assert_array_equal(got.survival, kaplan_meier(table.any_cause()).survival)
    assert np.all(np.diff(got.incidence, axis=1) >= 0)
    drawn = ~np.isnan(got.low)
    assert_array_equal(drawn, got.incidence > 0)
    assert np.all((got.low <= got.incidence + 1e-12)[drawn])
    assert np.all((got.incidence <= got.high + 1e-12)[drawn])


@given(rows)
def test_of_one_cause_it_is_one_less_kaplan_meier(rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    table = count(TimeToEvent(time, event > 0))
    curve, alive = kaplan_meier(table), kaplan_meier(table).survival > 0
    got = cumulative_incidence(table)
    assert_allclose(got.incidence[0], 1 - curve.survival, atol=1e-12)
    assert_allclose(got.std_error[0][alive], curve.std_error[alive], atol=1e-9)


def test_known_incidences_which_one_less_kaplan_meier_overstates():
    data = TimeToEvent([2, 3, 5, 6, 7, 8, 9, 10], [1, 2, 1, 0, 2, 1, 0, 2])
    got = cumulative_incidence(count(data))
    assert_allclose(got.incidence[:, -1], [0.40625, 0.59375])
    naive = 1 - kaplan_meier(count(data).cause(1)).survival[-1]
    assert_allclose(naive, 0.5139, atol=5e-5)


def test_weighted_error_is_the_sum_of_squared_influences():
    random = np.random.default_rng(6)
    time, event = random.integers(1, 12, 40), random.integers(0, 3, 40)
    weight = random.uniform(0.2, 3, 40)

    def incidence(w):
        return cumulative_incidence(count(TimeToEvent(time, event, None, w))).incidence

    step, total = 1e-5, 0.0
    for i in range(40):
        nudge = np.where(np.arange(40) == i, step, 0)
        derivative = (incidence(weight + nudge) - incidence(weight - nudge)) / (2 * step)
        total = total + (weight[i] * derivative) ** 2
    got = cumulative_incidence(count(TimeToEvent(time, event, None, weight)))
    assert_allclose(got.std_error, np.sqrt(total), rtol=1e-6, atol=1e-9)


def test_past_the_last_time_and_before_the_first_event():
    got = cumulative_incidence(count(TimeToEvent([1, 2, 3], [0, 2, 0])))
    assert got.at(4, 2).missing == "past-follow-up"
    assert got.at(1, 2).value == 0 and got.at(1, 2).missing == "not-estimable"
    assert got.at(3, 1).value == 0
    done = cumulative_incidence(count(TimeToEvent([1, 2], [1, 2])))
    assert_allclose([done.at(9, 1).value, done.at(9, 2).value], [0.5, 0.5])
    nobody = cumulative_incidence(count(TimeToEvent([], [])))
    assert nobody.n == 0 and nobody.at(1, 1).missing == "not-estimable"
    got = gray(count(TimeToEvent([1, 2, 3, 4], [2, 0, 2, 0]), [0, 0, 1, 1], ("a", "b")), 1)
    assert np.isnan(got.pvalue) and got.missing == "not-estimable"  # without events


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: cumulative_incidence(t), "of one group"),
        (lambda t: cumulative_incidence(t.group("a")).at(1, 3), "cause must be from 1 to 2"),
        (lambda t: gray(t.group("a"), 1), "at least two groups"),
        (lambda t: gray(t, 3), "cause must be an event code"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(count(TimeToEvent([1, 2, 3], [1, 2, 0]), [0, 0, 1], ("a", "b")))
