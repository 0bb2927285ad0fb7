"""Figures on a page: each keeps its place, follows the theme, and can be seen large."""

import re

from playwright.sync_api import expect

from tests.browser.test_browser import PLOT, choose_modality, go, open_sample, settled
from tests.browser.test_promises import answered

DRAWN = f"{PLOT} .scatterlayer .trace"
NAMES = "document.querySelector('.js-plotly-plot')._fullData.map((each) => each.name).join()"


def test_a_filter_changes_the_figure_in_its_place(page, server):
    go(open_sample(page, server), "Survival")
    page.locator(DRAWN).first.wait_for(state="attached")
    page.evaluate("window.before = document.querySelector('.js-plotly-plot')")
    assert "TACE" in page.evaluate(NAMES)
    choose_modality(page, "Chemoinfusion (HAI)")
    expect(page.get_by_text("20 of 36 patients.").first).to_be_visible()
    settled(page)
    assert "TACE" not in page.evaluate(NAMES)
    assert page.evaluate("window.before === document.querySelector('.js-plotly-plot')")
    assert page.locator(PLOT).count() == 1


PRESS = """async (option) => {
  const shown = () => document.querySelector('.js-plotly-plot')._fullData.length;
  const before = shown();
  option.click();
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve(); // no message comes meanwhile
  return shown() < before;
}"""


LOSES = """document.addEventListener(
  'click', (press) => press.stopPropagation(), { capture: true, once: true },
)"""


def told_of_presses(page):
    """The page once all is told of what may be pressed next; the list of modalities is open."""
    go(page, "Survival")
    page.locator(DRAWN).first.wait_for(state="attached")
    coming = page.locator("[data-press^='Modality | ']")
    expect(coming).to_have_count(2)
    page.locator('[data-test-script-state="notRunning"]').wait_for(state="attached")
    page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect").first.locator("input").click()
    return page.get_by_role("option", name="Chemoinfusion (HAI)")


def test_a_press_on_a_filter_is_drawn_before_the_server_answers(page, server):
    option = told_of_presses(open_sample(page, server))
    assert option.evaluate(PRESS)
    drawn = page.evaluate(NAMES)
    assert "TACE" not in drawn
    expect(page.get_by_text("20 of 36 patients.").first).to_be_visible()
    settled(page)
    assert page.evaluate(NAMES) == drawn


def test_a_press_that_comes_to_nothing_leaves_the_figure_as_it_was(page, server):
    """What a server is not asked for it does not tell anew; once it tells all, that is shown."""
    option = told_of_presses(open_sample(page, server))
    before = page.evaluate(NAMES)
    page.evaluate(LOSES)
    assert option.evaluate(PRESS)
    page.keyboard.press("Escape")
    page.get_by_test_id("stMain").get_by_role("button", name="More").press("Enter")
    page.get_by_test_id("stPopoverBody").wait_for()
    page.wait_for_function(f"before => {NAMES} === before", arg=before)


BEFORE = """() => {
  const now = document.querySelector('[data-figure]');
  const before = now.cloneNode();
  before.dataset.shows = document.querySelector('[data-coming]').dataset.shows;
  const turn = document.createElement('div');
  turn.dataset.turn = 'another';
  document.body.append(before, turn);
}"""


def test_what_the_run_before_told_stands_below_until_a_run_ends_and_is_not_shown(page, server):
    told_of_presses(open_sample(page, server))
    shown = page.evaluate(NAMES)
    page.evaluate(BEFORE)
    page.wait_for_timeout(300)
    assert page.evaluate(NAMES) == shown


def test_a_figure_of_a_part_that_is_drawn_alone_follows_its_choice(page, server):
    """What is folded is drawn without the page around it, and without the page's place."""
    go(open_sample(page, server), "Compare")
    page.get_by_role("tab", name="Robustness").click()
    fold = page.get_by_test_id("stExpander").filter(has_text="Subgroups")
    fold.locator("summary").click()
    figure = fold.get_by_role("figure")
    expect(figure).to_have_accessible_name(re.compile("^Subgroups, Overall survival"))
    fold.get_by_test_id("stSelectbox").locator("input").click()
    page.get_by_role("option", name="Progression-free survival", exact=True).click()
    expect(figure).to_have_accessible_name(re.compile("^Subgroups, Progression-free survival"))


def test_a_figure_follows_the_theme_of_the_machine(page, server):
    page.emulate_media(color_scheme="light")
    go(open_sample(page, server), "Survival")
    page.locator(DRAWN).first.wait_for(state="attached")
    for scheme, ground in (("dark", "rgb(17, 23, 28)"), ("light", "rgb(255, 255, 255)")):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator(f"{PLOT} .main-svg").first).to_have_css("background-color", ground)


def test_a_figure_is_seen_as_large_as_the_window_and_put_back(page, server):
    go(open_sample(page, server), "Survival")
    plot = page.locator(PLOT)
    plot.locator(".scatterlayer .trace").first.wait_for(state="attached")
    before = plot.bounding_box()
    plot.hover()
    page.locator(".modebar-btn[data-title=Fullscreen]").click()
    close = page.get_by_role("button", name="Close", exact=True)
    expect(close).to_be_visible()
    page.wait_for_timeout(300)
    assert plot.bounding_box()["width"] == page.viewport_size["width"]
    page.keyboard.press("Escape")
    expect(close).to_be_hidden()
    page.wait_for_timeout(300)
    after = plot.bounding_box()
    assert [after[side] for side in ("width", "height")] == [before["width"], before["height"]]


def test_a_printed_page_is_without_controls_and_cuts_nothing(page, server):
    go(open_sample(page, server), "Survival")
    plot = page.locator(PLOT)
    plot.locator(".scatterlayer .trace").first.wait_for(state="attached")
    before = plot.bounding_box()["width"]
    box = page.get_by_test_id("stSelectbox").first
    expect(box).to_be_visible()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(box).to_be_hidden()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    drawn = plot.locator(".main-svg").first
    expect(drawn).to_have_css("width", "680px")
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(drawn).to_have_css("width", f"{before:.0f}px")


def test_what_draws_is_kept_by_a_browser_and_nothing_else_of_ours(page, server):
    open_sample(page, server)
    place = "/_stcore/bidi-components/hepar.chart/"
    _status, headers = answered(server, f"{place}plotly.min.js?v=4.1.1")
    assert "immutable" in headers["Cache-Control"]
    for path in ("chart.js", "plotly.min.js"):
        assert answered(server, place + path)[1]["Cache-Control"] == "no-store"
    assert answered(server, "/_stcore/health?v=1")[1]["Cache-Control"] == "no-store"
