"""Variables of a statistical package's file: which of its name and its label is the header."""

from dataclasses import replace

from lib.ingest.cells import normal
from lib.ingest.headers import known_header
from lib.ingest.reader import Row, Sheet
from lib.schema import TABLES
from lib.workbooks import markup


def titled(sheet: Sheet) -> Sheet:
    """A sheet whose headers are the labels of its variables, where the names say less."""
    # A variable that is named as in the template keeps its name, and so does one that only its name
    # makes known.
    labels = {column: label for _row, column, label in sheet.marks.get(markup.LABEL, ())}
    if not labels or not sheet.rows:
        return sheet
    names = sheet.rows[0]
    headers: list[str] = []
    shown = []
    for position, name in enumerate(map(str, names)):
        label = labels.get(position, "")
        header = label if label and _says_more(label, name) else name
        header = f"{header} ({name})" if header in headers else header
        headers.append(header)
        if header != name:
            shown.append((-1, position, name))
    first: Row = headers
    marks = {**sheet.marks, markup.LABEL: tuple(shown)}
    return replace(sheet, rows=[first, *sheet.rows[1:]], marks=marks)


def _says_more(label: str, name: str) -> bool:
    if normal(name).replace(" ", "_") in TABLES["patients"]:
        return False
    return known_header(label) or not known_header(name)
