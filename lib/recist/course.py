"""The course of each patient: what every visit shows, and what follows from all of them.

References
----------
Eisenhauer et al. (2009), Eur J Cancer 45:228-247.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from lib.cohort import Cohort, Finding
from lib.plan import ResponsePlan
from lib.recist.best import Best, best, complete_then_disease, statuses
from lib.recist.disease import Disease, disease
from lib.recist.judgement import Visit, judge
from lib.recist.measurements import Scan, Scans, days_of, length
from lib.recist.rules import mm, said, why

UNPLACED = said("told", "unplaced", "unplaced")  # which logic knows by its code


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a response lasted."""

    # start, end: the first visit with the response, and what ended it
    start: date
    end: date
    event: bool  # false where it is censored
    ended_by: Literal["progression", "death", "last-evaluable-assessment"]

    @property
    def days(self) -> int:
        """From the first visit with the response to the end."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Course:
    """All visits of a patient, and what follows from them."""

    patient_id: str
    start: date | None  # the first procedure
    baseline_date: date | None
    # Sum of diameters, mm; of the liver alone where the profile says so.
    baseline: int | float | None
    visits: tuple[Visit, ...]  # after the first procedure, in order
    best: Best
    best_confirmed: Best
    # The first visit with CR or PR, of a confirmed response if the plan asks for one.
    response_date: date | None
    progression_date: date | None  # the first PD by the profile
    progressed_in: tuple[str, ...]  # the organs of that PD, as far as the spreadsheet says
    overall_progression_date: date | None  # the first PD by lesions anywhere
    # hepatic_progression_date, extrahepatic_progression_date: the first PD in the liver, by its own
    # lesions against their own nadir, and outside it
    hepatic_progression_date: date | None
    extrahepatic_progression_date: date | None
    findings: tuple[Finding, ...]

    @property
    def last_evaluable_date(self) -> date | None:
        """The last visit that is not NE, where a patient without progression is censored."""
        return next((each.date for each in reversed(self.visits) if each.response != "NE"), None)

    @property
    def best_change(self) -> float | None:
        """The lowest change of the sum from baseline up to progression, as a fraction."""
        end = self.progression_date or date.max
        changes = [v.change for v in self.visits if v.change is not None and v.date <= end]
        return min(changes, default=None)

    def nearest(self, day: int, window: int) -> Visit | None:
        """The visit nearest to a day, at most `window` days off; of two equally near the later."""
        near = [visit for visit in self.visits if abs(visit.day - day) <= window]
        return min(near, key=lambda visit: (abs(visit.day - day), -visit.day), default=None)

    def response_at(self, day: int, window: int) -> str:
        """The status at the visit nearest to a day; else PD if it was seen before; else ''."""
        visit = self.nearest(day, window)
        if visit is not None:
            return visit.status
        progressed = any(each.response == "PD" and each.day <= day for each in self.visits)
        return "PD" if progressed else ""

    def duration_of_response(self, death: date | None = None) -> Duration | None:
        """From the first visit with a response to progression or death; None without a response.

        Without either it is censored at the last evaluable assessment.
        """
        start, last = self.response_date, self.last_evaluable_date
        if start is None or last is None:
            return None
        progression = self.progression_date
        if progression and not (death and death < progression):
            return Duration(start, progression, True, "progression")
        if death:
            return Duration(start, death, True, "death")
        return Duration(start, last, False, "last-evaluable-assessment")


def courses(cohort: Cohort, choices: ResponsePlan) -> dict[str, Course]:
    """Derive the course of each patient from the best that the tables hold.

    That is, visit by visit: the diameters of lesions; else the sum of diameters, compared with
    that of baseline; else the letter that was recorded. The latest assessment on or before the
    first procedure is the baseline.

    `cohort`: its patients with ``first_procedure_date`` and, where known, ``baseline_sld_mm``; its
    tables ``assessments`` and ``lesions``. `choices`: the profile, and the windows of stable
    disease and of confirmation. Gives by patient, in the order of `cohort.patients`; without an
    assessment a course is empty.
    """
    scans = Scans(cohort)
    patients = cohort.patients["patient_id"].tolist()
    starts = days_of(cohort.dates("first_procedure_date"))
    given = np.zeros(len(patients))
    if "baseline_sld_mm" in cohort.patients:
        given = np.nan_to_num(cohort.patients["baseline_sld_mm"].to_numpy(np.float64))
    return {
        patient: _course(patient, start, scans.of(patient), length(total), choices)
        for patient, start, total in zip(patients, starts, given.tolist(), strict=True)
    }


def _course(
    patient_id: str, start: int | None, seen: Sequence[Scan], given: int, choices: ResponsePlan
) -> Course:
    before = [scan for scan in seen if start is not None and scan.day <= start]
    state = disease(patient_id, before, given, choices.profile)
    judged = [judge(state, scan, start) for scan in seen if start is not None and scan.day > start]
    if seen and start is None:
        state.tell("no-start")
    elif judged and not before and not given:
        state.tell("no-baseline")
    days = [(visit.day, visit.response) for visit in judged]
    status, established = statuses(days, choices)
    visits = _with_status(judged, status, established)
    progression = next((visit for visit in visits if visit.response == "PD"), None)
    _doubt(state, visits, days)
    followed = state.liver if state.limits.liver_only else state.whole
    return Course(
        patient_id=patient_id,
        start=_date(start),
        baseline_date=_date(state.baseline_day),
        baseline=mm(followed.baseline) if followed.baseline else None,
        visits=visits,
        best=best(days, choices, confirmed=False),
        best_confirmed=best(days, choices, confirmed=True),
        response_date=visits[established[0]].date if established else None,
        progression_date=progression.date if progression else None,
        progressed_in=progression.progressed_in if progression else (),
        overall_progression_date=_first([v.date for v in visits if v.overall == "PD"]),
        hepatic_progression_date=_first([v.date for v in visits if v.in_liver]),
        extrahepatic_progression_date=_first([v.date for v in visits if v.outside_liver]),
        findings=tuple(state.findings),
    )


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)


def _first(dates: Sequence[date]) -> date | None:
    return dates[0] if dates else None


def _with_status(
    judged: Sequence[Visit], status: Sequence[str], established: Sequence[int]
) -> tuple[Visit, ...]:
    """Give each visit its status, and say why where that is not the response."""
    progressed = [visit for visit in judged if visit.response == "PD"]
    visits = list(judged)
    for index, (visit, letter) in enumerate(zip(judged, status, strict=True)):
        if letter != visit.response:
            stays = letter == "PD"
            since = progressed[0] if stays else judged[established[0]]
            carried = why("pd-stays" if stays else "pr-stands", ("date", since.date.isoformat()))
            visits[index] = visit._replace(status=letter, carried=carried)
    return tuple(visits)


def _doubt(state: Disease, visits: Sequence[Visit], days: Sequence[tuple[int, str]]) -> None:
    """Say what a reader of the course must know."""
    complete = next((index for index, visit in enumerate(visits) if visit.response == "CR"), None)
    if complete is not None:
        pair = complete_then_disease(days)
        again = pair[1] if pair else _reappeared(visits, complete)
        if again is not None:
            first, later = (visits[index].date.isoformat() for index in (complete, again))
            state.tell("doubtful-cr", date=first, later=later)
    placed = next((visit for visit in visits if visit.in_liver), None)
    if placed and not placed.progressed_in:
        state.tell("unplaced", date=placed.date.isoformat())


def _reappeared(visits: Sequence[Visit], complete: int) -> int | None:
    """The place of the first visit after a complete response that has target lesions again."""
    later = range(complete + 1, len(visits))
    return next((index for index in later if visits[index].target in ("PR", "SD", "PD")), None)
