"""Values of a category that may be one, written in several ways: ``синхр.`` and ``С``, ``да`` and
``+``, the letter ``О`` and the digit ``0``. They stand apart until the visitor says otherwise.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from lib.ingest.cells import Cells, normal
from lib.ingest.evidence import MARKED, UNMARKED
from lib.ingest.levels import as_latin
from lib.ingest.values import says_nothing
from lib.plan import Reading
from lib.schema import Column

SPELT, APART = "spelt", "apart"
"""The question whether values are one, and the answer that they are not."""
Spellings = tuple[str, ...]
"""The ways in which one value may be written, the one that is kept first."""
_MOST = 40  # distinct values of a column up to which they are compared
_WORD = 4  # letters from which a word may be abbreviated: `AB` is no longer `A`
_STEM, _ENDING = 5, 3  # letters that two forms of a word share at least, and do not at most
_SIGNS = str.maketrans("0", "o")
"""A digit that is typed as a letter; 1 and 3 are classes of their own beside I and З."""


def of_column(cells: Cells, column: Column, reading: Reading) -> list[Spellings]:
    """The values of a category that may be one, but for those of which it was said."""
    if column.kind != "category" or column.levels:
        return []
    said = {each.value: each.level for each in reading.values if each.column == column.name}
    counts = dict(zip(cells.texts, cells.counts().tolist(), strict=True))
    known = [text for text in counts if not says_nothing(text, cells) and text not in said]
    found = same(sorted(known, key=lambda text: (-len(normal(text)), -counts[text], text)))
    return [each for each in found if reading.said(SPELT, about(column, each)) != APART]


def about(column: Column, spellings: Spellings) -> str:
    """What a decision is about: the column and the value that would be kept."""
    return f"{column.name}: {spellings[0]}"


def same(texts: Sequence[str]) -> list[Spellings]:
    """Values that may be one, of distinct values of which the longest is first."""
    if len(texts) > _MOST:
        return []
    clusters: list[list[str]] = []
    for text in texts:
        alike = [each for each in clusters if any(_is_one(text, other) for other in each)]
        if len(alike) == 1:  # `R` beside `right` and `rectum` may be either
            alike[0].append(text)
        elif not alike:
            clusters.append([text])
    return [tuple(each) for each in clusters if len(each) > 1]


def _is_one(short: str, long: str) -> bool:
    """Whether two values may be one: the same signs, the same answer, or forms of each word."""
    if _folded(short) == _folded(long):
        return True
    one, other = normal(short) or short, normal(long) or long
    if any({one, other} <= words for words in (MARKED, UNMARKED)):
        return True
    words, others = _words(short), _words(long)
    return bool(words) and len(words) == len(others) and all(map(_is_form, words, others))


def _is_form(word: str, long: str) -> bool:
    """Whether a word is another's beginning, or differs from it in the ending alone."""
    if word.casefold() == long.casefold():
        return True
    if any(len(each) > 1 and each.isupper() for each in (word, long)):  # FOLFOX is not FOLFOXIRI
        return False
    word, long = word.casefold(), long.casefold()
    if len(long) >= _WORD and long.startswith(word):
        return True
    shared = len([*takewhile(lambda pair: len({*pair}) == 1, zip(word, long, strict=False))])
    return shared >= _STEM and max(len(word), len(long)) - shared <= _ENDING


def _folded(text: str) -> str:
    return as_latin(normal(text)).translate(_SIGNS)


def _words(text: str) -> list[str]:
    """The words of a value; none where it has digits or signs, which mean something."""
    words = re.split(r"[\s.-]+", text.strip(" ."))
    return words if all(map(str.isalpha, words)) else []
