"""Letters and signs of life and death that a header or a line beside the table explains.

They stand beside a time, `18.4 d` under `OS, months (d - dead, a - alive)`, or alone against
blanks, `†` with `† - died, blank - alive` below the table. The words take their place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.cohort import Finding
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.codebook import below, shown
from lib.ingest.durations import ANY_EVENT
from lib.ingest.grid import Beside, Grid
from lib.ingest.header_rows import texts_of
from lib.ingest.headers import recognise
from lib.ingest.legends import level_said
from lib.ingest.sentences import finding
from lib.schema import COLUMNS, Column

_SHARE = 0.9  # share of a column's cells that are a time, alone or with a letter that is explained
_FEWEST, _LONGEST = 2, 300
_MARKS = "*†‡✝✞✟☨✚+#^°"
_LETTERS = r"[^\W\d_]{1,3}"
_SIGN = rf"{_LETTERS}|[{re.escape(_MARKS)}]"
_BLANK = "|".join(map(re.escape, sorted(vocabulary.words("layout", "blank"), key=len)[::-1]))
_MEANS = r"\s*[-–—=:]+\s*"
_QUOTE = r"[«»\"'“”]?"
_PAIR = re.compile(
    rf"(?<![^\s,;:|/()\[\]«\"'“])(?={_QUOTE}(?P<sign>\d|{_SIGN})\.?{_QUOTE}{_MEANS}"
    rf"(?P<word>[^\W\d_][^=:]*?)"
    rf"(?:\s*[,;/()\[\]|]|\.?\s*$|\s+{_QUOTE}(?:\d|{_SIGN})\.?{_QUOTE}{_MEANS}))",
    re.IGNORECASE,
)
_UNMARKED = re.compile(
    rf"(?<!\w)(?:{_BLANK})(?!\w){_QUOTE}(?:{_MEANS}|\s+)(?P<word>[^\W\d_][^,;/()|]*)", re.IGNORECASE
)
_TIME = r"[<>≥~]?\s*\d+(?:[.,]\d+)?"
_BESIDE = re.compile(
    rf"(?P<time>{_TIME})\s*[(\[]?\s*(?P<sign>{_SIGN})\s*[)\]]?\.?"
    rf"|[(\[]?\s*(?P<before>{_SIGN})\s*[)\]]?\s*(?P<after>{_TIME})"
)
_BARE = re.compile(_TIME)
_OF_LIFE = frozenset(("os_event", "vital_status", "death_date"))
_STATES = {"yes": "event", "no": "censored"}
"""Words that each event knows, for what it says in words of its own."""


class _Legend(NamedTuple):
    """What one text says: the state that each sign means, and a blank, '' where it is not told."""

    signs: Mapping[str, str]
    blank: str


def said(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """Put words in place of letters and signs that a header or a line explains."""
    lines = [text for row in beside.above for text in texts_of(row)]
    lines += [text for cells in _lines(grid) for text in cells]
    legends = [each for text in lines if (each := _legend(text)).signs]
    columns, told = list(grid.columns), []
    for place, header in enumerate(grid.headers):
        cells = grid.columns[place]
        for legend in (_legend(header), *legends):
            changed = _times(cells, legend) or _marked(grid, place, legend)
            if changed is None:
                continue
            columns[place] = changed
            used = {sign: word for sign, word in legend.signs.items() if _stands(sign, cells)}

            told.append(finding("note", "signs-read", beside.sheet, header, codes=shown(used)))
            break
    return replace(grid, columns=columns), told


def _lines(grid: Grid) -> Iterator[list[str]]:
    """The cells of the last rows, upwards to the last patient."""
    for _row, cells in below(grid):
        if 2 * len(cells) > len(grid.headers):
            return
        yield cells


def _legend(text: str) -> _Legend:
    """What a text says of letters and signs, those that mean that an event happened or not."""
    if len(text) > _LONGEST:
        return _Legend({}, "")
    signs = {
        _form(match["sign"]): word for match in _PAIR.finditer(text) if (word := _state(match))
    }
    unmarked = _UNMARKED.search(text)
    return _Legend(signs, _state(unmarked) if unmarked else "")


def _state(match: re.Match[str]) -> str:
    """The words of a legend, or a known word for what they say; '' where it is no event."""
    words = match["word"].strip(" .")
    for column in (COLUMNS["os_event"], COLUMNS["pfs_event"], ANY_EVENT):
        if level := level_said(words, column):
            said_so = (each for each in (words, *words.split()) if _exactly(each, column) == level)
            return next(said_so, _STATES[level])
    return ""


def _exactly(words: str, column: Column) -> str:
    return level_said(words, column, exactly=True)


def _stands(sign: str, cells: Cells) -> bool:
    return any(sign in (_form(text), _sign(_BESIDE.fullmatch(text))) for text in cells.texts)


def _form(text: str) -> str:
    return normal(text) or text


def _sign(match: re.Match[str] | None) -> str:
    """What stands beside a time."""
    return _form(match["sign"] or match["before"]) if match else ""


def _times(cells: Cells, legend: _Legend) -> Cells | None:
    """The times with the words for what stands beside them; None where they are no such times."""
    if not legend.signs:
        return None
    with_sign = right = total = 0
    raw = list(cells.raw)
    for code, (text, count) in enumerate(zip(cells.texts, cells.counts().tolist(), strict=True)):
        if is_missing(text):
            continue
        total += count
        match = _BESIDE.fullmatch(text)
        word = legend.signs.get(_sign(match), "")
        if match and word:
            raw[code] = f"{(match['time'] or match['after']).strip()} ({word})"
            with_sign += count
        right += bool(word or _BARE.fullmatch(text)) * count
    enough = with_sign >= _FEWEST and right >= _SHARE * total
    return cells.recoded(raw) if enough else None


def _marked(grid: Grid, place: int, legend: _Legend) -> Cells | None:
    """The words for a mark and for the blanks beside it; None where both are not told."""
    cells = grid.columns[place]
    forms = {_form(text) for text in cells.texts}
    if len(forms) != 1 or not legend.blank or not forms <= set(legend.signs):
        return None
    mark = forms.pop()
    header = grid.headers[place]
    of_life = normal(header) == mark or recognise(header, place).column in _OF_LIFE
    if not of_life and (mark.isalnum() or mark == "+"):
        return None
    patients = 2 * grid.filled() > len([text for text in grid.headers if text])
    word = legend.signs[mark]
    return Cells.of(
        [
            word if code >= 0 else legend.blank if own else ""
            for code, own in zip(cells.codes.tolist(), np.asarray(patients).tolist(), strict=True)
        ]
    )
