"""Text of a file enters a page by one way: every call that puts words on one is walked.

What a call is given must be written in the code, a number in words, or go through `text.plain`,
or `text.visible` where a box shows it as it is. A function that hands a parameter on to such a call
is such a call itself, and whoever calls it is walked too, as is what is given a call to make.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

FILES = [*sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "lib" / "ui").glob("*.py"))]
SHOWN = {
    "title": (0,), "header": (0,), "subheader": (0,), "markdown": (0,), "caption": (0,),
    "text": (0,), "info": (0,), "warning": (0,), "error": (0,), "success": (0,), "toast": (0,),
    "button": (0,), "download_button": (0,), "checkbox": (0,), "toggle": (0,), "radio": (0,),
    "selectbox": (0,), "multiselect": (0,), "slider": (0,), "select_slider": (0,),
    "text_input": (0,), "number_input": (0,), "text_area": (0,), "date_input": (0,),
    "file_uploader": (0,), "segmented_control": (0,), "pills": (0,), "metric": (0, 1),
    "expander": (0,), "popover": (0,), "tabs": (0,), "spinner": (0,), "status": (0,),
    "form_submit_button": (0,), "page_link": (), "html": (0,), "write": (0,),
}  # fmt: skip
"""Calls of Streamlit, and which of their arguments are read as Markdown."""
NAMED = {"label", "help", "placeholder", "body", "delta", "format_func", "title", "value"}
HANDED = {"help", "placeholder"}
"""What is handed on by whoever hands on a title."""
NOWHERE = 99
"""The place of what is given by its name alone."""
VALUES = {"slider", "select_slider", "number_input", "checkbox", "toggle", "date_input"}
"""Calls whose value is drawn as a number, a date or a tick."""
SAFE = {
    "plain", "visible", "number", "short", "percent", "day", "months", "patients", "rows",
    "len", "int", "float", "bars", "confidence", "count_of",
}  # fmt: skip
"""Of `text`, of Python: what gives words without markup of a file."""
OURS = {"_", "ngettext"}
KNOWN = {
    (file, words)
    for file, each in tomllib.loads(
        (ROOT / "tests" / "known_markup.toml").read_text("utf-8")
    ).items()
    for words in each
}
"""Expressions that were looked at: numbers, and words of ours that may have markup of ours."""


PARTS = {
    ast.JoinedStr: ("values",),
    ast.FormattedValue: ("value",),
    ast.BinOp: ("left", "right"),
    ast.IfExp: ("body", "orelse"),
    ast.BoolOp: ("values",),
    ast.Lambda: ("body",),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.GeneratorExp: ("elt",),
    ast.ListComp: ("elt",),
    ast.Starred: ("value",),
}
"""What a value is put together from."""


def parts_of(node):
    if isinstance(node, ast.Call) and called(node) in ("format", "join"):
        return [node.func.value, *node.args, *(each.value for each in node.keywords)]
    names = PARTS.get(type(node), ())
    held = [getattr(node, name) for name in names]
    return [part for each in held for part in (each if isinstance(each, list) else [each])]


def flat(node: ast.AST) -> Iterator[ast.AST]:
    """What a value is put together from, however deep."""
    parts = parts_of(node)
    for part in parts:
        yield from flat(part)
    if not parts:
        yield node


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


class Function:
    """A function, or a page: what its names are, and what it hands on."""

    def __init__(self, path, imported, node):
        self.path, self.imported, self.node = path, imported, node
        arguments = getattr(node, "args", None)
        self.places = (
            {each.arg: at for at, each in enumerate(arguments.args)}
            | {each.arg: NOWHERE for each in arguments.kwonlyargs}
            if arguments
            else {}
        )
        self.given = defaultdict(list)
        for each in self.own(node):
            if isinstance(each, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and each.value:
                for target in each.targets if isinstance(each, ast.Assign) else [each.target]:
                    if isinstance(target, ast.Name):
                        self.given[target.id].append(each.value)
            elif isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name):
                self.given[each.target.id].append(each.value)

    def own(self, node):
        """All that stands in a function, but for other functions in it."""
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                yield child
                yield from self.own(child)

    def calls(self):
        return [each for each in self.own(self.node) if isinstance(each, ast.Call)]

    def doubtful(self, node, seen=()):
        """Parts of a value that are not known to be without markup: names and expressions."""
        for part in flat(node):
            if isinstance(part, ast.Constant):
                continue
            if isinstance(part, ast.Call) and called(part) in SAFE | OURS:
                continue
            if isinstance(part, ast.Name) and (part.id.isupper() or part.id in OURS | SAFE):
                continue
            if isinstance(part, ast.Attribute) and part.attr in SAFE:
                continue
            if isinstance(part, ast.Name) and part.id in self.given and part.id not in seen:
                for value in self.given[part.id]:
                    yield from self.doubtful(value, (*seen, part.id))
                continue
            yield part


def of_streamlit(call, imported):
    """Whether a call puts something on a page: of `st`, or of a part of a page."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in SHOWN:
        return False
    base = ast.unparse(call.func.value)
    return base == "st" or base.split("(")[0].split(".")[0] not in imported


def drawn_by(call):
    """Where a call is given one of Streamlit's, which is given what follows; None where nowhere."""
    for at, given in enumerate(call.args):
        if isinstance(given, ast.Attribute) and ast.unparse(given.value) == "st":
            return at, given.attr
    return (0, "") if called(call) == "ask" else None


def shown(call, imported, handing):
    """What a call is given that is read as Markdown."""
    name = called(call)
    places, names = (), ()
    if of_streamlit(call, imported):
        places, names = SHOWN[name], NAMED - ({"value"} if name in VALUES else set())
    elif (drawn := drawn_by(call)) is not None:
        at, draw = drawn
        places, names = (at + 1,), NAMED - ({"value"} if draw in VALUES else set())
    elif name in handing:
        places, names = handing[name].values(), {*handing[name], *HANDED}
    yield from (call.args[place] for place in places if place < len(call.args))
    yield from (each.value for each in call.keywords if each.arg in names)


def doubtful(sources):
    """What reaches a page and is not known to be without markup: file, line, call, expression."""
    functions = []
    for name, source in sources.items():
        tree = ast.parse(source)
        own = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
        functions += [Function(name, imported(tree), each) for each in (tree, *own)]
    handing, before = {}, None
    while before != (before := repr(handing)):
        bad = set()
        for function in functions:
            for call in function.calls():
                for argument in shown(call, function.imported, handing):
                    for part in function.doubtful(argument):
                        words = ast.unparse(part)
                        if words in function.places:
                            hands = handing.setdefault(function.node.name, {})
                            hands[words] = function.places[words]
                        else:
                            bad.add((function.path, call.lineno, called(call), words))
    return sorted(bad)


def imported(tree):
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def test_no_text_of_a_file_reaches_a_page_but_by_the_one_way():
    found = doubtful({path.name: path.read_text(encoding="utf-8") for path in FILES})
    assert [each for each in found if (each[0], each[3]) not in KNOWN] == []
    assert {(each[0], each[3]) for each in found} >= KNOWN  # and no longer than needed


@pytest.mark.cases
def test_the_walk_finds_what_goes_another_way_alone(source, found):
    given = {"a.py": f"from lib import text\nimport streamlit as st\n{source}"}
    assert bool(doubtful(given)) == found
