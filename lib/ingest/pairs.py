"""A time and the column that says whether its event happened, wherever a sheet has them.

``<X>_STATUS`` and ``<X>_MONTHS`` are an endpoint of the file's own that the schema does not know. A
column of two states beside a time, `DFS, weeks` before `Recurrence`, is its event, whatever it is
called.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from lib.ingest import endpoints
from lib.ingest.cells import Cells
from lib.ingest.evidence import misfits
from lib.ingest.headers import Header, split_unit
from lib.ingest.wording import about, is_known
from lib.plan import Reading

_FEW_STATES = 4
"""Distinct cells up to which a column that nothing explains may hold whether an event happened."""
_OF_TIME = frozenset(
    ("survival", "pfs", "doubtful", "progression", "time", "to", "hepatic", "outside", "site")
)
"""What the header of a time whose event stands beside it may be about, and nothing else."""
_ENDED = frozenset(("survival", "pfs", "progression"))
"""What of that says that the time ends with an event; `Time to treatment` says it of no disease."""
_ABBREVIATED = re.compile(r"\w{1,5}fs|tt\w{1,3}")
"""How the name of such a time ends or begins where it is no known word: `HPFS`, `TTLP`."""
_HAPPENED = frozenset(("event", "status", "censor", "progression"))
"""What the header of its event says, beside what it may say."""
_SITES = frozenset(("hepatic", "outside"))
_OF_EVENT = frozenset(
    ("event", "status", "censor", "progression", "hepatic", "outside", "site", "yes", "death")
)
"""What that of such an event may be about, and nothing else."""
_VAGUE = frozenset(("os_event", "pfs_event", "vital_status"))
"""What `Event` and `Status` may mean that say nothing else."""
_TOLD: dict[str, frozenset[str]] = {
    "os_months": frozenset(("vital_status", "os_event", "death_date", "death_months")),
    "pfs_months": frozenset(("pfs_event", "progression", "progression_date")),
    "ttp_months": frozenset(("ttp_event", "progression", "progression_date")),
}
"""The columns that say of a time of the schema whether its event happened."""


def paired(proposals: list[Header], cells: Sequence[Cells], reading: Reading) -> list[Header]:
    """Take a time and its event for an endpoint, by their names, else by their places."""
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
    found = _side_by_side(found, cells, reading)
    return [_doubted(header, found) for header in found]


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


# An event beside its time, under words of its own ------------------------------------------------


def _side_by_side(found: list[Header], cells: Sequence[Cells], reading: Reading) -> list[Header]:
    """Take a column of two states beside a time that nothing else ends for its event."""
    # The one behind the time first, then the one before it where it stands behind no other time.
    mapped = {header.column for header in found} - {""}
    times = {
        header.position: name
        for header in found
        if (name := _time_alone(header))
        and not mapped & _TOLD.get(name, {endpoints.partner(name)})
        and _fits_side(name, header, cells, reading)
    }
    ended = set(times) | {
        header.position
        for header in found
        if header.column in _TOLD or header.column.endswith(endpoints.MONTHS)
    }
    vague = {header.position for header in found if _is_vague(header)}
    # Several that say nothing else are all behind their times, or all before them; else are asked.
    leads = len(vague) > 1 and not all(each - 1 in ended for each in vague)
    if leads and not all(each + 1 in ended for each in vague):
        vague, leads = set(), False
    for place, name in _surely(times, vague, mapped):
        for beside in (place - 1, place + 1) if leads else (place + 1, place - 1):
            of_another = beside < place and beside - 1 in ended and not leads
            if of_another or not 0 <= beside < len(found):
                continue
            event, side = found[beside], endpoints.partner(name)
            states = beside in vague or (
                name not in _TOLD
                and _is_state(event, mapped)
                and _may_be_of(event.text, found[place].text)
            )
            if states and _fits_side(side, event, cells, reading):
                found[beside] = replace(
                    event, column=side, reason="endpoint", synonym=found[place].text, candidates=()
                )
                found[place] = _timed(found[place], name, event)
                vague.discard(beside)
                break
    return found


def _surely(
    times: Mapping[int, str], vague: Set[int], mapped: Set[str]
) -> Iterator[tuple[int, str]]:
    """The times whose event may be the column beside them, in their order."""
    # A single `Event` may be that of overall survival as well, unless something says who died.
    several = len(vague) > 1
    died = bool(mapped & _TOLD["os_months"]) or "os_months" not in mapped
    for place, name in times.items():
        if name not in _TOLD or several or (died and name != "os_months"):
            yield place, name


def _time_alone(header: Header) -> str:
    """The column that a time would be: the schema's, or one of an endpoint that it lacks."""
    if header.column in _TOLD or header.column.endswith(endpoints.MONTHS):
        return header.column if header.reason != "endpoint" else ""
    said, (base, unit) = about(header.text), split_unit(header.text)
    ended = said & _ENDED or _ABBREVIATED.fullmatch(base)
    if header.column or header.reason != "unknown" or not ended or not said <= _OF_TIME:
        return ""
    return endpoints.time(header.text, base, unit, bool(said & _FREE))


_FREE = frozenset(("survival", "pfs"))


def _is_vague(header: Header) -> bool:
    """Whether a header says that something happened, and not what."""
    return _is_censored(header) or (header.reason == "ask" and set(header.candidates) <= _VAGUE)


def _is_censored(header: Header) -> bool:
    """Whether a header says that a time was censored, and not which."""
    return header.reason == "unknown" and about(header.text) == {"censor"}


def _doubted(header: Header, found: Sequence[Header]) -> Header:
    """Ask which time was censored where who died is known and no survival stands beside it."""
    mapped = {each.column for each in found}
    beside = {each.column for each in found if abs(each.position - header.position) == 1}
    if not _is_censored(header) or "pfs_months" not in mapped or "os_months" in beside:
        return header
    if "pfs_event" in mapped or not mapped & _TOLD["os_months"]:
        return header
    return replace(header, reason="ask", candidates=("os_event", "pfs_event"))


def _is_state(header: Header, mapped: Set[str]) -> bool:
    """Whether a header says that something of the disease happened, which no other time needs."""
    said = about(header.text)
    if header.column == "progression":
        return header.reason != "yours" and not {"pfs_months", "ttp_months"} & mapped
    happened = bool(said & _HAPPENED) and said <= _OF_EVENT and is_known(header.text)
    return header.reason == "unknown" and happened


def _may_be_of(event: str, time: str) -> bool:
    """Whether an event and a time may be of one site: no event in the liver ends one outside it."""
    of_event, of_time = about(event) & _SITES, about(time) & _SITES
    return not of_event or not of_time or of_event == of_time


def _timed(header: Header, name: str, event: Header) -> Header:
    """A time with its event; in which unit it is, is asked where its header names none."""
    if header.column:
        return header
    if not header.unit:
        return replace(header, reason="unit", candidates=(name,))
    return _side_of(header, name, event)
