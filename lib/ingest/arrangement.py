"""The parts of a file: its patients, and the tables beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lib.cohort import Finding
from lib.ingest import adam
from lib.ingest.grid import Grid, cut
from lib.ingest.identity import Part
from lib.ingest.reader import Sheet
from lib.ingest.runs import Run
from lib.plan import Reading


@dataclass(slots=True)
class Arrangement:
    """The parts of a file."""

    patients: Part  # only the rows that are about a patient
    tables: dict[str, Part] = field(default_factory=dict)
    # The rows of the patients' sheet that are not.
    aside: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    whole: Part | None = None  # the patients before their rows were joined to one each
    # Whether a patient's code stands in the first of several rows, or is merged over them.
    told_once: bool = False
    namesakes: bool = False  # whether rows with one name say what rows of one patient do not
    # alike, stacked: sheets with the headers of the patients' sheet and other patients; all that
    # are read as one
    alike: tuple[str, ...] = ()
    stacked: tuple[str, ...] = ()
    # Sheets of which nothing tells whose their rows are, though their columns are known.
    unclaimed: tuple[Part, ...] = ()
    # By its mark, rows of the patients' sheet that the visitor may leave out.
    marked: dict[str, tuple[int, ...]] = field(default_factory=dict)
    # Columns of the patients' sheet whose values may hold for the blank rows below them.
    runs: tuple[Run, ...] = ()

    def copy(self) -> "Arrangement":
        """The same parts, to be changed without changing these."""
        return replace(
            self,
            tables=dict(self.tables),
            aside=list(self.aside),
            findings=list(self.findings),
            marked=dict(self.marked),
        )


class Memory:
    """What was made of the sheets of a file, so that an answer repeats only what it changes."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        # Long tables of a trial are brought to one row a patient, and what is said of that is told.
        self.sheets, self.told = adam.rewritten(sheets)
        left = {sheet.name for sheet in self.sheets}
        # Sheets that are no more, because their rows are the patients' now.
        self.long = frozenset(s.name for s in sheets if adam.is_long(s) and s.name not in left)
        self._grids: dict[tuple[int, int, str], Grid] = {}
        self._last: tuple[Reading, Arrangement] | None = None

    def cut(self, sheet: Sheet, header_row: int = 0, table: str = "patients") -> Grid:
        """Cut one of the sheets at its header, once."""
        key = (next(n for n, own in enumerate(self.sheets) if own is sheet), header_row, table)
        if key not in self._grids:
            self._grids[key] = cut(sheet, header_row, table)
        return self._grids[key]

    def arranged(self, reading: Reading) -> Arrangement | None:
        """The parts by the last reading, if this one does not change them."""
        if self._last is None or self._last[0] != _matters(reading):
            return None
        return self._last[1].copy()

    def keep(self, reading: Reading, arranged: Arrangement) -> Arrangement:
        """Remember the parts by a reading."""
        self._last = (_matters(reading), arranged.copy())
        return arranged


def _matters(reading: Reading) -> Reading:
    """What of a reading decides how the sheets are arranged."""
    return replace(reading, known_before=(), repeated="")
