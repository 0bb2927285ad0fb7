"""The synthetic cohort of 36 patients: a workbook, and the same patients as a Russian CSV.

No patient here exists. Only the totals are those of a published abstract: responses, deaths and
survival. Who had which modality, drug, size or date is invented.
"""

import csv
import io
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sample_data.files import Row, Sample, Tables, design, workbook
from sample_data.simulation import Lesion, Patient, given, kind_of, tables, target_response

DESIGN = design("design_36.toml")
SOURCE, DRAWN, RUSSIAN = DESIGN["source"], DESIGN["drawn"], DESIGN["russian"]
CUT_OFF = date.fromisoformat(SOURCE["data cut-off"])
CENTRES = list(RUSSIAN["words"])[:2]
IN_LIVER = {"sum", "non-target", "liver"}


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one patient; days count from the first procedure."""

    modalities: str  # in the order in which they were begun
    progression: int  # day of the scan that shows progression; 0 for none
    # signs: what shows it, ``sum``, ``non-target`` or the site of a new lesion, joined by ``+``
    signs: str
    death: int  # 0 while alive at the cut-off
    best: str = "SD"

    def fits(self, followed: int) -> bool:
        """Whether all that happens to a patient happens within the days followed."""
        return followed >= max(0 if self.death else 500, self.progression + 30, self.death)


FATES = [Fate(*fate) for group in DESIGN["fates"].values() for fate in group]


def entries(rng: random.Random) -> list[tuple[Fate, date, int]]:
    """Draw who enters when: fate, first procedure, days to death or last contact, by date."""
    begun, wide = DRAWN["accrual_start"], DRAWN["accrual_slot"]
    while True:
        fates = rng.sample(FATES, len(FATES))
        starts = [
            begun + timedelta(wide * slot + rng.randrange(wide)) for slot in range(len(fates))
        ]
        followed = [(CUT_OFF - start).days - rng.randint(3, 60) for start in starts]
        drawn = list(zip(fates, starts, followed, strict=True))
        # Two alive and seen for less than the median keep the curve off exactly one half.
        early = sum(not fate.death and days < DRAWN["median_day"] for fate, _, days in drawn)
        if early == 2 and all(fate.fits(days) for fate, _, days in drawn):
            return [(fate, start, fate.death or days) for fate, start, days in drawn]


def baseline(rng: random.Random) -> list[Row]:
    """Draw the covariates of 36 patients, with whole-cohort totals fixed where they matter."""

    def totals(**counts: int) -> list[Any]:
        values = [name.replace("_", " ") for name, count in counts.items() for _ in range(count)]
        return rng.sample(values, len(FATES))

    fixed = {
        "centre": rng.sample([CENTRES[0]] * 22 + [CENTRES[1]] * 14, len(FATES)),
        "sex": totals(M=20, F=16),
        "primary_site": totals(left_colon=16, rectum=11, right_colon=9),
        "synchronous": totals(synchronous=22, metachronous=14),
        "child_pugh": totals(A=31, B=5),
        "extrahepatic": totals(no=28, yes=8),
        "ras": rng.sample(["mut"] * 16 + ["wt"] * 17 + [""] * 3, len(FATES)),
        "ecog": rng.sample([0] * 13 + [1] * 18 + [2] * 5, len(FATES)),
        "prior_lines": rng.sample([1] * 6 + [2] * 17 + [3] * 10 + [4] * 3, len(FATES)),
        "n_lesions": rng.sample(DRAWN["lesion_counts"], len(FATES)),
    }
    patients = [
        dict(zip(fixed, values, strict=True)) for values in zip(*fixed.values(), strict=True)
    ]
    for number, row in enumerate(patients, start=1):
        row["patient_id"] = f"P{number:02}"
        row["age"] = round(rng.triangular(45, 78, 64))
        row["largest_lesion_mm"] = min(110, max(17, round(rng.lognormvariate(math.log(43), 0.4))))
        row["cea_baseline"] = round(rng.lognormvariate(math.log(42), 1.2), 1)
    for row in rng.sample(patients, 3):
        row["cea_baseline"] = ""
    return patients


class Participant(Patient):
    """A patient of the 36, to whom happens what a fate says."""

    prefix = "L"
    infusions, embolizations, harms = DRAWN["infusions"], DRAWN["embolizations"], DRAWN["harms"]

    def __init__(self, rng: random.Random, row: Row, start: date, fate: Fate, end: int) -> None:
        super().__init__(rng, row, start)
        self.fate, self.end, self.died = fate, end, fate.death > 0
        self.kinds = fate.modalities.split("+")
        self.first = self.kinds[0]
        self.signs = fate.signs.split("+") if fate.signs else []
        row["first_procedure_date"] = start
        self.history()
        self.procedures()
        self.imaging()
        row |= self.outcome("alive", "disease" if fate.progression else "other")
        self.harm()

    def history(self) -> None:
        """Draw what hangs together: extent in the liver, and dates before the first procedure."""
        row, rng = self.row, self.rng
        lesions = max(row["n_lesions"], 4) if "non-target" in self.signs else row["n_lesions"]
        extent = lesions**0.5 * row["largest_lesion_mm"] / 20
        bilobar = rng.random() < {1: 0.0, 2: 0.4, 3: 0.4}.get(lesions, 0.85)
        end_systemic = self.start - timedelta(rng.randint(21, 120))
        treated = sum(rng.randint(130, 290) for _ in range(row["prior_lines"]))
        row |= {
            "n_lesions": lesions,
            "liver_involvement_pct": min(65, max(5, 5 * round(extent * rng.uniform(0.7, 1.5)))),
            "lobar": "bilobar" if bilobar else "unilobar",
            "end_systemic_date": end_systemic,
            "liver_mets_date": end_systemic - timedelta(treated + rng.randint(14, 60)),
        }

    def procedures(self) -> None:
        """Draw two to six procedures, until progression or before death."""
        fate, rng = self.fate, self.rng
        both = len(self.kinds) == 2
        stop = min(fate.progression or 10_000, (fate.death or 10_000) - 20)
        days = self.procedure_days((3, 4, 4, 5, 6) if both else (2, 3, 3, 4, 4, 5, 6), stop)
        switch = rng.randint(1, len(days) - 1) if both else len(days)
        done = self.treat(days, self.kinds, switch)
        for row in done[1:]:
            if row["modality"] == "TACE" and rng.random() < 0.08:
                beads = "drug-eluting beads 100-300 µm"
                row |= given("DEB_TACE", "irinotecan", "100 mg", beads, row["selectivity"])
        self.row["n_procedures"] = len(done)
        for kind, column in (("HAI", "first_hai_date"), ("TACE", "first_tace_date")):
            dates = [row["procedure_date"] for row in done if kind_of(row) == kind]
            self.row[column] = min(dates, default="")

    def embolization(self) -> Row:
        """Draw what is given with an embolic."""
        drug, dose = self.rng.choice(self.embolizations)
        return given(
            "TACE", drug, dose, "lipiodol", self.rng.choice(("lobar", "lobar", "segmental"))
        )

    def imaging(self) -> None:
        """Draw the targets, two in the liver at most and sometimes one outside; then scans."""
        row, rng = self.row, self.rng
        largest, outside = row["largest_lesion_mm"], row["extrahepatic"] == "yes"
        self.targets = [Lesion("liver", largest)]
        if row["n_lesions"] > 1:
            second = max(11, round(largest * rng.uniform(0.45, 0.95)))
            self.targets.append(Lesion("liver", min(second, largest)))
        if outside and rng.random() < 0.5:
            self.targets.append(Lesion(*rng.choice((("lung", 14), ("lymph node", 18)))))
            outside = False
        self.has_others = row["n_lesions"] > 2 or outside
        days = self.scan_days()
        sizes = [[lesion.diameter for lesion in self.targets], *self.sizes(days)]
        method = rng.choice(("CT", "CT", "CT", "MRI"))
        for day, now in zip([-rng.randint(2, 21), *days], sizes, strict=True):
            signs = self.signs if self.progressed_by(day) else []
            hepatic = [sign for sign in signs if sign in IN_LIVER]
            self.scan(day, now, hepatic, [each for each in signs if each not in IN_LIVER], method)

    def progressed_by(self, day: int) -> bool:
        """Whether a scan of that day shows progression."""
        return 0 < self.fate.progression <= day

    def scan_days(self) -> list[int]:
        """Days of the scans after baseline: about 3, 6, 9 and 12 months, then every 3 months."""
        rng, progression = self.rng, self.fate.progression
        planned = zip((84, 183, 274, 366), (9, 12, 12, 14), strict=True)
        days = first_year = [day + rng.randint(-jitter, jitter) for day, jitter in planned]
        while days[-1] < self.end:
            days = [*days, days[-1] + rng.randint(84, 105)]
        if not progression:
            return [day for day in days if day <= self.end - 7]
        before = [day for day in days if day <= progression - 40]
        after = [day for day in first_year if progression + 40 <= day <= self.end - 10]
        return [*before, progression, *after]

    def sizes(self, days: list[int]) -> Iterator[list[int]]:
        """Draw diameters scan by scan, such that RECIST 1.1 gives the target responses wanted."""
        now = [lesion.diameter for lesion in self.targets]
        baseline = nadir = sum(now)
        for day in days:
            wanted = self.fate.best if day > 150 else "SD"
            if self.progressed_by(day) and "sum" in self.signs:
                wanted = "PD"
            for _ in range(10_000):
                drawn = self.drawn(wanted, now, baseline / sum(now), nadir / sum(now))
                if target_response(sum(drawn), baseline, nadir) == wanted:
                    break
            else:
                raise RuntimeError(f"no diameters found that give {wanted} after {now}")
            now, nadir = drawn, min(nadir, sum(drawn))
            yield now

    def drawn(self, wanted: str, now: list[int], baseline: float, nadir: float) -> list[int]:
        """Draw diameters that may give a response; sums are of what they are now."""
        low, high = {
            "SD": (0.92, 1.07),
            "PR": (0.55 * baseline, 0.68 * baseline),
            "PD": (max(1.0, 1.22 * nadir), max(1.15, 1.5 * nadir)),
        }[wanted]
        liver = self.rng.uniform(low, high)
        return [
            round(size * self.rng.uniform(0.97, 1.03) * (liver if lesion.organ == "liver" else 1))
            for size, lesion in zip(now, self.targets, strict=True)
        ]

    def viable(self, organ: str, size: Any, embolized: bool) -> Any:
        """Draw for every lesion, and show what is in the liver."""
        found = super().viable("liver", size, embolized)
        return found if organ == "liver" else ""


def cohort() -> Tables:
    """Draw the whole cohort, always the same: rows of each table."""
    rng = random.Random(SOURCE["seed"])
    drawn = zip(entries(rng), baseline(rng), strict=True)
    return tables(Participant(rng, row, start, fate, end) for (fate, start, end), row in drawn)


NOT_KNOWN = {"ras": "н/д", "cea_baseline": "н/д"}
VITAL_STATUS = {"alive": ("жив", "жива"), "dead": ("умер", "умерла")}
COLUMNS = {
    "patients": [
        column
        for column in RUSSIAN["headers"]
        if column
        not in {"n_procedures", "first_hai_date", "first_tace_date"}  # a sheet tells these
    ],
    "lesions": [
        *("patient_id", "lesion_id", "organ", "node", "target"),
        *("assessment_date", "diameter_mm", "viable_mm"),
    ],
}


def russian(column: str, value: Any, is_woman: bool) -> str:
    """One cell as a Russian hospital would type it."""
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if column == "vital_status":
        return VITAL_STATUS[value][is_woman]
    return RUSSIAN["words"].get(value, str(value)) if value != "" else NOT_KNOWN.get(column, "")


def spreadsheet(tables: Tables) -> bytes:
    """Lay the patients out as a Russian CSV, one row a patient."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(RUSSIAN["headers"].values())
    for row in tables["patients"]:
        is_woman = row["sex"] == "F"
        writer.writerow(russian(column, row[column], is_woman) for column in RUSSIAN["headers"])
    return text.getvalue().encode("cp1251")


def samples() -> list[Sample]:
    """Both files."""
    drawn, title, note = cohort(), "Synthetic cohort, 36 patients", SOURCE["note"]
    return [
        Sample("synthetic_36.xlsx", title, note, workbook(drawn, SOURCE, COLUMNS)),
        Sample("synthetic_36_ru.csv", f"{title}, as a Russian CSV", note, spreadsheet(drawn)),
    ]
