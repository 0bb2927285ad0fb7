"""What is wrong with reading a number, and what to read instead. A rule is one function here.

A caution is shown beside its number, can be read but not switched off, and stays in every export.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite
from typing import TypeVar

from lib.analyses.counted import Counted, Counts, Later, Population
from lib.analyses.derivation import Derivation
from lib.analyses.provenance import Provenance
from lib.language import N_, Template, template
from lib.plan import Reading, SmallNumbers
from lib.schema import Column, Endpoint, Level
from lib.statistics.crossing import Crossing
from lib.statistics.estimate import Estimate
from lib.statistics.pooling import FEWEST, MetaAnalysis

_DIFFERING = 0.1  # of Cochran’s Q, which finds little among few centres
Of = TypeVar("Of")
Pair = tuple[Of, Of]
"""Of both arms, reference first."""


@dataclass(frozen=True, slots=True)
class Caution:
    """A rule that fired."""

    code: str  # the rule's name, the same in every export
    # An `N_` template: one line that says what is the matter, and below it why, and what to read
    # instead.
    message: Template
    # What the template names; a `Level`, a `Column` or an `Endpoint` is worded by its label.
    values: tuple[
        tuple[
            str,
            str
            | int
            | float
            | Level
            | Column
            | Endpoint
            | Estimate
            | tuple[Column, ...]
            | tuple[Level, ...]
            | tuple[str, ...],
        ],
        ...,
    ] = ()


_PROPORTIONAL = 0.05
_USUAL = 0.05
_MANY = 2
_SEVERAL = 10  # patients of whom some are rarely all dead
OF_A_TEST = ("untestable", "no-events")
"""Codes of what stands in the way of a test, and of nothing else."""
NOT_RANDOMISED = Caution(
    "not-randomised",
    N_(
        "Patients were not randomised: a difference may come from who was chosen rather than "
        "from what was done.\n"
        "Whoever chose the modality saw the patient."
    ),
)


_GRAVEST = (
    "nothing-in-common",
    "living-left-out",
    "dead-left-out",
    "lost-in-one-arm",
    "one-outcome-left-out",
    "scanned-otherwise",
    "other-years",
    "followed-otherwise",
    "not-proportional",
    "unbalanced",
)
"""What bends a comparison of two arms most, or hides most of it, first."""


def gravest_first(found: Sequence[Caution]) -> list[Caution]:
    """Cautions of two arms in the order in which they are read; others in their own order."""
    rank = {code: at for at, code in enumerate(_GRAVEST)}
    return sorted(found, key=lambda each: rank.get(each.code, len(rank)))


def not_randomised(column: Column) -> Caution:
    """Why two groups differ besides what they are named for."""
    if column.name == "modality":
        return NOT_RANDOMISED
    message = N_(
        "These groups differ in more than what names them: a difference between them is not "
        "its effect.\n"
        "It is one of several columns to compare by; nothing corrects for looking at many."
    )
    return Caution("not-randomised", message)


def few_patients(
    levels: Sequence[Level], counts: Sequence[int], small: SmallNumbers
) -> list[Caution]:
    """Arms too small for percentages, and arms too small to be compared."""
    found = []
    for level, n in zip(levels, counts, strict=True):
        if n < small.arm_counted:
            message = N_(
                "{arm}, n = {n}: fewer than {least} patient; counted, with no percentage or curve.",
                many="{arm}, n = {n}: fewer than {least} patients; counted, with no percentage or "
                "curve.",
                by="least",
            )
            values = (("arm", level), ("n", n), ("least", small.arm_counted))
            found.append(Caution("arm-counted", message, values))
        elif n < small.arm_compared:
            message = N_(
                "{arm}, n = {n}: fewer than {least} patient; described, but not compared.\n"
                "A test or a ratio from so few would mislead.",
                many="{arm}, n = {n}: fewer than {least} patients; described, but not compared.\n"
                "A test or a ratio from so few would mislead.",
                by="least",
            )
            values = (("arm", level), ("n", n), ("least", small.arm_compared))
            found.append(Caution("arm-described", message, values))
    return found


def both_recorded(whence: Provenance) -> list[Caution]:
    """Patients recorded as *both*, in a file without the dates that would say which came first."""
    if not whence.both_recorded:
        return []
    dated = N_(
        "Recorded as having had both modalities, n = {n}: described, not compared.\n"
        "Whoever received the second had lived long enough to receive it. For the same reason"
        " the other groups are short of long survivors, and not alike in it. The plan takes "
        "modality as recorded; by the first procedure, where that is dated, nobody is left "
        "out."
    )
    undated = N_(
        "Recorded as having had both modalities, n = {n}: described, not compared.\n"
        "Whoever received the second had lived long enough to receive it. For the same reason"
        " the other groups are short of long survivors, and not alike in it. Dates of the "
        "procedures, or of the first of each kind, would give each patient the modality that "
        "came first."
    )
    message = dated if whence.plan.study.modality_rule == "as recorded" else undated
    return [Caution("both-recorded", message, (("n", whence.both),))]


def unsettled(reading: Reading, groups: Counts) -> list[Caution]:
    """Groups under a word of the file that is still asked about: another may be the same."""
    known = {level.code for level in groups.column.levels}
    said = {(v.column, v.value) for v in reading.values if v.value == v.level}
    asked = [
        (level, n)
        for level, n in zip(groups.levels, groups.n, strict=True)
        if known and level.code not in known and (groups.column.name, level.code) not in said
    ]
    if not asked:
        return []
    message = N_(
        "What the file means by {samples} is still asked on Map (n = {n}): until then each is"
        " a group of its own.\n"
        "If one is a modality under another name, the groups are not these."
    )
    words = tuple(f"'{level.code}'" for level, _n in asked)
    return [Caution("unsettled", message, (("samples", words), ("n", sum(n for _l, n in asked))))]


def no_modality(n: int) -> list[Caution]:
    """Patients without a value of the column that groups are in no group."""
    if not n:
        return []
    message = N_("Without a value of this column, and so in no group: n = {n}.")
    return [Caution("ungrouped", message, (("n", n),))]


def of_groups(
    population: Population, name: str, counted: Counted, sizes: Sequence[int], ungrouped: int
) -> list[Caution]:
    """What to beware of in groups by a column, of the sizes that follow-up leaves them.

    `ungrouped`: patients shown who are in none of them.
    """
    found = no_modality(ungrouped)
    found += unsettled(population.reading, population.counts(name))
    found += few_patients(counted.levels, sizes, population.plan.small)
    return found + (both_recorded(population.provenance) if name == "modality" else [])


def set_aside(counted: Counted) -> list[Caution]:
    """Patients whose time to the endpoint is not known, and which way that bends the curve."""
    message = N_("{endpoint}, set aside, n = {n}: {reason}.")
    found = [
        Caution(
            "set-aside",
            message,
            (("n", int(n.sum())), ("endpoint", counted.endpoint), ("reason", template(reason))),
        )
        for reason, n in counted.left_out.items()
        if n.any()
    ]
    return found + _one_outcome_rather(counted)


def _one_outcome_rather(counted: Counted) -> list[Caution]:
    """Who is left out is not left out by chance where one outcome is left out more often."""
    (events, happened), (others, not_yet) = counted.outcome(True), counted.outcome(False)
    if not counted.any or events * not_yet == others * happened:
        return []
    rather = events * not_yet > others * happened
    high = N_(
        "The curve is too high: left out of it are {events} of {happened} with the event, "
        "{others} of {not_yet} without it."
    )
    low = N_(
        "The curve is too low: left out of it are {events} of {happened} with the event, "
        "{others} of {not_yet} without it."
    )
    if counted.endpoint.competing:  # an incidence rises where survival falls
        rather = not rather
    values = (
        ("events", events),
        ("happened", happened),
        ("others", others),
        ("not_yet", not_yet),
    )
    return [Caution("one-outcome-left-out", high if rather else low, values)]


def nobody_lives(counted: Counted) -> list[Caution]:
    """A file of the dead alone makes every curve too low, and looks like complete follow-up."""
    n, events = int(counted.everyone.n.sum()), int(counted.everyone.events.sum())
    if counted.endpoint.events != ("death_date",) or n < _SEVERAL or events < n:
        return []
    message = N_(
        "Nobody of these patients is alive, n = {n}: does the file hold the living too?\n"
        "Where it holds the dead alone, every curve of it is too low."
    )
    return [Caution("nobody-alive", message, (("n", n),))]


def living_left_out(arms: Pair[Level], parts: Pair[tuple[int, int]]) -> list[Caution]:
    """One arm's living are left out more often than the other's."""
    message = N_(
        "Alive and left out, not known when last seen: {arm} {k} of {n}, {other} {k_other} of"
        " {n_other}.\n"
        "The curve of {arm} is too low beside the other."
    )
    return [Caution("living-left-out", message, _more(arms, parts))]


def dead_left_out(arms: Pair[Level], parts: Pair[tuple[int, int]]) -> list[Caution]:
    """One arm's deaths are left out more often than the other's."""
    message = N_(
        "Dead and left out, not known when they died: {arm} {k} of {n}, {other} {k_other} of "
        "{n_other}.\n"
        "The curve of {arm} is too high beside the other."
    )
    return [Caution("dead-left-out", message, _more(arms, parts))]


def lost(arms: Pair[Level], parts: Pair[tuple[int, int]], months: float) -> list[Caution]:
    """Contact with one arm's living was lost more often than with the other's."""
    message = N_(
        "Lost alive more than {months} month before the file ends: {arm} {k} of {n}, "
        "{other} {k_other} of {n_other}.\n"
        "Where deaths reach the file though patients do not, the curve of {arm} is too "
        "low beside the other; where they do not reach it, too high.",
        many="Lost alive more than {months} months before the file ends: {arm} {k} of {n}, "
        "{other} {k_other} of {n_other}.\n"
        "Where deaths reach the file though patients do not, the curve of {arm} is too "
        "low beside the other; where they do not reach it, too high.",
        by="months",
    )
    return [Caution("lost-in-one-arm", message, (*_more(arms, parts), ("months", months)))]


def scanned_otherwise(arms: Pair[Level], months: Pair[float]) -> list[Caution]:
    """Progression is found at a scan, so that it is found later where scans are rarer."""
    message = N_(
        "Assessed every {months} months in {arm}, every {months_other} in {other} (medians): "
        "progression is found later in {arm}.\n"
        "Progression is found at an assessment, so where these are rarer progression-free "
        "survival is too long beside the other arm. Overall survival is not touched. "
        "Sensitivity analyses place progression between two assessments."
    )
    return [Caution("scanned-otherwise", message, _longer(arms, months))]


def other_years(arms: Pair[Level], years: Pair[float]) -> list[Caution]:
    """What changed over the years is compared with the arms."""
    message = N_(
        "Treated in other years: {arm} {year}, {other} {year_other} (medians).\n"
        "What else changed in these years, drugs after it, imaging, skill, is compared with "
        "the arms."
    )
    alike = N_(
        "Treated in other years, though the medians are alike ({year}).\n"
        "What else changed in these years, drugs after it, imaging, skill, is compared with "
        "the arms."
    )
    first, second = (str(round(year)) for year in years)
    values = (("arm", arms[0]), ("other", arms[1]), ("year", first), ("year_other", second))
    return [Caution("other-years", alike if first == second else message, values)]


def followed_otherwise(arms: Pair[Level], medians: Pair[Estimate]) -> list[Caution]:
    """One arm's curve rests on longer follow-up."""
    message = N_(
        "Followed for {months} months in {arm}, for {months_other} in {other} (medians).\n"
        "What comes late can be seen in {arm} alone. Compare the arms at times that both "
        "reach."
    )
    months = (medians[0].value, medians[1].value)
    return [Caution("followed-otherwise", message, _longer(arms, months))]


def _larger(numbers: Pair[float]) -> Pair[int]:
    """The places of two numbers, the larger one first."""
    return (0, 1) if numbers[0] > numbers[1] else (1, 0)


def _longer(arms: Pair[Level], months: Pair[float]) -> tuple[tuple[str, float | Level], ...]:
    """The arm with more months first."""
    first, second = _larger(months)
    return (
        ("arm", arms[first]),
        ("other", arms[second]),
        ("months", round(months[first], 1)),
        ("months_other", round(months[second], 1)),
    )


def _more(arms: Pair[Level], parts: Pair[tuple[int, int]]) -> tuple[tuple[str, int | Level], ...]:
    """The arm with the larger part first."""
    (k, n), (k_other, n_other) = parts
    first, second = _larger((k / n, k_other / n_other))
    return (
        ("arm", arms[first]),
        ("other", arms[second]),
        ("k", parts[first][0]),
        ("n", parts[first][1]),
        ("k_other", parts[second][0]),
        ("n_other", parts[second][1]),
    )


def with_last_dates(n: int, without: Estimate | None, median: Estimate | None) -> list[Caution]:
    """What the curve would be with the living who are left out, as far as the file knows them.

    `without`, `median`: None where they are withheld, or the curve does not carry them.
    """
    message = N_(
        "Counted until the last date that the file holds of each of the living left out (n = "
        "{n}), the median is {median}.\n"
        "Without them it is {without}."
    )
    values = (("n", n), ("median", median or _UNKNOWN), ("without", without or _UNKNOWN))
    return [Caution("last-dates-of-the-living", message, values)]


_UNKNOWN = N_("too uncertain to give")


def last_contact_instead(counted: Counted) -> list[Caution]:
    """Progression-free patients censored at last contact were not looked at until then."""
    endpoint = counted.endpoint
    if len(endpoint.last_seen) < 2:
        return []
    last = [
        n
        for end, n in counted.ended.items()
        if end.column == endpoint.last_seen[-1] and not end.event
    ]
    late = sum(int(n.sum()) for n in last)
    if not late:
        return []
    longer = N_(
        "{endpoint} may be too long: censored at last contact and not at the last scan, n = "
        "{n}.\n"
        "A column with the date of the last assessment would mend it."
    )
    rarer = N_(
        "Incidence of progression may be too low: censored at last contact and not at the "
        "last scan, n = {n}.\n"
        "A column with the date of the last assessment would mend it."
    )
    values = (("n", late), ("endpoint", endpoint))
    return [Caution("censored-at-last-contact", rarer if endpoint.competing else longer, values)]


def unplaced(n: int) -> list[Caution]:
    """Progression of which nobody says where it was."""
    if not n:
        return []
    message = N_(
        "Progressed, and the file does not say where, n = {n}: counted as progression in the liver."
    )
    return [Caution("site-unknown", message, (("n", n),))]


def together(n: int) -> list[Caution]:
    """Progression in the liver and outside it on one day."""
    if not n:
        return []
    message = N_(
        "Progressed in the liver and outside it on one day, n = {n}: counted as progression in the "
        "liver."
    )
    return [Caution("sites-together", message, (("n", n),))]


def from_first_procedure(origin: Column) -> list[Caution]:
    """Cumulative incidence is not estimated with late entry."""
    message = N_(
        "Cumulative incidence counts from the first procedure.\n"
        "The clock that the plan starts at another date ({origin}) holds for survival alone."
    )
    return [Caution("clock-of-incidence", message, (("origin", origin),))]


def too_few_to_test(cause: Level, events: int, small: SmallNumbers) -> list[Caution]:
    """Gray's test is of large samples, and nothing stands beside it where events are few."""
    message = N_(
        "{cause}, {events} event: Gray’s test needs {least}, and is withheld.",
        many="{cause}, {events} events: Gray’s test needs {least}, and is withheld.",
        by="events",
    )
    values = (("cause", cause), ("events", events), ("least", small.events_compared))
    return [Caution("too-few-to-test", message, values)]


def recorded_without_a_day(n: int) -> list[Caution]:
    """A letter for six months may have been seen some weeks later."""
    if not n:
        return []
    message = N_(
        "Classified by the letter recorded for a time, n = {n}: the scan may have come some weeks "
        "after it, and so after the landmark."
    )
    return [Caution("recorded-without-a-day", message, (("n", n),))]


def scans_unknown(n: int) -> list[Caution]:
    """Whether scans were missed can only be judged where the scan before the event is known."""
    if not n:
        return []
    message = N_(
        "The last scan before the event is not known, n = {n}: the event counts.\n"
        "Whether scans were missed cannot be judged; a sheet with a row for each assessment "
        "would tell."
    )
    return [Caution("scans-unknown", message, (("n", n),))]


def late_entry(origin: Column, endpoint: Endpoint) -> list[Caution]:
    """What cannot be said, or reads otherwise, where the clock starts before observation does."""
    message = N_(
        "The clock starts before the first procedure ({origin}); patients are counted from "
        "the first procedure on.\n"
        "Nobody who died before it is in the file. Mean time, median follow-up and the "
        "permutation test are not defined so and are withheld."
    )
    found = [Caution("late-entry", message, (("origin", origin),))]
    if endpoint.events != ("death_date",) and endpoint.events:
        progression = N_(
            "{endpoint}: only progression after the first procedure counts.\n"
            "What came between the clock’s start and the first procedure does not."
        )
        found.append(Caution("events-before-entry", progression, (("endpoint", endpoint),)))
    return found


def few_events(events: Sequence[int], small: SmallNumbers) -> list[Caution]:
    """Too few events for a hazard ratio."""
    total = sum(events)
    if total >= small.events_compared and min(events) >= small.arm_events_compared:
        return []
    message = N_(
        "{total} event in all, {fewest} in the arm with fewest: a hazard ratio needs "
        "{least} and {least_arm}, and is withheld.",
        many="{total} events in all, {fewest} in the arm with fewest: a hazard ratio needs "
        "{least} and {least_arm}, and is withheld.",
        by="total",
    )
    values = (
        ("total", total),
        ("fewest", min(events)),
        ("least", small.events_compared),
        ("least_arm", small.arm_events_compared),
    )
    return [Caution("few-events", message, values)]


def unread(n: int) -> list[Caution]:
    """Responses that were typed but could not be read lower every rate."""
    if not n:
        return []
    message = N_(
        "Recorded in words that could not be read, n = {n}: set aside and counted as no "
        "response.\n"
        "Say on the Cohort page, under Map, what they mean."
    )
    return [Caution("unread-responses", message, (("n", n),))]


def disagreements(found: Derivation) -> list[Caution]:
    """What the file records is not what its measurements show."""
    n = found.differences
    if not n:
        return []
    message = (
        N_(
            "Responses recorded otherwise than measurements show: {n} in {patients} "
            "patient. The derived ones are used.\n"
            "The Response page lists each, with its reason.",
            many="Responses recorded otherwise than measurements show: {n} in {patients} "
            "patients. The derived ones are used.\n"
            "The Response page lists each, with its reason.",
            by="patients",
        )
        if found.derived
        else N_(
            "Responses recorded otherwise than measurements show: {n} in {patients} "
            "patient. The recorded ones are used.\n"
            "The Response page lists each, with its reason.",
            many="Responses recorded otherwise than measurements show: {n} in {patients} "
            "patients. The recorded ones are used.\n"
            "The Response page lists each, with its reason.",
            by="patients",
        )
    )
    return [Caution("disagreements", message, (("n", n), ("patients", found.disagreeing)))]


def contradicted(months: int, n: int) -> list[Caution]:
    """A response for a time long after the patient's death cannot be one."""
    if not n:
        return []
    message = N_(
        "Recorded for {months} month, when the patient had long been dead, n = {n}: not counted.",
        many="Recorded for {months} months, when the patient had long been dead, n = {n}: "
        "not counted.",
        by="months",
    )
    return [Caution("responses-after-death", message, (("months", months), ("n", n)))]


def dead_some_time(n: int) -> list[Caution]:
    """The dead without a date may have died before this time or after it."""
    if not n:
        return []
    message = N_("Dead, without a date and without a response, n = {n}: counted as without a scan.")
    return [Caution("dead-without-a-date", message, (("n", n),))]


def letters_not_due(n: int) -> list[Caution]:
    """A scan that came before its time is left out with those who are not due."""
    if not n:
        return []
    message = N_(
        "With a response, but not followed to this time by the date the file ends, n = {n}: "
        "entered too late, not counted.\n"
        "Counting only the early ones would favour early progression."
    )
    return [Caution("responses-not-due", message, (("n", n),))]


def no_event(never: Sequence[Level], at_once: Sequence[Level] = ()) -> list[Caution]:
    """A mean without an event, or with all at one time, has no standard error.

    `never`, `at_once`: the arms of which either holds.
    """
    nobody = N_(
        "Nobody in {arms} had the event in the time that is compared: the difference of mean time "
        "is withheld.\n"
        "A mean time without an event has no limits."
    )
    together = N_(
        "All in {arms} had the event at one time: the difference of mean time is withheld.\n"
        "A mean time of events at one time has no limits."
    )
    found = []
    if never:
        found.append(Caution("no-event-before-the-horizon", nobody, (("arms", tuple(never)),)))
    if at_once:
        found.append(Caution("events-at-one-time", together, (("arms", tuple(at_once)),)))
    return found


def untestable(together: bool) -> list[Caution]:
    """A test compares at event times those at risk in each group, of whom some have no event.

    `together`: whether at some event patients of several groups were at risk.
    """
    never = N_("At no event were patients of both groups at risk: the test has no value.")
    at_once = N_(
        "Whenever patients of both groups were at risk and some had the event, all had it: the "
        "test has no value."
    )
    return [Caution("untestable", at_once if together else never)]


def nothing_happened() -> list[Caution]:
    """Without an event there is nothing to test."""
    return [Caution("no-events", N_("Nobody had the event: there is nothing to test."))]


def separated() -> list[Caution]:
    """The likelihood has no maximum where each event finds only one arm."""
    message = N_(
        "The arms separate completely: the hazard ratio has no finite estimate.\n"
        "Firth’s correction is given in its place."
    )
    return [Caution("separation", message)]


def separated_in_time() -> list[Caution]:
    """Every event, or none, comes after the change."""
    message = N_(
        "The hazard ratio has no finite estimate; Firth’s correction is given in its place.\n"
        "At each event only those before a second modality were at risk of it, or only those "
        "after it had it."
    )
    return [Caution("separation", message)]


def unmeasured() -> list[Caution]:
    """Only what the file records can be adjusted for."""
    message = N_(
        "Adjusted for what the file records, as it records it.\n"
        "What it does not record may still explain a difference."
    )
    return [Caution("unmeasured", message)]


def told_apart() -> list[Caution]:
    """The covariates tell the arms apart, so that no weight makes them alike."""
    message = N_(
        "The covariates tell the arms apart almost completely, so that weighting does not "
        "balance them exactly.\n"
        "The propensity is estimated with Firth’s correction. Choose fewer."
    )
    return [Caution("arms-told-apart", message)]


def model_separated() -> list[Caution]:
    """A covariate of the model has no finite estimate."""
    message = N_(
        "A covariate has no finite estimate, because one of its levels has no event.\n"
        "The model is estimated with Firth’s correction."
    )
    return [Caution("model-separation", message)]


def model_diverged() -> list[Caution]:
    """A covariate of a model of patients whose rows are not held has no finite estimate."""
    message = N_(
        "A covariate has no finite estimate, because one of its levels has no event.\n"
        "The others are estimated beside it; Firth’s correction needs the rows of the patients."
    )
    return [Caution("model-diverged", message)]


def complete_cases(left: int, patients: int, most: int | None, counted: bool) -> list[Caution]:
    """Patients with a missing covariate have no part in what is adjusted.

    `most`: up to how many patients values are drawn, where these are more. `counted`: whether no
    row is held.
    """
    values = (("left", left), ("n", patients))
    if counted:
        message = N_(
            "Left out of what is adjusted because a covariate has no value: {left} of {n}.\n"
            "Missing values are drawn only where the rows of the patients are held."
        )
        return [Caution("complete-cases", message, values)]
    if most is None:
        message = N_(
            "Left out of what is adjusted because a covariate has no value: {left} of {n}.\n"
            "Missing values are drawn only where the clock starts at the first procedure."
        )
        return [Caution("complete-cases", message, values)]
    message = N_(
        "Left out of what is adjusted because a covariate has no value: {left} of {n}.\n"
        "Missing values are drawn while patients are at most {most}; a filter may "
        "select so many."
    )
    return [Caution("complete-cases", message, (*values, ("most", most)))]


def complete_cases_differ(whole: float, part: float) -> list[Caution]:
    """Hazard ratios as treated, of all patients and of those whose covariates are all known."""
    if not (isfinite(whole) and isfinite(part)) or round(whole, 2) == round(part, 2):
        return []
    message = N_(
        "Without those left out the hazard ratio as treated is {part}, of all it is {whole}.\n"
        "What is adjusted may be off in the same direction."
    )
    values = (("whole", round(whole, 2)), ("part", round(part, 2)))
    return [Caution("complete-cases-differ", message, values)]


def many_tests(tests: int) -> list[Caution]:
    """Among many tests of the same patients some are below 0.05 by chance."""
    if tests < _MANY:
        return []
    message = N_(
        "Several tests of the same patients: some may be below 0.05 by chance alone.\n"
        "Read the p-values adjusted for their number, and take what was not asked for beforehand "
        "as a hypothesis, not as a finding."
    )
    return [Caution("many-tests", message)]


def of_centres(found: MetaAnalysis) -> list[Caution]:
    """One effect of all centres says little where they differ, or are too few to tell whether."""
    if found.average is None:
        message = N_(
            "Fewer than {least} centre: whether their effects differ can hardly be seen.\n"
            "The limits take all centres to have one effect; where that is not so, they "
            "are too narrow, and say nothing of another centre.",
            many="Fewer than {least} centres: whether their effects differ can hardly be seen.\n"
            "The limits take all centres to have one effect; where that is not so, they "
            "are too narrow, and say nothing of another centre.",
            by="least",
        )
        return [Caution("few-centres", message, (("least", FEWEST),))]
    if found.pvalue < _DIFFERING:
        message = N_(
            "The centres differ by more than chance.\n"
            "Read the average with its limits and the effect to expect in another centre, and not "
            "the one common effect."
        )
        return [Caution("centres-differ", message)]
    return []


def curves_cross(arms: Pair[Level], found: Crossing) -> list[Caution]:
    """Each curve leads for a time: one number of the whole time says little of either."""
    if not found.crosses or found.reference is None or found.comparison is None:
        return []
    message = N_(
        "Each curve leads for a time: {reference} by {points} points at {months} months, "
        "{comparison} by {points_other} at {months_other}.\n"
        "Each lead exceeds its error, and one number for all of the time says little of "
        "either. Of 100 cohorts without any difference, 1 looks so; of 100 whose curves cross"
        " at 12 months, 31 with 30 patients an arm and 74 with 60."
    )
    values = (
        ("reference", arms[0]),
        ("points", round(100 * found.reference.size, 1)),
        ("months", round(found.reference.time, 1)),
        ("comparison", arms[1]),
        ("points_other", round(100 * found.comparison.size, 1)),
        ("months_other", round(found.comparison.time, 1)),
    )
    return [Caution("curves-cross", message, values)]


def not_proportional(pvalue: float) -> list[Caution]:
    """The hazard ratio is an average over times at which it differs."""
    if not pvalue < _PROPORTIONAL:
        return []
    message = N_(
        "The hazard ratio changes with time (test of proportional hazards): the single ratio "
        "is an average.\n"
        "The difference of mean time does not assume proportionality. Of 100 cohorts whose "
        "ratio does not change, 5 look so; of 100 whose curves cross at 12 months, 88 with 30"
        " patients an arm and 99 with 60."
    )
    return [Caution("not-proportional", message)]


def unbalanced(columns: Sequence[Column], tried: int) -> list[Caution]:
    """The arms differ at baseline by more than arms of this size do once in twenty by chance.

    `tried`: in how many columns it can be seen whether they do.
    """
    if not columns:
        return []
    message = N_(
        "The arms differ at baseline in: {columns}.\n"
        "In each of them by more than arms of this size differ by chance alone in one "
        "cohort of twenty; {tried} feature was looked at. What else decides the "
        "outcome may differ as well.",
        many="The arms differ at baseline in: {columns}.\n"
        "In each of them by more than arms of this size differ by chance alone in one "
        "cohort of twenty; {tried} features were looked at. What else decides the "
        "outcome may differ as well.",
        by="tried",
    )
    values = (("columns", tuple(columns)), ("tried", tried))
    return [Caution("unbalanced", message, values)]


def nothing_in_common(
    compared: Column, covariates: Sequence[tuple[Column, int]], patients: int
) -> list[Caution]:
    """The arms share no level of a covariate, which is compared as much as they are.

    `compared`: whose levels the arms are. `covariates`: each with the patients of the arms of whom
    it is known. `patients`: of the arms.
    """
    found = []
    for column, known in covariates:
        if (compared.name, column.name, known) == ("modality", "centre", patients):
            message = N_(
                "Each centre gave only one modality of the two: this compares the centres, and no "
                "adjustment can part them."
            )
        elif column.kind == "number":
            message = N_(
                "{column}, known of {known} of {n}: all values of one arm lie above "
                "those of the other.\n"
                "This compares the one as much as the other, and no adjustment can part them."
            )
        else:
            message = N_(
                "{column}, known of {known} of {n}: no level is common to both arms.\n"
                "This compares the one as much as the other, and no adjustment can part them."
            )
        values = (("column", column), ("known", known), ("n", patients))
        found.append(Caution("nothing-in-common", message, values))
    return found


def one_arm_levels(levels: Sequence[tuple[Column, Level, int]]) -> list[Caution]:
    """Patients of a level that one arm alone has are compared with nobody like them."""
    message = N_(
        "{level}, n = {n}, in one arm alone.\n"
        "Nobody alike in this is in the other, so that adjusting has nothing to compare these"
        " patients with."
    )
    return [
        Caution("level-of-one-arm", message, (("level", replace(level, of=column)), ("n", n)))
        for column, level, n in levels
    ]


def known_of_one_arm(columns: Sequence[Column]) -> list[Caution]:
    """Whether the arms differ in what is known of one alone, nobody can see."""
    if not columns:
        return []
    message = N_(
        "Known of patients of one arm alone: {columns}.\n"
        "Whether the arms differ in it cannot be seen, and nothing is adjusted for it."
    )
    return [Caution("known-of-one-arm", message, (("columns", tuple(columns)),))]


def substituted(part: str, wanted: str | Level, taken: Level) -> list[Caution]:
    """The plan names an arm that has no patient here."""
    message = N_("The plan’s arm '{wanted}' has no patient here; {taken} is taken in its place.")
    return [Caution(f"{part} substituted", message, (("wanted", wanted), ("taken", taken)))]


def no_horizon(taus: Sequence[float], shortest: float) -> list[Caution]:
    """No horizon of the plan lies within the follow-up of both arms."""
    message = N_(
        "Mean time needs {least} month of follow-up in both arms; one has {shortest}: "
        "it is withheld.",
        many="Mean time needs {least} months of follow-up in both arms; one has {shortest}: "
        "it is withheld.",
        by="least",
    )
    values = (("least", min(taus)), ("shortest", floor(10 * shortest) / 10))
    return [Caution("no-horizon", message, values)]


def not_followed(months: float, n: int) -> list[Caution]:
    """Without dates nobody knows who was not yet due at a time."""
    if not n:
        return []
    message = N_(
        "Followed for less than {months} month, alive, without dates, n = {n}: counted "
        "as without a scan.\n"
        "Some may simply not have been due.",
        many="Followed for less than {months} months, alive, without dates, n = {n}: "
        "counted as without a scan.\n"
        "Some may simply not have been due.",
        by="months",
    )
    return [Caution("not-followed", message, (("n", n), ("months", months)))]


def fatal_yet_alive(scale: str, grade: str, n: int) -> list[Caution]:
    """A fatal complication in a patient who is not recorded as dead."""
    if not n:
        return []
    message = N_(
        "{scale} grade {grade} means death, and is recorded of patients who are not recorded as "
        "dead, n = {n}: please check."
    )
    return [Caution("fatal-yet-alive", message, (("scale", scale), ("grade", grade), ("n", n)))]


def grades_unread(scale: str, grades: Sequence[str], n: int) -> list[Caution]:
    """Patients whose grades could not be read count among those with an event of any grade."""
    if not n:
        return []
    message = N_(
        "With an event and without a grade that is one of {scale} {grades}, n = {n}.\n"
        "Counted among any grade and not among the severe, whose share is then too low."
    )
    values = (("scale", scale), ("grades", ", ".join(grades)), ("n", n))
    return [Caution("grades-unread", message, values)]


_CAME = {
    "second modality": N_("a second modality", "later-second-modality"),
    "new therapy": N_("a new systemic therapy", "later-new-therapy"),
}


def later_undated(later: Later) -> list[Caution]:
    """Nobody can be censored at what has no date."""
    message = N_("The file does not date {later}, so that nobody can be censored at it.")
    return [Caution("later-undated", message, (("later", _CAME[later]),))]


def censored_informatively(
    later: Later, arms: Pair[Level], parts: Pair[tuple[int, int]]
) -> list[Caution]:
    """Who changes treatment is not like those who do not, so that censoring bends the curve."""
    (k, n), (k_other, n_other) = parts
    if not k + k_other:
        return []
    unequal = N_(
        "Censored at {later}, and informatively so: {arm} {k} of {n}, {other} {k_other} of "
        "{n_other}.\n"
        "This is another question, what if nobody had come to it, answered as if those who did "
        "were like those who did not. Mostly they do worse: then the curves are too high, that of "
        "{arm} most. Where they do better, too low."
    )
    equal = N_(
        "Censored at {later}, and informatively so: {arm} {k} of {n}, {other} {k_other} of "
        "{n_other}.\n"
        "This is another question, what if nobody had come to it, answered as if those who did "
        "were like those who did not. Mostly they do worse: then both curves are too high. Where "
        "they do better, too low."
    )
    message = equal if k * n_other == k_other * n else unequal
    return [
        Caution("censored-informatively", message, (("later", _CAME[later]), *_more(arms, parts)))
    ]


def unscanned(missing: int, n: int) -> list[Caution]:
    """Without dates of assessments nobody knows between which of them progression lies."""
    message = N_(
        "Of {missing} of {n} patient the file dates no assessment: withheld.\n"
        "Their progression cannot be placed between two assessments.",
        many="Of {missing} of {n} patients the file dates no assessment: withheld.\n"
        "Their progression cannot be placed between two assessments.",
        by="n",
    )
    return [Caution("assessments-undated", message, (("missing", missing), ("n", n)))]


def past_the_scans() -> list[Caution]:
    """No horizon of the plan lies within the assessments of both arms."""
    message = N_(
        "The assessments of one arm end before the first horizon of the plan, so that mean time "
        "between them is withheld."
    )
    return [Caution("past-the-scans", message)]
