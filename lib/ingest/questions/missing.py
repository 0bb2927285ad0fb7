"""Questions about numbers and dates that may stand for unknown, one a column."""

from collections.abc import Iterator

import numpy as np

from lib.cohort import Values
from lib.ingest.cells import Cells
from lib.ingest.dates import CANNOT_BE_DATES
from lib.ingest.missing import OFTEN, codes_in
from lib.ingest.numbers import CANNOT_BE
from lib.ingest.proposal import Answer, Question, valued
from lib.ingest.questions.asking import Asking, Shown
from lib.ingest.values import parse
from lib.plan import Reading
from lib.schema import Column


def about_missing(asking: Asking) -> Iterator[Question]:
    """Ask where a column that is analysed may have such codes; of others, offer to say otherwise.

    What cannot be is emptied anyway.
    """
    for each in asking.shown:
        yield from _about(each, asking.chosen)


def _about(shown: Shown, chosen: Reading) -> Iterator[Question]:
    column = shown.column
    meant, header = column.meant, column.header.text
    if not column.kept:
        return
    cells = shown.part.grid.columns[column.header.position]
    name = meant.name if meant else header
    if any(each.column == name for each in chosen.values):
        return
    numbers = meant.kind in ("number", "category") and not meant.levels if meant else column.kinds
    codes = codes_in(cells) if numbers else None
    impossible = _impossible(meant, cells, column.header.unit) if meant else {}
    told = dict(column.header.coding)  # the header says itself what they are
    texts = dict.fromkeys(
        text for text in (*(codes.texts if codes else ()), *impossible) if text not in told
    )
    if not texts:
        return
    settled = meant is None or (meant.kind != "category" and set(texts) == set(impossible))
    counts = dict(zip(cells.texts, cells.counts().tolist(), strict=True))
    values: Values = (
        ("codes", ", ".join(f"'{code}'" for code in texts)),
        ("count", sum(counts[code] for code in texts)),
        ("column", header),
    )
    if codes:
        values = (*values, ("low", f"{codes.low:g}"), ("high", f"{codes.high:g}"))
    unknown = number = chosen
    for code in texts:
        unknown = valued(unknown, name, code, "")
        number = valued(number, name, code, code)
    otherwise = "ask-a-slip" if meant and settled else "ask-a-number"
    answers = (Answer("ask-unknown", (), unknown), Answer(otherwise, (), number))
    yield Question(
        "code", "ask-is-code" if codes else "ask-no-value-can-be", values, answers, header, settled
    )


def _impossible(meant: Column, cells: Cells, unit: str) -> dict[str, int]:
    """The cells that recur though they are beyond what is possible, and in how many rows."""
    if meant.kind not in ("number", "date") and not meant.unit:
        return {}
    counts = cells.counts()
    often = np.flatnonzero(counts >= OFTEN).tolist()
    some = Cells(
        [cells.texts[code] for code in often],
        [cells.raw[code] for code in often],
        np.empty(0, np.int64),
        cells.since_1904,
    )
    problems = parse(some, meant, unit, None, {}).problems
    return {
        some.texts[code]: int(counts[often[code]])
        for code, problem in problems.items()
        if problem.code in CANNOT_BE | CANNOT_BE_DATES
    }
