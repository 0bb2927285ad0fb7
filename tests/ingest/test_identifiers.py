"""What tells of a person in a header, and words in the place of a date."""

import pytest

from lib.ingest import identifiers, read_cohort
from lib.schema import COLUMNS
from tests.ingest.conftest import as_csv


@pytest.mark.cases
def test_a_word_in_a_header_is_enough_to_drop_a_person(header, field):
    assert identifiers.by_header(header) == field


def test_no_column_of_the_schema_is_taken_for_a_person():
    headers = [header for column in COLUMNS.values() for header in column.headers()]
    assert [header for header in headers if identifiers.by_header(header)] == []


def test_alive_in_the_place_of_a_date_of_death_is_no_date_and_leaves_nobody_out(told):
    rows = [["patient_id", "first_procedure_date", "death_date", "last_contact_date"]]
    rows += [[f"P{i}", "2020-01-01", "2020-09-01", "2020-09-01"] for i in range(12)]
    rows[3][2] = "жив"
    cohort = read_cohort("a.csv", as_csv(rows))
    assert cohort.patients["death_date"].isna().sum() == 1
    assert [finding for finding in cohort.findings if finding.sets_aside] == []
    assert any("it has not happened" in line for line in told(cohort))


def test_a_response_of_no_stated_time_is_asked():
    from lib.ingest import open_file, propose

    rows = [["patient_id", "modality", "ответ"], *([f"P{i}", "HAI", "SD"] for i in range(9))]
    (question,) = propose(open_file("a.csv", as_csv(rows))).questions
    assert question.column == "ответ"
