"""A report as one page of HTML: interactive and without a network, or as it is printed."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256

import pandas as pd

from lib.exhibits.exhibit import said
from lib.exhibits.report import Numbered, Placed, Report
from lib.export import html, paper
from lib.figures.theme import inked, safe
from lib.language import _, spoken

_SHORT = 10  # rows of a table that is kept on one page
_DRAW = """
for (const box of document.querySelectorAll(".plot")) {
  const { data, layout, config } = JSON.parse(box.nextElementSibling.textContent);
  Plotly.newPlot(box, data, layout, config);
}
"""
_LOOK = """
body { font: 16px/1.5 "Source Sans 3", "Source Sans Pro", Arial, sans-serif; color: #17212b;
  background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3, p, li, td, th { overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 2rem 0 .4rem; border-bottom: 1px solid #c5ced6; }
p { margin: .4rem 0; } li { margin: .3rem 0; }
.authors { font-size: 1.05rem; } .source { color: #a04f00; }
.note, figcaption { font-size: .88rem; } .note p { margin: .15rem 0; }
figure { margin: 1.4rem 0; }
mark { background: #fff3c4; font-style: italic; }
.comment { border-left: 3px solid #7c8791; padding-left: .8rem; }
.wide { overflow-x: auto; margin: 1.4rem 0; }
table { border-collapse: collapse; border-block: 2px solid; font-size: .88rem; width: 100%; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .7rem .2rem 0; }
thead th { border-bottom: 1px solid; }
tbody th { font-weight: normal; white-space: pre-wrap; }
"""
_PRINT = """
@page { size: A4; margin: 18mm 20mm 20mm; @bottom-center { content: counter(page);
  font: 8pt Arial, sans-serif; } }
body { font: 9.5pt/1.4 "Liberation Sans", Arial, sans-serif; max-width: none; margin: 0;
  padding: 0; }
h1 { font-size: 17pt; } h2 { font-size: 12.5pt; break-after: avoid; margin: 14pt 0 4pt; }
.note, figcaption, table { font-size: 8pt; line-height: 1.3; }
figure { margin: 10pt 0; } figcaption { break-before: avoid; }
figure img { display: block; width: WIDTHmm; }
.short { break-inside: avoid; }
.wide { overflow: visible; margin: 10pt 0; }
caption { break-after: avoid; } thead { display: table-header-group; } tr { break-inside: avoid; }
th, td { overflow-wrap: break-word; }
""".replace("WIDTH", str(paper.WIDTH))
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{look}</style></head>
<body>{body}{scripts}</body></html>
"""
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)


def interactive(found: Report) -> bytes:
    """A page that draws its figures by itself: the library stands in it once, and nothing else."""
    scripts = (html.script(), _DRAW) if any(each.figure for each in found.placed) else ()
    policy = _POLICY.format(scripts=" ".join(map(_allowed, scripts)) or "'none'")
    return _page(
        found, _LOOK, _drawing, policy, "".join(f"<script>{each}</script>" for each in scripts)
    ).encode()


def printable(found: Report, drawn: Mapping[str, str]) -> str:
    """A page to be printed, with figures as SVG by the keys of their exhibits.

    Each is an image of its own: within one page their parts have the same names.
    """

    def picture(placed: Placed) -> str:
        if missing := paper.instead(placed, is_drawn=placed.exhibit.key in drawn):
            return _paragraph(missing)
        data = base64.b64encode(drawn[placed.exhibit.key].encode()).decode()
        return f'<img alt="" src="data:image/svg+xml;base64,{data}">'

    return _page(found, _LOOK + _PRINT, picture, _POLICY.format(scripts="'none'"), "")


def _allowed(script: str) -> str:
    digest = sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _page(
    found: Report, look: str, picture: Callable[[Placed], str], policy: str, scripts: str
) -> str:
    body = "".join(_body(found, picture))
    title = safe(found.title)
    return _PAGE.format(
        language=spoken(), policy=policy, title=title, look=look, body=body, scripts=scripts
    )


def _body(found: Report, picture: Callable[[Placed], str]) -> Iterator[str]:
    yield f"<h1>{safe(found.title)}</h1>"
    yield _paragraph(found.authors, "authors")
    yield _paragraph(found.source, "source")
    for part in found.parts:
        yield _heading(part.title)
        for row in part.paragraphs:
            yield f"<p>{' '.join(_sentence(each.marked, each.is_edited) for each in row)}</p>"
        yield _paragraph(part.note, "note")
    for title, several in found.sections:
        yield _heading(title)
        for placed in several:
            yield from _placed(placed, picture)
    yield from _after(found)


def _after(found: Report) -> Iterator[str]:
    """What stands at the end: cautions, checklists, and where all of it comes from."""
    if found.cautions:
        yield _heading(_("Cautions"))
        yield f"<ol>{''.join(f'<li>{safe(each)}</li>' for each in found.cautions)}</ol>"
    if found.checklists:
        yield _heading(_("Checklists"))
    for table in found.checklists:
        yield _rows(table.title, table.frame, [table.caption])
    yield _heading(_("Source"))
    for line in said(found.missing, *found.origin):
        yield _paragraph(line, "note")


def _sentence(words: str, is_edited: bool) -> str:
    return f"<mark>{safe(words)}</mark>" if is_edited else safe(words)


def _heading(title: str) -> str:
    return f"<h2>{safe(title)}</h2>"


def _paragraph(words: str, kind: str = "") -> str:
    return f'<p class="{kind}">{safe(words)}</p>' if words else ""


def _placed(placed: Placed, picture: Callable[[Placed], str]) -> Iterator[str]:
    if placed.figure is not None:
        alt = safe(placed.alt).replace('"', "&quot;")
        caption = f"<strong>{safe(placed.named)}</strong> {safe(placed.exhibit.caption)}"
        notes = _paragraph(placed.warned, "note")
        yield (
            f'<figure role="group" aria-label="{alt}">{picture(placed)}'
            f"<figcaption>{caption}</figcaption>{notes}</figure>"
        )
    elif placed.number:
        yield _paragraph(placed.elsewhere, "note")
    for table in placed.tables:
        warned = "" if placed.figure is not None else placed.warned
        yield _numbered(table, warned)
    yield from (_paragraph(line, "comment") for line in placed.comment)


def _numbered(table: Numbered, warned: str) -> str:
    return _rows(table.named, table.table.frame, said(table.note, table.warned, warned))


def _rows(title: str, frame: pd.DataFrame, notes: Iterable[str]) -> str:
    short = " short" if len(frame) < _SHORT else ""
    under = "".join(f"<p>{safe(each)}</p>" for each in notes if each)
    table = html.table(frame, title)
    return f'<div class="wide{short}">{table}<div class="note">{under}</div></div>'


def _drawing(placed: Placed) -> str:
    """A figure's place, and its specification, in which nothing ends the script."""
    assert placed.figure is not None
    made = json.loads(inked(placed.figure, dark=False).to_json(validate=False))
    options = {"format": "svg", "filename": placed.exhibit.key}
    made["config"] = html.zooming() | {"responsive": True, "toImageButtonOptions": options}
    made["layout"].pop("width", None)
    spec = json.dumps(made, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    height = placed.figure.layout["height"]
    return (
        f'<div class="plot" style="height:{height}px"></div>'
        f'<script type="application/json">{spec}</script>'
    )
