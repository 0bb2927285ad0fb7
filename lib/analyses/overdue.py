"""Who is overdue for an assessment or a contact, at the plan's as-of date."""

from dataclasses import dataclass
from datetime import date
from math import isnan

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses.memory import reads
from lib.analyses.provenance import Provenance
from lib.analyses.states import died_by
from lib.analyses.study import Study, of_rows
from lib.cohort import Cohort
from lib.schema import MONTH

_SCANS = (("assessments", "assessment_date"), ("lesions", "assessment_date"))
_OTHERS = (("procedures", "procedure_date"), ("adverse_events", "date"))


@dataclass(frozen=True, slots=True)
class Awaited:
    """A patient who is not known to have died, and when something was last known."""

    patient_id: str
    row: int  # in the patients' sheet; 0 where that is not known
    # assessed, seen: the last assessment, and the last contact of any kind; None where there was
    # none
    assessed: date | None
    seen: date | None
    # since_assessed, since_seen: months since, up to the as-of date; since the first procedure
    # where there was none
    since_assessed: float
    since_seen: float
    # scan_due, contact_due: what is overdue
    scan_due: bool
    contact_due: bool
    progressed: bool  # after progression no assessment is asked for


@dataclass(frozen=True, slots=True, eq=False)
class Overdue:
    """Who is overdue, and everybody else counted."""

    provenance: Provenance
    as_of: date
    late: tuple[Awaited, ...]  # the longest without contact first
    lost: tuple[Awaited, ...]  # recorded as lost to follow-up: they are overdue for nothing
    # dead, in_time: patients who died, and those who are not overdue
    dead: int
    in_time: int
    undated: tuple[str, ...]  # patients without any date to count from
    # scans_known, contacts_known: whether the file tells of assessments, of contacts; where not,
    # none of them is overdue
    scans_known: bool
    contacts_known: bool


@reads("study.cuts", "study.assessed_every", "study.seen_every")
@of_rows
def overdue(study: Study) -> Overdue | None:
    """List the patients alive who were not assessed, or not seen, for too long.

    `study`: ``study.plan.study`` says at which day, and after how many months. Today's date plays
    no part. Gives none where the plan has no as-of date, as of a file without dates of follow-up.
    """
    cohort, as_of = study.cohort, study.plan.study.as_of
    if as_of is None:
        return None
    everyone = _everyone(study, as_of)
    dead, lost = died_by(cohort, 0), cohort.has("vital_status", "lost")
    undated = np.array([isnan(each.since_seen) for each in everyone], bool)
    due = np.array([each.scan_due or each.contact_due for each in everyone], bool)
    asked = ~dead & ~undated

    def those(mask: npt.NDArray[np.bool_]) -> tuple[Awaited, ...]:
        found = (everyone[index] for index in np.flatnonzero(mask))
        return tuple(sorted(found, key=lambda each: -each.since_seen))

    return Overdue(
        study.provenance,
        as_of,
        those(asked & due & ~lost),
        those(asked & lost),
        int(dead.sum()),
        int((asked & ~due & ~lost).sum()),
        tuple(each.patient_id for each in those(undated & ~dead)),
        _scans_known(cohort),
        cohort.known("last_contact_date"),
    )


def _scans_known(cohort: Cohort) -> bool:
    tables = {table for table, _name in _SCANS if len(cohort.tables.get(table, ()))}
    return bool(tables) or cohort.known("last_assessment_date")


def _everyone(study: Study, as_of: date) -> list[Awaited]:
    """When each patient was last assessed and seen."""
    cohort, plan = study.cohort, study.plan.study
    start, now = cohort.dates("first_procedure_date"), pd.Timestamp(as_of)
    assessed = _latest(cohort, "last_assessment_date", _SCANS)
    seen = _latest(cohort, "last_contact_date", _OTHERS)
    seen = pd.concat([seen, assessed], axis=1).max(axis=1)
    since_assessed = (now - assessed.fillna(start)).dt.days / MONTH
    since_seen = (now - seen.fillna(start)).dt.days / MONTH
    progressed = _progressed(cohort)
    scans = _scans_known(cohort)
    scan_due = np.asarray(scans & ~progressed & (since_assessed > plan.assessed_every))
    contacts = cohort.known("last_contact_date")
    contact_due = np.asarray(contacts & (since_seen > plan.seen_every))
    rows = cohort.patients["row"].tolist() if "row" in cohort.patients else [0] * len(cohort)
    return [
        Awaited(name, int(row), _day(scan), _day(contact), *since, *map(bool, is_due))
        for name, row, scan, contact, *since, is_due in zip(
            cohort.patients["patient_id"],
            rows,
            assessed,
            seen,
            since_assessed.tolist(),
            since_seen.tolist(),
            zip(scan_due, contact_due, progressed, strict=True),
            strict=True,
        )
    ]


def _progressed(cohort: Cohort) -> npt.NDArray[np.bool_]:
    dated = cohort.dates("progression_date").notna().to_numpy(bool)
    return np.asarray(dated | cohort.has("progression", "yes"), bool)


def _latest(cohort: Cohort, column: str, tables: tuple[tuple[str, str], ...]) -> pd.Series:
    """The latest day of each patient, by the patients' sheet and some tables."""
    days = [cohort.dates(column).reset_index(drop=True)]
    ids = cohort.patients["patient_id"]
    for table, name in tables:
        frame = cohort.tables.get(table)
        if frame is not None and name in frame:
            last = frame.groupby("patient_id")[name].max()
            days.append(last.reindex(ids).astype("datetime64[s]").reset_index(drop=True))
    return pd.concat(days, axis=1).max(axis=1)


def _day(value: pd.Timestamp) -> date | None:
    return None if pd.isna(value) else value.date()
