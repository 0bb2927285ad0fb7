"""Rows parted by whose they are, each part in a file of its own, in the memory of some of them."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

ROW = "hepar_row"
"""The column that numbers the rows of a table in their order."""
PART = "hepar_part"
"""The column that says to which part a row belongs."""
MARK = "hepar_mark"
"""The column that has a number, the same for rows that have the same cells."""
_TOGETHER = 100_000  # rows that are written together, at least
_OPEN = 256  # files that are written at once
_HALF = 32  # bits
_PACKED = pa.ipc.IpcWriteOptions(compression="zstd")


def parted(batches: Iterable[pa.RecordBatch], place: Path, parts: int) -> list[tuple[int, str]]:
    """Part rows into a folder, from which `read` takes them.

    Parameters
    ----------
    batches : iterable of RecordBatch
        With `PART`, of integers from 0 below `parts`, and `MARK`, of uint64.
    place : Path
        The folder, which is made.
    parts : int
        How many parts there are.

    Returns
    -------
    list of (int, str)
        Of each part that has rows its fingerprint, in which their order does not matter.
    """
    place.mkdir()
    marks = _Marks(parts)
    _split(map(marks.taken, batches), place, range(parts))
    return marks.told()


class _Marks:
    """The fingerprints of parts, as their rows pass."""

    def __init__(self, parts: int) -> None:
        self._rows = np.zeros(parts, np.int64)
        self._either = np.zeros(parts, np.uint64)
        self._sums = np.zeros((2, parts), np.uint64)  # of the upper halves, and of the lower

    def taken(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Count rows in; they pass without their marks."""
        part, mark = _whole(batch, PART), batch.column(MARK).to_numpy()
        self._rows += np.bincount(part, minlength=len(self._rows))
        np.bitwise_xor.at(self._either, part, mark)
        np.add.at(self._sums[0], part, mark >> np.uint64(_HALF))
        np.add.at(self._sums[1], part, mark & np.uint64(2**_HALF - 1))
        return batch.drop_columns([MARK])

    def told(self) -> list[tuple[int, str]]:
        """The fingerprint of each part that has rows."""
        upper, lower = self._sums.tolist()
        return [
            (int(at), f"{self._rows[at]} {self._either[at]} {(upper[at] << _HALF) + lower[at]}")
            for at in np.flatnonzero(self._rows)
        ]


def _whole(batch: pa.RecordBatch, column: str) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = batch.column(column).to_numpy().astype(np.int64)
    return found


def _split(batches: Iterable[pa.RecordBatch], place: Path, parts: range) -> None:
    """Write each part; where there are too many, some of them together, which are split again."""
    together = ceil(len(parts) / _OPEN)
    written: dict[int, pa.RecordBatchStreamWriter] = {}  # by the first part that it has
    with ExitStack() as files:
        for batch in _gathered(batches):
            first = _whole(batch, PART)
            first -= (first - parts.start) % together
            order = np.argsort(first, kind="stable")
            batch, first = batch.take(pa.array(order)), first[order]
            starts = np.flatnonzero(np.diff(first, prepend=-1))
            for start, end in zip(starts, [*starts[1:], len(first)], strict=True):
                at = int(first[start])
                if at not in written:
                    file = pa.OSFile(str(_file(place, at, together)), "wb")
                    writer = pa.ipc.new_stream(
                        files.enter_context(file), batch.schema, options=_PACKED
                    )
                    written[at] = files.enter_context(writer)
                written[at].write_batch(batch.slice(start, end - start))
    if together > 1:
        for at in written:
            several = _file(place, at, together)
            with pa.OSFile(str(several)) as file, pa.ipc.open_stream(file) as rows:
                _split(rows, place, range(at, min(at + together, parts.stop)))
            several.unlink()


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows, so many together that each part has some of them."""
    some, rows = list[pa.RecordBatch](), 0
    for batch in batches:
        some.append(batch)
        rows += batch.num_rows
        if rows >= _TOGETHER:
            some, rows = [pa.concat_batches(some)], 0
            yield some.pop()  # and keep none
    if some:
        yield pa.concat_batches(some)


def _file(place: Path, part: int, together: int = 1) -> Path:
    """Where the rows of a part are, or of some parts from it on."""
    return place / (f"{part}.arrow" if together == 1 else f"{part}.{together}")


def read(place: Path, part: int) -> pa.Table | None:
    """The rows of one part, in order; None where it has none.

    `place`: a folder that `parted` made, or a cluster in its own way: files of Parquet by part.
    """
    if (file := _file(place, part)).exists():
        with pa.OSFile(str(file)) as opened, pa.ipc.open_stream(opened) as rows:
            found = rows.read_all()
    elif files := sorted((place / f"{PART}={part}").glob("*.parquet")):
        found = pa.concat_tables([pq.read_table(each, partitioning=None) for each in files])
    else:
        return None
    return found.sort_by(ROW)
