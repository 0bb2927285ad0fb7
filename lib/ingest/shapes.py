"""The shapes that a file can have, brought to one: one row a patient, and further tables beside it.

The patients may be spread over several sheets that share a patient code, and a sheet may have one
row a procedure or a visit. Each sheet becomes a part: a grid, the table it is, and its mapping.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace

import numpy as np

from lib.cohort import CohortError, Finding
from lib.ingest import (
    arms,
    codebook,
    headers,
    inference,
    legends,
    marked_levels,
    marks,
    runs,
    said_units,
    side_by_side,
    two_in_one,
    visits,
)
from lib.ingest.arrangement import Arrangement, Memory
from lib.ingest.cells import Cells, normal
from lib.ingest.grid import Beside, Grid
from lib.ingest.headers import Header
from lib.ingest.identity import OVERLAP, WHO, Identity, Part, shared, spelt_alike
from lib.ingest.one_row import join_rows, replace_codes
from lib.ingest.reader import Sheet
from lib.ingest.rows import texts, usable_rows
from lib.ingest.sentences import finding, some
from lib.ingest.sheets import patients_sheet, refuse_transposed, table_of
from lib.ingest.tables import MANY
from lib.plan import Reading
from lib.schema import IDENTIFIERS, TABLES

_OF_NOBODY = {"": "codeless", "…": "strangers"}
"""What is said of rows without a code, and of those whose code is not shown."""

WHOSE, BY_NUMBER, NOBODYS = "whose rows", "by number", "nobody's"
"""The question whose the rows of a sheet are, and its answers."""
_KEYS = {
    "procedures": ("procedure_date",),
    "assessments": ("assessment_date",),
    "lesions": ("lesion_id", "diameter_mm"),
    "adverse_events": ("term", "date"),
}
_SHOWN = 5  # codes that a finding names


def arrange(memory: Memory, reading: Reading) -> Arrangement:
    """Find the patients and the further tables of a file."""
    # `memory`: the sheets, and what was made of them before. Raises `CohortError` if no sheet has a
    # header with something under it.
    known = memory.arranged(reading)
    if known is not None:
        return known
    chosen = "" if reading.sheet in memory.long else reading.sheet
    main = patients_sheet(memory.sheets, chosen)
    refuse_transposed(main)
    shown = main.name if len(memory.sheets) > 1 else ""
    found = _patients(memory, main, reading.header_row, reading, shown)
    found.findings[:0] = memory.told
    together = _stack(memory, found, main, reading)
    read = {main.name, *together}
    read |= {str(dict(f.values)["sheet"]) for f in found.findings if f.code in _EXPLAINING}
    for sheet in memory.sheets:
        filled = any(map(any, sheet.rows))
        if filled and sheet.name not in read and table_of(sheet) != "source":
            _add(memory, found, sheet, reading)
    visits.as_assessments(found, reading)
    return memory.keep(reading, found)


def _patients(
    memory: Memory, sheet: Sheet, header_row: int, reading: Reading, shown: str
) -> Arrangement:
    """The patients of one sheet: its arms in a column, without the rows that are none."""
    grid = memory.cut(sheet, header_row)
    known = {mapped.header for mapped in reading.columns if mapped.table == "patients"}
    if header_row and known and not known & set(grid.headers):
        grid = memory.cut(sheet)  # the reading of another file, whose header stood elsewhere
    marked = _marked(grid, sheet, reading, shown)
    others = [other for other in memory.sheets if other is not sheet]
    beside = Beside(sheet.rows[: max(marked.grid.header_row - 1, 0)], others, reading, shown)
    grid, told = _read(marked.grid, _LAYOUT, beside)
    part, aside = _usable(grid, reading, "patients", shown)
    part, standing, filled = runs.follow(part, reading)
    found = Arrangement(
        part,
        aside=[*marked.aside, *aside],
        findings=[
            *_stray(sheet, shown),
            *side_by_side.told(sheet, shown),
            *marked.findings,
            *told,
            *filled,
        ],
        marked=marked.rows,
        runs=standing,
    )
    if not grid.header_row:
        found.findings.append(finding("warning", "headerless", shown))
    for each in told:
        if each.code == "headings":
            column = str(dict(each.values)["column"])
            found.patients, apart = side_by_side.codes_apart(part, column)
            found.findings += apart
    return found


def _marked(grid: Grid, sheet: Sheet, reading: Reading, shown: str) -> marks.Marked:
    """Follow the marks of a sheet, and number its rows as the spreadsheet does."""
    marked = marks.follow(grid, sheet, reading, shown)
    if not sheet.numbers:
        return marked

    def renumbered(finding: Finding) -> Finding:
        rows = side_by_side.renumbered(sheet, np.array(finding.rows, np.int64))
        return replace(finding, rows=tuple(rows.tolist()))

    return replace(
        marked,
        grid=replace(marked.grid, rows=side_by_side.renumbered(sheet, marked.grid.rows)),
        aside=list(map(renumbered, marked.aside)),
        findings=list(map(renumbered, marked.findings)),
    )


def _stack(memory: Memory, found: Arrangement, main: Sheet, reading: Reading) -> tuple[str, ...]:
    """Put sheets with the same headers and other patients under those of the first."""
    # Returns their names; none where the visitor chose one sheet, or said that they stay apart.
    others = [sheet for sheet in memory.sheets if sheet is not main]
    rivals = [part for sheet in others if (part := _rival(memory, found, sheet, reading))]
    said = reading.said(side_by_side.SHEETS)
    found.alike = tuple(part.patients.grid.sheet for part in rivals)
    if not rivals or said == side_by_side.APART or (reading.sheet and not said):
        return ()
    whole = side_by_side.stack([found.patients, *(rival.patients for rival in rivals)], reading)
    found.patients = whole.part
    found.stacked = whole.sheets
    for rival in rivals:
        found.aside += rival.aside
        found.findings += rival.findings
    found.findings += whole.findings
    return found.alike


def _rival(
    memory: Memory, found: Arrangement, sheet: Sheet, reading: Reading
) -> Arrangement | None:
    """A sheet with the headers of the patients' sheet, but other patients."""
    if sheet.hidden or table_of(sheet) not in ("", "patients"):
        return None
    try:
        if not side_by_side.alike(found.patients, memory.cut(sheet)):
            return None
        part = _patients(memory, sheet, 0, reading, sheet.name)
    except CohortError:
        return None
    return part if side_by_side.of_others(found.patients, part.patients) else None


_Step = Callable[[Grid, Beside], tuple[Grid, list[Finding]]]
_LAYOUT: tuple[_Step, ...] = (
    codebook.explained,
    codebook.explained_below,
    legends.said,
    said_units.said,
    arms.under_headings,
    two_in_one.parted,
    marked_levels.gathered,
    marked_levels.flagged,
)
"""What the layout of a sheet says is put into its cells, headers and columns, in this order."""
_EXPLAINING = ("by-sheet", "codebook-codes-read")  # what is told of a sheet that explains another


def _read(grid: Grid, steps: Sequence[_Step], beside: Beside) -> tuple[Grid, list[Finding]]:
    told: list[Finding] = []
    for step in steps:
        grid, found = step(grid, beside)
        told += found
    return grid, told


def _usable(grid: Grid, reading: Reading, table: str, shown: str) -> tuple[Part, list[Finding]]:
    """The rows of a sheet that are about a patient; only they say what its columns mean."""
    # Why the others are set aside is told by what the columns mean in the end.
    found: list[Finding] = []
    whole, steps = grid, 0
    while True:
        proposed = inference.propose(grid.headers, grid.columns, reading, table)
        grid, more = usable_rows(grid, proposed, shown)
        found += more
        if not len(grid.rows) or not any(each.sets_aside for each in more):
            break
        steps += 1
    if steps:
        again, told = usable_rows(whole, proposed, shown)
        found = told if np.array_equal(again.rows, grid.rows) else found
    return Part(table, shown, grid, proposed), found


def _stray(sheet: Sheet, shown: str) -> list[Finding]:
    if not sheet.stray:
        return []
    return [finding("warning", "stray", shown, cells=", ".join(sheet.stray))]


def _add(memory: Memory, found: Arrangement, sheet: Sheet, reading: Reading) -> None:
    """Take a further sheet for a table, or join its columns to the patients."""
    if sheet.hidden:
        found.findings.append(finding("note", "hidden", sheet.name))
        return
    found.findings += _stray(sheet, sheet.name)
    table = table_of(sheet)
    try:
        if table in TABLES and table != "patients":
            _take(memory, found, sheet, table, reading)
            return
        part, aside = _part(memory, sheet, "patients", reading, found.patients)
    except CohortError as error:
        found.findings.append(finding("note", error.code, sheet.name))
        return
    part = replace(part, numbered=reading.said(WHOSE, sheet.name) == BY_NUMBER)
    named, _own, other, overlap = shared(found.patients, part)
    if not _is_claimed(found, part, reading, named and overlap >= OVERLAP):
        return
    table, several = _likely_table(part.grid), int(other.cells.counts().max()) > 1
    if not table and several and visits.numbers_visits(part):
        table = "assessments"
    if table and (several or _knows_all(table, part)):
        _take(memory, found, sheet, table, reading)
        return
    found.findings += aside
    if several:
        joined = Arrangement(part)
        join_rows(joined, other.cells, set(), "rows-of-one", reading)
        found.findings += joined.findings
        part = joined.patients
    found.patients = _joined(found, part, reading)


def _is_claimed(found: Arrangement, part: Part, reading: Reading, linked: object) -> bool:
    """Whether something tells whose the rows of a sheet are; else it is told, and is asked."""
    said = reading.said(WHOSE, part.sheet)
    if linked and said != NOBODYS:
        found.unclaimed += (part,) if said else ()
        return True
    told = _not_read(found.patients, part)
    found.findings.append(told)
    found.unclaimed += (part,) if (told.code, told.severity) == ("not-read", "warning") else ()
    return False


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
    if known and len(own & other) >= side_by_side.ALIKE * len(own | other):
        return finding("warning", "rival", part.sheet)
    return finding("warning" if known else "note", "not-read", part.sheet)


def _take(memory: Memory, found: Arrangement, sheet: Sheet, table: str, reading: Reading) -> None:
    """Read a sheet as a table of its own; of two for one table the first."""
    part, aside = _part(memory, sheet, table, reading, found.patients)
    part = replace(part, numbered=reading.said(WHOSE, sheet.name) == BY_NUMBER)
    if table in found.tables:
        found.findings.append(finding("warning", "second", sheet.name, table=table))
        return
    found.findings += aside
    if table == "assessments":
        part = _with_visits(found, part, reading)
    found.tables[table] = part


def _with_visits(found: Arrangement, part: Part, reading: Reading) -> Part:
    """The assessments with dates where their visits are only numbered."""
    beside = visits.dated_beside(found.patients, part, reading)
    if beside is None:
        return part
    found.patients, visited = beside
    found.findings += visited.told
    return visited.part


def _part(
    memory: Memory, sheet: Sheet, table: str, reading: Reading, patients: Part
) -> tuple[Part, list[Finding]]:
    marked = _marked(memory.cut(sheet, 0, table), sheet, reading, sheet.name)
    grid, unfolded = marked.grid, list[Finding]()
    if table == "patients":
        steps = (two_in_one.parted, marked_levels.gathered)
        grid, unfolded = _read(grid, steps, Beside(reading=reading, sheet=sheet.name))
    part, aside = _usable(grid, reading, table, sheet.name)
    part = _headed_alike(patients, part)
    told = [replace(each, sets_aside=()) for each in (*marked.aside, *aside)]
    told += [*marked.findings, *unfolded]
    part, written = spelt_alike(patients, part)
    if written:
        pairs = [f"'{there}' = '{here}'" for there, here in written.items()]
        told.append(finding("warning", "spelt", sheet.name, codes=some(pairs, _SHOWN)))
    return part, told


def _headed_alike(patients: Part, part: Part) -> Part:
    """A sheet whose codes say so by their cells alone among the patients, with the same header."""
    own = patients.identities().get("patient_id")
    if own is None or part.identities():
        return part
    known = [
        replace(
            header,
            column="patient_id",
            reason="same words",
            synonym=own.header,
            candidates=("patient_id",),
        )
        if header.reason == "unknown" and header.text and normal(header.text) == normal(own.header)
        else header
        for header in part.headers
    ]
    return replace(part, headers=known)


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
    found.findings.append(
        finding("note", "joined", part.sheet, column=key.header, count=int((where >= 0).sum()))
    )
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
    """Say which rows of a sheet belong to nobody; no more codes than a reader can look through."""
    # What stands for a name or a record number is not shown.
    where: dict[str, list[int]] = {}
    for code, row in zip(codes, part.grid.rows.tolist(), strict=True):
        if not code or code not in known:
            shown = code if named == "patient_id" or not code else "…"
            where.setdefault(shown if len(where) < MANY else "…", []).append(row)
    for code, places in where.items():
        message = _OF_NOBODY.get(code, "stranger")
        told = "" if code in _OF_NOBODY else code
        yield finding(
            "error", message, part.sheet, key.header, tuple(places), told, count=len(places)
        )
