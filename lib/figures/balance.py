"""How alike two arms are at baseline, column by column, before and after weighting."""

from collections.abc import Sequence
from math import isnan

import plotly.graph_objects as go

from lib.figures import theme
from lib.language import _
from lib.schema import Column
from lib.statistics.balance import Balance
from lib.text import label, number

USUAL = 0.1
"""Above it groups are commonly called unbalanced (Austin 2009)."""
BEFORE, AFTER = "#5B6B78", "#0072B2"
_ROW = 26


def love_plot(
    before: Sequence[tuple[Column, Balance]], after: Sequence[tuple[Column, Balance]] = ()
) -> go.Figure:
    """Draw the size of each standardized difference, and the size that chance reaches.

    Parameters
    ----------
    before, after : sequence of (Column, Balance)
        Unweighted, and weighted where that was possible; what is not estimable is not drawn.

    Returns
    -------
    Figure
        The largest difference before weighting on top. A grey bar behind each row reaches as far
        as chance does, once in twenty: by the patients, and after weighting by their effective
        number.
    """
    drawn = [(column, found) for column, found in before if not isnan(found.value)]
    drawn.sort(key=lambda pair: abs(pair[1].value))
    place = {column.name: at for at, (column, _found) in enumerate(drawn)}
    weighted = [
        (column, found)
        for column, found in after
        if column.name in place and not isnan(found.value)
    ]
    figure = go.Figure()
    _band(figure, drawn, place, _("Chance, before weighting") if weighted else _("Chance"), 0.16)
    _points(figure, drawn, place, _("Before weighting") if weighted else _("The arms"), False)
    if weighted:
        _reach(figure, weighted, place, _("Chance, after weighting"))
        _points(figure, weighted, place, _("After weighting"), True)
    figure.add_vline(x=USUAL, line={"color": "#8A8F94", "width": 1, "dash": "dash"})
    widest = max(
        [USUAL, *(max(abs(b.value), b.band) for _column, b in drawn)]
        + [max(abs(b.value), b.band) for _column, b in weighted]
    )
    figure.update_xaxes(
        title=_("Standardized difference"),
        range=[-0.03 * widest, 1.06 * widest],
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
) -> None:
    figure.add_trace(
        go.Bar(
            x=[balance.band for _column, balance in found],
            y=[place[column.name] for column, _balance in found],
            orientation="h",
            width=0.86,
            marker={"color": theme.pale(BEFORE, opacity), "line": {"width": 0}},
            name=name,
            hoverinfo="skip",
        )
    )


def _reach(
    figure: go.Figure, found: Sequence[tuple[Column, Balance]], place: dict[str, int], name: str
) -> None:
    """How far chance reaches among the weighted, of whom there are fewer than seem."""
    figure.add_trace(
        go.Scatter(
            x=[balance.band for _column, balance in found],
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
) -> None:
    hover = [
        _("{column}: {value}; by chance up to {band}").format(
            column=theme.brief(label(column), 80),
            value=number(abs(balance.value), 2),
            band=number(balance.band, 2),
        )
        for column, balance in found
    ]
    figure.add_trace(
        go.Scatter(
            x=[abs(balance.value) for _column, balance in found],
            y=[place[column.name] for column, _balance in found],
            mode="markers",
            marker={
                "symbol": "circle" if weighted else "circle-open",
                "size": 9,
                "color": AFTER if weighted else BEFORE,
                "line": {"width": 2},
            },
            name=name,
            text=hover,
            hovertemplate="%{text}<extra></extra>",
        )
    )
