"""A table of which only some rows are read at a time: what is decided once, by all of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from lib.cohort import CohortError
from lib.ingest import identifiers, one_row, rows, shapes
from lib.ingest.cells import text_of
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.identity import WHO, Part
from lib.ingest.opening import File, of_sheets
from lib.ingest.reader import Cell, Sheet, Tally, Under
from lib.ingest.reading import dropped
from lib.ingest.remarks import without_people
from lib.ingest.texts import remembering_texts
from lib.language import N_
from lib.plan import LEFT_OUT, MappedColumn, Reading

NO_KEY = N_(
    "'{table}' has no column that says whose each row is, as '{column}' of the patients does; add"
    " it, or leave this table out",
    "registry-no-key",
)
TOLD_ONCE = N_(
    "In '{table}' the code of a patient stands in the first of several rows alone, and rows of a"
    " registry are read in no order; write it in each row",
    "registry-told-once",
)


class Settled(NamedTuple):
    """How every part of a table is read: nothing of it is left to the part."""

    reading: Reading
    columns: Mapping[str, tuple[str, ...]]  # of each table, the headers that are read
    keys: Mapping[str, tuple[str, ...]]  # of each table, the headers that tell patients apart


def sheet(
    table: str,
    headers: Sequence[str],
    columns: Sequence[Sequence[Cell]],
    known: Mapping[str, Tally],
) -> Sheet:
    """Some rows of a table as a sheet, and by header what is known of the whole column."""
    place = {header: at for at, header in enumerate(headers)}
    part_of = {place[header]: tally for header, tally in known.items() if header in place}
    found = Sheet(table, Under(headers, columns), part_of=part_of)
    found.keep_below(columns, after=1)
    return found


def opened(name: str, digest: str, sheets: Iterable[Sheet], reading: Reading) -> File:
    """Some rows of the tables of a registry, in which nobody is named."""
    return of_sheets(name, digest, tuple(sheets), reading)


def tally(cells: Sequence[Cell], counts: Sequence[int], blank: int) -> Tally:
    """What a column holds, in which nobody is named."""
    told = [without_people(cell) if isinstance(cell, str) else cell for cell in cells]
    there = [at for at, cell in enumerate(told) if text_of(cell)]
    return Tally(
        tuple(told[at] for at in there),
        tuple(counts[at] for at in there),
        blank + sum(counts) - sum(counts[at] for at in there),
    )


@remembering_texts
def settled(file: File, reading: Reading) -> Settled:
    """Settle how the parts of a table are read, by some rows and what is known of all."""
    # Raises `CohortError` if no patients are found.
    arranged = shapes.arrange(file.keeping(reading).memory, reading)
    patients, key = arranged.patients, arranged.patients.key()
    told = one_row.settled(arranged, reading)
    if key is not None and one_row.stands_once(key) and told.repeated == "joined":
        raise CohortError(TOLD_ONCE, table=patients.sheet or patients.table)
    parts = [patients, *(part for part in arranged.tables.values() if part.who is None)]
    own = next(iter(patients.identities()), "")
    columns = [
        _settled(header, part.table)
        for part in parts
        for header in part.headers
        if header.text and header.column not in _REPLACED
    ]
    left = {(each.header, each.position, each.table) for each in columns}
    others = [c for c in reading.columns if (c.header, c.position, c.table) not in left]
    whole = replace(told, header_row=1, columns=(*columns, *others))
    return Settled(
        whole.decided(rows.CODES, rows.KEPT),
        {part.table: tuple(h.text for h in part.headers if _read(h)) for part in parts},
        {part.table: _keys(part, own, patients) for part in parts},
    )


def _settled(header: Header, table: str) -> MappedColumn:
    column = LEFT_OUT if dropped(header) and header.column != ROW_NUMBER else header.column
    return MappedColumn(header.text, header.position, column, table, header.unit)


_REPLACED = (*WHO[1:], identifiers.BIRTH)
"""What is known by its header, and replaced as soon as it is read."""


def _read(header: Header) -> bool:
    """Whether a column is read at all; who somebody is tells which rows are of one patient."""
    if not header.text:
        return False
    return not dropped(header) or header.column in (*WHO, identifiers.BIRTH)


def _keys(part: Part, field: str, patients: Part) -> tuple[str, ...]:
    """The headers that tell patients apart, by the field that does so in their own table."""
    if field and field not in part.identities():
        named = ", ".join(h.text for h in patients.headers if h.column == field)
        raise CohortError(NO_KEY, table=part.sheet or part.table, column=named)
    return tuple(h.text for h in part.headers if h.column == field and field)


@remembering_texts
def private(file: File, reading: Reading) -> dict[str, frozenset[str]]:
    """Of each table, the headers whose cells are of no concern to anybody, or tell who it is."""
    arranged = shapes.arrange(file.keeping(reading).memory, reading)
    parts = (arranged.patients, *arranged.tables.values())
    return {
        part.table: frozenset(
            h.text for h in part.headers if dropped(h) or h.column in (*WHO, identifiers.BIRTH)
        )
        for part in parts
    }
