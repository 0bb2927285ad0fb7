import datetime

import numpy as np
import pandas as pd
import pytest

from lib.cohort import WHOLE_ROW, CohortError
from lib.ingest import read_cohort
from lib.plan import MappedColumn, MappedValue, Reading
from lib.schema import ENDPOINTS
from tests.ingest.conftest import CLEAN, as_book, as_csv

DAY = datetime.date


def rows_set_aside(cohort):
    return {row for f in cohort.findings if WHOLE_ROW in f.sets_aside for row in f.rows}


def test_a_clean_file_is_read_without_a_finding():
    cohort = read_cohort("clean.csv", as_csv(CLEAN))
    assert cohort.findings == ()
    assert cohort.patients.to_dict("list") == {
        "patient_id": ["P1", "P2"],
        "modality": ["HAI", "TACE"],
        "best_response": ["SD", "PR"],
        "os_months": [12.0, 20.0],
        "os_event": ["yes", "no"],
        "row": [2, 3],
    }


def test_workbook_and_text_give_the_same_patients():
    book = read_cohort("clean.xlsx", as_book({"Лист1": CLEAN}))
    text = read_cohort("clean.csv", as_csv(CLEAN))
    pd.testing.assert_frame_equal(book.patients, text.patients)
    assert book.findings == text.findings


def test_columns_have_the_types_that_the_cohort_promises():
    rows = [["patient_id", "age", "death_date", "sex"], ["1", "60", "31.12.2024", "м"]]
    dtypes = read_cohort("a.csv", as_csv(rows)).patients.dtypes
    assert dtypes["age"] == np.float64
    assert dtypes["death_date"].kind == "M"
    assert dtypes["sex"] == dtypes["patient_id"] == pd.StringDtype(na_value=np.nan)


def test_every_problem_is_reported_at_once_with_its_rows(told):
    rows = [*CLEAN, ["A", "TACE?", "CR", "12", "1"], ["B", "HAI", "XX", "-3", "2"]]
    cohort = read_cohort("bad.csv", as_csv(rows))
    assert told(cohort) == [
        "modality: 'TACE?' is not one of HAI, TACE, DEB_TACE, TAE, TARE, BOTH, OTHER;"
        " kept as a level of its own [4]",
        "best_response: 'XX' is not one of CR, PR, SD, Non-CR/Non-PD, PD, NE; left empty [5]",
        "os_months: -3 is not between 0 and 600 months; left empty [5]",
        "os_event: '2' is not one of yes, no; left empty [5]",
    ]
    assert [f.sets_aside for f in cohort.findings] == [(), ("response",), ("OS",), ("OS",)]


def test_the_same_problem_on_the_same_value_is_told_once():
    rows = [*CLEAN, ["A", "HAI", "XX", "1", "1"], ["B", "HAI", "XX", "1", "1"]]
    (finding,) = read_cohort("bad.csv", as_csv(rows)).findings
    assert finding.rows == (4, 5)


def test_every_row_is_a_patient_or_is_set_aside():
    rows = [
        *CLEAN,
        ["", "", "", "", ""],
        ["P1", "HAI", "SD", "1", "1"],
        ["P3", "", "", "", ""],
        ["Итого", "3", "", "9", ""],
        ["", "", "все даты условны", "", ""],
    ]
    cohort = read_cohort("rows.csv", as_csv(rows))
    assert rows_set_aside(cohort) == {5, 6, 7, 8}
    assert cohort.source.rows == len(cohort) + 4 == 6


def test_an_unquoted_decimal_comma_sets_its_row_aside_instead_of_shifting_it(told):
    cohort = read_cohort("comma.csv", as_csv([*CLEAN, ["P3", "HAI", "SD", "1,5", "1"]]))
    assert told(cohort) == [
        ": more cells than headers, perhaps a decimal comma without quotes; set aside [4]"
    ]


def test_identifiers_are_dropped_and_the_age_is_computed_first(told):
    rows = [
        ["ФИО", "Дата рождения", "ИБ №", "Код пациента", "Дата первой процедуры"],
        ["Иванов И.И.", "01.06.1950", "123", "a", "31.05.2020"],
        ["Петров П.П.", "01.06.50", "124", "b", "01.06.2020"],
    ]
    cohort = read_cohort("names.csv", as_csv(rows, ";"))
    assert set(cohort.patients) == {"patient_id", "first_procedure_date", "age", "row"}
    assert cohort.patients["age"].tolist() == [69, 70]
    assert "Иванов" not in repr(cohort)
    assert [line.split(":")[0] for line in told(cohort)[:3]] == ["ФИО", "Дата рождения", "ИБ №"]


@pytest.mark.cases
def test_row_numbers_name_patients_and_record_numbers_never(headers, ids):
    cohort = read_cohort("n.csv", as_csv([headers, ["7", "м"], ["8", "ж"]]))
    assert cohort.patients["patient_id"].tolist() == ids


def test_ambiguous_headers_are_carried_and_not_mapped(told):
    rows = [["patient_id", "исход", "modality"], ["1", "умер", "HAI"], ["2", "жив", "TACE"]]
    cohort = read_cohort("ask.csv", as_csv(rows))
    assert "vital_status" not in cohort.patients
    assert [column.name for column in cohort.extra] == ["исход"]
    assert told(cohort) == ["исход: may mean Vital status; carried along until you say which []"]


def test_the_visitors_word_overrides_every_proposal(told):
    rows = [["patient_id", "исход", "modality"], ["1", "0", "HAI"], ["2", "1", "ТХЭ"]]
    reading = Reading(
        columns=(MappedColumn("исход", 1, "vital_status"),),
        values=(
            MappedValue("vital_status", "0", "alive"),
            MappedValue("vital_status", "1", "dead"),
            MappedValue("modality", "ТХЭ", "TACE"),
        ),
    )
    cohort = read_cohort("ask.csv", as_csv(rows), reading)
    assert cohort.patients["vital_status"].tolist() == ["alive", "dead"]
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE"]
    header = "исход: read as Vital status, which its header does not surely say; see Map []"
    assert told(cohort) == [header]


def test_the_complete_reading_gives_the_same_cohort_again():
    rows = [
        ["№", "исход", "Вид РХТ", "Ответ через 6 мес", "ОВ, дни", "цвет"],
        ["1", "жив", "ХЭПА", "ПР", "365", "красный"],
        ["2", "умер", "РХТ", "SD", "н/д", "синий"],
        ["3", "умер", "ТАСЕ", "SD (КТ)", "30", "синий"],
    ]
    once = read_cohort("a.csv", as_csv(rows, ";"))
    again = read_cohort("a.csv", as_csv(rows, ";"), once.reading)
    assert again.findings == once.findings
    assert again.reading == once.reading
    assert again.digest == once.digest
    pd.testing.assert_frame_equal(again.patients, once.patients)


def test_further_columns_keep_their_header_and_a_guessed_kind():
    rows = [["patient_id", "row", "AFP", "Цвет", "дата МРТ"]]
    rows += [[str(i), "x", f"{i},5", "красный", "01.02.2020"] for i in range(6)]
    cohort = read_cohort("more.csv", as_csv(rows, ";"), Reading(known_before=("AFP",)))
    assert [(c.name, c.label, c.kind, c.baseline) for c in cohort.extra] == [
        ("row (2)", "row", "category", False),
        ("AFP", "AFP", "number", True),
        ("Цвет", "Цвет", "category", False),
        ("дата МРТ", "дата МРТ", "date", False),
    ]


def test_tables_are_read_and_fill_what_the_patients_lack(told):
    sheets = {
        "patients": [["patient_id", "last_contact_date"], ["a", DAY(2021, 1, 1)], ["b", ""]],
        "procedures": [
            ["patient_id", "procedure_date", "modality"],
            ["a", DAY(2020, 3, 1), "HAI"],
            ["a", DAY(2020, 2, 1), "TACE"],
            ["z", DAY(2020, 2, 1), "TACE"],
        ],
        "assessments": [
            ["patient_id", "assessment_date", "response_recorded"],
            ["a", DAY(2020, 1, 20), ""],
            ["a", DAY(2020, 6, 1), "SD"],
            ["a", DAY(2020, 8, 1), "NE"],
        ],
    }
    cohort = read_cohort("book.xlsx", as_book(sheets))
    assert cohort.patients["first_procedure_date"].tolist()[0] == pd.Timestamp("2020-02-01")
    assert cohort.patients["last_assessment_date"].tolist()[0] == pd.Timestamp("2020-06-01")
    assert len(cohort.tables["procedures"]) == 2
    assert "patient_id: 'z' is not among the patients; left out [4]" in told(cohort)


def test_a_patient_never_assessed_is_progression_free_for_no_time():
    sheets = {
        "patients": [
            ["patient_id", "first_procedure_date", "last_contact_date", "progression_date"],
            ["a", DAY(2020, 1, 1), DAY(2021, 1, 1), ""],
        ],
        "assessments": [
            ["patient_id", "assessment_date", "response_recorded"],
            ["a", DAY(2020, 6, 1), "NE"],
        ],
    }
    cohort = read_cohort("book.xlsx", as_book(sheets))
    assert cohort.time_to_event(ENDPOINTS["PFS"]).months.tolist() == [0]


def test_a_workbook_says_itself_that_it_is_synthetic():
    source = [["key", "value"], ["synthetic", "yes"], ["note", "Invented."]]
    cohort = read_cohort("s.xlsx", as_book({"source": source, "patients": CLEAN}))
    assert (cohort.source.synthetic, cohort.source.note) == (True, "Invented.")
    assert cohort.source.sheet == "patients"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is a picture"),
        (b"PK\x03\x04 not a workbook", "The workbook cannot be read"),
        (b"<html><table></table></html>", "This is a web page"),
        (b"patient_id,modality\n", "There are column headers, but no row"),
        (b"hello\nworld\n", "This is text, not a table of patients"),
        (as_book({"a": [["hello"], ["world"]]}), "The only column"),
        (b"%PDF-1.4 ...", "This is a PDF, not a spreadsheet; save the table as XLSX or CSV"),
        (b"patient_id,modality\nP1,\n", "No row of patients can be used"),
        (as_book({"a": []}), "The workbook has no sheet with anything on it"),
    ],
)
def test_what_gives_no_patient_is_one_clear_sentence(data, sentence):
    with pytest.raises(CohortError) as caught:
        read_cohort("file.csv", data)
    assert caught.value.message.format(**caught.value.values).startswith(sentence)
