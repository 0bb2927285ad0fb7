"""Rows that sum up other rows or number the columns, and are no patients."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lib.ingest.cells import Cells, normal
from lib.ingest.grid import Grid
from lib.ingest.header_rows import texts_of
from lib.ingest.reader import Row

_SHARE = 0.6
_SUMS = frozenset(("итого", "всего", "среднее", "сумма", "медиана", "total", "totals"))
"""Words that begin the text of a row of totals."""
_SURE = frozenset(
    word
    for words in (
        "итого всего среднее сумма медиана мода ско стандартное отклонение дисперсия квартиль",
        "total totals sum mean average median sem iqr stdev variance standard deviation",
    )
    for word in words.split()
)
_STATISTICS = _SURE | frozenset(
    word
    for words in (
        "средний средняя значение значения число количество кол во больных пациентов наблюдений",
        "min max мин макс минимум максимум размах диапазон доля процентиль ошибка со σ мкр",
        "me ме q1 q3 25% 75% 95% % ci ди n p m м se std dev range count percent error of patients",
        "ст стд откл ср знач по и and sd",
    )
    for word in words.split()
)
"""Words of which the text of a row of statistics may consist."""
_ALONE = frozenset(("m", "м", "по", "и", "and", "of", "со", "ст", "во", "кол", "sd"))
"""Words of statistics that mean none when they stand alone: M is a sex, SD a response."""
_RARE = 2
"""Rows that may say the same of a statistic: `N` in most rows is no count."""
_NUMBERED, _LETTERED = 3, 2
UNDER_HEADER = 2
"""Rows under the headers that may number the columns."""
_FIRST_CELLS = 3
_LONGEST_TOTAL = 60


def totals(grid: Grid, codes: Sequence[Cells], names: Sequence[Cells]) -> npt.NDArray[np.bool_]:
    """(n,) bool array: rows whose first texts say that they sum up the rows above.

    A row with a patient's code or name sums up nothing, unless that says so itself, or the first
    cell of the row does, which may stand before a count of names.
    """
    found = np.zeros(len(grid.rows), bool)
    begun, leading = found.copy(), found.copy()
    for position, cells in enumerate(grid.columns):
        first = (cells.codes >= 0) & ~begun
        begun |= first
        leading |= first & _says_total(cells, often=False)
        if position < _FIRST_CELLS:
            found |= _says_total(cells, often=True)
        elif begun.all():
            break
    found |= leading
    for cells in names:
        found &= leading | (cells.codes < 0) | _says_total(cells, often=False)
    for cells in codes:
        found &= (cells.codes < 0) | _says_total(cells, often=False)
    for row in np.flatnonzero(found).tolist():
        while row + 1 < len(found) and not found[row + 1] and _goes_on(grid, row + 1):
            row += 1
            found[row] = True
    return found


def _goes_on(grid: Grid, row: int) -> bool:
    """Whether a row below one of totals begins with a word of statistics: `M`, then `SD`."""
    codes = [int(cells.codes[row]) for cells in grid.columns]
    begun = next((position for position, code in enumerate(codes) if code >= 0), None)
    return begun is not None and is_statistic(grid.columns[begun].texts[codes[begun]])


def _says_total(cells: Cells, often: bool) -> npt.NDArray[np.bool_]:
    """Rows whose cell names a sum or a statistic: what surely does, or what does so in few rows."""
    counts = cells.counts().tolist()
    says = [
        is_total(text) and (_is_sure(text) if often else count <= _RARE)
        for text, count in zip(cells.texts, counts, strict=True)
    ]
    return np.asarray(np.array([*says, False], bool)[cells.codes], bool)


def is_total(text: str) -> bool:
    """Whether a text names a sum or a statistic: `Итого`, `M±m`, `Медиана [Q1; Q3]`, `N`."""
    if len(text) > _LONGEST_TOTAL:
        return False
    words = _statistic(text)
    if not words or words[0] not in _STATISTICS:
        return False
    if words[0] in _SUMS and len(words) <= 4:
        return True
    return all(word in _STATISTICS for word in words) and not (
        "±" not in text and all(word in _ALONE for word in words)
    )


def is_statistic(text: str) -> bool:
    """Whether a text has only words of statistics, be it one that may mean something else."""
    words = _statistic(text) if len(text) <= _LONGEST_TOTAL else []
    return is_total(text) or (bool(words) and all(word in _STATISTICS for word in words))


def _is_sure(text: str) -> bool:
    return "±" in text or bool(_SURE & set(_statistic(text)))


def _statistic(text: str) -> list[str]:
    return [word for word in re.split(r"[\s±+/;:,.=()\[\]–-]+", normal(text)) if word]


def numbering(row: Row, width: int) -> bool:
    """Whether a row under the headers numbers the columns: 1, 2, 3, or А, Б, 1, 2."""
    texts = [text.strip("().") for text in texts_of(row)]
    letters = 0
    while letters < min(_LETTERED, len(texts)) and texts[letters].casefold() in "абвabc":
        letters += 1
    numbers = [int(text) if text.isdecimal() else -1 for text in texts[letters:]]
    if len(numbers) < _NUMBERED or len(texts) < max(_NUMBERED + 1, _SHARE * width):
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and 0 <= numbers[0] <= 3
