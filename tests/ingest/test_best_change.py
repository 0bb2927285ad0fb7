"""A best change that the file gives draws the waterfall where no measurements are."""

import pytest

from lib import exhibits
from lib.analyses import patients
from lib.analyses.study import opening_plan, under_study
from lib.figures import courses
from lib.ingest import read_cohort
from lib.plan import Plan
from tests.ingest.conftest import as_csv

CHANGES = [-45, 12, -100, 34, -5, -31]


def table(header, cells):
    rows = [["Code", "Arm", "OS, months", "Died", header]]
    return as_csv(
        rows + [[f"P{n}", ("HAI", "TACE")[n % 2], 5 + n, n % 2, c] for n, c in enumerate(cells)],
        "\t",
    )


@pytest.mark.cases
def test_a_given_change_is_a_bar_and_said_to_be_given(header):
    cohort = read_cohort("a.csv", table(header, CHANGES))
    result = patients.waterfall(under_study(cohort, opening_plan(cohort, Plan())))
    assert [round(100 * bar.change) for bar in result.bars] == sorted(CHANGES, reverse=True)
    assert all(bar.given for bar in result.bars)
    assert not result.left_out
    assert exhibits.patients.waterfall(result).caption.startswith(
        "Best change as the file gives it"
    )
    figure = courses.waterfall(result.bars, result.levels).checked().to_json()
    assert "as the file gives it" in figure
    assert "nan" not in figure
    assert exhibits.patients.bars(result, result.bars).iloc[0, 2] == "34.0"
