"""The parts of a file: its patients, and the tables beside them."""

from dataclasses import dataclass, field

from lib.cohort import Finding
from lib.ingest.identity import Part
from lib.ingest.runs import Run


@dataclass(slots=True)
class Arrangement:
    """The parts of a file.

    Attributes
    ----------
    patients : Part
        Only the rows that are about a patient.
    tables : dict of str to Part
    aside : list of Finding
        The rows of the patients' sheet that are not.
    findings : list of Finding
    whole : Part or None
        The patients before their rows were joined to one each.
    told_once : bool
        Whether a patient's code stands in the first of several rows, or is merged over them.
    alike, stacked : tuple of str
        Sheets with the headers of the patients' sheet and other patients; all that are read as one.
    marked : dict
        By its mark, rows of the patients' sheet that the visitor may leave out.
    runs : tuple of Run
        Columns of the patients' sheet whose values may hold for the blank rows below them.
    """

    patients: Part
    tables: dict[str, Part] = field(default_factory=dict)
    aside: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    whole: Part | None = None
    told_once: bool = False
    alike: tuple[str, ...] = ()
    stacked: tuple[str, ...] = ()
    marked: dict[str, tuple[int, ...]] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()
