"""Follow-up that knows one outcome alone, or one rather than the other: what may be said of it."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lib.analyses.memory import FOLLOWED, reads
from lib.analyses.study import Study, of_rows
from lib.followup import NO_EVENT_TIMED, ONE_SIDED
from lib.language import Template, template
from lib.schema import Endpoint
from lib.written import INSIDE


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """An endpoint that some patients have a time for, and of which no curve is drawn."""

    endpoint: Endpoint
    reason: Template  # an `N_` template
    left_out: int  # the patients of the outcome of which no time is known
    # Codes of the patients whose time is known, the shortest first.
    patients: Annotated[tuple[str, ...], INSIDE]
    months: tuple[float, ...]  # the time of each
    happened: bool  # whether these are the patients with the event


@reads(*FOLLOWED)
@of_rows
def refused(study: Study) -> tuple[Refused, ...]:
    """The endpoints of which all times that are known belong to one outcome."""
    found = []
    for endpoint in study.cohort.endpoints:
        follow = study.cohort.time_to_event(endpoint)
        whose = np.isin(follow.reason, ONE_SIDED)
        if not whose.any():
            continue
        reason = follow.reason[whose][0]
        happened = reason != NO_EVENT_TIMED
        left_out, _there = follow.left_out("no" if happened else "yes")
        order = np.flatnonzero(whose)[np.argsort(follow.months[whose], kind="stable")]
        patients = tuple(study.cohort.patients["patient_id"].iloc[order].astype(str))
        months = tuple(follow.months[order].tolist())
        found.append(Refused(endpoint, template(reason), left_out, patients, months, happened))
    return tuple(found)
