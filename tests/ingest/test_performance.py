"""Every step of Karnofsky's index has its ECOG, and no other number; see `cases/ranges.txt`."""

import pytest

from lib.ingest.performance import read_status
from lib.ingest.values import read_text


@pytest.mark.parametrize("index", range(10, 101))
def test_only_the_steps_of_the_index_are_read(index):
    value, problem, _span = read_status(read_text)(str(index), index)
    assert problem is not None
    assert (value is not None) == (index % 10 == 0)
    assert (problem.code == "karnofsky") == (index % 10 == 0)


@pytest.mark.parametrize("text", ["0", "1", "2-3", "ECOG 1", "01", "good"])
def test_ecog_stays_as_it_is(text):
    assert read_status(read_text)(text, text).value == text
