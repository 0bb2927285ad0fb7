"""Which rows of a sheet are patients, and what each patient is called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.cohort import WHOLE_ROW, Finding
from lib.ingest import identifiers, layout
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.layout import Grid, Part
from lib.ingest.values import Cells, is_missing
from lib.language import N_
from lib.plan import Repeated
from lib.schema import IDENTIFIERS

Mask = npt.NDArray[np.bool_]

TOTAL = N_("a row of totals; set aside")
FOOTNOTE = N_("a row with a single cell, taken for a footnote; set aside")
ONLY_ID = N_("a row with nothing but the patient's number; set aside")
TOO_WIDE = N_("more cells than headers, perhaps a decimal comma without quotes; set aside")
REPEATED_HEADER = N_("the row of headers once more; set aside")
REPEATED = N_(
    "'{value}' has several rows that differ; only one of them is kept, the rest set aside"
)
SAME_AGAIN = N_("'{value}' has the same row more than once; set aside")
KEPT_EACH = N_("'{value}' has several rows; each is kept as a patient")
BLANK_ROWS = N_("blank rows passed over: {count}")
ROW_IDS = N_("no patient code, so the row numbers name the patients")
NUMBERED = N_("no patient code, so the patients are numbered in the order of the rows")
CODED = N_("looked like names; the patients are numbered instead")
CODED_ONE = N_("looked like a name; a running number stands in its place")
NO_CODE = N_("no patient code; the patient is named after the row")


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a sheet that are used.

    Attributes
    ----------
    grid : Grid
        Only those rows.
    ids : list of str
        The patient of each.
    findings : list of Finding
    """

    grid: Grid
    ids: list[str]
    findings: list[Finding]


def usable_rows(grid: Grid, headers: Sequence[Header], sheet: str) -> Rows:
    """Keep the rows that are about a patient, and say which others are set aside.

    Parameters
    ----------
    grid : Grid
    headers : sequence of Header
    sheet : str
        The sheet that findings name, '' where the file has only one.
    """
    grid, found = without_blanks(grid, sheet)
    keep = np.ones(len(grid.rows), bool)
    for message, mask in _unusable(grid, headers):
        mask = mask & keep
        keep &= ~mask
        if mask.any():
            found.append(_aside(message, grid.rows[mask], sheet))
    return Rows(grid.take(keep), [], found)


def name_patients(usable: Rows, patients: Part, alone: bool, repeated: Repeated) -> Rows:
    """Name each row's patient, and choose among rows with one name.

    Parameters
    ----------
    usable : Rows
        With what was set aside before.
    patients : Part
        Those rows, after rows of one patient were joined.
    alone : bool
        Whether the file has only this sheet, so that row numbers may name the patients.
    repeated : str
        Which of several rows with one name is kept.
    """
    grid = patients.grid
    ids, named = _name(grid, patients.headers, alone, patients.sheet)
    keep, found = _one_of_each(patients, ids, repeated)
    ids = [code for code, kept in zip(ids, keep.tolist(), strict=True) if kept]
    if repeated == "each":
        ids = _distinct(ids)
    return Rows(grid.take(keep), ids, [*usable.findings, *named, *found])


def without_blanks(grid: Grid, sheet: str) -> tuple[Grid, list[Finding]]:
    """Leave out blank rows; those between others are told."""
    filled = grid.filled() > 0
    between = ~filled & (np.cumsum(filled) < filled.sum()) & (np.cumsum(filled) > 0)
    if not between.any():
        return grid.take(filled), []
    rows, count = tuple(grid.rows[between].tolist()), (("count", int(between.sum())),)
    return grid.take(filled), [Finding("note", BLANK_ROWS, rows=rows, values=count, sheet=sheet)]


def _aside(
    message: str, rows: npt.NDArray[np.int64], sheet: str, column: str = "", value: str = ""
) -> Finding:
    return Finding(
        "error",
        message,
        column=column,
        rows=tuple(rows.tolist()),
        value=value,
        sets_aside=(WHOLE_ROW,),
        sheet=sheet,
    )


def _unusable(grid: Grid, headers: Sequence[Header]) -> Iterator[tuple[str, Mask]]:
    filled = grid.filled()
    named = np.zeros(len(grid.rows), np.int64)
    for header in headers:
        if header.column in (*IDENTIFIERS, ROW_NUMBER, "patient_id"):
            named += grid.columns[header.position].codes >= 0
    yield TOO_WIDE, grid.wider
    yield REPEATED_HEADER, _repeats(grid) >= np.maximum(2, filled / 2)
    codes = [grid.columns[h.position] for h in headers if h.column == "patient_id"]
    yield TOTAL, layout.totals(grid, codes[0] if codes else None)
    if len([text for text in grid.headers if text]) > 1:
        yield ONLY_ID, (named == filled) & (named > 0)
    if len([text for text in grid.headers if text]) > 2:
        yield FOOTNOTE, filled == 1


def _repeats(grid: Grid) -> npt.NDArray[np.int64]:
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


def _name(
    grid: Grid, headers: Sequence[Header], alone: bool, sheet: str
) -> tuple[list[str], list[Finding]]:
    column = {header.column: header for header in headers}
    if header := column.get("patient_id"):
        cells = grid.columns[header.position]
        if identifiers.is_coded(cells):
            ids = [code.removeprefix(identifiers.CODE) for code in texts(cells)]
            return ids, [Finding("note", CODED, column=header.text, sheet=sheet)]
        ids = texts(cells)
        if identifiers.looks_like_people(cells):  # mapped only after the file was opened
            return _numbered(ids), [Finding("note", CODED, column=header.text, sheet=sheet)]
        named = [code.startswith(identifiers.CODE) for code in ids]
        found = _tell_named(header.text, grid.rows[np.array(named, bool)], sheet)
        lacking = np.array([not code for code in ids], bool)
        ids = [code or f"row {row}" for code, row in zip(ids, grid.rows.tolist(), strict=True)]
        if lacking.any():
            rows = tuple(grid.rows[lacking].tolist())
            found.append(Finding("warning", NO_CODE, column=header.text, rows=rows, sheet=sheet))
        return ids, found
    if alone and (header := column.get(ROW_NUMBER)):
        ids = texts(grid.columns[header.position])
        if all(ids) and len(set(ids)) == len(ids):
            return ids, [Finding("note", ROW_IDS, column=header.text, sheet=sheet)]
    numbers = [str(number) for number in range(1, len(grid.rows) + 1)]
    return numbers, [Finding("note", NUMBERED, sheet=sheet)]


def _numbered(codes: Sequence[str]) -> list[str]:
    numbers: dict[str, int] = {}
    return [str(numbers.setdefault(code, len(numbers) + 1)) for code in codes]


def _tell_named(header: str, rows: npt.NDArray[np.int64], sheet: str) -> list[Finding]:
    if not len(rows):
        return []
    return [Finding("note", CODED_ONE, column=header, rows=tuple(rows.tolist()), sheet=sheet)]


def _one_of_each(
    patients: Part, ids: Sequence[str], repeated: Repeated
) -> tuple[Mask, list[Finding]]:
    places: dict[str, list[int]] = {}
    for index, code in enumerate(ids):
        places.setdefault(code, []).append(index)
    keep = np.ones(len(ids), bool)
    title = next((h.text for h in patients.headers if h.column == "patient_id"), "")
    rows, found = patients.grid.rows, []
    for code, where in places.items():
        if len(where) == 1:
            continue
        if repeated == "each":
            several = tuple(rows[where].tolist())
            found.append(Finding("note", KEPT_EACH, title, several, code, sheet=patients.sheet))
            continue
        others = where[1:] if repeated == "first" else where[:-1]
        keep[others] = False
        message = _repeat(patients.grid, where)
        found.append(_aside(message, rows[others], patients.sheet, title, code))
    return keep, found


def _repeat(grid: Grid, where: list[int]) -> str:
    """Tell rows that say the same from rows that differ."""
    same = all(len(set(cells.codes[where].tolist())) == 1 for cells in grid.columns)
    return SAME_AGAIN if same else REPEATED


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
