"""Tables side by side with the same headers are one table."""

import pytest

from lib.ingest import read_cohort
from tests.ingest.conftest import as_book, as_csv

HEADER = ["Код пациента", "Пол", "Возраст", "ОВ (мес)", "Умер"]
FIRST = [["Л1", "м", 61, 9.5, "да"], ["Л2", "ж", 55, 12.5, "нет"], ["Л3", "м", 48, 20.5, "да"]]
SECOND = [["Л4", "м", 70, 8.5, "да"], ["Л5", "ж", 66, 31.5, "нет"]]


def beside(one, two, gap, titles=None, header=HEADER):
    """Two tables in one, of different lengths, so many blank columns between them."""
    blank = [""] * len(header)
    length = max(len(one), len(two))
    pairs = zip(
        [header, *one, *[blank] * (length - len(one))],
        [header, *two, *[blank] * (length - len(two))],
        strict=True,
    )
    rows = [[*left, *[""] * gap, *right] for left, right in pairs]
    if titles:
        over = [[titles[0], *blank[1:], *[""] * gap, titles[1]]]
        rows = [["Отчёт отделения"], *over, *rows]
    return rows


@pytest.mark.parametrize("gap", [0, 1, 2])
@pytest.mark.parametrize("titles", [("ХИПА", "ТАХЭ"), ("HAI, n=3", "TACE, n=2")])
def test_what_stands_over_each_table_is_the_arm_of_its_rows(gap, titles, told):
    data = as_book({"Лист1": beside(FIRST, SECOND, gap, titles)})
    cohort = read_cohort("a.xlsx", data)
    assert cohort.patients["patient_id"].tolist() == ["Л1", "Л2", "Л3", "Л4", "Л5"]
    assert cohort.patients["modality"].tolist() == ["HAI"] * 3 + ["TACE"] * 2
    assert cohort.patients["row"].tolist() == [4, 5, 6, 1004, 1005]
    assert any("stand side by side (from columns A, " in line for line in told(cohort))
    again = read_cohort("a.xlsx", data, cohort.reading)
    assert again.reading == cohort.reading and again.patients.equals(cohort.patients)


def test_tables_without_a_title_are_read_as_one():
    cohort = read_cohort("a.csv", as_csv(beside(FIRST, SECOND, 1)))
    assert len(cohort) == 5 and "modality" not in cohort.patients


def test_codes_that_begin_anew_in_each_table_are_other_patients():
    second = [["Л1", *SECOND[0][1:]], ["Л2", "м", *SECOND[1][2:]]]
    data = as_book({"a": beside(FIRST, second, 1, ("ХИПА", "ТАХЭ"))})
    assert len(read_cohort("a.xlsx", data)) == 5


def test_names_are_recoded_in_every_table():
    names = ["Иванов И.И.", "Петров А.А.", "Ким А.А.", "Ли С.С.", "Цой В.В."]
    header = ["ФИО", *HEADER[1:]]
    rows = [[name, *row[1:]] for name, row in zip(names, FIRST + SECOND, strict=True)]
    data = as_book({"a": beside(rows[:3], rows[3:], 1, ("ХИПА", "ТАХЭ"), header)})
    cohort = read_cohort("a.xlsx", data)
    assert len(cohort) == 5
    kept = repr(cohort.patients.to_dict()) + repr(cohort.findings) + repr(cohort.reading)
    assert not any(name.split()[0] in kept for name in names)


def test_headers_of_visits_of_one_patient_are_no_tables():
    rows = [["Дата", "Размер", "Ответ"] * 2, ["01.02.2020", 30, "ЧО", "01.05.2020", 20, "ЧО"]]
    rows += [["01.03.2020", 40, "СО", "01.06.2020", 40, "СО"]]
    assert len(read_cohort("a.xlsx", as_book({"a": rows}))) == 2


def test_headers_repeated_behind_the_patients_own_are_no_tables():
    rows = [["Код пациента", "Пол", "Дата", "Размер", "Ответ", "Дата", "Размер", "Ответ"]]
    rows += [["Л1", "м", "01.02.2020", 30, "ЧО", "01.05.2020", 20, "ЧО"]] * 1
    rows += [["Л2", "ж", "01.03.2020", 40, "СО", "01.06.2020", 40, "СО"]]
    assert len(read_cohort("a.xlsx", as_book({"a": rows}))) == 2


def test_a_finding_names_the_row_of_the_spreadsheet(told):
    second = [SECOND[0], ["Л5", "ж", 66, 31.5, "?!"]]
    cohort = read_cohort("a.xlsx", as_book({"a": beside(FIRST, second, 1, ("ХИПА", "ТАХЭ"))}))
    (line,) = [line for line in told(cohort) if "?!" in line]
    assert line.endswith("[1005]")
