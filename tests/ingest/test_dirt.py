"""One case for each kind of dirt: the same cohort, or the exact question, or the exact finding."""

import io
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from lib import ingest
from lib.analyses import survival
from lib.analyses.study import opening_plan, under_study
from lib.cohort import WHOLE_ROW, CohortError
from lib.export import cleaned
from lib.ingest import read_cohort
from lib.ingest.grid import letter
from lib.ingest.reader import read_sheets
from lib.plan import Reading
from lib.schema import ENDPOINTS, Endpoint
from lib.text import said
from lib.workbooks import limits
from tests.ingest.conftest import as_book, as_csv
from tests.ingest.dialects import ENGLISH, HEADER, ROWS, encrypted, html, ods, text, xls, xlsm

TABLE = [HEADER, *ROWS]


@pytest.fixture(scope="module")
def clean():
    return read_cohort("clean.csv", text(TABLE)).patients


def same(cohort, clean):
    """The same patients, wherever in the sheet they stand."""
    pd.testing.assert_frame_equal(cohort.patients.drop(columns="row"), clean.drop(columns="row"))


def changed(**cells):
    """The table with some cells of the first patient changed, by header."""
    first = [cells.get(name, cell) for name, cell in zip(ENGLISH, ROWS[0], strict=True)]
    return [HEADER, first, *ROWS[1:]]


def with_column(header, cells):
    return [[*HEADER, header], *([*row, cell] for row, cell in zip(ROWS, cells, strict=True))]


def read(rows, reading=None):
    return read_cohort("a.csv", text(rows), reading)


def questions(rows, reading=None):
    return ingest.propose(ingest.open_file("a.csv", text(rows)), reading).questions


def test_the_clean_cohort_needs_no_question_and_no_finding():
    assert questions(TABLE) == ()
    assert read(TABLE).findings == ()


# The file -------------------------------------------------------------------------------------


@pytest.mark.cases
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encodings_and_delimiters(encoding, delimiter, clean):
    same(read_cohort("a.csv", text(TABLE, delimiter, encoding)), clean)


def test_latin_1_is_read_where_nothing_is_russian():
    rows = [["patient_id", "centre"], ["1", "Université de Liège"], ["2", "Köln"]]
    cohort = read_cohort("a.csv", text(rows, encoding="latin-1"))
    assert cohort.patients["centre"].tolist() == ["Université de Liège", "Köln"]


@pytest.mark.parametrize(
    "data",
    [
        b"sep=;\r\n" + text(TABLE),
        text(TABLE, end="\n"),
        text(TABLE, end="\r"),
        text(TABLE).rstrip(),
        html(TABLE),
        ods(TABLE),
        xls(TABLE),
        as_book({"Лист1": TABLE}),
        xlsm(as_book({"Лист1": TABLE})),
        as_book({"Лист1": [], "Данные": TABLE}),
    ],
    ids=["sep", "lf", "cr", "no end", "html", "ods", "xls", "xlsx", "xlsm", "second sheet"],
)
def test_every_kind_of_file(data, clean):
    same(read_cohort("a.xls", data), clean)


def test_a_quoted_line_break_stays_in_its_cell(clean):
    rows = with_column("Особенности", ["две\nстроки", "", "", ""])
    same_rows = read(rows).patients
    assert same_rows["Особенности"].tolist()[0] == "две строки"
    assert same_rows["row"].tolist() == [2, 3, 4, 5]


def test_a_quotation_mark_left_open_loses_no_row():
    rows = [["patient_id", "modality", "comment"]]
    rows += [[str(i), "HAI", '"стентирование' if i == 3 else "-"] for i in range(60)]
    data = "\n".join(";".join(row) for row in rows).encode()
    assert len(read_cohort("a.csv", data)) == 60


def test_titles_above_the_header_are_skipped(clean):
    titles = [["Регистр больных, получивших РХТ"], [], ["за 2019 год"]]
    cohort = read(titles + TABLE)
    same(cohort, clean)
    assert cohort.reading.header_row == 4
    assert cohort.patients["row"].tolist() == [5, 6, 7, 8]


def test_lines_marked_with_a_hash_are_skipped(clean):
    remarks = [["#" + cell for cell in HEADER], ["#STRING"] * len(HEADER)]
    same(read_cohort("a.txt", text(remarks + TABLE, "\t")), clean)


def test_a_two_row_header_is_joined():
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Лист1")
        for position, name in ((0, "Код пациента"), (1, "Вид РХТ"), (4, "РЭА")):
            sheet.merge_range(0, position, 1, position, name)
        sheet.merge_range(0, 2, 0, 3, "Ответ")
        sheet.write_row(1, 2, ["6 мес", "12 мес"])
        sheet.write_row(2, 0, ["1", "ХИПА", "SD", "PD", 5])
    cohort = read_cohort("a.xlsx", data.getvalue())
    row = cohort.patients.iloc[0]
    assert (row["response_6m"], row["response_12m"], row["cea_baseline"]) == ("SD", "PD", 5)
    assert cohort.reading.header_row == 2


def test_a_two_row_header_without_merged_cells_is_joined():
    rows = [["Код пациента", "Вид РХТ", "Ответ", ""], ["", "", "6 мес", "12 мес"]]
    cohort = read([*rows, ["1", "ХИПА", "SD", "PD"], ["2", "ХЭПА", "PD", "PD"]])
    assert cohort.patients["response_12m"].tolist() == ["PD", "PD"]


@pytest.mark.parametrize("title", ["Ответ", "Ответ по RECIST", "Оценка по RECIST", "Эффект"])
@pytest.mark.parametrize("times", [("3 мес", "12 мес"), ("через 3 мес.", "через 12 мес.")])
def test_times_under_any_title_of_responses_are_joined_with_it(title, times):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Лист1")
        for position, name in ((0, "ФИО"), (1, "Вид РХТ"), (4, "РЭА")):
            sheet.merge_range(0, position, 1, position, name)
        sheet.merge_range(0, 2, 0, 3, title)
        sheet.write_row(1, 2, times)
        sheet.write_row(2, 0, ["Иванов И.И.", "ХИПА", "SD", "PD", 5])
    merged = read_cohort("a.xlsx", data.getvalue())
    plain = read([["ФИО", "Вид РХТ", title, "", "РЭА"], ["", "", *times, ""],
                  ["Иванов И.И.", "ХИПА", "SD", "PD", "5"]])  # fmt: skip
    for cohort in (merged, plain):
        (row,) = cohort.patients.to_dict("records")
        assert (row["response_3m"], row["response_12m"], row["cea_baseline"]) == ("SD", "PD", 5)
        assert cohort.reading.header_row == 2


def test_a_second_row_of_headers_in_unknown_words_is_no_patient():
    rows = [["Код пациента", "Вид РХТ", "Пол", "Шкала", ""], ["", "", "", "до", "после"]]
    cohort = read([*rows, ["1", "ХИПА", "м", "a", "b"], ["2", "ХЭПА", "ж", "c", "d"]])
    assert cohort.patients["patient_id"].tolist() == ["1", "2"]
    assert cohort.patients["Шкала / после"].tolist() == ["b", "d"]


def test_a_patient_with_nothing_but_texts_is_no_row_of_headers():
    rows = [["Код пациента", "Вид РХТ", "Ответ 6 мес", "", "Пол"]]
    cohort = read([*rows, ["А", "ХИПА", "SD", "x", "м"], ["Б", "ХЭПА", "PD", "y", "ж"]])
    assert cohort.patients["patient_id"].tolist() == ["А", "Б"]


@pytest.mark.parametrize("header", ["Синхронные/метахронные", "Синхронные/\nметахронные"])
def test_a_header_broken_behind_a_stroke_is_known(header):
    cohort = read(with_column(header, ["синхронные", "метахронные"] * 2))
    assert cohort.patients["synchronous"].tolist() == ["синхронные", "метахронные"] * 2


def test_totals_footnotes_and_blank_rows_are_set_aside(clean):
    blank = [""] * len(HEADER)
    total = ["Итого", "", "252", "", *blank[4:]]
    note = ["* РЭА по данным лаборатории", *blank[1:]]
    cohort = read([HEADER, *ROWS[:2], blank, *ROWS[2:], total, blank, note])
    same(cohort, clean)
    assert [f.rows for f in cohort.findings if WHOLE_ROW in f.sets_aside] == [(7,), (9,)]
    assert cohort.source.rows == 6


def test_the_sheet_with_the_patients_is_chosen_among_several(clean):
    glossary = [["Сокращение", "Значение"], ["ХЭПА", "химиоэмболизация"]]
    data = as_book({"Словарь": glossary, "Регистр": TABLE})
    same(read_cohort("a.xlsx", data), clean)
    proposal = ingest.propose(ingest.open_file("a.xlsx", data))
    assert proposal.sheets == ("Регистр", "Словарь")
    assert [question.kind for question in proposal.questions] == ["sheet"]


def test_a_glossary_is_left_alone_and_said_so(clean, told):
    glossary = [["Сокращение", "Значение"], ["ХЭПА", "химиоэмболизация"], ["ХИПА", "инфузия"]]
    cohort = read_cohort("a.xlsx", as_book({"Регистр": TABLE, "Словарь": glossary}))
    same(cohort, clean)
    assert [f.sheet for f in cohort.findings] == ["Словарь"]
    assert told(cohort)[0].startswith(": the sheet is not read")


@pytest.mark.parametrize("note", ["* РЭА по данным лаборатории", "1 – по данным МРТ; 2 – по КТ"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_footnote_is_set_aside_and_said_so(note, place, clean, told):
    rows = [*TABLE, [*[""] * place, note, *[""] * (len(HEADER) - 1 - place)]]
    for cohort in (read(rows), read_cohort("a.xlsx", as_book({"a": rows}))):
        same(cohort, clean)
        assert told(cohort) == [": a row with a single cell, taken for a footnote; set aside [6]"]


def test_a_chart_on_a_sheet_of_its_own_is_passed_over(clean):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for number, row in enumerate(TABLE):
            (book.get_worksheet_by_name("Лист1") or book.add_worksheet("Лист1")).write_row(
                number, 0, row
            )
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Лист1!$C$2:$C$4"})
        book.add_chartsheet("График").set_chart(chart)
    same(read_cohort("a.xlsx", data.getvalue()), clean)


def test_sheets_are_joined_by_the_code_of_the_patients(clean):
    one = [row[:5] for row in TABLE]
    other = [[row[0], *row[5:]] for row in [TABLE[0], *reversed(ROWS)]]
    cohort = read_cohort("a.xlsx", as_book({"Пациенты": one, "Исходы": other}))
    same(cohort, clean)
    assert [f.sheet for f in cohort.findings] == ["Исходы"]


def test_sheets_are_joined_by_names_that_are_not_kept():
    one = [["ФИО", "Пол"], ["Иванов И.И.", "м"], ["Петрова А.А.", "ж"]]
    other = [["ФИО", "Дата смерти"], ["Петрова А.А.", "01.02.2020"]]
    cohort = read_cohort("a.xlsx", as_book({"Пациенты": one, "Исходы": other}))
    assert cohort.patients["death_date"].isna().tolist() == [True, False]
    assert "Иванов" not in repr(cohort) + repr(cohort.patients.to_dict())


# Values ---------------------------------------------------------------------------------------


@pytest.mark.cases
def test_cells_typed_otherwise_mean_the_same(cells, clean):
    cohort = read(changed(**cells))
    same(cohort, clean)
    assert cohort.findings == ()


@pytest.mark.cases
def test_cells_read_otherwise_are_told(cells, line, clean, told):
    cohort = read(changed(**cells))
    same(cohort, clean)
    assert told(cohort) == [line]


@pytest.mark.cases
def test_what_stands_behind_a_level_is_kept_in_the_comment(cell, rest, clean, told):
    cohort = read(changed(response_6m=cell))
    remark = f"Ответ через 6 мес: {rest}"
    assert cohort.patients["comment"].fillna("").tolist() == [remark, "", "", ""]
    assert told(cohort) == [
        f"Ответ через 6 мес: '{cell}' read as SD; '{rest}' is kept in the comment [2]"
    ]
    without = cohort.patients.drop(columns=["comment", "row"])
    pd.testing.assert_frame_equal(without, clean.drop(columns="row"))


def test_what_stands_behind_a_level_is_appended_to_the_comment():
    rows = changed(response_6m="SD (КТ)", modality="ХИПА (правая доля)")
    comments = ["Примечание", "первый", "второй", "", ""]
    rows = [[cell, *row] for row, cell in zip(rows, comments, strict=True)]
    assert read(rows).patients["comment"].fillna("").tolist() == [
        "первый; Вид РХТ: правая доля; Ответ через 6 мес: КТ",
        "второй",
        "",
        "",
    ]


def test_what_stands_behind_a_level_of_a_visit_is_told():
    sheets = {
        "patients": [["patient_id", "sex"], ["a", "m"]],
        "assessments": [
            ["patient_id", "assessment_date", "response_recorded"],
            ["a", "01.02.2020", "SD (КТ)"],
        ],
    }
    (finding,) = read_cohort("a.xlsx", as_book(sheets)).findings
    assert (finding.value, finding.rows, finding.sheet) == ("SD (КТ)", (2,), "assessments")
    assert finding.message.endswith("the rest is not used")


@pytest.mark.cases
def test_bad_cells_are_told_and_set_the_row_aside_where_it_matters(cells, line, aside, told):
    cohort = read(changed(**cells))
    assert told(cohort) == [line]
    assert list(cohort.findings[0].sets_aside) == aside


def test_a_bad_cell_that_no_analysis_needs_sets_nothing_aside():
    rows = [HEADER, ROWS[0], [*ROWS[1][:8], "вчера", *ROWS[1][9:]], *ROWS[2:]]
    (finding,) = read(rows).findings
    assert (finding.rows, finding.sets_aside) == ((3,), ())


# Chronology -----------------------------------------------------------------------------------


@pytest.mark.cases
def test_contradictions_set_the_row_aside_from_what_needs_it(cells, line, aside, told):
    cohort = read(changed(**cells))
    assert told(cohort) == [line]
    assert list(cohort.findings[0].sets_aside) == aside
    for code in ("OS", "PFS"):
        used = cohort.time_to_event(ENDPOINTS[code]).used
        assert used[0] == (code not in aside)
        assert used[1:].all()


@pytest.mark.cases
def test_a_contact_after_death_is_told_and_the_death_is_used(contact, death, warned, told):
    second = [*ROWS[1][:8], contact, "умер", death]
    cohort = read([HEADER, ROWS[0], second, *ROWS[2:]])
    line = "Дата последнего контакта: last contact after death; the date of death is used [3]"
    assert (line in told(cohort)) == warned
    assert [f.severity for f in cohort.findings if f.code == "contact-after-death"] == (
        ["warning"] if warned else []
    )
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    assert (follow.used[1], follow.event[1], follow.ended_by[1]) == (True, True, "death_date")


def test_progression_after_death(told):
    rows = [HEADER, ROWS[0], [*ROWS[1][:7], "01.06.2020", *ROWS[1][8:]], *ROWS[2:]]
    assert told(read(rows))[0] == "Дата прогрессирования: progression after death [3]"


def test_imprecise_dates_are_moved_into_order_and_never_an_error(told):
    rows = changed(progression_date="03.2019", last_contact_date="2021")
    cohort = read(rows)
    assert cohort.patients["progression_date"][0] == pd.Timestamp("2019-03-15")
    assert not [f for f in cohort.findings if f.severity == "error"]
    early = read(changed(first_procedure_date="20.03.2019", progression_date="03.2019"))
    assert early.patients["progression_date"][0] == pd.Timestamp("2019-03-20")
    assert not [f for f in early.findings if f.severity == "error"]


def test_months_beside_dates_are_compared_and_the_dates_win(told):
    cohort = read(with_column("ОВ, мес", ["22,7", "20", "", ""]))
    assert told(cohort) == [
        "ОВ, мес: months that differ from the dates by more than half a month;"
        " the dates are used (patients: 1) [3]"
    ]
    assert cohort.time_to_event(ENDPOINTS["OS"]).months[1] == pytest.approx(400 / 30.4375)


def test_a_column_of_last_contact_or_death_holds_the_death_of_the_dead():
    header = [h.replace("контакта", "контакта/смерти") for h in HEADER[:-1]]
    cohort = read([header, *(row[:-1] for row in ROWS)])
    assert cohort.patients["death_date"].tolist()[1] == pd.Timestamp("2020-05-05")
    assert cohort.patients["death_date"].isna().tolist() == [True, False, True, True]


def test_a_patient_entered_twice_is_told(told):
    cohort = read([*TABLE, ["А-5", *ROWS[3][1:]]])
    assert len(cohort) == 5
    assert [(f.rows, f.severity) for f in cohort.findings] == [((5, 6), "warning")]


def test_a_new_lesion_without_progression_is_told():
    sheets = {
        "patients": [["patient_id", "sex"], ["a", "m"]],
        "assessments": [
            ["patient_id", "assessment_date", "new_lesion", "response_recorded"],
            ["a", "01.02.2020", "yes", "SD"],
            ["a", "01.03.2020", "yes", "PD"],
        ],
    }
    (finding,) = read_cohort("a.xlsx", as_book(sheets)).findings
    assert (finding.sheet, finding.rows) == ("assessments", (2,))


# Questions ------------------------------------------------------------------------------------


def test_a_slash_date_that_nothing_decides_is_asked_with_examples_read_both_ways():
    rows = [HEADER, *([*row[:5], date, *row[6:]] for row, date in zip(
        ROWS, ["03/04/2019", "05/06/2019", "07/08/2019", "09/10/2019"], strict=True))]  # fmt: skip
    (question,) = questions(rows)
    assert question.kind == "day order"
    assert dict(question.values)["examples"] == "03/04/2019, 05/06/2019, 07/08/2019"
    assert [dict(a.values)["read"][:10] for a in question.answers] == ["2019-04-03", "2019-03-04"]
    day, month = (read(rows, answer.reading).patients for answer in question.answers)
    assert day["first_procedure_date"][0] == pd.Timestamp("2019-04-03")
    assert month["first_procedure_date"][0] == pd.Timestamp("2019-03-04")


@pytest.mark.parametrize(
    ("other", "day"), [("13/05/2019", "2019-04-03"), ("05/13/2019", "2019-03-04")]
)
def test_a_slash_date_is_read_in_the_order_that_its_column_decides(other, day):
    rows = [HEADER, *([*row[:5], date, *row[6:]] for row, date in zip(
        ROWS, ["03/04/2019", other, "", ""], strict=True))]  # fmt: skip
    cohort = read(rows)
    assert cohort.patients["first_procedure_date"][0] == pd.Timestamp(day)
    assert not [f for f in cohort.findings if "order of day" in f.message]


def test_a_size_without_a_unit_that_looks_like_centimetres_is_asked():
    rows = with_column("Размер наибольшего очага", ["3,5", "4", "2,5", "6"])
    (question,) = questions(rows)
    assert question.kind == "unit"
    assert [dict(answer.values)["unit"] for answer in question.answers] == ["cm", "mm"]
    cohort = read(rows, question.answers[0].reading)
    assert cohort.patients["largest_lesion_mm"].tolist() == [35, 40, 25, 60]
    assert "largest_lesion_mm" not in read(rows).patients


@pytest.mark.cases
def test_a_unit_that_is_said_or_plain_from_the_numbers_is_not_asked(header, cells):
    rows = with_column(header, cells)
    assert questions(rows) == ()
    assert read(rows).patients["largest_lesion_mm"].tolist() == [35, 40, 25, 60]


def test_a_coded_status_is_asked_once_with_its_counts_and_can_be_turned_round():
    rows = [HEADER, *([*row[:9], code, row[10]] for row, code in zip(ROWS, "0100", strict=True))]
    (question,) = questions(rows)
    assert (question.kind, question.settled) == ("event", False)
    assert dict(question.values) == {"value": "1", "column": "Жив/умер", "count": 1, "total": 4}
    as_usual, turned = (read(rows, answer.reading).patients for answer in question.answers)
    assert as_usual["vital_status"].tolist() == ["alive", "dead", "alive", "alive"]
    assert turned["vital_status"].tolist() == ["dead", "alive", "dead", "dead"]


def test_a_coded_event_is_read_by_its_header_and_can_be_turned_round():
    rows = with_column("Смерть", ["0", "1", "0", "0"])
    (question,) = questions(rows)
    assert (question.kind, question.settled) == ("event", True)
    assert read(rows, question.answers[0].reading).patients["os_event"].tolist()[1] == "yes"
    assert read(rows, question.answers[1].reading).patients["os_event"].tolist()[1] == "no"


def test_two_columns_for_one_field_are_asked_unless_they_say_the_same():
    cells = [row[6] for row in ROWS]
    assert questions(with_column("RECIST 6 мес", cells)) == ()
    rows = with_column("RECIST 6 мес", ["PD", *cells[1:]])
    (question,) = questions(rows)
    assert question.kind == "twice"
    assert [dict(a.values)["column"] for a in question.answers] == [
        "Ответ через 6 мес",
        "RECIST 6 мес",
    ]
    assert dict(question.values)["count"] == 1
    assert said(question.message, question.values) == (
        "Which column is Response at 6 months? They differ (rows: 1), such as row 2: стабилизация,"
        " PD."
    )
    assert read(rows, question.answers[1].reading).patients["response_6m"][0] == "PD"
    assert "response_6m" not in read(rows).patients


def test_of_two_columns_for_one_field_rows_in_which_both_say_something_are_shown_first():
    dates = ["", "01.04.2019", "16.05.2019", "31.12.2019"]
    rows = with_column("Дата начала РХТ", dates)
    question = next(each for each in questions(rows) if each.kind == "twice")
    assert dict(question.values)["examples"] == "4: 15.05.2019, 16.05.2019; 2: 12.03.2019, –"


@pytest.mark.cases
def test_headers_that_mean_several_things_are_asked(header, cells, field, stands):
    whole = with_column(header, cells)
    rows = [
        [cell for name, cell in zip(whole[0], row, strict=True) if name != stands] for row in whole
    ]
    question = next(each for each in questions(rows) if header in str(each.values))
    assert question.kind in ("column", "twice")
    chosen = next(a.reading for a in question.answers if any(
        m.header == header and m.column == field for m in a.reading.columns))  # fmt: skip
    assert field in read(rows, chosen).patients


@pytest.mark.cases
def test_close_spelling_never_maps_by_itself(header):
    cohort = read(with_column(header, ["12.03.2019"] * 4))
    assert [column.name for column in cohort.extra] == [header]


def test_a_header_whose_cells_do_not_fit_is_asked():
    rows = with_column("локализация", ["12.03.2019"] * 4)
    rows[0][4] = "Альбумин"
    rows = [[*row[:4], "норма" if n else row[4], *row[5:]] for n, row in enumerate(rows)]
    assert "column" in [question.kind for question in questions(rows)]
    assert "albumin" not in read(rows).patients


def test_unknown_values_are_asked_with_their_counts():
    rows = changed(response_6m="хорошо")
    (question,) = questions(rows)
    assert (question.kind, dict(question.values)["count"]) == ("value", 1)
    answer = next(
        a for a in question.answers if dict(a.values).get("level", "").startswith("Stable")
    )
    assert read(rows, answer.reading).patients["response_6m"][0] == "SD"


def test_repeated_codes_are_asked_and_the_rest_is_set_aside_until_then():
    rows = [*TABLE, [*ROWS[0][:2], "62", *ROWS[0][3:]]]
    (question,) = questions(rows)
    assert question.kind == "repeated"
    assert "such as А-1; rows 2, 6 differ in 'Возраст'." in said(question.message, question.values)
    ages = [read(rows, answer.reading).patients["age"].tolist() for answer in question.answers]
    assert ages == [[61, 55, 70, 66], [55, 70, 66, 62], [61, 55, 70, 66], [61, 55, 70, 66, 62]]
    cohort = read(rows)
    assert [f.rows for f in cohort.findings if WHOLE_ROW in f.sets_aside] == [(6,)]


def test_one_row_a_procedure_becomes_a_table_and_one_row_a_patient():
    rows = [["Код пациента", "Пол", "Дата процедуры", "Вид РХТ", "Препарат"]]
    rows += [["a", "м", "01.02.2019", "ХИПА", "x"], ["a", "м", "01.03.2019", "ХЭПА", "y"]]
    rows += [["b", "ж", "05.02.2019", "ХЭПА", "x"]]
    cohort = read(rows)
    assert cohort.patients["patient_id"].tolist() == ["a", "b"]
    assert cohort.patients["first_procedure_date"].tolist() == [
        pd.Timestamp("2019-02-01"),
        pd.Timestamp("2019-02-05"),
    ]
    assert cohort.tables["procedures"]["modality"].tolist() == ["HAI", "TACE", "TACE"]
    assert cohort.source.rows == len(cohort) == 2


def test_further_tables_keep_their_rows_and_the_names_of_lesions():
    sheets = {
        "patients": [["patient_id", "sex"], ["a", "m"], ["b", "f"]],
        "lesions": [
            ["patient_id", "lesion_id", "organ", "assessment_date", "diameter_mm"],
            ["a", "L1", "liver", "01.02.2020", "20"],
            ["z", "L1", "liver", "01.02.2020", "30"],
            ["b", "2", "lung", "01.02.2020", "<5"],
        ],
    }
    lesions = read_cohort("a.xlsx", as_book(sheets)).tables["lesions"]
    assert lesions["patient_id"].tolist() == ["a", "b"]
    assert lesions["lesion_id"].tolist() == ["L1", "2"]
    assert lesions["row"].tolist() == [2, 4]
    cohort = read_cohort("a.xlsx", as_book(sheets)).where(np.array([False, True]))
    assert cohort.tables["lesions"]["row"].tolist() == [4]
    again = read_cohort("b.xlsx", cleaned.workbook(cohort)).tables["lesions"]
    assert again.drop(columns="row").equals(cohort.tables["lesions"].drop(columns="row"))


def test_courses_under_a_code_that_stands_once_belong_to_its_patient(told):
    rows = [["Код пациента", "Дата процедуры", "Вид РХТ"], ["a", "01.02.2019", "ХИПА"]]
    rows += [["", "01.03.2019", "ХЭПА"], ["b", "01.03.2019", "ХЭПА"], ["", "02.04.2019", "ХЭПА"]]
    cohort = read(rows)
    assert cohort.tables["procedures"]["patient_id"].tolist() == ["a", "a", "b", "b"]
    assert told(cohort)[0].startswith(": no patient code; taken for a further row")
    assert cohort.findings[0].rows == (3, 5)


def test_a_patient_without_a_code_is_not_taken_for_the_one_above():
    rows = [row[:] for row in TABLE]
    rows[2][0] = ""
    assert read(rows).patients["patient_id"].tolist() == ["А-1", "row 3", "А-3", "А-4"]


def test_courses_under_a_merged_code_belong_to_its_patient():
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Лист1")
        sheet.write_row(0, 0, ["Код пациента", "Дата процедуры", "Вид РХТ"])
        sheet.merge_range(1, 0, 2, 0, "a")
        sheet.write_row(1, 1, ["01.02.2019", "ХИПА"])
        sheet.write_row(2, 1, ["01.03.2019", "ХЭПА"])
        sheet.write_row(3, 0, ["b", "01.03.2019", "ХЭПА"])
    cohort = read_cohort("a.xlsx", data.getvalue())
    assert cohort.tables["procedures"]["patient_id"].tolist() == ["a", "a", "b"]


# Other systems --------------------------------------------------------------------------------


def test_long_trial_tables_become_one_row_a_patient():
    rows = [["USUBJID", "TRT01A", "AGE", "PARAMCD", "PARAM", "AVAL", "AVALU", "CNSR"]]
    rows += [["1", "HAI", "60", "OS", "Overall survival", "730.5", "DAYS", "0"]]
    rows += [["1", "HAI", "60", "PFS", "Progression-free", "365.25", "DAYS", "0"]]
    rows += [["2", "TACE", "61", "OS", "Overall survival", "365.25", "DAYS", "1"]]
    cohort = read_cohort("adtte.csv", text(rows, ","))
    assert cohort.patients["os_months"].tolist() == pytest.approx([24, 12])
    assert cohort.patients["os_event"].tolist() == ["yes", "no"]
    assert cohort.patients["pfs_months"].tolist() == pytest.approx([12, np.nan], nan_ok=True)
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE"]


def test_trial_tables_in_a_workbook_are_joined_to_their_subjects():
    subjects = [["USUBJID", "SEX", "TRTSDT"], ["1", "M", "2019-01-01"], ["2", "F", "2019-02-01"]]
    times = [["USUBJID", "PARAMCD", "AVAL", "AVALU", "CNSR"], ["2", "OS", "12", "MONTHS", "0"]]
    responses = [["USUBJID", "PARAMCD", "AVALC", "ADT"], ["1", "OVR", "SD", "2019-04-01"],
                 ["1", "BOR", "PR", ""]]  # fmt: skip
    data = as_book({"ADSL": subjects, "ADTTE": times, "ADRS": responses})
    cohort = read_cohort("adam.xlsx", data)
    assert cohort.patients["os_event"].tolist()[1] == "yes"
    assert cohort.patients["best_response"].tolist()[0] == "PR"
    assert cohort.tables["assessments"]["response_recorded"].tolist() == ["SD"]


def test_status_and_months_of_cbioportal():
    rows = [["PATIENT_ID", "SEX", "OS_STATUS", "OS_MONTHS"]]
    rows += [["a", "Male", "1:DECEASED", "12.5"], ["b", "Female", "0:LIVING", "30"]]
    cohort = read_cohort("data_clinical_patient.txt", text(rows, "\t"))
    assert cohort.patients["os_event"].tolist() == ["yes", "no"]
    assert cohort.time_to_event(ENDPOINTS["OS"]).months.tolist() == [12.5, 30]


RAW = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"]
LABELS = ["Record ID", "Event Name", "Repeat Instrument", "Repeat Instance"]
FIELDS = ["sex", "modality", "response_6m", "os_months", "os_event"]
RECORDS = [
    ["1", "baseline_arm_1", "", "", "M", "HAI", "", "", ""],
    ["1", "month_6_arm_1", "", "", "", "", "SD", "", ""],
    ["1", "end_arm_1", "", "", "", "", "", "14.5", "1"],
    ["2", "baseline_arm_1", "", "", "F", "TACE", "", "", ""],
    ["2", "end_arm_1", "", "", "", "", "", "20", "0"],
]


@pytest.mark.parametrize(
    "header",
    [[*RAW, *FIELDS], [*LABELS, "Sex", "Modality", "Response 6 months", "OS months", "OS event"]],
    ids=["raw", "labels"],
)
def test_the_events_of_a_redcap_record_are_joined_to_one_row(header, told):
    cohort = read_cohort("redcap.csv", text([header, *RECORDS], ","))
    patients = cohort.patients[["patient_id", *FIELDS]]
    assert patients.fillna("").values.tolist() == [
        ["1", "M", "HAI", "SD", 14.5, "yes"],
        ["2", "F", "TACE", "", 20, "no"],
    ]
    assert cohort.extra == ()
    assert told(cohort) == [
        ": rows for each event of a record (5) are joined to one for each patient (2) []"
    ]
    opened = ingest.open_file("redcap.csv", text([header, *RECORDS], ","))
    assert {question.kind for question in ingest.propose(opened).questions} == {"event"}


def test_a_redcap_row_without_a_record_is_set_aside_and_what_differs_is_told(told):
    rows = [[*RAW, *FIELDS], *RECORDS, ["", "end_arm_1", *[""] * 6, "1"]]
    rows += [["1", "month_12_arm_1", "", "", "", "", "PD", "", ""]]
    cohort = read_cohort("redcap.csv", text(rows, ","))
    assert cohort.patients["response_6m"].tolist()[0] == "PD"
    assert [f.rows for f in cohort.findings if WHOLE_ROW in f.sets_aside] == [(7,)]
    assert "response_6m: differs between the rows of a patient; the last is used" in str(
        told(cohort)
    )
    assert cohort.source.rows == 3


@pytest.mark.cases
def test_a_status_with_months_is_an_endpoint_of_its_own(status, months, cells):
    rows = with_column(status, cells)
    rows = [[*row, cell] for row, cell in zip(rows, [months, "12.5", "30", "7", ""], strict=True)]
    cohort = read(rows)
    assert [each.code for each in cohort.endpoints] == ["OS", "PFS", "DFS"]
    assert cohort.endpoints[-1] == Endpoint("DFS", "DFS", (), (), "dfs_months", "dfs_event")
    assert cohort.patients["dfs_event"].tolist() == ["yes", "no", "no", "yes"]
    follow = cohort.time_to_event(cohort.endpoints[-1])
    assert follow.months[:3].tolist() == [12.5, 30, 7]
    assert follow.event.tolist() == [True, False, False, False]
    assert follow.used.tolist() == [True, True, True, False]
    assert not [column.name for column in cohort.columns.values() if column.name[:3] == "dfs"
                and column.baseline]  # fmt: skip
    again = read(rows, cohort.reading)
    assert again.endpoints == cohort.endpoints
    assert again.reading == cohort.reading


@pytest.mark.parametrize(
    ("unit", "time"), [("DAYS", "365.25"), ("weeks", "52.178571428"), ("Years", "1")]
)
def test_the_time_of_an_endpoint_is_kept_in_months(unit, time):
    rows = with_column("DSS_STATUS", ["1:DEAD WITH TUMOR", "0:ALIVE OR DEAD TUMOR FREE", "0", ""])
    rows = [[*row, cell] for row, cell in zip(rows, [f"DSS_{unit}", *[time] * 4], strict=True)]
    cohort = read(rows, Reading(known_before=("DSS_STATUS", f"DSS_{unit}")))
    assert cohort.patients["dss_months"].tolist() == pytest.approx([12] * 4)
    assert cohort.time_to_event(cohort.endpoints[-1]).used.tolist() == [True, True, True, False]
    assert not any(column.baseline for column in cohort.extra)


def test_a_bad_cell_of_an_endpoint_is_told_and_sets_the_row_aside_from_it(told):
    rows = with_column("DFS_STATUS", ["1", "0", "2", "0"])
    rows = [[*row, c] for row, c in zip(rows, ["DFS_MONTHS", "1", "-3", "4", "5"], strict=True)]
    cohort = read(rows)
    assert told(cohort) == [
        "DFS_STATUS: '2' is not one of yes, no; left empty [4]",
        "DFS_MONTHS: -3 is not between 0 and 600 months; left empty [3]",
    ]
    assert [f.sets_aside for f in cohort.findings] == [("DFS",), ("DFS",)]
    assert cohort.time_to_event(cohort.endpoints[-1]).used.tolist() == [True, False, False, True]


@pytest.mark.cases
def test_what_is_no_pair_is_no_endpoint_and_is_carried(one, other, cells):
    rows = with_column(one, cells)
    rows = [[*row, cell] for row, cell in zip(rows, [other, "1", "2", "3", "4"], strict=True)]
    cohort = read(rows)
    assert len(cohort.endpoints) == 2
    assert [column.name for column in cohort.extra] == [one, other]


def test_an_endpoint_is_shown_on_the_mapping_screen_and_can_be_declined():
    rows = with_column("DFS_STATUS", ["1", "0", "0", "1"])
    rows = [[*row, c] for row, c in zip(rows, ["DFS_MONTHS", "1", "2", "3", "4"], strict=True)]
    proposal = ingest.propose(ingest.open_file("a.csv", text(rows)))
    status, months = proposal.columns[-2:]
    assert (status.meant.kind, months.meant.unit, status.known_before) == ("flag", "months", False)
    assert status.reason[0].format(**dict(status.reason[1])).startswith("with 'DFS_MONTHS'")
    (question,) = proposal.questions
    assert (question.kind, question.settled) == ("event", True)
    turned = read(rows, question.answers[1].reading)
    assert turned.patients["dfs_event"].tolist() == ["no", "yes", "yes", "no"]
    weeks = read(rows, proposal.in_unit(months, "weeks"))
    assert weeks.patients["dfs_months"][0] == pytest.approx(7 / 30.4375)
    assert len(weeks.endpoints) == 3
    declined = read(rows, proposal.mapped(status, ""))
    assert len(declined.endpoints) == 2
    assert [column.name for column in declined.extra] == ["DFS_STATUS", "DFS_MONTHS"]


def test_a_further_endpoint_is_estimated_like_any_other():
    rows = with_column("DFS_STATUS", ["1", "0", "0", "1"])
    rows = [[*row, c] for row, c in zip(rows, ["DFS_MONTHS", "1", "2", "3", "4"], strict=True)]
    cohort = read(rows)
    study = under_study(cohort, opening_plan(cohort))
    assert [each.code for each in survival.available(study)] == ["OS", "PFS", "DFS"]
    result = survival.by_group(under_study(cohort, opening_plan(cohort)), cohort.endpoints[-1])
    assert (result.everyone.n, result.everyone.events, result.by_months) == (4, 2, 4)


def test_time_to_progression_of_a_trial_is_an_endpoint():
    rows = [["USUBJID", "TRT01A", "PARAMCD", "AVAL", "AVALU", "CNSR"]]
    rows += [["1", "HAI", "TTP", "12", "MONTHS", "0"], ["2", "TACE", "TTP", "6", "MONTHS", "1"]]
    cohort = read_cohort("adtte.csv", text(rows, ","))
    assert cohort.endpoints[-1].code == "TTP"
    follow = cohort.time_to_event(cohort.endpoints[-1])
    assert (follow.months.tolist(), follow.event.tolist()) == ([12, 6], [True, False])


# Identifiers ----------------------------------------------------------------------------------


@pytest.mark.cases
def test_who_a_person_is_never_comes_into_the_cohort(header, cells):
    rows = with_column(header, cells)
    cohort = read(rows)
    kept = repr(cohort.patients.to_dict()) + repr(cohort.findings) + repr(cohort.reading)
    assert not [cell for cell in cells if cell and cell in kept]
    assert header in [f.column for f in cohort.findings]


def test_names_and_birth_dates_are_gone_as_soon_as_a_file_is_open():
    rows = with_column("Дата рождения", ["01.02.1950", "03.04.1960", "", "05.06.1970"])
    rows = [["ФИО", *rows[0]], *(["Иванов И.И.", *row] for row in rows[1:])]
    opened = ingest.open_file("a.csv", text(rows))
    assert "Иванов" not in repr(opened.sheets)
    assert "1950" not in repr(opened.sheets)
    rows = [[cell for n, cell in enumerate(row) if n != 3] for row in rows]
    assert ingest.read(ingest.open_file("a.csv", text(rows))).patients["age"].tolist()[0] == 69


def test_patients_called_by_their_names_are_numbered():
    rows = [["id", "Пол"], ["Иванов И.И.", "м"], ["Петрова А.А.", "ж"]]
    assert read(rows).patients["patient_id"].tolist() == ["1", "2"]


def test_a_column_that_looks_like_names_is_kept_when_the_visitor_says_so():
    rows = with_column("Врач", ["Иванов И.И.", "Петров П.П.", "", ""])
    file = ingest.open_file("a.csv", text(rows))
    proposal = ingest.propose(file)
    assert proposal.questions == ()
    (column,) = [each for each in proposal.columns if each.header.text == "Врач"]
    assert not column.kept
    assert column.samples == ()
    kept = ingest.read(file, proposal.mapped(column, ""))
    assert kept.patients["Врач"].tolist()[:2] == ["Иванов И.И.", "Петров П.П."]
    assert ingest.read_cohort("a.csv", text(rows), kept.reading).digest == kept.digest


# Limits ---------------------------------------------------------------------------------------


def hollow(cells):
    """A workbook whose only sheet has some cells, given as XML."""
    data, made = io.BytesIO(), io.BytesIO(as_book({"Лист1": [["x"]]}))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return data.getvalue()


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
WIDE = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'

BROAD = "".join(f'<c r="{letter(n)}1"><v>1</v></c>' for n in range(0, 16_000, 90))
BROAD = f'<row r="1">{BROAD}</row>'
MANY_CELLS = f"A table of more than {limits.MOST_CELLS // 10**6} million cells"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (hollow(FAR), "There are column headers, but no row of patients"),
        (hollow(WIDE), "There are column headers, but no row of patients"),
        (hollow(BROAD), f"A table of more than {limits.MOST_COLUMNS} columns"),
        (encrypted(), "The workbook is protected by a password"),
        (as_book({"a": TABLE})[:-200], "The workbook cannot be read"),
        (b"%PDF-1.7\n\x00\x01", "This is a PDF, not a spreadsheet; save the table as XLSX or CSV"),
        (b"{\\rtf1 text}", "This is a file of Word (RTF)"),
        (b"<html><body>no table</body></html>", "This is a web page without a table"),
        (b'<?xml version="1.0"?><Workbook/>', "This is an XML file"),
        (b"a;b\n" + b";" * 3000 + b"x\n", f"A table of more than {limits.MOST_COLUMNS} columns"),
        (
            b"patient_id;sex\n" + b";\n" * 16_000_000,
            MANY_CELLS,
        ),
        (struct.pack("<200I", *range(200)), "This is not a spreadsheet"),
    ],
)
def test_what_cannot_be_read_ends_in_one_sentence(data, sentence):
    with pytest.raises(CohortError) as caught:
        read_cohort("a.csv", data)
    assert caught.value.message.format(**caught.value.values).startswith(sentence)


@pytest.mark.cases
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_a_letter_is_no_table(letter, encoding):
    with pytest.raises(CohortError, match="This is text, not a table of patients"):
        read_cohort("letter.csv", letter.encode(encoding))


@pytest.mark.cases
def test_a_small_table_is_no_letter(table):
    ingest.open_file("a.csv", table.encode())


def test_a_sheet_that_is_not_there_is_said():
    with pytest.raises(CohortError, match="no sheet named"):
        read_cohort("a.xlsx", as_book({"a": TABLE, "c": TABLE}), Reading(sheet="b"))


def test_a_reading_is_applied_to_the_next_file_with_the_same_headers(clean):
    first = read_cohort("a.xlsx", as_book({"Лист1": [["Регистр"], [], *TABLE]}))
    second = read_cohort("b.xlsx", as_book({"Sheet1": TABLE}), first.reading)
    same(second, clean)
    moved = [[row[-1], *row[:-1]] for row in TABLE]
    third = read_cohort("c.csv", text(moved), first.reading)
    pd.testing.assert_frame_equal(
        third.patients[clean.columns].drop(columns="row"), clean.drop(columns="row")
    )


def test_a_file_keeps_its_row_numbers_under_titles_and_blank_lines():
    (sheet,) = read_sheets("a.csv", b"\n\ntitle\n\npatient_id;sex\n1;m\n")
    assert sheet.rows[4] == ["patient_id", "sex"]


def test_marks_against_formulas_are_stripped():
    rows = with_column("Особенности", ["'=1+1", "'-5", "'@x", "it's"])
    assert read(rows).patients["Особенности"].tolist() == ["=1+1", "-5", "@x", "it's"]


def test_patients_called_by_their_names_are_numbered_on_every_reading():
    rows = [["id", "Пол"], ["Иванов И.И.", "м"], ["Петрова А.А.", "ж"]]
    again = read(rows, read(rows).reading)
    assert again.patients["patient_id"].tolist() == ["1", "2"]


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_a_file_of_capitals_is_known_by_its_headers(encoding):
    rows = [["код пациента", "дата процедуры", "процедура"]]
    rows += [[f"K{i}", f"0{1 + i}.03.2020", ("ХИПА", "ХЭПА")[i % 2]] for i in range(9)]
    text = "\n".join(";".join(row) for row in rows)
    cohort = read_cohort("a.csv", text.encode(encoding))
    assert cohort.patients["modality"].tolist()[:2] == ["HAI", "TACE"]


def test_a_size_without_a_unit_says_that_it_is_the_unit_which_is_missing(told):
    rows = [["id", "modality", "largest lesion"], *([i, "HAI", f"{2 + i / 4}"] for i in range(12))]
    found = told(read_cohort("a.csv", as_csv(rows)))
    assert any("in which unit it does not say" in line for line in found)


def test_times_to_progression_that_no_curve_uses_are_told():
    rows = [["id", "TTP (mo)", "OS months", "Dead"], *([i, i / 2, i, i % 2] for i in range(1, 25))]
    cohort = read_cohort("a.csv", text(rows))
    assert cohort.known("ttp_months")
    assert "no-use" in {finding.code for finding in cohort.findings}
