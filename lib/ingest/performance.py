"""Karnofsky's index where ECOG performance status is meant.

References
----------
Ma et al. (2010), Eur J Cancer 46:3175-3183: of all ways to group the index, the one followed here
agreed with ECOG most often, in 75% of 1385 patients. Other tables put 90 at 0.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from lib.ingest.cells import Problem, Read, normal
from lib.ingest.headers import Header
from lib.ingest.reader import Cell

FIELD = "ecog"
_ECOG = {100: 0, 90: 1, 80: 1, 70: 2, 60: 2, 50: 3, 40: 3, 30: 4, 20: 4, 10: 4}
_NAMED = re.compile(r"karnof|карновск|\bkps\b")
_INDEX = re.compile(
    r"(?:[^\W\d_]+[\s=:]*)?([1-9]\d{1,2})\s*%?(?:\s*[-–—/]\s*([1-9]\d{1,2}))?\s*(?:%|балл\w*|б|points?)?\.?",
    re.IGNORECASE,
)


def is_index(text: str) -> bool:
    """Whether a header names Karnofsky's index."""
    return _NAMED.search(normal(text)) is not None


def only_without_ecog(proposals: Sequence[Header]) -> list[Header]:
    """Take a column of Karnofsky's index for ECOG only where no column is that of ECOG."""
    of_ecog = [header for header in proposals if FIELD in (header.column, *header.candidates[:1])]
    if all(is_index(header.text) for header in of_ecog):
        return list(proposals)
    return [
        replace(header, column="", reason="unknown", candidates=())
        if header in of_ecog and header.reason != "yours" and is_index(header.text)
        else header
        for header in proposals
    ]


def read_status(plain: Callable[[str, Cell], Read]) -> Callable[[str, Cell], Read]:
    """Make a reader of performance status, in which 10 to 100 is Karnofsky's index."""

    def read(text: str, cell: Cell) -> Read:
        match = _INDEX.fullmatch(text)
        if match is None:
            return plain(text, cell)
        found = {_ECOG.get(int(each)) for each in match.groups() if each}
        if None in found or len(found) > 1:
            return Read(None, Problem("error", "no-index"))
        return Read(str(found.pop()), Problem("warning", "karnofsky", each=False))

    return read
