"""A value that stands once, above blank cells: whether it holds for the rows below is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lib.cohort import Finding
from lib.ingest.cells import Cells, is_missing
from lib.ingest.headers import Header, meaning
from lib.ingest.identity import Part
from lib.ingest.sentences import finding
from lib.plan import Reading

ROWS_BELOW = "rows below"
"""The question, of a column, whether its values hold for the blank rows below them."""
FILL, LEAVE = "fill", "leave"

_FEWEST = 4  # rows of patients below which nothing can be told from blanks
_SHARE = 1 / 3
"""Share of the rows up to which a column is filled whose values stand once for several."""
_CODED = 0.7  # share of rows with a code of their own from which each is a patient
_GROUPS = ("modality", "centre", "cohort")


@dataclass(frozen=True, slots=True)
class Run:
    """A column whose values stand once, each above blank cells: its header, values, and blanks."""

    header: str
    values: tuple[str, ...]
    blank: int


def follow(part: Part, reading: Reading) -> tuple[Part, tuple[Run, ...], list[Finding]]:
    """Fill the columns of which the visitor said so; all that may be are given with them."""
    runs, found = [], []
    columns = list(part.grid.columns)
    for header in _standing_once(part):
        cells = columns[header.position]
        blank = cells.codes < 0
        runs.append(Run(header.text, tuple(cells.texts), int(blank.sum())))
        if reading.said(ROWS_BELOW, header.text) == FILL:
            columns[header.position] = cells.down()
            rows = tuple(part.grid.rows[blank].tolist())
            found.append(finding("note", "filled", part.sheet, header.text, rows, count=len(rows)))
    if found:
        part = replace(part, grid=replace(part.grid, columns=columns))
    return part, tuple(runs), found


def _standing_once(part: Part) -> Iterator[Header]:
    key = part.key()
    if len(part.grid.rows) < _FEWEST:
        return
    if key is not None and (key.codes >= 0).mean() < _CODED:
        return  # the blank rows are further rows of one patient
    for header in part.headers:
        column = meaning(header, part.table)
        groups = column is not None and (
            column.name in _GROUPS or (bool(column.levels) and column.baseline)
        )
        if groups and _stands_once(part.grid.columns[header.position]):
            yield header


def _stands_once(cells: Cells) -> bool:
    """Whether each value stands once, the first in the first row, and blanks follow it."""
    filled = cells.codes >= 0
    once = (cells.counts() == 1).all() and not any(map(is_missing, cells.texts))
    first = len(filled) > 0 and bool(filled[0])
    alone = not (filled[:-1] & filled[1:]).any()
    return bool(first and once and alone and filled.mean() <= _SHARE)
