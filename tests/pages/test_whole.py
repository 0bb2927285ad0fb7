"""A run may be ended for the next one wherever it asks the session: no half is ever left."""

from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from lib.ui import loading
from tests.conftest import as_csv
from tests.pages import visit

FILE = as_csv(
    {
        "modality": ["HAI", "TACE"] * 12,
        "os_months": list(range(1, 25)),
        "os_event": [1, 0, 1] * 8,
    }
)


def ended_everywhere(data, again):
    """Load, or answer, and be ended at each place in turn; what the session then holds, each time.

    `again`: whether a file is open before.
    """
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from lib.ui import loading, session

    class Ended(BaseException):
        pass

    whole = {"hepar.file", "hepar.cohort", "hepar.plan", "hepar.proposal", "hepar.headers"}
    state, found, at = get_script_run_ctx().session_state, [], 0
    while True:
        session.forget()
        if again:
            loading.load("before.csv", data)
        before, left = session.cohort(), [at]

        def end(left=left):
            left[0] -= 1
            if left[0] < 0:
                raise Ended

        object.__setattr__(state, "_yield_callback", end)
        try:
            loading.load("after.csv", data)
        except Ended:
            ended = True
        else:
            ended = False
        object.__setattr__(state, "_yield_callback", lambda: None)
        kept = {name for name in st.session_state if name in whole}
        now = session.cohort()
        found.append((now is before or now.source.name == "after.csv", kept in (whole, set())))
        at += 1
        if not ended:
            break
    st.session_state["found"] = found


def test_a_load_that_is_ended_leaves_what_was_open_or_all_of_what_was_read():
    for again in (False, True):
        app = AppTest.from_function(
            ended_everywhere, args=(FILE, again), default_timeout=visit.STARTED
        ).run()
        assert not app.exception
        found = app.session_state["found"]
        assert len(found) > 2 and all(of and whole for of, whole in found)


def test_a_file_whose_run_is_ended_is_read_by_the_next(monkeypatch):
    load, ends = loading.load, [True]

    def ended_once(name, data):
        if ends:
            ends.clear()
            raise StopException
        load(name, data)

    monkeypatch.setattr(loading, "load", ended_once)
    app = visit.upload(visit.opened(), "after.csv", FILE)
    assert not ends and "hepar.cohort" not in app.session_state
    app.run()
    assert app.session_state["hepar.cohort"].source.name == "after.csv"
