"""A cohort's lesions and assessments, one scan a patient and date, in whole micrometres."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib import vocabulary
from lib.cohort import Cohort
from lib.recist.rules import MM, NON_CR_NON_PD, NORMAL_NODE, TOO_SMALL
from lib.schema import TABLES, level_words

LIVER = "liver"
NODES = "lymph node"
MERGED = 0
"""What a lesion adds to the sum that has grown together with another, which is measured as one."""

_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mm|мм|cm|см)?")
_NUMBER_BELOW = re.compile(r"<\s*" + _NUMBER.pattern)
_SIZES = {"too small": TOO_SMALL, "absent": 0, "merged": MERGED, "not measured": None}
_WORDS: Mapping[str, int | None] = {"": None} | {
    word: micrometres
    for said, micrometres in _SIZES.items()
    for word in vocabulary.words("sizes", said)
}
"""Sizes in words; None where the lesion was not measured."""
_SEEN = vocabulary.words("sizes", "seen")
"""What is said of a lesion that is not a target and needs no size."""

_LIVER = re.compile(r"\b(?:liver|hepatic|печен\w*|s[1-8])\b|\bsegment\b|\bсегмент\w*")
_NOT_LIVER = re.compile(r"extra-?\s?hepatic|outside|\bвне|flexure|изгиб|lung|лёгк|легк")
_NODE = re.compile(r"\b(?:lymph )?nod(?:e|es|al)\b|лимф|л/у")
_BETWEEN_SITES = re.compile(r"\s*(?:[,;+&]|(?<!л)/)\s*|\s+(?:and|и)\s+")


class Lesion(NamedTuple):
    """A lesion on a date: its size, None where it was not measured; its organ; whether a node."""

    size: int | None
    organ: str
    node: bool

    @property
    def present(self) -> bool:
        """Whether it was seen; of a lymph node, whether it is pathological."""
        return (self.size or 0) >= (NORMAL_NODE if self.node else 1)

    @property
    def normal(self) -> bool:
        """Whether it is a lymph node that is not pathological, and so no disease."""
        return self.node and self.size is not None and self.size < NORMAL_NODE


@dataclass(slots=True)
class Scan:
    """All that the tables say of a patient on one date."""

    day: int  # the date as `date.toordinal` counts it
    # targets, others: target and non-target lesions by name; several of one name are its fragments
    targets: dict[str, tuple[Lesion, ...]] = field(default_factory=dict)
    others: dict[str, tuple[Lesion, ...]] = field(default_factory=dict)
    sums: tuple[int, ...] = ()  # the sums of diameters that were given
    nontarget: str = ""  # ``CR``, `NON_CR_NON_PD`, ``PD``, ``NE``; '' where nothing is said
    new_lesion: bool = False
    sites: tuple[str, ...] = ()  # where the new lesion is
    letters: tuple[str, ...] = ()  # the responses recorded
    unread: tuple[str, ...] = ()  # cells that could not be understood
    # The tables and rows that it comes from, where the tables know their rows.
    rows: tuple[tuple[str, int], ...] = ()

    @property
    def recorded(self) -> str:
        """The response recorded, the worst of several; '' where there is none."""
        return max(self.letters, key=_WORST_LETTER.index) if self.letters else ""


class Scans:
    """The lesions and assessments of a cohort, gathered one patient at a time.

    A patient's scans are let go of before the next one's are made: a registry has hundreds of
    thousands of lesions.
    """

    def __init__(self, cohort: Cohort) -> None:
        assessments, lesions = cohort.tables.get("assessments"), cohort.tables.get("lesions")
        self._assessments = _Rows() if assessments is None else _assessments(assessments)
        self._lesions = _Rows() if lesions is None else _lesions(lesions)

    def of(self, patient: str) -> list[Scan]:
        """The scans of a patient, in the order of dates."""
        found: dict[int, Scan] = {}
        _add_assessments(found, self._assessments.of(patient))
        _add_lesions(found, self._lesions.of(patient))
        return [found[day] for day in sorted(found)]


def days_of(dates: pd.Series) -> list[int | None]:
    """Dates as `date.toordinal` counts them; None where there is none."""
    days, known = _ordinals(dates)
    return [day if dated else None for day, dated in zip(days.tolist(), known, strict=True)]


_EPOCH = 719163  # of 1970-01-01


def _ordinals(dates: pd.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    days = dates.to_numpy("datetime64[D]")
    return days.astype(np.int64) + _EPOCH, ~np.isnat(days)


def length(millimetres: float) -> int:
    """Millimetres in micrometres, so that 70.1 is what was typed and not the nearest double."""
    return round(millimetres * MM)


def size(text: str) -> int | None:
    """Read a diameter.

    `text`: ``23``, ``23.5 mm``, ``2,3 cm``, ``too small``, ``<5``, ``disappeared``, ``merged``,
    ``not measured``. Gives in micrometres; None where the lesion was not measured. Raises
    `ValueError` if the text is none of these.
    """
    bare = " ".join(text.casefold().split())
    if bare in _WORDS:
        return _WORDS[bare]
    if _NUMBER_BELOW.fullmatch(bare):
        return TOO_SMALL
    match = _NUMBER.fullmatch(bare)
    if match is None:
        raise ValueError(f"{text!r} is no diameter")
    unit = 10 * MM if match[2] in ("cm", "см") else MM
    return round(Decimal(match[1].replace(",", ".")) * unit)


def organ(text: str) -> str:
    """Name an organ: all that is of the liver is `LIVER`, all lymph nodes are `NODES`."""
    bare = " ".join(text.casefold().split())
    if _NODE.search(bare):
        return NODES
    return LIVER if _LIVER.search(bare) and not _NOT_LIVER.search(bare) else bare


def sites(text: str) -> tuple[str, ...]:
    """Name the organs of a text such as ``liver, lung``."""
    parts = _BETWEEN_SITES.split(text.strip())
    return tuple(sorted({organ(part) for part in parts if part}))


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _nontarget_words() -> dict[str, str]:
    column = TABLES["assessments"]["response_recorded"]
    meaning = {"SD": NON_CR_NON_PD, "PR": NON_CR_NON_PD}
    words = {_folded(word): meaning.get(code, code) for word, code in level_words(column).items()}
    for word in ("non cr non pd", "ncnp", "present", "persistent", "persist", "yes", "есть"):
        words[word] = NON_CR_NON_PD
    return {**words, "": "", "no": "", "none": "", "нет": ""}


_NONTARGET = _nontarget_words()
_WORST_NONTARGET = ("", "CR", NON_CR_NON_PD, "NE", "PD")
_WORST_LETTER = ("NE", "CR", "PR", "SD", NON_CR_NON_PD, "PD")


def _cells(frame: pd.DataFrame, name: str, missing: Any = "") -> list[Any]:
    """The cells of a column, `missing` where they are empty or the column is not there."""
    if name not in frame:
        return [missing] * len(frame)
    column = frame[name]
    empty = column.isna().to_numpy()
    cells = column.tolist()
    if empty.any():
        for index in np.flatnonzero(empty).tolist():
            cells[index] = missing
    return cells


def _read_each(frame: pd.DataFrame, read: Callable[..., Any], *columns: str) -> list[Any]:
    """Read the cells of some columns, row by row; rows that are the same are read once."""
    rows = frame.reindex(columns=columns)
    places = rows.groupby(list(columns), sort=False, dropna=False).ngroup()
    distinct = rows[~places.duplicated()]
    cells = [map(str, _cells(distinct, name)) for name in columns]
    meaning = [read(*row) for row in zip(*cells, strict=True)]
    return [meaning[place] for place in places.tolist()]


def _rows(frame: pd.DataFrame, table: str) -> list[tuple[tuple[str, int], ...]]:
    if "row" not in frame:
        return [()] * len(frame)
    return [((table, row),) if row else () for row in _cells(frame, "row", 0)]


class _Rows:
    """The dated rows of a table, by patient: the day, the place in the file, and some columns."""

    def __init__(self, frame: pd.DataFrame | None = None, table: str = "", *columns: Any) -> None:
        self._columns: list[list[Any]] = []
        self._spans: dict[str, tuple[int, int]] = {}
        if frame is None or "assessment_date" not in frame:
            return
        days, known = _ordinals(frame["assessment_date"])
        patients, names = pd.factorize(frame["patient_id"])
        known &= patients >= 0
        order = np.argsort(patients, kind="stable")
        order = order[known[order]]
        moved = len(order) < len(days) or bool(np.any(np.diff(order) < 0))
        for column in (days.tolist(), _rows(frame, table), *columns):
            column = [column[index] for index in order.tolist()] if moved else column
            self._columns.append(column)
        ends = np.cumsum(np.bincount(patients[order], minlength=len(names))).tolist()
        starts = [0, *ends]
        self._spans = dict(zip(names.tolist(), zip(starts, ends, strict=False), strict=True))

    def of(self, patient: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a patient, in the order of the table."""
        start, end = self._spans.get(patient, (0, 0))
        return zip(*(column[start:end] for column in self._columns), strict=True)


class _Assessment(NamedTuple):
    """What a row of the assessments says, but for its sum."""

    nontarget: str
    new_lesion: bool
    sites: tuple[str, ...]
    letters: tuple[str, ...]
    unread: tuple[str, ...]


def _assessment(nontarget: str, new: str, site: str, letter: str) -> _Assessment:
    state, places = _NONTARGET.get(_folded(nontarget)), sites(site)
    is_new = new == "yes" or (not new and bool(places))
    return _Assessment(
        nontarget="NE" if state is None else state,
        new_lesion=is_new,
        sites=places if is_new else (),
        letters=(letter,) if letter in _WORST_LETTER else (),
        unread=(nontarget,) if state is None else (),
    )


def _assessments(frame: pd.DataFrame) -> _Rows:
    said = ("nontarget", "new_lesion", "new_lesion_site", "response_recorded")
    return _Rows(
        frame, "assessments", _read_each(frame, _assessment, *said), _cells(frame, "sld_mm", None)
    )


def _add_assessments(
    found: dict[int, Scan],
    rows: Iterable[tuple[int, tuple[tuple[str, int], ...], _Assessment, float | None]],
) -> None:
    for day, places, (nontarget, new_lesion, where, letters, unread), total in rows:
        scan = found.get(day)
        if scan is None:
            scan = found[day] = Scan(day)
        scan.rows += places
        scan.letters += letters
        if unread:
            scan.unread += unread
        if not scan.nontarget:
            scan.nontarget = nontarget
        elif nontarget != scan.nontarget:
            scan.nontarget = max(scan.nontarget, nontarget, key=_WORST_NONTARGET.index)
        if new_lesion:
            scan.new_lesion = True
            scan.sites = tuple(sorted({*scan.sites, *where}))
        if total is not None:
            scan.sums += (length(total),)


def _millimetres(text: str) -> float:
    try:
        found = size(text)
    except ValueError:
        return -1.0
    return -1.0 if found is None else found / MM


class _Measured(NamedTuple):
    """What a row of the lesions says, but for the name of the lesion."""

    parts: tuple[Lesion]
    is_target: bool
    unread: tuple[str, ...]


def _measured(place: str, node: str, target: str, diameter: str) -> _Measured:
    where = organ(place)
    is_node = node == "yes" or (not node and where == NODES)
    unread: tuple[str, ...] = ()
    try:
        length = size(diameter)
    except ValueError:
        seen = target == "no" and diameter.strip().casefold() in _SEEN
        length = (NORMAL_NODE if is_node else TOO_SMALL) if seen else None
        unread = () if seen else (diameter,)
    return _Measured(
        (Lesion(length, NODES if is_node else where, is_node),), target != "no", unread
    )


def _lesions(frame: pd.DataFrame) -> _Rows:
    names = _read_each(frame, str, "lesion_id")
    if not all(names):  # numbered by size below, so that the order of rows does not matter
        sizes = np.array(_read_each(frame, _millimetres, "diameter_mm"), np.float64)
        frame = frame.iloc[np.argsort(-sizes, kind="stable")]
        names = _read_each(frame, str, "lesion_id")
    measured = _read_each(frame, _measured, "organ", "node", "target", "diameter_mm")
    return _Rows(frame, "lesions", names, measured)


def _add_lesions(
    found: dict[int, Scan],
    rows: Iterable[tuple[int, tuple[tuple[str, int], ...], str, _Measured]],
) -> None:
    for day, places, name, (parts, is_target, unread) in rows:
        scan = found.get(day)
        if scan is None:
            scan = found[day] = Scan(day)
        if places:
            scan.rows += places
        if unread:
            scan.unread += unread
        among = scan.targets if is_target else scan.others
        key = name or _numbered(among, parts[0].organ)
        among[key] = among[key] + parts if key in among else parts


def _numbered(among: Mapping[str, Sequence[Lesion]], place: str) -> str:
    number = 1 + sum(lesions[0].organ == place for lesions in among.values())
    return f"{place} {number}"
