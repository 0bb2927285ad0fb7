"""What is said has a code, one for each template, by which logic, exports and tests know it."""

import ast
import importlib
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from lib import language
from lib.analyses import cautions, reasons
from lib.ingest import open_file, propose, read
from lib.language import N_, Template, code_of
from tests.hostile import workbook

LIB = Path(language.__file__).parent
ROOMS = [LIB / name for name in ("cohort.py", "plan.py", "analyses/study.py")]
IMPORT = sorted((LIB / "ingest").rglob("*.py"))


def templates(path):
    """The calls of `N_` in a file, and whether each is the value of a constant."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {id(node.value) for node in tree.body if isinstance(node, ast.Assign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
            yield node, id(node) in constants


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.name)
def test_every_template_has_a_code(path):
    for call, _constant in templates(path):
        assert len(call.args) == 2, f"{path.name}:{call.lineno} has no code"


def test_no_template_has_two_codes_and_no_code_two_templates():
    listed = ("language.py", "guidelines.py", "reported.py")  # what stands in tables of their own
    paths = [path for path in LIB.rglob("*.py") if path.name not in listed]
    calls = [call for path in paths for call, _constant in templates(path)]
    pairs = {tuple(map(ast.literal_eval, call.args)) for call in calls if len(call.args) == 2}
    pairs |= {(words, code) for code, words in language._TEMPLATES.items()}
    assert len(pairs) == len({words for words, _code in pairs}) == len({code for _w, code in pairs})


@pytest.mark.parametrize("table", [cautions, reasons], ids=lambda table: table.__name__)
def test_every_sentence_of_a_table_is_said_by_its_name(table):
    listed = tomllib.loads(Path(table.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    names = {name for part in listed.values() if isinstance(part, dict) for name in part}
    code = "".join(path.read_text(encoding="utf-8") for path in (LIB / "analyses").glob("*.py"))
    said = [name for name in names or listed if f'"{name}"' not in code]
    assert said == ["censored-informatively-in-both"] * (table is cautions)  # put together
    assert all(reasons.sentence(name).code == name for name in names)


def test_a_code_is_plain_and_of_one_template():
    codes = list(language._CODES.values())
    assert len(codes) > 300
    assert len(codes) == len(set(codes))
    assert [code for code in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []


def test_a_code_is_refused_to_a_second_template_and_a_second_code_to_a_template(monkeypatch):
    monkeypatch.setattr(language, "_CODES", {})
    monkeypatch.setattr(language, "_TEMPLATES", {})
    assert N_("a sentence", "a-code") == N_("a sentence", "a-code") == "a sentence"
    assert (code_of("a sentence"), code_of("another")) == ("a-code", "")
    with pytest.raises(ValueError, match="two templates of one code: a-code"):
        N_("another", "a-code")
    with pytest.raises(ValueError, match="two codes of one template"):
        N_("a sentence", "b-code")


OTHER_CODES = ("OS", "PFS", "Non-CR/Non-PD")
"""Codes of endpoints and levels."""


def compared(path):
    """The words that a file compares with a code of something said."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare) and getattr(node.left, "attr", "") == "code":
            for each in ast.walk(node.comparators[0]):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


@pytest.mark.parametrize("path", IMPORT, ids=lambda path: path.name)
def test_what_is_compared_with_a_code_is_one(path):
    assert set(compared(path)) <= {*language._TEMPLATES, *OTHER_CODES}


def sides(node):
    """Both sides of a comparison, or what `isin` looks for."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    looks = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "isin"
    return node.args if looks else []


def is_template(side, module):
    """Whether it is a constant that holds a template or several, or the message of something."""
    if isinstance(side, ast.Tuple | ast.Set):
        return any(is_template(each, module) for each in side.elts)
    if isinstance(side, ast.Attribute):
        place = vars(module).get(getattr(side.value, "id", ""))
        found = getattr(place, side.attr, None) if isinstance(place, ModuleType) else None
        return side.attr in ("message", "method") or holds(found)
    return holds(vars(module).get(getattr(side, "id", "")))


def holds(found):
    plain = isinstance(found, tuple | frozenset) and not hasattr(found, "_fields")
    several = found if plain else [found]
    return any(isinstance(each, Template) for each in several)


SPARK = ("cluster", "spark")
"""What imports Spark, which `make test-full` alone installs."""


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.full] * (path.stem in SPARK))
        for path in sorted(LIB.rglob("*.py"))
    ],
)
def test_no_logic_compares_templates(path):
    name = ".".join(path.relative_to(LIB.parent).with_suffix("").parts)
    module = importlib.import_module(name)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        said = [ast.unparse(each) for each in sides(node) if is_template(each, module)]
        assert not said, f"{path.name}:{node.lineno} compares {said}"


def test_whatever_is_found_or_asked_in_a_dirty_file_has_a_code():
    file = open_file("a.xlsx", workbook())
    asked, cohort = propose(file).questions, read(file)
    assert len({each.code for each in cohort.findings}) > 5
    assert all(each.code for each in (*asked, *cohort.findings))
