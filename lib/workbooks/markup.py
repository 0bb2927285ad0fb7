"""What an XLSX says of its cells beside their values, read from the XML of its sheets.

The values come from elsewhere; here is what changes them (percentages, formulas without a value,
formula errors), what hides them, and what marks them. Cells are found by the few that are marked,
so that a sheet without marks costs no more than a search through its bytes.
"""

import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from lib.workbooks import parts
from lib.workbooks.parts import Styles

Place = tuple[int, int, str]
"""A row and a column from 0, -1 for all there are, and what stands there."""
Marks = dict[str, tuple[Place, ...]]  # the places that have each mark, by its code

PERCENT, ERROR, UNCOMPUTED = "percent", "error", "uncomputed"
HIDDEN, FILTERED, HIDDEN_COLUMN = "hidden", "filtered", "hidden column"
STRUCK, COLOURED, COMMENT, TOTAL = "struck", "coloured", "comment", "total"
MISREAD, MIXED, UNDECODED, ZERO = "misread", "mixed", "undecoded", "zero"
QUOTE, SHIFTED = "quote", "shifted"  # marks of what had to be mended in a text
CUT, OVERLAPPING, BROKEN = "cut", "overlapping", "broken"
"""Marks of cells longer than a spreadsheet holds, of ranges merged twice, of cells of no form."""
LABEL, DECLARED = "label", "declared"
"""The label of a variable, and values that a statistical package's file declares as missing."""
ABOVE, SHORT, LONG = "above", "short", "long"
STRUCK_CELL, MERGED = "struck cell", "merged"
"""Marks that follow from others once it is known where the table is."""
UNSEEN, UNREAD = "unseen", "unread"
"""Marks that only inform were not looked at in a large sheet, and none in this kind of file."""
NEVER_COMPUTED = "=…"  # what stands in a cell whose formula has no value: it is not blank
INFORMING = 24 << 20  # bytes of a sheet's XML up to which marks that only inform are looked for
MOST = 200_000  # places of a mark that only informs
_HEAD = 4096
_PREFIX = re.compile(rb"<(\w+:)worksheet\b")
_REFERENCE = re.compile(rb'\br=["\']([A-Z]{1,3})(\d{1,7})["\']')
_ROW_NUMBER = re.compile(rb'\br=["\'](\d{1,7})["\']')
_STYLE = re.compile(rb'\ss=["\'](\d+)["\']')
_MISPLACED = re.compile(rb"""\st=["']s["'][^<>]*><v>(?!\s*\d{1,9}\s*</v>|</v>)""")
_VALUE = re.compile(rb"<v(?:\s[^>]*)?>([^<]*)</v>")
_COLUMNS = re.compile(rb"<col\s[^>]*>")
_BOUNDS = re.compile(rb'\b(min|max)=["\'](\d{1,7})["\']')
_LAST_COLUMN = 1 << 14
_BESIDE = re.compile(r"comment|/tables/", re.IGNORECASE)
_CORNERS = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")


class MisplacedError(Exception):
    """A cell of an XLSX names a text that cannot be: its reader would take another for it."""


def marks_of(book: zipfile.ZipFile) -> dict[str, Marks]:
    """The marks of each sheet of an XLSX, by the sheet's name."""
    shown, recent = parts.styles(book), parts.is_to_be_computed(book)
    found: dict[str, Marks] = {}
    held = set(book.namelist())
    for name, sheet in parts.sheet_names(book).items():
        if name in held:
            found[sheet] = _marks(book, name, shown, recent)
    return found


def _marks(book: zipfile.ZipFile, name: str, shown: Styles, recent: bool) -> Marks:
    xml = _plain(book.read(name))
    if _MISPLACED.search(xml):
        raise MisplacedError
    beside, filtered = _beside(book, name)
    found: dict[str, list[Place]] = {
        PERCENT: list(_styled(xml, shown.percent)),
        ERROR: list(_errors(xml)),
        UNCOMPUTED: _uncomputed(xml, recent),
        HIDDEN_COLUMN: _hidden_columns(xml),
        **beside,
    }
    filtered |= xml.find(b"<filterColumn", max(xml.rfind(b"</sheetData>"), 0)) >= 0
    found[FILTERED if filtered else HIDDEN] = _hidden_rows(xml)
    if len(xml) <= INFORMING:
        found[STRUCK] = list(_styled(xml, shown.struck))[:MOST]
        found[COLOURED] = list(_coloured(xml, shown))[:MOST]
    elif shown.struck or shown.colours:
        found[UNSEEN] = [(-1, -1, "")]
    return {code: tuple(places) for code, places in found.items() if places}


def _plain(xml: bytes) -> bytes:
    """The XML without the prefix that some programs put before each name."""
    if match := _PREFIX.search(xml[:_HEAD]):
        return re.sub(rb"(</?)" + match[1], rb"\1", xml)
    return xml


def _hits(xml: bytes, attribute: bytes, value: bytes) -> Iterator[int]:
    """Where an attribute has a value, in the kind of quotation marks that the sheet has."""
    for quote in (b"'",) if b"='" in xml[:_HEAD] else (b'"',):
        needle = attribute + b"=" + quote + value + quote
        at = xml.find(needle)
        while at >= 0:
            yield at
            at = xml.find(needle, at + 1)


def _tag(xml: bytes, inside: int, name: bytes) -> tuple[int, bytes] | None:
    """Where the tag around a place begins, and its text, if it has a name."""
    start, end = xml.rfind(b"<", 0, inside), xml.find(b">", inside)
    tag = xml[start:end]
    return (start, tag) if tag[1:].split(None, 1)[:1] == [name] else None


def _place(xml: bytes, start: int, tag: bytes) -> tuple[int, int]:
    """The row and the column of a cell, counted where it does not say them itself."""
    if match := _REFERENCE.search(tag):
        return int(match[2]) - 1, column(match[1])
    row = xml.rfind(b"<row", 0, start)
    before = xml.count(b"<c ", row, start) + xml.count(b"<c>", row, start)
    return _row(xml, row, xml[row : xml.find(b">", row)]), before


def _row(xml: bytes, start: int, tag: bytes) -> int:
    if match := _ROW_NUMBER.search(tag):
        return int(match[1]) - 1
    return bisect_left(_rows(xml), start)


@lru_cache(maxsize=1)
def _rows(xml: bytes) -> list[int]:
    return [match.start() for match in re.finditer(rb"<row\b", xml)]


def _body(xml: bytes, start: int) -> bytes:
    """A cell from its tag to its end."""
    return xml[start : xml.find(b"</c>", start)]


def _styled(xml: bytes, styles: frozenset[str]) -> Iterator[Place]:
    for style in styles:
        for at in _hits(xml, b" s", style.encode()):
            if found := _tag(xml, at, b"c"):
                yield *_place(xml, *found), ""


def _errors(xml: bytes) -> Iterator[Place]:
    for at in _hits(xml, b" t", b"e"):
        if found := _tag(xml, at, b"c"):
            value = _VALUE.search(_body(xml, found[0]))
            yield *_place(xml, *found), value[1].decode(errors="replace") if value else ""


def _uncomputed(xml: bytes, recent: bool) -> list[Place]:
    """Formulas without a value.

    Programs that write workbooks without computing them leave the value out, or write 0 and ask
    for the workbook to be computed when it is opened: there a column of nothing but 0 has none.
    """
    empty: list[Place] = []
    zeros: dict[int, list[Place]] = {}
    at = xml.find(b"<f")
    while at >= 0:
        start = xml.rfind(b"<c", 0, at)
        if (
            start >= 0
            and xml[start + 2 : start + 3] in (b" ", b">")
            and xml[at + 2 : at + 3] in (b">", b" ", b"/")
        ):
            tag, body = xml[start : xml.find(b">", start)], _body(xml, start)
            value = _VALUE.search(body)
            said = value[1].strip() if value else b""
            if not said and not re.search(rb"\st=[\"'](?:str|e|b)", tag):
                empty.append((*_place(xml, start, tag), ""))
            elif recent:
                place = _place(xml, start, tag)
                zeros.setdefault(place[1], []).append((*place, said.decode(errors="replace")))
        at = xml.find(b"<f", at + 2)
    for places in zeros.values():
        if len(places) > 1 and {said for _row, _column, said in places} == {"0"}:
            empty += [(row, place, "") for row, place, _said in places]
    return empty


def _hidden_rows(xml: bytes) -> list[Place]:
    rows: list[Place] = []
    for value in (b"1", b"true"):
        for at in _hits(xml, b"hidden", value):
            if found := _tag(xml, at, b"row"):
                rows.append((_row(xml, *found), -1, ""))
    return sorted(rows)


def _hidden_columns(xml: bytes) -> list[Place]:
    """Columns that are hidden, but for all those to the sheet's end."""
    columns: list[Place] = []
    for tag in _COLUMNS.findall(xml[: max(xml.find(b"<sheetData"), 0)]):
        bounds = {name: int(number) for name, number in _BOUNDS.findall(tag)}
        first, last = bounds.get(b"min", 1), bounds.get(b"max", 0)
        if re.search(rb'\bhidden=["\'](?:1|true)', tag) and last < _LAST_COLUMN:
            columns += [(-1, place - 1, "") for place in range(first, last + 1)]
    return columns


def _coloured(xml: bytes, shown: Styles) -> Iterator[Place]:
    """Cells with a colour; of many styles each may be rare, so that all cells are looked at."""
    if not shown.colours:
        return
    for match in _STYLE.finditer(xml):
        colour = shown.colours.get(match[1].decode())
        if colour and (found := _tag(xml, match.start() + 1, b"c")):
            yield *_place(xml, *found), colour


def _beside(book: zipfile.ZipFile, name: str) -> tuple[dict[str, list[Place]], bool]:
    """Comments and totals in the parts that belong to a sheet, and whether a table is filtered."""
    commented: set[Place] = set()
    totals: list[Place] = []
    filtered = False
    for target in parts.related(book, name).values():
        found = parts.part(book, target) if _BESIDE.search(target) else None
        if found is None:
            continue
        for each in (*found.iterfind(".//{*}comment"), *found.iterfind(".//{*}threadedComment")):
            if match := _CORNERS.match(each.get("ref", "")):
                commented.add((int(match[2]) - 1, column(match[1].encode()), ""))
        corners = _CORNERS.fullmatch(found.get("ref", ""))
        if corners and corners[4]:
            own = found.get("totalsRowCount", "0") not in ("", "0")
            totals += [(int(corners[4]) - 1, -1, "")] if own else []
        filtered |= found.find(".//{*}filterColumn") is not None
    return {COMMENT: sorted(commented)[:MOST], TOTAL: totals}, filtered


def column(letters: bytes) -> int:
    """The place from 0 of a column with these letters."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1
