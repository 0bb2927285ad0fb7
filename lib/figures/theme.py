"""One look for all figures: the palette, the fonts, and text that cannot act as markup."""

import html
import re
import textwrap
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import ceil, floor
from typing import Any, TypeVar

from plotly.basedatatypes import BaseFigure

from lib import text
from lib.analyses.states import STATES
from lib.cohort import Source
from lib.figures.spec import Figure, Part, bar, put, scatter
from lib.language import _, decimal_mark
from lib.schema import MODALITIES, Level

Look = TypeVar("Look")

MODALITY_COLOURS = dict(
    zip(
        (level.code for level in MODALITIES),
        ("#0072B2", "#D55E00", "#C0880A", "#006F51", "#903065", "#72787D", "#104E70"),
        strict=True,
    )
)
"""The hues of Okabe & Ito (2008), apart in every common colour blindness, each as dark as a line on
a white page has to be, and no two of one grey. A modality keeps its colour whatever the filters
leave; one without a colour fails here, at import."""
OTHER_COLOURS = ("#104E70", "#C0880A", "#006F51", "#903065", "#0072B2", "#D55E00")
"""For the levels of any other column, in display order."""
DARK_COLOURS = dict(
    zip(
        MODALITY_COLOURS.values(),
        ("#2593D1", "#EC7618", "#F3B11C", "#2EB791", "#E598C3", "#7C8187", "#97D2F3"),
        strict=True,
    )
)
"""The same hues on a dark page, as light as a line there has to be, and no two of one grey."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
BARE = {"showgrid": False, "zeroline": False, "fixedrange": True}
"""Of an axis of lines, bars or tracks, which are no scale."""
GREY = "#7C8791"  # of axes and guides, and of what has no colour of its own
SINGLE_COLOUR = "#5B6B78"

PATTERNS = (
    ("", "/", 6),
    (".", "\\", 6),
    ("-", "x", 6),
    ("|", "/", 12),
    ("+", "\\", 12),
    (".", "x", 12),
    ("-", "/", 18),
)
"""The pattern of each group's bars, that of its hatched ones, and the size of both, so that no two
groups are told apart by hue alone; a modality keeps its own, as it keeps its colour."""

STATE_COLOURS = dict(
    zip(
        (state.code for state in STATES),
        (
            *("#D9F0D3", "#8FCF91", "#8C9BA8", "#8C9BA8", "#8A55A8"),
            *("#F3E3B3", "#FFFFFF", "#3F1250", "#FFFFFF", "#FFFFFF"),
        ),
        strict=True,
    )
)
"""From green to purple, safe in colour blindness and apart from the modalities; from CR over PR,
SD and PD to death each is darker than the one before, so that print in grey keeps the order."""
STATE_PATTERNS = {
    "Non-CR/Non-PD": "-",
    "PD": "/",
    "NE": "+",
    "aside": "\\",
    "lost": ".",
    "not-due": "x",
}
_LINES = ("#7C8791", "#C6A8D6", "#3F4C57")
RESPONDED = "#1B7837"  # lines and rings that say response: the colour of CR is too pale for them

MODALITY_SYMBOLS = dict(
    zip(
        (level.code for level in MODALITIES),
        ("circle", "diamond", "diamond-wide", "hexagon", "star-square", "bowtie", "pentagon"),
        strict=True,
    )
)
"""A procedure of unknown modality has `SINGLE_SYMBOL`."""
SINGLE_SYMBOL = "circle-open"
RESPONSE_SYMBOLS = {
    "CR": "star",
    "PR": "triangle-down",
    "SD": "square",
    "Non-CR/Non-PD": "hourglass",
    "PD": "triangle-up",
    "NE": "x-thin",
    "": "line-ns",
}
"""Of the letters of assessments; one without a letter is a tick."""
DIED = "#762A83"
PROGRESSED = "#9A5FB4"

INK, INK_DARK = "#17212B", "#E8EEF2"
PAGE, DARK_PAGE = "#FFFFFF", "#11171C"
_NOTE = "#B35900"
READABLE = 4.5
"""Contrast that text needs (WCAG 2.2, AA); on a dark page lines and marks are given it too, because
the pale ends of curves would vanish there."""

_LINE, _SMALL_LINE, _SYMBOL, _LEGEND_LINE = 84, 48, 6, 20
"""Signs of a legend's line, also in a small figure, those that its symbol takes, and pixels from
line to line."""

_TITLE_LINE, _TITLE_HIGH = 40, 20
"""Signs of a line of a figure's title, and its pixels."""
TITLE = "title"
"""The name of what is written over a figure, by which it is found."""
NOTE, NOTE_LINE = "note", 15
"""The name of what is written under a figure, by which it is found, and pixels from line to line
of it."""

_WIDE = "WMШЩЮЖФЫ"  # capitals twice as wide as small letters
_AXIS = re.compile(r"[xy]axis\d*")
FONT = "Arial, Helvetica, sans-serif"
"""On every machine, so that an image saved from a figure measures its text as it draws it."""


def safe(words: str) -> str:
    """Text for a figure or a page of HTML, in which nothing of a spreadsheet is a tag.

    Plotly draws a few tags, links among them, and fills in what stands in braces after a percent
    sign.
    """
    return html.escape(text.visible(words), quote=False).replace("%{", "%&#123;")


def cut(words: str, longest: int) -> str:
    """Words in one line, cut where they are wider; a word without end is cut too.

    `longest`: small letters that there is room for: others are wider.
    """
    line = text.in_line(words)
    ends = list(accumulate(map(_width, line)))
    if not ends or ends[-1] <= longest:
        return line
    return line[: bisect_right(ends, longest - 1)].rstrip() + "…"


def width(words: str) -> float:
    """How wide words are, in small letters."""
    return sum(map(_width, words))


def _width(letter: str) -> float:
    """How much wider a letter is than a small one; accents stand above others."""
    if unicodedata.combining(letter):
        return 0
    if letter in _WIDE or unicodedata.east_asian_width(letter) in "WF":
        return 2
    return 1.35 if letter.isupper() or letter in _WIDE.lower() else 1


def name(level: Level, longest: int = 46) -> str:
    """A level as a legend names it: with its column, cut, safe to draw."""
    return brief(text.named(level), longest)


def brief(words: str, longest: int = 28) -> str:
    """Text for a tick label, cut where it is longer than a margin holds, safe to draw."""
    return safe(cut(words, longest))


def codes(names: Sequence[str], longest: int = 24) -> list[str]:
    """Patients' codes as ticks: cut, safe to draw, and no two alike."""
    taken: dict[str, int] = {}
    drawn = []
    for each in names:
        code = brief(each, longest)
        taken[code] = taken.get(code, 0) + 1
        drawn.append(code if taken[code] == 1 else f"{code} ({taken[code]})")
    return drawn


def wrapped(words: str, longest: int = 28) -> list[str]:
    """Text for a tick label in at most two lines, cut where it is longer still, safe to draw."""
    lines = textwrap.wrap(words, longest, max_lines=2, placeholder="…")
    return [safe(line) for line in lines]


def colours(levels: Sequence[Level]) -> list[str]:
    """A colour for each level: the modality's own, or by order for any other column."""
    if len(levels) == 1 and levels[0].code == "all":
        return [SINGLE_COLOUR]
    if all(level.code in MODALITY_COLOURS for level in levels):
        return [MODALITY_COLOURS[level.code] for level in levels]
    return [
        MODALITY_COLOURS.get(level.code, OTHER_COLOURS[index % len(OTHER_COLOURS)])
        for index, level in enumerate(levels)
    ]


def patterns(levels: Sequence[Level]) -> list[tuple[str, str, int]]:
    """For each level one of `PATTERNS`: the modality's own, or by order."""
    return _in_turn(levels, PATTERNS)


def dashes(levels: Sequence[Level]) -> list[str]:
    """A dash for each level, so that no curve is told by colour alone."""
    return _in_turn(levels, DASHES)


def _in_turn(levels: Sequence[Level], looks: Sequence[Look]) -> list[Look]:
    known = [level.code for level in MODALITIES]
    if all(level.code in known for level in levels):
        return [looks[known.index(level.code)] for level in levels]
    return [looks[index % len(looks)] for index in range(len(levels))]


def state_pattern(code: str) -> dict[str, Any]:
    """The pattern of a state's bars, in a colour that is seen on them."""
    fill = STATE_COLOURS[code]
    return {
        "shape": STATE_PATTERNS.get(code, ""),
        "fgcolor": next(each for each in _LINES if contrast(each, fill) >= 1.9),
        "size": 9,
        "solidity": 0.12,
    }


def pale(colour: str, opacity: float) -> str:
    """A hex colour as ``rgba`` of some opacity."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def luminance(colour: str) -> float:
    """How light a hex colour is, from 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How two hex colours stand apart in lightness: 1 where they are one grey, to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, dark: bool = False) -> str:
    """The colour as text: darkened, or on a dark page lightened, until it can be read there."""
    page, towards = (DARK_PAGE, 255) if dark else (PAGE, 0)
    found = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    for step in range(21):
        mixed = [round(part + (towards - part) * step / 20) for part in found]
        changed = "#" + "".join(f"{part:02X}" for part in mixed)
        if contrast(changed, page) >= READABLE:
            break
    return changed


_ON_DARK = DARK_COLOURS | {readable(light): dark for light, dark in DARK_COLOURS.items()}
"""The colours of a dark page by those of a light one, and by the same as words have them."""


def over(fill: str) -> str:
    """The ink of words on a fill."""
    return INK if contrast(INK, fill) >= READABLE else "#FFFFFF"


def marks(
    x: Sequence[float | str],
    y: Sequence[float],
    name: str,
    look: tuple[str, str, int],
    words: Sequence[str],
    **more: Any,
) -> Part:
    """Marks, each with words on hover; `look`: symbol, colour and size.

    `**more`: of the trace, such as ``marker_line``, where the outline is not `outline`.
    """
    symbol, colour, size = look
    line = {"width": 2 if _is_thin(symbol) else 0.8, "color": outline(symbol, colour)}
    drawn = scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"symbol": symbol, "size": size, "color": colour, "line": line},
        name=name,
        **on_hover(words),
    )
    return put(drawn, more)


def on_hover(words: Sequence[str]) -> dict[str, Any]:
    """What a trace is told to say on hover, and nothing else."""
    return {"hovertext": words, "hovertemplate": "%{hovertext}<extra></extra>"}


def state_bar(state: Level, **more: Any) -> Part:
    """Bars of a state, with words inside that can be read on its colour and pattern."""
    fill, line = STATE_COLOURS[state.code], {"color": SINGLE_COLOUR, "width": 0.6}
    drawn = bar(
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": over(fill)},
        constraintext="none",
        cliponaxis=False,
        name=name(state),
        legendgroup=state.code,
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": fill, "line": line, "pattern": state_pattern(state.code)},
    )
    return put(drawn, more)


def _is_thin(symbol: str) -> bool:
    return symbol.endswith(("-thin", "-open", "-ns"))


def procedure_look(code: str) -> tuple[str, str]:
    """The symbol and colour of a procedure."""
    return MODALITY_SYMBOLS.get(code, SINGLE_SYMBOL), MODALITY_COLOURS.get(code, SINGLE_COLOUR)


def assessment_look(code: str) -> tuple[str, str]:
    """The symbol and colour of an assessment."""
    return RESPONSE_SYMBOLS.get(code, RESPONSE_SYMBOLS[""]), STATE_COLOURS.get(code, "#FFFFFF")


def outline(symbol: str, colour: str) -> str:
    """The line of a mark: its own colour where it is nothing but a line that can be seen."""
    return colour if _is_thin(symbol) and contrast(colour, PAGE) >= 3 else SINGLE_COLOUR


_SIGN, _BESIDE_AXIS, _TITLED = 0.5, 12, 1.9
"""How wide a small letter is, as a share of its size; pixels between names and an axis; how wide
the title of an axis is, as a share of its size."""
_TICK = "−100%"  # the longest of the numbers that no figure names by itself
_TAG, _BREAK = re.compile(r"<[^>]*>"), re.compile(r"<br>")


def room(names: Sequence[str], size: int) -> int:
    """Pixels that the longest of some names takes beside its axis, none of them cut."""
    lines = [line for each in names for line in _BREAK.split(each)]
    longest = max((width(html.unescape(_TAG.sub("", line))) for line in lines), default=0)
    return round(_SIGN * size * longest) + _BESIDE_AXIS


def room_at_left(layout: Part) -> int:
    """Pixels that the axes at the left take: their names or numbers, and their titles."""
    size = layout.get("font", {}).get("size", 14)
    found = [0]
    for axis in (part for key, part in layout.items() if _AXIS.fullmatch(key) and key[0] == "y"):
        if axis.get("visible") is False:
            continue
        taken = 0
        if axis.get("showticklabels") is not False:
            own = axis.get("tickfont", {}).get("size", size)
            taken += room(axis.get("ticktext") or [_TICK], own)
        title = axis.get("title", {})
        if title.get("text"):
            taken += round(_TITLED * title.get("font", {}).get("size", size))
        found.append(taken)
    return max(found)


def dressed(figure: Figure, height: int) -> Figure:
    """Apply the common layout; the page's theme adapts it to light and dark.

    No margin is left to whoever draws the figure: names at the left are measured.
    """
    figure.update_layout(
        font={"family": FONT, "size": 14},
        height=height,
        margin={"l": 70, "r": 16, "t": 44, "b": 48},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
        hovermode="closest",
        bargap=0.25,
        separators=f"{decimal_mark()}\u00a0",
    )
    figure.update_xaxes(automargin=False)
    figure.update_yaxes(automargin=False)
    return figure.update_layout(margin_l=max(70, room_at_left(figure.layout)))


def small(figure: Figure, height: int) -> Figure:
    """Dress a figure for where there is little room: it is read beside others, and not zoomed."""
    figure = dressed(figure, height)
    figure.update_layout(
        font_size=12,
        margin={"l": 44, "r": 8, "t": 30, "b": 44},
        legend={"font": {"size": 12}, "y": 1.0, "yref": "container", "yanchor": "top"},
        legend_tracegroupgap=0,
    )
    figure.update_xaxes(title_font_size=12, title_standoff=4)
    return with_room(figure, _SMALL_LINE)


_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)
"""How far apart the ticks of an axis of shares can be."""
_TICKS = 7  # how many of them there are at most


def shares(low: float, high: float, step: float = 0) -> Part:
    """An axis of shares from `low` to `high`; `step`: between ticks, 0 for what fits."""
    fitting = (each for each in _STEPS if (high - low) / each < _TICKS)
    apart = step or next(fitting, _STEPS[-1])
    ticks = [at * apart for at in range(ceil(low / apart), floor(high / apart) + 1)]
    return {"tickvals": ticks, "ticktext": [text.share(at) for at in ticks], "range": [low, high]}


def in_lines(
    figure: Figure,
    heights: Sequence[float],
    names: Sequence[str],
    span: Sequence[float],
    **more: Any,
) -> None:
    """Name the lines of a figure at its left, with no grid behind them."""
    axis: Part = {"tickvals": list(heights), "ticktext": list(names), "range": list(span)}
    figure.update_yaxes(**axis, **BARE, **more)


def write(figure: Figure, words: str, x: float, y: float, size: int, **more: Any) -> None:
    """Write words into a figure; `**more`: of the annotation, ``font_color`` among it."""
    figure.add_annotation(text=words, x=x, y=y, showarrow=False, **{"font_size": size, **more})


def with_room(figure: Figure, longest: int = _LINE) -> Figure:
    """Grow a figure by the lines that its legend takes, so that no plot is squeezed by names.

    `longest`: signs of a line.
    """
    names = [each.get("name", "") for each in figure.data if each.get("showlegend") is not False]
    sizes = [len(html.unescape(words)) + _SYMBOL for words in names] or [_SYMBOL]
    columns = max(1, longest // max(sizes))  # all as wide as the widest where a line is too short
    lines = 1 if sum(sizes) <= longest else -(-len(sizes) // columns)
    more = _LEGEND_LINE * (lines - 1)
    return figure.update_layout(
        margin_t=figure.layout["margin"]["t"] + more, height=figure.layout["height"] + more
    )


def lower(figure: Figure, gives: int, first: bool = False) -> Figure:
    """Have a figure be less high than drawn on a low window, so that it is seen whole.

    `gives`: how many pixels less, at most. `first`: whether the first plot alone gives them, above
    rows that stay as high as they are.
    """
    return figure.update_layout(meta={"gives": gives, "first": first})


class Ready(BaseFigure):  # type: ignore[misc]
    """A figure that was checked as it was made, as it is sent: nothing more is put into it."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec

    def to_dict(self) -> dict[str, Any]:
        """What is sent, which nobody writes into."""
        return self._spec


def inked(figure: Figure, dark: bool) -> Ready:
    """A figure in the ink of a light or a dark page; what is taken away keeps its own."""
    spec = figure.to_dict()
    if dark:
        _lighten(spec)
    ink = INK_DARK if dark else INK
    layout = spec["layout"]
    layout["font"] = {**layout.get("font", {}), "color": ink}
    legend = layout.setdefault("legend", {})
    legend["font"] = {**legend.get("font", {}), "color": ink}
    for axis in {"xaxis", "yaxis", *(key for key in layout if _AXIS.fullmatch(key))}:
        drawn = layout.setdefault(axis, {})
        drawn["tickfont"] = {**drawn.get("tickfont", {}), "color": ink}
        title = drawn.setdefault("title", {})
        title["font"] = {**title.get("font", {}), "color": ink}
    return Ready(spec)


def _lighten(spec: Mapping[str, Any]) -> None:
    """Give groups their colours of a dark page, and make whatever else is too dark for it lighter.

    The other fills of bars and cells keep their colour: they are told by their neighbours and may
    hold dark words.
    """
    for trace in spec["data"]:
        if trace["type"] == "scatter" and trace.get("fill") != "toself":
            _lighter(trace, _light)
            edge = trace.get("marker", {}).get("line", {})
            if edge.get("color") == PAGE:  # which sets a mark apart from what is under it
                edge["color"] = DARK_PAGE
        else:
            _lighter(trace, _of_dark)
    for annotation in spec["layout"].get("annotations", ()):
        _lighter(annotation.get("font", {}), _light)
        if "arrowcolor" in annotation:
            annotation["arrowcolor"] = _light(annotation["arrowcolor"])
    for shape in spec["layout"].get("shapes", ()):
        _lighter(shape.get("line", {}), _light)


_RGBA = re.compile(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)")


def _in_place_of(colour: str, make: Callable[[str], str]) -> str:
    """Another colour in the place of one, as opaque as it was."""
    if seen := _RGBA.fullmatch(colour):
        solid = "#" + "".join(f"{int(part):02X}" for part in seen.groups()[:3])
        return pale(make(solid), float(seen[4]))
    return make(colour) if colour.startswith("#") else colour


def _of_dark(colour: str) -> str:
    """The colour that a group has on a dark page; any other as it is."""
    return _in_place_of(colour, lambda solid: _ON_DARK.get(solid, solid))


def _light(colour: str) -> str:
    """A colour lighter, where it has to be."""
    return _in_place_of(_of_dark(colour), lambda solid: readable(solid, dark=True))


def _lighter(part: dict[str, Any], make: Callable[[str], str]) -> None:
    """Make other colours of those of a part of a figure, and of what is in it."""
    for key, value in part.items():
        if isinstance(value, dict):
            _lighter(value, make)
        elif key in ("color", "fillcolor", "fgcolor"):
            part[key] = _made(value, make)


def _made(value: Any, make: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return make(value)
    return [_made(each, make) for each in value] if isinstance(value, list | tuple) else value


def headed(figure: Figure, title: str) -> Figure:
    """Write a title over all else, in lines that a narrow screen holds; nothing where it is ''."""
    if title:
        lines = textwrap.wrap(title, _TITLE_LINE)
        with_room(figure, _SMALL_LINE)
        margin, more = figure.layout["margin"], _TITLE_HIGH * len(lines)
        top, left = margin["t"] + more, margin["l"]
        figure.update_layout(margin_t=top, height=figure.layout["height"] + more)
        place = {"xref": "paper", "yref": "paper", "xshift": 10 - left, "yshift": top - 4}
        side = {"xanchor": "left", "yanchor": "top", "align": "left"}
        write(figure, "<br>".join(map(safe, lines)), 0, 1, 15, **place, **side, name=TITLE)
    return figure


_NOTE_SIGNS = 46
"""Signs of a line of a note, which a telephone has room for."""


def marked(figure: Figure, source: Source, is_brief: bool = False) -> Figure:
    """Write what the file says of itself into the figure, so that no image loses it.

    `is_brief`: whether there is room for no more than that it is synthetic.
    """
    said = text.source(source)
    return noted(figure, _("Synthetic patients") if said and is_brief else said, _NOTE)


def noted(figure: Figure, said: str, colour: str = INK) -> Figure:
    """Write into a figure, under all else, what no image of it may lose; nothing where it is ''."""
    if said:
        lines = textwrap.wrap(said, _NOTE_SIGNS)
        bottom, height = figure.layout["margin"]["b"], figure.layout["height"]
        room = 10 + NOTE_LINE * len(lines)
        figure.update_layout(margin_b=bottom + room, height=height + room)
        place = {"xref": "paper", "yref": "paper", "yshift": -bottom - 4, "font_color": colour}
        side = {"xanchor": "right", "yanchor": "top", "align": "right"}
        write(figure, "<br>".join(map(safe, lines)), 1, 0, 11, **place, **side, name=NOTE)
    return figure
