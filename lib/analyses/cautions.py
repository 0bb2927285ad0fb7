"""What is wrong with reading a number, and what to read instead. A rule is one function here.

A caution is shown beside its number, can be read but not switched off, and stays in every export.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lib.analyses.study import Study
from lib.cohort import UNDATED, FollowUp, Groups
from lib.language import N_
from lib.plan import SmallNumbers
from lib.schema import Endpoint, Level


@dataclass(frozen=True, slots=True)
class Caution:
    """A rule that fired.

    Attributes
    ----------
    code : str
        The rule's name, the same in every export.
    message : str
        An `N_` template: why, in one sentence, and what to read instead.
    values : tuple of pairs
        What the template names; a `Level` is worded by its label.
    """

    code: str
    message: str
    values: tuple[tuple[str, str | int | float | Level], ...] = ()


NOT_RANDOMISED = Caution(
    "not randomised",
    N_(
        "Patients were not randomised: whoever chose the modality saw the patient, so a difference "
        "between arms may come from who was chosen rather than from what was done."
    ),
)


def few_patients(
    levels: Sequence[Level], counts: Sequence[int], small: SmallNumbers
) -> list[Caution]:
    """Arms too small for percentages, and arms too small to be compared."""
    found = []
    for level, n in zip(levels, counts, strict=True):
        if n < small.arm_counted:
            message = N_(
                "{arm}, n = {n}: fewer than {least} patients; counted, with no percentage or curve."
            )
            values = (("arm", level), ("n", n), ("least", small.arm_counted))
            found.append(Caution("arm counted", message, values))
        elif n < small.arm_compared:
            message = N_(
                "{arm}, n = {n}: fewer than {least} patients; described, but not compared: a test "
                "or a ratio from so few would mislead."
            )
            values = (("arm", level), ("n", n), ("least", small.arm_compared))
            found.append(Caution("arm described", message, values))
    return found


def both_recorded(study: Study) -> list[Caution]:
    """Patients recorded as *both*, in a file without the dates that would say which came first."""
    if not study.both_recorded:
        return []
    message = N_(
        "Recorded as having had both modalities, n = {n}: described, not compared, because whoever "
        "received the second had lived long enough to receive it. Dates of the procedures, or of "
        "the first of each kind, would give each patient the modality that came first."
    )
    n = int(study.cohort.has("modality", "BOTH").sum())
    return [Caution("both recorded", message, (("n", n),))]


def no_modality(groups: Groups) -> list[Caution]:
    """Patients without a value of the grouping column are in no group."""
    n = int((groups.codes < 0).sum())
    if not n:
        return []
    message = N_("Without a value of this column, and so in no group: n = {n}.")
    return [Caution("ungrouped", message, (("n", n),))]


def set_aside(follow: FollowUp, endpoint: Endpoint) -> list[Caution]:
    """Patients whose time to the endpoint is not known; the dead among them bend the curve."""
    found = []
    for reason in dict.fromkeys(follow.reason.tolist()):
        n = int((follow.reason == reason).sum())
        if not reason:
            continue
        if reason == UNDATED:
            message = N_(
                "With an event but without its date, n = {n}: not in this curve, which is too high."
            )
            found.append(Caution("event without a date", message, (("n", n),)))
        else:
            message = N_("Set aside from {endpoint}, n = {n}: {reason}.")
            values = (("n", n), ("endpoint", endpoint.code), ("reason", reason))
            found.append(Caution("set aside", message, values))
    return found


def last_contact_instead(follow: FollowUp, endpoint: Endpoint) -> list[Caution]:
    """Progression-free patients censored at last contact were not looked at until then."""
    if len(endpoint.last_seen) < 2:
        return []
    late = follow.used & ~follow.event & (follow.ended_by == endpoint.last_seen[-1])
    if not late.any():
        return []
    message = N_(
        "Progression-free and censored at last contact, not at the last scan, n = {n}: {endpoint} "
        "may be too long. A column with the date of the last assessment would mend it."
    )
    values = (("n", int(late.sum())), ("endpoint", endpoint.code))
    return [Caution("censored at last contact", message, values)]


def few_events(events: Sequence[int], small: SmallNumbers) -> list[Caution]:
    """Too few events for a hazard ratio."""
    total = sum(events)
    if total >= small.events_compared and min(events) >= small.arm_events_compared:
        return []
    message = N_(
        "Events in all {total}, in the arm with fewest {fewest}: a hazard ratio asks for {least} "
        "and {least_arm}, and is withheld."
    )
    values = (
        ("total", total),
        ("fewest", min(events)),
        ("least", small.events_compared),
        ("least_arm", small.arm_events_compared),
    )
    return [Caution("few events", message, values)]


def no_horizon(taus: Sequence[float], shortest: float) -> list[Caution]:
    """No horizon of the plan lies within the follow-up of both arms."""
    message = N_(
        "Restricted mean survival time asks for {least} months of follow-up in both arms; one of "
        "them has {shortest}, so it is withheld."
    )
    values = (("least", min(taus)), ("shortest", round(shortest, 1)))
    return [Caution("no horizon", message, values)]


def not_followed(months: float, counts: Iterable[int]) -> list[Caution]:
    """Without dates nobody knows who was not yet due at a time."""
    n = int(np.sum(list(counts)))
    if not n:
        return []
    message = N_(
        "Without dates, alive but followed for less than {months} months, n = {n}: counted as "
        "without a scan, though some may simply not have been due."
    )
    return [Caution("not followed", message, (("n", n), ("months", months)))]
