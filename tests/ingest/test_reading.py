"""What a file gives beside its patients; `cases/reading.txt` has how those are read."""

import numpy as np
import pandas as pd

from lib.ingest import read_cohort
from lib.plan import Reading
from tests.conftest import as_book
from tests.ingest.conftest import CLEAN, as_csv


def test_columns_have_the_types_that_the_cohort_promises():
    rows = [["patient_id", "age", "death_date", "sex"], ["1", "60", "31.12.2024", "м"]]
    dtypes = read_cohort("a.csv", as_csv(rows)).patients.dtypes
    assert dtypes["age"] == np.float64
    assert dtypes["death_date"].kind == "M"
    assert dtypes["sex"] == dtypes["patient_id"] == pd.StringDtype(na_value=np.nan)


def test_further_columns_keep_their_header_and_a_guessed_kind():
    rows = [["patient_id", "row", "AFP", "Цвет", "дата МРТ"]]
    rows += [[str(i), "x", f"{i},5", "красный", "01.02.2020"] for i in range(6)]
    cohort = read_cohort("more.csv", as_csv(rows, ";"), Reading(known_before=("AFP",)))
    assert [(c.name, c.label, c.kind, c.baseline) for c in cohort.extra] == [
        ("row (2)", "row", "category", False),
        ("AFP", "AFP", "number", True),
        ("Цвет", "Цвет", "category", False),
        ("дата МРТ", "дата МРТ", "date", False),
    ]


def test_a_workbook_says_itself_that_it_is_synthetic():
    source = [["key", "value"], ["synthetic", "yes"], ["note", "Invented."]]
    cohort = read_cohort("s.xlsx", as_book({"source": source, "patients": CLEAN}))
    assert (cohort.source.synthetic, cohort.source.note) == (True, "Invented.")
    assert cohort.source.sheet == "patients"
