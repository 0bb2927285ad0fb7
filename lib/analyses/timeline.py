"""One patient's course: all that happened, with its reasons, and the rows of the spreadsheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from lib.analyses import patients
from lib.analyses.memory import FOLLOWED, SHOWN_BY, reads
from lib.analyses.patients import Lane, LeftOut
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, of_rows
from lib.cohort import Cohort
from lib.recist import Course, Duration, Visit
from lib.recist.measurements import Scan, Scans
from lib.recist.rules import mm
from lib.schema import MONTH, TABLES, Column, Endpoint, Level

Rows = tuple[tuple[str, int], ...]  # tables and rows of the spreadsheet

_DAYS_OF = {
    "procedures": "procedure_date",
    "adverse_events": "date",
}
_BEGINS = ("first_procedure_date", "first_hai_date", "first_tace_date")
"""Told once where the table of procedures has the day."""
_DAYS = (
    "diagnosis_date",
    "liver_mets_date",
    "end_systemic_date",
    "first_procedure_date",
    "first_hai_date",
    "first_tace_date",
    "progression_date",
    "hepatic_progression_date",
    "extrahepatic_progression_date",
    "new_therapy_date",
    "last_contact_date",
    "death_date",
)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to the patient."""

    on: date | None  # none where the spreadsheet has no date
    months: float  # from the first procedure; nan where one of the two days is unknown
    # A table, ``procedures``, ``assessments`` or ``adverse_events``, or a date column of the
    # patients' sheet.
    kind: str
    # What the spreadsheet says of it: codes of levels, or its own words.
    details: tuple[tuple[Column, str], ...]
    rows: Rows  # where it stands in the spreadsheet
    visit: Visit | None = None  # what an assessment after the first procedure shows


@dataclass(frozen=True, slots=True)
class Ended:
    """The patient's way to one endpoint."""

    endpoint: Endpoint
    months: float  # nan where the patient is set aside
    # event, competing: whether the endpoint's own event ended it, or what competes with that
    event: bool
    competing: bool
    ended_by: str  # the column that ended it
    reason: str  # why the patient is set aside, by its code; '' otherwise


@dataclass(frozen=True, slots=True)
class LesionSizes:
    """The size of one lesion at each scan: months and mm; nan where it was not measured."""

    name: str
    organ: str
    target: bool
    months: tuple[float, ...]
    sizes: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """All that is known of one patient."""

    provenance: Provenance
    patient_id: str
    row: int  # in the patients' sheet; 0 where that is not known
    # The modality and the best response, as far as they are known.
    known: tuple[tuple[Column, Level], ...]
    lane: Lane | None  # as of the swimmer plot
    not_drawn: str  # why there is no lane, an `N_` template
    course: Course | None  # what the patient's measurements show
    happenings: tuple[Happening, ...]  # in the order of dates, undated ones last
    lesions: tuple[LesionSizes, ...]
    ends: tuple[Ended, ...]
    response: Duration | None  # how long the response lasted. None without one.

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The assessments after the first procedure."""
        return self.course.visits if self.course else ()


@reads(*SHOWN_BY, *FOLLOWED)
@of_rows
def timeline(study: Study, patient_id: str) -> Timeline:
    """Gather the course of one patient under study.

    Raises `KeyError` if the patient is not under study.
    """
    cohort = study.cohort
    index = _place(cohort, patient_id)
    alone = cohort.where(np.arange(len(cohort)) == index)
    lane = patients.lane(study, index)
    course = study.measured.courses.get(patient_id)
    row = int(cohort.patients["row"].iloc[index]) if "row" in cohort.patients else 0
    death = cohort.dates("death_date").iloc[index]
    happenings = sorted(_happenings(alone, course, row), key=_by_day)
    return Timeline(
        study.provenance,
        patient_id,
        row,
        tuple(_known(cohort, index)),
        lane if isinstance(lane, Lane) else None,
        lane.reason if isinstance(lane, LeftOut) else "",
        course,
        tuple(happenings),
        tuple(_lesions(alone, patient_id)),
        tuple(_ends(study, index)),
        course.duration_of_response(None if pd.isna(death) else death.date()) if course else None,
    )


def _known(cohort: Cohort, index: int) -> Iterator[tuple[Column, Level]]:
    for name in ("modality", "best_response"):
        if cohort.known(name):
            groups = cohort.by(name)
            if groups.codes[index] >= 0:
                yield groups.column, groups.levels[groups.codes[index]]


def _place(cohort: Cohort, patient_id: str) -> int:
    found = np.flatnonzero((cohort.patients["patient_id"] == patient_id).to_numpy(bool))
    if not len(found):
        raise KeyError(patient_id)
    return int(found[0])


def _by_day(happening: Happening) -> tuple[bool, date]:
    return happening.on is None, happening.on or date.max


def _happenings(cohort: Cohort, course: Course | None, row: int) -> Iterator[Happening]:
    start = cohort.dates("first_procedure_date").iloc[0]
    done = list(_of_tables(cohort, start))
    yield from done
    days = {happening.on for happening in done if happening.kind == "procedures"}
    death = cohort.dates("death_date").iloc[0]
    for name in _DAYS:
        day = cohort.dates(name).iloc[0]
        again = name in _BEGINS and pd.notna(day) and day.date() in days
        if pd.isna(day) or again or (name == "last_contact_date" and day == death):
            continue
        # a derived date of progression is that of an assessment, which has its own rows
        rows = _rows_of(course, day, name) or ((("patients", row),) if row else ())
        yield Happening(day.date(), _months(start, day), name, (), rows)
    yield from _scans(cohort, course, start)


def _of_tables(cohort: Cohort, start: Any) -> Iterator[Happening]:
    for table in ("procedures", "adverse_events"):
        if table in cohort.tables:
            yield from _of_table(table, cohort.tables[table], start)


def _rows_of(course: Course | None, day: Any, name: str) -> Rows:
    if course is None or "progression" not in name:
        return ()
    return next((visit.rows for visit in course.visits if visit.date == day.date()), ())


def _of_table(table: str, frame: pd.DataFrame, start: Any) -> Iterator[Happening]:
    for row in frame.to_dict("records"):
        day = row.get(_DAYS_OF[table])
        known = day is not None and pd.notna(day)
        place = ((table, int(row["row"])),) if row.get("row") else ()
        yield Happening(
            day.date() if known and day is not None else None,
            _months(start, day) if known else nan,
            table,
            _details(table, row),
            place,
        )


def _details(table: str, row: Mapping[Any, Any]) -> tuple[tuple[Column, str], ...]:
    """The cells of a row that are neither its patient nor its dates."""
    return tuple(
        (column, str(row[name]))
        for name, column in TABLES[table].items()
        if column.kind not in ("id", "date") and name in row and pd.notna(row[name])
    )


def _scans(cohort: Cohort, course: Course | None, start: Any) -> Iterator[Happening]:
    """Each date on which something was assessed, whatever table says so."""
    visits = {visit.date: visit for visit in course.visits} if course else {}
    told = cohort.tables.get("assessments")
    details: dict[date, tuple[tuple[Column, str], ...]] = {}
    if told is not None and "assessment_date" in told:
        for row in told.to_dict("records"):
            if pd.isna(row["assessment_date"]):
                place = ((("assessments", int(row["row"])),)) if row.get("row") else ()
                yield Happening(None, nan, "assessments", _details("assessments", row), place)
            else:
                details[row["assessment_date"].date()] = _details("assessments", row)
    name = str(cohort.patients["patient_id"].iloc[0])
    for scan in _seen(cohort, name):
        day = date.fromordinal(scan.day)
        months = _months(start, pd.Timestamp(day))
        yield Happening(
            day, months, "assessments", details.get(day, ()), scan.rows, visits.get(day)
        )


def _seen(cohort: Cohort, name: str) -> list[Scan]:
    return Scans(cohort).of(name)


def _lesions(cohort: Cohort, name: str) -> Iterator[LesionSizes]:
    """The sizes of each lesion that was measured at least once."""
    start = cohort.dates("first_procedure_date").iloc[0]
    sizes: dict[tuple[str, bool], list[tuple[float, float]]] = {}
    organs: dict[tuple[str, bool], str] = {}
    for scan in _seen(cohort, name):
        months = _months(start, pd.Timestamp(date.fromordinal(scan.day)))
        for target, among in ((True, scan.targets), (False, scan.others)):
            for lesion, parts in among.items():
                known = [part.size for part in parts if part.size is not None]
                whole = mm(sum(known)) if len(known) == len(parts) else nan
                sizes.setdefault((lesion, target), []).append((months, whole))
                organs.setdefault((lesion, target), parts[0].organ)
    for (lesion, target), points in sizes.items():
        at, found = zip(*points, strict=True)
        yield LesionSizes(lesion, organs[lesion, target], target, at, found)


def _ends(study: Study, index: int) -> Iterator[Ended]:
    """Each endpoint as the curves have it: what a file does not say depends on all patients."""
    for endpoint in study.endpoints:
        follow = study.follow(endpoint)
        by = str(follow.ended_by[index])
        event = bool(follow.event[index])
        competing = event and by in endpoint.competing
        yield Ended(
            endpoint,
            float(follow.months[index]),
            event and not competing,
            competing,
            by,
            str(follow.reason[index]),
        )


def _months(start: Any, day: Any) -> float:
    return nan if pd.isna(start) or pd.isna(day) else float((day - start).days / MONTH)
