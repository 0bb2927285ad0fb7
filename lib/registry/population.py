"""A registry as a population: every answer is counted where its facts lie."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lib.analyses import counting, scans, seen
from lib.analyses.arms import compared
from lib.analyses.complications import Complications
from lib.analyses.counted import (
    AT_CUT_OFF,
    EARLIER_CENSORED,
    EARLIER_EVENT,
    NO_VALUE,
    ROWS,
    Began,
    Bounds,
    Counted,
    Counts,
    Crosstab,
    Distribution,
    End,
    Flag,
    Followed,
    Grouping,
    Later,
    NotHeld,
    Reach,
    Seen,
    State,
    Switched,
    Unseen,
)
from lib.analyses.derivation import (
    BASES,
    Derivation,
    differing_columns,
    in_schema_order,
    response_columns,
)
from lib.analyses.followed import (
    BY_MONTHS,
    CLOCK_LATER,
    LIVER,
    MISSED_SCANS,
    NEVER_AT_RISK,
    NO_CLOCK,
    SCAN,
    START,
)
from lib.analyses.memory import ARMS, FOLLOWED, digest, latest, reads
from lib.analyses.modality import AS_RECORDED
from lib.analyses.provenance import Cut, Provenance, Step
from lib.analyses.seen import Way
from lib.analyses.study import NOT_SELECTED, SELECTS
from lib.cohort import remembered
from lib.followup import (
    NO_EVENT_TIMED,
    NO_ORIGIN,
    NO_OTHER_TIMED,
    NONE_READ,
    UNDATED,
    Groups,
    middle,
)
from lib.language import N_, template
from lib.plan import Origin, Plan, Reading, StudyPlan
from lib.registry.facts import Held
from lib.registry.models import Timed
from lib.registry.query import Answer, Ask, Decode, Engine, Values, named, yes
from lib.schema import (
    ENDPOINTS,
    NEW_THERAPY,
    RESPONSE_MONTHS,
    Column,
    Endpoint,
    Level,
)
from lib.statistics.estimate import Bools, Floats, Ints
from lib.statistics.life_table import LifeTable

PREPARED = ("reading", "study.as_of", "study.modality_rule", "study.roll_up")
"""The parts of the plan that facts are made by, besides `response`."""
PREPARE = N_(
    "The registry was prepared by other choices, and is to be prepared again by these.",
    "registry-prepare",
)
NO_DAY = N_("What was known on an earlier day is not held in a registry.", "registry-no-day")
NO_EVENTS = N_("Complications are not counted in a registry.", "registry-no-complications")


_MOST = 16  # selections whose answers are kept
JOINT = 200_000
"""Patients up to which entries and exits are counted together; beyond, robust errors are none."""
_MISSED, _CUT_OFF = 4, 8  # marks of a line: which rule of the plan censored it
_GROUPED = ("study.cuts", "response.deaths")


class _Came(NamedTuple):
    """When patients came under observation, of whom no line says when they left."""

    group: Ints  # places of groups and strata, -1 for none
    stratum: Ints
    months: Floats
    n: Ints


class _Lines(NamedTuple):
    """Follow-up as a query gives it: a line for all patients who are alike in all of this."""

    groups: Groups
    strata: Groups | None
    months: Floats
    event: Bools
    entry: Floats
    reason: Values
    ended: Values
    rule: Values
    told: Values
    flags: Mapping[str, Bools]
    n: Ints
    came: _Came | None  # where entries are not on the lines

    @property
    def used(self) -> Bools:
        return np.asarray(self.reason == "", bool)


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """Patients of a registry under a plan, which `lib.registry.open` opens.

    It holds no row: a question is one query whose answer, counts, is kept by what it reads of the
    plan. `by` gives the same registry under another plan.
    """

    engine: Engine
    held: Held
    plan: Plan
    kept: dict[Any, Any] = field(default_factory=dict, repr=False)  # of all selections
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a plan by whose choices the facts were not made."""
        as_made = replace(self.held.plan.response, deaths=self.plan.response.deaths)
        parts = PREPARED
        if as_made != self.plan.response or self.digest(parts) != digest(self.held.plan, parts):
            raise NotHeld(PREPARE)

    def by(self, plan: Plan) -> "Registry":
        """The same registry under another plan.

        Raises `NotHeld` if the facts were made by other choices.
        """
        return self if plan == self.plan else Registry(self.engine, self.held, plan, self.kept)

    @property
    def answers(self) -> dict[Any, Any]:
        """What these patients were asked so far, whatever the plan."""
        return latest(self.kept, "selected", self.digest(SELECTS), _MOST, dict)

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
            "mixed": yes(f"{ask.column('modality')} {both}") if self._has("modality") else "0",
        }
        found = self._ask(ask, [f"{_sum(each)} AS {name}" for name, each in parts.items()])
        n, stood_in, recorded, mixed = (int(found[name][0]) for name in parts)
        return n, stood_in, recorded, mixed

    def _steps(self) -> tuple[Step, ...]:
        """From the rows read to the patients under study, a step for each condition."""
        found, chosen = list(self.held.steps), self.plan.study.selection
        ask = Ask(self.held)
        left = [f"{_sum(yes(ask.met(chosen[: at + 1])))} AS n{at}" for at in range(len(chosen))]
        if not left:
            return tuple(found)
        n, answer = self.held.n, self._ask(ask, left, whole=True)
        for at, condition in enumerate(chosen):
            then = int(answer[f"n{at}"][0])
            found.append(Step(NOT_SELECTED, n - then, then, condition))
            n = then
        return tuple(found)

    @property
    def reading(self) -> Reading:
        """How the registry was read."""
        return self.held.plan.reading

    @property
    @remembered
    def everybody(self) -> "Registry":
        """The same registry without a selection."""
        kept = replace(self.plan.study, selection=(), by=StudyPlan().by)
        mine = self.plan
        return self.by(Plan(reading=mine.reading, study=kept, response=mine.response))

    @property
    def settled(self) -> bool:
        """What facts were made by: to choose it anew is to prepare the registry again."""
        return True

    @property
    def times(self) -> tuple[int, ...]:
        """The times of the plan near which somebody was assessed, or had a response recorded."""
        months, known = self.plan.response.months, self._known(whole=True)
        if self.held.derived:
            return months
        return tuple(m for m in months if m in RESPONSE_MONTHS and f"response_{m}m" in known)

    @property
    def graded(self) -> bool:
        """Whether complications are counted: they are not."""
        return False

    @property
    def latest_date(self) -> date | None:
        """The latest day of which the registry knows anything."""
        return self.held.whole.latest

    @property
    def columns(self) -> dict[str, Column]:
        """The columns that there are, by name, in the schema's order; no identifiers."""
        return self.held.known_columns

    def _has(self, name: str) -> bool:
        return name in self.held.columns

    @property
    @remembered
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that the registry may have times for."""
        known = self._known(whole=True)
        dated = START in known
        return tuple(
            each
            for each in self.held.endpoints
            if each.months in known or (dated and known & {*each.ends, *each.last_seen})
        )

    @property
    @reads()
    def ways(self) -> tuple[Way, ...]:
        """The ways in which what was seen until a time groups somebody."""
        ask, known = Ask(self.held), self._known()
        parts = ("kind_dated", "listed")
        found = self._ask(ask, [f"{_sum(yes(named(name)))} AS {name}" for name in parts])
        received, listed = (int(found[name][0]) > 0 for name in parts)
        seen_so = self.held.whole.measured or any(
            f"response_{m}m" in known for m in RESPONSE_MONTHS
        )
        has = {
            **dict.fromkeys(seen.RULES, received),
            "predominant": received and self.held.counts_procedures,
            "response": seen_so,
            "disease": seen_so,
            "procedures": listed,
        }
        return tuple(way for way in seen.WAYS if has[way])

    @property
    def span(self) -> tuple[date, date] | None:
        """From the first procedure of all to the latest date; None without dates."""
        whole, began = self.held.whole, self.held.began
        if whole.latest is None or not whole.followed or whole.counted or began is None:
            return None
        return (began, whole.latest) if began < whole.latest else None

    def known(self, name: str) -> bool:
        """Whether a column is there and has at least one value."""
        return name in self._known()

    @reads()
    def _known(self, whole: bool = False) -> frozenset[str]:
        """The columns of which somebody has a value: of those under study, or of all."""
        every = self.held.whole.known & set(self.held.columns)
        if whole or not self.plan.study.selection or not every:
            return every
        ask, names = Ask(self.held), sorted(every)
        parts = [f"{self._given(ask, name)} AS c{at}" for at, name in enumerate(names)]
        found = self._ask(ask, parts)
        return frozenset(name for at, name in enumerate(names) if int(found[f"c{at}"][0]) > 0)

    def _given(self, ask: Ask, name: str) -> str:
        """How many have a value in a column."""
        column = self.held.known_columns[name]
        written = column.kind == "text" and not column.baseline
        return _sum(yes(ask.column(name))) if written else f"COUNT({ask.column(name)})"

    @reads()
    def reach(self, name: str) -> Reach:
        """How far the values of a column of numbers go."""
        ask = Ask(self.held)
        value = f"{ask.column(name)} AS value"
        known = np.asarray(self._ask(ask, [value], ["value"])["value"], np.float64)
        known = known[~np.isnan(known)]
        if not len(known):
            return Reach(np.nan, np.nan, 0)
        return Reach(float(known.min()), float(known.max()), len(known))

    # Counts --------------------------------------------------------------------------------------

    @reads(*_GROUPED)
    def crosstab(self, *by: Grouping) -> Crosstab:
        """Patients by the levels of several columns or facts."""
        ask = Ask(self.held)
        groups, n, _rest = self._counted(ask, by)
        return counting.crosstab(groups, n)

    @reads(*_GROUPED)
    def counts(self, by: Grouping) -> Counts:
        """Patients by the levels of one column or fact."""
        found = self.crosstab(by)
        *n, missing = found.n.tolist()
        return Counts(found.columns[0], found.levels[0], tuple(n), missing)

    @reads(*_GROUPED)
    def moments(self, name: str, by: Grouping) -> tuple[Distribution, ...]:
        """What is known of a number in each group and, last, in those of none."""
        return self._distributed(Ask(self.held).column(name), self.columns[name], by)

    @reads(*_GROUPED)
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
        grouped = [self._grouped(ask, each, at) for at, each in enumerate(by)]
        names = {f"g{at}": name for at, (name, _decode) in enumerate(grouped)} | more
        found = self._ask(ask, [f"{each} AS {name}" for name, each in names.items()], list(names))
        decoded = [decode(found[f"g{at}"]) for at, (_name, decode) in enumerate(grouped)]
        return decoded, _integers(found["n"]), found

    def _grouped(self, ask: Ask, by: Grouping, at: int = 0) -> tuple[str, Decode]:
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
        return f"{reason} = ''" if not self._nobody(ENDPOINTS["OS"]) else "FALSE"

    def _ask(
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

    # Cuts ----------------------------------------------------------------------------------------

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
        found = self._ask(ask, [f"{ask.column(name)} AS value"], ["value"], whole=True)
        values = np.asarray(found["value"], np.float64)
        known = ~np.isnan(values)
        if not known.any():
            return Cut((), "median")
        return Cut((middle(values[known], _integers(found["n"])[known]),), "median")

    @reads("study.cuts")
    def cuts(self) -> dict[str, Cut]:
        """Where each column of numbers that may group is cut."""
        known = self._known(whole=True)
        names = (name for name, column in self.columns.items() if column.baseline)
        found = {name: self.cut(name) for name in names if name in known}
        return {name: cut for name, cut in found.items() if cut.at}

    # Follow-up -----------------------------------------------------------------------------------

    @reads()
    def _nobody(self, endpoint: Endpoint) -> str:
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
        found = self._ask(ask, [f"{_sum(yes(each))} AS {name}" for name, each in parts.items()])
        n = {name: int(found[name][0]) for name in parts}
        if not n["events"] and n["unread"]:
            return NONE_READ
        if n["yes"] and not n["yes_used"]:
            return NO_EVENT_TIMED
        return NO_OTHER_TIMED if n["no"] and not n["no_used"] else ""

    @reads(*FOLLOWED, *_GROUPED)
    def counted(
        self,
        endpoint: Endpoint,
        by: Grouping = "",
        *,
        origin: Origin | None = None,
        cut_off: date | None = None,
        landmark: float | None = None,
        strata: str = "",
        until: Later | None = None,
    ) -> Counted:
        """Count follow-up by group; see `Population.counted`."""
        if cut_off is not None and (by or strata or landmark is not None or until):
            raise NotHeld(NO_DAY)
        follow = _Follow(self, endpoint, cut_off)
        follow.from_origin(origin or self.plan.survival.origin)
        if until is not None:
            follow.until(until)
        if landmark is not None:
            follow.landmark(landmark)
        lines = follow.lines(by, strata)
        if cut_off is not None and _one_sided(lines):
            raise NotHeld(NO_DAY)
        size = len(lines.groups.levels) + 1
        group = lines.groups.codes % size

        def by_group(mask: Bools) -> Ints:
            return _bincount(group[mask], lines.n[mask], size)

        used = lines.used
        told = np.zeros((2, 2, size), np.int64)
        for at, said in enumerate(("yes", "no")):
            whose = lines.told == said
            told[at] = by_group(whose & ~used), by_group(whose)
        reasons = sorted({each for each in lines.reason.tolist() if each})
        return Counted(
            endpoint,
            lines.groups.column if by != "" else None,
            lines.groups.levels,
            by_group(np.ones(len(group), bool)),
            _table(lines, endpoint),
            {reason: by_group(lines.reason == reason) for reason in reasons},
            _ended(lines, by_group),
            told,
            {name: by_group(used & mask) for name, mask in lines.flags.items()},
            follow.entry is not None,
            follow.living(lines),
            () if lines.strata is None else _in_strata(lines, endpoint, lines.strata),
        )

    @reads(*FOLLOWED, *_GROUPED)
    def bounds(self, endpoint: Endpoint, by: Grouping) -> Bounds:
        """Count between which scans events lie; see `Population.bounds`."""
        return _Follow(self, endpoint).bounds(by)

    @reads()
    def dated(self, later: Later) -> bool:
        """Whether the registry dates what may come later."""
        if later == "new therapy":
            return self.known(NEW_THERAPY)
        found = self._ask(Ask(self.held), [f"{_sum(yes(named('kind_dated')))} AS n"])
        return int(found["n"][0]) > 0

    @reads(*FOLLOWED, *_GROUPED)
    def switched(self, endpoint: Endpoint) -> Switched:
        """Follow-up from the first procedure, cut at a second modality."""
        return _Follow(self, endpoint).switched()

    # What needs more -----------------------------------------------------------------------------

    @reads(*FOLLOWED, *ARMS)
    def timed(self, endpoint: Endpoint) -> Timed:
        """Patients of the plan's two arms on their way to an endpoint, whom models ask for sums."""
        arms = compared(self)
        assert arms is not None, "there are two arms"
        follow = _Follow(self, endpoint)
        follow.from_origin(self.plan.survival.origin)
        group, _decode = self._grouped(follow.ask, arms.column.name)
        number = arms.column.kind == "number"
        levels = arms.places if number else map(follow.ask.value, arms.codes)
        which = " ".join(f"WHEN {level} THEN {at}" for at, level in enumerate(levels))
        names = {column: f"c{at}" for at, column in enumerate(self.columns.values())}
        columns = {each: follow.ask.column(column.name) for column, each in names.items()}
        sql = follow.query({"arm": f"CASE {group} {which} END", **columns})
        return Timed(self.asked, follow.ask, sql, names, follow.entry is not None)

    def complications(self) -> Complications:
        """Not held."""
        raise NotHeld(NO_EVENTS)

    @reads()
    def derivation(self) -> Derivation:
        """What the responses rest on, in numbers: no course of a patient is held."""
        months = self.plan.response.months
        visits = [f"visits.{basis}" for basis in BASES]
        standing = [f"stands.{name}" for name in response_columns(months)]
        differing = [f"differs.{name}" for name in differing_columns(months)]
        parts = {name: named(name) for name in (*visits, "findings", *differing)}
        parts |= {name: yes(named(name)) for name in ("measured", *standing)}
        parts["disagreeing"] = yes(f"{' + '.join(map(named, differing))} > 0")
        ask = Ask(self.held)
        found = self._ask(ask, [f"{_sum(each)} AS {named(name)}" for name, each in parts.items()])
        n = {name: int(found[name][0]) for name in parts}

        def some(names: Sequence[str]) -> dict[str, int]:
            return {name.partition(".")[2]: n[name] for name in names if n[name]}

        return Derivation(
            self.provenance,
            {},
            tuple(some(visits).items()),
            some(standing),
            (),
            (),
            self.held.whole.twice,
            n["measured"],
            in_schema_order(some(differing)),
            n["findings"],
            n["disagreeing"],
        )

    def rows(self, columns: Sequence[str]) -> pd.DataFrame:
        """Not held: a registry is counted where it lies."""
        raise NotHeld(ROWS, columns=", ".join(columns))


class _Follow:
    """A way to an endpoint that is being put together: a query around a query, a rule each."""

    def __init__(self, registry: Registry, endpoint: Endpoint, cut_off: date | None = None) -> None:
        self.registry, self.endpoint, self.cut_off = registry, endpoint, cut_off
        self.ask = Ask(registry.held)
        self.entry: str | None = None
        self.restarted = False
        self.rules: list[dict[str, str]] = []  # what each rule makes of the query before it
        self.flags: dict[str, str] = {}
        self.more: dict[str, str] = {}  # what the first query must give besides
        self._begin()
        if cut_off is not None:
            self._cut(cut_off)

    def _field(self, what: str) -> str:
        return named(self.registry.held.of_endpoint(self.endpoint.code, what))

    def _begin(self) -> None:
        """From the first procedure on, with the rule of missed scans where the plan has it."""
        ask, registry, endpoint = self.ask, self.registry, self.endpoint
        nobody = "" if self.cut_off else registry._nobody(endpoint)
        reason = self._field("reason")
        if nobody:
            reason = f"CASE WHEN {reason} = '' THEN {ask.value(nobody)} ELSE {reason} END"
        elif LIVER in endpoint.ends:
            undated = f"{reason} = '' AND {named('undated')}"
            reason = f"CASE WHEN {undated} THEN {ask.value(UNDATED)} ELSE {reason} END"
        self.more |= {
            "reason": reason,
            "months": self._field("months"),
            "event": self._field("event"),
            "ended": self._field("ended"),
            "told": self._field("told"),
        }
        none = "CAST(NULL AS DOUBLE PRECISION)"
        self.rules.append({"event": "event AND reason = ''", "rule": "''", "entry": none})
        self.judged = registry.plan.survival.missed_scans and SCAN in endpoint.last_seen
        if self.judged:
            self.more["scan"] = self._field("scan")
            gap = ask.value(2.0 * registry.plan.study.assessed_every + 1e-9)
            missed = f"reason = '' AND event AND COALESCE(months - scan > {gap}, FALSE)"
            self._rule(
                missed,
                months="scan",
                event="FALSE",
                ended=ask.value(SCAN),
                rule=ask.value(MISSED_SCANS),
            )
            self.more |= {
                "scanned": named("scanned"),
                "last_scan": ask.months_to(SCAN),
            }
            unjudged = "event AND NOT scanned AND NOT COALESCE(last_scan < months, FALSE)"
        if LIVER in endpoint.ends:
            for name in ("unplaced", "together", "elsewhere_first"):
                self.more[f"is_{name}"] = named(name)
                self.flags[name] = f"is_{name}"
        if self.judged:
            self.flags["scans unknown"] = unjudged

    def _cut(self, day: date) -> None:
        """Follow as was known on an earlier day, where what facts hold decides it.

        Who died or was seen later is censored on the day. Of whom more would change, by a status
        without a date, by months or by dates that are not held, `NotHeld` is the answer.
        """
        registry, ask, whole = self.registry, self.ask, self.registry.held.whole
        dated = {START, "death_date", "last_contact_date"} <= set(registry.held.columns)
        ends = min(filter(None, (whole.latest, registry.held.plan.study.as_of)), default=None)
        chosen = {each.column for each in registry.plan.study.selection}
        held = dated and whole.followed and not whole.counted and ends is not None and day < ends
        if self.endpoint.code != "OS" or not held or "modality" in chosen:
            raise NotHeld(NO_DAY)
        first, death = ask.column(START), ask.column("death_date")
        then, allowed = ask.day(day), ask.months_until(day)
        ask.only.append(f"NOT COALESCE({first} > {then}, FALSE)")
        reason, months, ended, told = map(self._field, ("reason", "months", "ended", "told"))
        said = [ask.column(name) for name in ("os_event", "vital_status") if registry._has(name)]
        silent = " AND ".join(f"{name} IS NULL" for name in said) or "FALSE"
        out = f"{reason} <> ''"
        doubtful = (
            f"{death} > {then} AND ({out} OR {first} IS NULL)",
            f"{silent} AND NOT COALESCE({death} <= {then}, FALSE)",
            f"{ended} = {ask.value(self.endpoint.months)} AND {months} > {allowed}",
            f"{told} = 'no' AND {out} AND {named('last_known')} > {allowed}",
            self._field("unread"),
        )
        doubt = " OR ".join(f"({each})" for each in doubtful)
        found = registry._ask(ask, [f"{_sum(yes(doubt))} AS n"])
        if int(found["n"][0]):
            raise NotHeld(NO_DAY)
        self.more["allowed"] = allowed
        self.rules.append({"cut": yes("reason = '' AND months > allowed")})
        self._rule("cut = 1 AND event", told="'no'")
        self._rule("cut = 1", months="allowed", event="FALSE", ended="'last_contact_date'")

    def _rule(self, whose: str, **becomes: str) -> None:
        self.rules.append(
            {
                name: f"CASE WHEN {whose} THEN {value} ELSE {name} END"
                for name, value in becomes.items()
            }
        )

    def from_origin(self, origin: Origin) -> None:
        """Start the clock at another date; see `followed.follow_up`."""
        if origin == START or self.endpoint.competing:
            return
        ask = self.ask
        self.more["lead"] = f"-{ask.months_to(origin)}"
        why = " ".join(
            f"WHEN {condition} THEN {ask.value(code)}"
            for condition, code in (
                (f"ended = {ask.value(self.endpoint.months)}", BY_MONTHS),
                ("lead IS NULL", NO_CLOCK),
                ("lead < 0", CLOCK_LATER),
                ("lead > 0 AND months = 0", NEVER_AT_RISK),
            )
        )
        self.rules.append({"reason": f"CASE WHEN reason <> '' THEN reason {why} ELSE '' END"})
        self.rules.append({"event": "event AND reason = ''"})
        self._rule("reason = ''", months="months + lead", entry="lead")
        self.entry = "entry"

    def until(self, later: Later) -> None:
        """Censor whoever comes to something before follow-up ends."""
        second = later == "second modality"
        self.more["later"] = named("second") if second else self.ask.months_to(NEW_THERAPY)
        at = "later" if self.entry is None else "(later + entry)"
        self.rules.append(
            {"came": f"CASE WHEN reason = '' AND later >= 0 AND {at} < months THEN 1 ELSE 0 END"}
        )
        self._rule("came = 1", months=at, event="FALSE")
        self.flags[later] = "came = 1"

    def landmark(self, months: float) -> None:
        """Start the clock again for those still at risk."""
        at, ask = self.ask.value(float(months)), self.ask
        early = f"reason = '' AND NOT months >= {at}"
        self.rules.append({"early": f"CASE WHEN {early} THEN 1 ELSE 0 END"})
        why = (
            f"CASE WHEN event THEN {ask.value(EARLIER_EVENT)}"
            f" ELSE {ask.value(EARLIER_CENSORED)} END"
        )
        self._rule("early = 1", reason=why)
        self.rules.append({"event": "event AND early = 0", "months": f"months - {at}"})
        self.entry = None
        self.restarted = True

    def query(self, groups: Mapping[str, str], alike: bool = False) -> str:
        """The query with all rules applied: a line for each patient under study.

        `alike`: or for all who are alike in what the rules look at, with their number `n`.
        """
        names = {**groups, **self.more}
        source = self.ask.source(self.registry.plan.study.selection)
        columns = ", ".join(f"{each} AS {name}" for name, each in names.items())
        sql, known = f"SELECT {columns} {source}", list(names)
        if alike:
            by = ", ".join(names)
            sql = f"SELECT {by}, COUNT(*) AS n FROM ({sql}) patients GROUP BY {by}"
            known.append("n")
        for number, rule in enumerate(self.rules):
            known += [name for name in rule if name not in known]
            each = ", ".join(f"{rule[name]} AS {name}" if name in rule else name for name in known)
            sql = f"SELECT {each} FROM ({sql}) step{number}"
        return sql

    def asked(
        self, groups: Mapping[str, str], wanted: Mapping[str, str], alike: bool = True
    ) -> Answer:
        """Ask for some columns of the query, and how many patients are alike in them.

        `alike`: whether there are few enough who are alike before rules are applied.
        """
        inner, n = self.query(groups, alike), "n" if alike else "1"
        columns = ", ".join(f"{each} AS {name}" for name, each in wanted.items())
        names = ", ".join(wanted)
        lines = f"SELECT {columns}, {n} AS n FROM ({inner}) followed"
        sql = f"SELECT {names}, {_sum('n')} AS n FROM ({lines}) lines GROUP BY {names}"
        return self.registry.asked(sql, self.ask.values)

    def _at_cut_off(self) -> str:
        """Who was last seen, without the event, on the day of the cut-off."""
        day, ask = self.cut_off or self.registry.plan.study.as_of, self.ask
        seen_then = ["cut = 1"] if self.cut_off else []
        for at, name in enumerate(self.endpoint.last_seen):
            if day is not None and self.registry._has(name):
                self.more[f"then{at}"] = yes(f"{ask.column(name)} = {ask.day(day)}")
                seen_then.append(f"(ended = {ask.value(name)} AND then{at} = 1)")
        return f"NOT event AND ({' OR '.join(seen_then)})" if seen_then else "FALSE"

    def lines(self, by: Grouping, strata: str) -> _Lines:
        """Ask, by group and by the levels of another column."""
        registry, ask = self.registry, self.ask
        group, decode = registry._grouped(ask, by, 0)
        names, flags = {"g": group}, dict(self.flags)
        decode_strata: Decode | None = None
        if strata:
            names["s"], decode_strata = registry._grouped(ask, strata, 1)
        if self.restarted and isinstance(by, Seen):
            names["lettered"] = yes("seen0.lettered AND seen0.level IS NOT NULL")
            disease = by.way in ("response", "disease")
            flags["recorded late"] = "lettered = 1" if disease else "FALSE"
        both = {name: name for name in names if name != "lettered"}
        at_cut_off = self._at_cut_off()
        used = "reason = ''"
        marks = {
            used: 1,
            f"{used} AND event": 2,
            "rule <> ''": _MISSED,
            f"rule = '' AND {at_cut_off}": _CUT_OFF,
            "told = 'yes'": 16,
            "told = 'no'": 32,
            **{f"{used} AND {each}": 64 << at for at, each in enumerate(flags.values())},
        }
        wanted = {
            **both,
            "said": f"CASE WHEN {used} THEN ended ELSE reason END",
            "months": f"CASE WHEN {used} THEN months END",
            "marks": " + ".join(
                f"CASE WHEN {each} THEN {n} ELSE 0 END" for each, n in marks.items()
            ),
        }
        joint = self.entry is not None and registry.held.n <= JOINT
        if joint:
            wanted["entry"] = f"CASE WHEN {used} THEN entry END"
        found = self.asked(names, wanted, joint or self.entry is None)
        marked = _integers(found["marks"])
        yes_, no = marked & 16 > 0, marked & 32 > 0
        in_use = marked & 1 > 0
        months = np.asarray(found["months"], np.float64)
        missed = np.where(marked & _MISSED, MISSED_SCANS, "")
        groups = decode(found["g"])
        in_strata = decode_strata(found["s"]) if decode_strata else None
        came = None
        if self.entry and not joint:
            late = self.asked(names, {**both, "entry": f"CASE WHEN {used} THEN entry END"}, False)
            came = _Came(
                _placed(decode(late["g"]), groups),
                _placed(decode_strata(late["s"]), in_strata)
                if decode_strata and in_strata
                else np.full(len(late["n"]), -1),
                np.asarray(late["entry"], np.float64),
                _integers(late["n"]),
            )
        return _Lines(
            groups,
            in_strata,
            months,
            np.asarray(marked & 2 > 0, bool),
            np.asarray(found["entry"], np.float64) if joint else np.full(len(months), np.nan),
            np.where(in_use, "", found["said"]),
            np.where(in_use, found["said"], ""),
            np.where(marked & _CUT_OFF, AT_CUT_OFF, missed),
            np.where(yes_, "yes", np.where(no, "no", "")),
            {name: np.asarray(marked & 64 << at > 0, bool) for at, name in enumerate(flags)},
            _integers(found["n"]),
            came,
        )

    def living(self, lines: _Lines) -> LifeTable | None:
        """Those left out alive, until the last date that is known of each; None where none is."""
        left = (lines.told == "no") & ~lines.used & (lines.reason != NO_ORIGIN)
        followed = self.endpoint.code == "OS" and self.entry is None and lines.used.any()
        if not followed or not left.any():
            return None
        self.ask.joins.clear()  # nothing groups them
        self.more["last_known"] = named("last_known")
        alive = f"told = 'no' AND reason <> '' AND reason <> {self.ask.value(NO_ORIGIN)}"
        back = f"CASE WHEN {alive} AND last_known > 0 THEN last_known END"
        found = self.asked({}, {"back": back}, False)
        months = np.asarray(found["back"], np.float64)
        known = ~np.isnan(months)
        if not known.any():
            return None
        none = np.zeros(int(known.sum()), np.int64)
        n = _integers(found["n"])[known]
        return LifeTable.from_counts(months[known], none, n, none, (NO_VALUE.code,))

    def bounds(self, by: Grouping) -> Bounds:
        """Between which scans events lie: on its day where one was censored by a rule."""
        group, decode = self.registry._grouped(self.ask, by, 0)
        self.more |= {"lower": self._field("lower"), "unscanned": self._field("unscanned")}
        missed = "rule <> ''"
        used = "reason = ''"
        found = self.asked(
            {"g": group},
            {
                "g": "g",
                "used": yes(used),
                "lower": f"CASE WHEN {used} THEN CASE WHEN {missed} THEN months ELSE lower END END",
                "upper": f"CASE WHEN {used} AND event THEN months END",
                "unscanned": yes(f"{used} AND unscanned AND NOT {missed}"),
            },
        )
        groups, n = decode(found["g"]), _integers(found["n"])
        upper = np.asarray(found["upper"], np.float64)
        return counting.bounds(
            groups,
            np.asarray(found["lower"], np.float64),
            np.where(np.isnan(upper), np.inf, upper),
            np.asarray(found["used"] == 1, bool),
            np.asarray(found["unscanned"] == 1, bool),
            n,
        )

    def switched(self) -> Switched:
        """Cut at the month of a second modality."""
        self.more["second"] = named("second")
        wanted = {
            "used": yes("reason = ''"),
            "months": "CASE WHEN reason = '' THEN months END",
            "event": yes("event"),
            "second": "CASE WHEN reason = '' THEN second END",
        }
        found = self.asked({}, wanted)
        used = found["used"] == 1
        return counting.cut_at(
            np.asarray(found["months"], np.float64)[used],
            np.asarray(found["event"] == 1, bool)[used],
            np.asarray(found["second"], np.float64)[used],
            _integers(found["n"])[used],
        )


def _sum(each: str) -> str:
    """A sum of whole numbers, 0 of nothing, of a type that every engine gives as one."""
    return f"CAST(COALESCE(SUM({each}), 0) AS BIGINT)"


def _integers(values: Values) -> Ints:
    return np.asarray(values, np.int64)


def _bincount(codes: Ints, n: Ints, size: int) -> Ints:
    found = np.zeros(size, np.int64)
    np.add.at(found, codes, n)
    return found


def _events(lines: _Lines, endpoint: Endpoint) -> Ints:
    """The code of each line's event: of one cause, or of those that compete."""
    if not endpoint.competing:
        return lines.event.astype(np.int64)
    place = pd.Index(endpoint.ends).get_indexer(pd.Index(lines.ended)) + 1
    return np.where(lines.event, place, 0).astype(np.int64)


def _one_sided(lines: _Lines) -> bool:
    """Whether all with the event, or all without it, are left out."""
    every = {said for said in lines.told.tolist() if said}
    return bool(every - set(lines.told[lines.used].tolist()))


def _placed(groups: Groups, among: Groups) -> Ints:
    """Codes of levels by their places among those of others."""
    place = np.array([among.levels.index(level) for level in groups.levels] + [-1], np.int64)
    return place[groups.codes]


def _table(lines: _Lines, endpoint: Endpoint, stratum: int | None = None) -> LifeTable:
    """The life table of all lines, or of one stratum."""
    names = (*(level.code for level in lines.groups.levels), NO_VALUE.code)
    kept, came, entered = lines.used, lines.came, None
    if stratum is not None and lines.strata is not None:
        kept = kept & (lines.strata.codes == stratum)
    entry = lines.entry[kept]
    if came is not None:
        late = (came.months > 0) & (True if stratum is None else came.stratum == stratum)
        entered = (came.months[late], came.n[late], came.group[late] % len(names))
    table = LifeTable.from_counts(
        lines.months[kept],
        _events(lines, endpoint)[kept],
        lines.n[kept],
        (lines.groups.codes % len(names))[kept],
        names,
        entry=None if np.isnan(entry).all() else entry,
        entered=entered,
    )
    return table.with_causes(len(endpoint.ends)) if endpoint.competing else table


def _in_strata(
    lines: _Lines, endpoint: Endpoint, strata: Groups
) -> tuple[tuple[Level, LifeTable], ...]:
    places = (*range(len(strata.levels)), -1)
    return tuple(
        (level, _table(lines, endpoint, at))
        for at, level in zip(places, (*strata.levels, NO_VALUE), strict=True)
    )


def _ended(lines: _Lines, by_group: Callable[[Bools], Ints]) -> dict[End, Ints]:
    used = lines.used
    ways = set(
        zip(
            lines.ended[used].tolist(),
            lines.event[used].tolist(),
            lines.rule[used].tolist(),
            strict=True,
        )
    )
    ends = sorted((End(*way) for way in ways), key=counting.in_order)
    return {
        end: by_group(
            used
            & (lines.ended == end.column)
            & (lines.event == end.event)
            & (lines.rule == end.rule)
        )
        for end in ends
    }
