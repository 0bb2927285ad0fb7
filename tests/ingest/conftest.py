"""Files as the tests write them: a clean cohort, and workbooks of any shape."""

import datetime
import io
from collections.abc import Mapping, Sequence

import pytest
import xlsxwriter

from tests.conftest import MADE

CLEAN = [
    ["patient_id", "modality", "best_response", "os_months", "os_event"],
    ["P1", "HAI", "SD", "12", "1"],
    ["P2", "TACE", "PR", "20", "0"],
]


def as_csv(rows: Sequence[Sequence[object]], delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows).encode()


def as_book(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        book.set_properties({"created": MADE})
        days = book.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    if isinstance(cell, datetime.date):
                        sheet.write_datetime(number, position, cell, days)
                    else:
                        sheet.write(number, position, cell)
    return data.getvalue()


def worded(finding):
    values = {
        name: ", ".join(value) if isinstance(value, tuple) else value
        for name, value in finding.values
    }
    return finding.message.format(value=finding.value, **values)


@pytest.fixture
def told():
    """Word a cohort's findings as ``column: message [rows]``, templates filled in."""

    def tell(cohort):
        return [f"{f.column}: {worded(f)} {list(f.rows)}" for f in cohort.findings]

    return tell
