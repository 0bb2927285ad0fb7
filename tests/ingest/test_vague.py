"""Dates as people remember them, and texts in the place of a date."""

import pytest

from lib.ingest.cells import Cells, text_of
from lib.ingest.dates import read_date
from lib.ingest.evidence import nature
from lib.ingest.kinds import guess
from lib.schema import COLUMNS


@pytest.mark.cases
def test_a_cell_in_the_place_of_a_date(cell, column, day, span, severity, code):
    read = read_date(True, column=COLUMNS[column])(text_of(cell), cell)
    assert (None if read.value is None else str(read.value)[:10]) == day
    assert [*map(str, read.span or ())] == span
    assert (read.problem.severity, read.problem.code) == (severity, code)


def test_the_years_in_which_somebody_can_have_been_seen_are_those_of_the_column():
    read = read_date(True, column=COLUMNS["last_contact_date"])
    assert read("12.03.1919", "12.03.1919").problem.values == (("low", 1950), ("high", 2060))
    assert read("12.03.1965", "12.03.1965").problem.values == (("low", 1970), ("high", 2040))
    assert str(read_date(True)("12.03.1919", "12.03.1919").value)[:10] == "1919-03-12"


@pytest.mark.parametrize("none", ["нет", "без прогрессирования", "alive", "not yet"])
def test_words_that_deny_an_event_leave_its_column_one_of_dates(none):
    assert nature(Cells.of(["весна 2019", none, "12.03.2019", none, "2019", none])) == "date"


def test_remarks_with_a_date_in_each_are_no_column_of_dates():
    cells = Cells.of([f"КТ от {day}.03.2019, рост" for day in range(10, 29)])
    assert (nature(cells), guess(cells, True)) == ("text", "text")
