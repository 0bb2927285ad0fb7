"""Workbooks of other kinds than XLSX, and what a workbook takes from elsewhere."""

import datetime
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from lib import text
from lib.cohort import CohortError
from lib.ingest import read_cohort, workbook
from tests.ingest.conftest import CLEAN
from tests.ingest.dialects import xls

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", ["clean.xlsb", "clean.xls"])
def test_a_binary_workbook_is_read_as_any_other(name):
    """The files were written by SheetJS 0.18.5, the XLSB with blank columns between."""
    patients = read_cohort(name, (FILES / name).read_bytes()).patients
    assert patients["patient_id"].tolist() == ["P1", "P2"]
    assert patients["modality"].tolist() == ["HAI", "TACE"]
    assert patients["best_response"].tolist() == ["SD", "PR"]
    assert patients["os_months"].tolist() == [12.0, 20.5]
    assert patients["os_event"].tolist() == ["yes", "no"]


def counted(since_1904, serial):
    """A workbook with a date typed as such and one that is nothing but a number."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"date_1904": since_1904}) as book:
        sheet = book.add_worksheet("patients")
        sheet.write_row(0, 0, ["patient_id", "first_procedure_date", "last_contact_date"])
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_string(1, 0, "P1")
        sheet.write_datetime(1, 1, datetime.datetime(2019, 3, 12), day)
        sheet.write_number(1, 2, serial)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "base"),
    [
        (counted(False, 43537), "1900"),
        (counted(True, 43537 - 1462), "1904"),
        (xls([["patient_id", "first_procedure_date", "last_contact_date"],
              ["P1", "12.03.2019", 43537]]), "1900"),
        (xls([["patient_id", "first_procedure_date", "last_contact_date"],
              ["P1", "12.03.2019", 43537 - 1462]], since_1904=True), "1904"),
    ],
    ids=["xlsx 1900", "xlsx 1904", "xls 1900", "xls 1904"],
)  # fmt: skip
def test_bare_numbers_of_a_workbook_count_from_its_own_first_day(data, base):
    cohort = read_cohort("a.xls", data)
    assert str(cohort.patients["first_procedure_date"][0])[:10] == "2019-03-12"
    assert str(cohort.patients["last_contact_date"][0])[:10] == "2019-03-13"
    (told,) = [f.message for f in cohort.findings if "numbers read as" in f.message]
    assert base in told


def linked(formula):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("patients")
        sheet.write_row(0, 0, ["patient_id", "modality", "os_months", "os_event"])
        sheet.write_row(1, 0, ["P1", "HAI", None, 1])
        sheet.write_formula(1, 2, formula, None, 12)
    return data.getvalue()


def test_links_to_other_workbooks_are_told_and_not_followed():
    plain = linked("=6+6")
    with_part = io.BytesIO(plain)
    with zipfile.ZipFile(with_part, "a") as parts:
        parts.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    cohort = read_cohort("a.xlsx", with_part.getvalue())
    assert cohort.patients["os_months"].tolist() == [12.0]
    assert any("other workbooks" in finding.message for finding in cohort.findings)
    assert not any("other workbooks" in f.message for f in read_cohort("b.xlsx", plain).findings)


def with_stray(*cells, sheets=("Лист1",)):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(CLEAN):
                sheet.write_row(number, 0, row)
            sheet.set_row(1_048_575, None, book.add_format({"bold": True}))  # no value: no cell
        for cell in cells:
            sheet.write(cell, "x")
    return data.getvalue()


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (["XFD1048576"], "XFD1048576"),
        (["XFD1"], "XFD1"),
        (["AAA900000"], "AAA900000"),
        ([f"XFD{n}" for n in range(1_048_570, 1_048_577)], "XFD1048570, XFD1048571, XFD1048572,"
         " XFD1048573, XFD1048574, …"),
    ],
)  # fmt: skip
def test_cells_far_from_the_table_are_left_out_and_told(cells, named):
    cohort = read_cohort("a.xlsx", with_stray(*cells))
    assert cohort.patients["patient_id"].tolist() == ["P1", "P2"]
    (finding,) = cohort.findings
    said = f"cells far from the table are left out: {named}".removesuffix(".")
    assert text.finding(finding) == (said if said.endswith("…") else f"{said}.")


def test_a_stray_cell_names_its_sheet():
    (first, second) = read_cohort(
        "a.xlsx", with_stray("XFD1048576", sheets=("Пациенты", "R&D"))
    ).findings
    assert text.finding(first) == "R&D: cells far from the table are left out: XFD1048576."
    assert second.sheet == "R&D"


def test_a_cell_not_so_far_is_told_as_a_footnote():
    assert len(read_cohort("a.xlsx", with_stray("A50")).findings) == 2


def test_a_workbook_that_unpacks_to_more_than_any_table_is_refused_unread(monkeypatch):
    """A bomb of 1 MB unpacks to 1 GB, which is all the memory that a file may have."""
    assert workbook.UNPACKED < 1 << 30
    monkeypatch.setattr(workbook, "UNPACKED", 1 << 20)
    monkeypatch.setattr(workbook.book, "sheets", None)  # nothing of it is read
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", bytes(2 << 20))
    assert len(buffer.getvalue()) < 10_000
    with pytest.raises(CohortError, match="million cells cannot be read"):
        read_cohort("a.xlsx", buffer.getvalue())
