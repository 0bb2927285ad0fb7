"""What every column of a sheet means: by its header, its cells, its neighbours, and as a whole.

Each piece of evidence is a rule of its own. A header that is surely a field's is believed where its
cells do not speak against it; where they do, they may say which field it is. A header whose words
say a field is believed where its cells fit and nothing else could be meant. A column that nothing
names may be known by its cells. No field has two columns.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lib import vocabulary
from lib.ingest import contents, endpoints, identifiers, pairs, performance, personal, remarks
from lib.ingest.cells import Cells
from lib.ingest.evidence import (
    FEW_BAD,
    FITS,
    TURNED,
    Nature,
    explains,
    fits,
    identifies,
    is_event,
    misfits,
    nature,
    recurs,
)
from lib.ingest.headers import ROW_NUMBER, Header, Reason, meaning, recognise
from lib.ingest.kinds import is_classes
from lib.ingest.legends import coding
from lib.ingest.numbers import UNITS
from lib.ingest.ranges import takes_ranges
from lib.ingest.said_units import likely_unit
from lib.ingest.wording import Meaning, about, is_known, meanings, wording
from lib.plan import MappedColumn, Reading
from lib.schema import TABLES, Column

_SHORT = 6  # signs of the longest code under a header that may mean a name
_NEAR = 0.5  # share of a header's words from which it is near to a field
_LIKELY = 0.5  # share of a header's words from which it is taken for a field that decides little
_FIELDS = vocabulary.table("evidence")["fields"]
DECISIVE = frozenset(_FIELDS["decisive"])
"""Fields on which results depend: a header that is only near to one is asked about."""
WHO = ("patient_id", "record_number_PII", "patient_name_PII")
IN_CODES = frozenset(_FIELDS["in_codes"])  # fields that departments write in codes of their own
_STATES = 3  # distinct cells up to which they may say whether something happened
_WORDED: Mapping[Nature, str] = {"status": "vital_status", "modality": "modality", "sex": "sex"}
"""Fields that are known by the words in their cells."""
_FEW_CODES, _CODE = 8, 12
_FEW_WORDS, _WORD = 12, 40
"""Distinct cells, and the signs of each, that a header may have which surely says such a field."""
LATER = frozenset(vocabulary.table("evidence")["concepts"]["later"])
"""What a header speaks of that is not about the time before the first procedure."""
RESPONSES = ("best_response", "response_6m", "response_12m", "response_3m")


def propose(
    headers: Sequence[str], cells: Sequence[Cells], reading: Reading, table: str = "patients"
) -> list[Header]:
    """Propose what every header of a sheet means, by its words and by what stands under it."""
    chosen = _chosen(headers, reading, table)
    patients = _patients(headers, cells, table)
    taken = {mapped.column: position for position, mapped in chosen.items()}
    proposals = []
    for position, text in enumerate(headers):
        header = recognise(text, position, table)
        if position in chosen:
            header = _as_chosen(header, chosen[position], cells[position], table)
        else:
            header = _by_content(header, cells[position], reading, table, patients)
            if header.column and header.column in taken:
                less = _less(cells[position], cells[taken[header.column]])
                header = replace(header, column="", reason=less)
        proposals.append(header)
    proposals = _once(performance.only_without_ecog(proposals), cells)
    proposals = [_turned_away(header, cells[header.position], patients) for header in proposals]
    if table == "patients":
        proposals = pairs.paired(proposals, cells, reading)
        proposals = contents.at_times(proposals, cells)
        proposals = _by_meaning(proposals, cells, reading)
        proposals = contents.decided(proposals, cells)
        proposals = _by_cells(proposals, cells)
        proposals = _same_unit(_by_status(proposals))
        proposals = contents.turned(proposals, cells, reading)
    else:
        proposals = _nearly(proposals, cells, reading, table)
    return [_coded(header, cells[header.position], table) for header in proposals]


def _as_chosen(header: Header, mapped: MappedColumn, cells: Cells, table: str) -> Header:
    """Take a header for what the visitor said; its unit is asked for all the same."""
    # A header that may mean several things says least about its unit: survival may be in months, or
    # per cent.
    unit = mapped.unit or header.unit
    known = replace(header, column=mapped.column, reason="yours", unit=unit)
    column = meaning(known, table)
    if column is None or not column.unit or mapped.unit in UNITS.get(column.unit, {}):
        return known
    own = header.reason == "name" and header.column == mapped.column
    vague = header.reason == "ask" and column.unit == "months" and not unit
    if own or not (vague or _doubtful_unit(column, unit, cells)):
        return known
    return replace(known, column="", reason="unit", candidates=(mapped.column,))


def _doubtful_unit(column: Column, unit: str, cells: Cells) -> bool:
    """Whether a header names a unit that its field cannot have, or none where numbers need one."""
    if unit:
        return bool(column.unit) and unit not in UNITS.get(column.unit, {})
    return bool(likely_unit(column, cells))


def _chosen(headers: Sequence[str], reading: Reading, table: str) -> dict[int, MappedColumn]:
    """Find each chosen header again: at its place, or elsewhere if only one has its name."""
    chosen: dict[int, MappedColumn] = {}
    for mapped in reading.columns:
        if mapped.table != table:
            continue
        places = [position for position, text in enumerate(headers) if text == mapped.header]
        if mapped.position in places:
            chosen[mapped.position] = mapped
        elif len(places) == 1:
            chosen.setdefault(places[0], mapped)
    return chosen


def _patients(headers: Sequence[str], cells: Sequence[Cells], table: str) -> int:
    """How many patients the rows of a sheet are of, by what tells them apart; 0 if nothing does."""
    told = [
        len(column.texts)
        for position, (text, column) in enumerate(zip(headers, cells, strict=True))
        if recognise(text, position, table).column in WHO
    ]
    return max(told, default=0)


def _by_content(
    header: Header, cells: Cells, reading: Reading, table: str, patients: int
) -> Header:
    """Look at what stands under a header, which may speak against what the header says."""
    if header.column == ROW_NUMBER:
        if _numbers_rows(cells):
            return header
        header = replace(header, column="", reason="unknown", candidates=())
    if header.column == identifiers.BIRTH and is_event(cells):  # `гр` is a group as well
        header = replace(header, column="", reason="unknown", candidates=())
    if header.reason == "identifier" and calls_by_code(header.text, header.column, cells):
        return replace(header, column="patient_id", reason="cells", candidates=("patient_id",))
    if header.reason == "identifier" or header.column == "patient_id":
        return header
    found = _of_people(header, cells, patients) or _of_field(header, cells, reading, table)
    if found.reason in ("content", "unknown") and personal.are_people(cells, patients):
        return _as_names(found)  # whatever field it says, the cells are none of that
    return found


def _turned_away(header: Header, cells: Cells, patients: int) -> Header:
    """A second column for a field, which may name people: `Patient` beside the patients' codes."""
    if header.reason not in ("same", "twice"):
        return header
    return _of_people(replace(header, column=""), cells, patients) or header


def _of_people(header: Header, cells: Cells, patients: int) -> Header | None:
    """A column whose cells name people, or their numbers."""
    if identifiers.is_coded(cells):
        return replace(header, column="", reason="identifier")
    if identifiers.is_withheld(cells):
        return _as_names(header)
    said = _said(header)
    if said and said <= {"text"}:  # people in a remark are replaced, and the remark stays
        cells = replace(cells, texts=[*map(remarks.without_people, cells.texts)])
    told = not said and personal.are_said(header.text, cells, patients)
    if told or personal.holds_people(cells, not said <= {"text"}, patients):
        return _as_names(header)
    return None


def _as_names(header: Header) -> Header:
    return replace(header, column="", reason="names", candidates=())


def _said(header: Header) -> set[str]:
    """The kinds of the fields that a header says; of whom it speaks is no field of theirs."""
    fields = TABLES["patients"]
    said = {header.column, *(each.field for each in meanings(header.text) if each.explained == 1)}
    return {fields[name].kind if name in fields else "" for name in said - {"", "patient_id"}}


def _of_field(header: Header, cells: Cells, reading: Reading, table: str) -> Header:
    """Check what a header says against its cells, or let them answer what it leaves open."""
    if header.column in TABLES[table]:
        return _checked(header, TABLES[table][header.column], cells, reading)
    if header.reason == "ask" and table == "patients":
        return _answered(header, cells, reading)
    return header


def calls_by_code(text: str, column: str, cells: Cells) -> bool:
    """Whether a header such as `Пациент` stands over short codes and not over names."""
    return (
        column == "patient_name_PII"
        and {"patient"} <= about(text) <= {"patient", "id"}
        and identifies(cells)
        and not identifiers.is_coded(cells)
        and all(len(each) <= _SHORT for each in cells.texts)
    )


def _answered(header: Header, cells: Cells, reading: Reading) -> Header:
    """Let the cells answer what a header leaves open, where they speak for one field alone."""
    # Words of life and death say that a status is that of life; codes say nothing.
    fields = TABLES["patients"]
    fitting = tuple(
        name
        for name in header.candidates
        if name in fields and fits(fields[name], cells, header.unit, reading)
    )
    what = nature(cells)
    if fitting == ("vital_status",) and what == "status":
        return replace(header, column="vital_status", reason="cells")
    if what == "modality" and "modality" in header.candidates:
        return replace(header, column="modality", reason="cells")
    told = [
        name
        for name in header.candidates
        if name in fields and explains(coding(header.text, fields[name], cells), cells)
    ]
    if len(told) == 1 == len(header.candidates):
        return replace(header, column=told[0], reason="meaning")
    others = tuple(name for name in header.candidates if name not in fitting)
    return replace(header, candidates=(*fitting, *others))


def _by_meaning(proposals: list[Header], cells: Sequence[Cells], reading: Reading) -> list[Header]:
    """Take a header for the field that its words say, where its cells fit."""
    # The columns that say most come first; a field that has a column is not looked for. A time
    # whose event is asked about waits for the answer.
    taken = {name for header in proposals for name in _claimed(header)}
    waiting = {header.synonym for header in proposals if header.reason == "words"}
    open_ = [
        header
        for header in proposals
        if header.reason == "unknown" and header.text and header.text not in waiting
    ]
    said = {header.position: _fitting(header, cells, reading) for header in open_}
    found = list(proposals)
    for header in sorted(open_, key=lambda each: _first(each, said[each.position]), reverse=True):
        left = [each for each in said[header.position] if each.field not in taken]
        if not left:
            if coded := _in_codes(header, cells[header.position], taken):
                found[header.position] = coded
                taken |= set(coded.candidates[:1])
            continue
        meant = _meant(header, left, _WORDED.get(nature(cells[header.position]), ""))
        taken |= {meant.column} - {""}
        found[header.position] = _in_unit(meant, cells[header.position])
    return found


def _nearly(
    proposals: list[Header], cells: Sequence[Cells], reading: Reading, table: str
) -> list[Header]:
    """Ask about a column of visits, lesions or events that shares words with a field left over."""
    fields = TABLES[table]
    taken = {name for header in proposals for name in _claimed(header)}
    found = list(proposals)
    for header in proposals:
        left = tuple(
            name
            for name in header.candidates
            if header.reason == "unknown"
            and name not in taken
            and fields[name].kind != "text"
            and fits(fields[name], cells[header.position], header.unit, reading)
        )
        if left:
            found[header.position] = replace(header, reason="near", candidates=left)
            taken.add(left[0])
    return found


def _in_unit(header: Header, cells: Cells) -> Header:
    """Ask for the unit of a header that was known by its words, where its numbers leave a doubt."""
    column = TABLES["patients"].get(header.column)
    if column is None or not _doubtful_unit(column, header.unit, cells):
        return header
    return replace(header, column="", reason="unit", candidates=(header.column,))


def _in_codes(header: Header, cells: Cells, taken: set[str]) -> Header | None:
    """A header that says a field over a few codes or words that only the visitor can read."""
    longest, distinct = max(map(len, cells.texts), default=0), len(cells.texts)
    if not 1 < distinct <= _FEW_WORDS or nature(cells) in ("date", *_WORDED):
        return None  # words that say their field by themselves
    codes = distinct <= _FEW_CODES and longest <= _CODE
    for each in meanings(header.text):
        said = each.explained == 1 and longest <= _WORD
        if TABLES["patients"][each.field].kind == "flag" and not (said and distinct <= _STATES):
            continue
        if each.field not in IN_CODES or each.field in taken or each.explained < _NEAR:
            continue
        if codes or said:
            unfit = tuple(cells.texts[:FEW_BAD])
            return replace(header, reason="content", candidates=(each.field,), unfit=unfit)
    return None


def _claimed(header: Header) -> tuple[str, ...]:
    """The fields that a header has, or that it is asked about."""
    if header.column or header.reason == "unknown":
        return (header.column,)
    return header.candidates[:1]


def _fitting(header: Header, cells: Sequence[Cells], reading: Reading) -> list[Meaning]:
    column = cells[header.position]
    said = [each for each in meanings(header.text) if each.explained >= _NEAR]
    what = nature(column) if said else ""
    turned = [each._replace(field=_by_nature(each.field, what, header.text)) for each in said]
    known = {each.field: each for each in reversed(turned)}
    fields = TABLES["patients"]
    later = bool(about(header.text) & LATER)
    return [
        each
        for each in turned
        if not (later and fields[each.field].baseline and each.explained < 1)
        and not (each.field in _FIRST and _FURTHER.search(header.text))
        and known[each.field] is each
        and (
            (each.field == "patient_id" and _says_whose(header.text) and recurs(column))
            or fits(
                fields[each.field],
                column,
                header.unit,
                reading,
                coding(header.text, fields[each.field], column),
            )
        )
    ]


_FIRST = ("first_procedure_date", "first_hai_date", "first_tace_date")
_FURTHER = re.compile(r"(?<![\d.,/-])(?:[2-9]|1\d)(?![\d.,/])")
"""The number of a procedure that is not the first: `TACE 2 date`."""


def _says_whose(text: str) -> bool:
    """Whether a header says that its cells tell the patients apart: `Patient no.`, not `No.`."""
    return {"patient", "id"} <= about(text) and is_known(text) and not _COUNTS.search(text)


_COUNTS = re.compile(r"\b(?:of|de|di|do|der|число|кол\w*|сколько|how many)\b", re.IGNORECASE)
"""What says that patients are counted: `Number of patients`."""


def _by_nature(field: str, what: Nature, text: str) -> str:
    """The field that a header means where its cells are of another nature than its own."""
    turned = TURNED.get((field, what), field)
    if turned == "death_date" and "death" not in about(text):  # a date at which somebody lived
        return "last_contact_date"
    if turned == "last_assessment_date" and contents.months_in(text) is not None:
        return field  # the day of one of several assessments
    return turned


def _first(header: Header, said: Sequence[Meaning]) -> tuple[float, bool, int, bool]:
    """By what a header goes before others: how far it says a field, and in the field's scale."""
    # What was known at the diagnosis of the primary tumour was so long before the first procedure.
    explained, told = said[0][1:] if said else (0.0, 0)
    early = "diagnosis" in about(header.text)
    return explained, not early, told, not performance.is_index(header.text)


def _meant(header: Header, left: Sequence[Meaning], worded: str) -> Header:
    """What a header means of the fields that its words say and that its cells fit."""
    best = left[0]
    equal = [each for each in left if each[1:] == best[1:]]
    candidates = tuple(each.field for each in left)
    likely = best.explained == 1 or (best.explained >= _LIKELY and best.field not in DECISIVE)
    if not likely and best.field == worded:
        return replace(header, column=worded, reason="cells", candidates=candidates)
    if not likely:
        return replace(header, reason="near", candidates=candidates)
    if len(equal) > 1 and worded not in [each.field for each in equal]:
        return replace(header, reason="ask", candidates=candidates)
    best = next((each for each in equal if each.field == worded), best)
    sure: Reason = "meaning" if best.explained == 1 else "near"
    return replace(header, column=best.field, reason=sure, candidates=candidates)


def _by_cells(proposals: list[Header], cells: Sequence[Cells]) -> list[Header]:
    """Know a column by its cells alone: words of one vocabulary, or the code of a patient."""
    taken = {name for header in proposals for name in _claimed(header)}
    found = list(proposals)
    for header in proposals:
        if header.reason != "unknown" or not header.text:
            continue
        column, what = cells[header.position], nature(cells[header.position])
        field = _WORDED.get(what, "")
        if what == "response" and not taken & set(RESPONSES):
            found[header.position] = replace(header, reason="ask", candidates=RESPONSES)
            taken |= set(RESPONSES)
        elif field and field not in taken and not (field == "vital_status" and "os_event" in taken):
            found[header.position] = replace(
                header, column=field, reason="cells", candidates=(field,)
            )
            taken.add(field)
        elif header.position == 0 and not taken & set(WHO) and identifies(column):
            found[0] = replace(
                header, column="patient_id", reason="cells", candidates=("patient_id",)
            )
            taken.add("patient_id")
    return found


def _by_status(proposals: list[Header]) -> list[Header]:
    """Take a time to death, or to last contact, for that of all where no column has the other."""
    halves = [header for header in proposals if header.column in ("death_months", "contact_months")]
    if len(halves) != 1 or any(header.column == "os_months" for header in proposals):
        return proposals
    return [
        replace(header, column="os_months", candidates=("os_months",))
        if header is halves[0]
        else header
        for header in proposals
    ]


def _same_unit(proposals: list[Header]) -> list[Header]:
    """Doubt the unit of every time that names none where that of one is doubted."""
    # A file writes its times alike: one of which the visitor said the unit makes one ask of all.
    doubted = any(
        header.reason == "unit" and not header.unit and _is_time(*header.candidates[:1])
        for header in proposals
    )
    said = any(
        header.reason == "yours"
        and _is_time(header.column)
        and header.unit not in ("", "months")
        and not wording(header.text).unit
        for header in proposals
    )
    if not doubted and not said:
        return proposals
    return [
        replace(header, column="", reason="unit", candidates=(header.column,))
        if header.reason not in ("name", "unit") and _is_time(header.column) and not header.unit
        else header
        for header in proposals
    ]


def _is_time(name: str = "") -> bool:
    column = TABLES["patients"].get(name) or endpoints.column(name, name)
    return column is not None and column.unit == "months"


def _coded(header: Header, cells: Cells, table: str) -> Header:
    column = meaning(header, table)
    return replace(header, coding=coding(header.text, column, cells)) if column else header


def _numbers_rows(cells: Cells) -> bool:
    """Whether a column counts; the N of TNM is no row number."""
    whole = np.array([text.isdigit() for text in cells.texts], bool)
    counts = cells.counts()
    if (counts[whole] > 1).any():
        return False
    return bool(whole.any()) and int((~whole).sum()) <= max(FEW_BAD, (1 - FITS) * len(whole))


def _checked(header: Header, column: Column, cells: Cells, reading: Reading) -> Header:
    """Believe a header only where the unit and the cells fit, unless it is a field's own name."""
    # Cells of another nature say which field even its own name means.
    named = header.reason == "name" and not header.unit  # a field's own name tells its unit
    if not named and _doubtful_unit(column, header.unit, cells):
        return _turned(header, column, cells, reading) or replace(header, column="", reason="unit")
    measured = column.kind == "number" and column.unit != "months" and not takes_ranges(column)
    if measured and is_classes(cells):
        return replace(header, column="", reason="unknown", candidates=())
    unfit = misfits(column, cells, header.unit, reading, coding(header.text, column, cells))
    if not unfit:
        return header
    if turned := _turned(header, column, cells, reading):
        return turned
    if header.reason == "name":
        return header
    return replace(header, column="", reason="content", unfit=unfit)


def _turned(header: Header, column: Column, cells: Cells, reading: Reading) -> Header | None:
    """The header as another field, where its cells are of another nature: dates of an event."""
    name = TURNED.get((column.name, nature(cells)), "")
    if not name:
        return None
    other = TABLES["patients"][name]
    if misfits(other, cells, header.unit, reading):
        return None
    found = replace(header, column=name, reason="cells", candidates=(name, column.name))
    return _checked(found, other, cells, reading)


def _once(proposals: list[Header], cells: Sequence[Cells]) -> list[Header]:
    """Let a field have one column: its own name first; else the visitor is asked."""
    rivals: dict[str, list[Header]] = defaultdict(list)
    for header in proposals:
        if header.reason in ("name", "synonym", "same words"):
            rivals[header.column].append(header)
    reasons: dict[int, Reason] = {}
    for each in rivals.values():
        if len(each) > 1:
            reasons |= _losers(each, cells)
    return [
        replace(header, column="", reason=reasons[header.position])
        if header.position in reasons
        else header
        for header in proposals
    ]


def _same(one: Cells, other: Cells) -> bool:
    """Whether two columns have the same texts in every row."""
    mine = np.array([*one.texts, ""], object)[one.codes]
    return bool(np.array_equal(mine, np.array([*other.texts, ""], object)[other.codes]))


def _losers(rivals: list[Header], cells: Sequence[Cells]) -> dict[int, Reason]:
    named = [header for header in rivals if header.reason == "name"]
    filled = [header for header in rivals if cells[header.position].texts]
    first = (named if len(named) == 1 else filled or rivals)[0].position
    reasons: dict[int, Reason] = {
        header.position: _less(cells[header.position], cells[first])
        for header in rivals
        if header.position != first
    }
    if len(named) == 1 or "twice" not in reasons.values():
        return reasons
    return {header.position: "twice" for header in rivals}


def _less(loser: Cells, winner: Cells) -> Reason:
    """Whether a second column for a field says more than the first."""
    return "twice" if loser.texts and not _same(loser, winner) else "same"
