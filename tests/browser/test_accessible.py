"""What axe finds serious: every page and tab, both samples, light and dark, wide and narrow."""

from importlib.resources import files

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import apart
from tests.browser.test_browser import PLOT, go, link, open_sample, settled, table, visit
from tests.conftest import SAMPLES

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(each => ["serious", "critical"].includes(each.impact))
    .flatMap(each => each.nodes.map(node => [each.id, node.html.slice(0, 200)]))"""
AT_REST = """async () => Promise.race([
    Promise.allSettled(document.getAnimations()
        .filter(each => each.effect.getComputedTiming().endTime !== Infinity)
        .map(each => each.finished)),
    new Promise(rested => setTimeout(rested, 5000))])"""
PAGES = ("Overview", "Response", "Survival", "Patients", "Compare", "Report", "Papers", "Guide")
TABS = ("Response", "Balance", "Adjusted", "Safety", "Robustness")
LOOKS = (
    pytest.param("light", 1280, marks=pytest.mark.full),
    pytest.param("light", 390),
    pytest.param("dark", 1280),
    pytest.param("dark", 390, marks=pytest.mark.full),
)


def serious(page: Page, where: str) -> list[tuple[str, ...]]:
    """What axe finds serious or worse on a settled page, once what moves has come to rest."""
    page.evaluate(AT_REST)
    page.evaluate(AXE)
    return [(where, *each) for each in page.evaluate(RUN)]


def answered(page: Page) -> Page:
    """Wait until the server has answered what was pressed."""
    page.wait_for_timeout(400)  # for it to reach the server
    return settled(page)


WIDGETS = frozenset(
    ("button", "checkbox", "combobox", "figure", "group", "link", "listbox", "option", "radio",
     "radiogroup", "region", "searchbox", "slider", "spinbutton", "switch", "tab", "textbox")
)  # fmt: skip


def escaped(page: Page, where: str) -> list[tuple[str, ...]]:
    """Names of widgets that are read aloud with what keeps text from acting as markup."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    names = [
        each.get("name", {}).get("value", "")
        for each in nodes
        if each.get("role", {}).get("value") in WIDGETS
    ]
    assert any(names)
    return [(where, name) for name in names if "\\" in name]


@pytest.mark.parametrize("sample", ["cohort", pytest.param("registry", marks=pytest.mark.full)])
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_nothing_serious_stands_in_the_way_of_anybody(browser, server, scheme, width, sample):
    context = apart(browser, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    found = serious(visit(page, server), "no cohort")
    page.get_by_role("button", name=f"Open the sample {sample}").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("Patients under study")).to_be_visible()
    settled(page)
    for title in PAGES:
        found += serious(go(page, title), title)
        found += escaped(page, title)
        for tab in TABS if title == "Compare" else ():
            page.get_by_role("tab", name=tab).press("Enter")  # a sidebar may lie over it
            expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
            found += serious(answered(page), f"Compare, {tab}")
    link(page, "Cohort").click()
    for step in ("Map", "Check"):
        page.get_by_role("radio", name=step).press("Enter")
        found += serious(answered(page), step)
        found += escaped(page, step)
    context.close()
    assert found == []


def reached(page: Page, control: Locator) -> None:
    """Go on by the keyboard until a control has the focus."""
    for _press in range(80):
        if control.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("no way leads there by keyboard")


def pressed(page: Page, control: Locator) -> None:
    reached(page, control)
    page.keyboard.press("Enter")


def test_from_a_file_to_the_comparison_without_a_mouse(page, server):
    visit(page, server)
    uploader = page.get_by_test_id("stFileUploader").locator("button").first
    with page.expect_file_chooser() as chosen:
        pressed(page, uploader)
    chosen.value.set_files(SAMPLES["workbook"])
    expect(page.get_by_test_id("stSidebar").get_by_text("Patients under study")).to_be_visible()
    settled(page)
    for title in ("Survival", "Compare"):
        pressed(page, link(page, title))
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        settled(page)
    pressed(page, page.get_by_role("button", name="without a protocol"))
    settled(page)
    expect(page.locator(f"{PLOT}:visible").last).to_be_visible()
    reached(page, page.get_by_role("tab", name="Survival"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Response")).to_have_attribute("aria-selected", "true")
    assert table(page, "compare-response-0")


def test_what_a_term_means_is_read_without_a_mouse(page, server):
    open_sample(page, server)
    go(page, "Survival")
    terms = page.get_by_text("Terms on this page")
    expect(terms).to_be_visible()
    terms.focus()
    page.keyboard.press("Enter")
    meaning = page.locator("[data-terms] dt", has_text="At risk").locator(
        "xpath=following-sibling::dd[1]"
    )
    expect(meaning).to_be_visible()
    expect(meaning).to_contain_text("Still under observation")
    go(page, "Guide")
    expect(page.locator("[data-terms]")).to_have_count(1)  # once, however often a page is drawn


@pytest.mark.parametrize(
    ("title", "control"),
    [("Report", "Word, DOCX"), ("Report", "Down"), ("Papers", "Download")],
)
def test_what_a_page_offers_is_reached_without_a_mouse(page, server, title, control):
    open_sample(page, server)
    pressed(page, link(page, title))
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    settled(page)
    skip = page.get_by_role("button", name="without a protocol")
    if title == "Report":
        pressed(page, skip)
        settled(page)
    reached(page, page.get_by_role("button", name=control).first)
