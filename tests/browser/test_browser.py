import io
import re
import shutil
from collections import Counter
from urllib.parse import urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect
from python_calamine import CalamineWorkbook

from lib.command import main
from lib.ui.frame import PAGES
from tests.browser.conftest import apart, browser_path
from tests.conftest import SAMPLES, as_csv

TITLES = {
    "": "Hepar",
    "overview": "Overview",
    "response": "Response",
    "survival": "Survival",
    "patients": "Patients",
    "compare": "Compare",
    "guide": "Guide",
}
ANALYSES = ("Overview", "Response", "Survival", "Patients", "Compare")
PLOT = ".js-plotly-plot"
NARROW = 768  # below it pages are named in the sidebar


def settled(page: Page) -> Page:
    """Wait until the server has nothing more to say."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    return page


def visit(page: Page, server: str, path: str = "") -> Page:
    page.goto(f"{server}/{path}")
    expect(page.get_by_role("heading", name=TITLES[path], exact=True)).to_be_visible()
    return settled(page)


def drop(page: Page, file) -> None:
    """Drop a file on the uploader, as a visitor does."""
    page.get_by_test_id("stFileUploader").first.locator("input[type=file]").set_input_files(file)


def upload(page: Page, server: str, file) -> Page:
    """Have a file opened from the first page on."""
    visit(page, server)
    drop(page, file)
    expect(page.get_by_test_id("stSidebar").get_by_text("Patients under study")).to_be_visible()
    return settled(page)


def open_sample(page: Page, server: str) -> Page:
    return take_sample(visit(page, server))


def take_sample(page: Page) -> Page:
    """Open the sample from the page where a file could be chosen."""
    page.get_by_role("button", name="Open the sample cohort").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("synthetic_36.xlsx")).to_be_visible()
    return settled(page)


def link(page: Page, title: str) -> Locator:
    """The link to a page: at the top, or in the sidebar of a narrow screen."""
    if page.viewport_size and page.viewport_size["width"] < NARROW:
        nav = page.get_by_test_id("stSidebarNav")
        if not nav.is_visible():
            page.get_by_test_id("stExpandSidebarButton").click()
        return nav.get_by_role("link", name=title, exact=True)
    return page.get_by_test_id("stTopNav").get_by_role("link", name=title, exact=True)


def go(page: Page, title: str) -> Page:
    link(page, title).click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    return without_protocol(settled(page))


def without_protocol(page: Page) -> Page:
    """Go on without a protocol, where one is offered."""
    skip = page.get_by_role("button", name="without a protocol")
    if skip.is_visible():
        skip.press("Enter")  # on a narrow screen the sidebar lies over it
        settled(page)
    return page


def table(page: Page, key: str) -> dict[str, list[str]]:
    """A table on the page: the cells of each row by its first."""
    shown = page.locator(f"[data-table^={key}] table").filter(visible=True).last
    expect(shown).to_be_visible()
    rows = [row.locator("th, td").all_inner_texts() for row in shown.locator("tr").all()]
    return {cells[0]: cells[1:] for cells in rows}


def choose_modality(page: Page, label: str) -> Page:
    """Pick a level in the sidebar's filter."""
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_test_id("stMultiSelect").first.locator("input").click()
    page.get_by_role("option", name=re.compile(re.escape(label))).click()
    page.keyboard.press("Escape")
    return page


def pick(page: Page, label: str, level: str, words: str) -> None:
    """Pick a level of a filter until the page says so: a list closes when the page moves."""
    box = page.get_by_test_id("stMultiSelect").filter(has_text=label).locator("input")
    said = page.get_by_test_id("stMain").get_by_text(words).first
    for _attempt in range(3):
        try:
            box.fill(level)
            page.get_by_role("option", name=level, exact=True).click(timeout=3_000)
            said.wait_for(timeout=4_000)
            break
        except TimeoutError:
            page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(said).to_be_visible()
    settled(page)


def add_filter(page: Page, label: str) -> None:
    """Find a column by some of its letters, with the keyboard alone, and have its filter."""
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("combobox", name="Add a filter").focus()
    page.keyboard.type(label[:6].lower())
    expect(page.get_by_role("option").first).to_have_text(label)
    page.keyboard.press("Enter")
    expect(sidebar.get_by_test_id("stMultiSelect").filter(has_text=label)).to_be_visible()
    settled(page)


# --- the main job


def test_filters_of_several_columns_and_levels_select_who_they_name(page, server):
    patients = pd.read_excel(SAMPLES["workbook"], sheet_name="patients", engine="calamine")
    open_sample(page, server)
    chosen = {"Sex": ["Female"], "Primary tumour": ["rectum", "left colon"]}
    for label, levels in chosen.items():
        add_filter(page, label)
        for number, level in enumerate(levels, start=1):
            pick(page, label, level, f"{label}: {' or '.join(levels[:number])}")
    chosen_sites = patients["primary_site"].isin(chosen["Primary tumour"])
    n = int(((patients["sex"] == "F") & chosen_sites).sum())
    expect(page.get_by_text(f"{n} of 36 patients.").first).to_be_visible()
    page.get_by_role("combobox", name="Primary tumour").blur()  # it is less high then
    scrolled = "document.querySelector('[data-testid=stSidebarContent]').scrollTop = 1e6"
    page.evaluate(scrolled)
    count = page.get_by_test_id("stSidebar").get_by_text("Patients under study")
    expect(count).to_be_in_viewport()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_text("All 36 patients.").first).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stMultiSelect").locator("[data-baseweb=tag]")).to_have_count(0)


def test_a_reload_says_so_and_the_same_file_finds_its_filters(page, server):
    open_sample(page, server)
    go(page, "Survival")
    choose_modality(page, "Chemoinfusion (HAI)")
    said = page.get_by_text("20 of 36 patients. Modality: Chemoinfusion (HAI).").first
    expect(said).to_be_visible()
    settled(page)
    expect(page).to_have_url(f"{server}/survival?open=1&endpoint=OS&filter.modality=HAI")
    page.reload()
    expect(page.get_by_text("No cohort is open: a reload closes it")).to_be_visible()
    page.get_by_role("button", name="Open the sample cohort").click()
    expect(said).to_be_visible()
    expect(page.get_by_text("No cohort is open: a reload closes it")).to_have_count(0)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_main_job_from_a_file_to_a_comparison(page, server, name):
    upload(page, server, SAMPLES[name])
    expect(page.get_by_text("Synthetic patients").first).to_be_visible()

    go(page, "Survival")
    expect(page.locator(f"{PLOT}:visible").last).to_be_visible()
    shown = table(page, "survival-os-0")
    assert shown["Patients"] == ["36", "20", "16"]
    assert shown["Events"] == ["24", "14", "10"]
    assert shown["Median, months"] == [
        "22.0 (95% CI 18.0 to 31.8)",
        "21.8 (95% CI 16.1 to 31.8)",
        "23.5 (95% CI 14.7 to not reached)",
    ]
    assert shown["At 12 months"][0] == "83% (95% CI 67 to 94), 30 at risk"

    choose_modality(page, "Chemoinfusion (HAI)")
    expect(
        page.get_by_text("20 of 36 patients. Modality: Chemoinfusion (HAI).").first
    ).to_be_visible()
    settled(page)
    shown = table(page, "survival-os-0")
    assert shown["Patients"] == ["20", "20"]
    assert shown["Median, months"][0] == "21.8 (95% CI 16.1 to 31.8)"
    assert shown["At 12 months"][0] == "80.0% (95% CI 56.3 to 94.3), 16 at risk"

    go(page, "Response")
    page.get_by_role("tab", name="At 6 months").click()
    shown = table(page, "response-")
    assert shown["All treated"] == ["20", "20"]
    assert shown["Stable disease (SD)"][0] == "16/20 (80.0%)"
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_text("All 36 patients.").first).to_be_visible()
    settled(page)
    shown = table(page, "response-")
    assert shown["Partial response (PR)"][0] == "1/36 (3%)"
    assert shown["Stable disease (SD)"][0] == "29/36 (81%)"
    assert shown["Progressive disease (PD)"][0] == "6/36 (17%), of whom 2 died"
    page.get_by_role("tab", name="At 12 months").click()
    assert table(page, "response-")["Stable disease (SD)"][0] == "21/36 (58%)"

    go(page, "Compare")
    expect(page.get_by_text("Patients were not randomised").first).to_be_visible()
    page.get_by_text("Contrast, unadjusted").first.click()
    shown = table(page, "compare-os-1")
    assert shown["Log-rank test"] == ["p = 0.582"]
    (ratio,) = [cells for label, cells in shown.items() if label.startswith("Hazard ratio")]
    assert ratio == ["0.80 (95% CI 0.35 to 1.80)"]
    page.get_by_role("tab", name="Response").click()
    settled(page)
    shown = table(page, "compare-response-0")
    assert shown["DCR at 6 months, all treated"][:2] == [
        "16/20 (80%, 95% CI 56 to 94)",
        "14/16 (88%, 95% CI 62 to 98)",
    ]


# --- deep links, and the frame


FIRST = [
    path if path == "compare" else pytest.param(path, marks=pytest.mark.full) for path in TITLES
]
"""A server of its own for each; that every page calls the guard is a rule of the house."""


@pytest.mark.parametrize("path", FIRST)
def test_a_deep_link_to_a_server_that_just_started_shows_the_framed_page(page, fresh_server, path):
    visit(page, fresh_server, path)
    links = page.get_by_test_id("stTopNav").get_by_role("link")
    expect(links).to_have_text([re.compile(f"{name}$") for _path, name in PAGES])
    expect(page).to_have_title("Hepar")
    if TITLES[path] in ANALYSES:
        expect(page.get_by_text("No cohort is open yet.")).to_be_visible()
        expect(page.get_by_role("button", name="Open the sample cohort")).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)


# --- visitors apart


def test_two_visitors_at_once_see_only_their_own_patients(browser, server, tmp_path):
    own = tmp_path / "own_cohort.csv"
    own.write_bytes(
        as_csv(
            {
                "modality": ["HAI"] * 7 + ["TACE"] * 6,
                "os_months": list(range(1, 14)),
                "os_event": [1] * 13,
            }
        )
    )
    contexts = [apart(browser), apart(browser)]
    one, other = (context.new_page() for context in contexts)
    open_sample(one, server)
    upload(other, server, own)
    go(one, "Survival")
    go(other, "Survival")
    choose_modality(other, "Chemoinfusion (HAI)")
    expect(other.get_by_text("7 of 13 patients.").first).to_be_visible()
    settled(other)
    go(one, "Response")
    go(one, "Survival")
    assert table(one, "survival-os-0")["Patients"] == ["36", "20", "16"]
    assert table(other, "survival-os-0")["Patients"] == ["7", "7"]
    for page, mine, theirs in (
        (one, "synthetic_36.xlsx", "own_cohort.csv"),
        (other, "own_cohort.csv", "synthetic_36.xlsx"),
    ):
        sidebar = page.get_by_test_id("stSidebar")
        expect(sidebar.get_by_text(mine)).to_be_visible()
        expect(sidebar.get_by_text(theirs)).to_have_count(0)
    third = contexts[0].new_page()
    visit(third, server, "survival")
    expect(third.get_by_text("No cohort is open yet.")).to_be_visible()
    for context in contexts:
        context.close()


# --- nothing leaves the machine


def test_no_page_asks_any_host_but_its_own(page, server):
    asked = Counter()
    page.on("request", lambda request: asked.update([urlsplit(request.url).netloc]))
    page.on("websocket", lambda socket: asked.update([urlsplit(socket.url).netloc]))
    open_sample(page, server)
    for title in (*ANALYSES, "Guide"):
        go(page, title)
        if title in ANALYSES:
            expect(page.locator(f"{PLOT}:visible").last).to_be_visible()
    assert set(asked) - {""} == {urlsplit(server).netloc}, asked


# --- looks


def test_every_page_is_named_at_the_top_of_a_usual_screen(browser, server):
    context = apart(browser, viewport={"width": 1280, "height": 800})
    page = open_sample(context.new_page(), server)
    for _path, title in PAGES:
        expect(link(page, title)).to_be_in_viewport(ratio=1)
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("light", 390), ("dark", 390)])
def test_figures_and_tables_fit_the_screen(browser, server, scheme, width):
    context = apart(
        browser, viewport={"width": width, "height": 844}, color_scheme=scheme, is_mobile=False
    )
    page = context.new_page()
    visit(page, server, "survival")
    page.get_by_role("button", name="Open the sample cohort").click()
    expect(page.locator(f"{PLOT}:visible").last).to_be_visible()
    for path in ("survival", "response", "patients", "compare"):
        if path != "survival":
            link(page, TITLES[path]).click()
            expect(page.get_by_role("heading", name=TITLES[path], exact=True)).to_be_visible()
        without_protocol(settled(page))
        figure = page.locator(f"{PLOT}:visible").last
        expect(figure).to_be_visible()
        shown = page.locator("[data-table] table").filter(visible=True)
        expect(shown.first).to_be_visible()
        widths = page.evaluate(
            "[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]"
        )
        assert max(widths[:2]) <= widths[2], (path, widths)
        box = figure.bounding_box()
        assert box["width"] > min(250, width / 2) and box["height"] > 200
        assert box["x"] + box["width"] <= width + 1
        drawn = figure.locator(".scatterlayer path.js-line, .barlayer .point path")
        assert drawn.count() > 0
        background = page.evaluate(
            "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        red = int(re.search(r"\d+", background).group())
        assert (red > 200) == (scheme == "light"), background
    context.close()


# --- downloads


def downloaded(page: Page, label: str, at: int = 0) -> bytes:
    settled(page)
    page.locator("[class*=st-key-open-download-] button").nth(at).click()
    with page.expect_download() as event:
        page.get_by_role("button", name=label).click()
    page.keyboard.press("Escape")
    return event.value.path().read_bytes()


def test_what_is_downloaded_opens_and_says_that_it_is_synthetic(page, visitor, server, tmp_path):
    go(open_sample(page, server), "Survival")
    book = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(page, "Numbers, XLSX")))
    assert book.sheet_names == ["Overall survival by modality", "Curves"]
    for name in book.sheet_names:
        cells = [str(cell) for row in book.get_sheet_by_name(name).to_python() for cell in row]
        assert any(cell.startswith("Synthetic patients.") for cell in cells)
    summary = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    assert ["Patients", 36, 20, 16] in [row[:4] for row in summary]

    alone = tmp_path / "figure.html"
    alone.write_bytes(downloaded(page, "Figure with caption, HTML"))
    asked = []
    opened = visitor.new_page()
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(alone.as_uri())
    expect(opened.get_by_role("heading", name="Overall survival by modality")).to_be_visible()
    expect(opened.locator(PLOT)).to_be_visible()
    expect(opened.get_by_text("Synthetic patients. None of them exists").first).to_be_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_every_page_of_a_folder_is_drawn_by_the_script_beside_it(visitor, tmp_path):
    assert main([str(SAMPLES["workbook"]), "--out", str(tmp_path)]) == 0
    opened, asked, wrong, drawn = visitor.new_page(), [], [], []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: wrong.append(error))
    pages = sorted(tmp_path.glob("*.html"))
    for file in pages:
        opened.goto(file.as_uri())
        if "Plotly.newPlot" in file.read_text(encoding="utf-8"):
            expect(opened.locator(f"{PLOT} .main-svg").first).to_be_visible()
            drawn.append(file.name)
    assert wrong == []
    assert len(drawn) > 10
    folder = tmp_path.as_uri()
    assert [url for url in asked if not url.startswith((f"{folder}/", "data:", "blob:"))] == []


def test_a_figure_taken_away_from_a_dark_page_is_for_white_paper(page, server):
    page.emulate_media(color_scheme="dark")
    go(open_sample(page, server), "Survival")
    light_ink = "#E8EEF2"
    title = page.locator(f"{PLOT} .xtitle").first
    expect(title).to_have_css("fill", "rgb(232, 238, 242)")
    assert light_ink.encode() not in downloaded(page, "Figure with caption, HTML")


# --- a click on a bar of the overview


def bar(page: Page):
    """The first bar of those with stable disease, of whom every group has many."""
    bars = page.locator("[class*=st-key-small-response] .bars").filter(visible=True)
    return bars.filter(has_text="16/20").locator(".point path").first


def test_a_click_on_a_bar_adds_its_level_to_the_filter_and_one_beside_it_changes_nothing(
    page, server
):
    open_sample(page, server)
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    settled(page)  # a figure that is drawn anew takes no click of the one before
    bar(page).click(force=True)
    said = page.get_by_text("20 of 36 patients. Modality: Chemoinfusion (HAI).").first
    expect(said).to_be_visible()
    settled(page)
    assert table(page, "overview-0")["Patients"] == ["20", "20"]
    bar(page).click(force=True)  # what is there already
    settled(page)
    page.locator("[class*=st-key-small-response] .nsewdrag").first.dblclick(force=True)
    settled(page)
    expect(said).to_be_visible()
    expect(page.locator("[class*=st-key-small-response] [style*='opacity: 0.2']")).to_have_count(0)


def test_a_level_is_added_to_the_filter_without_a_mouse(page, server):
    open_sample(page, server)
    box = page.get_by_test_id("stSelectbox").filter(has_text="Add to the filter").locator("input")
    box.focus()
    page.keyboard.type("Sex: F")
    page.keyboard.press("Enter")
    expect(page.get_by_text("16 of 36 patients. Sex: Female.").first).to_be_visible()


# --- files that are none, and hands that use no mouse


def test_a_bad_file_gives_a_sentence_and_the_next_one_is_read(page, server, tmp_path):
    visit(page, server)
    bad = tmp_path / "paper.xlsx"
    bad.write_bytes(bytes(range(256)) * 20)
    uploader = page.get_by_test_id("stFileUploader").first
    uploader.locator("input[type=file]").set_input_files(bad)
    expect(page.get_by_test_id("stAlert").filter(has_text="not a spreadsheet")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    wrong = tmp_path / "photo.png"
    wrong.write_bytes(b"\x89PNG\r\n\x1a\n")
    drop(page, wrong)
    expect(page.get_by_text("files are not allowed")).to_be_visible()
    upload(page, server, SAMPLES["russian"])
    expect(page.get_by_text("All 36 patients.").first).to_be_visible()


def test_the_sample_can_be_opened_without_a_mouse(page, server):
    visit(page, server, "survival")
    button = page.get_by_role("button", name="Open the sample cohort")
    for _press in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"{PLOT}:visible").last).to_be_visible()
    assert table(page, "survival-os-0")["Patients"] == ["36", "20", "16"]


def test_without_a_browser_the_tests_fail_and_say_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        browser_path()
