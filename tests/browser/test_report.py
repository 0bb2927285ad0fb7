"""The report taken away as a visitor does, and read back: DOCX, a page without a network, PDF."""

import io
import re
import time
import zipfile

import pytest
from docx import Document
from playwright.sync_api import expect
from pypdf import PdfReader

from lib.command import main
from lib.export import chromium, paper, reports
from lib.export.bundle import verified
from tests import russian
from tests.browser.conftest import apart, browser_path, serving
from tests.browser.test_browser import go, open_sample, settled
from tests.conftest import SAMPLES, studied
from tests.exhibits.reporting import of

TITLE = "Химиоинфузия <b>и</b> эмболизация"


def opened(page, server):
    go(open_sample(page, server), "Report")
    box = page.get_by_label("Title of the study")
    box.fill(TITLE)
    box.press("Enter")
    settled(page)
    return go(go(page, "Overview"), "Report")  # by then the title is in the plan


def taken(page, name):
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name=name).click(timeout=120_000)
    return download.value.path().read_bytes()


def squeezed(words):
    return re.sub(r"\s+", "", words)


@pytest.fixture(scope="module")
def files(browser, server):
    """Each file of the sample's report, from one visit."""
    context = apart(browser, viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    opened(page, server)
    names = {"docx": "Word, DOCX", "html": "One page, HTML", "pdf": "PDF"}
    yield {kind: taken(page, name) for kind, name in names.items()}
    context.close()


def bundle_of(page):
    """The files of the bundle that the page makes."""
    page.get_by_text("An analysis that anyone can make again").click()
    make = page.get_by_role("button", name="Make the bundle")
    expect(make).to_be_visible()
    settled(page)  # what is drawn meanwhile would end the run that makes it
    make.click()
    data = taken(page, "Bundle, ZIP")
    assert verified("b.zip", data).is_the_same
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return {name: held.read(name) for name in held.namelist()}


def assert_has_figures(files, n):
    drawn = {name for name in files if name.startswith("figure-")}
    assert drawn == {f"figure-{at}.{kind}" for at in range(1, n + 1) for kind in ("svg", "png")}
    for name in drawn:
        assert files[name].startswith(b"\x89PNG" if name.endswith("png") else b"<svg"), name


def test_a_bundle_has_the_report_in_every_format(page, server):
    files = bundle_of(opened(page, server))
    assert {f"report.{kind}" for kind in ("docx", "html", "pdf", "xlsx")} <= {*files}
    assert files["report.pdf"].startswith(b"%PDF")
    assert "left out" not in files["README.txt"].decode()
    assert_has_figures(files, 5)


def test_the_same_report_is_printed_as_the_same_bytes():
    page = "<!doctype html><title>a</title><p>words"
    first = chromium.pdf(page)
    time.sleep(1.1)
    assert chromium.pdf(page) == first


def test_a_docx_has_the_study_and_every_figure_at_the_size_of_a_page(files):
    found = Document(io.BytesIO(files["docx"]))
    assert found.paragraphs[0].text == TITLE
    assert len(found.inline_shapes) == 5
    assert all(abs(shape.width.mm - paper.WIDTH) < 0.01 for shape in found.inline_shapes)
    images = [
        part.blob for name, part in found.part.related_parts.items() if "image" in part.partname
    ]
    assert all(png[:8] == b"\x89PNG\r\n\x1a\n" and len(png) > 20_000 for png in images)


def test_a_pdf_has_every_sentence_and_every_cell_as_text(files):
    found = of(studied("workbook"), title=TITLE)
    said = PdfReader(io.BytesIO(files["pdf"]))
    whole = squeezed(" ".join(page.extract_text() for page in said.pages))
    assert squeezed(TITLE) in whole
    sentences = [each.words for part in found.parts for row in part.paragraphs for each in row]
    lost = [each for each in sentences if squeezed(each) not in whole]
    assert len(lost) <= len(said.pages), lost  # a page's number may stand in the midst of one
    for placed in found.placed:
        for table in placed.tables:
            cells = table.table.frame.astype(str).to_numpy().ravel()
            missing = [each for each in cells if squeezed(each) not in whole]
            assert missing == [], table.title


def test_a_page_draws_its_figures_without_a_network_and_within_its_policy(files, browser, tmp_path):
    file = tmp_path / "report.html"
    file.write_bytes(files["html"])
    context = apart(browser, offline=True)
    page, said, asked = context.new_page(), [], []
    page.on("console", lambda line: said.append(line.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.locator(".plot .main-svg").first).to_be_visible()
    assert page.locator(".plot").count() == page.locator(".plot.js-plotly-plot").count() == 5
    assert page.locator("h1").inner_text() == TITLE
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


def test_images_of_this_machine_are_those_of_the_visitors_browser():
    found = of(studied("workbook"), exhibits=("survival-os",))
    (figure,) = [each.figure for each in found.placed]
    first, second = (chromium.images({"a": figure}, 85)["a"] for _again in range(2))
    assert first == second
    assert 'width="85mm"' in first.svg
    assert first.png[:8] == b"\x89PNG\r\n\x1a\n"


def test_where_the_server_cannot_draw_the_visitors_browser_does(page, tmp_path, monkeypatch):
    monkeypatch.setenv(chromium.PATH, "")
    with serving(tmp_path / "log.txt") as address:
        opened(page, address)
        expect(page.get_by_role("button", name="PDF")).to_have_count(0)
        page.get_by_role("button", name="Draw the figures here").click()
        expect(page.get_by_text("have this browser draw the figures")).to_have_count(0)
        found = Document(io.BytesIO(taken(page, "Word, DOCX")))
        assert len(found.inline_shapes) == 5
        files = bundle_of(page)
        assert "PDF" in files["README.txt"].decode().split("left out: ")[1]
        assert "report.pdf" not in files
        assert Document(io.BytesIO(files["report.docx"])).inline_shapes[4]
        assert_has_figures(files, 5)


@pytest.mark.parametrize("sample", ["workbook", pytest.param("registry", marks=pytest.mark.full)])
def test_no_page_that_is_printed_is_mostly_white_but_the_last(sample):
    (data,) = reports.made(of(studied(sample)), ["pdf"]).files.values()
    *pages, _last = PdfReader(io.BytesIO(data)).pages
    assert pages
    for number, page in enumerate(pages, start=1):
        heights = []

        def see(words, to_page, to_line, _font, _size, heights=heights):
            if words.strip():
                heights.append(to_line[4] * to_page[1] + to_line[5] * to_page[3] + to_page[5])

        page.extract_text(visitor_text=see)
        above_its_number = [height for height in heights if height > 57]
        assert min(above_its_number) < float(page.mediabox.height) / 2, number


def test_no_file_says_a_word_of_ours_in_english_where_russian_is_spoken(tmp_path, monkeypatch):
    """The folder with every report and the bundle, pictures and what is packed in them too."""
    monkeypatch.setenv("BROWSER_PATH", browser_path())
    asked = ["--report", "docx,html,figures,xlsx,zip", "--counts", "3"]
    out = tmp_path / "out"
    assert main(["--lang", "ru", str(SAMPLES["workbook"]), "--out", str(out), *asked]) == 0
    files = {each.name: each.read_bytes() for each in out.iterdir()}
    said = {name: list(russian.of_file(name, data)) for name, data in files.items()}
    for name in ("index.html", "report.docx", "report.xlsx", "figure-3.svg", "bundle.zip"):
        assert sum(map(bool, said[name])) > 15, name
    found = {name: russian.not_russian(words) for name, words in said.items()}
    assert {name: words for name, words in found.items() if words} == {}
