"""What the codes of the patients' sheet mean, by another sheet or by lines below the table.

A sheet may have a row for each code (column, code, meaning), the codes under the name of each
column, or all choices in one cell, as a data dictionary has them: ``1, HAI | 2, TACE``. A line
begins with the name of a column, `arm: 0 = HAI, 1 = TACE`, or is of each column of such codes.
The words take their place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.cohort import Finding
from lib.ingest.cells import Cells, is_missing, normal, text_of
from lib.ingest.grid import Beside, Grid, texts_of
from lib.ingest.headers import ROW_NUMBER, recognise
from lib.ingest.reader import Sheet
from lib.ingest.sentences import finding, some
from lib.ingest.wording import wording
from lib.schema import IDENTIFIERS

Legend = dict[str, str]  # what each code means
_MOST_COLUMNS, _MOST_ROWS = 20, 2000
_LONGEST_CODE, _MOST_CODES = 6, 30
_SHARE = 0.9  # share of a column's cells that a legend explains
_SHOWN = 4
_CHOICE = re.compile(
    r"\s*([^,=;|\s]{1,6})\s*[,=:–—-]\s*([^|;]+?)\s*(?:[|;\n]|,(?=\s*[^,=:;|\s]{1,6}\s*[=:–—-])|$)"
)
_BRACES = re.compile(r"\}\s*,?\s*\{")  # between the choices of `{1, Male}, {2, Female}`


def legends(sheets: Sequence[Sheet], headers: Sequence[str]) -> dict[str, tuple[str, Legend]]:
    """For each header that a sheet explains, the name of the sheet and its legend."""
    names = {normal(text) for text in headers if text}
    who = ("patient_id", ROW_NUMBER, *IDENTIFIERS)
    told = [text for text in headers if text and recognise(text, 0).column not in who]
    known = {normal(text): text for text in told}
    known |= {normal(_stem(text)): _stem(text) for text in headers if _stem(text)}
    found: dict[str, tuple[str, Legend]] = {}
    for sheet in sheets:
        if may_explain(sheet, names):
            for header, legend in _of(sheet, known).items():
                if len(legend) > 1:
                    found.setdefault(header, (sheet.name, legend))
    return found


def may_explain(sheet: Sheet, names: set[str]) -> bool:
    """Whether a sheet may explain codes: with several of the names in one row it is a table."""
    if len(sheet.rows) > _MOST_ROWS or max(map(len, sheet.rows), default=0) > _MOST_COLUMNS:
        return False
    return all(len({normal(text) for text in texts_of(row)} & names) < 2 for row in sheet.rows)


def _of(sheet: Sheet, known: Mapping[str, str]) -> dict[str, Legend]:
    """The legends of one sheet: by a column's name in the row of a code, or above it."""
    found: dict[str, Legend] = {}
    header = ""
    for row in sheet.rows:
        texts = [part for text in texts_of(row) for part in _parts(text, known)]
        named = next((known[normal(text)] for text in texts if normal(text) in known), "")
        header = named or header
        rest = [text for text in texts if normal(text) not in known]
        if header and rest:
            found.setdefault(header, {}).update(_pairs(rest))
    return found


def _parts(text: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """A column's name and a code that stand in one cell, `Группа 1`; else the cell as it is."""
    header, _space, code = text.rpartition(" ")
    if normal(text) not in known and normal(header) in known and len(code) <= _LONGEST_CODE:
        return header, code
    return (text,)


def _pairs(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The code and its meaning in a row, in two cells or one; or all pairs in one of its cells."""
    for text in texts:
        if pairs := choices(text):
            yield from ((code, meaning) for code, meaning in pairs if _is_meaning(meaning))
            return
    pairs = list(pairwise(texts))
    for code, meaning in (*pairs, *((code, meaning) for meaning, code in pairs)):
        if len(code) <= _LONGEST_CODE and _is_meaning(meaning) and not _is_meaning(code):
            yield code, meaning
            return
    for text in texts:
        if (one := _CHOICE.fullmatch(text)) and _is_meaning(one[2]) and not _is_meaning(one[1]):
            yield one[1], one[2]
            return


def choices(text: str) -> list[tuple[str, str]]:
    """All codes and meanings in one cell: ``1, HAI | 2, TACE``; none where it has not two."""
    found: list[tuple[str, str]] = _CHOICE.findall(_BRACES.sub("|", text).strip("{} "))
    return found if len(found) > 1 else []


def _is_meaning(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", text))


def explained(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """A table whose codes are replaced by what they mean; where a legend explains nearly all."""
    found, sheet = legends(beside.others, grid.headers), beside.sheet
    columns, headers, told = list(grid.columns), list(grid.headers), []
    for place, text in enumerate(grid.headers):
        name, legend = found.get(text, ("", {}))
        cells = columns[place]
        if legend and explains(legend, cells):
            columns[place] = replaced(cells, legend)
            told.append(
                _finding(text, name, {c: legend[c] for c in legend if c in cells.texts}, sheet)
            )
        name, legend = found.get(_stem(text), ("", {}))
        choice = choice_of(text)
        if choice and (meaning := legend.get(choice.code, "")):
            headers[place] = f"{choice.stem} (choice={meaning})"
            told.append(_finding(text, name, {text: headers[place]}, sheet))
    return replace(grid, columns=columns, headers=headers), told


def _stem(header: str) -> str:
    """The question of which a column is a choice: ``treatment___1``."""
    choice = choice_of(header)
    return choice.stem if choice else ""


def explains(legend: Legend, cells: Cells) -> bool:
    """Whether a legend explains nearly all cells of a column of codes."""
    counts = cells.counts().tolist()
    if len(counts) > _MOST_CODES or max(counts, default=0) < 2:  # codes of levels come again
        return False
    known = [(text, n) for text, n in zip(cells.texts, counts, strict=True) if not is_missing(text)]
    total = sum(int(n) for _text, n in known)
    right = sum(int(n) for text, n in known if text in legend)
    return right > 0 and right >= _SHARE * total


def replaced(cells: Cells, legend: Legend) -> Cells:
    """The cells with the meanings in place of the codes."""
    raw = [legend.get(text, cell) for text, cell in zip(cells.texts, cells.raw, strict=True)]
    return cells.recoded(raw)


def shown(legend: Mapping[str, str]) -> str:
    """The first codes of a legend and their meanings, as a message lists them."""
    pairs = [f"{code} = {text_of(meaning)}" for code, meaning in legend.items()]
    return some(pairs, _SHOWN)


def _finding(header: str, name: str, legend: Mapping[str, str], sheet: str) -> Finding:
    return finding("note", "codebook-codes-read", sheet, header, sheet=name, codes=shown(legend))


# Lines below a table -----------------------------------------------------------------------------

_MOST_LINES, _MOST_OF_LINES, _SHORT = 40, 30, 3
_EQUALS = r"\s*(?:=|:|\s[–—-]\s)\s*"
_CODE, _QUOTES = r"[^\W_]{1,3}|[+–—-]", "«»\"'“”"
_PAIR = re.compile(
    rf"(?<![^\s,;|/(])[{_QUOTES}]?({_CODE})[{_QUOTES}]?(?:{_EQUALS})(.+?)"
    rf"(?=[\s,;|/)]*(?<![^\s,;|/(])[{_QUOTES}]?(?:{_CODE})[{_QUOTES}]?(?:{_EQUALS})"
    r"|\s*[)\].;,]*\s*$)"
)
_WORD = re.compile(r"[^\W\d_]{2}")


def explained_below(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
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
                beside.sheet,
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
        if len(codes & letters) > 1 and codes <= letters and len(cells.texts) <= _MOST_OF_LINES:
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


# Columns that are the choices of one question ----------------------------------------------------

_CHOICE_WORD = "|".join(vocabulary.words("layout", "choice"))
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(.+?)_{2,3}(\w+)",
        rf"(.+?)\s*\(\s*(?:{_CHOICE_WORD})\s*=\s*(.+?)\s*\)",
        r"(.+?)\s*\[\s*([^\[\]]+?)\s*\]",
        r"(.+?)\s*[:=|]\s*([^:=|]+)",
        r"(.+?)\s+[-–—/]\s+(.+)",
        r"(.+?)[./]([^./\s]+)",
    )
)
"""How REDCap, survey forms and statistics programs call such a column."""


class Choice(NamedTuple):
    """A column of a choice: the question, and the choice."""

    stem: str
    code: str


def choice_of(header: str) -> Choice | None:
    """The question and the choice that a header names, None where it has not the form of one."""
    for form in _FORMS:
        if match := form.fullmatch(header.strip()):
            return Choice(match[1].strip(), match[2].strip())
    return None
