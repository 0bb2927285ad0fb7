"""Sums at fixed times in columns of their own are assessments."""

import datetime

import pytest

from lib.ingest import read_cohort
from tests.ingest.conftest import as_book
from tests.ingest.test_visits import best


def table(headers, values=(60, 50, 30), more=()):
    rows = [["Код пациента", "Вид РХТ", *headers, *(name for name, _cell in more)]]
    return [*rows, *([f"A{n}", "ХИПА", *values, *(c for _name, c in more)] for n in range(1, 6))]


def of(rows):
    return read_cohort("a.xlsx", as_book({"a": rows}))


@pytest.mark.cases
def test_columns_of_sums_are_assessments_at_their_times(headers, told):
    cohort = of(table(headers))
    visits = cohort.tables["assessments"]
    assert (len(cohort), len(visits)) == (5, 15)
    dates = visits["assessment_date"]
    assert 182 <= (dates.max() - dates.min()).days <= 183
    assert set(visits["row"]) == {2, 3, 4, 5, 6}
    assert best(cohort) == {"PR"}
    assert any("are sums at fixed times" in line for line in told(cohort))
    again = read_cohort("a.xlsx", as_book({"a": table(headers)}), cohort.reading)
    assert (again.reading, len(again.tables["assessments"])) == (cohort.reading, 15)


def test_sums_are_dated_from_the_first_procedure_and_in_their_unit():
    start = ("Дата первой процедуры", datetime.date(2020, 3, 1))
    headers = ("Сумма исходно, см", "Сумма 3 мес, см", "Сумма 6 мес, см")
    cohort = of(table(headers, (6, 5, 3), [start]))
    visits = cohort.tables["assessments"]
    assert str(visits["assessment_date"].max().date()) == "2020-08-31"
    assert set(visits["sld_mm"]) == {60, 50, 30}


@pytest.mark.cases
def test_what_is_no_sum_at_a_known_time_is_carried_along(headers, more):
    assert "assessments" not in of(table(headers, more=more)).tables


def test_rows_without_a_code_have_their_own_sums():
    rows = [row[1:] for row in table(("SLD 0 m", "SLD 3 m", "SLD 6 m"))]
    cohort = of(rows)
    assert len(cohort.tables["assessments"]) == 15
    assert set(cohort.tables["assessments"]["patient_id"]) == set(cohort.patients["patient_id"])
