"""A date far beyond all others is told, without asking what day it is."""

from lib.ingest import read_cohort
from tests.ingest.conftest import as_csv

HEADER = ["patient_id", "first_procedure_date", "last_contact_date", "death_date"]


def cohort_with(last):
    rows = [[f"P{i}", f"2020-01-{i + 1:02d}", f"2021-06-{i + 1:02d}", ""] for i in range(12)]
    rows[4][2] = last
    return read_cohort("a.csv", as_csv([HEADER, *rows]))


def test_one_date_years_after_all_others_is_told_with_its_row(told):
    found = [line for line in told(cohort_with("2026-01-01")) if "years after" in line]
    assert found == [
        "last_contact_date: a date years after all others of the file, perhaps a slip; please "
        "check [6]"
    ]


def test_dates_that_follow_each_other_are_not(told):
    assert [line for line in told(cohort_with("2023-12-31")) if "years after" in line] == []


def test_one_more_than_ten_years_after_all_others_is_emptied_and_ends_no_file(told):
    cohort = cohort_with("2051-06-05")
    assert [line for line in told(cohort) if "ten years" in line] == [
        "last_contact_date: 2051-06-05 is more than ten years after all others of the file; left "
        "empty [6]"
    ]
    assert cohort.set_aside("OS").tolist() == [index == 4 for index in range(12)]
    assert cohort.latest_date.isoformat() == "2021-06-12"
