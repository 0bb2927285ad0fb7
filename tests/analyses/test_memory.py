"""What is computed is kept with its patients, by the parts of the plan that it declares."""

import inspect
import pkgutil
from dataclasses import fields, is_dataclass, replace
from importlib import import_module
from typing import get_type_hints

import pytest

from lib import exhibits
from lib.analyses import (
    adjustment,
    baseline,
    centres,
    comparison,
    duration,
    incidence,
    landmark,
    maturity,
    memory,
    multiplicity,
    one_sided,
    origins,
    overdue,
    patients,
    protocol,
    received,
    response,
    robustness,
    sensitivity,
    subgroups,
    survival,
    timeline,
    toxicity,
    transitions,
)
from lib.analyses.study import SELECTS, compared_arms, opening_plan, under_study
from lib.plan import Condition, Plan
from lib.schema import ENDPOINTS
from tests.analyses.watched import leaves, watched
from tests.conftest import sample, studied

OS = ENDPOINTS["OS"]
OF_STUDY = (
    *(survival.available, incidence.available, incidence.of_arms, one_sided.refused),
    *(
        baseline.by_group,
        response.by_group,
        transitions.between_times,
        duration.of_responses,
        compared_arms,
    ),
    *(comparison.of_arms, subgroups.rates, multiplicity.of_page, protocol.of_arms),
    *(origins.available, maturity.matured, received.overlap, received.rules),
    *(patients.waterfall, patients.spider, patients.swimmer, overdue.overdue, toxicity.of_arms),
)
OF_ENDPOINT = (
    *(survival.by_group, origins.side_by_side, adjustment.design, adjustment.of_endpoint),
    adjustment.complete,
    *(subgroups.of_endpoint, centres.of_endpoint, robustness.of_endpoint, received.switching),
    sensitivity.of_endpoint,
)
BETWEEN = (sensitivity.between_scans, sensitivity.beside)
OF_RATE = (subgroups.of_rate, robustness.of_rate)


def quick(plan):
    return replace(plan, comparison=replace(plan.comparison, permutations=20))


def asked(study):
    """Every analysis, with arguments of each kind."""
    yield from ((analysis, ()) for analysis in OF_STUDY)
    yield from ((analysis, (OS,)) for analysis in OF_ENDPOINT)
    yield from ((analysis, (ENDPOINTS["PFS"],)) for analysis in BETWEEN)
    yield from ((incidence.by_group, (each,)) for each in incidence.available(study))
    yield from ((analysis, (rate,)) for rate in subgroups.rates(study)[:1] for analysis in OF_RATE)
    yield from ((landmark.at_landmark, (OS, way)) for way in study.ways)
    yield from ((received.responses, (rule,)) for rule in received.rules(study))
    yield timeline.timeline, (study.cohort.patients["patient_id"][0],)


def words_of(result):
    """What leaves the house of a result: all that the exhibits make of it alone."""
    for module in pkgutil.iter_modules(exhibits.__path__):
        room = import_module(f"lib.exhibits.{module.name}")
        for name, make in inspect.getmembers(room, inspect.isfunction):
            needed = [
                asked_for
                for asked_for, each in inspect.signature(make).parameters.items()
                if each.default is each.empty
            ]
            if (
                name[0] != "_"
                and len(needed) == 1
                and get_type_hints(make).get(needed[0]) is type(result)
            ):
                yield make, result


def declared(paths):
    """Whether a value of the plan, as ``survival.landmark``, is among some parts of it."""
    return lambda leaf: leaf in paths or leaf.split(".")[0] in paths


@pytest.mark.parametrize("name", ["workbook", pytest.param("registry", marks=pytest.mark.full)])
def test_an_analysis_and_the_words_about_it_read_what_it_declares_and_nothing_else(name):
    cohort = replace(sample(name))
    plan = quick(opening_plan(cohort))
    ran, selecting = set(), set()
    arguments_of = list(asked(under_study(replace(cohort), watched(plan, selecting))))
    for analysis, arguments in arguments_of:
        seen = set()
        cohort.memory.pop("under study", None)  # what was measured reads no more
        study = under_study(cohort, watched(plan, seen))
        result = analysis(study, *arguments)
        own = f"{analysis.__module__}.{analysis.__qualname__}"
        ran.add(own)
        parts = {*memory.READS[own], *SELECTS}
        assert not [leaf for leaf in seen if not declared(parts)(leaf)], own
        for make, of in words_of(result):
            make(of)
        if hasattr(result, "provenance"):  # the plan that it is asked under
            parts |= {*memory.WORDED}
        assert not [leaf for leaf in seen if not declared(parts)(leaf)], own
    assert set(SELECTS) - {"study.roll_up"} <= selecting
    methods = {each for each in memory.READS if ".Study." in each or "lib.registry." in each}
    assert ran | methods == set(memory.READS)


def test_what_is_declared_is_part_of_a_plan():
    known = {*leaves(Plan()), *(leaf.split(".")[0] for leaf in leaves(Plan()))}
    for parts in (*memory.READS.values(), SELECTS):
        assert set(parts) <= known


def landmark_at(plan, months):
    return replace(plan, survival=replace(plan.survival, landmark=months))


def kept(one, other):
    """Whether an answer is the one that was kept, be it under another plan."""
    if not is_dataclass(one) or not hasattr(one, "provenance"):
        return one is other
    names = [each.name for each in fields(one) if each.name != "provenance"]
    return all(getattr(one, name) is getattr(other, name) for name in names)


def test_another_landmark_asks_for_the_landmark_anew_and_for_nothing_else():
    cohort = replace(sample("workbook"))
    plan = quick(opening_plan(cohort))
    before, after = (under_study(cohort, landmark_at(plan, months)) for months in (6, 9))
    anew = {"landmark.at_landmark", "received.responses", "sensitivity.of_endpoint"}
    seen = set()
    left_out = (*OF_RATE, adjustment.of_endpoint, robustness.of_endpoint)
    for analysis, arguments in asked(before):
        if analysis not in left_out:
            name = f"{analysis.__module__.split('.')[-1]}.{analysis.__name__}"
            same = kept(analysis(before, *arguments), analysis(after, *arguments))
            seen.add(name)
            assert same != (name in anew), name
    assert seen >= anew


def test_plans_that_select_alike_share_their_patients_and_a_filter_that_was_seen_is_remembered():
    cohort = replace(sample("workbook"))
    condition = {"selection": (Condition("modality", ("HAI",)),)}
    first, filtered, again = (studied(cohort, **each) for each in ({}, condition, {}))
    assert first.cohort is again.cohort is not filtered.cohort
    assert survival.by_group(first, OS) is survival.by_group(again, OS)
    assert survival.by_group(first, OS) is not survival.by_group(filtered, OS)
    assert studied(cohort, **condition).cohort is filtered.cohort


def test_what_was_asked_for_last_is_kept_and_no_more():
    made, kept = [], {}

    def ask(key):
        return memory.latest(kept, "kind", key, 2, lambda: made.append(key) or key)

    assert [ask(key) for key in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert made == [1, 2, 3, 2]


def test_what_stands_within_another_answer_has_the_plan_that_this_is_asked_under():
    columns = ("extrahepatic", "n_lesions")
    cohort = replace(sample("registry"))
    adjustment.of_endpoint(studied(cohort, covariates=columns, permutations=30), OS)
    study = studied(cohort, covariates=columns, permutations=40)
    found = adjustment.of_endpoint(study, OS)
    assert found.design.provenance.plan == study.plan
    assert adjustment.of_endpoint(study, OS) is found
