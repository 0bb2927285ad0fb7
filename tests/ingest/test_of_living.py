"""Dates of death that the living have too are those of the last contact of all."""

import pytest

from lib import ingest
from lib.ingest import read_cohort
from lib.schema import ENDPOINTS
from tests.ingest.conftest import as_csv

DEAD = [True, False, True, True, False, True]
ENGLISH, RUSSIAN = ("Vital status", "dead", "alive"), ("Статус пациента", "умер", "жив")


def table(header, status, dated=(True,) * 6):
    name, died, alive = status
    rows = [["patient_id", "modality", "first_procedure_date", name, header]]
    return rows + [
        [f"P{i}", ("HAI", "TACE")[i % 2], f"{i + 1:02d}.03.2019", died if dead else alive,
         f"{i + 13}.0{i + 4}.2020" if there else ""]
        for i, (dead, there) in enumerate(zip(DEAD, dated, strict=True))
    ]  # fmt: skip


def column(rows, header, reading=None):
    proposal = ingest.propose(ingest.open_file("a.csv", as_csv(rows, ";")), reading)
    return proposal, next(each for each in proposal.columns if each.header.text == header)


def read(rows, reading=None):
    return read_cohort("a.csv", as_csv(rows, ";"), reading)


@pytest.mark.cases
def test_dates_of_death_of_the_living_are_the_last_contact_and_told(header, status):
    rows = table(header, status)
    cohort = read(rows)
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    assert follow.used.all() and follow.event.tolist() == DEAD
    (told,) = [each for each in cohort.findings if each.code == "of-living"]
    assert (told.severity, told.rows) == ("warning", (3, 6))
    proposal, own = column(rows, header)
    mapped = proposal.mapped(own, "death_date")
    assert column(rows, header, mapped)[1].header.column == "death_date"


@pytest.mark.parametrize(
    ("header", "status"), [("Date of death", ENGLISH), ("Дата смерти", RUSSIAN)]
)
def test_dates_of_the_dead_alone_stay_their_deaths(header, status):
    for dated in (DEAD, [True, True, True, True, False, True]):  # one slip is a contradiction
        rows = table(header, status, dated)
        assert column(rows, header)[1].header.column == "death_date"
        assert not [each for each in read(rows).findings if each.code == "of-living"]


@pytest.mark.cases
def test_abbreviations_of_last_contact_and_death_are_the_last_contact(header, status):
    rows = table(header, status)
    assert column(rows, header)[1].header.column == "last_contact_date"
    follow = read(rows).time_to_event(ENDPOINTS["OS"])
    if header != "DOLC":
        assert follow.used.all() and follow.event.tolist() == DEAD


@pytest.mark.parametrize(
    ("header", "status"), [("Death form", ENGLISH), ("Смерть по форме", RUSSIAN)]
)
def test_what_may_be_death_is_offered_as_the_last_contact_first(header, status):
    rows = table(header, status)
    proposal, own = column(rows, header)
    assert own.header.column == ""
    (question,) = [each for each in proposal.questions if each.column == header]
    assert "death of those who died" in question.answers[0].message
    follow = read(rows, question.answers[0].reading).time_to_event(ENDPOINTS["OS"])
    assert follow.used.all() and follow.event.tolist() == DEAD


def test_the_name_that_cleaned_data_have_is_read_back_as_it_stands():
    found = read(table("death_date", ENGLISH))
    assert found.patients["death_date"].notna().all()
    assert "last_contact_date" not in found.patients
