"""The sample files keep what they promise, computed again from the raw files alone."""

import csv
import hashlib
import io
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.conftest import contents

FOLDER = Path(__file__).parents[2] / "sample_data"
MONTH = Fraction(487, 16)  # 30.4375 days
FILES = ("synthetic_36.xlsx", "synthetic_36_ru.csv")


def read_sheets():
    book = CalamineWorkbook.from_path(FOLDER / "synthetic_36.xlsx")
    for name in book.sheet_names:
        header, *rows = book.get_sheet_by_name(name).to_python()
        yield name, [dict(zip(header, row, strict=True)) for row in rows]


def read_csv():
    text = (FOLDER / "synthetic_36_ru.csv").read_bytes().decode("cp1251")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


SHEETS = dict(read_sheets())
PATIENTS = {row["patient_id"]: row for row in SHEETS["patients"]}
RUSSIAN = read_csv()


def by_patient(sheet):
    rows = defaultdict(list)
    for row in SHEETS[sheet]:
        rows[row["patient_id"]].append(row)
    return rows


PROCEDURES, SCANS = by_patient("procedures"), by_patient("assessments")


def survival_times():
    """Days to death or last contact, and whether the patient died."""
    for row in PATIENTS.values():
        died = row["vital_status"] == "dead"
        end = row["death_date"] if died else row["last_contact_date"]
        yield (end - row["first_procedure_date"]).days, died


def progression_free_times():
    """Days to progression, death or the last scan, and whether there was an event."""
    for row in PATIENTS.values():
        events = [row[name] for name in ("progression_date", "death_date") if row[name]]
        end = min(events) if events else row["last_assessment_date"]
        yield (end - row["first_procedure_date"]).days, bool(events)


OS, PFS = list(survival_times()), list(progression_free_times())


def kaplan_meier(times):
    """Survival just after each day with an event, as fractions."""
    steps, survival = [], Fraction(1)
    for day in sorted({day for day, event in times if event}):
        at_risk = sum(other >= day for other, _ in times)
        survival *= 1 - Fraction(times.count((day, True)), at_risk)
        steps.append((day, survival))
    return steps


def survival_at(times, months):
    return [Fraction(1), *(s for day, s in kaplan_meier(times) if day <= months * MONTH)][-1]


def events_by(times, months):
    return sum(event and day <= months * MONTH for day, event in times)


def baseline_and_visits(patient_id):
    """Sums of target diameters by date: the last before the first procedure, and those after."""
    sums = Counter()
    for row in SHEETS["lesions"]:
        if row["patient_id"] == patient_id and row["target"] == "yes":
            sums[row["assessment_date"]] += int(row["diameter_mm"])
    start = PATIENTS[patient_id]["first_procedure_date"]
    before = [day for day in sums if day <= start]
    assert len(before) == 1
    return sums[before[0]], {day: sums[day] for day in sorted(sums) if day > start}


def target_response(total, baseline, nadir):
    if total - nadir >= 5 and Fraction(total, nadir) >= Fraction(12, 10):
        return "PD"
    if Fraction(total, baseline) <= Fraction(7, 10):
        return "PR"
    return "SD"


def derived_visits(patient_id):
    """Overall response at each visit by RECIST 1.1, from diameters and flags alone."""
    baseline, visits = baseline_and_visits(patient_id)
    flags = {row["assessment_date"]: row for row in SCANS[patient_id]}
    nadir = baseline
    for day, total in visits.items():
        response = target_response(total, baseline, nadir)
        if flags[day]["new_lesion"] == "yes" or flags[day]["nontarget"] == "PD":
            response = "PD"
        nadir = min(nadir, total)
        yield day, response


def derived_status(patient_id, days):
    """Status at a fixed time: PD stays, PR stays until PD, else the scan nearest to it."""
    start = PATIENTS[patient_id]["first_procedure_date"]
    visits = [((day - start).days, response) for day, response in derived_visits(patient_id)]
    seen = [response for day, response in visits if day <= days]
    if "PD" in seen:
        return "PD"
    window = [visit for visit in visits if abs(visit[0] - days) <= 45]
    _, nearest = min(window, key=lambda visit: (abs(visit[0] - days), -visit[0]))
    return "PR" if nearest == "SD" and "PR" in seen else nearest


def samples():
    return tomllib.loads((FOLDER / "samples.toml").read_text(encoding="utf-8"))


def test_running_the_script_again_writes_the_same_files(tmp_path):
    command = [sys.executable, "-m", "sample_data.make_sample", tmp_path]
    subprocess.run(command, cwd=FOLDER.parent, check=True)
    for file in FILES:
        assert contents(tmp_path / file) == contents(FOLDER / file), file
    listed = tomllib.loads((tmp_path / "samples.toml").read_text(encoding="utf-8"))
    assert {name: each["title"] for name, each in listed.items()}.items() <= {
        name: each["title"] for name, each in samples().items()
    }.items()


def test_samples_are_named_with_their_hashes():
    named = [sample for sample in samples().values() if "36" in sample["file"]]
    assert [sample["file"] for sample in named] == list(FILES)
    for sample in named:
        data = (FOLDER / sample["file"]).read_bytes()
        assert sample["sha256"] == hashlib.sha256(data).hexdigest()
        assert sample["synthetic"] is True
        assert "None of them exists" in sample["note"]
        assert "the split by modality is invented" in sample["note"]


def test_c1_there_are_36_patients_of_two_centres():
    assert len(PATIENTS) == len(SHEETS["patients"]) == len(RUSSIAN) == 36
    assert len({row["centre"] for row in PATIENTS.values()}) == 2


def test_c2_responses_at_6_months():
    found = Counter(row["response_6m"] for row in PATIENTS.values())
    assert found == {"PR": 1, "SD": 29, "PD": 6}


def test_c3_responses_at_12_months():
    assert Counter(row["response_12m"] for row in PATIENTS.values()) == {"SD": 21, "PD": 15}


def test_c4_progression_stays_and_the_responder_progresses():
    at_12 = defaultdict(list)
    for row in PATIENTS.values():
        at_12[row["response_6m"]].append(row["response_12m"])
    assert at_12["PD"] == ["PD"] * 6
    assert at_12["PR"] == ["PD"]
    assert at_12["SD"].count("PD") == 8


@pytest.mark.parametrize(("months", "deaths"), [(6, 2), (12, 6)])
def test_c5_all_who_die_early_have_progressed(months, deaths):
    assert events_by(OS, months) == deaths
    early = [
        row[f"response_{months}m"]
        for row, (day, died) in zip(PATIENTS.values(), OS, strict=True)
        if died and day <= months * MONTH
    ]
    assert early == ["PD"] * deaths


@pytest.mark.parametrize("times", [OS, PFS], ids=["OS", "PFS"])
def test_c6_no_one_is_censored_by_12_months(times):
    assert [day for day, event in times if not event and day <= 12 * MONTH] == []


def test_c7_survival_at_12_months():
    assert survival_at(OS, 12) == Fraction(30, 36)


def test_c8_survival_passes_one_half_at_22_months():
    steps = kaplan_meier(OS)
    passing = next(index for index, (_, survival) in enumerate(steps) if survival <= Fraction(1, 2))
    day, survival = steps[passing]
    assert steps[passing - 1][1] > Fraction(1, 2) > survival
    assert 21.95 <= day / MONTH < 22.05
    assert f"{float(day / MONTH):.1f}" == "22.0"


@pytest.mark.parametrize(("months", "latest", "events"), [(6, 182, 6), (12, 365, 15)])
def test_c9_events_of_progression_free_survival(months, latest, events):
    assert events_by(PFS, months) == events
    for row, (day, _) in zip(PATIENTS.values(), PFS, strict=True):
        assert (day <= latest) == (row[f"response_{months}m"] == "PD")


@pytest.mark.parametrize("patient_id", PATIENTS)
def test_c10_recorded_responses_follow_from_the_lesions(patient_id):
    recorded = [
        (row["assessment_date"], row["response_recorded"])
        for row in SCANS[patient_id]
        if row["response_recorded"]
    ]
    assert recorded == list(derived_visits(patient_id))
    patient = PATIENTS[patient_id]
    assert derived_status(patient_id, 183) == patient["response_6m"]
    assert derived_status(patient_id, 365) == patient["response_12m"]
    progressed = [day for day, response in recorded if response == "PD"]
    assert patient["progression_date"] == min(progressed, default="")
    assert patient["last_assessment_date"] == recorded[-1][0]


@pytest.mark.parametrize("patient_id", PATIENTS)
def test_c10_a_scan_lies_near_6_months(patient_id):
    start = PATIENTS[patient_id]["first_procedure_date"]
    days = [(row["assessment_date"] - start).days for row in SCANS[patient_id]]
    assert min(abs(day - 183) for day in days) <= 45


def test_c10_sums_are_those_of_the_targets():
    sums = Counter()
    for row in SHEETS["lesions"]:
        sums[row["patient_id"], row["assessment_date"]] += row["diameter_mm"]
    stored = {
        (row["patient_id"], row["assessment_date"]): row["sld_mm"] for row in SHEETS["assessments"]
    }
    assert stored == dict(sums)


def test_c10_targets_are_measurable_and_at_most_two_in_the_liver():
    starts = {key: row["first_procedure_date"] for key, row in PATIENTS.items()}
    baseline = [
        row
        for row in SHEETS["lesions"]
        if row["assessment_date"] <= starts[row["patient_id"]] and row["target"] == "yes"
    ]
    assert all(row["diameter_mm"] >= (15 if row["node"] == "yes" else 10) for row in baseline)
    organs = Counter((row["patient_id"], row["organ"]) for row in baseline)
    assert max(organs.values()) == 2
    for patient_id, row in PATIENTS.items():
        liver = [
            lesion["diameter_mm"]
            for lesion in baseline
            if (lesion["patient_id"], lesion["organ"]) == (patient_id, "liver")
        ]
        assert len(liver) == min(row["n_lesions"], 2)
        assert max(liver) == row["largest_lesion_mm"]


def test_c10_progression_is_seen_in_more_than_one_way():
    signs = Counter()
    for patient_id, row in PATIENTS.items():
        for scan in SCANS[patient_id]:
            if scan["assessment_date"] == row["progression_date"]:
                signs["new lesion"] += scan["new_lesion"] == "yes"
                signs["non-target"] += scan["nontarget"] == "PD"
                signs["all"] += 1
    assert signs["new lesion"] >= 3 and signs["non-target"] >= 2
    assert signs["all"] > signs["new lesion"] + signs["non-target"]


def test_c11_the_workbook_says_that_it_is_invented():
    source = {row["key"]: row["value"] for row in SHEETS["source"]}
    assert source["synthetic"] == "yes"
    assert "None of them exists" in source["note"]
    assert "The split by modality" in source["invented"]
    assert "are invented" in source["invented"]


# Three numbers that happen to be equal, each counted in its own way.


def test_disease_control_at_6_months():
    controlled = sum(row["response_6m"] in {"CR", "PR", "SD"} for row in PATIENTS.values())
    assert Fraction(controlled, len(PATIENTS)) == Fraction(30, 36)


def test_progression_free_survival_at_6_months():
    assert survival_at(PFS, 6) == Fraction(30, 36)
    assert survival_at(PFS, 12) == Fraction(21, 36)


def test_overall_survival_at_12_months():
    assert survival_at(OS, 12) == Fraction(30, 36)
    assert survival_at(OS, 6) == Fraction(34, 36)


def test_follow_up():
    assert sum(died for _, died in OS) == 24
    reverse = kaplan_meier([(day, not died) for day, died in OS])
    median = next(day for day, survival in reverse if survival < Fraction(1, 2))
    assert 28 <= median / MONTH <= 32
    cut_off = date.fromisoformat({r["key"]: r["value"] for r in SHEETS["source"]}["data cut-off"])
    starts = [row["first_procedure_date"] for row in PATIENTS.values()]
    assert all((cut_off - start).days > 12 * MONTH for start in starts)
    assert 2.5 * 365 <= (max(starts) - min(starts)).days <= 3.2 * 365
    assert max(row["last_contact_date"] for row in PATIENTS.values()) <= cut_off


def test_modality_as_recorded_is_what_was_done():
    recorded = Counter(row["modality"] for row in PATIENTS.values())
    assert recorded == {"HAI": 14, "TACE": 12, "HAI+TACE": 10}
    for patient_id, row in PATIENTS.items():
        done = {"HAI" if p["modality"] == "HAI" else "TACE" for p in PROCEDURES[patient_id]}
        assert done == set(row["modality"].split("+"))
        assert PROCEDURES[patient_id][0]["modality"] in {"HAI", "TACE"}


def test_some_of_both_began_with_each():
    first = Counter(
        PROCEDURES[patient_id][0]["modality"]
        for patient_id, row in PATIENTS.items()
        if row["modality"] == "HAI+TACE"
    )
    assert sum(first.values()) == 10 and min(first["HAI"], first["TACE"]) >= 3


@pytest.mark.parametrize("patient_id", PATIENTS)
def test_dates_are_in_order(patient_id):
    row = PATIENTS[patient_id]
    days = [procedure["procedure_date"] for procedure in PROCEDURES[patient_id]]
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    assert 2 <= len(days) <= 6 and all(28 <= gap <= 56 for gap in gaps)
    assert days[0] == row["first_procedure_date"]
    assert row["liver_mets_date"] < row["end_systemic_date"] < days[0]

    scans = [scan["assessment_date"] for scan in SCANS[patient_id]]
    assert scans == sorted(set(scans))
    assert scans[0] < days[0] < scans[1]
    assert (days[0] - scans[0]).days <= 28
    end = row["death_date"] or row["last_contact_date"]
    assert max(scans[-1], days[-1], row["progression_date"] or days[0]) < end
    assert row["last_contact_date"] == end
    assert bool(row["death_date"]) == bool(row["cause_of_death"]) == (row["vital_status"] == "dead")


def test_adverse_events_follow_a_procedure():
    done = {(row["patient_id"], row["procedure_date"]) for row in SHEETS["procedures"]}
    assert {(row["patient_id"], row["procedure_date"]) for row in SHEETS["adverse_events"]} <= done
    for row in SHEETS["adverse_events"]:
        assert 0 <= (row["date"] - row["procedure_date"]).days <= 30
        assert row["date"] <= PATIENTS[row["patient_id"]]["last_contact_date"]


def test_only_covariates_are_missing_and_few():
    may_be_empty = {"progression_date", "progression_site", "death_date", "cause_of_death"}
    empty = Counter(
        column
        for row in PATIENTS.values()
        for column, value in row.items()
        if value == "" and column not in may_be_empty
    )
    assert empty == {"cea_baseline": 3, "ras": 3}


# The Russian file, header by header: how a cell of it reads in the workbook.

RESPONSE = {"частичный ответ": "PR", "стабилизация": "SD", "прогрессирование": "PD"}
WORDS = {
    "Пол": {"м": "M", "ж": "F"},
    "Внепеченочные метастазы": {"есть": "yes", "нет": "no"},
    "Мутация RAS": {"мутация": "mut", "дикий тип": "wt"},
    "Вид РХТ": {"ХИПА": "HAI", "ХЭПА": "TACE", "ХИПА+ХЭПА": "HAI+TACE"},
    "Ответ через 6 мес": RESPONSE,
    "Ответ через 12 мес": RESPONSE,
    "Жив/умер": {"жив": "alive", "жива": "alive", "умер": "dead", "умерла": "dead"},
}
COLUMNS = {
    "Код пациента": "patient_id",
    "Пол": "sex",
    "Возраст": "age",
    "Статус ECOG": "ecog",
    "Чайлд-Пью": "child_pugh",
    "Поражение печени %": "liver_involvement_pct",
    "Число очагов": "n_lesions",
    "Размер наибольшего очага, мм": "largest_lesion_mm",
    "Внепеченочные метастазы": "extrahepatic",
    "Число линий ХТ": "prior_lines",
    "Мутация RAS": "ras",
    "РЭА нг/мл": "cea_baseline",
    "Дата выявления метастазов в печени": "liver_mets_date",
    "Дата окончания СХТ": "end_systemic_date",
    "Вид РХТ": "modality",
    "Дата первой процедуры": "first_procedure_date",
    "Ответ через 6 мес": "response_6m",
    "Ответ через 12 мес": "response_12m",
    "Дата прогрессирования": "progression_date",
    "Дата последней оценки": "last_assessment_date",
    "Дата последнего контакта": "last_contact_date",
    "Жив/умер": "vital_status",
    "Дата смерти": "death_date",
}
OWN_WORDS = {
    "Центр": "centre",
    "Локализация первичной опухоли": "primary_site",
    "Синхронность": "synchronous",
    "Поражение долей": "lobar",
    "Характер прогрессирования": "progression_site",
    "Причина смерти": "cause_of_death",
}
FROM_PROCEDURES = {"Число курсов", "Дата первой ХИПА", "Дата первой ХЭПА"}


def russian_date(text):
    return datetime.strptime(text, "%d.%m.%Y").date() if text else ""


def russian_cell(header, text):
    if header in WORDS:
        return WORDS[header].get(text, "" if text == "н/д" else text)
    if header.startswith("Дата"):
        return russian_date(text)
    if header in {"Код пациента", "Чайлд-Пью"}:
        return text
    assert "." not in text
    return "" if text == "н/д" else float(text.replace(",", "."))


def test_the_russian_file_has_no_other_columns():
    assert set(RUSSIAN[0]) == COLUMNS.keys() | OWN_WORDS.keys() | FROM_PROCEDURES


@pytest.mark.parametrize("header", COLUMNS)
def test_the_russian_file_holds_the_same_values(header):
    russian = [russian_cell(header, row[header]) for row in RUSSIAN]
    assert russian == [row[COLUMNS[header]] for row in PATIENTS.values()]


@pytest.mark.parametrize("header", OWN_WORDS)
def test_the_russian_file_has_one_word_for_each_level(header):
    english = [row[OWN_WORDS[header]] for row in PATIENTS.values()]
    pairs = set(zip((row[header] for row in RUSSIAN), english, strict=True))
    assert len(pairs) == len({word for word, _ in pairs}) == len(set(english))


def test_the_russian_file_has_the_same_first_procedures():
    for row in RUSSIAN:
        done = PROCEDURES[row["Код пациента"]]
        assert int(row["Число курсов"]) == len(done)
        for header, modality in (("Дата первой ХИПА", "HAI"), ("Дата первой ХЭПА", "TACE")):
            days = [p["procedure_date"] for p in done if modality in p["modality"]]
            assert russian_date(row[header]) == min(days, default="")
        firsts = {header: russian_date(row[header]) for header in sorted(FROM_PROCEDURES)[:2]}
        assert len(set(firsts.values())) == 2  # never both on one day


def test_the_russian_file_is_one_that_a_hospital_sends():
    data = (FOLDER / "synthetic_36_ru.csv").read_bytes()
    assert data.endswith(b"\r\n") and data.count(b"\r\n") == data.count(b"\n") == 37
    assert "ё" not in data.decode("cp1251").splitlines()[0]
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
