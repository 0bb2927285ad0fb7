"""Cells that the spreadsheet turned into dates: day and month swapped, decimals taken for dates.

A spreadsheet that expects the month first reads 04.07.2020 as 7 April, and leaves 28.07.2020 a text
because there is no month 28. It reads 21.8 as 21 August of the year in which it was typed. Both
leave a print that nothing else leaves, and both can be had back.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from lib.ingest.cells import Cells, Problem, is_missing
from lib.ingest.headers import Header, meaning
from lib.ingest.numbers import PLAIN
from lib.ingest.reader import Cell
from lib.plan import Reading
from lib.schema import Column
from lib.statistics.estimate import Bools

SWAPPED, DECIMALS = "day and month swapped", "decimals as dates"
"""Questions whose answers are followed here."""
DAY_MONTH, MONTH_DAY = "day.month", "month.day"
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?")
_FEW_TYPED, _FEW_TEXTS = 3, 2


def as_meant(cells: Cells, column: Column, header: Header, reading: Reading) -> Cells:
    """The cells as they were before the spreadsheet turned them, where the visitor said so."""
    if column.kind == "date" and reading.said(SWAPPED) == "yes" and is_swapped(cells, True):
        return replace(cells, raw=[_turned(raw) for raw in cells.raw])
    if column.kind == "number" and (order := reading.said(DECIMALS, header.text)):
        return _decimals(cells, order) if order in (DAY_MONTH, MONTH_DAY) else cells
    return cells


def told(cells: Cells, column: Column, header: Header, reading: Reading) -> Problem | None:
    """What is to be said of the real dates of a column."""
    if column.kind == "date":
        said = reading.said(SWAPPED)
        if said == "yes" and is_swapped(cells, True):
            return Problem("note", "swapped-back", each=False)
        if not said and is_swapped(cells):
            return Problem("warning", "swap-doubted", each=False)
    if column.kind == "number" and reading.said(DECIMALS, header.text) in (DAY_MONTH, MONTH_DAY):
        return Problem("note", "from-dates", each=False)
    return None


def real(cells: Cells) -> Bools:
    """(n,) bool array: rows whose cell the spreadsheet knows as a date."""
    known = [_real(raw) is not None for raw in cells.raw]
    return np.array([*known, False], bool)[cells.codes]


# Day and month ----------------------------------------------------------------------------------


def is_swapped(cells: Cells, known: bool = False) -> bool:
    """Whether all real dates have days up to 12, and all texts of dates a part above."""
    # `known`: whether it is known of the file, so that real dates whose days are months tell
    # enough.
    counts = cells.counts().tolist()
    real = left = 0
    turned = False
    for text, raw, count in zip(cells.texts, cells.raw, counts, strict=True):
        if (day := _real(raw)) is not None:
            if day.day > 12:
                return False
            real += count
            turned |= day.day != day.month
        elif match := _NUMERIC.fullmatch(text):
            if int(match[1]) <= 12 and int(match[3]) <= 12:
                return False
            left += count
    return turned and (known or (real >= _FEW_TYPED and left >= _FEW_TEXTS))


def _real(raw: Cell) -> date | None:
    """A date that the spreadsheet knew as one, typed so or written out as such."""
    if isinstance(raw, date):
        return raw
    match = _ISO.fullmatch(raw) if isinstance(raw, str) else None
    return _day(*map(int, match.groups())) if match else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _turned(raw: Cell) -> Cell:
    day = _real(raw)
    return raw if day is None else date(day.year, day.day, day.month)


def swapped_columns(
    headers: Sequence[Header], columns: Sequence[Cells], table: str
) -> Iterator[tuple[Header, Cells]]:
    """The columns of dates with the print of swapped days and months."""
    for header in headers:
        column = meaning(header, table)
        if column and column.kind == "date" and is_swapped(columns[header.position]):
            yield header, columns[header.position]


def swap_examples(cells: Cells) -> list[tuple[date, date]]:
    """Real dates whose day is not their month, as they stand and swapped."""
    real = [day for raw in cells.raw if (day := _real(raw)) and day.day != day.month]
    return [(day, date(day.year, day.day, day.month)) for day in real]


# Decimals ---------------------------------------------------------------------------------------


def decimals_in(cells: Cells) -> list[date]:
    """The real dates, all of one year, among the numbers of a column; none where it has others."""
    real = [raw for raw in cells.raw if isinstance(raw, date)]
    if len({day.year for day in real}) != 1:
        return []
    if not any(_is_number(text, raw) for text, raw in _pairs(cells)):
        return []
    others = Counter(
        isinstance(raw, date) or _is_number(text, raw) or is_missing(text)
        for text, raw in _pairs(cells)
    )
    return real if others[False] <= others[True] / 10 else []


def _pairs(cells: Cells) -> Iterable[tuple[str, Cell]]:
    return zip(cells.texts, cells.raw, strict=True)


def _is_number(text: str, raw: Cell) -> bool:
    return isinstance(raw, int | float) or (isinstance(raw, str) and bool(PLAIN.fullmatch(text)))


def decimal_of(day: date, order: str) -> float:
    """The number that was typed: 21.8 of 21 August."""
    one, two = (day.day, day.month) if order == DAY_MONTH else (day.month, day.day)
    return float(f"{one}.{two}")


def _decimals(cells: Cells, order: str) -> Cells:
    raw: list[Cell] = [
        decimal_of(each, order) if isinstance(each, date) and not isinstance(each, bool) else each
        for each in cells.raw
    ]
    texts = [
        repr(new) if isinstance(old, date | datetime) else text
        for text, old, new in zip(cells.texts, cells.raw, raw, strict=True)
    ]
    return replace(cells, texts=texts, raw=raw)
