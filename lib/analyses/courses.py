"""What a cohort's measurements show: responses, dates, and where the file says otherwise."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from lib import recist
from lib.analyses.cutoff import known_by
from lib.analyses.memory import digest, latest
from lib.cohort import Cohort, Finding
from lib.language import N_
from lib.plan import Plan, ResponsePlan
from lib.recist import Best, Course, Reason, Visit
from lib.schema import COLUMNS, MONTH, TABLES, Column
from lib.statistics.estimate import Bools

BEST, LAST_SEEN = "best_response", "last_assessment_date"
NEVER_PROGRESSED = N_("no assessment shows progression", "no-progression-shown")

DATES = ("progression_date", "hepatic_progression_date", "extrahepatic_progression_date")
_LONGEST = 60
_RECIST = ("profile", "confirm", "confirm_days", "ne_between", "sd_between", "sd_days")
_DERIVED = ("source", "months", "window_days")
MEASURES = ("study.as_of", *(f"response.{name}" for name in (*_RECIST, *_DERIVED)))
"""The parts of the plan that decide what measurements show."""
_MOST = 6  # how many ways to derive what measurements show are kept
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the file records one thing and its measurements show another."""

    patient_id: str
    row: int  # the row of the spreadsheet that records it; 0 where that is not known
    # What is recorded: a response at a time, the best response, a date, or a visit's letter.
    column: Column
    on: date | None  # the visit, for the letter of one
    # recorded, derived: codes of levels, or ISO dates; '' where there is none
    recorded: str
    derived: str
    reason: Reason  # why the derived one is what it is


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A cohort as it was known at the plan's cut-off, and what its measurements show."""

    # Cut off; with the derived responses and dates in the columns of `schema.COLUMNS`, where the
    # plan asks for them and the patient was measured.
    cohort: Cohort
    # By patient, of those of whom an assessment after the first procedure shows something.
    courses: Mapping[str, Course] = field(default_factory=dict)
    # Whether responses and dates of the measured patients are derived, and not as recorded.
    derived: bool = False
    disagreements: tuple[Disagreement, ...] = ()  # in the order of the patients
    # By patient, what a reader of the tables of measurements must know.
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)


def measured(cohort: Cohort, plan: Plan) -> Measured:
    """Cut a cohort off at the plan's date, and derive what its measurements show.

    `plan`: `MEASURES`; nothing else of it matters.
    """
    key = digest(plan, MEASURES)
    return latest(cohort.memory, "measured", key, _MOST, lambda: _measured(cohort, plan))


def _measured(cohort: Cohort, plan: Plan) -> Measured:
    day, choices = plan.study.as_of, plan.response
    cut = latest(cohort.memory, "cut", day, 2, lambda: known_by(cohort, day) if day else cohort)
    if not {"assessments", "lesions"} & set(cut.tables):
        return Measured(cut)
    by = tuple(getattr(choices, name) for name in _RECIST)
    every = latest(cut.memory, "courses", by, 2, lambda: recist.courses(cut, choices))
    findings = {name: each.findings for name, each in every.items() if each.findings}
    found = {name: each for name, each in every.items() if any(map(_shows, each.visits))}
    if not (cohort.whole.measured if cohort.whole else found):
        return Measured(cut, findings=findings)
    told = tuple(_disagreements(cut, found, choices))
    if choices.source == "recorded":
        return Measured(cut, found, False, told, findings)
    return Measured(_derived(cut, found, choices), found, True, told, findings)


def _shows(visit: Visit) -> bool:
    """Whether an assessment holds more than its date: a list of dates derives nothing."""
    said = visit.recorded or visit.target or visit.nontarget or visit.sum is not None
    return bool(said) or visit.response != "NE"


def day_of(months: int) -> int:
    """The day after the first procedure that a number of months means."""
    return round(months * MONTH)


def best_of(course: Course, choices: ResponsePlan) -> Best:
    """The best response that the plan counts."""
    return course.best_confirmed if choices.confirm else course.best


def with_best(cohort: Cohort, courses: Mapping[str, Course], choices: ResponsePlan) -> Cohort:
    """The cohort with the best response that these choices count, of the measured patients."""
    patients = cohort.patients
    letters = [
        best_of(courses[who], choices).response if who in courses else recorded
        for who, recorded in zip(
            patients["patient_id"].tolist(), patients[BEST].tolist(), strict=True
        )
    ]
    best = pd.Series(letters, index=patients.index, dtype="str")
    return replace(cohort, patients=patients.assign(**{BEST: best}))


def assessed_twice(courses: Mapping[str, Course]) -> bool:
    """Whether somebody has two assessments, so that there is a best of them.

    One response after the first procedure is the response at that time, and no best response.
    """
    return any(len(each.visits) > 1 for each in courses.values())


def measured_times(courses: Mapping[str, Course], choices: ResponsePlan) -> tuple[int, ...]:
    """The multiples of three months near which somebody was assessed, and the plan's own."""
    days = np.unique([visit.day for each in courses.values() for visit in each.visits])
    near = (
        months
        for months in range(3, _LONGEST + 1, 3)
        if (np.abs(days - day_of(months)) <= choices.window_days).any()
    )
    return tuple(sorted({*choices.months, *near}))


# The derived cohort ---------------------------------------------------------------------------


def _derived(cohort: Cohort, courses: Mapping[str, Course], choices: ResponsePlan) -> Cohort:
    """Put what the measurements show in the place of what was recorded.

    Of a time of which they say nothing, what was recorded stands.
    """
    patients = cohort.patients.copy(deep=False)
    followed = [courses.get(name) for name in patients["patient_id"].tolist()]
    used: dict[str, Bools] = {}
    for months in choices.months:
        at = [_response_at(course, months, choices) for course in followed]
        used[f"response_{months}m"] = _put(patients, f"response_{months}m", at)
    if cohort.whole.twice if cohort.whole else assessed_twice(courses):
        best = [best_of(course, choices).response if course else "" for course in followed]
        used[BEST] = _put(patients, BEST, best)
    last = pd.Series([_last_visit(course) for course in followed], dtype="datetime64[s]")
    measured = last.notna().to_numpy()
    dates = [_dates_of(course) if course else {} for course in followed]
    for name in (*DATES, LAST_SEEN):
        given = cohort.dates(name)
        later = np.asarray(given.reset_index(drop=True) > last, bool)
        days = [each.get(name) for each in dates]
        none = np.array([day is None for day in days], bool)
        used[name] = measured & ~(later & (none | (name == LAST_SEEN)))
        _put_dates(patients, name, days, used[name])
    if "progression" in patients:  # a new column would leave the unmeasured without an answer
        progressed = patients[DATES[0]].notna().to_numpy()
        flags = np.where(measured, np.where(progressed, "yes", "no"), "").tolist()
        used["progression"] = _put(patients, "progression", flags)
    return replace(cohort, patients=patients, findings=_still(cohort, used))


def _last_visit(course: Course | None) -> Any:
    return pd.Timestamp(course.visits[-1].date) if course else pd.NaT


def _response_at(course: Course | None, months: int, choices: ResponsePlan) -> str:
    return "" if course is None else course.response_at(day_of(months), choices.window_days)


def _dates_of(course: Course) -> dict[str, date | None]:
    """The dates that follow from a course, by column.

    Without an evaluable assessment a patient is followed for no time.
    """
    return {
        "progression_date": course.overall_progression_date,
        "hepatic_progression_date": course.hepatic_progression_date,
        "extrahepatic_progression_date": course.extrahepatic_progression_date,
        LAST_SEEN: course.last_evaluable_date or course.start,
    }


def _put(patients: pd.DataFrame, name: str, values: Sequence[str]) -> Bools:
    """Put words, where there are any, in the place of what was recorded; where that was."""
    new = pd.Series([value or None for value in values], index=patients.index, dtype="str")
    patients[name] = new if name not in patients else new.where(new.notna(), patients[name])
    return np.asarray(new.notna(), bool)


def _put_dates(
    patients: pd.DataFrame, name: str, dates: Sequence[date | None], mask: Bools
) -> None:
    days: list[Any] = [pd.NaT if day is None else pd.Timestamp(day) for day in dates]
    new = pd.Series(days, index=patients.index, dtype="datetime64[s]")
    patients[name] = new if name not in patients else patients[name].where(~mask, new)


def _still(cohort: Cohort, used: Mapping[str, Bools]) -> tuple[Finding, ...]:
    """The findings; one about what the measurements replaced sets nobody aside any more.

    But from survival: where a typed progression contradicts a death, the death may be wrong.
    """
    if "row" not in cohort.patients:
        return cohort.findings
    rows = cohort.patients["row"].to_numpy()
    names = {mapped.header: mapped.column for mapped in cohort.reading.columns}
    settled = {name: set(rows[mask].tolist()) for name, mask in used.items()}
    told: list[Finding] = []
    for finding in cohort.findings:
        about = settled.get(names.get(finding.column, finding.column), set())
        mine = tuple(row for row in finding.rows if row in about)
        if not mine or not finding.sets_aside:
            told.append(finding)
            continue
        others = tuple(row for row in finding.rows if row not in about)
        if others:
            told.append(replace(finding, rows=others))
        kept = tuple(code for code in finding.sets_aside if code == "OS")
        told.append(replace(finding, rows=mine, sets_aside=kept))
    return tuple(told)


# Recorded against derived ---------------------------------------------------------------------


def _disagreements(
    cohort: Cohort, courses: Mapping[str, Course], choices: ResponsePlan
) -> Iterator[Disagreement]:
    names = ["patient_id", "row", "progression", BEST, *DATES]
    names += [f"response_{months}m" for months in choices.months]
    kept = cohort.patients[[name for name in names if name in cohort.patients]]
    for row in kept.to_dict("records"):
        name, place = str(row["patient_id"]), int(row.get("row", 0))
        course = courses.get(name)
        if course is None:
            continue
        for column, recorded, derived, why in _compared(row, course, choices):
            if recorded and recorded != derived:
                yield Disagreement(name, place, column, None, recorded, derived, why())
        for visit in course.visits:
            # a letter may be of the visit alone, or of what it leaves the patient with
            if visit.recorded and visit.recorded not in (visit.response, visit.status):
                yield _of_visit(name, visit)


def _of_visit(patient: str, visit: Visit) -> Disagreement:
    column = TABLES["assessments"]["response_recorded"]
    place = next((row for table, row in visit.rows if table == "assessments"), 0)
    return Disagreement(
        patient, place, column, visit.date, visit.recorded, visit.response, visit.reasons[0]
    )


def _compared(
    row: Row, course: Course, choices: ResponsePlan
) -> Iterator[tuple[Column, str, str, Callable[[], Reason]]]:
    """What the patient's row records, beside what the course shows, and how to tell why."""
    for months in choices.months:
        name = f"response_{months}m"
        derived = _response_at(course, months, choices)
        if name in COLUMNS and derived:
            why = partial(_why_at, course, months, choices)
            yield COLUMNS[name], _word(row, name), derived, why
    if len(course.visits) > 1:
        best = best_of(course, choices)
        yield COLUMNS[BEST], _word(row, BEST), best.response, partial(_reason, best)
    found = _dates_of(course)
    last = course.visits[-1].date.isoformat()
    for name in DATES:
        recorded, day = _day(row, name), found[name]
        if day or recorded <= last:
            derived = day.isoformat() if day else ""
            yield COLUMNS[name], recorded, derived, partial(_why_on, course, day)
    day = found[DATES[0]]
    if day and _word(row, "progression") == "no":
        yield COLUMNS["progression"], "no", "yes", partial(_why_on, course, day)


def _reason(best: Best) -> Reason:
    return best.reason


def _word(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if pd.isna(value) else str(value)


def _day(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None or pd.isna(value) else value.date().isoformat()


def _why_at(course: Course, months: int, choices: ResponsePlan) -> Reason:
    """Why the status at a time is what it is: the visit's reason, or what it carries."""
    visit = course.nearest(day_of(months), choices.window_days)
    if visit is None:  # so that the status is an earlier progression
        visit = next(each for each in course.visits if each.response == "PD")
    return visit.carried or visit.reasons[0]


def _why_on(course: Course, day: date | None) -> Reason:
    """Why a progression is dated so."""
    visit = next((each for each in course.visits if each.date == day), None)
    return Reason(NEVER_PROGRESSED) if visit is None else visit.reasons[0]
