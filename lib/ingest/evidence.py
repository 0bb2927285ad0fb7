"""What the cells of a column speak for, whatever its header says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from lib import vocabulary
from lib.ingest.cells import Cells, Problem, is_missing, normal
from lib.ingest.converted import decimals_in
from lib.ingest.kinds import is_classes
from lib.ingest.levels import DOUBTFUL, known_words, leading
from lib.ingest.ranges import takes_ranges
from lib.ingest.values import parse, share
from lib.plan import Reading
from lib.schema import COLUMNS, Column

Nature = Literal["date", "event", "number", "status", "modality", "response", "sex", "text", ""]
"""What cells are: dates, two codes, numbers, words of one vocabulary, other texts, or nothing."""

FITS = 0.9  # share of the cells that must read as a field's kind before a header is believed
FEW_BAD = 2
_SHOWN = 3
_FEW_ROWS = 4  # rows from which the cells of a column tell something by themselves
_SAMPLED = 500  # distinct cells by which the nature of a column is told
_WORDED: tuple[tuple[Nature, str], ...] = (
    ("status", "vital_status"),
    ("modality", "modality"),
    ("response", "best_response"),
    ("sex", "sex"),
)
"""Vocabularies by which a column is known, and a field that has each."""
_DATE = Column("", "", "date")
_NUMBER = Column("", "", "number")
_TIME = Column("", "", "number", unit="months")
_CODES = tuple(map(frozenset, vocabulary.table("evidence")["codes"]["pairs"]))
"""Pairs of codes that say whether something happened."""
_MOST_LEVELS = 12  # distinct texts up to which a category that knows no levels is believed
_IDENTIFIES = 0.9  # share of the rows in which a patient's code differs from all others
_LONGEST_CODE = 24
_PHRASES = 60  # distinct cells up to which phrases are read by their beginning
TURNED: dict[tuple[str, str], str] = {
    (field, nature): other
    for field, natures in vocabulary.table("evidence")["turned"].items()
    for nature, other in natures.items()
}
"""The field that a header of a field means where its cells are of another nature."""


def nature(cells: Cells) -> Nature:
    """Tell what most cells of a column are, once."""
    if "nature" not in cells.told:
        cells.told["nature"] = _nature(cells)
    found: Nature = cells.told["nature"]
    return found


def _nature(cells: Cells) -> Nature:
    known = [text for text in cells.texts[:_SAMPLED] if not is_missing(text)]
    if not known:
        return ""
    if is_event(cells, alone=True) or is_mark(cells):
        return "event"
    for kind, field in _WORDED:
        if _speaks(cells, COLUMNS[field]):
            return kind
    if decimals_in(cells):
        return "number"
    numbers = _share(cells, _NUMBER, True) >= FITS or _are_times(known, cells)
    if numbers and _small(cells):
        return "number"
    if max(_share(cells, _DATE, first) for first in (True, False)) >= FITS:
        return "date"
    return "number" if numbers else "text"


def _are_times(known: Sequence[str], cells: Cells) -> bool:
    """Whether the cells are times in words, or with a mark beside them."""
    several = sum(any(map(str.isdigit, text)) for text in known) >= FITS * len(known)
    return several and _share(cells, _TIME, True) >= FITS


def is_event(cells: Cells, alone: bool = False) -> bool:
    """Whether the cells are codes that say whether something happened: no time, no date."""
    # `alone`: whether one code is enough, as where it happened to all, or to nobody.
    if len(cells.texts) > _PHRASES:
        return False
    known = frozenset(_code(text) for text in cells.texts if not is_missing(text))
    dashes = frozenset("-" if text in "-–—−" else text for text in known)
    pairs = any(known == pair or dashes == pair or (alone and known < pair) for pair in _CODES)
    return bool(known) and len(cells.texts) <= len(known) + 3 and pairs


def is_mark(cells: Cells) -> bool:
    """Whether one mark stands against blanks: it holds where it stands, and only there."""
    forms = (normal(text) or text for text in cells.texts)
    mark = next(forms, "")
    return mark in MARKED and all(form == mark for form in forms) and cells.blank() > 0


def takes_marks(column: Column) -> bool:
    """Whether a mark may say what a column tells: that something happened, or that it did not."""
    return column.kind == "flag" or column.name == "vital_status"


MARKED, UNMARKED = (
    frozenset(
        normal(word) or word
        for word in (*vocabulary.words("levels", "yesno", level), *vocabulary.words("layout", name))
    )
    for level, name in (("yes", "checked"), ("no", "unchecked"))
)
"""Words that mark a column, and words that say it is not marked."""


def _code(text: str) -> str:
    """The code of a cell: that before its legend in `1:DECEASED`."""
    legend = _LEGEND.fullmatch(text)
    return legend[1] if legend else normal(text) or text


_LEGEND = re.compile(r"([012])\s*[:=]\s*[^\W\d].*", re.DOTALL)


def _speaks(cells: Cells, column: Column) -> bool:
    """Whether nearly all cells are words of a column's vocabulary, and not all the same."""
    known = known_words(column)
    first = cells.texts[:_SAMPLED]
    if len(first) == _SAMPLED and 2 * sum(bool(known.find(text)) for text in first) < _SAMPLED:
        return False
    few = len(cells.texts) <= _PHRASES
    codes = [
        (known.find(text) or (few and leading(known, text)[0])) if not is_missing(text) else None
        for text in cells.texts
    ]
    counts = cells.counts()
    told = [
        (code, int(count)) for code, count in zip(codes, counts, strict=True) if code is not None
    ]
    total = sum(count for _code, count in told)
    right = sum(count for code, count in told if code)
    several = len({code for code, _count in told if code}) > 1
    letters = column.name == "sex" or any(re.search(r"[^\W\d_]{2}", text) for text in cells.texts)
    return several and letters and total >= _FEW_ROWS and right >= FITS * total


def _small(cells: Cells) -> bool:
    """Whether numbers are too small to be the days of a calendar."""
    numbers = [float(cell) for cell in cells.raw if isinstance(cell, int | float)]
    return not numbers or float(np.median(numbers)) < 20000


def _share(cells: Cells, column: Column, first: bool) -> float:
    """Share of the cells that are of a kind, of those that say anything."""
    # 0 where few of the first are, of a column with many distinct cells.
    if len(cells.texts) > 2 * _SAMPLED:
        some = Cells.of(cells.raw[:_SAMPLED])
        if 2 * share(some.counts(), parse(some, column, "", first, {})) < 1:
            return 0.0
    return share(cells.counts(), parse(cells, column, "", first, {}))


def misfits(
    column: Column,
    cells: Cells,
    unit: str,
    reading: Reading,
    coding: tuple[tuple[str, str], ...] = (),
) -> tuple[str, ...]:
    """The commonest cells that do not read as a field; none where 90%, or all but two, do."""
    # Two codes are no time, whatever numbers they are.
    if takes_marks(column) and is_mark(cells):  # what it means is asked
        return ()
    if column.unit == "months" and is_event(cells) and cells.counts().sum() >= _FEW_ROWS:
        return tuple(cells.texts[:_SHOWN])
    if column.unit == "months" and not unit:  # in which unit is asked later
        column = replace(column, most=np.inf)
    chosen = dict(coding) | {
        each.value: each.level for each in reading.values if each.column == column.name
    }
    counts = cells.counts()
    problems = parse(cells, column, unit, True, chosen).problems
    turned = bool(decimals_in(cells))
    wrong = sorted(
        (c for c, p in problems.items() if is_misfit(p) and not (turned and p.code == "a-date")),
        key=lambda code: -counts[code],
    )
    bad, total = int(counts[wrong].sum()), int(counts.sum())
    if bad <= (1 - FITS) * total or (bad <= FEW_BAD and 2 * bad <= total):
        return ()
    return tuple(cells.texts[code] for code in wrong[:_SHOWN])


def is_misfit(problem: Problem) -> bool:
    """Whether a cell speaks against the field; an ambiguous word does not, it asks."""
    if problem.code in ("levels-ask-empty", "levels-ask-kept"):
        return False
    return problem.severity == "error" or problem.code == "own-level"


def fits(
    column: Column,
    cells: Cells,
    unit: str,
    reading: Reading,
    coding: tuple[tuple[str, str], ...] = (),
) -> bool:
    """Whether the cells could be those of a field that its header does not surely name."""
    if not cells.texts:
        return False
    if column.kind == "id":
        return identifies(cells)
    what = nature(cells)
    if column.kind == "date":
        return what == "date"
    if column.kind == "number":
        if takes_ranges(column) and what == "text":
            return not misfits(column, cells, unit, reading, coding)
        classes = column.unit != "months" and is_classes(cells)
        return (
            what == "number" and not classes and not misfits(column, cells, unit, reading, coding)
        )
    if column.levels:
        wrong = misfits(column, cells, unit, reading, coding)
        codes = column.kind == "flag" or explains(coding, cells)
        return what not in (("date",) if codes else ("date", "number")) and not wrong
    if column.kind == "text":
        return what in ("text", "event")
    return len(cells.texts) <= _MOST_LEVELS and what not in ("date", "response", "status")


def explains(coding: tuple[tuple[str, str], ...], cells: Cells) -> bool:
    """Whether a header says of every code under it which level it means."""
    said = dict(coding)
    return all(
        said.get(text) not in (None, DOUBTFUL)
        for text in cells.texts
        if text in said or not is_missing(text)
    ) and bool(said)


def identifies(cells: Cells) -> bool:
    """Whether a column holds a patient's code: short, in most rows, nearly always another."""
    filled = int(cells.counts().sum())
    distinct = len(cells.texts) >= _IDENTIFIES * filled > 0
    some = filled >= _IDENTIFIES * (filled + cells.blank())
    return distinct and some and _are_codes(cells)


def recurs(cells: Cells) -> bool:
    """Whether a column holds codes of several patients, who may have several rows each."""
    return len(cells.texts) >= _SEVERAL and _are_codes(cells)


_SEVERAL = 3


def _are_codes(cells: Cells) -> bool:
    """Whether cells are short, with a digit in each, and neither decimals nor dates."""
    short = all(len(text) <= _LONGEST_CODE for text in cells.texts[:_SAMPLED])
    plain = all(re.search(r"\d", text) for text in cells.texts[:_SAMPLED])
    decimal = any(isinstance(cell, float) and cell % 1 for cell in cells.raw[:_SAMPLED])
    return short and plain and not decimal and nature(cells) != "date"
