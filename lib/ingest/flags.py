"""The modality in columns of marks, one for each, called after it: `HAI`, `TACE (да/нет)`.

Exports of REDCap call such columns by numbers, ``treatment___1``; what those are is asked.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lib import vocabulary
from lib.cohort import Finding, Values
from lib.ingest.arms import MODALITY, free, has_modality, modality_in, with_column
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.evidence import nature
from lib.ingest.grid import Grid
from lib.ingest.headers import recognise
from lib.ingest.levels import vocabulary as words_of
from lib.ingest.wording import meanings
from lib.language import N_
from lib.plan import Reading
from lib.schema import COLUMNS

MARKS, APART = "marks", "apart"
"""The question whether columns of marks are the modality, and the answer that they are not."""
MARK, NONE = "mark", "none"
"""The question which modality a mark in a column means, and the answer that it means none."""
_LEAST = 2
"""Columns of marks that are the modality together."""
_FEW, _SHARE = 2, 0.1
"""Cells of such a column that may be something else: a total, a remark."""
_NUMBERED = re.compile(r"(.+?)_{2,3}\d+")
"""How REDCap calls a column for each choice of a field."""
DATES = {"HAI": "first_hai_date", "TACE": "first_tace_date"}
FIRST_DATES = N_(
    "{columns} hold dates, and are read as the days on which each was first given", "first-dates"
)
FLAGS = N_(
    "{columns} say what each patient was given, and are read as the modality (in more than one:"
    " {both}; in none: {none})",
    "flags",
)


class Flag(NamedTuple):
    """A column that says whether a modality was given: its place, and the modality."""

    place: int
    code: str


def flagged(grid: Grid, reading: Reading, sheet: str) -> tuple[Grid, list[Finding]]:
    """Put what a column of marks for each modality says into one column of the modality."""
    grid, dated = _dated(grid, sheet)
    flags = flags_of(grid, reading)
    if not flags or reading.said(MARKS) == APART:
        return grid, dated
    marks = np.column_stack([marks_of(grid.columns[flag.place]) for flag in flags])
    texts = [_given(flags, row) for row in marks.tolist()]
    columns, headers = list(grid.columns), list(grid.headers)
    names = ", ".join(f"'{headers[flag.place]}'" for flag in flags)
    for flag in flags:  # what they say stands in the column of the modality
        headers[flag.place] = ""
        columns[flag.place] = Cells([], [], np.full(len(grid.rows), -1))
    several = (marks > 0).sum(axis=1)
    values: Values = (
        ("columns", names),
        ("both", int((several > 1).sum())),
        ("none", int((several == 0).sum())),
    )
    grid = replace(grid, columns=columns, headers=headers)
    found = Finding(
        "warning", FLAGS, MODALITY, values=values, sheet=sheet, taken_from=names.replace("'", "")
    )
    return with_column(grid, free(MODALITY, grid), texts), [*dated, found]


def _dated(grid: Grid, sheet: str) -> tuple[Grid, list[Finding]]:
    """Columns of dates that are called after modalities say when each was first given."""
    fields = {
        place: DATES[code]
        for place, text in enumerate(grid.headers)
        if (code := _called(text)) in DATES and nature(grid.columns[place]) == "date"
    }
    known = {recognise(text, 0).column for text in grid.headers}
    if (
        len(fields) < _LEAST
        or len(set(fields.values())) < len(fields)
        or set(fields.values()) & known
    ):
        return grid, []
    headers = [fields.get(place, text) for place, text in enumerate(grid.headers)]
    names = ", ".join(f"'{grid.headers[place]}'" for place in fields)
    found = Finding(
        "warning",
        FIRST_DATES,
        "first_procedure_date",
        values=(("columns", names),),
        sheet=sheet,
        taken_from=names.replace("'", ""),
    )
    return replace(grid, headers=headers), [found]


def flags_of(grid: Grid, reading: Reading) -> list[Flag]:
    """The columns of marks that are the modality together; none where another column says it."""
    found = []
    for place, text in enumerate(grid.headers):
        said = reading.said(MARK, text)
        code = _called(text) if not said or said == NONE else said
        if code and is_flag(grid.columns[place]):
            found.append(Flag(place, code))
    return found if _are_modality(grid, found) else []


def _are_modality(grid: Grid, flags: Sequence[Flag]) -> bool:
    places = {flag.place for flag in flags}
    others = ["" if place in places else text for place, text in enumerate(grid.headers)]
    several = len({flag.code for flag in flags}) >= _LEAST
    return several and not has_modality(replace(grid, headers=others))


def unnamed(grid: Grid, reading: Reading) -> tuple[str, ...]:
    """Columns of marks that are numbered choices of the modality, of which nobody said which."""
    names = [text for text in grid.headers if _NUMBERED.fullmatch(text)]
    for stem, group in groupby(sorted(names), key=_stem):
        headers = tuple(name for name in group if is_flag(grid.columns[grid.headers.index(name)]))
        asked = not any(reading.said(MARK, name) for name in headers)
        if len(headers) >= _LEAST and _means_modality(stem) and asked:
            rest = ["" if text in headers else text for text in grid.headers]
            return headers if not has_modality(replace(grid, headers=rest)) else ()
    return ()


def _stem(header: str) -> str:
    match = _NUMBERED.fullmatch(header)
    return match[1] if match else ""


def _means_modality(stem: str) -> bool:
    known = recognise(stem, 0)
    candidates = (known.column, *known.candidates[:1], *(each.field for each in meanings(stem)))
    return MODALITY in candidates


def _called(header: str) -> str:
    """The modality that a header is called after, with nothing else that would matter."""
    choice = re.search(r"\(\s*choice\s*=\s*(.+?)\)\s*$", header)
    if choice:
        return modality_in(choice[1])
    code = modality_in(header)
    if not code:
        return ""
    known = words_of(COLUMNS[MODALITY])
    rest = " ".join(re.findall(r"[^\W_]+", normal(header)))
    for word in sorted(known.words, key=len, reverse=True):
        rest = re.sub(rf"\b{re.escape(word)}\b", " ", rest)
    return code if set(rest.split()) <= set(vocabulary.words("layout", "given")) else ""


@cache
def _marks() -> tuple[frozenset[str], frozenset[str]]:
    """Words that mark a column, and words that say it is not marked."""
    levels = vocabulary.section("levels", "yesno")
    return tuple(
        frozenset(
            normal(word) or word for word in (*levels[key], *vocabulary.words("layout", name))
        )
        for key, name in (("yes", "checked"), ("no", "unchecked"))
    )  # type: ignore[return-value]


def is_flag(cells: Cells) -> bool:
    """Whether a column holds marks, and hardly anything else."""
    yes, no = _marks()
    counts = cells.counts().tolist()
    forms = [normal(text) or text for text in cells.texts]
    marked = sum(count for form, count in zip(forms, counts, strict=True) if form in yes)
    known = yes | no
    others = sum(
        count
        for form, count, text in zip(forms, counts, cells.texts, strict=True)
        if form not in known and not is_missing(text)
    )
    few = others <= _FEW and others < marked
    return marked > 0 and (not others or few or others <= _SHARE * sum(counts))


def marks_of(cells: Cells) -> npt.NDArray[np.int64]:
    """(n,) int array: 1 where a mark stands, 0 where not, -1 where nothing is said of it.

    A blank says no where the column has nothing but marks.
    """
    yes, no = _marks()
    said = [
        1 if (normal(text) or text) in yes else 0 if (normal(text) or text) in no else -1
        for text in cells.texts
    ]
    blank = -1 if 0 in said else 0
    return np.array([*said, blank], np.int64)[cells.codes]


def _given(flags: Sequence[Flag], marks: Sequence[int]) -> str:
    """What a patient was given, '' where nothing is marked."""
    given = dict.fromkeys(flag.code for flag, mark in zip(flags, marks, strict=True) if mark > 0)
    return " + ".join(given)
