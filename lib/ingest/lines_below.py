"""Lines below a table that say what its codes mean: ``arm: 0 = HAI, 1 = TACE``.

A line begins with the name of a column, and may be cut into several cells at its commas. One that
names none, `CR - complete response, PR - partial response`, is of each column of such codes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from lib.cohort import Finding
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.codebook import Legend, explains, replaced, shown
from lib.ingest.grid import Grid
from lib.ingest.sentences import finding
from lib.ingest.wording import wording

_MOST_LINES, _MOST_CODES, _SHORT = 40, 30, 3
_EQUALS = r"\s*(?:=|:|\s[–—-]\s)\s*"
_CODE, _QUOTES = r"[^\W_]{1,3}|[+–—-]", "«»\"'“”"
_PAIR = re.compile(
    rf"(?<![^\s,;|/(])[{_QUOTES}]?({_CODE})[{_QUOTES}]?(?:{_EQUALS})(.+?)"
    rf"(?=[\s,;|/)]*(?<![^\s,;|/(])[{_QUOTES}]?(?:{_CODE})[{_QUOTES}]?(?:{_EQUALS})"
    r"|\s*[)\].;,]*\s*$)"
)
_WORD = re.compile(r"[^\W\d_]{2}")


def explained(grid: Grid, sheet: str) -> tuple[Grid, list[Finding]]:
    """A table without the lines that explain its codes, these being replaced by their meanings."""
    names = names_of(grid)
    lines = dict(_lines(grid, names))
    if not lines:
        return grid, []
    keep = np.ones(len(grid.rows), bool)
    title = _title(grid, min(lines))
    keep[[*lines, *title]] = False
    table = grid.take(keep)
    columns, told, used = list(table.columns), [], set[int]()
    found = ((row, at, legend) for row, (places, legend) in lines.items() for at in places)
    for row, place, legend in found:
        if not explains(legend, columns[place]):
            continue
        there = {code: legend[code] for code in legend if code in columns[place].texts}
        columns[place] = replaced(columns[place], legend)

        rows = (int(grid.rows[row]),)
        told.append(
            finding(
                "note",
                "lines-below-codes-read",
                sheet,
                grid.headers[place],
                rows,
                codes=shown(there),
            )
        )
        used.add(row)
    if told and title:
        used.update(title)
        named_too = grid.rows[title].tolist()
        told[-1] = replace(told[-1], rows=(*named_too, *told[-1].rows))
    return _without(grid, used, table, columns), told


def _title(grid: Grid, first: int) -> list[int]:
    """The row above the first line, where it is a title of them: one cell that ends in a colon."""
    above = np.flatnonzero(grid.filled()[:first])[-1:].tolist()
    cells = [
        c.texts[code] for c in grid.columns for row in above if (code := int(c.codes[row])) >= 0
    ]
    return above if len(cells) == 1 and cells[0].rstrip().endswith(":") else []


def _without(grid: Grid, used: set[int], table: Grid, columns: list[Cells]) -> Grid:
    """The table with what was explained; lines that explained nothing stay for other rules."""
    if not used:
        return grid
    keep = np.array([row not in used for row in range(len(grid.rows))])
    left = grid.take(keep)
    kept = np.isin(left.rows, table.rows)
    joined = [
        new if new is old else _spread(new, kept, own)
        for new, old, own in zip(columns, table.columns, left.columns, strict=True)
    ]
    return replace(left, columns=joined)


def _spread(new: Cells, kept: np.ndarray, own: Cells) -> Cells:
    """Explained cells in the rows of the table, and what stands in the lines left below it."""
    raw = [own.raw[code] if code >= 0 else "" for code in own.codes.tolist()]
    for row, code in zip(np.flatnonzero(kept).tolist(), new.codes.tolist(), strict=True):
        raw[row] = new.raw[code] if code >= 0 else ""
    return Cells.of(raw, own.since_1904)


def names_of(grid: Grid) -> Mapping[str, int]:
    """The place of each column by its name, with and without what stands in brackets."""
    names: dict[str, int] = {}
    for bare in (False, True):
        for place, text in enumerate(grid.headers):
            name = wording(text).base if bare else normal(text)
            if name:
                names.setdefault(name, place)
    return names


def _lines(
    grid: Grid, names: Mapping[str, int]
) -> Iterator[tuple[int, tuple[Sequence[int], Legend]]]:
    """The last rows, upwards to the last patient, that explain codes, and the columns of these."""
    for row, cells in below(grid):
        place, rest = named(", ".join(cells), names)
        if place < 0 and 2 * len(cells) > len(grid.headers):  # a patient
            return
        legend = dict(_PAIR.findall(rest if place >= 0 else ", ".join(cells)))
        legend = {code: _closed(word) for code, word in legend.items() if _WORD.search(word)}
        if len(legend) > 1:
            yield row, ([place] if place >= 0 else _made_of(grid, legend), legend)


def _made_of(grid: Grid, legend: Legend) -> list[int]:
    """The columns that have codes of a legend, two of them at least, and nothing else."""
    letters = {code for code in legend if not code.isdecimal()}
    found = []
    for place, cells in enumerate(grid.columns):
        codes = {text for text in cells.texts if not is_missing(text) and len(text) <= _SHORT}
        if len(codes & letters) > 1 and codes <= letters and len(cells.texts) <= _MOST_CODES:
            found.append(place)
    return found


def _closed(meaning: str) -> str:
    """A meaning with its last bracket, which also ends what stands in brackets: ``(1 = dead)``."""
    return meaning + ")" * (meaning.count("(") > meaning.count(")"))


def below(grid: Grid) -> Iterator[tuple[int, list[str]]]:
    """The last rows, upwards, and what stands in the cells of each."""
    for row in np.flatnonzero(grid.filled())[::-1][:_MOST_LINES].tolist():
        yield row, [c.texts[code] for c in grid.columns if (code := int(c.codes[row])) >= 0]


_LONGEST = 200  # signs of a line in which the name of a column is looked for


def named(line: str, names: Mapping[str, int]) -> tuple[int, str]:
    """The column with whose name a line begins, -1 for none, and the rest of the line."""
    text = line.strip(" *•·-–—")
    for length in range(min(len(text), _LONGEST), 0, -1):
        if length < len(text) and (text[length].isalnum() or text[length] == "_"):
            continue
        place = names.get(normal(text[:length]), -1)
        if place >= 0:
            return place, text[length:].lstrip(" :,.;=–—-")
    return -1, ""
