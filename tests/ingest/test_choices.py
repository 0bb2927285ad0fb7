"""Columns that are the choices of one question: marks, whatever the question and its codes."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from lib.ingest.codebook import choice_of
from tests.ingest.conftest import as_csv

GIVEN = [(1, 0), (0, 1), (1, 1), (1, 0), (0, 1), (0, 1)]


def table(one, other, yes="1", no="0"):
    rows = [["patient_id", "sex", one, other, "os_months", "os_event"]]
    for n, given in enumerate(GIVEN):
        marks = [yes if each else no for each in given]
        rows.append([f"P{n}", "MF"[n % 2], *marks, f"{n + 4.5}", n % 2])
    return as_csv(rows, "\t")


@pytest.mark.cases
def test_the_question_and_the_choice_of_a_header(header, stem, code):
    assert choice_of(header) == (stem, code)


@pytest.mark.cases
@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("Checked", "Unchecked"), ("x", "")])
def test_choices_that_name_modalities_are_marks(one, other, yes, no):
    data = table(one, other, yes, no)
    arms = read_cohort("a.tsv", data).patients["modality"].tolist()
    assert arms == ["HAI", "TACE", "BOTH", "HAI", "TACE", "TACE"]
    assert not [each for each in propose(open_file("a.tsv", data)).questions if not each.settled]


@pytest.mark.cases
def test_choices_that_are_only_numbered_are_asked_about_once(one, other):
    data = table(one, other)
    proposal = propose(open_file("a.tsv", data))
    (question,) = [each for each in proposal.questions if not each.settled]
    arms = read_cohort("a.tsv", data, question.answers[0].reading).patients["modality"].tolist()
    assert arms == ["HAI", "TACE", "BOTH", "HAI", "TACE", "TACE"]


@pytest.mark.parametrize("stem", ["prior_tx", "complication", "subsequent_treatment"])
def test_choices_of_a_question_about_another_time_are_no_modality(stem):
    cohort = read_cohort("a.tsv", table(f"{stem}___hai", f"{stem}___tace"))
    assert "modality" not in cohort.patients
