"""Tables that mix in words of other languages, and what is asked where words are not known."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from lib.schema import ENDPOINTS
from tests.ingest.conftest import as_csv

N = 12


def table(header, dead, alive, arms=("HAI", "TACE"), sex=("m", "w")):
    rows = [
        ["Pat.-Nr.", "Sex", "Therapy", "Date 1st procedure", header, "Date death / last contact"]
    ]
    rows += [
        [
            f"MUC-{n:03d}", sex[n % 2], arms[n % 2], f"{n + 1:02d}.03.2019",
            dead if n % 3 else alive, f"{n + 13}.05.202{n % 3}",
        ]
        for n in range(N)
    ]  # fmt: skip
    return as_csv(rows, ";")


def open_questions(data, reading=None):
    return [q for q in propose(open_file("a.csv", data), reading).questions if not q.settled]


def events(data, reading=None):
    follow = read_cohort("a.csv", data, reading).time_to_event(ENDPOINTS["OS"])
    return int(follow.used.sum()), int(follow.event.sum())


@pytest.mark.cases
def test_yes_no_and_death_of_the_neighbours_need_no_question(header, dead, alive):
    data = table(header, dead, alive, ("HAI-Chemoperfusion", "TACE"))
    assert open_questions(data) == []
    assert events(data) == (N, 8)
    assert set(read_cohort("a.csv", data).patients["modality"]) == {"HAI", "TACE"}


@pytest.mark.parametrize("header", ["Exitus (tak/nie)", "Zgon"])
def test_of_words_that_are_not_known_it_is_asked_first_who_died(header):
    data, reading = table(header, "tak", "nie"), None
    for _question in range(3):
        questions = open_questions(data, reading)
        if not questions:
            break
        assert header in questions[0].column or header in str(questions[0].answers[0].values)
        yes = [a for a in questions[0].answers if ("count", 8) in a.values]
        reading = (yes or questions[0].answers)[0].reading
    assert events(data, reading) == (N, 8)


@pytest.mark.cases
def test_a_modality_said_twice_or_behind_words_in_brackets(cell, code):
    other = "TACE" if code == "HAI" else "HAI"
    data = table("Exitus", "ja", "nein", (cell, other))
    assert set(read_cohort("a.csv", data).patients["modality"]) == {code, other}
