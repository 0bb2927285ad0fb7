"""Tables, captions and documents made from results."""

import json
import math

import pytest

from lib import text
from lib.analyses import comparison, response, survival
from lib.analyses.study import opening_plan, under_study
from lib.plan import Condition, Plan, StudyPlan
from lib.report import captions, results, tables
from lib.schema import ENDPOINTS
from tests.conftest import cohort_of

OS = ENDPOINTS["OS"]
COLUMNS = {
    "modality": ["HAI"] * 12 + ["TACE"] * 10 + ["TARE"] * 3,
    "os_months": list(range(1, 26)),
    "os_event": ["yes", "no", "yes", "yes", "yes"] * 5,
    "response_6m": ["PR", "SD", "PD", "NE", None] * 5,
    "sex": ["F", "M", "F", "M", None] * 5,
    "age": list(range(50, 75)),
}


def analysed(analysis, columns=COLUMNS, *arguments, **plan):
    cohort = cohort_of(columns)
    return analysis(under_study(cohort, opening_plan(cohort, Plan(**plan))), *arguments)


def test_below_five_patients_a_table_counts_and_below_ten_it_says_descriptive():
    columns = COLUMNS | {"modality": ["HAI"] * 13 + ["TACE"] * 9 + ["TARE"] * 3}
    summary = tables.survival_summary(analysed(survival.by_group, columns, OS)).set_index(" ")
    assert summary["Radioembolization"].to_dict() == {
        "Patients": "3",
        "Events": "3",
        "Median, months": "not shown, fewer than 5",
        "At 6 months": "",
        "At 12 months": "",
        "At 24 months": "",
        "Median follow-up, months": "",
    }
    assert summary["Chemoembolization (TACE)"]["Median, months"].endswith(", descriptive")
    (six,) = analysed(response.by_group, columns).times
    states = tables.response_states(six, Plan().small).set_index(" ")
    assert states["Radioembolization"]["Partial response (PR)"] == "0/3"
    assert states["Chemoinfusion (HAI)"]["Partial response (PR)"] == "2/13 (15 %)"
    rates = tables.response_rates(six, Plan().small).set_index(" ")
    assert rates["Radioembolization"]["ORR, all treated"] == "0/3"


def test_per_cent_of_fewer_than_twenty_patients_is_printed_without_decimals():
    summary = tables.survival_summary(analysed(survival.by_group, COLUMNS, OS)).set_index(" ")
    # R: summary(survfit(Surv(t, e) ~ 1, conf.type = "log-log"), times = 6)
    assert summary["Chemoinfusion (HAI)"]["At 6 months"] == "55 % (95 % CI 23 to 78), 7 at risk"
    assert summary["All patients"]["At 6 months"] == "79.3 % (95 % CI 57.2 to 90.8), 20 at risk"
    contrasts = tables.response_contrasts(analysed(comparison.of_arms)).set_index("Rate")
    row = contrasts.loc["ORR at 6 months, all treated"]
    assert row["Difference, percentage points"] == "3 (95 % CI −28 to 37)"


def test_what_is_withheld_is_said_in_the_table():
    columns = COLUMNS | {"modality": ["HAI"] * 16 + ["TACE"] * 9}
    contrast = analysed(comparison.of_arms, columns).survivals[0]
    said = tables.survival_contrasts(contrast, Plan().small).set_index("Quantity")["Value"]
    assert [value for value in said if value == "withheld"] == ["withheld"] * 6
    assert said["Events, Chemoembolization (TACE)"] == "7/9 (78 %)"


def test_the_document_is_plain_json_whatever_is_missing():
    for columns in (COLUMNS, {"age": [50, 60]}, COLUMNS | {"os_event": ["no"] * 25}):
        cohort = cohort_of(columns)
        plan = opening_plan(cohort)
        study = under_study(cohort, plan)
        endpoints = survival.available(study)
        document = results.document(
            study,
            response.by_group(under_study(cohort, plan)),
            [survival.by_group(under_study(cohort, plan), endpoint) for endpoint in endpoints],
            comparison.of_arms(under_study(cohort, plan)),
        )
        assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_an_undefined_part_is_null_and_says_why():
    columns = COLUMNS | {"os_event": ["no"] * 25}
    everyone = analysed(survival.by_group, columns, OS).everyone
    found = results.estimate(everyone.median)
    assert math.isnan(everyone.median.value)
    assert (found["value"], found["low"], found["high"]) == (None, None, None)
    assert found["missing"] == "not reached"
    assert results.estimate(None) is None


def test_captions_name_method_rule_filter_and_test():
    plan = {"study": StudyPlan(selection=(Condition("modality", ("HAI", "TACE")),))}
    result = analysed(survival.by_group, COLUMNS, OS, **plan)
    said = captions.survival(result)
    for part in (
        "Kaplan-Meier, log-log limits",
        "95 % limits",
        f"Chemoembolization (TACE): {text.pvalue(result.log_rank.pvalue)}, ",
        "not adjusted for anything",
        "Modality as recorded in the spreadsheet.",
        "22 of 25 patients. Modality: Chemoinfusion (HAI) or Chemoembolization (TACE).",
    ):
        assert part in said


def test_the_answer_in_words_holds_the_numbers_of_the_contrast():
    result = analysed(comparison.of_arms)
    said = captions.answer(result, result.survivals[0])
    assert "after Chemoembolization (TACE)" in said
    assert "events in 10 patients" in said
    assert "in 12" in said


def test_without_a_median_that_may_be_told_there_is_no_answer():
    columns = COLUMNS | {"modality": ["HAI"] * 21 + ["TACE"] * 4}
    result = analysed(comparison.of_arms, columns)
    assert captions.answer(result, result.survivals[0]) == ""


def test_patients_in_neither_arm_are_named_under_the_curves():
    result = analysed(comparison.of_arms)
    assert captions.left_out(result) == "In neither arm: Radioembolization 3."
    contrast = result.survivals[0]
    assert captions.left_out(result) in captions.survival_contrast(result, contrast)


def test_every_export_says_whose_patients_and_what_to_beware_of():
    result = analysed(comparison.of_arms)
    said = tables.notes(result)
    assert said[0].startswith("Source: built.csv, SHA-256 000")
    assert said[1] == "All 25 patients."
    assert any(line.startswith("Patients were not randomised") for line in said)
    assert said[2:] == [text.caution(found) for found in result.cautions]


@pytest.mark.parametrize("name", ["Chemoinfusion (HAI)", "Chemoembolization (TACE)"])
def test_the_points_of_a_curve_are_all_of_its_steps(name):
    result = analysed(survival.by_group, COLUMNS, OS)
    points = tables.curve_points(result.drawn)
    (group,) = [each for each in result.drawn if each.level.label == name]
    mine = points[points["Group"] == name]
    assert mine["Survival"].astype(float).to_numpy() == pytest.approx(
        group.curve.survival, abs=1e-6
    )
    assert mine["At risk"].astype(int).tolist() == group.curve.at_risk.tolist()
