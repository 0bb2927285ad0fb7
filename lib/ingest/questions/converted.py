"""Questions about cells that stand for something else: turned into dates, or codes for unknown."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lib.ingest.cells import Cells
from lib.ingest.converted import (
    DAY_MONTH,
    DECIMALS,
    MONTH_DAY,
    SWAPPED,
    decimal_of,
    decimals_in,
    swap_examples,
    swapped_columns,
)
from lib.ingest.dates import CANNOT_BE_DATES
from lib.ingest.numbers import CANNOT_BE, OFTEN, codes_in
from lib.ingest.proposal import SAMPLES, Question, valued
from lib.ingest.questions.asking import Asking, Shown, answer, question
from lib.ingest.values import parse
from lib.plan import Reading
from lib.schema import Column

DECIMAL = "ask-swap-back"


def about_converted(asking: Asking) -> Iterator[Question]:
    """Day and month swapped, asked once for the file; decimals taken for dates, once a column."""
    yield from _about_swapped(asking)
    for each in asking.shown:
        yield from _about_decimals(each, asking)


def _about_swapped(asking: Asking) -> Iterator[Question]:
    chosen = asking.chosen
    found = [
        each
        for part in asking.parts
        for each in swapped_columns(part.headers, part.grid.columns, part.table)
    ]
    if not found or chosen.said(SWAPPED):
        return
    days = [pair for _header, cells in found for pair in swap_examples(cells)]
    before, after = (", ".join(str(pair[at]) for pair in days[:SAMPLES]) for at in (0, 1))
    columns = ", ".join(dict.fromkeys(f"'{header.text}'" for header, _cells in found))
    answers = (
        answer("ask-swap-back", chosen.decided(SWAPPED, "yes"), examples=after),
        answer("ask-as-they-stand", chosen.decided(SWAPPED, "no"), examples=before),
    )
    named = {"columns": columns, "count": len(days), "examples": before}
    yield question("converted", "ask-are-swapped", answers, found[0][0].text, **named)


def _about_decimals(shown: Shown, asking: Asking) -> Iterator[Question]:
    column, chosen = shown.column, asking.chosen
    header = column.header
    number = column.meant.kind == "number" if column.meant else header.reason != "identifier"
    if not column.kept or not number or chosen.said(DECIMALS, header.text):
        return
    days = decimals_in(shown.part.grid.columns[header.position])
    if not days:
        return
    answers = []
    for order in (DAY_MONTH, MONTH_DAY):
        read = ", ".join(f"{decimal_of(day, order):g}" for day in days[:SAMPLES])
        given = chosen.decided(DECIMALS, order, header.text)
        answers.append(answer(DECIMAL, given, examples=read))
    answers.append(answer("ask-no-numbers", chosen.decided(DECIMALS, "no", header.text)))
    examples = ", ".join(str(day) for day in days[:SAMPLES])
    named = {"column": header.text, "count": len(days), "examples": examples}
    yield question("converted", "ask-are-decimals", answers, header.text, **named)


# Numbers and dates that may stand for unknown ----------------------------------------------------


def about_missing(asking: Asking) -> Iterator[Question]:
    """Ask where a column that is analysed may have codes for unknown; of others, offer to say."""
    # What cannot be is emptied anyway.
    for each in asking.shown:
        yield from _about(each, asking.chosen)


def _about(shown: Shown, chosen: Reading) -> Iterator[Question]:
    column = shown.column
    meant, header = column.meant, column.header.text
    if not column.kept:
        return
    cells = shown.cells
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
    limits = {"low": f"{codes.low:g}", "high": f"{codes.high:g}"} if codes else {}
    named: dict[str, Any] = {
        "codes": ", ".join(f"'{code}'" for code in texts),
        "count": sum(counts[code] for code in texts),
        "column": header,
    }
    unknown = valued(chosen, name, dict.fromkeys(texts, ""))
    number = valued(chosen, name, {code: code for code in texts})
    otherwise = "ask-a-slip" if meant and settled else "ask-a-number"
    answers = (answer("ask-unknown", unknown), answer(otherwise, number))
    asked = "ask-is-code" if codes else "ask-no-value-can-be"
    yield question("code", asked, answers, header, settled, **named, **limits)


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
