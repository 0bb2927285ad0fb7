"""What a rule of questions may look at before it asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lib.ingest.arrangement import Arrangement
from lib.ingest.identity import Part
from lib.ingest.proposal import ProposedColumn
from lib.ingest.reader import Sheet
from lib.plan import Reading


class Shown(NamedTuple):
    """A column on the mapping screen, and the sheet in which it stands."""

    column: ProposedColumn
    part: Part


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
