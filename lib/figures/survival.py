"""Survival curves with their bands, and the counts under them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.analyses.survival import GroupSurvival
from lib.figures import theme
from lib.language import _
from lib.schema import Endpoint
from lib.statistics.survival import SurvivalCurve
from lib.text import label, number, percent

CURVES = 380
ROW = 19
_NAMES = 64
"""Left of the counts: a long name of a group begins there, and fits into a narrow screen."""
_UNDER = 10  # under the counts, where no axis has a title


@dataclass(frozen=True, slots=True)
class Block:
    """The counts of one group under the ticks: a line each, with its name."""

    name: str
    colour: str
    lines: tuple[tuple[str, Sequence[float]], ...]


def survival_curves(
    groups: Sequence[GroupSurvival],
    endpoint: Endpoint,
    ticks: Sequence[float],
    axis_title: str,
) -> go.Figure:
    """Draw a step curve per group, and under each tick how many were at risk, censored, dead.

    `groups`: drawn in the order given; one without a curve is left out. `endpoint`: names the
    vertical axis. `ticks`: Months. Axis and table share them, also after zooming. `axis_title`:
    what time counts from. Gives the table follows Morris et al. (2019), BMJ Open 9:e030215
    (KMunicate).
    """
    drawn = [(group, group.curve) for group in groups if group.curve is not None]
    levels = [group.level for group, _curve in drawn]
    blocks = [
        Block(theme.name(group.level), colour, _lines(group, ticks))
        for (group, _curve), colour in zip(drawn, theme.colours(levels), strict=True)
    ]
    figure = over_counts(blocks, ticks)
    for (group, curve), colour, dash in zip(
        drawn, theme.colours(levels), theme.dashes(levels), strict=True
    ):
        _add_curve(figure, group, curve, colour, dash)
    last = max((curve.last_time for _group, curve in drawn), default=1.0)
    return timed(figure, blocks, ticks, last, (axis_title, theme.brief(label(endpoint), 48)))


def over_counts(blocks: Sequence[Block], ticks: Sequence[float]) -> go.Figure:
    """An empty panel for curves over the counts under each tick, which share its axis."""
    table = _height(blocks)
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=64 / (CURVES + table + 64),
        row_heights=[CURVES, table],
    )
    _add_counts(figure, blocks, ticks)
    return figure


def timed(
    figure: go.Figure,
    blocks: Sequence[Block],
    ticks: Sequence[float],
    last: float,
    titles: tuple[str, str],
) -> go.Figure:
    """Lay out the axes of curves over their counts, up to the last time; titles across and up."""
    axis = {"tickvals": list(ticks), "range": [-0.03 * last, max(last, *ticks) * 1.02]}
    figure.update_xaxes(showticklabels=True, title=titles[0], row=1, col=1, **axis)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, row=2, col=1, **axis)
    figure.update_yaxes(
        title=titles[1], range=[0, 1.02], tickformat=".0%", fixedrange=True, row=1, col=1
    )
    figure = theme.dressed(figure, CURVES + _height(blocks) + 58 + _UNDER)
    return theme.with_room(figure.update_layout(margin_b=_UNDER))


def _height(blocks: Sequence[Block]) -> int:
    return ROW * sum(1 + len(block.lines) for block in blocks) + 10


def _lines(group: GroupSurvival, ticks: Sequence[float]) -> tuple[tuple[str, Sequence[float]], ...]:
    """At risk, censored so far, events so far; entered so far where patients come late."""
    counts = group.counts_at(ticks)
    came = (
        ()
        if counts.entered is None or group.late is None
        else ((_("Entered"), counts.entered.tolist()),)
    )
    return (
        *came,
        (_("At risk"), counts.at_risk.tolist()),
        (_("Censored"), counts.censored.tolist()),
        (_("Events"), counts.events.tolist()),
    )


def steps(curve: SurvivalCurve) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The corners of a curve: it starts with everybody, at time 0 unless patients come late."""
    return np.append(curve.start, curve.time), np.append(1.0, curve.survival)


def band(
    curve: SurvivalCurve,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The corners of the limits: nothing to draw where they are undefined, but at the start."""
    time, survival = steps(curve)
    low = np.where(survival == 1, 1.0, np.append(1.0, curve.low))
    high = np.where(survival == 1, 1.0, np.append(1.0, curve.high))
    known = ~(np.isnan(low) | np.isnan(high))
    return time[known], low[known], high[known]


def _add_curve(
    figure: go.Figure, group: GroupSurvival, curve: SurvivalCurve, colour: str, dash: str
) -> None:
    name = theme.name(group.level)
    edge = {
        "mode": "lines",
        "line": {"width": 0, "shape": "hv"},
        "legendgroup": name,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    time, low, high = band(curve)
    figure.add_trace(go.Scatter(x=time, y=high, **edge), row=1, col=1)
    figure.add_trace(
        go.Scatter(x=time, y=low, fill="tonexty", fillcolor=theme.pale(colour, 0.12), **edge),
        row=1,
        col=1,
    )
    _add_line(figure, group, curve, colour, dash)
    left = curve.censored > 0
    figure.add_trace(
        go.Scatter(
            x=curve.time[left],
            y=curve.survival[left],
            mode="markers",
            marker={"symbol": "line-ns-open", "size": 8, "color": colour, "line": {"width": 1.4}},
            name=_("{group}, censored").format(group=name),
            legendgroup=name,
            showlegend=False,
            hovertemplate=_("censored at {time} months").format(time="%{x:.1f}")
            + "<extra></extra>",
        ),
        row=1,
        col=1,
    )


def _add_line(
    figure: go.Figure, group: GroupSurvival, curve: SurvivalCurve, colour: str, dash: str
) -> None:
    """The curve itself, paler from where too few are at risk."""
    name = theme.name(group.level)
    time, survival = steps(curve)
    first = group.n if group.late is None else int(curve.at_risk[0])
    hover = [
        _("{time} months: {survival}, {n} at risk").format(
            time=number(at), survival=percent(value, group.n), n=int(n)
        )
        for at, value, n in zip(time, survival, np.append(first, curve.at_risk), strict=True)
    ]
    add_pieces(
        figure, (time, survival, hover), group.thin_from, name, {"color": colour, "dash": dash}
    )


def add_pieces(
    figure: go.Figure,
    corners: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[str]],
    thin_from: float | None,
    name: str,
    line: dict[str, str],
) -> None:
    """Draw a step curve in two pieces, the second paler, from where too few are at risk."""
    time, share, hover = corners
    solid = int((time < (np.inf if thin_from is None else thin_from)).sum())
    pieces = ((slice(0, solid + 1), 1.0, True), (slice(max(solid, 0), None), 0.4, False))
    for piece, opacity, shown in pieces:
        if not len(time[piece]):
            continue
        figure.add_trace(
            go.Scatter(
                x=time[piece],
                y=share[piece],
                mode="lines",
                line={"width": 2.2, "shape": "hv", **line},
                opacity=opacity,
                name=name,
                legendgroup=name,
                showlegend=shown,
                text=hover[piece],
                hovertemplate="%{text}<extra>" + name + "</extra>",
            ),
            row=1,
            col=1,
        )


def _add_counts(figure: go.Figure, blocks: Sequence[Block], ticks: Sequence[float]) -> None:
    """Under each tick the counts of each group, line by line."""
    heights, names, top = [], [], 0
    for block in blocks:
        figure.add_annotation(
            xref="x2 domain",
            x=0,
            xshift=-_NAMES,
            y=top,
            yref="y2",
            text=f"<b>{block.name}</b>",
            font={"color": theme.readable(block.colour), "size": 13},
            showarrow=False,
            xanchor="left",
        )
        for row, (title, values) in enumerate(block.lines, start=1):
            heights.append(top - row)
            names.append(title)
            figure.add_trace(
                go.Scatter(
                    x=list(ticks),
                    y=[top - row] * len(ticks),
                    text=[f"{value:g}" for value in values],
                    mode="text",
                    cliponaxis=False,
                    textfont={"size": 12},
                    showlegend=False,
                    hoverinfo="skip",
                ),
                row=2,
                col=1,
            )
        top -= 1 + len(block.lines)
    figure.update_yaxes(
        tickvals=heights,
        ticktext=names,
        range=[top + 0.4, 0.8],
        ticklabelstandoff=6,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        row=2,
        col=1,
    )
