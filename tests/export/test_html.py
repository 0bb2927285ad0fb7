import io
import re

import numpy as np
import pandas as pd
import pytest
from plotly.offline import get_plotlyjs_version
from python_calamine import CalamineWorkbook

from lib.analyses.cautions import Caution
from lib.analyses.study import opening_plan, under_study
from lib.exhibits import exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.export import html, xlsx
from lib.figures.spec import bar, scatter
from lib.language import speaking
from lib.schema import ENDPOINTS, Endpoint
from tests.conftest import cohort_of, figure_of, study_of

TABLE = pd.DataFrame({"Group": ["HAI", "TACE"], "Median": ["22.0", None]})


def sheets(data):
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture(scope="module")
def whence():
    return study_of({"modality": ["HAI"]}).provenance


@pytest.fixture
def shown(whence):
    """An exhibit of tables with these titles, or as told."""

    def made(*titles, frame=TABLE, **told):
        tables = tuple(Table(title, lambda: frame) for title in titles)
        told = {"key": "survival-os", "title": "Survival", "tables": tables} | told
        return Exhibit(provenance=whence, made=("survival.by_group", "OS"), **told)

    return made


def test_a_workbook_has_a_sheet_a_table_with_what_must_not_be_lost_under_each(shown):
    beware = (Caution("odd", "Beware."),)
    made = shown("One", "Two", caption="How.", cautions=beware)
    filled = {
        name: [row[0] for row in rows if any(row)]
        for name, rows in sheets(xlsx.workbook([made])).items()
    }
    notes = ["Survival", "How.", "Beware.", *made.origin]
    assert filled == {name: ["Group", "HAI", "TACE", *notes] for name in ("One", "Two")}


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+1", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠SUM(A1)"]
)
def test_no_cell_runs_as_a_formula(cell, shown):
    assert xlsx.neutral(cell) == f"'{cell}"
    for plain in ("-3", "−3", "1e5", "plain", "", "+7"):
        assert xlsx.neutral(plain) == plain
    frame = pd.DataFrame({cell: [cell]})
    for row in sheets(xlsx.workbook([shown("t", frame=frame, caption=cell)]))["t"][:4]:
        assert all(not value or value == "Survival" or str(value).startswith("'") for value in row)


def test_a_text_whose_commas_part_no_thousands_stays_one(shown):
    """``1,2`` is no 12: lines of treatment, or the decimal of a file; ``007`` is a code."""
    cells = {"1,2": "1,2", "3,50": "3,50", "12,34,567": "12,34,567", "1_0": "1_0", "007": "007"}
    cells |= {"12,345": 12345.0, "1,234,567.5": 1234567.5, "−0.5": -0.5, "1e5": 1e5}
    rows = sheets(xlsx.workbook([shown("t", frame=pd.DataFrame({"Value": [*cells]}))]))["t"]
    assert [value for (value, *_more) in rows[1 : 1 + len(cells)]] == [*cells.values()]


def test_numbers_of_a_table_are_numbers_in_every_language(shown):
    """Those that a table holds as such, and those that stand in its words."""
    for code, words in (("en", "3/12 (25.5%)"), ("ru", "3/12 (25,5\u00a0%)")):
        with speaking(code):
            frame = pd.DataFrame({"n": [0.51], "as float32": np.float32(0.5), "said": words})
            rows = sheets(xlsx.workbook([shown("t", frame=frame)]))["t"]
        assert rows[1] == [0.51, 0.5, words, 3, 12, 25.5]


@pytest.mark.parametrize(
    "title", ["Overall survival by [a/b]*?:\\ and so on and on and on", "x" * 50, "'quoted'", "???"]
)
def test_any_title_names_a_sheet(title, shown):
    (name,) = sheets(xlsx.workbook([shown(title)]))
    assert 0 < len(name) <= 31


def test_two_tables_whose_titles_begin_alike_have_a_sheet_each(shown):
    titles = [
        "Progression-free survival by modality, one",
        "Progression-free survival by modality, 2",
    ]
    assert len(sheets(xlsx.workbook([shown(*titles), shown(*titles)]))) == 4


def test_a_page_stands_alone_and_says_what_must_not_be_lost(shown):
    made = shown(
        "Numbers",
        sentences=("The answer.",),
        draw=lambda: figure_of(scatter(x=[0, 1], y=[1, 0.5])),
        caption="How it was computed.",
        cautions=(Caution("odd", "Beware."),),
    )
    page = html.page(made).decode()
    assert page.count("<h1>Survival</h1>") == 1
    for words in (
        "The answer.",
        "How it was computed.",
        "Numbers",
        "22.0",
        "Beware.",
        *made.origin,
    ):
        assert f">{words}<" in page
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)\s*=\s*[\"']?(https?:)?//", page)


def test_text_of_a_spreadsheet_is_no_markup_in_a_page(shown):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    made = shown(
        evil,
        title=evil,
        frame=pd.DataFrame({evil: [evil]}),
        sentences=(evil,),
        draw=lambda: figure_of(scatter(x=[0], y=[1], name=evil)),
        caption=evil,
        cautions=(Caution("odd", evil),),
    )
    for page in (html.page(made).decode(), html.contents([made]).decode()):
        assert evil not in page
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize(
    "part", ["Выживаемость", "../../etc/passwd", "a/b", "CON:", "", "x" * 100, "a\0b", "é", "a\nb"]
)
def test_what_is_no_name_of_a_file_everywhere_is_no_key(part):
    assert exhibit.key("compare", "subgroups", "ORR-6m") == "compare-subgroups-orr-6m"
    with pytest.raises(ValueError, match="a key is of plain letters"):
        exhibit.key("survival", part)


def test_endpoints_of_the_files_own_making_are_named_by_their_place():
    odd = [Endpoint(code, code, (), (), "m", "e") for code in ("ВЫЖИВАЕМОСТЬ/\\", "X" * 900)]
    cohort = cohort_of({"modality": ["HAI"]}, endpoints=(*ENDPOINTS.values(), *odd))
    study = under_study(cohort, opening_plan(cohort))
    made = [
        exhibit.key("survival", exhibit.of_endpoint(each, study.provenance))
        for each in cohort.endpoints
    ]
    assert made == ["survival-os", "survival-pfs", "survival-own1", "survival-own2"]


# --- the script that draws


def test_the_script_is_of_the_version_that_plotly_has():
    head = html.script()[:300]
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}" in head
    assert "MIT" in head


def test_the_script_stands_with_its_licence_and_ends_no_element():
    licence = (html.BROWSER / "plotly.LICENSE").read_text(encoding="utf-8")
    assert "MIT" in licence and "Plotly" in licence
    assert "</script" not in html.script().lower()


def test_a_page_alone_holds_the_smaller_script_and_one_of_a_folder_names_it(shown):
    made = shown(draw=lambda: figure_of(bar(x=[1], y=[1])))
    alone, beside = html.page(made), html.page(made, alone=False)
    assert len(alone) < 2_000_000
    assert len(beside) < 50_000
    assert b'<script src="plotly.min.js"></script>' in beside
    assert alone.count(html.script().encode()) == 1


def test_the_buttons_of_a_page_s_figure_zoom_and_save_it(shown):
    made = html.page(shown(draw=lambda: figure_of(bar(x=[1], y=[1])))).decode()
    assert '"toImageButtonOptions": {"format": "svg", "filename": "survival-os"}' in made
    assert "toImage" not in html.zooming()["modeBarButtonsToRemove"]
    assert "toImage" in html.zooming("toImage")["modeBarButtonsToRemove"]


def test_no_figure_offers_to_send_it_away():
    assert html.zooming()["showSendToCloud"] is False
    assert "showSendToCloud" in (html.BROWSER / html.SCRIPT).read_text("utf-8")


def test_what_draws_speaks_the_visitors_language_and_still_says_it_so():
    assert "locale" not in html.zooming()
    with speaking("ru"):
        found = html.zooming()
    said = found["locales"][found["locale"]]["dictionary"]
    drawn = (html.BROWSER / html.SCRIPT).read_text("utf-8")
    assert said["Zoom"] == "Увеличить"
    assert [words for words in said if f'"{words}"' not in drawn] == []
