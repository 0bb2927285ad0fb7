"""The sample cohort: what it records follows from what it measures."""

from pathlib import Path

import pytest

from lib import recist
from lib.ingest import read_cohort
from lib.plan import ResponsePlan
from lib.schema import MONTH

FILE = Path(__file__).parents[2] / "sample_data" / "synthetic_36.xlsx"
PLAN = ResponsePlan()


@pytest.fixture(scope="module")
def sample():
    return read_cohort(FILE.name, FILE.read_bytes())


@pytest.fixture(scope="module", params=["lesions", "sums"])
def found(sample, request):
    tables = dict(sample.tables)
    if request.param == "sums":
        del tables["lesions"]
    patients = type(sample)(sample.patients, tables)
    courses = recist.courses(patients, PLAN)
    assert {v.basis for each in courses.values() for v in each.visits} == {request.param}
    return courses


def test_every_recorded_response_derives_again(found):
    visits = [visit for each in found.values() for visit in each.visits]
    assert len(visits) == 198
    assert [(v.patient_id, v.day) for v in visits if v.response != v.recorded] == []


@pytest.mark.parametrize("months", [6, 12])
def test_response_at_fixed_times_is_that_of_the_patients(sample, found, months):
    day = round(months * MONTH)
    derived = {name: each.response_at(day, PLAN.window_days) for name, each in found.items()}
    recorded = sample.patients.set_index("patient_id")[f"response_{months}m"]
    assert derived == recorded.to_dict()


def test_dates_of_progression_are_those_of_the_patients(sample, found):
    for patient in sample.patients.itertuples():
        recorded = sample.patients["progression_date"][patient.Index]
        progressed = found[patient.patient_id].progression_date
        assert progressed == (None if recorded != recorded else recorded.date())


def test_places_of_progression_are_those_of_the_patients(sample, found):
    for patient in sample.patients.itertuples():
        each = found[patient.patient_id]
        words = {
            (True, False): "liver",
            (False, True): "extrahepatic",
            (True, True): "liver and extrahepatic",
        }
        hepatic, outside = each.hepatic_progression_date, each.extrahepatic_progression_date
        if each.progression_date is None:
            assert patient.progression_site != patient.progression_site
        else:
            seen = hepatic == each.progression_date, outside == each.progression_date
            assert words[seen] == patient.progression_site


def test_one_patient_responded_and_confirmed_it(found):
    best = [each.best_confirmed.response for each in found.values()]
    assert {letter: best.count(letter) for letter in set(best)} == {"SD": 33, "PD": 2, "PR": 1}


def test_only_unplaced_progression_is_told(found):
    messages = {finding.message for each in found.values() for finding in each.findings}
    assert all("not said where the disease progressed" in message for message in messages)
