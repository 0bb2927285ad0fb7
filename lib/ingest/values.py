"""Raw cells to typed values: dates, numbers, levels, units.

A column is read by its distinct cells, each once, so that a hundred thousand rows cost no more
than the values that differ. Each cell gives a value and, where it is read otherwise than it
stands, the problem that a finding will tell.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lib.cohort import Severity, Values
from lib.ingest.reader import Cell
from lib.language import N_
from lib.schema import MISSING_WORDS, MONTH, Column, ask_words, level_words

EARLIEST, LATEST = 1900, 2100
_LOOKALIKE = str.maketrans("АВЕКМНОРСТХаевкмнорстху", "ABEKMHOPCTXaebkmhopctxy")
_TO_CYRILLIC = str.maketrans("abekmhopctxy", "авекмнорстху")
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f\ufeff]+")
_MARKS = ("'=", "'+", "'-", "'@")
"""How an export marks a text that a spreadsheet would take for a formula."""
_SPLIT = re.compile(
    r"\s*[,;]?\s+(?:а?\s*затем|потом|после|then|followed by)\s+|\s*[+/,;&]\s*|\s+(?:и|and)\s+"
)
_COUNTED = re.compile(
    r"\s*(?:\(\s*[x×х№n]?\s*\d+\s*\)|[x×х№]\s*\d+|\b\d+\s*(?:курс\w*|раза?|cycles?))"
)
"""How often a modality was given, written behind it."""
_REST = re.compile(r"\s*[(\[,;].*$|\s+[-–—]\s.*$", re.DOTALL)

UNITS: Mapping[str, Mapping[str, float]] = {
    "mm": {"mm": 1, "мм": 1, "cm": 10, "см": 10},
    "months": {
        **dict.fromkeys(("months", "month", "mo", "mos", "мес", "месяцев", "месяца", "месяцы"), 1),
        **dict.fromkeys(("days", "day", "дней", "дни", "дн", "сут", "суток"), 1 / MONTH),
        **dict.fromkeys(("weeks", "week", "wk", "нед", "недель"), 7 / MONTH),
        **dict.fromkeys(("years", "year", "yr", "yrs", "лет", "год", "года", "г"), 12),
    },
    "years": dict.fromkeys(("years", "year", "yr", "yrs", "y", "лет", "год", "года", "л", "г"), 1),
    "days": dict.fromkeys(("days", "day", "дней", "дни", "дн", "сут", "суток"), 1),
    "%": {"%": 1, "проц": 1, "fraction": 100},
    "ng/ml": dict.fromkeys(("ng/ml", "нг/мл", "мкг/л", "ug/l", "μg/l"), 1),
    "U/ml": dict.fromkeys(("u/ml", "iu/ml", "ед/мл", "ме/мл", "ku/l"), 1),
    "µmol/l": {"μmol/l": 1, "umol/l": 1, "мкмоль/л": 1, "mg/dl": 17.104, "мг/дл": 17.104},
    "g/l": {"g/l": 1, "г/л": 1, "g/dl": 10, "г/дл": 10},
    "mg": {"mg": 1, "мг": 1, "g": 1000, "г": 1000},
}
"""For each unit of the schema, the units it can be given in and what they are multiplied by."""
UNIT_WORDS: Mapping[str, str] = {
    word: next(each for each in units if units[each] == factor)
    for units in UNITS.values()
    for word, factor in units.items()
}
"""Every word for a unit, with the first word that means the same."""

_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "январь января янв january jan",
            "февраль февраля фев february feb",
            "март марта мар march mar",
            "апрель апреля апр april apr",
            "май мая may",
            "июнь июня июн june jun",
            "июль июля июл july jul",
            "август августа авг august aug",
            "сентябрь сентября сен сент september sep sept",
            "октябрь октября окт october oct",
            "ноябрь ноября ноя нояб november nov",
            "декабрь декабря дек december dec",
        ),
        1,
    )
    for word in words.split()
}


class Problem(NamedTuple):
    """Why a cell is not read as it stands.

    `each` is False where one finding for the whole column says it better than one for each value.
    """

    severity: Severity
    message: str
    values: Values = ()
    each: bool = True


class Read(NamedTuple):
    """What a cell means: a value, None where it is missing, and the problem if there is one."""

    value: Any
    problem: Problem | None = None


MISSING = Read(None)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A column of raw cells: its distinct cells as text and as they stand, and which row has which.

    Attributes
    ----------
    texts : list of str
        Each distinct cell that is not blank, as a reader of the spreadsheet sees it.
    raw : list of Cell
        The same cells as they stand.
    codes : (n,) int array
        Index into both; -1 where the cell is blank.
    since_1904 : bool
        Whether its workbook counts days from 1904, as those of old Macs do.
    """

    texts: list[str]
    raw: list[Cell]
    codes: npt.NDArray[np.int64]
    since_1904: bool = False

    @classmethod
    def of(cls, column: Sequence[Cell], since_1904: bool = False) -> "Cells":
        """Find the distinct cells of a column."""
        index: dict[Cell, int] = {}
        first_seen = np.fromiter(
            (
                index.setdefault(str(cell).upper() if cell.__class__ is bool else cell, len(index))
                for cell in column
            ),
            np.int64,
            len(column),
        )
        position: dict[str, int] = {"": -1}
        texts: list[str] = []
        raw: list[Cell] = []
        recode = np.empty(len(index) + 1, np.int64)
        for code, cell in enumerate(index):
            text, typed = text_of(cell), not isinstance(cell, str)
            if typed or text not in position:
                if not typed:
                    position[text] = len(texts)
                recode[code] = len(texts)
                texts.append(text)
                raw.append(cell if typed else text)
            else:
                recode[code] = position[text]
        return cls(texts, raw, recode[first_seen], since_1904)

    def take(self, rows: npt.NDArray[np.bool_]) -> "Cells":
        """Keep some of the rows, and the distinct cells that they have."""
        if rows.all():
            return self
        codes = self.codes[rows]
        left = np.bincount(codes[codes >= 0], minlength=len(self.texts)) > 0
        if left.all():
            return replace(self, codes=codes)
        recode = np.append(np.where(left, np.cumsum(left) - 1, -1), -1)
        used = np.flatnonzero(left).tolist()
        texts, raw = [self.texts[i] for i in used], [self.raw[i] for i in used]
        return Cells(texts, raw, recode[codes], self.since_1904)

    def counts(self) -> npt.NDArray[np.int64]:
        """(distinct,) int array: rows that have each distinct cell."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))


def text_of(cell: Cell) -> str:
    """Show a cell as a reader of the spreadsheet sees it, without the spaces around it."""
    if isinstance(cell, str):
        text = _SPACES.sub(" ", cell).strip() if _SPACES.search(cell) else cell
        return text[1:] if text.startswith(_MARKS) else text
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        return str(int(cell)) if float(cell).is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    return str(cell)


def normal(text: str) -> str:
    """Bring a header or a word to the one form in which both sides are compared."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return re.sub(r"[_\-‐-―−\s]+", " ", text).strip(" *.:;")


_MISSING = frozenset(normal(word) for word in MISSING_WORDS)
_DASHES = frozenset(("-", "--", "—", "–", "−"))


def is_missing(text: str) -> bool:
    """Whether a text says that there is no value."""
    return text in _DASHES or normal(text) in _MISSING


# Numbers ------------------------------------------------------------------------------------

_DIGITS = r"""[-+−]?(?:
    \d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?     # 1 234,5
    | \d{1,3}(?:,\d{3})+\.\d+ | \d{1,3}(?:,\d{3}){2,}
    | \d{1,3}(?:\.\d{3})+,\d+ | \d{1,3}(?:\.\d{3}){2,}
    | \d+(?:[.,]\d*)? | [.,]\d+
)"""
_NUMBER = re.compile(
    rf"(?P<sign>[<>≤≥~≈]|<=|>=)?\s*(?P<number>{_DIGITS})(?:e(?P<e>[+-]?\d+))?"
    r"\s*(?P<unit>[^\W\d_][^\d]*|%)?",
    re.IGNORECASE | re.VERBOSE,
)
_PLAIN = re.compile(r"-?\d+(?:\.\d+|,\d{1,2}|,\d{4,}|,0\d\d)?")
"""Most numbers there are; what a comma before three digits means is looked at more closely."""
NOT_A_NUMBER = N_("'{value}' is not a number such as 12 or 12,5; left empty")
NO_AGE = N_("{value} is no age in years, 0 to 120; left empty")
IMPOSSIBLE = N_("{value} is not between {low} and {high}; left empty")
TOO_LOW = N_("{value} is less than {low}, which cannot be; left empty")
UNLIKELY = N_("{value} is outside {low} to {high}; kept, please check")
CENSORED = N_("'{value}' is a limit, not a value; read as {read}")
OTHER_UNIT = N_("'{value}' is in {unit}, converted to {into}")
NOT_THIS_UNIT = N_("'{value}' has another unit than {into}; left empty")
THOUSANDS = N_("'{value}' read as {read}, for the column has decimal points; please check")
DECIMAL = N_("'{value}' read as {read}, with a decimal comma; it may have meant thousands")


def read_number(
    column: Column, unit: str = "", points: bool = False
) -> Callable[[str, Cell], Read]:
    """Make a reader of numbers: decimal commas, spaces, units and limits as people type them.

    Parameters
    ----------
    column : Column
        What the number is, in which unit it is kept, and between which bounds it is believed.
    unit : str
        The unit of the header, where it has one.
    points : bool
        Whether the column has decimal points, so that a comma parts thousands.
    """
    units = UNITS.get(column.unit, {})
    factor = units.get(normal(unit), 1.0)

    def read(text: str, cell: Cell) -> Read:
        if isinstance(cell, int | float):
            return _bounded(column, float(cell) * factor, None)
        if not isinstance(cell, str):
            return Read(None, Problem("error", NOT_A_NUMBER))
        if _PLAIN.fullmatch(text):
            return _bounded(column, float(text.replace(",", ".")) * factor, None)
        if is_missing(text):
            return MISSING
        if not (match := _NUMBER.fullmatch(text)):
            return Read(None, Problem("error", NOT_A_NUMBER))
        own = normal(match["unit"] or "")
        if own and units and own not in units:
            return Read(None, Problem("error", NOT_THIS_UNIT, (("into", column.unit),)))
        number, doubt = _parse(match["number"], match["e"])
        value = (
            number * (units.get(own, 1.0) if own else factor) * (1000 if doubt and points else 1)
        )
        doubted = (THOUSANDS if points else DECIMAL) if doubt else ""
        return _bounded(column, value, _remark(column, match, own, value, doubted))

    return read


def _remark(
    column: Column, match: re.Match[str], own: str, value: float, doubted: str
) -> Problem | None:
    if match["sign"]:
        return Problem("note", CENSORED, (("read", round(value, 6)),))
    if own and UNITS.get(column.unit, {}).get(own, 1) != 1:
        return Problem("note", OTHER_UNIT, (("unit", own), ("into", column.unit)))
    if doubted:
        return Problem("warning", doubted, (("read", round(value, 6)),))
    return None


def _parse(text: str, exponent: str | None) -> tuple[float, bool]:
    """Read digits with either mark as the decimal one; True where a comma could be thousands."""
    text = re.sub(r"[\s']", "", text).replace("−", "-")
    doubt = bool(re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", text))
    if "," in text and "." in text:
        text = text.replace("," if text.rindex(",") < text.rindex(".") else ".", "")
    elif text.count(",") + text.count(".") > 1:
        text = text.replace(",", "").replace(".", "")
    return float(text.replace(",", ".") + (f"e{exponent}" if exponent else "")), doubt


def _bounded(column: Column, value: float, remark: Problem | None) -> Read:
    """Refuse what cannot be (below zero, beyond 100 %, no age), doubt what is out of range."""
    if not np.isfinite(value):
        return Read(None, Problem("error", NOT_A_NUMBER))
    if column.low <= value <= column.high:
        return Read(value, remark)
    if 0 <= value <= column.most:
        bounds = (("low", column.low), ("high", column.high))
        return Read(value, Problem("warning", UNLIKELY, bounds))
    if column.unit == "years":
        return Read(None, Problem("error", NO_AGE))
    if np.isfinite(column.most):
        bounds = (("low", 0), ("high", column.most))
        return Read(None, Problem("error", IMPOSSIBLE, bounds))
    return Read(None, Problem("error", TOO_LOW, (("low", 0),)))


_SMALL_SIZE, _LONG_MONTHS, _LONG_MEDIAN, _SHORT_MEDIAN = 15, 240, 90, 3
_LOW_BILIRUBIN, _LOW_ALBUMIN = 3, 10
_LARGEST_CM = 30
"""No lesion, and hardly a sum of them, measures more centimetres than this."""


def likely_unit(column: Column, cells: Cells) -> str:
    """The unit that numbers without one suggest, where they leave a doubt; '' where they do not.

    It may be the schema's own, where that is only the likelier one. The visitor is always asked.
    """
    suggest = _SUGGESTED.get(column.unit)
    if suggest is None:
        return ""
    column = replace(column, kind="number")  # diameters are texts, such as "too small"
    parsed = parse(cells, column, "", None, {})
    numbers = np.array([np.nan if v is None else v for v in parsed.values], np.float64)
    bare = np.array([not _OWN_UNIT.search(text) for text in cells.texts], bool)
    known = ~np.isnan(numbers) & bare  # a cell that names its unit tells nothing of the others
    numbers = np.repeat(numbers[known], cells.counts()[known])
    return suggest(numbers) if len(numbers) else ""


_OWN_UNIT = re.compile(r"[^\W\d_]|%")


def _suggested_size(sizes: npt.NDArray[np.float64]) -> str:
    """Centimetres where decimals are small; small whole numbers may be either, too large neither.

    A lesion that has gone measures 0 in any unit.
    """
    sizes = sizes[sizes > 0]
    if not len(sizes) or np.median(sizes) >= _SMALL_SIZE:
        return ""
    if (sizes % 1 != 0).any():
        return "cm"
    if sizes.max() > _LARGEST_CM:
        return ""
    return "cm" if np.median(sizes) < _MEASURABLE else "mm"


_MEASURABLE = 10
"""Millimetres from which a lesion can be a target (RECIST 1.1)."""


def _suggested_time(times: npt.NDArray[np.float64]) -> str:
    """Days where months would be decades, years where decimals would be weeks."""
    if times.max() > _LONG_MONTHS or np.median(times) > _LONG_MEDIAN:
        return "days"
    short = np.median(times) < _SHORT_MEDIAN and times.max() <= _YEARS_FOLLOWED
    return "years" if short and (times % 1 != 0).any() else ""


_YEARS_FOLLOWED = 20
_SUGGESTED: Mapping[str, Callable[[npt.NDArray[np.float64]], str]] = {
    "mm": _suggested_size,
    "months": _suggested_time,
    "%": lambda shares: "fraction" if shares.max() <= 1 and (shares % 1 != 0).any() else "",
    "µmol/l": lambda found: "mg/dl" if np.median(found) < _LOW_BILIRUBIN else "",
    "g/l": lambda found: "g/dl" if np.median(found) < _LOW_ALBUMIN else "",
}


# Dates --------------------------------------------------------------------------------------

NOT_A_DATE = N_("'{value}' is not a date such as 31.12.2024 or 2024-12-31; left empty")
ORDER = N_(
    "'{value}' may be {first} or {second}; left empty until the order of day and month is said"
)
TWO_ORDERS = N_(
    "dates with the day first and dates with the month first in one column; those that can be only"
    " one date are read, please check (rows: {count})"
)
OTHER_ORDER = N_("'{value}' has day and month in another order than its column; read as {read}")
TO_MONTH = N_("known only to the month; taken as the 15th, or as the nearest day in order")
TO_YEAR = N_("known only to the year; taken as 1 July, or as the nearest day in order")
SERIAL = N_("numbers read as Excel's days since 1900")
SERIAL_1904 = N_("numbers read as days since 1904, which this workbook counts from")

_EPOCH, _LATER = date(1899, 12, 30), 1462
"""Day 0 of a spreadsheet, and how many days later it is in workbooks that count from 1904."""
_NUMERIC = re.compile(r"(\d{1,2})([./\-\s])(\d{1,2})\2(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_COMPACT = re.compile(r"(19\d\d|20\d\d)(\d\d)(\d\d)")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./-](\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})[-./](\d{1,2})")
_YEAR = re.compile(r"\d{4}")
_NAMED = re.compile(
    r"(?:(\d{1,2})[\s.\-]*)?([^\W\d_]{3,})[\s.,\-]*(?:(\d{1,2}),?\s+)?(\d{4}|\d{2})"
)
_TIME = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]m)?(Z|[+-]\d{2}:?\d{2})?$", re.I)
_YEAR_SIGN = re.compile(r"\s*(?:гг?|года?|year)\.?$", re.I)


def day_orders(texts: Iterable[str]) -> frozenset[bool]:
    """The orders of day and month that dates with a slash prove: day first True, month first False.

    None where no date decides, both where a column was typed by two hands.
    """
    proved = set[bool]()
    for text in texts:
        match = _NUMERIC.match(text) if "/" in text or "-" in text else None
        if match and match[2] != ".":
            first, second = int(match[1]), int(match[3])
            if first > 12 >= second:
                proved.add(True)
            elif second > 12 >= first:
                proved.add(False)
    return frozenset(proved)


NO_DATE = N_("'{value}' read as no date: it has not happened")
_NOT_YET = frozenset(
    ("нет", "не было", "жив", "жива", "живой", "наблюдается", "no", "none", "alive", "living")
)


def read_date(first: bool | None, since_1904: bool = False) -> Callable[[str, Cell], Read]:
    """Make a reader of dates.

    Parameters
    ----------
    first : bool or None
        Whether 03/04 is the third of April; None if unknown.
    since_1904 : bool
        Whether numbers count days from 1904.
    """

    def read(text: str, cell: Cell) -> Read:
        if isinstance(cell, datetime):
            return _dated(cell.year, cell.month, cell.day)
        if isinstance(cell, date):
            return _dated(cell.year, cell.month, cell.day)
        if isinstance(cell, int | float):
            return _from_number(float(cell), since_1904)
        if not isinstance(cell, str):
            return Read(None, Problem("error", NOT_A_DATE))
        if is_missing(text):
            return MISSING
        if normal(text) in _NOT_YET:
            return Read(None, Problem("note", NO_DATE))
        return _from_text(_bare(text), first, since_1904)

    return read


def _bare(text: str) -> str:
    return _YEAR_SIGN.sub("", _TIME.sub("", text)).strip(" .,")


def _from_number(number: float, since_1904: bool) -> Read:
    if number.is_integer() and EARLIEST <= number <= LATEST:
        return _imprecise(int(number), None)
    days = number + _LATER * since_1904
    if 20000 <= days < 60001:
        value = np.datetime64(_EPOCH + timedelta(days=int(days)), "s")
        return Read(value, Problem("note", SERIAL_1904 if since_1904 else SERIAL, each=False))
    if match := _COMPACT.fullmatch(text_of(number)):
        return _dated(*(int(part) for part in match.groups()))
    return Read(None, Problem("error", NOT_A_DATE))


def _from_text(text: str, first: bool | None, since_1904: bool) -> Read:
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _dated(*(int(part) for part in match.groups()))
    if match := _NUMERIC.fullmatch(text):
        return _ordered(match, first)
    if match := _MONTH_YEAR.fullmatch(text):
        return _imprecise(int(match[2]), int(match[1]))
    if match := _YEAR_MONTH.fullmatch(text):
        return _imprecise(int(match[1]), int(match[2]))
    if match := _NAMED.fullmatch(text):
        return _named(match)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return _from_number(float(text), since_1904)
    return Read(None, Problem("error", NOT_A_DATE))


def _ordered(match: re.Match[str], first: bool | None) -> Read:
    one, two, year = int(match[1]), int(match[3]), _century(match[4])
    if match[2] == "." or one == two:
        return _dated(year, two, one)
    by_day, by_month = _dated(year, two, one), _dated(year, one, two)
    if by_day.value is None or by_month.value is None:
        only = by_day if by_month.value is None else by_month
        wrong = first is not None and only.value is not None and first == (only is by_month)
        problem = Problem("warning", OTHER_ORDER, (("read", str(only.value)[:10]),))
        return Read(only.value, problem) if wrong else only
    if first is None:
        both = (("first", str(by_day.value)[:10]), ("second", str(by_month.value)[:10]))
        return Read(None, Problem("error", ORDER, both))
    return by_day if first else by_month


def _named(match: re.Match[str]) -> Read:
    month = _MONTHS.get(match[2].casefold())
    day = match[1] or match[3]
    if month is None or (match[1] and match[3]):
        return Read(None, Problem("error", NOT_A_DATE))
    return (
        _dated(_century(match[4]), month, int(day))
        if day
        else _imprecise(_century(match[4]), month)
    )


def _century(year: str) -> int:
    """A year of two digits, as POSIX reads it: 69 and later belong to the last century."""
    number = int(year)
    return number if len(year) == 4 else number + (1900 if number >= 69 else 2000)


def _dated(year: int, month: int, day: int) -> Read:
    try:
        value = date(year, month, day)
    except ValueError:
        return Read(None, Problem("error", NOT_A_DATE))
    if not EARLIEST <= year <= LATEST:
        return Read(None, Problem("error", NOT_A_DATE))
    return Read(np.datetime64(value, "s"))


def _imprecise(year: int, month: int | None) -> Read:
    read = _dated(year, month or 7, 15 if month else 1)
    if read.value is None:
        return read
    return Read(read.value, Problem("note", TO_MONTH if month else TO_YEAR, each=False))


# Levels -------------------------------------------------------------------------------------

NOT_A_LEVEL = N_("'{value}' is not one of {accepted}; left empty")
OWN_LEVEL = N_("'{value}' is not one of {accepted}; kept as a level of its own")
ASK_EMPTY = N_("'{value}' may mean more than one of {accepted}; left empty until you say which")
ASK_KEPT = N_("'{value}' may mean more than one of {accepted}; kept as it is until you say which")
LOOKALIKE = N_("'{value}' is typed with letters of two alphabets; read as {read}")
LEADING = N_("'{value}' read as {read}; the rest is not used")
REMARK = N_("'{value}' read as {read}; '{rest}' is kept in the comment")
DEATH_AS_PD = N_("'{value}' in a column of responses read as PD; please check the death")
NO_VALUE = N_("'{value}' read as missing")


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The words of a column's levels, in the form in which they are compared."""

    column: Column
    words: Mapping[str, str]
    ask: frozenset[str]
    codes: frozenset[str]

    @property
    def accepted(self) -> tuple[tuple[str, str], ...]:
        """The codes that a cell may have, as a finding names them."""
        return (("accepted", ", ".join(level.code for level in self.column.levels)),)

    def find(self, text: str) -> str:
        """Find the level that a text means, '' if none."""
        bare = normal(text)
        return (
            self.words.get(bare) or self.words.get(text) or self._coded(bare) or self._split(bare)
        )

    def _coded(self, bare: str) -> str:
        """Read ``1:Recurred`` by the number before the colon."""
        code, colon, _words = bare.partition(":")
        said = self.column.kind == "flag" and colon and code.strip() in ("0", "1")
        return self.words.get(code.strip(), "") if said else ""

    def _split(self, bare: str) -> str:
        """Read ``hai + tace`` in any order and with any sign between them."""
        if "BOTH" not in self.codes or not _SPLIT.search(bare):
            return ""
        plain = _COUNTED.sub("", bare)
        parts = {self.words.get(part.strip(), "?") for part in _SPLIT.split(plain)}
        rolled = {"TACE" if part == "DEB_TACE" else part for part in parts}
        if rolled == {"HAI", "TACE"}:
            return "BOTH"
        return parts.pop() if len(parts) == 1 and "?" not in parts else ""


@cache
def vocabulary(column: Column) -> Vocabulary:
    """Collect the words of a column, once."""
    words: dict[str, str] = {}
    for word, code in level_words(column).items():
        words.setdefault(word if word in _DASHES else normal(word), code)
        words.setdefault(word, code)
    words.pop("", None)
    asks = frozenset(word if word in _DASHES else normal(word) for word in ask_words(column))
    return Vocabulary(column, words, asks, frozenset(level.code for level in column.levels))


def folded(text: str, words: Mapping[str, str]) -> str:
    """Find a word typed with letters of the other alphabet that look the same, '' if none.

    Cyrillic letters are taken for Latin ones where a known word comes out, and Latin ones for
    Cyrillic only beside a Cyrillic letter: `CT` is a scan and not `СТ`, stable disease.
    """
    bare = normal(text)
    latin = bare.translate(_LOOKALIKE)
    if latin != bare and latin.isascii() and latin in words:
        return words[latin]
    cyrillic = bare.translate(_TO_CYRILLIC)
    if cyrillic != bare and re.search("[а-я]", bare) and cyrillic in words:
        return words[cyrillic]
    return ""


def read_level(column: Column, chosen: Mapping[str, str]) -> Callable[[str, Cell], Read]:
    """Make a reader of levels; `chosen` holds what the visitor said that a text means."""
    known = vocabulary(column)

    def read(text: str, cell: Cell) -> Read:
        if text in chosen:
            return Read(chosen[text] or None)
        bare = "-" if text in _DASHES else normal(text)
        if bare in known.ask and text not in known.codes:  # BOTH is the template's own word
            return _ambiguous(known, text)
        if code := known.find(text):
            return _level(known, code)
        if is_missing(text):
            return Read(None, Problem("note", NO_VALUE))
        if code := folded(text, known.words):
            return Read(code, Problem("note", LOOKALIKE, (("read", code),)))
        code, rest = _leading(known, text)
        if code:
            return Read(code, Problem("note", LEADING, (("read", code), ("rest", rest))))
        return _unknown(known, text)

    return read


def _level(known: Vocabulary, code: str) -> Read:
    if code == "died" and code not in known.codes:
        return Read("PD", Problem("warning", DEATH_AS_PD))
    return Read(code)


def _leading(known: Vocabulary, text: str) -> tuple[str, str]:
    """Read ``SD (CT 12.03)`` by what stands before the bracket, or by a code that comes first.

    Returns the level and the rest of the cell, both '' where it does not begin with a level, or
    where the rest names another: ``HAI, then TACE``.
    """
    if "?" in text:
        return "", ""
    for start in _starts(known, text):
        code = known.find(start) or folded(start, known.words)
        rest = _remainder(text, start)
        if code in known.codes and not _names_another(known, code, rest):
            return code, rest
    return "", ""


def _starts(known: Vocabulary, text: str) -> Iterator[str]:
    """What may be the level at the beginning of a cell, the rest being a remark."""
    cut = _REST.sub("", text)
    if cut not in ("", text):
        yield cut
    if match := _BEFORE_NUMBERS.fullmatch(text):
        yield match[1]
    start = text.split(" ", 1)[0]
    word = start.upper().translate(_LOOKALIKE)
    coded = word in known.codes and len(word) > 1
    if start != text and (coded or (start.isupper() and len(start) > _ABBREVIATION)):
        yield start


_BEFORE_NUMBERS = re.compile(r"(.*[^\W\d_])\s+[\W\d_]+")
_ABBREVIATION = 2
"""Letters of capitals that may begin a sentence as well: `ПО КТ`, by CT."""


def _names_another(known: Vocabulary, code: str, rest: str) -> bool:
    """Whether a remark has a word for another level; short ones only in capitals: `по` is no CR."""
    for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", rest):
        if word.isupper() or len(word) > _ABBREVIATION + 1:
            found = known.words.get(normal(word)) or folded(word, known.words)
            if found in known.codes and found != code:
                return True
    return False


def _remainder(text: str, start: str) -> str:
    rest = text[len(start) :].strip(" ,;-–—")
    bracketed = re.fullmatch(r"[(\[]([^()\[\]]*)[)\]]", rest)
    return bracketed[1].strip() if bracketed else rest


def _ambiguous(known: Vocabulary, text: str) -> Read:
    if known.column.words == "modality":
        return Read(text, Problem("warning", ASK_KEPT, known.accepted))
    return Read(None, Problem("error", ASK_EMPTY, known.accepted))


def _unknown(known: Vocabulary, text: str) -> Read:
    """A modality is kept, for any two arms can be compared; of the rest only levels are known."""
    if known.column.words == "modality":
        return Read(text, Problem("warning", OWN_LEVEL, known.accepted))
    return Read(None, Problem("error", NOT_A_LEVEL, known.accepted))


def read_text(text: str, cell: Cell) -> Read:
    """Keep a text as it is."""
    return Read(None, Problem("note", NO_VALUE)) if is_missing(text) else Read(text)


def read_measured(column: Column, unit: str) -> Callable[[str, Cell], Read]:
    """Make a reader of texts that are mostly sizes: a number in another unit is converted."""
    units = UNITS[column.unit]

    def read(text: str, cell: Cell) -> Read:
        match = _NUMBER.fullmatch(text)
        own = normal(match["unit"] or "") if match else ""
        factor = units.get(own or normal(unit), 1.0)
        if match is None or factor == 1:
            return read_text(text, cell)
        number, _doubt = _parse(match["number"], match["e"])
        into = f"{match['sign'] or ''}{text_of(round(number * factor, 6))}"
        told = Problem("note", OTHER_UNIT, (("unit", own), ("into", column.unit))) if own else None
        return Read(into, told)

    return read


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """What the distinct cells of a column mean.

    Attributes
    ----------
    values : sequence
        One for each distinct cell; None where it is missing.
    problems : mapping of int to Problem
        By the index of the distinct cell.
    """

    values: Sequence[Any]
    problems: Mapping[int, Problem]


def parse(
    cells: Cells, column: Column, unit: str, first: bool | None, chosen: Mapping[str, str]
) -> Parsed:
    """Read the distinct cells of a column, each once.

    Parameters
    ----------
    cells : Cells
    column : Column
    unit : str
        The unit of the header, where it has one.
    first : bool or None
        Whether the day comes before the month; None where that is not known.
    chosen : mapping of str to str
        The level that the visitor said a text means.
    """
    read = (
        read_date(first, cells.since_1904)
        if column.kind == "date"
        else reader_of(column, unit, first, chosen)
    )
    values: list[Any] = [None] * len(cells.texts)
    rest: Iterable[int] = range(len(values))
    if column.kind == "number":
        read = read_number(column, unit, _has_points(cells))
        values, rest = _plain(cells, column, UNITS.get(column.unit, {}).get(normal(unit), 1.0))
    problems = {}
    for code in rest:
        values[code], problem = read(cells.texts[code], cells.raw[code])
        if problem:
            problems[code] = problem
    return Parsed(values, problems)


def _has_points(cells: Cells) -> bool:
    """Whether typed texts have decimal points, and none a decimal comma; numbers tell nothing."""
    texts = [cell for cell in cells.raw if isinstance(cell, str)]
    pointed = any("." in text and _POINT.fullmatch(text) for text in texts)
    return pointed and not any("," in text and _COMMA.fullmatch(text) for text in texts)


_POINT, _COMMA = re.compile(r"-?\d+\.\d+"), re.compile(r"-?(?:\d*,(?:\d{1,2}|\d{4,})|0*,\d+)")


def _plain(cells: Cells, column: Column, factor: float) -> tuple[list[Any], list[int]]:
    """Read numbers that are nothing but digits, and tell which cells need a closer look."""
    plain = _PLAIN.fullmatch
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
    if not chosen:
        return read_text

    def read(text: str, cell: Cell) -> Read:
        return Read(chosen[text] or None) if text in chosen else read_text(text, cell)

    return read
