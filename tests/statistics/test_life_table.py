"""Counting: the books of every table balance, however it was counted."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lib.statistics import life_table
from lib.statistics.life_table import LifeTable, TimeToEvent, count

rows = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=80
)
NAMES = ("a", "b", "c")


def of(rows):
    time, event, group = (np.array(column) for column in zip(*rows, strict=True))
    return TimeToEvent(time, event), group


def naive(data, group):
    """The same counts by going through the rows for every time."""
    times = np.unique(data.time)
    causes = max(1, int(data.event.max()))
    return times, np.array(
        [
            [
                [np.sum((data.time == t) & (data.event == c) & (group == g)) for t in times]
                for c in range(1 + causes)
            ]
            for g in range(3)
        ]
    )


def same(one, other):
    assert one.groups == other.groups
    assert_allclose(one.time, other.time, rtol=1e-12)
    for name in ("rows", "entered", "weight", "square", "spans"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None), name
        if a is not None:
            assert_allclose(a, b, rtol=1e-12, err_msg=name)


@given(rows)
def test_counts_every_row_once(rows):
    data, group = of(rows)
    table = count(data, group, NAMES)
    times, counts = naive(data, group)
    assert_array_equal(table.time, times)
    assert_array_equal(table.rows, counts)
    at_risk = [[np.sum((data.time >= t) & (group == g)) for t in times] for g in range(3)]
    assert_array_equal(table.at_risk, at_risk)
    assert_array_equal(table.n, np.bincount(group, minlength=3))


@given(rows)
def test_ready_counts_make_the_same_table(rows):
    data, group = of(rows)
    cells, number = np.unique(np.array(rows), axis=0, return_counts=True)
    table = LifeTable.from_counts(cells[:, 0], cells[:, 1], number, cells[:, 2], NAMES)
    same(table, count(data, group, NAMES))


late_rows = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 20), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=60,
)


def late(rows):
    entry, after, event, group = (np.array(column) for column in zip(*rows, strict=True))
    return TimeToEvent(entry + after, event, entry), group


def lines(rows):
    """What a database gives of them: entry, exit, event, group, and how many."""
    alike, number = np.unique(np.array(rows), axis=0, return_counts=True)
    entry, after, event, group = alike.T
    return entry, entry + after, event, group, number


@given(late_rows)
def test_ready_counts_of_both_ends_make_the_same_table_as_the_rows(rows):
    data, group = late(rows)
    entry, left, event, who, number = lines(rows)
    same(
        LifeTable.from_counts(left, event, number, who, NAMES, entry=entry),
        count(data, group, NAMES),
    )


@given(late_rows)
def test_counts_of_entries_alone_have_all_but_both_ends(rows):
    data, group = late(rows)
    entry, left, event, who, number = lines(rows)
    came = entry > 0
    alone = (entry[came], number[came], who[came])
    table = LifeTable.from_counts(left, event, number, who, NAMES, entered=alone)
    assert table.spans is None
    same(table, replace(count(data, group, NAMES), spans=None))


@given(
    late_rows,
    st.integers(0, 60),
    st.sampled_from(["whole", "groups", "cause", "after"]),
    st.booleans(),
)
def test_tables_of_disjoint_rows_add_whatever_is_made_of_them(rows, split, what, early):
    data, group = late([*rows, (0, 11, 2, 0)])
    data = replace(data, entry=None) if early else data
    first = np.arange(len(data)) < split
    parts = [count(data.where(kept), group[kept], NAMES) for kept in (first, ~first)]
    whole = parts[0] + parts[1]
    same(whole, count(data, group, NAMES))
    if what == "whole":
        same(whole.pooled(), count(data))
        same(whole.group("a") + whole.group("b") + whole.group("c"), whole)
    elif what == "groups":
        kept = group != 1
        same(whole.select(("c", "a")), count(data.where(kept), 1 - group[kept] // 2, ("c", "a")))
    elif what == "cause":
        same(
            whole.cause(2), count(replace(data, event=(data.event == 2).astype(int)), group, NAMES)
        )
    else:
        later = whole.after(10)
        kept = data.time >= 10
        entry = None if early else np.where(data.entry < 10, 0, data.entry)
        same(later, count(replace(data, entry=entry).where(kept), group[kept], NAMES))


@pytest.mark.parametrize("number", [[1, 0], [1]])
def test_counts_of_nobody_are_refused(number):
    with pytest.raises(ValueError, match="rows must be as long as time, and 1 or more"):
        LifeTable.from_counts([1, 2], [1, 0], number)


@pytest.mark.parametrize("scale", [1, 10, 30.4375, 100, 365.25])
def test_binning_equals_sorting(scale):
    random = np.random.default_rng(1)
    time = random.integers(0, 400, 5000) / scale
    data, group = TimeToEvent(time, random.integers(0, 3, 5000)), random.integers(0, 3, 5000)
    binned = life_table._binned(data.time, data.event, 3)
    ordered = life_table._sorted(data.time, data.event, 3)
    assert binned is not None
    assert_array_equal(binned[0], ordered[0])
    assert_array_equal(binned[1], ordered[1])
    times, counts = naive(data, group)
    table = count(data, group, NAMES)
    assert_array_equal(table.time, times)
    assert_array_equal(table.rows, counts)


def test_one_time_off_the_grid_is_kept():
    time = np.append(np.arange(50_000) % 300 / 10, 3.14159)
    table = count(TimeToEvent(time, np.ones(len(time), int)))
    assert 3.14159 in np.round(table.time, 10)
    assert len(table.time) == 301 and table.n == [50_001]


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 5)), min_size=1, max_size=40),
    st.sampled_from([0.0, 1e-300, 1e-6]),
)
def test_sorting_times_with_their_cells_loses_nothing(rows, least):
    time = np.array([t for t, _ in rows] + [least]) + 0.0
    cell = np.array([c for _, c in rows] + [0], np.int8)
    times, cells = life_table._ordered(time, cell, 6)
    assert_array_equal(times, np.sort(time))
    assert sorted(zip(times, cells, strict=True)) == sorted(zip(time, cell, strict=True))


@pytest.mark.parametrize("n", [2047, 2048, 10_000, 16_384, 16_385])
@pytest.mark.parametrize("least", [0.0, 5e-324, 1e-9, 30.0])
def test_sorting_thousands_of_times_with_their_cells_loses_nothing(n, least):
    random = np.random.default_rng(n)
    time = np.append(least + random.exponential(20, n - 1), least)
    time[: n // 4] = time[n // 4 : 2 * (n // 4)]  # ties
    cell = random.integers(0, 6, n).astype(np.int8)
    times, cells = life_table._ordered(time, cell, 6)
    expected, own = np.lexsort((cell, time)), np.lexsort((cells, times))
    assert_array_equal(times, time[expected])
    assert_array_equal(cells[own], cell[expected])


def test_times_a_rounding_error_apart_are_one_time():
    table = count(TimeToEvent([0.1 + 0.2, 0.3, 0.3 + 1e-7], [1, 0, 1]))
    assert_array_equal(table.time, [0.3, 0.3 + 1e-7])
    assert_array_equal(table.rows[0], [[1, 0], [1, 1]])


def test_times_are_one_relative_to_their_mean_as_in_r():
    table = count(TimeToEvent([1e6, 1e6 + 1e-3, 2e6], [1, 1, 1]))  # R aeqSurv
    assert_array_equal(table.time, [1e6, 2e6])


def test_weights_are_summed_beside_rows_and_nobody_of_weight_zero_counts():
    data = TimeToEvent([1, 1, 2, 3], [1, 1, 0, 1], None, [0.5, 2, 1.5, 0])
    table = count(data)
    assert_array_equal(table.time, [1, 2])
    assert_array_equal(table.rows[0], [[0, 1], [2, 0]])
    assert_array_equal(table.weight[0], [[0, 1.5], [2.5, 0]])
    assert_array_equal(table.square[0], [[0, 2.25], [4.25, 0]])
    assert_array_equal(table.weight_at_risk[0], [4, 1.5])


def test_late_entry_is_at_risk_only_after_it():
    table = count(TimeToEvent([5, 8, 8, 10], [1, 1, 0, 1], [0, 5, 6, 8]))
    assert_array_equal(table.time, [5, 6, 8, 10])
    assert_array_equal(table.at_risk[0], [1, 1, 2, 1])
    assert table.n == [4]


def test_an_empty_group_is_kept_and_empty():
    table = count(TimeToEvent([1, 2], [1, 0]), [0, 0], ("a", "b"))
    assert_array_equal(table.n, [2, 0])
    assert len(table.group("b").time) == 0
    nobody = count(TimeToEvent([], []))
    assert len(nobody.time) == 0 and nobody.n == [0]


def test_a_cause_censors_the_others():
    table = count(TimeToEvent([1, 2, 3, 4], [1, 2, 0, 1]))
    assert_array_equal(table.cause(2).rows[0], [[1, 0, 1, 1], [0, 1, 0, 0]])
    assert_array_equal(table.any_cause().rows[0], [[0, 0, 1, 0], [1, 1, 0, 1]])
    assert_array_equal(table.reversed().rows[0], [[1, 1, 0, 1], [0, 0, 1, 0]])


def test_a_landmark_keeps_those_at_risk_and_restarts_the_clock():
    data = TimeToEvent([2, 6, 6, 9], [1, 1, 0, 1])
    later, kept = data.landmark(6)
    assert_array_equal(kept, [False, True, True, True])
    assert_array_equal(later.time, [0, 0, 3])
    assert_array_equal(later.event, [1, 0, 1])


def test_a_cut_off_censors_what_came_after_it():
    data = TimeToEvent([2, 6, 9, 9], [1, 2, 1, 0]).cut_off([5, 6, 8, 10])
    assert_array_equal(data.time, [2, 6, 8, 9])
    assert_array_equal(data.event, [1, 2, 0, 0])
    late = TimeToEvent([9, 9], [1, 1], [1, 7]).cut_off(5)
    assert_array_equal(late.time, [5])
    assert_array_equal(late.entry, [1])


def test_what_is_counted_cannot_be_changed():
    time = np.array([1.0, 2.0])
    data = TimeToEvent(time, [1, 0])
    time[0] = 99
    assert data.time[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        data.time[0] = 99
    with pytest.raises(ValueError, match="read-only"):
        count(data).rows[0, 0, 0] = 99


@pytest.mark.cases
def test_bad_rows_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TimeToEvent(*arguments)


@pytest.mark.cases
def test_bad_groups_are_refused(group, message):
    with pytest.raises(ValueError, match=message):
        count(TimeToEvent([1, 2], [1, 0]), group, ("a", "b"))


def test_an_unknown_group_is_named():
    with pytest.raises(ValueError, match="got 'c'"):
        count(TimeToEvent([1, 2], [1, 0]), [0, 1], ("a", "b")).group("c")
