"""Ranges where a number is meant that is shown in groups: `до 25`, `25-50`, `>50` of a liver.

A range that lies in one of the groups in which its column is shown is read as its middle, so that
its group is right; one that lies in several says too little.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from lib import vocabulary
from lib.ingest.cells import Problem, Read, normal
from lib.ingest.numbers import unit_of
from lib.ingest.reader import Cell
from lib.schema import Column


def _any_of(name: str) -> str:
    words = sorted(map(normal, vocabulary.words("limits", name)), key=len, reverse=True)
    return "|".join(map(re.escape, words))


_NUMBER, _UNIT = r"(\d+(?:[.,]\d+)?)", r"\s*(?:%|проц\w*\.?|percent|per cent)?\s*"
_BETWEEN = re.compile(
    rf"(?:{_any_of('from')})?\s*{_NUMBER}{_UNIT}(?:[-‐-―−]|\.\.\.?|…|{_any_of('to')})\s*{_NUMBER}{_UNIT}"
)
_BELOW = re.compile(rf"(?:<=?|≤|=<|{_any_of('below')})\s*{_NUMBER}{_UNIT}")
_ABOVE = re.compile(
    rf"(?:>=?|≥|=>|{_any_of('above')})\s*{_NUMBER}{_UNIT}"
    rf"|{_NUMBER}{_UNIT}(?:\+|{_any_of('and_above')})"
)


def takes_ranges(column: Column) -> bool:
    """Whether a column has ends, and fixed groups in which it is shown: a share of the liver."""
    return column.unit == "%" and bool(column.cuts)


def ends(text: str, column: Column) -> tuple[float, float] | None:
    """The ends of a range, those of the column where one is open; None for no range."""
    bare = text.casefold().replace("ё", "е").strip(" .")
    if match := _BETWEEN.fullmatch(bare):
        low, high = map(_number, match.groups())
    elif match := _BELOW.fullmatch(bare):
        low, high = column.low, _number(match[1])
    elif match := _ABOVE.fullmatch(bare):
        low, high = _number(match[1] or match[2]), column.high
    else:
        return None
    return (low, high) if low < high else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def read_ranges(
    column: Column, unit: str, plain: Callable[[str, Cell], Read]
) -> Callable[[str, Cell], Read]:
    """Make a reader of numbers that reads a range in one group as its middle."""
    groups = list(pairwise((column.low, *column.cuts, column.high)))
    factor = unit_of(column, unit).factor
    accepted = ", ".join(f"{low:g}–{high:g}" for low, high in groups)

    def read(text: str, cell: Cell) -> Read:
        found = ends(text, column) if isinstance(cell, str) else None
        if found is None:
            return plain(text, cell)
        low, high = _scaled(found, factor, column)
        if any(least <= low and high <= most for least, most in groups):
            middle = (low + high) / 2
            return Read(middle, Problem("warning", "middle", (("read", middle),)))
        return Read(None, Problem("error", "several-groups", (("accepted", accepted),)))

    return read


def _scaled(found: tuple[float, float], factor: float, column: Column) -> Iterator[float]:
    """The ends in the column's unit; an open end is in it already."""
    return (each if each in (column.low, column.high) else each * factor for each in found)
