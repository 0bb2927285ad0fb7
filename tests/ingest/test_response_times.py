"""A response at a time that its header gives anywhere, in any unit."""

import pytest

from lib.ingest import open_file, propose
from lib.ingest.contents import months_in
from tests.ingest.conftest import as_csv

WORDS = ("PR", "SD", "PD", "CR", "not done")


def proposed(headers, cells=WORDS):
    rows = [["patient_id", "modality", *headers]]
    rows += [
        [
            f"P{n}",
            ("HAI", "TACE")[n % 2],
            *(cells[(n + k) % len(cells)] for k in range(len(headers))),
        ]
        for n in range(20)
    ]
    return propose(open_file("a.tsv", as_csv(rows, "\t")))


@pytest.mark.cases
def test_the_time_of_a_header(header, months):
    assert months_in(header) == (pytest.approx(months, abs=0.05) if months else None)


@pytest.mark.cases
def test_responses_are_at_the_nearest_fixed_time(headers):
    proposal = proposed(headers)
    meant = {each.header.text: each.header.column for each in proposal.columns}
    assert [meant[header] for header in headers] == ["response_3m", "response_6m", "response_12m"]
    assert not [each for each in proposal.questions if not each.settled]


@pytest.mark.cases
def test_outside_every_window_the_nearest_is_asked_first(header, field):
    (question,) = [each for each in proposed([header]).questions if not each.settled]
    (mapped,) = question.answers[0].reading.columns
    assert (mapped.header, mapped.column) == (header, field)


def test_codes_at_a_time_are_asked_about_at_that_time():
    questions = proposed(["Wk12 response", "Wk24 response"], ("1", "2", "3", "4")).questions
    first = {q.column: q.answers[0].reading.columns[0].column for q in questions if not q.settled}
    assert first == {"Wk12 response": "response_3m", "Wk24 response": "response_6m"}


def test_of_two_for_one_time_the_nearer_is_taken_and_the_other_offered():
    proposal = proposed(["RECIST 8 weeks", "RECIST 13 weeks"])
    meant = {each.header.text: each.header.column for each in proposal.columns}
    assert (meant["RECIST 13 weeks"], meant["RECIST 8 weeks"]) == ("response_3m", "")
    assert [each.kind for each in proposal.questions] == ["twice"]


def test_the_best_response_within_a_time_is_none_at_it():
    proposal = proposed(["Best response within 6 months"])
    assert "response_6m" not in [each.header.column for each in proposal.columns]
