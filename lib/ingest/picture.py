"""A small picture of a column: how numbers or dates are spread, or which cells are commonest."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from lib.ingest.cells import Cells, text_of
from lib.ingest.numbers import PLAIN

BINS = 8
MOST = 3
_LOOKED_AT = 2000  # distinct cells by which a column is pictured
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
