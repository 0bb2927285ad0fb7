"""A column of raw cells: its distinct cells as text, the form in which words are compared.

A column is read by its distinct cells, each once, so that a hundred thousand rows cost no more
than the values that differ.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from string import ascii_letters, digits
from typing import Any, NamedTuple

import numpy as np

from lib.cohort import Severity, Values
from lib.ingest.reader import Cell, Coded, Tally
from lib.ingest.sentences import sentence
from lib.language import Template
from lib.schema import FORMULA_ERRORS, MISSING_WORDS
from lib.statistics.estimate import Bools, Ints
from lib.workbooks.markup import NEVER_COMPUTED

_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff"
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
"""Soft hyphens, marks of direction, joiners, byte order marks: nobody sees them in a cell."""
_SPACES = re.compile(r"\s+")
_UNUSUAL = re.compile(rf"[\s{_UNSEEN}]")
_GUARDS = ("'", "=", "`", "\u2019")
_MARKED = re.compile(r"['`\u2019](?=\S)(?!.*['`\u2019])")
"""How an export keeps a spreadsheet from taking a text for a formula, or a number for one."""
_QUOTED = re.compile(r'="(.*)"', re.DOTALL)


class Problem(NamedTuple):
    """Why a cell is not read as it stands."""

    # `each` is False where one finding for the whole column says it better than one for each value.

    severity: Severity
    code: str
    values: Values = ()
    each: bool = True

    @property
    def message(self) -> Template:
        """The sentence of its code."""
        return sentence(self.code)


class Read(NamedTuple):
    """What a cell means: a value, None where it is missing, and the problem if there is one."""

    # A date that is known roughly has the first and the last day that it may be.

    value: Any
    problem: Problem | None = None
    span: tuple[date, date] | None = None


MISSING = Read(None)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A column of raw cells: its distinct cells as text and as they stand, and whose each is."""

    texts: list[str]  # each distinct cell that is not blank, as a reader of the spreadsheet sees it
    raw: list[Cell]  # the same cells as they stand
    codes: Ints  # (n,), index into both; -1 where the cell is blank
    since_1904: bool = False  # whether its workbook counts days from 1904, as those of old Macs do
    # Where the rows are some of a table: (distinct + 1,), how many rows of all of it have each
    # distinct cell, and last how many have none.
    whole: Ints | None = None
    # What was found of the whole column, so that it is looked at once.
    told: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls, column: Sequence[Cell], since_1904: bool = False, whole: Tally | None = None
    ) -> "Cells":
        """Find the distinct cells of a column; of one that is a part, those of the `whole` too."""
        if whole is not None:
            return cls._part(column, since_1904, whole)
        places = _Places()
        codes = places.of(column)
        return cls(places.texts, places.raw, codes, since_1904)

    @classmethod
    def _part(cls, column: Sequence[Cell], since_1904: bool, whole: Tally) -> "Cells":
        if "places" not in whole.told:
            known = _Places()
            whole.told["places"] = known, known.of(whole.cells)
        known, codes = whole.told["places"]
        both = known.copy()
        own = both.of(column)
        size = len(both.texts) + 1
        counts = np.bincount(codes % size, np.array(whole.counts), size)
        new = np.bincount(own[own >= 0], minlength=size)
        counts = np.where(counts > 0, counts, new)  # what is rare may not be among those known
        counts[-1] += whole.blank
        part = cls(both.texts, both.raw, own, since_1904, counts.astype(np.int64))
        object.__setattr__(part, "told", whole.told)
        return part

    def take(self, rows: Bools) -> "Cells":
        """Keep some of the rows, and the distinct cells that they have."""
        if rows.all():
            return self
        codes = self.codes[rows]
        if self.whole is not None:
            return self._of_rows(codes)
        left = np.bincount(codes[codes >= 0], minlength=len(self.texts)) > 0
        if left.all():
            return replace(self, codes=codes)
        recode = np.append(np.where(left, np.cumsum(left) - 1, -1), -1)
        used = np.flatnonzero(left).tolist()
        texts, raw = [self.texts[i] for i in used], [self.raw[i] for i in used]
        return Cells(texts, raw, recode[codes], self.since_1904)

    def _of_rows(self, codes: Ints) -> "Cells":
        """Other rows of the same column of a whole table."""
        rows = replace(self, codes=codes)
        object.__setattr__(rows, "told", self.told)
        return rows

    def recoded(self, raw: Sequence[Cell]) -> "Cells":
        """The rows with another cell in the place of each distinct one."""
        others = Cells.of(raw, self.since_1904)
        whole = self.whole
        if whole is not None:
            size = len(others.texts) + 1
            whole = np.bincount(np.append(others.codes, -1) % size, whole, size).astype(np.int64)
        return replace(others, codes=np.append(others.codes, -1)[self.codes], whole=whole)

    def down(self) -> "Cells":
        """The rows with the last cell above them where they have none."""
        places = np.where(self.codes >= 0, np.arange(len(self.codes)), 0)
        return replace(self, codes=self.codes[np.maximum.accumulate(places)])

    def counts(self) -> Ints:
        """(distinct,) int array: rows that have each distinct cell, in the whole table."""
        if self.whole is not None:
            return self.whole[:-1]
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def blank(self) -> int:
        """How many rows have none, in the whole table."""
        return int((self.codes < 0).sum() if self.whole is None else self.whole[-1])


class _Places:
    """The place of each distinct cell among those of a column: texts that look alike share one."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.raw: list[Cell] = []
        self._of_cell: dict[Cell, int] = {}
        self._of_text: dict[Cell, int] = {"": -1}

    def copy(self) -> "_Places":
        """The same places, to which others are added without changing these."""
        copied = _Places()
        copied.texts, copied.raw = list(self.texts), list(self.raw)
        copied._of_cell, copied._of_text = dict(self._of_cell), dict(self._of_text)
        return copied

    def of(self, column: Sequence[Cell]) -> Ints:
        """(n,) int array: the place of each cell of a column, -1 where it is blank."""
        if isinstance(column, Coded):
            return self.of(column.cells)[column.codes]
        if bool in set(map(type, column)):  # which a dict takes for 0 and 1
            column = [str(cell).upper() if cell.__class__ is bool else cell for cell in column]
        known = self._of_cell
        cells = dict.fromkeys(column)
        if not known and (seen := _as_seen(cells)):
            self.texts, self.raw = seen, list(seen)
            self._of_text |= {text: place for place, text in enumerate(seen)}
            known |= self._of_text
        for cell in cells:
            if cell not in known:
                known[cell] = self._new(cell)
        return np.fromiter(map(known.__getitem__, column), np.int64, len(column))

    def _new(self, cell: Cell) -> int:
        text, typed = text_of(cell), not isinstance(cell, str)
        if not typed and text in self._of_text:
            return self._of_text[text]
        if not typed:
            self._of_text[text] = len(self.texts)
        self.texts.append(text)
        self.raw.append(cell if typed else text)
        return len(self.texts) - 1


def _as_seen(cells: Collection[Cell]) -> list[str]:
    """The cells but a blank one, where a reader sees all as they stand; looked at together."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    whole = "".join(texts)
    if _UNUSUAL.search(whole) or any(sign in whole for sign in _GUARDS):
        return []
    return list(filter(None, texts)) if len(texts) == len(cells) else []


def text_of(cell: Cell) -> str:
    """Show a cell as a reader of the spreadsheet sees it, without the spaces around it."""
    if isinstance(cell, str):
        if cell.isalnum():
            return cell
        text = _seen(cell) if _UNUSUAL.search(cell) else cell
        return _unguarded(text) if text.startswith(_GUARDS) else text
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        return str(int(cell)) if float(cell).is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    return str(cell)


def _seen(text: str) -> str:
    """A text without what nobody sees in it, every run of spaces being one."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip()


def _unguarded(text: str) -> str:
    """A text without what an export put around it: ``="21.8"``, ``'2452``."""
    if quoted := _QUOTED.fullmatch(text):
        return quoted[1].replace('""', '"').strip()
    return _MARKED.sub("", text, count=1)


def normal(text: str) -> str:
    """Bring a header or a word to the one form in which both sides are compared."""
    if text.isascii() and text.replace(".", "", 1).isalnum():
        return text.casefold().strip(".")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("İ", "I")
        text = _FOOTNOTE.sub("", text)
    return _BLANKS.sub(" ", text.casefold().replace("ё", "е")).strip(" *.:;")


_FOOTNOTE = re.compile(r"(?<=[^\W_])(?:\s*[‡§¶‖]+|(?<=[^\W\d_]{2})†+)\s*$")
"""The mark of a footnote behind a word; a dagger behind a number, or by itself, is a death."""
_BLANKS = re.compile(r"[_\-‐-―−\s]+")
_ERRORS = frozenset(normal(word) for word in FORMULA_ERRORS)
_MISSING = frozenset(normal(word) for word in (*MISSING_WORDS, NEVER_COMPUTED)) | _ERRORS
_ENDS = {word[-1] for word in _MISSING if word and ":" not in word}
_NEVER_LAST = frozenset(sign for sign in ascii_letters + digits if sign.casefold() not in _ENDS)
"""With what no word for a missing value ends that is no error with its number."""
DASHES = frozenset(("-", "--", "—", "–", "−"))


_WHOLE = re.compile(r"(-?\d{1,15})[.,]0+")


def is_plain(text: str) -> bool:
    """Whether a text is digits and at most one point: nothing else need be looked for in it."""
    return text.replace(".", "", 1).isdigit()


def whole(text: str) -> str:
    """The class of ``1.0``, as tables with holes write whole numbers; any other text as it is."""
    match = _WHOLE.fullmatch(text)
    return match[1] if match else text


def is_formula_error(text: str) -> bool:
    """Whether a text is what a spreadsheet shows in place of a value it could not compute."""
    return ("#" in text or ":" in text) and normal(text) in _ERRORS


def is_missing(text: str) -> bool:
    """Whether a text says that there is no value."""
    if text.isascii():
        if text[-1:] in _NEVER_LAST and ":" not in text:
            return False
        if text.isalnum():
            return text.casefold() in _MISSING
    if is_plain(text):
        return False
    return text in DASHES or normal(text) in _MISSING
