"""What a file gives beside its patients; `cases/reading.txt` has how those are read."""

import numpy as np
import pandas as pd

from lib.ingest import read_cohort
from tests.conftest import as_book
from tests.ingest.conftest import CLEAN, as_csv


def test_columns_have_the_types_that_the_cohort_promises():
    rows = [["patient_id", "age", "death_date", "sex"], ["1", "60", "31.12.2024", "м"]]
    dtypes = read_cohort("a.csv", as_csv(rows)).patients.dtypes
    assert dtypes["age"] == np.float64
    assert dtypes["death_date"].kind == "M"
    assert dtypes["sex"] == dtypes["patient_id"] == pd.StringDtype(na_value=np.nan)


def test_a_workbook_says_itself_that_it_is_synthetic():
    source = [["key", "value"], ["synthetic", "yes"], ["note", "Invented."]]
    cohort = read_cohort("s.xlsx", as_book({"source": source, "patients": CLEAN}))
    assert (cohort.source.synthetic, cohort.source.note) == (True, "Invented.")
    assert cohort.source.sheet == "patients"
