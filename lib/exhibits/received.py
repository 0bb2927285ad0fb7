"""Everything that patients received, and what can be said of it without misleading."""

from functools import partial

import pandas as pd

from lib import text
from lib.analyses.modality import LATER_RULES
from lib.analyses.received import LaterResponses, Overlap, Switch
from lib.exhibits import derivation, estimand, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.exhibits.landmark import WAYS
from lib.language import _
from lib.plan import LaterRule


def overlap(found: Overlap) -> Exhibit:
    """How many received more than one modality."""
    return Exhibit(
        key="received-overlap",
        title=_("Everything received"),
        provenance=found.provenance,
        made=("received.overlap",),
        tables=(Table(_("Everything received"), partial(_overlap, found), _overlap_words(found)),),
    )


def responses(found: LaterResponses, chosen: LaterRule) -> Exhibit:
    """Response after the landmark, by everything received until then."""
    title = _("Response after the landmark: {way}").format(way=text.lowered(_(WAYS[chosen])))
    return Exhibit(
        key=exhibit.key("received-response", chosen),
        title=title,
        provenance=found.provenance,
        made=("received.responses", chosen),
        tables=(
            Table(
                title,
                partial(_responses, found),
                exhibit.joined(rule(chosen), _responses_words(found)),
            ),
        ),
        cautions=found.cautions,
    )


def switching(found: Switch) -> Exhibit:
    """A second modality as of its date."""
    title = _("A second modality, as of its date: {endpoint}").format(
        endpoint=text.in_sentence(found.endpoint)
    )
    return Exhibit(
        key=exhibit.key("received-second", exhibit.of_endpoint(found.endpoint, found.provenance)),
        title=title,
        provenance=found.provenance,
        made=("received.switching", found.endpoint.code),
        caption=estimand.part(found.provenance),
        tables=(Table(title, partial(_switch, found), _switch_words(found)),),
        cautions=found.cautions,
    )


def _overlap(found: Overlap) -> pd.DataFrame:
    """First modality down, everything received across."""
    rows = []
    for level, counts in zip(found.first, found.counts, strict=True):
        row = {_("Came first"): text.label(level)}
        for ever, n in zip(found.ever, counts.tolist(), strict=True):
            row[text.label(ever)] = text.whole(n)
        rows.append(row | {_("All"): text.whole(int(counts.sum()))})
    return pd.DataFrame(rows)


def _overlap_words(found: Overlap) -> str:
    """How many had more than one modality, and why they are no group of their own."""
    several = [at for at, level in enumerate(found.ever) if level.code in ("BOTH",)]
    several += [at for at, level in enumerate(found.ever) if "+" in level.code]
    k, n = int(found.counts[:, several].sum()), int(found.counts.sum())
    return _(
        "More than one modality in the end: {k}. They are no group of their own above: whoever "
        "received the second had lived long enough to receive it, so that such a group looks "
        "better than it is."
    ).format(k=text.count_of(k, n))


def rule(chosen: LaterRule) -> str:
    """How patients are grouped after the landmark, in a sentence."""
    return _("By procedures up to the landmark: {rule}.").format(rule=_(LATER_RULES[chosen]))


def _switch(found: Switch) -> pd.DataFrame:
    """Patients, events and time before a second modality and from it on, and the ratio."""
    rows = [
        (_("Patients"), text.whole(found.n)),
        (_("of whom received a second modality on the way"), text.whole(found.switched)),
    ]
    for name, events, months in zip(
        (_("Before a second modality"), _("From the second modality on")),
        found.events,
        found.months,
        strict=True,
    ):
        words = _("{events} in {years} patient-years").format(
            events=text.events(events), years=text.number(months / 12)
        )
        rows.append((name, words))
    title = _("Hazard ratio, from the second modality on against before it")
    if found.hazard is not None and found.hazard.diverged:
        title = _("{title}, Firth’s correction").format(title=title)
    rows.append((title, text.ratio(found.ratio)))
    return pd.DataFrame(rows, columns=[_("Quantity"), _("Value")])


def _switch_words(found: Switch) -> str:
    """What the ratio is of, and what it is not."""
    return exhibit.joined(
        _(
            "{endpoint}: each patient counts before the second modality among those with one, and "
            "from its date on among those with several, so that nobody is ahead for having lived "
            "to receive it."
        ).format(endpoint=text.label(found.endpoint)),
        _("{method}.").format(method=_(found.ratio.method)) if found.ratio else "",
        _(
            "Not adjusted for anything, and a second modality is often given because the first no "
            "longer works: this is no effect of giving it."
        ),
        text.under_study(found.provenance),
    )


def _responses(found: LaterResponses) -> pd.DataFrame:
    """ORR and DCR of each group at each time after the landmark."""
    least = found.provenance.plan.small.arm_counted
    rows = []
    for each in found.times:
        for name, at in ((_("ORR"), "objective"), (_("DCR"), "control")):
            title = _("{rate} at {time}").format(rate=name, time=text.months(each.months))
            row = {_("Rate"): title}
            names = (text.named(group.level) for group in each.groups)
            rates = text.proportions((getattr(group, at)[0] for group in each.groups), least)
            row |= dict(zip(names, rates, strict=True))
            rows.append(row)
    return pd.DataFrame(rows)


def _responses_words(found: LaterResponses) -> str:
    """Who is counted after the landmark."""
    limits = next(
        (g.control[0].estimate for t in found.times for g in t.groups if g.control[0]), None
    )
    return exhibit.joined(
        _(
            "Response after the landmark at {time}, of those alive and under observation then; "
            "died or last seen before it, or not known how long: {n}."
        ).format(time=text.months(found.landmark), n=found.dropped),
        _("In no group, because no procedure of a known kind came before it: {n}.").format(
            n=found.nothing_known
        )
        if found.nothing_known
        else "",
        _("All treated; {method}.").format(method=text.method(limits.method)) if limits else "",
        derivation.basis(found.provenance),
        text.under_study(found.provenance),
    )
