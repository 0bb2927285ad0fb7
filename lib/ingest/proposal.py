"""What a mapping screen shows: each header, what it is taken for and why, and what is to be asked.

A page computes nothing: whatever the visitor may answer or change carries, or gives, the `Reading`
that follows from it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lib.cohort import CohortError, Values
from lib.ingest import adam, endpoints, headers, identifiers, reading, rows, shapes, tables
from lib.ingest.cells import Cells
from lib.ingest.dates import ORDER
from lib.ingest.headers import Header
from lib.ingest.identity import Part
from lib.ingest.levels import ASK_EMPTY, ASK_KEPT, NOT_A_LEVEL, OWN_LEVEL
from lib.ingest.numbers import UNITS
from lib.ingest.reader import Sheet
from lib.ingest.reading import File
from lib.ingest.sheets import candidate_sheets, table_of
from lib.ingest.units import likely_unit
from lib.ingest.values import Parsed, parse
from lib.language import N_
from lib.plan import LEFT_OUT, MappedColumn, MappedValue, Reading, Repeated
from lib.schema import COLUMNS, TABLES, Column

Kind = Literal[
    "column", "twice", "value", "unit", "day order", "event", "blank", "sheet", "repeated"
]
SAMPLES = 3
_ASKED = (ASK_EMPTY, ASK_KEPT, NOT_A_LEVEL, OWN_LEVEL)
_EVENTS = ("vital_status", "progression")
_DEATHS = ("vital_status", "os_event")

WHY: dict[headers.Reason, str] = {
    "yours": N_("your choice"),
    "name": N_("named as in the template"),
    "synonym": N_("matches the synonym '{synonym}'"),
    "same words": N_("has the words of the synonym '{synonym}'"),
    "identifier": N_("names a person or a record: never kept"),
    "names": N_(
        "looks like names or numbers of people: not kept unless you say that it is neither"
    ),
    "row number": N_("numbers the rows"),
    "ask": N_("may mean more than one thing"),
    "content": N_("its cells do not fit {candidates}"),
    "unit": N_("'{unit}' is no unit of {candidates}"),
    "twice": N_("another column means {candidates} too"),
    "endpoint": N_("with '{synonym}': the time to an event, and whether it happened"),
    "words": N_("may say whether the event of '{synonym}' happened, in words that are not known"),
    "same": N_("says the same as another column that means {candidates}"),
    "unknown": N_("not known"),
    "table": N_("is in a table of its own"),
}
"""The reason of each proposal, as a template over `ProposedColumn.values`."""

NO_UNIT = N_("may be {candidates}, but its unit is not said")
WHAT_IS = N_("What does the column '{column}' mean?")
WHAT_IS_SUCH = N_("What does the column '{column}' mean, with cells such as {samples}?")
BLANK = N_(
    "What do the blank cells of '{column}' mean (rows: {count}), the others being {samples}?"
)
WHICH = N_("Which column is {field}?")
WHICH_DIFFER = N_("Which column is {field}? They differ (rows: {count}), such as row {examples}.")
WHAT_MEANS = N_("What does '{value}' mean in '{column}' (rows: {count})?")
WHICH_UNIT = N_("In which unit is {field} in '{column}', such as {samples}?")
WHICH_ORDER = N_("Is {examples} day/month or month/day?")
DIED = N_("Does '{value}' in '{column}' mean death, of {count} of {total} patients?")
EVENT = N_("Does '{value}' in '{column}' mean that it happened, to {count} of {total}?")
WHICH_SHEET = N_("Which sheet holds the patients?")
REPEATED = N_(
    "Some patient codes ({count}) stand in several rows, such as {examples}. What are they?"
)
REPEATED_DIFFER = N_(
    "Some patient codes ({count}) stand in several rows, such as {examples}; rows {rows} differ in"
    " {headers}. What are they?"
)
REPEATED_NUMBERS = N_(
    "Some patients ({count}) stand in several rows, such as rows {rows}. What are they?"
)
NUMBERS_DIFFER = N_(
    "Some patients ({count}) stand in several rows, such as rows {rows}, which differ in {headers}."
    " What are they?"
)
WHO = N_("Which column tells the patients apart?")
TELLS = N_("'{column}' (patients: {count})")
KEEP_FIRST = N_("the same patient; keep the first row")
KEEP_LAST = N_("the same patient; keep the last row")
KEEP_EACH = N_("different patients; keep each row")
JOIN = N_("the same patient; join the rows to one")
CARRY = N_("something else; carry it along")
LEAVE = N_("nothing; leave it out")
AS_FIELD = N_("{field}")
AS_EVENT = N_("whether the event happened whose time is in '{column}'")
AS_LEVEL = N_("{level}")
EMPTY = N_("no value; leave it empty")
DAY_FIRST = N_("day first: {read}")
MONTH_FIRST = N_("month first: {read}")
USE = N_("'{column}', such as {samples} (rows filled: {count})")
HAPPENED = N_("yes: it happened to {count} of {total}")
OTHER_WAY = N_("the other way round: it happened to {count} of {total}")
IN_UNIT = N_("{unit}")
_CODED = ("0", "-", "no", "нет", "1", "+", "yes", "да", "2")
"""Codes of an event, each before those that more likely mean that it happened."""
_PLAIN = ("no", "нет", "yes", "да")
_ORDERS = ((DAY_FIRST, "first", True), (MONTH_FIRST, "second", False))


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer: its words, an `N_` template with values, and the reading it gives.

    Where a value names a field or a level, it is the schema's own label, itself a template.
    """

    message: str
    values: Values
    reading: Reading


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the visitor knows.

    Attributes
    ----------
    kind : str
        ``column``, ``twice``, ``value``, ``unit``, ``day order``, ``event``, ``blank``, ``sheet``
        or ``repeated``.
    message : str
        An `N_` template.
    values : tuple of pairs
        What the template names.
    answers : tuple of Answer
        The likeliest first.
    column : str
        The header it is about, '' for none.
    settled : bool
        Whether the proposal already follows the first answer, which the visitor may confirm.
    """

    kind: Kind
    message: str
    values: Values
    answers: tuple[Answer, ...]
    column: str = ""
    settled: bool = False


@dataclass(frozen=True, slots=True)
class ProposedValue:
    """A distinct value of a column of levels, how many rows have it, and the level it is read as.

    `asks` is True where the value is not known or may mean more than one level.
    """

    value: str
    count: int
    level: str
    asks: bool


@dataclass(frozen=True, slots=True, eq=False)
class ProposedColumn:
    """A column of the sheet on the mapping screen.

    Attributes
    ----------
    header : Header
        The header as it stands, its position, the field proposed, the reason, the unit, and the
        candidates for a select, the likeliest first.
    table : str
    kept : bool
        Whether it comes into the cohort at all.
    meant : Column or None
        The schema's column, or that of a further endpoint; None where it is carried along, or not
        kept.
    known_before : bool
        Whether it was known before the first procedure, by the schema or by the visitor.
    filled, blank : int
        Rows in which it is not blank, and in which it is.
    samples : tuple of str
        Three of its values; none where it names people.
    values : tuple of ProposedValue
        For a column of levels, the commonest first.
    """

    header: Header
    table: str
    kept: bool
    meant: Column | None
    known_before: bool
    filled: int
    blank: int
    samples: tuple[str, ...]
    values: tuple[ProposedValue, ...]

    @property
    def reason(self) -> tuple[str, Values]:
        """Why it is proposed: a template and its values."""
        named = headers.labels(self.header, self.table)
        values: Values = (("synonym", self.header.synonym), ("unit", self.header.unit))
        silent = self.header.reason == "unit" and not self.header.unit
        why = NO_UNIT if silent else WHY[self.header.reason]
        return why, (*values, ("candidates", named))


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """How a file would be read, and what is to be asked before it is.

    Attributes
    ----------
    sheet : str
        The sheet taken for the patients.
    sheets : tuple of str
        Every sheet that may hold them, the likeliest first.
    header_row : int
        As the spreadsheet numbers it.
    columns : tuple of ProposedColumn
        Those of the patients, then those of the further tables.
    questions : tuple of Question
        What the import does not guess.
    chosen : Reading
        What the visitor has decided so far; answers and changes add to it.
    reading : Reading
        The complete reading that this proposal is.
    """

    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    columns: tuple[ProposedColumn, ...]
    questions: tuple[Question, ...]
    chosen: Reading
    reading: Reading

    def mapped(self, column: ProposedColumn, field: str) -> Reading:
        """The reading in which a column means a field; '' carries it along, `LEFT_OUT` does not."""
        return _mapped(self.chosen, column.header, column.table, field)

    def in_unit(self, column: ProposedColumn, unit: str) -> Reading:
        """The reading in which a column is in a unit; see `units`."""
        header = replace(column.header, unit=unit)
        return _mapped(self.chosen, header, column.table, header.column)

    def valued(self, column: ProposedColumn, value: str, level: str) -> Reading:
        """The reading in which a value of a column means a level, '' for none."""
        name = column.meant.name if column.meant else column.header.text
        return _valued(self.chosen, name, value, level)

    def known(self, column: ProposedColumn, before: bool) -> Reading:
        """The reading in which a carried column was known before the first procedure, or not."""
        others = tuple(h for h in self.chosen.known_before if h != column.header.text)
        added = (column.header.text,) if before else ()
        return replace(self.chosen, known_before=others + added)

    def on_sheet(self, sheet: str) -> Reading:
        """The reading of another sheet, everything else proposed anew."""
        return Reading(sheet=sheet)


def followed(file: File, complete: Reading, chosen: Reading) -> Reading | None:
    """What was chosen for one file, for another one with its headers.

    Parameters
    ----------
    file : File
    complete : Reading
        How the first file was read: the headers that mean something must stand in this one too.
    chosen : Reading
        What the visitor had decided of the first file.

    Returns
    -------
    Reading or None
        None where a header is missing. A sheet that this file does not have is looked for anew.
    """
    needed = Counter(each.header for each in complete.columns if each.table == "patients")
    named = any(sheet.name == chosen.sheet for sheet in file.sheets)
    sheet = chosen.sheet if named else ""
    for row in dict.fromkeys((0, chosen.header_row)):
        try:
            shown = propose(file, Reading(sheet=sheet, header_row=row)).columns
        except CohortError:
            continue
        there = Counter(each.header.text for each in shown if each.table == "patients")
        if needed and needed <= there:
            return replace(chosen, sheet=sheet, header_row=row)
    return None


def fields(table: str = "patients") -> tuple[Column, ...]:
    """The columns that a header may mean, in the schema's order."""
    return tuple(TABLES[table].values())


def units(column: ProposedColumn) -> tuple[str, ...]:
    """The units that a column may be in, one word for each, the schema's own first."""
    return units_of(column.meant) if column.meant else ()


def units_of(column: Column) -> tuple[str, ...]:
    """The units that a column of the schema can be given in, its own first."""
    known = UNITS.get(column.unit, {})
    words: dict[float, str] = {}
    for word, factor in known.items():
        words.setdefault(factor, word)
    return tuple(sorted(words.values(), key=lambda word: known[word] != 1))


def propose(file: File, chosen: Reading | None = None) -> Proposal:
    """Propose how to read a file.

    Parameters
    ----------
    file : File
    chosen : Reading, optional
        What the visitor has decided; it is proposed as it is.

    Raises
    ------
    CohortError
        If no sheet has a header with something under it.
    """
    chosen = chosen or Reading()
    arranged = shapes.arrange(file.sheets, chosen)
    part = arranged.patients
    whole = reading.complete(chosen, part.grid, part.headers)
    sheets, _told = adam.rewritten(file.sheets)
    candidates = candidate_sheets(sheets)
    asked = [*_about_sheets(candidates, arranged, chosen)]
    identities = list(_about_identities(part, chosen))
    shapes.one_row_a_patient(arranged, replace(chosen, repeated="first"))
    part = arranged.patients
    parts = (part, *arranged.tables.values())
    shown = [
        (_column(header, each, rows, chosen), each)
        for each in parts
        for rows in (_about_somebody(each),)
        for header in _shown(each)
    ]
    columns = tuple(column for column, _part in shown)
    asked += [*_about_columns(columns, chosen), *_about_rivals(shown, chosen), *identities]
    asked += _about_order(parts, chosen)
    asked += _about_repeats(arranged, chosen)
    for column, each in shown:
        asked += _about_values(column, chosen)
        asked += _about_unit(column, each, chosen)
    return Proposal(
        whole.sheet,
        tuple(sheet.name for sheet in candidates),
        whole.header_row,
        columns,
        tuple(asked),
        chosen,
        whole,
    )


def _shown(part: Part) -> list[Header]:
    return [header for header in part.headers if header.text]


def _column(
    header: Header, part: Part, rows: npt.NDArray[np.bool_], chosen: Reading
) -> ProposedColumn:
    cells = part.grid.columns[header.position]
    meant = headers.meaning(header, part.table)
    kept = not reading.dropped(header)
    known = meant.baseline if meant else header.text in chosen.known_before
    values = _values(cells, meant, chosen) if meant and meant.levels and kept else ()
    samples = tuple(cells.texts[:SAMPLES]) if kept else ()
    filled = int((cells.codes >= 0).sum())
    blank = int((rows & (cells.codes < 0)).sum())
    return ProposedColumn(header, part.table, kept, meant, known, filled, blank, samples, values)


def _about_somebody(part: Part) -> npt.NDArray[np.bool_]:
    """(n,) bool array: rows with something in them, and a patient's code where there is one."""
    key = part.key()
    rows: npt.NDArray[np.bool_] = part.grid.filled() > 0
    return rows if key is None else rows & (key.codes >= 0)


def _values(cells: Cells, column: Column, chosen: Reading) -> tuple[ProposedValue, ...]:
    mapped = tables.chosen_levels(chosen, column)
    parsed = parse(cells, column, "", None, mapped)
    found = []
    for code, count in enumerate(cells.counts().tolist()):
        problem = parsed.problems.get(code)
        asks = problem is not None and problem.message in _ASKED
        found.append(ProposedValue(cells.texts[code], count, parsed.values[code] or "", asks))
    return tuple(sorted(found, key=lambda each: -each.count))


def _mapped(chosen: Reading, header: Header, table: str, field: str) -> Reading:
    others = tuple(
        each
        for each in chosen.columns
        if (each.header, each.position, each.table) != (header.text, header.position, table)
        and (each.column != field or each.table != table or field in ("", LEFT_OUT))
    )
    mapped = MappedColumn(header.text, header.position, field, table, header.unit)
    return replace(chosen, columns=(*others, mapped))


def _valued(chosen: Reading, name: str, value: str, level: str) -> Reading:
    others = tuple(v for v in chosen.values if (v.column, v.value) != (name, value))
    return replace(chosen, values=(*others, MappedValue(name, value, level)))


# Questions --------------------------------------------------------------------------------------


def _about_sheets(
    candidates: Sequence[Sheet], arranged: shapes.Arrangement, chosen: Reading
) -> Iterator[Question]:
    """Ask which sheet holds the patients, where the names of the sheets do not say it."""
    likely = [sheet for sheet in candidates if not sheet.hidden and table_of(sheet) == ""]
    if len(likely) > 1 and not chosen.sheet and table_of(candidates[0]) != "patients":
        names = [sheet.name for sheet in likely]
        answers = tuple(Answer("{sheet}", (("sheet", s),), Reading(sheet=s)) for s in names)
        rivals = any(finding.message == shapes.RIVAL for finding in arranged.findings)
        yield Question("sheet", WHICH_SHEET, (), answers, settled=not rivals)


def _about_identities(part: Part, chosen: Reading) -> Iterator[Question]:
    """Ask what tells the patients apart, where record numbers and names do not agree."""
    if not any(each.message == rows.NUMBERS_DIFFER for each in rows.disagreements(part)):
        return
    titles = {each.header: len(each.cells.texts) for each in part.identities().values()}
    answers = tuple(
        Answer(
            TELLS,
            (("column", header.text), ("count", titles[header.text])),
            _mapped(chosen, header, part.table, "patient_id"),
        )
        for header in sorted(part.headers, key=lambda each: each.column != "record_number_PII")
        if header.text in titles
    )
    if len(answers) == len(titles):  # not where the name stands in several columns
        yield Question("twice", WHO, (), answers)


def _about_columns(columns: Sequence[ProposedColumn], chosen: Reading) -> Iterator[Question]:
    """Headers with several meanings."""
    for column in columns:
        if column.header.reason in ("ask", "content", "names", "words"):
            yield _what_is(column, chosen)


def _about_rivals(
    shown: Sequence[tuple[ProposedColumn, Part]], chosen: Reading
) -> Iterator[Question]:
    """Fields with several columns, and how these differ."""
    rivals: dict[str, list[ProposedColumn]] = {}
    for column, _part in shown:
        if column.header.reason == "twice" and column.header.candidates:
            rivals.setdefault(column.header.candidates[0], []).append(column)
    for field, several in rivals.items():
        used = [c for c, _part in shown if c.header.column == field and c.table == "patients"]
        answers = tuple(
            Answer(
                USE,
                (
                    ("column", each.header.text),
                    ("count", each.filled),
                    ("samples", ", ".join(each.samples)),
                ),
                _mapped(chosen, each.header, each.table, field),
            )
            for each in (*used, *several)
        )
        values: Values = (("field", COLUMNS[field].label if field in COLUMNS else field),)
        message, differing = _differences([*used, *several], shown)
        yield Question("twice", message, (*values, *differing), answers, settled=bool(used))


def _differences(
    rivals: Sequence[ProposedColumn], shown: Sequence[tuple[ProposedColumn, Part]]
) -> tuple[str, Values]:
    """In how many rows the columns for one field differ, and what the first of these say."""
    parts = {id(part): part for column, part in shown if column in rivals}
    if len(parts) != 1 or not all(column.kept for column in rivals):
        return WHICH, ()
    (part,) = parts.values()
    cells = [part.grid.columns[column.header.position] for column in rivals]
    texts = [np.array([*each.texts, ""], object)[each.codes] for each in cells]
    differ = np.flatnonzero(np.any([each != texts[0] for each in texts[1:]], axis=0))
    if not len(differ):
        return WHICH, ()
    blanks = np.sum([each[differ] == "" for each in texts], axis=0)
    first = differ[np.argsort(blanks, kind="stable")][:SAMPLES]  # where all say something
    examples = "; ".join(
        f"{part.grid.rows[row]}: {', '.join(each[row] or '–' for each in texts)}" for row in first
    )
    return WHICH_DIFFER, (("count", len(differ)), ("examples", examples))


def _about_repeats(arranged: shapes.Arrangement, chosen: Reading) -> Iterator[Question]:
    """Ask what several rows of one patient are, where no dates say that they are procedures."""
    part = arranged.patients
    key = part.key()
    if key is None:
        return
    several = np.flatnonzero(key.counts() > 1)
    if not len(several):
        return
    ways: dict[Repeated, str] = {
        "first": KEEP_FIRST,
        "last": KEEP_LAST,
        "joined": JOIN,
        "each": KEEP_EACH,
    }
    now = chosen.repeated or ("joined" if arranged.told_once else "first")
    answers = tuple(
        Answer(ways[way], (), replace(chosen, repeated=way))
        for way in sorted(ways, key=lambda way: way != now)
    )
    coded = any(header.column == "patient_id" for header in part.headers)
    known = coded and not identifiers.is_coded(key)
    examples = [key.texts[code] for code in several[:SAMPLES]]
    same, headers = _rows_of_one(part, key.codes == several[0])
    named: Values = (("examples", ", ".join(examples)),) if known else ()
    values = (("count", len(several)), *named, ("rows", same), ("headers", headers))
    if headers:
        message = REPEATED_DIFFER if known else NUMBERS_DIFFER
    else:
        message = REPEATED if known else REPEATED_NUMBERS
    title = next((each.header for each in part.identities().values()), "")
    settled = bool(chosen.repeated) or arranged.told_once
    yield Question("repeated", message, values, answers, title, settled)


def _rows_of_one(part: Part, whose: npt.NDArray[np.bool_]) -> tuple[str, str]:
    """The first rows of one patient, and the headers of what is kept in which they differ."""
    places = np.flatnonzero(whose)[:SAMPLES]
    differ = [
        f"'{header.text}'"
        for header in _shown(part)
        if not reading.dropped(header)
        and len(set(part.grid.columns[header.position].codes[places].tolist())) > 1
    ]
    more = [*differ[:SAMPLES], *(["…"] if len(differ) > SAMPLES else [])]
    return ", ".join(map(str, part.grid.rows[places].tolist())), ", ".join(more)


def _what_is(column: ProposedColumn, chosen: Reading) -> Question:
    header = column.header
    answers = [
        Answer(AS_EVENT, (("column", header.synonym),), given)
        if name.endswith(endpoints.EVENT) and name not in TABLES[column.table]
        else Answer(AS_FIELD, (("field", meant.label),), given)
        for name in header.candidates
        if (meant := headers.meaning(replace(header, column=name), column.table))
        for given in (_mapped(chosen, header, column.table, name),)
    ]
    answers.append(Answer(CARRY, (), _mapped(chosen, header, column.table, "")))
    answers.append(Answer(LEAVE, (), _mapped(chosen, header, column.table, LEFT_OUT)))
    private = header.reason == "names"
    if private:
        answers.reverse()
    samples = header.unfit or column.samples
    values: Values = (("column", header.text),)
    if not samples:
        return Question("column", WHAT_IS, values, tuple(answers), header.text, settled=private)
    values = (*values, ("samples", ", ".join(samples)))
    return Question("column", WHAT_IS_SUCH, values, tuple(answers), header.text, settled=private)


def _about_values(column: ProposedColumn, chosen: Reading) -> Iterator[Question]:
    """Values that are unknown or ambiguous, and whether 1 means that the event happened."""
    meant = column.meant
    if meant is None:
        return
    tells = meant.name in _EVENTS or meant.name.endswith(endpoints.EVENT)
    states = _states(column, meant) if tells else None
    asked: set[str] = set()
    if states and states.happened and states.not_yet:
        yield _about_event(column, meant, states, chosen)
        asked = {each.value for each in (*states.happened, *states.not_yet)}
    for each in column.values:
        if not each.asks or each.value in asked:
            continue
        answers = [
            Answer(
                AS_LEVEL,
                (("level", level.label),),
                _valued(chosen, meant.name, each.value, level.code),
            )
            for level in meant.levels
        ]
        answers.append(Answer(EMPTY, (), _valued(chosen, meant.name, each.value, "")))
        header = column.header.text
        values: Values = (("value", each.value), ("count", each.count), ("column", header))
        yield Question("value", WHAT_MEANS, values, tuple(answers), header)
    yield from _about_blanks(column, meant, chosen)


def _about_blanks(column: ProposedColumn, meant: Column, chosen: Reading) -> Iterator[Question]:
    """Ask what blank cells mean where all others say yes: only deaths may have been written."""
    level = "alive" if meant.name == "vital_status" else "no"
    other = {"alive": "dead", "no": "yes"}[level]
    said = "" in tables.chosen_levels(chosen, meant)
    if not column.blank or said or {each.level for each in column.values} != {other}:
        return
    if meant.kind != "flag" and meant.name != "vital_status":
        return
    answers = (
        *(
            Answer(AS_LEVEL, (("level", each.label),), _valued(chosen, meant.name, "", each.code))
            for each in meant.levels
            if each.code == level
        ),
        Answer(EMPTY, (), _valued(chosen, meant.name, "", "")),
    )
    header = column.header.text
    samples = ", ".join(f"'{each.value}'" for each in column.values[:SAMPLES])
    values = (("column", header), ("count", column.blank), ("samples", samples))
    yield Question("blank", BLANK, values, answers, header)


class _States(NamedTuple):
    """Values that mean that an event happened, and that it did not; whether both are certain."""

    happened: tuple[ProposedValue, ...]
    not_yet: tuple[ProposedValue, ...]
    settled: bool


def _states(column: ProposedColumn, meant: Column) -> _States:
    """Tell the values of an event apart.

    Two codes such as 0 and 1 by what their column says, else by their order; words by what they
    mean, two that mean nothing by neither. The vital status in words needs no question, nor do yes
    and no under a header that says what happened.
    """
    plain = all(each.value in _PLAIN and not each.asks for each in column.values)
    if plain and meant.name in COLUMNS:
        return _States((), (), True)
    coded = sorted((each for each in column.values if each.value in _CODED), key=_code_order)
    if len(coded) == 2:
        no = "alive" if meant.name == "vital_status" else "no"
        asks = any(each.asks for each in coded)
        low, high = coded if asks or coded[1].level != no else reversed(coded)
        return _States((high,), (low,), not asks)
    unknown = tuple(each for each in column.values if each.asks)
    if len(unknown) == len(column.values) == 2:
        return _States(unknown[1:], unknown[:1], False)
    levels = ("yes", "no") if meant.kind == "flag" else ("", "")
    happened, not_yet = (
        tuple(each for each in column.values if level and each.level == level) for level in levels
    )
    return _States(happened, not_yet, True)


def _about_event(
    column: ProposedColumn, meant: Column, states: _States, chosen: Reading
) -> Question:
    """Say which values mean that an event happened, with the counts, and offer the other way."""
    yes, no = ("dead", "alive") if meant.name == "vital_status" else ("yes", "no")
    total = (("total", sum(each.count for each in column.values)),)

    def answer(
        message: str, happened: Sequence[ProposedValue], not_yet: Sequence[ProposedValue]
    ) -> Answer:
        given = chosen
        for values, level in ((happened, yes), (not_yet, no)):
            for each in values:
                given = _valued(given, meant.name, each.value, level)
        return Answer(message, (*_counted(happened), *total), given)

    value, count = _counted(states.happened)
    answers = (
        answer(HAPPENED, states.happened, states.not_yet),
        answer(OTHER_WAY, states.not_yet, states.happened),
    )
    header = column.header.text
    asked = DIED if meant.name in _DEATHS else EVENT
    told: Values = (value, ("column", header), count, *total)
    return Question("event", asked, told, answers, header, states.settled)


def _counted(values: Sequence[ProposedValue]) -> Values:
    return (
        ("value", "', '".join(each.value for each in values)),
        ("count", sum(each.count for each in values)),
    )


def _code_order(each: ProposedValue) -> int:
    return _CODED.index(each.value)


def _about_unit(column: ProposedColumn, part: Part, chosen: Reading) -> Iterator[Question]:
    """Ask for the unit where the header has none, or another, and the numbers do not decide."""
    header = column.header
    field = headers.meaning(replace(header, column=(*header.candidates, "")[0]), column.table)
    if header.reason != "unit" or field is None:
        return
    likely = likely_unit(field, part.grid.columns[header.position])
    words = sorted(units_of(field), key=lambda word: word != likely)
    answers = [
        Answer(
            IN_UNIT,
            (("unit", word), ("field", field.label)),
            _mapped(chosen, replace(header, unit=word), column.table, field.name),
        )
        for word in words
    ]
    carry = Answer(CARRY, (), _mapped(chosen, header, column.table, ""))
    if header.unit:  # survival in per cent is no survival in months
        answers.insert(0, carry)
    elif field.unit == "months":
        answers.append(carry)
    samples = ", ".join(column.samples)
    values = (("column", header.text), ("field", field.label), ("samples", samples))
    yield Question("unit", WHICH_UNIT, values, tuple(answers), header.text)


def _about_order(parts: Sequence[Part], chosen: Reading) -> Iterator[Question]:
    """Ask once for the order of day and month where no date of a sheet decides it."""
    if chosen.day_first is None:
        asked = (question for part in parts for question in _about_dates(part, chosen))
        yield from islice(asked, 1)


def _about_dates(part: Part, chosen: Reading) -> Iterator[Question]:
    order = tables.day_order(part.grid, part.headers, chosen, part.table)
    for header in part.headers:
        column = TABLES[part.table].get(header.column)
        if column is None or column.kind != "date":
            continue
        cells = part.grid.columns[header.position]
        parsed = parse(cells, column, "", order.get(header.position), {})
        doubtful = [code for code, p in parsed.problems.items() if p.message == ORDER]
        if doubtful:
            yield _which_order(header, cells, parsed, doubtful[:SAMPLES], chosen)
            return


def _which_order(
    header: Header, cells: Cells, parsed: Parsed, doubtful: Sequence[int], chosen: Reading
) -> Question:
    read = [dict(parsed.problems[code].values) for code in doubtful]
    answers = tuple(
        Answer(
            message,
            (("read", ", ".join(str(each[which]) for each in read)),),
            replace(chosen, day_first=first),
        )
        for message, which, first in _ORDERS
    )
    values = (("examples", ", ".join(cells.texts[code] for code in doubtful)),)
    return Question("day order", WHICH_ORDER, values, answers, header.text)
