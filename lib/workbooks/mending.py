"""A workbook of which a few cells are of no form: what its reader cannot take becomes a text.

One impossible number would otherwise make the whole of it unreadable. Looked for only there.
"""

import io
import re
import zipfile
from collections.abc import Callable

from lib.workbooks import limits, parts

STRINGS = "xl/sharedStrings.xml"
_SHEET, _OPEN = "xl/worksheets/", "content.xml"
_LARGEST = 1 << 27  # bytes of the parts of a workbook beyond which nothing is mended
_FLOAT = re.compile(rb"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_ERRORS = (b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!")
_CELL = re.compile(rb"<c(\s[^<>]*?)?(?:/>|>(.*?)</c>)", re.DOTALL)
_VALUE = re.compile(rb"<v(?:\s[^<>]*)?>([^<]*)</v>")
_KIND = re.compile(rb"""\st=["']([^"']*)["']""")
_PLACED = re.compile(rb"""\sr=["'](?![A-Za-z]{1,3}[1-9]\d{0,6}["'])[^"']*["']""")
_STYLED = re.compile(rb"""\ss=["'](?!\d+["'])[^"']*["']""")
_ROW = re.compile(rb"""(<row\b[^<>]*?)\sr=["'](?![1-9]\d{0,6}["'])[^"']*["']""")
_RANGE = rb"[A-Za-z]{1,3}[1-9]\d{0,6}(?::[A-Za-z]{1,3}[1-9]\d{0,6})?"
_RANGES = re.compile(
    rb"""<(?:dimension|mergeCell)\s[^<>]*?ref=["'](?!""" + _RANGE + rb"""["'])[^<>]*?/>"""
)
_COUNTED = re.compile(rb"""(<sst\b[^<>]*?)\s(?:uniqueCount|count)=["'][^"']*["']""")
_REFERENCE = re.compile(rb"&(#x[\da-fA-F]{1,6};|#\d{1,7};|(?:amp|lt|gt|quot|apos);)?")
_HIGHEST = 0x10FFFF
_OPEN_CELL = re.compile(rb"<table:(?:covered-)?table-cell\s[^<>]*>")
_NUMBERED = re.compile(rb"""\soffice:value-type=["'](?:float|percentage|currency)["']""")
_WORTH = re.compile(rb"""\soffice:value=["']([^"']*)["']""")
_REPEATED = re.compile(rb"""\stable:number-(column|row)s-repeated=["']([^"']*)["']""")
_MOST_REPEATED = 1 << 20  # rows or columns, to the end of a sheet


def mended(data: bytes) -> tuple[bytes, int]:
    """A packed workbook in which every cell is of some form, and how many were of none.

    Raises `TooLargeError` if the file says that a cell stands in more columns than there may be.
    """
    made, count = io.BytesIO(), 0
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        if sum(part.file_size for part in old.infolist()) > _LARGEST:
            return data, 0
        strings = old.read(STRINGS).count(b"<si") if STRINGS in old.namelist() else 0
        for part in old.infolist():
            xml, changed = _part(part.filename, old.read(part), strings)
            count += changed
            new.writestr(part.filename, xml, zipfile.ZIP_DEFLATED, 1)
    return made.getvalue(), count


def uncounted(strings: bytes) -> bytes:
    """The texts of a workbook without the number that it says there are: room is made for that."""
    return _COUNTED.sub(rb"\1", _COUNTED.sub(rb"\1", strings, count=1), count=1)


def _part(name: str, xml: bytes, strings: int) -> tuple[bytes, int]:
    if b"<!DOCTYPE" in xml[: parts.HEAD] or not name.endswith(".xml"):
        return xml, 0
    if name.startswith(_SHEET):
        steps: list[tuple[re.Pattern[bytes], _Change]] = [
            (_CELL, lambda cell: _cell(cell, strings)),
            (_ROW, lambda row: row[1]),
            (_RANGES, lambda _range: b""),
        ]
    elif name == _OPEN:
        _check_repeated(xml)
        steps = [(_OPEN_CELL, _open_cell), (_REPEATED, _once)]
    else:
        xml, steps = (uncounted(xml) if name == STRINGS else xml), []
    count = 0
    for pattern, change in (*steps, (_REFERENCE, _reference)):
        xml, changed = _changed(pattern, change, xml)
        count += changed
    return xml, count


_Change = Callable[[re.Match[bytes]], bytes]


def _changed(pattern: re.Pattern[bytes], change: _Change, xml: bytes) -> tuple[bytes, int]:
    count = 0

    def put(found: re.Match[bytes]) -> bytes:
        nonlocal count
        new = change(found)
        count += new != found[0]
        return new

    return pattern.sub(put, xml), count


def _cell(cell: re.Match[bytes], strings: int) -> bytes:
    """A cell of an XLSX: by its type, or as a text; one of a text that is not there as an error."""
    said, inside = cell[1] or b"", cell[2]
    said = _STYLED.sub(b"", _PLACED.sub(b"", said))
    value = _VALUE.search(inside or b"")
    worth, kind = (value[1].strip() if value else b""), _KIND.search(said)
    name = kind[1] if kind else b"n"
    if worth and name == b"s" and not (worth.isdigit() and int(worth[:9]) < strings):
        return b"<c" + _KIND.sub(b' t="e"', said) + b"><v>#REF!</v></c>"
    if worth and kind and not _is_of(name, worth):
        said = _KIND.sub(b' t="str"', said)
    return b"<c" + said + (b"/>" if inside is None else b">" + inside + b"</c>")


def _is_of(kind: bytes, worth: bytes) -> bool:
    if kind == b"n":
        return _FLOAT.fullmatch(worth) is not None
    known = {b"b": (b"0", b"1", b"true", b"false"), b"e": _ERRORS}.get(kind)
    return worth in known if known else kind in (b"s", b"str", b"inlineStr", b"d")


def _open_cell(cell: re.Match[bytes]) -> bytes:
    """A cell of an ODS: a number, or what it says in place of one as a text."""
    tag = cell[0]
    value = _WORTH.search(tag)
    if not _NUMBERED.search(tag) or (value and _FLOAT.fullmatch(value[1])):
        return tag
    text = b' office:string-value="' + value[1] + b'"' if value and value[1] else b""
    tag = _WORTH.sub(b"", tag)
    return _NUMBERED.sub(b' office:value-type="string"' + text, tag)


def _check_repeated(xml: bytes) -> None:
    """Refuse an ODS that says a cell is repeated more often than there may be cells."""
    most = {b"column": 1, b"row": 1}
    for which, said in _REPEATED.findall(xml):
        if said.isdigit():
            most[which] = max(most[which], int(said[:12]))
    for which, what in ((b"column", limits.COLUMNS), (b"row", limits.ROWS)):
        if most[which] > _MOST_REPEATED:
            raise limits.TooLargeError(what)
    if most[b"column"] * most[b"row"] > limits.MOST_CELLS:
        raise limits.TooLargeError(limits.CELLS)


def _once(said: re.Match[bytes]) -> bytes:
    """How often a cell or a row is repeated; once where that is no number."""
    return said[0] if said[2].isdigit() else b""


def _reference(found: re.Match[bytes]) -> bytes:
    """A reference to a sign; as it stands where no XML has it, and a mark where no sign has it."""
    if not found[1]:
        return b"&amp;"
    if not found[1].startswith(b"#"):
        return found[0]
    code = found[1][1:-1]
    number = int(code[1:], 16) if code.startswith(b"x") else int(code)
    surrogate = 0xD800 <= number <= 0xDFFF
    return found[0] if 0 < number <= _HIGHEST and not surrogate else "\ufffd".encode()
