"""The course of each patient in words: captions, and tables with a row a patient."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from math import isnan

import pandas as pd

from lib import text
from lib.analyses import patients
from lib.analyses.overdue import Awaited, Overdue
from lib.analyses.patients import (
    Bar,
    Lane,
    LeftOut,
    Line,
    Mark,
    Order,
    Page,
    Spider,
    Swimmer,
    Waterfall,
)
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study
from lib.analyses.timeline import Ended, Happening, Timeline
from lib.cohort import Source
from lib.exhibits import exhibit, survival
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures import courses
from lib.figures.timeline import course_figure
from lib.language import N_, _, ngettext
from lib.recist import PROFILES, Visit
from lib.recist.rules import Reason
from lib.schema import COLUMNS, MODALITIES, MONTH, Column

LANES = 50  # so many lanes fit into one figure; bars and lines are always drawn of all patients
_KINDS = {
    "procedures": N_("Procedure"),
    "assessments": N_("Assessment"),
    "adverse_events": N_("Adverse event"),
}
_MARKS = {
    "baseline": N_("Baseline assessment"),
    "response": N_("First response"),
    "progression": N_("Progression"),
    "hepatic": N_("Progression in the liver"),
    "extrahepatic": N_("Progression outside the liver"),
}
_RESPONSE_ENDS = {
    "progression": N_("progression"),
    "death": N_("death"),
    "last-evaluable-assessment": N_("censored at the last evaluable assessment"),
}


# What is shown --------------------------------------------------------------------------------


def waterfall(result: Waterfall, order: Order = "change", named: bool = True) -> Exhibit:
    """A bar for each patient's best change.

    `order`: of the bars, in the figure and in its table. `named`: whether the figure shows the
    patients' codes.
    """
    ordered = patients.arranged(result.bars, order, result.levels)
    return Exhibit(
        key="best-change",
        title=text.titled(_("Best change"), exhibit.grouping(result.column)),
        provenance=result.provenance,
        made=("patients.waterfall", order, str(named)),
        draw=partial(courses.waterfall, ordered, result.levels, named),
        undrawn=beside_waterfall(result),
        shows=_changes(_("Best change"), [bar.change for bar in result.bars]),
        caption=waterfall_caption(result, ordered),
        tables=(
            Table(_("Best change"), partial(bars, result, ordered), shown="taken"),
            *_not_drawn(result.left_out),
        ),
    )


def spider(result: Spider) -> Exhibit:
    """A line for each patient's change over time."""
    return Exhibit(
        key="change-over-time",
        title=text.titled(_("Change over time"), exhibit.grouping(result.column)),
        provenance=result.provenance,
        made=("patients.spider",),
        draw=partial(courses.spider, result.lines, result.levels),
        undrawn=beside_spider(result),
        shows=_changes(
            _("Lowest point of each line"),
            [min(changes) for line in result.lines if (changes := _known(line))],
        ),
        caption=spider_caption(result, result.lines),
        tables=(
            Table(_("Change over time"), partial(points, result, result.lines), shown="taken"),
            *_not_drawn(result.left_out),
        ),
    )


def swimmer(
    result: Swimmer, order: Order = "follow-up", first: int = 0, named: bool = True
) -> Exhibit:
    """A lane for each patient's course, as many as a figure holds.

    `order`, `named`: as of `waterfall`. `first`: the place in that order of the first lane that is
    drawn; the tables have all.
    """
    ordered = patients.arranged(result.lanes, order, result.levels, within="follow-up")
    shown = ordered[first : first + LANES]
    page = drawn(len(shown), first, len(ordered))
    return Exhibit(
        key="course-in-time",
        title=text.titled(_("Course in time"), exhibit.grouping(result.column)),
        provenance=result.provenance,
        made=("patients.swimmer", order, str(first), str(named)),
        draw=partial(courses.swimmer, shown, result.levels, named),
        undrawn=beside_swimmer(result, page),
        shows=_ends(shown),
        caption=exhibit.joined(swimmer_caption(result, shown), page),
        tables=(
            Table(_("Lanes"), partial(lanes, result, ordered), shown="taken"),
            Table(_("Marks"), partial(marks, ordered), shown="taken"),
            *_not_drawn(result.left_out),
        ),
    )


def _known(line: Line) -> list[float]:
    """The changes after the baseline."""
    return [point.change for point in line.points[1:] if not isnan(point.change)]


def _changes(what: str, changes: Sequence[float]) -> str:
    """Between what the smallest changes lie, and how many reach the guides."""
    if not changes:
        return ""
    n = len(changes)
    return _(
        "{what} from {low} to {high}; at least 30% smaller: {smaller}; at least 20% larger: "
        "{larger}."
    ).format(
        what=what,
        low=text.change(min(changes)),
        high=text.change(max(changes)),
        smaller=text.count_of(sum(each <= -0.3 for each in changes), n),
        larger=text.count_of(sum(each >= 0.2 for each in changes), n),
    )


def _ends(shown: Sequence[Lane]) -> str:
    """How the lanes that are drawn end, and how long the longest is."""
    ends = Counter(lane.end for lane in shown)
    said = (_("{end} {n}").format(end=text.of_code(end), n=n) for end, n in ends.items())
    return _("{patients}, followed up to {longest}: {ends}.").format(
        patients=text.patients(len(shown)),
        longest=text.months(max(lane.followed for lane in shown)),
        ends=text.listed(said),
    )


def _not_drawn(found: Sequence[LeftOut]) -> tuple[Table, ...]:
    return (Table(_("Not drawn"), partial(not_drawn, found), shown="taken"),) if found else ()


def everyone(study: Study, result: Swimmer) -> Exhibit:
    """The patients under study as a list."""
    return Exhibit(
        key="patients",
        title=_("Patients under study"),
        provenance=study.provenance,
        made=("patients.swimmer",),
        tables=(Table(_("Patients under study"), partial(everybody, study, result)),),
    )


def page(found: Page) -> Exhibit:
    """A page of the patients of a registry: their courses, as far as they are held, and a list."""
    result, n = found.swimmer, len(found.best)

    def listed() -> pd.DataFrame:
        return _listed(result, found.best).dropna(axis="columns", how="all")

    shown = drawn(n, found.first, found.provenance.n)
    return Exhibit(
        key="patients-page",
        title=_("Patients under study"),
        provenance=found.provenance,
        made=("paged.page", found.sort, str(found.first)),
        draw=partial(courses.swimmer, result.lanes, result.levels, True) if result.lanes else None,
        undrawn=exhibit.joined(shown, _of_all(len(result.lanes), result.left_out)),
        shows=_ends(result.lanes) if result.lanes else "",
        caption=exhibit.joined(
            _("Patients have the numbers of the registry, and no code of a file."),
            swimmer_caption(result, result.lanes),
            shown,
            _("Assessments stand at the fixed times of their letters: no other day is held."),
        ),
        tables=(
            Table(_("Patients under study"), listed),
            Table(_("Marks"), partial(marks, result.lanes), shown="taken"),
            *_not_drawn(result.left_out),
        ),
    )


def timeline(found: Timeline) -> Exhibit:
    """One patient's course: what was measured, why, and what happened when."""
    return Exhibit(
        key="patient",
        title=_("Patient {name}").format(name=found.patient_id),
        provenance=found.provenance,
        made=("timeline.timeline", found.patient_id),
        sentences=exhibit.said(
            summary(found),
            *told(found),
            ""
            if found.visits
            else _(
                "No assessment between the first procedure and the end of follow-up was measured "
                "or recorded."
            ),
        ),
        draw=partial(course_figure, found),
        undrawn=beside_timeline(found),
        caption=timeline_caption(found),
        tables=(
            *(_assessed(found) if found.visits else ()),
            Table(_("Endpoints"), partial(endpoints, found)),
            Table(_("All that happened"), partial(happenings, found), shown="folded"),
        ),
    )


def _assessed(found: Timeline) -> tuple[Table, ...]:
    """Two narrow tables, which can be read on a telephone, where one wide one cannot."""
    wide = partial(assessments, found)
    return (
        Table(_("Assessments after the first procedure"), lambda: wide().iloc[:, :-2]),
        Table(_("Reasons of each response"), lambda: wide().iloc[:, [0, 5, -2, -1]]),
    )


_NOT_LATE = {
    (True, True): N_("Nobody is overdue."),
    (True, False): N_("Nobody is overdue for an assessment."),
    (False, True): N_("Nobody is overdue for a contact."),
    (False, False): N_("Who is overdue is not known."),
}
"""What is said where nobody is on the list, by whether assessments and contacts are known."""


def overdue(found: Overdue) -> Exhibit:
    """Who is overdue, and who is lost."""
    lost = _("Recorded as lost to follow-up ({n})").format(n=len(found.lost))
    every = (
        (found.late, Table(_("Overdue"), partial(awaited, found.late))),
        (found.lost, Table(lost, partial(awaited, found.lost), shown="folded")),
    )
    return Exhibit(
        key="overdue",
        title=_("Who is overdue"),
        provenance=found.provenance,
        made=("overdue.overdue",),
        sentences=exhibit.said(
            "" if found.late else _(_NOT_LATE[found.scans_known, found.contacts_known])
        ),
        caption=overdue_caption(found),
        tables=tuple(table for listed, table in every if listed),
    )


# Captions -------------------------------------------------------------------------------------


def drawn(shown: int, first: int, whole: int) -> str:
    """Which patients a page of a large figure shows; '' where it shows all."""
    if shown == whole:
        return ""
    return _("Drawn: patients {first} to {last} of {n}, in this order.").format(
        first=first + 1, last=first + shown, n=whole
    )


def beside_waterfall(result: Waterfall) -> str:
    """What an image of all bars does not show, written into it; '' where it shows all."""
    bars = result.bars
    named = len(bars) <= courses.NAMED
    tall = sum(courses.is_cut(bar) for bar in bars)
    return exhibit.joined(
        _of_all(len(bars), result.left_out),
        _("Cut at {limit}: {n}.").format(limit=text.change(courses.TALLEST), n=tall)
        if tall and not named
        else "",
    )


def beside_spider(result: Spider) -> str:
    """What an image of all lines does not show, written into it; '' where it shows all."""
    beyond = courses.beyond(result.lines)
    return exhibit.joined(
        _of_all(len(result.lines), result.left_out),
        ngettext("{n} point above the axis.", "{n} points above the axis.", beyond).format(n=beyond)
        if beyond
        else "",
    )


def beside_swimmer(result: Swimmer, page: str = "") -> str:
    """What an image of lanes does not show, written into it; `page` says which, where not all."""
    return exhibit.joined(
        page,
        _of_all(len(result.lanes), result.left_out),
        ngettext(
            "Not drawn, without a date: {n} procedure or assessment.",
            "Not drawn, without a date: {n} procedures and assessments.",
            result.undated,
        ).format(n=result.undated)
        if result.undated
        else "",
    )


def beside_timeline(found: Timeline) -> str:
    """How much of a patient's course has no place in time, written into its image."""
    undated = sum(isnan(each.months) for each in found.happenings)
    return _("Without a date, not drawn: {n}.").format(n=undated) if undated else ""


def _of_all(n: int, left_out: Sequence[LeftOut]) -> str:
    """Of how many patients there is anything to draw, where it is not all."""
    if not left_out:
        return ""
    return ngettext(
        "Known of {n} of {whole} patient.", "Known of {n} of {whole} patients.", n + len(left_out)
    ).format(n=n, whole=n + len(left_out))


def waterfall_caption(result: Waterfall, bars: Sequence[Bar]) -> str:
    """The caption of the bars that are drawn."""
    best = _("derived from the measurements") if result.provenance.derived else _("as recorded")
    named = len(bars) <= courses.NAMED
    cut = [f"{bar.patient_id} {text.change(bar.change)}" for bar in bars if courses.is_cut(bar)]
    given = sum(bar.given for bar in result.bars)
    return exhibit.joined(
        _(
            "Lowest change of the sum of target diameters from baseline, up to the first "
            "assessment with progression, {profile}; n = {n}."
        ).format(profile=_profile(result.provenance), n=len(result.bars) - given)
        if given < len(result.bars)
        else "",
        _(
            "Best change as the file gives it, not from measurements; n = {n}. When it was "
            "reached, and whether before progression, is not known."
        ).format(n=given)
        if given
        else "",
        _("Hatched: best response PD ({best}), whatever the height.").format(best=best)
        if named and any(bar.best == "PD" for bar in bars)
        else "",
        _(
            "Symbols at the ends: progression was seen at any time, and how: by the sum over its "
            "nadir, by a new lesion or by non-target lesions, which the height does not show."
        )
        if named and any(bar.signs for bar in bars)
        else "",
        _("So many bars stand without codes, symbols and hatching; the table has all of it.")
        if not named
        else "",
        _guides(),
        _("Cut at {limit}: {bars}.").format(limit=text.change(courses.TALLEST), bars=_few(cut))
        if cut
        else "",
        *_who(result),
    )


def spider_caption(result: Spider, lines: Sequence[Line]) -> str:
    """The caption of the lines that are drawn."""
    incomplete = sum(isnan(point.change) for line in lines for point in line.points)
    beyond = courses.beyond(lines)
    return exhibit.joined(
        _(
            "Change of the sum of target diameters from baseline, {profile}; n = {n}. Every line "
            "begins at 0 at its baseline assessment, and goes on after progression."
        ).format(profile=_profile(result.provenance), n=len(result.lines)),
        _(
            "Progression and new lesions as measured; a mark without a complete sum lies at the "
            "last height."
        )
        if any(point.progression or point.new_lesion for line in lines for point in line.points)
        else "",
        ngettext(
            "{n} assessment without a complete sum has no point.",
            "{n} assessments without a complete sum have no point.",
            incomplete,
        ).format(n=incomplete)
        if incomplete
        else "",
        ngettext("{n} point above the axis.", "{n} points above the axis.", beyond).format(n=beyond)
        if beyond
        else "",
        _guides(),
        *_who(result),
    )


def swimmer_caption(result: Swimmer, lanes: Sequence[Lane]) -> str:
    """The caption of the lanes that are drawn."""
    outside = [lane.patient_id for lane in lanes if lane.outside]
    nominal = any(mark.nominal for lane in lanes for mark in lane.marks)
    derived = result.provenance.derived
    return exhibit.joined(
        _(
            "Each lane runs from the first procedure to death or last contact; n = {n}. Procedures "
            "above the middle, assessments below, each with its own response."
        ).format(n=len(result.lanes)),
        _("Responses and progression are derived from the measurements, {profile}.").format(
            profile=_profile(result.provenance)
        )
        if derived
        else _("Responses and progression are as recorded."),
        _(
            "Recorded responses without a date stand at the time they are for; a PD for a time "
            "after death is that death, and has no sign of its own."
        )
        if nominal
        else "",
        _("Something is dated beyond the lane of: {names}.").format(names=_few(outside))
        if outside
        else "",
        ngettext(
            "Not drawn, without a date: {n} procedure or assessment.",
            "Not drawn, without a date: {n} procedures and assessments.",
            result.undated,
        ).format(n=result.undated)
        if result.undated
        else "",
        *_who(result),
    )


def left_out(found: Iterable[LeftOut]) -> str:
    """Who is not drawn, by reason, in one sentence; '' where everybody is."""
    by_reason: dict[str, list[str]] = {}
    for each in found:
        by_reason.setdefault(each.reason, []).append(each.patient_id)
    said = [
        _("{reason}: n = {n} ({names})").format(reason=_(reason), n=len(names), names=_few(names))
        for reason, names in by_reason.items()
    ]
    return _("Not drawn: {reasons}.").format(reasons="; ".join(said)) if said else ""


def timeline_caption(found: Timeline) -> str:
    """The caption of one patient's course."""
    return exhibit.joined(
        survival.origin(0, 1),
        _("Sums and responses by {profile}.").format(profile=_profile(found.provenance))
        if found.visits
        else "",
        _("What came before the baseline assessment, and what has no date, is in the table alone."),
        as_of(found.provenance),
    )


def as_of(whence: Provenance) -> str:
    """Until when the cohort was known; '' where the plan has no such day."""
    day = whence.plan.study.as_of
    return _("As known on {day}.").format(day=text.day(day)) if day else ""


def overdue_caption(found: Overdue) -> str:
    """By which day and limits patients are overdue, and who else there is."""
    plan = found.provenance.plan.study
    return exhibit.joined(
        _(
            "At {day}, the as-of date of the plan: no assessment for more than {scan} "
            "without progression, or no contact for more than {seen}."
        ).format(
            day=text.day(found.as_of),
            scan=text.months(plan.assessed_every),
            seen=text.months(plan.seen_every),
        ),
        "" if found.scans_known else _("Assessments that are overdue are not known."),
        "" if found.contacts_known else _("Contacts that are overdue are not known."),
        _("Whoever was never assessed, or never seen, is counted from the first procedure."),
        _("Overdue {late}, in time {in_time}, recorded as lost {lost}, dead {dead}.").format(
            late=len(found.late), in_time=found.in_time, lost=len(found.lost), dead=found.dead
        ),
        _("Without any date to count from: {names}.").format(names=_few(found.undated))
        if found.undated
        else "",
        text.under_study(found.provenance),
    )


def _guides() -> str:
    return _(
        "The lines at −30% and +20% are guides only: progression is counted from the nadir and "
        "asks for 5 mm."
    )


def _who(result: Waterfall | Spider | Swimmer) -> tuple[str, ...]:
    return (
        left_out(result.left_out),
        exhibit.grouped(result.provenance, result.column),
        as_of(result.provenance),
        text.under_study(result.provenance),
    )


def _profile(whence: Provenance) -> str:
    return _(PROFILES[whence.plan.response.profile].label)


def _few(names: Sequence[str], at_most: int = 12) -> str:
    shown = ", ".join(names[:at_most])
    more = len(names) - at_most
    return _("{names} and {n} more").format(names=shown, n=more) if more > 0 else shown


# Tables of all patients -----------------------------------------------------------------------


def bars(result: Waterfall, shown: Sequence[Bar]) -> pd.DataFrame:
    """The numbers of the waterfall, in the order of the bars."""
    return exhibit.frame(
        shown,
        (_("Patient"), lambda bar: bar.patient_id),
        (_group(result), lambda bar: text.label(bar.level)),
        (_("Best change, %"), lambda bar: text.number(100 * bar.change)),
        (_("Reached at month"), lambda bar: _number(bar.months)),
        (_("Best response"), lambda bar: bar.best),
        (_("Progression at month"), lambda bar: _number(bar.progression)),
        (_("Progression by"), lambda bar: "; ".join(map(_, bar.signs))),
        (_("Follow-up, months"), lambda bar: _number(bar.followed)),
    )


def points(result: Spider, shown: Sequence[Line]) -> pd.DataFrame:
    """The numbers of the spider plot, a row an assessment."""
    return exhibit.frame(
        [(line, point) for line in shown for point in line.points],
        (_("Patient"), lambda each: each[0].patient_id),
        (_group(result), lambda each: text.label(each[0].level)),
        (_("Months"), lambda each: text.number(each[1].months, 2)),
        (_("Change, %"), lambda each: _number(100 * each[1].change)),
        (_("Response"), lambda each: each[1].response),
        (_("New lesion"), lambda each: _("yes") if each[1].new_lesion else ""),
    )


def lanes(result: Swimmer, shown: Sequence[Lane]) -> pd.DataFrame:
    """The lanes of the swimmer plot: how long, and what ended them."""
    return exhibit.frame(
        shown,
        (_("Patient"), lambda lane: lane.patient_id),
        (_group(result), lambda lane: text.label(lane.level)),
        (_("Follow-up, months"), lambda lane: text.number(lane.followed, 2)),
        (_("End"), lambda lane: text.of_code(lane.end)),
    )


def marks(shown: Sequence[Lane]) -> pd.DataFrame:
    """The marks of the swimmer plot, in the order of lanes and months."""
    return exhibit.frame(
        [(lane.patient_id, mark) for lane in shown for mark in lane.marks],
        (_("Patient"), lambda each: each[0]),
        (_("Months"), lambda each: text.number(each[1].months, 2)),
        (_("What"), lambda each: mark_name(each[1])),
        (_("Day"), lambda each: _("not known") if each[1].nominal else ""),
    )


def mark_name(mark: Mark) -> str:
    """What a mark is."""
    if mark.kind == "procedure":
        codes = {level.code: text.label(level) for level in MODALITIES}
        return _("Procedure: {kind}").format(kind=codes.get(mark.code, mark.code or _("not known")))
    if mark.kind == "assessment":
        return _("Assessment: {letter}").format(letter=mark.code or _("no response"))
    name = _(_MARKS[mark.kind])
    return f"{name}: {mark.code}" if mark.code else name


def not_drawn(found: Sequence[LeftOut]) -> pd.DataFrame:
    """Who is not drawn, and why."""
    return exhibit.frame(
        found,
        (_("Patient"), lambda each: each.patient_id),
        (_("Not drawn because"), lambda each: _(each.reason)),
    )


def everybody(study: Study, result: Swimmer) -> pd.DataFrame:
    """The patients under study in the order of the file, a row each."""
    best = study.cohort.patients.get("best_response")
    letters = [""] * len(study.cohort) if best is None else best.fillna("").tolist()
    return _listed(result, zip(study.cohort.patients["patient_id"], letters, strict=True))


def _listed(result: Swimmer, best: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """A row for each patient; `best`: who they are, with their best responses."""
    known = {lane.patient_id: lane for lane in result.lanes}
    levels = {lane.patient_id: lane.level for lane in result.lanes}
    levels |= {each.patient_id: each.level for each in result.left_out}
    return exhibit.frame(
        [(name, letter, known.get(name)) for name, letter in best],
        (_("Patient"), lambda each: each[0]),
        (_group(result), lambda each: text.label(levels[each[0]])),
        (_("Best change, %"), lambda each: _percent(each[2])),
        (_("Best response"), lambda each: each[1]),
        (_("Follow-up, months"), lambda each: round(each[2].followed, 1) if each[2] else None),
        (_("End"), lambda each: text.of_code(each[2].end) if each[2] else ""),
    )


def _percent(lane: Lane | None) -> float | None:
    return None if lane is None or isnan(lane.change) else round(100 * lane.change, 1)


def awaited(found: Sequence[Awaited]) -> pd.DataFrame:
    """Patients who are overdue, or lost: for what, and since when."""
    return exhibit.frame(
        found,
        (_("Patient"), lambda each: each.patient_id),
        (_("Overdue"), _due),
        (
            _("Last assessment"),
            lambda each: text.day(each.assessed) if each.assessed else _("none"),
        ),
        (_("Months without assessment"), lambda each: _number(each.since_assessed)),
        (_("Last contact"), lambda each: text.day(each.seen) if each.seen else _("none")),
        (_("Months without contact"), lambda each: _number(each.since_seen)),
        (_("Row"), lambda each: str(each.row) if each.row else ""),
    )


def _due(each: Awaited) -> str:
    said = [
        name
        for due, name in ((each.scan_due, _("assessment")), (each.contact_due, _("contact")))
        if due
    ]
    words = text.listed(said)
    if each.progressed:
        return f"{words} {_('(after progression)')}"
    return words


def _group(result: Waterfall | Spider | Swimmer) -> str:
    return text.label(result.column) if result.column else _("Group")


def _number(value: float) -> str:
    return "" if isnan(value) else text.number(value)


# One patient ----------------------------------------------------------------------------------


def assessments(found: Timeline) -> pd.DataFrame:
    """Each assessment after the first procedure: sums, response, and the reasons in words."""
    return exhibit.frame(
        found.visits,
        (_("Date"), lambda visit: text.day(visit.date)),
        (_("Month"), lambda visit: text.number(visit.day / MONTH)),
        (_("Sum, mm"), _sum),
        (_("Nadir before, mm"), lambda v: "" if v.nadir is None else text.short(v.nadir)),
        (_("Change from baseline"), lambda v: "" if v.change is None else text.change(v.change)),
        (_("Response"), lambda visit: visit.response),
        (_("Status"), lambda visit: visit.status),
        (_("Recorded"), _recorded),
        (_("Why"), why),
        (_("Rows"), lambda visit: places(visit.rows, found.provenance.source)),
    )


def _sum(visit: Visit) -> str:
    if visit.sum is None:
        return ""
    total = text.short(visit.sum)
    return total if visit.complete else _("{sum} (not all measured)").format(sum=total)


def _recorded(visit: Visit) -> str:
    if visit.recorded and visit.recorded != visit.response:
        return _("{letter}, differs").format(letter=visit.recorded)
    return visit.recorded


def why(visit: Visit) -> str:
    """Why an assessment has its response, and its status where that is another."""
    said = [reason(each) for each in visit.reasons]
    if visit.carried is not None:
        said.append(
            _("status {status}: {why}").format(status=visit.status, why=reason(visit.carried))
        )
    if visit.overall != visit.response:
        said.append(_("by lesions anywhere: {response}").format(response=visit.overall))
    return "; ".join(said)


def reason(found: Reason) -> str:
    """A reason in words."""
    return text.said(found.template, found.values)


def happenings(found: Timeline) -> pd.DataFrame:
    """All that happened, by date, with where it stands in the spreadsheet."""
    return exhibit.frame(
        found.happenings,
        (_("Date"), lambda each: text.day(each.on) if each.on else _("no date")),
        (_("Month"), lambda each: _number(each.months)),
        (_("What"), _what),
        (_("Details"), lambda each: _details(found, each)),
        (_("Rows"), lambda each: places(each.rows, found.provenance.source)),
    )


def _what(each: Happening) -> str:
    return _(_KINDS[each.kind]) if each.kind in _KINDS else text.label(COLUMNS[each.kind])


def _details(found: Timeline, each: Happening) -> str:
    said = [_cell(column, value) for column, value in each.details]
    if each.visit is not None:
        said.insert(0, patients.letter(found.provenance, each.visit))
    elif each.kind == "assessments" and found.course and each.on == found.course.baseline_date:
        said.insert(0, _("baseline"))
    return "; ".join(words for words in said if words)


def _cell(column: Column, value: str) -> str:
    codes = text.labels(column)
    if column.name in ("term", "modality"):
        return codes.get(value, value)
    if column.kind == "flag" and value == "no":
        return ""
    if column.kind == "flag":
        return text.label(column)
    words = codes.get(value, value.removesuffix(".0") if column.kind == "number" else value)
    return f"{text.with_unit(column)}: {words}"


def places(rows: Iterable[tuple[str, int]], source: Source) -> str:
    """Where something stands in the spreadsheet: ``procedures 4; lesions 5, 6``."""
    by_sheet: dict[str, list[int]] = {}
    for table, row in rows:
        sheet = source.sheet_of(table) or _("row")
        numbers = by_sheet.setdefault(sheet, [])
        if row not in numbers:
            numbers.append(row)
    return "; ".join(
        f"{sheet} {', '.join(map(str, sorted(numbers)))}" for sheet, numbers in by_sheet.items()
    )


def endpoints(found: Timeline) -> pd.DataFrame:
    """The patient's months to each endpoint, and what ended them."""
    names = (_("Endpoint"), _("Months"), _("Event or censored"), _("By"))
    rows = [
        (text.label(each.endpoint), _number(each.months), _outcome(each), _by(each))
        for each in found.ends
    ]
    lasted = found.response
    if lasted is not None:
        rows.append(
            (
                _("Duration of response, from {day}").format(day=text.day(lasted.start)),
                text.number(lasted.days / MONTH),
                _("event") if lasted.event else _("censored"),
                _(_RESPONSE_ENDS[lasted.ended_by]),
            )
        )
    return pd.DataFrame(rows, columns=list(names))


def _outcome(each: Ended) -> str:
    if each.reason:
        return _("set aside")
    if each.competing:
        return _("another event came first")
    return _("event") if each.event else _("censored")


def _by(each: Ended) -> str:
    if each.reason:
        return text.of_code(each.reason)
    if each.ended_by == each.endpoint.months and each.ended_by not in COLUMNS:
        return _("months as the sheet gives them")
    column = COLUMNS.get(each.ended_by)
    if column is None:
        return each.ended_by
    if column.kind == "number":
        return _("months as the sheet gives them")
    return text.label(column)


def told(found: Timeline) -> list[str]:
    """What a reader of the course must know, in words."""
    return [text.finding(each) for each in found.course.findings] if found.course else []


def summary(found: Timeline) -> str:
    """The patient in a sentence: modality, best response, and how follow-up ended."""
    said = [f"{text.label(column)}: {text.label(level)}." for column, level in found.known]
    if found.lane is not None:
        said.append(
            _("Followed for {months} months: {end}.").format(
                months=text.number(found.lane.followed), end=text.of_code(found.lane.end)
            )
        )
    else:
        said.append(_("Not in the figure: {reason}.").format(reason=_(found.not_drawn)))
    if found.row:
        where = places([("patients", found.row)], found.provenance.source)
        said.append(_("In the spreadsheet: {where}.").format(where=where))
    return text.sentence(" ".join(said))
