"""The hazard ratio of two groups: published values, brute force, edges."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize

from lib.statistics import cox
from lib.statistics.cox import hazard_ratio
from lib.statistics.life_table import TimeToEvent, count
from tests.conftest import parts
from tests.statistics.reference import gehan

SEPARATED = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 0])
rows = st.lists(
    st.tuples(st.integers(0, 12), st.booleans(), st.booleans()), min_size=4, max_size=60
)


def likelihood(b, time, event, x):
    """Efron's partial likelihood, written from its definition."""
    total = 0.0
    for t in np.unique(time[event]):
        risk, dead = np.exp(b * x[time >= t]).sum(), np.exp(b * x[event & (time == t)])
        total += b * x[event & (time == t)].sum()
        total -= sum(np.log(risk - i / len(dead) * dead.sum()) for i in range(len(dead)))
    return total


@given(rows)
def test_maximizes_the_partial_likelihood(rows):
    time, event, x = (np.array(column) for column in zip(*rows, strict=True))
    table = count(TimeToEvent(time, event), x.astype(int), ("a", "b"))
    got = hazard_ratio(table, "a", "b")
    assert_allclose(got.log_likelihood[0], likelihood(0, time, event, x), rtol=1e-9, atol=1e-12)
    assume(not np.isnan(got.log_ratio))
    assert_allclose(
        got.log_likelihood[1], likelihood(got.log_ratio, time, event, x), rtol=1e-9, atol=1e-12
    )
    for limit in (got.profile.low, got.profile.high):
        if not np.isnan(limit):
            drop = got.log_likelihood[1] - likelihood(np.log(limit), time, event, x)
            assert_allclose(2 * drop, 3.841458820694124, rtol=1e-6)
    for step in (-0.01, 0.01):
        assert likelihood(got.log_ratio + step, time, event, x) <= got.log_likelihood[1] + 1e-12


@pytest.mark.parametrize(("ties", "log_ratio"), [("efron", 1.5721), ("breslow", 1.5092)])
def test_gehan(ties, log_ratio):
    found = hazard_ratio(gehan(), "6-MP", "placebo", ties)
    assert_allclose(found.log_ratio, log_ratio, atol=5e-5)
    assert cox.ratio(gehan(), "6-MP", "placebo", ties) == found.ratio  # that of the whole result
    if ties == "efron":
        limits = parts(found.ratio)
        assert_allclose(limits, [4.817, 2.147, 10.809], atol=5e-4)


def test_exchanging_the_groups_inverts_the_ratio():
    one, other = (
        hazard_ratio(gehan(), *pair) for pair in (("6-MP", "placebo"), ("placebo", "6-MP"))
    )
    for name in ("ratio", "profile", "robust"):
        a, b = getattr(one, name), getattr(other, name)
        assert_allclose(parts(a), [1 / b.value, 1 / b.high, 1 / b.low], rtol=1e-8)


def test_very_many_ties_by_gamma_functions_agree_with_the_sums(monkeypatch):
    random = np.random.default_rng(2)
    x = random.integers(0, 2, 4000)
    data = TimeToEvent(np.ceil(random.exponential(8 - 3 * x)), random.random(4000) < 0.8)
    table = count(data, x, ("a", "b"))
    whole = hazard_ratio(table, "a", "b")
    assert cox._Risk.of_tables([table], True).big.size > 5
    monkeypatch.setattr(cox, "FEW", 10**9)
    lines = hazard_ratio(table, "a", "b")
    assert_allclose(whole.log_ratio, lines.log_ratio, rtol=1e-10)
    assert_allclose(whole.std_error, lines.std_error, rtol=1e-10)
    assert_allclose(whole.robust_std_error, lines.robust_std_error, rtol=1e-10)
    assert_allclose(
        whole.proportional_hazards.statistic, lines.proportional_hazards.statistic, rtol=1e-8
    )


def test_weights_that_are_whole_numbers_of_equal_rows_give_breslow_of_the_rows():
    time, event, x = [1, 2, 3, 4, 5, 6.0], [1, 1, 0, 1, 1, 0], [0, 1, 0, 1, 0, 1]
    weight = [1, 2, 1, 3, 1, 2]
    heavy = count(TimeToEvent(time, event, None, weight), x, ("a", "b"))
    copies = count(
        TimeToEvent(np.repeat(time, weight), np.repeat(event, weight)),
        np.repeat(x, weight),
        ("a", "b"),
    )
    one, other = (hazard_ratio(t, "a", "b", "breslow") for t in (heavy, copies))
    assert_allclose([one.log_ratio, one.std_error], [other.log_ratio, other.std_error], rtol=1e-9)


def test_no_event_in_a_group_diverges_and_says_so():
    got = hazard_ratio(count(SEPARATED, [0, 0, 0, 0, 1, 1], ("a", "b")), "a", "b")
    assert got.diverged and np.isnan(got.ratio.value) and got.ratio.missing == "not-estimable"
    assert np.isnan(got.profile.low) and 0 < got.profile.high < 1
    up = hazard_ratio(count(SEPARATED, [0, 0, 0, 0, 1, 1], ("a", "b")), "b", "a")
    assert up.diverged and np.isnan(up.profile.high)
    assert_allclose(up.profile.low, 1 / got.profile.high, rtol=1e-8)


def test_firth_maximizes_the_penalized_likelihood():
    time, event, x = SEPARATED.time, SEPARATED.event > 0, np.array([0, 0, 0, 0, 1, 1])

    def penalized(b):
        total = likelihood(b, time, event, x)
        information = 0.0
        for t in time[event]:
            p = 2 * np.exp(b) / (2 * np.exp(b) + np.sum((time >= t) & (x == 0)))
            information += p * (1 - p)
        return total + 0.5 * np.log(information)

    best = optimize.minimize_scalar(lambda b: -penalized(b), bounds=(-9, 3), method="bounded")
    got = hazard_ratio(count(SEPARATED, x, ("a", "b")), "a", "b").firth
    assert_allclose(np.log(got.value), best.x, atol=1e-4)
    for limit in (got.low, got.high):
        assert_allclose(2 * (penalized(np.log(got.value)) - penalized(np.log(limit))), 3.841458821)
    assert "Firth" in got.method
    assert hazard_ratio(gehan(), "6-MP", "placebo").firth is None


@pytest.mark.parametrize(
    ("event", "group"), [([0, 0, 0, 0], [0, 1, 0, 1]), ([1, 1, 1, 1], [0, 0, 0, 0])]
)
def test_nothing_to_compare_is_not_estimable_rather_than_one(event, group):
    got = hazard_ratio(count(TimeToEvent([1, 2, 3, 4], event), group, ("a", "b")), "a", "b")
    assert not got.diverged
    for name in ("ratio", "profile", "robust"):
        assert getattr(got, name).missing == "not-estimable"
    assert np.isnan(got.pvalue) and np.isnan(got.proportional_hazards.pvalue)


def test_other_groups_and_causes_do_not_count():
    random = np.random.default_rng(4)
    group, event = random.integers(0, 3, 90), random.integers(0, 3, 90)
    data = TimeToEvent(random.integers(1, 30, 90), event)
    whole = count(data, group, ("a", "b", "c")).cause(2)
    two = count(
        TimeToEvent(data.time[group != 1], event[group != 1] == 2),
        group[group != 1] // 2,
        ("a", "c"),
    )
    assert hazard_ratio(whole, "a", "c").log_ratio == hazard_ratio(two, "a", "c").log_ratio


@pytest.mark.cases
def test_bad_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        hazard_ratio(gehan(), *arguments)


def test_few_and_very_many_ties_together(monkeypatch):
    time = np.concatenate([np.repeat(5, 80), [1, 2, 3], [7, 7]])
    x = np.arange(len(time)) % 2
    table = count(TimeToEvent(time, np.ones(len(time), int)), x, ("a", "b"))
    whole = hazard_ratio(table, "a", "b")
    risk = cox._Risk.of_tables([table], True)
    assert (risk.big.size, len(risk.of), len(risk.m)) == (1, 5, 5)
    monkeypatch.setattr(cox, "FEW", 10**9)
    lines = hazard_ratio(table, "a", "b")
    assert_allclose(whole.robust_std_error, lines.robust_std_error, rtol=1e-10)
    assert_allclose(whole.profile.low, lines.profile.low, rtol=1e-8)
