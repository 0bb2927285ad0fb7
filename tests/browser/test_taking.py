"""Images and copies, taken away as a visitor does: the same from every window and every theme."""

import re
import struct
import zlib

import pytest
from playwright.sync_api import expect

from lib.figures.theme import INK
from tests.browser.conftest import VIOLATIONS, apart
from tests.browser.test_browser import choose_modality, go, open_sample, settled

WINDOWS = {
    "dark and narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "light and wide": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
}
TAKEN = ("PNG, One column", "PNG, Two columns", "SVG, One column")


@pytest.fixture(scope="module")
def taken(browser, server):
    """What each button of the same figure gives, by the window and the button."""
    found = {}
    for name, window in WINDOWS.items():
        context = apart(browser, accept_downloads=True, **window)
        page, said = context.new_page(), []
        page.on("console", lambda line, said=said: said.append(line.text))
        opened(page, server)
        for button in TAKEN:
            with page.expect_download() as download:
                page.get_by_role("button", name=button).click()
            found[name, button] = download.value.path().read_bytes()
        assert [line for line in said if VIOLATIONS in line] == []
        context.close()
    return found


def opened(page, server):
    """The page of survival with all that its figure offers."""
    own = page.viewport_size
    page.set_viewport_size({"width": 1280, "height": 900})  # the menu lies open
    open_sample(page, server)
    go(page, "Survival")
    page.set_viewport_size(own)
    page.locator(".st-key-open-download-survival-os button").first.click()
    page.get_by_role("button", name=TAKEN[0]).wait_for()


def chunks(png: bytes) -> dict[str, bytes]:
    """The parts of a PNG by their names, those of one name joined."""
    at, found = 8, {}
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert zlib.crc32(name + data) == int.from_bytes(png[at + 8 + size : at + 12 + size])
        found[name.decode()] = found.get(name.decode(), b"") + data
        at += 12 + size
    return found


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(("button", "millimetres"), [(TAKEN[0], 85), (TAKEN[1], 180)])
def test_a_png_is_as_wide_as_a_column_at_300_dpi_on_white(taken, window, button, millimetres):
    parts = chunks(taken[window, button])
    width, height = struct.unpack(">II", parts["IHDR"][:8])
    across, down, metre = struct.unpack(">IIB", parts["pHYs"])
    assert width == round(millimetres / 25.4 * 300)
    assert (across, down, metre) == (11811, 11811, 1)
    assert height > 1000
    first = zlib.decompress(parts["IDAT"])[1:5]  # the first pixel, after the filter's byte
    assert first == b"\xff\xff\xff\xff"


def test_every_window_gives_the_same_bytes(taken):
    one, other = WINDOWS
    for button in TAKEN:
        assert taken[one, button] == taken[other, button], button


def test_the_words_of_an_svg_are_text_in_the_font_that_goes_along(taken):
    svg = taken["dark and narrow", "SVG, One column"].decode()
    assert re.search(r'<svg[^>]* width="85mm" height="[\d.]+mm"', svg)
    assert svg.count("@font-face") == 2
    assert svg.count("data:font/woff2;base64,d09GMg") == 2
    for words in ("Months from the first procedure", "At risk", "Synthetic patients."):
        assert re.search(rf"<(text|tspan)[^>]*>{words}", svg), words
    families = set(re.findall(r"font-family:\s*([^;]+);", svg.partition("</style>")[2]))
    assert families == {"'Hepar Sans', Arial, Helvetica, sans-serif"}
    assert set(re.findall(r"font-size:\s*([^;]+);", svg)) == {"14px"}
    assert INK == "#17212B" and "rgb(23, 33, 43)" in svg
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]+"', "", svg)


def test_the_caption_stands_under_the_image_if_it_is_asked_for(page, server, taken):
    opened(page, server)
    page.get_by_label("With the caption").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG, One column").click()
    svg = download.value.path().read_text(encoding="utf-8")
    plain = taken["light and wide", "SVG, One column"].decode()

    def height(image):
        return float(re.search(r'height="([\d.]+)mm"', image)[1])

    assert height(svg) > height(plain) + 20
    under = " ".join(re.findall(r"<tspan[^>]*>([^<]+)", svg))
    assert "Kaplan-Meier, log-log limits" in under
    assert "All 36 patients." in under


def test_sentences_and_tables_are_copied_with_one_click(page, server):
    page.context.grant_permissions(["clipboard-read"])
    open_sample(page, server)
    go(page, "Survival")
    page.get_by_role("button", name="Copy the table").first.click()
    page.get_by_text("Copied.").wait_for()
    kinds = {"text/html": "", "text/plain": ""}
    for kind in kinds:
        kinds[kind] = page.evaluate(
            "kind => navigator.clipboard.read().then(async ([item]) =>"
            " (await item.getType(kind)).text())",
            kind,
        )
    assert "Patients\t36\t20\t16" in kinds["text/plain"]
    assert re.search(r"<table.*Median, months.*22\.0 \(95% CI", kinds["text/html"], re.DOTALL)
    page.get_by_role("button", name="Copy the sentences").click()
    page.wait_for_function(
        "navigator.clipboard.readText().then(said => said.startsWith('Median overall survival'))"
    )


def test_the_link_to_a_view_is_copied_without_asking_and_leads_another_visitor_there(
    page, server, browser
):
    page.context.grant_permissions(["clipboard-read"])  # to look; nobody asks to write
    open_sample(page, server)
    choose_modality(page, "Chemoinfusion")
    settled(page)
    go(page, "Survival")
    page.get_by_role("button", name="Link to this view").click()
    page.get_by_role("button", name="Copy link to this view").click()
    page.wait_for_function("navigator.clipboard.readText().then(said => said.startsWith('http'))")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{server}/survival?") and "filter.modality=HAI" in link
    assert "open=" not in link
    other = apart(browser)
    there = other.new_page()
    there.goto(link)
    there.get_by_role("button", name="Open the sample cohort").click()
    expect(
        there.get_by_test_id("stMain").get_by_text("Modality: Chemoinfusion").first
    ).to_be_visible()
    other.close()
