"""What tells of a person in a header, and words in the place of a date."""

import pytest

from lib.ingest import identifiers
from lib.schema import COLUMNS


@pytest.mark.cases
def test_a_word_in_a_header_is_enough_to_drop_a_person(header, field):
    assert identifiers.by_header(header) == field


def test_no_column_of_the_schema_is_taken_for_a_person():
    headers = [header for column in COLUMNS.values() for header in column.headers()]
    assert [header for header in headers if identifiers.by_header(header)] == []
