"""Questions about units: of one column, or of all times of the file at once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lib.cohort import Values
from lib.ingest import headers
from lib.ingest.cells import Cells
from lib.ingest.proposal import Answer, Question, mapped, units_of
from lib.ingest.questions.asking import Asking, Shown
from lib.ingest.questions.proofs import mixed, unit_by_dates
from lib.ingest.units import likely_unit
from lib.plan import Reading
from lib.schema import Column

_COMMON = ("months", "days", "weeks", "years")


def about_units(asking: Asking) -> Iterator[Question]:
    """Ask for the unit where the header has none, or another, and the numbers do not decide."""
    # A file has its times in one unit: it is asked once for all that name none, unless its rows
    # prove that they are in several.
    doubted = [each for each in asking.shown if each.column.header.reason == "unit"]
    times = [each for each in doubted if not each.column.header.unit and _field(each) == "months"]
    proved = unit_by_dates(asking, times)
    together = len(times) > 1 and not mixed(times)
    if together:
        yield _of_times(times, asking.chosen, proved)
    for each in doubted:
        if not together or each not in times:
            yield from _of_one(each, asking.chosen, proved)


def _meant(shown: Shown) -> Column | None:
    header = shown.column.header
    name = (*header.candidates, "")[0]
    return headers.meaning(replace(header, column=name), shown.column.table)


def _field(shown: Shown) -> str:
    meant = _meant(shown)
    return meant.unit if meant else ""


def _cells(shown: Shown) -> Cells:
    return shown.part.grid.columns[shown.column.header.position]


def _of_times(times: Sequence[Shown], chosen: Reading, proved: str) -> Question:
    """One unit for all times, what the dates prove or the likeliest of the longest first."""
    likely = {likely_unit(meant, _cells(each)) for each in times if (meant := _meant(each))}
    likely = {proved} if proved else likely
    words = sorted(_COMMON, key=lambda word: (word not in likely, _COMMON.index(word)))
    answers = []
    for word in words:
        given = chosen
        for each in times:
            header = replace(each.column.header, unit=word)
            given = mapped(given, header, each.column.table, header.candidates[0])
        answers.append(
            Answer("ask-proved" if word == proved else "ask-in-unit", (("unit", word),), given)
        )
    named = ", ".join(f"'{each.column.header.text}'" for each in times)
    samples = ", ".join(each.column.samples[0] for each in times if each.column.samples)
    values: Values = (("columns", named), ("samples", samples))
    return Question("unit", "ask-which-units", values, tuple(answers))


def _of_one(shown: Shown, chosen: Reading, proved: str) -> Iterator[Question]:
    column, header, field = shown.column, shown.column.header, _meant(shown)
    if field is None:
        return
    proved = proved if field.name == "os_months" else ""
    likely = proved or likely_unit(field, _cells(shown))
    words = sorted(units_of(field), key=lambda word: word != likely)
    answers = [
        Answer(
            "ask-proved" if word == proved else "ask-in-unit",
            (("unit", word), ("field", field.label)),
            mapped(chosen, replace(header, unit=word), column.table, field.name),
        )
        for word in words
    ]
    carry = Answer("ask-carry", (), mapped(chosen, header, column.table, ""))
    if header.unit:  # survival in per cent is no survival in months
        answers.insert(0, carry)
    elif field.unit == "months":
        answers.append(carry)
    samples = ", ".join(column.samples)
    values = (("column", header.text), ("field", field.label), ("samples", samples))
    yield Question("unit", "ask-which-unit", values, tuple(answers), header.text)
