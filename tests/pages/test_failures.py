"""Whatever fails: one sentence, one line in the log without data, and the session as it was."""

import logging
from dataclasses import replace
from threading import Thread

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from lib import ingest
from lib.analyses import survival
from lib.plan import dumps
from lib.ui import answers, failures, filters, frame, loading, session
from tests.conftest import ROOT, as_csv
from tests.pages import visit
from tests.pages.visit import everything, go, upload, with_sample

SECRET = "Ivanova 9999"
FAILURES = [
    MemoryError(SECRET),
    ArithmeticError(SECRET),
    ValueError(SECRET),
    KeyError(SECRET),
    RecursionError(SECRET),
    UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
]
OTHER = as_csv({"modality": ["HAI", "TACE"] * 6, "os_months": range(1, 13), "os_event": [1, 0] * 6})
STATE = ("hepar.file", "hepar.cohort", "hepar.plan", "hepar.chosen", "hepar.recalled")


def failing(failure):
    def fails(*_arguments, **_more):
        raise failure

    return fails


def state(app):
    return [app.session_state[key] for key in STATE]


def one_line(failed):
    """The only line that was logged; nothing in it is of a file."""
    (line,) = failed
    failed.clear()
    assert SECRET not in line and "\n" not in line
    return line


@pytest.mark.parametrize(
    ("step", "failure"),
    [
        *(("read", failure) for failure in FAILURES),
        *((step, FAILURES[2]) for step in ("open_file", "opening_plan", "propose", "under_study")),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_a_load_that_fails_anywhere_leaves_the_session_as_it_was(
    step, failure, failed, monkeypatch
):
    app = visit.choose(with_sample(), "modality", ["HAI"])
    before = state(app)
    visit.step(app, "load")
    fail_once(monkeypatch, step, failure)
    upload(app, "other.csv", OTHER)
    assert type(failure).__name__ in one_line(failed)
    (said,) = visit.words(app.error)
    assert said.startswith("other.csv: Hepar could not do this")
    assert said.endswith("synthetic_36.xlsx stays open.")
    assert all(one is other for one, other in zip(state(app), before, strict=True))
    assert "**20** of 36" in everything(app)
    app = upload(app, "other.csv", OTHER)
    assert "All 12 patients." in everything(app)


def fail_once(monkeypatch, step, failure):
    """Break a step for the first that takes it: what the old cohort needs afterwards is whole."""
    room = ingest if hasattr(ingest, step) else loading
    whole, left = getattr(room, step), [failure]

    def fails_once(*arguments, **more):
        if left:
            raise left.pop()
        return whole(*arguments, **more)

    monkeypatch.setattr(room, step, fails_once)


def test_an_answer_that_fails_leaves_the_reading_as_it_was(failed, monkeypatch):
    app = visit.step(with_sample(), "map")
    before = state(app)
    monkeypatch.setattr(ingest, "read", failing(KeyError(SECRET)))
    next(each for each in app.selectbox if each.value == "sex").set_value("").run()
    assert not app.exception
    assert "KeyError" in one_line(failed)
    assert any("all is as it was before" in said for said in visit.words(app.error))
    assert all(one is other for one, other in zip(state(app), before, strict=True))


@pytest.mark.parametrize(
    ("room", "step"),
    [
        *((answers, step) for step in ("read", "opening_plan")),
        (loading, "under_study"),
        *((ingest, step) for step in ("followed", "read")),
    ],
)
def test_a_plan_that_fails_leaves_the_plan_as_it_was(room, step, failed, monkeypatch):
    app = with_sample()
    now = app.session_state["hepar.plan"]
    toml = dumps(replace(now, study=replace(now.study, seen_every=7)))
    visit.step(app, "load")
    before = state(app)
    with monkeypatch.context() as broken:
        broken.setattr(room, step, failing(RecursionError(SECRET)))
        app.file_uploader(key="plan-file").upload("plan.toml", toml.encode(), "text/plain").run()
    assert not app.exception
    assert "RecursionError" in one_line(failed)
    (said,) = visit.words(app.error)
    assert said.startswith("The plan is not opened: Hepar could not do this")
    assert all(one is other for one, other in zip(state(app), before, strict=True))


def test_a_page_that_fails_offers_to_close_the_cohort_and_to_take_the_plan_along(
    failed, monkeypatch
):
    app = with_sample()
    monkeypatch.setattr(survival, "by_group", failing(ValueError(SECRET)))
    app = go(app, "survival.py")
    assert "ValueError" in one_line(failed)
    assert SECRET not in everything(app)
    assert [said for said in visit.words(app.error) if "could not be drawn whole" in said]
    assert any(each.proto.id.endswith("toml-failed") for each in app.get("download_button"))
    assert "**36** of 36" in everything(app)
    visit.close(app, "forget-failed")
    assert {line.split()[0] for line in failed} == {"ValueError"}, (
        "drawn once more behind the question"
    )
    failed.clear()
    assert "No cohort is open yet." in everything(app)


@pytest.mark.parametrize(
    ("room", "part", "said", "button"),
    [
        (filters, "panel", "The filters could not be drawn.", "forget"),
        (frame, "_card", "The sidebar could not be drawn.", "forget-sidebar"),
    ],
)
def test_whatever_fails_in_the_sidebar_leaves_the_way_to_close_the_cohort(
    room, part, said, button, failed, monkeypatch
):
    app = with_sample()
    with monkeypatch.context() as broken:
        broken.setattr(room, part, failing(ZeroDivisionError(SECRET)))
        app = go(app, "survival.py")
        assert "ZeroDivisionError" in one_line(failed)
        assert visit.words(app.sidebar.error) == [said]
        assert "Median overall survival" in everything(app)
        visit.close(app, button)
        failed.clear()
    assert "hepar.cohort" not in app.session_state


def test_a_page_ends_by_an_end_after_which_its_filters_are_drawn():
    """The platform's own lets nothing be drawn after it."""
    rooms = (ROOT / "pages", ROOT / "lib" / "ui")
    stops = [f.name for room in rooms for f in room.glob("*.py") if "st.stop()" in f.read_text()]
    assert stops == ["frame.py"], "the guard, after all is drawn"


def test_what_fails_in_a_part_that_is_drawn_alone_is_told_in_the_same_words():
    """The platform asks what to show."""

    def script():
        from lib.ui import frame

        frame.failed(ValueError("secret"))

    app = AppTest.from_function(script).run()
    assert not app.exception
    (said,) = visit.words(app.error)
    assert "could not be drawn whole" in said
    assert "on_script_error=serving.failed" in (ROOT / "serve.py").read_text(encoding="utf-8")


def test_a_callback_that_fails_is_told_on_the_page_as_it_was(monkeypatch, failed):
    made = LocalScriptRunner.__init__

    def asks_us(self, *arguments, **more):
        made(self, *arguments, **more)
        self._on_script_error = frame.failed

    monkeypatch.setattr(LocalScriptRunner, "__init__", asks_us)
    app = with_sample(page="survival.py")
    now = app.session_state["hepar.plan"]
    with monkeypatch.context() as broken:
        broken.setattr(session, "choose", failing(ValueError(SECRET)))
        app = visit.choose(app, "modality", ["HAI"])
    (said,) = visit.words(app.error)
    assert said.endswith("all is as it was before.")
    assert app.session_state["hepar.plan"] is now
    assert "**36** of 36" in everything(app)
    (box,) = [each for each in app.sidebar.multiselect if each.key.endswith(".modality")]
    assert box.value == []
    app = visit.choose(app, "modality", ["HAI"])
    assert "**20** of 36" in everything(app)
    assert not app.error


@pytest.mark.parametrize(
    "name", ["streamlit.error_util", "streamlit.runtime.app_session", "uvicorn.error", "asyncio"]
)
def test_whatever_is_logged_of_a_failure_holds_no_data(name):
    failures.keep_data_out_of_the_log()
    log, lines, handler = logging.getLogger(name), [], logging.Handler()
    handler.emit = lambda record: lines.append(handler.format(record))
    log.addHandler(handler)
    try:
        raise ArithmeticError from ValueError(SECRET)
    except ArithmeticError as failure:
        log.error("Uncaught app execution", exc_info=failure)
        log.error("It said %s", failure.__cause__)
    finally:
        log.removeHandler(handler)
    assert lines == ["ValueError at no line of Hepar", "It said ValueError at no line of Hepar"]


def test_what_fails_in_a_thread_is_logged_without_data(failed, capsys):
    failures.keep_data_out_of_the_log()
    thread = Thread(target=failing(ValueError(SECRET)))
    thread.start()
    thread.join()
    assert "ValueError" in one_line(failed)
    assert SECRET not in capsys.readouterr().err


def test_no_traceback_is_printed_past_the_log():
    failures.keep_data_out_of_the_log()
    assert st.get_option("logger.enableRich") is False
