"""Every patient as a bar, a line or a lane: how far lesions changed, and what happened when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isnan, nan
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from lib.analyses.counted import ALL, NO_VALUE
from lib.analyses.followed import last_known, scanned
from lib.analyses.memory import SHOWN_BY, reads
from lib.analyses.provenance import Provenance
from lib.analyses.states import died_by
from lib.analyses.study import Study, of_rows
from lib.cohort import Cohort
from lib.followup import DOUBTED
from lib.language import N_, template
from lib.recist import Course, Visit
from lib.recist.best import NOT_ASSESSED
from lib.schema import ENDPOINTS, MONTH, RESPONSE_MONTHS, Column, Level

Order = Literal["change", "follow-up", "group"]
Sort = Literal["follow-up", "response", "end", "change"]
"""The orders in which a registry turns the pages of its patients."""

NO_BASELINE_SUM = N_("no sum of diameters at baseline")
NO_SUM = N_("no sum of diameters after the first procedure, up to progression")
NO_SUM_AT_ALL = N_("no sum of diameters after the first procedure")
INCOMPLETE = N_("not all target lesions were measured at any assessment up to progression")
NEVER_COMPLETE = N_("not all target lesions were measured at any assessment")

# How progression shows, each an `N_` template
GREW = N_("the sum grew over its nadir")
NEW_LESION = N_("new lesion")
NONTARGET = N_("non-target lesions")
BY_LETTER = N_("recorded without measurements")

# What ends a lane, by its code
DEATH = N_("died", "ended-died").code
ALIVE = N_("alive at last contact", "ended-alive").code
LOST = N_("lost to follow-up", "ended-lost").code
NO_START = N_("no date of first procedure", "no-start")
UNDATED_DEATH = N_("died, day not known", "ended-died-undated").code
LAST_KNOWN = N_("last known of; not said whether alive", "ended-last-known").code
ENDS = (DEATH, UNDATED_DEATH, LOST, ALIVE, LAST_KNOWN)
"""Of several the first holds, and the last where none does."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A patient who is not drawn, and why: an `N_` template."""

    patient_id: str
    reason: str
    level: Level


@dataclass(frozen=True, slots=True)
class Bar:
    """The best change of one patient's sum of diameters."""

    patient_id: str
    level: Level  # of the grouping column
    change: float  # the lowest from baseline up to progression, as a fraction
    months: float  # when it was reached
    best: str  # the best response that the plan counts; '' where there is none
    progression: float  # months to the first assessment that shows progression; nan where none does
    signs: tuple[str, ...]  # how that one shows it, `N_` templates
    followed: float  # months of follow-up; nan where unknown
    # Whether the file gives the change itself, and no measurements: when it was reached, and how
    # progression showed, is not known.
    given: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One assessment of a line."""

    months: float
    change: float  # of the sum from baseline, as a fraction; nan unless all targets were measured
    height: float  # where the assessment is drawn: its change, else the last one that is known
    response: str  # of the assessment alone, by its measurements; '' at baseline
    new_lesion: bool
    progression: bool  # whether it is the first that shows progression


@dataclass(frozen=True, slots=True)
class Line:
    """The change of one patient's sum of diameters over time, from baseline on."""

    patient_id: str
    level: Level
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a patient."""

    # ``procedure``, ``baseline``, ``assessment``, ``response`` (the first), ``progression``;
    # ``hepatic`` and ``extrahepatic`` progression, where their day is not that of the former.
    kind: str
    months: float  # from the first procedure
    # The modality of a procedure, the letter of an assessment; '' where there is none.
    code: str = ""
    nominal: bool = False  # whether only the time that the letter is for is known, and not its day


@dataclass(frozen=True, slots=True)
class Lane:
    """One patient from the first procedure to death or last contact."""

    patient_id: str
    level: Level
    followed: float  # months to the end of the lane
    end: str  # what ends it, an `N_` template
    marks: tuple[Mark, ...]  # in the order of months
    change: float = nan  # as of a `Bar`; nan where there is none

    @property
    def outside(self) -> tuple[Mark, ...]:
        """What lies beyond the lane: after its end, or a procedure before the first."""
        day = 0.5 / MONTH
        return tuple(
            mark
            for mark in self.marks
            if mark.months > self.followed + day
            or (mark.kind == "procedure" and mark.months < -day)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Waterfall:
    """The best change of every patient, or why there is none."""

    provenance: Provenance
    column: Column | None  # the grouping column
    levels: tuple[Level, ...]  # in display order
    bars: tuple[Bar, ...]  # from the largest growth to the largest shrinkage
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spider:
    """The change of every patient over time; see `Waterfall`."""

    provenance: Provenance
    column: Column | None
    levels: tuple[Level, ...]
    lines: tuple[Line, ...]  # in the order of the file
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Swimmer:
    """The course of every patient in time; see `Waterfall`."""

    provenance: Provenance
    column: Column | None
    levels: tuple[Level, ...]
    lanes: tuple[Lane, ...]  # from the longest to the shortest
    left_out: tuple[LeftOut, ...]
    undated: int  # procedures and assessments of these patients that have no date and are not drawn


Place = tuple[float, float, int]
"""Where a patient stands in an order: by what it is of, by follow-up, by the patient's number."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Some patients of many, in an order; nothing is known of where the others stand."""

    provenance: Provenance
    sort: Sort
    first: int  # so many stand before them
    swimmer: Swimmer  # lanes and those left out are of this page alone
    waterfall: Waterfall  # of whom a change is given
    best: tuple[tuple[str, str], ...]  # in the order: each patient, and the best response
    following: Place | None  # the last of them, where others follow


Drawn = TypeVar("Drawn", Bar, Lane)


@reads(*SHOWN_BY)
@of_rows
def waterfall(study: Study) -> Waterfall:
    """Find the best change of each patient's sum of diameters, up to progression.

    That of the measurements; else, as the file gives it.
    """
    column, levels, of = _grouped(study)
    best = _texts(study.cohort, "best_response")
    followed, _end, _reason = _ends(study)
    given = _given_change(study.cohort)
    bars, left_out = [], []
    for index, (name, course) in enumerate(_courses(study)):
        why = _no_change(study, index, course)
        if (why or course is None) and not isnan(given[index]):
            known = best[index], nan, (), followed[index], True
            bars.append(Bar(name, of[index], given[index], nan, *known))
            continue
        if why or course is None:
            left_out.append(LeftOut(name, why, of[index]))
            continue
        reached = _best_visit(course)
        progression = _progression(course)
        bars.append(
            Bar(
                name,
                of[index],
                float(reached.change or 0),
                reached.day / MONTH,
                best[index],
                progression.day / MONTH if progression else nan,
                signs_of(progression) if progression else (),
                followed[index],
            )
        )
    return Waterfall(
        study.provenance, column, levels, arranged(bars, "change", levels), tuple(left_out)
    )


@reads(*SHOWN_BY)
@of_rows
def spider(study: Study) -> Spider:
    """Follow the change of each patient's sum of diameters from baseline on."""
    column, levels, of = _grouped(study)
    lines, left_out = [], []
    for index, (name, course) in enumerate(_courses(study)):
        why = _no_change(study, index, course, ever=True)
        if why or course is None:
            left_out.append(LeftOut(name, why, of[index]))
        else:
            lines.append(Line(name, of[index], _points(course)))
    return Spider(study.provenance, column, levels, tuple(lines), tuple(left_out))


@reads(*SHOWN_BY)
@of_rows
def swimmer(study: Study) -> Swimmer:
    """Lay out what happened to each patient, and when, from the first procedure on.

    Dates of the patients' sheet alone suffice; tables of procedures and assessments add to it.
    """
    column, levels, of = _grouped(study)
    found = _Lanes(of, *_ends(study))
    marks, undated = _marks(study)
    drawn = [found.at(index, *each, marks[index]) for index, each in enumerate(_courses(study))]
    lanes = [each for each in drawn if isinstance(each, Lane)]
    left_out = tuple(each for each in drawn if isinstance(each, LeftOut))
    return Swimmer(
        study.provenance, column, levels, arranged(lanes, "follow-up", levels), left_out, undated
    )


def lane(study: Study, index: int) -> Lane | LeftOut:
    """The lane of one patient, by the place in the cohort, or why there is none."""
    _column, _levels, of = _grouped(study)
    alone = replace(study, cohort=study.cohort.where(np.arange(len(study.cohort)) == index))
    ((marks,), _undated) = _marks(alone)
    ((name, course),) = _courses(alone)
    return _Lanes(of, *_ends(study)).at(index, name, course, marks)


class _Lanes(NamedTuple):
    """What is known of all patients' lanes: groups, months, what ends them, why there is none."""

    levels: list[Level]
    followed: list[float]
    ends: list[str]
    reasons: list[str]

    def at(
        self, index: int, name: str, course: Course | None, marks: tuple[Mark, ...]
    ) -> Lane | LeftOut:
        if self.reasons[index]:
            return LeftOut(name, template(self.reasons[index]), self.levels[index])
        change = nan if course is None or course.best_change is None else course.best_change
        level, end = self.levels[index], self.ends[index]
        return Lane(name, level, self.followed[index], end, marks, change)


def arranged(
    drawn: Iterable[Drawn], order: Order, levels: Sequence[Level], within: Order = "change"
) -> tuple[Drawn, ...]:
    """Put patients in an order; in one by group, those of a group in the order `within` it.

    By change from growth to shrinkage, by follow-up from long to short; unknown last, and equal
    ones as they were.
    """
    place = {level.code: index for index, level in enumerate(levels)}

    def key(one: Drawn) -> tuple[Any, ...]:
        value = (
            one.followed if (within if order == "group" else order) == "follow-up" else one.change
        )
        group = place.get(one.level.code, len(place)) if order == "group" else 0
        return group, isnan(value), 0.0 if isnan(value) else -value

    return tuple(sorted(drawn, key=key))


def letter(whence: Provenance, visit: Visit) -> str:
    """The response of an assessment that the plan counts: derived, or as recorded."""
    return visit.response if whence.derived else visit.recorded


def signs_of(visit: Visit) -> tuple[str, ...]:
    """How an assessment shows progression, `N_` templates."""
    shown = (
        (visit.target == "PD", GREW),
        (visit.new_lesion, NEW_LESION),
        (visit.nontarget == "PD", NONTARGET),
    )
    return tuple(sign for seen, sign in shown if seen) or (BY_LETTER,)


# Groups, courses, ends ------------------------------------------------------------------------


def _grouped(study: Study) -> tuple[Column | None, tuple[Level, ...], list[Level]]:
    """The plan's grouping column, its levels, and the level of each patient."""
    name = study.plan.study.by
    if not study.cohort.known(name):
        return None, (ALL,), [ALL] * len(study.cohort)
    groups = study.groups(name)
    nothing = replace(NO_VALUE, of=groups.column)
    of = [groups.levels[code] if code >= 0 else nothing for code in groups.codes.tolist()]
    levels = (*groups.levels, nothing) if nothing in of else groups.levels
    return groups.column, levels, of


def _courses(study: Study) -> list[tuple[str, Course | None]]:
    names = study.cohort.patients["patient_id"].tolist()
    return [(name, study.measured.courses.get(name)) for name in names]


def _texts(cohort: Cohort, name: str) -> list[str]:
    if name not in cohort.patients:
        return [""] * len(cohort)
    return [str(each) for each in cohort.patients[name].fillna("").tolist()]


def _given_change(cohort: Cohort) -> list[float]:
    """The best change of each patient that the file gives, as a fraction; nan where it does not."""
    if "best_change_pct" not in cohort.patients:
        return [nan] * len(cohort)
    return [float(each) / 100 for each in cohort.patients["best_change_pct"].fillna(nan).tolist()]


def _progression(course: Course) -> Visit | None:
    return next((visit for visit in course.visits if visit.response == "PD"), None)


def _until(course: Course) -> list[Visit]:
    """The assessments up to the first that shows progression."""
    end = course.progression_date or date.max
    return [visit for visit in course.visits if visit.date <= end]


def _best_visit(course: Course) -> Visit:
    measured = [visit for visit in _until(course) if visit.change is not None]
    return min(measured, key=lambda visit: visit.change or 0)


def _no_change(study: Study, index: int, course: Course | None, ever: bool = False) -> str:
    """Why no change of a patient's sum is known, an `N_` template; '' where one is.

    Up to progression, or `ever`.
    """
    if course is None:
        dated = pd.notna(study.cohort.dates("first_procedure_date").iloc[index])
        return NOT_ASSESSED if dated else NO_START
    if not course.baseline:
        return NO_BASELINE_SUM
    visits = course.visits if ever else _until(course)
    if any(visit.change is not None for visit in visits):
        return ""
    if all(visit.sum is None for visit in visits):
        return NO_SUM_AT_ALL if ever else NO_SUM
    return NEVER_COMPLETE if ever else INCOMPLETE


def _points(course: Course) -> tuple[Point, ...]:
    begun = course.start and course.baseline_date
    before = (course.baseline_date - course.start).days if begun else 0  # type: ignore[operator]
    points = [Point(before / MONTH, 0.0, 0.0, "", False, False)]
    progression = _progression(course)
    for visit in course.visits:
        change = nan if visit.change is None else float(visit.change)
        height = points[-1].height if isnan(change) else change
        points.append(
            Point(
                visit.day / MONTH,
                change,
                height,
                visit.response,
                visit.new_lesion,
                visit is progression,
            )
        )
    return tuple(points)


def _ends(study: Study) -> tuple[list[float], list[str], list[str]]:
    """For each patient the months of follow-up, what ends it, and why there is none."""
    cohort = study.cohort
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    dead, lost = died_by(cohort, 0), cohort.has("vital_status", "lost")
    latest = last_known(cohort)
    latest[latest < 0] = nan
    refused = np.isin(follow.reason, DOUBTED)
    unknown = ~follow.used & (refused | np.isnan(latest))
    reasons = np.where(unknown, follow.reason, "")
    without = cohort.dates("first_procedure_date").isna().to_numpy()
    reasons = np.where(unknown & without & ~refused, NO_START.code, reasons)
    months = np.where(unknown, nan, np.where(follow.used, follow.months, latest))
    ends = np.select([follow.used & follow.event, dead, lost, follow.used], [*ENDS[:-1]], ENDS[-1])
    return months.tolist(), ends.tolist(), reasons.tolist()


# Marks of a lane ------------------------------------------------------------------------------


def _marks(study: Study) -> tuple[list[tuple[Mark, ...]], int]:
    """For each patient what happened, in the order of months; and what has no date."""
    procedures, undated = _procedures(study)
    assessments, undated_too = _assessments(study)
    progressions = _progressions(study.cohort)
    marks = [
        tuple(sorted((*done, *seen, *worse), key=lambda mark: mark.months))
        for done, seen, worse in zip(procedures, assessments, progressions, strict=True)
    ]
    return marks, undated + undated_too


def _procedures(study: Study) -> tuple[list[list[Mark]], int]:
    """Of the table of procedures; of whom it has none, the first ones of the patients' sheet."""
    cohort = study.cohort
    starts = cohort.dates("first_procedure_date").tolist()
    names = cohort.patients["patient_id"].tolist()
    found: list[list[Mark]] = [[] for _name in names]
    frame, undated = cohort.tables.get("procedures"), 0
    if frame is not None and "procedure_date" in frame:
        place = {name: index for index, name in enumerate(names)}
        kinds = frame["modality"].fillna("").tolist() if "modality" in frame else [""] * len(frame)
        dates = frame["procedure_date"].tolist()
        for name, day, kind in zip(frame["patient_id"], dates, kinds, strict=True):
            undated += pd.isna(day)
            months = _months(starts[place[name]], day) if name in place else nan
            if not isnan(months):
                found[place[name]].append(Mark("procedure", months, kind))
    modality = _texts(cohort, "modality")
    hai, tace = cohort.event_months("first_hai_date"), cohort.event_months("first_tace_date")
    for index, marks in enumerate(found):
        if not marks:
            marks += first_of_each(float(hai[index]), float(tace[index]), modality[index])
    return found, undated


def first_of_each(hai: float, tace: float, kind: str) -> list[Mark]:
    """The first procedures of a patient of whom no other is dated; `kind`: of the very first."""
    marks = [Mark("procedure", at, of) for of, at in (("HAI", hai), ("TACE", tace)) if at == at]
    return marks if not all(m.months for m in marks) else [*marks, Mark("procedure", 0.0, kind)]


def by_letter(letters: Mapping[int, str], died: float) -> list[Mark]:
    """The letters of fixed times; a PD for a time after the death is the death."""
    return [
        Mark("assessment", float(months), letter, nominal=True)
        for months, letter in letters.items()
        if letter and not (letter == "PD" and months > died)
    ]


def _assessments(study: Study) -> tuple[list[list[Mark]], int]:
    """Dated assessments and the first response; else the letters of fixed times, at those.

    A PD for a time after the death is the death, which has a sign of its own. Of whom no assessment
    shows anything the days of assessments stand beside the letters.
    """
    cohort, dated = study.cohort, scanned(study.cohort)
    letters = {months: _texts(cohort, f"response_{months}m") for months in RESPONSE_MONTHS}
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    died = np.where(follow.used & follow.event, follow.months, np.inf).tolist()
    found: list[list[Mark]] = []
    for index, (name, course) in enumerate(_courses(study)):
        if course is None:
            said = by_letter({at: words[index] for at, words in letters.items()}, died[index])
            days = [Mark("assessment", month, "") for month in dated.get(name, ()) if month > 0]
            found.append(said + days)
            continue
        seen = [
            Mark("assessment", v.day / MONTH, letter(study.provenance, v)) for v in course.visits
        ]
        if course.baseline_date and course.start:
            before = (course.baseline_date - course.start).days / MONTH
            seen.insert(0, Mark("baseline", before))
        responded = _first_response(study, course)
        if responded is not None:
            seen.append(
                Mark("response", responded.day / MONTH, letter(study.provenance, responded))
            )
        found.append(seen)
    frame = cohort.tables.get("assessments")
    if frame is None or "assessment_date" not in frame:
        return found, 0
    return found, int(frame["assessment_date"].isna().sum())


def _first_response(study: Study, course: Course) -> Visit | None:
    """The first assessment with the response that the plan counts."""
    if study.measured.derived:
        return next((v for v in course.visits if v.date == course.response_date), None)
    return next((v for v in course.visits if v.recorded in ("CR", "PR")), None)


PROGRESSIONS = {
    "progression": "progression_date",
    "hepatic": "hepatic_progression_date",
    "extrahepatic": "extrahepatic_progression_date",
}
"""The kinds of marks, and what dates them."""


def _progressions(cohort: Cohort) -> list[list[Mark]]:
    """Progression as the plan dates it; in the liver and outside it where that is another day."""
    months = [cohort.event_months(name).tolist() for name in PROGRESSIONS.values()]
    return [progressions(each) for each in zip(*months, strict=True)]


def progressions(months: Sequence[float]) -> list[Mark]:
    """Marks of the months to each of `PROGRESSIONS`, nan where there is none."""
    return [
        Mark(kind, at)
        for kind, at in zip(PROGRESSIONS, months, strict=True)
        if not isnan(at) and (kind == "progression" or at != months[0])
    ]


def _months(start: Any, day: Any) -> float:
    """Months from a start to a day; nan where either is unknown."""
    if pd.isna(start) or pd.isna(day):
        return nan
    return float((day - start).days / MONTH)
