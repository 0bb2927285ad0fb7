"""What names a person: recognised by header and by content, and replaced before anything is kept.

A cell that names somebody becomes a running code, the same for the same cell throughout the file,
so that rows and sheets can still be joined by it. A date of birth becomes the age.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.values import Cells, normal, text_of

CODE = "•"
"""The first sign of a running code."""
BIRTH = "birth_date_PII"
_SUSPICIOUS, _CERTAIN = 0.6, 0.5
_SAMPLED = 500

_INITIALS = r"[А-ЯЁA-Z]\.\s?(?:[А-ЯЁA-Z]\.?)?"
_SURNAME = r"(?:[А-ЯЁ][а-яё]+|[A-Z][a-z]+)(?:-(?:[А-ЯЁ][а-яё]+|[A-Z][a-z]+))?"
_NAMES = re.compile(
    rf"{_SURNAME},?\s+{_INITIALS}"
    rf"|{_INITIALS}\s*{_SURNAME}"
    r"|[А-ЯЁ]\w+\s+[А-ЯЁ]\w+\s+[А-ЯЁ]\w+(?:вич|вна|ична|инична|оглы|кызы)"
    r"|[А-ЯЁ]{2,}\s+[А-ЯЁ]{2,}\s+[А-ЯЁ]+(?:ВИЧ|ВНА|ИЧНА|ИНИЧНА|ОГЛЫ|КЫЗЫ)"
    rf"|{_SURNAME},\s+[A-Z][a-z]+(?:\s+[A-Z][a-z]*\.?)?"
)
_NUMBERS = re.compile(
    r"[^@\s]+@[^@\s]+\.[a-zа-я]{2,}"  # e-mail
    r"|(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}"  # Russian telephone
    r"|\+\d{1,3}[\s\d()-]{9,16}"  # telephone
    r"|\d{3}-\d{3}-\d{3}[\s-]\d{2}",  # insurance number
    re.IGNORECASE,
)


def looks_like_names(cells: Cells) -> bool:
    """Whether most cells of a column read as people's names."""
    return _share(cells, _NAMES) >= _SUSPICIOUS


def looks_like_contacts(cells: Cells) -> bool:
    """Whether most cells are telephone numbers, e-mail addresses or insurance numbers."""
    return _share(cells, _NUMBERS) >= _CERTAIN


def is_coded(cells: Cells) -> bool:
    """Whether the cells have been replaced by running codes."""
    return bool(cells.texts) and all(text.startswith(CODE) for text in cells.texts)


def _share(cells: Cells, pattern: re.Pattern[str]) -> float:
    texts = cells.texts[:_SAMPLED]
    return sum(bool(pattern.fullmatch(text)) for text in texts) / len(texts) if texts else 0.0


@dataclass(slots=True)
class Codes:
    """Running codes for the cells that name somebody, the same for the same cell."""

    known: dict[str, Cell]

    def of(self, cell: Cell) -> Cell:
        """The code of a cell; a blank one stays blank."""
        text = same(text_of(cell))
        return self.known.setdefault(text, f"{CODE}{len(self.known) + 1}") if text else ""


def same(text: str) -> str:
    """The form in which two cells name the same person: `Иванов И.И.` and `ИВАНОВ И. И.`."""
    return " ".join(normal(text).replace(".", " ").replace(",", " ").split())


def recoded(sheet: Sheet, after: int, positions: Sequence[int], codes: Codes) -> Sheet:
    """Replace the cells of some columns by running codes, in the rows after the header."""
    rows = [
        row
        if number < after
        else _changed(row, {p: codes.of(row[p]) for p in positions if p < len(row)})
        for number, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=rows)


def aged(sheet: Sheet, after: int, position: int, ages: Mapping[int, float]) -> Sheet:
    """Replace dates of birth by ages, given by spreadsheet row; blank where it is not known."""
    rows = [
        row
        if number < after or position >= len(row)
        else _changed(row, {position: age(ages, number)})
        for number, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=rows)


def age(ages: Mapping[int, float], index: int) -> Cell:
    """The age of the patient in a row, '' where it is not known."""
    found = ages.get(index + 1, np.nan)
    return "" if np.isnan(found) else found


def _changed(row: Row, cells: Mapping[int, Cell]) -> Row:
    changed = list(row)
    for position, cell in cells.items():
        changed[position] = cell
    return changed


_STEMS = (
    (re.compile(r"рожд|^[дг] ?р$|birth|^d ?o ?b$"), "birth_date_PII"),
    (re.compile(r"\bф ?и ?о\b|фамил|surname|\b(last|first|family) name\b"), "patient_name_PII"),
    (
        re.compile(r"\bи ?б\b|медкарт|полис|паспорт|снилс|passport|\bnhs\b|\bmrn\b|post ?code"),
        "record_number_PII",
    ),
)


def by_header(text: str) -> str:
    """The identifier that a header tells of by a word in it, '' where none does.

    Other fields are matched whole and never guessed; of a person too much is dropped rather than
    too little, and the visitor may say otherwise.
    """
    bare = " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())
    return next((name for stem, name in _STEMS if stem.search(bare)), "")
