"""A workbook's bytes to what stands in its sheets, by a process of its own and how that ended."""

import io
import json
import logging
import os
import pickle
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

from lib.cohort import CohortError
from lib.language import N_
from lib.workbooks import book, child, packages

UNPACKED = 2 << 30
"""Bytes of the parts of a workbook beyond which it holds more cells than a table of patients."""
SECONDS = 120
_ABORTED = frozenset((-6, 134, 0xC0000409))
"""How a process ends whose request for memory is refused, here and on Windows."""

UNREADABLE = N_("The workbook cannot be read: it is damaged, protected, or no workbook at all")
BAD_PACKAGE = N_(
    "The file of {program} cannot be read: it is damaged, or of a version that is not known; save"
    " the table as XLSX or CSV, with the labels of its values"
)
ENCRYPTED = N_("The workbook is protected by a password; save it without one")
TOO_MANY = N_("A table of more than {limit} million cells cannot be read; delete what is not data")
TOO_LONG = N_("The workbook could not be read in {limit} seconds")
NO_MEMORY = N_(
    "The workbook needs more memory than there is for one file; delete what is not data, or save"
    " the table alone as CSV"
)
GAVE_UP = N_(
    "The program that reads workbooks gave up on this one, and the workbook may be sound; open it"
    " in a spreadsheet and save it anew, or save the table as CSV"
)
STOPPED = N_(
    "The program that reads workbooks was stopped before it had finished, for which the workbook is"
    " not to blame; try again, or save the table as CSV"
)
NOT_STARTED = N_(
    "The program that reads workbooks could not be started on this computer, for which the workbook"
    " is not to blame; save the table as CSV, and tell whoever installed Hepar"
)
NO_READER = N_(
    "What reads workbooks is missing from this installation, for which the workbook is not to"
    " blame; save the table as CSV, and tell whoever installed Hepar"
)
FOREIGN = N_(
    "This is a file of {program}, which is not read; save the table as XLSX or CSV, with the labels"
    " of its values"
)
ARCHIVE = N_("This is a packed archive ({program}); unpack it and open the table in it")
_DOCUMENTS = {
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
    "Index/Document.iwa": "Numbers",
}
"""The part by which a file that is packed as workbooks are is known to be none that is read."""
_WORKBOOKS = ("xl/", "content.xml", "[Content_Types].xml")
log = logging.getLogger(__name__)


def found_in(data: bytes) -> Any:
    """What stands in each sheet of a workbook; see `lib.workbooks.book.sheets`.

    Raises
    ------
    CohortError
        If it cannot be read, be it the workbook's fault or not.
    """
    _check_parts(data)
    found = _answer(data)
    if found == book.VAST:
        found = _answer(data, book.TRIM)
    if found == book.VAST:
        raise CohortError(NO_MEMORY)
    if found == book.ENCRYPTED:
        raise CohortError(ENCRYPTED)
    if isinstance(found, str):
        program = packages.program(data)
        raise CohortError(BAD_PACKAGE, program=program) if program else CohortError(UNREADABLE)
    return found


def is_linked(data: bytes) -> bool:
    """Whether a workbook holds links to other workbooks; nothing of them is followed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return any("/externalLinks/" in name for name in parts.namelist())
    except zipfile.BadZipFile:
        return False


def _check_parts(data: bytes) -> None:
    """Refuse by its parts what is no workbook, or by their size one that is no table."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book_:
            parts = book_.infolist()
    except zipfile.BadZipFile:
        return  # its reader says so
    for part in parts:
        if part.filename in _DOCUMENTS:
            raise CohortError(FOREIGN, program=_DOCUMENTS[part.filename])
    if parts and not any(part.filename.startswith(_WORKBOOKS) for part in parts):
        raise CohortError(ARCHIVE, program="ZIP")
    if sum(part.file_size for part in parts) > UNPACKED:
        raise CohortError(TOO_MANY, limit=book.MOST_CELLS // 10**6)


def _answer(data: bytes, *asked: str) -> Any:
    """What is read from a workbook, in a process of its own wherever there can be one.

    A Python inside another program has no program of its own to start; there a vast workbook can
    end the whole, so that cells far from all others are looked for first.
    """
    if not _starts_python():
        return book.sheets(data, trim=True)
    try:
        ended = subprocess.run(
            [sys.executable, "-I", "-c", child.START, json.dumps(_places()), *asked],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CohortError(TOO_LONG, limit=SECONDS) from error
    except OSError as error:
        log.error("the reader of workbooks did not start: %s", type(error).__name__)
        raise CohortError(NOT_STARTED) from error
    if ended.returncode == 0 and ended.stdout.startswith(child.ANSWERED):
        return pickle.loads(memoryview(ended.stdout)[len(child.ANSWERED) :])
    return _unanswered(ended.returncode, ended.stderr)


def _starts_python() -> bool:
    """Whether the running program is Python, and not one that has it inside."""
    named = Path(sys.executable or "").stem.casefold().startswith(("python", "pypy"))
    return named and not getattr(sys, "frozen", False)


def _places() -> list[str]:
    """Where this process imports from, which a new one does not know by itself."""
    return [os.path.abspath(place) for place in sys.path]


def _unanswered(code: int, said: bytes) -> str:
    """Tell a vast workbook, another attempt at which is worth it, from what is our own fault."""
    if code == child.NO_MEMORY or code in _ABORTED:
        return book.VAST
    last = said.decode(errors="replace").strip().rpartition("\n")[2][:200]
    log.error("the reader of workbooks ended with %d: %s", code, last)
    if code == child.NO_READER:
        raise CohortError(NO_READER)
    if code < 0:
        raise CohortError(STOPPED)
    raise CohortError(GAVE_UP if last.isidentifier() else NOT_STARTED)


_GLOBALS = struct.pack("<HHHH", 0x0809, 16, 0x0600, 0x0005)
"""How the first stream of an XLS workbook begins (BIFF8)."""
_DATE_MODE, _END, _FIRST_RECORDS = 0x0022, 0x000A, 500
_PROPERTIES = 1 << 16
"""Bytes of the part of an XLSX workbook in which its properties stand."""


def since_1904(data: bytes) -> bool:
    """Whether an XLSX or XLS workbook counts days from 1904, as those of old Macs do."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return _xls_since_1904(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if "xl/workbook.xml" not in parts.namelist():
                return False
            with parts.open("xl/workbook.xml") as part:
                found = re.search(rb"date1904\s*=\s*[\"'](?:1|true)", part.read(_PROPERTIES))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise CohortError(UNREADABLE) from error
    return found is not None


def _xls_since_1904(data: bytes) -> bool:
    place = data.find(_GLOBALS)
    for _ in range(_FIRST_RECORDS if place >= 0 else 0):
        if place + 6 > len(data):
            return False
        kind, length, value = struct.unpack_from("<HHH", data, place)
        if kind in (_DATE_MODE, _END):
            return bool(kind == _DATE_MODE and value == 1)
        place += 4 + int(length)
    return False
