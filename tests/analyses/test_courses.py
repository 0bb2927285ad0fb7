"""What the measurements show takes the place of what was typed, and where they differ is told."""

from dataclasses import replace

import pandas as pd

from lib.analyses import courses, response, states, survival
from lib.analyses.study import opening_plan, under_study
from lib.cohort import Finding
from lib.plan import Condition, Plan, ResponsePlan
from lib.schema import BY_DATES, ENDPOINTS
from tests.conftest import START, after, cohort_of, study_of

CODES = [state.code for state in response.STATES]
PATIENTS = {
    "modality": ["HAI", "TACE", "HAI"],
    "first_procedure_date": [START] * 3,
    "last_contact_date": [after(30)] * 3,
    "response_6m": ["SD", "SD", "PR"],
    "response_12m": ["PR", "SD", "SD"],
    "progression_date": [None, after(14), None],
}
# P1 grows by 25% at 6 months; P2 is stable until month 12 and measured no more; P3 never.
ASSESSMENTS = {
    "patient_id": ["P1", "P1", "P1", "P2", "P2"],
    "assessment_date": [after(-0.5), after(3), after(6), after(-0.5), after(12)],
    "sld_mm": [100, 80, 100, 60, 61],
}


def built(**response_plan):
    cohort = cohort_of(PATIENTS, {"assessments": ASSESSMENTS})
    return cohort, opening_plan(cohort, Plan(response=ResponsePlan(**response_plan)))


def letters_at(study, months):
    column = f"response_{months}m"
    return [CODES[i] for i in states.states(study.cohort, study.plan, months, column)]


def test_a_measured_response_takes_the_place_of_a_typed_one_and_an_unmeasured_one_stands():
    study = under_study(*built())
    assert letters_at(study, 3) == ["SD", "lost", "lost"]
    assert letters_at(study, 6) == ["PD", "SD", "PR"]
    assert letters_at(study, 12) == ["PD", "SD", "SD"]
    assert list(study.measured.courses) == ["P1", "P2"]
    assert study.measured.derived


def test_a_list_of_the_days_of_scans_derives_nothing_and_what_was_typed_stands():
    days = {name: ASSESSMENTS[name] for name in ("patient_id", "assessment_date")}
    study = study_of(PATIENTS, {"assessments": days})
    assert not study.measured.courses and not study.measured.derived
    assert letters_at(study, 6) == ["SD", "SD", "PR"]
    assert study.follow(ENDPOINTS["PFS"]).event.tolist() == [False, True, False]
    # P2 was scanned at 12 months, and progressed at 14
    lower = study.bounds(ENDPOINTS["PFS"], "modality").lower
    assert round(float(lower[study.bounds(ENDPOINTS["PFS"], "modality").group == 1][0])) == 12
    letter = days | {"response_recorded": [None, None, None, None, "SD"]}  # one says something
    assert list(study_of(PATIENTS, {"assessments": letter}).measured.courses) == ["P2"]


def test_the_plan_may_believe_what_was_typed():
    cohort, plan = built(source="recorded")
    study = under_study(cohort, plan)
    assert letters_at(study, 6) == ["SD", "SD", "PR"]
    pd.testing.assert_frame_equal(
        study.whole.patients.drop(columns=["modality_recorded", "first_procedure_year"]),
        cohort.patients,
    )
    assert not study.measured.derived
    assert len(study.measured.disagreements) == 2  # they are told all the same


def test_what_the_file_and_its_measurements_say_differently_is_told_with_the_reason():
    study = under_study(*built())
    told = [
        (each.patient_id, each.row, each.column.name, each.recorded, each.derived)
        for each in study.measured.disagreements
    ]
    assert told == [("P1", 2, "response_6m", "SD", "PD"), ("P1", 2, "response_12m", "PR", "PD")]
    reason = study.measured.disagreements[0].reason
    assert dict(reason.values)["nadir"] == 80


def test_a_letter_of_a_visit_may_say_that_a_response_stands():
    assessments = {
        "patient_id": ["P1"] * 5,
        "assessment_date": [after(m) for m in (-0.5, 2, 4, 6, 8)],
        "sld_mm": [100, 60, 60, 71, 71],
        "response_recorded": [None, "PR", "PR", "PR", "CR"],
    }
    columns = {name: values[:1] for name, values in PATIENTS.items()} | {"response_12m": [None]}
    columns |= {"response_6m": [None]}
    told = study_of(columns, {"assessments": assessments}).measured.disagreements
    assert [(each.on, each.recorded, each.derived) for each in told] == [(after(8), "CR", "SD")]


def test_a_recorded_progression_after_the_last_assessment_stands():
    study = under_study(*built())
    dates = study.cohort.patients["progression_date"]
    assert dates[0].date() == after(6)
    assert dates[1].date() == after(14)
    assert pd.isna(dates[2])
    assert "progression" not in study.cohort.patients


def test_a_flag_of_progression_follows_the_dates_of_the_measured():
    columns = PATIENTS | {"progression": ["no", "yes", "no"]}
    study = study_of(columns, {"assessments": ASSESSMENTS})
    assert study.cohort.patients["progression"].tolist() == ["yes", "yes", "no"]
    assert study.cohort.time_to_event(ENDPOINTS["PFS"]).used.all()
    told = [each.column.name for each in study.measured.disagreements if each.patient_id == "P1"]
    assert "progression" in told


def test_the_unmeasured_stay_in_the_curve_where_nobody_measured_progressed():
    stable = ASSESSMENTS | {"sld_mm": [100, 80, 80, 60, 61]}
    columns = PATIENTS | {"progression_date": [None] * 3}
    follow = study_of(columns, {"assessments": stable}).cohort.time_to_event(ENDPOINTS["PFS"])
    assert follow.used.tolist() == [True, True, True]


def test_a_recorded_progression_that_no_assessment_shows_is_not_believed():
    columns = PATIENTS | {"progression_date": [None, after(8), None]}
    study = study_of(columns, {"assessments": ASSESSMENTS})
    assert pd.isna(study.cohort.patients["progression_date"][1])
    (told,) = [each for each in study.measured.disagreements if each.patient_id == "P2"]
    assert (told.column.name, told.derived) == ("progression_date", "")
    assert told.reason.template == courses.NEVER_PROGRESSED


def test_progression_free_survival_ends_at_the_last_evaluable_assessment():
    study = under_study(*built())
    follow = study.cohort.time_to_event(ENDPOINTS["PFS"])
    assert follow.months.round(1).tolist() == [6.0, 14.0, 30.0]
    assert follow.event.tolist() == [True, True, False]
    assert follow.ended_by.tolist() == ["progression_date", "progression_date", "last_contact_date"]


def test_whoever_was_never_evaluable_is_followed_for_no_time():
    assessments = {
        "patient_id": ["P1", "P1"],
        "assessment_date": [after(-0.5), after(3)],
        "sld_mm": [100, None],
        "nontarget": [None, "NE"],
    }
    columns = {name: values[:1] for name, values in PATIENTS.items()}
    follow = study_of(columns, {"assessments": assessments}).cohort.time_to_event(ENDPOINTS["PFS"])
    assert (follow.months.tolist(), follow.event.tolist()) == ([0.0], [False])


def test_a_contradiction_of_a_typed_date_does_not_set_a_measured_patient_aside():
    cohort, plan = built()
    finding = Finding(
        "error", "a contradiction", "progression_date", rows=(2, 4), sets_aside=("OS", "PFS")
    )
    study = under_study(replace(cohort, findings=(finding,)), plan)
    aside = study.cohort.set_aside("PFS").tolist(), study.cohort.set_aside("OS").tolist()
    assert aside == ([False, False, True], [True, False, True])
    assert sorted(row for each in study.cohort.findings for row in each.rows) == [2, 4]


def test_an_unreadable_letter_does_not_matter_where_the_visit_was_measured():
    cohort, plan = built()
    patients = cohort.patients.assign(response_6m=pd.Series([None, "SD", None], dtype="str"))
    finding = Finding("error", "unread", "response_6m", rows=(2, 4), sets_aside=("response",))
    study = under_study(replace(cohort, patients=patients, findings=(finding,)), plan)
    assert letters_at(study, 6) == ["PD", "SD", "aside"]


def test_nothing_is_derived_where_nobody_was_measured_after_the_first_procedure():
    baseline = {name: values[:1] for name, values in ASSESSMENTS.items()}
    for tables in ({}, {"assessments": baseline}):
        cohort = cohort_of(PATIENTS, tables)
        found = courses.measured(cohort, opening_plan(cohort))
        assert (found.courses, found.derived, found.disagreements) == ({}, False, ())
        assert found.cohort.patients is cohort.patients


def test_what_comes_after_the_cut_off_is_not_known_yet():
    cohort, plan = built()
    plan = replace(plan, study=replace(plan.study, as_of=after(5)))
    study = under_study(cohort, plan)
    assert [visit.day for visit in study.measured.courses["P1"].visits] == [91]
    assert letters_at(study, 3)[0] == "SD"


def test_a_filter_changes_nothing_of_what_was_measured():
    cohort, plan = built()
    chosen = replace(plan, study=replace(plan.study, selection=(Condition("modality", ("HAI",)),)))
    assert under_study(cohort, chosen).measured is under_study(cohort, plan).measured


def test_the_liver_alone_may_decide_the_response_while_survival_counts_progression_anywhere():
    assessments = ASSESSMENTS | {
        "sld_mm": [100, 80, 80, 60, 61],
        "new_lesion": [None, None, "yes", None, None],
        "new_lesion_site": [None, None, "lung", None, None],
    }
    cohort = cohort_of(PATIENTS, {"assessments": assessments})
    plan = opening_plan(cohort, Plan(response=ResponsePlan(profile="liver-only progression")))
    study = under_study(cohort, plan)
    assert letters_at(study, 6)[0] == "SD"
    free, liver = (
        study.cohort.time_to_event(endpoint).months[0].round(1)
        for endpoint in (ENDPOINTS["PFS"], BY_DATES["HPFS"])
    )
    assert (free, liver) == (6.0, 6.0)  # censored at the last assessment, and an event
    assert study.cohort.time_to_event(ENDPOINTS["PFS"]).event[0]
    assert not study.cohort.time_to_event(BY_DATES["HPFS"]).event[0]


def test_what_ended_the_way_tells_the_event_from_what_competes():
    columns = PATIENTS | {"death_date": [after(20), after(10), None]}
    follow = study_of(columns, {"assessments": ASSESSMENTS}).cohort.time_to_event(BY_DATES["TTP"])
    assert follow.ended_by.tolist() == ["progression_date", "death_date", "last_contact_date"]
    assert follow.event.tolist() == [True, True, False]
    ways = survival.available(under_study(*built()))  # with competitors there is no curve
    assert not {"TTP", "THP", "FIRST"} & {each.code for each in ways}


def test_times_are_offered_where_somebody_was_assessed():
    study = under_study(*built())
    offered = courses.measured_times(study.measured.courses, study.plan.response)
    assert offered == (3, 6, 12)  # nobody near month 9
    later = replace(study.plan.response, months=(6, 24))
    assert courses.measured_times(study.measured.courses, later) == (3, 6, 12, 24)
