"""Questions about the layout: columns put together or apart, hidden rows, values that stand once.

Most are settled: the visitor confirms what was done, or undoes it.
"""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from lib.ingest import marked_levels, marks, runs, two_in_one
from lib.ingest.proposal import SAMPLES, Question
from lib.ingest.questions.asking import Asking, answer, decisions, question
from lib.ingest.sentences import some
from lib.language import cut
from lib.plan import Reading
from lib.schema import COLUMNS
from lib.workbooks import markup

MARKED = {markup.HIDDEN: "ask-hidden", markup.FILTERED: "ask-filtered", markup.STRUCK: "ask-struck"}
MARKED_ANSWERS = {marks.READ: "ask-read-all", marks.LEFT_OUT: "ask-leave-out"}
BELOW_ANSWERS = {runs.FILL: "ask-below-fill", runs.LEAVE: "ask-below-leave"}
TWO = {"together": "ask-two-yes", two_in_one.WHOLE: "ask-two-no"}
LEVELS = {"together": "ask-levels-yes", marked_levels.APART: "ask-levels-no"}
FLAGS = {"together": "ask-yes", marked_levels.APART: "ask-no"}
_LIKELY = ("HAI", "TACE")
_FURTHER = ("DEB_TACE", "TAE", "TARE", "BOTH", "OTHER")


def about_marked(asking: Asking) -> Iterator[Question]:
    """Offer to leave out rows that the spreadsheet hides; ask about those it strikes through."""
    for code, rows in asking.arranged.marked.items():
        answers = decisions(asking.chosen, marks.MARKED_ROWS, code, MARKED_ANSWERS)
        settled = bool(asking.chosen.said(marks.MARKED_ROWS, code)) or code != markup.STRUCK
        yield question("marked", MARKED[code], answers, "", settled, count=len(rows))


def about_runs(asking: Asking) -> Iterator[Question]:
    """Ask whether a value that stands once holds for the blank rows below it."""
    for run in asking.arranged.runs:
        answers = decisions(asking.chosen, runs.ROWS_BELOW, run.header, BELOW_ANSWERS)
        shown = some([f"'{cut(text)}'" for text in run.values], SAMPLES)
        named = {"column": run.header, "count": run.blank, "values": shown}
        settled = bool(asking.chosen.said(runs.ROWS_BELOW, run.header))
        yield question("blank", "ask-below", answers, run.header, settled, **named)


def about_layout(asking: Asking) -> Iterator[Question]:
    """Let the visitor confirm what was put together or taken apart, or undo it."""
    for found in asking.arranged.findings:
        values = dict[str, Any](found.values)
        if found.code == "parted":
            yield _of_two(asking, found.column, values["columns"])
        elif found.code == "levels":
            yield _of_levels(asking, **values)
    grid, chosen = asking.before.grid, asking.chosen
    for header in dict.fromkeys(grid.headers):
        if chosen.said(two_in_one.PARTS, header) == two_in_one.WHOLE:
            yield _of_two(asking, header, _quoted(two_in_one.quantities(grid, header, chosen)))
    for group in marked_levels.groups(grid):
        name, names = marked_levels.title(group), tuple(grid.headers[each.place] for each in group)
        if chosen.said(marked_levels.MARKS, name) == marked_levels.APART:
            yield _of_levels(asking, _quoted(names), name)


def _of_two(asking: Asking, column: str, columns: str) -> Question:
    answers = decisions(asking.chosen, two_in_one.PARTS, column, TWO)
    return question("need", "ask-two", answers, "", True, column=column, columns=columns)


def _of_levels(asking: Asking, columns: str, column: str) -> Question:
    answers = decisions(asking.chosen, marked_levels.MARKS, column, LEVELS)
    return question("need", "ask-levels", answers, "", True, columns=columns, column=column)


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def about_flags(asking: Asking) -> Iterator[Question]:
    """Ask which modality a numbered choice is, and let the visitor confirm those with a name."""
    chosen, grid = asking.chosen, asking.before.grid
    told = [
        dict(each.values)["columns"] for each in asking.arranged.findings if each.code == "flags"
    ]
    if chosen.said(marked_levels.MARKS) == marked_levels.APART and (
        named := marked_levels.flags_of(grid, chosen)
    ):
        told = [_quoted(tuple(grid.headers[flag.place] for flag in named))]
    for columns in told[:1]:
        answers = decisions(chosen, marked_levels.MARKS, "", FLAGS)
        yield question("need", "ask-are-modality", answers, "", True, columns=columns)
    yield from _about_numbered(marked_levels.unnamed(grid, chosen), chosen)


def _about_numbered(columns: tuple[str, ...], chosen: Reading) -> Iterator[Question]:
    """Which modality each numbered choice is; the first two at once, for they are the arms."""
    if not columns:
        return
    labels = {level.code: level.label for level in COLUMNS["modality"].levels}
    if len(columns) == 1 or any(each.question == marked_levels.MARK for each in chosen.decisions):
        yield _about_one(columns[0], chosen)
        return
    likely = list(permutations(_LIKELY))
    further = [pair for code in _FURTHER for one in _LIKELY for pair in ((one, code), (code, one))]

    def given(*codes: str) -> Reading:
        reading = chosen
        for column, code in zip(columns, codes, strict=False):
            reading = reading.decided(marked_levels.MARK, code, column)
        return reading

    answers = [
        answer("ask-in-order", given(*codes), first=(labels[codes[0]],), second=(labels[codes[1]],))
        for codes in (*likely, *further)
    ]
    answers.insert(len(likely), answer("ask-carry", given(marked_levels.NONE, marked_levels.NONE)))
    yield question("need", "ask-flags-which", answers, columns=_quoted(columns[:2]))


def _about_one(column: str, chosen: Reading) -> Question:
    """Which modality a numbered choice is, beside those that are known."""
    levels = [(level.code, level.label) for level in COLUMNS["modality"].levels]
    answers = [
        answer("ask-as-level", chosen.decided(marked_levels.MARK, code, column), level=label)
        for code, label in levels
        if code != "BOTH"
    ]
    carry = answer("ask-carry", chosen.decided(marked_levels.MARK, marked_levels.NONE, column))
    return question("need", "ask-flags-which", [*answers, carry], columns=_quoted((column,)))
