"""Which rows are patients, and which of them are one patient's."""

import io

import pytest
import xlsxwriter

from lib import ingest
from lib.cohort import WHOLE_ROW, CohortError
from lib.ingest import read_cohort
from lib.plan import Reading
from tests.ingest.conftest import as_book
from tests.ingest.dialects import HEADER, ROWS, text
from tests.ingest.test_any_file import keeps_its_books

NAMES = ["Иванов И.И.", "Петрова А.А.", "Сидоров С.С.", "Ким А.А."]


def read(rows, reading=None):
    return read_cohort("a.csv", text(rows), reading)


def questions(rows, reading=None):
    return ingest.propose(ingest.open_file("a.csv", text(rows)), reading).questions


def aside(cohort):
    return {row: f.message for f in cohort.findings if WHOLE_ROW in f.sets_aside for row in f.rows}


# One patient in several rows ----------------------------------------------------------------


@pytest.mark.cases
def test_courses_of_one_name_or_record_number_are_one_patient(header, codes):
    rows = [[header, "Пол", "Дата процедуры", "Вид РХТ"]]
    rows += [[codes[0], "м", "01.02.2019", "ХИПА"], [codes[1], "м", "01.03.2019", "ХЭПА"]]
    rows += [[codes[2], "ж", "05.02.2019", "ХЭПА"]]
    cohort = read(rows)
    assert cohort.patients["patient_id"].tolist() == ["1", "2"]
    assert cohort.tables["procedures"]["patient_id"].tolist() == ["1", "1", "2"]
    assert cohort.source.rows == len(cohort) == 2
    kept = repr(cohort.patients.to_dict()) + repr(cohort.tables) + repr(cohort.findings)
    assert not any(code in kept for code in codes if code)


def test_rows_of_one_name_without_dates_are_asked_and_nothing_is_counted_twice():
    rows = [
        ["ФИО", *HEADER[1:]],
        *([name, *row[1:]] for name, row in zip(NAMES, ROWS, strict=True)),
    ]
    rows += [[NAMES[0], "м", "62", *ROWS[0][3:]]]
    (question,) = questions(rows)
    assert (question.kind, question.column, question.settled) == ("repeated", "ФИО", False)
    assert dict(question.values) == {"count": 1, "rows": "2, 6", "headers": "'Возраст'"}
    cohort = read(rows)
    assert len(cohort) == 4
    assert set(aside(cohort)) == {6}
    ages = [read(rows, answer.reading).patients["age"].tolist() for answer in question.answers]
    assert ages == [[61, 55, 70, 66], [55, 70, 66, 62], [61, 55, 70, 66], [61, 55, 70, 66, 62]]


@pytest.mark.parametrize("index", range(4))
def test_an_answer_about_rows_of_one_patient_settles_the_question(index):
    rows = [HEADER, *ROWS, [*ROWS[0][:2], "62", *ROWS[0][3:]]]
    (question,) = questions(rows)
    answer = question.answers[index]
    (again,) = questions(rows, answer.reading)
    assert again.settled
    assert again.answers[0] == answer


def test_patients_named_once_above_their_further_rows_are_joined(told):
    rows = [["ФИО", "Пол", "Возраст", "Курс", "Препарат", "Дата смерти"]]
    rows += [["Иванов И.И.", "м", "61", "1", "доцетаксел", ""], ["", "", "", "2", "FOLFOX", ""]]
    rows += [["", "", "", "3", "", "01.02.2020"], ["Петрова А.А.", "ж", "55", "1", "FOLFOX", ""]]
    cohort = read(rows)
    assert cohort.patients["patient_id"].tolist() == ["1", "2"]
    assert cohort.patients["age"].tolist() == [61, 55]
    assert cohort.patients["death_date"].notna().tolist() == [True, False]
    lines = told(cohort)
    assert ": no patient code; taken for a further row of the patient above [3, 4]" in lines
    assert any("several rows of a patient (4) are joined to one for each (2)" in x for x in lines)
    (question,) = [q for q in questions(rows) if q.kind == "repeated"]
    assert question.settled
    assert len(read(rows, question.answers[-1].reading)) == 4


def test_names_merged_over_rows_name_each_of_them():
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Лист1")
        sheet.write_row(0, 0, ["№ п/п", "ФИО", "Дата процедуры", "Вид РХТ"])
        sheet.merge_range(1, 0, 2, 0, 7)
        sheet.merge_range(1, 1, 2, 1, "Иванов И.И.")
        sheet.write_row(1, 2, ["01.02.2019", "ХИПА"])
        sheet.write_row(2, 2, ["01.03.2019", "ХЭПА"])
        sheet.write_row(3, 0, [8, "Петрова А.А.", "01.03.2019", "ХЭПА"])
    cohort = read_cohort("a.xlsx", data.getvalue())
    assert cohort.patients["patient_id"].tolist() == ["7", "8"]
    assert cohort.tables["procedures"]["patient_id"].tolist() == ["7", "7", "8"]


def test_a_record_number_goes_before_a_name_and_the_visitor_may_say_otherwise(told):
    rows = [["ФИО", "№ ИБ", "Пол", "Возраст"], [NAMES[0], "11", "м", "61"]]
    rows += [
        [NAMES[0], "12", "м", "61"],
        [NAMES[1], "13", "ж", "55"],
        ["Петрова А.", "13", "ж", "55"],
    ]
    cohort = read(rows)
    assert cohort.patients["patient_id"].tolist() == ["1", "2", "3"]
    lines = told(cohort)
    assert (
        "№ ИБ: one number with more than one name; the number is followed (patients: 1) [4, 5]"
        in lines
    )
    assert any(x.startswith("ФИО: one name with more than one number in '№ ИБ'") for x in lines)
    who = next(q for q in questions(rows) if q.message.startswith("Which column tells"))
    assert [dict(a.values)["column"] for a in who.answers] == ["№ ИБ", "ФИО"]
    by_name = read(rows, who.answers[1].reading)
    assert by_name.patients["patient_id"].tolist() == ["1", "2", "3"]
    assert len(by_name.findings) and set(aside(by_name)) == {3}
    for answer in who.answers:
        assert not [q for q in questions(rows, answer.reading) if q.message == who.message]
        again = read(rows, answer.reading)
        kept = repr(again.patients.to_dict()) + repr(again.reading) + repr(again.findings)
        assert not any(name in kept for name in (*NAMES, "'11'", "'13'"))


def test_a_blank_record_number_is_taken_from_the_same_name():
    rows = [["ФИО", "ИБ", "Дата процедуры", "Вид РХТ"], [NAMES[0], "11", "01.02.2019", "ХИПА"]]
    rows += [[NAMES[0], "", "01.03.2019", "ХЭПА"], [NAMES[1], "", "01.03.2019", "ХЭПА"]]
    cohort = read(rows)
    assert cohort.tables["procedures"]["patient_id"].tolist() == ["1", "1", "2"]


@pytest.mark.parametrize("header", ["ФИО врача", "Оперирующий хирург, ФИО", "Адрес", "Имя"])
def test_what_several_patients_share_makes_them_not_one(header):
    rows = [[header, "Пол", "Возраст"], ["Иванов И.И.", "м", "61"], ["Иванов И.И.", "ж", "55"]]
    assert len(read(rows)) == 2
    assert questions(rows) == ()


def test_a_name_in_three_columns_is_one_name():
    rows = [["Фамилия", "Имя", "Отчество", "Возраст"], ["Иванов", "Иван", "Иванович", "61"]]
    rows += [["Иванов", "Пётр", "Иванович", "55"], ["Иванов", "Иван", "Иванович", "62"]]
    cohort = read(rows)
    assert cohort.patients["age"].tolist() == [61, 55]
    assert set(aside(cohort)) == {4}


# Rows that are no patients ------------------------------------------------------------------


@pytest.mark.parametrize("first", ["Код пациента", "ФИО", "№ п/п", "ИБ"])
@pytest.mark.cases
def test_statistics_under_the_table_are_no_patients(first, said):
    rows = [[first, *HEADER[1:]], *([str(n), *row[1:]] for n, row in enumerate(ROWS, 1))]
    rows += [[said, "", "63", "", "30,7", "", "50%", "", "", "", ""]]
    cohort = read(rows)
    assert len(cohort) == 4
    assert aside(cohort) == {6: "a row of totals; set aside"}
    assert questions(rows) == ()


def test_a_statistic_goes_on_below_another():
    blank = [""] * (len(HEADER) - 3)
    rows = [HEADER, *ROWS, ["Mean", "", "63", *blank], ["SD", "", "6", *blank]]
    assert set(aside(read(rows))) == {6, 7}


def test_a_stable_disease_is_no_standard_deviation():
    rows = [["Пол", "Лучший ответ", "Возраст"], ["м", "SD", "60"], ["ж", "PD", "61"]]
    assert len(read(rows)) == 2
    assert len(read([row[1:] for row in rows])) == 2


def test_a_row_that_numbers_the_columns_is_no_patient():
    for first in ("Код пациента", "ФИО"):
        numbers = [str(n) for n in range(1, len(HEADER) + 1)]
        rows = [[first, *HEADER[1:]], numbers, *ROWS]
        cohort = read(rows)
        assert aside(cohort) == {2: "a row that numbers the columns; set aside"}
        assert questions(rows) == ()
    lettered = ["А", "Б", *(str(n) for n in range(1, len(HEADER) - 1))]
    assert set(aside(read([HEADER, lettered, *ROWS]))) == {2}


def test_rows_of_totals_feed_no_question():
    """A total of 300 in a column of centimetres, an order of days, a level."""
    sizes = ["3,5", "4", "2,5", "6"]
    rows = [
        [*HEADER, "Размер наибольшего очага, см"],
        *([*r, s] for r, s in zip(ROWS, sizes, strict=True)),
    ]
    rows += [
        ["Итого", "2 м / 2 ж", "252", "2/2", "-", "12/31/2019", "нет", "3", "", "3:1", "1", "16"]
    ]
    assert questions(rows) == ()
    assert aside(read(rows)) == {6: "a row of totals; set aside"}


def test_a_legend_below_the_table_is_no_patient():
    rows = [HEADER, *ROWS, [""] * len(HEADER)]
    rows += [["ХЭПА", "химиоэмболизация", *[""] * 9], ["ХИПА", "инфузия", *[""] * 9]]
    cohort = read(rows)
    assert len(cohort) == 4
    assert set(aside(cohort)) == {7, 8}


@pytest.mark.parametrize("sex", [["M", "M", "F"], ["M", "F", "F"], ["м", "ж", "ж"]])
def test_a_sex_is_no_statistic(sex):
    rows = [["Пол", "Возраст", "Вид РХТ"], *([s, "60", "ХИПА"] for s in sex)]
    assert len(read(rows)) == 3


def test_reading_again_changes_nothing():
    rows = [["ФИО", "Дата процедуры", "Вид РХТ"], ["Иванов И.И.", "01.02.2019", "ХИПА"]]
    rows += [["", "01.03.2019", "ХЭПА"], ["Петрова А.А.", "01.03.2019", "ХЭПА"]]
    once = read(rows)
    again = read(rows, once.reading)
    assert again.findings == once.findings
    assert again.reading == once.reading != Reading()
    assert as_book({"a": rows}) and len(again) == 2


def test_a_total_before_a_count_of_names_is_a_total():
    rows = [["№", "ФИО", "Возраст", "РЭА"], ["1", NAMES[0], "61", "5"], ["2", NAMES[1], "62", "6"]]
    assert set(aside(read([*rows, ["Итого", "2", "123", "11"]]))) == {4}


# Several sheets -----------------------------------------------------------------------------

PATIENTS = [
    ["№ п/п", "ФИО", "Дата рождения", "ИБ", "Пол", "Код пациента"],
    [1, NAMES[0], "01.02.1950", "100/19", "м", "А1"],
    [2, NAMES[1], "03.04.1960", "101/19", "ж", "А2"],
    [3, NAMES[2], "05.06.1955", "102/19", "м", "А3"],
]
PROCEDURES = [
    ["ИБ", "Дата процедуры", "Вид РХТ"],
    ["100/19", "01.02.2019", "ХИПА"],
    ["100/19", "01.03.2019", "ХЭПА"],
    ["101/19", "05.02.2019", "ХЭПА"],
    ["999/19", "05.02.2019", "ХЭПА"],
    ["", "05.02.2019", "ХЭПА"],
    ["Итого", "", "5"],
]
OUTCOMES = [
    ["№ п/п", "ФИО", "Жив/умер", "Пол"],
    [1, "ПЕТРОВА А. А.", "жива", "ж"],
    [2, "Чужой Ч.Ч.", "умер", "м"],
]


def test_sheets_are_joined_by_what_they_share_and_strangers_are_told(told):
    book = as_book({"Общие": PATIENTS, "РХТ": PROCEDURES, "Исходы": OUTCOMES})
    reading = Reading(sheet="Общие")
    cohort = read_cohort("a.xlsx", book, reading)
    assert cohort.patients["patient_id"].tolist() == ["А1", "А2", "А3"]
    assert cohort.tables["procedures"]["patient_id"].tolist() == ["А1", "А1", "А2"]
    assert cohort.patients["vital_status"].fillna("").tolist() == ["", "alive", ""]
    assert cohort.patients["age"].fillna(0).tolist() == [69, 58, 0]
    lines = [f"{f.sheet} {line}" for f, line in zip(cohort.findings, told(cohort), strict=True)]
    for line in (
        "РХТ ИБ: not among the patients; left out (rows: 1) [5]",
        "РХТ ИБ: nothing in the row says whose it is; left out [6]",
        "РХТ : a row of totals; set aside [7]",
        "Исходы ФИО: not among the patients; left out (rows: 1) [3]",
    ):
        assert line in lines
    assert cohort.source.rows == len(cohort)
    kept = repr(cohort.patients.to_dict()) + repr(cohort.findings) + repr(cohort.reading)
    assert not any(word in kept for word in ("Иванов", "Чужой", "/19", "•"))
    assert ingest.propose(ingest.open_file("a.xlsx", book), reading).questions == ()


def test_a_table_is_joined_by_another_number_than_the_patients_code():
    sheets = {"patients": PATIENTS, "procedures": PROCEDURES[:4]}
    procedures = read_cohort("a.xlsx", as_book(sheets)).tables["procedures"]
    assert procedures["patient_id"].tolist() == ["А1", "А1", "А2"]


def hidden_copy(first):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for name in ("Копия", "Рабочий") if first else ("Рабочий", "Копия"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([HEADER, *ROWS[: 4 if name == "Рабочий" else 3]]):
                sheet.write_row(number, 0, row)
            if name == "Копия":
                sheet.hide()
            else:
                sheet.activate()
                sheet.set_first_sheet()
    return data.getvalue()


@pytest.mark.parametrize("first", [True, False])
def test_a_hidden_copy_is_not_read_unless_it_is_chosen(first, told):
    data = hidden_copy(first)
    cohort = read_cohort("a.xlsx", data)
    assert (cohort.source.sheet, len(cohort)) == ("Рабочий", 4)
    assert told(cohort) == [
        ": a hidden sheet; not read unless you choose it as the sheet of the patients []"
    ]
    proposal = ingest.propose(ingest.open_file("a.xlsx", data))
    assert (proposal.questions, proposal.sheets) == ((), ("Рабочий", "Копия"))
    assert len(read_cohort("a.xlsx", data, proposal.on_sheet("Копия"))) == 3


# Headers and cells beyond them --------------------------------------------------------------


def workbook(fill):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        fill(book.add_worksheet("Лист1"))
    return data.getvalue()


def test_a_title_in_the_plural_names_each_column_under_it():
    def fill(sheet):
        sheet.merge_range(0, 0, 1, 0, "Код пациента")
        sheet.merge_range(0, 1, 0, 3, "Даты")
        sheet.write_row(1, 1, ["первой процедуры", "последнего контакта", "смерти"])
        sheet.write_row(2, 0, ["A", "01.02.2019", "01.02.2020", "01.02.2020"])
        sheet.write_row(3, 0, ["B", "01.02.2019", "01.02.2020", ""])

    patients = read_cohort("a.xlsx", workbook(fill)).patients
    assert patients["death_date"].notna().tolist() == [True, False]
    assert patients["first_procedure_date"].notna().all()


def test_a_header_of_three_rows_is_joined():
    def fill(sheet):
        sheet.merge_range(0, 0, 2, 0, "Код пациента")
        sheet.merge_range(0, 1, 0, 4, "Результаты лечения")
        sheet.merge_range(1, 1, 1, 2, "Ответ")
        sheet.merge_range(1, 3, 1, 4, "Даты")
        sheet.write_row(2, 1, ["6 мес", "12 мес", "прогрессирования", "смерти"])
        sheet.write_row(3, 0, ["A", "SD", "PD", "01.02.2020", "01.05.2020"])

    cohort = read_cohort("a.xlsx", workbook(fill))
    assert cohort.reading.header_row == 3
    row = cohort.patients.iloc[0]
    assert (row["patient_id"], row["response_6m"], row["response_12m"]) == ("A", "SD", "PD")
    assert "death_date" in row


def test_a_row_of_units_belongs_to_the_header():
    rows = [["Код пациента", "Возраст", "Размер наибольшего очага", "ОВ"], ["", "лет", "см", "мес"]]
    rows += [["A", "60", "3,5", "14"], ["B", "61", "4,5", "15"]]
    cohort = read(rows)
    assert cohort.patients["largest_lesion_mm"].tolist() == [35, 45]
    assert cohort.patients["os_months"].tolist() == [14, 15]
    assert questions(rows) == ()


@pytest.mark.parametrize("more", [[""], []])
def test_a_remark_beyond_the_headers_is_kept_under_the_letter_of_its_column(more, told):
    rows = [[*HEADER, *more], [*ROWS[0], "переведён в др. центр"], *([*r, *more] for r in ROWS[1:])]
    cohort = read(rows)
    assert len(cohort) == 4
    assert cohort.patients["column L"].tolist()[0] == "переведён в др. центр"
    assert told(cohort)[0].startswith("column L: not known; carried along")


@pytest.mark.parametrize("beyond", ["05.05.2020", "5", "-", "?"])
def test_a_row_that_a_delimiter_moved_is_set_aside(beyond):
    rows = [HEADER, ROWS[0], [*ROWS[1], beyond], *ROWS[2:]]
    assert set(aside(read(rows))) == {3}


def test_decimal_commas_do_not_outvote_the_delimiter():
    rows = [[*HEADER, "", ""], [*ROWS[0], "", ""], [*ROWS[1], "1"], *ROWS[2:]]
    assert "modality" in read(rows).patients


# Shapes -------------------------------------------------------------------------------------


def test_rows_of_a_record_without_a_date_are_no_procedures(told):
    rows = [["record_id", "redcap_event_name", "redcap_repeat_instance", "sex", "procedure_date",
             "modality", "os_months", "os_event"]]  # fmt: skip
    rows += [
        ["1", "base", "", "M", "", "", "", ""],
        ["1", "course", "1", "", "2019-01-01", "HAI", "", ""],
    ]
    rows += [
        ["1", "course", "2", "", "2019-02-01", "TACE", "", ""],
        ["1", "end", "", "", "", "", "12", "1"],
    ]
    rows += [
        ["2", "base", "", "F", "", "", "", ""],
        ["2", "course", "1", "", "2019-01-01", "HAI", "", ""],
    ]
    cohort = read(rows)
    assert cohort.tables["procedures"]["row"].tolist() == [3, 4, 7]
    assert cohort.patients["os_event"].fillna("").tolist() == ["yes", ""]
    assert not [line for line in told(cohort) if line.startswith("redcap")]


def test_every_table_of_a_web_page_is_read(told):
    def table(rows):
        return "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in rows)

    menu, more = [["меню"]], [["Код пациента", "ECOG"], ["А-1", "1"], ["А-9", "0"]]
    tables = (f"<table>{table(rows)}</table>" for rows in (menu, [HEADER, *ROWS], more))
    cohort = read_cohort("a.xls", f"<html><body>{''.join(tables)}</body></html>".encode())
    assert cohort.patients["ecog"].fillna("").tolist() == ["1", "", "", ""]
    assert "Код пациента: 'А-9' is not among the patients; left out [3]" in told(cohort)


def test_a_table_below_the_patients_is_set_aside():
    blank = [""] * len(HEADER)
    rows = [HEADER, *ROWS, blank, blank, ["Показатель", "ХИПА", "ХЭПА", *blank[3:]]]
    rows += [["Медиана ОВ", "20", "18", *blank[3:]], ["ЧО", "1", "0", *blank[3:]]]
    assert len(read(rows)) == 4
    assert questions(rows) == ()
    more = [HEADER, *ROWS, blank, ["А-5", "м", "61", "ХИПА", *blank[4:]]]
    assert len(read(more)) == 5


def test_a_table_with_a_column_for_each_patient_is_refused():
    rows = [list(row) for row in zip(HEADER, *ROWS, strict=True)]
    with pytest.raises(CohortError, match="transpose the table"):
        read(rows)


def test_a_sheet_for_each_year_is_read_with_the_others_or_alone_and_told():
    header = ["№", "ФИО", "Вид РХТ", "Дата первой процедуры"]
    one = [header, [1, NAMES[0], "ХИПА", "01.02.2019"], [2, NAMES[1], "ХЭПА", "01.03.2019"]]
    two = [header, [1, NAMES[2], "ХИПА", "01.02.2020"]]
    data = as_book({"2019": one, "2020": two})
    (question,) = ingest.propose(ingest.open_file("a.xlsx", data)).questions
    assert (question.kind, question.settled) == ("sheet", True)
    counts = [len(read_cohort("a.xlsx", data, each.reading)) for each in question.answers]
    assert counts == [3, 2, 1]
    alone = read_cohort("a.xlsx", data, question.answers[1].reading)
    told = [f for f in alone.findings if f.sheet == "2020"]
    assert [(f.severity, "other patients" in f.message) for f in told] == [("warning", True)]


VISITS = [
    ["ФИО", "Пол", "Дата обследования", "Ответ", "Сумма диаметров, мм"],
    ["Иванов И.И.", "м", "03/04/2019", "", "80"],
    ["Иванов И.И.", "м", "03/07/2019", "СЗ", "78"],
    ["Петрова А.А.", "ж", "05/05/2019", "ЧО", "30"],
]


def test_a_response_of_a_visit_is_not_asked_among_the_patients():
    (question,) = questions(VISITS)
    assert question.kind == "day order"
    dates = [
        read(VISITS, answer.reading).tables["assessments"]["assessment_date"].dt.month.tolist()
        for answer in question.answers
    ]
    assert dates == [[4, 7, 5], [3, 3, 5]]


COURSES = [
    ["№ п/п", "ФИО", "ИБ №", "Пол", "№ курса", "Дата курса", "Вид РХТ", "Исход"],
    ["1", "Иванов И.И.", "1234/18", "м", "1", "01.02.2018", "ХИПА", ""],
    ["", "", "", "", "2", "01.03.2018", "ХЭПА", "умер"],
    ["2", "Петрова А.А.", "1235/18", "ж", "1", "01.02.2018", "ХИПА", "жив"],
    ["3", "Петрова А.А.", "1236/18", "ж", "1", "01.02.2018", "РХТ", "жив"],
    ["", "Итого", "", "", "4", "", "", ""],
]
WORKBOOKS = {
    "courses": {"a": COURSES},
    "without dates": {"a": [[c for n, c in enumerate(row) if n != 5] for row in COURSES]},
    "visits": {"a": VISITS},
    "sheets": {"Исходы": OUTCOMES, "РХТ": PROCEDURES, "Общие": PATIENTS},
    "repeats": {"a": [HEADER, *ROWS, [*ROWS[0][:2], "62", *ROWS[0][3:]]]},
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_every_answer_is_read_and_keeps_its_books(name):
    file = ingest.open_file("a.xlsx", as_book(WORKBOOKS[name]))
    seen, open_ = set(), [Reading()]
    while open_:
        reading = open_.pop()
        cohort = ingest.read(file, reading)
        keeps_its_books(cohort)
        again = ingest.read(file, cohort.reading)
        assert (again.reading, again.findings) == (cohort.reading, cohort.findings)
        kept = repr(cohort.patients.to_dict()) + repr(cohort.findings) + repr(cohort.reading)
        assert not [word for word in ("Иванов", "/18", "/19", "•") if word in kept]
        answers = {a.reading for q in ingest.propose(file, reading).questions for a in q.answers}
        if len(seen) < 16:
            open_ += sorted(answers - seen, key=repr)
            seen |= answers


def test_who_signed_below_the_table_is_no_patient():
    signed = ["Зав. отделением", "", "", "Иванов И.И.", *[""] * (len(HEADER) - 4)]
    cohort = read([HEADER, *ROWS, signed])
    assert set(aside(cohort)) == {6}
    assert "Иванов" not in repr(cohort.findings)
    added = ["А-5", "м", *[""] * (len(HEADER) - 2)]
    assert len(read([HEADER, *ROWS, added])) == 5


def test_a_patient_merged_over_rows_without_dates_is_one_patient(told):
    def fill(sheet):
        sheet.write_row(0, 0, ["ФИО", "Пол", "Возраст", "Вид РХТ", "Дата смерти"])
        for column, cell in enumerate(["Иванов И.И.", "м", 60]):
            sheet.merge_range(1, column, 2, column, cell)
        sheet.write_row(1, 3, ["ХИПА"])
        sheet.write_row(2, 3, ["ХЭПА", "01.02.2020"])
        sheet.write_row(3, 0, ["Петрова А.А.", "ж", 61, "ХЭПА"])

    data = workbook(fill)
    cohort = read_cohort("a.xlsx", data)
    assert cohort.patients["age"].tolist() == [60, 61]
    assert cohort.patients["death_date"].notna().tolist() == [True, False]
    assert any("differs between the rows of a patient" in line for line in told(cohort))
    (question,) = ingest.propose(ingest.open_file("a.xlsx", data)).questions
    assert (question.kind, question.settled) == ("repeated", True)


def test_codes_typed_otherwise_are_joined_and_told(told):
    patients = [["id", "Пол"], ["А-1", "м"], ["А-2", "ж"], ["003", "ж"], ["10", "м"]]
    more = [["id", "ECOG"], ["A 1", "1"], ["а-2", "0"], ["3.0", "2"], ["10", "1"], ["11", "1"]]
    cohort = read_cohort("a.xlsx", as_book({"Пациенты": patients, "Ещё": more}))
    assert cohort.patients["ecog"].tolist() == ["1", "0", "2", "1"]
    lines = told(cohort)
    assert any("'A 1' = 'А-1', 'а-2' = 'А-2', '3.0' = '003'" in line for line in lines)
    assert "id: '11' is not among the patients; left out [6]" in lines


def test_a_standard_deviation_below_a_mean_of_names_is_no_patient():
    rows = [["ФИО", "Лучший ответ", "ОВ, мес"], [NAMES[0], "SD", "12"], [NAMES[1], "SD", "15"]]
    assert set(aside(read([*rows, ["Mean", "", "13"], ["SD", "", "2"]]))) == {4, 5}


def test_several_rows_of_a_further_sheet_are_joined_and_told(told):
    one = [["ФИО", "Пол"], [NAMES[0], "м"], [NAMES[1], "ж"]]
    two = [["ФИО", "Жив/умер"], [NAMES[0], "жив"], [NAMES[0], "умер"], [NAMES[1], "жива"]]
    cohort = read_cohort("a.xlsx", as_book({"Пациенты": one, "Исходы": two}))
    assert cohort.patients["vital_status"].tolist() == ["dead", "alive"]
    assert "Жив/умер: differs between the rows of a patient; the last is used (patients: 1) []" in (
        told(cohort)
    )


def test_a_sheet_with_one_procedure_for_each_patient_is_a_table():
    one = [["ФИО", "Пол"], [NAMES[0], "м"], [NAMES[1], "ж"]]
    two = [["ФИО", "Дата процедуры", "Вид РХТ"], [NAMES[0], "01.02.2019", "ХИПА"]]
    cohort = read_cohort("a.xlsx", as_book({"Пациенты": one, "РХТ": two}))
    assert cohort.tables["procedures"]["modality"].tolist() == ["HAI"]
    assert cohort.patients["first_procedure_date"].notna().tolist() == [True, False]


def test_the_date_of_a_procedure_is_asked_where_each_patient_has_a_row():
    rows = [["ФИО", "Дата процедуры"], [NAMES[0], "01.02.2019"], [NAMES[1], "05.02.2019"]]
    (question,) = questions(rows)
    assert (question.kind, question.column) == ("column", "Дата процедуры")
    cohort = read(rows, question.answers[0].reading)
    assert cohort.patients["first_procedure_date"].notna().all()
