"""Complications of the patients of two arms, counted: what happened to whom, how bad, and when."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib import vocabulary
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
_NAMED = "complication"  # the column of a patient's row that names what came
_DENIALS = {"0", "g0", "none", *vocabulary.words("levels", "yesno", "no")}
_DENIED = re.compile(
    r"(?:no|none|without|нет|без)\s.*"
    r"|(?:.*\s)?(?:нет|не (?:было|отмечен\w*|наблюдал\w*|выявлен\w*)|not (?:seen|observed))"
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
    lines = _alone(cohort, arms, *recorded(cohort, plan))
    dated = modality.dates_procedures(cohort)
    return counted(lines, arms, plan, cohort.known, dated, "death_date" in cohort.patients)


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
_NONE, _ELSEWHERE, UNGRADED = 0, 1, 2  # where patients without a grade stand in `InPart.counts`
_NO_GRADE, _SAID_NONE = 0, -1

LISTED, DENIED, IN_ROW, DONE = "listed", "denied", "in row", "procedure"
"""What an entry is: of the table of events, or what it says that there was none; of the patient's
row; or a procedure."""
NAMES, LINKED = 1, 2
"""What marks an event: it names the day of a procedure, and there is one of that day."""
COMPLICATED, SEVERE, SEVERE_WITHOUT, SYNDROME, DIED = 1, 2, 4, 8, 16
"""What marks a procedure: what came of it, and whether the patient died within 30 days."""
ENTRY = {
    "what": "str",
    "kind": "str",  # the scale, '' for none of them; of a procedure the modality, if one is told
    "grade": "int16",  # from 1, 0 where none can be read, and of what has none
    "months": "float64",  # from the first procedure; nan where nobody knows
    "came": "int16",
    "flagged": "int16",  # 1 of the post-embolization syndrome, 0 of no such, -1 where nobody says
    "marks": "int16",
}
"""The columns of the entries after the place of their patient, ``at``."""
OF_PATIENT = ("changed", "early", "afterwards", "short", "ended")
"""Whether a patient received another modality; died early, and after that; may have died so, and
nobody knows; and whether a last procedure is known."""


def recorded(cohort: Cohort, plan: Plan) -> tuple[dict[str, Bools], pd.DataFrame]:
    """What is recorded, whoever is compared: of each patient `OF_PATIENT`, and entries, `ENTRY`.

    A patient's own modality is the one that another may follow.
    """
    second, deaths = _another(cohort, plan), _deaths(cohort)
    died = _in_months(cohort.dates("death_date") - cohort.dates("first_procedure_date"))
    entries = pd.concat([listed := _listed(cohort), _of_rows(cohort, listed)], ignore_index=True)
    procedures = _procedures(cohort, listed, deaths)
    linked = [key in procedures for key in _keys(cohort, entries)]
    entries["marks"] = NAMES * entries["day"].notna() + LINKED * np.array(linked, bool)
    entries = pd.concat([entries, _done(cohort, procedures)], ignore_index=True)
    at, months = entries["at"].to_numpy(np.int64), entries["months"].to_numpy(np.float64)
    when = np.where(months >= second[at], AFTER, UNTIL)
    entries["came"] = np.where(np.isnan(months) & ~np.isnan(second[at]), UNKNOWN, when)
    of_patient = {
        "changed": ~np.isnan(second),
        "early": deaths.early,
        "afterwards": np.asarray(died >= second, bool),
        "short": deaths.short,
        "ended": np.asarray(deaths.last.notna(), bool),
    }
    return of_patient, entries.astype({"at": np.int64, **ENTRY})[["at", *ENTRY]]


def _listed(cohort: Cohort) -> pd.DataFrame:
    """The table of events; the later of its own day and its procedure's says when one came."""
    table = cohort.tables.get("adverse_events", pd.DataFrame({"patient_id": []}))
    words = {
        name: table[name].fillna("").astype(str) if name in table else pd.Series("", table.index)
        for name in ("scale", "grade", "term", "pes")
    }
    days = {
        name: table.get(name, pd.Series(pd.NaT, table.index, dtype="datetime64[s]"))
        for name in ("date", "procedure_date")
    }
    at = pd.Index(cohort.patients["patient_id"]).get_indexer(pd.Index(table["patient_id"]))
    start = cohort.dates("first_procedure_date").iloc[at].set_axis(table.index)
    said = words["grade"].where(words["grade"] != "", words["term"])
    scales = _mapped(words["scale"], lambda words: getattr(scale_of(words), "name", ""))
    grades = pd.Series(_NO_GRADE, table.index)
    for scale in SCALES:
        mine = scales == scale.name
        grades[mine] = _mapped(words["grade"][mine], partial(_grade, scale))
    return pd.DataFrame(
        {
            "at": at,
            "what": _mapped(said, lambda words: DENIED if _says_none(words) else LISTED),
            "kind": scales,
            "grade": grades,
            "months": np.fmax(*(_in_months(day - start) for day in days.values())),
            "flagged": words["pes"].map({"yes": 1, "": -1}).fillna(0).astype(np.int64),
            "day": days["procedure_date"],
        }
    )


def _of_rows(cohort: Cohort, listed: pd.DataFrame) -> pd.DataFrame:
    """The worst grade that each patient's row has on each scale, if worse than all that is listed.

    It does not say when that was. A complication beside which no grade stands is one of no grade.
    """
    told = listed.loc[listed["what"] == LISTED]
    worst = told.groupby(["kind", "at"])["grade"].max()
    nothing = pd.Series("", cohort.patients.index)
    scales = [scale for scale in SCALES if cohort.known(scale.column)]
    named, *graded = (
        cohort.patients.get(name, nothing).fillna("").astype(str).set_axis(range(len(cohort)))
        for name in (_NAMED, *(scale.column for scale in scales))
    )
    somewhere = sum((each != "" for each in graded), start=pd.Series(0, named.index)) > 0
    found = [listed.iloc[:0]]
    for scale, own in zip(scales, graded, strict=True):
        grades = _mapped(own.where(somewhere, named), partial(_said, scale))
        of_events = worst.get(scale.name, pd.Series(dtype=np.int64)).reindex(grades.index)
        worse = grades[grades > of_events.fillna(_SAID_NONE)]
        line = {"what": IN_ROW, "kind": scale.name, "months": np.nan, "flagged": 0, "day": pd.NaT}
        found.append(pd.DataFrame({"at": worse.index, "grade": worse.to_numpy(), **line}))
    return pd.concat(found).astype(dict(listed.dtypes))[list(listed)]


def _mapped(words: pd.Series, read: Callable[[str], Any]) -> pd.Series:
    """What each of some words means, each read once."""
    return words.map({each: read(each) for each in words.unique()})


def _said(scale: Scale, words: str) -> int:
    return _grade(scale, words) if words and not _says_none(words) else _SAID_NONE


def _grade(scale: Scale, words: str) -> int:
    grade = grade_of(scale, words)
    return 1 + scale.grades.index(grade) if grade else _NO_GRADE


def _says_none(words: str) -> bool:
    bare = words.strip().casefold()
    return bare in _DENIALS or _DENIED.fullmatch(bare) is not None


def _in_months(days: pd.Series) -> Floats:
    return np.asarray(days.dt.days.to_numpy(np.float64, na_value=np.nan) / MONTH)


def _another(cohort: Cohort, plan: Plan) -> Floats:
    """(n,) float array: months to the first procedure of another modality than the own, or nan.

    Nobody whose own is *both* receives another.
    """
    nobody = pd.Series(None, cohort.patients.index, dtype="str")
    own = cohort.patients.get("modality", nobody).fillna("BOTH").tolist()
    months = [
        next((month for month, kind in done if kind != mine), np.nan) if mine != "BOTH" else np.nan
        for mine, done in zip(own, modality.procedures(cohort, plan), strict=True)
    ]
    return np.array(months, np.float64)


# Procedures and early deaths -------------------------------------------------------------------

Key = tuple[str, Any]  # a patient and the day of a procedure


@dataclass(frozen=True, slots=True, eq=False)
class _Deaths:
    """Who died within 30 days of a procedure, on which, and of whom nobody knows: (n,) arrays.

    `last` is the day of the last procedure on or before the death.
    """

    early: Bools
    last: pd.Series
    short: Bools


@dataclass(slots=True)
class _Procedure:
    """What was done on a day, and what marks it."""

    kind: str | None  # None where no procedure of the file has a kind
    marks: int = 0


def _procedures(cohort: Cohort, listed: pd.DataFrame, deaths: _Deaths) -> dict[Key, _Procedure]:
    """The dated procedures, those of one day as one, and what came of each."""
    table = cohort.dated_procedures()
    if table is None:
        return {}
    keys = zip(table["patient_id"].tolist(), table["procedure_date"].tolist(), strict=True)
    found: dict[Key, _Procedure] = {}
    for key, kind in zip(keys, _kinds(table), strict=True):
        before = found.setdefault(key, _Procedure(kind))
        before.kind = kind if before.kind in (None, "", kind) else "BOTH"
    told = listed.loc[listed["what"] == LISTED]
    severe, flagged = _severe(told["kind"], told["grade"]), told["flagged"].to_numpy() == 1
    marks = (
        COMPLICATED + SEVERE * severe + SEVERE_WITHOUT * (severe & ~flagged) + SYNDROME * flagged
    )
    for key, mark in zip(_keys(cohort, told), marks.tolist(), strict=True):
        if key in found:
            found[key].marks |= mark
    dead = cohort.patients["patient_id"].loc[deaths.early].tolist()
    for key in zip(dead, deaths.last.loc[deaths.early].tolist(), strict=True):
        if key in found:
            found[key].marks |= DIED
    return found


def _kinds(table: pd.DataFrame) -> list[str | None]:
    if "modality" not in table:
        return [None] * len(table)
    return [kind if isinstance(kind, str) else "" for kind in table["modality"].tolist()]


def _keys(cohort: Cohort, events: pd.DataFrame) -> list[Key]:
    names = cohort.patients["patient_id"].to_numpy(object)[events["at"].to_numpy(np.int64)]
    return list(zip(names.tolist(), events["day"].tolist(), strict=True))


def _done(cohort: Cohort, procedures: Mapping[Key, _Procedure]) -> pd.DataFrame:
    """Procedures as entries."""
    names = pd.Index(cohort.patients["patient_id"])
    days = pd.Series([day for _name, day in procedures], dtype="datetime64[s]")
    at = names.get_indexer(pd.Index([name for name, _day in procedures]))
    start = cohort.dates("first_procedure_date").iloc[at].reset_index(drop=True)
    return pd.DataFrame(
        {
            "at": at,
            "what": DONE,
            "kind": pd.Series([each.kind for each in procedures.values()], dtype="str"),
            "grade": _NO_GRADE,
            "months": _in_months(days - start),
            "flagged": -1,
            "marks": [each.marks for each in procedures.values()],
        }
    )


def _deaths(cohort: Cohort) -> _Deaths:
    """Who died within 30 days of a procedure: the last on or before the death.

    Nobody knows of a patient without a date of death who was not seen 30 days after the last
    procedure.
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
    return _Deaths(early, last, np.asarray(death.isna() & ~(seen >= EARLY).fillna(False), bool))


# Counting --------------------------------------------------------------------------------------

Lines = Mapping[str, npt.NDArray[Any]]
"""Patients or entries, or how many are alike: arrays by name, ``n`` of them in an ``arm``."""
CELLS = tuple((when, flagged) for when in (UNTIL, AFTER, UNKNOWN) for flagged in (0, 1))
"""When the events of a patient came, and whether they are of the post-embolization syndrome."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What is recorded of patients, in lines of those who are alike in it.

    ``arm``: 0 of the reference, 1 of the comparison, -1 of neither.
    """

    # `OF_PATIENT`; dead; in_row, whether the row tells of the syndrome; and whether entries do,
    # had0 to had2, by when
    patients: Lines
    entries: Lines  # `ENTRY` without months
    # Of the patients with an event on a scale: kind, changed, dead, and the worst grade in each of
    # `CELLS`, worst0 to worst5, -1 without an event.
    worst: Lines

    def in_one_history(self) -> "Recorded":
        """The same where no modality is the own, so that none is another."""
        patients, entries, worst = ({**each} for each in (self.patients, self.entries, self.worst))
        for lines in (patients, worst):
            lines["changed"] = np.zeros(len(lines["n"]), bool)
        entries["came"] = np.zeros(len(entries["n"]), np.int64)
        for flagged in (0, 1):
            every = [worst.pop(f"worst{2 * when + flagged}") for when in (UNTIL, AFTER, UNKNOWN)]
            worst[f"worst{flagged}"] = np.max(every, axis=0)
        for at in range(2, len(CELLS)):
            worst[f"worst{at}"] = np.full(len(worst["n"]), -1)
        patients["had0"] = np.any([patients[f"had{when}"] for when in (0, 1, 2)], axis=0)
        patients["had1"] = patients["had2"] = np.zeros(len(patients["n"]), bool)
        return Recorded(patients, entries, worst)


def _alone(
    cohort: Cohort, arms: Groups, of_patient: Mapping[str, Bools], entries: pd.DataFrame
) -> Recorded:
    """Lines of one patient, and of one entry, each."""
    arm, at = arms.codes, entries["at"].to_numpy(np.int64)
    dead = cohort.dates("death_date").notna().to_numpy() | cohort.has("vital_status", "dead")
    had = np.zeros((3, len(cohort)), bool)
    event = entries["what"].isin((LISTED, IN_ROW)).to_numpy()
    flagged = (entries["flagged"] == 1).to_numpy()
    had[entries["came"].to_numpy()[event & flagged], at[event & flagged]] = True
    events = entries.loc[event & (entries["kind"] != "")]
    cell = 2 * events["came"].to_numpy() + (events["flagged"] == 1).to_numpy()
    place = {scale.name: number for number, scale in enumerate(SCALES)}
    who = events["at"].to_numpy(np.int64) * len(SCALES) + events["kind"].map(place).to_numpy(
        np.int64
    )
    each, line = np.unique(who, return_inverse=True)
    worst = np.full((len(CELLS), len(each)), -1)
    np.maximum.at(worst, (cell, line), events["grade"].to_numpy(np.int64))
    whose = each // len(SCALES)
    return Recorded(
        {
            **{"arm": arm, "n": np.ones(len(cohort), np.int64), "dead": dead},
            **{"in_row": cohort.has("pes", "yes"), **of_patient},
            **{f"had{when}": had[when] for when in (UNTIL, AFTER, UNKNOWN)},
        },
        {
            **{"arm": arm[at], "n": np.ones(len(at), np.int64)},
            **{name: entries[name].to_numpy() for name in ENTRY},
            "kind": np.array([None if pd.isna(kind) else kind for kind in entries["kind"]], object),
        },
        {
            **{"arm": arm[whose], "n": np.ones(len(each), np.int64)},
            "kind": np.array([scale.name for scale in SCALES], object)[each % len(SCALES)],
            **{"changed": of_patient["changed"][whose], "dead": dead[whose]},
            **{f"worst{number}": grades for number, grades in enumerate(worst)},
        },
    )


def counted(
    lines: Recorded,
    arms: Groups,
    plan: Plan,
    known: Callable[[str], bool],
    dated: bool,
    dies: bool,
) -> Complications:
    """Count what is recorded of two arms.

    `known`: whether a column of the patients has a value; `dated`: whether a procedure has a date
    and a kind; `dies`: whether there is a column of days of death.
    """
    by_modality = arms.column.name == "modality"
    lines = lines if by_modality else lines.in_one_history()
    patients, entries = lines.patients, lines.entries
    what, ours = entries["what"], (entries["arm"] >= 0) & np.isin(entries["what"], (LISTED, IN_ROW))
    basis: Basis = "events" if np.isin(what, (LISTED, DENIED)).any() else "patients"
    used = [
        scale for scale in SCALES if known(scale.column) or _of(entries, scale, what != DONE).any()
    ]
    changed, done = _pair(patients, patients["changed"]), bool((what == DONE).any())
    early = patients["early"] if dies and _number(patients, patients["ended"]) else None
    when = np.where(patients["afterwards"], AFTER, UNTIL)
    return Complications(
        changed if by_modality and dated else (),
        changed,
        basis,
        any(known(scale.column) for scale in used),
        tuple(_on_scale(scale, lines, _of(entries, scale, ours), basis) for scale in used),
        _syndrome(lines, known("pes")),
        *_per_procedure(entries, early is not None, arms, plan),
        _number(entries, ours & (entries["kind"] == "")),
        _number(entries, ours & (entries["came"] == UNKNOWN)) if basis == "events" else 0,
        _happened(patients, early, when),
        _number(patients, patients["short"] & (patients["arm"] >= 0)),
        not done,
    )


def _of(entries: Lines, scale: Scale, which: Bools) -> Bools:
    """Those of some entries that are on a scale."""
    return np.asarray(which & (entries["kind"] == scale.name), bool)


def _number(lines: Lines, which: Bools) -> int:
    return int(lines["n"][which].sum())


def _pair(lines: Lines, which: Bools) -> Pair:
    return _number(lines, which & (lines["arm"] == 0)), _number(lines, which & (lines["arm"] == 1))


def _severe(scales: Iterable[str], grades: Iterable[int]) -> Bools:
    """Whether grades are severe, each on its own scale."""
    least = {each.name: 1 + each.grades.index(each.severe) for each in SCALES}
    pairs = zip(scales, grades, strict=True)
    return np.array([grade >= least.get(scale, np.inf) for scale, grade in pairs], bool)


def _on_scale(scale: Scale, lines: Recorded, mine: Bools, basis: Basis) -> OnScale:
    """The worst grades on one scale, by its events in both arms."""
    entries, patients = lines.entries, lines.patients
    its = (lines.worst["kind"] == scale.name) & (lines.worst["arm"] >= 0)
    worst = {name: column[its] for name, column in lines.worst.items()}
    severe = mine & _severe(entries["kind"], entries["grade"])
    flagged = mine & (entries["flagged"] == 1)
    everyone, changed = _pair(patients, patients["n"] > 0), _pair(patients, patients["changed"])
    part = partial(_part, scale, worst, bool(flagged.any()))
    every = np.ones(len(worst["n"]), bool)
    until = after = None
    if basis == "events" and any(changed):
        until = part((UNTIL,), everyone, every)
        after = part((AFTER,), changed, worst["changed"])
    fatal = np.any([worst[f"worst{at}"] == len(scale.grades) for at in range(len(CELLS))], axis=0)
    return OnScale(
        scale,
        until,
        after,
        part((UNTIL, AFTER, UNKNOWN), everyone, every),
        Flagged(*(_number(entries, each) for each in (mine, severe, flagged, flagged & severe))),
        _number(worst, fatal & ~worst["dead"]),
    )


def _part(
    scale: Scale, worst: Lines, flagged: bool, when: Sequence[int], of: Pair, who: Bools
) -> InPart:
    """Some patients by the worst of those of their events that lie in a part of their history.

    `of`: how many they are in each arm; `who`: which of those with an event are among them.
    """
    lines = {name: column[who] for name, column in worst.items()}
    all_, without = (
        np.max([lines[f"worst{at}"] for at, cell in enumerate(CELLS) if cell in among], axis=0)
        for among in ([(w, f) for w in when for f in (0, 1)], [(w, 0) for w in when])
    )
    counts = np.zeros((2, 3 + len(scale.grades)), np.int64)
    state = np.where(all_ >= 0, all_ + UNGRADED, _ELSEWHERE).astype(np.int64)
    np.add.at(counts, (lines["arm"], state), lines["n"])
    counts[:, _NONE] = np.array(of) - counts.sum(axis=1)
    of_each = [_with_event(scale, lines, grades) for grades in (all_, without)]
    return InPart(counts, of_each[0], of_each[1] if flagged else None)


def _with_event(scale: Scale, lines: Lines, grades: Ints) -> WithEvent:
    severe = 1 + scale.grades.index(scale.severe)
    return WithEvent(_pair(lines, grades >= 0), _pair(lines, grades >= severe))


def _happened(patients: Lines, mask: Bools | None, when: Ints) -> Times:
    """Count what happened to patients at one time each, in all and by when."""
    if mask is None:
        return Times()
    changed = patients["changed"]
    whole = _pair(patients, mask)
    if not any(_pair(patients, changed)):
        return Times(whole=whole)
    until, after = mask & (when == UNTIL), mask & changed & (when == AFTER)
    return Times(_pair(patients, until), _pair(patients, after), whole)


def _syndrome(lines: Recorded, known: bool) -> Times:
    """Who had post-embolization syndrome, and when; nothing where nobody recorded whether.

    The row of a patient says that there was one, not when: it counts where no event does. A
    patient who had it both before another modality and after counts in both.
    """
    entries, patients = lines.entries, lines.patients
    told = np.isin(entries["what"], (LISTED, DENIED))
    listed = bool((entries["flagged"][told] >= 0).any())
    if not listed and not known:
        return Times()
    until, after, unknown = (patients[f"had{when}"] for when in (UNTIL, AFTER, UNKNOWN))
    changed = patients["changed"]
    in_row = patients["in_row"] & ~(until | after | unknown)
    whole = _pair(patients, until | after | unknown | in_row)
    if not listed or not any(_pair(patients, changed)):
        return Times(whole=whole)
    until = until | (in_row & ~changed)
    return Times(_pair(patients, until), _pair(patients, after & changed), whole)


def _per_procedure(
    entries: Lines, dies: bool, arms: Groups, plan: Plan
) -> tuple[tuple[PerProcedure, ...], int]:
    """Procedures with a complication, of all; several procedures of one day are one.

    And the events that name none. A procedure without a kind counts for the arm of its patient.
    """
    done, listed = entries["what"] == DONE, entries["what"] == LISTED
    if not done.any() or not (listed & (entries["marks"] & NAMES > 0)).any():
        return (), 0
    own = arms.column.name == "modality" and None not in entries["kind"][done].tolist()
    known, found = _levels(plan), dict[Level, Counter[int]]()
    for kind, arm, marks, n in zip(
        *(entries[name][done].tolist() for name in ("kind", "arm", "marks", "n")), strict=True
    ):
        if own or arm >= 0:
            level = known.get(kind, Level(kind, kind or _UNKNOWN)) if own else arms.levels[arm]
            found.setdefault(level, Counter())[marks] += n
    flags = bool((entries["flagged"][listed] >= 0).any())
    of_any = listed & (entries["marks"] & LINKED > 0) & (own | (entries["arm"] >= 0))
    return tuple(
        PerProcedure(
            level,
            found[level].total(),
            _marked(found[level], COMPLICATED),
            _marked(found[level], SEVERE),
            _marked(found[level], SEVERE_WITHOUT),
            _marked(found[level], SYNDROME) if flags else None,
            _marked(found[level], DIED) if dies else None,
        )
        for level in _in_order(found, arms)
    ), _number(entries, listed & ~of_any)


def _marked(procedures: Counter[int], mark: int) -> int:
    return sum(n for marks, n in procedures.items() if marks & mark)


def _in_order(procedures: Iterable[Level], arms: Groups) -> list[Level]:
    found = set(procedures)
    order = list(dict.fromkeys((*arms.levels, *MODALITIES)))
    levels = [level for level in order if level in found]
    return levels + sorted(found - set(order), key=lambda level: level.label)


def _levels(plan: Plan) -> dict[str, Level]:
    """What each kind of procedure counts as."""
    known = {level.code: level for level in MODALITIES}
    if plan.study.roll_up:
        known |= {code: known[of] for code, level in known.items() if (of := level.rolls_up_to)}
    return known
