"""The contrast that misleads, drawn so that nobody takes it for the result."""

from collections.abc import Sequence

from lib.analyses.survival import GroupSurvival
from lib.figures import theme
from lib.figures.spec import Figure, scatter
from lib.figures.survival import time_axis
from lib.language import _
from lib.schema import Endpoint
from lib.text import label

_GREY = "#9AA3AA"


def greyed(groups: Sequence[GroupSurvival], endpoint: Endpoint, ticks: Sequence[float]) -> Figure:
    """Draw curves in grey, told apart by their dashes, without bands or counts.

    `groups`: one without a curve is left out. `endpoint`: names the vertical axis. `ticks`: months
    from the first procedure.
    """
    drawn = [(group, group.curve) for group in groups if group.curve is not None]
    figure = Figure()
    dashes = theme.dashes([group.level for group, _curve in drawn])
    for (group, curve), dash in zip(drawn, dashes, strict=True):
        line = {"color": _GREY, "width": 2, "dash": dash, "shape": "hv"}
        corners = {"x": [0.0, *curve.time], "y": [1.0, *curve.survival], "mode": "lines"}
        figure.add_trace(
            scatter(**corners, line=line, name=theme.name(group.level), hoverinfo="skip")
        )
    place = {"xref": "paper", "yref": "paper", "font_color": theme.readable(_GREY)}
    theme.write(figure, _("misleading"), 0.98, 0.96, 22, **place)
    figure.update_xaxes(title=_("Months from the first procedure"), **time_axis(ticks))
    figure.update_yaxes(title=theme.brief(label(endpoint), 48), **theme.shares(0, 1.02))
    return theme.with_room(theme.dressed(figure, 340))
