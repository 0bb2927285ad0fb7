"""Every choice that a number depends on, in frozen dataclasses; on disk a small readable TOML.

Absent means default, so that a file holds only what somebody chose.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import pairwise
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import tomli_w

from lib import __version__
from lib.language import N_, Template, WordedError, counting

Limits = Literal["log-log", "log", "plain"]
Deaths = Literal["as recorded", "as progression", "apart"]
Profile = Literal["RECIST 1.1", "liver-directed", "liver-only progression"]
ModalityRule = Literal["first procedure", "as recorded"]
LaterRule = Literal["exclusive", "ever", "predominant", "sequence"]
Responses = Literal["derived", "recorded"]
Repeated = Literal["", "first", "last", "each", "joined"]
Contrast = Literal["mean time", "hazard ratio"]
Strategy = Literal["treatment policy", "censored"]
Origin = Literal["first_procedure_date", "liver_mets_date", "end_systemic_date", "diagnosis_date"]


class Within(NamedTuple):
    """The least and the most that a number or a date can be, both included."""

    low: float | date
    high: float | date


class Many(NamedTuple):
    """How many a list can hold."""

    least: int
    most: int


class Signs(NamedTuple):
    """How many signs a text can have."""

    most: int


LEFT_OUT = "-"  # in `MappedColumn.column`: the column is not kept
NO_HEADERS = -1  # in `Reading.header_row`: no row of the sheet holds headers

DAYS = Within(date(1950, 1, 1), date(2199, 12, 31))
"""The first and the last day that a plan can name."""
MOST_CUTS = 11  # cut points of the most groups that can be looked at side by side

Count = Annotated[int, Within(0, 1_000_000)]
Draws = Annotated[int, Within(1, 100_000)]
Share = Annotated[float, Within(0, 1)]
Number = Annotated[float, Within(-1e15, 1e15)]
Months = Annotated[float, Within(0, 1200)]
SomeMonths = Annotated[float, Within(0.1, 120)]
DrawnMonths = Annotated[int, Within(0, 1200)]
_Words = Annotated[tuple[str, ...], Many(0, 20_000)]
# fmt: off
LeastCell = Literal[
    0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    28, 29, 30,
]
# fmt: on
Line = Annotated[str, Signs(300)]
Prose = Annotated[str, Signs(20_000)]


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A header of the spreadsheet, its position from 0, and the column it means.

    The column is '' where it is carried along under its own header, and `LEFT_OUT` where it is
    not kept. The unit is that of the sheet, '' where its header tells it or the numbers decide.
    """

    header: str
    position: Annotated[int, Within(0, 16_383)]
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
    header_row: Annotated[int, Within(NO_HEADERS, 1_048_576)] = 0
    columns: Annotated[tuple[MappedColumn, ...], Many(0, 20_000)] = ()
    values: Annotated[tuple[MappedValue, ...], Many(0, 20_000)] = ()
    day_first: bool | None = None
    known_before: _Words = ()
    repeated: Repeated = ""
    decisions: Annotated[tuple[Decision, ...], Many(0, 20_000)] = ()

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
    levels: _Words = ()
    low: Number | None = None
    high: Number | None = None
    keep_missing: bool = False


@dataclass(frozen=True, slots=True)
class CutPoints:
    """Where a column of numbers is cut into groups: the lower bound of each but the first."""

    column: str
    at: Annotated[tuple[Number, ...], Many(1, MOST_CUTS)]


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """Who is under study, until when, and by which baseline column results are shown.

    Numbers are cut into groups where `cuts` says, else at the schema's points or their median. A
    patient alive is overdue so many months after the last assessment, or the last contact.
    """

    by: str = "modality"
    modality_rule: ModalityRule = "first procedure"
    roll_up: bool = True
    as_of: Annotated[date, DAYS] | None = None
    selection: Annotated[tuple[Condition, ...], Many(0, 200)] = ()
    cuts: Annotated[tuple[CutPoints, ...], Many(0, 200)] = ()
    assessed_every: SomeMonths = 4
    seen_every: SomeMonths = 6


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """Response at fixed times. Months, and days of the windows, as RECIST series report them.

    Where lesions or sums were measured, responses and dates of progression are derived from them,
    or taken as recorded. Of derived ones: the profile of RECIST; whether CR and PR need
    confirmation, how many days later, over how many assessments that are not evaluable, and
    whether over a stable one; from which day on SD counts as best response; how many days an
    assessment may lie from a fixed time.
    """

    months: Annotated[tuple[Annotated[int, Within(1, 240)], ...], Many(1, 24)] = (3, 6, 12)
    deaths: Deaths = "as recorded"
    source: Responses = "derived"
    profile: Profile = "RECIST 1.1"
    confirm: bool = True
    confirm_days: Annotated[int, Within(1, 365)] = 28
    ne_between: Annotated[int, Within(0, 9)] = 1
    sd_between: bool = False
    sd_days: Annotated[int, Within(0, 365)] = 42
    window_days: Annotated[int, Within(0, 182)] = 45


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
    landmark: SomeMonths = 6
    milestones: Annotated[tuple[Months, ...], Many(0, 50)] = (6, 12, 24)
    taus: Annotated[tuple[Annotated[float, Within(0.1, 1200)], ...], Many(1, 10)] = (24, 12)


@dataclass(frozen=True, slots=True)
class FigurePlan:
    """What curves are drawn with, besides what they always have; no number depends on it.

    Months to which they are drawn, and from tick to tick: 0 where follow-up decides. Whether title,
    medians, the hazard ratio and the p-value of the test stand in the figure.
    """

    until: DrawnMonths = 0
    every: DrawnMonths = 0
    title: bool = False
    medians: bool = False
    hazard_ratio: bool = False
    p_value: bool = False


@dataclass(frozen=True, slots=True)
class SmallNumbers:
    """Below these counts a number is withheld, and the reason said in its place.

    A curve carries no number where lost follow-up leaves fewer than `tail_fewest` at risk, or
    where its limits lie more than twice `tail_half_width` apart.

    Those of adjusted results: patients of the smaller arm, events, patients of the smaller arm
    and events for each term of a model, effective patients of each arm after weighting, the share
    of patients of whom a covariate that nobody chose must be known where missing values are not
    drawn, and the share of each arm where they are.
    """

    arm_counted: Count = 5
    arm_compared: Count = 10
    events_compared: Count = 10
    arm_events_compared: Count = 3
    events_few: Count = 20
    tail_fewest: Count = 5
    tail_half_width: Share = 0.30
    arm_adjusted: Count = 20
    events_adjusted: Count = 20
    patients_per_term: Count = 10
    events_per_term: Count = 10
    effective_adjusted: Annotated[float, Within(0, 1_000_000)] = 15
    known_adjusted: Share = 0.9
    known_imputed: Share = 0.5


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """Which two levels of which baseline column are compared; '' takes the first two there are.

    Of survival the contrast alone decides whether a difference is claimed; what else is computed
    is shown. Adjusted results are adjusted for the covariates; where none is named, for as many as
    the numbers allow of those that `schema.ADJUST_FOR` puts first.
    """

    column: str = "modality"
    reference: str = ""
    comparison: str = ""
    contrast: Contrast = "mean time"
    permutations: Draws = 9999
    seed: Annotated[int, Within(0, 2**32 - 1)] = 20221
    covariates: Annotated[tuple[str, ...], Many(0, 100)] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a trial of this question would have written down, beside what the plan says already.

    The code of the one endpoint that is primary, '' where none is named; who is eligible, in words,
    besides the selection; and whether a second modality, resection or ablation and new systemic
    therapy count as they come or end follow-up. What death is follows from the endpoint.

    The day is as somebody typed it. Where the app wrote it, it also says whether it had shown a
    comparison of this file before, and the digest of what was written, so that a change is seen.
    """

    primary: str = ""
    eligibility: str = ""
    crossover: Strategy = "treatment policy"
    resection: Strategy = "treatment policy"
    new_therapy: Strategy = "treatment policy"
    written: Annotated[date, DAYS] | None = None
    opened: bool | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """What the visitor says of an exhibit, named by its key."""

    exhibit: Line
    words: Prose


@dataclass(frozen=True, slots=True)
class Edited:
    """What stands in a report in the place of a part that Hepar wrote, a paragraph a line."""

    part: Literal["abstract", "methods", "results"]
    words: Prose


@dataclass(frozen=True, slots=True)
class Published:
    """A published cohort that somebody sets beside their own, as its paper prints it.

    `of` patients have the rates: those who responded (CR or PR), and those with disease control;
    0 where the paper gives none. The median of overall survival is in months.
    """

    name: Line
    year: Annotated[int, Within(1900, 2199)]
    n: Count = 0
    of: Count = 0
    responded: Count | None = None
    controlled: Count | None = None
    median: Months | None = None
    low: Months | None = None
    high: Months | None = None
    source: Line = ""


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """What leaves as a report, and what the visitor wrote into it; no number depends on it.

    Exhibits by their keys, in order; none named is the usual ones. Whatever names no exhibit of
    the study waits for one. A least cell of 0 masks nothing; of k from 3 on, nothing that leaves
    tells a count from 1 to k - 1, or lets one be computed. In rows that leave dates can be days
    since each patient's first procedure, and centres letters.
    """

    title: Line = ""
    authors: Line = ""
    exhibits: Annotated[tuple[Line, ...], Many(0, 500)] = ()
    comments: Annotated[tuple[Comment, ...], Many(0, 500)] = ()
    edited: Annotated[tuple[Edited, ...], Many(0, 3)] = ()
    checklists: bool = False
    beside: Annotated[tuple[Published, ...], Many(0, 50)] = ()
    least_cell: LeastCell = 0
    dates_as_days: bool = False
    centres_as_letters: bool = False

    def comment(self, exhibit: str) -> str:
        """What is said of an exhibit; '' where nothing is."""
        return next((each.words for each in self.comments if each.exhibit == exhibit), "")

    def instead(self, part: str) -> str:
        """What stands in the place of a part; '' where it is as it was written."""
        return next((each.words for each in self.edited if each.part == part), "")


@dataclass(frozen=True, slots=True)
class Plan:
    """The analysis plan: its parts, the small-numbers table, and one confidence for all limits.

    The figure and the report alone change no number.
    """

    reading: Reading = field(default_factory=Reading)
    study: StudyPlan = field(default_factory=StudyPlan)
    protocol: Protocol = field(default_factory=Protocol)
    response: ResponsePlan = field(default_factory=ResponsePlan)
    survival: SurvivalPlan = field(default_factory=SurvivalPlan)
    comparison: ComparisonPlan = field(default_factory=ComparisonPlan)
    figure: FigurePlan = field(default_factory=FigurePlan)
    report: ReportPlan = field(default_factory=ReportPlan)
    small: SmallNumbers = field(default_factory=SmallNumbers)
    confidence: Annotated[float, Within(0.01, 0.9999)] = 0.95


class PlanError(WordedError, ValueError):
    """A plan file that cannot be understood; its message names the key and the value."""

    def __init__(self, message: Template, **values: object) -> None:
        super().__init__(message, **values)
        self.args = (counting(message, values).format(**values),)


TOO_LARGE = N_(
    "too large for a plan: {length} sign, at most {most}",
    "plan-too-large",
    many="too large for a plan: {length} signs, at most {most}",
    by="length",
)
TOO_LONG_PLAN = N_(
    "too long for a plan: {count} entry, at most {most}",
    "plan-too-long",
    many="too long for a plan: {count} entries, at most {most}",
)
TOO_DEEP = N_(
    "too deeply nested for a plan: at most {most} bracket or key within each other",
    "too-deep",
    many="too deeply nested for a plan: at most {most} brackets or keys within each other",
    by="most",
)
NOT_TEXT = N_("not a text file in UTF-8", "not-text")
NOT_TOML = N_("not a TOML file: {why}", "not-toml")
TOO_LONG = N_("a number of more digits than can be read", "too-long")
OUTSIDE = N_("{key}: {value} is not between {low} and {high}", "outside")
TOO_MANY = N_("{key}: a list of {count} where {least} to {most} are expected", "plan-too-many")
TOO_MANY_SIGNS = N_(
    "{key}: a text of {count} sign, at most {most}",
    "plan-too-many-signs",
    many="{key}: a text of {count} signs, at most {most}",
)
NO_TABLE = N_("{key}: a table is expected, not {value}", "no-table")
NO_LIST = N_("{key}: a list is expected, not {value}", "no-list")
NOT_KNOWN = N_("{key}: unknown choice {value}; known are {known}", "not-known")
NO_CHOICE = N_("{key}: {value} is not one of {known}", "no-choice")
OTHER_KIND = N_("{key}: {value} is not of the expected kind", "other-kind")
LACKS = N_("{key}: '{name}' is missing", "lacks")
UNORDERED = N_("plan.response.months: each once, the earliest first", "unordered")
CUT_TWICE = N_("plan.study.cuts: each column once", "cut-twice")
CUTS_UNORDERED = N_("plan.study.cuts: each point once, the lowest first", "cuts-unordered")
TOO_WIDE = N_(
    "plan.response.window_days: {value} is not between 0 and {high}, at most half the time between"
    " two months",
    "plan-too-wide",
)
_LARGEST, _DEEPEST = 4_000_000, 8
_MOST_ENTRIES, _TABLE = 200_000, 4
"""Most entries of a plan, of which a column has ten, and for how many a table's head counts:
the parser takes as long for it."""
_LITERALS = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*(?:"""|\Z)|'{3}(?:[^']|'(?!''))*(?:'{3}|\Z)'''
    r"""|"(?:[^"\\\n]|\\.)*(?:["\n]|\Z)|'[^'\n]*(?:['\n]|\Z)|\#[^\n]*""",
    re.DOTALL,
)
"""Strings and comments, in which brackets and dots mean nothing."""
_NESTED = re.compile(r"[\[{]|[\]}]")
_BLANK = re.compile(r"[ \t]+")
_BARE_KEY = re.compile(r"[\w-]+")
_VERSION = "hepar"  # the key under which a plan says by which Hepar it was written
_VERSIONS = re.compile(r"[\w.+-]{0,30}")


class Written(NamedTuple):
    """A plan as it was read from a file."""

    plan: Plan
    version: str  # of the Hepar that wrote it; '' where somebody wrote it by hand
    lost: tuple[PlanError, ...] = ()  # what of it this Hepar could not apply, a reason each


def dumps(plan: Plan) -> str:
    """Write a plan as TOML, leaving out what has its default, and say by which Hepar."""
    return tomli_w.dumps({_VERSION: __version__, **_as_table(plan)})


def loads(text: str | bytes) -> Plan:
    """Read a plan from TOML, all of it; see `read`.

    Raises `PlanError` also if it is of another version and not all of it can be applied.
    """
    written = read(text)
    if written.lost:
        raise written.lost[0]
    return written.plan


def read(text: str | bytes) -> Written:
    """Read a plan from TOML, in UTF-8 where it comes as bytes.

    Raises `PlanError` if the text is too large or too deep for a plan, or not TOML, names an
    unknown choice, or gives one a value of another kind or beyond its range. Of a plan that another
    version wrote, each such choice is left at its default and is told instead; but masking that
    cannot be applied is refused, since then more would leave than somebody chose.
    """
    table = _parsed(text)
    version = table.pop(_VERSION, "")
    if not (isinstance(version, str) and _VERSIONS.fullmatch(version)):
        raise PlanError(OTHER_KIND, key=f"plan.{_VERSION}", value=_shown(version))
    lost: list[PlanError] | None = [] if version not in ("", __version__) else None
    plan = _from_table(Plan, table, "plan", lost)
    assert isinstance(plan, Plan)
    for part, (check, together) in _TOGETHER.items():
        chosen = getattr(plan, part)
        try:
            check(chosen)
        except PlanError as error:
            if lost is None:
                raise
            lost.append(error)
            default = {name: getattr(type(chosen)(), name) for name in together}
            plan = replace(plan, **{part: replace(chosen, **default)})
    _check_mask(lost or ())
    return Written(plan, version, tuple(lost or ()))


@contextmanager
def _told(lost: list[PlanError] | None) -> Iterator[None]:
    """Leave out what cannot be read and keep the reason, where there is a list for reasons."""
    try:
        yield
    except PlanError as error:
        if lost is None:
            raise
        lost.append(error)


def _parsed(text: str | bytes) -> dict[str, Any]:
    """The table that a text writes, of no more than a plan can have."""
    if len(text) > _LARGEST:
        raise PlanError(TOO_LARGE, length=len(text), most=_LARGEST)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise PlanError(NOT_TEXT) from error
    bare = _LITERALS.sub("x", text)  # before the parser asks for memory
    if _is_deep(bare):
        raise PlanError(TOO_DEEP, most=_DEEPEST)
    count = bare.count("=") + bare.count(",") + _TABLE * bare.count("\n[")
    if count > _MOST_ENTRIES:
        raise PlanError(TOO_LONG_PLAN, count=count, most=_MOST_ENTRIES)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(NOT_TOML, why=error) from error
    except ValueError as error:
        raise PlanError(TOO_LONG) from error


def _is_deep(bare: str) -> bool:
    """Whether brackets, or keys with dots, stand deeper within each other than in any plan."""
    depth = 0
    for bracket in _NESTED.findall(bare):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        if depth > _DEEPEST:
            return True
    return "x." * _DEEPEST in _BARE_KEY.sub("x", _BLANK.sub("", bare))


PROTOCOL = (
    *("study.modality_rule", "study.selection", "study.cuts"),
    *("protocol.primary", "protocol.eligibility"),
    *("protocol.crossover", "protocol.resection", "protocol.new_therapy", "protocol.written"),
    *("response.source", "response.profile"),
    *("survival.origin", "survival.missed_scans", "survival.taus"),
    *("comparison.column", "comparison.reference", "comparison.comparison"),
    *("comparison.contrast", "comparison.covariates"),
)
"""What a protocol says: its own choices, and those of the plan that it rests on."""


def protocol_digest(plan: Plan) -> str:
    """Identify what a plan's protocol says; a choice that a later Hepar adds changes nothing."""
    said: dict[str, dict[str, Any]] = {}
    chosen: Any
    for path in PROTOCOL:
        part, name = path.split(".")
        chosen = getattr(getattr(plan, part), name)
        if chosen in (None, getattr(type(getattr(plan, part))(), name)):
            continue
        if name == "selection":  # whatever was asked first
            chosen = [replace(each, levels=tuple(sorted(each.levels))) for each in chosen]
            chosen = tuple(sorted(chosen, key=lambda each: each.column))
        said.setdefault(part, {})[name] = _as_value(chosen)
    return sha256(tomli_w.dumps(said).encode()).hexdigest()[:16]


def with_protocol(plan: Plan, opened: bool) -> Plan:
    """The plan with its protocol as written now, a comparison having been opened before or not."""
    protocol = replace(plan.protocol, opened=opened, digest=protocol_digest(plan))
    return replace(plan, protocol=protocol)


def bounds(part: type, name: str) -> tuple[int, int]:
    """The least and the most that a whole number of a part of the plan can be."""
    low, high = get_args(_kinds(part)[name])[1]
    return int(low), int(high)


def widest_window(months: Sequence[int]) -> int:
    """The most days that an assessment may lie from a fixed time and belong to no other.

    Half the time between the two nearest of some months; half a year where there is one alone.
    """
    apart = min((later - earlier for earlier, later in pairwise(sorted(months))), default=12)
    return min(apart, 12) * 365 // 24


def _check_cuts(chosen: StudyPlan) -> None:
    """Refuse a column that is cut twice, and points that are not in order."""
    names = [each.column for each in chosen.cuts]
    if len(names) > len({*names}):
        raise PlanError(CUT_TWICE)
    if any(list(each.at) != sorted({*each.at}) for each in chosen.cuts):
        raise PlanError(CUTS_UNORDERED)


def _check_mask(lost: Sequence[PlanError]) -> None:
    """Refuse to go on without the masking that somebody chose."""
    for each in lost:
        if each.values.get("key") == "plan.report.least_cell":
            raise each


def _check_published(chosen: ReportPlan) -> None:
    """Refuse rates of more patients than have them, and limits that do not hold their median."""
    for each in chosen.beside:
        for name in ("responded", "controlled"):
            k = getattr(each, name)
            if k is not None and not (k <= each.of and each.of):
                key = f"plan.report.beside.{name}"
                raise PlanError(OUTSIDE, key=key, value=k, low=0, high=each.of)
        low, high, median = each.low, each.high, each.median
        sides = [side for side in (low, median, high) if side is not None]
        if sides != sorted(sides):
            key = "plan.report.beside.median"
            raise PlanError(OUTSIDE, key=key, value=median, low=low, high=high)


def _check(chosen: ResponsePlan) -> None:
    """Refuse choices of response that do not go together."""
    if list(chosen.months) != sorted(set(chosen.months)):
        raise PlanError(UNORDERED)
    widest = widest_window(chosen.months)
    if chosen.window_days > widest:
        raise PlanError(TOO_WIDE, value=chosen.window_days, high=widest)


_TOGETHER: dict[str, tuple[Callable[[Any], None], tuple[str, ...]]] = {
    "response": (_check, ("months", "window_days")),
    "study": (_check_cuts, ("cuts",)),
    "report": (_check_published, ("beside",)),
}
"""By the part of the plan: what looks whether its choices go together, and those it looks at."""


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
    return any(each.default is each.default_factory is MISSING for each in fields(kind))


def _as_value(value: Any) -> Any:
    if is_dataclass(value):
        return _as_table(value)
    if isinstance(value, tuple):
        return [_as_value(item) for item in value]
    return value


def _kinds(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _from_table(kind: type, table: Any, key: str, lost: list[PlanError] | None = None) -> Any:
    """Read a part of the plan; `lost`: where reasons go, and what is left out for them."""
    if not isinstance(table, dict):
        raise PlanError(NO_TABLE, key=key, value=_shown(table))
    kinds = _kinds(kind)
    for name in sorted(set(table) - set(kinds)):
        with _told(lost):
            raise PlanError(NOT_KNOWN, key=key, value=_shown(name), known=", ".join(kinds))
    values = {}
    for name in kinds:
        if name in table:
            with _told(lost):
                values[name] = _from_value(kinds[name], table[name], f"{key}.{name}", lost)
    for each in fields(kind):
        if each.name not in values and each.default is each.default_factory is MISSING:
            raise PlanError(LACKS, key=key, name=each.name)
    return kind(**values)


def _from_value(kind: Any, value: Any, key: str, lost: list[PlanError] | None = None) -> Any:
    """Read a value as its kind says, within the range that stands beside it.

    Of a list all is read or none of it: a condition without one of its limits is another one.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _ranged(_from_value(inner[0], value, key), inner[1], key)
    if origin in (UnionType, Union):  # TOML has no word for None
        return _from_value(inner[0], value, key)
    if is_dataclass(kind):
        return _from_table(kind, value, key, lost)  # type: ignore[arg-type]
    if origin is tuple:
        return _from_list(inner[0], value, key)
    if origin is Literal:
        if value not in inner or type(value) is not type(inner[0]):
            listed = ", ".join(map(repr, inner))
            raise PlanError(NO_CHOICE, key=key, value=_shown(value), known=listed)
    elif type(value) is not kind and not (kind is float and type(value) is int):
        raise PlanError(OTHER_KIND, key=key, value=_shown(value))
    return value


def _from_list(kind: Any, value: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise PlanError(NO_LIST, key=key, value=_shown(value))
    return tuple(_from_value(kind, each, key) for each in value)


def _ranged(value: Any, rule: Within | Many | Signs, key: str) -> Any:
    """A value, unless it is beyond its range, which what is no number always is."""
    if isinstance(rule, Signs):
        if len(value) > rule.most:
            raise PlanError(TOO_MANY_SIGNS, key=key, count=len(value), most=rule.most)
    elif isinstance(rule, Many):
        if not rule.least <= len(value) <= rule.most:
            raise PlanError(TOO_MANY, key=key, count=len(value), least=rule.least, most=rule.most)
    elif not rule.low <= value <= rule.high:
        raise PlanError(
            OUTSIDE, key=key, value=_shown(value), low=str(rule.low), high=str(rule.high)
        )
    return value


def _shown(value: object) -> str:
    """A value of a plan as a sentence shows it, cut where it is long."""
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return f"{float(min(value, 10**300)):.3g}"  # Python writes no endless digits
    if isinstance(value, (dict, list)):
        return "{…}" if isinstance(value, dict) else "[…]"
    words = str(value) if isinstance(value, date) else repr(value)
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


_LONGEST = 60
