"""Merged cells: none is small, none follows from others, and those by more columns are unions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lib.statistics.masking import Mask, Variable, steps


@st.composite
def variables(draw):
    """A grouping column, two nested endpoints and a column of rare levels."""
    n = draw(st.integers(30, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    death = rng.integers(1, 7, n)
    died = rng.random(n) < draw(st.sampled_from((0.5, 0.8, 0.9)))
    earlier = rng.random(n) < 0.5
    progressed = np.where(earlier, rng.integers(1, death + 1), death)
    return (
        Variable.of_times("death", death, died, 7),
        Variable.of_times("progression", progressed, earlier | died, 7),
        Variable("group", rng.integers(0, 2, n), 2),
        Variable("rare", rng.choice(5, n, p=(0.5, 0.3, 0.1, 0.07, 0.03)), 5),
    )


def told(mask, name, by=()):
    """The patients of each merged cell in each part, as sets."""
    cells, parts = mask.cells(name, by), mask.parts(by)
    if cells is None or parts is None:
        return []
    place = next(each.place for each in mask.variables if each.name == name)
    own = cells[place]
    return [
        frozenset(np.flatnonzero((own == cell) & (parts == part)).tolist())
        for part in np.unique(parts)
        for cell in np.unique(own)
    ]


@given(variables(), st.integers(3, 8))
def test_no_cell_is_small_in_any_part(found, k):
    mask = Mask(found, k)
    for by in ((), ("group",), ("rare",), ("group", "rare")):
        for each in found:
            sizes = {len(cell) for cell in told(mask, each.name, by)}
            assert not sizes & {*range(1, k)}


@given(variables(), st.integers(3, 8))
def test_cells_by_more_columns_are_unions_of_those_by_fewer(found, k):
    mask = Mask(found, k)
    for each in found:
        for fewer, more in (((), ("group",)), (("group",), ("group", "rare"))):
            coarse = mask.cells(each.name, more)
            if coarse is None:
                continue
            fine = mask.cells(each.name, fewer)
            assert all(len(np.unique(coarse[fine == cell])) == 1 for cell in np.unique(fine))


@given(variables(), st.integers(3, 8))
def test_no_small_count_follows_from_two_cells_of_which_one_holds_the_other(found, k):
    mask = Mask(found, k)
    for by in ((), ("group",)):
        every = {cell for each in found for cell in told(mask, each.name, by) if cell}
        for one in every:
            for other in every:
                if one < other:
                    assert len(other) - len(one) >= k


@given(variables(), st.integers(3, 8))
def test_no_small_count_follows_from_curves_of_which_one_event_is_among_the_other(found, k):
    """Deaths are among progressions: at a common end the difference is of living patients."""
    mask = Mask(found, k)
    death, progression = found[:2]
    ends = {}
    for each in (death, progression):
        cells = mask.cells(each.name, ("group",))
        if cells is None:
            return
        row = cells[7:]
        ends[each.name] = [step for step in range(6) if row[step] != row[step + 1]] + [6]
    for part in np.unique(mask.parts(("group",))):
        mine = mask.parts(("group",)) == part
        for end in {*ends["death"]} & {*ends["progression"]}:
            dead, gone = (
                int((mine & (each.place >= 7) & (each.place % 7 <= end)).sum())
                for each in (death, progression)
            )
            assert gone - dead not in range(1, k)


def test_small_levels_become_one_and_neighbours_in_time_are_merged():
    group = Variable("group", np.repeat([0, 1, 2, 3], [10, 8, 2, 3]), 4)
    time = Variable.of_times("time", np.tile([1, 2, 3, 4, 5], 5)[:23], np.ones(23, bool), 6)
    mask = Mask((group, time), 5)
    assert_array_equal(mask.cells("group"), [0, 1, 2, 2])
    row = mask.cells("time")[6:]
    assert row.tolist() == sorted(row.tolist())
    assert len(np.unique(row)) > 1


def test_what_belongs_together_is_merged_before_all_else():
    place = np.repeat([0, 1, 2, 3], [2, 9, 8, 3])
    mask = Mask((Variable("state", place, 4, together=(0, 1)),), 5)
    assert_array_equal(mask.cells("state"), [0, 0, 1, 1])


def test_what_leaves_a_small_part_parts_nobody():
    one = Variable("one", np.repeat([0, 1], [10, 10]), 2)
    two = Variable("two", np.repeat([0, 1, 0], [9, 10, 1]), 2)
    mask = Mask((one, two), 5)
    assert mask.parts(("one",)) is not None
    assert mask.parts(("one", "two")) is None
    assert mask.cells("one", ("one", "two")) is None


def test_one_cell_that_is_small_is_not_told():
    event = np.array([True, True, *[False] * 8])
    assert Mask((Variable.of_times("time", np.ones(10, int), event, 2),), 5).cells("time") is None


@pytest.mark.parametrize(("last", "first", "n"), [(5, 3, 2), (36, 3, 12), (37, 6, 7), (0, 3, 1)])
def test_steps_reach_the_last_time_and_are_few(last, first, n):
    found = steps(np.array([0.0, last]))
    assert (found[0], len(found)) == (first, n)
    assert found[-1] >= last


CELLS = {
    (): ("0123456789abcdefghijklmnop", "011223345667789abcdefghijk", "01234", "01", "01234"),
    ("group",): (
        "011223345667789abcdefghijk",
        "0111111223333456789abcdefg",
        "00123",
        "01",
        "01234",
    ),
    ("group", "rare"): (None, None, "00000", "01", "01234"),
}
"""What counting every patient's membership of every set gives, a sign for each place's cell."""


@pytest.mark.parametrize("by", CELLS, ids=" ".join)
def test_cells_are_those_of_counting_every_patient(by):
    rng = np.random.default_rng(7)
    n = 400
    death = rng.integers(1, 13, n)
    died = rng.random(n) < 0.7
    earlier = rng.random(n) < 0.5
    progressed = np.where(earlier, rng.integers(1, death + 1), death)
    state = rng.choice(5, n, p=(0.02, 0.3, 0.4, 0.25, 0.03))
    found = (
        Variable.of_times("death", death, died, 13),
        Variable.of_times("progression", progressed, earlier | died, 13),
        Variable("response", state, 5, together=(0, 1)),
        Variable("group", rng.integers(0, 2, n), 2),
        Variable("rare", rng.choice(5, n, p=(0.5, 0.3, 0.1, 0.07, 0.03)), 5),
    )
    mask = Mask(found, 5)
    for each, cells in zip(found, CELLS[by], strict=True):
        told = mask.cells(each.name, by)
        assert (None if told is None else told.tolist()) == (cells and [int(c, 36) for c in cells])
