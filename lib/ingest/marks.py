"""What a file says of its cells beside their values: told, and followed where the visitor says so.

A mark is a code with the places that have it; here each code has its sentence.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from lib.cohort import WHOLE_ROW, Finding, Severity
from lib.ingest.cells import is_formula_error
from lib.ingest.grid import Grid, letter, texts_of
from lib.ingest.headers import JOINT, LETTERED
from lib.ingest.reader import Sheet
from lib.ingest.sentences import finding, some
from lib.plan import Reading
from lib.workbooks import markup
from lib.workbooks.markup import Place

MARKED_ROWS = "marked rows"
"""The question whether rows with a mark, which its column names, are left out."""
READ, LEFT_OUT = "read", "left out"
SHOWN = 3  # places that a sentence names
_FEW = 0.5  # share of the rows up to which cells beyond the last header are out of order
_MOSTLY = 0.5  # share of a row's cells from which a mark is the row's


class Rule(NamedTuple):
    """How a mark is told: a sentence for each column that has it, or one for the sheet."""

    severity: Severity
    code: str
    of: Literal["rows", "cells", "columns"] = "rows"  # what is counted and named


RULES = {
    markup.MISREAD: Rule("warning", "mark-misread"),
    markup.MIXED: Rule("warning", "mark-mixed"),
    markup.UNDECODED: Rule("warning", "mark-undecoded", of="cells"),
    markup.ZERO: Rule("warning", "mark-zero", of="cells"),
    markup.CUT: Rule("error", "mark-cut", of="cells"),
    markup.BROKEN: Rule("warning", "mark-broken"),
    markup.OVERLAPPING: Rule("warning", "mark-overlapping"),
    markup.QUOTE: Rule("warning", "mark-quote"),
    markup.SHIFTED: Rule("note", "mark-shifted"),
    markup.ABOVE: Rule("note", "mark-above"),
    markup.SHORT: Rule("warning", "mark-short"),
    markup.LONG: Rule("warning", "mark-long"),
    markup.LABEL: Rule("note", "mark-label", "columns"),
    markup.DECLARED: Rule("note", "mark-declared", of="columns"),
    markup.ERROR: Rule("error", "mark-error", of="columns"),
    markup.UNCOMPUTED: Rule("error", "mark-uncomputed", of="columns"),
    markup.PERCENT: Rule("note", "mark-percent", of="columns"),
    markup.MERGED: Rule("note", "mark-merged", of="columns"),
    markup.HIDDEN_COLUMN: Rule("note", "mark-hidden-column", of="columns"),
    markup.HIDDEN: Rule("warning", "mark-hidden"),
    markup.FILTERED: Rule("warning", "mark-filtered"),
    markup.STRUCK: Rule("warning", "mark-struck"),
    markup.STRUCK_CELL: Rule("note", "mark-struck-cell", of="cells"),
    markup.COLOURED: Rule("note", "mark-coloured"),
    markup.COMMENT: Rule("note", "mark-comment", of="cells"),
    markup.UNSEEN: Rule("note", "mark-unseen"),
    markup.UNREAD: Rule("note", "mark-unread"),
}
"""How each mark is told, in this order."""
OFFERED = (markup.HIDDEN, markup.FILTERED, markup.STRUCK)
"""Marks of rows that the visitor may leave out."""
ASIDE = {
    markup.TOTAL: "total",
    markup.HIDDEN: "left-out-hidden",
    markup.FILTERED: "left-out-filtered",
    markup.STRUCK: "left-out-struck",
}
"""What is said of rows that are set aside for their mark."""


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A grid after its marks were followed."""

    grid: Grid  # without totals of the workbook's own, and without what the visitor leaves out
    # aside, findings: rows that were set aside, and whatever else is marked
    aside: list[Finding]
    findings: list[Finding]
    # By its mark, the rows that the visitor may leave out, as the spreadsheet numbers them.
    rows: dict[str, tuple[int, ...]]


def follow(grid: Grid, sheet: Sheet, reading: Reading, shown: str) -> Marked:
    """Follow the marks of a grid that was cut from a sheet, which findings call `shown`."""
    rows = _marked_rows(grid, sheet)
    aside = []
    gone: dict[str, tuple[int, ...]] = {
        code: places for code, places in rows.items() if reading.said(MARKED_ROWS, code) == LEFT_OUT
    }
    totals = {row + 1 for row, _column, _said in sheet.marks.get(markup.TOTAL, ())}
    if own := tuple(sorted(totals & set(grid.rows.tolist()))):
        gone[markup.TOTAL] = own
    for code, places in gone.items():
        grid = grid.take(~np.isin(grid.rows, places))
        aside.append(finding("note", ASIDE[code], shown, "", places, sets_aside=(WHOLE_ROW,)))
    return Marked(grid, aside, list(_told(grid, sheet, shown)), rows)


def _told(grid: Grid, sheet: Sheet, shown: str) -> Iterator[Finding]:
    marks = _of_rows(grid, sheet)
    for code, rule in RULES.items():
        places = marks.get(code, ())
        if places and rule.of == "columns":
            for position in sorted({column for _row, column, _said in places}):
                if position < len(grid.headers):
                    own = [place for place in places if place[1] == position]
                    header = grid.headers[position] or letter(position)
                    yield replace(_finding(rule, own, shown), column=header)
        elif places:
            yield _finding(rule, places, shown)


def _finding(rule: Rule, places: Sequence[Place], shown: str) -> Finding:
    rows = sorted({row + 1 for row, _column, _said in places if row >= 0})
    said = dict.fromkeys(said for _row, _column, said in places if said)
    cells = [f"{letter(column)}{row + 1}" for row, column, _said in places if column >= 0]
    count = len(cells) if rule.of != "rows" else len(rows)
    named: dict[str, Any] = {"count": count, "said": ", ".join(said), "cells": some(cells, SHOWN)}
    return finding(rule.severity, rule.code, shown, "", tuple(rows), **named)


def _of_rows(grid: Grid, sheet: Sheet) -> dict[str, tuple[Place, ...]]:
    """The marks of what stands under the header; marks of most of a row are the row's."""
    under = set((grid.rows - 1).tolist())
    found = {
        code: tuple(place for place in places if place[0] in under or place[0] < 0)
        for code, places in sheet.marks.items()
    }
    found[markup.ERROR] = tuple(_errors(grid))
    found[markup.ABOVE] = tuple((row, -1, "") for row in _above(grid, sheet))
    found[markup.SHORT] = tuple((row, -1, "") for row in _short(grid, sheet))
    found[markup.LONG] = tuple((row, -1, "") for row in _long(grid))
    found[markup.MERGED] = tuple(_filled_by_merging(grid, sheet))
    rows = _struck_rows(grid, sheet)
    struck = found.get(markup.STRUCK, ())
    found[markup.STRUCK_CELL] = tuple(place for place in struck if place[0] + 1 not in rows)
    found[markup.STRUCK] = tuple((row - 1, -1, "") for row in rows)
    found[markup.COLOURED] = tuple(_telling_colours(grid, found.get(markup.COLOURED, ())))
    return found


def _errors(grid: Grid) -> Iterator[Place]:
    """Cells with a formula error, also of delimited text that a spreadsheet has written."""
    for position, cells in enumerate(grid.columns):
        for code in [code for code, text in enumerate(cells.texts) if is_formula_error(text)]:
            for row in grid.rows[cells.codes == code].tolist():
                yield row - 1, position, cells.texts[code]


def _above(grid: Grid, sheet: Sheet) -> Iterator[int]:
    """Rows above the header, from 0, but for those that are a part of it."""
    parts = {part for header in grid.headers for part in header.split(JOINT)}
    for row in range(grid.header_row - 1):
        if not parts.issuperset(texts_of(sheet.rows[row])):
            yield row


def _short(grid: Grid, sheet: Sheet) -> Iterator[int]:
    """Rows that end before the last header does, and are more than a remark."""
    if sheet.part_of is not None:
        return
    width = _named(grid)
    for row, filled in zip((grid.rows - 1).tolist(), grid.filled().tolist(), strict=True):
        if filled > 1 and len(sheet.rows[row]) < width:
            yield row


def _long(grid: Grid) -> Iterator[int]:
    """Rows with cells beyond the last header, where few have them."""
    beyond = np.zeros(len(grid.rows), bool)
    for cells in grid.columns[_named(grid) :]:
        beyond |= cells.codes >= 0
    beyond &= ~grid.wider
    if beyond.sum() <= _FEW * len(grid.rows):
        yield from (grid.rows[beyond] - 1).tolist()


def _named(grid: Grid) -> int:
    """How many columns there are up to the last that has a header."""
    return max(
        (
            number
            for number, text in enumerate(grid.headers, 1)
            if text not in ("", f"{LETTERED}{letter(number - 1)}")
        ),
        default=0,
    )


def _filled_by_merging(grid: Grid, sheet: Sheet) -> Iterator[Place]:
    under = set(grid.rows.tolist())
    for (top, column), (bottom, _last) in sheet.merged:
        if top + 1 in under:
            yield from ((row, column, "") for row in range(top + 1, bottom + 1) if row + 1 in under)


def _struck_rows(grid: Grid, sheet: Sheet) -> list[int]:
    """Rows of which at least half of the cells are struck through."""
    cells = sheet.marks.get(markup.STRUCK, ())
    if not cells:
        return []
    count = Counter(row + 1 for row, _column, _said in cells)
    struck = np.array([count[row] for row in grid.rows.tolist()])
    most = (struck > 0) & (struck >= _MOSTLY * grid.filled())
    return [int(row) for row in grid.rows[most]]


def _telling_colours(grid: Grid, places: Sequence[Place]) -> Iterator[Place]:
    """Coloured cells, but for columns of one colour and for rows that are coloured by turns."""
    everywhere = len(grid.rows)
    by_column: dict[int, list[Place]] = {}
    for place in places:
        by_column.setdefault(place[1], []).append(place)
    kept = [
        place
        for own in by_column.values()
        if len(own) < everywhere or len({said for _row, _column, said in own}) > 1
        for place in own
    ]
    rows = np.unique([row for row, _column, _said in kept])
    if len(rows) > 1 and 2 * len(rows) in range(everywhere - 1, everywhere + 2):
        kept = [] if (np.diff(rows) == 2).all() else kept
    yield from kept


def _marked_rows(grid: Grid, sheet: Sheet) -> dict[str, tuple[int, ...]]:
    here = set(grid.rows.tolist())
    found = {}
    for code in OFFERED:
        hidden = (row + 1 for row, _column, _said in sheet.marks.get(code, ()))
        marked = _struck_rows(grid, sheet) if code == markup.STRUCK else hidden
        if rows := tuple(sorted(here & set(marked))):
            found[code] = rows
    return found
