"""Every number has a range; `cases/missing.txt` has what is asked about codes for unknown."""

import pytest

from lib.ingest import read_cohort
from lib.ingest.cells import Cells
from lib.ingest.numbers import codes_in
from lib.schema import TABLES
from tests.ingest.conftest import as_csv


@pytest.mark.cases
def test_a_code_for_unknown_recurs_and_lies_apart_from_all_others(cells, codes):
    found = codes_in(Cells.of(cells))
    assert (list(found.texts) if found else None) == codes


NUMBERS = [
    (table, name)
    for table, columns in TABLES.items()
    for name, column in columns.items()
    if column.kind == "number"
]


@pytest.mark.parametrize(("table", "name"), NUMBERS)
def test_every_number_of_the_schema_has_a_range(table, name):
    column = TABLES[table][name]
    assert column.least <= column.low < column.high <= column.most < 1e9


@pytest.mark.parametrize("name", ["os_months", "pfs_months", "cea_baseline", "marker", "dose"])
def test_digits_without_end_are_emptied_and_told(name):
    cells = ["12", "30.5", "8", "9" * 5000, *map(str, range(20, 30))]
    rows = [[f"P{n}", "HAI", n % 2, cell] for n, cell in enumerate(cells)]
    data = as_csv([["patient_id", "modality", "os_event", name], *rows])
    cohort = read_cohort("a.csv", data)
    assert cohort.patients[name].tolist()[:3] == [12, 30.5, 8]
    assert cohort.patients[name].isna().tolist() == [False] * 3 + [True] + [False] * 10
    assert [each.rows for each in cohort.findings if each.severity == "error"] == [(5,)]
