"""The clock, missed scans, what ended follow-up, and earlier cut-offs."""

import datetime
from dataclasses import replace

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
from lib.analyses.study import opening_plan, under_study
from lib.exhibits import clock
from lib.plan import Plan, StudyPlan, SurvivalPlan
from lib.schema import BY_DATES, ENDPOINTS, MONTH
from tests.conftest import START, after, cohort_of, sample

OS, PFS = ENDPOINTS["OS"], ENDPOINTS["PFS"]
METASTASES = SurvivalPlan(origin="liver_mets_date")


def studied(columns, survival_plan=None, tables=None, **study):
    cohort = cohort_of(columns, tables)
    plan = Plan(survival=survival_plan or SurvivalPlan(), study=StudyPlan(**study))
    return under_study(cohort, opening_plan(cohort, plan))


def codes(result):
    return [caution.code for caution in result.cautions]


# --- the clock


CLOCK = {
    "first_procedure_date": [START] * 6,
    "liver_mets_date": [after(-10), after(-5), None, after(2), START, after(-3)],
    "death_date": [after(12), None, after(5), None, None, START],
    "last_contact_date": [after(12), after(20), after(5), after(9), after(8), START],
}


def test_the_clock_starts_earlier_and_observation_at_the_first_procedure():
    follow = studied(CLOCK, METASTASES).follow(OS)
    assert_array_equal(follow.reason, ["", "", NO_CLOCK, CLOCK_LATER, "", NEVER_AT_RISK])
    days = [(after(12) - after(-10)).days, (after(20) - after(-5)).days, (after(8) - START).days]
    assert follow.months[follow.used] == pytest.approx(np.array(days) / MONTH)
    entered = [(START - after(-10)).days, (START - after(-5)).days, 0]
    assert follow.entry[follow.used] == pytest.approx(np.array(entered) / MONTH)
    assert follow.event[follow.used].tolist() == [True, False, False]


def test_months_of_an_unknown_origin_cannot_be_counted_from_another():
    columns = {
        "first_procedure_date": [START] * 2,
        "liver_mets_date": [after(-10)] * 2,
        "os_months": [7.0, 8.0],
        "os_event": ["yes", "no"],
    }
    assert studied(columns, METASTASES).follow(OS).reason.tolist() == [BY_MONTHS] * 2


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
    plain = survival.by_group(studied(columns), OS)
    same = survival.by_group(studied(columns, METASTASES), OS)
    for name in ("time", "at_risk", "survival", "low", "high"):
        one, other = (getattr(each.everyone.curve, name) for each in (plain, same))
        assert one.tobytes() == other.tobytes()
    assert repr(plain.everyone.median) == repr(same.everyone.median)
    assert same.everyone.curve.start == 0


def test_what_late_entry_does_not_define_is_withheld_with_the_reason():
    cohort = sample("workbook")
    plan = replace(opening_plan(cohort), survival=METASTASES)
    study = under_study(cohort, plan)
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
    assert "Of those without the event until" in exhibits.survival.answer(result)
    contrast = comparison.of_arms(study).survivals[0]
    assert contrast.rmst is None and contrast.hazard is not None
    assert contrast.arms[0].curve.start == contrast.arms[1].curve.start
    pfs = survival.by_group(study, PFS)
    assert "events-before-entry" in codes(pfs) and "events-before-entry" not in codes(result)


def test_counts_under_a_curve_with_late_entry_add_up_to_those_who_came():
    study = studied(CLOCK | {"liver_mets_date": [after(-i) for i in range(6)]}, METASTASES)
    group = survival.by_group(study, OS).everyone
    counts = group.counts_at((0, 2.5, 6, 12, 30))
    total = counts.at_risk + counts.censored + counts.events
    assert_array_equal(total, counts.entered)
    assert counts.entered.tolist() == [1, 3, 5, 5, 5]  # one was followed for no time


def test_medians_from_each_origin_stand_side_by_side():
    cohort = sample("workbook")
    found = origins.side_by_side(under_study(cohort, opening_plan(cohort)), OS)
    assert [each.origin for each in found] == [
        "first_procedure_date", "liver_mets_date", "end_systemic_date",
    ]  # fmt: skip
    table = clock.origins(found).set_index(" ")
    assert table.loc["Median, months: All patients", "First procedure"] == (
        "22.0 (95 % CI 18.0 to 31.8)"
    )
    assert (
        "of those alive at 14.6 months"
        in (table.loc["Median, months: All patients", "Diagnosis of liver metastases"])
    )
    assert "45.1 months (95 % CI 34.5 to 53.7)" in clock.lead_time(found)
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
    plain = studied(SCANS).follow(PFS)
    assert plain.event.tolist() == [True, True, True, True, False, False]
    study = studied(SCANS, SurvivalPlan(missed_scans=True))
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
    study = studied(SCANS, SurvivalPlan(missed_scans=True), assessed_every=every)
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
    study = studied(columns, SurvivalPlan(missed_scans=True), {"assessments": assessments})
    follow = study.follow(PFS)
    assert follow.event.tolist() == [False, True]
    assert follow.months[0] == pytest.approx((after(3) - START).days / MONTH)


# --- the liver beside the whole


def test_progression_free_survival_in_the_liver_says_what_it_ignores():
    cohort = sample("workbook")
    study = under_study(cohort, opening_plan(cohort))
    result = survival.by_group(study, BY_DATES["HPFS"])
    assert result.sites.elsewhere_first == 6
    assert "it came first in n = 6 of 36." in exhibits.survival.caption(result)
    assert survival.by_group(study, PFS).sites is None
    assert any("does not say where" in text.caution(each) for each in result.cautions)


def test_letters_that_are_taken_as_recorded_leave_no_unplaced_measurement():
    cohort = sample("workbook")
    plan = opening_plan(cohort)
    recorded = replace(plan, response=replace(plan.response, source="recorded"))
    assert survival.by_group(under_study(cohort, plan), BY_DATES["HPFS"]).sites.unplaced == 3
    study = under_study(cohort, recorded)
    assert sites(study.cohort, {})["unplaced"].sum() == 28


# --- how follow-up ended, and earlier cut-offs


@pytest.mark.parametrize("code", ["OS", "PFS", "HPFS"])
def test_endings_count_everybody_once(code):
    cohort = sample("workbook")
    study = under_study(cohort, opening_plan(cohort))
    result = survival.by_group(study, (ENDPOINTS | BY_DATES)[code])
    assert sum(each.n for each in result.endings) == result.everyone.n == 36
    assert sum(each.n for each in result.endings if each.event) == result.everyone.events
    for at, group in enumerate(result.groups):
        assert sum(each.by_group[at] for each in result.endings) == group.n
    table = exhibits.survival.endings(result).set_index("Follow-up ended by")
    assert table.loc["Patients", "All"] == "36"


def test_those_alive_at_the_cut_off_are_censored_by_it():
    cohort = sample("workbook")
    plan = opening_plan(cohort)
    plan = replace(plan, study=replace(plan.study, as_of=datetime.date(2019, 10, 6)))
    study = under_study(cohort, plan)
    result = survival.by_group(study, OS)
    ends = {each.code: each.n for each in result.endings}
    assert ends["death_date"] == result.everyone.events == 9
    assert ends["cut_off"] == result.everyone.n - 9 - ends.get("last_contact_date", 0)
    assert exhibits.survival.caption(result).endswith("Data cut-off 2019-10-06.")
    assert [step.message for step in study.steps][-1] == "Began after {day}"


def test_the_result_at_earlier_cut_offs_is_that_of_a_plan_with_them():
    cohort = sample("workbook")
    plan = opening_plan(cohort)
    found = maturity.matured(under_study(cohort, plan))
    assert found[-1].day == cohort.latest_date and len(found) == 5
    deaths = [each.survival.events for each in found]
    assert deaths == sorted(deaths) and deaths[-1] == 24
    for each in found:
        then = replace(plan, study=replace(plan.study, as_of=each.day))
        result = survival.by_group(under_study(cohort, then), OS)
        assert (each.survival.n, each.survival.events) == (
            result.everyone.n, result.everyone.events,
        )  # fmt: skip
        assert repr(each.survival.median) == repr(result.everyone.median)
    shown = clock.maturity(found)
    assert shown["Deaths"].tolist() == [str(n) for n in deaths]


def test_without_dates_there_are_no_earlier_cut_offs():
    study = studied({"os_months": [3.0] * 6, "os_event": ["yes"] * 6})
    assert maturity.matured(study) == ()
    assert origins.available(study) == ()


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
    follow = studied(columns, tables=tables, as_of=after(12)).follow(PFS)
    days = [(after(9) - START).days, 0, (after(12) - START).days, (after(4) - START).days]
    # P2 had no scan between the first procedure and the day; of P3 the tables have none at all
    assert follow.months * MONTH == pytest.approx(days)
    assert not follow.event.any()


def test_a_contrast_with_late_entry_says_to_which_time_its_medians_are_conditional():
    cohort = sample("workbook")
    study = under_study(cohort, opening_plan(cohort, Plan(survival=METASTASES)))
    compared = comparison.of_arms(study)
    contrast = compared.survivals[0]
    start = contrast.arms[0].curve.start
    words = f"Of those without the event until {text.months(start)}"
    assert start > 0
    assert words in exhibits.comparison.answer(compared, contrast)
    assert words in exhibits.comparison.caption(compared, contrast)
