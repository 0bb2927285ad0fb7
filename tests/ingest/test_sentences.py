"""Each sentence of the import is said somewhere, and whatever is said is a sentence."""

import ast
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from lib import vocabulary
from lib.ingest import sentences
from lib.ingest.headers import Reason

ROOM = Path(sentences.__file__).parent
IMPORT = sorted(ROOM.rglob("*.py"))
LISTED = tomllib.loads((ROOM / "sentences.toml").read_text(encoding="utf-8"))
CODES = [code for each in LISTED.values() for code in each]
NAMES = {"finding": 1, "Problem": 1, "Answer": 0, "Question": 1, "sentence": 0}
"""What says a sentence by its code, and which argument the code is."""


def strings(node):
    """The strings that an expression may give."""
    if isinstance(node, ast.IfExp | ast.BoolOp):
        for each in (node.body, node.orelse) if isinstance(node, ast.IfExp) else node.values:
            yield from strings(each)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def named(path):
    """The codes by which a file says sentences."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        place = NAMES.get(getattr(getattr(node, "func", None), "id", ""))
        if isinstance(node, ast.Call) and place is not None:
            yield from (code for arg in node.args[place : place + 1] for code in strings(arg))


@pytest.mark.parametrize("path", IMPORT, ids=lambda path: path.name)
def test_what_the_import_says_is_a_sentence(path):
    assert set(named(path)) <= set(CODES)


def test_every_sentence_is_said_by_the_import():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in IMPORT]
    words = {getattr(node, "value", None) for tree in trees for node in ast.walk(tree)}
    words |= {code for _start, code, _what in vocabulary.table("formats")["beginnings"]}
    words |= {f"why-{reason}".replace(" ", "-") for reason in get_args(Reason)}
    assert {word for word in words if isinstance(word, str)} >= set(CODES)


def test_a_code_is_listed_once():
    assert len(CODES) == len(set(CODES))
    assert set(LISTED) <= {path.relative_to(ROOM).with_suffix("").as_posix() for path in IMPORT}


def test_a_finding_holds_its_sentence_and_what_that_names():
    found = sentences.finding("note", "blank-rows", "Sheet", rows=1, count=2)
    assert (found.code, found.sheet, found.values) == (
        "blank-rows",
        "Sheet",
        (("rows", 1), ("count", 2)),
    )
