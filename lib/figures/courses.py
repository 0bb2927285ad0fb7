"""Every patient as a bar, a line or a lane; and one patient's course."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isnan
from typing import Any, TypeVar

from lib.analyses import patients
from lib.analyses.counted import NO_VALUE
from lib.analyses.patients import Bar, Lane, Line, Mark, Point
from lib.analyses.survival import ticks_to
from lib.figures import theme
from lib.figures.spec import Figure, Part, bar, scatter
from lib.language import N_, _
from lib.schema import MODALITIES, RESPONSES, Level
from lib.text import change, number, of_code, share

Drawn = TypeVar("Drawn", bound=Bar | Line | Lane)
Look = TypeVar("Look")
TALLEST = 1.0  # a bar that rises higher is cut there; where there is room it says how high it is
HIGHEST = 2.0  # the axis of lines ends there
NAMED = 80  # so many patients, and no more, can have their codes under their bars
_DOTTED = 400  # so many lines of a group, and no more, have a point at each assessment
_FLAT = 0.004
"""A bar of a change nearer to 0 is drawn from so far below to so far above, to be seen."""
_PROGRESSED = N_("First assessment with progression")
_WHITE_EDGE = {"color": "#FFFFFF", "width": 0.8}
_HATCH = {"fgcolor": "#FFFFFF", "solidity": 0.35}
_BAR, _WIDE = 0.85, 0.9  # how much of its place a bar takes, and a lane of its
_LANE = 22
_GIVES = 190  # pixels by which bars and lines are less high on a low window
_GUIDES, _GUIDED = (0.2, -0.3), 11  # and how large their words are
_SIGNS = {
    patients.GREW: "triangle-up",
    patients.NEW_LESION: "star",
    patients.NONTARGET: "diamond",
    patients.BY_LETTER: "circle",
}
_ENDS = {
    patients.DEATH: ("x", theme.DIED),
    patients.UNDATED_DEATH: ("x-open", theme.DIED),
    patients.ALIVE: ("triangle-right", theme.SINGLE_COLOUR),
    patients.LOST: ("square-x-open", theme.SINGLE_COLOUR),
    patients.LAST_KNOWN: ("circle-open", theme.SINGLE_COLOUR),
}
_PROGRESSIONS = {
    "progression": (N_("Progression"), "cross"),
    "hepatic": (N_("Progression in the liver"), "cross-open"),
    "extrahepatic": (N_("Progression outside the liver"), "cross-thin"),
}
_ROWS = {"procedure": 0.24, "baseline": -0.24, "assessment": -0.24, "response": -0.24}
"""Where in its lane a mark is: procedures above, assessments below, the rest in the middle."""
_NEAR = 0.35
_APART = 0.13


# Waterfall ------------------------------------------------------------------------------------


def waterfall(bars: Sequence[Bar], levels: Sequence[Level], named: bool = False) -> Figure:
    """Draw the best change of each patient as a bar, with how progression showed at its end.

    `bars`: all are drawn, in this order from left to right; of more than `NAMED` without the
    symbols and the hatching, which could not be told apart there. `levels`: all of the cohort,
    whichever the bars have: they give the colours. `named`: whether patients' codes stand under the
    bars; of at most `NAMED`.
    """
    figure = Figure()
    roomy = len(bars) <= NAMED
    names = theme.codes([bar.patient_id for bar in bars])
    places = {bar.patient_id: name for bar, name in zip(bars, names, strict=True)}
    for level, colour, pattern, chosen in _by_level(bars, levels, theme.patterns(levels)):
        figure.add_trace(_bars(chosen, level, places, (colour, pattern), roomy))
    if roomy and any(bar.best == "PD" for bar in bars):
        figure.add_trace(_hatched())
    tips: dict[str, int] = {}
    for sign, symbol in _SIGNS.items() if roomy else ():
        seen = [bar for bar in bars if sign in bar.signs]
        if seen:
            figure.add_trace(_signs(seen, sign, symbol, places, tips))
    _guide(figure)
    figure.update_yaxes(title=_("Best change of the sum from baseline"), zeroline=True)
    figure.update_yaxes(**theme.shares(*_span([min(bar.change, TALLEST) for bar in bars])))
    figure.update_yaxes(zerolinecolor=theme.GREY, title_standoff=4)
    _names(figure, names, named)
    theme.lower(theme.dressed(figure, 520), _GIVES)
    figure.update_xaxes(range=[-0.8, max(len(bars), 4) - 0.2])
    figure = with_legend(figure.update_layout(barmode="overlay"))
    if not (named and roomy):
        return figure
    more = theme.room(names, 11)  # which stand upright under the bars
    under, height = figure.layout["margin"]["b"] + more, figure.layout["height"] + more
    return figure.update_layout(margin_b=under, height=height)


def _by_level(
    drawn: Sequence[Drawn], levels: Sequence[Level], looks: Sequence[Look]
) -> Iterator[tuple[Level, str, Look, list[Drawn]]]:
    """Each group that is drawn: its level, colour and look; grey for those without a value."""
    known = [level for level in levels if level != NO_VALUE]
    colours = [*theme.colours(known), *[theme.SINGLE_COLOUR] * (len(levels) - len(known))]
    for level, colour, look in zip(levels, colours, looks, strict=True):
        if chosen := [each for each in drawn if each.level == level]:
            yield level, colour, look, chosen


def _bars(
    chosen: Sequence[Bar],
    level: Level,
    places: Mapping[str, str],
    look: tuple[str, tuple[str, str, int]],
    roomy: bool,
) -> Part:
    # the legend shows the look of the first
    bars = sorted(chosen, key=lambda bar: bar.best == "PD") if roomy else list(chosen)
    flat = [abs(bar.change) < _FLAT for bar in bars]
    colour, (plain, hatched, size) = look
    return bar(
        x=[places[bar.patient_id] for bar in bars],
        width=_BAR if roomy else 1,
        base=[-_FLAT if each else 0 for each in flat],
        y=[
            2 * _FLAT if each else min(bar.change, TALLEST)
            for bar, each in zip(bars, flat, strict=True)
        ],
        customdata=[[bar.patient_id] for bar in bars],
        text=[f"{change(bar.change)} ↑" if roomy and is_cut(bar) else "" for bar in bars],
        textposition="inside",
        textangle=-90,
        constraintext="none",
        **theme.on_hover([_bar_words(bar) for bar in bars]),
        name=theme.name(level),
        marker={
            "color": colour,
            "line": {"color": colour, "width": 1.5 if roomy else 0},
            "pattern": {
                "shape": [hatched if bar.best == "PD" else plain for bar in bars]
                if roomy
                else plain,
                "size": size,
                **_HATCH,
            },
        },
    )


def is_cut(bar: Bar) -> bool:
    """Whether a bar is drawn less high than it is."""
    return bar.change > TALLEST


def _bar_words(bar: Bar) -> str:
    lines = [
        f"<b>{theme.brief(bar.patient_id)}</b>, {theme.name(bar.level)}",
        _("{change}, as the file gives it").format(change=change(bar.change))
        if bar.given
        else _("{change} at {months} months").format(
            change=change(bar.change), months=number(bar.months)
        ),
    ]
    if bar.best:
        lines.append(_("best response {best}").format(best=bar.best))
    if bar.signs:
        lines.append(
            _("progression at {months} months: {signs}").format(
                months=number(bar.progression), signs=", ".join(_(sign) for sign in bar.signs)
            )
        )
    return "<br>".join(lines)


def _hatched() -> Part:
    """The legend's word for hatched bars."""
    return bar(
        x=[None],
        y=[None],
        name=_("Hatched: best response PD"),
        marker={"color": theme.GREY, "pattern": {"shape": "/", "size": 6, **_HATCH}},
        hoverinfo="skip",
    )


def _signs(
    seen: Sequence[Bar], sign: str, symbol: str, places: Mapping[str, str], tips: dict[str, int]
) -> Part:
    """Markers beyond the bars' ends, one beyond the other where a bar has several."""
    heights = []
    for each in seen:
        tips[each.patient_id] = tips.get(each.patient_id, 0) + 1
        tip = min(each.change, TALLEST)
        heights.append(tip + (0.035 if tip >= 0 else -0.035) * tips[each.patient_id])
    return theme.marks(
        [places[bar.patient_id] for bar in seen],
        heights,
        _("Progression: {sign}").format(sign=_(sign)),
        (symbol, theme.PROGRESSED, 8),
        [_bar_words(bar) for bar in seen],
        marker_line=_WHITE_EDGE,
        cliponaxis=False,
        customdata=[[bar.patient_id] for bar in seen],
    )


def _guide(figure: Figure) -> None:
    for height in _GUIDES:
        ends = {"xref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height}
        figure.add_shape(
            type="line", **ends, line={"color": theme.GREY, "width": 1.2, "dash": "dash"}
        )
        place = {"xref": "paper", "xanchor": "left", "xshift": 4, "align": "left"}
        colour = theme.readable(theme.GREY)
        sign = "+" if height > 0 else ""
        said = f"{sign}{share(height)}<br>{_('guide')}"
        theme.write(figure, said, 1, height, _GUIDED, **place, font_color=colour)


def _span(changes: Iterable[float], most: float = TALLEST) -> list[float]:
    """The range of the axis: both guides, and all that is drawn."""
    seen = [0.2, -0.3, *changes]
    return [max(-1.12, min(seen) - 0.14), min(most, max(seen)) + 0.14]


def _names(figure: Figure, names: Sequence[str], named: bool) -> None:
    """A category for each patient, so that codes are skipped where there is no room for all."""
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(names),
        tickangle=-90,
        tickfont_size=11,
        showticklabels=named and len(names) <= NAMED,
        title=_("Patients, one bar each"),
        showgrid=False,
    )


def with_legend(figure: Figure) -> Figure:
    """Grow a figure by the room that a legend of many entries takes on a narrow screen."""
    entries = sum(trace.get("showlegend") is not False for trace in figure.data)
    left, right = theme.room_at_left(figure.layout), theme.room([_("guide")], _GUIDED)
    return figure.update_layout(
        margin={"l": max(36, left), "r": right, "b": 56, "t": 32},
        height=figure.layout["height"] + 20 * ((entries + 1) // 2),
        legend={"font": {"size": 12}},
    )


# Spider ---------------------------------------------------------------------------------------


def spider(lines: Sequence[Line], levels: Sequence[Level]) -> Figure:
    """Draw the change of each patient's sum over time as a line from baseline on.

    `levels`: all of the cohort; they give the colours and dashes.
    """
    figure = Figure()
    for level, colour, dash, chosen in _by_level(lines, levels, theme.dashes(levels)):
        figure.add_trace(_lines(chosen, level, colour, dash, pale=len(lines) > NAMED))
    for name, look, edge, field in (
        (_PROGRESSED, ("circle-open", theme.DIED, 13), {"width": 2}, "progression"),
        (N_("New lesion"), ("star", theme.PROGRESSED, 8), _WHITE_EDGE, "new_lesion"),
    ):
        seen = [(line, p) for line in lines for p in line.points if getattr(p, field)]
        if seen:
            marked = theme.marks(
                [point.months for _line, point in seen],
                [point.height for _line, point in seen],
                _(name),
                look,
                [_point_words(line, point) for line, point in seen],
                customdata=[[line.patient_id] for line, _point in seen],
            )
            marked["marker"]["line"] = edge
            figure.add_trace(marked)
    _guide(figure)
    heights = [point.height for line in lines for point in line.points]
    times = [point.months for line in lines for point in line.points]
    figure.update_xaxes(title=_("Months from the first procedure"), zeroline=False)
    figure.update_xaxes(**time_axis(min([0, *times]), max([1, *times])))
    figure.update_yaxes(title=_("Change of the sum from baseline"), title_standoff=4)
    figure.update_yaxes(**theme.shares(*_span(heights, HIGHEST)), zerolinecolor=theme.GREY)
    theme.lower(theme.dressed(figure, 500), _GIVES)
    return with_legend(figure)


def beyond(lines: Sequence[Line]) -> int:
    """How many points of the lines lie above the axis."""
    return sum(point.height > HIGHEST + 0.14 for line in lines for point in line.points)


def _lines(lines: Sequence[Line], level: Level, colour: str, dash: str, pale: bool) -> Part:
    """All lines of a group, with a gap after each; without what was not measured completely."""
    drawn: list[tuple[Line, Point | None]] = []
    for line in lines:
        drawn += [(line, point) for point in line.points if not isnan(point.change)]
        drawn.append((line, None))
    # of very many lines the points would only be a blot, and the words of each a burden
    words = len(lines) <= _DOTTED
    return scatter(
        x=[None if point is None else point.months for _line, point in drawn],
        y=[None if point is None else point.change for _line, point in drawn],
        mode="lines+markers" if words else "lines",
        connectgaps=False,
        line={"color": theme.pale(colour, 0.35 if pale else 0.8), "width": 1.4, "dash": dash},
        marker={"size": 5, "color": colour},
        customdata=[[line.patient_id] for line, _point in drawn],
        hovertext=["" if point is None else _point_words(line, point) for line, point in drawn]
        if words
        else None,
        hovertemplate="%{hovertext}<extra></extra>" if words else None,
        hoverinfo=None if words else "skip",
        name=theme.name(level),
    )


def _point_words(line: Line, point: Point) -> str:
    said = [f"<b>{theme.brief(line.patient_id)}</b>, {theme.name(line.level)}"]
    found = _("no complete sum") if isnan(point.change) else change(point.change)
    said.append(_("{change} at {months} months").format(change=found, months=number(point.months)))
    if point.response:
        said.append(point.response)
    if point.new_lesion:
        said.append(_("new lesion"))
    return "<br>".join(said)


# Swimmer --------------------------------------------------------------------------------------


def swimmer(lanes: Sequence[Lane], levels: Sequence[Level], named: bool = False) -> Figure:
    """Draw a lane for each patient, with what happened at its months.

    `lanes`: from top to bottom. `levels`: all of the cohort; they give the colours of the lanes.
    `named`: whether patients' codes stand beside the lanes.
    """
    figure = Figure()
    places = {lane.patient_id: at for at, lane in enumerate(lanes)}
    for level, colour, look, chosen in _by_level(lanes, levels, theme.patterns(levels)):
        lines = {"shape": look[0], "size": look[2], "fgcolor": theme.pale(colour, 0.8)}
        at = [places[lane.patient_id] for lane in chosen]
        figure.add_trace(_lanes(chosen, at, level, colour, lines))
    marks = [
        (lane, at + shift, mark)
        for at, lane in enumerate(lanes)
        for mark, shift in _placed(lane.marks)
    ]
    for trace in _all_marks(marks):
        figure.add_trace(trace)
    for end, (symbol, colour) in _ENDS.items():
        ended = [(lane, float(at), None) for at, lane in enumerate(lanes) if lane.end == end]
        if ended:
            name = of_code(end) if end != patients.ALIVE else _("alive, follow-up goes on")
            figure.add_trace(_symbols(ended, name.capitalize(), (symbol, colour, 11)))
    _lane_axis(figure, lanes, named)
    theme.dressed(figure, 110 + _LANE * max(len(lanes), 3))
    return with_legend(figure).update_layout(barmode="overlay", margin_r=28)


def _placed(marks: Sequence[Mark]) -> list[tuple[Mark, float]]:
    """Each mark with its height in the lane; those of one time are set apart, none is hidden."""
    placed: list[tuple[Mark, float]] = []
    last: dict[float, tuple[float, int]] = {}
    for mark in marks:
        row = -_ROWS.get(mark.kind, 0.0)
        before, times = last.get(row, (-99.0, 0))
        times = times + 1 if mark.months - before < _NEAR else 0
        last[row] = (mark.months, times)
        placed.append((mark, row + _APART * (times % 3) * (1 if row <= 0 else -1)))
    return placed


def _lanes(
    chosen: Sequence[Lane], at: Sequence[int], level: Level, colour: str, pattern: dict[str, Any]
) -> Part:
    fill = theme.pale(colour, 0.28)
    return bar(
        orientation="h",
        width=_WIDE,
        y=at,
        x=[lane.followed for lane in chosen],
        customdata=[[lane.patient_id] for lane in chosen],
        **theme.on_hover([_lane_words(lane) for lane in chosen]),
        name=theme.name(level),
        marker={
            "color": fill,
            "line": {"color": colour, "width": 0.8},
            "pattern": {"bgcolor": fill, "solidity": 0.2, **pattern},
        },
    )


def _lane_words(lane: Lane) -> str:
    return "<br>".join(
        (
            f"<b>{theme.brief(lane.patient_id)}</b>, {theme.name(lane.level)}",
            _("{end}, {months} months").format(end=of_code(lane.end), months=number(lane.followed)),
        )
    )


def _all_marks(marks: Sequence[tuple[Lane, float, Mark]]) -> Iterable[Part]:
    """A trace for each kind of mark that there is, in the legend's order."""
    kinds = [level.code for level in MODALITIES]
    procedures = [each for each in marks if each[2].kind == "procedure"]
    for code in (*kinds, *sorted({m.code for *_rest, m in procedures} - {*kinds})):
        shown = [each for each in procedures if each[2].code == code]
        if shown:
            yield _symbols(shown, procedure_name(code), (*theme.procedure_look(code), 8))
    assessments = [each for each in marks if each[2].kind in ("assessment", "baseline")]
    letters = ("baseline", *(level.code for level in RESPONSES), "")
    for code in (*letters, *sorted({_code(m) for *_rest, m in assessments} - {*letters})):
        shown = [each for each in assessments if _code(each[2]) == code]
        if shown:
            yield _symbols(shown, assessment_name(code), (*theme.assessment_look(code), 9))
    first = [each for each in marks if each[2].kind == "response"]
    if first:
        yield _symbols(first, _("First response"), ("circle-open", theme.RESPONDED, 14))
    for kind, (name, symbol) in _PROGRESSIONS.items():
        shown = [each for each in marks if each[2].kind == kind]
        if shown:
            yield _symbols(shown, _(name), (symbol, theme.PROGRESSED, 11))


def _code(mark: Mark) -> str:
    return "baseline" if mark.kind == "baseline" else mark.code


def procedure_name(code: str) -> str:
    """What the legend calls a procedure."""
    if not code:
        return _("Procedure, kind not known")
    known = {level.code: theme.name(level) for level in MODALITIES}
    return _("Procedure: {kind}").format(kind=known.get(code, theme.brief(code)))


def assessment_name(code: str) -> str:
    """What the legend calls an assessment."""
    if code == "baseline":
        return _("Baseline assessment")
    known = {level.code: theme.name(level) for level in RESPONSES}
    return known.get(code) or theme.brief(code) or _("Assessment without a response")


def _symbols(
    shown: Sequence[tuple[Lane, float, Mark | None]], name: str, look: tuple[str, str, int]
) -> Part:
    return theme.marks(
        [lane.followed if mark is None else mark.months for lane, _at, mark in shown],
        [at for _lane, at, _mark in shown],
        name,
        look,
        [_mark_words(lane, mark, name) for lane, _at, mark in shown],
        cliponaxis=False,
        customdata=[[lane.patient_id] for lane, _at, _mark in shown],
    )


def _mark_words(lane: Lane, mark: Mark | None, name: str) -> str:
    if mark is None:
        return _lane_words(lane)
    when = _("{name}, {months} months") if not mark.nominal else _("{name}, for {months} months")
    return f"<b>{theme.brief(lane.patient_id)}</b><br>" + when.format(
        name=name, months=number(mark.months)
    )


def time_axis(first: float, last: float) -> dict[str, Any]:
    """An axis of time: even ticks from all that is drawn to the first one after it."""
    ticks = ticks_to(last)
    before = range(1, 1 + int(-first / ticks[1])) if first < 0 else ()
    room = 0.03 * (ticks[-1] - first)
    shown = [*(-ticks[1] * at for at in reversed(before)), *ticks]
    return {"tickvals": shown, "range": [first - room, ticks[-1] + room], "tickangle": 0}


def _lane_axis(figure: Figure, lanes: Sequence[Lane], named: bool) -> None:
    times = [lane.followed for lane in lanes] + [m.months for lane in lanes for m in lane.marks]
    first, last = min([0, *times]), max([1, *times])
    figure.update_xaxes(title=_("Months from the first procedure"), zeroline=True)
    figure.update_xaxes(**time_axis(first, last), zerolinecolor=theme.GREY)
    figure.update_yaxes(range=[len(lanes) - 0.4, -0.6], showgrid=False, zeroline=False)
    if named:
        figure.update_yaxes(
            tickvals=list(range(len(lanes))),
            ticktext=theme.codes([lane.patient_id for lane in lanes]),
            tickfont_size=11,
        )
    else:
        figure.update_yaxes(showticklabels=False, title=_("Patients, one lane each"))
    figure.update_yaxes(fixedrange=True)
