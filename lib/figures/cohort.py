"""How the cohort came about, and where its values are missing."""

import textwrap

import numpy as np

from lib import text
from lib.analyses.provenance import Provenance, Step
from lib.cohort import Cohort
from lib.figures import theme
from lib.figures.spec import Figure, Part
from lib.language import _
from lib.text import label, whole

_BOX, _LINE, _FILLED = 74, 18, 0.66
"""Pixels of a step, of a line of its words, and the share of a step that its box takes."""
_LEFT, _RIGHT, _SIGNS = (0.0, 0.48), (0.52, 1.0), 26
"""Where the boxes stand, as shares of the width, and the signs that a line of either has."""
_LINES = 24
MOST = 500  # so many patients fit side by side


def flow_diagram(whence: Provenance) -> Figure:
    """Draw a box for the patients left after each step, and beside it who was left out and why."""
    steps = whence.steps
    figure = Figure()
    for index, step in enumerate(steps):
        y = -index
        _box(figure, _LEFT, y, _left(step, whence))
        if step.removed:
            _box(figure, _RIGHT, y, _removed(step, whence), pale=True)
            _arrow(figure, (_LEFT[1], y), (_RIGHT[0], y))
        if index:
            middle = sum(_LEFT) / 2
            _arrow(figure, (middle, y + 0.66), (middle, y + 0.34))
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[-len(steps) + 0.5, 0.5], fixedrange=True)
    lines = max(each["text"].count("<br>") + 1 for each in figure.layout["annotations"])
    theme.dressed(figure, max(_BOX, round((lines * _LINE + 8) / _FILLED)) * len(steps) + 16)
    return figure.update_layout(margin={"l": 4, "r": 4, "t": 8, "b": 8})


def _left(step: Step, whence: Provenance) -> str:
    told = text.asked_of(step, whence) is not None if step.condition else not step.removed
    if not told:
        return _("Left: <b>{n}</b>").format(n=step.left)
    words = _wrapped(text.step(step, whence))
    return f"{words}: <b>{whole(step.left)}</b>"


def _removed(step: Step, whence: Provenance) -> str:
    if step.condition:  # whose words are true of those who are left
        return _("Not selected: <b>{n}</b>").format(n=step.removed)
    words = text.step(step, whence).removesuffix(_("; set aside"))  # the title says so
    why = _wrapped(words)
    return _("Set aside: <b>{n}</b>").format(n=step.removed) + f"<br>{why}"


def _wrapped(words: str) -> str:
    """Words, safe to draw, in lines that fit the box on a telephone; what fills no page is cut."""
    lines = textwrap.wrap(words, _SIGNS, max_lines=_LINES, placeholder="…", break_on_hyphens=False)
    return "<br>".join(map(theme.safe, lines))


def _box(
    figure: Figure, across: tuple[float, float], y: float, words: str, pale: bool = False
) -> None:
    colour = theme.SINGLE_COLOUR if pale else theme.MODALITY_COLOURS["HAI"]
    figure.add_shape(
        type="rect",
        x0=across[0],
        x1=across[1],
        y0=y - 0.33,
        y1=y + 0.33,
        line={"color": colour, "width": 1.4},
        fillcolor=theme.pale(colour, 0.06),
    )
    theme.write(figure, words, sum(across) / 2, y, 12)


def _arrow(figure: Figure, start: tuple[float, float], end: tuple[float, float]) -> None:
    (x, y), (ax, ay) = end, start
    line: Part = {"arrowhead": 2, "arrowwidth": 1.4, "arrowcolor": theme.SINGLE_COLOUR}
    ends: Part = {"x": x, "y": y, "ax": ax, "ay": ay, "axref": "x", "ayref": "y"}
    figure.add_annotation(**ends, xref="x", yref="y", text="", showarrow=True, **line)


def missingness(cohort: Cohort) -> Figure:
    """Draw a cell for each patient and column in which some value is missing, dark where it is.

    Of a large cohort the first patients are drawn; the table beside counts all.
    """
    names = [name for name in cohort.columns if cohort.missing(name).any()]
    shown = cohort.patients.head(MOST)
    lacking = np.array([cohort.missing(name)[:MOST] for name in names], np.int8)
    titles = theme.codes([label(cohort.columns[name]) for name in names], 40)
    rows = shown["row"] if "row" in shown else np.arange(len(shown)) + 1
    figure = Figure()
    figure.add_trace(
        {
            "type": "heatmap",
            "z": lacking,
            "x": np.arange(len(shown)) + 1,
            "y": titles,
            "customdata": np.tile(np.asarray(rows), (len(names), 1)),
            "colorscale": [[0, theme.pale(theme.SINGLE_COLOUR, 0.08)], [1, theme.SINGLE_COLOUR]],
            "zmin": 0,
            "zmax": 1,
            "showscale": False,
            "xgap": 1 if len(shown) <= 100 else 0,
            "ygap": 1,
            "hovertemplate": _("{column}, row {row}").format(column="%{y}", row="%{customdata}")
            + "<extra></extra>",
        }
    )
    figure.update_xaxes(title=_("Patients, in the order of the file"), showgrid=False)
    figure.update_xaxes(range=[0.5, max(len(shown), 1) + 0.5])
    figure.update_yaxes(autorange="reversed", showgrid=False, tickvals=titles, ticktext=titles)
    theme.dressed(figure, 120 + 24 * len(names))
    figure.update_layout(margin={"l": theme.room_at_left(figure.layout), "t": 8})
    return figure
