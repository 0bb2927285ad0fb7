"""Rows that sum up other rows or number the columns, and are no patients.

A row is judged as a row: a word of statistics names a total, unless it is a code as those around it
are, in a row that says of a patient what the others do; a row that counts where the others have a
word, `died 13` under `Outcome`, says nothing of a patient; and a row without a code whose numbers
repeat the sums or means of those above is a total, be it called one or not.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from lib import vocabulary
from lib.ingest.cells import Cells, normal
from lib.ingest.grid import Grid, texts_of
from lib.ingest.reader import Row
from lib.statistics.estimate import Bools, Floats

_SHARE = 0.6
_BEGIN = tuple(f"{word} " for word in vocabulary.words("totals", "begin"))
_SURE = frozenset(vocabulary.words("totals", "sure"))
_STATISTICS = _SURE | frozenset(vocabulary.words("totals", "words"))
_MARKS = " «\"'([*-–—"
_FIRST = re.compile(rf"[{re.escape(_MARKS)}]*[^\W_]+")
_BEGINNINGS = frozenset(word.split()[0] for word in (*_STATISTICS, *_BEGIN))
"""First words of what may name a total."""
_ALONE = frozenset(vocabulary.words("totals", "alone"))
"""Words of statistics that mean none when they stand alone: M is a sex, SD a response."""
_COUNTED = re.compile(
    rf"(?:n\s*=\s*)?\d+\s*(?:{'|'.join(map(re.escape, vocabulary.words('totals', 'people')))})",
    re.IGNORECASE,
)
"""How many there are, where a patient's code would stand: `31 patients`."""
_RARE = 2  # rows that may say the same of a statistic: `N` in most rows is no count
_NUMBERED, _LETTERED = 3, 2
UNDER_HEADER = 2  # rows under the headers that may number the columns
_FIRST_CELLS = 3
_LONGEST = 200  # signs of the longest text of a total: a group may have a long name
_SAMPLED = 500  # distinct cells by which it is told whether a column has numbers
_USUAL = 0.6  # share of the rows that have a cell in a column that says something of most patients
_LIKE = 0.5  # share of those columns that a row of a patient has
_KEYED = 0.9  # share of the rows with a code from which a row without one is looked at
_OTHERS = 0.2  # share of the cells of a column that count, at most, where those of patients do not
_NUMBER_OF = re.compile(r"(?<![\d.,/-])\d{1,5}(?:[.,]\d+)?\s*%?(?![\d./-]*\d)")
"""A number that may count, and is no part of a date."""
_FEWEST, _MOST = 3, 20
"""Numbers that a total sums up at least, and rows without a code that may be totals."""


def totals(grid: Grid, codes: Sequence[Cells], names: Sequence[Cells]) -> Bools:
    """(n,) bool array: rows whose first texts say that they sum up the rows above."""
    # A row with a patient's code or name sums up nothing, unless that says so itself, or the first
    # cell of the row does, which may stand before a count of names, or of patients, that is the
    # code of one of them.
    found = np.zeros(len(grid.rows), bool)
    begun, leading = found.copy(), found.copy()
    doubted = {
        own: [code for code, text in enumerate(cells.texts) if _may_be_statistic(text)]
        for own, cells in {
            id(each): each for each in (*grid.columns[:_FIRST_CELLS], *codes, *names)
        }.items()
    }
    for position, cells in enumerate(grid.columns):
        first = (cells.codes >= 0) & ~begun
        begun |= first
        leading |= first & _says_total(grid, cells, doubted, often=False)
        if position < _FIRST_CELLS:
            found |= _says_total(grid, cells, doubted, often=True)
        elif begun.all():
            break
    found |= leading
    for cells in names:
        found &= leading | (cells.codes < 0) | _says_total(grid, cells, doubted, often=False)
    for cells in codes:
        counts = np.array([bool(_COUNTED.match(text)) for text in cells.texts] + [False], bool)
        said = _says_total(grid, cells, doubted, often=False) | counts[cells.codes]
        recurs = np.array([*(cells.counts() > 1), False], bool)[cells.codes]
        found &= (cells.codes < 0) | said | (leading & recurs)
    found |= _counting_rows(grid, [*codes, *names])
    for row in np.flatnonzero(found).tolist():
        while row + 1 < len(found) and not found[row + 1] and _goes_on(grid, row + 1):
            row += 1
            found[row] = True
    return found


def counting(cells: Cells) -> Bools:
    """(n,) bool array: cells that count, `died 13`, `n = 20`, where the others only say a word."""
    # In a column of numbers it is a word of statistics beside one: `mean 61.2`.
    numeric = _numeric(cells)
    counts = [_counts(text, numeric) for text in cells.texts[:_SAMPLED]]
    some = [bool(re.search(r"\d", text)) for text in cells.texts[:_SAMPLED]]
    known = cells.counts()[: len(some)]
    rare = int(known[counts if numeric else some].sum()) <= max(1, _OTHERS * int(known.sum()))
    told = np.zeros(len(cells.texts) + 1, bool)
    if rare:
        told[: len(counts)] = counts
    return np.asarray(told[cells.codes], bool)


def _counting_rows(grid: Grid, keys: Sequence[Cells]) -> Bools:
    """Rows that count, and say no word as patients do; without a code, or one unlike the others."""
    usual = _USUAL * int((grid.filled() > 0).sum())
    codes: list[Cells] = []
    count, plain = (np.zeros(len(grid.rows), np.int64) for _ in range(2))
    for cells in grid.columns:
        if any(cells is key for key in keys) or _tells_apart(cells):
            codes.append(cells)
            continue
        here = counting(cells)
        count += here & np.array([*map(_says_what, cells.texts), False], bool)[cells.codes]
        if (cells.codes >= 0).sum() >= usual and not _numeric(cells):
            plain += (cells.codes >= 0) & ~here
    counts = np.asarray((count > 0) & (plain == 0), bool)
    for cells in codes if counts.any() else ():
        counts &= _unlike(cells)
    return counts


def _says_what(text: str) -> bool:
    """Whether a count says of what: a bare number may be a code."""
    return bool(re.search(r"[^\W\d_]|%", text))


def _tells_apart(cells: Cells) -> bool:
    """Whether the cells are texts of which nearly each stands once, as codes do."""
    filled = int((cells.codes >= 0).sum())
    return len(cells.texts) >= _KEYED * filled and not _numeric(cells)


def _unlike(cells: Cells) -> Bools:
    """(n,) bool array: rows without a code, or with one that is written as few others are."""
    counts = cells.counts().tolist()
    shapes: Counter[str] = Counter()
    written = [shape_of(text) for text in cells.texts]
    for shape, n in zip(written, counts, strict=True):
        shapes[shape] += n
    usual = [shapes[shape] > _OTHERS * shapes.total() for shape in written]
    return ~np.array([*usual, False], bool)[cells.codes]


def _counts(text: str, numeric: bool) -> bool:
    words = [word for word in _statistic(text) if not re.fullmatch(r"\d+%?", word)]
    digits = re.search(r"\d", text) is not None
    if numeric:
        return digits and bool(words) and all(word in _STATISTICS for word in words)
    return digits and len(words) <= _FEWEST and _NUMBER_OF.search(text) is not None


def like_patients(grid: Grid) -> Bools:
    """(n,) bool array: rows with the texts that most rows have."""
    filled = grid.filled() > 0
    least = _USUAL * int(filled.sum())
    texts = [
        (cells.codes >= 0) & ~counting(cells)
        for cells in grid.columns
        if (cells.codes >= 0).sum() >= least and not _numeric(cells)
    ]
    if len(texts) < 2:  # the code itself, or nothing
        return filled
    return np.asarray(np.sum(texts, axis=0) - 1 >= _LIKE * (len(texts) - 1), bool)


def _numeric(cells: Cells) -> bool:
    counts = cells.counts()[:_SAMPLED]
    numbers = [number is not None for number in map(_number, cells.texts[:_SAMPLED])]
    return int(counts[numbers].sum()) >= _SHARE * int(counts.sum()) if cells.texts else True


def _number(text: str) -> float | None:
    bare = text.replace(",", ".").replace(" ", "").rstrip("%")
    return float(bare) if re.fullmatch(r"[+-]?\d+(\.\d+)?", bare) else None


def _goes_on(grid: Grid, row: int) -> bool:
    """Whether a row below one of totals begins with a word of statistics: `M`, then `SD`."""
    codes = [int(cells.codes[row]) for cells in grid.columns]
    begun = next((position for position, code in enumerate(codes) if code >= 0), None)
    return begun is not None and is_statistic(grid.columns[begun].texts[codes[begun]])


def _says_total(grid: Grid, cells: Cells, known: Mapping[int, Sequence[int]], often: bool) -> Bools:
    """Rows whose cell names a sum or a statistic: what surely does, or what does so in few rows."""
    # None where the cell fits those around it in a row as patients have; and where more is said
    # than a statistic, only a row unlike theirs.
    says = np.zeros(len(cells.texts) + 1, bool)
    loose = says.copy()
    doubted = known.get(id(cells), range(len(cells.texts)))
    counts = cells.counts() if doubted else says
    for code in doubted:
        text = cells.texts[code]
        says[code] = is_total(text) and (_is_sure(text) if often else counts[code] <= _RARE)
        loose[code] = _says_more(text)
    found: Bools = (says | loose)[cells.codes]
    if not found.any():
        return found
    alike = np.array([*_fitting(cells.texts, says | loose), False], bool)
    return np.asarray(found & ~((alike | ~says)[cells.codes] & like_patients(grid)), bool)


def _may_be_statistic(text: str) -> bool:
    """Whether a text begins with a word of statistics, or a number beside a word; a quick look."""
    match = None if text.isalnum() else _FIRST.match(text)
    if match is None and not text.isalnum():
        return "±" in text or "%" in text
    word = (match[0].lstrip(_MARKS) if match else text).casefold().replace("ё", "е")
    if word[0].isdecimal():
        return text.lower() != text.upper() or "%" in text
    return word in _BEGINNINGS


def _fitting(texts: Sequence[str], doubted: Bools) -> Iterator[bool]:
    """Whether each text is written as the codes around it: `Q1` beside `Q2`, `SE` beside `AB`."""
    pairs = list(zip(texts, doubted.tolist(), strict=False))
    shapes = Counter(shape_of(text) for text, said in pairs if not said)
    stems = Counter(_stem(text) for text, said in pairs if not said)
    shared = bool(stems) and max(stems.values()) > 1
    for text, said in pairs:
        shape = shapes[shape_of(text)]
        yield (
            said
            and shape >= _FEWEST
            and shape >= _SHARE * shapes.total()
            and (not shared or stems[_stem(text)] > 0)
        )


def shape_of(text: str) -> str:
    """A text with its words and numbers alike, as codes are: `A-9`."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", text))


def _stem(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text).casefold()


def is_total(text: str) -> bool:
    """Whether a text names a sum or a statistic: `Итого`, `M±m`, `Медиана [Q1; Q3]`, `N`."""
    words = _statistic(text)
    if not words or not all(word in _STATISTICS for word in words):
        return False
    return "±" in text or not all(word in _ALONE for word in words)


def is_statistic(text: str) -> bool:
    """Whether a text has only words of statistics, be it one that may mean something else."""
    # A number that such a word counts, or a group that it sums up, may stand behind it.
    words = _statistic(text)
    return bool(words) and (all(word in _STATISTICS for word in words) or _says_more(text))


def _says_more(text: str) -> bool:
    """Whether a text begins as a total, or counts: `Итого по ХИПА`, `n = 12`, `5 больных`."""
    words = _statistic(text)
    if not words or f"{' '.join(words)} ".startswith(_BEGIN):
        return bool(words)
    counted = [word for word in words if not re.fullmatch(r"\d+%?", word)]
    counts = 0 < len(counted) < len(words) and re.search(r"[=:]|^\d", text) is not None
    return counts and all(word in _STATISTICS for word in counted)


def _is_sure(text: str) -> bool:
    return "±" in text or bool(_SURE & set(_statistic(text)))


def _statistic(text: str) -> list[str]:
    if len(text) > _LONGEST:
        return []
    return [word for word in re.split(r"[\s±+/;:,.=()\[\]«»\"–-]+", normal(text)) if word]


# Numbers that repeat those above ------------------------------------------------------------


def repeating(grid: Grid, keys: Sequence[Cells], totals_: Bools) -> Bools:
    """(n,) bool array: rows of numbers alone that repeat sums, means and the like."""
    found = np.zeros(len(grid.rows), bool)
    unnamed = _unnamed(grid, keys)
    if not 0 < unnamed.sum() <= _MOST:
        return found
    numbers = [_numbers(cells) for cells in grid.columns]
    for row in np.flatnonzero(unnamed).tolist():
        above = ~(found | totals_ | unnamed)
        above[row:] = False
        since = max(np.flatnonzero((found | totals_)[:row]), default=-1) + 1
        groups = (above, above & (np.arange(len(above)) >= since))
        found[row] = any(_repeats(grid, numbers, row, group) for group in groups)
    return found


def _unnamed(grid: Grid, keys: Sequence[Cells]) -> Bools:
    """Rows without a code where nearly all have one; without any code, rows without a text."""
    filled = grid.filled() > 0
    if not keys:
        return filled & ~like_patients(grid)
    named = np.any([cells.codes >= 0 for cells in keys], axis=0)
    if named.sum() < _KEYED * (filled.sum() - _RARE):
        return np.zeros(len(filled), bool)
    return np.asarray(filled & ~named, bool)


def _numbers(cells: Cells) -> Floats:
    """(n,) float array: the number in each row, nan where there is none."""
    known = [np.nan if (number := _number(text)) is None else number for text in cells.texts]
    return np.array([*known, np.nan])[cells.codes]


def _repeats(grid: Grid, numbers: Sequence[Floats], row: int, above: Bools) -> bool:
    """Whether most numbers of a row, and two of them, are a statistic of those above."""
    right = wrong = 0
    for cells, column in zip(grid.columns, numbers, strict=True):
        if cells.codes[row] < 0:
            continue
        if _summarises(cells, row):
            right += 1
            continue
        if np.isnan(column[row]):
            return False
        values = column[above]
        values = values[~np.isnan(values)]
        same = len(values) >= _FEWEST and _is_statistic_of(cells.texts[cells.codes[row]], values)
        right, wrong = right + same, wrong + (not same)
    return right >= _RARE and right > wrong


_SUMMARY = re.compile(r"±|%|^\s*[\d.,]+\s*[(\[]\s*[\d.,]+\s*(?:[-–—;,]|до|to)\s*[\d.,]+\s*[)\]]")
"""A share, or a mean or median with its spread: `50%`, `61 ± 4`, `60 (41-80)`."""


def _summarises(cells: Cells, row: int) -> bool:
    """Whether a cell is a share or a spread, where those of patients are not."""
    alike = [bool(_SUMMARY.search(text)) for text in cells.texts[:_SAMPLED]]
    here = bool(_SUMMARY.search(cells.texts[cells.codes[row]]))
    return here and sum(alike) <= max(1, (1 - _KEYED) * len(alike))


_OF: tuple[Callable[[Floats], float], ...] = (
    len,
    lambda values: float(values.sum()),
    lambda values: float(values.mean()),
    lambda values: float(np.median(values)),
    lambda values: float(values.min()),
    lambda values: float(values.max()),
    lambda values: float(values.std(ddof=1)),
)


def _is_statistic_of(text: str, values: Floats) -> bool:
    number = _number(text)
    assert number is not None, "only numbers are compared"
    digits = len(text.replace(",", ".").partition(".")[2])
    return any(abs(number - of(values)) <= 0.5 * 10.0**-digits + 1e-9 for of in _OF)


# Rows that number the columns ---------------------------------------------------------------


_COUNTING = re.compile(r"\d{1,5}")


def numbering(row: Row, width: int) -> bool:
    """Whether a row under the headers numbers the columns: 1, 2, 3, or А, Б, 1, 2."""
    texts = [text.strip("().") for text in texts_of(row)]
    letters = 0
    while letters < min(_LETTERED, len(texts)) and texts[letters].casefold() in "абвabc":
        letters += 1
    numbers = [int(text) if _COUNTING.fullmatch(text) else -1 for text in texts[letters:]]
    if len(numbers) < _NUMBERED or len(texts) < max(_NUMBERED + 1, _SHARE * width):
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and 0 <= numbers[0] <= 3
