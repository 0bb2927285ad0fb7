"""Questions about cells that the spreadsheet turned into dates."""

from collections.abc import Iterator

from lib.cohort import Values
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
from lib.ingest.proposal import SAMPLES, Answer, Question
from lib.ingest.questions.asking import Asking, Shown

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
    named = ", ".join(dict.fromkeys(f"'{header.text}'" for header, _cells in found))
    answers = (
        Answer("ask-swap-back", (("examples", after),), chosen.decided(SWAPPED, "yes")),
        Answer("ask-as-they-stand", (("examples", before),), chosen.decided(SWAPPED, "no")),
    )
    values: Values = (("columns", named), ("count", len(days)), ("examples", before))
    yield Question("converted", "ask-are-swapped", values, answers, found[0][0].text)


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
        answers.append(Answer(DECIMAL, (("examples", read),), given))
    answers.append(Answer("ask-no-numbers", (), chosen.decided(DECIMALS, "no", header.text)))
    examples = ", ".join(str(day) for day in days[:SAMPLES])
    values: Values = (("column", header.text), ("count", len(days)), ("examples", examples))
    yield Question("converted", "ask-are-decimals", values, tuple(answers), header.text)
