"""Response at fixed times as bars that each add up to all treated."""

from collections.abc import Sequence

from lib.analyses.response import GroupResponse, ResponseAt
from lib.analyses.states import STATES
from lib.figures import theme
from lib.figures.spec import Figure, Part, put
from lib.language import N_, _
from lib.schema import Level
from lib.text import count_of, months, out_of, whole

_BAR = 44
_SMALL_BAR = 40
_TITLE = 18  # pixels of a panel's title, which has a line of its own where there is room
_THICK = 0.55
_WIDTH, _SIGN, _MARK, _CLEAR = 299, 7, 3.6, 1.3
"""Pixels of all treated where a bar is narrowest, which is one column of a journal, of a digit of
its words, of a mark between digits, and beside them."""
_LONG, _SHORT_LINE, _NAME, _LINE = 1000, 66, 54, 15
"""Signs of the line above a bar, with its tags, where there is room and where there is not; how
many of them a narrow screen holds, so that what is longer takes two; pixels of the second."""
_SHORT = {
    "lost": N_("no scan"),
    "aside": N_("set aside"),
    "died": N_("died before a scan"),
}
"""What a state is called on the line of a bar's name, where its code says something else."""


def response_bars(
    times: Sequence[ResponseAt], groups: Sequence[Sequence[GroupResponse]], longest: int = _LONG
) -> Figure:
    """Draw the states of each group at each time as a bar of 100%, with k/n in its parts, or k.

    `times`: one panel each. `groups`: the bars of each panel, from top to bottom. `longest`: signs
    that there is room for above a bar; where they are more, parts too narrow for their count have
    none.
    """
    roomy = longest == _LONG
    pitch = _BAR + _LINE * (roomy and any(len(_above(bar)) > 1 for bars in groups for bar in bars))
    figure = Figure(
        [max(1, len(bars)) + roomy * _TITLE / pitch for bars in groups],
        min(0.05, 0.15 / max(1, len(times))),
    )
    shown: set[str] = set()
    for row, (time, bars) in enumerate(zip(times, groups, strict=True), start=1):
        for index, state in enumerate(STATES[:-1]):
            counts = [int(bar.counts[index]) for bar in bars]
            if any(counts):
                segment = _segment(state, bars, counts, state.code not in shown)
                put(segment, {"width": _THICK * _BAR / pitch})
                figure.add_trace(segment, row=row)
                shown.add(state.code)
        _name_bars(figure, row, panel_title(time, is_short=True), bars, longest, pitch)
    figure.update_xaxes(**theme.shares(0, 1), fixedrange=True)
    figure.update_xaxes(title=_("Share of all treated"), row=len(times))
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    bars_in_all = sum(len(bars) for bars in groups)
    theme.dressed(figure, 146 + pitch * bars_in_all + (26 + roomy * _TITLE) * len(times))
    return figure.update_layout(
        margin={"l": 14, "r": 18, "t": 92},
        legend={"y": 1.0, "yref": "container", "yanchor": "top", "font": {"size": 13}},
    )


def small_bars(times: Sequence[ResponseAt], groups: Sequence[Sequence[GroupResponse]]) -> Figure:
    """Draw the same bars closer together and without a scale, for where there is little room.

    States have their short names.
    """
    figure = response_bars(times, groups, _SHORT_LINE)
    for each in figure.data:
        put(each, {"name": _(_short(each["legendgroup"])), "textfont_size": 12})
    figure.update_xaxes(visible=False)
    height = _SMALL_BAR * sum(map(len, groups)) + 8 * len(times)
    figure = theme.small(figure, height + 40)
    return figure.update_layout(margin={"l": 4, "b": 8})


def _name_bars(
    figure: Figure,
    row: int,
    title: str,
    bars: Sequence[GroupResponse],
    longest: int,
    pitch: int,
) -> None:
    """Write each bar's name above it, which leaves the whole width to the bar.

    `pitch`: pixels from one bar to the next.
    """
    roomy, top = longest == _LONG, 0.29 * _BAR / pitch
    place = {"yanchor": "bottom", "xanchor": "left", "align": "left", "row": row}
    for at, bar in enumerate(bars):
        lines = _above(bar)
        if not roomy:
            name, slivers = _named(bar), _slivers(bar)
            words = f"<b>{title}</b>: {name}" if at == 0 else name
            lines = [f"{words} {slivers}" if len(words + slivers) < longest else words]
        theme.write(figure, "<br>".join(lines).strip(), 0, at - top, 12, **place)
        if at == 0 and roomy:
            above = _TITLE + _LINE * (len(lines) - 1)
            theme.write(figure, f"<b>{title}</b>", 0, -top, 12, **place, yshift=above)
    span = [len(bars) - 0.5, -0.75 - roomy * _TITLE / pitch]
    figure.update_yaxes(**theme.BARE, range=span, showticklabels=False, row=row)


def _above(bar: GroupResponse) -> list[str]:
    """The name of a bar and what is too narrow to be counted in it, in as few lines as hold it."""
    name, slivers = _named(bar), _slivers(bar)
    if not slivers or len(name + slivers) < _NAME:
        return [f"{name} {slivers}".strip()]
    return [name, slivers]


def _named(bar: GroupResponse) -> str:
    beside = _("{group}, n = {n}").format(group="", n=bar.treated)
    group = theme.name(bar.level, _NAME - len(beside))
    return _("{group}, n = {n}").format(group=group, n=bar.treated)


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
