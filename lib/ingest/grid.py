"""A sheet cut at its header: the row of the headers, and a column of cells under each."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lib.cohort import CohortError
from lib.ingest.cells import Cells, normal, text_of
from lib.ingest.headers import JOINT, known_header, recognise
from lib.ingest.numbers import UNIT_WORDS
from lib.ingest.reader import Cell, Row, Sheet
from lib.language import N_
from lib.schema import IDENTIFIERS

SEARCHED = 40
"""Rows in which a header is looked for."""
_SHARE, _MATCHES = 0.6, 3
_WORDED = 3
"""Letters from which a cell beyond the headers is a remark."""
_DEEPEST = 3
"""Rows of which a header may consist."""
NO_HEADER = N_("No row of column headers was found")
ONLY_HEADER = N_("There are column headers, but no row of patients under them")


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A sheet cut into a row of headers and columns of raw cells.

    Attributes
    ----------
    sheet : str
    header_row : int
        The row of the headers, as the spreadsheet numbers it.
    headers : list of str
    columns : list of Cells
        One for each header.
    rows : (n,) int array
        The rows under the header, as the spreadsheet numbers them.
    wider : (n,) bool array
        Rows with something in a column beyond the last header.
    merged : (n,) bool array
        Rows whose patient stands in a cell merged with that of the row above.
    """

    sheet: str
    header_row: int
    headers: list[str]
    columns: list[Cells]
    rows: npt.NDArray[np.int64]
    wider: npt.NDArray[np.bool_]
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


def texts_of(row: Row) -> list[str]:
    """The texts of a row's cells that are not blank."""
    return [text for cell in row if cell != "" and (text := text_of(cell))]


def known_headers(row: Row, table: str = "patients") -> int:
    """How many cells of a row are headers that a table knows."""
    return sum(isinstance(cell, str) and known_header(cell, table) for cell in row if cell)


def header_index(sheet: Sheet, table: str = "patients") -> int:
    """Find the row of the headers, from 0; of several that are one header, the lowest.

    It is the first row that is mostly distinct texts, three of them known headers; without one,
    the first row with the most known headers; without any, the first row with anything in it.

    Raises
    ------
    CohortError
        If the sheet is blank.
    """
    index = _header_index(sheet, table)
    below = range(index + 1, min(index + _DEEPEST, len(sheet.rows)))
    best, most = index, known_headers(sheet.rows[index], table)
    for bottom in below:
        if not _may_be_below(sheet.rows[bottom]):
            break
        known = _joined_matches(sheet, index, bottom, table)
        plain = _are_units(sheet.rows[bottom]) and known >= most
        if known > most or plain or _under_titles(sheet, index, bottom, table):
            best, most = bottom, max(most, known)
    return best


def _header_index(sheet: Sheet, table: str) -> int:
    start = sheet.rows[:SEARCHED]
    width = max((len(texts_of(row)) for row in start), default=0)
    matches = [known_headers(row, table) for row in start]
    for index, row in enumerate(start):
        texts = texts_of(row)
        distinct = len(set(texts)) if all(isinstance(cell, str) for cell in row if cell) else 0
        if distinct >= _SHARE * width and matches[index] >= min(_MATCHES, width):
            return index
    if max(matches, default=0) > 0:
        return matches.index(max(matches))
    for index, row in enumerate(sheet.rows):
        if texts_of(row):
            return index
    raise CohortError(NO_HEADER)


def cut(sheet: Sheet, header_row: int = 0, table: str = "patients") -> Grid:
    """Cut a sheet at its header; `header_row` counts from 1, 0 finds it.

    Raises
    ------
    CohortError
        If there is no header, or nothing under it.
    """
    index = header_row - 1 if 0 < header_row <= len(sheet.rows) else header_index(sheet, table)
    header = _header(sheet, index, table)
    under, merged = _filled_down(sheet, index, header, table)
    named = [position for position, cell in enumerate(header) if text_of(cell)]
    last = named[-1] + 1 if named else 0
    columns = [Cells.of(column, sheet.since_1904) for column in _columns(under, last)]
    if not any(cells.texts for cells in columns):
        raise CohortError(ONLY_HEADER)
    wider = np.zeros(len(under), bool)
    if not sheet.name and last:  # delimited text: a cell beyond the header may be split by mistake
        wider = _split_by_mistake(columns[last - 1 :])
        beyond = [cells.take(~wider) for cells in columns[last:]]
        columns = columns[: last + max((n for n, c in enumerate(beyond, 1) if c.texts), default=0)]
    headers = [_name(header, position, cells) for position, cells in enumerate(columns)]
    rows = np.arange(index + 2, index + 2 + len(under))
    return Grid(sheet.name, index + 1, headers, columns, rows, wider, merged)


def _split_by_mistake(columns: Sequence[Cells]) -> npt.NDArray[np.bool_]:
    """Rows with cells beyond the last header, of which columns holds the last and those beyond.

    A remark in words that the last column never has stands there on purpose; a number, or what
    belongs into the last column, was moved there by a comma in a cell before it.
    """
    last, moved = columns[0], np.zeros(len(columns[0].codes), bool)
    known = {normal(text) for text in last.texts}
    for cells in columns[1:]:
        remark = [
            normal(text) not in known and len(re.findall(r"[^\W\d_]", text)) >= _WORDED
            for text in cells.texts
        ]
        moved |= (cells.codes >= 0) & ~np.array([*remark, False], bool)[cells.codes]
    return moved


def _header(sheet: Sheet, index: int, table: str) -> Row:
    """The texts of the header, those of several rows joined as ``parent / child``."""
    row = best = sheet.rows[index]
    if not _may_be_below(row):
        return row
    most = known_headers(row, table)
    for top in range(index - 1, max(index - _DEEPEST, -1), -1):
        known = _joined_matches(sheet, top, index, table)
        plain = _are_units(row) and known >= most and best is row
        if known > most or plain or _under_titles(sheet, top, index, table):
            best, most = _stack(sheet, top, index), max(most, known)
    return best


def _joined_matches(sheet: Sheet, top: int, bottom: int, table: str) -> int:
    """Known headers of some rows joined; 0 where the upper one is a mere title, or all there is."""
    parents = texts_of(sheet.rows[top])
    joined = _stack(sheet, top, bottom)
    more = len(set(joined)) > len(set(parents)) or _are_units(sheet.rows[bottom])
    return known_headers(joined, table) if len(parents) > 1 and more else 0


def _stack(sheet: Sheet, top: int, bottom: int) -> Row:
    row = sheet.rows[bottom]
    for above in range(bottom - 1, top - 1, -1):
        row = _join(sheet, above, row)
    return row


def _under_titles(sheet: Sheet, top: int, bottom: int, table: str) -> bool:
    """Whether a row has cells only where a title above has room for several, whatever they say.

    A title has room where it is merged over them, or blank cells follow it; the other headers
    have nothing under them, and some of them are known.
    """
    titles = [text_of(cell) for cell in sheet.rows[top]]
    under = [place for place, cell in enumerate(sheet.rows[bottom]) if text_of(cell)]
    spread = _spread(sheet, top, sheet.rows[bottom])
    sizes = Counter(spread)
    if len(under) < 2 or not all(sizes[spread[place]] > 1 and spread[place] for place in under):
        return False
    alone = [title for place, title in enumerate(titles) if title and place not in under]
    return known_headers(alone, table) >= _MATCHES


def _may_be_below(row: Row) -> bool:
    """Whether a row may stand under a row of headers as a part of them: texts without a number."""
    texts = texts_of(row)
    return (
        bool(texts)
        and all(isinstance(cell, str) for cell in row if cell)
        and not any(re.fullmatch(r"[\d\s.,/:+-]+", text) for text in texts)
    )


def _are_units(row: Row) -> bool:
    texts = texts_of(row)
    return len(texts) > 1 and all(normal(text) in UNIT_WORDS for text in texts)


def _join(sheet: Sheet, above: int, below: Row) -> list[str]:
    """Join two rows of headers: a title stands above all columns up to the next one."""
    parents = _spread(sheet, above, below)
    children = [text_of(cell) for cell in below] + [""] * (len(parents) - len(below))
    return [
        f"{parent}{JOINT}{child}" if parent and child else parent or child
        for parent, child in zip(parents, children, strict=True)
    ]


def _spread(sheet: Sheet, index: int, below: Row) -> list[str]:
    """The titles of a row, repeated over the cells they are merged with, or over blank ones."""
    titles = [text_of(cell) for cell in sheet.rows[index]]
    titles += [""] * (len(below) - len(titles))
    merged = [
        (first[1], last[1])
        for first, last in sheet.merged
        if first[0] <= index <= last[0] and last[1] > first[1]
    ]
    if merged:
        for left, right in merged:
            for position in range(left + 1, min(right + 1, len(titles))):
                titles[position] = titles[left]
        return titles
    for position in range(1, len(below)):
        if not titles[position] and text_of(below[position]):
            titles[position] = titles[position - 1]
    return titles


def _filled_down(
    sheet: Sheet, index: int, header: Row, table: str
) -> tuple[Sequence[Row], npt.NDArray[np.bool_]]:
    """The rows under the header; a patient's code merged over rows stands in each of them."""
    under = sheet.rows[index + 1 :]
    named = {
        position
        for position, cell in enumerate(header)
        if recognise(text_of(cell), position, table).column in ("patient_id", *IDENTIFIERS)
    }
    down = [
        (first, last)
        for first, last in sheet.merged
        if first[1] in named and first[0] > index and last[0] > first[0]
    ]
    below = np.zeros(len(under), bool)
    filled: list[Row] = list(under)
    for (top, position), (bottom, _) in down:
        for number in range(top - index, min(bottom - index, len(filled))):
            if any(map(text_of, under[number])) and position < len(under[number]):
                row = [*filled[number]]
                row[position] = sheet.rows[top][position]
                filled[number] = row
                below[number] = True
    return filled if down else under, below


def _name(header: Row, position: int, cells: Cells) -> str:
    """A column's header; its letter where there is none, and '' where nothing is under it."""
    text = text_of(header[position]) if position < len(header) else ""
    return text or (f"column {letter(position)}" if cells.texts else "")


def _columns(rows: Sequence[Row], least: int) -> list[Sequence[Cell]]:
    width = max((len(row) for row in rows), default=0)
    width = max(width, least)
    if all(len(row) == width for row in rows):
        return list(zip(*rows, strict=True))
    padded = [(*row, *[""] * (width - len(row))) for row in rows]
    return list(zip(*padded, strict=True))


def letter(position: int) -> str:
    """The spreadsheet's letter for a column, from position 0."""
    name, number = "", position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
