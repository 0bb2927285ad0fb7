"""What names a person: recognised by header and by content, and replaced before anything is kept.

A cell that names somebody becomes a running code, the same for the same cell throughout the file,
so that rows and sheets can still be joined by it. A date of birth becomes the age. What names
somebody inside a text becomes a mark.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib import vocabulary
from lib.ingest.cells import Cells, normal, text_of
from lib.ingest.names import is_clinical
from lib.ingest.reader import Cell, Row, Sheet, distinct
from lib.ingest.remarks import without_people

_SHAPES = vocabulary.patterns("identifiers")

CODE = "•"  # the first sign of a running code
HIDDEN = "◦"
"""The first sign of the code of a cell that is withheld until the visitor keeps its column."""
BIRTH = "birth_date_PII"
_SUSPICIOUS = 0.6
_SAMPLED = 500


def looks_like_names(cells: Cells) -> bool:
    """Whether most cells of a column read as people's names."""
    return _share(cells, names_somebody) >= _SUSPICIOUS


def looks_like_surnames(cells: Cells) -> bool:
    """Whether most cells are Russian surnames and nothing else."""
    few = len(cells.texts) > 1
    return few and _share(cells, is_surname) >= _SUSPICIOUS


def looks_like_people(cells: Cells) -> bool:
    """Whether most codes of patients are names: surnames, or words in capitals without a digit."""
    # Codes of one place or study differ in their numbers alone: `Саратов-1`, `Саратов-2`; codes of
    # letters are in capitals and equally long: `QWED`, `RTIA`.
    texts = cells.texts[:_SAMPLED]
    if len(texts) > 1 and len({len(text) for text in texts}) == 1 and "".join(texts).isupper():
        return False
    words = {re.sub(r"[\W\d_]+", "", text) for text in texts}
    return 2 * len(words) > len(texts) and _share(cells, _calls_somebody) >= _SUSPICIOUS


def is_contact(text: str) -> bool:
    """Whether a text is a telephone with its sign, an e-mail or a dashed insurance number."""
    return _SHAPES["numbers"].fullmatch(text) is not None


def names_somebody(text: str) -> bool:
    """Whether a cell is certainly a name, with its initials or a patronymic."""
    if text.isalnum():  # without a space or a dot between a name and initials
        return False
    return _SHAPES["names"].fullmatch(text) is not None and not is_clinical(text)


def is_surname(text: str) -> bool:
    """Whether a text is one word or two, with a capital and the ending of a Russian surname."""
    words = re.split(r"[\s-]+", text)
    named = any(map(_SHAPES["russian"].fullmatch, words))
    whole = all(word[:1].isupper() and word.isalpha() for word in words)
    return named and whole and len(words) <= 3 and not any(map(_SHAPES["drug"].search, words))


def _calls_somebody(text: str) -> bool:
    if _SHAPES["names"].fullmatch(text) or _SHAPES["called"].fullmatch(text):
        return len(text) > 2 or not text.isupper()
    words = re.findall(r"[А-ЯЁа-яё]{4,}", text)
    return any(map(_SHAPES["ends_so"].fullmatch, words))


def is_coded(cells: Cells) -> bool:
    """Whether the cells have been replaced by running codes."""
    return bool(cells.texts) and all(text.startswith(CODE) for text in cells.texts)


def is_withheld(cells: Cells) -> bool:
    """Whether codes stand in place of the cells until the visitor keeps them."""
    return _share(cells, re.compile(rf"{HIDDEN}\d+").fullmatch) >= _SUSPICIOUS


def _share(cells: Cells, holds: Callable[[str], object]) -> float:
    return share(cells.texts[:_SAMPLED], holds)


def share(texts: Sequence[str], holds: Callable[[str], object]) -> float:
    """The share of some texts of which something holds, 0 of none."""
    return sum(map(bool, map(holds, texts))) / len(texts) if texts else 0.0


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


def recoded(
    sheet: Sheet,
    after: int,
    positions: Sequence[int],
    codes: Codes,
    which: Callable[[str], bool] = bool,
) -> Sheet:
    """Replace the cells of some columns by running codes, in the rows after the header."""
    columns = sheet.columns(after)
    changed: dict[int, dict[Cell, Cell]] = {}
    for position in positions:
        for cell in distinct(columns[position]) if position < len(columns) else ():
            if which(text_of(cell)):
                changed.setdefault(position, {})[cell] = codes.of(cell)
    return replaced(sheet, after, changed)


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
    if not cells:
        return row
    changed = list(row)
    for position, cell in cells.items():
        changed[position] = cell
    return changed


def scrubbed(sheet: Sheet, after: int, kept: Sequence[int]) -> Sheet:
    """Take people out of the texts under the header, but for the columns that are `kept`."""
    changed: dict[int, dict[Cell, Cell]] = {}
    known: dict[str, str] = {}
    for position, column in enumerate(sheet.columns(after)):
        if position in kept:
            continue
        for cell in distinct(column):
            if isinstance(cell, str):
                text = known.get(cell) or known.setdefault(cell, without_people(cell))
                if text != cell:
                    changed.setdefault(position, {})[cell] = text
    return replaced(sheet, after, changed)


def replaced(sheet: Sheet, after: int, changed: Mapping[int, Mapping[Cell, Cell]]) -> Sheet:
    """A sheet with some cells replaced by others, by column, in the rows after the header."""
    if not changed:
        return sheet
    rows = [
        row
        if number < after
        else _changed(
            row, {p: new[row[p]] for p, new in changed.items() if p < len(row) and row[p] in new}
        )
        for number, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=rows)


_STEMS = {"birth": BIRTH, "name": "patient_name_PII", "record": "record_number_PII"}
"""The identifier that a header tells of by a word in it."""
_NAMELESS = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, vocabulary.words('people', 'nameless')))})"
    r" (?:ф ?и ?о|(?:last |first |family )?\w+)\b"
)
"""What says that a name is not given: `Code (no names)`."""


def by_header(text: str) -> str:
    """The identifier that a header tells of by a word in it, '' where none does."""
    # Other fields are matched whole and never guessed; of a person too much is dropped rather than
    # too little, and the visitor may say otherwise.
    # Letters with their accents are one sign, as `é` in a sheet of a Mac is two.
    composed = unicodedata.normalize("NFC", text).casefold()
    bare = " ".join(re.sub(r"[\W_]+", " ", composed).split())
    bare = _NAMELESS.sub(" ", bare)
    return next((name for stem, name in _STEMS.items() if _SHAPES[stem].search(bare)), "")
