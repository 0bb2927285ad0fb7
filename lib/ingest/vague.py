"""Dates as people remember them: a season, a quarter, the beginning of a month, a span of days.

Each is read as the middle of what it may mean, with its first and last day; of two days the first.
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from lib import vocabulary
from lib.ingest.cells import normal

Span = tuple[date, date]  # the first and the last day that a date may be

MONTHS: Mapping[str, int] = {
    word: int(number) for number, words in vocabulary.section("months").items() for word in words
}
_SEASONS = {"winter": 12, "spring": 3, "summer": 6, "autumn": 9}
"""The month in which a season begins, winter in the year before."""
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DAYS = re.compile(r"(\d{1,2})\s*[-–—]\s*(\d{1,2})\s*[.\s]\s*(.+)")
_SHORT_YEAR = re.compile(r"(.*?)['’`](\d\d)\s*$")
_LONGEST = 40


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    """What each word of a vague date is: a part of which section."""
    found = {word: ("month", str(number)) for word, number in MONTHS.items()}
    for kind, keys in vocabulary.section("vague").items():
        for key, words in keys.items():
            for word in words:
                found.setdefault(normal(word), (kind, key))
    return found


@dataclass(slots=True)
class _Said:
    """What the words of a vague date say."""

    years: list[int]
    months: list[int]
    season: str = ""
    part: str = ""
    unit: str = ""
    number: int = 0


def span_of(text: str) -> Span | None:
    """The days that a text of a season, quarter, part or several months may mean."""
    if len(text) > _LONGEST:
        return None
    said = _said(text)
    if said is None or not said.years:
        return None
    span = _whole(said)
    return _part_of(span, said.part) if span and said.part else span


def _said(text: str) -> _Said | None:
    """What the words say; None where one of them is not known."""
    if match := _SHORT_YEAR.fullmatch(text):
        text = f"{match[1]} 20{match[2]}"
    tokens = _TOKEN.findall(normal(text).replace("-", " "))
    said = _Said([], [])
    for index, token in enumerate(tokens):
        if not _heard(said, token, _nearby(tokens, index)):
            return None
    return said


def _nearby(tokens: Sequence[str], index: int) -> set[str]:
    return {_words().get(each, ("", ""))[0] for each in tokens[max(0, index - 2) : index + 3]}


def _heard(said: _Said, token: str, nearby: set[str]) -> bool:
    """Take in one word; False where it is not known."""
    kind, key = _words().get(token, ("", ""))
    if _YEAR.fullmatch(token):
        said.years.append(int(token))
    elif kind == "ordinals" and "units" in nearby and not said.number:
        said.number = int(key)
    elif kind == "month":
        said.months.append(int(key))
    elif kind in ("seasons", "parts", "units"):
        setattr(said, kind.removesuffix("s"), key)
    elif token.isdigit() and len(token) == 2 and said.season and said.years:  # winter 2018/19
        said.years.append(said.years[0] // 100 * 100 + int(token))
    else:
        return kind == "neutral" or _quartered(said, token)
    return True


def _quartered(said: _Said, token: str) -> bool:
    """Take in ``q2``, ``2q`` or ``h1``, written as one word."""
    match = re.fullmatch(r"([qhк])([1-4])|([1-4])([qhк])", token)
    if match is None:
        return False
    said.unit = "half" if "h" in token else "quarter"
    said.number = int(match[2] or match[3])
    return True


def _whole(said: _Said) -> Span | None:
    """The season, quarter, months or year, before a part of it is taken."""
    year = said.years[0]
    if said.season:
        first = _SEASONS[said.season]
        later = len(said.years) > 1 or first < 12
        return _months(year if later else year - 1, first, 3)
    if said.unit:
        size = {"quarter": 3, "half": 6}.get(said.unit, 12)
        if not 1 <= said.number <= 12 // size:
            return None
        return _months(year, (said.number - 1) * size + 1, size)
    if said.months:
        several = (said.months[-1] - said.months[0]) % 12 + 1
        return _months(year, said.months[0], several)
    if len(said.years) == 1:
        return _months(year, 1, 12) if said.part else None
    return date(min(said.years), 1, 1), date(max(said.years), 12, 31)


def _months(year: int, first: int, several: int) -> Span:
    last = first + several - 1
    end, month = year + (last - 1) // 12, (last - 1) % 12 + 1
    return date(year, first, 1), date(end, month, monthrange(end, month)[1])


def _part_of(span: Span, part: str) -> Span:
    """The first, middle or last third of a span."""
    first, last = span
    third = ((last - first).days + 1) / 3
    begin = {"begin": 0, "middle": 1, "end": 2}[part]
    start = first + timedelta(days=round(begin * third))
    return start, first + timedelta(days=round((begin + 1) * third) - 1)


def middle(span: Span) -> date:
    """The day in the middle of a span."""
    return span[0] + (span[1] - span[0]) / 2


def about(text: str) -> str:
    """A text without ``~``, ``?`` or ``около``, which say that it is not exact; '' if none."""
    bare = _ABOUT.sub("", text.rstrip(" ?()").lstrip(" ~≈(")).lstrip(" ~≈")
    return bare if bare != text else ""


_ROUGHLY = "|".join(sorted(map(re.escape, vocabulary.words("about", "words")), key=len)[::-1])
_ABOUT = re.compile(rf"^(?:{_ROUGHLY})(?![^\W\d_])\.?\s*", re.IGNORECASE)


def days_of(text: str) -> tuple[str, str] | None:
    """The two ends of a span of days, as texts of whole dates: ``15-20.03.2019``."""
    if match := _DAYS.fullmatch(text):
        return f"{match[1]}.{match[3]}", f"{match[2]}.{match[3]}"
    ends = re.split(r"\s*[–—-]\s*|\s+(?:по|to|until|till)\s+", re.sub(r"^(?:с|from)\s+", "", text))
    if len(ends) != 2 or not all(any(map(str.isdigit, each)) for each in ends):
        return None
    first, last = ends
    if not _YEAR.search(first) and (year := _YEAR.search(last)):
        mark = "/" if "/" in first else "."
        first = f"{first.rstrip(mark)}{mark}{year[0]}"
    return first, last
