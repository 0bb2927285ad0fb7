"""What a page tells of its figures before a filter is pressed."""

from collections import deque
from itertools import count, repeat
from xml.etree.ElementTree import fromstring

import pytest

from lib.ui import ahead
from tests.pages import visit


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Have the clock stand still, and move when a test says so: a busy machine tells no less."""
    monkeypatch.setattr(ahead, "monotonic", lambda: 0.0)
    monkeypatch.setattr(ahead, "_drawn", deque(maxlen=0))  # nor are there ever many pages at once
    return lambda each: monkeypatch.setattr(ahead, "monotonic", lambda: next(each))


def told(app, kind):
    """What is told of a kind, by the place of its figure and what is pressed."""
    sent = [str(each.proto.body) for each in app.get("html")]
    found = [fromstring(each) for each in sent if each.startswith(f"<div data-{kind}=")]
    return {
        (each.get(f"data-{kind}"), each.get("data-press", "")): each.get("data-shows")
        for each in found
    }


def modality(app):
    (box,) = [each for each in app.sidebar.multiselect if each.key.endswith(".modality")]
    return box


@pytest.mark.parametrize("page", ["overview.py", "response.py", "survival.py"])
def test_what_a_press_is_told_to_lead_to_is_what_it_leads_to(page):
    """Of each option, pressed first and taken away again."""
    app = visit.with_sample(page=page)
    coming, chosen = told(app, "coming"), []
    options = modality(app).options
    for option in (*options, options[0]):
        box = modality(app)
        press = f"{box.label} | {option}"
        told_of = {place: shows for (place, of), shows in coming.items() if of == press}
        assert told_of
        chosen = [each for each in (*chosen, option) if [*chosen, option].count(each) == 1]
        box.set_value(chosen).run()
        assert not app.exception
        now, coming = told(app, "figure"), told(app, "coming")
        assert {place: now[place, ""] for place in told_of} == told_of


def test_nothing_is_told_of_presses_while_somebody_waits_for_a_page():
    with ahead.drawing():
        assert told(visit.with_sample(page="survival.py"), "coming") == {}
    assert told(visit.with_sample(page="survival.py"), "coming") != {}


def test_nothing_is_told_of_presses_while_many_pages_are_asked_for(monkeypatch, clock):
    last = deque([10.0] * ahead._CROWD, ahead._CROWD)
    monkeypatch.setattr(ahead, "_drawn", last)
    clock(repeat(10.9))
    app = visit.with_sample(page="survival.py")
    assert told(app, "coming") == {}
    last.extend([10.0] * ahead._CROWD)
    clock(repeat(11.0))
    assert told(app.run(), "coming") != {}


def test_no_more_is_told_of_presses_once_that_has_taken_its_time(clock):
    clock(count(0.0, 0.6))  # begun, and looked at before each press
    of = {press for _place, press in told(visit.with_sample(page="survival.py"), "coming")}
    assert of == {"Modality | Chemoinfusion (HAI)"}


def test_a_filter_that_nobody_drew_tells_nothing_and_one_that_was_drawn_does():
    app = visit.with_sample(page="survival.py")

    def of_sex():
        return {press for _place, press in told(app, "coming") if not press.startswith("Modality")}

    assert of_sex() == set()
    visit.filtered_by(app, "sex")
    assert of_sex() == {"Sex | Female", "Sex | Male"}
