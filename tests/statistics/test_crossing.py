"""Leads of two curves: those of R's curves, those by hand, and how often chance makes them."""

import json

import numpy as np
from numpy.testing import assert_allclose

from benchmarks import guards
from lib.statistics.crossing import crossing
from lib.statistics.life_table import TimeToEvent, count
from tests.statistics.reference import GOLDEN, floats, gehan


def two(first, second):
    time = np.concatenate([first, second]).astype(float)
    group = np.repeat([0, 1], [len(first), len(second)])
    return count(TimeToEvent(time, np.ones(len(time), int)), group, ("a", "b"))


def test_leads_are_of_the_curves_and_their_errors():
    """Where all are followed to death, survival and its error are those of proportions."""
    early, late = np.arange(1, 21), np.arange(4, 44, 2) / 2
    table = two(early * 0.5, np.append(late[:10] + 6, late[10:] * 3))
    found = crossing(table, "a", "b")
    lead = found.comparison
    one = np.mean(early * 0.5 > lead.time)
    other = np.mean(np.append(late[:10] + 6, late[10:] * 3) > lead.time)
    assert_allclose(lead.size, other - one)
    assert_allclose(lead.std_error, np.sqrt(one * (1 - one) / 20 + other * (1 - other) / 20))
    assert found.reference is None
    assert not found.crosses


def test_leads_are_those_of_r():
    entries = json.loads((GOLDEN / "more.json").read_text())["entries"]
    (golden,) = [entry["value"] for entry in entries if entry["id"] == "crossing/veteran"]
    trt = floats("data/veteran_cr.csv", "trt").astype(int) - 1
    time, event = (floats("data/veteran_cr.csv", name) for name in ("time", "status"))
    table = count(TimeToEvent(time, event > 0), trt, ("standard", "test"))
    found = crossing(table, "standard", "test")
    for name, lead in (("reference", found.reference), ("comparison", found.comparison)):
        assert_allclose([lead.time, lead.size, lead.std_error], golden[name], rtol=1e-9)


def test_curves_may_be_named_in_either_order():
    found = crossing(gehan(), "placebo", "6-MP")
    turned = crossing(gehan(), "6-MP", "placebo")
    assert found.reference is None
    assert turned.comparison is None
    assert found.comparison == turned.reference


def test_curves_cross_where_both_leads_exceed_their_error():
    steady = np.linspace(5, 15, 40)
    spread = np.concatenate([np.linspace(1, 4, 20), np.linspace(16, 30, 20)])
    found = crossing(two(steady, spread), "a", "b")
    assert found.crosses
    assert found.reference.time < 10 < found.comparison.time
    assert not crossing(two(steady, spread), "a", "b", until=10).crosses
    assert not crossing(two(steady[::10], spread[::10]), "a", "b").crosses  # 4 an arm
    assert crossing(two(steady, spread), "a", "b", 0.8).crosses


def test_curves_that_never_part_have_no_lead():
    found = crossing(two([1, 2, 3], [1, 2, 3]), "a", "b")
    assert (found.reference, found.comparison, found.crosses) == (None, None, False)
    nobody = crossing(two([1, 2, 3], []), "a", "b")
    assert not nobody.crosses


def test_chance_makes_curves_cross_in_few_cohorts_and_a_crossing_is_cautioned():
    random = np.random.default_rng(11)
    none = [guards.shapes(guards.arms(random, 30, guards.SAME)) for _ in range(200)]
    some = [guards.shapes(guards.arms(random, 30, guards.CROSSING)) for _ in range(100)]
    for name, most in (("not-proportional", 0.09), ("curves-cross", 0.04)):
        assert np.mean([each[name] for each in none]) <= most
    assert np.mean([each["not-proportional"] for each in some]) >= 0.75
