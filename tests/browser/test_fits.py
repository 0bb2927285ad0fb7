"""No text is cut and none covers another, in each language, on a wide screen and a telephone."""

import pytest
from playwright.sync_api import Page, expect

from lib.ui.frame import PAGES
from tests.browser.test_browser import settled

WIDTHS = (1280, 390)
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
      if (box.left < whole.left - 2 || box.right > whole.right + 2
          || box.top < whole.top - 2 || box.bottom > whole.bottom + 2)
        found.push('outside its figure: ' + each.textContent);
    }
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


def walked(page: Page, server: str, language: str) -> dict[str, list[str]]:
    """What does not fit, of each page of the sample by its width."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(f"{server}/?lang={language}")
    page.locator(".st-key-open-sample button").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("synthetic_36.xlsx")).to_be_visible()
    found = {}
    for at, (file, *_more) in enumerate(PAGES):
        page.get_by_test_id("stTopNavLink").nth(at).click()
        settled(page)
        if file == "pages/compare.py":
            page.locator(".st-key-protocol-skip button").click()
            settled(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(400)
            found[f"{file} at {width}"] = page.evaluate(CUT)
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return found


@pytest.mark.parametrize("language", ["ru", pytest.param("en", marks=pytest.mark.full)])
def test_no_text_is_cut_and_none_covers_another(page, server, language):
    found = walked(page, server, language)
    assert len(found) == 2 * len(PAGES)
    left = {name: words for name, words in found.items() if words}
    assert left == {}
