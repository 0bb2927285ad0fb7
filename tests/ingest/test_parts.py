"""What all rows of a table decide for those that are read."""

import numpy as np

from lib.ingest import parts, read
from lib.ingest.cells import Cells
from lib.ingest.reader import Tally
from lib.ingest.said_units import likely_unit
from lib.plan import LEFT_OUT, MappedColumn, Reading
from lib.schema import COLUMNS
from tests.conftest import refused

CODES = [f"P{k:02d}" for k in range(30)]
DAYS = [f"{k % 12 + 1:02d}.{k % 12 + 1:02d}.2019" for k in range(30)]
TABLE = {
    "patient_id": CODES,
    "ФИО": [f"Иванов{'ав'[k % 2]} И.И." for k in range(30)],
    "first_procedure_date": DAYS,
    "ОС, см": ["3"] * 30,
}


def opened(columns, known=None, **tables):
    sheets = [parts.sheet("patients", list(columns), list(columns.values()), known or {})]
    sheets += [
        parts.sheet(name, list(each), list(each.values()), {}) for name, each in tables.items()
    ]
    return parts.opened("registry", "", sheets, Reading())


def test_a_column_is_known_by_all_of_it():
    cells = Cells.of(["b", "", "z"], whole=Tally(("a", "b"), (5, 3), 2))
    assert cells.texts == ["a", "b", "z"]
    assert cells.codes.tolist() == [1, -1, 2]
    assert cells.counts().tolist() == [5, 3, 1]  # the last is not among those known
    assert cells.blank() == 2
    assert cells.take(np.array([False, False, True])).texts == cells.texts
    again = cells.recoded(["x", "x", ""])
    assert (again.texts, again.counts().tolist(), again.blank()) == (["x"], [8], 3)


def test_days_are_read_in_the_order_that_other_rows_prove():
    days = {**TABLE, "first_procedure_date": ["03/04/2019"] * 30}
    whole = Tally(("03/04/2019", "04/25/2019"), (30, 1))
    cohort = read(opened(days, known={"first_procedure_date": whole}))
    assert {str(day.date()) for day in cohort.dates("first_procedure_date")} == {"2019-03-04"}


def test_nothing_is_left_to_a_part_and_names_are_not_read():
    file = opened(TABLE)
    settled = parts.settled(file, Reading())
    meant = {each.header: each.column for each in settled.reading.columns}
    assert meant["patient_id"] == "patient_id"
    assert meant["first_procedure_date"] == "first_procedure_date"
    assert meant.get("ФИО", LEFT_OUT) == LEFT_OUT
    assert settled.reading.repeated == "first"
    assert settled.keys == {"patients": ("patient_id",)}
    assert parts.private(file, Reading())["patients"] == {"patient_id", "ФИО"}


def test_several_rows_of_a_patient_are_settled_by_all():
    visits = {
        "patient_id": [*CODES, *CODES],
        "first_procedure_date": [*DAYS, *(f"28.{day[3:]}" for day in DAYS)],
    }
    assert parts.settled(opened(visits), Reading()).reading.repeated == "joined"


def test_a_table_whose_rows_are_nobodys_is_said():
    with refused("registry-no-key"):
        parts.settled(opened(TABLE, procedures={"procedure_date": DAYS}), Reading())


def test_a_code_known_by_its_cells_is_known_by_its_header_in_the_other_tables():
    codes = [f"K{k % 4:02d}-{k:06d}" for k in range(30)]
    patients = {"Fallnummer": codes, "first_procedure_date": DAYS}
    procedures = {"Fallnummer": [codes[0], *codes], "procedure_date": [DAYS[0], *DAYS]}
    settled = parts.settled(opened(patients, procedures=procedures), Reading())
    assert settled.keys == {"patients": ("Fallnummer",), "procedures": ("Fallnummer",)}
    left = MappedColumn("Fallnummer", 0, LEFT_OUT, "procedures")
    with refused("registry-no-key"):  # as was said
        parts.settled(opened(patients, procedures=procedures), Reading(columns=(left,)))


def test_who_is_named_in_a_tally_is_not_kept():
    found = parts.tally(["Иванов Иван Иванович звонил", "", "CR"], [1, 2, 3], 4)
    assert found.counts == (1, 3)
    assert found.blank == 6
    assert "Иванов" not in found.cells[0]


MANY = 10**11  # rows that no machine holds one by one
WHOLE = {
    "first_procedure_date": Tally(tuple(dict.fromkeys(DAYS)), (MANY,) * 12),
    "last_contact_date": Tally(("01.02.2020", "01.02.2035"), (12 * MANY, 1)),
    "largest_lesion_mm": Tally((30, 40, 3), (6 * MANY, 6 * MANY, 1)),
}


def test_what_is_known_of_all_rows_is_used_by_its_counts():
    columns = {
        "patient_id": CODES,
        "first_procedure_date": DAYS,
        "last_contact_date": ["01.02.2035", *["01.02.2020"] * 29],
        "largest_lesion_mm": [3, *[30] * 29],
    }
    told = {(each.code, each.column, each.rows) for each in read(opened(columns, WHOLE)).findings}
    assert ("decades-ahead", "last_contact_date", (2,)) in told
    assert any(column == "largest_lesion_mm" and rows == (2,) for _code, column, rows in told)
    times = Cells.of([900], whole=Tally((400, 900), (MANY, MANY)))
    assert likely_unit(COLUMNS["os_months"], times) == "days"
