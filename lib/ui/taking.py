"""What a visitor takes away by the browser's own means: an image by specification, a copy."""

import base64
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any, Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from lib.exhibits.exhibit import Exhibit, Table
from lib.export import clipboard
from lib.export.chromium import Image
from lib.export.html import BROWSER
from lib.figures.printed import ONE_COLUMN, TWO_COLUMNS, printed
from lib.figures.spec import Figure
from lib.language import _
from lib.ui import components, session

NAME = components.TAKING
_HTML = '<div class="taking"></div>'
_CSS = """
.taking, .taking div { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; }
.taking > div { width: 100%; }
.taking div > span { min-width: 9.5rem; }
.taking label { display: flex; gap: 0.5rem; width: 100%; }
.taking, .taking button { font: 400 0.875rem var(--st-font); color: var(--st-text-color); }
.taking button { padding: 0.25rem 0.75rem; min-height: 2.5rem; border-radius: 0.5rem;
  cursor: pointer;
  border: 1px solid var(--st-border-color); background: var(--st-background-color); }
.taking button:hover { border-color: var(--st-primary-color); }
.taking button:focus-visible, .taking input:focus-visible {
  outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.taking button:disabled { opacity: 0.6; cursor: progress; }
"""


_BUTTONS = 2  # tables that have a button under the figure


def offer(shown: Exhibit) -> None:
    """Buttons for images of a figure on paper, and for copies of tables that have no other button.

    An image is for one column or for two, as PNG or as SVG.
    """
    others = [each for each in shown.tables if each not in _at_hand(shown)]
    copies = [_copy(each, _("Copy: {title}").format(title=each.title)) for each in others]
    _place(f"taking-{shown.key}", file=shown.key, copies=copies, **_images(shown))


def copies(shown: Exhibit) -> None:
    """Buttons that copy the sentences of an exhibit, and each table that a reader sees at once.

    Of more tables than one or two the buttons stand with the other things to take away.
    """
    tables = _at_hand(shown)
    names = [_("Copy: {title}").format(title=each.title) for each in tables]
    if len(tables) == 1:
        names = [_("Copy the table")]
    made = [_copy(each, name) for each, name in zip(tables, names, strict=True)]
    if shown.sentences:
        words = " ".join(shown.sentences)
        made.insert(0, {"name": _("Copy the sentences"), "plain": words})
    if made:
        _place(f"copies-{shown.key}", "content", copies=made)


def _at_hand(shown: Exhibit) -> list[Table]:
    """The tables that have a button of their own under the figure."""
    tables = [each for each in shown.tables if each.shown == "open"]
    return tables if len(tables) <= _BUTTONS else []


def copy_words(key: str, name: str, words: str) -> None:
    """A button that copies words."""
    _place(f"copies-{key}", "content", copies=[{"name": name, "plain": words}])


def drawn(figures: Mapping[str, Figure], width: int) -> dict[str, Image]:
    """Figures as images, by their names, once the visitor has their browser draw them.

    `width`: millimetres on paper.
    """
    pictures = {name: session.once(_spec, each, width) for name, each in figures.items()}
    key = sha256("".join(f"{n}{spec}" for n, spec in pictures.items()).encode()).hexdigest()[:12]
    found = _place(
        f"drawing-{key}",
        "content",
        draw={"name": _("Draw the figures here"), "mm": width, "pictures": pictures},
    )
    images = getattr(found, "images", None)
    known = images if isinstance(images, Mapping) else {}
    made = {name: known[name] for name in pictures if isinstance(known.get(name), Mapping)}
    return {
        name: Image(str(each.get("svg")), base64.b64decode(str(each.get("png"))))
        for name, each in made.items()
    }


def _images(shown: Exhibit) -> dict[str, Any]:
    figure = shown.figure
    if figure is None:
        return {}
    names = {
        ONE_COLUMN: _("One column, {width} mm").format(width=ONE_COLUMN),
        TWO_COLUMNS: _("Two columns, {width} mm").format(width=TWO_COLUMNS),
    }
    sizes = [
        {"mm": width, "name": name, "spec": session.once(_spec, figure, width)}
        for width, name in names.items()
    ]
    return {"sizes": sizes, "under": under(shown)}


def _spec(figure: Figure, width: int) -> str:
    made: str = printed(figure, width).to_json(remove_uids=False)
    return made


def under(shown: Exhibit) -> list[str]:
    """What may stand under an image: what it shows, what to beware of, and whose patients."""
    said = [f"{shown.title}. {shown.caption}".strip(), *shown.warnings, *shown.origin]
    return [line for line in said if line]


def _copy(table: Table, name: str) -> dict[str, str]:
    """What a button copies of a table: lines, and for a text processor a table."""
    html, plain = session.once(_both, table)
    return {"name": name, "html": html, "plain": plain}


def _both(table: Table) -> tuple[str, str]:
    return clipboard.rich(table), clipboard.plain(table)


def _place(key: str, width: Literal["stretch", "content"] = "stretch", **data: Any) -> Any:
    """Place the buttons; all of `data` is drawn as words, never as markup. Gives what came back."""
    components.register(NAME, BROWSER)
    words = {
        "png": _("PNG"),
        "svg": _("SVG"),
        "under": _("With the caption and whose patients they are, under the image"),
        "saved": _("Saved."),
        "copied": _("Copied."),
        "drawn": _("Drawn."),
        "failed": _("This browser could not do it."),
    }
    more: dict[str, Any] = {}
    if "draw" in data:
        more = {"default": {"images": None}, "on_images_change": lambda: None}
    return _component()(key=key, width=width, data=data | {"words": words}, **more)


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(NAME, html=_HTML, css=_CSS, js=components.SERVED[NAME][0])
