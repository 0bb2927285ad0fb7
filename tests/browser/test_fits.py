"""Each page fits: no text is cut, none covers another, and little is to be scrolled.

In each language, on a laptop and a telephone.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lib.ui.comparing import TABS
from lib.ui.frame import PAGES
from tests.browser.test_browser import PLOT, settled

SCREENS = {1280: 800, 390: 844}
"""Pixels: how high screens are, by how wide."""
MOST = 3
"""Screens of a page on which nothing is opened."""
FIRST = ("response", "survival", "patients", "compare")
"""The pages whose figure is seen without scrolling."""
CUT = """() => {
  const seen = each => {
    const box = each.getBoundingClientRect();
    const is_in_sight = box.right > 0 && box.left < innerWidth;  // no closed sidebar
    return is_in_sight && box.width > 2 && box.height > 2
      && each.checkVisibility({visibilityProperty: true});
  };
  const own = each => [...each.childNodes].some(n => n.nodeType == 3 && n.data.trim());
  const found = [];
  for (const each of document.querySelectorAll('[data-testid=stApp] *')) {
    if (each.closest('svg, [data-testid=stDataFrame], canvas, .sr-only') || !seen(each)) continue;
    const style = getComputedStyle(each);
    const hides = ['hidden', 'clip'].includes(style.overflowX);
    const wide = hides && each.scrollWidth > each.clientWidth + 1 && own(each);
    const clamped = style.webkitLineClamp != 'none' && each.scrollHeight > each.clientHeight + 2;
    const typed = each.matches('input:not([type=file]), textarea') && each.value
      && each.scrollWidth > each.clientWidth + 1;
    if (wide || clamped || typed) found.push('cut: ' + (each.value || each.textContent).trim());
  }
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  for (const plot of document.querySelectorAll('.js-plotly-plot')) {
    if (!seen(plot)) continue;
    const whole = plot.getBoundingClientRect();
    const texts = [...plot.querySelectorAll('svg.main-svg text')].filter(
      each => each.textContent.trim() && seen(each));
    for (const each of texts) {
      const box = each.getBoundingClientRect();
      if (box.left < whole.left - 1 || box.right > whole.right + 1
          || box.top < whole.top - 1 || box.bottom > whole.bottom + 1)
        found.push('outside its figure: ' + each.textContent);
    }
    const buttons = [...plot.querySelectorAll('.modebar-btn')].filter(seen)
      .map(each => each.getBoundingClientRect());
    for (const each of plot.querySelectorAll('.legendtext'))
      if (buttons.some(button => meet(button, each.getBoundingClientRect())))
        found.push('under a button: ' + each.textContent);
    const named = ['.legendtext', '.gtitle', '.xtitle', '.ytitle', '.annotation-text',
      '.xtick text'];
    const placed = texts.filter(each => each.matches(named.join()))
      .map(each => [each.textContent, each.getBoundingClientRect()]);
    placed.forEach(([words, box], at) => placed.slice(at + 1).forEach(([other, beside]) => {
      if (meet(box, beside)) found.push('one over another: ' + words + ' / ' + other);
    }));
  }
  return [...new Set(found)];
}"""
"""What of a page is cut, leaves its figure or covers another text of it."""


SEEN = """of => {
  const main = document.querySelector('[data-testid=stMain]');
  const plots = [...document.querySelectorAll('.js-plotly-plot')].filter(
    each => each.checkVisibility({visibilityProperty: true}));
  const notes = each => /^(Synthetic|Синтетические)/.test(
    each.closest('.annotation')?.textContent ?? '');
  const ends = [...(plots[0]?.querySelectorAll(of) ?? [])].filter(each => !notes(each))
    .map(each => each.getBoundingClientRect().bottom + main.scrollTop);
  return [main.scrollHeight / innerHeight, Math.max(...ends)];
}"""
"""How many screens high a page is, and where the last of some words of its first figure end; what a
file says of itself, under the figures of a sample, is none of them."""


def walked(page: Page, server: str, language: str) -> dict[str, list[str]]:
    """What does not fit, of each page of the sample by its width."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server}/?lang={language}")
    page.locator(".st-key-open-sample button").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("synthetic_36.xlsx")).to_be_visible()
    found = {}
    for at, (file, *_more) in enumerate(PAGES):
        link = page.get_by_test_id("stTopNavLink").nth(at)
        link.click()
        name = link.inner_text() if at else "Hepar"
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        settled(page)
        if file == "pages/compare.py":
            page.locator(".st-key-protocol-skip button").click()
            expect(page.locator(".st-key-protocol-skip")).to_have_count(0)
            settled(page)
        for width, height in SCREENS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(400)
            if Path(file).stem in FIRST:
                expect(page.locator(f"{PLOT} .main-svg text").first).to_be_visible()
            found[f"{file} at {width}"] = cut(page) + too_long(page, file)
        page.set_viewport_size({"width": 1280, "height": 800})
    return found


def cut(page: Page) -> list[str]:
    """What is cut, or covered, also where a pointer is on a figure."""
    charts = page.locator(".chart").all()
    for chart in (each for each in charts if each.is_visible()):
        chart.dispatch_event("pointerenter")
    page.wait_for_timeout(200)
    return page.evaluate(CUT)


def too_long(page: Page, file: str) -> list[str]:
    """Whether a page is of too many screens, and its figure not on the first of a laptop.

    Of Compare, where the answer stands over it, that is the axis of time; the counts may follow.
    """
    of = ".xtitle" if file == "pages/compare.py" else "svg.main-svg text"
    screens, ends = page.evaluate(SEEN, of)
    found = [f"{screens:.2f} screens"] if screens > MOST else []
    if page.viewport_size == {"width": 1280, "height": 800} and Path(file).stem in FIRST:
        assert ends > 0, f"{file} has no figure"
        found += [f"its figure ends at {ends:.0f}"] if ends > 800 else []
    return found


@pytest.mark.parametrize("language", ["ru", pytest.param("en", marks=pytest.mark.full)])
def test_no_text_is_cut_none_covers_another_and_little_is_scrolled(page, server, language):
    found = walked(page, server, language)
    assert len(found) == len(SCREENS) * len(PAGES)
    left = {name: words for name, words in found.items() if words}
    assert left == {}


def test_every_tab_of_compare_fits(page, server):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server}/?lang=ru")
    page.locator(".st-key-open-registry button").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("synthetic_240.xlsx")).to_be_visible()
    page.get_by_test_id("stTopNavLink").get_by_text("Сравнение", exact=True).click()
    page.locator(".st-key-protocol-skip button").click()
    expect(page.locator(".st-key-protocol-skip")).to_have_count(0)
    settled(page)
    left, seen = {}, 0
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        settled(page)
        for width, height in SCREENS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(400)
            found, seen = cut(page), seen + 1
            screens, _ends = page.evaluate(SEEN, "text")
            found += [f"{screens:.2f} screens"] if width > 1000 and screens > MOST else []
            left |= {f"{tab.inner_text()} at {width}": found} if found else {}
        page.set_viewport_size({"width": 1280, "height": 800})
    assert seen == len(TABS) * len(SCREENS)
    assert left == {}
