"""A sheet cut at its header: the row of the headers, and a column of cells under each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lib.cohort import CohortError
from lib.ingest.cells import Cells, normal, text_of
from lib.ingest.header_rows import header_index, header_texts
from lib.ingest.headers import LETTERED, ROW_NUMBER, recognise
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.sentences import sentence
from lib.plan import NO_HEADERS, Reading
from lib.schema import IDENTIFIERS

_WORDED = 3  # letters from which a cell beyond the headers is a remark


class Beside(NamedTuple):
    """What stands beside a table, for whatever reads its layout."""

    above: Sequence[Row] = ()  # the rows over the headers
    others: Sequence[Sheet] = ()  # the further sheets of the file
    reading: Reading = Reading()  # what the visitor has decided
    sheet: str = ""  # the sheet that findings name, '' where the file has only one


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A sheet cut into a row of headers and columns of raw cells."""

    sheet: str
    header_row: int  # the row of the headers, as the spreadsheet numbers it; 0 where there is none
    headers: list[str]
    columns: list[Cells]  # one for each header
    rows: npt.NDArray[np.int64]  # (n,), the rows under the header, as the spreadsheet numbers them
    wider: npt.NDArray[np.bool_]  # (n,), rows with something in a column beyond the last header
    # (n,), rows whose patient stands in a cell merged with that of the row above.
    merged: npt.NDArray[np.bool_]

    def take(self, keep: npt.NDArray[np.bool_]) -> "Grid":
        """Keep some of the rows."""
        return replace(
            self,
            columns=[cells.take(keep) for cells in self.columns],
            rows=self.rows[keep],
            wider=self.wider[keep],
            merged=self.merged[keep],
        )

    def filled(self) -> npt.NDArray[np.int64]:
        """(n,) int array: how many cells of each row are not blank."""
        count = np.zeros(len(self.rows), np.int64)
        for cells in self.columns:
            count += cells.codes >= 0
        return count


def cut(sheet: Sheet, header_row: int = 0, table: str = "patients") -> Grid:
    """Cut a sheet at its header; `header_row` counts from 1, 0 finds it, `NO_HEADERS` has none."""
    # Columns without a header are called by the spreadsheet's letter. Raises `CohortError` if there
    # is no header, or nothing under it.
    index = _header_index(sheet, header_row, table)
    header = header_texts(sheet, index, table) if index >= 0 else ()
    under, merged = _filled_down(sheet, index, header, table)
    named = [position for position, cell in enumerate(header) if text_of(cell)]
    last = named[-1] + 1 if named else 0
    under += [[""] * len(merged) for _ in range(last - len(under))]
    columns = [Cells.of(column, sheet.since_1904) for column in under]
    if not any(cells.texts for cells in columns):
        raise CohortError(sentence("only-header"))
    wider = np.zeros(len(merged), bool)
    if not sheet.name and last:  # delimited text: a cell beyond the header may be split by mistake
        wider = _split_by_mistake(columns[last - 1 :])
        beyond = [cells.take(~wider) for cells in columns[last:]]
        columns = columns[: last + max((n for n, c in enumerate(beyond, 1) if c.texts), default=0)]
    headers = [_name(header, position, cells) for position, cells in enumerate(columns)]
    rows = np.arange(index + 2, index + 2 + len(merged))
    return Grid(sheet.name, index + 1, headers, columns, rows, wider, merged)


def _header_index(sheet: Sheet, header_row: int, table: str) -> int:
    """The row of the headers, from 0; -1 where there is none."""
    if header_row == NO_HEADERS:
        return -1
    if 0 < header_row <= len(sheet.rows):
        return header_row - 1
    found = header_index(sheet, table)
    return -1 if found is None else found


def _split_by_mistake(columns: Sequence[Cells]) -> npt.NDArray[np.bool_]:
    """Rows with cells beyond the last header, of which columns holds the last and those beyond."""
    # A remark in words that the last column never has stands there on purpose; a number, or what
    # belongs into the last column, was moved there by a comma in a cell before it.
    last, moved = columns[0], np.zeros(len(columns[0].codes), bool)
    known = {normal(text) for text in last.texts}
    for cells in columns[1:]:
        remark = [
            normal(text) not in known and len(re.findall(r"[^\W\d_]", text)) >= _WORDED
            for text in cells.texts
        ]
        moved |= (cells.codes >= 0) & ~np.array([*remark, False], bool)[cells.codes]
    return moved


def _filled_down(
    sheet: Sheet, index: int, header: Row, table: str
) -> tuple[list[Sequence[Cell]], npt.NDArray[np.bool_]]:
    """The columns under the header; a cell merged over rows stands in each of them."""
    # Not so the number of a row, which numbers the first. Those rows are told whose patient stands
    # in a merged cell.
    columns, under = list(sheet.columns(index + 1)), sheet.rows[index + 1 :]
    known = [recognise(text_of(cell), place, table).column for place, cell in enumerate(header)]
    numbers = {place for place, column in enumerate(known) if column == ROW_NUMBER}
    named = {place for place, column in enumerate(known) if column in ("patient_id", *IDENTIFIERS)}
    below = np.zeros(len(under), bool)
    filled: dict[int, list[Cell]] = {}
    for (top, position), (bottom, _) in sheet.merged:
        if top <= index or bottom <= top or position in numbers or position >= len(columns):
            continue
        if position not in filled:  # once, however many cells are merged in it
            filled[position] = columns[position] = list(columns[position])
        column = filled[position]
        for number in range(top - index, min(bottom - index, len(under))):
            if any(map(text_of, under[number])):
                column[number] = column[top - index - 1]
                below[number] |= position in named
    return columns, below


def _name(header: Row, position: int, cells: Cells) -> str:
    """A column's header; its letter where there is none, and '' where nothing is under it."""
    text = text_of(header[position]) if position < len(header) else ""
    return text or (f"{LETTERED}{letter(position)}" if cells.texts else "")


def letter(position: int) -> str:
    """The spreadsheet's letter for a column, from position 0."""
    name, number = "", position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
