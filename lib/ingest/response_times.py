"""Responses at a time that the header gives anywhere: `Visit 1 (wk 12) RECIST`, `Ответ, 24 нед.`.

The column is that of the fixed time within whose window it lies; beside a nearer one, and outside
every window, it is asked about.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from lib import vocabulary
from lib.ingest.cells import Cells, normal
from lib.ingest.evidence import nature
from lib.ingest.headers import Header
from lib.ingest.wording import about, concepts
from lib.plan import ResponsePlan
from lib.schema import MONTH, RESPONSE_MONTHS

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|%")
_UNITS = {"day": 1 / MONTH, "week": 7 / MONTH, "month": 1.0, "year": 12.0}
_OPEN = ("unknown", "ask", "content", "near", "unit")
_OTHER = frozenset(("best", "prior", "date", "time", "event", "last", "survival", "pfs", "os"))
"""What a header may be about beside which its time is not that of a response."""
_WINDOW = ResponsePlan().window_days / MONTH
_FEW_CODES, _LONGEST, _SHOWN = 6, 12, 2


def at_times(proposals: list[Header], cells: Sequence[Cells]) -> list[Header]:
    """Take responses at a time for those at the nearest fixed one, or ask."""
    timed = {
        header.position: months
        for header in proposals
        if not header.column
        and header.reason in _OPEN
        and _may_be(header, cells[header.position])
        and (months := months_in(header.text)) is not None
    }
    nearest = {place: _nearest(months) for place, months in timed.items()}
    taken = {header.column for header in proposals}
    found = list(proposals)
    for place in sorted(timed, key=lambda each: abs(timed[each] - nearest[each])):
        field = f"response_{nearest[place]}m"
        within = abs(timed[place] - nearest[place]) <= _WINDOW
        found[place] = _as(found[place], cells[place], field, within, field in taken)
        taken.add(field)
    return found


def months_in(text: str) -> float | None:
    """The time that a header gives, in months; None where it gives none, or several."""
    bare = normal(text)
    times = {_SPELT[phrase] for phrase in _SPELT if re.search(rf"\b{phrase}\b", bare)}
    tokens = [token for token in _TOKEN.findall(bare) if token not in _ORDINAL]
    numbers = [at for at, token in enumerate(tokens) if token[0].isdigit()]
    said = {time for at in numbers if (time := _time_at(tokens, at)) is not None}
    if said or not times:
        times = said
    return times.pop() if len(times) == 1 else None


def _time_at(tokens: Sequence[str], at: int) -> float | None:
    """The time of a number by the unit beside it, None for a number of a visit or an interval."""
    before = tokens[at - 1] if at else ""
    behind = tokens[at + 1 : at + 3]
    if before in _RECURRING:
        return None
    factor = _factor(behind[0]) if behind else 0.0
    another = len(behind) > 1 and behind[1][0].isdigit()
    if not factor or another:  # `Visit 1 wk 12` has its unit before it
        factor = 0.0 if before in _COUNTING else _factor(before) or factor
    return float(tokens[at].replace(",", ".")) * factor if factor else None


def _factor(word: str) -> float:
    """Months of a unit, 0 for another word."""
    named = concepts(word) & set(_UNITS) if word else frozenset()
    return _UNITS[next(iter(named))] if len(named) == 1 else 0.0


_SPELT: dict[str, float] = {
    re.escape(normal(phrase)): float(months)
    for months, phrases in vocabulary.section("durations").items()
    for phrase in phrases
}
"""Times in words, in months."""


_ORDINAL = frozenset(vocabulary.words("response_times", "ordinal"))


_COUNTING = frozenset(vocabulary.words("response_times", "counting"))


_RECURRING = frozenset(vocabulary.words("response_times", "recurring"))


def _may_be(header: Header, cells: Cells) -> bool:
    """Whether cells are responses, or codes under a header that is about a response."""
    named = about(header.text)
    if named & _OTHER:
        return False
    if nature(cells) == "response":
        return True
    short = max(map(len, cells.texts), default=0) <= _LONGEST
    coded = 1 < len(cells.texts) <= _FEW_CODES and short
    return coded and "response" in named and nature(cells) not in ("date", "status", "modality")


def _nearest(months: float) -> int:
    return min(RESPONSE_MONTHS, key=lambda each: abs(each - months))


def _as(header: Header, cells: Cells, field: str, within: bool, taken: bool) -> Header:
    """A header as a response at a fixed time: known, asked about, or one of several for it."""
    if taken:
        return replace(header, reason="twice", candidates=(field,))
    if nature(cells) != "response":
        unfit = tuple(cells.texts[:_SHOWN])
        return replace(header, reason="content", candidates=(field,), unfit=unfit, unit="")
    if not within:
        return replace(header, reason="near", candidates=(field, "best_response"), unit="")
    return replace(header, column=field, reason="meaning", candidates=(field,), unit="")
