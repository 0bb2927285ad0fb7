"""The app as a visitor meets it, without a browser."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pandas as pd
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from lib import text
from lib.ui import charts
from tests.conftest import ROOT, as_csv

PAGES = sorted(path.name for path in (ROOT / "pages").glob("*.py"))
ANALYSES = ("overview.py", "response.py", "survival.py", "patients.py", "compare.py")


STARTED = 300
"""Seconds that a run may take: on a busy machine it is slow, not wrong."""


def opened(session: Mapping[str, object] | None = None, page: str = "") -> AppTest:
    """The app with no cohort on its first page, or with what a session held, where it opened or on
    another page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=STARTED)
    _open(app)
    for name, each in (session or {}).items():
        app.session_state[name] = each
    straight = session and not open_at_a_step(session)
    if straight:
        app.switch_page(f"pages/{page or 'overview.py'}")
    app.run()
    assert not app.exception
    return go(app, page) if page and not straight else app


def held(app: AppTest) -> dict[str, object]:
    """What the session holds once a file is open, and the step that it opened at, if at one."""
    own = {
        name: each
        for name, each in app.session_state.items()
        if name.startswith("hepar.") and name != "hepar.asked"  # of the widgets of one page
    }
    at = next((group.value for group in app.button_group if group.key == "step"), "")
    return {**own, "hepar.next-step": at}


def open_at_a_step(session: Mapping[str, object]) -> bool:
    """Whether a file was opened at a step of the Cohort page, and not on Overview."""
    return bool(session["hepar.next-step"])


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    """Drop a file on the uploader of the Cohort page."""
    if not app.file_uploader:
        step(app, "load")
    app.file_uploader[0].upload(name, data, "application/octet-stream").run()
    assert not app.exception
    return app


def step(app: AppTest, name: str) -> AppTest:
    """Go to one of the three steps of the Cohort page."""
    if not any(group.key == "step" for group in app.button_group):
        go(app, "cohort.py")
    app.button_group(key="step").set_value(name)
    _open(app).run()
    assert not app.exception
    return app


def open_plan(app: AppTest, toml: str) -> AppTest:
    """Drop a plan on its uploader of the Cohort page."""
    if not app.file_uploader:
        step(app, "load")
    app.file_uploader(key="plan-file").upload("plan.toml", toml.encode(), "text/plain").run()
    assert not app.exception
    return app


@cache
def _with_sample(key: str) -> dict[str, object]:
    app = opened()
    app.button(key=key).click().run()
    assert not app.exception
    return held(app)


@cache
def _with_file(name: str, data: bytes) -> dict[str, object]:
    return held(upload(opened(), name, data))


def with_sample(key: str = "open-sample", page: str = "") -> AppTest:
    """The app with a sample, which is read once for all tests."""
    return opened(_with_sample(key), page)


def with_file(name: str, data: bytes, page: str = "") -> AppTest:
    """The app with a file, which is read once for all tests that begin with it."""
    return opened(_with_file(name, data), page)


def with_columns(columns: Mapping[str, Sequence[object]], page: str = "") -> AppTest:
    return with_file("built.csv", as_csv(columns), page)


def go(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"pages/{page}")
    _open(app).run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    """Press a button of the page."""
    app.button(key=key).click().run()
    assert not app.exception
    return app


def say(app: AppTest, widget: WidgetState) -> AppTest:
    """Run the app with what a browser says of a widget, and of no other."""
    app._run(WidgetStates(widgets=[widget]))
    assert not app.exception
    return app


def bare(words: str) -> str:
    """Words without what keeps them from acting as markup."""
    letters = iter(words.replace(text.APART, ""))
    return "".join(next(letters, "") if letter == "\\" else letter for letter in letters)


def close(app: AppTest, key: str = "forget") -> AppTest:
    """Close the cohort, and say so again where that is asked."""
    app.button(key=key).click().run()
    assert not app.exception
    app.button(key="erase").click().run()
    assert not app.exception
    return app


def box(app: AppTest, label: str) -> Any:
    """The select box of a label."""
    (found,) = [each for each in app.selectbox if bare(each.label) == label]
    return found


def pick(app: AppTest, label: str, value: object) -> AppTest:
    """Choose in the select box of a label."""
    box(app, label).set_value(value).run()
    assert not app.exception
    return app


FIGURE = "<div data-figure="
"""How what a figure shows begins."""


@dataclass(frozen=True)
class Shown:
    """A figure of a page as it is sent."""

    spec: str
    alt: str


def figures(app: AppTest) -> list[Shown]:
    """The figures of a page, in the order in which it tells of them; each has a place."""
    sent = [str(each.proto.body) for each in app.get("html")]
    told = [fromstring(each) for each in sent if each.startswith(FIGURE)]
    places = [each.proto for each in app.get("bidi_component")]
    placed = {
        json.loads(each.json)["place"] for each in places if each.component_name == charts.NAME
    }
    assert {each.get("data-figure") for each in told} == placed
    assert all(set(each.attrib) == {"data-figure", "data-shows"} and not len(each) for each in told)
    shown = [json.loads(each.get("data-shows", "")) for each in told]
    return [Shown(json.dumps(each["figure"]), each["alt"]) for each in shown]


def words(elements: Iterable[object]) -> list[str]:
    return [bare(str(element.value)) for element in elements]


def everything(app: AppTest) -> str:
    """All that the page says."""
    kinds = ("title", "header", "subheader", "markdown", "info", "warning", "error", "success")
    said = [word for kind in (*kinds, "code") for word in words(getattr(app, kind))]
    said += [bare(each.label) for each in app.expander]
    said += [word for each in pieces(app) if each.find("table") is None for word in each.itertext()]
    return "\n".join([*said, *(bare(each.help) for each in app.markdown if each.help)])


def opened_up(app: AppTest, kind: str = "") -> AppTest:
    """The same page with whatever of a kind can be opened open."""
    for name in [str(name) for name, _open in app.session_state.items()]:
        if name.startswith(f"open-{kind}"):
            app.session_state[name] = True
    app.run()
    assert not app.exception
    return app


def pieces(app: AppTest) -> list[Element]:
    """The tables and large numbers of a page as they are sent: each has to be well-formed."""
    sent = (str(each.proto.body) for each in app.get("html"))
    ours = [body for body in sent if body.startswith("<div") and not body.startswith(FIGURE)]
    return [fromstring(body) for body in ours]


def count(app: AppTest) -> int:
    """Of how many elements, and blocks of them, the page and its sidebar consist."""

    def within(block: Any) -> int:
        return sum(1 + within(each) for each in getattr(block, "children", {}).values())

    return within(app.main) + within(app.sidebar)


def headlines(app: AppTest) -> list[tuple[str, str]]:
    """The large numbers of a page: whose, and the number."""
    found = []
    for each in pieces(app):
        words = {name: each.findall(f".//p[@data-{name}]") for name in ("group", "value")}
        found += [
            (whose.text or "", value.text or "")
            for whose, value in zip(words["group"], words["value"], strict=True)
        ]
    return found


def drawn_tables(app: AppTest) -> list[Element]:
    """The tables of a page as they are sent."""
    return [each for each in pieces(app) if each.find("table") is not None]


def tables(app: AppTest) -> list[pd.DataFrame]:
    """The tables of a page, in words, first column as index."""
    plain = []
    for each in drawn_tables(app):
        head, *rows = [["".join(cell.itertext()) for cell in row] for row in each.iter("tr")]
        frame = pd.DataFrame([row[1:] for row in rows], columns=head[1:])
        frame.index = pd.Index([row[0] for row in rows], name=head[0])
        plain.append(frame)
    return plain


def filtered_by(app: AppTest, column: str) -> AppTest:
    """Have a filter of the sidebar for a column."""
    widgets = (*app.sidebar.multiselect, *app.sidebar.slider)
    if not any(each.key.endswith(f".{column}") for each in widgets):
        (adds,) = [each for each in app.sidebar.selectbox if each.key.endswith(".add-filter")]
        adds.set_value(column).run()
        assert not app.exception
    return app


def choose(app: AppTest, column: str, levels: list[str]) -> AppTest:
    """Set a filter of the sidebar."""
    filtered_by(app, column)
    (widget,) = [each for each in app.sidebar.multiselect if each.key.endswith(f".{column}")]
    widget.set_value(levels).run()
    assert not app.exception
    return app


_CHOICES = (
    *("modality", "templates", "clock", "how-derived", "rules"),
    *(f"kind-{at}" for at in range(7)),
)
"""Folds that hold choices and rules, and compute nothing."""


def _open(app: AppTest) -> AppTest:
    app.session_state["hepar.visitor.unasked"] = True  # no protocol is offered
    for name in _CHOICES:
        app.session_state[f"open-{name}"] = True
    return app


BEHIND = ("subgroups", "centres", "robustness", "sensitivity", "received", "tests", "trial")
TABS = {
    "response": "Response",
    "balance": "Balance",
    "adjusted": "Adjusted",
    "complications": "Safety",
    "first": "Survival",
    **dict.fromkeys(BEHIND, "Robustness"),
}
"""In which tab of Compare a part stands."""


def unfolded(app: AppTest, *names: str) -> AppTest:
    """The same page with the parts of these names open, and the tab that they stand in."""
    for name in names:
        if name in TABS:
            app.session_state["tab-compare"] = TABS[name]
    for name in names:
        app.session_state[f"open-{name}"] = True
    app.run()
    assert not app.exception
    return app
