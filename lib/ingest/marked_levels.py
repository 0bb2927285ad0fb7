"""A category in columns of marks, one for each level: `M` and `F`; `ECOG 0`, `ECOG 1`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lib.cohort import Finding
from lib.ingest.arms import MODALITY, free, with_column
from lib.ingest.cells import Cells, normal
from lib.ingest.flags import APART, MARKS, is_flag, marks_of
from lib.ingest.grid import Grid
from lib.ingest.headers import recognise
from lib.ingest.levels import known_words
from lib.ingest.sentences import finding
from lib.ingest.two_in_one import field_of
from lib.plan import Reading
from lib.schema import COLUMNS

_ALONE = ("sex", "vital_status", "best_response")
"""Fields whose levels need no name of the field beside them."""
_TITLES = {"best_response": "response"}
_LEAST = 2
_ONE_EACH = 0.75  # share of the rows with one mark from which the columns are levels of one thing
_LONGEST = 24  # signs of the longest level that no vocabulary knows
_BETWEEN = re.compile(r"[\s:=_/(–-]+(?:choice\s*=\s*)?")


_WORD = re.compile(r"[^\W\d_]")


class Level(NamedTuple):
    """A column of marks: its place, what it says of which field, and how the header names that."""

    place: int
    field: str
    stem: str
    level: str
    word: str


def gathered(grid: Grid, reading: Reading, sheet: str) -> tuple[Grid, list[Finding]]:
    """Put the columns of marks that are levels of one field into one column."""
    told: list[Finding] = []
    for group in groups(grid):
        if reading.said(MARKS, title(group)) != APART:
            grid, found = _gathered(grid, group, sheet)
            told += found
    return grid, told


def groups(grid: Grid) -> list[list[Level]]:
    """The columns of marks beside each other that are levels of one field."""
    found = []
    for _key, run in groupby(_runs(grid), key=lambda each: each[0]):
        group = [level for _number, level in run]
        words = {each.word for each in group}
        known = [each.level for each in group if each.level]
        once = len(words) == len(group) and len(set(known)) == len(known)
        if once and len(known) >= _LEAST and _is_field(grid, group):
            found.append(group)
    return found


def title(group: Sequence[Level]) -> str:
    """The header of the column that levels become."""
    field = group[0].field
    return group[0].stem or _TITLES.get(field, field)


def _runs(grid: Grid) -> Iterator[tuple[tuple[int, str, str], Level]]:
    """Each column of marks that is a level, with what it shares with those beside it."""
    run, last = 0, -1
    for place, text in enumerate(grid.headers):
        found = _level(place, text) if text and is_flag(grid.columns[place]) else None
        if found is None:
            continue
        run += place != last + 1
        last = place
        yield (run, found.field, normal(found.stem)), found


def _level(place: int, text: str) -> Level | None:
    """The level that a header names: by itself, or behind the name of its field."""
    # A word that may mean several levels is one too: which of them is asked as of any cell.
    for field in _ALONE:
        if _may_be(field, text):
            return Level(place, field, "", _known(field, text), text)
    for between in sorted(_BETWEEN.finditer(text), key=_weakness):
        stem, word = text[: between.start()].strip(), text[between.end() :].strip(" )")
        field = field_of(stem) if stem and word else ""
        if not field or field == MODALITY or COLUMNS[field].kind not in ("category", "flag"):
            continue
        if not COLUMNS[field].levels and len(word) <= _LONGEST:
            return Level(place, field, stem, word, word)
        if COLUMNS[field].levels and _may_be(field, word):
            return Level(place, field, stem, _known(field, word), word)
    return None


def _weakness(between: re.Match[str]) -> tuple[bool, int]:
    """How little parts a field from its level: a colon or a stroke most, the last space next."""
    return not between[0].strip(), -between.start()


def _may_be(field: str, word: str) -> bool:
    doubtful = normal(word) in known_words(COLUMNS[field]).ask and bool(_WORD.search(word))
    return doubtful or bool(_known(field, word))


def _known(field: str, word: str) -> str:
    known = known_words(COLUMNS[field])
    level = known.find(word) if normal(word) not in known.ask else ""
    return level if level in known.codes else ""


def _is_field(grid: Grid, group: Sequence[Level]) -> bool:
    """Whether nearly each row has one mark, and no other column is of the field."""
    places = {each.place for each in group}
    others = [text for place, text in enumerate(grid.headers) if place not in places]
    if any(recognise(text, 0).column == group[0].field for text in others if text):
        return False
    marks = _marks(grid, group)
    rows = grid.filled() > _LEAST
    return int((marks[rows] == 1).sum()) >= _ONE_EACH * int(rows.sum()) > 0


def _marks(grid: Grid, group: Sequence[Level]) -> npt.NDArray[np.int64]:
    """(n,) int array: how many of the columns are marked in each row."""
    count = np.zeros(len(grid.rows), np.int64)
    for each in group:
        count += marks_of(grid.columns[each.place]) > 0
    return count


def _gathered(grid: Grid, group: Sequence[Level], sheet: str) -> tuple[Grid, list[Finding]]:
    marks = _marks(grid, group)
    texts = np.full(len(grid.rows), "", object)
    for each in group:
        texts[(marks_of(grid.columns[each.place]) > 0) & (marks == 1)] = each.word
    header = free(title(group), grid)
    names = ", ".join(f"'{grid.headers[each.place]}'" for each in group)
    told = [finding("warning", "levels", sheet, columns=names, column=header)]
    filled = grid.filled() > 1
    for code, wrong in (("several-marked", marks > 1), ("none-marked", (marks == 0) & filled)):
        if wrong.any():
            told += [
                finding(
                    "warning", code, sheet, header, grid.rows[wrong], columns=names, column=header
                )
            ]
    headers, columns = list(grid.headers), list(grid.columns)
    for each in group:  # what they say stands in the one column
        headers[each.place], columns[each.place] = "", Cells.of([""] * len(grid.rows))
    return with_column(
        replace(grid, headers=headers, columns=columns), header, texts.tolist()
    ), told
