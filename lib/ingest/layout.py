"""Where in a file the patients are: which sheet, which row holds the headers, which rows count."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lib.cohort import CohortError
from lib.ingest.headers import JOINT, Header, known_header, recognise
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.values import UNIT_WORDS, Cells, normal, text_of
from lib.language import N_
from lib.schema import IDENTIFIERS

_SEARCHED = 40
"""Rows in which a header is looked for."""
_SHARE, _MATCHES = 0.6, 3
_SAMPLED = 200
"""Rows by which it is told whether a text is a table."""
OVERLAP = 0.5
"""Share of a sheet's codes from which they are the patients' codes."""
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
_SUMS = frozenset(("итого", "всего", "среднее", "сумма", "медиана", "total", "totals"))
"""Words that begin the text of a row of totals."""
_SURE = frozenset(
    word
    for words in (
        "итого всего среднее сумма медиана мода ско стандартное отклонение дисперсия квартиль",
        "total totals sum mean average median sem iqr stdev variance standard deviation",
    )
    for word in words.split()
)
_STATISTICS = _SURE | frozenset(
    word
    for words in (
        "средний средняя значение значения число количество кол во больных пациентов наблюдений",
        "min max мин макс минимум максимум размах диапазон доля процентиль ошибка со σ мкр",
        "me ме q1 q3 25% 75% 95% % ci ди n p m м se std dev range count percent error of patients",
        "ст стд откл ср знач по и and sd",
    )
    for word in words.split()
)
"""Words of which the text of a row of statistics may consist."""
_ALONE = frozenset(("m", "м", "по", "и", "and", "of", "со", "ст", "во", "кол", "sd"))
"""Words of statistics that mean none when they stand alone: M is a sex, SD a response."""
_RARE = 2
"""Rows that may say the same of a statistic: `N` in most rows is no count."""
WHO = ("patient_id", "record_number_PII", "patient_name_PII")
"""Fields that tell patients apart, the best first."""
_ALIKE = str.maketrans("авекмнорстху", "abekmhopctxy")
_NUMBERED, _LETTERED = 3, 2
UNDER_HEADER = 2
"""Rows under the headers that may number the columns."""
_WORDED = 3
"""Letters from which a cell beyond the headers is a remark."""
_DEEPEST = 3
"""Rows of which a header may consist."""
_FIRST_CELLS = 3
_LONGEST_TOTAL = 60
_OTHERS = re.compile(
    r"врач|хирург|доктор|оператор|оперир|исполнит|родств|доверен|ответств|лечащ|заполн|радиолог"
    r"|онколог|рентген|doctor|surgeon|physician|operator|investigator|radiologist|relative|\bkin\b"
)
"""Words of a header whose names are not the patients'."""
_CONTACT = re.compile(r"тел|phone|адрес|address|житель|mail|почт|post ?code")
"""Words of a header whose cells a family may share."""
_HALVES = frozenset(("имя", "отчество", "first name", "initials", "инициалы"))
"""Headers of names that many people have."""

NO_HEADER = N_("No row of column headers was found")
ONLY_HEADER = N_("There are column headers, but no row of patients under them")
NO_SHEET = N_("The workbook has no sheet named '{sheet}'")
PROSE = N_("This is text, not a table of patients")
TRANSPOSED = N_(
    "The headers stand below each other in the first column; transpose the table so that each"
    " patient has a row"
)
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


class Identity(NamedTuple):
    """A column that says which patient a row belongs to, with its header."""

    header: str
    cells: Cells


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A sheet, the table that it holds, and what its columns are proposed to mean.

    Attributes
    ----------
    table, sheet : str
    grid : Grid
    headers : list of Header
    who : Cells or None
        Which patient each row belongs to, where that is more than what a column says.
    """

    table: str
    sheet: str
    grid: Grid
    headers: list[Header]
    who: Cells | None = None

    def key(self) -> Cells | None:
        """Which patient each row belongs to: by its code, else by a record number, else by name."""
        if self.who is not None:
            return self.who
        known = self.identities()
        if "patient_id" in known:
            return known["patient_id"].cells
        columns = [each.cells for each in known.values()]
        return _either(*columns) if len(columns) == 2 else next(iter(columns), None)

    def identities(self) -> dict[str, Identity]:
        """The columns that tell patients apart: a code, a record number, a name; the best first."""
        codes, records, names = map(self._filled, WHO)
        found = {"patient_id": codes[0]} if codes else {}
        records = [each for each in records if not _CONTACT.search(_bare(each))]
        if records:
            found["record_number_PII"] = max(records, key=_tells_apart)
        names = [each for each in names if not _OTHERS.search(_bare(each))]
        if any(_bare(each) not in _HALVES for each in names):
            found["patient_name_PII"] = _together(names)
        return found

    def _filled(self, field: str) -> list[Identity]:
        columns = (
            Identity(header.text, self.grid.columns[header.position])
            for header in self.headers
            if header.column == field
        )
        return [each for each in columns if each.cells.texts]


def _bare(each: Identity) -> str:
    return normal(each.header)


def _tells_apart(each: Identity) -> tuple[int, int]:
    """Of several numbers the one that most rows have; a hospital gives one for each admission."""
    return int((each.cells.codes >= 0).sum()), -len(each.cells.texts)


def _together(names: Sequence[Identity]) -> Identity:
    """A name that stands in several columns."""
    if len(names) == 1:
        return names[0]
    codes = np.column_stack([each.cells.codes for each in names])
    distinct, which = np.unique(codes, axis=0, return_inverse=True)
    texts = [
        " ".join(each.cells.texts[code] for each, code in zip(names, row, strict=True) if code >= 0)
        for row in distinct.tolist()
    ]
    blank = 1 if texts and not texts[0] else 0  # a row of -1 sorts first
    kept = texts[blank:]
    header = ", ".join(each.header for each in names)
    return Identity(header, Cells(kept, list(kept), which.reshape(-1) - blank))


def _either(record: Cells, name: Cells) -> Cells:
    """The record number; where it is blank the only one with this name, else the name."""
    both = (record.codes >= 0) & (name.codes >= 0)
    pairs = np.unique(np.column_stack([name.codes[both], record.codes[both]]), axis=0)
    once = np.bincount(pairs[:, 0], minlength=len(name.texts)) == 1
    pairs = pairs[once[pairs[:, 0]]]
    instead = np.arange(len(name.texts) + 1) + len(record.texts)
    instead[-1] = -1
    instead[pairs[:, 0]] = pairs[:, 1]
    codes = np.where(record.codes >= 0, record.codes, instead[name.codes])
    return Cells([*record.texts, *name.texts], [*record.raw, *name.raw], codes)


def spelt_alike(patients: Part, part: Part) -> tuple[Part, dict[str, str]]:
    """A sheet whose codes are written as the patients' are, and which were written otherwise.

    Codes are the same where they differ in case, in spaces and dashes, in letters that look
    alike, or in zeros before or behind a number, and no other code does so.
    """
    own, other = (each.identities().get("patient_id") for each in (patients, part))
    if own is None or other is None:
        return part, {}
    known, there = set(own.cells.texts), _by_form(other.cells.texts)
    here = _by_form(own.cells.texts)
    written = {
        codes[0]: here[form][0]
        for form, codes in there.items()
        if codes[0] not in known and len(codes) == len(here.get(form, ())) == 1
    }
    if not written:
        return part, {}
    cells = Cells(
        [written.get(text, text) for text in other.cells.texts], other.cells.raw, other.cells.codes
    )
    columns = [cells if each is other.cells else each for each in part.grid.columns]
    return replace(part, grid=replace(part.grid, columns=columns)), written


def _by_form(texts: Sequence[str]) -> dict[str, list[str]]:
    forms: dict[str, list[str]] = {}
    for text in texts:
        bare = normal(text).translate(_ALIKE).replace(" ", "")
        number = re.fullmatch(r"0*(\d+)(?:\.0+)?", bare)
        forms.setdefault(number[1] if number else bare, []).append(text)
    return forms


def shared(patients: Part, part: Part) -> tuple[str, Identity, Identity, float]:
    """The identity that two sheets share: its field, the column of each, and how much is shared.

    The last is the share of the other sheet's codes that are among the patients; the field is ''
    where they have none in common.
    """
    own, other = patients.identities(), part.identities()
    nothing = Identity("", Cells([], [], np.empty(0, np.int64)))
    best = ("", nothing, nothing, 0.0)
    for field in own:
        if field in other:
            one, two = own[field].cells, other[field].cells
            overlap = len(set(one.texts) & set(two.texts)) / len(set(two.texts))
            if overlap > best[3] or not best[0]:
                best = (field, own[field], other[field], overlap)
            if overlap >= OVERLAP:
                break
    return best


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


def _likelihood(sheet: Sheet) -> tuple[bool, bool, bool, bool, int]:
    """How likely a sheet holds the patients; a hidden one only where no other has their headers."""
    table = table_of(sheet)
    best = max((_matches(row) for row in sheet.rows[:_SEARCHED]), default=0)
    seen, titled = not sheet.hidden, table == "patients"
    return titled and seen, best > 1, seen, titled or table == "", best


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


def refuse_transposed(sheet: Sheet) -> None:
    """Refuse a sheet with a column for each patient.

    Raises
    ------
    CohortError
        If far more of its first column than of any row are known headers.
    """
    start = sheet.rows[:_SEARCHED]
    width = max((len(_texts(row)) for row in start), default=0)
    first = [cell for row in start for cell in row[:1] if isinstance(cell, str)]
    across = max((_matches(row) for row in start), default=0)
    if width > 2 and len(set(first)) == len(first) and _matches(first) > max(3, 3 * across):
        raise CohortError(TRANSPOSED)


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
    best, most = index, _matches(sheet.rows[index], table)
    for bottom in below:
        if not _may_be_below(sheet.rows[bottom]):
            break
        known = _joined_matches(sheet, index, bottom, table)
        plain = _are_units(sheet.rows[bottom]) and known >= most
        if known > most or plain or _under_titles(sheet, index, bottom, table):
            best, most = bottom, max(most, known)
    return best


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
    most = _matches(row, table)
    for top in range(index - 1, max(index - _DEEPEST, -1), -1):
        known = _joined_matches(sheet, top, index, table)
        plain = _are_units(row) and known >= most and best is row
        if known > most or plain or _under_titles(sheet, top, index, table):
            best, most = _stack(sheet, top, index), max(most, known)
    return best


def _joined_matches(sheet: Sheet, top: int, bottom: int, table: str) -> int:
    """Known headers of some rows joined; 0 where the upper one is a mere title, or all there is."""
    parents = _texts(sheet.rows[top])
    joined = _stack(sheet, top, bottom)
    more = len(set(joined)) > len(set(parents)) or _are_units(sheet.rows[bottom])
    return _matches(joined, table) if len(parents) > 1 and more else 0


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
    return _matches(alone, table) >= _MATCHES


def _may_be_below(row: Row) -> bool:
    """Whether a row may stand under a row of headers as a part of them: texts without a number."""
    texts = _texts(row)
    return (
        bool(texts)
        and all(isinstance(cell, str) for cell in row if cell)
        and not any(re.fullmatch(r"[\d\s.,/:+-]+", text) for text in texts)
    )


def _are_units(row: Row) -> bool:
    texts = _texts(row)
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


def totals(grid: Grid, codes: Sequence[Cells], names: Sequence[Cells]) -> npt.NDArray[np.bool_]:
    """(n,) bool array: rows whose first texts say that they sum up the rows above.

    A row with a patient's code or name sums up nothing, unless that says so itself, or the first
    cell of the row does, which may stand before a count of names.
    """
    found = np.zeros(len(grid.rows), bool)
    begun, leading = found.copy(), found.copy()
    for position, cells in enumerate(grid.columns):
        first = (cells.codes >= 0) & ~begun
        begun |= first
        leading |= first & _says_total(cells, often=False)
        if position < _FIRST_CELLS:
            found |= _says_total(cells, often=True)
        elif begun.all():
            break
    found |= leading
    for cells in names:
        found &= leading | (cells.codes < 0) | _says_total(cells, often=False)
    for cells in codes:
        found &= (cells.codes < 0) | _says_total(cells, often=False)
    for row in np.flatnonzero(found).tolist():
        while row + 1 < len(found) and not found[row + 1] and _goes_on(grid, row + 1):
            row += 1
            found[row] = True
    return found


def _goes_on(grid: Grid, row: int) -> bool:
    """Whether a row below one of totals begins with a word of statistics: `M`, then `SD`."""
    codes = [int(cells.codes[row]) for cells in grid.columns]
    begun = next((position for position, code in enumerate(codes) if code >= 0), None)
    return begun is not None and is_statistic(grid.columns[begun].texts[codes[begun]])


def _says_total(cells: Cells, often: bool) -> npt.NDArray[np.bool_]:
    """Rows whose cell names a sum or a statistic: what surely does, or what does so in few rows."""
    counts = cells.counts().tolist()
    says = [
        is_total(text) and (_is_sure(text) if often else count <= _RARE)
        for text, count in zip(cells.texts, counts, strict=True)
    ]
    return np.asarray(np.array([*says, False], bool)[cells.codes], bool)


def is_total(text: str) -> bool:
    """Whether a text names a sum or a statistic: `Итого`, `M±m`, `Медиана [Q1; Q3]`, `N`."""
    if len(text) > _LONGEST_TOTAL:
        return False
    words = _statistic(text)
    if not words or words[0] not in _STATISTICS:
        return False
    if words[0] in _SUMS and len(words) <= 4:
        return True
    return all(word in _STATISTICS for word in words) and not (
        "±" not in text and all(word in _ALONE for word in words)
    )


def is_statistic(text: str) -> bool:
    """Whether a text has only words of statistics, be it one that may mean something else."""
    words = _statistic(text) if len(text) <= _LONGEST_TOTAL else []
    return is_total(text) or (bool(words) and all(word in _STATISTICS for word in words))


def _is_sure(text: str) -> bool:
    return "±" in text or bool(_SURE & set(_statistic(text)))


def _statistic(text: str) -> list[str]:
    return [word for word in re.split(r"[\s±+/;:,.=()\[\]–-]+", normal(text)) if word]


def numbering(row: Row, width: int) -> bool:
    """Whether a row under the headers numbers the columns: 1, 2, 3, or А, Б, 1, 2."""
    texts = [text.strip("().") for text in _texts(row)]
    letters = 0
    while letters < min(_LETTERED, len(texts)) and texts[letters].casefold() in "абвabc":
        letters += 1
    numbers = [int(text) if text.isdecimal() else -1 for text in texts[letters:]]
    if len(numbers) < _NUMBERED or len(texts) < max(_NUMBERED + 1, _SHARE * width):
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and 0 <= numbers[0] <= 3
