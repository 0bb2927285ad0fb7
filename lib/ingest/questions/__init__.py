"""Questions that only the visitor can answer: a rule for each kind, in a table of rules."""

from collections.abc import Callable, Iterator

from lib.ingest.proposal import Question
from lib.ingest.questions.asking import Asking, Shown
from lib.ingest.questions.cells import about_cells, about_order
from lib.ingest.questions.columns import about_columns, about_rivals
from lib.ingest.questions.rows import about_identities, about_repeats, about_sheets

__all__ = ["RULES", "Asking", "Shown", "ask"]

RULES: tuple[Callable[[Asking], Iterator[Question]], ...] = (
    about_sheets,
    about_columns,
    about_rivals,
    about_identities,
    about_order,
    about_repeats,
    about_cells,
)
"""What may be asked, in the order in which it is."""


def ask(asking: Asking) -> tuple[Question, ...]:
    """Everything that only the visitor knows, in the order of `RULES`."""
    return tuple(question for rule in RULES for question in rule(asking))
