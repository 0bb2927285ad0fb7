"""Questions about columns that were put together or taken apart, which the visitor may undo."""

from collections.abc import Iterator

from lib.cohort import Values
from lib.ingest import flags, marked_levels, two_in_one
from lib.ingest.proposal import Answer, Question
from lib.ingest.questions.asking import Asking

_SAYS = {
    "ask-two": ("ask-two-yes", "ask-two-no"),
    "ask-levels": ("ask-levels-yes", "ask-levels-no"),
}


def about_layout(asking: Asking) -> Iterator[Question]:
    """Let the visitor confirm what was put together or taken apart, or undo it."""
    grid, chosen = asking.before.grid, asking.chosen
    for found in asking.arranged.findings:
        if found.code == "parted":
            values: Values = (("column", found.column), *found.values)
            yield _about(
                asking, "ask-two", values, (two_in_one.PARTS, two_in_one.WHOLE), found.column
            )
        elif found.code == "levels":
            name = str(dict(found.values)["column"])
            yield _about(asking, "ask-levels", found.values, (flags.MARKS, flags.APART), name)
    for header in dict.fromkeys(grid.headers):
        if chosen.said(two_in_one.PARTS, header) == two_in_one.WHOLE:
            names = two_in_one.quantities(grid, header, chosen)
            listed = ", ".join(f"'{name}'" for name in names)
            values = (("column", header), ("columns", listed))
            yield _about(asking, "ask-two", values, (two_in_one.PARTS, two_in_one.WHOLE), header)
    for group in marked_levels.groups(grid):
        name = marked_levels.title(group)
        if chosen.said(flags.MARKS, name) == flags.APART:
            listed = ", ".join(f"'{grid.headers[each.place]}'" for each in group)
            values = (("columns", listed), ("column", name))
            yield _about(asking, "ask-levels", values, (flags.MARKS, flags.APART), name)


def _about(
    asking: Asking, code: str, values: Values, decision: tuple[str, str], column: str
) -> Question:
    question, undone = decision
    yes, no = _SAYS[code]
    done = Answer(yes, (), asking.chosen.decided(question, "together", column))
    left = Answer(no, (), asking.chosen.decided(question, undone, column))
    apart = asking.chosen.said(question, column) == undone
    answers = (left, done) if apart else (done, left)
    return Question("need", code, values, answers, settled=True)
