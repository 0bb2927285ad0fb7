"""A query is stopped once nobody waits for it any more."""

from threading import Event

import pytest
from streamlit.runtime.scriptrunner import StopException

from lib import text
from lib.ui import attended, promises
from lib.ui.attended import Attended
from tests.conftest import refused


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
        if engine.begun.is_set():
            raise StopException

    monkeypatch.setattr(promises, "end_if_gone", gone)
    with pytest.raises(StopException):
        attended.columns("slow", {})
    assert engine.stopped.is_set()
    engine.begun.clear()
    assert attended.columns("quick", {}) == {"n": [1]}
    attended.close()
    assert engine.closed


def test_what_an_engine_raises_is_raised():
    engine = Slow()
    engine.stopped.set()
    with pytest.raises(RuntimeError):
        Attended(engine).columns("slow", {})


def test_whoever_waits_is_told_each_second_and_not_for_ever(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(attended, "monotonic", lambda: now[0])
    told = []
    visitor = attended.Waiting(told.append, 10)
    for now[0] in (0.4, 0.6, 0.9, 1.2, 3.0, 9.9):
        visitor.look()
    assert told == [0, 1, 3, 9]
    now[0] = 10.1
    with refused("registry-slow") as found:
        visitor.look()
    assert "10 seconds" in text.error(found.value)


def test_what_takes_too_long_is_stopped_in_the_engine(monkeypatch):
    monkeypatch.setattr(promises, "end_if_gone", lambda: None)
    engine = Slow()
    with refused("registry-slow"), attended.waiting(lambda _lasts: None, 0.1):
        Attended(engine).columns("slow", {})
    assert engine.stopped.is_set()
    with attended.waiting(lambda _lasts: None):
        assert Attended(engine).columns("quick", {}) == {"n": [1]}
