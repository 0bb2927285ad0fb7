"""Survival from a landmark on, and what the same comparison without one would seem to show."""

from functools import partial

import pandas as pd

from lib import text
from lib.analyses.landmark import Landmark
from lib.analyses.provenance import Provenance
from lib.analyses.seen import Way
from lib.analyses.survival import GroupSurvival, ticks_to
from lib.exhibits import derivation, exhibit, survival, tail
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.landmark import greyed
from lib.figures.survival import survival_curves
from lib.language import N_, _
from lib.schema import Endpoint

WAYS: dict[Way, str] = {
    "exclusive": N_("One modality or both"),
    "ever": N_("Chemoembolization at some time or never"),
    "predominant": N_("Modality given most often"),
    "sequence": N_("Order of the modalities"),
    "response": N_("Response (CR or PR) or not"),
    "disease": N_("CR or PR, SD, PD"),
    "procedures": N_("Number of procedures"),
}


def at_landmark(result: Landmark) -> Exhibit:
    """Curves from the landmark on, by what was seen until then."""
    return Exhibit(
        key=_key(result),
        title=title(result),
        provenance=result.provenance,
        made=("landmark.at_landmark", result.endpoint.code, result.way),
        sentences=exhibit.said(medians(result), left_out(result)),
        draw=partial(
            survival_curves,
            *(result.drawn, result.endpoint, survival.ticks(result.ticks, result.provenance)),
            axis(result),
            survival.written(
                result.provenance, title(result), test=survival.tested(result.log_rank)
            ),
        )
        if result.drawn
        else None,
        undrawn=undrawn(result),
        caption=caption(result),
        tables=(
            Table(title(result), partial(summary, result)),
            Table(_("Curves"), partial(survival.points, result.drawn), shown="taken"),
        )
        if result.groups
        else (),
        cautions=result.cautions,
    )


def without(result: Landmark) -> Exhibit | None:
    """The naive contrast in grey; None where nobody can be drawn."""
    if all(group.curve is None for group in result.naive):
        return None
    return Exhibit(
        key=exhibit.key(_key(result), "naive"),
        title=_("Without a landmark"),
        provenance=result.provenance,
        made=("landmark.at_landmark", result.endpoint.code, result.way),
        draw=partial(greyed, result.naive, result.endpoint, _ticks(result)),
        caption=naive(result),
        misleads=True,
    )


def _ticks(result: Landmark) -> tuple[float, ...]:
    last = max(group.curve.last_time for group in result.naive if group.curve is not None)
    return ticks_to(last)


def key(endpoint: Endpoint, way: Way, whence: Provenance) -> str:
    """What the exhibit of an endpoint and of what classifies patients is known by."""
    return exhibit.key("landmark", exhibit.of_endpoint(endpoint, whence), way)


def _key(result: Landmark) -> str:
    return key(result.endpoint, result.way, result.provenance)


def title(result: Landmark) -> str:
    """``Overall survival after the landmark at 6 months: response (CR or PR) or not``."""
    return _("{endpoint} after the landmark at {time}: {way}").format(
        endpoint=text.label(result.endpoint),
        time=text.months(result.months),
        way=text.lowered(_(WAYS[result.way])),
    )


def axis(result: Landmark) -> str:
    """The title of the axis of time."""
    return _("Months from the landmark at {time}").format(time=text.months(result.months))


def medians(result: Landmark) -> str:
    """The median of each group, from the landmark."""
    head = _("Median {endpoint} from the landmark on").format(
        endpoint=text.in_sentence(result.endpoint)
    )
    return survival.each_median(head, result.drawn)


def left_out(result: Landmark) -> str:
    """Who is in none of the groups, and why."""
    if not result.dropped:
        return ""
    counted = _("{reason}, n = {n}")
    reasons = "; ".join(counted.format(reason=_(why), n=n) for why, n in result.dropped)
    return _("Not counted: {reasons}.").format(reasons=reasons)


def undrawn(result: Landmark) -> str:
    """Who is in none of the curves."""
    gone = sum(n for _why, n in result.dropped)
    of_all = _("Patients in the groups: {n} of {whole}.")
    without = [(group.level, group.n) for group in result.groups if group.curve is None]
    whole = gone + sum(group.n for group in result.groups)
    return exhibit.joined(
        of_all.format(n=whole - gone, whole=whole) if gone else "",
        exhibit.in_no_curve(without, whole, whole),
    )


def caption(result: Landmark) -> str:
    """The caption of the curves after the landmark."""
    return exhibit.joined(
        survival.curves(result.drawn),
        _(
            "Those still at risk {time} after the first procedure, by what was seen until then; "
            "the clock starts anew there."
        ).format(time=text.months(result.months)),
        derivation.basis(result.provenance) if result.way in ("response", "disease") else "",
        left_out(result),
        _log_rank(result),
        _("Not adjusted for anything."),
        text.under_study(result.provenance),
    )


def _log_rank(result: Landmark) -> str:
    if result.log_rank is None:
        return ""
    return _("{method}, {groups}: {p}.").format(**survival.of_test(result))


def naive(result: Landmark) -> str:
    """Why the contrast beside it misleads."""
    return _(
        "For contrast alone: all patients, those who had the event before the landmark too, by "
        "what was seen ever, from the first procedure. Whoever responded late, changed modality or "
        "came for a fourth procedure had to live until then, so these groups look better than they "
        "are (immortal time). Read the curves after the landmark instead."
    )


def summary(result: Landmark) -> pd.DataFrame:
    """Patients, events, median and milestones from the landmark, a column for each group."""
    n = text.smallest(group.n for group in result.drawn)
    rows = [_summary(group, result, n) for group in result.groups]
    return exhibit.across(rows)


def _summary(group: GroupSurvival, result: Landmark, n: int) -> dict[str, str]:
    row = {
        _("Group"): text.named(group.level),
        _("Patients at the landmark"): text.whole(group.n),
        _("Events after it"): text.whole(group.events),
    }
    row[_("Median from the landmark, months")] = survival.median(group, result.provenance.plan)
    for each in group.milestones:
        title = _("{time} after the landmark").format(time=text.months(each.months))
        row[title] = tail.milestone(each, n)
    return row
