"""An exhibit as a page that works without a network."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.theme import safe
from lib.language import N_, _, spoken

BROWSER = Path(__file__).parent / "browser"
"""What a browser is given: the library that draws, the fonts of images, each with its licence, and
the script that takes images and copies."""
SCRIPT = "plotly.min.js"
"""The library that draws the figures of a page: its smaller build, which knows bars, lines, marks
and cells; of the version that plotly itself has."""
BUTTONS = (
    *(N_("Zoom"), N_("Pan"), N_("Reset axes"), N_("Download plot")),
    *(N_("Double-click to zoom back out"), N_("Double-click on legend to isolate one trace")),
    *(N_("Preparing image - this may take a few seconds"), N_("Image download succeeded")),
    N_("Sorry, there was a problem downloading your image!"),
)
"""What the library that draws says itself, of what we let it offer."""
_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 "Source Sans 3", "Source Sans Pro", Arial, sans-serif; color: #17212b;
  background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h1, h2, p, li {{ overflow-wrap: anywhere; }}
h2 {{ font-size: 1.1rem; margin: 1.5rem 0 .3rem; }}
li {{ margin: .3rem 0; }}
table {{ border-collapse: collapse; margin: .5rem 0; border-block: 2px solid; }}
th, td {{ text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0;
  overflow-wrap: anywhere; }}
thead th {{ border-bottom: 1px solid; }}
tbody th {{ font-weight: normal; white-space: pre-wrap; }}
</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def script() -> str:
    """What draws a page's figure: `SCRIPT`, of `BROWSER`."""
    return (BROWSER / SCRIPT).read_text(encoding="utf-8")


def page(shown: Exhibit, alone: bool = True) -> bytes:
    """Write an exhibit as a page: what it says, its figure, its tables, and what to beware of.

    `alone`: whether `script` is in the page; otherwise it has to lie beside it as `SCRIPT`.
    """
    body = [
        *map(_paragraph, shown.sentences),
        _paragraph(shown.estimand),
        _figure(shown, alone),
        _paragraph(shown.caption),
        *(_titled(each, shown.title) for each in shown.tables if each.shown != "taken"),
        _list(shown.warnings),
        _list(shown.origin),
        _paragraph(_("Made with Hepar. Not a medical device.")),
    ]
    return _PAGE.format(title=safe(shown.title), body="".join(body), language=spoken()).encode()


def contents(shown: Sequence[Exhibit]) -> bytes:
    """Write a page that lists exhibits with what each of them says first."""
    lines = (
        f'<li><a href="{each.key}.html">{safe(each.title)}</a>'
        f"{_paragraph(next(iter(each.sentences), ''))}</li>"
        for each in shown
    )
    title = _("Results")
    return _PAGE.format(
        title=safe(title), body=f"<ul>{''.join(lines)}</ul>", language=spoken()
    ).encode()


def _figure(shown: Exhibit, alone: bool) -> str:
    if shown.figure is None:
        return ""
    drawing: str = shown.figure.checked().to_html(
        full_html=False,
        include_plotlyjs=False,
        config=zooming() | {"toImageButtonOptions": {"format": "svg", "filename": shown.key}},
        div_id=shown.key,
    )
    draws = f"<script>{script()}</script>" if alone else f'<script src="{SCRIPT}"></script>'
    return f'{draws}<div role="figure" aria-label="{_quoted(shown.alt)}">{drawing}</div>'


def _quoted(words: str) -> str:
    """Words as an attribute of a page, in which nothing of a spreadsheet ends it."""
    return safe(words).replace('"', "&quot;")


def _titled(shown: Table, under: str) -> str:
    title = "" if shown.title == under else f"<h2>{safe(shown.title)}</h2>"
    return f"{title}{table(shown.frame)}{_paragraph(shown.caption)}"


def table(frame: pd.DataFrame, title: str = "") -> str:
    """A table of words, its first column the names of the rows; no cell acts as markup."""
    caption = f"<caption><strong>{safe(title)}</strong></caption>" if title else ""
    head = "".join(f'<th scope="col">{safe(str(name))}</th>' for name in frame.columns)
    body = "".join(map(_row, frame.astype(object).fillna("").astype(str).to_numpy().tolist()))
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(cells: list[str]) -> str:
    name, *others = map(safe, cells)
    drawn = "".join(f"<td>{each}</td>" for each in others)
    return f'<tr><th scope="row">{name}</th>{drawn}</tr>'


def _paragraph(words: str) -> str:
    return f"<p>{safe(words)}</p>" if words else ""


def _list(lines: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{safe(line)}</li>" for line in lines) + "</ul>" if lines else ""


def zooming(*without: str) -> dict[str, object]:
    """What the figure's own buttons offer: to zoom, to move, to go back; `without` some of them."""
    unused = ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d", *without]
    offered = {"displaylogo": False, "showSendToCloud": False, "modeBarButtonsToRemove": unused}
    return offered | _worded()


def _worded() -> dict[str, object]:
    """The words of what draws, in the visitor's language; nothing where English is spoken."""
    if spoken() == "en":
        return {}
    own = {"dictionary": {words: _(words) for words in BUTTONS}, "format": {}}
    return {"locale": spoken(), "locales": {spoken(): own}}
