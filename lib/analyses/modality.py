"""Which modality each patient counts as: by the first procedure, else as recorded."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.cohort import Cohort
from lib.language import N_
from lib.plan import Plan
from lib.schema import MODALITIES

FIRST_PROCEDURE = N_("by the first procedure")
AS_RECORDED = N_("as recorded in the spreadsheet")

_ROLLS_UP = {level.code: level.rolls_up_to for level in MODALITIES if level.rolls_up_to}


@dataclass(frozen=True, slots=True, eq=False)
class Modality:
    """The modality of each patient, and how it was decided.

    Attributes
    ----------
    values : (n,) Series of str, or None
        Codes of the schema, missing where nobody knows; None where the file says of nobody.
    rule : str
        `FIRST_PROCEDURE` or `AS_RECORDED`: the plan's rule, where the file allows it.
    as_recorded : (n,) bool array
        Patients whose first procedure is not known, so that what was recorded stands in for it.
    """

    values: pd.Series | None
    rule: str
    as_recorded: np.ndarray


def modality(cohort: Cohort, plan: Plan) -> Modality:
    """Decide the modality of each patient by the plan's rule.

    Where dates decide, *both* as recorded is never a stand-in: nobody knows which came first.
    """
    recorded = cohort.patients["modality"] if cohort.known("modality") else None
    first = None
    if plan.study.modality_rule == "first procedure":
        first = _of_table(cohort, plan)
        if first is None:
            first = _of_dates(cohort)
    nobody = np.zeros(len(cohort), bool)
    if first is None:
        return Modality(
            None if recorded is None else _rolled_up(recorded, plan), AS_RECORDED, nobody
        )
    stands_in = nobody
    if recorded is not None:
        single = recorded.where(recorded != "BOTH")
        stands_in = np.asarray(first.isna() & single.notna(), bool)
        first = first.fillna(single)
    return Modality(_rolled_up(first, plan), FIRST_PROCEDURE, stands_in)


def _rolled_up(values: pd.Series, plan: Plan) -> pd.Series:
    return values.replace(_ROLLS_UP) if plan.study.roll_up else values


def _of_table(cohort: Cohort, plan: Plan) -> pd.Series | None:
    """From the procedures table: what was done on the first day, *both* where it was two things.

    Unknown where the kind of a procedure of that day is, or where the patient began before it.
    """
    procedures = cohort.tables.get("procedures")
    if procedures is None or not {"procedure_date", "modality"} <= set(procedures):
        return None
    dated = procedures.dropna(subset=["procedure_date"])
    if dated["modality"].isna().all():
        return None
    day_one = dated.groupby("patient_id")["procedure_date"].transform("min")
    on_day_one = dated.loc[dated["procedure_date"] == day_one]
    by_patient = on_day_one["modality"].replace(_ROLLS_UP).groupby(on_day_one["patient_id"])
    kinds = _rolled_up(on_day_one["modality"], plan).groupby(on_day_one["patient_id"]).first()
    first = kinds.where(by_patient.nunique() == 1, "BOTH").where(
        by_patient.count() == by_patient.size()
    )
    starts = on_day_one.groupby("patient_id")["procedure_date"].first()
    ids = cohort.patients["patient_id"]
    return _not_after(cohort, ids.map(first).astype("str"), ids.map(starts))


def _of_dates(cohort: Cohort) -> pd.Series | None:
    """From the dates of the first course of each kind: the earlier; *both* on the same day."""
    hai, tace = cohort.dates("first_hai_date"), cohort.dates("first_tace_date")
    if hai.isna().all() and tace.isna().all():
        return None
    first = np.select(
        [hai < tace, tace < hai, hai == tace, hai.notna(), tace.notna()],
        ["HAI", "TACE", "BOTH", "HAI", "TACE"],
        "",
    )
    named = pd.Series(first, index=cohort.patients.index, dtype="str")
    starts = hai.where(tace.isna() | (hai <= tace), tace)
    return _not_after(cohort, named.where(named != ""), starts)


def _not_after(cohort: Cohort, first: pd.Series, starts: pd.Series) -> pd.Series:
    """Keep what was done first only where the patient did not begin with something before it."""
    began = cohort.dates("first_procedure_date")
    return first.where(~(began < starts))
