"""How long responses and stable disease lasted, among those who had them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from lib.analyses import survival
from lib.analyses.counted import ALL
from lib.analyses.courses import assessed_twice, best_of
from lib.analyses.memory import CURVES, reads
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, of_rows
from lib.analyses.survival import GroupSurvival
from lib.cohort import Cohort
from lib.followup import DOUBTED, UNDATED
from lib.language import N_, Template, template
from lib.recist import Course, Duration
from lib.schema import ENDPOINTS, MONTH, Endpoint
from lib.statistics.life_table import TimeToEvent, count

RESPONSE = Endpoint(
    "DoR", N_("Duration of response", "duration-of-response"), events=(), last_seen=()
)
STABLE = Endpoint(
    "DoSD", N_("Duration of stable disease", "duration-of-stable-disease"), events=(), last_seen=()
)
DOUBTFUL = (UNDATED, *DOUBTED)
"""Reasons for which nobody can say when a patient without progression died."""


@dataclass(frozen=True, slots=True, eq=False)
class Lasting:
    """How long something lasted, of those who had it."""

    endpoint: Endpoint  # names it
    group: GroupSurvival  # those who had it; without a curve where they are too few
    # Patients by what ended it: progression, death, or censored at the last evaluable assessment.
    ended_by: Mapping[str, int]
    set_aside: Mapping[Template, int]  # patients who had it and are not counted, by the reason


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """Duration of response and of stable disease in the patients under study."""

    provenance: Provenance
    # From the first CR or PR, of a confirmed response where the plan asks for one.
    response: Lasting
    stable: Lasting  # from the first procedure, of those whose best response is SD
    ticks: tuple[float, ...]  # months at which the table under the curve counts


@dataclass(frozen=True, slots=True)
class _Followed:
    """A patient's course, and what the patient's row knows of its end."""

    course: Course
    death: date | None
    doubt: str


@reads(*CURVES)
@of_rows
def of_responses(study: Study) -> Durations | None:
    """Estimate how long responses lasted; None where responses are not derived.

    A response ends with progression or death, and is censored at the last evaluable assessment.
    Stable disease likewise, counted from the first procedure.

    `study`: `study.plan.response` says whether a response must be confirmed.
    """
    if not study.measured.derived:
        return None
    choices, patients = study.plan.response, _followed(study)
    several = assessed_twice(study.measured.courses)
    responded = [each for each in patients if each.course.response_date]
    stable = [
        each for each in patients if several and best_of(each.course, choices).response == "SD"
    ]
    lasting = _lasting(RESPONSE, responded, Course.duration_of_response, study)
    return Durations(
        study.provenance,
        lasting,
        _lasting(STABLE, stable, _of_stable, study),
        survival.ticks(lasting.group),
    )


def _of_stable(course: Course, death: date | None) -> Duration | None:
    """As of a response, from the first procedure on."""
    return replace(course, response_date=course.start).duration_of_response(death)


def _followed(study: Study) -> list[_Followed]:
    """The measured patients; a recorded progression after the last assessment ends it as well."""
    cohort, courses = study.cohort, study.derivation().courses
    liver = study.plan.response.profile == "liver-only progression"
    progressed = _days(cohort, "hepatic_progression_date" if liver else "progression_date")
    names = cohort.patients["patient_id"].tolist()
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    ends = zip(follow.event.tolist(), follow.months.tolist(), follow.reason.tolist(), strict=True)
    found = []
    for name, later, (died, months, why) in zip(names, progressed, ends, strict=True):
        course = courses.get(name)
        start = course.start if course else None
        if course is None or start is None:
            continue
        if course.progression_date is None and later and later > course.visits[-1].date:
            course = replace(course, progression_date=later)
        death = start + timedelta(days=round(months * MONTH)) if died else None
        found.append(_Followed(course, death, why if why in DOUBTFUL else ""))
    return found


def _days(cohort: Cohort, name: str) -> list[date | None]:
    dates = cohort.dates(name)
    return [day.date() if known else None for day, known in zip(dates, dates.notna(), strict=True)]


def _lasting(
    endpoint: Endpoint,
    patients: Sequence[_Followed],
    measure: Callable[[Course, date | None], Duration | None],
    study: Study,
) -> Lasting:
    months, events = [], []
    ended: dict[str, int] = {}
    aside: dict[Template, int] = {}
    for each in patients:
        if each.doubt and not each.course.progression_date:
            why = template(each.doubt)
            aside[why] = aside.get(why, 0) + 1
            continue
        lasted = measure(each.course, each.death)
        assert lasted is not None, "whoever responded was evaluable"
        months.append(lasted.days / MONTH)
        events.append(lasted.event)
        ended[lasted.ended_by] = ended.get(lasted.ended_by, 0) + 1
    data = TimeToEvent(np.array(months, np.float64), np.array(events, np.int8))
    group = (
        survival.estimated(ALL, count(data, groups=("all",)), study.plan)
        if months
        else GroupSurvival(ALL, 0, 0)
    )
    return Lasting(endpoint, group, ended, aside)
