"""From one time to the next: how many patients go from each state of response to each other."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
import numpy.typing as npt

from lib.analyses import response
from lib.analyses.counted import Population, State
from lib.analyses.memory import LIMITS, reads
from lib.analyses.provenance import Provenance
from lib.analyses.states import BEST, STATE_CODES, STATES
from lib.written import By

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """From one time to the next."""

    # start, end: months after the first procedure
    start: int
    end: int
    # (states, states), patients by their state at `start` and at `end`, both in the order of
    # `response.STATES`. All of them together are the patients under study.
    counts: Annotated[Counts, By((STATE_CODES, STATE_CODES))]


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """The states of the patients under study from time to time."""

    provenance: Provenance
    times: tuple[int, ...]  # months after the first procedure, in order
    # (times, states), patients in each state; each time adds up to all patients under study, the
    # not due and the dead with them.
    counts: Annotated[Counts, By((None, STATE_CODES))]
    # Between each time and the next; none where there is one time alone.
    passages: tuple[Passage, ...]


@reads(*LIMITS, "study.cuts", "response.deaths")
def between_times(population: Population) -> Transitions:
    """Count the passages between the plan's times of which something is known."""
    times = [months for months in response.time_points(population) if months != BEST]
    counts = [population.counts(State(months)).n for months in times]
    size = len(STATES)
    return Transitions(
        population.provenance,
        tuple(times),
        np.array(counts, np.int64).reshape(len(times), size),
        tuple(
            Passage(start, end, population.crosstab(State(start), State(end)).n[:size, :size])
            for start, end in pairwise(times)
        ),
    )
