"""Survival: curves, their numbers, and what they mean."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from math import isnan, nan

import pandas as pd

from lib import text
from lib.analyses.endings import CENSORED, EVENT, Ending
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.landmark import Landmark
from lib.analyses.provenance import Provenance
from lib.analyses.survival import GroupSurvival, SurvivalByGroup, ticks_to
from lib.exhibits import clock, derivation, exhibit, tail
from lib.exhibits.exhibit import MOST_HEADLINES, Exhibit, Headline, Table
from lib.figures.survival import Written, small_curves, survival_curves
from lib.language import _
from lib.plan import Plan
from lib.schema import Level
from lib.statistics.estimate import Numbers
from lib.statistics.survival import LogRank
from lib.statistics.tail import COMPLETE, Why

YEAR = 12
"""Months, of the share that a headline tells beside the median."""


def by_group(result: SurvivalByGroup, beside: SurvivalByGroup | None = None) -> Exhibit:
    """Curves with their numbers.

    `beside`: Progression-free survival, whose medians stand beside those of the liver's.
    """
    title = text.titled(text.label(result.endpoint), exhibit.grouping(result.column))
    answers = [answer(each) for each in (result, beside) if each is not None and each.drawn]
    title_of_axis = axis(result.by_months, result.everyone.n, result.provenance)
    curves_of = (result.drawn, result.endpoint)
    asked = written(result.provenance, title, test=tested(result.log_rank))
    return Exhibit(
        key=exhibit.key("survival", exhibit.of_endpoint(result.endpoint, result.provenance)),
        title=title,
        provenance=result.provenance,
        made=("survival.by_group", result.endpoint.code),
        sentences=exhibit.said(*answers),
        headline=_("Median {endpoint}").format(endpoint=text.in_sentence(result.endpoint)),
        headlines=headlines(result),
        draw=partial(
            survival_curves,
            *(*curves_of, ticks(result.ticks, result.provenance), title_of_axis, asked),
        )
        if result.drawn
        else None,
        draw_small=partial(small_curves, *curves_of, result.ticks, title_of_axis)
        if result.drawn
        else None,
        undrawn=undrawn(result),
        caption=caption(result),
        tables=(
            Table(title, partial(summary, result), summary_caption(result)),
            Table(_("Curves"), partial(points, result.drawn), shown="taken"),
        ),
        cautions=result.cautions,
        meanings=tuple(meanings(result)),
    )


def ended(result: SurvivalByGroup | IncidenceByGroup) -> Exhibit:
    """How follow-up ended, counted."""
    return Exhibit(
        key=exhibit.key("endings", exhibit.of_endpoint(result.endpoint, result.provenance)),
        title=_("{endpoint}: how follow-up ended").format(endpoint=text.label(result.endpoint)),
        provenance=result.provenance,
        made=("survival.by_group", result.endpoint.code),
        tables=(Table(_("How follow-up ended"), partial(endings, result)),),
    )


def origin(by_months: int, n: int) -> str:
    """What time counts from, as far as the file says so."""
    if not by_months:
        return _("Months from the first procedure (days / 30.4375).")
    if by_months == n:
        return _("Months as the sheet gives them; it does not say from when.")
    return _(
        "Months from the first procedure (days / 30.4375); as the sheet gives them, of an origin "
        "it does not state: n = {k} of {n}."
    ).format(k=by_months, n=n)


def axis(by_months: int, n: int, whence: Provenance | None = None) -> str:
    """The title of the axis of time; of the plan's clock, where the provenance is given."""
    if whence is not None and (started := clock.started(whence)):
        return started
    return _("Months") if by_months == n else _("Months from the first procedure")


def ticks(found: tuple[float, ...], whence: Provenance) -> tuple[float, ...]:
    """Ticks of a figure: those to the end of follow-up, or as the plan asks."""
    asked = whence.plan.figure
    if not asked.until and not asked.every:
        return found
    return ticks_to(asked.until or found[-1], asked.every)


def written(
    whence: Provenance, title: str, ratio: tuple[str, ...] = (), test: tuple[str, ...] = ()
) -> Written:
    """What the plan asks to stand in a figure: its title, medians, a hazard ratio, a test."""
    asked = whence.plan.figure
    said = (*(ratio if asked.hazard_ratio else ()), *(test if asked.p_value else ()))
    once = tuple(line for at, line in enumerate(said) if line not in said[at + 1 :])
    return Written(title if asked.title else "", once, asked.medians)


def tested(test: LogRank | None) -> tuple[str, ...]:
    """The p-value of a log-rank test, as a figure says it."""
    if test is None or isnan(test.pvalue):
        return ()
    return (_("Log-rank {p}").format(p=text.pvalue(test.pvalue)), _("not adjusted"))


def caption(result: SurvivalByGroup) -> str:
    """The caption of survival curves."""
    return exhibit.joined(
        curves(result.drawn),
        conditional((result.everyone, *result.drawn)),
        hepatic(result),
        rules(result),
        _log_rank(result),
        derivation.progression(result.provenance, result.endpoint),
        exhibit.grouped(result.provenance, result.column),
        timed(result.everyone.n, result.provenance.n),
        text.under_study(result.provenance),
    )


def timed(n: int, whole: int) -> str:
    """How many patients have a time, where not all have."""
    return "" if n == whole else _("Time known of {n} of {whole}.").format(n=n, whole=whole)


def undrawn(result: SurvivalByGroup | IncidenceByGroup) -> str:
    """Who is in none of the curves."""
    known = result.everyone.n
    groups = result.groups if result.column else ()
    return exhibit.in_no_curve(
        [(group.level, group.n) for group in groups if group.curve is None],
        known,
        result.provenance.n,
        known - sum(group.n for group in groups) if groups else 0,
    )


def answer(result: SurvivalByGroup) -> str:
    """The answer in one sentence: the median of all patients, and of each group drawn."""
    groups = [group for group in (result.everyone, *result.drawn) if group.median is not None]
    unique = {group.level.code: group for group in groups}
    title = _("Median {endpoint}").format(endpoint=text.in_sentence(result.endpoint))
    said = each_median(title, list(unique.values()))
    between = conditional((result.everyone, *result.drawn))
    return exhibit.joined(said, between) if said else ""


def headlines(result: SurvivalByGroup) -> tuple[Headline, ...]:
    """The median of each group drawn, or of all patients where those are many."""
    few = len(result.drawn) <= MOST_HEADLINES
    groups = result.drawn if few else (result.everyone,)
    told = [group for group in groups if group.median is not None]
    n = text.smallest(group.n for group in told)
    return tuple(headline(group, n) for group in told)


def headline(group: GroupSurvival, n: int) -> Headline:
    """The median with its limits and counts, and the share without the event at a year.

    `n`: patients of the smallest group that has a headline.
    """
    assert group.median is not None
    few = tail.at_risk(group)
    value = text.estimate(replace(group.median, low=nan, high=nan), unit=_("months"))
    limits = text.between(group.median) if few is None and not isnan(group.median.low) else ""
    said = [
        f"{text.confidence(group.median.confidence)} {limits}" if limits else "",
        tail.why(few) if few is not None else "",
        _("{events} in {n}").format(events=text.events(group.events), n=text.patients(group.n)),
        *(
            _("{share} at {time}").format(
                share=text.percent(each.survival.value, n), time=text.months(each.months)
            )
            for each in group.milestones
            if each.months == YEAR and tail.is_told(each)
        ),
    ]
    return Headline(
        text.named(group.level),
        value if few is None else _("too uncertain"),
        " · ".join(exhibit.said(*said)),
    )


def each_median(title: str, groups: Sequence[GroupSurvival]) -> str:
    """``Median overall survival: HAI 13.0 months (…) (91 events, n = 115); …``."""
    said = [
        _("{median} ({events}, n = {n})").format(
            median=text.valued(group.level, tail.told_median(group)),
            events=text.events(group.events),
            n=group.n,
        )
        for group in groups
    ]
    return f"{title}: {'; '.join(said)}." if said else ""


def curves(drawn: Sequence[GroupSurvival]) -> str:
    """How curves were computed, and what is drawn on them and counted under them."""
    curve = next((group.curve for group in drawn if group.curve), None)
    if curve is None:
        return ""
    return exhibit.joined(
        _("{method}; bands are {level} limits at each time, ticks are censorings.").format(
            method=_(curve.method), level=text.share(curve.confidence)
        ),
        _paler(drawn),
        _("Counts are of those before each tick; censored and events add up from the start."),
    )


def _paler(drawn: Sequence[GroupSurvival]) -> str:
    """Why the end of a curve is paler."""
    whys = {group.tail.why for group in drawn if group.tail is not None}
    if not whys:
        return ""
    lost, wide = _("too few are followed so long"), _("its limits are too wide")
    return _("Paler where a curve carries no number: {why}.").format(
        why=_(" or ").join(
            words for why, words in ((Why.LOST, lost), (Why.WIDE, wide)) if why in whys
        )
    )


def _log_rank(result: SurvivalByGroup) -> str:
    if result.log_rank is None or result.column is None:
        return ""
    words = _("{method} by {column}, {groups}: {p}, not adjusted for anything.")
    return words.format(column=text.in_sentence(result.column), **of_test(result))


def of_test(result: SurvivalByGroup | Landmark) -> dict[str, str]:
    """The method, the groups and the p of a log-rank test, by permutation too where it is."""
    test = result.log_rank
    if test is None:
        return {}
    names = {group.level.code: text.named(group.level) for group in result.groups}
    p = text.pvalue(test.pvalue)
    if result.permutation is not None:
        p = _("{p}, by permutation {q}").format(p=p, q=text.pvalue(result.permutation.pvalue))
    groups = text.listed(names[code] for code in test.groups)
    return {"method": _(test.method), "groups": groups, "p": p}


def summary_caption(result: SurvivalByGroup) -> str:
    """Where the medians, milestones and follow-up come from, and of whom they are."""
    said = summary_methods(result)
    return exhibit.joined(said, text.under_study(result.provenance)) if said else ""


def summary_methods(result: SurvivalByGroup) -> str:
    """Where the medians, milestones and follow-up come from."""
    group = next((group for group in result.drawn if group.median), None)
    if group is None or group.median is None:
        return ""
    methods = exhibit.joined(
        _(
            "Median and survival at fixed times: {median}; the median’s limits are where the "
            "curve’s limits cross a half."
        ).format(median=text.method(group.median.method)),
        _("Where nobody was lost before such a time: share of the patients, exact limits.")
        if any(
            each.survival.method.code == COMPLETE.code
            for drawn in (result.everyone, *result.drawn)
            for each in drawn.milestones
        )
        else "",
        _("{method}, of overall survival.").format(method=_(group.follow_up.method))
        if group.follow_up
        else "",
    )
    started = clock.clock(result.provenance) or origin(result.by_months, result.everyone.n)
    return exhibit.joined(started, methods)


def conditional(groups: Sequence[GroupSurvival]) -> str:
    """To which time curves with late entry are conditional."""
    starts = {g.level: g.curve.start for g in groups if g.curve is not None and g.late}
    if not starts:
        return ""
    if len(set(starts.values())) == 1:
        return _(
            "These numbers are of those without the event until {time}: before it too few were at "
            "risk."
        ).format(time=text.months(next(iter(starts.values()))))
    each = text.listed(text.valued(level, text.months(start)) for level, start in starts.items())
    return _(
        "These numbers are of those without the event until a time before which too few were at "
        "risk: {groups}."
    ).format(groups=each)


def rules(result: SurvivalByGroup | IncidenceByGroup) -> str:
    """Rules of censoring other than the usual, where the plan has them."""
    if not result.provenance.plan.survival.missed_scans:
        return ""
    if "last_assessment_date" not in result.endpoint.last_seen:
        return ""
    months = text.months(2 * result.provenance.plan.study.assessed_every)
    return _(
        "An event after more than {months} without a scan (two missed) is censored at the last "
        "scan before it."
    ).format(months=months)


def hepatic(result: SurvivalByGroup) -> str:
    """What progression-free survival in the liver leaves out; '' for other endpoints."""
    if result.sites is None:
        return ""
    return _(
        "Progression outside the liver is ignored here; it came first in n = {n} of {whole}. "
        "Progression-free survival counts it."
    ).format(n=result.sites.elsewhere_first, whole=result.everyone.n)


def endings(result: SurvivalByGroup | IncidenceByGroup) -> pd.DataFrame:
    """How follow-up ended: events by what they were, the censored by what they were last seen at.

    Those set aside follow, each reason a line.
    """
    groups = [group.level for group in result.groups]
    rows = [_ending(each, groups) for each in result.endings]
    rows += [
        {
            _("Follow-up ended by"): _("Set aside: {reason}").format(reason=_(reason)),
            _("All"): text.whole(n),
        }
        for reason, n in result.set_aside
    ]
    rows.append(_total(result, groups))
    columns = [_("Follow-up ended by"), _("All"), *(text.named(level) for level in groups)]
    return pd.DataFrame(rows, columns=columns, dtype=object).fillna("")


def _total(result: SurvivalByGroup | IncidenceByGroup, groups: list[Level]) -> dict[str, str]:
    """All patients under study, and those of each group who are followed."""
    row = {_("Follow-up ended by"): _("Patients"), _("All"): text.whole(result.provenance.n)}
    for at, level in enumerate(groups):
        row[text.named(level)] = text.whole(sum(each.by_group[at] for each in result.endings))
    return row


def _ending(each: Ending, groups: list[Level]) -> dict[str, str]:
    kind = _("{kind}: {what}").format(
        kind=_(EVENT if each.event else CENSORED), what=text.lowered(_(each.message))
    )
    row = {_("Follow-up ended by"): kind, _("All"): text.whole(each.n)}
    return row | {
        text.named(level): text.whole(n) for level, n in zip(groups, each.by_group, strict=False)
    }


def meanings(result: SurvivalByGroup) -> list[str]:
    """Each number of the page of survival, in the order of the page."""
    return [
        _(
            "Median: by this time half of the patients had the event, allowing for those not "
            "followed so long; not reached where the curve stays above a half."
        ),
        interval(result.provenance.plan.confidence),
        _(
            "At 12 months and other times: the share of patients without the event until then. "
            "At risk: how many were still followed without it; few make the curve unsure."
        ),
        _(
            "Censored: followed so far without the event, and not longer. They count for as "
            "long as they were followed."
        ),
        _(
            "Median follow-up: how long patients would typically have been watched, had nobody "
            "had the event; the longer, the more can be said of late events."
        ),
        *([log_rank_means()] if result.log_rank is not None else []),
    ]


def interval(level: float) -> str:
    """What limits mean."""
    return _(
        "{ci}: the limits between which the true value may well lie; the fewer patients, the "
        "wider. Other patients like these would give another number, mostly between such limits."
    ).format(ci=text.confidence(level))


def log_rank_means() -> str:
    """What the p of a log-rank test means."""
    return _(
        "Log-rank p: how often chance alone would set curves at least this far apart, did the "
        "groups not differ. A large p does not show that they are alike."
    )


def summary(result: SurvivalByGroup) -> pd.DataFrame:
    """Patients, events, median, follow-up and milestones of each group, everybody first."""
    return exhibit.across(
        [
            _summary(group, result.provenance.plan, smallest(result))
            for group in (result.everyone, *result.groups)
        ]
    )


def smallest(result: SurvivalByGroup) -> int:
    """Patients of the smallest group with a curve."""
    return text.smallest(group.n for group in (result.everyone, *result.drawn))


def _summary(group: GroupSurvival, plan: Plan, n: int) -> dict[str, str]:
    row = {
        _("Group"): text.named(group.level),
        _("Patients"): text.whole(group.n),
        _("Events"): text.whole(group.events),
    }
    row[_("Median, months")] = median(group, plan)
    if group.curve is None:
        return row
    for each in group.milestones:
        row[_("At {time}").format(time=text.months(each.months))] = tail.milestone(each, n)
    row[_("Median follow-up, months")] = text.estimate(group.follow_up)
    return row


def median(group: GroupSurvival, plan: Plan) -> str:
    """The median of a group as tables have it, or why it has none."""
    if group.curve is None:
        if group.n < plan.small.arm_counted:
            return text.withheld_below(plan.small.arm_counted)
        return _("not shown, a group formed after baseline")
    found = tail.marked_median(group)
    if group.n < plan.small.arm_compared:
        return _("{median}, descriptive").format(median=found)
    return found


def at(group: GroupSurvival, months: float, n: int) -> str:
    """Survival of a group at a time, as tables have it; '' where the plan does not ask for it.

    `n`: patients of the smallest group beside which it stands.
    """
    found = (each for each in group.milestones if each.months == months)
    return next((tail.milestone(each, n) for each in found), "")


def brief(result: SurvivalByGroup, months: float) -> str:
    """The median of all patients, and how many of them lived to a time that the curve carries."""
    if result.everyone.median is None:
        return ""
    said = each_median(_("Median"), [result.everyone])
    found = [each for each in result.everyone.milestones if each.months == months]
    if not any(map(tail.is_told, found)):
        return said
    reached = at(result.everyone, months, result.everyone.n)
    then = _("At {time}: {survival}.").format(time=text.months(months), survival=reached)
    return exhibit.joined(said, then)


def points(groups: Sequence[GroupSurvival]) -> pd.DataFrame:
    """Every step of the curves: what was drawn, and what it was drawn from."""
    curves = [((text.named(each.level),), each.curve) for each in groups if each.curve is not None]
    drawn = [
        (who, c.time, (c.at_risk, c.events, c.censored), (c.survival, c.low, c.high))
        for who, c in curves
    ]
    return steps([_("Group")], _("Survival"), drawn)


def steps(
    whose: Sequence[str],
    what: str,
    curves: Iterable[tuple[Sequence[str], Numbers, Sequence[Numbers], Sequence[Numbers]]],
) -> pd.DataFrame:
    """Every step of curves: whose each is, times, counts, and the estimate with its limits."""
    rows = [
        (
            *who,
            text.number(float(time), 3),
            *(text.short(float(count[at])) for count in counts),
            *("" if isnan(part[at]) else text.number(float(part[at]), 6) for part in parts),
        )
        for who, times, counts, parts in curves
        for at, time in enumerate(times)
    ]
    counted = (_("At risk"), _("Events"), _("Censored"))
    limits = (_("Lower limit"), _("Upper limit"))
    return exhibit.lines(rows, *whose, _("Months"), *counted, what, *limits)
