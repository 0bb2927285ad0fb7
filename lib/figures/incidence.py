"""Cumulative incidence: a curve a group, and all that may come first stacked to 1."""

from collections.abc import Sequence

import numpy as np

from lib.analyses.followed import DEATH, ELSEWHERE, LIVER, PROGRESSION
from lib.analyses.incidence import EVENT_FREE, GroupIncidence
from lib.figures import theme
from lib.figures.spec import Figure, scatter
from lib.figures.survival import NOTHING, Curve, Written, beyond, curves, time_axis
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
    written: Written = NOTHING,
) -> Figure:
    """Draw the cumulative incidence of the first cause, with the counts of all under each tick.

    `groups`: drawn in the order given; one without a curve is left out. `causes`: the cause that is
    drawn, then what competes with it. `ticks`: Months. `axis_title`: what time counts from.
    """
    drawn = [_curve(group, group.curve, ticks) for group in groups if group.curve is not None]
    title = _("Cumulative incidence: {cause}").format(cause=in_sentence(causes[0]))
    return curves(drawn, ticks, (axis_title, title), written)


def _curve(group: GroupIncidence, curve: CumulativeIncidence, ticks: Sequence[float]) -> Curve:
    """With the counts so far, but for those at risk."""
    own, every = group.counts_at(ticks, 1)
    counts = {
        _("At risk"): every.at_risk,
        _("Events"): own.events,
        _("Other first"): every.events - own.events,
        _("Censored"): every.censored,
    }
    known = ~np.isnan(curve.low[0])
    return Curve(
        group.level,
        group.n,
        *corners(curve, 1),
        np.append(group.n, curve.at_risk),
        (curve.time[known], curve.low[0][known], curve.high[0][known]),
        None,
        None if group.tail is None else group.tail.start,
        {name: values.tolist() for name, values in counts.items()},
    )


def corners(curve: CumulativeIncidence, cause: int) -> tuple[Floats, Floats]:
    """The corners of a curve: it starts at time 0 with nobody."""
    return np.append(0.0, curve.time), np.append(0.0, curve.incidence[cause - 1])


def stacked(
    groups: Sequence[GroupIncidence],
    causes: Sequence[Level],
    ticks: Sequence[float],
    axis_title: str,
    written: Written = NOTHING,
) -> Figure:
    """Stack the incidence of every cause, and those with none of them, to 1 at any time.

    `groups`: a panel each; one without a curve is left out. `causes`, `ticks`, `axis_title`: as for
    `incidence_curves`.
    """
    drawn = [(group, group.curve) for group in groups if group.curve is not None]
    rows = max(len(drawn), 1)
    height = _PANEL * rows + 60 * (rows - 1)
    figure = Figure([1] * rows, 60 / height)
    for row, (group, curve) in enumerate(drawn, start=1):
        _name_panel(figure, group, row)
        _add_layers(figure, group, curve, causes, row)
    figure.update_xaxes(**time_axis(ticks) | {"range": [0, ticks[-1] or 1]})
    figure.update_xaxes(showticklabels=True)
    figure.update_xaxes(title=axis_title, row=rows)
    figure.update_yaxes(**theme.shares(0, 1), fixedrange=True)
    figure = theme.dressed(figure, height + 150)
    figure.update_layout(
        margin_t=110, legend={"y": 1 + 26 / height, "traceorder": "normal", "itemclick": False}
    )
    theme.headed(figure, written.title)
    last = max((curve.last_time for _group, curve in drawn), default=0.0)
    return theme.noted(figure, beyond(last, ticks))


def _name_panel(figure: Figure, group: GroupIncidence, row: int) -> None:
    """Write over a panel whose it is."""
    title = _("{group}, n = {n}").format(group=theme.name(group.level), n=group.n)
    place = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    top = figure.layout["yaxis" if row == 1 else f"yaxis{row}"]["domain"][1]
    theme.write(figure, title, 0, top, 13, **place)


def _add_layers(
    figure: Figure,
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
            scatter(
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
        )
