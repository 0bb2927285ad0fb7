"""Who a person is inside a text; `cases/people.txt` has codes and columns."""

import time

import pytest

from lib.ingest.remarks import without_people


@pytest.mark.cases
def test_people_inside_a_text_are_replaced(text, left):
    assert without_people(text) == left


@pytest.mark.cases
def test_drugs_eponyms_and_numbers_stay(text):
    assert without_people(text) == text


@pytest.mark.parametrize("piece", ["а", "A", "8 ", "1-", "А.", "Аб ", "Аб-", "1.1.19", "x@", "+7 "])
def test_a_cell_as_long_as_a_workbook_allows_takes_no_time(piece):
    start = time.process_time()
    without_people(piece * (32_767 // len(piece)))
    assert time.process_time() - start < 2
