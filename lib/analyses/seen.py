"""What was seen of each patient until a time: response, disease, modalities, procedures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses import modality
from lib.analyses.followed import START
from lib.cohort import Cohort
from lib.followup import Groups
from lib.language import N_
from lib.plan import LaterRule, Plan, ResponsePlan
from lib.recist import Course, Visit
from lib.recist.best import best
from lib.schema import MONTH, RESPONSE_MONTHS, Column, Level

Way = LaterRule | Literal["response", "disease", "procedures"]
WAYS: tuple[Way, ...] = (*get_args(LaterRule), "response", "disease", "procedures")

_RESPONDED = (
    Level("CR/PR", N_("CR or PR")),
    Level("other", N_("Neither CR nor PR")),
)
_DISEASE = (
    Level("CR/PR", N_("CR or PR")),
    Level("SD", N_("SD")),
    Level("PD", N_("PD")),
)
_NUMBER = (
    Level("1", N_("1 procedure")),
    Level("2-3", N_("2 or 3 procedures")),
    Level("4+", N_("4 procedures or more")),
)
COLUMNS: dict[Way, Column] = {
    "response": Column("responded", N_("Response by the landmark"), "category", levels=_RESPONDED),
    "disease": Column("disease", N_("Disease by the landmark"), "category", levels=_DISEASE),
    **{
        rule: Column("modality_by", N_("Modality by the landmark"), "category")
        for rule in get_args(LaterRule)
    },
    "procedures": Column(
        "procedures_by", N_("Procedures by the landmark"), "category", levels=_NUMBER
    ),
}
MANY = {"4+": 4, "2-3": 2, "1": 1}
"""From how many procedures on each of their levels holds."""
_OF = {"CR": "CR/PR", "PR": "CR/PR", "SD": "SD", "Non-CR/Non-PD": "SD", "PD": "PD"}
RULES = get_args(LaterRule)


Courses = Mapping[str, Course]


def ways(cohort: Cohort, courses: Courses) -> tuple[Way, ...]:
    """The ways in which some patient can be classified."""
    rows = dated_by(cohort, np.inf)
    recorded = any(cohort.known(f"response_{months}m") for months in RESPONSE_MONTHS)
    received = modality.dates_procedures(cohort)
    has = {
        **dict.fromkeys(RULES, received),
        "predominant": received and modality.counts_procedures(cohort),
        "response": recorded or bool(courses),
        "disease": recorded or bool(courses),
        "procedures": rows is not None and len(rows) > 0,
    }
    return tuple(way for way in WAYS if has[way])


def received_by(done: Sequence[modality.Received], rule: LaterRule, months: float) -> Groups:
    """Group patients by what each had received by a time; -1 where nothing of a known kind."""
    return replace(modality.received(done, rule, months), column=COLUMNS[rule])


def seen_by(cohort: Cohort, courses: Courses, plan: Plan, way: Way, months: float) -> Groups:
    """Group patients by what was seen of each by a time; -1 where nothing was.

    `courses`: of the measured patients. `way`: response, disease or the number of procedures.
    `months`: the time from the first procedure, included.
    """
    column = COLUMNS[way]
    if way == "procedures":
        seen = _number(cohort, months)
    else:
        seen = _responses(cohort, courses, plan, way, months)
    place = {level.code: at for at, level in enumerate(column.levels)}
    codes = np.array([place.get(code, -1) for code in seen.tolist()], np.int64)
    return Groups(column, column.levels, codes)


def _responses(cohort: Cohort, courses: Courses, plan: Plan, way: Way, months: float) -> pd.Series:
    """Whether there was a response by a time, or the disease at the last evaluable visit by it.

    A response is one that the plan counts as best response. The unmeasured are taken as recorded.
    """
    choices = plan.response
    seen = recorded(cohort, months, way).tolist()
    for at, name in enumerate(cohort.patients["patient_id"].tolist()):
        if name not in courses:
            continue
        visits = [v for v in courses[name].visits if v.day <= months * MONTH]
        seen[at] = shown(visits, choices, way)
    return pd.Series(seen, index=cohort.patients.index, dtype="str")


def shown(visits: Sequence[Visit], choices: ResponsePlan, way: Way) -> str:
    """The level that visits show, '' where none is evaluable. `way`: response or disease."""
    evaluable = [visit.status for visit in visits if visit.response != "NE"]
    if not evaluable:
        return ""
    if way == "disease":
        return _OF[evaluable[-1]]
    days = [(visit.day, visit.response) for visit in visits]
    found = best(days, choices, choices.confirm).response
    return "CR/PR" if found in ("CR", "PR") else "other"


def recorded(cohort: Cohort, months: float, way: Way) -> pd.Series:
    """The level by the letters recorded for times until then; PD stays, and so does a response."""
    seen = pd.Series("", index=cohort.patients.index, dtype="str")
    stays = "PD" if way == "disease" else "CR/PR"
    for at in RESPONSE_MONTHS:
        name = f"response_{at}m"
        if at <= months and name in cohort.patients:
            letter = cohort.patients[name].map(_OF).fillna("")
            if way == "response":
                letter = letter.where(letter.isin(("", "CR/PR")), "other")
            seen = letter.where((letter != "") & (seen != stays), seen)
    return seen


def lettered(cohort: Cohort, courses: Courses, way: Way, months: float) -> npt.NDArray[np.bool_]:
    """(n,) bool array: who was not measured, and is classified by letters of days nobody knows."""
    if way not in ("response", "disease"):
        return np.zeros(len(cohort), bool)
    unmeasured = ~cohort.patients["patient_id"].isin(list(courses)).to_numpy(bool)
    return unmeasured & (recorded(cohort, months, way) != "").to_numpy(bool)


def _number(cohort: Cohort, months: float) -> pd.Series:
    """How many days with a procedure there were by a time."""
    rows = dated_by(cohort, months)
    if rows is None:
        return pd.Series("", index=cohort.patients.index)
    days = rows.groupby("patient_id")["procedure_date"].nunique()
    number = cohort.patients["patient_id"].map(days).fillna(0)
    words = np.select([number >= least for least in MANY.values()], list(MANY), "")
    return pd.Series(words, index=cohort.patients.index)


def dated_by(cohort: Cohort, months: float) -> pd.DataFrame | None:
    """The dated procedures by a time from the first; None where the file has none."""
    rows = cohort.dated_procedures()
    if rows is None:
        return None
    began = pd.Series(
        cohort.dates(START).to_numpy(), index=cohort.patients["patient_id"].to_numpy()
    )
    days = (rows["procedure_date"] - rows["patient_id"].map(began)).dt.days
    return rows.loc[days <= months * MONTH]
