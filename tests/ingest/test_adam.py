"""Long tables of clinical trials (CDISC ADaM): nothing of them is lost in silence."""

import pytest

from lib import ingest
from lib.ingest import read_cohort
from lib.plan import Reading
from lib.schema import ENDPOINTS
from tests.ingest.conftest import as_book

SUBJECTS = [
    ["STUDYID", "USUBJID", "AGE", "SEX", "TRT01A", "TRTSDT"],
    ["S", "1", 60, "M", "HAI", "2019-01-01"],
    ["S", "2", 61, "F", "TACE", "2019-02-01"],
]
TIMES = [
    ["USUBJID", "PARAMCD", "AVAL", "AVALU", "CNSR"],
    ["1", "OS", 365.25, "DAYS", 1],
    ["2", "OS", 730.5, "DAYS", 0],
    ["1", "LPFS", 365.25, "DAYS", 0],
    ["2", "LPFS", 365.25, "DAYS", 1],
    ["9", "OS", 365.25, "DAYS", 0],
]
RESPONSES = [
    ["USUBJID", "PARAMCD", "AVALC", "ADT"],
    ["1", "BOR", "PR", ""],
    ["1", "BOR", "SD", ""],
    ["2", "BOR", "PD", ""],
    ["1", "OVRLRESP", "SD", "2019-04-01"],
    ["1", "NEWLES", "Y", "2019-04-01"],
]
SIZES = [["USUBJID", "PARAMCD", "AVAL", "ADT"], ["1", "SUMDIAM", 40, "2019-04-01"]]
TRIAL = as_book({"ADSL": SUBJECTS, "ADTTE": TIMES, "ADRS": RESPONSES, "ADTR": SIZES})


def test_every_answer_about_a_trial_is_read():
    file = ingest.open_file("trial.xlsx", TRIAL)
    proposal = ingest.propose(file)
    assert {question.kind for question in proposal.questions} == {"event"}
    assert proposal.sheets == ("ADSL", "assessments")
    for question in proposal.questions:
        for answer in question.answers:
            assert len(ingest.read(file, answer.reading)) == 2
    for sheet in proposal.sheets:
        ingest.read(file, proposal.on_sheet(sheet))


@pytest.mark.parametrize("sheet", ["ADSL", "ADTTE", "ADRS", "ADTR"])
def test_whichever_sheet_is_chosen_the_subjects_are_the_patients(sheet):
    cohort = read_cohort("trial.xlsx", TRIAL, Reading(sheet=sheet))
    assert (cohort.source.sheet, len(cohort)) == ("ADSL", 2)
    assert read_cohort("trial.xlsx", TRIAL, cohort.reading).reading == cohort.reading


def test_every_censored_parameter_is_an_endpoint():
    cohort = read_cohort("trial.xlsx", TRIAL)
    assert [each.code for each in cohort.endpoints] == [*ENDPOINTS, "LPFS"]
    follow = cohort.time_to_event(cohort.endpoints[-1])
    assert (follow.months.tolist(), follow.event.tolist()) == ([12, 12], [True, False])


def test_what_is_not_read_of_a_trial_is_told(told):
    lines = told(read_cohort("trial.xlsx", TRIAL))
    for line in (
        ": more than one best response for a subject; the last is used (subjects: 1) []",
        ": parameters of a clinical trial's long table that are not read: NEWLES []",
        ": subjects that are not on the sheet of the subjects; left out (subjects: 1) [6]",
    ):
        assert line in lines
