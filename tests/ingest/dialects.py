"""A table, written as hospitals, trials and registries would send it."""

import io
import struct
import zipfile
from html import escape
from xml.sax.saxutils import escape as xml

SHEET = "xl/worksheets/sheet1.xml"
"""The part of a workbook that holds its first sheet."""


def text(rows, delimiter=";", encoding="utf-8", end="\r\n"):
    lines = (delimiter.join(_quoted(str(cell), delimiter) for cell in row) for row in rows)
    return (end.join(lines) + end).encode(encoding)


def _quoted(cell, delimiter):
    if delimiter in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def html(rows):
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<html><body><p>Отчёт<table border=1>{body}</table></body></html>".encode("cp1251")


def ods(rows):
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    body = "".join(
        f"<table:table-row>{''.join(cell.format(xml(c)) for c in row)}</table:table-row>"
        for row in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        f' xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0"'
        f' xmlns:text="{names}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Лист1">{body}</table:table>'
        f"</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest'
        f' xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry manifest:full-path="/"'
        f' manifest:media-type="{kind}"/></manifest:manifest>'
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return data.getvalue()


def xlsm(book):
    """An XLSX as it is saved with macros: the same parts, another type of content."""
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "[Content_Types].xml":
                assert plain in part
                part = part.replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
            new.writestr(name, part)
        new.writestr("xl/vbaProject.bin", compound({"PROJECT": b"macros"}))
    return data.getvalue()


def repacked(data, part, change, compression=zipfile.ZIP_DEFLATED):
    """A workbook in which one part is changed, by what makes its text another."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(made, "w", compression) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()) if name == part else content)
    return made.getvalue()


def xls(rows, since_1904=False):
    """A workbook of 1997 (BIFF8), every text a label and every number a number."""

    def record(kind, body=b""):
        return struct.pack("<HH", kind, len(body)) + body

    def label(row, column, cell):
        if not isinstance(cell, str):
            return record(0x0203, struct.pack("<HHHd", row, column, 0, cell))
        body = struct.pack("<HHHHB", row, column, 0, len(cell), 1) + cell.encode("utf-16-le")
        return record(0x0204, body)

    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6))
    sheet += record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    sheet += b"".join(
        label(r, c, cell) for r, row in enumerate(rows) for c, cell in enumerate(row) if cell
    )
    sheet += record(0x000A)
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6))
    begin += record(0x0042, struct.pack("<H", 1200)) + record(0x0022, struct.pack("<H", since_1904))
    name = "Лист1".encode("utf-16-le")
    length = len(begin) + 4 + 8 + len(name) + 4
    begin += record(0x0085, struct.pack("<IHBB", length, 0, 5, 1) + name)
    return compound({"Workbook": begin + record(0x000A) + sheet})


def encrypted():
    """What Excel writes when a workbook has a password: no workbook, but an envelope."""
    info = struct.pack("<HHI", 4, 4, 0x40) + b"<encryption/>"
    return compound({"EncryptionInfo": info, "EncryptedPackage": b"\x00" * 64})


def compound(streams):
    """A compound file (OLE2) of some streams, each of whole sectors."""
    free, end, special = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    sectors, fat, entries = [], [special, end], []
    for name, data in streams.items():
        data = data.ljust(max(4096, -(-len(data) // 512) * 512), b"\x00")
        start = len(fat)
        count = len(data) // 512
        fat += [*range(start + 1, start + count), end]
        sectors += [data[i : i + 512] for i in range(0, len(data), 512)]
        entries.append((name, 2, start, len(data)))
    root = ("Root Entry", 5, end, 0)
    directory = b""
    for number, (name, kind, start, size) in enumerate([root, *entries]):
        raw = name.encode("utf-16-le") + b"\x00\x00"
        child = 1 if kind == 5 else free
        right = number + 1 if 0 < number < len(entries) else free
        directory += raw.ljust(64, b"\x00") + struct.pack("<HBB", len(raw), kind, 1)
        directory += struct.pack("<III", free, right, child) + b"\x00" * 36
        directory += struct.pack("<IQ", start, size)
    directory = directory.ljust(512, b"\x00")
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    return header + table + directory + b"".join(sectors)
