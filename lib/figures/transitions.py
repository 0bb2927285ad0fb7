"""From state to state over time: bars of all patients, and bands of those who go each way."""

from collections.abc import Iterator

import numpy as np

from lib.analyses.states import STATES
from lib.analyses.transitions import Passage, Transitions
from lib.figures import theme
from lib.figures.spec import Figure, Part, scatter
from lib.language import _
from lib.recist import NON_CR_NON_PD
from lib.schema import Level
from lib.text import count_of, months, short, whole

_HEIGHT = 420
_HALF = 0.16  # half of the width of a bar, where two times are 1 apart
_POINTS = 24
_NARROW = 0.025  # the share of all patients below which a part of a bar does not hold its count
_LONG = [state.code for state in STATES].index(NON_CR_NON_PD)
"""The state whose name fills a line of a narrow screen."""
_COLOURLESS = "#A9B4BC"
_WHITE = "#FFFFFF"


def alluvial(found: Transitions) -> Figure:
    """Draw a bar of all patients at each time, and between two a band for each way taken.

    `found`: of at least one time and one patient. Times lie at 0, 1, 2 and so on; heights are
    patients, from CR at the top down. Bands have the colour of the state that they come from.
    """
    figure = Figure()
    for at, passage in enumerate(found.passages):
        for before, after, band in _bands(passage):
            figure.add_trace(_band(passage, at, before, after, band))
    for index, state in enumerate(STATES):
        if found.counts[:, index].any():
            figure.add_trace(_bars(found, index, state))
    n = found.provenance.n
    figure.update_xaxes(
        title=_("Months from the first procedure"),
        tickvals=list(range(len(found.times))),
        ticktext=[short(time) for time in found.times],
        range=[-0.3, len(found.times) - 0.7],
        **theme.BARE,
    )
    figure.update_yaxes(range=[n, 0], showticklabels=False, **theme.BARE)
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    shown = found.counts.sum(axis=0) > 0
    line = 19 if shown[_LONG] else 10  # on a narrow screen a line holds one state, or two
    legend = 36 + line * int(shown.sum())
    theme.dressed(figure, _HEIGHT + legend + 48)
    return figure.update_layout(margin={"l": 8, "t": legend}, bargap=0)


def _bands(passage: Passage) -> Iterator[tuple[int, int, tuple[float, float, float]]]:
    """The ways taken: state before, state after, and (top before, top after, width)."""
    counts = passage.counts
    leaves = np.concatenate([[0], np.cumsum(counts.sum(axis=1))])
    comes = np.concatenate([[0], np.cumsum(counts.sum(axis=0))])
    left, right = leaves.astype(float), comes.astype(float)
    for before, after in np.argwhere(counts).tolist():
        width = float(counts[before, after])
        yield before, after, (float(left[before]), float(right[after]), width)
        left[before] += width
        right[after] += width


def _band(
    passage: Passage, at: int, before: int, after: int, band: tuple[float, float, float]
) -> Part:
    top_before, top_after, width = band
    start, end = STATES[before], STATES[after]
    along = np.linspace(0, 1, _POINTS)
    x = at + _HALF + along * (1 - 2 * _HALF)
    top = top_before + (top_after - top_before) * along**2 * (3 - 2 * along)
    words = _("{start} at {from_time}, {end} at {to_time}: {count}").format(
        start=theme.name(start),
        end=theme.name(end),
        from_time=months(passage.start),
        to_time=months(passage.end),
        count=count_of(int(width), int(passage.counts.sum())),
    )
    colour = theme.STATE_COLOURS[start.code]
    return scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([top, top[::-1] + width]),
        mode="lines",
        fill="toself",
        fillcolor=theme.pale(_COLOURLESS if colour == _WHITE else colour, 0.45),
        line={"width": 0.4, "color": theme.pale("#5B6B78", 0.5)},
        hoveron="fills",
        name=words,
        text=words,
        hoverinfo="text",
        legendgroup=start.code,
        showlegend=False,
    )


def _bars(found: Transitions, index: int, state: Level) -> Part:
    """The part of each bar that one state takes."""
    counts = found.counts[:, index].tolist()
    n = found.provenance.n
    name = theme.name(state)
    return theme.state_bar(
        state,
        x=list(range(len(counts))),
        y=counts,
        width=2 * _HALF,
        text=[whole(k) if k > _NARROW * n else "" for k in counts],
        textfont_size=12,
        hovertext=[
            _("{state} at {time}: {count}").format(
                state=name, time=months(time), count=count_of(k, n)
            )
            for time, k in zip(found.times, counts, strict=True)
        ],
    )
