"""A contrast in every subgroup: one line a group, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, log10
from typing import Any

from lib.figures import theme
from lib.figures.spec import Figure, Part, scatter
from lib.language import _
from lib.statistics.estimate import Estimate
from lib.text import short

MARK, WHOLE = "#5B6B78", "#0072B2"
_ROW, _HEAD, _MORE = 36, 26, 14
_DOUBLES = (0.125, 0.25, 0.5, 1, 2, 4, 8)
_TENFOLD = (0.1, 0.3, 1, 3, 10)
"""Ticks of an axis of ratios, evenly apart there: the first that hold all limits, five at most."""
_MOST = 5  # ticks of an axis that a narrow screen has room for
_STEPS = (5, 10, 20, 25, 50, 100)  # from tick to tick of an axis of differences
_LEFT, _RIGHT, _SIGN, _SIDE_LINE, _APART = 200, 16, 7.4, 17, 6
"""Pixels beside the axis, of a small letter on paper, of a line that names a side, and over it."""
SIDE = 60  # signs of a side's name
_ROOM = 142  # pixels of the axis on a narrow screen
_COUNTS = 37  # signs of the numbers of a line that stand beside the axis; more take two lines

Sides = tuple[str, str]
"""Whom what lies below no difference favours, and whom what lies above."""
NO_SIDES = ("", "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a forest: a title where there is no estimate."""

    title: str  # who; for a title, the column
    counts: str = ""  # numbers of both arms, and the estimate in words, under the title
    estimate: Estimate | None = None
    weight: float = 0  # events or patients behind it, which size the mark
    whole: bool = False  # whether it is of everybody
    named: str = ""  # who, with the column; the title where it is ''


def forest_of(
    lines: Sequence[Line], axis: str, none: float, scale: float = 1, sides: Sides = NO_SIDES
) -> Figure:
    """Draw estimates with their limits, from the top down.

    `axis`: what the estimates are. `none`: the value of no difference: 1, drawn on a logarithmic
    axis, or 0. `scale`: multiplies every estimate: 100 for percentage points. `sides`: stand at
    both ends of the axis. What reaches beyond it ends in an arrow, and the figure says so.
    """
    ratio = none == 1
    figure = Figure()
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
    ticks = ticks_of([found for _line, _height, found in drawn], ratio, scale)
    ends = (ticks[0], ticks[-1])
    for line, height, found in drawn:
        said = theme.brief(line.named or line.title, 80)
        size = 12 if line.whole else 6 + 7 * (line.weight / most) ** 0.5
        look = ("diamond", WHOLE, size) if line.whole else ("square", MARK, size)
        words = f"{said}: {theme.safe(line.counts)}<extra></extra>"
        figure.add_traces(limits_and_mark(found, scale, height, look, words, ends))
    figure.add_vline(x=none, line={"color": "#8A8F94", "width": 1})
    whole = next((found for line, _height, found in drawn if line.whole), None)
    if whole is not None:
        dash = {"color": WHOLE, "width": 1, "dash": "dot"}
        figure.add_vline(x=scale * whole.value, line=dash)
    figure.update_xaxes(**value_axis(ticks, ratio), title=axis, tickfont_size=12)
    theme.in_lines(figure, heights, [_title(line) for line in lines], [at - 4, 4])
    figure = theme.dressed(figure, round(100 - at))
    figure.update_layout(margin_l=_LEFT, margin_r=_RIGHT, margin_t=16, showlegend=False)
    _name_sides(figure, sides)
    estimates = [found for _line, _height, found in drawn]
    return theme.noted(figure, beyond(estimates, scale, ends))


def _name_sides(figure: Figure, sides: Sides) -> None:
    """Write at either end of the axis whom it favours, each on a line of its own under the title.

    A long name begins left of the axis, where there is room on every screen.
    """
    if sides == NO_SIDES:
        return
    below, above = (theme.cut(side, SIDE) for side in sides)
    below, above = _("← {side}").format(side=below), _("{side} →").format(side=above)
    under = figure.layout["margin"]["b"]
    place: dict[str, Any] = {"xref": "paper", "yref": "paper", "yanchor": "top"}
    left = place | {
        "xanchor": "left",
        "xshift": min(0, round(_ROOM - _SIGN * theme.width(below))),
        "yshift": -under - _APART,
    }
    right = place | {"xanchor": "right", "yshift": -under - _APART - _SIDE_LINE}
    theme.write(figure, theme.safe(below), 0, 0, 12, **left)
    theme.write(figure, theme.safe(above), 1, 0, 12, **right)
    more = _APART + 2 * _SIDE_LINE + 4
    figure.update_layout(margin_b=under + more, height=figure.layout["height"] + more)


def beyond(found: Sequence[Estimate], scale: float, ends: tuple[float, float]) -> str:
    """That some limits reach beyond the axis, where some do."""
    out = [
        each
        for each in found
        if any(not ends[0] <= scale * side <= ends[1] for side in sides_of(each))
    ]
    return _("Arrows: limits that reach beyond the axis.") if out else ""


def sides_of(found: Estimate) -> list[float]:
    """The value and the limits that there are."""
    return [side for side in (found.low, found.value, found.high) if not isnan(side)]


def _room(line: Line) -> int:
    """How high a line is: a title of two lines needs more."""
    more = _MORE * (len(theme.wrapped(line.title)) + len(_counts(line)) - 2)
    return (_HEAD if line.estimate is None else _ROW) + max(more, 0)


def _counts(line: Line) -> list[str]:
    """The numbers of a line; those of both arms over the estimate where that is too long."""
    arms, _comma, estimate = line.counts.rpartition(", ")
    return [arms, estimate] if arms and len(line.counts) > _COUNTS else [line.counts]


def _title(line: Line) -> str:
    title = "<br>".join(theme.wrapped(line.title))
    if line.estimate is None or line.whole:
        title = f"<b>{title}</b>"
    if not line.counts:
        return title
    counts = "<br>".join(map(theme.safe, _counts(line)))
    return f"{title}<br><span style='font-size:11px'>{counts}</span>"


def limits_and_mark(
    found: Estimate,
    scale: float,
    at: float,
    look: tuple[str, str, float],
    words: str,
    ends: tuple[float, float],
    upright: bool = False,
    width: float = 2,
) -> list[Part]:
    """An estimate at its place: a line between its limits where it has any, and a mark.

    `look`: symbol, colour and size. `ends`: of the axis, at which an arrow stands for what reaches
    beyond. `upright`: whether values go up, not across.
    """
    symbol, colour, size = look
    least, most = ends

    def trace(values: list[float], **more: Any) -> Part:
        places = [at] * len(values)
        x, y = (places, values) if upright else (values, places)
        return scatter(x=x, y=y, **more)

    limits, value = [scale * found.low, scale * found.high], scale * found.value
    line = {"mode": "lines", "line": {"color": colour, "width": width}, "hoverinfo": "skip"}
    drawn = []
    if not any(map(isnan, limits)):
        drawn.append(trace([min(max(side, least), most) for side in limits], **line))
    pointing = ("triangle-down", "triangle-up") if upright else ("triangle-left", "triangle-right")
    below, above = min(sides_of(found)) * scale < least, max(sides_of(found)) * scale > most
    tips = [(end, to) for end, to, out in zip(ends, pointing, (below, above), strict=True) if out]
    for end, to in tips:
        arrow = {"symbol": to, "size": 9, "color": colour}
        drawn.append(trace([end], mode="markers", marker=arrow, hoverinfo="skip", cliponaxis=False))
    marker = {"symbol": symbol, "size": size, "color": colour}
    if least <= value <= most:
        drawn.append(trace([value], mode="markers", marker=marker, hovertemplate=words))
    return drawn


def value_axis(ticks: Sequence[float], ratio: bool) -> dict[str, Any]:
    """An axis of estimates with even ticks to both of its ends: logarithmic for ratios."""
    named = {"tickvals": list(ticks), "ticktext": [short(tick) for tick in ticks]}
    ends = [log10(ticks[0]), log10(ticks[-1])] if ratio else [ticks[0], ticks[-1]]
    room = 0.02 * (ends[1] - ends[0])
    span = {"range": [ends[0] - room, ends[1] + room], "zeroline": False}
    return {"type": "log" if ratio else "linear", **named, **span}


def ticks_of(found: Sequence[Estimate], ratio: bool, scale: float) -> list[float]:
    """Even ticks that hold all limits with no difference between them; of ratios from 0.1 to 10."""
    ends = [scale * side for each in found for side in sides_of(each)]
    if not ratio:
        most = max([10.0, *map(abs, ends)])
        step = next((each for each in _STEPS if most <= 2 * each), _STEPS[-1])
        return [step * at for at in (-2, -1, 0, 1, 2)]
    low, high = min([0.5, *ends]), max([2.0, *ends])
    doubles = _between(_DOUBLES, low, high)
    fits = len(doubles) <= _MOST and doubles[0] <= low and high <= doubles[-1]
    return doubles if fits else _between(_TENFOLD, low, high)


def _between(ladder: Sequence[float], low: float, high: float) -> list[float]:
    """The steps of a ladder from the last at or below one end to the first at or above another."""
    first = max((each for each in ladder if each <= low), default=ladder[0])
    last = min((each for each in ladder if each >= high), default=ladder[-1])
    return [each for each in ladder if first <= each <= last]
