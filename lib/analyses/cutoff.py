"""The cohort as it was known on a day: what happened later is not known yet."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from lib.cohort import Cohort
from lib.schema import MONTH, TABLES

_SCAN = "last_assessment_date"
_SEEN = ("last_contact_date", _SCAN)
_SAID = (
    ("death_date", "vital_status", "dead", "alive"),
    ("death_date", "os_event", "yes", "no"),
    ("progression_date", "progression", "yes", "no"),
)
"""What else says that an event happened: date, column, level that says so, level that does not."""


def known_by(cohort: Cohort, day: date) -> Cohort:
    """Leave out what happened after a day, and the patients who began after it.

    Follow-up that went on is censored on the day; an event after it has not happened; months are
    cut at the time from the first procedure to the day. The last assessment is the last that the
    tables have by the day; where they have none of a patient, and the recorded one came later, the
    day stands for it.
    """
    latest = cohort.latest_date
    if latest is None or day >= latest:
        return cohort
    cut = pd.Timestamp(day)
    began = cohort.dates("first_procedure_date")
    under = cohort.where(np.asarray(~(began > cut), bool))
    patients = _cut_months(_cut_dates(under, cut), under, cut)
    tables = {name: _until(name, frame, cut) for name, frame in under.tables.items()}
    return replace(under, patients=patients, tables=tables)


def _cut_dates(cohort: Cohort, cut: pd.Timestamp) -> pd.DataFrame:
    patients = cohort.patients.copy()
    alive = cohort.dates("death_date") > cut
    for date_column, said, happened, not_yet in _SAID:
        if said in patients:
            later = (cohort.dates(date_column) > cut) & (patients[said] == happened)
            patients[said] = patients[said].mask(later.fillna(False), not_yet)
    for name, column in TABLES["patients"].items():
        if column.kind == "date" and name in patients:
            later = patients[name] > cut
            patients[name] = patients[name].mask(later, cut if name in _SEEN else pd.NaT)
    if _SCAN in patients:
        later = cohort.dates(_SCAN) > cut
        patients[_SCAN] = patients[_SCAN].mask(later, _scanned(cohort, cut).fillna(cut))
    if "last_contact_date" in patients:
        patients["last_contact_date"] = patients["last_contact_date"].mask(alive, cut)
    return patients


def _scanned(cohort: Cohort, cut: pd.Timestamp) -> pd.Series:
    """(n,) dates: the last assessment by the cut-off of whom the tables have any, else missing.

    Whoever had none by then after the first procedure was last seen at it.
    """
    frames = [
        frame[["patient_id", "assessment_date"]]
        for name, frame in cohort.tables.items()
        if name in ("assessments", "lesions") and "assessment_date" in frame
    ]
    began, names = cohort.dates("first_procedure_date"), cohort.patients["patient_id"]
    if not frames:
        return began.mask(began.notna())
    seen = pd.concat(frames).dropna()
    by_then = seen.loc[seen["assessment_date"] <= cut].groupby("patient_id")["assessment_date"]
    last = pd.to_datetime(names.map(by_then.max().to_dict()))
    return last.where(last > began, began).where(names.isin(seen["patient_id"]))


def _cut_months(patients: pd.DataFrame, cohort: Cohort, cut: pd.Timestamp) -> pd.DataFrame:
    allowed = (cut - cohort.dates("first_procedure_date")).dt.days / MONTH
    for endpoint in cohort.endpoints:
        if endpoint.months not in patients:
            continue
        longer = patients[endpoint.months] > allowed
        patients[endpoint.months] = patients[endpoint.months].mask(longer, allowed)
        if endpoint.event in patients:
            patients[endpoint.event] = patients[endpoint.event].mask(longer, "no")
    return patients


def _until(table: str, frame: pd.DataFrame, cut: pd.Timestamp) -> pd.DataFrame:
    dates = [
        name for name, column in TABLES[table].items() if column.kind == "date" and name in frame
    ]
    later = np.zeros(len(frame), bool)
    for name in dates:
        later |= np.asarray(frame[name] > cut, bool)
    return frame.loc[~later].reset_index(drop=True)
