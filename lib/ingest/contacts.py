"""Whether a text is a telephone, a number of a person or a record, an address or a day of birth."""

import re
from collections.abc import Sequence
from functools import cache

from lib import vocabulary
from lib.ingest.cells import normal
from lib.ingest.names import any_of, is_clinical, listed

_LONGEST = 200
_AREA, _WHOLE, _LONGEST_NUMBER = 8, 10, 16
"""Digits of a telephone with its country's sign, of one without, and the most of any number."""
_MARKED = 5
"""Digits beside a word such as `tel.`, or a sign such as `№`, that make a number of a person."""
_CARRIED = 6  # digits behind letters that make a record; studies number their patients with fewer

_MAIL = re.compile(r"[^\s@<>,;:()]{1,64}@[^\s@<>,;()]{1,255}\.[a-zа-я]{2,}", re.IGNORECASE)
_PROFILE = re.compile(
    r"(?<!\S)@[a-z]\w{2,}|\b(?:vk|ok|facebook|instagram|linkedin|twitter|t|wa)\.(?:com|ru|me)/\w",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\+?\s?\(?\d[\d\s()./-]*")
_DOTTED = re.compile(r"\+?\d{1,4}(?:\.\d{2,4}){2,4}|\d{3}\.\d{3}\.\d{3}-\d{2}")
_SLASHED = re.compile(r"[+0]\d{2,5}\s?/\s?[\d\s-]{5,}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\s\d{3})+")
_OF_MONTH = r"(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_DATED = re.compile(
    rf"\d{{4}}[-./\s]{_OF_MONTH}[-./\s]{_OF_MONTH}(?:\D|$)"
    rf"|{_OF_MONTH}([-./\s]){_OF_MONTH}\1(?:\d{{4}}|\d\d)(?:\D|$)"
)
_COMPACT = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:\d{4}|\d{6})?")
_SPREAD = re.compile(  # numbers that some countries give to a person
    r"\d{3}-\d{2}-\d{4}|\d{2}-\d{6,7}-\d|\d{5,6}-\d{4,5}|\d{6}[-+A]\d{3}[\dA-Z]|\d{7,9}[A-Z]|\d{5,7}-[A-ZА-Я]"
    r"|[A-Z]{2}\s?\d\d\s?\d\d\s?\d\d\s?[A-Z]|\d{3}-\d{3}-\d{3}[\s-]?\d{2}"
)
_LETTERED = re.compile(r"[A-ZА-Я]{1,5}[-\s]?(?!(?:19|20)\d{2}[-/]?\d{1,4}$)\d{6,16}[A-ZА-Я]?")
_MIXED = re.compile(r"(?=(?:[A-Z]*\d){5})(?=(?:\d*[A-Z]){4})[A-Z\d]{10,20}")
_CASE = re.compile(r"(?!(?:19|20)\d\d/)\d{4,7}/(?:20)?(?:[012]\d|30)(?:[-/]?\w{1,3})?")
_CASE_DASHED = re.compile(
    r"(?:[^\W\d_]{1,2}[-\s]?)?\d{5,7}-(?:20)?(?:[012]\d|30)(?:-?[а-яa-z]{1,2})?", re.IGNORECASE
)
_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|\d{4}\s?[A-Z]{2}|[A-Z]\d[A-Z]\s\d[A-Z]\d|\d{5}-\d{4}"
)
_WESTERN_SUFFIX = re.compile(
    r"(?:stra(?:ß|ss)e|str\.|weg|platz|gasse|allee|straat|laan|plein|gatan|vägen|vej|veien|utca)\s+\d",
    re.IGNORECASE,
)
_TOWN_AND_HOUSE = re.compile(
    r"(?<!\d)\d{6},\s*[А-ЯЁ][а-яё]{2,}|[А-ЯЁA-Z][а-яёa-z-]+,\s*(?:[А-ЯЁA-Z][а-яёa-z-]+\s+){1,2}\d+[а-я]?\s*[-/,]\s*\d+"
)
_STREET_ALONE = re.compile(
    r"[А-ЯЁ][а-яё]+(?:ая|ого|[иы]на|[еоё]ва|н?ый|[сц]кий|ой|ых|ов|ы)(?:\s[а-яё]+)?\s\d{1,3}[а-я]?\s?[-/]\s?\d{1,3}"
)
"""A street without its word: `Ленина 3-14`."""
_DAY = re.compile(
    r"\d{1,2}[./\s-]\d{1,2}[./\s-](\d{4}|\d\d)(?:\D.*)?"
    r"|((?:19|20)\d\d)[-./]\d{1,2}[-./]\d{1,2}(?:\D.*)?"
    r"|((?:19|20)\d\d)(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
)
_NAMED_DAY = re.compile(
    r"(?:\d{1,2}[\s.-]+)?([^\W\d_]{3,})\.?[\s,-]+(?:\d{1,2},?\s+)?(\d{4}|\d\d)(?:\s*г\.?)?"
)
_BORN_IN = re.compile(r"(19\d\d|20\d\d)\s*г\.?\s?р\.?", re.IGNORECASE)
_CENTURY = 30
"""Years of two digits from here on are of the last century: nobody lives to tell of others."""


def is_contact(text: str) -> bool:
    """Whether a text holds a mail or the name of an account, or is a telephone."""
    text = text[:_LONGEST]
    if _MAIL.search(text) or _PROFILE.search(text):
        return True
    words = _words(text)
    said = any(word in _reached() for word in words)
    if not all(word in _reached() or word in _kin() for word in words):
        return False
    parts = [part.strip() for part in re.split(r"[;,]", _digits_of(text)) if part.strip()]
    return bool(parts) and all(_is_telephone(part, said) for part in parts)


def is_record(text: str) -> bool:
    """Whether a text is a number of a document or a record, with letters or signs of its own."""
    if len(text) > _LONGEST:
        return False
    words = _words(text)
    if (words and all(word in _numbered() for word in words)) or "№" in text:
        left = _digits_of(text)
        count = sum(map(str.isdigit, left))
        return bool(_DIGITS.fullmatch(left)) and _MARKED <= count <= _LONGEST_NUMBER
    return any(shape.fullmatch(text) for shape in (_SPREAD, _LETTERED, _MIXED, _CASE, _CASE_DASHED))


def is_long(text: str) -> bool:
    """Whether a text is 8 to 16 digits and no date."""
    return text.isdigit() and _AREA <= len(text) <= _LONGEST_NUMBER and not _COMPACT.fullmatch(text)


def is_address(text: str) -> bool:
    """Whether a text is a street or a place with the number of a house."""
    text = text[:_LONGEST]
    if not any(map(str.isdigit, text)):
        return False
    shapes = (street(), _way(), _place(), _WESTERN_SUFFIX, _TOWN_AND_HOUSE)
    alone = _STREET_ALONE.fullmatch(text) is not None and not is_clinical(text)
    return alone or any(shape.search(text) for shape in shapes)


def is_postcode(text: str) -> bool:
    """Whether a text is a postcode of a kind that nothing else is written like."""
    return _POSTCODE.fullmatch(text) is not None


def year_of_birth(text: str) -> int | None:
    """The year of a day, or of what is said to be a year of birth; None where a text is neither."""
    text = text[:_LONGEST]
    if found := _BORN_IN.search(text):
        return int(found[1])
    if found := _DAY.fullmatch(text):
        return _year(next(filter(None, found.groups())))
    found = _NAMED_DAY.fullmatch(text)
    if found and normal(found[1]).startswith(_months()):
        return _year(found[2])
    return None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (1900 if year >= _CENTURY else 2000)


def _is_telephone(text: str, said: bool) -> bool:
    count = sum(map(str.isdigit, text))
    if said:
        return bool(_DIGITS.fullmatch(text)) and _MARKED <= count <= _LONGEST_NUMBER
    if _DOTTED.fullmatch(text) or _SLASHED.fullmatch(text):
        return _AREA < count <= _LONGEST_NUMBER and not _DATED.match(text)
    if "." in text or "/" in text or not _DIGITS.fullmatch(text) or text.isdigit():
        return text.isdigit() and is_long(text)
    if _DATED.match(text) or _THOUSANDS.fullmatch(text):
        return False
    abroad = text.startswith(("+", "00"))
    groups = re.findall(r"\d+", text)
    if max(map(len, groups)) <= 2 and not text.startswith(("+", "0")):
        return False  # sizes, one after the other
    return (_AREA if abroad else _WHOLE) <= count <= _LONGEST_NUMBER


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:/[^\W\d_]+)?", text.casefold())


def _digits_of(text: str) -> str:
    """What a text is without its words, and without the signs around them."""
    bare = re.sub(r"\([^\d()]*\)|[^\W\d_]+(?:/[^\W\d_]+)?[.:]?|[№#:]", " ", text)
    return " ".join(bare.split()).strip(" .,;-")


@cache
def street() -> re.Pattern[str]:
    """A word of an address."""
    words = any_of("streets")
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


@cache
def places() -> re.Pattern[str]:
    """A street or a town with the number of a house, inside a text."""
    words = any_of("streets")
    ways = any_of("ways")
    homes = any_of("dwellings")
    number = rf"(?:(?:{homes})\.?\s?)?\d{{1,4}}[а-яa-z]?"
    return re.compile(
        rf"(?<!\w)(?i:{words})\.?\s+[А-ЯЁ][а-яё-]+(?:\s+[А-ЯЁ][а-яё-]+)?,?\s{{0,2}}{number}"
        rf"(?:[\s,/-]{{1,3}}{number})*(?!\w)"
        rf"|(?<!\w)\d{{1,5}}[a-z]?\s+(?:[A-Z][a-z]+\s+){{1,2}}(?i:{words}|{ways})(?!\w)"
        rf"|(?<!\w)(?:{_TOWN_AND_HOUSE.pattern})"
    )


@cache
def _way() -> re.Pattern[str]:
    """The number of a house and a street, in short, or the other way about."""
    ways, homes = any_of("ways"), any_of("dwellings")
    return re.compile(
        rf"\d[a-z]?,?\s+(?:[A-ZÀ-Þ][\w'’-]+\s+){{1,3}}(?i:{ways})\b"
        rf"|\d[a-z]?,?\s+(?i:rue|via|calle|avenida|ulica)\s|\b(?i:rue|via|calle|avenida)\s.{{2,40}}\d"
        rf"|\b(?i:{homes})\.?\s?\d+[a-z]?,\s"
    )


@cache
def _place() -> re.Pattern[str]:
    """A town or a village by its sign."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(listed('places'))})\.\s?[А-ЯЁ][а-яё]{{2,}}")


@cache
def _reached() -> frozenset[str]:
    return frozenset(listed("reached"))


@cache
def _numbered() -> frozenset[str]:
    return frozenset(listed("numbered"))


@cache
def _kin() -> frozenset[str]:
    return frozenset(listed("kin"))


@cache
def _months() -> tuple[str, ...]:
    words: Sequence[str] = [word for key in vocabulary.section("months").values() for word in key]
    return tuple(sorted({normal(word)[:3] for word in words if len(word) > 2}))
