"""What a patient is at a time after the first procedure: each in exactly one state."""

import numpy as np
import pandas as pd

from lib.cohort import Cohort
from lib.followup import DOUBTED, UNDATED
from lib.language import N_
from lib.plan import Plan
from lib.schema import ENDPOINTS, MONTH, REACH, RESPONSE_MONTHS, RESPONSES, Column, Level
from lib.statistics.estimate import Bools, Ints

STATES = (
    *RESPONSES,
    Level("aside", N_("Set aside")),
    Level("died", N_("Died before a scan")),
    Level("lost", N_("No scan")),
    Level("not-due", N_("Entered too late")),
)
"""What a patient can be at a time: the letters, and what stands in for one."""

STATE_CODES = tuple(state.code for state in STATES)
PLACE = {state.code: index for index, state in enumerate(STATES)}
EVALUABLE = tuple(PLACE[code] for code in ("CR", "PR", "SD", "Non-CR/Non-PD", "PD"))
OBJECTIVE = tuple(PLACE[code] for code in ("CR", "PR"))
CONTROLLED = tuple(PLACE[code] for code in ("CR", "PR", "SD", "Non-CR/Non-PD"))
"""Places among `STATES`."""
COLUMN = Column("state", N_("Response"), "category", levels=STATES)

BEST = 0  # in place of a number of months: the best response whenever it came


def states(cohort: Cohort, plan: Plan, months: int, column: str) -> Ints:
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
    gone = contradicted(cohort, plan, months, column) | (long_dead & (letters == PLACE["NE"]))
    letters = np.where(gone, -1, letters)
    state = np.where(letters >= 0, letters, PLACE["lost"])
    state[(letters < 0) & died] = PLACE["died"]
    state[unread] = PLACE["aside"]
    if months != BEST:
        state[_progressed(cohort, plan, months, letters)] = PLACE["PD"]
    if plan.response.deaths == "as progression":
        state[state == PLACE["died"]] = PLACE["PD"]
    elif plan.response.deaths == "apart" and months != BEST:
        state[died] = PLACE["died"]
    if months != BEST:
        state[~due(cohort, plan, months)] = PLACE["not-due"]
    return state


def contradicted(cohort: Cohort, plan: Plan, months: int, column: str) -> Bools:
    """(n,) bool array: of whom a recorded letter is not counted, because they had long been dead.

    By the plan's window, and by that of the import, whose finding says so.
    """
    after_death, _later = cohort.responses_beyond(column, months, plan.response.window_days)
    told = cohort.set_aside("response", column) & (_letters(cohort, column) >= 0)
    return after_death | told


def _progressed(cohort: Cohort, plan: Plan, months: int, letters: Ints) -> Bools:
    """PD before the window of this time, by letter or by date; by now too where no scan was read.

    A date that contradicts others is not believed.
    """
    pfs = cohort.time_to_event(ENDPOINTS["PFS"]).reason
    doubtful = np.isin(pfs, DOUBTED)
    liver = plan.response.profile == "liver-only progression"
    date = "hepatic_progression_date" if liver else "progression_date"
    dated = np.where(doubtful, np.inf, cohort.event_months(date))
    unread = (letters < 0) | (letters == PLACE["NE"])
    progressed = (unread & (dated <= months)) | (dated < months - plan.response.window_days / MONTH)
    for earlier in {*RESPONSE_MONTHS, *plan.response.months}:
        if earlier < months:
            progressed |= _letters(cohort, f"response_{earlier}m") == PLACE["PD"]
    return np.asarray(progressed, bool)


def died_by(cohort: Cohort, months: float) -> Bools:
    """(n,) bool array: known to have died by a time, or at all for best response."""
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    if months == BEST:
        return follow.event | cohort.has("vital_status", "dead") | cohort.has("os_event", "yes")
    return follow.event & (np.nan_to_num(follow.months, nan=np.inf) <= months)


def _letters(cohort: Cohort, column: str) -> Ints:
    if column not in cohort.patients:
        return np.full(len(cohort), -1)
    codes = pd.Index([level.code for level in RESPONSES], dtype="str")
    return np.asarray(codes.get_indexer(pd.Index(cohort.patients[column])), np.int64)


def column_at(months: int) -> str:
    """The column that a response at a time is recorded in, or the best one."""
    return f"response_{months}m" if months != BEST else "best_response"


def told(cohort: Cohort, plan: Plan, what: str, months: int, state: Ints) -> Bools:
    """(n,) bool array: of whom something holds at a time that their states do not show.

    `what`: one of `counted.TOLD`. `state` (n,): of each patient then.
    """
    column, lost = column_at(months), state == PLACE["lost"]
    if what == "died":
        return died_by(cohort, months)
    if what == "contradicted":
        return contradicted(cohort, plan, months, column)
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    if what == "dead some time":
        return np.asarray(lost & (follow.reason == UNDATED), bool)
    if what == "not followed":
        undated = cohort.dates("first_procedure_date").isna().to_numpy(bool)
        short = np.nan_to_num(follow.months, nan=np.inf) < months
        return np.asarray(undated & short & ~follow.event & lost, bool)
    letters = _letters(cohort, column) >= 0  # read, and not due
    counted = letters & ~contradicted(cohort, plan, months, column)
    return np.asarray(counted & (state == PLACE["not-due"]), bool)


def due(cohort: Cohort, plan: Plan, months: int) -> Bools:
    """(n,) bool array: who could have been followed for that many calendar months.

    Everybody of whom that is not known: without a date of first procedure, or without any date of
    follow-up in the file; where no date tells, as the file says it.
    """
    if plan.study.as_of is None:
        told = cohort.patients.get(REACH, pd.Series(np.nan, index=cohort.patients.index))
        return np.asarray(~(told < months), bool)
    reached = cohort.dates("first_procedure_date") + pd.DateOffset(months=months)
    return np.asarray(~(reached > pd.Timestamp(plan.study.as_of)), bool)
