"""Visits that are numbered by week or month and not dated: each gets a date."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib import vocabulary
from lib.cohort import Cohort, Finding
from lib.ingest import headers, tables
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.evidence import nature
from lib.ingest.headers import Header
from lib.ingest.identity import Part, shared
from lib.ingest.reader import Cell
from lib.ingest.rows import texts
from lib.ingest.sentences import finding
from lib.ingest.values import parse
from lib.plan import Reading
from lib.schema import MONTH, NO_CALENDAR

DAYS = {"day": 1.0, "week": 7.0, "month": MONTH}


class Counted(date):
    """A day that is counted from a start which no column tells; written without the calendar."""

    def __str__(self) -> str:
        """Say the day as the file counts it."""
        return f"day {(self - NOMINAL).days}"


NOMINAL = Counted(2000, 1, 1)  # the day of a start that no column tells, as long as cells are read
_SEEN = ("sld_mm", "response_recorded", "nontarget", "new_lesion")
"""Columns of which one says that rows are visits."""
_READ = 0.9  # share of the cells of a column of visits that tell a time
START, DATE = "first_procedure_date", "assessment_date"


Start = date | None  # the date of a patient's first procedure


class Dated(NamedTuple):
    """Rows of visits after each got its date: the part, the place of the dates, what is told."""

    part: Part
    place: int
    told: list[Finding]


def dated(part: Part, key: Cells, reading: Reading) -> Dated | None:
    """Date the visits of patients by their numbers; None where no column numbers visits."""
    if not any(headers.recognise(h.text, 0, "assessments").column in _SEEN for h in part.headers):
        return None
    several = key.counts() > 1
    for header in part.headers:
        days = _days(header.text, part.grid.columns[header.position])
        if days is not None and several.any() and _differs(days, key, several):
            known = starts(part, key, reading)
            if known is None and has_dates(part):
                return None  # a start that nobody knows would make wrong times of them
            if known is None:
                known = [NOMINAL] * len(days)
                return _with_dates(begun(part), header.position, days, known, "from-nowhere")
            return _with_dates(part, header.position, days, known, "from-start")
    return None


def dated_beside(patients: Part, part: Part, reading: Reading) -> tuple[Part, Dated] | None:
    """Date the numbered visits on a sheet beside the patients, who may get a start for it."""
    named, own, other, _overlap = shared(patients, part)
    numbers = ((h.position, _days(h.text, part.grid.columns[h.position])) for h in part.headers)
    place, days = next(((n, days) for n, days in numbers if days is not None), (0, None))
    if not named or days is None or DATE in [header.column for header in part.headers]:
        return None
    known = starts(patients, own.cells, reading)
    if known is None and (has_dates(patients) or has_dates(part)):
        return None
    message = "from-nowhere" if known is None else "from-start"
    if known is None:
        patients, known = begun(patients), [NOMINAL] * len(patients.grid.rows)
    of_code = dict(zip(texts(own.cells), known, strict=True))
    each = [of_code.get(code) if code else None for code in texts(other.cells)]
    found = _with_dates(part, place, days, each, message)
    proposed = list(found.part.headers)
    proposed[place] = replace(proposed[place], column=DATE, reason="synonym", unit="")
    return patients, found._replace(part=replace(found.part, headers=proposed))


def counted(cohort: Cohort, told: Sequence[Finding]) -> Cohort:
    """The cohort with its counted days where no calendar is, if its start is told by no column."""
    if not any(each.code in ("from-nowhere", "sums-nowhere") for each in told):
        return cohort
    back = pd.Timestamp(NO_CALENDAR) - pd.Timestamp(NOMINAL)

    def moved(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
        return frame.assign(**{name: frame[name] + back for name in names if name in frame})

    tables_ = dict(cohort.tables)
    if "assessments" in tables_:
        tables_["assessments"] = moved(tables_["assessments"], DATE)
    return replace(
        cohort, patients=moved(cohort.patients, START, "last_assessment_date"), tables=tables_
    )


def numbers_visits(part: Part) -> bool:
    """Whether a sheet has visits that a column numbers, and says what was seen at each."""
    columns = part.grid.columns
    seen = any(headers.recognise(h.text, 0, "assessments").column in _SEEN for h in part.headers)
    return seen and any(_days(h.text, columns[h.position]) is not None for h in part.headers)


def has_dates(part: Part) -> bool:
    """Whether a part has a column of dates."""
    return any(nature(cells) == "date" for cells in part.grid.columns)


def _with_dates(
    part: Part, place: int, days: npt.NDArray[np.float64], starts: Sequence[Start], code: str
) -> Dated:
    """The rows with dates in place of the numbers of visits."""
    cells: list[Cell] = [
        "" if start is None or np.isnan(number) else start + timedelta(round(number))
        for start, number in zip(starts, days.tolist(), strict=True)
    ]
    columns = list(part.grid.columns)
    columns[place] = Cells.of(cells)
    count = sum(cell != "" for cell in cells)

    title = part.grid.headers[place]
    found = finding("warning", code, part.sheet, title, count=count)
    return Dated(replace(part, grid=replace(part.grid, columns=columns)), place, [found])


def begun(part: Part) -> Part:
    """The patients with one day for the start of all."""
    header = Header(START, len(part.grid.headers), START, "name")
    grid = replace(
        part.grid,
        headers=[*part.grid.headers, START],
        columns=[*part.grid.columns, Cells.of([NOMINAL] * len(part.grid.rows))],
    )
    return replace(part, grid=grid, headers=[*part.headers, header])


def starts(part: Part, key: Cells, reading: Reading) -> list[Start] | None:
    """The first procedure of each row's patient, None where no column tells it."""
    column = next((header for header in part.headers if header.column == START), None)
    if column is None:
        return None
    order = tables.day_order(part.grid, part.headers, reading, "patients")
    cells = part.grid.columns[column.position]
    parsed = parse(cells, tables.BIRTH, "", order.get(column.position), {})
    days = [*parsed.values, None]
    first: dict[int, date] = {}
    for code, cell in zip(key.codes.tolist(), cells.codes.tolist(), strict=True):
        day = days[cell]
        if day is not None and code >= 0:
            first.setdefault(code, np.datetime64(day, "D").astype(date))
    return [first.get(code) for code in key.codes.tolist()] if first else None


def _differs(days: npt.NDArray[np.float64], key: Cells, several: npt.NDArray[np.bool_]) -> bool:
    """Whether most patients of several rows have visits of different numbers."""
    known = ~np.isnan(days) & (key.codes >= 0)
    pairs = np.unique(np.column_stack([key.codes[known], days[known]]), axis=0)
    visits = np.bincount(pairs[:, 0].astype(np.int64), minlength=len(key.texts))
    return bool((visits[several] > 1).mean() >= _READ)


def _days(header: str, cells: Cells) -> npt.NDArray[np.float64] | None:
    """(n,) float array: how many days after the start each visit is; None if it is no visit."""
    unit = _unit_of(normal(header))
    if not unit or not cells.texts:
        return None
    read = [_day(text, unit) for text in cells.texts]
    known = [day is not None for day in read]
    if sum(known) < _READ * sum(not is_missing(text) for text in cells.texts):
        return None
    return np.array([*(np.nan if day is None else day for day in read), np.nan])[cells.codes]


def _unit_of(header: str) -> str:
    """In which unit a header numbers visits; ``visit`` where its cells say it; '' for neither."""
    known = words()
    bare = re.sub(r"[^\w\s]+", " ", header).split()
    units = [known[word] for word in bare if word in known]
    times = [unit for unit in units if unit in DAYS]
    whole = all(word in known for word in bare)
    return (times or units or [""])[0] if whole else ""


def _day(text: str, unit: str) -> float | None:
    """The day of one visit: `8`, `Week 8`, `W8`, `8 нед`, `baseline`."""
    bare = normal(text)
    found = re.fullmatch(r"([^\d]*?)(\d+(?:[.,]\d+)?)([^\d]*)", bare)
    if found is None:
        return 0.0 if words().get(bare) == "start" else None
    said = list(_units_in(f"{found[1]} {found[3]}"))
    if None in said:
        return None
    units = [each for each in said if each in DAYS]
    length = DAYS.get(units[0] if units else unit)
    return None if length is None else float(found[2].replace(",", ".")) * length


def _units_in(text: str) -> Iterator[str | None]:
    for word in re.findall(r"[^\W\d_]+", text):
        yield words().get(word)


@cache
def words() -> dict[str, str]:
    """What each word of a visit says: a unit, ``visit`` or ``start``."""
    return {
        normal(word): key for key, each in vocabulary.section("visits").items() for word in each
    }
