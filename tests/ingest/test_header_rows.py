"""Which row holds the headers: never one of the data, and none where there is none."""

import pytest

from lib import ingest
from lib.ingest import read_cohort
from lib.plan import NO_HEADERS, Reading
from tests.ingest.conftest import as_book, as_csv

ENGLISH = [
    ["C01", "TACE", "F", 78, "PR", 21.8, 1],
    ["C02", "HAI", "M", 53, "SD", 31.3, 1],
    ["C03", "TACE", "M", 55, "PR", 20.5, 0],
    ["C04", "HAI", "F", 51, "PD", 26.2, 0],
    ["C05", "HAI", "F", 61, "PD", 16.2, 1],
]
RUSSIAN = [
    ["Л-1", "ХИПА", "ж", 61, "ЧО", "12.03.2019", "умер"],
    ["Л-2", "ТАХЭ", "м", 55, "СО", "14.05.2019", "жив"],
    ["Л-3", "ХИПА", "м", 70, "СО", "02.06.2019", "умер"],
    ["Л-4", "ТАХЭ", "ж", 48, "ПБ", "21.06.2019", "жив"],
]
NO, N = ["нет", "N", "да", "N"], ["no", "line", "no", "child"]
"""Words that are headers elsewhere, as cells."""


def proposed(rows, reading=None):
    return ingest.propose(ingest.open_file("a.csv", as_csv(rows)), reading)


@pytest.mark.parametrize("rows", [ENGLISH, RUSSIAN])
@pytest.mark.parametrize("write", [as_csv, lambda rows: as_book({"Лист1": rows})])
def test_a_table_without_headers_keeps_every_row_and_names_its_columns_by_letter(rows, write, told):
    name = "a.csv" if write is as_csv else "a.xlsx"
    cohort = read_cohort(name, write(rows))
    assert len(cohort) == len(rows)
    assert cohort.reading.header_row == NO_HEADERS
    assert any("no row holds headers" in line for line in told(cohort))
    assert set(cohort.patients["modality"]) == {"HAI", "TACE"}
    assert "column D" in cohort.patients
    again = read_cohort(name, write(rows), cohort.reading)
    assert (told(again), again.reading) == (told(cohort), cohort.reading)


def test_a_letter_is_no_unit():
    rows = [[*row, n] for n, row in enumerate(ENGLISH, 5)]
    units = {each.header.text: each.header.unit for each in proposed(rows).columns}
    assert units["column D"] == units["column G"] == units["column H"] == ""


@pytest.mark.parametrize("word", ["№", "Код", "Шифр больного", "Case", "Subj."])
@pytest.mark.parametrize("title", [[], [["Отчёт отделения за 2019 год"]], [["Response"], [""]]])
def test_words_that_nobody_knows_over_data_are_headers(word, title):
    rows = [*title, [word, "Arm X", "Qqq", "Www", "Eee", "Rrr", "Ttt"], *RUSSIAN]
    proposal = proposed(rows)
    assert proposal.header_row == len(title) + 1
    assert proposal.columns[0].header.text == word


@pytest.mark.parametrize("cells", [NO, N])
def test_cells_that_are_headers_elsewhere_do_not_make_data_a_header(cells):
    """`no` numbers rows, `line` is a line of therapy: as cells they recur."""
    rows = [["Qqq", "Www", "Eee", "Rrr"], ["a", "b", "c", 4], [*cells[:3], 5], [*cells[:3], 6]]
    assert proposed(rows).header_row == 1


def test_a_row_with_known_words_under_data_is_no_header():
    rows = [*ENGLISH, ["", "Response", "Sex", "", "", "", ""]]
    assert proposed(rows).header_row == 0


def test_years_over_numbers_are_headers_beside_known_ones():
    rows = [["Код пациента", "Пол", "Возраст", "2018", "2019"]]
    rows += [["а1", "м", "61", "1", "2"], ["а2", "ж", "55", "2", "2"], ["а3", "м", "50", "1", "1"]]
    assert proposed(rows).header_row == 1


def test_headers_once_more_on_a_further_page_are_no_data():
    rows = [["Кодик", "Метода", "Значение"], ["а1", "х", 3], ["а2", "х", 4]]
    rows += [rows[0], ["а3", "у", 5], rows[0], ["а4", "у", 6]]
    proposal = proposed(rows)
    assert proposal.header_row == 1
    assert len(read_cohort("a.csv", as_csv(rows))) == 4


@pytest.mark.parametrize("title", ["Исход", "Outcome"])
def test_a_second_row_under_titles_is_a_part_of_the_headers(title):
    """Two columns with nothing under their titles are enough to see it."""
    rows = [["Код пациента", "Метод лечения", title, "", "Прогрессирование", ""]]
    rows += [["", "", "ОВ, мес.", "дата смерти", "да/нет", "дата"]]
    rows += [[f"Б-{n}", "ХИПА", 9.5 + n, "", "да", "12.07.2020"] for n in range(4)]
    cohort = read_cohort("a.xlsx", as_book({"Лист1": rows}))
    assert len(cohort) == 4
    assert cohort.patients["os_months"].tolist() == [9.5, 10.5, 11.5, 12.5]
    assert cohort.patients["progression_date"].notna().all()


@pytest.mark.parametrize("codes", ["0/1", "1/0", "да/нет", "yes/no"])
@pytest.mark.parametrize("sex", ["", "м/ж", "M/F"])
def test_units_and_codes_under_headers_are_a_part_of_them(codes, sex):
    yes = codes.split("/")[codes.startswith("0")]
    rows = [["Отчёт"], ["Код пациента", "Пол", "Возраст", "ОВ", "Умер"]]
    rows += [["", sex, "лет", "мес", codes]]
    rows += [[f"Б-{n}", "м", 60 + n, 9.5 + n, yes] for n in range(5)]
    cohort = read_cohort("a.xlsx", as_book({"Лист1": rows}))
    assert len(cohort) == 5
    assert cohort.patients["os_months"].tolist() == [9.5, 10.5, 11.5, 12.5, 13.5]
    assert cohort.patients["age"].notna().all() and cohort.known("os_event")


# The visitor's own choice -------------------------------------------------------------------


def test_the_visitor_may_choose_another_row_or_none():
    rows = [["Код", "Метод", "Пол"], ["а", "б", "в"], *(row[:3] for row in RUSSIAN)]
    file = ingest.open_file("a.csv", as_csv(rows))
    proposal = ingest.propose(file)
    second = ingest.propose(file, proposal.with_header(2))
    assert [each.header.text for each in second.columns] == ["а", "б", "в"]
    none = ingest.propose(file, proposal.with_header(NO_HEADERS))
    assert (none.header_row, none.columns[0].header.text) == (0, "column A")
    assert len(ingest.read(file, proposal.with_header(NO_HEADERS))) == 6
    assert len(ingest.read(file, second.reading)) == 4


def test_the_first_rows_are_shown_as_they_stand_and_name_nobody():
    rows = [["Отчёт составил Сидоров С.С."], ["ФИО", "Возраст", "Примечание"]]
    rows += [["Иванов И.И.", 61, "д" * 80], ["Петрова А.А.", 55, ""]] * 10
    proposal = ingest.propose(ingest.open_file("a.xlsx", as_book({"Лист1": rows})))
    shown = proposal.first_rows
    assert proposal.header_row == 2
    assert len(shown) == 12 and {len(row) for row in shown} == {3}
    assert shown[1] == ("ФИО", "Возраст", "Примечание")
    assert shown[2] == ("…", "61", "д" * 59 + "…")
    assert not any(name in repr(shown) for name in ("Иванов", "Петрова", "Сидоров"))


def test_a_header_row_of_another_file_is_looked_for_anew():
    reading = Reading(header_row=40)
    assert proposed([["Пол", "Возраст", "Вид РХТ"], ["м", "61", "ХИПА"]], reading).header_row == 1


MORE_ENGLISH = [[f"C{n}", *ENGLISH[n % 5][1:5], 9.5 + n, n % 2] for n in range(9)]
MORE_RUSSIAN = [[f"Л-{n}", *RUSSIAN[n % 4][1:5], 9.5 + n, RUSSIAN[n % 4][6]] for n in range(9)]


@pytest.mark.parametrize("rows", [MORE_ENGLISH, MORE_RUSSIAN])
def test_without_headers_it_is_asked_how_long_all_lived_and_then_who_died(rows):
    """Words of life and death say it by themselves."""
    file = ingest.open_file("a.csv", as_csv(rows))
    (lived,) = [q for q in ingest.propose(file).questions if "how long" in q.message]
    columns = [dict(answer.values).get("column") for answer in lived.answers]
    given = lived.answers[columns.index("column F")].reading
    assert ingest.read(file, given).patients["os_months"].tolist() == [row[5] for row in rows]
    died = [q for q in ingest.propose(file, given).questions if "who died?" in q.message]
    assert len(died) == (rows is MORE_ENGLISH)
