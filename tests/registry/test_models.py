"""Models of a registry: equal to those from rows, whose equality with R is tested elsewhere."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

import lib.registry
from lib import exhibits
from lib.analyses import adjustment, comparison, masked, protocol, robustness, subgroups
from lib.analyses.arms import compared
from lib.analyses.counted import NotHeld
from lib.analyses.modelled import is_modelled
from lib.analyses.study import opening_plan, under_study
from lib.registry import following
from lib.registry.engines.duckdb import DuckDB
from lib.registry.models import MOST, Timed
from lib.registry.query import Ask
from lib.schema import ADJUST_FOR, ENDPOINTS, Column, Level
from lib.statistics import regression, weighting
from lib.statistics.balance import standardized_difference
from lib.statistics.life_table import TimeToEvent
from lib.statistics.regression import Covariate
from lib.statistics.weighting import Propensity, Weights
from tests.conftest import chosen, refused, sample, studied
from tests.registry.same import ON_A_CLUSTER, difference, in_database, opened, written
from tests.statistics.test_summed import same

ARMS = ("x", "y")
LEVELS = tuple(Level(code, code) for code in ("a'b", 'c"d', "%s :p1", "d"))
COLUMNS = (
    Column("age", "Age", "number"),
    Column("cea", "CEA", "number", logarithm=True),
    Column("twice", "Twice", "number"),
    Column("site", "Site", "category", levels=LEVELS),
    Column("ecog", "ECOG", "category", levels=LEVELS[:2]),
)
OTHER = Column("marker", "Marker", "number")


def covariate(name, codes, levels):
    """Levels with the one that most have first."""
    counts = np.bincount(codes)
    order = sorted(range(len(counts)), key=lambda at: (-counts[at], at))
    return Covariate(name, np.argsort(order)[codes], tuple(levels[at].code for at in order))


class Simulated:
    """Many patients, in memory and in a registry's table."""

    def __init__(self, n=20_000, late=False, apart=False, seed=0):
        random = np.random.default_rng(seed)
        age, cea = random.normal(60, 9, n).round() + 0.1, np.exp(random.normal(3, 2, n)) - 1
        site, ecog = random.integers(0, 4, n), random.integers(0, 2, n)
        chance = 1 / (1 + np.exp(-(age - 60) / 20 - 0.3 * (site == 1)))
        self.arm = random.random(n) < (np.where(site == 3, 1, chance) if apart else chance)
        risk = np.exp(0.02 * (age - 60) + 0.2 * self.arm + 0.3 * ecog)
        days = np.ceil(random.exponential(500, n) / risk)
        entry = np.where(random.random(n) < 0.4, np.floor(days * random.random(n)), 0) / 30.4375
        event = random.random(n) < 0.6
        self.data = TimeToEvent(days / 30.4375, event, entry if late else None)
        self.covariates = [
            Covariate("age", age),
            Covariate("cea", np.log1p(np.maximum(cea, 0))),
            Covariate("twice", 2 * age),
            covariate("site", site, LEVELS),
            covariate("ecog", ecog, LEVELS[:2]),
        ]
        self.marker = np.where(random.random(n) < 0.3, np.nan, random.normal(size=n) + self.arm)
        self.site = site
        words = [np.array([level.code for level in LEVELS])[each] for each in (site, ecog)]
        columns = (age, cea, 2 * age, *words, pa.array(self.marker, from_pandas=True))
        table = pa.table(
            {
                "arm": self.arm.astype(int),
                "months": days / 30.4375,
                "event": event,
                "entry": entry,
                "reason": np.full(n, ""),
                **{f"c{at}": each for at, each in enumerate(columns)},
            }
        )
        fields = {column: f"c{at}" for at, column in enumerate((*COLUMNS, OTHER))}
        engine = DuckDB({"facts": table})
        self.timed = Timed(engine.columns, Ask(None), "SELECT * FROM facts", fields, late)
        made = self.timed.predictors(COLUMNS)
        assert all(made)
        self.complete = self.timed.complete(made)


@pytest.mark.parametrize("late", [False, True])
def test_cox_of_many_patients_is_that_of_rows(late):
    many = Simulated(late=late)
    found = many.complete.cox("arm", ARMS)
    arm = Covariate("arm", many.arm.astype(int), ARMS)
    expected = regression.cox_regression(many.data, [arm, *many.covariates])
    same(found, expected, robust=not late)
    assert np.isnan(found.terms[3].log_ratio)  # it follows from another


@pytest.mark.parametrize("apart", [False, True])
def test_weights_of_many_patients_are_those_of_rows(apart):
    many = Simulated(5_000, apart=apart)
    found = many.complete.weighted(ARMS, 0.95, 36.0)
    expected = weighting.weighted_comparison(many.data, many.arm, [many.covariates], ARMS, tau=36.0)
    assert found.propensity.separated == expected.propensity.separated == apart
    close = {"rtol": 1e-6 if apart else 1e-8}
    for name in ("ratio", "difference"):
        one, other = getattr(found, name), getattr(expected, name)
        assert_allclose(
            [one.value, one.low, one.high], [other.value, other.low, other.high], **close
        )
    for one, other in zip(found.curves, expected.curves, strict=True):
        for name in ("time", "survival", "low", "high", "effective"):
            assert_allclose(getattr(one, name), getattr(other, name), **close)
        assert one.n == other.n
    assert_allclose(found.propensity.coefficients, expected.propensity.coefficients, **close)
    assert len(found.propensity.value) == len(found.weights.value) == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_balance_is_that_of_rows(weighted):
    many = Simulated(5_000)
    fit = weighting.propensity(many.arm, many.covariates)
    weight = weighting.overlap_weights(many.arm, fit.value).value if weighted else None
    found = many.complete.balance((*COLUMNS, OTHER), weighted)
    values = [*(each.values for each in many.covariates), many.marker]
    values[3] = many.site
    levels = [None, None, None, 4, 2, None]
    for (column, one), value, many_levels in zip(found, values, levels, strict=True):
        arms = [many.arm, ~many.arm]
        weights = [None, None] if weight is None else [weight[arm] for arm in arms]
        other = standardized_difference(*(value[arm] for arm in arms), many_levels, *weights)
        for name in ("value", "band", "n1", "n0"):
            got, wanted = getattr(one, name), getattr(other, name)
            assert_allclose(got, wanted, rtol=1e-8, atol=1e-10, err_msg=column.name)


def test_too_many_terms_are_refused_in_a_sentence():
    many = Simulated(200)
    with refused("registry-many-terms", NotHeld) as found:
        many.timed.complete(many.complete.predictors * 4)
    assert found.value.values == {"most": MOST, "n": 28}


@pytest.mark.cases
def test_a_sample_is_modelled_as_its_rows_are(name, origin):
    cohort = sample(name)
    study = under_study(cohort, opening_plan(cohort, chosen(origin=origin)))
    modelled_alike(study, opened(study))


def test_a_database_is_modelled_as_its_rows_are(server):
    cohort = sample("registry")
    study = under_study(cohort, opening_plan(cohort))
    in_database(server, study)
    registry = lib.registry.open(server, study.plan)
    modelled_alike(study, registry)
    registry.engine.close()


COUNTED = """
CREATE SCHEMA counted;
CREATE FUNCTION counted.exp(x double precision) RETURNS double precision IMMUTABLE
LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''taken''; RETURN pg_catalog.exp(x); END'
"""


def test_a_database_takes_no_exponential_for_each_sum(server):
    cohort = sample("registry")
    study = under_study(cohort, opening_plan(cohort))
    in_database(server, study)
    with psycopg.connect(server) as connection:
        connection.execute(COUNTED)
    registry = lib.registry.open(server, study.plan)
    taken, each, engine = [], [], registry.engine

    class Asking:
        def columns(self, sql, values):
            taken.clear()
            found = engine.columns(sql, values)
            each.append(len(taken))
            return found

    engine._connection.add_notice_handler(taken.append)
    engine._connection.execute("SET search_path TO counted, public, pg_catalog")
    adjustment.of_endpoint(replace(registry, engine=Asking()), ENDPOINTS["OS"])
    n = sum(registry.timed(ENDPOINTS["OS"]).n(adjustment.covariates(registry, ENDPOINTS["OS"])))
    engine.close()
    assert sum(taken >= n for taken in each) > 5
    assert max(each) <= 2 * n  # of a weight, and once more of whom it chooses


@pytest.mark.parametrize("name", [pytest.param("registry", marks=ON_A_CLUSTER)])
def test_a_cluster_is_modelled_as_its_rows_are(name, cluster, tmp_path):
    cohort = sample(name)
    study = under_study(cohort, opening_plan(cohort))
    written(tmp_path, study)
    registry = lib.registry.open(f"{cluster}#{tmp_path}", study.plan)
    modelled_alike(study, registry)
    registry.engine.close()


def test_entries_of_many_who_are_modelled_are_counted_apart_from_exits(monkeypatch):
    study, endpoint = studied("registry", origin="liver_mets_date"), ENDPOINTS["OS"]
    arms = compared(study)
    together = opened(study).timed(endpoint).complete([])
    monkeypatch.setattr(following, "JOINT", 100)
    apart = opened(study).timed(endpoint).complete([])
    assert len(apart.lines[0]) < len(together.lines[0]) and apart.came is not None
    assert (apart.n, apart.events) == (together.n, together.events)
    one, other = (replace(each.table(arms.codes), spans=None) for each in (apart, together))
    assert together.table(arms.codes).spans is not None
    assert not difference(one, other)


def test_what_was_asked_to_choose_covariates_is_not_asked_again():
    cohort = sample("workbook")
    registry = opened(under_study(cohort, opening_plan(cohort)))
    asked, engine = [], registry.engine

    class Counting:
        def columns(self, sql, values):
            asked.append(sql)
            return engine.columns(sql, values)

    registry = replace(registry, engine=Counting())
    chosen = adjustment.covariates(registry, ENDPOINTS["OS"])
    assert chosen
    assert len(asked) < 2 * len(ADJUST_FOR)
    asked.clear()
    assert adjustment.covariates(registry, ENDPOINTS["OS"]) == chosen
    assert not asked


def modelled_alike(study, registry):
    endpoint, arms = ENDPOINTS["OS"], compared(study)
    expected = adjustment.complete(study, endpoint)
    columns, rows = expected.covariates, expected.cases
    timed = registry.timed(endpoint)
    assert timed.n(columns) == expected.n
    made = timed.predictors(columns)
    for one, other in zip(made, rows.sets[0], strict=True):
        assert [level.code for level in one.levels] == list(other.levels)
    complete = timed.complete(made)
    assert (complete.n, complete.events) == (expected.n, expected.events)
    both = (each.cox(adjustment.ARM, arms.codes, 0.95) for each in (complete, rows))
    same(*both, robust=not timed.late)
    if timed.late:
        return
    found = complete.weighted(arms.codes, 0.95, 12.0)
    weighted = rows.weighted(arms.codes, 0.95, 12.0)
    for one, other in ((found.ratio, weighted.ratio), (found.difference, weighted.difference)):
        for part in ("value", "low", "high"):
            assert_allclose(getattr(one, part), getattr(other, part), rtol=1e-7)


@pytest.mark.parametrize("origin", ["first_procedure_date", "diagnosis_date"])
@pytest.mark.parametrize("covariates", [(), ("age", "ecog")], ids=str)
def test_what_is_adjusted_is_as_of_complete_cases_in_memory(covariates, origin, monkeypatch):
    monkeypatch.setattr(adjustment, "MOST", 0)  # nothing is drawn
    cohort = replace(sample("registry"))  # with a memory of its own: no other test is to see this
    plan = opening_plan(cohort, chosen(origin=origin, covariates=covariates))
    study = under_study(cohort, plan)
    registry = opened(study)
    for endpoint in (ENDPOINTS["OS"], ENDPOINTS["PFS"]):
        assert adjustment.covariates(registry, endpoint) == adjustment.covariates(study, endpoint)
        found, expected = (adjustment.of_endpoint(each, endpoint) for each in (registry, study))
        assert found.design.n == expected.design.n and expected.model is not None
        for part in ("covariates", "omitted", "incomplete", "requirements", "before", "after"):
            alike(getattr(found.design, part), getattr(expected.design, part), part)
        same(found.model, expected.model, robust=not found.design.late)
        for part in ("weighted", "same_hazard", "same_mean", "groups", "tau", "unsure"):
            alike(getattr(found, part), getattr(expected, part), part)
        assert [each.code for each in found.cautions] == [each.code for each in expected.cautions]
        compared_arms = comparison.of_arms(registry)
        shown = exhibits.adjustment.of_endpoint(found, compared_arms)
        assert "no row of whom is held" in shown.caption
        assert not shown.tables[0].frame.empty
        assert exhibits.balance.of_arms(compared_arms, found.design).caption


def alike(one, other, where):
    """Whether two results say the same, no patient's own numbers being held by the first."""
    if isinstance(one, Propensity | Weights):
        one, other = (replace(each, value=np.zeros(0)) for each in (one, other))
    if is_dataclass(one):
        for each in fields(one):
            alike(getattr(one, each.name), getattr(other, each.name), f"{where}.{each.name}")
    elif isinstance(one, tuple):
        assert len(one) == len(other), where
        for at, pair in enumerate(zip(one, other, strict=True)):
            alike(*pair, f"{where}.{at}")
    elif isinstance(one, float | np.ndarray):
        assert_allclose(one, other, rtol=1e-7, atol=1e-9, err_msg=where)
    else:
        assert one == other, where


def by_choice(found, dimensions):
    """The specifications by their options of some dimensions, those of all others being own."""
    names = [each.name for each in found.dimensions]
    others = [at for at, name in enumerate(names) if name not in dimensions]
    return {
        tuple(each.options[names.index(name)] for name in dimensions): each
        for each in found.specifications
        if all(each.options[at] == found.dimensions[at].own for at in others)
    }


@pytest.mark.parametrize("origin", ["first_procedure_date", "diagnosis_date"])
def test_other_choices_are_tried_where_each_is_counted_and_the_rest_are_told(origin, monkeypatch):
    monkeypatch.setattr(adjustment, "MOST", 0)  # nothing is drawn
    cohort = replace(sample("registry"))
    study = under_study(cohort, opening_plan(cohort, chosen(origin=origin)))
    registry, rate = opened(study), subgroups.rates(study)[0]
    for of, outcome in (
        (robustness.of_endpoint, ENDPOINTS["OS"]),
        (robustness.of_endpoint, ENDPOINTS["PFS"]),
        (robustness.of_rate, rate),
    ):
        found, expected = of(registry, outcome), of(study, outcome)
        assert robustness.SETTLED in found.not_tried
        assert robustness.SETTLED not in expected.not_tried
        dimensions = [each.name for each in found.dimensions]
        tried, wanted = (by_choice(each, dimensions) for each in (found, expected))
        assert tried.keys() == wanted.keys() and len(tried) > 3
        for options, one in tried.items():
            for part in ("own", "n", "events", "ratio", "difference", "gaps"):
                alike(getattr(one, part), getattr(wanted[options], part), f"{options} {part}")


def test_a_protocol_is_set_beside_what_is_counted(monkeypatch):
    monkeypatch.setattr(adjustment, "MOST", 0)  # nothing is drawn
    cohort = replace(sample("registry"))
    study = under_study(cohort, opening_plan(cohort, chosen()))
    found, expected = (protocol.of_arms(each) for each in (opened(study), study))
    for each in fields(expected):
        if each.name != "provenance":
            alike(getattr(found, each.name), getattr(expected, each.name), each.name)
    assert found.adjusted and found.crossed is not None


def test_who_has_neither_rows_nor_sums_adjusts_nothing():
    study = under_study(sample("registry"), opening_plan(sample("registry")))
    counts = masked.population(study, 5)
    assert [is_modelled(each) for each in (study, counts, opened(study))] == [False, False, True]
    for asked in (adjustment.design, adjustment.complete, adjustment.of_endpoint):
        with refused("no-rows", NotHeld):
            asked(counts, ENDPOINTS["OS"])


def test_what_has_more_levels_than_a_model_takes_terms_is_left_out_and_told(monkeypatch):
    monkeypatch.setattr(Timed, "most", 1)
    cohort = sample("registry")
    registry = opened(under_study(cohort, opening_plan(cohort)))
    made = adjustment.design(registry, ENDPOINTS["OS"])
    assert made.terms == 1
    why = {each.column.name: each.why for each in made.omitted}
    assert why["primary_site"] == "terms" and why["age"] == "numbers"
    assert "more levels than a model takes" in exhibits.short.omitted(made)
