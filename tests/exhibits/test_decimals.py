"""Percentages that stand side by side have the same decimals, as the smallest group has them."""

import re

import pytest

from lib import text
from lib.analyses.everything import Everything
from lib.exhibits import writing
from lib.exhibits.study import of_study
from tests.conftest import studied

PERCENT = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)%(?! CI)")
ROWS_OF_OTHERS = {"published", "columns", "missing-values"}
"""Whose columns are no groups of patients."""


@pytest.fixture(scope="module", params=["workbook", "registry"])
def everything(request):
    """Of the workbook one arm has 20 patients, and the other fewer."""
    return Everything(studied(request.param))


@pytest.fixture(scope="module")
def shown(everything):
    return [each for each in of_study(everything) if each.key not in ROWS_OF_OTHERS]


def decimals(words):
    return {len(found.partition(".")[2]) for found in PERCENT.findall(words)}


def test_a_row_of_a_table(shown):
    seen = 0
    for exhibit in shown:
        for table in exhibit.tables:
            if table.shown == "taken":
                continue
            for row in table.frame.to_numpy(dtype=str).tolist():
                found = decimals(" ".join(row[1:]))
                seen += bool(found)
                assert len(found) < 2, (exhibit.key, table.title, row)
    assert seen


def test_headlines_and_sentences(shown):
    for exhibit in shown:
        large = [f"{each.value} {each.beside}" for each in exhibit.headlines]
        assert len(decimals(" ".join(large))) < 2, (exhibit.key, large)
        for words in exhibit.sentences:
            assert len(decimals(words)) < 2, (exhibit.key, words)


def test_sentences_of_the_report(everything, shown):
    paragraphs = writing.results(everything, [(each, (), each.title) for each in shown])
    sentences = [words for each in paragraphs for words in text.sentences(each)]
    assert any(map(decimals, sentences))
    for words in sentences:
        assert len(decimals(words)) < 2, words
