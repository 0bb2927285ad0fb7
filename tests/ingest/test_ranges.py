"""Every number and date has what is plausible and what is possible, in the unit of its sheet."""

import pytest

from lib.ingest import read
from lib.ingest.dates import LATEST
from lib.ingest.numbers import UNITS
from lib.schema import TABLES
from tests.ingest.conftest import as_csv, as_workbook, opened

RANGED = [
    (table, name)
    for table, columns in TABLES.items()
    for name, column in columns.items()
    if column.kind in ("number", "date") or column.unit
]
FEW = 12


@pytest.mark.parametrize(("table", "name"), RANGED)
def test_every_number_and_date_has_what_is_plausible_and_what_is_possible(table, name):
    column = TABLES[table][name]
    assert column.least <= column.low < column.high <= column.most
    assert column.most <= (LATEST if column.kind == "date" else 1e9)
    assert (column.least, column.most) != (column.low, column.high) or column.unit == "%"
