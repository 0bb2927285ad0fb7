"""What a dark page changes of a figure, and what it leaves."""

import itertools
import re
import tomllib
from copy import deepcopy

import plotly.graph_objects as go
import pytest

from lib.analyses.followed import DEATH, ELSEWHERE, LIVER, PROGRESSION
from lib.analyses.incidence import EVENT_FREE
from lib.cohort import Source
from lib.figures import theme
from lib.figures.incidence import CAUSES
from lib.figures.spec import Figure, bar, scatter
from lib.schema import MODALITIES, Level
from tests.conftest import ROOT, figure_of

DARK = "#11171C"


def drawn() -> Figure:
    figure = figure_of(
        scatter(x=[1], y=[1], mode="markers", marker_color=theme.DIED),
        scatter(x=[1], y=[1], mode="lines", line_color=theme.SINGLE_COLOUR),
        scatter(x=[1], y=[1], mode="lines", line_color=theme.MODALITY_COLOURS["HAI"]),
        bar(x=[1], y=[1], marker_color=theme.STATE_COLOURS["died"]),
    )
    theme.dressed(figure, 300)
    return theme.marked(figure, Source("x.csv", "", synthetic=True, note="None exists."))


def luminance(colour: str) -> float:
    """Of WCAG 2.2, relative."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


EVERY_COLOUR = sorted(
    {
        *theme.MODALITY_COLOURS.values(),
        *theme.OTHER_COLOURS,
        theme.SINGLE_COLOUR,
        theme.DIED,
        theme.PROGRESSED,
        theme.RESPONDED,
    }
)


@pytest.mark.parametrize("colour", EVERY_COLOUR)
def test_words_in_any_colour_can_be_read_on_a_light_and_on_a_dark_page(colour):
    assert contrast(theme.readable(colour), "#FFFFFF") >= 4.5
    assert contrast(theme.readable(colour, dark=True), DARK) >= 4.5


def inked(figure: Figure, dark: bool) -> go.Figure:
    """What is sent, checked by Plotly."""
    return go.Figure(theme.inked(figure, dark).to_dict())


def test_a_dark_page_lightens_lines_marks_and_words_but_no_bar():
    shown = inked(drawn(), dark=True)
    lines = (shown.data[0].marker.color, shown.data[1].line.color, shown.data[2].line.color)
    assert all(contrast(colour, DARK) >= 4.5 for colour in lines)
    assert shown.data[3].marker.color == theme.STATE_COLOURS["died"]
    assert contrast(shown.layout.annotations[-1].font.color, DARK) >= 4.5


def test_what_is_light_enough_keeps_its_colour_and_what_is_half_seen_stays_so():
    solid = theme.DARK_COLOURS["#0072B2"]
    for before, after in (
        ("#E69F00", "#E69F00"),
        (theme.readable("#D55E00"), theme.DARK_COLOURS["#D55E00"]),  # as words have it
        (theme.pale("#0072B2", 0.8), theme.pale(solid, 0.8)),
    ):
        figure = figure_of(scatter(x=[1], y=[1], line_color=before))
        assert inked(figure, dark=True).data[0].line.color == after
    marks = scatter(x=[1, 2], y=[1, 1], marker={"color": [theme.SINGLE_COLOUR, "#D55E00"]})
    first, second = inked(figure_of(marks), dark=True).data[0].marker.color  # mark by mark
    assert contrast(first, DARK) >= 4.5 > contrast(theme.SINGLE_COLOUR, DARK)
    assert second == theme.DARK_COLOURS["#D55E00"]


def test_a_light_page_and_what_is_taken_away_keep_their_colours():
    figure = drawn()
    before = deepcopy(figure.to_dict())
    assert str(inked(figure, dark=False).data) == str(figure.checked().data)
    inked(figure, dark=True)
    assert figure.to_dict() == before


# --- groups

PALETTES = {"#FFFFFF": theme.MODALITY_COLOURS.values(), DARK: theme.DARK_COLOURS.values()}


@pytest.mark.parametrize("page", PALETTES)
def test_a_group_is_seen_on_its_page(page):
    least = 3 if page == "#FFFFFF" else 4.5
    assert {colour: contrast(colour, page) for colour in PALETTES[page]}.keys() == {
        colour for colour in PALETTES[page] if contrast(colour, page) >= least
    }


@pytest.mark.parametrize("page", PALETTES)
def test_every_two_groups_are_told_apart_in_grey(page):
    pairs = itertools.combinations(PALETTES[page], 2)
    assert [pair for pair in pairs if contrast(*pair) < 1.14] == []


def test_other_columns_have_colours_of_the_same():
    assert set(theme.OTHER_COLOURS) <= set(theme.DARK_COLOURS)
    first = itertools.combinations(theme.OTHER_COLOURS[:3], 2)
    assert [pair for pair in first if contrast(*pair) < 1.4] == []


def test_bars_and_bands_of_a_group_have_its_colour_of_a_dark_page():
    colour = theme.MODALITY_COLOURS["OTHER"]
    band = scatter(x=[1, 2], y=[1, 2], fill="toself", fillcolor=theme.pale(colour, 0.2))
    drawn = figure_of(bar(x=[1], y=[1], marker={"color": [colour]}), band)
    bars, bands = inked(drawn, dark=True).data
    assert bars.marker.color == (theme.DARK_COLOURS[colour],)
    assert bands.fillcolor == theme.pale(theme.DARK_COLOURS[colour], 0.2)


# --- in grey


def apart(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two fills, each a colour and a pattern, are told apart where all hue is gone."""
    return one[1] != other[1] or contrast(one[0], other[0]) >= 1.45


STATES_SHOWN = {
    code: (colour, theme.STATE_PATTERNS.get(code, ""))
    for code, colour in theme.STATE_COLOURS.items()
}


@pytest.mark.parametrize("pair", list(itertools.combinations(STATES_SHOWN, 2)), ids=" ".join)
def test_every_two_states_are_told_apart_in_grey(pair):
    assert apart(*(STATES_SHOWN[code] for code in pair))


def test_every_two_causes_are_told_apart_in_grey():
    together = ({PROGRESSION, DEATH, EVENT_FREE.code}, {LIVER, ELSEWHERE, DEATH, EVENT_FREE.code})
    for causes in together:
        for pair in itertools.combinations(causes, 2):
            assert apart(*(CAUSES[code] for code in pair)), pair


def test_the_better_a_response_the_lighter():
    order = [theme.STATE_COLOURS[code] for code in ("CR", "PR", "SD", "PD", "died")]
    assert sorted(order, key=luminance, reverse=True) == order


@pytest.mark.parametrize("code", theme.STATE_COLOURS)
def test_counts_and_patterns_can_be_seen_on_each_state(code):
    fill = theme.STATE_COLOURS[code]
    assert contrast(theme.over(fill), fill) >= 4.5
    if theme.STATE_PATTERNS.get(code):
        assert contrast(theme.state_pattern(code)["fgcolor"], fill) >= 1.9


@pytest.mark.parametrize(
    "levels",
    [MODALITIES, [Level(str(code), str(code)) for code in range(7)]],
    ids=["modalities", "any other column"],
)
def test_every_two_groups_of_bars_are_told_apart_in_grey(levels):
    looks = theme.patterns(levels)
    bars = [(plain, size) for plain, _hatched, size in looks]
    bars += [(hatched, size) for _plain, hatched, size in looks]
    assert len(set(bars)) == 2 * len(levels)  # hatched ones too
    assert theme.patterns(levels[1:2]) == looks[1:2] or levels is not MODALITIES


@pytest.mark.parametrize("mark", list(theme.RESPONSE_SYMBOLS.items()), ids=str)
def test_every_mark_of_a_response_is_seen_on_a_light_page(mark):
    code, symbol = mark
    line = theme.outline(symbol, theme.STATE_COLOURS.get(code, "#FFFFFF"))
    assert contrast(line, "#FFFFFF") >= 3


def test_words_on_the_apps_own_colour_can_be_read():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    for theme_of in (config["theme"][scheme] for scheme in ("light", "dark")):
        assert contrast("#FFFFFF", theme_of["primaryColor"]) >= 4.5
        assert contrast(theme_of["primaryColor"], theme_of["backgroundColor"]) >= 3.5
        assert contrast(theme_of["textColor"], theme_of["secondaryBackgroundColor"]) >= 4.5


PAGES = {"light": "#FFFFFF", "dark": DARK}


def on(fill: str, page: str) -> str:
    """A colour of ``rgba`` as it is seen on a page."""
    red, green, blue, opacity = re.findall(r"[\d.]+", fill)
    under = [int(page[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = [
        round(float(opacity) * int(part) + (1 - float(opacity)) * below)
        for part, below in zip((red, green, blue), under, strict=True)
    ]
    return "#" + "".join(f"{part:02X}" for part in mixed)


def drawn_line(colour: str, scheme: str) -> str:
    trace = scatter(x=[1], y=[1], line_color=colour)
    shown: str = inked(figure_of(trace), dark=scheme == "dark").data[0].line.color
    return shown


@pytest.mark.parametrize("scheme", PAGES)
@pytest.mark.parametrize(
    "levels",
    [MODALITIES, [Level(str(code), str(code)) for code in range(6)]],
    ids=["modalities", "any other column"],
)
def test_every_two_arms_are_told_apart_in_grey_and_seen_on_both_pages(levels, scheme):
    lines = [drawn_line(colour, scheme) for colour in theme.colours(levels)]
    for pair in itertools.combinations(zip(lines, theme.dashes(levels), strict=True), 2):
        assert apart(*pair), pair
    least = 3 if scheme == "dark" else 2.1  # a light page keeps the palette; words are darkened
    assert min(contrast(line, PAGES[scheme]) for line in lines) >= least
    words = [theme.readable(colour, scheme == "dark") for colour in theme.colours(levels)]
    assert min(contrast(each, PAGES[scheme]) for each in words) >= 4.5


@pytest.mark.parametrize("scheme", PAGES)
@pytest.mark.parametrize("code", theme.STATE_COLOURS)
def test_every_state_has_an_edge_or_a_fill_that_is_seen_on_both_pages(code, scheme):
    marker = theme.state_bar(Level(code, code))["marker"]
    seen = {marker["color"], marker["line"]["color"]}
    assert max(contrast(each, PAGES[scheme]) for each in seen) >= 3


@pytest.mark.parametrize("scheme", PAGES)
@pytest.mark.parametrize("arm", ["HAI", "TACE"])
def test_what_is_not_evaluable_is_seen_on_the_lane_of_each_arm(arm, scheme):
    symbol, colour = theme.assessment_look("NE")
    mark = theme.marks([1], [1], "NE", (symbol, colour, 9), ["NE"])
    shown = inked(figure_of(mark), dark=scheme == "dark").data[0].marker.line.color
    lane = on(theme.pale(theme.MODALITY_COLOURS[arm], 0.28), PAGES[scheme])
    assert contrast(shown, lane) >= 3


def test_a_white_edge_of_a_mark_is_of_the_colour_of_the_page():
    figure = figure_of(scatter(x=[1], y=[1], marker={"line": {"color": "#FFFFFF"}}))
    edges = [inked(figure, dark).data[0].marker.line.color for dark in (False, True)]
    assert edges == ["#FFFFFF", DARK]


# --- names


def test_a_word_without_end_is_cut_and_not_lost():
    assert theme.brief("x" * 100) == "x" * 27 + "…"
    assert theme.brief("two  words") == "two words"
    assert [theme.brief(wide * 100) for wide in "Щ中"] == ["Щ" * 13 + "…", "中" * 13 + "…"]
    for whole in ("e\u0301" * 28, "HAI-2019-CENTRE-01"):  # accents take no room
        assert theme.brief(whole) == whole
    assert theme.codes(["x" * 100, "x" * 101, "y"]) == ["x" * 23 + "…", "x" * 23 + "… (2)", "y"]


def test_a_legend_of_many_names_gets_its_lines_and_the_plot_keeps_its_height():
    heights = []
    for n in (2, 12):
        figure = theme.dressed(figure_of(*(scatter(name="x" * 40) for _ in range(n))), 300)
        theme.with_room(figure)
        top = figure.layout["margin"]["t"]
        heights.append(figure.layout["height"] - top)
        assert top == 44 + 20 * (n - 1)
    assert heights[0] == heights[1]


def test_text_of_a_file_is_neither_a_tag_nor_a_template_of_a_figure():
    assert theme.safe("<a href='x'>y</a>") == "&lt;a href='x'&gt;y&lt;/a&gt;"
    assert theme.safe("%{customdata}") == "%&#123;customdata}"
    assert theme.safe("80%, {n}") == "80%, {n}"
    assert theme.safe("a\u202eb\u200bc\nd") == "abc d"
