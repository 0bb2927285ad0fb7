"""Tables as a workbook."""

import io
from collections.abc import Sequence
from math import isfinite

import pandas as pd
import xlsxwriter

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def workbook(tables: Sequence[tuple[str, pd.DataFrame]], notes: Sequence[str]) -> bytes:
    """Write tables as an XLSX workbook, a sheet each, the notes under each table.

    `tables`: of words; numbers are written as numbers, all else as text, none of it as a formula.
    `notes`: whose patients, cautions, methods.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        names: set[str] = set()
        bold, plain = book.add_format({"bold": True}), book.add_format({"text_wrap": False})
        for position, (title, frame) in enumerate(tables, start=1):
            sheet = book.add_worksheet(_sheet_name(title, position, names))
            rows = [list(frame.columns), *frame.fillna("").astype(str).to_numpy().tolist()]
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if at and _is_number(cell):
                        sheet.write_number(at, column, float(cell))
                    else:
                        sheet.write_string(at, column, neutral(cell), plain if at else bold)
            for column in range(len(frame.columns)):
                widest = max(len(str(row[column])) for row in rows)
                sheet.set_column(column, column, min(60, 2 + widest))
            for at, note in enumerate(notes, start=len(rows) + 1):
                sheet.write_string(at, 0, neutral(note))
    return buffer.getvalue()


def _sheet_name(title: str, position: int, taken: set[str]) -> str:
    """A title as the name of a sheet, numbered where another sheet has it."""
    name = "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31].strip()
    if not name or name.casefold() in taken:
        name = f"{name[:27]} {position}".strip()
    taken.add(name.casefold())
    return name


def neutral(cell: str) -> str:
    """Keep a cell from being run as a formula by the spreadsheet that opens it."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        return isfinite(float(cell))
    except ValueError:
        return False
