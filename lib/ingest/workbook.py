"""A workbook's bytes to what stands in its sheets, by its reader and how that ended."""

import html
import io
import logging
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from lib.cohort import CohortError
from lib.ingest.sentences import sentence
from lib.workbooks import book, limits, packages

UNPACKED, GLANCED_AT = 3 << 28, 1 << 27
"""Bytes of the parts of a workbook beyond which it holds more than a table of patients, and those
from which what it might hold is counted before it is read."""
_MOST_PACKED = 1032  # bytes that one packed byte can stand for
MOST_ELEMENTS = 7 * limits.MOST_CELLS  # tags of the XML of a workbook; a cell has two to six
_CHUNK = 1 << 18
_PANIC = "PanicException"
"""What a library written in Rust raises where it gives up; it is no `Exception`."""

_DOCUMENTS = {
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
    "Index/Document.iwa": "Numbers",
}
"""The part by which a file that is packed as workbooks are is known to be none that is read."""
_WORKBOOKS = ("xl/", "content.xml", "[Content_Types].xml")
log = logging.getLogger(__name__)


def found_in(data: bytes, trim: bool = True) -> list[book.Found]:
    """What stands in each sheet of a workbook; see `lib.workbooks.book.sheets`."""
    # Raises `CohortError` or `TooLargeError` if it cannot be read.
    _check_parts(data)
    try:
        found = book.sheets(data, trim)
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        log.error("the reader of workbooks gave up")
        raise CohortError(sentence("gave-up")) from None
    if found == book.ENCRYPTED:
        raise CohortError(sentence("encrypted"))
    if isinstance(found, str):
        program = packages.program(data)
        raise (
            CohortError(sentence("bad-package"), program=program)
            if program
            else CohortError(sentence("unreadable"))
        )
    return found


def is_linked(data: bytes) -> bool:
    """Whether a workbook holds links to other workbooks; nothing of them is followed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return any("/externalLinks/" in name for name in parts.namelist())
    except zipfile.BadZipFile:
        return False


def _check_parts(data: bytes) -> None:
    """Refuse by its parts what is no workbook, or by their size one that is no table."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book_:
            parts = book_.infolist()
    except zipfile.BadZipFile:
        return  # its reader says so
    for part in parts:
        if part.filename in _DOCUMENTS:
            raise CohortError(sentence("foreign"), program=_DOCUMENTS[part.filename])
    if parts and not any(part.filename.startswith(_WORKBOOKS) for part in parts):
        raise CohortError(sentence("archive"), program="ZIP")
    if sum(part.file_size for part in parts) > UNPACKED:
        raise limits.TooLargeError(limits.CELLS)
    if _MOST_PACKED * sum(part.compress_size for part in parts) > GLANCED_AT:
        _check_unpacked(data, parts)


def _check_unpacked(data: bytes, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse a workbook with more elements than a table has cells, or larger than it says."""
    # A part that is damaged otherwise is told by whoever reads it.
    found = 0
    for part in parts:
        size = 0
        with suppress(zlib.error, struct.error):
            for piece in _unpacked(data, part):
                size += len(piece)
                found += piece.count(b"<") if part.filename.endswith(".xml") else 0
                if size > part.file_size:
                    raise CohortError(sentence("unreadable"))
                if found > MOST_ELEMENTS:
                    raise limits.TooLargeError(limits.CELLS)


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part holds, piece by piece, however much that is."""
    name, extra = struct.unpack_from("<HH", data, part.header_offset + 26)
    start = part.header_offset + 30 + name + extra
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(start, start + part.compress_size, _CHUNK):
        piece = data[at : min(at + _CHUNK, start + part.compress_size)]
        if part.compress_type == zipfile.ZIP_STORED:
            yield piece
        elif part.compress_type == zipfile.ZIP_DEFLATED:
            while piece and not unpack.eof:
                yield unpack.decompress(piece, _CHUNK)
                piece = unpack.unconsumed_tail


_GLOBALS = struct.pack("<HHHH", 0x0809, 16, 0x0600, 0x0005)
"""How the first stream of an XLS workbook begins (BIFF8)."""
_DATE_MODE, _END, _FIRST_RECORDS = 0x0022, 0x000A, 500
_PROPERTIES = 1 << 16  # bytes of the part of an XLSX workbook in which its properties stand


def since_1904(data: bytes) -> bool:
    """Whether an XLSX or XLS workbook counts days from 1904, as those of old Macs do."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return _xls_since_1904(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if "xl/workbook.xml" not in parts.namelist():
                return False
            with parts.open("xl/workbook.xml") as part:
                found = re.search(rb"date1904\s*=\s*[\"'](?:1|true)", part.read(_PROPERTIES))
    except book.DAMAGED as error:
        raise CohortError(sentence("unreadable")) from error
    return found is not None


def _xls_since_1904(data: bytes) -> bool:
    place = data.find(_GLOBALS)
    for _ in range(_FIRST_RECORDS if place >= 0 else 0):
        if place + 6 > len(data):
            return False
        kind, length, value = struct.unpack_from("<HHH", data, place)
        if kind in (_DATE_MODE, _END):
            return bool(kind == _DATE_MODE and value == 1)
        place += 4 + int(length)
    return False


# Tables of a web page ----------------------------------------------------------------------------
MOST_TABLES = 10_000
_MOST_SPANNED = 100
_ATTRIBUTES = r"""(?:\s(?:[^<>"']++|"[^"<]*+"|'[^'<]*+'|["'])*+)?+/?>"""
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<code>script|style|title|textarea)\b.*?(?:</(?P=code)|\Z)"
    rf"|<(?P<end>/?)(?P<tag>table|tr|td|th|br|p|div|li)\b(?P<said>{_ATTRIBUTES})",
    re.DOTALL | re.IGNORECASE,
)
_OTHER_TAG = re.compile(rf"<[/!?]?[a-z][\w:.-]*+{_ATTRIBUTES}|<[!?][^<>]*+>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:#\d{1,7}|#x[\da-f]{1,6}|\w{2,32}(?=;)|amp|lt|gt|quot|nbsp);?", re.IGNORECASE
)
_SPAN = re.compile(r"""\b(col|row)span\s*=\s*["']?\s*(\d{1,9})""", re.IGNORECASE)
Range = tuple[tuple[int, int], tuple[int, int]]


class Table(NamedTuple):
    """Rows of texts, and the first and last cell of each range that one cell spans."""

    rows: list[list[str]]
    merged: list[Range]


def tables_of(text: str) -> list[Table]:
    """Read every table of a page; a cell that spans others stands first."""
    # Raises `TooLargeError` as soon as there are too many cells, those that are spanned among them.
    found, at = _Tables(), 0
    for token in _TOKEN.finditer(text):
        found.said(text[at : token.start()])
        at = token.end()
        if tag := token["tag"]:
            found.tag(tag.lower(), token["said"], bool(token["end"]))
    found.said(text[at:])
    found.end_cell()
    return [table for table in found.tables if any(any(row) for row in table.rows)]


class _Tables:
    """Collects cells; a table inside a cell counts as a table of its own."""

    def __init__(self) -> None:
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._below: list[dict[int, int]] = []
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._count = limits.Count()

    def said(self, text: str) -> None:
        """Keep the text of the open cell."""
        if text and self._cell is not None:
            self._cell.append(text)

    def tag(self, tag: str, said: str, ends: bool) -> None:
        """Follow one tag that matters."""
        if tag in ("td", "th", "tr", "table"):
            self.end_cell()
            (self._close if ends else self._begin)(tag, said)
        else:
            self.said(" ")

    def _begin(self, tag: str, said: str) -> None:
        """Open a table, a row or a cell."""
        if tag == "table":
            self.tables.append(Table([], []))
            if len(self.tables) > MOST_TABLES:
                raise limits.TooLargeError(limits.SHEETS)
            self._open.append(self.tables[-1])
            self._below.append({})
        elif tag == "tr" and self._open:
            self._open[-1].rows.append([])
            self._count.row(0)
        elif tag != "tr" and self._open and self._open[-1].rows:
            spans = {which.lower(): int(number) for which, number in _SPAN.findall(said)}
            self._span = _number(spans.get("col", 1)), _number(spans.get("row", 1))
            self._cell = []

    def _close(self, tag: str, _said: str) -> None:
        """Close a table; a row ends with the next one."""
        if tag == "table" and self._open:
            self._open.pop()
            self._below.pop()

    def end_cell(self) -> None:
        """Put what the open cell says into the row."""
        if self._cell is None:
            return
        table, below = self._open[-1], self._below[-1]
        row = table.rows[-1]
        before = len(row)
        while below.get(len(row), 0) > 0:  # a cell of a row above reaches down to here
            below[len(row)] -= 1
            row.append("")
        columns, rows = self._span
        if rows > 1:
            first = (len(table.rows) - 1, len(row))
            table.merged.append((first, (first[0] + rows - 1, first[1] + columns - 1)))
        if rows > 1 or below:
            below.update(dict.fromkeys(range(len(row), len(row) + columns), rows - 1))
        row += [_shown("".join(self._cell)), *[""] * (columns - 1)]
        self._count.cells += len(row) - before
        self._count.check(len(row))
        self._cell = None


def _shown(text: str) -> str:
    """What a browser shows of the inside of a cell."""
    if "<" in text:
        text = _OTHER_TAG.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return " ".join(text.split())


def _number(span: int) -> int:
    return max(1, min(span, _MOST_SPANNED))
