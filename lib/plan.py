"""Every choice that a number depends on, in frozen dataclasses; on disk a small readable TOML.

Absent means default, so that a file holds only what somebody chose.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from math import isfinite
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import tomli_w

Limits = Literal["log-log", "log", "plain"]
Deaths = Literal["as recorded", "as progression", "apart"]
Profile = Literal["RECIST 1.1", "liver-directed", "liver-only progression"]
ModalityRule = Literal["first procedure", "as recorded"]
LaterRule = Literal["exclusive", "ever", "predominant", "sequence"]
Responses = Literal["derived", "recorded"]
Repeated = Literal["", "first", "last", "each", "joined"]
Origin = Literal["first_procedure_date", "liver_mets_date", "end_systemic_date", "diagnosis_date"]
LEFT_OUT = "-"
"""In `MappedColumn.column`: the column is not kept."""
NO_HEADERS = -1
"""In `Reading.header_row`: no row of the sheet holds headers."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A header of the spreadsheet, its position from 0, and the column it means.

    The column is '' where it is carried along under its own header, and `LEFT_OUT` where it is
    not kept. The unit is that of the sheet, '' where its header tells it or the numbers decide.
    """

    header: str
    position: int
    column: str
    table: str = "patients"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class MappedValue:
    """A value of a column as it was typed, and the level it means."""

    column: str
    value: str
    level: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the visitor said of the whole sheet, or of one column of it, to a question's code."""

    question: str
    answer: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that reading a spreadsheet needs; what is absent is proposed by the import itself.

    Of several rows with one patient code the first is kept, or the last, or each as a patient, or
    they are joined to one; until somebody says which, the first. The row of the headers counts
    from 1; `NO_HEADERS` says that there is none.
    """

    sheet: str = ""
    header_row: int = 0
    columns: tuple[MappedColumn, ...] = ()
    values: tuple[MappedValue, ...] = ()
    day_first: bool | None = None
    known_before: tuple[str, ...] = ()
    repeated: Repeated = ""
    decisions: tuple[Decision, ...] = ()

    def said(self, question: str, column: str = "") -> str:
        """What was decided about a question, '' if nothing was."""
        asked = (question, column)
        found = (d.answer for d in self.decisions if (d.question, d.column) == asked)
        return next(found, "")

    def decided(self, question: str, answer: str, column: str = "") -> "Reading":
        """The reading in which a question has an answer."""
        asked = (question, column)
        others = tuple(d for d in self.decisions if (d.question, d.column) != asked)
        return replace(self, decisions=(*others, Decision(question, answer, column)))


@dataclass(frozen=True, slots=True)
class Condition:
    """Patients whose column has one of some levels, or lies between two numbers, both included."""

    column: str
    levels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    keep_missing: bool = False


@dataclass(frozen=True, slots=True)
class CutPoints:
    """Where a column of numbers is cut into groups: the lower bound of each but the first."""

    column: str
    at: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """Who is under study, until when, and by which baseline column results are shown.

    Numbers are cut into groups where `cuts` says, else at the schema's points or their median. A
    patient alive is overdue so many months after the last assessment, or the last contact.
    """

    by: str = "modality"
    modality_rule: ModalityRule = "first procedure"
    roll_up: bool = True
    as_of: date | None = None
    selection: tuple[Condition, ...] = ()
    cuts: tuple[CutPoints, ...] = ()
    assessed_every: float = 4
    seen_every: float = 6


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """Response at fixed times. Months, and days of the windows, as RECIST series report them.

    Where lesions or sums were measured, responses and dates of progression are derived from them,
    or taken as recorded. Of derived ones: the profile of RECIST; whether CR and PR need
    confirmation, how many days later, over how many assessments that are not evaluable, and
    whether over a stable one; from which day on SD counts as best response; how many days an
    assessment may lie from a fixed time.
    """

    months: tuple[int, ...] = (3, 6, 12)
    deaths: Deaths = "as recorded"
    source: Responses = "derived"
    profile: Profile = "RECIST 1.1"
    confirm: bool = True
    confirm_days: int = 28
    ne_between: int = 1
    sd_between: bool = False
    sd_days: int = 42
    window_days: int = 45


WINDOWS = {"sd_days": (0, 365), "confirm_days": (1, 365), "ne_between": (0, 9)}
"""The least and the most that these choices of `ResponsePlan` can be."""


@dataclass(frozen=True, slots=True)
class SurvivalPlan:
    """How survival is estimated and where it is read; times in months.

    The clock starts at the date of a column; patients are observed from the first procedure on.
    After two missed scans progression or death censors at the last assessment, or it counts.
    Progression outside the liver competes with that in the liver, or is ignored. At the landmark
    patients are classified by what was seen until then, and the clock starts anew.
    """

    limits: Limits = "log-log"
    origin: Origin = "first_procedure_date"
    missed_scans: bool = False
    extrahepatic_competes: bool = False
    landmark: float = 6
    ticks: tuple[float, ...] = (0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 72, 84, 96, 120)
    milestones: tuple[float, ...] = (6, 12, 24)
    taus: tuple[float, ...] = (24, 12)


@dataclass(frozen=True, slots=True)
class SmallNumbers:
    """Below these counts a number is withheld, and the reason said in its place.

    Those of adjusted results: patients of the smaller arm, events, patients of the smaller arm
    and events for each term of a model, effective patients of each arm after weighting, and the
    share of patients of whom a covariate that nobody chose must be known.
    """

    arm_counted: int = 5
    arm_compared: int = 10
    events_compared: int = 10
    arm_events_compared: int = 3
    events_few: int = 20
    tail_fewest: int = 5
    tail_share: float = 0.10
    crossing_lead: float = 0.05
    arm_adjusted: int = 20
    events_adjusted: int = 20
    patients_per_term: int = 10
    events_per_term: int = 10
    effective_adjusted: float = 15
    known_adjusted: float = 0.9


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """Which two levels of which baseline column are compared; '' takes the first two there are.

    Adjusted results are adjusted for the covariates; where none is named, for as many as the
    numbers allow of those that `schema.ADJUST_FOR` puts first.
    """

    column: str = "modality"
    reference: str = ""
    comparison: str = ""
    permutations: int = 9999
    seed: int = 20221
    covariates: tuple[str, ...] = ()
    resamples: int = 2000


@dataclass(frozen=True, slots=True)
class Plan:
    """The analysis plan: five parts, the small-numbers table, and one confidence for all limits."""

    reading: Reading = field(default_factory=Reading)
    study: StudyPlan = field(default_factory=StudyPlan)
    response: ResponsePlan = field(default_factory=ResponsePlan)
    survival: SurvivalPlan = field(default_factory=SurvivalPlan)
    comparison: ComparisonPlan = field(default_factory=ComparisonPlan)
    small: SmallNumbers = field(default_factory=SmallNumbers)
    confidence: float = 0.95


class PlanError(ValueError):
    """A plan file that cannot be understood; the message says which line of it and why."""


_LARGEST = 4_000_000
_DEEP = re.compile(r"""(?:[\w"'-]{1,100}[ \t]{0,4}\.[ \t]{0,4}){50}""")
"""More keys within keys than any plan has."""
_MOST_DRAWS, _MOST_TIMES, _MOST_COUNTED = 100_000, 200, 1_000_000
MOST_CUTS = 11
"""Cut points of the most groups that can be looked at side by side."""


def dumps(plan: Plan) -> str:
    """Write a plan as TOML, leaving out what has its default."""
    return tomli_w.dumps(_as_table(plan))


def loads(text: str) -> Plan:
    """Read a plan from TOML.

    Raises
    ------
    PlanError
        If the text is not TOML, names an unknown choice, or gives one a value of another kind.
    """
    if len(text) > _LARGEST or _DEEP.search(text):  # before the parser asks for memory
        raise PlanError("too large or too deeply nested for a plan")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"not a TOML file: {error}") from error
    except RecursionError as error:
        raise PlanError("too deeply nested for a plan") from error
    plan = _from_table(Plan, table, "plan")
    assert isinstance(plan, Plan)
    _check(plan)
    return plan


def widest_window(months: Sequence[int]) -> int:
    """The most days that an assessment may lie from a fixed time and belong to no other.

    Half the time between the two nearest of some months; half a year where there is one alone.
    """
    apart = min((later - earlier for earlier, later in pairwise(sorted(months))), default=12)
    return min(apart, 12) * 365 // 24


def _check(plan: Plan) -> None:
    """Refuse numbers of the right kind that no analysis can use, or could not end with."""
    _check_finite(plan, "plan")
    times = (*plan.survival.ticks, *plan.survival.milestones, *plan.survival.taus)
    draws = (plan.comparison.permutations, plan.comparison.resamples)
    rules = (
        (0 < plan.confidence < 1, "plan.confidence: between 0 and 1, such as 0.95"),
        (all(0 <= time < 1e6 for time in times), "plan.survival: times are months, 0 or more"),
        (min(plan.survival.taus, default=0) > 0, "plan.survival.taus: at least one, above 0"),
        (len(plan.survival.ticks) > 0, "plan.survival.ticks: at least one"),
        (min(plan.response.months, default=1) > 0, "plan.response.months: above 0"),
        (
            min(draws) > 0 and max(draws) <= _MOST_DRAWS,
            f"plan.comparison.permutations and resamples: above 0, up to {_MOST_DRAWS}",
        ),
        (len(times) <= _MOST_TIMES, f"plan.survival: at most {_MOST_TIMES} times in all"),
        (plan.confidence <= 0.9999, "plan.confidence: at most 0.9999"),
        *_rules_of_counts(plan.small),
        *_rules_of_cuts(plan.study.cuts),
        (0 < plan.survival.landmark <= 120, "plan.survival.landmark: months, above 0, up to 120"),
        (plan.comparison.seed >= 0, "plan.comparison.seed: 0 or more"),
        *_rules_of_response(plan.response),
    )
    for holds, rule in rules:
        if not holds:
            raise PlanError(rule)


def _check_finite(part: Any, where: str) -> None:
    """Refuse what is no number, and infinity, wherever it stands."""
    if is_dataclass(part):
        for each in fields(part):
            _check_finite(getattr(part, each.name), f"{where}.{each.name}")
    elif isinstance(part, tuple):
        for item in part:
            _check_finite(item, where)
    elif isinstance(part, float) and not isfinite(part):
        raise PlanError(f"{where}: {part} is no number that can be counted with")


def _rules_of_counts(small: SmallNumbers) -> tuple[tuple[bool, str], ...]:
    """Counts are 0 or more, and shares lie between 0 and 1."""
    shares = ("tail_share", "crossing_lead", "known_adjusted")
    most = dict.fromkeys(shares, 1)
    return tuple(
        (
            0 <= getattr(small, each.name) <= most.get(each.name, _MOST_COUNTED),
            f"plan.small.{each.name}: 0 to {most.get(each.name, _MOST_COUNTED)}",
        )
        for each in fields(small)
    )


def _rules_of_cuts(cuts: Sequence[CutPoints]) -> tuple[tuple[bool, str], ...]:
    """A column is cut once, from the lowest point to the highest."""
    names = [each.column for each in cuts]
    ordered = all(list(each.at) == sorted({*each.at}) for each in cuts)
    return (
        (len(names) == len({*names}), "plan.study.cuts: each column once"),
        (ordered, "plan.study.cuts: each point once, the lowest first"),
        (
            all(0 < len(each.at) <= MOST_CUTS for each in cuts),
            f"plan.study.cuts: 1 to {MOST_CUTS} points for a column",
        ),
    )


def _rules_of_response(chosen: ResponsePlan) -> tuple[tuple[bool, str], ...]:
    """What the choices of response must hold to, and the sentence that says so."""
    widest = widest_window(chosen.months)
    within = [
        (low <= getattr(chosen, name) <= high, f"plan.response.{name}: {low} to {high}")
        for name, (low, high) in WINDOWS.items()
    ]
    return (
        (
            list(chosen.months) == sorted(set(chosen.months)),
            "plan.response.months: each once, the earliest first",
        ),
        (
            0 <= chosen.window_days <= widest,
            f"plan.response.window_days: 0 to {widest}, at most half the time between two months",
        ),
        *within,
    )


def _as_table(part: Any) -> dict[str, Any]:
    default = type(part)() if not _required(type(part)) else None
    table = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if default is not None and value == getattr(default, each.name):
            continue
        table[each.name] = _as_value(value)
    return {name: value for name, value in table.items() if value is not None}


def _required(kind: type) -> bool:
    return kind in (MappedColumn, MappedValue, Decision, Condition, CutPoints)


def _as_value(value: Any) -> Any:
    if is_dataclass(value):
        return _as_table(value)
    if isinstance(value, tuple):
        return [_as_value(item) for item in value]
    return value


def _from_table(kind: type, table: Any, where: str) -> Any:
    if not isinstance(table, dict):
        raise PlanError(f"{where}: a table is expected, not {table!r}")
    kinds = get_type_hints(kind)
    unknown = sorted(set(table) - set(kinds))
    if unknown:
        raise PlanError(f"{where}: unknown choice {unknown[0]!r}; known are {', '.join(kinds)}")
    values = {
        name: _from_value(kinds[name], value, f"{where}.{name}") for name, value in table.items()
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise PlanError(f"{where}: {error}") from error


def _from_value(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        return _from_table(kind, value, where)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise PlanError(f"{where}: a list is expected, not {value!r}")
        item = get_args(kind)[0]
        return tuple(_from_value(item, each, where) for each in value)
    if get_origin(kind) is Literal:
        allowed: tuple[Any, ...] = get_args(kind)
        if value not in allowed:
            raise PlanError(f"{where}: {value!r} is not one of {', '.join(map(repr, allowed))}")
        return value
    allowed = get_args(kind) if get_origin(kind) is UnionType else (kind,)
    if float in allowed:
        allowed = (*allowed, int)
    narrower = isinstance(value, (bool, datetime)) and type(value) not in allowed
    if not isinstance(value, allowed) or narrower:
        raise PlanError(f"{where}: {value!r} is not of the expected kind")
    return value
