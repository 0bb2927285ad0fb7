"""What a page has made is not made again, and what is folded is not made at all."""

import ast
from pathlib import Path

import pytest

from lib.analyses import memory, study
from lib.ui import session
from tests.conftest import ROOT
from tests.pages.visit import PAGES, choose, unfolded, with_sample

DRAWN = [*(ROOT / "lib" / "ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]


@pytest.fixture
def made(monkeypatch):
    """The kinds of what is made, each time that something is."""
    kinds, latest = [], memory.latest

    def noted(kept, kind, key, most, make):
        return latest(kept, kind, key, most, lambda: kinds.append(kind) or make())

    for room in (memory, study, session):
        monkeypatch.setattr(room, "latest", noted)
    return kinds


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_made_where_nothing_changed_or_a_filter_was_seen_before(page, made):
    app = choose(choose(with_sample(page=page), "sex", ["F"]), "sex", [])
    made.clear()
    app.run()
    choose(choose(app, "sex", ["F"]), "sex", [])
    assert not app.exception
    assert made == []


def test_another_landmark_makes_the_landmark_anew_and_nothing_else(made):
    app = unfolded(with_sample(page="survival.py"), "origins", "matured", "landmark", "endings")
    (slider,) = [each for each in app.slider if each.key.endswith(".landmark")]
    made.clear()
    slider.set_value(9).run()
    assert not app.exception
    asked = {kind for kind in made if kind.startswith("lib.analyses.")}
    assert "lib.analyses.landmark.at_landmark" in asked
    assert {kind.split(".")[2] for kind in asked} <= {"landmark", "study"}


def folds(path: Path) -> list[tuple[ast.With, str]]:
    """What is folded in a file, and the name that says whether it is open."""
    return [
        (node, item.optional_vars.id)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.With)
        for item in node.items
        if "folded(" in ast.unparse(item.context_expr)
    ]


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_there_is_one_fold_and_it_asks_first_whether_it_is_open(path):
    words = path.read_text(encoding="utf-8")
    folds_of_all = 2 * (path.name == "parts.py")  # and that of cautions, which compute nothing
    assert words.count("st.expander(") == folds_of_all
    for node, opened in folds(path):
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call):
            asked = first.value.args[0]  # what is given for the rows, none where it is shut
        else:
            asked = first.iter if isinstance(first, ast.For) else first.test
        assert opened in {each.id for each in ast.walk(asked) if isinstance(each, ast.Name)}
        assert len(node.body) == 1 or ast.unparse(first) == f"if not {opened}:\n    return"
