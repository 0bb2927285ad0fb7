"""The synthetic registry: every response and date that it records follows from its lesions."""

from collections import Counter

import pandas as pd
import pytest

from lib import recist
from lib.plan import ResponsePlan
from lib.schema import MONTH
from tests.conftest import sample

PLAN = ResponsePlan()


@pytest.fixture(scope="module")
def registry():
    return sample("registry")


@pytest.fixture(scope="module")
def found(registry):
    return recist.courses(registry, PLAN)


def recorded(registry, column):
    values = registry.patients.set_index("patient_id")[column]
    return {name: None if pd.isna(value) else value for name, value in values.items()}


def test_every_recorded_response_derives_again(found):
    visits = [visit for each in found.values() for visit in each.visits]
    assert Counter(visit.basis for visit in visits) == {"lesions": len(visits)}
    with_letter = [visit for visit in visits if visit.recorded]
    assert 0.9 * len(visits) < len(with_letter) < len(visits)
    assert [(v.patient_id, v.day) for v in with_letter if v.response != v.recorded] == []
    letters = Counter(visit.response for visit in visits)
    assert set(letters) == {"CR", "PR", "SD", "PD", "NE"}


@pytest.mark.parametrize("months", [3, 6, 12])
def test_response_at_fixed_times_is_that_of_the_patients(registry, found, months):
    day = round(months * MONTH)
    derived = {name: each.response_at(day, PLAN.window_days) for name, each in found.items()}
    said = recorded(registry, f"response_{months}m")
    assert derived == {name: letter or "" for name, letter in said.items()}


def test_best_responses_are_those_of_the_patients_where_one_is_recorded(registry, found):
    said = {name: letter for name, letter in recorded(registry, "best_response").items() if letter}
    assert len(said) > 200
    assert said == {name: found[name].best_confirmed.response for name in said}
    assert any(each.best.response != each.best_confirmed.response for each in found.values())


@pytest.mark.parametrize(
    "column", ["progression_date", "hepatic_progression_date", "extrahepatic_progression_date"]
)
def test_dates_of_progression_are_those_of_the_patients(registry, found, column):
    said = recorded(registry, column)
    derived = {name: getattr(each, column) for name, each in found.items()}
    assert derived == {name: day and day.date() for name, day in said.items()}


def test_places_of_progression_are_those_of_the_patients(registry, found):
    for name, said in recorded(registry, "progression_site").items():
        each, first = found[name], found[name].progression_date
        seen = (
            first is not None and each.hepatic_progression_date == first,
            first is not None and each.extrahepatic_progression_date == first,
        )
        words = [word for word, here in zip(("liver", "extrahepatic"), seen, strict=True) if here]
        assert (said or "") == " and ".join(words)


def test_the_lesions_leave_nothing_to_ask(found):
    assert [finding for each in found.values() for finding in each.findings] == []


def test_progression_is_seen_in_every_way(registry, found):
    first = [v for each in found.values() for v in each.visits if v.date == each.progression_date]
    assert sum(visit.new_lesion for visit in first) >= 30
    assert sum(visit.target == "PD" for visit in first) >= 30
    assert sum(visit.nontarget == "PD" for visit in first) >= 10
    lesions = registry.tables["lesions"]
    assert {"liver", "lung", "lymph node", "peritoneum", "bone"} <= set(lesions["organ"])
    assert {"yes", "no"} == set(lesions["target"]) == set(lesions["node"])
