"""A grade and a word in one cell, `3 (cholecystitis)`, `G3 - холангит`, `нет`: both are kept."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.ingest.cells import Cells, Problem, Read, is_missing
from lib.ingest.headers import recognise
from lib.ingest.reader import Cell
from lib.ingest.wording import about
from lib.schema import Column

GRADES = ("ctcae_grade", "cirse_grade", "sir_class", "clavien_grade")
_TITLES = vocabulary.section("grade_titles")  # of a column of grades, by the letters of its header
_FEWEST, _SHARE = 2, 0.5  # cells, or their share, that make words and grades of a column
_ROMAN = ("0", "I", "II", "III", "IV", "V")
_WORD = r"(?:gr(?:ade)?|g|ctcae|ctc|степен\w*|степ|ст)\.?"
_ONE = r"(?:[0-5](?:[abаб]\b)?|IV|V|I{1,3})"
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
    return Graded(max(both, key=_rank).upper(), rest, len(both) > 1, marked)


def _rank(grade: str) -> int:
    roman = grade.upper()
    return _ROMAN.index(roman) if roman in _ROMAN else int(grade[0])


def read_grade(plain: Callable[[str, Cell], Read]) -> Callable[[str, Cell], Read]:
    """Make a reader of grades, in which a word beside the grade is a remark."""

    def read(text: str, cell: Cell) -> Read:
        found = None if is_missing(text) else graded(text)
        if found is None or not (found.rest or found.ranged):
            return plain(text, cell)
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
