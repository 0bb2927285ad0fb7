"""Numbers that stand for "unknown": 99, 999, -1, where they recur and lie apart from all others."""

import re
from typing import NamedTuple

import numpy as np

from lib.ingest.cells import Cells
from lib.ingest.numbers import PLAIN
from lib.schema import Column

_CODE = re.compile(r"-(?:1|9+|8+|7+)|9+|8{2,}|7{2,}")
OFTEN = 2  # rows in which a code stands at least
_FEW = 3  # other values that a code can be judged by
_APART = 1.5  # how much farther than any two of the others a code lies from the nearest
_SHARE = 0.1  # share of its own size that it lies from the nearest at least


class Codes(NamedTuple):
    """The codes of a column, in how many rows they stand, and between what the others lie."""

    texts: tuple[str, ...]
    rows: int
    low: float
    high: float


def codes_in(cells: Cells) -> Codes | None:
    """The numbers of a column that may stand for unknown; None where there are none."""
    # A code is larger than all other numbers, or below zero where no other is, and stands apart:
    # its distance to the nearest is greater than that between any two of the others.
    found = [code for code, text in enumerate(cells.texts) if _CODE.fullmatch(text)]
    rows = cells.counts()[found].tolist()
    counts = {cells.texts[code]: n for code, n in zip(found, rows, strict=True)}
    codes = {text: float(text) for text, n in counts.items() if n >= OFTEN}
    numbers = _numbers(cells) if codes else {}
    while codes:
        others = np.unique([value for text, value in numbers.items() if text not in codes])
        if len(others) < _FEW:
            return None
        near = [text for text, value in codes.items() if not _apart(value, others)]
        if not near:
            total = sum(counts[text] for text in codes)
            return Codes(tuple(codes), total, float(others[0]), float(others[-1]))
        codes = {text: value for text, value in codes.items() if text not in near}
    return None


def is_code(text: str) -> bool:
    """Whether a text has the form of a code for unknown."""
    return bool(_CODE.fullmatch(text))


def _numbers(cells: Cells) -> dict[str, float]:
    return {text: float(text.replace(",", ".")) for text in cells.texts if PLAIN.fullmatch(text)}


def _apart(value: float, others: np.ndarray) -> bool:
    if value < 0:
        return bool(others[0] >= 0)
    gap = value - others[-1]
    return bool(gap > _APART * np.diff(others).max() and gap >= _SHARE * value)


def assumed(cells: Cells, column: Column, known: bool) -> dict[str, str]:
    """What the codes of a column that is only carried along are taken for: no value."""
    # Of a column that the schema knows the visitor is asked first.
    if known or column.kind not in ("number", "category"):
        return {}
    codes = codes_in(cells)
    return dict.fromkeys(codes.texts, "") if codes else {}
