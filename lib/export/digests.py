"""Sums that tell what differs: of each cell of a cohort, and of how a processor rounds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from lib.cohort import Cohort

_SIGNS = 8  # of a sum: one change in four thousand million is not seen


class Differs(NamedTuple):
    """A place of a table that is not as it was: cells of a row, a row, or a column."""

    table: str
    what: Literal["changed", "lacking", "added"]
    row: int = 0  # as the workbook numbers it, or did; 0 of a column
    patient: str = ""
    columns: tuple[str, ...] = ()  # none of a whole row


def sums(cohort: Cohort) -> bytes:
    """The sums of all cells, with the rows and patients that they are of."""
    made = {name: _summed(frame) for name, frame in _tables(cohort)}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def differs(kept: bytes, cohort: Cohort) -> Iterator[Differs]:
    """Where a cohort is another than its sums tell.

    Raises `ValueError` if these are none.
    """
    now = {name: _summed(frame) for name, frame in _tables(cohort)}
    try:
        was = json.loads(kept)
        for name in dict.fromkeys((*was, *now)):
            yield from _of_table(name, was.get(name, _NONE), now.get(name, _NONE))
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as problem:
        raise ValueError("no sums of cells") from problem


def arithmetic() -> bytes:
    """A sum of fixed calculations, which is the same where last digits are rounded alike.

    Libraries of numbers choose their instructions by the processor, and with them the order in
    which they add, so that the same lines give other last digits on another one.
    """
    line = np.linspace(0.1, 7.3, 1003)
    square = np.cos(np.multiply.outer(line[:97], line[:97])) + 97 * np.eye(97)
    made = (
        np.exp(line), np.log(line), line**1.7, np.cumsum(np.log1p(line)), np.sum(1 / line),
        square @ square.T, square @ line[:97], line @ line, np.linalg.solve(square, line[:97]),
        np.linalg.inv(square[:11, :11]), np.linalg.svd(square, compute_uv=False),
    )  # fmt: skip
    return sha256(b"".join(np.asarray(each).tobytes() for each in made)).hexdigest().encode()


_NONE: Mapping[str, Any] = {"rows": [], "columns": {}}


def _tables(cohort: Cohort) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "patients", cohort.patients
    yield from cohort.tables.items()


def _summed(frame: pd.DataFrame) -> dict[str, Any]:
    columns = {
        str(name): "".join(map(_sum, frame[name].tolist()))
        for name in frame.columns
        if name != "row"
    }
    rows = zip(frame["row"].tolist(), map(str, frame["patient_id"].tolist()), strict=True)
    return {"rows": [list(each) for each in rows], "columns": columns}


def _sum(cell: Any) -> str:
    """What a cell holds as a few signs; a number by its value, however its column is read."""
    try:
        words = "" if pd.isna(cell) else repr(float(cell))
    except (TypeError, ValueError):
        words = str(cell)
    return sha256(words.encode()).hexdigest()[:_SIGNS]


def _of_table(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Differs]:
    """The columns of a table that only one has, then the rows that differ in the others."""
    old, new = was["columns"], now["columns"]
    yield from (Differs(name, "lacking", columns=(each,)) for each in old if each not in new)
    yield from (Differs(name, "added", columns=(each,)) for each in new if each not in old)
    both = [each for each in old if each in new]
    for before, after in _pairs(_rows(was, both), _rows(now, both)):
        (row, patient), _cells = before or after
        if before and after:
            cells = zip(both, before[1], after[1], strict=True)
            changed = tuple(column for column, one, other in cells if one != other)
            yield Differs(name, "changed", row, patient, changed)
        else:
            yield Differs(name, "lacking" if before else "added", row, patient)


def _rows(table: Mapping[str, Any], names: Sequence[str]) -> list[tuple[list[Any], list[str]]]:
    """Each row as what it is called, and the sums of its cells in some columns."""
    summed = [table["columns"][name] for name in names]
    places = (slice(at, at + _SIGNS) for at in range(0, len(table["rows"]) * _SIGNS, _SIGNS))
    cells = [[column[place] for column in summed] for place in places]
    return list(zip(table["rows"], cells, strict=True))


def _pairs(was: Sequence[Any], now: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Rows that differ: as they were and as they are, None where one is lacking or was added."""
    if len(was) == len(now):
        yield from ((old, new) for old, new in zip(was, now, strict=True) if old[1] != new[1])
        return
    before, after = ([tuple(each[1]) for each in rows] for rows in (was, now))
    aligned = SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, at, end, begins, ends in aligned.get_opcodes():
        if kind != "equal":
            yield from zip_longest(was[at:end], now[begins:ends])
