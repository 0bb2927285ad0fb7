"""Questions about what a sheet shows beside its cells: hidden and struck-through rows, and runs."""

from collections.abc import Iterator, Mapping

from lib.cohort import Values
from lib.ingest import marks, runs
from lib.ingest.proposal import SAMPLES, Answer, Question
from lib.ingest.questions.asking import Asking
from lib.language import N_, Template, cut
from lib.plan import Reading
from lib.workbooks import markup

MARKED = {
    markup.HIDDEN: N_("Rows are hidden in the spreadsheet (rows: {count}). Are they to be read?"),
    markup.FILTERED: N_(
        "Rows are hidden by a filter of the spreadsheet (rows: {count}). Are they to be read?"
    ),
    markup.STRUCK: N_("Rows are struck through (rows: {count}). Are they to be read?"),
}
MARKED_ANSWERS = {marks.READ: N_("yes, like all others"), marks.LEFT_OUT: N_("no, leave them out")}
BELOW = N_(
    "Most cells of '{column}' are blank (rows: {count}), and {values} stand once each. Does each"
    " hold for the rows below it?",
    "ask-below",
)
BELOW_ANSWERS = {runs.FILL: N_("yes, down to the next one"), runs.LEAVE: N_("no, blank is blank")}


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
        yield Question("blank", BELOW, values, answers, run.header, settled)


def _answers(
    chosen: Reading, question: str, about: str, words: Mapping[str, Template]
) -> tuple[Answer, ...]:
    """The answers to a question, that which was given first."""
    said = chosen.said(question, about)
    given = {
        answer: Answer(message, (), chosen.decided(question, answer, about))
        for answer, message in words.items()
    }
    first = [given.pop(said)] if said in given else []
    return (*first, *given.values())
