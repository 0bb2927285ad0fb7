"""How a result matured: the same endpoint at earlier data cut-offs."""

from dataclasses import dataclass
from datetime import date, timedelta

from lib.analyses import survival
from lib.analyses.counted import ALL, Population
from lib.analyses.memory import CURVES, reads
from lib.analyses.survival import GroupSurvival
from lib.schema import ENDPOINTS

_CUT_OFFS = 5


@dataclass(frozen=True, slots=True, eq=False)
class AtCutOff:
    """Overall survival of the patients under study, as it was known on a day."""

    day: date
    patients: int  # under study by then
    survival: GroupSurvival  # of all of them


@reads(*CURVES)
def matured(population: Population) -> tuple[AtCutOff, ...]:
    """Estimate overall survival at cut-offs a fifth of the file's span apart, the last its end.

    `population`: its own cut-off does not matter.
    """
    overall = ENDPOINTS["OS"]
    if population.span is None or not population.times_known(overall):
        return ()
    first, latest = population.span
    step = (latest - first).days / _CUT_OFFS
    days = (first + timedelta(days=round(step * part)) for part in range(1, _CUT_OFFS + 1))
    counted = ((day, population.counted(overall, cut_off=day)) for day in days)
    return tuple(
        AtCutOff(
            day,
            int(then.n.sum()),
            survival.estimated(ALL, then.everyone, population.plan),
        )
        for day, then in counted
    )
