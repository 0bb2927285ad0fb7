"""Counting follow-up once: rows in, a life table out, from which every curve and test follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lib.statistics.estimate import Bools, Floats, Ints, Numbers, seal

TIE = float(np.sqrt(np.finfo(float).eps))
"""Times closer than this, absolutely or relative to their mean, are one time (R ``timefix``)."""


@dataclass(frozen=True, slots=True, eq=False)
class TimeToEvent:
    """Follow-up of n patients, right-censored and, where entry times are given, left-truncated.

    Raises
    ------
    ValueError
        If a length differs, a time is negative, infinite or missing, an event code is not a
        whole number from 0, an entry is not before its time, or a weight is negative or missing.
    """

    # (n,), time from the origin to the event or to censoring, 0 or more, in any one unit.
    time: Floats
    # (n,), 0 where follow-up was censored, else the event's code: 1, or 1, 2, ... for causes.
    event: Numbers
    # (n,), time at which a patient came under observation, before `time`; 0 is the very start, so
    # that a patient with entry 0 is at risk at time 0 too.
    entry: Floats | None = None
    # (n,), weights, 0 or more. A patient of weight 0 is not counted at all.
    weight: Floats | None = None

    def __post_init__(self) -> None:
        """Check the arrays and keep read-only copies."""
        time = _column("time", self.time)
        event = _codes("event", self.event, time.shape)
        object.__setattr__(self, "time", time)
        object.__setattr__(self, "event", event)
        for name in ("entry", "weight"):
            if (given := getattr(self, name)) is not None:
                column = _column(name, given)
                if column.shape != time.shape:
                    raise ValueError(f"{name} must be as long as time, {len(time)} rows")
                object.__setattr__(self, name, column)
        if self.entry is not None and not np.all((self.entry < time) | (self.entry == 0)):
            raise ValueError("entry must be before time in every row")
        seal(self)

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.time)

    def where(self, kept: Bools) -> TimeToEvent:
        """Give the rows where `kept`, an (n,) bool array, is true."""
        return TimeToEvent(
            self.time[kept],
            self.event[kept],
            None if self.entry is None else self.entry[kept],
            None if self.weight is None else self.weight[kept],
        )

    def landmark(self, at: float) -> tuple[TimeToEvent, Bools]:
        """Restart the clock at a landmark, among those still at risk then.

        Parameters
        ----------
        at : float
            The landmark, in the unit of `time`. At risk at it means ``time >= at`` and, where
            entry times are given, ``entry <= at``.

        Returns
        -------
        data : TimeToEvent
            Those at risk, with times counted from the landmark; an event at the landmark itself
            has time 0. Entry times are spent.
        kept : (n,) bool array
            Which rows these are.

        References
        ----------
        Anderson, Cain & Gelber (1983), J Clin Oncol 1:710-719.
        """
        kept = self.time >= at
        if self.entry is not None:
            kept &= self.entry <= at
        weight = None if self.weight is None else self.weight[kept]
        return TimeToEvent(self.time[kept] - at, self.event[kept], None, weight), kept

    def cut_off(self, limit: npt.ArrayLike) -> TimeToEvent:
        """Censor what happened after a data cut-off.

        Parameters
        ----------
        limit : float or (n,) array
            Longest follow-up that the cut-off allows each patient, 0 or more; an event exactly
            at the limit still counts. Rows that enter only at or after their limit leave.
        """
        limits = np.broadcast_to(np.asarray(limit, float), self.time.shape)
        data = replace(
            self,
            entry=None,
            time=np.minimum(self.time, limits),
            event=np.where(self.time > limits, 0, self.event),
        )
        if self.entry is None:
            return data
        seen = (self.entry < data.time) | (self.entry == 0)
        return replace(data.where(seen), entry=self.entry[seen])


@dataclass(frozen=True, slots=True, eq=False)
class LifeTable:
    """How many rows left follow-up at each distinct time, by group and event code.

    Tables of disjoint rows add. The columns of `rows` along its second axis are the event codes:
    0 censored, then one a cause.
    """

    time: Floats  # (k,), distinct times, rising
    # Names of the groups in their stated order; the first is by convention the reference.
    groups: tuple[str, ...]
    rows: Numbers  # (g, 1 + c, k), rows that left at each time, by group and event code
    # (g, k), rows that came under observation at each time, and so are at risk after it; all others
    # are at risk from the start.
    entered: Ints | None = None
    # weight, square: (g, 1 + c, k), sums of the weights of the same rows, and of their squares
    weight: Floats | None = None
    square: Floats | None = None
    # (m, 5), of the rows that came late, by both ends: index of the group, event code, index of the
    # time at which they came, and of that at which they left, and how many. Robust errors need
    # them, because a row counts for nothing before it came.
    spans: Ints | None = None

    def __post_init__(self) -> None:
        """Check the shapes and seal the arrays."""
        shape = self.rows.shape
        if len(shape) != 3 or shape[0] != len(self.groups) or shape[2] != len(self.time):
            raise ValueError(
                f"rows must have the shape (groups, 1 + causes, times), got {shape} for "
                f"{len(self.groups)} groups and {len(self.time)} times"
            )
        if shape[1] < 2:
            raise ValueError("rows must have a column of censorings and at least one of events")
        if len(set(self.groups)) != len(self.groups):
            raise ValueError(f"groups must be distinct, got {self.groups}")
        if not np.all(self.time[1:] > self.time[:-1]):
            raise ValueError("time must rise")
        for name in ("weight", "square"):
            sums = getattr(self, name)
            if sums is not None and sums.shape != shape:
                raise ValueError(f"{name} must have the shape of rows, {shape}")
        if self.entered is not None and self.entered.shape != (shape[0], shape[2]):
            raise ValueError("entered must have the shape (groups, times)")
        seal(self)

    @classmethod
    def from_counts(
        cls,
        time: npt.ArrayLike,
        event: npt.ArrayLike,
        rows: npt.ArrayLike,
        group: npt.ArrayLike | None = None,
        groups: Sequence[str] = ("all",),
        weight: npt.ArrayLike | None = None,
        square: npt.ArrayLike | None = None,
        entry: npt.ArrayLike | None = None,
        entered: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike] | None = None,
    ) -> LifeTable:
        """Build a table from ready counts, as a ``GROUP BY group, time, event`` gives them.

        Parameters
        ----------
        time : (m,) array_like
            Times, in any order, repeated as needed; near ones are one time as in `count`.
        event : (m,) array_like of int
            Event codes.
        rows : (m,) array_like of int
            How many rows each line stands for.
        group : (m,) array_like of int, optional
            Index into `groups`; all 0 if left out.
        groups : sequence of str
            Names of the groups, in order.
        weight, square : (m,) array_like, optional
            Sums of weights, and of their squares, of each line.
        entry : (m,) array_like, optional
            When the rows of each line came under observation, 0 being the very start, as a
            ``GROUP BY group, entry, time, event`` gives it.
        entered : (time, rows, group) of (e,) array_like, optional
            How many came at each time, where no line says when its rows did. Whatever needs both
            ends of a row, such as robust errors, is then not to be had.
        """
        table = cls._of_lines(time, event, rows, group, groups, weight, square)
        if entry is not None:
            came = np.asarray(entry, float)
            late = came > 0
            return table._coming(
                came[late],
                np.asarray(rows)[late],
                _groups(group, groups, len(came))[late],
                (np.asarray(time, float)[late], np.asarray(event)[late]),
            )
        if entered is not None:
            came, number, who = (np.asarray(each) for each in entered)
            return table._coming(came.astype(float), number, _groups(who, groups, len(came)))
        return table

    @classmethod
    def _of_lines(
        cls,
        time: npt.ArrayLike,
        event: npt.ArrayLike,
        rows: npt.ArrayLike,
        group: npt.ArrayLike | None,
        groups: Sequence[str],
        weight: npt.ArrayLike | None,
        square: npt.ArrayLike | None,
    ) -> LifeTable:
        """The rows of ready counts, all under observation from the start."""
        data = TimeToEvent(np.asarray(time), np.asarray(event))
        codes = _groups(group, groups, len(data)).astype(np.int64)
        number = np.asarray(rows)
        if number.shape != data.time.shape or np.any(number < 1):
            raise ValueError("rows must be as long as time, and 1 or more in each line")
        causes = _causes(data.event)
        distinct, index = distinct_times(data.time)
        shape = (len(groups), 1 + causes, len(distinct))
        cells = (codes * (1 + causes) + data.event) * len(distinct) + index
        size = int(np.prod(shape))

        def total(values: npt.ArrayLike) -> Numbers:
            sums = np.bincount(cells, weights=np.asarray(values, float), minlength=size)
            return sums.reshape(shape)

        return cls(
            distinct,
            tuple(groups),
            np.rint(total(number)).astype(np.int64),
            None,
            None if weight is None else total(weight),
            None if square is None else total(square),
        )

    def _coming(
        self,
        came: Floats,
        number: Numbers,
        group: Numbers,
        left: tuple[Floats, Numbers] | None = None,
    ) -> LifeTable:
        """The same rows, some of which came late: how many when, and when they left with what."""
        if not len(came):
            return self
        if self.weight is not None:
            raise ValueError("weight and late entry cannot be combined in a life table")
        ends = left[0] if left is not None else came[:0]
        time, index = distinct_times(np.concatenate([self.time, came, ends]))
        own, came_at = index[: len(self.time)], index[len(self.time) :][: len(came)]
        rows = np.zeros((*self.rows.shape[:2], len(time)), np.int64)
        np.add.at(rows.transpose(2, 0, 1), own, self.rows.transpose(2, 0, 1))
        entered = np.zeros((len(self.groups), len(time)), np.int64)
        np.add.at(entered, (group, came_at), number)
        spans = None
        if left is not None:
            left_at = index[len(self.time) + len(came) :]
            spans = _summed(np.stack([group, left[1], came_at, left_at, number], axis=1))
        return LifeTable(time, self.groups, rows, entered, None, None, spans)

    @property
    def n(self) -> Ints:
        """(g,) rows of each group."""
        return np.asarray(self.rows.sum(axis=(1, 2), dtype=np.int64))

    @property
    def causes(self) -> int:
        """Number of kinds of event."""
        return int(self.rows.shape[1]) - 1

    @property
    def events(self) -> Ints:
        """(g, k) rows with an event of any cause at each time."""
        if self.causes == 1:
            return self.rows[:, 1].astype(np.int64)
        return np.asarray(self.rows[:, 1:].sum(axis=1, dtype=np.int64))

    @property
    def censored(self) -> Ints:
        """(g, k) rows censored at each time."""
        return self.rows[:, 0].astype(np.int64)

    @property
    def at_risk(self) -> Ints:
        """(g, k) rows under observation just before each time."""
        return _at_risk(self.rows.sum(axis=1, dtype=np.int64), self.entered)

    @property
    def weight_at_risk(self) -> Floats:
        """(g, k) sum of weights under observation just before each time."""
        if self.weight is None:
            return self.at_risk.astype(float)
        leaving = self.weight.sum(axis=1)  # from the end, so that nobody left is exactly 0
        return np.asarray(np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1])

    def group(self, name: str) -> LifeTable:
        """Give the table of one group, with only the times at which someone came or left."""
        return self.select((name,))

    def select(self, names: Sequence[str]) -> LifeTable:
        """Give the table of some groups, in the order named, with only their times."""
        unknown = [name for name in names if name not in self.groups]
        if unknown:
            raise ValueError(f"name must be one of {self.groups}, got {unknown[0]!r}")
        if tuple(names) == self.groups:
            return self
        index = [self.groups.index(name) for name in names]
        used = self.rows[index].any(axis=(0, 1))
        if self.entered is not None:
            used |= self.entered[index].any(axis=0)

        def part(array: Numbers) -> Numbers:
            return np.ascontiguousarray(array[index][..., used])

        return LifeTable(
            self.time[used],
            tuple(names),
            part(self.rows),
            None if self.entered is None else part(self.entered),
            None if self.weight is None else part(self.weight),
            None if self.square is None else part(self.square),
            self._spans({old: new for new, old in enumerate(index)}, times=np.asarray(used, bool)),
        )

    def pooled(self, name: str = "all") -> LifeTable:
        """Give the table of all groups together, under one name."""

        def whole(array: Numbers) -> Numbers:
            return np.asarray(array.sum(axis=0, keepdims=True))

        return LifeTable(
            self.time,
            (name,),
            whole(self.rows),
            None if self.entered is None else whole(self.entered),
            None if self.weight is None else whole(self.weight),
            None if self.square is None else whole(self.square),
            self._spans(groups=dict.fromkeys(range(len(self.groups)), 0)),
        )

    def cause(self, code: int) -> LifeTable:
        """Give the cause-specific table: events of one cause, all others censored."""
        if not 1 <= code <= self.causes:
            raise ValueError(f"code must be a cause from 1 to {self.causes}, got {code}")
        return self._regroup([c for c in range(1 + self.causes) if c != code], [code])

    def any_cause(self) -> LifeTable:
        """Give the table in which an event of any cause is the one event."""
        return self if self.causes == 1 else self._regroup([0], list(range(1, 1 + self.causes)))

    def reversed(self) -> LifeTable:
        """Give the table of follow-up itself: being censored is the event, events censor it."""
        return self._regroup(list(range(1, 1 + self.causes)), [0])

    def after(self, start: float) -> LifeTable:
        """Give the table of those still at risk at a time, who are followed from then on.

        Parameters
        ----------
        start : float
            Rows that left before it are not counted; those who came before it are at risk at it.
        """
        kept: Bools = np.asarray(self.time >= start * (1 - TIE), bool)
        entered = None if self.entered is None else self.entered[:, kept]
        late = entered is not None and bool(entered.any())
        return LifeTable(
            self.time[kept],
            self.groups,
            self.rows[..., kept],
            entered if late else None,
            None if self.weight is None else self.weight[..., kept],
            None if self.square is None else self.square[..., kept],
            self._spans(times=kept) if late else None,
        )

    def from_the_start(self) -> LifeTable:
        """Give the table as if all rows had been under observation from time 0 on."""
        return replace(self, entered=None, spans=None)

    def with_causes(self, causes: int) -> LifeTable:
        """Give the table a column for each of so many causes, those too that nobody had."""
        lacking = ((0, 0), (0, causes - self.causes), (0, 0))
        return replace(
            self,
            rows=np.pad(self.rows, lacking),
            weight=None if self.weight is None else np.pad(self.weight, lacking),
            square=None if self.square is None else np.pad(self.square, lacking),
        )

    def _regroup(self, censored: list[int], event: list[int]) -> LifeTable:
        def columns(array: Numbers) -> Numbers:
            return np.stack([array[:, part].sum(axis=1) for part in (censored, event)], axis=1)

        return LifeTable(
            self.time,
            self.groups,
            columns(self.rows),
            self.entered,
            None if self.weight is None else columns(self.weight),
            None if self.square is None else columns(self.square),
            self._spans(codes={**dict.fromkeys(censored, 0), **dict.fromkeys(event, 1)}),
        )

    def _spans(
        self,
        groups: Mapping[int, int] | None = None,
        codes: Mapping[int, int] | None = None,
        times: Bools | None = None,
    ) -> Ints | None:
        """The late rows among some groups and times, under other numbers; at risk from the first
        of these times on are those that came before it."""
        if self.spans is None:
            return None
        spans = self.spans
        for column, numbers in ((0, groups), (1, codes)):
            if numbers is not None:
                spans = spans[np.isin(spans[:, column], list(numbers))].copy()
                spans[:, column] = [numbers[each] for each in spans[:, column].tolist()]
        if times is not None:
            spans = spans[times[spans[:, 2]] & times[spans[:, 3]]].copy()
            spans[:, 2:4] = (np.cumsum(times) - 1)[spans[:, 2:4]]
        return _summed(spans)

    def __add__(self, other: LifeTable) -> LifeTable:
        """Add a table of other rows; groups of the same name are added, new ones follow."""
        groups = tuple(dict.fromkeys(self.groups + other.groups))
        causes = max(self.causes, other.causes)
        time, index = distinct_times(np.concatenate([self.time, other.time]))
        parts = ((self, index[: len(self.time)]), (other, index[len(self.time) :]))
        weighted = self.weight is not None or other.weight is not None
        late = self.entered is not None or other.entered is not None
        rows = np.zeros((len(groups), 1 + causes, len(time)), np.int64)
        entered = np.zeros((len(groups), len(time)), np.int64)
        weight, square = np.zeros(rows.shape), np.zeros(rows.shape)
        for table, columns in parts:
            for g, name in enumerate(table.groups):
                row = groups.index(name)
                for sums, values in zip((rows, weight, square), table._sums(), strict=True):
                    np.add.at(sums[row].T, columns, _padded(values[g], 1 + causes).T)
                if table.entered is not None:
                    np.add.at(entered[row], columns, table.entered[g])
        both_ends = all(t.entered is None or t.spans is not None for t in (self, other))
        spans = [
            table._renumbered([groups.index(name) for name in table.groups], columns)
            for table, columns in parts
        ]
        return LifeTable(
            time,
            groups,
            rows,
            entered if late else None,
            weight if weighted else None,
            square if weighted else None,
            _summed(np.concatenate(spans)) if late and both_ends else None,
        )

    def _renumbered(self, groups: Sequence[int], times: Ints) -> Ints:
        """The late rows under the numbers of another table's groups and times."""
        if self.spans is None:
            return np.zeros((0, 5), np.int64)
        spans = self.spans.copy()
        spans[:, 0] = np.asarray(groups)[spans[:, 0]]
        spans[:, 2:4] = times[spans[:, 2:4]]
        return spans

    def _sums(self) -> tuple[Numbers, ...]:
        if self.weight is None or self.square is None:
            return self.rows, self.rows, self.rows
        return self.rows, self.weight, self.square


def count(
    data: TimeToEvent, group: npt.ArrayLike | None = None, groups: Sequence[str] = ("all",)
) -> LifeTable:
    """Count follow-up into a life table, in one pass over the rows.

    Parameters
    ----------
    data : TimeToEvent
        Follow-up of n patients; n may be 0.
    group : (n,) array_like of int, optional
        Index of each row's group in `groups`; all 0 if left out.
    groups : sequence of str
        Names of the groups, in their order; one that no row has is kept, empty.

    Returns
    -------
    LifeTable
        With the distinct times of leaving (and of entry), near ones merged into the smallest.

    Notes
    -----
    Times that differ by no more than ``sqrt(eps)``, absolutely or relative to the mean distinct
    time, are one time, as R's ``survfit(timefix=TRUE)`` has it. Times on a grid (whole numbers,
    tenths, hundredths, days expressed in months or years) are binned without a sort; others are
    sorted once, together with their cells.
    """
    codes = _groups(group, groups, len(data))
    causes = _causes(data.event)
    if data.weight is not None or data.entry is not None:
        return _count_rows(data, codes, tuple(groups), causes)
    width = len(groups) * (1 + causes)
    codes = codes if width < 128 else codes.astype(np.int64)
    cell = data.event if len(groups) == 1 else codes * (1 + causes) + data.event
    binned = _binned(data.time, cell, width) if len(data) >= 1024 else None
    time, rows = binned if binned is not None else _sorted(data.time, cell, width)
    return LifeTable(time, tuple(groups), rows.reshape(len(groups), 1 + causes, len(time)))


CHUNK = 16_384
GRIDS = np.array([1.0, 10.0, 30.4375, 100.0, 365.25])
"""Steps a unit of time in spreadsheets: whole, tenths, days in months or years, hundredths."""


def _binned(time: Floats, cell: Numbers, width: int) -> tuple[Floats, Ints] | None:
    """Count times that lie on a grid: (k,) times and (width, k) rows, or None if they do not."""
    last = float(time.max())
    scaled = np.multiply.outer(GRIDS, time[:256])
    off = np.abs(np.rint(scaled) - scaled).max(axis=1)
    for scale in GRIDS[off <= TIE].tolist():
        bins = int(last * scale) + 2
        counts = _bin(time, cell, width, scale, bins) if bins <= len(time) else None
        if counts is not None:
            used = np.flatnonzero(counts.any(axis=1))
            return used / scale, np.ascontiguousarray(counts[used].T)
    return None


def _bin(time: Floats, cell: Numbers, width: int, scale: float, bins: int) -> Ints | None:
    """Give the (bins, width) counts, or None at the first row off the grid.

    By chunks that stay in the cache, several times faster than whole columns.
    """
    counts = np.zeros(bins * width, np.int64)
    scaled, nearest = np.empty(CHUNK), np.empty(CHUNK)
    slack = 0.5 * TIE * min(1.0, scale)
    for start in range(0, len(time), CHUNK):
        part = time[start : start + CHUNK]
        x, whole = scaled[: len(part)], nearest[: len(part)]
        np.multiply(part, scale, out=x)
        np.rint(x, out=whole)
        np.subtract(x, whole, out=x)
        if max(x.max(), -x.min()) > slack:
            return None
        index = whole.astype(np.intp)
        index *= width
        index += cell[start : start + CHUNK]
        counts += np.bincount(index, minlength=bins * width)
    return counts.reshape(bins, width)


def _sorted(time: Floats, cell: Numbers, width: int) -> tuple[Floats, Numbers]:
    """Count times that lie anywhere: (k,) times and (width, k) rows."""
    times, cells = _ordered(time, cell, width)
    starts = _starts(times)
    if len(starts) == len(times):
        return times, np.stack([cells == c for c in range(width)]).view(np.int8)
    first = cells[starts]
    rows = np.stack([first == c for c in range(width)]).astype(np.int32)
    tied = np.ones(len(times), bool)
    tied[starts] = False
    rest = np.flatnonzero(tied)
    of = np.searchsorted(starts, rest, side="right") - 1
    np.add.at(rows, (cells[rest], of), 1)
    return times[starts], rows


def _ordered(time: Floats, cell: Numbers, width: int) -> tuple[Floats, Numbers]:
    """Sort times with their cells, which takes half the time of an argsort.

    Numbers of one sign have the order of their bit patterns. What all patterns have in common
    is taken off, and leaves room for the cell below the time; nothing of the time is lost.
    """
    bits = time.view(np.uint64)
    room = np.uint64((width - 1).bit_length())
    below = (bits - np.uint64(1)).min(initial=np.uint64(2**63))  # the least that is not 0, less 1
    if len(time) and int(bits.max()) - int(below) >= 1 << (64 - int(room)):
        order = np.argsort(time)
        return time[order], cell[order]
    keys = np.maximum(bits, below)
    keys -= below
    keys <<= room
    keys |= cell.astype(np.uint64)
    keys = _risen(keys)
    cells = (keys & np.uint64((1 << int(room)) - 1)).astype(np.uint8 if width <= 256 else np.int64)
    keys >>= room
    zeros = np.searchsorted(keys, np.uint64(0), side="right")
    keys += below
    keys[:zeros] = 0
    return keys.view(np.float64), cells


def _risen(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Sort keys: some thousands by their upper 16 bits first, which leaves little to compare.

    With AVX-512 on an AMD EPYC that takes a quarter of the time of numpy's plain sort, with AVX2
    about as long; fewer or more keys than that are sorted plainly, which AVX2 does faster.
    """
    if not 1 << 11 <= len(keys) <= 1 << 14:
        keys.sort()
        return keys
    lower = np.uint64(max(int(keys.max()).bit_length() - 16, 0))
    upper = (keys >> lower).astype(np.uint16)
    nearly = keys[np.argsort(upper, kind="stable")]  # by radix, as 16 bits are
    nearly.sort(kind="stable")  # by Timsort, quick with what is nearly sorted
    return nearly


def _starts(times: Floats) -> Ints:
    """Index of the first of each run of tied times, among sorted times."""
    if not len(times):
        return np.zeros(0, np.int64)
    gap = np.diff(times)
    if gap.min(initial=np.inf) > TIE * max(1.0, float(times[-1])):
        return np.arange(len(times))
    same = np.flatnonzero(gap == 0)
    mean = (times.sum() - times[same].sum()) / (len(times) - len(same))
    new = np.ones(len(times), bool)
    np.greater(gap, TIE * max(1.0, mean), out=new[1:])
    return np.flatnonzero(new)


def distinct_times(times: Floats) -> tuple[Floats, Ints]:
    """Give the (k,) distinct times, near ones merged into the smallest, and each time's index."""
    order = np.argsort(times)
    ordered = times[order]
    starts = _starts(ordered)
    first = np.zeros(len(times), np.int64)
    first[starts[1:]] = 1
    index = np.empty(len(times), np.int64)
    index[order] = np.cumsum(first)
    return ordered[starts], index


def _count_rows(
    data: TimeToEvent, codes: Numbers, groups: tuple[str, ...], causes: int
) -> LifeTable:
    """Count rows with weights or entry times; rows of weight 0 are not counted."""
    if data.weight is not None and not np.all(data.weight > 0):
        kept = data.weight > 0
        return _count_rows(data.where(kept), codes[kept], groups, causes)
    if data.weight is not None and data.entry is not None and np.any(data.entry > 0):
        raise ValueError("weight and late entry cannot be combined in a life table")
    n = len(data)
    entry = np.zeros(n) if data.entry is None else data.entry
    late = entry > 0
    time, index = distinct_times(np.concatenate([data.time, entry[late]]))
    shape = (len(groups), 1 + causes, len(time))
    size = int(np.prod(shape))
    cell = (codes.astype(np.int64) * (1 + causes) + data.event) * len(time) + index[:n]
    rows = np.bincount(cell, minlength=size).reshape(shape)
    entered = spans = None
    if np.any(late):
        came = codes[late].astype(np.int64) * len(time) + index[n:]
        entered = np.bincount(came, minlength=len(groups) * len(time)).reshape(len(groups), -1)
        each = (codes[late], data.event[late], index[n:], index[:n][late])
        spans = _summed(np.stack([*each, np.ones(len(each[0]))], axis=1).astype(np.int64))
    if data.weight is None:
        return LifeTable(time, groups, rows, entered, None, None, spans)
    weight: Numbers = np.bincount(cell, weights=data.weight, minlength=size).reshape(shape)
    square: Numbers = np.bincount(cell, weights=data.weight**2, minlength=size).reshape(shape)
    return LifeTable(time, groups, rows, None, weight, square)


def _summed(spans: Numbers) -> Ints:
    """One line for all rows that are alike, in order."""
    alike, line = np.unique(spans[:, :4].astype(np.int64), axis=0, return_inverse=True)
    number = np.bincount(line.ravel(), weights=spans[:, 4], minlength=len(alike))
    return np.column_stack([alike, np.rint(number).astype(np.int64)])


def _at_risk(leaving: Ints, entered: Ints | None) -> Ints:
    """Rows not yet gone, less those still to come."""
    flow = leaving if entered is None else leaving - entered
    left = np.cumsum(flow, axis=1)
    np.subtract(left[:, -1:].copy(), left, out=left)
    left += flow
    return left


def _padded(values: Numbers, height: int) -> Numbers:
    return np.pad(values, ((0, height - len(values)), (0, 0)))


def _causes(event: Numbers) -> int:
    return max(1, int(event.max())) if len(event) else 1


def _column(name: str, values: npt.ArrayLike) -> Floats:
    """Own copy of a column of numbers, 0 or more; an array that nobody can change is kept."""
    given = np.asarray(values)
    keep = given.dtype == np.float64 and not given.flags.writeable and given.base is None
    column = given if keep else given.astype(float, copy=False) + 0.0  # -0.0 has other bits
    if column.ndim != 1:
        raise ValueError(f"{name} must be 1-D, got {column.ndim} dimensions")
    if len(column) and not (column.min() >= 0 and column.max() < np.inf):  # also catches nan
        raise ValueError(f"{name} must be finite, 0 or more, and not missing")
    return column


def _codes(name: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> Numbers:
    """Own copy of a column of event codes, as small as they allow."""
    given = np.asarray(values)
    if given.shape != shape:
        raise ValueError(f"{name} must be as long as time, {shape}, got {given.shape}")
    if not len(given):
        return np.zeros(0, np.int8)
    low, high = given.min(), given.max()
    if not (low >= 0 and high < 127):
        raise ValueError(f"{name} must hold codes from 0 to 126, none missing")
    codes = given.astype(np.int8)
    if given.dtype.kind == "f" and not np.array_equal(codes, given):
        raise ValueError(f"{name} must hold whole numbers")
    return codes


def _groups(group: npt.ArrayLike | None, groups: Sequence[str], n: int) -> Numbers:
    """Group codes, checked against the names."""
    if group is None:
        if len(groups) != 1:
            raise ValueError(f"group must be given for {len(groups)} groups")
        return np.zeros(n, np.int8)
    codes = np.asarray(group)
    if codes.shape != (n,) or codes.dtype.kind not in "iub":
        raise ValueError(f"group must hold {n} whole numbers, got {codes.dtype} {codes.shape}")
    if n and not (codes.min() >= 0 and codes.max() < len(groups)):
        raise ValueError(f"group must hold indices from 0 to {len(groups) - 1}")
    return codes.astype(np.int8) if len(groups) <= 127 else codes.astype(np.int64)
