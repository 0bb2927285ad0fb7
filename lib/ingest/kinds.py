"""What kind of column one is that the schema does not know: numbers, dates, classes, codes, texts.

A number is measured or counted; a class, `<65` or `60-69`, and a code of few values, 0 and 1, is a
category, whatever digits it is written with. The visitor may say otherwise.
"""

import re
from dataclasses import replace

from lib import vocabulary
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.converted import decimals_in
from lib.ingest.dates import EARLIEST, LATEST
from lib.ingest.numbers import UNIT_WORDS
from lib.ingest.values import parse, share
from lib.plan import Reading
from lib.schema import YEARS, Column, Kind

KIND = "kind"  # the question to which the visitor says whether a column is a number
KINDS: tuple[Kind, ...] = ("number", "category")
"""What the visitor may say that a carried column of numbers is."""
_GUESSED = 0.9
_FEW_LEVELS = 20
_SAMPLED = 2000  # distinct cells by which the kind of an unknown column is guessed
_CODES = 6  # distinct whole numbers up to which they are codes, each in two rows or more on average
_CLASSES = 12
_MOSTLY = 0.5
_ENDLESS = 1e15  # a number from which on digits are no longer kept
_DATES = Column("", "", "date", **{**YEARS, "least": EARLIEST, "most": LATEST})
_ANY = {"number": Column("", "", "number"), "date": _DATES}
_NUMBER = r"[+-]?\d+(?:[.,]\d+)?"
_WORDS = "|".join(
    re.escape(word)
    for word in sorted(map(normal, vocabulary.words("limits", "words")), key=len, reverse=True)
)
_UNIT = r"(?:\s*[^\W\d]+(?:/[^\W\d]+)?\.?)?"
_CLASS = re.compile(
    rf"""(?:[<>≤≥]|<=|>=|=<|=>)\s*{_NUMBER}{_UNIT}
    | {_NUMBER}\s*(?:[-–—−]|\.\.)\s*[<≤]?\s*{_NUMBER}{_UNIT}
    | {_NUMBER}{_UNIT}\s*[+<>≥≤]{_UNIT}
    | (?:{_WORDS})\s+{_NUMBER}{_UNIT}(?:\s*(?:{_WORDS})\s+{_NUMBER}{_UNIT})?
    | {_NUMBER}{_UNIT}\s*(?:{_WORDS})(?:\s+{_NUMBER})?{_UNIT}""",
    re.VERBOSE,
)
"""``<65``, ``60-69``, ``65+``, ``up to 65``, ``65 and older``."""


def carried(name: str, header: str, cells: Cells, first: bool | None, reading: Reading) -> Column:
    """The column that is carried along under its own header."""
    said = reading.said(KIND, header)
    kind = next((each for each in KINDS if each == said), None) or guess(cells, first)
    before = header in reading.known_before
    if kind == "date":
        return replace(_DATES, name=name, label=header, baseline=before)
    if kind != "number":
        return Column(name, header, kind, baseline=before)
    return Column(
        name,
        header,
        kind,
        baseline=before,
        low=-_ENDLESS,
        high=_ENDLESS,
        least=-_ENDLESS,
        most=_ENDLESS,
    )


def guess(cells: Cells, first: bool | None) -> Kind:
    """Tell numbers and dates by most of the cells, a category by its few values."""
    if is_classes(cells) or _is_codes(cells):
        return "category"
    if decimals_in(cells):
        return "number"
    if _in_several_units(cells):  # their digits alone would be compared as if they were in one
        return "text"
    kinds: tuple[Kind, ...] = ("number", "date")
    for kind in kinds:
        if _mostly(cells, kind, first):
            return kind
    filled = int(cells.counts().sum())
    few = len(cells.texts) <= _FEW_LEVELS and 2 * len(cells.texts) <= max(filled, 4)
    return "category" if few else "text"


_MEASURED = re.compile(rf"[<>≤≥~]*\s*{_NUMBER}\s*([^\W\d_]+)\.?(?:\s.*)?")


def _in_several_units(cells: Cells) -> bool:
    """Whether numbers name different units: `24 мес` beside `1,5 года`, `3,5 см` beside `42 мм`."""
    found = (_MEASURED.fullmatch(text) for text in cells.texts[:_SAMPLED])
    units = (UNIT_WORDS.get(normal(match[1])) for match in found if match)
    return len({unit for unit in units if unit}) > 1


def could_measure(cells: Cells) -> bool:
    """Whether the cells are numbers, measured or of few values; not classes of numbers."""
    if is_classes(cells) or _in_several_units(cells):
        return False
    return _mostly(cells, "number", None)


def _mostly(cells: Cells, kind: Kind, first: bool | None) -> bool:
    some = replace(cells, texts=cells.texts[:_SAMPLED], raw=cells.raw[:_SAMPLED])
    return share(cells.counts(), parse(some, _ANY[kind], "", first, {})) >= _GUESSED


def is_classes(cells: Cells) -> bool:
    """Whether the cells are few classes, mostly written as limits or ranges of numbers."""
    known = _few_known(cells, _CLASSES)
    if len(known) < _TWO:
        return False
    counts = cells.counts()
    limits = [code for code in known if is_limit(cells.texts[code])]
    if len(limits) == 1 < len(known):  # below what the laboratory can measure
        return False
    return int(counts[limits].sum()) > _MOSTLY * int(counts[known].sum())


def _few_known(cells: Cells, most: int) -> list[int]:
    """The distinct cells that say something; none where they are more than so many."""
    if len(cells.texts) > most + _WAYS_TO_SAY_NOTHING:
        return []
    known = [code for code, text in enumerate(cells.texts) if not is_missing(text)]
    return known if len(known) <= most else []


_TWO, _WAYS_TO_SAY_NOTHING = 2, 20


def is_limit(text: str) -> bool:
    """Whether a cell is a class of numbers: ``<65``, ``60-69``, ``65+``, ``до 65``."""
    return bool(_CLASS.fullmatch(text) or _CLASS.fullmatch(normal(text)))


def _is_codes(cells: Cells) -> bool:
    """Whether the cells are whole numbers of few values, each in several rows."""
    known = _few_known(cells, _CODES)
    whole = all(re.fullmatch(r"-?\d{1,4}", cells.texts[code]) for code in known)
    if not whole or len(known) < _TWO:
        return False
    return 2 * len(known) <= int(cells.counts()[known].sum())
