"""How a result matured: the same endpoint at earlier data cut-offs."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from lib.analyses import survival
from lib.analyses.courses import Measured
from lib.analyses.cutoff import known_by
from lib.analyses.study import Study, selected
from lib.analyses.survival import ALL, GroupSurvival
from lib.cohort import Cohort
from lib.schema import ENDPOINTS
from lib.statistics.life_table import count

_CUT_OFFS = 5


@dataclass(frozen=True, slots=True, eq=False)
class AtCutOff:
    """Overall survival of the patients under study, as it was known on a day.

    Attributes
    ----------
    day : date
    patients : int
        Under study by then.
    survival : GroupSurvival
        Of all of them.
    """

    day: date
    patients: int
    survival: GroupSurvival


def span(cohort: Cohort) -> tuple[date, date] | None:
    """From the first procedure of the first patient to the latest date; None without dates."""
    began, latest = cohort.dates("first_procedure_date").min(), cohort.latest_date
    if latest is None or began != began or began.date() >= latest:
        return None
    return began.date(), latest


def matured(study: Study) -> tuple[AtCutOff, ...]:
    """Estimate overall survival at cut-offs a fifth of the file's span apart, the last its end.

    Parameters
    ----------
    study : Study
        Its own cut-off does not matter.
    """
    ends = span(study.as_read)
    if ends is None or not study.cohort.time_to_event(ENDPOINTS["OS"]).used.any():
        return ()
    first, latest = ends
    step = (latest - first).days / _CUT_OFFS
    days = (first + timedelta(days=round(step * part)) for part in range(1, _CUT_OFFS + 1))
    return tuple(_at(study, day) for day in days)


def _at(study: Study, day: date) -> AtCutOff:
    plan = replace(study.plan, study=replace(study.plan.study, as_of=day))
    then = selected(study.as_read, plan, Measured(known_by(study.as_read, day)))
    follow = then.follow(ENDPOINTS["OS"])
    if not follow.used.any():
        return AtCutOff(day, len(then.cohort), GroupSurvival(ALL, 0, 0))
    table = count(follow.time_to_event())
    return AtCutOff(day, len(then.cohort), survival.estimated(ALL, table, plan))
