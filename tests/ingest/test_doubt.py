"""Both sides of the rule of doubt: columns of people and columns of the clinic, by their kinds.

The words were chosen without the lists of the vocabulary in view.
"""

import csv
import io
import pickle
import tomllib
from pathlib import Path

import pytest

from lib import ingest
from lib.ingest import personal
from lib.ingest.cells import Cells

KINDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PEOPLE = dict(KINDS["people_are_doubted_also_where_they_have_several_or_few_rows"]["kind, cells"])
CLINIC = dict(KINDS["the_clinic_is_not_doubted"]["kind, cells"])
N = 16


def holds(cells, rows=1):
    """Whether a column is held for people, each of its cells in so many rows of a patient."""
    column = Cells.of([cell for cell in cells for _row in range(rows)])
    return personal.holds_people(column, False, len(cells))


@pytest.mark.cases
def test_people_are_doubted_also_where_they_have_several_or_few_rows(kind, cells):
    assert (kind, holds(cells), holds(cells, 3), holds(cells[:6])) == (kind, True, True, True)


@pytest.mark.cases
def test_the_clinic_is_not_doubted(kind, cells):
    held = [holds(each, rows) for each in (cells, cells[:6]) for rows in (1, 3)]
    assert (kind, held) == (kind, [False] * 4)


def as_table(columns):
    """All columns in one file, beside what an analysis needs."""
    made = io.StringIO()
    write = csv.writer(made, delimiter=";")
    write.writerow(["patient_id", *(f"X{n}" for n in range(len(columns))), "modality", "os_months"])
    for i in range(N):
        cells = [cells[i] if i < len(cells) else "" for cells in columns.values()]
        write.writerow([f"P{i}", *cells, ("HAI", "TACE")[i % 2], i + 1])
    return made.getvalue().encode()


def test_a_file_of_people_keeps_none_and_gives_each_back():
    file = pickle.loads(pickle.dumps(ingest.open_file("a.csv", as_table(PEOPLE))))
    proposal = ingest.propose(file)
    kept = {each.header.text for each in proposal.columns if each.header.reason != "names"}
    assert kept == {"patient_id", "modality", "os_months"}
    secrets = [cell for cells in PEOPLE.values() for cell in cells]
    assert not [secret for secret in secrets if secret in repr(file)]
    for n in (0, len(PEOPLE) - 1):
        (column,) = [each for each in proposal.columns if each.header.text == f"X{n}"]
        cohort = ingest.read(file, proposal.mapped(column, ""))
        assert cohort.patients[f"X{n}"].tolist() == list(PEOPLE.values())[n][:N]


def test_a_file_of_the_clinic_keeps_all():
    cohort = ingest.read_cohort("a.csv", as_table(CLINIC))
    assert [each.column for each in cohort.findings if each.code == "names"] == []


# Codes of patients ------------------------------------------------------------------------------


@pytest.mark.cases
def test_codes_that_tell_who_somebody_is_are_known(kind, codes):
    assert (kind, personal.looks_like_people(Cells.of(codes))) == (kind, True)


@pytest.mark.cases
def test_codes_of_studies_are_left_alone(kind, codes):
    assert (kind, personal.looks_like_people(Cells.of(codes))) == (kind, False)
