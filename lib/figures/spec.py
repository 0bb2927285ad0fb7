"""A figure as Plotly's own JSON, put together without Plotly.

Plotly looks at each word of a figure as it is set, and again as it is sent, which takes longer than
all that is counted for it. `Figure.checked` has it look once, where a figure of Plotly's is asked
for; every test of a figure asks.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any, Self, TypeAlias

import numpy as np
import plotly.graph_objects as go

Checked: TypeAlias = go.Figure
Part: TypeAlias = dict[str, Any]
"""A trace, an axis, a font: what Plotly has a name for. What is None is left out."""
TEMPLATE = "plotly_white"


@cache
def _template() -> Part:
    """The template, which is shared by all figures: nobody writes into it."""
    place = files("plotly") / "package_data" / "templates" / f"{TEMPLATE}.json"
    read: Part = json.loads(place.read_text(encoding="utf-8"))
    return read


def put(part: Part, given: Mapping[str, Any]) -> Part:
    """Put more into a part, or something else; ``font_size`` is the size in its font."""
    for name, value in given.items():
        first, *inner = name.split("_", 1)
        if inner:
            put(part.setdefault(first, {}), {inner[0]: value})
        elif value is None:
            part.pop(name, None)
        elif isinstance(value, Mapping):
            put(part.setdefault(name, {}), value)
        elif name == "title" and isinstance(value, str):
            put(part.setdefault(name, {}), {"text": value})
        else:
            part[name] = value
    return part


def scatter(**given: Any) -> Part:
    """Points and lines."""
    return put({"type": "scatter"}, given)


def bar(**given: Any) -> Part:
    """Bars."""
    return put({"type": "bar"}, given)


class Figure:
    """Traces and a layout; with several rows, plots one over the other with one axis across.

    `heights`: of the rows, from the top down, as they are to each other. `apart`: from row to row,
    as a share of the whole height.
    """

    def __init__(self, heights: Sequence[float] = (), apart: float = 0) -> None:
        self.data: list[Part] = []
        self.layout: Part = {"template": _template()}
        whole = 1 - apart * (len(heights) - 1)
        shares = [whole * each / sum(heights) for each in heights]
        under = [*accumulate(reversed(shares), lambda low, share: low + share + apart, initial=0.0)]
        for row, (share, low) in enumerate(zip(shares, under[-2::-1], strict=True), start=1):
            last = row == len(heights)
            shared = {} if last else {"matches": _axis("x", len(heights)), "showticklabels": False}
            self.update_xaxes(row, anchor=_axis("y", row), domain=[0.0, 1.0], **shared)
            self.update_yaxes(row, anchor=_axis("x", row), domain=[low, min(low + share, 1.0)])

    def add_trace(self, trace: Part, row: int = 0) -> None:
        """Draw one more thing; `row`: in which, where there are several."""
        across = {"xaxis": _axis("x", row), "yaxis": _axis("y", row)} if row else {}
        self.data.append(trace | across)

    def add_traces(self, traces: Sequence[Part]) -> None:
        """Draw several things more."""
        for trace in traces:
            self.add_trace(trace)

    def update_layout(self, **given: Any) -> Self:
        """Lay something out otherwise."""
        put(self.layout, given)
        return self

    def update_xaxes(self, row: int = 0, **given: Any) -> None:
        """Have the axes across otherwise, or that of one row."""
        self._update_axes("x", row, given)

    def update_yaxes(self, row: int = 0, **given: Any) -> None:
        """Have the axes up otherwise, or that of one row."""
        self._update_axes("y", row, given)

    def _update_axes(self, letter: str, row: int, given: Mapping[str, Any]) -> None:
        of_all = {f"{letter}axis", *(key for key in self.layout if _is_axis(key, letter))}
        for name in [f"{letter}axis{_number(row)}"] if row else of_all:
            put(self.layout.setdefault(name, {}), given)

    def add_annotation(self, row: int = 0, **given: Any) -> None:
        """Write something into the figure."""
        across = {"xref": _axis("x", row), "yref": _axis("y", row)} if row else {}
        self.layout.setdefault("annotations", []).append(put({}, given | across))

    def add_shape(self, **given: Any) -> None:
        """Draw a line or a box that is of no trace."""
        self.layout.setdefault("shapes", []).append(put({}, given))

    def add_vline(self, x: float, line: Part) -> None:
        """Draw a line from the bottom to the top."""
        ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "xref": "x", "yref": "y domain"}
        self.add_shape(type="line", **ends, line=line)

    def add_hline(self, y: float, line: Part) -> None:
        """Draw a line from the left to the right."""
        ends = {"x0": 0, "x1": 1, "y0": y, "y1": y, "xref": "x domain", "yref": "y"}
        self.add_shape(type="line", **ends, line=line)

    def to_dict(self) -> Part:
        """All of it as it is sent; what is written into the parts of it changes no figure."""
        layout = {**self.layout, "template": None}
        return {"data": _sent(self.data), "layout": _sent(layout) | {"template": _template()}}

    def checked(self) -> Checked:
        """A figure of Plotly's, which refuses what it does not know."""
        return Checked({"data": self.data, "layout": self.layout})


def _number(row: int) -> str:
    return str(row) if row > 1 else ""


def _axis(letter: str, row: int) -> str:
    """An axis as traces name it."""
    return f"{letter}{_number(row)}"


def _is_axis(key: str, letter: str) -> bool:
    return re.fullmatch(rf"{letter}axis\d*", key) is not None


def _sent(part: Any) -> Any:
    """A part as it is sent: numbers of an array in the few letters that Plotly reads."""
    if isinstance(part, dict):
        return {name: _sent(inner) for name, inner in part.items()}
    if isinstance(part, np.ndarray):
        if part.ndim > 1 or part.dtype != np.float64:
            return part.tolist()
        return {"dtype": "f8", "bdata": b64encode(part.tobytes()).decode()}
    if isinstance(part, list | tuple) and part and isinstance(part[0], dict):
        return [_sent(inner) for inner in part]
    return part
