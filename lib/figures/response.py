"""Response at fixed times as bars that each add up to all treated."""

from collections.abc import Sequence

from lib.analyses.response import GroupResponse, ResponseAt
from lib.analyses.states import STATES
from lib.figures import theme
from lib.figures.spec import Figure, Part, put
from lib.language import N_, _
from lib.schema import Level
from lib.text import count_of, months, out_of, whole

_BAR = 40
_GIVES = 10  # pixels by which a bar and its name are less high on a low window
_SMALL_BAR = 40
_THICK = 0.48
_SINKS = -2  # pixels of the room under words, which their own bar is nearer than the one above
_WIDTH, _SIGN, _MARK, _CLEAR = 299, 7, 3.6, 1.3
"""Pixels of all treated where a bar is narrowest, which is one column of a journal, of a digit of
its words, of a mark between digits, and beside them."""
_NAME, _SHORT_LINE, _BOLD, _LINE = 54, 66, len("<b></b>"), 15
"""Signs of the line above a bar, which a narrow screen holds, so that what is longer takes two; the
same in a small figure, with the signs of its tags; those signs; pixels of the second line."""
_SHORT = {
    "lost": N_("no scan"),
    "aside": N_("set aside"),
    "died": N_("died before a scan"),
}
"""What a state is called on the line of a bar's name, where its code says something else."""


def response_bars(
    times: Sequence[ResponseAt], groups: Sequence[Sequence[GroupResponse]], brief: bool = False
) -> Figure:
    """Draw the states of each group at each time as a bar of 100%, with k/n in its parts, or k.

    `times`: one panel each. `groups`: the bars of each panel, from top to bottom. `brief`: whether
    there is one line above a bar; where it is too short, parts too narrow for their count have
    none.
    """
    above = [
        _above(panel_title(time, is_short=True), bars, brief)
        for time, bars in zip(times, groups, strict=True)
    ]
    pitch = _BAR + _LINE * any(len(lines) > 1 for panel in above for lines in panel)
    figure = Figure([max(1, len(bars)) for bars in groups], min(0.02, 0.06 / max(1, len(times))))
    shown: set[str] = set()
    for row, bars in enumerate(groups, start=1):
        for index, state in enumerate(STATES[:-1]):
            counts = [int(bar.counts[index]) for bar in bars]
            if any(counts):
                segment = _segment(state, bars, counts, state.code not in shown)
                put(segment, {"width": _THICK * _BAR / pitch})
                figure.add_trace(segment, row=row)
                shown.add(state.code)
        _name_bars(figure, row, above[row - 1], pitch)
    figure.update_xaxes(**theme.shares(0, 1), fixedrange=True)
    figure.update_xaxes(title=_("Share of all treated"), row=len(times))
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    bars_in_all = sum(len(bars) for bars in groups)
    theme.dressed(figure, 78 + pitch * bars_in_all + 14 * len(times))
    figure.update_layout(margin={"l": 14, "r": 18, "t": 30}, legend={"y": 1.0})
    return figure if brief else theme.lower(figure, _GIVES * bars_in_all)


def small_bars(times: Sequence[ResponseAt], groups: Sequence[Sequence[GroupResponse]]) -> Figure:
    """Draw the same bars closer together and without a scale, for where there is little room.

    States have their short names.
    """
    figure = response_bars(times, groups, brief=True)
    for each in figure.data:
        put(each, {"name": _(_short(each["legendgroup"])), "textfont_size": 12})
    figure.update_xaxes(visible=False)
    height = _SMALL_BAR * sum(map(len, groups)) + 8 * len(times)
    figure = theme.small(figure, height + 40)
    return figure.update_layout(margin={"l": 4, "b": 8})


def _name_bars(figure: Figure, row: int, above: Sequence[Sequence[str]], pitch: int) -> None:
    """Write each bar's name above it, which leaves the whole width to the bar.

    `pitch`: pixels from one bar to the next.
    """
    top = 0.5 * _THICK * _BAR / pitch
    place = {"yanchor": "bottom", "xanchor": "left", "align": "left", "yshift": _SINKS, "row": row}
    for at, lines in enumerate(above):
        theme.write(figure, "<br>".join(lines), 0, at - top, 12, **place)
    span = [len(above) - 0.5, -0.75]
    figure.update_yaxes(**theme.BARE, range=span, showticklabels=False, row=row)


def _above(title: str, bars: Sequence[GroupResponse], brief: bool) -> list[list[str]]:
    """The lines above each bar of a panel: whose it is, and what is too narrow to be counted in it.

    The first begins with the panel's title. `brief`: as for `response_bars`.
    """
    found = []
    for at, bar in enumerate(bars):
        name, slivers = _named(bar, "" if at else title), _slivers(bar)
        longest = _SHORT_LINE if brief else _NAME + _BOLD * (at == 0)
        if not slivers or len(name + slivers) < longest:
            found.append([f"{name} {slivers}".strip()])
        else:
            found.append([name] if brief else [name, slivers])
    return found


def _named(bar: GroupResponse, title: str) -> str:
    """Whose a bar is, after a title if there is one, cut where it is longer than a line holds."""
    beside = _("{group}, n = {n}").format(group=f"{title}: " if title else "", n=bar.treated)
    group = theme.name(bar.level, _NAME - len(beside))
    name = _("{group}, n = {n}").format(group=group, n=bar.treated)
    return f"<b>{title}</b>: {name}" if title else name


def _slivers(bar: GroupResponse) -> str:
    """The parts too narrow to hold their own count, in brackets: how many, of the n beside it."""
    found = [
        f"{_(_short(state.code))} {whole(k)}"
        for state, k in zip(STATES[:-1], bar.counts.tolist(), strict=False)
        if k and not _count(k, bar.treated)
    ]
    return f"({', '.join(found)})" if found else ""


def _count(k: int, n: int) -> str:
    """k/n in a part of a bar, or k where that alone has room; '' where neither has, and of none."""
    room = _WIDTH * k / n if k else 0
    said = out_of(k, n), whole(k)
    return next((each for each in said if _wide(each) <= room), "")


def _wide(count: str) -> float:
    """Pixels that a count takes: a mark between thousands is narrower than a digit."""
    digits = sum(map(str.isdigit, count))
    return _SIGN * digits + _MARK * (len(count) - digits) + _CLEAR


def _short(code: str) -> str:
    return _SHORT.get(code, code)


def panel_title(time: ResponseAt, is_short: bool = False) -> str:
    """What a panel shows; short beside the name of a bar, on a line that a narrow screen holds."""
    if time.months:
        return _("At {time}").format(time=months(time.months))
    if time.confirmed is None:
        return _("Best response")
    if is_short:
        return _("Best, confirmed") if time.confirmed else _("Best, unconfirmed")
    return _("Best response, confirmed") if time.confirmed else _("Best response, unconfirmed")


def _segment(
    state: Level, bars: Sequence[GroupResponse], counts: Sequence[int], in_legend: bool
) -> Part:
    """The part of each bar that one state takes."""
    name = theme.name(state)
    return theme.state_bar(
        state,
        orientation="h",
        y=list(range(len(bars))),
        x=[k / bar.treated if bar.treated else 0 for k, bar in zip(counts, bars, strict=True)],
        text=[_count(k, bar.treated) for k, bar in zip(counts, bars, strict=True)],
        textfont_size=12,
        width=_THICK,
        legendrank=STATES.index(state),
        showlegend=in_legend,
        hovertext=[
            f"{name}: {count_of(k, bar.treated)}<br>{theme.name(bar.level)}"
            for k, bar in zip(counts, bars, strict=True)
        ],
        # the level that a click selects; all patients are none
        customdata=[[theme.safe(bar.level.code) if bar.level.of else ""] for bar in bars],
    )
