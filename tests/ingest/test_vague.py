"""Dates as people remember them, and texts in the place of a date."""

import pytest

from lib.ingest.cells import Cells, text_of
from lib.ingest.dates import read_date
from lib.ingest.evidence import nature
from lib.ingest.kinds import guess
from lib.schema import COLUMNS


def read(cell, column="last_contact_date"):
    return read_date(True, column=COLUMNS[column])(text_of(cell), cell)


def days(found):
    return None if found.span is None else tuple(map(str, found.span))


@pytest.mark.cases
def test_a_date_known_roughly_is_the_middle_of_what_it_may_be(cell, first, last):
    found = read(cell)
    assert days(found) == (first, last)
    assert first < str(found.value)[:10] < last
    assert (found.problem.severity, found.problem.code) == ("note", "to-span")


@pytest.mark.cases
def test_a_doubtful_month_or_year_is_read_and_told(cell, first, last):
    found = read(cell)
    assert (days(found), found.problem.severity) == ((first, last), "note")


@pytest.mark.cases
def test_a_day_that_a_clerk_can_read_is_read_and_told(cell, message):
    found = read(cell)
    assert (str(found.value)[:10], found.problem.message) == ("2019-03-15", message)


@pytest.mark.parametrize("cell", ["жив на 15.03.2019", "alive on 15.03.2019", "нет (15.03.2019)"])
def test_words_that_deny_an_event_leave_it_without_a_date(cell):
    found = read(cell, "death_date")
    assert (found.value, found.problem.code) == (None, "no-date")
    assert str(read(cell).value)[:10] == "2019-03-15"  # a day on which somebody was seen


@pytest.mark.cases
def test_a_date_that_stands_for_none_is_none(cell):
    found = read(cell, "death_date")
    assert (found.value, found.problem.severity, found.problem.code) == (
        None,
        "note",
        "no-day",
    )
    assert read(cell, "first_procedure_date").problem == ("error", "no-day", (), True)


def test_a_day_on_which_nobody_of_these_cohorts_was_seen_is_emptied():
    assert read("12.03.1919").problem == (
        "error",
        "impossible-date",
        (("low", 1950), ("high", 2060)),
        True,
    )
    assert str(read_date(True)("12.03.1919", "12.03.1919").value)[:10] == "1919-03-12"
    assert read("12.03.1965").problem == (
        "warning",
        "unlikely-date",
        (("low", 1970), ("high", 2040)),
        True,
    )


@pytest.mark.parametrize("cell", ["12.03.2019 и 15.04.2019", "вчера", "Q5 2019", "весна", "3 HAI"])
def test_what_is_no_one_date_is_left_empty(cell):
    assert read(cell).value is None


@pytest.mark.parametrize("none", ["нет", "без прогрессирования", "alive", "not yet"])
def test_words_that_deny_an_event_leave_its_column_one_of_dates(none):
    assert nature(Cells.of(["весна 2019", none, "12.03.2019", none, "2019", none])) == "date"


def test_remarks_with_a_date_in_each_are_no_column_of_dates():
    cells = Cells.of([f"КТ от {day}.03.2019, рост" for day in range(10, 29)])
    assert (nature(cells), guess(cells, True)) == ("text", "text")
