"""A workbook whose every text would act: no page asks a foreign host for it, and none shows it."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests import hostile
from tests.browser.test_browser import ANALYSES, go, settled, upload

ACTING = ", ".join(
    (
        f'a[href*="{hostile.HOST}"]',
        f'img[src*="{hostile.HOST}"]',
        f'a[*|href*="{hostile.HOST}"]',
        "[data-testid=stMain] u",
        "[data-testid=stMarkdownContainer] .katex",
    )
)
"""Links, images, a tag of the file, a formula; in figures links have another name for `href`."""
HOME = "[data-testid=stMarkdownContainer] [role=img][aria-label*=home]"


def nothing_acts(page: Page) -> None:
    settled(page)
    expect(page.locator(ACTING)).to_have_count(0)
    expect(page.locator(HOME)).to_have_count(0)
    assert "\u202e" not in page.locator("body").inner_text()


@pytest.mark.parametrize("by", ["Modality", pytest.param("Centre", marks=pytest.mark.full)])
def test_no_text_of_a_file_acts_or_asks_a_foreign_host(page: Page, server: str, by: str):
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname or ""))
    name = f"{hostile.PAYLOADS[7]} {hostile.PAYLOADS[9]}.xlsx".replace("/", "_")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    upload(page, server, {"name": name, "mimeType": kind, "buffer": hostile.workbook()})
    page.get_by_test_id("stTopNav").get_by_role("link", name="Cohort").click()
    for step in ("Map", "Check") if by == "Modality" else ():
        page.get_by_role("button", name=step).or_(
            page.get_by_role("radio", name=step)
        ).first.click()
        settled(page)
        if step == "Check":
            rows_of_a_finding(page)
        nothing_acts(page)
    for title in ANALYSES:
        go(page, title)
        if title == "Survival":
            choose(page, "Group by", by)
        nothing_acts(page)
    assert hosts - {""} == {"localhost"}


def rows_of_a_finding(page: Page) -> None:
    """Choose a finding of the sheet whose name would be an image."""
    choose(page, "Rows and columns of a finding", "procedures")
    expect(page.get_by_text("These are rows of the sheet")).to_be_visible()


def choose(page: Page, label: str, words: str) -> None:
    """Choose the first option with some words, until its list stays open long enough."""
    for _attempt in range(3):
        page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input").first.click()
        try:
            page.get_by_role("option", name=words).first.click(timeout=4_000)
        except TimeoutError:
            page.keyboard.press("Escape")
        else:
            break
    settled(page)
