"""Which rows of a sheet are patients, and what each patient is called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from lib.cohort import WHOLE_ROW, Finding
from lib.ingest import identifiers, personal
from lib.ingest.cells import Cells, is_missing
from lib.ingest.grid import Grid
from lib.ingest.headers import ROW_NUMBER, Header, meaning
from lib.ingest.identity import WHO, Identity, Part
from lib.ingest.sentences import finding, some
from lib.ingest.totals import UNDER_HEADER, numbering, repeating, totals
from lib.ingest.values import parse
from lib.language import cut
from lib.plan import Reading, Repeated
from lib.schema import IDENTIFIERS
from lib.statistics.estimate import Bools, Ints

_FEW, _FULL = 2, 6  # cells of a row of a legend, where rows of the table have so many more
_SAID = 4  # words from which a cell is no code of a patient
_SMALL = 0.5  # a table below has at most this share of the cells of a row above
CODES, KEPT = "codes", "kept"
"""What is asked of codes that look like people, and the answer by which they stay."""
_NOBODY = frozenset(
    ("total", "numbering", "repeated-header", "footnote", "same-again", "same-again-many")
)
"""Rows that are no patient, or one that is there already: nothing is lost without them."""
_JUDGED = frozenset(("repeating", "legend", "only-id"))
"""Rows that are hardly a patient, which somebody should look at."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a sheet that are used."""

    grid: Grid  # only those rows
    ids: list[str]  # the patient of each
    findings: list[Finding]
    known: dict[str, str]  # the patient that each text of the key means


def usable_rows(grid: Grid, headers: Sequence[Header], sheet: str) -> tuple[Grid, list[Finding]]:
    """Keep the rows that are about a patient, and say which others are set aside."""
    apart = _below(grid, headers)
    grid, found = without_blanks(grid, sheet)
    keep = np.ones(len(grid.rows), bool)
    for message, mask in _unusable(grid, headers, apart):
        mask = mask & keep
        keep &= ~mask
        if mask.any():
            found.append(_aside(message, grid.rows[mask], sheet))
    return grid.take(keep), found


def name_patients(patients: Part, alone: bool, repeated: Repeated, reading: Reading) -> Rows:
    """Name each row's patient, and choose among rows with one name."""
    ids, named = _name(patients, alone, reading)
    keep, found = _one_of_each(patients, ids, repeated)
    ids = list(compress(ids, keep.tolist()))
    if repeated == "each":
        ids = _distinct(ids)
    key = patients.key()
    codes = texts(key.take(keep)) if key else []
    known = dict(zip(reversed(codes), reversed(ids), strict=True)) if key else {}  # the first holds
    known.pop("", None)
    return Rows(patients.grid.take(keep), ids, [*named, *found], known)


def without_blanks(grid: Grid, sheet: str) -> tuple[Grid, list[Finding]]:
    """Leave out blank rows; those between others are told."""
    filled = grid.filled() > 0
    between = ~filled & (np.cumsum(filled) < filled.sum()) & (np.cumsum(filled) > 0)
    if not between.any():
        return grid.take(filled), []
    rows, count = grid.rows[between], int(between.sum())
    return grid.take(filled), [finding("note", "blank-rows", sheet, "", rows, count=count)]


def _aside(
    code: str, rows: Ints, sheet: str, column: str = "", value: str = "", **named: Any
) -> Finding:
    return finding(
        "note" if code in _NOBODY else "warning" if code in _JUDGED else "error",
        code,
        sheet,
        column,
        rows,
        value,
        sets_aside=(WHOLE_ROW,),
        **named,
    )


def _unusable(
    grid: Grid, headers: Sequence[Header], apart: frozenset[int]
) -> Iterator[tuple[str, Bools]]:
    filled = grid.filled()
    named = np.zeros(len(grid.rows), np.int64)
    for header in headers:
        if _whose(header) in (*IDENTIFIERS, ROW_NUMBER, "patient_id"):
            named += grid.columns[header.position].codes >= 0
    yield "numbering", _numbering(grid)
    yield "rows-too-wide", grid.wider
    yield "repeated-header", _repeats(grid) >= np.maximum(2, filled / 2)
    codes = [grid.columns[h.position] for h in headers if _whose(h) == "patient_id"]
    names = [grid.columns[h.position] for h in headers if _whose(h) in WHO[1:]]
    sums = totals(grid, codes, names)
    yield "total", sums
    yield "repeating", repeating(grid, [*codes, *names], sums)
    yield "footnote", (filled == 1) & _remarks(grid, headers)
    if len([text for text in grid.headers if text]) > 1:
        yield "only-id", (named == filled) & (named > 0)
    if len([text for text in grid.headers if text]) > 2:
        yield "footnote", filled == 1
    yield "legend", np.isin(grid.rows, list(apart))


def _remarks(grid: Grid, headers: Sequence[Header]) -> Bools:
    """Rows with a remark where a number or a code stands: words, or a mark before them."""
    found = np.zeros(len(grid.rows), bool)
    for header in headers:
        if _whose(header) in (ROW_NUMBER, "patient_id"):
            cells = grid.columns[header.position]
            whole = "".join(cells.texts)
            if "*" not in whole and " " not in whole:
                continue
            says = [text.startswith("*") or len(text.split()) >= _SAID for text in cells.texts]
            found |= np.array([*says, False], bool)[cells.codes]
    return found


def _whose(header: Header) -> str:
    """The identity that a header tells of, be there another column for it or not."""
    if header.reason in ("twice", "same"):
        return next(iter(header.candidates), "")
    return header.column


def _numbering(grid: Grid) -> Bools:
    found = np.zeros(len(grid.rows), bool)
    width = len([text for text in grid.headers if text])
    for row in range(min(UNDER_HEADER, len(found))):
        cells = [cells.raw[code] for cells in grid.columns if (code := int(cells.codes[row])) >= 0]
        found[row] = numbering(cells, width)
    return found


def _below(grid: Grid, headers: Sequence[Header]) -> frozenset[int]:
    """Rows after the last blank one that are far emptier than the patients above."""
    # They are a legend where they have a cell or two, and another table where their cells do not
    # fit the headers above.
    filled = grid.filled()
    used = np.flatnonzero(filled)
    gaps = np.flatnonzero(np.diff(used) > 1)
    if not len(gaps):
        return _signed(grid, headers, filled)
    above, under = used[: gaps[-1] + 1], used[gaps[-1] + 1 :]
    usual, most = float(np.median(filled[above])), int(filled[under].max())
    if len(above) < _FEW or usual < _FULL:
        return frozenset()
    small = most <= _SMALL * usual and _misfits(grid, headers, under)
    if most <= _FEW or small:
        return frozenset(grid.rows[under].tolist())
    return _signed(grid, headers, filled)


def _signed(grid: Grid, headers: Sequence[Header], filled: Ints) -> frozenset[int]:
    """The last rows, as long as they have a cell or two that do not fit: who signed, and when."""
    found: set[int] = set()
    if (filled > 0).sum() <= _FEW or np.median(filled[filled > 0]) < _FULL:
        return frozenset()
    for row in np.flatnonzero(filled)[::-1]:
        if filled[row] > _FEW or not _misfits(grid, headers, np.array([row])):
            break
        found.add(int(grid.rows[row]))
    return frozenset(found)


def _misfits(grid: Grid, headers: Sequence[Header], rows: Ints) -> bool:
    """Whether the first of some rows has texts where the column has numbers, dates or levels."""
    row, wrong, right = int(rows[0]), 0, 0
    for header in headers:
        column, cells = meaning(header, "patients"), grid.columns[header.position]
        code = int(cells.codes[row])
        if column is None or code < 0 or column.kind == "text" or column.name == "patient_id":
            continue
        one = Cells([cells.texts[code]], [cells.raw[code]], np.zeros(1, np.int64))
        problems = parse(one, column, header.unit, True, {}).problems.values()
        bad = any(p.severity == "error" or p.code == "own-level" for p in problems)
        wrong, right = wrong + bad, right + (not bad)
    return wrong > right


def _repeats(grid: Grid) -> Ints:
    """(n,) int array: cells of each row that say what the header above them says."""
    count = np.zeros(len(grid.rows), np.int64)
    for text, cells in zip(grid.headers, grid.columns, strict=True):
        same = np.array([each == text for each in cells.texts] + [False], bool)
        count += same[cells.codes]
    return count


def texts(cells: Cells) -> list[str]:
    """The text of each row, '' where it is blank or says that nothing is known."""
    known = ["" if is_missing(text) else text for text in cells.texts] + [""]
    return [known[code] for code in cells.codes.tolist()]


def _name(patients: Part, alone: bool, reading: Reading) -> tuple[list[str], list[Finding]]:
    """The patient of each row: by its code, else numbered; a name or record never stays."""
    known, sheet = patients.identities(), patients.sheet
    if code := known.get("patient_id"):
        if is_numbered(code.cells, reading):
            numbers = _numbers(patients, alone)[0]
            return numbers, [finding("note", "coded", sheet, code.header)]
        return _by_code(patients, code)
    ids, header = _numbers(patients, alone)
    if header:
        found = [finding("note", "row-ids", sheet, header)]
    elif known:
        told_by = ", ".join(each.header for each in known.values())
        found = [finding("note", "told-apart", sheet, told_by)]
    else:
        found = [finding("note", "numbered", sheet)]
    return ids, found


def _of(said: Sequence[bool], cells: Cells, of_blank: bool = False) -> Bools:
    """(n,) bool array: what is said of each distinct cell, of the rows that have it."""
    return np.array([*said, of_blank], bool)[cells.codes]


def is_numbered(cells: Cells, reading: Reading) -> bool:
    """Whether the patients are numbered, since their codes name somebody or look as if they did."""
    kept = reading.said(CODES) == KEPT
    return identifiers.is_coded(cells) or (not kept and personal.looks_like_people(cells))


def _by_code(patients: Part, code: Identity) -> tuple[list[str], list[Finding]]:
    key = patients.key()
    assert key is not None
    rows = patients.grid.rows
    ids = texts(key)
    named = [text.startswith(identifiers.CODE) for text in key.texts]
    found = _tell_named(code.header, rows[_of(named, key)], patients.sheet)
    lacking = _of([is_missing(text) for text in key.texts], key, True)
    if lacking.any():
        ids = [each or f"row {row}" for each, row in zip(ids, rows.tolist(), strict=True)]
        without = tuple(rows[lacking].tolist())
        found.append(finding("warning", "rows-no-code", patients.sheet, code.header, without))
    return ids, found


def _numbers(patients: Part, alone: bool) -> tuple[list[str], str]:
    """Number the patients in their order, or as the row numbers do, whose header is given then."""
    key = patients.key()
    count = len(patients.grid.rows)
    groups = [code or f"row {row}" for row, code in enumerate(texts(key) if key else [""] * count)]
    first = {group: row for row, group in reversed(list(enumerate(groups)))}
    for header in patients.headers if alone else ():
        if header.column == ROW_NUMBER:
            given = texts(patients.grid.columns[header.position])
            numbers = {group: given[row] for group, row in first.items()}
            if all(numbers.values()) and len(set(numbers.values())) == len(numbers):
                return [numbers[group] for group in groups], header.text
    running = {group: str(number) for number, group in enumerate(dict.fromkeys(groups), 1)}
    return [running[group] for group in groups], ""


def disagreements(patients: Part) -> Iterator[Finding]:
    """Say where record numbers and names do not tell the same patients apart."""
    known = patients.identities()
    if "patient_id" in known or len(known) < 2 or patients.who is not None:
        return
    record, name = known.values()
    for one, other, message in ((record, name, "names-differ"), (name, record, "numbers-differ")):
        several = _several(one.cells, other.cells)
        if several.any():
            rows = patients.grid.rows[np.append(several, False)[one.cells.codes]]
            named: dict[str, Any] = {"count": int(several.sum()), "column": other.header}
            yield finding("warning", message, patients.sheet, one.header, rows, **named)


def _several(one: Cells, other: Cells) -> Bools:
    """Which texts of a column stand beside several texts of another."""
    both = (one.codes >= 0) & (other.codes >= 0)
    pairs = np.unique(np.column_stack([one.codes[both], other.codes[both]]), axis=0)
    return np.asarray(np.bincount(pairs[:, 0], minlength=len(one.texts)) > 1, bool)


def _tell_named(header: str, rows: Ints, sheet: str) -> list[Finding]:
    if not len(rows):
        return []
    return [finding("note", "coded-one", sheet, header, rows)]


def _one_of_each(
    patients: Part, ids: Sequence[str], repeated: Repeated
) -> tuple[Bools, list[Finding]]:
    keep = np.ones(len(ids), bool)
    if len(set(ids)) == len(ids):
        return keep, []
    places: dict[str, list[int]] = {}
    for index, code in enumerate(ids):
        places.setdefault(code, []).append(index)
    told: dict[str, list[tuple[str, list[int]]]] = {}
    for code, where in places.items():
        if len(where) == 1:
            continue
        others = where if repeated == "each" else where[:-1] if repeated == "last" else where[1:]
        keep[others] = repeated == "each"
        said = "kept-each" if repeated == "each" else _repeat(patients.grid, where)
        told.setdefault(said, []).append((code, others))
    return keep, [
        found for said, each in told.items() for found in _tell_repeats(patients, said, each)
    ]


def _tell_repeats(
    patients: Part, said: str, repeats: Sequence[tuple[str, list[int]]]
) -> Iterator[Finding]:
    """Tell the patients with several rows: a few one by one, many at once with their count."""
    title = next((each.header for each in patients.identities().values()), "")
    rows, sheet = patients.grid.rows, patients.sheet

    def tell(message: str, where: list[int], value: str = "", **named: Any) -> Finding:
        if said == "kept-each":
            places = tuple(rows[where].tolist())
            return finding("note", message, sheet, title, places, value, **named)
        return _aside(message, rows[where], sheet, title, value, **named)

    if len(repeats) <= _ONE_BY_ONE:
        yield from (tell(said, where, code) for code, where in repeats)
        return
    shown = some([f"'{cut(code)}'" for code, _where in repeats], _ONE_BY_ONE)
    every = sorted(place for _code, where in repeats for place in where)
    yield tell(_MANY[said], every, count=len(repeats), examples=shown)


_MANY = {
    "repeated": "repeated-many",
    "same-again": "same-again-many",
    "kept-each": "kept-each-many",
}
_ONE_BY_ONE = 3  # patients with several rows up to which each is told by itself


def _repeat(grid: Grid, where: list[int]) -> str:
    """Tell rows that say the same from rows that differ."""
    same = all(len(set(cells.codes[where].tolist())) == 1 for cells in grid.columns)
    return "same-again" if same else "repeated"


def _distinct(ids: Sequence[str]) -> list[str]:
    """Number the patients that share a code: ``7``, ``7 (2)``."""
    taken = set(ids)
    seen: set[str] = set()
    named = []
    for code in ids:
        name, number = code, 1
        while name in seen or (number > 1 and name in taken):
            number += 1
            name = f"{code} ({number})"
        seen.add(name)
        named.append(name)
    return named
