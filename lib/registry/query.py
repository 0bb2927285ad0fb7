"""Questions to facts as one small portable text of SQL.

Values are parameters, identifiers are fields of facts, which our schema names: nothing of a file
is ever part of the text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses import counting, modality, seen, states
from lib.analyses.counted import Flag, Followed, NotHeld, Seen, State, Unseen
from lib.analyses.followed import START
from lib.followup import Groups, between, by_level
from lib.language import N_
from lib.plan import Condition, Deaths, LaterRule
from lib.registry.facts import BEST_BY, PATIENT, Held, flag
from lib.schema import FIRST_YEAR, MONTH
from lib.statistics.estimate import Ints

Values = npt.NDArray[Any]
Answer = Mapping[str, Values]
"""Columns of numbers or of words; of words None and of numbers nan where there is none."""
Decode = Callable[[Values], Groups]
"""From what a query gives of a grouping, a value a line, to the level of each line."""
GONE = N_(
    "The files of the registry cannot be read: they were moved, damaged or prepared again; open it"
    " again, and where that does not help prepare it again",
    "registry-gone",
)
TOO_LARGE = N_(
    "The question needs more memory than it is given, or more room on the disk: ask of fewer"
    " patients or of fewer groups",
    "registry-too-large",
)
SETS = 6
"""What one query groups by, or counts the levels of: of each an engine has tables in memory."""
EVERYBODY = (0, 2**62)
"""The numbers that patients may have."""
PARAMETER = re.compile(r":(p\d+)")
"""What stands for a value in a text of SQL."""
ONCE = "/* once */"
"""Behind the columns of a subquery that are used many times and are to be counted once."""
DATES = N_("Groups by a date are not counted in a registry.", "registry-no-dates")


class StoppedError(Exception):
    """A question was stopped from another thread, and has no answer."""


class Engine(Protocol):
    """Where facts lie: whoever answers SQL with columns."""

    @property
    def at_once(self) -> int | None:
        """The patients whom it joins with what else is known of them at once; None where all."""

    def columns(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives; `values` are what ``:name`` in it stands for.

        Raises `StoppedError` where it was interrupted, and `CohortError` where facts are gone.
        """

    def interrupt(self) -> None:
        """Stop all queries that run, from another thread."""

    def close(self) -> None:
        """Let go of all that is held open."""


def named(name: str) -> str:
    """A field of facts, quoted."""
    return f'"{name}"'


def yes(condition: str) -> str:
    """A condition as 1 or 0, which all engines count alike; what is not known is 0."""
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that is being put: what stands for each parameter, and what is joined."""

    held: Held
    values: dict[str, object] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    only: list[str] = field(default_factory=list)  # further conditions that patients meet
    ends: list[str] = field(
        default_factory=list
    )  # of the numbers of patients, where they are joined

    def value(self, given: object) -> str:
        """A parameter that stands for a value."""
        name = f"p{len(self.values)}"
        self.values[name] = float(given) if isinstance(given, np.floating) else given
        return f":{name}"

    def told(self, text: str) -> str:
        """A text with its values, by which it is known again; never asked of an engine."""
        return PARAMETER.sub(lambda each: repr(self.values[each[1]]), text)

    def column(self, name: str) -> str:
        """A column of the patients; nothing where the registry has none."""
        return named(self.held.field(name)) if name in self.held.columns else "NULL"

    def day(self, day: date) -> str:
        """A day as facts have it."""
        return self.value((day - date(1970, 1, 1)).days)

    def months_until(self, day: date) -> str:
        """Months from the first procedure to a day."""
        days = f"({self.day(day)} - {self.column(START)})"
        return f"(CAST({days} AS DOUBLE PRECISION) / {self.value(MONTH)})"

    def months_to(self, name: str) -> str:
        """Months from the first procedure to a date, as `Cohort.event_months` has them."""
        if not {name, START} <= set(self.held.columns):
            return "CAST(NULL AS DOUBLE PRECISION)"
        days = f"({self.column(name)} - {self.column(START)})"
        return f"(CAST({days} AS DOUBLE PRECISION) / {self.value(MONTH)})"

    def within(self, table: str) -> str:
        """Whether a line of a table that is joined is of the patients asked for at a time."""
        if not self.ends:
            self.ends.extend(map(self.value, EVERYBODY))
        return f"{table}.{PATIENT} BETWEEN {' AND '.join(self.ends)}"

    def source(self, where: Iterable[Condition]) -> str:
        """The facts of the patients who meet all conditions, with what was joined."""
        asked_for = [self.within("facts")] if self.joins else []
        met = " AND ".join([self.met(where), *self.only, *asked_for])
        return " ".join(["FROM facts", *self.joins, "WHERE", met])

    def met(self, conditions: Iterable[Condition]) -> str:
        """Whether a patient meets all conditions."""
        return " AND ".join(map(self._met, conditions)) or "TRUE"

    def _met(self, condition: Condition) -> str:
        """Whether a patient meets a condition, as `study.matches` has it."""
        known = self.held.known_columns.get(condition.column)
        asked = (condition.low, condition.high)
        if known is None or not (condition.levels or asked != (None, None)):
            return "TRUE"
        name, parts = self.column(condition.column), []
        if condition.levels and known.kind in ("number", "date"):
            parts.append("FALSE")  # no number is a level
        elif condition.levels:
            levels = ", ".join(self.value(level) for level in condition.levels)
            parts.append(f"{name} IN ({levels})")
        if condition.low is not None:
            parts.append(f"{name} >= {self.value(float(condition.low))}")
        if condition.high is not None:
            parts.append(f"{name} <= {self.value(float(condition.high))}")
        missing = "IS NULL OR" if condition.keep_missing else "IS NOT NULL AND"
        return f"({name} {missing} ({' AND '.join(parts)}))"

    # What groups ---------------------------------------------------------------------------------

    def by_column(self, name: str, cuts: tuple[float, ...]) -> tuple[str, Decode]:
        """By a baseline column, a number by its cuts."""
        column = self.held.known_columns[name]
        if column.kind == "date":
            raise NotHeld(DATES)
        if column.kind != "number":
            return self.column(name), lambda found: by_level(column, pd.Series(found, dtype="str"))
        if not cuts:
            return "NULL", lambda found: Groups(column, (), np.full(len(found), -1))
        below = " ".join(
            f"WHEN {self.column(name)} < {self.value(float(cut))} THEN {at}"
            for at, cut in enumerate(cuts)
        )
        place = f"CASE WHEN {self.column(name)} IS NULL THEN NULL {below} ELSE {len(cuts)} END"
        return place, lambda found: between(column, cuts, _places(found))

    def by_values(self, name: str, cuts: tuple[float, ...]) -> Decode:
        """How a number itself tells what it is between."""
        column = self.held.known_columns[name]

        def read(found: Values) -> Groups:
            numbers = np.asarray(found, np.float64)
            places = np.searchsorted(np.asarray(cuts, np.float64), numbers, side="right")
            return between(column, cuts, np.where(np.isnan(numbers), -1, places))

        return read

    def by_state(self, by: State, deaths: Deaths) -> tuple[str, Decode]:
        """By the state at a time, the plan's rule for the dead applied."""
        name = f"state.{by.months}"
        if by.confirm is not None and by.months == states.BEST:
            name = BEST_BY[by.confirm]
        died, state = states.PLACE["died"], named(name)
        if deaths == "as progression":
            state = f"CASE WHEN {state} = {died} THEN {states.PLACE['PD']} ELSE {state} END"
        elif deaths == "apart" and by.months != states.BEST:
            state = f"CASE WHEN {named(flag('died', by.months))} THEN {died} ELSE {state} END"
        late = states.PLACE["not-due"]
        state = f"CASE WHEN {named(f'due.{by.months}')} THEN {state} ELSE {late} END"
        return state, lambda found: Groups(states.COLUMN, states.STATES, _places(found))

    def by_flag(self, by: Flag) -> tuple[str, Decode]:
        """By whether something holds at a time."""
        return yes(named(flag(by.what, by.months))), _flagged

    def by_followed(self, by: Followed, used: str) -> tuple[str, Decode]:
        """By whether somebody is followed for so long; `used`: whose time to death is known."""
        months = named(self.held.of_endpoint("OS", "months"))
        least = self.value(float(by.months))
        return yes(f"{used} AND COALESCE({months}, 0.0) >= {least}"), _flagged

    def by_unseen(self, by: Unseen, used: str, ends: date | None) -> tuple[str, Decode]:
        """By whether contact was lost before the day on which the file ends."""
        if ends is None or START not in self.held.columns:
            return "NULL", _flagged
        months, event = (named(self.held.of_endpoint("OS", what)) for what in ("months", "event"))
        since = self.months_until(ends)
        lost = f"{since} - {months} > {self.value(float(by.months))}"
        asked = f"{used} AND NOT {event} AND {self.column(START)} IS NOT NULL"
        return f"CASE WHEN {asked} THEN {yes(lost)} END", _flagged

    def by_year(self) -> tuple[str, Decode]:
        """By the calendar year of the first procedure."""
        return self.column(FIRST_YEAR), _began

    def by_seen(self, by: Seen, at: int) -> tuple[str, Decode]:
        """By what was seen until a time; `at`: a number of its own, of each that is joined."""
        until = by.months if by.way in seen.RULES else by.months * MONTH
        held, until_then = f"seen{at}", self.value(float(until))
        self.joins.append(
            f"LEFT JOIN transitions {held} ON {held}.{PATIENT} = facts.{PATIENT}"
            f" AND {self.within(held)}"
            f" AND {held}.way = {self.value(by.way)} AND {held}.since <= {until_then}"
            f" AND ({held}.until IS NULL OR {held}.until > {until_then})"
        )
        return f"{held}.level", lambda found: _seen(by, found)


def _places(found: Values) -> Ints:
    """Places of levels, -1 where there is none."""
    return np.asarray(np.where(pd.isna(found), -1, found), np.float64).astype(np.int64)


def _flagged(found: Values) -> Groups:
    groups = counting.flagged(_places(found) == 1)
    return replace(groups, codes=np.where(pd.isna(found), -1, groups.codes))


def _began(found: Values) -> Groups:
    return counting.by_year(np.asarray(found, np.float64))


def _seen(by: Seen, found: Values) -> Groups:
    column = seen.COLUMNS[by.way]
    if by.way not in seen.RULES:
        place = {level.code: at for at, level in enumerate(column.levels)}
        codes = np.array([place.get(level, -1) for level in found.tolist()], np.int64)
        return Groups(column, column.levels, codes)
    rule: LaterRule = by.way  # type: ignore[assignment]
    met = {words: modality.level_of(rule, words.split("|")) for words in set(found) if words}
    levels = modality.in_order({level for level in met.values() if level is not None})
    place = {words: -1 if each is None else levels.index(each) for words, each in met.items()}
    codes = np.array([place.get(words, -1) for words in found.tolist()], np.int64)
    return Groups(column, tuple(levels), codes)
