"""What responses rest on, by the page's own path; the letters themselves are tested in recist."""

from datetime import timedelta

import pytest

from lib.analyses import courses, response
from lib.analyses.states import BEST
from lib.plan import Condition
from lib.recist import NON_CR_NON_PD
from tests.conftest import START, after, studied, study_of
from tests.recist.test_best import SUBJECTS

CODES = [state.code for state in response.STATES]
PATIENTS = {
    "modality": ["HAI", "TACE", "HAI", "TACE"],
    "first_procedure_date": [START, START, START, None],
    "last_contact_date": [after(30)] * 4,
    "response_6m": ["SD", "SD", "PR", None],
    "response_12m": ["PR", "SD", "SD", None],
    "best_response": [None, None, "PR", None],
}
# P1 by sums, P2 by one letter, P3 not at all, P4 without a first procedure.
ASSESSMENTS = {
    "patient_id": ["P1", "P1", "P1", "P2", "P4"],
    "assessment_date": [after(-0.5), after(3), after(6), after(6), after(6)],
    "sld_mm": [100, 80, 100, None, 50],
    "response_recorded": [None, "SD", None, "PR", None],
}


def built(assessments=None, selection=(), patients=None, **choices):
    tables = {"assessments": assessments or ASSESSMENTS}
    return study_of(patients or PATIENTS, tables, selection=selection, **choices)


def test_assessments_are_counted_by_what_they_rest_on():
    found = built().derivation()
    assert list(found.courses) == ["P1", "P2"]
    assert found.visits == (("sums", 2), ("recorded", 1))


def test_what_nobody_measured_stands_as_recorded_and_is_counted():
    found = built().derivation()
    # at 6 months P3; at 12 P2 and P3, for P1 had progressed; at best P3
    assert found.standing == {"response_6m": 1, "response_12m": 2, "best_response": 1}
    assert built(source="recorded").derivation().standing == {}


def test_only_the_disagreements_of_patients_under_study_are_told():
    found = built().derivation()
    said = [(d.patient_id, d.column.name, d.recorded, d.derived) for d in found.disagreements]
    assert said == [
        ("P1", "response_6m", "SD", "PD"),
        ("P1", "response_12m", "PR", "PD"),
        ("P2", "response_6m", "SD", "PR"),
    ]
    assert found.disagreeing == 2
    some = built(selection=(Condition("modality", ("TACE",)),)).derivation()
    assert [each.patient_id for each in some.disagreements] == ["P2"]
    assert (list(some.courses), some.visits) == (["P2"], (("recorded", 1),))


def test_an_assessment_without_a_first_procedure_is_told():
    found = built().derivation()
    told = [each.message for each in found.findings if "no date of first procedure" in each.message]
    assert len(told) == 1
    nobody = built(
        {name: values[4:] for name, values in ASSESSMENTS.items()},
        patients={name: values[3:] for name, values in PATIENTS.items()} | {"patient_id": ["P4"]},
    )
    assert not nobody.measured.courses
    assert len(nobody.derivation().findings) == 1


@pytest.mark.parametrize(("derived", "used"), [("derived", "derived"), ("recorded", "recorded")])
def test_disagreement_is_a_caution_that_says_which_one_is_used(derived, used):
    found = [
        c for c in response.by_group(built(source=derived)).cautions if c.code == "disagreements"
    ]
    (caution,) = found
    assert dict(caution.values) == {"n": 3, "patients": 2}
    assert f"The {used} ones are used" in caution.message


def test_the_sample_agrees_with_itself_and_has_no_such_caution():
    result = response.by_group(studied("workbook"))
    assert result.derivation.visits == (("lesions", 198),)
    assert (result.derivation.disagreements, result.derivation.standing) == ((), {})
    assert "disagreements" not in [caution.code for caution in result.cautions]


# --- best response

SUBJECTS_LATER = {
    number: ([(day + 60, letter) for day, letter in visits], expected)
    for number, (visits, expected) in SUBJECTS.items()
}


def of_letters(subjects, **choices):
    """Patients with recorded letters at each assessment, by days; a day of baseline before."""
    rows = [
        (f"P{number}", START + timedelta(days=day), letter)
        for number, (visits, _expected) in subjects.items()
        for day, letter in visits
    ]
    names, days, letters = zip(*rows, strict=True)
    n = len(subjects)
    patients = {"first_procedure_date": [START] * n, "last_contact_date": [after(30)] * n}
    assessments = {
        "patient_id": list(names),
        "assessment_date": list(days),
        "response_recorded": list(letters),
    }
    return study_of(patients, {"assessments": assessments}, **choices)


def test_the_public_nine_subjects_have_their_best_response_in_the_cohort_under_study():
    # An assessment on the day of the first procedure is a baseline here, so all come a day later.
    shifted = {
        number: ([(day + 1, letter) for day, letter in visits], expected)
        for number, (visits, expected) in SUBJECTS.items()
    }
    study = of_letters(shifted, sd_days=29, confirm_days=28)
    best = study.cohort.patients["best_response"].fillna("").tolist()
    assert best == [expected for _visits, expected in SUBJECTS.values()]
    confirmed, unconfirmed = response.by_group(study).both_ways
    counts = dict(zip(CODES, confirmed.everyone.counts.tolist(), strict=True))
    assert {code: n for code, n in counts.items() if n} == {
        "CR": 1,
        "SD": 4,
        NON_CR_NON_PD: 1,
        "PD": 1,
        "NE": 1,
        "lost": 1,
    }
    assert (confirmed.everyone.objective[0].k, confirmed.everyone.objective[0].n) == (1, 9)
    # without confirmation: CR in 1, 2, 3, 6 and 7, PR in 4 and 5
    assert (unconfirmed.everyone.objective[0].k, unconfirmed.everyone.objective[0].n) == (7, 9)


@pytest.mark.parametrize("confirm", [True, False])
def test_the_plans_own_best_response_is_one_of_the_two(confirm):
    result = response.by_group(of_letters(SUBJECTS_LATER, confirm=confirm))
    (best,) = [time for time in result.times if time.months == BEST]
    assert best.confirmed is confirm
    same = result.both_ways[0 if confirm else 1]
    assert best.everyone.counts.tolist() == same.everyone.counts.tolist()
    assert [time.confirmed for time in result.both_ways] == [True, False]


def test_one_assessment_alone_is_never_called_a_best_response():
    once = {1: ([(90, "PR")], ""), 2: ([(180, "SD")], "")}
    study = of_letters(once)
    result = response.by_group(study)
    assert [time.months for time in result.times] == [3, 6]
    assert result.both_ways == ()
    assert not courses.assessed_twice(study.measured.courses)


def test_what_was_recorded_of_the_unmeasured_stands_in_both_ways():
    confirmed, unconfirmed = response.by_group(built()).both_ways
    # P3's recorded PR; P2's single letter PR is confirmed by nothing
    assert confirmed.everyone.objective[0].k == 1
    assert unconfirmed.everyone.objective[0].k == 2
    recorded = response.by_group(built(source="recorded"))
    assert recorded.both_ways == ()
    assert all(time.confirmed is None for time in recorded.times)
