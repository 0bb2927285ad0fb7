"""Every step of Karnofsky's index has its ECOG, and no other number; see `cases/ranges.txt`."""

from datetime import date, datetime, time

import pytest

from lib.ingest.performance import read_status
from lib.ingest.values import read_text


@pytest.mark.parametrize("index", range(10, 101))
def test_only_the_steps_of_the_index_are_read(index):
    value, problem, _span = read_status(read_text)(str(index), index)
    assert problem is not None
    assert (value is not None) == (index % 10 == 0)
    assert (problem.code == "karnofsky") == (index % 10 == 0)


@pytest.mark.parametrize(
    "cell",
    [
        "01",
        "7",
        "1-2",
        "0 or 1",
        "0/50",
        "3 (80)",
        "0.9",
        "0,85",
        0.9,
        date(2024, 2, 1),
        datetime(2024, 2, 1),
        time(),
    ],
)
def test_what_is_of_neither_scale_is_said_and_left_empty(cell):
    value, problem, _span = read_status(read_text)(str(cell), cell)
    assert value is None
    assert problem.code == "no-index"


@pytest.mark.parametrize("text", ["0", "1", "ECOG 1", "1.0", "good"])
def test_ecog_stays_as_it_is(text):
    assert read_status(read_text)(text, text).value == text
