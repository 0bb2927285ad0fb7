"""A contrast under every specification, and the choices that make each."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.figures import theme
from lib.figures.forest import limits_and_mark, reach, value_axis
from lib.statistics.estimate import Estimate

OWN, OTHER = "#D55E00", "#5B6B78"
_ESTIMATES, _ROW = 260, 20


@dataclass(frozen=True, slots=True)
class Column:
    """One specification as it is drawn."""

    options: tuple[str, ...]  # one word of each dimension
    estimate: Estimate | None  # not drawn where it was withheld
    own: bool  # whether it is the plan's own
    words: str  # all of it, on hover


def specifications(
    columns: Sequence[Column],
    dimensions: Sequence[tuple[str, Sequence[str]]],
    axis: str,
    none: float,
    scale: float = 1,
) -> go.Figure:
    """Draw the estimates in order of size, and under each the options that gave it.

    `dimensions`: the lines under the estimates. `axis`: what the estimates are. `none`: no
    difference: 1, on a logarithmic axis, or 0. `scale`: multiplies every estimate.
    """
    drawn = [
        (column, column.estimate)
        for column in columns
        if column.estimate is not None and not isnan(column.estimate.value)
    ]
    drawn.sort(key=lambda pair: pair[1].value)
    rows = sum(1 + len(options) for _title, options in dimensions)
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.03,
        row_heights=[_ESTIMATES, _ROW * rows],
    )
    for at, (column, found) in enumerate(drawn):
        look = ("diamond", OWN, 11) if column.own else ("circle", OTHER, 7)
        words = theme.brief(column.words, 400) + "<extra></extra>"
        for trace in limits_and_mark(found, scale, at, look, words, upright=True, width=1.6):
            figure.add_trace(trace, row=1, col=1)
    figure.add_hline(y=none, line={"color": "#8A8F94", "width": 1}, row=1, col=1)
    _options(figure, [column for column, _found in drawn], dimensions, rows)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_xaxes(range=[-0.8, len(drawn) - 0.2])
    limits = reach([found for _column, found in drawn], none == 1, scale)
    ticks = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20]
    values = value_axis(limits, none == 1, ticks)
    figure.update_yaxes(**values, title=axis, fixedrange=True, row=1, col=1)
    figure = theme.dressed(figure, _ESTIMATES + _ROW * rows + 60)
    figure.update_layout(margin_l=170, margin_t=16, margin_b=16, showlegend=False)
    return figure


def _options(
    figure: go.Figure,
    columns: Sequence[Column],
    dimensions: Sequence[tuple[str, Sequence[str]]],
    rows: int,
) -> None:
    """A title a dimension, and under it a line an option with a dot for each that has it."""
    heights, names, height = [], [], 0
    for number, (title, options) in enumerate(dimensions):
        heights.append(height)
        names.append(f"<b>{theme.brief(title, 36)}</b>")
        height -= 1
        for option in options:
            with_it = [at for at, column in enumerate(columns) if column.options[number] == option]
            colours = [OWN if columns[at].own else OTHER for at in with_it]
            dots = {"mode": "markers", "marker": {"size": 7, "color": colours}}
            heights_of_it = [height] * len(with_it)
            figure.add_scatter(x=with_it, y=heights_of_it, **dots, hoverinfo="skip", row=2, col=1)
            heights.append(height)
            names.append(theme.brief(option, 36))
            height -= 1
    theme.in_lines(figure, heights, names, [-rows - 0.2, 0.8], row=2, col=1)
