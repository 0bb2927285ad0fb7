"""The page of the questions stays where it is while they are answered."""

from playwright.sync_api import expect

from tests.browser.test_browser import drop, settled, visit
from tests.conftest import as_csv

FILE = {
    "first_procedure_date": ["2020-01-01"] * 8,
    "vital_status": ["dead"] * 6 + ["alive"] * 2,
    "zz_day": [f"2021-0{month}-01" for month in range(1, 9)],
    "status_2": ["1", "0"] * 4,
    "Пол": ["1", "2"] * 4,
}
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def places(page):
    """The questions with the place of each on the screen."""
    found = page.get_by_test_id("stRadio")
    return [
        (radio.locator("label").first.inner_text(), round(radio.bounding_box()["y"]))
        for radio in found.all()
    ]


def test_nothing_moves_while_a_question_is_answered_and_what_is_left_is_counted(page, server):
    visit(page, server)
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": as_csv(FILE)}
    drop(page, file)
    expect(page.get_by_text("What only you know")).to_be_visible()
    asked = page.get_by_test_id("stRadio").filter(has_not=page.locator("input:checked"))
    expect(asked.nth(1)).to_be_visible()
    settled(page)
    left = asked.count()
    done = 0
    while left:
        counted = "1 question is left." if left == 1 else f"{left} questions are left."
        expect(page.get_by_text(counted)).to_be_visible()
        asked.last.scroll_into_view_if_needed()
        before, scrolled = places(page), page.evaluate(SCROLLED)
        asked.last.get_by_role("radiogroup").locator("label").first.click()
        done += 1
        expect(page.get_by_role("button", name="Take back")).to_have_count(done)
        settled(page)
        assert page.evaluate(SCROLLED) == scrolled
        assert places(page)[: len(before)] == before
        left = asked.count()
    expect(page.get_by_text("Every question is answered.")).to_be_visible()
    expect(page.get_by_role("link", name="Go on to Overview")).to_be_visible()
    page.get_by_role("button", name="Take back").first.click()
    expect(page.get_by_text("1 question is left.")).to_be_visible()
