"""From a file's bytes to its sheets, in which nobody is named: what a session may keep."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from lib.cohort import CohortError
from lib.ingest import (
    arms,
    headers,
    identifiers,
    inference,
    labels,
    personal,
    remarks,
    row_numbers,
    rows,
    side_by_side,
    tables,
    workbook,
)
from lib.ingest.arrangement import Memory
from lib.ingest.cells import text_of
from lib.ingest.derive import Born, age_at
from lib.ingest.grid import Grid, cut, texts_of
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.identity import Part, shared
from lib.ingest.reader import Cell, Row, Sheet, distinct, read_sheets
from lib.ingest.sheets import refuse_prose, table_of
from lib.ingest.texts import remembering_texts
from lib.ingest.totals import UNDER_HEADER, is_statistic, numbering
from lib.ingest.values import parse
from lib.plan import LEFT_OUT, Reading
from lib.schema import IDENTIFIERS, TABLES

_OLDEST = 200  # a number of years that is no date: more than any two dates lie apart
_GLANCE = 2000  # rows by which it is told whether a column names people
_FULL = 0.9  # share of the usual cells of a row that a row of totals does not have


@dataclass(frozen=True, slots=True, eq=False)
class Withheld:
    """A column that looks as if it named people: what stands behind its codes, until it is kept."""

    sheet: str
    header: str
    position: int
    row: int  # the header's row
    cells: dict[Cell, Cell] = field(repr=False)  # what each code stands for
    tells: bool = False  # whether it is the column of the patients' codes, in whatever sheet


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A file after reading its bytes: what may be kept while the visitor maps its columns."""

    # Names and record numbers are replaced by running codes, and dates of birth by ages.

    # name, sha256: file name, and digest of the bytes
    name: str
    sha256: str
    sheets: tuple[Sheet, ...]
    linked: bool = False  # whether some cells are computed from other workbooks
    # What one click keeps; it is in no sheet before.
    withheld: tuple[Withheld, ...] = field(default=(), repr=False)
    memory: Memory = field(init=False, repr=False)  # what was made of the sheets so far
    _kept: dict[tuple[Withheld, ...], "File"] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin with nothing made of the sheets."""
        object.__setattr__(self, "memory", Memory(self.sheets))
        object.__setattr__(self, "_kept", {})

    def keeping(self, reading: Reading) -> "File":
        """The file with what was withheld of the columns that the visitor has said to keep."""
        said = {mapped.header for mapped in reading.columns if mapped.column != LEFT_OUT}
        codes = reading.said(rows.CODES) == rows.KEPT
        chosen = tuple(
            each for each in self.withheld if (codes if each.tells else each.header in said)
        )
        if not chosen:
            return self
        if chosen not in self._kept:
            self._kept.clear()
            self._kept[chosen] = replace(
                self, sheets=tuple(_restored(sheet, chosen) for sheet in self.sheets)
            )
        return self._kept[chosen]

    def __reduce__(self) -> tuple[type["File"], tuple[Any, ...]]:
        """Hand over the sheets and what is withheld: what was made of them is made again."""
        return File, (self.name, self.sha256, self.sheets, self.linked, self.withheld)


@remembering_texts
def open_file(name: str, data: bytes, reading: Reading | None = None, trim: bool = True) -> File:
    """Read the sheets of a file, and replace what names a person."""
    # `reading`: headers that the visitor has mapped are no identifiers. `trim`: whether cells of a
    # workbook that lie far from all others are looked for first; without that this process may end
    # for want of memory. Raises `CohortError` if the bytes are no spreadsheet, or a text that is no
    # table.
    reading = reading or Reading()
    sheets = tuple(map(labels.titled, read_sheets(name, data, trim)))
    sheets = labels.labelled(tuple(map(side_by_side.under_each_other, sheets)))
    if len(sheets) == 1:
        refuse_prose(sheets[0])
    digest = hashlib.sha256(data).hexdigest()
    return of_sheets(name, digest, _without_names(sheets), reading, workbook.is_linked(data))


@remembering_texts
def of_sheets(
    name: str, digest: str, sheets: tuple[Sheet, ...], reading: Reading, linked: bool = False
) -> File:
    """Replace what names a person in sheets, wherever they come from."""
    sheets, hidden = _recoded(*_aged(sheets, reading), reading)
    return File(remarks.without_people_in_name(name), digest, sheets, linked, hidden)


def _restored(sheet: Sheet, withheld: Sequence[Withheld]) -> Sheet:
    for each in withheld:
        if each.sheet == sheet.name:
            sheet = identifiers.replaced(sheet, each.row, {each.position: each.cells})
    return sheet


def _without_names(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The sheets, people in their names replaced: a plan and every finding would keep them."""
    taken: set[str] = set()
    found = []
    for sheet in sheets:
        bare = name = remarks.without_people_in_name(sheet.name)
        while name in taken:
            name = f"{bare} {len(taken) + 1}"
        taken.add(name)
        found.append(sheet if name == sheet.name else sheet.otherwise(name=name))
    return tuple(found)


def _recoded(
    sheets: Sequence[Sheet], parts: Sequence[Part | None], reading: Reading
) -> tuple[tuple[Sheet, ...], tuple[Withheld, ...]]:
    """Replace names, record numbers and contacts by running codes, and those in texts by a mark."""
    # What only looks like them is withheld; where the patients' codes do in one sheet, in all of
    # them, which are joined by these. `parts`: each sheet at a glance.
    # The codes of a part of a table stay where they are to be kept: none of them leaves it.
    kept = reading.said(rows.CODES) == rows.KEPT and all(s.part_of is not None for s in sheets)
    telling = not kept and any(_looks_personal(part) for part in parts if part)
    codes = identifiers.Codes({})
    hidden: list[Withheld] = []
    sheets = row_numbers.named_alike(
        sheets, parts, [_names(part) if part else () for part in parts]
    )
    found = [
        _without_people(sheet, part, reading, codes, telling, hidden) if part else sheet
        for sheet, part in zip(sheets, parts, strict=True)
    ]
    return tuple(found), tuple(hidden)


def _part(sheet: Sheet, reading: Reading) -> Part | None:
    try:
        return _glance(sheet, reading)
    except CohortError:
        return None


def _looks_personal(part: Part) -> bool:
    """Whether the patients' codes of a sheet hold who they are."""
    return any(
        personal.looks_like_people(part.grid.columns[header.position])
        for header in part.headers
        if header.column == "patient_id"
    )


def _without_people(
    sheet: Sheet,
    part: Part,
    reading: Reading,
    codes: identifiers.Codes,
    telling: bool,
    hidden: list[Withheld],
) -> Sheet:
    """One sheet without people; what can be kept by a click joins what is `hidden`."""
    row = part.grid.header_row
    named = {h.position: h.text for h in part.headers if _names_somebody(h, part.grid)}
    some = [h for h in part.headers if h.column == "patient_id" and h.position not in named]
    kept = [*named, *(each.position for each in some), *_people(sheet, part, reading)]
    if named:
        sheet = _coded(sheet, part, named, codes)
    for header in some:
        if telling:
            sheet, column = _told_apart(sheet, part, header, codes)
            hidden.append(column)
        else:
            which = identifiers.names_somebody
            sheet = identifiers.recoded(sheet, row, [header.position], codes, which)
    for header in part.headers:
        if header.reason == "names":
            sheet, column = _withheld(sheet, part, header)
            hidden.append(column)
    return identifiers.scrubbed(sheet, row, kept)


def _names(part: Part) -> list[int]:
    """The columns of a sheet that hold names and are replaced by codes."""
    return [
        h.position
        for h in part.headers
        if h.column == "patient_name_PII" and _names_somebody(h, part.grid)
    ]


def _told_apart(
    sheet: Sheet, part: Part, header: Header, codes: identifiers.Codes
) -> tuple[Sheet, Withheld]:
    """Replace the patients' own codes by running ones, and put them aside."""
    row, position = part.grid.header_row, header.position
    before = sheet.columns(row)[position] if sheet.columns(row) else []
    sheet = _coded(sheet, part, {position: header.text}, codes)
    behind: dict[Cell, Cell] = {}
    for code, cell in zip(sheet.columns(row)[position], before, strict=True):
        if code != cell:
            behind.setdefault(code, cell)
    return sheet, Withheld(sheet.name, header.text, position, row, behind, tells=True)


def _withheld(sheet: Sheet, part: Part, header: Header) -> tuple[Sheet, Withheld]:
    """Put codes in place of the cells of a column, and those aside."""
    row, position = part.grid.header_row, header.position
    others = _no_names(sheet, row, position, header.text)
    cells = [
        cell
        for cell in distinct(sheet.columns(row)[position])
        if text_of(cell) and identifiers.same(text_of(cell)) not in others
    ]
    codes = {cell: f"{identifiers.HIDDEN}{number}" for number, cell in enumerate(cells, 1)}
    changed = identifiers.replaced(sheet, row, {position: codes})
    behind: dict[Cell, Cell] = {code: cell for cell, code in codes.items()}
    found = Withheld(sheet.name, header.text, position, row, behind)
    return _but_numbering(sheet, changed, part), found


def _coded(sheet: Sheet, part: Part, named: dict[int, str], codes: identifiers.Codes) -> Sheet:
    """Replace the cells under some headers, but for what stands among names and is none."""
    row = part.grid.header_row
    for position, header in named.items():
        codes.known |= _no_names(sheet, row, position, header)
    return _but_numbering(sheet, identifiers.recoded(sheet, row, list(named), codes), part)


def _but_numbering(sheet: Sheet, changed: Sheet, part: Part) -> Sheet:
    """A changed sheet, but for the row under the headers that numbers the columns."""
    rows_ = list(changed.rows)
    under = slice(part.grid.header_row, part.grid.header_row + UNDER_HEADER)
    rows_[under] = [
        before if numbering(before, len(part.headers)) else after
        for before, after in zip(sheet.rows[under], rows_[under], strict=True)
    ]
    return replace(changed, rows=rows_)


def _no_names(sheet: Sheet, after: int, position: int, header: str) -> dict[str, Cell]:
    """What stands among names and is none: totals, headings, and the header once more."""
    # A word of statistics in a row as full as the others is a name: somebody may be called Max.
    said: dict[str, list[Row]] = {}
    for row in sheet.rows[after:]:
        text = text_of(row[position]) if position < len(row) else ""
        if text == header or is_statistic(text) or (arms.heads(text) and len(texts_of(row)) == 1):
            said.setdefault(text, []).append(row)
    full = _FULL * _usual(sheet.rows[after : after + _GLANCE]) if said else 0
    left = [
        text
        for text, rows_ in said.items()
        if text == header or all(len(texts_of(row)) < full for row in rows_)
    ]
    return {identifiers.same(text): text for text in left}


def _usual(rows_: Sequence[Row]) -> float:
    """How many cells of a row are filled, by most of some rows."""
    return float(np.median([count for row in rows_ if (count := len(texts_of(row)))] or [0]))


def _people(sheet: Sheet, part: Part, reading: Reading) -> list[int]:
    """Columns that are nothing but names or numbers of people, and that the visitor has kept."""
    if not any(header.reason == "yours" for header in part.headers):
        return []
    proposed = _glance(sheet, replace(reading, columns=())).headers
    return [header.position for header in proposed if header.reason == "names"]


def _names_somebody(header: Header, grid: Grid) -> bool:
    """Whether the cells of a column are to be replaced as soon as the file is open."""
    # What looks like names or numbers by its cells alone stays outside the cohort, where the
    # visitor may fetch it.
    cells = grid.columns[header.position]
    if header.column == "patient_id":
        said = headers.recognise(header.text, header.position).column
        return said in IDENTIFIERS and not inference.calls_by_code(header.text, said, cells)
    if header.reason in ("yours", "names") or header.column in (ROW_NUMBER, identifiers.BIRTH):
        return False
    return headers.identifies(header)


def _glance(sheet: Sheet, reading: Reading, rows: int = _GLANCE) -> Part:
    """What the columns of a sheet mean, by its first rows."""
    sheet = replace(sheet, rows=sheet.rows[:rows])
    table = table_of(sheet)
    table = table if table in TABLES else "patients"
    row = reading.header_row if sheet.name == reading.sheet and reading.sheet else 0
    grid = cut(sheet, row, table)
    return Part(
        table, sheet.name, grid, inference.propose(grid.headers, grid.columns, reading, table)
    )


def _aged(
    given: tuple[Sheet, ...], reading: Reading
) -> tuple[tuple[Sheet, ...], list[Part | None]]:
    """Replace dates of birth by the age at the first procedure, which another sheet may tell."""
    sheets, parts = list(given), [_part(sheet, reading) for sheet in given]
    for index, (sheet, part) in enumerate(zip(given, parts, strict=True)):
        births = [h for h in part.headers if h.column == identifiers.BIRTH] if part else []
        if births:
            whole = _glance(sheet, reading, len(sheet.rows))
            others = (other for other in given if other is not sheet)
            ages = _ages(whole, births[0], others, reading)
            row, position = whole.grid.header_row, births[0].position
            sheets[index] = identifiers.aged(sheet, row, position, ages)
            parts[index] = _part(sheets[index], reading)
    return tuple(sheets), parts


def _ages(part: Part, birth: Header, others: Iterable[Sheet], reading: Reading) -> dict[int, float]:
    """The age by spreadsheet row, at what is, or may be, the date of the first procedure."""
    known = born(part.grid, [birth])
    if known.ages is not None or known.days is None:
        return {}
    start = _started(part)
    for other in others if start.isna().any() and part.identities() else ():
        start = start.fillna(_started_elsewhere(part, other, reading))
    found = age_at(start, known.days)
    return dict(zip(part.grid.rows.tolist(), found.tolist(), strict=True))


def born(grid: Grid, proposals: Sequence[Header]) -> Born:
    """Dates of birth, or the ages that took their place when the file was opened."""
    for header in proposals:
        if header.column == identifiers.BIRTH:
            cells = grid.columns[header.position]
            ages = np.array([*map(_age, cells.raw), np.nan])[cells.codes]
            if not np.isnan(ages).all():
                return Born(header.text, ages=ages)
            parsed = parse(cells, tables.BIRTH, "", True, {})
            return Born(header.text, pd.Series(tables.typed(tables.BIRTH, cells, parsed)))
    return Born()


def _age(cell: Any) -> float:
    return float(cell) if isinstance(cell, float) and cell <= _OLDEST else float("nan")


def _started(part: Part) -> pd.Series:
    """The date of the first procedure in each row, NaT where there is none."""
    dates = []
    for name in ("first_procedure_date", "procedure_date", "first_hai_date", "first_tace_date"):
        for header in part.headers:
            if header.column == name or _may_date(header, name):
                cells = part.grid.columns[header.position]
                parsed = parse(cells, tables.BIRTH, "", True, {})
                dates.append(pd.Series(tables.typed(tables.BIRTH, cells, parsed)))
    if not dates:
        return _no_dates(part)
    return pd.concat(dates, axis=1).bfill(axis=1).iloc[:, 0]


def _may_date(header: Header, name: str) -> bool:
    """Whether a column that the patients' table does not know may date the procedures."""
    if header.reason == "ask":
        return name in header.candidates
    procedures = headers.recognise(header.text, header.position, "procedures")
    return header.reason == "unknown" and procedures.column == name


def _no_dates(part: Part) -> pd.Series:
    return pd.Series(np.full(len(part.grid.rows), np.datetime64("NaT", "s")))


def _started_elsewhere(part: Part, sheet: Sheet, reading: Reading) -> pd.Series:
    """The first date of a procedure that another sheet has for the patient of each row."""
    try:
        other = _glance(sheet, reading, len(sheet.rows))
    except CohortError:
        return _no_dates(part)
    named, own, their, _overlap = shared(part, other)
    if not named:
        return _no_dates(part)
    firsts = _started(other).groupby(rows.texts(their.cells)).min().to_dict()
    days = [firsts.get(code, pd.NaT) if code else pd.NaT for code in rows.texts(own.cells)]
    return pd.Series(pd.to_datetime(pd.Series(days))).astype("datetime64[s]")
