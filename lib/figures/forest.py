"""A contrast in every subgroup: one line a group, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, log10
from typing import Any

import plotly.graph_objects as go

from lib.figures import theme
from lib.statistics.estimate import Estimate
from lib.text import short

MARK, WHOLE = "#5B6B78", "#0072B2"
_ROW, _HEAD, _MORE = 36, 26, 14
_NARROWEST, _WIDEST = 0.05, 20.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a forest: a title where there is no estimate."""

    title: str  # who; for a title, the column
    counts: str = ""  # numbers of both arms, and the estimate in words, under the title
    estimate: Estimate | None = None
    weight: float = 0  # events or patients behind it, which size the mark
    whole: bool = False  # whether it is of everybody
    named: str = ""  # who, with the column; the title where it is ''


def forest_of(lines: Sequence[Line], axis: str, none: float, scale: float = 1) -> go.Figure:
    """Draw estimates with their limits, from the top down.

    `axis`: what the estimates are. `none`: the value of no difference: 1, drawn on a logarithmic
    axis, or 0. `scale`: multiplies every estimate: 100 for percentage points.
    """
    ratio = none == 1
    figure = go.Figure()
    heights, at = [], 0.0
    for line in lines:
        room = _room(line)
        at -= room
        heights.append(at + room / 2)
    drawn = [
        (line, height, line.estimate)
        for line, height in zip(lines, heights, strict=True)
        if line.estimate is not None and not isnan(line.estimate.value)
    ]
    most = max((line.weight for line, _height, _found in drawn if not line.whole), default=1) or 1
    for line, height, found in drawn:
        said = theme.brief(line.named or line.title, 80)
        size = 12 if line.whole else 6 + 7 * (line.weight / most) ** 0.5
        look = ("diamond", WHOLE, size) if line.whole else ("square", MARK, size)
        words = f"{said}: {theme.safe(line.counts)}<extra></extra>"
        figure.add_traces(limits_and_mark(found, scale, height, look, words))
    limits = reach([found for _line, _height, found in drawn], ratio, scale)
    figure.add_vline(x=none, line={"color": "#8A8F94", "width": 1})
    whole = next((found for line, _height, found in drawn if line.whole), None)
    if whole is not None:
        dash = {"color": WHOLE, "width": 1, "dash": "dot"}
        figure.add_vline(x=scale * whole.value, line=dash)
    figure.update_xaxes(
        **value_axis(limits, ratio, [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]), title=axis
    )
    theme.in_lines(figure, heights, [_title(line) for line in lines], [at - 4, 4])
    figure = theme.dressed(figure, round(100 - at))
    figure.update_layout(margin_l=200, margin_t=16, showlegend=False)
    return figure


def _room(line: Line) -> int:
    """How high a line is: a title of two lines needs more."""
    more = _MORE * (len(theme.wrapped(line.title)) - 1)
    return (_HEAD if line.estimate is None else _ROW) + max(more, 0)


def _title(line: Line) -> str:
    title = "<br>".join(theme.wrapped(line.title))
    if line.estimate is None or line.whole:
        title = f"<b>{title}</b>"
    if not line.counts:
        return title
    return f"{title}<br><span style='font-size:11px'>{theme.safe(line.counts)}</span>"


def limits_and_mark(
    found: Estimate,
    scale: float,
    at: float,
    look: tuple[str, str, float],
    words: str,
    upright: bool = False,
    width: float = 2,
) -> list[go.Scatter]:
    """An estimate at its place: a line between its limits where it has any, and a mark.

    `look`: symbol, colour and size. `upright`: whether values go up, not across.
    """
    symbol, colour, size = look

    def trace(values: list[float], **more: Any) -> go.Scatter:
        places = [at] * len(values)
        x, y = (places, values) if upright else (values, places)
        return go.Scatter(x=x, y=y, **more)

    ends = [scale * found.low, scale * found.high]
    line = {"mode": "lines", "line": {"color": colour, "width": width}, "hoverinfo": "skip"}
    drawn = [] if any(map(isnan, ends)) else [trace(ends, **line)]
    marker = {"symbol": symbol, "size": size, "color": colour}
    return [
        *drawn,
        trace([scale * found.value], mode="markers", marker=marker, hovertemplate=words),
    ]


def value_axis(limits: Sequence[float], ratio: bool, ticks: Sequence[float]) -> dict[str, Any]:
    """An axis of estimates between limits: logarithmic with ticks for ratios, else linear."""
    if not ratio:
        return {"type": "linear", "range": limits, "zeroline": False}
    axis = {"type": "log", "range": [log10(limit) for limit in limits], "zeroline": False}
    return axis | {"tickvals": ticks, "ticktext": [short(tick) for tick in ticks]}


def reach(found: Sequence[Estimate], ratio: bool, scale: float) -> list[float]:
    """What the axis shows: all limits, but no ratio beyond what can be read."""
    ends = [
        scale * end for each in found for end in (each.low, each.value, each.high) if not isnan(end)
    ]
    if ratio:
        low, high = min([0.5, *ends]) / 1.1, max([2.0, *ends]) * 1.1
        return [max(_NARROWEST, low), min(_WIDEST, high)]
    most = max([10.0, *(abs(end) for end in ends)]) * 1.08
    return [-most, most]
