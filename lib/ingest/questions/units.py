"""Questions about units: of one column, or of all times at once, and what the rows prove."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lib.ingest import headers
from lib.ingest.cells import Cells
from lib.ingest.proposal import Question, mapped, units_of
from lib.ingest.questions.asking import Asking, Shown, answer, question
from lib.ingest.said_units import likely_unit
from lib.ingest.tables import typed
from lib.ingest.values import parse
from lib.plan import Reading
from lib.schema import COLUMNS, MONTH, Column
from lib.statistics.estimate import Floats

_COMMON = ("months", "days", "weeks", "years")


def about_units(asking: Asking) -> Iterator[Question]:
    """Ask for the unit where the header has none, or another, and the numbers do not decide."""
    # A file has its times in one unit: it is asked once for all that name none, unless its rows
    # prove that they are in several.
    doubted = [each for each in asking.shown if each.column.header.reason == "unit"]
    times = [each for each in doubted if not each.column.header.unit and _field(each) == "months"]
    proved = unit_by_dates(asking, times)
    together = len(times) > 1 and not mixed(times)
    if together:
        yield _of_times(times, asking.chosen, proved)
    for each in doubted:
        if not together or each not in times:
            yield from _of_one(each, asking.chosen, proved)
    yield from _of_taken(asking)


def _of_taken(asking: Asking) -> Iterator[Question]:
    """Say that times whose headers name no unit are read in months, unless the dates prove it."""
    taken = [
        each
        for each in asking.shown
        if each.part.table == "patients" and headers.takes_months(each.column.header)
    ]
    proved = unit_by_dates(asking, taken)
    if not taken or proved == "months":
        return
    settled = not proved
    if len(taken) > 1:
        yield _of_times(taken, asking.chosen, proved or "months", settled)
    else:
        yield from _of_one(taken[0], asking.chosen, proved, settled)


def _meant(shown: Shown) -> Column | None:
    header = shown.column.header
    name = (*header.candidates, "")[0]
    return headers.meaning(replace(header, column=name), shown.column.table)


def _field(shown: Shown) -> str:
    meant = _meant(shown)
    return meant.unit if meant else ""


def _cells(shown: Shown) -> Cells:
    return shown.part.grid.columns[shown.column.header.position]


def _of_times(
    times: Sequence[Shown], chosen: Reading, proved: str, settled: bool = False
) -> Question:
    """One unit for all times, what the dates prove or the likeliest of the longest first."""
    likely = {likely_unit(meant, _cells(each)) for each in times if (meant := _meant(each))}
    likely = {proved} if proved else likely
    words = sorted(_COMMON, key=lambda word: (word not in likely, _COMMON.index(word)))
    answers = []
    for word in words:
        given = chosen
        for each in times:
            header = replace(each.column.header, unit=word)
            given = mapped(given, header, each.column.table, header.candidates[0])
        told = word == proved and not settled
        answers.append(answer("ask-proved" if told else "ask-in-unit", given, unit=word))
    named = ", ".join(f"'{each.column.header.text}'" for each in times)
    samples = ", ".join(each.column.samples[0] for each in times if each.column.samples)
    named_by = {"columns": named, "samples": samples}
    return question("unit", "ask-which-units", answers, "", settled, **named_by)


def _of_one(
    shown: Shown, chosen: Reading, proved: str, settled: bool = False
) -> Iterator[Question]:
    column, header, field = shown.column, shown.column.header, _meant(shown)
    if field is None:
        return
    proved = proved if field.name == "os_months" else ""
    likely = proved or likely_unit(field, _cells(shown))
    words = sorted(units_of(field), key=lambda word: word != likely)
    answers = [
        answer(
            "ask-proved" if word == proved else "ask-in-unit",
            mapped(chosen, replace(header, unit=word), column.table, field.name),
            unit=word,
            field=field.label,
        )
        for word in words
    ]
    carry = answer("ask-carry", mapped(chosen, header, column.table, ""))
    if header.unit:  # survival in per cent is no survival in months
        answers.insert(0, carry)
    elif field.unit == "months":
        answers.append(carry)
    samples = ", ".join(column.samples)
    named = {"column": header.text, "field": field.label, "samples": samples}
    yield question("unit", "ask-which-unit", answers, header.text, settled, **named)


# What the rows prove -----------------------------------------------------------------------------

_DAYS = {"days": 1.0, "weeks": 7.0, "months": MONTH, "years": 12 * MONTH}
_FEWEST, _SHARE, _NEAR = 4, 0.8, 0.06
"""Rows that prove a unit, their share of all, and how far a time may be from its dates."""
_MIXED = 0.5
"""Share of the rows with a longer time to progression from which two columns differ in unit."""
_ENDS = ("death_date", "last_contact_date")


def unit_by_dates(asking: Asking, times: Sequence[Shown]) -> str:
    """The unit in which survival is the days between two dates of its rows, '' for none."""
    own = {
        each.column.header.column: each for each in asking.shown if each.part.table == "patients"
    }
    survival = [each for each in times if each.column.header.candidates[:1] == ("os_months",)]
    ends = [_days(own[name]) for name in _ENDS if name in own]
    if not survival or not ends or "first_procedure_date" not in own:
        return ""
    end = ends[0] if len(ends) == 1 else np.where(np.isnan(ends[0]), ends[1], ends[0])
    days = end - _days(own["first_procedure_date"])
    numbers = _numbers(survival[0])
    known = (days > 0) & (numbers > 0)
    if known.sum() < _FEWEST:
        return ""
    ratio = days[known] / numbers[known]
    shares = {
        unit: float((np.abs(ratio / each - 1) <= _NEAR).mean()) for unit, each in _DAYS.items()
    }
    unit = max(shares, key=lambda each: shares[each])
    return unit if shares[unit] >= _SHARE else ""


def mixed(times: Sequence[Shown]) -> bool:
    """Whether patients would progress after their death, so that their times differ in unit."""
    named = {each.column.header.candidates[0]: each for each in times}
    if not {"os_months", "pfs_months"} <= set(named):
        return False
    lived, free = _numbers(named["os_months"]), _numbers(named["pfs_months"])
    known = ~np.isnan(lived) & ~np.isnan(free)
    return bool(known.sum() >= _FEWEST and (free[known] > 1.02 * lived[known]).mean() > _MIXED)


def _numbers(shown: Shown) -> Floats:
    """(n,) float array: numbers as they stand; read as days, of which no life has too many."""
    column, cells = COLUMNS["os_months"], _cells(shown)
    found: Floats = typed(column, cells, parse(cells, column, "days", None, {}))
    return MONTH * found


def _days(shown: Shown) -> Floats:
    """(n,) float array: days of the calendar, nan where there is none."""
    column, cells = Column("", "", "date"), _cells(shown)
    found = typed(column, cells, parse(cells, column, "", True, {}))
    days: Floats = (found - np.datetime64("1900-01-01", "s")) / np.timedelta64(1, "D")
    return days
