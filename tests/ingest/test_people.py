"""Who a person is: as a patient's code, in a column of its own, and inside a text."""

import time

import pytest

from lib import ingest
from lib.ingest import read_cohort
from lib.ingest.remarks import MARK, without_people
from tests.ingest.conftest import as_book, as_csv


def table(codes, header="id"):
    return [[header, "Пол"], *([code, "мж"[i % 2]] for i, code in enumerate(codes))]


def read(rows, reading=None):
    return read_cohort("a.csv", as_csv(rows, ";"), reading)


@pytest.mark.cases
def test_surnames_for_codes_are_numbered(codes, told):
    rows = table(codes)
    cohort = read(rows)
    assert cohort.patients["patient_id"].tolist() == ["1", "2", "3", "4"]
    assert any("looked like names" in line for line in told(cohort))
    opened = ingest.open_file("a.csv", as_csv(rows, ";"))
    assert not [code for code in codes if code in repr(opened.sheets)]


@pytest.mark.cases
def test_codes_stay_as_they_are(codes):
    assert read(table(codes)).patients["patient_id"].tolist() == codes


def test_a_single_name_among_codes_is_numbered_and_told(told):
    cohort = read(table(["P-1", "P-2", "Иванов И.И.", "P-4"]))
    assert "Иванов" not in repr(cohort.patients.to_dict()) + repr(cohort.findings)
    assert [line for line in told(cohort) if line.endswith("[4]")]
    assert cohort.patients["patient_id"].nunique() == 4


def test_names_that_the_visitor_maps_to_the_code_are_numbered():
    rows = table(["Иванов И.И.", "Петрова А.А.", "Сидоров С.С."], "Кто")
    file = ingest.open_file("a.csv", as_csv(rows, ";"))
    proposal = ingest.propose(file)
    cohort = ingest.read(file, proposal.mapped(proposal.columns[0], "patient_id"))
    assert cohort.patients["patient_id"].tolist() == ["1", "2", "3"]
    assert "Иванов" not in repr(cohort.findings) + repr(cohort.reading)


def test_surnames_for_codes_join_sheets():
    book = {
        "patients": table(["Иванов", "Петрова", "Сидоров"]),
        "assessments": [
            ["id", "assessment_date", "response_recorded"],
            ["Сидоров", "01.02.2020", "SD"],
        ],
    }
    cohort = read_cohort("a.xlsx", as_book(book))
    assert cohort.tables["assessments"]["patient_id"].tolist() == ["3"]


def test_a_column_of_surnames_is_not_kept_by_default():
    rows = table(["P1", "P2", "P3", "P4"])
    rows = [[*row, cell] for row, cell in zip(
        rows, ["Оперировал", "Иванов", "Петров", "Сидорова", "Иванов"], strict=True)]  # fmt: skip
    assert "Оперировал" not in read(rows).patients
    drugs = ["Название", "Оксалиплатин", "Митомицин", "Доксорубицин", "Оксалиплатин"]
    rows = [[*row[:2], cell] for row, cell in zip(rows, drugs, strict=True)]
    assert read(rows).patients["Название"].tolist() == drugs[1:]


# Inside a text --------------------------------------------------------------------------------


@pytest.mark.cases
def test_people_inside_a_text_are_replaced(text, left):
    assert without_people(text) == left


@pytest.mark.cases
def test_drugs_eponyms_and_numbers_stay(text):
    assert without_people(text) == text


@pytest.mark.parametrize("header", ["Комментарий", "Что-то", "Препарат", "Ответ через 6 мес"])
def test_people_in_a_text_are_gone_when_the_file_is_open_and_told(header):
    cells = ["SD (тел. 8 916 123-45-67)", "SD (КТ)", "SD (Иванов И.И.)"]
    rows = [[*row, cell] for row, cell in zip(
        table(["1", "2", "3"]), [header, *cells], strict=True)]  # fmt: skip
    opened = ingest.open_file("a.csv", as_csv(rows, ";"))
    assert "Иванов" not in repr(opened.sheets)
    assert "123-45-67" not in repr(opened.sheets)
    cohort = ingest.read(opened)
    (finding,) = [f for f in cohort.findings if f.code == "people"]
    assert (finding.column, finding.rows) == (header, (2, 4))
    assert "Иванов" not in repr(cohort.patients.to_dict()) + repr(cohort.findings)


def test_a_name_where_a_date_belongs_is_not_told_again():
    rows = [["id", "Дата смерти"], ["1", "01.02.2020"], ["2", "звонить Иванов И.И."]]
    cohort = read(rows)
    assert "Иванов" not in repr(cohort.findings)
    assert any(MARK in finding.value for finding in cohort.findings)


@pytest.mark.parametrize("piece", ["а", "A", "8 ", "1-", "А.", "Аб ", "Аб-", "1.1.19", "x@", "+7 "])
def test_a_cell_as_long_as_a_workbook_allows_takes_no_time(piece):
    start = time.process_time()
    without_people(piece * (32_767 // len(piece)))
    assert time.process_time() - start < 2
