"""Cautions count the patients of their table, and name endpoints as a reader does."""

import re

import pytest

from lib import text
from lib.analyses import cautions, comparison, incidence, response, survival
from lib.plan import MappedValue, Reading
from lib.schema import BY_DATES, COLUMNS, ENDPOINTS
from tests.conftest import START, after, codes, cohort_of, studied, study_of

EVERY = {**ENDPOINTS, **BY_DATES}
CODES = re.compile(rf"\b({'|'.join(EVERY)})\b|[A-Z]+_[A-Z]+|[a-z]+_[a-z]+")


@pytest.mark.parametrize("endpoint", EVERY.values(), ids=list(EVERY))
def test_no_caution_of_follow_up_holds_a_code(endpoint):
    n = 12
    columns = {
        "centre": ["A", "B"] * 6,
        "first_procedure_date": [None, *[START] * (n - 1)],
        "liver_mets_date": [after(-3)] * n,
        "progression": [None, "yes", *["no"] * (n - 2)],
        "progression_date": [None] * n,
        "hepatic_progression_date": [None] * (n - 1) + [after(2)],
        "last_contact_date": [after(8)] * n,
        "death_date": [None] * (n - 2) + [after(6)] * 2,
    }
    for origin in ("first_procedure_date", "liver_mets_date"):
        study = study_of(columns, by="centre", origin=origin)
        found = survival.followed_with_care(study.counted(endpoint), study.plan)
        assert found
        for words in map(text.caution, found):
            assert not CODES.search(words), words


def test_who_was_last_seen_without_a_scan_may_have_progressed_unseen():
    columns = {
        "centre": ["A", "B"] * 6,
        "first_procedure_date": [START] * 12,
        "progression_date": [after(3)] * 6 + [None] * 6,
        "last_contact_date": [after(9)] * 12,
        "death_date": [None] * 12,
    }
    study = study_of(columns, by="centre")
    said = {}
    for code in ("PFS", "TTP"):
        found = cautions.last_contact_instead(study.counted(EVERY[code]))
        (said[code],) = map(text.caution, found)
    assert said["PFS"].startswith("Progression-free survival may be too long:")
    assert said["TTP"].startswith("Incidence of progression may be too low:")


def test_those_of_no_group_are_counted_among_those_of_the_table():
    columns = {
        "centre": ["A"] * 6 + ["B"] * 6 + [None] * 3,
        "first_procedure_date": [START] * 14 + [None],  # the last one has no time
        "progression_date": [after(3)] * 15,
        "last_contact_date": [after(9)] * 15,
        "death_date": [None] * 15,
    }
    study = study_of(columns, by="centre")
    curves = survival.by_group(study, ENDPOINTS["OS"])
    causes = incidence.by_group(study, BY_DATES["TTP"])
    for result in (curves, causes):
        (caution,) = [c for c in result.cautions if c.code == "ungrouped"]
        in_groups = sum(group.n for group in result.groups)
        assert dict(caution.values)["n"] == result.everyone.n - in_groups == 2
    third = columns | {"modality": ["HAI"] * 6 + ["TACE"] * 6 + ["TARE"] * 3}  # has a value
    assert "ungrouped" not in codes(incidence.of_arms(study_of(third)).cautions)


def test_the_plans_arm_is_named_by_its_label_where_it_has_one():
    level = COLUMNS["modality"].levels[2]
    (caution,) = cautions.substituted("comparison", level, COLUMNS["modality"].levels[0])
    assert "Drug-eluting chemoembolization" in text.caution(caution)


ARMS = {
    "modality": ["IA chemo"] * 12 + ["TACE"] * 12 + ["tx-3"] * 2,
    "response_6m": ["PR", "SD"] * 13,
    "os_months": list(range(1, 27)),
    "os_event": ["yes"] * 26,
}


def survival_of(study):
    return survival.by_group(study, ENDPOINTS["OS"])


@pytest.mark.parametrize("result", [response.by_group, survival_of, comparison.of_arms])
@pytest.mark.cases
def test_groups_under_words_that_are_still_asked_about_are_told(result, answered, said):
    values = tuple(MappedValue("modality", each, each) for each in answered)
    found = result(studied(cohort_of(ARMS, reading=Reading(values=values)))).cautions
    (told,) = [text.caution(each) for each in found if each.code == "unsettled"] or [""]
    assert said in told and bool(said) == bool(told)
