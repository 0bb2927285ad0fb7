"""Courses from lesions, from sums, and from letters."""

import pickle
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from lib import recist
from lib.cohort import Cohort
from lib.recist.rules import NON_CR_NON_PD
from tests.recist.cases import (
    PLAN,
    START,
    assessment,
    by_letters,
    by_sums,
    cohort,
    course,
    frame,
    lesion,
    on,
    responses,
    said,
    statuses_of,
    told,
)

DIRECTED = replace(PLAN, profile="liver-directed")
LIVER_ONLY = replace(PLAN, profile="liver-only progression")


def two(day, first, second, **more):
    """Two lesions of the liver on a day."""
    return [lesion(day, "L1", first, **more), lesion(day, "L2", second, **more)]


BASELINE = two(-7, 30, 20)


@pytest.mark.cases
def test_sums_of_lesions(sizes, response, total):
    rows = [lesion(60, name, size) for name, size in sizes]
    (visit,) = course(lesions=BASELINE + rows).visits
    assert (visit.response, visit.sum, visit.basis) == (response, total, "lesions")


def test_lesion_10_is_no_part_of_lesion_1():
    rows = [lesion(-7, "L1", 30), lesion(60, "L1", 30), lesion(60, "L10", 30)]
    found = course(lesions=rows)
    assert found.visits[0].sum == 30
    assert "target lesion L10 of 2020-03-01 is not at baseline" in told(found)[0]


def test_nodes_count_by_their_short_axis_and_may_be_left():
    node = {"organ": "lymph node", "node": "yes"}
    rows = [lesion(-7, "L1", 30), lesion(-7, "N1", 20, **node)]
    rows += [lesion(60, "L1", 0), lesion(60, "N1", 9, **node)]
    rows += [lesion(120, "L1", 0), lesion(120, "N1", 11, **node)]
    rows += [lesion(180, "L1", "too small"), lesion(180, "N1", 9, **node)]
    found = course(lesions=rows)
    assert responses(found) == ["CR", "PR", "PD"]
    assert [visit.sum for visit in found.visits] == [9, 11, 14]


def test_nadir_is_of_complete_sums_baseline_included():
    rows = BASELINE + two(60, 20, 20) + two(120, 10, "not measured") + two(180, 28, 20)
    found = course(lesions=rows)
    assert [visit.nadir for visit in found.visits] == [50, 40, 40]
    assert responses(found) == ["SD", "NE", "PD"]
    assert said(found.visits[2].reasons[0]).endswith("over nadir 40 mm of 2020-03-01")
    assert [visit.change for visit in found.visits] == [-0.2, None, pytest.approx(-0.04)]
    assert found.best_change == -0.2


@pytest.mark.cases
def test_non_target_disease_and_new_lesions(nontarget, new, response):
    flags = [
        assessment(-7, nontarget="Non-CR/Non-PD"),
        assessment(60, nontarget=nontarget, new_lesion=new),
    ]
    (visit,) = course(flags, BASELINE + two(60, 0, 0)).visits
    assert visit.response == response


def test_no_non_target_disease_is_not_one_that_was_not_evaluated():
    flags = [assessment(-7), assessment(60, new_lesion="no")]
    (visit,) = course(flags, BASELINE + two(60, 0, 0)).visits
    assert (visit.nontarget, visit.response) == ("", "CR")


def test_non_target_disease_that_was_seen_later_and_then_not_spoken_of():
    flags = [assessment(60, nontarget="Non-CR/Non-PD"), assessment(120)]
    rows = BASELINE + two(60, 0, 0) + two(120, 0, 0)
    assert [visit.nontarget for visit in course(flags, rows).visits] == [NON_CR_NON_PD, "NE"]


def test_a_place_of_a_new_lesion_is_a_new_lesion():
    found = course([assessment(60, new_lesion_site="lung")], BASELINE + two(60, 30, 20))
    (visit,) = found.visits
    assert (visit.response, visit.progressed_in) == ("PD", ("lung",))
    assert [said(why) for why in visit.reasons] == ["new lesion: lung"]


def test_all_signs_of_progression_are_told_the_deciding_one_first():
    flags = [assessment(60, nontarget="PD", new_lesion="yes", new_lesion_site="liver, lung")]
    (visit,) = course(flags, BASELINE + two(60, 40, 30)).visits
    assert [said(why) for why in visit.reasons] == [
        "sum 70 mm is +40 % and +20 mm over nadir 50 mm of 2019-12-25",
        "unequivocal progression of non-target lesions",
        "new lesion: liver, lung",
    ]


@pytest.mark.cases
def test_non_target_lesions_that_are_listed(sizes, nontarget):
    rows = BASELINE + two(60, 0, 0)
    rows += [lesion(-7, f"X{n}", "present", target="no") for n in (1, 2)]
    rows += [
        lesion(60, f"X{n}", text, target="no")
        for n, text in zip((1, 2), sizes, strict=True)
        if text is not None
    ]
    (visit,) = course(lesions=rows).visits
    assert visit.nontarget == nontarget
    assert visit.response == ("CR" if nontarget == "CR" else "PR")


@pytest.mark.cases
def test_nodes_that_are_no_targets_are_gone_under_10_mm(before, after, nontarget, response):
    node = {"organ": "lymph node", "node": "yes", "target": "no"}
    rows = [*BASELINE, lesion(-7, "N1", before, **node), *two(60, 0, 0)]
    rows += [] if after is None else [lesion(60, "N1", after, **node)]
    (visit,) = course(lesions=rows).visits
    assert (visit.nontarget, visit.response) == (nontarget, response)


def test_non_target_disease_alone():
    rows = [assessment(-7, nontarget="present"), assessment(60, nontarget="Non-CR/Non-PD")]
    rows += [assessment(120, nontarget="CR"), assessment(180, nontarget="PD")]
    found = course(rows)
    assert responses(found) == [NON_CR_NON_PD, "CR", "PD"]
    assert {visit.basis for visit in found.visits} == {"flags"}


# What there is to derive from ------------------------------------------------------------------


def test_lesions_before_sums_before_letters():
    rows = [
        assessment(-7, sld_mm=50),
        assessment(60, sld_mm=50, response_recorded="PD"),
        assessment(120, sld_mm=30, response_recorded="PD"),
        assessment(180, response_recorded="PR"),
        assessment(240),
    ]
    found = course(rows, BASELINE + two(60, 30, 20))
    assert [visit.basis for visit in found.visits] == ["lesions", "sums", "recorded", "flags"]
    assert responses(found) == ["SD", "PR", "PR", "NE"]
    assert found.visits[0].recorded == "PD"


def test_sums_that_are_not_those_of_the_lesions_are_not_compared_with_them():
    rows = [assessment(-7, sld_mm=90), assessment(60, sld_mm=30, response_recorded="SD")]
    found = course(rows, BASELINE)
    assert (found.visits[0].basis, responses(found)) == ("recorded", ["SD"])
    assert "given as 90 mm, and the target lesions add up to 50 mm" in told(found)[0]


def test_baseline_sum_of_the_patient():
    found = course([assessment(60, sld_mm=35)], baseline_sld_mm=[50.0])
    assert (responses(found), found.baseline) == (["PR"], 50)
    assert found.findings == ()
    grown = course([assessment(60, sld_mm=60)], baseline_sld_mm=[50.0])
    assert said(grown.visits[0].reasons[0]) == "sum 60 mm is +20 % and +10 mm over baseline 50 mm"


def test_the_latest_assessment_up_to_the_first_procedure_is_the_baseline():
    rows = [assessment(day, sld_mm=total) for day, total in ((-90, 10), (-30, 40), (0, 50))]
    found = course([*rows, assessment(60, sld_mm=48)])
    assert (found.baseline, found.baseline_date) == (50, date(2020, 1, 1))
    assert (responses(found), found.visits[0].nadir) == (["SD"], 50)


def test_without_a_baseline_only_letters_count():
    found = course([assessment(60, sld_mm=48), assessment(120, sld_mm=20, response_recorded="PR")])
    assert responses(found) == ["NE", "PR"]
    assert said(found.visits[0].reasons[0]) == "no sum of diameters at baseline"
    assert told(found) == ["P1: assessed after the first procedure, and not on or before it"]


def test_without_a_first_procedure_nothing_is_placed_in_time():
    tables = cohort([assessment(60, sld_mm=48)]).tables
    people = pd.DataFrame({"patient_id": ["P1", "P2"], "first_procedure_date": [pd.NaT, START]})
    found = recist.courses(Cohort(people, tables), PLAN)
    assert list(found) == ["P1", "P2"]
    assert [len(each.visits) for each in found.values()] == [0, 0]
    assert told(found["P1"]) == [
        "P1: no date of first procedure; responses cannot be placed in time"
    ]
    assert found["P2"].findings == ()


def test_a_cohort_without_tables_has_empty_courses():
    found = course()
    assert (found.visits, found.best.response, found.response_at(183, 45)) == ((), "", "")
    assert found.duration_of_response() is None


def test_lesions_without_names_are_counted():
    rows = [*two(-7, 30, 20), *two(60, 20, 30), lesion(120, "", 50)]
    rows = [{**row, "lesion_id": None} for row in rows]
    for order in (rows, rows[::-1]):
        assert responses(course(lesions=order)) == ["SD", "NE"]


def test_several_rows_on_a_date_take_the_worst():
    rows = [
        assessment(-7, sld_mm=50),
        assessment(60, sld_mm=48, response_recorded="PR", nontarget="CR"),
        assessment(60, sld_mm=50, response_recorded="SD", nontarget="PD", new_lesion="yes"),
    ]
    found = course(rows)
    (visit,) = found.visits
    assert (visit.sum, visit.recorded, visit.nontarget, visit.new_lesion) == (50, "SD", "PD", True)
    assert told(found)[:2] == [
        "P1: several sums on 2020-03-01; the largest is used",
        "P1: the recorded responses of 2020-03-01 differ; the worst is used",
    ]


def test_what_cannot_be_read_is_told_and_not_evaluated():
    found = course([assessment(60, nontarget="fine?")], BASELINE + two(60, "30?", 20))
    assert told(found) == [
        "P1: 'fine?' on 2020-03-01 is not understood; taken as not evaluated",
        "P1: '30?' on 2020-03-01 is not understood; taken as not evaluated",
    ]
    assert found.visits[0].response == "NE"


def test_findings_and_visits_name_their_rows():
    made = cohort([assessment(-7), assessment(60, nontarget="unclear")], BASELINE + two(60, 30, 20))
    tables = {
        name: table.assign(row=range(2, 2 + len(table))) for name, table in made.tables.items()
    }
    found = recist.courses(replace(made, tables=tables), PLAN)["P1"]
    rows = (("assessments", 3), ("lesions", 4), ("lesions", 5))
    assert found.visits[0].rows == rows
    assert found.findings[0].rows == (3, 4, 5)


def test_a_later_lesion_without_a_mark_is_asked_about():
    rows = [*BASELINE, *two(60, 30, 20), lesion(-7, "X1", "present", target="no")]
    rows += [lesion(60, "X1", "present", target="no"), lesion(60, "X2", 8, target="no")]
    assert told(course(lesions=rows)) == [
        "P1: lesion X2 of 2020-03-01 is not at baseline, and no new lesion is marked"
    ]


@pytest.mark.cases
def test_a_node_that_becomes_pathological_is_asked_about(before, after, new, asked):
    node = {"organ": "lymph node", "node": "yes", "target": "no"}
    rows = [*BASELINE, lesion(-7, "X1", "present", target="no"), *two(60, 30, 20)]
    rows += [] if before is None else [lesion(-7, "N1", before, **node)]
    rows += [lesion(60, "X1", "present", target="no"), lesion(60, "N1", after, **node)]
    found = course([assessment(60, new_lesion=new)], rows)
    assert responses(found) == ["PD" if new == "yes" else "SD"]
    assert any("no new lesion is marked" in words for words in told(found)) is asked


def test_the_question_about_a_node_says_that_it_was_normal():
    node = {"organ": "lymph node", "node": "yes", "target": "no"}
    rows = [*BASELINE, lesion(-7, "N1", 9, **node), *two(60, 30, 20), lesion(60, "N1", 11, **node)]
    assert told(course(lesions=rows)) == [
        "P1: lymph node N1 is of 10 mm or more on 2020-03-01 and was smaller at baseline, and no "
        "new lesion is marked"
    ]


@pytest.mark.cases
def test_target_lesions_that_come_back_are_progression_after_an_overall_cr_alone(
    nontarget, again, response
):
    flags = [assessment(-7, nontarget="Non-CR/Non-PD"), assessment(60, nontarget=nontarget)]
    flags.append(assessment(120, nontarget="Non-CR/Non-PD"))
    rows = [*two(-7, 15, 40), *two(60, 0, 0), *two(120, again, 0)]
    found = course(flags, rows)
    assert responses(found) == ["CR" if nontarget == "CR" else "PR", response]
    by_sum = [assessment(day, sld_mm=sld) for day, sld in ((-7, 55), (60, 0), (120, again))]
    for flag, total in zip(flags, by_sum, strict=True):
        total["nontarget"] = flag["nontarget"]
    assert responses(course(by_sum)) == responses(found)
    for choices in (DIRECTED, LIVER_ONLY):
        assert responses(course(flags, rows, choices)) == responses(found)


def test_an_overall_cr_that_is_only_recorded_is_one_too():
    flags = [assessment(60, response_recorded="CR")]
    found = course(flags, [*BASELINE, *two(120, 3, 0)])
    assert responses(found) == ["CR", "PD"]


def test_a_small_lesion_that_comes_back_has_a_reason_without_a_percentage_of_nothing():
    flags = [assessment(day, nontarget="Non-CR/Non-PD") for day in (-7, 60, 120)]
    rows = [lesion(-7, "L1", 5), lesion(60, "L1", 0), lesion(120, "L1", 4)]
    found = course(flags, rows)
    assert responses(found) == ["PR", "SD"]
    assert said(found.visits[1].reasons[0]) == "sum 4 mm after the target lesions had disappeared"


def test_the_liver_and_what_is_outside_ask_their_own_complete_response():
    rows = [*BASELINE, lung(-7, 20), *two(60, 0, 0), lung(60, 20), *two(120, 3, 0), lung(120, 20)]
    found = course(lesions=rows)
    assert responses(found) == ["PR", "PR"]  # the lung was never gone
    assert found.hepatic_progression_date == date(2020, 4, 30)
    assert found.overall_progression_date is None
    left = [assessment(day, nontarget="Non-CR/Non-PD") for day in (-7, 60, 120)]
    assert course(left, rows).hepatic_progression_date is None  # non-targets nobody places
    apart = lesion(-7, "X1", "present", organ="bone", target="no")
    assert course(left, [*rows, apart]).hepatic_progression_date == date(2020, 4, 30)


# Lesions that come back, split and merge -------------------------------------------------------


@pytest.mark.cases
def test_a_course_of_lesions(visits, expected, sums, nadirs, complete):
    """Each visit by the sizes of its lesions; the first, a week before, is the baseline."""
    rows = [
        lesion(60 * number or -7, name, size)
        for number, sizes in enumerate(visits)
        for name, size in sizes.items()
    ]
    found = course(lesions=rows)
    assert responses(found) == expected
    assert [visit.sum for visit in found.visits] == sums
    assert [visit.nadir for visit in found.visits] == nadirs
    assert [visit.complete for visit in found.visits] == complete


# Profiles --------------------------------------------------------------------------------------


@pytest.mark.cases
def test_how_many_targets_a_profile_allows(profile, n, findings):
    choices = replace(PLAN, profile=profile)
    rows = [lesion(-7, f"L{number}", 20) for number in range(n)]
    assert len(told(course(lesions=rows, choices=choices))) == findings


def test_all_lymph_nodes_together_are_one_organ():
    places = ("hilar nodes", "para-aortic lymph node", "лимфоузел")
    rows = [lesion(-7, f"N{n}", 20, organ=place) for n, place in enumerate(places)]
    assert told(course(lesions=rows, choices=DIRECTED)) == [
        "P1: 3 target lesions in one organ (lymph node), where 2 are allowed"
    ]


def test_targets_that_are_none():
    rows = [lesion(-7, "L1", 9.5), lesion(-7, "L2", 30), lesion(-7, "L3", "not measured")]
    rows += [lesion(-7, "N1", 14, node="yes", organ="lymph node"), lesion(60, "L2", 60)]
    found = course(lesions=rows)
    assert [words.split("target lesion ")[1][:2] for words in told(found)] == ["L1", "L3", "N1"]
    assert found.baseline == 53.5


def lung(day, diameter):
    return lesion(day, "T3", diameter, organ="lung")


@pytest.mark.cases
def test_progression_in_the_liver_and_outside(liver, outside, flags, overall, hepatic, places):
    rows = [*BASELINE, lung(-7, 10), *two(60, *liver), lung(60, outside)]
    for choices in (PLAN, LIVER_ONLY):
        found = course([assessment(60, **(flags or {}))], rows, choices)
        (visit,) = found.visits
        assert (visit.overall, visit.progressed_in) == (overall, tuple(places))
        assert visit.response == (overall if choices is PLAN else hepatic)
        assert visit.in_liver is (hepatic == "PD")
        seen = found.overall_progression_date, found.hepatic_progression_date
        assert [each is not None for each in seen] == [overall == "PD", hepatic == "PD"]


def test_growth_that_is_enough_only_together_is_of_no_place():
    rows = [*BASELINE, lung(-7, 15), *two(60, 35, 24), lung(60, 19)]
    found = course(lesions=rows)
    (visit,) = found.visits
    assert (visit.response, visit.progressed_in) == ("PD", ("liver", "lung"))
    assert not visit.in_liver and not visit.outside_liver
    assert found.progression_date and not found.hepatic_progression_date


def test_progression_of_the_liver_is_found_after_that_outside():
    rows = [*BASELINE, lung(-7, 10), *two(60, 30, 20), lung(60, 30)]
    rows += [*two(120, 40, 25), lung(120, 9)]
    found = course(lesions=rows, choices=LIVER_ONLY)
    assert found.overall_progression_date == date(2020, 3, 1)
    assert found.extrahepatic_progression_date == date(2020, 3, 1)
    assert found.hepatic_progression_date == found.progression_date == date(2020, 4, 30)
    assert statuses_of(found) == ["SD", "PD"]
    assert [visit.sum for visit in found.visits] == [50, 65]
    assert found.baseline == 50


def test_non_target_lesions_outside_the_liver_do_not_concern_it():
    rows = [*BASELINE, *two(60, 0, 0), lesion(-7, "X1", "present", organ="lung", target="no")]
    found = course([assessment(60, nontarget="PD")], rows, LIVER_ONLY)
    (visit,) = found.visits
    assert (visit.response, visit.overall) == ("CR", "PD")
    assert (visit.in_liver, visit.outside_liver, visit.progressed_in) == (False, True, ("lung",))


def test_what_cannot_be_placed_counts_for_the_liver_and_is_told():
    found = by_letters((60, "SD"), (120, "PD"), choices=LIVER_ONLY)
    assert responses(found) == ["SD", "PD"]
    assert told(found) == [
        "P1: it is not said where the disease progressed on 2020-04-30; counted as progression in "
        "the liver"
    ]
    rows = [assessment(-7)]
    rows += [assessment(60, response_recorded="PD", new_lesion="yes", new_lesion_site="lung")]
    placed = course(rows, choices=LIVER_ONLY)
    assert (responses(placed), placed.visits[0].overall) == (["NE"], "PD")


# Times -----------------------------------------------------------------------------------------


@pytest.mark.cases
def test_response_at_a_fixed_time(visits, response):
    assert by_letters(*visits).response_at(183, 45) == response


@pytest.mark.cases
def test_duration_of_response(visits, death, days, ended_by):
    death = None if death is None else on(death).date()
    found = by_letters(*visits).duration_of_response(death)
    if days is None:
        assert found is None
        return
    assert (found.days, found.ended_by) == (days, ended_by)
    assert found.event is (ended_by != "last-evaluable-assessment")


def test_courses_can_be_stored_and_compared():
    found = by_sums(50, 30, 70)
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found.visits)


def test_rows_without_a_date_or_of_strangers_are_left_out():
    rows = [assessment(-7, sld_mm=50), assessment(60, sld_mm=50), assessment(60, "P9", sld_mm=1)]
    table = frame([*rows, {"patient_id": "P1", "sld_mm": 3.0}], tuple(rows[0]))
    people = cohort().patients
    assert responses(recist.courses(Cohort(people, {"assessments": table}), PLAN)["P1"]) == ["SD"]
