"""A sheet cut at its header: the row of the headers, and a column of cells under each."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from lib.cohort import CohortError
from lib.ingest.cells import Cells, is_missing, normal, text_of
from lib.ingest.headers import JOINT, LETTERED, ROW_NUMBER, known_header, recognise
from lib.ingest.numbers import UNIT_WORDS
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.sentences import sentence
from lib.plan import NO_HEADERS, Reading
from lib.schema import IDENTIFIERS
from lib.statistics.estimate import Bools, Ints

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
    rows: Ints  # (n,), the rows under the header, as the spreadsheet numbers them
    wider: Bools  # (n,), rows with something in a column beyond the last header
    # (n,), rows whose patient stands in a cell merged with that of the row above.
    merged: Bools

    def take(self, keep: Bools) -> "Grid":
        """Keep some of the rows."""
        return replace(
            self,
            columns=[cells.take(keep) for cells in self.columns],
            rows=self.rows[keep],
            wider=self.wider[keep],
            merged=self.merged[keep],
        )

    def filled(self) -> Ints:
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
    known = sheet.part_of or {}
    columns = [
        Cells.of(column, sheet.since_1904, known.get(place)) for place, column in enumerate(under)
    ]
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
    if sheet.part_of is not None:
        return 0
    found = header_index(sheet, table)
    return -1 if found is None else found


def _split_by_mistake(columns: Sequence[Cells]) -> Bools:
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
) -> tuple[list[Sequence[Cell]], Bools]:
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


# Which rows are the headers ----------------------------------------------------------------------
SEARCHED = 40  # rows in which a header is looked for
_SAMPLED = 200  # rows by which it is told what stands in a column
_SHARE, _MATCHES = 0.6, 3
_WIDE = 0.5  # share of the widest row that a row of headers fills at least
_LEAST = 2  # texts of a row of headers, where any row has as many
_DEEPEST = 3  # rows of which a header may consist
_NUMERIC = re.compile(r"[<>≤≥=~≈±+-]*\s*\d[\d\s.,:/-]*[+%]?")  # a text that is a number or a date
_CODES = re.compile(r"\d\s*/\s*\d")
_LEGEND = re.compile(r"[^\W_]{1,6}\s*/\s*[^\W_]{1,6}")
"""Two codes of a column under its header: `0/1`, `м/ж`, `да/нет`."""


def texts_of(row: Row) -> list[str]:
    """The texts of a row's cells that are not blank."""
    return [text for cell in row if cell != "" and (text := text_of(cell))]


def known_headers(row: Row, table: str = "patients") -> int:
    """How many cells of a row are headers that a table knows."""
    return sum(1 for _cell in _known(row, table))


def header_index(sheet: Sheet, table: str = "patients") -> int | None:
    """Find the row of the headers, from 0; of several that are one header, the lowest."""
    # It is the first row that is mostly distinct texts, three of them known headers; without one,
    # the row with the most known headers that does not stand under data; without any, the first
    # that fills the table and is no data. None where the table begins with data. Raises
    # `CohortError` if the sheet is blank.
    index = _best_row(sheet, table)
    if index is None:
        return None
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


def _best_row(sheet: Sheet, table: str) -> int | None:
    start = sheet.rows[:SEARCHED]
    filled = [len(texts_of(row)) for row in start]
    width = max(filled, default=0)
    data = _data_rows(sheet, table)
    wide = [index for index, count in enumerate(filled) if count >= max(_WIDE * width, _LEAST)]
    begun = next((index for index in wide if index in data), len(start))
    least = min(width, _LEAST)
    matches = [
        0 if n in data or filled[n] < least else known_headers(row, table)
        for n, row in enumerate(start)
    ]
    for index, row in enumerate(start):
        texts = texts_of(row)
        distinct = len(set(texts)) if all(isinstance(cell, str) for cell in row if cell) else 0
        if distinct >= _SHARE * width and matches[index] >= min(_MATCHES, width):
            return index
    above = matches[: begun + 1]
    if max(above, default=0) > 0:
        return above.index(max(above))
    if begun < len(start):
        return next((index for index in wide if index < begun), None)
    for index, row in enumerate(sheet.rows):
        if texts_of(row):
            return index
    raise CohortError(sentence("no-header"))


def _data_rows(sheet: Sheet, table: str) -> frozenset[int]:
    """Rows, from 0, that hold data: numbers among numbers, and texts that recur in their column."""
    # A header stands as a text over numbers, is known, or at least does not come again; where it
    # does, on a further page of a printed table, the whole row comes again.
    sampled = sheet.rows[:_SAMPLED]
    whole = Counter(_form(row) for row in sampled)
    columns = [_Stands(sampled, place) for place in range(max(map(len, sampled), default=0))]
    found = set()
    for index, row in enumerate(sheet.rows[:SEARCHED]):
        times = whole[_form(row)]
        speaks = [columns[place].speaks(cell, times) for place, cell in enumerate(row)]
        fresh = [cell for cell, says in zip(row, speaks, strict=True) if says >= 0]
        known = len({normal(text_of(cell)) for cell in _known(fresh, table)})
        if sum(map(bool, speaks)) > 1 and sum(speaks) + known < 0:
            found.add(index)
    return frozenset(found)


class _Stands:
    """What stands in a column of the first rows."""

    def __init__(self, rows: Sequence[Row], place: int) -> None:
        cells = [row[place] for row in rows if place < len(row) and text_of(row[place])]
        said = [cell for cell in cells if not is_missing(text_of(cell))]
        numbers = sum(map(_is_number, said))
        self.numeric = numbers > 1 and numbers >= _SHARE * len(said)
        self.counts = Counter(normal(text_of(cell)) for cell in said)

    def speaks(self, cell: Cell, times: int) -> int:
        """Whether a cell speaks for a header, 1, or for data, -1; its row stands so many times."""
        text = text_of(cell)
        if not text or is_missing(text):
            return 0
        if _is_number(cell):
            return -1 if self.numeric else 0
        if self.counts[normal(text)] > times:
            return -1
        return int(self.numeric)


def _form(row: Row) -> tuple[str, ...]:
    return tuple(texts_of(row))


def _is_number(cell: Cell) -> bool:
    return not isinstance(cell, str | bool) or (
        isinstance(cell, str) and _NUMERIC.fullmatch(text_of(cell)) is not None
    )


def _known(row: Row, table: str) -> Iterator[Cell]:
    return (cell for cell in row if isinstance(cell, str) and cell and known_header(cell, table))


def header_texts(sheet: Sheet, index: int, table: str) -> Row:
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
    """Whether a row has cells only where a title above has room for several, whatever they say."""
    # A title has room where it is merged over them, or blank cells follow it; the other headers
    # have nothing under them, and some of them are known.
    titles = [text_of(cell) for cell in sheet.rows[top]]
    under = [place for place, cell in enumerate(sheet.rows[bottom]) if text_of(cell)]
    spread = _spread(sheet, top, sheet.rows[bottom])
    sizes = Counter(spread)
    if len(under) < 2 or not all(sizes[spread[place]] > 1 and spread[place] for place in under):
        return False
    alone = [title for place, title in enumerate(titles) if title and place not in under]
    return known_headers(alone, table) >= min(_MATCHES, max(len(alone), 1))


def _may_be_below(row: Row) -> bool:
    """Whether a row may stand under a row of headers as a part of them: texts without a number."""
    texts = texts_of(row)
    return (
        bool(texts)
        and all(isinstance(cell, str) for cell in row if cell)
        and not any(
            re.fullmatch(r"[\d\s.,/:+-]+", text) and not _CODES.fullmatch(text) for text in texts
        )
    )


def _are_units(row: Row) -> bool:
    """Whether a row has nothing but units, or what may stand under a header beside them: `0/1`."""
    texts = texts_of(row)
    units = sum(normal(text) in UNIT_WORDS for text in texts)
    others = sum(_LEGEND.fullmatch(text) is not None for text in texts)
    return len(texts) > 1 and units > 0 and units + others == len(texts)


def _join(sheet: Sheet, above: int, below: Row) -> list[str]:
    """Join two rows of headers: a title stands above all columns up to the next one."""
    parents = _spread(sheet, above, below)
    units = _are_units(below)
    children = [text_of(cell) for cell in below] + [""] * (len(parents) - len(below))
    return [
        _joined(parent, child, units) if parent and child else parent or child
        for parent, child in zip(parents, children, strict=True)
    ]


def _joined(parent: str, child: str, units: bool) -> str:
    legend = _CODES.fullmatch(child) or (units and _LEGEND.fullmatch(child))
    return f"{parent} ({child})" if legend else f"{parent}{JOINT}{child}"


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
