"""How large a table may be: what its whole import bears in 1 GB and a minute, measured."""

from collections.abc import Iterable, MutableSequence, Sequence
from typing import Any

from lib.workbooks import markup
from lib.workbooks.markup import Marks

MOST_CELLS, MOST_ROWS, MOST_COLUMNS = 8_000_000, 1_200_000, 1_000
"""Of a file, of a sheet, and of a row. 100,000 rows of 60 columns take 0.8 GB and 15 seconds."""
MOST_MEGABYTES = 200  # of a file, as many as the server takes of an upload
MOST_SHEETS = 100  # of a workbook: each is looked at beside every other
LONGEST_CELL = 32_767  # signs of a cell, as many as a spreadsheet can hold

Rows = Sequence[MutableSequence[Any]]
CELLS, ROWS, COLUMNS, SHEETS = "cells", "rows", "columns", "sheets"  # what there is too much of


class TooLargeError(Exception):
    """A table is larger than can be read; `what` there is too much of."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Count:
    """Counts the cells of a file while it is read.

    Raises
    ------
    TooLargeError
        As soon as there are too many.
    """

    def __init__(self) -> None:
        self.cells = self.rows = self.sheets = 0

    def row(self, width: int) -> None:
        """Count one more row."""
        self.rows += 1
        self.cells += width
        self.check(width)

    def sheet(self, height: int, width: int) -> None:
        """Count a sheet by its extent."""
        self.sheets += 1
        self.rows = height
        self.cells += height * width
        self.check(width)

    def check(self, width: int = 0) -> None:
        """Refuse what is too large."""
        if self.sheets > MOST_SHEETS:
            raise TooLargeError(SHEETS)
        if width > MOST_COLUMNS:
            raise TooLargeError(COLUMNS)
        if self.rows > MOST_ROWS:
            raise TooLargeError(ROWS)
        if self.cells > MOST_CELLS:
            raise TooLargeError(CELLS)


def shortened(rows: Rows, texts: Iterable[Any]) -> Marks:
    """Cut cells that are longer than a spreadsheet can hold, and mark them.

    `texts`: the distinct cells of them.
    """
    if all(len(cell) <= LONGEST_CELL for cell in texts if isinstance(cell, str)):
        return {}
    places = []
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                row[column] = cell[:LONGEST_CELL]
                places.append((number, column, ""))
    return {markup.CUT: tuple(places)}
