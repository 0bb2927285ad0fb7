"""All exhibits of a study as a folder: a page each, their tables, and what lists them."""

from collections.abc import Sequence
from pathlib import Path

from lib.exhibits.exhibit import Exhibit
from lib.export import html, xlsx

INDEX, TABLES = "index.html", "tables.xlsx"


def names(shown: Sequence[Exhibit]) -> list[str]:
    """The files that `write` makes.

    Raises `ValueError` if two exhibits have one key, and so one file.
    """
    pages = [f"{each.key}.html" for each in shown]
    if len(set(pages)) < len(pages):
        raise ValueError(f"two exhibits of one key among {sorted(pages)}")
    return [*pages, html.SCRIPT, INDEX, TABLES] if shown else []


def write(shown: Sequence[Exhibit], folder: Path) -> None:
    """Write a page for each exhibit, one script for all of them, and a workbook of their tables."""
    if not names(shown):
        return
    (folder / html.SCRIPT).write_text(html.script(), encoding="utf-8")
    for each in shown:
        (folder / f"{each.key}.html").write_bytes(html.page(each, alone=False))
    (folder / INDEX).write_bytes(html.contents(shown))
    (folder / TABLES).write_bytes(xlsx.workbook(shown))
