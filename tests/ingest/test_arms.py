"""The arm where the layout says it: heading rows, a sheet or a column for each modality."""

import pytest

from lib import ingest
from lib.ingest import open_file, propose, read, read_cohort
from lib.ingest.arms import modality_in
from lib.plan import Reading
from tests.ingest.conftest import as_book, as_csv

HEADER = ["Код пациента", "Пол", "Возраст", "ОВ (мес)", "Умер"]
FIRST = [["Л1", "м", 61, 9.5, "да"], ["Л2", "ж", 55, 12.5, "нет"], ["Л3", "м", 48, 20.5, "да"]]
SECOND = [["Л4", "м", 70, 8.5, "да"], ["Л5", "ж", 66, 31.5, "нет"]]


def arms(cohort):
    return cohort.patients["modality"].value_counts().to_dict()


def of(rows):
    return read_cohort("a.xlsx", as_book({"Лист1": rows}))


def keeps(name, data, cohort):
    """Reading again by the complete reading gives the same."""
    again = read_cohort(name, data, cohort.reading)
    assert again.reading == cohort.reading
    assert again.patients.equals(cohort.patients)


@pytest.mark.cases
def test_a_modality_is_found_among_other_words(text, code):
    assert modality_in(text) == code


# Heading rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 4])
@pytest.mark.cases
def test_a_row_of_one_cell_heads_the_rows_under_it(place, one, two, told):
    heads = [["" if n != place else text for n in range(5)] for text in (one, two)]
    cohort = of([HEADER, heads[0], *FIRST, heads[1], *SECOND])
    assert arms(cohort) == {"HAI": 3, "TACE": 2}
    assert cohort.source.rows == 5
    assert any(
        line.startswith(": rows with one cell") and "[2, 6]" in line for line in told(cohort)
    )


@pytest.mark.parametrize("header", ["ФИО", "№ истории болезни", "№ п/п", "Patient"])
def test_headings_stand_among_names_and_numbers(header):
    names = ["Иванов И.И.", "Петров А.А.", "Ким А.А.", "Ли С.С.", "Цой В.В."]
    codes = names if header in ("ФИО", "Patient") else range(1, 6)
    patients = [[code, *row[1:]] for code, row in zip(codes, FIRST + SECOND, strict=True)]
    rows = [[header, *HEADER[1:]], ["ХИПА"], *patients[:3], ["ТАХЭ"], *patients[3:]]
    cohort = of(rows)
    assert (len(cohort), arms(cohort)) == (5, {"HAI": 3, "TACE": 2})
    assert not any(name in repr(cohort.patients.to_dict()) for name in names)


def test_each_group_may_have_a_title_and_headers_of_its_own():
    rows = [["ХИПА"], HEADER, *FIRST, ["ТАХЭ"], HEADER, *SECOND]
    cohort = of(rows)
    assert (len(cohort), arms(cohort)) == (5, {"HAI": 3, "TACE": 2})


@pytest.mark.cases
def test_headings_that_are_no_modality_become_a_column_of_their_own(one, two, column):
    cohort = of([HEADER, [one], *FIRST, [two], *SECOND])
    assert len(cohort) == 5
    assert cohort.patients[column].nunique() == 2


def test_blank_rows_totals_and_footnotes_under_headings_stay_what_they_are():
    rows = [["Отчёт"], [], HEADER, ["Группа I — химиоинфузия"], *FIRST, ["Итого:", 3], []]
    rows += [["Группа II — химиоэмболизация"], *SECOND, ["Итого:", 2], ["Всего:", 5], []]
    rows += [["Примечание: данные на 01.01.2021"]]
    cohort = of(rows)
    assert (len(cohort), arms(cohort)) == (5, {"HAI": 3, "TACE": 2})
    assert {row for f in cohort.findings if f.sets_aside for row in f.rows} == {8, 13, 14, 16}


def test_a_column_of_modality_stands_beside_headings():
    rows = [[*HEADER, "Вид РХТ"], ["ХИПА"], *([*row, "ХИПА"] for row in FIRST)]
    rows += [["ТАХЭ"], *([*row, "ТАХЭ"] for row in SECOND)]
    cohort = of(rows)
    assert (len(cohort), arms(cohort)) == (5, {"HAI": 3, "TACE": 2})


def test_codes_that_begin_anew_under_each_heading_are_other_patients(told):
    second = [[code, *row[1:]] for code, row in zip(("Л1", "Л2"), SECOND, strict=True)]
    cohort = of([HEADER, ["ХИПА"], *FIRST, ["ТАХЭ"], *second])
    assert cohort.patients["patient_id"].tolist() == [
        "ХИПА Л1", "ХИПА Л2", "ХИПА Л3", "ТАХЭ Л1", "ТАХЭ Л2",
    ]  # fmt: skip
    assert any("told apart by it (codes: 2)" in line for line in told(cohort))


@pytest.mark.parametrize(
    "row", [["Л6"], ["Составил: врач"], ["", "", "", "", "переведён"], ["*", "", "", "", ""]]
)
def test_a_footnote_or_a_lone_code_heads_nothing(row):
    cohort = of([HEADER, *FIRST, row, *SECOND])
    assert len(cohort) == 5
    assert "heading" not in cohort.patients and "modality" not in cohort.patients


# A column for each modality ----------------------------------------------------------------

FLAGS = [("1", "0"), ("0", "1"), ("1", "1"), ("0", "0"), ("1", "0")]
MARKS = [
    ("1", "0"), ("да", "нет"), ("Yes", "No"), ("+", "-"), ("Checked", "Unchecked"), ("V", ""),
    ("x", ""), ("+", ""), ("да", ""),
]  # fmt: skip


@pytest.mark.cases
@pytest.mark.parametrize(("yes", "no"), MARKS)
def test_a_column_of_marks_for_each_modality_is_the_modality(one, two, yes, no, told):
    cells = {"1": yes, "0": no}
    rows = [[*HEADER, one, two]]
    rows += [[*row, cells[a], cells[b]] for row, (a, b) in zip(FIRST + SECOND, FLAGS, strict=True)]
    data = as_csv(rows)
    cohort = read_cohort("a.csv", data)
    levels = cohort.patients["modality"].fillna("").tolist()
    assert levels == ["HAI", "TACE", "BOTH", "", "HAI"]
    assert any("(in more than one: 1; in none: 1)" in line for line in told(cohort))
    assert not [q for q in propose(open_file("a.csv", data)).questions if not q.settled]
    keeps("a.csv", data, cohort)


@pytest.mark.cases
def test_marks_of_something_else_are_no_modality(one, two):
    rows = [[*HEADER, one, two], *([*row, "1", "0"] for row in FIRST + SECOND)]
    assert "modality" not in read_cohort("a.csv", as_csv(rows)).patients


def test_a_column_of_modality_is_believed_before_marks():
    rows = [[*HEADER, "Вид РХТ", "HAI", "TACE"]]
    rows += [[*row, "ХИПА", "0", "1"] for row in FIRST + SECOND]
    assert arms(read_cohort("a.csv", as_csv(rows))) == {"HAI": 5}


def flagged(one, two, cells):
    rows = [[*HEADER, one, two]]
    return [*rows, *([*row, *pair] for row, pair in zip(FIRST + SECOND, cells, strict=True))]


def test_marks_of_a_modality_can_be_carried_along_and_taken_back():
    file = open_file("a.csv", as_csv(flagged("HAI", "TACE", FLAGS)))
    (question,) = [q for q in propose(file).questions if "the modality?" in q.message]
    assert question.settled
    apart = read(file, question.answers[1].reading)
    assert "modality" not in apart.patients and "HAI" in apart.patients
    proposal = propose(file, question.answers[1].reading)
    (again,) = [q for q in proposal.questions if "the modality?" in q.message]
    assert again.settled and again.answers[0] == question.answers[1]
    back = read(file, again.answers[1].reading)
    assert arms(back) == arms(read(file))


def test_numbered_choices_of_an_export_are_asked_once():
    data = as_csv(flagged("treatment___1", "treatment___2", FLAGS))
    file = open_file("a.csv", data)
    (question,) = [q for q in propose(file).questions if not q.settled]
    assert question.message == "Which modality does a mark in {columns} mean?"
    counts = [
        read(file, each.reading).patients.get("modality", []) for each in question.answers[:3]
    ]
    assert [list(map(str, each)) for each in counts] == [
        ["HAI", "TACE", "BOTH", "nan", "HAI"], ["TACE", "HAI", "BOTH", "nan", "TACE"], [],
    ]  # fmt: skip
    for answer in question.answers[:3]:
        assert not [q for q in propose(file, answer.reading).questions if q == question]
        cohort = read(file, answer.reading)
        assert read(file, cohort.reading).reading == cohort.reading


@pytest.mark.parametrize(("one", "two"), [("HAI", "TACE"), ("ХИПА", "ТАХЭ"), ("TACE", "HAI")])
def test_dates_under_modalities_say_when_each_was_first_given(one, two, told):
    days = [
        ("01.02.2020", ""),
        ("", "13.02.2020"),
        ("01.02.2020", "15.04.2020"),
        ("", ""),
        ("", ""),
    ]
    cohort = read_cohort("a.csv", as_csv(flagged(one, two, days)))
    first = "first_hai_date" if one in ("HAI", "ХИПА") else "first_tace_date"
    assert cohort.patients[first].notna().tolist() == [True, False, True, False, False]
    assert any("hold dates, and are read as the days" in line for line in told(cohort))


@pytest.mark.parametrize("stem", ["complication", "metastases", "occlusion"])
def test_numbered_choices_of_something_else_are_not_asked_about(stem):
    file = open_file("a.csv", as_csv(flagged(f"{stem}___1", f"{stem}___2", FLAGS)))
    assert not any("mark in" in q.message for q in propose(file).questions)


def test_a_sum_under_marks_does_not_hide_them():
    rows = [*flagged("HAI", "TACE", FLAGS), ["Итого", "", "", "", "", 3, 2]]
    cohort = read_cohort("a.csv", as_csv(rows))
    assert (len(cohort), arms(cohort)) == (5, {"HAI": 2, "TACE": 1, "BOTH": 1})


# A sheet for each group --------------------------------------------------------------------


@pytest.mark.cases
def test_sheets_with_the_same_headers_are_one_table(one, two, column, levels, told):
    data = as_book({one: [HEADER, *FIRST], two: [HEADER, *SECOND]})
    cohort = read_cohort("a.xlsx", data)
    counts = cohort.patients[column].value_counts().to_dict()
    assert {str(name).removesuffix(".0"): n for name, n in counts.items()} == levels
    assert cohort.source.sheet == f"{one}, {two}"
    assert any(f"row 1002 is row 2 of '{two}'" in line for line in told(cohort))
    keeps("a.xlsx", data, cohort)
    file = open_file("a.xlsx", data)
    question = next(q for q in propose(file).questions if q.kind == "sheet")
    assert question.settled == (column in ("modality", "year"))
    counted = [len(read(file, answer.reading)) for answer in question.answers]
    assert counted == [5, 3, 2]
    for answer in question.answers:
        again = next(q for q in propose(file, answer.reading).questions if q.kind == "sheet")
        assert again.settled
        assert len(read(file, again.answers[0].reading)) == len(read(file, answer.reading))


def test_columns_in_another_order_or_lacking_are_put_under_their_headers():
    second = [[row[0], row[2], row[1], row[4], row[3]] for row in SECOND]
    header = [HEADER[n] for n in (0, 2, 1, 4, 3)]
    cohort = read_cohort("a.xlsx", as_book({"HAI": [HEADER, *FIRST], "TACE": [header, *second]}))
    assert cohort.patients["age"].tolist() == [61, 55, 48, 70, 66]
    assert cohort.patients["os_months"].tolist() == [9.5, 12.5, 20.5, 8.5, 31.5]


def test_what_is_told_of_a_row_names_it_by_one_number(told):
    bad = [["Л4", "м", 70, 8.5, "?!"], SECOND[1]]
    cohort = read_cohort("a.xlsx", as_book({"HAI": [HEADER, *FIRST], "TACE": [HEADER, *bad]}))
    (line,) = [line for line in told(cohort) if "?!" in line]
    assert line.endswith("[1002]")
    assert cohort.patients["row"].tolist() == [2, 3, 4, 1002, 1003]


def test_totals_of_each_sheet_are_set_aside_on_their_own():
    total = ["Итого", "", "", "", ""]
    sheets = {"HAI": [HEADER, *FIRST, total], "TACE": [HEADER, *SECOND, total]}
    cohort = read_cohort("a.xlsx", as_book(sheets))
    assert (len(cohort), cohort.source.rows) == (5, 7)
    aside = [(f.sheet, f.rows) for f in cohort.findings if f.sets_aside]
    assert aside == [("HAI", (5,)), ("TACE", (4,))]


def test_codes_that_begin_anew_on_each_sheet_are_other_patients():
    second = [["Л1", *SECOND[0][1:]], ["Л2", "м", *SECOND[1][2:]]]
    cohort = read_cohort("a.xlsx", as_book({"HAI": [HEADER, *FIRST], "TACE": [HEADER, *second]}))
    assert len(cohort) == 5
    assert cohort.patients["patient_id"].tolist()[-1] == "TACE Л2"


def test_the_same_patients_on_a_second_sheet_are_not_counted_twice():
    later = [[*row[:3], 30.5, row[4]] for row in FIRST]
    cohort = read_cohort(
        "a.xlsx", as_book({"Визит 1": [HEADER, *FIRST], "Визит 2": [HEADER, *later]})
    )
    assert len(cohort) == 3


def test_a_copy_without_codes_is_not_counted_twice():
    rows = [row[1:] for row in [HEADER, *FIRST, *SECOND]]
    cohort = read_cohort("a.xlsx", as_book({"данные": rows, "данные (копия)": rows}))
    assert len(cohort) == 5


def test_a_sheet_that_was_chosen_is_read_alone():
    data = as_book({"HAI": [HEADER, *FIRST], "TACE": [HEADER, *SECOND]})
    proposal = ingest.propose(open_file("a.xlsx", data))
    assert len(read_cohort("a.xlsx", data, proposal.on_sheet("TACE"))) == 2
    assert len(read_cohort("a.xlsx", data, Reading())) == 5
