"""What responses rest on: measured or recorded, by which rules, and where both differ."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial

import pandas as pd

from lib import text
from lib.analyses import cautions
from lib.analyses.courses import Disagreement
from lib.analyses.derivation import Derivation
from lib.analyses.provenance import Provenance
from lib.cohort import Finding
from lib.exhibits import exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import N_, _, ngettext
from lib.plan import ResponsePlan
from lib.recist import PROFILES, methods
from lib.recist.rules import AS_RECORDED
from lib.schema import COLUMNS, Endpoint

BASES: Mapping[str, str] = {
    "lesions": N_("{n} by the diameters of lesions"),
    "sums": N_("{n} by sums of diameters"),
    "recorded": N_("{n} by a recorded letter"),
    "flags": N_("{n} by new or non-target lesions alone"),
}

_MOST, _ALIKE = 50, 5
"""Disagreements, and findings of a kind, that a page can hold; all can be taken away."""


def of_study(found: Derivation) -> Exhibit:
    """Where the file records one thing and its measurements show another, and what is in doubt."""
    return Exhibit(
        key="recorded-against-derived",
        title=disagreements_title(found),
        provenance=found.provenance,
        made=("derivation.derived",),
        sentences=exhibit.said(_which(found)),
        tables=(*_differing(found), *_doubtful(found)),
        cautions=tuple(cautions.disagreements(found)),
    )


def _which(found: Derivation) -> str:
    if found.differences:
        return used(found)
    return agreed(found) if found.measured else ""


def _differing(found: Derivation) -> Iterator[Table]:
    """The first disagreements, and where they are not all, all of them to take away."""
    told, n = found.disagreements, len(found.disagreements)
    title, part = _("Disagreements"), ""
    if n > _MOST:
        part = _("The first {k} of {n}; the workbook has all.").format(k=_MOST, n=n)
    if n:
        yield Table(title, partial(disagreements, told[:_MOST]), part)
    if n > _MOST:
        yield Table(_("All disagreements"), partial(disagreements, told), shown="taken")


def _doubtful(found: Derivation) -> Iterator[Table]:
    """The first findings of each kind, and where they are not all, all of them to take away."""
    told = found.findings
    if told:
        title = _("What to know of the measurements")
        yield Table(title, partial(findings, told, _ALIKE))
    if max(Counter(each.message for each in told).values(), default=0) > _ALIKE:
        yield Table(_("All findings"), partial(findings, told), shown="taken")


def basis(whence: Provenance) -> str:
    """Whether responses are derived or recorded, by which profile, and how near to their time."""
    choices = whence.plan.response
    if not whence.derived:
        return _(
            "Response as recorded, at fixed times; whether CR and PR were confirmed is not known."
        )
    words = (
        _(
            "Response derived from measurements: {profile}. At a fixed time it is that of "
            "the nearest assessment, at most {days} away, confirmed or not; as best "
            "response CR and PR are confirmed."
        )
        if choices.confirm
        else _(
            "Response derived from measurements: {profile}. At a fixed time it is that of "
            "the nearest assessment, at most {days} away; CR and PR are not confirmed."
        )
    )
    return words.format(
        profile=_(PROFILES[choices.profile].label), days=text.days(choices.window_days)
    )


def source(found: Derivation) -> str:
    """What responses rest on, with all counts and windows: the caption's first sentences."""
    if not found.derived:
        unused = _("The file’s measurements of {n} are not used.").format(
            n=text.patients(found.measured)
        )
        return exhibit.joined(
            basis(found.provenance),
            unused if found.measured else "",
            exhibit.of_liver(found.provenance),
        )
    return exhibit.joined(
        basis(found.provenance), windows(found.provenance.plan.response), counted(found)
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
        "CR and PR are confirmed {days} later or more, over at most {between}; SD "
        "counts as best response from day {day} on."
    ).format(days=text.days(choices.confirm_days), between=between, day=choices.sd_days)


def counted(found: Derivation) -> str:
    """How many patients and assessments there are, and what stands as recorded."""
    visits = text.listed(_(BASES[name]).format(n=n) for name, n in found.visits)
    measured = _(
        "Patients measured after the first procedure: {n} of {whole}; assessments: {visits}."
    )
    standing = text.listed(
        _("{column} {n}").format(column=_column(name), n=n) for name, n in found.standing.items()
    )
    return exhibit.joined(
        measured.format(n=found.measured, whole=found.provenance.n, visits=visits),
        _("As recorded, because nothing was measured near that time: {standing}.").format(
            standing=standing
        )
        if standing
        else "",
    )


def _column(name: str) -> str:
    return text.in_sentence(COLUMNS[name])


def progression(whence: Provenance, endpoint: Endpoint) -> str:
    """Where an endpoint's progression comes from, if it has any and it is derived."""
    dates = [name for name in endpoint.ends if "progression" in name]
    if not dates or not whence.derived:
        return ""
    return _(
        "Progression derived from measurements, {profile}; without it patients are followed to "
        "their last evaluable assessment."
    ).format(profile=_(PROFILES[whence.plan.response.profile].label))


def rules(choices: ResponsePlan) -> list[tuple[str, list[str]]]:
    """The ordered tables of rules with the plan's numbers in them: titles, and a line a rule."""
    numbers = asdict(choices)
    return [
        (
            _(title),
            [
                _("{condition} → {response}").format(
                    response=_("as recorded") if rule.response == AS_RECORDED else rule.response,
                    condition=text.said(rule.condition, numbers.items()),
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
        "**Response at a fixed time**\n"
        "\n"
        "The status at the nearest assessment, at most {days} away; of two equally "
        "near the later one counts. PD before it stays."
    )
    parts.append(at_a_time.format(days=text.days(choices.window_days)))
    return "\n\n".join(parts)


def methods_words(found: Derivation, shown: Sequence[int] = ()) -> str:
    """Sentences for the methods section of a paper, with the plan's numbers in them.

    `shown`: the months at which recorded responses are shown, 0 for the best; the plan's where they
    are not said.
    """
    choices = found.provenance.plan.response
    known = [months for months in shown or choices.months if months]
    times = text.several_months(known)
    deaths = _(text.DEATHS_MEAN[choices.deaths])
    if not found.derived:
        recorded = (
            _("Response at {times} was taken as recorded.").format(times=times)
            if known
            else _("Best response was taken as recorded.")
        )
        stays = _("PD at an earlier time stays PD.") if len(known) > 1 else ""
        return exhibit.joined(recorded, stays, exhibit.of_liver(found.provenance), deaths)
    return exhibit.joined(
        _(
            "Response was derived from measurements ({profile}; Eisenhauer et al. 2009, Eur J "
            "Cancer 45:228-247). At each assessment the sum of the diameters of the target lesions "
            "was compared with baseline (partial response: at least 30% less) and with the "
            "smallest sum before (progression: at least 20% and 5 mm more), together with "
            "non-target and new lesions."
        ).format(profile=_(PROFILES[choices.profile].label)),
        _(
            "Response at {times} is the status at the nearest assessment at most {days} "
            "away, the later of two equally near; a partial response stands until "
            "progression, and progression for good."
        ).format(times=times, days=text.days(choices.window_days)),
        _("Best overall response is that of the assessments up to progression."),
        windows(choices),
        counted(found),
        deaths,
    )


def disagreements(found: Iterable[Disagreement]) -> pd.DataFrame:
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
        for each in found
    ]
    names = _("Recorded"), _("Derived"), _("Why the derived one")
    return exhibit.lines(rows, _("Patient"), _("Row"), _("What"), *names)


def _what(each: Disagreement) -> str:
    if each.on is not None:
        return _("Response of the assessment of {date}").format(date=text.day(each.on))
    if each.column.kind == "date":
        return _("{column}, date").format(column=text.label(each.column))
    return text.label(each.column)


def disagreements_title(found: Derivation) -> str:
    """The section's title with its counts."""
    n, told = found.differences, found.told
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
    return ngettext(
        "Whatever the file records of the one measured patient is what the measurements show.",
        "Whatever the file records of the {n} measured patients is what their measurements show.",
        found.measured,
    ).format(n=found.measured)


def findings(found: Iterable[Finding], at_most: int | None = None) -> pd.DataFrame:
    """What a reader of the courses must know, a line each; the first few of each kind, if asked."""
    kinds: dict[str, list[Finding]] = {}
    for each in found:
        kinds.setdefault(each.message, []).append(each)
    rows = []
    for alike in kinds.values():
        rows += [(_finding(each), _numbers(each.rows)) for each in alike[:at_most]]
        if at_most is not None and len(alike) > at_most:
            rows.append(
                (
                    ngettext(
                        "and {n} more like it", "and {n} more like it", len(alike) - at_most
                    ).format(n=len(alike) - at_most),
                    "",
                )
            )
    frame = pd.DataFrame(rows, columns=[_("Finding"), _("Rows of its sheets")])
    return frame if any(numbers for _words, numbers in rows) else frame.iloc[:, :1]


def _finding(found: Finding) -> str:
    return text.finding(found).removesuffix(text.rows(found.rows)).strip()


def _numbers(rows: Sequence[int]) -> str:
    return ", ".join(str(row) for row in rows[:6]) + (", …" if len(rows) > 6 else "")
