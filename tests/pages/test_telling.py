"""Counts for pooling on the page of the report: nothing leaves before somebody chose how fine."""

from tests.conftest import TWO_ARMS
from tests.pages.visit import unfolded, with_columns


def offered(app):
    return [each for each in app.get("download_button") if each.proto.label == "Counts, JSON"]


def test_a_centre_chooses_how_fine_its_counts_are_before_they_are_made():
    app = unfolded(with_columns(TWO_ARMS, page="report.py"), "telling")
    chooser = app.selectbox(key="telling-least")
    assert chooser.value is None
    assert not offered(app)
    app.selectbox(key="telling-least").set_value(1).run()
    assert len(offered(app)) == 1 and not app.error
    assert any("one by one" in each.value for each in app.markdown)


def test_why_nothing_can_leave_is_said():
    app = unfolded(with_columns(TWO_ARMS, page="report.py"), "telling")
    app.selectbox(key="telling-least").set_value(20).run()
    assert not offered(app)
    assert "cells of at least 20" in app.error[0].value
