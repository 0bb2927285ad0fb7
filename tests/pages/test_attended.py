"""A query is stopped once nobody waits for it any more."""

from threading import Event

import pytest
from streamlit.runtime.scriptrunner import StopException

from lib.ui import promises
from lib.ui.attended import Attended


class Slow:
    """An engine that counts until it is stopped."""

    def __init__(self):
        self.begun, self.stopped, self.closed = Event(), Event(), False

    def columns(self, sql, values):
        if sql == "quick":
            return {"n": [1]}
        self.begun.set()
        assert self.stopped.wait(30)
        raise RuntimeError("stopped")

    def interrupt(self):
        if self.begun.is_set():  # before, nothing is there to stop
            self.stopped.set()

    def close(self):
        self.closed = True


def test_what_nobody_waits_for_is_stopped_and_the_next_is_answered(monkeypatch):
    engine = Slow()
    attended = Attended(engine)

    def gone():
        raise StopException

    monkeypatch.setattr(promises, "end_if_gone", gone)
    with pytest.raises(StopException):
        attended.columns("slow", {})
    assert engine.stopped.is_set()
    assert attended.columns("quick", {}) == {"n": [1]}
    attended.close()
    assert engine.closed


def test_what_an_engine_raises_is_raised():
    engine = Slow()
    engine.stopped.set()
    with pytest.raises(RuntimeError):
        Attended(engine).columns("slow", {})
