"""The cohort as it was known on a day: what happened later is not known yet."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from lib.cohort import Cohort
from lib.schema import MONTH, TABLES

_SEEN = ("last_contact_date", "last_assessment_date")
_SAID = (
    ("death_date", "vital_status", "dead", "alive"),
    ("death_date", "os_event", "yes", "no"),
    ("progression_date", "progression", "yes", "no"),
)
"""What else says that an event happened: date, column, level that says so, level that does not."""


def known_by(cohort: Cohort, day: date) -> Cohort:
    """Leave out what happened after a day, and the patients who began after it.

    Follow-up that went on is censored on the day; an event after it has not happened; months are
    cut at the time from the first procedure to the day.
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
    if "last_contact_date" in patients:
        patients["last_contact_date"] = patients["last_contact_date"].mask(alive, cut)
    return patients


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
