"""When two names beside one row number may be one person's; see `cases/row_numbers.txt`."""

import pytest

from lib.ingest.row_numbers import agree


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов Иван Иванович", "Иванов"),
        ("Иванов И.И.", "ИВАНОВ ИВАН ИВАНОВИЧ"),
        ("Семёнов С.", "Семенов"),
        ("Smith, John", "John Smith"),
        ("van Dijk J.", "Van Dijk"),
    ],
)
def test_names_of_one_person_agree(one, other):
    assert agree(one, other)
    assert agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов Иван", "Петров"),
        ("Иванов И.И.", "Иванов П.И."),
        ("John Smith", "John Brown"),
        ("И.И.", "Иванов И.И."),
        ("Иванов", "Иванова"),
        ("Иванов Иван", "Петров Иван И."),
        ("", "Иванов"),
    ],
)
def test_names_of_two_people_do_not(one, other):
    assert not agree(one, other)
    assert not agree(other, one)
