"""Survival curves with their bands, and the counts under them."""

from collections.abc import Sequence

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

_CURVES = 380
_ROW = 19


def survival_curves(
    groups: Sequence[GroupSurvival],
    endpoint: Endpoint,
    ticks: Sequence[float],
    axis_title: str,
) -> go.Figure:
    """Draw a step curve per group, and under each tick how many were at risk, censored, dead.

    Parameters
    ----------
    groups : sequence of GroupSurvival
        Drawn in the order given; one without a curve is left out.
    endpoint : Endpoint
        Names the vertical axis.
    ticks : sequence of float
        Months. Axis and table share them, also after zooming.
    axis_title : str
        What time counts from.

    Returns
    -------
    Figure
        The table follows Morris et al. (2019), BMJ Open 9:e030215 (KMunicate).
    """
    drawn = [(group, group.curve) for group in groups if group.curve is not None]
    levels = [group.level for group, _curve in drawn]
    table = 4 * _ROW * len(drawn) + 10
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=64 / (_CURVES + table + 64),
        row_heights=[_CURVES, table],
    )
    for (group, curve), colour, dash in zip(
        drawn, theme.colours(levels), theme.dashes(levels), strict=True
    ):
        _add_curve(figure, group, curve, colour, dash)
    _add_counts(figure, drawn, ticks, theme.colours(levels))
    last = max((curve.last_time for _group, curve in drawn), default=1.0)
    axis = {"tickvals": list(ticks), "range": [-0.02 * last, max(last, *ticks) * 1.02]}
    figure.update_xaxes(showticklabels=True, title=axis_title, row=1, col=1, **axis)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, row=2, col=1, **axis)
    figure.update_yaxes(
        title=label(endpoint), range=[0, 1.02], tickformat=".0%", fixedrange=True, row=1, col=1
    )
    return theme.dressed(figure, _CURVES + table + 106)


def steps(curve: SurvivalCurve) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The corners of a curve: it starts at time 0 with everybody."""
    return np.append(0.0, curve.time), np.append(1.0, curve.survival)


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
    hover = [
        _("{time} months: {survival}, {n} at risk").format(
            time=number(at), survival=percent(value, group.n), n=int(n)
        )
        for at, value, n in zip(time, survival, np.append(group.n, curve.at_risk), strict=True)
    ]
    thin = group.thin_from if group.thin_from is not None else np.inf
    solid = int((time < thin).sum())
    pieces = ((slice(0, solid + 1), 1.0, True), (slice(max(solid, 0), None), 0.4, False))
    for piece, opacity, first in pieces:
        if not len(time[piece]):
            continue
        figure.add_trace(
            go.Scatter(
                x=time[piece],
                y=survival[piece],
                mode="lines",
                line={"color": colour, "width": 2.2, "dash": dash, "shape": "hv"},
                opacity=opacity,
                name=name,
                legendgroup=name,
                showlegend=first,
                text=hover[piece],
                hovertemplate="%{text}<extra>" + name + "</extra>",
            ),
            row=1,
            col=1,
        )


def _add_counts(
    figure: go.Figure,
    drawn: Sequence[tuple[GroupSurvival, SurvivalCurve]],
    ticks: Sequence[float],
    colours: Sequence[str],
) -> None:
    """Under each tick: at risk, censored so far, events so far."""
    heights, names = [], []
    for index, ((group, curve), colour) in enumerate(zip(drawn, colours, strict=True)):
        counts = curve.counts_at(ticks)
        top = -4 * index
        figure.add_annotation(
            xref="x2 domain",
            x=0,
            y=top,
            yref="y2",
            text=f"<b>{theme.name(group.level)}</b>",
            font={"color": colour, "size": 13},
            showarrow=False,
            xanchor="left",
        )
        for row, (title, values) in enumerate(
            (
                (_("At risk"), counts.at_risk),
                (_("Censored"), counts.censored),
                (_("Events"), counts.events),
            ),
            start=1,
        ):
            heights.append(top - row)
            names.append(title)
            figure.add_trace(
                go.Scatter(
                    x=list(ticks),
                    y=[top - row] * len(ticks),
                    text=[f"{value:g}" for value in values],
                    mode="text",
                    cliponaxis=False,
                    textfont={"size": 13},
                    showlegend=False,
                    hoverinfo="skip",
                ),
                row=2,
                col=1,
            )
    figure.update_yaxes(
        tickvals=heights,
        ticktext=names,
        range=[-4 * len(drawn) + 0.4, 0.8],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        row=2,
        col=1,
    )
