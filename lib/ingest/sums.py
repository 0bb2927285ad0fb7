"""Sums of diameters at fixed times, each in a column of its own: read as assessments."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.ingest import visits
from lib.ingest.arrangement import Arrangement
from lib.ingest.cells import Cells, normal
from lib.ingest.evidence import nature
from lib.ingest.headers import Header
from lib.ingest.identity import Part
from lib.ingest.reader import Cell
from lib.ingest.sentences import finding
from lib.plan import Reading

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
    starts = visits.starts(part, key, reading)
    nominal = starts is None
    if starts is None and visits.has_dates(part):
        return  # a start that nobody knows would make wrong times of them
    if starts is None:
        part, starts = visits.begun(part), [visits.NOMINAL] * len(part.grid.rows)
    table, count = _table(part, key, sums, starts)
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
    part: Part, key: Cells, sums: Sequence[Sum], starts: Sequence[visits.Start]
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
        headers=[visits.DATE, "sld_mm"],
        columns=[Cells.of(dates), Cells.of(lengths)],
        rows=np.array(rows, np.int64),
        wider=none,
        merged=none,
    )
    headers = [
        Header(visits.DATE, 0, visits.DATE, "name"),
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
        Sum(place, number * visits.DAYS.get(unit or common, 0.0), length)
        for place, number, unit, _length in found
    ]


def _said(header: str) -> tuple[float, str, str] | None:
    """The time of a sum as a number and its unit, and the unit of length; None for another header.

    `SLD 6 months`, `Sum baseline`, `Сумма 3 мес, см`, `SLD_12m`.
    """
    bare = re.sub(r"(\d)([^\W\d_])", r"\1 \2", re.sub(r"([^\W\d_])(\d)", r"\1 \2", normal(header)))
    words = re.findall(r"\d+|[^\W\d_]+", bare)
    kinds = [_kind(word) for word in words]
    numbers = [float(word) for word in words if word.isdecimal()]
    starts = kinds.count("start")
    times = [kind for kind in kinds if kind in visits.DAYS]
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
    return visits.words().get(word, "")
