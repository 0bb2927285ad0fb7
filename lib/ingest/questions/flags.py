"""Questions about columns of marks: whether they are the modality, and which one each is."""

from collections.abc import Iterator
from itertools import permutations

from lib.cohort import Values
from lib.ingest import flags
from lib.ingest.proposal import Answer, Question
from lib.ingest.questions.asking import Asking
from lib.plan import Reading
from lib.schema import COLUMNS

_LIKELY = ("HAI", "TACE")
_FURTHER = ("DEB_TACE", "TAE", "TARE", "BOTH", "OTHER")


def about_flags(asking: Asking) -> Iterator[Question]:
    """Ask which modality a numbered choice is, and let the visitor confirm those with a name."""
    chosen, findings = asking.chosen, asking.arranged.findings
    told = [dict(found.values)["columns"] for found in findings if found.code == "flags"]
    grid = asking.before.grid
    apart = chosen.said(flags.MARKS) == flags.APART
    named = flags.flags_of(grid, chosen) if apart else []
    if named:
        told = [", ".join(f"'{grid.headers[flag.place]}'" for flag in named)]
    yes = Answer("ask-yes", (), chosen.decided(flags.MARKS, "together"))
    no = Answer("ask-no", (), chosen.decided(flags.MARKS, flags.APART))
    for columns in told[:1]:
        answers = (no, yes) if apart else (yes, no)
        yield Question("need", "ask-are-modality", (("columns", columns),), answers, settled=True)
    yield from _about_numbered(flags.unnamed(grid, chosen), chosen)


def _about_numbered(columns: tuple[str, ...], chosen: Reading) -> Iterator[Question]:
    """Which modality each numbered choice is; the first two at once, for they are the arms."""
    if not columns:
        return
    labels = {level.code: level.label for level in COLUMNS["modality"].levels}
    likely = list(permutations(_LIKELY))
    further = [pair for code in _FURTHER for one in _LIKELY for pair in ((one, code), (code, one))]
    shown = columns[:2]
    answers = []
    for codes in (*likely, *further):
        given = chosen
        for column, code in zip(shown, codes, strict=True):
            given = given.decided(flags.MARK, code, column)
        values: Values = (("first", (labels[codes[0]],)), ("second", (labels[codes[1]],)))
        answers.append(Answer("ask-in-order", values, given))
    none = chosen
    for column in shown:
        none = none.decided(flags.MARK, flags.NONE, column)
    named = ", ".join(f"'{column}'" for column in shown)
    answers = [*answers[: len(likely)], Answer("ask-carry", (), none), *answers[len(likely) :]]
    yield Question("need", "ask-flags-which", (("columns", named),), tuple(answers))
