"""A saved plan and next month's file: the mapping is followed, said and taken back."""

import pytest
import streamlit as st

from lib.plan import Plan, dumps, loads
from lib.ui import session
from tests.conftest import as_book
from tests.ingest.case_files import HEADER, ROWS
from tests.pages import visit
from tests.pages.visit import everything, go, upload

STATUS = ["patient_id", "modality", "os_months", "status"]
FIRST = [[f"P{i}", ("HAI", "TACE")[i % 2], str(i + 1), str(int(i % 3 > 0))] for i in range(12)]
NEXT = [*FIRST, ["P12", "HAI", "13", "1"]]
NAMED = [
    ["ФИО", "№ ИБ", "Вид РХТ", "Возраст"],
    *(
        [f"{name} А.А.", str(100 + i), "ХИПА", str(50 + i)]
        for i, name in enumerate(("Иванов", "Петров", "Иванов", "Котов", "Зайцев", "Белов"))
    ),
]
MAPPED_BEFORE = "These headers were mapped before"


def of_statuses(rows):
    return as_book({"Лист1": [STATUS, *rows]})


def mapping(app):
    """What each header of the mapping screen is read as."""
    visit.step(app, "map")
    return {visit.bare(each.label): each.value for each in app.selectbox}


def answered(rows=FIRST):
    """A file whose status was said to be the vital status, where 1 means death."""
    app = visit.step(visit.with_file("one.xlsx", of_statuses(rows)), "map")
    while asked := [each for each in app.radio if each.value is None]:
        asked[0].set_value(0).run()
        assert not app.exception
    assert mapping(app)["status"] == "vital_status"
    return app


def saved(app):
    return dumps(app.session_state["hepar.plan"])


def test_what_was_answered_is_answered_for_the_next_file_with_the_same_headers():
    app = upload(answered(), "two.xlsx", of_statuses(NEXT))
    assert MAPPED_BEFORE in everything(app)
    assert "All 13 patients." in everything(app)
    assert mapping(app)["status"] == "vital_status"
    assert "What only you know" not in everything(app)
    died = app.session_state["hepar.cohort"].patients["vital_status"].eq("dead")
    assert died.sum() == 9
    app = upload(app, "other.xlsx", as_book({"a": [HEADER, *ROWS]}))
    assert MAPPED_BEFORE not in everything(app)  # other headers are proposed anew


@pytest.mark.parametrize("plan_first", [True, False])
def test_a_saved_plan_answers_for_the_same_headers(plan_first):
    toml = saved(answered())
    app = visit.opened()
    if plan_first:
        app = upload(visit.open_plan(app, toml), "two.xlsx", of_statuses(NEXT))
        assert MAPPED_BEFORE in everything(app)
    else:
        app = visit.open_plan(upload(app, "two.xlsx", of_statuses(NEXT)), toml)
    assert mapping(app)["status"] == "vital_status"


def test_what_is_recalled_can_be_taken_back():
    app = visit.step(upload(answered(), "two.xlsx", of_statuses(NEXT)), "map")
    app.button(key="afresh").click().run()
    assert MAPPED_BEFORE not in everything(app)
    assert mapping(app)["status"] == ""
    app = upload(app, "three.xlsx", of_statuses(NEXT))
    assert mapping(app)["status"] == ""


def test_a_record_number_that_tells_the_patients_apart_does_so_next_month():
    app = visit.step(visit.with_file("one.xlsx", as_book({"a": NAMED})), "map")
    app.radio[0].set_value(0).run()
    more = [*NAMED, ["Волков А.А.", "107", "ХЭПА", "60"]]
    app = upload(app, "two.xlsx", as_book({"b": more}))
    assert mapping(app)["№ ИБ"] == "patient_id"
    assert "What only you know" not in everything(app)


def test_a_plan_that_is_opened_before_its_file_is_followed_whole():
    toml = saved(answered()) + '\n[[study.selection]]\ncolumn = "modality"\nlevels = ["HAI"]\n'
    app = visit.open_plan(visit.opened(), toml)
    assert "followed as soon as a file with its headers is read" in everything(app)
    app = upload(app, "other.xlsx", as_book({"a": [HEADER, *ROWS]}))
    assert "All 4 patients." in everything(app)
    app = upload(app, "two.xlsx", of_statuses(NEXT))
    assert "7 of 13 patients. Modality: Chemoinfusion (HAI)." in everything(app)


def test_a_plan_that_its_file_cannot_follow_is_said_after_the_file():
    toml = '[[study.selection]]\ncolumn = "no such column"\nlevels = ["x"]\n'
    app = upload(visit.open_plan(visit.opened(), toml), "two.xlsx", of_statuses(NEXT))
    app = visit.go(app, "overview.py")
    assert "The saved plan is not followed: " in everything(app)
    assert "All 13 patients." in everything(app)


def test_a_plan_that_ends_before_the_file_says_so_and_can_go_to_its_end():
    first = as_book({"a": [HEADER, *ROWS[:3]]})
    toml = saved(visit.with_file("one.xlsx", first))
    assert "as_of = 2021-02-01" in toml
    app = upload(visit.open_plan(visit.opened(), toml), "two.xlsx", as_book({"a": [HEADER, *ROWS]}))
    warned = "The plan counts what was known by 2021-02-01; the data go on to 2021-07-07"
    assert warned in everything(app)
    app.button(key="to-the-end").click().run()
    assert app.session_state["hepar.plan"].study.as_of.isoformat() == "2021-07-07"
    assert warned not in everything(app)


def test_a_plan_of_another_version_says_on_the_page_what_was_not_applied():
    app = visit.step(visit.with_file("one.xlsx", of_statuses(FIRST)), "load")
    plan = 'hepar = "9.0.0"\nconfidence = 0.9\nby = "*moon*"\n'
    visit.open_plan(app, plan)
    assert app.session_state["hepar.plan"].confidence == 0.9
    said = everything(app)
    assert "written by Hepar 9.0.0" in said and "unknown choice" in said


@pytest.mark.parametrize("page", ["overview.py", "report.py"])
def test_files_are_made_outside_the_session_of_the_plan_that_the_page_shows(monkeypatch, page):
    made = {}

    def offered(_title, make, file, **_more):
        made[file] = make

    monkeypatch.setattr(st, "download_button", offered)
    app = go(answered(), page)
    plan = app.session_state["hepar.plan"]
    monkeypatch.setattr(session, "st", None)  # a click asks another thread, which has no session
    assert plan != Plan() and loads(made["plan.toml"]()) == plan
    assert all(make() for file, make in made.items() if not file.endswith((".docx", ".pdf")))
