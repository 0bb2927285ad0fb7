"""Long tables of a clinical trial (CDISC ADaM), brought to one row a patient.

``ADSL`` has one row a subject; in the others ``PARAMCD`` says what a row tells: ``ADTTE`` times to
an event, with ``CNSR`` 0 where it happened, ``ADRS`` responses, ``ADTR`` sums of diameters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lib.cohort import Finding
from lib.ingest.reader import Cell, Row, Sheet
from lib.ingest.values import text_of
from lib.language import N_

READ = N_("read as {what} of a clinical trial's long table (PARAMCD)")
TIMES = {"OS": ("os", "os event"), "PFS": ("pfs", "pfs event"), "TTP": ("ttp", "ttp event")}
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

    sheet: Sheet
    names: list[str]
    rows: list[dict[str, Cell]]

    def of(self, *codes: str) -> list[dict[str, Cell]]:
        """The rows of the first parameter that is there."""
        for code in codes:
            rows = [row for row in self.rows if text_of(row["paramcd"]).upper() == code]
            if rows:
                return rows
        return []


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
    rest = [sheet for sheet in others if sheet is not subjects]
    return (patients, *([visits] if visits else []), *rest), found


def _names(sheet: Sheet) -> set[str]:
    return {text_of(cell).casefold() for cell in sheet.rows[0]} if sheet.rows else set()


def _long(sheet: Sheet) -> _Long | None:
    if not _names(sheet) & {"usubjid", "subjid"} or "paramcd" not in _names(sheet):
        return None
    names = [text_of(cell).casefold() for cell in sheet.rows[0]]
    rows = [dict(zip(names, row, strict=False)) for row in sheet.rows[1:] if any(row)]
    return _Long(sheet, names, [dict.fromkeys(names, "") | row for row in rows])


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
    for long in longs:
        for code, (months, event) in TIMES.items():
            if rows := long.of(code):
                unit = _unit(rows[0])
                yield f"{months} ({unit})" if unit else months, _by(rows, "aval")
                yield event, {s: _happened(c) for s, c in _by(rows, "cnsr").items()}
                found.append(_found(long, code))
        if rows := long.of(*_BEST):
            yield "best_response", _by(rows, "avalc")
            found.append(_found(long, "best response"))


def _found(long: _Long, what: str) -> Finding:
    return Finding("note", READ, values=(("what", what),), sheet=long.sheet.name)


def _by(rows: Sequence[dict[str, Cell]], name: str) -> dict[str, Cell]:
    return {_subject(row): row.get(name, "") for row in rows}


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
                found.append(_found(long, "assessments"))
    if not visits:
        return None
    header: Row = ["patient_id", "assessment_date", "response_recorded", "sld_mm"]
    return Sheet("assessments", [header, *visits.values()])
