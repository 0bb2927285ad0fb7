"""How alike two arms are at baseline, column by column, before and after weighting."""

from collections.abc import Sequence
from math import isfinite, isinf, isnan

from lib.analyses.besides import Year
from lib.figures import theme
from lib.figures.spec import Figure, bar, scatter
from lib.language import _
from lib.schema import Column, Level
from lib.statistics.balance import Balance
from lib.text import count_of, label, number

USUAL = 0.1  # above it groups are commonly called unbalanced (Austin 2009)
BEFORE, AFTER = "#5B6B78", "#0072B2"
_ROW = 26
_BAR, _YEARS = 0.4, 10  # width of a bar in years; ticks that fit a telephone
_END = 1.15  # where an infinite difference is drawn, as a multiple of the largest that is finite


def love_plot(
    before: Sequence[tuple[Column, Balance]], after: Sequence[tuple[Column, Balance]] = ()
) -> Figure:
    """Draw the size of each standardized difference, and the size that chance reaches.

    `before`, `after`: unweighted, and weighted where that was possible; what is not estimable is
    not drawn. What has nothing in common in both arms is a triangle, at the right end where it is
    infinite. The largest difference before weighting is on top. A grey bar behind each row
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
    figure = Figure()
    opened, filled = ("circle-open", "triangle-right-open"), ("circle", "triangle-right")
    figure.add_trace(
        bar(
            **_across(drawn, place, end, chance=True),
            orientation="h",
            width=0.86,
            marker={"color": theme.pale(BEFORE, 0.16), "line": {"width": 0}},
            name=_("Chance, before") if weighted else _("Chance"),
            hoverinfo="skip",
        )
    )
    before_name = _("Before weighting") if weighted else _("The arms")
    _points(figure, drawn, _across(drawn, place, end), before_name, BEFORE, opened)
    if weighted:  # among whom chance reaches further, for there are fewer than seem
        mark = {"symbol": "line-ns-open", "size": 14, "color": AFTER, "line": {"width": 1.5}}
        reach = _across(weighted, place, end, chance=True)
        name = _("Chance, after")
        figure.add_trace(scatter(**reach, mode="markers", marker=mark, name=name, hoverinfo="skip"))
        found = _across(weighted, place, end)
        _points(figure, weighted, found, _("After weighting"), AFTER, filled)
    figure.add_vline(x=USUAL, line={"color": "#8A8F94", "width": 1, "dash": "dash"})
    figure.update_xaxes(title=_("Standardized difference"), title_font_size=12, zeroline=False)
    figure.update_xaxes(range=[-0.03 * end, 1.06 * end])
    names = [theme.brief(label(column)) for column, _found in drawn]
    theme.in_lines(figure, list(place.values()), names, [-0.7, len(drawn) - 0.3])
    figure = theme.dressed(figure, 110 + _ROW * len(drawn))
    return figure.update_layout(barmode="overlay")


def year_bars(arms: Sequence[Level], years: Sequence[Year]) -> Figure:
    """Draw which share of each arm began in each calendar year, the arms side by side."""
    figure = Figure()
    looks = zip(arms, theme.colours(arms), theme.patterns(arms), strict=True)
    for at, (arm, colour, (pattern, _hatched, size)) in enumerate(looks):
        n = [year.n[at] for year in years]
        words = [
            _("{arm}, {year}: {count}").format(
                arm=theme.name(arm), year=year.year, count=count_of(k, sum(n))
            )
            for year, k in zip(years, n, strict=True)
        ]
        figure.add_trace(
            bar(
                x=[year.year for year in years],
                y=[k / sum(n) for k in n],
                width=_BAR,
                offset=(at - 1) * _BAR,
                name=theme.name(arm),
                marker={
                    "color": colour,
                    "pattern": {"shape": pattern, "size": size, "solidity": 0.2},
                },
                **theme.on_hover(words),
            )
        )
    first, last = years[0].year, years[-1].year
    step = max(1, -(-(last - first) // _YEARS))
    figure.update_xaxes(title=_("Year of first procedure"), tick0=last, dtick=step, tickformat="d")
    figure.update_xaxes(range=[first - 0.6, last + 0.6], showgrid=False)
    tallest = max(max(each["y"]) for each in figure.data)
    figure.update_yaxes(title=_("Share of the arm"), **theme.shares(0, 1.05 * tallest))
    return theme.with_room(theme.dressed(figure, 320))


def _across(
    found: Sequence[tuple[Column, Balance]],
    place: dict[str, int],
    end: float,
    chance: bool = False,
) -> dict[str, Sequence[float]]:
    """How far each difference, or what chance reaches, lies from 0, cut at the right end."""
    sizes = [balance.band if chance else abs(balance.value) for _column, balance in found]
    rows = [place[column.name] for column, _balance in found]
    return {"x": [min(size, end) for size in sizes], "y": rows}


def _points(
    figure: Figure,
    found: Sequence[tuple[Column, Balance]],
    where: dict[str, Sequence[float]],
    name: str,
    colour: str,
    symbols: tuple[str, str],
) -> None:
    shown = [symbols[complete(balance)] for _column, balance in found]
    figure.add_trace(
        scatter(
            **where,
            mode="markers+text",
            marker={"symbol": shown, "size": 9, "color": colour, "line": {"width": 2}},
            name=name,
            text=[_("complete") if isinf(balance.value) else "" for _column, balance in found],
            textposition="middle left",
            **theme.on_hover([_hover(column, balance) for column, balance in found]),
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
