"""Long tables of a clinical trial (CDISC ADaM), brought to one row a patient.

``ADSL`` has one row a subject; in the others ``PARAMCD`` says what a row tells: ``ADTTE`` times to
an event, with ``CNSR`` 0 where it happened, ``ADRS`` responses, ``ADTR`` sums of diameters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lib.cohort import Finding
from lib.ingest.cells import text_of
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.sentences import finding
from lib.language import N_

TIMES = {"OS": ("os", "os event"), "PFS": ("pfs", "pfs event"), "TTP": ("ttp", "ttp event")}
BEST_RESPONSE, ASSESSMENTS = N_("best response"), N_("assessments")
_BEST = ("CBOR", "BOR", "CBRSP", "BRSP")
_VISIT = ("OVR", "OVRLRESP", "RSP")
_SUM = ("SUMDIAM", "SDIAM", "SLD", "LDIAM")
_UNITS = {"day": "days", "week": "weeks", "month": "months", "year": "years"}
_LONG = re.compile(
    r"param.*|aval.*|cnsr|cnsdtdsc|evntdesc|evdesc|startdt.*|adt.*|ady|avisit.*|visit.*|base.*"
    r"|chg|pchg|anl\d\dfl|aseq|src.*|dtype|studyid|usubjid|subjid"
)


@dataclass(frozen=True, slots=True)
class _Long:
    """A long table: its rows as mappings from the lower-case name of a column to the cell."""

    # `numbers` are the rows as the spreadsheet counts them, and `used` the parameters that were
    # read.

    sheet: Sheet
    names: list[str]
    rows: list[dict[str, Cell]]
    numbers: list[int]
    used: set[str] = field(default_factory=set)

    def of(self, *codes: str) -> list[dict[str, Cell]]:
        """The rows of the first parameter that is there."""
        for code in codes:
            rows = [row for row in self.rows if _code(row) == code]
            if rows:
                self.used.add(code)
                return rows
        return []

    def codes(self) -> list[str]:
        """The parameters, in their order."""
        return list(dict.fromkeys(filter(None, map(_code, self.rows))))


def rewritten(sheets: Sequence[Sheet]) -> tuple[tuple[Sheet, ...], list[Finding]]:
    """Replace long tables by columns of the patients and a sheet of assessments."""
    longs = [long for sheet in sheets if (long := _long(sheet))]
    if not longs:
        return tuple(sheets), []
    others = [sheet for sheet in sheets if all(sheet is not long.sheet for long in longs)]
    subjects = next((sheet for sheet in others if _names(sheet) & {"usubjid", "subjid"}), None)
    found: list[Finding] = []
    base = subjects or _subjects(longs)
    added = list(_columns(longs, found))
    patients = _joined(base, added)
    visits = _assessments(longs, found)
    for long in longs:
        found += _left_out(long, base)
    rest = [sheet for sheet in others if sheet is not subjects]
    return (patients, *([visits] if visits else []), *rest), found


def is_long(sheet: Sheet) -> bool:
    """Whether a sheet is a long table, which `rewritten` replaces."""
    return bool(_names(sheet) & {"usubjid", "subjid"}) and "paramcd" in _names(sheet)


def _left_out(long: _Long, base: Sheet) -> Iterator[Finding]:
    """Say which parameters are not read, and whose rows belong to no subject."""
    if names := [code for code in long.codes() if code not in long.used]:
        yield finding("warning", "unread", long.sheet.name, names=", ".join(names))
    columns = [text_of(cell).casefold() for cell in base.rows[0]]
    known = {_subject(dict(zip(columns, row, strict=False))) for row in base.rows[1:]}
    where = [
        (number, _subject(row))
        for number, row in zip(long.numbers, long.rows, strict=True)
        if _subject(row) not in known
    ]
    if where:
        rows = tuple(number for number, _code in where)
        yield finding(
            "error",
            "no-subject",
            long.sheet.name,
            "",
            rows,
            count=len({subject for _number, subject in where}),
        )


def _names(sheet: Sheet) -> set[str]:
    return {text_of(cell).casefold() for cell in sheet.rows[0]} if sheet.rows else set()


def _long(sheet: Sheet) -> _Long | None:
    if not is_long(sheet):
        return None
    names = [text_of(cell).casefold() for cell in sheet.rows[0]]
    filled = [(number, row) for number, row in enumerate(sheet.rows[1:], 2) if any(row)]
    rows = [dict.fromkeys(names, "") | dict(zip(names, row, strict=False)) for _, row in filled]
    return _Long(sheet, names, rows, [number for number, _row in filled])


def _code(row: dict[str, Cell]) -> str:
    return text_of(row["paramcd"]).upper()


def _subject(row: dict[str, Cell]) -> str:
    return text_of(row.get("usubjid", "")) or text_of(row.get("subjid", ""))


def _subjects(longs: Sequence[_Long]) -> Sheet:
    """One row a subject, of the columns that do not belong to a parameter."""
    long = longs[0]
    kept = [name for name in long.names if name and not _LONG.fullmatch(name)]
    first: dict[str, dict[str, Cell]] = {}
    for each in longs:
        for row in each.rows:
            first.setdefault(_subject(row), row)
    rows: list[Row] = [["usubjid", *kept]]
    rows += [[code, *(row.get(name, "") for name in kept)] for code, row in first.items() if code]
    return Sheet(long.sheet.name, rows)


def _columns(longs: Sequence[_Long], found: list[Finding]) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Further columns of the patients: a header, and the cell of each subject."""
    # Every parameter that is censored is a time to an event; those that the schema does not know
    # become endpoints by their headers.
    for long in longs:
        for code in long.codes() if "cnsr" in long.names else ():
            if not any(text_of(row["cnsr"]) for row in long.rows if _code(row) == code):
                continue
            rows = long.of(code)
            months, event = TIMES.get(code, (code, f"{code} event"))
            unit = _unit(rows[0])
            yield f"{months} ({unit})" if unit else months, _by(long, rows, "aval", code, found)
            happened = _by(long, rows, "cnsr", code, found)
            yield event, {subject: _happened(cell) for subject, cell in happened.items()}
            found.append(_found(long, code))
        if rows := long.of(*_BEST):
            yield "best_response", _by(long, rows, "avalc", BEST_RESPONSE, found)
            found.append(_found(long, BEST_RESPONSE))


def _found(long: _Long, what: str) -> Finding:
    return finding("note", "read", long.sheet.name, what=what)


def _by(
    long: _Long, rows: Sequence[dict[str, Cell]], name: str, what: str, found: list[Finding]
) -> dict[str, Cell]:
    """The cell of each subject; where there are several, the last, which is told."""
    cells: dict[str, Cell] = {}
    several = set()
    for row in rows:
        cell, subject = row.get(name, ""), _subject(row)
        if text_of(cells.get(subject, cell)) != text_of(cell):
            several.add(subject)
        cells[subject] = cell
    if several:
        found.append(finding("warning", "several", long.sheet.name, what=what, count=len(several)))
    return cells


def _happened(censored: Cell) -> Cell:
    """An event is coded the other way round: CNSR is 0 where it happened, 1 or more where not."""
    text = text_of(censored)
    return {"0": "1", "": ""}.get(text, "0" if text.isdigit() else text)


def _unit(row: dict[str, Cell]) -> str:
    """The unit that a time names, in AVALU or in the words of the parameter."""
    said = f"{text_of(row.get('avalu', ''))} {text_of(row.get('param', ''))}".casefold()
    return next((unit for word, unit in _UNITS.items() if word in said), "")


def _joined(base: Sheet, added: Sequence[tuple[str, dict[str, Cell]]]) -> Sheet:
    names = [text_of(cell).casefold() for cell in base.rows[0]]
    rows: list[Row] = [[*base.rows[0], *(header for header, _cells in added)]]
    for row in base.rows[1:]:
        subject = _subject(dict(zip(names, row, strict=False)))
        padded = [*row, *[""] * (len(names) - len(row))]
        rows.append([*padded, *(cells.get(subject, "") for _header, cells in added)])
    return Sheet(base.name or "", rows)


def _assessments(longs: Sequence[_Long], found: list[Finding]) -> Sheet | None:
    """Responses and sums of diameters by subject and date."""
    visits: dict[tuple[str, str], list[Cell]] = {}
    for long in longs:
        for position, (codes, name) in enumerate(((_VISIT, "avalc"), (_SUM, "aval"))):
            rows = [row for row in long.of(*codes) if text_of(row.get("adt", ""))]
            for row in rows:
                key = (_subject(row), text_of(row["adt"]))
                visit = visits.setdefault(key, [key[0], row["adt"], "", ""])
                visit[2 + position] = row.get(name, "")
            if rows:
                found.append(_found(long, ASSESSMENTS))
    if not visits:
        return None
    header: Row = ["patient_id", "assessment_date", "response_recorded", "sld_mm"]
    return Sheet("assessments", [header, *visits.values()])
