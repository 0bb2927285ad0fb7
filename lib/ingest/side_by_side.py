"""Tables beside each other on a sheet, and sheets with the same headers, read as one table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lib.cohort import Finding
from lib.ingest import arms, inference
from lib.ingest.arms import modality_in
from lib.ingest.cells import Cells, normal, text_of
from lib.ingest.grid import SEARCHED, Grid, letter, texts_of
from lib.ingest.headers import ROW_NUMBER, meaning, recognise
from lib.ingest.identity import OVERLAP, WHO, Part, shared
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.sentences import finding
from lib.plan import Reading

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


# Sheets with the same headers --------------------------------------------------------------------

SHEETS, TOGETHER, APART = "sheets", "together", "apart"
"""The question whether sheets with the same headers are read together, and its answers."""
ALIKE = 0.8  # share of headers in common from which two sheets hold the same of different patients
_MEANING = 2  # headers that two such sheets have and that mean something
_SAME, _SAME_BEFORE = 0.5, 0.7
"""Share of cells from which two rows of one code are the same patient's: any, known beforehand."""
_COPIED = 0.5  # share of a sheet's rows that stand on the other one too, from which it is a copy
_SHOWN = 3  # sheets that a finding names
_APART_BY = 1000  # rows of one sheet are numbered so far from those of the next at least


class Stacked(NamedTuple):
    """Sheets read as one: the patients, what is to be said of it, and the names of the sheets."""

    part: Part
    findings: list[Finding]
    sheets: tuple[str, ...]


def alike(patients: Part, grid: Grid) -> bool:
    """Whether a sheet has the headers of the patients' sheet, and means something by them."""
    own = {normal(header.text) for header in patients.headers if header.text}
    other = {normal(text) for text in grid.headers if text}
    known = [h for h in patients.headers if h.column not in ("", ROW_NUMBER)]
    return (
        patients.grid.header_row > 0
        and grid.header_row > 0
        and len(known) >= _MEANING
        and len(own & other) >= ALIKE * len(own | other)
    )


def of_others(patients: Part, part: Part) -> bool:
    """Whether a sheet with the same headers has other patients: by codes, else by rows."""
    # Where the codes are the same, so may be the patients: what was known of them beforehand tells.
    named, _own, _other, overlap = shared(patients, part)
    if named and overlap >= OVERLAP:
        both = _stack([patients, part], ["1", "2"], 0)
        told = Part("patients", "", both, patients.headers)
        return named == "patient_id" and _differ(told, both.columns[-1])
    mine, theirs = (Counter(_rows(each.grid)) for each in (patients, part))
    return (mine & theirs).total() < _COPIED * max(theirs.total(), 1)


def stack(parts: Sequence[Part], reading: Reading) -> Stacked:
    """Read sheets as one table, the name of each in a column."""
    names = [part.grid.sheet for part in parts]
    told = arms.named(names, parts[0].grid, "sheet")
    step = _step(parts)
    grid = _stack(parts, [told.cells[name] for name in names], step, told.column)
    shown = " + ".join(names[:_SHOWN]) + (" + …" if len(names) > _SHOWN else "")
    proposed = inference.propose(grid.headers, grid.columns, reading)
    part, apart = codes_apart(Part("patients", shown, grid, proposed), told.column)
    named: dict[str, Any] = {
        "sheets": ", ".join(f"'{name}'" for name in names),
        "column": told.column,
        "step": step,
        "row": int(parts[1].grid.rows[0]) + step,
        "own": int(parts[1].grid.rows[0]),
        "sheet": names[1],
    }
    found = finding("warning", "stacked", shown, **named)
    return Stacked(part, [found, *apart], tuple(names))


def _step(parts: Sequence[Part]) -> int:
    """How far the rows of one sheet are numbered from those of the next: a thousand, or more."""
    most = max(int(part.grid.rows.max(initial=1)) for part in parts)
    return max(_APART_BY, int(10 ** len(str(most))))


def _stack(parts: Sequence[Part], cells: Sequence[str], step: int, column: str = "sheet") -> Grid:
    """The rows of some sheets under each other, the cell of each in one more column."""
    keyed = [_keys(part.grid.headers) for part in parts]
    keys = list(dict.fromkeys(key for each in keyed for key in each))
    columns = [
        Cells.of(
            [
                cell
                for part, own in zip(parts, keyed, strict=True)
                for cell in _column(part.grid, own.get(key))
            ],
            parts[0].grid.columns[0].since_1904,
        )
        for key in keys
    ]
    titles = [_title(parts, keyed, key) for key in keys]
    groups = [text for text, part in zip(cells, parts, strict=True) for _row in part.grid.rows]
    rows = [part.grid.rows + number * step for number, part in enumerate(parts)]
    first = parts[0].grid
    return replace(
        first,
        headers=[*titles, column],
        columns=[*columns, Cells.of(groups)],
        rows=np.concatenate(rows),
        wider=np.concatenate([part.grid.wider for part in parts]),
        merged=np.concatenate([part.grid.merged for part in parts]),
    )


Key = tuple[str, int]


def _keys(headers: Sequence[str]) -> dict[Key, int]:
    """Each header in the form in which it is compared, and which of several alike it is."""
    seen: Counter[str] = Counter()
    keys = {}
    for place, text in enumerate(headers):
        form = normal(text)
        if form:
            keys[form, seen[form]] = place
            seen[form] += 1
    return keys


def _title(parts: Sequence[Part], keyed: Sequence[dict[Key, int]], key: Key) -> str:
    return next(
        part.grid.headers[own[key]] for part, own in zip(parts, keyed, strict=True) if key in own
    )


def _column(grid: Grid, place: int | None) -> list[Cell]:
    if place is None:
        return [""] * len(grid.rows)
    cells = grid.columns[place]
    raw = [*cells.raw, ""]
    return [raw[code] for code in cells.codes.tolist()]


def _rows(grid: Grid) -> list[tuple[Cell, ...]]:
    """The rows of a table as they stand, without what only numbers them."""
    columns = [_column(grid, place) for place, text in enumerate(grid.headers) if text]
    return list(zip(*columns, strict=True))


# Codes that begin anew ----------------------------------------------------------------------


def codes_apart(part: Part, column: str) -> tuple[Part, list[Finding]]:
    """Tell patients apart whose codes begin anew in each group of a column."""
    known = part.identities().get("patient_id")
    place = next((n for n, text in enumerate(part.grid.headers) if text == column), None)
    if known is None or place is None:
        return part, []
    key, groups = known.cells, part.grid.columns[place]
    count = _repeated(key, groups)
    if not count or not _differ(part, groups):
        return part, []
    names, codes = [*groups.texts, ""], [*key.texts, ""]
    both = [
        f"{names[group]} {codes[code]}".strip() if code >= 0 else ""
        for group, code in zip(groups.codes.tolist(), key.codes.tolist(), strict=True)
    ]
    columns = [Cells.of(both) if cells is key else cells for cells in part.grid.columns]
    found = finding("warning", "codes-apart", part.sheet, known.header, column=column, count=count)
    return replace(part, grid=replace(part.grid, columns=columns)), [found]


def _repeated(key: Cells, groups: Cells) -> int:
    """How many codes stand in several groups, 0 where that is less than half of a group's."""
    pairs = _pairs(key, groups)
    several = int((np.bincount(pairs[:, 0], minlength=1) > 1).sum())
    sizes = np.bincount(pairs[:, 1], minlength=1)
    least = min((size for size in sizes.tolist() if size), default=0)
    return several if several >= OVERLAP * float(least) else 0


def _pairs(key: Cells, groups: Cells) -> npt.NDArray[np.int64]:
    known = (key.codes >= 0) & (groups.codes >= 0)
    return np.unique(np.column_stack([key.codes[known], groups.codes[known]]), axis=0)


def _differ(part: Part, groups: Cells) -> bool:
    """Whether rows of one code in two groups say other things, of what was known beforehand."""
    known = part.identities().get("patient_id")
    if known is None:
        return False
    one, other = _twins(known.cells, groups)
    own = {id(known.cells), id(groups)}
    before, any_ = [0, 0], [0, 0]
    for header in part.headers:
        cells = part.grid.columns[header.position]
        column = meaning(header, "patients")
        if id(cells) in own or not cells.texts or header.column == ROW_NUMBER:
            continue
        both = (cells.codes[one] >= 0) & (cells.codes[other] >= 0)
        same = int((cells.codes[one] == cells.codes[other])[both].sum())
        counted = [any_, before] if column is not None and column.baseline else [any_]
        for each in counted:
            each[0], each[1] = each[0] + same, each[1] + int(both.sum())
    if before[1]:
        return before[0] < _SAME_BEFORE * before[1]
    return any_[0] <= _SAME * any_[1]


def _twins(key: Cells, groups: Cells) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each code of several groups, its first row in one of them and in the next."""
    seen: dict[int, dict[int, int]] = {}
    for row, (code, group) in enumerate(
        zip(key.codes.tolist(), groups.codes.tolist(), strict=True)
    ):
        if code >= 0 and group >= 0:
            seen.setdefault(code, {}).setdefault(group, row)
    pairs = [list(each.values())[:2] for each in seen.values() if len(each) > 1]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
