"""Love plot, forest and specification plot: what is drawn where."""

import math

import pytest

from lib.figures.balance import love_plot
from lib.figures.forest import Line, forest_of
from lib.figures.robustness import Column, specifications
from lib.figures.theme import NOTE
from lib.schema import COLUMNS
from lib.statistics.balance import BINARY, Balance
from lib.statistics.estimate import Estimate

NAN = float("nan")


def balance(value, band):
    return Balance(value, band, 20, 20, "method")


def estimate(value, low, high):
    return Estimate(value, low, high, 0.95, "method")


BEFORE = [
    (COLUMNS["sex"], balance(-0.2, 0.6)),
    (COLUMNS["age"], balance(0.9, 0.6)),
    (COLUMNS["ecog"], balance(NAN, 0.6)),
]
AFTER = [(COLUMNS["sex"], balance(0.05, 0.7)), (COLUMNS["age"], balance(0.0, 0.7))]


def named(figure, name):
    (trace,) = [each for each in figure.data if each.name == name]
    return trace


def test_a_love_plot_has_the_largest_difference_on_top_without_sign():
    figure = love_plot(BEFORE).checked()
    assert list(figure.layout.yaxis.ticktext) == ["Sex", "Age"]
    points = named(figure, "The arms")
    assert list(zip(points.x, points.y, strict=True)) == [(0.2, 0), (0.9, 1)]
    band = named(figure, "Chance")
    assert list(band.x) == [0.6, 0.6] and band.orientation == "h"
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (0.1, 0.1)
    assert points.hovertext[0] == "Sex: 0.20; by chance up to 0.60"
    assert len(figure.data) == 2


def test_what_has_nothing_in_common_is_drawn_at_the_end_and_called_complete():
    alone = Balance(math.inf, 0.6, 20, 20, BINARY, apart=True)
    met_by_chance = Balance(math.inf, math.inf, 20, 20, BINARY)
    ranges = Balance(-3.0, 0.6, 20, 20, BINARY, apart=True)
    unknown = Balance(math.nan, 0.6, 20, 20, BINARY)
    columns = [COLUMNS[name] for name in ("centre", "primary_site", "albumin", "age", "ecog")]
    found = [alone, met_by_chance, ranges, unknown, Balance(0.2, 0.6, 20, 20, BINARY)]
    figure = love_plot(list(zip(columns, found, strict=True))).checked()
    band, points = figure.data
    assert list(figure.layout.yaxis.ticktext) == [
        "ECOG performance status",
        "Albumin",
        "Centre",
        "Primary tumour",
    ]
    end = max(points.x)
    assert list(points.x) == [0.2, 3.0, end, end] and end > 3
    assert list(points.text) == ["", "", "complete", "complete"]
    assert [symbol.split("-")[0] for symbol in points.marker.symbol] == ["circle"] + [
        "triangle"
    ] * 3
    assert points.hovertext[2] == "Centre: complete, nothing is common to both arms"
    assert list(band.x) == [0.6, 0.6, 0.6, end]
    assert figure.layout.xaxis.range[1] > end


def test_after_weighting_a_love_plot_has_both_with_the_wider_reach_of_chance():
    figure = love_plot(BEFORE, AFTER).checked()
    after = named(figure, "After weighting")
    assert list(zip(after.x, after.y, strict=True)) == [(0.05, 0), (0.0, 1)]
    assert list(named(figure, "Chance, after").x) == [0.7, 0.7]
    assert list(named(figure, "Before weighting").x) == [0.2, 0.9]
    assert figure.layout.xaxis.range[0] < 0 and figure.layout.xaxis.range[1] > 0.9


LINES = [
    Line("All patients", "60 v 60, 0.80", estimate(0.8, 0.5, 1.3), 100, True),
    Line("<b>Sex</b>"),
    Line("Female", "30 v 30, 0.60", estimate(0.6, 0.3, 1.1), 25),
    Line("Male", "30 v 30, 1.10", estimate(1.1, NAN, NAN), 100),
]


def test_a_forest_draws_each_estimate_with_its_limits_on_a_logarithmic_axis():
    figure = forest_of(LINES, "Hazard ratio", 1).checked()
    heights = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    assert list(heights.values()) == sorted(heights.values(), reverse=True)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [mark.x[0] for mark in marks] == [0.8, 0.6, 1.1]
    drawn = [trace for trace in figure.data if trace.mode == "lines"]
    assert [list(trace.x) for trace in drawn] == [[0.5, 1.3], [0.3, 1.1]]  # one has no limits
    for mark, line in zip(marks, drawn, strict=False):
        assert mark.y[0] == line.y[0]
    assert marks[0].marker.symbol == "diamond"
    assert marks[1].marker.size == 6 + 7 / 2  # by the root of a quarter of the events
    assert figure.layout.xaxis.type == "log"
    low, high = (10**end for end in figure.layout.xaxis.range)
    assert low < 0.3 and high >= 2
    assert sorted(shape.x0 for shape in figure.layout.shapes) == [0.8, 1]


def test_titles_cannot_act_as_markup_and_long_ones_are_wrapped_then_cut():
    centre = "Granov Research Center, St Petersburg"
    more = [Line(words, "", estimate(1, 0.5, 2)) for words in (centre, "word " * 20)]
    figure = forest_of([*LINES, *more], "Hazard ratio", 1).checked()
    titles = list(figure.layout.yaxis.ticktext)
    assert titles[1] == "<b>&lt;b&gt;Sex&lt;/b&gt;</b>"
    assert titles[-2].replace("<br>", " ") == centre
    lines = titles[-1].split("<br>")
    assert len(lines) == 2 and lines[-1].endswith("…") and max(map(len, lines)) <= 28


def test_a_title_of_two_lines_has_more_room():
    def between(words):
        lines = [Line(title, "9 v 9", estimate(1, 0.5, 2)) for title in ("Yes", words, "No")]
        first, _middle, last = forest_of(lines, "Hazard ratio", 1).checked().layout.yaxis.tickvals
        return first - last

    assert between("Granov Research Center, St Petersburg") == between("Unknown") + 14


def test_differences_are_drawn_in_points_around_0():
    figure = forest_of(
        [Line("All patients", "", estimate(0.12, -0.05, 0.31), 9, True)], "Difference", 0, 100
    ).checked()
    assert [round(x, 9) for x in figure.data[0].x] == [-5, 31]
    assert figure.layout.xaxis.type == "linear"
    low, high = figure.layout.xaxis.range
    assert low == -high and high > 31


def ratios(low, high):
    """The ticks of a forest of one hazard ratio with its limits."""
    line = Line("All", "", estimate((low * high) ** 0.5, low, high), 1)
    figure = forest_of([line], "Hazard ratio", 1).checked()
    ends = [10**end for end in figure.layout.xaxis.range]
    ticks = list(figure.layout.xaxis.tickvals)
    assert ends[0] < ticks[0] and ticks[-1] < ends[1]  # no tick at the very edge
    return ticks, figure


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((0.6, 1.1), [0.5, 1, 2]),
        ((0.3, 1.1), [0.25, 0.5, 1, 2]),
        ((0.3, 3.9), [0.25, 0.5, 1, 2, 4]),
        ((0.2, 3.9), [0.1, 0.3, 1, 3, 10]),
        ((0.8, 20.0), [0.3, 1, 3, 10]),
    ],
)
def test_ticks_of_ratios_are_even_and_stand_at_both_ends(limits, expected):
    ticks, figure = ratios(*limits)
    assert ticks == expected
    notes = [each.text for each in figure.select_annotations({"name": NOTE})]
    arrows = [trace for trace in figure.data if "triangle" in str(trace.marker.symbol)]
    cut = limits[1] > 10
    assert (len(notes), len(arrows)) == (cut, cut)
    if cut:
        assert arrows[0].x[0] == 10 == figure.data[0].x[1]


def test_a_forest_says_at_both_ends_whom_they_favour():
    sides = ("favours <i>A</i>", "favours B")
    figure = forest_of(LINES, "Hazard ratio", 1, sides=sides).checked()
    below, above = (each for each in figure.layout.annotations if "favours" in each.text)
    assert (below.text, below.xanchor) == ("← favours &lt;i&gt;A&lt;/i&gt;", "left")
    assert (above.text, above.xanchor) == ("favours B →", "right")
    assert below.xshift == 0
    long = forest_of(LINES, "Hazard ratio", 1, sides=("favours " + "x" * 30, "")).checked()
    assert long.layout.annotations[0].xshift < -100  # begins where a narrow screen has room
    upright = specifications(SPECS, DIMENSIONS, "Hazard ratio", 1, sides=sides).checked()
    words = {each.text: each.y for each in upright.layout.annotations}
    assert words == {"↑ favours B": 1, "↓ favours &lt;i&gt;A&lt;/i&gt;": 0}


SPECS = [
    Column(("first procedure", "no"), 0, estimate(0.9, 0.5, 1.4), True, "own"),
    Column(("first procedure", "Cox model"), 1, estimate(0.7, 0.4, 1.2), False, "model"),
    Column(("as recorded", "no"), 0, None, False, "withheld"),
    Column(("as recorded", "Cox model"), 1, estimate(1.2, NAN, NAN), False, "bare"),
]
DIMENSIONS = [("Modality", ["first procedure", "as recorded"]), ("Adjusted", ["no", "Cox model"])]


def test_specifications_stand_in_order_with_a_dot_for_each_option():
    figure = specifications(SPECS, DIMENSIONS, "Hazard ratio", 1).checked()
    upper = [trace for trace in figure.data if trace.yaxis == "y" and trace.mode == "markers"]
    assert [(mark.x[0], mark.y[0]) for mark in upper] == [(0, 0.9), (2, 0.7), (3, 1.2)]
    assert [mark.marker.symbol for mark in upper] == ["diamond", "circle", "circle"]
    dots = [list(trace.x) for trace in figure.data if trace.yaxis == "y2"]
    assert dots == [[0, 2], [3], [0], [2, 3]]
    (parts,) = [each for each in figure.layout.shapes if each.x0 == each.x1]
    assert parts.x0 == 1  # between estimates of two ways
    names = list(figure.layout.yaxis2.ticktext)
    assert names == [
        "<b>Modality</b>", "first procedure", "as recorded",
        "<b>Adjusted</b>", "no", "Cox model",
    ]  # fmt: skip
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [list(trace.y) for trace in lines] == [[0.5, 1.4], [0.4, 1.2]]
    assert figure.layout.yaxis.type == "log"
    assert not any(math.isnan(mark.y[0]) for mark in upper)
    words = "Diagnosis of liver metastases"  # as long as a date of the clock, and not cut
    column = Column((words,), 0, estimate(0.9, 0.5, 1.4), True, "own")
    figure = specifications([column], [("Clock starts", [words])], "Hazard ratio", 1).checked()
    assert figure.layout.yaxis2.ticktext[1] == words


def test_numbers_too_long_for_their_place_take_two_lines_and_are_whole():
    def drawn(counts):
        one = Line("All", counts, estimate(1.0, 0.98, 1.02), 1)
        figure = forest_of([one], "Hazard ratio", 1)
        (name,) = figure.layout["yaxis"]["ticktext"]
        return name, figure.layout["height"]

    short, low = drawn("125 v 115, 0.99 (0.98 to 0.99)")
    long, high = drawn("3,096,669 v 3,096,667, 0.99 (0.98 to 0.99)")
    assert "125 v 115, 0.99" in short
    assert "3,096,669 v 3,096,667<br>0.99 (0.98 to 0.99)" in long
    assert high > low
