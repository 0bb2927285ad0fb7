"""A widget stays the same where it is moved, and is another where something else decides."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import visit


def drawn():
    import streamlit as st

    from lib.ui import controls, session

    def put(value):
        st.session_state["said"] = [*st.session_state.get("said", []), value]
        if value not in st.session_state.get("refused", ""):
            st.session_state["value"] = value

    if st.session_state.pop("redraws", False):
        session.redraw()
    if st.session_state.pop("decides", False):
        session.decided("one")
    options, now = ["a", "b", "c"], st.session_state.get("value", "a")
    controls.one_of("One", options, str, now=now, key="one", then=put)


@pytest.fixture
def app():
    return AppTest.from_function(drawn, default_timeout=visit.STARTED).run()


def decided(app, value):
    app.session_state["value"] = value
    return app.run().selectbox[0]


def test_what_is_moved_keeps_its_key_there_and_back(app):
    key = app.selectbox[0].key
    for value in "bcab":
        moved = app.selectbox[0].set_value(value).run().selectbox[0]
        assert (moved.key, moved.value) == (key, value)
    assert app.session_state["said"] == [*"bcab"]


def test_what_is_decided_otherwise_is_drawn_anew_each_time(app):
    keys = [app.selectbox[0].key]
    app.selectbox[0].set_value("b").run()
    for value in "abca":
        anew = decided(app, value)
        assert anew.value == value
        keys.append(anew.key)
    assert len({*keys}) == len(keys)
    moved = app.selectbox[0].set_value("c").run().selectbox[0]
    assert (moved.key, moved.value) == (keys[-1], "c")
    assert app.session_state["said"] == [*"bc"]


def test_what_is_decided_before_an_answer_was_shown_is_drawn_anew(app):
    """As where the box was ticked and the browser, before the page was there, cannot keep."""
    app.session_state["refused"] = "b"
    key = app.selectbox[0].set_value("b").run().selectbox[0].key
    app.session_state["decides"] = True
    anew = app.run().selectbox[0]
    assert (anew.value, anew.key != key) == ("a", True)


def test_what_was_refused_can_be_asked_again_after_something_else(app):
    app.session_state["refused"] = "b"
    for value in "bcb":
        app.selectbox[0].set_value(value).run()
    assert app.session_state["said"] == [*"bcb"] and app.session_state["value"] == "c"


@pytest.mark.parametrize("change", ["value", "redraws"])
def test_what_a_browser_says_of_a_widget_that_is_gone_counts_only_where_it_was_moved(app, change):
    old = app.selectbox[0].set_value("b").run().selectbox[0]
    shown, moved = old._widget_state, old.set_value("a")._widget_state
    old.set_value("b")
    app.session_state[change] = "c"
    app.run()
    visit.say(app, shown)
    assert app.session_state["said"] == ["b"]
    visit.say(app, moved)
    assert app.session_state["said"] == ["b", "a"]
    assert app.selectbox[0].value == "a"
