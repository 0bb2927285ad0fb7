"""A report as files: read back, each holds all of it, the same numbers, and no markup of a file."""

import base64
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from python_calamine import CalamineWorkbook

from lib.analyses.everything import Everything
from lib.exhibits import report
from lib.exhibits.exhibit import Table
from lib.exhibits.study import of_study, offered
from lib.export import chromium, docx, onepage, paper, reports, xlsx
from lib.export.chromium import BrowserError, Image
from lib.plan import Comment, Edited, ReportPlan
from tests import hostile
from tests.conftest import TWO_ARMS, studied, study_of
from tests.exhibits.reporting import COHORTS, of
from tests.hostile import PAYLOADS

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RUSSIAN = ReportPlan(
    title="Химиоинфузия и химиоэмболизация",
    authors="Иванов И. И., Москва",
    comments=(Comment("response", "Ответ оценён двумя врачами.\nВторая строка."),),
    edited=(Edited("abstract", "Мы изменили это."),),
    checklists=True,
)


@pytest.fixture(scope="module")
def everything():
    return Everything(studied("workbook"))


@pytest.fixture(scope="module")
def made(everything):
    return report.of_study(everything)


def chosen(study, plan=RUSSIAN, **more):
    return of(study, **{name: getattr(plan, name) for name in plan.__slots__} | more)


def drawn(found):
    return {p.exhibit.key: DOT for p in found.placed if p.figure is not None}


def opened(data):
    return Document(io.BytesIO(data))


def words_of(data):
    """Every paragraph and every cell of a DOCX, with what its fields show."""
    found = opened(data)
    texts = ["".join(t.text or "" for t in p._p.iter(qn("w:t"))) for p in found.paragraphs]
    return texts, [[[cell.text for cell in row.cells] for row in t.rows] for t in found.tables]


class Reader(HTMLParser):
    """What a page shows, what it runs, and its tables."""

    def __init__(self, page):
        super().__init__()
        self.words, self.scripts, self.tags, self.tables = [], [], [], []
        self.policy, self.inside = "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        self.inside = tag
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag == "script":
            self.scripts.append((given.get("type", ""), ""))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("th", "td"):
            self.tables[-1][-1].append("")

    def handle_data(self, data):
        if self.inside == "script":
            kind, before = self.scripts.pop()
            self.scripts.append((kind, before + data))
        elif self.inside in ("th", "td"):
            self.tables[-1][-1][-1] += data
        elif self.inside != "style":
            self.words.append(data)

    def handle_endtag(self, tag):
        self.inside = ""


TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "mark", "figure", "img"),
    *("figcaption", "strong", "div", "script", "table", "caption", "thead", "tbody", "tr", "th"),
    *("td", "ol", "li"),
}
"""All that a report is written with."""


def frame_rows(table):
    words = table.frame.astype(object).fillna("").astype(str)
    return [list(map(str, words.columns)), *words.to_numpy().tolist()]


def all_tables(found):
    return [t.table for p in found.placed for t in p.tables] + list(found.checklists)


def all_words(found):
    yield from (found.title, found.authors, found.source)
    for part in found.parts:
        yield from (part.title, part.note)
        yield from (each.marked for row in part.paragraphs for each in row)
    for placed in found.placed:
        if placed.figure is not None:
            yield from (placed.named, placed.exhibit.caption)
        yield placed.warned
        yield from placed.comment
        for table in placed.tables:
            yield from (table.named, table.note)
    yield from found.cautions
    yield from (each.title for each in found.checklists)
    yield from found.origin


def bare(cells):
    return [[" ".join(cell.split()) for cell in row] for row in cells]


# --- all of it, in every format


def test_a_docx_holds_every_word_and_every_cell(everything):
    found = chosen(everything.study)
    texts, tables = words_of(docx.document(found, drawn(found)))
    whole = " ".join("\n".join(texts).split())
    assert [words for words in all_words(found) if " ".join(words.split()) not in whole] == []
    assert [bare(each) for each in tables] == [bare(frame_rows(t)) for t in all_tables(found)]


def test_a_page_holds_every_word_and_every_cell(everything):
    found = chosen(everything.study)
    page = Reader(onepage.interactive(found).decode())
    whole = " ".join(" ".join(page.words).split())
    assert [words for words in all_words(found) if " ".join(words.split()) not in whole] == []
    assert [bare(each) for each in page.tables] == [bare(frame_rows(t)) for t in all_tables(found)]


def test_the_workbook_has_the_tables_of_the_chosen_exhibits_alone(everything):
    found = of(everything.study, exhibits=("survival-os",))
    book = CalamineWorkbook.from_filelike(io.BytesIO(reports.file(found, "xlsx", {})))
    assert len(book.sheet_names) == len(found.placed[0].exhibit.tables)


def test_numbers_of_a_workbook_are_numbers_with_either_minus_sign(everything):
    (first, *others) = of(everything.study, exhibits=("survival-os",)).placed
    frame = pd.DataFrame(
        [("a", "−0.2"), ("b", "-3"), ("c", "−x"), ("d", "1/2 (50%)")], columns=["x", "y"]
    )
    shown = replace(first.exhibit, tables=(Table("t", lambda: frame),))
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.workbook([shown]))).sheet_names
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.workbook([shown])))
    cells = [row[1] for row in book.get_sheet_by_name(sheet).to_python()[1:5]]
    assert cells == [-0.2, -3, "−x", "1/2 (50%)"]
    assert others == []


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("3/12 (25.0%, 95% CI 5.5 to 57.2)", "k 3, n 12, percent 25.0, low 5.5, high 57.2"),
        ("68.1% (95% CI 61.7 to 73.7), 144 at risk", "percent 68.1, low 61.7, high 73.7"),
        ("4.8 months (95% CI −2.8 to 6.7)", "value 4.8, low −2.8, high 6.7"),
        ("33.4 (95% CI 25.9 to not reached)", "value 33.4, low 25.9"),
        ("62.0 (54.8 to 67.0)", "value 62.0, low 54.8, high 67.0"),
        ("1/36 (3%, 95% CI <1 to 15)", "k 1, n 36, percent 3, low <1, high 15"),
        ("<0.01 (95% CI <0.01 to 0.05)", "value <0.01, low <0.01, high 0.05"),
        ("74/125", "k 74, n 125"),
        ("p = 0.104", ""),
        ("2 or 3 procedures", ""),
    ],
)
def test_the_numbers_of_a_cell_are_told_apart(cell, parts):
    assert ", ".join(f"{name} {said}" for name, said in xlsx._parts(cell).items()) == parts


def test_every_cell_with_limits_has_its_numbers_beside_it_in_every_sheet(everything):
    """Each number that is printed before `to` or after it, and each count, is a number too."""
    shown = list(of_study(everything))
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.workbook(shown)))
    tables = [table for each in shown for table in each.tables]
    seen = 0
    for name, table in zip(book.sheet_names, tables, strict=True):
        head, *rows = book.get_sheet_by_name(name).to_python()
        width = len(table.frame.columns)
        for row in rows[: len(table.frame)]:
            for title, cell in zip(head[1:width], row[1:width], strict=True):
                limits = re.search(r"CI (\S+) to ([<>]?[−-]?[\d.]*\d)?", str(cell))
                share = re.match(r"(\d+)/(\d+)", str(cell))
                wanted = [*(limits.groups() if limits else ()), *(share.groups() if share else ())]
                beside = [
                    value
                    for at, value in zip(head[width:], row[width:], strict=True)
                    if at.startswith(f"{title}: ")
                ]
                for number in filter(None, wanted):
                    seen += 1
                    # one below or above what is printed is no number
                    value = number if number[0] in "<>" else float(number.replace("−", "-"))
                    assert value in beside, (name, title, cell)
    assert seen > 1000


# --- DOCX


def test_headings_captions_and_pages_are_what_a_text_processor_takes_them_for(made):
    data = docx.document(made, drawn(made))
    found = opened(data)
    styles = {p.style.name for p in found.paragraphs}
    assert {"Title", "Heading 1", "Caption"} <= styles
    fields = [
        field.get(qn("w:instr")) + "=" + "".join(t.text for t in field.iter(qn("w:t")))
        for field in found.element.body.iter(qn("w:fldSimple"))
    ]
    figures = [each for each in fields if "Figure" in each]
    assert figures == [rf"SEQ Figure \* ARABIC={n}" for n in range(1, len(figures) + 1)]
    tables = [each for each in fields if "Table" in each]
    assert tables == [rf"SEQ Table \* ARABIC={n}" for n in range(1, len(tables) + 1)]
    footer = found.sections[0].footer.paragraphs[0]._p
    assert [each.get(qn("w:instr")) for each in footer.iter(qn("w:fldSimple"))] == ["PAGE"]


def test_heads_of_tables_are_repeated_and_rows_stay_whole(made):
    for table in opened(docx.document(made, drawn(made))).tables:
        first, *others = table._tbl.tr_lst
        assert first.trPr.find(qn("w:tblHeader")) is not None
        assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in (first, *others))
        assert not any(row.trPr.find(qn("w:tblHeader")) is not None for row in others)


def together(table):
    """Of each row whether it stays on the page of the next."""
    rows = [[cell.paragraphs[0].paragraph_format for cell in row.cells] for row in table.rows]
    return [all(each.keep_with_next for each in row) for row in rows]


def test_a_short_table_stays_whole_and_a_long_one_breaks_with_no_row_alone(made):
    tables = opened(docx.document(made, drawn(made))).tables
    lengths = [len(table.rows) for table in tables]
    assert min(lengths) <= 10 and max(lengths) >= 30
    for table in tables:
        kept = together(table)
        assert not kept[-1]
        if len(kept) <= 10:
            assert all(kept[:-1])
        else:
            assert kept == [True] * 3 + [False] * (len(kept) - 5) + [True, False]


def test_figures_are_as_wide_as_the_page_and_say_what_they_show(made):
    found = opened(docx.document(made, drawn(made)))
    assert len(found.inline_shapes) == len(drawn(made))
    told = [shape._inline.docPr.get("descr") for shape in found.inline_shapes]
    assert told == [p.alt for p in made.placed if p.figure is not None]
    assert all(abs(shape.width.mm - paper.WIDTH) < 0.01 for shape in found.inline_shapes)
    texts = "\n".join(words_of(docx.document(made, {}))[0])
    assert texts.count("is not in this file: nothing could draw it.") == len(drawn(made))


def test_what_is_edited_is_marked_in_every_file(everything):
    found = chosen(everything.study)
    runs = [r for p in opened(docx.document(found, {})).paragraphs for r in p.runs if r.italic]
    assert [run.text for run in runs if "Мы" in run.text] == ["Мы изменили это.†"]
    page = onepage.interactive(found).decode()
    assert "<mark>Мы изменили это.†</mark>" in page
    assert "Hepar did not write this sentence." in page


def test_the_same_report_is_the_same_bytes(made):
    first = docx.document(made, drawn(made))
    assert first == docx.document(made, drawn(made))
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        assert {each.date_time[0] for each in book.infolist()} == {2020}


# --- the page


def test_a_page_runs_its_own_two_scripts_and_asks_nobody(made):
    page = onepage.interactive(made)
    assert len(page) < 3_000_000
    read = Reader(page.decode())
    run = [words for kind, words in read.scripts if kind == ""]
    assert len(run) == 2
    for words in run:
        digest = base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in read.policy
    assert read.policy.startswith("default-src 'none'; script-src 'sha256-")
    assert not re.search(r"unsafe-eval|https?:", read.policy)
    assert not [given for _tag, given in read.tags if "src" in given or "href" in given]


def test_each_figure_of_a_page_is_the_one_of_the_exhibit(made):
    read = Reader(onepage.interactive(made).decode())
    specs = [json.loads(words) for kind, words in read.scripts if kind == "application/json"]
    shown = [p for p in made.placed if p.figure is not None]
    assert len(specs) == len(shown) == sum(tag == "figure" for tag, _given in read.tags)
    for spec, placed in zip(specs, shown, strict=True):
        assert [t["type"] for t in spec["data"]] == [t["type"] for t in placed.figure.data]
        assert spec["config"]["toImageButtonOptions"]["filename"] == placed.exhibit.key


def test_nothing_of_a_page_that_is_printed_runs(made):
    svg = {p.exhibit.key: "<svg><script>x</script></svg>" for p in made.placed if p.figure}
    read = Reader(onepage.printable(made, svg))
    assert read.scripts == []
    assert "script-src 'none'" in read.policy
    assert sum(tag == "img" for tag, _given in read.tags) == len(svg)


# --- text of a file, and any cohort


def test_no_text_of_a_file_or_a_visitor_is_markup_in_any_format():
    words = " ".join(PAYLOADS) + "\x00\x0b\ufffe\U000e0041 </script><script>alert(1)</script>"
    study = study_of(TWO_ARMS | {"centre": [PAYLOADS[i % 12] for i in range(25)]})
    keys = tuple(each.key for each in offered(Everything(study)))
    found = of(
        study,
        title=words[:290],
        authors=words[:290],
        exhibits=(*keys, words[:200]),
        comments=tuple(Comment(key, words) for key in keys),
        edited=(Edited("results", words),),
        checklists=True,
    )
    for page in (
        onepage.interactive(found).decode(),
        onepage.printable(found, dict.fromkeys(keys, "")),
    ):
        read = Reader(page)
        tags = {tag for tag, _given in read.tags}
        assert tags <= TAGS
        own = [given for tag, given in read.tags if tag == "img"]
        assert all(given["src"].startswith("data:image/svg+xml;base64,") for given in own)
        assert not {name for _tag, given in read.tags for name in given if name.startswith("on")}
        shown = " ".join(read.words)
        assert "\u202e" not in shown
    data = docx.document(found, {})
    opened(data)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        links = book.read("word/_rels/document.xml.rels").decode()
    assert hostile.HOST not in links


@pytest.mark.parametrize("columns", COHORTS.values(), ids=COHORTS)
def test_any_cohort_can_be_written(columns):
    found = of(study_of(columns), checklists=True)
    opened(docx.document(found, drawn(found)))
    assert Reader(onepage.interactive(found).decode()).tables
    assert onepage.printable(found, {p.exhibit.key: "" for p in found.placed})


# --- without a browser, and with one that fails


def test_without_a_browser_what_it_would_draw_is_named_and_left_out(made, monkeypatch):
    monkeypatch.setenv(chromium.PATH, "")
    assert chromium.found() == ""
    files, left_out = reports.made(made, reports.FORMATS)
    assert set(files) == {"report.docx", "report.html", "report.xlsx"}
    assert left_out == (
        "No Chrome or Chromium was found, which BROWSER_PATH may name, so these are left out: "
        "the figures in DOCX, PDF, figures as SVG and PNG."
    )
    assert reports.made(made, ["html", "xlsx"]).left_out == ""


@pytest.mark.parametrize("program", ["false", "true"])
def test_a_browser_that_fails_leaves_the_rest(program, made, monkeypatch):
    monkeypatch.setenv(chromium.PATH, program)
    files, left_out = reports.made(made, ["docx", "pdf"])
    assert set(files) == {"report.docx"}
    assert left_out.startswith("The browser of this machine failed")


def test_a_browser_that_hangs_is_ended(monkeypatch, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 60 & echo $! > " + str(tmp_path / "pid") + "\nwait\n")
    slow.chmod(0o755)
    monkeypatch.setenv(chromium.PATH, str(slow))
    monkeypatch.setattr(chromium, "_SECONDS", 1)
    with pytest.raises(BrowserError, match="in time"):
        chromium.pdf("<p>x</p>")
    child = int((tmp_path / "pid").read_text())
    status = tmp_path.__class__(f"/proc/{child}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


def test_what_is_drawn_goes_into_the_files(made, monkeypatch):
    image = Image("<svg xmlns='http://www.w3.org/2000/svg'/>", DOT)
    monkeypatch.setattr(chromium, "images", lambda figures, mm: dict.fromkeys(figures, image))
    monkeypatch.setattr(chromium, "pdf", lambda page: page.encode())
    files, left_out = reports.made(made, ["docx", "pdf", "figures"])
    assert left_out == ""
    n = len(drawn(made))
    assert set(files) == {"report.docx", "report.pdf"} | {
        f"figure-{at}.{kind}" for at in range(1, n + 1) for kind in ("svg", "png")
    }
    assert files["figure-1.png"] == DOT
    assert len(opened(files["report.docx"]).inline_shapes) == n
