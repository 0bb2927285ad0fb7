"""What the times of a cohort leave out: all who died, or all who did not; and nobody censored."""

from collections.abc import Iterator

import numpy as np

from lib.cohort import Cohort, Finding
from lib.followup import NO_EVENT_TIMED, ONE_SIDED
from lib.ingest.tables import Frame
from lib.language import N_

ALIVE_UNTIMED = N_(
    "times are known only of those with the event, so that no curve of {endpoint} is drawn; of the "
    "living and event-free nothing says when they were last seen (patients: {count})",
    "alive-untimed",
)
EVENTS_UNTIMED = N_(
    "times are known only of those without the event, so that no curve of {endpoint} is drawn; of "
    "the others nothing says when it happened (patients: {count})",
    "events-untimed",
)
NOBODY_CENSORED = N_(
    "everyone has the event of {endpoint}, and nobody is censored (patients: {count}); please check"
    " that the column is read the right way round",
    "nobody-censored",
)
_FEW = 10  # patients from which it is unusual that everyone has the event


def nobody_censored(cohort: Cohort, patients: Frame, sheet: str) -> Iterator[Finding]:
    """Tell of each endpoint whose column of the event says that it happened to everyone."""
    for endpoint in cohort.endpoints:
        told = cohort.time_to_event(endpoint).told
        columns = (endpoint.event, "vital_status") if endpoint.code == "OS" else (endpoint.event,)
        name = next((each for each in columns if each in patients.headers), "")
        if name and told is not None and len(told) >= _FEW and (told == "yes").all():
            values = (("endpoint", endpoint.label), ("count", len(told)))
            yield Finding(
                "warning", NOBODY_CENSORED, patients.header(name), values=values, sheet=sheet
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
        yield Finding(
            "warning",
            EVENTS_UNTIMED if dead else ALIVE_UNTIMED,
            name if name in patients.taken else patients.headers.get(name, ""),
            rows,
            values=(("endpoint", endpoint.label), ("count", len(rows))),
            sheet=sheet,
            taken_from=patients.taken.get(name, ""),
        )
