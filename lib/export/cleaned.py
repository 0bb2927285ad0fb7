"""The cohort as it was read, to take away: canonical columns, units, and the log of the import."""

import io
from dataclasses import replace

import pandas as pd
import xlsxwriter

from lib import text
from lib.analyses.leaving import counts_days
from lib.cohort import Cohort
from lib.exhibits import findings
from lib.export import xlsx
from lib.language import _
from lib.plan import Reading
from lib.schema import NO_CALENDAR, TABLES


def workbook(cohort: Cohort) -> bytes:
    """Write every table of a cohort as a sheet, dates as dates, and the findings beside them.

    Gives XLSX that reads back as the same cohort, where it comes from a synthetic file too.
    """
    if counts_days(cohort):
        cohort = _in_days(cohort)
    elif cohort.is_counted:
        cohort = _without_calendar(cohort)
    frames = {"patients": cohort.patients.drop(columns="row", errors="ignore"), **cohort.tables}
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": xlsx.WHEN})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        for name in (name for name in TABLES if name in frames):
            sheet = book.add_worksheet(name)
            _fill(sheet, frames[name].drop(columns="row", errors="ignore"), bold, day)
        sheet = book.add_worksheet("source")
        _fill(sheet, _source(cohort), bold, day)
        sheet = book.add_worksheet(_("findings"))
        _fill(sheet, findings.log(cohort.findings), bold, day)
    return buffer.getvalue()


def _in_days(cohort: Cohort) -> Cohort:
    """The cohort with numbers of days in place of dates."""

    def counted(frame: pd.DataFrame) -> pd.DataFrame:
        days = frame.select_dtypes("datetime")
        start = pd.Timestamp(NO_CALENDAR)
        return frame.assign(**{str(name): (days[name] - start).dt.days for name in days})

    tables = {name: counted(frame) for name, frame in cohort.tables.items()}
    return replace(cohort, patients=counted(cohort.patients), tables=tables, reading=Reading())


def _without_calendar(cohort: Cohort) -> Cohort:
    """The cohort with days counted from the start in place of dates that are none."""

    def counted(frame: pd.DataFrame) -> pd.DataFrame:
        days = frame.select_dtypes("datetime")
        start = pd.Timestamp(NO_CALENDAR)
        numbers = {str(name): (days[name] - start).dt.days for name in days}
        return frame.assign(**numbers).rename(columns={"assessment_date": "day"})

    told = cohort.patients.select_dtypes("datetime").columns
    tables = {name: counted(frame) for name, frame in cohort.tables.items()}
    return replace(cohort, patients=cohort.patients.drop(columns=told), tables=tables)


def _source(cohort: Cohort) -> pd.DataFrame:
    source = cohort.source
    rows = [
        ("file", source.name),
        ("sha256", source.sha256),
        ("synthetic", "yes" if source.synthetic else "no"),
        ("note", text.note(source) or text.source(source)),
    ]
    return pd.DataFrame(rows, columns=["key", "value"])


def _fill(
    sheet: xlsxwriter.worksheet.Worksheet,
    frame: pd.DataFrame,
    bold: xlsxwriter.format.Format,
    day: xlsxwriter.format.Format,
) -> None:
    for at, name in enumerate(frame.columns):
        sheet.write_string(0, at, xlsx.neutral(str(name)), bold)
        sheet.set_column(at, at, max(12, len(str(name)) + 2))
        for row, value in enumerate(frame[name].tolist(), start=1):
            if pd.isna(value):
                continue
            if isinstance(value, pd.Timestamp):
                sheet.write_datetime(row, at, value.to_pydatetime(), day)
            elif isinstance(value, int | float) and float(f"{value:.16G}") == value:
                sheet.write_number(row, at, value)
            elif isinstance(value, int | float):  # a cell of numbers has no more digits
                sheet.write_string(row, at, repr(float(value)))
            else:
                sheet.write_string(row, at, xlsx.neutral(str(value)))
