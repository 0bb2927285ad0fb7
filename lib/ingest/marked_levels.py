"""Columns of marks that say one thing together: the levels of a category, the modality.

`M` and `F`; `ECOG 0`, `ECOG 1`; `HAI`, `TACE (да/нет)`. The choices of one question, as
``treatment___hai`` of REDCap, are such columns whatever else they are called; of those that are
only numbered, ``treatment___1``, it is asked what they are.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lib import vocabulary
from lib.cohort import Finding
from lib.ingest.arms import MODALITY, free, has_modality, modality_in, with_column
from lib.ingest.cells import Cells, is_missing, is_plain, normal
from lib.ingest.codebook import choice_of
from lib.ingest.evidence import MARKED, UNMARKED, nature
from lib.ingest.grid import Beside, Grid
from lib.ingest.headers import recognise
from lib.ingest.levels import known_words
from lib.ingest.sentences import finding
from lib.ingest.two_in_one import field_of
from lib.ingest.wording import about, concepts, meanings
from lib.plan import Reading
from lib.schema import COLUMNS

_ALONE = ("sex", "vital_status", "best_response")
"""Fields whose levels need no name of the field beside them."""
_TITLES = {"best_response": "response"}
_LEAST = 2
_ONE_EACH = 0.75  # share of the rows with one mark from which the columns are levels of one thing
_LONGEST = 24  # signs of the longest level that no vocabulary knows
_BETWEEN = re.compile(r"[\s:=_/(–-]+(?:choice\s*=\s*)?")
_WORD = re.compile(r"[^\W\d_]")


class Level(NamedTuple):
    """A column of marks: its place, what it says of which field, and how the header names that."""

    place: int
    field: str
    stem: str
    level: str
    word: str


def gathered(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """Put the columns of marks that are levels of one field into one column."""
    told: list[Finding] = []
    for group in groups(grid):
        if beside.reading.said(MARKS, title(group)) != APART:
            grid, found = _gathered(grid, group, beside.sheet)
            told += found
    return grid, told


def groups(grid: Grid) -> list[list[Level]]:
    """The columns of marks beside each other that are levels of one field."""
    found = []
    for _key, run in groupby(_runs(grid), key=lambda each: each[0]):
        group = [level for _number, level in run]
        words = {each.word for each in group}
        known = [each.level for each in group if each.level]
        once = len(words) == len(group) and len(set(known)) == len(known)
        if once and len(known) >= _LEAST and _is_field(grid, group):
            found.append(group)
    return found


def title(group: Sequence[Level]) -> str:
    """The header of the column that levels become."""
    field = group[0].field
    return group[0].stem or _TITLES.get(field, field)


def _runs(grid: Grid) -> Iterator[tuple[tuple[int, str, str], Level]]:
    """Each column of marks that is a level, with what it shares with those beside it."""
    run, last = 0, -1
    for place, text in enumerate(grid.headers):
        found = _level(place, text) if text else None
        if found is None or not is_flag(grid.columns[place]):
            continue
        run += place != last + 1
        last = place
        yield (run, found.field, normal(found.stem)), found


def _level(place: int, text: str) -> Level | None:
    """The level that a header names: by itself, or behind the name of its field."""
    # A word that may mean several levels is one too: which of them is asked as of any cell.
    for field in _ALONE:
        if _may_be(field, text):
            return Level(place, field, "", _known(field, text), text)
    for between in sorted(_BETWEEN.finditer(text), key=_weakness):
        stem, word = text[: between.start()].strip(), text[between.end() :].strip(" )")
        field = field_of(stem) if stem and word else ""
        if not field or field == MODALITY or COLUMNS[field].kind not in ("category", "flag"):
            continue
        if not COLUMNS[field].levels and len(word) <= _LONGEST:
            return Level(place, field, stem, word, word)
        if COLUMNS[field].levels and _may_be(field, word):
            return Level(place, field, stem, _known(field, word), word)
    return None


def _weakness(between: re.Match[str]) -> tuple[bool, int]:
    """How little parts a field from its level: a colon or a stroke most, the last space next."""
    return not between[0].strip(), -between.start()


def _may_be(field: str, word: str) -> bool:
    doubtful = normal(word) in known_words(COLUMNS[field]).ask and bool(_WORD.search(word))
    return doubtful or bool(_known(field, word))


def _known(field: str, word: str) -> str:
    known = known_words(COLUMNS[field])
    level = known.find(word) if normal(word) not in known.ask else ""
    return level if level in known.codes else ""


def _is_field(grid: Grid, group: Sequence[Level]) -> bool:
    """Whether nearly each row has one mark, and no other column is of the field."""
    places = {each.place for each in group}
    others = [text for place, text in enumerate(grid.headers) if place not in places]
    if any(recognise(text, 0).column == group[0].field for text in others if text):
        return False
    marks = _marks(grid, group)
    rows = grid.filled() > _LEAST
    return int((marks[rows] == 1).sum()) >= _ONE_EACH * int(rows.sum()) > 0


def _marks(grid: Grid, group: Sequence[Level]) -> npt.NDArray[np.int64]:
    """(n,) int array: how many of the columns are marked in each row."""
    count = np.zeros(len(grid.rows), np.int64)
    for each in group:
        count += marks_of(grid.columns[each.place]) > 0
    return count


def _gathered(grid: Grid, group: Sequence[Level], sheet: str) -> tuple[Grid, list[Finding]]:
    marks = _marks(grid, group)
    texts = np.full(len(grid.rows), "", object)
    for each in group:
        texts[(marks_of(grid.columns[each.place]) > 0) & (marks == 1)] = each.word
    header = free(title(group), grid)
    names = ", ".join(f"'{grid.headers[each.place]}'" for each in group)
    told = [finding("warning", "levels", sheet, columns=names, column=header)]
    filled = grid.filled() > 1
    for code, wrong in (("several-marked", marks > 1), ("none-marked", (marks == 0) & filled)):
        if wrong.any():
            told += [
                finding(
                    "warning", code, sheet, header, grid.rows[wrong], columns=names, column=header
                )
            ]
    headers, columns = list(grid.headers), list(grid.columns)
    for each in group:  # what they say stands in the one column
        headers[each.place], columns[each.place] = "", Cells.of([""] * len(grid.rows))
    return with_column(
        replace(grid, headers=headers, columns=columns), header, texts.tolist()
    ), told


# The modality in columns of marks ----------------------------------------------------------------

MARKS, APART = "marks", "apart"
"""The question whether columns of marks are the modality, and the answer that they are not."""
MARK, NONE = "mark", "none"
"""The question which modality a mark in a column means, and the answer that it means none."""
_TOGETHER = 2  # columns of marks that are the modality together
_MOST_FORMS = 500  # ways at most in which marks are written
_FEW, _SHARE = 2, 0.1  # cells of such a column that may be something else: a total, a remark
_NUMBERED = re.compile(r"\d{1,3}|[a-z]", re.IGNORECASE)  # a choice that says nothing of what it is
_OF_TREATMENT = frozenset(vocabulary.table("evidence")["concepts"]["of_treatment"])
"""What a question may be about whose choices are the modality; not about what came before it."""
DATES = {"HAI": "first_hai_date", "TACE": "first_tace_date"}


class Flag(NamedTuple):
    """A column that says whether a modality was given: its place, and the modality."""

    place: int
    code: str


def flagged(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """Put what a column of marks for each modality says into one column of the modality."""
    grid, dated = _dated(grid, beside.sheet)
    flags = flags_of(grid, beside.reading)
    if not flags or beside.reading.said(MARKS) == APART:
        return grid, dated
    marks = np.column_stack([marks_of(grid.columns[flag.place]) for flag in flags])
    texts = [_given(flags, row) for row in marks.tolist()]
    columns, headers = list(grid.columns), list(grid.headers)
    names = ", ".join(f"'{headers[flag.place]}'" for flag in flags)
    counted = any(is_count(columns[flag.place]) for flag in flags)
    if not counted:
        for flag in flags:  # what they say stands in the column of the modality
            headers[flag.place] = ""
            columns[flag.place] = Cells([], [], np.full(len(grid.rows), -1))
    several = (marks > 0).sum(axis=1)
    grid = replace(grid, columns=columns, headers=headers)
    if counted:
        grid, sums = _summed(grid, flags, beside.sheet)
        dated = [*dated, *sums]
    found = finding(
        "warning",
        "flags",
        beside.sheet,
        MODALITY,
        taken_from=names.replace("'", ""),
        columns=names,
        both=int((several > 1).sum()),
        none=int((several == 0).sum()),
    )
    return with_column(grid, free(MODALITY, grid), texts), [*dated, found]


def _summed(grid: Grid, flags: Sequence[Flag], sheet: str) -> tuple[Grid, list[Finding]]:
    """Put the sum of the procedures of each kind into a column, where none says it."""
    if any(recognise(text, 0).column == PROCEDURES for text in grid.headers if text):
        return grid, []
    counts = np.column_stack([counts_of(grid.columns[flag.place]) for flag in flags])
    sums = np.nansum(counts, axis=1)
    texts = [
        "" if np.isnan(row).all() else str(int(total))
        for row, total in zip(counts, sums, strict=True)
    ]
    names = ", ".join(f"'{grid.headers[flag.place]}'" for flag in flags)
    told = finding(
        "note", "flags-summed", sheet, PROCEDURES, taken_from=names.replace("'", ""), columns=names
    )
    return with_column(grid, PROCEDURES, texts), [told]


def _dated(grid: Grid, sheet: str) -> tuple[Grid, list[Finding]]:
    """Columns of dates that are called after modalities say when each was first given."""
    fields = {
        place: DATES[code]
        for place, text in enumerate(grid.headers)
        if (code := _called(text)) in DATES and nature(grid.columns[place]) == "date"
    }
    known = {recognise(text, 0).column for text in grid.headers}
    if (
        len(fields) < _TOGETHER
        or len(set(fields.values())) < len(fields)
        or set(fields.values()) & known
    ):
        return grid, []
    headers = [fields.get(place, text) for place, text in enumerate(grid.headers)]
    names = ", ".join(f"'{grid.headers[place]}'" for place in fields)
    found = finding(
        "warning",
        "first-dates",
        sheet,
        "first_procedure_date",
        taken_from=names.replace("'", ""),
        columns=names,
    )
    return replace(grid, headers=headers), [found]


def flags_of(grid: Grid, reading: Reading) -> list[Flag]:
    """The columns of marks that are the modality together; none where another column says it."""
    found, chosen = [], _chosen(grid)
    for place, text in enumerate(grid.headers):
        said = reading.said(MARK, text)
        code = chosen.get(place) or _called(text) if not said or said == NONE else said
        cells = grid.columns[place]
        if code and (is_flag(cells) or is_count(cells)):
            found.append(Flag(place, code))
    return found if _are_modality(grid, found) else []


def _are_modality(grid: Grid, flags: Sequence[Flag]) -> bool:
    places = {flag.place for flag in flags}
    others = ["" if place in places else text for place, text in enumerate(grid.headers)]
    several = len({flag.code for flag in flags}) >= _TOGETHER
    return several and not has_modality(replace(grid, headers=others))


def _chosen(grid: Grid) -> dict[int, str]:
    """The places of the choices of one question of which several name modalities, and which."""
    stems: dict[str, dict[int, str]] = defaultdict(dict)
    for place, text in enumerate(grid.headers):
        choice = choice_of(text)
        code = modality_in(choice.code) if choice else ""
        if choice and code and is_flag(grid.columns[place]):
            stems[normal(choice.stem)][place] = code
    several = (
        named
        for stem, named in stems.items()
        if len(set(named.values())) >= _TOGETHER and about(stem) <= _OF_TREATMENT
    )
    return next(several, {})


def unnamed(grid: Grid, reading: Reading) -> tuple[str, ...]:
    """Columns of marks that are numbered choices of the modality, of which nobody said which."""
    stems: dict[str, list[str]] = defaultdict(list)
    for text, cells in zip(grid.headers, grid.columns, strict=True):
        choice = choice_of(text)
        if choice and _NUMBERED.fullmatch(choice.code) and is_flag(cells):
            stems[choice.stem].append(text)
    for stem, headers in sorted(stems.items()):
        if not _means_modality(stem):
            continue
        if said := _said_of(stem, reading):
            left = tuple(name for name in headers if not reading.said(MARK, name))
            return left if said != {NONE} else ()
        if len(headers) >= _TOGETHER:
            rest = ["" if text in headers else text for text in grid.headers]
            return tuple(headers) if not has_modality(replace(grid, headers=rest)) else ()
    return ()


def _said_of(stem: str, reading: Reading) -> set[str]:
    """What the visitor has said of the choices of one question."""
    said = [
        (choice_of(each.column), each.answer) for each in reading.decisions if each.question == MARK
    ]
    return {code for choice, code in said if choice and choice.stem == stem}


def _means_modality(stem: str) -> bool:
    known = recognise(stem, 0)
    candidates = (known.column, *known.candidates[:1], *(each.field for each in meanings(stem)))
    return MODALITY in candidates


def _called(header: str) -> str:
    """The modality that a header is called after, with nothing else that would matter."""
    code = modality_in(header)
    if not code:
        return ""
    known = known_words(COLUMNS[MODALITY])
    rest = " ".join(re.findall(r"[^\W_]+", normal(header)))
    for word in sorted(known.words, key=len, reverse=True):
        rest = re.sub(rf"\b{re.escape(word)}\b", " ", rest)
    given = set(vocabulary.words("layout", "given"))
    return code if all(word in given or _counts(word) for word in rest.split()) else ""


def _counts(word: str) -> bool:
    """Whether a word beside a modality says that its procedures are counted: `TACE sessions`."""
    said = concepts(word)
    return bool(said) and said <= _COUNTED


_COUNTED = frozenset(("number", "id", "procedure", "neutral"))
_MOST_PROCEDURES = 50
PROCEDURES = "n_procedures"


def is_count(cells: Cells) -> bool:
    """Whether a column counts procedures: small numbers, some nought or blank, some above 1."""
    # Codes 1 and 2 may as well say yes and no.
    numbers = [float(text) for text in cells.texts if is_plain(text)]
    if not numbers or any(not is_missing(t) and not is_plain(t) for t in cells.texts):
        return False
    whole = all(each % 1 == 0 and 0 <= each <= _MOST_PROCEDURES for each in numbers)
    some = 0 in numbers or (cells.blank() > 0 and not set(numbers) <= {1, 2})
    return whole and some and max(numbers) > 1


def counts_of(cells: Cells) -> npt.NDArray[np.float64]:
    """(n,) float array: how many procedures of its kind a column counts, nan where none is said."""
    said = [float(text) if is_plain(text) else np.nan for text in cells.texts]
    return np.array([*said, np.nan])[cells.codes]


def is_flag(cells: Cells) -> bool:
    """Whether a column holds marks, and hardly anything else."""
    counts = cells.counts().tolist()
    if len(cells.texts) > _MOST_FORMS + max(_FEW, _SHARE * sum(counts)):
        return False
    forms = [normal(text) or text for text in cells.texts]
    marked = sum(count for form, count in zip(forms, counts, strict=True) if form in MARKED)
    known = MARKED | UNMARKED
    others = sum(
        count
        for form, count, text in zip(forms, counts, cells.texts, strict=True)
        if form not in known and not is_missing(text)
    )
    few = others <= _FEW and others < marked
    return marked > 0 and (not others or few or others <= _SHARE * sum(counts))


def marks_of(cells: Cells) -> npt.NDArray[np.int64]:
    """(n,) int array: 1 where a mark stands, 0 where not, -1 where nothing is said of it."""
    # A blank says no where the column has nothing but marks.
    if is_count(cells):
        counts = counts_of(cells)
        blank = -1 if 0 in counts else 0
        return np.where(np.isnan(counts), blank, counts > 0).astype(np.int64)
    said = [
        1 if (normal(text) or text) in MARKED else 0 if (normal(text) or text) in UNMARKED else -1
        for text in cells.texts
    ]
    blank = -1 if 0 in said else 0
    return np.array([*said, blank], np.int64)[cells.codes]


def _given(flags: Sequence[Flag], marks: Sequence[int]) -> str:
    """What a patient was given, '' where nothing is marked."""
    given = dict.fromkeys(flag.code for flag, mark in zip(flags, marks, strict=True) if mark > 0)
    return " + ".join(given)
