"""No count of five digits stands without marks between its thousands, wherever it is shown."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from lib import text
from lib.analyses.everything import Everything
from lib.exhibits.study import offered
from tests.conftest import sample, studied

BARE = re.compile(r"(?<!PubMed )(?<![\d.,\w-])\d{5,}(?!\w)")  # a paper is named by its number
WRITTEN = ("text", "hovertext", "ticktext", "name", "title")
COPIES = 45


def copied(frame):
    """As many patients, each a number of times over."""
    marked = [frame.assign(patient_id=frame["patient_id"] + "-x" * copy) for copy in range(COPIES)]
    return pd.concat(marked, ignore_index=True)


def words(shown):
    yield from (*shown.sentences, shown.headline, *map(str, shown.headlines), shown.conclusion)
    yield from (shown.caption, shown.estimand, shown.undrawn, shown.shows, *shown.meanings)
    yield from map(text.caution, shown.cautions)
    for table in shown.tables:
        yield from map(str, table.frame.to_numpy().ravel())
    if shown.figure is not None:
        yield from written(shown.figure.data)
        yield from written(shown.figure.layout)


def written(part, name=""):
    """What a part of a figure has in words."""
    if isinstance(part, str):
        yield from [part] * (name in WRITTEN)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from written(value, key)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from written(value, name)


def test_a_bare_count_is_found():
    assert [
        bool(BARE.search(each)) for each in ("n = 12000", "12,000", "0.012345", "id-12345")
    ] == [*(True, False, False, False)]
    assert list(written([{"text": ["1"], "x": ["2"], "font": {"size": "3"}}])) == ["1"]


@pytest.mark.full
def test_no_count_stands_without_marks():
    cohort = sample("registry")
    patients = copied(cohort.patients)
    patients["row"] = range(2, len(patients) + 2)
    tables = {name: copied(table) for name, table in cohort.tables.items()}
    study = studied(replace(cohort, patients=patients, tables=tables))
    assert study.provenance.n == 240 * COPIES
    made = [shown for each in offered(Everything(study)) if (shown := each.make()) is not None]
    assert any("10,800" in said for shown in made for said in words(shown))
    bare = {shown.key: said for shown in made for said in words(shown) if BARE.search(said)}
    assert bare == {}
