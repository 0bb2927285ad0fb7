"""Which sheet of a file holds the patients, and which other tables it holds."""

import re
from collections import Counter
from collections.abc import Sequence

from lib.cohort import CohortError
from lib.ingest.cells import normal, text_of
from lib.ingest.grid import SEARCHED, known_headers, texts_of
from lib.ingest.headers import recognise
from lib.ingest.labels import lists_of_columns
from lib.ingest.reader import Sheet
from lib.ingest.sentences import sentence
from lib.schema import IDENTIFIERS

_SHARE = 0.6
_WHO = ("patient_id", *IDENTIFIERS)
_SAMPLED = 200  # rows by which it is told whether a text is a table
_NAMES = {
    "patients": ("patients", "patient", "пациенты", "больные", "cohort", "когорта"),
    "procedures": ("procedures", "процедуры", "вмешательства", "курсы"),
    "assessments": (
        "assessments",
        "visits",
        "imaging",
        "scans",
        "radiology",
        "обследования",
        "оценки",
        "контроли",
        "снимки",
    ),
    "lesions": ("lesions", "очаги"),
    "adverse_events": ("adverse events", "осложнения", "нежелательные явления"),
    "source": ("source", "источник"),
}
"""Names of sheets, in normal form, for each table and for the sheet about the file itself."""
_KNOWN = {normal(name): table for table, names in _NAMES.items() for name in names}


def table_of(sheet: Sheet) -> str:
    """The table that a sheet's name promises, ``source`` for the sheet about the file, or ''."""
    return table_named(sheet.name)


def table_named(name: str) -> str:
    """The table that the name of a sheet promises; see `table_of`."""
    return _KNOWN.get(normal(name), "")


def patients_sheet(sheets: Sequence[Sheet], chosen: str) -> Sheet:
    """Choose the sheet with the patients."""
    # Raises `CohortError` if no sheet has anything on it, or the chosen one is not there.
    if chosen:
        for sheet in sheets:
            if sheet.name == chosen:
                return sheet
        if len(sheets) > 1:  # a file with one sheet may call it as it likes
            raise CohortError(sentence("no-sheet"), sheet=chosen)
    candidates = candidate_sheets(sheets)
    if not candidates:
        raise CohortError(sentence("blank"))
    return candidates[0]


def candidate_sheets(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Sheets that may hold the patients, the likeliest first."""
    filled = [sheet for sheet in sheets if any(texts_of(row) for row in sheet.rows)]
    rank = {
        id(sheet): (not lists, *_likelihood(sheet))
        for sheet, lists in zip(filled, lists_of_columns(filled), strict=True)
    }
    return sorted(filled, key=lambda sheet: rank[id(sheet)], reverse=True)


def _likelihood(sheet: Sheet) -> tuple[bool, bool, bool, bool, bool, int]:
    """How likely a sheet holds the patients; a hidden one only where no other has their headers."""
    # One that says whose its rows are goes before one that does not, as a summary of groups.
    table = table_of(sheet)
    best = max((known_headers(row) for row in sheet.rows[:SEARCHED]), default=0)
    seen, titled = not sheet.hidden, table == "patients"
    return titled and seen, best > 1, seen, titled or table == "", _says_who(sheet), best


_UNWORDED = re.compile(r"[\d.,:/\s+-]*")


def _says_who(sheet: Sheet) -> bool:
    cells = [
        cell
        for row in sheet.rows[:SEARCHED]
        for cell in row
        if isinstance(cell, str) and not _UNWORDED.fullmatch(cell)
    ]
    return any(recognise(text_of(cell), 0).column in _WHO for cell in dict.fromkeys(cells))


def refuse_prose(sheet: Sheet) -> None:
    """Refuse delimited text without a known header whose lines are sentences, not rows."""
    # Raises `CohortError` if it has one column, rows of different lengths, or spaces after most of
    # its commas.
    if sheet.name or max((known_headers(row) for row in sheet.rows[:SEARCHED]), default=0) > 1:
        return
    rows = [row for row in sheet.rows[:_SAMPLED] if texts_of(row)]
    widths = Counter(len(row) for row in rows)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    if width == 1:
        prose = not any(map(known_headers, rows))
    else:
        after = [cell for row in rows for cell in row[1:] if isinstance(cell, str) and cell]
        spaced = sum(cell.startswith(" ") for cell in after)
        prose = times < _SHARE * len(rows) or 2 * spaced > len(after)
    if prose and rows:
        raise CohortError(sentence("prose"))


def refuse_transposed(sheet: Sheet) -> None:
    """Refuse a sheet with a column for each patient."""
    # Raises `CohortError` if far more of its first column than of any row are known headers.
    start = sheet.rows[:SEARCHED]
    width = max((len(texts_of(row)) for row in start), default=0)
    first = [cell for row in start for cell in row[:1] if isinstance(cell, str)]
    across = max((known_headers(row) for row in start), default=0)
    if width > 2 and len(set(first)) == len(first) and known_headers(first) > max(3, 3 * across):
        raise CohortError(sentence("transposed"))
