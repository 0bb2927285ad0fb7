"""A contrast under every specification, and the choices that make each."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, log10

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.figures import theme
from lib.figures.forest import reach
from lib.statistics.estimate import Estimate
from lib.text import short

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
        _estimate(figure, at, column, found, scale)
    figure.add_hline(y=none, line={"color": "#8A8F94", "width": 1}, row=1, col=1)
    _options(figure, [column for column, _found in drawn], dimensions, rows)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_xaxes(range=[-0.8, len(drawn) - 0.2])
    figure.update_yaxes(
        title=axis,
        type="log" if none == 1 else "linear",
        zeroline=False,
        fixedrange=True,
        row=1,
        col=1,
    )
    limits = reach([found for _column, found in drawn], none == 1, scale)
    figure.update_yaxes(
        range=[log10(limit) for limit in limits] if none == 1 else limits, row=1, col=1
    )
    if none == 1:
        ticks = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20]
        figure.update_yaxes(tickvals=ticks, ticktext=[short(tick) for tick in ticks], row=1, col=1)
    figure = theme.dressed(figure, _ESTIMATES + _ROW * rows + 60)
    figure.update_layout(margin_l=170, margin_t=16, margin_b=16, showlegend=False)
    return figure


def _estimate(figure: go.Figure, at: int, column: Column, found: Estimate, scale: float) -> None:
    colour = OWN if column.own else OTHER
    if not (isnan(found.low) or isnan(found.high)):
        figure.add_trace(
            go.Scatter(
                x=[at, at],
                y=[scale * found.low, scale * found.high],
                mode="lines",
                line={"color": colour, "width": 1.6},
                hoverinfo="skip",
            ),
            row=1,
            col=1,
        )
    figure.add_trace(
        go.Scatter(
            x=[at],
            y=[scale * found.value],
            mode="markers",
            marker={
                "color": colour,
                "size": 11 if column.own else 7,
                "symbol": "diamond" if column.own else "circle",
            },
            hovertemplate=theme.brief(column.words, 400) + "<extra></extra>",
        ),
        row=1,
        col=1,
    )


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
            figure.add_trace(
                go.Scatter(
                    x=with_it,
                    y=[height] * len(with_it),
                    mode="markers",
                    marker={
                        "size": 7,
                        "color": [OWN if columns[at].own else OTHER for at in with_it],
                    },
                    hoverinfo="skip",
                ),
                row=2,
                col=1,
            )
            heights.append(height)
            names.append(theme.brief(option, 36))
            height -= 1
    figure.update_yaxes(
        tickvals=heights,
        ticktext=names,
        range=[-rows - 0.2, 0.8],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        row=2,
        col=1,
    )
