"""Which rows of a sheet are patients, and what each patient is called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.cohort import WHOLE_ROW, Finding
from lib.ingest import identifiers, layout
from lib.ingest.headers import ROW_NUMBER, Header
from lib.ingest.layout import Grid
from lib.ingest.values import Cells, is_missing
from lib.language import N_
from lib.schema import IDENTIFIERS

Mask = npt.NDArray[np.bool_]

TOTAL = N_("a row of totals; set aside")
FOOTNOTE = N_("a row with a single cell, taken for a footnote; set aside")
ONLY_ID = N_("a row with nothing but the patient's number; set aside")
TOO_WIDE = N_("more cells than headers, perhaps a decimal comma without quotes; set aside")
REPEATED_HEADER = N_("the row of headers once more; set aside")
REPEATED = N_("'{value}' already has a row above; set aside")
BLANK_ROWS = N_("{count} blank rows passed over")
ROW_IDS = N_("no patient code, so the row numbers name the patients")
NUMBERED = N_("no patient code, so the patients are numbered in the order of the rows")
CODED = N_("looked like names; the patients are numbered instead")
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


def name_patients(
    usable: Rows, grid: Grid, headers: Sequence[Header], alone: bool, sheet: str
) -> Rows:
    """Name each row's patient, and keep the first row of each.

    Parameters
    ----------
    usable : Rows
        With what was set aside before.
    grid : Grid
        Those rows, after rows of one patient were joined.
    headers : sequence of Header
    alone : bool
        Whether the file has only this sheet, so that row numbers may name the patients.
    sheet : str
    """
    ids, named = _name(grid, headers, alone, sheet)
    keep, repeated = _first_of_each(grid, ids, headers, sheet)
    ids = [code for code, kept in zip(ids, keep.tolist(), strict=True) if kept]
    return Rows(grid.take(keep), ids, [*usable.findings, *named, *repeated])


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
    yield TOTAL, layout.totals(grid)
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
        lacking = np.array([not code for code in ids], bool)
        ids = [code or f"row {row}" for code, row in zip(ids, grid.rows.tolist(), strict=True)]
        if not lacking.any():
            return ids, []
        rows = tuple(grid.rows[lacking].tolist())
        return ids, [Finding("warning", NO_CODE, column=header.text, rows=rows, sheet=sheet)]
    if alone and (header := column.get(ROW_NUMBER)):
        ids = texts(grid.columns[header.position])
        if all(ids) and len(set(ids)) == len(ids):
            return ids, [Finding("note", ROW_IDS, column=header.text, sheet=sheet)]
    numbers = [str(number) for number in range(1, len(grid.rows) + 1)]
    return numbers, [Finding("note", NUMBERED, sheet=sheet)]


def _first_of_each(
    grid: Grid, ids: Sequence[str], headers: Sequence[Header], sheet: str
) -> tuple[Mask, list[Finding]]:
    seen: set[str] = set()
    repeats: dict[str, list[int]] = {}
    keep = np.ones(len(ids), bool)
    for index, code in enumerate(ids):
        if code in seen:
            keep[index] = False
            repeats.setdefault(code, []).append(index)
        seen.add(code)
    title = next((header.text for header in headers if header.column == "patient_id"), "")
    return keep, [
        _aside(REPEATED, grid.rows[places], sheet, title, code) for code, places in repeats.items()
    ]
