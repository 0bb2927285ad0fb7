"""How much speaks for what a column is proposed to be: of its header's words, and of its cells."""

from dataclasses import dataclass, replace

from lib.ingest import endpoints
from lib.ingest.cells import Cells
from lib.ingest.headers import Header, recognise
from lib.ingest.legends import coding
from lib.ingest.values import Parsed, parse, share
from lib.ingest.wording import meanings
from lib.schema import TABLES, Column

_LOOKED_AT = 2000  # distinct cells by which a column is judged


@dataclass(frozen=True, slots=True)
class Score:
    """The shares, 0 to 1, of a header's words that say a field and of its cells that fit it."""

    words: float
    cells: float

    @property
    def whole(self) -> float:
        """Both together, 0 to 1; words and cells count alike."""
        return (self.words + self.cells) / 2


def score(header: Header, table: str, cells: Cells, levels: dict[str, str]) -> Score | None:
    """Score what a header is proposed to mean, or what is likeliest; None where that is no field.

    `levels`: the level that each text is read as, where that is known already.
    """
    if header.reason == "unknown" and not header.column:
        return None  # the score of a field that is not named would say nothing
    name = header.column or next(iter(header.candidates), "")
    column = TABLES[table].get(name)
    if column is None and table == "patients":
        column = endpoints.column(name, header.text)
    if column is None or not cells.texts:
        return None
    said = dict(coding(header.text, column, cells)) | levels
    return Score(_words(header, table, column), _cells(header, column, cells, said))


def _words(header: Header, table: str, column: Column) -> float:
    """All of them where the header is one that the field is known by."""
    known = recognise(header.text, header.position, table)
    said = known.reason in ("name", "synonym", "same words", "ask")
    if header.reason == "endpoint" or (said and column.name in (known.column, *known.candidates)):
        return 1.0
    if table != "patients":
        return 0.0
    told = (each.explained for each in meanings(header.text) if each.field == column.name)
    return max(told, default=0.0)


def _cells(header: Header, column: Column, cells: Cells, levels: dict[str, str]) -> float:
    some = replace(cells, texts=cells.texts[:_LOOKED_AT], raw=cells.raw[:_LOOKED_AT])
    orders = (True, False) if column.kind == "date" else (True,)
    read = (parse(some, column, header.unit, first, levels) for first in orders)
    return max(share(cells.counts(), _fitting(each)) for each in read)


def _fitting(read: Parsed) -> Parsed:
    """What cells mean, without words that are kept although they are none of the field's."""
    values = [
        None if code in read.problems and read.problems[code].code == "own-level" else value
        for code, value in enumerate(read.values)
    ]
    return replace(read, values=values)
