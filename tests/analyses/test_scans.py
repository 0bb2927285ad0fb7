"""When patients were first treated, and how long the time between their assessments was."""

from datetime import date

import numpy as np
import pytest

from lib.analyses import scans
from lib.schema import FIRST_YEAR
from tests.conftest import after, cohort_of


def test_the_time_between_scans_is_each_patients_own_until_progression():
    visits = {
        "patient_id": ["1"] * 4 + ["2"] * 2,
        "assessment_date": [after(month) for month in (0, 1, 2, 8, 1, 1)],
    }
    cohort = cohort_of(
        {"patient_id": ["1", "2", "3"], "progression_date": [after(2), None, None]},
        {"assessments": visits},
    )
    first, *others = scans.intervals(cohort).tolist()
    assert first == pytest.approx(1, abs=0.02)
    assert np.isnan(others).all()


def test_the_year_is_by_the_date_and_else_as_given():
    cohort = cohort_of(
        {"first_procedure_date": [date(2019, 5, 1), None, None], FIRST_YEAR: [2001, 2018, None]}
    )
    assert scans.years(cohort).fillna(0).tolist() == [2019, 2018, 0]
    assert scans.years(cohort_of({"patient_id": ["1"]})) is None
