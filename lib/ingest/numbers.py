"""Raw cells to numbers, with the units, limits and decimal marks that people type."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.cohort import Values
from lib.ingest.cells import MISSING, Cells, Problem, Read, is_missing, normal
from lib.ingest.reader import Cell
from lib.language import NOTHING
from lib.schema import MONTH, Column

_FACTORS: Mapping[str, Mapping[str, float]] = {
    "mm": {"mm": 1, "cm": 10},
    "months": {"months": 1, "days": 1 / MONTH, "weeks": 7 / MONTH, "years": 12},
    "years": {"years": 1},
    "days": {"days": 1},
    "%": {"%": 1, "fraction": 100},
    "ng/ml": {"ng/ml": 1},
    "U/ml": {"U/ml": 1},
    "µmol/l": {"µmol/l": 1, "mg/dl": 17.104},
    "g/l": {"g/l": 1, "g/dl": 10},
    "mg": {"mg": 1, "g": 1000},
}
"""For each unit of the schema, those it is given in and what they are multiplied by."""
UNITS: Mapping[str, Mapping[str, float]] = {
    unit: {
        normal(word): factor
        for name, factor in factors.items()
        for word in vocabulary.words("units", unit, name)
    }
    for unit, factors in _FACTORS.items()
}
"""The same by every word that means a unit."""
UNIT_WORDS: Mapping[str, str] = {
    word: next(each for each in units if units[each] == factor)
    for units in UNITS.values()
    for word, factor in units.items()
}
"""Every word for a unit, with the first word that means the same."""

_DIGITS = r"""[-+−]?(?:
    \d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?     # 1 234,5
    | \d{1,3}(?:,\d{3})+\.\d+ | \d{1,3}(?:,\d{3}){2,}
    | \d{1,3}(?:\.\d{3})+,\d+ | \d{1,3}(?:\.\d{3}){2,}
    | \d+(?:[.,]\d*)? | [.,]\d+
)"""
NUMBER = re.compile(
    rf"(?P<sign>[<>≤≥~≈]|<=|>=)?\s*(?P<number>{_DIGITS})(?:e(?P<e>[+-]?\d+))?"
    r"\s*(?P<unit>[^\W\d_][^\d]*|%)?",
    re.IGNORECASE | re.VERBOSE,
)
PLAIN = re.compile(r"-?\d+(?:\.\d+|,\d{1,2}|,\d{4,}|,0\d\d)?")
"""Most numbers there are; what a comma before three digits means is looked at more closely."""
CANNOT_BE = frozenset(("no-age", "impossible", "impossible-in"))
"""What is said of a number that is beyond what is possible."""


def read_number(
    column: Column, unit: str = "", points: bool = False
) -> Callable[[str, Cell], Read]:
    """Make a reader of numbers: decimal commas, spaces, units and limits as people type them."""
    units, given = UNITS.get(column.unit, {}), unit_of(column, unit)
    factor = given.factor

    def read(text: str, cell: Cell) -> Read:
        if isinstance(cell, int | float):
            return bounded(column, float(cell) * factor, None, given)
        if not isinstance(cell, str):
            return Read(None, Problem("error", "a-date"))
        if PLAIN.fullmatch(text):
            return bounded(column, float(text.replace(",", ".")) * factor, None, given)
        if is_missing(text):
            return MISSING
        if not (match := NUMBER.fullmatch(text)):
            return Read(None, Problem("error", "not-a-number"))
        own = normal(match["unit"] or "")
        if own and units and own not in units:
            return Read(None, Problem("error", "not-this-unit", (("into", column.unit),)))
        number, doubt = digits(match["number"], match["e"])
        of = unit_of(column, own) if own else given
        value = number * of.factor * (1000 if doubt and points else 1)
        doubted = ("thousands" if points else "decimal") if doubt else NOTHING
        return bounded(column, value, _remark(column, match, own, value, doubted), of)

    return read


class Unit(NamedTuple):
    """A unit as a sheet names it, and what a number in it is multiplied by."""

    name: str
    factor: float


def unit_of(column: Column, name: str) -> Unit:
    """The unit that a header or a cell names, that of the schema where it names none."""
    factor = UNITS.get(column.unit, {}).get(normal(name), 1.0)
    return Unit(name if name and factor != 1 else column.unit, factor)


def _remark(
    column: Column, match: re.Match[str], own: str, value: float, doubted: str
) -> Problem | None:
    if match["sign"]:
        return Problem("note", "censored", (("read", round(value, 6)),))
    if own and UNITS.get(column.unit, {}).get(own, 1) != 1:
        return Problem("note", "other-unit", (("unit", own), ("into", column.unit)))
    if doubted:
        return Problem("warning", doubted, (("read", round(value, 6)),))
    return None


def digits(text: str, exponent: str | None) -> tuple[float, bool]:
    """Read digits with either mark as the decimal one; True where a comma could be thousands."""
    text = re.sub(r"[\s']", "", text).replace("−", "-")
    doubt = bool(re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", text))
    if "," in text and "." in text:
        text = text.replace("," if text.rindex(",") < text.rindex(".") else ".", "")
    elif text.count(",") + text.count(".") > 1:
        text = text.replace(",", "").replace(".", "")
    return float(text.replace(",", ".") + (f"e{exponent}" if exponent else "")), doubt


def bounded(column: Column, value: float, remark: Problem | None, unit: Unit) -> Read:
    """Refuse what is not possible (below zero, no age), doubt what is not plausible."""
    # What the range is, is told in the unit in which the number stands.
    if not np.isfinite(value):
        return Read(None, Problem("error", "not-a-number"))
    value += 0.0  # there is no zero below zero
    if column.low <= value <= column.high:
        return Read(value, remark)
    if column.least <= value <= column.most:
        bounds = _bounds(column.low, column.high, unit)
        return Read(value, Problem("warning", "unlikely-in" if unit.name else "unlikely", bounds))
    if column.unit == "years":
        return Read(None, Problem("error", "no-age"))
    bounds = _bounds(column.least, column.most, unit)
    return Read(None, Problem("error", "impossible-in" if unit.name else "impossible", bounds))


def _bounds(low: float, high: float, unit: Unit) -> Values:
    named: Values = (("unit", unit.name),) if unit.name else ()
    if unit.factor != 1:
        low, high = low / unit.factor, high / unit.factor
    return ("low", low), ("high", high), *named


# Numbers that stand for unknown ------------------------------------------------------------------

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
