"""One look for all figures: the palette, the fonts, and text that cannot act as markup."""

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lib import text
from lib.analyses.response import STATES
from lib.cohort import Source
from lib.schema import MODALITIES, Level

Figure = go.Figure

MODALITY_COLOURS = dict(
    zip(
        (level.code for level in MODALITIES),
        ("#0072B2", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#8A8F94", "#56B4E9"),
        strict=True,
    )
)
"""Okabe & Ito (2008), apart in every common colour blindness. A modality keeps its colour
whatever the filters leave; one without a colour fails here, at import."""
OTHER_COLOURS = ("#56B4E9", "#CC79A7", "#009E73", "#E69F00", "#0072B2", "#D55E00")
"""For the levels of any other column, in display order."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
SINGLE_COLOUR = "#5B6B78"

STATE_COLOURS = dict(
    zip(
        (state.code for state in STATES),
        (
            "#1B7837",
            "#7FBF7B",
            "#D9DDE0",
            "#E9ECEE",
            "#B08CC4",
            "#F3E3B3",
            "#FFFFFF",
            "#762A83",
            "#FFFFFF",
            "#FFFFFF",
        ),
        strict=True,
    )
)
"""From green to purple (ColorBrewer PRGn, safe in colour blindness), apart from the modalities."""
STATE_PATTERNS = {"Non-CR/Non-PD": "-", "NE": "/", "aside": "\\", "lost": ".", "not due": "x"}

MODALITY_SYMBOLS = dict(
    zip(
        (level.code for level in MODALITIES),
        ("circle", "diamond", "diamond-wide", "hexagon", "star-square", "bowtie", "pentagon"),
        strict=True,
    )
)
"""A procedure of unknown modality has `SINGLE_SYMBOL`."""
SINGLE_SYMBOL = "circle-open"
RESPONSE_SYMBOLS = {
    "CR": "star",
    "PR": "triangle-down",
    "SD": "square",
    "Non-CR/Non-PD": "hourglass",
    "PD": "triangle-up",
    "NE": "x-thin",
    "": "line-ns",
}
"""Of the letters of assessments; one without a letter is a tick."""
DIED = "#762A83"
PROGRESSED = "#9A5FB4"

_NOTE = "#B35900"
LIGHTER = {
    SINGLE_COLOUR: "#A3B4C0",
    DIED: "#D7A1E0",
    _NOTE: "#F0A35E",
}
"""What lines, marks and words turn into on a dark page, on which they would be too dark to see.
The colours of modalities do not change: they are light enough, and mean the same on any page."""

FONT = "Arial, Helvetica, sans-serif"
"""On every machine, so that an image saved from a figure measures its text as it draws it."""


def safe(words: str) -> str:
    """Text for a figure: plotly draws a few HTML tags, and spreadsheet text must not be one."""
    return html.escape(words, quote=False)


def name(level: Level) -> str:
    """A level's label, safe to draw."""
    return safe(text.label(level))


def brief(words: str, longest: int = 28) -> str:
    """Text for a tick label, cut where it is longer than a margin holds, safe to draw."""
    return safe(textwrap.shorten(words, longest, placeholder="…"))


def wrapped(words: str, longest: int = 28) -> list[str]:
    """Text for a tick label in at most two lines, cut where it is longer still, safe to draw."""
    lines = textwrap.wrap(words, longest, max_lines=2, placeholder="…")
    return [safe(line) for line in lines]


def colours(levels: Sequence[Level]) -> list[str]:
    """A colour for each level: the modality's own, or by order for any other column."""
    if len(levels) == 1 and levels[0].code == "all":
        return [SINGLE_COLOUR]
    if all(level.code in MODALITY_COLOURS for level in levels):
        return [MODALITY_COLOURS[level.code] for level in levels]
    return [
        MODALITY_COLOURS.get(level.code, OTHER_COLOURS[index % len(OTHER_COLOURS)])
        for index, level in enumerate(levels)
    ]


def dashes(levels: Sequence[Level]) -> list[str]:
    """A dash for each level, so that no curve is told by colour alone."""
    codes = [level.code for level in MODALITIES]
    if all(level.code in codes for level in levels):
        return [DASHES[codes.index(level.code)] for level in levels]
    return [DASHES[index % len(DASHES)] for index in range(len(levels))]


def pale(colour: str, opacity: float) -> str:
    """A hex colour as ``rgba`` of some opacity."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def dressed(figure: go.Figure, height: int) -> go.Figure:
    """Apply the common layout; the page's theme adapts it to light and dark."""
    figure.update_layout(
        template="plotly_white",
        font={"family": FONT, "size": 14},
        height=height,
        margin={"l": 70, "r": 16, "t": 44, "b": 48},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0, "title": None},
        hovermode="closest",
        bargap=0.25,
    )
    figure.update_xaxes(automargin=False)
    return figure


def inked(figure: go.Figure, dark: bool) -> go.Figure:
    """A copy of a figure in the ink of a light or a dark page; what is taken away keeps its own."""
    figure = _lightened(figure) if dark else go.Figure(figure)
    ink = "#E8EEF2" if dark else "#17212B"
    figure.update_layout(font_color=ink, legend_font_color=ink)
    figure.update_xaxes(tickfont_color=ink, title_font_color=ink)
    figure.update_yaxes(tickfont_color=ink, title_font_color=ink)
    return figure


def _lightened(figure: go.Figure) -> go.Figure:
    """A copy in which lines, marks and words too dark for a dark page are lighter.

    The fills of bars keep their colour: they are told by their neighbours and hold dark words.
    """
    figure = go.Figure(figure)
    for trace in figure.data:
        if trace.type != "bar":
            trace.update(_lighter(trace.to_plotly_json()))
    for annotation in figure.layout.annotations:
        if annotation.font.color in LIGHTER:
            annotation.font.color = LIGHTER[annotation.font.color]
        if annotation.arrowcolor in LIGHTER:
            annotation.arrowcolor = LIGHTER[annotation.arrowcolor]
    for shape in figure.layout.shapes:
        if shape.line.color in LIGHTER:
            shape.line.color = LIGHTER[shape.line.color]
    return figure


def _lighter(part: Mapping[str, Any]) -> dict[str, Any]:
    """The colours of a trace that must change, and no other key of it."""
    changed: dict[str, Any] = {}
    for key, value in part.items():
        if isinstance(value, dict):
            if inner := _lighter(value):
                changed[key] = inner
        elif key == "color" and isinstance(value, str) and value in LIGHTER:
            changed[key] = LIGHTER[value]
        elif key == "color" and isinstance(value, list | tuple):
            changed[key] = [LIGHTER.get(each, each) for each in value]
    return changed


def marked(figure: go.Figure, source: Source) -> go.Figure:
    """Write what the file says of itself into the figure, so that no image loses it."""
    said = text.source(source)
    if said:
        lines = textwrap.wrap(said, 58)
        bottom, height = figure.layout.margin.b, figure.layout.height
        room = 10 + 15 * len(lines)
        figure.update_layout(margin_b=bottom + room, height=height + room)
        figure.add_annotation(
            text="<br>".join(safe(line) for line in lines),
            xref="paper",
            yref="paper",
            x=1,
            y=0,
            yshift=-bottom - 4,
            xanchor="right",
            yanchor="top",
            align="right",
            showarrow=False,
            font={"size": 11, "color": _NOTE},
        )
    return figure
