"""The values of a workbook, and its stray cells: what calamine reads, and what it cannot hold."""

import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

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

from lib.workbooks import limits, markup, mending, packages, parts
from lib.workbooks.markup import Marks

ENCRYPTED, UNREADABLE = "encrypted", "unreadable"
ENVELOPE = "EncryptedPackage".encode("utf-16-le")
"""The name of the part of a compound file that holds a workbook with a password."""
MANY_ROWS = 200_000  # rows beyond which it is worth a search whether only a stray cell makes them
FAR_ROWS, FAR_COLUMNS = 1_000, 100
"""Blank rows or columns beyond which a cell is not part of the table."""
LARGEST_SHEET = 1 << 30  # bytes of a sheet's XML beyond which stray cells are not looked for
NAMED = 5  # stray cells that are named
UNREAD: Marks = {markup.UNREAD: ((-1, -1, ""),)}
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"(?:[^>]*?/>|[^>]*>(.*?)</c>)', re.DOTALL)
Range = tuple[tuple[int, int], tuple[int, int]]  # the first and the last cell of a merged range
Coded = tuple[list[Any], bytes]
"""A column: its distinct cells, and the number of each row's, as the bytes of an array."""


class Found(NamedTuple):
    """What stands in a sheet: its columns from row 1, and what the workbook says of them."""

    name: str
    columns: list[Coded]
    merged: tuple[Any, ...]
    hidden: bool
    stray: tuple[str, ...]
    marks: Marks


DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
"""What is raised where a part of a packed file cannot be unpacked."""
UNREAD_AS = (CalamineError, XmlError, ZipError, markup.MisplacedError, *DAMAGED)


def sheets(data: bytes, trim: bool = False) -> list[Found] | str:
    """What stands in every sheet, or why there is none.

    `trim`: whether to leave out cells that lie far from all others, at the cost of a search for
    them. Raises `TooLargeError` as soon as it is known that there are too many cells.
    """
    if packages.program(data):
        return _of_package(data)
    try:
        return _found(data, trim)
    except PasswordError:
        return ENCRYPTED
    except UNREAD_AS as error:
        locked = "password" in str(error).casefold() or ENVELOPE in data
        return ENCRYPTED if locked else _of_mended(data, trim)


def _of_mended(data: bytes, trim: bool) -> list[Found] | str:
    """What stands in a workbook once its cells of no form are texts, if that is all it lacks."""
    try:
        whole, count = mending.mended(data)
        found = _found(whole, trim) if count else []
    except UNREAD_AS:
        return UNREADABLE
    broken: Marks = {markup.BROKEN: ((-1, -1, str(count)),)}
    return [each._replace(marks={**each.marks, **broken}) for each in found] or UNREADABLE


def _found(data: bytes, trim: bool) -> list[Found]:
    marks = _marks(data)
    data, stray = trimmed(data) if trim else (data, {})
    with load_workbook(io.BytesIO(data)) as book:
        found, count = [], limits.Count()
        for each in book.sheets_metadata:
            if each.typ != SheetTypeEnum.WorkSheet:  # a chart of its own has no cells
                continue
            sheet = book.get_sheet_by_name(each.name)
            if not trim and is_vast(sheet):
                return _found(data, trim=True)
            height, width = _extent(sheet)
            count.sheet(height, width)
            hidden = each.visible != SheetVisibleEnum.Visible
            merged, inside = _disjoint(sheet.merged_cell_ranges or (), height, width)
            rows = sheet.to_python(skip_empty_area=False)
            del sheet  # its cells are in the rows now
            marked = {**marks.get(each.name, UNREAD), **inside}
            _as_shown(rows, marked)
            columns, cut = _columns(rows)
            left = stray.get(each.name, ())
            found.append(Found(each.name, columns, merged, hidden, left, {**marked, **cut}))
        return found


def _columns(rows: list[list[Any]]) -> tuple[list[Coded], Marks]:
    """The columns of some rows, each cell once, and a mark of those that are cut."""
    columns = coded(turned(rows))
    cut = limits.shortened(rows, (cell for cells, _codes in columns for cell in cells))
    return (coded(turned(rows)) if cut else columns), cut


def _extent(sheet: CalamineSheet) -> tuple[int, int]:
    """How many rows and columns there are from the first cell to the last filled one."""
    last: tuple[int, int] | None = sheet.end
    return (last[0] + 1, last[1] + 1) if last else (0, 0)


def _disjoint(given: Sequence[Range], height: int, width: int) -> tuple[tuple[Range, ...], Marks]:
    """The merged ranges as far as there are cells, and a mark of those that overlap others.

    Ranges that do not overlap have no more cells than their sheet has: what is beyond is left out,
    so that whoever fills them in does not do so again and again.
    """
    ranges = [
        (first, (min(last[0], height - 1), min(last[1], width - 1)))
        for first, last in given
        if first[0] < height and first[1] < width
    ]
    room, kept = height * width, 0
    for (top, left), (bottom, right) in ranges:
        room -= (bottom - top + 1) * (right - left + 1)
        if room < 0:
            break
        kept += 1
    beyond = tuple((top, left, "") for (top, left), _last in ranges[kept:])
    return tuple(ranges[:kept]), {markup.OVERLAPPING: beyond} if beyond else {}


class _Numbers(dict[Any, int]):
    """A number for each cell, given when it is first asked for."""

    def __missing__(self, cell: Any) -> int:
        self[cell] = number = len(self)
        return number


def coded(columns: Iterable[Sequence[Any]]) -> list[Coded]:
    """Columns with each cell once, however many rows have it."""
    found = []
    for column in columns:
        numbers = _Numbers()
        if bool in set(map(type, column)):  # which a dict takes for 0 and 1
            kinds = [(cell.__class__, cell) for cell in column]
            codes = array("i", map(numbers.__getitem__, kinds))
            found.append(([cell for _kind, cell in numbers], codes.tobytes()))
        else:
            codes = array("i", map(numbers.__getitem__, column))
            found.append((list(numbers), codes.tobytes()))
    return found


def turned(rows: Sequence[Sequence[Any]]) -> Iterator[list[Any]]:
    """The columns of some rows that are equally long, one after the other."""
    for place in range(len(rows[0]) if rows else 0):
        yield list(map(itemgetter(place), rows))


def decoded(columns: list[Coded]) -> list[tuple[Any, ...]]:
    """The cells of coded columns."""
    found = []
    for cells, codes in columns:
        numbers = array("i")
        numbers.frombytes(codes)
        found.append(tuple(map(cells.__getitem__, numbers)))
    return found


def _of_package(data: bytes) -> list[Found] | str:
    table = packages.table(data)
    if table is None:
        return UNREADABLE
    rows, marks = table
    columns, cut = _columns(rows)
    return [Found("", columns, (), False, (), {**marks, **cut})]


def _marks(data: bytes) -> dict[str, Marks]:
    """The marks of each sheet of an XLSX; of another kind of workbook they are not known."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return markup.marks_of(book)
    except DAMAGED:
        return {}  # a part is damaged, or packed in a way that only the reader of values knows


def _as_shown(rows: list[list[Any]], marks: Marks) -> None:
    """Put percentages and errors as they are shown; a formula without a value is not blank."""
    for row, column, _said in _within(rows, marks.get(markup.PERCENT, ())):
        cell = rows[row][column]
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            rows[row][column] = round(cell * 100, 10)
    for row, column, said in _within(rows, marks.get(markup.ERROR, ())):
        rows[row][column] = said
    for row, column, _said in _within(rows, marks.get(markup.UNCOMPUTED, ())):
        rows[row][column] = markup.NEVER_COMPUTED


def _within(rows: list[list[Any]], places: Iterable[markup.Place]) -> Iterator[markup.Place]:
    height, width = len(rows), len(rows[0]) if rows else 0
    return (each for each in places if 0 <= each[0] < height and 0 <= each[1] < width)


def is_vast(sheet: CalamineSheet) -> bool:
    """Whether a sheet claims more cells than a table of patients has."""
    height, width = _extent(sheet)
    if width > limits.MOST_COLUMNS or height > MANY_ROWS:
        return True
    return height * width > limits.MOST_CELLS


def trimmed(data: bytes) -> tuple[bytes, dict[str, tuple[str, ...]]]:
    """An XLSX without its stray cells, and for each sheet those that were left out."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data, {}
    smaller, stray = io.BytesIO(), {}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(smaller, "w") as new:
        names = parts.sheet_names(old)
        for part in old.infolist():
            if part.filename in names and part.file_size <= LARGEST_SHEET:
                xml, left = _without_strays(old.read(part))
                if left:
                    stray[names[part.filename]] = left
                    new.writestr(part.filename, xml, zipfile.ZIP_DEFLATED, 1)
                    continue
            whole = old.read(part)
            strings = part.filename == mending.STRINGS
            new.writestr(part, mending.uncounted(whole) if strings else whole)
    return smaller.getvalue(), stray


def _without_strays(xml: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A sheet without the cells beyond the first wide gap, and the first of them by name."""
    filled = [
        (int(match[2]), markup.column(match[1]) + 1, match.span())
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


def _reach(places: Iterable[int], far: int) -> int:
    """The last of some rows or columns before the first gap that is too wide."""
    last = 0
    for place in sorted(set(places)):
        if last and place - last > far:
            break
        last = place
    return last
