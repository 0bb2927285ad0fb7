"""Cautions count the patients of their table, and name endpoints as a reader does."""

import re

import pytest

from lib import exhibits, text
from lib.analyses import (
    adjustment,
    cautions,
    comparison,
    incidence,
    multiplicity,
    response,
    sensitivity,
    survival,
    toxicity,
)
from lib.plan import MappedValue, Reading
from lib.schema import BY_DATES, COLUMNS, ENDPOINTS, Level
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


def of_two_arms(study):
    """Every result of the arms that has cautions of its own, by name."""
    yield "comparison", comparison.of_arms(study)
    yield "toxicity", toxicity.of_arms(study)
    yield "incidence", incidence.of_arms(study)
    for endpoint in survival.available(study):
        yield f"sensitivity {endpoint.code}", sensitivity.of_endpoint(study, endpoint)
        yield f"adjusted {endpoint.code}", adjustment.of_endpoint(study, endpoint)


def every_caution(found):
    """Of a result and of what it holds, but of what says itself whom it is about."""
    parts = [found, *getattr(found, "survivals", ()), *getattr(found, "responses", ())]
    told = [each for part in parts if part is not None for each in part.cautions]
    return [text.caution(each) for each in told if each.code not in {"unsettled", "ungrouped"}]


def test_trouble_of_patients_in_neither_arm_is_not_counted_in_what_is_said_of_the_arms():
    n, others = 28, 10
    arms = {
        "modality": ["HAI", "TACE"] * 14,
        "first_procedure_date": [START] * n,
        "vital_status": ["dead"] * 20 + ["alive"] * 8,
        "death_date": [after(m) for m in range(4, 24)] + [None] * 8,
        "last_contact_date": [after(30)] * n,
        "last_assessment_date": [after(2)] * n,
        "progression_date": [after(m / 2) for m in range(4, 24)] + [None] * 8,
        "hepatic_progression_date": [after(m / 2) for m in range(4, 24)] + [None] * 8,
        "response_6m": ["PR", "PR", "SD", "SD"] * 7,
        "new_therapy_date": [None] * 26 + [after(9)] * 2,
        "ctcae_grade": ["1", "1", "2", "2"] * 7,
        "age": [*range(50, 50 + n)],
    }
    trouble = {
        "modality": ["TARE"] * 6 + [None] * 4,
        "first_procedure_date": [START] * 9 + [None],
        "vital_status": ["dead"] * 4 + ["alive"] * 6,
        "death_date": [None, None, after(2), after(2)] + [None] * 6,
        "last_contact_date": [None] * 3 + [after(3)] * 7,
        "last_assessment_date": [None] * others,
        "progression_date": [after(1)] * 3 + [None] * 7,
        "hepatic_progression_date": [None] * others,
        "response_6m": ["PR"] * others,  # two of them long dead, and some not followed so long
        "new_therapy_date": [after(1)] * others,
        "ctcae_grade": ["terrible", "5", *[None] * 8],
        "age": [None] * others,
    }
    alone = study_of(arms)
    beside = study_of({name: [*arms[name], *trouble[name]] for name in arms})
    found = list(zip(of_two_arms(alone), of_two_arms(beside), strict=True))
    assert len(found) >= 6
    for (name, one), (_name, other) in found:
        assert one is not None
        assert every_caution(other) == every_caution(one), name
    # what is said of all patients does count them
    whole = [survival.by_group(each, ENDPOINTS["OS"]) for each in (alone, beside)]
    assert every_caution(whole[0]) != every_caution(whole[1])


@pytest.mark.parametrize(("alive", "said"), [(0, True), (1, False)])
def test_a_cohort_of_the_dead_alone_is_told(alive, said):
    columns = {
        "modality": ["HAI", "TACE"] * 10,
        "os_months": range(1, 21),
        "os_event": ["no"] * alive + ["yes"] * (20 - alive),
        "pfs_months": range(1, 21),
        "pfs_event": ["yes"] * 20,
    }
    result = comparison.of_arms(study_of(columns))
    found = {each.endpoint.code: codes(each.cautions) for each in result.survivals}
    assert ("nobody-alive" in found["OS"]) == said
    assert "nobody-alive" not in found["PFS"]  # progression alone tells nothing of who lives


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ((2018.0, 2019.0), "Treated in other years: A 2018, B 2019 (medians)."),
        ((2019.0, 2019.2), "Treated in other years, though the medians are alike (2019)."),
    ],
)
def test_the_same_year_is_not_told_as_another(years, said):
    (found,) = cautions.other_years((Level("a", "A"), Level("b", "B")), years)
    assert text.caution(found).startswith(said)


def test_of_no_test_nothing_is_said_to_come_in_clumps():
    few = study_of(
        {"modality": ["HAI"] * 20 + ["TACE"] * 4, "os_months": range(1, 25)}
        | {"os_event": ["yes"] * 24}
    )
    assert exhibits.multiplicity.count(multiplicity.of_page(few)) == "No test could be done."


def test_what_bends_a_comparison_most_is_read_first():
    codes = [
        "not-randomised",
        "other-years",
        "arm-described",
        "not-proportional",
        "lost-in-one-arm",
    ]
    found = [cautions.Caution(code, "") for code in codes]
    assert [each.code for each in cautions.gravest_first(found)] == [
        "lost-in-one-arm",
        "other-years",
        "not-proportional",
        "not-randomised",
        "arm-described",
    ]
