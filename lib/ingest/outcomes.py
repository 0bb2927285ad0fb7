"""What the times of a cohort leave out: all who died, or all who did not; and nobody censored."""

from collections.abc import Iterator

import numpy as np

from lib.cohort import Cohort, Finding
from lib.followup import NO_EVENT_TIMED, ONE_SIDED
from lib.ingest.sentences import finding
from lib.ingest.tables import Frame

_FEW = 10  # patients from which it is unusual that everyone has the event


def nobody_censored(cohort: Cohort, patients: Frame, sheet: str) -> Iterator[Finding]:
    """Tell of each endpoint whose column of the event says that it happened to everyone."""
    for endpoint in cohort.endpoints:
        told = cohort.time_to_event(endpoint).told
        columns = (endpoint.event, "vital_status") if endpoint.code == "OS" else (endpoint.event,)
        name = next((each for each in columns if each in patients.headers), "")
        if name and told is not None and len(told) >= _FEW and (told == "yes").all():
            yield finding(
                "warning",
                "nobody-censored",
                sheet,
                patients.header(name),
                endpoint=endpoint.label,
                count=len(told),
            )


def one_outcome_alone(cohort: Cohort, patients: Frame, sheet: str) -> Iterator[Finding]:
    """Tell of each endpoint whose times all belong to one outcome, and whom that leaves out."""
    for endpoint in cohort.endpoints:
        follow = cohort.time_to_event(endpoint)
        reasons = set(follow.reason.tolist()) & set(ONE_SIDED)
        if not reasons or follow.told is None:
            continue
        dead, name = NO_EVENT_TIMED in reasons, endpoint.months
        untimed = np.asarray(follow.told == ("yes" if dead else "no"), bool)
        rows = patients.rows(untimed)
        yield finding(
            "warning",
            "events-untimed" if dead else "alive-untimed",
            sheet,
            name if name in patients.taken else patients.headers.get(name, ""),
            rows,
            taken_from=patients.taken.get(name, ""),
            endpoint=endpoint.label,
            count=len(rows),
        )
