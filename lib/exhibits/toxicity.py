"""Complications and early deaths, and how they were counted."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.complications import EARLY
from lib.analyses.toxicity import Happened, Part, Rates, Severity, Toxicity, Worst
from lib.exhibits import estimand, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import N_, _, ngettext

_UNTIL = N_("until another modality began")
_AFTER = N_("from another modality on")
_WHOLE = N_("whole history")
_ANY = N_("Any grade")
_SEVERE = N_("Grade {grade} or worse")
_WITHOUT = N_("{what}, without post-embolization syndrome")


def of_arms(result: Toxicity) -> Exhibit:
    """Complications by procedure and of both arms, and who died early."""
    return Exhibit(
        key="complications",
        title=_("Complications and early deaths"),
        provenance=result.provenance,
        made=("toxicity.of_arms",),
        caption=exhibit.joined(caption(result), estimand.part(result.provenance)),
        tables=tuple(_tables(result)),
        cautions=result.cautions,
    )


def _tables(result: Toxicity) -> Iterator[Table]:
    if result.per_procedure:
        how = procedures_caption(result)
        yield Table(_("By procedure"), partial(per_procedure, result), how)
    for at, each in enumerate(result.worst):
        made, how = partial(worst, result, each), difference(result, each)
        yield Table(scale_title(each), made, how, shown="reported" if at else "open")
    if result.early.whole or result.syndrome.whole:
        yield Table(others_title(result), partial(others, result))


def others_title(result: Toxicity) -> str:
    """What stands in the table of what has no grade."""
    deaths, syndrome = result.early, result.syndrome
    if not (syndrome.until or syndrome.whole):
        return _("Early deaths")
    if not (deaths.until or deaths.whole):
        return _("Post-embolization syndrome")
    return _("Early deaths and post-embolization syndrome")


def scale_title(found: Worst) -> str:
    """``CTCAE, worst grade of each patient``, and until when."""
    title = _("{scale}, worst grade of each patient").format(scale=found.scale.name)
    return _during(title, _UNTIL) if found.until else title


def _during(what: str, part: str) -> str:
    return _("{what}, {part}").format(what=what, part=_(part))


def worst(result: Toxicity, found: Worst) -> pd.DataFrame:
    """Patients of each arm by their worst grade on one scale, and what came after the arm ended."""
    rows = [*_grades(result, found), *_counted(result, found, found.own, "")]
    if found.until is not None and found.after is not None:
        rows += _counted(result, found, found.after, _AFTER)
        rows += _counted(result, found, found.whole, _WHOLE)
    return pd.DataFrame(rows)


def _grades(result: Toxicity, found: Worst) -> Iterator[dict[str, str]]:
    """A line for each worst grade that somebody had, and for those without one."""
    own, least = found.own, result.provenance.plan.small.arm_counted
    names = [
        _("No {scale} event at any time").format(scale=found.scale.name),
        _("No {scale} event until then, but at another time").format(scale=found.scale.name),
        _("Event without a grade"),
        *(_("Grade {grade}").format(grade=grade) for grade in found.scale.grades),
    ]
    for index, name in enumerate(names):
        if index == 0 or own.counts[:, index].any():
            arms = zip(own.counts, own.n, strict=True)
            cells = text.counts(((int(counts[index]), n) for counts, n in arms), least)
            yield _line(result, name, cells)


def _counted(result: Toxicity, found: Worst, part: Part, when: str) -> Iterator[dict[str, str]]:
    """Any grade and severe ones in a part of the history, by every event, and without the PES."""
    severe = _(_SEVERE).format(grade=found.scale.severe)
    for title, name in ((_(_ANY), "any"), (severe, "severe")):
        counts: list[tuple[str, Severity]] = [(title, part.events)]
        if part.without is not None:
            counts.append((_(_WITHOUT).format(what=title), part.without))
        for words, counted in counts:
            yield _rates(result, _during(words, when) if when else words, getattr(counted, name))


def _rates(result: Toxicity, title: str, rates: Rates) -> dict[str, str]:
    least = result.provenance.plan.small.arm_counted
    return _line(result, title, text.proportions(rates, least))


def _line(result: Toxicity, title: str, cells: list[str]) -> dict[str, str]:
    names = (text.named(arm) for arm in result.arms)
    return {_("Worst grade"): title, **dict(zip(names, cells, strict=True))}


def difference(result: Toxicity, found: Worst) -> str:
    """The difference of severe complications by every event, in a sentence."""
    parts = ((found.until, _UNTIL), (found.whole, _WHOLE if found.until else ""))
    known = [
        (part.difference, when)
        for part, when in parts
        if part is not None and part.difference is not None
    ]
    if not known:
        return ""
    points = [text.points(each.estimate, min(result.n)) for each, _when in known]
    said = [
        _("{points} {part}").format(points=each, part=_(when)) if when else each
        for each, (_found, when) in zip(points, known, strict=True)
    ]
    words = _(
        "Grade {grade} or worse, {comparison} minus {reference}, percentage points: {said}; {how}."
    ).format(
        grade=found.scale.severe,
        reference=text.named(result.arms[0]),
        comparison=text.named(result.arms[1]),
        said="; ".join(said),
        how=text.method(known[0][0].estimate.method),
    )
    severe = _(_SEVERE).format(grade=found.scale.severe)
    of_each = ((_during(severe, when) if when else severe, each.gaps) for each, when in known)
    return exhibit.joined(words, exhibit.gaps(of_each))


def left_out(found: Worst) -> str:
    """How many events the lines without post-embolization syndrome leave out."""
    if not found.flagged.flagged:
        return ""
    return _(
        "{scale} events of both arms flagged as post-embolization syndrome: {k} of {n}; of grade "
        "{grade} or worse {k_severe} of {n_severe}. They count; the lines without them leave them "
        "out, and are no fair contrast, because that syndrome follows embolization alone."
    ).format(
        scale=found.scale.name,
        grade=found.scale.severe,
        k=found.flagged.flagged,
        n=found.flagged.events,
        k_severe=found.flagged.flagged_severe,
        n_severe=found.flagged.severe,
    )


def others(result: Toxicity) -> pd.DataFrame:
    """Early deaths and post-embolization syndrome, of patients, and by when.

    The syndrome belongs to the procedure that it followed: over the whole history it is told only
    where nobody knows when it came.
    """
    title = (
        _("Died within {days} of the first procedure")
        if result.by_first
        else _("Died within {days} of a procedure")
    ).format(days=text.days(EARLY))
    rows = [*_happened(result, title, result.early)]
    syndrome = result.syndrome
    if syndrome.until:
        syndrome = replace(syndrome, whole=())
    rows += _happened(result, _("Post-embolization syndrome"), syndrome)
    return pd.DataFrame(rows).rename(columns={_("Worst grade"): _("What happened")})


def _happened(result: Toxicity, title: str, found: Happened) -> Iterator[dict[str, str]]:
    if found.until:
        yield _rates(result, _during(title, _UNTIL), found.until)
        yield _rates(result, _during(title, _AFTER), found.after)
    if found.whole:
        yield _rates(result, _during(title, _WHOLE) if found.until else title, found.whole)


def per_procedure(result: Toxicity) -> pd.DataFrame:
    """Procedures after which a complication was recorded, by what was done."""
    least = result.provenance.plan.small.arm_counted
    n = text.smallest((each.procedures for each in result.per_procedure), least)
    rows = []
    for each in result.per_procedure:
        row = {_("Procedure"): text.label(each.level), _("Procedures"): text.whole(each.procedures)}
        for name, k in (
            (_("With a complication"), each.complicated),
            (_("With a severe one"), each.severe),
            (
                _("With a severe one, without post-embolization syndrome"),
                each.severe_without if each.syndrome is not None else None,
            ),
            (_("Followed by post-embolization syndrome"), each.syndrome),
            (_("Died within {days}").format(days=text.days(EARLY)), each.died),
        ):
            if k is not None:
                row[name] = text.count_of(k, each.procedures, least, n)
        rows.append(row)
    return pd.DataFrame(rows)


def caption(result: Toxicity) -> str:
    """How complications were counted."""
    scales = "; ".join(f"{each.scale.name}: {each.scale.source}" for each in result.worst)
    rates = [rate for each in result.worst for rate in each.own.events.any if rate is not None]
    said = [
        _("Each patient counts once on each scale, by the worst grade; scales are kept apart."),
        _basis(result),
        _received(result),
        _("More procedures are more occasions for an event: see the table by procedure.")
        if result.per_procedure
        else _("More procedures are more occasions for an event."),
        *map(left_out, result.worst),
        ngettext(
            "{n} event on none of these scales, in no line here.",
            "{n} events on none of these scales, in no line here.",
            result.unscaled,
        ).format(n=result.unscaled)
        if result.unscaled
        else "",
        ngettext(
            "{n} event without a day in patients who received another modality, and so in "
            "the whole history alone.",
            "{n} events without a day in patients who received another modality, and so in "
            "the whole history alone.",
            result.undated,
        ).format(n=result.undated)
        if result.undated
        else "",
        f"{_(rates[0].estimate.method)}." if rates else "",
        _("{scales}.").format(scales=scales) if scales else "",
        _short(result),
        text.under_study(result.provenance),
    ]
    return " ".join(part for part in said if part)


def _basis(result: Toxicity) -> str:
    if result.basis == "patients":
        return _(
            "By the worst grade in the patient’s row, without a grade where a complication is "
            "named there and none is given; an empty cell counts as none."
        )
    if result.beside:
        return _(
            "By the table of events, and by the patient’s row where its grade is worse; patients "
            "without either count as without an event."
        )
    return _("Patients without an entry in the table of events count as without an event.")


def _received(result: Toxicity) -> str:
    """Until when events count for an arm, and how many went over to another modality."""
    if not any(result.received):
        return ""
    went = text.listed(
        _("{arm} {k} of {n}").format(arm=text.named(arm), k=k, n=n)
        for arm, k, n in zip(result.arms, result.received, result.n, strict=True)
    )
    if result.basis == "patients":
        return _(
            "An arm is the modality that came first, and the rows do not say when: events after "
            "another modality began count for it too. Received another: {went}."
        ).format(went=went)
    return _(
        "An arm is the modality that came first; events count for it until another began, and "
        "those from then on stand apart, of the patients who received another: {went}."
    ).format(went=went)


def _short(result: Toxicity) -> str:
    if not result.short or not result.early.whole:
        return ""
    return _(
        "Not known to have died, nor to have lived, within {days} of the last "
        "procedure, and counted as not having died: n = {n}."
    ).format(days=text.days(EARLY), n=result.short)


def procedures_caption(result: Toxicity) -> str:
    """How procedures were counted."""
    if not result.per_procedure:
        return ""
    said = _(
        "Procedures of all patients under study, by what was done; those of one day are one. A "
        "complication counts for the procedure that it names, once however many there were; those "
        "of the post-embolization syndrome count too. A death counts for the last procedure before "
        "it. No limits: procedures of one patient are alike."
    )
    if result.unlinked:
        more = ngettext(
            "{n} event names no procedure of its patient.",
            "{n} events name no procedure of their patients.",
            result.unlinked,
        ).format(n=result.unlinked)
        said = f"{said} {more}"
    return said
