"""Patients of a registry, counted by levels of columns and facts, and what numbers they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
from lib.analyses.memory import digest, latest, reads
from lib.analyses.modality import AS_RECORDED
from lib.analyses.provenance import Cut, Provenance, Step
from lib.analyses.study import NOT_SELECTED, SELECTS
from lib.cohort import remembered
from lib.followup import NO_EVENT_TIMED, NO_OTHER_TIMED, NONE_READ, Groups, middle
from lib.language import template
from lib.plan import Plan
from lib.registry.facts import Held
from lib.registry.query import Answer, Ask, Decode, Engine, Values, named, yes
from lib.schema import ENDPOINTS, Column, Endpoint
from lib.statistics.estimate import Ints

MOST = 16  # selections whose answers are kept
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
            self._steps(),
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
        both = f"= {ask.value('BOTH')}"
        parts = {
            "n": "1",
            "stood_in": yes(named("stood_in")),
            "recorded": yes(f"{named('modality_recorded')} {both}"),
            "mixed": yes(f"{ask.column('modality')} {both}") if self.has("modality") else "0",
        }
        found = self.ask(ask, [f"{total(each)} AS {name}" for name, each in parts.items()])
        n, stood_in, recorded, mixed = (int(found[name][0]) for name in parts)
        return n, stood_in, recorded, mixed

    def _steps(self) -> tuple[Step, ...]:
        """From the rows read to the patients under study, a step for each condition."""
        found, chosen = list(self.held.steps), self.plan.study.selection
        ask = Ask(self.held)
        left = [f"{total(yes(ask.met(chosen[: at + 1])))} AS n{at}" for at in range(len(chosen))]
        if not left:
            return tuple(found)
        n, answer = self.held.n, self.ask(ask, left, whole=True)
        for at, condition in enumerate(chosen):
            then = int(answer[f"n{at}"][0])
            found.append(Step(NOT_SELECTED, n - then, then, condition))
            n = then
        return tuple(found)

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
        ask, names = Ask(self.held), sorted(every)
        parts = [f"{self._given(ask, name)} AS c{at}" for at, name in enumerate(names)]
        found = self.ask(ask, parts)
        return frozenset(name for at, name in enumerate(names) if int(found[f"c{at}"][0]) > 0)

    def _given(self, ask: Ask, name: str) -> str:
        """How many have a value in a column."""
        column = self.held.known_columns[name]
        written = column.kind == "text" and not column.baseline
        return total(yes(ask.column(name))) if written else f"COUNT({ask.column(name)})"

    @reads()
    def reach(self, name: str) -> Reach:
        """How far the values of a column of numbers go."""
        ask = Ask(self.held)
        value = f"{ask.column(name)} AS value"
        known = np.asarray(self.ask(ask, [value], ["value"])["value"], np.float64)
        known = known[~np.isnan(known)]
        if not len(known):
            return Reach(np.nan, np.nan, 0)
        return Reach(float(known.min()), float(known.max()), len(known))

    @reads(*GROUPED)
    def crosstab(self, *by: Grouping) -> Crosstab:
        """Patients by the levels of several columns or facts."""
        ask = Ask(self.held)
        groups, n, _rest = self._counted(ask, by)
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
        (groups,), n, found = self._counted(Ask(self.held), (by,), value=value)
        values = np.asarray(found["value"], np.float64)
        return tuple(
            Distribution.counted(values[mine], n[mine], column)
            for mine in (groups.codes == at for at in (*range(len(groups.levels)), -1))
        )

    def _counted(
        self, ask: Ask, by: Sequence[Grouping], **more: str
    ) -> tuple[list[Groups], Ints, Answer]:
        """Patients by groupings, and by whatever else: the level of each line, and how many."""
        grouped = [self.grouped(ask, each, at) for at, each in enumerate(by)]
        names = {f"g{at}": name for at, (name, _decode) in enumerate(grouped)} | more
        found = self.ask(ask, [f"{each} AS {name}" for name, each in names.items()], list(names))
        decoded = [decode(found[f"g{at}"]) for at, (_name, decode) in enumerate(grouped)]
        return decoded, integers(found["n"]), found

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

    def ask(
        self, ask: Ask, what: Sequence[str], by: Sequence[str] = (), whole: bool = False
    ) -> Answer:
        """Ask of the patients under study, or of all; by names, and how many are alike."""
        source = ask.source(() if whole else self.plan.study.selection)
        sql = f"SELECT {', '.join(what)} {source}"
        if by:
            names = ", ".join(by)
            sql = f"SELECT {names}, COUNT(*) AS n FROM ({sql}) lines GROUP BY {names}"
        return self.asked(sql, ask.values)

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
        ask = Ask(self.held)
        found = self.ask(ask, [f"{ask.column(name)} AS value"], ["value"], whole=True)
        values = np.asarray(found["value"], np.float64)
        known = ~np.isnan(values)
        if not known.any():
            return Cut((), "median")
        return Cut((middle(values[known], integers(found["n"])[known]),), "median")

    @reads("study.cuts")
    def cuts(self) -> dict[str, Cut]:
        """Where each column of numbers that may group is cut."""
        known = self.columns_known(whole=True)
        names = (name for name, column in self.columns.items() if column.baseline)
        found = {name: self.cut(name) for name in names if name in known}
        return {name: cut for name, cut in found.items() if cut.at}

    @reads()
    def nobody(self, endpoint: Endpoint) -> str:
        """Why nobody's way to an endpoint is used, by its code; '' where some are.

        As `Cohort.time_to_event` has it of all patients under study.
        """
        ask = Ask(self.held)
        event, reason, told, unread = (
            named(self.held.of_endpoint(endpoint.code, what))
            for what in ("event", "reason", "told", "unread")
        )
        used = f"{reason} = ''"
        parts = {"events": event, "unread": unread}
        for said in ("yes", "no"):
            parts[said] = f"{told} = '{said}'"
            parts[f"{said}_used"] = f"{told} = '{said}' AND {used}"
        found = self.ask(ask, [f"{total(yes(each))} AS {name}" for name, each in parts.items()])
        n = {name: int(found[name][0]) for name in parts}
        if not n["events"] and n["unread"]:
            return NONE_READ
        if n["yes"] and not n["yes_used"]:
            return NO_EVENT_TIMED
        return NO_OTHER_TIMED if n["no"] and not n["no_used"] else ""


def total(each: str) -> str:
    """A sum of whole numbers, 0 of nothing, of a type that every engine gives as one."""
    return f"CAST(COALESCE(SUM({each}), 0) AS BIGINT)"


def integers(values: Values) -> Ints:
    """Whole numbers as every engine gives them."""
    return np.asarray(values, np.int64)
