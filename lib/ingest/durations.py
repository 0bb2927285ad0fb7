"""Times as hospitals write them: ``2 г 3 мес``, ``1;6``, ``14+``, ``>24``, ``26.2 (жив)``.

What stands beside the number may say whether the event had happened by then. That mark is kept; it
decides where no column of the event says otherwise.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lib import vocabulary
from lib.ingest.cells import Cells, Problem, Read, is_missing, normal
from lib.ingest.levels import Vocabulary, known_words
from lib.ingest.numbers import NUMBER, PLAIN, UNITS, Unit, bounded, digits, read_number, unit_of
from lib.ingest.reader import Cell
from lib.schema import COLUMNS, ENDPOINTS, Column

Mark = Literal["", "yes", "no"]
"""What stands beside a time: nothing, that the event happened, or that it had not by then."""


class Duration(NamedTuple):
    """A time in months, or a number without a unit, and what stands beside it."""

    number: float
    worded: bool  # whether the cell names its units, so that the number is in months
    mark: Mark
    rest: str  # a remark that says nothing of the event, '' for none


_UNIT = "|".join(sorted(map(re.escape, UNITS["months"]), key=len, reverse=True))
_AMOUNT = r"\d{1,6}(?:[.,]\d+)?"
_PART = rf"{_AMOUNT}\s*(?:{_UNIT})(?![^\W\d_])\.?"
_SEVERAL = re.compile(rf"{_PART}(?:[\s,+и]*(?:and\s+)?{_PART})*", re.IGNORECASE)
_ONE = re.compile(rf"({_AMOUNT})\s*({_UNIT})(?![^\W\d_])", re.IGNORECASE)
_YEARS_MONTHS = re.compile(r"(?<![\d;])(\d{1,2});(\d{1,2})(?![\d;])")
_BARE = re.compile(rf"(?<![\d.,])[-+]?{_AMOUNT}(?![\d])")
_LONGER_SIGN = re.compile(r"^\s*(?:>=?|≥|&gt;)")
_PLUS = re.compile(r"(\d)\s*\+(?!\s*\d)")
_PLUS_ALONE = re.compile(r"\s*\.?\s*\+")
_APART = "(,;[-–—/*"
_SIDES = " \t,;:.()[]{}-–—/|=+<>≥≤"
_LONGEST = 60


def read_duration(text: str, column: Column) -> Duration | None:
    """Read a time that is more than a number; None where a cell holds none, or several."""
    if len(text) > _LONGEST:
        return None
    plain = _PLUS.sub(r"\1", text)
    found = _time_in(plain)
    if found is None:
        return None
    number, worded, before, after = found
    if any(map(str.isdigit, before + after)) or _is_code(number, before, after):
        return None
    mark, rest = _marked(before, after, event_words(column))
    if plain != text or _LONGER_SIGN.search(before) or _PLUS_ALONE.match(after):
        mark, rest = "no", ""
    elif not (mark or _remark_apart(before, after)):
        return None
    return Duration(number, worded, mark, rest)


def _is_code(number: float, before: str, after: str) -> bool:
    """Whether a cell is a code with its legend and no time: ``1:DECEASED``, ``0 - alive``."""
    small, then = number in _CODES, after.lstrip()[:1]
    named = before.rstrip()[-1:] in _MEANS
    return then in _MEANS or (small and (named or then in _STROKES))


_MEANS = (":", "=")
_CODES, _STROKES = (0, 1, 2), ("-", "–", "—", ".", ")")


def _remark_apart(before: str, after: str) -> bool:
    """Whether what says nothing of the event stands behind a time, apart from it."""
    return not before.strip(" ~≈<") and (not after.strip(" .") or after.lstrip()[0] in _APART)


def _time_in(text: str) -> tuple[float, bool, str, str] | None:
    """The time in a cell, whether it names its units, and what stands before and behind it."""
    for pattern, reader in _READERS:
        if match := pattern.search(text):
            number = reader(match)
            if number is not None:
                worded = pattern is not _BARE
                return number, worded, text[: match.start()], text[match.end() :]
    spelt, bare = _SPELT, normal(text)
    return (spelt[bare], True, "", "") if bare in spelt else None


_SPELT: Mapping[str, float] = {
    normal(word): float(number)
    for number, words in vocabulary.section("durations").items()
    for word in words
}
"""Times in words alone, by their months."""


def _sum(match: re.Match[str]) -> float | None:
    """Years, months, weeks and days together, each once and the largest first."""
    parts = [(amount, UNITS["months"][normal(unit)]) for amount, unit in _ONE.findall(match[0])]
    factors = [factor for _amount, factor in parts]
    if factors != sorted(set(factors), reverse=True):
        return None
    return sum(digits(amount, None)[0] * factor for amount, factor in parts)


def _years_months(match: re.Match[str]) -> float | None:
    months = int(match[2])
    return 12.0 * int(match[1]) + months if months < 12 else None


def _bare(match: re.Match[str]) -> float | None:
    return digits(match[0].lstrip("+"), None)[0]


_READERS = ((_SEVERAL, _sum), (_YEARS_MONTHS, _years_months), (_BARE, _bare))


def event_words(column: Column) -> Vocabulary:
    """The words of the event to which a time leads: of death, of progression, or of any."""
    known = {each.months: each.event for each in ENDPOINTS.values()}
    name = known.get(column.name, "")
    return known_words(COLUMNS[name] if name else ANY_EVENT)


ANY_EVENT = Column("event", "", "flag", levels=COLUMNS["os_event"].levels, words="event")


def _marked(before: str, after: str, known: Vocabulary) -> tuple[Mark, str]:
    """What stands around a time: the mark, and what is only a remark."""
    rest = " ".join(each.strip(_SIDES) for each in (before, after)).strip()
    words = [word for side in (before, after) if (word := _without_joining(side))]
    if not words:
        return "", rest
    longer = _BESIDE
    if words[0] in longer["before"] or words[-1] in longer["behind"]:
        return "no", ""
    meant = {known.find(each) or known.find(each.split(" ")[0]) for each in words}
    if meant == {"yes"}:
        return "yes", ""
    if meant == {"no"}:
        return "no", ""
    return "", rest


_BESIDE: Mapping[str, frozenset[str]] = {
    name: frozenset(map(normal, words)) for name, words in vocabulary.section("longer").items()
}


def _without_joining(side: str) -> str:
    """What one side says, without the words that only lead to the time or away from it."""
    words = normal(side.strip(_SIDES)).split(" ")
    joining = _BESIDE["joining"]
    while words and (words[-1] in joining or words[-1].strip(_SIDES) == ""):
        words.pop()
    while words and words[0] in joining:
        words.pop(0)
    return " ".join(words).strip(_SIDES)


def read_time(column: Column, unit: str, points: bool = False) -> Callable[[str, Cell], Read]:
    """Make a reader of times: numbers, durations in words, and what stands beside them."""
    plain = read_number(column, unit, points)
    given, in_months = unit_of(column, unit), Unit(column.unit, 1)

    def read(text: str, cell: Cell) -> Read:
        if not isinstance(cell, str) or PLAIN.fullmatch(text) or is_missing(text):
            return plain(text, cell)
        match = NUMBER.fullmatch(text)
        own = normal(match["unit"] or "") if match else "?"
        if match and match["sign"] not in _LONGER and (not own or own in UNITS["months"]):
            return plain(text, cell)
        found = read_duration(text, column)
        if found is None:
            return plain(text, cell)
        of = in_months if found.worded else given
        value = found.number * of.factor
        return bounded(column, value, _told(found, value), of)

    return read


_LONGER = (">", "≥", ">=")


def _told(found: Duration, value: float) -> Problem:
    if found.mark:
        return Problem("note", "marked-no" if found.mark == "no" else "marked-yes", each=False)
    if found.rest:
        return Problem("note", "leading", (("read", round(value, 6)), ("rest", found.rest)))
    return Problem("note", "in-words", each=False)


def marks(cells: Cells, column: Column) -> npt.NDArray[np.str_]:
    """(n,) str array: what stands beside the time of each row; see `Mark`."""
    told = [
        "" if not isinstance(raw, str) or PLAIN.fullmatch(text) else _mark(text, column)
        for text, raw in zip(cells.texts, cells.raw, strict=True)
    ]
    return np.array([*told, ""], "<U3")[cells.codes]


def _mark(text: str, column: Column) -> Mark:
    found = read_duration(text, column)
    return found.mark if found else ""


def decided(told: npt.NDArray[np.str_], filled: Any) -> npt.NDArray[np.str_]:
    """Whether each row's event happened, by what stands beside its time."""
    # Where some times are marked as those of the living, and none as those of the dead, a time
    # without a mark is that of an event: this is what a mark behind some of them is for. Times of
    # the dead alone leave open what the others are. `told` (n,): see `marks`. `filled` (n,):
    # whether a time is given. Gives ``yes``, ``no``, '' where it is not said.
    if (told == "yes").any() or not (told == "no").any():
        return told
    return np.where((told == "") & np.asarray(filled, bool), "yes", told)


def censoring(cells: Cells, column: Column) -> bool:
    """Whether the cells of a time say of whom the event happened, and of whom it did not."""
    told = marks(cells, column)
    return bool((told == "no").any()) and bool((decided(told, cells.codes >= 0) == "yes").any())
