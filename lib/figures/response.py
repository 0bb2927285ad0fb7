"""Response at fixed times as bars that each add up to all treated."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.analyses.response import STATES, GroupResponse, ResponseAt
from lib.figures import theme
from lib.language import _
from lib.text import count_of, months

_BAR = 44


def response_bars(
    times: Sequence[ResponseAt], groups: Sequence[Sequence[GroupResponse]]
) -> go.Figure:
    """Draw the states of each group at each time as a bar of 100 %, with k/n in its parts.

    Parameters
    ----------
    times : sequence of ResponseAt
        One panel each.
    groups : sequence of sequences of GroupResponse
        The bars of each panel, from top to bottom.
    """
    figure = make_subplots(
        rows=len(times),
        cols=1,
        shared_xaxes=True,
        subplot_titles=[panel_title(time) for time in times],
        row_heights=[max(1, len(bars)) for bars in groups],
        vertical_spacing=min(0.12, 0.3 / max(1, len(times))),
    )
    shown: set[str] = set()
    for row, bars in enumerate(groups, start=1):
        for index, state in enumerate(STATES[:-1]):
            counts = [int(bar.counts[index]) for bar in bars]
            if not any(counts):
                continue
            figure.add_trace(
                _segment(state.code, theme.name(state), bars, counts, state.code not in shown),
                row=row,
                col=1,
            )
            shown.add(state.code)
        figure.update_yaxes(autorange="reversed", fixedrange=True, row=row, col=1)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_xaxes(title=_("Share of all treated"), row=len(times), col=1)
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    bars_in_all = sum(len(bars) for bars in groups)
    theme.dressed(figure, 150 + _BAR * bars_in_all + 52 * len(times))
    return figure.update_layout(
        margin={"l": 8, "t": 96}, legend={"y": 1.0, "yref": "container", "yanchor": "top"}
    ).update_yaxes(automargin=True)


def panel_title(time: ResponseAt) -> str:
    """What a panel shows."""
    return (
        _("Best response") if not time.months else _("At {time}").format(time=months(time.months))
    )


def _segment(
    code: str, name: str, bars: Sequence[GroupResponse], counts: Sequence[int], in_legend: bool
) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=[theme.name(bar.level) for bar in bars],
        x=[k / bar.treated if bar.treated else 0 for k, bar in zip(counts, bars, strict=True)],
        text=[f"{k}/{bar.treated}" if k else "" for k, bar in zip(counts, bars, strict=True)],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        name=name,
        legendgroup=code,
        showlegend=in_legend,
        hovertext=[
            f"{name}: {count_of(k, bar.treated)}" for k, bar in zip(counts, bars, strict=True)
        ],
        hovertemplate="%{hovertext}<extra>%{y}</extra>",
        marker={
            "color": theme.STATE_COLOURS[code],
            "line": {"color": "#5B6B78", "width": 0.6},
            "pattern": {"shape": theme.STATE_PATTERNS.get(code, ""), "fgcolor": "#5B6B78"},
        },
    )
