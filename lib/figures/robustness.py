"""A contrast under every specification, and the choices that make each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan

from lib.figures import theme
from lib.figures.forest import NO_SIDES, SIDE, Sides, beyond, limits_and_mark, ticks_of, value_axis
from lib.figures.spec import Figure, scatter
from lib.language import _
from lib.statistics.estimate import Estimate

OWN, OTHER = "#D55E00", "#5B6B78"
_ESTIMATES, _ROW, _BETWEEN = 260, 20, 30


@dataclass(frozen=True, slots=True)
class Column:
    """One specification as it is drawn."""

    options: tuple[str, ...]  # one word of each dimension
    way: int  # estimates of several ways are of different things, and stand apart
    estimate: Estimate | None  # not drawn where it was withheld
    own: bool  # whether it is the plan's own
    words: str  # all of it, on hover


def specifications(
    columns: Sequence[Column],
    dimensions: Sequence[tuple[str, Sequence[str]]],
    axis: str,
    none: float,
    scale: float = 1,
    sides: Sides = NO_SIDES,
) -> Figure:
    """Draw the estimates of each way in order of size, and under each the options that gave it.

    `dimensions`: the lines under the estimates. `axis`: what the estimates are. `none`: no
    difference: 1, on a logarithmic axis, or 0. `scale`: multiplies every estimate. `sides`: stand
    at both ends of the axis.
    """
    drawn = [
        (column, column.estimate)
        for column in columns
        if column.estimate is not None and not isnan(column.estimate.value)
    ]
    drawn.sort(key=lambda pair: (pair[0].way, pair[1].value))
    places = _places([column.way for column, _found in drawn])
    rows = sum(1 + len(options) for _title, options in dimensions)
    apart = _BETWEEN / (_ESTIMATES + _ROW * rows + _BETWEEN)
    figure = Figure([_ESTIMATES, _ROW * rows], apart)
    ticks = ticks_of([found for _column, found in drawn], none == 1, scale)
    ends = (ticks[0], ticks[-1])
    for at, (column, found) in zip(places, drawn, strict=True):
        look = ("diamond", OWN, 11) if column.own else ("circle", OTHER, 7)
        words = theme.brief(column.words, 400) + "<extra></extra>"
        for trace in limits_and_mark(found, scale, at, look, words, ends, True, 1.6):
            figure.add_trace(trace, row=1)
    figure.add_hline(y=none, line={"color": "#8A8F94", "width": 1})
    _options(figure, [column for column, _found in drawn], places, dimensions, rows)
    for before, after in pairwise(places):
        if after > before + 1:
            figure.add_vline((before + after) / 2, {"color": "#C9CDD1", "width": 1})
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_xaxes(range=[-0.8, places[-1] + 0.8])
    figure.update_yaxes(**value_axis(ticks, none == 1), title=axis, fixedrange=True, row=1)
    figure = theme.dressed(figure, _ESTIMATES + _ROW * rows + 60 + _BETWEEN)
    left = max(170, theme.room_at_left(figure.layout))
    figure.update_layout(margin_l=left, margin_t=28, margin_b=16, showlegend=False)
    _name_sides(figure, sides)
    return theme.noted(figure, beyond([found for _column, found in drawn], scale, ends))


def _places(ways: Sequence[int]) -> list[int]:
    """Where each estimate stands, with a gap between two ways."""
    return [at + sorted(set(ways)).index(way) for at, way in enumerate(ways)]


def _name_sides(figure: Figure, sides: Sides) -> None:
    """Write over and under the estimates whom either end favours."""
    if sides == NO_SIDES:
        return
    below, above = (theme.cut(side, SIDE) for side in sides)
    below, above = _("↓ {side}").format(side=below), _("↑ {side}").format(side=above)
    place = {"xref": "x domain", "yref": "y domain", "xanchor": "right", "yshift": 2}
    theme.write(figure, theme.safe(above), 1, 1, 12, **place, yanchor="bottom")
    theme.write(figure, theme.safe(below), 1, 0, 12, **place | {"yshift": -2}, yanchor="top")


def _options(
    figure: Figure,
    columns: Sequence[Column],
    places: Sequence[int],
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
            having = [
                (at, OWN if column.own else OTHER)
                for at, column in zip(places, columns, strict=True)
                if column.options[number] == option
            ]
            with_it, colours = [at for at, _colour in having], [colour for _at, colour in having]
            dots = {"mode": "markers", "marker": {"size": 7, "color": colours}}
            heights_of_it = [height] * len(with_it)
            figure.add_trace(scatter(x=with_it, y=heights_of_it, **dots, hoverinfo="skip"), row=2)
            heights.append(height)
            names.append(theme.brief(option, 36))
            height -= 1
    theme.in_lines(figure, heights, names, [-rows - 0.2, 0.8], row=2)
