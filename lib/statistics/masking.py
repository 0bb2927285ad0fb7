"""Merging cells until none holds 1 to k - 1 patients, and none can be had by subtraction.

Whatever is told is a union of cells, told beside other unions of the same patients. A small count
can be computed where one union lies within another, where two of them leave few patients between
them, or where two that cover all share few. `Mask` merges neighbouring cells until no two unions
that are told do so, in the whole and in every part by which patients are told apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from lib.statistics.estimate import Bools, Floats, Ints, Sealed

MOST_PARTS = 3
"""By how many variables at once patients are told apart: the parts double with each."""


@dataclass(frozen=True, slots=True, eq=False)
class Variable(Sealed):
    """What every patient has one place of, and how places are merged."""

    name: str
    place: Ints  # (n,) from 0
    size: int  # how many places there are
    # Places that become a cell of their own before any other does.
    together: tuple[int, ...] = ()
    # How many rows of places there are, each in order: of times, those without the event and those
    # with it. Then only neighbours of a row are merged. 0 where there is no order: then all cells
    # that are small become one.
    rows: int = 0

    @classmethod
    def of_times(cls, name: str, step: Ints, event: Bools, steps: int) -> "Variable":
        """Of times in steps from 0, which is for those without a time, and of the event."""
        return cls(name, event * steps + step, 2 * steps, rows=2)

    @property
    def row(self) -> Ints:
        """(size,) int array: the row of each place."""
        return np.arange(self.size) // (self.size // max(1, self.rows))


@dataclass(frozen=True, slots=True, eq=False)
class _Unions:
    """Sets of patients that are told of a variable: the same unions of places in each part."""

    variable: Variable
    sets: Floats  # (sets, places) 1 of the places that a set is of
    size: Floats  # (parts, sets) patients of each
    cell: Ints  # (sets,) the cell whose merging with another would do away with it; -1 for none

    @classmethod
    def of(cls, variable: Variable, n: Ints, told: Iterable[tuple[Bools, int]]) -> "_Unions":
        """Of sets of places, and the cell that each is for; `n`: patients by part and place."""
        sets, cells = zip(*told, strict=True)
        members = np.array(sets, np.float64)
        return cls(variable, members, n @ members.T, np.array(cells))


@dataclass(slots=True, eq=False)
class _Level:
    """What is told where patients are told apart by some variables."""

    parts: Ints | None  # (n,) the part of each patient; None where one would be too small
    cells: dict[str, Ints | None]  # of each variable, the cell of each place
    told: list[_Unions]

    def within(self, parts: Ints) -> Iterator[_Unions]:
        """What is told, as of parts that lie within its own."""
        if self.told and self.parts is not None:
            around = np.zeros(int(parts.max(initial=0)) + 1, np.int64)
            around[parts] = self.parts
            yield from (replace(each, size=each.size[around]) for each in self.told)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """The cells of every variable, in the whole and where patients are told apart by some of them.

    They depend on all patients, on the variables and their order, and on `k`; never on which
    patients of the parts are shown. Cells by more variables are unions of those by fewer.

    Parameters
    ----------
    variables : sequence of Variable
        The first is merged the least: a later one gives way to those before it.
    k : int
        The least count that is told, besides 0.
    """

    variables: tuple[Variable, ...]
    k: int
    _levels: dict[tuple[str, ...], _Level] = field(default_factory=dict, init=False, repr=False)

    def cells(self, name: str, by: Iterable[str] = ()) -> Ints | None:
        """(size,) int array: the cell of each place of a variable, numbered from 0.

        `by`: the variables by which patients are told apart. None where nothing can be told.
        """
        return self._level(tuple(sorted(set(by)))).cells.get(name)

    def parts(self, by: Iterable[str]) -> Ints | None:
        """(n,) int array: the part that each patient is in, None where one would be too small."""
        return self._level(tuple(sorted(set(by)))).parts

    def _level(self, by: tuple[str, ...]) -> _Level:
        if by not in self._levels:
            for size in range(len(by)):
                for fewer in combinations(by, size):
                    self._level(fewer)
            self._levels[by] = self._made(by)
        return self._levels[by]

    def _made(self, by: tuple[str, ...]) -> _Level:
        parts = self._parts(by)
        if parts is None:
            return _Level(None, {each.name: None for each in self.variables}, [])
        below = [self._levels[fewer] for n in range(len(by)) for fewer in combinations(by, n)]
        around = _together(each for level in below for each in level.within(parts))
        everybody = Variable("", np.zeros(len(parts), np.int64), 1)
        all_and_none = [(np.array([there]), -1) for there in (True, False)]
        n = _by_part(parts, everybody.place, 1)
        found = _Level(parts, {}, [_Unions.of(everybody, n, all_and_none)])
        for variable in self.variables:
            cells: Ints | None = np.arange(variable.size)
            for level in below:
                cells = _joined(cells, level.cells[variable.name])
            told = None
            if variable.name not in by and cells is not None:
                cells = self._without_small(variable, cells, parts)
                if cells is not None:
                    cells, told = self._merged(variable, cells, parts, around, found.told)
            found.cells[variable.name] = cells
            if told is not None:
                found.told.append(told)
        return found

    def _parts(self, by: tuple[str, ...]) -> Ints | None:
        """Number the parts; None where the variables do not part, or leave a part too small."""
        n = len(self.variables[0].place) if self.variables else 0
        parts = np.zeros(n, np.int64)
        if len(by) > MOST_PARTS:
            return None
        for name in by:
            cells = self._levels[()].cells.get(name)
            if cells is None:
                return None
            variable = next(each for each in self.variables if each.name == name)
            parts = parts * (int(cells.max(initial=0)) + 1) + cells[variable.place]
        _values, parts, sizes = np.unique(parts, return_inverse=True, return_counts=True)
        return None if (sizes < self.k).any() else parts.ravel()

    def _without_small(self, variable: Variable, cells: Ints, parts: Ints) -> Ints | None:
        """Merge until no cell holds 1 to k - 1 patients of a part; None where one cell would."""
        merged: Ints | None = cells
        while merged is not None:
            n = _by_part(parts, merged[variable.place], int(merged.max(initial=0)) + 1)
            small = np.flatnonzero(self._few(n).any(axis=0))
            if not len(small):
                break
            merged = _with_another(variable, merged, int(small[0]))
        return merged

    def _merged(
        self,
        variable: Variable,
        cells: Ints,
        parts: Ints,
        around: Sequence[_Unions],
        beside: Sequence[_Unions],
    ) -> tuple[Ints | None, _Unions | None]:
        """Merge until nothing small follows; None where even one cell tells it.

        `around`: what is told of parts that hold these; `beside`: of these.
        """
        n = _by_part(parts, variable.place, variable.size)
        along = {
            each.variable.name: _along(parts, variable, each.variable)
            for each in (*around, *beside)
        }
        along[variable.name] = _along(parts, variable, variable)
        while True:
            told = _Unions.of(variable, n, _ranges(variable, cells))
            wrong = np.zeros(told.size.shape, bool)
            for each in around:
                wrong |= self._gives_away(told, each, along[each.variable.name])
            for each in (*beside, told):
                wrong |= self._gives_away(told, each, along[each.variable.name], n.sum(axis=1))
            if not wrong.any():
                return cells, told
            often = wrong.sum(axis=0) * (told.cell >= 0)
            if not often.any():
                return None, None
            worst = int(np.bincount(told.cell[often > 0], often[often > 0]).argmax())
            merged = _with_another(variable, cells, worst)
            if merged is None:
                return None, None
            cells = merged

    def _few(self, n: Floats | Ints) -> Bools:
        return np.asarray((n > 0) & (n < self.k), bool)

    def _gives_away(
        self, new: _Unions, other: _Unions, along: Floats, of: Ints | None = None
    ) -> Bools:
        """(parts, sets) bool array: the new ones that, beside others, give a small count away.

        `along`: patients by part and their places of both variables. `of`: patients of each part,
        where both are told of the same. Of parts that share nobody nothing follows, as no set
        holds few.
        """
        both = new.sets @ along @ other.sets.T
        a, b = new.size[:, :, None], other.size[:, None, :]
        wrong = self._few(np.abs(a - b)) & (both == np.minimum(a, b))  # one lies within the other
        if of is not None:
            out = of[:, None, None] - a - b
            wrong |= (both == 0) & self._few(out)
            wrong |= (both == -out) & self._few(both)
        return np.asarray(wrong.any(axis=2), bool)


def _by_part(parts: Ints, place: Ints, size: int) -> Ints:
    """(parts, places) int array: patients by part and place."""
    many = int(parts.max(initial=0)) + 1
    return np.bincount(parts * size + place, minlength=many * size).reshape(many, size)


def _along(parts: Ints, one: Variable, other: Variable) -> Floats:
    """(parts, places, places) array: patients by part and their places of both variables."""
    n = _by_part(parts, one.place * other.size + other.place, one.size * other.size)
    return n.reshape(-1, one.size, other.size).astype(np.float64)


def _together(every: Iterable[_Unions]) -> list[_Unions]:
    """What is told of the same parts, that of one variable together."""
    found: dict[str, _Unions] = {}
    for each in every:
        name = each.variable.name
        if name in found:
            each = replace(
                each,
                sets=np.concatenate([found[name].sets, each.sets]),
                size=np.concatenate([found[name].size, each.size], axis=1),
                cell=np.concatenate([found[name].cell, each.cell]),
            )
        found[name] = each
    return list(found.values())


def _ranges(variable: Variable, cells: Ints) -> Iterator[tuple[Bools, int]]:
    """What tables tell of a variable, each cell and all up to it and from it on: sets of places.

    And the cell whose merging with another would do away with each.
    """
    rows = variable.row if variable.rows else np.zeros(variable.size, np.int64)
    for row in range(int(rows.max()) + 1):
        mine = rows == row
        own = np.unique(cells[mine])
        for at in own.tolist():
            yield mine & (cells == at), at if len(own) > 1 else -1
            yield mine & (cells <= at), at if at < own[-1] else -1
            if at > own[0]:
                yield mine & (cells >= at), at - 1 if variable.rows else at
    if variable.rows > 1:
        yield from _of_all_rows(variable, cells)


def _of_all_rows(variable: Variable, cells: Ints) -> Iterator[tuple[Bools, int]]:
    """All up to a step at which a cell of every row ends, as those who left follow-up by then."""
    wide = variable.size // variable.rows
    ends = np.diff(cells.reshape(variable.rows, wide), axis=1).astype(bool).all(axis=0)
    before = np.arange(variable.size) % wide
    for step in np.flatnonzero(ends).tolist():
        yield before <= step, int(cells[step])
        yield before > step, int(cells[step])


def _joined(cells: Ints | None, other: Ints | None) -> Ints | None:
    """The finest cells that are unions of both; None where one of them tells nothing."""
    if cells is None or other is None:
        return None
    cells = cells.copy()
    for cell in range(int(other.max(initial=0)) + 1):
        touched = np.unique(cells[other == cell])
        cells[np.isin(cells, touched)] = touched[0] if len(touched) else 0
    return _numbered(cells)


def _numbered(cells: Ints) -> Ints:
    """Cells numbered from 0 in the order of their first places."""
    _values, first, inverse = np.unique(cells, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse.ravel()])


def _with_another(variable: Variable, cells: Ints, cell: int) -> Ints | None:
    """Merge a cell with another; None where there is no other."""
    if variable.rows:
        row = variable.row[cells == cell][0]
        own = np.unique(cells[variable.row == row])
        if len(own) < 2:
            return None
        other = cell + 1 if cell < own[-1] else cell - 1
    else:
        if not cells.any():
            return None
        other = _other(variable, cells, cell)
    return _numbered(np.where(cells == other, cell, cells))


def _other(variable: Variable, cells: Ints, cell: int) -> int:
    """With what a cell without neighbours is merged.

    Those that belong together come first, then the cell of all others, then the smallest one.
    """
    together = sorted({int(cells[place]) for place in variable.together})
    if cell in together and len(together) > 1:
        return next(each for each in together if each != cell)
    n = np.bincount(cells[variable.place], minlength=int(cells.max()) + 1)
    places = np.bincount(cells)
    apart = {int(cells[place]) for place in variable.together}
    apart = {at for at in apart if {*np.flatnonzero(cells == at).tolist()} <= {*variable.together}}
    others = [at for at in range(len(places)) if at != cell]
    mixed = [at for at in others if places[at] > 1 and at not in apart]
    if mixed:
        return mixed[0]
    return min(others, key=lambda at: (n[at] == 0, at in apart, n[at]))


def steps(times: Floats, most: int = 12) -> tuple[float, ...]:
    """Ends of the widest even steps, at most so many, that reach the last of some times.

    Their width is of 3, 6, 12, 24 or more months, so that whole years are among them.
    """
    last = float(times.max(initial=0.0))
    width = next((w for w in (3, 6, 12, 24, 60) if w * most >= last), 120)
    return tuple(float(width * at) for at in range(1, max(1, int(np.ceil(last / width))) + 1))
