"""What the rows of a file prove of the unit of its times."""

import datetime

import pytest

from lib.ingest import open_file, propose
from tests.ingest.conftest import as_csv

START = datetime.date(2020, 1, 6)
LIVED = [210, 350, 98, 707, 553, 280, 420, 644]
"""Days."""


def units(rows):
    proposal = propose(open_file("a.csv", as_csv(rows, ";")))
    return [
        [dict(answer.values)["unit"] for answer in question.answers if dict(answer.values)]
        for question in proposal.questions
        if question.kind == "unit"
    ]


@pytest.mark.parametrize(("unit", "length"), [("days", 1), ("weeks", 7)])
def test_dates_beside_times_prove_their_unit(unit, length):
    rows = [["patient_id", "first_procedure_date", "death_date", "OS", "PFS"]]
    for number, days in enumerate(LIVED):
        end = START + datetime.timedelta(days)
        rows.append([f"P{number}", START, end, round(days / length), round(days / length / 2)])
    if unit == "weeks":  # one long time makes the unit of all doubtful
        rows.append(["P9", START, START + datetime.timedelta(2100), 300, 100])
    (answers,) = units(rows)
    assert answers[0] == unit


def test_times_to_progression_beyond_death_are_in_a_unit_of_their_own():
    rows = [["patient_id", "OS", "PFS", "death"]]
    rows += [[f"P{n}", round(days / 30, 1), days - 20, 1] for n, days in enumerate(LIVED)]
    asked = units(rows)
    assert len(asked) == 2
    assert {answers[0] for answers in asked} == {"days", "months"}
