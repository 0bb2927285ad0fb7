"""From when time counts, and until when the data were known."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.followed import START
from lib.analyses.maturity import AtCutOff
from lib.analyses.origins import FromOrigin
from lib.analyses.provenance import Provenance
from lib.analyses.survival import GroupSurvival
from lib.exhibits import exhibit, tail
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import N_, _
from lib.schema import COLUMNS, Endpoint

FROM = {
    "first_procedure_date": N_("the first procedure"),
    "liver_mets_date": N_("the diagnosis of liver metastases"),
    "end_systemic_date": N_("the end of systemic therapy"),
    "diagnosis_date": N_("the diagnosis of the primary tumour"),
}
"""Each date that the clock may start at, inside a sentence."""


def from_each_date(found: Sequence[FromOrigin], endpoint: Endpoint, whence: Provenance) -> Exhibit:
    """The same median from every date that the clock could start at."""
    return Exhibit(
        key=exhibit.key("origins", exhibit.of_endpoint(endpoint, whence)),
        title=_("{endpoint} from other dates").format(endpoint=text.label(endpoint)),
        provenance=whence,
        made=("origins.side_by_side", endpoint.code),
        tables=(Table(_("The same from other dates"), partial(origins, found), _late_entry()),),
        meanings=exhibit.said(lead_time(found)),
    )


def _late_entry() -> str:
    return _(
        "Patients enter at the first procedure (late entry). A curve begins where at least 5 "
        "patients, and a tenth, are at risk, and holds for those without the event until then."
    )


def as_it_matured(found: Sequence[AtCutOff], whence: Provenance) -> Exhibit:
    """Overall survival at each data cut-off."""
    return Exhibit(
        key="maturity",
        title=_("How overall survival matured"),
        provenance=whence,
        made=("maturity.matured",),
        tables=(Table(_("How the result matured"), partial(maturity, found)),),
    )


def clock(whence: Provenance) -> str:
    """What time counts from, where the clock starts before the first procedure; '' elsewhere."""
    origin = whence.plan.survival.origin
    if origin == START:
        return ""
    return _(
        "Months from {origin} (days / 30.4375); patients enter at the first procedure (late entry)."
    ).format(origin=_(FROM[origin]))


def started(whence: Provenance) -> str:
    """The title of the axis of time, where the clock starts before the first procedure."""
    origin = whence.plan.survival.origin
    return "" if origin == START else _("Months from {origin}").format(origin=_(FROM[origin]))


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
            _("Patients"): text.whole(each.groups[0].n),
        }
        if any(other.set_aside for other in found):
            row[_("Not counted")] = text.whole(aside)
        rows.append(row | {_median_of(group): _median(group) for group in each.groups})
    return exhibit.across(rows, _("Clock starts at"))


def _median(group: GroupSurvival) -> str:
    """The median, and to what it is conditional."""
    median = tail.marked_median(group)
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
            median=tail.told(each.naive[0], each.unsure[0]), origin=_(FROM[each.origin])
        )
        for each in found
        if each.origin != START
    ]
    if not said:
        return ""
    return _(
        "For contrast alone, the median of all patients as if they had been observed from the "
        "earlier date on: {medians}. Nobody who died before the first procedure is in the data, so "
        "the time before it is immortal, and an earlier start of the clock only adds lead time."
    ).format(medians=text.listed(said))


def maturity(found: Sequence[AtCutOff]) -> pd.DataFrame:
    """Overall survival as it was known at each cut-off."""
    return pd.DataFrame(
        [
            {
                _("Data cut-off"): text.day(each.day),
                _("Patients"): text.whole(each.survival.n),
                _("Deaths"): text.whole(each.survival.events),
                _("Median overall survival, months"): tail.marked_median(each.survival),
                _("Median follow-up, months"): text.estimate(each.survival.follow_up),
            }
            for each in found
        ]
    )
