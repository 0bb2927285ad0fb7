"""Questions that only the visitor can answer: a rule for each kind, in a table of rules."""

from collections.abc import Callable, Iterator

from lib import vocabulary
from lib.ingest.proposal import Question
from lib.ingest.questions.asking import Asking, Shown
from lib.ingest.questions.cells import about_cells, about_order
from lib.ingest.questions.columns import about_columns, about_rivals
from lib.ingest.questions.converted import about_converted, about_missing
from lib.ingest.questions.layout import about_flags, about_layout, about_marked, about_runs
from lib.ingest.questions.needs import about_needs
from lib.ingest.questions.rows import (
    about_codes,
    about_identities,
    about_repeats,
    about_sheets,
    about_strays,
)
from lib.ingest.questions.spellings import about_spellings
from lib.ingest.questions.units import about_units
from lib.plan import Reading

__all__ = ["RULES", "Asking", "Shown", "ask"]

RULES: tuple[Callable[[Asking], Iterator[Question]], ...] = (
    about_sheets,
    about_strays,
    about_identities,
    about_codes,
    about_repeats,
    about_marked,
    about_runs,
    about_layout,
    about_flags,
    about_needs,
    about_units,
    about_converted,
    about_missing,
    about_order,
    about_columns,
    about_rivals,
    about_cells,
    about_spellings,
)
"""What may be asked; of equal weight in this order."""
UNLOCKS = tuple(vocabulary.table("evidence")["fields"]["unlocks"])
"""Fields in the order of what they unlock: survival, the arms, response, progression."""


def ask(asking: Asking) -> tuple[Question, ...]:
    """Everything that only the visitor knows, in the order of what the answer unlocks."""
    asked = [question for rule in RULES for question in rule(asking)]
    return tuple(sorted(asked, key=lambda each: _weight(each, asking.chosen)))


def _weight(question: Question, chosen: Reading) -> int:
    """The place of a question: where the patients are, then by the field that it decides."""
    given = [answer.reading for answer in question.answers]
    named = {
        each.column for reading in given for each in set(reading.columns) - set(chosen.columns)
    }
    named |= {each.column for reading in given for each in set(reading.values) - set(chosen.values)}
    if not named - {""}:
        return 0
    return min((UNLOCKS.index(name) for name in named if name in UNLOCKS), default=len(UNLOCKS))
