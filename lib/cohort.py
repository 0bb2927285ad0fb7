"""A cohort as it was read: canonical tables, and the log of all that was changed or set aside.

A `Cohort` is never edited: a verb returns a new one, and nobody writes into its frames.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Concatenate, Literal, NamedTuple, ParamSpec, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.followup import (
    BAD_END,
    BAD_FLAG,
    BAD_MONTHS,
    BAD_ORIGIN,
    BEFORE_ORIGIN,
    CONTRADICTED,
    NO_END,
    NO_FLAG,
    NO_ORIGIN,
    NONE_READ,
    UNDATED,
    UNRECORDED,
    FollowUp,
    Groups,
    both_outcomes,
    by_level,
    by_number,
)
from lib.language import Template, WordedError, code_of
from lib.plan import Reading
from lib.schema import (
    COLUMNS,
    ENDPOINTS,
    EVENT_DATES,
    MONTH,
    NEW_THERAPY,
    TABLES,
    Column,
    Endpoint,
    is_counted,
)

Severity = Literal["error", "warning", "note"]
Values = tuple[tuple[str, str | int | float | tuple[str, ...]], ...]
"""What a template names; a tuple is a list of words, each worded by itself."""
WHOLE_ROW = "cohort"  # in `Finding.sets_aside`: the row is in no analysis


Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Keeper = TypeVar("Keeper")


def remembered(
    method: Callable[Concatenate[Keeper, Asked], Answer],
) -> Callable[Concatenate[Keeper, Asked], Answer]:
    """Compute what a frozen object is asked once for the same arguments, and keep it in its memory.

    `method`: a method of an object with a dict `memory`, whose answers nobody writes into.
    """

    @functools.wraps(method)
    def answer(self: Keeper, *asked: Asked.args, **named: Asked.kwargs) -> Answer:
        memory: dict[Any, Any] = self.memory  # type: ignore[attr-defined]
        key = (method.__name__, asked, tuple(named.items()))
        if key not in memory:
            memory[key] = found = method(self, *asked, **named)
            if isinstance(found, np.ndarray):
                found.flags.writeable = False
        kept: Answer = memory[key]
        return kept

    return cast(Callable[Concatenate[Keeper, Asked], Answer], answer)


class CohortError(WordedError):
    """No cohort can be read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a reader of the numbers must know about the spreadsheet."""

    # ``error`` where a patient or a value was lost, ``warning`` where somebody should look,
    # ``note`` where nothing is lost: read as it is surely meant, as the visitor said, or a row that
    # is no patient, such as one of totals.
    severity: Severity
    message: Template  # an `N_` template: what was found, what would be accepted, what was done
    # The header as the spreadsheet has it, or the schema's name; '' for a whole row.
    column: str = ""
    rows: tuple[int, ...] = ()  # rows as the spreadsheet numbers them, header included
    value: str = ""  # the value seen
    values: Values = ()  # whatever else the template names
    # Codes of the analyses that leave these rows out (``OS``, ``PFS``, ``response``); `WHOLE_ROW`
    # where no analysis has them.
    sets_aside: tuple[str, ...] = ()
    sheet: str = ""  # the sheet, where the file has several
    # The headers that a column of the schema is taken from, where it has none of its own.
    taken_from: str = ""

    @property
    def code(self) -> str:
        """By what logic, exports and tests know what was found, however it is worded."""
        return code_of(self.message)


@dataclass(frozen=True, slots=True)
class Source:
    """The file a cohort came from."""

    # name, sha256, sheet: file name, digest of its bytes, and the sheet of the patients
    name: str
    sha256: str
    sheet: str = ""
    rows: int = 0  # rows under the header, blank ones not counted
    synthetic: bool = False  # whether the file says that its patients were invented
    note: str = ""  # what every page and export says about it, if it says anything
    sheets: tuple[tuple[str, str], ...] = ()  # the sheets of the other tables

    def sheet_of(self, table: str) -> str:
        """The sheet of a table."""
        return dict(self.sheets).get(table, self.sheet)


RESPONDED = ("CR", "PR", "SD", "Non-CR/Non-PD")
"""Responses that only somebody alive and without progression can have."""
_UNKNOWN = (NO_FLAG, UNRECORDED, BAD_FLAG)  # reasons for which nothing is known of the event itself
_REASONS = (
    *("", NO_ORIGIN, NO_END, UNDATED, BEFORE_ORIGIN, CONTRADICTED, NO_FLAG, UNRECORDED),
    *(BAD_ORIGIN, BAD_END, BAD_MONTHS, BAD_FLAG),
)
_TOLD = ("", "yes", "no")
"""Reasons, and what a file says of an event, by the numbers that stand for them in arrays of rows:
texts of a hundred thousand rows take ten times as long to compare."""
_BY_DATES = (UNRECORDED, NO_ORIGIN, UNDATED, NO_END, BEFORE_ORIGIN)
"""Reasons that dates give, the first that holds."""

_BEFORE = (
    "diagnosis_date",
    "liver_mets_date",
    "end_systemic_date",
    "first_procedure_date",
    "first_hai_date",
    "first_tace_date",
)

_HAPPENED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "death_date": (("vital_status", "dead"), ("os_event", "yes")),
    "progression_date": (("progression", "yes"),),
}
"""For each date of an event, the columns and levels that say it happened."""
_OF_THOSE = {"cause_of_death": "death_date", "death_months": "death_date"} | {
    "progression_site": "progression_date"
}
"""Columns that say something of an event: nothing is missing in them where it did not happen."""
_NEED_NOT = EVENT_DATES | {NEW_THERAPY}


@dataclass(frozen=True, slots=True)
class Whole:
    """What all rows of a table decide for each of its patients.

    A cohort that is a part of a table carries that of the table, and decides none of it: neither a
    batch nor a selection says what a blank cell means. Of disjoint parts they join by ``|``.
    """

    latest: date | None = None  # the latest date of all
    followed: bool = False  # whether a date tells how long somebody was followed
    counted: bool = False  # whether days are only counted, from a start that no column tells
    known: frozenset[str] = frozenset()  # columns with a value, as the plan has them
    denied: frozenset[str] = frozenset()  # those that say of somebody that an event did not happen
    procedures: bool = False  # whether the table of procedures has a kind with a date
    # measured, twice: whether an assessment of somebody shows something, and of somebody two do
    measured: bool = False
    twice: bool = False

    def __or__(self, other: "Whole") -> "Whole":
        """Of two disjoint parts together."""
        days = [day for day in (self.latest, other.latest) if day is not None]
        return Whole(
            max(days, default=None),
            self.followed or other.followed,
            self.counted or other.counted,
            self.known | other.known,
            self.denied | other.denied,
            self.procedures or other.procedures,
            self.measured or other.measured,
            self.twice or other.twice,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Patients and what happened to them, in canonical columns and units."""

    # One row a patient, in the columns of `schema.COLUMNS` that the file has, the further columns
    # of `extra`, and ``row``, the row of the spreadsheet. Dates are ``datetime64``, numbers
    # ``float64``, all else ``str`` with missing values.
    patients: pd.DataFrame
    # ``procedures``, ``assessments``, ``lesions``, ``adverse_events``, those that the file has,
    # each with its ``row``.
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    # Columns that the schema does not know: unknown in time until the visitor says otherwise.
    extra: tuple[Column, ...] = ()
    # All that was read otherwise than it stands, in the order of the file.
    findings: tuple[Finding, ...] = ()
    source: Source = field(default_factory=lambda: Source("", ""))
    reading: Reading = field(default_factory=Reading)  # the choices it was read by
    # Those of the schema, and those of which the file has times and events of its own.
    endpoints: tuple[Endpoint, ...] = tuple(ENDPOINTS.values())
    whole: Whole | None = None  # of the table that it is a part of
    # What was asked of it so far.
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        """Count the patients."""
        return len(self.patients)

    @property
    @remembered
    def digest(self) -> str:
        """Identify the file together with how it was read."""
        return hashlib.sha256(f"{self.source.sha256} {self.reading!r}".encode()).hexdigest()

    @property
    @remembered
    def columns(self) -> dict[str, Column]:
        """The columns of `patients` that carry data, by name, in the schema's order."""
        known = {**COLUMNS, **{column.name: column for column in self.extra}}
        return {name: column for name, column in known.items() if name in self.patients}

    @property
    def is_counted(self) -> bool:
        """Whether the file only counts its visits, from a start that no column tells."""
        if self.whole is not None:
            return self.whole.counted
        began = self.dates("first_procedure_date").min()
        return bool(pd.notna(began)) and is_counted(began)

    @property
    @remembered
    def latest_date(self) -> date | None:
        """The latest day of which the file knows anything; None where it has no follow-up dates.

        Months of follow-up count from the first procedure. Dates of what came before it, and of
        itself, do not tell how long anybody was followed. Days that are only counted are no dates.
        """
        latest, followed = self._latest()
        return latest if followed and not self.is_counted else None

    def _latest(self) -> tuple[date | None, bool]:
        """The latest date of all, and whether one tells how long somebody was followed."""
        if self.whole is not None:
            return self.whole.latest, self.whole.followed
        frames = {"patients": self.patients, **self.tables}
        latest = {
            (table, name): frame[name].max()
            for table, frame in frames.items()
            for name, column in TABLES[table].items()
            if column.kind == "date" and name in frame and frame[name].notna().any()
        }
        for endpoint in self.endpoints:
            if endpoint.months in self.patients:
                days = pd.to_timedelta(self.patients[endpoint.months] * MONTH, unit="D")
                end = (self.dates("first_procedure_date") + days).max()
                if pd.notna(end):
                    latest["patients", endpoint.months] = end
        found: date | None = max(latest.values()).date() if latest else None
        return found, any(name not in _BEFORE for _table, name in latest)

    @remembered
    def decides(self) -> Whole:
        """What these rows decide, if they are all; what the table does, if they are a part of it.

        Whether anybody was measured is not theirs to say: `analyses.courses` does.
        """
        if self.whole is not None:
            return self.whole
        latest, followed = self._latest()
        return Whole(
            latest,
            followed,
            self.is_counted,
            frozenset(name for name in self.columns if self.known(name)),
            frozenset(
                column
                for each in _HAPPENED.values()
                for column, level in each
                if column in self.patients and (self.patients[column].dropna() != level).any()
            ),
            self._dates_kinds(),
        )

    def where(self, keep: npt.NDArray[np.bool_]) -> "Cohort":
        """Keep the patients of a boolean array, and their rows of every other table."""
        patients = self.patients.loc[np.asarray(keep)].reset_index(drop=True)
        tables = {
            name: frame.loc[frame["patient_id"].isin(patients["patient_id"])].reset_index(drop=True)
            for name, frame in self.tables.items()
        }
        return replace(self, patients=patients, tables=tables)

    @remembered
    def known(self, name: str) -> bool:
        """Whether a column is there and holds at least one value."""
        return name in self.patients and bool(self.patients[name].notna().any())

    @remembered
    def by(self, name: str, cuts: Sequence[float] = ()) -> Groups:
        """Group the patients by a column; a number by `cuts`, the lower bounds of its groups.

        Raises `KeyError` if the cohort has no such column.
        """
        column = self.columns[name]
        values = self.patients[name]
        if column.kind == "number":
            return by_number(column, values, cuts or column.cuts)
        return by_level(column, values)

    @remembered
    def time_to_event(self, endpoint: Endpoint) -> FollowUp:
        """Follow each patient to an endpoint: by dates, and by months where dates do not suffice.

        A patient whose dates contradict each other is set aside even where months are given. What
        was typed and could not be used is told as such, not as missing. Where all patients with the
        event would be left out, or all without it, nobody is used: such a curve shows one outcome.
        """
        follow = self.each_to_event(endpoint)
        if not follow.event.any() and self.unread(endpoint).any():
            reason = np.where(follow.reason == "", NONE_READ, follow.reason).astype(object)
            return replace(follow, reason=reason)
        return both_outcomes(follow)

    def unread(self, endpoint: Endpoint) -> npt.NDArray[np.bool_]:
        """(n,) bool array: of whom it could not be read whether the event happened."""
        reason = self.each_to_event(endpoint).reason
        return np.asarray(self._illegible(endpoint) & np.isin(reason, _UNKNOWN), bool)

    @remembered
    def each_to_event(self, endpoint: Endpoint) -> FollowUp:
        """The same of each patient alone, whatever is known of the others."""
        by_dates, by_months = self._by_dates(endpoint), self._by_months(endpoint)
        by_months_alone = (by_dates.told != _TOLD.index("yes")) & (
            by_months.told != _TOLD.index("")
        )
        told = np.where(by_months_alone, by_months.told, by_dates.told)
        contradicted = self.set_aside(endpoint.doubted_with or endpoint.code)
        incomplete = _among(by_dates.reason, NO_ORIGIN, NO_END, UNDATED, UNRECORDED)
        instead = incomplete & _among(by_months.reason, "", NO_FLAG)
        reason = np.where(instead, by_months.reason, by_dates.reason)
        unread = self._illegible(endpoint)
        if "death_date" not in self.decides().known:  # else it says of everybody who died
            alive = _among(reason, "") & ~instead & ~by_dates.event
            reason[unread & alive] = _REASONS.index(BAD_FLAG)
        bad = self._emptied(endpoint)
        absent = _among(reason, NO_ORIGIN, NO_END, NO_FLAG, UNRECORDED)
        doubted = absent | (contradicted & _among(reason, ""))
        reason = np.where(~_among(bad, "") & doubted, bad, reason)
        reason[contradicted & _among(reason, "")] = _REASONS.index(CONTRADICTED)
        told[_among(reason, CONTRADICTED, BAD_END, BAD_FLAG)] = _TOLD.index("")
        used = _among(reason, "")
        columns = np.array([*by_dates.columns, *by_months.columns], object)
        ended_by = np.where(instead, by_months.ended_by + len(by_dates.columns), by_dates.ended_by)
        return FollowUp(
            months=np.where(used, np.where(instead, by_months.months, by_dates.months), np.nan),
            event=np.where(instead, by_months.event, by_dates.event) & used,
            reason=np.array(_REASONS, object)[reason],
            ended_by=columns[ended_by],
            told=np.array(_TOLD, object)[told],
        )

    def _illegible(self, endpoint: Endpoint) -> npt.NDArray[np.bool_]:
        """Whose cell of an event or a status holds what the import could not read."""
        found = np.zeros(len(self), bool)
        known = self._said(endpoint)
        for name in known:
            headers = {mapped.header for mapped in self.reading.columns if mapped.column == name}
            rows = {
                row
                for finding in self.findings
                if finding.severity == "error" and finding.column in (name, *headers)
                for row in finding.rows
            }
            if rows and "row" in self.patients:
                found |= self.patients["row"].isin(rows).to_numpy(bool)
        if not found.any():
            return found
        silent = self.patients[known].isna().all(axis=1).to_numpy(bool)
        return np.asarray(found & silent, bool)

    def _said(self, endpoint: Endpoint) -> list[str]:
        """The columns that say of an endpoint whether it happened, or whether somebody died."""
        names = (endpoint.event, "os_event", "vital_status")
        return [name for name in dict.fromkeys(names) if name in self.patients]

    @remembered
    def set_aside(self, code: str, name: str = "") -> npt.NDArray[np.bool_]:
        """(n,) bool array: the patients that an analysis leaves out, by a finding.

        With the name of a column, only those whose cell of that column the finding is about.
        """
        headers = {mapped.header for mapped in self.reading.columns if mapped.column == name}
        rows = {
            row
            for finding in self.findings
            if code in finding.sets_aside and (not name or finding.column in (name, *headers))
            for row in finding.rows
        }
        if "row" not in self.patients or not rows:
            return np.zeros(len(self), bool)
        return np.asarray(self.patients["row"].isin(rows), bool)

    def dates(self, name: str) -> pd.Series:
        """A date column, all missing where the file does not have it."""
        if name in self.patients:
            return self.patients[name]
        return pd.Series(pd.NaT, index=self.patients.index, dtype="datetime64[s]")

    def dated_procedures(self) -> pd.DataFrame | None:
        """The procedures that have a date; None where the file has none."""
        table = self.tables.get("procedures")
        if table is None or "procedure_date" not in table:
            return None
        dated = table.dropna(subset=["procedure_date"])
        return dated if len(dated) else None

    def _dates_kinds(self) -> bool:
        """Whether the table of procedures has a kind with a date."""
        dated = self.dated_procedures()
        return dated is not None and "modality" in dated and bool(dated["modality"].notna().any())

    def has(self, name: str, level: str) -> npt.NDArray[np.bool_]:
        """(n,) bool array: the patients whose column has that level."""
        if name not in self.patients:
            return np.zeros(len(self), bool)
        return np.asarray((self.patients[name] == level).fillna(False), bool)

    def given(self, name: str) -> npt.NDArray[np.bool_]:
        """(n,) bool array: the patients who have a value in a column."""
        if name not in self.patients:
            return np.zeros(len(self), bool)
        return np.asarray(self.patients[name].notna(), bool)

    @remembered
    def missing(self, column: str) -> npt.NDArray[np.bool_]:
        """(n,) bool array: the patients who lack a value that they must have."""
        # What has not happened has no date; who died was seen last on the day of death.
        event, must = _OF_THOSE.get(column, column), np.ones(len(self), bool)
        if event in _NEED_NOT:
            said = [self.has(*each) for each in _HAPPENED.get(event, ())]
            said += [self.given(event)] if event != column else []
            must = np.logical_or.reduce([*said, ~must])
        elif column in ("last_contact_date", "contact_months"):
            must = ~self.given("death_date") & ~self.given("death_months")
        return must & ~self.given(column)

    @remembered
    def event_months(self, column: str) -> npt.NDArray[np.float64]:
        """(n,) float array: months from the first procedure to a date, nan where unknown."""
        if not {column, "first_procedure_date"} <= {*self.patients}:
            return np.full(len(self), np.nan)
        days = (self.dates(column) - self.dates("first_procedure_date")).dt.days
        return np.asarray(days.to_numpy(np.float64, na_value=np.nan) / MONTH)

    @remembered
    def ended_before(
        self, months: float, window_days: float
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """(n,) bool arrays: who had died, and who was last seen alive, over a window before a time.

        By the time to death, however the file gives it.
        """
        follow = self.time_to_event(ENDPOINTS["OS"])
        ended = follow.months < months - window_days / MONTH
        return np.asarray(ended & follow.event), np.asarray(ended & ~follow.event)

    def responses_beyond(
        self, column: str, months: float, window_days: float
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """(n,) bool arrays: responses recorded for a time after death, and after last contact.

        All but PD, which stays, and NE. What the first says is not counted; both are findings.
        """
        dead, alive = self.ended_before(months, window_days)
        seen = np.zeros(len(self), bool)
        for level in RESPONDED:
            seen |= self.has(column, level)
        return dead & seen, alive & seen

    def _by_dates(self, endpoint: Endpoint) -> "_Way":
        """The follow-up by dates."""
        if not endpoint.events:  # the file gives its times and has no dates for it
            nothing = np.zeros(len(self), np.int64)
            no_end, times = nothing + _REASONS.index(NO_END), np.full(len(self), np.nan)
            return _Way(times, np.zeros(len(self), bool), no_end, ("",), nothing, nothing)
        months = np.column_stack([self.event_months(name) for name in endpoint.ends])
        ends = np.column_stack([self.event_months(name) for name in endpoint.last_seen])
        event = np.asarray(~np.isnan(months).all(axis=1))
        first = np.where(np.isnan(months), np.inf, months).argmin(axis=1)
        last = np.isnan(ends).argmin(axis=1)
        rows = np.arange(len(self))
        time = np.where(event, months[rows, first], ends[rows, last])
        undated = self._undated(endpoint, months)
        unrecorded = self._unrecorded(endpoint, np.asarray(event))
        code = np.select(
            [
                unrecorded,
                ~self.given("first_procedure_date"),
                undated,
                np.isnan(time),
                time < 0,
            ],
            [_REASONS.index(each) for each in _BY_DATES],
            0,
        )
        columns = (*endpoint.ends, *endpoint.last_seen)
        ended_by = np.where(event, first, len(endpoint.ends) + last)
        dated = np.logical_or.reduce([self.given(name) for name in endpoint.ends])
        unsaid = unrecorded & np.bool_(not self._only_marked(endpoint))
        told = np.select([dated | undated, unsaid], [1, 0], 2)
        return _Way(time, event, code, columns, ended_by, told)

    def _unrecorded(
        self, endpoint: Endpoint, event: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Of whom the file does not say whether the event happened.

        A column of its date says so of everybody, unless a column of status beside it says nothing
        of this patient: where it says of others that it did not happen, or where the visitor said
        that of its blank cells nothing is known. A file with neither says so of
        nobody, not even of the dead of another event: deaths alone are no progression-free
        survival.
        """
        name = endpoint.events[0]
        status = [
            column for column, _level in _HAPPENED.get(name, ()) if column in self.decides().known
        ]
        if not status:
            return np.full(len(self), name not in self.patients)
        said = [
            column
            for column in status
            if column in self.decides().denied or self._blank_says_nothing(column)
        ]
        if not said:
            return np.zeros(len(self), bool)
        silent = self.patients[said].isna().all(axis=1).to_numpy(bool)
        return np.asarray(silent & ~event, bool)

    def _only_marked(self, endpoint: Endpoint) -> bool:
        """Whether the file says of an event only that it happened, and nothing of all others.

        Who is left out then is whoever may be without it: a curve would show the events alone.
        """
        status = {column for column, _level in _HAPPENED.get(endpoint.events[0], ())}
        told = status & self.decides().known
        return bool(told) and not told & self.decides().denied

    def _blank_says_nothing(self, column: str) -> bool:
        """Whether the visitor said that of the blank cells of a column nothing is known."""
        return any(
            (each.column, each.value, each.level) == (column, "", "")
            for each in self.reading.values
        )

    def _undated(
        self, endpoint: Endpoint, months: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.bool_]:
        """Whether an event happened without a date, and none that must come before it has one."""
        undated = np.zeros(len(self), bool)
        for number, name in enumerate(endpoint.ends):
            happened = np.zeros(len(self), bool)
            for column, level in _HAPPENED.get(name, ()):
                happened |= self.has(column, level)
            earlier = ~np.isnan(months[:, :number]).all(axis=1) if number else False
            undated |= happened & np.isnan(months[:, number]) & ~np.asarray(earlier)
        return undated

    def _emptied(self, endpoint: Endpoint) -> npt.NDArray[np.int64]:
        """By its reason, which cell of each patient's way to the endpoint the import emptied.

        A column of an event that is said to have happened may be empty from the start: then the
        finding is that it has no date.
        """
        code = endpoint.doubted_with or endpoint.code
        found = np.zeros(len(self), np.int64)
        for names, why in (
            (("first_procedure_date",), BAD_ORIGIN),
            ((*endpoint.ends, *endpoint.last_seen), BAD_END),
            ((endpoint.months,), BAD_MONTHS),
            ((endpoint.event, "vital_status", "progression"), BAD_FLAG),
        ):
            for name in names:
                if name not in self.patients:
                    continue
                said = np.zeros(len(self), bool)
                for column, level in _HAPPENED.get(name, ()):
                    said |= self.has(column, level)
                empty = self.patients[name].isna().to_numpy(bool) & ~said
                found[(found == 0) & empty & self.set_aside(code, name)] = _REASONS.index(why)
        return found

    def _by_months(self, endpoint: Endpoint) -> "_Way":
        """The follow-up by months."""
        n = len(self)
        time = np.full(n, np.nan)
        if endpoint.months in self.patients:
            time = self.patients[endpoint.months].to_numpy(np.float64, na_value=np.nan)
        happened, known = self.has(endpoint.event, "yes"), self.has(endpoint.event, "no")
        if endpoint.events == ("death_date",):
            happened = happened | self.has("vital_status", "dead")
            known = known | self.has("vital_status", "alive") | self.has("vital_status", "lost")
        why = [_REASONS.index(each) for each in (NO_END, NO_FLAG)]
        code = np.select([np.isnan(time), ~(happened | known)], why, 0)
        told = np.select([happened, known], [1, 2], 0)
        return _Way(time, happened, code, (endpoint.months,), np.zeros(n, np.int64), told)


class _Way(NamedTuple):
    """What is known of each patient's way to an endpoint by one kind of column, as numbers."""

    months: npt.NDArray[np.float64]
    event: npt.NDArray[np.bool_]
    reason: npt.NDArray[np.int64]  # (n,), index into `_REASONS`
    columns: tuple[str, ...]  # those that may have ended it
    ended_by: npt.NDArray[np.int64]  # (n,), index into these
    told: npt.NDArray[np.int64]  # (n,), index into `_TOLD`


def _among(codes: npt.NDArray[np.int64], *reasons: str) -> npt.NDArray[np.bool_]:
    """(n,) bool array: whose reason, by its number, is one of some."""
    return np.array([each in reasons for each in _REASONS])[codes]
