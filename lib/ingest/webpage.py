"""The tables of a web page: many hospital systems export one and name it .xls.

A page is cut into the tags that matter and the text between them, in one pass: a parser of all of
HTML takes five times as long, and a square of it for a page that is made so.
"""

import html
import re
from typing import NamedTuple

from lib.workbooks import limits

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
