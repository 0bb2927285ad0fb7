"""Workbooks of other kinds than XLSX, and what a workbook takes from elsewhere."""

import datetime
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from lib.ingest import read_cohort
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
