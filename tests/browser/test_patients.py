"""A patient selected in a figure, as a visitor does it."""

import io

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.test_browser import PLOT, downloaded, go, open_sample, settled, table


def click_largest(page: Page, title: str, side: str) -> None:
    """Click the bar of the greatest height or width: a figure's own layer lies over all of it.

    The figure is told by the title of an axis: one of another tab may be there for a moment more.
    """
    plot = page.locator(f"{PLOT}:visible").filter(has_text=title).first
    expect(plot.locator(".barlayer .point path").first).to_be_attached()
    settled(page)
    plot.scroll_into_view_if_needed()
    boxes = [bar.bounding_box() for bar in plot.locator(".barlayer .point path").all()]
    box = max((box for box in boxes if box), key=lambda box: box[side])
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    expect(page.locator(f"{PLOT} .hoverlayer .hovertext").first).to_be_visible()
    page.mouse.click(x, y)


def test_a_click_on_a_bar_opens_that_patients_course(page, server):
    go(open_sample(page, server), "Patients")
    expect(page.get_by_role("heading", name="Patient P")).to_have_count(0)
    click_largest(page, "Best change of the sum from baseline", "height")
    expect(page.get_by_role("heading", name="Patient P02")).to_be_visible()
    settled(page)
    course = page.get_by_role("heading", name="Patient P02").bounding_box()
    under = page.locator("[class*=st-key-under-best-change]").first.bounding_box()
    assert course["y"] < under["y"]  # the course stands directly under the figure
    reasons = table(page, "patient-1")
    assert [cells[0] for cells in reasons.values()][1:] == ["PD", "PD"]
    assert "over nadir 43 mm of 2017-04-09" in " ".join(cells[1] for cells in reasons.values())
    assert page.url.endswith("/patients?open=1")  # nobody's code is in the address
    book = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(page, "Numbers, XLSX", -1)))
    rows = book.get_sheet_by_name("Best change").to_python()
    assert rows[1][:3] == ["P02", "Chemoinfusion (HAI)", 48.8]
    assert sum(str(row[0]).startswith("P") and len(str(row[0])) == 3 for row in rows) == 36


def test_a_lane_and_the_box_lead_to_a_course(page, server):
    go(open_sample(page, server), "Patients")
    page.get_by_role("tab", name="Course in time", exact=True).click()
    settled(page)
    click_largest(page, "Months from the first procedure", "width")
    expect(page.get_by_role("heading", name="Patient P01")).to_be_visible()
    settled(page)
    box = page.get_by_test_id("stSelectbox").filter(has_text="One patient’s course")
    box.locator("input").click()
    page.keyboard.type("P13")
    expect(page.get_by_role("option", name="P13")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Patient P13")).to_be_visible()
    settled(page)
    expect(page.locator(f"{PLOT}").first).to_be_visible()
