"""Cumulative incidence: a curve a group, and all that may come first stacked to 1."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.analyses.followed import DEATH, ELSEWHERE, LIVER, PROGRESSION
from lib.analyses.incidence import EVENT_FREE, GroupIncidence
from lib.figures import theme
from lib.figures.survival import Block, add_pieces, over_counts, timed
from lib.language import _
from lib.schema import Level
from lib.statistics.competing_risks import CumulativeIncidence
from lib.statistics.estimate import Floats
from lib.text import in_sentence, number, percent

_PANEL = 210
CAUSES = {
    PROGRESSION: (theme.STATE_COLOURS["PD"], ""),
    LIVER: (theme.STATE_COLOURS["PD"], ""),
    ELSEWHERE: ("#C2A5CF", "/"),
    DEATH: (theme.STATE_COLOURS["died"], "."),
    EVENT_FREE.code: ("#E9ECEE", ""),
}
"""A colour and a pattern for each cause, apart from the modalities; progression as in response."""


def incidence_curves(
    groups: Sequence[GroupIncidence],
    causes: Sequence[Level],
    ticks: Sequence[float],
    axis_title: str,
) -> go.Figure:
    """Draw the cumulative incidence of the first cause, with the counts of all under each tick.

    `groups`: drawn in the order given; one without a curve is left out. `causes`: the cause that is
    drawn, then what competes with it. `ticks`: Months. `axis_title`: what time counts from.
    """
    drawn = [(group, group.curve) for group in groups if group.curve is not None]
    levels = [group.level for group, _curve in drawn]
    colours = theme.colours(levels)
    blocks = [
        Block(theme.name(group.level), colour, _lines(group, ticks))
        for (group, _curve), colour in zip(drawn, colours, strict=True)
    ]
    figure = over_counts(blocks, ticks)
    for (group, curve), colour, dash in zip(drawn, colours, theme.dashes(levels), strict=True):
        _add_band(figure, curve, colour, theme.name(group.level))
        _add_line(figure, group, curve, colour, dash)
    last = max((curve.last_time for _group, curve in drawn), default=1.0)
    title = _("Cumulative incidence: {cause}").format(cause=in_sentence(causes[0]))
    return timed(figure, blocks, ticks, last, (axis_title, title))


def corners(curve: CumulativeIncidence, cause: int) -> tuple[Floats, Floats]:
    """The corners of a curve: it starts at time 0 with nobody."""
    return np.append(0.0, curve.time), np.append(0.0, curve.incidence[cause - 1])


def stacked(
    groups: Sequence[GroupIncidence],
    causes: Sequence[Level],
    ticks: Sequence[float],
    axis_title: str,
) -> go.Figure:
    """Stack the incidence of every cause, and those with none of them, to 1 at any time.

    `groups`: a panel each; one without a curve is left out. `causes`, `ticks`, `axis_title`: as for
    `incidence_curves`.
    """
    drawn = [(group, group.curve) for group in groups if group.curve is not None]
    rows = max(len(drawn), 1)
    height = _PANEL * rows + 60 * (rows - 1)
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=60 / height,
        subplot_titles=[
            _("{group}, n = {n}").format(group=theme.name(group.level), n=group.n)
            for group, _curve in drawn
        ],
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    for row, (group, curve) in enumerate(drawn, start=1):
        _add_layers(figure, group, curve, causes, row)
    last = max((curve.last_time for _group, curve in drawn), default=1.0)
    figure.update_xaxes(tickvals=list(ticks), range=[0, max(last, *ticks) * 1.02])
    figure.update_xaxes(showticklabels=True)
    figure.update_xaxes(title=axis_title, row=rows, col=1)
    figure.update_yaxes(range=[0, 1], tickformat=".0%", fixedrange=True)
    figure = theme.dressed(figure, height + 150)
    figure.update_layout(
        margin_t=110, legend={"y": 1 + 26 / height, "traceorder": "normal", "itemclick": False}
    )
    return figure


def _add_layers(
    figure: go.Figure,
    group: GroupIncidence,
    curve: CumulativeIncidence,
    causes: Sequence[Level],
    row: int,
) -> None:
    parts = [(cause, corners(curve, at)[1]) for at, cause in enumerate(causes, start=1)]
    parts.append((EVENT_FREE, np.append(1.0, curve.survival)))
    time = np.append(0.0, curve.time)
    for cause, share in parts:
        colour, pattern = CAUSES[cause.code]
        figure.add_trace(
            go.Scatter(
                x=time,
                y=share,
                mode="lines",
                line={"width": 0.6, "color": "#FFFFFF", "shape": "hv"},
                stackgroup=str(row),
                fillcolor=colour,
                fillpattern={"shape": pattern, "fgcolor": "#FFFFFF", "bgcolor": colour, "size": 7},
                name=theme.name(cause),
                legendgroup=cause.code,
                showlegend=row == 1,
                text=[
                    _("{time} months: {share}").format(
                        time=number(at), share=percent(value, group.n)
                    )
                    for at, value in zip(time, share, strict=True)
                ],
                hovertemplate="%{text}<extra>" + theme.name(cause) + "</extra>",
            ),
            row=row,
            col=1,
        )


def _lines(
    group: GroupIncidence, ticks: Sequence[float]
) -> tuple[tuple[str, Sequence[float]], ...]:
    """At risk, events of the cause, other events, censored; so far, but for those at risk."""
    own, every = group.counts_at(ticks, 1)
    return (
        (_("At risk"), every.at_risk.tolist()),
        (_("Events"), own.events.tolist()),
        (_("Other first"), (every.events - own.events).tolist()),
        (_("Censored"), every.censored.tolist()),
    )


def _add_band(figure: go.Figure, curve: CumulativeIncidence, colour: str, name: str) -> None:
    known = ~np.isnan(curve.low[0])
    edge = {
        "x": curve.time[known],
        "mode": "lines",
        "line": {"width": 0, "shape": "hv"},
        "legendgroup": name,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    figure.add_trace(go.Scatter(y=curve.high[0][known], **edge), row=1, col=1)
    fill = {"fill": "tonexty", "fillcolor": theme.pale(colour, 0.12)}
    figure.add_trace(go.Scatter(y=curve.low[0][known], **fill, **edge), row=1, col=1)


def _add_line(
    figure: go.Figure, group: GroupIncidence, curve: CumulativeIncidence, colour: str, dash: str
) -> None:
    """The curve itself, paler from where too few are at risk."""
    name = theme.name(group.level)
    time, share = corners(curve, 1)
    hover = [
        _("{time} months: {incidence}, {n} at risk").format(
            time=number(at), incidence=percent(value, group.n), n=int(n)
        )
        for at, value, n in zip(time, share, np.append(group.n, curve.at_risk), strict=True)
    ]
    add_pieces(figure, (time, share, hover), group.thin_from, name, {"color": colour, "dash": dash})
