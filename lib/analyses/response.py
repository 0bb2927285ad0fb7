"""Response at fixed times: every patient in exactly one state, two denominators side by side."""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses import cautions, courses, derivation
from lib.analyses.cautions import Caution
from lib.analyses.derivation import Derivation
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study, due
from lib.cohort import Cohort
from lib.followup import DOUBTED, UNDATED
from lib.language import N_
from lib.plan import Plan
from lib.recist import NON_CR_NON_PD
from lib.schema import ENDPOINTS, MONTH, RESPONSE_MONTHS, RESPONSES, Column, Level
from lib.statistics.proportions import Proportion, proportion
from lib.written import By

STATES = (
    *RESPONSES,
    Level("aside", N_("Set aside")),
    Level("died", N_("Died before a scan")),
    Level("lost", N_("No scan")),
    Level("not due", N_("Not due yet")),
)
"""What a patient can be at a time: the letters, and what stands in for one."""

STATE_CODES = tuple(state.code for state in STATES)
_CODE = {state.code: index for index, state in enumerate(STATES)}
_EVALUABLE = tuple(_CODE[code] for code in ("CR", "PR", "SD", "Non-CR/Non-PD", "PD"))
_OBJECTIVE = tuple(_CODE[code] for code in ("CR", "PR"))
_CONTROLLED = tuple(_CODE[code] for code in ("CR", "PR", "SD", "Non-CR/Non-PD"))

ALL = Level("all", N_("All patients"))
BEST = 0
"""In place of a number of months: the best response whenever it came."""


@dataclass(frozen=True, slots=True, eq=False)
class GroupResponse:
    """The states of one group at one time.

    Attributes
    ----------
    level : Level
    counts : (states,) int array
        Patients in each of `STATES`.
    died_with_pd : int
        Those of the PD who had died by then.
    treated, evaluable : int
        The two denominators: all but the not due, and those with CR, PR, SD,
        Non-CR/Non-PD or PD.
    objective, control : tuple of Proportion
        ORR and DCR, over all treated and over the evaluable; None where a denominator is 0.
    """

    level: Level
    counts: Annotated[npt.NDArray[np.int64], By((STATE_CODES,))]
    died_with_pd: int
    treated: int
    evaluable: int
    objective: tuple[Proportion | None, Proportion | None]
    control: tuple[Proportion | None, Proportion | None]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseAt:
    """One time point: all patients first, then each group. `months` is `BEST` for best response.

    Of a best response that was derived, `confirmed` says whether CR and PR are confirmed.
    """

    months: int
    column: str
    everyone: GroupResponse
    groups: tuple[GroupResponse, ...]
    cautions: tuple[Caution, ...]
    confirmed: bool | None = None

    @property
    def with_unmeasured(self) -> bool:
        """Whether somebody without target lesions has neither CR nor PD."""
        return bool(self.everyone.counts[_CODE[NON_CR_NON_PD]])


@dataclass(frozen=True, slots=True, eq=False)
class ResponseByGroup:
    """Response of the patients under study by the levels of a baseline column.

    Attributes
    ----------
    column : Column or None
        The grouping column; None where the cohort has none.
    times : tuple of ResponseAt
        The time points that the spreadsheet holds, in order, best response last.
    described : tuple of Level
        Groups that are described in the tables and neither drawn nor compared.
    derivation : Derivation
        What the responses rest on.
    both_ways : tuple of ResponseAt
        Best response with CR and PR confirmed, and without; empty where it was not derived.
    """

    provenance: Provenance
    column: Column | None
    times: tuple[ResponseAt, ...]
    described: tuple[Level, ...]
    cautions: tuple[Caution, ...]
    derivation: Derivation
    both_ways: tuple[ResponseAt, ...] = ()


def by_group(study: Study) -> ResponseByGroup:
    """Count the responses at each time point by the plan's baseline column.

    Parameters
    ----------
    study : Study
        `study.plan.study.by` names the column; where the cohort does not know it all patients are
        one group. `study.plan.response` says which months, and what becomes of the dead.
    """
    plan, name = study.plan, study.plan.study.by
    groups = study.groups(name) if study.cohort.known(name) else None
    times = tuple(
        _at(study, months, column, name if groups else "")
        for months, column in time_points(study.cohort, plan)
    )
    origin = derivation.of_study(study)
    found = [*origin.cautions]
    described: tuple[Level, ...] = ()
    if groups is not None:
        found += cautions.no_modality(groups.codes < 0)
        found += cautions.unsettled(study.whole.reading, groups)
        found += cautions.few_patients(groups.levels, groups.counts().tolist(), plan.small)
        if name == "modality" and study.both_recorded:
            found += cautions.both_recorded(study.provenance)
            described = tuple(level for level in groups.levels if level.code == "BOTH")
    column = groups.column if groups else None
    both_ways = _both_ways(study, origin, name if groups else "")
    return ResponseByGroup(
        study.provenance, column, times, described, tuple(found), origin, both_ways
    )


def bars(result: ResponseByGroup, time: ResponseAt) -> tuple[GroupResponse, ...]:
    """The groups that are drawn at a time: all patients, and each group that is large enough."""
    least = result.provenance.plan.small.arm_counted
    return (
        time.everyone,
        *(
            group
            for group in time.groups
            if group.treated >= least and group.level not in result.described
        ),
    )


def time_points(cohort: Cohort, plan: Plan) -> list[tuple[int, str]]:
    """The time points whose column holds something: (months, column), best response last."""
    points = [(months, f"response_{months}m") for months in plan.response.months]
    points.append((BEST, "best_response"))
    return [(months, column) for months, column in points if cohort.known(column)]


def _both_ways(study: Study, origin: Derivation, name: str) -> tuple[ResponseAt, ...]:
    """Best response with confirmation and without; what was not measured stands as recorded."""
    if not origin.derived or not courses.assessed_twice(study.measured.courses):
        return ()
    patients = study.cohort.patients
    found = []
    for confirm in (True, False):
        asked = replace(study.plan.response, confirm=confirm)
        letters = [
            courses.best_of(origin.courses[who], asked).response
            if who in origin.courses
            else recorded
            for who, recorded in zip(
                patients["patient_id"].tolist(), patients[courses.BEST].tolist(), strict=True
            )
        ]
        best = pd.Series(letters, index=patients.index, dtype="str")
        cohort = replace(study.cohort, patients=patients.assign(**{courses.BEST: best}))
        plan = replace(study.plan, response=asked)
        found.append(_at(replace(study, cohort=cohort, plan=plan), BEST, courses.BEST, name))
    return tuple(found)


def states(cohort: Cohort, plan: Plan, months: int, column: str) -> npt.NDArray[np.int64]:
    """(n,) int array: the state of each patient at a time, an index into `STATES`.

    Not due is decided by the calendar alone. Then a recorded letter counts, unless there was PD
    at an earlier time, which stays; without an evaluable scan a progression by then counts as PD,
    without any a death by then as *died*, and all else as *no scan*. What was typed but could not
    be read is *set aside*; CR, PR and SD for a time over a window after the death are not counted.
    The plan's rule for the dead comes last.
    """
    letters = _letters(cohort, column)
    long_dead = cohort.ended_before(months, plan.response.window_days)[0]
    unread = cohort.set_aside("response", column) & (letters < 0) & ~long_dead
    died = died_by(cohort, months)
    gone = contradicted(cohort, plan, months, column) | (long_dead & (letters == _CODE["NE"]))
    letters = np.where(gone, -1, letters)
    state = np.where(letters >= 0, letters, _CODE["lost"])
    state[(letters < 0) & died] = _CODE["died"]
    state[unread] = _CODE["aside"]
    if months != BEST:
        state[_progressed(cohort, plan, months, letters)] = _CODE["PD"]
    if plan.response.deaths == "as progression":
        state[state == _CODE["died"]] = _CODE["PD"]
    elif plan.response.deaths == "apart" and months != BEST:
        state[died] = _CODE["died"]
    if months != BEST:
        state[~due(cohort, plan, months)] = _CODE["not due"]
    return state


def contradicted(cohort: Cohort, plan: Plan, months: int, column: str) -> npt.NDArray[np.bool_]:
    """(n,) bool array: of whom a recorded letter is not counted, because they had long been dead.

    By the plan's window, and by that of the import, whose finding says so.
    """
    after_death, _later = cohort.responses_beyond(column, months, plan.response.window_days)
    told = cohort.set_aside("response", column) & (_letters(cohort, column) >= 0)
    return after_death | told


def _progressed(
    cohort: Cohort, plan: Plan, months: int, letters: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """PD before the window of this time, by letter or by date; by now too where no scan was read.

    A date that contradicts others is not believed.
    """
    pfs = cohort.time_to_event(ENDPOINTS["PFS"]).reason
    doubtful = np.isin(pfs, DOUBTED)
    liver = plan.response.profile == "liver-only progression"
    date = "hepatic_progression_date" if liver else "progression_date"
    dated = np.where(doubtful, np.inf, cohort.event_months(date))
    unread = (letters < 0) | (letters == _CODE["NE"])
    progressed = (unread & (dated <= months)) | (dated < months - plan.response.window_days / MONTH)
    for earlier in {*RESPONSE_MONTHS, *plan.response.months}:
        if earlier < months:
            progressed |= _letters(cohort, f"response_{earlier}m") == _CODE["PD"]
    return np.asarray(progressed, bool)


def died_by(cohort: Cohort, months: float) -> npt.NDArray[np.bool_]:
    """(n,) bool array: known to have died by a time, or at all for best response."""
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    if months == BEST:
        return follow.event | cohort.has("vital_status", "dead") | cohort.has("os_event", "yes")
    return follow.event & (np.nan_to_num(follow.months, nan=np.inf) <= months)


def is_objective(state: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each state is CR or PR."""
    return np.isin(state, _OBJECTIVE)


def is_controlled(state: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each state is CR, PR, SD, or Non-CR/Non-PD."""
    return np.isin(state, _CONTROLLED)


def is_treated(state: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each state is in the denominator *all treated*: all but not due."""
    return np.asarray(state != _CODE["not due"])


def is_evaluable(state: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each state is CR, PR, SD, Non-CR/Non-PD or PD."""
    return np.isin(state, _EVALUABLE)


def _letters(cohort: Cohort, column: str) -> npt.NDArray[np.int64]:
    if column not in cohort.patients:
        return np.full(len(cohort), -1)
    codes = pd.Index([level.code for level in RESPONSES], dtype="str")
    return np.asarray(codes.get_indexer(pd.Index(cohort.patients[column])), np.int64)


def _at(study: Study, months: int, column: str, name: str) -> ResponseAt:
    cohort, plan = study.cohort, study.plan
    state = states(cohort, plan, months, column)
    died = died_by(cohort, months)
    everyone = counted(ALL, state, died, plan)
    by_level: tuple[GroupResponse, ...] = ()
    if name:
        groups = study.groups(name)
        by_level = tuple(
            counted(level, state[groups.codes == index], died[groups.codes == index], plan)
            for index, level in enumerate(groups.levels)
        )
    derived = months == BEST and courses.assessed_twice(study.measured.courses)
    return ResponseAt(
        months,
        column,
        everyone,
        by_level,
        tuple(_beware(cohort, plan, months, column, state)),
        plan.response.confirm if derived and study.measured.derived else None,
    )


def _beware(
    cohort: Cohort, plan: Plan, months: int, column: str, state: npt.NDArray[np.int64]
) -> list[Caution]:
    """What the states of one time do not show by themselves."""
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    recorded = _letters(cohort, column) >= 0
    without_dates = cohort.dates("first_procedure_date").isna().to_numpy()
    short = np.nan_to_num(follow.months, nan=np.inf) < months
    lost = state == _CODE["lost"]
    gone = contradicted(cohort, plan, months, column)
    return [
        *cautions.unread(int((state == _CODE["aside"]).sum())),
        *cautions.contradicted(months, int(gone.sum())),
        *cautions.not_followed(months, without_dates & short & ~follow.event & lost),
        *cautions.dead_some_time(int((lost & (follow.reason == UNDATED)).sum())),
        *cautions.letters_not_due(int((recorded & ~gone & (state == _CODE["not due"])).sum())),
    ]


def counted(
    level: Level, state: npt.NDArray[np.int64], died: npt.NDArray[np.bool_], plan: Plan
) -> GroupResponse:
    """Count the states of some patients, and estimate both rates over both denominators.

    Parameters
    ----------
    level : Level
        What the group is called.
    state : (n,) int array
        Of each patient, as `states` gives it.
    died : (n,) bool array
        Whether each had died by then.
    plan : Plan
    """
    counts = np.bincount(state, minlength=len(STATES))
    treated = int(counts.sum() - counts[_CODE["not due"]])
    evaluable = int(counts[list(_EVALUABLE)].sum())

    def rates(among: tuple[int, ...]) -> tuple[Proportion | None, Proportion | None]:
        k = int(counts[list(among)].sum())
        whole, measured = (
            proportion(k, n, plan.confidence) if n else None for n in (treated, evaluable)
        )
        return whole, measured

    died_with_pd = int((died & (state == _CODE["PD"])).sum())
    return GroupResponse(
        level, counts, died_with_pd, treated, evaluable, rates(_OBJECTIVE), rates(_CONTROLLED)
    )
