"""Centres' counts as one population: the sums of what several centres told.

The centre is a column and a stratum. What a centre does not tell is in no sum as if it were known:
its patients are under `NOT_TOLD` there, or left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from hashlib import sha256
from operator import add, attrgetter
from typing import Any, Unpack

import numpy as np
import pandas as pd

from lib.analyses.centres import CENTRE
from lib.analyses.counted import (
    NO_VALUE,
    Counted,
    Counts,
    Crosstab,
    Distribution,
    Grouping,
    Later,
    NotHeld,
    Otherwise,
    State,
)
from lib.analyses.masked import (
    OTHER,
    OTHER_OR_NONE,
    OTHER_STATES,
    RESPONDED,
    RESPONSE,
    UNTIMED,
    Masked,
    Tables,
)
from lib.analyses.provenance import Cut, Provenance
from lib.analyses.states import COLUMN, OBJECTIVE, PLACE, STATE_CODES, STATES
from lib.analyses.told import (
    ARMS,
    EXACT,
    NOT_TOLD,
    PARTS,
    ROWS,
    TOLD_BY,
    Cells,
    Outcome,
    Told,
    classed,
    is_mixed,
    joined,
)
from lib.cohort import Source
from lib.followup import by_number, natural
from lib.language import N_, Template, template
from lib.plan import Plan
from lib.schema import COLUMNS, Column, Endpoint, Level
from lib.statistics.estimate import Floats, Ints
from lib.statistics.life_table import LifeTable
from lib.statistics.stepped import Steps

NOT_COUNTED = N_("Centres’ counts do not hold this", "pool-not-counted")


def _ordered(
    classes: Sequence[tuple[str, ...]], column: Column
) -> list[tuple[Level, tuple[str, ...]]]:
    """The classes as levels in display order, no value last."""
    places = {level.code: at for at, level in enumerate(column.levels)}

    def rank(cell: tuple[str, ...]) -> tuple[Any, ...]:
        if cell == ("",):
            return (3,)
        if is_mixed(cell) and not _responded(cell):
            return (2,)
        at = places.get(cell[0])
        return (1, natural(cell[0])) if at is None else (0, at)

    return [(_level(cell, column), cell) for cell in sorted(classes, key=rank)]


def _responded(cell: Sequence[str]) -> bool:
    """Whether a cell is of objective response alone."""
    return {*cell} <= {STATE_CODES[at] for at in OBJECTIVE}


def _level(cell: tuple[str, ...], column: Column) -> Level:
    """What a cell is called."""
    if cell == ("",):
        return NO_VALUE
    if cell == (NOT_TOLD.code,):
        return NOT_TOLD
    if not is_mixed(cell):
        ours = (level for level in column.levels if level.code == cell[0])
        return replace(next(ours, Level(cell[0], cell[0])), of=column)
    if column is COLUMN:
        return RESPONDED if _responded(cell) else OTHER_STATES
    return OTHER_OR_NONE if "" in cell else OTHER


@dataclass(frozen=True, slots=True, eq=False)
class Pool(Masked):
    """Several centres' counts as one population, in which the centre is a column and a stratum."""

    centres: tuple[tuple[Level, Told], ...] = ()
    strata: Mapping[str, tuple[tuple[Level, LifeTable], ...]] | None = None

    def under(self, plan: Plan) -> "Pool":
        """The same centres under another plan.

        Raises `NotHeld` where it asks for counts that no centre told.
        """
        for path in PARTS:
            self._must_hold(attrgetter(path)(plan) == attrgetter(path)(self.plan))
        return replace(self, plan=plan, provenance=replace(self.provenance, plan=plan))

    @property
    def latest_date(self) -> None:
        """No date is told."""

    @property
    def k(self) -> int:
        """The largest least count of any centre."""
        return max(told.k for _centre, told in self.centres)

    @property
    def exact(self) -> bool:
        """Whether no centre merged anything."""
        return self.k == EXACT

    @property
    def _why(self) -> Template:
        """Why something is not held."""
        return NOT_COUNTED

    def cut(self, name: str) -> Cut:
        """Where a column is cut; a median of all that no filter narrows is not held."""
        column = COLUMNS.get(name)
        if column is None or column.kind != "number":
            return Cut()
        found = _cut_at(self.plan, column)
        self._must_hold(bool(found.at))
        return found

    def dated(self, later: Later) -> bool:
        """Not held: nothing that came later is told, whether or not files date it."""
        raise NotHeld(self._why)

    def counts(self, by: Grouping) -> Counts:
        """Patients by arm, or by centre."""
        if by == CENTRE:
            n = tuple(int(told.n.sum()) for _centre, told in self.centres)
            return Counts(self.columns[CENTRE], tuple(level for level, _told in self.centres), n, 0)
        self._must_hold(by == self.by)
        return Masked.counts(self, by)

    def crosstab(self, *by: Grouping) -> Crosstab:
        """Patients by a column, or by state, and by arm or all of them."""
        self._must_hold(len(by) == 2 and by[1] in ("", self.by))
        what, group = by
        if isinstance(what, State):
            return self._states(what, group)
        self._must_hold(isinstance(what, str) and what in self.columns)
        self._must_hold(what not in self._as_values)
        return Masked.crosstab(self, what, group)

    def _states(self, what: State, group: Grouping) -> Crosstab:
        """All states at a time, where none are merged."""
        name = f"{RESPONSE}{what.months}"
        self._must_hold(what.confirm is None and name in self.tables.n)
        self._must_hold(all(len(cell) == 1 for cell in self.tables.cells[name]))
        n = np.zeros((len(STATES) + 1, len(self.tables.n[name])), np.int64)
        for (code,), counts in zip(self.tables.cells[name], self.tables.n[name].T, strict=True):
            n[PLACE[code] if code else -1] = counts
        if not group:
            return Crosstab((COLUMN, COLUMN), (STATES, ()), n.sum(axis=1, keepdims=True))
        return Crosstab((COLUMN, self.columns[self.by]), (STATES, self._groups), n)

    def moments(self, name: str, by: Grouping) -> tuple[Distribution, ...]:
        """What is known of a number in each arm, where every centre told its values."""
        self._must_hold(name in self._as_values and by in ("", self.by))
        rows = self._values(name)
        column = self.columns[name]
        if not by:
            return (Distribution.of(np.concatenate(rows), column),)
        return tuple(Distribution.of(values, column) for values in rows)

    def _values(self, name: str) -> list[Floats]:
        """The values of each group, nan for whoever has none; nobody is without a group."""
        found: list[list[Floats]] = [[] for _row in range(ROWS)]
        for _centre, told in self.centres:
            known = told.numbers.get(name)
            for row in range(ROWS):
                values = np.zeros(0) if known is None else np.repeat(known.values, known.n[row])
                lacking = int(told.n[row]) - len(values)
                found[row] += [values, np.full(lacking, np.nan)]
        rows = [np.concatenate(parts) for parts in found]
        groups = len(self._groups)
        return [*rows[:groups], np.zeros(0)]

    @property
    def _as_values(self) -> frozenset[str]:
        return frozenset(name for name, each in self.columns.items() if each.kind == "number")

    def counted(self, endpoint: Endpoint, by: Grouping = "", **asked: Unpack[Otherwise]) -> Counted:
        """Follow-up by arm, the sum of what the centres told; `strata`: by centre."""
        origin, strata = asked.pop("origin", None), asked.pop("strata", "")
        self._must_hold(origin in (None, self.plan.survival.origin) and not any(asked.values()))
        self._must_hold(strata in ("", CENTRE) and by in ("", self.by))
        if endpoint.code not in self.tables.counted:
            raise NotHeld(self._why)
        found = Masked.counted(self, endpoint, by)
        if not strata or self.strata is None:
            return found
        tables = self.strata[endpoint.code]
        if not by:
            tables = tuple((level, table.pooled(NO_VALUE.code)) for level, table in tables)
        return replace(found, strata=tables)

    def _must_hold(self, held: bool) -> None:
        if not held:
            raise NotHeld(self._why)


def pooled(told: Sequence[tuple[str, Told]], plan: Plan) -> Pool:
    """One population of what several centres told, whose plans go together.

    `told`: by the name of each centre. `plan`: what counts do not depend on is taken from it.
    """
    return _Pooling(told, plan).pool()


class _Pooling:
    """The way from what centres told to their pool."""

    def __init__(self, told: Sequence[tuple[str, Told]], plan: Plan) -> None:
        column = COLUMNS[CENTRE]
        self._centres = tuple((Level(name, name, of=column), each) for name, each in told)
        self._told = [each for _name, each in told]
        first = self._told[0].plan
        for path in PARTS:
            part, name = path.split(".")
            chosen = replace(getattr(plan, part), **{name: attrgetter(path)(first)})
            plan = replace(plan, **{part: chosen})
        self._by = name = plan.comparison.column
        self._plan = replace(plan, study=replace(plan.study, by=name, as_of=None))
        of = COLUMNS.get(name, Column(name, name, "category", baseline=True))
        known = {level.code: level for level in of.levels}
        self._arms = tuple(
            replace(known.get(code, Level(code, code)), of=of) for code in self._told[0].arms
        )
        self._rest = int(sum(each.n[ARMS] for each in self._told)) > 0
        self._groups = (*self._arms, *([OTHER_OR_NONE] if self._rest else ()))
        self._column = replace(of, kind="category", levels=self._groups)

    def pool(self) -> Pool:
        """The population."""
        levels: dict[str, tuple[Level, ...]] = {}
        n: dict[str, Ints] = {}
        cells: dict[str, tuple[tuple[str, ...], ...]] = {}
        columns: dict[str, Column] = {CENTRE: self._of_centres()}

        def keep(name: str, found: Sequence[tuple[Level, tuple[str, ...]]], counts: Ints) -> None:
            levels[name], n[name] = tuple(level for level, _cell in found), counts
            cells[name] = tuple(cell for _level, cell in found)

        each = self._rows(np.array([told.n for told in self._told]).T)
        keep(
            CENTRE,
            [*((level, (level.code,)) for level, _told in self._centres), _NONE],
            _wide(each),
        )
        own = np.diag(self._rows(sum(told.n for told in self._told)))
        keep(self._by, [*((level, (level.code,)) for level in self._groups), _NONE], own)
        columns[self._by] = self._column
        for name in self._names():
            column = COLUMNS[name]
            if self._as_values(name):
                columns[name] = column
                continue
            if column.kind == "number" and not _cut_at(self._plan, column).at:
                continue  # some tell its values, others nothing, and nothing says where to cut it
            found, counts = self._crossed(column)
            keep(name, found, counts)
            columns[name] = replace(column, kind="category", levels=levels[name][:-1])
        for months in sorted({each for told in self._told for each in told.responses}):
            found, counts = self._responses(months)
            keep(f"{RESPONSE}{months}", found, counts)
        counted = {code: self._counted(code) for code in TOLD_BY if self._holds(code)}
        tables = Tables(
            levels,
            n,
            {code: found for code, (found, _strata) in counted.items()},
            {name: _hits(found) for name, found in cells.items()},
            cells,
            {},
        )
        schema = [*COLUMNS, *(name for name in columns if name not in COLUMNS)]
        return Pool(
            self._plan,
            self._provenance(columns),
            self._by,
            {name: columns[name] for name in schema if name in columns},
            tuple(TOLD_BY[code] for code in counted if self._is_told(code)),
            *((), (), ()),
            False,
            tables,
            centres=self._centres,
            strata={code: strata for code, (_found, strata) in counted.items()},
        )

    def _of_centres(self) -> Column:
        levels = tuple(level for level, _told in self._centres)
        return replace(COLUMNS[CENTRE], levels=levels)

    def _rows(self, n: Any) -> Ints:
        """Counts of the two arms and all others as those of the groups, and of nobody besides."""
        found = np.asarray(n, np.int64)
        return np.concatenate([found[: len(self._groups)], np.zeros_like(found[:1])])

    def _names(self) -> list[str]:
        """The columns that some centre tells, in the schema's order."""
        there = {name for told in self._told for name in (*told.columns, *told.numbers)}
        return [name for name in COLUMNS if name in there]

    def _as_values(self, name: str) -> bool:
        """Whether every centre that has a column told its values."""
        return all(
            name not in told.columns and not _withheld(told, "column", name) for told in self._told
        )

    def _crossed(self, column: Column) -> tuple[list[tuple[Level, tuple[str, ...]]], Ints]:
        """A column over all centres; those of a centre without it have no value."""
        name = column.name
        several = [self._cells(told, column) for told in self._told]
        classes = joined([cells.codes for cells in several])
        counts = sum(classed(cells.n, cells.codes, classes) for cells in several)
        return self._in_order(classes, counts, COLUMNS[name])

    def _cells(self, told: Told, column: Column) -> Cells:
        """What one centre tells of a column."""
        name = column.name
        if name in told.columns:
            return told.columns[name]
        if name in told.numbers:
            return _cut(told, column, _cut_at(self._plan, column).at)
        code = NOT_TOLD.code if _withheld(told, "column", name) else ""
        return Cells(((code,),), told.n[:, None])

    def _in_order(
        self, classes: Sequence[tuple[str, ...]], counts: Any, column: Column
    ) -> tuple[list[tuple[Level, tuple[str, ...]]], Ints]:
        found = _ordered(classes, column)
        at = [classes.index(cell) for _level, cell in found]
        n = self._rows(counts[:, at])
        if found[-1] != _NONE:
            elsewhere = any("" in cell for _level, cell in found)
            return [*found, (NO_VALUE, ()) if elsewhere else _NONE], _wide(n)
        return found, n

    def _responses(self, months: int) -> tuple[list[tuple[Level, tuple[str, ...]]], Ints]:
        several = [
            told.responses.get(months, Cells(((NOT_TOLD.code,),), told.n[:, None]))
            for told in self._told
        ]
        classes = joined([cells.codes for cells in several])
        counts = sum(classed(cells.n, cells.codes, classes) for cells in several)
        return self._in_order(classes, counts, COLUMN)

    def _holds(self, code: str) -> bool:
        return code == "OS" or self._is_told(code)

    def _is_told(self, code: str) -> bool:
        return any(code in told.outcomes for told in self._told)

    def _counted(self, code: str) -> tuple[Counted, tuple[tuple[Level, LifeTable], ...]]:
        """Follow-up over all centres, and in each; who has none in a centre without it."""
        endpoint = TOLD_BY[code]
        names = (*(level.code for level in self._groups), NO_VALUE.code)
        causes = len(endpoint.ends) if endpoint.competing else 1
        nobody = Outcome(Steps.nobody(ROWS), {}, {}, np.zeros((2, 2, ROWS), np.int64), {})
        strata, every = [], []
        for level, told in self._centres:
            out = told.outcomes.get(code) or replace(nobody, left_out={UNTIMED: told.n})
            steps = replace(out.steps, n=self._rows(out.steps.n))
            strata.append((level, steps.life_table(names, causes)))
            every.append(out)
        strata.append((NO_VALUE, Steps.nobody(len(names)).life_table(names, causes)))
        living = [out.living.life_table((NO_VALUE.code,)) for out in every if out.living]
        told_of = np.sum([np.moveaxis(out.told, -1, 0) for out in every], axis=0)
        found = Counted(
            endpoint,
            self._column,
            self._groups,
            self._rows(sum(told.n for told in self._told)),
            reduce(add, (table for _level, table in strata)),
            self._added(out.left_out for out in every),
            self._added(out.ended for out in every),
            np.moveaxis(self._rows(told_of), 0, -1),
            self._added(out.flags for out in every),
            False,
            reduce(add, living) if living else None,
        )
        return found, tuple(strata)

    def _added(self, several: Iterable[Mapping[Any, Ints]]) -> dict[Any, Ints]:
        found: dict[Any, Ints] = {}
        for each in several:
            for key, n in each.items():
                found[key] = found[key] + self._rows(n) if key in found else self._rows(n)
        return found

    def _provenance(self, columns: Mapping[str, Column]) -> Provenance:
        n = int(sum(told.n.sum() for told in self._told))
        names = ", ".join(level.code for level, _told in self._centres)
        sums = sorted(told.source for told in self._told)
        digest = sha256(" ".join(sums).encode()).hexdigest()
        first = self._told[0]
        cuts = {
            name: _cut_at(self._plan, COLUMNS[name])
            for name in self._names()
            if COLUMNS[name].kind == "number"
            and name in columns
            and columns[name].kind == "category"
        }
        return Provenance(
            Source(names, digest),
            digest,
            self._plan,
            n,
            n,
            (),
            tuple(
                (asked, COLUMNS[asked.column])
                for asked in self._plan.study.selection
                if asked.column in COLUMNS
            ),
            cuts,
            template(first.rule),
            0,
            sum(told.both for told in self._told),
            any(told.both_recorded for told in self._told),
            False,
            False,
            (),
            None,
        )


_NONE = (NO_VALUE, ("",))


def _wide(n: Ints) -> Ints:
    """Counts with a column more, of nobody."""
    return np.pad(n, ((0, 0), (0, 1)))


def _cut_at(plan: Plan, column: Column) -> Cut:
    """Where the plan cuts a number, or the schema; nowhere, where its median would."""
    chosen = next((each.at for each in plan.study.cuts if each.column == column.name), ())
    if chosen:
        return Cut(chosen, "plan")
    return Cut(column.cuts, "schema") if column.cuts else Cut()


def _withheld(told: Told, kind: str, name: str) -> bool:
    """Whether a centre has something and does not tell it."""
    return any(each.kind == kind and each.name == name for each in told.left_out)


def _cut(told: Told, column: Column, cuts: Sequence[float]) -> Cells:
    """Values as the groups that they are cut into."""
    numbers = told.numbers[column.name]
    groups = by_number(column, pd.Series(numbers.values), cuts)
    n = np.zeros((ROWS, len(groups.levels) + 1), np.int64)
    np.add.at(n.T, groups.codes, numbers.n.T)
    n[:, -1] = told.n - numbers.n.sum(axis=1)
    return Cells((*((level.code,) for level in groups.levels), ("",)), n)


def _hits(cells: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """The places of objective response; none where they are mixed with others."""
    hits = {STATE_CODES[at] for at in OBJECTIVE}
    found = tuple(at for at, cell in enumerate(cells) if {*cell} & hits)
    return found if all(_responded(cells[at]) for at in found) else ()
