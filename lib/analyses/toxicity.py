"""Complications of each arm: by patient and by procedure, each scale apart, and early death."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses import cautions
from lib.analyses.cautions import Caution
from lib.analyses.study import Study, compared_arms
from lib.cohort import Cohort, Groups
from lib.language import N_
from lib.plan import Plan
from lib.schema import MODALITIES, Level
from lib.statistics.proportions import Difference, Proportion, difference, proportion

EARLY = 30
"""Days after a procedure within which a death counts as early."""

_UNKNOWN = N_("Kind not recorded")
Basis = Literal["events", "patients"]
Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of severity. Scales measure different things, and none is converted to another.

    Attributes
    ----------
    name : str
    column : str
        The patients' column that holds the worst grade, in a file without a table of events.
    grades : tuple of str
        From the mildest; sub-grades such as 3a and 3b count as their grade.
    severe : str
        The grade from which on it counts as severe.
    source : str
    """

    name: str
    column: str
    grades: tuple[str, ...]
    severe: str
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


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """The worst grade of each patient on one scale.

    Attributes
    ----------
    scale : Scale
    counts : (arms, 1 + grades) int array
        Patients without a complication on this scale, and by their worst grade.
    any, severe : tuple of Proportion
        Of each arm: with a complication of any grade, and of a severe one.
    difference : Difference or None
        Of severe ones, comparison minus reference; None where an arm is too small.
    unread : tuple of int
        Patients of each arm with a grade that could not be read and no other.
    """

    scale: Scale
    counts: Ints
    any: tuple[Proportion, ...]
    severe: tuple[Proportion, ...]
    difference: Difference | None
    unread: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PerProcedure:
    """Procedures of one kind, and those after which a complication was recorded.

    Attributes
    ----------
    level : Level
        The modality of the procedure itself; the arm of the patient where arms are not modalities.
    procedures, complicated, severe : int
        Counted once each, however many events they had.
    """

    level: Level
    procedures: int
    complicated: int
    severe: int


@dataclass(frozen=True, slots=True, eq=False)
class Toxicity:
    """Complications, post-embolization syndrome and early deaths of two arms.

    Attributes
    ----------
    arms : tuple of Level
        Reference, comparison.
    n : tuple of int
    basis : str
        ``events`` where a table lists them, ``patients`` where the patients' row has the worst.
    worst : tuple of Worst
        For each scale that was used.
    syndrome : tuple of Proportion
        Patients of each arm with post-embolization syndrome, which is no complication; empty where
        it is not recorded.
    per_procedure : tuple of PerProcedure
    unlinked : int
        Events that name no procedure of their patient's.
    early : tuple of Proportion
        Patients of each arm who died within 30 days of a procedure; empty where dates are missing.
    short : int
        Patients of whom nobody knows whether they died so: without a date of death, and not seen
        30 days after their last procedure.
    by_first : bool
        Whether only the first procedure has a date, so that deaths count from it alone.
    """

    study: Study
    arms: tuple[Level, ...]
    n: tuple[int, ...]
    basis: Basis
    worst: tuple[Worst, ...]
    syndrome: tuple[Proportion, ...]
    per_procedure: tuple[PerProcedure, ...]
    unlinked: int
    early: tuple[Proportion, ...]
    short: int
    by_first: bool
    cautions: tuple[Caution, ...]


def of_arms(study: Study) -> Toxicity | None:
    """Count complications and early deaths of the plan's two arms; None where there are no two."""
    arms = compared_arms(study)
    if arms is None:
        return None
    cohort, plan = study.cohort, study.plan
    events = _events(cohort)
    basis: Basis = "patients" if events is None else "events"
    grades = _worst_grades(cohort, events)
    worst = tuple(_worst(scale, codes, unread, arms, plan) for scale, codes, unread in grades)
    early, short, by_first = _early(cohort)
    per_procedure, unlinked = _per_procedure(cohort, events, arms, plan)
    return Toxicity(
        study,
        arms.levels,
        tuple(int(n) for n in arms.counts()),
        basis,
        worst,
        _rates(_syndrome(cohort, events), arms, plan),
        per_procedure,
        unlinked,
        _rates(early, arms, plan),
        int((short & (arms.codes >= 0)).sum()),
        by_first,
        tuple(_beware(cohort, grades, arms)),
    )


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


# Who had what ----------------------------------------------------------------------------------

Graded = tuple[Scale, Ints, Mask]
"""A scale; (n,) the worst grade of each patient, 0 for none; (n,) whether a grade was not read."""


def _events(cohort: Cohort) -> pd.DataFrame | None:
    """The table of events, with the words that say what counts; None where the file has none."""
    table = cohort.tables.get("adverse_events")
    if table is None or not len(table):
        return None
    names = ("scale", "grade", "pes", "term", "date", "procedure_date")
    return pd.DataFrame(
        {
            "patient_id": table["patient_id"],
            **{
                name: table[name]
                if name in table
                else pd.Series(None, index=table.index, dtype="str")
                for name in names
            },
        }
    )


def _complications(events: pd.DataFrame) -> pd.DataFrame:
    """The events but for post-embolization syndrome, which is no complication."""
    return events.loc[~(events["pes"] == "yes").fillna(False).astype(bool)]


def _worst_grades(cohort: Cohort, events: pd.DataFrame | None) -> list[Graded]:
    """For each scale in use, the worst grade of each patient; a syndrome is no complication."""
    if events is None:
        return [
            _graded(
                cohort,
                scale,
                zip(cohort.patients["patient_id"], _words(cohort, scale.column), strict=True),
            )
            for scale in SCALES
            if cohort.known(scale.column)
        ]
    own = _complications(events)
    said = own["scale"].fillna("").tolist()
    found = []
    for scale in SCALES:
        mine = np.array([scale_of(text) is scale for text in said], bool)
        if mine.any() or any(scale_of(text) is scale for text in events["scale"].fillna("")):
            rows = own.loc[mine]
            pairs = zip(rows["patient_id"], rows["grade"].fillna(""), strict=True)
            found.append(_graded(cohort, scale, pairs))
    return found


def _words(cohort: Cohort, column: str) -> list[str]:
    return [str(value) for value in cohort.patients[column].fillna("").tolist()]


def _graded(cohort: Cohort, scale: Scale, cells: Iterable[tuple[str, str]]) -> Graded:
    place = {name: index for index, name in enumerate(cohort.patients["patient_id"].tolist())}
    codes = np.zeros(len(cohort), np.int64)
    unread = np.zeros(len(cohort), bool)
    for patient, text in cells:
        grade = grade_of(scale, text)
        index = place[patient]
        if grade:
            codes[index] = max(codes[index], 1 + scale.grades.index(grade))
        elif text and not _says_none(text):
            unread[index] = True
    return scale, codes, unread & (codes == 0)


def _says_none(text: str) -> bool:
    return text.strip().casefold() in ("0", "no", "none", "нет", "без осложнений", "g0")


def _worst(scale: Scale, codes: Ints, unread: Mask, arms: Groups, plan: Plan) -> Worst:
    counts = np.stack(
        [
            np.bincount(codes[arms.codes == arm], minlength=1 + len(scale.grades))
            for arm in range(len(arms.levels))
        ]
    )
    from_severe = 1 + scale.grades.index(scale.severe)
    k = counts[:, from_severe:].sum(axis=1)
    n = counts.sum(axis=1)
    enough = int(n.min()) >= plan.small.arm_compared
    return Worst(
        scale,
        counts,
        _rates(codes > 0, arms, plan),
        _rates(codes >= from_severe, arms, plan),
        difference(int(k[1]), int(n[1]), int(k[0]), int(n[0]), plan.confidence) if enough else None,
        tuple(int((unread & (arms.codes == arm)).sum()) for arm in range(len(arms.levels))),
    )


def _rates(mask: Mask | None, arms: Groups, plan: Plan) -> tuple[Proportion, ...]:
    if mask is None:
        return ()
    return tuple(
        proportion(
            int((mask & (arms.codes == arm)).sum()), int((arms.codes == arm).sum()), plan.confidence
        )
        for arm in range(len(arms.levels))
    )


def _syndrome(cohort: Cohort, events: pd.DataFrame | None) -> Mask | None:
    """Who had post-embolization syndrome; None where nobody recorded whether."""
    found = cohort.has("pes", "yes")
    known = cohort.known("pes")
    if events is not None and events["pes"].notna().any():
        known = True
        having = set(events.loc[(events["pes"] == "yes").fillna(False), "patient_id"])
        found = found | cohort.patients["patient_id"].isin(having).to_numpy(bool)
    return found if known else None


# Procedures and early deaths -------------------------------------------------------------------


def _per_procedure(
    cohort: Cohort, events: pd.DataFrame | None, arms: Groups, plan: Plan
) -> tuple[tuple[PerProcedure, ...], int]:
    """Procedures with a complication, of all; several procedures of one day are one."""
    table = cohort.dated_procedures()
    if table is None or events is None or events["procedure_date"].isna().all():
        return (), 0
    severity = _severity(_complications(events))
    done = _kinds(cohort, table, arms, plan)
    unlinked = sum(n for key, (_worst, n) in severity.items() if key not in done)
    counts: Counter[tuple[Level, int]] = Counter(
        (level, severity.get(key, (0, 0))[0]) for key, level in done.items()
    )
    order = list(dict.fromkeys((*arms.levels, *MODALITIES)))
    seen = {level for level, _worst in counts}
    levels = [level for level in order if level in seen]
    levels += sorted(seen - set(order), key=lambda level: level.label)
    return tuple(
        PerProcedure(
            level,
            sum(counts[level, worst] for worst in range(3)),
            counts[level, 1] + counts[level, 2],
            counts[level, 2],
        )
        for level in levels
    ), unlinked


Key = tuple[str, Any]
"""A patient and the day of a procedure."""


def _severity(events: pd.DataFrame) -> dict[Key, tuple[int, int]]:
    """Of each procedure that events name: 1 for a complication, 2 for a severe one; and events."""
    found: dict[Key, tuple[int, int]] = {}
    columns = [events[name] for name in ("patient_id", "procedure_date", "scale", "grade")]
    for patient, day, said, text in zip(*(column.tolist() for column in columns), strict=True):
        scale = scale_of(said) if isinstance(said, str) else None
        grade = grade_of(scale, text) if scale and isinstance(text, str) else ""
        severe = bool(scale and grade and _is_severe(scale, grade))
        worst, n = found.get((patient, day), (0, 0))
        found[patient, day] = max(worst, 1 + int(severe)), n + 1
    return found


def _is_severe(scale: Scale, grade: str) -> bool:
    return scale.grades.index(grade) >= scale.grades.index(scale.severe)


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


def _early(cohort: Cohort) -> tuple[Mask | None, Mask, bool]:
    """Who died within 30 days of a procedure, of whom nobody knows, and from which one.

    The procedure is the last on or before the death. Nobody knows of a patient without a date of
    death who was not seen 30 days after the last procedure; and nobody at all is known to have
    died so, where neither deaths nor procedures are dated.
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
    return early if known else None, short, table is None


def _beware(cohort: Cohort, grades: Sequence[Graded], arms: Groups) -> list[Caution]:
    """What the counts do not show by themselves."""
    follow_dead = cohort.dates("death_date").notna().to_numpy() | cohort.has("vital_status", "dead")
    within = arms.codes >= 0
    found: list[Caution] = []
    for scale, codes, unread in grades:
        fatal = (codes == len(scale.grades)) & ~follow_dead & within
        found += cautions.fatal_yet_alive(scale.name, scale.fatal, int(fatal.sum()))
        found += cautions.grades_unread(scale.name, scale.grades, int((unread & within).sum()))
    return found
