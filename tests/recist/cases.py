"""Small cohorts for the tests, by days from the first procedure."""

from datetime import timedelta

import numpy as np
import pandas as pd

from lib import recist, text
from lib.cohort import Cohort
from lib.plan import ResponsePlan

START = pd.Timestamp("2020-01-01")
PLAN = ResponsePlan()


def on(day):
    """The date of a day."""
    return START + timedelta(days=day)


def frame(rows, columns):
    """A table as the import makes it: dates, numbers, and texts with missing values."""
    table = pd.DataFrame([{**dict.fromkeys(columns), **row} for row in rows], columns=columns)
    for name in columns:
        if name.endswith("date"):
            table[name] = table[name].astype("datetime64[s]")
        elif name.endswith("sld_mm"):
            table[name] = table[name].astype(np.float64)
        elif name != "row":
            table[name] = table[name].astype("str").where(table[name].notna())
    return table


def assessment(day, patient="P1", **more):
    return {"patient_id": patient, "assessment_date": on(day), **more}


def lesion(day, name, diameter, patient="P1", organ="liver", **more):
    return {
        "patient_id": patient,
        "assessment_date": on(day),
        "lesion_id": name,
        "organ": organ,
        "diameter_mm": str(diameter),
        **{"node": "no", "target": "yes", **more},
    }


ASSESSMENT = (
    "patient_id",
    "assessment_date",
    "nontarget",
    "new_lesion",
    "new_lesion_site",
    "response_recorded",
    "sld_mm",
)
LESION = ("patient_id", "lesion_id", "organ", "node", "target", "assessment_date", "diameter_mm")


def cohort(assessments=(), lesions=(), patients=("P1",), **columns):
    """A cohort whose patients all start on `START`."""
    people = pd.DataFrame({"patient_id": patients, "first_procedure_date": START, **columns})
    tables = {}
    if assessments:
        tables["assessments"] = frame(assessments, ASSESSMENT)
    if lesions:
        tables["lesions"] = frame(lesions, LESION)
    return Cohort(people, tables)


def course(assessments=(), lesions=(), choices=PLAN, **columns):
    """The course of one patient."""
    (found,) = recist.courses(cohort(assessments, lesions, **columns), choices).values()
    return found


def by_sums(baseline, *sums, days=None, choices=PLAN):
    """The course of a patient with one sum a visit, 60 days apart."""
    days = days or [60 * number for number in range(1, len(sums) + 1)]
    rows = [assessment(-7, sld_mm=baseline)]
    rows += [assessment(day, sld_mm=total) for day, total in zip(days, sums, strict=True)]
    return course(rows, choices=choices)


def by_letters(*visits, choices=PLAN):
    """The course of a patient with recorded letters alone."""
    rows = [assessment(day, response_recorded=letter) for day, letter in visits]
    return course([assessment(-7), *rows], choices=choices)


def responses(found):
    return [visit.response for visit in found.visits]


def statuses_of(found):
    return [visit.status for visit in found.visits]


def said(reason):
    return text.reason(reason)


def told(found):
    return [text.remark(finding) for finding in found.findings]
