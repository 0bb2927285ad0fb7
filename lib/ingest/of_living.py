"""A column of dates of death that has them of the living too: it is the last contact of all.

Registers keep one date a patient, that of death or of the last contact, and some call it by death
alone. What the status says of each patient tells.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lib.ingest.cells import Cells
from lib.ingest.evidence import is_mark, nature
from lib.ingest.headers import Header, meaning
from lib.ingest.legends import coding
from lib.ingest.values import parse
from lib.plan import Reading

_SHARE, _LEAST = 0.5, 2  # share of the living, and number of them, of whom such a column has a date
_LIVING = frozenset(("alive", "no", "lost"))
_OPEN = frozenset(("near", "ask", "content", "unknown"))
_CONTACT, _DEATH = "last_contact_date", "death_date"


def turned(proposals: list[Header], cells: Sequence[Cells], reading: Reading) -> list[Header]:
    """Take dates of death that the living have too for those of the last contact."""
    # A header that may say either is offered as the last contact first. What the visitor chose
    # stays, and so do the template's own name, which cleaned data have, and a column of deaths
    # beside one of last contacts.
    if any(header.column == _CONTACT for header in proposals):
        return proposals
    alive = _living(proposals, cells, reading)
    if alive is None or alive.sum() < _LEAST:
        return proposals
    return [_turned(header, cells[header.position], alive) for header in proposals]


def _turned(header: Header, cells: Cells, alive: npt.NDArray[np.bool_]) -> Header:
    sure = header.column == _DEATH and header.reason not in ("yours", "name")
    may_be = not header.column and header.reason in _OPEN and _DEATH in header.candidates
    if not (sure or may_be) or nature(cells) != "date":
        return header
    dated = alive & (cells.codes >= 0)
    if dated.sum() < max(_LEAST, _SHARE * alive.sum()):
        return header
    others = tuple(name for name in header.candidates if name not in (_CONTACT, _DEATH))
    candidates = (_CONTACT, _DEATH, *others)
    if sure:
        return replace(header, column=_CONTACT, reason="cells", candidates=candidates)
    return replace(header, reason="near", candidates=candidates)


def _living(
    proposals: Sequence[Header], cells: Sequence[Cells], reading: Reading
) -> npt.NDArray[np.bool_] | None:
    """(n,) bool array: patients recorded as alive; None where no column says who died."""
    for name in ("vital_status", "os_event"):
        for header in proposals:
            if header.column == name:
                return _alive(header, cells[header.position], reading)
    return None


def _alive(header: Header, cells: Cells, reading: Reading) -> npt.NDArray[np.bool_]:
    column = meaning(header, "patients")
    assert column is not None
    told = dict(coding(header.text, column, cells))
    told |= {each.value: each.level for each in reading.values if each.column == column.name}
    levels = parse(cells, column, "", None, told).values
    blank = told.get("", "")
    if is_mark(cells) and "" not in told:  # what is not marked did not happen
        blank = "dead" if set(levels) <= _LIVING else "alive"
    return np.array([level in _LIVING for level in levels] + [blank in _LIVING], bool)[cells.codes]
