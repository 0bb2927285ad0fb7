"""Raw cells to typed values: which reader a column has, and what it says of each distinct cell."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.ingest import performance
from lib.ingest.cells import (
    DASHES,
    Cells,
    Problem,
    Read,
    is_missing,
    normal,
    text_of,
    whole,
)
from lib.ingest.dates import LOOSE, read_date
from lib.ingest.durations import read_time
from lib.ingest.grades import is_graded, read_grade
from lib.ingest.levels import read_level
from lib.ingest.numbers import NUMBER, PLAIN, bounded, digits, read_number, unit_of
from lib.ingest.ranges import read_ranges, takes_ranges
from lib.ingest.reader import Cell
from lib.schema import Column


def read_text(text: str, cell: Cell) -> Read:
    """Keep a text as it is."""
    return Read(None, Problem("note", "no-value")) if is_missing(text) else Read(text)


def read_class(column: Column) -> Callable[[str, Cell], Read]:
    """Make a reader of classes: `ECOG 1` is 1."""
    name = re.compile(rf"{re.escape(column.name)}\s*[=:]?\s*(?=\d)", re.IGNORECASE)

    def read(text: str, cell: Cell) -> Read:
        bare = name.sub("", text, count=1) if name.match(text) else text
        if bare == text:
            return read_text(whole(text), cell)
        return Read(bare, Problem("note", "named", (("read", bare),)))

    return read


def read_measured(column: Column, unit: str) -> Callable[[str, Cell], Read]:
    """Make a reader of texts that are mostly sizes: a number in another unit is converted."""

    def read(text: str, cell: Cell) -> Read:
        match = NUMBER.fullmatch(text)
        if match is None:
            return read_text(text, cell)
        own = normal(match["unit"] or "")
        of = unit_of(column, own or unit)
        converted = own and of.factor != 1
        told = Problem("note", "other-unit", (("unit", own), ("into", column.unit)))
        number = digits(match["number"], match["e"])[0] * of.factor
        judged = bounded(column, number, told if converted else None, of)
        if judged.value is None or of.factor == 1:
            return judged if judged.value is None else Read(text, judged.problem)
        return Read(f"{match['sign'] or ''}{text_of(round(number, 6))}", judged.problem)

    return read


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """What the distinct cells of a column mean."""

    values: Sequence[Any]  # one for each distinct cell; None where it is missing
    problems: Mapping[int, Problem]  # by the index of the distinct cell
    # The first and the last day that a date may be, where it is known roughly.
    spans: Mapping[int, tuple[date, date]] = field(default_factory=dict)


def parse(
    cells: Cells, column: Column, unit: str, first: bool | None, chosen: Mapping[str, str]
) -> Parsed:
    """Read the distinct cells of a column, each once."""
    read = (
        read_date(first, cells.since_1904, column, unit)
        if column.kind == "date"
        else reader_of(column, unit, first, chosen)
    )
    values: list[Any] = [None] * len(cells.texts)
    rest: Iterable[int] = range(len(values))
    if column.kind == "number":
        reader = read_time if column.unit == "months" else read_number
        read = reader(column, unit, _has_points(cells))
        read = read_ranges(column, unit, read) if takes_ranges(column) else read
        values, rest = _plain(cells, column, unit_of(column, unit).factor)
    problems, spans = {}, {}
    for code in _said(cells, column, chosen, values):
        problems[code] = Problem("note", "unknown-code")
    for code in _told_no(cells, column, chosen):
        values[code], problems[code] = "-", Problem("note", "minus")
    for code in rest:
        if code in problems:
            continue
        values[code], problem, span = read(cells.texts[code], cells.raw[code])
        if problem:
            problems[code] = problem
        if span:
            spans[code] = span
    return Parsed(values, problems, spans)


def says_nothing(text: str, cells: Cells) -> bool:
    """Whether a text says that there is no value; beside a plus a minus says no."""
    return is_missing(text) and not (text in DASHES and any(map(_PLUSES.fullmatch, cells.texts)))


_PLUSES = re.compile(r"\++")


def _told_no(cells: Cells, column: Column, chosen: Mapping[str, str]) -> Iterator[int]:
    """The cells with a minus beside a plus, of a column that knows no levels."""
    if column.kind not in ("category", "text") or column.levels or column.unit:
        return
    for code, text in enumerate(cells.texts):
        if text in DASHES and text not in chosen and not says_nothing(text, cells):
            yield code


def _said(
    cells: Cells, column: Column, chosen: Mapping[str, str], values: list[Any]
) -> Iterator[int]:
    """The cells of numbers and dates that stand for unknown, which are emptied."""
    if column.levels or not chosen:
        return
    for code, text in enumerate(cells.texts):
        if chosen.get(text) == "":
            values[code] = None
            yield code


def share(counts: npt.NDArray[np.int64], parsed: Parsed) -> float:
    """Share of the cells that hold a value of a kind, of those that hold any."""
    # A date among other words is none: such a text may be a remark. Words that say that something
    # has not happened are nothing, as a blank is.
    total = good = 0
    for code, value in enumerate(parsed.values):
        problem = parsed.problems.get(code)
        if problem and problem.code == "no-date":
            continue
        if value is not None and not (problem and problem.code in LOOSE):
            good += int(counts[code])
        if value is not None or problem:
            total += int(counts[code])
    return good / total if total else 0.0


def _has_points(cells: Cells) -> bool:
    """Whether typed texts have decimal points, and none a decimal comma; numbers tell nothing."""
    texts = [cell for cell in cells.raw if isinstance(cell, str)]
    pointed = any("." in text and _POINT.fullmatch(text) for text in texts)
    return pointed and not any("," in text and _COMMA.fullmatch(text) for text in texts)


_POINT, _COMMA = re.compile(r"-?\d+\.\d+"), re.compile(r"-?(?:\d*,(?:\d{1,2}|\d{4,})|0*,\d+)")


def _plain(cells: Cells, column: Column, factor: float) -> tuple[list[Any], list[int]]:
    """Read numbers that are nothing but digits, and tell which cells need a closer look."""
    plain = PLAIN.fullmatch
    numbers = np.array(
        [float(text.replace(",", ".")) if plain(text) else np.nan for text in cells.texts],
        np.float64,
    )
    numbers *= factor
    rest = np.flatnonzero(~((numbers >= column.low) & (numbers <= column.high)))
    return numbers.tolist(), rest.tolist()


def reader_of(
    column: Column, unit: str, first: bool | None, chosen: Mapping[str, str]
) -> Callable[[str, Cell], Read]:
    """The reader of a column's cells, by its kind."""
    if column.kind == "number":
        return read_number(column, unit)
    if column.kind == "date":
        return read_date(first)
    if column.levels:
        return read_level(column, chosen)
    if column.unit:
        return read_measured(column, unit)
    plain = _worded(column)
    if not chosen:
        return plain

    def read(text: str, cell: Cell) -> Read:
        return Read(chosen[text] or None) if text in chosen else plain(text, cell)

    return read


def _worded(column: Column) -> Callable[[str, Cell], Read]:
    """The reader of words of which no levels are known."""
    plain = read_class(column) if column.kind == "category" and column.name else read_text
    if column.name == performance.FIELD and column.kind == "category":
        return performance.read_status(plain)
    return read_grade(plain) if is_graded(column) else plain
