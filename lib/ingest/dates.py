"""Raw cells to dates: cells, serial numbers and texts in any order, however precise."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

import numpy as np

from lib import vocabulary
from lib.ingest.cells import MISSING, Problem, Read, is_missing, normal, text_of
from lib.ingest.reader import Cell
from lib.language import N_

EARLIEST, LATEST = 1900, 2100
_MONTHS = {
    word: int(number) for number, words in vocabulary.section("months").items() for word in words
}


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
