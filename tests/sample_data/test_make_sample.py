"""The 36 keep what they promise; their totals and R's are in `tests/test_sample_numbers.py`."""

from collections import Counter
from datetime import date

import pandas as pd
import pytest

from lib.schema import COLUMNS
from tests.conftest import sample
from tests.sample_data.raw import (
    FOLDER,
    MONTH,
    Raw,
    events_follow_procedures,
    in_order,
    kind,
    listed,
    written_again_and_named,
)

FILES = {"synthetic_36": "synthetic_36.xlsx", "synthetic_36_ru": "synthetic_36_ru.csv"}
RAW = Raw("synthetic_36.xlsx")
PATIENTS = RAW.patients


def test_running_the_script_again_writes_the_same_files(tmp_path):
    written_again_and_named("sample_data.make_sample", FILES.values(), FILES, tmp_path)


def test_the_files_say_that_the_split_by_modality_is_invented():
    assert RAW.source["synthetic"] == "yes"
    assert "None of them exists" in RAW.source["note"]
    assert "The split by modality" in RAW.source["invented"]
    assert all("the split by modality is invented" in listed()[name]["note"] for name in FILES)


def test_progression_stays_and_the_responder_progresses():
    found = Counter((row["response_6m"], row["response_12m"]) for row in PATIENTS.values())
    assert found == {("PD", "PD"): 6, ("PR", "PD"): 1, ("SD", "PD"): 8, ("SD", "SD"): 21}


@pytest.mark.parametrize(("months", "latest", "deaths"), [(6, 182, 2), (12, 365, 6)])
def test_who_progresses_or_dies_early_is_recorded_as_progressive(months, latest, deaths):
    dead = 0
    for row in PATIENTS.values():
        start, end = row["first_procedure_date"], row["death_date"] or row["last_contact_date"]
        events = [row[name] for name in ("progression_date", "death_date") if row[name]]
        last = min(events) if events else row["last_assessment_date"]
        assert ((last - start).days <= latest) == (row[f"response_{months}m"] == "PD")
        assert min((end - start).days, (last - start).days) > 12 * MONTH or events
        dead += bool(row["death_date"]) and (end - start).days <= months * MONTH
    assert dead == deaths


def test_sums_are_those_of_the_targets():
    sums = Counter()
    for row in RAW.sheets["lesions"]:
        sums[row["patient_id"], row["assessment_date"]] += row["diameter_mm"]
    assert sums == {
        (row["patient_id"], row["assessment_date"]): row["sld_mm"]
        for row in RAW.sheets["assessments"]
    }


def test_targets_are_measurable_and_at_most_two_in_the_liver():
    baseline = [
        row
        for row in RAW.sheets["lesions"]
        if row["assessment_date"] <= PATIENTS[row["patient_id"]]["first_procedure_date"]
    ]
    assert all(row["diameter_mm"] >= (15 if row["node"] == "yes" else 10) for row in baseline)
    for name, row in PATIENTS.items():
        mine = [each for each in baseline if each["patient_id"] == name]
        liver = [each["diameter_mm"] for each in mine if each["organ"] == "liver"]
        assert len(liver) == min(row["n_lesions"], 2) and max(liver) == row["largest_lesion_mm"]


def test_progression_is_seen_in_more_than_one_way():
    shown = [
        (scan["new_lesion"] == "yes", scan["nontarget"] == "PD")
        for name, row in PATIENTS.items()
        for scan in RAW.scans[name]
        if scan["assessment_date"] == row["progression_date"]
    ]
    assert sum(new for new, _ in shown) >= 3 and sum(other for _, other in shown) >= 2
    assert shown.count((False, False)) > 0


def test_accrual_and_the_cut_off():
    cut_off = date.fromisoformat(RAW.source["data cut-off"])
    starts = [row["first_procedure_date"] for row in PATIENTS.values()]
    assert all((cut_off - start).days > 12 * MONTH for start in starts)
    assert 2.5 * 365 <= (max(starts) - min(starts)).days <= 3.2 * 365
    assert max(row["last_contact_date"] for row in PATIENTS.values()) <= cut_off


def test_some_of_both_began_with_each():
    recorded = Counter(row["modality"] for row in PATIENTS.values())
    assert recorded == {"HAI": 14, "TACE": 12, "HAI+TACE": 10}
    both = [name for name, row in PATIENTS.items() if row["modality"] == "HAI+TACE"]
    assert min(Counter(kind(RAW.procedures[name][0]) for name in both).values()) >= 3


def test_dates_are_in_order():
    in_order(RAW)
    events_follow_procedures(RAW, 30)


def test_only_covariates_are_missing_and_few():
    may_be_empty = {"progression_date", "progression_site", "death_date", "cause_of_death"}
    empty = Counter(
        column
        for row in PATIENTS.values()
        for column, value in row.items()
        if value == "" and column not in may_be_empty
    )
    assert empty == {"cea_baseline": 3, "ras": 3}


# The Russian file -----------------------------------------------------------------------------


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
    for row in sample("russian").patients.to_dict("records"):
        done = RAW.procedures[row["patient_id"]]
        assert row["n_procedures"] == len(done)
        for column, modality in (("first_hai_date", "HAI"), ("first_tace_date", "TACE")):
            days = [each["procedure_date"] for each in done if kind(each) == modality]
            assert (None if pd.isna(row[column]) else row[column].date()) == min(days, default=None)


def test_the_russian_file_is_one_that_a_hospital_sends():
    data = (FOLDER / "synthetic_36_ru.csv").read_bytes()
    assert data.endswith(b"\r\n") and data.count(b"\r\n") == data.count(b"\n") == 37
    assert "ё" not in data.decode("cp1251").splitlines()[0]
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
