"""Words and tables of response: what it rests on, how it changed, and how long it lasted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from lib import text
from lib.analyses.courses import BEST, Disagreement
from lib.analyses.derivation import Derivation
from lib.analyses.duration import Durations, Lasting
from lib.analyses.provenance import Provenance
from lib.analyses.response import GroupResponse, ResponseByGroup, bars
from lib.analyses.states import STATES
from lib.analyses.transitions import Passage, Transitions
from lib.cohort import Finding
from lib.figures.response import panel_title
from lib.language import N_, _, ngettext
from lib.plan import Plan, ResponsePlan, SmallNumbers
from lib.recist import PROFILES, methods
from lib.recist.rules import AS_RECORDED
from lib.schema import COLUMNS, Endpoint

BASES: Mapping[str, str] = {
    "lesions": N_("{n} by the diameters of lesions"),
    "sums": N_("{n} by sums of diameters"),
    "recorded": N_("{n} by a recorded letter"),
    "flags": N_("{n} by new or non-target lesions alone"),
}
ENDED: Mapping[str, str] = {
    "progression": N_("Ended by progression"),
    "death": N_("Ended by death"),
    "last evaluable assessment": N_("Censored at the last evaluable assessment"),
}
NEVER_BY_ARM = N_(
    "Not by arm: only those who responded are in this curve, and who responds is decided after the "
    "start, so arms compared here would be compared by their outcome. A fair comparison would need "
    "a landmark."
)


# What responses rest on ------------------------------------------------------------------------


def basis(whence: Provenance) -> str:
    """Whether responses are derived or recorded, by which profile, and how near to their time."""
    choices = whence.plan.response
    if not whence.derived:
        return _("Response as recorded, at fixed times.")
    return _(
        "Response derived from measurements: {profile}. At a fixed time it is that of the nearest "
        "assessment, at most {days} days away."
    ).format(profile=_(PROFILES[choices.profile].label), days=choices.window_days)


def source(found: Derivation) -> str:
    """What responses rest on, with all counts and windows: the caption's first sentences."""
    if not found.derived:
        unused = _("The file’s measurements of {n} are not used.").format(
            n=text.patients(len(found.courses))
        )
        return _joined(
            basis(found.provenance), unused if found.courses else "", _of_liver(found.provenance)
        )
    return _joined(
        basis(found.provenance), windows(found.provenance.plan.response), _counted(found)
    )


def windows(choices: ResponsePlan) -> str:
    """The plan's windows of confirmation and of stable disease."""
    if not choices.confirm:
        return _(
            "CR and PR are not confirmed; SD counts as best response from day {day} on."
        ).format(day=choices.sd_days)
    between = _("{n} NE").format(n=choices.ne_between)
    if choices.sd_between:
        between = _("{ne}, and over SD").format(ne=between)
    return _(
        "CR and PR are confirmed {days} days later or more, over at most {between}; SD counts as "
        "best response from day {day} on."
    ).format(days=choices.confirm_days, between=between, day=choices.sd_days)


def _counted(found: Derivation) -> str:
    """How many patients and assessments there are, and what stands as recorded."""
    visits = text.listed(_(BASES[name]).format(n=n) for name, n in found.visits)
    measured = _(
        "Measured after the first procedure: {n} of {whole} patients; assessments: {visits}."
    )
    standing = text.listed(
        _("{column} {n}").format(column=_column(name), n=n) for name, n in found.standing.items()
    )
    return _joined(
        measured.format(n=len(found.courses), whole=found.provenance.n, visits=visits),
        _("As recorded, because nothing was measured near that time: {standing}.").format(
            standing=standing
        )
        if standing
        else "",
    )


def _column(name: str) -> str:
    return text.in_sentence(COLUMNS[name])


def _of_liver(whence: Provenance) -> str:
    """What the profile changes of recorded responses."""
    if not PROFILES[whence.plan.response.profile].liver_only:
        return ""
    return _("Where none is recorded, progression in the liver alone counts as PD.")


def modified(whence: Provenance) -> str:
    """That a profile is not RECIST 1.1 itself: said in every export."""
    choices = whence.plan.response
    if choices.profile == "RECIST 1.1":
        return ""
    if not whence.derived:
        return _of_liver(whence)
    return _("Responses by {profile}.").format(profile=_(PROFILES[choices.profile].label))


def progression(whence: Provenance, endpoint: Endpoint) -> str:
    """Where an endpoint's progression comes from, if it has any and it is derived."""
    dates = [name for name in endpoint.ends if "progression" in name]
    if not dates or not whence.derived:
        return ""
    return _(
        "Progression derived from measurements, {profile}; without it patients are followed to "
        "their last evaluable assessment."
    ).format(profile=_(PROFILES[whence.plan.response.profile].label))


def answer(result: ResponseByGroup) -> str:
    """The answer in one sentence: who responded, as best response where the file knows it.

    Of the last time shown: all patients, and each group that is drawn.
    """
    time, least = result.times[-1], result.provenance.plan.small.arm_counted
    said = [
        text.valued(group.level, text.proportion(group.objective[0], least))
        for group in bars(result, time)
        if group.objective[0] is not None
    ]
    if not said:
        return ""
    return _("Objective response rate (CR or PR of all treated), {when}: {groups}.").format(
        when=text.lowered(panel_title(time)), groups="; ".join(said)
    )


def rates(result: ResponseByGroup) -> str:
    """What ORR, DCR and evaluable mean, of the states that there are."""
    dead = _(
        "All treated is everybody but those not due; patients without a scan, not evaluable or "
        "dead count as no response."
    )
    if any(time.with_unmeasured for time in (*result.times, *result.both_ways)):
        return _joined(
            _("ORR is CR or PR, DCR is CR, PR, SD or Non-CR/Non-PD."),
            dead,
            _("Evaluable is CR, PR, SD, Non-CR/Non-PD or PD."),
        )
    return _joined(
        _("ORR is CR or PR, DCR is CR, PR or SD."), dead, _("Evaluable is CR, PR, SD or PD.")
    )


# Methods -----------------------------------------------------------------------------------------


def rules(choices: ResponsePlan) -> list[tuple[str, list[str]]]:
    """The ordered tables of rules with the plan's numbers in them: titles, and a line a rule."""
    numbers = asdict(choices)
    return [
        (
            _(title),
            [
                _("{condition} → {response}").format(
                    response=_("as recorded") if rule.response == AS_RECORDED else rule.response,
                    condition=_(rule.condition).format(**numbers),
                )
                for rule in table
            ],
        )
        for title, table in methods(choices)
    ]


def rules_words(choices: ResponsePlan) -> str:
    """The same as numbered lists."""
    parts = []
    for title, lines in rules(choices):
        numbered = "\n".join(f"{n}. {text.plain(line)}" for n, line in enumerate(lines, start=1))
        parts.append(f"**{title}**\n\n{numbered}")
    at_a_time = _(
        "**Response at a fixed time**\n\nThe status at the nearest assessment, at most {days} days "
        "away; of two equally near the later one counts. PD before it stays."
    )
    parts.append(at_a_time.format(days=choices.window_days))
    return "\n\n".join(parts)


def methods_words(found: Derivation) -> str:
    """Sentences for the methods section of a paper, with the plan's numbers in them."""
    choices = found.provenance.plan.response
    times = text.listed(str(months) for months in choices.months)
    deaths = _(text.DEATHS_MEAN[choices.deaths])
    if not found.derived:
        recorded = _("Response at {times} months was taken as recorded.").format(times=times)
        return _joined(recorded, _of_liver(found.provenance), deaths)
    return _joined(
        _(
            "Response was derived from measurements ({profile}; Eisenhauer et al. 2009, Eur J "
            "Cancer 45:228-247). At each assessment the sum of the diameters of the target lesions "
            "was compared with baseline (partial response: at least 30 % less) and with the "
            "smallest sum before (progression: at least 20 % and 5 mm more), together with "
            "non-target and new lesions."
        ).format(profile=_(PROFILES[choices.profile].label)),
        _(
            "Response at {times} months is the status at the nearest assessment within {days} "
            "days, the later of two equally near; a partial response stands until progression, and "
            "progression for good."
        ).format(times=times, days=choices.window_days),
        _("Best overall response is that of the assessments up to progression."),
        windows(choices),
        _counted(found),
        deaths,
    )


# Recorded against derived -------------------------------------------------------------------------


def disagreements(found: Derivation) -> pd.DataFrame:
    """Where the file records one thing and its measurements show another, a line each."""
    rows = [
        (
            each.patient_id,
            str(each.row) if each.row else "",
            _what(each),
            text.dated(each.recorded) or _("none"),
            text.dated(each.derived) or _("none"),
            text.reason(each.reason),
        )
        for each in found.disagreements
    ]
    names = (
        _("Patient"),
        _("Row"),
        _("What"),
        _("Recorded"),
        _("Derived"),
        _("Why the derived one"),
    )
    return pd.DataFrame(rows, columns=list(names))


def _what(each: Disagreement) -> str:
    if each.on is not None:
        return _("Response of the assessment of {date}").format(date=text.day(each.on))
    if each.column.kind == "date":
        return _("{column}, date").format(column=text.label(each.column))
    return text.label(each.column)


def disagreements_title(found: Derivation) -> str:
    """The section's title with its counts."""
    n = len(found.disagreements)
    told = len(found.findings)
    title = _("Recorded against derived: {n}").format(
        n=ngettext("{n} disagreement", "{n} disagreements", n).format(n=n)
    )
    doubts = ngettext("{n} finding", "{n} findings", told).format(n=told)
    return f"{title}, {doubts}" if told else title


def used(found: Derivation) -> str:
    """Which of the two the plan uses."""
    if found.derived:
        return _(
            "The plan uses the derived ones; where nothing was measured the recorded one stands."
        )
    return _("The plan uses the recorded ones; the derived ones are shown for comparison.")


def agreed(found: Derivation) -> str:
    """One line where nothing disagrees."""
    return _(
        "Whatever the file records of the {n} measured patients is what their measurements show."
    ).format(n=len(found.courses))


def findings(found: Iterable[Finding], at_most: int | None = None) -> pd.DataFrame:
    """What a reader of the courses must know, a line each; the first few of each kind, if asked."""
    kinds: dict[str, list[Finding]] = {}
    for each in found:
        kinds.setdefault(each.message, []).append(each)
    rows = []
    for alike in kinds.values():
        rows += [(_finding(each), _numbers(each.rows)) for each in alike[:at_most]]
        if at_most is not None and len(alike) > at_most:
            rows.append((_("and {n} more like it").format(n=len(alike) - at_most), ""))
    frame = pd.DataFrame(rows, columns=[_("Finding"), _("Rows of its sheets")])
    return frame if any(numbers for _words, numbers in rows) else frame.iloc[:, :1]


def _finding(found: Finding) -> str:
    return text.finding(found).removesuffix(text.rows(found.rows)).strip()


def _numbers(rows: Sequence[int]) -> str:
    return ", ".join(str(row) for row in rows[:6]) + (", …" if len(rows) > 6 else "")


# Best response both ways --------------------------------------------------------------------------


def both_ways(result: ResponseByGroup) -> pd.DataFrame:
    """Best response confirmed and unconfirmed, side by side for each group, everybody first."""
    small = result.provenance.plan.small
    confirmed, unconfirmed = result.both_ways
    shown = [
        index
        for index, state in enumerate(STATES)
        if state.code in ("CR", "PR", "SD", "PD")
        or any(time.everyone.counts[index] for time in result.both_ways)
    ]
    columns = {}
    for pair in zip(
        (confirmed.everyone, *confirmed.groups),
        (unconfirmed.everyone, *unconfirmed.groups),
        strict=True,
    ):
        titles = _("{group}, confirmed"), _("{group}, unconfirmed")
        for title, group in zip(titles, pair, strict=True):
            columns[title.format(group=text.named(group.level))] = _best(group, shown, small)
    frame = pd.DataFrame(columns)
    return frame.reset_index(names=" ")


def _best(group: GroupResponse, shown: Sequence[int], small: SmallNumbers) -> dict[str, str]:
    row = {_("All treated"): str(group.treated)}
    for index in shown:
        row[text.label(STATES[index])] = text.count_of(
            int(group.counts[index]), group.treated, small.arm_counted
        )
    row[_("ORR, all treated")] = text.proportion(group.objective[0], small.arm_counted)
    row[_("ORR, evaluable")] = text.proportion(group.objective[1], small.arm_counted)
    row[_("DCR, all treated")] = text.proportion(group.control[0], small.arm_counted)
    return row


def best_words(result: ResponseByGroup) -> str:
    """The caption of both ways: what confirmation asks for, and which one the plan counts."""
    choices = result.provenance.plan.response
    sure = _("with confirmation") if choices.confirm else _("without confirmation")
    standing = result.derivation.standing.get(BEST, 0)
    return _joined(
        _(
            "Confirmed: CR and PR {days} days later or more once again, else the patient counts "
            "for SD where that began on day {sd_days} or later."
        ).format(days=choices.confirm_days, sd_days=choices.sd_days),
        _(
            "In a cohort without randomization the confirmed rate is the one to report; the plan "
            "counts best response {sure}."
        ).format(sure=sure),
        _("As recorded in both columns, for want of measurements: n = {n}.").format(n=standing)
        if standing
        else "",
        _(PROFILES[choices.profile].label) + ".",
        text.under_study(result.provenance),
    )


# Transitions --------------------------------------------------------------------------------------


def passage_title(passage: Passage) -> str:
    """``From 3 to 6 months``."""
    return _("From {start} to {end}").format(
        start=text.short(passage.start), end=text.months(passage.end)
    )


def passage(crossed: Passage) -> pd.DataFrame:
    """The matrix of one passage: a row a state before, a column a state after, with the sums."""
    before = [at for at in range(len(STATES)) if crossed.counts[at].any()]
    after = [at for at in range(len(STATES)) if crossed.counts[:, at].any()]
    rows = [[text.label(STATES[at]), *_cells(crossed.counts[at], after)] for at in before]
    rows.append([_("All"), *_cells(crossed.counts.sum(axis=0), after)])
    names = [
        _("At {start}, then at {end}").format(
            start=text.months(crossed.start), end=text.months(crossed.end)
        ),
        *(text.label(STATES[at]) for at in after),
        _("All"),
    ]
    return pd.DataFrame(rows, columns=names)


def _cells(counts: Sequence[int], shown: Sequence[int]) -> list[str]:
    return [*(str(int(counts[at])) for at in shown), str(int(sum(counts)))]


def transitions(found: Transitions, origin: Derivation) -> str:
    """The caption of the transitions."""
    n = found.provenance.n
    return _joined(
        _(
            "Each column is all {n} patients, with those who died, had no scan or were not due "
            "yet. A band is as wide as the patients who go that way. PD leads to no other response."
        ).format(n=n),
        basis(found.provenance),
        _(text.DEATHS_MEAN[found.provenance.plan.response.deaths]),
        _counted(origin) if origin.derived else _of_liver(found.provenance),
        text.under_study(found.provenance),
    )


# Durations ----------------------------------------------------------------------------------------


def response_words(found: Durations) -> str:
    """What the duration of response counts, in one phrase."""
    confirmed = found.provenance.plan.response.confirm
    who = _("a confirmed CR or PR") if confirmed else _("CR or PR, not confirmed")
    median = found.response.group.median
    return _joined(
        _("Patients with {who}: n = {n}.").format(who=who, n=_had(found.response)),
        _("Median duration of response: {median}.").format(
            median=text.estimate(median, unit=_("months"))
        )
        if median
        else "",
    )


def too_few(found: Durations) -> str:
    """Why there is no curve."""
    return _("A curve asks for {least} or more.").format(
        least=found.provenance.plan.small.arm_counted
    )


def _had(lasting: Lasting) -> int:
    return lasting.group.n + sum(lasting.set_aside.values())


def durations(found: Durations) -> pd.DataFrame:
    """Duration of response and of stable disease in numbers."""
    columns = {
        text.label(each.endpoint): _lasting(each, found.provenance.plan)
        for each in (found.response, found.stable)
    }
    return pd.DataFrame(columns).reset_index(names=" ")


def _lasting(lasting: Lasting, plan: Plan) -> dict[str, str]:
    group = lasting.group
    few = _("withheld, fewer than {n}").format(n=plan.small.arm_counted)
    row = {_("Patients"): str(group.n)}
    row |= {_(words): str(lasting.ended_by.get(name, 0)) for name, words in ENDED.items()}
    row[_("Not counted")] = str(sum(lasting.set_aside.values()))
    row[_("Median, months")] = text.estimate(group.median) if group.median else few
    at = {each.months: text.survival(each.survival, group.n) for each in group.milestones}
    for months in plan.survival.milestones:
        row[_("Still lasting at {time}").format(time=text.months(months))] = at.get(months, few)
    return row


def duration_words(found: Durations) -> str:
    """Where the durations come from."""
    curve = found.response.group.curve or found.stable.group.curve
    reasons = {**found.response.set_aside, **found.stable.set_aside}
    return _joined(
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
        windows(found.provenance.plan.response),
        text.under_study(found.provenance),
    )


def _joined(*sentences: str) -> str:
    return text.sentence(" ".join(sentence for sentence in sentences if sentence))
