"""Tables and captions made from results."""

from dataclasses import replace

import pytest

from lib import exhibits, recist, text
from lib.analyses import comparison, duration, response, survival, transitions
from lib.cohort import Finding
from lib.exhibits import balance, derivation, exhibit, findings
from lib.plan import Condition, Plan, ResponsePlan
from lib.recist import PROFILES
from lib.schema import ENDPOINTS
from tests.conftest import START, after, studied, study_of

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
    return analysis(study_of(columns, **plan), *arguments)


def test_where_nobody_is_at_risk_a_table_says_so_in_words():
    columns = {"modality": ["HAI"] * 12, "os_months": [1] * 6 + [12] * 6, "os_event": ["yes"] * 12}
    summary = exhibits.survival.summary(analysed(survival.by_group, columns, OS)).set_index(" ")
    words = [cell for cell in summary.loc["At 24 months"] if cell]
    assert words and all(cell.endswith(", nobody at risk") for cell in words)


def test_below_five_patients_a_table_counts_and_below_ten_it_says_descriptive():
    columns = COLUMNS | {"modality": ["HAI"] * 13 + ["TACE"] * 9 + ["TARE"] * 3}
    summary = exhibits.survival.summary(analysed(survival.by_group, columns, OS)).set_index(" ")
    assert summary["Radioembolization"].to_dict() == {
        "Patients": "3",
        "Events": "3",
        "Median, months": "withheld, fewer than 5 patients",
        "At 6 months": "",
        "At 12 months": "",
        "At 24 months": "",
        "Median follow-up, months": "",
    }
    assert summary["Chemoembolization (TACE)"]["Median, months"].endswith(", descriptive")
    (six,) = analysed(response.by_group, columns).times
    states = exhibits.response.at_time(six, Plan().small).set_index(" ")
    assert states["Radioembolization"]["Partial response (PR)"] == "0/3"
    assert states["Chemoinfusion (HAI)"]["Partial response (PR)"] == "2/13 (15%)"
    assert states["Radioembolization"]["ORR, all treated"] == "0/3"


def test_per_cent_of_fewer_than_twenty_patients_is_printed_without_decimals():
    summary = exhibits.survival.summary(analysed(survival.by_group, COLUMNS, OS)).set_index(" ")
    # R: summary(survfit(Surv(t, e) ~ 1, conf.type = "log-log"), times = 6)
    assert summary["Chemoinfusion (HAI)"]["At 6 months"] == "55% (95% CI 23 to 78), 7 at risk"
    assert summary["All patients"]["At 6 months"] == "79% (95% CI 57 to 91), 20 at risk"
    contrasts = exhibits.comparison.rates(analysed(comparison.of_arms)).set_index("Rate")
    row = contrasts.loc["ORR at 6 months, all treated"]
    assert row["Difference, percentage points"] == "3 (95% CI −31 to 40)"


def test_what_is_withheld_is_said_in_the_table():
    columns = COLUMNS | {"modality": ["HAI"] * 16 + ["TACE"] * 9}
    contrast = analysed(comparison.of_arms, columns).survivals[0]
    said = exhibits.comparison.numbers(contrast, Plan().small).set_index("Quantity")["Value"]
    assert [value for value in said if value == "withheld"] == ["withheld"] * 6
    assert said["Events, Chemoembolization (TACE)"] == "7/9 (78%)"


def test_captions_name_method_rule_filter_and_test():
    selection = (Condition("modality", ("HAI", "TACE")),)
    result = analysed(survival.by_group, COLUMNS, OS, selection=selection)
    said = exhibits.survival.caption(result)
    for part in (
        "Kaplan-Meier, log-log limits",
        "95% limits",
        f"Chemoembolization (TACE): {text.pvalue(result.log_rank.pvalue)}, ",
        "not adjusted for anything",
        "Modality as recorded in the data.",
        "22 of 25 patients. Modality: Chemoinfusion (HAI) or Chemoembolization (TACE).",
    ):
        assert part in said


def test_the_answer_in_words_holds_the_numbers_of_the_contrast():
    result = analysed(comparison.of_arms)
    said = exhibits.short.seen(result, result.survivals[0])
    assert "after Chemoembolization (TACE)" in said
    assert "events in 10 patients" in said
    assert "in 12" in said
    left_out = exhibits.comparison.left_out(result)
    assert left_out == "In neither arm: Radioembolization (n = 3)."
    assert left_out in exhibits.comparison.caption(result, result.survivals[0])
    few = analysed(comparison.of_arms, COLUMNS | {"modality": ["HAI"] * 21 + ["TACE"] * 4})
    assert exhibits.short.lines(few, few.survivals[0], None) == [
        "Nothing is compared: Chemoembolization (TACE) has 4 patients, and each arm needs 10."
    ]


@pytest.mark.parametrize("name", ["Chemoinfusion (HAI)", "Chemoembolization (TACE)"])
def test_the_points_of_a_curve_are_all_of_its_steps(name):
    result = analysed(survival.by_group, COLUMNS, OS)
    points = exhibits.survival.points(result.drawn)
    (group,) = [each for each in result.drawn if each.level.label == name]
    mine = points[points["Group"] == name]
    assert mine["Survival"].astype(float).to_numpy() == pytest.approx(
        group.curve.survival, abs=1e-6
    )
    assert mine["At risk"].astype(int).tolist() == group.curve.at_risk.tolist()


# --- what responses rest on

ASSESSED = {
    "patient_id": ["P1", "P1", "P1", "P2", "P2", "P3"],
    "assessment_date": [after(-0.5), after(3), after(6), after(3), after(6), after(6)],
    "sld_mm": [100, 80, 100, None, None, None],
    "response_recorded": [None, None, None, "SD", "SD", "Non-CR/Non-PD"],
}


def measured(letters=(None, "CR", None, "PR"), **choices):
    n = len(letters)
    columns = {
        "first_procedure_date": [START] * n,
        "last_contact_date": [after(20)] * n,
        "response_6m": letters,
    }
    return study_of(columns, {"assessments": ASSESSED}, **choices)


def respond(*letters, **choices):
    return response.by_group(measured(*letters, **choices))


def test_a_caption_of_derived_responses_says_what_they_rest_on():
    said = exhibits.response.caption(respond())
    assert "Response derived from measurements: RECIST 1.1." in said
    assert "at most 45 days away" in said
    assert "Patients measured after the first procedure: 3 of 4;" in said
    assert "assessments: 2 by sums of diameters and 3 by a recorded letter." in said
    assert "nothing was measured near that time: response at 6 months 1." in said
    assert "as recorded, at fixed times" not in said
    said = exhibits.response.caption(respond(source="recorded"))
    assert said.startswith("Response as recorded, at fixed times; whether CR and PR were confirmed")
    assert "is not known. The file’s measurements of 3 " in said
    assert "derived" not in said


@pytest.mark.parametrize("confirm", [True, False])
@pytest.mark.parametrize("between", [True, False])
def test_every_window_of_the_plan_is_in_the_caption(confirm, between):
    choices = {"window_days": 31, "confirm_days": 29, "ne_between": 3, "sd_days": 47}
    said = exhibits.response.caption(respond(confirm=confirm, sd_between=between, **choices))
    assert "at most 31 days away" in said
    assert "from day 47 on" in said
    assert ("confirmed 29 days later or more, over at most 3 NE" in said) == confirm
    assert ("over SD" in said) == (confirm and between)


def test_what_evaluable_means_names_disease_that_is_not_measured_where_it_occurs():
    assert "DCR is CR, PR, SD or Non-CR/Non-PD." in exhibits.response.rates_caption(respond())
    assert "Evaluable is CR, PR, SD, Non-CR/Non-PD or PD." in exhibits.response.rates_caption(
        respond()
    )
    said = exhibits.response.rates_caption(analysed(response.by_group))
    assert "Non-CR/Non-PD" not in said
    assert "DCR is CR, PR or SD." in said


@pytest.mark.parametrize("profile", ["liver-directed", "liver-only progression"])
def test_a_modified_profile_is_in_every_caption_and_export(profile):
    study = measured(profile=profile)
    result = response.by_group(study)
    label = PROFILES[profile].label
    passages = transitions.between_times(study)
    durations = duration.of_responses(study)
    for words in (
        exhibits.response.caption(result),
        derivation.methods_words(result.derivation),
        exhibits.response.best_words(result),
        exhibits.transitions.caption(passages, result.derivation),
        exhibits.duration.caption(durations),
        exhibits.survival.caption(survival.by_group(study, ENDPOINTS["PFS"])),
        " ".join(exhibits.response.by_group(result).origin),
    ):
        assert label in words
    assert label not in exhibits.survival.caption(survival.by_group(study, OS))
    plain = respond()
    assert exhibit.modified(plain.provenance) == ""
    assert "modified" not in exhibits.response.caption(plain)


def test_where_responses_are_recorded_a_profile_is_named_only_for_what_it_does():
    whence = measured(source="recorded", profile="liver-directed").provenance
    assert exhibit.modified(whence) == ""
    whence = measured(source="recorded", profile="liver-only progression").provenance
    assert "progression in the liver alone" in exhibit.modified(whence)


def test_the_rules_are_printed_in_their_order_with_the_plans_numbers():
    chosen = ResponsePlan(confirm_days=30, sd_days=49, ne_between=2, sd_between=True)
    printed = derivation.rules(chosen)
    assert [title for title, _lines in printed] == [
        "Target lesions at a visit",
        "Overall response at a visit",
        "Best overall response, confirmed",
        "Best overall response, unconfirmed",
    ]
    assert [len(lines) for _title, lines in printed] == [
        len(table) for _title, table in recist.methods(chosen)
    ]
    confirmed = printed[2][1]
    assert confirmed[1] == (
        "PR, and PR or CR 30 days later or more, with nothing between but PR, CR, SD and at most "
        "2 NE; no PR after a CR counts → PR"
    )
    assert confirmed[-1] == "None of these → NE"
    assert "SD 49 days or more after the first procedure → SD" in printed[3][1]
    assert not [line for _title, lines in printed for line in lines if "{" in line]


def test_a_disagreement_is_a_line_with_patient_row_and_reason():
    frame = derivation.disagreements(respond().derivation.disagreements)
    assert frame.to_numpy().tolist() == [
        ["P2", "3", "Response at 6 months", "CR", "SD", "as recorded; no measurements"]
    ]
    assert derivation.disagreements_title(respond().derivation).startswith(
        "Recorded against derived: 1 disagreement"
    )


def test_a_letter_and_a_date_that_disagree_are_named():
    columns = {
        "first_procedure_date": [START],
        "last_contact_date": [after(20)],
        "progression_date": [after(3)],
    }
    assessed = {name: values[:3] for name, values in ASSESSED.items()}
    assessed["response_recorded"] = [None, "PR", "PD"]
    found = response.by_group(study_of(columns, {"assessments": assessed})).derivation
    frame = derivation.disagreements(found.disagreements)
    assert frame["What"].tolist() == [
        "Progression, date",
        f"Response of the assessment of {after(3)}",
    ]
    assert frame["Recorded"].tolist() == [str(after(3)), "PR"]
    assert frame["Derived"].tolist() == [str(after(6)), "SD"]
    assert frame.iloc[0, 5] == f"sum 100 mm is +25% and +20 mm over nadir 80 mm of {after(3)}"


def test_of_findings_that_are_alike_the_first_few_are_shown_and_the_others_counted():
    alike = [Finding("warning", "{patient}: odd", values=(("patient", f"P{i}"),)) for i in range(7)]
    other = Finding("warning", "split", rows=(4, 5))
    shown = derivation.findings([*alike, other], 5)
    assert shown.to_numpy().tolist() == [
        *([f"P{i}: odd.", ""] for i in range(5)),
        ["and 2 more like it", ""],
        ["split.", "4, 5"],
    ]
    assert len(derivation.findings([*alike, other])) == 8
    assert list(derivation.findings(alike).columns) == ["Finding"]


def test_a_page_shows_the_first_disagreements_and_the_workbook_has_all():
    found = respond().derivation
    many = replace(found, disagreements=found.disagreements * 51)
    first, every = derivation.of_study(many).tables[:2]
    assert (len(first.frame), first.shown) == (50, "open")
    assert first.caption == "The first 50 of 51; the workbook has all."
    assert (len(every.frame), every.shown) == (51, "taken")
    assert derivation.of_study(many).warnings != ()


def test_durations_that_too_few_carry_are_withheld():
    frame = exhibits.duration.table(duration.of_responses(measured())).set_index(" ")
    assert frame.loc["Median, months"].tolist() == ["withheld, fewer than 5 patients"] * 2
    assert frame.loc["Patients"].tolist() == ["0", "2"]


def test_the_log_to_take_away_has_every_row_and_what_was_changed_in_cells_of_their_own():
    rows = (*range(4, 30), 40, 41, 50)
    found = Finding(
        "note", "'{value}' read as missing", "РЭА", rows, "н/д", sets_aside=("OS",), sheet="Лист1"
    )
    assert "more." in text.finding(found)
    (line,) = findings.log([found]).to_dict("records")
    assert line == {
        "Severity": "Note",
        "Sheet": "Лист1",
        "Column": "РЭА",
        "Value": "н/д",
        "Finding": "'н/д' read as missing",
        "Not counted in": "Overall survival",
        "Number of rows": "29",
        "Rows": "4-29, 40-41, 50",
    }


def test_rows_that_do_not_fit_a_cell_of_a_spreadsheet_go_on_in_the_next_line():
    odd = tuple(range(100_001, 160_001, 2))
    lines = findings.log([Finding("note", "x", rows=odd), Finding("note", "y")])
    assert max(map(len, lines["Rows"])) < 32_767
    parts = lines.loc[lines["Finding"] == "x", "Rows"]
    assert [int(row) for part in parts for row in part.split(", ")] == list(odd)
    assert lines["Rows"].iloc[-1] == ""


# --- groups whose labels alone say nothing


def test_sentences_and_heads_of_tables_say_what_0_is():
    study = studied("registry", by="ecog", column="ecog")
    result = survival.by_group(study, survival.available(study)[0])
    assert "; ECOG 0, 20.9 months" in exhibits.survival.answer(result)
    assert "by ECOG performance status, ECOG 0, ECOG 1 and ECOG 2" in exhibits.survival.caption(
        result
    )
    compared = comparison.of_arms(study)
    answers = response.by_group(study)
    heads = [
        *exhibits.survival.summary(result).columns,
        *exhibits.response.at_time(answers.times[0], study.plan.small).columns,
        *exhibits.comparison.rates(compared).columns,
        *balance.table_one(compared).columns,
    ]
    assert {"ECOG 0", "ECOG 1", "ECOG 2"} <= {*heads}
    assert not {"0", "1", "2"} & {*heads}
    assert exhibits.comparison.arms(compared).startswith("ECOG ")
    assert "with ECOG 0" in exhibits.short.seen(compared, compared.survivals[0])
    assert "ECOG 0, " in exhibits.response.answer(answers)
