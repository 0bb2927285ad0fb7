"""Cells that the spreadsheet turned into dates, and days typed where a date is not known."""

import datetime

import pytest

from lib import text
from lib.ingest import open_file, propose, read
from lib.ingest.cells import Cells
from lib.ingest.converted import decimals_in, is_swapped
from tests.ingest.conftest import as_book, as_csv

day = datetime.date


def file_of(**columns):
    n = len(next(iter(columns.values())))
    head = ["patient_id", "modality", *columns]
    cells = list(columns.values())
    rows = [[f"P{i}", ("HAI", "TACE")[i % 2], *(each[i] for each in cells)] for i in range(n)]
    return open_file("a.xlsx", as_book({"patients": [head, *rows]}))


def asked(file, kind="converted"):
    return [each for each in propose(file).questions if each.kind == kind]


def days_of(cohort, name):
    return [str(each)[:10] for each in cohort.patients[name]]


@pytest.mark.parametrize("left", ["28/07/2020", "28.07.2020", "07/28/2020", "28-07-2020"])
@pytest.mark.parametrize("real", [day(2020, 4, 7), "2020-04-07"])
def test_real_dates_with_small_days_beside_texts_with_large_ones_were_swapped(left, real):
    assert is_swapped(Cells.of([real, real, day(2020, 5, 5), left, left]))


@pytest.mark.cases
def test_no_other_column_of_dates_has_that_print(cells):
    assert not is_swapped(Cells.of(cells))


STARTS = [day(2018, 9, 9), "22/01/2018", "14/05/2020", day(2019, 12, 2), day(2018, 4, 7)]
ENDS = [day(2020, 4, 7), day(2020, 1, 9), "28/01/2022", "19/04/2021", day(2020, 6, 12)]


def test_swapped_days_and_months_are_asked_once_for_all_columns_and_had_back(told):
    file = file_of(first_procedure_date=STARTS, last_contact_date=ENDS, death_date=ENDS)
    (question,) = asked(file)
    assert not question.settled
    at_first = read(file)
    assert days_of(at_first, "first_procedure_date")[3] == "2019-12-02"
    assert sum("may have swapped" in line for line in told(at_first)) == 3
    back = read(file, question.answers[0].reading)
    assert days_of(back, "first_procedure_date")[3:5] == ["2019-02-12", "2018-07-04"]
    assert days_of(back, "death_date")[:3] == ["2020-07-04", "2020-09-01", "2022-01-28"]
    assert sum("swapped back" in line for line in told(back)) == 3
    kept = read(file, question.answers[1].reading)
    assert days_of(kept, "death_date") == days_of(at_first, "death_date")
    assert [line for line in told(kept) if "swapped" in line] == []
    assert propose(file, question.answers[1].reading).questions == ()


TIMES = [day(2024, 8, 21), 31.3, day(2024, 5, 1), 9.5, day(2024, 12, 5), 12]


@pytest.mark.parametrize("name", ["os_months", "cea_baseline", "my marker"])
def test_decimals_taken_for_dates_are_asked_once_a_column_and_had_back(name, told):
    file = file_of(**{name: TIMES}, os_event=[1, 0] * 3)
    (question,) = asked(file)
    cohort = read(file, question.answers[0].reading)
    assert cohort.patients[name].tolist() == [21.8, 31.3, 1.5, 9.5, 5.12, 12]
    assert any("read as the numbers they were" in line for line in told(cohort))
    other = read(file, question.answers[1].reading)
    assert other.patients[name].tolist() == [8.21, 31.3, 5.1, 9.5, 12.5, 12]
    none = read(file, question.answers[2].reading)
    assert none.patients[name].notna().tolist() == [False, True, False, True, False, True]
    assert asked(file, "column") == []


def test_dates_of_several_years_are_no_decimals():
    assert decimals_in(Cells.of([day(2024, 8, 21), day(2023, 1, 2), 5.5, 7.1])) == []
    assert decimals_in(Cells.of([day(2024, 8, 21), day(2024, 1, 2)])) == []


def test_a_day_far_from_all_others_that_stands_for_none_is_emptied_and_told(told):
    usual = ["2015-03-04", "2016-05-06", "2017-07-08", "2014-02-03"]
    rows = [
        [f"P{n}", "HAI", "2018-02-03", "2019-05-06", found]
        for n, found in enumerate([*usual, "2000-01-01", "2000-01-01", "2013-01-01"])
    ]
    names = ["first_procedure_date", "last_contact_date", "diagnosis_date"]
    cohort = read(open_file("a.csv", as_csv([["patient_id", "modality", *names], *rows])))
    assert days_of(cohort, "diagnosis_date")[4:] == ["NaT", "NaT", "2013-01-01"]
    assert [line for line in told(cohort) if "stands for none" in line] == [
        "diagnosis_date: 2000-01-01 lies years from all other dates of the column and stands for"
        " none; left empty (patients: 2) [6, 7]"
    ]


def test_a_new_year_among_others_of_its_years_is_kept():
    days = ["2015-03-04", "2016-05-06", "2017-07-08", "2016-01-01", "2016-01-01"]
    rows = [[f"P{n}", "HAI", "2018-02-03", "2019-05-06", each] for n, each in enumerate(days)]
    names = ["first_procedure_date", "last_contact_date", "diagnosis_date"]
    cohort = read(open_file("a.csv", as_csv([["patient_id", "modality", *names], *rows])))
    assert days_of(cohort, "diagnosis_date") == days


def test_a_question_names_the_cells_as_they_stand_and_as_they_would_be():
    (question,) = asked(file_of(os_months=TIMES, os_event=[1, 0] * 3))
    words = text.said(question.message, question.values)
    assert "3 cells are dates among numbers, such as 2024-08-21, 2024-05-01, 2024-12-05" in words
    assert text.said(question.answers[0].message, question.answers[0].values).endswith(
        "read 21.8, 1.5, 5.12"
    )
