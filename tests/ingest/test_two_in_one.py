"""A column whose header names several quantities, and whose cells hold them, becomes several."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from lib.ingest.two_in_one import PARTED, UNPARTED
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


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Age/Sex", "{age}/{sex}"), ("Sex, age", "{sex}, {age}"), ("Sex (age)", "{sex} ({age})"),
        ("age_sex", "{age}{sex}"), ("Age and gender", "{age} y {sex}"),
        ("Gender|Age", "{sex}{age}"),
        ("Age/Sex", "{sex}-{age}"), ("Пол/возраст", "{пол}, {age} лет"),
        ("Возраст, пол", "{age} {пол}"), ("Пол и возраст пациента", "{пол}.; {age}"),
    ],
)  # fmt: skip
def test_age_and_sex_in_one_column_are_two(header, cell):
    words = {"M": "муж", "F": "жен"}
    cells = [cell.format(age=age, sex=sex, пол=words[sex]) for sex, age in PARTS]
    patients = of(header, cells).patients
    assert list(zip(patients["sex"], patients["age"], strict=True)) == PARTS


@pytest.mark.parametrize(
    ("header", "cells", "fields"),
    [
        ("ECOG/Child-Pugh", ["1/A", "0/B", "2/A"] * 2, {"ecog": "1", "child_pugh": "A"}),
        ("RAS/BRAF", ["wt/wt", "mut/wt", "wt/mut"] * 2, {"ras": "wt", "braf": "wt"}),
        (
            "Число/размер очагов, мм",
            ["3/45", "1/20", "7/88"] * 2,
            {"n_lesions": 3, "largest_lesion_mm": 45},
        ),
        ("Препарат, доза", ["5-ФУ 1000", "иринотекан 100"] * 3, {"drug": "5-ФУ", "dose": 1000}),
        (
            "Ответ через 3/6 мес",
            ["ЧО/СТ", "СТ/СТ", "ЧО/ЧО"] * 2,
            {"response_3m": "PR", "response_6m": "SD"},
        ),
        (
            "Пол/возраст/ECOG",
            ["м/57/1", "ж/60/0", "м/61/2"] * 2,
            {"sex": "M", "age": 57, "ecog": "1"},
        ),
        ("CEA/CA 19-9", ["12/30.5", "9/25.5", "3/11.5"] * 2, {"cea_baseline": 12}),
    ],
)
def test_any_two_fields_are(header, cells, fields):
    first = of(header, cells).patients.iloc[0]
    assert {name: first[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("T/N", ["3/1", "2/0"] * 3),
        ("Sex (M/F)", ["M", "F"] * 3),
        ("Death / last contact", ["01/04/2022", "03/05/2022"] * 3),
        ("Age/Sex", ["57", "64"] * 3),
        ("BP/pulse", ["120/70", "130/60"] * 3),
    ],
)
def test_a_column_of_one_quantity_stays_one(header, cells):
    told = of(header, cells).findings
    assert PARTED not in [each.message for each in told]


def test_cells_that_do_not_hold_both_are_emptied_and_told():
    cohort = of("Age/Sex", ["57/M", "64/F", "unclear", "71/F", "48/-", "59/M"])
    assert cohort.patients["sex"].isna().tolist() == [False, False, True, False, True, False]
    assert cohort.patients["age"].isna().tolist() == [False, False, True, False, False, False]
    told = [each for each in cohort.findings if each.message == UNPARTED]
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
