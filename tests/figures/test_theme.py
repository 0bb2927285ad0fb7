"""What a dark page changes of a figure, and what it leaves."""

import plotly.graph_objects as go
import pytest

from lib.cohort import Source
from lib.figures import theme

DARK = "#11171C"


def drawn() -> go.Figure:
    figure = go.Figure(
        [
            go.Scatter(x=[1], y=[1], mode="markers", marker_color=theme.DIED),
            go.Scatter(x=[1], y=[1], mode="lines", line_color=theme.SINGLE_COLOUR),
            go.Scatter(x=[1], y=[1], mode="lines", line_color=theme.MODALITY_COLOURS["HAI"]),
            go.Bar(x=[1], y=[1], marker_color=theme.STATE_COLOURS["died"]),
        ]
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


@pytest.mark.parametrize("lighter", theme.LIGHTER.values())
def test_what_is_lightened_can_be_read_on_a_dark_page(lighter):
    assert contrast(lighter, DARK) >= 4.5


@pytest.mark.parametrize("colour", [*theme.MODALITY_COLOURS.values(), theme.PROGRESSED])
def test_what_keeps_its_colour_can_be_seen_on_a_dark_page(colour):
    assert contrast(colour, DARK) >= 3


def test_a_dark_page_lightens_lines_marks_and_words_but_no_bar_and_no_modality():
    shown = theme.inked(drawn(), dark=True)
    assert shown.data[0].marker.color == theme.LIGHTER[theme.DIED]
    assert shown.data[1].line.color == theme.LIGHTER[theme.SINGLE_COLOUR]
    assert shown.data[2].line.color == theme.MODALITY_COLOURS["HAI"]
    assert shown.data[3].marker.color == theme.STATE_COLOURS["died"]
    assert shown.layout.annotations[-1].font.color == "#F0A35E"


def test_a_light_page_and_what_is_taken_away_keep_their_colours():
    figure = drawn()
    before = figure.to_json()
    assert str(theme.inked(figure, dark=False).data) == str(figure.data)
    theme.inked(figure, dark=True)
    assert figure.to_json() == before


def test_colours_given_mark_by_mark_are_lightened_too():
    marks = go.Scatter(x=[1, 2], y=[1, 1], marker={"color": [theme.SINGLE_COLOUR, "#D55E00"]})
    dark = theme.inked(go.Figure(marks), dark=True)
    assert list(dark.data[0].marker.color) == [theme.LIGHTER[theme.SINGLE_COLOUR], "#D55E00"]
