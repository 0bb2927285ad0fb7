"""How much speaks for what a column is proposed to be: of its header's words, and of its cells."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from lib.ingest import endpoints
from lib.ingest.cells import Cells, text_of
from lib.ingest.headers import Header, recognise
from lib.ingest.legends import coding
from lib.ingest.numbers import PLAIN
from lib.ingest.values import Parsed, parse, share
from lib.ingest.wording import meanings
from lib.schema import TABLES, Column

_LOOKED_AT = 2000  # distinct cells by which a column is judged


@dataclass(frozen=True, slots=True)
class Score:
    """The shares, 0 to 1, of a header's words that say a field and of its cells that fit it."""

    words: float
    cells: float

    @property
    def whole(self) -> float:
        """Both together, 0 to 1; words and cells count alike."""
        return (self.words + self.cells) / 2


def score(header: Header, table: str, cells: Cells, levels: dict[str, str]) -> Score | None:
    """Score what a header is proposed to mean, or what is likeliest; None for no field."""
    # `levels`: the level that each text is read as, where that is known already.
    if header.reason == "unknown" and not header.column:
        return None  # the score of a field that is not named would say nothing
    name = header.column or next(iter(header.candidates), "")
    column = TABLES[table].get(name)
    if column is None and table == "patients":
        column = endpoints.column(name, header.text)
    if column is None or not cells.texts:
        return None
    said = dict(coding(header.text, column, cells)) | levels
    return Score(_words(header, table, column), _cells(header, column, cells, said))


def _words(header: Header, table: str, column: Column) -> float:
    """All of them where the header is one that the field is known by."""
    known = recognise(header.text, header.position, table)
    said = known.reason in ("name", "synonym", "same words", "ask")
    if header.reason == "endpoint" or (said and column.name in (known.column, *known.candidates)):
        return 1.0
    if table != "patients":
        return 0.0
    told = (each.explained for each in meanings(header.text) if each.field == column.name)
    return max(told, default=0.0)


def _cells(header: Header, column: Column, cells: Cells, levels: dict[str, str]) -> float:
    some = replace(cells, texts=cells.texts[:_LOOKED_AT], raw=cells.raw[:_LOOKED_AT])
    orders = (True, False) if column.kind == "date" else (True,)
    read = (parse(some, column, header.unit, first, levels) for first in orders)
    return max(share(cells.counts(), _fitting(each)) for each in read)


def _fitting(read: Parsed) -> Parsed:
    """What cells mean, without words that are kept although they are none of the field's."""
    values = [
        None if code in read.problems and read.problems[code].code == "own-level" else value
        for code, value in enumerate(read.values)
    ]
    return replace(read, values=values)


# A picture of a column ---------------------------------------------------------------------------
BINS = 8
MOST = 3
_NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands in a column."""

    # low, high: the ends of its numbers or dates; '' for other cells
    low: str = ""
    high: str = ""
    # Rows in bins of equal width between the ends; none for other cells.
    heights: tuple[int, ...] = ()
    # The commonest cells with their rows, where there are no ends.
    commonest: tuple[tuple[str, int], ...] = ()
    others: int = 0  # distinct cells beside these


def picture(cells: Cells) -> Picture:
    """Picture the cells of a column; by a few thousand of them where there are more."""
    counts = cells.counts()[:_LOOKED_AT]
    for measure in (_numbers, _days):
        values = measure(cells)
        known = np.isfinite(values)
        distinct = len(np.unique(values[known]))
        if distinct > MOST and counts[known].sum() >= _NEARLY_ALL * counts.sum():
            return _spread(values[known], counts[known], measure is _days)
    order = np.argsort(-counts, kind="stable")[:MOST].tolist()
    commonest = tuple((cells.texts[code], int(counts[code])) for code in order)
    return Picture(commonest=commonest, others=len(cells.texts) - len(commonest))


def _spread(values: npt.NDArray[np.float64], counts: npt.NDArray[np.int64], dated: bool) -> Picture:
    heights, edges = np.histogram(values, BINS, weights=counts)
    ends = [float(edges[0]), float(edges[-1])]
    low, high = (
        (date.fromordinal(int(end)).isoformat() if dated else text_of(round(end, 2)))
        for end in ends
    )
    return Picture(low, high, tuple(heights.astype(int).tolist()))


def _numbers(cells: Cells) -> npt.NDArray[np.float64]:
    plain = PLAIN.fullmatch
    return np.array(
        [
            float(text.replace(",", ".")) if plain(text) else np.nan
            for text in cells.texts[:_LOOKED_AT]
        ],
        np.float64,
    )


def _days(cells: Cells) -> npt.NDArray[np.float64]:
    """Cells that the workbook holds as dates; a text says what it says by itself."""
    return np.array(
        [cell.toordinal() if isinstance(cell, date) else np.nan for cell in cells.raw[:_LOOKED_AT]],
        np.float64,
    )
