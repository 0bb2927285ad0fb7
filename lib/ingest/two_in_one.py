"""Two quantities in one column, `Age/Sex` over `57/M`, put into a column each."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations

from lib import vocabulary
from lib.cohort import Finding
from lib.ingest import grades
from lib.ingest.arms import free
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.evidence import FEW_BAD, FITS, fits, is_misfit, misfits, nature
from lib.ingest.grid import Beside, Grid
from lib.ingest.headers import recognise
from lib.ingest.numbers import UNITS
from lib.ingest.sentences import finding, sentence
from lib.ingest.values import parse
from lib.ingest.wording import meanings
from lib.plan import Reading
from lib.schema import COLUMNS, Column

PARTS, WHOLE = "parts", "whole"
"""The question whether a column holds several quantities, and the answer that it does not."""
_MOST = 3  # quantities that one column may hold
_SHOWN = 10  # cells that are told one by one
_LONGEST = 60
_AND = "|".join(map(re.escape, vocabulary.words("layout", "and")))
_IN_HEADERS = tuple(
    re.compile(pattern)
    for pattern in (r"[/\\|]", r"[;+&]", r",", rf"\s+(?:{_AND})\s+", r"[()\[\]]", r"_", r"\s+")
)
"""What may stand between the names of two quantities, each tried by itself."""
_IN_CELLS = (
    r"[/\\|]",
    r"[;+&]",
    r",",
    r"[(\[]",
    r"[-–—]",
    r"\s",
    r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)",
)
_AROUND = " \t,;/\\|()[]+&-–—"


def parted(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """Put each quantity of a column that holds several into a column of its own."""
    told: list[Finding] = []
    for place, text in enumerate(grid.headers):
        if beside.reading.said(PARTS, text) == WHOLE or not grid.columns[place].texts:
            continue
        names = _names(text, grid.columns[place], beside.reading)
        if names:
            grid, found = _parted(grid, place, names, beside.sheet)
            told += found
        elif names := grades.names(text, grid.columns[place], grid.headers):
            grid, found = _graded(grid, place, names[1], beside.sheet)
            told += found
    return grid, told


def _graded(grid: Grid, place: int, title: str, sheet: str) -> tuple[Grid, list[Finding]]:
    """The table with the grades of its complications in a column of their own."""
    words, marks = grades.apart(grid.columns[place])
    header = free(title, grid)
    columns = [words if at == place else each for at, each in enumerate(grid.columns)]
    shown = f"'{grid.headers[place]}', '{header}'"
    told = finding("warning", "parted", sheet, grid.headers[place], columns=shown)
    return replace(grid, headers=[*grid.headers, header], columns=[*columns, marks]), [told]


def quantities(grid: Grid, header: str, reading: Reading) -> tuple[str, ...]:
    """The quantities that a column of a table holds by its header and its cells, () for one."""
    place = grid.headers.index(header) if header in grid.headers else -1
    if place < 0:
        return ()
    cells = grid.columns[place]
    return _names(header, cells, reading) or grades.names(header, cells, grid.headers)


def _names(text: str, cells: Cells, reading: Reading) -> tuple[str, ...]:
    """The names of the quantities that a header lists, where the cells hold them; else none."""
    if recognise(text, 0).candidates[:1] and recognise(text, 0).candidates[0] in grades.GRADES:
        return ()  # a word beside a grade is a remark of its reader
    for names in _listed(text):
        columns = [COLUMNS[field_of(name)] for name in names]
        parts = _parts(cells, columns)
        if not _one(cells, columns, reading) and _hold(cells, parts, columns, reading):
            return names
    return ()


def _listed(text: str) -> Iterator[tuple[str, ...]]:
    """The ways in which a header lists different fields: `Age/Sex`, `Number/size of lesions`."""
    # What stands behind the last name, or before the first, may belong to each.
    for between in _IN_HEADERS:
        names = [name.strip(" .:") for name in between.split(text) if name.strip(" .:")]
        if not 1 < len(names) <= _MOST:
            continue
        before, after = names[0].split()[:-1], names[-1].split()[1:]
        behind = [*(" ".join((name, *after)) for name in names[:-1]), names[-1]]
        both = [behind[0], *(" ".join((*before, name)) for name in behind[1:])]
        ways = (both, behind, [names[0], *both[1:]], names)
        for each in ways if _ends_in_time(text) else ways[::-1]:
            fields = [field_of(name) for name in each]
            if all(fields) and len(set(fields)) == len(fields) and _told_apart(fields):
                yield tuple(each)


def _ends_in_time(text: str) -> bool:
    """Whether a unit of time ends a header, as that of each quantity: `OS/PFS, months`."""
    return normal(text).split(" ")[-1].strip(".)") in UNITS["months"]


def _told_apart(fields: Sequence[str]) -> bool:
    """Whether some field is no date: dates alone are one of them each, death or last contact."""
    return sum(COLUMNS[name].kind == "date" for name in fields) < len(fields)


def field_of(name: str) -> str:
    """The field that a name means, '' for none."""
    known = recognise(name, 0)
    sure = [each.field for each in meanings(name) if each.explained == 1]
    found = [known.column, *(known.candidates[:1] if known.reason == "ask" else ()), *sure[:1]]
    names = (each for each in found if each in COLUMNS and COLUMNS[each].kind != "id")
    return next(names, "")


def _one(cells: Cells, columns: Sequence[Column], reading: Reading) -> bool:
    """Whether the cells are already numbers or dates of one of the quantities: `26.2 (alive)`."""
    kinds = {column.kind for column in columns}
    if "date" in kinds and nature(cells) == "date":
        return True
    numbers = (column for column in columns if column.kind == "number")
    return any(not misfits(column, cells, "", reading) for column in numbers)


_Parts = Sequence[tuple[str, ...] | None]


def _parts(cells: Cells, columns: Sequence[Column]) -> _Parts:
    """For each distinct cell its part for each quantity; None where it does not hold them."""
    readers = [_reader(column) for column in columns]
    whole = [() if is_missing(text) else _cut(text, columns, readers) for text in cells.texts]
    return [("",) * len(columns) if parts == () else parts for parts in whole]


def _cut(
    text: str, columns: Sequence[Column], readers: Sequence[Callable[[str], bool]]
) -> tuple[str, ...] | None:
    """The parts of a cell in the order of the header, else in another where their kinds tell."""
    orders = list(permutations(range(len(columns))))
    free_texts = any(column.kind == "text" for column in columns)
    for order in orders[:1] if free_texts or len(text) > _LONGEST else orders:
        for parts in _cuts(text, len(columns)):
            given = tuple(parts[order[place]] for place in range(len(order)))
            fit = all(
                is_missing(part) or reads(part) for part, reads in zip(given, readers, strict=True)
            )
            if fit and not all(map(is_missing, given)):
                return given
    return None


def _cuts(text: str, count: int) -> Iterator[tuple[str, ...]]:
    """The ways to cut a cell into so many parts, the strongest sign first."""
    for pattern in _IN_CELLS:
        places = [match.span() for match in re.finditer(pattern, text)]
        if count > 2:
            cut = [part.strip(_AROUND) for part in re.split(pattern, text)]
            if len(cut) == count:
                yield tuple(cut)
            continue
        for start, end in places:
            yield text[:start].strip(_AROUND), text[end:].strip(_AROUND)


def _reader(column: Column) -> Callable[[str], bool]:
    """Tell whether a part is a value of a field."""

    @cache
    def reads(part: str) -> bool:
        parsed = parse(Cells.of([part]), column, "", True, {})
        return parsed.values[0] is not None and not any(map(is_misfit, parsed.problems.values()))

    return reads


def _hold(cells: Cells, parts: _Parts, columns: Sequence[Column], reading: Reading) -> bool:
    """Whether nearly all cells hold the quantities, and each has the cells of its field."""
    counts = cells.counts()
    bad = sum(int(n) for n, part in zip(counts, parts, strict=True) if part is None)
    total = int(counts.sum())
    if bad > (1 - FITS) * total and (bad > FEW_BAD or 2 * bad > total):
        return False
    each = [_taken(cells, parts, number) for number in range(len(columns))]
    return all(
        bool(one.texts) and fits(column, one, "", reading)
        for column, one in zip(columns, each, strict=True)
    )


def _taken(cells: Cells, parts: _Parts, number: int) -> Cells:
    return cells.recoded([part[number] if part else "" for part in parts])


def _parted(grid: Grid, place: int, names: Sequence[str], sheet: str) -> tuple[Grid, list[Finding]]:
    """The table with the quantities of a column: the first in its place, the others at the end."""
    cells, header = grid.columns[place], grid.headers[place]
    parts = _parts(cells, [COLUMNS[field_of(name)] for name in names])
    titles: list[str] = []
    columns, texts = list(grid.columns), list(grid.headers)
    columns[place], texts[place] = _taken(cells, parts, 0), ""
    for number, name in enumerate(names):
        titles.append(free(name, replace(grid, headers=[*texts, *titles])))
        if number:
            columns.append(_taken(cells, parts, number))
    texts = [*texts, *titles[1:]]
    texts[place] = titles[0]
    told = ", ".join(f"'{title}'" for title in titles)
    found = finding("warning", "parted", sheet, header, columns=told)
    unread = _unread(grid, cells, parts, replace(found, severity="error"))
    return replace(grid, headers=texts, columns=columns), [found, *unread]


def _unread(grid: Grid, cells: Cells, parts: _Parts, told: Finding) -> Iterator[Finding]:
    """The cells that do not hold the quantities: the first one by one, the others together."""
    wrong = [code for code, part in enumerate(parts) if part is None]
    for code in wrong[:_SHOWN]:
        rows = tuple(grid.rows[cells.codes == code].tolist())
        message = sentence("unparted")
        yield replace(told, message=message, rows=rows, value=cells.texts[code])
    if wrong[_SHOWN:]:
        rest = [code in wrong[_SHOWN:] for code in cells.codes.tolist()]
        rows = tuple(grid.rows[rest].tolist())
        yield replace(told, message=sentence("unparted-many"), rows=rows)
