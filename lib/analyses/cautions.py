"""What is wrong with reading a number, and what to read instead. A rule is one function here.

A caution is shown beside its number, can be read but not switched off, and stays in every export.
What it says stands in `cautions.toml`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite
from pathlib import Path
from typing import TypeVar

from lib.analyses.counted import Counted, Counts, Later, Population
from lib.analyses.derivation import Derivation
from lib.analyses.provenance import Provenance
from lib.language import N_, Template, marked, template
from lib.plan import Reading, SmallNumbers
from lib.schema import Column, Endpoint, Level
from lib.statistics.crossing import Crossing
from lib.statistics.estimate import Estimate
from lib.statistics.pooling import FEWEST, MetaAnalysis

_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_MOVED = 0.005
"""By how much the share with an event must move, of all or of a group, where some are left out:
less than whole per cents show."""
_DIFFERING = 0.1  # of Cochran’s Q, which finds little among few centres
Of = TypeVar("Of")
Pair = tuple[Of, Of]
"""Of both arms, reference first."""
Several = tuple[Column, ...] | tuple[Level, ...] | tuple[str, ...]
Value = str | int | float | Level | Column | Endpoint | Estimate | Several


@dataclass(frozen=True, slots=True)
class Caution:
    """A rule that fired."""

    code: str  # the rule's name, the same in every export
    # An `N_` template: one line that says what is the matter, and below it why, and what to read
    # instead.
    message: Template
    # What the template names; a `Level`, a `Column` or an `Endpoint` is worded by its label.
    values: tuple[tuple[str, Value], ...] = ()


def caution(code: str, says: str = "", /, **values: Value) -> list[Caution]:
    """A caution, by the name of what it says where that is another than its code."""
    return [Caution(code, marked(_SAID[says or code]), tuple(values.items()))]


def of_some(code: str, /, **values: Value) -> list[Caution]:
    """A caution of n patients; none where it is of nobody."""
    return caution(code, **values) if values["n"] else []


_PROPORTIONAL = 0.05
_MANY = 2
_SEVERAL = 10  # patients of whom some are rarely all dead
OF_A_TEST = ("untestable", "no-events")
"""Codes of what stands in the way of a test, and of nothing else."""
(NOT_RANDOMISED,) = caution("not-randomised")


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
    return caution("not-randomised", "not-randomised-groups")[0]


def few_patients(
    levels: Sequence[Level], counts: Sequence[int], small: SmallNumbers
) -> list[Caution]:
    """Arms too small for percentages, and arms too small to be compared."""
    found = []
    for level, n in zip(levels, counts, strict=True):
        if n < small.arm_counted:
            found += caution("arm-counted", arm=level, n=n, least=small.arm_counted)
        elif n < small.arm_compared:
            found += caution("arm-described", arm=level, n=n, least=small.arm_compared)
    return found


def both_recorded(whence: Provenance) -> list[Caution]:
    """Patients recorded as *both*, in a file without the dates that would say which came first."""
    if not whence.both_recorded:
        return []
    dated = whence.plan.study.modality_rule == "as recorded"
    says = "both-recorded-dated" if dated else "both-recorded-undated"
    return caution("both-recorded", says, n=whence.both)


def unsettled(reading: Reading, groups: Counts) -> list[Caution]:
    """Groups under a word of the file that is still asked about: another may be the same."""
    known = {level.code for level in groups.column.levels}
    said = {(v.column, v.value) for v in reading.values if v.value == v.level}
    asked = [
        (level, n)
        for level, n in zip(groups.levels, groups.n, strict=True)
        if known and level.code not in known and (groups.column.name, level.code) not in said
    ]
    words = tuple(f"'{level.code}'" for level, _n in asked)
    return caution("unsettled", samples=words, n=sum(n for _l, n in asked)) if asked else []


def no_modality(n: int) -> list[Caution]:
    """Patients without a value of the column that groups are in no group."""
    return of_some("ungrouped", n=n)


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
    found = []
    for reason, n in counted.left_out.items():
        of, why = counted.endpoint, template(reason)
        found += of_some("set-aside", n=int(n.sum()), endpoint=of, reason=why)
    return found + _one_outcome_rather(counted)


def _one_outcome_rather(counted: Counted) -> list[Caution]:
    """Who is left out is not left out by chance where one outcome is left out more often."""
    (events, happened), (others, not_yet) = counted.outcome(True), counted.outcome(False)
    balanced = events * not_yet == others * happened
    if not counted.any or balanced or _moved(counted) < _MOVED:
        return []
    rather = events * not_yet > others * happened
    if counted.endpoint.competing:  # an incidence rises where survival falls
        rather = not rather
    says = "curve-too-high" if rather else "curve-too-low"
    sizes = {"events": events, "happened": happened, "others": others, "not_yet": not_yet}
    return caution("one-outcome-left-out", says, **sizes)


def _moved(counted: Counted) -> float:
    """How far the share with the event among those in the curve is from that among all told of.

    Of all groups together, or of one that moves further the same way: each may be drawn.
    """
    left_out, there = counted.told[:, 0], counted.told[:, 1]
    whole = _shift(left_out.sum(axis=1).tolist(), there.sum(axis=1).tolist())
    each = zip(left_out.T.tolist(), there.T.tolist(), strict=True)
    way = 1 if whole > 0 else -1
    return max(way * shift for shift in (whole, *(_shift(*group) for group in each)))


def _shift(left_out: Sequence[int], there: Sequence[int]) -> float:
    """What leaving some out adds to the share with the event; each with it, and without."""
    kept = sum(there) - sum(left_out)
    return (there[0] - left_out[0]) / kept - there[0] / sum(there) if kept else 0.0


def nobody_lives(counted: Counted) -> list[Caution]:
    """A file of the dead alone makes every curve too low, and looks like complete follow-up."""
    n, events = int(counted.everyone.n.sum()), int(counted.everyone.events.sum())
    if counted.endpoint.events != ("death_date",) or n < _SEVERAL or events < n:
        return []
    return caution("nobody-alive", n=n)


def living_left_out(arms: Pair[Level], parts: Pair[tuple[int, int]]) -> list[Caution]:
    """One arm's living are left out more often than the other's."""
    return caution("living-left-out", **_more(arms, parts))


def dead_left_out(arms: Pair[Level], parts: Pair[tuple[int, int]]) -> list[Caution]:
    """One arm's deaths are left out more often than the other's."""
    return caution("dead-left-out", **_more(arms, parts))


def lost(arms: Pair[Level], parts: Pair[tuple[int, int]], months: float) -> list[Caution]:
    """Contact with one arm's living was lost more often than with the other's."""
    return caution("lost-in-one-arm", **_more(arms, parts), months=months)


def scanned_otherwise(arms: Pair[Level], months: Pair[float]) -> list[Caution]:
    """Progression is found at a scan, so that it is found later where scans are rarer."""
    return caution("scanned-otherwise", **_longer(arms, months))


def other_years(arms: Pair[Level], years: Pair[float]) -> list[Caution]:
    """What changed over the years is compared with the arms."""
    first, second = (str(round(year)) for year in years)
    says = "other-years-alike" if first == second else ""
    return caution("other-years", says, arm=arms[0], other=arms[1], year=first, year_other=second)


def followed_otherwise(arms: Pair[Level], medians: Pair[Estimate]) -> list[Caution]:
    """One arm's curve rests on longer follow-up."""
    return caution("followed-otherwise", **_longer(arms, (medians[0].value, medians[1].value)))


def _larger(numbers: Pair[float]) -> Pair[int]:
    """The places of two numbers, the larger one first."""
    return (0, 1) if numbers[0] > numbers[1] else (1, 0)


def _longer(arms: Pair[Level], months: Pair[float]) -> dict[str, float | Level]:
    """The arm with more months first."""
    first, second = _larger(months)
    longer, other = round(months[first], 1), round(months[second], 1)
    return {"arm": arms[first], "other": arms[second], "months": longer, "months_other": other}


def _more(arms: Pair[Level], parts: Pair[tuple[int, int]]) -> dict[str, int | Level]:
    """The arm with the larger part first."""
    shares = parts[0][0] / parts[0][1], parts[1][0] / parts[1][1]
    first, second = _larger(shares)
    (k, n), (k_other, n_other) = parts[first], parts[second]
    sizes = {"k": k, "n": n, "k_other": k_other, "n_other": n_other}
    return {"arm": arms[first], "other": arms[second], **sizes}


def with_last_dates(n: int, without: Estimate | None, median: Estimate | None) -> list[Caution]:
    """What the curve would be with the living who are left out, as far as the file knows them.

    `without`, `median`: None where they are withheld, or the curve does not carry them.
    """
    medians = {"median": median or _UNKNOWN, "without": without or _UNKNOWN}
    return caution("last-dates-of-the-living", n=n, **medians)


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
    code = "censored-at-last-contact"
    says = "progression-rarer" if endpoint.competing else code
    late = sum(int(n.sum()) for n in last)
    return caution(code, says, n=late, endpoint=endpoint) if late else []


def late_entry(origin: Column, endpoint: Endpoint) -> list[Caution]:
    """What cannot be said, or reads otherwise, where the clock starts before observation does."""
    found = caution("late-entry", origin=origin)
    if endpoint.events != ("death_date",) and endpoint.events:
        found += caution("events-before-entry", endpoint=endpoint)
    return found


def few_events(events: Sequence[int], small: SmallNumbers) -> list[Caution]:
    """Too few events for a hazard ratio."""
    total, fewest = sum(events), min(events)
    if total >= small.events_compared and fewest >= small.arm_events_compared:
        return []
    least = {"least": small.events_compared, "least_arm": small.arm_events_compared}
    return caution("few-events", total=total, fewest=fewest, **least)


def disagreements(found: Derivation) -> list[Caution]:
    """What the file records is not what its measurements show."""
    says = "disagreements-derived" if found.derived else "disagreements-recorded"
    if not found.differences:
        return []
    return caution("disagreements", says, n=found.differences, patients=found.disagreeing)


def no_event(never: Sequence[Level], at_once: Sequence[Level] = ()) -> list[Caution]:
    """A mean without an event, or with all at one time, has no standard error.

    `never`, `at_once`: the arms of which either holds.
    """
    found = caution("no-event-before-the-horizon", arms=tuple(never)) if never else []
    return found + (caution("events-at-one-time", arms=tuple(at_once)) if at_once else [])


def untestable(together: bool) -> list[Caution]:
    """A test compares at event times those at risk in each group, of whom some have no event.

    `together`: whether at some event patients of several groups were at risk.
    """
    return caution("untestable", "untestable-at-once" if together else "untestable-never")


def complete_cases(left: int, patients: int, most: int | None, counted: bool) -> list[Caution]:
    """Patients with a missing covariate have no part in what is adjusted.

    `most`: up to how many patients values are drawn, where these are more. `counted`: whether no
    row is held.
    """
    if counted or most is None:
        says = "complete-cases-counted" if counted else "complete-cases-late"
        return caution("complete-cases", says, left=left, n=patients)
    return caution("complete-cases", left=left, n=patients, most=most)


def complete_cases_differ(whole: float, part: float) -> list[Caution]:
    """Hazard ratios as treated, of all patients and of those whose covariates are all known."""
    if not (isfinite(whole) and isfinite(part)) or round(whole, 2) == round(part, 2):
        return []
    return caution("complete-cases-differ", whole=round(whole, 2), part=round(part, 2))


def many_tests(tests: int) -> list[Caution]:
    """Among many tests of the same patients some are below 0.05 by chance."""
    return caution("many-tests") if tests >= _MANY else []


def of_centres(found: MetaAnalysis) -> list[Caution]:
    """One effect of all centres says little where they differ, or are too few to tell whether."""
    if found.average is None:
        return caution("few-centres", least=FEWEST)
    return caution("centres-differ") if found.pvalue < _DIFFERING else []


def curves_cross(arms: Pair[Level], found: Crossing) -> list[Caution]:
    """Each curve leads for a time: one number of the whole time says little of either."""
    if not found.crosses or found.reference is None or found.comparison is None:
        return []
    values: dict[str, float | Level] = {}
    for name, arm, lead in zip(
        ("reference", "comparison"), arms, (found.reference, found.comparison), strict=True
    ):
        other = "_other" if values else ""
        values[name] = arm
        values[f"points{other}"] = round(100 * lead.size, 1)
        values[f"months{other}"] = round(lead.time, 1)
    return caution("curves-cross", **values)


def not_proportional(pvalue: float) -> list[Caution]:
    """The hazard ratio is an average over times at which it differs."""
    return caution("not-proportional") if pvalue < _PROPORTIONAL else []


def unbalanced(columns: Sequence[Column], tried: int) -> list[Caution]:
    """The arms differ at baseline by more than arms of this size do once in twenty by chance.

    `tried`: in how many columns it can be seen whether they do.
    """
    return caution("unbalanced", columns=tuple(columns), tried=tried) if columns else []


def nothing_in_common(
    compared: Column, covariates: Sequence[tuple[Column, int]], patients: int
) -> list[Caution]:
    """The arms share no level of a covariate, which is compared as much as they are.

    `compared`: whose levels the arms are. `covariates`: each with the patients of the arms of whom
    it is known. `patients`: of the arms.
    """
    found = []
    for column, known in covariates:
        says = "no-values-in-common" if column.kind == "number" else "no-level-in-common"
        if (compared.name, column.name, known) == ("modality", "centre", patients):
            says = "centres-of-one-modality"
        found += caution("nothing-in-common", says, column=column, known=known, n=patients)
    return found


def one_arm_levels(levels: Sequence[tuple[Column, Level, int]]) -> list[Caution]:
    """Patients of a level that one arm alone has are compared with nobody like them."""
    of_each = (
        caution("level-of-one-arm", level=replace(level, of=column), n=n)
        for column, level, n in levels
    )
    return [each for found in of_each for each in found]


def known_of_one_arm(columns: Sequence[Column]) -> list[Caution]:
    """Whether the arms differ in what is known of one alone, nobody can see."""
    return caution("known-of-one-arm", columns=tuple(columns)) if columns else []


def substituted(part: str, wanted: str | Level, taken: Level) -> list[Caution]:
    """The plan names an arm that has no patient here."""
    return caution(f"{part} substituted", "arm-substituted", wanted=wanted, taken=taken)


def no_horizon(taus: Sequence[float], shortest: float) -> list[Caution]:
    """No horizon of the plan lies within the follow-up of both arms."""
    return caution("no-horizon", least=min(taus), shortest=floor(10 * shortest) / 10)


def later_undated(later: Later) -> list[Caution]:
    """Nobody can be censored at what has no date."""
    return caution("later-undated", later=_CAME[later])


_CAME = {
    "second modality": N_("a second modality", "later-second-modality"),
    "new therapy": N_("a new systemic therapy", "later-new-therapy"),
}


def censored_informatively(
    later: Later, arms: Pair[Level], parts: Pair[tuple[int, int]]
) -> list[Caution]:
    """Who changes treatment is not like those who do not, so that censoring bends the curve."""
    (k, n), (k_other, n_other) = parts
    if not k + k_other:
        return []
    code = "censored-informatively"
    says = f"{code}-in-both" if k * n_other == k_other * n else code
    return caution(code, says, later=_CAME[later], **_more(arms, parts))


def unscanned(missing: int, n: int) -> list[Caution]:
    """Without dates of assessments nobody knows between which of them progression lies."""
    return caution("assessments-undated", missing=missing, n=n)
