"""Which patient a row belongs to: by a code, a record number, a name, within and across sheets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.ingest.cells import Cells, normal
from lib.ingest.grid import Grid
from lib.ingest.headers import ROW_NUMBER, Header, recognise

OVERLAP = 0.5  # share of a sheet's codes from which they are the patients' codes
WHO = ("patient_id", "record_number_PII", "patient_name_PII")
"""Fields that tell patients apart, the best first."""
_ALIKE = str.maketrans("авекмнорстху", "abekmhopctxy")
_SHAPES = vocabulary.patterns("identity")

_HALVES = frozenset(vocabulary.words("people", "halves"))  # headers of names that many people have


class Identity(NamedTuple):
    """A column that says which patient a row belongs to, with its header."""

    header: str
    cells: Cells


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A sheet, the table that it holds, and what its columns are proposed to mean."""

    table: str
    sheet: str
    grid: Grid
    headers: list[Header]
    # Which patient each row belongs to, where that is more than what a column says.
    who: Cells | None = None
    numbered: bool = False  # whether its row numbers are those of the patients, as was said

    def key(self) -> Cells | None:
        """Which patient each row belongs to: by its code, else by a record number, else by name."""
        if self.who is not None:
            return self.who
        known = self.identities()
        if "patient_id" in known:
            return known["patient_id"].cells
        columns = [each.cells for each in known.values()]
        return _either(*columns) if len(columns) == 2 else next(iter(columns), None)

    def identities(self) -> dict[str, Identity]:
        """The columns that tell patients apart: a code, a record number, a name; the best first."""
        codes, records, names = map(self._filled, WHO)
        found = {"patient_id": codes[0]} if codes else {}
        records = [each for each in records if not _SHAPES["contact"].search(_bare(each))]
        if records:
            found["record_number_PII"] = max(records, key=_tells_apart)
        names = [each for each in names if not _SHAPES["others"].search(_bare(each))]
        if any(_bare(each) not in _HALVES for each in names):
            found["patient_name_PII"] = _together(names)
        return found

    def _filled(self, field: str) -> list[Identity]:
        columns = (
            Identity(header.text, self.grid.columns[header.position])
            for header in self.headers
            if header.column == field
        )
        return [each for each in columns if each.cells.texts]


def _bare(each: Identity) -> str:
    return normal(each.header)


def _tells_apart(each: Identity) -> tuple[int, int]:
    """Of several numbers the one that most rows have; a hospital gives one for each admission."""
    return int((each.cells.codes >= 0).sum()), -len(each.cells.texts)


def _together(names: Sequence[Identity]) -> Identity:
    """A name that stands in several columns."""
    if len(names) == 1:
        return names[0]
    codes = np.column_stack([each.cells.codes for each in names])
    distinct, which = np.unique(codes, axis=0, return_inverse=True)
    texts = [
        " ".join(each.cells.texts[code] for each, code in zip(names, row, strict=True) if code >= 0)
        for row in distinct.tolist()
    ]
    blank = 1 if texts and not texts[0] else 0  # a row of -1 sorts first
    kept = texts[blank:]
    header = ", ".join(each.header for each in names)
    return Identity(header, Cells(kept, list(kept), which.reshape(-1) - blank))


def _either(record: Cells, name: Cells) -> Cells:
    """The record number; where it is blank the only one with this name, else the name."""
    both = (record.codes >= 0) & (name.codes >= 0)
    pairs = np.unique(np.column_stack([name.codes[both], record.codes[both]]), axis=0)
    once = np.bincount(pairs[:, 0], minlength=len(name.texts)) == 1
    pairs = pairs[once[pairs[:, 0]]]
    instead = np.arange(len(name.texts) + 1) + len(record.texts)
    instead[-1] = -1
    instead[pairs[:, 0]] = pairs[:, 1]
    codes = np.where(record.codes >= 0, record.codes, instead[name.codes])
    return Cells([*record.texts, *name.texts], [*record.raw, *name.raw], codes)


def spelt_alike(patients: Part, part: Part) -> tuple[Part, dict[str, str]]:
    """A sheet whose codes are written as the patients' are, and which were written otherwise."""
    # Codes are the same where they differ in case, in spaces and dashes, in letters that look
    # alike, or in zeros before or behind a number, and no other code does so.
    own, other = (each.identities().get("patient_id") for each in (patients, part))
    if own is None or other is None:
        return part, {}
    known, there = set(own.cells.texts), _by_form(other.cells.texts)
    here = _by_form(own.cells.texts)
    written = {
        codes[0]: here[form][0]
        for form, codes in there.items()
        if codes[0] not in known and len(codes) == len(here.get(form, ())) == 1
    }
    if not written:
        return part, {}
    cells = Cells(
        [written.get(text, text) for text in other.cells.texts], other.cells.raw, other.cells.codes
    )
    columns = [cells if each is other.cells else each for each in part.grid.columns]
    return replace(part, grid=replace(part.grid, columns=columns)), written


def _by_form(texts: Sequence[str]) -> dict[str, list[str]]:
    forms: dict[str, list[str]] = {}
    for text in texts:
        bare = normal(text).translate(_ALIKE).replace(" ", "")
        number = re.fullmatch(r"0*(\d+)(?:\.0+)?", bare)
        forms.setdefault(number[1] if number else bare, []).append(text)
    return forms


def shared(patients: Part, part: Part) -> tuple[str, Identity, Identity, float]:
    """The identity that two sheets share: its field, the column of each, and how much is shared."""
    # The last is the share of the other sheet's codes that are among the patients; the field is ''
    # where they have none in common. Row numbers tell whose rows they are where nothing else does.
    own, other = patients.identities(), part.identities()
    nothing = Identity("", Cells([], [], np.empty(0, np.int64)))
    best = ("", nothing, nothing, 0.0)
    for field in own:
        if field in other:
            one, two = own[field].cells, other[field].cells
            overlap = len(set(one.texts) & set(two.texts)) / len(set(two.texts))
            if overlap > best[3] or not best[0]:
                best = (field, own[field], other[field], overlap)
            if overlap >= OVERLAP:
                break
    return best if best[3] >= OVERLAP else _by_number(patients, part) or best


_AGREE = 0.8  # share of the rows with one number whose names must be one


def is_number(header: Header) -> bool:
    """Whether a header is that of row numbers, which may come again in a row for each course."""
    if header.column or header.reason != "unknown":
        return header.column == ROW_NUMBER
    return recognise(header.text, header.position).column == ROW_NUMBER


def numbers(patients: Part, part: Part) -> tuple[Identity, Identity, float] | None:
    """The row numbers of two sheets, each patient's its own, and how many of those are shared."""
    own, other = (
        [
            Identity(header.text, each.grid.columns[header.position])
            for header in each.headers
            if is_number(header)
        ]
        for each in (patients, part)
    )
    if not own or not other or not other[0].cells.texts or own[0].cells.counts().max() > 1:
        return None
    mine, theirs = set(own[0].cells.texts), set(other[0].cells.texts)
    return own[0], other[0], len(mine & theirs) / len(theirs)


def _by_number(patients: Part, part: Part) -> tuple[str, Identity, Identity, float] | None:
    """The row numbers of two sheets, where the names beside them agree or it was said."""
    # A row whose name is another one's belongs to nobody.
    found = numbers(patients, part)
    if found is None or found[2] < OVERLAP:
        return None
    own, other, overlap = found
    if part.numbered:
        return ROW_NUMBER, own, other, overlap
    named = [_names_of(each) for each in (patients, part)]
    place = {text: row for row, text in enumerate(_texts(own.cells)) if text}
    rows = [(at, place[text]) for at, text in enumerate(_texts(other.cells)) if text in place]
    both = [(at, row) for at, row in rows if named[1][at] and named[0][row]]
    differ = [at for at, row in both if not named[1][at] & named[0][row]]
    if not both or len(differ) > (1 - _AGREE) * len(both):
        return None
    codes = other.cells.codes.copy()
    codes[differ] = len(other.cells.texts)
    cells = Cells([*other.cells.texts, "≠"], [*other.cells.raw, "≠"], codes)
    return ROW_NUMBER, own, Identity(other.header, cells), overlap


def _texts(cells: Cells) -> list[str]:
    texts = [*cells.texts, ""]
    return [texts[code] for code in cells.codes.tolist()]


def _names_of(part: Part) -> list[set[str]]:
    """The codes of the names in each row."""
    columns = [
        _texts(part.grid.columns[header.position])
        for header in part.headers
        if header.column == "patient_name_PII"
    ]
    return [set(row) - {""} for row in zip(*columns, strict=True)] or [
        set() for _row in part.grid.rows
    ]
