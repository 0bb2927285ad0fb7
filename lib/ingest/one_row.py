"""Rows of one patient, joined to one; and rows with one name that are of several patients."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from lib import vocabulary
from lib.cohort import WHOLE_ROW, Finding
from lib.ingest import converted, headers, identifiers, inference, tables, visits
from lib.ingest.arrangement import Arrangement
from lib.ingest.cells import Cells, normal
from lib.ingest.evidence import nature
from lib.ingest.headers import Header
from lib.ingest.identity import WHO, Part
from lib.ingest.sentences import finding
from lib.ingest.values import parse
from lib.ingest.wording import about, concepts, wording
from lib.language import N_
from lib.plan import Reading, Repeated
from lib.schema import IDENTIFIERS, TABLES
from lib.statistics.estimate import Bools, Floats, Ints

_DATED = {"procedures": "procedure_date", "assessments": "assessment_date"}
_REDCAP = tuple(
    f"{export}{name}"
    for export in ("redcap ", "")
    for name in ("event name", "repeat instrument", "repeat instance")
)
"""Columns of a REDCap export, which has a row for each event of a record."""
_DIFFERENT = 0.5
"""Share of the patients with several rows whose dates must differ for rows to be procedures."""
_ALWAYS = 0.8  # share of the first rows of patients that say what the further ones do not
_COURSE = frozenset(("modality", "first_procedure_date", "drug", "embolic"))
"""Columns known beforehand that each row of a course may have."""
_STANDS_ONCE = 0.3
"""Share of rows without a code from which it is taken to stand in a patient's first row only."""
PROCEDURE, VISIT = N_("procedure"), N_("visit")
ROWS, DATING, OWNED = "rows", "rows-dated-by", "rows-own"
"""What all rows decide of several rows of a patient, which a part of a table does not ask anew.

The table that they are, `EVENTS` that are joined, or each `ALONE`; the column of their dates; the
columns that are not the patient's.
"""
EVENTS, ALONE = "events", "alone"
FIRST, LAST = N_("first"), N_("last")


def one_row_a_patient(found: Arrangement, reading: Reading) -> None:
    """Where a patient has several rows with different dates, make them a table of their own."""
    # Where neither dates nor the events of a record tell the rows apart, they are joined if only
    # the first of them says whose they are, or if the visitor says that they are one patient's.
    key = tables_of_rows(found, reading)
    joins = treated(found, reading) == "joined"
    if joins and key is not None and key.counts().max() > 1:
        join_rows(found, key, set(), "rows-of-one", reading)


def treated(found: Arrangement, reading: Reading) -> Repeated:
    """What is done with several rows of a patient that are no table: as said, or as is likely."""
    if reading.repeated:
        return reading.repeated
    if found.namesakes:
        return "each"
    return "joined" if found.told_once else "first"


def tables_of_rows(found: Arrangement, reading: Reading) -> Cells | None:
    """Make a table of rows of procedures, visits or events, unless the visitor keeps rows apart."""
    # Gives whose each row is where the rows are no table; None where they are, or nobody's.
    found.whole = found.patients
    if settled := reading.said(ROWS):
        return _as_settled(found, settled, reading)
    key = found.patients.key()
    if key is None or not key.texts:
        return None
    events = _without_events(found) if key.counts().max() > 1 else set()
    down = key.down() if stands_once(key) else key
    if not events and down is key:
        _tell_namesakes(found, key, reading)
    if reading.repeated == "joined" or not (reading.repeated or found.namesakes):
        if _as_table(found, key, down, reading, bool(events)):
            return None
        if events:
            _tell_filled(found, key, key)
            join_rows(found, key, events, "events", reading)
            return None
    merged = bool(found.patients.grid.merged.any())
    found.told_once = merged or (down is not key and _continues(found.patients, key))
    if found.told_once and down is not key:
        _tell_filled(found, key, down)
        return down
    return key


def stands_once(key: Cells) -> bool:
    """Whether so many rows lack a code that it may stand in the first row of a patient alone."""
    return float((key.codes < 0).mean()) >= _STANDS_ONCE


def settled(found: Arrangement, reading: Reading) -> Reading:
    """The reading in which it is said what several rows of a patient are, as all rows have it."""
    after, before = found.copy(), found.patients
    tables_of_rows(after, reading)
    made = next((table for table in after.tables if table not in found.tables), "")
    joined = not made and len(after.patients.grid.rows) < len(before.grid.rows)
    said = reading.decided(ROWS, made or (EVENTS if joined else ALONE))
    if made:
        dates = [h.text for h in after.tables[made].headers if h.column == _DATED[made]]
        said = said.decided(DATING, dates[0])
    for was, header in zip(before.headers, after.patients.headers, strict=False):
        if header.reason == "table" != was.reason:
            said = said.decided(OWNED, "yes", header.text)
    return replace(said, repeated="joined" if made or joined else treated(after, reading))


def _as_settled(found: Arrangement, settled: str, reading: Reading) -> Cells | None:
    """Do with several rows of a patient what all rows of the table have decided."""
    part, key = found.patients, found.patients.key()
    if settled == ALONE:
        return key if key is not None and key.texts else None
    if key is None:
        key = Cells([], [], np.full(len(part.grid.rows), -1))
    events = _without_events(found)
    if settled == EVENTS:
        _tell_filled(found, key, key)
        join_rows(found, key, events, "events", reading)
        return None
    place = next(h.position for h in part.headers if h.text == reading.said(DATING))
    numbered = visits.dated(part, key, reading, place) if settled == "assessments" else None
    if numbered is not None:
        found.patients = numbered.part
        found.findings += numbered.told
    _tell_filled(found, key, key)
    _split(found, key, settled, place, reading, bool(events))
    return None


def _tell_namesakes(found: Arrangement, key: Cells, reading: Reading) -> None:
    """See whether rows with one name are of several patients, and tell it until it is decided."""
    told = namesakes(found.patients, key, reading)
    found.namesakes = told is not None
    if told is not None and not reading.repeated:
        found.findings.append(told)


def _as_table(found: Arrangement, key: Cells, down: Cells, reading: Reading, events: bool) -> bool:
    """Make a table of rows that are procedures or visits; whether they are."""
    for table, date in _DATED.items():
        position = _dated(found.patients, down, table, date)
        if position is not None and table not in found.tables:
            _tell_filled(found, key, down)
            _split(found, down, table, position, reading, events)
            return True
    visited = visits.dated(found.patients, down, reading)
    if visited is None or "assessments" in found.tables:
        return False
    found.patients = visited.part
    found.findings += visited.told
    _tell_filled(found, key, down)
    _split(found, down, "assessments", visited.place, reading, events)
    return True


def _without_events(found: Arrangement) -> set[int]:
    """The columns of a REDCap export that only tell its rows apart; they are not kept."""
    part = found.patients
    events = {header.position for header in part.headers if normal(header.text) in _REDCAP}
    kept = [replace(h, reason="table") if h.position in events else h for h in part.headers]
    found.patients = found.whole = replace(part, headers=kept)
    return events


def _continues(part: Part, key: Cells) -> bool:
    """Whether the rows without a code lack what all others say of the patient too."""
    named = key.codes >= 0
    if not named.any() or not named[0]:
        return False
    about = [
        cells.codes >= 0
        for header in part.headers
        if (cells := part.grid.columns[header.position]).texts
        and (column := headers.meaning(header, "patients")) is not None
        and column.baseline
        and column.name not in _COURSE
    ]
    always = [filled for filled in about if filled[named].mean() >= _ALWAYS]
    return bool(always) and all(filled[~named].mean() <= 1 - _ALWAYS for filled in always)


def _tell_filled(found: Arrangement, key: Cells, down: Cells) -> None:
    """Say in which rows a patient was filled in, and which rows are nobody's."""
    part = found.patients
    for mask, told in (
        ((key.codes < 0) & (down.codes >= 0), finding("warning", "as-above")),
        (down.codes < 0, finding("error", "one-row-no-code", sets_aside=(WHOLE_ROW,))),
    ):
        if mask.any():
            rows = tuple(part.grid.rows[mask].tolist())
            found.findings.append(replace(told, rows=rows, sheet=part.sheet))
    found.patients = found.whole = replace(part, who=down)


def _dated(part: Part, key: Cells, table: str, date: str) -> int | None:
    """The column of dates that tells the rows of a patient apart."""
    wanted = {
        h.position
        for h in part.headers
        if table == "procedures" and h.column == "first_procedure_date"
    }
    for header in part.headers:
        if headers.recognise(header.text, 0, table).column == date:
            wanted.add(header.position)
    told = {h.column or next(iter(h.candidates), "") for h in part.headers}
    if told & _OWN[table] and not told & _OWN.get(_RIVAL[table], set()):
        wanted |= {h.position for h in part.headers if _is_day(h, part.grid.columns[h.position])}
    differing = [each for each in sorted(wanted) if _differs(part.grid.columns[each], key)]
    return differing[0] if differing else None


_OWN = {
    "procedures": {"modality", "drug", "embolic", "dose"},
    "assessments": {"best_response", "response_6m", "baseline_sld_mm"},
}
"""Columns of which one tells what the rows are, where their day is called after nothing."""
_RIVAL = {"procedures": "", "assessments": "procedures"}
_DAY = frozenset(("date", "procedure", "treatment", "arm", "response", "contact"))
"""What the header of such a day may be about: `Exam date`, `Date`, `Treatment date`."""
_OCCASIONS = frozenset(vocabulary.words("layout", "occasion"))


def _is_day(header: Header, cells: Cells) -> bool:
    """Whether a column that is no other field's says when something was done."""
    said = about(header.text)
    words = (word for word in wording(header.text).base.split() if word not in _OCCASIONS)
    known = all(concepts(word) for word in words)
    dated = not header.column and "date" in said and said <= _DAY and known
    return dated and nature(cells) == "date"


def _differs(cells: Cells, key: Cells) -> bool:
    """Whether a column differs between the rows of most patients who have several."""
    pairs = np.unique(np.column_stack([key.codes, cells.codes]), axis=0)
    pairs = pairs[(pairs >= 0).all(axis=1)]
    different = np.bincount(pairs[:, 0], minlength=len(key.texts))
    several = key.counts() > 1
    return bool(several.any() and (different[several] > 1).mean() >= _DIFFERENT)


def _split(
    found: Arrangement, key: Cells, table: str, position: int, reading: Reading, dated: bool
) -> None:
    """Use the rows as a table, and join those of one patient to one row."""
    # A row that says nothing of the table is none of its rows; where the rows are `dated`, as those
    # of an export that mixes events are, nor is one without its date.
    part = found.patients
    proposed = inference.propose(part.grid.headers, part.grid.columns, reading, table)
    proposed[position] = replace(proposed[position], column=_DATED[table], reason="synonym")
    proposed = [_keyed(header, part.headers[header.position]) for header in proposed]
    proposed = _as_of_patients(proposed, part.headers, table)
    owned = {header.position for header in proposed if header.column in TABLES[table]}
    tells = {position} if dated else owned - {h.position for h in proposed if h.column in WHO}
    says = np.zeros(len(part.grid.rows), bool)
    for each in tells:
        says |= part.grid.columns[each].codes >= 0
    found.tables[table] = Part(table, part.sheet, part.grid.take(says), proposed, key.take(says))
    what = PROCEDURE if table == "procedures" else VISIT
    join_rows(found, key, owned, "one-row-each", reading, what=what)


def join_rows(
    found: Arrangement, key: Cells, owned: set[int], code: str, reading: Reading, **said: str
) -> None:
    """Join the rows of each patient to one."""
    # Columns that are `owned` by a table, or that only tell the rows apart, may differ and are not
    # kept then.
    part = found.patients
    known = key.codes >= 0
    order, first = np.unique(key.codes[known], return_index=True)
    rows = np.flatnonzero(known)[first]
    order, rows = order[np.argsort(rows)], np.sort(rows)
    columns, findings, proposals = [], [], list(part.headers)
    for header in part.headers:
        cells, differing, which = _one_each(part, header, key, order)
        asks = header.reason == "ask" and bool(said)
        apart = bool(differing or asks)
        if reading.said(ROWS):
            apart = reading.said(OWNED, header.text) == "yes"
        if apart and header.position in owned and header.column != "patient_id":
            proposals[header.position] = replace(header, column="", reason="table")
        elif (
            differing
            and header.reason != "table"
            and header.column not in (*IDENTIFIERS, "patient_id", headers.ROW_NUMBER)
        ):
            findings.append(
                finding("warning", "differs", part.sheet, header.text, count=differing, which=which)
            )
        columns.append(cells)
    grid = replace(
        part.grid,
        columns=columns,
        rows=part.grid.rows[rows],
        wider=part.grid.wider[rows],
        merged=part.grid.merged[rows],
    )
    counts: dict[str, Any] = {"rows": int(known.sum()), **said, "count": len(order)}
    found.findings += [finding("note", code, part.sheet, **counts), *findings]
    who = Cells(key.texts, key.raw, order)
    found.patients = replace(part, grid=grid, headers=proposals, who=who)


def _as_of_patients(
    proposed: Sequence[Header], patients: Sequence[Header], table: str
) -> list[Header]:
    """Take a column of a table for what it means among the patients, where nothing else is."""
    taken = {header.column for header in proposed}
    found = []
    for header, own in zip(proposed, patients, strict=True):
        free = not header.column and own.column in TABLES[table] and own.column not in taken
        found.append(replace(header, column=own.column, reason=own.reason) if free else header)
    return found


def _keyed(header: Header, patient: Header) -> Header:
    """Name the patients of a table by the same column as the patients' own."""
    if patient.column in ("patient_id", *IDENTIFIERS):
        return replace(header, column=patient.column, reason=patient.reason)
    return header


def _one_each(part: Part, header: Header, key: Cells, order: Ints) -> tuple[Cells, int, str]:
    """One cell for each patient, for how many the rows differ, and which cell it is."""
    cells = part.grid.columns[header.position]
    filled = (cells.codes >= 0) & (key.codes >= 0)
    who, what = key.codes[filled], cells.codes[filled]
    pairs = np.unique(np.column_stack([who, what]), axis=0) if len(who) else np.empty((0, 2), int)
    differing = int((np.bincount(pairs[:, 0].astype(np.int64)) > 1).sum()) if len(pairs) else 0
    column = headers.meaning(header, "patients")
    first = column is None or column.baseline or column.kind == "text"
    chosen = np.full(len(key.texts) + 1, -1)
    if first:
        who, what = who[::-1], what[::-1]
    chosen[who] = what  # of several, the last assignment stays
    return with_codes(cells, chosen[order]), differing, FIRST if first else LAST


def replace_codes(cells: Cells, where: Ints) -> Cells:
    """Bring a column into the order of other rows; -1 in `where` leaves a row blank."""
    return with_codes(cells, np.append(cells.codes, -1)[where])


def with_codes(cells: Cells, codes: Ints) -> Cells:
    """The cells of other rows; only those that a row has stay."""
    used = np.unique(codes[codes >= 0])
    recode = np.full(len(cells.texts) + 1, -1)
    recode[used] = np.arange(len(used))
    kept = used.tolist()
    if cells.whole is not None:
        return replace(cells, codes=codes)
    texts_, raw = ([part[code] for code in kept] for part in (cells.texts, cells.raw))
    return replace(cells, texts=texts_, raw=raw, codes=recode[codes])


# Rows with one name that cannot be one patient's -------------------------------------------------

YEAR = 365.25
_AGES = ("age", identifiers.BIRTH)
_ALLOWED = {"sex": 0.0, "age": 2.0, identifiers.BIRTH: 2.0, "death_date": 31.0}
"""By how much (years, days) the rows of one patient may differ in what cannot change."""
_IN_THE_END = ("vital_status", "os_event")
"""What differs between the rows of one patient only where rows are courses or visits."""
_FEW = 1 / 3  # share of the patients with several rows up to which a sheet has one row a patient
_DISAGREE = 1 / 3  # share of those with several rows who must disagree; of fewer, a cell is wrong


def namesakes(part: Part, key: Cells, reading: Reading) -> Finding | None:
    """Say which rows with one name, or one record number, alone are of several patients."""
    # A code that the department gives its patients is followed whatever the rows say.
    counts = key.counts()
    known = part.identities()
    alone = identifiers.is_coded(key) if "patient_id" in known else len(known) == 1
    if not alone or counts.max(initial=0) <= 1 or part.grid.merged.any():
        return None
    few = int((counts > 1).sum()) <= _FEW * len(counts)
    fields = (*_ALLOWED, *_IN_THE_END) if few else tuple(_ALLOWED)
    several, whose, apart, differ = _apart(part, key, fields, reading)
    if not apart.any() or apart.mean() < _DISAGREE:
        return None
    title = next(each.header for each in known.values())
    where = tuple(several.grid.rows[apart[whose]].tolist())
    named: dict[str, Any] = {"headers": ", ".join(differ), "count": int(apart.sum())}
    return finding("warning", "namesakes", part.sheet, title, where, **named)


def are_different(part: Part, names: Cells, reading: Reading) -> bool:
    """Whether all rows with one name differ in what those of one patient do not."""
    # A number that tells them apart is then followed without a question.
    return bool(
        (names.counts() > 1).any() and _apart(part, names, tuple(_ALLOWED), reading)[2].all()
    )


def _apart(
    part: Part, key: Cells, fields: Sequence[str], reading: Reading
) -> tuple[Part, Ints, Bools, list[str]]:
    """The rows of who has several, whose each is, who disagrees in fields, their headers."""
    counts = key.counts()
    rows = np.append(counts > 1, False)[key.codes]
    several = Part(part.table, part.sheet, part.grid.take(rows), part.headers)
    whose = np.unique(key.codes[rows], return_inverse=True)[1]
    apart = np.zeros(int((counts > 1).sum()), bool)
    differ = []
    for header in part.headers:
        if header.column in fields:
            disagree = _disagree(several, header, whose, reading)
            apart |= disagree
            differ += [f"'{header.text}'"] if disagree.any() else []
    return several, whose, apart, differ


def _disagree(part: Part, header: Header, whose: Ints, reading: Reading) -> Bools:
    """(patients,) bool array: whose rows differ in a column by more than those of one may."""
    numbers = _numbers(part, header, reading)
    apart = _span(numbers, whose) > _ALLOWED.get(header.column, 0.0)
    if header.column not in _AGES or not apart.any():
        return apart
    born = _years(part, reading) - numbers
    undated = np.bincount(whose, np.isnan(born) & ~np.isnan(numbers)) > 0
    older = ~undated & (_span(born, whose) <= _ALLOWED[header.column])
    return np.asarray(apart & ~older, bool)


def _span(numbers: Floats, whose: Ints) -> Floats:
    """(patients,) float array: the distance of the largest from the smallest, 0 for one alone."""
    low = np.full(int(whose.max()) + 1, np.inf)
    high = -low
    given = ~np.isnan(numbers)
    np.minimum.at(low, whose[given], numbers[given])
    np.maximum.at(high, whose[given], numbers[given])
    return np.where(high > low, high, 0.0) - np.where(high > low, low, 0.0)


def _numbers(part: Part, header: Header, reading: Reading) -> Floats:
    """(n,) float array: the cells of a column, those of a category numbered, NaN for missing."""
    cells = part.grid.columns[header.position]
    if header.column == identifiers.BIRTH:  # ages took their place when the file was opened
        ages = [raw if isinstance(raw, float) else np.nan for raw in cells.raw]
        return np.array([*ages, np.nan])[cells.codes]
    column = headers.meaning(header, "patients")
    if column is None:
        return np.full(len(cells.codes), np.nan)
    cells = converted.as_meant(cells, column, header, reading)
    if column.kind == "date":
        return _days(part, header, cells, reading)
    chosen = dict(header.coding) | tables.chosen_levels(reading, column)
    typed = tables.typed(column, cells, parse(cells, column, header.unit, None, chosen))
    if column.kind == "number":
        return np.asarray(typed, np.float64)
    codes = pd.factorize(typed)[0].astype(np.float64)
    return np.where(codes < 0, np.nan, codes)


def _days(part: Part, header: Header, cells: Cells, reading: Reading) -> Floats:
    order = tables.day_order(part.grid, part.headers, reading, "patients")
    parsed = parse(cells, tables.BIRTH, "", order.get(header.position), {})
    days = tables.typed(tables.BIRTH, cells, parsed)
    return np.where(np.isnat(days), np.nan, days.astype("datetime64[D]").astype(np.float64))


def _years(part: Part, reading: Reading) -> Floats:
    """(n,) float array: the year of what a row tells of, in which its patient has the age."""
    for header in part.headers:
        cells = part.grid.columns[header.position]
        told = header.column or headers.recognise(header.text, 0, "procedures").column
        may = header.reason == "ask" and "first_procedure_date" in header.candidates
        if may or told in ("first_procedure_date", "procedure_date"):
            return _days(part, header, cells, reading) / YEAR
    return np.full(len(part.grid.rows), np.nan)
