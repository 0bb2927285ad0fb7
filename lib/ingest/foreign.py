"""What is known to be no table that is read, by how it begins, and the sentence for each."""

import re

from lib.cohort import CohortError
from lib.ingest.sentences import sentence

_BEGINNINGS = (
    (rb"%PDF", "pdf", ""),
    (rb"\x00{12}\xc2\xea\x81\x60", "foreign", "SAS"),
    (rb"HEADER RECORD\*{7}", "foreign", "SAS (XPT)"),
    (rb".{0,600}SPSS PORT FILE", "foreign", "SPSS (POR)"),
    (rb"PAR1[\0-\x08\x0e-\x1f]", "foreign", "Parquet"),
    (rb"ARROW1\0", "foreign", "Arrow"),
    (rb"\x89HDF", "foreign", "HDF5"),
    (rb"RD[AX][23]\n", "foreign", "R"),
    (rb"SQLite format 3", "foreign", "SQLite"),
    (rb"\x00\x01\x00\x00Standard", "foreign", "Access"),
    (rb"[\x03\x30\x31\x83\x8b\xf5].[\x01-\x0c][\x01-\x1f].{6}[^\0].\0\0", "old", "dBASE"),
    (rb"\x09[\x00\x02\x04][\x04\x06]\x00", "old", "Excel 2-4"),
    (rb"\x00\x00[\x02\x1a]\x00", "old", "Lotus 1-2-3"),
    (rb"ID;P.{0,4000}?\nC;[XY]\d", "old", "SYLK"),
    (rb"MIME-Version:", "old", "MHT"),
    (rb"\{\\rtf", "foreign", "Word (RTF)"),
    (rb"\x1f\x8b", "archive", "GZ"),
    (rb"7z\xbc\xaf\x27\x1c", "archive", "7Z"),
    (rb"Rar!", "archive", "RAR"),
    (rb"BZh[1-9]1AY&SY", "archive", "BZ2"),
    (rb"\xfd7zXZ\0", "archive", "XZ"),
    (rb"\x28\xb5\x2f\xfd", "archive", "ZST"),
    (rb".{257}ustar", "archive", "TAR"),
    (rb"\x89PNG", "picture", "PNG"),
    (rb"\xff\xd8\xff", "picture", "JPEG"),
    (rb"GIF8[79]a", "picture", "GIF"),
    (rb"BM.{4}\0{4}", "picture", "BMP"),
    (rb"II\*\0|MM\0\*", "picture", "TIFF"),
    (rb"RIFF.{4}WEBP", "picture", "WEBP"),
    (rb".{128}DICM", "picture", "DICOM"),
    (rb"MZ.{1,20}\0{3}|\x7fELF", "program", ""),
)  # fmt: skip
"""How a file begins that is known and not read, the sentence for it, and what it is."""
_KNOWN = tuple(
    (re.compile(start, re.DOTALL), code, program) for start, code, program in _BEGINNINGS
)
_JSON = re.compile(r"(?:\[\s*)*(?:\{\s*[\"}]|\[\s*[\"\d\]-])")
"""How JSON begins, which no row of headers does."""


def refuse(data: bytes) -> None:
    """Refuse by its name what is known and is no spreadsheet."""
    for start, code, program in _KNOWN:
        if start.match(data):
            raise CohortError(sentence(code), program=program)


def refuse_text(start: str) -> None:
    """Refuse by its name a text that is written in another language than rows are."""
    if _JSON.match(start):
        raise CohortError(sentence("json"))
