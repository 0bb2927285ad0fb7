"""From a file's bytes to a cohort: the steps in their order."""

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import WHOLE_ROW, Cohort, CohortError, Finding, Severity, Source, Values
from lib.ingest import checks, endpoints, headers, identifiers, layout, rows, shapes, tables
from lib.ingest.derive import age_at, derive
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.layout import Grid, Part
from lib.ingest.reader import Sheet, is_linked, read_sheets
from lib.ingest.shapes import Arrangement
from lib.ingest.tables import Frame
from lib.ingest.values import parse, text_of
from lib.language import N_
from lib.plan import LEFT_OUT, MappedColumn, Reading
from lib.schema import ENDPOINTS, IDENTIFIERS, TABLES

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data" / "samples.toml"

LINKED = N_(
    "cells are computed from other workbooks, which are not opened; the values saved last are used"
)
NO_PATIENT = N_("No row of patients can be used: every row under the headers is set aside")
NOT_PATIENTS = N_("The only column, '{column}', is not known; is this a table of patients?")
DROPPED = N_("names a person or a record; not kept")
NAMES = N_("looks like names or numbers of people; not kept unless you say that it is neither")
ROW_NUMBERS = N_("row numbers; not kept")
ASKED = N_("may mean {candidates}; carried along until you say which")
UNFIT = N_("would be {candidates}, but its cells do not fit; carried along until you say")
BAD_UNIT = N_("would be {candidates}, but not in '{unit}'; carried along until you say")
NO_UNIT = N_("would be {candidates}, but in which unit it does not say; carried along until you do")
TWICE = N_("means {candidates}, as another column does; carried along until you say which to use")
UNKNOWN = N_(
    "not known; carried along, and not used to filter or group until you say that it was known"
    " before the first procedure"
)
SAME = N_("says the same as another column that means {candidates}; not kept")
LEFT = N_("not known; left out")
UNKNOWN_PATIENT = N_("'{value}' is not among the patients; left out")
NO_PATIENT_CODE = N_("no column says which patient a row belongs to; the sheet is left out")

_WHY: dict[headers.Reason, str] = {
    "ask": ASKED,
    "content": UNFIT,
    "unit": BAD_UNIT,
    "twice": TWICE,
    "unknown": UNKNOWN,
}
_LONGEST_LIFE = 120
_GLANCE = 2000
"""Rows by which it is told whether a column names people."""


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A file after reading its bytes: what may be kept while the visitor maps its columns.

    Names and record numbers are replaced by running codes, and dates of birth by ages.

    Attributes
    ----------
    name, sha256 : str
        File name, and digest of the bytes.
    sheets : tuple of Sheet
    linked : bool
        Whether some cells are computed from other workbooks.
    """

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]
    linked: bool = False


def open_file(name: str, data: bytes, reading: Reading | None = None) -> File:
    """Read the sheets of a file, and replace what names a person.

    Parameters
    ----------
    name : str
        The file's name.
    data : bytes
        A workbook, or delimited text in any usual encoding.
    reading : Reading, optional
        Headers that the visitor has mapped are no identifiers.

    Raises
    ------
    CohortError
        If the bytes are no spreadsheet, or a text that is no table.
    """
    reading = reading or Reading()
    sheets = read_sheets(name, data)
    if len(sheets) == 1:
        layout.refuse_prose(sheets[0])
    sheets = _aged(sheets, reading)
    codes = identifiers.Codes({})
    return File(
        name,
        hashlib.sha256(data).hexdigest(),
        tuple(_recoded(sheet, reading, codes) for sheet in sheets),
        is_linked(data),
    )


def read_cohort(name: str, data: bytes, reading: Reading | None = None) -> Cohort:
    """Read a spreadsheet into a cohort.

    Parameters
    ----------
    name : str
        The file's name.
    data : bytes
        A workbook, or delimited text in any usual encoding.
    reading : Reading, optional
        What the visitor has decided; whatever it leaves open is proposed.

    Returns
    -------
    Cohort
        With everything that was read otherwise than it stands in `findings`, and in `reading`
        the complete reading, which gives the same cohort again.

    Raises
    ------
    CohortError
        If no row of patients can be read.
    """
    return read(open_file(name, data, reading), reading)


def read(file: File, reading: Reading | None = None) -> Cohort:
    """Read a cohort from an opened file; see `read_cohort`."""
    reading = reading or Reading()
    arranged = shapes.arrange(file.sheets, reading)
    part = arranged.patients
    if sum(map(bool, part.grid.headers)) == 1 and part.headers[0].reason == "unknown":
        raise CohortError(NOT_PATIENTS, column=part.grid.headers[0])
    whole, proposed = part.grid, part.headers
    usable = rows.usable_rows(whole, part.headers, part.sheet)
    arranged.patients = replace(part, grid=usable.grid)
    shapes.one_row_a_patient(arranged, reading)
    part = arranged.patients
    alone = len(file.sheets) == 1
    used = rows.name_patients(usable, part, alone, reading.repeated)
    if not used.ids:
        raise CohortError(NO_PATIENT)
    patients = tables.build(used.grid, _kept(part.headers), reading, "patients", part.sheet)
    patients.data.insert(0, "patient_id", pd.Series(used.ids, dtype="str"))
    further, found = _further(arranged, reading, _codes(part, used))
    linked = [Finding("warning", LINKED)] if file.linked else []
    told = [*used.findings, *_mapping(part.headers, part.sheet), *arranged.findings]
    findings = [*linked, *told, *found]
    findings += derive(patients, further, *_born(used.grid, part.headers), part.sheet)
    findings += checks.consequences(patients, patients.findings)
    frames = {name: frame.data for name, frame in further.items()}
    findings += checks.check(patients, frames, part.sheet)
    aside = {
        row
        for f in (*used.findings, *arranged.findings)
        if WHOLE_ROW in f.sets_aside
        for row in f.rows
    }
    return Cohort(
        patients=patients.data,
        tables=frames,
        extra=tuple(patients.extra),
        findings=tuple(findings),
        source=replace(
            _source(file, whole.sheet, len(used.ids) + len(aside)),
            sheets=tuple((table, arranged.tables[table].sheet or whole.sheet) for table in frames),
        ),
        reading=complete(reading, whole, proposed),
        endpoints=(*ENDPOINTS.values(), *endpoints.further(patients.extra)),
    )


def _kept(proposals: Sequence[Header]) -> list[Header]:
    """The columns that may be kept: no identifiers, no row numbers, none that was left out."""
    return [header for header in proposals if not dropped(header)]


def dropped(header: Header) -> bool:
    """Whether a column is not kept."""
    if header.reason in ("names", "table", "same") or _identifies(header):
        return True
    return header.column in (ROW_NUMBER, LEFT_OUT)


def _identifies(header: Header) -> bool:
    """Whether a header says, or may say, that its cells name a person or a record."""
    if header.reason == "identifier" or header.column in IDENTIFIERS:
        return True
    return header.reason == "ask" and any(name in IDENTIFIERS for name in header.candidates)


def _mapping(proposals: Sequence[Header], sheet: str, table: str = "patients") -> Iterator[Finding]:
    """Say what became of each header that is not simply mapped."""
    for header in proposals:
        if not header.text or header.reason in ("yours", "table"):
            continue
        severity: Severity = "note"
        if header.column == ROW_NUMBER:
            message = ROW_NUMBERS
        elif dropped(header):
            message = {"names": NAMES, "same": SAME}.get(header.reason, DROPPED)
        elif header.reason == "unknown":
            message = UNKNOWN if table == "patients" else LEFT
        else:
            severity, message = "warning", _WHY.get(header.reason, "")
            if message == BAD_UNIT and not header.unit:
                message = NO_UNIT
        named = headers.labels(header, table)
        values: Values = (("candidates", named), ("unit", header.unit))
        if message:
            yield Finding(severity, message, header.text, values=values, sheet=sheet)


def _born(
    grid: Grid, proposals: Sequence[Header]
) -> tuple[pd.Series | None, npt.NDArray[np.float64] | None]:
    """Dates of birth, or the ages that took their place when the file was opened."""
    for header in proposals:
        if header.column == identifiers.BIRTH:
            cells = grid.columns[header.position]
            ages = np.array([*map(_age, cells.raw), np.nan])[cells.codes]
            if not np.isnan(ages).all():
                return None, ages
            parsed = parse(cells, tables.BIRTH, "", True, {})
            return pd.Series(tables.typed(tables.BIRTH, cells, parsed)), None
    return None, None


def _age(cell: Any) -> float:
    return float(cell) if isinstance(cell, float) and cell <= _LONGEST_LIFE else float("nan")


def _codes(part: Part, used: rows.Rows) -> dict[str, str]:
    """The patient that each code of the patients' sheet means, as other sheets write it."""
    cells = replace(part, grid=used.grid).key()
    codes = rows.texts(cells) if cells else used.ids
    return {**dict(zip(codes, used.ids, strict=True)), **{code: code for code in used.ids}}


def _further(
    arranged: Arrangement, reading: Reading, known: dict[str, str]
) -> tuple[dict[str, Frame], list[Finding]]:
    """Read the other tables, those rows whose patient is known."""
    found: list[Finding] = []
    frames: dict[str, Frame] = {}
    for table, part in arranged.tables.items():
        if part.grid is not arranged.patients.grid and part.sheet != arranged.patients.sheet:
            found += _mapping(part.headers, part.sheet, table)
        key = part.key()
        if key is None:
            found.append(Finding("warning", NO_PATIENT_CODE, sheet=part.sheet))
            continue
        codes = rows.texts(key)
        found += _strangers(part, codes, known)
        keep = np.array([code in known for code in codes], bool)
        frame = tables.build(part.grid.take(keep), _kept(part.headers), reading, table, part.sheet)
        ids = [known[code] for code in codes if code in known]
        frame.data.insert(0, "patient_id", pd.Series(ids, dtype="str"))
        found += frame.findings
        frames[table] = frame
    return frames, found


def _strangers(part: Part, codes: Sequence[str], known: dict[str, str]) -> Iterator[Finding]:
    """Say which rows of a table belong to nobody; no more codes than a reader can look through."""
    where: dict[str, list[int]] = {}
    for code, row in zip(codes, part.grid.rows.tolist(), strict=True):
        if code not in known:
            where.setdefault(code if len(where) < tables.MANY else "…", []).append(row)
    for code, places in where.items():
        yield Finding("error", UNKNOWN_PATIENT, "patient_id", tuple(places), code, sheet=part.sheet)


def _source(file: File, sheet: str, counted: int) -> Source:
    synthetic, note = _mark(file.sheets) or _sample(file.sha256) or (False, "")
    return Source(file.name, file.sha256, sheet, counted, synthetic, note)


def _mark(sheets: Sequence[Sheet]) -> tuple[bool, str] | None:
    """What the sheet ``source`` says about the file."""
    for sheet in sheets:
        if layout.table_of(sheet) == "source":
            pairs = [row for row in sheet.rows if len(row) > 1]
            said = {text_of(row[0]).casefold(): text_of(row[1]) for row in pairs}
            synthetic = said.get("synthetic", "").casefold() in ("yes", "да", "true")
            return synthetic, said.get("note", "")
    return None


def _sample(sha256: str) -> tuple[bool, str] | None:
    """What the list of samples says about a file with this digest."""
    if not SAMPLES.is_file():
        return None
    listed: dict[str, Any] = tomllib.loads(SAMPLES.read_text(encoding="utf-8"))
    for sample in listed.values():
        if isinstance(sample, dict) and sample.get("sha256") == sha256:
            return bool(sample.get("synthetic")), str(sample.get("note", ""))
    return None


def complete(reading: Reading, grid: Grid, proposals: Sequence[Header]) -> Reading:
    """The reading with all that was proposed; a header that asks stays open."""
    chosen = tuple(
        MappedColumn(header.text, header.position, header.column, "patients", header.unit)
        for header in proposals
        if header.text and (header.reason == "yours" or header.column in TABLES["patients"])
    )
    others = tuple(mapped for mapped in reading.columns if mapped.table != "patients")
    return replace(reading, sheet=grid.sheet, header_row=grid.header_row, columns=chosen + others)


# Opening a file ---------------------------------------------------------------------------------


def _recoded(sheet: Sheet, reading: Reading, codes: identifiers.Codes) -> Sheet:
    """Replace names, record numbers and contacts of a sheet by running codes."""
    try:
        grid, proposals = _glance(sheet, reading)
    except CohortError:
        return sheet
    positions = [header.position for header in proposals if _names_somebody(header, grid)]
    return identifiers.recoded(sheet, grid.header_row, positions, codes) if positions else sheet


def _names_somebody(header: Header, grid: Grid) -> bool:
    """Whether the cells of a column are to be replaced as soon as the file is open.

    What only looks like names stays until the visitor has said what it is, outside the cohort; the
    patients' own code is replaced whatever has been said.
    """
    cells = grid.columns[header.position]
    if header.column == "patient_id":
        return identifiers.looks_like_names(cells)
    if header.reason == "yours" or header.column in (ROW_NUMBER, identifiers.BIRTH):
        return False
    if header.reason == "names":
        return identifiers.looks_like_contacts(cells)
    return _identifies(header)


def _glance(sheet: Sheet, reading: Reading, rows: int = _GLANCE) -> tuple[Grid, list[Header]]:
    """What the columns of a sheet mean, by its first rows."""
    sheet = replace(sheet, rows=sheet.rows[:rows])
    table = layout.table_of(sheet)
    table = table if table in TABLES else "patients"
    row = reading.header_row if sheet.name == reading.sheet and reading.sheet else 0
    grid = layout.cut(sheet, row, table)
    return grid, headers.propose(grid.headers, grid.columns, reading, table)


def _aged(sheets: tuple[Sheet, ...], reading: Reading) -> tuple[Sheet, ...]:
    """Replace dates of birth by the age at the first procedure."""
    for index, sheet in enumerate(sheets):
        try:
            grid, proposals = _glance(sheet, reading)
        except CohortError:
            continue
        births = [header for header in proposals if header.column == identifiers.BIRTH]
        if births:
            grid, proposals = _glance(sheet, reading, len(sheet.rows))
            ages = _ages(grid, births[0], proposals)
            sheet = identifiers.aged(sheet, grid.header_row, births[0].position, ages)
            sheets = (*sheets[:index], sheet, *sheets[index + 1 :])
    return sheets


def _ages(grid: Grid, birth: Header, proposals: Sequence[Header]) -> dict[int, float]:
    """The age by spreadsheet row, at what is, or may be, the date of the first procedure."""
    dates = []
    for name in ("first_procedure_date", "procedure_date", "first_hai_date", "first_tace_date"):
        for header in proposals:
            if header.column == name or (header.reason == "ask" and name in header.candidates):
                cells = grid.columns[header.position]
                parsed = parse(cells, tables.BIRTH, "", True, {})
                dates.append(pd.Series(tables.typed(tables.BIRTH, cells, parsed)))
    born, ages = _born(grid, [birth])
    if ages is not None or born is None or not dates:
        return {}
    start = pd.concat(dates, axis=1).bfill(axis=1).iloc[:, 0]
    found = age_at(start, born)
    return dict(zip(grid.rows.tolist(), found.tolist(), strict=True))
