"""Response at one visit by RECIST 1.1: ordered tables of named rules, the first match wins.

The tables are what is computed and what the methods section prints. Lengths are whole
micrometres, so that every comparison is one of integers and exact.

References
----------
Eisenhauer et al. (2009), Eur J Cancer 45:228-247: section 4.3 and tables 1 and 2. EORTC, RECIST
1.1 questions and clarifications, recist.eortc.org/faq: SD, lesions under 5 mm, lesions that
disappear and reappear.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from lib.language import Template, marked

NON_CR_NON_PD = "Non-CR/Non-PD"  # disease that is not measured and neither gone nor progressing
AS_RECORDED = "recorded"  # in `Rule.response`: the letter that the spreadsheet has

MM = 1000
GROWN = 5 * MM
TOO_SMALL = 5 * MM  # the size of a lesion that is seen and too small to measure
NORMAL_NODE = 10 * MM  # a lymph node with a shorter axis is not pathological

Values = tuple[tuple[str, str | int | float], ...]
_SENTENCES: dict[str, dict[str, str | list[str]]] = tomllib.loads(
    Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8")
)


def said(what: str, name: str, code: str = "") -> Template:
    """A sentence of `sentences.toml`."""
    return marked(_SENTENCES[what][name], code)


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


def _has_grown(sums: Sums) -> bool:
    """At least +20% and +5 mm over the nadir: 5 S >= 6 N, and S - N >= 5 mm."""
    total = sums.total or 0
    return total - sums.nadir >= GROWN and 5 * total >= 6 * sums.nadir


def why(code: str, *values: tuple[str, str | int | float]) -> Reason:
    """A reason, by the code of its sentence."""
    return Reason(said("why", code), values)


def _just(code: str) -> Callable[[Any], Reason]:
    reason = why(code)
    return lambda facts: reason


def _with_sum(sums: Sums, code: str, *more: tuple[str, str | int | float]) -> Reason:
    return why(code, ("sum", mm(sums.total or 0)), *more)


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
        return why("disappeared")
    return _with_sum(sums, "nodes-normal", ("node", mm(sums.largest_node)))


def _why_grown(sums: Sums) -> Reason:
    if not sums.nadir:  # no percentage of nothing
        return _with_sum(sums, "reappeared")
    if not sums.complete:
        return _with_sum(sums, "partly-grew", *_over_nadir(sums))
    return _with_sum(sums, "grew" if sums.nadir_date else "grew-from-baseline", *_over_nadir(sums))


def _why_shrunk(sums: Sums) -> Reason:
    fall = sums.baseline - (sums.total or 0)
    baseline = ("baseline", mm(sums.baseline))
    return _with_sum(sums, "shrank", ("percent", percent(fall, sums.baseline, 30)), baseline)


def _why_stable(sums: Sums) -> Reason:
    total = sums.total or 0
    if total and not sums.nadir:
        return _with_sum(sums, "reappeared")
    if total <= sums.nadir:
        return _why_shrunk(sums) if total < sums.baseline else _with_sum(sums, "same")
    if sums.nadir == sums.baseline:
        return _with_sum(sums, "grew-from-baseline", *_over_nadir(sums))
    if total > sums.baseline:
        return _with_sum(sums, "grew", *_over_nadir(sums))
    fall = ("fall", percent(sums.baseline - total, sums.baseline, 30))
    baseline = ("baseline", mm(sums.baseline))
    return _with_sum(sums, "between", fall, baseline, *_over_nadir(sums))


def rule(
    table: str,
    name: str,
    response: str,
    applies: Callable[..., Any],
    reason: Callable[..., Reason],
    condition: str = "",
) -> Rule:
    """A line of a table, its condition in words under its name unless another is given."""
    return Rule(name, said(table, condition or name), response, applies, reason)


_target, _overall_by = partial(rule, "target"), partial(rule, "overall")
TARGET = (
    _target("no baseline", "NE", lambda sums: not sums.baseline, _just("no-baseline")),
    _target("not measured", "NE", lambda sums: sums.total is None, _just("not-measured")),
    _target(
        "reappeared",
        "PD",
        lambda sums: sums.vanished and sums.outside_nodes > 0,
        lambda sums: _with_sum(sums, "reappeared"),
    ),
    _target(
        "disappeared",
        "CR",
        lambda sums: sums.complete and not sums.outside_nodes and sums.largest_node < NORMAL_NODE,
        _why_gone,
    ),
    _target("grown", "PD", _has_grown, _why_grown),
    _target(
        "incomplete",
        "NE",
        lambda sums: not sums.complete,
        lambda sums: _with_sum(sums, "incomplete"),
    ),
    _target("shrunk", "PR", lambda sums: 10 * sums.total <= 7 * sums.baseline, _why_shrunk),
    _target("stable", "SD", lambda sums: True, _why_stable),
)
"""Response of the target lesions, from `Sums`."""


# Overall response ----------------------------------------------------------------------------


def _why_target(signs: Signs) -> Reason:
    return first(TARGET, signs.sums).reason(signs.sums)


def _why_new(signs: Signs) -> Reason:
    return why("new-at", ("site", signs.site)) if signs.site else why("new")


def _why_less_than_complete(signs: Signs) -> Reason:
    return why("nontarget-ne" if signs.nontarget == "NE" else "nontarget-left")


def _by_target(name: str, letter: str) -> Rule:
    return _overall_by(name, letter, lambda signs: signs.target == letter, _why_target)


def _by_nontarget(name: str, letter: str, code: str) -> Rule:
    return _overall_by(name, letter, lambda signs: signs.nontarget == letter, _just(code))


OVERALL = (
    _by_target("target progression", "PD"),
    _by_nontarget("non-target progression", "PD", "nontarget-grew"),
    _overall_by("new lesion", "PD", lambda signs: signs.new_lesion, _why_new),
    _overall_by(
        "complete",
        "CR",
        lambda signs: signs.target == "CR" and signs.nontarget in ("CR", ""),
        _why_target,
    ),
    _overall_by(
        "targets complete", "PR", lambda signs: signs.target == "CR", _why_less_than_complete
    ),
    _by_target("partial", "PR"),
    _by_target("stable", "SD"),
    _by_target("not evaluable", "NE"),
    _overall_by("recorded", AS_RECORDED, lambda signs: signs.recorded != "", _just("as-recorded")),
    _by_nontarget("non-target complete", "CR", "nontarget-gone"),
    _by_nontarget("non-target persists", NON_CR_NON_PD, "nontarget-persists"),
    _by_nontarget("non-target not evaluable", "NE", "nontarget-unseen"),
    _overall_by("nothing", "NE", lambda signs: True, _just("nothing")),
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
