"""Merging cells until none holds 1 to k - 1 patients, and none can be had by subtraction.

Whatever is told is a union of cells, told beside other unions of the same patients. A small count
can be computed where one union lies within another, where two of them leave few patients between
them, or where two that cover all share few. `Mask` merges neighbouring cells until no two unions
that are told do so, in the whole and in every part by which patients are told apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

from lib.statistics.estimate import Bools, Floats, Ints, seal

_CHUNK = 4096  # patients whose membership is counted at once
MOST_PARTS = 3
"""By how many variables at once patients are told apart: the parts double with each."""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
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

    def __post_init__(self) -> None:
        """Let nobody write into it."""
        seal(self)

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
    """Sets of patients that are told, within the parts that they are told of."""

    members: Bools  # (sets, n)
    part: Ints  # (sets,) place of the part among those of the mask
    size: Ints  # (sets,) patients of the part
    cell: Ints  # (sets,) the cell whose merging with another would do away with it; -1 for none

    def __len__(self) -> int:
        return len(self.part)


@dataclass(slots=True, eq=False)
class _Level:
    """What is told where patients are told apart by some variables."""

    parts: Ints | None  # (n,) the part of each patient; None where one would be too small
    cells: dict[str, Ints | None]  # of each variable, the cell of each place
    told: list[_Unions]


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
    _known: list[tuple[str, ...]] = field(default_factory=list, init=False, repr=False)

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
        beside = [each for level in below for each in level.told]
        number = len(self._known)
        self._known.append(by)
        whole = _wholes(parts, number)
        found = _Level(parts, {}, [whole])
        for variable in self.variables:
            cells: Ints | None = np.arange(variable.size)
            for level in below:
                cells = _joined(cells, level.cells[variable.name])
            if variable.name in by or cells is None:
                found.cells[variable.name] = None if cells is None else cells
                continue
            cells, told = self._merged(variable, cells, parts, number, [*beside, *found.told])
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

    def _merged(
        self,
        variable: Variable,
        cells: Ints,
        parts: Ints,
        number: int,
        beside: Sequence[_Unions],
    ) -> tuple[Ints | None, _Unions | None]:
        """Merge until nothing small is told or follows; None where even one cell tells it."""
        while (small := self._small(variable, cells, parts)) is not None:
            merged = _with_another(variable, cells, small)
            if merged is None:
                return None, None
            cells = merged
        while True:
            told = _unions(variable, cells, parts, number)
            wrong = self._gives_away(told, [*beside, told])
            if not wrong.any():
                return cells, told
            where = told.cell[wrong]
            where = where[where >= 0]
            merged = (
                _with_another(variable, cells, int(np.bincount(where).argmax()))
                if len(where)
                else None
            )
            if merged is None:
                return None, None
            cells = merged

    def _small(self, variable: Variable, cells: Ints, parts: Ints) -> int | None:
        """The first cell that holds 1 to k - 1 patients of a part."""
        many = int(cells.max(initial=0)) + 1
        n = np.bincount(parts * many + cells[variable.place]).astype(np.int64)
        n = np.pad(n, (0, -len(n) % many)).reshape(-1, many)
        small = np.flatnonzero(((n > 0) & (n < self.k)).any(axis=0))
        return int(small[0]) if len(small) else None

    def _gives_away(self, new: _Unions, beside: Sequence[_Unions]) -> Bools:
        """(sets,) bool array: the new ones that, beside another, give a small count away."""
        found = np.zeros(len(new), bool)
        a = new.members.sum(axis=1)[:, None]

        def few(n: npt.NDArray[np.int64]) -> Bools:
            return np.asarray((n > 0) & (n < self.k), bool)

        for other in beside:
            both, b = _shared(new.members, other.members), other.members.sum(axis=1)[None, :]
            within = ((both == a) & few(b - a)) | ((both == b) & few(a - b))
            size = new.size[:, None]
            same = new.part[:, None] == other.part[None, :]
            between = (both == 0) & few(size - a - b)
            around = (a + b - both == size) & few(both)
            found |= (within | (same & (between | around))).any(axis=1)
        return found


def _shared(first: Bools, second: Bools) -> npt.NDArray[np.int64]:
    """(sets, sets) int array: the patients that two sets share."""
    found = np.zeros((len(first), len(second)), np.float64)
    for start in range(0, first.shape[1], _CHUNK):
        chunk = slice(start, start + _CHUNK)
        found += first[:, chunk].astype(np.float32) @ second[:, chunk].T.astype(np.float32)
    return np.rint(found).astype(np.int64)


def _wholes(parts: Ints, number: int) -> _Unions:
    """Everybody of each part, and nobody."""
    members = np.array([parts == at for at in range(int(parts.max(initial=0)) + 1)])
    members = np.concatenate([members, np.zeros_like(members)])
    return _told(members, parts, number, np.full(len(members), -1))


def _told(members: Bools, parts: Ints, number: int, cell: Ints) -> _Unions:
    """Sets that lie in the parts in turn, as many in each."""
    many = int(parts.max(initial=0)) + 1
    at = np.tile(np.arange(many), len(members) // many)
    return _Unions(members, number * 1_000_000 + at, np.bincount(parts, minlength=many)[at], cell)


def _unions(variable: Variable, cells: Ints, parts: Ints, number: int) -> _Unions:
    """What tables tell of a variable: each cell, and all up to it and from it on."""
    members, where = [], []
    for places, cell in _ranges(variable, cells):
        inside = places[variable.place]
        for part in range(int(parts.max(initial=0)) + 1):
            members.append(inside & (parts == part))
            where.append(cell)
    return _told(np.array(members), parts, number, np.array(where))


def _ranges(variable: Variable, cells: Ints) -> Iterator[tuple[Bools, int]]:
    """Sets of places that are told, and the cell whose merging would do away with each."""
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
