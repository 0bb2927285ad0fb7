"""Counting patients in memory, in one pass: the only place where rows become what analyses take."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from lib.analyses.counted import (
    AT_CUT_OFF,
    BEFORE_AND_AFTER,
    EARLIER_CENSORED,
    EARLIER_EVENT,
    NO_VALUE,
    Bounds,
    Counted,
    Crosstab,
    End,
    Switched,
)
from lib.cohort import Cohort
from lib.followup import FollowUp, Groups
from lib.schema import COLUMNS, ENDPOINTS, FIRST_YEAR, MONTH, Column, Endpoint, Level
from lib.statistics.estimate import Bools, Floats, Ints
from lib.statistics.life_table import LifeTable, TimeToEvent, count

_ALL = Column("", "", "category")
_SAID = Column("", "", "flag", levels=(Level("yes", "yes"), Level("no", "no")))


def ungrouped(n: int) -> Groups:
    """Groups of a column that has no values."""
    return Groups(_ALL, (), np.full(n, -1))


def flagged(mask: Bools) -> Groups:
    """Groups of what holds or does not."""
    return Groups(_SAID, _SAID.levels, np.where(mask, 0, 1))


def unseen(cohort: Cohort, ends: date | None, months: float) -> Groups:
    """Group those who are followed and alive by whether contact was lost.

    `ends`: the day on which the file ends; where it has none, nobody is in a group. `months`: that
    lie at least between the last contact and that day.
    """
    follow, codes = cohort.time_to_event(ENDPOINTS["OS"]), np.full(len(cohort), -1)
    if ends is not None:
        since = (pd.Timestamp(ends) - cohort.dates("first_procedure_date")).dt.days / MONTH
        known = follow.used & ~follow.event & since.notna().to_numpy(bool)
        codes[known] = np.where(since[known] - follow.months[known] > months, 0, 1)
    return Groups(_SAID, _SAID.levels, codes)


def began(cohort: Cohort) -> Groups:
    """Group patients by the calendar year of their first procedure, in order."""
    return by_year(cohort.patients[FIRST_YEAR].to_numpy(np.float64, na_value=np.nan))


def by_year(given: Floats) -> Groups:
    """Group by calendar years, nan being missing."""
    column = COLUMNS[FIRST_YEAR]
    known = ~np.isnan(given)
    years, places = np.unique(np.floor(given[known]).astype(np.int64), return_inverse=True)
    codes = np.full(len(given), -1)
    codes[known] = places
    names = tuple(Level(str(year), str(year), of=column) for year in years.tolist())
    return Groups(column, names, codes)


def crosstab(groups: Sequence[Groups], n: Ints | None = None) -> Crosstab:
    """Count patients by the levels of several groupings; `n`: how many each line stands for."""
    shape = tuple(len(each.levels) + 1 for each in groups)
    codes = [each.codes % (len(each.levels) + 1) for each in groups]
    cells = np.ravel_multi_index(codes, shape)
    total = _totals(cells, n, int(np.prod(shape))).reshape(shape)
    columns = tuple(each.column for each in groups)
    return Crosstab(columns, tuple(each.levels for each in groups), total)


def _totals(places: Ints, n: Ints | None, size: int) -> Ints:
    """How many are at each place; `n`: how many each line stands for, one unless given."""
    if n is None:
        return np.bincount(places, minlength=size)
    found = np.zeros(size, np.int64)
    np.add.at(found, places, n)
    return found


def counted(
    follow: FollowUp,
    endpoint: Endpoint,
    groups: Groups,
    flags: Mapping[str, Bools],
    at_cut_off: Bools,
    back: FollowUp | None = None,
    strata: Groups | None = None,
) -> Counted:
    """Count follow-up by group.

    `flags`: what is counted of those with a time. `at_cut_off` (n,): who was last seen on the day
    of the cut-off. `back`: the same with some of those who are left out alive. `strata`: in whose
    levels to count as well.
    """
    size = len(groups.levels) + 1
    group = groups.codes % size

    def by_group(mask: Bools) -> Ints:
        return np.bincount(group[mask], minlength=size)

    used = follow.used
    reasons = sorted({each for each in follow.reason.tolist() if each})
    told = np.zeros((2, 2, size), np.int64)
    if follow.told is not None:
        for at, said in enumerate(("yes", "no")):
            whose = follow.told == said
            told[at] = by_group(whose & ~used), by_group(whose)
    living = None
    if back is not None:
        living = _tables(back, endpoint, ungrouped(len(group)), back.used & ~used)
    return Counted(
        endpoint,
        groups.column if groups.column is not _ALL else None,
        groups.levels,
        np.bincount(group, minlength=size),
        _tables(follow, endpoint, groups, used),
        {reason: by_group(follow.reason == reason) for reason in reasons},
        _ended(follow, at_cut_off, by_group),
        told,
        {name: by_group(used & mask) for name, mask in flags.items()},
        follow.entry is not None,
        living,
        () if strata is None else _in_strata(follow, endpoint, groups, strata),
    )


def _in_strata(
    follow: FollowUp, endpoint: Endpoint, groups: Groups, strata: Groups
) -> tuple[tuple[Level, LifeTable], ...]:
    codes = strata.codes % (len(strata.levels) + 1)
    return tuple(
        (level, _tables(follow, endpoint, groups, follow.used & (codes == at)))
        for at, level in enumerate((*strata.levels, NO_VALUE))
    )


def _tables(follow: FollowUp, endpoint: Endpoint, groups: Groups, kept: Bools) -> LifeTable:
    """The life table of some patients by group, with a column for each cause where some compete."""
    names = (*(level.code for level in groups.levels), NO_VALUE.code)
    event = follow.event.astype(np.int8)
    if endpoint.competing:
        place = pd.Index(endpoint.ends).get_indexer(pd.Index(follow.ended_by)) + 1
        event = np.where(follow.event, place, 0).astype(np.int8)
    entry = None if follow.entry is None else follow.entry[kept]
    data = TimeToEvent(follow.months[kept], event[kept], entry)
    table = count(data, (groups.codes % len(names))[kept], names)
    return table.with_causes(len(endpoint.ends)) if endpoint.competing else table


def _ended(
    follow: FollowUp, at_cut_off: Bools, by_group: Callable[[Bools], Ints]
) -> dict[End, Ints]:
    rule = np.full(len(follow.event), "", object) if follow.rule is None else follow.rule
    rule = np.where(at_cut_off & (rule == ""), AT_CUT_OFF, rule)
    found = {}
    column, columns = pd.factorize(follow.ended_by)
    how, rules = pd.factorize(rule)
    for at, name in enumerate(columns):
        for number, why in enumerate(rules):
            for event in (True, False):
                here = (column == at) & (how == number) & (follow.event == event) & follow.used
                if here.any():
                    found[End(str(name), event, str(why))] = by_group(here)
    return {end: found[end] for end in sorted(found, key=in_order)}


def in_order(end: End) -> tuple[str, bool, str]:
    """The order of ways for follow-up to end, whoever comes first in a file."""
    return end.column, not end.event, end.rule


def restarted(follow: FollowUp, landmark: float) -> FollowUp:
    """Start the clock again at a landmark, for those still at risk then.

    Those who are not are left out for it.
    """
    early = follow.used & ~(follow.months >= landmark)
    why = np.where(follow.event, EARLIER_EVENT, EARLIER_CENSORED)
    return FollowUp(
        np.where(early, np.nan, follow.months - landmark),
        follow.event & ~early,
        np.where(early, why, follow.reason),
        follow.ended_by,
        None,
        follow.rule,
        follow.told,
    )


def until(follow: FollowUp, months: Floats) -> tuple[FollowUp, Bools]:
    """Censor whoever comes to something before follow-up ends, and say who does.

    `months`: from the first procedure, nan for those who do not come to it.
    """
    at = months if follow.entry is None else months + follow.entry
    came = follow.used & (months >= 0) & (at < follow.months)
    cut = replace(follow, months=np.where(came, at, follow.months), event=follow.event & ~came)
    return cut, np.asarray(came, bool)


def bounds(
    groups: Groups,
    lower: Floats,
    upper: Floats,
    used: Bools,
    unscanned: Bools,
    n: Ints | None = None,
) -> Bounds:
    """Count the patients of each group between whose bounds an event lies.

    `n`: how many each line stands for, one unless given.
    """
    kept = used & (groups.codes >= 0)
    rows = np.stack([groups.codes[kept], lower[kept], upper[kept]], axis=1)
    alike, line = np.unique(rows, axis=0, return_inverse=True)
    blind = kept & unscanned
    mine, theirs = (None, None) if n is None else (n[kept], n[blind])
    return Bounds(
        groups.levels,
        alike[:, 0].astype(np.int64),
        alike[:, 1],
        alike[:, 2],
        _totals(line.ravel(), mine, len(alike)),
        _totals(groups.codes[blind], theirs, len(groups.levels)),
    )


def switched(follow: FollowUp, second: Floats) -> Switched:
    """Cut follow-up at the month of a second modality, nan without one, and count both pieces."""
    used = follow.used
    n = np.ones(int(used.sum()), np.int64)
    return cut_at(follow.months[used], follow.event[used], second[used], n)


def cut_at(time: Floats, event: Bools, second: Floats, n: Ints) -> Switched:
    """Cut lines of follow-up at a second modality; `n`: how many patients each stands for.

    One on the day of the event or of the last contact changes nothing any more.
    """
    changed = np.asarray(second < time, bool)
    one = ~changed | (second > 0)  # both on the first day: never among those with one
    until = np.where(changed, second, time)
    table = LifeTable.from_counts(
        np.concatenate([until[one], time[changed]]),
        np.concatenate([(event & ~changed)[one], event[changed]]).astype(np.int8),
        np.concatenate([n[one], n[changed]]),
        np.repeat([0, 1], [one.sum(), changed.sum()]),
        BEFORE_AND_AFTER,
        entry=np.concatenate([np.zeros(int(one.sum())), second[changed]]),
    )
    before = float((until * n).sum())
    return Switched(
        int(n.sum()),
        int(n[changed].sum()),
        (before, float((time * n).sum()) - before),
        replace(table, spans=None),  # pieces of a patient are no two rows to a robust error
    )


def last_seen_on(cohort: Cohort, follow: FollowUp, endpoint: Endpoint, day: date | None) -> Bools:
    """(n,) bool array: who was last seen, without the event, on a day."""
    found = np.zeros(len(cohort), bool)
    if day is None:
        return found
    for name in endpoint.last_seen:
        seen = np.asarray(cohort.dates(name) == np.datetime64(day), bool)
        found |= (follow.ended_by == name) & seen
    return np.asarray(found & ~follow.event, bool)
