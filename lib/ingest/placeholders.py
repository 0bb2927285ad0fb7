"""Days that are typed where a date is not known, judged against the other dates of the file."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt

from lib.cohort import Finding
from lib.ingest.dates import is_shaped
from lib.ingest.sentences import finding
from lib.ingest.tables import Frame
from lib.schema import COLUMNS, EVENT_DATES

_FEW = 3  # other dates that a day can be judged by
_YEAR = np.timedelta64(365, "D")
_RECURS, _ONCE = 2, 8  # years from the others of a day that recurs, and of one that stands once


def empty_placeholders(patients: Frame) -> Iterator[Finding]:
    """Empty such days, and tell them.

    1 January 2000 is a day like any other in a column of its years; where all others lie years
    from it, and the more so where it recurs, it is what somebody typed for want of a date.
    """
    dated = [name for name, column in COLUMNS.items() if column.kind == "date"]
    for name in dated:
        if name not in patients.data:
            continue
        days = patients.data[name].to_numpy().astype("datetime64[D]")
        told = np.zeros(len(days), bool)
        for day, mask in _far(days, patients.imprecise.get(name)):
            told |= mask
            yield finding(
                "note" if name in EVENT_DATES else "error",
                "stands-for-none",
                "",
                patients.header(name),
                patients.rows(mask),
                str(day),
                count=int(mask.sum()),
            )
        if told.any():
            patients.data[name] = patients.data[name].mask(told)


def _is_usual(day: date) -> bool:
    """Whether a day is one that stands for none in one file or another: 1 January 2000."""
    return is_shaped(day) and (day.year <= _ROUND or day.year >= _AHEAD)


_ROUND, _AHEAD = 2000, 2050


def _far(
    days: npt.NDArray[np.datetime64],
    roughly: tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]] | None,
) -> Iterator[tuple[np.datetime64, npt.NDArray[np.bool_]]]:
    """The days of a usual form that lie far from all others, and who has each."""
    exact = ~np.isnat(days) & (np.isnat(roughly[0]) if roughly else True)
    found, counts = np.unique(days[exact], return_counts=True)
    shaped = np.array([_is_usual(day) for day in found.tolist()], bool)
    others = found[~shaped]
    if len(others) < _FEW or not shaped.any():
        return
    for day, count in zip(found[shaped], counts[shaped], strict=True):
        apart = _RECURS if count > 1 else _ONCE
        if day < others[0] - apart * _YEAR or day > others[-1] + apart * _YEAR:
            yield day, exact & (days == day)
