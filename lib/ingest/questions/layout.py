"""Questions about columns that were put together or taken apart, which the visitor may undo."""

from collections.abc import Iterator

from lib.cohort import Values
from lib.ingest import flags, marked_levels, two_in_one
from lib.ingest.proposal import Answer, Question
from lib.ingest.questions.asking import Asking
from lib.language import N_, Template

TWO = N_("Is '{column}' several columns in one: {columns}?", "ask-two")
TWO_YES, TWO_NO = N_("yes: read them as columns"), N_("no; leave the column as it is")
LEVELS = N_("Do the marks in {columns} say one thing, '{column}'?", "ask-levels")
LEVELS_YES = N_("yes: each is one of its values", "ask-levels-yes")
LEVELS_NO = N_("no; each column stands for itself", "ask-levels-no")


def about_layout(asking: Asking) -> Iterator[Question]:
    """Let the visitor confirm what was put together or taken apart, or undo it."""
    grid, chosen = asking.before.grid, asking.chosen
    for found in asking.arranged.findings:
        if found.code == "parted":
            values: Values = (("column", found.column), *found.values)
            yield _about(asking, TWO, values, (two_in_one.PARTS, two_in_one.WHOLE), found.column)
        elif found.code == "levels":
            name = str(dict(found.values)["column"])
            yield _about(asking, LEVELS, found.values, (flags.MARKS, flags.APART), name)
    for header in dict.fromkeys(grid.headers):
        if chosen.said(two_in_one.PARTS, header) == two_in_one.WHOLE:
            names = two_in_one.quantities(grid, header, chosen)
            listed = ", ".join(f"'{name}'" for name in names)
            values = (("column", header), ("columns", listed))
            yield _about(asking, TWO, values, (two_in_one.PARTS, two_in_one.WHOLE), header)
    for group in marked_levels.groups(grid):
        name = marked_levels.title(group)
        if chosen.said(flags.MARKS, name) == flags.APART:
            listed = ", ".join(f"'{grid.headers[each.place]}'" for each in group)
            values = (("columns", listed), ("column", name))
            yield _about(asking, LEVELS, values, (flags.MARKS, flags.APART), name)


def _about(
    asking: Asking, message: Template, values: Values, decision: tuple[str, str], column: str
) -> Question:
    question, undone = decision
    yes, no = (TWO_YES, TWO_NO) if message.code == TWO.code else (LEVELS_YES, LEVELS_NO)
    done = Answer(yes, (), asking.chosen.decided(question, "together", column))
    left = Answer(no, (), asking.chosen.decided(question, undone, column))
    apart = asking.chosen.said(question, column) == undone
    answers = (left, done) if apart else (done, left)
    return Question("need", message, values, answers, settled=True)
