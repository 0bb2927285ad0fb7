"""Rows with one name, or one record number, that cannot be one patient's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import Finding
from lib.ingest import converted, headers, identifiers, tables
from lib.ingest.cells import Cells
from lib.ingest.headers import Header
from lib.ingest.identity import Part
from lib.ingest.sentences import finding
from lib.ingest.values import parse
from lib.plan import Reading
from lib.statistics.estimate import Bools, Floats

YEAR = 365.25
_AGES = ("age", identifiers.BIRTH)
_ALLOWED = {"sex": 0.0, "age": 2.0, identifiers.BIRTH: 2.0, "death_date": 31.0}
"""By how much (years, days) the rows of one patient may differ in what cannot change."""
_IN_THE_END = ("vital_status", "os_event")
"""What differs between the rows of one patient only where rows are courses or visits."""
_FEW = 1 / 3  # share of the patients with several rows up to which a sheet has one row a patient
_DISAGREE = 1 / 3  # share of those with several rows who must disagree; of fewer, a cell is wrong


def namesakes(part: Part, key: Cells, reading: Reading) -> Finding | None:
    """Say which rows with one name, or one record number, alone are of several patients."""
    # A code that the department gives its patients is followed whatever the rows say.
    counts = key.counts()
    known = part.identities()
    alone = identifiers.is_coded(key) if "patient_id" in known else len(known) == 1
    if not alone or counts.max(initial=0) <= 1 or part.grid.merged.any():
        return None
    few = int((counts > 1).sum()) <= _FEW * len(counts)
    fields = (*_ALLOWED, *_IN_THE_END) if few else tuple(_ALLOWED)
    several, whose, apart, differ = _apart(part, key, fields, reading)
    if not apart.any() or apart.mean() < _DISAGREE:
        return None

    title = next(each.header for each in known.values())
    where = tuple(several.grid.rows[apart[whose]].tolist())
    return finding(
        "warning",
        "namesakes",
        part.sheet,
        title,
        where,
        headers=", ".join(differ),
        count=int(apart.sum()),
    )


def are_different(part: Part, names: Cells, reading: Reading) -> bool:
    """Whether all rows with one name differ in what those of one patient do not."""
    # A number that tells them apart is then followed without a question.
    return bool(
        (names.counts() > 1).any() and _apart(part, names, tuple(_ALLOWED), reading)[2].all()
    )


def _apart(
    part: Part, key: Cells, fields: Sequence[str], reading: Reading
) -> tuple[Part, npt.NDArray[np.int64], Bools, list[str]]:
    """The rows of who has several, whose each is, who disagrees in fields, their headers."""
    counts = key.counts()
    rows = np.append(counts > 1, False)[key.codes]
    several = Part(part.table, part.sheet, part.grid.take(rows), part.headers)
    whose = np.unique(key.codes[rows], return_inverse=True)[1]
    apart = np.zeros(int((counts > 1).sum()), bool)
    differ = []
    for header in part.headers:
        if header.column in fields:
            disagree = _disagree(several, header, whose, reading)
            apart |= disagree
            differ += [f"'{header.text}'"] if disagree.any() else []
    return several, whose, apart, differ


def _disagree(part: Part, header: Header, whose: npt.NDArray[np.int64], reading: Reading) -> Bools:
    """(patients,) bool array: whose rows differ in a column by more than those of one may."""
    numbers = _numbers(part, header, reading)
    apart = _span(numbers, whose) > _ALLOWED.get(header.column, 0.0)
    if header.column not in _AGES or not apart.any():
        return apart
    born = _years(part, reading) - numbers
    undated = np.bincount(whose, np.isnan(born) & ~np.isnan(numbers)) > 0
    older = ~undated & (_span(born, whose) <= _ALLOWED[header.column])
    return np.asarray(apart & ~older, bool)


def _span(numbers: Floats, whose: npt.NDArray[np.int64]) -> Floats:
    """(patients,) float array: the distance of the largest from the smallest, 0 for one alone."""
    low = np.full(int(whose.max()) + 1, np.inf)
    high = -low
    given = ~np.isnan(numbers)
    np.minimum.at(low, whose[given], numbers[given])
    np.maximum.at(high, whose[given], numbers[given])
    return np.where(high > low, high, 0.0) - np.where(high > low, low, 0.0)


def _numbers(part: Part, header: Header, reading: Reading) -> Floats:
    """(n,) float array: the cells of a column, those of a category numbered, NaN for missing."""
    cells = part.grid.columns[header.position]
    if header.column == identifiers.BIRTH:  # ages took their place when the file was opened
        ages = [raw if isinstance(raw, float) else np.nan for raw in cells.raw]
        return np.array([*ages, np.nan])[cells.codes]
    column = headers.meaning(header, "patients")
    if column is None:
        return np.full(len(cells.codes), np.nan)
    cells = converted.as_meant(cells, column, header, reading)
    if column.kind == "date":
        return _days(part, header, cells, reading)
    chosen = dict(header.coding) | tables.chosen_levels(reading, column)
    typed = tables.typed(column, cells, parse(cells, column, header.unit, None, chosen))
    if column.kind == "number":
        return np.asarray(typed, np.float64)
    codes = pd.factorize(typed)[0].astype(np.float64)
    return np.where(codes < 0, np.nan, codes)


def _days(part: Part, header: Header, cells: Cells, reading: Reading) -> Floats:
    order = tables.day_order(part.grid, part.headers, reading, "patients")
    parsed = parse(cells, tables.BIRTH, "", order.get(header.position), {})
    days = tables.typed(tables.BIRTH, cells, parsed)
    return np.where(np.isnat(days), np.nan, days.astype("datetime64[D]").astype(np.float64))


def _years(part: Part, reading: Reading) -> Floats:
    """(n,) float array: the year of what a row tells of, in which its patient has the age."""
    for header in part.headers:
        cells = part.grid.columns[header.position]
        told = header.column or headers.recognise(header.text, 0, "procedures").column
        may = header.reason == "ask" and "first_procedure_date" in header.candidates
        if may or told in ("first_procedure_date", "procedure_date"):
            return _days(part, header, cells, reading) / YEAR
    return np.full(len(part.grid.rows), np.nan)
