"""Whether a text is a telephone, a number of a person or a record, an address or a day of birth."""

import re

from lib import vocabulary
from lib.ingest.cells import normal
from lib.ingest.names import any_of, is_clinical, listed

_SHAPES = vocabulary.patterns("contacts")

_LONGEST = 200
_AREA, _WHOLE, _LONGEST_NUMBER = 8, 10, 16
"""Digits of a telephone with its country's sign, of one without, and the most of any number."""
_MARKED = 5
"""Digits beside a word such as `tel.`, or a sign such as `№`, that make a number of a person."""

_TOWN_AND_HOUSE = re.compile(
    r"(?<!\d)\d{6},\s*[А-ЯЁ][а-яё]{2,}|[А-ЯЁA-Z][а-яёa-z-]+,\s*(?:[А-ЯЁA-Z][а-яёa-z-]+\s+){1,2}\d+[а-я]?\s*[-/,]\s*\d+"
)
_CENTURY = 30
"""Years of two digits from here on are of the last century: nobody lives to tell of others."""


def is_contact(text: str) -> bool:
    """Whether a text holds a mail or the name of an account, or is a telephone."""
    text = text[:_LONGEST]
    if _SHAPES["mail"].search(text) or _SHAPES["profile"].search(text):
        return True
    words = _words(text)
    said = any(word in _REACHED for word in words)
    if not all(word in _REACHED or word in _KIN for word in words):
        return False
    parts = [part.strip() for part in re.split(r"[;,]", _digits_of(text)) if part.strip()]
    return bool(parts) and all(_is_telephone(part, said) for part in parts)


def is_record(text: str) -> bool:
    """Whether a text is a number of a document or a record, with letters or signs of its own."""
    if len(text) > _LONGEST:
        return False
    words = _words(text)
    if (words and all(word in _NUMBERED for word in words)) or "№" in text:
        left = _digits_of(text)
        count = sum(map(str.isdigit, left))
        return bool(_SHAPES["digits"].fullmatch(left)) and _MARKED <= count <= _LONGEST_NUMBER
    return any(
        shape.fullmatch(text)
        for shape in (
            _SHAPES["spread"],
            _SHAPES["lettered"],
            _SHAPES["mixed"],
            _SHAPES["case"],
            _SHAPES["case_dashed"],
        )
    )


def is_long(text: str) -> bool:
    """Whether a text is 8 to 16 digits and no date."""
    return (
        text.isdigit()
        and _AREA <= len(text) <= _LONGEST_NUMBER
        and not _SHAPES["compact"].fullmatch(text)
    )


def is_address(text: str) -> bool:
    """Whether a text is a street or a place with the number of a house."""
    text = text[:_LONGEST]
    if not any(map(str.isdigit, text)):
        return False
    shapes = (STREET, _WAY, _PLACE, _SHAPES["western_suffix"], _TOWN_AND_HOUSE)
    alone = _SHAPES["street_alone"].fullmatch(text) is not None and not is_clinical(text)
    return alone or any(shape.search(text) for shape in shapes)


def is_postcode(text: str) -> bool:
    """Whether a text is a postcode of a kind that nothing else is written like."""
    return _SHAPES["postcode"].fullmatch(text) is not None


def year_of_birth(text: str) -> int | None:
    """The year of a day, or of what is said to be a year of birth; None where a text is neither."""
    text = text[:_LONGEST]
    if found := _SHAPES["born_in"].search(text):
        return int(found[1])
    if found := _SHAPES["day"].fullmatch(text):
        return _year(next(filter(None, found.groups())))
    found = _SHAPES["named_day"].fullmatch(text)
    if found and normal(found[1]).startswith(_MONTHS):
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
        return bool(_SHAPES["digits"].fullmatch(text)) and _MARKED <= count <= _LONGEST_NUMBER
    if _SHAPES["dotted"].fullmatch(text) or _SHAPES["slashed"].fullmatch(text):
        return _AREA < count <= _LONGEST_NUMBER and not _SHAPES["dated"].match(text)
    if "." in text or "/" in text or not _SHAPES["digits"].fullmatch(text) or text.isdigit():
        return text.isdigit() and is_long(text)
    if _SHAPES["dated"].match(text) or _SHAPES["thousands"].fullmatch(text):
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


_STREETS, _WAYS, _HOMES = map(any_of, ("streets", "ways", "dwellings"))
_NUMBER = rf"(?:(?:{_HOMES})\.?\s?)?\d{{1,4}}[а-яa-z]?"
STREET = re.compile(rf"\b(?:{_STREETS})\b", re.IGNORECASE)  # A word of an address
PLACES = re.compile(
    rf"(?<!\w)(?i:{_STREETS})\.?\s+[А-ЯЁ][а-яё-]+(?:\s+[А-ЯЁ][а-яё-]+)?,?\s{{0,2}}{_NUMBER}"
    rf"(?:[\s,/-]{{1,3}}{_NUMBER})*(?!\w)"
    rf"|(?<!\w)\d{{1,5}}[a-z]?\s+(?:[A-Z][a-z]+\s+){{1,2}}(?i:{_STREETS}|{_WAYS})(?!\w)"
    rf"|(?<!\w)(?:{_TOWN_AND_HOUSE.pattern})"
)
"""A street or a town with the number of a house, inside a text."""
_WAY = re.compile(
    rf"\d[a-z]?,?\s+(?:[A-ZÀ-Þ][\w'’-]+\s+){{1,3}}(?i:{_WAYS})\b"
    rf"|\d[a-z]?,?\s+(?i:rue|via|calle|avenida|ulica)\s|\b(?i:rue|via|calle|avenida)\s.{{2,40}}\d"
    rf"|\b(?i:{_HOMES})\.?\s?\d+[a-z]?,\s"
)
"""The number of a house and a street, in short, or the other way about."""
_PLACE = re.compile(rf"(?<!\w)(?:{'|'.join(listed('places'))})\.\s?[А-ЯЁ][а-яё]{{2,}}")
"""A town or a village by its sign."""
_REACHED, _NUMBERED, _KIN = map(frozenset, map(listed, ("reached", "numbered", "kin")))
_OF_MONTHS = [word for words in vocabulary.section("months").values() for word in words]
_MONTHS = tuple({normal(word)[:3] for word in _OF_MONTHS if len(word) > 2})
