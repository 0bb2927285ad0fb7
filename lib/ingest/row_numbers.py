"""Rows of two sheets under one row number whose names agree: the same person, by the same code.

`Иванов Иван Иванович`, `Иванов И.И.` and `Иванов` name one person where the rows have one number.
Names are compared while a file is opened and are gone afterwards; what is left are their codes.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from lib.ingest import identifiers
from lib.ingest.cells import text_of
from lib.ingest.identity import Part, is_number
from lib.ingest.reader import Cell, Row, Sheet

_SHORTEST = 3  # letters of a name that two rows must share


def named_alike(
    sheets: Sequence[Sheet], parts: Sequence[Part | None], names: Sequence[Sequence[int]]
) -> list[Sheet]:
    """The sheets, a name written as in the first sheet that has it under the same row number.

    `names`: of each sheet, the columns that hold names and are to be replaced by codes.
    """
    found = list(sheets)
    for one, other in combinations(range(len(sheets)), 2):
        rows = {at: _by_number(found[at], parts[at], names[at]) for at in (one, other)}
        known = one if all(len(each) == 1 for each in rows[one].values()) else other
        told = other if known == one else one
        changed = {
            row: first
            for number, ((_row, first, whole), *more) in rows[known].items()
            for row, cell, said in rows[told].get(number, ())
            if not more and cell != first and agree(whole, said)
        }
        if changed:
            found[told] = _renamed(found[told], names[told][0], changed)
    return found


_Rows = dict[str, list[tuple[int, Cell, str]]]
"""By number: its rows, each with its first cell of a name and all of it."""


def _by_number(sheet: Sheet, part: Part | None, names: Sequence[int]) -> _Rows:
    """The rows of a sheet by their numbers; none where it has no names."""
    found: _Rows = {}
    place = next((h.position for h in part.headers if is_number(h)), -1) if part else -1
    if part is None or not names or place < 0:
        return found
    for at, row in enumerate(sheet.rows):
        if at >= part.grid.header_row and max(place, *names) < len(row):
            number, first = text_of(row[place]), row[names[0]]
            if number and text_of(first):
                whole = " ".join(text_of(row[each]) for each in names)
                found.setdefault(number, []).append((at, first, whole))
    return found


def agree(one: str, other: str) -> bool:
    """Whether two names may be one person's: the shorter says nothing that the longer does not."""
    # A word or its initial; one word of several letters must be the same.
    short, long = sorted((identifiers.same(each).split() for each in (one, other)), key=len)
    if not any(word in long and len(word) >= _SHORTEST for word in short):
        return False
    left, begun = list(long), False
    for word in sorted(short, key=len, reverse=True):
        like = [each for each in left if each == word or _initial(word, each)]
        if not like:
            return False
        taken = max(like, key=lambda each: each == word)
        begun |= len(taken) < len(word)
        left.remove(taken)
    # `Иванов Иван` is not `Петров Иван И.`: a word that is no initial would be left of both.
    return not (begun and any(len(each) > 1 for each in left))


def _initial(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def _renamed(sheet: Sheet, position: int, changed: dict[int, Cell]) -> Sheet:
    rows: list[Row] = []
    for at, row in enumerate(sheet.rows):
        cells = list(row)
        if at in changed:
            cells[position] = changed[at]
        rows.append(cells)
    return replace(sheet, rows=rows)
