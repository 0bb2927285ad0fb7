"""What leaves of persons and places with their rows, and the same patients with less of it.

Dates become days since each patient's first procedure, centres letters. Every number stays that
needs no more; the year of the first procedure stays, and of the fixed times of response the last
one that a patient could have been followed to by the end of the file.
"""

from dataclasses import dataclass, replace
from string import ascii_uppercase

import pandas as pd

from lib.analyses import scans, states
from lib.analyses.centres import CENTRE
from lib.analyses.cutoff import known_by
from lib.analyses.followed import START
from lib.analyses.study import Study, opening_plan, under_study
from lib.cohort import Cohort
from lib.followup import by_level
from lib.plan import MappedColumn, Plan, Reading
from lib.schema import COLUMNS, FIRST_YEAR, NO_CALENDAR, REACH, SINCE_START

OLD = 89
"""Years above which an age tells a person from most others."""
RARE = 5
"""Patients below which a level of a column tells who has it from most others."""


@dataclass(frozen=True, slots=True)
class Stays:
    """What tells a person or a place in the rows of a study, were they to leave as they are."""

    dates: tuple[str, ...]  # columns with days of the calendar, those of the patients first
    centres: int  # how many are named
    old: int  # patients whose age is above `OLD`
    rare: tuple[tuple[str, int], ...]  # columns, and how many levels fewer than `RARE` have
    own: tuple[str, ...]  # columns of the file's own


def stays(study: Study) -> Stays:
    """Find what stays of persons and places in rows that leave by the study's plan."""
    cohort = shared(study).as_read
    frames = (cohort.patients, *cohort.tables.values())
    dates = () if cohort.is_counted else dict.fromkeys(n for f in frames for n in _days(f))
    centres = cohort.patients[CENTRE].nunique() if cohort.known(CENTRE) else 0
    age = cohort.patients["age"] if "age" in cohort.patients else pd.Series(dtype=float)
    rare = ((name, _rare(cohort, name)) for name in cohort.columns if name != CENTRE)
    return Stays(
        tuple(dates),
        0 if study.plan.report.centres_as_letters else int(centres),
        int((age > OLD).sum()),
        tuple((name, n) for name, n in rare if n),
        tuple(each.name for each in cohort.extra),
    )


def _rare(cohort: Cohort, name: str) -> int:
    """How many levels of a column fewer than `RARE` patients have."""
    if cohort.columns[name].kind not in ("category", "flag", "text"):
        return 0
    return int((cohort.patients[name].value_counts() < RARE).sum())


def shared(study: Study) -> Study:
    """The study as its rows leave: by its plan with days in place of dates, or letters of centres.

    Raises `PlanError` if the plan asks for what is left out.
    """
    report = study.plan.report
    cohort, plan = study.as_read, study.plan
    if report.centres_as_letters:
        cohort, plan = _lettered(cohort, plan)
    if report.dates_as_days and not cohort.is_counted and cohort.known(START):
        cohort, plan = _counted(cohort, plan)
    if cohort is study.as_read:
        return study
    return under_study(cohort, opening_plan(cohort, plan))


def letters(cohort: Cohort) -> dict[str, str]:
    """What each centre is called, in the order in which they are shown."""
    if not cohort.known(CENTRE):
        return {}
    levels = by_level(COLUMNS[CENTRE], cohort.patients[CENTRE]).levels
    names = list(ascii_uppercase)
    if len(levels) > len(names):
        names = [one + two for one in ascii_uppercase for two in ascii_uppercase]
    return {level.code: name for level, name in zip(levels, names, strict=False)}


def _lettered(cohort: Cohort, plan: Plan) -> tuple[Cohort, Plan]:
    """The centres by letters, in the rows and in what the plan asks."""
    called = letters(cohort)
    if not called:
        return cohort, plan
    named = cohort.patients[CENTRE].map(called).astype("str").where(cohort.patients[CENTRE].notna())
    patients = cohort.patients.assign(**{CENTRE: named})
    selection = tuple(
        replace(each, levels=tuple(called.get(level, level) for level in each.levels))
        if each.column == CENTRE
        else each
        for each in plan.study.selection
    )
    compared = plan.comparison
    if compared.column == CENTRE:
        compared = replace(
            compared,
            reference=called.get(compared.reference, compared.reference),
            comparison=called.get(compared.comparison, compared.comparison),
        )
    study = replace(plan.study, selection=selection)
    return replace(cohort, patients=patients), replace(plan, study=study, comparison=compared)


def _counted(cohort: Cohort, plan: Plan) -> tuple[Cohort, Plan]:
    """Days since each patient's first procedure, or since the first date of who had none."""
    if plan.study.as_of is not None:
        cohort = known_by(cohort, plan.study.as_of)
    reach, years = _reach(cohort, plan), scans.years(cohort)
    days = _days(cohort.patients)
    first = cohort.dates(START)
    starts = first.fillna(cohort.patients[days].min(axis=1))
    by_code = dict(zip(cohort.patients["patient_id"], starts, strict=True))

    def counted(frame: pd.DataFrame) -> pd.DataFrame:
        back = frame["patient_id"].map(by_code) - pd.Timestamp(NO_CALENDAR)
        moved = {name: (frame[name] - back).astype("datetime64[s]") for name in _days(frame)}
        return frame.assign(**moved)

    patients = counted(cohort.patients).assign(**{REACH: reach})
    if years is not None:
        patients[FIRST_YEAR] = years.astype(float)
    tables = {name: counted(frame) for name, frame in cohort.tables.items()}
    reading = Reading(columns=(MappedColumn(START, 0, START, unit=SINCE_START),))
    moved = replace(cohort, patients=patients, tables=tables, reading=reading)
    return moved, replace(plan, study=replace(plan.study, as_of=None))


def _reach(cohort: Cohort, plan: Plan) -> "pd.Series[float]":
    """(n,) months: the last fixed time of response to which the file goes on for each."""
    reached = pd.Series(0.0, index=cohort.patients.index)
    for months in plan.response.months:
        reached = reached.mask(states.due(cohort, plan, months), float(months))
    return reached.where(cohort.dates(START).notna())


def _days(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.select_dtypes("datetime") if frame[name].notna().any()]


def counts_days(cohort: Cohort) -> bool:
    """Whether dates of a cohort are days since each patient's first procedure."""
    return any(each.unit == SINCE_START for each in cohort.reading.columns)
