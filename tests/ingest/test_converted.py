"""Cells that the spreadsheet turned into dates, and days typed where a date is not known."""

import datetime

import pytest

from lib.ingest.cells import Cells
from lib.ingest.converted import decimals_in, is_swapped

day = datetime.date


@pytest.mark.parametrize("left", ["28/07/2020", "28.07.2020", "07/28/2020", "28-07-2020"])
@pytest.mark.parametrize("real", [day(2020, 4, 7), "2020-04-07"])
def test_real_dates_with_small_days_beside_texts_with_large_ones_were_swapped(left, real):
    assert is_swapped(Cells.of([real, real, day(2020, 5, 5), left, left]))


@pytest.mark.cases
def test_no_other_column_of_dates_has_that_print(cells):
    assert not is_swapped(Cells.of(cells))


def test_dates_of_several_years_are_no_decimals():
    assert decimals_in(Cells.of([day(2024, 8, 21), day(2023, 1, 2), 5.5, 7.1])) == []
    assert decimals_in(Cells.of([day(2024, 8, 21), day(2024, 1, 2)])) == []
