"""Days that are only counted are shown nowhere; `cases/visits.txt` has which visits are."""

import re

import pytest

from lib import exhibits
from lib.analyses.study import opening_plan, under_study
from lib.analyses.timeline import timeline
from lib.export import cleaned
from lib.ingest import propose, read_cohort
from lib.ingest.opening import open_file
from lib.ingest.reader import read_sheets
from lib.plan import Plan
from tests.conftest import as_book


def visits(header, cells):
    rows = [["Код пациента", "Вид РХТ", header, "SLD"]]
    pairs = list(zip(cells, (60, 50, 40, 30), strict=True))
    return rows + [[f"A{n}", "ХИПА", cell, total] for n in (1, 2, 3) for cell, total in pairs]


@pytest.mark.parametrize("rows", [
    visits("week", [0, 8, 16, 24]), visits("Месяц наблюдения", [0, 2, 4, 6]),
    [["Code", "Arm", "SLD baseline", "SLD 3 months", "OS months", "Died"],
     *([f"P{n}", "HAI", 60, 40, 9 + n, n % 2] for n in range(6))],
])  # fmt: skip
def test_a_day_that_is_only_counted_is_shown_as_a_date_nowhere(rows):
    data = as_book({"a": rows})
    cohort = read_cohort("a.xlsx", data)
    assert cohort.latest_date is None
    plan = opening_plan(cohort, Plan())
    assert plan.study.as_of is None
    proposal = propose(open_file("a.xlsx", data))
    shown = [str(each.samples) for each in proposal.columns] + [str(f) for f in cohort.findings]
    study = under_study(cohort, plan)
    name = str(cohort.patients["patient_id"].iloc[0])
    shown.append(exhibits.patients.happenings(timeline(study, name)).to_string())
    book = cleaned.workbook(cohort)
    shown += [str(row) for sheet in read_sheets("b.xlsx", book) for row in sheet.rows]
    assert not [each for each in shown if re.search(r"(?:1[67]|20)\d\d-\d\d|datetime", each)]
    again = read_cohort("b.xlsx", book)
    assert again.tables["assessments"]["assessment_date"].tolist() == (
        cohort.tables["assessments"]["assessment_date"].tolist()
    )
