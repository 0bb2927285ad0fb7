"""What ended the follow-up of each patient: an event, or one of the ways of being censored."""

from dataclasses import dataclass

import numpy as np

from lib.analyses.counted import AT_CUT_OFF, Counted, End
from lib.language import N_, Template, template
from lib.schema import COLUMNS, Endpoint

EVENT = N_("Event")
CENSORED = N_("Censored")
CUT_OFF = N_("Data cut-off")
AS_GIVEN = N_("Months as the sheet gives them")
_MISSED = "missed_scans"


@dataclass(frozen=True, slots=True)
class Ending:
    """How many were followed to one kind of end."""

    code: str  # the column of the date, the column of the months, ``cut_off`` or ``missed_scans``
    message: Template  # an `N_` template, what ended it
    event: bool  # whether it is an event; else patients were censored there
    n: int  # among all who are used
    # In each group, in display order; none where nothing groups the patients.
    by_group: tuple[int, ...] = ()


def endings(counted: Counted) -> tuple[Ending, ...]:
    """Count what ended follow-up, events first; the counts add up to all who are used."""
    endpoint = counted.endpoint
    kinds = [(name, _label(name, endpoint), True) for name in (*endpoint.ends, endpoint.months)]
    kinds += [(name, _label(name, endpoint), False) for name in endpoint.last_seen]
    kinds += [(AT_CUT_OFF, CUT_OFF, False), (endpoint.months, AS_GIVEN, False)]
    kinds += [(_MISSED, rule, False) for rule in _rules(counted)]
    found = []
    for name, label, event in kinds:
        n = np.zeros_like(counted.n)
        for end, each in counted.ended.items():
            if end.event == event and _code(end) == name:
                n = n + each
        if name and n.any():
            by_group = tuple(n[: len(counted.levels)].tolist())
            found.append(Ending(name, label, event, int(n.sum()), by_group))
    return tuple(found)


def _rules(counted: Counted) -> list[Template]:
    """The rule of the plan that censored somebody before the event, if one did."""
    rules = dict.fromkeys(end.rule for end in counted.ended)
    return [template(rule) for rule in rules if rule not in ("", AT_CUT_OFF)]


def _code(end: End) -> str:
    if end.rule and end.rule != AT_CUT_OFF:
        return _MISSED
    return end.rule or end.column


def _label(name: str, endpoint: Endpoint) -> Template:
    ours = name in COLUMNS and name != endpoint.months
    return Template(COLUMNS[name].label) if ours else AS_GIVEN
