"""What follows from the cells of a file without being written in it; a note for each column."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import Finding, Severity
from lib.ingest.durations import decided
from lib.ingest.endpoints import EVENT, partner
from lib.ingest.sentences import finding
from lib.ingest.tables import Frame, Spans
from lib.ingest.wording import about
from lib.plan import Reading
from lib.schema import COLUMNS, MONTH, YES_NO, Column
from lib.statistics.estimate import Bools, Floats

DEATH_BY_CONTACT, SEEN_BY_ANY = "death by last contact", "last seen by any date"
"""Questions whose answers are followed here."""
_SEEN = ("first_procedure_date", "progression_date", "last_assessment_date")


@dataclass(frozen=True, slots=True, eq=False)
class Born:
    """The header and the dates of birth, or the ages that took their place at opening."""

    header: str = ""
    days: pd.Series | None = None
    ages: Floats | None = None  # (n,)


_ORDER = (
    "diagnosis_date",
    "liver_mets_date",
    "first_procedure_date",
    "progression_date",
    "death_date",
    "last_contact_date",
)
"""Each of these dates is not before the one above it."""


def settle_imprecise(patients: Frame) -> list[Finding]:
    """Move dates that are known roughly to the nearest day they may be that is in order."""
    data, found = patients.data, list[Finding]()
    names = [name for name in _ORDER if name in data]
    days = {name: data[name].to_numpy().astype("datetime64[D]") for name in names}
    for index, name in enumerate(names):
        spans = patients.imprecise.get(name)
        if spans is None or np.isnat(spans[0]).all():
            continue
        first, last = span(days[name], spans)
        earliest = _extreme([days[each] for each in names[:index]], np.fmax, first)
        later = [span(days[each], patients.imprecise.get(each))[1] for each in names[index + 1 :]]
        latest = _extreme(later, np.fmin, last)
        moved = np.fmin(np.fmax(days[name], earliest), latest)
        moved = np.where(np.isnat(spans[0]), days[name], np.fmin(np.fmax(moved, first), last))
        changed = (moved != days[name]) & ~np.isnat(days[name])
        if changed.any():
            days[name] = moved
            data[name] = moved.astype("datetime64[s]")
            found += patients.tell("note", "moved", name, changed)
    return found


def _extreme(
    dates: list[npt.NDArray[np.datetime64]], pick: np.ufunc, otherwise: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.datetime64]:
    """The latest or earliest of some dates, those that are known."""
    found = np.full(len(otherwise), np.datetime64("NaT", "D"))
    for each in dates:
        found = pick(found, each)
    return np.where(np.isnat(found), otherwise, found)


def span(days: npt.NDArray[np.datetime64], spans: Spans | None) -> Spans:
    """The first and the last day that each date may be."""
    if spans is None:
        return days, days
    first, last = (np.where(np.isnat(each) | np.isnat(days), days, each) for each in spans)
    return first, last


def derive(
    patients: Frame, tables: Mapping[str, Frame], born: Born, sheet: str, reading: Reading
) -> list[Finding]:
    """Fill what is absent and follows from the rest; a value that is there is never changed."""
    found = [
        *_first_procedure(patients, tables),
        *settle_imprecise(patients),
        *_last_assessment(patients, tables),
        *_age(patients, born),
        *_by_marks(patients),
        *_death(patients, reading),
        *_times_by_status(patients),
        *_ended_by_progression(patients),
        *_deaths_without(patients),
        *_seen_by_any_date(patients, reading),
    ]
    return [replace(each, sheet=sheet) for each in found]


def _fill(patients: Frame, name: str, values: pd.Series, source: str) -> Bools:
    """Put values from columns of some headers where a column has none; which rows were filled."""
    # Without any value no column is made: nothing would be missing in it.
    data = patients.data
    if not values.notna().any():
        return np.zeros(len(data), bool)
    if name not in patients.headers:
        patients.taken.setdefault(name, source)
    if name not in data:
        data.insert(len(data.columns) - 1, name, values)
        return values.notna().to_numpy()
    filled = (data[name].isna() & values.notna()).to_numpy()
    data[name] = data[name].where(data[name].notna(), values)
    return np.array(filled, bool)


def _by_patient(patients: Frame, dates: pd.Series) -> pd.Series:
    """Bring one date a patient, indexed by patient, into the order of the patients."""
    found = patients.data["patient_id"].map(dates.to_dict())
    return pd.to_datetime(found).astype("datetime64[s]")


def _first_procedure(patients: Frame, tables: Mapping[str, Frame]) -> Iterator[Finding]:
    name = "first_procedure_date"
    courses = [each for each in ("first_hai_date", "first_tace_date") if each in patients.data]
    if courses:
        columns = ", ".join(map(patients.header, courses))
        filled = _fill(patients, name, patients.data[courses].min(axis=1), columns)
        yield from patients.tell("note", "from-first-dates", name, filled, columns=columns)
    if "procedures" in tables and "procedure_date" in tables["procedures"].data:
        dates = tables["procedures"].data.groupby("patient_id")["procedure_date"].min()
        source = tables["procedures"].header("procedure_date")
        filled = _fill(patients, name, _by_patient(patients, dates), source)
        yield from patients.tell("note", "from-procedures", name, filled)


def _last_assessment(patients: Frame, tables: Mapping[str, Frame]) -> Iterator[Finding]:
    name, start = "last_assessment_date", "first_procedure_date"
    if "assessments" not in tables or start not in patients.data:
        return
    visits = tables["assessments"].data
    if "assessment_date" not in visits:
        return
    begun = visits["patient_id"].map(patients.data.set_index("patient_id")[start].to_dict())
    counts = visits["assessment_date"] > pd.to_datetime(begun)
    if "response_recorded" in visits:
        counts &= (visits["response_recorded"] != "NE").fillna(True).astype(bool)
    dates = visits.loc[counts].groupby("patient_id")["assessment_date"].max()
    source = tables["assessments"].header("assessment_date")
    filled = _fill(patients, name, _by_patient(patients, dates), source)
    yield from patients.tell("note", "from-assessments", name, filled)
    filled = _fill(patients, name, patients.data[start], patients.header(start))
    yield from patients.tell("note", "never-assessed", name, filled)


def age_at(start: pd.Series, born: pd.Series) -> Floats:
    """(n,) float array: full years between two dates, which may be more than anybody's age."""
    one, other = pd.DatetimeIndex(born), pd.DatetimeIndex(start)
    early = (other.month < one.month) | ((other.month == one.month) & (other.day < one.day))
    age = np.asarray(other.year - one.year, np.float64) - early
    return np.where(age < 0, age + 100, age)  # a year of two digits, read as 20yy


def _age(patients: Frame, born: Born) -> Iterator[Finding]:
    start, ages = patients.data.get("first_procedure_date"), born.ages
    if ages is None and born.days is not None and start is not None:
        ages = age_at(start, born.days)
    if ages is None:
        return
    column, known = COLUMNS["age"], pd.Series(ages)
    possible = known.between(column.least, column.most)
    filled = _fill(patients, "age", known.where(possible), born.header)
    yield from patients.tell("note", "from-birth", "age", filled)
    header = patients.header("age")
    likely = known.between(column.low, column.high).to_numpy()
    severity: Severity
    wrong = (known.notna() & ~possible).to_numpy()
    for severity, code, mask, low, high in (
        ("error", "born-no-age", wrong, column.least, column.most),
        ("warning", "born-unlikely", filled & ~likely, column.low, column.high),
    ):
        if mask.any():
            named: dict[str, Any] = {"count": int(mask.sum()), "low": low, "high": high}
            yield finding(severity, code, "", header, patients.rows(mask), **named)


_UNTIL = {
    "os_months": ("os_event", (("vital_status", "dead"), ("os_event", "yes"), ("death_date", ""))),
    "pfs_months": ("pfs_event", (("pfs_event", "yes"),)),
}
"""For each time, its event, and the columns with the level that say that it happened; a date that
is given says so by itself."""


def _by_marks(patients: Frame) -> Iterator[Finding]:
    """What is written beside a time says whether its event happened, where no column does."""
    for name, told in patients.marks.items():
        if name in patients.data and (told != "").any():
            yield from _by_marks_of(patients, name, told)


def _by_marks_of(patients: Frame, name: str, told: npt.NDArray[np.str_]) -> Iterator[Finding]:
    data, header = patients.data, patients.header(name)
    event, columns = _UNTIL.get(name, (partner(name), ((partner(name), "yes"),)))
    known = {column: level for column, level in columns if column in data}
    happened = pd.Series(pd.NA, index=data.index, dtype="boolean")
    for column, level in known.items():
        there = data[column].notna()
        said = (data[column] == level) if level else there
        happened = happened.fillna(said.where(there).astype("boolean"))
    marked = pd.Series(told, index=data.index).map({"yes": True, "no": False}).astype("boolean")
    differ = (marked != happened).fillna(False).to_numpy(bool)
    if differ.any():
        column = ", ".join(map(patients.header, known))
        rows, count = patients.rows(differ), int(differ.sum())
        yield finding("warning", "mark-differs", "", header, rows, column=column, count=count)
    if event not in data and name not in _UNTIL:
        return
    given = data[name].notna()
    dated = "death_date" in known  # who has no such date may be alive
    found = pd.Series(told if dated else decided(told, given), index=data.index).replace("", None)
    values_told = found.where(happened.isna())
    if dated:
        values_told = values_told.mask(data["death_date"].notna(), "yes")
    filled = _fill(patients, event, values_told.astype("str"), header)
    yield from patients.tell("note", "from-marks", event, filled, column=header)
    silent = (given & found.isna() & happened.isna()).to_numpy(bool)
    if silent.any() and not known:
        yield from patients.tell("warning", "mark-silent", name, silent)


def _death(patients: Frame, reading: Reading) -> Iterator[Finding]:
    """A column of the last contact or death holds the death of those who died."""
    # Its header says so, or the visitor does.
    header, data = patients.headers.get("last_contact_date", ""), patients.data
    said = reading.said(DEATH_BY_CONTACT)
    if not header or said == "no" or not (said == "yes" or "death" in about(header)):
        return
    dead = _dead(patients)
    if not dead.any():  # a column without a death would say that all others live
        return
    living = data["last_contact_date"].notna() & ~dead
    if "death" in about(header) and not {"contact", "last"} & about(header) and living.any():
        yield from patients.tell("warning", "of-living", "last_contact_date", living.to_numpy())
    filled = _fill(patients, "death_date", data["last_contact_date"].where(dead), header)
    yield from patients.tell("note", "from-contact", "death_date", filled, column=header)


def _dead(patients: Frame) -> pd.Series:
    data = patients.data
    dead = pd.Series(False, index=data.index)
    for column, level in (("vital_status", "dead"), ("os_event", "yes")):
        if column in data:
            dead |= (data[column] == level).fillna(False).astype(bool)
    return dead


def _times_by_status(patients: Frame) -> Iterator[Finding]:
    """Two columns of times, one to the death of the dead, one to the last contact of the living."""
    data, told = patients.data, ("death_months", "contact_months")
    if not set(told) & set(data):
        return
    to_death, to_contact = (
        data.get(name, pd.Series(np.nan, index=data.index, dtype=float)) for name in told
    )
    dead = _dead(patients)
    columns = ", ".join(patients.headers[name] for name in told if name in patients.headers)
    if not {"vital_status", "os_event"} & set(data):
        dead = to_death.notna()
        _fill(patients, "os_event", dead.map({True: "yes", False: "no"}).astype("str"), columns)
    filled = _fill(patients, "os_months", to_death.where(dead, to_contact), columns)
    yield from patients.tell("note", "by-status", "os_months", filled, columns=columns)


_AT_ONCE = 0.5  # months by which a death may differ from the end of the time that it ended


def _ended_by_progression(patients: Frame) -> Iterator[Finding]:
    """Who progressed, and who died without, says of whom a time to either ended with it."""
    data, flag = patients.data, "progression"
    if flag not in patients.headers:
        return
    progressed = data[flag] == "yes"
    if "progression_date" in data:
        progressed |= data["progression_date"].notna()
    for name, event in (("pfs_months", "pfs_event"), ("ttp_months", "ttp_event")):
        if name not in patients.headers or event in patients.headers or event in data:
            continue
        timed, free = data[name].notna(), ~progressed & (data[flag] == "no")
        died = _died_then(patients, name) if name == "pfs_months" else pd.Series(False, data.index)
        known = pd.Series(None, index=data.index, dtype="str")
        known = known.mask(free, "no").mask(progressed | (free & died), "yes").where(timed)
        columns = ", ".join(map(patients.header, (flag, *_who_died(patients))))
        source = columns if name == "pfs_months" else patients.header(flag)
        patients.taken[event] = source
        data.insert(len(data.columns) - 1, event, known)
        if event not in COLUMNS:
            patients.extra.append(Column(event, source, "flag", levels=YES_NO, words="event"))
        told: dict[str, Any] = {"column": patients.header(flag)}
        told["died"] = int((free & died & timed).sum())
        code = "from-progression" if name == "pfs_months" else "from-progression-alone"
        yield from patients.tell("note", code, name, known.notna().to_numpy(bool), **told)
        if name == "pfs_months":
            later = (free & ~died & _dead(patients) & timed).to_numpy(bool)
            yield from patients.tell("warning", "died-later", name, later)


def _who_died(patients: Frame) -> list[str]:
    return [name for name in ("vital_status", "os_event") if name in patients.headers]


def _died_then(patients: Frame, name: str) -> pd.Series:
    """Whether a death ended a time: it came at its end, or nothing says when it came."""
    data = patients.data
    months = pd.Series(np.nan, index=data.index)
    if {"death_date", "first_procedure_date"} <= set(data):
        months = (data["death_date"] - data["first_procedure_date"]).dt.days / MONTH
    if "os_months" in data:
        months = data["os_months"].where(data["os_months"].notna(), months)
    return _dead(patients) & ~(months - data[name] > _AT_ONCE)


def _deaths_without(patients: Frame) -> Iterator[Finding]:
    """Of a survival free of something, the deaths without it that its column does not count."""
    for event in patients.extra:
        time = partner(event.name) if event.name.endswith(EVENT) else ""
        said, of_time = about(patients.header(event.name)), about(patients.header(time))
        if time not in patients.headers or "progression" not in said or said & _COUNTED:
            continue
        if not of_time & _ONLY_TO and event.name in patients.headers:
            without = _dead(patients) & (patients.data[event.name] == "no")
            column = patients.header(time)
            mask = (without & patients.data[time].notna()).to_numpy(bool)
            yield from patients.tell("warning", "deaths-censored", event.name, mask, column=column)


_COUNTED, _ONLY_TO = frozenset(("death", "event", "status")), frozenset(("time", "to"))
"""What a column of an event is about that may count deaths, and a time that need not count them."""


def _seen_by_any_date(patients: Frame, reading: Reading) -> Iterator[Finding]:
    """The last date that a row holds, for those of whom nothing says when they were last seen."""
    if reading.said(SEEN_BY_ANY) != "yes":
        return
    data = patients.data
    names = [name for name in _SEEN if name in data]
    latest = data[names].max(axis=1).where(~_dead(patients))
    columns = ", ".join(map(patients.header, names))
    filled = _fill(patients, "last_contact_date", latest, columns)
    yield from patients.tell("note", "from-any-date", "last_contact_date", filled, columns=columns)
