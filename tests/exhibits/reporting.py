"""Reports of a study as a plan asks for them, and cohorts that not much can be said of."""

from dataclasses import replace

from lib.analyses.everything import Everything
from lib.analyses.study import under_study
from lib.exhibits import report
from lib.plan import ReportPlan
from tests.conftest import TWO_ARMS
from tests.hostile import PAYLOADS

MONTHS = {"os_months": range(24), "os_event": ["yes", "no"] * 12}
RESPONSES = {"response_6m": ["PR", "SD", "PD", "NE", ""] * 5}
MANY = {"modality": ["HAI", "TACE", "TAE", "TARE", "OTHER", "OTHER"] * 4}
FEW = {"modality": ["HAI"] * 3 + ["TACE"] * 2, "os_months": range(5), "os_event": ["yes"] * 5}
COHORTS = {
    "two arms": TWO_ARMS,
    "patients alone": {"age": [50, 60]},
    "one patient": {"modality": ["HAI"], "os_months": [3], "os_event": ["yes"]},
    "one arm": {"modality": ["HAI"] * 25, "os_months": range(1, 26), "os_event": ["yes"] * 25},
    "no event": TWO_ARMS | {"os_event": ["no"] * 25},
    "everybody dead": TWO_ARMS | {"os_event": ["yes"] * 25},
    "at once": TWO_ARMS | {"os_months": [0] * 25},
    "response alone": {"modality": TWO_ARMS["modality"], **RESPONSES},
    "best alone": {"modality": TWO_ARMS["modality"], "best_response": ["CR"] * 25},
    "many groups": MANY | MONTHS,
    "small arms": FEW,
    "words of a file": MONTHS | {"centre": [PAYLOADS[0], PAYLOADS[2]] * 12},
}


def of(study, **chosen):
    plan = replace(study.plan, report=ReportPlan(**chosen))
    return report.of_study(Everything(under_study(study.whole, plan)))
