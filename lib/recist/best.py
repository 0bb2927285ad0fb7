"""Best overall response, confirmation, and the status that follows from visit responses.

All of it reads the responses of the visits themselves. A response that only stands until
progression is a status, and confirms nothing.

References
----------
Eisenhauer et al. (2009), Eur J Cancer 45:228-247: section 4.4 and table 3. EORTC, RECIST 1.1
questions and clarifications, recist.eortc.org/faq: a partial response stays one until progression.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lib.plan import ResponsePlan
from lib.recist.rules import NON_CR_NON_PD, Reason, Rule, rule, said, why

Visits = Sequence[tuple[int, str]]
"""Days from the first procedure and visit responses, in the order of days."""

NOT_ASSESSED = said("why", "not-assessed")
_PR_AFTER_CR = "PR after CR"

Found = Callable[[Visits, ResponsePlan], tuple[int, ...]]
"""What finds the visits that a best response rests on, by their place; none where it is not."""


@dataclass(frozen=True, slots=True)
class Best:
    """A best overall response."""

    # ``CR``, ``PR``, ``SD``, `rules.NON_CR_NON_PD`, ``PD`` or ``NE``; '' without an assessment.
    response: str
    # The visits that it rests on, by their place: the first with this response and, where it is
    # confirmed, the one that confirms it.
    visits: tuple[int, ...]
    reason: Reason


def best(visits: Visits, choices: ResponsePlan, confirmed: bool) -> Best:
    """Find the best overall response, from the first procedure to the first progression.

    `choices`: the windows of stable disease and of confirmation. `confirmed`: whether CR and PR
    need a confirmation, as they do where the response rate is the main result of a study without
    randomization.
    """
    until = _until_progression(visits)
    if not until:
        return Best("", (), Reason(NOT_ASSESSED))
    for line in table(choices, confirmed):
        if found := line.applies(until, choices):
            return Best(line.response, found, line.reason([until[index][0] for index in found]))
    raise LookupError(f"no rule applies to {visits!r}")


def table(choices: ResponsePlan, confirmed: bool) -> tuple[Rule, ...]:
    """The rules of the best overall response under some choices."""
    if not confirmed:
        return UNCONFIRMED
    return CONFIRMED_OVER_SD if choices.sd_between else CONFIRMED


def statuses(
    visits: Visits, choices: ResponsePlan
) -> tuple[list[str], tuple[int, int] | tuple[()]]:
    """What each visit leaves the patient with: PD stays, and PR stays at least PR until then.

    A visit that is not evaluable is not taken for a response, for it does not rule out PD.

    Gives the status at each visit. Gives the places of the first visit with a response and of the
    one that establishes it, the confirming one if `choices.confirm`; empty where there is no
    response.
    """
    until = _until_progression(visits)
    established = _established(until, choices)
    status = []
    for index, (_, response) in enumerate(visits):
        carried = len(established) == 2 and index >= established[1]
        if index >= len(until):
            status.append("PD")
        else:
            status.append("PR" if carried and response in ("SD", NON_CR_NON_PD) else response)
    return status, established


def complete_then_disease(visits: Visits) -> tuple[int, int] | None:
    """The places of a CR and of the first PR or SD after it, before PD: may be no CR at all."""
    visits = _until_progression(visits)
    complete = _of(visits, "CR")
    if not complete:
        return None
    for index in range(complete[0] + 1, len(visits)):
        if visits[index][1] in ("PR", "SD", NON_CR_NON_PD):
            return complete[0], index
    return None


def _until_progression(visits: Visits) -> Visits:
    for index, (_, response) in enumerate(visits):
        if response == "PD":
            return visits[: index + 1]
    return visits


def _established(visits: Visits, choices: ResponsePlan) -> tuple[int, int] | tuple[()]:
    if not choices.confirm:
        first = _of(visits, "CR", "PR")
        return (first[0], first[0]) if first else ()
    pairs = (*_confirmed_cr(visits, choices), *_confirmed_pr(visits, choices))
    return min(pairs, key=lambda pair: (pair[1], pair[0]), default=())


def _of(visits: Visits, *responses: str) -> tuple[int, ...]:
    """The place of the first visit with one of some responses, if there is one."""
    for index, (_, response) in enumerate(visits):
        if response in responses:
            return (index,)
    return ()


def _first(*responses: str, late: bool = False) -> Found:
    """The first visit with one of some responses; `late`: enough for stable disease."""

    def found(visits: Visits, choices: ResponsePlan) -> tuple[int, ...]:
        for index, (day, response) in enumerate(visits):
            if response in responses and (day >= choices.sd_days or not late):
                return (index,)
        return ()

    return found


def _pairs(
    visits: Visits, response: str, confirming: Sequence[str], choices: ResponsePlan
) -> Iterator[tuple[int, int]]:
    """Each visit with a response, and the first that confirms it."""
    between = {*confirming, *(("SD",) if choices.sd_between and response == "PR" else ())}
    for index, (_, letter) in enumerate(visits):
        if letter == response:
            second = _confirming(visits, index, confirming, between, choices)
            if second is not None:
                yield index, second


def _confirming(
    visits: Visits,
    index: int,
    confirming: Sequence[str],
    between: set[str],
    choices: ResponsePlan,
) -> int | None:
    missed = 0
    for second in range(index + 1, len(visits)):
        day, letter = visits[second]
        if letter in confirming and day - visits[index][0] >= choices.confirm_days:
            return second
        missed += letter == "NE"
        if missed > choices.ne_between or letter not in {*between, "NE"}:
            return None
    return None


def _confirmed_cr(visits: Visits, choices: ResponsePlan) -> tuple[tuple[int, int], ...]:
    return tuple(_pairs(visits, "CR", ("CR",), choices))


def _confirmed_pr(visits: Visits, choices: ResponsePlan) -> tuple[tuple[int, int], ...]:
    """Pairs of PR and PR or CR. A PR after a CR is disease that is back, and confirms nothing."""
    complete = _of(visits, "CR")
    if complete:
        visits = [
            (day, _PR_AFTER_CR if letter == "PR" and index > complete[0] else letter)
            for index, (day, letter) in enumerate(visits)
        ]
    return tuple(_pairs(visits, "PR", ("PR", "CR"), choices))


def _first_pair(pairs: Callable[[Visits, ResponsePlan], tuple[tuple[int, int], ...]]) -> Found:
    return lambda visits, choices: next(iter(pairs(visits, choices)), ())


def _relapsed(visits: Visits, choices: ResponsePlan) -> tuple[int, ...]:
    found = complete_then_disease(visits)
    return found[1:] if found else ()


def _rule(name: str, response: str, applies: Found, code: str, condition: str = "") -> Rule:
    def reason(days: Sequence[int]) -> Reason:
        return why(code, *zip(("day", "second"), days, strict=False))

    return rule("best", name, response, applies, reason, condition)


_OTHERWISE = (
    _rule("non-target disease persists", NON_CR_NON_PD, _first(NON_CR_NON_PD, late=True), "on-day"),
    _rule("progression", "PD", _first("PD"), "on-day"),
)
_NONE = _rule("not evaluable", "NE", lambda visits, choices: (0,), "early")
UNCONFIRMED = (
    _rule("complete", "CR", _first("CR"), "on-day"),
    _rule("partial", "PR", _first("PR"), "on-day"),
    _rule("stable", "SD", _first("SD", late=True), "on-day"),
    *_OTHERWISE,
    _NONE,
)
"""Best overall response of visits up to the first PD, without confirmation."""

CONFIRMED = (
    _rule("complete, confirmed", "CR", _first_pair(_confirmed_cr), "confirmed"),
    _rule("partial, confirmed", "PR", _first_pair(_confirmed_pr), "confirmed"),
    _rule(
        "stable",
        "SD",
        _first("SD", "PR", "CR", late=True),
        "unconfirmed",
        "stable, unconfirmed",
    ),
    *_OTHERWISE,
    _rule("disease after complete response", "PD", _relapsed, "relapsed"),
    _NONE,
)
"""Best overall response of visits up to the first PD, CR and PR confirmed."""

_OVER_SD = replace(CONFIRMED[1], condition=said("best", "partial, confirmed over SD"))
CONFIRMED_OVER_SD = (CONFIRMED[0], _OVER_SD, *CONFIRMED[2:])
"""The same where a stable assessment may lie between two partial responses."""
