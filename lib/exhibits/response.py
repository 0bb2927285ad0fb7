"""Response: the states and rates at each time."""

from collections.abc import Iterable, Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.courses import BEST
from lib.analyses.response import GroupResponse, ResponseAt, ResponseByGroup, bars, leading
from lib.analyses.states import STATES
from lib.exhibits import derivation, exhibit
from lib.exhibits.exhibit import MOST_HEADLINES, Exhibit, Headline, Table
from lib.figures.response import panel_title, response_bars, small_bars
from lib.figures.spec import Figure
from lib.language import _, ngettext
from lib.plan import SmallNumbers
from lib.recist import PROFILES

_ALWAYS = ("CR", "PR", "SD", "PD")  # states that a table has a line for, even of nobody
_FIRST = (6, 12)  # months at which response is told where there is little room


def by_group(result: ResponseByGroup) -> Exhibit:
    """Bars of every time, and a table a time; best response confirmed and unconfirmed at last."""
    return Exhibit(
        key="response",
        title=text.titled(_("Response"), exhibit.grouping(result.column)),
        provenance=result.provenance,
        made=("response.by_group",),
        sentences=exhibit.said(answer(result)),
        headline=headline(result),
        headlines=headlines(result),
        draw=partial(_drawn, result) if result.times else None,
        draw_small=partial(_drawn_small, result) if result.times else None,
        undrawn=undrawn(result),
        caption=caption(result),
        tables=tuple(_tables(result)),
        cautions=result.cautions,
    )


def _drawn(result: ResponseByGroup) -> Figure:
    return response_bars(result.times, [bars(result, time) for time in result.times])


def undrawn(result: ResponseByGroup) -> str:
    """Groups without a bar of their own, at any time."""
    without = {
        group.level: group.treated
        for time in result.times
        for group in time.groups
        if group not in bars(result, time)
    }
    names = [
        _("{group} (n = {n})").format(group=text.named(level), n=n) for level, n in without.items()
    ]
    said = _("Without a bar of their own: {groups}.").format(groups=text.listed(names))
    return exhibit.joined(said if names else "", _not_due(result))


def _not_due(result: ResponseByGroup) -> str:
    """Patients who are in no bar of a time, because it has not come for them."""
    times = [
        _("{when} {n}").format(when=text.lowered(panel_title(time)), n=n)
        for time in result.times
        if (n := int(time.everyone.counts[-1]))  # the last state of all, which is not drawn
    ]
    if not times:
        return ""
    return _("Entered too late, and in no bar: {times}.").format(times="; ".join(times))


def _drawn_small(result: ResponseByGroup) -> Figure:
    """The first times alone; each group, or all patients where nothing groups them."""
    times = first_times(result)
    return small_bars(times, [bars(result, time)[1:] or bars(result, time) for time in times])


def first_times(result: ResponseByGroup) -> list[ResponseAt]:
    """The times at which response is told where there is little room; the last if neither is."""
    return [each for each in result.times if each.months in _FIRST] or list(result.times[-1:])


def brief(result: ResponseByGroup) -> str:
    """The rate of all patients at these times."""
    least = result.provenance.plan.small.arm_counted
    said = [
        _("{when} {rate}").format(
            when=text.lowered(panel_title(time)),
            rate=text.proportion(time.everyone.objective[0], least),
        )
        for time in first_times(result)
    ]
    return _("CR or PR {rates}.").format(rates="; ".join(said)) if said else ""


def _tables(result: ResponseByGroup) -> Iterable[Table]:
    small = result.provenance.plan.small
    for time in result.times:
        made = partial(at_time, time, small)
        yield Table(panel_title(time), made, rates_caption(result), time.cautions)
    if result.both_ways:
        both = partial(both_ways, result)
        beware = dict.fromkeys(each for time in result.both_ways for each in time.cautions)
        yield Table(_("Confirmed and unconfirmed"), both, best_words(result), tuple(beware))


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
    """What the rates are, where their limits come from, and of whom they are."""
    return exhibit.joined(rates_methods(result), text.under_study(result.provenance))


def rates_methods(result: ResponseByGroup) -> str:
    """What the rates are, and where their limits come from."""
    found = result.times[0].everyone.objective[0]
    method = _(found.estimate.method) if found else ""
    return exhibit.joined(
        rates_mean(result),
        f"{method}." if method else "",
        _("Percentages may not add up to 100 because each is rounded."),
    )


def answer(result: ResponseByGroup) -> str:
    """The answer in one sentence: who responded at the time with which pages lead.

    Of all patients, and each group that is drawn.
    """
    time = told(result)
    if time is None:
        return ""
    least = result.provenance.plan.small.arm_counted
    known = [group for group in bars(result, time) if group.objective[0] is not None]
    rates = text.proportions((group.objective[0] for group in known), least)
    said = [text.valued(group.level, rate) for group, rate in zip(known, rates, strict=True)]
    if not said:
        return ""
    return _("Objective response rate (CR or PR of all treated), {when}: {groups}.").format(
        when=text.lowered(panel_title(time)), groups="; ".join(said)
    )


def told(result: ResponseByGroup) -> ResponseAt | None:
    """The time with which pages lead; None where there is none."""
    if not result.times:
        return None
    lead = leading([each.months for each in result.times])
    return next(each for each in result.times if each.months == lead)


def headline(result: ResponseByGroup) -> str:
    """What the headlines are."""
    time = told(result)
    if time is None:
        return ""
    return _("Objective response rate (CR or PR of all treated), {when}").format(
        when=text.lowered(panel_title(time))
    )


def headlines(result: ResponseByGroup) -> tuple[Headline, ...]:
    """The rate of each group drawn, or of all patients where those are many."""
    time = told(result)
    if time is None:
        return ()
    drawn = bars(result, time)
    groups = drawn if len(drawn) <= MOST_HEADLINES else (time.everyone,)
    least = result.provenance.plan.small.arm_counted
    n = text.smallest((rate.n for group in groups if (rate := group.objective[0])), least)
    found = []
    for group in groups:
        rate = group.objective[0]
        if rate is None:
            continue
        few = rate.n < least
        limits = text.between(rate.estimate, text.percent_decimals(n), 100)
        found.append(
            Headline(
                text.named(group.level),
                text.out_of(rate.k, rate.n) if few else text.percent(rate.k / rate.n, n),
                ""
                if few
                else _("{k} of {n} · {ci} {limits}").format(
                    k=rate.k, n=rate.n, ci=text.confidence(rate.estimate.confidence), limits=limits
                ),
            )
        )
    return tuple(found)


def rates_mean(result: ResponseByGroup) -> str:
    """What ORR, DCR and evaluable mean, of the states that there are."""
    dead = _(
        "All treated is everybody but those who entered too late; patients without a scan, not "
        "evaluable or dead count as no response."
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


def best_words(result: ResponseByGroup) -> str:
    """The caption of both ways: what confirmation asks for, and which one the plan counts."""
    choices = result.provenance.plan.response
    sure = _("with confirmation") if choices.confirm else _("without confirmation")
    standing = result.derivation.standing.get(BEST, 0)
    return exhibit.joined(
        _(
            "Confirmed: CR and PR {days} later or more once again, else the patient counts "
            "for SD where that began on day {sd_days} or later."
        ).format(days=text.days(choices.confirm_days), sd_days=choices.sd_days),
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


def at_time(time: ResponseAt, small: SmallNumbers) -> pd.DataFrame:
    """Patients in each state at one time, and both rates over both denominators."""
    shown, groups = _shown([time]), _with_everyone(time)
    n = _smallest(groups, small)
    return exhibit.across(_row(text.named(group.level), group, shown, small, n) for group in groups)


def _smallest(groups: Iterable[GroupResponse], small: SmallNumbers) -> int:
    return text.smallest((group.treated for group in groups), small.arm_counted)


def both_ways(result: ResponseByGroup) -> pd.DataFrame:
    """Best response confirmed and unconfirmed, side by side for each group, everybody first."""
    shown, small = _shown(result.both_ways), result.provenance.plan.small
    titles = _("{group}, confirmed"), _("{group}, unconfirmed")
    n = _smallest((each for time in result.both_ways for each in _with_everyone(time)), small)
    return exhibit.across(
        _row(title.format(group=text.named(group.level)), group, shown, small, n)
        for pair in zip(*map(_with_everyone, result.both_ways), strict=True)
        for title, group in zip(titles, pair, strict=True)
    )


def _shown(times: Sequence[ResponseAt]) -> list[int]:
    """The states that a table has a line for: some always, the others where somebody is in them."""
    return [
        at
        for at, state in enumerate(STATES)
        if state.code in _ALWAYS or any(time.everyone.counts[at] for time in times)
    ]


def _row(
    title: str, group: GroupResponse, shown: Iterable[int], small: SmallNumbers, n: int
) -> dict[str, str]:
    """A column of a table of groups, of which the smallest has n patients."""
    least = small.arm_counted
    return {
        _("Group"): title,
        _("All treated"): text.whole(group.treated),
        **{text.label(STATES[at]): _state(group, at, small, n) for at in shown},
        _("ORR, all treated"): text.proportion(group.objective[0], least, n),
        _("ORR, evaluable"): text.proportion(group.objective[1], least, n),
        _("DCR, all treated"): text.proportion(group.control[0], least, n),
        _("DCR, evaluable"): text.proportion(group.control[1], least, n),
    }


def _state(group: GroupResponse, index: int, small: SmallNumbers, n: int) -> str:
    k = int(group.counts[index])
    if STATES[index].code == "not-due":
        return text.whole(k)
    words = text.count_of(k, group.treated, small.arm_counted, n)
    if STATES[index].code == "PD" and group.died_with_pd:
        return ngettext(
            "{count}, of whom {k} died", "{count}, of whom {k} died", group.died_with_pd
        ).format(count=words, k=group.died_with_pd)
    return words


def _with_everyone(time: ResponseAt) -> tuple[GroupResponse, ...]:
    return (time.everyone, *time.groups)
