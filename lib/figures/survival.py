"""Step curves with their bands and the counts under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.analyses.survival import GroupSurvival
from lib.figures import theme
from lib.language import _
from lib.schema import Endpoint, Level
from lib.statistics.estimate import Floats
from lib.statistics.survival import SurvivalCurve
from lib.text import label, number, percent

CURVES = 380
SMALL = 236
ROW = 19
_NAMES = 64
"""Left of the counts: a long name of a group begins there, and fits into a narrow screen."""
_HALF = 4  # of a digit's width: a name stands clear of the first count, which is centred
_TITLE = 84  # pixels that a title takes beside the ticks of its axis
_SIGN = 7.4  # pixels of a small letter
_APART = 400
"""Places along a curve at each of which one tick of the censored is drawn: more are one bar."""
_UNDER = 10  # under the counts, where no axis has a title

Band = tuple[Floats, Floats, Floats]
"""Times, and the limits from each of them on."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The curve of one group as it is drawn."""

    level: Level
    n: int
    # time, share: the corners of the steps
    time: Floats
    share: Floats
    at_risk: Floats  # at each corner
    band: Band
    lost: tuple[Floats, Floats] | None  # where somebody was censored, if that is drawn
    thin_from: float | None  # from when too few are at risk, and the curve is paler
    counts: dict[str, Sequence[float]]  # what is counted under the ticks: its name and values


def survival_curves(
    groups: Sequence[GroupSurvival], endpoint: Endpoint, ticks: Sequence[float], axis_title: str
) -> go.Figure:
    """Draw a step curve per group, and under each tick how many were at risk, censored, dead.

    `groups`: drawn in the order given; one without a curve is left out. `endpoint`: names the
    vertical axis. `ticks`: Months. Axis and table share them, also after zooming. `axis_title`:
    what time counts from. The table follows Morris et al. (2019), BMJ Open 9:e030215
    (KMunicate).
    """
    drawn = [_curve(group, group.curve, ticks) for group in groups if group.curve is not None]
    return curves(drawn, ticks, (axis_title, theme.brief(label(endpoint), 48)))


def small_curves(
    groups: Sequence[GroupSurvival], endpoint: Endpoint, ticks: Sequence[float], axis_title: str
) -> go.Figure:
    """Draw the same curves without the counts under them, for where there is little room."""
    drawn = [_curve(group, group.curve, ticks) for group in groups if group.curve is not None]
    figure = go.Figure()
    levels = [curve.level for curve in drawn]
    for curve, colour, dash in zip(drawn, theme.colours(levels), theme.dashes(levels), strict=True):
        figure.add_traces([*_band(curve, colour), *_pieces(curve, colour, dash)])
        figure.add_traces(_lost(curve, colour))
    figure.update_xaxes(title=axis_title, fixedrange=True, **_axis(drawn, ticks))
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", fixedrange=True, dtick=0.25)
    return theme.small(figure, SMALL)


def _curve(group: GroupSurvival, curve: SurvivalCurve, ticks: Sequence[float]) -> Curve:
    time, share = steps(curve)
    first = group.n if group.late is None else int(curve.at_risk[0])
    left = curve.censored > 0
    return Curve(
        group.level,
        group.n,
        time,
        share,
        np.append(first, curve.at_risk),
        band(curve),
        (curve.time[left], curve.survival[left]),
        None if group.tail is None else group.tail.start,
        _counts(group, ticks),
    )


def _counts(group: GroupSurvival, ticks: Sequence[float]) -> dict[str, Sequence[float]]:
    """At risk, censored so far, events so far; entered so far where patients come late."""
    found = group.counts_at(ticks)
    came = {} if found.entered is None or group.late is None else {_("Entered"): found.entered}
    shown = came | {
        _("At risk"): found.at_risk,
        _("Censored"): found.censored,
        _("Events"): found.events,
    }
    return {name: values.tolist() for name, values in shown.items()}


def steps(curve: SurvivalCurve) -> tuple[Floats, Floats]:
    """The corners of a curve: it starts with everybody, at time 0 unless patients come late."""
    return np.append(curve.start, curve.time), np.append(1.0, curve.survival)


def band(curve: SurvivalCurve) -> Band:
    """The corners of the limits: nothing to draw where they are undefined, but at the start."""
    time, survival = steps(curve)
    low = np.where(survival == 1, 1.0, np.append(1.0, curve.low))
    high = np.where(survival == 1, 1.0, np.append(1.0, curve.high))
    known = ~(np.isnan(low) | np.isnan(high))
    return time[known], low[known], high[known]


def curves(drawn: Sequence[Curve], ticks: Sequence[float], titles: tuple[str, str]) -> go.Figure:
    """Draw curves over the counts under each tick, which share their axis; titles across and up."""
    table = ROW * sum(1 + len(curve.counts) for curve in drawn) + 10
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=64 / (CURVES + table + 64),
        row_heights=[CURVES, table],
    )
    levels = [curve.level for curve in drawn]
    colours = theme.colours(levels)
    _add_counts(figure, drawn, colours, ticks)
    for curve, colour, dash in zip(drawn, colours, theme.dashes(levels), strict=True):
        for trace in (*_band(curve, colour), *_pieces(curve, colour, dash), *_lost(curve, colour)):
            figure.add_trace(trace, row=1, col=1)
    axis = _axis(drawn, ticks)
    figure.update_xaxes(showticklabels=True, title=titles[0], row=1, col=1, **axis)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, row=2, col=1, **axis)
    figure.update_yaxes(automargin=False)  # which draws everything twice; `_left` has the room
    figure.update_yaxes(
        title=titles[1], range=[0, 1.02], tickformat=".0%", fixedrange=True, row=1, col=1
    )
    figure = theme.dressed(figure, CURVES + table + 58 + _UNDER)
    names = [name for curve in drawn for name in curve.counts]
    return theme.with_room(figure.update_layout(margin_b=_UNDER, margin_l=_left(names)))


def _left(names: Sequence[str]) -> int:
    """Pixels left of the curves: for the axis's title beside its ticks, for what is counted."""
    return max(_TITLE, *(round(_SIGN * theme.width(name)) + 14 for name in names), 0)


def _axis(drawn: Sequence[Curve], ticks: Sequence[float]) -> dict[str, Any]:
    """The ticks of time, and how far it goes."""
    last = max((float(curve.time[-1]) for curve in drawn), default=1.0)
    return {"tickvals": list(ticks), "range": [-0.03 * last, max(last, *ticks) * 1.02]}


def _band(curve: Curve, colour: str) -> list[go.Scatter]:
    time, low, high = curve.band
    edge: dict[str, Any] = {
        "x": time,
        "mode": "lines",
        "line": {"width": 0, "shape": "hv"},
        "legendgroup": theme.name(curve.level),
        "showlegend": False,
        "hoverinfo": "skip",
    }
    fill = {"fill": "tonexty", "fillcolor": theme.pale(colour, 0.12)}
    return [go.Scatter(y=high, **edge), go.Scatter(y=low, **fill, **edge)]


def _pieces(curve: Curve, colour: str, dash: str) -> list[go.Scatter]:
    """The curve itself in two pieces, the second paler, from where too few are at risk."""
    name = theme.name(curve.level)
    hover = [
        _("{time} months: {share}, {n} at risk").format(
            time=number(at), share=percent(value, curve.n), n=int(n)
        )
        for at, value, n in zip(curve.time, curve.share, curve.at_risk, strict=True)
    ]
    solid = int((curve.time < (np.inf if curve.thin_from is None else curve.thin_from)).sum())
    return [
        go.Scatter(
            x=curve.time[piece],
            y=curve.share[piece],
            mode="lines",
            line={"width": 2.2, "shape": "hv", "color": colour, "dash": dash},
            opacity=opacity,
            name=name,
            legendgroup=name,
            showlegend=opacity == 1,
            text=hover[piece],
            hovertemplate="%{text}<extra>" + name + "</extra>",
        )
        for piece, opacity in ((slice(0, solid + 1), 1.0), (slice(solid, None), 0.4))
        if len(curve.time[piece])
    ]


def _lost(curve: Curve, colour: str) -> list[go.Scatter]:
    if curve.lost is None:
        return []
    time, share = curve.lost
    apart = np.unique(
        np.floor(time * _APART / max(float(curve.time[-1]), 1e-9)), return_index=True
    )[1]
    name = theme.name(curve.level)
    censored = go.Scatter(
        x=time[apart],
        y=share[apart],
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 8, "color": colour, "line": {"width": 1.4}},
        name=_("{group}, censored").format(group=name),
        legendgroup=name,
        showlegend=False,
        hovertemplate=_("censored at {time} months").format(time="%{x:.1f}") + "<extra></extra>",
    )
    return [censored]


def _add_counts(
    figure: go.Figure, drawn: Sequence[Curve], colours: Sequence[str], ticks: Sequence[float]
) -> None:
    """Under each tick the counts of each group, line by line."""
    heights, names, words, top, longest = [], [], [], 0, 1
    for curve, colour in zip(drawn, colours, strict=True):
        name = f"<b>{theme.name(curve.level)}</b>"
        place = {"xref": "x2 domain", "xshift": -_NAMES, "yref": "y2", "xanchor": "left"}
        theme.write(figure, name, 0, top, 13, **place, font_color=theme.readable(colour))
        for row, (title, values) in enumerate(curve.counts.items(), start=1):
            heights.append(top - row)
            names.append(title)
            longest = max(longest, len(f"{values[0]:g}"))
            words += [f"{value:g}" for value in values]
        top -= 1 + len(curve.counts)
    counts = go.Scatter(
        x=list(ticks) * len(heights),
        y=[height for height in heights for _tick in ticks],
        text=words,
        mode="text",
        cliponaxis=False,
        textfont={"size": 12},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_trace(counts, row=2, col=1)
    apart = {"ticklabelstandoff": 3 + _HALF * longest}
    theme.in_lines(figure, heights, names, [top + 0.4, 0.8], **apart, row=2, col=1)
