"""The synthetic samples: every response and date that they record follows from their lesions."""

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest

from lib import recist
from lib.plan import ResponsePlan
from lib.schema import MONTH
from tests.conftest import sample

PLAN = ResponsePlan()


@pytest.fixture(scope="module", params=["registry", "workbook", "workbook by sums"])
def cohort(request):
    name, _by, sums = request.param.partition(" by ")
    read = sample(name)
    tables = {each: table for each, table in read.tables.items() if not sums or each != "lesions"}
    return replace(read, tables=tables)


@pytest.fixture(scope="module")
def found(cohort):
    return recist.courses(cohort, PLAN)


@pytest.fixture(scope="module")
def visits(found):
    return [visit for each in found.values() for visit in each.visits]


def recorded(cohort, column):
    values = cohort.patients.set_index("patient_id")[column]
    return {name: None if pd.isna(value) else value for name, value in values.items()}


def test_every_recorded_response_derives_again(cohort, visits):
    basis = "lesions" if "lesions" in cohort.tables else "sums"
    assert Counter(visit.basis for visit in visits) == {basis: len(visits)}
    with_letter = [visit for visit in visits if visit.recorded]
    assert [(v.patient_id, v.day) for v in with_letter if v.response != v.recorded] == []
    if len(cohort) == 36:
        assert len(with_letter) == len(visits) == 198
    else:
        assert 0.9 * len(visits) < len(with_letter) < len(visits)
        assert {visit.response for visit in visits} == {"CR", "PR", "SD", "PD", "NE"}


@pytest.mark.parametrize("months", [3, 6, 12])
def test_response_at_fixed_times_is_that_of_the_patients(cohort, found, months):
    column = f"response_{months}m"
    if column in cohort.patients:
        day = round(months * MONTH)
        derived = {name: each.response_at(day, PLAN.window_days) for name, each in found.items()}
        said = recorded(cohort, column)
        assert derived == {name: letter or "" for name, letter in said.items()}


def test_best_responses_are_those_of_the_patients_where_one_is_recorded(cohort, found):
    best = {name: each.best_confirmed.response for name, each in found.items()}
    if len(cohort) == 36:
        assert Counter(best.values()) == {"SD": 33, "PD": 2, "PR": 1}
        return
    said = {name: letter for name, letter in recorded(cohort, "best_response").items() if letter}
    assert len(said) > 200
    assert said == {name: best[name] for name in said}
    assert any(each.best.response != each.best_confirmed.response for each in found.values())


@pytest.mark.parametrize(
    "column", ["progression_date", "hepatic_progression_date", "extrahepatic_progression_date"]
)
def test_dates_of_progression_are_those_of_the_patients(cohort, found, column):
    if column in cohort.patients:
        said = recorded(cohort, column)
        derived = {name: getattr(each, column) for name, each in found.items()}
        assert derived == {name: day and day.date() for name, day in said.items()}


def test_places_of_progression_are_those_of_the_patients(cohort, found):
    for name, said in recorded(cohort, "progression_site").items():
        each, first = found[name], found[name].progression_date
        seen = (
            first is not None and each.hepatic_progression_date == first,
            first is not None and each.extrahepatic_progression_date == first,
        )
        words = [word for word, here in zip(("liver", "extrahepatic"), seen, strict=True) if here]
        assert (said or "") == " and ".join(words)


def test_only_unplaced_progression_is_told(cohort, found):
    told = {finding.message for each in found.values() for finding in each.findings}
    assert all("not said where the disease progressed" in message for message in told)
    assert len(cohort) == 36 or not told


def test_progression_of_the_registry_is_seen_in_every_way():
    cohort = sample("registry")
    found = recist.courses(cohort, PLAN).values()
    first = [v for each in found for v in each.visits if v.date == each.progression_date]
    assert sum(visit.new_lesion for visit in first) >= 30
    assert sum(visit.target == "PD" for visit in first) >= 30
    assert sum(visit.nontarget == "PD" for visit in first) >= 10
    lesions = cohort.tables["lesions"]
    assert {"liver", "lung", "lymph node", "peritoneum", "bone"} <= set(lesions["organ"])
    assert {"yes", "no"} == set(lesions["target"]) == set(lesions["node"])
