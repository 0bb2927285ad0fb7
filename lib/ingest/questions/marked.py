"""Questions about what a sheet shows beside its cells: hidden and struck-through rows, and runs."""

from collections.abc import Iterator, Mapping

from lib.cohort import Values
from lib.ingest import marks, runs
from lib.ingest.proposal import SAMPLES, Answer, Question
from lib.ingest.questions.asking import Asking
from lib.language import cut
from lib.plan import Reading
from lib.workbooks import markup

MARKED = {markup.HIDDEN: "ask-hidden", markup.FILTERED: "ask-filtered", markup.STRUCK: "ask-struck"}
MARKED_ANSWERS = {marks.READ: "ask-read-all", marks.LEFT_OUT: "ask-leave-out"}
BELOW_ANSWERS = {runs.FILL: "ask-below-fill", runs.LEAVE: "ask-below-leave"}


def about_marked(asking: Asking) -> Iterator[Question]:
    """Offer to leave out rows that the spreadsheet hides; ask about those it strikes through."""
    for code, rows in asking.arranged.marked.items():
        answers = _answers(asking.chosen, marks.MARKED_ROWS, code, MARKED_ANSWERS)
        settled = bool(asking.chosen.said(marks.MARKED_ROWS, code)) or code != markup.STRUCK
        yield Question("marked", MARKED[code], (("count", len(rows)),), answers, "", settled)


def about_runs(asking: Asking) -> Iterator[Question]:
    """Ask whether a value that stands once holds for the blank rows below it."""
    for run in asking.arranged.runs:
        answers = _answers(asking.chosen, runs.ROWS_BELOW, run.header, BELOW_ANSWERS)
        shown = [f"'{cut(text)}'" for text in run.values[:SAMPLES]]
        more = ["…"] if len(run.values) > SAMPLES else []
        values: Values = (
            ("column", run.header),
            ("count", run.blank),
            ("values", ", ".join([*shown, *more])),
        )
        settled = bool(asking.chosen.said(runs.ROWS_BELOW, run.header))
        yield Question("blank", "ask-below", values, answers, run.header, settled)


def _answers(
    chosen: Reading, question: str, about: str, words: Mapping[str, str]
) -> tuple[Answer, ...]:
    """The answers to a question, that which was given first."""
    said = chosen.said(question, about)
    given = {
        answer: Answer(code, (), chosen.decided(question, answer, about))
        for answer, code in words.items()
    }
    first = [given.pop(said)] if said in given else []
    return (*first, *given.values())
