"""What ended the follow-up of each patient: an event, or one of the ways of being censored."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.cohort import Cohort
from lib.followup import FollowUp, Groups
from lib.language import N_, Template
from lib.plan import Plan
from lib.schema import COLUMNS, Endpoint

EVENT = N_("Event")
CENSORED = N_("Censored")
CUT_OFF = N_("Data cut-off")
AS_GIVEN = N_("Months as the sheet gives them")


@dataclass(frozen=True, slots=True)
class Ending:
    """How many were followed to one kind of end.

    Attributes
    ----------
    code : str
        The column of the date, the column of the months, ``cut_off`` or ``missed_scans``.
    message : Template
        An `N_` template, what ended it.
    event : bool
        Whether it is an event; else patients were censored there.
    n : int
        Among all who are used.
    by_group : tuple of int
        In each group, in display order; none where nothing groups the patients.
    """

    code: str
    message: Template
    event: bool
    n: int
    by_group: tuple[int, ...] = ()


def endings(
    cohort: Cohort, follow: FollowUp, endpoint: Endpoint, plan: Plan, groups: Groups | None
) -> tuple[Ending, ...]:
    """Count what ended follow-up, events first; the counts add up to all who are used.

    Parameters
    ----------
    cohort : Cohort
        Whose follow-up it is.
    follow : FollowUp
    endpoint : Endpoint
    plan : Plan
        Whoever was last seen on the as-of date was followed to the data cut-off.
    groups : Groups or None
    """
    rule = np.full(len(cohort), "", object) if follow.rule is None else follow.rule
    at_cut_off = _on_the_day(cohort, follow, endpoint, plan) & (rule == "")
    kinds = [(name, _label(name, endpoint), True) for name in (*endpoint.ends, endpoint.months)]
    kinds += [(name, _label(name, endpoint), False) for name in endpoint.last_seen]
    kinds += [("cut_off", CUT_OFF, False), (endpoint.months, AS_GIVEN, False)]
    kinds += [
        ("missed_scans", Template(each), False) for each in dict.fromkeys(rule.tolist()) if each
    ]
    code = np.where(at_cut_off, "cut_off", follow.ended_by)
    code = np.where(rule != "", "missed_scans", code)
    found = []
    for name, label, event in kinds:
        here = follow.used & (code == name) & (follow.event == event)
        if name and here.any():
            found.append(Ending(name, label, event, int(here.sum()), _by_group(here, groups)))
    return tuple(found)


def _label(name: str, endpoint: Endpoint) -> Template:
    ours = name in COLUMNS and name != endpoint.months
    return Template(COLUMNS[name].label) if ours else AS_GIVEN


def _by_group(here: npt.NDArray[np.bool_], groups: Groups | None) -> tuple[int, ...]:
    if groups is None:
        return ()
    return tuple(int((here & (groups.codes == at)).sum()) for at in range(len(groups.levels)))


def _on_the_day(
    cohort: Cohort, follow: FollowUp, endpoint: Endpoint, plan: Plan
) -> npt.NDArray[np.bool_]:
    """Who was last seen, without the event, on the as-of date."""
    found = np.zeros(len(cohort), bool)
    if plan.study.as_of is None:
        return found
    day = np.datetime64(plan.study.as_of)
    for name in endpoint.last_seen:
        found |= (follow.ended_by == name) & np.asarray(cohort.dates(name) == day, bool)
    return found & ~follow.event
