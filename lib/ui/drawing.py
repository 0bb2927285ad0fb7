"""What curves are drawn with, chosen on a page; no number is computed anew for it."""

from collections.abc import Sequence

import streamlit as st

from lib import text
from lib.language import _
from lib.ui import controls, session

_UNTIL: Sequence[int] = (0, 12, 24, 36, 48, 60, 84, 120)
_EVERY: Sequence[int] = (0, 1, 2, 3, 6, 12, 24)


def choices(with_ratio: bool = False) -> None:
    """How far curves go, where their ticks stand, and what is written into their figure.

    `with_ratio`: whether a hazard ratio stands beside them.
    """
    st.markdown(f"**{_('Figure')}**")
    left, right = st.columns(2)
    with left:
        _months("until", _("Drawn to"), _UNTIL, _("the end of follow-up"))
    with right:
        _months("every", _("Ticks every"), _EVERY, _("by follow-up"))
    controls.toggle("figure.medians", _("Lines to the medians"))
    if with_ratio:
        controls.toggle("figure.hazard_ratio", _("Hazard ratio in the figure"))
    controls.toggle("figure.p_value", _("p-value of the test in the figure"))
    controls.toggle("figure.title", _("Title in the figure"))


def _months(name: str, title: str, options: Sequence[int], otherwise: str) -> None:
    now = getattr(session.plan().figure, name)
    controls.choice(
        f"figure.{name}",
        title,
        sorted({*options, now}),  # whatever a plan from a file has
        lambda months: text.months(months) if months else otherwise,
        now=now,
    )
