"""Step curves with their bands and the counts under them."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, nan
from typing import Any

import numpy as np

from lib.analyses.survival import GroupSurvival
from lib.figures import theme
from lib.figures.spec import Figure, Part, scatter
from lib.language import _
from lib.schema import Endpoint, Level
from lib.statistics.estimate import Floats, Ints
from lib.statistics.survival import SurvivalCurve
from lib.text import label, months, number, percent, short, whole

CURVES = 380
_GIVES = 156  # pixels by which curves are less high on a low window
SMALL = 236
ROW = 19
_NAMES = 64
"""Left of the counts: a long name of a group begins there, and fits into a narrow screen."""
_HALF = 4  # of a digit's width: a name stands clear of the first count, which is centred
_ENDS = 16  # pixels right of the axis, of which a short count takes less
_TITLE = 84  # pixels that a title takes beside the ticks of its axis
_SIGN = 7.4  # pixels of a small letter
_APART, _MOST = 400, 120
"""Places along a curve at each of which one tick of the censored is drawn: more are one bar; and at
how many of them, lest they cover the curve and its dashes."""
_OVER = 32  # over the curves, for a line of a legend
_UNDER = 10  # under the counts, where no axis has a title
_SCREEN, _NARROWEST = 358, 258
"""Pixels of a figure on a narrow screen, and of its axis of time between the usual margins."""
_DIGIT, _MARK, _CLEAR = 6.67, 3.34, 3.5
"""Pixels of a digit of a count, of a mark between its thousands, and between two counts."""
_SIDES = ("right", "top"), ("left", "bottom"), ("left", "top"), ("right", "bottom")
"""The corners where words may stand between the axes, the first free one first."""
_WORDS, _WORDS_LINE, _LETTER = 26, 16, 6.2
"""Signs of a line of such words, and pixels of a line and of a small letter."""

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
    median: float = nan  # where the curve falls to a half, if that can be told


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a figure of curves where somebody asked for it."""

    title: str = ""
    said: tuple[str, ...] = ()  # such as the p-value of a test
    medians: bool = False  # whether lines lead from a half to the axis


NOTHING = Written()


def survival_curves(
    groups: Sequence[GroupSurvival],
    endpoint: Endpoint,
    ticks: Sequence[float],
    axis_title: str,
    written: Written = NOTHING,
) -> Figure:
    """Draw a step curve per group, and under each tick how many were at risk, censored, dead.

    `groups`: drawn in the order given; one without a curve is left out. `endpoint`: names the
    vertical axis. `ticks`: Months, to the last of which curves are drawn. Axis and table share
    them, also after zooming. `axis_title`: what time counts from. The table follows Morris et al.
    (2019), BMJ Open 9:e030215 (KMunicate).
    """
    drawn = [_curve(group, group.curve, ticks) for group in groups if group.curve is not None]
    return curves(drawn, ticks, (axis_title, theme.brief(label(endpoint), 48)), written)


def small_curves(
    groups: Sequence[GroupSurvival], endpoint: Endpoint, ticks: Sequence[float], axis_title: str
) -> Figure:
    """Draw the same curves without the counts under them, for where there is little room."""
    drawn = [_curve(group, group.curve, ticks) for group in groups if group.curve is not None]
    figure = Figure()
    levels = [curve.level for curve in drawn]
    for curve, colour, dash in zip(drawn, theme.colours(levels), theme.dashes(levels), strict=True):
        figure.add_traces([*_band(curve, colour), *_pieces(curve, colour, dash)])
        figure.add_traces(_lost(curve, colour, _ticked(drawn)))
    figure.update_xaxes(title=axis_title, fixedrange=True, **time_axis(ticks))
    figure.update_yaxes(**theme.shares(0, 1.02, 0.25), fixedrange=True)
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
        _median(group),
    )


def _median(group: GroupSurvival) -> float:
    """The median of a group, where it is one that can be told."""
    found = nan if group.median is None else group.median.value
    return found if isfinite(found) and group.unsure_at(found) is None else nan


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


def curves(
    drawn: Sequence[Curve],
    ticks: Sequence[float],
    titles: tuple[str, str],
    written: Written = NOTHING,
) -> Figure:
    """Draw curves over the counts under each tick, which share their axis; titles across and up.

    Where follow-up goes beyond the last tick, the figure says so.
    """
    table = ROW * sum(1 + len(curve.counts) for curve in drawn) + 10
    figure = Figure([CURVES, table], 64 / (CURVES + table + 64))
    levels = [curve.level for curve in drawn]
    colours, lost = theme.colours(levels), _ticked(drawn)
    _add_counts(figure, drawn, colours, ticks)
    for curve, colour, dash in zip(drawn, colours, theme.dashes(levels), strict=True):
        for trace in (*_band(curve, colour), *_pieces(curve, colour, dash)):
            figure.add_trace(trace, row=1)
        for trace in _lost(curve, colour, lost):
            figure.add_trace(trace, row=1)
        if written.medians and curve.median <= ticks[-1]:
            figure.add_trace(_median_lines(curve, colour), row=1)
    axis = _axis(drawn, ticks)
    figure.update_xaxes(showticklabels=True, title=titles[0], row=1, **axis)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, row=2, **axis)
    figure.update_yaxes(title=titles[1], **theme.shares(0, 1.02), fixedrange=True, row=1)
    figure = theme.dressed(figure, CURVES + table + 14 + _OVER + _UNDER)
    figure.update_layout(margin={"t": _OVER, "b": _UNDER, "l": _left(drawn), "r": _right(drawn)})
    theme.with_room(figure)
    theme.lower(figure, _GIVES, first=True)
    theme.headed(figure, written.title)
    place = _free(drawn, ticks, written.said)
    if place is not None:
        _say(figure, written.said, place)
    else:
        theme.noted(figure, ", ".join(written.said))
    last = max((float(curve.time[-1]) for curve in drawn), default=0.0)
    if not lost:
        theme.noted(figure, _("No ticks of the censored: they would cover the curves."))
    return theme.noted(figure, beyond(last, ticks))


def beyond(last: float, ticks: Sequence[float]) -> str:
    """That follow-up goes on after the end of the axis, where it does."""
    if last <= ticks[-1]:
        return ""
    return _("Drawn to {end} of {last} of follow-up.").format(
        end=short(ticks[-1]), last=months(last)
    )


def _median_lines(curve: Curve, colour: str) -> Part:
    """From a half across to the curve, and down to the axis."""
    return scatter(
        x=[0, curve.median, curve.median],
        y=[0.5, 0.5, 0],
        mode="lines",
        line={"width": 1.2, "color": colour, "dash": "dot"},
        legendgroup=theme.name(curve.level),
        showlegend=False,
        hoverinfo="skip",
    )


def _free(
    drawn: Sequence[Curve], ticks: Sequence[float], said: Sequence[str]
) -> tuple[str, str] | None:
    """The corner between the axes that no curve and no limit enters, where words fit into one."""
    lines = _lines(said)
    if not lines:
        return None
    high = (_WORDS_LINE * len(lines) + 10) / CURVES
    wide = (_LETTER * max(map(theme.width, lines)) + 10) / _NARROWEST
    for across, up in _SIDES:
        start, end = (1 - wide, 1.0) if across == "right" else (0.0, wide)
        low, top = (1 - high, 1.0) if up == "top" else (0.0, high)
        if not any(_enters(c, start * ticks[-1], end * ticks[-1], low, top) for c in drawn):
            return across, up
    return None


def _lines(said: Sequence[str]) -> list[str]:
    return [line for words in said for line in textwrap.wrap(words, _WORDS)]


def _enters(curve: Curve, start: float, end: float, low: float, top: float) -> bool:
    """Whether a curve or its limits come between two times and two heights."""
    for time, least, most in (curve.band, (curve.time, curve.share, curve.share)):
        if not len(time):
            continue
        first = max(int(np.searchsorted(time, start, side="right")) - 1, 0)
        seen = slice(first, int(np.searchsorted(time, end, side="right")))
        reached = time[0] <= end and time[-1] >= start and len(least[seen])
        if reached and np.min(least[seen]) < top and np.max(most[seen]) > low:
            return True
    return False


def _say(figure: Figure, said: Sequence[str], place: tuple[str, str]) -> None:
    """Write lines into a corner between the axes."""
    across, up = place
    lines = map(theme.safe, _lines(said))
    x, y = float(across == "right"), float(up == "top")
    at = {"xref": "x domain", "yref": "y domain", "xanchor": across, "yanchor": up}
    shift = {"xshift": 6 - 12 * x, "yshift": 4 - 8 * y, "align": across}
    theme.write(figure, "<br>".join(lines), x, y, 12, **at, **shift)


def _left(drawn: Sequence[Curve]) -> int:
    """Pixels left of the curves: for the axis's title beside its ticks, for what is counted."""
    names, clear = [name for curve in drawn for name in curve.counts], max(14, _clear(drawn))
    return max(_TITLE, *(round(_SIGN * theme.width(name)) + clear for name in names), 0)


def _right(drawn: Sequence[Curve]) -> int:
    """Pixels right of the curves: half of the longest last count, which is centred on its tick."""
    lasts = (short(values[-1]) for curve in drawn for values in curve.counts.values())
    return max(_ENDS, _HALF * max(map(len, lasts), default=1))


def _clear(drawn: Sequence[Curve]) -> int:
    """Pixels between what is counted and the axis: half of the longest first count, and some."""
    firsts = (short(values[0]) for curve in drawn for values in curve.counts.values())
    return 3 + _HALF * max(map(len, firsts), default=1)


def _axis(drawn: Sequence[Curve], ticks: Sequence[float]) -> dict[str, Any]:
    """The ticks of time, and how far it goes."""
    return time_axis(ticks, _longest(drawn), _wide(drawn))


def _wide(drawn: Sequence[Curve]) -> int:
    """Pixels of the axis on a narrow screen, between what is counted and its margin."""
    return min(_NARROWEST, _SCREEN - _left(drawn) - _right(drawn))


def time_axis(ticks: Sequence[float], longest: float = 0, wide: int = _NARROWEST) -> dict[str, Any]:
    """Ticks to the end of an axis of time, and as many named as have room for so many pixels.

    `wide`: pixels of the axis where it is narrowest.
    """
    end = ticks[-1] or 1.0
    step = _step(ticks, max(longest, _pixels(short(ticks[-1]))), wide)
    names = [short(tick) if at % step == 0 else "" for at, tick in enumerate(ticks)]
    named = {"tickvals": list(ticks), "ticktext": names, "tickangle": 0}
    return named | {"range": [-0.03 * end, 1.02 * end]}


def _longest(drawn: Sequence[Curve]) -> float:
    """Pixels of the longest count under the axis."""
    return _pixels(whole(max((curve.n for curve in drawn), default=0)))


def _pixels(count: str) -> float:
    return sum(_DIGIT if sign.isdigit() else _MARK for sign in count)


def _step(ticks: Sequence[float], longest: float, wide: int) -> int:
    """Of how many ticks one has its counts, where a narrow screen holds counts so long."""
    apart = wide / max(len(ticks) - 1, 1)
    return max(1, ceil((longest + _CLEAR) / apart))


def _band(curve: Curve, colour: str) -> list[Part]:
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
    return [scatter(y=high, **edge), scatter(y=low, **fill, **edge)]


def _pieces(curve: Curve, colour: str, dash: str) -> list[Part]:
    """The curve itself in two pieces, the second paler, from where too few are at risk."""
    name = theme.name(curve.level)
    said = _("{time} months: {share}, {n} at risk")
    hover = [
        said.format(time=number(at), share=percent(value, curve.n), n=int(n))
        for at, value, n in zip(
            *(each.tolist() for each in (curve.time, curve.share, curve.at_risk)), strict=True
        )
    ]
    solid = int((curve.time < (np.inf if curve.thin_from is None else curve.thin_from)).sum())
    return [
        scatter(
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


def _ticked(drawn: Sequence[Curve]) -> bool:
    """Whether the censored have ticks: not where there are so many that no curve is seen."""
    return all(len(_places(curve)) <= _MOST for curve in drawn)


def _places(curve: Curve) -> Ints:
    """Of the times at which somebody was censored, the first at each place along a curve."""
    time = np.empty(0) if curve.lost is None else curve.lost[0]
    places = np.floor(time * _APART / max(float(curve.time[-1]), 1e-9))
    return np.unique(places, return_index=True)[1]


def _lost(curve: Curve, colour: str, ticked: bool) -> list[Part]:
    if curve.lost is None or not ticked:
        return []
    time, share = curve.lost
    apart = _places(curve)
    name = theme.name(curve.level)
    censored = scatter(
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
    figure: Figure, drawn: Sequence[Curve], colours: Sequence[str], ticks: Sequence[float]
) -> None:
    """Under each tick the counts of each group, line by line."""
    heights, names, words, top = [], [], [], 0
    step = _step(ticks, _longest(drawn), _wide(drawn))
    for curve, colour in zip(drawn, colours, strict=True):
        name = f"<b>{theme.name(curve.level)}</b>"
        place = {"xref": "x2 domain", "xshift": -_NAMES, "yref": "y2", "xanchor": "left"}
        theme.write(figure, name, 0, top, 13, **place, font_color=theme.readable(colour))
        for row, (title, values) in enumerate(curve.counts.items(), start=1):
            heights.append(top - row)
            names.append(title)
            words += [short(value) if at % step == 0 else "" for at, value in enumerate(values)]
        top -= 1 + len(curve.counts)
    counts = scatter(
        x=list(ticks) * len(heights),
        y=[height for height in heights for _tick in ticks],
        text=words,
        mode="text",
        cliponaxis=False,
        textfont={"size": 12},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_trace(counts, row=2)
    apart = {"ticklabelstandoff": _clear(drawn)}
    theme.in_lines(figure, heights, names, [top + 0.4, 0.8], **apart, row=2)
