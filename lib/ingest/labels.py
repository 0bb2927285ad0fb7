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
from lib.ingest.grid import SEARCHED, texts_of
from lib.ingest.headers import known_header
from lib.ingest.reader import Cell, Row, Sheet
from lib.schema import TABLES
from lib.workbooks import markup

_MOST_COLUMNS, _MOST_ROWS = 20, 2000
_FEWEST, _SHARE = 3, 0.6
"""Headers of a sheet that another lists in one column, and their share of all."""
_LABEL = re.compile(r"[^\W\d_]{3}")
Heads = dict[frozenset[str], int]


def labelled(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The sheets of a file, those with a list of their columns under the labels that it gives."""
    found, heads = list(sheets), list(map(_heads, sheets))
    lists = {place: _by_column(other) for place, other in enumerate(sheets) if _may_list(other)}
    for at, sheet in enumerate(sheets):
        for place, columns in lists.items():
            if place == at or _alike(heads[at], heads[place]):
                continue
            row, listed = _listing(sheet, heads[at], sheets[place], columns)
            if listed:
                found[at] = _named(found[at], {row}, listed)
                found[place] = _named(found[place], set(range(len(sheets[place].rows))), listed)
                break
    return tuple(found)


def lists_of_columns(sheets: Sequence[Sheet]) -> list[bool]:
    """Which of some sheets list the columns of another, and so hold no patients."""
    heads = list(map(_heads, sheets))
    return [
        _may_list(sheet) and _lists(_by_column(sheet), heads[at], [*heads[:at], *heads[at + 1 :]])
        for at, sheet in enumerate(sheets)
    ]


def _lists(columns: Mapping[int, set[str]], own: Heads, others: Sequence[Heads]) -> bool:
    return any(not _alike(own, head) and _row_among(head, columns)[1] for head in others)


def _may_list(sheet: Sheet) -> bool:
    width = max(map(len, sheet.rows), default=0)
    return 1 < width <= _MOST_COLUMNS and len(sheet.rows) <= _MOST_ROWS


def _by_column(sheet: Sheet) -> dict[int, set[str]]:
    columns: dict[int, set[str]] = {}
    for row in sheet.rows:
        for place, cell in enumerate(row):
            if isinstance(cell, str) and cell:
                columns.setdefault(place, set()).add(normal(cell))
    return columns


def _heads(sheet: Sheet) -> Heads:
    """The rows of a sheet that may be its headers: their texts, with the row of each."""
    rows = enumerate(sheet.rows[:SEARCHED])
    texts = ((frozenset(map(normal, texts_of(row))), number) for number, row in rows)
    heads: dict[frozenset[str], int] = {}
    for words, number in texts:
        if len(words) >= _FEWEST:
            heads.setdefault(words, number)
    return heads


def _alike(one: Heads, other: Heads) -> bool:
    """Whether two sheets share a row, as tables under the same headers do."""
    return not one.keys().isdisjoint(other.keys())


def _row_among(heads: Heads, columns: Mapping[int, set[str]]) -> tuple[int, int]:
    """The row whose texts stand in one column of another sheet, and which; 0, 0 for none."""
    for texts, number in heads.items():
        for place, listed in columns.items():
            if len(texts & listed) >= max(_FEWEST, _SHARE * len(texts)):
                return number, place + 1
    return 0, 0


def _listing(
    sheet: Sheet, heads: Heads, other: Sheet, columns: Mapping[int, set[str]]
) -> tuple[int, Mapping[str, str]]:
    """The row of headers that another sheet lists, and the label of each."""
    number, column = _row_among(heads, columns)
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


# Variables of a statistical package --------------------------------------------------------------


def titled(sheet: Sheet) -> Sheet:
    """A sheet whose headers are the labels of its variables, where the names say less."""
    # A variable that is named as in the template keeps its name, and so does one that only its name
    # makes known.
    labels = {column: label for _row, column, label in sheet.marks.get(markup.LABEL, ())}
    if not labels or not sheet.rows:
        return sheet
    names = sheet.rows[0]
    headers: list[str] = []
    shown = []
    for position, name in enumerate(map(str, names)):
        label = labels.get(position, "")
        header = label if label and _says_more(label, name) else name
        header = f"{header} ({name})" if header in headers else header
        headers.append(header)
        if header != name:
            shown.append((-1, position, name))
    first: Row = headers
    marks = {**sheet.marks, markup.LABEL: tuple(shown)}
    return replace(sheet, rows=[first, *sheet.rows[1:]], marks=marks)


def _says_more(label: str, name: str) -> bool:
    if normal(name).replace(" ", "_") in TABLES["patients"]:
        return False
    return known_header(label) or not known_header(name)
