"""A flag of those to whom nothing happened: what its header says holds, and doubt is asked."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from lib.schema import ENDPOINTS
from tests.ingest.conftest import as_csv

N = 12
MARKED = [n % 3 > 0 for n in range(N)]
"""Who has the 1, yes or +: eight of twelve."""


def table(header, one="1", zero="0", time="OS_months"):
    return as_csv(
        [
            ["patient_id", "modality", time, header],
            *(
                [f"P{n}", ("HAI", "TACE")[n % 2], f"{4.5 + n}", one if each else zero]
                for n, each in enumerate(MARKED)
            ),
        ],
        "\t",
    )


def dead(header, one="1", zero="0"):
    follow = read_cohort("a.tsv", table(header, one, zero)).time_to_event(ENDPOINTS["OS"])
    assert follow.used.all()
    return int(follow.event.sum())


def asked(header, one="1", zero="0"):
    proposal = propose(open_file("a.tsv", table(header, one, zero)))
    return [each for each in proposal.questions if each.column == header and not each.settled]


@pytest.mark.cases
def test_a_one_of_those_to_whom_nothing_happened_is_no_death(header):
    assert (dead(header), asked(header)) == (4, [])


@pytest.mark.cases
def test_a_one_is_a_death_where_the_header_says_it_or_denies_the_opposite(header):
    assert (dead(header), asked(header)) == (8, [])


@pytest.mark.parametrize("header", ["censored", "цензурирован", "censored (yes/no)"])
@pytest.mark.parametrize(("one", "zero"), [("yes", "no"), ("да", "нет"), ("Y", "N"), ("+", "-")])
def test_words_under_such_a_header_are_turned_as_codes_are(header, one, zero):
    assert (dead(header, one, zero), asked(header, one, zero)) == (4, [])


@pytest.mark.cases
def test_codes_whose_sense_is_in_doubt_are_asked_and_count_nobody_until_then(header, one, zero):
    data = table(header, one, zero)
    follow = read_cohort("a.tsv", data).time_to_event(ENDPOINTS["OS"])
    assert not follow.event.any()
    (question,) = asked(header, one, zero)
    counts = set()
    for answer in question.answers[:2]:
        follow = read_cohort("a.tsv", data, answer.reading).time_to_event(ENDPOINTS["OS"])
        counts.add(int(follow.event.sum()))
    assert counts == {4, 8}


def test_an_endpoint_that_everyone_has_is_told():
    told = read_cohort("a.tsv", table("dead", "1", "1")).findings
    (finding,) = [each for each in told if each.code == "nobody-censored"]
    assert (finding.severity, finding.column) == ("warning", "dead")
    some = read_cohort("a.tsv", table("dead")).findings
    assert not [each for each in some if each.code == "nobody-censored"]


@pytest.mark.cases
def test_a_code_that_the_header_declares_missing_is_missing_without_a_question(header):
    rows = [["patient_id", "modality", header]]
    rows += [[f"P{n}", "HAI", "-9" if n % 3 else f"{20 + n}"] for n in range(N)]
    data = as_csv(rows, "\t")
    cohort = read_cohort("a.tsv", data)
    assert cohort.patients["cea_baseline"].tolist()[::3] == [20, 23, 26, 29]
    assert cohort.patients["cea_baseline"].notna().sum() == 4
    assert not [each for each in propose(open_file("a.tsv", data)).questions if not each.settled]
