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
        asked.last.get_by_role("radiogroup").locator("input").first.focus()
        page.keyboard.press("Space")
        done += 1
        expect(page.get_by_role("button", name="Take back")).to_have_count(done)
        settled(page)
        assert page.evaluate(SCROLLED) == scrolled
        assert places(page)[: len(before)] == before
        assert page.evaluate("document.activeElement.checked") is True
        left = asked.count()
    expect(page.get_by_text("Every question is answered.")).to_be_visible()
    expect(page.get_by_role("link", name="Go on to Overview")).to_be_visible()
    page.get_by_role("button", name="Take back").first.click()
    expect(page.get_by_text("1 question is left.")).to_be_visible()


EVERY = {
    "first_procedure_date": ["2020-01-01"] * 12,
    "modality": ["HAI", "TACE"] * 6,
    "vital_status": ["dead", "alive"] * 6,
    "last_follow_up_date": [f"2021-{month:02}-01" for month in range(1, 13)],
    "Возраст": list(range(40, 52)),
    "Билирубин": [0.5 + at / 10 for at in range(12)],
    "zz_marker": list(range(12)),
    "Пол": ["ж", "м", "м"] * 4,
}
COUNT = """
(name) => {
  const holds = (each) => Array.from(each.classList).some((said) => said.match(name));
  const all = () => Array.from(document.querySelectorAll("[class*=st-key-plan]")).filter(holds);
  window.found = { most: 0, all, stops: false };
  const count = () => {
    window.found.most = Math.max(window.found.most, all().length);
    if (!window.found.stops) window.requestAnimationFrame(count);
  };
  count();
}
"""
COUNTED = """
() => {
  const { most, all } = window.found;
  window.found.stops = true;
  return [most, all().length, all()[0]?.contains(document.activeElement)];
}
"""
DOWN = ("ArrowDown", "ArrowDown", "Enter")
PRESSED = {
    "before-patients-7": ("Space",),
    "cuts-map-patients-7": ("5", "Enter"),
    "value-patients-8-0": DOWN,
    "kind-patients-7": DOWN,
}
"""The widgets of Map by their keys, and what moves each."""


def test_what_is_moved_by_the_keyboard_is_seen_once_and_keeps_the_keyboard(page, server):
    visit(page, server)
    drop(page, {"name": "a.csv", "mimeType": "text/csv", "buffer": as_csv(EVERY)})
    expect(page.get_by_text("Every column")).to_be_visible()
    settled(page)
    page.get_by_text("Values of Пол").click()
    expect(page.locator("[class*=value-patients-8-0]")).to_be_visible()
    settled(page)
    for name, keys in PRESSED.items():
        ours = page.locator(f"[class*=st-key-plan][class*={name}]")
        ours.locator("input").focus()
        page.evaluate(COUNT, f"-{name}(-|$)")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(500)
        settled(page)
        assert page.evaluate(COUNTED) == [1, 1, True], name
