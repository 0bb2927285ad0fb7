"""Follow-up of which only the steps are told: from when until when it ended, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.statistics.estimate import Floats, Ints, seal
from lib.statistics.life_table import LifeTable

SURE = 0.1
"""Of survival, by which the places of censorings in their steps may move a curve."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Patients by group and by the step of time in which they left follow-up.

    A step whose ends are one time is that time, so that counts which are not merged are steps too.
    Steps of disjoint patients add.

    Raises
    ------
    ValueError
        If lengths differ, a step ends before it begins, or a count or a code is below 0.
    """

    event: Ints  # (m,), 0 where follow-up was censored, else the event's code
    # start, stop: (m,), between which times
    start: Floats
    stop: Floats
    n: Ints  # (groups, m), how many

    def __post_init__(self) -> None:
        """Check the shapes and let nobody write into it."""
        shape = self.event.shape
        if self.start.shape != shape or self.stop.shape != shape or self.n.shape[1:] != shape:
            raise ValueError("event, start, stop and n must be as long as each other")
        if (self.stop < self.start).any() or (self.start < 0).any():
            raise ValueError("each step must begin at 0 or later, and end no earlier")
        if (self.n < 0).any() or (self.event < 0).any():
            raise ValueError("counts and codes must be 0 or more")
        seal(self)

    @classmethod
    def nobody(cls, groups: int) -> Steps:
        """No patient of any of so many groups."""
        none = np.zeros(0)
        return cls(none.astype(np.int64), none, none, np.zeros((groups, 0), np.int64))

    @classmethod
    def of(cls, table: LifeTable) -> Steps:
        """The rows of a life table at their own times; whoever comes late has no place in it."""
        if table.entered is not None:
            raise ValueError("late entry has no steps")
        groups, codes, times = table.rows.shape
        n = np.asarray(table.rows.reshape(groups, codes * times), np.int64)
        time = np.tile(table.time, codes)
        kept = n.any(axis=0)
        event = np.repeat(np.arange(codes), times)
        return cls(event[kept], time[kept], time[kept], n[:, kept])

    @property
    def exact(self) -> bool:
        """Whether every step is a time."""
        return bool((self.start == self.stop).all())

    def life_table(self, groups: Sequence[str], causes: int = 1) -> LifeTable:
        """Count as if an event stood at the end of its step and a censoring in the middle.

        Follow-up ends where a curve would depend on where censorings stand.
        """
        until = self.carried
        time = np.where(self.event > 0, self.stop, (self.start + self.stop) / 2)
        event = np.where(time > until, 0, self.event)
        group, at = np.nonzero(self.n)
        table = LifeTable.from_counts(
            np.minimum(time, until)[at], event[at], self.n[group, at], group, groups
        )
        return table.with_causes(causes)

    @property
    def carried(self) -> float:
        """Until when curves do not depend on where in their steps censorings stand.

        All of them at the start and all at the end give curves that are no more than `SURE` apart.
        """
        if self.exact:
            return np.inf
        event, until = self.event > 0, np.inf
        ends = np.unique(self.stop[event & self.n.any(axis=0)])
        for n in self.n:
            low = high = 1.0
            for end in ends[ends < until]:
                died = n[event & (self.stop == end)].sum()
                alive = n[event & (self.stop >= end)].sum()
                few = n[~event & (self.start >= end)].sum()
                many = n[~event & (self.stop >= end)].sum()
                low *= 1 - died / max(1, alive + few)
                high *= 1 - died / max(1, alive + many)
                if high - low > SURE:
                    until = float(ends[ends < end].max(initial=0.0))
                    break
        return until
