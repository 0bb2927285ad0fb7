"""Bytes to sheets of raw cells: workbooks, and delimited text in whatever encoding it comes."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from lib.cohort import CohortError
from lib.ingest import workbook
from lib.ingest.webpage import tables_of
from lib.language import N_
from lib.schema import SYNONYMS
from lib.workbooks import book
from lib.workbooks.markup import Marks

Cell = str | float | int | bool | date | datetime | time | timedelta
Row = Sequence[Cell]

_PDF = b"%PDF"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CYRILLIC = ("cp1251", "cp866", "koi8-r")
_HEADER_WORDS = frozenset(
    word
    for names in SYNONYMS.values()
    for name in names
    for word in re.findall(r"[а-яё]{3,}", name.casefold())
)
_BIGRAMS = (
    "ст",
    "но",
    "то",
    "на",
    "ен",
    "ов",
    "ни",
    "ра",
    "во",
    "ко",
    "пр",
    "ер",
    "ро",
    "ре",
    "ие",
)
_DELIMITERS = ";\t,|"
_SAMPLE = 20
_STRAY = 30
"""Lines in one cell beyond which a quotation mark was left open."""
LARGEST, LARGEST_PAGE = 200 << 20, 50 << 20

EMPTY = N_("The file is empty")
NOT_A_TABLE = N_("This is not a spreadsheet; an XLSX workbook or a CSV file is expected")
PDF = N_("This is a PDF, not a spreadsheet; save the table as XLSX or CSV")
WEB_PAGE = N_("This is a web page without a table in it; save the table as XLSX or CSV")
XML = N_("This is an XML file; open it in a spreadsheet and save it as XLSX")
TOO_LARGE = N_("The file is larger than {limit} MB")
TOO_WIDE = N_("A table of more than {limit} columns is no table of patients")


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A sheet as it stands.

    Attributes
    ----------
    name : str
        '' for delimited text.
    rows : sequence of rows
        From row 1, blank cells as ''.
    merged : tuple
        First and last cell of each merged range, as (row, column) from 0.
    hidden : bool
    stray : tuple of str
        Cells so far from all others that they are left out, as the spreadsheet names them.
    since_1904 : bool
        Whether the workbook counts days from 1904 and not from 1900.
    marks : mapping
        What the file says of some cells beside their values; see `lib.ingest.marks`.
    """

    name: str
    rows: Sequence[Row]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    hidden: bool = False
    stray: tuple[str, ...] = ()
    since_1904: bool = False
    marks: Marks = field(default_factory=dict)


def read_sheets(name: str, data: bytes) -> tuple[Sheet, ...]:
    """Read every sheet of a file; a text file is one sheet without a name.

    Raises
    ------
    CohortError
        If the bytes are no spreadsheet.
    """
    if not data.strip(b"\x00\t\r\n "):
        raise CohortError(EMPTY)
    if data.startswith(_PDF):
        raise CohortError(PDF)
    if len(data) > LARGEST:
        raise CohortError(TOO_LARGE, limit=LARGEST >> 20)
    sheets = _workbook(data) if data.startswith((_ZIP, _OLE)) else _text(name, _decode(data))
    for sheet in sheets:
        width = max((len(row) for row in sheet.rows), default=0)
        if width > book.MOST_COLUMNS:
            raise CohortError(TOO_WIDE, limit=book.MOST_COLUMNS)
        _check_cells(width * len(sheet.rows))
    return sheets


def _check_cells(count: int) -> None:
    if count > book.MOST_CELLS:
        raise CohortError(workbook.TOO_MANY, limit=book.MOST_CELLS // 10**6)


def _workbook(data: bytes) -> tuple[Sheet, ...]:
    found = workbook.found_in(data)
    later = workbook.since_1904(data)
    return tuple(
        Sheet(each.name, each.rows, each.merged, each.hidden, each.stray, later, each.marks)
        for each in found
    )


def _text(name: str, text: str) -> tuple[Sheet, ...]:
    start = text[:4096].lstrip().casefold()
    if start.startswith("<?xml") and "<html" not in start:
        raise CohortError(XML)
    if re.match(r"<(!doctype html|html|head|body|table|meta|\?xml)", start):
        if len(text) > LARGEST_PAGE:
            raise CohortError(TOO_LARGE, limit=LARGEST_PAGE >> 20)
        tables = tables_of(text)
        if not tables:
            raise CohortError(WEB_PAGE)
        return _pages_tables(tables)
    rows = _delimited(text, "\t" if name.casefold().endswith(".tsv") else "")
    return (Sheet("", _without_remarks(rows)),)


def _pages_tables(tables: Sequence[Sequence[Row]]) -> tuple[Sheet, ...]:
    """The tables of a web page; what has one row or one column is its layout."""
    large = [table for table in tables if len(table) > 1 and max(map(len, table)) > 1]
    if len(large) < 2:
        return (Sheet("", max(large or tables, key=len)),)
    return tuple(Sheet(f"table {number}", table) for number, table in enumerate(large, 1))


def _without_remarks(rows: list[Row]) -> list[Row]:
    """Blank the lines that begin with ``#`` above the header, as cBioPortal's files have them.

    One such line with several cells is a header whose first column is called ``#`` something.
    """
    marked = 0
    while marked < len(rows) and str(next(iter(rows[marked]), "")).startswith("#"):
        marked += 1
    if marked == 1 and len(rows[0]) > 1:
        return rows
    blank: list[Row] = [[]] * marked
    return blank + rows[marked:]


def _decode(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, errors="replace"))
    if b"\x00" in data:
        return _checked(_wide(data))
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(_narrow(data))


def _checked(text: str) -> str:
    """Refuse what decodes but is no text."""
    start = text[:4096]
    if sum(sign < " " and sign not in "\t\r\n" for sign in start) or "\ufffd" in start:
        raise CohortError(NOT_A_TABLE)
    return text


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every second byte of Latin text is 0."""
    even, odd = data[:2000:2].count(0), data[1:2000:2].count(0)
    try:
        return data.decode("utf-16-be" if even > odd else "utf-16-le")
    except UnicodeDecodeError as error:
        raise CohortError(NOT_A_TABLE) from error


def _narrow(data: bytes) -> str:
    """Choose the Cyrillic code page in which most signs look like Russian, else Latin-1."""
    start = data[:200_000]
    scores = {encoding: _russian(start.decode(encoding, "replace")) for encoding in _CYRILLIC}
    best = max(scores, key=lambda encoding: scores[encoding])
    return data.decode(best if scores[best] > 0.5 else "cp1252", errors="replace")


def _russian(text: str) -> float:
    """How Russian the signs beyond ASCII are: by words that headers are made of, then by letters.

    Code pages swap the case of each other's letters, so that a file of capitals looks like small
    letters in the wrong one; its headers do not.
    """
    beyond = sum(sign > "\x7f" for sign in text)
    words = re.findall(r"\b[А-Яа-яЁё]{2,}\b", text)
    if not words:
        return 0.0
    known = sum(word.casefold() in _HEADER_WORDS for word in words)
    lower = sum(sum("а" <= sign <= "я" for sign in word) for word in words)
    common = sum(word.count(pair) for word in words for pair in _BIGRAMS)
    return float((lower + common) / beyond + 10 * known / len(words))


def _delimited(text: str, delimiter: str) -> list[Row]:
    if match := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        delimiter, text = match.group(1), text[match.end() :]
    delimiter = delimiter or _delimiter(text)
    _check_cells(text.count(delimiter) + text.count("\n") + text.count("\r"))
    rows: list[Row]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        rows = []
    if rows and not any(cell.count("\n") > _STRAY for row in rows for cell in map(str, row)):
        return rows
    # A quotation mark left open swallows the lines after it: read without quotation marks.
    try:
        lines = io.StringIO(text, newline="")
        return list(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error as error:
        raise CohortError(NOT_A_TABLE) from error


def _delimiter(text: str) -> str:
    """Choose the delimiter that cuts the first lines into the same number of cells."""

    def consistency(delimiter: str) -> tuple[float, int]:
        lines = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            for row in lines:
                widths += [len(row)] if any(row) else []
                if len(widths) == _SAMPLE:
                    break
        except csv.Error:
            return 0.0, 0
        width, times = Counter(widths).most_common(1)[0] if widths else (1, 1)
        return (times / len(widths), width) if width > 1 else (0.0, 0)

    cuts = {delimiter: consistency(delimiter) for delimiter in _DELIMITERS}
    if not re.search(r"(?<!\d),|,(?!\d)", text[:200_000]) and max(cuts.values())[1] > 1:
        decimal = {**cuts, ",": (0.0, 0)}  # every comma stands between digits
        cuts = decimal if max(decimal.values())[1] > 1 else cuts
    return max(_DELIMITERS, key=lambda delimiter: cuts[delimiter])
