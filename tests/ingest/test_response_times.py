"""A response at a time that its header gives anywhere, in any unit."""

import pytest

from lib.ingest import open_file, propose
from lib.ingest.response_times import months_in
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


@pytest.mark.parametrize(
    ("header", "months"),
    [
        ("Visit 1 (wk 12) RECIST", 2.8),
        ("Visit 1 wk 12", 2.8),
        ("RECIST_d90", 3.0),
        ("Оценка на 12-й неделе", 2.8),
        ("CT scan 13 wks", 3.0),
        ("Follow-up 6m RECIST 1.1", 6),
        ("RECIST (0.5 year)", 6),
        ("КТ через полгода", 6),
        ("Ответ через квартал", 3),
        ("Response at 18 months", 18),
        ("q12w RECIST", None),
        ("RECIST every 12 weeks", None),
        ("Response 3 mo / 6 mo", None),
        ("RECIST 1.1", None),
        ("Visit 2 response", None),
    ],
)
def test_the_time_of_a_header(header, months):
    assert months_in(header) == (pytest.approx(months, abs=0.05) if months else None)


@pytest.mark.parametrize(
    "headers",
    [
        ("Visit 1 (wk 12) RECIST", "Visit 2 (wk 24) RECIST", "Visit 3 (wk 52) RECIST"),
        ("Wk12 response", "Wk24 response", "Wk48 response"),
        ("wk12", "wk24", "wk52"),
        ("CT 90 days", "CT 180 days", "1-year CT"),
        ("Ответ, 12 нед.", "Ответ, 24 нед.", "Ответ, 52 нед."),
        ("МРТ через 3 мес. после ХЭПА", "КТ через полгода", "КТ через год"),
        ("3м", "6м", "12м"),
    ],
)
def test_responses_are_at_the_nearest_fixed_time(headers):
    proposal = proposed(headers)
    meant = {each.header.text: each.header.column for each in proposal.columns}
    assert [meant[header] for header in headers] == ["response_3m", "response_6m", "response_12m"]
    assert not [each for each in proposal.questions if not each.settled]


@pytest.mark.parametrize(
    ("header", "field"),
    [("Response at 9 months", "response_6m"), ("Ответ 18 мес", "response_12m")],
)
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
