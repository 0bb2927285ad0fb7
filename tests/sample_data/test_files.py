"""The samples are those of their designs, and what they hold hangs together."""

import hashlib
import subprocess
import sys
import tomllib
from collections import Counter

import pandas as pd
import pytest

from lib.ingest import open_file, propose, read
from lib.schema import COLUMNS
from lib.ui.mapping import open_questions
from sample_data import population as design
from tests.conftest import REGISTRY, contents, sample
from tests.sample_data.sheets import FOLDER, MONTH, THE_36, THE_240

BOTH = pytest.mark.parametrize("cohort", [THE_36, THE_240], ids=["36", "240"])


def test_running_the_scripts_again_writes_the_same_files(tmp_path):
    subprocess.run([sys.executable, "-m", "sample_data", tmp_path], cwd=FOLDER.parent, check=True)
    found = {file.name for file in tmp_path.iterdir()}
    kept = {f.name for f in FOLDER.iterdir() if f.suffix in (".xlsx", ".csv", ".json")}
    assert found == {"samples.toml", *kept}
    for file in kept:
        assert contents(tmp_path / file) == contents(FOLDER / file), file
    again, listed = (
        tomllib.loads((folder / "samples.toml").read_text(encoding="utf-8"))
        for folder in (tmp_path, FOLDER)
    )
    assert list(again) == list(listed) == ["synthetic_36", "synthetic_36_ru", "synthetic_240"]
    for name, each in listed.items():
        assert {**again[name], "sha256": ""} == {**each, "sha256": ""}
        assert each["sha256"] == hashlib.sha256((FOLDER / each["file"]).read_bytes()).hexdigest()
        assert each["synthetic"] is True and "None of them exists" in each["note"]


@BOTH
def test_the_files_say_what_is_invented(cohort):
    assert cohort.source["synthetic"] == "yes"
    assert "None of them exists" in cohort.source["note"]
    said = "The split by modality" if cohort is THE_36 else "Everything."
    assert cohort.source["invented"].startswith(said)


@BOTH
def test_dates_are_in_order(cohort):
    """The dates of each patient follow one another, and a modality is what was done."""
    patients, start, end = cohort.patients, cohort.start, cohort.end
    assert not (patients["liver_mets_date"] > patients["end_systemic_date"]).any()
    assert not (patients["end_systemic_date"] >= start).any()
    done = cohort.procedures.groupby("patient_id")["procedure_date"]
    scans = cohort.tables["assessments"].groupby("patient_id")["assessment_date"]
    for days in (done, scans):
        assert days.is_monotonic_increasing.all() and not days.apply(lambda d: d.duplicated()).any()
    assert done.first().equals(start.loc[done.first().index]) and (done.max() < end).all()
    assert (start - scans.first()).dt.days.between(1, 28).all() and (scans.max() < end).all()
    assert (patients["last_assessment_date"].fillna(scans.first()) == scans.max()).all()
    dead = patients["vital_status"] == "dead"
    for column in ("death_date", "cause_of_death"):
        assert (patients[column].notna() == dead).all()
    assert (patients["death_date"] == end)[dead].all()
    kinds = cohort.kinds.groupby(cohort.procedures["patient_id"])
    assert (kinds.agg(lambda each: "+".join(sorted(set(each)))) == patients["modality"]).all()


@BOTH
def test_adverse_events_follow_procedures_on_a_scale_of_their_own(cohort):
    events = cohort.events
    assert (events["date"] <= events["patient_id"].map(cohort.end)).all()
    of_one = events.dropna(subset="procedure_date")
    keys = ["patient_id", "procedure_date"]
    assert len(of_one.merge(cohort.procedures[keys])) == len(of_one)
    assert (of_one["date"] - of_one["procedure_date"]).dt.days.between(0, 30).all()
    terms = events.groupby("scale")["term"].apply(set)
    assert set(terms.index) == {"CTCAE", "CIRSE"} and not terms["CTCAE"] & terms["CIRSE"]
    assert set(events.loc[events["pes"] == "yes", "scale"]) == {"CTCAE"}


@BOTH
def test_targets_are_measurable_and_at_most_two_in_the_liver(cohort):
    lesions = cohort.tables["lesions"]
    before = lesions["assessment_date"] <= lesions["patient_id"].map(cohort.start)
    targets = lesions[before & (lesions["target"] == "yes")]
    least = targets["node"].map({"yes": 15, "no": 10})
    assert (targets["diameter_mm"].astype(float) >= least).all()
    liver = targets[targets["organ"] == "liver"].groupby("patient_id")["diameter_mm"]
    lesions_known = cohort.patients["n_lesions"].clip(upper=2)
    assert (liver.size() == lesions_known).all()
    largest = cohort.patients["largest_lesion_mm"].dropna()
    assert (liver.first().loc[largest.index].astype(float) == largest).all()


# --- the 36; their totals and R's are in `tests/test_sample_numbers.py`


@pytest.mark.parametrize(("months", "latest", "deaths"), [(6, 182, 2), (12, 365, 6)])
def test_who_progresses_or_dies_early_is_recorded_as_progressive(months, latest, deaths):
    patients, start = THE_36.patients, THE_36.start
    first = patients[["progression_date", "death_date"]].min(axis=1)
    early = (first - start).dt.days <= latest
    assert (early == (patients[f"response_{months}m"] == "PD")).all()
    assert ((patients["death_date"] - start).dt.days <= months * MONTH).sum() == deaths
    unprogressed = first.isna()
    assert ((patients["last_assessment_date"] - start).dt.days > 12 * MONTH)[unprogressed].all()


def test_some_of_both_began_with_each():
    recorded = THE_36.patients["modality"]
    assert recorded.value_counts().to_dict() == {"HAI": 14, "TACE": 12, "HAI+TACE": 10}
    assert THE_36.first()[recorded == "HAI+TACE"].value_counts().min() >= 3


def test_the_russian_file_holds_the_same_patients():
    english, russian = sample("workbook").patients, sample("russian").patients
    shared = english.columns.intersection(russian.columns).intersection(COLUMNS)
    assert len(shared) == 29
    own = ["centre", "primary_site", "synchronous", "lobar", "progression_site", "cause_of_death"]
    same = shared.difference(own)
    pd.testing.assert_frame_equal(russian[same], english[same])
    for name in own:  # one word of its own for each level
        pairs = set(zip(russian[name], english[name], strict=True))
        assert len(pairs) == len({word for word, _ in pairs}) == english[name].nunique(dropna=False)


def test_the_russian_file_has_the_same_first_procedures():
    russian = sample("russian").patients.set_index("patient_id")
    done = THE_36.procedures.groupby("patient_id")["procedure_date"]
    assert (russian["n_procedures"] == done.size()).all()
    for column, kind in (("first_hai_date", "HAI"), ("first_tace_date", "TACE")):
        first = THE_36.procedures[THE_36.kinds == kind].groupby("patient_id")["procedure_date"]
        assert russian[column].dropna().to_dict() == first.min().to_dict()


def test_the_russian_file_is_one_that_a_hospital_sends():
    data = (FOLDER / "synthetic_36_ru.csv").read_bytes()
    assert data.endswith(b"\r\n") and data.count(b"\r\n") == data.count(b"\n") == 37
    assert "ё" not in data.decode("cp1251").splitlines()[0]
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")


# --- the registry


def test_the_registry_is_small_and_read_without_a_question_and_with_notes_alone():
    data = REGISTRY.read_bytes()
    assert len(data) < 1_000_000
    file = open_file(REGISTRY.name, data)
    cohort = read(file)
    assert open_questions(propose(file)) == []
    assert cohort.source.synthetic and "None of them exists" in cohort.source.note
    assert len(cohort) == cohort.source.rows == 240
    sheets = {name: len(table) for name, table in THE_240.tables.items() if name != "patients"}
    assert {name: len(table) for name, table in cohort.tables.items()} == sheets
    assert [(each.severity, each.column) for each in cohort.findings] == [
        ("note", "last_assessment_date"),
        ("note", "diagnosis_date"),
    ]


def test_both_modalities_are_given_in_each_centre_not_as_often():
    embolized = THE_240.first() == "TACE"
    by_centre = embolized.groupby(THE_240.patients["centre"]).agg(["size", "sum", "mean"])
    assert by_centre["size"].min() >= 50 and by_centre["sum"].min() >= 15
    assert by_centre["mean"]["Harbour"] > by_centre["mean"]["North"] + 0.1
    assert 100 <= embolized.sum() <= 140
    kinds = Counter(THE_240.procedures["modality"])
    assert set(kinds) == {"HAI", "TACE", "DEB_TACE"} and min(kinds.values()) > 100


def test_deaths_within_30_days_of_a_procedure():
    death = THE_240.procedures["patient_id"].map(THE_240.patients["death_date"])
    soon = (death - THE_240.procedures["procedure_date"]).dt.days <= 30
    early = set(THE_240.procedures.loc[soon, "patient_id"])
    assert len(early) in (2, 3)
    fatal = THE_240.events[THE_240.events["grade"] == 5].set_index("patient_id")["date"]
    assert set(fatal.index) < early
    died = THE_240.patients.loc[fatal.index]
    assert (died["death_date"] == fatal).all() and set(died["cause_of_death"]) == {"procedure"}


def test_who_is_lost_and_who_is_cut_off():
    start, end, status = THE_240.start, THE_240.end, THE_240.patients["vital_status"]
    assert 8 <= (status == "lost").sum() <= 20 and (status == "alive").sum() >= 40
    assert (status == "dead").sum() >= 140 and (start.dt.day_of_week < 5).all()
    assert 8 * MONTH < (end.max() - start.max()).days < 12 * MONTH  # some are not due at a year
    assert (end.max() - end[status == "alive"]).dt.days.max() <= 46


def test_progression_competes_with_death():
    patients = THE_240.patients
    sites = patients["progression_site"].value_counts()
    assert min(sites["liver"], sites["extrahepatic"]) >= 40 and sites["liver and extrahepatic"] >= 5
    without = patients["death_date"].notna() & patients["progression_date"].isna()
    assert 25 <= without.sum() <= 60


def test_what_is_missing():
    shares = THE_240.patients.isna().mean()
    assert not shares[["centre", "age", "first_procedure_date", "last_contact_date"]].any()
    few = shares[["liver_involvement_pct", "ecog", "prior_lines", "largest_lesion_mm"]]
    assert few.between(0, 0.05, inclusive="neither").all()
    more = shares[["ras", "cea_baseline", "albumin", "bilirubin"]]
    assert more.between(0.02, 0.15, inclusive="neither").all()
    assert 0.1 < shares["braf"] < shares["msi"] < 0.4
    unmeasured = THE_240.patients["ca199_baseline"].isna()
    assert set(THE_240.patients.loc[unmeasured, "centre"]) == {"North"}
    assert [each["name"] for each in design.DESIGN["centres"]] == ["North", "River", "Harbour"]
