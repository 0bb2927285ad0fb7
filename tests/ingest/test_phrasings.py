"""What a header is about is its core; and every field is known under the names people give it."""

import pytest

from lib.ingest.headers import recognise
from lib.ingest.wording import meanings
from lib.schema import COLUMNS
from tests.conftest import ROOT
from tests.ingest.corpus import FIRST_ANSWERS, language, of_file, understood

LINES = of_file(ROOT / "benchmarks" / "tables" / "phrasings.txt")
UNDERSTOOD = 0.99
FEWEST = 3


def is_named(line):
    """Whether the header alone says its field, or leaves it among the first two."""
    header = recognise(line.header, 1)
    said = [header.column] if header.column else header.candidates[:FIRST_ANSWERS]
    return bool(set(line.fields) & set(said))


def test_nearly_every_phrasing_names_its_field():
    missed = [line for line in LINES if not is_named(line)]
    assert len(missed) <= (1 - UNDERSTOOD) * len(LINES), missed


def test_every_field_is_phrased_in_both_languages():
    said = [(line.fields[0], language(line.header)) for line in LINES]
    few = [
        (field, spoken)
        for field in COLUMNS
        for spoken in ("English", "Russian")
        if said.count((field, spoken)) < FEWEST
    ]
    assert not few


@pytest.mark.full
def test_nearly_every_phrasing_is_understood_over_its_cells():
    missed = [line for line in LINES if understood(line) not in ("mapped", "asked")]
    assert len(missed) <= (1 - UNDERSTOOD) * len(LINES), missed


@pytest.mark.cases
def test_what_stands_in_a_circumstance_decides_no_field(header, field):
    found = meanings(header)
    assert found[0].field == field
    assert found[0].explained == 1
    assert "modality" not in [each.field for each in found]


@pytest.mark.cases
def test_a_circumstance_still_says_when(header, field):
    header = recognise(header, 1)
    assert field in (header.column, *header.candidates[:1])
