"""Rows parted by whose they are."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.registry.engines import parting

PARTS = 7


def batches(parts, marks, each=3):
    """Rows that have their number as a text, in batches of so many."""
    rows = pa.record_batch(
        {
            parting.ROW: pa.array(range(len(parts)), pa.int64()),
            "cell": [None if at % 5 == 4 else str(at) for at in range(len(parts))],
            parting.PART: pa.array(parts, pa.int32()),
            parting.MARK: pa.array(marks, pa.uint64()),
        }
    )
    return [rows.slice(at, each) for at in range(0, len(parts), each)]


@pytest.mark.parametrize("most", [2, 3, 256], ids=["twice and again", "twice", "once"])
def test_every_row_comes_to_its_part_in_order_however_few_files_are_written_at_once(
    most, tmp_path, monkeypatch
):
    monkeypatch.setattr(parting, "_OPEN", most)
    monkeypatch.setattr(parting, "_TOGETHER", 5)
    parts = np.random.default_rng(1).permutation(
        np.repeat(range(PARTS - 1), 9)
    )  # the last has none
    told = parting.parted(batches(parts, range(len(parts))), tmp_path / "rows", PARTS)
    assert [at for at, _mark in told] == list(range(PARTS - 1))
    for part in range(PARTS - 1):
        rows = parting.read(tmp_path / "rows", part)
        (mine,) = np.nonzero(parts == part)
        assert rows.column(parting.ROW).to_pylist() == mine.tolist()
        assert rows.column("cell").to_pylist() == [None if k % 5 == 4 else str(k) for k in mine]
    assert parting.read(tmp_path / "rows", PARTS - 1) is None
    assert len(list((tmp_path / "rows").iterdir())) == PARTS - 1


def test_no_rows_are_no_parts(tmp_path):
    assert parting.parted([], tmp_path / "rows", PARTS) == []
    assert parting.read(tmp_path / "rows", 0) is None


MARKS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20)


@given(MARKS, st.randoms())
def test_a_fingerprint_counts_rows_and_knows_no_order(marks, chance):
    def told(marks):
        seen = parting._Marks(2)
        for each in batches([1] * len(marks), marks):
            seen.taken(each)
        return seen.told()

    mixed = list(marks)
    chance.shuffle(mixed)
    either = 0
    for mark in marks:
        either ^= mark
    assert told(marks) == told(mixed) == [(1, f"{len(marks)} {either} {sum(marks)}")]
