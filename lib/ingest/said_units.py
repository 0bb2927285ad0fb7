"""The unit of a column where its header does not say it: by a line, a sheet, or its numbers.

``futime: days from first infusion`` below the table, ``ОС — в месяцах`` above it, a row of a list
of variables. A line that names no column, but times in one unit, is about all times.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.cohort import Finding
from lib.ingest.cells import Cells, normal
from lib.ingest.codebook import below, may_explain, named, names_of
from lib.ingest.evidence import nature
from lib.ingest.grid import Beside, Grid, texts_of
from lib.ingest.headers import ROW_NUMBER, recognise
from lib.ingest.numbers import UNIT_WORDS, UNITS, codes_in
from lib.ingest.sentences import finding
from lib.ingest.values import parse
from lib.ingest.wording import about, meanings, wording
from lib.schema import COLUMNS, IDENTIFIERS, Column
from lib.statistics.estimate import Floats, Ints, quantiles

_IN = frozenset(vocabulary.words("said_units", "in"))
_FROM = frozenset((*vocabulary.words("said_units", "from"), *vocabulary.section("since")["words"]))
_INSIDE = re.compile(rf"\s+(?=(?:{'|'.join(sorted(_IN))})\s)", re.IGNORECASE)
"""Between what is measured and its unit: `Overall survival is given in days`."""
_WHO = ("patient_id", ROW_NUMBER, *IDENTIFIERS)
_LONGEST = 300  # signs of the longest line that is looked at
_PARTS = re.compile(r"[;\n]|\.\s")
_SIGN = re.compile(r"\s*(\*+|[†‡¹²³]|\[\d\])\s*[-–—:=]?\s*")
_JOINED = re.compile(rf"^(?:{'|'.join(vocabulary.words('layout', 'and'))})\b\s*", re.IGNORECASE)
_APART = re.compile(r"\s*(?:[:=]|\s[–—-]\s)\s*")


class Line(NamedTuple):
    """A text beside the table, the row of the grid in which it stands, and its sheet."""

    text: str
    row: int = -1
    sheet: str = ""


def said(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """Name in its headers the units that are said beside a table, without the lines that say so."""
    headers, told, used = list(grid.headers), list[Finding](), set[int]()
    open_ = [place for place in range(len(headers)) if _is_open(grid, place)]
    names = names_of(grid) if open_ else {}
    for line in _lines(grid, names, beside) if open_ else ():
        for part in _PARTS.split(line.text[:_LONGEST]):
            for place, unit in _of(part, grid, names, open_):
                headers[place] = f"{grid.headers[place]} ({unit})"
                open_.remove(place)
                used.add(line.row)
                told.append(_finding(grid, line, part, (grid.headers[place], unit), beside.sheet))
    keep = np.array([row not in used for row in range(len(grid.rows))])
    return replace(grid, headers=headers).take(keep), told


def _finding(grid: Grid, line: Line, part: str, said: tuple[str, str], sheet: str) -> Finding:
    header, unit = said
    rest = part.strip()
    if line.sheet:
        return finding("note", "by-sheet", sheet, header, unit=unit, rest=rest, sheet=line.sheet)
    rows = grid.rows[[line.row]] if line.row >= 0 else ()
    return finding("note", "by-line", sheet, header, rows, unit=unit, rest=rest)


def _is_open(grid: Grid, place: int) -> bool:
    """Whether a column holds numbers that a header without a unit does not measure."""
    text, cells = grid.headers[place], grid.columns[place]
    if not text or recognise(text, 0).column in _WHO:
        return False
    return not wording(text).unit and nature(cells) == "number"


def _lines(grid: Grid, names: Mapping[str, int], beside: Beside) -> Iterator[Line]:
    """What may say a unit: the last rows, those above the headers, and lists of variables."""
    for row, cells in below(grid):
        if not _is_patient(cells, grid, names):
            yield Line(", ".join(cells), row)
    for cells_ in beside.above:
        yield Line(": ".join(texts_of(cells_)))
    for sheet in beside.others:
        for row_ in sheet.rows if may_explain(sheet, set(names)) else ():
            yield Line(": ".join(texts_of(row_)), sheet=sheet.name)


def _is_patient(cells: Sequence[str], grid: Grid, names: Mapping[str, int]) -> bool:
    filled = sum(map(bool, grid.headers))
    return named(", ".join(cells), names)[0] < 0 and 2 * len(cells) > filled


def _of(
    part: str, grid: Grid, names: Mapping[str, int], open_: Sequence[int]
) -> list[tuple[int, str]]:
    """The columns of which a line says the unit, and the unit."""
    if sign := _SIGN.match(part):  # a footnote: `* in weeks` under the header `OS*`
        unit = _unit_in(part[sign.end() :])
        signed = [place for place in open_ if grid.headers[place].rstrip().endswith(sign[1])]
        if unit and signed:
            return [(place, unit) for place in signed if _may_be(grid, place, unit)]
    subjects, unit = _listed(part, names)
    if subjects:
        fit = [place for place in subjects if place in open_ and _may_be(grid, place, unit)]
        return [(place, unit) for place in fit if unit]
    subject, *said = (_APART if _APART.search(part) else _INSIDE).split(part, maxsplit=1)
    unit = _unit_in(said[0] if said else part)
    if unit not in UNITS["months"].keys() & {"days", "weeks", "months", "years"}:
        return []
    field = _field(subject) if said else ""
    times = [place for place in open_ if _is_time(grid.headers[place])]
    if field:
        return [(place, unit) for place in times if _field(grid.headers[place]) == field]
    general = {"time", "survival"} & about(subject if said else part)
    return [(place, unit) for place in times] if general else []


def _listed(part: str, names: Mapping[str, int]) -> tuple[list[int], str]:
    """The columns that a line names first, `OS, PFS: weeks`, and the unit of what follows."""
    # A word that only says that it is a note stands before them.
    places: list[int] = []
    place, rest = named(part, names)
    if place < 0 and (aside := _APART.search(part)):
        place, rest = named(part[aside.end() :], names)
    while place >= 0:
        places.append(place)
        unit = _unit_in(rest)
        place, rest = named(_JOINED.sub("", rest), names)
    return places, unit if places else ""


def _may_be(grid: Grid, place: int, unit: str) -> bool:
    """Whether the field that a header may mean is measured in a unit."""
    column = COLUMNS.get(_field(grid.headers[place]))
    return column is None or unit in UNITS.get(column.unit, {})


def _is_time(header: str) -> bool:
    column = COLUMNS.get(_field(header))
    return column is not None and column.unit == "months"


def _field(text: str) -> str:
    """The field that a header or the subject of a line may mean first."""
    known = recognise(text, 0)
    return next((each for each in (known.column, *known.candidates[:1]) if each), "") or next(
        (each.field for each in meanings(text) if each.explained == 1), ""
    )


def _unit_in(text: str) -> str:
    """The unit that a text says something is in: `days from infusion`, `в месяцах`; '' for none."""
    # `from day 1`, `after 6 months` and `the day of` say when, not in what.
    words = [word.strip(".,()[]«»\"'") for word in normal(text).split()]
    words = [word for word in words if word]
    if len(words) < 2:
        return UNIT_WORDS.get("".join(words), "")
    found = [
        (UNIT_WORDS[word], before)
        for before, word in zip(["", *words], words, strict=False)
        if word in UNIT_WORDS and len(word) > 1 and not (before in _FROM or before.isdigit())
    ]
    units = list(dict.fromkeys(unit for unit, _before in found))
    inside = list(dict.fromkeys(unit for unit, before in found if before in _IN))
    if len(inside) == 1 or len(units) == 1:
        return (inside or units)[0]
    return UNIT_WORDS.get(words[0], "") if len(words[0]) > 1 else ""


# Units that numbers suggest ----------------------------------------------------------------------

_SMALL_SIZE, _LONG_MONTHS, _LONG_MEDIAN, _SHORT_MEDIAN = 15, 240, 90, 3
_LOW_BILIRUBIN, _LOW_ALBUMIN = 3, 10
_LARGEST_CM = 30  # no lesion, and hardly a sum of them, measures more centimetres than this


def likely_unit(column: Column, cells: Cells) -> str:
    """The unit that numbers without one suggest, where they leave a doubt; '' where they do not."""
    # It may be the schema's own, where that is only the likelier one. The visitor is always asked.
    suggest = _SUGGESTED.get(column.unit)
    if suggest is None:
        return ""
    codes = codes_in(cells)
    unknown = dict.fromkeys(codes.texts, "") if codes else {}
    column = replace(column, kind="number", most=np.inf)  # diameters are texts, "too small"
    parsed = parse(cells, column, "", None, unknown)
    numbers = np.array([np.nan if v is None else v for v in parsed.values], np.float64)
    bare = np.array([not _OWN_UNIT.search(text) for text in cells.texts], bool)
    known = ~np.isnan(numbers) & bare  # a cell that names its unit tells nothing of the others
    return suggest(_Numbers(numbers[known], cells.counts()[known])) if known.any() else ""


class _Numbers(NamedTuple):
    """The distinct numbers of a column."""

    values: Floats
    n: Ints  # how many rows have each

    @property
    def median(self) -> float:
        return quantiles(*self, (0.5,))[0]

    def any_decimal(self) -> bool:
        return bool((self.values % 1 != 0).any())


_OWN_UNIT = re.compile(r"[^\W\d_]|%")


def _suggested_size(sizes: _Numbers) -> str:
    """Centimetres where decimals are small; small whole numbers may be either."""
    # Too large ones are neither; a lesion that has gone measures 0 in any unit.
    seen = sizes.values > 0
    sizes = _Numbers(sizes.values[seen], sizes.n[seen])
    if not seen.any() or sizes.median >= _SMALL_SIZE:
        return ""
    if sizes.any_decimal():
        return "cm"
    if sizes.values.max() > _LARGEST_CM:
        return ""
    return "cm" if sizes.median < _MEASURABLE else "mm"


_MEASURABLE = 10  # millimetres from which a lesion can be a target (RECIST 1.1)


def _suggested_time(times: _Numbers) -> str:
    """Days where months would be decades, years where decimals would be weeks."""
    longest = times.values.max()
    if longest > _LONG_MONTHS or times.median > _LONG_MEDIAN:
        return "days"
    short = times.median < _SHORT_MEDIAN and longest <= _YEARS_FOLLOWED
    return "years" if short and times.any_decimal() else ""


def _up_to_one(shares: _Numbers) -> bool:
    return bool(np.abs(shares.values).max() <= 1)


_YEARS_FOLLOWED = 20
_SUGGESTED: Mapping[str, Callable[[_Numbers], str]] = {
    "mm": _suggested_size,
    "months": _suggested_time,
    "%": lambda shares: "fraction" if _up_to_one(shares) and shares.any_decimal() else "",
    "µmol/l": lambda found: "mg/dl" if found.median < _LOW_BILIRUBIN else "",
    "g/l": lambda found: "g/dl" if found.median < _LOW_ALBUMIN else "",
}
