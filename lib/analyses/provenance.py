"""What a result keeps of its study: whose patients, from which file, by which plan; never rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from lib.cohort import Source
from lib.language import N_, Template
from lib.plan import Condition, Plan
from lib.schema import Column, Endpoint
from lib.written import INSIDE

READ = N_("Patients", "patients")
"""The step at which the rows of the file have become its patients."""


@dataclass(frozen=True, slots=True)
class Step:
    """How many patients one step of the selection left out, and why."""

    message: Template  # an `N_` template
    # removed, left: patients left out by this step, and patients after it
    removed: int
    left: int
    condition: Condition | None = None  # the condition of the plan, for a step that is one
    values: tuple[tuple[str, str], ...] = ()  # what the template names


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a column of numbers is cut, and whether the plan, the schema or the median says so."""

    at: tuple[float, ...] = ()
    by: Literal["plan", "schema", "median", ""] = ""


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """Where a number comes from."""

    source: Source  # the file
    digest: str  # of the file together with how it was read
    plan: Plan
    # n, whole: patients under study, and before the selection
    n: int
    whole: int
    steps: tuple[Step, ...]  # from the rows read to the patients under study
    # What was asked of the patients under study, of columns that the file has.
    selection: Annotated[tuple[tuple[Condition, Column], ...], INSIDE]
    cuts: Mapping[str, Cut]  # of the columns of numbers that may group
    modality_rule: Template  # how the modality was decided, an `N_` template
    stood_in: int  # patients whose modality is as recorded although the rule is another
    both: int  # patients recorded as having had both modalities
    both_recorded: bool  # whether *both* is a level, because only the recorded modality is known
    # measured, derived: whether there are measurements, and whether responses and dates are derived
    # from them
    measured: bool
    derived: bool
    # Those of which the file has times and events of its own making.
    own_endpoints: tuple[Endpoint, ...]
    cut_off: date | None  # the plan's as-of date, where the file goes on after it

    @property
    def rows_to_patients(self) -> tuple[int, int, int]:
        """Rows read, those of them set aside, and the patients that are left."""
        read, aside = self.steps[0].left, 0
        for step in self.steps:
            if step.message.code == READ.code:
                return read, aside, step.left
            aside += step.removed
        return read, aside, read - aside
