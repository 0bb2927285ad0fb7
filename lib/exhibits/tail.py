"""Numbers of the tail of a curve, which carries none: with the patients at risk, or not told.

Every median and milestone is worded here. In a table one of the tail is marked with the patients at
risk; in a sentence and as a headline it is not told.
"""

from math import isnan

from lib import text
from lib.analyses.survival import GroupSurvival, Milestone
from lib.language import _
from lib.statistics.estimate import Estimate


def marked(words: str, at_risk: int | None) -> str:
    """A number in a table; `at_risk`: at a time of the tail, None elsewhere."""
    if at_risk is None:
        return words
    return _("{number}, only {n} at risk").format(number=words, n=at_risk)


def marked_of_arms(words: str, at_risk: tuple[int, int] | None) -> str:
    """A number of two arms in a table; `at_risk`: reference first, None where both carry it."""
    if at_risk is None:
        return words
    return _("{number}, only {n1} and {n0} at risk").format(
        number=words, n1=at_risk[1], n0=at_risk[0]
    )


def marked_median(group: GroupSurvival) -> str:
    """A median in a table."""
    return marked(text.estimate(group.median), at_risk(group))


def told_median(group: GroupSurvival) -> str:
    """A median in a sentence; where the curve carries no number there, that it cannot be told."""
    assert group.median is not None
    return told(group.median, at_risk(group))


def told(median: Estimate, at_risk: int | None) -> str:
    """The same of a median alone; `at_risk`: at a time of the tail, None elsewhere."""
    if at_risk is None:
        return text.estimate(median, unit=_("months"))
    return _("too uncertain ({why})").format(why=why(at_risk))


def why(at_risk: int) -> str:
    """Why a median is not told."""
    return _("{n} at risk where the curve falls to a half").format(n=at_risk)


def at_risk(group: GroupSurvival) -> int | None:
    """How many are at risk at the median, where the curve carries no number there; None elsewhere.

    None too where there is no median.
    """
    return None if group.median is None else group.unsure_at(group.median.value)


def milestone(found: Milestone, n: int) -> str:
    """Survival at a time, with those at risk, in a table; `n`: patients of its smallest group."""
    words = text.survival(found.survival, n)
    if isnan(found.survival.value):
        return words
    if not found.at_risk:
        return _("{survival}, nobody at risk").format(survival=words)
    if found.unsure:
        return marked(words, found.at_risk)
    return _("{survival}, {n} at risk").format(survival=words, n=found.at_risk)


def is_told(found: Milestone) -> bool:
    """Whether survival at a time may stand in a sentence: it is known, and the curve carries it."""
    return not found.unsure and not isnan(found.survival.value)
