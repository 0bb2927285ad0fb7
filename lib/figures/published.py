"""Published cohorts beside one's own: rates of response at the left, medians at the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isnan

from lib.figures import theme
from lib.figures.spec import Figure, scatter
from lib.language import _
from lib.statistics.estimate import Estimate
from lib.statistics.proportions import Proportion
from lib.text import number, percent

_ROW, _LEFT = 34, 200
_COLOUR = "#5B6B78"
_RATES, _MEDIANS = [0.0, 0.54], [0.7, 1.0]
_STEP = 12  # months from tick to tick


@dataclass(frozen=True, slots=True)
class Row:
    """A cohort as it is drawn; what it does not tell is None."""

    title: str
    objective: Proportion | None
    control: Proportion | None
    median: Estimate | None
    own: bool = False


def cohorts_beside(rows: Sequence[Row]) -> Figure:
    """Draw each cohort's rates and median with their limits, from the top down."""
    figure = Figure()
    heights = [-float(at) for at in range(len(rows))]
    objective = [each.objective.estimate if each.objective else None for each in rows]
    control = [each.control.estimate if each.control else None for each in rows]
    median = [each.median for each in rows]
    looks = (
        (_("Objective response"), objective, "circle", 0.14, "x", 100.0),
        (_("Disease control"), control, "diamond-open", -0.14, "x", 100.0),
        (_("Median overall survival"), median, "square", 0.0, "x2", 1.0),
    )
    for name, estimates, symbol, up, axis, scale in looks:
        found = [
            (row, height + up, estimate)
            for row, height, estimate in zip(rows, heights, estimates, strict=True)
            if estimate is not None and not isnan(estimate.value)
        ]
        _limits(figure, found, axis, scale)
        figure.add_trace(
            scatter(
                x=[scale * estimate.value for _row, _height, estimate in found],
                y=[height for _row, height, _estimate in found],
                xaxis=axis,
                mode="markers",
                cliponaxis=False,
                name=name,
                marker={
                    "symbol": symbol,
                    "size": 9,
                    "color": _COLOUR,
                    "line": {"width": 2},
                },
                **theme.on_hover([_hover(row, name, each, scale) for row, _height, each in found]),
            )
        )
    longest = max(
        [24.0]
        + [
            side
            for row in rows
            if row.median is not None
            for side in (row.median.value, row.median.high)
            if not isnan(side)
        ]
    )
    end = _STEP * ceil(longest / _STEP)
    figure.update_layout(
        xaxis={"domain": _RATES, "range": [-2, 102], "tick0": 0, "dtick": 50, "tickangle": 0},
        xaxis2={
            "domain": _MEDIANS,
            "range": [-0.02 * end, 1.02 * end],
            "dtick": _STEP * ceil(end / _STEP / 2),  # as many as a narrow screen has room for
            "tickangle": 0,
            "anchor": "y",
        },
    )
    figure.update_layout(
        xaxis_title=_("% of patients"), xaxis2_title=_("Months"), xaxis2_zeroline=False
    )
    for row, height in zip(rows, heights, strict=True):
        if row.own:  # one's own stands on a pale ground
            span = {"y0": height - 0.5, "y1": height + 0.5, "xref": "paper", "x0": 0, "x1": 1}
            ground = {"fillcolor": theme.pale(_COLOUR, 0.12), "line_width": 0, "layer": "below"}
            figure.add_shape(type="rect", **span, **ground)
    named = [_title(row) for row in rows]
    theme.in_lines(figure, heights, named, [heights[-1] - 0.7, 0.7])
    figure = theme.dressed(figure, 110 + _ROW * len(rows))
    return theme.with_room(figure.update_layout(margin_l=_LEFT))


def _title(row: Row) -> str:
    title = "<br>".join(theme.wrapped(row.title))
    return f"<b>{title}</b>" if row.own else title


def _limits(
    figure: Figure, found: Sequence[tuple[Row, float, Estimate]], axis: str, scale: float
) -> None:
    """Lines between limits, one trace for all."""
    x: list[float | None] = []
    y: list[float | None] = []
    for _row, height, each in found:
        if not isnan(each.low) and not isnan(each.high):
            x += [scale * each.low, scale * each.high, None]
            y += [height, height, None]
    line = {"color": theme.GREY, "width": 2}
    figure.add_trace(
        scatter(x=x, y=y, xaxis=axis, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    )


def _hover(row: Row, name: str, found: Estimate, scale: float) -> str:
    value = percent(found.value) if scale > 1 else number(found.value)
    return _("{cohort}, {what}: {value}").format(
        cohort=theme.brief(row.title, 80), what=name, value=value
    )
