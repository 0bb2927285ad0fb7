"""A report as DOCX: headings as styles, tables to be edited, figures as images with words."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import docx
import pandas as pd
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from lib import text
from lib.exhibits.exhibit import said
from lib.exhibits.report import Numbered, Placed, Report, Sentence
from lib.export.paper import WIDTH, instead
from lib.language import _, spoken

_PAGE, _MARGIN = (210, 297), 20
_FONT = "Arial"
_WIDEST = 45  # signs of a cell for which a column is made wider
_SHORT, _TOGETHER = 10, 2
"""Rows of a table that stays on one page, and how many stay together at both ends of a longer."""
_LINE = {"val": "single", "sz": "8", "space": "0", "color": "000000"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MADE = (2020, 1, 1, 0, 0, 0)  # when every part of a file says that it was made


def document(found: Report, drawn: Mapping[str, bytes]) -> bytes:
    """Write a report, with its figures as PNG by the keys of their exhibits.

    A figure that is not among them is named as missing in its place.
    """
    made = docx.Document()
    _set_up(made, found)
    made.add_paragraph(_clean(found.title), style="Title")
    for words in said(found.authors, found.source):
        made.add_paragraph(_clean(words), style="Subtitle")
    for part in found.parts:
        made.add_heading(_clean(part.title), 1)
        for row in part.paragraphs:
            _sentences(made.add_paragraph(), row)
        _notes(made, [part.note])
    for title, several in found.sections:
        made.add_heading(_clean(title), 1)
        for placed in several:
            _place(made, placed, drawn)
    _after(made, found)
    buffer = io.BytesIO()
    made.save(buffer)
    return _the_same(buffer)


def _the_same(buffer: io.BytesIO) -> bytes:
    """The file with no time of its making in it, so that the same report is the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, _MADE)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(part))
    return made.getvalue()


def _clean(words: str) -> str:
    """Words that a document can hold: none of its text is markup."""
    return _NOT_XML.sub("", text.visible(words))


def _set_up(made: Document, found: Report) -> None:
    """A4 with numbered pages, one font for all, and who and what in the file's own words."""
    section = made.sections[0]
    section.page_width, section.page_height = map(Mm, _PAGE)
    section.left_margin = section.right_margin = Mm(_MARGIN)
    section.top_margin = section.bottom_margin = Mm(_MARGIN)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(footer, "PAGE", "1")
    sizes = {"Normal": 10, "Title": 18, "Subtitle": 10, "Heading 1": 14, "Caption": 9}
    for name, size in sizes.items():
        style = made.styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.italic = False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), _FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    made.styles["Caption"].font.bold = False
    made.styles["Caption"].paragraph_format.space_before = Pt(10)
    for spacing in made.styles["Subtitle"].element.rPr.findall(qn("w:spacing")):
        spacing.getparent().remove(spacing)
    about = made.core_properties
    about.title, about.author = _clean(found.title)[:255], _clean(found.authors)[:255]
    about.comments, about.language = _clean(found.software)[:255], spoken()


def _field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """A number that the text processor counts, with what it is now."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = shown
    run.append(words)
    field.append(run)
    paragraph._p.append(field)


def _sentences(paragraph: Paragraph, row: Sequence[Sentence]) -> None:
    for at, each in enumerate(row):
        run = paragraph.add_run((" " if at else "") + _clean(each.marked))
        run.italic = each.is_edited


def _notes(made: Document, lines: Iterable[str]) -> None:
    for line in filter(None, lines):
        paragraph = made.add_paragraph()
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(_clean(line)).font.size = Pt(8)


def _place(made: Document, placed: Placed, drawn: Mapping[str, bytes]) -> None:
    if placed.figure is not None:
        _figure(made, placed, drawn.get(placed.exhibit.key))
    elif placed.number:
        _notes(made, [placed.elsewhere])
    for table in placed.tables:
        _numbered(made, table, "" if placed.figure is not None else placed.warned)
    for line in placed.comment:
        made.add_paragraph(_clean(line), style="Quote")


def _figure(made: Document, placed: Placed, png: bytes | None) -> None:
    paragraph = made.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    if missing := instead(placed, is_drawn=png is not None):
        paragraph.add_run(_clean(missing))
    elif png is not None:
        picture = paragraph.add_run().add_picture(io.BytesIO(png), width=Mm(WIDTH))
        about = picture._inline.docPr
        about.set("descr", _clean(placed.alt))
        about.set("title", _clean(placed.title))
    caption = made.add_paragraph(style="Caption")
    _number(caption, placed.place, placed.number)
    caption.add_run(_clean(placed.named.removeprefix(placed.place))).bold = True
    caption.add_run(_clean(f" {placed.exhibit.caption}"))
    _notes(made, [placed.warned])


def _number(caption: Paragraph, place: str, number: int) -> None:
    """``Figure 2``, whose number the text processor counts."""
    word = place.removesuffix(str(number))
    caption.add_run(word).bold = True
    kind = "Figure" if word.strip() == _("Figure {n}").format(n="").strip() else "Table"
    _field(caption, rf"SEQ {kind} \* ARABIC", str(number))
    run = caption._p.findall(qn("w:fldSimple"))[-1].find(qn("w:r"))
    Run(run, caption).bold = True


def _numbered(made: Document, table: Numbered, warned: str) -> None:
    caption = made.add_paragraph(style="Caption")
    caption.paragraph_format.keep_with_next = True
    _number(caption, table.place, table.number)
    caption.add_run(_clean(table.named.removeprefix(table.place))).bold = True
    _table(made, table.table.frame)
    _notes(made, [table.note, table.warned, warned])


def _table(made: Document, frame: pd.DataFrame) -> None:
    """A table with the lines that journals print, whose head is repeated on every page.

    A short one stays whole with its title; of a longer one no row stands alone on a page.
    """
    words = frame.astype(object).fillna("").astype(str)
    rows = [list(map(str, frame.columns)), *words.to_numpy().tolist()]
    table = made.add_table(len(rows), len(frame.columns))
    table.autofit = True
    widths = _widths(rows)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for at, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
        _keep(row._tr, "w:cantSplit")
        for cell, said_here, width in zip(row.cells, cells, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.paragraph_format.keep_with_next = _stays(at, len(rows))
            run = paragraph.add_run(_indented(said_here))
            run.font.size, run.bold = Pt(8), at == 0
    _keep(table.rows[0]._tr, "w:tblHeader")
    _lines(table)


def _stays(at: int, rows: int) -> bool:
    """Whether a row, the head being the first, stands on the page of the next."""
    ends = at <= _TOGETHER or at >= rows - _TOGETHER
    return at < rows - 1 and (rows <= _SHORT or ends)


def _widths(rows: Sequence[Sequence[str]]) -> list[Mm]:
    """How wide each column is: as its longest cell asks, none so narrow that words break."""
    columns = list(zip(*rows, strict=True))
    asked = [min(max(map(len, column)), _WIDEST) for column in columns]
    words = [max(map(len, " ".join(column).split()), default=0) for column in columns]
    sizes = [max(ask, min(word, _WIDEST) + 2) for ask, word in zip(asked, words, strict=True)]
    return [Mm(WIDTH * size / sum(sizes)) for size in sizes]


def _indented(cell: str) -> str:
    """A cell as far from the edge as it was set."""
    bare = cell.lstrip("\u2003")
    return "\u2003" * (len(cell) - len(bare)) + _clean(bare)


def _keep(row: Any, what: str) -> None:
    properties = row.get_or_add_trPr()
    flag = OxmlElement(what)
    flag.set(qn("w:val"), "true")
    properties.append(flag)


def _lines(table: Table) -> None:
    """Lines above and below, and under the head."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(_line(side))
    table._tbl.tblPr.append(borders)
    for cell in table.rows[0].cells:
        own = OxmlElement("w:tcBorders")
        own.append(_line("bottom"))
        cell._tc.get_or_add_tcPr().append(own)


def _line(side: str) -> Any:
    line = OxmlElement(f"w:{side}")
    for name, value in _LINE.items():
        line.set(qn(f"w:{name}"), value)
    return line


def _after(made: Document, found: Report) -> None:
    """Cautions by their numbers, checklists, and where all of it comes from."""
    if found.cautions:
        made.add_heading(_clean(_("Cautions")), 1)
    for at, words in enumerate(found.cautions, start=1):
        made.add_paragraph(f"{at}. {_clean(words)}")
    if found.checklists:
        made.add_heading(_clean(_("Checklists")), 1)
    for table in found.checklists:
        caption = made.add_paragraph(style="Caption")
        caption.paragraph_format.keep_with_next = True
        caption.add_run(_clean(table.title)).bold = True
        _table(made, table.frame)
        _notes(made, [table.caption])
    made.add_heading(_clean(_("Source")), 1)
    _notes(made, said(found.missing, *found.origin))
