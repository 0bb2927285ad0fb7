"""Dirt of which `cases/dirt.txt` cannot tell: bytes of a special kind, and what is made of it."""

import io
import struct

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

import lib.text
from lib.analyses import survival
from lib.analyses.study import opening_plan, under_study
from lib.cohort import CohortError
from lib.export import cleaned
from lib.ingest import read_cohort
from lib.ingest.grid import letter
from lib.ingest.reader import read_sheets
from lib.workbooks import limits
from tests.conftest import as_book
from tests.ingest.case_files import HEADER, ROWS
from tests.ingest.dialects import SHEET, encrypted, repacked, text, xlsm

TABLE = [HEADER, *ROWS]


@pytest.fixture(scope="module")
def clean():
    return read_cohort("clean.csv", text(TABLE)).patients


def same(cohort, clean):
    """The same patients, wherever in the sheet they stand."""
    pd.testing.assert_frame_equal(cohort.patients.drop(columns="row"), clean.drop(columns="row"))


@pytest.mark.parametrize(
    "data",
    [
        b"sep=;\r\n" + text(TABLE),
        text(TABLE, end="\n"),
        text(TABLE, end="\r"),
        text(TABLE).rstrip(),
        xlsm(as_book({"Лист1": TABLE})),
    ],
    ids=["sep", "lf", "cr", "no end", "xlsm"],
)
def test_every_kind_of_file(data, clean):
    same(read_cohort("a.xls", data), clean)


def test_a_quotation_mark_left_open_loses_no_row():
    rows = [["patient_id", "modality", "comment"]]
    rows += [[str(i), "HAI", '"стентирование' if i == 3 else "-"] for i in range(60)]
    data = "\n".join(";".join(row) for row in rows).encode()
    assert len(read_cohort("a.csv", data)) == 60


def test_a_chart_on_a_sheet_of_its_own_is_passed_over(clean):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Лист1")
        for number, row in enumerate(TABLE):
            sheet.write_row(number, 0, row)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Лист1!$C$2:$C$4"})
        book.add_chartsheet("График").set_chart(chart)
    same(read_cohort("a.xlsx", data.getvalue()), clean)


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


def test_a_further_endpoint_is_estimated_like_any_other():
    more = [("DFS_STATUS", "DFS_MONTHS"), ("1", "1"), ("0", "2"), ("0", "3"), ("1", "4")]
    rows = [[*row, *cells] for row, cells in zip(TABLE, more, strict=True)]
    cohort = read_cohort("a.csv", text(rows))
    study = under_study(cohort, opening_plan(cohort))
    assert [each.code for each in survival.available(study)] == ["OS", "PFS", "DFS"]
    result = survival.by_group(study, cohort.endpoints[-1])
    assert (result.everyone.n, result.everyone.events, result.by_months) == (4, 2, 4)


def hollow(cells):
    """A workbook whose only sheet has some cells, given as XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    return repacked(as_book({"Лист1": [["x"]]}), SHEET, lambda _xml: sheet)


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
        (b"a;b\n" + b";" * 3000 + b"x\n", f"A table of more than {limits.MOST_COLUMNS} columns"),
        (b"patient_id;sex\n" + b";\n" * 16_000_000, MANY_CELLS),
        (struct.pack("<200I", *range(200)), "This is not a spreadsheet"),
    ],
)
def test_what_cannot_be_read_ends_in_one_sentence(data, sentence):
    with pytest.raises(CohortError) as caught:
        read_cohort("a.csv", data)
    assert lib.text.error(caught.value).startswith(sentence)


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
