"""The cohort at a glance, and Table 1 of all patients or of any groups."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.baseline import Baseline, Feature
from lib.analyses.cautions import OF_A_TEST
from lib.analyses.response import ResponseByGroup
from lib.analyses.survival import SurvivalByGroup
from lib.exhibits import balance, derivation, exhibit, response, survival
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.response import panel_title
from lib.language import _
from lib.plan import SmallNumbers
from lib.schema import Column, Level

_FIRST = ("modality", "age", "sex", "ecog")  # what is told of patients first, where it is known
YEAR = 12


def glance(
    found: Baseline, responded: ResponseByGroup, lived: SurvivalByGroup | None = None
) -> Exhibit:
    """Who the patients are, how long they were followed and lived, and who responded.

    `lived`: overall survival, where the file has it.
    """
    title = text.titled(_("The cohort at a glance"), exhibit.grouping(found.column))
    beware = [*found.cautions, *responded.cautions]
    beware += [each for time in response.first_times(responded) for each in time.cautions]
    beware += lived.cautions if lived is not None else ()
    beware = [each for each in beware if each.code not in OF_A_TEST]  # it shows none
    return Exhibit(
        key="overview",
        title=title,
        provenance=found.provenance,
        made=("baseline.by_group",),
        caption=_caption(found, responded, lived),
        tables=(Table(title, partial(_glance, found, responded, lived)),),
        cautions=tuple(dict.fromkeys(beware)),
    )


def table_one(found: Baseline) -> Exhibit:
    """Every column known at baseline, of all patients and of each group."""
    title = text.titled(_("Table 1"), exhibit.grouping(found.column))
    return Exhibit(
        key="table-one",
        title=title,
        provenance=found.provenance,
        made=("baseline.by_group",),
        caption=exhibit.joined(
            _("Levels: patients, of those whose value is known."),
            exhibit.grouped(found.provenance, found.column),
            text.under_study(found.provenance),
        ),
        tables=(Table(title, partial(_table_one, found)),),
        cautions=found.cautions,
    )


def _caption(found: Baseline, responded: ResponseByGroup, lived: SurvivalByGroup | None) -> str:
    return exhibit.joined(
        survival.summary_methods(lived) if lived is not None else "",
        response.rates_methods(responded) if responded.times else "",
        derivation.basis(found.provenance) if responded.times else "",
        exhibit.grouped(found.provenance, found.column),
        text.under_study(found.provenance),
    )


def _glance(
    found: Baseline, responded: ResponseByGroup, lived: SurvivalByGroup | None
) -> pd.DataFrame:
    rows: list[list[str]] = [[_("Patients"), *map(text.whole, found.n)]]
    features = {each.column.name: each for each in found.features}
    rows += [_in_one_line(features[name]) for name in _FIRST if name in features]
    if lived is not None:
        rows += _lived(found.groups, lived)
    rows += _responded(found.groups, responded)
    return exhibit.lines(rows, " ", *map(text.named, found.groups))


def _in_one_line(feature: Feature) -> list[str]:
    """A feature of each group in one line: ``9 / 11``, of levels that its title names."""
    if feature.quartiles:
        return [_median_of(feature.column), *balance.quartiles(feature.quartiles, feature.column)]
    named = " / ".join(text.in_sentence(each.level) for each in feature.levels)
    title = _("{column}: {levels}").format(column=text.label(feature.column), levels=named)
    said = [
        " / ".join(text.whole(each.n[at]) for each in feature.levels) for at in _places(feature)
    ]
    return [title, *map(_with_missing, said, feature.missing)]


def _with_missing(said: str, missing: int) -> str:
    return _("{counts}; no value {n}").format(counts=said, n=missing) if missing else said


def _lived(groups: Sequence[Level], lived: SurvivalByGroup) -> list[list[str]]:
    """Follow-up, median and survival at a year; those of no group have no curve."""
    plan = lived.provenance.plan
    known = {each.level.code: each for each in (lived.everyone, *lived.groups)}
    each = [known.get(level.code) for level in groups]
    said = {
        _("Median follow-up, months"): [
            text.estimate(group.follow_up) if group and group.follow_up else "" for group in each
        ],
        _("Median overall survival, months"): [
            survival.median(group, plan) if group else "" for group in each
        ],
        _("Overall survival at {time}").format(time=text.months(YEAR)): [
            survival.at(group, YEAR, survival.smallest(lived)) if group else "" for group in each
        ],
    }
    return [[title, *words] for title, words in said.items() if any(words)]


def _responded(groups: Sequence[Level], result: ResponseByGroup) -> list[list[str]]:
    """The objective response rate at the first times."""
    least, rows = result.provenance.plan.small.arm_counted, []
    for time in response.first_times(result):
        known = {each.level.code: each for each in (time.everyone, *time.groups)}
        rates = {code: each.objective[0] for code, each in known.items() if each.objective[0]}
        said = dict(zip(rates, text.proportions(rates.values(), least), strict=True))
        title = _("ORR, {when}").format(when=text.lowered(panel_title(time)))
        rows.append([title, *(said.get(level.code, "") for level in groups)])
    return rows


def _table_one(found: Baseline) -> pd.DataFrame:
    names = [
        _("{group}, n = {n}").format(group=text.named(level), n=n)
        for level, n in zip(found.groups, found.n, strict=True)
    ]
    rows = [
        line for feature in found.features for line in _lines(feature, found.provenance.plan.small)
    ]
    return exhibit.lines(rows, _("At baseline"), *names)


def _lines(feature: Feature, small: SmallNumbers) -> list[list[str]]:
    """A feature as Table 1 has it, a line a level."""
    places, blank = _places(feature), [""] * len(feature.known)
    if feature.quartiles:
        lines = [
            [_median_of(feature.column), *balance.quartiles(feature.quartiles, feature.column)]
        ]
    else:
        lines = [[text.with_unit(feature.column), *blank]]
    for each in feature.levels:
        said = text.counts(((each.n[at], feature.known[at]) for at in places), small.arm_counted)
        lines.append([f"\u2003{text.label(each.level)}", *said])
    if any(feature.missing):
        lines.append(["\u2003" + _("No value"), *map(text.whole, feature.missing)])
    return lines


def _places(feature: Feature) -> range:
    return range(len(feature.known))


def _median_of(column: Column) -> str:
    return _("{column}, median (quartiles)").format(column=text.with_unit(column))
