"""What is known to be no table that is read, by how it begins, and the sentence for each."""

import re

from lib.cohort import CohortError
from lib.language import N_

PDF = N_("This is a PDF, not a spreadsheet; save the table as XLSX or CSV", "pdf")
XML = N_("This is an XML file; open it in a spreadsheet and save it as XLSX", "xml")
JSON = N_("This is a JSON file, not a spreadsheet; save its table as XLSX or CSV", "json")
FOREIGN = N_(
    "This is a file of {program}, which is not read; save the table as XLSX or CSV, with the labels"
    " of its values",
    "foreign",
)
OLD = N_(
    "This is a file in the form {program}, which is not read; open it in a spreadsheet and save it"
    " as XLSX",
    "old",
)
ARCHIVE = N_("This is a packed archive ({program}); unpack it and open the table in it", "archive")
PICTURE = N_(
    "This is a picture ({program}), not a spreadsheet; save the table as XLSX or CSV", "picture"
)
PROGRAM = N_(
    "This is a program, not a spreadsheet; an XLSX workbook or a CSV file is expected", "program"
)
_BEGINNINGS = (
    (rb"%PDF", PDF, ""),
    (rb"\x00{12}\xc2\xea\x81\x60", FOREIGN, "SAS"),
    (rb"HEADER RECORD\*{7}", FOREIGN, "SAS (XPT)"),
    (rb".{0,600}SPSS PORT FILE", FOREIGN, "SPSS (POR)"),
    (rb"PAR1[\0-\x08\x0e-\x1f]", FOREIGN, "Parquet"),
    (rb"ARROW1\0", FOREIGN, "Arrow"),
    (rb"\x89HDF", FOREIGN, "HDF5"),
    (rb"RD[AX][23]\n", FOREIGN, "R"),
    (rb"SQLite format 3", FOREIGN, "SQLite"),
    (rb"\x00\x01\x00\x00Standard", FOREIGN, "Access"),
    (rb"[\x03\x30\x31\x83\x8b\xf5].[\x01-\x0c][\x01-\x1f].{6}[^\0].\0\0", OLD, "dBASE"),
    (rb"\x09[\x00\x02\x04][\x04\x06]\x00", OLD, "Excel 2-4"),
    (rb"\x00\x00[\x02\x1a]\x00", OLD, "Lotus 1-2-3"),
    (rb"ID;P.{0,4000}?\nC;[XY]\d", OLD, "SYLK"),
    (rb"MIME-Version:", OLD, "MHT"),
    (rb"\{\\rtf", FOREIGN, "Word (RTF)"),
    (rb"\x1f\x8b", ARCHIVE, "GZ"),
    (rb"7z\xbc\xaf\x27\x1c", ARCHIVE, "7Z"),
    (rb"Rar!", ARCHIVE, "RAR"),
    (rb"BZh[1-9]1AY&SY", ARCHIVE, "BZ2"),
    (rb"\xfd7zXZ\0", ARCHIVE, "XZ"),
    (rb"\x28\xb5\x2f\xfd", ARCHIVE, "ZST"),
    (rb".{257}ustar", ARCHIVE, "TAR"),
    (rb"\x89PNG", PICTURE, "PNG"),
    (rb"\xff\xd8\xff", PICTURE, "JPEG"),
    (rb"GIF8[79]a", PICTURE, "GIF"),
    (rb"BM.{4}\0{4}", PICTURE, "BMP"),
    (rb"II\*\0|MM\0\*", PICTURE, "TIFF"),
    (rb"RIFF.{4}WEBP", PICTURE, "WEBP"),
    (rb".{128}DICM", PICTURE, "DICOM"),
    (rb"MZ.{1,20}\0{3}|\x7fELF", PROGRAM, ""),
)  # fmt: skip
"""How a file begins that is known and not read, the sentence for it, and what it is."""
_KNOWN = tuple(
    (re.compile(start, re.DOTALL), message, program) for start, message, program in _BEGINNINGS
)
_JSON = re.compile(r"(?:\[\s*)*(?:\{\s*[\"}]|\[\s*[\"\d\]-])")
"""How JSON begins, which no row of headers does."""


def refuse(data: bytes) -> None:
    """Refuse by its name what is known and is no spreadsheet.

    Raises `CohortError`.
    """
    for start, message, program in _KNOWN:
        if start.match(data):
            raise CohortError(message, program=program)


def refuse_text(start: str) -> None:
    """Refuse by its name a text that is written in another language than rows are.

    Raises `CohortError`.
    """
    if _JSON.match(start):
        raise CohortError(JSON)
