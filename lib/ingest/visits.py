"""Visits and sums at fixed times that are numbered and not dated: each gets a date."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from lib import vocabulary
from lib.cohort import Cohort, Finding
from lib.ingest import headers, tables
from lib.ingest.arrangement import Arrangement
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
from lib.statistics.estimate import Bools, Floats

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


def dated(part: Part, key: Cells, reading: Reading, place: int = -1) -> Dated | None:
    """Date the visits of patients by their numbers; None where no column numbers visits."""
    # `place`: the only column that may, where it is settled already that rows are visits.
    if not any(headers.recognise(h.text, 0, "assessments").column in _SEEN for h in part.headers):
        return None
    several = key.counts() > 1
    for header in part.headers:
        if place not in (-1, header.position):
            continue
        days = _days(header.text, part.grid.columns[header.position])
        if days is not None and (place >= 0 or (several.any() and _differs(days, key, several))):
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


def _with_dates(part: Part, place: int, days: Floats, starts: Sequence[Start], code: str) -> Dated:
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


def _differs(days: Floats, key: Cells, several: Bools) -> bool:
    """Whether most patients of several rows have visits of different numbers."""
    known = ~np.isnan(days) & (key.codes >= 0)
    pairs = np.unique(np.column_stack([key.codes[known], days[known]]), axis=0)
    visits = np.bincount(pairs[:, 0].astype(np.int64), minlength=len(key.texts))
    return bool((visits[several] > 1).mean() >= _READ)


def _days(header: str, cells: Cells) -> Floats | None:
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
    known = WORDS
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
        return 0.0 if WORDS.get(bare) == "start" else None
    said = list(_units_in(f"{found[1]} {found[3]}"))
    if None in said:
        return None
    units = [each for each in said if each in DAYS]
    length = DAYS.get(units[0] if units else unit)
    return None if length is None else float(found[2].replace(",", ".")) * length


def _units_in(text: str) -> Iterator[str | None]:
    for word in re.findall(r"[^\W\d_]+", text):
        yield WORDS.get(word)


WORDS: dict[str, str] = {
    normal(word): key for key, each in vocabulary.section("visits").items() for word in each
}
"""What each word of a visit says: a unit, ``visit`` or ``start``."""


# Sums of diameters at fixed times ----------------------------------------------------------------

_LEAST = 2


class Sum(NamedTuple):
    """A column of sums: its place, how many days after the start, and its unit of length."""

    place: int
    days: float
    unit: str


def as_assessments(found: Arrangement, reading: Reading) -> None:
    """Read sums in columns as a table of assessments, where the file has no other."""
    part = found.patients
    sums = _sums(part)
    key = part.key()
    if "assessments" in found.tables or len({each.days for each in sums}) < _LEAST:
        return
    if key is None:  # each row is a patient
        count = len(part.grid.rows)
        key = Cells([str(n) for n in range(count)], list(range(count)), np.arange(count))
        part = replace(part, who=key)
    if (key.codes < 0).any() or key.counts().max(initial=0) != 1:
        return
    known = starts(part, key, reading)
    nominal = known is None
    if known is None and has_dates(part):
        return  # a start that nobody knows would make wrong times of them
    if known is None:
        part, known = begun(part), [NOMINAL] * len(part.grid.rows)
    table, count = _table(part, key, sums, known)
    names = ", ".join(f"'{part.grid.headers[each.place]}'" for each in sums)
    message = "sums-nowhere" if nominal else "sums"
    found.findings.append(finding("warning", message, part.sheet, columns=names, count=count))
    found.tables["assessments"] = table
    later = {each.place for each in sums if each.days}
    kept = [
        replace(h, column="", reason="table") if h.position in later and h.reason != "yours" else h
        for h in part.headers
    ]
    found.patients = replace(part, headers=kept)


def _table(
    part: Part, key: Cells, sums: Sequence[Sum], starts: Sequence[Start]
) -> tuple[Part, int]:
    """The assessments of each patient: a date and a sum, and how many there are."""
    dates: list[Cell] = []
    lengths: list[Cell] = []
    whose, rows = [], []
    for each in sums:
        cells = part.grid.columns[each.place]
        for row in np.flatnonzero(cells.codes >= 0).tolist():
            start = starts[row]
            dates.append("" if start is None else start + timedelta(round(each.days)))
            lengths.append(cells.raw[cells.codes[row]])
            whose.append(key.codes[row])
            rows.append(part.grid.rows[row])
    count = len(rows)
    none = np.zeros(count, bool)
    grid = replace(
        part.grid,
        headers=[DATE, "sld_mm"],
        columns=[Cells.of(dates), Cells.of(lengths)],
        rows=np.array(rows, np.int64),
        wider=none,
        merged=none,
    )
    headers = [
        Header(DATE, 0, DATE, "name"),
        Header("sld_mm", 1, "sld_mm", "name", unit=sums[0].unit),
    ]
    who = Cells(key.texts, key.raw, np.array(whose, np.int64))
    return Part("assessments", part.sheet, grid, headers, who), count


def _sums(part: Part) -> list[Sum]:
    """The columns of sums at a time; none where their unit of time, or of length, is not one."""
    found, units = [], set()
    for header in part.headers:
        said = _said(header.text)
        if said is None or nature(part.grid.columns[header.position]) != "number":
            continue
        number, unit, length = said
        found.append((header.position, number, unit, length))
        units.add(unit)
    units -= {""}
    lengths = {length for _place, _number, _unit, length in found if length}
    if len(lengths) > 1 or (len(units) != 1 and any(n and not u for _p, n, u, _l in found)):
        return []
    common = next(iter(units), "")
    length = next(iter(lengths), "")
    return [
        Sum(place, number * DAYS.get(unit or common, 0.0), length)
        for place, number, unit, _length in found
    ]


def _said(header: str) -> tuple[float, str, str] | None:
    """The time of a sum, its unit, and the unit of length; None for another header."""
    # `SLD 6 months`, `Sum baseline`, `Сумма 3 мес, см`, `SLD_12m`.
    bare = re.sub(r"(\d)([^\W\d_])", r"\1 \2", re.sub(r"([^\W\d_])(\d)", r"\1 \2", normal(header)))
    words = re.findall(r"\d+|[^\W\d_]+", bare)
    kinds = [_kind(word) for word in words]
    numbers = [float(word) for word in words if word.isdecimal()]
    starts = kinds.count("start")
    times = [kind for kind in kinds if kind in DAYS]
    if "sum" not in kinds or "" in kinds or len(numbers) + starts != 1 or len(times) > 1:
        return None
    length = next((kind for kind in kinds if kind in ("mm", "cm")), "")
    return (numbers[0] if numbers else 0.0), (times or [""])[0], length


def _kind(word: str) -> str:
    """What a word of the header of a sum is: ``sum``, a unit of time or length, the start."""
    if word.isdecimal():
        return "number"
    for kind, words in vocabulary.section("sums").items():
        if word in words:
            return kind
    return WORDS.get(word, "")
