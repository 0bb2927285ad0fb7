"""A registry in a real browser: who moves on, or stops a part, waits for no answer."""

import pytest
from playwright.sync_api import expect

from tests.browser import slow_registry
from tests.browser.conftest import serving
from tests.browser.test_browser import go, link, settled, visit, without_protocol
from tests.conftest import studied
from tests.registry.same import written

SOON = 15_000  # milliseconds, also on a busy machine; the question would take for ever


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A server that offers one; its log, and the file that makes its questions slow."""
    folder = tmp_path / "liver"
    folder.mkdir()
    written(folder, studied("registry"))
    monkeypatch.setenv(slow_registry.FOLDER, str(folder))
    log = tmp_path / "log.txt"
    with serving(log, script="tests/browser/slow_registry.py") as address:
        yield address, log, tmp_path / "SLOW"


def with_it_open(visitor, address):
    """A page with the registry open.

    Who goes on before the server has taken the click goes on without a registry.
    """
    page = visit(visitor.new_page(), address)
    page.get_by_role("button", name="Open the registry liver").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("Patients under study")).to_be_visible()
    return settled(page)


def asked(page, log):
    """Wait until a question is put."""
    for _each in range(600):
        if slow_registry.ASKED in log.read_text(encoding="utf-8"):
            return
        page.wait_for_timeout(100)
    pytest.fail("nothing was asked")


def test_every_order_can_be_chosen_on_a_telephone(registry, visitor):
    address, _log, _slow = registry
    page = with_it_open(visitor, address)
    go(page, "Patients")
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_timeout(400)
    orders = page.get_by_test_id("stButtonGroup").filter(has_text="Follow-up").locator("button")
    boxes = [each.bounding_box() for each in orders.all()]
    assert len(boxes) > 2
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes), boxes


def test_a_question_is_stopped_once_its_visitor_moves_on(registry, visitor):
    address, log, slow = registry
    page = with_it_open(visitor, address)
    slow.touch()
    link(page, "Survival").click()
    asked(page, log)
    expect(page.get_by_text("Counting in the registry")).to_be_visible()
    said = log.read_text(encoding="utf-8")
    assert said.count(slow_registry.ASKED) > said.count(slow_registry.ENDED), "one is still asked"
    slow.unlink()
    link(page, "Guide").click()
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible(timeout=SOON)
    settled(page)
    assert slow_registry.ENDED in log.read_text(encoding="utf-8")
    expect(page.get_by_text("Counting in the registry")).to_have_count(0)


def test_a_part_that_is_fitted_again_and_again_is_stopped_by_its_button(registry, visitor):
    address, log, slow = registry
    page = with_it_open(visitor, address)
    tab = page.get_by_role("tab", name="Robustness")
    go(page, "Compare")  # whose heading stands before the registry has answered
    expect(tab.or_(page.get_by_role("button", name="without a protocol"))).to_be_visible()
    without_protocol(page)
    tab.click()
    settled(page)
    slow.touch()
    page.get_by_text("Other defensible choices", exact=True).click()
    asked(page, log)
    stop = page.locator(".st-key-stop-robustness button")
    expect(stop).to_be_visible()
    slow.unlink()
    stop.click()
    expect(page.get_by_text("Stopped; all else stands.")).to_be_visible(timeout=SOON)
    assert slow_registry.ENDED in log.read_text(encoding="utf-8")
    page.locator(".st-key-go-on-robustness button").click()
    expect(page.get_by_text("specification").first).to_be_visible()
