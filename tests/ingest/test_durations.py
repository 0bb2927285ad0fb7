"""Times as hospitals write them, and what stands beside them."""

import pytest

from lib.ingest.durations import read_duration
from lib.schema import COLUMNS

OS, PFS = COLUMNS["os_months"], COLUMNS["pfs_months"]


@pytest.mark.cases
def test_durations_in_words_are_months(cell, months):
    found = read_duration(cell, OS)
    assert (round(found.number, 2), found.worded, found.mark) == (months, True, "")


@pytest.mark.cases
def test_what_stands_beside_a_time_says_whether_the_event_happened(cell, number, mark):
    found = read_duration(cell, OS)
    assert (found.number, found.mark) == (number, mark)


def test_words_of_death_are_none_of_progression():
    assert read_duration("9 (без прогрессирования)", PFS).mark == "no"
    assert read_duration("9 (alive)", PFS) is None or read_duration("9 (alive)", PFS).mark == ""


@pytest.mark.parametrize("cell", ["5-7", "12/14", "14 мес 2 года", "3 курса", "1:DEAD", "1;14"])
def test_what_is_no_single_time_is_not_read(cell):
    assert read_duration(cell, OS) is None
