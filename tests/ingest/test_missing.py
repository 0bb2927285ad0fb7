"""Every number has a range, and codes for unknown are asked about once a column."""

import pytest

from lib.ingest import open_file, propose, read
from lib.ingest.cells import Cells
from lib.ingest.numbers import codes_in
from lib.schema import TABLES
from tests.ingest.conftest import as_csv


@pytest.mark.cases
def test_a_code_for_unknown_recurs_and_lies_apart_from_all_others(cells, codes):
    found = codes_in(Cells.of(cells))
    assert (list(found.texts) if found else None) == codes


def file_of(name, cells):
    rows = [[f"P{n}", "HAI", n % 2, cell] for n, cell in enumerate(cells)]
    return open_file("a.csv", as_csv([["patient_id", "modality", "os_event", name], *rows]))


TIMES = ["12", "30.5", "8", "41", "99", "99"]


def asked(file, reading=None):
    return [each for each in propose(file, reading).questions if each.kind == "code"]


@pytest.mark.parametrize("name", ["os_months", "pfs_months", "prior_lines", "cea_baseline"])
def test_codes_of_a_column_that_is_analysed_are_one_open_question(name):
    cells = ["1", "2", "3", "4", "99", "99"] if name == "prior_lines" else TIMES
    file = file_of(name, cells)
    (question,) = asked(file)
    settled = name == "prior_lines"  # 99 lines cannot be
    assert (dict(question.values)["count"], question.settled) == (2, settled)
    unknown, number = (read(file, each.reading).patients[name] for each in question.answers)
    assert unknown.isna().tolist() == [False] * 4 + [True] * 2
    assert number.isna().tolist() == [False] * 4 + [settled] * 2
    assert asked(file, question.answers[0].reading) == []


def test_what_cannot_be_is_emptied_at_once_and_the_question_settled(told):
    file = file_of("os_months", [*TIMES[:4], "9999", "9999"])
    (question,) = asked(file)
    assert question.settled
    assert read(file).patients["os_months"].isna().sum() == 2
    assert any("9999 is not between 0 and 600 months" in line for line in told(read(file)))


def test_what_cannot_be_is_judged_in_the_unit_of_the_header():
    (question,) = asked(file_of("OS (years)", ["1.5", "2.2", "0.7", "3.1", "99", "99"]))
    assert question.settled


def test_codes_of_a_column_that_is_carried_are_unknown_unless_somebody_says_otherwise(told):
    file = file_of("marker", ["1.5", "2.5", "7.1", "4.2", "-9", "-9"])
    (question,) = asked(file)
    assert question.settled
    assert read(file).patients["marker"].isna().sum() == 2
    assert "marker: '-9' read as a code for unknown [6, 7]" in told(read(file))
    assert read(file, question.answers[1].reading).patients["marker"].tolist()[4:] == [-9, -9]


def test_codes_of_a_grade_are_asked_too():
    file = file_of("ecog", ["0", "1", "2", "1", "9", "9"])
    (question,) = asked(file)
    assert not question.settled
    assert read(file, question.answers[0].reading).patients["ecog"].isna().sum() == 2
    assert read(file, question.answers[1].reading).patients["ecog"].tolist()[4:] == ["9", "9"]


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


@pytest.mark.parametrize("cell", ["1e28", "9" * 40, "9" * 5000, "1e308", "1e400", "-1e28"])
@pytest.mark.parametrize("name", ["os_months", "pfs_months", "cea_baseline", "marker", "dose"])
def test_a_number_that_cannot_be_is_emptied_and_told(name, cell):
    cohort = read(file_of(name, ["12", "30.5", "8", cell, *map(str, range(20, 30))]))
    assert cohort.patients[name].tolist()[:3] == [12, 30.5, 8]
    assert cohort.patients[name].isna().tolist() == [False] * 3 + [True] + [False] * 10
    assert [each.rows for each in cohort.findings if each.severity == "error"] == [(5,)]


def test_a_range_is_judged_in_the_unit_of_the_sheet(told):
    cohort = read(file_of("OS (days)", ["400", "900", "1200", "30000", "99999"]))
    months = cohort.patients["os_months"]
    assert months.round(1).tolist()[:3] == [13.1, 29.6, 39.4]
    assert months.isna().tolist() == [False] * 3 + [True] * 2


def test_the_time_of_a_further_endpoint_has_a_range():
    rows = [[f"P{n}", n % 2, time] for n, time in enumerate(["5", "7", "9", "4000", "11"])]
    data = as_csv([["patient_id", "dfs_status", "dfs_months"], *rows])
    assert read(open_file("a.csv", data)).patients["dfs_months"].isna().sum() == 1
