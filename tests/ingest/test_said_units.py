"""The unit of a column is read from a line below or above the table, or from another sheet."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from tests.ingest.conftest import as_book

FACTORS = {"days": 30.4375, "weeks": 30.4375 / 7, "months": 1, "years": 1 / 12}


def table(header, unit, above=(), below=(), last="Age"):
    rows = [[line] for line in above]
    rows.append(["Patient", "Arm", header, "Died", last])
    for n in range(1, 13):
        time = (3 + 2.5 * n) * FACTORS[unit]
        rows.append([f"P{n}", ("HAI", "TACE")[n % 2], round(time, 4), n % 2, 40 + 2 * n])
    return [*rows, [], *([line] for line in below)] if below else rows


def months(sheets):
    return read_cohort("a.xlsx", as_book(sheets)).patients.get("os_months")


@pytest.mark.cases
@pytest.mark.parametrize("place", ["above", "below"])
def test_a_line_says_the_unit(header, unit, line, place, told):
    sheets = {"Data": table(header, unit, **{place: [line]})}
    assert months(sheets).round(1).tolist() == [3 + 2.5 * n for n in range(1, 13)]
    cohort = read_cohort("a.xlsx", as_book(sheets))
    assert len(cohort) == 12
    assert "by-line" in [each.code for each in cohort.findings]
    assert not [each for each in told(cohort) if "footnote" in each]
    asked = propose(open_file("a.xlsx", as_book(sheets))).questions
    assert not [each for each in asked if each.kind == "unit"]


@pytest.mark.cases
def test_a_sheet_of_variables_says_the_unit(rows):
    sheets = {"Data": table("futime", "weeks"), "Notes": rows}
    assert months(sheets).round(1).tolist() == [3 + 2.5 * n for n in range(1, 13)]
    told = {each.code for each in read_cohort("a.xlsx", as_book(sheets)).findings}
    assert "by-sheet" in told
    assert "not-read" not in told


@pytest.mark.cases
def test_a_time_that_is_no_unit_says_nothing(line):
    cohort = read_cohort("a.xlsx", as_book({"Data": table("futime", "days", below=[line])}))
    assert "by-line" not in [each.code for each in cohort.findings]


def test_a_header_that_names_its_unit_is_believed():
    sheets = {"Data": table("OS (days)", "days", below=["OS (days): weeks from infusion"])}
    assert months(sheets).round(1).tolist() == [3 + 2.5 * n for n in range(1, 13)]
