"""From a file's bytes to a cohort: the steps in their order."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.cohort import WHOLE_ROW, Cohort, CohortError, Finding, Severity, Source, Values
from lib.ingest import (
    checks,
    endpoints,
    headers,
    one_row,
    rows,
    shapes,
    side_by_side,
    tables,
    visits,
)
from lib.ingest.arrangement import Arrangement
from lib.ingest.cells import text_of
from lib.ingest.derive import derive
from lib.ingest.grid import Grid
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.identity import Part, shared
from lib.ingest.opening import File, born, open_file
from lib.ingest.reader import Sheet
from lib.ingest.sentences import finding, sentence
from lib.ingest.sheets import table_of
from lib.ingest.tables import Frame
from lib.ingest.texts import remembering_texts
from lib.plan import LEFT_OUT, NO_HEADERS, MappedColumn, Reading
from lib.schema import ENDPOINTS, TABLES

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data" / "samples.toml"

_WHY: dict[headers.Reason, str] = {
    "ask": "asked",
    "content": "unfit",
    "unit": "bad-unit",
    "twice": "twice",
    "words": "words",
    "near": "near",
    "unknown": "unknown",
}


@remembering_texts
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


@remembering_texts
def read(file: File, reading: Reading | None = None) -> Cohort:
    """Read a cohort from an opened file; see `read_cohort`."""
    reading = reading or Reading()
    file = file.keeping(reading)
    arranged = shapes.arrange(file.memory, reading)
    part = arranged.patients
    if sum(map(bool, part.grid.headers)) == 1 and part.headers[0].reason == "unknown":
        raise CohortError(sentence("not-patients"), column=part.grid.headers[0])
    whole, proposed = part.grid, part.headers
    differing = list(rows.disagreements(part))
    one_row.one_row_a_patient(arranged, reading)
    part = arranged.patients
    treated = one_row.treated(arranged, reading)
    used = rows.name_patients(part, len(file.sheets) == 1, treated, reading)
    if not used.ids:
        raise CohortError(sentence("no-patient"))
    patients = tables.build(used.grid, _kept(part.headers), reading, "patients", part.sheet)
    patients.data.insert(0, "patient_id", pd.Series(used.ids, dtype="str"))
    further, found = _further(arranged, reading, used)
    linked = [finding("warning", "linked")] if file.linked else []
    about_rows = [*arranged.aside, *used.findings]
    told = [*about_rows, *differing, *_mapping(part.headers, part.sheet), *arranged.findings]
    findings = [*linked, *told, *found]
    patients.findings += checks.empty_placeholders(patients)
    patients.findings += checks.empty_decades_ahead(patients)
    findings += derive(patients, further, born(used.grid, part.headers), part.sheet, reading)
    findings += checks.empty_far_before(patients)
    findings += checks.consequences(patients, patients.findings)
    frames = {name: frame.data for name, frame in further.items()}
    findings += checks.check(patients, frames, part.sheet)
    aside = {
        (f.sheet, row)
        for f in (*about_rows, *arranged.findings)
        if WHOLE_ROW in f.sets_aside
        for row in f.rows
    }
    cohort = Cohort(
        patients=patients.data,
        tables=frames,
        extra=tuple(patients.extra),
        findings=tuple(findings),
        source=replace(
            _source(file, ", ".join(arranged.stacked) or whole.sheet, len(used.ids) + len(aside)),
            sheets=tuple((table, arranged.tables[table].sheet or whole.sheet) for table in frames),
        ),
        reading=complete(reading, whole, proposed, bool(arranged.stacked)),
        endpoints=(*ENDPOINTS.values(), *endpoints.further(patients.extra)),
    )
    cohort = visits.counted(cohort, arranged.findings)
    doubts = checks.against_time(cohort, patients, part.sheet)
    return replace(cohort, findings=(*cohort.findings, *doubts))


def _kept(proposals: Sequence[Header]) -> list[Header]:
    """The columns that may be kept: no identifiers, no row numbers, none that was left out."""
    return [header for header in proposals if not dropped(header)]


def dropped(header: Header) -> bool:
    """Whether a column is not kept."""
    if header.reason in ("names", "table", "same") or headers.identifies(header):
        return True
    return header.column in (ROW_NUMBER, LEFT_OUT)


def _mapping(proposals: Sequence[Header], sheet: str, table: str = "patients") -> Iterator[Finding]:
    """Say what became of each header that is not simply mapped."""
    for header in proposals:
        severity, code = _became(header, table) if header.text else ("note", "")
        meant = TABLES[table].get(header.column)
        values: Values = (
            ("candidates", headers.labels(header, table)),
            ("unit", header.unit),
            ("time", header.synonym),
            ("unfit", header.unfit),
        )
        if meant:
            values = (("meant", (meant.label,)),)
        if code:
            named = [each for each in values if f"{{{each[0]}}}" in sentence(code)]
            yield finding(severity, code, sheet, header.text, **dict[str, Any](named))
        if table == "patients" and headers.takes_months(header):
            yield finding("note", "months-taken", sheet, header.text)


def _became(header: Header, table: str) -> tuple[Severity, str]:
    """What became of a header, '' where it is simply mapped."""
    if header.column in TABLES[table]:
        itself = headers.recognise(header.text, header.position, table).column == header.column
        return "note", "" if itself else "read-as"
    if header.reason in ("yours", "table"):
        return "note", ""
    if header.column == ROW_NUMBER:
        return "note", "row-numbers"
    if dropped(header):
        return "note", {"names": "names", "same": "same"}.get(header.reason, "dropped")
    if header.reason == "unknown":
        return "note", "unknown" if table == "patients" else "left"
    silent = header.reason == "unit" and not header.unit
    return "warning", "reading-no-unit" if silent else _WHY.get(header.reason, "")


def _further(
    arranged: Arrangement, reading: Reading, used: rows.Rows
) -> tuple[dict[str, Frame], list[Finding]]:
    """Read the other tables, those rows whose patient is known."""
    found: list[Finding] = []
    frames: dict[str, Frame] = {}
    for table, part in arranged.tables.items():
        if part.who is None:
            found += _mapping(part.headers, part.sheet, table)
        known, codes, strangers = _patients_of(arranged, part, used)
        found += strangers
        if codes is None:
            continue
        keep = np.array([code in known for code in codes], bool)
        frame = tables.build(part.grid.take(keep), _kept(part.headers), reading, table, part.sheet)
        ids = [known[code] for code in codes if code in known]
        frame.data.insert(0, "patient_id", pd.Series(ids, dtype="str"))
        found += frame.findings
        frames[table] = frame
    return frames, found


def _patients_of(
    arranged: Arrangement, part: Part, used: rows.Rows
) -> tuple[dict[str, str], list[str] | None, list[Finding]]:
    """The patient that each code of a table means, the code of each row, and the rows of nobody."""
    if part.who is not None:  # rows of the patients' own sheet
        return used.known, rows.texts(part.who), []
    patients = arranged.whole or arranged.patients
    field, own, other, _overlap = shared(patients, part)
    key = patients.key()
    if not field or key is None:
        return {}, None, [finding("warning", "no-patient-code", part.sheet)]
    pairs = zip(rows.texts(own.cells), rows.texts(key), strict=True)
    known = {code: used.known[whose] for code, whose in pairs if code and whose in used.known}
    codes = rows.texts(other.cells)
    return known, codes, list(shapes.strangers(part, field, other, codes, known))


def _source(file: File, sheet: str, counted: int) -> Source:
    synthetic, note = _mark(file.sheets) or _sample(file.sha256) or (False, "")
    return Source(file.name, file.sha256, sheet, counted, synthetic, note)


def _mark(sheets: Sequence[Sheet]) -> tuple[bool, str] | None:
    """What the sheet ``source`` says about the file."""
    for sheet in sheets:
        if table_of(sheet) == "source":
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


def complete(
    reading: Reading, grid: Grid, proposals: Sequence[Header], together: bool = False
) -> Reading:
    """The reading with all that was proposed; a header that asks stays open."""
    # One that was chosen and waits for its unit stays chosen. `together` says that sheets with the
    # same headers are read as one.
    if together:
        reading = reading.decided(side_by_side.SHEETS, side_by_side.TOGETHER)
    chosen = tuple(
        MappedColumn(header.text, header.position, header.column, "patients", header.unit)
        for header in proposals
        if header.text and (header.reason == "yours" or header.column in TABLES["patients"])
    )
    waiting = {(header.text, header.position) for header in proposals if header.reason == "unit"}
    others = tuple(
        mapped
        for mapped in reading.columns
        if mapped.table != "patients" or (mapped.header, mapped.position) in waiting
    )
    row = grid.header_row or NO_HEADERS
    return replace(reading, sheet=grid.sheet, header_row=row, columns=chosen + others)
