"""Karnofsky's index where ECOG performance status is meant.

References
----------
Ma et al. (2010), Eur J Cancer 46:3175-3183: of all ways to group the index, the one followed here
agreed with ECOG most often, in 75% of 1385 patients. Other tables put 90 at 0.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time

from lib.ingest.cells import Problem, Read, normal
from lib.ingest.headers import Header
from lib.ingest.reader import Cell

FIELD = "ecog"
_ECOG = {100: 0, 90: 1, 80: 1, 70: 2, 60: 2, 50: 3, 40: 3, 30: 4, 20: 4, 10: 4}
_NAMED = re.compile(r"karnof|карновск|\bkps\b")
_INDEX = re.compile(
    r"(?:[^\W\d_]+[\s=:]*)?(\d{2,3})\s*%?(?:\s*[-–—/]\s*(\d{2,3}))?\s*(?:%|балл\w*|б|points?)?\.?",
    re.IGNORECASE,
)
_NEITHER = re.compile(
    r"[6-9]|\d+[.,]\d*[1-9]|(?:ecog\s*[:=]?\s*)?[0-5](?:\s*[-–—/;]\s*|,\s+|\s+(?:or|to|или|до)\s+)[0-5]",
    re.IGNORECASE,
)
"""Numbers of neither scale: `0.9` where a per cent lost its sign; or two of ECOG, `1-2`."""
_KARNOFSKY = r"(?:[^\W\d_]+[\s=:.]*)?(?P<index>\d{2,3})\s*%?"
_STATUS = r"(?:(?:ecog|воз|who)\s*[:=]?\s*)?(?P<status>[0-5])"
_BOTH = tuple(
    re.compile(rf"{first}\s*[/;,(\[]\s*{second}\s*[)\]]?", re.IGNORECASE)
    for first, second in ((_STATUS, _KARNOFSKY), (_KARNOFSKY, _STATUS))
)
"""ECOG beside the index, `1/80`, `80 (1)`."""


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
        if isinstance(cell, date | time) or _NEITHER.fullmatch(text):
            return Read(None, Problem("error", "no-index"))
        if both := _both(text):
            status, index = both
            if not _agree(status, index):
                return Read(None, Problem("error", "no-index"))
            told = (("read", str(status)), ("rest", str(index)))
            return Read(str(status), Problem("note", "leading", told))
        match = _INDEX.fullmatch(text)
        if match is None:
            return plain(text, cell)
        found = {_ECOG.get(int(each)) for each in match.groups() if each}
        if None in found or len(found) > 1:
            return Read(None, Problem("error", "no-index"))
        return Read(str(found.pop()), Problem("warning", "karnofsky", each=False))

    return read


def _both(text: str) -> tuple[int, int] | None:
    """ECOG and the index where a cell has both."""
    found = next((match for each in _BOTH if (match := each.fullmatch(text))), None)
    return (int(found["status"]), int(found["index"])) if found else None


def _agree(status: int, index: int) -> bool:
    """Whether a step of the index is that of an ECOG, by the table here or by halves of it."""
    return index in _ECOG and status in (_ECOG[index], (100 - index) // 20)
