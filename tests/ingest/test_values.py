import numpy as np
import pytest

from lib.ingest import cells, levels, values
from lib.ingest.cells import Cells
from lib.ingest.dates import day_orders, read_date
from lib.ingest.levels import read_level
from lib.ingest.numbers import codes_in, read_number
from lib.schema import COLUMNS, TABLES, Column

PLAIN = Column("x", "x", "number")


def problem(read):
    return read.problem.code if read.problem else ""


@pytest.mark.cases
def test_a_number_is_read_as_people_type_it(cell, column, unit, value, code):
    read = read_number(COLUMNS[column] if column else PLAIN, unit)(cells.text_of(cell), cell)
    assert read.value == (None if value is None else pytest.approx(value))
    assert problem(read) == code


@pytest.mark.cases
def test_a_date_is_read_in_every_form(cell, first, day, code):
    read = read_date(first)(cells.text_of(cell), cell)
    assert (None if read.value is None else str(read.value)[:10], problem(read)) == (day, code)


@pytest.mark.cases
def test_a_cell_is_read_as_its_level(text, column, value, code):
    read = read_level(COLUMNS[column], {})(cells.text_of(text), text)
    assert (read.value, problem(read)) == (value, code)


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["03/04/2019", "13/04/2019"], {True}),
        (["03/04/2019", "04/13/2019"], {False}),
        (["03/04/2019"], set()),
        (["31.12.2019"], set()),
        (["13/04/2019", "14/04/2019", "04/13/2019"], {True, False}),
    ],
)
def test_the_order_of_a_column_is_told_by_its_days_beyond_twelve(texts, orders):
    assert day_orders(texts) == orders


def test_cells_are_read_once_for_each_value_that_differs():
    cells = Cells.of(["a", "a ", "", " ", "b", "a\u00a0", True, 5.0])
    assert cells.texts == ["a", "b", "TRUE", "5"]
    assert cells.codes.tolist() == [0, 0, -1, -1, 1, 0, 2, 3]
    kept = cells.take(np.array([False, True, True, False, True, False, False, False]))
    assert (kept.texts, kept.codes.tolist()) == (["a", "b"], [0, -1, 1])


def test_every_word_of_the_schema_is_read_as_its_level():
    for table in TABLES.values():
        for column in table.values():
            for each in column.levels:
                assert read_level(column, {})(each.code, each.code).value == each.code


@pytest.mark.cases
@pytest.mark.parametrize("column", ["cea_baseline", "death_date", "comment", "sex"])
def test_what_says_that_nothing_is_known_is_missing_in_every_kind_of_column(text, column):
    read = values.reader_of(COLUMNS[column], "", None, {})(text, text)
    assert read.value is None
    assert read.problem is None or read.problem.code == "no-value"


@pytest.mark.cases
def test_what_an_export_added_and_nobody_sees_is_dropped(cell, text):
    assert cells.text_of(cell) == text


@pytest.mark.cases
def test_of_an_arm_and_its_own_kind_in_brackets_the_narrower_is_meant(text, level):
    assert levels.leading(levels.known_words(COLUMNS["modality"]), text)[0] == level


@pytest.mark.cases
def test_a_code_for_unknown_recurs_and_lies_apart_from_all_others(cells, codes):
    found = codes_in(Cells.of(cells))
    assert (list(found.texts) if found else None) == codes
