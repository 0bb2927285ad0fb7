"""Bytes to sheets of raw cells: workbooks, and delimited text in whatever encoding it comes."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, PasswordError, XmlError, ZipError, load_workbook

from lib.cohort import CohortError
from lib.language import N_

Cell = str | float | int | bool | date | datetime | time | timedelta
Row = Sequence[Cell]

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CYRILLIC = ("cp1251", "cp866", "koi8-r")
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

EMPTY = N_("The file is empty")
NOT_A_TABLE = N_("This is not a spreadsheet; an XLSX workbook or a CSV file is expected")
UNREADABLE = N_("The workbook cannot be read: it is damaged or not a workbook")
ENCRYPTED = N_("The workbook is protected by a password; save it without one")
HTML = N_("This is a web page named as a spreadsheet; open it and save it as XLSX")


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A sheet as it stands: its name and its rows from row 1, blank cells as ''."""

    name: str
    rows: Sequence[Row]


def read_sheets(name: str, data: bytes) -> tuple[Sheet, ...]:
    """Read every sheet of a file; a text file is one sheet without a name.

    Raises
    ------
    CohortError
        If the bytes are no spreadsheet.
    """
    if not data.strip(b"\x00\t\r\n "):
        raise CohortError(EMPTY)
    if data.startswith((_ZIP, _OLE)):
        return _workbook(data)
    return (Sheet("", _delimited(_decode(data), "\t" if name.lower().endswith(".tsv") else "")),)


def _workbook(data: bytes) -> tuple[Sheet, ...]:
    try:
        with load_workbook(io.BytesIO(data)) as book:
            return tuple(
                Sheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
                for name in book.sheet_names
            )
    except PasswordError as error:
        raise CohortError(ENCRYPTED) from error
    except (CalamineError, XmlError, ZipError) as error:
        raise CohortError(UNREADABLE) from error


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
    """Refuse what decodes but is no table: control characters, a web page."""
    start = text[:4096]
    if sum(sign < " " and sign not in "\t\r\n" for sign in start) or "\ufffd" in start:
        raise CohortError(NOT_A_TABLE)
    if re.match(r"\s*<(!doctype|html|table|\?xml|head|body)", start, re.IGNORECASE):
        raise CohortError(HTML)
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
    """Share of the signs beyond ASCII that are Russian lower-case letters inside Russian words."""
    beyond = sum(sign > "\x7f" for sign in text)
    words = re.findall(r"\b[А-Яа-яЁё]{2,}\b", text)
    lower = sum(sum("а" <= sign <= "я" for sign in word) for word in words)
    common = sum(word.count(pair) for word in words for pair in _BIGRAMS)
    return (lower + common) / beyond if beyond else 0.0


def _delimited(text: str, delimiter: str) -> list[Row]:
    if match := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        delimiter, text = match.group(1), text[match.end() :]
    delimiter = delimiter or _delimiter(text)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
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

    return max(_DELIMITERS, key=consistency)
