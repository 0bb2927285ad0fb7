"""How a patient of any sample is drawn: treated, scanned, read by RECIST 1.1 and written down.

The rules of RECIST are written here once more, apart from the library's: what a sample records is
then a check of the library, and not its echo. The order of draws is part of a sample: another one
would give other patients.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from lib.schema import MONTH
from sample_data.files import Row, Tables

HAI, TACE = "HAI", "TACE"
WINDOW, CONFIRM, STABLE = 45, 28, 42
"""Days: of a scan from a fixed time, from a response to its confirmation, to stable disease."""
SHEETS = ("patients", "procedures", "assessments", "lesions", "adverse_events")


class Lesion(NamedTuple):
    """A lesion at baseline, in mm."""

    organ: str
    diameter: int


class Patient:
    """One patient, row by row; days count from the first procedure."""

    infusions: Sequence[Sequence[str]]  # drug and dose
    harms: Sequence[Row]
    mildest = 1  # the lowest grade of toxicity that is reported
    prefix = "T"  # of the names of target lesions

    def __init__(self, rng: random.Random, row: Row, start: date) -> None:
        self.rng, self.row, self.start = rng, row, start
        self.tables: Tables = {name: [] for name in SHEETS} | {"patients": [row]}
        self.first = HAI
        self.end, self.died = 0, False  # the day of death or last contact, and whether it is death
        self.targets: list[Lesion] = []
        self.has_others = False  # whether there is disease that is not a target
        self.visits: list[tuple[int, str]] = []  # day and response of each scan after baseline
        self.progressed: dict[str, int] = {}  # first day of progression ``liver`` and ``outside``
        self.nadir = 0

    def on(self, day: int | None) -> Any:
        """The date of a day; empty for none."""
        return "" if day is None else self.start + timedelta(day)

    def add(self, sheet: str, dated: str, day: int, **cells: Any) -> None:
        """Write a row."""
        found = {"patient_id": self.row["patient_id"], dated: self.on(day)}
        self.tables[sheet].append(found | cells)

    # Scans --------------------------------------------------------------------------------

    def scan(
        self, day: int, sizes: Sequence[int], hepatic: list[str], outside: list[str], method: str
    ) -> None:
        """Read a scan and write it down: what shows progression in the liver and outside it.

        A sign is ``sum``, ``non-target`` or the organ of a new lesion.
        """
        signs = hepatic + outside
        new = [sign for sign in signs if sign not in ("sum", "non-target")]
        steady = "Non-CR/Non-PD" if self.has_others else ""
        nontarget = "PD" if "non-target" in signs else steady
        unseen = self.misses_a_target(day)
        measured, response = list(sizes[:-1] if unseen else sizes), ""
        if day > 0:
            target = self.of_targets(measured, complete=not unseen)
            response = overall(target, nontarget, bool(new))
            self.visits.append((day, response))
            if target == "PD" or set(hepatic) - {"sum"}:
                self.progressed.setdefault("liver", day)
            if outside:
                self.progressed.setdefault("outside", day)
        else:
            self.nadir = sum(sizes)
        self.add(
            "assessments",
            "assessment_date",
            day,
            nontarget=nontarget,
            new_lesion="yes" if new else "no",
            new_lesion_site=", ".join(dict.fromkeys(new)),
            response_recorded="" if self.forgets(response) else response,
            sld_mm="" if unseen else sum(sizes),
            method=method,
        )
        shown = [*measured, "not measured"] if unseen else measured
        for name, organ, is_target, size, viable in self.lesions(day, shown, new):
            self.add(
                "lesions",
                "assessment_date",
                day,
                lesion_id=name,
                organ=organ,
                node="yes" if organ == "lymph node" else "no",
                target=is_target,
                diameter_mm=size,
                viable_mm=viable,
            )

    def misses_a_target(self, day: int) -> bool:
        """Whether the last target is not measured."""
        return False

    def forgets(self, response: str) -> bool:
        """Whether a response is not recorded."""
        return False

    def lesions(
        self, day: int, sizes: Sequence[Any], new: Sequence[str]
    ) -> Iterator[Sequence[Any]]:
        """Each lesion of a scan: name, organ, whether it is a target, diameter, viable part."""
        for number, (lesion, size) in enumerate(zip(self.targets, sizes, strict=True), start=1):
            viable = self.viable(lesion.organ, size, embolized=self.first == TACE and day > 0)
            yield f"{self.prefix}{number}", lesion.organ, "yes", size, viable

    def viable(self, organ: str, size: Any, embolized: bool) -> Any:
        """Draw how much of a lesion is viable."""
        if organ != "liver" or size == "not measured":
            return ""
        return round(size * self.rng.uniform(0.35, 0.9)) if embolized else size

    def of_targets(self, sizes: Sequence[int], complete: bool) -> str:
        """Response of the targets; a scan that is complete may be the new nadir."""
        baseline = sum(lesion.diameter for lesion in self.targets)
        response = target_response(sum(sizes), baseline, self.nadir) if sizes else "NE"
        if not complete:
            return "PD" if response == "PD" else "NE"
        self.nadir = min(self.nadir, sum(sizes))
        return response if sum(sizes) else "CR"

    # Responses ----------------------------------------------------------------------------

    @property
    def progression(self) -> int | None:
        """The day of the first scan with progression."""
        return next((day for day, response in self.visits if response == "PD"), None)

    @property
    def seen(self) -> list[tuple[int, str]]:
        """The scans up to and including the first with progression."""
        until = self.progression
        return [each for each in self.visits if until is None or each[0] <= until]

    def confirmed(self, response: str) -> int | None:
        """The day that confirms a CR or PR: seen again after 28 days, one NE between at most."""
        enough = {"CR": ("CR",), "PR": ("PR", "CR")}[response]
        for index, (day, letter) in enumerate(self.seen):
            missed = 0
            for later, second in self.seen[index + 1 :] if letter == response else ():
                if second in enough and later - day >= CONFIRM:
                    return later
                missed += second == "NE"
                if missed > 1 or second not in (*enough, "NE"):
                    break
        return None

    def best_response(self) -> str:
        """The best overall response, CR and PR confirmed."""
        for response in ("CR", "PR"):
            if self.confirmed(response) is not None:
                return response
        if any(letter in ("CR", "PR", "SD") and day >= STABLE for day, letter in self.seen):
            return "SD"
        return "PD" if self.progression is not None else "NE" if self.seen else ""

    def response_at(self, months: int) -> str:
        """Status at the scan nearest to a time: PD stays, and a confirmed PR until PD."""
        at = round(months * MONTH)
        near = [(abs(day - at), -day, letter) for day, letter in self.visits]
        distance, minus, letter = min(near, default=(WINDOW + 1, -at, ""))
        day, letter = (-minus, letter) if distance <= WINDOW else (at, "")
        if self.progression is not None and day >= self.progression:
            return "PD"
        found = [day for day in map(self.confirmed, ("CR", "PR")) if day is not None]
        return "PR" if letter == "SD" and found and day >= min(found) else letter

    # Procedures and what follows them -----------------------------------------------------

    def procedure_days(self, numbers: Sequence[int], stop: int) -> list[int]:
        """Draw the days of procedures 4 to 8 weeks apart, the last before a day."""
        number, days = self.rng.choice(numbers), [0]
        while len(days) < number and (later := days[-1] + self.rng.randint(28, 56)) < stop:
            days.append(later)
        return days

    def treat(self, days: Sequence[int], kinds: Sequence[str], switch: int) -> list[Row]:
        """Draw what is given: the second kind from the procedure of that number on."""
        given = {kind: self.regimen(kind) for kind in kinds}
        for index, day in enumerate(days):
            what = given[kinds[index >= switch]]
            self.add("procedures", "procedure_date", day, **what, centre=self.row["centre"])
        done = self.tables["procedures"]
        self.row["modality"] = "+".join(sorted({kind_of(row) for row in done}))
        return done

    def regimen(self, kind: str) -> Row:
        """Draw what is given through the hepatic artery."""
        if kind == TACE:
            return self.embolization()
        drug, dose = self.rng.choice(self.infusions)
        level = self.rng.choice(("proper hepatic artery", "proper hepatic artery", "lobar"))
        return given(HAI, drug, dose, "", level)

    def embolization(self) -> Row:
        """Draw what is given with an embolic."""
        raise NotImplementedError

    def harm(self) -> None:
        """Draw the adverse events after each procedure."""
        for row in self.tables["procedures"]:
            done = (row["procedure_date"] - self.start).days
            for harm in self.harms:
                chance = harm["infusion" if kind_of(row) == HAI else "embolization"]
                if chance and self.rng.random() < chance:
                    self._follows(harm, done)

    def _follows(self, harm: Row, done: int) -> None:
        rng, scale, terms = self.rng, harm.get("scale", "CTCAE"), harm["terms"]
        is_syndrome = harm.get("is_syndrome", False)
        early = rng.choice(harm["grades"]) if harm.get("grade_first") else None
        if len(terms) > 1:
            terms = rng.sample(terms, rng.choice((1, 1, 2)) if is_syndrome else 1)
        for term in terms:
            grade = early or rng.choice(harm["grades"])
            after = rng.randint(*harm["days"]) if any(harm["days"]) else 0
            if done + after <= self.end and (grade >= self.mildest or scale == "CIRSE"):
                self.event(term, scale, grade, done, after, is_syndrome)

    def event(
        self, term: str, scale: str, grade: int, done: int, after: int, is_syndrome: bool = False
    ) -> None:
        """Write an event so many days after a procedure; a late one is of no procedure."""
        self.add(
            "adverse_events",
            "date",
            done + after,
            procedure_date=self.on(done if after <= 30 else None),
            term=term,
            scale=scale,
            grade=grade,
            pes="yes" if is_syndrome else "no",
        )

    # The sheet of patients ----------------------------------------------------------------

    def outcome(self, status: str, cause: str) -> Row:
        """Put what happened into the columns of a patient."""
        first = {
            word: self.progression is not None and self.progressed.get(where) == self.progression
            for where, word in (("liver", "liver"), ("outside", "extrahepatic"))
        }
        return {
            **{f"response_{months}m": self.response_at(months) for months in (3, 6, 12)},
            "best_response": self.best_response(),
            "progression_date": self.on(self.progression),
            "hepatic_progression_date": self.on(self.progressed.get("liver")),
            "extrahepatic_progression_date": self.on(self.progressed.get("outside")),
            "progression_site": " and ".join(word for word, is_first in first.items() if is_first),
            "subsequent_therapy": "",
            "resected_after": "no",
            "last_assessment_date": self.on(self.visits[-1][0] if self.visits else None),
            "last_contact_date": self.on(self.end),
            "vital_status": "dead" if self.died else status,
            "death_date": self.on(self.end if self.died else None),
            "cause_of_death": cause if self.died else "",
        }


def given(modality: str, drug: str, dose: str, embolic: str, level: str) -> Row:
    """What is given by a procedure."""
    return {
        "modality": modality,
        "drug": drug,
        "dose": dose,
        "embolic": embolic,
        "selectivity": level,
    }


def kind_of(procedure: Row) -> str:
    """The modality of a procedure, drug-eluting beads among chemoembolization."""
    return HAI if procedure["modality"] == HAI else TACE


def target_response(total: int, baseline: int, nadir: int) -> str:
    """Response of the target lesions by RECIST 1.1; `nadir` includes the baseline."""
    if total - nadir >= 5 and 10 * total >= 12 * nadir:
        return "PD"
    return "PR" if 10 * total <= 7 * baseline else "SD"


def overall(target: str, nontarget: str, new: bool) -> str:
    """Overall response by table 1 of RECIST 1.1."""
    if new or "PD" in (target, nontarget):
        return "PD"
    return "PR" if target == "CR" and nontarget else target


def tables(patients: Iterable[Patient]) -> Tables:
    """The rows of all patients, drawn one after the other."""
    found: Tables = {name: [] for name in SHEETS}
    for patient in patients:
        for name in SHEETS:
            found[name] += patient.tables[name]
    return found
