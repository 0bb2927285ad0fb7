"""The arm where a table says it by its layout: a row of one cell may head the rows under it.

What the names of groups tell, be they headings or sheets, becomes a column as any other.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lib import vocabulary
from lib.cohort import Finding
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.evidence import nature
from lib.ingest.grid import Beside, Grid, texts_of
from lib.ingest.headers import recognise
from lib.ingest.identifiers import CODE
from lib.ingest.levels import known_words
from lib.ingest.reader import Row
from lib.ingest.sentences import finding, some
from lib.ingest.totals import is_statistic, shape_of
from lib.schema import COLUMNS

MODALITY, YEAR = "modality", "year"
_MOST_WORDS = 4  # words of the longest name of a modality
_FULL = 0.5  # share of the usual cells of a row that the row under a heading has
_LEAST = 2
_SHOWN = 4  # headings that a finding names
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_COUNT = re.compile(
    r"[\s,;]*\(?\s*(?:[nN]\s*=\s*\d+|\d+\s*(?:чел|пац|бол|pat|pts)\w*\.?)\s*\)?\s*:?$"
)
"""How many patients a heading counts, written behind it."""


def modality_in(text: str) -> str:
    """The modality that a text names among other words, '' where none or several are named."""
    known = known_words(COLUMNS[MODALITY])
    whole = known.find(text)
    if whole:
        return whole
    words = re.findall(r"[^\W_]+", normal(text))
    found: set[str] = set()
    place = 0
    while place < len(words):
        for end in range(min(len(words), place + _MOST_WORDS), place, -1):
            code = known.words.get(" ".join(words[place:end]), "")
            if code in known.codes:
                found.add(code)
                place = end - 1
                break
        place += 1
    if found == {"HAI", "TACE"} or found == {"HAI", "DEB_TACE"}:
        return "BOTH"
    if found == {"TACE", "DEB_TACE"}:
        return "DEB_TACE"
    return found.pop() if len(found) == 1 else ""


class Named(NamedTuple):
    """What the names of groups tell: the header of their column, and the cell of each name."""

    column: str
    cells: dict[str, str]


def named(names: Sequence[str], grid: Grid, otherwise: str) -> Named:
    """What groups are by their names: modalities, years, centres, or `otherwise`."""
    given = {name: _COUNT.sub("", name).strip() or name for name in names}
    modalities = {name: modality_in(bare) for name, bare in given.items()}
    if any(modalities.values()) and not has_modality(grid):
        known = known_words(COLUMNS[MODALITY])
        return Named(
            MODALITY,
            {
                name: bare if known.find(bare) or not modalities[name] else modalities[name]
                for name, bare in given.items()
            },
        )
    years = {name: _YEAR.findall(bare) for name, bare in given.items()}
    if all(len(found) == 1 for found in years.values()):
        return Named(free(YEAR, grid), {name: found[0] for name, found in years.items()})
    if all(_says_centre(bare) for bare in given.values()):
        return Named(free("centre", grid), given)
    return Named(free(otherwise, grid), given)


def has_modality(grid: Grid) -> bool:
    """Whether a column says the modality, by its header or by its cells."""
    return any(
        cells.texts and (recognise(text, 0).column == MODALITY or nature(cells) == MODALITY)
        for text, cells in zip(grid.headers, grid.columns, strict=True)
        if text
    )


def _says_centre(text: str) -> bool:
    return any(
        re.search(rf"\b{word}", normal(text)) for word in vocabulary.words("layout", "centre")
    )


def free(name: str, grid: Grid) -> str:
    """A header that the table does not have."""
    taken = {normal(text) for text in grid.headers}
    number, header = 1, name
    while normal(header) in taken:
        number += 1
        header = f"{name} {number}"
    return header


def with_column(grid: Grid, header: str, texts: Sequence[str]) -> Grid:
    """A table with one more column, at its end."""
    return replace(
        grid, headers=[*grid.headers, header], columns=[*grid.columns, Cells.of(list(texts))]
    )


# Rows that head others ----------------------------------------------------------------------


def under_headings(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """Put what rows of one cell say into a column of the rows under them."""
    heads = _headings(grid)
    if not heads:
        return grid, []
    first = min(heads)
    title = "" if not grid.filled()[:first].any() else _title(beside.above)
    told = named([*heads.values(), *([title] if title else [])], grid, "heading")
    now, texts = told.cells.get(title, ""), []
    for row, count in enumerate(grid.filled().tolist()):
        now = told.cells[heads[row]] if row in heads else now
        texts.append(now if count > 1 else "")  # a footnote stays one
    keep = np.ones(len(grid.rows), bool)
    keep[list(heads)] = False
    names = [f"'{name}'" for name in dict.fromkeys(heads.values())]
    shown = some(names, _SHOWN)
    rows = tuple(grid.rows[list(heads)].tolist())
    found = finding("note", "headings", beside.sheet, "", rows, examples=shown, column=told.column)
    return with_column(grid, told.column, texts).take(keep), [found]


def heads(text: str) -> bool:
    """Whether a text by itself says that it heads other rows: a modality, a year or a centre."""
    return bool(text) and bool(
        modality_in(text) or _YEAR.fullmatch(re.sub(r"[^\d]", "", text)) or _says_centre(text)
    )


def _headings(grid: Grid) -> dict[int, str]:
    """The rows that head those under them, from 0, and what they say."""
    # One cell over a row of a patient is a heading where it names a modality, or where the table
    # begins with such a row: a footnote or a patient of whom only the code is known stands
    # elsewhere.
    filled = grid.filled()
    alone = np.flatnonzero(filled == 1)
    if not len(alone):
        return {}
    said = dict(_alone(grid, alone.tolist(), filled))
    if not said:
        return {}
    leads = bool(np.flatnonzero(filled)[0] in said) and len(set(said.values())) > 1
    return {row: text for row, text in said.items() if leads or modality_in(text)}


def _alone(
    grid: Grid, alone: Sequence[int], filled: npt.NDArray[np.int64]
) -> Iterator[tuple[int, str]]:
    """Rows of one cell over a row of a patient, which says what no patient's cell does."""
    used = np.flatnonzero(filled)
    least = max(_LEAST, _FULL * float(np.median(filled[used])))
    found: dict[int, tuple[set[int], Counter[str]]] = {}  # of a column, once
    for row in alone:
        place = int(np.searchsorted(used, row)) + 1
        if place >= len(used) or filled[used[place]] < least:
            continue
        number = next(n for n, cells in enumerate(grid.columns) if cells.codes[row] >= 0)
        cells = grid.columns[number]
        if number not in found:
            others = set(np.unique(cells.codes[filled > 1]).tolist())
            found[number] = others, Counter(map(shape_of, cells.texts[:_SAMPLED]))
        others, shapes = found[number]
        code = int(cells.codes[row])
        if code not in others and not _is_cell(cells.texts[code], shapes):
            yield row, cells.texts[code]


def _is_cell(text: str, shapes: Counter[str]) -> bool:
    """Whether a text is a number, a total, a person or a code as others of its column are."""
    plain = not re.search(r"[^\W\d_]{2}|(?<!\d)(?:19|20)\d\d(?!\d)", text)
    if plain or is_statistic(text) or is_missing(text) or text.startswith((CODE, "*")):
        return True
    alike = shapes[shape_of(text)]
    return alike > 2 and 2 * alike > shapes.total() and not modality_in(text)


_SAMPLED = 200


def _title(above: Sequence[Row]) -> str:
    """A modality that the last row over the headers names, alone in it."""
    texts = next((found for row in reversed(above) if (found := texts_of(row))), [])
    return texts[0] if len(texts) == 1 and modality_in(texts[0]) else ""
