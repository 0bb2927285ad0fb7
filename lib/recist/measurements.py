"""A cohort's lesions and assessments, one scan a patient and date, in whole micrometres."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lib.cohort import Cohort
from lib.recist.rules import MM, NON_CR_NON_PD, TOO_SMALL
from lib.schema import TABLES, level_words

LIVER = "liver"
NODES = "lymph node"
MERGED = 0
"""What a lesion adds to the sum that has grown together with another, which is measured as one."""

_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mm|мм|cm|см)?")
_NUMBER_BELOW = re.compile(r"<\s*" + _NUMBER.pattern)
_WORDS: Mapping[str, int | None] = {
    **dict.fromkeys(
        ("too small", "too small to measure", "tstm", "слишком мал", "слишком мал для измерения"),
        TOO_SMALL,
    ),
    **dict.fromkeys(
        ("absent", "disappeared", "gone", "none", "not seen", "resolved", "исчез", "нет"), 0
    ),
    **dict.fromkeys(("merged", "coalesced", "слился", "слились"), MERGED),
    **dict.fromkeys(
        ("", "not measured", "not evaluable", "not evaluated", "ne", "nm", "не измерен"), None
    ),
}
"""Sizes in words; None where the lesion was not measured."""
_SEEN = ("present", "persistent", "stable", "yes", "есть", "да")
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


@dataclass(slots=True)
class Scan:
    """All that the tables say of a patient on one date.

    Attributes
    ----------
    day : int
        The date as `date.toordinal` counts it.
    targets, others : dict of str to list of Lesion
        Target and non-target lesions by name; several of one name are its fragments.
    sums : set of int
        The sums of diameters that were given.
    nontarget : str
        ``CR``, `NON_CR_NON_PD`, ``PD``, ``NE``; '' where nothing is said.
    new_lesion : bool
    sites : tuple of str
        Where the new lesion is.
    letters : set of str
        The responses recorded.
    unread : list of (str, str)
        Columns and cells that could not be understood.
    rows : list of (str, int)
        The tables and rows that it comes from, where the tables know their rows.
    """

    day: int
    targets: dict[str, list[Lesion]] = field(default_factory=dict)
    others: dict[str, list[Lesion]] = field(default_factory=dict)
    sums: set[int] = field(default_factory=set)
    nontarget: str = ""
    new_lesion: bool = False
    sites: tuple[str, ...] = ()
    letters: set[str] = field(default_factory=set)
    unread: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[str, int]] = field(default_factory=list)

    @property
    def recorded(self) -> str:
        """The response recorded, the worst of several; '' where there is none."""
        return max(self.letters, key=_WORST_LETTER.index, default="")


def scans(cohort: Cohort) -> dict[str, list[Scan]]:
    """Gather the lesions and assessments of each patient, in the order of dates."""
    found: dict[str, dict[int, Scan]] = {}

    def scan(patient: str, day: int) -> Scan:
        days = found.setdefault(patient, {})
        if day not in days:
            days[day] = Scan(day)
        return days[day]

    if "assessments" in cohort.tables:
        _add_assessments(cohort.tables["assessments"], scan)
    if "lesions" in cohort.tables:
        _add_lesions(cohort.tables["lesions"], scan)
    return {patient: [days[day] for day in sorted(days)] for patient, days in found.items()}


def days_of(dates: pd.Series) -> list[int | None]:
    """Dates as `date.toordinal` counts them; None where there is none."""
    days = dates.to_numpy("datetime64[D]")
    numbers = (days.astype(np.int64) + _EPOCH).tolist()
    return [None if missing else day for day, missing in zip(numbers, np.isnat(days), strict=True)]


_EPOCH = 719163  # of 1970-01-01


def length(millimetres: float) -> int:
    """Millimetres in micrometres, so that 70.1 is what was typed and not the nearest double."""
    return round(millimetres * MM)


def size(text: str) -> int | None:
    """Read a diameter.

    Parameters
    ----------
    text : str
        ``23``, ``23.5 mm``, ``2,3 cm``, ``too small``, ``<5``, ``disappeared``, ``merged``,
        ``not measured``.

    Returns
    -------
    int or None
        In micrometres; None where the lesion was not measured.

    Raises
    ------
    ValueError
        If the text is none of these.
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


def _read_each(cells: Sequence[Any], read: Callable[[str], Any]) -> list[Any]:
    """Read each distinct cell once."""
    meaning = {cell: read(str(cell)) for cell in set(cells)}
    return [meaning[cell] for cell in cells]


def _dated(frame: pd.DataFrame, table: str) -> Iterator[tuple[int, str, int, list[Any]]]:
    """The place, patient and day of each row that has both, and where it stands in the file."""
    patients, days = frame["patient_id"].tolist(), days_of(frame["assessment_date"])
    rows = _cells(frame, "row", 0)
    for index, (patient, day) in enumerate(zip(patients, days, strict=True)):
        if day is not None:
            yield index, patient, day, [(table, rows[index])] if rows[index] else []


def _add_assessments(frame: pd.DataFrame, scan: Callable[[str, int], Scan]) -> None:
    nontarget = _read_each(_cells(frame, "nontarget"), lambda text: _NONTARGET.get(_folded(text)))
    typed = _cells(frame, "nontarget")
    new = _cells(frame, "new_lesion")
    places = _read_each(_cells(frame, "new_lesion_site"), sites)
    recorded = _cells(frame, "response_recorded")
    sums = _cells(frame, "sld_mm", None)
    for index, patient, day, rows in _dated(frame, "assessments"):
        seen = scan(patient, day)
        seen.rows += rows
        status = nontarget[index]
        if status is None:
            seen.unread.append(("nontarget", typed[index]))
            status = "NE"
        seen.nontarget = max(seen.nontarget, status, key=_WORST_NONTARGET.index)
        if recorded[index] in _WORST_LETTER:
            seen.letters.add(recorded[index])
        if new[index] == "yes" or (not new[index] and places[index]):
            seen.new_lesion = True
            seen.sites = tuple(sorted({*seen.sites, *places[index]}))
        if sums[index] is not None:
            seen.sums.add(length(sums[index]))


def _size_or_text(text: str) -> int | str | None:
    try:
        return size(text)
    except ValueError:
        return text


def _add_lesions(frame: pd.DataFrame, scan: Callable[[str, int], Scan]) -> None:
    names = _cells(frame, "lesion_id")
    sizes = _read_each(_cells(frame, "diameter_mm"), _size_or_text)
    organs = _read_each(_cells(frame, "organ"), organ)
    nodes, targets = _cells(frame, "node"), _cells(frame, "target")
    order: Sequence[tuple[int, str, int, list[Any]]] = tuple(_dated(frame, "lesions"))
    if not all(names):  # numbered by size, so that the order of rows does not matter
        order = sorted(order, key=lambda row: _by_size(sizes[row[0]]))
    for index, patient, day, rows in order:
        seen = scan(patient, day)
        seen.rows += rows
        node = nodes[index] == "yes" or (not nodes[index] and organs[index] == NODES)
        place = NODES if node else organs[index]
        among = seen.others if targets[index] == "no" else seen.targets
        diameter = sizes[index]
        if isinstance(diameter, str) and among is seen.others and diameter.casefold() in _SEEN:
            diameter = TOO_SMALL
        elif isinstance(diameter, str):
            seen.unread.append(("diameter_mm", diameter))
            diameter = None
        name = str(names[index]) or f"{place} {_numbered(among, place)}"
        among.setdefault(name, []).append(Lesion(diameter, place, node))


def _by_size(diameter: int | str | None) -> int:
    return -diameter if isinstance(diameter, int) else 1


def _numbered(among: Mapping[str, Sequence[Lesion]], place: str) -> int:
    return 1 + sum(lesion.organ == place for lesions in among.values() for lesion in lesions)
