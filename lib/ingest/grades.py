"""A grade and a word in one cell, `3 (cholecystitis)`, `G3 - холангит`, `нет`: both are kept."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.ingest.cells import Cells, Problem, Read, is_missing, normal, whole
from lib.ingest.headers import recognise
from lib.ingest.reader import Cell
from lib.ingest.wording import about
from lib.schema import Column

GRADES = ("ctcae_grade", "cirse_grade", "sir_class", "clavien_grade")
_TITLES = vocabulary.section("grade_titles")  # of a column of grades, by the letters of its header
_FEWEST, _SHARE = 2, 0.5  # cells, or their share, that make words and grades of a column
_ROMAN = ("0", "I", "II", "III", "IV", "V")
_WORD = r"(?:gr(?:ade)?|g|ctcae|ctc|степен\w*|степ|ст)\.?"
_ONE = r"(?:(?:[0-5]|IV|V|I{1,3})(?:[abаб]\b)?)"
_GRADE = rf"(?P<low>{_ONE})(?:\s*[-–—/]\s*(?P<high>{_ONE}))?(?![\d.,]*\d)(?![^\W\d_])"
_FIRST = re.compile(
    rf"(?:(?P<before>{_WORD})\s*[:=]?\s*)?{_GRADE}\s*-?(?:[яй]\b)?\s*(?P<behind>{_WORD}(?!\w))?"
    r"(?P<apart>\s*[-–—:;,.(\[]\s*|\s+|$)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LAST = re.compile(
    rf"(?P<rest>[^\W\d_].*?)(?P<apart>\s*[-–—:;,]\s*|\s*[(\[]\s*|\s+)"
    rf"(?:(?P<before>{_WORD})\s*[:=]?\s*{_GRADE}"
    rf"|{_GRADE.replace('low', 'one').replace('high', 'two')}"
    rf"\s*-?(?:[яй]\b)?\s*(?P<behind>{_WORD}))\s*[)\].]*",
    re.IGNORECASE | re.DOTALL,
)
_SEVERAL = re.compile(
    rf"(?:{_WORD}\s*)?{_ONE}(?:(?:\s*[,;+&]\s*|\s+(?:и|and)\s+)(?:{_WORD}\s*)?{_ONE})+"
    r"(?![^\W\d_])(?:\s*[(\[].*)?",
    re.IGNORECASE | re.DOTALL,
)
"""Grades of several events, or a number with a decimal."""
_COUNTED = re.compile(r"(?:раза?|сегм\w*|дн\w*|times?|segm\w*|days?)\b", re.IGNORECASE)
"""What a number before it counts or names, which is no grade."""
_LATIN = str.maketrans("аб", "ab")
_EVENTS = frozenset(vocabulary.words("grades", "events"))


class Graded(NamedTuple):
    """What a cell says of an event: the grade, the higher of a range, and the words beside it."""

    grade: str
    rest: str
    ranged: bool
    marked: bool  # whether it says that the number is a grade, or sets it apart from the words


def graded(text: str) -> Graded | None:
    """Read a cell with a grade; None where it has none, or is a count: `2 abscesses`."""
    if match := _FIRST.fullmatch(text):
        apart = match["apart"].strip()
        marked = bool(match["before"] or match["behind"] or apart)
        rest = match["rest"].strip(" )].;,") if apart[:1] in ("(", "[") else match["rest"].strip()
        low, high = match["low"], match["high"]
    elif match := _LAST.fullmatch(text):
        low, high = match["low"] or match["one"], match["high"] or match["two"]
        rest, marked = match["rest"].strip(" ,;"), True
    else:
        return None
    if rest and not re.search(r"[^\W\d_]{2}", rest):
        return None
    both = [each for each in (low, high) if each]
    highest = max(map(_spelt, both), key=_rank)
    return Graded(highest, rest, len(both) > 1, marked or _is_event(rest))


def _is_event(rest: str) -> bool:
    """Whether the words behind a number begin with one complication: not `сегмент`, `abscesses`."""
    word = re.match(r"[^\W\d_]+", rest)
    return word is not None and normal(word[0]) in _EVENTS


def _spelt(grade: str) -> str:
    """A grade as it is printed, `IVa`."""
    bare = grade.casefold().translate(_LATIN)
    letter = bare[-1] if bare[-1] in "ab" else ""
    return bare.removesuffix(letter).upper() + letter


def _rank(grade: str) -> tuple[int, str]:
    bare = grade.rstrip("ab")
    return _ROMAN.index(bare) if bare in _ROMAN else int(bare), grade[len(bare) :]


def read_grade(plain: Callable[[str, Cell], Read]) -> Callable[[str, Cell], Read]:
    """Make a reader of grades, in which a word beside the grade is a remark."""

    def read(text: str, cell: Cell) -> Read:
        if isinstance(cell, date):  # `2-3`, as a spreadsheet takes it
            return Read(None, Problem("error", "a-date"))
        if _SEVERAL.fullmatch(text) and whole(text) == text:
            return Read(None, Problem("error", "no-one-grade"))
        found = None if is_missing(text) else graded(text)
        if found and found.grade.casefold() == text.casefold().translate(_LATIN):
            return plain(found.grade, cell)
        if found is None or not (found.rest or found.ranged):
            return plain(text, cell)
        if not found.marked and found.rest and _COUNTED.match(found.rest):
            return Read(None, Problem("error", "no-one-grade"))
        rest = (("rest", found.rest),) if found.rest else ()
        told = (("read", found.grade), *rest)
        if found.ranged:
            return Read(found.grade, Problem("warning", "grade-range", told))
        return Read(found.grade, Problem("note", "leading", told))

    return read


def is_graded(column: Column) -> bool:
    """Whether the cells of a column are grades of complications."""
    return column.name in GRADES or (column.name == "grade" and column.kind == "text")


def names(header: str, cells: Cells, headers: Sequence[str]) -> tuple[str, ...]:
    """The columns of complications and of their grades that one column holds; () for one."""
    # Of which scale they are is asked. A table with a column of grades needs no other.
    said = about(header)
    if "complication" not in said or said - {"complication", "yes"}:
        return ()
    known = [recognise(each, 0) for each in headers]
    if any(each.column in GRADES or set(each.candidates[:1]) & set(GRADES) for each in known):
        return ()
    found = [None if is_missing(text) else graded(text) for text in cells.texts]
    both = np.array([bool(each and each.rest and each.marked) for each in found], bool)
    counts = cells.counts()
    if not both.any() or counts[both].sum() < min(_FEWEST, _SHARE * counts.sum()):
        return ()
    russian = re.search(r"[а-яё]", header, re.IGNORECASE)
    return header, str(_TITLES["cyrillic" if russian else "latin"])


def apart(cells: Cells) -> tuple[Cells, Cells]:
    """The words and the grades of a column."""
    found = [None if is_missing(text) else graded(text) for text in cells.texts]
    found = [each if each and (each.marked or not each.rest) else None for each in found]
    pairs = list(zip(found, cells.texts, cells.raw, strict=True))
    words = cells.recoded([each.rest if each else cell for each, _text, cell in pairs])
    return words, cells.recoded([_shown(each, text) if each else "" for each, text, _ in pairs])


_RANGE = re.compile(rf"{_ONE}\s*[-–—/]\s*{_ONE}", re.IGNORECASE)


def _shown(found: Graded, text: str) -> str:
    """The grade alone; a range as it stands, of which its reader says which is taken."""
    ranged = _RANGE.search(text) if found.ranged else None
    return re.sub(r"\s", "", ranged[0]) if ranged else found.grade
