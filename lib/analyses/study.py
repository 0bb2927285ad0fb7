"""The cohort under study: the only place where a plan changes a cohort."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import WHOLE_ROW, Cohort, Groups
from lib.language import N_
from lib.plan import ComparisonPlan, Condition, Plan, PlanError, StudyPlan
from lib.schema import COLUMNS, MODALITIES, MONTH, Column, Level

_ROLLS_UP = {level.code: level.rolls_up_to for level in MODALITIES if level.rolls_up_to}

FIRST_PROCEDURE = N_("by the first procedure")
AS_RECORDED = N_("as recorded in the spreadsheet")


@dataclass(frozen=True, slots=True)
class Step:
    """How many patients one step of the selection left out, and why.

    Attributes
    ----------
    label : str
        An `N_` template.
    removed, left : int
        Patients left out by this step, and patients after it.
    condition : Condition or None
        The condition of the plan, for a step that is one.
    """

    label: str
    removed: int
    left: int
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The patients under study, the whole cohort they were selected from, and the steps between.

    Attributes
    ----------
    cohort : Cohort
        Selected, with `modality` derived by the plan's rule.
    whole : Cohort
        The same before the selection.
    steps : tuple of Step
        From the rows read to the patients under study.
    modality_rule : str
        How the modality was decided, an `N_` template: the plan's rule, where the file allows it.
    plan : Plan
    """

    cohort: Cohort
    whole: Cohort
    steps: tuple[Step, ...]
    modality_rule: str
    plan: Plan

    def groups(self, name: str) -> Groups:
        """Group the patients under study by a baseline column.

        A number without cut points of its own is cut at its median in the whole cohort, so that a
        filter does not move the groups.

        Raises
        ------
        ValueError
            If the column was not known before the first procedure.
        """
        column = self.cohort.columns[name]
        if not column.baseline:
            raise ValueError(f"{name} was not known at baseline and does not group")
        return self.cohort.by(name, self._cuts(column))

    def _cuts(self, column: Column) -> tuple[float, ...]:
        if column.kind != "number" or column.cuts:
            return column.cuts
        median = self.whole.patients[column.name].median()
        return () if pd.isna(median) else (float(median),)

    @property
    def both_recorded(self) -> bool:
        """Whether a level *both* is there because only the recorded modality is known."""
        return self.modality_rule == AS_RECORDED and bool(self.cohort.has("modality", "BOTH").any())

    def overlap(self) -> tuple[tuple[Level, Level, int], ...]:
        """Count the patients by modality as recorded and as analysed: (recorded, analysed, n)."""
        patients = self.cohort.patients
        if "modality_recorded" not in patients or "modality" not in patients:
            return ()
        known = {level.code: level for level in MODALITIES}
        rank = {code: index for index, code in enumerate(known)}
        pairs = Counter(
            zip(patients["modality_recorded"], patients["modality"].fillna(""), strict=True)
        )
        return tuple(
            (known.get(recorded, Level(recorded, recorded)), known.get(used, Level(used, used)), n)
            for (recorded, used), n in sorted(
                pairs.items(), key=lambda pair: [rank.get(code, len(rank)) for code in pair[0]]
            )
            if pd.notna(recorded)
        )


def opening_plan(cohort: Cohort, plan: Plan | None = None) -> Plan:
    """Complete a plan for a cohort just read.

    The as-of date becomes the latest date of the file, so that no number depends on the day it is
    computed.

    Raises
    ------
    PlanError
        If the plan filters or groups by what this cohort does not know at baseline.
    """
    plan = plan or Plan()
    study = plan.study
    _check(cohort, study)
    if study.as_of is None:
        study = replace(study, as_of=cohort.latest_date)
    return replace(plan, reading=cohort.reading, study=study)


def _check(cohort: Cohort, study: StudyPlan) -> None:
    known = {**cohort.columns, "modality": COLUMNS["modality"]}
    asked = {condition.column for condition in study.selection}
    for name in sorted(asked - set(known)):
        raise PlanError(f"plan.study.selection: the file has no column {name!r}")
    for name in sorted((asked | {study.by}) & set(known)):
        if not known[name].baseline:
            raise PlanError(
                f"plan.study: {name!r} was not known before the first procedure, so it neither "
                "filters nor groups"
            )
    for condition in study.selection:
        ranged = condition.low is not None or condition.high is not None
        if ranged and known[condition.column].kind != "number":
            raise PlanError(f"plan.study.selection: {condition.column!r} has levels, not a range")


def under_study(cohort: Cohort, plan: Plan) -> Study:
    """Apply the plan to a cohort: derive the modality, then select."""
    modality, rule = _modality(cohort, plan)
    patients = cohort.patients.copy(deep=False)
    if modality is not None:
        if "modality" in patients:
            patients["modality_recorded"] = patients["modality"]
        patients["modality"] = modality
    whole = replace(cohort, patients=patients)
    steps = _read_steps(cohort)
    under = whole
    for condition in plan.study.selection:
        keep = matches(under, condition)
        under = under.where(keep)
        steps.append(Step(N_("Not selected"), int((~keep).sum()), len(under), condition))
    return Study(under, whole, tuple(steps), rule, plan)


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


def comparable(study: Study, name: str) -> Groups:
    """The groups of a column that two may be chosen of: *both*, as recorded, is not one."""
    groups = study.groups(name)
    if name != "modality" or not study.both_recorded:
        return groups
    kept = [index for index, level in enumerate(groups.levels) if level.code != "BOTH"]
    position = {old: new for new, old in enumerate(kept)}
    codes = np.array([position.get(int(code), -1) for code in groups.codes], np.int64)
    return Groups(groups.column, tuple(groups.levels[index] for index in kept), codes)


def chosen_arms(groups: Groups, plan: ComparisonPlan) -> tuple[int, int] | None:
    """The reference and the comparison as indices of levels; None where there are no two."""
    codes = [level.code for level in groups.levels]
    if len(codes) < 2:
        return None
    by_size = sorted(range(len(codes)), key=lambda index: -int(groups.counts()[index]))
    default = sorted(by_size[:2])
    reference = codes.index(plan.reference) if plan.reference in codes else default[0]
    if plan.comparison in codes and codes.index(plan.comparison) != reference:
        return reference, codes.index(plan.comparison)
    return reference, next(index for index in (*default, *range(len(codes))) if index != reference)


def _read_steps(cohort: Cohort) -> list[Step]:
    steps = [Step(N_("Rows read"), 0, cohort.source.rows)]
    left = cohort.source.rows
    for finding in cohort.findings:
        if WHOLE_ROW in finding.sets_aside:
            left -= len(finding.rows)
            steps.append(Step(finding.message, len(finding.rows), left))
    steps.append(Step(N_("Patients"), 0, len(cohort)))
    return steps


def _modality(cohort: Cohort, plan: Plan) -> tuple[pd.Series | None, str]:
    """The modality of each patient by the plan's rule, and the rule that could be applied."""
    recorded = cohort.patients["modality"] if cohort.known("modality") else None
    first = None
    if plan.study.modality_rule == "first procedure":
        first = _first_of_table(cohort, plan)
        if first is None:
            first = _first_of_dates(cohort)
    if first is None:
        return (None if recorded is None else _rolled_up(recorded, plan)), AS_RECORDED
    if recorded is not None:
        first = first.fillna(recorded.where(recorded != "BOTH"))  # nobody knows which came first
    return _rolled_up(first, plan), FIRST_PROCEDURE


def _rolled_up(modality: pd.Series, plan: Plan) -> pd.Series:
    return modality.replace(_ROLLS_UP) if plan.study.roll_up else modality


def _first_of_table(cohort: Cohort, plan: Plan) -> pd.Series | None:
    """From the procedures table: what was done on the first day, *both* where it was two things."""
    procedures = cohort.tables.get("procedures")
    if procedures is None or not {"procedure_date", "modality"} <= set(procedures):
        return None
    dated = procedures.dropna(subset=["procedure_date", "modality"])
    if dated.empty:
        return None
    day_one = dated.groupby("patient_id")["procedure_date"].transform("min")
    on_day_one = dated.loc[dated["procedure_date"] == day_one]
    kinds = _rolled_up(on_day_one["modality"], plan).groupby(on_day_one["patient_id"])
    first = kinds.first().where(kinds.nunique() == 1, "BOTH")
    return cohort.patients["patient_id"].map(first).astype("str")


def _first_of_dates(cohort: Cohort) -> pd.Series | None:
    """From the dates of the first course of each kind: the earlier; *both* on the same day."""
    hai, tace = cohort.dates("first_hai_date"), cohort.dates("first_tace_date")
    if hai.isna().all() and tace.isna().all():
        return None
    first = np.select(
        [hai < tace, tace < hai, hai == tace, hai.notna(), tace.notna()],
        ["HAI", "TACE", "BOTH", "HAI", "TACE"],
        "",
    )
    named = pd.Series(first, index=cohort.patients.index, dtype="str")
    return named.where(named != "")


def potential_months(cohort: Cohort, plan: Plan) -> npt.NDArray[np.float64]:
    """(n,) float array: months from the first procedure to the as-of date, nan where unknown."""
    if plan.study.as_of is None:
        return np.full(len(cohort), np.nan)
    days = (pd.Timestamp(plan.study.as_of) - cohort.dates("first_procedure_date")).dt.days
    return np.asarray(days.to_numpy(np.float64, na_value=np.nan) / MONTH)
