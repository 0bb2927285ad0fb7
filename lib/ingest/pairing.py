"""A time and its event that the schema does not know, taken for an endpoint of the file's own."""

from collections.abc import Sequence
from dataclasses import replace

from lib.ingest import endpoints
from lib.ingest.cells import Cells
from lib.ingest.evidence import misfits
from lib.ingest.headers import Header, split_unit
from lib.plan import Reading

_FEW_STATES = 4
"""Distinct cells up to which a column that nothing explains may hold whether an event happened."""


def paired(proposals: list[Header], cells: Sequence[Cells], reading: Reading) -> list[Header]:
    """Take a time and its event that the schema does not know for an endpoint."""
    # An event in words that are not known is asked about, and until then neither is used.
    times, events = _sides(proposals)
    times = {
        name: header
        for name, header in times.items()
        if header.column or _fits_side(name, header, cells, reading)
    }
    found = list(proposals)
    for spelt, event in events.items():
        name = spelt if endpoints.partner(spelt) in times else endpoints.alike(spelt, times)
        if not name:
            continue
        time = times[endpoints.partner(name)]
        known = bool(event.column) or _fits_side(name, event, cells, reading)
        if known:
            found[time.position] = _side_of(time, endpoints.partner(name), event)
            found[event.position] = _side_of(event, name, time)
        elif 1 < len(cells[event.position].texts) <= _FEW_STATES:
            found[event.position] = replace(
                event, reason="words", synonym=time.text, candidates=(name,)
            )
    return found


def _sides(proposals: Sequence[Header]) -> tuple[dict[str, Header], dict[str, Header]]:
    """The headers that may be times or events of an endpoint, times in months first, by column."""
    times: dict[str, Header] = {}
    events: dict[str, Header] = {}
    for header in sorted(proposals, key=lambda each: each.unit != "months"):
        name = endpoints.side(header.text, *split_unit(header.text))
        if header.column:
            name = endpoints.beyond(header.column)
        elif header.reason not in ("unknown", "ask"):
            continue
        if name.endswith(endpoints.MONTHS):
            times.setdefault(name, header)
        elif name.endswith(endpoints.EVENT):
            events.setdefault(name, header)
    return times, events


def _fits_side(name: str, header: Header, cells: Sequence[Cells], reading: Reading) -> bool:
    column = endpoints.column(name, header.text)
    if column is None:
        return False
    return not misfits(column, cells[header.position], header.unit, reading)


def _side_of(header: Header, name: str, other: Header) -> Header:
    if header.column:
        return header
    return replace(header, column=name, reason="endpoint", synonym=other.text, candidates=())
