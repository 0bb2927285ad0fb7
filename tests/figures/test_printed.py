"""Figures for paper: of one size of words, light, and none squeezed, whatever a page has."""

import json
from copy import deepcopy

import pytest

from lib.analyses.everything import Everything
from lib.exhibits.study import of_patients, of_study
from lib.figures import theme
from lib.figures.printed import FAMILY, ONE_COLUMN, SIZE, TWO_COLUMNS, printed, units
from lib.figures.spec import Figure, scatter
from tests.conftest import studied

WIDTHS = (ONE_COLUMN, TWO_COLUMNS)


@pytest.fixture(
    scope="module", params=["workbook", pytest.param("registry", marks=pytest.mark.full)]
)
def figures(request):
    everything = Everything(studied(request.param))
    shown = [*of_study(everything), *of_patients(everything.study)]
    return {each.key: each.figure for each in shown if each.figure is not None}


def fonts(part, name=""):
    """The size of every font, by whose it is."""
    if isinstance(part, dict):
        if name.endswith("font"):
            yield name, part.get("size")
        for key, value in part.items():
            yield from fonts(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from fonts(value, name)


def test_eight_points_are_as_high_at_every_width():
    for width in WIDTHS:
        on_paper = SIZE / units(width) * width  # millimetres
        assert on_paper == pytest.approx(8 / 72 * 25.4)


@pytest.mark.parametrize("width", WIDTHS)
def test_all_words_have_one_size_and_the_font_that_goes_along(figures, width):
    assert figures
    for key, figure in figures.items():
        spec = printed(figure, width).to_json()
        made = json.loads(spec)
        sizes = {size for _name, size in fonts(made["data"]) if size is not None}
        sizes |= {size for _name, size in fonts(made["layout"]) if size is not None}
        assert sizes == {SIZE}, key
        assert "font-size:11px" not in spec, key
        assert made["layout"]["font"]["family"] == FAMILY


def axes(layout):
    return [part for key, part in layout.items() if key[:5] in ("xaxis", "yaxis")]


def test_no_margin_is_left_to_whoever_draws(figures):
    """The template would have each axis take what it needs, by the letters of each machine."""
    for key, figure in figures.items():
        shown = [figure.checked(), *(printed(figure, width) for width in WIDTHS)]
        for made in (each.to_plotly_json()["layout"] for each in shown):
            assert [axis.get("automargin") for axis in axes(made)] == [False] * len(axes(made)), key
            assert {"l", "r", "t", "b"} <= set(made["margin"]), key


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_white_and_the_ink_dark(figures, width):
    for figure in figures.values():
        layout = printed(figure, width).layout
        assert layout.paper_bgcolor == layout.plot_bgcolor == "#FFFFFF"
        assert layout.font.color == theme.INK
        assert layout.width == units(width)


def test_what_is_drawn_on_a_page_stays_as_it_was(figures):
    for figure in figures.values():
        before = deepcopy(figure.to_dict())
        printed(figure, ONE_COLUMN)
        assert figure.to_dict() == before


def test_no_plot_is_lower_than_on_a_page_under_its_legend_and_notes(figures):
    for key, figure in figures.items():
        if figure.layout.get("barmode") == "stack":
            continue  # which have room to spare
        made = printed(figure, ONE_COLUMN)
        on_page, on_paper = (
            each.layout.height - each.layout.margin.t - each.layout.margin.b
            for each in (figure.checked(), made)
        )
        assert on_paper >= on_page, key
        notes = list(made.select_annotations({"name": theme.NOTE}))
        lines = sum(note.text.count("<br>") + 1 for note in notes)
        assert notes and made.layout.margin.b >= 1.3 * SIZE * lines


def test_a_name_of_a_bar_stays_between_it_and_the_bar_above(figures):
    """Its baseline lies a share of a row above the middle of its bar."""
    seen = 0
    for key, figure in figures.items():
        made = printed(figure, TWO_COLUMNS)
        names = [n for n in made.layout.annotations if n.yanchor == "bottom" and n.yref == "y"]
        if made.layout.barmode != "stack" or not names:
            continue
        seen += 1
        plot = made.layout.height - made.layout.margin.t - made.layout.margin.b
        (low, high), (bottom, top) = made.layout.yaxis.range, made.layout.yaxis.domain or (0, 1)
        row = plot * (top - bottom) / abs(high - low)
        thick = max(trace.width for trace in made.data) / 2
        above = max(round(n.y) - n.y for n in names)
        assert row * (1 - thick - above) >= 0.9 * SIZE, key
    assert seen


def test_a_figure_that_gives_on_a_low_window_keeps_a_plot_to_be_read(figures):
    given = {
        key: (layout["meta"]["gives"], layout["height"] - layout["margin"]["t"])
        for key, layout in ((key, figure.layout) for key, figure in figures.items())
        if "meta" in layout
    }
    assert {"survival-os", "compare-os"} <= set(given)
    assert all(0 < gives < height / 2 for gives, height in given.values()), given


def test_notes_one_under_the_other_stay_apart():
    figure = theme.noted(theme.noted(theme.dressed(Figure(), 300), "a " * 80), "below")
    first, second = printed(figure, ONE_COLUMN).select_annotations({"name": theme.NOTE})
    lines = first.text.count("<br>") + 1
    assert lines > 1
    assert first.yshift - second.yshift >= 1.3 * SIZE * lines


@pytest.mark.parametrize("names", [1, 8])
def test_a_legend_of_more_names_has_more_room(names):
    figure = Figure()
    for at in range(names):
        named = {"name": f"A name of some length {at}", "showlegend": True}
        figure.add_trace(scatter(x=[0], y=[0], **named))
    one, two = (printed(theme.dressed(figure, 300), width).layout.margin.t for width in WIDTHS)
    assert one >= two
    assert (one > 8 * 19) == (names == 8)
