"""From a file's bytes to a cohort: the steps in their order."""

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.cohort import Cohort, CohortError, Finding, Severity, Source
from lib.ingest import checks, headers, layout, rows, tables
from lib.ingest.derive import derive
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.layout import Grid
from lib.ingest.reader import Sheet, read_sheets
from lib.ingest.tables import Frame
from lib.ingest.values import parse, text_of
from lib.language import N_
from lib.plan import LEFT_OUT, MappedColumn, Reading
from lib.schema import IDENTIFIERS, TABLES

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data" / "samples.toml"

NO_PATIENT = N_("No row of patients can be used: every row under the headers is set aside")
NOT_PATIENTS = N_("The only column, '{column}', is not known; is this a table of patients?")
DROPPED = N_("names a person or a record; not kept")
ROW_NUMBERS = N_("row numbers; not kept")
ASKED = N_("may mean {candidates}; carried along until you say which")
UNFIT = N_("would be {candidates}, but its cells do not fit; carried along until you say")
BAD_UNIT = N_("would be {candidates}, but not in '{unit}'; carried along until you say")
TWICE = N_("means {candidates}, as another column does; carried along until you say which to use")
UNKNOWN = N_(
    "not known; carried along, and not used to filter or group until you say when it was known"
)
LEFT = N_("not known; left out")
UNKNOWN_PATIENT = N_("'{value}' is not among the patients; left out")
NO_PATIENT_CODE = N_("no column says which patient a row belongs to; the sheet is left out")
NOT_READ = N_("the sheet is not read")

_WHY: dict[headers.Reason, str] = {
    "ask": ASKED,
    "content": UNFIT,
    "unit": BAD_UNIT,
    "twice": TWICE,
    "unknown": UNKNOWN,
}


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
    return from_sheets(name, hashlib.sha256(data).hexdigest(), read_sheets(name, data), reading)


def from_sheets(
    name: str, sha256: str, sheets: Sequence[Sheet], reading: Reading | None = None
) -> Cohort:
    """Read a cohort from the sheets of a file; see `read_cohort`."""
    reading = reading or Reading()
    sheet = layout.patients_sheet(sheets, reading.sheet)
    shown = sheet.name if len(sheets) > 1 else ""
    grid = layout.cut(sheet, reading.header_row)
    proposals = headers.propose(grid.headers, grid.columns, reading)
    if sum(map(bool, grid.headers)) == 1 and proposals[0].reason == "unknown":
        raise CohortError(NOT_PATIENTS, column=grid.headers[0])
    used = rows.patient_rows(grid, proposals, len(sheets) == 1, shown)
    if not used.ids:
        raise CohortError(NO_PATIENT)
    patients = tables.build(used.grid, _kept(proposals), reading, "patients", shown)
    patients.data.insert(0, "patient_id", pd.Series(used.ids, dtype="str"))
    further, found = _further(sheets, sheet, reading, set(used.ids))
    findings = [*used.findings, *_mapping(proposals, shown), *found]
    findings += derive(patients, further, _born(used.grid, proposals), shown)
    findings += checks.consequences(patients, patients.findings)
    findings += checks.check(patients, {n: frame.data for n, frame in further.items()}, shown)
    return Cohort(
        patients=patients.data,
        tables={n: frame.data.drop(columns="row") for n, frame in further.items()},
        extra=tuple(patients.extra),
        findings=tuple(findings),
        source=_source(name, sha256, sheets, sheet, used.counted),
        reading=_complete(reading, sheet, grid, proposals),
    )


def _kept(proposals: Sequence[Header]) -> list[Header]:
    """The columns that may be kept: no identifiers, no row numbers, none that was left out."""
    return [header for header in proposals if not _dropped(header)]


def _dropped(header: Header) -> bool:
    if header.column in (*IDENTIFIERS, ROW_NUMBER, LEFT_OUT):
        return True
    return header.reason == "ask" and any(name in IDENTIFIERS for name in header.candidates)


def _mapping(proposals: Sequence[Header], sheet: str, table: str = "patients") -> Iterator[Finding]:
    """Say what became of each header that is not simply mapped."""
    for header in proposals:
        if not header.text or header.reason == "yours":
            continue
        if header.column == ROW_NUMBER:
            yield Finding("note", ROW_NUMBERS, header.text, sheet=sheet)
        elif _dropped(header):
            yield Finding("note", DROPPED, header.text, sheet=sheet)
        elif message := _WHY.get(header.reason, ""):
            named = ", ".join(header.candidates)
            values = (("candidates", named), ("unit", header.unit))
            severity: Severity = "note" if header.reason == "unknown" else "warning"
            if table != "patients":
                message = LEFT if severity == "note" else message
            yield Finding(severity, message, header.text, values=values, sheet=sheet)


def _born(grid: Grid, proposals: Sequence[Header]) -> pd.Series | None:
    """Dates of birth, for the age alone."""
    for header in proposals:
        if header.column == "birth_date_PII":
            cells = grid.columns[header.position]
            parsed = parse(cells, tables.BIRTH, "", True, {})
            return pd.Series(tables.typed(tables.BIRTH, cells, parsed))
    return None


def _further(
    sheets: Sequence[Sheet], patients: Sheet, reading: Reading, known: set[str]
) -> tuple[dict[str, Frame], list[Finding]]:
    """Read the sheets of the other tables, those rows whose patient is known."""
    found: list[Finding] = []
    frames: dict[str, Frame] = {}
    for sheet in sheets:
        table = layout.table_of(sheet)
        if sheet is patients or table == "source" or not any(map(any, sheet.rows)):
            continue
        if table not in TABLES or table == "patients" or table in frames:
            found.append(Finding("note", NOT_READ, sheet=sheet.name))
            continue
        try:
            frame = _table(sheet, table, reading, known, found)
        except CohortError as error:
            found.append(Finding("note", error.message, sheet=sheet.name))
            continue
        if frame:
            frames[table] = frame
    return frames, found


def _table(
    sheet: Sheet, table: str, reading: Reading, known: set[str], found: list[Finding]
) -> Frame | None:
    grid, blanks = rows.without_blanks(layout.cut(sheet, 0, table), sheet.name)
    proposals = headers.propose(grid.headers, grid.columns, reading, table)
    found += [*blanks, *_mapping(proposals, sheet.name, table)]
    code = next((header for header in proposals if header.column == "patient_id"), None)
    if code is None:
        found.append(Finding("warning", NO_PATIENT_CODE, sheet=sheet.name))
        return None
    ids = rows.texts(grid.columns[code.position])
    strangers = sorted(set(ids) - known)
    for stranger in strangers[: tables.MANY]:
        mask = np.array([each == stranger for each in ids], bool)
        where = tuple(grid.rows[mask].tolist())
        found.append(
            Finding("error", UNKNOWN_PATIENT, code.text, where, stranger, sheet=sheet.name)
        )
    keep = np.array([each in known for each in ids], bool)
    frame = tables.build(grid.take(keep), _kept(proposals), reading, table, sheet.name)
    ids = [each for each in ids if each in known]
    frame.data.insert(0, "patient_id", pd.Series(ids, dtype="str"))
    found += frame.findings
    return frame


def _source(name: str, sha256: str, sheets: Sequence[Sheet], sheet: Sheet, counted: int) -> Source:
    synthetic, note = _mark(sheets) or _sample(sha256) or (False, "")
    return Source(name, sha256, sheet.name, counted, synthetic, note)


def _mark(sheets: Sequence[Sheet]) -> tuple[bool, str] | None:
    """What the sheet ``source`` says about the file."""
    for sheet in sheets:
        if layout.table_of(sheet) == "source":
            said = {
                text_of(row[0]).casefold(): text_of(row[1]) for row in sheet.rows if len(row) > 1
            }
            return said.get("synthetic", "").casefold() in ("yes", "да", "true"), said.get(
                "note", ""
            )
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


def _complete(reading: Reading, sheet: Sheet, grid: Grid, proposals: Sequence[Header]) -> Reading:
    """The reading with all that was proposed; a header that asks stays open."""
    chosen = tuple(
        MappedColumn(header.text, header.position, header.column, "patients", header.unit)
        for header in proposals
        if header.text and (header.reason == "yours" or header.column in TABLES["patients"])
    )
    others = tuple(mapped for mapped in reading.columns if mapped.table != "patients")
    return replace(reading, sheet=sheet.name, header_row=grid.header_row, columns=chosen + others)
