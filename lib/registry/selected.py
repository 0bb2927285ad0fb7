"""Patients of a registry, counted by levels of columns and facts, and what numbers they have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Self

import numpy as np

from lib.analyses import counting, scans
from lib.analyses.counted import (
    Began,
    Counts,
    Crosstab,
    Distribution,
    Flag,
    Followed,
    Grouping,
    Reach,
    Seen,
    State,
    Unseen,
)
from lib.analyses.followed import LIVER
from lib.analyses.memory import digest, latest, reads
from lib.analyses.modality import AS_RECORDED
from lib.analyses.provenance import Cut, Provenance, Step
from lib.analyses.study import NOT_SELECTED, SELECTS
from lib.cohort import CohortError, remembered
from lib.followup import NO_EVENT_TIMED, NO_OTHER_TIMED, NONE_READ, middle
from lib.language import template
from lib.plan import Plan, StudyPlan
from lib.registry import lines
from lib.registry.facts import Held
from lib.registry.lines import Kept, Part
from lib.registry.query import SETS, TOO_LARGE, Answer, Ask, Decode, Engine, Values, named, yes
from lib.registry.slices import slices
from lib.schema import ENDPOINTS, Column, Endpoint
from lib.statistics.estimate import Floats, Ints

MOST = 16  # selections whose answers are kept
FEW = 10_000  # patients among whom it is looked first whether somebody is
GROUPED = ("study.cuts", "response.deaths")
"""The parts of the plan by which patients are grouped."""


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """Patients of a registry under a plan, asked for counts: by levels, and of numbers."""

    engine: Engine
    held: Held
    plan: Plan
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)  # of all selections
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def answers(self) -> dict[Any, Any]:
        """What these patients were asked so far, whatever the plan."""
        return latest(self.kept, "selected", self.digest(SELECTS), MOST, dict)

    @property
    @remembered
    def everybody(self) -> Self:
        """The same patients without a selection."""
        mine = self.plan
        study = replace(mine.study, selection=(), by=StudyPlan().by)
        return self.by(Plan(reading=mine.reading, study=study, response=mine.response))

    def by(self, plan: Plan) -> Self:
        """The same registry under another plan.

        Raises `NotHeld` if the facts were made by other choices.
        """
        return self if plan == self.plan else replace(self, plan=plan)

    @remembered
    def digest(self, parts: tuple[str, ...]) -> str:
        """Identify what the plan has in some of its parts."""
        return digest(self.plan, parts)

    @property
    @remembered
    def provenance(self) -> Provenance:
        """What a result keeps of this registry."""
        held, known = self.held, self.columns
        rule, (n, stood_in, both, mixed) = template(held.modality_rule), self._sums()
        ends, last = self.plan.study.as_of, held.whole.latest if held.whole.followed else None
        return Provenance(
            held.source,
            held.digest,
            self.plan,
            n,
            held.n,
            self._steps(n),
            tuple((e, known[e.column]) for e in self.plan.study.selection if e.column in known),
            self.cuts(),
            rule,
            stood_in,
            both,
            rule.code == AS_RECORDED.code and mixed > 0,
            held.whole.measured,
            held.derived,
            held.own,
            ends if ends and last and not held.whole.counted and ends < last else None,
        )

    def _sums(self) -> tuple[int, int, int, int]:
        """Patients: all, of a modality that stands in, recorded as both, and analysed as both."""
        ask = Ask(self.held)
        names = [named("stood_in"), named("modality_recorded")]
        names += [ask.column("modality")] if self.has("modality") else []
        (stood_in, *both), n = self._alike(ask, [Part({each: np.asarray}) for each in names])
        masks = [stood_in == 1, *(each == "BOTH" for each in both)]
        some = [int(n[np.asarray(mask, bool)].sum()) for mask in masks]
        return int(n.sum()), some[0], some[1], some[2] if len(some) > 2 else 0

    def _steps(self, n: int) -> tuple[Step, ...]:
        """From the rows read to the `n` patients under study, a step for each condition."""
        chosen, ask = self.plan.study.selection, Ask(self.held)
        some = [yes(ask.met(chosen[:at])) for at in range(1, len(chosen))]
        parts = [f"{total(each)} AS n{at}" for at, each in enumerate(some)]
        answer = self.ask(ask, parts, whole=True) if parts else {}
        left = [self.held.n, *(int(answer[f"n{at}"][0]) for at in range(len(some))), n]
        passed = zip(chosen, left, left[1:], strict=False)
        found = (Step(NOT_SELECTED, before - then, then, each) for each, before, then in passed)
        return (*self.held.steps, *found)

    @property
    def columns(self) -> dict[str, Column]:
        """The columns that there are, by name, in the schema's order; no identifiers."""
        return self.held.known_columns

    def has(self, name: str) -> bool:
        """Whether there is a column."""
        return name in self.held.columns

    def known(self, name: str) -> bool:
        """Whether a column is there and has at least one value."""
        return name in self.columns_known()

    @reads()
    def columns_known(self, whole: bool = False) -> frozenset[str]:
        """The columns of which somebody has a value: of those under study, or of all."""
        every = self.held.whole.known & set(self.held.columns)
        if whole or not self.plan.study.selection or not every:
            return every
        ask = Ask(self.held)
        return frozenset(self.some(ask, {name: self._given(ask, name) for name in sorted(every)}))

    def _given(self, ask: Ask, name: str) -> str:
        """Whether a patient has a value in a column."""
        column = self.held.known_columns[name]
        written = column.kind == "text" and not column.baseline
        return ask.column(name) if written else f"{ask.column(name)} IS NOT NULL"

    @reads()
    def reach(self, name: str) -> Reach:
        """How far the values of a column of numbers go."""
        known, _n = self._values(name)
        if not len(known):
            return Reach(np.nan, np.nan, 0)
        return Reach(float(known.min()), float(known.max()), len(np.unique(known)))

    def _values(self, name: str) -> tuple[Floats, Ints]:
        """The values of a number, and how many have each; one may stand more than once."""
        ask = Ask(self.held)
        (found,), n = self._alike(ask, [as_it_is(ask.column(name))])
        known = ~np.isnan(found)
        return found[known], n[known]

    @reads(*GROUPED)
    def crosstab(self, *by: Grouping) -> Crosstab:
        """Patients by the levels of several columns or facts."""
        ask = Ask(self.held)
        groups, n = self._alike(ask, [self._part(ask, each, at) for at, each in enumerate(by)])
        return counting.crosstab(groups, n)

    @reads(*GROUPED)
    def counts(self, by: Grouping) -> Counts:
        """Patients by the levels of one column or fact."""
        found = self.crosstab(by)
        *n, missing = found.n.tolist()
        return Counts(found.columns[0], found.levels[0], tuple(n), missing)

    @reads(*GROUPED)
    def moments(self, name: str, by: Grouping) -> tuple[Distribution, ...]:
        """What is known of a number in each group and, last, in those of none."""
        return self._distributed(Ask(self.held).column(name), self.columns[name], by)

    @reads(*GROUPED)
    def intervals(self, by: Grouping) -> tuple[Distribution, ...]:
        """Months between a patient's assessments, as `moments`."""
        return self._distributed(named("scan_interval"), scans.INTERVAL, by)

    def _distributed(self, value: str, column: Column, by: Grouping) -> tuple[Distribution, ...]:
        ask = Ask(self.held)
        (values, groups), n = self._alike(ask, [as_it_is(value), self._part(ask, by)])
        return tuple(
            Distribution.counted(values[mine], n[mine], column)
            for mine in (groups.codes == at for at in (*range(len(groups.levels)), -1))
        )

    # Lines of those who are alike ----------------------------------------------------------------

    def ahead(self, asked: Iterable[Sequence[Grouping]]) -> None:
        """Count at once what is asked next, as crosstabs; a number that comes first, as it is."""
        ask = Ask(self.held)
        self._count(ask, [self._parts(ask, by) for by in asked])

    def _parts(self, ask: Ask, by: Sequence[Grouping]) -> list[Part]:
        first, *rest = by
        number = isinstance(first, str) and first and self.columns[first].kind == "number"
        one = as_it_is(ask.column(first)) if number else self._part(ask, first)  # type: ignore[arg-type]
        return [one, *(self._part(ask, each) for each in rest)]

    def _part(self, ask: Ask, by: Grouping, at: int = 0) -> Part:
        """What tells patients of one level from those of another."""
        if by == "":
            return Part({"": lambda found: counting.ungrouped(len(found))})
        asked, decode = self.grouped(ask, by, at)
        ways = {asked: decode}
        if isinstance(by, str) and (cuts := self.cut(by).at):
            ways[ask.column(by)] = ask.by_values(by, cuts)
        return Part(ways)

    def _alike(self, ask: Ask, parts: Sequence[Part]) -> tuple[list[Any], Ints]:
        """What each part says of lines of patients, and how many each line stands for."""
        self._count(ask, [parts])
        found = self._lines.of(ask, self._whose(ask), parts)
        assert found is not None, "it was counted"
        return found

    @property
    def _lines(self) -> Kept:
        """The lines that are kept, of all selections."""
        kept: Kept = self.kept.setdefault("lines", Kept())
        return kept

    def _whose(self, ask: Ask) -> str:
        return ask.told(ask.source(self.plan.study.selection))

    def _count(self, ask: Ask, sets: Iterable[Sequence[Part]]) -> None:
        """Ask, by one query, for the lines that are not known."""
        source = ask.source(self.plan.study.selection)
        whose = ask.told(source)
        unknown = [parts for parts in sets if self._lines.of(ask, whose, parts) is None]
        asked = dict.fromkeys(tuple(dict.fromkeys(p.asked for p in each)) for each in unknown)
        which = [[each for each in one if each] for one in asked]
        for first in range(0, len(which), SETS):
            for each in self._counted(ask, source, which[first : first + SETS]):
                self._lines.put(whose, each)

    def _counted(self, ask: Ask, source: str, sets: Sequence[Sequence[str]]) -> Iterator[Answer]:
        """The lines of each set; what needs more memory than there is is asked in halves."""
        sql, every = lines.query(source, sets)
        try:
            found = self.lines_of(ask, sql)
        except CohortError as problem:
            if problem.code != TOO_LARGE.code or len(sets) == 1:
                raise
        else:
            yield from lines.parted(ask, found, every, sets)
            return
        half = len(sets) // 2
        for some in (sets[:half], sets[half:]):
            yield from self._counted(ask, source, some)

    def grouped(self, ask: Ask, by: Grouping, at: int = 0) -> tuple[str, Decode]:
        """What tells the level of each patient, and how it is read."""
        if isinstance(by, str):
            if not by:
                return "0", lambda found: counting.ungrouped(len(found))
            if not self.columns[by].baseline:
                raise ValueError(f"{by} was not known at baseline and does not group")
            return ask.by_column(by, self.cut(by).at)
        if isinstance(by, Seen):
            return ask.by_seen(by, at)
        return self._told(ask, by)

    def _told(self, ask: Ask, by: State | Flag | Followed | Unseen | Began) -> tuple[str, Decode]:
        if isinstance(by, State):
            return ask.by_state(by, self.plan.response.deaths)
        if isinstance(by, Flag):
            return ask.by_flag(by)
        if isinstance(by, Began):
            return ask.by_year()
        used = self._used(ask)
        if isinstance(by, Followed):
            return ask.by_followed(by, used)
        return ask.by_unseen(by, used, self.plan.study.as_of)

    def _used(self, ask: Ask) -> str:
        """Whose time to death is known."""
        reason = named(self.held.of_endpoint("OS", "reason"))
        return f"{reason} = ''" if not self.nobody(ENDPOINTS["OS"]) else "FALSE"

    def ask(self, ask: Ask, what: Sequence[str], whole: bool = False) -> Answer:
        """Ask of the patients under study, or of all."""
        source = ask.source(() if whole else self.plan.study.selection)
        return self.asked(f"SELECT {', '.join(what)} {source}", ask.values)

    def alike(self, ask: Ask, names: Mapping[str, str]) -> Answer:
        """The patients under study in lines of those who are alike, as `lines_of` gives them."""
        by, source = ", ".join(names), ask.source(self.plan.study.selection)
        sql = f"SELECT {', '.join(f'{each} AS {name}' for name, each in names.items())} {source}"
        return self.lines_of(ask, f"SELECT {by}, COUNT(*) AS n FROM ({sql}) lines GROUP BY {by}")

    def lines_of(self, ask: Ask, sql: str) -> Answer:
        """The lines that a query of counts gives.

        Where patients are joined, it is asked of some at a time, and a line may come of each.
        """
        return together([self.asked(sql, values) for values in self._slices(ask)])

    def _slices(self, ask: Ask) -> list[dict[str, object]]:
        """The values of a question: of all, or of so many at a time as the engine joins."""
        if not ask.joins or (most := self.engine.at_once) is None or self.held.n <= most:
            return [ask.values]
        low, high = (each.removeprefix(":") for each in ask.ends)
        pairs = latest(self.kept, "slices", most, 1, lambda: slices(self.asked, most))
        return [ask.values | {low: first, high: last} for first, last in pairs]

    def some(self, ask: Ask, conditions: Mapping[str, str]) -> set[str]:
        """The conditions that somebody under study meets, by their names.

        They are looked for among a few patients, and those that none of these meets among all.
        """
        source, found = ask.source(self.plan.study.selection), set[str]()
        for among, values in product((f"LIMIT {FEW}", ""), self._slices(ask)):
            left = {name: f"c{at}" for at, name in enumerate(conditions) if name not in found}
            if left:
                met = ", ".join(f"{yes(conditions[name])} AS {c}" for name, c in left.items())
                most = ", ".join(f"MAX({c}) AS {c}" for c in left.values())
                sql = f"SELECT {most} FROM (SELECT {met} {source} {among}) few"
                answer = self.asked(sql, values)
                found |= {name for name, c in left.items() if answer[c][0] == 1}
        return found

    def asked(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives."""
        return self.engine.columns(sql, values)

    @reads("study.cuts")
    def cut(self, name: str) -> Cut:
        """Where a column is cut into groups: nowhere, unless it holds numbers."""
        column = self.columns[name]
        if column.kind != "number":
            return Cut()
        chosen = next((each.at for each in self.plan.study.cuts if each.column == name), ())
        if chosen or column.cuts:
            return Cut(chosen, "plan") if chosen else Cut(column.cuts, "schema")
        values, n = self.everybody._values(name)
        return Cut((middle(values, n),) if len(values) else (), "median")

    @reads("study.cuts")
    def cuts(self) -> dict[str, Cut]:
        """Where each column of numbers that may group is cut."""
        known = self.columns_known(whole=True)
        every = {n: each for n, each in self.columns.items() if each.baseline and n in known}
        numbers = (n for n, each in every.items() if each.kind == "number" and not each.cuts)
        self.everybody.ahead((name,) for name in numbers)
        found = {name: self.cut(name) for name in every}
        return {name: cut for name, cut in found.items() if cut.at}

    @reads()
    def nobody(self, endpoint: Endpoint) -> str:
        """Why nobody's way to an endpoint is used, by its code; '' where some are.

        As `Cohort.time_to_event` has it of all patients under study.
        """
        event, reason, told, unread = (
            named(self.held.of_endpoint(endpoint.code, what))
            for what in ("event", "reason", "told", "unread")
        )
        used = f"{reason} = ''"
        said = {each: f"{told} = '{each}'" for each in ("yes", "no")}
        some = {"events": event, **{name: f"{each} AND {used}" for name, each in said.items()}}
        timed = self.some(Ask(self.held), some)
        if timed == {*some}:
            return ""
        there = self.some(Ask(self.held), {"unread": unread, **said})
        if "events" not in timed and "unread" in there:
            return NONE_READ
        if "yes" in there - timed:
            return NO_EVENT_TIMED
        return NO_OTHER_TIMED if "no" in there - timed else ""

    def times_known(self, endpoint: Endpoint) -> bool:
        """Whether somebody's time to an endpoint is known."""
        return endpoint.code in self._timed() and not self.nobody(endpoint)

    @reads()
    def _timed(self) -> set[str]:
        """The endpoints to which the way of a patient alone is known, by their codes."""
        reasons = {e: named(self.held.of_endpoint(e.code, "reason")) for e in self.held.endpoints}
        placed = {e: f" AND NOT {named('undated')}" if LIVER in e.ends else "" for e in reasons}
        used = {e.code: f"{reason} = ''{placed[e]}" for e, reason in reasons.items()}
        return self.some(Ask(self.held), used)


def as_it_is(value: str) -> Part:
    """A number itself tells patients apart."""
    return Part({value: lambda found: np.asarray(found, np.float64)})


def total(each: str) -> str:
    """A sum of whole numbers, 0 of nothing, of a type that every engine gives as one."""
    return f"CAST(COALESCE(SUM({each}), 0) AS BIGINT)"


def integers(values: Values) -> Ints:
    """Whole numbers as every engine gives them."""
    return np.asarray(values, np.int64)


def together(parts: Sequence[Answer]) -> Answer:
    """The lines of several answers, of which one at least is there."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}
