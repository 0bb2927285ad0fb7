"""A registry as a population: every answer is counted where its facts lie."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from lib.analyses import seen
from lib.analyses.arms import compared
from lib.analyses.complications import SCALES, Complications, counted
from lib.analyses.counted import ROWS, Bounds, Counted, Grouping, Later, NotHeld, Switched
from lib.analyses.derivation import (
    BASES,
    Derivation,
    differing_columns,
    in_schema_order,
    response_columns,
)
from lib.analyses.followed import START
from lib.analyses.memory import ARMS, FOLLOWED, digest, reads
from lib.analyses.seen import Way
from lib.analyses.study import NO_ARMS
from lib.cohort import remembered
from lib.followup import Groups
from lib.language import N_
from lib.plan import Origin, Reading
from lib.registry import complicated, following
from lib.registry.following import NO_DAY, Follow
from lib.registry.models import Timed
from lib.registry.query import Ask, named, yes
from lib.registry.selected import GROUPED, Patients, total
from lib.schema import NEW_THERAPY, RESPONSE_MONTHS, Endpoint

PREPARED = ("reading", "study.as_of", "study.modality_rule", "study.roll_up")
"""The parts of the plan that facts are made by, besides `response`."""
PREPARE = N_(
    "The registry was prepared by other choices, and is to be prepared again by these.",
    "registry-prepare",
)


@dataclass(frozen=True, slots=True, eq=False)
class Registry(Patients):
    """Patients of a registry under a plan, which `lib.registry.open` opens.

    It holds no row: a question is one query whose answer, counts, is kept by what it reads of the
    plan. `by` gives the same registry under another plan.
    """

    def __post_init__(self) -> None:
        """Refuse a plan by whose choices the facts were not made."""
        as_made = replace(self.held.plan.response, deaths=self.plan.response.deaths)
        parts = PREPARED
        if as_made != self.plan.response or self.digest(parts) != digest(self.held.plan, parts):
            raise NotHeld(PREPARE)

    @property
    def reading(self) -> Reading:
        """How the registry was read."""
        return self.held.plan.reading

    @property
    def settled(self) -> bool:
        """What facts were made by: to choose it anew is to prepare the registry again."""
        return True

    @property
    def times(self) -> tuple[int, ...]:
        """The times of the plan near which somebody was assessed, or had a response recorded."""
        months, known = self.plan.response.months, self.columns_known(whole=True)
        if self.held.derived:
            return months
        return tuple(m for m in months if m in RESPONSE_MONTHS and f"response_{m}m" in known)

    @property
    @reads()
    def graded(self) -> bool:
        """Whether complications are recorded."""
        return any(self.known(each.column) for each in SCALES) or complicated.graded(self)

    @property
    def latest_date(self) -> date | None:
        """The latest day of which the registry knows anything."""
        return self.held.whole.latest

    @property
    @remembered
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that the registry may have times for."""
        known = self.columns_known(whole=True)
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
        ask, known = Ask(self.held), self.columns_known()
        parts = ("kind_dated", "listed")
        found = self.some(ask, {name: named(name) for name in parts})
        received, listed = (name in found for name in parts)
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

    # Follow-up -----------------------------------------------------------------------------------

    @reads(*FOLLOWED, *GROUPED)
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
        follow = Follow(self, endpoint, cut_off)
        follow.from_origin(origin or self.plan.survival.origin)
        if until is not None:
            follow.until(until)
        if landmark is not None:
            follow.landmark(landmark)
        return follow.counted(by, strata)

    @reads(*FOLLOWED, *GROUPED)
    def bounds(self, endpoint: Endpoint, by: Grouping) -> Bounds:
        """Count between which scans events lie; see `Population.bounds`."""
        return Follow(self, endpoint).bounds(by)

    @reads()
    def dated(self, later: Later) -> bool:
        """Whether the registry dates what may come later."""
        if later == "new therapy":
            return self.known(NEW_THERAPY)
        return bool(self.some(Ask(self.held), {"dated": named("kind_dated")}))

    @reads(*FOLLOWED, *GROUPED)
    def switched(self, endpoint: Endpoint) -> Switched:
        """Follow-up from the first procedure, cut at a second modality."""
        return Follow(self, endpoint).switched()

    # What needs more -----------------------------------------------------------------------------

    @reads(*FOLLOWED, *ARMS)
    def timed(self, endpoint: Endpoint) -> Timed:
        """Patients of the plan's two arms on their way to an endpoint, whom models ask for sums."""
        arms = compared(self)
        assert arms is not None, "there are two arms"
        follow = Follow(self, endpoint)
        follow.from_origin(self.plan.survival.origin)
        group, _decode = self.grouped(follow.ask, arms.column.name)
        number = arms.column.kind == "number"
        levels = arms.places if number else map(follow.ask.value, arms.codes)
        which = " ".join(f"WHEN {level} THEN {at}" for at, level in enumerate(levels))
        names = {column: f"c{at}" for at, column in enumerate(self.columns.values())}
        columns = {each: follow.ask.column(column.name) for column, each in names.items()}
        sql = follow.query({"arm": f"CASE {group} {which} END", **columns})
        late, joint = follow.entry is not None, self.held.n <= following.JOINT
        return Timed(self.asked, follow.ask, sql, names, late, joint)

    @reads(*ARMS)
    def complications(self) -> Complications:
        """What happened to the patients of the plan's two arms."""
        arms = compared(self)
        if arms is None:
            raise NotHeld(NO_ARMS)
        return counted(
            complicated.recorded(self, arms),
            Groups(arms.column, arms.levels, np.zeros(0, np.int64)),
            self.plan,
            self.known,
            self.dated("second modality"),
            self.has("death_date"),
        )

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
        ask, n = Ask(self.held), dict.fromkeys(parts, 0)
        if self.some(ask, {"measured": named("measured"), "findings": f"{named('findings')} > 0"}):
            sums = [f"{total(each)} AS {named(name)}" for name, each in parts.items()]
            n = {name: int(each[0]) for name, each in self.ask(ask, sums).items()}

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
