"""The synthetic registry of 240 patients, and the truth that an adjusted result should find.

No patient here exists, and no number is a study's. Who is given which modality first depends on
what also drives death; `population.py` holds how, and README.md says why.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np

from sample_data import population
from sample_data.files import Row, Sample, Tables, workbook
from sample_data.population import COVARIATES, DESIGN
from sample_data.simulation import HAI, TACE, Lesion, Patient, given, tables

SOURCE, DRAWN, CENTRES = DESIGN["source"], DESIGN["drawn"], DESIGN["centres"]
PATIENTS = 240
CUT_OFF = date.fromisoformat(SOURCE["data cut-off"])
LAST_ENTRY = date(2021, 3, 31)
POPULATION, PARTS, TRUTH_SEED = 1_000_000, 20, 240
TRUTH = "synthetic_240_truth.json"
OF_PROCEDURE = 20
"""Deaths up to this day were put down to the procedure; others within 30 days were not."""
TO_THE_MONTH = 5
"""Dates of diagnosis that are known to the month."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who enters when, and when each would die; days count from the first procedure."""

    start: date
    centre: Row
    death: int  # day of death, whether or not it is seen
    longevity: float  # in (0, 1): where the death lies among those of patients like this one
    first: str  # the modality of the first procedure
    known: Row  # what the design knows of the patient


def entries(rng: random.Random, patients: int) -> list[Entry]:
    """Draw who enters when and where, what is done first and when each would die; by date."""
    uniform = np.array([[rng.random() for _ in range(COVARIATES + 2)] for _ in range(patients)])
    people = population.population(uniform)
    embolized = uniform[:, COVARIATES + 1] < population.propensity(people)
    deaths = population.days_to_death(people, embolized, uniform[:, COVARIATES])
    columns = {name: values.tolist() for name, values in people.items()}
    found = []
    for i in range(patients):
        known = {name: values[i] for name, values in columns.items()}
        place = known["centre"]
        start = first_day(CENTRES[place]["opened"], rng)
        first = TACE if embolized[i] else HAI
        entry = Entry(start, CENTRES[place], int(deaths[i]), uniform[i, COVARIATES], first, known)
        found.append((start, place, entry.death, entry))
    return [entry for *_, entry in sorted(found, key=lambda each: each[:3])]


def first_day(opened: date, rng: random.Random) -> date:
    """Draw a working day between the opening of a centre and the last entry."""
    day = opened + timedelta(rng.randrange((LAST_ENTRY - opened).days))
    return day - timedelta(max(0, day.weekday() - 4))


def baseline(number: int, entry: Entry, rng: random.Random) -> Row:
    """Draw what is known before the first procedure and has no part in the population."""
    known, lines = entry.known, entry.known["prior_lines"]
    lesions, involvement = known["n_lesions"], known["liver_involvement_pct"]
    bilobar = rng.random() < {1: 0.0, 2: 0.35, 3: 0.5}.get(lesions, 0.85)
    largest = 18 + 0.7 * involvement * rng.uniform(0.6, 1.5)
    weak = known["ecog"] + (involvement > 45)
    return {
        "patient_id": f"R{number:03}",
        "centre": entry.centre["name"],
        "sex": "M" if rng.random() < 0.58 else "F",
        "age": round(rng.triangular(36, 82, 63)),
        "primary_site": rng.choice(("left colon",) * 4 + ("rectum",) * 3 + ("right colon",) * 3),
        "synchronous": "synchronous" if rng.random() < 0.62 else "metachronous",
        "ecog": known["ecog"],
        "child_pugh": "B" if rng.random() < 0.05 + 0.05 * weak else "A",
        "liver_involvement_pct": involvement,
        "n_lesions": lesions,
        "largest_lesion_mm": round(largest),
        "lobar": "bilobar" if bilobar else "unilobar",
        "extrahepatic": "yes" if known["extrahepatic"] else "no",
        "prior_lines": lines,
        "prior_systemic": ", ".join(DRAWN["systemic"][:lines]),
        "reason_stop_systemic": rng.choice(("progression",) * 7 + ("toxicity",) * 3),
        "prior_liver_surgery": "yes" if rng.random() < 0.2 else "no",
        "ras": "mut" if known["ras"] else "wt",
        "braf": "mut" if rng.random() < 0.07 else "wt",
        "msi": "MSI-H" if rng.random() < 0.04 else "MSS",
        "cea_baseline": round(rng.lognormvariate(math.log(12 + involvement), 1.1), 1),
        "ca199_baseline": round(rng.lognormvariate(math.log(45), 1.2), 1),
        "bilirubin": round(rng.lognormvariate(math.log(11 + 2 * weak), 0.3), 1),
        "albumin": round(rng.gauss(41 - 1.5 * weak, 3.5), 1),
    }


class Registered(Patient):
    """A patient of the registry."""

    harms = DRAWN["harms"]

    def __init__(self, rng: random.Random, number: int, entry: Entry) -> None:
        super().__init__(rng, baseline(number, entry, rng), entry.start)
        self.entry, self.first, self.centre = entry, entry.first, entry.centre
        self.infusions, self.mildest = self.centre["infusions"], self.centre.get("mildest", 1)
        self.disease()
        self.fate()
        self.imaging()
        self.procedures()
        self.row |= self.history()
        self.row["modality"] = self.row.pop("modality")  # after the history
        self.row["first_procedure_date"] = self.start
        self.row |= self.course()
        self.harm()
        if self.of_procedure:
            self.event("hepatic failure", "CTCAE", 5, 0, self.end)

    @property
    def of_procedure(self) -> bool:
        """Whether the death was put down to the only procedure."""
        return self.died and self.end <= OF_PROCEDURE

    def disease(self) -> None:
        """Draw the lesions: two targets in the liver at most, and one outside for some."""
        rng, largest, number = self.rng, self.row["largest_lesion_mm"], self.row["n_lesions"]
        self.targets = [Lesion("liver", largest)]
        if number > 1:
            self.targets.append(Lesion("liver", max(11, round(largest * rng.uniform(0.45, 0.95)))))
        self.in_liver = [Lesion("liver", rng.randint(8, 20)) for _ in range(min(3, number - 2))]
        self.elsewhere: list[Lesion] = []
        if self.row["extrahepatic"] == "yes":
            organ, size = rng.choice(DRAWN["outside"])
            if rng.random() < 0.4:
                self.targets.append(Lesion(organ, size))
            else:
                self.elsewhere.append(Lesion(organ, 12 if organ == "lymph node" else size - 5))
        self.has_others = bool(self.in_liver or self.elsewhere)

    def fate(self) -> None:
        """Draw how long the patient is seen, and where and how the disease progresses."""
        rng, row, death = self.rng, self.row, self.entry.death
        known_until = (CUT_OFF - self.start).days - rng.randint(0, 45)
        lost = rng.randint(130, 1100) if rng.random() < 0.09 else known_until
        contact = min(lost, known_until)
        self.end, self.died, self.lost = min(death, contact), death <= contact, lost < known_until
        extent = 0.008 * (row["liver_involvement_pct"] - 30) + 0.02 * (row["n_lesions"] - 5)
        slower = 1.35 if self.first == TACE else 1.0
        # Days from which a scan shows progression in the liver, and outside it.
        self.hepatic = round(self.until_progression(250) * slower * math.exp(-extent))
        sooner = 0.7 if row["extrahepatic"] == "yes" else 1.0
        self.outside = round(self.until_progression(480) * sooner)
        self.sign, self.site, self.shrinkage = self.drawn_sign(), self.drawn_site(), self.shrinks()

    def until_progression(self, typical: float) -> float:
        """Draw a time to progression: those who live longer progress later."""
        normal = NormalDist()
        longevity = normal.inv_cdf(min(max(self.entry.longevity, 1e-9), 1 - 1e-9))
        mixed = normal.cdf(0.6 * longevity + 0.8 * self.rng.gauss(0, 1))
        return max(40.0, typical * (-math.log(1 - min(mixed, 1 - 1e-9)) / math.log(2)) ** (1 / 1.3))

    def drawn_sign(self) -> str:
        """What shows progression in the liver; a sum of two places would not say which."""
        only_liver = all(lesion.organ == "liver" for lesion in self.targets)
        signs = ["liver"] + (["sum"] * 3 if only_liver else [])
        if self.in_liver and not self.elsewhere:
            signs.append("non-target")
        return self.rng.choice(signs)

    def drawn_site(self) -> str:
        """What shows progression outside the liver."""
        if self.elsewhere and not self.in_liver and self.rng.random() < 0.6:
            return "non-target"
        return self.rng.choice(("lung", "lung", "peritoneum", "lymph node", "bone"))

    def shrinks(self) -> float:
        """Draw the share of the targets that goes; 1 for all of it."""
        rng, chance = self.rng, self.rng.random()
        if self.hepatic < 110:
            return rng.uniform(-0.05, 0.10)
        few = self.row["n_lesions"] <= 2 and not self.elsewhere and len(self.targets) <= 2
        if chance < 0.05 and few:
            return 1.0
        if chance < (0.42 if self.first == TACE else 0.30):
            return rng.uniform(0.36, 0.72)
        return rng.uniform(-0.06, 0.25)

    # Scans --------------------------------------------------------------------------------

    def imaging(self) -> None:
        """Draw the scans, baseline first; a few more after progression."""
        rng, interval = self.rng, self.centre["interval"]
        method = rng.choice(self.centre["method"])
        self.scan(-rng.randint(2, 24), [each.diameter for each in self.targets], [], [], method)
        planned = range(interval, self.end - 6, interval)  # a few of them missed
        for day in [day + rng.randint(-6, 6) for day in planned if rng.random() > 0.05]:
            if self.progression is not None and rng.random() < 0.4:
                break
            sizes = [self.size_of(lesion, day) for lesion in self.targets]
            hepatic = [self.sign] * (day >= self.hepatic)
            self.scan(day, sizes, hepatic, [self.site] * (day >= self.outside), method)

    def size_of(self, lesion: Lesion, day: int) -> int:
        """Draw the diameter of a target on a day after the first procedure."""
        if self.shrinkage == 1:
            left = 1 - day / 150
            return max(0, round(lesion.diameter * left)) if left > 0.15 else 0
        gone = self.shrinkage * (1 - math.exp(-day / 40))
        if lesion.organ != "liver":
            gone *= 0.4
        grown = 1.0
        if self.sign == "sum":
            since = day - self.hepatic
            grown = 1.26 + since / 500 if since >= 0 else 1 + 0.15 * max(0.0, 1 + since / 90) ** 2
        return max(1, round(lesion.diameter * (1 - gone) * grown * self.rng.uniform(0.98, 1.02)))

    def misses_a_target(self, day: int) -> bool:
        """Whether the last target is not measured, at a few scans before progression."""
        return 0 < day < min(self.hepatic, self.outside) and self.rng.random() < 0.03

    def forgets(self, response: str) -> bool:
        """Whether a response is not recorded."""
        return response != "PD" and self.rng.random() < 0.03

    def lesions(
        self, day: int, sizes: Sequence[Any], new: Sequence[str]
    ) -> Iterator[Sequence[Any]]:
        """Each lesion of a scan: targets, others, and new ones."""
        yield from super().lesions(day, sizes, new)
        for number, lesion in enumerate(self.in_liver + self.elsewhere, start=1):
            shown = lesion.diameter if day < 0 else "present"
            yield f"N{number}", lesion.organ, "no", shown, ""
        for number, organ in enumerate(new, start=1):
            yield f"X{number}", organ, "no", self.rng.randint(10, 22), ""

    # Procedures ---------------------------------------------------------------------------

    def procedures(self) -> None:
        """Draw two to seven procedures; the other modality only for those who live to receive it.

        No procedure but the first lies within 30 days of a death.
        """
        rng, last = self.rng, self.end - (31 if self.died else 3)
        progression = last if self.progression is None else min(last, self.progression)
        days = self.procedure_days((2, 3, 3, 4, 4, 5, 6, 7), progression)
        switch = self.switch(len(days))
        if switch == len(days):  # after progression in the liver: two or three of the other kind
            day = max(days[-1], self.progression or 0)
            for _ in range(rng.choice((2, 2, 3))):
                day += rng.randint(21, 42)
                days += [day] * (day <= last)
        self.treat(days, (self.first, HAI if self.first == TACE else TACE), switch)

    def switch(self, number: int) -> int:
        """Before which procedure the modality changes: `number` for after them, more for never."""
        if number > 2 and self.rng.random() < 0.25:
            return self.rng.randint(2, number - 1)
        hepatic_alone = self.progressed.keys() == {"liver"}
        return number if hepatic_alone and self.rng.random() < 0.45 else number + 9

    def embolization(self) -> Row:
        """Draw what is given with an embolic, as the centre does it."""
        rng = self.rng
        level = rng.choice(("lobar", "lobar", "segmental"))
        if rng.random() < self.centre["beads"]:
            dose = rng.choice(("100 mg", "100 mg", "200 mg"))
            beads = rng.choice(("beads 70-150 µm", "beads 100-300 µm"))
            return given("DEB_TACE", "irinotecan", dose, f"drug-eluting {beads}", level)
        drug, dose = rng.choice((("irinotecan", "150 mg"), ("mitomycin", "10 mg")))
        return given(TACE, drug, dose, "lipiodol", level)

    # The sheet of patients ----------------------------------------------------------------

    def history(self) -> Row:
        """Draw the dates before the first procedure, which other clocks start from."""
        rng, synchronous = self.rng, self.row["synchronous"] == "synchronous"
        end_systemic = self.on(-rng.randint(21, 140))
        treated = sum(rng.randint(110, 260) for _ in range(self.row["prior_lines"]))
        mets = end_systemic - timedelta(treated + rng.randint(14, 60))
        before = rng.randint(0, 60) if synchronous else rng.randint(200, 1500)
        return {
            "diagnosis_date": mets - timedelta(before),
            "liver_mets_date": mets,
            "end_systemic_date": end_systemic,
        }

    def course(self) -> Row:
        """Draw what followed progression, and put what happened into columns."""
        rng, progression = self.rng, self.progression
        cause = "disease" if progression is not None or rng.random() < 0.6 else "other"
        found = self.outcome(
            "lost" if self.lost else "alive", "procedure" if self.of_procedure else cause
        )
        if progression is not None and self.end - progression > 45 and rng.random() < 0.7:
            found["subsequent_therapy"] = rng.choice(DRAWN["afterwards"])
        if found["best_response"] in ("CR", "PR") and rng.random() < 0.08:
            found["resected_after"] = "yes"
        return found


def forget(patients: Sequence[Row], rng: random.Random) -> None:
    """Empty the cells that nobody filled in, and blur a few dates of long ago."""
    without_ca199 = {centre["name"] for centre in CENTRES if not centre.get("has_ca199", True)}
    for patient in patients:
        for column, share in DESIGN["missing"].items():
            if rng.random() < share:
                patient[column] = ""
        if patient["centre"] in without_ca199:
            patient["ca199_baseline"] = ""
    old = [each for each in patients if each["synchronous"] == "metachronous"]
    for patient in rng.sample(old, TO_THE_MONTH):
        patient["diagnosis_date"] = f"{patient['diagnosis_date']:%m.%Y}"


def registry(patients: int = PATIENTS) -> Tables:
    """Draw the whole registry, always the same of one size: rows of each table."""
    rng = random.Random(SOURCE["seed"])
    drawn = enumerate(entries(rng, patients), start=1)
    found = tables(Registered(rng, number, entry) for number, entry in drawn)
    forget(found["patients"], rng)
    return found


def sample() -> Sample:
    """The workbook."""
    data, title = workbook(registry(), SOURCE), "Synthetic registry, 240 patients"
    return Sample("synthetic_240.xlsx", title, SOURCE["note"], data)


def the_truth() -> dict[str, Any]:
    """What is true of the registry's patients, on each scale, and how it is known."""
    return {
        "what": "Chemoembolization (TACE, drug-eluting or not) against chemoinfusion (HAI) as the "
        "first procedure; overall survival from it. Months are days / 30.4375.",
        "conditional": {
            "how": "The coefficients that deaths are drawn with: log hazard ratios, each given all "
            "the others. A Cox model with all of these covariates estimates them.",
            "log_hazard_ratios": {name: round(value, 4) for name, value in DESIGN["death"].items()},
            "hazard_ratio": round(math.exp(next(iter(DESIGN["death"].values()))), 4),
            "baseline": {
                "distribution": "Weibull",
                "shape": population.SHAPE,
                "scale_days": population.SCALE,
            },
        },
        "propensity": {
            "how": "The log odds that the first procedure is drawn with.",
            "log_odds": DESIGN["treatment"],
        },
        "marginal_in_the_overlap_population": {
            "how": "Both potential outcomes of every patient of a simulated population, weighted "
            "by e (1 - e) with the true propensity e, nobody censored before the common horizon; "
            "by lib/statistics. The hazard ratio is Cox's over all of the horizon, and is not the "
            "conditional one. An analysis with overlap weights estimates these.",
            "patients": POPULATION,
            "seed": TRUTH_SEED,
            "horizon_months": population.HORIZON,
            "estimands": population.truth(POPULATION, PARTS, TRUTH_SEED),
        },
    }
