"""Whether limits, and the tests that stand beside them, leave out no difference."""

from collections.abc import Iterable
from math import isnan

from lib import text
from lib.language import _
from lib.statistics.estimate import Estimate

Answers = list[tuple[str, bool]]
"""Each limit or test by its name in a sentence, and whether it leaves out no difference."""


def limits(name: str, found: Estimate | None, none: float) -> Answers:
    """What limits say; nothing where there are none.

    `name`: worded, as it stands in a sentence: *the limits of the hazard ratio*. `none`: the value
    of no difference: 0 of a difference, 1 of a ratio.
    """
    if found is None or isnan(found.low) or isnan(found.high):
        return []
    return [(name, not found.low <= none <= found.high)]


def test(name: str, pvalue: float, confidence: float) -> Answers:
    """What a test says at the level of the limits; nothing where it was not done."""
    return [] if isnan(pvalue) else [(name, pvalue < 1 - confidence)]


def disagreement(answers: Answers) -> str:
    """That they disagree, and that neither is to be claimed; '' where they agree."""
    outside, inside = (_named(answers, out) for out in (True, False))
    if not outside or not inside:
        return ""
    return _(
        "They disagree: by {outside} there is a difference, by {inside} there may be none. At this "
        "size claim neither."
    ).format(outside=outside, inside=inside)


def _named(answers: Iterable[tuple[str, bool]], out: bool) -> str:
    return text.listed(name for name, left_out in answers if left_out is out)


def outside(answers: Answers) -> bool:
    """Whether all of them leave out no difference."""
    return bool(answers) and all(left_out for _name, left_out in answers)
