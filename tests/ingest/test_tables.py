"""The README's sets of tables and headers: what it says of them today is so."""

import pytest

from benchmarks.import_cases import verdict
from tests.conftest import ROOT
from tests.ingest.answering import settle
from tests.ingest.corpus import of_file, understood
from tests.ingest.truths import of_folder

SETS = sorted(path for path in (ROOT / "benchmarks" / "tables").iterdir() if path.is_dir())
TRUTHS = {f"{each.name}/{name}": truth for each in SETS for name, truth in of_folder(each).items()}
TABLES = ROOT / "benchmarks" / "tables"
UNDERSTOOD = 678
"""Headers that are mapped or asked about, of 680."""


@pytest.mark.full
@pytest.mark.parametrize("name", TRUTHS)
def test_a_table_of_people_who_did_not_know_the_rules_comes_out_right(name):
    truth = TRUTHS[name]
    found, differ = verdict(truth, settle(truth.name, (TABLES / name).read_bytes(), truth))
    assert found in ("right", "right at once"), [str(each) for each in differ]


@pytest.mark.full
def test_as_many_headers_as_the_readme_says_are_mapped_or_asked_about():
    lines = [line for each in SETS for line in of_file(each / "headers.txt")]
    missed = [line for line in lines if understood(line) not in ("mapped", "asked")]
    assert len(lines) - len(missed) >= UNDERSTOOD, missed
