"""Each patient's way to an endpoint, and the level of a column that each has: arrays of rows."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.language import N_
from lib.schema import Column, Level
from lib.statistics.estimate import Sealed, quantiles
from lib.statistics.life_table import TimeToEvent

NO_ORIGIN = N_("no date of first procedure, and no months in its place", "no-origin").code
NO_END = N_("no date of the event or of last contact, and no months in their place", "no-end").code
UNDATED = N_("the event happened, without a date", "undated").code
BEFORE_ORIGIN = N_(
    "the date of the event or of last contact is before the first procedure", "before-origin"
).code
CONTRADICTED = N_("what is recorded of it contradicts itself", "contradicted").code
NO_FLAG = N_("months are given, but not whether the event happened", "no-flag").code
UNRECORDED = N_("whether it happened is not recorded", "unrecorded").code
BAD_ORIGIN = N_("the date of first procedure could not be read, or cannot be", "bad-origin").code
BAD_END = N_(
    "the date of the event or of last contact could not be read, or cannot be", "bad-end"
).code
BAD_MONTHS = N_("the months could not be read, or are impossible", "bad-months").code
BAD_FLAG = N_("whether it happened could not be read", "bad-flag").code
NONE_READ = N_(
    "of some it could not be read whether it happened, and of nobody that it did, so that no curve"
    " is drawn",
    "none-read",
).code
NO_EVENT_TIMED = N_(
    "of nobody with the event is the time known, so that no curve is drawn", "no-event-timed"
).code
NO_OTHER_TIMED = N_(
    "of nobody without the event is the time known, so that no curve is drawn", "no-other-timed"
).code
ONE_SIDED = (NO_EVENT_TIMED, NO_OTHER_TIMED)
"""Reasons for which times that are known make no curve: it would leave out a whole outcome."""
DOUBTED = (BEFORE_ORIGIN, CONTRADICTED, BAD_ORIGIN, BAD_END, BAD_MONTHS, BAD_FLAG)
"""Reasons for which what the file says of a patient's way to an endpoint is not believed."""


@dataclass(frozen=True, slots=True, eq=False)
class FollowUp(Sealed):
    """What is known of each patient's way to an endpoint, in the order of `Cohort.patients`."""

    # (n,), from the origin to the event or to censoring; nan where it is not known.
    months: npt.NDArray[np.float64]
    event: npt.NDArray[np.bool_]  # (n,), whether the event was observed, or what competes with it
    # (n,), why the patient is set aside, by its code; '' where the patient is used.
    reason: npt.NDArray[np.object_]
    # (n,), the column that ended the follow-up: the date of the event or of censoring, or the
    # months.
    ended_by: npt.NDArray[np.object_]
    # (n,), months from the origin to when a patient came under observation; all from the origin on
    # where it is left out.
    entry: npt.NDArray[np.float64] | None = None
    # (n,), the rule of the plan that censored a patient before the event, by its code; ''
    # where none did, and of nobody where it is left out.
    rule: npt.NDArray[np.object_] | None = None
    # (n,), what the file says of the event, whether or not it says when: ``yes``, ``no``, or '' for
    # nothing that is believed; nothing of anybody where it is left out.
    told: npt.NDArray[np.object_] | None = None

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """(n,) bool array: the patients whose time is known."""
        return np.asarray(self.reason == "", bool)

    def left_out(self, told: Literal["yes", "no"]) -> tuple[int, int]:
        """Of the patients with the event, or without it: how many have no time, and how many are.

        `told`: ``yes`` for those with the event, ``no`` for those without it.
        """
        if self.told is None:
            return 0, 0
        whose = self.told == told
        return int((whose & ~self.used).sum()), int(whose.sum())

    def at(self, rows: npt.NDArray[np.int64]) -> TimeToEvent:
        """Times, events and entries of some patients that are used, by their positions."""
        entry = None if self.entry is None else self.entry[rows]
        return TimeToEvent(self.months[rows], self.event[rows].astype(np.int8), entry)


@dataclass(frozen=True, slots=True, eq=False)
class Groups(Sealed):
    """Which level of a column each patient has, in the order of `Cohort.patients`."""

    column: Column
    levels: tuple[Level, ...]  # in display order; only those that some patient has
    codes: npt.NDArray[np.int64]  # (n,), index into `levels`; -1 where the value is missing

    def counts(self) -> npt.NDArray[np.int64]:
        """(levels,) int array: patients of each level."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.levels))


def both_outcomes(follow: FollowUp) -> FollowUp:
    """Use nobody where all with the event, or all without it, are left out."""
    outcomes: tuple[tuple[Literal["yes", "no"], str], ...] = (
        ("yes", NO_EVENT_TIMED),
        ("no", NO_OTHER_TIMED),
    )
    for told, why in outcomes:
        left_out, there = follow.left_out(told)
        if there and left_out == there:
            reason = np.where(follow.reason == "", why, follow.reason)
            return replace(follow, reason=reason.astype(object))
    return follow


_NUMBER_FIRST = re.compile(r"\s*([<≤]|[>≥])?\s*=?\s*(-?\d+(?:[.,]\d+)?)")


def natural(text: str) -> tuple[float, int, str]:
    """Sort levels that begin with a number by it: ``<60``, ``60-69``, ``70``, ``>70``."""
    match = _NUMBER_FIRST.match(text)
    if match is None:
        return float("inf"), 0, text
    sign = 0 if match[1] is None else -1 if match[1] in "<≤" else 1
    return float(match[2].replace(",", ".")), sign, text


def middle(numbers: npt.NDArray[np.float64], n: npt.NDArray[np.int64] | None = None) -> float:
    """Where numbers are cut in two: the median, or the next one where none is below it.

    `n`: how many have each, one unless given.
    """
    known = numbers[~np.isnan(numbers)]
    n = np.ones(len(known), np.int64) if n is None else n[~np.isnan(numbers)]
    (median,) = quantiles(known, n, (0.5,))
    above = known[known > median]
    return median if (known < median).any() or not len(above) else float(above.min())


def by_number(column: Column, values: pd.Series, cuts: Sequence[float]) -> Groups:
    """Group the patients by the bounds of a number."""
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    missing = np.isnan(numbers)
    if not cuts:
        if missing.all():
            return Groups(column, (), np.full(len(numbers), -1))
        cuts = (middle(numbers),)
    codes = np.where(missing, -1, np.searchsorted(np.asarray(cuts), numbers, side="right"))
    return between(column, cuts, codes)


def between(column: Column, cuts: Sequence[float], places: npt.NDArray[np.int64]) -> Groups:
    """Group by between which bounds a number is, `places` counting from below the first, or -1."""
    bounds = [str(int(cut)) if cut == int(cut) else str(cut) for cut in cuts]
    names = [f"<{bounds[0]}"]
    names += [f"{low}–<{high}" for low, high in itertools.pairwise(bounds)]
    names += [f"≥{bounds[-1]}"]
    if column.unit:
        names = [f"{name} {column.unit}" for name in names]
    present = [index for index in range(len(names)) if (places == index).any()]
    position = {index: number for number, index in enumerate(present)}
    levels = tuple(Level(names[index], names[index], of=column) for index in present)
    packed = np.array([position.get(int(code), -1) for code in places], np.int64)
    return Groups(column, levels, packed)


def by_level(column: Column, values: pd.Series) -> Groups:
    """Group by the levels that somebody has: those of the schema first, then others in order."""
    places, distinct = pd.factorize(values)
    seen = distinct.tolist()
    known = [level for level in column.levels if level.code in seen]
    named = {level.code for level in known}
    further = sorted((str(value) for value in seen if value not in named), key=natural)
    all_levels = (*known, *(Level(value, value) for value in further))
    levels = tuple(replace(level, of=column) for level in all_levels)
    place = {level.code: at for at, level in enumerate(levels)}
    codes = np.array([*(place[str(value)] for value in seen), -1], np.int64)
    return Groups(column, levels, codes[places])
