"""A report as files: DOCX, HTML, PDF, its figures, and a workbook of its tables."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from lib.exhibits.report import Report
from lib.export import chromium, docx, onepage, paper, xlsx
from lib.export.chromium import BrowserError, Image
from lib.language import _

Format = Literal["docx", "html", "pdf", "figures", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)
STEM = "report"
_WITHOUT: tuple[Format, ...] = ("docx", "html", "xlsx")
"""Formats that are made without a browser too."""


class Made(NamedTuple):
    """The files of a report, and what could not be made, in a sentence."""

    files: dict[str, bytes]  # by their names
    left_out: str  # '' where nothing was

    def of(self, asked: Collection[str]) -> dict[str, bytes]:
        """The files of some formats."""
        return {name: data for name, data in self.files.items() if _format(name) in asked}


def made(
    found: Report, asked: Collection[str], drawn: Mapping[str, Image] = MappingProxyType({})
) -> Made:
    """Make a report in some of `FORMATS`, drawn by a browser of this machine.

    `drawn`: its figures by the keys of their exhibits, where they are drawn already. Where there is
    no browser, or it fails, what needs it is left out and named.
    """
    files: dict[str, bytes] = {}
    why = ""
    try:
        if not drawn and {"docx", "pdf", "figures"} & {*asked}:
            drawn = images(found)
        if "pdf" in asked:
            files[name("pdf")] = file(found, "pdf", drawn)
    except BrowserError:
        why = _without(found, asked, drawn)
    for each in _WITHOUT:
        if each in asked:
            files[name(each)] = file(found, each, drawn)
    return Made(files | (figures(found, drawn) if "figures" in asked else {}), why)


def figures(found: Report, drawn: Mapping[str, Image]) -> dict[str, bytes]:
    """Each figure as SVG and as PNG, where it was drawn."""
    files: dict[str, bytes] = {}
    for key, stem in _pictures(found).items():
        if key in drawn:
            files |= {f"{stem}.svg": drawn[key].svg.encode(), f"{stem}.png": drawn[key].png}
    return files


def name(asked: Format) -> str:
    """How the file of a format is called."""
    return f"{STEM}.{asked}"


def _format(file: str) -> str:
    """The format that a file is of."""
    return file.rpartition(".")[2] if file.startswith(f"{STEM}.") else "figures"


def _without(found: Report, asked: Collection[str], drawn: Mapping[str, Image]) -> str:
    """What is left out for want of a browser, in a sentence."""
    lost = bool(_pictures(found)) and not drawn
    words = {
        "docx": _("the figures in DOCX") if lost else "",
        "pdf": _("PDF"),
        "figures": _("figures as SVG and PNG") if lost else "",
    }
    what = ", ".join(said for each, said in words.items() if each in asked and said)
    if chromium.found():
        return _("The browser of this machine failed, so these are left out: {what}.").format(
            what=what
        )
    return _(
        "No Chrome or Chromium was found, which {path} may name, so these are left out: {what}."
    ).format(path=chromium.PATH, what=what)


def file(found: Report, asked: Format, drawn: Mapping[str, Image]) -> bytes:
    """One format of a report, with its figures as images by the keys of their exhibits.

    Raises `BrowserError` if a PDF is asked for where no browser prints it.
    """
    if asked == "docx":
        return docx.document(found, {key: each.png for key, each in drawn.items()})
    if asked == "html":
        return onepage.interactive(found)
    if asked == "xlsx":
        return xlsx.workbook([each.exhibit for each in found.placed])
    if asked == "pdf":
        page = onepage.printable(found, {key: each.svg for key, each in drawn.items()})
        return chromium.pdf(page)
    raise ValueError("figures are several files")


def images(found: Report) -> dict[str, Image]:
    """Every figure of a report at the width of its page, by the keys of their exhibits.

    Raises `BrowserError` if no browser of this machine draws them.
    """
    figures = {p.exhibit.key: p.figure for p in found.placed if p.figure is not None}
    return chromium.images(figures, paper.WIDTH)


def _pictures(found: Report) -> dict[str, str]:
    """How the files of figures are called, without their ending, by the keys of exhibits."""
    return {
        each.exhibit.key: f"figure-{each.number}"
        for each in found.placed
        if each.figure is not None
    }
