"""Write the synthetic 36-patient cohort: a workbook, a Russian CSV, and their hashes.

Usage: python -m sample_data.make_sample [FOLDER]

No patient here exists. Only the totals are those of a published abstract: responses, deaths and
survival. Who had which modality, drug, size or date is invented. Running the script again writes
the same bytes.
"""

import csv
import io
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sample_data.files import Row, Sample, Tables, publish, workbook
from sample_data.tumours import Lesion, target_response

SEED = 42
ACCRUAL_START = date(2017, 3, 1)
ACCRUAL_SLOT = 30  # days; one patient enters in each slot, so accrual takes about three years
CUT_OFF = date(2021, 6, 30)
MEDIAN_DAY = 670  # 22.01 months: the death at which Kaplan-Meier survival passes one half
CENTRES = (
    "Granov Research Center, St Petersburg",
    "RZD-Medicine Clinical Hospital, Moscow",
)
OUTSIDE_LIVER = {"lung", "lymph node", "peritoneum"}
LESION_COUNTS = (
    *([1] * 4 + [2] * 5 + [3] * 5 + [4] * 5 + [5] * 4),
    *(6, 6, 7, 7, 8, 8, 9, 10, 11, 12, 14, 17, 21),
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one patient; days count from the first procedure."""

    modalities: tuple[str, ...]  # in the order in which they were begun
    # response_6m, response_12m: status at 6 and 12 months
    response_6m: str
    response_12m: str
    progression: int | None  # day of the scan that shows progression
    sign: str  # what shows it: ``sum``, ``non-target`` or the site of a new lesion, joined by ``+``
    death: int | None  # day of death; None while alive at the cut-off

    @property
    def signs(self) -> set[str]:
        """The signs of progression one by one; empty without progression."""
        return set(self.sign.split("+")) - {""}

    @property
    def recorded(self) -> str:
        """The modality as a hospital would record it, in no telling order."""
        return "+".join(sorted(self.modalities))


HAI, TACE, HAI_TACE, TACE_HAI = ("HAI",), ("TACE",), ("HAI", "TACE"), ("TACE", "HAI")

FATES = (
    # Progressive at 6 months: six, two of whom die by then.
    Fate(HAI, "PD", "PD", 139, "liver", 166),
    Fate(TACE, "PD", "PD", 151, "non-target", 179),
    Fate(HAI, "PD", "PD", 94, "sum", 263),
    Fate(TACE, "PD", "PD", 158, "sum", 419),
    Fate(HAI, "PD", "PD", 176, "lung", 506),
    Fate(HAI, "PD", "PD", 88, "sum+lung", 548),
    # Progressive by 12 months: nine more, the one responder among them.
    Fate(HAI, "SD", "PD", 252, "sum", 301),
    Fate(TACE, "SD", "PD", 268, "liver", 338),
    Fate(HAI_TACE, "SD", "PD", 284, "sum", 359),
    Fate(TACE, "SD", "PD", 279, "non-target", 447),
    Fate(HAI, "SD", "PD", 341, "lung", 531),
    Fate(TACE_HAI, "SD", "PD", 352, "sum", 574),
    Fate(HAI, "SD", "PD", 348, "lymph node", None),
    Fate(HAI, "SD", "PD", 276, "sum", 489),
    Fate(TACE, "PR", "PD", 347, "sum", 783),
    # Stable at 12 months: twenty-one.
    Fate(HAI, "SD", "SD", 447, "sum", 590),
    Fate(TACE, "SD", "SD", None, "", 612),
    Fate(TACE, "SD", "SD", 468, "liver", 633),
    Fate(HAI_TACE, "SD", "SD", 512, "sum", 655),
    Fate(HAI, "SD", "SD", 553, "lung", MEDIAN_DAY),
    Fate(TACE_HAI, "SD", "SD", 461, "non-target", 716),
    Fate(HAI_TACE, "SD", "SD", 571, "sum", 811),
    Fate(TACE, "SD", "SD", 664, "peritoneum", 874),
    Fate(HAI, "SD", "SD", None, "", 968),
    Fate(HAI_TACE, "SD", "SD", 803, "sum+liver", 1121),
    Fate(HAI, "SD", "SD", 443, "sum", None),
    Fate(TACE, "SD", "SD", 551, "lung", None),
    Fate(TACE_HAI, "SD", "SD", 604, "sum", None),
    Fate(HAI_TACE, "SD", "SD", 689, "liver", None),
    Fate(TACE, "SD", "SD", 457, "sum", None),
    Fate(HAI, "SD", "SD", None, "", None),
    Fate(TACE, "SD", "SD", None, "", None),
    Fate(HAI_TACE, "SD", "SD", None, "", None),
    Fate(TACE, "SD", "SD", None, "", None),
    Fate(HAI, "SD", "SD", None, "", None),
    Fate(TACE_HAI, "SD", "SD", None, "", None),
)


def entries(rng: random.Random) -> list[tuple[Fate, date, int]]:
    """Draw who enters when: fate, first procedure, days to death or last contact, by date."""
    while True:
        fates = rng.sample(FATES, len(FATES))
        starts = [
            ACCRUAL_START + timedelta(ACCRUAL_SLOT * slot + rng.randrange(ACCRUAL_SLOT))
            for slot in range(len(fates))
        ]
        followed = [(CUT_OFF - start).days - rng.randint(3, 60) for start in starts]
        drawn = list(zip(fates, starts, followed, strict=True))
        # Two alive and seen for less than the median keep the curve off exactly one half.
        early = sum(fate.death is None and days < MEDIAN_DAY for fate, _, days in drawn)
        if early == 2 and all(fits(fate, days) for fate, _, days in drawn):
            return [(fate, start, fate.death or days) for fate, start, days in drawn]


def fits(fate: Fate, followed: int) -> bool:
    """Whether all that happens to a patient happens within the days followed."""
    scanned_after_a_year = 0 if fate.death else 500
    return followed >= max(scanned_after_a_year, (fate.progression or 0) + 30, fate.death or 0)


def scan_days(fate: Fate, end: int, rng: random.Random) -> list[int]:
    """Days of the scans after baseline: about 3, 6, 9 and 12 months, then every 3 months."""
    planned = [84, 183, 274, 366]
    days = [
        day + rng.randint(-jitter, jitter)
        for day, jitter in zip(planned, (9, 12, 12, 14), strict=True)
    ]
    first_year = list(days)
    while days[-1] < end:
        days.append(days[-1] + rng.randint(84, 105))
    if fate.progression is None:
        return [day for day in days if day <= end - 7]
    before = [day for day in days if day <= fate.progression - 40]
    after = [day for day in first_year if fate.progression + 40 <= day <= end - 10]
    return [*before, fate.progression, *after]


def measured(
    lesions: Sequence[Lesion], wanted: Sequence[str], rng: random.Random
) -> Iterator[list[int]]:
    """Draw diameters scan by scan, such that RECIST 1.1 gives the wanted target responses."""
    now = [lesion.diameter for lesion in lesions]
    baseline = nadir = sum(now)
    for response in wanted:
        for _ in range(10_000):
            low, high = {
                "SD": (0.92, 1.07),
                "PR": (0.55 * baseline / sum(now), 0.68 * baseline / sum(now)),
                "PD": (max(1.0, 1.22 * nadir / sum(now)), max(1.15, 1.5 * nadir / sum(now))),
            }[response]
            liver = rng.uniform(low, high)
            drawn = [
                round(size * rng.uniform(0.97, 1.03) * (liver if lesion.organ == "liver" else 1))
                for size, lesion in zip(now, lesions, strict=True)
            ]
            if target_response(sum(drawn), baseline, nadir) == response:
                break
        else:
            raise RuntimeError(f"no diameters found that give {response} after {now}")
        now, nadir = drawn, min(nadir, sum(drawn))
        yield now


def wanted_responses(fate: Fate, days: Sequence[int]) -> tuple[list[str], list[str]]:
    """Overall response wanted at each scan, and the target response that goes with it."""
    overall, target = [], []
    for day in days:
        progressed = fate.progression is not None and day >= fate.progression
        unprogressed = "PR" if fate.response_6m == "PR" and day > 150 else "SD"
        overall.append("PD" if progressed else unprogressed)
        target.append("PD" if progressed and "sum" in fate.signs else unprogressed)
    return overall, target


def baseline_lesions(patient: Row, rng: random.Random) -> list[Lesion]:
    """Draw the targets: at most two in the liver, and sometimes one outside."""
    largest = patient["largest_lesion_mm"]
    lesions = [Lesion("liver", largest)]
    if patient["n_lesions"] > 1:
        second = max(11, round(largest * rng.uniform(0.45, 0.95)))
        lesions.append(Lesion("liver", min(second, largest)))
    if patient["extrahepatic"] == "yes" and rng.random() < 0.5:
        lesions.append(Lesion(*rng.choice((("lung", 14), ("lymph node", 18)))))
    return lesions


def imaging(patient: Row, fate: Fate, end: int, rng: random.Random) -> tuple[list[Row], list[Row]]:
    """Draw the scans of a patient: rows of assessments and of lesions, baseline first."""
    start, lesions = patient["first_procedure_date"], baseline_lesions(patient, rng)
    days = scan_days(fate, end, rng)
    overall, target = wanted_responses(fate, days)
    sizes = [[lesion.diameter for lesion in lesions], *measured(lesions, target, rng)]
    method = rng.choice(("CT", "CT", "CT", "MRI"))
    outside = patient["extrahepatic"] == "yes" and all(part.organ == "liver" for part in lesions)
    steady = "Non-CR/Non-PD" if patient["n_lesions"] > 2 or outside else ""
    site = ", ".join(sorted(fate.signs - {"sum", "non-target"}))

    assessments, diameters = [], []
    scans = zip([-rng.randint(2, 21), *days], ["", *overall], sizes, strict=True)
    for day, response, now in scans:
        progressed = response == "PD"
        row = {
            "patient_id": patient["patient_id"],
            "assessment_date": start + timedelta(day),
            "nontarget": "PD" if progressed and "non-target" in fate.signs else steady,
            "new_lesion": "yes" if progressed and site else "no",
            "new_lesion_site": site if progressed else "",
            "response_recorded": response,
            "sld_mm": sum(now),
            "method": method,
        }
        assessments.append(row)
        embolized = day > 0 and fate.modalities[0] == "TACE"
        for number, (lesion, size) in enumerate(zip(lesions, now, strict=True), start=1):
            viable = round(size * rng.uniform(0.35, 0.9)) if embolized else size
            diameters.append(
                {
                    "patient_id": patient["patient_id"],
                    "lesion_id": f"L{number}",
                    "organ": lesion.organ,
                    "node": "yes" if lesion.is_node else "no",
                    "target": "yes",
                    "assessment_date": row["assessment_date"],
                    "diameter_mm": size,
                    "viable_mm": viable if lesion.organ == "liver" else "",
                }
            )
    return assessments, diameters


def procedures(patient: Row, fate: Fate, rng: random.Random) -> list[Row]:
    """Draw two to six procedures, 4 to 8 weeks apart, until progression or before death."""
    stop = min(fate.progression or 10_000, (fate.death or 10_000) - 20)
    number = rng.choice((3, 4, 4, 5, 6) if len(fate.modalities) == 2 else (2, 3, 3, 4, 4, 5, 6))
    days = [0]
    while len(days) < number and (later := days[-1] + rng.randint(28, 56)) < stop:
        days.append(later)
    switch = rng.randint(1, len(days) - 1) if len(fate.modalities) == 2 else len(days)
    regimens = {modality: regimen(modality, rng) for modality in fate.modalities}
    rows = []
    for index, day in enumerate(days):
        modality = fate.modalities[index >= switch]
        given = dict(regimens[modality])
        if modality == "TACE" and index and rng.random() < 0.08:
            given |= {
                "modality": "DEB_TACE",
                "drug": "irinotecan",
                "dose": "100 mg",
                "embolic": "drug-eluting beads 100-300 µm",
            }
        rows.append(
            {
                "patient_id": patient["patient_id"],
                "procedure_date": patient["first_procedure_date"] + timedelta(day),
                **given,
                "centre": patient["centre"],
            }
        )
    return rows


def regimen(modality: str, rng: random.Random) -> Row:
    """Draw what is given through the hepatic artery."""
    if modality == "HAI":
        drug, dose = rng.choice(
            (
                ("oxaliplatin + 5-FU", "150 mg + 4000 mg"),
                ("oxaliplatin + 5-FU", "130 mg + 3500 mg"),
                ("oxaliplatin + 5-FU", "170 mg + 4500 mg"),
                ("oxaliplatin", "150 mg"),
            )
        )
        embolic, level = "", rng.choice(("proper hepatic artery", "proper hepatic artery", "lobar"))
    else:
        drug, dose = rng.choice(
            (("irinotecan", "100 mg"), ("irinotecan", "150 mg"), ("mitomycin", "10 mg"))
        )
        embolic, level = "lipiodol", rng.choice(("lobar", "lobar", "segmental"))
    return {
        "modality": modality,
        "drug": drug,
        "dose": dose,
        "embolic": embolic,
        "selectivity": level,
    }


POSTEMBOLIZATION = ("abdominal pain", "fever", "nausea")
TOXICITY = (
    "nausea",
    "abdominal pain",
    "neutrophil count decreased",
    "platelet count decreased",
    "peripheral sensory neuropathy",
    "alanine aminotransferase increased",
)
ARTERIAL = ("hepatic artery spasm", "hepatic artery dissection")


def adverse_events(procedure: Row, rng: random.Random) -> list[Row]:
    """Draw what follows one procedure: post-embolization syndrome, toxicity, arterial harm."""
    embolized = procedure["modality"] != "HAI"
    terms = []
    if embolized and rng.random() < 0.45:
        for term in rng.sample(POSTEMBOLIZATION, rng.choice((1, 1, 2))):
            terms.append(
                (term, "CTCAE", rng.choice((1, 1, 1, 2, 2, 2, 2, 3)), rng.randint(0, 2), "yes")
            )
    if rng.random() < (0.1 if embolized else 0.3):
        term = rng.choice(TOXICITY)
        terms.append((term, "CTCAE", rng.choice((1, 1, 2, 2, 3)), rng.randint(3, 12), "no"))
    if rng.random() < 0.03:
        terms.append((rng.choice(ARTERIAL), "CIRSE", rng.choice((1, 2, 3)), 0, "no"))
    return [
        {
            "patient_id": procedure["patient_id"],
            "date": procedure["procedure_date"] + timedelta(days),
            "procedure_date": procedure["procedure_date"],
            "term": term,
            "scale": scale,
            "grade": grade,
            "pes": pes,
        }
        for term, scale, grade, days, pes in terms
    ]


def baseline(rng: random.Random) -> list[Row]:
    """Draw the covariates of 36 patients, with whole-cohort totals fixed where they matter."""

    def totals(**counts: int) -> list[str]:
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
        "n_lesions": rng.sample(LESION_COUNTS, len(FATES)),
    }
    patients = []
    for index in range(len(FATES)):
        row = {name: values[index] for name, values in fixed.items()}
        row["age"] = round(rng.triangular(45, 78, 64))
        row["largest_lesion_mm"] = min(110, max(17, round(rng.lognormvariate(math.log(43), 0.4))))
        row["cea_baseline"] = round(rng.lognormvariate(math.log(42), 1.2), 1)
        patients.append(row)
    for row in rng.sample(patients, 3):
        row["cea_baseline"] = ""
    return patients


def history(patient: Row, fate: Fate, rng: random.Random) -> Row:
    """Draw what hangs together: extent in the liver, and the dates before the first procedure."""
    lesions = max(patient["n_lesions"], 4) if "non-target" in fate.signs else patient["n_lesions"]
    extent = lesions**0.5 * patient["largest_lesion_mm"] / 20
    bilobar = rng.random() < {1: 0.0, 2: 0.4, 3: 0.4}.get(lesions, 0.85)
    end_systemic = patient["first_procedure_date"] - timedelta(rng.randint(21, 120))
    treated = sum(rng.randint(130, 290) for _ in range(patient["prior_lines"]))
    return {
        "n_lesions": lesions,
        "liver_involvement_pct": min(65, max(5, 5 * round(extent * rng.uniform(0.7, 1.5)))),
        "lobar": "bilobar" if bilobar else "unilobar",
        "end_systemic_date": end_systemic,
        "liver_mets_date": end_systemic - timedelta(treated + rng.randint(14, 60)),
    }


def outcome(patient: Row, fate: Fate, end: int, last_scan: date) -> Row:
    """Put a fate into the columns of a patient."""
    start = patient["first_procedure_date"]
    inside, outside = fate.signs - OUTSIDE_LIVER, fate.signs & OUTSIDE_LIVER
    sites = ["liver"] * bool(inside) + ["extrahepatic"] * bool(outside)
    cause = "disease" if fate.progression else "other"
    return {
        "modality": fate.recorded,
        "response_6m": fate.response_6m,
        "response_12m": fate.response_12m,
        "progression_date": start + timedelta(fate.progression) if fate.progression else "",
        "progression_site": " and ".join(sites),
        "last_assessment_date": last_scan,
        "last_contact_date": start + timedelta(end),
        "vital_status": "dead" if fate.death else "alive",
        "death_date": start + timedelta(fate.death) if fate.death else "",
        "cause_of_death": cause if fate.death else "",
    }


def cohort() -> Tables:
    """Draw the whole cohort, always the same: rows of each table."""
    rng = random.Random(SEED)
    tables: Tables = {
        "patients": [],
        "procedures": [],
        "assessments": [],
        "lesions": [],
        "adverse_events": [],
    }
    drawn = zip(entries(rng), baseline(rng), strict=True)
    for number, ((fate, start, end), patient) in enumerate(drawn, start=1):
        patient |= {"patient_id": f"P{number:02}", "first_procedure_date": start}
        patient |= history(patient, fate, rng)
        given = procedures(patient, fate, rng)
        assessments, lesions = imaging(patient, fate, end, rng)
        patient |= outcome(patient, fate, end, assessments[-1]["assessment_date"])
        patient |= {"n_procedures": len(given)}
        for modality, column in (("HAI", "first_hai_date"), ("TACE", "first_tace_date")):
            dates = [row["procedure_date"] for row in given if modality in row["modality"]]
            patient[column] = min(dates, default="")
        tables["patients"].append(patient)
        tables["procedures"] += given
        tables["assessments"] += assessments
        tables["lesions"] += lesions
        tables["adverse_events"] += [event for row in given for event in adverse_events(row, rng)]
    return tables


NOTE = (
    "None of them exists; the totals reproduce a published abstract, and the split by modality is "
    "invented."
)
SOURCE = (
    ("title", "Synthetic cohort of 36 patients treated through the hepatic artery"),
    ("synthetic", "yes"),
    ("note", NOTE),
    (
        "invented",
        "The split by modality and by centre, drugs, doses, sizes of lesions, dates, covariates "
        "and adverse events are invented. No number by modality is the study's.",
    ),
    (
        "abstract",
        "Stukalova, Polikarpov, Ishchenko, Shugushev (2022): X-ray-endovascular interventions in "
        "patients with liver metastases of colorectal cancer after the termination of systemic "
        "chemotherapy",
    ),
    ("data cut-off", CUT_OFF.isoformat()),
    ("seed", SEED),
    ("generator", "sample_data/make_sample.py"),
)


RUSSIAN_VALUES = {
    "centre": {
        CENTRES[0]: "РНЦРХТ им. Гранова, Санкт-Петербург",
        CENTRES[1]: "ЦКБ «РЖД-Медицина», Москва",
    },
    "sex": {"M": "м", "F": "ж"},
    "primary_site": {
        "left colon": "левая половина ободочной кишки",
        "right colon": "правая половина ободочной кишки",
        "rectum": "прямая кишка",
    },
    "synchronous": {"synchronous": "синхронные", "metachronous": "метахронные"},
    "lobar": {"unilobar": "одна доля", "bilobar": "обе доли"},
    "extrahepatic": {"yes": "есть", "no": "нет"},
    "ras": {"mut": "мутация", "wt": "дикий тип", "": "н/д"},
    "cea_baseline": {"": "н/д"},
    "modality": {"HAI": "ХИПА", "TACE": "ХЭПА", "HAI+TACE": "ХИПА+ХЭПА"},
    "response_6m": {"PR": "частичный ответ", "SD": "стабилизация", "PD": "прогрессирование"},
    "response_12m": {"SD": "стабилизация", "PD": "прогрессирование"},
    "progression_site": {
        "liver": "печень",
        "extrahepatic": "вне печени",
        "liver and extrahepatic": "печень и вне печени",
    },
    "vital_status": {"alive": "жив", "dead": "умер"},
    "cause_of_death": {"disease": "основное заболевание", "other": "другая причина"},
}

RUSSIAN_HEADERS = {
    "patient_id": "Код пациента",
    "centre": "Центр",
    "sex": "Пол",
    "age": "Возраст",
    "primary_site": "Локализация первичной опухоли",
    "synchronous": "Синхронность",
    "ecog": "Статус ECOG",
    "child_pugh": "Чайлд-Пью",
    "liver_involvement_pct": "Поражение печени %",
    "n_lesions": "Число очагов",
    "largest_lesion_mm": "Размер наибольшего очага, мм",
    "lobar": "Поражение долей",
    "extrahepatic": "Внепеченочные метастазы",
    "prior_lines": "Число линий ХТ",
    "ras": "Мутация RAS",
    "cea_baseline": "РЭА нг/мл",
    "liver_mets_date": "Дата выявления метастазов в печени",
    "end_systemic_date": "Дата окончания СХТ",
    "modality": "Вид РХТ",
    "n_procedures": "Число курсов",
    "first_procedure_date": "Дата первой процедуры",
    "first_hai_date": "Дата первой ХИПА",
    "first_tace_date": "Дата первой ХЭПА",
    "response_6m": "Ответ через 6 мес",
    "response_12m": "Ответ через 12 мес",
    "progression_date": "Дата прогрессирования",
    "progression_site": "Характер прогрессирования",
    "last_assessment_date": "Дата последней оценки",
    "last_contact_date": "Дата последнего контакта",
    "vital_status": "Жив/умер",
    "death_date": "Дата смерти",
    "cause_of_death": "Причина смерти",
}
WORKBOOK_PATIENTS = [
    column
    for column in RUSSIAN_HEADERS
    if column not in {"n_procedures", "first_hai_date", "first_tace_date"}  # a sheet tells these
]


def book(tables: Tables) -> bytes:
    """Lay the tables out as an Excel workbook."""
    return workbook(tables, SOURCE, WORKBOOK_PATIENTS)


def russian(column: str, value: Any, is_woman: bool) -> str:
    """One cell as a Russian hospital would type it."""
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, float):
        return str(value).replace(".", ",")
    word = RUSSIAN_VALUES.get(column, {}).get(value, str(value))
    ending = {"жив": "жива", "умер": "умерла"} if is_woman else {}
    return ending.get(word, word)


def spreadsheet(tables: Tables) -> bytes:
    """Lay the patients out as a Russian CSV, one row a patient."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(RUSSIAN_HEADERS.values())
    for row in tables["patients"]:
        writer.writerow(
            russian(column, row[column], row["sex"] == "F") for column in RUSSIAN_HEADERS
        )
    return text.getvalue().encode("cp1251")


SAMPLES = (
    Sample("synthetic_36.xlsx", "Synthetic cohort, 36 patients", NOTE, book),
    Sample(
        "synthetic_36_ru.csv",
        "Synthetic cohort, 36 patients, as a Russian CSV",
        NOTE,
        spreadsheet,
    ),
)


if __name__ == "__main__":
    publish(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent, SAMPLES, cohort())
