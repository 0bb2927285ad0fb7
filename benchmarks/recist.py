"""How long responses take: `python -m benchmarks.recist`.

2,000 patients with 20 visits each and three target lesions, of which one in five patients has one
outside the liver: well under a second.
"""

import time

import numpy as np
import pandas as pd

from lib import recist
from lib.cohort import Cohort
from lib.plan import ResponsePlan

PATIENTS, VISITS, LESIONS = 2000, 20, 3
LIMIT_S = 1.0
START = np.datetime64("2020-01-01", "s")


def cohort(patients: int = PATIENTS, visits: int = VISITS, lesions: int = LESIONS) -> Cohort:
    """Invent patients whose lesions drift, with one scan before the first procedure."""
    random = np.random.default_rng(1)
    names = np.array([f"P{number:05}" for number in range(patients)])
    drift = random.normal(0, 0.06, (patients, visits + 1, lesions)).cumsum(axis=1)
    sizes = np.maximum(0, np.rint(40 * np.exp(drift))).astype(int)
    days = np.arange(-10, 60 * visits, 60)[: visits + 1]
    dates = START + days.astype("timedelta64[D]")
    who = np.repeat(names, visits + 1)
    when = np.tile(dates, patients)
    assessments = pd.DataFrame(
        {
            "patient_id": pd.Series(who, dtype="str"),
            "assessment_date": when,
            "nontarget": pd.Series(["Non-CR/Non-PD"] * len(who), dtype="str"),
            "new_lesion": pd.Series(np.where(random.random(len(who)) < 0.01, "yes", "no")),
            "sld_mm": sizes.sum(axis=2).ravel().astype(float),
        }
    )
    organs = np.full((patients, visits + 1, lesions), "liver")
    organs[::5, :, -1] = "lung"
    table = pd.DataFrame(
        {
            "patient_id": pd.Series(np.repeat(who, lesions), dtype="str"),
            "lesion_id": pd.Series(np.tile([f"L{n}" for n in range(lesions)], len(who))),
            "organ": pd.Series(organs.ravel()),
            "node": pd.Series(["no"] * len(who) * lesions, dtype="str"),
            "target": pd.Series(["yes"] * len(who) * lesions, dtype="str"),
            "assessment_date": np.repeat(when, lesions),
            "diameter_mm": pd.Series(sizes.ravel().astype(str), dtype="str"),
        }
    )
    people = pd.DataFrame({"patient_id": pd.Series(names), "first_procedure_date": START})
    return Cohort(people, {"assessments": assessments, "lesions": table})


def fastest(patients: Cohort, times: int = 5) -> float:
    """Seconds of the fastest of several runs."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        recist.courses(patients, ResponsePlan())
        taken.append(time.perf_counter() - begun)
    return min(taken)


if __name__ == "__main__":
    lesions = fastest(cohort())
    sums = cohort()
    by_sums = fastest(Cohort(sums.patients, {"assessments": sums.tables["assessments"]}))
    visits = PATIENTS * VISITS
    for name, seconds in (("lesions", lesions), ("sums", by_sums)):
        print(
            f"{PATIENTS} patients, {VISITS} visits, {name}: {seconds:.3f} s, "
            f"{1e6 * seconds / visits:.1f} µs a visit, {seconds / LIMIT_S:.2f} of the limit"
        )
