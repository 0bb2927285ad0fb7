"""What a mapping screen shows: each header, what it is taken for and why, and what is to be asked.

A page computes nothing: whatever the visitor may answer or change carries, or gives, the `Reading`
that follows from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from lib.cohort import Values
from lib.ingest import endpoints, headers
from lib.ingest.cells import Cells
from lib.ingest.headers import Header, recognise
from lib.ingest.identity import Part
from lib.ingest.kinds import KIND
from lib.ingest.legends import coding
from lib.ingest.numbers import PLAIN, UNITS
from lib.ingest.sentences import sentence
from lib.ingest.values import Parsed, parse, share
from lib.ingest.wording import meanings
from lib.language import Template
from lib.plan import LEFT_OUT, MappedColumn, MappedValue, Reading
from lib.schema import TABLES, Column, Kind
from lib.statistics.estimate import Floats, Ints

Asked = Literal[
    "column", "twice", "value", "values", "unit", "day order", "event", "blank", "sheet",
    "repeated", "need", "converted", "code", "marked", "spellings",
]  # fmt: skip
SAMPLES = 3


# The score and the picture of a column -----------------------------------------------------------

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
    """Score what a header is proposed to mean, or what is likeliest; None for no field."""
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


# A picture of a column ---------------------------------------------------------------------------

BINS = 8
MOST = 3
_NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands in a column."""

    # low, high: the ends of its numbers or dates; None for other cells
    low: float | date | None = None
    high: float | date | None = None
    # Rows in bins of equal width between the ends; none for other cells.
    heights: tuple[int, ...] = ()
    # The commonest cells with their rows, where there are no ends.
    commonest: tuple[tuple[str, int], ...] = ()
    others: int = 0  # distinct cells beside these


def picture(cells: Cells) -> Picture:
    """Picture the cells of a column; by a few thousand of them where there are more."""
    counts = cells.counts()[:_LOOKED_AT]
    for measure in (_numbers, _days):
        values = measure(cells)
        known = np.isfinite(values)
        distinct = len(np.unique(values[known]))
        if distinct > MOST and counts[known].sum() >= _NEARLY_ALL * counts.sum():
            return _spread(values[known], counts[known], measure is _days)
    order = np.argsort(-counts, kind="stable")[:MOST].tolist()
    commonest = tuple((cells.texts[code], int(counts[code])) for code in order)
    return Picture(commonest=commonest, others=len(cells.texts) - len(commonest))


def _spread(values: Floats, counts: Ints, dated: bool) -> Picture:
    heights, edges = np.histogram(values, BINS, weights=counts)
    ends = [float(edges[0]), float(edges[-1])]
    low, high = (date.fromordinal(int(end)) if dated else round(end, 2) for end in ends)
    return Picture(low, high, tuple(heights.astype(int).tolist()))


def _numbers(cells: Cells) -> Floats:
    plain, some = PLAIN.fullmatch, cells.texts[:_LOOKED_AT]
    return np.array([float(text.replace(",", ".")) if plain(text) else np.nan for text in some])


def _days(cells: Cells) -> Floats:
    """Cells that the workbook holds as dates; a text says what it says by itself."""
    some = cells.raw[:_LOOKED_AT]
    return np.array(
        [cell.toordinal() if isinstance(cell, date) else np.nan for cell in some], float
    )


# What is shown and asked -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer, by the code of its sentence, and the reading it gives."""

    # Where a value names a field or a level, it is the schema's own label, itself a template.

    code: str
    values: Values
    reading: Reading

    @property
    def message(self) -> Template:
        """Its sentence."""
        return sentence(self.code)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the visitor knows."""

    # ``column``, ``twice``, ``value``, ``unit``, ``day order``, ``event``, ``blank``, ``sheet`` or
    # ``repeated``.
    kind: Asked
    code: str  # of its sentence
    values: Values  # what the sentence names
    answers: tuple[Answer, ...]  # the likeliest first
    column: str = ""  # the header it is about, '' for none
    # Whether the proposal already follows the first answer, which the visitor may confirm.
    settled: bool = False
    # Of several values at once, the question about each: an answer above holds for all of them.
    parts: tuple["Question", ...] = ()
    adds: int = 1  # of a value, how many columns each answer says its level of

    @property
    def message(self) -> Template:
        """Its sentence."""
        return sentence(self.code)

    def answered(self, picked: Sequence[int | None]) -> Reading:
        """The reading in which each part has the answer of that index, or none."""
        pairs = zip(self.parts, picked, strict=True)
        given = [
            (part.answers[index].reading, part.adds) for part, index in pairs if index is not None
        ]
        if not given:
            return _before(self.parts[0].answers[0].reading, self.parts[0].adds)
        added = [value for reading, adds in given for value in reading.values[-adds:]]
        first = _before(*given[0])
        return replace(first, values=(*first.values, *added))


def _before(answered: Reading, adds: int) -> Reading:
    """The reading before its last values were said."""
    return replace(answered, values=answered.values[:-adds])


@dataclass(frozen=True, slots=True)
class ProposedValue:
    """A distinct value of a column of levels, its rows, and the level it is read as."""

    value: str
    count: int
    level: str
    asks: bool  # whether the value is not known or may mean more than one level


@dataclass(frozen=True, slots=True, eq=False)
class ProposedColumn:
    """A column of the sheet on the mapping screen."""

    # The header as it stands, its position, the field proposed, the reason, the unit, and the
    # candidates for a select, the likeliest first.
    header: Header
    table: str
    sheet: str  # its name in the file
    kept: bool  # whether it comes into the cohort at all
    # The schema's column, or that of a further endpoint; None where it is carried along, or not
    # kept.
    meant: Column | None
    # Whether it was known before the first procedure, by the schema or by the visitor.
    known_before: bool
    # filled, blank: rows in which it is not blank, and in which it is
    filled: int
    blank: int
    samples: tuple[str, ...]  # three of its values; none where it names people
    cells: Cells  # what stands in it; nothing where it is not kept
    values: tuple[ProposedValue, ...]  # for a column of levels, the commonest first
    # What a carried column of numbers may be, as it is now first; none where nothing else could.
    kinds: tuple[Kind, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """The units that it may be in, one word for each, the schema's own first."""
        return units_of(self.meant) if self.meant else ()

    @property
    def picture(self) -> Picture:
        """What stands in it, at a glance; nothing where it may name people."""
        return picture(self.cells) if self.kept else Picture()

    @property
    def score(self) -> Score | None:
        """How much speaks for it; None where it means no field, or is not kept."""
        levels = {each.value: each.level for each in self.values if each.level and not each.asks}
        return score(self.header, self.table, self.cells, levels) if self.kept else None

    @property
    def reason(self) -> tuple[str, Values]:
        """Why it is proposed: a template and its values."""
        named = headers.labels(self.header, self.table)
        values: Values = (("synonym", self.header.synonym), ("unit", self.header.unit))
        silent = self.header.reason == "unit" and not self.header.unit
        code = "proposal-no-unit" if silent else f"why-{self.header.reason}".replace(" ", "-")
        return sentence(code), (*values, ("candidates", named))


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """How a file would be read, and what is to be asked before it is."""

    sheet: str  # the sheet taken for the patients
    sheets: tuple[str, ...]  # every sheet that may hold them, the likeliest first
    header_row: int  # as the spreadsheet numbers it; 0 where no row holds headers
    # The first rows of that sheet as they stand, long cells cut, and none that names people.
    first_rows: tuple[tuple[str, ...], ...]
    columns: tuple[ProposedColumn, ...]  # those of the patients, then those of the further tables
    questions: tuple[Question, ...]  # what the import does not guess
    chosen: Reading  # what the visitor has decided so far; answers and changes add to it
    reading: Reading  # the complete reading that this proposal is

    @property
    def asked(self) -> frozenset[str]:
        """The fields that an open question may give a column."""
        known = set(self.chosen.columns)
        return frozenset(
            each.column
            for question in self.questions
            if not question.settled
            for answer in question.answers
            for each in answer.reading.columns
            if each not in known
        )

    def mapped(self, column: ProposedColumn, field: str) -> Reading:
        """The reading in which a column means a field; '' carries it along, `LEFT_OUT` does not."""
        return mapped(self.chosen, column.header, column.table, field)

    def in_unit(self, column: ProposedColumn, unit: str) -> Reading:
        """The reading in which a column is in one of its `units`."""
        header = replace(column.header, unit=unit)
        return mapped(self.chosen, header, column.table, header.column)

    def valued(self, column: ProposedColumn, value: str, level: str) -> Reading:
        """The reading in which a value of a column means a level, '' for none."""
        name = column.meant.name if column.meant else column.header.text
        return valued(self.chosen, name, {value: level})

    def known(self, column: ProposedColumn, before: bool) -> Reading:
        """The reading in which a carried column was known before the first procedure, or not."""
        others = tuple(h for h in self.chosen.known_before if h != column.header.text)
        added = (column.header.text,) if before else ()
        return replace(self.chosen, known_before=others + added)

    def of_kind(self, column: ProposedColumn, kind: str) -> Reading:
        """The reading in which a carried column is a number, or a category."""
        return self.chosen.decided(KIND, kind, column.header.text)

    def on_sheet(self, sheet: str) -> Reading:
        """The reading of another sheet, everything else proposed anew."""
        return Reading(sheet=sheet)

    def with_header(self, row: int) -> Reading:
        """The reading with the headers in another row, `NO_HEADERS` in none; the rest anew."""
        return Reading(self.reading.sheet, row, decisions=self.reading.decisions)


def fields(table: str = "patients") -> tuple[Column, ...]:
    """The columns that a header may mean, in the schema's order."""
    return tuple(TABLES[table].values())


def units_of(column: Column) -> tuple[str, ...]:
    """The units that a column of the schema can be given in, its own first."""
    known = UNITS.get(column.unit, {})
    words: dict[float, str] = {}
    for word, factor in known.items():
        words.setdefault(factor, word)
    return tuple(sorted(words.values(), key=lambda word: known[word] != 1))


def shown_headers(part: Part) -> list[Header]:
    """The headers of a sheet that are shown: those of columns with a header or cells."""
    return [header for header in part.headers if header.text]


def mapped(chosen: Reading, header: Header, table: str, field: str) -> Reading:
    """The reading in which a header means a field, which no other then means."""
    others = tuple(
        each
        for each in chosen.columns
        if (each.header, each.position, each.table) != (header.text, header.position, table)
        and (each.column != field or each.table != table or field in ("", LEFT_OUT))
    )
    mapped = MappedColumn(header.text, header.position, field, table, header.unit)
    return replace(chosen, columns=(*others, mapped))


def valued(chosen: Reading, name: str, levels: Mapping[str, str]) -> Reading:
    """The reading in which each of some values of a column means a level."""
    others = (v for v in chosen.values if v.column != name or v.value not in levels)
    meant = (MappedValue(name, value, level) for value, level in levels.items())
    return replace(chosen, values=(*others, *meant))
