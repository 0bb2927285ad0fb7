"""People inside a text: what is replaced by a mark, and what of the clinic stays."""

import time

import pytest

from lib.ingest import personal
from lib.ingest.cells import Cells
from lib.ingest.remarks import without_people, without_people_in_name


@pytest.mark.cases
def test_whoever_is_named_is_replaced(text, who):
    assert who not in without_people(text)


@pytest.mark.cases
def test_people_in_a_text_are_replaced(text, left):
    assert without_people(text) == left


@pytest.mark.cases
def test_the_clinic_stays(text):
    assert without_people(text) == text


@pytest.mark.cases
def test_a_cell_of_a_hundred_thousand_signs_takes_no_time(piece):
    start = time.process_time()
    without_people(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 4


@pytest.mark.parametrize("piece", ["Xx A.B. ", "- ", "1", "1-", "+7 ", "A1", "ul. 1 ", "a.", "11."])
def test_a_column_of_long_cells_takes_no_time(piece):
    cells = Cells.of([f"{row} {piece * (100_000 // len(piece))}%" for row in range(4)])
    start = time.process_time()
    personal.holds_people(cells, False)
    personal.looks_like_people(cells)
    assert time.process_time() - start < 4


@pytest.mark.cases
def test_names_of_files_and_sheets_go_through_the_same_door(called, left):
    assert without_people_in_name(called) == left
