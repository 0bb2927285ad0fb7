"""Bytes to sheets of raw cells: workbooks, and delimited text in whatever encoding it comes."""

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, overload

import numpy as np

from lib import vocabulary
from lib.cohort import CohortError
from lib.ingest import workbook
from lib.ingest.delimited import cut
from lib.ingest.encoding import ZERO, decode, mended
from lib.ingest.sentences import sentence
from lib.ingest.workbook import Table, tables_of
from lib.statistics.estimate import Ints
from lib.workbooks import book, limits, markup, packages
from lib.workbooks.markup import Marks

Cell = str | float | int | bool | date | datetime | time | timedelta
Row = Sequence[Cell]

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST, LARGEST_PAGE = 200 << 20, 50 << 20
_AT_ONCE = 100  # rows that are made of their columns together
_SAID = re.compile(r"[^\s\x00,;|\"'\u200b-\u200f\u2060\ufeff]")  # what is on no page that is blank
_MARKUP = re.compile(r"<(?:!|\?xml|[a-z][\w:.-]*(?:\s[^<>]*)?/?>)", re.IGNORECASE)
_PAGE = re.compile(r"<(?:html|head|body|table)\b", re.IGNORECASE)
_TOO_LARGE = {
    limits.SHEETS: ("reader-too-many-sheets", limits.MOST_SHEETS),
    limits.COLUMNS: ("reader-too-wide", limits.MOST_COLUMNS),
    limits.ROWS: ("reader-too-long", limits.MOST_ROWS // 1000),
    limits.CELLS: ("reader-too-many", limits.MOST_CELLS // 10**6),
}


@dataclass(frozen=True, slots=True, eq=False)
class Coded(Sequence[Cell]):
    """The cells of a column, each distinct one once, in the order in which they come first."""

    cells: Sequence[Cell]
    codes: Ints  # (n,), index into `cells`

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> Cell: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Cell]: ...
    def __getitem__(self, at: int | slice) -> Cell | Sequence[Cell]:
        """The cell of a row, or those of some rows."""
        if isinstance(at, slice):
            return [self.cells[code] for code in self.codes[at].tolist()]
        return self.cells[int(self.codes[at])]

    def __iter__(self) -> Iterator[Cell]:
        """Each row's cell."""
        return map(self.cells.__getitem__, self.codes.tolist())

    def below(self, after: int) -> "Coded":
        """The cells of the rows after the first few."""
        codes = self.codes[after:]
        gone = int(self.codes[:after].max(initial=-1)) + 1  # what comes first is numbered first
        if codes.min(initial=gone) >= gone:
            return Coded(self.cells[gone:], codes - gone)
        used, first, codes = np.unique(codes, return_index=True, return_inverse=True)
        order = np.argsort(first)
        return Coded([self.cells[code] for code in used[order].tolist()], np.argsort(order)[codes])


def distinct(column: Sequence[Cell]) -> Iterable[Cell]:
    """The distinct cells of a column, in the order in which they come first."""
    return column.cells if isinstance(column, Coded) else dict.fromkeys(column)


@dataclass(frozen=True, slots=True, eq=False)
class Under(Sequence[Row]):
    """A row of headers and the rows under it, each made of its columns when it is asked for."""

    header: Row
    columns: Sequence[Sequence[Cell]]

    def __len__(self) -> int:
        """How many rows there are, the headers among them."""
        return 1 + max(map(len, self.columns), default=0)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        """A row, or some rows."""
        if not isinstance(at, slice):
            place = range(len(self))[at]
            return tuple(column[place - 1] for column in self.columns) if place else self.header
        first, last, step = at.indices(len(self))
        under = slice(max(first - 1, 0), max(last - 1, 0))
        rows = list(zip(*(column[under] for column in self.columns), strict=True))
        return [*(self.header for _ in range(first, min(1, last))), *rows][::step]

    def __iter__(self) -> Iterator[Row]:
        """Each row."""
        for first in range(0, len(self), _AT_ONCE):
            yield from self[first : first + _AT_ONCE]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """The distinct cells of a whole column of which only some rows are read, and how many each."""

    cells: tuple[Cell, ...]  # those that are not blank, the most frequent first
    counts: tuple[int, ...]
    blank: int = 0
    # What was found of the column, which every part of it shares.
    told: dict[str, Any] = field(default_factory=dict, init=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A sheet as it stands."""

    name: str  # '' for delimited text
    rows: Sequence[Row]  # from row 1, blank cells as ''
    # First and last cell of each merged range, as (row, column) from 0.
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    hidden: bool = False
    # Cells so far from all others that they are left out, as the spreadsheet names them.
    stray: tuple[str, ...] = ()
    since_1904: bool = False  # whether the workbook counts days from 1904 and not from 1900
    # What the file says of some cells beside their values; see `lib.ingest.marks`.
    marks: Marks = field(default_factory=dict)
    # The row of the spreadsheet that each row was, where its tables were put under each other.
    numbers: tuple[int, ...] = ()
    # Where each of those tables began, and how much further its rows are numbered.
    beside: tuple[tuple[int, int], ...] = ()
    # Where its rows are some of a table, whose headers are in the first: by column, what the whole
    # table holds, as far as that is known. What a column means is told by all of it.
    part_of: Mapping[int, Tally] | None = None
    _whole: list[Coded] = field(default_factory=list, init=False, repr=False)
    _below: dict[int, list[Sequence[Cell]]] = field(default_factory=dict, init=False, repr=False)

    def keep(self, columns: Iterable[Coded]) -> None:
        """Keep the columns of all rows, where they are known already."""
        self._whole[:] = columns

    def keep_below(self, columns: Sequence[Sequence[Cell]], after: int) -> None:
        """Keep the columns of the rows after the first few, where they are known already."""
        self._below[after] = list(columns)

    def __reduce__(self) -> tuple[Callable[..., "Sheet"], tuple[Any, ...]]:
        """Hand over each distinct cell of a column once, however many rows have it."""
        coded = [(each.cells, each.codes.astype(np.int32).tobytes()) for each in self.whole()]
        widths = array("i", map(len, self.rows)).tobytes()
        others = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        return _restored, (coded, widths, {**others, "rows": ()})

    def otherwise(self, **said: Any) -> "Sheet":
        """The same rows, of which something else is said."""
        made = replace(self, **said)
        made.keep(self._whole)
        return made

    def columns(self, after: int) -> list[Sequence[Cell]]:
        """The columns of the rows after the first few, all equally long; turned once."""
        if after not in self._below:
            self._below[after] = [column.below(after) for column in self.whole()]
        return self._below[after]

    def whole(self) -> list[Coded]:
        """The columns of all rows, all equally long; turned once."""
        if not self._whole:
            self.keep(turned(self.rows))
        return self._whole


def _restored(coded: list[book.Coded], widths: bytes, others: dict[str, Any]) -> Sheet:
    """A sheet that was handed over."""
    lengths = array("i")
    lengths.frombytes(widths)
    whole = list(zip(*book.decoded(coded), strict=True)) or [()] * len(lengths)
    short = any(length < len(coded) for length in lengths)
    rows = [r[:n] for r, n in zip(whole, lengths, strict=True)] if short else whole
    sheet = Sheet(**{**others, "rows": rows})
    sheet.keep(_read(coded))
    return sheet


def turned(rows: Sequence[Row]) -> list[Coded]:
    """The columns of some rows, those of short rows filled up with blanks."""
    width = max(map(len, rows), default=0)
    if any(len(row) != width for row in rows):
        rows = [(*row, *[""] * (width - len(row))) for row in rows]
    return _read(book.coded(book.turned(rows)))


def _read(columns: Iterable[book.Coded]) -> list[Coded]:
    """Columns as a workbook or another process gives them."""
    return [Coded(c, np.frombuffer(codes, np.int32).astype(np.int64)) for c, codes in columns]


def _of_columns(found: book.Found, since_1904: bool) -> Sheet:
    """A sheet of a workbook; its columns are kept beside its rows."""
    coded, misread = _as_meant(found.columns)
    rows = list(zip(*book.decoded(coded), strict=True))
    marks = {**found.marks, **misread}
    sheet = Sheet(found.name, rows, found.merged, found.hidden, found.stray, since_1904, marks)
    sheet.keep(_read(coded))
    return sheet


def _as_meant(columns: list[book.Coded]) -> tuple[list[book.Coded], Marks]:
    """Columns whose texts a spreadsheet had opened in a wrong encoding, as they were meant."""
    cells_ = (cell for cells, _codes in columns for cell in cells if isinstance(cell, str))
    texts = list(dict.fromkeys(cells_))
    meant, wrongly = mended(texts)
    if not wrongly:
        return columns, {}
    known = dict(zip(texts, meant, strict=True))
    changed = [
        ([known[cell] if isinstance(cell, str) else cell for cell in cells], codes)
        for cells, codes in columns
    ]
    return changed, {markup.MISREAD: ((-1, -1, wrongly),)}


def read_sheets(name: str, data: bytes, trim: bool = True) -> tuple[Sheet, ...]:
    """Read every sheet of a file; a text file is one sheet without a name; see `open_file`."""
    # Raises `CohortError` if the bytes are no spreadsheet.
    if not data.strip(b"\x00\t\r\n "):
        raise CohortError(sentence("empty"))
    refuse(data)
    if len(data) > LARGEST:
        raise CohortError(sentence("reader-too-large"), limit=LARGEST >> 20)
    try:
        return _counted(name, data, trim)
    except limits.TooLargeError as error:
        code, limit = _TOO_LARGE[error.what]
        raise CohortError(sentence(code), limit=limit) from None


def _counted(name: str, data: bytes, trim: bool) -> tuple[Sheet, ...]:
    """The sheets of a file, in which cells that short rows lack count as well."""
    packed = data.startswith((_ZIP, _OLE)) or packages.program(data)
    sheets = _workbook(data, trim) if packed else _text(name, data)
    count = limits.Count()
    for sheet in sheets:
        count.sheet(len(sheet.rows), max(map(len, sheet.rows), default=0))
    return sheets


def _workbook(data: bytes, trim: bool) -> tuple[Sheet, ...]:
    found = workbook.found_in(data, trim)
    later = workbook.since_1904(data)
    return tuple(_of_columns(each, later) for each in found)


def _text(name: str, data: bytes) -> tuple[Sheet, ...]:
    text, wrongly, page = decode(data)
    if not _SAID.search(text):
        raise CohortError(sentence("empty"))
    said = {markup.MISREAD: wrongly, markup.MIXED: page}
    whole: Marks = {code: ((-1, -1, words),) for code, words in said.items() if words}
    sheets = _tables(name, text)
    return tuple(sheet.otherwise(marks={**sheet.marks, **whole}) for sheet in sheets)


def _tables(name: str, text: str) -> tuple[Sheet, ...]:
    start = text[:4096].replace(ZERO, "").lstrip()
    refuse_text(start)
    if _MARKUP.match(start):
        return _of_page(text, start.casefold())
    found = cut(text, "\t" if name.casefold().endswith(".tsv") else "")
    rows = _without_remarks(found.rows)
    sheet = Sheet("", rows, marks=found.marks)
    if found.columns and rows is found.rows:
        sheet.keep(_read(found.columns))
    return (sheet,)


def _of_page(text: str, start: str) -> tuple[Sheet, ...]:
    """The tables of a web page, whatever stands before the first."""
    if (start.startswith("<?xml") and "<html" not in start) or not _PAGE.search(text):
        raise CohortError(sentence("xml"))
    if len(text) > LARGEST_PAGE:
        raise CohortError(sentence("reader-too-large"), limit=LARGEST_PAGE >> 20)
    tables = tables_of(text)
    if not tables:
        raise CohortError(sentence("web-page"))
    return _pages_tables(tables)


def _pages_tables(tables: Sequence[Table]) -> tuple[Sheet, ...]:
    """The tables of a web page; what has one row or one column is its layout."""
    large = [table for table in tables if len(table.rows) > 1 and max(map(len, table.rows)) > 1]
    if len(large) < 2:
        large, names = [max(large or tables, key=lambda table: len(table.rows))], [""]
    else:
        names = [f"table {number}" for number in range(1, len(large) + 1)]
    return tuple(
        Sheet(
            name,
            table.rows,
            tuple(table.merged),
            marks=limits.shortened(table.rows, chain(*table.rows)),
        )
        for name, table in zip(names, large, strict=True)
    )


def _without_remarks(rows: Sequence[Row]) -> Sequence[Row]:
    """Blank the lines that begin with ``#`` above the header, as cBioPortal's files have them."""
    # One such line with several cells is a header whose first column is called ``#`` something.
    marked = 0
    while marked < len(rows) and str(next(iter(rows[marked]), "")).startswith("#"):
        marked += 1
    if not marked or (marked == 1 and len(rows[0]) > 1):
        return rows
    blank: list[Row] = [[]] * marked
    return [*blank, *rows[marked:]]


# What is known to be no table --------------------------------------------------------------------

_KNOWN = tuple(
    (re.compile(start.encode("latin-1"), re.DOTALL), code, program)
    for start, code, program in vocabulary.table("formats")["beginnings"]
)
"""How a file begins that is known and not read, the sentence for it, and what it is."""
_JSON = re.compile(r"(?:\[\s*)*(?:\{\s*[\"}]|\[\s*[\"\d\]-])")
"""How JSON begins, which no row of headers does."""


def refuse(data: bytes) -> None:
    """Refuse by its name what is known and is no spreadsheet."""
    for start, code, program in _KNOWN:
        if start.match(data):
            raise CohortError(sentence(code), program=program)


def refuse_text(start: str) -> None:
    """Refuse by its name a text that is written in another language than rows are."""
    if _JSON.match(start):
        raise CohortError(sentence("json"))
