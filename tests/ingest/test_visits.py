"""Visits that are numbered by week or month and not dated."""

import datetime
import re

import pytest

from lib import exhibits
from lib.analyses.study import opening_plan, under_study
from lib.analyses.timeline import timeline
from lib.export import cleaned
from lib.ingest import open_file, propose, read, read_cohort
from lib.ingest.reader import read_sheets
from lib.plan import Plan, ResponsePlan, StudyPlan
from tests.ingest.conftest import as_book

SUMS = {0: 60, 8: 50, 16: 40, 24: 30}
"""A sum that is halved is a partial response."""


def visits(header, cells, patients=("A1", "A2", "A3"), more=()):
    rows = [["Код пациента", "Вид РХТ", header, "SLD", *(name for name, _cell in more)]]
    for patient in patients:
        for cell, total in zip(cells, SUMS.values(), strict=True):
            rows.append([patient, "ХИПА", cell, total, *(value for _name, value in more)])
    return rows


def best(cohort):
    plan = Plan(study=StudyPlan(), response=ResponsePlan(confirm=False))
    study = under_study(cohort, opening_plan(cohort, plan))
    return set(study.cohort.patients["best_response"])


WEEKS = [0, 8, 16, 24]


@pytest.mark.cases
def test_numbered_visits_are_assessments_at_their_distance(header, cells, last, told):
    data = as_book({"Лист1": visits(header, cells)})
    cohort = read_cohort("a.xlsx", data)
    dates = cohort.tables["assessments"]["assessment_date"]
    assert (len(cohort), len(dates)) == (3, 12)
    assert (dates.max() - dates.min()).days == last
    assert best(cohort) == {"PR"}
    assert any("numbered and not dated, and no column tells" in line for line in told(cohort))
    assert not [q for q in propose(open_file("a.xlsx", data)).questions if not q.settled]
    again = read_cohort("a.xlsx", data, cohort.reading)
    assert again.reading == cohort.reading


def test_visits_are_dated_from_the_first_procedure_where_it_is_known(told):
    start = datetime.date(2020, 3, 1)
    data = as_book({"a": visits("week", WEEKS, more=[("Дата первой процедуры", start)])})
    cohort = read_cohort("a.xlsx", data)
    dates = cohort.tables["assessments"]["assessment_date"]
    assert str(dates.max().date()) == "2020-08-16"
    assert any("by its distance from the first procedure" in line for line in told(cohort))


def test_no_start_is_made_up_beside_dates_that_it_would_make_wrong():
    death = datetime.date(2021, 3, 1)
    data = as_book({"a": visits("week", WEEKS, more=[("Дата смерти", death)])})
    cohort = read_cohort("a.xlsx", data)
    assert "first_procedure_date" not in cohort.patients
    assert "assessments" not in cohort.tables


@pytest.mark.parametrize("name", ["visits", "Лист2"])
@pytest.mark.parametrize("start", [None, datetime.date(2020, 3, 1)])
def test_numbered_visits_may_stand_on_a_sheet_of_their_own(name, start):
    patients = [["Код пациента", "Возраст", *(["Дата первой процедуры"] if start else [])]]
    patients += [[f"A{n}", 60 + n, *([start] if start else [])] for n in (1, 2, 3)]
    file = open_file("a.xlsx", as_book({"patients": patients, name: visits("week", WEEKS)}))
    cohort = read(file)
    dates = cohort.tables["assessments"]["assessment_date"]
    assert (len(cohort), len(dates)) == (3, 12)
    assert (dates.max() - dates.min()).days == 168
    assert best(cohort) == {"PR"}


@pytest.mark.parametrize("header", ["Цикл", "Course", "№ процедуры", "Визит"])
def test_what_is_numbered_without_a_unit_is_no_visit_in_time(header):
    cohort = read_cohort("a.xlsx", as_book({"a": visits(header, [1, 2, 3, 4])}))
    assert "assessments" not in cohort.tables


def test_a_month_of_one_row_a_patient_is_no_visit():
    rows = [["Код пациента", "month", "SLD"], *([f"A{n}", n, 50] for n in range(1, 6))]
    cohort = read_cohort("a.xlsx", as_book({"a": rows}))
    assert "assessments" not in cohort.tables and len(cohort) == 5


@pytest.mark.parametrize("rows", [
    visits("week", WEEKS), visits("Месяц наблюдения", [0, 2, 4, 6]),
    [["Code", "Arm", "SLD baseline", "SLD 3 months", "OS months", "Died"],
     *([f"P{n}", "HAI", 60, 40, 9 + n, n % 2] for n in range(6))],
])  # fmt: skip
def test_a_day_that_is_only_counted_is_shown_as_a_date_nowhere(rows):
    data = as_book({"a": rows})
    cohort = read_cohort("a.xlsx", data)
    assert cohort.latest_date is None
    plan = opening_plan(cohort, Plan())
    assert plan.study.as_of is None
    proposal = propose(open_file("a.xlsx", data))
    shown = [str(each.samples) for each in proposal.columns] + [str(f) for f in cohort.findings]
    study = under_study(cohort, plan)
    name = str(cohort.patients["patient_id"].iloc[0])
    shown.append(exhibits.patients.happenings(timeline(study, name)).to_string())
    book = cleaned.workbook(cohort)
    shown += [str(row) for sheet in read_sheets("b.xlsx", book) for row in sheet.rows]
    assert not [each for each in shown if re.search(r"(?:1[67]|20)\d\d-\d\d|datetime", each)]
    again = read_cohort("b.xlsx", book)
    assert again.tables["assessments"]["assessment_date"].tolist() == (
        cohort.tables["assessments"]["assessment_date"].tolist()
    )


@pytest.mark.parametrize("header", ["Total of target diameters", "Сумма измеряемых очагов, мм"])
def test_a_header_of_visits_that_shares_words_with_a_field_is_asked(header):
    patients = [["Subject", "Arm", "First procedure"]]
    patients += [[f"S{n}", ("HAI", "TACE")[n % 2], f"2020-03-{n:02d}"] for n in range(1, 9)]
    scans = [["Subject", "Visit", header, "New lesion"]]
    weeks = [(n, week) for n in range(1, 9) for week in (0, 8, 16)]
    scans += [[f"S{n}", f"Week {week}", 90 - n - week, "no"] for n, week in weeks]
    file = open_file("a.xlsx", as_book({"patients": patients, "scans": scans}))
    (asked,) = [each for each in propose(file).questions if each.kind == "column"]
    given = asked.answers[0].reading
    assert (asked.settled, given.columns[-1].column) == (False, "sld_mm")
    known = read(file, given)
    assert known.tables["assessments"]["sld_mm"].notna().sum() == 24
