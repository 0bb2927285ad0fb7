"""Read a workbook in a process of its own: bytes on standard input, sheets on standard output.

A workbook of a few bytes can claim billions of cells, and the memory for them is asked for before
anybody can count them. Here only this process ends. It is started by its path, so that it imports
nothing but the reader: `lib.ingest.reader` starts it and knows its answers.
"""

import io
import pickle
import sys
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
    load_workbook,
)

ENCRYPTED, UNREADABLE = "encrypted", "unreadable"
ENVELOPE = "EncryptedPackage".encode("utf-16-le")
"""The name of the part of a compound file that holds a workbook with a password."""
MEMORY = 6 << 30
"""Bytes of address space, where the system can limit it."""


def limit_memory() -> None:
    """Let the system end this process before it takes all the memory there is."""
    try:
        import resource
    except ImportError:  # Windows has no such limit; there the request itself fails
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def sheets(data: bytes) -> Any:
    """Every sheet as (name, rows from row 1, merged ranges, hidden), or why there are none."""
    try:
        with load_workbook(io.BytesIO(data)) as book:
            return [
                _sheet(book, each)
                for each in book.sheets_metadata
                if each.typ == SheetTypeEnum.WorkSheet  # a chart on a sheet of its own has no cells
            ]
    except PasswordError:
        return ENCRYPTED
    except (CalamineError, XmlError, ZipError) as error:
        locked = "password" in str(error).casefold() or ENVELOPE in data
        return ENCRYPTED if locked else UNREADABLE


def _sheet(book: CalamineWorkbook, each: SheetMetadata) -> tuple[Any, ...]:
    sheet = book.get_sheet_by_name(each.name)
    rows = sheet.to_python(skip_empty_area=False)
    hidden = each.visible != SheetVisibleEnum.Visible
    return each.name, rows, tuple(sheet.merged_cell_ranges or ()), hidden


if __name__ == "__main__":
    limit_memory()
    pickle.dump(sheets(sys.stdin.buffer.read()), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
