"""Figures on a page, each in a place of its own that stays while what it shows changes.

Streamlit's own chart is taken away and built anew for whatever changes in it, which takes longer
than all that is counted for a click. What a figure shows lies beside its place, in an element of
the page: one that changes is seen as soon as the page has it, while a component is told of what
changes only after the page was painted, and runs its script again.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from html import escape
from secrets import token_hex
from typing import Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.delta_generator import DeltaGenerator

from lib.export.html import BROWSER, zooming
from lib.figures.screen import sent
from lib.figures.spec import Figure
from lib.language import _
from lib.ui import components, session

NAME = components.CHART
_HTML = '<div class="chart"><div class="plot"></div></div>'
_CSS = """
.chart { width: 100%; overflow: hidden; }
.chart.crowded .modebar { display: none; }
.chart dialog { inset: 0; width: 100vw; max-width: none; height: 100vh; max-height: none; margin: 0;
  padding: 0; border: 0; background: var(--st-background-color); color: var(--st-text-color); }
.chart dialog button { display: block; margin: 0.5rem 0.5rem 0.5rem auto; min-height: 2.5rem;
  padding: 0.25rem 0.75rem; font: 400 0.875rem var(--st-font); border-radius: 0.5rem;
  border: 1px solid var(--st-border-color); background: none; color: inherit; cursor: pointer; }
"""


_NO_MARKUP = {ord(sign): f"\\u{ord(sign):04x}" for sign in "&<>'"}  # JSON's own way to write them
_place: ContextVar[tuple[DeltaGenerator, set[str]]] = ContextVar("place")
_press: ContextVar[str] = ContextVar("press", default="")


def prepare() -> None:
    """Have the server know what draws, which a browser fetches before it has a figure."""
    components.register(NAME, BROWSER)


def begin() -> None:
    """Make the place of what figures show, before anything else of a page."""
    _place.set((st.container(key="figures"), set()))


@contextmanager
def apart(name: str) -> Iterator[None]:
    """Make a place of its own for a part of a page that is drawn anew without the rest of it."""
    token = _place.set((st.container(key=f"figures-{name}"), set()))
    try:
        yield
    finally:
        _place.reset(token)


def tell(figure: Figure, alt: str, key: str, chosen: str = "") -> None:
    """Say what the figure of a place shows, once a run; the sooner, the sooner it is drawn.

    As for `draw`.
    """
    place, told = _place.get()
    press = _press.get()
    if press + key in told:
        return
    told.add(press + key)
    place.html(_told(key, press, alt, chosen, *session.once(sent, figure)))


@contextmanager
def once_pressed(widget: str, option: str) -> Iterator[None]:
    """Tell meanwhile what figures show once an option of a list is pressed.

    `widget`, `option`: in the words that a visitor reads.
    """
    token = _press.set(f"{widget} | {option}")
    try:
        yield
    finally:
        _press.reset(token)


def end() -> None:
    """Tell that all figures show what they are to show, whatever was drawn before that was told."""
    place, _told_of = _place.get()
    place.html(_turn())


def _turn() -> str:
    """An element that is another each time."""
    return f"<div data-turn='{token_hex(4)}'></div>"


def _told(key: str, press: str, alt: str, chosen: str, light: str, dark: str) -> str:
    """An element that holds what a figure shows, as JSON that no sign of can end it."""
    said = f'"alt":{json.dumps(alt)},"chosen":{json.dumps(chosen)}'
    shows = f'{{{said},"figure":{light},"dark":{dark}}}'.translate(_NO_MARKUP)
    when = f" data-press='{escape(press)}'" if press else ""
    kind = "coming" if press else "figure"
    return f"<div data-{kind}='{escape(key)}'{when} data-shows='{shows}'></div>"


def draw(
    figure: Figure,
    alt: str,
    key: str,
    *,
    width: int | Literal["stretch"] = "stretch",
    bare: bool = False,
    chosen: str = "",
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Draw a figure, or have the one in its place show something else.

    Parameters
    ----------
    figure : Figure
    alt : str
        What it says, for whoever does not see it.
    key : str
        Its place: the same for as long as it is the same figure of other patients.
    width : int or "stretch"
        Pixels.
    bare : bool
        Whether it is without buttons of its own.
    chosen : str
        What the points that stand out carry along, if any do.
    on_pick : callable, optional
        Called with what a point carries along, once it is clicked on.
    """
    prepare()
    tell(figure, alt, key, chosen)
    picked: Callable[[], None] | None = None
    if on_pick is not None:
        then = on_pick

        def picked() -> None:
            then(str(st.session_state[key].get("picked") or ""))

    _component()(
        key=key,
        width=width,
        data={
            "place": key,
            "height": figure.layout["height"],
            "meta": figure.layout.get("meta", {}),
            "config": {"displayModeBar": False} if bare else zooming("toImage"),
            "picks": on_pick is not None,
            "words": {
                "whole": _("Fullscreen"),
                "close": _("Close"),
                "failed": _("This browser could not draw the figure: reload the page."),
            },
        },
        on_picked_change=picked,
    )


@cache
def _component() -> ComponentRenderer:
    script = components.SERVED[NAME][0]
    return st.components.v2.component(NAME, html=_HTML, css=_CSS, js=script, isolate_styles=False)
