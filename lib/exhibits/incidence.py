"""Cumulative incidence: what came first, and how often."""

from collections.abc import Callable, Sequence
from functools import partial
from math import isnan

import pandas as pd

from lib import text
from lib.analyses.incidence import GroupIncidence, IncidenceAt, IncidenceByGroup
from lib.exhibits import estimand, exhibit, survival, tail
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.incidence import incidence_curves, stacked
from lib.figures.spec import Figure
from lib.language import _
from lib.plan import Plan
from lib.schema import Level


def by_group(result: IncidenceByGroup) -> Exhibit:
    """The incidence of the first cause, or of all where they are more than two."""
    several = len(result.causes) > 2
    return Exhibit(
        key=exhibit.key("incidence", exhibit.of_endpoint(result.endpoint, result.provenance)),
        title=title(result),
        provenance=result.provenance,
        made=("incidence.by_group", result.endpoint.code),
        sentences=exhibit.said(answer(result)),
        draw=_drawn(result, stacked if several else incidence_curves, title(result)),
        undrawn=survival.undrawn(result),
        caption=caption(result),
        tables=(
            Table(title(result), partial(summary, result), naive(result)),
            Table(_("Curves"), partial(curve_points, result), shown="taken"),
        ),
        cautions=result.cautions,
    )


def all_causes(result: IncidenceByGroup, made: str = "incidence.by_group") -> Exhibit:
    """Every cause and those with none of them, stacked to 1 in each group.

    `made`: the analysis: of the groups shown, or of the two arms (``incidence.of_arms``).
    """
    of_arms = made == "incidence.of_arms"
    code = exhibit.of_endpoint(result.endpoint, result.provenance)
    tables = [Table(_("Curves"), partial(curve_points, result), shown="taken")]
    if of_arms:
        tables.insert(0, Table(stacked_title(result), partial(summary, result), naive(result)))
    return Exhibit(
        key=exhibit.key(*(("compare",) if of_arms else ()), "what-came-first", code),
        title=stacked_title(result),
        provenance=result.provenance,
        made=(made, result.endpoint.code),
        sentences=exhibit.said(answer(result)) if of_arms else (),
        shows=answer(result),
        draw=_drawn(result, stacked, stacked_title(result)),
        undrawn=survival.undrawn(result),
        caption=exhibit.joined(
            caption(result), estimand.part(result.provenance) if of_arms else ""
        ),
        tables=tuple(tables),
        cautions=result.cautions,
    )


def _drawn(
    result: IncidenceByGroup, draw: Callable[..., Figure], title: str
) -> Callable[[], Figure] | None:
    if not result.drawn:
        return None
    whence, test = result.provenance, result.test
    known = test is not None and not isnan(test.pvalue)
    said = (_("Gray’s test {p}").format(p=text.pvalue(test.pvalue)),) if test and known else ()
    return partial(
        draw,
        *(result.drawn, result.causes, survival.ticks(result.ticks, whence), survival.axis(0, 1)),
        survival.written(whence, title, test=said),
    )


def title(result: IncidenceByGroup) -> str:
    """``Cumulative incidence of progression by modality``."""
    what = (
        _("What came first")
        if len(result.causes) > 2
        else _("Cumulative incidence of {cause}").format(cause=text.in_sentence(result.causes[0]))
    )
    return text.titled(what, exhibit.grouping(result.column))


def stacked_title(result: IncidenceByGroup) -> str:
    """The title of the stacked picture: ``What came first, all causes by modality``."""
    causes = text.listed(text.in_sentence(cause) for cause in result.causes)
    what = _("What came first: {causes}").format(causes=causes)
    return text.titled(what, exhibit.grouping(result.column))


def answer(result: IncidenceByGroup) -> str:
    """The cumulative incidence of the first cause by one time, of everybody and of each group.

    The time is the second of the plan's milestones that everybody's curve carries, or the first.
    """
    months = telling(result)
    if months is None:
        return ""
    n = smallest(result)
    groups = {group.level.code: group for group in (result.everyone, *result.drawn)}
    said = []
    for group in groups.values():
        at = next((each for each in group.milestones if each.months == months), None)
        if at is not None:
            words = text.survival(at.causes[0], n)
            if at.unsure:
                words = _("too uncertain ({n} at risk then)").format(n=at.at_risk)
            said.append(
                _("{incidence} (n = {n})").format(
                    incidence=text.valued(group.level, words), n=group.n
                )
            )
    head = _("{cause} by {time} (cumulative incidence)").format(
        cause=text.label(result.causes[0]), time=text.months(months)
    )
    return f"{head}: {'; '.join(said)}."


def telling(result: IncidenceByGroup) -> float | None:
    """By which time incidence is told in a sentence; None where the curve carries none."""
    reached = [at.months for at in result.everyone.milestones if is_told(at)]
    if not reached:
        return None
    return reached[1] if len(reached) > 1 else reached[0]


def is_told(at: IncidenceAt) -> bool:
    """Whether incidence by a time may stand in a sentence: known, and carried by the curve."""
    return not at.unsure and not isnan(at.causes[0].value)


def caption(result: IncidenceByGroup) -> str:
    """The caption of cumulative incidence, curves or stacked."""
    curve = next((group.curve for group in result.drawn if group.curve), None)
    if curve is None:
        return ""
    return exhibit.joined(
        _("{method}; limits are {level} at each time.").format(
            method=_(curve.method), level=text.share(curve.confidence)
        ),
        _("Competing: {causes}.").format(
            causes=text.listed(text.in_sentence(cause) for cause in result.causes[1:])
        ),
        _("On one day progression counts before death."),
        _ignored(result),
        survival.rules(result),
        _gray(result),
        survival.origin(0, result.everyone.n),
        exhibit.grouped(result.provenance, result.column),
        survival.timed(result.everyone.n, result.provenance.n),
        text.under_study(result.provenance),
    )


def naive(result: IncidenceByGroup) -> str:
    """Why 1 less Kaplan-Meier is not shown: what it would say, and what it assumes."""
    at = next((m for m in result.everyone.milestones if m.months == telling(result)), None)
    if at is None or isnan(at.naive):
        return ""
    return _(
        "One less Kaplan-Meier, with every other cause censored, would say {naive} by {time} where "
        "the cumulative incidence is {true}: it takes those who died as if they could still "
        "progress, so it is never below, and no such number is given as a risk."
    ).format(
        naive=text.percent(at.naive, result.everyone.n),
        true=text.percent(at.causes[0].value, result.everyone.n),
        time=text.months(at.months),
    )


def _ignored(result: IncidenceByGroup) -> str:
    """Extrahepatic progression that is no event of this endpoint."""
    elsewhere = any(cause.code == "extrahepatic_progression_date" for cause in result.causes)
    if result.sites is None or elsewhere:
        return ""
    return _("Progression outside the liver is ignored; it came first in n = {n}.").format(
        n=result.sites.elsewhere_first
    )


def _gray(result: IncidenceByGroup) -> str:
    if result.test is None or result.column is None:
        return ""
    names = {group.level.code: text.named(group.level) for group in result.groups}
    return _("{method}, {cause} by {column}, {groups}: {p}, not adjusted for anything.").format(
        method=_(result.test.method),
        cause=text.in_sentence(result.causes[0]),
        column=text.in_sentence(result.column),
        groups=text.listed(names[code] for code in result.test.groups),
        p=text.pvalue(result.test.pvalue),
    )


def summary(result: IncidenceByGroup) -> pd.DataFrame:
    """Patients, events of each cause, and incidence by the milestones; a column a group."""
    rows = [
        _summary(group, result.causes, result.provenance.plan, smallest(result))
        for group in (result.everyone, *result.groups)
    ]
    return exhibit.across(rows)


def smallest(result: IncidenceByGroup) -> int:
    """Patients of the smallest group with a percentage."""
    least = result.provenance.plan.small.arm_counted
    return text.smallest((group.n for group in (result.everyone, *result.groups)), least)


def _summary(group: GroupIncidence, causes: Sequence[Level], plan: Plan, n: int) -> dict[str, str]:
    row = {_("Group"): text.named(group.level), _("Patients"): text.whole(group.n)}
    for cause, k in zip(causes, group.counts, strict=True):
        counted = text.count_of(k, group.n, plan.small.arm_counted, n)
        row[_("{cause}, first").format(cause=text.label(cause))] = counted
    if group.curve is None:
        few = (
            text.withheld_below(plan.small.arm_counted)
            if group.n < plan.small.arm_counted
            else _("not shown, a group formed after baseline")
        )
        return row | {_("Cumulative incidence"): few}
    for at in group.milestones:
        row |= _milestone(at, causes, n)
    return row


def _milestone(at: IncidenceAt, causes: Sequence[Level], n: int) -> dict[str, str]:
    """The incidence of each cause by a time; how many are at risk then beside the first, or all."""
    time = text.months(at.months)
    row = {}
    for cause, found in zip(causes, at.causes, strict=True):
        words = text.survival(found, n)
        if at.unsure and not isnan(found.value):
            words = tail.marked(words, at.at_risk)
        elif cause == causes[0] and not isnan(found.value):
            words = _("{survival}, {n} at risk").format(survival=words, n=at.at_risk)
        row[_("{cause} by {time}").format(cause=text.label(cause), time=time)] = words
    return row


def curve_points(result: IncidenceByGroup) -> pd.DataFrame:
    """Every step of every curve: what was drawn, and what it was drawn from."""
    curves = [(each.level, each.curve) for each in result.drawn if each.curve is not None]
    drawn = [
        (
            (text.named(level), text.label(cause)),
            curve.time,
            (curve.at_risk, curve.events[at], curve.censored),
            (curve.incidence[at], curve.low[at], curve.high[at]),
        )
        for level, curve in curves
        for at, cause in enumerate(result.causes)
    ]
    return survival.steps((_("Group"), _("Cause")), _("Cumulative incidence"), drawn)
