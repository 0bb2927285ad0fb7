"""The cohort under study: the only place where a plan changes a cohort."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, Unpack, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses import counting, scans, seen, states
from lib.analyses.arms import compared
from lib.analyses.complications import Complications, complications, graded
from lib.analyses.counted import (
    NO_ROWS,
    Began,
    Bounds,
    Counted,
    Counts,
    Crosstab,
    Distribution,
    Flag,
    Followed,
    Grouping,
    Later,
    NotHeld,
    Otherwise,
    Reach,
    Seen,
    State,
    Switched,
    Unseen,
)
from lib.analyses.courses import (
    MEASURES,
    Measured,
    assessed_twice,
    measured,
    measured_times,
    with_best,
)
from lib.analyses.cutoff import known_by
from lib.analyses.derivation import Derivation, derived
from lib.analyses.followed import (
    LIVER,
    START,
    between,
    follow_up,
    sites,
    unjudged,
    with_last_dates,
)
from lib.analyses.memory import ARMS, FOLLOWED, digest, latest, reads
from lib.analyses.modality import (
    AS_RECORDED,
    Received,
    dates_procedures,
    modality,
    procedures,
    second_kind,
)
from lib.analyses.provenance import READ, Cut, Provenance, Step
from lib.analyses.reasons import sentence
from lib.analyses.seen import Way
from lib.cohort import WHOLE_ROW, Cohort, Finding, Whole, remembered
from lib.followup import FollowUp, Groups, middle
from lib.language import Template
from lib.plan import (
    Condition,
    CutPoints,
    LaterRule,
    Origin,
    Plan,
    PlanError,
    Reading,
    StudyPlan,
)
from lib.schema import (
    BY_DATES,
    COLUMNS,
    ENDPOINTS,
    FIRST_YEAR,
    MODALITIES,
    NEW_THERAPY,
    RESPONSE_MONTHS,
    Column,
    Endpoint,
    Level,
)

NO_COLUMN = sentence("no-column")
NOT_BEFORE = sentence("not-before")
NO_ARMS = sentence("no-arms")
NO_RANGE = sentence("no-range")
NOT_CUT = sentence("not-cut")
NOT_ADJUSTED = sentence("not-adjusted")
ROWS_READ = sentence("rows-read")
NOT_SELECTED = sentence("not-selected")
BEGAN_AFTER = sentence("began-after")
SELECTS = (*MEASURES, "study.modality_rule", "study.roll_up", "study.selection")
"""The parts of the plan that decide who is under study, and as what."""
_CHOICES = tuple(each.name for each in fields(Plan) if each.name != "reading")
_LEAST, _MOST, _PATIENTS = 6, 24, 100_000
"""How many selections of one cohort are kept: as many as have so many patients, within limits."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The patients under study, the whole cohort they were selected from, and the steps between."""

    cohort: Cohort  # selected, with `modality` derived by the plan's rule
    whole: Cohort  # the same before the selection
    steps: tuple[Step, ...]  # from the rows read to the patients under study
    # How the modality was decided, an `N_` template: the plan's rule, where the file allows it.
    modality_rule: Template
    # Patients under study whose first procedure is not known, so that their modality is as recorded
    # although the rule is another.
    stood_in: int
    measured: Measured  # what the measurements of the whole cohort show
    plan: Plan
    as_read: Cohort  # before the data cut-off and the selection
    cut_off: date | None = None  # the plan's as-of date, where the file goes on after it
    # What was asked of it so far that depends on all of the plan; all else is kept with the
    # patients, by what it reads of the plan.
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def by(self, plan: Plan) -> "Study":
        """The same patients under another plan, one that selects alike."""
        key = digest(plan, _CHOICES)
        if key == self.digest(_CHOICES):
            return self
        memory = self.cohort.memory
        return latest(memory, "by", key, _MOST, lambda: replace(self, plan=plan))

    @property
    def answers(self) -> dict[Any, Any]:
        """What these patients were asked so far, whatever the plan."""
        return self.cohort.memory

    @remembered
    def digest(self, parts: tuple[str, ...]) -> str:
        """Identify what the plan has in some of its parts."""
        return digest(self.plan, parts)

    @property
    @remembered
    def provenance(self) -> Provenance:
        """What a result keeps of this study."""
        known = self.whole.columns
        return Provenance(
            self.whole.source,
            self.whole.digest,
            self.plan,
            len(self.cohort),
            len(self.whole),
            self.steps,
            tuple(
                (asked, known[asked.column])
                for asked in self.plan.study.selection
                if asked.column in known
            ),
            self.cuts(),
            self.modality_rule,
            self.stood_in,
            sum(n for recorded, _used, n in self.overlap() if recorded.code == "BOTH"),
            self.both_recorded,
            bool(self.measured.courses),
            self.measured.derived,
            tuple(
                each for each in self.cohort.endpoints if each.code not in {*ENDPOINTS, *BY_DATES}
            ),
            self.cut_off,
        )

    @reads(*FOLLOWED)
    def follow(self, endpoint: Endpoint) -> FollowUp:
        """Follow the patients under study to an endpoint, as the plan has it."""
        return follow_up(self.cohort, self.measured.courses, self.plan, endpoint)

    @property
    def reading(self) -> Reading:
        """How the file was read."""
        return self.whole.reading

    @property
    @remembered
    def everybody(self) -> "Study":
        """The same patients before the plan's selection."""
        kept = replace(self.plan.study, selection=(), by=StudyPlan().by)
        return under_study(
            self.as_read,
            Plan(reading=self.plan.reading, study=kept, response=self.plan.response),
        )

    @property
    def settled(self) -> bool:
        """Nothing: whatever the plan says is asked of the rows."""
        return False

    @property
    def times(self) -> tuple[int, ...]:
        """The times near which somebody was assessed, or those that a response is recorded for."""
        if self.measured.derived:
            return measured_times(self.measured.courses, self.plan.response)
        return tuple(m for m in RESPONSE_MONTHS if self.whole.known(f"response_{m}m"))

    @property
    def graded(self) -> bool:
        """Whether complications are recorded."""
        return graded(self.cohort)

    @property
    def columns(self) -> dict[str, Column]:
        """The columns that there are, by name, in the schema's order."""
        return self.cohort.columns

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints that the file may have times for."""
        known = self.whole.known
        dated = known("first_procedure_date")
        return tuple(
            each
            for each in (*self.cohort.endpoints, *BY_DATES.values())
            if known(each.months) or (dated and any(map(known, (*each.ends, *each.last_seen))))
        )

    @property
    @reads()
    def ways(self) -> tuple[Way, ...]:
        """The ways in which what was seen until a time groups somebody."""
        return seen.ways(self.cohort, self.measured.courses)

    @property
    def span(self) -> tuple[date, date] | None:
        """From the first procedure of all to the latest date; None without dates."""
        began, latest = self.as_read.dates("first_procedure_date").min(), self.as_read.latest_date
        if latest is None or began != began or began.date() >= latest:
            return None
        return began.date(), latest

    def known(self, name: str) -> bool:
        """Whether a column is there and holds at least one value."""
        return self.cohort.known(name)

    @property
    @reads()
    def procedures(self) -> list[Received]:
        """The dated procedures of each patient."""
        return procedures(self.cohort, self.plan)

    def grouped(self, by: Grouping) -> Groups:
        """Which level of a column or of a fact each patient has."""
        if isinstance(by, str):
            return self.groups(by) if by else counting.ungrouped(len(self.cohort))
        if isinstance(by, State):
            return self._state(by)
        if isinstance(by, Flag):
            state = self._state(State(by.months)).codes
            return counting.flagged(states.told(self.cohort, self.plan, by.what, by.months, state))
        if isinstance(by, Unseen):
            return counting.unseen(self.cohort, self.plan.study.as_of, by.months)
        if isinstance(by, Began):
            return counting.began(self.cohort)
        return self._seen(by)

    @reads()
    def _seen(self, by: Seen | Followed) -> Groups:
        cohort, courses = self.cohort, self.measured.courses
        if isinstance(by, Followed):
            follow = cohort.time_to_event(ENDPOINTS["OS"])
            return counting.flagged(follow.used & (np.nan_to_num(follow.months) >= by.months))
        if by.way in seen.RULES:
            return seen.received_by(self.procedures, cast(LaterRule, by.way), by.months)
        return seen.seen_by(cohort, courses, self.plan, by.way, by.months)

    @reads("response.deaths")
    def _state(self, by: State) -> Groups:
        cohort, plan = self.cohort, self.plan
        if by.confirm is not None:
            plan = replace(plan, response=replace(plan.response, confirm=by.confirm))
            cohort = with_best(cohort, self.measured.courses, plan.response)
        state = states.states(cohort, plan, by.months, states.column_at(by.months))
        return Groups(states.COLUMN, states.STATES, state)

    def ahead(self, asked: Iterable[Sequence[Grouping]]) -> None:
        """Rows are here, and nothing is saved."""

    @remembered
    def crosstab(self, *by: Grouping) -> Crosstab:
        """Patients by the levels of several columns or facts."""
        return counting.crosstab([self.grouped(each) for each in by])

    @remembered
    def counts(self, by: Grouping) -> Counts:
        """Patients by the levels of one column or fact."""
        groups = self.grouped(by)
        missing = int((groups.codes < 0).sum())
        return Counts(groups.column, groups.levels, tuple(groups.counts().tolist()), missing)

    @remembered
    def moments(self, name: str, by: Grouping) -> tuple[Distribution, ...]:
        """What is known of a number in each group and, last, in those of none."""
        column = self.cohort.columns[name]
        values = self.cohort.patients[name].to_numpy(np.float64, na_value=np.nan)
        return self._distributed(values, column, by)

    @remembered
    def intervals(self, by: Grouping) -> tuple[Distribution, ...]:
        """Months between a patient's assessments, as `moments`."""
        return self._distributed(scans.intervals(self.cohort), scans.INTERVAL, by)

    def _distributed(
        self, values: npt.NDArray[np.float64], column: Column, by: Grouping
    ) -> tuple[Distribution, ...]:
        groups = self.grouped(by)
        return tuple(
            Distribution.of(values[groups.codes == at], column)
            for at in (*range(len(groups.levels)), -1)
        )

    def times_known(self, endpoint: Endpoint) -> bool:
        """Whether somebody's time to an endpoint is known, from the first procedure on."""
        return self.counted(endpoint, origin=START).any

    @reads(*FOLLOWED, "study.cuts")
    def counted(self, endpoint: Endpoint, by: Grouping = "", **asked: Unpack[Otherwise]) -> Counted:
        """Count follow-up by group; see `Population.counted`."""
        landmark, until = asked.get("landmark"), asked.get("until")
        strata, cut_off = asked.get("strata"), asked.get("cut_off")
        then = self._asked(asked.get("origin"), cut_off)
        follow, cohort = then.follow(endpoint), then.cohort
        came: dict[str, npt.NDArray[np.bool_]] = {}
        if until is not None:
            follow, came[until] = counting.until(follow, then._came(until))
        if landmark is not None:
            follow = counting.restarted(follow, landmark)
        flags = then._flags(follow, endpoint) | came
        if landmark is not None and isinstance(by, Seen):
            recorded = seen.lettered(cohort, self.measured.courses, by.way, by.months)
            flags["recorded late"] = recorded & (self.grouped(by).codes >= 0)
        whose = self if cut_off is None else then
        return counting.counted(
            follow,
            endpoint,
            whose.grouped(by),
            flags,
            counting.last_seen_on(cohort, follow, endpoint, then.plan.study.as_of),
            with_last_dates(cohort, follow) if endpoint.code == "OS" else None,
            whose.groups(strata) if strata else None,
        )

    def _asked(self, origin: Origin | None, cut_off: date | None) -> "Study":
        """The study with its clock started elsewhere, or as of another day."""
        if cut_off is not None:
            plan = replace(self.plan, study=replace(self.plan.study, as_of=cut_off))
            known = Measured(known_by(self.as_read, cut_off))
            return selected(self.as_read, plan, known)._asked(origin, None)
        if origin is None or origin == self.plan.survival.origin:
            return self
        survival = replace(self.plan.survival, origin=origin)
        return self.by(replace(self.plan, survival=survival))

    def _flags(self, follow: FollowUp, endpoint: Endpoint) -> dict[str, npt.NDArray[np.bool_]]:
        """What to beware of in follow-up, of whom it holds."""
        found: dict[str, npt.NDArray[np.bool_]] = {}
        courses = self.measured.courses
        if LIVER in endpoint.ends:
            found |= sites(self.cohort, courses if self.measured.derived else {})
        if follow.rule is not None:
            found["scans unknown"] = unjudged(self.cohort, courses, follow)
        return found

    @reads(*FOLLOWED, "study.cuts")
    def bounds(self, endpoint: Endpoint, by: Grouping) -> Bounds:
        """Count between which scans events lie; see `Population.bounds`."""
        follow, groups = self._asked(START, None).follow(endpoint), self.grouped(by)
        lower, upper, unscanned = between(self.cohort, self.measured.courses, follow)
        return counting.bounds(groups, lower, upper, follow.used, unscanned)

    @reads()
    def dated(self, later: Later) -> bool:
        """Whether the file dates what may come later."""
        if later == "second modality":
            return dates_procedures(self.cohort)
        return self.known(NEW_THERAPY)

    def _came(self, later: Later) -> npt.NDArray[np.float64]:
        """(n,) float array: months to what came later, nan where it did not."""
        if later == "second modality":
            return second_kind(self.procedures)
        return self.cohort.event_months(NEW_THERAPY)

    @reads(*FOLLOWED)
    def switched(self, endpoint: Endpoint) -> Switched:
        """Follow-up from the first procedure, cut at a second modality."""
        follow = self._asked(START, None).follow(endpoint)
        return counting.switched(follow, second_kind(self.procedures))

    @reads(*ARMS)
    def complications(self) -> Complications:
        """What happened to the patients of the plan's two arms."""
        arms = compared_arms(self)
        if arms is None:
            raise NotHeld(NO_ARMS)
        return complications(self.cohort, arms, self.plan)

    @remembered
    def derivation(self) -> Derivation:
        """What the responses of the patients under study rest on."""
        return derived(self.cohort, self.measured, self.plan, self.provenance)

    def rows(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some columns of the patients under study."""
        return self.cohort.patients[list(columns)]

    @reads("study.cuts")
    def groups(self, name: str) -> Groups:
        """Group the patients under study by a baseline column.

        A number is cut where `cut` says, the same whatever is selected.

        Raises `ValueError` if the column was not known before the first procedure.
        """
        column = self.cohort.columns[name]
        if not column.baseline:
            raise ValueError(f"{name} was not known at baseline and does not group")
        return self.cohort.by(name, self.cut(name).at)

    @reads()
    def reach(self, name: str) -> Reach:
        """How far the values of a column of numbers go."""
        values = self.cohort.patients[name].to_numpy(np.float64, na_value=np.nan)
        known = values[~np.isnan(values)]
        if not len(known):
            return Reach(np.nan, np.nan, 0)
        return Reach(float(known.min()), float(known.max()), len(np.unique(known)))

    @reads("study.cuts")
    def cut(self, name: str) -> Cut:
        """Where a column is cut into groups: nowhere, unless it holds numbers."""
        column = self.whole.columns[name]
        if column.kind != "number":
            return Cut()
        chosen = next((each.at for each in self.plan.study.cuts if each.column == name), ())
        if chosen or column.cuts:
            return Cut(chosen, "plan") if chosen else Cut(column.cuts, "schema")
        numbers = self.whole.patients[name].to_numpy(np.float64, na_value=np.nan)
        return Cut(() if np.isnan(numbers).all() else (middle(numbers),), "median")

    @reads("study.cuts")
    def cuts(self) -> dict[str, Cut]:
        """Where each column of numbers that may group is cut."""
        names = (name for name, column in self.whole.columns.items() if column.baseline)
        found = {name: self.cut(name) for name in names if self.whole.known(name)}
        return {name: cut for name, cut in found.items() if cut.at}

    @property
    def both_recorded(self) -> bool:
        """Whether a level *both* is there because only the recorded modality is known."""
        return self.modality_rule.code == AS_RECORDED.code and bool(
            self.cohort.has("modality", "BOTH").any()
        )

    def overlap(self) -> tuple[tuple[Level, Level, int], ...]:
        """Count the patients by modality as recorded and as analysed: (recorded, analysed, n)."""
        patients = self.cohort.patients
        if "modality_recorded" not in patients or "modality" not in patients:
            return ()
        known = {level.code: level for level in MODALITIES}
        rank = {code: index for index, code in enumerate(known)}
        recorded = patients["modality_recorded"].dropna()
        before, as_before = pd.factorize(recorded)
        used, as_used = pd.factorize(patients.loc[recorded.index, "modality"].fillna(""))
        both, first, counts = np.unique(
            before * max(len(as_used), 1) + used, return_index=True, return_counts=True
        )
        pairs = {
            (as_before[both[at] // len(as_used)], as_used[both[at] % len(as_used)]): int(counts[at])
            for at in np.argsort(first)
        }
        return tuple(
            (known.get(before, Level(before, before)), known.get(used, Level(used, used)), n)
            for (before, used), n in sorted(
                pairs.items(), key=lambda pair: [rank.get(code, len(rank)) for code in pair[0]]
            )
        )


class Opened(Protocol):
    """What can be put under study: a cohort, or a registry."""

    @property
    def reading(self) -> Reading:
        """How it was read."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns that carry data, by name."""

    @property
    def latest_date(self) -> date | None:
        """The latest day of which anything is known."""


def opening_plan(cohort: Opened, plan: Plan | None = None) -> Plan:
    """Complete a plan for a cohort just read, or a registry.

    The as-of date becomes the latest date of the file, so that no number depends on the day it is
    computed.

    Raises `PlanError` if the plan filters or groups by what this cohort does not know at baseline.
    """
    plan = plan or Plan()
    study = plan.study
    _check(cohort, study)
    _check_covariates(cohort, plan.comparison.covariates)
    if study.as_of is None:
        study = replace(study, as_of=cohort.latest_date)
    return replace(plan, reading=cohort.reading, study=study)


def _check(cohort: Opened, study: StudyPlan) -> None:
    known = {**cohort.columns, "modality": COLUMNS["modality"]}
    asked = {condition.column for condition in study.selection}
    for name in sorted(asked - set(known)):
        raise PlanError(NO_COLUMN, key="plan.study.selection", column=name)
    if study.by and study.by not in {**known, **COLUMNS}:
        raise PlanError(NO_COLUMN, key="plan.study.by", column=study.by)
    for name in sorted((asked | {study.by}) & set(known)):
        if not known[name].baseline:
            raise PlanError(NOT_BEFORE, key="plan.study", column=name)
    for condition in study.selection:
        ranged = condition.low is not None or condition.high is not None
        if ranged and known[condition.column].kind != "number":
            raise PlanError(NO_RANGE, key="plan.study.selection", column=condition.column)
    for each in study.cuts:
        _check_cut(known, each)


def _check_cut(known: Mapping[str, Column], each: CutPoints) -> None:
    """Cut nothing but numbers."""
    if each.column not in known:
        raise PlanError(NO_COLUMN, key="plan.study.cuts", column=each.column)
    if known[each.column].kind != "number":
        raise PlanError(NOT_CUT, key="plan.study.cuts", column=each.column)


def _check_covariates(cohort: Opened, names: tuple[str, ...]) -> None:
    """Adjust for nothing but what was known before the first procedure."""
    for name in names:
        column = cohort.columns.get(name)
        if column is None:
            raise PlanError(NO_COLUMN, key="plan.comparison.covariates", column=name)
        if not column.baseline or column.kind == "date":
            raise PlanError(NOT_ADJUSTED, key="plan.comparison.covariates", column=name)


def under_study(cohort: Cohort, plan: Plan) -> Study:
    """Apply the plan to a cohort: cut it off at the as-of date, derive what it asks for, select.

    Plans that select alike have one cohort under study, and share what is asked of it.
    """
    return latest(
        cohort.memory,
        "under study",
        digest(plan, SELECTS),
        min(_MOST, max(_LEAST, _PATIENTS // (len(cohort) or 1))),
        lambda: selected(cohort, plan, measured(cohort, plan)),
    ).by(plan)


def selected(cohort: Cohort, plan: Plan, known: Measured) -> Study:
    """Select from what a cohort's measurements show."""
    steps = _read_steps(cohort)
    cut = known.cohort
    if len(cut) < len(cohort):
        later = len(cohort) - len(cut)
        day = str(plan.study.as_of)
        steps.append(Step(BEGAN_AFTER, later, len(cut), values=(("day", day),)))
    decided = modality(cut, plan)
    patients = cut.patients.copy(deep=False)
    if decided.values is not None:
        if "modality" in patients:
            patients["modality_recorded"] = patients["modality"]
        patients["modality"] = decided.values
    years = scans.years(cut)
    if years is not None:
        patients[FIRST_YEAR] = years
    whole = replace(cut, patients=patients)
    whole = replace(whole, whole=cohort.whole or _decided(cohort, known, whole))
    under, kept = whole, np.arange(len(whole))
    for condition in plan.study.selection:
        keep = matches(under, condition)
        under, kept = under.where(keep), kept[keep]
        steps.append(Step(NOT_SELECTED, int((~keep).sum()), len(under), condition))
    stood_in = int(decided.as_recorded[kept].sum())
    ends, latest = plan.study.as_of, cohort.latest_date
    earlier = ends if ends is not None and latest is not None and ends < latest else None
    return Study(under, whole, tuple(steps), decided.rule, stood_in, known, plan, cohort, earlier)


def observed(study: Study) -> Whole:
    """What the patients of a study decide for each other, were they all that there are."""
    as_read, whole = replace(study.as_read, whole=None), replace(study.whole, whole=None)
    return _decided(as_read, study.measured, whole)


def _decided(as_read: Cohort, known: Measured, whole: Cohort) -> Whole:
    """What all patients decide for each of them: no selection does."""
    read = as_read.decides()
    return replace(
        whole.decides(),
        latest=read.latest,
        followed=read.followed,
        counted=read.counted,
        measured=bool(known.courses),
        twice=assessed_twice(known.courses),
    )


def matches(cohort: Cohort, condition: Condition) -> npt.NDArray[np.bool_]:
    """(n,) bool array: the patients that meet a condition; all of them where it asks nothing."""
    if condition.column not in cohort.patients:
        return np.ones(len(cohort), bool)
    values = cohort.patients[condition.column]
    missing = values.isna().to_numpy(bool)
    keep = np.ones(len(cohort), bool)
    if condition.levels:
        keep &= values.isin(condition.levels).to_numpy(bool)
    if condition.low is not None:
        keep &= np.asarray((values >= condition.low).fillna(False), bool)
    if condition.high is not None:
        keep &= np.asarray((values <= condition.high).fillna(False), bool)
    restricts = bool(condition.levels) or condition.low is not None or condition.high is not None
    if condition.keep_missing or not restricts:
        return keep | missing
    return keep & ~missing


Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def of_rows(
    analysis: Callable[Concatenate[Study, Asked], Answer],
) -> Callable[Concatenate[Study, Asked], Answer]:
    """Have an analysis that needs rows refuse, by `NotHeld`, a population that has none."""

    @functools.wraps(analysis)
    def answer(study: Study, *asked: Asked.args, **named: Asked.kwargs) -> Answer:
        if not isinstance(study, Study):
            raise NotHeld(NO_ROWS)
        return analysis(study, *asked, **named)

    return cast(Callable[Concatenate[Study, Asked], Answer], answer)


@reads(*ARMS)
def compared_arms(study: Study) -> Groups | None:
    """The plan's two arms, reference first; -1 for the patients in neither, None without two."""
    arms = compared(study)
    if arms is None:
        return None
    groups = study.groups(arms.column.name)
    codes = np.full(len(groups.codes), -1)
    for number, level in enumerate(arms.levels):
        codes[groups.codes == groups.levels.index(level)] = number
    return Groups(groups.column, arms.levels, codes)


def _read_steps(cohort: Cohort) -> list[Step]:
    """From the rows of the file to its patients, a step for each reason."""
    steps = [Step(ROWS_READ, 0, cohort.source.rows)]
    left = cohort.source.rows
    aside: dict[Template, list[Finding]] = {}
    for finding in cohort.findings:
        if WHOLE_ROW in finding.sets_aside:
            aside.setdefault(finding.message, []).append(finding)
    for message, findings in aside.items():
        removed = sum(len(finding.rows) for finding in findings)
        left -= removed
        seen = [finding.value for finding in findings if finding.value]
        values = (
            *((name, str(value)) for name, value in findings[0].values),
            ("value", ", ".join(seen[:3]) + ("…" if len(seen) > 3 else "")),
        )
        steps.append(Step(message, removed, left, values=values))
    steps.append(Step(READ, 0, len(cohort)))
    return steps
