"""Raw cells to dates: cells, serial numbers and texts in any order, however precise."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import numpy as np

from lib import vocabulary
from lib.cohort import Severity, Values
from lib.ingest.cells import MISSING, Problem, Read, is_missing, normal, text_of
from lib.ingest.reader import Cell
from lib.ingest.vague import MONTHS, Span, about, days_of, middle, span_of
from lib.schema import EVENT_DATES, NO_CALENDAR, SINCE_START, Column

EARLIEST, LATEST = 1900, 2100
CANNOT_BE_DATES = frozenset(("no-day", "impossible-date"))
"""What is said of a date that is beyond what is possible."""
_REFUSED = Problem("error", "not-a-date")
_EPOCH, _LATER = date(1899, 12, 30), 1462
"""Day 0 of a spreadsheet, and how many days later it is in workbooks that count from 1904."""
_NUMERIC = re.compile(r"(\d{1,2})([./\-\s])(\d{1,2})\2(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_COMPACT = re.compile(r"(19\d\d|20\d\d)(\d\d)(\d\d)")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./-](\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})[-./](\d{1,2})")
_NAMED = re.compile(
    r"(?:(\d{1,2})[\s.\-]*)?([^\W\d_]{3,})[\s.,\-]*(?:(\d{1,2}),?\s+)?(\d{4}|\d{2})"
)
_TIME = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]m)?(Z|[+-]\d{2}:?\d{2})?$", re.I)
_YEAR_SIGN = re.compile(r"\s*(?:гг?|года?|year)\.?$", re.I)


def day_orders(texts: Iterable[str]) -> frozenset[bool]:
    """The orders of day and month that dates prove: day first True, month first False."""
    # None where no date decides, both where a column was typed by two hands.
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


_NOT_YET = frozenset(normal(word) for word in vocabulary.words("not_yet", "words"))
_ANY = Column("", "", "date", least=EARLIEST, most=LATEST)
LOOSE = frozenset(("among-words",))
"""What is said of a date that stands in a text: such a text may be a remark as well."""


def read_date(
    first: bool | None, since_1904: bool = False, column: Column = _ANY, unit: str = ""
) -> Callable[[str, Cell], Read]:
    """Make a reader of dates, or of days since each patient's first procedure by their `unit`."""
    # `first`: whether 03/04 is the third of April; None if unknown. `since_1904`: whether numbers
    # count days from 1904. `column`: what is dated: in which years it can be, and whether it need
    # not have happened, so that words may deny it.
    event = column.name in EVENT_DATES
    if unit == SINCE_START:
        return _read_days

    def read(text: str, cell: Cell) -> Read:
        if isinstance(cell, str):
            found = _of_text(text, first, since_1904, event)
        elif isinstance(cell, date):
            found = _dated(cell.year, cell.month, cell.day)
        elif isinstance(cell, int | float):
            found = _from_number(float(cell), since_1904)
        else:
            found = Read(None, _REFUSED)
        if found.problem == _REFUSED and _is_stand_in(text):
            return Read(None, _none_of(event))
        return found if found.value is None else _possible(text, found, column, event)

    return read


def _read_days(text: str, _cell: Cell) -> Read:
    """Read the days since each patient's first procedure; the calendar is none."""
    if is_missing(text):
        return MISSING
    try:
        return Read(np.datetime64(NO_CALENDAR + timedelta(days=int(text)), "s"))
    except (OverflowError, ValueError):
        return Read(None, _REFUSED)


def _none_of(event: bool) -> Problem:
    """A cell that stands for no date: of an event, that it has not happened."""
    return Problem("note" if event else "error", "no-day")


def _possible(text: str, found: Read, column: Column, event: bool) -> Read:
    """A date, unless nobody can have been seen so long ago, or so far ahead."""
    day = found.value.astype("datetime64[D]").item()
    if column.least <= day.year <= column.most:
        told = found.problem
        if told is None and not column.low <= day.year <= column.high:
            told = Problem("warning", "unlikely-date", _years(column.low, column.high))
        return found._replace(problem=told)
    if is_shaped(day) or _is_stand_in(text):
        return Read(None, _none_of(event))
    return Read(None, Problem("error", "impossible-date", _years(column.least, column.most)))


def _years(low: float, high: float) -> Values:
    return ("low", int(low)), ("high", int(high))


def is_shaped(day: date) -> bool:
    """Whether a day is one of those that are typed where a date is not known."""
    return (day.day, day.month) in ((1, 1), (31, 12)) or day.day == day.month > _SHORT_MONTH


_SHORT_MONTH = 8
_STAND_IN = re.compile(
    r"0+|(?:00|01|31|(\d\d))[./-](?:0[01]|12|\1)[./-](?:0000|1[0-8]\d\d|1900|2[1-9]\d\d|[3-9]\d{3})"
    r"|(?:0000|1[0-8]\d\d|1900|2[1-9]\d\d|[3-9]\d{3})-(?:0[01]|12|09|11)-(?:00|01|31|09|11)"
    r"|1899-12-3[01]"
)


def _is_stand_in(text: str) -> bool:
    """Whether a text is a zero in the form of a date, or a day of no century that is meant."""
    return bool(_STAND_IN.fullmatch(_TIME.sub("", text)))


def _of_text(text: str, first: bool | None, since_1904: bool, event: bool) -> Read:
    if is_missing(text):
        return MISSING
    if normal(text) in _NOT_YET:
        return Read(None, Problem("note", "no-date"))
    bare = _bare_of(text)
    exact = _from_text(bare, first, since_1904)
    if exact.value is not None or exact.problem != _REFUSED or _is_stand_in(text):
        return exact
    if event and _denied(text):
        return Read(None, Problem("note", "no-date"))
    return _loosely(text, bare, first)


def _denied(text: str) -> bool:
    """Whether words beside a date say that its event has not happened: alive on that day."""
    words = " ".join(re.findall(r"[^\W\d_]+", normal(text)))
    return any(f" {each} " in f" {words} " for each in _NOT_YET)


def _bare_of(text: str) -> str:
    return _YEAR_SIGN.sub("", _TIME.sub("", text)).strip(" .,")


def _from_number(number: float, since_1904: bool) -> Read:
    if number.is_integer() and EARLIEST <= number <= LATEST:
        return _imprecise(int(number), None)
    days = number + _LATER * since_1904
    if 20000 <= days < 60001:
        value = np.datetime64(_EPOCH + timedelta(days=int(days)), "s")
        return Read(value, Problem("note", "serial-1904" if since_1904 else "serial", each=False))
    if match := _COMPACT.fullmatch(text_of(number)):
        return _dated(*(int(part) for part in match.groups()))
    return Read(None, _REFUSED)


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
    return Read(None, _REFUSED)


def _loosely(text: str, bare: str, first: bool | None) -> Read:
    """Read what a clerk can: slips of typing, approximate dates, spans, dates among words."""
    for reader in (_slipped, _approximate, _spanned, _roughly, _among_words):
        found = reader(text, bare, first)
        if found is not None and found.value is not None:
            return found
    return Read(None, _REFUSED)


_MIXED = re.compile(r"(\d{1,2})\s*[.,/\-;]+\s*(\d{1,2})\s*[.,/\-;]+\s*(\d{4}|\d{2})")
_UNKNOWN_DAY = re.compile(r"(?:\?+|[xXхХ_-]{1,2}|00?)[./\-]((?:\d{1,2}|[?xXхХ_]{1,2})[./\-]\d{4})")
_UNKNOWN_MONTH = re.compile(r"(?:\?+|[xXхХ_]{1,2}|00?)[./\-](\d{4})")
_ISO_UNKNOWN = re.compile(r"(\d{4}(?:-\d{2})?)(?:-(?:\?+|[xX_]{1,2}|00))+")


def _slipped(_text: str, bare: str, first: bool | None) -> Read | None:
    """Commas between day and month, two marks for one, a day that is not known."""
    if match := _UNKNOWN_DAY.fullmatch(bare):
        rest = match[1]
        if whole := _UNKNOWN_MONTH.fullmatch(rest):
            rest = whole[1]
        return _from_text(rest, first, False)
    if match := _ISO_UNKNOWN.fullmatch(bare):
        return _from_text(match[1], first, False)
    if match := _MIXED.fullmatch(bare):
        read = _from_text(".".join(match.groups()), first, False)
        return _said(read, "note", "slip")
    return None


def _said(read: Read, severity: Severity, code: str, span: Span | None = None) -> Read:
    """A date that was read otherwise than it stands."""
    if read.value is None:
        return read
    problem = Problem(severity, code, (("read", str(read.value)[:10]),))
    return Read(read.value, problem, span or read.span)


def _approximate(text: str, _bare: str, first: bool | None) -> Read | None:
    bare = about(text)
    if not bare:
        return None
    read = _from_text(_bare_of(bare), first, False)
    if read.value is None:
        read = _loosely(bare, _bare_of(bare), first)
    if read.value is None or read.problem:
        return read
    return Read(read.value, Problem("note", "approximate", each=False))


def _spanned(text: str, _bare: str, first: bool | None) -> Read | None:
    """The first of the days from one date to another."""
    ends = days_of(text.rstrip(" .г"))
    if ends is None:
        return None
    begin, end = (_from_text(each, first, False) for each in ends)
    if begin.value is None or end.value is None:
        return None
    if begin.span and end.span:
        return _within((begin.span[0], end.span[1]))
    if begin.problem or end.problem:
        return None
    days = begin.value.astype("datetime64[D]").item(), end.value.astype("datetime64[D]").item()
    return _said(begin, "note", "first-of-span", days) if days[0] <= days[1] else None


def _roughly(text: str, _bare: str, _first: bool | None) -> Read | None:
    """A season, a quarter, a part of a month or year."""
    span = span_of(text)
    return _within(span) if span else None


def _within(span: Span) -> Read | None:
    if span[0] > span[1]:
        return None
    return Read(np.datetime64(middle(span), "s"), Problem("note", "to-span", each=False), span)


_ONE_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}"
    r"|[^\W\d_]{3,}\s+\d{1,2},?\s+(?:19|20)\d\d"
    r"|(?:\d{1,2}[\s.-]+)?[^\W\d_]{3,}[\s.,-]+(?:19|20)\d\d|\d{1,2}[./](?:19|20)\d\d)(?!\d)"
)
_LONGEST = 80


def _among_words(text: str, _bare: str, first: bool | None) -> Read | None:
    """The only date of a short text, unless its words say that something has not happened."""
    if len(text) > _LONGEST:
        return None
    found = list(_ONE_DATE.finditer(text))
    rest = _ONE_DATE.sub(" ", text)
    if len(found) != 1 or any(map(str.isdigit, rest)) or not any(map(str.isalpha, rest)):
        return None
    return _said(_from_text(_bare_of(found[0][0]), first, False), "warning", "among-words")


def _ordered(match: re.Match[str], first: bool | None) -> Read:
    one, two, year = int(match[1]), int(match[3]), _century(match[4])
    if match[2] == "." or one == two:
        return _dated(year, two, one)
    by_day, by_month = _dated(year, two, one), _dated(year, one, two)
    if by_day.value is None or by_month.value is None:
        only = by_day if by_month.value is None else by_month
        wrong = first is not None and only.value is not None and first == (only is by_month)
        problem = Problem("warning", "other-order", (("read", str(only.value)[:10]),))
        return Read(only.value, problem) if wrong else only
    if first is None:
        both = (("first", str(by_day.value)[:10]), ("second", str(by_month.value)[:10]))
        return Read(None, Problem("error", "order", both))
    return by_day if first else by_month


def _named(match: re.Match[str]) -> Read:
    month = MONTHS.get(match[2].casefold())
    day = match[1] or match[3]
    if month is None or (match[1] and match[3]):
        return Read(None, _REFUSED)
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
        return Read(None, _REFUSED)
    return Read(np.datetime64(value, "s"))


def _imprecise(year: int, month: int | None) -> Read:
    read = _dated(year, month or 7, 15 if month else 1)
    if read.value is None:
        return read
    last = date(year, month or 12, monthrange(year, month or 12)[1])
    span = date(year, month or 1, 1), last
    return Read(read.value, Problem("note", "to-month" if month else "to-year", each=False), span)
