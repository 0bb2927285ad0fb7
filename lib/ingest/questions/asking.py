"""What a rule of questions may look at before it asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lib.ingest.arrangement import Arrangement
from lib.ingest.cells import Cells
from lib.ingest.identity import Part
from lib.ingest.proposal import Answer, Asked, ProposedColumn, Question
from lib.ingest.reader import Sheet
from lib.plan import Reading


class Shown(NamedTuple):
    """A column on the mapping screen, and the sheet in which it stands."""

    column: ProposedColumn
    part: Part

    @property
    def cells(self) -> Cells:
        """What stands in it."""
        return self.part.grid.columns[self.column.header.position]


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """What a rule may look at before it asks."""

    candidates: Sequence[Sheet]  # the sheets that may hold the patients, the likeliest first
    arranged: Arrangement  # the parts of the file, one row a patient
    before: Part  # the patients before their rows were joined
    shown: tuple[Shown, ...]  # every column of every table
    chosen: Reading  # what the visitor has decided so far
    coded: bool  # whether codes of the patients are put aside, since they look like people

    @property
    def parts(self) -> tuple[Part, ...]:
        """The patients and the further tables."""
        return self.arranged.patients, *self.arranged.tables.values()


def answer(code: str, reading: Reading, /, **values: Any) -> Answer:
    """One possible answer, by the code of its sentence, which names the `values`."""
    return Answer(code, tuple(values.items()), reading)


def question(
    kind: Asked,
    code: str,
    answers: Iterable[Answer],
    column: str = "",
    settled: bool = False,
    parts: tuple[Question, ...] = (),
    /,
    **values: Any,
) -> Question:
    """A question about a column, by the code of its sentence, which names the `values`."""
    named = tuple(values.items())
    return Question(kind, code, named, tuple(answers), column, settled, parts)


def decisions(
    chosen: Reading, asked: str, about: str, sentences: Mapping[str, str], **values: Any
) -> tuple[Answer, ...]:
    """The answers that decide what is asked of a column, by their sentences; the given first."""
    said = chosen.said(asked, about)
    given = {
        word: answer(code, chosen.decided(asked, word, about), **values)
        for word, code in sentences.items()
    }
    first = [given.pop(said)] if said in given else []
    return (*first, *given.values())
