"""A grid and its mapping to a frame of typed columns, with a finding for each problem."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import Finding, Severity
from lib.ingest import converted, spellings
from lib.ingest.cells import Cells, Problem
from lib.ingest.dates import EARLIEST, LATEST, day_orders
from lib.ingest.durations import marks
from lib.ingest.grid import Grid
from lib.ingest.headers import Header, meaning
from lib.ingest.kinds import carried
from lib.ingest.numbers import assumed
from lib.ingest.remarks import MARK
from lib.ingest.sentences import finding
from lib.ingest.values import Parsed, parse
from lib.language import cut
from lib.plan import Reading
from lib.schema import TABLES, Column
from lib.statistics.estimate import Bools, Ints

BIRTH = Column("birth_date", "", "date", least=EARLIEST, most=LATEST)
"""The date of birth, read for the age and not kept."""
_EXAMPLES = 3
MANY = 50  # findings of one kind in a column beyond which the rest become one

Remarks = list[npt.NDArray[np.object_]]
"""For each column, (n,) array: what stood behind the level, '' for nothing."""

Spans = tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]  # (n,) arrays of days


class Held(NamedTuple):
    """What a column of the whole table holds, of which only some rows are read."""

    values: npt.NDArray[Any]  # (distinct,), numbers or days
    counts: Ints  # (distinct,), rows that have each
    rough: Bools  # (distinct,), days that are known roughly


@dataclass(slots=True)
class Frame:
    """A table as it is being read."""

    data: pd.DataFrame  # the typed columns, and ``row``
    headers: dict[str, str]  # for each column, the header as the sheet has it
    extra: list[Column] = field(default_factory=list)  # columns that the schema does not know
    findings: list[Finding] = field(default_factory=list)
    # For each date column, the first and the last day that each date may be, NaT where it is known
    # to the day.
    imprecise: dict[str, Spans] = field(default_factory=dict)
    # For each column of times, (n,) array: what stands beside the time; see `durations.Mark`.
    marks: dict[str, npt.NDArray[np.str_]] = field(default_factory=dict)
    # For each column that has no header of its own, the headers that it is taken from.
    taken: dict[str, str] = field(default_factory=dict)
    # For each column of numbers or dates of a table of which only some rows are read.
    whole: dict[str, Held] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The header of a column, or the column's own name where it has none."""
        return self.headers.get(name, name)

    def rows(self, mask: Any) -> tuple[int, ...]:
        """The spreadsheet rows of a boolean array."""
        return tuple(self.data["row"].to_numpy()[np.asarray(mask, bool)].tolist())

    def without(self, name: str, day: np.datetime64) -> None:
        """Forget a day of the whole table that was emptied; those that are known roughly stay."""
        if held := self.whole.get(name):
            left = (held.values != day) | held.rough
            self.whole[name] = Held(*(each[left] for each in held))

    def tell(
        self,
        severity: Severity,
        code: str,
        name: str,
        mask: Bools,
        *,
        value: str = "",
        sets_aside: tuple[str, ...] = (),
        **values: Any,
    ) -> list[Finding]:
        """What is found in some rows of a column; nothing where it is in none."""
        if not mask.any():
            return []
        rows, header, taken = self.rows(mask), self.header(name), self.taken.get(name, "")
        named = {"count": len(rows), **values}
        where = ("", header, rows, value)
        return [finding(severity, code, *where, sets_aside=sets_aside, taken_from=taken, **named)]


def build(grid: Grid, headers: Sequence[Header], reading: Reading, table: str, sheet: str) -> Frame:
    """Type every column of a grid."""
    frame = Frame(pd.DataFrame({"row": grid.rows}), {})
    columns: dict[str, Any] = {}
    remarks: Remarks | None = [] if "comment" in TABLES[table] else None
    order = day_order(grid, headers, reading, table)
    meant = {header.column for header in headers}
    taken = {*TABLES[table], "row", *meant} if table == "patients" else None
    for header in headers:
        cells = grid.columns[header.position]
        if not header.text:
            continue
        column = meaning(header, table) or _extra(header, cells, frame, reading, taken, order)
        if column is None:
            continue
        if column.name not in TABLES[table]:
            frame.extra.append(column)
        if column.name == "patient_id":  # named by `rows`
            continue
        told, first = _Told(header.text, grid.rows, sheet), order.get(header.position)
        frame.findings += told.where("note", "people", _named(cells))
        frame.findings += told.of_dates(cells, converted.told(cells, column, header, reading))
        cells = converted.as_meant(cells, column, header, reading)
        chosen = assumed(cells, column, column.name in TABLES[table] or bool(header.column))
        chosen |= dict(header.coding) | chosen_levels(reading, column)
        parsed = parse(cells, column, header.unit, first, chosen)
        parsed = _remarked(header.text, cells, parsed, remarks)
        columns[column.name] = typed(column, cells, parsed, chosen.get("") or None)
        frame.headers[column.name] = header.text
        frame.findings += told.problems(cells, parsed)
        level = chosen.get("")
        frame.findings += told.where(
            "note", "blank-read", (cells.codes < 0) & bool(level), read=level
        )
        frame.findings += told.of_spellings(cells, column, table, reading)
        _beside(frame, column, cells, parsed)
        if column.kind == "date" and first is None:
            frame.findings += told.where("warning", "two-orders", _ordered(cells))
    if remarks:
        columns["comment"] = _commented(columns.get("comment"), remarks)
    undated = {name: np.full(len(grid.rows), np.datetime64("NaT", "s")) for name in _DAYS[table]}
    frame.data = pd.DataFrame({**undated, **columns, "row": grid.rows})
    return frame


_DAYS = {table: {"assessment_date"} & set(columns) for table, columns in TABLES.items()}
"""Columns of days that a table has whether or not its sheet does: a scan may have none."""


def _beside(frame: Frame, column: Column, cells: Cells, parsed: Parsed) -> None:
    """Keep what a column of times or dates says beside its values."""
    if column.kind == "number" and column.unit == "months":
        frame.marks[column.name] = marks(cells, column)
    if column.kind == "date":
        frame.imprecise[column.name] = _spans(cells, parsed)
    if cells.whole is not None and column.kind in ("number", "date"):
        frame.whole[column.name] = _held(column, cells, parsed)


def _held(column: Column, cells: Cells, parsed: Parsed) -> Held:
    each = replace(cells, codes=np.arange(len(cells.texts)))
    values = typed(column, each, parsed)
    rough = np.zeros(len(values), bool)
    rough[list(parsed.spans)] = True
    if column.kind == "date":
        values = values.astype("datetime64[D]")
    there = ~(np.isnan(values) if column.kind == "number" else np.isnat(values))
    return Held(values[there], cells.counts()[there], rough[there])


def _remarked(header: str, cells: Cells, parsed: Parsed, remarks: Remarks | None) -> Parsed:
    """Add what stood behind a level to the remarks of its rows, and let the finding say so."""
    if remarks is None:  # the table has no comment
        return parsed
    rests = [""] * (len(cells.texts) + 1)
    problems = dict(parsed.problems)
    for code, problem in parsed.problems.items():
        remark = _REMARKS.get(problem.code, "")
        rest = str(dict(problem.values).get("rest", "")) if remark else ""
        if rest:
            rests[code] = f"{header}: {rest}"
            problems[code] = problem._replace(code=remark)
    if any(rests):
        remarks.append(np.array(rests, object)[cells.codes])
    return replace(parsed, problems=problems)


_REMARKS = {"leading": "remark", "grade-range": "grade-range"}
"""What is said of a cell whose rest may be a remark, and what where it is kept as one."""


def _commented(given: pd.Series | None, remarks: Remarks) -> pd.Series:
    own = [""] * len(remarks[0]) if given is None else given.fillna("").tolist()
    rows = zip(own, *(each.tolist() for each in remarks), strict=True)
    return pd.Series(["; ".join(filter(None, row)) or None for row in rows], dtype="str")


def chosen_levels(reading: Reading, column: Column) -> dict[str, str]:
    """The level that the visitor said each value of a column means."""
    return {each.value: each.level for each in reading.values if each.column == column.name}


def typed(column: Column, cells: Cells, parsed: Parsed, blank: str | None = None) -> Any:
    """Spread the values of the distinct cells over the rows, in the column's type."""
    if column.kind == "number":
        numbers = np.array([*parsed.values, np.nan], np.float64)  # None becomes nan
        return numbers[cells.codes]
    if column.kind == "date":
        missing = np.datetime64("NaT", "s")
        days = [missing if value is None else value for value in (*parsed.values, None)]
        return np.array(days, "datetime64[s]")[cells.codes]
    texts = np.array([*parsed.values, blank if column.levels else None], object)
    return pd.Series(texts[cells.codes], dtype="str")


class _Told(NamedTuple):
    """Tells what is found in the cells of a column."""

    header: str
    rows: Ints
    sheet: str

    def where(self, severity: Severity, code: str, mask: Bools, **values: Any) -> list[Finding]:
        """What is found in some rows; nothing where it is in none."""
        rows, named = self.rows[mask], {**values, "count": int(mask.sum())}
        found = [finding(severity, code, self.sheet, self.header, rows, **named)]
        return found if mask.any() else []

    def examples(self, cells: Cells, codes: Iterable[int]) -> str:
        """The first of some distinct cells, as a sentence shows them."""
        return ", ".join(f"'{cut(cells.texts[code])}'" for code in list(codes)[:_EXAMPLES])

    def of_dates(self, cells: Cells, problem: Problem | None) -> list[Finding]:
        """What the spreadsheet may have done, or did, to the real dates of a column."""
        if problem is None:
            return []
        real = converted.real(cells)
        shown = self.examples(cells, dict.fromkeys(cells.codes[real].tolist()))
        return self.where(problem.severity, problem.code, real, examples=shown)

    def of_spellings(
        self, cells: Cells, column: Column, table: str, reading: Reading
    ) -> list[Finding]:
        """Values of a carried category that may be one, of which nobody is asked yet."""
        if column.name in TABLES[table] or column.baseline:
            return []
        found = spellings.of_column(cells, column, reading)
        samples = tuple("/".join(f"'{cut(text)}'" for text in each) for each in found)
        where = (self.sheet, self.header)
        return [finding("note", "spellings", *where, samples=samples)] if found else []

    def problems(self, cells: Cells, parsed: Parsed) -> list[Finding]:
        """Each problem of a column once for each value, with all its rows."""
        grouped: dict[tuple[str, Problem], list[int]] = defaultdict(list)
        for code, problem in parsed.problems.items():
            grouped[cells.texts[code] if problem.each else "", problem].append(code)
        where = _rows_of(cells, self.rows) if grouped else {}
        told: dict[str, int] = defaultdict(int)
        rest: dict[Problem, list[int]] = defaultdict(list)
        found = []

        def tell(problem: Problem, text: str, codes: Sequence[int], **more: Any) -> None:
            rows = sorted(row for code in codes for row in where.get(code, ()))
            if not rows:  # of the whole table, and in none of these
                return
            more = more if problem.each or more.get("count") else {**more, "count": len(rows)}
            named = {**dict(problem.values), **more}
            severity, code = problem.severity, problem.code
            found.append(finding(severity, code, self.sheet, self.header, rows, text, **named))

        for (text, problem), codes in grouped.items():
            told[problem.code] += 1
            if told[problem.code] > MANY:
                rest[problem._replace(code="and-others", values=())] += codes
            elif problem.each:
                tell(problem, text, codes)
            else:
                tell(problem, text, codes, examples=self.examples(cells, codes))
        for problem, codes in rest.items():
            tell(problem, "", codes, count=len(codes))
        return found


def _named(cells: Cells) -> Bools:
    """(n,) bool array: rows in which a text named somebody when the file was opened."""
    return np.array([MARK in text for text in cells.texts] + [False], bool)[cells.codes]


def _ordered(cells: Cells) -> Bools:
    """(n,) bool array: rows with dates of a certain order where a column has dates in both."""
    # Once an order has been said, each cell in the other one is told by itself.
    proved = [
        day_orders([text]) if isinstance(raw, str) else frozenset() for text, raw in _pairs(cells)
    ]
    both = len(frozenset[bool]().union(*proved)) == 2
    return np.array([*map(bool, proved), False], bool)[cells.codes] & both


def _rows_of(cells: Cells, rows: Ints) -> dict[int, list[int]]:
    order = np.argsort(cells.codes, kind="stable")
    codes, starts = np.unique(cells.codes[order], return_index=True)
    parts = np.split(rows[order], starts[1:])
    return {int(code): part.tolist() for code, part in zip(codes, parts, strict=True)}


def _spans(cells: Cells, parsed: Parsed) -> Spans:
    first, last = np.full((2, len(cells.texts) + 1), np.datetime64("NaT", "D"))
    for code, span in parsed.spans.items():
        first[code], last[code] = span
    return first[cells.codes], last[cells.codes]


def day_order(
    grid: Grid, headers: Sequence[Header], reading: Reading, table: str
) -> dict[int, bool | None]:
    """The order of day and month of each column."""
    # Its own where its dates prove one; else what the visitor said; else that of all other columns
    # together. None where nothing tells, and where the dates of a column prove both.
    proved: dict[int, frozenset[bool]] = {}
    for header in headers:
        column = TABLES[table].get(header.column)
        if column is None or column.kind == "date":
            proved[header.position] = day_orders(
                text for text, raw in _pairs(grid.columns[header.position]) if isinstance(raw, str)
            )
    decided = frozenset[bool]().union(*proved.values())
    common = next(iter(decided)) if len(decided) == 1 else None
    if reading.day_first is not None:
        common = reading.day_first
    return {
        position: next(iter(own)) if len(own) == 1 else reading.day_first if own else common
        for position, own in proved.items()
    }


def _pairs(cells: Cells) -> Iterable[tuple[str, Any]]:
    return zip(cells.texts, cells.raw, strict=True)


def _extra(
    header: Header,
    cells: Cells,
    frame: Frame,
    reading: Reading,
    taken: set[str] | None,
    order: Mapping[int, bool | None],
) -> Column | None:
    """Carry along a column that the schema does not know, under its own header."""
    if taken is None or not cells.texts or header.column:
        return None
    taken = {*taken, *(column.name for column in frame.extra)}
    name, number = header.text, 1
    while name in taken:
        number += 1
        name = f"{header.text} ({number})"
    return carried(name, header.text, cells, order.get(header.position), reading)
