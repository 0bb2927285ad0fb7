"""Tables and figures as files to take away, each with what must not be lost from beside it."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import xlsxwriter

from lib.analyses.provenance import Provenance
from lib.figures.theme import Figure, safe
from lib.language import _
from lib.schema import Endpoint


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A figure with its title, its caption and its numbers, on a page as in a folder.

    Its `key` names its files: short, the same for every cohort, and no other figure's.
    """

    key: str
    figure: Figure
    title: str
    caption: str
    tables: list[tuple[str, pd.DataFrame]]


SCRIPT = "plotly.min.js"
"""The library that draws the figures of a page: its smaller build, which knows bars, lines, marks
and cells; of the version that plotly itself has."""
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_KEY = 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

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


def workbook(tables: Sequence[tuple[str, pd.DataFrame]], notes: Sequence[str]) -> bytes:
    """Write tables as an XLSX workbook, a sheet each, the notes under each table.

    Parameters
    ----------
    tables : sequence of (title, DataFrame)
        Of words; numbers are written as numbers, all else as text, none of it as a formula.
    notes : sequence of str
        Whose patients, cautions, methods.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        names: set[str] = set()
        bold, plain = book.add_format({"bold": True}), book.add_format({"text_wrap": False})
        for position, (title, frame) in enumerate(tables, start=1):
            sheet = book.add_worksheet(_sheet_name(title, position, names))
            rows = [list(frame.columns), *frame.fillna("").astype(str).to_numpy().tolist()]
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if at and _is_number(cell):
                        sheet.write_number(at, column, float(cell))
                    else:
                        sheet.write_string(at, column, neutral(cell), plain if at else bold)
            for column in range(len(frame.columns)):
                widest = max(len(str(row[column])) for row in rows)
                sheet.set_column(column, column, min(60, 2 + widest))
            for at, note in enumerate(notes, start=len(rows) + 1):
                sheet.write_string(at, 0, neutral(note))
    return buffer.getvalue()


def _sheet_name(title: str, position: int, taken: set[str]) -> str:
    """A title as the name of a sheet, numbered where another sheet has it."""
    name = "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31].strip()
    if not name or name.casefold() in taken:
        name = f"{name[:27]} {position}".strip()
    taken.add(name.casefold())
    return name


def neutral(cell: str) -> str:
    """Keep a cell from being run as a formula by the spreadsheet that opens it."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        return isfinite(float(cell))
    except ValueError:
        return False


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

    Parameters
    ----------
    key : str
        Names the image that the page's camera gives.
    figure : Figure
    title, caption : str
    notes : sequence of str
    alone : bool
        Whether `script` is in the page; otherwise it has to lie beside it as `SCRIPT`.
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


def key(*parts: str) -> str:
    """The name of a result's files, without their ending: ``survival-os``.

    Raises
    ------
    ValueError
        If it would not do in every file system: the parts are the product's own, never a label or
        a text of the file.
    """
    made = "-".join(parts).lower().replace(" ", "-")
    if len(made) > _LONGEST_KEY or not _KEY.fullmatch(made):
        raise ValueError(f"a key is of plain letters, digits and hyphens, got {made!r}")
    return made


def of_endpoint(endpoint: Endpoint, whence: Provenance) -> str:
    """An endpoint in a key: its code, or its place among those of the file's own making."""
    own = whence.own_endpoints
    return f"own{own.index(endpoint) + 1}" if endpoint in own else endpoint.code
