"""Unknown values of a column are one question, with a likely level first."""

import pytest

from lib import text
from lib.ingest import open_file, propose, read
from lib.ingest.cells import text_of
from lib.ingest.levels import known_words, likely, read_level
from lib.ingest.values import reader_of
from lib.schema import COLUMNS, TABLES
from tests.ingest.conftest import as_csv


def file_of(name, cells):
    rows = [[f"P{n}", n % 2, n + 3.5, cell] for n, cell in enumerate(cells)]
    head = ["patient_id", "os_event", "os_months", name]
    return open_file("a.csv", as_csv([head, *rows], ";"))


def asked(file, reading=None):
    return [each for each in propose(file, reading).questions if each.kind in ("value", "values")]


def said(answer):
    return text.said(answer.message, answer.values)


def test_values_are_answered_one_by_one_and_together():
    file = file_of("modality", ["A", "B", "C"] * 4)
    (question,) = asked(file)
    picked = [
        [said(a) for a in part.answers].index(words)
        for part, words in zip(
            question.parts[:2], ("Chemoinfusion (HAI)", "Chemoembolization (TACE)"), strict=True
        )
    ]
    reading = question.answered([*picked, None])
    cohort = read(file, reading)
    assert cohort.patients["modality"].tolist()[:3] == ["HAI", "TACE", "C"]
    (left,) = asked(file, reading)
    assert (left.kind, dict(left.values)["value"]) == ("value", "C")
    assert question.answered([None] * 3) == propose(file).chosen


@pytest.mark.cases
def test_initials_are_read_whatever_stands_between_them(column, value, level):
    assert known_words(COLUMNS[column]).find(value) == level


@pytest.mark.cases
def test_a_likely_level_is_one_whose_words_are_near(column, value, level):
    assert likely(COLUMNS[column], value, set()) == level


@pytest.mark.cases
def test_a_status_that_begins_with_life_or_death_is_that(value, level):
    assert read_level(COLUMNS["vital_status"], {})(text_of(value), value).value == level


@pytest.mark.parametrize("value", ["alive, later died", "не умер", "жив? умер?", "no data yet"])
def test_a_status_that_says_both_or_denies_is_asked(value):
    assert read_level(COLUMNS["vital_status"], {})(text_of(value), value).value is None


@pytest.mark.parametrize("point", [".0", ",0", ".00"])
@pytest.mark.parametrize(
    "column",
    [
        column
        for columns in TABLES.values()
        for column in columns.values()
        if column.kind in ("category", "flag")
    ],
    ids=lambda column: column.name,
)
def test_a_whole_number_may_have_a_decimal_point_where_a_table_has_holes(column, point):
    read = reader_of(column, "", None, {})
    for digit in "01234":
        assert read(digit + point, digit + point).value == read(digit, digit).value
