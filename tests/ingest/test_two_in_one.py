"""A column whose header names several quantities, and whose cells hold them, becomes several."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from tests.ingest.conftest import as_csv

PARTS = [("M", 57), ("F", 64), ("M", 71), ("F", 48), ("F", 66), ("M", 59)]


def table(header, cells, rest="TNM"):
    rows = [["Code", "Arm", "OS, months", "Died", rest, header]]
    return rows + [
        [f"P{n}", ("HAI", "TACE")[n % 2], 5 + n, n % 2, f"T{n % 3}/N1", cell]
        for n, cell in enumerate(cells)
    ]


def of(header, cells, reading=None, **more):
    return read_cohort("a.csv", as_csv(table(header, cells, **more), "\t"), reading)


@pytest.mark.cases
def test_age_and_sex_in_one_column_are_two(header, cell):
    words = {"M": "муж", "F": "жен"}
    cells = [cell.format(age=age, sex=sex, пол=words[sex]) for sex, age in PARTS]
    patients = of(header, cells).patients
    assert list(zip(patients["sex"], patients["age"], strict=True)) == PARTS


@pytest.mark.cases
def test_any_two_fields_are(header, cells, fields):
    first = of(header, cells).patients.iloc[0]
    assert {name: first[name] for name in fields} == fields


@pytest.mark.cases
def test_a_column_of_one_quantity_stays_one(header, cells):
    told = of(header, cells).findings
    assert "parted" not in [each.code for each in told]


def test_cells_that_do_not_hold_both_are_emptied_and_told():
    cohort = of("Age/Sex", ["57/M", "64/F", "unclear", "71/F", "48/-", "59/M"])
    assert cohort.patients["sex"].isna().tolist() == [False, False, True, False, True, False]
    assert cohort.patients["age"].isna().tolist() == [False, False, True, False, False, False]
    told = [each for each in cohort.findings if each.code == "unparted"]
    assert [(each.column, each.value, each.rows) for each in told] == [("Age/Sex", "unclear", (4,))]


def test_what_was_taken_apart_is_said_and_may_be_undone():
    data = as_csv(table("Age/Sex", ["57/M", "64/F"] * 3), "\t")
    file = open_file("a.csv", data)
    (asked,) = [each for each in propose(file).questions if "several columns" in each.message]
    assert asked.settled
    left = asked.answers[1].reading
    (again,) = [each for each in propose(file, left).questions if "several columns" in each.message]
    assert again.answers[0].reading == left
    cohort = read_cohort("a.csv", data, left)
    assert "sex" not in cohort.patients
    assert "sex" in read_cohort("a.csv", data, again.answers[1].reading).patients
    assert cohort.reading == read_cohort("a.csv", data, cohort.reading).reading
