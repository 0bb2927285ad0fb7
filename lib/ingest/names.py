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

_SHAPES = vocabulary.patterns("names")

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
