"""Each case comes out as it must, at once or when its author has answered what is asked.

The files are in ``cases``; what their author knows, and what must come out, in ``cases.toml``.
"""

import re
from pathlib import Path

import pytest

from lib import text
from tests.ingest.answering import differences, settle
from tests.ingest.truths import of_folder

CASES = Path(__file__).parent / "cases"
TRUTHS = of_folder(CASES)
LONGEST = 300
"""Characters of what is said about a file."""


@pytest.mark.parametrize("name", TRUTHS)
def test_a_case_comes_out_as_it_must(name):
    truth = TRUTHS[name]
    settled = settle(name, (CASES / name).read_bytes(), truth)
    if settled.refused and truth.refused:
        assert re.search(truth.refused, settled.refused, re.I)
        return
    assert not settled.refused
    told = [text.finding(each) for each in settled.cohort.findings]
    assert [words for words in (*told, *settled.shown) if len(words) > LONGEST] == []
    assert [str(each) for each in differences(truth, settled)] == []
    assert settled.unanswered == ()
    assert len(settled.first) <= truth.questions, settled.first


def test_every_file_of_the_folder_is_a_case():
    files = {each.name for each in CASES.iterdir() if each.suffix != ".txt"} - {"cases.toml"}
    assert files == set(TRUTHS)
