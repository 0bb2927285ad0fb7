"""The report page: what is in it is chosen, ordered, commented, edited and taken away."""

import re
from dataclasses import replace

import pytest

from lib import text
from lib.export import chromium
from lib.plan import dumps, loads
from tests.pages.visit import with_sample


@pytest.fixture
def page():
    return with_sample(page="report.py")


def plan(app):
    return app.session_state["hepar.plan"].report


def press(app, label, at=0, key=""):
    found = [b for b in app.button if b.label == label and key in str(b.key)]
    found[at].click().run()
    assert not app.exception
    return app


def rows(app):
    """The keys of the exhibits, in the order of the rows."""
    return [re.sub(r"report-move--1-\d+-", "", b.key) for b in app.button if b.label == "Up"]


def typed(app, key):
    return next(each for each in (*app.text_input, *app.text_area) if key in str(each.key))


def said(app):
    return " ".join(each.value for each in app.markdown)


def test_a_comparison_in_a_report_asks_for_a_protocol_first():
    app = with_sample()
    app.switch_page("pages/report.py")
    app.session_state["hepar.visitor.unasked"] = False
    app.run()
    assert [b.label for b in app.button if b.key == "protocol-skip"] == [
        "Report without a protocol"
    ]
    assert not [b for b in app.button if b.label == "Up"]
    app.button(key="protocol-skip").click().run()
    assert [b for b in app.button if b.label == "Up"]


def test_the_usual_exhibits_stand_in_their_order_and_can_be_moved(page):
    usual = rows(page)
    assert usual[:3] == ["flow", "table-one", "response"]
    assert plan(page).exhibits == ()
    press(page, "Down", at=0)
    assert rows(page)[:3] == ["table-one", "flow", "response"]
    press(page, "Up", at=2)
    assert rows(page)[:3] == ["table-one", "response", "flow"]
    press(page, "Remove", at=0)
    assert plan(page).exhibits == ("response", "flow", *usual[3:])
    press(page, "Back to the usual ones")
    assert rows(page) == usual
    assert plan(page).exhibits == ()


def test_the_last_exhibit_stays_and_the_ends_go_no_further(page):
    for _each in rows(page)[1:]:
        press(page, "Remove", at=1)
    assert rows(page) == ["flow"]
    assert all(b.disabled for b in page.button if b.label in ("Up", "Down", "Remove"))


def test_an_exhibit_is_added_at_the_end(page):
    box = next(each for each in page.selectbox if each.label == "Add an exhibit")
    box.set_value("endings-os").run()
    assert not page.exception
    assert plan(page).exhibits[-1] == "endings-os"
    assert rows(page)[-1] == "endings-os"


def test_the_study_is_named_and_all_of_it_is_in_the_plan(page):
    typed(page, "report-title").set_value("Химиоинфузия *и* эмболизация").run()
    typed(page, "report-authors").set_value("Иванов").run()
    found = plan(page)
    assert (found.title, found.authors) == ("Химиоинфузия *и* эмболизация", "Иванов")
    assert loads(dumps(page.session_state["hepar.plan"])).report == found


def test_an_edited_sentence_is_marked_until_the_written_text_is_back(page):
    press_open(page, "report-edit-abstract")
    area = typed(page, "report-words-abstract")
    area.set_value("Мы изменили *это*. " + area.value).run()
    assert not page.exception
    assert "Мы изменили \\*это\\*.†" in said(page)
    assert plan(page).edited[0].words.startswith("Мы изменили")
    press(page, "Back to the written text")
    assert plan(page).edited == ()
    assert "†" not in said(page)


def press_open(app, key):
    """Open a part that is folded."""
    app.session_state[f"open-{key}"] = True
    app.run()
    assert not app.exception


def test_an_exhibit_is_looked_at_with_its_numbers_and_commented(page):
    press_open(page, "report-survival-os")
    assert "Figure 3" in said(page)
    typed(page, "report-comment-survival-os").set_value("Кривые **близки**.").run()
    assert plan(page).comment("survival-os") == "Кривые **близки**."
    typed(page, "report-comment-survival-os").set_value(" ").run()
    assert plan(page).comments == ()


def test_checklists_are_shown_with_what_is_left_and_leave_where_they_are_wanted(page):
    (title,) = [each.label for each in page.expander if "STROBE" in each.label]
    assert re.search(r"\((\d+) open\)", title) and not plan(page).checklists
    (of_bias,) = [each.label for each in page.expander if "ROBINS" in each.label]
    assert "(7 open)" in of_bias
    assert "files of their own" in said(page)
    next(each for each in page.toggle if "checklists" in each.label).set_value(True).run()
    assert plan(page).checklists
    assert title in [each.label for each in page.expander]


def test_without_a_browser_on_the_server_there_is_no_pdf(page, monkeypatch):
    def labels(app):
        return [each.label for each in app.get("download_button")]

    monkeypatch.setenv(chromium.PATH, "true")
    assert {"PDF", "All figures, ZIP"} <= set(labels(page.run()))
    monkeypatch.setenv(chromium.PATH, "")
    assert not {"PDF", "All figures, ZIP"} & set(labels(page.run()))
    assert "Word, DOCX" in labels(page)
    assert "open the page of HTML" in said(page)


def test_a_key_that_these_patients_do_not_have_is_named_and_can_be_left_out(page):
    now = page.session_state["hepar.plan"]
    page.session_state["hepar.plan"] = replace(
        now, report=replace(now.report, exhibits=("flow", "no-[such]"))
    )
    page.run()
    assert not page.exception
    assert text.plain("no-[such]: cannot be shown of these patients") in said(page)
    press(page, "Remove", at=1)
    assert plan(page).exhibits == ("flow",)


def test_masking_says_what_is_left_before_anything_is_taken(page):
    next(each for each in page.selectbox if each.label == "Mask small counts").set_value(5).run()
    assert not page.exception
    assert plan(page).least_cell == 5
    words = " ".join(each.value for each in (*page.caption, *page.markdown))
    assert re.search(r"\d+ of \d+ exhibits? (?:is|are) left", words)
    assert "What remains possible" in words
    assert not list(page.text_area)
