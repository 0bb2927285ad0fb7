"""The trial that a comparison would have been, beside this cohort, and what guidelines ask."""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.guidelines import Item
from lib.analyses.protocol import Death, Emulation, Follows, Later, death, departures
from lib.analyses.provenance import Provenance
from lib.exhibits import comparison, estimand, exhibit, sensitivity
from lib.exhibits.clock import FROM
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import N_, Template, _
from lib.plan import Strategy
from lib.schema import COLUMNS, Endpoint

DEATH: Mapping[Death, Template] = {
    "outcome": N_("Death is the outcome itself."),
    "composite": N_("Death counts as the event."),
    "competing": N_("Death competes with the event."),
}
STRATEGIES: Mapping[Strategy, Template] = {
    "treatment policy": N_("Counts as it comes"),
    "censored": N_("Ends follow-up"),
}
_LONGEST = 300


def of_arms(found: Emulation) -> Exhibit:
    """Trial and cohort row by row, and the items of two guidelines, answered or open."""
    return Exhibit(
        key="compare-protocol",
        title=_("Protocol: the trial that this would have been"),
        provenance=found.provenance,
        made=("protocol.of_arms",),
        sentences=exhibit.said(
            standing(found.provenance), record(found.provenance), ticked(found.items)
        ),
        caption=text.under_study(found.provenance),
        tables=(
            Table(_("The trial, and this cohort"), partial(side_by_side, found)),
            *(
                Table(
                    _("{guideline}: what is answered, and what is open").format(guideline=name),
                    partial(items, [each for each in found.items if each.guideline == name]),
                    shown="folded",
                )
                for name in _guidelines(found.items)
            ),
        ),
    )


def standing(whence: Provenance) -> str:
    """Whether a contrast is primary, and which."""
    if not whence.plan.protocol.primary:
        return _("No primary endpoint was named.")
    if departures(whence.plan):
        return estimand.part(whence)
    return _("Primary is the {measure}.").format(measure=estimand.primary_measure(whence))


def record(whence: Provenance) -> str:
    """When the protocol was written, as somebody typed it and as the app recorded it."""
    protocol = whence.plan.protocol
    if not protocol.primary:
        return ""
    opened = {
        None: _("Whether a comparison had been opened before it was written is not recorded."),
        False: _(
            "In the session in which it was written, no comparison of these data had been opened "
            "before; what other pages had shown is not recorded."
        ),
        True: _("A comparison of these data had been opened before it was last written."),
    }
    dated = _("Dated {day}, as it was typed.") if protocol.written else _("Without a date.")
    day = text.day(protocol.written) if protocol.written else ""
    return exhibit.joined(dated.format(day=day), opened[protocol.opened])


def of_plan(whence: Provenance, endpoint: Endpoint | None) -> str:
    """What of a protocol the plan and the endpoint say already."""
    until = whence.plan.study.as_of
    return exhibit.joined(
        _("Time zero is {origin}.").format(origin=_(FROM[whence.plan.survival.origin])),
        _("Follow-up ends on {day}.").format(day=text.day(until)) if until else "",
        _(DEATH[death(endpoint)]) if endpoint is not None else "",
    )


def ticked(found: Sequence[Item]) -> str:
    """How many items of each guideline are answered."""
    counts = (
        _("{guideline} {k} of {n}").format(
            guideline=name,
            k=sum(each.where is not None for each in found if each.guideline == name),
            n=sum(each.guideline == name for each in found),
        )
        for name in _guidelines(found)
    )
    return _("Items that plan and data answer: {counts}; the others are open.").format(
        counts=text.listed(counts)
    )


def _guidelines(found: Sequence[Item]) -> list[str]:
    return list(dict.fromkeys(each.guideline for each in found))


def items(found: Sequence[Item]) -> pd.DataFrame:
    """What each item asks, and where it is answered."""
    rows = [
        (
            each.number,
            _(each.message),
            _("answered: {where}").format(where=_(each.where)) if each.where else _("open"),
        )
        for each in found
    ]
    return exhibit.lines(rows, _("Item"), _("What is asked"), _("Plan and data"))


def side_by_side(found: Emulation) -> pd.DataFrame:
    """Each part of a protocol: as a trial would have it, and as this cohort has it."""
    rows = [
        (_("Eligible"), _eligible(found), text.under_study(found.provenance)),
        (_("Strategies"), *_strategies(found)),
        (_("Assignment"), _("At random; open to all"), _assigned(found)),
        (_("Time zero"), _("The day of assignment"), _time_zero(found)),
        (_("Follow-up"), _("From time zero to the event or the end of the study"), _ends(found)),
        (_("Outcome"), *_outcome(found)),
        *(_later(found, each) for each in estimand.LATER if found.column.name == "modality"),
        (_("Death"), _(DEATH[found.death]) if found.death else "", _("The same")),
        (_("Contrast"), _contrast(found), _("The same; {limits}").format(limits=_limits(found))),
        (_("Assumptions"), *_assumptions(found)),
        (_("Analysis"), _("As assigned"), _analysis(found)),
        (_("Analyses of sensitivity"), *_following(found)),
    ]
    return exhibit.lines(rows, _("Part"), _("The trial"), _("This cohort"))


def _eligible(found: Emulation) -> str:
    written = text.cut(found.provenance.plan.protocol.eligibility, _LONGEST)
    chosen = text.selection(found.provenance)
    return "; ".join(filter(None, (written, chosen))) or _("Not written down")


def _strategies(found: Emulation) -> tuple[str, str]:
    reference, other = (text.named(each) for each in (found.reference, found.comparison))
    n0, n1 = found.n
    trial = _("{comparison} or {reference}").format(comparison=other, reference=reference)
    if found.column.name == "modality":
        trial = _("{arms}, then whatever is needed").format(arms=trial)
    return trial, exhibit.joined(
        _("{comparison} n = {n1}, {reference} n = {n0}.").format(
            comparison=other, reference=reference, n1=n1, n0=n0
        ),
        exhibit.grouped(found.provenance, found.column),
    )


def _assigned(found: Emulation) -> str:
    if found.adjusted:
        return _("By whoever treated; made alike in {columns}").format(
            columns=text.listed(text.in_sentence(each) for each in found.covariates)
        )
    needs = "; ".join(text.requirement(each) for each in found.unmet)
    if needs:
        return _("By whoever treated; not made alike: {needs}").format(needs=needs)
    return _("By whoever treated; not made alike")


def _time_zero(found: Emulation) -> str:
    origin = found.provenance.plan.survival.origin
    words = text.raised(_(FROM[origin]))
    if origin == "first_procedure_date":
        return words
    return _("{origin}; patients come in at the first procedure (late entry)").format(origin=words)


def _ends(found: Emulation) -> str:
    until = found.provenance.plan.study.as_of
    if until is None:
        return _("To the event or the last day known of each")
    return _("To the event or the last day known of each, until {day}").format(day=text.day(until))


def _outcome(found: Emulation) -> tuple[str, str]:
    if found.endpoint is None or found.events is None:
        missing = estimand.primary(found.provenance)
        return missing, _("The data have no times for it")
    columns = [text.in_sentence(COLUMNS[name]) for name in found.endpoint.events if name in COLUMNS]
    what = text.label(found.endpoint)
    if columns:
        what = _("{endpoint}: time to {events}").format(endpoint=what, events=text.either(columns))
    return what, _("Events: {comparison} {d1}, {reference} {d0}").format(
        comparison=text.named(found.comparison),
        reference=text.named(found.reference),
        d1=found.events[1],
        d0=found.events[0],
    )


def _later(found: Emulation, what: Later) -> tuple[str, str, str]:
    asked: Strategy = getattr(found.provenance.plan.protocol, what)
    has = _("Counts as it comes")
    if what == "crossover" and found.crossed is not None:
        has = _("Counts as it comes; {comparison} {k1} of {n1}, {reference} {k0} of {n0}").format(
            comparison=text.named(found.comparison),
            reference=text.named(found.reference),
            k1=found.crossed[1],
            n1=found.n[1],
            k0=found.crossed[0],
            n0=found.n[0],
        )
    return text.raised(_(estimand.LATER[what])), _(STRATEGIES[asked]), has


def _contrast(found: Emulation) -> str:
    plan = found.provenance.plan
    if plan.comparison.contrast == "hazard ratio":
        return _("Hazard ratio")
    taus = plan.survival.taus
    horizon = text.months(taus[0]) if len(taus) == 1 else comparison.horizon(taus)
    return _("Difference of mean time over {horizon}").format(horizon=horizon)


def _limits(found: Emulation) -> str:
    return text.confidence(found.provenance.plan.confidence)


def _assumptions(found: Emulation) -> tuple[str, str]:
    leaving = _("who leaves follow-up is no different from who stays")
    trial = text.raised(leaving)
    if not found.adjusted:
        return trial, _("The arms are alike in whatever else decides, which nothing shows")
    return trial, _(
        "Nothing but the recorded features decides both the choice and the outcome; each patient "
        "could have had either; {leaving}"
    ).format(leaving=leaving)


def _analysis(found: Emulation) -> str:
    if not found.adjusted:
        return _("As treated")
    if found.provenance.plan.comparison.contrast == "hazard ratio":
        return _("As treated, and given the features by a Cox model")
    return _(
        "As treated, and weighted by the features (overlap weights), among those for whom either "
        "was a real choice"
    )


def _following(found: Emulation) -> tuple[str, str]:
    every = [_analysis_of(each) for each in found.follows]
    lacking = [_analysis_of(each) for each in found.follows if not each.possible]
    if not every:
        return _("None follows"), ""
    trial = text.raised("; ".join(every))
    if not lacking:
        return trial, _("The data have the dates that they ask")
    return trial, _("The data have no dates for: {lacking}").format(lacking="; ".join(lacking))


def _analysis_of(each: Follows) -> str:
    if each.kind == "resection":
        return _("censored at resection or ablation")
    return text.lowered(_(sensitivity.WORDS[each.kind]))
