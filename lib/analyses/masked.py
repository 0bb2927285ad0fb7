"""What of a study can leave where small counts must not: counts of merged cells, and no patient.

`Masked` is a population like any other, and holds tables alone: for each variable the patients of
each group by cells that `lib.statistics.masking` merged. Whatever is computed, drawn or said is
made of it, so that nothing can tell more than these tables do. The cells are those of the whole
file: they depend on the columns by which patients are grouped and filtered, and never on what was
chosen of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Annotated, Any, NoReturn, Unpack

import numpy as np
import pandas as pd

from lib.analyses import baseline, cautions, comparison, response, robustness, survival
from lib.analyses.arms import Arms, compared
from lib.analyses.baseline import Baseline, LevelCounts
from lib.analyses.besides import Besides
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.counted import (
    NO_VALUE,
    ROWS,
    Counted,
    Counts,
    Crosstab,
    Distribution,
    End,
    Grouping,
    Later,
    NotHeld,
    Otherwise,
    State,
)
from lib.analyses.followed import START
from lib.analyses.memory import digest
from lib.analyses.provenance import Cut, Provenance
from lib.analyses.reasons import sentence
from lib.analyses.robustness import HiddenCause
from lib.analyses.states import OBJECTIVE, PLACE, STATES
from lib.analyses.study import Study, matches, under_study
from lib.analyses.survival import SLACK, SurvivalByGroup
from lib.language import N_, Template
from lib.plan import Plan, Reading
from lib.schema import ENDPOINTS, Column, Endpoint, Level
from lib.statistics.estimate import Bools, Floats, Ints
from lib.statistics.masking import Mask, Variable, steps
from lib.statistics.proportions import Proportion, proportion
from lib.statistics.stepped import Steps
from lib.written import INSIDE

OTHER = Level("other-levels", N_("Other levels"))
OTHER_OR_NONE = Level("other-or-none", N_("Other levels, or no value"))
OTHER_STATES = Level("other-states", N_("Any other"))
RESPONDED = Level("CR-PR", N_("CR or PR"))
RESPONSE = "response "
"""Before the months of a time, in the name of its table."""
Ends = Callable[[Floats], tuple[float, ...]]
"""Gives the ends of the steps that hold some times."""
UNTIMED = sentence("no-time-is-known").code
SMALL = sentence("masked-small")
ELSEWHERE = sentence("masked-elsewhere")
NO_FILTER = sentence("masked-filter")
NO_COUNTS = sentence("masked-not-counted")


@dataclass(frozen=True, slots=True, eq=False)
class StatesAt:
    """Response at one time by merged states: all patients first, then each group."""

    months: int  # `states.BEST` for best response
    states: tuple[LevelCounts, ...]
    # All but those entered too late, and CR or PR among them, where no merged cell mixes these with
    # others; None elsewhere.
    objective: tuple[Proportion | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MaskedResponse:
    """Response of the patients by merged states."""

    groups: tuple[Level, ...]  # all patients first; those without a value of the column last
    n: tuple[int, ...]  # patients of each
    times: tuple[StatesAt, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """Both arms on their way to one endpoint, and what could explain their difference away."""

    compared: Annotated[Comparison, INSIDE]
    survival: SurvivalContrast
    hidden_cause: HiddenCause


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What is kept of patients: for each variable, patients by group and merged cell."""

    levels: Mapping[str, tuple[Level, ...]]  # of each column or time of response, no value last
    n: Mapping[str, Ints]  # (groups + 1, levels) patients
    counted: Mapping[str, Counted]  # of each endpoint
    responded: Mapping[str, tuple[int, ...]]  # places of CR and PR, none where they are mixed
    # cells: of each level, the codes that it is merged of; steps: of each endpoint
    cells: Mapping[str, tuple[tuple[str, ...], ...]]
    steps: Mapping[str, Steps]


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """The patients under study as counts of merged cells; what needs more is not held."""

    plan: Plan
    provenance: Provenance
    by: str  # the column that groups; '' where none does
    columns: Mapping[str, Column]  # those that are told, with their merged levels
    endpoints: tuple[Endpoint, ...]  # those that are told
    # withheld_endpoints, withheld_times, withheld_columns: endpoints, times of response and columns
    # that the file has and of which nothing is told
    withheld_endpoints: tuple[Endpoint, ...]
    withheld_times: tuple[int, ...]
    withheld_columns: tuple[Column, ...]
    refused: bool  # whether the filters leave nothing that can be told
    tables: Tables
    answers: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def k(self) -> int:
        """The least count that is told, besides 0."""
        return self.plan.report.least_cell

    @property
    def exact(self) -> bool:
        """Whether nothing is merged: never here, and in a pool where no centre merged anything."""
        return False

    @property
    def _why(self) -> Template:
        """Why something is not held."""
        return NO_COUNTS

    # What analyses ask ---------------------------------------------------------------------------

    @property
    def reading(self) -> Reading:
        """Nothing of how the file was read is told."""
        return self.plan.reading

    @property
    def settled(self) -> bool:
        """No row is here."""
        return True

    @property
    def times(self) -> tuple[int, ...]:
        """The times of response that are told."""
        told = (name.split() for name in self.tables.n if name.startswith(RESPONSE))
        return tuple(int(months) for _response, months in told if int(months))

    @property
    def graded(self) -> bool:
        """Nothing of complications is told."""
        return False

    @property
    def ways(self) -> tuple[Any, ...]:
        """Nothing that was seen later groups patients."""
        return ()

    @property
    def span(self) -> tuple[date, date] | None:
        """No date of a patient is told."""
        return None

    def digest(self, parts: tuple[str, ...]) -> str:
        """Identify what the plan has in some of its parts."""
        return digest(self.plan, parts)

    def known(self, name: str) -> bool:
        """Whether something of a column is told."""
        return name in self.columns

    def cut(self, name: str) -> Cut:
        """Where a column is cut: its levels are what is told of it."""
        return self.provenance.cuts.get(name, Cut())

    def counts(self, by: Grouping) -> Counts:
        """Patients by the merged levels of the column that groups."""
        if by != self.by or not by:
            raise NotHeld(self._why)
        *n, missing = self.tables.n[self.by].sum(axis=1).tolist()
        return Counts(self.columns[by], self._groups, tuple(n), missing)

    def crosstab(self, *by: Grouping) -> Crosstab:
        """Patients by the merged levels of a column and of the one that groups, or of all."""
        column, group = by
        if not isinstance(column, str) or group not in ("", self.by) or column not in self.columns:
            raise NotHeld(self._why)
        n = self.tables.n[column].T
        levels = self.tables.levels[column][:-1]
        if not group:
            return Crosstab((self.columns[column],), (levels, ()), n.sum(axis=1, keepdims=True))
        return Crosstab((self.columns[column], self.columns[self.by]), (levels, self._groups), n)

    def counted(self, endpoint: Endpoint, by: Grouping = "", **asked: Unpack[Otherwise]) -> Counted:
        """Follow-up by group, in merged steps of time; nobody's, where nothing of it is told."""
        if any(asked.values()) or by not in ("", self.by):
            raise NotHeld(self._why)
        found = self.tables.counted[endpoint.code]
        if by or not self.by:
            return found
        return replace(
            found,
            column=None,
            levels=(),
            n=found.n.sum(keepdims=True),
            table=found.table.pooled(NO_VALUE.code),
            left_out={why: n.sum(keepdims=True) for why, n in found.left_out.items()},
            ended={end: n.sum(keepdims=True) for end, n in found.ended.items()},
            told=found.told.sum(axis=-1, keepdims=True),
            flags={name: n.sum(keepdims=True) for name, n in found.flags.items()},
        )

    def times_known(self, endpoint: Endpoint) -> bool:
        """Whether somebody's time to an endpoint is told."""
        return self.counted(endpoint, origin=START).any

    def ahead(self, asked: Iterable[Sequence[Grouping]]) -> None:
        """All is counted."""

    def dated(self, later: Later) -> bool:
        """Nothing that came later is told."""
        return False

    def _refused(self, *_asked: object) -> NoReturn:
        """Not held: it is not told, or whoever is filtered out could be told by subtracting."""
        raise NotHeld(self._why)

    everybody = property(_refused)
    reach = intervals = bounds = switched = complications = derivation = _refused

    def moments(self, name: str, by: Grouping) -> tuple[Distribution, ...]:
        """Not held: numbers are told by the groups that they are cut into."""
        raise NotHeld(self._why)

    def rows(self, columns: Sequence[str]) -> pd.DataFrame:
        """Not held: no row of a patient leaves."""
        raise NotHeld(ROWS, columns=", ".join(columns))

    @property
    def _groups(self) -> tuple[Level, ...]:
        return self.tables.levels[self.by][:-1] if self.by else ()


class MaskedResults:
    """Every result of a masked population, in reading order.

    What is here is in ``results.json`` under the name it has here.
    """

    def __init__(self, population: Masked) -> None:
        self.population = population

    @cached_property
    def least_cell(self) -> int:
        """The least count that is told, besides 0."""
        return self.population.k

    @cached_property
    def provenance(self) -> Provenance:
        """Where every number comes from."""
        return self.population.provenance

    @cached_property
    def withheld_endpoints(self) -> tuple[Endpoint, ...]:
        """Endpoints that the file has and of which nothing is told."""
        return self.population.withheld_endpoints

    @cached_property
    def withheld_times(self) -> tuple[int, ...]:
        """Times of response of which nothing is told, in months; 0 is best response."""
        return self.population.withheld_times

    @cached_property
    def withheld_columns(self) -> tuple[Column, ...]:
        """Columns that the file has and of which nothing is told."""
        return self.population.withheld_columns

    @cached_property
    def baseline(self) -> Baseline | None:
        """Who the patients are at baseline; None where the filters leave nothing to tell."""
        return None if self.population.refused else baseline.by_group(self.population)

    @cached_property
    def response(self) -> MaskedResponse | None:
        """Response at fixed times and best response."""
        population = self.population
        times = [name for name in population.tables.n if name.startswith(RESPONSE)]
        if population.refused or self.baseline is None or not times:
            return None
        many = len(self.baseline.groups)
        return MaskedResponse(
            self.baseline.groups,
            self.baseline.n,
            tuple(_states(population, name, many) for name in times),
        )

    @cached_property
    def survival(self) -> dict[str, SurvivalByGroup]:
        """Time to each endpoint, by the endpoint's code."""
        if self.population.exact:
            return {
                each.code: survival.by_group(self.population, each)
                for each in survival.available(self.population)
            }
        found = (
            survival.by_group(_read_at_steps(self.population, each), each)
            for each in self.population.endpoints
            if not each.competing
        )
        return {each.endpoint.code: _without_follow_up(each) for each in found}

    @cached_property
    def comparison(self) -> dict[str, Contrast]:
        """Two arms side by side, by the endpoint's code; none where others group the results."""
        population = self.population
        if population.refused or population.plan.comparison.column != population.by:
            return {}
        arms = compared(population)
        return {} if arms is None else _contrasts(population, arms)


def of_study(study: Study) -> MaskedResults | None:
    """The masked results of a study; None where its plan masks nothing."""
    k = study.plan.report.least_cell
    if not k:
        return None
    return MaskedResults(population(study, k))


def population(study: Study, k: int, ends: Ends = steps) -> Masked:
    """A study as counts that are 0 or at least `k`; `ends`: of the steps that hold some times."""
    return _Masking(study, k, ends).population()


# How it is made ----------------------------------------------------------------------------------

_TIME = "time "


class _Masking:
    """The way from a study to its masked population."""

    def __init__(self, study: Study, k: int, ends: Ends) -> None:
        self._study = study
        everybody = replace(study.plan, study=replace(study.plan.study, selection=()))
        self._whole = whole = under_study(study.as_read, everybody)
        columns = {
            name: column
            for name, column in whole.columns.items()
            if column.baseline and column.kind != "date" and whole.known(name)
        }
        self._columns = {name: whole.groups(name) for name in columns}
        # Those whose clock starts before patients are observed need both ends of each.
        self._endpoints = [
            each for each in survival.available(whole) if whole.follow(each).entry is None
        ]
        self._late = [each for each in survival.available(whole) if each not in self._endpoints]
        self._follow = {each.code: whole.follow(each) for each in self._endpoints}
        self._ends = {
            code: ends(follow.months[follow.used]) for code, follow in self._follow.items()
        }
        self._times = {f"{RESPONSE}{months}": months for months in response.time_points(whole)}
        self._mask = Mask(tuple(self._variables()), k)

    def _variables(self) -> list[Variable]:
        found = []
        for code, follow in self._follow.items():
            ends = np.array(self._ends[code]) + SLACK
            place = np.where(
                follow.used,
                1 + np.minimum(np.searchsorted(ends, follow.months), len(ends) - 1),
                0,
            )
            event = np.asarray(follow.event & follow.used, bool)
            found.append(Variable.of_times(f"{_TIME}{code}", place, event, len(ends) + 1))
        together = tuple(OBJECTIVE)
        for name, months in self._times.items():
            groups = self._whole.grouped(State(months))
            size = len(STATES) + 1
            found.append(Variable(name, groups.codes % size, size, together=together))
        for name, groups in self._columns.items():
            size = len(groups.levels) + 1
            found.append(Variable(name, groups.codes % size, size))
        return found

    def population(self) -> Masked:
        """The masked population, whose groups are those of the plan where they can be told."""
        plan = self._study.plan
        filtered = tuple(sorted({each.column for each in plan.study.selection} & {*self._columns}))
        kept = np.ones(len(self._whole.cohort), bool)
        for condition in plan.study.selection:
            kept &= matches(self._whole.cohort, condition)
        name = plan.study.by if self._tells(plan.study.by) else ""
        by = tuple(sorted({*filtered, name} - {""}))
        told = self._parted(kept, filtered) and self._mask.parts(by) is not None
        if not told and name:
            name, by = "", filtered
            told = self._parted(kept, filtered) and self._mask.parts(by) is not None
        if not told:
            return self._nothing()
        return self._told(name, by, kept)

    def _tells(self, name: str) -> bool:
        """Whether a column parts patients in cells that are large enough."""
        cells = self._mask.cells(name) if name in self._columns else None
        return cells is not None and len(np.unique(cells[self._place(name)])) > 1

    def _place(self, name: str) -> Ints:
        return next(each.place for each in self._mask.variables if each.name == name)

    def _parted(self, kept: Bools, filtered: Sequence[str]) -> bool:
        """Whether filters keep or leave out whole parts, and so nothing smaller."""
        asked = {each.column for each in self._study.plan.study.selection}
        parts = self._mask.parts(filtered)
        if parts is None or asked - {*filtered}:
            return bool(kept.all())
        share = np.bincount(parts, weights=kept) / np.bincount(parts)
        return bool(np.isin(share, (0, 1)).all()) and bool(kept.any())

    def _nothing(self) -> Masked:
        plan = _bare(self._study)
        nobody = Tables({}, {}, {}, {}, {}, {})
        n = len(self._whole.cohort)
        n = n if n >= self._mask.k else 0
        whence = replace(_quiet(self._study.provenance, plan, both=0), n=n, whole=n, selection=())
        return Masked(plan, whence, "", {}, (), *self._withheld((), ()), True, nobody)

    def _withheld(
        self, told: Sequence[Endpoint], named: Iterable[str]
    ) -> tuple[tuple[Endpoint, ...], tuple[int, ...], tuple[Column, ...]]:
        """The endpoints, times of response and columns that are not among those told."""
        return (
            tuple(each for each in (*self._endpoints, *self._late) if each not in told),
            tuple(months for name, months in self._times.items() if name not in named),
            tuple(each.column for name, each in self._columns.items() if name not in named),
        )

    def _told(self, name: str, by: tuple[str, ...], kept: Bools) -> Masked:
        group, groups = self._grouped(name)
        levels: dict[str, tuple[Level, ...]] = {}
        n: dict[str, Ints] = {}
        responded: dict[str, tuple[int, ...]] = {}
        cells_of: dict[str, tuple[tuple[str, ...], ...]] = {}
        for variable in self._mask.variables:
            cells = self._mask.cells(variable.name, by)
            if variable.rows or cells is None:
                continue
            place, found = _merged(variable, cells, self._levels(variable))
            size = len(found)
            if len(np.unique(place[variable.place])) < 2:
                continue
            at = (group * size + place[variable.place])[kept]
            n[variable.name] = np.bincount(at, minlength=(len(groups) + 1) * size).reshape(-1, size)
            levels[variable.name] = found
            responded[variable.name] = _responded(variable, place)
            cells_of[variable.name] = _codes(variable, place, self._levels(variable), size)
        columns = {
            key: replace(each.column, kind="category", levels=levels[key][:-1])
            for key, each in self._columns.items()
            if key in n
        }
        column = columns.get(name)
        follow = {
            each.code: self._counted(each, by, column, groups, group, kept)
            for each in (*self._endpoints, ENDPOINTS["OS"])
        }
        told = tuple(each for each in self._endpoints if _is_curve(follow[each.code][0]))
        plan = _bare(self._study)
        plan = replace(plan, study=replace(plan.study, by=name or plan.study.by))
        return Masked(
            plan,
            _quiet(self._study.provenance, plan, _both(groups, n.get(name))),
            name,
            columns,
            told,
            *self._withheld(told, n),
            False,
            Tables(
                levels,
                n,
                {code: counted for code, (counted, _steps) in follow.items()},
                responded,
                cells_of,
                {code: found for code, (_counted, found) in follow.items()},
            ),
        )

    def _grouped(self, name: str) -> tuple[Ints, tuple[Level, ...]]:
        """The group of each patient, those of no value last, and the groups that there are."""
        if not name:
            return np.zeros(len(self._whole.cohort), np.int64), ()
        variable = next(each for each in self._mask.variables if each.name == name)
        cells = self._mask.cells(name)
        assert cells is not None
        place, levels = _merged(variable, cells, self._levels(variable))
        return place[variable.place], levels[:-1]

    def _levels(self, variable: Variable) -> tuple[Level, ...]:
        if variable.together:
            return (*STATES, NO_VALUE)
        return (*self._columns[variable.name].levels, NO_VALUE)

    def _counted(
        self,
        endpoint: Endpoint,
        by: tuple[str, ...],
        column: Column | None,
        groups: tuple[Level, ...],
        group: Ints,
        kept: Bools,
    ) -> tuple[Counted, Steps]:
        """Follow-up in merged steps; nobody's where nothing of it is told."""
        names, size = (*(level.code for level in groups), NO_VALUE.code), len(groups) + 1
        there = np.bincount(group[kept], minlength=size)
        found = self._steps(endpoint, by, group[kept], size, kept)
        table, out = found.life_table(names), there - found.n.sum(axis=1)
        ended = {}
        if found.n.any() and self._by_months(endpoint):
            ended = {
                End(endpoint.months, True): table.events.sum(axis=1),
                End(endpoint.months, False): table.censored.sum(axis=1),
            }
        left_out = {UNTIMED: out} if out.any() or not found.n.any() else {}
        return _counts(endpoint, column, groups, there, table, left_out, ended), found

    def _by_months(self, endpoint: Endpoint) -> bool:
        """Whether every time is as the sheet gives it in months."""
        follow = self._follow[endpoint.code]
        return bool((follow.ended_by == endpoint.months)[follow.used].all())

    def _steps(
        self, endpoint: Endpoint, by: tuple[str, ...], group: Ints, size: int, kept: Bools
    ) -> Steps:
        """The merged steps of those with a time."""
        name = f"{_TIME}{endpoint.code}"
        cells = self._mask.cells(name, by)
        if cells is None:
            return Steps.nobody(size)
        variable = next(each for each in self._mask.variables if each.name == name)
        start, stop = _spans(variable, cells, np.array([0.0, *self._ends[endpoint.code]]))
        many = int(cells.max()) + 1
        n = np.bincount(group * many + cells[variable.place][kept], minlength=size * many)
        first = [int(np.flatnonzero(cells == cell)[0]) for cell in range(many)]
        timed = stop[first] > 0
        return Steps(
            variable.row[first][timed],
            start[first][timed],
            stop[first][timed],
            n.reshape(size, many)[:, timed],
        )


def _spans(variable: Variable, cells: Ints, ends: Floats) -> tuple[Floats, Floats]:
    """Where the merged step of each place begins and ends."""
    end = np.tile(ends, 2)
    start, stop = np.zeros(variable.size), np.zeros(variable.size)
    for cell in range(int(cells.max()) + 1):
        inside = cells == cell
        start[inside] = ends[max(0, int(np.searchsorted(ends, end[inside].min())) - 1)]
        stop[inside] = end[inside].max()
    return start, stop


def _is_curve(found: Counted) -> bool:
    """Whether events stand at two times or more: one alone is no curve."""
    return int((found.table.events.sum(axis=0) > 0).sum()) > 1


def _both(groups: Sequence[Level], n: Ints | None) -> int:
    if n is None:
        return 0
    return sum(int(n[at].sum()) for at, level in enumerate(groups) if level.code == "BOTH")


def _counts(
    endpoint: Endpoint,
    column: Column | None,
    groups: tuple[Level, ...],
    n: Ints,
    table: Any,
    left_out: Mapping[str, Ints],
    ended: Mapping[End, Ints],
) -> Counted:
    told = np.zeros((2, 2, len(n)), np.int64)
    return Counted(endpoint, column, groups, n, table, left_out, ended, told, {}, False)


def _merged(
    variable: Variable, cells: Ints, own: Sequence[Level]
) -> tuple[Ints, tuple[Level, ...]]:
    """The place of each old place among merged levels, and these, no value last."""
    there = np.bincount(variable.place, minlength=variable.size) > 0
    none = variable.size - 1
    found: list[Level] = []
    place = np.full(variable.size, -1)
    for cell in range(int(cells.max(initial=0)) + 1):
        inside = [int(at) for at in np.flatnonzero((cells == cell) & there)]
        if not inside or inside == [none]:
            continue
        found.append(_level(inside, own, variable))
        place[cells == cell] = len(found) - 1
    place[place < 0] = len(found)
    return place, (*found, NO_VALUE)


def _codes(
    variable: Variable, place: Ints, own: Sequence[Level], size: int
) -> tuple[tuple[str, ...], ...]:
    """The codes that somebody has of each merged level; no value is the last of all."""
    there = np.bincount(variable.place, minlength=variable.size) > 0
    there[-1] = True
    return tuple(
        tuple(own[int(at)].code for at in np.flatnonzero(there & (place == cell)))
        for cell in range(size)
    )


def _level(inside: Sequence[int], own: Sequence[Level], variable: Variable) -> Level:
    """What a cell of some levels is called."""
    if len(inside) == 1:
        return own[inside[0]]
    if variable.together:
        return RESPONDED if {*inside} == {*variable.together} else OTHER_STATES
    return OTHER_OR_NONE if variable.size - 1 in inside else OTHER


def _responded(variable: Variable, place: Ints) -> tuple[int, ...]:
    """The merged levels of those with CR or PR; none where no rate can be told.

    That is where others are among them, or where those who entered too late, whom no rate counts,
    are among others.
    """
    if not variable.together:
        return ()
    there = np.bincount(variable.place, minlength=variable.size) > 0

    def alone(kept: Iterable[int]) -> set[int]:
        """The merged levels of some, -1 among them where others are in one as well."""
        ours = {int(place[at]) for at in kept if there[at]}
        others = {int(place[at]) for at in range(variable.size) if there[at] and at not in kept}
        return ours | ({-1} if ours & others else set())

    hits = alone(variable.together)
    mixed = -1 in hits | alone((PLACE["not-due"],))
    return () if mixed else tuple(sorted(hits))


def _bare(study: Study) -> Plan:
    """A plan without how the file was read, and without what somebody wrote into the report.

    The day on which the file ends is the date of a patient.
    """
    plan = study.plan
    if plan.study.as_of == study.as_read.latest_date:
        plan = replace(plan, study=replace(plan.study, as_of=None))
    return replace(
        plan, reading=Reading(), report=replace(plan.report, comments=(), edited=(), beside=())
    )


def _quiet(whence: Provenance, plan: Plan, both: int) -> Provenance:
    """Where results come from, without counts of rows and of single patients."""
    return replace(
        whence,
        plan=plan,
        source=replace(whence.source, rows=0),
        steps=(),
        stood_in=0,
        both=both if whence.both_recorded else 0,
        both_recorded=whence.both_recorded and both > 0,
    )


def _read_at_steps(population: Masked, endpoint: Endpoint) -> Masked:
    """The population whose plan reads survival where steps end, and nowhere between."""
    table = population.counted(endpoint).table
    ends = set(table.time[table.events.sum(axis=0) > 0].tolist())
    plan = population.plan
    read = tuple(months for months in plan.survival.milestones if months in ends)
    plan = replace(plan, survival=replace(plan.survival, milestones=read))
    return replace(
        population, plan=plan, provenance=replace(population.provenance, plan=plan), answers={}
    )


def _without_follow_up(found: SurvivalByGroup) -> SurvivalByGroup:
    """Without the median follow-up, since steps do not tell when follow-up ended."""
    groups = tuple(replace(each, follow_up=None) for each in found.groups)
    return replace(found, everyone=replace(found.everyone, follow_up=None), groups=groups)


def _states(population: Masked, name: str, many: int) -> StatesAt:
    """The merged states at a time."""
    table, levels = population.tables.n[name], population.tables.levels[name]
    by_group = np.concatenate([table.sum(axis=0, keepdims=True), table])[:many]
    hits = list(population.tables.responded[name])
    late = [at for at, level in enumerate(levels) if level == STATES[PLACE["not-due"]]]
    rates = []
    for row in by_group:
        n, k = int(row.sum() - row[late].sum()), int(row[hits].sum())
        told = hits and n
        rates.append(proportion(k, n, population.plan.confidence) if told else None)
    return StatesAt(
        int(name.removeprefix(RESPONSE)),
        tuple(
            LevelCounts(level, tuple(by_group[:, at].tolist()))
            for at, level in enumerate(levels)
            if by_group[:, at].any()
        ),
        tuple(rates),
    )


def _bare_arms(found: SurvivalContrast) -> SurvivalContrast:
    first, second = (replace(each, follow_up=None) for each in found.arms)
    return replace(found, arms=(first, second))


def _contrast(population: Masked, endpoint: Endpoint, arms: Arms) -> SurvivalContrast:
    if population.exact:
        return comparison.survival_contrast(population, endpoint, arms)
    at_steps = _read_at_steps(population, endpoint)
    return _bare_arms(comparison.survival_contrast(at_steps, endpoint, arms))


def _contrasts(population: Masked, arms: Arms) -> dict[str, Contrast]:
    plan, column = population.plan, arms.column
    at_baseline = comparison.covariates(population, arms)
    contrasts = {
        each.code: _contrast(population, each, arms)
        for each in population.endpoints
        if not each.competing
    }
    nothing = ((0, 0), (0, 0))
    found = Comparison(
        population.provenance,
        column,
        *arms.levels,
        arms.n,
        arms.choices.levels,
        arms.left_out,
        at_baseline,
        Besides(nothing, nothing, None, plan.study.seen_every, None, None, (), None, ()),
        (),
        tuple(contrasts.values()),
        (cautions.not_randomised(column),),
    )
    beware = cautions.unbalanced(found.unlike, found.tried)
    beware += cautions.few_patients(arms.levels, arms.n, plan.small)
    found = replace(found, cautions=(*found.cautions, *beware))
    return {
        code: Contrast(found, each, robustness.hidden_cause(each, plan, found.apart))
        for code, each in contrasts.items()
    }
