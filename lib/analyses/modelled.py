"""Models of two arms, by whoever has their patients: rows in memory, or sums where none is held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from lib.analyses.counted import Population
from lib.plan import Plan
from lib.schema import Column, Endpoint, Level
from lib.statistics.balance import Balance
from lib.statistics.life_table import LifeTable
from lib.statistics.regression import CoxModel
from lib.statistics.weighting import Propensity, Weighted, Weights

Pair = tuple[str, str]
"""The names of the arms, reference first."""


class Cases(Protocol):
    """Patients of two arms that models are fitted to."""

    @property
    def counted(self) -> bool:
        """Whether they are summed where they are counted, and no row is here."""

    @property
    def known(self) -> bool:
        """Whether every covariate is known of every one of them."""

    def table(self, groups: Pair) -> LifeTable:
        """Their follow-up, counted by arm."""

    def cox(self, arm: str, groups: Pair, confidence: float) -> CoxModel:
        """Cox's model of the arm, its first term, and the covariates."""

    def weighted(self, groups: Pair, confidence: float, tau: float | None) -> Weighted:
        """Both arms after overlap weighting."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """A column as a model takes it."""

    column: Column
    levels: tuple[Level, ...] = ()  # the first is the reference; none of a number

    @property
    def terms(self) -> int:
        """Degrees of freedom that it takes."""
        return max(len(self.levels) - 1, 1)


class Complete(Cases, Protocol):
    """Patients of whom all covariates are known, and of whom sums are had."""

    @property
    def n(self) -> tuple[int, int]:
        """How many of each arm."""

    @property
    def events(self) -> int:
        """How many had the event."""

    @property
    def propensity(self) -> Propensity:
        """The chance to be in the comparison arm; no patient's own is held."""

    @property
    def weights(self) -> Weights:
        """Overlap weights: their effective patients; no patient's own is held."""

    def balance(self, columns: Sequence[Column], weighted: bool) -> list[tuple[Column, Balance]]:
        """Standardized differences of columns, as patients are or weighted."""


class Timed(Protocol):
    """Patients of two arms with a time to an endpoint, of whom sums are had."""

    @property
    def late(self) -> bool:
        """Whether patients may come late under observation."""

    @property
    def most(self) -> int:
        """How many terms of covariates a model may have."""

    def n(self, columns: Iterable[Column] = ()) -> tuple[int, int]:
        """Patients of each arm of whom all of some columns are known."""

    def terms(self, columns: Sequence[Column]) -> list[int]:
        """Degrees of freedom that columns take where all are known; 0 of one alike in all."""

    def predictors(self, columns: Sequence[Column]) -> list[Predictor | None]:
        """Columns as a model takes them there; None of one that is alike in all."""

    def complete(self, predictors: Sequence[Predictor]) -> Complete:
        """Those of whom all covariates are known; raises `NotHeld` for more terms than `most`."""


class Modelled(Population, Protocol):
    """A population whose patients models ask for sums."""

    def by(self, plan: Plan) -> "Modelled":
        """The same patients under another plan."""

    def timed(self, endpoint: Endpoint) -> Timed:
        """Patients of the plan's two arms on their way to an endpoint."""


def is_modelled(population: Population) -> TypeGuard[Modelled]:
    """Whether a population's patients can be asked for sums."""
    return hasattr(type(population), "timed")
