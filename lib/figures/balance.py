"""How alike two arms are at baseline, column by column, before and after weighting."""

from collections.abc import Sequence
from math import isfinite, isinf, isnan

import plotly.graph_objects as go

from lib.figures import theme
from lib.language import _
from lib.schema import Column
from lib.statistics.balance import Balance
from lib.text import label, number

USUAL = 0.1  # above it groups are commonly called unbalanced (Austin 2009)
BEFORE, AFTER = "#5B6B78", "#0072B2"
_ROW = 26
_END = 1.15  # where an infinite difference is drawn, as a multiple of the largest that is finite


def love_plot(
    before: Sequence[tuple[Column, Balance]], after: Sequence[tuple[Column, Balance]] = ()
) -> go.Figure:
    """Draw the size of each standardized difference, and the size that chance reaches.

    `before`, `after`: unweighted, and weighted where that was possible; what is not estimable is
    not drawn. What has nothing in common in both arms is a triangle, at the right end where it is
    infinite. Gives the largest difference before weighting on top. A grey bar behind each row
    reaches as far as chance does, once in twenty: by the patients, and after weighting by their
    effective number.
    """
    drawn = [(column, found) for column, found in before if not isnan(found.value)]
    drawn.sort(key=lambda pair: abs(pair[1].value))
    place = {column.name: at for at, (column, _found) in enumerate(drawn)}
    weighted = [
        (column, found)
        for column, found in after
        if column.name in place and not isnan(found.value)
    ]
    widest = max(
        [USUAL] + [size for _column, b in (*drawn, *weighted) for size in (abs(b.value), b.band)],
        key=lambda size: size if isfinite(size) else 0,
    )
    end = _END * widest if any(isinf(found.value) for _column, found in drawn) else widest
    figure = go.Figure()
    chance = _("Chance, before weighting") if weighted else _("Chance")
    _band(figure, drawn, place, chance, 0.16, end)
    before_name = _("Before weighting") if weighted else _("The arms")
    _points(figure, drawn, place, before_name, False, end)
    if weighted:
        _reach(figure, weighted, place, _("Chance, after weighting"), end)
        _points(figure, weighted, place, _("After weighting"), True, end)
    figure.add_vline(x=USUAL, line={"color": "#8A8F94", "width": 1, "dash": "dash"})
    figure.update_xaxes(
        title=_("Standardized difference"),
        range=[-0.03 * end, 1.06 * end],
        zeroline=False,
    )
    figure.update_yaxes(
        tickvals=list(place.values()),
        ticktext=[theme.brief(label(column)) for column, _found in drawn],
        range=[-0.7, len(drawn) - 0.3],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure = theme.dressed(figure, 110 + _ROW * len(drawn))
    figure.update_layout(margin_l=190, barmode="overlay")
    return figure


def _band(
    figure: go.Figure,
    found: Sequence[tuple[Column, Balance]],
    place: dict[str, int],
    name: str,
    opacity: float,
    end: float,
) -> None:
    figure.add_trace(
        go.Bar(
            x=[min(balance.band, end) for _column, balance in found],
            y=[place[column.name] for column, _balance in found],
            orientation="h",
            width=0.86,
            marker={"color": theme.pale(BEFORE, opacity), "line": {"width": 0}},
            name=name,
            hoverinfo="skip",
        )
    )


def _reach(
    figure: go.Figure,
    found: Sequence[tuple[Column, Balance]],
    place: dict[str, int],
    name: str,
    end: float,
) -> None:
    """How far chance reaches among the weighted, of whom there are fewer than seem."""
    figure.add_trace(
        go.Scatter(
            x=[min(balance.band, end) for _column, balance in found],
            y=[place[column.name] for column, _balance in found],
            mode="markers",
            marker={
                "symbol": "line-ns-open",
                "size": 14,
                "color": AFTER,
                "line": {"width": 1.5},
            },
            name=name,
            hoverinfo="skip",
        )
    )


def _points(
    figure: go.Figure,
    found: Sequence[tuple[Column, Balance]],
    place: dict[str, int],
    name: str,
    weighted: bool,
    end: float,
) -> None:
    hover = [_hover(column, balance) for column, balance in found]
    opened = "" if weighted else "-open"
    figure.add_trace(
        go.Scatter(
            x=[min(abs(balance.value), end) for _column, balance in found],
            y=[place[column.name] for column, _balance in found],
            mode="markers+text",
            marker={
                "symbol": [
                    f"triangle-right{opened}" if complete(balance) else f"circle{opened}"
                    for _column, balance in found
                ],
                "size": 9,
                "color": AFTER if weighted else BEFORE,
                "line": {"width": 2},
            },
            name=name,
            text=[_("complete") if isinf(balance.value) else "" for _column, balance in found],
            textposition="middle left",
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )


def complete(found: Balance) -> bool:
    """Whether nothing is common to both arms."""
    return found.apart or isinf(found.value)


def _hover(column: Column, found: Balance) -> str:
    name = theme.brief(label(column), 80)
    if complete(found):
        return _("{column}: complete, nothing is common to both arms").format(column=name)
    return _("{column}: {value}; by chance up to {band}").format(
        column=name, value=number(abs(found.value), 2), band=number(found.band, 2)
    )
