"""When patients were first treated, and how long the time between their assessments was."""

import numpy as np
import pandas as pd

from lib.analyses.followed import PROGRESSION, START
from lib.cohort import Cohort
from lib.language import N_
from lib.schema import FIRST_YEAR, MONTH, Column
from lib.statistics.estimate import Floats

INTERVAL = Column(
    "scan_interval", N_("Time between assessments"), "number", N_("months"), logarithm=True
)
_DAY, _TABLES = "assessment_date", ("assessments", "lesions")
_INTERVAL = 2  # assessments from which on there is a time between them


def intervals(cohort: Cohort) -> Floats:
    """Months from one assessment to the next, the mean of each patient's until progression.

    (n,) float array, nan where fewer than two assessments are dated: after progression they have
    no more to find.
    """
    known = [cohort.tables[name] for name in _TABLES if _DAY in cohort.tables.get(name, ())]
    dated = [frame[["patient_id", _DAY]].dropna() for frame in known]
    days = pd.concat(dated).drop_duplicates() if dated else pd.DataFrame()
    if days.empty:
        return np.full(len(cohort), np.nan)
    ids = cohort.patients["patient_id"]
    progressed = pd.Series(cohort.dates(PROGRESSION).to_numpy(), index=ids.to_numpy())
    until = days["patient_id"].map(progressed[~progressed.index.duplicated()])
    days = days[~(days[_DAY] > until)]
    each = days.groupby("patient_id")[_DAY].agg(["min", "max", "count"])
    months = (each["max"] - each["min"]).dt.days / MONTH / (each["count"] - 1).clip(lower=1)
    return ids.map(months[each["count"] >= _INTERVAL]).to_numpy(np.float64, na_value=np.nan)


def years(cohort: Cohort) -> pd.Series | None:
    """The year of each first procedure, by its date or as the file gives it; None without any."""
    given: pd.Series | None = cohort.patients.get(FIRST_YEAR)
    if cohort.is_counted or START not in cohort.decides().known:
        return given
    dated = cohort.dates(START).dt.year.astype("Float64")
    filled: pd.Series = dated if given is None else dated.combine_first(given)
    return filled
