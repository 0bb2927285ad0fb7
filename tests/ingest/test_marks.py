"""What a workbook knows beside its values: percentages, errors, merged, hidden and marked cells."""

import io
import re
import time
import zipfile

import pytest
import xlsxwriter

from lib import text
from lib.ingest import read_cohort
from lib.ingest.reader import read_sheets
from lib.workbooks import book, markup, parts
from tests.ingest.dialects import SHEET, repacked

HEADER = ["patient_id", "modality", "age", "liver_involvement_pct", "os_months", "os_event"]
ROWS = [[f"P{n}", "HAI" if n % 2 else "TACE", 50 + n, 0.05 * n, 10 + n, n % 2] for n in range(1, 9)]


def made(change=lambda book, sheet: None, rows=(HEADER, *ROWS)):
    """A workbook of patients, changed before it is closed."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as made:
        sheet = made.add_worksheet("Лист1")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        change(made, sheet)
    return data.getvalue()


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"])
def test_a_formula_error_is_told_and_is_no_blank(error):
    def change(made, sheet):
        sheet.write_formula(3, 4, "=1/0", None, error)

    data = made(change)
    assert read_sheets("a.xlsx", data)[0].rows[3][4] == error
    cohort = read_cohort("a.xlsx", data)
    (told,) = [f for f in cohort.findings if "formula errors" in f.message]
    assert (told.column, told.rows, dict(told.values)["count"]) == ("os_months", (4,), 1)
    assert error in text.finding(told)
    assert cohort.patients["os_months"].isna().sum() == 1


def formulas(made, sheet):
    for row in range(1, 9):
        sheet.write_formula(row, 4, f"=F{row + 1}*12")


@pytest.mark.parametrize(
    "data",
    [
        made(formulas),  # written as 0 by a program that computes nothing
        repacked(made(formulas), SHEET, lambda xml: xml.replace("</f><v>0</v>", "</f><v />")),
        repacked(made(formulas), SHEET, lambda xml: xml.replace("</f><v>0</v>", "</f>")),
        repacked(made(formulas), SHEET, lambda xml: xml.replace("</f><v>0</v>", "</f><v></v>")),
    ],
    ids=["zeros", "empty tag", "no tag", "empty"],
)  # fmt: skip
def test_formulas_that_were_never_computed_are_told_and_are_no_values(data):
    cohort = read_cohort("a.xlsx", data)
    (told,) = [f for f in cohort.findings if "without a saved value" in f.message]
    assert (told.column, told.rows) == ("os_months", tuple(range(2, 10)))
    assert cohort.patients["os_months"].isna().all()


def test_computed_formulas_are_values_and_an_empty_text_is_a_blank():
    def change(made, sheet):
        for row in range(1, 9):
            sheet.write_formula(row, 4, "=1+1", None, 0 if row > 2 else row)
        sheet.write_formula(4, 2, '=IF(1,"","")', None, "")

    data = repacked(
        made(change), SHEET, lambda xml: xml.replace('<c r="C5">', '<c r="C5" t="str">')
    )
    (sheet,) = read_sheets("a.xlsx", data)
    assert markup.UNCOMPUTED not in sheet.marks
    assert [row[4] for row in sheet.rows[1:5]] == [1, 2, 0, 0]


def test_zeros_of_a_workbook_that_was_computed_are_zeros():
    settled = repacked(
        made(formulas), parts.WORKBOOK, lambda xml: xml.replace(' fullCalcOnLoad="1"', "")
    )
    (sheet,) = read_sheets("a.xlsx", settled)
    assert markup.UNCOMPUTED not in sheet.marks
    assert [row[4] for row in sheet.rows[1:5]] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: re.sub(r"<(/?)(\w)", r"<\1x:\2", xml).replace("<?x:xml", "<?xml").replace(
            "xmlns=", "xmlns:x="
        ),
        lambda xml: re.sub(r'(<(?:c|row)) r="[^"]*"', r"\1", xml),
        lambda xml: re.sub(r'(\s\w+)="([^"]*)"', r"\1='\2'", xml.split("?>", 1)[1]),
    ],
    ids=["names with a prefix", "cells without a reference", "single quotation marks"],
)  # fmt: skip
def test_marks_are_found_however_the_sheet_is_written(change):
    def marked(book, sheet):
        for row in range(1, 9):
            for column, value in enumerate(ROWS[row - 1]):
                sheet.write(row, column, value)
        sheet.write_number(2, 3, 0.1, book.add_format({"num_format": "0%"}))
        sheet.write_formula(3, 4, "=1/0", None, "#DIV/0!")
        sheet.set_row(5, None, None, {"hidden": True})

    data = repacked(made(marked), SHEET, change)
    (sheet,) = read_sheets("a.xlsx", data)
    assert sheet.rows[2][3] == 10
    assert sheet.rows[3][4] == "#DIV/0!"
    assert sheet.marks[markup.HIDDEN] == ((5, -1, ""),)


def test_rows_out_of_sight_by_a_filter_are_told_as_such():
    def change(made, sheet):
        sheet.autofilter(0, 0, 8, 5)
        sheet.filter_column("B", "x == TACE")
        sheet.set_row(2, None, None, {"hidden": True})

    (told,) = [f for f in read_cohort("a.xlsx", made(change)).findings if f.rows == (3,)]
    assert "by a filter" in text.finding(told)


def test_marks_that_only_inform_are_not_looked_for_in_a_large_sheet(monkeypatch):
    def change(made, sheet):
        sheet.write_row(2, 0, ROWS[1], made.add_format({"font_strikeout": True}))

    monkeypatch.setattr(markup, "INFORMING", 100)
    with zipfile.ZipFile(io.BytesIO(made(change))) as opened:
        (found,) = markup.marks_of(opened).values()
    assert found == {markup.UNSEEN: ((-1, -1, ""),)}


def test_the_totals_of_the_workbooks_own_table_are_no_patient():
    def change(made, sheet):
        sheet.add_table(
            0, 0, 9, 5, {"total_row": True, "columns": [{"header": name} for name in HEADER]}
        )
        sheet.write_row(9, 0, ["P9", "HAI", 60, 0.2, 14, 1])

    cohort = read_cohort("a.xlsx", made(change))
    assert cohort.patients["patient_id"].tolist() == [row[0] for row in ROWS]
    assert [f.rows for f in cohort.findings if f.sets_aside] == [(10,)]


def test_formulas_are_looked_at_in_time_proportional_to_the_sheet():
    """A search back to the sheet's beginning for each took minutes, and the reader was stopped."""
    cell = '<c r="A{0}"><f>B{0}*2</f><v>5</v></c>'
    rows = "".join(f"<row>{cell.format(n)}<c><v>1</v></c></row>" for n in range(1, 30_001))
    xml = f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()
    begun = time.process_time()
    assert markup._uncomputed(xml, True) == []
    assert time.process_time() - begun < 2


def test_a_reference_to_no_row_marks_none():
    def change(made, sheet):
        sheet.write_number(1, 3, 0.05, made.add_format({"num_format": "0%"}))

    data = repacked(made(change), SHEET, lambda xml: xml.replace('<c r="D2"', '<c r="D0"'))
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        (found,) = markup.marks_of(opened).values()
    assert found[markup.PERCENT] == ((-1, 3, ""),)
    rows = [["a", "b", "c", 1.0]]
    book._as_shown(rows, found)
    assert rows == [["a", "b", "c", 1.0]]
