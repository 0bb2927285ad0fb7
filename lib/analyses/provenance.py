"""What a result keeps of its study: whose patients, from which file, by which plan; never rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from lib.cohort import Source
from lib.language import Template
from lib.plan import Condition, Plan
from lib.schema import Column, Endpoint
from lib.written import INSIDE


@dataclass(frozen=True, slots=True)
class Step:
    """How many patients one step of the selection left out, and why.

    Attributes
    ----------
    message : Template
        An `N_` template.
    removed, left : int
        Patients left out by this step, and patients after it.
    condition : Condition or None
        The condition of the plan, for a step that is one.
    values : tuple of pairs
        What the template names.
    """

    message: Template
    removed: int
    left: int
    condition: Condition | None = None
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a column of numbers is cut, and whether the plan, the schema or the median says so."""

    at: tuple[float, ...] = ()
    by: Literal["plan", "schema", "median", ""] = ""


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """Where a number comes from.

    Attributes
    ----------
    source : Source
        The file.
    digest : str
        Of the file together with how it was read.
    plan : Plan
    n, whole : int
        Patients under study, and before the selection.
    steps : tuple of Step
        From the rows read to the patients under study.
    selection : tuple of (Condition, Column)
        What was asked of the patients under study, of columns that the file has.
    cuts : mapping of str to Cut
        Of the columns of numbers that may group.
    modality_rule : str
        How the modality was decided, an `N_` template.
    stood_in : int
        Patients whose modality is as recorded although the rule is another.
    both : int
        Patients recorded as having had both modalities.
    both_recorded : bool
        Whether *both* is a level, because only the recorded modality is known.
    measured, derived : bool
        Whether there are measurements, and whether responses and dates are derived from them.
    own_endpoints : tuple of Endpoint
        Those of which the file has times and events of its own making.
    cut_off : date or None
        The plan's as-of date, where the file goes on after it.
    """

    source: Source
    digest: str
    plan: Plan
    n: int
    whole: int
    steps: tuple[Step, ...]
    selection: Annotated[tuple[tuple[Condition, Column], ...], INSIDE]
    cuts: Mapping[str, Cut]
    modality_rule: Template
    stood_in: int
    both: int
    both_recorded: bool
    measured: bool
    derived: bool
    own_endpoints: tuple[Endpoint, ...]
    cut_off: date | None
