"""Columns of marks that are the levels of one field become that field."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from tests.ingest.conftest import as_csv

AGES = [57, 64, 71, 48, 66, 59, 52, 61]
LEVEL = [0, 1, 0, 1, 1, 0, 1, 0]


def table(headers, mark="x", blank="", level=LEVEL, wrong=()):
    rows = [["Code", "Arm", "Died", "OS, months", *headers, "Age"]]
    for n, age in enumerate(AGES):
        marks = [mark if place == level[n] else blank for place in range(len(headers))]
        marks = dict(wrong).get(n, marks)
        rows.append([f"P{n}", ("HAI", "TACE")[n % 2], level[n] % 2, 5 + n, *marks, age])
    return rows


def of(rows, reading=None):
    return read_cohort("a.csv", as_csv(rows, "\t"), reading)


@pytest.mark.parametrize(("mark", "blank"), [("x", ""), ("1", "0"), ("+", "-"), ("да", "")])
@pytest.mark.cases
def test_marks_under_the_levels_of_a_field_are_that_field(headers, field, levels, mark, blank):
    cohort = of(table(headers, mark, blank))
    assert cohort.patients[field].tolist() == [levels[place] for place in LEVEL]
    assert "levels" in [each.code for each in cohort.findings]


def test_two_marks_or_none_are_left_empty_and_told():
    cohort = of(table(("M", "F"), wrong=[(1, ["x", "x"]), (4, ["", ""])]))
    assert cohort.patients["sex"].isna().to_numpy().nonzero()[0].tolist() == [1, 4]
    told = {each.code: each.rows for each in cohort.findings}
    assert (told["several-marked"], told["none-marked"]) == ((3,), (6,))


def test_a_level_that_may_mean_two_is_asked_about_and_none_is_lost():
    level = [0, 1, 2, 3, 1, 2, 3, 0]
    file = open_file("a.csv", as_csv(table(("ПО", "ЧО", "СТ", "ПР"), level=level), "\t"))
    column = next(each for each in propose(file).columns if each.header.text == "response")
    best = propose(file).mapped(column, "best_response")
    assert any("'ПР'" in str(each.values) or "ПР" in str(each.values)
               for each in propose(file, best).questions)  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "wrong"),
    [
        (("M", "F"), [(n, ["x", "x"]) for n in range(4)]),
        (("Died", "Lost"), [(n, ["", ""]) for n in range(4)]),
        (("Complication", "Resection"), []),
    ],
)
def test_marks_of_things_that_go_together_stay_apart(headers, wrong):
    cohort = of(table(headers, wrong=wrong))
    assert "levels" not in [each.code for each in cohort.findings]


def test_a_column_of_the_field_itself_is_believed_and_marks_may_be_left_apart():
    rows = table(("M", "F"))
    beside = [[*row, "Sex" if n == 0 else "F"] for n, row in enumerate(rows)]
    assert set(of(beside).patients["sex"]) == {"F"}
    file = open_file("a.csv", as_csv(rows, "\t"))
    (asked,) = [each for each in propose(file).questions if "one thing" in each.message]
    left = asked.answers[1].reading
    assert "levels" not in [each.code for each in of(rows, left).findings]
    (again,) = [each for each in propose(file, left).questions if "one thing" in each.message]
    assert again.answers[1].reading != left
