"""Words and tables of how patients were followed: the clock, what ended it, what was ignored."""

from collections.abc import Sequence

import pandas as pd

from lib import text
from lib.analyses.endings import CENSORED, EVENT, Ending
from lib.analyses.followed import START
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.maturity import AtCutOff
from lib.analyses.origins import FromOrigin
from lib.analyses.provenance import Provenance
from lib.analyses.survival import GroupSurvival, SurvivalByGroup
from lib.language import N_, _
from lib.schema import COLUMNS, Level

FROM = {
    "first_procedure_date": N_("the first procedure"),
    "liver_mets_date": N_("the diagnosis of liver metastases"),
    "end_systemic_date": N_("the end of systemic therapy"),
    "diagnosis_date": N_("the diagnosis of the primary tumour"),
}
"""Each date that the clock may start at, inside a sentence."""


def clock(whence: Provenance) -> str:
    """What time counts from, where the clock starts before the first procedure; '' elsewhere."""
    origin = whence.plan.survival.origin
    if origin == START:
        return ""
    return _(
        "Months from {origin} (days / 30.4375); patients enter at the first procedure (late entry)."
    ).format(origin=_(FROM[origin]))


def axis(whence: Provenance) -> str:
    """The title of the axis of time, where the clock starts before the first procedure."""
    origin = whence.plan.survival.origin
    return "" if origin == START else _("Months from {origin}").format(origin=_(FROM[origin]))


def conditional(groups: Sequence[GroupSurvival]) -> str:
    """To which time curves with late entry are conditional."""
    starts = {g.level: g.curve.start for g in groups if g.curve is not None and g.late}
    if not starts:
        return ""
    if len(set(starts.values())) == 1:
        return _("Of those without the event until {time}; before it too few were at risk.").format(
            time=text.months(next(iter(starts.values())))
        )
    each = text.listed(text.valued(level, text.months(start)) for level, start in starts.items())
    return _("Of those without the event until: {groups}; before it too few were at risk.").format(
        groups=each
    )


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
            _("All"): str(n),
        }
        for reason, n in result.set_aside
    ]
    rows.append(_total(result, groups))
    columns = [_("Follow-up ended by"), _("All"), *(text.named(level) for level in groups)]
    return pd.DataFrame(rows, columns=columns).fillna("")


def _total(result: SurvivalByGroup | IncidenceByGroup, groups: list[Level]) -> dict[str, str]:
    """All patients under study, and those of each group who are followed."""
    row = {_("Follow-up ended by"): _("Patients"), _("All"): str(result.provenance.n)}
    for at, level in enumerate(groups):
        row[text.named(level)] = str(sum(each.by_group[at] for each in result.endings))
    return row


def _ending(each: Ending, groups: list[Level]) -> dict[str, str]:
    kind = _("{kind}: {what}").format(
        kind=_(EVENT if each.event else CENSORED), what=text.lowered(_(each.message))
    )
    row = {_("Follow-up ended by"): kind, _("All"): str(each.n)}
    return row | {
        text.named(level): str(n) for level, n in zip(groups, each.by_group, strict=False)
    }


def origin_label(origin: str) -> str:
    """A date that the clock may start at, as a choice: ``Diagnosis of liver metastases``."""
    return text.label(COLUMNS[origin])


def origins(found: Sequence[FromOrigin]) -> pd.DataFrame:
    """The median from each date that the clock could start at, with late entry, a column each."""
    rows = []
    for each in found:
        aside = sum(n for _reason, n in each.set_aside)
        row = {
            _("Clock starts at"): origin_label(each.origin),
            _("Patients"): str(each.groups[0].n),
        }
        if any(other.set_aside for other in found):
            row[_("Not counted")] = str(aside)
        rows.append(row | {_median_of(group): _median(group) for group in each.groups})
    frame = pd.DataFrame(rows).fillna("").set_index(_("Clock starts at"))
    return frame.T.reset_index(names=" ").rename_axis(columns=None)


def _median(group: GroupSurvival) -> str:
    """The median, and to what it is conditional."""
    median = text.estimate(group.median)
    if group.curve is None or not group.curve.start:
        return median
    return _("{median}, of those alive at {time}").format(
        median=median, time=text.months(group.curve.start)
    )


def _median_of(group: GroupSurvival) -> str:
    return _("Median, months: {group}").format(group=text.named(group.level))


def lead_time(found: Sequence[FromOrigin]) -> str:
    """What medians would be without late entry, and why that misleads; '' from one date alone."""
    said = [
        _("{median} from {origin}").format(
            median=text.estimate(each.naive[0], unit=_("months")), origin=_(FROM[each.origin])
        )
        for each in found
        if each.origin != START
    ]
    if not said:
        return ""
    return _(
        "For contrast alone, the median of all patients as if they had been observed from the "
        "earlier date on: {medians}. Nobody who died before the first procedure is in the file, so "
        "the time before it is immortal, and an earlier start of the clock only adds lead time."
    ).format(medians=text.listed(said))


def maturity(found: Sequence[AtCutOff]) -> pd.DataFrame:
    """Overall survival as it was known at each cut-off."""
    return pd.DataFrame(
        [
            {
                _("Data cut-off"): text.day(each.day),
                _("Patients"): str(each.survival.n),
                _("Deaths"): str(each.survival.events),
                _("Median overall survival, months"): text.estimate(each.survival.median),
                _("Median follow-up, months"): text.estimate(each.survival.follow_up),
            }
            for each in found
        ]
    )
