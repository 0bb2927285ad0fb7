"""From a file's bytes to a cohort: the steps in their order."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import WHOLE_ROW, Cohort, CohortError, Finding, Severity, Source, Values
from lib.ingest import (
    arms,
    checks,
    endpoints,
    headers,
    identifiers,
    inference,
    labels,
    one_row,
    outcomes,
    personal,
    rows,
    shapes,
    side_by_side,
    stacked,
    tables,
    variables,
    workbook,
)
from lib.ingest.arrangement import Arrangement, Memory
from lib.ingest.cells import text_of
from lib.ingest.derive import age_at, derive
from lib.ingest.grid import Grid, cut
from lib.ingest.header_rows import texts_of
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.identity import Part, shared
from lib.ingest.placeholders import empty_placeholders
from lib.ingest.reader import Cell, Row, Sheet, read_sheets
from lib.ingest.sheets import refuse_prose, table_of
from lib.ingest.tables import Frame
from lib.ingest.totals import UNDER_HEADER, is_statistic, numbering
from lib.ingest.values import parse
from lib.language import N_
from lib.plan import LEFT_OUT, NO_HEADERS, MappedColumn, Reading
from lib.schema import ENDPOINTS, IDENTIFIERS, TABLES

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data" / "samples.toml"

LINKED = N_(
    "cells are computed from other workbooks, which are not opened; the values saved last are used"
)
NO_PATIENT = N_("No row of patients can be used: every row under the headers is set aside")
NOT_PATIENTS = N_("The only column, '{column}', is not known; is this a table of patients?")
DROPPED = N_("names a person or a record; not kept")
NAMES = N_("looks like names, numbers or addresses of people; not kept; see Map to keep it")
ROW_NUMBERS = N_("row numbers; not kept")
ASKED = N_("may mean {candidates}; carried along until you say which")
UNFIT = N_(
    "would be {candidates}, but cells such as {unfit} do not fit; carried along until you say"
)
BAD_UNIT = N_("would be {candidates}, but not in '{unit}'; carried along until you say")
NO_UNIT = N_("would be {candidates}, but in which unit it does not say; carried along until you do")
TWICE = N_("means {candidates}, as another column does; carried along until you say which to use")
WORDS = N_(
    "may say whether the event of '{time}' happened, in words that are not known; carried along"
    " until you say"
)
UNKNOWN = N_(
    "not known; carried along, and not used to filter or group until you say that it was known"
    " before the first procedure"
)
NEAR = N_("may be {candidates}, by some of its words; carried along until you say")
READ_AS = N_("read as {meant}, which its header does not surely say; see Map")
SAME = N_("says the same as another column that means {candidates}; not kept")
LEFT = N_("not known; left out")
NO_PATIENT_CODE = N_("no column says which patient a row belongs to; the sheet is left out")

_WHY: dict[headers.Reason, str] = {
    "ask": ASKED,
    "content": UNFIT,
    "unit": BAD_UNIT,
    "twice": TWICE,
    "words": WORDS,
    "near": NEAR,
    "unknown": UNKNOWN,
}
_LONGEST_LIFE = 120
_GLANCE = 2000
"""Rows by which it is told whether a column names people."""
_FULL = 0.9
"""Share of the usual cells of a row that a row of totals does not have."""


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
    memory : Memory
        What was made of the sheets so far.
    """

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]
    linked: bool = False
    memory: Memory = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin with nothing made of the sheets."""
        object.__setattr__(self, "memory", Memory(self.sheets))


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
    sheets = tuple(map(variables.titled, read_sheets(name, data)))
    sheets = labels.labelled(tuple(map(side_by_side.under_each_other, sheets)))
    if len(sheets) == 1:
        refuse_prose(sheets[0])
    sheets = _aged(_without_names(sheets), reading)
    codes = identifiers.Codes({})
    return File(
        identifiers.without_people(name),
        hashlib.sha256(data).hexdigest(),
        tuple(_recoded(sheet, reading, codes) for sheet in sheets),
        workbook.is_linked(data),
    )


def _without_names(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The sheets, people in their names replaced: a plan and every finding would keep them."""
    taken: set[str] = set()
    found = []
    for sheet in sheets:
        bare = name = identifiers.without_people(sheet.name)
        while name in taken:
            name = f"{bare} {len(taken) + 1}"
        taken.add(name)
        found.append(sheet if name == sheet.name else replace(sheet, name=name))
    return tuple(found)


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
    arranged = shapes.arrange(file.memory, reading)
    part = arranged.patients
    if sum(map(bool, part.grid.headers)) == 1 and part.headers[0].reason == "unknown":
        raise CohortError(NOT_PATIENTS, column=part.grid.headers[0])
    whole, proposed = part.grid, part.headers
    differing = list(rows.disagreements(part))
    one_row.one_row_a_patient(arranged, reading)
    part = arranged.patients
    treated = one_row.treated(arranged, reading)
    used = rows.name_patients(part, len(file.sheets) == 1, treated)
    if not used.ids:
        raise CohortError(NO_PATIENT)
    patients = tables.build(used.grid, _kept(part.headers), reading, "patients", part.sheet)
    patients.data.insert(0, "patient_id", pd.Series(used.ids, dtype="str"))
    further, found = _further(arranged, reading, used)
    linked = [Finding("warning", LINKED)] if file.linked else []
    about_rows = [*arranged.aside, *used.findings]
    told = [*about_rows, *differing, *_mapping(part.headers, part.sheet), *arranged.findings]
    findings = [*linked, *told, *found]
    patients.findings += empty_placeholders(patients)
    patients.findings += checks.empty_decades_ahead(patients)
    findings += derive(patients, further, *_born(used.grid, part.headers), part.sheet, reading)
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
    against_time = checks.responses_against_time(cohort, patients, part.sheet)
    against_time += outcomes.one_outcome_alone(cohort, patients, part.sheet)
    return replace(cohort, findings=(*cohort.findings, *against_time))


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
        severity, message = _became(header, table) if header.text else ("note", "")
        meant = TABLES[table].get(header.column)
        values: Values = (
            ("candidates", headers.labels(header, table)),
            ("unit", header.unit),
            ("time", header.synonym),
            ("unfit", header.unfit),
        )
        if meant:
            values = (("meant", (meant.label,)),)
        if message:
            named = tuple(each for each in values if f"{{{each[0]}}}" in message)
            yield Finding(severity, message, header.text, values=named, sheet=sheet)


def _became(header: Header, table: str) -> tuple[Severity, str]:
    """What became of a header, '' where it is simply mapped."""
    if header.column in TABLES[table]:
        return "note", "" if _by_itself(header, table) else READ_AS
    if header.reason in ("yours", "table"):
        return "note", ""
    if header.column == ROW_NUMBER:
        return "note", ROW_NUMBERS
    if dropped(header):
        return "note", {"names": NAMES, "same": SAME}.get(header.reason, DROPPED)
    if header.reason == "unknown":
        return "note", UNKNOWN if table == "patients" else LEFT
    silent = header.reason == "unit" and not header.unit
    return "warning", NO_UNIT if silent else _WHY.get(header.reason, "")


def _by_itself(header: Header, table: str) -> bool:
    """Whether a header says by itself which column it means."""
    return headers.recognise(header.text, header.position, table).column == header.column


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
        return {}, None, [Finding("warning", NO_PATIENT_CODE, sheet=part.sheet)]
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
    """The reading with all that was proposed; a header that asks stays open.

    One that was chosen and waits for its unit stays chosen. `together` says that sheets with the
    same headers are read as one.
    """
    if together:
        reading = reading.decided(stacked.SHEETS, stacked.TOGETHER)
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


# Opening a file ---------------------------------------------------------------------------------


def _recoded(sheet: Sheet, reading: Reading, codes: identifiers.Codes) -> Sheet:
    """Replace names, record numbers and contacts by running codes, and those in texts by a mark."""
    try:
        part = _glance(sheet, reading)
    except CohortError:
        return sheet
    grid = part.grid
    named = {h.position: h.text for h in part.headers if _names_somebody(h, grid)}
    some = [header.position for header in part.headers if header.column == "patient_id"]
    kept = [*named, *some, *(h.position for h in part.headers if _people(h, grid))]
    if named:
        sheet = _coded(sheet, part, named, codes)
    if some:
        which = identifiers.names_somebody
        sheet = identifiers.recoded(sheet, grid.header_row, some, codes, which)
    return identifiers.scrubbed(sheet, grid.header_row, kept)


def _coded(sheet: Sheet, part: Part, named: dict[int, str], codes: identifiers.Codes) -> Sheet:
    """Replace the cells under some headers, but for what stands among names and is none."""
    row = part.grid.header_row
    for position, header in named.items():
        codes.known |= _no_names(sheet, row, position, header)
    changed = list(identifiers.recoded(sheet, row, list(named), codes).rows)
    under = slice(row, row + UNDER_HEADER)
    changed[under] = [
        before if numbering(before, len(part.headers)) else after
        for before, after in zip(sheet.rows[under], changed[under], strict=True)
    ]
    return replace(sheet, rows=changed)


def _no_names(sheet: Sheet, after: int, position: int, header: str) -> dict[str, Cell]:
    """What stands among names and is none: totals, headings, and the header once more.

    A word of statistics in a row as full as the others is a name: somebody may be called Max.
    """
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


def _people(header: Header, grid: Grid) -> bool:
    """Whether a column is nothing but names or numbers of people, which the visitor may keep."""
    cells = grid.columns[header.position]
    return header.reason == "names" or personal.holds_people(cells, bool(header.column))


def _names_somebody(header: Header, grid: Grid) -> bool:
    """Whether the cells of a column are to be replaced as soon as the file is open.

    What looks like names or numbers by its cells alone stays outside the cohort, where the visitor
    may fetch it; the patients' own code is replaced whatever has been said.
    """
    cells = grid.columns[header.position]
    if header.column == "patient_id":
        said = headers.recognise(header.text, header.position).column
        named = said in IDENTIFIERS and not inference.calls_by_code(header.text, said, cells)
        return named or personal.looks_like_people(cells)
    if header.reason in ("yours", "names") or header.column in (ROW_NUMBER, identifiers.BIRTH):
        return False
    return _identifies(header)


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


def _aged(sheets: tuple[Sheet, ...], reading: Reading) -> tuple[Sheet, ...]:
    """Replace dates of birth by the age at the first procedure, which another sheet may tell."""
    given = sheets
    for index, sheet in enumerate(given):
        try:
            part = _glance(sheet, reading)
        except CohortError:
            continue
        births = [header for header in part.headers if header.column == identifiers.BIRTH]
        if births:
            part = _glance(sheet, reading, len(sheet.rows))
            others = (other for other in given if other is not sheet)
            ages = _ages(part, births[0], others, reading)
            sheet = identifiers.aged(sheet, part.grid.header_row, births[0].position, ages)
            sheets = (*sheets[:index], sheet, *sheets[index + 1 :])
    return sheets


def _ages(part: Part, birth: Header, others: Iterable[Sheet], reading: Reading) -> dict[int, float]:
    """The age by spreadsheet row, at what is, or may be, the date of the first procedure."""
    born, ages = _born(part.grid, [birth])
    if ages is not None or born is None:
        return {}
    start = _started(part)
    for other in others if start.isna().any() and part.identities() else ():
        start = start.fillna(_started_elsewhere(part, other, reading))
    found = age_at(start, born)
    return dict(zip(part.grid.rows.tolist(), found.tolist(), strict=True))


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
