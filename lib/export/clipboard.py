"""A table as it is pasted: into a text processor as a table, into anything else as lines."""

from lib import text
from lib.exhibits.exhibit import Table
from lib.export.xlsx import neutral
from lib.figures.theme import safe

_LINE = "1pt solid #000"
_HEAD = f"border-top:{_LINE};border-bottom:{_LINE};text-align:left;padding:2pt 6pt"
_CELL = "text-align:left;vertical-align:top;font-weight:normal;padding:2pt 6pt"


def rich(table: Table) -> str:
    """A table as HTML with the lines that journals print; no cell of it acts as markup."""
    head, *rows = _cells(table)
    drawn = [_row(head, "th", _HEAD), *(_row(each, "td", _CELL) for each in rows)]
    look = f"border-collapse:collapse;border-bottom:{_LINE}"
    return f'<table style="{look}">{"".join(drawn)}</table>'


def plain(table: Table) -> str:
    """A table as lines of cells that tabs part."""
    return "\n".join("\t".join(row) for row in _cells(table))


def _cells(table: Table) -> list[list[str]]:
    """The names of the columns and the rows under them; none is taken for a formula."""
    words = table.frame.astype(object).fillna("").astype(str)
    return [
        [neutral(text.in_line(cell)) for cell in row]
        for row in (list(map(str, words.columns)), *words.to_numpy().tolist())
    ]


def _row(cells: list[str], kind: str, look: str) -> str:
    drawn = (f'<{kind} style="{look}">{safe(each)}</{kind}>' for each in cells)
    return f"<tr>{''.join(drawn)}</tr>"
