"""Follow-up in steps: exact steps are the table itself, merged ones bracket it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.stepped import Steps

GROUPS = ("one", "other")


def tables(causes):
    rows = st.tuples(st.integers(0, 30), st.integers(0, causes), st.integers(0, 1))
    return st.lists(rows, min_size=1, max_size=60).map(
        lambda found: count(
            TimeToEvent(*(np.array(each) for each in tuple(zip(*found, strict=True))[:2])),
            np.array([group for *_row, group in found]),
            GROUPS,
        )
    )


@given(tables(3))
def test_steps_of_a_table_give_the_table_back(table):
    found = Steps.of(table).life_table(GROUPS, table.causes)
    assert found.time.tolist() == table.time.tolist()
    assert found.rows.tolist() == table.rows.tolist()
    assert Steps.of(table).exact and Steps.of(table).carried == np.inf


def merged(table, ends):
    """The same patients, of whom only the step of the end is told."""
    exact, ends = Steps.of(table), np.array([0.0, *ends])
    at = np.maximum(np.searchsorted(ends, exact.stop), 1)
    return Steps(exact.event, ends[at - 1], ends[at], exact.n)


@given(tables(1), st.sampled_from([(6, 12, 30), (10, 30), (30,)]))
def test_merged_steps_bracket_the_events_and_carry_no_further_than_they_know(table, ends):
    found = merged(table, ends)
    made = found.life_table(GROUPS)
    assert made.n.tolist() == table.n.tolist()
    until = found.carried
    for end in ends:
        if end <= until:
            truth = table.events[:, table.time <= end].sum(axis=1)
            assert made.events[:, made.time <= end].sum(axis=1).tolist() == truth.tolist()
    assert not made.events[:, made.time > until].any()


def test_nobody_is_nobody():
    assert Steps.nobody(2).life_table(GROUPS).n.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("event", "start", "stop", "n"),
    [
        ([1], [2.0], [1.0], [[1]]),
        ([1], [-1.0], [1.0], [[1]]),
        ([1], [1.0], [1.0], [[-1]]),
        ([-1], [1.0], [1.0], [[1]]),
        ([1, 0], [1.0], [1.0], [[1]]),
    ],
)
def test_what_is_no_step_is_refused(event, start, stop, n):
    with pytest.raises(ValueError, match="must be"):
        Steps(np.array(event), np.array(start), np.array(stop), np.array(n))


def test_late_entry_has_no_steps():
    table = count(TimeToEvent(np.array([3.0]), np.array([1]), np.array([1.0])))
    with pytest.raises(ValueError, match="late entry"):
        Steps.of(table)
