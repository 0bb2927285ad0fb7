"""From an opened file to its proposal, and what was chosen for one file brought to another."""

from collections import Counter
from dataclasses import replace

from lib import language
from lib.cohort import CohortError
from lib.ingest import headers, one_row, questions, reading, shapes, tables
from lib.ingest.cells import Cells, text_of
from lib.ingest.headers import Header
from lib.ingest.identity import Part
from lib.ingest.kinds import KINDS, carried, could_measure
from lib.ingest.opening import File
from lib.ingest.proposal import SAMPLES, Proposal, ProposedColumn, ProposedValue, shown_headers
from lib.ingest.questions import Asking, Shown
from lib.ingest.reader import Sheet
from lib.ingest.remarks import without_people
from lib.ingest.sheets import candidate_sheets
from lib.ingest.texts import remembering_texts
from lib.ingest.values import parse
from lib.plan import Reading
from lib.schema import Column, Kind
from lib.statistics.estimate import Bools

_ASKED = ("levels-ask-empty", "levels-ask-kept", "not-a-level", "own-level")
"""Codes of what is said of a value that is asked."""
FIRST_ROWS = 12  # rows of a sheet that are shown as they stand
HIDDEN = "…"  # what is shown of a cell that names somebody, or may do so


@remembering_texts
def followed(file: File, complete: Reading, chosen: Reading) -> Reading | None:
    """What was chosen for one file, for another one with its headers."""
    # `complete`: how the first file was read: the headers that mean something must stand in this
    # one too. `chosen`: what the visitor had decided of the first file. Gives none where a header
    # is missing. A sheet that this file does not have is looked for anew.
    needed = Counter(each.header for each in complete.columns if each.table == "patients")
    named = any(sheet.name == chosen.sheet for sheet in file.sheets)
    sheet = chosen.sheet if named else ""
    for row in dict.fromkeys((0, chosen.header_row)):
        try:
            shown = propose(file, Reading(sheet=sheet, header_row=row)).columns
        except CohortError:
            continue
        there = Counter(each.header.text for each in shown if each.table == "patients")
        if needed and needed <= there:
            return replace(chosen, sheet=sheet, header_row=row)
    return None


@remembering_texts
def propose(file: File, chosen: Reading | None = None) -> Proposal:
    """Propose how to read a file, what the visitor has `chosen` as it is."""
    # Raises `CohortError` if no sheet has a header with something under it.
    chosen = chosen or Reading()
    file = file.keeping(chosen)
    arranged = shapes.arrange(file.memory, chosen)
    part = arranged.patients
    whole = reading.complete(chosen, part.grid, part.headers, bool(arranged.stacked))
    sheets = file.memory.sheets
    candidates = candidate_sheets(sheets)
    before = part
    one_row.tables_of_rows(arranged, chosen)  # what several rows are is still to be asked
    parts = (arranged.patients, *arranged.tables.values())
    shown = tuple(
        Shown(_column(header, each, rows, chosen), each)
        for each in parts
        for rows in (_about_somebody(each),)
        for header in shown_headers(each)
    )
    coded = any(each.tells for each in file.withheld)  # one click brings them back
    asked = questions.ask(Asking(candidates, arranged, before, shown, chosen, coded))
    return Proposal(
        whole.sheet,
        tuple(sheet.name for sheet in candidates),
        part.grid.header_row,
        _first_rows(next(sheet for sheet in sheets if sheet.name == whole.sheet), part),
        tuple(each.column for each in shown),
        asked,
        chosen,
        whole,
    )


_SHOWN = 200  # signs of a cell in the first rows, of which a page shows fewer


def _first_rows(sheet: Sheet, part: Part) -> tuple[tuple[str, ...], ...]:
    """The first rows of the patients' sheet; what names people, or may do so, is not shown."""
    row = part.grid.header_row
    private = {
        header.position
        for header in part.headers
        if header.column != headers.ROW_NUMBER and reading.dropped(header)
    }
    shown = [
        [
            HIDDEN if number >= row and place in private and cell != "" else without_people(cell)
            for place, cell in enumerate(text_of(each)[:_SHOWN] for each in cells)
        ]
        for number, cells in enumerate(sheet.rows[:FIRST_ROWS])
    ]
    width = max((place for each in shown for place, cell in enumerate(each, 1) if cell), default=0)
    padded = ([*each, *[""] * width][:width] for each in shown)
    return tuple(tuple(map(language.cut, each)) for each in padded)


def _column(header: Header, part: Part, rows: Bools, chosen: Reading) -> ProposedColumn:
    cells = part.grid.columns[header.position]
    meant = headers.meaning(header, part.table)
    kept = not reading.dropped(header)
    known = meant.baseline if meant else header.text in chosen.known_before
    values = _values(cells, meant, header, chosen) if meant and meant.levels and kept else ()
    samples = tuple(cells.texts[:SAMPLES]) if kept else ()
    filled = int(cells.counts().sum())
    blank = int((rows & (cells.codes < 0)).sum()) if cells.whole is None else cells.blank()
    kinds = _kinds(header, cells, chosen) if samples and meant is None else ()
    seen = cells if kept else Cells.of(())
    return ProposedColumn(
        header,
        part.table,
        part.sheet,
        kept,
        meant,
        known,
        filled,
        blank,
        samples,
        seen,
        values,
        kinds,
    )


def _kinds(header: Header, cells: Cells, chosen: Reading) -> tuple[Kind, ...]:
    """What a carried column of numbers may be, as it is now first."""
    if not could_measure(cells):
        return ()
    column = carried("", header.text, cells, True, chosen)
    return tuple(sorted(KINDS, key=lambda kind: kind != column.kind))


def _about_somebody(part: Part) -> Bools:
    """(n,) bool array: rows with something in them, and a patient's code where there is one."""
    key = part.key()
    rows: Bools = part.grid.filled() > 0
    return rows if key is None else rows & (key.codes >= 0)


def _values(
    cells: Cells, column: Column, header: Header, chosen: Reading
) -> tuple[ProposedValue, ...]:
    mapped = dict(header.coding) | tables.chosen_levels(chosen, column)
    parsed = parse(cells, column, "", None, mapped)
    found = []
    for code, count in enumerate(cells.counts().tolist()):
        problem = parsed.problems.get(code)
        asks = problem is not None and problem.code in _ASKED
        found.append(ProposedValue(cells.texts[code], count, parsed.values[code] or "", asks))
    return tuple(sorted(found, key=lambda each: -each.count))
