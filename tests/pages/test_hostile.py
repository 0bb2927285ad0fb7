"""No text of a file acts on any page, whatever it says and wherever it stands."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from google.protobuf.message import Message

from lib.export import xlsx
from tests import hostile
from tests.pages import visit
from tests.pages.visit import ANALYSES, PAGES, go, step, upload

NAME = f"{hostile.PAYLOADS[7]} {hostile.PAYLOADS[1]}.xlsx"
ACTING = re.compile("|".join(rf"(?<!\\){re.escape(each)}" for each in hostile.ACTS))
"""What acts, unless a backslash stands before it."""
AS_IT_IS = {
    ("Selectbox", "options"),
    ("Selectbox", "raw_value"),
    ("MultiSelect", "raw_values"),
    ("MultiSelect", "options"),
    ("Arrow", "alt"),
    ("Dataframe", "alt"),
    ("Code", "code_text"),
    ("BidiComponent", "json"),
    ("Html", "body"),
}
"""What is shown as it is, or looked at apart."""
NEVER_SHOWN = {"id", "key", "form_id", "element_id", "hash", "active_script_hash"}


@pytest.fixture(scope="module")
def workbook() -> bytes:
    return hostile.workbook()


def strings(message: Message) -> Iterator[tuple[str, str, str]]:
    """Every string of an element as it goes to the browser, with where it stands."""
    for field, value in message.ListFields():
        for each in value if field.is_repeated else (value,):
            if isinstance(each, Message):
                yield from strings(each)
            elif isinstance(each, str) and field.name not in NEVER_SHOWN:
                yield message.DESCRIPTOR.name, field.name, each


def elements(block) -> Iterator[Message]:
    """All that is on a page, what folds and columns hold included."""
    for child in block.children.values():
        if proto := getattr(child, "proto", None):
            yield proto
        if hasattr(child, "children"):
            yield from elements(child)


def shown(app) -> list[Message]:
    return [proto for block in (app.main, app.sidebar) for proto in elements(block)]


def acting(app) -> list[tuple[str, str, str]]:
    """Strings that Markdown is read from, and that hold what acts in it."""
    return [
        (kind, name, words)
        for proto in shown(app)
        for kind, name, words in strings(proto)
        if (kind, name) not in AS_IT_IS and ACTING.search(words)
    ]


def drawn(app) -> list[str]:
    """Strings of figures that hold a tag or a template of the file.

    What a trace carries along is drawn only where its template says so.
    """
    found = []
    for each in visit.figures(app):
        figure = json.loads(each.spec)
        for trace in figure["data"]:
            if "customdata" not in str(trace.get("hovertemplate")):
                trace.pop("customdata", None)
        found += [each for each in leaves(figure) if any(tag in each for tag in hostile.DRAWN)]
    return found


def leaves(part: object) -> Iterator[str]:
    """Every string of a figure."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from leaves(each)


TAGS = {"div", "table", "thead", "tbody", "tr", "th", "td", "p", "strong", "details", "summary"}
ATTRIBUTES = {"aria-label", "role", "tabindex", "scope"}


def in_pieces(app) -> list[str]:
    """Tags and attributes of HTML that are none of ours: all else in it is words."""
    parts = [part for each in visit.pieces(app) for part in each.iter()]
    names = {name for part in parts for name in part.attrib if not name.startswith("data-")}
    return sorted(({part.tag for part in parts} - TAGS) | (names - ATTRIBUTES))


def copied(app) -> list[str]:
    """Tables to be copied that hold a tag of the file; the rest a component shows as it is."""
    found = []
    for each in app.get("bidi_component"):
        for copy in json.loads(each.proto.json).get("copies", ()):
            html = copy.get("html", "")
            found += [html for tag in ("<a", "<img", "<u>", "\u202e") if tag in html]
    return found


def nothing_acts(app) -> None:
    assert acting(app) == []
    assert copied(app) == []
    assert drawn(app) == []
    assert in_pieces(app) == []
    for each in app.dataframe:
        texts = each.value.select_dtypes(["string", "object"]).to_numpy().ravel()
        assert not [cell for cell in map(str, texts) if cell != xlsx.neutral(cell)]


def mentioned(app) -> bool:
    """Whether a text of the file is on the page at all: else nothing was tested."""
    return any(hostile.HOST in words for proto in shown(app) for *_where, words in strings(proto))


def unfolded(app):
    """The same page with every part open that waits for a click."""
    for _round in range(3):
        shut = [
            each.key
            for each in app.expander
            if each.key and each.key in app.session_state and app.session_state[each.key] is False
        ]
        if not shut:
            break
        for key in shut:
            app.session_state[key] = True
        app.run()
        assert not app.exception
    return app


@pytest.mark.parametrize("name", ["load", "map", "check"])
def test_nothing_acts_at_any_step(name, workbook):
    app = unfolded(step(visit.with_file(NAME, workbook), name))
    nothing_acts(app)
    assert mentioned(app)


def test_nothing_acts_beside_the_rows_of_a_finding(workbook):
    app = step(visit.with_file(NAME, workbook), "check")
    (box,) = [each for each in app.selectbox if each.label == "Rows and columns of a finding"]
    kinds = {each.split(" / ")[0]: at for at, each in enumerate(box.options)}
    assert len(kinds) == 4
    for at in kinds.values():
        box.set_value(at).run()
        assert not app.exception
        nothing_acts(app)
        (box,) = [each for each in app.selectbox if each.label == "Rows and columns of a finding"]


@pytest.mark.parametrize("page", [page for page in PAGES if page in (*ANALYSES, "guide.py")])
def test_nothing_acts_on_any_page_however_it_is_grouped(page, workbook):
    app = visit.with_file(NAME, workbook)
    app = unfolded(go(app, page))
    nothing_acts(app)
    assert mentioned(app)
    for by in ("centre", "ecog"):
        grouped(app, by).run()
        assert not app.exception
        nothing_acts(app)


def grouped(app, column):
    """The same page by another column, where groups and arms are of the file's own words."""
    now = app.session_state["hepar.plan"]
    app.session_state["hepar.plan"] = replace(
        now, study=replace(now.study, by=column), comparison=replace(now.comparison, column=column)
    )
    return app


def test_nothing_acts_in_the_course_of_a_patient(workbook):
    app = visit.with_file(NAME, workbook, page="patients.py")
    (box,) = [each for each in app.selectbox if each.key == "patient"]
    for at in range(0, 12, 3):
        box.set_value(box.options[at]).run()
        assert not app.exception
        nothing_acts(app)
        (box,) = [each for each in app.selectbox if each.key == "patient"]


def test_a_file_that_is_refused_is_named_without_markup():
    app = upload(visit.opened(), NAME, b"")
    assert len(app.error) == 1
    nothing_acts(app)
