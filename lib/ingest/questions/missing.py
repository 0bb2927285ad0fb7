"""Questions about numbers that may stand for unknown, one a column."""

from collections.abc import Iterator

from lib.cohort import Values
from lib.ingest.missing import codes_in
from lib.ingest.numbers import unit_of
from lib.ingest.proposal import Answer, Question, valued
from lib.ingest.questions.asking import Asking, Shown
from lib.language import N_
from lib.plan import Reading
from lib.schema import Column

IS_CODE = N_(
    "{codes} stands {count} times in '{column}', where all other numbers lie from {low} to {high};"
    " is it a code for unknown?"
)
UNKNOWN = N_("yes; leave them empty")
A_NUMBER = N_("no; it is a number like the others")


def about_missing(asking: Asking) -> Iterator[Question]:
    """Ask where a column that is analysed may have such codes; of others, offer to say otherwise.

    What cannot be is emptied anyway.
    """
    for each in asking.shown:
        yield from _about(each, asking.chosen)


def _about(shown: Shown, chosen: Reading) -> Iterator[Question]:
    column = shown.column
    meant, header = column.meant, column.header.text
    numbers = meant.kind in ("number", "category") and not meant.levels if meant else column.kinds
    if not column.kept or not numbers:
        return
    codes = codes_in(shown.part.grid.columns[column.header.position])
    name = meant.name if meant else header
    if codes is None or any(each.column == name for each in chosen.values):
        return
    unknown = number = chosen
    for code in codes.texts:
        unknown = valued(unknown, name, code, "")
        number = valued(number, name, code, code)
    values: Values = (
        ("codes", ", ".join(f"'{code}'" for code in codes.texts)),
        ("count", codes.rows),
        ("column", header),
        ("low", f"{codes.low:g}"),
        ("high", f"{codes.high:g}"),
    )
    impossible = (
        meant is not None
        and meant.kind == "number"
        and not any(_possible(meant, code, column.header.unit) for code in codes.texts)
    )
    answers = (Answer(UNKNOWN, (), unknown), Answer(A_NUMBER, (), number))
    yield Question("code", IS_CODE, values, answers, header, meant is None or impossible)


def _possible(meant: Column, code: str, unit: str) -> bool:
    return meant.least <= float(code) * unit_of(meant, unit).factor <= meant.most
