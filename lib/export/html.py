"""An exhibit as a page that works without a network."""

from collections.abc import Sequence
from pathlib import Path

import plotly.graph_objects as go

from lib.figures.theme import safe
from lib.language import _

SCRIPT = "plotly.min.js"
"""The library that draws the figures of a page: its smaller build, which knows bars, lines, marks
and cells; of the version that plotly itself has."""


PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 "Source Sans 3", "Source Sans Pro", Arial, sans-serif; color: #17212b;
  background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h1, p, li {{ overflow-wrap: anywhere; }}
li {{ margin: .3rem 0; }}
</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def script() -> str:
    """What draws a page's figure: `SCRIPT`, which stands beside this file with its licence."""
    return (Path(__file__).parent / "vendored" / SCRIPT).read_text(encoding="utf-8")


def page(
    key: str,
    figure: go.Figure,
    title: str,
    caption: str,
    notes: Sequence[str],
    alone: bool = True,
) -> bytes:
    """Write a figure as a page that needs no network, its caption and notes under it.

    `key`: names the image that the page's camera gives. `alone`: whether `script` is in the page;
    otherwise it has to lie beside it as `SCRIPT`.
    """
    drawing = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        config=image_config(key, "svg"),
        div_id=key,
    )
    draws = f"<script>{script()}</script>" if alone else f'<script src="{SCRIPT}"></script>'
    said = "".join(f"<li>{safe(note)}</li>" for note in notes)
    body = f"{draws}{drawing}<p>{safe(caption)}</p><ul>{said}</ul><p>{safe(_made_by())}</p>"
    return PAGE.format(title=safe(title), body=body).encode()


def _made_by() -> str:
    return _("Made with Hepar. Not a medical device.")


def image_config(key: str, image: str) -> dict[str, object]:
    """What the figure's own buttons offer: an image of the figure, in one format."""
    return {
        "displaylogo": False,
        "toImageButtonOptions": {"format": image, "scale": 3, "filename": key},
        "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    }
