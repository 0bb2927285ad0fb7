"""Courses from lesions, from sums, and from letters."""

import pickle
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from lib import recist
from lib.cohort import Cohort
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


def given(line):
    """The day of a line, and what it says of it."""
    day, _colon, words = line.partition(":")
    return int(day), [each.strip() for each in words.split(";") if each.strip()]


def flags_of(line):
    day, words = given(line)
    return assessment(day, **dict(each.split("=") for each in words))


def lesions_of(line):
    day, words = given(line)
    for name, size in (each.split(" ", 1) for each in words):
        node = {"organ": "lymph node", "node": "yes"} if "N" in name else {}
        yield lesion(day, name, size, **node, target="no" if name[0] == "X" else "yes")


@pytest.mark.cases
def test_what_a_course_shows(what, flags, lesions, expected, words):
    rows = [each for line in lesions for each in lesions_of(line)]
    found = course([flags_of(line) for line in flags], rows)
    derived = {
        "responses": responses(found),
        "sums": [visit.sum for visit in found.visits],
        "nadirs": [visit.nadir for visit in found.visits],
        "basis": [visit.basis for visit in found.visits],
        "recorded": [visit.recorded for visit in found.visits],
        "nontarget": [visit.nontarget for visit in found.visits],
        "best_change": found.best_change,
        "baseline": found.baseline,
    }
    assert {name: derived[name] for name in expected or ()} == (expected or {}), what
    reasons = [said(why) for visit in found.visits for why in visit.reasons]
    assert [*reasons, *told(found)] == words, what


@pytest.mark.cases
def test_sums_of_lesions(sizes, response, total):
    rows = [lesion(60, name, size) for name, size in sizes]
    (visit,) = course(lesions=BASELINE + rows).visits
    assert (visit.response, visit.sum, visit.basis) == (response, total, "lesions")


@pytest.mark.cases
def test_non_target_disease_and_new_lesions(nontarget, new, response):
    flags = [
        assessment(-7, nontarget="Non-CR/Non-PD"),
        assessment(60, nontarget=nontarget, new_lesion=new),
    ]
    (visit,) = course(flags, BASELINE + two(60, 0, 0)).visits
    assert visit.response == response


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


# What there is to derive from ------------------------------------------------------------------


def test_baseline_sum_of_the_patient():
    found = course([assessment(60, sld_mm=35)], baseline_sld_mm=[50.0])
    assert (responses(found), found.baseline) == (["PR"], 50)
    assert found.findings == ()
    grown = course([assessment(60, sld_mm=60)], baseline_sld_mm=[50.0])
    assert said(grown.visits[0].reasons[0]) == "sum 60 mm is +20% and +10 mm over baseline 50 mm"


def test_the_latest_assessment_up_to_the_first_procedure_is_the_baseline():
    rows = [assessment(day, sld_mm=total) for day, total in ((-90, 10), (-30, 40), (0, 50))]
    found = course([*rows, assessment(60, sld_mm=48)])
    assert (found.baseline, found.baseline_date) == (50, date(2020, 1, 1))
    assert (responses(found), found.visits[0].nadir) == (["SD"], 50)


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


def test_findings_and_visits_name_their_rows():
    made = cohort([assessment(-7), assessment(60, nontarget="unclear")], BASELINE + two(60, 30, 20))
    tables = {
        name: table.assign(row=range(2, 2 + len(table))) for name, table in made.tables.items()
    }
    found = recist.courses(replace(made, tables=tables), PLAN)["P1"]
    rows = (("assessments", 3), ("lesions", 4), ("lesions", 5))
    assert found.visits[0].rows == rows
    assert found.findings[0].rows == (3, 4, 5)


@pytest.mark.cases
def test_a_node_that_becomes_pathological_is_asked_about(before, after, new, asked):
    node = {"organ": "lymph node", "node": "yes", "target": "no"}
    rows = [*BASELINE, lesion(-7, "X1", "present", target="no"), *two(60, 30, 20)]
    rows += [] if before is None else [lesion(-7, "N1", before, **node)]
    rows += [lesion(60, "X1", "present", target="no"), lesion(60, "N1", after, **node)]
    found = course([assessment(60, new_lesion=new)], rows)
    assert responses(found) == ["PD" if new == "yes" else "SD"]
    assert any("no new lesion is marked" in words for words in told(found)) is asked


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
