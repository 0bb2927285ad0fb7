"""The parts of an XLSX: which sheet each holds, what belongs to it, and what its styles show."""

import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

HEAD = 4096  # bytes in which what holds for a whole part stands
LARGEST_PART = 64 << 20  # bytes of a part beside the sheets beyond which it is not looked at
WORKBOOK = "xl/workbook.xml"
_PERCENT_FORMATS = frozenset(("9", "10"))
"""Formats of a percentage that every workbook knows by number."""
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""What a format shows as it stands, so that a sign in it has no meaning."""
_PLAIN = frozenset(("000000", "FFFFFF"))
_PLAIN_THEME, _PLAIN_INDEX = ("0", "1"), ("0", "1", "8", "9", "64", "65")
_FALSE = ("0", "false", "none")


@dataclass(frozen=True, slots=True)
class Styles:
    """What the numbered styles of a workbook's cells show."""

    # percent, struck: the styles that show a number as a percentage, and those whose text is struck
    # through
    percent: frozenset[str] = frozenset()
    struck: frozenset[str] = frozenset()
    # For each style with a fill or a text that is neither black nor white, its colour.
    colours: Mapping[str, str] = field(default_factory=dict)


def part(book: zipfile.ZipFile, name: str) -> Element | None:
    """A part of a workbook as XML, None where there is none that can be read."""
    try:
        info = book.getinfo(name)
        if info.file_size > LARGEST_PART:
            return None
        return ElementTree.fromstring(book.read(info))
    except (KeyError, ElementTree.ParseError):
        return None


def related(book: zipfile.ZipFile, name: str) -> dict[str, str]:
    """The parts that a part names, by the id under which it does."""
    folder, file = posixpath.split(name)
    found = part(book, f"{folder}/_rels/{file}.rels")
    targets: dict[str, str] = {}
    for each in found if found is not None else ():
        target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))
        targets[each.get("Id", "")] = target.removeprefix("/")
    return targets


def sheet_names(book: zipfile.ZipFile) -> dict[str, str]:
    """The name of the sheet that each part of an XLSX holds."""
    workbook = part(book, WORKBOOK)
    if workbook is None:  # another kind of workbook
        return {}
    targets = related(book, WORKBOOK)
    named: dict[str, str] = {}
    for sheet in workbook.iterfind("{*}sheets/{*}sheet"):
        ids = (value for key, value in sheet.attrib.items() if key.endswith("}id"))
        named[targets.get(next(ids, ""), "")] = sheet.get("name", "")
    return named


def is_to_be_computed(book: zipfile.ZipFile) -> bool:
    """Whether a workbook asks to be computed when it is opened, as one that never was does."""
    workbook = part(book, WORKBOOK)
    asks = workbook.find("{*}calcPr") if workbook is not None else None
    return asks is not None and asks.get("fullCalcOnLoad", "0") not in _FALSE


def styles(book: zipfile.ZipFile) -> Styles:
    """What the numbered styles of the cells show."""
    found = part(book, "xl/styles.xml")
    if found is None:
        return Styles()
    formats = {
        each.get("numFmtId", ""): each.get("formatCode", "")
        for each in found.iterfind("{*}numFmts/{*}numFmt")
    }
    fonts = list(found.iterfind("{*}fonts/{*}font"))
    struck = {str(number) for number, each in enumerate(fonts) if _is_on(each.find("{*}strike"))}
    inked = [_colour(each.find("{*}color")) for each in fonts]
    filled = [_fill(each) for each in found.iterfind("{*}fills/{*}fill")]
    percent, through, colours = set(), set(), {}
    for number, each in enumerate(found.iterfind("{*}cellXfs/{*}xf")):
        style, font = str(number), each.get("fontId", "0")
        if shows_percent(each.get("numFmtId", "0"), formats):
            percent.add(style)
        if font in struck:
            through.add(style)
        colour = _of(filled, each.get("fillId", "0")) or _of(inked, font)
        if colour:
            colours[style] = colour
    return Styles(frozenset(percent), frozenset(through), colours)


def shows_percent(number: str, formats: Mapping[str, str]) -> bool:
    """Whether a number format shows a percentage; a quoted sign in it is a mere text."""
    code = formats.get(number)
    if code is None:
        return number in _PERCENT_FORMATS
    return "%" in _LITERAL.sub("", code)


def _of(values: list[str], place: str) -> str:
    return values[int(place)] if place.isdecimal() and int(place) < len(values) else ""


def _is_on(each: Element | None) -> bool:
    return each is not None and each.get("val", "1") not in _FALSE


def _fill(fill: Element) -> str:
    pattern = fill.find("{*}patternFill")
    if pattern is None or pattern.get("patternType", "none") in ("none", "gray125"):
        return ""
    return _colour(pattern.find("{*}fgColor"))


def _colour(each: Element | None) -> str:
    """A colour by which cells can be told apart, '' where it is black, white, or left to chance."""
    if each is None:
        return ""
    if rgb := each.get("rgb"):
        return "" if rgb[-6:].upper() in _PLAIN else rgb[-6:].upper()
    if theme := each.get("theme"):
        tinted = f"theme {theme} {each.get('tint', '')}".strip()
        return "" if theme in _PLAIN_THEME else tinted
    index = each.get("indexed", "64")
    return "" if index in _PLAIN_INDEX else f"colour {index}"
