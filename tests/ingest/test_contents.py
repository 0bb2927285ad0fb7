"""Headers that several fields share are decided by the words below them."""

import pytest

from lib.ingest import open_file, propose
from tests.ingest.conftest import as_csv

SITES = ["colon", "rectum", "right colon", "sigmoid colon"]
ОПУХОЛИ = ["прямая кишка", "сигмовидная", "слепая кишка"]
HOSPITALS = ["City Hospital 1", "University Clinic", "Colorectal Centre"]
БОЛЬНИЦЫ = ["ОКБ №1", "НМИЦ онкологии", "Городская больница 5"]


def proposal(*columns):
    rows = [["Code", "Arm", "OS, months", "Died", *(header for header, _cells in columns)]]
    for n in range(12):
        cells = [each[n % len(each)] for _header, each in columns]
        rows.append([f"P{n}", ("HAI", "TACE")[n % 2], 5 + n, n % 3 % 2, *cells])
    return propose(open_file("a.csv", as_csv(rows, "\t")))


@pytest.mark.cases
def test_words_of_a_field_overrule_a_header_that_several_share(header, cells, field):
    found = proposal((header, cells))
    assert found.columns[4].header.column == field
    assert not [each for each in found.questions if not each.settled]


def test_each_field_has_one_column_and_two_may_change_places():
    found = proposal(("Site", SITES), ("Primary", HOSPITALS))
    assert [each.header.column for each in found.columns[4:]] == ["primary_site", "centre"]
    found = proposal(("Site", SITES), ("Primary site", SITES[::-1]))
    assert [each.header.column for each in found.columns[4:]] == ["", "primary_site"]


@pytest.mark.cases
def test_what_is_no_field_or_is_said_already_is_carried_without_a_question(header, cells):
    found = proposal((header, cells))
    assert found.columns[4].header.column == ""
    assert not [each for each in found.questions if not each.settled]


def test_a_header_of_its_own_is_not_overruled():
    found = proposal(("Metastasis site", ["liver, colon", "rectum"]), ("Surgeon", HOSPITALS))
    assert [each.header.column for each in found.columns[4:]] == ["", ""]
