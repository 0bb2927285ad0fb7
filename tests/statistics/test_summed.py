"""Models from sums alone: agreement with R, and with the same models from rows."""

from functools import cached_property

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.statistics import regression, summed, weighting
from lib.statistics.life_table import TimeToEvent
from lib.statistics.regression import Covariate, names_of
from lib.statistics.summed import Logistic, Sums
from tests.statistics import reference
from tests.statistics.reference import numbers
from tests.statistics.test_more_reference import GOLDEN, LATE, SEEN, lung
from tests.statistics.test_regression import MODELS, covariate


class Counting:
    """Rows that are summed, and counted how often."""

    def __init__(self, data, covariates, stratum=None):
        known = np.logical_and.reduce([each.known for each in covariates])
        self.data = data.where(known)
        self.raw = np.concatenate([each.columns()[known] for each in covariates], axis=1)
        self.names = [n for each in covariates for n in names_of(each.name, each.levels)]
        spread = self.raw.std(axis=0)
        self.scale = np.where(spread > 0, spread, 1.0)
        self.x = (self.raw - self.raw.mean(axis=0)) / self.scale
        self.stratum = np.zeros(len(self.x), int) if stratum is None else stratum[known]
        self.asked = 0

    @cached_property
    def entry(self):
        return np.zeros(len(self.x)) if self.data.entry is None else self.data.entry

    def left(self, beta):
        self.asked += 1
        every = np.ones(len(self.x), bool)
        return self.sums(beta, self.data.time, self.data.event > 0, every)

    def came(self, beta):
        late = self.entry > 0
        if not late.any():
            return None
        return self.sums(beta, self.entry, np.zeros(len(self.x), bool), late)

    def sums(self, beta, time, event, kept):
        keys = np.stack([self.stratum, time, event], axis=1)[kept]
        lines, at = np.unique(keys, axis=0, return_inverse=True)
        x, r = self.x[kept], np.exp(self.x[kept] @ beta)
        p = x.shape[1]
        shapes = ((), (p,), (p, p))
        zero, one, two = (np.zeros((len(lines), *shape)) for shape in shapes)
        np.add.at(zero, at, r)
        np.add.at(one, at, r[:, None] * x)
        np.add.at(two, at, r[:, None, None] * x[:, :, None] * x[:, None, :])
        n = np.bincount(at, minlength=len(lines))
        when = lines[:, 0].astype(int), lines[:, 1], lines[:, 2] > 0
        return Sums(*when, n, zero, one, lambda by: np.einsum("m,mpq->pq", by, two))


def fit(data, covariates, stratum=None, ties="efron"):
    rows = Counting(data, covariates, stratum)
    return summed.cox_regression(rows, rows.names, ties=ties), rows


def of_r(found, golden, robust=True):
    assert_allclose([t.log_ratio for t in found.terms], golden["coef"], rtol=1e-8)
    assert_allclose([t.std_error for t in found.terms], golden["se"], rtol=1e-8)
    assert_allclose(found.log_likelihood, golden["loglik"], rtol=1e-9)
    if robust:
        lin_wei = [t.robust_std_error for t in found.terms]
        assert_allclose(lin_wei, golden["robust_se"], rtol=1e-8)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_as_r_has_it(model, ties):
    name = model.replace("efron", ties)
    (entry,) = [each for each in reference.entries() if each["quantity"] == name]
    golden, data = numbers(entry["value"]), reference.follow_up(entry)
    found, rows = fit(data, [covariate(entry, each) for each in MODELS[model]], ties=ties)
    of_r(found, golden)
    tests = [*(t.proportional_hazards for t in found.terms), found.proportional_hazards]
    assert_allclose([t.statistic for t in tests], golden["zph"]["km"]["chisq"], rtol=1e-6)
    assert rows.asked <= 8  # a step each, and one for the robust errors


def test_strata_as_r_has_them():
    (entry,) = [e for e in reference.entries() if e["quantity"] == "coxmulti_strat_inst_efron"]
    golden, data = numbers(entry["value"]), reference.follow_up(entry)
    inst = reference.floats(entry["csv"], "inst")
    known = np.isfinite(inst)
    columns = [
        Covariate(name, reference.floats(entry["csv"], name)[known])
        for name in ("age", "sex", "ph.ecog", "wt.loss")
    ]
    found, _ = fit(data.where(known), columns, inst[known].astype(int))
    of_r(found, golden)


def test_late_entry_as_r_has_it():
    columns = [Covariate(name, lung(name)[SEEN]) for name in ("age", "sex", "ph.karno")]
    found, _ = fit(LATE, columns)
    of_r(found, GOLDEN["late/coxmulti"], robust=False)
    assert all(np.isnan(term.robust_std_error) for term in found.terms)
    ecog = lung("ph.ecog")[SEEN]
    known = np.isfinite(ecog)
    within = [Covariate(each.name, each.values[known]) for each in columns[:2]]
    found, _ = fit(LATE.where(known), within, ecog[known].astype(int))
    of_r(found, GOLDEN["late/coxmulti_strata"], robust=False)


def simulated(seed, n=400, late=False, days=40):
    random = np.random.default_rng(seed)
    age, level = random.normal(60, 9, n).round(), random.integers(0, 3, n)
    time = np.ceil(random.exponential(days, n) * np.exp(-0.02 * (age - 60) - 0.3 * (level == 1)))
    entry = np.where(random.random(n) < 0.5, np.floor(time * random.random(n)), 0.0)
    data = TimeToEvent(time, random.random(n) < 0.6, entry if late else None)
    return data, [Covariate("age", age), Covariate("level", level, ("a", "b", "c"))]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_as_from_rows(seed, late):
    data, columns = simulated(seed, late=late, days=[40, 3, 300][seed])
    found, _ = fit(data, columns)
    same(found, regression.cox_regression(data, columns), robust=not late)


def same(found, golden, robust=True):
    assert (found.n, found.events) == (golden.n, golden.events)
    assert_allclose(found.log_likelihood, golden.log_likelihood, rtol=1e-9)
    for one, two in zip(found.terms, golden.terms, strict=True):
        assert (one.covariate, one.level, one.reference) == (
            two.covariate,
            two.level,
            two.reference,
        )
        assert one.diverged == two.diverged
        numbers = ["log_ratio", "std_error", *(["robust_std_error"] if robust else [])]
        for name in numbers:
            assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-8, err_msg=name)
        assert_allclose(
            one.proportional_hazards.statistic, two.proportional_hazards.statistic, rtol=1e-6
        )
    overall = found.proportional_hazards
    assert_allclose(overall.statistic, golden.proportional_hazards.statistic, rtol=1e-6)


def test_many_ties_are_summed_in_parts(monkeypatch):
    data, columns = simulated(5, days=4)
    whole, _ = fit(data, columns)
    monkeypatch.setattr(summed, "AT_ONCE", 7)
    found, _ = fit(data, columns)
    same(found, whole)


def test_a_column_that_follows_and_one_that_diverges():
    data, columns = simulated(1)
    rare = np.zeros(len(data))
    rare[np.flatnonzero(data.event == 0)[:5]] = 1
    age = columns[0].values
    columns = [*columns, Covariate("twice", 2 * age + 1), Covariate("rare", rare)]
    found, _ = fit(data, columns)
    assert found.diverged and found.terms[-1].diverged
    same(found, regression.cox_regression(data, columns))
    assert np.isnan(found.terms[3].log_ratio) and not found.terms[3].diverged


def test_nobody_has_the_event():
    data, columns = simulated(2)
    none = TimeToEvent(data.time, np.zeros(len(data), int))
    found, _ = fit(none, columns)
    same(found, regression.cox_regression(none, columns))


def logistic(x, y):
    def passed(beta, inverse):
        chance = 1 / (1 + np.exp(-(x @ beta)))
        heavy = x * (chance * (1 - chance))[:, None]
        residual = y - chance
        if inverse is not None:
            residual = residual + (heavy @ inverse * x).sum(axis=1) * (0.5 - chance)
        return Logistic(x.T @ residual, heavy.T @ x)

    return summed.logistic_regression(passed, x.shape[1])


@pytest.mark.parametrize("apart", [False, True])
def test_logistic_regression(apart):
    data, columns = simulated(3)
    rows = Counting(data, columns)
    x = np.column_stack([np.ones(len(rows.x)), rows.x])
    y = np.random.default_rng(3).random(len(x)) < 1 / (1 + np.exp(-rows.x[:, 0]))
    if apart:
        y = y | (columns[1].values == 2)
    beta, information, separated = logistic(x, y.astype(float))
    golden = weighting.propensity(y, columns)
    assert separated == golden.separated == apart
    assert_allclose(1 / (1 + np.exp(-(x @ beta))), golden.value, rtol=1e-7 if apart else 1e-9)
    spread = golden.value * (1 - golden.value)
    assert_allclose(information, (x * spread[:, None]).T @ x, rtol=1e-6, atol=1e-6)
