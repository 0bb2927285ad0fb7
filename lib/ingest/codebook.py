"""A sheet that says what the codes of the patients' sheet mean: its words take their place.

It may have a row for each code (column, code, meaning), the codes under the name of each column, or
all choices in one cell, as a data dictionary has them: ``1, HAI | 2, TACE``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from lib.cohort import Finding
from lib.ingest.cells import Cells, is_missing, normal, text_of
from lib.ingest.choices import choice_of
from lib.ingest.grid import Grid
from lib.ingest.header_rows import texts_of
from lib.ingest.headers import ROW_NUMBER, recognise
from lib.ingest.reader import Sheet
from lib.ingest.sentences import finding
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
    known = {normal(text): text for text in headers if text and not _says_who(text)}
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


def _says_who(header: str) -> bool:
    return recognise(header, 0).column in ("patient_id", ROW_NUMBER, *IDENTIFIERS)


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


def explained(
    grid: Grid, found: Mapping[str, tuple[str, Legend]], sheet: str
) -> tuple[Grid, list[Finding]]:
    """A table whose codes are replaced by what they mean; where a legend explains nearly all."""
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


def used(findings: Sequence[Finding]) -> set[str]:
    """The sheets that explained codes."""
    return {str(dict(f.values)["sheet"]) for f in findings if f.code == "codebook-codes-read"}


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
    return ", ".join(pairs[:_SHOWN]) + (", …" if len(pairs) > _SHOWN else "")


def _finding(header: str, name: str, legend: Mapping[str, str], sheet: str) -> Finding:

    return finding("note", "codebook-codes-read", sheet, header, sheet=name, codes=shown(legend))
