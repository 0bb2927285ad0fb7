"""What a centre tells for pooling: counts of its two arms and of all others, and no patient.

Cells are 0 or at least a least count, as `masked` merges them, with times in the same steps in
every centre; or they are exact, by the centre's own choice. Words of the file are told where they
are the schema's, or several patients have them; names of columns where they are the schema's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Literal, cast

import numpy as np

from lib import __version__
from lib.analyses import masked, response, survival
from lib.analyses.arms import Arms, compared
from lib.analyses.centres import CENTRE
from lib.analyses.counted import ALL, Counted, End, State
from lib.analyses.masked import RESPONSE, SMALL, Masked
from lib.analyses.reasons import sentence
from lib.analyses.states import OBJECTIVE, STATE_CODES
from lib.analyses.study import Study
from lib.analyses.subgroups import Row, hazard_row
from lib.cohort import CohortError
from lib.language import N_, Template
from lib.plan import LeastCell, Plan
from lib.schema import BY_DATES, COLUMNS, ENDPOINTS, FIRST_YEAR, Column, Endpoint, Level
from lib.statistics import cox
from lib.statistics.estimate import Floats, Ints
from lib.statistics.life_table import LifeTable
from lib.statistics.stepped import Steps

EXACT = 1
"""The least cell of counts that are not merged."""
ANY = "*"
"""In a cell: whatever the file has and no cell names, since its words are the file's own."""
NOT_TOLD = Level("not-told", N_("Not told by their centre"))
"""In sums of several centres, who is of one that does not tell it."""
ARMS, ROWS = 2, 3  # a row of counts: the reference, the comparison, all others
_WORDS = 3  # patients who have a word of the file's own before it is told
_SHORT = re.compile(r"[0-9A-Za-z]{1,2}")
YEARS = (36, 48, 60, 120, 1200)
"""Months at which steps end besides those of the plan; nobody is followed beyond the last."""
TOLD_BY = {**ENDPOINTS, **BY_DATES}
"""The endpoints that may be told: those of the schema."""

PARTS = (
    *("study.modality_rule", "study.roll_up", "study.selection", "study.cuts"),
    *("study.assessed_every", "response.months", "response.deaths", "response.source"),
    *("response.profile", "response.confirm", "response.confirm_days", "response.ne_between"),
    *("response.sd_between", "response.sd_days", "response.window_days"),
    *("survival.origin", "survival.missed_scans"),
    *("comparison.column", "comparison.reference", "comparison.comparison"),
)
"""The parts of the plan that counts depend on, which must be the same in every centre. Each has a
data cut-off of its own."""
GRID = ("survival.milestones", "survival.taus")
"""The parts on which the steps of merged counts depend as well."""

NO_ARMS = sentence("pool-no-arms")
NO_LEAST = sentence("pool-least")
TOO_OPEN = sentence("pool-too-open")
ARMS_SMALL = sentence("pool-arms-small")
DATES = sentence("pool-dates")
ITSELF = sentence("pool-itself")
OWN = sentence("pool-own")
OWN_CUT = sentence("pool-own-cut")
LATE = sentence("pool-late")
SEVERAL = sentence("pool-several")
FEW = sentence("pool-few")
SEPARATED = sentence("pool-separated")


REASONS = frozenset(each.code for each in (SMALL, DATES, ITSELF, OWN, OWN_CUT, LATE, SEVERAL))
"""Why something is left out."""
UNESTIMATED = {
    "few-in-an-arm": ("least",),
    "few-events": ("least", "least_arm"),
    FEW.code: ("k",),
    SEPARATED.code: (),
}
"""Why there is no ratio, and what the sentence names."""


class PoolError(CohortError):
    """Counts that cannot leave, cannot be read, or do not go together."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Patients by the cells of a column, each of one code or merged of several; '' for no value."""

    codes: tuple[tuple[str, ...], ...]
    n: Ints  # (3, cells)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Patients by the value of a number."""

    values: Floats
    n: Ints  # (3, values)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Follow-up to an endpoint: counts of three rows each."""

    steps: Steps
    left_out: Mapping[str, Ints]  # by the code of the reason
    ended: Mapping[End, Ints]
    told: Ints  # (2, 2, 3)
    flags: Mapping[str, Ints]
    living: Steps | None = None  # of one row: those left out alive, until they were last known


Pair = tuple[int, int]
"""Of both arms, reference first."""


@dataclass(frozen=True, slots=True)
class LogRatio:
    """The log hazard ratio of both arms, as the centre estimated it."""

    # n, events: of both arms; None where merged counts do not tell them
    n: Pair | None
    events: Pair | None
    value: float | None  # None where it is withheld
    error: float | None
    # why, values: an `N_` template that says why it is, and what it names
    why: str = ""
    values: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a centre has and does not tell, and why, by the code of the reason."""

    kind: Literal["column", "response", "endpoint"]
    name: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What one centre tells."""

    k: int
    version: str  # of the Hepar that wrote it
    source: str  # digest of the file
    plan: Plan  # of which `PARTS` and `GRID` alone are told
    rule: str  # code of how the modality was decided
    both: int  # patients recorded as having had both modalities
    both_recorded: bool
    n: Ints  # (3,)
    columns: Mapping[str, Cells]
    numbers: Mapping[str, Numbers]
    responses: Mapping[int, Cells]
    outcomes: Mapping[str, Outcome]
    ratios: Mapping[str, LogRatio]
    left_out: tuple[LeftOut, ...]

    @property
    def arms(self) -> tuple[str, str]:
        """The codes of the arms, reference first."""
        return self.plan.comparison.reference, self.plan.comparison.comparison

    @property
    def exact(self) -> bool:
        """Whether nothing is merged."""
        return self.k == EXACT


# What leaves -------------------------------------------------------------------------------------


def grid(plan: Plan) -> Floats:
    """The ends of steps: the same in every centre, with the months of the plan among them."""
    named = (*plan.survival.milestones, *plan.survival.taus, *plan.response.months)
    ends = {*map(float, YEARS), *map(float, named)}
    return np.array(sorted(ends - {0.0}))


def of_study(study: Study, k: int) -> Told:
    """What a study tells for pooling, its cells merged to 0 or at least k; 1 is exact.

    Raises `PoolError` if there are no two arms, or they cannot be told apart.
    """
    least = study.plan.report.least_cell
    if k != EXACT and not 3 <= k <= 30:
        raise PoolError(NO_LEAST, k=k)
    if k < least:
        raise PoolError(TOO_OPEN, least=least)
    arms = compared(study)
    if arms is None:
        raise PoolError(NO_ARMS)
    plan = replace(study.plan, study=replace(study.plan.study, by=arms.column.name))
    telling = _Telling(study.by(plan), arms, k)
    return telling.exactly() if k == EXACT else telling.merged()


class _Telling:
    """The way from a study to what is told of it."""

    def __init__(self, study: Study, arms: Arms, k: int) -> None:
        self._study, self._arms, self._k = study, arms, k
        self._name = arms.column.name
        self._left: list[LeftOut] = []

    def exactly(self) -> Told:
        """Counts as they are."""
        study, name, places = self._study, self._name, self._arms.places
        columns: dict[str, Cells] = {}
        numbers: dict[str, Numbers] = {}
        for key, column in self._telling_columns():
            if column.kind == "number":
                numbers[key] = self._numbers(key)
                continue
            found = study.crosstab(name, key)
            codes = (*((level.code,) for level in found.levels[1]), ("",))
            columns[key] = self._worded(column, Cells(codes, _three(found.n, places)))
        responses = {}
        for months in response.time_points(study):
            n = study.crosstab(name, State(months)).n
            codes = (*((code,) for code in STATE_CODES), ("",))
            responses[months] = Cells(codes, _three(n, places))
        outcomes = {}
        for each in study.endpoints:
            counted = study.counted(each, name)
            if each.code not in TOLD_BY or counted.late:
                self._leave("endpoint", each.code, LATE if counted.late else OWN)
                continue
            outcomes[each.code] = _outcome(counted, Steps.of(counted.table), places)
        n = _three(np.array([*self._arms.everyone.n, self._arms.everyone.missing]), places)
        return self._told(n, columns, numbers, responses, outcomes, study.provenance.both)

    def merged(self) -> Told:
        """Counts of cells that are 0 or at least k."""
        k, study = self._k, self._study
        plan = replace(study.plan, report=replace(study.plan.report, least_cell=cast(LeastCell, k)))
        ends = grid(plan)

        def reaching(times: Floats) -> tuple[float, ...]:
            last = float(times.max(initial=0.0))
            return tuple(ends[: int(np.searchsorted(ends, last)) + 1].tolist())

        found = masked.population(study.by(plan), k, reaching)
        codes = found.tables.cells.get(found.by, ())
        alone = [(level.code,) for level in self._arms.levels]
        if found.refused or found.by != self._name or any(each not in codes for each in alone):
            raise PoolError(ARMS_SMALL, k=k)
        places = [codes.index(each) for each in alone]
        named = dict(self._telling_columns())
        columns = {
            key: self._worded(named[key], _cells(found, key, places))
            for key in found.tables.n
            if key in named
        }
        for column in found.withheld_columns:
            if column.name in named:
                self._leave("column", column.name, SMALL)
        responses = {
            int(key.removeprefix(RESPONSE)): _cells(found, key, places)
            for key in found.tables.n
            if key.startswith(RESPONSE)
        }
        for months in found.withheld_times:
            self._leave("response", str(months), SMALL)
        outcomes = {
            each.code: _outcome(
                found.tables.counted[each.code], found.tables.steps[each.code], places
            )
            for each in found.endpoints
            if each.code in TOLD_BY
        }
        for each in study.endpoints:
            if each.code not in outcomes:
                self._leave("endpoint", each.code, self._why(each))
        n = _three(found.tables.n[found.by].sum(axis=1), places)
        return self._told(n, columns, {}, responses, outcomes, found.provenance.both)

    def _why(self, endpoint: Endpoint) -> Template:
        """Why merged counts do not tell an endpoint."""
        if endpoint.code not in TOLD_BY:
            return OWN
        if endpoint.competing:
            return SEVERAL
        return LATE if self._study.counted(endpoint).late else SMALL

    def _told(
        self,
        n: Ints,
        columns: Mapping[str, Cells],
        numbers: Mapping[str, Numbers],
        responses: Mapping[int, Cells],
        outcomes: Mapping[str, Outcome],
        both: int,
    ) -> Told:
        whence, (reference, comparison) = self._study.provenance, self._arms.codes
        told = only(self._study.plan, (*PARTS, *GRID))
        chosen = replace(told.comparison, reference=reference, comparison=comparison)
        return Told(
            self._k,
            __version__,
            whence.source.sha256,
            replace(told, comparison=chosen),
            whence.modality_rule.code,
            both,
            whence.both_recorded,
            n,
            columns,
            numbers,
            responses,
            outcomes,
            self._ratios(outcomes),
            tuple(self._left),
        )

    def _leave(self, kind: Literal["column", "response", "endpoint"], name: str, why: str) -> None:
        self._left.append(
            LeftOut(kind, name if name in _NAMES or name.isdigit() else "", _code(why))
        )

    def _telling_columns(self) -> Iterator[tuple[str, Column]]:
        """The columns that may be told; a column of the file's own has no name that may leave."""
        study = self._study
        for name, column in study.columns.items():
            if not (column.baseline and study.known(name)) or name == self._name:
                continue
            why = self._kept_back(name, column)
            if why:
                self._leave("column", name, why)
            else:
                yield name, column

    def _kept_back(self, name: str, column: Column) -> str:
        if name not in COLUMNS:
            return OWN
        if column.kind == "date" or name == FIRST_YEAR:
            return DATES
        if name == CENTRE:
            return ITSELF
        own = self._k != EXACT and column.kind == "number" and self._study.cut(name).by == "median"
        return OWN_CUT if own else ""

    def _worded(self, column: Column, cells: Cells) -> Cells:
        """The cells without words of the file that few patients have."""
        known = {level.code for level in column.levels} | {""}
        least = max(_WORDS, self._k)

        def told(code: str, n: int) -> str:
            ours = column.kind == "number" or code in known or _SHORT.fullmatch(code)
            return code if ours or (n >= least and len(code) <= LONGEST) else ANY

        codes = [
            tuple(dict.fromkeys(told(code, int(n) if len(cell) == 1 else 0) for code in cell))
            for cell, n in zip(cells.codes, cells.n.sum(axis=0), strict=True)
        ]
        classes = joined([codes])
        return Cells(classes, classed(cells.n, codes, classes))

    def _numbers(self, name: str) -> Numbers:
        """How many patients have each value of a number, by arm."""
        study = self._study
        given = study.rows([name])[name].to_numpy(np.float64, na_value=np.nan)
        codes = study.groups(self._name).codes
        first, second = self._arms.places
        row = np.select([codes == first, codes == second], [0, 1], ARMS)
        known = ~np.isnan(given)
        values, place = np.unique(given[known], return_inverse=True)
        n = np.zeros((ROWS, len(values)), np.int64)
        np.add.at(n, (row[known], place), 1)
        return Numbers(values, n)

    def _ratios(self, outcomes: Mapping[str, Outcome]) -> dict[str, LogRatio]:
        study, found = self._study, {}
        for each in survival.available(study):
            if each.code not in TOLD_BY:
                continue
            table = study.counted(each, self._name).among(self._arms.levels).table
            row = hazard_row(table, ALL, study.plan)
            found[each.code] = self._ratio(table, row, outcomes.get(each.code))
        return found

    def _ratio(self, table: LifeTable, row: Row, told: Outcome | None) -> LogRatio:
        """The ratio, of merged counts to 2 decimals and where each arm has events enough."""
        exact = self._k == EXACT
        n, events = (row.n, row.events) if exact else _of_arms(told)
        if row.estimate is None:
            return LogRatio(n, events, None, None, _code(row.why), row.values)
        if not exact and min(row.events) < self._k:
            return LogRatio(n, events, None, None, _code(FEW), (("k", self._k),))
        first, second = table.groups
        hazard = cox.hazard_ratio(table, first, second)
        if hazard.diverged:
            return LogRatio(n, events, None, None, _code(SEPARATED))
        value, error = hazard.log_ratio, hazard.std_error
        if not exact:
            value, error = round(value, 2), round(error, 2)
        return LogRatio(n, events, value, error)


_NO_WORDS = ("", NOT_TOLD.code)


def _of_arms(told: Outcome | None) -> tuple[Pair, Pair] | tuple[None, None]:
    """Patients and events of both arms as the steps have them, which may hide who has no time."""
    if told is None:
        return None, None
    n, events = (each[:ARMS].sum(axis=1).tolist() for each in (told.steps.n, _with_event(told)))
    return (n[0], n[1]), (events[0], events[1])


def _with_event(told: Outcome) -> Ints:
    return told.steps.n[:, told.steps.event > 0]


LONGEST = 60  # signs of a word of the file
_NAMES = frozenset((*COLUMNS, *TOLD_BY))


def _code(why: str) -> str:
    return why.code if isinstance(why, Template) else why


def only(plan: Plan, parts: Sequence[str]) -> Plan:
    """A plan of which some parts alone are told."""
    found = Plan()
    for path in parts:
        part, name = path.split(".")
        chosen = replace(getattr(found, part), **{name: attrgetter(path)(plan)})
        found = replace(found, **{part: chosen})
    return found


def _three(n: Ints, places: Sequence[int]) -> Ints:
    """Counts by group as those of the two arms and of all others, along the first axis."""
    arms = n[list(places)]
    return np.concatenate([arms, (n.sum(axis=0) - arms.sum(axis=0))[None]]).astype(np.int64)


def _cells(found: Masked, name: str, places: Sequence[int]) -> Cells:
    """The merged cells of a column or of a time of response, those that there are."""
    codes, n = found.tables.cells[name], _three(found.tables.n[name], places)
    kept = [at for at, cell in enumerate(codes) if cell]
    return Cells(tuple(codes[at] for at in kept), n[:, kept])


def _outcome(counted: Counted, steps: Steps, places: Sequence[int]) -> Outcome:
    def three(n: Ints) -> Ints:
        return _three(n, places)

    n = three(steps.n)
    kept = n.any(axis=0)
    living = counted.living
    return Outcome(
        Steps(steps.event[kept], steps.start[kept], steps.stop[kept], n[:, kept]),
        {why: three(n) for why, n in counted.left_out.items()},
        {end: three(n) for end, n in counted.ended.items()},
        np.moveaxis(three(np.moveaxis(counted.told, -1, 0)), 0, -1),
        {name: three(n) for name, n in counted.flags.items()},
        None if living is None else Steps.of(living.pooled(ALL.code)),
    )


# Cells of several centres ------------------------------------------------------------------------


def joined(several: Sequence[Sequence[Sequence[str]]]) -> tuple[tuple[str, ...], ...]:
    """The finest cells of which every cell of every centre is a part, in no order but codes'.

    A cell with `ANY` has whatever codes others name and this centre does not. All cells of several
    codes become one, besides that of objective response.
    """
    every = sorted({code for cells in several for cell in cells for code in cell} - {ANY})
    parent = {code: code for code in (*every, ANY)}

    def root(code: str) -> str:
        while parent[code] != code:
            code = parent[code]
        return code

    for cells in several:
        named = {code for cell in cells for code in cell}
        for cell in cells:
            others = every if ANY in cell else []
            others = [code for code in others if code not in {*named, *_NO_WORDS}]
            for code in (*cell, *others):
                parent[root(code)] = root(cell[0])
    found: dict[str, list[str]] = {}
    there = {code for cells in several for cell in cells for code in cell}
    for code in (*every, ANY):
        if code in there:
            found.setdefault(root(code), []).append(code)
    hits = {STATE_CODES[at] for at in OBJECTIVE}
    mixed = [cell for cell in found.values() if is_mixed(cell) and not {*cell} <= hits]
    alone = [tuple(cell) for cell in found.values() if cell not in mixed]
    return (*alone, *([tuple(code for cell in mixed for code in cell)] if mixed else ()))


def is_mixed(cell: Sequence[str]) -> bool:
    """Whether a cell is of more codes than one."""
    return len(cell) > 1 or ANY in cell


def classed(n: Ints, codes: Sequence[Sequence[str]], classes: Sequence[Sequence[str]]) -> Ints:
    """Counts of cells as counts of the classes that they are parts of."""
    place = {code: at for at, cell in enumerate(classes) for code in cell}
    found = np.zeros((len(n), len(classes)), np.int64)
    for at, cell in enumerate(codes):
        found[:, place[cell[0]]] += n[:, at]
    return found
