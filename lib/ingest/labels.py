"""A sheet that says what the columns of another mean: its labels become the headers.

An export has short names over the data (`TXARM`) and lists them with their labels elsewhere. A
header becomes ``Intra-arterial treatment [TXARM]``, in both sheets, so that what the list says of
its codes is found under the same name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lib.ingest import codebook
from lib.ingest.cells import normal, text_of
from lib.ingest.header_rows import SEARCHED, texts_of
from lib.ingest.reader import Cell, Row, Sheet

_MOST_COLUMNS, _MOST_ROWS = 20, 2000
_FEWEST, _SHARE = 3, 0.6
"""Headers of a sheet that another lists in one column, and their share of all."""
_LABEL = re.compile(r"[^\W\d_]{3}")


def labelled(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The sheets of a file, those with a list of their columns under the labels that it gives."""
    found = list(sheets)
    for at, sheet in enumerate(sheets):
        for place, other in enumerate(sheets):
            if place == at or not _may_list(other):
                continue
            row, listed = _listing(sheet, other)
            if listed:
                found[at] = _named(found[at], {row}, listed)
                found[place] = _named(found[place], set(range(len(other.rows))), listed)
                break
    return tuple(found)


def lists_columns(sheet: Sheet, others: Sequence[Sheet]) -> bool:
    """Whether a sheet lists the columns of another, and so holds no patients."""
    others = [each for each in others if each is not sheet]
    return _may_list(sheet) and any(_row_listed(other, sheet)[1] for other in others)


def _may_list(sheet: Sheet) -> bool:
    width = max(map(len, sheet.rows), default=0)
    return 1 < width <= _MOST_COLUMNS and len(sheet.rows) <= _MOST_ROWS


def _row_listed(sheet: Sheet, other: Sheet) -> tuple[int, int]:
    """The row of a sheet whose texts another lists in one column, and which; 0, 0 for none."""
    columns: dict[int, set[str]] = {}
    for row in other.rows:
        for place, cell in enumerate(row):
            if isinstance(cell, str) and cell:
                columns.setdefault(place, set()).add(normal(cell))
    for number, row in enumerate(sheet.rows[:SEARCHED]):
        texts = {normal(text) for text in texts_of(row)}
        for place, listed in columns.items():
            if len(texts & listed) >= max(_FEWEST, _SHARE * len(texts)):
                return number, place + 1
    return 0, 0


def _listing(sheet: Sheet, other: Sheet) -> tuple[int, Mapping[str, str]]:
    """The row of headers that another sheet lists, and the label of each."""
    number, column = _row_listed(sheet, other)
    labels: dict[str, list[str]] = {}
    if not column:
        return 0, {}
    name = ""
    for row in other.rows:
        name = normal(text_of(row[column - 1])) if any(row[:column]) else name
        label = _label(row[column:])
        if name and label and normal(label) != name:
            labels.setdefault(name, []).append(label)
    known = {normal(text) for text in texts_of(sheet.rows[number])}
    once = {name: each[0] for name, each in labels.items() if len(set(each)) == 1}
    return number, {name: label for name, label in once.items() if name in known}


def _label(cells: Row) -> str:
    """What stands first beside the name of a column, '' where it is a code or what codes mean."""
    first = next((text_of(cell) for cell in cells if text_of(cell)), "")
    return first if _LABEL.search(first) and not codebook.choices(first) else ""


def _named(sheet: Sheet, rows: set[int], labels: Mapping[str, str]) -> Sheet:
    """A sheet in whose rows the names stand behind their labels."""

    def named(cell: Cell) -> Cell:
        label = labels.get(normal(cell)) if isinstance(cell, str) else None
        return f"{label} [{cell}]" if label else cell

    renamed: list[Row] = [
        [named(cell) for cell in row] if number in rows else row
        for number, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=renamed)
