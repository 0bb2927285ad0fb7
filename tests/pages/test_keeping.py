"""What a browser keeps of a plan: no cell of a row, a few plans of some size, once agreed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from lib.plan import (
    Condition,
    MappedValue,
    Plan,
    Protocol,
    Reading,
    ReportPlan,
    StudyPlan,
    dumps,
    loads,
)
from lib.ui import components, keeping, loading, remembered, session
from lib.worker.pool import again
from tests.conftest import as_book, as_csv
from tests.pages import visit
from tests.pages.test_address import come_to
from tests.pages.visit import everything

DIGEST = "a" * 64
CENTRES = ["Незабудкино", "Колокольчиково"]
PEOPLE = ["Иванов И.И.", "Петров П.П.", "Сидоров С.С.", "Котов К.К."]
KINDS = ["хиа", "хэпа", "Иванов", "только раз"]
ROWS = 24
COLUMNS = {
    "ФИО": [PEOPLE[at % 4] for at in range(ROWS)],
    "Метод": [*[KINDS[at % 2] for at in range(ROWS - 3)], "Иванов", "Иванов", "только раз"],
    "Центр": [CENTRES[at % 2] for at in range(ROWS)],
    "Примечание": [f"записка{at} о пациенте" for at in range(ROWS)],
    "Пол": ["ж", "м", "м"] * (ROWS // 3),
    "Возраст": [41 + at for at in range(ROWS)],
    "os_months": [f"{at + 1}.25" for at in range(ROWS)],
    "os_event": [at % 2 for at in range(ROWS)],
}


def told(app):
    """What the component is told."""
    (found,) = [each.proto for each in app.get("bidi_component") if "-keeping" in each.proto.id]
    assert found.component_name == keeping.NAME
    assert not found.js_content, "which the policy would forbid"
    return json.loads(found.json or found.mixed.json)


def box(app):
    (found,) = [each for each in app.checkbox if each.label.startswith("Remember my answers")]
    return found


def agreed(app):
    """Tick the box, to which a browser that keeps nothing yet says so."""
    app.session_state["hepar.visitor.kept"] = {}
    box(visit.step(app, "map")).check().run()
    assert not app.exception
    return app


def opened():
    """A file of people, in which the visitor explained every method, and filtered by much."""
    app = visit.with_file("people.xlsx", as_book({"Иванов И.И.": rows_of(COLUMNS)}))
    proposal = app.session_state["hepar.proposal"]
    (method,) = [each for each in proposal.columns if each.header.text == "Метод"]
    reading = proposal.mapped(method, "modality")
    reading = replace(
        reading,
        values=tuple(MappedValue("modality", kind, "HAI") for kind in KINDS),
    )
    app.session_state["hepar.chosen"] = reading
    with again(app.session_state["hepar.file"], lambda _queued: None) as file:
        app.session_state["hepar.proposal"] = file.propose(reading)
    return app


def rows_of(columns):
    return [list(columns), *[list(row) for row in zip(*columns.values(), strict=True)]]


def kept(app):
    """The plan that the browser is told to keep, as text."""
    digest, words = told(app)["plan"]
    assert len(digest) == 64
    return words


def test_a_browser_has_the_scripts_of_the_next_pages_before_a_file_is_open():
    app = visit.opened()
    chart, *ahead = told(app)["ahead"]
    assert chart.endswith("/hepar.chart/chart.js")
    place = Path(streamlit.__file__).parent / "static" / "static" / "js"
    assert [name.partition(".")[0] for name in ahead] == list(components.NEXT)  # each is one file
    assert all((place / name).is_file() for name in ahead)
    assert told(visit.with_sample())["ahead"] is None


def test_nothing_is_kept_before_it_is_agreed_and_no_more_once_it_is_taken_back():
    app = visit.with_sample()
    assert told(app)["plan"] is None and not told(app)["keeps"]
    assert not box(visit.step(app, "load")).value
    app = agreed(app)
    first = told(app)
    assert first["keeps"] and first["said"]
    assert loads(first["plan"][1]).reading.columns
    box(app).uncheck().run()
    assert told(app)["plan"] is None and not told(app)["keeps"]
    assert told(app)["said"] != first["said"]


def test_no_cell_of_a_row_is_kept_but_words_that_were_explained_and_recur():
    app = opened()
    plan = app.session_state["hepar.plan"]
    selection = (
        Condition("centre", (CENTRES[0],)),
        Condition("sex", ("F",)),
        Condition("age", low=41.0, high=60.0),
    )
    app.session_state["hepar.plan"] = replace(
        plan,
        study=replace(plan.study, selection=selection),
        comparison=replace(plan.comparison, column="centre", reference=CENTRES[1]),
        protocol=Protocol(primary="OS", eligibility="not Иванов И.И."),
        report=ReportPlan(authors="Иванов И.И."),
    )
    words = kept(agreed(app))
    left = loads(words)
    assert [each.value for each in left.reading.values] == ["хиа", "хэпа"]
    assert left.study.selection == (
        Condition("sex", ("F",)),
        Condition("age", high=60.0),
    )
    assert left.comparison.column == "centre" and not left.comparison.reference
    assert left.protocol == Protocol() and left.report == ReportPlan()
    lines = {part.strip(' "') for line in words.splitlines() for part in line.split("=")}
    for name in ("ФИО", "Центр", "Примечание", "os_months"):
        for cell in COLUMNS[name]:
            assert cell not in words, name
    assert not lines & {"Иванов", "только раз"}
    assert "Иванов" not in words and "записка" not in words


def test_the_same_headers_find_answers_choices_and_filters_and_can_start_anew():
    app = agreed(visit.with_sample())
    app = visit.choose(visit.go(app, "survival.py"), "modality", ["HAI"])
    entry = told(app)["plan"]
    app = visit.opened()
    app.session_state["hepar.visitor.keeps"] = True
    app.session_state["hepar.visitor.kept"], refused = keeping.read(json.dumps([entry]))
    assert not refused
    app = visit.press(visit.go(app, "cohort.py"), "open-sample")
    assert "as this browser kept them" in everything(app)
    assert "20 of 36 patients. Modality: Chemoinfusion (HAI)." in everything(app)
    app = visit.press(visit.step(app, "map"), "afresh")
    assert "as this browser kept them" not in everything(app)


def test_other_headers_find_nothing():
    plan = Plan(study=StudyPlan(by="sex"))
    app = visit.opened()
    app.session_state["hepar.visitor.kept"] = {DIGEST: plan}
    app = visit.upload(app, "one.csv", as_csv(COLUMNS))
    assert not app.session_state["hepar.recalled"]


@pytest.mark.parametrize(
    "found",
    [
        None,
        1,
        "",
        "{",
        "{}",
        "[1]",
        '[["x", ""]]',
        "[" * 100_000,
        json.dumps([[DIGEST, "x" * (keeping.LONGEST + 1)]]),
        json.dumps([[DIGEST, ""]] * (keeping.MOST + 1)),
        json.dumps([[DIGEST, "not toml"]]),
        json.dumps([[DIGEST, "[study]\nby = 1"]]),
        json.dumps([[DIGEST, "[survival]\nlandmark = 1e9"]]),
    ],
)
def test_whatever_a_browser_gives_that_is_no_plan_is_refused_in_one_sentence(found):
    plans, refused = keeping.read(found)
    assert plans == {}
    assert refused and "\n" not in refused


def test_what_can_be_read_beside_it_is_followed_and_the_rest_said():
    good = [DIGEST, dumps(Plan(study=StudyPlan(by="sex")))]
    plans, refused = keeping.read(json.dumps([["b" * 64, "study = 1"], good]))
    assert plans == {DIGEST: loads(good[1])} and refused
    app = visit.opened()
    app.session_state["hepar.visitor.not-read"] = refused
    app.run()
    assert "Something that this browser kept is not followed" in everything(app)


def test_a_plan_that_is_too_long_is_not_kept(monkeypatch):
    monkeypatch.setattr(keeping, "LONGEST", 10)
    assert told(agreed(visit.with_sample()))["plan"] is None


def test_decisions_that_are_no_codes_are_not_kept():
    app = visit.with_sample()
    loaded, proposal = (app.session_state[f"hepar.{each}"] for each in ("cohort", "proposal"))
    said = Reading().decided("any", "yes").decided("other", "Иванов И.И.")
    left = keeping.bare(loaded, Plan(), replace(proposal, chosen=said))
    assert [each.answer for each in left.reading.decisions] == ["yes"]


def tells(monkeypatch, entry, once=lambda: session.cohort() is not None, said=lambda: None):
    """Have the browser tell what it kept as a run begins, once a file is open or whatever else."""
    follow, waits = loading.follow_kept, [entry]

    def followed():
        if waits and once():
            said()
            remembered.take(*keeping.read(json.dumps([waits.pop()])))
        follow()

    monkeypatch.setattr(loading, "follow_kept", followed)


def filtered_entry(sample="open-sample"):
    app = agreed(visit.with_sample(sample))
    return told(visit.choose(visit.go(app, "survival.py"), "modality", ["HAI"]))["plan"]


ORDERS = {"told before": lambda: True, "told after": lambda: session.cohort() is not None}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sample", ["open-sample", "open-registry"])
def test_what_a_browser_kept_is_followed_whether_it_tells_before_a_file_or_after(
    monkeypatch, sample, order
):
    entry = filtered_entry(sample)
    tells(monkeypatch, entry, ORDERS[order])
    app = visit.press(visit.opened(), sample)
    assert app.session_state["hepar.recalled"] == "browser"
    assert "as this browser kept them" in everything(app)
    assert "Modality: Chemoinfusion (HAI)." in everything(app)
    assert told(app)["plan"] == entry  # what is kept is never what was not followed yet


@pytest.mark.parametrize("order", ORDERS)
def test_what_an_address_asks_for_counts_for_more_in_either_order(monkeypatch, order):
    tells(monkeypatch, filtered_entry(), ORDERS[order])
    app = come_to("survival.py", **{"open": "1", "filter.sex": "F"})
    app = visit.press(visit.go(app, "cohort.py"), "open-sample")
    assert app.session_state["hepar.recalled"] == "browser"
    selection = app.session_state["hepar.plan"].study.selection
    assert {*selection} == {Condition("modality", ("HAI",)), Condition("sex", ("F",))}


def test_what_the_visitor_said_since_then_counts_for_more(monkeypatch):
    tells(
        monkeypatch,
        filtered_entry(),
        said=lambda: session.choose(replace(session.plan(), confidence=0.9)),
    )
    app = visit.press(visit.opened(), "open-sample")
    assert app.session_state["hepar.plan"].confidence == 0.9
    assert not app.session_state["hepar.recalled"]


def test_a_run_that_is_ended_while_it_follows_leaves_that_to_the_next(monkeypatch):
    entry, ended = filtered_entry(), []

    def once_ended(*given):
        if not ended:
            ended.append(True)
            raise StopException
        return again(*given)

    monkeypatch.setattr(loading, "again", once_ended)
    tells(monkeypatch, entry)
    app = visit.press(visit.opened(), "open-sample")
    assert ended and not app.session_state["hepar.recalled"]
    app.run()
    assert app.session_state["hepar.recalled"] == "browser"
    assert told(app)["plan"] == entry


def test_who_agrees_before_the_browser_told_loses_nothing_that_it_keeps(monkeypatch):
    entry = filtered_entry()
    app = visit.with_sample()
    box(visit.step(app, "map")).check().run()
    assert told(app)["keeps"] and not told(app)["told"]
    assert told(app)["plan"] is None  # it would be kept in the place of what is not told yet
    tells(monkeypatch, entry)
    app.run()
    assert told(app)["plan"] == entry


def test_what_is_told_late_takes_back_nothing_that_the_visitor_said(monkeypatch):
    app = agreed(visit.with_sample())
    box(app).uncheck().run()
    tells(monkeypatch, filtered_entry())
    app.run()
    assert not told(app)["keeps"] and not box(app).value


def box_drawn():
    import streamlit as st

    from lib.ui import keeping, remembered

    if st.session_state.pop("tells", False):
        remembered.take({}, "")
    keeping.box()


def test_the_box_is_another_where_the_browser_told_it_and_the_same_where_it_was_pressed():
    app = AppTest.from_function(box_drawn, default_timeout=visit.STARTED).run()
    key = app.checkbox[0].key
    app.checkbox[0].check().run()
    app.session_state["tells"] = True  # what was pressed already
    for agreed in (True, False):
        app.checkbox[0].set_value(agreed).run()
        assert (app.checkbox[0].key, app.checkbox[0].value) == (key, agreed)
    app = AppTest.from_function(box_drawn, default_timeout=visit.STARTED).run()
    old = app.checkbox[0]._widget_state
    app.session_state["tells"] = True
    app.run()
    for _again in range(2):
        assert app.checkbox[0].key != key and app.checkbox[0].value
        visit.say(app, old)  # a browser says of the old what it showed, which takes nothing back
