"""Follow-up that knows one outcome alone, or one rather than the other: what may be said of it."""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses.study import Study
from lib.cohort import Cohort
from lib.followup import NO_EVENT_TIMED, NO_ORIGIN, ONE_SIDED, FollowUp
from lib.language import Template
from lib.schema import COLUMNS, ENDPOINTS, MONTH, TABLES, Endpoint
from lib.written import INSIDE


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """An endpoint that some patients have a time for, and of which no curve is drawn.

    Attributes
    ----------
    endpoint : Endpoint
    reason : str
        An `N_` template.
    left_out : int
        The patients of the outcome of which no time is known.
    patients : tuple of str
        Codes of the patients whose time is known, the shortest first.
    months : tuple of float
        The time of each.
    happened : bool
        Whether these are the patients with the event.
    """

    endpoint: Endpoint
    reason: Template
    left_out: int
    patients: Annotated[tuple[str, ...], INSIDE]
    months: tuple[float, ...]
    happened: bool


def refused(study: Study) -> tuple[Refused, ...]:
    """The endpoints of which all times that are known belong to one outcome."""
    found = []
    for endpoint in study.cohort.endpoints:
        follow = study.cohort.time_to_event(endpoint)
        whose = np.isin(follow.reason, ONE_SIDED)
        if not whose.any():
            continue
        reason = Template(follow.reason[whose][0])
        happened = reason != NO_EVENT_TIMED
        left_out, _there = follow.left_out("no" if happened else "yes")
        order = np.flatnonzero(whose)[np.argsort(follow.months[whose], kind="stable")]
        patients = tuple(study.cohort.patients["patient_id"].iloc[order].astype(str))
        months = tuple(follow.months[order].tolist())
        found.append(Refused(endpoint, reason, left_out, patients, months, happened))
    return tuple(found)


def with_last_dates(study: Study, follow: FollowUp) -> FollowUp | None:
    """Overall survival with the living who are left out, censored at the last date known of each.

    Parameters
    ----------
    study : Study
    follow : FollowUp
        To death, from the first procedure.

    Returns
    -------
    FollowUp or None
        None where nobody is left out alive of whom the file holds a date after the first procedure.
    """
    if follow.told is None or follow.entry is not None or not follow.used.any():
        return None
    alive = (follow.told == "no") & ~follow.used & (follow.reason != NO_ORIGIN)
    months = last_known(study.cohort)
    back = alive & (months > 0)
    if not back.any():
        return None
    return replace(
        follow,
        months=np.where(back, months, follow.months),
        event=follow.event & ~back,
        reason=np.where(back, "", follow.reason).astype(object),
    )


def last_known(cohort: Cohort) -> npt.NDArray[np.float64]:
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
