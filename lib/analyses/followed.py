"""How a patient is followed to an endpoint under the plan: sites, missed scans, the clock."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from lib.cohort import Cohort
from lib.followup import NO_ORIGIN, UNDATED, FollowUp
from lib.language import N_, code_of
from lib.plan import Origin, Plan
from lib.recist import Course
from lib.schema import COLUMNS, ENDPOINTS, MONTH, TABLES, Endpoint
from lib.statistics.estimate import Bools, Floats

START: Origin = "first_procedure_date"
SCAN, DEATH = "last_assessment_date", "death_date"
PROGRESSION = "progression_date"
LIVER, ELSEWHERE = "hepatic_progression_date", "extrahepatic_progression_date"

_REPORTED = 14 / MONTH
"""Within so long of a scan progression is what that scan saw, and was written down later."""

MISSED_SCANS = N_("two scans were missed before the event", "two-scans-missed").code
NO_CLOCK = N_("no date for the clock to start at", "no-clock-start").code
CLOCK_LATER = N_("the clock would start after the first procedure", "clock-after-procedure").code
NEVER_AT_RISK = N_("followed for no time after the first procedure", "followed-no-time").code
BY_MONTHS = N_(
    "known in months alone, from an origin that the sheet does not state", "months-alone"
).code


def follow_up(
    cohort: Cohort, courses: Mapping[str, Course], plan: Plan, endpoint: Endpoint
) -> FollowUp:
    """Follow each patient to an endpoint, as the plan has it.

    `courses`: by patient, of those who were measured. `plan`: `plan.survival` has the rules. The
    clock of an endpoint with which others compete starts at the first procedure, whatever the
    plan's origin. `endpoint`: one that tells the site of progression takes progression that was
    recorded without a site for progression in the liver.
    """
    by_site = LIVER in endpoint.ends
    follow = (placed(cohort) if by_site else cohort).time_to_event(endpoint)
    if by_site:
        follow = _set_aside(follow, follow.used & progressed_undated(cohort), UNDATED)
    if plan.survival.missed_scans and SCAN in endpoint.last_seen:
        follow = _censored(follow, last_scan(cohort, courses, follow), _gap(plan))
    if plan.survival.origin != START and not endpoint.competing:
        follow = _from_origin(follow, cohort, plan.survival.origin, endpoint)
    return follow


def sites(cohort: Cohort, courses: Mapping[str, Course]) -> dict[str, Bools]:
    """(n,) bool arrays by name: whose progression has no plain site, as `survival.Sites` has it."""
    derived = np.array(
        [
            any(code_of(found.message) == "unplaced" for found in courses[name].findings)
            if name in courses
            else False
            for name in cohort.patients["patient_id"].tolist()
        ],
        bool,
    )
    liver, elsewhere = cohort.dates(LIVER), cohort.dates(ELSEWHERE)
    liver = liver.where(~_unplaced(cohort), cohort.dates(PROGRESSION))
    return {
        "unplaced": _unplaced(cohort) | derived,
        "together": np.asarray(liver == elsewhere, bool),
        "elsewhere_first": np.asarray(elsewhere.notna() & ~(liver <= elsewhere), bool),
    }


def unjudged(cohort: Cohort, courses: Mapping[str, Course], follow: FollowUp) -> Bools:
    """(n,) bool array: who had the event, and the file does not tell the last scan before it."""
    return follow.used & follow.event & np.isnan(last_scan(cohort, courses, follow))


def between(
    cohort: Cohort, courses: Mapping[str, Course], follow: FollowUp
) -> tuple[Floats, Floats, Bools]:
    """(n,) arrays: until when the event was not there, by when it was, and who has no dated scan.

    Progression lies between the last scan without it, or the first procedure, and the scan that saw
    it, which may be recorded some days after it; a death is on its day; without either a patient is
    known until the last scan. Whoever has no dated scan is taken as recorded.
    """
    end = follow.months + 1 / MONTH  # a scan on the last day is one without the event
    seen = np.where(follow.event, follow.months - _REPORTED, end)
    last = last_scan(cohort, courses, replace(follow, months=seen))
    exact = follow.event & (follow.ended_by == DEATH)
    unscanned = follow.used & np.isnan(last) & ~exact
    lower = np.where(exact | unscanned, follow.months, np.minimum(last, follow.months))
    return lower, np.where(follow.event, follow.months, np.inf), unscanned


def _unplaced(cohort: Cohort) -> Bools:
    """Whose first progression is dated, and its site is not."""
    first = np.fmin(cohort.event_months(LIVER), cohort.event_months(ELSEWHERE))
    progressed = cohort.event_months(PROGRESSION)
    return np.asarray((progressed < first) | (np.isnan(first) & ~np.isnan(progressed)), bool)


def placed(cohort: Cohort) -> Cohort:
    """Take progression of which nobody says where it was for progression in the liver."""
    unplaced = _unplaced(cohort)
    if LIVER not in cohort.patients or not unplaced.any():
        return cohort
    patients = cohort.patients.copy(deep=False)
    patients[LIVER] = patients[LIVER].where(~unplaced, patients[PROGRESSION])
    return replace(cohort, patients=patients)


def progressed_undated(cohort: Cohort) -> Bools:
    """Who progressed, on no day that is known."""
    dated = cohort.dates(PROGRESSION).notna()
    for name in (LIVER, ELSEWHERE):
        dated |= cohort.dates(name).notna()
    return np.asarray(cohort.has("progression", "yes") & ~dated.to_numpy(bool), bool)


def _set_aside(follow: FollowUp, aside: Bools, reason: str) -> FollowUp:
    return replace(
        follow,
        months=np.where(aside, np.nan, follow.months),
        event=follow.event & ~aside,
        reason=np.where(aside, reason, follow.reason),
    )


def _gap(plan: Plan) -> float:
    """Months without a scan in which two were due."""
    return 2 * plan.study.assessed_every


def _censored(follow: FollowUp, scans: Floats, gap: float) -> FollowUp:
    """Censor at the last scan whoever had the event after two that were missed."""
    missed = follow.used & follow.event & (follow.months - scans > gap + 1e-9)
    return replace(
        follow,
        months=np.where(missed, scans, follow.months),
        event=follow.event & ~missed,
        ended_by=np.where(missed, SCAN, follow.ended_by),
        rule=np.where(missed, MISSED_SCANS, ""),
    )


def last_scan(cohort: Cohort, courses: Mapping[str, Course], follow: FollowUp) -> Floats:
    """Months to the last evaluable scan before the end of follow-up, nan where unknown.

    The first procedure stands for a scan: whoever has dated scans, and none after it, was last seen
    then. Of whom no table dates a scan only the last one of all is known.
    """
    last = cohort.event_months(SCAN)
    scans = np.where(last < follow.months, last, np.nan)
    dated, used = scanned(cohort), follow.used.tolist()
    names = cohort.patients["patient_id"].tolist() if courses or dated else ()
    for at, name in enumerate(names):
        if used[at] and (name in courses or name in dated):
            months = _evaluable(courses[name]) if name in courses else dated[name]
            scans[at] = max((month for month in months if month < follow.months[at]), default=0.0)
    return np.maximum(scans, 0.0)


def _evaluable(course: Course) -> list[float]:
    return [visit.day / MONTH for visit in course.visits if visit.response != "NE"]


def scanned(cohort: Cohort) -> dict[str, list[float]]:
    """Months to each assessment that the tables date, by patient."""
    frames = [
        frame[["patient_id", "assessment_date"]].dropna()
        for name in ("assessments", "lesions")
        if "assessment_date" in (frame := cohort.tables.get(name, pd.DataFrame()))
    ]
    days = pd.concat(frames) if frames else pd.DataFrame()
    if days.empty:
        return {}
    began = pd.Series(cohort.dates(START).to_numpy(), index=cohort.patients["patient_id"])
    months = (days["assessment_date"] - days["patient_id"].map(began)).dt.days / MONTH
    return {str(name): each.tolist() for name, each in months.groupby(days["patient_id"])}


def _from_origin(follow: FollowUp, cohort: Cohort, origin: str, endpoint: Endpoint) -> FollowUp:
    """Start the clock at another date; patients come under observation at the first procedure."""
    lead = -cohort.event_months(origin)
    code = np.select(
        [
            follow.reason != "",
            follow.ended_by == endpoint.months,
            np.isnan(lead),
            lead < 0,
            (lead > 0) & (follow.months == 0),
        ],
        [0, 1, 2, 3, 4],
        5,
    )
    why = np.array(["", BY_MONTHS, NO_CLOCK, CLOCK_LATER, NEVER_AT_RISK, ""], object)[code]
    used = code == 5
    return replace(
        follow,
        months=np.where(used, follow.months + lead, np.nan),
        event=follow.event & used,
        reason=np.where(code == 0, follow.reason, why),
        entry=np.where(used, lead, np.nan),
    )


def with_last_dates(cohort: Cohort, follow: FollowUp) -> FollowUp | None:
    """Overall survival with the living who are left out, censored at the last date known of each.

    `follow`: to death, from the first procedure. Gives none where nobody is left out alive of whom
    the file holds a date after the first procedure.
    """
    if follow.told is None or follow.entry is not None or not follow.used.any():
        return None
    alive = (follow.told == "no") & ~follow.used & (follow.reason != NO_ORIGIN)
    months = last_known(cohort) if alive.any() else np.zeros(len(cohort))
    back = alive & (months > 0)
    if not back.any():
        return None
    return replace(
        follow,
        months=np.where(back, months, follow.months),
        event=follow.event & ~back,
        reason=np.where(back, "", follow.reason).astype(object),
    )


def last_known(cohort: Cohort) -> Floats:
    """(n,) float array: months from the first procedure to the last date that the file holds.

    Of whatever was seen of a patient alive, in any table; nan where nothing is dated.
    """
    last = pd.Series(pd.NaT, index=cohort.patients.index, dtype="datetime64[s]")
    for name, column in COLUMNS.items():
        if column.kind == "date" and name not in ENDPOINTS["OS"].events:
            last = pd.concat([last, cohort.dates(name)], axis=1).max(axis=1)
    for table, frame in cohort.tables.items():
        for name, column in TABLES[table].items():
            if column.kind == "date" and name in frame:
                latest = frame.groupby("patient_id")[name].max().to_dict()
                seen = pd.to_datetime(cohort.patients["patient_id"].map(latest))
                last = pd.concat([last, seen], axis=1).max(axis=1)
    days = (last - cohort.dates("first_procedure_date")).dt.days
    return np.asarray(days.to_numpy(np.float64, na_value=np.nan) / MONTH)
