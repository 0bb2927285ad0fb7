"""Whether a text is the name of a person: by its shape, and by the words that are known in it.

A name is up to five words in any order and case: given names and surnames, initials, a particle
between them; a title before it and an age, a year of birth or the kin beside it are no part of it.
Words of the clinic stand against it.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from lib import vocabulary
from lib.ingest.cells import normal

_SHAPES = vocabulary.patterns("people")

_LONGEST, _MOST_WORDS = 80, 5
_SHORTEST = 3
_FOLDED = str.maketrans({"ё": "е", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ə": "e",
                         "æ": "ae", "ß": "ss", "’": "'"})  # fmt: skip


class Name(NamedTuple):
    """The shape of a name."""

    words: tuple[str, ...]  # what may be a given name or a surname, small letters without accents
    initials: int
    small: bool  # whether it is written without capitals


def name(text: str) -> Name | None:
    """The shape of a text as a name, None where it has none."""
    if len(text) > _LONGEST:
        return None
    text = _SHAPES["aged"].sub(
        "", _SHAPES["number"].sub("", _SHAPES["bracket"].sub(" ", text)).strip()
    )
    tokens = [each for each in _SHAPES["token"].findall(text) if not _beside(each)]
    if not 0 < len(tokens) <= _MOST_WORDS or any(map(str.isdigit, text)):
        return None
    small = text.islower()
    kinds = [_kind(each, small, len(tokens) > 1) for each in tokens]
    if "" in kinds:
        return None
    words = tuple(
        folded(each.rstrip(".")) for each, kind in zip(tokens, kinds, strict=True) if kind == "word"
    )
    return Name(words, kinds.count("initial"), small) if words else None


def folded(word: str) -> str:
    """A word in small letters and without accents, as names are listed."""
    word = word.casefold().translate(_FOLDED)
    if word.isascii() or re.search("[а-я]", word):
        return word
    apart = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def is_known(word: str) -> bool:
    """Whether a folded word is a listed name, or ends as surnames do."""
    return any(
        each in _listed()
        or (len(each) > _MOST_WORDS and _SHAPES["endings"].search(each) is not None)
        for each in word.split("-")
    )


def is_listed(word: str) -> bool:
    """Whether a folded word is a listed name."""
    return word in _listed()


def is_clinical(text: str) -> bool:
    """Whether a word of a text is one of the clinic, and no name."""
    return any(_of_clinic(folded(word)) for word in re.findall(r"[^\W\d_]+", text[:_LONGEST]))


def listed(kind: str) -> tuple[str, ...]:
    """The words of people that the vocabulary lists: kin, titles, streets."""
    return tuple(word for line in vocabulary.words("people", kind) for word in line.split())


def any_of(kind: str) -> str:
    """The listed words of a kind as one pattern."""
    return "|".join(map(re.escape, listed(kind)))


def is_given(word: str) -> bool:
    """Whether a word is a listed given name."""
    return folded(word) in _given()


def _kind(token: str, small: bool, beside: bool) -> str:
    """Whether a token of a name is a word, an initial or a particle; '' where it is none."""
    bare = token.rstrip(".")
    if bare.casefold() in _PARTICLES:
        return "particle"
    parts = re.split(r"[-'’]", bare)
    if not all(part.isalpha() for part in parts if part) or not any(parts):
        return ""
    if _SHAPES["roman"].fullmatch(bare):
        return ""
    if len(bare) == 1:
        return "initial"
    if len(bare) == 2 and bare.isupper() and beside:
        return "initial"
    if token.endswith(".") and not small and len(bare) > 1:
        return ""
    return "word" if small or _capitalised(parts) else ""


def _capitalised(parts: list[str]) -> bool:
    """Whether a word begins with a capital, is in capitals, or has no case at all."""
    whole = "".join(parts)
    if whole.isupper() or whole == whole.swapcase():
        return True
    first = next(part for part in parts if part)
    inner = sum(letter.isupper() for letter in first[1:])
    return (first[:1].isupper() or len(parts) > 1) and inner <= 1 and whole[-1].islower()


def _beside(token: str) -> bool:
    """Whether a token stands beside a name: a title, or the kin."""
    return token.rstrip(".").casefold() in _TITLES


def _of_clinic(word: str) -> bool:
    if len(word) < _SHORTEST or word in _listed():
        return False
    exact, beginnings, endings = _clinic()
    return (
        word in exact
        or any(word[:size] in beginnings for size in range(3, 11))
        or word.endswith(endings)
    )


@cache
def _listed() -> frozenset[str]:
    return _given() | _words_of(vocabulary.names()["surnames"])


@cache
def _given() -> frozenset[str]:
    return _words_of(vocabulary.names()["given"])


_PARTICLES = frozenset(listed("particles"))
_TITLES = frozenset((*listed("titles"), *listed("kin")))


@cache
def _clinic() -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Words, beginnings and endings of words of the clinic; its drugs among the words."""
    exact, beginnings, endings = (
        _words_of(vocabulary.words("clinic", kind)) for kind in ("words", "beginnings", "endings")
    )
    return exact | frozenset(listed("terms")), beginnings, tuple(endings)


def _words_of(lines: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# Telephones, numbers, addresses, days of birth ---------------------------------------------------

_LONGEST_TEXT = 200
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
    text = text[:_LONGEST_TEXT]
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
    if len(text) > _LONGEST_TEXT:
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
    text = text[:_LONGEST_TEXT]
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
    text = text[:_LONGEST_TEXT]
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
