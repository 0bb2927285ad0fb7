"""Complications of the patients of two arms, counted: what happened to whom, how bad, and when."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib.analyses import modality
from lib.cohort import Cohort
from lib.followup import Groups
from lib.language import N_
from lib.plan import Plan
from lib.schema import MODALITIES, MONTH, Level
from lib.statistics.estimate import Bools, Floats, Ints

EARLY = 30  # days after a procedure within which a death counts as early

_UNKNOWN = N_("Kind not recorded")
Basis = Literal["events", "patients"]
Pair = tuple[int, int]  # patients of the reference and of the comparison


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of severity. Scales measure different things, and none is converted to another."""

    name: str
    # The patients' column that holds the worst grade, in a file without a table of events.
    column: str
    grades: tuple[str, ...]  # from the mildest; sub-grades such as 3a and 3b count as their grade
    severe: str  # the grade from which on it counts as severe
    source: str

    @property
    def fatal(self) -> str:
        """The grade that means death."""
        return self.grades[-1]


_ROMAN = ("I", "II", "III", "IV", "V")
SCALES = (
    Scale("CTCAE", "ctcae_grade", ("1", "2", "3", "4", "5"), "3", "NCI CTCAE 5.0 (2017)"),
    Scale(
        "CIRSE",
        "cirse_grade",
        ("1", "2", "3", "4", "5", "6"),
        "3",
        "Filippiadis et al. (2017), Cardiovasc Intervent Radiol 40:1141-1146",
    ),
    Scale(
        "SIR",
        "sir_class",
        ("A", "B", "C", "D", "E", "F"),
        "C",
        "Sacks et al. (2003), J Vasc Interv Radiol 14:S199-S202",
    ),
    Scale(
        "Clavien-Dindo",
        "clavien_grade",
        _ROMAN,
        "III",
        "Dindo, Demartines & Clavien (2004), Ann Surg 240:205-213",
    ),
)
_WORDS = re.compile(
    r"grade|degree|class|ctcae|cirse|clavien|dindo|sir|степень|класс|v\.?\s*\d\b", re.I
)


@dataclass(frozen=True, slots=True)
class WithEvent:
    """Patients with an event of any grade, and with a severe one."""

    any: Pair
    severe: Pair


@dataclass(frozen=True, slots=True, eq=False)
class InPart:
    """Patients by their worst grade on one scale, in a part of their history."""

    # (arms, 3 + grades): without an event of this scale at any time; with one, but not in this
    # part; with events of no grade that could be read; and by the worst grade
    counts: Ints
    events: WithEvent
    without: WithEvent | None  # without events of the syndrome; None where none is flagged


@dataclass(frozen=True, slots=True)
class Flagged:
    """Events of a scale in both arms, and those flagged as post-embolization syndrome."""

    events: int
    severe: int
    flagged: int
    flagged_severe: int


@dataclass(frozen=True, slots=True, eq=False)
class OnScale:
    """Patients by their worst grade on one scale: until another modality, after it, and ever."""

    scale: Scale
    until: InPart | None
    after: InPart | None
    whole: InPart
    flagged: Flagged
    fatal_yet_alive: int


@dataclass(frozen=True, slots=True)
class Times:
    """Patients to whom something happened; None for what nobody recorded, or nobody could."""

    until: Pair | None = None  # before another modality
    after: Pair | None = None  # from it on
    whole: Pair | None = None


@dataclass(frozen=True, slots=True)
class PerProcedure:
    """Procedures of one kind, and those after which something was recorded."""

    # The modality of the procedure itself; the arm of the patient where arms are not modalities.
    level: Level
    # procedures, complicated, severe: all, those with an event and with a severe one; once each,
    # however many events they had
    procedures: int
    complicated: int
    severe: int
    severe_without: int  # with a severe event other than of the post-embolization syndrome
    # Followed by a post-embolization syndrome; None where no event says whether.
    syndrome: int | None
    # After which, and after no later one, the patient died within 30 days; None without dates.
    died: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Complications:
    """What happened to the patients of two arms; `toxicity.Toxicity` says what the fields are."""

    received: tuple[int, ...]
    changed: Pair  # who received another modality
    basis: Basis
    beside: bool
    scales: tuple[OnScale, ...]
    syndrome: Times
    per_procedure: tuple[PerProcedure, ...]
    unlinked: int
    unscaled: int
    undated: int
    early: Times
    short: int
    by_first: bool


def complications(cohort: Cohort, arms: Groups, plan: Plan) -> Complications:
    """Count what happened to the patients of two arms."""
    table = _events(cohort)
    basis: Basis = "patients" if table is None else "events"
    second = _another(cohort, arms, plan)
    events = _recorded(cohort, table, second)
    ours = events.of(arms.codes[events.at] >= 0)
    dead = cohort.dates("death_date").notna().to_numpy() | cohort.has("vital_status", "dead")
    used = [
        (scale, ours.of(ours.scale == at))
        for at, scale in enumerate(SCALES)
        if _in_use(cohort, scale) or (events.scale == at).any()
    ]
    deaths = _deaths(cohort)
    per_procedure, unlinked = _per_procedure(cohort, table, deaths, arms, plan)
    after = _months(cohort, cohort.dates("death_date")) >= np.nan_to_num(second, nan=np.inf)
    changed = _by_arm(~np.isnan(second), arms)
    dated = arms.column.name == "modality" and modality.dates_procedures(cohort)
    return Complications(
        changed if dated else (),
        changed,
        basis,
        any(cohort.known(scale.column) for scale, _mine in used),
        tuple(_on_scale(scale, mine, second, dead, arms, basis) for scale, mine in used),
        _syndrome(cohort, ours, second, arms),
        per_procedure,
        unlinked,
        int((ours.scale < 0).sum()),
        int((ours.when == UNKNOWN).sum()) if basis == "events" else 0,
        _happened(deaths.early, np.where(after, AFTER, UNTIL), second, arms),
        int((deaths.short & (arms.codes >= 0)).sum()),
        deaths.by_first,
    )


def graded(cohort: Cohort) -> bool:
    """Whether complications are recorded, as events or as the worst grade of each patient."""
    events = cohort.tables.get("adverse_events")
    return (events is not None and len(events) > 0) or any(cohort.known(s.column) for s in SCALES)


def grade_of(scale: Scale, text: str) -> str:
    """The grade that a cell means on a scale: ``3`` of *G3*, *grade 3* and *3b*; '' if none."""
    bare = re.sub(r"[^0-9A-Za-zА-Яа-я]", "", _WORDS.sub(" ", text)).upper()
    match = re.fullmatch(r"G?([0-9]|[IV]+|[A-F])([AB]?)", bare)
    if match is None:
        return ""
    found = match[1]
    if scale.grades == _ROMAN and found.isdigit():
        found = _ROMAN[int(found) - 1] if 1 <= int(found) <= len(_ROMAN) else ""
    elif found in _ROMAN and scale.grades[0].isdigit():
        found = str(_ROMAN.index(found) + 1)
    return found if found in scale.grades else ""


def scale_of(text: str) -> Scale | None:
    """The scale that a cell names."""
    bare = text.casefold()
    return next((s for s in SCALES if s.name.split("-")[0].casefold() in bare), None)


# Who had what, and when ------------------------------------------------------------------------

UNTIL, AFTER, UNKNOWN = 0, 1, 2
"""When an event came: before another modality began, from then on, or nobody knows."""
_NONE, _ELSEWHERE, UNGRADED = 0, 1, 2  # where patients without a grade stand in `Part.counts`
_NO_GRADE = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Events:
    """Events, an entry each: (m,) arrays.

    The patient's place in the cohort; the scale, by its place among `SCALES`, -1 for none of them;
    the grade from 1, 0 where none can be read; whether it is of the post-embolization syndrome;
    and when it came.
    """

    at: Ints
    scale: Ints
    grade: Ints
    flagged: Bools
    when: Ints

    def of(self, keep: Bools) -> "_Events":
        return _Events(
            self.at[keep], self.scale[keep], self.grade[keep], self.flagged[keep], self.when[keep]
        )

    @property
    def severe(self) -> Bools:
        """(m,) bool array: the severe ones, each on its own scale."""
        least = np.array([*(1 + s.grades.index(s.severe) for s in SCALES), np.iinfo(np.int64).max])
        return np.asarray(self.grade >= least[self.scale], bool)


def _events(cohort: Cohort) -> pd.DataFrame | None:
    """The table of events, without the lines that say there was none; None without a table."""
    table = cohort.tables.get("adverse_events")
    if table is None or not len(table):
        return None
    found = pd.DataFrame({"patient_id": table["patient_id"]})
    for name in ("scale", "grade", "term", "pes"):
        words = table[name] if name in table else pd.Series(None, table.index, dtype="str")
        found[name] = words.fillna("").astype(str) if name != "pes" else words
    for name in ("date", "procedure_date"):
        found[name] = table.get(name, pd.Series(pd.NaT, table.index, dtype="datetime64[s]"))
    said = found["grade"].where(found["grade"] != "", found["term"])
    return found.loc[~said.map(_says_none).astype(bool)]


def _entries(cohort: Cohort, table: pd.DataFrame, second: Floats) -> _Events:
    """The events of the table; the later of its own day and its procedure's says when it came."""
    place = {name: index for index, name in enumerate(cohort.patients["patient_id"].tolist())}
    at = np.array([place[name] for name in table["patient_id"].tolist()], np.int64)
    start = cohort.dates("first_procedure_date").iloc[at].reset_index(drop=True)
    days = [(table[name].reset_index(drop=True) - start) for name in ("date", "procedure_date")]
    months = np.fmax(*(_in_months(each) for each in days))
    when = np.where(months >= second[at], AFTER, UNTIL)
    when = np.where(np.isnan(months) & ~np.isnan(second[at]), UNKNOWN, when)
    scales = [scale_of(words) for words in table["scale"].tolist()]
    graded = [
        _grade(scale, words) for scale, words in zip(scales, table["grade"].tolist(), strict=True)
    ]
    return _Events(
        at,
        np.array([-1 if scale is None else SCALES.index(scale) for scale in scales], np.int64),
        np.array(graded, np.int64),
        np.asarray((table["pes"] == "yes").fillna(False), bool),
        np.asarray(when, np.int64),
    )


def _of_rows(cohort: Cohort, second: Floats) -> _Events:
    """The worst grade that each patient's row has on each scale; it does not say when that was."""
    found: list[tuple[int, int, int]] = []
    for number, scale in enumerate(SCALES):
        if not cohort.known(scale.column):
            continue
        for at, words in enumerate(cohort.patients[scale.column].fillna("").astype(str).tolist()):
            if words and not _says_none(words):
                found.append((at, number, _grade(scale, words)))
    who, scales, grades = np.array(found, np.int64).reshape(-1, 3).T
    when = np.where(np.isnan(second[who]), UNTIL, UNKNOWN)
    return _Events(who, scales, grades, np.zeros(len(who), bool), when)


def _recorded(cohort: Cohort, table: pd.DataFrame | None, second: Floats) -> _Events:
    """What the table of events lists, and of the patients' rows what is worse than all of it."""
    rows = _of_rows(cohort, second)
    if table is None:
        return rows
    listed = _entries(cohort, table, second)
    worst = np.full((len(cohort), len(SCALES) + 1), -1)
    np.maximum.at(worst, (listed.at, listed.scale), listed.grade)
    more = rows.of(rows.grade > worst[rows.at, rows.scale])
    parts = [
        np.concatenate([getattr(listed, name), getattr(more, name)])
        for name in ("at", "scale", "grade", "flagged", "when")
    ]
    return _Events(*parts)


def _grade(scale: Scale | None, words: str) -> int:
    grade = grade_of(scale, words) if scale is not None else ""
    return 1 + scale.grades.index(grade) if scale is not None and grade else _NO_GRADE


def _says_none(words: str) -> bool:
    return words.strip().casefold() in ("0", "no", "none", "нет", "без осложнений", "g0")


def _in_use(cohort: Cohort, scale: Scale) -> bool:
    """Whether the file asks of anybody what the grade on a scale was."""
    table = cohort.tables.get("adverse_events", pd.DataFrame())
    said = table["scale"].dropna().tolist() if "scale" in table else []
    return cohort.known(scale.column) or any(scale_of(words) is scale for words in said)


def _in_months(days: pd.Series) -> Floats:
    return np.asarray(days.dt.days.to_numpy(np.float64, na_value=np.nan) / MONTH)


def _months(cohort: Cohort, dates: pd.Series) -> Floats:
    return _in_months(dates - cohort.dates("first_procedure_date"))


def _another(cohort: Cohort, arms: Groups, plan: Plan) -> Floats:
    """(n,) float array: months to the first procedure of another modality than the arm's, or nan.

    Nobody in an arm of *both* receives another, nor does anybody where arms are no modalities.
    """
    found = np.full(len(cohort), np.nan)
    if arms.column.name != "modality":
        return found
    for at, done in enumerate(modality.procedures(cohort, plan)):
        own = arms.levels[arms.codes[at]].code if arms.codes[at] >= 0 else "BOTH"
        if own != "BOTH":
            found[at] = next((month for month, kind in done if kind != own), np.nan)
    return found


def _by_arm(mask: Bools, arms: Groups) -> Pair:
    return int((mask & (arms.codes == 0)).sum()), int((mask & (arms.codes == 1)).sum())


def _on_scale(
    scale: Scale, mine: _Events, second: Floats, dead: Bools, arms: Groups, basis: Basis
) -> OnScale:
    """The worst grades on one scale, by its events in both arms."""
    everyone, changed = np.ones(len(second), bool), ~np.isnan(second) & (arms.codes >= 0)
    until = after = None
    if basis == "events" and changed.any():
        until = _part(scale, mine, mine.when == UNTIL, everyone, arms)
        after = _part(scale, mine, mine.when == AFTER, changed, arms)
    severe = mine.severe
    fatal = mine.at[mine.grade == len(scale.grades)]
    return OnScale(
        scale,
        until,
        after,
        _part(scale, mine, np.ones(len(mine.at), bool), everyone, arms),
        Flagged(
            len(mine.at),
            int(severe.sum()),
            int(mine.flagged.sum()),
            int((mine.flagged & severe).sum()),
        ),
        len(np.unique(fatal[~dead[fatal]])),
    )


def _part(scale: Scale, mine: _Events, here: Bools, who: Bools, arms: Groups) -> InPart:
    """Some patients by the worst of those of their events that lie in a part of their history."""
    within = replace(arms, codes=np.where(who, arms.codes, -1))
    worst = np.full(len(who), -1)
    np.maximum.at(worst, mine.at[here], mine.grade[here])
    ever = np.zeros(len(who), bool)
    ever[mine.at] = True
    state = np.where(worst >= 0, worst + UNGRADED, np.where(ever, _ELSEWHERE, _NONE))
    counts = np.stack(
        [
            np.bincount(state[within.codes == arm], minlength=3 + len(scale.grades))
            for arm in range(len(arms.levels))
        ]
    )
    without = _with_event(mine, here & ~mine.flagged, within) if mine.flagged.any() else None
    return InPart(counts, _with_event(mine, here, within), without)


def _with_event(mine: _Events, here: Bools, arms: Groups) -> WithEvent:
    some, severe = (np.zeros(len(arms.codes), bool) for _each in range(2))
    some[mine.at[here]] = True
    severe[mine.at[here & mine.severe]] = True
    return WithEvent(_by_arm(some, arms), _by_arm(severe, arms))


def _happened(mask: Bools | None, when: Ints, second: Floats, arms: Groups) -> Times:
    """Count what happened to patients at one time each, in all and by when."""
    if mask is None:
        return Times()
    changed = ~np.isnan(second)
    whole = _by_arm(mask, arms)
    if not (changed & (arms.codes >= 0)).any():
        return Times(whole=whole)
    until, after = mask & (when == UNTIL), mask & changed & (when == AFTER)
    return Times(_by_arm(until, arms), _by_arm(after, arms), whole)


def _syndrome(cohort: Cohort, ours: _Events, second: Floats, arms: Groups) -> Times:
    """Who had post-embolization syndrome, and when; nothing where nobody recorded whether.

    The row of a patient says that there was one, not when: it counts where no event does. A
    patient who had it both before another modality and after counts in both.
    """
    said = cohort.tables.get("adverse_events", pd.DataFrame())
    listed = "pes" in said and bool(said["pes"].notna().any())
    if not listed and not cohort.known("pes"):
        return Times()
    until, after, unknown = (np.zeros(len(cohort), bool) for _each in (UNTIL, AFTER, UNKNOWN))
    for when, having in ((UNTIL, until), (AFTER, after), (UNKNOWN, unknown)):
        having[ours.at[ours.flagged & (ours.when == when)]] = True
    changed = ~np.isnan(second)
    in_row = cohort.has("pes", "yes") & ~(until | after | unknown)
    whole = _by_arm(until | after | unknown | in_row, arms)
    if not listed or not (changed & (arms.codes >= 0)).any():
        return Times(whole=whole)
    until = until | (in_row & ~changed)
    return Times(_by_arm(until, arms), _by_arm(after & changed, arms), whole)


# Procedures and early deaths -------------------------------------------------------------------

Key = tuple[str, Any]  # a patient and the day of a procedure


@dataclass(frozen=True, slots=True, eq=False)
class _Deaths:
    """Who died within 30 days of a procedure, on which, and of whom nobody knows.

    (n,) arrays but for the last: `early` is None where neither deaths nor procedures are dated;
    `last` is the day of the last procedure on or before the death.
    """

    early: Bools | None
    last: pd.Series
    short: Bools
    by_first: bool


def _per_procedure(
    cohort: Cohort, events: pd.DataFrame | None, deaths: _Deaths, arms: Groups, plan: Plan
) -> tuple[tuple[PerProcedure, ...], int]:
    """Procedures with a complication, of all; several procedures of one day are one."""
    table = cohort.dated_procedures()
    if table is None or events is None or events["procedure_date"].isna().all():
        return (), 0
    done = _kinds(cohort, table, arms, plan)
    entries = _entries(cohort, events, np.full(len(cohort), np.nan))
    keys = list(zip(events["patient_id"].tolist(), events["procedure_date"].tolist(), strict=True))
    everything = np.ones(len(keys), bool)
    severe = entries.severe
    with_, worse, worse_without, pes = (
        _of_each(done, [key for key, kept in zip(keys, mask.tolist(), strict=True) if kept])
        for mask in (everything, severe, severe & ~entries.flagged, entries.flagged)
    )
    dead = Counter[Level]()
    if deaths.early is not None:
        patients = cohort.patients["patient_id"].tolist()
        days = zip(patients, deaths.last.tolist(), strict=True)
        dead = _of_each(
            done, [key for key, died in zip(days, deaths.early.tolist(), strict=True) if died]
        )
    flags = bool(events["pes"].notna().any())
    procedures = Counter(done.values())
    unlinked = sum(key not in done for key in keys)
    return tuple(
        PerProcedure(
            level,
            procedures[level],
            with_[level],
            worse[level],
            worse_without[level],
            pes[level] if flags else None,
            dead[level] if deaths.early is not None else None,
        )
        for level in _in_order(procedures, arms)
    ), unlinked


def _of_each(done: dict[Key, Level], named: Sequence[Key]) -> Counter[Level]:
    """Of the procedures done, those that are named, once each, by their kind."""
    return Counter(done[key] for key in set(named) if key in done)


def _in_order(procedures: Counter[Level], arms: Groups) -> list[Level]:
    order = list(dict.fromkeys((*arms.levels, *MODALITIES)))
    levels = [level for level in order if level in procedures]
    return levels + sorted(set(procedures) - set(order), key=lambda level: level.label)


def _kinds(cohort: Cohort, table: pd.DataFrame, arms: Groups, plan: Plan) -> dict[Key, Level]:
    """What each patient and day of procedure counts as."""
    patients, days = table["patient_id"].tolist(), table["procedure_date"].tolist()
    if arms.column.name != "modality" or "modality" not in table:
        place = dict(zip(cohort.patients["patient_id"], arms.codes.tolist(), strict=True))
        return {
            (patient, day): arms.levels[place[patient]]
            for patient, day in zip(patients, days, strict=True)
            if place[patient] >= 0
        }
    known = {level.code: level for level in MODALITIES}
    if plan.study.roll_up:
        known |= {code: known[of] for code, level in known.items() if (of := level.rolls_up_to)}
    kinds: dict[Key, str] = {}
    for patient, day, kind in zip(patients, days, table["modality"].tolist(), strict=True):
        code = kind if isinstance(kind, str) else ""
        before = kinds.setdefault((patient, day), code)
        kinds[patient, day] = code if before in ("", code) else "BOTH"
    return {key: known.get(code, Level(code, code or _UNKNOWN)) for key, code in kinds.items()}


def _deaths(cohort: Cohort) -> _Deaths:
    """Who died within 30 days of a procedure: the last on or before the death.

    Nobody knows of a patient without a date of death who was not seen 30 days after the last
    procedure; and nobody at all is known to have died so, where neither deaths nor procedures are
    dated.
    """
    death = cohort.dates("death_date")
    last = cohort.dates("first_procedure_date")
    table = cohort.dated_procedures()
    if table is not None:
        died = table["patient_id"].map(dict(zip(cohort.patients["patient_id"], death, strict=True)))
        before = table.loc[~(table["procedure_date"] > pd.to_datetime(died))]
        of_patient = before.groupby("patient_id")["procedure_date"].max()
        dates = pd.to_datetime(cohort.patients["patient_id"].map(of_patient.to_dict()))
        last = dates.where(dates.notna(), last).astype("datetime64[s]")
    days, seen = ((end - last).dt.days for end in (death, cohort.dates("last_contact_date")))
    early = np.asarray((days >= 0) & (days <= EARLY), bool)
    short = np.asarray(death.isna() & ~(seen >= EARLY).fillna(False), bool)
    known = "death_date" in cohort.patients and bool(last.notna().any())
    return _Deaths(early if known else None, last, short, table is None)
