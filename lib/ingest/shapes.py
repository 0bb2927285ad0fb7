"""The shapes that a file can have, brought to one: one row a patient, and further tables beside it.

The patients may be spread over several sheets that share a patient code, and a sheet may have one
row a procedure or a visit. Each sheet becomes a part: a grid, the table it is, and its mapping.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from lib.cohort import WHOLE_ROW, CohortError, Finding, Values
from lib.ingest import adam, headers, inference, marks
from lib.ingest.cells import Cells, normal
from lib.ingest.grid import Grid, cut
from lib.ingest.headers import Header
from lib.ingest.identity import OVERLAP, WHO, Identity, Part, shared, spelt_alike
from lib.ingest.reader import Sheet
from lib.ingest.rows import texts, usable_rows
from lib.ingest.sheets import patients_sheet, refuse_transposed, table_of
from lib.ingest.tables import MANY
from lib.language import N_
from lib.plan import Reading
from lib.schema import IDENTIFIERS, TABLES

JOINED = N_(
    "its columns are joined to the patients by '{column}' (patients with a row in it: {count})"
)
NOT_READ = N_("the sheet is not read: nothing in it names the patients of the other sheet")
RIVAL = N_(
    "the sheet is not read: it has the headers of the patients' sheet, but other patients; put its"
    " rows under those of the other sheet to study them together"
)
SECOND = N_("the sheet is not read: another sheet is read as {table} already")
HEADERLESS = N_(
    "no row holds headers: the columns are called by their letters, and known by their cells alone"
)
HIDDEN = N_("a hidden sheet; not read unless you choose it as the sheet of the patients")
STRAY = N_("cells far from the table are left out: {cells}")
SPELT = N_("codes typed otherwise than among the patients are taken for the same: {codes}")
STRANGERS = N_("not among the patients; left out (rows: {count})")
STRANGER = N_("'{value}' is not among the patients; left out")
CODELESS = N_("nothing in the row says whose it is; left out")
EVENTS = N_("rows for each event of a record ({rows}) are joined to one for each patient ({count})")
ONE_ROW_EACH = N_("rows for each {what} ({rows}) are joined to one for each patient ({count})")
DIFFERS = N_("differs between the rows of a patient; the {which} is used (patients: {count})")
ROWS_OF_ONE = N_("several rows of a patient ({rows}) are joined to one for each ({count})")
AS_ABOVE = N_("no patient code; taken for a further row of the patient above")
NO_CODE = N_("no patient code among rows of procedures, visits or events; set aside")
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
_DIFFERENT = 0.5
"""Share of the patients with several rows whose dates must differ for rows to be procedures."""
_SHOWN = 5
"""Codes that a finding names."""
_ALIKE = 0.8
"""Share of headers in common from which two sheets hold the same of different patients."""
_ALWAYS = 0.8
"""Share of the first rows of patients that say what the further ones do not."""
_COURSE = frozenset(("modality", "first_procedure_date", "drug", "embolic"))
"""Columns known beforehand that each row of a course may have."""
_STANDS_ONCE = 0.3
"""Share of rows without a code from which it is taken to stand in a patient's first row only."""


@dataclass(slots=True)
class Arrangement:
    """The parts of a file.

    Attributes
    ----------
    patients : Part
        Only the rows that are about a patient.
    tables : dict of str to Part
    aside : list of Finding
        The rows of the patients' sheet that are not.
    findings : list of Finding
    whole : Part or None
        The patients before their rows were joined to one each.
    told_once : bool
        Whether a patient's code stands in the first of several rows, or is merged over them.
    marked : dict
        By its mark, rows of the patients' sheet that the visitor may leave out.
    """

    patients: Part
    tables: dict[str, Part] = field(default_factory=dict)
    aside: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    whole: Part | None = None
    told_once: bool = False
    marked: dict[str, tuple[int, ...]] = field(default_factory=dict)


def arrange(sheets: Sequence[Sheet], reading: Reading) -> Arrangement:
    """Find the patients and the further tables of a file.

    Raises
    ------
    CohortError
        If no sheet has a header with something under it.
    """
    long = {sheet.name for sheet in sheets if adam.is_long(sheet)}
    sheets, told = adam.rewritten(sheets)
    left = {sheet.name for sheet in sheets}
    chosen = "" if reading.sheet in long - left else reading.sheet  # its rows are the patients' now
    main = patients_sheet(sheets, chosen)
    refuse_transposed(main)
    shown = main.name if len(sheets) > 1 else ""
    grid = cut(main, reading.header_row)
    known = {mapped.header for mapped in reading.columns if mapped.table == "patients"}
    if reading.header_row and known and not known & set(grid.headers):
        grid = cut(main)  # the reading of another file, whose header stood elsewhere
    marked = marks.follow(grid, main, reading, shown)
    part, aside = _usable(marked.grid, reading, "patients", shown)
    found = Arrangement(
        part,
        aside=[*marked.aside, *aside],
        findings=[*told, *_stray(main, shown), *marked.findings],
        marked=marked.rows,
    )
    if not grid.header_row:
        found.findings.append(Finding("warning", HEADERLESS, sheet=shown))
    for sheet in sheets:
        if sheet is not main and table_of(sheet) != "source" and any(map(any, sheet.rows)):
            _add(found, sheet, reading)
    return found


def _usable(grid: Grid, reading: Reading, table: str, shown: str) -> tuple[Part, list[Finding]]:
    """The rows of a sheet that are about a patient; only they say what its columns mean."""
    found: list[Finding] = []
    while True:
        proposed = inference.propose(grid.headers, grid.columns, reading, table)
        grid, more = usable_rows(grid, proposed, shown)
        found += more
        if not len(grid.rows) or not any(finding.sets_aside for finding in more):
            return Part(table, shown, grid, proposed), found


def _stray(sheet: Sheet, shown: str) -> list[Finding]:
    if not sheet.stray:
        return []
    values = (("cells", ", ".join(sheet.stray)),)
    return [Finding("warning", STRAY, values=values, sheet=shown)]


def _add(found: Arrangement, sheet: Sheet, reading: Reading) -> None:
    """Take a further sheet for a table, or join its columns to the patients."""
    if sheet.hidden:
        found.findings.append(Finding("note", HIDDEN, sheet=sheet.name))
        return
    found.findings += _stray(sheet, sheet.name)
    table = table_of(sheet)
    try:
        if table in TABLES and table != "patients":
            _take(found, sheet, table, reading)
            return
        part, aside = _part(sheet, "patients", reading, found.patients)
    except CohortError as error:
        found.findings.append(Finding("note", error.message, sheet=sheet.name))
        return
    named, _own, other, overlap = shared(found.patients, part)
    if not named or overlap < OVERLAP:
        found.findings.append(_not_read(found.patients, part))
        return
    table, several = _likely_table(part.grid), int(other.cells.counts().max()) > 1
    if table and (several or _knows_all(table, part)):
        _take(found, sheet, table, reading)
        return
    found.findings += aside
    if several:
        joined = Arrangement(part)
        _join_rows(joined, other.cells, set(), ROWS_OF_ONE)
        found.findings += joined.findings
        part = joined.patients
    found.patients = _joined(found, part, reading)


def _knows_all(table: str, part: Part) -> bool:
    """Whether a table has a place for every column of a sheet."""
    return all(
        headers.recognise(header.text, 0, table).column
        for header in part.headers
        if header.text and header.column not in (*WHO, headers.ROW_NUMBER)
    )


def _not_read(patients: Part, part: Part) -> Finding:
    own = {normal(header.text) for header in patients.headers if header.text}
    other = {normal(header.text) for header in part.headers if header.text}
    known = any(header.column not in ("", headers.ROW_NUMBER) for header in part.headers)
    if known and len(own & other) >= _ALIKE * len(own | other):
        return Finding("warning", RIVAL, sheet=part.sheet)
    return Finding("warning" if known else "note", NOT_READ, sheet=part.sheet)


def _take(found: Arrangement, sheet: Sheet, table: str, reading: Reading) -> None:
    """Read a sheet as a table of its own; of two for one table the first."""
    part, aside = _part(sheet, table, reading, found.patients)
    if table in found.tables:
        values = (("table", table),)
        found.findings.append(Finding("warning", SECOND, values=values, sheet=sheet.name))
        return
    found.findings += aside
    found.tables[table] = part


def _part(sheet: Sheet, table: str, reading: Reading, patients: Part) -> tuple[Part, list[Finding]]:
    marked = marks.follow(cut(sheet, 0, table), sheet, reading, sheet.name)
    part, aside = _usable(marked.grid, reading, table, sheet.name)
    told = [replace(finding, sets_aside=()) for finding in (*marked.aside, *aside)]
    told += marked.findings
    part, written = spelt_alike(patients, part)
    if written:
        pairs = [f"'{there}' = '{here}'" for there, here in written.items()]
        shown = ", ".join(pairs[:_SHOWN]) + (", …" if len(pairs) > _SHOWN else "")
        told.append(Finding("warning", SPELT, values=(("codes", shown),), sheet=sheet.name))
    return part, told


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
    patients = found.patients
    named, own, key, _overlap = shared(patients, part)
    place = {code: row for row, code in enumerate(texts(key.cells)) if code}
    where = np.array([place.get(code, -1) for code in texts(own.cells)], np.int64)
    count = (("column", key.header), ("count", int((where >= 0).sum())))
    found.findings.append(Finding("note", JOINED, values=count, sheet=part.sheet))
    codes = texts(key.cells)
    found.findings += strangers(part, named, key, codes, set(texts(own.cells)))
    columns, names = list(patients.grid.columns), list(patients.grid.headers)
    for header in part.headers:
        cells = replace_codes(part.grid.columns[header.position], where)
        twin = _twin(patients, header, cells)
        if twin is not None:
            columns[twin] = _filled_from(columns[twin], cells)
        elif not _only_names(patients, header):
            columns.append(cells)
            names.append(header.text)
    grid = replace(patients.grid, headers=names, columns=columns)
    return replace(
        patients, grid=grid, headers=inference.propose(grid.headers, grid.columns, reading)
    )


def _only_names(patients: Part, header: Header) -> bool:
    """Whether a column of a joined sheet says no more than whose the row is."""
    if header.column == "birth_date_PII":  # the ages that took its place
        return any(own.column == header.column for own in patients.headers)
    return header.column in ("patient_id", headers.ROW_NUMBER, *IDENTIFIERS)


def _twin(patients: Part, header: Header, cells: Cells) -> int | None:
    """The patients' own column with the same header, if it never says anything else."""
    for own in patients.headers:
        if header.text and normal(own.text) == normal(header.text):
            mine = patients.grid.columns[own.position]
            both = (mine.codes >= 0) & (cells.codes >= 0)
            ours, theirs = np.array(mine.texts, object), np.array(cells.texts, object)
            if np.array_equal(ours[mine.codes[both]], theirs[cells.codes[both]]):
                return own.position
    return None


def _filled_from(cells: Cells, others: Cells) -> Cells:
    """A column, with another one's cell where it is blank."""
    further = np.append(np.arange(len(others.texts)) + len(cells.texts), -1)
    codes = np.where(cells.codes >= 0, cells.codes, further[others.codes])
    both = Cells([*cells.texts, *others.texts], [*cells.raw, *others.raw], codes)
    texts_ = np.array([*both.raw, ""], object)[codes]
    return Cells.of(texts_.tolist())


def strangers(
    part: Part, named: str, key: Identity, codes: Sequence[str], known: Container[str]
) -> Iterator[Finding]:
    """Say which rows of a sheet belong to nobody; no more codes than a reader can look through.

    What stands for a name or a record number is not shown.
    """
    where: dict[str, list[int]] = {}
    for code, row in zip(codes, part.grid.rows.tolist(), strict=True):
        if not code or code not in known:
            shown = code if named == "patient_id" or not code else "…"
            where.setdefault(shown if len(where) < MANY else "…", []).append(row)
    for code, places in where.items():
        message = {"": CODELESS, "…": STRANGERS}.get(code, STRANGER)
        values = (("count", len(places)),)
        told = code if message == STRANGER else ""
        yield Finding("error", message, key.header, tuple(places), told, values, sheet=part.sheet)


def replace_codes(cells: Cells, where: npt.NDArray[np.int64]) -> Cells:
    """Bring a column into the order of other rows; -1 in `where` leaves a row blank."""
    return _with_codes(cells, np.append(cells.codes, -1)[where])


def _with_codes(cells: Cells, codes: npt.NDArray[np.int64]) -> Cells:
    """The cells of other rows; only those that a row has stay."""
    used = np.unique(codes[codes >= 0])
    recode = np.full(len(cells.texts) + 1, -1)
    recode[used] = np.arange(len(used))
    kept = used.tolist()
    texts_, raw = ([part[code] for code in kept] for part in (cells.texts, cells.raw))
    return replace(cells, texts=texts_, raw=raw, codes=recode[codes])


# One row a procedure or a visit ---------------------------------------------------------------


def one_row_a_patient(found: Arrangement, reading: Reading) -> None:
    """Where a patient has several rows with different dates, make them a table of their own.

    Where neither dates nor the events of a record tell the rows apart, they are joined if only the
    first of them says whose they are, or if the visitor says that they are one patient's.
    """
    key = found.patients.key()
    found.whole = found.patients
    if key is None or not key.texts:
        return
    events = _without_events(found) if key.counts().max() > 1 else set()
    blank = float((key.codes < 0).mean())
    down = _filled_down(key) if blank >= _STANDS_ONCE else key
    for table, date in _DATED.items():
        position = _dated(found.patients, down, table, date)
        if position is not None and table not in found.tables:
            _tell_filled(found, key, down)
            _split(found, down, table, position, reading, bool(events))
            return
    if events:
        _tell_filled(found, key, key)
        _join_rows(found, key, events, EVENTS)
        return
    merged = bool(found.patients.grid.merged.any())
    found.told_once = merged or (down is not key and _continues(found.patients, key))
    if found.told_once and down is not key:
        _tell_filled(found, key, down)
    else:
        down = key
    joins = reading.repeated == "joined" or (found.told_once and not reading.repeated)
    if joins and down.counts().max() > 1:
        _join_rows(found, down, set(), ROWS_OF_ONE)


def _without_events(found: Arrangement) -> set[int]:
    """The columns of a REDCap export that only tell its rows apart; they are not kept."""
    part = found.patients
    events = {header.position for header in part.headers if normal(header.text) in _REDCAP}
    kept = [replace(h, reason="table") if h.position in events else h for h in part.headers]
    found.patients = found.whole = replace(part, headers=kept)
    return events


def _continues(part: Part, key: Cells) -> bool:
    """Whether the rows without a code lack what all others say of the patient too."""
    named = key.codes >= 0
    if not named.any() or not named[0]:
        return False
    about = [
        cells.codes >= 0
        for header in part.headers
        if (cells := part.grid.columns[header.position]).texts
        and (column := headers.meaning(header, "patients")) is not None
        and column.baseline
        and column.name not in _COURSE
    ]
    always = [filled for filled in about if filled[named].mean() >= _ALWAYS]
    return bool(always) and all(filled[~named].mean() <= 1 - _ALWAYS for filled in always)


def _filled_down(key: Cells) -> Cells:
    """A code that stands only in the first row of a patient, in each of the rows."""
    places = np.where(key.codes >= 0, np.arange(len(key.codes)), 0)
    return replace(key, codes=key.codes[np.maximum.accumulate(places)])


def _tell_filled(found: Arrangement, key: Cells, down: Cells) -> None:
    """Say in which rows a patient was filled in, and which rows are nobody's."""
    part = found.patients
    for mask, finding in (
        ((key.codes < 0) & (down.codes >= 0), Finding("warning", AS_ABOVE)),
        (down.codes < 0, Finding("error", NO_CODE, sets_aside=(WHOLE_ROW,))),
    ):
        if mask.any():
            rows = tuple(part.grid.rows[mask].tolist())
            found.findings.append(replace(finding, rows=rows, sheet=part.sheet))
    found.patients = found.whole = replace(part, who=down)


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
        if several.any() and (different[several] > 1).mean() >= _DIFFERENT:
            return position
    return None


def _split(
    found: Arrangement, key: Cells, table: str, position: int, reading: Reading, dated: bool
) -> None:
    """Use the rows as a table, and join those of one patient to one row.

    A row that says nothing of the table is none of its rows; where the rows are `dated`, as those
    of an export that mixes events are, nor is one without its date.
    """
    part = found.patients
    proposed = inference.propose(part.grid.headers, part.grid.columns, reading, table)
    proposed[position] = replace(proposed[position], column=_DATED[table], reason="synonym")
    proposed = [_keyed(header, part.headers[header.position]) for header in proposed]
    owned = {header.position for header in proposed if header.column in TABLES[table]}
    tells = {position} if dated else owned - {h.position for h in proposed if h.column in WHO}
    says = np.zeros(len(part.grid.rows), bool)
    for each in tells:
        says |= part.grid.columns[each].codes >= 0
    found.tables[table] = Part(table, part.sheet, part.grid.take(says), proposed, key.take(says))
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
        asks = header.reason == "ask" and bool(said)
        if (differing or asks) and header.position in owned and header.column != "patient_id":
            proposals[header.position] = replace(header, column="", reason="table")
        elif (
            differing
            and header.reason != "table"
            and header.column not in (*IDENTIFIERS, "patient_id", headers.ROW_NUMBER)
        ):
            values = (("count", differing), ("which", which))
            findings.append(
                Finding("warning", DIFFERS, header.text, values=values, sheet=part.sheet)
            )
        columns.append(cells)
    grid = replace(
        part.grid,
        columns=columns,
        rows=part.grid.rows[rows],
        wider=part.grid.wider[rows],
        merged=part.grid.merged[rows],
    )
    counts: Values = (("rows", int(known.sum())), *said, ("count", len(order)))
    found.findings += [Finding("note", message, values=counts, sheet=part.sheet), *findings]
    who = Cells(key.texts, key.raw, order)
    found.patients = replace(part, grid=grid, headers=proposals, who=who)


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
    return _with_codes(cells, chosen[order]), differing, FIRST if first else LAST
