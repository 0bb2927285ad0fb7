"""What the rows prove of the unit of times: by dates, and since nobody progresses after death."""

from collections.abc import Sequence

import numpy as np

from lib.ingest.cells import Cells
from lib.ingest.questions.asking import Asking, Shown
from lib.ingest.tables import typed
from lib.ingest.values import parse
from lib.schema import COLUMNS, MONTH, Column
from lib.statistics.estimate import Floats

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


def _cells(shown: Shown) -> Cells:
    return shown.part.grid.columns[shown.column.header.position]
