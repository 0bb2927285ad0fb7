"""The pages of patients of whom counts alone are held: the same numbers, and no row is asked."""

import pytest

from lib.analyses.counted import Population
from lib.ui import session
from tests.pages import visit
from tests.pages.visit import everything

ROWS = "and where they are counted no row is held"
ASKED = [name for name in dir(Population) if not name.startswith("_")]


class Told:
    """What a study answers as a population, and nothing else of it, nor what was asked of it."""

    def __init__(self, study):
        self._study = study
        self.answers = {}

    def __getattr__(self, name):
        assert name in ASKED, f"{name} is nothing that a population is asked"
        assert name != "rows", "no page needs the rows themselves"
        found = getattr(self._study, name)
        if name == "by":
            return lambda plan: told(found(plan))
        return told(found) if name == "everybody" else found

    settled = True


def told(study):
    if "told" not in study.memory:
        study.memory["told"] = Told(study)
    return study.memory["told"]


@pytest.fixture
def counts_alone(monkeypatch):
    whole = session.study
    monkeypatch.setattr(session, "study", lambda: told(whole()))


def numbers(app):
    """The large numbers, sentences and tables of a page."""
    said = [each.value for each in app.markdown if "strong" not in each.value]
    return visit.headlines(app), [each.to_csv() for each in visit.tables(app)], said


@pytest.mark.parametrize("page", ["overview.py", "response.py", "survival.py", "compare.py"])
def test_a_page_is_the_same_of_counts_alone(page, monkeypatch):
    headlines, tables, said = numbers(visit.with_sample(page=page))
    whole = session.study
    monkeypatch.setattr(session, "study", lambda: told(whole()))
    app = visit.with_sample(page=page)
    assert ROWS not in everything(app)
    there = numbers(app)
    assert there[0] == [each for each in headlines if each[0] != "Adjusted"]  # which needs rows
    assert [each for each in tables if each not in there[1]] == []
    left = [each for each in said if each not in there[2]]
    assert len(left) < 4 < len(said)  # what is offered of rows alone


def test_what_needs_rows_says_so(counts_alone):
    app = visit.with_sample(page="patients.py")
    assert ROWS in everything(app)


def test_a_report_of_counts_has_what_counts_tell(counts_alone):
    app = visit.with_sample(page="report.py")
    assert ROWS not in everything(app)
    assert "Overall survival" in everything(app)


@pytest.mark.parametrize("part", visit.TABS)
def test_each_part_of_a_comparison_is_drawn_or_says_why_not(part, counts_alone):
    app = visit.unfolded(visit.with_sample(page="compare.py"), part)
    assert (ROWS in everything(app)) == (part in ("adjusted", "robustness", "received", "trial"))


@pytest.mark.parametrize("part", ["endings", "origins", "matured", "landmark"])
def test_each_part_of_survival_is_drawn(part, counts_alone):
    app = visit.unfolded(visit.with_sample(page="survival.py"), part)
    assert ROWS not in everything(app)
