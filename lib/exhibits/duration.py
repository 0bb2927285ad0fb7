"""How long responses lasted."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from lib import text
from lib.analyses import cautions
from lib.analyses.derivation import Derivation
from lib.analyses.duration import Durations, Lasting
from lib.exhibits import derivation, exhibit, survival, tail
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.spec import Figure
from lib.figures.survival import survival_curves
from lib.language import N_, _, ngettext
from lib.plan import Plan
from lib.recist import PROFILES

ENDED: Mapping[str, str] = {
    "progression": N_("Ended by progression"),
    "death": N_("Ended by death"),
    "last-evaluable-assessment": N_("Censored at the last evaluable assessment"),
}


NEVER_BY_ARM = N_(
    "Not by arm: only those who responded are in this curve, and who responds is decided after the "
    "start, so arms compared here would be compared by their outcome. A fair comparison would need "
    "a landmark."
)


def of_responses(found: Durations, origin: Derivation) -> Exhibit:
    """The curve of those who responded, where they are enough, and both durations in numbers."""
    group, title = found.response.group, text.label(found.response.endpoint)
    points = Table(_("Curve"), partial(survival.points, [group]), shown="taken")
    return Exhibit(
        key="duration-of-response",
        title=title,
        provenance=found.provenance,
        made=("duration.of_responses",),
        sentences=exhibit.said(answer(found), "" if group.curve else too_few(found)),
        draw=partial(_drawn, found) if group.curve else None,
        caption=caption(found),
        tables=(
            Table(title, partial(table, found), _(NEVER_BY_ARM)),
            *([points] if group.curve else ()),
        ),
        cautions=tuple(cautions.disagreements(origin)),
    )


def _drawn(found: Durations) -> Figure:
    lasted, axis = found.response, _("Months from the first response")
    return survival_curves(
        [lasted.group],
        lasted.endpoint,
        survival.ticks(found.ticks, found.provenance),
        axis,
        survival.written(found.provenance, text.label(lasted.endpoint)),
    )


def answer(found: Durations) -> str:
    """What the duration of response counts, in one phrase."""
    confirmed = found.provenance.plan.response.confirm
    who = _("a confirmed CR or PR") if confirmed else _("CR or PR, not confirmed")
    group = found.response.group
    return exhibit.joined(
        _("Patients with {who}: n = {n}.").format(who=who, n=_had(found.response)),
        _("Median duration of response: {median}.").format(median=tail.told_median(group))
        if group.median
        else "",
    )


def too_few(found: Durations) -> str:
    """Why there is no curve."""
    least = found.provenance.plan.small.arm_counted
    return exhibit.joined(
        _("Too few responses for a curve."),
        ngettext(
            "A curve needs {least} patient or more.",
            "A curve needs {least} patients or more.",
            least,
        ).format(least=least),
    )


def _had(lasting: Lasting) -> int:
    return lasting.group.n + sum(lasting.set_aside.values())


def table(found: Durations) -> pd.DataFrame:
    """Duration of response and of stable disease in numbers."""
    both = (found.response, found.stable)
    n = text.smallest(each.group.n for each in both if each.group.curve is not None)
    columns = {text.label(each.endpoint): _lasting(each, found.provenance.plan, n) for each in both}
    return pd.DataFrame(columns).reset_index(names=" ")


def _lasting(lasting: Lasting, plan: Plan, n: int) -> dict[str, str]:
    group = lasting.group
    few = text.withheld_below(plan.small.arm_counted)
    row = {_("Patients"): text.whole(group.n)}
    row |= {_(words): text.whole(lasting.ended_by.get(name, 0)) for name, words in ENDED.items()}
    row[_("Not counted")] = text.whole(sum(lasting.set_aside.values()))
    row[_("Median, months")] = survival.median(group, plan)
    at = {each.months: tail.milestone(each, n) for each in group.milestones}
    for months in plan.survival.milestones:
        row[_("Still lasting at {time}").format(time=text.months(months))] = at.get(months, few)
    return row


def caption(found: Durations) -> str:
    """Where the durations come from."""
    curve = found.response.group.curve or found.stable.group.curve
    reasons = {**found.response.set_aside, **found.stable.set_aside}
    return exhibit.joined(
        _(
            "Duration of response counts from the first CR or PR, duration of stable disease from "
            "the first procedure, to progression or death; without either to the last evaluable "
            "assessment. Responders alone are in the first, and those whose best response is SD in "
            "the second; whoever was not measured is in neither."
        ),
        f"{_(curve.method)}." if curve else "",
        _("Not counted: {reasons}.").format(reasons=text.listed(_(why) for why in reasons))
        if reasons
        else "",
        _(PROFILES[found.provenance.plan.response.profile].label) + ".",
        derivation.windows(found.provenance.plan.response),
        text.under_study(found.provenance),
    )
