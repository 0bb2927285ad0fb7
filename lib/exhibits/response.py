"""Response: the states and rates at each time."""

from collections.abc import Sequence

import pandas as pd

from lib import text
from lib.analyses.courses import BEST
from lib.analyses.response import GroupResponse, ResponseAt, ResponseByGroup, bars
from lib.analyses.states import STATES
from lib.exhibits import derivation, exhibit
from lib.figures.response import panel_title
from lib.language import _
from lib.plan import SmallNumbers
from lib.recist import PROFILES


def caption(result: ResponseByGroup) -> str:
    """The caption of the bars and tables of response."""
    return exhibit.joined(
        derivation.source(result.derivation),
        _("Each bar is all treated patients."),
        _(text.DEATHS_MEAN[result.provenance.plan.response.deaths]),
        exhibit.grouped(result.provenance, result.column),
        text.under_study(result.provenance),
    )


def rates_caption(result: ResponseByGroup) -> str:
    """What the rates are, and where their limits come from."""
    found = result.times[0].everyone.objective[0]
    method = _(found.estimate.method) if found else ""
    return exhibit.joined(
        _rates_mean(result),
        _("Limits: {method}.").format(method=method) if method else "",
        _("Percentages may not add up to 100 because each is rounded."),
        text.under_study(result.provenance),
    )


def answer(result: ResponseByGroup) -> str:
    """The answer in one sentence: who responded, as best response where the file knows it.

    Of the last time shown: all patients, and each group that is drawn.
    """
    time, least = result.times[-1], result.provenance.plan.small.arm_counted
    said = [
        text.valued(group.level, text.proportion(group.objective[0], least))
        for group in bars(result, time)
        if group.objective[0] is not None
    ]
    if not said:
        return ""
    return _("Objective response rate (CR or PR of all treated), {when}: {groups}.").format(
        when=text.lowered(panel_title(time)), groups="; ".join(said)
    )


def _rates_mean(result: ResponseByGroup) -> str:
    """What ORR, DCR and evaluable mean, of the states that there are."""
    dead = _(
        "All treated is everybody but those not due; patients without a scan, not evaluable or "
        "dead count as no response."
    )
    if any(time.with_unmeasured for time in (*result.times, *result.both_ways)):
        return exhibit.joined(
            _("ORR is CR or PR, DCR is CR, PR, SD or Non-CR/Non-PD."),
            dead,
            _("Evaluable is CR, PR, SD, Non-CR/Non-PD or PD."),
        )
    return exhibit.joined(
        _("ORR is CR or PR, DCR is CR, PR or SD."), dead, _("Evaluable is CR, PR, SD or PD.")
    )


def both_ways(result: ResponseByGroup) -> pd.DataFrame:
    """Best response confirmed and unconfirmed, side by side for each group, everybody first."""
    small = result.provenance.plan.small
    confirmed, unconfirmed = result.both_ways
    shown = [
        index
        for index, state in enumerate(STATES)
        if state.code in ("CR", "PR", "SD", "PD")
        or any(time.everyone.counts[index] for time in result.both_ways)
    ]
    columns = {}
    for pair in zip(
        (confirmed.everyone, *confirmed.groups),
        (unconfirmed.everyone, *unconfirmed.groups),
        strict=True,
    ):
        titles = _("{group}, confirmed"), _("{group}, unconfirmed")
        for title, group in zip(titles, pair, strict=True):
            columns[title.format(group=text.named(group.level))] = _best(group, shown, small)
    frame = pd.DataFrame(columns)
    return frame.reset_index(names=" ")


def _best(group: GroupResponse, shown: Sequence[int], small: SmallNumbers) -> dict[str, str]:
    row = {_("All treated"): str(group.treated)}
    for index in shown:
        row[text.label(STATES[index])] = text.count_of(
            int(group.counts[index]), group.treated, small.arm_counted
        )
    row[_("ORR, all treated")] = text.proportion(group.objective[0], small.arm_counted)
    row[_("ORR, evaluable")] = text.proportion(group.objective[1], small.arm_counted)
    row[_("DCR, all treated")] = text.proportion(group.control[0], small.arm_counted)
    return row


def best_words(result: ResponseByGroup) -> str:
    """The caption of both ways: what confirmation asks for, and which one the plan counts."""
    choices = result.provenance.plan.response
    sure = _("with confirmation") if choices.confirm else _("without confirmation")
    standing = result.derivation.standing.get(BEST, 0)
    return exhibit.joined(
        _(
            "Confirmed: CR and PR {days} days later or more once again, else the patient counts "
            "for SD where that began on day {sd_days} or later."
        ).format(days=choices.confirm_days, sd_days=choices.sd_days),
        _(
            "In a cohort without randomization the confirmed rate is the one to report; the plan "
            "counts best response {sure}."
        ).format(sure=sure),
        _("As recorded in both columns, for want of measurements: n = {n}.").format(n=standing)
        if standing
        else "",
        _(PROFILES[choices.profile].label) + ".",
        text.under_study(result.provenance),
    )


_ALWAYS = ("CR", "PR", "SD", "PD")
"""States that a table has a line for, even of nobody."""


def states(time: ResponseAt, small: SmallNumbers) -> pd.DataFrame:
    """Patients in each state at one time, everybody first."""
    shown = [
        index
        for index in range(len(STATES))
        if STATES[index].code in _ALWAYS
        or any(group.counts[index] for group in _with_everyone(time))
    ]
    rows = []
    for group in _with_everyone(time):
        row = {_("Group"): text.named(group.level), _("All treated"): str(group.treated)}
        for index in shown:
            row[text.label(STATES[index])] = _state(group, index, small)
        rows.append(row)
    return exhibit.across(rows)


def _state(group: GroupResponse, index: int, small: SmallNumbers) -> str:
    k = int(group.counts[index])
    if STATES[index].code == "not-due":
        return str(k)
    words = text.count_of(k, group.treated, small.arm_counted)
    if STATES[index].code == "PD" and group.died_with_pd:
        return _("{count}, of whom {k} died").format(count=words, k=group.died_with_pd)
    return words


def rates_table(time: ResponseAt, small: SmallNumbers) -> pd.DataFrame:
    """ORR and DCR over both denominators, everybody first."""
    return exhibit.across(
        [
            {
                _("Group"): text.named(group.level),
                _("ORR, all treated"): text.proportion(group.objective[0], small.arm_counted),
                _("ORR, evaluable"): text.proportion(group.objective[1], small.arm_counted),
                _("DCR, all treated"): text.proportion(group.control[0], small.arm_counted),
                _("DCR, evaluable"): text.proportion(group.control[1], small.arm_counted),
            }
            for group in _with_everyone(time)
        ]
    )


def _with_everyone(time: ResponseAt) -> tuple[GroupResponse, ...]:
    return (time.everyone, *time.groups)
