"""A figure at a width on paper: always light, its words as high as a journal asks, none cut."""

import html
import re
from itertools import accumulate
from math import ceil
from typing import Any

import plotly.graph_objects as go

from lib.figures.spec import Figure
from lib.figures.theme import NOTE, NOTE_LINE, TITLE, inked, room_at_left

ONE_COLUMN, TWO_COLUMNS = 85, 180
"""Millimetres, as most journals have them."""
POINTS = 8  # how high all words are on paper
FAMILY = "Hepar Sans, Arial, Helvetica, sans-serif"
"""The first goes along with the image; the letters of the others are as wide."""
SIZE = 14  # of all words, in the figure's own units
_LINE = 1.3 * SIZE
_LETTER, _SYMBOL, _ENTRY = 7, 44, 20
"""How wide a letter is, how wide the symbol of a legend's entry, and how high the entry."""
TALLEST = 225
"""Millimetres of a figure that a page holds with its title and what is said under it."""
_ROWS, _BARS = 1.2, 0.96
"""How much rows of two lines of words grow, which are smaller on a page, and rows of a bar under
its name, where there is more room than a line takes."""
_LEFT, _RIGHT = 14, 24  # the least margins, which half of a tick's words need
_APART = 6  # between an axis and the words under it, so that those of two axes stay apart
_INCH = 25.4
_SPAN = re.compile(r"font-size:\s*\d+px")


def units(millimetres: float) -> float:
    """A width on paper in the figure's own units, of which `SIZE` are `POINTS` high."""
    return millimetres / _INCH * 72 / POINTS * SIZE


def printed(drawn: Figure, millimetres: float) -> go.Figure:
    """A copy of a figure for paper, in which no colour, size or margin is left to a page."""
    spec = _sized(inked(drawn, dark=False).to_dict())
    figure = go.Figure(spec)
    figure.update_layout(
        width=units(millimetres),
        paper_bgcolor="#FFFFFF",
        plot_bgcolor="#FFFFFF",
        font_family=FAMILY,
        margin_l=_LEFT + room_at_left(spec["layout"]),
        legend_tracegroupgap=0,
    )
    figure.update_xaxes(ticklabelstandoff=_APART)
    for number, trace in enumerate(figure.data):
        trace.uid = f"trace{number}"  # else named by chance, and no two images would be the same
    _make_room(figure)
    return figure


def _sized(part: Any, name: str = "") -> Any:
    """The same with every font of one size, those that stand in words too."""
    if isinstance(part, dict):
        inner = {key: _sized(value, key) for key, value in part.items()}
        return inner | {"size": SIZE} if name.endswith("font") else inner
    if isinstance(part, list | tuple):
        return [_sized(each, name) for each in part]
    return _SPAN.sub(f"font-size:{SIZE}px", part) if isinstance(part, str) else part


def _make_room(figure: go.Figure) -> None:
    """Grow a figure by what its larger words take, so that no plot is squeezed by them."""
    layout = figure.layout
    above = _legend(figure)
    for title in figure.select_annotations({"name": TITLE}):
        above += ceil(_LINE * len(str(title.text).split("<br>")))
        title.xshift, title.yshift = 0, max(layout.margin.t, above) - 2
    lines = [len(str(n.text).split("<br>")) for n in figure.select_annotations({"name": NOTE})]
    for note, before in zip(
        figure.select_annotations({"name": NOTE}), accumulate(lines, initial=0), strict=False
    ):
        note.yshift -= _APART + before * (_LINE - NOTE_LINE)
    below = _APART + ceil(sum(lines) * (_LINE - NOTE_LINE))
    rows = _ROWS if any(map(_is_two_lines, figure.select_yaxes())) else 1
    rows = _BARS if layout.barmode == "stack" else rows
    plot = layout.height - layout.margin.t - layout.margin.b
    layout.margin.t = max(layout.margin.t, above)
    layout.margin.r = max(layout.margin.r, _RIGHT)
    layout.margin.b += below
    layout.height = round(plot * rows) + layout.margin.t + layout.margin.b


def _is_two_lines(axis: go.layout.YAxis) -> bool:
    """Whether names have numbers under them, which are smaller on a page."""
    return any("font-size" in str(words) for words in axis.ticktext or ())


def _legend(figure: go.Figure) -> int:
    """How high a legend is, whose columns are all as wide as its longest name."""
    named = [each for each in figure.data if each.showlegend is not False and each.name]
    if figure.layout.showlegend is False or not named:
        return 0
    widest = max(len(html.unescape(each.name)) for each in named) * _LETTER + _SYMBOL
    columns = max(1, int((figure.layout.width - 2 * _LEFT) / widest))
    return 2 * _APART + ceil(len(named) / columns) * _ENTRY
