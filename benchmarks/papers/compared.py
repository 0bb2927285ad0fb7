"""A number that somebody printed or R gave, beside Hepar's: when the two are the same, and a table.

A printed number is the same where Hepar's, rounded to as many digits, is printed alike. A number of
R is the same to eight digits. Whatever is not the same is explained in words, or it is a fault.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Any

NOT_REACHED = "not reached"
MONTHS = {
    "months": 1.0,
    "days": 30.4375,
    "weeks": 30.4375 / 7,
    "years": 1 / 12,
}
"""How many of a unit a month has."""
_DIGITS = 1e-8  # the relative difference up to which two fractions are the same


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: an estimate, or an estimate with its limits."""

    what: str
    at: tuple[str, ...]  # where the numbers stand in the results, as in `survival.OS.everyone.n`
    r: str = ""  # the expression that gives the same numbers in R
    printed: tuple[str, ...] = ()  # as they were printed, and where
    source: str = ""
    unit: str = "months"
    differs: str = ""  # why a number is not the printed one, or not R's


@dataclass(frozen=True, slots=True)
class Paper:
    """A published cohort: the file of it that a package carries, and what was printed."""

    name: str
    title: str
    paper: str
    package: str
    file: str
    sha256: str
    data: str  # the expression that reads the file in R
    read: str
    rows: tuple[Row, ...] = field(default=())


def papers(text: str) -> tuple[Paper, ...]:
    """Read the list of papers from TOML."""
    return tuple(_paper(name, each) for name, each in tomllib.loads(text).items())


def _paper(name: str, said: dict[str, Any]) -> Paper:
    rows = tuple(
        Row(**{key: tuple(v) if isinstance(v, list) else v for key, v in row.items()})
        for row in said.pop("rows")
    )
    return Paper(name, rows=rows, **said)


def found(results: Mapping[str, Any], place: str) -> float | None:
    """The number at a place of the results; None where there is none.

    A name within a list is the level, the endpoint or the covariate of the entry that is meant.
    """
    value: Any = results
    for name in place.split("."):
        if value is None:
            return None
        value = _entry(value, name) if isinstance(value, list) else value[name]
    return value


def _entry(entries: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    named = [e for e in entries if name in map(e.get, ("level", "endpoint", "covariate"))]
    if len(named) != 1:
        raise LookupError(f"{len(named)} entries are called {name!r}")
    return named[0]


def is_printed(printed: str, value: float | None) -> bool:
    """Whether a value, rounded to the digits of a printed number, is printed alike."""
    if value is None:
        return printed == NOT_REACHED
    return printed == shown_as(printed, value)


def shown_as(printed: str, value: float) -> str:
    """A value with the digits of a printed number."""
    mantissa, exponent, _ = printed.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return f"{value:.{decimals}{exponent or 'f'}}"


def is_r(given: float | None, value: float | None) -> bool:
    """Whether a value is that of R to eight digits."""
    if given is None or value is None:
        return given is value
    return isclose(given, value, rel_tol=_DIGITS, abs_tol=_DIGITS)


@dataclass(frozen=True, slots=True)
class Compared:
    """A row with what R gave and what Hepar gives, in the unit of the source."""

    row: Row
    r: tuple[float | None, ...]
    ours: tuple[float | None, ...]

    @property
    def printed_same(self) -> bool:
        """Whether every printed number is Hepar's."""
        pairs = zip(self.row.printed, self.ours, strict=True) if self.row.printed else ()
        return all(is_printed(printed, value) for printed, value in pairs)

    @property
    def r_same(self) -> bool:
        """Whether every number of R is Hepar's."""
        return not self.row.r or all(map(is_r, self.r, self.ours))

    @property
    def fault(self) -> str:
        """What is wrong with the row: a difference without words, or words without a difference."""
        same = self.printed_same and self.r_same
        if same == bool(self.row.differs):
            return f"{self.row.what}: {'explains no difference' if same else 'differs'}: {self}"
        return ""


def compared(row: Row, results: Mapping[str, Any], given: Sequence[float | None]) -> Compared:
    """Set what was printed and what R gave beside Hepar's; times in the unit of the source."""
    factor = MONTHS[row.unit]
    values = (found(results, place) for place in row.at)
    ours = tuple(None if value is None else value * factor for value in values)
    return Compared(row, tuple(given), ours)


def table(rows: Sequence[Compared]) -> Iterator[str]:
    """The lines of a table in Markdown; sources and differences are numbered below it."""
    notes: list[str] = []
    yield "| | printed | R | Hepar | |"
    yield "|---|---|---|---|---|"
    for each in rows:
        row, marks = each.row, []
        for words in filter(None, (row.source, row.differs)):
            notes += [] if words in notes else [words]
            marks.append(f"[{notes.index(words) + 1}]")
        printed = _limits(row.printed) + (f" {marks[0]}" if row.source else "")
        same = "same" if not row.differs else f"differs {marks[-1]}"
        cells = (row.what, printed, _limits(_shown(row, each.r)), _limits(_shown(row, each.ours)))
        yield f"| {' | '.join((*cells, same))} |"
    yield ""
    yield from (f"{number}. {words}" for number, words in enumerate(notes, 1))


def _shown(row: Row, values: Sequence[float | None]) -> list[str]:
    like = row.printed or [""] * len(values)
    return [_number(value, each) for value, each in zip(values, like, strict=False)]


def _number(value: float | None, printed: str) -> str:
    if value is None:
        return NOT_REACHED
    if printed not in ("", NOT_REACHED):
        return shown_as(printed, value)
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def _limits(numbers: Sequence[str]) -> str:
    """A number, or one with its limits in brackets."""
    first, *others = numbers or [""]
    return f"{first} ({' to '.join(others)})" if others else first
