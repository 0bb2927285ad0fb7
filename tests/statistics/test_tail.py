"""Where a curve stops carrying numbers: lost follow-up and error, never a bad outcome."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.proportions import proportion
from lib.statistics.survival import kaplan_meier
from lib.statistics.tail import Tail, Why, survival_at, tail
from tests.conftest import parts


def table_of(time, event, **more):
    return count(TimeToEvent(np.asarray(time, float), np.asarray(event), **more))


def tail_of(table, **more):
    return tail(kaplan_meier(table), table, **more)


def survival_of(table, t):
    return survival_at(kaplan_meier(table), table, t)


@pytest.mark.parametrize("n", [6, 18, 60, 500])
@pytest.mark.parametrize("horizon", [12, 36, np.inf])
def test_complete_follow_up_is_never_marked(n, horizon):
    random = np.random.default_rng(n)
    for _ in range(100):
        death = random.exponential(10 / np.log(2), n)
        table = table_of(np.minimum(death, horizon), death <= horizon)
        assert tail_of(table) is None
        for t in (1, 6, 12, 24, 36):
            if t <= horizon:
                alive = int((death > t).sum())
                exact = proportion(alive, n).estimate
                assert_allclose(parts(survival_of(table, t)), parts(exact))


def test_lost_follow_up_is_marked_from_where_few_remain():
    time = [*range(1, 27), 30, 40, 50, 60]
    found = tail_of(table_of(time, [0] * 26 + [1, 0, 0, 0]), half_width=1)
    assert found == Tail(26.0, Why.LOST)  # 4 at risk after the 26th has left
    assert not found.holds(26)
    assert found.holds(26.5)


def test_few_at_risk_because_most_died_is_no_tail():
    time = np.arange(1.0, 31)
    event = np.ones(30, int)
    event[2] = 0  # one of 30 was lost, the others died
    assert tail_of(table_of(time, event), half_width=1) is None
    assert np.sum(time >= 28) < 5
    event[:20] = 0  # most were lost
    assert tail_of(table_of(time, event), half_width=1) == Tail(26.0, Why.LOST)


def test_most_died_and_fewer_than_five_were_followed_so_long():
    """20 die at once; of 12 others 9 are lost at once after them: survival is of a handful."""
    time = [*np.linspace(1, 2, 20), *np.linspace(3, 4, 9), 30, 31, 32]
    table = table_of(time, [1] * 20 + [0] * 9 + [1, 1, 0])
    assert tail_of(table, half_width=1).why == Why.LOST


def test_wide_limits_are_a_tail_only_where_they_stay_wide():
    time = [1, *range(2, 13)]
    event = [0] + [1] * 11
    assert tail_of(table_of(time, event), fewest=1, half_width=0.2) is None  # narrow at the end
    event = [0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    found = tail_of(table_of(time, event), fewest=1, half_width=0.2)
    curve = kaplan_meier(table_of(time, event))
    half = (curve.high - curve.low) / 2
    first = int(np.argmax(half > 0.2))
    assert found == Tail(curve.time[first], Why.WIDE)
    assert found.holds(curve.time[first])
    assert not found.holds(curve.time[first] - 0.5)
    assert tail_of(table_of(time, event), fewest=1, half_width=0.5) is None


def test_wide_limits_without_censoring_are_no_tail():
    assert tail_of(table_of([1, 2, 3], [1, 1, 1]), half_width=0.01) is None


def test_late_entry_and_weights_are_read_too():
    time, event = np.arange(1.0, 31), np.tile([1, 0], 15)
    entry = np.where(np.arange(30) % 3 == 0, 0.5, 0.0)
    assert tail_of(table_of(time, event, entry=entry), half_width=1) == Tail(26.0, Why.LOST)
    weighted = table_of(time, event, weight=np.linspace(0.5, 1, 30))
    assert tail_of(weighted, half_width=1) == Tail(26.0, Why.LOST)
    curve = kaplan_meier(weighted)
    assert_allclose(parts(survival_of(weighted, 12)), parts(curve.at(12)))
    assert tail_of(table_of([], np.zeros(0, int))) is None


def test_all_alive_after_censoring_have_the_limit_of_those_still_followed():
    table = table_of([1, 2, 3, *[20] * 10], [0] * 13)
    found = survival_of(table, 12)
    assert_allclose(parts(found), [1, 0.025 ** (1 / 10), 1])
    assert np.isnan(kaplan_meier(table).at(12).low)


def test_none_alive_after_censoring_have_the_limit_of_the_time_before():
    table = table_of([1, 2, 3, 4, 5, 6], [1, 0, 1, 1, 1, 1])
    before = kaplan_meier(table).at(5)
    assert_allclose(parts(survival_of(table, 6)), [0, 0, before.high])
    assert_allclose(parts(survival_of(table, 60)), [0, 0, before.high])
    assert_allclose(parts(survival_of(table_of([1, 2, 2], [0, 1, 1]), 2)), [0, 0, 1])


def test_elsewhere_limits_are_those_of_the_curve():
    table = table_of([1, 2, 3, 4, 5, 6], [1, 0, 1, 1, 0, 1])
    assert_allclose(parts(survival_of(table, 4)), parts(kaplan_meier(table).at(4)))
    assert survival_of(table_of([1, 2], [0, 0]), 3).missing == "past-follow-up"
    # censored at the time itself is followed so long
    tied = table_of([1, 2, 2, 3], [1, 0, 0, 0])
    assert_allclose(parts(survival_of(tied, 2)), parts(proportion(3, 4).estimate))


@pytest.mark.parametrize("share", [0.93, 0.99])
def test_limits_of_high_survival_hold_the_truth_in_spite_of_censoring(share):
    random = np.random.default_rng(5)
    rate, held = -np.log(share) / 12, []
    for _ in range(1500):
        death, lost = random.exponential(1 / rate, 25), random.uniform(0, 40, 25)
        table = table_of(np.minimum(death, lost), death <= lost)
        found = survival_of(table, 12)
        held.append(found.low <= share <= found.high)
    assert np.mean(held) > 0.945


def test_limits_of_a_share_without_censoring_are_r_s_binomial():
    """R: ``binom.test(7, 20)$conf.int``."""
    found = survival_of(table_of(np.arange(1.0, 21), np.ones(20, int)), 13)
    assert_allclose(parts(found), [0.35, *stats.binomtest(7, 20).proportion_ci()])
