"""What a paper says was found, in whole sentences: results of the exhibits shown, and an abstract.

Whatever an exhibit says of a contrast is taken from it, so that no claim is made twice in two ways.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lib import text
from lib.analyses.baseline import Baseline, Feature
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.complications import EARLY
from lib.analyses.everything import Everything
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.response import ResponseAt, ResponseByGroup, bars
from lib.analyses.survival import GroupSurvival, SurvivalByGroup
from lib.analyses.toxicity import Rates, Toxicity, Worst
from lib.exhibits import (
    balance,
    comparison,
    exhibit,
    incidence,
    response,
    short,
    survival,
    tail,
)
from lib.exhibits.exhibit import MOST_HEADLINES, Exhibit
from lib.language import _, ngettext, worded
from lib.schema import Column, Level
from lib.statistics.proportions import Proportion

ABSTRACT = 130
"""Words of an abstract, at most; what does not fit any more is not in it."""
_TOLD = ("age", "sex", "ecog")  # what is told of patients at baseline, where it is known


class Shown(NamedTuple):
    """An exhibit, where it stands, and what it is called."""

    exhibit: Exhibit
    places: tuple[str, ...]
    title: str


def leading(compared: Comparison) -> SurvivalContrast | None:
    """The contrast of the primary endpoint, else the first; None where there is none."""
    primary = compared.provenance.plan.protocol.primary
    named = [each for each in compared.survivals if each.endpoint.code == primary]
    return next(iter(named or compared.survivals), None)


# Groups in a sentence ---------------------------------------------------------------------------


def _whose(column: Column | None, level: Level, n: int) -> str:
    """``in all 36 patients``, ``after Chemoinfusion (HAI)``."""
    if level.code == "all" or column is None:
        return ngettext("in the {n} patient", "in all {n} patients", n).format(n=n)
    return text.of_group(column, level)


def _each(column: Column | None, told: Iterable[tuple[Level, int, str]]) -> str:
    """``22.0 in all 36 patients, 21.8 after HAI and 23.5 after TACE``."""
    return text.listed(
        _("{value} {whose}").format(value=words, whose=_whose(column, level, n))
        for level, n, words in told
    )


def _pointing(words: Iterable[str], places: Sequence[str]) -> str:
    """Sentences, the first of which points to figures and tables."""
    first, *others = text.sentences(exhibit.joined(*words))
    if first and places:
        first = _("{sentence} ({places}).").format(
            sentence=text.unended(first), places="; ".join(places)
        )
    return exhibit.joined(first, *others)


# Results -----------------------------------------------------------------------------------------


def results(found: Everything, shown: Sequence[tuple[Exhibit, tuple[str, ...], str]]) -> list[str]:
    """A paragraph of each exhibit that says something, and a line of the others.

    `shown`: each with where it stands, and what it is called.
    """
    paragraphs, others = [], []
    for each in map(Shown._make, shown):
        words = _of_exhibit(found, each.exhibit)
        if words:
            paragraphs.append(_pointing(words, each.places))
        elif each.places:
            others.append(
                _("{title} ({places})").format(
                    title=text.lowered(each.title), places="; ".join(each.places)
                )
            )
    if others:
        paragraphs.append(_("Shown as well: {titles}.").format(titles="; ".join(others)))
    return paragraphs


def _of_exhibit(found: Everything, shown: Exhibit) -> list[str]:
    """What is said of an exhibit: in prose where it is worded here, else as it says it itself."""
    analysis, *arguments = shown.made
    if shown.key in _BY_KEY:
        return list(_BY_KEY[shown.key](found))
    if analysis == "survival.by_group" and shown.draw is not None:
        return list(_survival(found.survival[arguments[0]]))
    if analysis == "incidence.by_group" and shown.sentences:
        return list(_incidence(found.incidence[arguments[0]]))
    if analysis == "comparison.of_arms" and shown.sentences:
        return [*shown.sentences, shown.estimand]
    return list(shown.sentences)


def _patients(found: Everything) -> Iterator[str]:
    """From rows to patients under study."""
    read, aside, whole = found.provenance.rows_to_patients
    under = found.provenance.n
    rows = ngettext("{n} row was read", "{n} rows were read", read).format(n=read)
    if aside:
        gone = ngettext("{n} was set aside", "{n} were set aside", aside).format(n=aside)
        rows = _("{rows}, of which {gone}").format(rows=rows, gone=gone)
    told = _("{rows}; {patients} remained").format(rows=rows, patients=text.patients(whole))
    if not aside:
        told = _("{rows}, of {patients}").format(rows=rows, patients=text.patients(whole))
    if under == whole:
        yield _("{told}.").format(told=told)
        return
    were = ngettext("{n} of them is under study", "{n} of them are under study", under)
    yield _("{told}, and {under}.").format(told=told, under=were.format(n=under))


def _baseline(found: Everything) -> Iterator[str]:
    """Who they are: how many of each group, and the first features."""
    first = found.baseline
    yield from _groups(first)
    features = {each.column.name: each for each in first.features}
    yield from (_feature(features[name]) for name in _TOLD if name in features)


def _groups(found: Baseline) -> Iterator[str]:
    if found.column is None:
        n = found.n[0]
        yield ngettext("{n} patient is described.", "{n} patients are described.", n).format(n=n)
        return
    column = found.column
    counts = list(zip(found.groups[1:], found.n[1:], strict=True))
    if column.name == "modality":
        counted = [
            _("{n} had {level}").format(n=n, level=text.in_sentence(level))
            for level, n in counts
            if level.code
        ]
        rule = _(found.provenance.modality_rule)
        words = _("Of {patients}, {counted}, {rule}.")
    else:
        counted = [text.so_many(n, column, level) for level, n in counts if level.code]
        words, rule = _("Of {patients}, {counted} are described."), ""
    counted += [_("of {n} it is not known").format(n=n) for level, n in counts if not level.code]
    yield words.format(patients=text.patients(found.n[0]), counted=text.listed(counted), rule=rule)


def _feature(feature: Feature) -> str:
    if feature.quartiles:
        middle = feature.quartiles[0]
        if middle is None:
            return ""
        (said,) = balance.quartiles([middle])
        unit = worded(feature.column.unit)
        return _("Median {column} was {said} (quartiles in parentheses).").format(
            column=text.in_sentence(feature.column), said=f"{said} {unit}".strip()
        )
    counts = text.listed(
        _("{level} in {count}").format(
            level=text.in_sentence(each.level), count=text.count_of(each.n[0], feature.known[0])
        )
        for each in feature.levels
    )
    return _("{column} was {counts}.").format(column=text.label(feature.column), counts=counts)


def _responses(found: Everything) -> Iterator[str]:
    """Response and disease control of all treated at the time that pages lead with; and best."""
    result = found.response
    time = response.told(result)
    if time is None:
        return
    yield from _rates(result, time)
    best = next((each for each in result.times if not each.months), None)
    if best is not None and best is not time:
        yield from list(_rates(result, best))[:1]


def _rates(result: ResponseByGroup, time: ResponseAt) -> Iterator[str]:
    groups = bars(result, time)[1:]
    groups = groups if len(groups) <= MOST_HEADLINES else ()
    least, when = result.provenance.plan.small.arm_counted, _when(time)
    controlled = _("CR, PR, SD or Non-CR/Non-PD") if time.with_unmeasured else _("CR, PR or SD")
    said = (
        _("{when}, an objective response (CR or PR) was seen in {rate} of all treated{groups}."),
        _("{when}, disease was controlled ({states}) in {rate} of all treated{groups}."),
    )
    for at, words in enumerate(said):
        rate = (time.everyone.objective, time.everyone.control)[at][0]
        if rate is None:
            continue
        known = [(g, each) for g in groups if (each := (g.objective, g.control)[at][0])]
        whole, *rates = text.proportions([rate, *(each for _group, each in known)], least)
        told = [
            (group.level, group.treated, words)
            for (group, _rate), words in zip(known, rates, strict=True)
        ]
        of_groups = _(": {rates}").format(rates=_each(result.column, told)) if told else ""
        yield words.format(when=when, states=controlled, rate=whole, groups=of_groups)


def _when(time: ResponseAt) -> str:
    if time.months:
        return _("At {time}").format(time=text.months(time.months))
    if time.confirmed is None:
        return _("As best response")
    return (
        _("As best response, confirmed") if time.confirmed else _("As best response, unconfirmed")
    )


def _survival(result: SurvivalByGroup) -> Iterator[str]:
    """Medians, survival at the milestones of everybody, and follow-up."""
    groups = [result.everyone, *_apart(result)]
    what = text.in_sentence(result.endpoint)
    yield from _medians(result, groups, what)
    yield survival.conditional((result.everyone, *result.drawn))
    yield _milestones(result, groups)
    yield _followed(result)


def _apart(result: SurvivalByGroup) -> list[GroupSurvival]:
    """The groups beside everybody, where there are some and not too many for a sentence."""
    several = [each for each in result.drawn if each.n < result.everyone.n]
    return several if len(several) <= MOST_HEADLINES else []


def _medians(result: SurvivalByGroup, groups: Sequence[GroupSurvival], what: str) -> Iterator[str]:
    known = [each for each in groups if each.median is not None]
    sure = [each for each in known if tail.at_risk(each) is None]
    told = [
        _("{median} {whose} ({events} in {n})").format(
            median=text.estimate(each.median, unit=_("months")),
            whose=_whose(result.column, each.level, each.n),
            events=text.events(each.events),
            n=each.n,
        )
        for each in sure
    ]
    if told:
        yield _("Median {endpoint} was {medians}.").format(endpoint=what, medians=text.listed(told))
    for each in known:
        if (few := tail.at_risk(each)) is not None:
            yield _("Median {endpoint} is too uncertain {whose} ({events} in {n}): {why}.").format(
                endpoint=what,
                whose=_whose(result.column, each.level, each.n),
                events=text.events(each.events),
                n=each.n,
                why=tail.why(few),
            )


def _milestones(result: SurvivalByGroup, groups: Sequence[GroupSurvival]) -> str:
    """The share without the event at a year, where the curves carry it."""
    n = text.smallest(each.n for each in groups)
    told = [
        (each.level, each.n, text.survival(at.survival, n))
        for each in groups
        for at in each.milestones
        if at.months == survival.YEAR and tail.is_told(at)
    ]
    if not told:
        return ""
    return _("{endpoint} at {time} was {shares}.").format(
        endpoint=text.label(result.endpoint),
        time=text.months(survival.YEAR),
        shares=_each(result.column, told),
    )


def _incidence(result: IncidenceByGroup) -> Iterator[str]:
    months = incidence.telling(result)
    groups = {each.level.code: each for each in (result.everyone, *result.drawn)}
    n = incidence.smallest(result)
    told = [
        (group.level, group.n, text.survival(at.causes[0], n))
        for group in groups.values()
        for at in group.milestones
        if at.months == months and incidence.is_told(at)
    ]
    if told and months is not None:
        yield _("The cumulative incidence of {cause} by {time} was {shares}.").format(
            cause=text.in_sentence(result.causes[0]),
            time=text.months(months),
            shares=_each(result.column, told),
        )


def _balanced(found: Everything) -> Iterator[str]:
    compared = found.comparison
    if compared is None:
        return
    small = compared.provenance.plan.small
    if compared.unlike:
        yield ngettext(
            "Before any adjustment the arms differed in {columns}, by more than arms of their size "
            "do by chance once in twenty; {n} recorded feature was looked at.",
            "Before any adjustment the arms differed in {columns}, in each by more than arms of "
            "their size do by chance once in twenty; {n} recorded features were looked at.",
            compared.tried,
        ).format(
            columns=text.listed(text.in_sentence(each) for each in compared.unlike),
            n=compared.tried,
        )
    elif compared.tried and min(compared.n) >= small.arm_compared:
        yield ngettext(
            "In the {n} recorded feature the arms did not differ by more than arms of their size "
            "do once in twenty by chance.",
            "In none of {n} recorded features did the arms differ by more than arms of their size "
            "do once in twenty by chance.",
            compared.tried,
        ).format(n=compared.tried)


def _safety(found: Everything) -> Iterator[str]:
    result = found.toxicity
    if result is None:
        return
    for worst in result.worst:
        yield from _severe(found, result, worst)
    compared = found.comparison
    if compared is not None and compared.unlike and any(w.own.difference for w in result.worst):
        yield short.unlike(compared)  # once for all
    early = result.early.whole or result.early.until
    if early:
        what = _("{who} died within {days} of the first procedure.")
        if not result.by_first:
            what = _("{who} died within {days} of a procedure.")
        yield what.format(who=text.raised(_of_arms(result, early)), days=text.days(EARLY))


def _severe(found: Everything, result: Toxicity, worst: Worst) -> Iterator[str]:
    severe = _of_arms(result, worst.own.events.severe)
    if not severe:
        return
    until = _(" until another modality began") if worst.until is not None else ""
    contrast = worst.own.difference
    difference = ""
    if contrast is not None:
        difference = _(", a difference of {points} percentage points").format(
            points=text.points(contrast.estimate, min(result.n))
        )
    yield _("Grade {grade} or worse by {scale}{until} was recorded in {rates}{difference}.").format(
        grade=worst.scale.severe,
        scale=worst.scale.name,
        until=until,
        rates=severe,
        difference=difference,
    )
    compared = found.comparison
    if contrast is not None and compared is not None and not compared.unlike:
        yield comparison.claimed(compared, contrast.estimate)


def _of_arms(result: Toxicity, rates: Rates) -> str:
    """A rate of both arms, the reference last."""
    least = result.provenance.plan.small.arm_counted
    known = [(arm, rate) for arm, rate in zip(result.arms, rates, strict=True) if rate is not None]
    words = text.proportions((rate for _arm, rate in known), least)
    return text.listed(
        (_("{rate} with {arm} first") if _is_modality(arm) else _("{rate} in {arm}")).format(
            rate=said, arm=text.named(arm)
        )
        for (arm, _rate), said in reversed(list(zip(known, words, strict=True)))
    )


def _is_modality(level: Level) -> bool:
    return level.of is not None and level.of.name == "modality"


_BY_KEY: Mapping[str, Callable[[Everything], Iterable[str]]] = {
    "flow": _patients,
    "table-one": _baseline,
    "response": _responses,
    "compare-balance": _balanced,
    "complications": _safety,
}


# Abstract ----------------------------------------------------------------------------------------


def abstract(found: Everything, shown: Sequence[Exhibit]) -> list[str]:
    """The same in about 120 words: what matters most first, as long as there is room."""
    keys = {each.key: each for each in shown}
    told = [(rank, words) for rank, words in _in_brief(found, keys) if words]
    room, kept = ABSTRACT, set()
    for at, (_rank, words) in sorted(enumerate(told), key=lambda each: each[1][0]):
        if (length := len(words.split())) <= room:
            room -= length
            kept.add(at)
    return [exhibit.joined(*(words for at, (_rank, words) in enumerate(told) if at in kept))]


def _in_brief(found: Everything, keys: Mapping[str, Exhibit]) -> Iterator[tuple[int, str]]:
    """Sentences in the order of a paper, each with its rank."""
    yield 0, " ".join(_groups(found.baseline))
    if "response" in keys and (time := response.told(found.response)):
        everybody = _everybody(time.everyone.objective[0])
        if everybody:
            yield (
                3,
                _("{when}, an objective response was seen in {rate}.").format(
                    when=_when(time), rate=everybody
                ),
            )
    for rank, code in ((4, "OS"), (6, "PFS")):
        if f"survival-{code.lower()}" in keys:
            lived = found.survival[code]
            what = text.in_sentence(lived.endpoint)
            medians = _medians(lived, [lived.everyone], what)
            yield rank, exhibit.joined(*medians, survival.conditional([lived.everyone]))
            yield 5, _followed(lived)
    yield from _contrasted(found, keys)


def _contrasted(found: Everything, keys: Mapping[str, Exhibit]) -> Iterator[tuple[int, str]]:
    """The contrast of the primary endpoint, or of the first: what was seen, and what follows."""
    compared = found.comparison
    lead = leading(compared) if compared is not None else None
    if compared is None or lead is None:
        return
    key = exhibit.key("compare", exhibit.of_endpoint(lead.endpoint, found.provenance))
    if key in keys and keys[key].headlines:
        yield 1, short.seen(compared, lead)
        yield 2, keys[key].estimand
        given = found.adjusted[lead.endpoint.code]
        adjusted = given if short.told(compared, given) else None
        left = short.omitted(adjusted.design) if adjusted is not None else ""
        yield 1, exhibit.joined(keys[key].conclusion, left)


def _followed(result: SurvivalByGroup) -> str:
    """For how long everybody was followed, told beside overall survival alone."""
    if result.endpoint.code != "OS" or result.everyone.follow_up is None:
        return ""
    return _("Median follow-up was {median}.").format(
        median=text.estimate(result.everyone.follow_up, unit=_("months"))
    )


def _everybody(rate: Proportion | None) -> str:
    return "" if rate is None or not rate.n else text.proportion(rate)
