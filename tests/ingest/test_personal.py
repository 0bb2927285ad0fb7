"""Columns that are personal by their cells: dropped and told, kept with one click, never asked."""

import pickle

import pytest

from lib import ingest, text
from lib.ingest import personal
from lib.ingest.cells import Cells
from tests.conftest import as_book
from tests.ingest.conftest import as_csv

N = 24


def table(cells, header="Column X"):
    head = ["patient_id", header, "modality", "os_months", "os_event"]
    rows = [
        [f"P{i}", cell, ("HAI", "TACE")[i % 2], str(i + 1), str(i % 2)]
        for i, cell in enumerate(cells)
    ]
    return as_csv([head, *rows], ";")


@pytest.mark.cases
def test_a_personal_column_is_dropped_told_and_kept_by_one_click(kind, cells):
    file = ingest.open_file("a.csv", table(cells))
    proposal = ingest.propose(file)
    cohort = ingest.read(file)
    (column,) = [each for each in proposal.columns if each.header.text == "Column X"]
    assert column.header.reason == "names"
    assert "Column X" not in cohort.patients
    assert [f.column for f in cohort.findings if f.code == "names"] == ["Column X"]
    said = "\n".join(map(text.finding, cohort.findings))
    of_columns = [(each.samples, each.values, each.picture) for each in proposal.columns]
    shown = f"{said}{cohort.reading}{of_columns}{proposal.questions}{proposal.first_rows}"
    assert not [cell for cell in cells if cell in shown]
    assert not [each for each in proposal.questions if each.column == "Column X"]
    kept = ingest.read(file, proposal.mapped(column, ""))
    again = ingest.read_cohort("a.csv", table(cells), kept.reading)
    assert again.patients["Column X"].equals(kept.patients["Column X"])


@pytest.mark.cases
def test_a_column_of_the_clinic_is_carried_along(kind, cells):
    cohort = ingest.read_cohort("a.csv", table(cells))
    assert [f.column for f in cohort.findings if f.code == "names"] == []
    assert "Column X" in cohort.patients


@pytest.mark.cases
def test_what_a_header_says_of_people_is_not_kept(header, cells):
    cohort = ingest.read_cohort("a.csv", table(cells, header))
    assert [f.column for f in cohort.findings if f.code == "names"] == [header]
    assert not [cell for cell in cells if cell in cohort.patients.to_csv()]


@pytest.mark.cases
def test_what_a_header_says_of_people_is_kept_where_no_cell_names_one(header, cells):
    cohort = ingest.read_cohort("a.csv", table(cells, header))
    assert [f.column for f in cohort.findings if f.code == "names"] == []


# Codes of patients ------------------------------------------------------------------------------


@pytest.mark.cases
def test_codes_that_hold_who_a_patient_is_become_numbers(codes, told):
    data = as_csv([["patient_id", "os_months", "os_event"], *([c, "5", "1"] for c in codes)])
    file = ingest.open_file("a.csv", data)
    assert not [code for code in codes if code in repr(file.sheets)]
    cohort = ingest.read(file)
    assert cohort.patients["patient_id"].tolist() == [str(i) for i in range(1, len(codes) + 1)]
    assert any("looked like names or numbers of people" in line for line in told(cohort))
    (asked,) = [each for each in ingest.propose(file).questions if each.code == "ask-like-people"]
    assert asked.settled
    kept = ingest.read(file, asked.answers[1].reading)
    assert kept.patients["patient_id"].tolist() == codes
    again = ingest.read_cohort("a.csv", data, kept.reading)
    assert again.digest == kept.digest
    (asked,) = [
        each
        for each in ingest.propose(file, kept.reading).questions
        if each.code == "ask-like-people"
    ]
    numbered = ingest.read(file, asked.answers[1].reading)
    assert numbered.patients.equals(cohort.patients)


def test_codes_that_look_personal_in_one_sheet_are_replaced_in_all_that_it_is_joined_with(told):
    letters = "SJJMBPJAMPDJWMTLMALRWCOEJJBMJPMADPWJTMMLLAWROCSE"
    codes = [f"{letters[2 * n : 2 * n + 2]}{1940 + n}" for n in range(24)]
    head = ["patient_id", "os_months", "os_event"]
    events = [["patient_id", "term", "grade"], *([code, "Pain", 2] for code in codes[:2])]
    data = as_book({"patients": [head, *([c, 5, 1] for c in codes)], "adverse_events": events})
    file = ingest.open_file("a.xlsx", data)
    cohort = ingest.read(file)
    assert not [code for code in codes if code in f"{file.sheets}{told(cohort)}"]
    assert cohort.tables["adverse_events"]["patient_id"].tolist() == ["1", "2"]
    (asked,) = [each for each in ingest.propose(file).questions if each.code == "ask-like-people"]
    kept = ingest.read(file, asked.answers[1].reading)
    assert kept.tables["adverse_events"]["patient_id"].tolist() == codes[:2]


@pytest.mark.cases
def test_codes_of_a_study_stay(codes):
    cells = Cells.of(codes)
    assert not personal.looks_like_people(cells)


# Names of files, and what a worker is handed -----------------------------------------------------


def test_a_file_that_is_handed_to_a_worker_still_gives_back_what_is_withheld():
    mails = [f"someone{n}@mail.example" for n in range(12)]
    rows = [["modality", "reach"], *([("HAI", "TACE")[n % 2], mails[n]] for n in range(12))]
    file = pickle.loads(pickle.dumps(ingest.open_file("a.csv", as_csv(rows))))
    column = ingest.propose(file).columns[-1]
    kept = ingest.read(file, ingest.propose(file).mapped(column, ""))
    assert kept.patients["reach"].tolist() == mails


@pytest.mark.parametrize("codes", [["OVR", "BOR"], ["PFS", "TTP", "BOR"], ["ОВР", "БОР"]])
def test_capitals_of_one_length_are_short_for_something(codes):
    assert not personal.looks_personal(Cells.of(codes))
