"""The shapes that a file can have, brought to one: one row a patient, and further tables beside it.

The patients may be spread over several sheets that share a patient code, and a sheet may have one
row a procedure or a visit. Each sheet becomes a part: a grid, the table it is, and its mapping.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from lib.cohort import WHOLE_ROW, CohortError, Finding, Values
from lib.ingest import adam, headers, layout
from lib.ingest.headers import Header
from lib.ingest.layout import Grid, Part
from lib.ingest.reader import Sheet
from lib.ingest.rows import texts, without_blanks
from lib.ingest.values import Cells, normal
from lib.language import N_
from lib.plan import Reading
from lib.schema import IDENTIFIERS, TABLES

JOINED = N_(
    "its columns are joined to the patients by '{column}' (patients with a row in it: {count})"
)
NOT_READ = N_("the sheet is not read: nothing in it names the patients of the other sheet")
EVENTS = N_("rows for each event of a record ({rows}) are joined to one for each patient ({count})")
ONE_ROW_EACH = N_("rows for each {what} ({rows}) are joined to one for each patient ({count})")
DIFFERS = N_("differs between the rows of a patient; the {which} is used (patients: {count})")
AS_ABOVE = N_("no patient code; taken for a further row of the patient above")
NO_CODE = N_("no patient code among rows of procedures or visits; set aside")
PROCEDURE, VISIT = N_("procedure"), N_("visit")
FIRST, LAST = N_("first"), N_("last")

_DATED = {"procedures": "procedure_date", "assessments": "assessment_date"}
_KEYS = {
    "procedures": ("procedure_date",),
    "assessments": ("assessment_date",),
    "lesions": ("lesion_id", "diameter_mm"),
    "adverse_events": ("term", "date"),
}
_REDCAP = tuple(
    f"{export}{name}"
    for export in ("redcap ", "")
    for name in ("event name", "repeat instrument", "repeat instance")
)
"""Columns of a REDCap export, which has a row for each event of a record."""
_OVERLAP = 0.5
_STANDS_ONCE = 0.3
"""Share of rows without a code from which it is taken to stand in a patient's first row only."""


@dataclass(slots=True)
class Arrangement:
    """The parts of a file.

    Attributes
    ----------
    patients : Part
    tables : dict of str to Part
    ids : list of str or None
        The patient of each row of `patients`, where rows were joined to patients.
    findings : list of Finding
    """

    patients: Part
    tables: dict[str, Part] = field(default_factory=dict)
    ids: list[str] | None = None
    findings: list[Finding] = field(default_factory=list)


def arrange(sheets: Sequence[Sheet], reading: Reading) -> Arrangement:
    """Find the patients and the further tables of a file.

    Raises
    ------
    CohortError
        If no sheet has a header with something under it.
    """
    sheets, told = adam.rewritten(sheets)
    main = layout.patients_sheet(sheets, reading.sheet)
    shown = main.name if len(sheets) > 1 else ""
    grid = layout.cut(main, reading.header_row)
    known = {mapped.header for mapped in reading.columns if mapped.table == "patients"}
    if reading.header_row and known and not known & set(grid.headers):
        grid = layout.cut(main)  # the reading of another file, whose header stood elsewhere
    part = Part("patients", shown, grid, headers.propose(grid.headers, grid.columns, reading))
    found = Arrangement(part, findings=told)
    for sheet in sheets:
        if sheet is not main and layout.table_of(sheet) != "source" and any(map(any, sheet.rows)):
            _add(found, sheet, reading)
    return found


def _add(found: Arrangement, sheet: Sheet, reading: Reading) -> None:
    """Take a further sheet for a table, or join its columns to the patients."""
    table = layout.table_of(sheet)
    try:
        if table in TABLES and table != "patients":
            found.tables.setdefault(table, _part(sheet, table, reading, found.findings))
            return
        part = _part(sheet, "patients", reading, found.findings)
    except CohortError as error:
        found.findings.append(Finding("note", error.message, sheet=sheet.name))
        return
    if not _shares_patients(found.patients, part):
        found.findings.append(Finding("note", NOT_READ, sheet=sheet.name))
        return
    key = part.key()
    assert key is not None
    if int(key.counts().max()) == 1:
        found.patients = _joined(found, part, reading)
        return
    table = _likely_table(part.grid)
    if table and table not in found.tables:
        found.tables[table] = _part(sheet, table, reading, found.findings)
    else:
        found.findings.append(Finding("note", NOT_READ, sheet=sheet.name))


def _part(sheet: Sheet, table: str, reading: Reading, findings: list[Finding]) -> Part:
    grid, blank = without_blanks(layout.cut(sheet, 0, table), sheet.name)
    findings += blank
    proposed = headers.propose(grid.headers, grid.columns, reading, table)
    return Part(table, sheet.name, grid, proposed)


def _shares_patients(patients: Part, part: Part) -> bool:
    one, other = patients.key(), part.key()
    if one is None or other is None or not other.texts:
        return False
    return len(set(one.texts) & set(other.texts)) >= _OVERLAP * len(other.texts)


def _likely_table(grid: Grid) -> str:
    """The table whose own columns a sheet has, '' if none."""
    best, most = "", 0
    for table, keys in _KEYS.items():
        known = [headers.recognise(text, 0, table).column for text in grid.headers]
        count = len({name for name in known if name})
        if any(key in known for key in keys) and count > most:
            best, most = table, count
    return best


def _joined(found: Arrangement, part: Part, reading: Reading) -> Part:
    """Put the columns of a sheet with one row a patient beside those of the patients."""
    patients, key = found.patients, part.key()
    own = patients.key()
    assert key is not None and own is not None
    place = {code: row for row, code in enumerate(texts(key)) if code}
    where = np.array([place.get(code, -1) for code in texts(own)], np.int64)
    named = {h.position for h in part.headers if h.column in ("patient_id", *IDENTIFIERS)}
    new = [position for position in range(len(part.grid.headers)) if position not in named]
    columns = [replace_codes(part.grid.columns[position], where) for position in new]
    grid = replace(
        patients.grid,
        headers=[*patients.grid.headers, *(part.grid.headers[position] for position in new)],
        columns=[*patients.grid.columns, *columns],
    )
    title = next(h.text for h in part.headers if part.grid.columns[h.position] is key)
    count = (("column", title), ("count", int((where >= 0).sum())))
    found.findings.append(Finding("note", JOINED, values=count, sheet=part.sheet))
    return replace(
        patients, grid=grid, headers=headers.propose(grid.headers, grid.columns, reading)
    )


def replace_codes(cells: Cells, where: npt.NDArray[np.int64]) -> Cells:
    """Bring a column into the order of other rows; -1 in `where` leaves a row blank."""
    codes = np.append(cells.codes, -1)[where]
    return replace(cells, codes=codes)


# One row a procedure or a visit ---------------------------------------------------------------


def one_row_a_patient(found: Arrangement, reading: Reading) -> None:
    """Where a patient has several rows with different dates, make them a table of their own."""
    key = found.patients.key()
    if key is None or not key.texts:
        return
    blank = float((key.codes < 0).mean())
    down = _filled_down(key) if blank >= _STANDS_ONCE else key
    for table, date in _DATED.items():
        position = _dated(found.patients, down, table, date)
        if position is not None and table not in found.tables:
            _tell_filled(found, key, down)
            _split(found, down, table, position, reading)
            return
    part = found.patients
    events = {header.position for header in part.headers if normal(header.text) in _REDCAP}
    if events and key.counts().max() > 1:
        kept = [replace(h, reason="table") if h.position in events else h for h in part.headers]
        found.patients = replace(part, headers=kept)
        _tell_filled(found, key, key)
        _join_rows(found, key, events, EVENTS)


def _filled_down(key: Cells) -> Cells:
    """A code that stands only in the first row of a patient, in each of the rows."""
    places = np.where(key.codes >= 0, np.arange(len(key.codes)), 0)
    return replace(key, codes=key.codes[np.maximum.accumulate(places)])


def _tell_filled(found: Arrangement, key: Cells, down: Cells) -> None:
    """Put the codes that were filled in into the grid, and say in which rows."""
    part = found.patients
    for mask, finding in (
        ((key.codes < 0) & (down.codes >= 0), Finding("warning", AS_ABOVE)),
        (down.codes < 0, Finding("error", NO_CODE, sets_aside=(WHOLE_ROW,))),
    ):
        if mask.any():
            rows = tuple(part.grid.rows[mask].tolist())
            found.findings.append(replace(finding, rows=rows, sheet=part.sheet))
    columns = [down if cells is key else cells for cells in part.grid.columns]
    found.patients = replace(part, grid=replace(part.grid, columns=columns))


def _dated(part: Part, key: Cells, table: str, date: str) -> int | None:
    """The column of dates that tells the rows of a patient apart."""
    wanted = {
        h.position
        for h in part.headers
        if table == "procedures" and h.column == "first_procedure_date"
    }
    for header in part.headers:
        if headers.recognise(header.text, 0, table).column == date:
            wanted.add(header.position)
    for position in sorted(wanted):
        cells = part.grid.columns[position]
        pairs = np.unique(np.column_stack([key.codes, cells.codes]), axis=0)
        pairs = pairs[(pairs >= 0).all(axis=1)]
        different = np.bincount(pairs[:, 0], minlength=len(key.texts))
        several = key.counts() > 1
        if several.any() and (different[several] > 1).mean() >= _OVERLAP:
            return position
    return None


def _split(found: Arrangement, key: Cells, table: str, position: int, reading: Reading) -> None:
    """Use the rows as a table, and join those of one patient to one row."""
    part = found.patients
    proposed = headers.propose(part.grid.headers, part.grid.columns, reading, table)
    proposed[position] = replace(proposed[position], column=_DATED[table], reason="synonym")
    proposed = [_keyed(header, part.headers[header.position]) for header in proposed]
    found.tables[table] = Part(table, part.sheet, part.grid, proposed)
    owned = {header.position for header in proposed if header.column in TABLES[table]}
    what = PROCEDURE if table == "procedures" else VISIT
    _join_rows(found, key, owned, ONE_ROW_EACH, ("what", what))


def _join_rows(
    found: Arrangement, key: Cells, owned: set[int], message: str, *said: tuple[str, str]
) -> None:
    """Join the rows of each patient to one.

    Columns that are `owned` by a table, or that only tell the rows apart, may differ and are not
    kept then.
    """
    part = found.patients
    known = key.codes >= 0
    order, first = np.unique(key.codes[known], return_index=True)
    rows = np.flatnonzero(known)[first]
    order, rows = order[np.argsort(rows)], np.sort(rows)
    columns, findings, proposals = [], [], list(part.headers)
    for header in part.headers:
        cells, differing, which = _one_each(part, header, key, order)
        if differing and header.position in owned and header.column != "patient_id":
            proposals[header.position] = replace(header, column="", reason="table")
        elif differing and header.column not in IDENTIFIERS:
            values = (("count", differing), ("which", which))
            findings.append(
                Finding("warning", DIFFERS, header.text, values=values, sheet=part.sheet)
            )
        columns.append(cells)
    grid = replace(
        part.grid, columns=columns, rows=part.grid.rows[rows], wider=part.grid.wider[rows]
    )
    counts: Values = (("rows", int(known.sum())), *said, ("count", len(order)))
    found.findings += [Finding("note", message, values=counts, sheet=part.sheet), *findings]
    found.patients = replace(part, grid=grid, headers=proposals)


def _keyed(header: Header, patient: Header) -> Header:
    """Name the patients of a table by the same column as the patients' own."""
    if patient.column in ("patient_id", *IDENTIFIERS):
        return replace(header, column=patient.column, reason=patient.reason)
    return header


def _one_each(
    part: Part, header: Header, key: Cells, order: npt.NDArray[np.int64]
) -> tuple[Cells, int, str]:
    """One cell for each patient, for how many the rows differ, and which cell it is."""
    cells = part.grid.columns[header.position]
    filled = (cells.codes >= 0) & (key.codes >= 0)
    who, what = key.codes[filled], cells.codes[filled]
    pairs = np.unique(np.column_stack([who, what]), axis=0) if len(who) else np.empty((0, 2), int)
    differing = int((np.bincount(pairs[:, 0].astype(np.int64)) > 1).sum()) if len(pairs) else 0
    column = headers.meaning(header, "patients")
    first = column is None or column.baseline or column.kind == "text"
    chosen = np.full(len(key.texts) + 1, -1)
    if first:
        who, what = who[::-1], what[::-1]
    chosen[who] = what  # of several, the last assignment stays
    return replace(cells, codes=chosen[order]), differing, FIRST if first else LAST
