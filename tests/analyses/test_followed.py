"""The clock, missed scans, what ended follow-up, and earlier cut-offs."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lib import exhibits, text
from lib.analyses import comparison, maturity, origins, survival
from lib.analyses.followed import (
    BY_MONTHS,
    CLOCK_LATER,
    MISSED_SCANS,
    NEVER_AT_RISK,
    NO_CLOCK,
    sites,
)
from lib.exhibits import clock
from lib.schema import BY_DATES, ENDPOINTS, MONTH
from tests.conftest import START, after, codes, sample, studied, study_of

OS, PFS = ENDPOINTS["OS"], ENDPOINTS["PFS"]
METASTASES = {"origin": "liver_mets_date"}


# --- the clock


CLOCK = {
    "first_procedure_date": [START] * 6,
    "liver_mets_date": [after(-10), after(-5), None, after(2), START, after(-3)],
    "death_date": [after(12), None, after(5), None, None, START],
    "last_contact_date": [after(12), after(20), after(5), after(9), after(8), START],
}


def test_the_clock_starts_earlier_and_observation_at_the_first_procedure():
    follow = study_of(CLOCK, **METASTASES).follow(OS)
    assert_array_equal(follow.reason, ["", "", NO_CLOCK, CLOCK_LATER, "", NEVER_AT_RISK])
    days = [(after(12) - after(-10)).days, (after(20) - after(-5)).days, (after(8) - START).days]
    assert follow.months[follow.used] == pytest.approx(np.array(days) / MONTH)
    entered = [(START - after(-10)).days, (START - after(-5)).days, 0]
    assert follow.entry[follow.used] == pytest.approx(np.array(entered) / MONTH)
    assert follow.event[follow.used].tolist() == [True, False, False]
    months = {"os_months": [7.0, 8.0], "os_event": ["yes", "no"]}  # of an origin nobody knows
    known = {name: CLOCK[name][:2] for name in ("first_procedure_date", "liver_mets_date")}
    assert study_of(known | months, **METASTASES).follow(OS).reason.tolist() == [BY_MONTHS] * 2
    assert maturity.matured(study_of(months)) == origins.available(study_of(months)) == ()


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.one_of(st.none(), st.integers(0, 60))),
        min_size=6,
        max_size=20,
    )
)
def test_the_first_procedure_as_origin_is_the_plain_result_bit_for_bit(rows):
    columns = {
        "first_procedure_date": [START] * len(rows),
        "liver_mets_date": [START] * len(rows),
        "death_date": [None if death is None else after(death) for _last, death in rows],
        "last_contact_date": [after(last) for last, _death in rows],
    }
    plain = survival.by_group(study_of(columns), OS)
    same = survival.by_group(study_of(columns, **METASTASES), OS)
    for name in ("time", "at_risk", "survival", "low", "high"):
        one, other = (getattr(each.everyone.curve, name) for each in (plain, same))
        assert one.tobytes() == other.tobytes()
    assert repr(plain.everyone.median) == repr(same.everyone.median)
    assert same.everyone.curve.start == 0


def test_what_late_entry_does_not_define_is_withheld_with_the_reason():
    study = studied("workbook", **METASTASES)
    result = survival.by_group(study, OS)
    assert result.everyone.follow_up is None
    (why,) = [each for each in result.cautions if each.code == "late-entry"]
    assert "Mean time, median follow-up and the permutation test" in text.caution(why)
    shown = exhibits.survival.summary(result).set_index(" ")
    assert shown.loc["Median follow-up, months", "All patients"] == "withheld"
    assert (
        exhibits.survival.axis(0, 36, study.provenance)
        == "Months from the diagnosis of liver metastases"
    )
    assert "of those without the event until" in exhibits.survival.answer(result)
    contrast = comparison.of_arms(study).survivals[0]
    assert contrast.rmst is None and contrast.hazard is not None
    assert contrast.arms[0].curve.start == contrast.arms[1].curve.start
    pfs = survival.by_group(study, PFS)
    assert "events-before-entry" in codes(pfs.cautions)
    assert "events-before-entry" not in codes(result.cautions)


def test_counts_under_a_curve_with_late_entry_add_up_to_those_who_came():
    study = study_of(CLOCK | {"liver_mets_date": [after(-i) for i in range(6)]}, **METASTASES)
    group = survival.by_group(study, OS).everyone
    counts = group.counts_at((0, 2.5, 6, 12, 30))
    total = counts.at_risk + counts.censored + counts.events
    assert_array_equal(total, counts.entered)
    assert counts.entered.tolist() == [1, 3, 5, 5, 5]  # one was followed for no time


def test_medians_from_each_origin_stand_side_by_side():
    found = origins.side_by_side(studied("workbook"), OS)
    assert [each.origin for each in found] == [
        "first_procedure_date", "liver_mets_date", "end_systemic_date",
    ]  # fmt: skip
    table = clock.origins(found).set_index(" ")
    assert table.loc["Median, months: All patients", "First procedure"] == (
        "22.0 (95% CI 18.0 to 31.8)"
    )
    assert (
        "of those alive at 14.6 months"
        in (table.loc["Median, months: All patients", "Diagnosis of liver metastases"])
    )
    assert "45.1 months (95% CI 34.5 to 53.7)" in clock.lead_time(found)
    assert not table.astype(str).apply(lambda row: row.str.contains("45.1")).any(axis=None)


# --- missed scans


SCANS = {
    "first_procedure_date": [START] * 6,
    "progression_date": [None, None, after(20), None, None, None],
    "death_date": [after(9), after(12.5), None, after(14), None, None],
    "last_assessment_date": [after(3), after(4), after(20), None, after(6), after(7)],
    "last_contact_date": [after(9), after(12.5), after(21), after(14), after(30), after(30)],
}


def test_a_death_after_two_missed_scans_is_censored_at_the_last_one_by_choice():
    plain = study_of(SCANS).follow(PFS)
    assert plain.event.tolist() == [True, True, True, True, False, False]
    study = study_of(SCANS, missed_scans=True)
    ruled = study.follow(PFS)
    assert ruled.event.tolist() == [True, False, True, True, False, False]
    assert ruled.months[1] == pytest.approx((after(4) - START).days / MONTH)
    assert ruled.rule.tolist() == ["", MISSED_SCANS, "", "", "", ""]
    assert ruled.ended_by[1] == "last_assessment_date"
    result = survival.by_group(study, PFS)
    (unknown,) = [each for each in result.cautions if each.code == "scans-unknown"]
    assert dict(unknown.values) == {"n": 2}  # of one the scan before, of one no scan is known
    assert "more than 8 months without a scan" in exhibits.survival.caption(result)
    ends = {(each.code, each.event): each.n for each in result.endings}
    assert ends == {
        ("progression_date", True): 1,
        ("death_date", True): 2,
        ("last_assessment_date", False): 2,
        ("missed_scans", False): 1,
    }
    assert study.follow(OS).event.sum() == 3  # deaths as such stay


@pytest.mark.parametrize(("every", "event"), [(4, False), (5, True)])
def test_how_long_is_missed_follows_the_plans_schedule(every, event):
    study = study_of(SCANS, missed_scans=True, assessed_every=every)
    assert study.follow(PFS).event[1] == event


def test_the_scan_before_progression_is_that_of_the_measurements():
    columns = {"first_procedure_date": [START] * 2, "last_contact_date": [after(30)] * 2}
    visits = [(-0.1, 50), (3, 50), (13, 80), (-0.1, 50), (3, 50), (9, 50), (13, 80)]
    patients = ["P1"] * 3 + ["P2"] * 4
    assessments = {
        "patient_id": patients,
        "assessment_date": [after(month) for month, _sum in visits],
        "sld_mm": [total for _month, total in visits],
    }
    study = study_of(columns, {"assessments": assessments}, missed_scans=True)
    follow = study.follow(PFS)
    assert follow.event.tolist() == [False, True]
    assert follow.months[0] == pytest.approx((after(3) - START).days / MONTH)


# --- the liver beside the whole


def test_progression_free_survival_in_the_liver_says_what_it_ignores():
    study = studied("workbook")
    result = survival.by_group(study, BY_DATES["HPFS"])
    assert result.sites.elsewhere_first == 6
    assert "it came first in n = 6 of 36." in exhibits.survival.caption(result)
    assert survival.by_group(study, PFS).sites is None
    assert any("where is not recorded" in text.caution(each) for each in result.cautions)


def test_letters_that_are_taken_as_recorded_leave_no_unplaced_measurement():
    assert survival.by_group(studied("workbook"), BY_DATES["HPFS"]).sites.unplaced == 3
    recorded = studied("workbook", source="recorded")
    assert sites(recorded.cohort, {})["unplaced"].sum() == 28


# --- how follow-up ended, and earlier cut-offs


@pytest.mark.parametrize("code", ["OS", "PFS", "HPFS"])
def test_endings_count_everybody_once(code):
    study = studied("workbook")
    result = survival.by_group(study, (ENDPOINTS | BY_DATES)[code])
    assert sum(each.n for each in result.endings) == result.everyone.n == 36
    assert sum(each.n for each in result.endings if each.event) == result.everyone.events
    for at, group in enumerate(result.groups):
        assert sum(each.by_group[at] for each in result.endings) == group.n
    table = exhibits.survival.endings(result).set_index("Follow-up ended by")
    assert table.loc["Patients", "All"] == "36"


def test_those_alive_at_the_cut_off_are_censored_by_it():
    study = studied("workbook", as_of=datetime.date(2019, 10, 6))
    result = survival.by_group(study, OS)
    ends = {each.code: each.n for each in result.endings}
    assert ends["death_date"] == result.everyone.events == 9
    assert ends["cut_off"] == result.everyone.n - 9 - ends.get("last_contact_date", 0)
    assert exhibits.survival.caption(result).endswith("Data cut-off 2019-10-06.")
    assert [step.message for step in study.steps][-1] == "Began after {day}"


def test_the_result_at_earlier_cut_offs_is_that_of_a_plan_with_them():
    found = maturity.matured(studied("workbook"))
    assert found[-1].day == sample("workbook").latest_date
    deaths = [each.survival.events for each in found]
    assert deaths == [1, 3, 9, 16, 24]
    for each in found:
        result = survival.by_group(studied("workbook", as_of=each.day), OS)
        both = (each.survival, result.everyone)
        assert both[0].n == both[1].n and both[0].events == both[1].events
        assert repr(each.survival.median) == repr(result.everyone.median)
    shown = clock.maturity(found)
    assert shown["Deaths"].tolist() == [str(n) for n in deaths]


def test_at_an_earlier_cut_off_the_last_scan_is_the_last_that_the_tables_have_by_then():
    columns = {
        "first_procedure_date": [START] * 4,
        "last_assessment_date": [after(20), after(20), after(20), after(4)],
        "last_contact_date": [after(24)] * 4,
    }
    scans = [("P1", 3), ("P1", 9), ("P1", 20), ("P2", -1), ("P2", 20), ("P4", 4)]
    tables = {
        "assessments": {
            "patient_id": [name for name, _month in scans],
            "assessment_date": [after(month) for _name, month in scans],
            "response_recorded": ["SD"] * len(scans),
        }
    }
    follow = study_of(columns, tables, as_of=after(12)).follow(PFS)
    days = [(after(9) - START).days, 0, (after(12) - START).days, (after(4) - START).days]
    # P2 had no scan between the first procedure and the day; of P3 the tables have none at all
    assert follow.months * MONTH == pytest.approx(days)
    assert not follow.event.any()


def test_a_contrast_with_late_entry_says_to_which_time_its_medians_are_conditional():
    study = studied("workbook", **METASTASES)
    compared = comparison.of_arms(study)
    contrast = compared.survivals[0]
    start = contrast.arms[0].curve.start
    words = f"of those without the event until {text.months(start)}"
    assert start > 0
    assert words in exhibits.short.seen(compared, contrast)
    assert words in exhibits.comparison.caption(compared, contrast)
