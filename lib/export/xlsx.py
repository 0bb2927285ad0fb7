"""The tables of exhibits as a workbook."""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lib import text
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import N_, _, decimal_mark, spoken, thousands_mark

WHEN = datetime(1980, 1, 1)
"""When a workbook says that it was made: nothing asks the clock, and the same is the same bytes."""
_PARTS = {
    "k": N_("count"),
    "n": N_("of"),
    "percent": N_("%"),
    "value": N_("number"),
    "low": N_("low"),
    "high": N_("high"),
}
"""What stands in a cell with counts or limits, and how the columns of these numbers are called."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def workbook(shown: Sequence[Exhibit]) -> bytes:
    """Write every table of exhibits as a sheet, with what must not be lost from beside it.

    Numbers are written as numbers, all else as text, and none of it as a formula.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": WHEN})
        names: set[str] = set()
        bold = book.add_format({"bold": True})
        for each in shown:
            for table in each.tables:
                sheet = book.add_worksheet(_sheet_name(table.title, len(names) + 1, names))
                _fill(sheet, table.frame, _notes(each, table), bold)
    return buffer.getvalue()


def _notes(shown: Exhibit, table: Table) -> list[str]:
    said = (shown.title, table.caption, shown.caption, *shown.sentences, shown.estimand)
    return list(dict.fromkeys(filter(None, (*said, *shown.warnings, *shown.origin))))


def _fill(sheet: Worksheet, frame: pd.DataFrame, notes: Sequence[str], bold: Format) -> None:
    """The frame, the numbers of its cells beside it, and the notes under it."""
    frame = pd.DataFrame(frame.astype(object).fillna("").map(_in_words))
    frame = pd.concat([frame, *_numbers(frame)], axis=1)
    rows = [list(frame.columns), *frame.to_numpy().tolist()]
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if at and _is_number(cell):
                sheet.write_number(at, column, float(_ascii(cell)))
            else:
                sheet.write_string(at, column, neutral(cell), None if at else bold)
    for column in range(len(frame.columns)):
        widest = max(len(str(row[column])) for row in rows)
        sheet.set_column(column, column, min(60, 2 + widest))
    for at, note in enumerate(notes, start=len(rows) + 1):
        sheet.write_string(at, 0, neutral(note))


def _numbers(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """For each column with counts or limits in words, each of their numbers as a column."""
    for place, column in list(enumerate(frame.columns))[1:]:
        found = [_parts(cell) for cell in frame.iloc[:, place]]
        names = [name for name in _PARTS if any(name in each for each in found)]
        if names:
            rows = [[each.get(name, "") for name in names] for each in found]
            titles = [f"{column}: {_(_PARTS[name])}" for name in names]
            yield pd.DataFrame(rows, columns=titles, index=frame.index)


def _parts(cell: str) -> dict[str, str]:
    """The numbers of a cell such as ``3/12 (25.0%, 95% CI 5.5 to 57.2)``, by what they are."""
    found: dict[str, str] = {}
    for kind in _kinds(spoken()):
        if (match := kind.search(cell)) is not None:
            found |= {name: said for name, said in match.groupdict().items() if said}
    return found


@cache
def _kinds(_language: str) -> list[re.Pattern[str]]:
    """How a share, a value with limits, and limits are written, as `lib.text` words them."""
    count = _count()
    number = rf"[<>]?[−-]?{count}(?:{re.escape(decimal_mark())}\d+)?"
    percent = r"\u00a0?%"
    share = rf"^(?P<k>{count})/(?P<n>{count})(?: \((?P<percent>{number}){percent})?"
    value = rf"^(?:(?P<percent>{number}){percent}|(?P<value>{number})[^/()\d]*) \([^()]*"
    known = re.escape(_("{level}% CI").rpartition("}")[2])
    kinds = [share]
    for template in text.RANGES:
        before, between = re.split(r"\{\w+\}", _(template))[:2]
        opened = rf"(?:[(]|{known} ){re.escape(before)}"
        limits = rf"{opened}(?P<low>{number}){re.escape(between)}(?P<high>{number})?"
        kinds += [value + re.escape(between), limits]
    return [re.compile(each) for each in dict.fromkeys(kinds)]


def _sheet_name(title: str, position: int, taken: set[str]) -> str:
    """A title as the name of a sheet, numbered where another sheet has it."""
    name = "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31].strip()
    if not name or name.casefold() in taken:
        name = f"{name[:27]} {position}".strip()
    taken.add(name.casefold())
    return name


def _in_words(cell: object) -> str:
    """A cell as a reader of the language sees it."""
    return str(cell).replace(".", decimal_mark()) if isinstance(cell, float) else str(cell)


def neutral(cell: str) -> str:
    """Keep a cell from being run as a formula by the spreadsheet that opens it."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _ascii(cell: str) -> str:
    """A number with the signs that a keyboard has."""
    return cell.replace("−", "-").replace(thousands_mark(), "").replace(decimal_mark(), ".")


def _count() -> str:
    """How a count is written: ``1,2`` parts no thousands, and ``007`` is somebody's code."""
    return rf"(?:[1-9]\d{{0,2}}(?:{re.escape(thousands_mark())}\d{{3}})+|0|[1-9]\d*)"


@cache
def _number(_language: str) -> re.Pattern[str]:
    """How a number is written alone in a cell."""
    decimals = rf"(?:{re.escape(decimal_mark())}\d+)?"
    return re.compile(rf"[−+-]?{_count()}{decimals}(?:e[+-]?\d{{1,2}})?", re.ASCII)


def _is_number(cell: str) -> bool:
    return _number(spoken()).fullmatch(cell) is not None
