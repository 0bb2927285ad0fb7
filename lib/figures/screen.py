"""A figure as a page shows it: in the look that all share, on light ground and on dark."""

import json
from copy import copy
from itertools import compress
from typing import Any

import numpy as np

from lib.figures.spec import Figure, Part
from lib.figures.theme import DARK_PAGE, INK, INK_DARK, PAGE, Ready, inked

_GRID, _DARK_GRID = "#E6EAF1", "#31333F"
_EDGE, _DARK_EDGE = "#D5DDE3", "#33414C"  # of what is said on hover
_APART = 8  # pixels between a plot and the names beside it
STEPS = 600  # of one curve that a screen can show


def sent(figure: Figure) -> tuple[str, str]:
    """A figure as JSON, and what is otherwise on a dark page: what it differs in, by its names.

    The parts of a list are named by their place in it. A curve of more steps than a screen can show
    has of each part of its time the last; what is taken away keeps them all.
    """
    seen = copy(figure)
    seen.data = [_seen(each) for each in figure.data]
    light, dark = (_shown(seen, is_dark) for is_dark in (False, True))
    return Ready(light).to_json(validate=False), json.dumps(_otherwise(light, dark))


def _shown(figure: Figure, dark: bool) -> Part:
    spec = inked(figure, dark).to_dict()
    layout = spec["layout"]
    kinds = layout["template"]["data"]
    data = {each["type"]: kinds[each["type"]] for each in spec["data"] if each["type"] in kinds}
    layout["template"] = {"layout": _look(dark), "data": data}
    return spec


def _seen(trace: Part) -> Part:
    """A curve as a screen can show it; anything else as it is."""
    if trace.get("line", {}).get("shape") != "hv" or len(trace["x"]) <= STEPS:
        return trace
    times = np.asarray(trace["x"])
    part = np.floor((times - times[0]) / (times[-1] - times[0]) * (STEPS - 2))
    shown = np.append(np.diff(part) > 0, True)
    shown[0] = True
    of_steps = (name for name in ("x", "y", "text") if name in trace)
    return trace | {name: _at(trace[name], shown) for name in of_steps}


def _at(values: Any, shown: np.ndarray) -> Any:
    """The values of the steps that are shown."""
    return values[shown] if isinstance(values, np.ndarray) else list(compress(values, shown))


def _look(dark: bool) -> Part:
    """What a figure does not say of itself."""
    page, ink, grid, edge = (
        (DARK_PAGE, INK_DARK, _DARK_GRID, _DARK_EDGE) if dark else (PAGE, INK, _GRID, _EDGE)
    )
    axis: Part = {
        "gridcolor": grid,
        "zerolinecolor": grid,
        "zerolinewidth": 2,
        "ticks": "",
        "tickfont": {"size": 12},
        "title": {"font": {"size": 14}, "standoff": 20},
        "automargin": True,
    }
    return {
        "autotypenumbers": "strict",
        "paper_bgcolor": page,
        "plot_bgcolor": page,
        "margin": {"pad": _APART},
        "legend": {"font": {"size": 12}, "valign": "top"},
        "hoverlabel": {
            "align": "left",
            "bgcolor": page,
            "bordercolor": edge,
            "font": {"size": 12, "color": ink},
        },
        "xaxis": axis | {"showgrid": False, "zeroline": False},
        "yaxis": axis | {"title": {**axis["title"], "standoff": 24}},
    }


def _otherwise(one: Any, other: Any) -> Any:
    """What another part has in the place of what one has, where they are of one shape."""
    if isinstance(one, dict):
        pairs = ((name, each, other[name]) for name, each in one.items())
    elif isinstance(one, list) and one and isinstance(one[0], dict):
        pairs = ((str(at), each, other[at]) for at, each in enumerate(one))
    else:
        return other
    return {name: _otherwise(a, b) for name, a, b in pairs if a != b}
