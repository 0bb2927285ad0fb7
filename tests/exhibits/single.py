"""What the pages show of single patients; it leaves one by one, and no folder holds it."""

from collections.abc import Iterator

from lib import exhibits
from lib.analyses import overdue, patients
from lib.analyses.study import Study
from lib.exhibits.exhibit import Exhibit


def of_patients(study: Study) -> Iterator[Exhibit]:
    """Every exhibit of single patients, in the order of the pages."""
    if found := exhibits.findings.kinds(study.as_read.findings):
        yield exhibits.findings.of_file(found, study)
    measured = study.derivation()
    if measured.courses or measured.findings:
        yield exhibits.derivation.of_study(measured)
    if (changed := patients.waterfall(study)).bars:
        yield exhibits.patients.waterfall(changed)
    if (followed := patients.spider(study)).lines:
        yield exhibits.patients.spider(followed)
    laid = patients.swimmer(study)
    if laid.lanes:
        yield exhibits.patients.swimmer(laid)
    yield exhibits.patients.everyone(study, laid)
    late = overdue.overdue(study)
    if late and (late.scans_known or late.contacts_known):
        yield exhibits.patients.overdue(late)
