"""Which modality each patient counts as: by the first procedure, else as recorded.

Rules that look at everything a patient received need that patient to live long enough to receive
it. They are evaluated at a time after the first procedure, for those still at risk then, and never
from the start.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import Cohort
from lib.followup import Groups
from lib.language import N_, Template
from lib.plan import LaterRule, Plan
from lib.schema import COLUMNS, MODALITIES, MONTH, Level

FIRST_PROCEDURE = N_("by the first procedure", "by-first-procedure")
AS_RECORDED = N_("as recorded in the data", "as-recorded-in-the-sheet")

_ROLLS_UP = {level.code: level.rolls_up_to for level in MODALITIES if level.rolls_up_to}


@dataclass(frozen=True, slots=True, eq=False)
class Modality:
    """The modality of each patient, and how it was decided."""

    # (n,), codes of the schema, missing where nobody knows; None where the file says of nobody.
    values: pd.Series | None
    rule: Template  # `FIRST_PROCEDURE` or `AS_RECORDED`: the plan's rule, where the file allows it
    # (n,), patients whose first procedure is not known, so that what was recorded stands in for it.
    as_recorded: np.ndarray


def modality(cohort: Cohort, plan: Plan) -> Modality:
    """Decide the modality of each patient by the plan's rule.

    Where dates decide, *both* as recorded is never a stand-in: nobody knows which came first.
    """
    known = "modality" in cohort.patients and "modality" in cohort.decides().known
    recorded = cohort.patients["modality"] if known else None
    first = None
    if plan.study.modality_rule == "first procedure":
        first = _of_table(cohort, plan)
        if first is None:
            first = _of_dates(cohort)
    nobody = np.zeros(len(cohort), bool)
    if first is None:
        return Modality(
            None if recorded is None else _rolled_up(recorded, plan), AS_RECORDED, nobody
        )
    stands_in = nobody
    if recorded is not None:
        single = recorded.where(recorded != "BOTH")
        stands_in = np.asarray(first.isna() & single.notna(), bool)
        first = first.fillna(single)
    return Modality(_rolled_up(first, plan), FIRST_PROCEDURE, stands_in)


def _rolled_up(values: pd.Series, plan: Plan) -> pd.Series:
    return values.replace(_ROLLS_UP) if plan.study.roll_up else values


def _table(cohort: Cohort) -> pd.DataFrame | None:
    """The table of procedures, where it has their dates and their kinds."""
    table = cohort.tables.get("procedures")
    if table is None or not {"procedure_date", "modality"} <= set(table):
        return None
    return table


def _of_table(cohort: Cohort, plan: Plan) -> pd.Series | None:
    """From the procedures table: what was done on the first day, *both* where it was two things.

    Unknown where the kind of a procedure of that day is, or where the patient began before it.
    """
    procedures = _table(cohort)
    if procedures is None or not cohort.decides().procedures:
        return None
    dated = procedures.dropna(subset=["procedure_date"])
    if dated.empty:
        return pd.Series(None, index=cohort.patients.index, dtype="str")
    day_one = dated.groupby("patient_id")["procedure_date"].transform("min")
    on_day_one = dated.loc[dated["procedure_date"] == day_one]
    by_patient = on_day_one["modality"].replace(_ROLLS_UP).groupby(on_day_one["patient_id"])
    kinds = _rolled_up(on_day_one["modality"], plan).groupby(on_day_one["patient_id"]).first()
    first = kinds.where(by_patient.nunique() == 1, "BOTH").where(
        by_patient.count() == by_patient.size()
    )
    starts = on_day_one.groupby("patient_id")["procedure_date"].first()
    ids = cohort.patients["patient_id"]
    return _not_after(cohort, ids.map(first).astype("str"), ids.map(starts))


def _of_dates(cohort: Cohort) -> pd.Series | None:
    """From the dates of the first course of each kind: the earlier; *both* on the same day."""
    hai, tace = cohort.dates("first_hai_date"), cohort.dates("first_tace_date")
    if not {"first_hai_date", "first_tace_date"} & cohort.decides().known:
        return None
    first = np.select(
        [hai < tace, tace < hai, hai == tace, hai.notna(), tace.notna()],
        ["HAI", "TACE", "BOTH", "HAI", "TACE"],
        "",
    )
    named = pd.Series(first, index=cohort.patients.index, dtype="str")
    starts = hai.where(tace.isna() | (hai <= tace), tace)
    return _not_after(cohort, named.where(named != ""), starts)


def _not_after(cohort: Cohort, first: pd.Series, starts: pd.Series) -> pd.Series:
    """Keep what was done first only where the patient did not begin with something before it."""
    began = cohort.dates("first_procedure_date")
    return first.where(~(began < starts))


# Everything received up to a time --------------------------------------------------------------

Received = Sequence[tuple[float, str]]
"""Months from the first procedure and modality of each procedure of a patient, in order."""

NOTHING_KNOWN = Level("", N_("No procedure of a known kind"))
ONLY = {
    "HAI": Level("HAI", N_("Chemoinfusion (HAI) only")),
    "TACE": Level("TACE", N_("Chemoembolization (TACE) only")),
    "HAI+TACE": Level("BOTH", N_("Both chemoinfusion and chemoembolization")),
}
EVER = Level("TACE", N_("Chemoembolization (TACE) at some time"))
NEVER = Level("HAI", N_("Never chemoembolization (TACE)"))
_ORDER = [level.code for level in MODALITIES]


def procedures(cohort: Cohort, plan: Plan) -> list[Received]:
    """The dated procedures of each patient, in the order of `Cohort.patients`.

    From the table of procedures; else from the dates of the first course of each kind, which tell
    which kinds a patient received and in which order, but not how often.
    """
    names = cohort.patients["patient_id"].tolist()
    start = cohort.dates("first_procedure_date")
    found: dict[str, list[tuple[float, str]]] = {}
    table = _table(cohort)
    if table is not None:
        dated = table.dropna(subset=["procedure_date", "modality"])
        begun = dated["patient_id"].map(dict(zip(names, start, strict=True)))
        after = ((dated["procedure_date"] - pd.to_datetime(begun)).dt.days / MONTH).tolist()
        kinds = _rolled_up(dated["modality"], plan).tolist()
        for name, month, kind in zip(dated["patient_id"].tolist(), after, kinds, strict=True):
            if month >= 0:
                found.setdefault(name, []).append((month, kind))
    else:
        for column, kind in (("first_hai_date", "HAI"), ("first_tace_date", "TACE")):
            months = cohort.event_months(column)
            for at in np.flatnonzero(months >= 0).tolist():
                found.setdefault(names[at], []).append((float(months[at]), kind))
    return [sorted(found[name]) if name in found else [] for name in names]


def counts_procedures(cohort: Cohort) -> bool:
    """Whether the file lists every procedure, and not only the first of each kind."""
    return _table(cohort) is not None


def dates_procedures(cohort: Cohort) -> bool:
    """Whether some procedure has a date and a kind, so that there is a first one."""
    table = _table(cohort)
    if table is not None:
        return bool((table["procedure_date"].notna() & table["modality"].notna()).any())
    return cohort.known("first_hai_date") or cohort.known("first_tace_date")


def received(done: Sequence[Received], rule: LaterRule, until: float) -> Groups:
    """Group patients by what they had received up to a time.

    `done`: of each patient; see `procedures`. `rule`: ``exclusive``: only one modality, or which of
    them; ``ever``: chemoembolization at some time or never; ``predominant``: the one given most
    often, of equally frequent ones that given first; ``sequence``: the modalities in the order of
    their first procedures. `until`: months from the first procedure, included; infinity for
    whatever was ever received. Gives -1 for those without a procedure of a known kind by then.
    """
    levels = [level_of(rule, [kind for month, kind in each if month <= until]) for each in done]
    known = in_order({level for level in levels if level is not None})
    index = {level: at for at, level in enumerate(known)}
    codes = np.array([-1 if level is None else index[level] for level in levels], np.int64)
    return Groups(COLUMNS["modality"], tuple(known), codes)


def level_of(rule: LaterRule, kinds: Sequence[str]) -> Level | None:
    """What somebody counts as who received these kinds, in their order."""
    return _LATER[rule](kinds)


def telling(rule: LaterRule, kinds: Sequence[str]) -> tuple[str, ...]:
    """The fewest kinds that count as the same as all of these, none where there are none."""
    if not kinds:
        return ()
    if rule == "ever":
        return ("TACE" if level_of(rule, kinds) == EVER else "HAI",)
    if rule == "predominant":
        return (Counter(kinds).most_common(1)[0][0],)
    order = tuple(dict.fromkeys(kinds))
    return order if rule == "sequence" else tuple(sorted(order))


def in_order(levels: Iterable[Level]) -> list[Level]:
    """Levels as they are shown."""
    return sorted(levels, key=_rank)


def second_kind(done: Sequence[Received]) -> npt.NDArray[np.float64]:
    """(n,) float array: months to the first procedure of a second modality, nan without one."""
    months = [
        next((month for month, kind in each if kind != each[0][1]), np.nan) if each else np.nan
        for each in done
    ]
    return np.array(months, np.float64)


def _rank(level: Level) -> tuple[int, int, str]:
    """Display order: single modalities, then what joins several."""
    if level in (EVER, NEVER):
        return (0, int(level is EVER), "")
    single = level.code in _ORDER and level.code != "BOTH"
    return (int(not single), _ORDER.index(level.code) if level.code in _ORDER else 99, level.code)


def _exclusive(kinds: Sequence[str]) -> Level | None:
    different = sorted(set(kinds), key=lambda kind: _ORDER.index(kind) if kind in _ORDER else 99)
    code = "+".join(different)
    return ONLY.get(code, Level(code, _short(different, " + "))) if different else None


def _ever(kinds: Sequence[str]) -> Level | None:
    if not kinds:
        return None
    return EVER if any(kind in ("TACE", "DEB_TACE") for kind in kinds) else NEVER


def _predominant(kinds: Sequence[str]) -> Level | None:
    if not kinds:
        return None
    ((kind, _times),) = Counter(kinds).most_common(1)  # of equal ones the first met
    return _NAMED.get(kind, Level(kind, kind))


def _sequence(kinds: Sequence[str]) -> Level | None:
    order = list(dict.fromkeys(kinds))
    if not order:
        return None
    code = "→".join(order)
    return ONLY.get(code, Level(code, _short(order, " → ")))


def _short(codes: Sequence[str], between: str) -> str:
    """Several modalities by the abbreviations that papers have: ``HAI + DEB-TACE``."""
    return between.join(code.replace("_", "-") for code in codes)


_NAMED = {level.code: level for level in MODALITIES}
_LATER: Mapping[LaterRule, Callable[[Sequence[str]], Level | None]] = {
    "exclusive": _exclusive,
    "ever": _ever,
    "predominant": _predominant,
    "sequence": _sequence,
}
LATER_RULES: Mapping[LaterRule, str] = {
    "exclusive": N_("one modality alone, or both", "later-exclusive"),
    "ever": N_("chemoembolization at some time, or never", "later-ever"),
    "predominant": N_("the modality given most often", "later-predominant"),
    "sequence": N_("the modalities in their order", "later-sequence"),
}
"""What each rule looks at, as words: by procedures up to the landmark."""
