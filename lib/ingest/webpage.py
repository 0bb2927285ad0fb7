"""The tables of a web page: many hospital systems export one and name it .xls."""

from html.parser import HTMLParser
from typing import NamedTuple

from lib.workbooks import limits

_MOST_SPANNED = 100
Range = tuple[tuple[int, int], tuple[int, int]]


class Table(NamedTuple):
    """Rows of texts, and the first and last cell of each range that one cell spans."""

    rows: list[list[str]]
    merged: list[Range]


def tables_of(text: str) -> list[Table]:
    """Read every table of a page; a cell that spans others stands first.

    Raises `TooLargeError` as soon as there are too many cells, those that are spanned among them.
    """
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return [table for table in parser.tables if any(any(row) for row in table.rows)]


class _Tables(HTMLParser):
    """Collects cells; a table inside a cell counts as a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._below: list[dict[int, int]] = []
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._count = limits.Count()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag == "table":
            self.tables.append(Table([], []))
            self._open.append(self.tables[-1])
            self._below.append({})
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].rows.append([])
            self._count.row(0)
        elif tag in ("td", "th") and self._open and self._open[-1].rows:
            self._end_cell()
            spans = {name: value or "" for name, value in attrs}
            self._span = _number(spans.get("colspan")), _number(spans.get("rowspan"))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a table or a cell; a row ends with the next one."""
        if tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()
            self._below.pop()

    def handle_data(self, data: str) -> None:
        """Keep the text of the open cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None or not self._open or not self._open[-1].rows:
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
        for position in range(len(row), len(row) + columns):
            below[position] = rows - 1
        row += [" ".join("".join(self._cell).split()), *[""] * (columns - 1)]
        self._count.cells += len(row) - before
        self._count.check(len(row))
        self._cell = None


def _number(text: str | None) -> int:
    return max(1, int(min(float(text), _MOST_SPANNED))) if text and text.isdecimal() else 1
