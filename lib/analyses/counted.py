"""What an analysis may know of patients: counts. Rows are had by name alone, if they are held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses.complications import Complications
from lib.analyses.derivation import Derivation
from lib.analyses.memory import Keeps
from lib.analyses.provenance import Cut, Provenance
from lib.analyses.reasons import sentence
from lib.analyses.seen import Way
from lib.followup import NO_EVENT_TIMED, NO_OTHER_TIMED
from lib.language import N_, WordedError
from lib.plan import Origin, Plan, Reading
from lib.schema import Column, Endpoint, Level
from lib.statistics.balance import Moments
from lib.statistics.estimate import Floats, Ints, Sealed, quantiles
from lib.statistics.life_table import LifeTable

ALL = Level("all", N_("All patients"))
NO_VALUE = Level("", N_("No value"))
ROWS = sentence("rows-not-held")
NO_ROWS = sentence("no-rows")

Told = Literal["died", "contradicted", "not followed", "dead some time", "early"]
"""What holds of a patient at a time beside the state: dead by then; with a letter that is not
counted, because they had long been dead; alive, and followed for less, in a file without dates;
dead on no known day, and without a letter; with a letter, and not due."""


class NotHeld(WordedError):  # noqa: N818 - an answer, and no fault
    """What a population cannot tell."""


@dataclass(frozen=True, slots=True)
class State:
    """A fact of each patient: the state of response at a time, one of `states.STATES`.

    `confirm` asks for the best response with CR and PR confirmed or not, whatever the plan says.
    """

    months: int
    confirm: bool | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact of each patient, yes or no, at a time after the first procedure."""

    what: Told
    months: int


@dataclass(frozen=True, slots=True)
class Followed:
    """A fact of each patient, yes or no: alive and under observation at a time."""

    months: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact of each patient: what was seen until a time, by one of the ways of `seen`."""

    way: Way
    months: float


@dataclass(frozen=True, slots=True)
class Unseen:
    """A fact of each patient followed and not known to have died: whether contact was lost.

    Not seen for so many months before the day on which the file ends.
    """

    months: float


@dataclass(frozen=True, slots=True)
class Began:
    """A fact of each patient: the calendar year of the first procedure."""


Later = Literal["second modality", "new therapy"]
"""What may come after the first procedure and change what a patient goes on to: dated, or not."""

Grouping = str | State | Flag | Followed | Seen | Unseen | Began
"""What groups patients: a baseline column, by the plan's cuts, or a fact; '' for nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Crosstab(Sealed):
    """Patients by the levels of several columns or facts."""

    columns: tuple[Column, ...]
    levels: tuple[tuple[Level, ...], ...]
    n: Ints  # an axis each, with one place more than levels: the last is for no value


@dataclass(frozen=True, slots=True)
class Counts:
    """Patients by the levels of one column or fact."""

    column: Column
    levels: tuple[Level, ...]
    n: tuple[int, ...]
    missing: int

    def of(self, kept: Sequence[int]) -> "Counts":
        """Some of the levels, by their places; the others are in none."""
        n = tuple(self.n[at] for at in kept)
        missing = self.missing + sum(self.n) - sum(n)
        return Counts(self.column, tuple(self.levels[at] for at in kept), n, missing)


@dataclass(frozen=True, slots=True)
class End:
    """One way for follow-up to end: by which column, with the event or not, by which rule."""

    column: str
    event: bool
    rule: str = ""  # the code of a rule that censored, or `AT_CUT_OFF`


AT_CUT_OFF = "cut_off"
EARLIER_EVENT = sentence("event-before-landmark").code
EARLIER_CENSORED = sentence("followed-less-than-landmark").code
"""Why a landmark leaves patients out."""


def on_scale(column: Column, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Numbers on the scale on which they are compared and modelled: themselves or log(1 + x)."""
    return np.log1p(np.maximum(values, 0)) if column.logarithm else values


@dataclass(frozen=True, slots=True)
class Distribution:
    """What is known of a number in one group."""

    moments: Moments  # on the scale on which it is compared
    missing: int
    quartiles: tuple[float, float, float] | None  # as it is; None where nobody has a value

    @classmethod
    def of(cls, values: npt.NDArray[np.float64], column: Column) -> "Distribution":
        """Of values of a column, nan being missing."""
        known = values[~np.isnan(values)]
        quartiles = None
        if len(known):
            low, middle, high = np.quantile(known, (0.25, 0.5, 0.75)).tolist()
            quartiles = (low, middle, high)
        return cls(Moments.of(on_scale(column, known)), len(values) - len(known), quartiles)

    @classmethod
    def counted(cls, values: Floats, n: Ints, column: Column) -> "Distribution":
        """Of values of a column, nan being missing, and how many patients have each."""
        known = ~np.isnan(values)
        each, many = values[known], n[known]
        quartiles = None
        if len(each):
            low, middle, high = quantiles(each, many, (0.25, 0.5, 0.75))
            quartiles = (low, middle, high)
        moments = Moments.counted(on_scale(column, each), many)
        return cls(moments, int(n[~known].sum()), quartiles)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the values of a column of numbers go; nan where nobody has one."""

    low: float
    high: float
    distinct: int


@dataclass(frozen=True, slots=True, eq=False)
class Counted(Sealed):
    """Follow-up to an endpoint, counted by group; patients without a value are the last group."""

    endpoint: Endpoint
    # What groups the patients; None where nothing does, and all are in the last group.
    column: Column | None
    levels: tuple[Level, ...]
    n: Ints  # (groups,), all patients, with a known time or without
    # Its groups are the levels' codes and ''; one column of events a cause, where some compete.
    table: LifeTable
    left_out: Mapping[str, Ints]  # patients without a time, by the code of the reason
    ended: Mapping[End, Ints]  # the others by what ended their follow-up
    # (2, 2, groups), patients with the event and without it, whatever is known of its time: left
    # out, and all.
    told: Ints
    flags: Mapping[str, Ints]  # what else to know of those with a time
    late: bool  # whether the clock starts before patients came under observation
    # Of those left out alive, counted until the last date that is known of each.
    living: LifeTable | None = None
    # The same table in each level of another column, `NO_VALUE` last; empty unless asked.
    strata: tuple[tuple[Level, LifeTable], ...] = ()

    @property
    def any(self) -> bool:
        """Whether anybody's time is known."""
        return bool(self.table.n.sum())

    @property
    def everyone(self) -> LifeTable:
        """The life table of all patients."""
        return self.table.pooled(ALL.code)

    def of(self, level: Level) -> LifeTable:
        """The life table of one group."""
        return self.table.group(level.code)

    def flag(self, name: str) -> int | None:
        """How many a flag holds of; None where it was not asked."""
        return int(self.flags[name].sum()) if name in self.flags else None

    def outcome(self, happened: bool) -> tuple[int, int]:
        """How many with the event, or without it, have no time, and how many there are."""
        left_out, there = self.told[0 if happened else 1].sum(axis=1).tolist()
        return left_out, there

    def among(self, levels: Sequence[Level]) -> "Counted":
        """The patients of some groups alone, in the order named.

        Nobody is used where all of them with the event, or all without it, are left out.
        """
        kept = [self.levels.index(level) for level in levels]

        def part(counts: Mapping[End, Ints]) -> dict[End, Ints]:
            return {key: n[kept] for key, n in counts.items() if n[kept].any()}

        found = replace(
            self,
            levels=tuple(levels),
            n=self.n[kept],
            table=self.table.select([level.code for level in levels]),
            left_out={key: n[kept] for key, n in self.left_out.items() if n[kept].any()},
            ended=part(self.ended),
            told=self.told[..., kept],
            flags={key: n[kept] for key, n in self.flags.items()},
            living=None,
            strata=(),
        )
        for happened, why in ((True, NO_EVENT_TIMED), (False, NO_OTHER_TIMED)):
            left_out, there = found.outcome(happened)
            if there and left_out == there and found.any:
                nobody = {**found.left_out, why: found.table.n}
                return replace(found, table=found.table.after(np.inf), left_out=nobody, ended={})
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Bounds(Sealed):
    """Between which times the event of each patient lies, counted by group."""

    levels: tuple[Level, ...]
    group: Ints  # (rows,) places of levels; patients of no level are not counted
    # lower, upper: (rows,) months until which the event was not there, and by which it was: equal
    # where its day is known, as that of death is; infinite where it was not seen
    lower: Floats
    upper: Floats
    n: Ints  # (rows,) how many patients are alike in all of these
    unscanned: Ints  # (levels,) those of whom the file dates no scan: taken as recorded

    def of(self, level: Level) -> tuple[Floats, Floats, Ints]:
        """Lower and upper times in one group, and of how many patients each pair is."""
        mine = self.group == self.levels.index(level)
        return self.lower[mine], self.upper[mine], self.n[mine]


BEFORE_AND_AFTER = ("one", "several")


@dataclass(frozen=True, slots=True, eq=False)
class Switched:
    """Follow-up cut at a second modality, each patient at risk before it and from it on."""

    n: int  # patients whose way is known
    switched: int  # those of them who received a second modality on it
    months: tuple[float, float]  # under observation before it, and from it on, in all
    table: LifeTable  # its groups are `BEFORE_AND_AFTER`


class Otherwise(TypedDict, total=False):
    """What follow-up may be asked for that is not as the plan has it."""

    origin: Origin | None  # where the clock starts
    cut_off: date | None  # as of which day
    landmark: float | None  # months after which it starts again, for those still at risk then
    strata: str  # a baseline column, for a table in each of its levels
    until: Later | None  # what censors whoever comes to it, counted by the flag of its name


class Population(Keeps, Protocol):
    """Patients that can be asked for counts; what one does not hold it refuses by `NotHeld`."""

    @property
    def plan(self) -> Plan:
        """Grouping which they are counted."""

    @property
    def provenance(self) -> Provenance:
        """What a result keeps of them."""

    @property
    def reading(self) -> Reading:
        """How their file was read."""

    @property
    def everybody(self) -> "Population":
        """The same patients before the plan's selection."""

    @property
    def settled(self) -> bool:
        """Whether the plan's `reading`, `response` and rules of modality cannot be chosen anew.

        They were when rows were counted, and no row is here.
        """

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns that there are, by name, in the schema's order."""

    @property
    def times(self) -> tuple[int, ...]:
        """The months at which response can be shown, in order, whichever the plan has chosen."""

    @property
    def graded(self) -> bool:
        """Whether complications are recorded."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that there are times for in months, or dates."""

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways in which what was seen until a time groups somebody."""

    @property
    def span(self) -> tuple[date, date] | None:
        """From the first procedure of all to the latest date; None without dates."""

    def known(self, name: str) -> bool:
        """Whether a column is there and has at least one value."""

    def times_known(self, endpoint: Endpoint) -> bool:
        """Whether somebody's time to an endpoint is known, from the first procedure on."""

    def ahead(self, asked: Iterable[Sequence[Grouping]]) -> None:
        """Have counted at once, where that saves work, what is asked next.

        `asked`: crosstabs; what each begins with, if a number, as its moments are asked for.
        """

    def cut(self, name: str) -> Cut:
        """Where a column is cut into groups, whatever is selected: nowhere, unless of numbers."""

    def reach(self, name: str) -> Reach:
        """How far the values of a column of numbers go."""

    def counts(self, by: Grouping) -> Counts:
        """Patients by the levels of one column or fact."""

    def crosstab(self, *by: Grouping) -> Crosstab:
        """Patients by the levels of several columns or facts."""

    def moments(self, name: str, by: Grouping) -> tuple[Distribution, ...]:
        """What is known of a number in each group and, last, in those of none."""

    def intervals(self, by: Grouping) -> tuple[Distribution, ...]:
        """Months between a patient's assessments, as `moments`."""

    def counted(self, endpoint: Endpoint, by: Grouping = "", **asked: Unpack[Otherwise]) -> Counted:
        """Follow-up by group."""

    def bounds(self, endpoint: Endpoint, by: Grouping) -> Bounds:
        """Between which scans events lie, by group, from the first procedure on."""

    def dated(self, later: Later) -> bool:
        """Whether the file dates what may come later."""

    def switched(self, endpoint: Endpoint) -> Switched:
        """Follow-up from the first procedure, cut at a second modality."""

    def complications(self) -> Complications:
        """What happened to the patients of the plan's two arms."""

    def derivation(self) -> Derivation:
        """What the responses rest on."""

    def rows(self, columns: Sequence[str]) -> pd.DataFrame:
        """The patients themselves, for what cannot be counted: models, weights, single patients."""
