"""Response at one visit by RECIST 1.1: ordered tables of named rules, the first match wins.

The tables are what is computed and what the methods section prints. Lengths are whole
micrometres, so that every comparison is one of integers and exact.

References
----------
Eisenhauer et al. (2009), Eur J Cancer 45:228-247: section 4.3 and tables 1 and 2. EORTC, RECIST
1.1 questions and clarifications, recist.eortc.org/faq: SD, lesions under 5 mm, lesions that
disappear and reappear.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from lib.language import N_

NON_CR_NON_PD = "Non-CR/Non-PD"  # disease that is not measured and neither gone nor progressing
AS_RECORDED = "recorded"  # in `Rule.response`: the letter that the spreadsheet has

MM = 1000
GROWN = 5 * MM
TOO_SMALL = 5 * MM  # the size of a lesion that is seen and too small to measure
NORMAL_NODE = 10 * MM  # a lymph node with a shorter axis is not pathological

Values = tuple[tuple[str, str | int | float], ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a response was derived: an `N_` template, and what it names.

    Lengths are in mm, percentages and growth without a sign, which the template has; dates are
    ISO strings.
    """

    template: str
    values: Values = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a table of rules."""

    name: str
    condition: str  # in words, an `N_` template; the fields it names are those of `ResponsePlan`
    response: str  # what it gives; `AS_RECORDED` for the letter of the spreadsheet
    applies: Callable[..., Any]  # the condition as code; anything true where it holds
    reason: Callable[..., Reason]  # the facts to the reason of one response


class Sums(NamedTuple):
    """What the rules for target lesions look at; lengths in micrometres."""

    # Sum of the diameters of the targets measured at the visit; None where none was.
    total: int | None
    complete: bool  # whether all targets were measured
    outside_nodes: int  # the part of the sum that is not of lymph nodes
    largest_node: int  # the largest short axis of a target lymph node
    baseline: int  # sum at baseline; 0 where there is none
    nadir: int  # the smallest of the baseline sum and all complete sums before the visit
    nadir_date: str  # '' where the baseline has no date
    vanished: bool  # whether the overall response had been CR at an earlier visit


NO_SUMS = Sums(None, False, 0, 0, 0, 0, "", False)  # where there are no targets to speak of


class Signs(NamedTuple):
    """What the rules for the overall response look at."""

    target: str  # response of the targets; '' where there are none or only a letter was recorded
    # ``CR``, `NON_CR_NON_PD`, ``PD``, ``NE``; '' where there is no non-target disease.
    nontarget: str
    new_lesion: bool
    recorded: str  # the letter, where the response rests on it alone
    site: str  # where the new lesion is
    sums: Sums  # what the target response follows from


def first(rules: Sequence[Rule], facts: Any) -> Rule:
    """The first rule that applies; every table ends with one that always does."""
    for rule in rules:
        if rule.applies(facts):
            return rule
    raise LookupError(f"no rule applies to {facts!r}")


def mm(length: int) -> int | float:
    """Micrometres in millimetres, a whole number where it is one."""
    return length // MM if length % MM == 0 else length / MM


def percent(change: int, reference: int, limit: int = 0) -> int | float:
    """A change of 0 or more in per cent, to one decimal, or to as many as tell it from a limit.

    Nobody shall read that a sum that grew by +19.96% is stable at +20.0%.
    """
    decimals = 1
    while True:
        scale: int = 10**decimals
        rounded = (200 * scale * change + reference) // (2 * reference)
        same = rounded == limit * scale and 100 * change != limit * reference
        if not same or decimals == 9:
            return rounded // scale if rounded % scale == 0 else rounded / scale
        decimals += 1


# Target lesions ------------------------------------------------------------------------------

_REAPPEARED = N_("sum {sum} mm after the target lesions had disappeared")
_DISAPPEARED = N_("all target lesions have disappeared")
_NODES_NORMAL = N_("only lymph nodes are left, the largest of {node} mm; sum {sum} mm")
_GREW = N_("sum {sum} mm is +{percent}% and +{growth} mm over nadir {nadir} mm of {date}")
_PARTLY_GREW = N_(
    "the target lesions that were measured alone, {sum} mm, are +{percent}% and +{growth} mm over "
    "nadir {nadir} mm of {date}"
)
_INCOMPLETE = N_("not all target lesions were measured; those that were add up to {sum} mm")
_SHRANK = N_("sum {sum} mm is −{percent}% from baseline {baseline} mm")
_BETWEEN = N_(
    "sum {sum} mm is −{fall}% from baseline {baseline} mm, and +{percent}% and +{growth} mm over "
    "nadir {nadir} mm of {date}"
)
_GREW_FROM_BASELINE = N_("sum {sum} mm is +{percent}% and +{growth} mm over baseline {nadir} mm")
_SAME = N_("sum {sum} mm is as at baseline")


def _has_grown(sums: Sums) -> bool:
    """At least +20% and +5 mm over the nadir: 5 S >= 6 N, and S - N >= 5 mm."""
    total = sums.total or 0
    return total - sums.nadir >= GROWN and 5 * total >= 6 * sums.nadir


def _just(template: str) -> Callable[[Any], Reason]:
    reason = Reason(template)
    return lambda facts: reason


def _with_sum(sums: Sums, template: str, *more: tuple[str, str | int | float]) -> Reason:
    return Reason(template, (("sum", mm(sums.total or 0)), *more))


def _over_nadir(sums: Sums) -> Values:
    growth = (sums.total or 0) - sums.nadir
    return (
        ("percent", percent(growth, sums.nadir, 20)),
        ("growth", mm(growth)),
        ("nadir", mm(sums.nadir)),
        ("date", sums.nadir_date),
    )


def _why_gone(sums: Sums) -> Reason:
    if not sums.total:
        return Reason(_DISAPPEARED)
    return _with_sum(sums, _NODES_NORMAL, ("node", mm(sums.largest_node)))


def _why_grown(sums: Sums) -> Reason:
    if not sums.nadir:  # no percentage of nothing
        return _with_sum(sums, _REAPPEARED)
    if not sums.complete:
        return _with_sum(sums, _PARTLY_GREW, *_over_nadir(sums))
    return _with_sum(sums, _GREW if sums.nadir_date else _GREW_FROM_BASELINE, *_over_nadir(sums))


def _why_shrunk(sums: Sums) -> Reason:
    fall = sums.baseline - (sums.total or 0)
    baseline = ("baseline", mm(sums.baseline))
    return _with_sum(sums, _SHRANK, ("percent", percent(fall, sums.baseline, 30)), baseline)


def _why_stable(sums: Sums) -> Reason:
    total = sums.total or 0
    if total and not sums.nadir:
        return _with_sum(sums, _REAPPEARED)
    if total <= sums.nadir:
        return _why_shrunk(sums) if total < sums.baseline else _with_sum(sums, _SAME)
    if sums.nadir == sums.baseline:
        return _with_sum(sums, _GREW_FROM_BASELINE, *_over_nadir(sums))
    if total > sums.baseline:
        return _with_sum(sums, _GREW, *_over_nadir(sums))
    fall = ("fall", percent(sums.baseline - total, sums.baseline, 30))
    baseline = ("baseline", mm(sums.baseline))
    return _with_sum(sums, _BETWEEN, fall, baseline, *_over_nadir(sums))


TARGET = (
    Rule(
        "no baseline",
        N_("No target lesion was measured at baseline"),
        "NE",
        lambda sums: not sums.baseline,
        _just(N_("no sum of diameters at baseline")),
    ),
    Rule(
        "not measured",
        N_("No target lesion was measured"),
        "NE",
        lambda sums: sums.total is None,
        _just(N_("no target lesion was measured")),
    ),
    Rule(
        "reappeared",
        N_("A target lesion other than a lymph node is seen again after an overall response of CR"),
        "PD",
        lambda sums: sums.vanished and sums.outside_nodes > 0,
        lambda sums: _with_sum(sums, _REAPPEARED),
    ),
    Rule(
        "disappeared",
        N_(
            "All target lesions have disappeared, and every target lymph node has a short axis "
            "under 10 mm"
        ),
        "CR",
        lambda sums: sums.complete and not sums.outside_nodes and sums.largest_node < NORMAL_NODE,
        _why_gone,
    ),
    Rule(
        "grown",
        N_(
            "The sum, even without a lesion that was not measured, is at least 20% and at least "
            "5 mm over the smallest sum before, baseline included; over a sum of 0, at least 5 mm"
        ),
        "PD",
        _has_grown,
        _why_grown,
    ),
    Rule(
        "incomplete",
        N_("Not all target lesions were measured"),
        "NE",
        lambda sums: not sums.complete,
        lambda sums: _with_sum(sums, _INCOMPLETE),
    ),
    Rule(
        "shrunk",
        N_("The sum is at least 30% under that of baseline"),
        "PR",
        lambda sums: 10 * sums.total <= 7 * sums.baseline,
        _why_shrunk,
    ),
    Rule("stable", N_("None of these"), "SD", lambda sums: True, _why_stable),
)
"""Response of the target lesions, from `Sums`."""


# Overall response ----------------------------------------------------------------------------

_NEW = N_("new lesion")
_NEW_AT = N_("new lesion: {site}")
_NONTARGET_LEFT = N_("target lesions have disappeared, non-target lesions persist")
_NONTARGET_NE = N_("target lesions have disappeared, non-target lesions were not evaluated")


def _why_target(signs: Signs) -> Reason:
    return first(TARGET, signs.sums).reason(signs.sums)


def _why_new(signs: Signs) -> Reason:
    return Reason(_NEW_AT, (("site", signs.site),)) if signs.site else Reason(_NEW)


def _why_less_than_complete(signs: Signs) -> Reason:
    return Reason(_NONTARGET_NE if signs.nontarget == "NE" else _NONTARGET_LEFT)


def _by_target(name: str, condition: str, letter: str) -> Rule:
    return Rule(name, condition, letter, lambda signs: signs.target == letter, _why_target)


def _by_nontarget(name: str, condition: str, letter: str, why: str) -> Rule:
    return Rule(name, condition, letter, lambda signs: signs.nontarget == letter, _just(why))


OVERALL = (
    _by_target("target progression", N_("Target lesions: PD"), "PD"),
    _by_nontarget(
        "non-target progression",
        N_("Non-target lesions: PD"),
        "PD",
        N_("unequivocal progression of non-target lesions"),
    ),
    Rule("new lesion", N_("A new lesion"), "PD", lambda signs: signs.new_lesion, _why_new),
    Rule(
        "complete",
        N_("Target lesions: CR; non-target lesions: CR, or none"),
        "CR",
        lambda signs: signs.target == "CR" and signs.nontarget in ("CR", ""),
        _why_target,
    ),
    Rule(
        "targets complete",
        N_("Target lesions: CR; non-target lesions: Non-CR/Non-PD or not evaluated"),
        "PR",
        lambda signs: signs.target == "CR",
        _why_less_than_complete,
    ),
    _by_target(
        "partial", N_("Target lesions: PR; non-target lesions: not PD, or not all evaluated"), "PR"
    ),
    _by_target(
        "stable", N_("Target lesions: SD; non-target lesions: not PD, or not all evaluated"), "SD"
    ),
    _by_target("not evaluable", N_("Target lesions: NE; non-target lesions: not PD"), "NE"),
    Rule(
        "recorded",
        N_("Neither diameters nor sums, but a recorded response"),
        AS_RECORDED,
        lambda signs: signs.recorded != "",
        _just(N_("as recorded; no measurements")),
    ),
    _by_nontarget(
        "non-target complete",
        N_("No target lesions; non-target lesions: CR"),
        "CR",
        N_("no measurable disease; all non-target lesions have disappeared"),
    ),
    _by_nontarget(
        "non-target persists",
        N_("No target lesions; non-target lesions: Non-CR/Non-PD"),
        NON_CR_NON_PD,
        N_("no measurable disease; non-target lesions persist"),
    ),
    _by_nontarget(
        "non-target not evaluable",
        N_("No target lesions; non-target lesions: NE"),
        "NE",
        N_("no measurable disease; non-target lesions were not evaluated"),
    ),
    Rule(
        "nothing",
        N_("None of these"),
        "NE",
        lambda signs: True,
        _just(N_("nothing is recorded from which a response follows")),
    ),
)
"""Overall response at a visit, from `Signs`."""


def overall(signs: Signs) -> str:
    """The overall response at a visit."""
    return _overall(signs.target, signs.nontarget, signs.new_lesion, signs.recorded)


@cache
def _overall(target: str, nontarget: str, new_lesion: bool, recorded: str) -> str:
    """Look up each of the few combinations once."""
    response = first(OVERALL, Signs(target, nontarget, new_lesion, recorded, "", NO_SUMS)).response
    return recorded if response == AS_RECORDED else response


def reasons(signs: Signs) -> tuple[Reason, ...]:
    """Why a visit has its response: what decides it, and then further signs of progression."""
    decides = first(OVERALL, signs)
    found = [rule for rule in OVERALL if rule.response == "PD" and rule.applies(signs)]
    return tuple(rule.reason(signs) for rule in found or [decides])
