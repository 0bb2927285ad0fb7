"""The samples: every response and date that they record follows from what they measure."""

from collections import Counter

import pandas as pd
import pytest

from lib import recist
from lib.plan import ResponsePlan
from lib.schema import MONTH
from tests.conftest import sample

PLAN = ResponsePlan()
REGISTRY = pytest.mark.parametrize("both", ["registry"], indirect=True)
THE_36 = pytest.mark.parametrize("both", ["workbook", "sums"], indirect=True)


@pytest.fixture(scope="module", params=["workbook", "sums", "registry"])
def both(request):
    """A sample, and its courses; by sums without the lesions behind them."""
    cohort = sample("registry" if request.param == "registry" else "workbook")
    tables = dict(cohort.tables)
    if request.param == "sums":
        del tables["lesions"]
    found = recist.courses(type(cohort)(cohort.patients, tables), PLAN)
    basis = {visit.basis for each in found.values() for visit in each.visits}
    assert basis == {"sums" if request.param == "sums" else "lesions"}
    return cohort, found


def recorded(cohort, column):
    values = cohort.patients.set_index("patient_id")[column]
    return {name: None if pd.isna(value) else value for name, value in values.items()}


def test_every_recorded_response_derives_again(both):
    cohort, found = both
    visits = [visit for each in found.values() for visit in each.visits]
    with_letter = [visit for visit in visits if visit.recorded]
    assert [(v.patient_id, v.day) for v in with_letter if v.response != v.recorded] == []
    if len(cohort) == 36:
        assert len(with_letter) == len(visits) == 198
    else:
        assert 0.9 * len(visits) < len(with_letter) < len(visits)
        assert {visit.response for visit in visits} == {"CR", "PR", "SD", "PD", "NE"}


@pytest.mark.parametrize("months", [3, 6, 12])
def test_response_at_fixed_times_is_that_of_the_patients(both, months):
    cohort, found = both
    if f"response_{months}m" in cohort.patients:
        day = round(months * MONTH)
        derived = {name: each.response_at(day, PLAN.window_days) for name, each in found.items()}
        said = recorded(cohort, f"response_{months}m")
        assert derived == {name: letter or "" for name, letter in said.items()}


@pytest.mark.parametrize("place", ["", "hepatic_", "extrahepatic_"])
def test_dates_of_progression_are_those_of_the_patients(both, place):
    cohort, found = both
    column = f"{place}progression_date"
    if column in cohort.patients:
        derived = {name: getattr(each, column) for name, each in found.items()}
        said = recorded(cohort, column)
        assert derived == {name: day and day.date() for name, day in said.items()}


def test_places_of_progression_are_those_of_the_patients(both):
    cohort, found = both
    for name, said in recorded(cohort, "progression_site").items():
        each, first = found[name], found[name].progression_date
        dates = (each.hepatic_progression_date, each.extrahepatic_progression_date)
        places = zip(("liver", "extrahepatic"), dates, strict=True)
        assert (said or "") == " and ".join(
            place for place, day in places if first and day == first
        )


@THE_36
def test_one_patient_responded_and_confirmed_it(both):
    best = Counter(each.best_confirmed.response for each in both[1].values())
    assert best == {"SD": 33, "PD": 2, "PR": 1}


@THE_36
def test_only_unplaced_progression_is_told(both):
    messages = {finding.message for each in both[1].values() for finding in each.findings}
    assert all("not said where the disease progressed" in message for message in messages)


@REGISTRY
def test_best_responses_are_those_of_the_patients_where_one_is_recorded(both):
    cohort, found = both
    said = {name: letter for name, letter in recorded(cohort, "best_response").items() if letter}
    assert len(said) > 200
    assert said == {name: found[name].best_confirmed.response for name in said}
    assert any(each.best.response != each.best_confirmed.response for each in found.values())


@REGISTRY
def test_the_lesions_leave_nothing_to_ask(both):
    assert [finding for each in both[1].values() for finding in each.findings] == []


@REGISTRY
def test_progression_is_seen_in_every_way(both):
    cohort, found = both
    first = [v for each in found.values() for v in each.visits if v.date == each.progression_date]
    assert sum(visit.new_lesion for visit in first) >= 30
    assert sum(visit.target == "PD" for visit in first) >= 30
    assert sum(visit.nontarget == "PD" for visit in first) >= 10
    lesions = cohort.tables["lesions"]
    assert {"liver", "lung", "lymph node", "peritoneum", "bone"} <= set(lesions["organ"])
    assert {"yes", "no"} == set(lesions["target"]) == set(lesions["node"])
