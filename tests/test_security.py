"""Every promise of SECURITY.md is held by tests that exist."""

import ast
import re

import pytest

from tests.conftest import ROOT

WORDS = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!promise|---)(.+?) \| .+? \| (.+) \|$", WORDS, re.MULTILINE)


@pytest.mark.parametrize(("promise", "held"), ROWS, ids=[promise[:40] for promise, _ in ROWS])
def test_every_promise_is_held_by_a_test(promise, held):
    named = re.findall(r"`(tests/\S+?)::(\w+)`", held)
    assert named, promise
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


def test_the_promises_are_found():
    assert len(ROWS) == WORDS.count("\n| ") - 1 >= 10
