"""Tables that stand beside each other on a sheet with the same headers, put under each other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lib.cohort import Finding
from lib.ingest.arms import modality_in
from lib.ingest.cells import normal, text_of
from lib.ingest.grid import letter
from lib.ingest.header_rows import SEARCHED, texts_of
from lib.ingest.headers import ROW_NUMBER, recognise
from lib.ingest.identity import WHO
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.sentences import finding

_LEAST = 3  # headers of the smallest such table
_KNOWN = 2
_STEP = 1000  # rows of one table are numbered so far from those of the next at least


def under_each_other(sheet: Sheet) -> Sheet:
    """A sheet whose tables side by side stand under each other, what heads each over its rows."""
    # Only tables that say whose their rows are: the same headers over and over may as well be those
    # of one patient's visits.
    for index, row in enumerate(sheet.rows[:SEARCHED]):
        places = _blocks(row)
        if len(places) > 1:
            return _stacked(sheet, index, places)
    return sheet


def _blocks(row: Row) -> list[int]:
    """Where each of several equal runs of headers begins; none where they are no tables."""
    forms = [normal(text_of(cell)) if isinstance(cell, str) else "" for cell in row]
    start = next((place for place, form in enumerate(forms) if form), len(forms))
    count = sum(map(bool, forms))
    for next_ in (place for place in range(start + _LEAST, len(forms)) if forms[place]):
        if forms[next_] != forms[start]:
            continue
        first = forms[start:next_]
        while not first[-1]:
            first.pop()
        width = len(first)
        places = [n for n in range(start, len(forms)) if forms[n : n + width] == first]
        whole = count == len(places) * sum(map(bool, first))
        return places if whole and _is_table(row[start : start + width]) else []
    return []


def _is_table(headers: Row) -> bool:
    """Whether headers are those of a table of patients: some are known, and one says who it is."""
    known = [recognise(text_of(cell), 0) for cell in headers if isinstance(cell, str)]
    fields = [each.column or next(iter(each.candidates), "") for each in known]
    sure = [each.column for each in known if each.column]
    who = any(field in (*WHO, ROW_NUMBER) for field in fields)
    return len(headers) >= _LEAST and len(sure) >= _KNOWN and who


def _stacked(sheet: Sheet, index: int, places: Sequence[int]) -> Sheet:
    """The rows of each table under each other, numbered apart."""
    step = max(_STEP, int(10 ** len(str(len(sheet.rows)))))
    ends = [*places[1:], max(map(len, sheet.rows))]
    spans = list(zip(places, ends, strict=True))
    titles = _titles(sheet, index, spans)
    rows: list[Row] = [row[: ends[0]] for row in sheet.rows[: index + 1]]
    numbers = list(range(1, index + 2))
    for table, (start, end) in enumerate(spans):
        if titles:
            rows.append([titles[table]])
            numbers.append(index + table * step)
        for number, cells in _filled(sheet.rows[index + 1 :], start, end):
            rows.append([*[""] * places[0], *cells])
            numbers.append(index + 2 + number + table * step)
    beside = tuple((place, table * step) for table, place in enumerate(places))
    return replace(sheet, rows=rows, merged=(), marks={}, numbers=tuple(numbers), beside=beside)


def _filled(rows: Sequence[Row], start: int, end: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The rows of one table up to its last cell."""
    parts = [row[start:end] for row in rows]
    last = max((n for n, part in enumerate(parts) if texts_of(part)), default=-1)
    yield from enumerate(parts[: last + 1])


def _titles(sheet: Sheet, index: int, spans: Sequence[tuple[int, int]]) -> list[str]:
    """What stands alone over each table, where that differs; none where it does not."""
    for row in reversed(sheet.rows[:index]):
        over = [texts_of(row[start:end]) for start, end in spans]
        if any(over):
            alone = [texts[0] if len(texts) == 1 else "" for texts in over]
            named = all(map(modality_in, alone)) or len(set(alone)) == len(alone)
            return alone if all(alone) and named else []
    return []


def renumbered(sheet: Sheet, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The rows of a sheet as the spreadsheet numbers them."""
    return np.array(sheet.numbers, np.int64)[rows - 1] if sheet.numbers else rows


def told(sheet: Sheet, shown: str) -> list[Finding]:
    """What is said of a sheet whose tables were put under each other."""
    if not sheet.beside:
        return []
    columns = ", ".join(letter(place) for place, _further in sheet.beside)

    return [finding("warning", "beside", shown, columns=columns, step=sheet.beside[1][1])]
