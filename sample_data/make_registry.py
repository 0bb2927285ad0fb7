"""Write a synthetic registry of 240 patients, and the truth that an adjusted result should find.

Usage: python -m sample_data.make_registry [FOLDER]

No patient here exists, and no number is a study's. Who is given which modality first depends on
what also drives death; `population.py` holds how, and README.md says why. Running the script again
writes the same bytes.
"""

import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from lib.schema import MONTH
from sample_data import population as design
from sample_data.files import Row, Sample, Tables, publish, workbook
from sample_data.population import CENTRES, COVARIATES, HAI, TACE
from sample_data.tumours import Lesion, target_response

SEED = 46
PATIENTS = 240
CUT_OFF = date(2021, 12, 31)
LAST_ENTRY = date(2021, 3, 31)
POPULATION, PARTS, TRUTH_SEED = 1_000_000, 20, 240
FILE, TRUTH = "synthetic_240.xlsx", "synthetic_240_truth.json"
NOTE = (
    "None of them exists, and no number comes from a study; who is given which modality first "
    "depends on what also drives death, and the true effect is known."
)
WINDOW, CONFIRM, STABLE = 45, 28, 42
"""Days: of a scan from a fixed time, from a response to its confirmation, to stable disease."""
OF_PROCEDURE = 20
"""Deaths up to this day were put down to the procedure; others within 30 days were not."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What one centre does in its own way."""

    opened: date  # when it began to send patients
    beads: float  # share of its chemoembolizations that are drug-eluting
    interval: int  # days between scans
    method: tuple[str, ...]  # of imaging
    infusions: tuple[tuple[str, str], ...]
    mildest: int  # the lowest grade of toxicity that it reports
    has_ca199: bool  # whether it measures CA 19-9


HABITS = (
    Habit(
        date(2016, 3, 1),
        0.10,
        60,
        ("CT",),
        (("oxaliplatin + 5-FU", "150 mg + 4000 mg"), ("oxaliplatin", "150 mg")),
        1,
        False,
    ),
    Habit(
        date(2016, 9, 1),
        0.35,
        84,
        ("CT", "CT", "MRI"),
        (
            ("raltitrexed + oxaliplatin", "4 mg + 130 mg"),
            ("oxaliplatin + 5-FU", "130 mg + 3500 mg"),
        ),
        2,
        True,
    ),
    Habit(
        date(2017, 6, 1),
        0.70,
        77,
        ("MRI", "MRI", "CT"),
        (("oxaliplatin + 5-FU", "170 mg + 4500 mg"),),
        1,
        True,
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One patient as the design has it; days count from the first procedure."""

    centre: int
    ecog: int
    n_lesions: int
    involvement: int
    lines: int
    extrahepatic: bool
    mutant: bool
    first: str  # the modality of the first procedure
    start: date
    death: int  # day of death, whether or not it is seen
    longevity: float  # in (0, 1): where the death lies among those of patients like this one

    @property
    def habit(self) -> Habit:
        """Of the centre."""
        return HABITS[self.centre]

    def on(self, day: int) -> date:
        """The date of a day."""
        return self.start + timedelta(day)


def entries(rng: random.Random, patients: int) -> list[Entry]:
    """Draw who enters when and where, what is done first and when each would die; by date."""
    uniform = np.array([[rng.random() for _ in range(COVARIATES + 2)] for _ in range(patients)])
    people = design.population(uniform)
    embolized = uniform[:, COVARIATES + 1] < design.propensity(people)
    deaths = design.days_to_death(people, embolized, uniform[:, COVARIATES])
    found = [
        Entry(
            int(people.centre[i]),
            int(people.ecog[i]),
            int(people.lesions[i]),
            int(people.involvement[i]),
            int(people.lines[i]),
            bool(people.extrahepatic[i]),
            bool(people.mutant[i]),
            TACE if embolized[i] else HAI,
            first_day(HABITS[people.centre[i]].opened, rng),
            int(deaths[i]),
            float(uniform[i, COVARIATES]),
        )
        for i in range(patients)
    ]
    return sorted(found, key=lambda entry: (entry.start, entry.centre, entry.death))


def first_day(opened: date, rng: random.Random) -> date:
    """Draw a working day between the opening of a centre and the last entry."""
    day = opened + timedelta(rng.randrange((LAST_ENTRY - opened).days))
    return day - timedelta(max(0, day.weekday() - 4))


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to a patient, and until when it is seen; days from the first procedure."""

    end: int  # day of death or last contact
    # died, lost: what ended the follow-up; neither at the cut-off
    died: bool
    lost: bool
    # hepatic, outside: days from which a scan shows progression in the liver and outside it
    hepatic: int
    outside: int
    sign: str  # what shows it in the liver: ``sum``, ``liver`` for a new lesion, or ``non-target``
    site: str  # what shows it outside: the organ of a new lesion, or ``non-target``
    shrinkage: float  # the share of the targets that goes; 1 for all of it

    @property
    def of_procedure(self) -> bool:
        """Whether the death was put down to the only procedure."""
        return self.died and self.end <= OF_PROCEDURE


@dataclass(frozen=True, slots=True)
class Disease:
    """The lesions of a patient at baseline."""

    targets: tuple[Lesion, ...]
    in_liver: tuple[int, ...]
    outside: tuple[Lesion, ...]

    @property
    def has_others(self) -> bool:
        """Whether there is disease that is not a target."""
        return bool(self.in_liver or self.outside)


OUTSIDE = (("lung", 14), ("lymph node", 18), ("lung", 12), ("peritoneum", 16))


def disease(entry: Entry, largest: int, rng: random.Random) -> Disease:
    """Draw the lesions: two targets in the liver at most, and one outside for some."""
    targets = [Lesion("liver", largest)]
    if entry.n_lesions > 1:
        targets.append(Lesion("liver", max(11, round(largest * rng.uniform(0.45, 0.95)))))
    others = tuple(rng.randint(8, 20) for _ in range(min(3, entry.n_lesions - 2)))
    outside = []
    if entry.extrahepatic:
        organ, size = rng.choice(OUTSIDE)
        if rng.random() < 0.4:
            targets.append(Lesion(organ, size))
        else:
            outside.append(Lesion(organ, 12 if organ == "lymph node" else size - 5))
    return Disease(tuple(targets), others, tuple(outside))


def fate(entry: Entry, found: Disease, rng: random.Random) -> Fate:
    """Draw how long the patient is seen, and where and how the disease progresses."""
    known_until = (CUT_OFF - entry.start).days - rng.randint(0, 45)
    lost = rng.randint(130, 1100) if rng.random() < 0.09 else known_until
    contact = min(lost, known_until)
    died = entry.death <= contact
    slower = 1.35 if entry.first == TACE else 1.0
    burden = math.exp(-0.008 * (entry.involvement - 30) - 0.02 * (entry.n_lesions - 5))
    hepatic = round(_correlated(entry, 250, rng) * slower * burden)
    outside = round(_correlated(entry, 480, rng) * (0.7 if entry.extrahepatic else 1.0))
    return Fate(
        min(entry.death, contact),
        died,
        not died and lost < known_until,
        hepatic,
        outside,
        _sign(found, rng),
        _site(found, rng),
        _shrinkage(entry, found, hepatic, rng),
    )


def _correlated(entry: Entry, typical: float, rng: random.Random) -> float:
    """Draw a time to progression: those who live longer progress later."""
    normal = NormalDist()
    longevity = normal.inv_cdf(min(max(entry.longevity, 1e-9), 1 - 1e-9))
    mixed = normal.cdf(0.6 * longevity + 0.8 * rng.gauss(0, 1))
    return max(40.0, typical * (-math.log(1 - min(mixed, 1 - 1e-9)) / math.log(2)) ** (1 / 1.3))


def _sign(found: Disease, rng: random.Random) -> str:
    """What shows progression in the liver; a sum of two places would not say which of them."""
    only_liver = all(lesion.organ == "liver" for lesion in found.targets)
    signs = ["liver"] + (["sum"] * 3 if only_liver else [])
    if found.in_liver and not found.outside:
        signs.append("non-target")
    return rng.choice(signs)


def _site(found: Disease, rng: random.Random) -> str:
    if found.outside and not found.in_liver and rng.random() < 0.6:
        return "non-target"
    return rng.choice(("lung", "lung", "peritoneum", "lymph node", "bone"))


def _shrinkage(entry: Entry, found: Disease, hepatic: int, rng: random.Random) -> float:
    chance = rng.random()
    if hepatic < 110:
        return rng.uniform(-0.05, 0.10)
    if chance < 0.05 and entry.n_lesions <= 2 and not found.outside and len(found.targets) <= 2:
        return 1.0
    if chance < (0.42 if entry.first == TACE else 0.30):
        return rng.uniform(0.36, 0.72)
    return rng.uniform(-0.06, 0.25)


# Scans ----------------------------------------------------------------------------------------


def scan_days(entry: Entry, end: int, rng: random.Random) -> list[int]:
    """Draw the days of scans after baseline: by the centre's habit, a few of them missed."""
    planned = range(entry.habit.interval, end - 6, entry.habit.interval)
    return [day + rng.randint(-6, 6) for day in planned if rng.random() > 0.05]


def size_of(lesion: Lesion, day: int, fate: Fate, rng: random.Random) -> int:
    """Draw the diameter of a target on a day after the first procedure."""
    if fate.shrinkage == 1:
        left = 1 - day / 150
        return max(0, round(lesion.diameter * left)) if left > 0.15 else 0
    gone = fate.shrinkage * (1 - math.exp(-day / 40))
    if lesion.organ != "liver":
        gone *= 0.4
    grown = 1.0
    if fate.sign == "sum":
        since = day - fate.hepatic
        grown = 1.26 + since / 500 if since >= 0 else 1 + 0.15 * max(0.0, 1 + since / 90) ** 2
    return max(1, round(lesion.diameter * (1 - gone) * grown * rng.uniform(0.98, 1.02)))


@dataclass(slots=True)
class Course:
    """The scans of a patient, read one after the other."""

    # baseline, nadir: sums of the targets, mm
    baseline: int
    nadir: int
    visits: list[tuple[int, str]]  # day and overall response of each scan after baseline
    progressed: dict[str, int]  # the first day of progression ``liver`` and ``outside``
    assessments: list[Row]
    lesions: list[Row]

    @property
    def progression(self) -> int | None:
        """The day of the first scan with progression."""
        return next((day for day, response in self.visits if response == "PD"), None)


def imaging(patient: Row, entry: Entry, found: Disease, fate: Fate, rng: random.Random) -> Course:
    """Draw and read the scans of a patient, baseline first; a few more after progression."""
    baseline = sum(lesion.diameter for lesion in found.targets)
    course = Course(baseline, baseline, [], {}, [], [])
    method = rng.choice(entry.habit.method)
    sizes = [lesion.diameter for lesion in found.targets]
    record(course, patient, entry, found, fate, (-rng.randint(2, 24), sizes, method), rng)
    for day in scan_days(entry, fate.end, rng):
        if course.progression is not None and rng.random() < 0.4:
            break
        sizes = [size_of(lesion, day, fate, rng) for lesion in found.targets]
        record(course, patient, entry, found, fate, (day, sizes, method), rng)
    return course


def record(
    course: Course,
    patient: Row,
    entry: Entry,
    found: Disease,
    fate: Fate,
    scan: tuple[int, Sequence[int], str],
    rng: random.Random,
) -> None:
    """Read a scan, and write it down: one assessment, and a row of each lesion."""
    day, sizes, method = scan
    hepatic, outside = day >= fate.hepatic, day >= fate.outside
    signs = [fate.sign] * hepatic + [fate.site] * outside
    new = [sign for sign in signs if sign not in ("sum", "non-target")]
    nontarget = "Non-CR/Non-PD" if found.has_others else ""
    nontarget = "PD" if "non-target" in signs else nontarget
    unseen = 0 < day < min(fate.hepatic, fate.outside) and rng.random() < 0.03
    measured = list(sizes[:-1] if unseen else sizes)
    response = ""
    if day > 0:
        target = of_targets(course, measured, complete=not unseen)
        response = overall(target, nontarget, bool(new))
        course.visits.append((day, response))
        place(course, day, "liver", target == "PD" or (hepatic and fate.sign != "sum"))
        place(course, day, "outside", outside)
    common = {"patient_id": patient["patient_id"], "assessment_date": entry.on(day)}
    course.assessments.append(
        common
        | {
            "nontarget": nontarget,
            "new_lesion": "yes" if new else "no",
            "new_lesion_site": ", ".join(dict.fromkeys(new)),
            "response_recorded": "" if response != "PD" and rng.random() < 0.03 else response,
            "sld_mm": "" if unseen else sum(sizes),
            "method": method,
        }
    )
    shown = [*measured, "not measured"] if unseen else measured
    course.lesions += lesion_rows(common, entry, found, shown, new, day, rng)


def place(course: Course, day: int, where: str, progressed: bool) -> None:
    """Keep the first day of progression in the liver, or outside it."""
    if progressed:
        course.progressed.setdefault(where, day)


def of_targets(course: Course, sizes: Sequence[int], complete: bool) -> str:
    """Response of the targets by RECIST 1.1; a scan that is complete may be the new nadir."""
    total = sum(sizes)
    response = target_response(total, course.baseline, course.nadir) if sizes else "NE"
    if not complete:
        return "PD" if response == "PD" else "NE"
    course.nadir = min(course.nadir, total)
    return response if total else "CR"


def overall(target: str, nontarget: str, new: bool) -> str:
    """Overall response by table 1 of RECIST 1.1."""
    if new or "PD" in (target, nontarget):
        return "PD"
    return "PR" if target == "CR" and nontarget else target


def lesion_rows(
    common: Row,
    entry: Entry,
    found: Disease,
    sizes: Sequence[Any],
    new: Sequence[str],
    day: int,
    rng: random.Random,
) -> Iterator[Row]:
    """Write down each lesion of a scan: targets, others, and new ones."""

    def row(name: str, organ: str, target: str, size: Any, viable: Any = "") -> Row:
        kind = {"organ": organ, "node": "yes" if organ == "lymph node" else "no", "target": target}
        return common | {"lesion_id": name} | kind | {"diameter_mm": size, "viable_mm": viable}

    for number, (lesion, size) in enumerate(zip(found.targets, sizes, strict=True), start=1):
        viable: Any = ""
        if lesion.organ == "liver" and isinstance(size, int):
            embolized = entry.first == TACE and day > 0
            viable = round(size * rng.uniform(0.35, 0.9)) if embolized else size
        yield row(f"T{number}", lesion.organ, "yes", size, viable)
    others = [Lesion("liver", size) for size in found.in_liver] + list(found.outside)
    for number, lesion in enumerate(others, start=1):
        yield row(f"N{number}", lesion.organ, "no", lesion.diameter if day < 0 else "present")
    for number, organ in enumerate(new, start=1):
        yield row(f"X{number}", organ, "no", rng.randint(10, 22))


# Responses ------------------------------------------------------------------------------------


def until_progression(visits: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The scans up to and including the first with progression."""
    letters = [response for _, response in visits]
    return list(visits[: letters.index("PD") + 1] if "PD" in letters else visits)


def confirmed(visits: Sequence[tuple[int, str]], response: str) -> int | None:
    """The day that confirms a CR or PR: seen again after 28 days, one NE between at most."""
    enough = {"CR": ("CR",), "PR": ("PR", "CR")}[response]
    for index, (day, letter) in enumerate(visits):
        if letter != response:
            continue
        missed = 0
        for later, second in visits[index + 1 :]:
            if second in enough and later - day >= CONFIRM:
                return later
            missed += second == "NE"
            if missed > 1 or second not in (*enough, "NE"):
                break
    return None


def best_response(visits: Sequence[tuple[int, str]]) -> str:
    """The best overall response, CR and PR confirmed."""
    seen = until_progression(visits)
    for response in ("CR", "PR"):
        if confirmed(seen, response) is not None:
            return response
    if any(letter in ("CR", "PR", "SD") and day >= STABLE for day, letter in seen):
        return "SD"
    return "PD" if any(letter == "PD" for _, letter in seen) else "NE" if seen else ""


def response_at(visits: Sequence[tuple[int, str]], months: int) -> str:
    """Status at the scan nearest to a time: PD stays, and a confirmed PR until PD."""
    at = round(months * MONTH)
    seen = until_progression(visits)
    progression = next((day for day, letter in seen if letter == "PD"), None)
    found = [day for day in (confirmed(seen, letter) for letter in ("CR", "PR")) if day is not None]
    near = [(abs(day - at), -day, letter) for day, letter in visits if abs(day - at) <= WINDOW]
    if not near:
        return "PD" if progression is not None and progression <= at else ""
    _, minus, letter = min(near)
    if progression is not None and -minus >= progression:
        return "PD"
    return "PR" if letter == "SD" and found and -minus >= min(found) else letter


# Procedures and what follows them -------------------------------------------------------------


def procedures(
    patient: Row, entry: Entry, fate: Fate, course: Course, rng: random.Random
) -> list[Row]:
    """Draw two to seven procedures; the other modality only for those who live to receive it.

    No procedure but the first lies within 30 days of a death.
    """
    last = fate.end - 31 if fate.died else fate.end - 3
    progression = last if course.progression is None else min(last, course.progression)
    number, days = rng.choice((2, 3, 3, 4, 4, 5, 6, 7)), [0]
    while len(days) < number and (later := days[-1] + rng.randint(28, 56)) < progression:
        days.append(later)
    switch = _switch(course, len(days), rng)
    if switch == len(days):  # after progression in the liver: two or three of the other kind
        day = max(days[-1], course.progression or 0)
        for _ in range(rng.choice((2, 2, 3))):
            day += rng.randint(21, 42)
            days += [day] * (day <= last)
    other = HAI if entry.first == TACE else TACE
    given = {kind: regimen(kind, entry, rng) for kind in (entry.first, other)}
    return [
        {
            "patient_id": patient["patient_id"],
            "procedure_date": entry.on(day),
            **given[other if index >= switch else entry.first],
            "centre": CENTRES[entry.centre],
        }
        for index, day in enumerate(days)
    ]


def _switch(course: Course, number: int, rng: random.Random) -> int:
    """Before which procedure the modality changes: `number` for after them; large for never."""
    if number > 2 and rng.random() < 0.25:
        return rng.randint(2, number - 1)
    hepatic_alone = (
        course.progressed.get("liver") is not None and "outside" not in course.progressed
    )
    return number if hepatic_alone and rng.random() < 0.45 else number + 9


def regimen(kind: str, entry: Entry, rng: random.Random) -> Row:
    """Draw what is given through the hepatic artery, as the centre does it."""
    if kind == HAI:
        drug, dose = rng.choice(entry.habit.infusions)
        level = rng.choice(("proper hepatic artery", "proper hepatic artery", "lobar"))
        return _given(HAI, drug, dose, "", level)
    level = rng.choice(("lobar", "lobar", "segmental"))
    if rng.random() < entry.habit.beads:
        dose = rng.choice(("100 mg", "100 mg", "200 mg"))
        beads = rng.choice(("beads 70-150 µm", "beads 100-300 µm"))
        return _given("DEB_TACE", "irinotecan", dose, f"drug-eluting {beads}", level)
    drug, dose = rng.choice((("irinotecan", "150 mg"), ("mitomycin", "10 mg")))
    return _given(TACE, drug, dose, "lipiodol", level)


def _given(modality: str, drug: str, dose: str, embolic: str, level: str) -> Row:
    return {
        "modality": modality,
        "drug": drug,
        "dose": dose,
        "embolic": embolic,
        "selectivity": level,
    }


POSTEMBOLIZATION = ("abdominal pain", "fever", "nausea", "vomiting")
TOXICITY = (
    "nausea",
    "fatigue",
    "neutrophil count decreased",
    "platelet count decreased",
    "alanine aminotransferase increased",
    "blood bilirubin increased",
)
LATE = "peripheral sensory neuropathy"
ARTERIAL = ("hepatic artery spasm", "hepatic artery dissection", "haematoma at the puncture site")
EMBOLIC = ("liver abscess", "cholecystitis", "pancreatitis")


def adverse_events(procedure: Row, entry: Entry, end: int, rng: random.Random) -> list[Row]:
    """Draw what follows one procedure, each event on the scale that it is graded by."""
    embolized = procedure["modality"] != HAI
    terms: list[tuple[str, str, int, int, str]] = []
    if embolized and rng.random() < 0.42:
        for term in rng.sample(POSTEMBOLIZATION, rng.choice((1, 1, 2))):
            grade = rng.choice((1, 1, 1, 2, 2, 2, 2, 3))
            terms.append((term, "CTCAE", grade, rng.randint(0, 2), "yes"))
    if rng.random() < (0.12 if embolized else 0.33):
        grade = rng.choice((1, 1, 2, 2, 2, 3, 3, 4))
        terms.append((rng.choice(TOXICITY), "CTCAE", grade, rng.randint(3, 14), "no"))
    if "oxaliplatin" in procedure["drug"] and rng.random() < 0.06:
        terms.append((LATE, "CTCAE", rng.choice((1, 2, 2, 3)), rng.randint(40, 80), "no"))
    if rng.random() < 0.03:
        terms.append((rng.choice(ARTERIAL), "CIRSE", rng.choice((1, 2, 2, 3)), 0, "no"))
    if embolized and rng.random() < 0.025:
        terms.append(
            (rng.choice(EMBOLIC), "CIRSE", rng.choice((3, 3, 4)), rng.randint(2, 12), "no")
        )
    done = (procedure["procedure_date"] - entry.start).days
    return [
        {
            "patient_id": procedure["patient_id"],
            "date": procedure["procedure_date"] + timedelta(days),
            "procedure_date": "" if term == LATE else procedure["procedure_date"],
            "term": term,
            "scale": scale,
            "grade": grade,
            "pes": pes,
        }
        for term, scale, grade, days, pes in terms
        if done + days <= end and (grade >= entry.habit.mildest or scale == "CIRSE")
    ]


def fatal(patient: Row, entry: Entry, fate: Fate) -> list[Row]:
    """Write the event that an early death was put down to."""
    if not fate.of_procedure:
        return []
    return [
        {
            "patient_id": patient["patient_id"],
            "date": entry.on(fate.end),
            "procedure_date": entry.start,
            "term": "hepatic failure",
            "scale": "CTCAE",
            "grade": 5,
            "pes": "no",
        }
    ]


# The sheet of patients ------------------------------------------------------------------------


def baseline(number: int, entry: Entry, rng: random.Random) -> Row:
    """Draw what is known before the first procedure and has no part in the design."""
    bilobar = rng.random() < {1: 0.0, 2: 0.35, 3: 0.5}.get(entry.n_lesions, 0.85)
    largest = 18 + 0.7 * entry.involvement * rng.uniform(0.6, 1.5)
    weak = entry.ecog + (entry.involvement > 45)
    return {
        "patient_id": f"R{number:03}",
        "centre": CENTRES[entry.centre],
        "sex": "M" if rng.random() < 0.58 else "F",
        "age": round(rng.triangular(36, 82, 63)),
        "primary_site": rng.choice(("left colon",) * 4 + ("rectum",) * 3 + ("right colon",) * 3),
        "synchronous": "synchronous" if rng.random() < 0.62 else "metachronous",
        "ecog": entry.ecog,
        "child_pugh": "B" if rng.random() < 0.05 + 0.05 * weak else "A",
        "liver_involvement_pct": entry.involvement,
        "n_lesions": entry.n_lesions,
        "largest_lesion_mm": round(largest),
        "lobar": "bilobar" if bilobar else "unilobar",
        "extrahepatic": "yes" if entry.extrahepatic else "no",
        "prior_lines": entry.lines,
        "prior_systemic": ", ".join(SYSTEMIC[: entry.lines]),
        "reason_stop_systemic": rng.choice(("progression",) * 7 + ("toxicity",) * 3),
        "prior_liver_surgery": "yes" if rng.random() < 0.2 else "no",
        "ras": "mut" if entry.mutant else "wt",
        "braf": "mut" if rng.random() < 0.07 else "wt",
        "msi": "MSI-H" if rng.random() < 0.04 else "MSS",
        "cea_baseline": round(rng.lognormvariate(math.log(12 + entry.involvement), 1.1), 1),
        "ca199_baseline": round(rng.lognormvariate(math.log(45), 1.2), 1),
        "bilirubin": round(rng.lognormvariate(math.log(11 + 2 * weak), 0.3), 1),
        "albumin": round(rng.gauss(41 - 1.5 * weak, 3.5), 1),
    }


SYSTEMIC = ("FOLFOX", "FOLFIRI + bevacizumab", "trifluridine/tipiracil", "regorafenib")
AFTERWARDS = (
    "FOLFIRI",
    "trifluridine/tipiracil",
    "regorafenib",
    "rechallenge with FOLFOX",
    "best supportive care",
)


def history(patient: Row, entry: Entry, rng: random.Random) -> Row:
    """Draw the dates before the first procedure, which other clocks start from."""
    end_systemic = entry.on(-rng.randint(21, 140))
    treated = sum(rng.randint(110, 260) for _ in range(entry.lines))
    mets = end_systemic - timedelta(treated + rng.randint(14, 60))
    before = (
        rng.randint(0, 60) if patient["synchronous"] == "synchronous" else rng.randint(200, 1500)
    )
    return {
        "diagnosis_date": mets - timedelta(before),
        "liver_mets_date": mets,
        "end_systemic_date": end_systemic,
    }


def outcome(entry: Entry, fate: Fate, course: Course, rng: random.Random) -> Row:
    """Put what happened into the columns of a patient."""

    def on(day: int | None) -> Any:
        return "" if day is None else entry.on(day)

    progression = course.progression
    at_first = [
        word
        for where, word in (("liver", "liver"), ("outside", "extrahepatic"))
        if progression is not None and course.progressed.get(where) == progression
    ]
    best = best_response(course.visits)
    can_go_on = progression is not None and fate.end - progression > 45
    cause = "disease" if progression is not None or rng.random() < 0.6 else "other"
    return {
        **{f"response_{months}m": response_at(course.visits, months) for months in (3, 6, 12)},
        "best_response": best,
        "progression_date": on(progression),
        "hepatic_progression_date": on(course.progressed.get("liver")),
        "extrahepatic_progression_date": on(course.progressed.get("outside")),
        "progression_site": " and ".join(at_first),
        "subsequent_therapy": rng.choice(AFTERWARDS) if can_go_on and rng.random() < 0.7 else "",
        "resected_after": "yes" if best in ("CR", "PR") and rng.random() < 0.08 else "no",
        "last_assessment_date": on(course.visits[-1][0] if course.visits else None),
        "last_contact_date": entry.on(fate.end),
        "vital_status": "dead" if fate.died else "lost" if fate.lost else "alive",
        "death_date": entry.on(fate.end) if fate.died else "",
        "cause_of_death": ("procedure" if fate.of_procedure else cause) if fate.died else "",
    }


MISSING = {
    "liver_involvement_pct": 0.025,
    "ecog": 0.015,
    "prior_lines": 0.015,
    "largest_lesion_mm": 0.02,
    "ras": 0.06,
    "braf": 0.2,
    "msi": 0.3,
    "cea_baseline": 0.08,
    "bilirubin": 0.04,
    "albumin": 0.07,
    "end_systemic_date": 0.03,
    "liver_mets_date": 0.02,
    "best_response": 0.02,
}
"""Share of cells that were never filled in, whatever they would say."""
TO_THE_MONTH = 5
"""Dates of diagnosis that are known to the month."""


def forget(patients: Sequence[Row], rng: random.Random) -> None:
    """Empty the cells that nobody filled in, and blur a few dates of long ago."""
    for patient in patients:
        for column, share in MISSING.items():
            if rng.random() < share:
                patient[column] = ""
        if not HABITS[CENTRES.index(patient["centre"])].has_ca199:
            patient["ca199_baseline"] = ""
    old = [each for each in patients if each["synchronous"] == "metachronous"]
    for patient in rng.sample(old, TO_THE_MONTH):
        patient["diagnosis_date"] = f"{patient['diagnosis_date']:%m.%Y}"


def registry(patients: int = PATIENTS) -> Tables:
    """Draw the whole registry, always the same of one size: rows of each table."""
    rng = random.Random(SEED)
    names = ("patients", "procedures", "assessments", "lesions", "adverse_events")
    tables: Tables = {name: [] for name in names}
    for number, entry in enumerate(entries(rng, patients), start=1):
        patient = baseline(number, entry, rng)
        found = disease(entry, patient["largest_lesion_mm"], rng)
        happens = fate(entry, found, rng)
        course = imaging(patient, entry, found, happens, rng)
        given = procedures(patient, entry, happens, course, rng)
        kinds = {HAI if row["modality"] == HAI else TACE for row in given}
        patient |= history(patient, entry, rng)
        patient |= {"modality": "+".join(sorted(kinds)), "first_procedure_date": entry.start}
        patient |= outcome(entry, happens, course, rng)
        tables["patients"].append(patient)
        tables["procedures"] += given
        tables["assessments"] += course.assessments
        tables["lesions"] += course.lesions
        for row in given:
            tables["adverse_events"] += adverse_events(row, entry, happens.end, rng)
        tables["adverse_events"] += fatal(patient, entry, happens)
    forget(tables["patients"], rng)
    return tables


SOURCE = (
    ("title", "Synthetic registry of 240 patients treated through the hepatic artery"),
    ("synthetic", "yes"),
    ("note", NOTE),
    (
        "invented",
        "Everything. Patients were given the first modality by their centre, the extent of their "
        "disease, ECOG, extrahepatic disease and prior lines, which also drive death.",
    ),
    ("truth", f"{TRUTH} holds the true effect of the first modality on each scale"),
    ("data cut-off", CUT_OFF.isoformat()),
    ("seed", SEED),
    ("generator", "sample_data/make_registry.py"),
)
SAMPLES = (
    Sample(
        FILE,
        "Synthetic registry, 240 patients",
        NOTE,
        lambda tables: workbook(tables, SOURCE),
    ),
)


def the_truth() -> dict[str, Any]:
    """What is true of the registry's patients, on each scale, and how it is known."""
    return {
        "what": "Chemoembolization (TACE, drug-eluting or not) against chemoinfusion (HAI) as the "
        "first procedure; overall survival from it. Months are days / 30.4375.",
        "conditional": {
            "how": "The coefficients that deaths are drawn with: log hazard ratios, each given all "
            "the others. A Cox model with all of these covariates estimates them.",
            "log_hazard_ratios": {name: round(value, 4) for name, value in design.DEATH.items()},
            "hazard_ratio": round(math.exp(next(iter(design.DEATH.values()))), 4),
            "baseline": {
                "distribution": "Weibull",
                "shape": design.SHAPE,
                "scale_days": design.SCALE,
            },
        },
        "propensity": {
            "how": "The log odds that the first procedure is drawn with.",
            "log_odds": design.TREATMENT,
        },
        "marginal_in_the_overlap_population": {
            "how": "Both potential outcomes of every patient of a simulated population, weighted "
            "by e (1 - e) with the true propensity e, nobody censored before the common horizon; "
            "by lib/statistics. The hazard ratio is Cox's over all of the horizon, and is not the "
            "conditional one. An analysis with overlap weights estimates these.",
            "patients": POPULATION,
            "seed": TRUTH_SEED,
            "horizon_months": design.HORIZON,
            "estimands": design.truth(POPULATION, PARTS, TRUTH_SEED),
        },
    }


def write(folder: Path) -> None:
    """Write the workbook, its line in `samples.toml`, and the truth."""
    publish(folder, SAMPLES, registry())
    text = json.dumps(the_truth(), indent=2) + "\n"
    (folder / TRUTH).write_bytes(text.encode())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
