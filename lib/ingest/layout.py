"""Where in a file the patients are: which sheet, which row holds the headers, which rows count."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.cohort import CohortError
from lib.ingest.headers import JOINT, Header, known_header, recognise
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.values import Cells, normal, text_of
from lib.language import N_
from lib.schema import IDENTIFIERS

_SEARCHED = 40
"""Rows in which a header is looked for."""
_SHARE, _MATCHES = 0.6, 3
_SAMPLED = 200
"""Rows by which it is told whether a text is a table."""
_NAMES = {
    "patients": ("patients", "patient", "пациенты", "больные", "cohort", "когорта"),
    "procedures": ("procedures", "процедуры", "вмешательства", "курсы"),
    "assessments": ("assessments", "обследования", "оценки", "visits"),
    "lesions": ("lesions", "очаги"),
    "adverse_events": ("adverse events", "осложнения", "нежелательные явления"),
    "source": ("source", "источник"),
}
"""Names of sheets, in normal form, for each table and for the sheet about the file itself."""
_KNOWN = {normal(name): table for table, names in _NAMES.items() for name in names}
_TOTALS = frozenset(
    ("итого", "всего", "среднее", "сумма", "медиана", "total", "totals", "sum", "mean", "average")
)

NO_HEADER = N_("No row of column headers was found")
ONLY_HEADER = N_("There are column headers, but no row of patients under them")
NO_SHEET = N_("The workbook has no sheet named '{sheet}'")
PROSE = N_("This is text, not a table of patients")
BLANK = N_("The workbook has no sheet with anything on it")


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
    """

    sheet: str
    header_row: int
    headers: list[str]
    columns: list[Cells]
    rows: npt.NDArray[np.int64]
    wider: npt.NDArray[np.bool_]

    def take(self, keep: npt.NDArray[np.bool_]) -> "Grid":
        """Keep some of the rows."""
        columns = [cells.take(keep) for cells in self.columns]
        return Grid(
            self.sheet, self.header_row, self.headers, columns, self.rows[keep], self.wider[keep]
        )

    def filled(self) -> npt.NDArray[np.int64]:
        """(n,) int array: how many cells of each row are not blank."""
        count = np.zeros(len(self.rows), np.int64)
        for cells in self.columns:
            count += cells.codes >= 0
        return count


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A sheet, the table that it holds, and what its columns are proposed to mean."""

    table: str
    sheet: str
    grid: Grid
    headers: list[Header]

    def key(self) -> Cells | None:
        """The column that says which patient a row belongs to."""
        for name in ("patient_id", *IDENTIFIERS):
            for header in self.headers:
                if header.column == name and name != "birth_date_PII":
                    return self.grid.columns[header.position]
        return None


def table_of(sheet: Sheet) -> str:
    """The table that a sheet's name promises, ``source`` for the sheet about the file, or ''."""
    return table_named(sheet.name)


def table_named(name: str) -> str:
    """The table that the name of a sheet promises; see `table_of`."""
    return _KNOWN.get(normal(name), "")


def patients_sheet(sheets: Sequence[Sheet], chosen: str) -> Sheet:
    """Choose the sheet with the patients.

    Raises
    ------
    CohortError
        If no sheet has anything on it, or the chosen one is not there.
    """
    if chosen:
        for sheet in sheets:
            if sheet.name == chosen:
                return sheet
        if len(sheets) > 1:  # a file with one sheet may call it as it likes
            raise CohortError(NO_SHEET, sheet=chosen)
    candidates = candidate_sheets(sheets)
    if not candidates:
        raise CohortError(BLANK)
    return candidates[0]


def candidate_sheets(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Sheets that may hold the patients, the likeliest first."""
    filled = [sheet for sheet in sheets if any(_texts(row) for row in sheet.rows)]
    rank = {id(sheet): _likelihood(sheet) for sheet in filled}
    return sorted(filled, key=lambda sheet: rank[id(sheet)], reverse=True)


def _likelihood(sheet: Sheet) -> tuple[bool, bool, int]:
    table = table_of(sheet)
    best = max((_matches(row) for row in sheet.rows[:_SEARCHED]), default=0)
    return table == "patients", table == "", best


def _texts(row: Row) -> list[str]:
    return [text for cell in row if cell != "" and (text := text_of(cell))]


def _matches(row: Row, table: str = "patients") -> int:
    """How many cells of a row are headers that a table knows."""
    return sum(isinstance(cell, str) and known_header(cell, table) for cell in row if cell)


def refuse_prose(sheet: Sheet) -> None:
    """Refuse delimited text without a known header whose lines are sentences, not rows.

    Raises
    ------
    CohortError
        If it has one column, rows of different lengths, or spaces after most of its commas.
    """
    if sheet.name or max((_matches(row) for row in sheet.rows[:_SEARCHED]), default=0) > 1:
        return
    rows = [row for row in sheet.rows[:_SAMPLED] if _texts(row)]
    widths = Counter(len(row) for row in rows)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    if width == 1:
        prose = not any(map(_matches, rows))
    else:
        after = [cell for row in rows for cell in row[1:] if isinstance(cell, str) and cell]
        spaced = sum(cell.startswith(" ") for cell in after)
        prose = times < _SHARE * len(rows) or 2 * spaced > len(after)
    if prose and rows:
        raise CohortError(PROSE)


def header_index(sheet: Sheet, table: str = "patients") -> int:
    """Find the row of the headers, from 0; of two, the lower.

    It is the first row that is mostly distinct texts, three of them known headers; without one,
    the first row with the most known headers; without any, the first row with anything in it.

    Raises
    ------
    CohortError
        If the sheet is blank.
    """
    index = _header_index(sheet, table)
    below = sheet.rows[index + 1] if index + 1 < len(sheet.rows) else []
    return index + 1 if _two_rows(sheet, index, below, table) else index


def _header_index(sheet: Sheet, table: str) -> int:
    start = sheet.rows[:_SEARCHED]
    width = max((len(_texts(row)) for row in start), default=0)
    matches = [_matches(row, table) for row in start]
    for index, row in enumerate(start):
        texts = _texts(row)
        distinct = len(set(texts)) if all(isinstance(cell, str) for cell in row if cell) else 0
        if distinct >= _SHARE * width and matches[index] >= min(_MATCHES, width):
            return index
    if max(matches, default=0) > 0:
        return matches.index(max(matches))
    for index, row in enumerate(sheet.rows):
        if _texts(row):
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
    header, under = _header(sheet, index, table), _filled_down(sheet, index, table)
    named = [position for position, cell in enumerate(header) if text_of(cell)]
    last = named[-1] + 1 if named else 0
    columns = [Cells.of(column, sheet.since_1904) for column in _columns(under, last)]
    if not any(cells.texts for cells in columns):
        raise CohortError(ONLY_HEADER)
    wider = np.zeros(len(under), bool)
    if not sheet.name:  # delimited text: what is beyond the header was split by mistake
        for cells in columns[last:]:
            wider |= cells.codes >= 0
        columns = columns[:last]
    headers = [_name(header, position, cells) for position, cells in enumerate(columns)]
    rows = np.arange(index + 2, index + 2 + len(under))
    return Grid(sheet.name, index + 1, headers, columns, rows, wider)


def _header(sheet: Sheet, index: int, table: str) -> Row:
    """The texts of the header, those of two rows joined as ``parent / child``."""
    row = sheet.rows[index]
    if index and _two_rows(sheet, index - 1, row, table):
        return _join(sheet, index - 1, row)
    return row


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


def _two_rows(sheet: Sheet, above: int, below: Row, table: str) -> bool:
    """Whether a row and the one below it are one header: joined, they name more known columns."""
    parents, children = _texts(sheet.rows[above]), _texts(below)
    if len(parents) < 2 or not children or not all(isinstance(c, str) for c in below if c):
        return False
    if any(re.fullmatch(r"[\d\s.,/:+-]+", child) for child in children):
        return False
    joined = _join(sheet, above, below)
    apart = max(_matches(sheet.rows[above], table), _matches(below, table))
    return len(set(joined)) > len(set(parents)) and _matches(joined, table) > apart


def _filled_down(sheet: Sheet, index: int, table: str) -> Sequence[Row]:
    """The rows under the header; a patient's code merged over rows stands in each of them."""
    under = sheet.rows[index + 1 :]
    header = _header(sheet, index, table)
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
    if not down:
        return under
    filled = [list(row) for row in under]
    for (top, position), (bottom, _) in down:
        for number in range(top - index, min(bottom - index, len(filled))):
            if any(map(text_of, filled[number])):
                filled[number][position] = sheet.rows[top][position]
    return filled


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


def totals(grid: Grid, code: Cells | None) -> npt.NDArray[np.bool_]:
    """(n,) bool array: rows whose first texts say that they sum up the rows above.

    A row with a patient's code sums up nothing, unless that says so itself.
    """
    found = np.zeros(len(grid.rows), bool)
    for cells in grid.columns[:3]:
        found |= _says_total(cells)
    if code is not None:
        found &= (code.codes < 0) | _says_total(code)
    return found


def _says_total(cells: Cells) -> npt.NDArray[np.bool_]:
    says = np.array([_is_total(text) for text in cells.texts] + [False], bool)
    return np.asarray(says[cells.codes], bool)


def _is_total(text: str) -> bool:
    words = normal(text).split()
    return bool(words) and words[0].strip(",.:") in _TOTALS and len(words) <= 4
