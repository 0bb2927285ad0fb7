"""The values of a workbook, and its stray cells: what calamine reads, and what it cannot hold."""

import io
import re
import zipfile
from collections.abc import Iterable
from html import unescape
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
    load_workbook,
)

ENCRYPTED, UNREADABLE = "encrypted", "unreadable"
ENVELOPE = "EncryptedPackage".encode("utf-16-le")
"""The name of the part of a compound file that holds a workbook with a password."""
VAST = "vast"
"""Asks for another attempt with `TRIM`, which leaves out cells that lie far from all others."""
TRIM = "--trim"
MOST_CELLS, MOST_COLUMNS = 30_000_000, 2_000
MANY_ROWS = 200_000
"""Rows beyond which it is worth a search whether only a stray cell makes them."""
FAR_ROWS, FAR_COLUMNS = 1_000, 100
"""Blank rows or columns beyond which a cell is not part of the table."""
LARGEST_SHEET = 1 << 30
"""Bytes of a sheet's XML beyond which stray cells are not looked for."""
NAMED = 5
"""Stray cells that are named."""
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"(?:[^>]*?/>|[^>]*>(.*?)</c>)', re.DOTALL)


def sheets(data: bytes, trim: bool = False) -> Any:
    """Every sheet as (name, rows from row 1, merged ranges, hidden, stray), or why there are none.

    Parameters
    ----------
    data : bytes
    trim : bool
        Whether to leave out cells that lie far from all others, at the cost of a search for them.
    """
    try:
        data, stray = trimmed(data) if trim else (data, {})
        with load_workbook(io.BytesIO(data)) as book:
            found = []
            for each in book.sheets_metadata:
                if (
                    each.typ != SheetTypeEnum.WorkSheet
                ):  # a chart on a sheet of its own has no cells
                    continue
                sheet = book.get_sheet_by_name(each.name)
                if not trim and is_vast(sheet):
                    return VAST
                hidden = each.visible != SheetVisibleEnum.Visible
                merged = tuple(sheet.merged_cell_ranges or ())
                rows = sheet.to_python(skip_empty_area=False)
                found.append((each.name, rows, merged, hidden, stray.get(each.name, ())))
            return found
    except PasswordError:
        return ENCRYPTED
    except (CalamineError, XmlError, ZipError, zipfile.BadZipFile) as error:
        locked = "password" in str(error).casefold() or ENVELOPE in data
        return ENCRYPTED if locked else UNREADABLE


def is_vast(sheet: CalamineSheet) -> bool:
    """Whether a sheet claims more cells than a table of patients has."""
    cells = sheet.total_height * sheet.total_width
    if sheet.total_width > MOST_COLUMNS or sheet.total_height > MANY_ROWS:
        return True
    return cells > MOST_CELLS


def trimmed(data: bytes) -> tuple[bytes, dict[str, tuple[str, ...]]]:
    """An XLSX without its stray cells, and for each sheet those that were left out."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data, {}
    smaller, stray = io.BytesIO(), {}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(smaller, "w") as new:
        names = _sheet_names(old)
        for part in old.infolist():
            if part.filename in names and part.file_size <= LARGEST_SHEET:
                xml, left = _without_strays(old.read(part))
                if left:
                    stray[names[part.filename]] = left
                    new.writestr(part.filename, xml, zipfile.ZIP_DEFLATED, 1)
                    continue
            new.writestr(part, old.read(part))
    return smaller.getvalue(), stray


def _sheet_names(book: zipfile.ZipFile) -> dict[str, str]:
    """The name of the sheet that each part of an XLSX holds."""
    try:
        workbook = book.read("xl/workbook.xml").decode()
        related = book.read("xl/_rels/workbook.xml.rels").decode()
    except (KeyError, UnicodeDecodeError):  # another kind of workbook
        return {}
    targets = {
        _attribute(each, "Id"): _attribute(each, "Target").removeprefix("/xl/")
        for each in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", related)
    }
    return {
        f"xl/{targets.get(_attribute(each, 'r:id'), '')}": unescape(_attribute(each, "name"))
        for each in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", workbook)
    }


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return match[1] if match else ""


def _without_strays(xml: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A sheet without the cells beyond the first wide gap, and the first of them by name."""
    filled = [
        (int(match[2]), _column(match[1]), match.span())
        for match in _CELL.finditer(xml)
        if match[3] and (b"<v>" in match[3] or b"<is>" in match[3])
    ]
    rows = _reach((row for row, _column, _span in filled), FAR_ROWS)
    columns = _reach((column for row, column, _span in filled if row <= rows), FAR_COLUMNS)
    left = [span for row, column, span in filled if row > rows or column > columns]
    kept, at = [], 0
    for start, end in left:
        kept.append(xml[at:start])
        at = end
    named = [bytes(xml[start:end]).split(b'"', 2)[1].decode() for start, end in left[:NAMED]]
    more = ("…",) if len(left) > NAMED else ()
    return b"".join([*kept, xml[at:]]), (*named, *more)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _reach(places: Iterable[int], far: int) -> int:
    """The last of some rows or columns before the first gap that is too wide."""
    last = 0
    for place in sorted(set(places)):
        if last and place - last > far:
            break
        last = place
    return last
