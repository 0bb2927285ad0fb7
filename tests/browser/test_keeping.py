"""What a browser does for a page: its address, the way back, and plans, once that is agreed."""

import json

import pytest
from playwright.sync_api import expect
from plotly.offline import get_plotlyjs_version

from lib.exhibits import glossary
from lib.ui import components
from tests.browser.conftest import apart, serving
from tests.browser.test_browser import drop, go, open_sample, pick, settled, visit
from tests.conftest import as_csv

STORE = "localStorage.getItem('hepar.plans')"
AGREE = "Remember my answers in this browser; no patient data"
FOUND = "as this browser kept them"
SECRET = "Незабудкино"
FILE = {
    "Центр": [SECRET, "Москва"] * 12,
    "modality": ["HAI", "TACE"] * 12,
    "os_months": list(range(1, 25)),
    "status": [1, 0, 1] * 8,
}


def as_file(name, columns):
    return {"name": name, "mimeType": "text/csv", "buffer": as_csv(columns)}


def kept(page):
    """What lies in the browser: the plans by the headers; None where nothing may."""
    found = page.evaluate(STORE)
    return None if found is None else json.loads(found) if found != "{" else found


def until(page, holds):
    """What lies in the browser once it is as it should be: the policy forbids to ask it to wait."""
    for _attempt in range(600):
        found = kept(page)
        if holds(found):
            return found
        page.wait_for_timeout(100)
    raise AssertionError(found)


def one_plan(found):
    return bool(found) and isinstance(found, list) and len(found[-1][1]) > 99


DRAWS = f"plotly.min.js?v={get_plotlyjs_version()}"


def had(page):
    """The scripts that the browser has fetched."""
    names = "performance.getEntriesByType('resource').map((each) => each.name.split('/').at(-1))"
    return set(page.evaluate(names))


def test_what_draws_figures_is_had_before_a_file_is_chosen(page, server):
    visit(page, server)
    ahead = {name.split("/")[-1] for name in components.of_next_page()} | {DRAWS}
    for _attempt in range(300):
        if had(page) >= ahead:
            break
        page.wait_for_timeout(100)
    before = had(page)
    assert before >= ahead
    page.get_by_role("button", name="Open the sample cohort").click()
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for(state="attached")
    large = ("plotly", *components.NEXT)
    assert {name for name in had(page) - before if name.startswith(large)} == set()


def agree(page, agreed=True):
    """Tick the box, or untick it, once it stands as this browser told."""
    box = page.get_by_role("checkbox", name=AGREE)
    expect(box).to_be_checked(checked=not agreed)
    page.get_by_text(AGREE).click()
    settled(page)


def answer_all(page):
    """Answer whatever is asked on Map by its first answer."""
    asked = page.get_by_test_id("stRadio").filter(has_not=page.locator("input:checked"))
    while page.get_by_text("What only you know").count():
        if asked.count():
            asked.first.get_by_role("radiogroup").locator("label").first.click()
        page.wait_for_timeout(100)  # until the page has begun to answer
        settled(page)


def test_nothing_is_kept_unless_the_visitor_agrees_and_all_is_forgotten_again(page, server):
    open_sample(page, server)
    go(page, "Survival")
    assert kept(page) is None
    visit(page, server)
    agree(page)
    until(page, lambda found: found == [])
    page.get_by_role("button", name="Open the sample cohort").click()
    ((digest, plan),) = until(page, one_plan)
    assert len(digest) == 64 and "cause_of_death" in plan
    visit(page, server)
    agree(page, agreed=False)
    expect(page.get_by_role("checkbox", name=AGREE)).to_be_focused()  # it is the same box
    until(page, lambda found: found is None)
    visit(page, server)
    expect(page.get_by_role("checkbox", name=AGREE)).not_to_be_checked()


SCRIPT = "**/hepar.keeping/keeping.js*"


@pytest.fixture
def speaks(page):
    """Have the browser tell nothing until this is called: its script comes late."""
    held = []
    page.route(SCRIPT, lambda route: held.append(route))

    def at_last():
        while not held:
            page.wait_for_timeout(50)
        for route in held:
            route.continue_()
        page.unroute(SCRIPT)

    return at_last


def kept_answers(page, server):
    """Have the browser keep the answers of a file, and give what lies there."""
    visit(page, server)
    agree(page)
    drop(page, as_file("march.csv", FILE))
    expect(page.get_by_text("What only you know")).to_be_visible()
    settled(page)
    answer_all(page)
    expect(page.get_by_text("What only you know")).to_have_count(0)
    go(page, "Survival")
    until(page, one_plan)
    return page.evaluate(STORE)


def test_answers_are_found_where_the_browser_tells_them_only_after_the_file_was_opened(
    browser, page, server, speaks
):
    context = apart(browser)
    keeps = kept_answers(context.new_page(), server)
    context.close()
    page.add_init_script(f"localStorage.setItem('hepar.plans', {json.dumps(keeps)})")
    page.goto(server)
    drop(page, as_file("april.csv", FILE))
    expect(page.get_by_text("What only you know")).to_be_visible()
    speaks()
    expect(page.get_by_text(FOUND)).to_be_visible()
    expect(page.get_by_text("What only you know")).to_have_count(0)
    expect(page.get_by_role("checkbox", name=AGREE)).to_be_checked()
    settled(page)
    assert page.evaluate(STORE) == keeps


def test_answers_are_found_for_the_same_headers_after_a_reload_and_no_cell_lies_there(page, server):
    keeps = kept_answers(page, server)
    assert SECRET not in keeps and "march" not in keeps
    page.reload()
    expect(page.get_by_text("your answers, which this browser kept")).to_be_visible()
    settled(page)
    more = {name: [*cells, *cells[:2]] for name, cells in FILE.items()}
    visit(page, server)
    expect(page.get_by_role("checkbox", name=AGREE)).to_be_checked()  # the browser has told
    drop(page, as_file("april.csv", more))
    expect(page.get_by_text(FOUND)).to_be_visible()
    expect(page.get_by_text("What only you know")).to_have_count(0)
    page.get_by_test_id("stTopNav").get_by_role("link", name="Cohort").click()
    page.get_by_role("button", name="Propose everything anew").click()
    expect(page.get_by_text("What only you know")).to_be_visible()


def test_no_more_than_a_few_plans_lie_there_and_the_oldest_go(page, server):
    visit(page, server)
    agree(page)
    until(page, lambda found: found == [])
    many = json.dumps([[f"{at:064x}", ""] for at in range(12)])
    page.evaluate("many => localStorage.setItem('hepar.plans', many)", many)
    page.get_by_role("button", name="Open the sample cohort").click()
    found = [digest for digest, _plan in until(page, one_plan)]
    assert len(found) == 12 and found[0] == f"{1:064x}"


@pytest.mark.parametrize("strange", ["{", '[["x", "<img src=x onerror=alert(1)>"]]'])
def test_what_something_else_wrote_there_is_refused_and_the_page_goes_on(page, server, strange):
    visit(page, server)
    page.evaluate("words => localStorage.setItem('hepar.plans', words)", strange)
    page.reload()
    expect(page.get_by_text("Something that this browser kept is not followed")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Open the sample cohort").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("synthetic_36.xlsx")).to_be_visible()
    until(page, one_plan)


def test_a_browser_that_cannot_keep_says_so(page, server):
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
    visit(page, server)
    agree(page)
    expect(page.get_by_text("This browser keeps nothing, or has no more room.")).to_be_visible()
    expect(page.get_by_role("checkbox", name=AGREE)).not_to_be_checked()


# --- the way back


def test_one_step_back_leads_to_the_page_before_whatever_was_chosen_between(page, server):
    open_sample(page, server)
    go(page, "Response")
    go(page, "Survival")
    length = page.evaluate("history.length")
    both = "Chemoinfusion (HAI)", "Chemoembolization (TACE)"
    for at, level in enumerate(both, 1):
        pick(page, "Modality", level, f"Modality: {' or '.join(both[:at])}")
    asked = "open=1&endpoint=OS&filter.modality=HAI,TACE"
    expect(page).to_have_url(f"{server}/survival?{asked}")
    assert page.evaluate("history.length") == length
    page.go_back()
    expect(page.get_by_role("heading", name="Response", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{server}/response?{asked}")
    page.go_back()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="Response", exact=True)).to_be_visible()
    expect(page.get_by_text("Modality: Chemoinfusion").first).to_be_visible()


# --- a server that is another than before


@pytest.mark.parametrize("title", ["Overview", pytest.param("Guide", marks=pytest.mark.full)])
def test_a_page_that_stands_open_while_the_server_is_restarted_says_so(page, tmp_path, title):
    told = page.get_by_text("The server was restarted")
    with serving(tmp_path / "first.txt") as address:
        open_sample(page, address)
        go(page, title)
        expect(told).to_have_count(0)
    with serving(tmp_path / "second.txt", port=address.rpartition(":")[2]):
        expect(told).to_be_visible()
        expect(page.get_by_test_id("stSidebar").get_by_text("synthetic_36.xlsx")).to_have_count(0)


# --- terms

FIRST_PLACES = """
(terms) => {
  const shown = document.querySelector("[data-testid=stMain]");
  const found = {};
  const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const place = node.parentElement;
    if (!place.checkVisibility() || place.closest("svg, button, style, script")) continue;
    for (const term of terms) {
      const word = new RegExp("(?<![a-z0-9])" + term + "s?(?![a-z0-9])", "i");
      if (!(term in found) && word.test(node.data)) {
        found[term] = place.closest("[title]")?.title ?? place.outerHTML;
      }
    }
  }
  return found;
}
"""


def test_each_term_on_a_page_says_what_it_means_at_its_first_place(page, server):
    terms = {term: f"{term}: {plain}" for term, plain in glossary.TERMS}
    some = {
        "Overview": {"ORR", "CI"},
        "Response": {"ORR"},
        "Compare": {"Hazard ratio"},
    }
    open_sample(page, server)
    for title in ("Overview", "Response", "Survival", "Compare", "Guide"):
        go(page, title)
        for _attempt in range(100):  # they are looked for a moment after a page has changed
            found = page.evaluate(FIRST_PLACES, list(terms))
            unsaid = {term: said for term, said in found.items() if terms[term] not in said}
            if found and not unsaid and some.get(title, set()) <= set(found):
                break
            page.wait_for_timeout(100)
        assert unsaid == {}, title
        assert some.get(title, set()) <= set(found), title
