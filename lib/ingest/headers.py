"""Raw headers to a proposed mapping, with the reason for each proposal.

The ladder is: an exact synonym, the same words in another order, otherwise ask. A close spelling
only orders the suggestions: one letter may turn a column into its opposite.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeVar

import numpy as np

from lib.ingest import endpoints, identifiers
from lib.ingest.cells import Cells, Problem, normal
from lib.ingest.levels import ASK_EMPTY, ASK_KEPT, OWN_LEVEL
from lib.ingest.numbers import UNIT_WORDS, UNITS
from lib.ingest.units import likely_unit
from lib.ingest.values import parse
from lib.plan import MappedColumn, Reading
from lib.schema import ASK_HEADERS, IDENTIFIERS, SYNONYMS, TABLES, Column

Reason = Literal[
    "yours",
    "name",
    "synonym",
    "same words",
    "identifier",
    "names",
    "row number",
    "ask",
    "content",
    "unit",
    "twice",
    "same",
    "endpoint",
    "words",
    "unknown",
    "table",
]
_Key = TypeVar("_Key")
FITS = 0.9
"""Share of the cells that must read as a field's kind before a synonym is believed."""
FEW_BAD = 2
_SHOWN = 3
LONGEST = 200
"""Signs beyond which a text is no header."""
_FEW_STATES = 4
"""Distinct cells up to which a column that nothing explains may hold whether an event happened."""
ROW_NUMBER = "row_number"
JOINT = " / "
"""Between the two rows of a header."""
_NEUTRAL = frozenset(
    word
    for words in (
        "данные пациент пациента пациенты о общие общая сведения информация паспортная часть",
        "характеристика характеристики анамнез исход исходы результаты результат лечение лечения",
        "даты дата наблюдение patient patients demographics demography general data information",
        "characteristics baseline history treatment outcome outcomes results follow up dates / и",
    )
    for word in words.split()
)
"""Words of a title above headers that do not change what they mean."""

_ONE_OF = {
    "даты": ("дата",),
    "dates": ("date", "date of"),
    "date": ("date of",),
    "ответы": ("ответ",),
}
"""What a title in the plural says of each column under it."""


_RESPONSE = ("ответ", "response")
"""What any title that may mean a response says of a time under it: `3 мес`, `3 months`."""


@dataclass(frozen=True, slots=True)
class Header:
    """A column of the sheet, and what it is proposed to mean.

    Attributes
    ----------
    text : str
        The header as it stands.
    position : int
        From 0.
    column : str
        The field it means, '' for none.
    reason : str
        Why: ``yours`` (chosen before), ``name`` (the field's own), ``synonym``, ``same words``,
        ``identifier``, ``names`` (the cells look like people's names), ``row number``,
        ``endpoint`` (a time and its event, with the header beside it in `synonym`);
        or why not: ``ask`` (means more than one thing), ``words`` (an event in words that are not
        known, of the time in `synonym`),
        ``content`` (the cells do not fit), ``unit``, ``twice``, ``same`` (as another column),
        ``unknown``, or
        ``table`` (it belongs to another table).
    synonym : str
        The synonym that matched.
    unit : str
        The unit that the header names.
    candidates : tuple of str
        Fields it may mean, the likeliest first.
    unfit : tuple of str
        Where its cells do not fit the field, some of those that do not.
    """

    text: str
    position: int
    column: str = ""
    reason: Reason = "unknown"
    synonym: str = ""
    unit: str = ""
    candidates: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()


def split_unit(text: str) -> tuple[str, str]:
    """Take a trailing unit out of a header: ``ОВ, мес``, ``OS (days)``, ``pfs_weeks``."""
    bare = normal(text)
    if len(bare) > LONGEST:
        return bare, ""
    match = re.fullmatch(r"(.+?)[\s,]*[(\[,\s]\s*([^\s(\[,]+?)\.?[)\]]?", bare)
    if match and match[2].strip(".") in UNIT_WORDS:
        return normal(match[1].strip(" ,(")), UNIT_WORDS[match[2].strip(".")]
    return bare, ""


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Every header that a table knows: normal form to the fields it means."""

    fields: Mapping[str, tuple[str, ...]]
    words: Mapping[tuple[str, ...], tuple[str, ...]]


@cache
def _index(table: str) -> _Index:
    fields: dict[str, list[str]] = defaultdict(list)
    for name, column in TABLES[table].items():
        for header in column.headers():
            fields[normal(header)].append(name)
    if table == "patients" or "patient_id" in TABLES[table]:
        for name in (*IDENTIFIERS, ROW_NUMBER):
            for header in SYNONYMS[name]:
                fields[normal(header)].append(name)
    words: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for header, names in fields.items():
        words[tuple(sorted(header.split()))] += names
    return _Index(_unique(fields), _unique(words))


def _unique(names: Mapping[_Key, list[str]]) -> dict[_Key, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(each)) for key, each in names.items()}


_ASK = {normal(header): names for header, names in ASK_HEADERS.items()}


def known_header(text: str, table: str = "patients") -> bool:
    """Whether a text is a header that a table knows, or would ask about."""
    index = _index(table)
    return any(form in index.fields or form in _ASK for form in _forms(text))


def recognise(text: str, position: int, table: str = "patients") -> Header:
    """Propose what a header means, by the header alone."""
    index, (base, unit) = _index(table), split_unit(text)
    header, forms = Header(text, position, unit=unit), _forms(text)
    for form in forms:
        if form in _ASK and not _own(form, table):
            known = tuple(name for name in _ASK[form] if name in TABLES[table])
            if known:
                return replace(header, reason="ask", candidates=known)
        names = index.fields.get(form, ())
        if names:
            return _named(header, names, "synonym", form)
    for form in forms:
        names = index.words.get(tuple(sorted(form.split())), ())
        if names:
            return _named(header, names, "same words", form)
    private = identifiers.by_header(text)
    if private:
        return _named(header, (private,), "same words", forms[0])
    return replace(header, candidates=_close(base, table))


def _forms(text: str) -> list[str]:
    """The forms in which a header is looked up: with and without its unit; of two rows, joined.

    The lower row stands alone only under a title that adds nothing: `РЭА` under `через 6 мес` is
    not the value at baseline.
    """
    forms = [normal(text), split_unit(text)[0]]
    forms.append(re.sub(r"\s*/\s*", "/", forms[1]))  # `жив/ умер`, broken behind the stroke
    if JOINT in text:
        parent, child = text.rsplit(JOINT, 1)
        whole = f"{parent} {child}".replace(JOINT, " ")
        forms += [normal(whole), split_unit(whole)[0]]
        first, _, rest = normal(whole).partition(" ")
        forms += [f"{one} {rest}" for one in _ONE_OF.get(first, ())]
        if "response_6m" in _ASK.get(normal(parent.rsplit(JOINT)[-1]), ()):
            forms += [normal(f"{response} {child}") for response in _RESPONSE]
        if set(normal(parent).split()) <= _NEUTRAL:
            forms += [normal(child), split_unit(child)[0]]
        above, under = text.split(JOINT, 1)
        if JOINT in under and set(normal(above).split()) <= _NEUTRAL:
            forms += _forms(under)
    return list(dict.fromkeys(forms))


def _own(form: str, table: str) -> bool:
    """Whether a table has a header for itself that is ambiguous among patients."""
    names = _index(table).fields.get(form, ())
    return table != "patients" and len(names) == 1


def _named(header: Header, names: tuple[str, ...], reason: Reason, form: str) -> Header:
    if len(names) > 1:
        return replace(header, reason="ask", candidates=names)
    if names[0] in IDENTIFIERS:
        reason = "identifier"
    elif names[0] == ROW_NUMBER:
        reason = "row number"
    elif form == normal(names[0]):
        reason = "name"
    return replace(header, column=names[0], reason=reason, synonym=form, candidates=names)


def labels(header: Header, table: str) -> tuple[str, ...]:
    """The labels of the fields that a header may mean, templates of the catalogue."""
    known = TABLES[table]
    return tuple(known[name].label if name in known else name for name in header.candidates)


def _close(base: str, table: str) -> tuple[str, ...]:
    """Fields whose header shares words with this one or differs in a letter, likeliest first."""
    words = set(base.split())
    scores: Counter[str] = Counter()
    if len(base) > LONGEST:
        return ()
    for form, names in _index(table).fields.items():
        others = set(form.split())
        near = sum(any(_one_letter(word, other) for other in others) for word in words)
        if shared := len(words & others) + near:
            score = int(100 * shared / max(len(words), len(others)))
            for name in names:
                scores[name] = max(scores[name], score)
    likely = [name for name, score in scores.most_common(8) if score >= 40]
    return tuple(name for name in likely if name in TABLES[table])


def _one_letter(one: str, other: str) -> bool:
    """Whether two words of six letters or more differ by one letter put in, left out or changed."""
    if one == other or min(len(one), len(other)) < 6 or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    return (
        one[start + 1 :] == other[start + 1 :]
        or one[start:] == other[start + 1 :]
        or one[start + 1 :] == other[start:]
    )


def propose(
    headers: Sequence[str], cells: Sequence[Cells], reading: Reading, table: str = "patients"
) -> list[Header]:
    """Propose what every header of a sheet means, by its words and by what stands under it.

    Parameters
    ----------
    headers : sequence of str
    cells : sequence of Cells
        The column under each header.
    reading : Reading
        What the visitor has already decided; it is never proposed otherwise.
    table : str
        The table that the sheet holds.
    """
    chosen = _chosen(headers, reading, table)
    taken = {mapped.column: position for position, mapped in chosen.items()}
    proposals = []
    for position, text in enumerate(headers):
        header = recognise(text, position, table)
        if position in chosen:
            header = _as_chosen(header, chosen[position], cells[position], table)
        else:
            header = _by_content(header, cells[position], reading, table)
            if header.column and header.column in taken:
                less = _less(cells[position], cells[taken[header.column]])
                header = replace(header, column="", reason=less)
        proposals.append(header)
    proposals = _once(proposals, cells)
    return _paired(proposals, cells, reading) if table == "patients" else proposals


def _as_chosen(header: Header, mapped: MappedColumn, cells: Cells, table: str) -> Header:
    """Take a header for what the visitor said; its unit is asked for all the same.

    A header that may mean several things says least about its unit: survival may be in months, or
    per cent.
    """
    unit = mapped.unit or header.unit
    known = replace(header, column=mapped.column, reason="yours", unit=unit)
    column = meaning(known, table)
    if column is None or not column.unit or mapped.unit in UNITS.get(column.unit, {}):
        return known
    own = header.reason == "name" and header.column == mapped.column
    vague = header.reason == "ask" and column.unit == "months" and not unit
    if own or not (vague or _doubtful_unit(column, unit, cells)):
        return known
    return replace(known, column="", reason="unit", candidates=(mapped.column,))


def _doubtful_unit(column: Column, unit: str, cells: Cells) -> bool:
    """Whether a header names a unit that its field cannot have, or none where numbers need one."""
    if unit:
        return bool(column.unit) and unit not in UNITS.get(column.unit, {})
    return bool(likely_unit(column, cells))


def meaning(header: Header, table: str) -> Column | None:
    """The column that a header means: the schema's, or one of a further endpoint."""
    if table != "patients" or header.column in TABLES[table]:
        return TABLES[table].get(header.column)
    return endpoints.column(header.column, header.text)


def _paired(proposals: list[Header], cells: Sequence[Cells], reading: Reading) -> list[Header]:
    """Take a time and its event that the schema does not know for an endpoint.

    An event in words that are not known is asked about, and until then neither is used.
    """
    times, events = _sides(proposals)
    times = {
        name: header
        for name, header in times.items()
        if header.column or _fits_side(name, header, cells, reading)
    }
    found = list(proposals)
    for spelt, event in events.items():
        name = spelt if endpoints.partner(spelt) in times else endpoints.alike(spelt, times)
        if not name:
            continue
        time = times[endpoints.partner(name)]
        known = bool(event.column) or _fits_side(name, event, cells, reading)
        if known:
            found[time.position] = _side_of(time, endpoints.partner(name), event)
            found[event.position] = _side_of(event, name, time)
        elif 1 < len(cells[event.position].texts) <= _FEW_STATES:
            found[event.position] = replace(
                event, reason="words", synonym=time.text, candidates=(name,)
            )
    return found


def _sides(proposals: Sequence[Header]) -> tuple[dict[str, Header], dict[str, Header]]:
    """The headers that may be times or events of an endpoint, times in months first, by column."""
    times: dict[str, Header] = {}
    events: dict[str, Header] = {}
    for header in sorted(proposals, key=lambda each: each.unit != "months"):
        name = endpoints.side(header.text, *split_unit(header.text))
        if header.column:
            name = endpoints.beyond(header.column)
        elif header.reason != "unknown":
            continue
        if name.endswith(endpoints.MONTHS):
            times.setdefault(name, header)
        elif name.endswith(endpoints.EVENT):
            events.setdefault(name, header)
    return times, events


def _fits_side(name: str, header: Header, cells: Sequence[Cells], reading: Reading) -> bool:
    column = endpoints.column(name, header.text)
    if column is None:
        return False
    return not misfits(column, cells[header.position], header.unit, reading)


def _side_of(header: Header, name: str, other: Header) -> Header:
    if header.column:
        return header
    return replace(header, column=name, reason="endpoint", synonym=other.text, candidates=())


def _chosen(headers: Sequence[str], reading: Reading, table: str) -> dict[int, MappedColumn]:
    """Find each chosen header again: at its place, or elsewhere if only one has its name."""
    chosen: dict[int, MappedColumn] = {}
    for mapped in reading.columns:
        if mapped.table != table:
            continue
        places = [position for position, text in enumerate(headers) if text == mapped.header]
        if mapped.position in places:
            chosen[mapped.position] = mapped
        elif len(places) == 1:
            chosen.setdefault(places[0], mapped)
    return chosen


def _by_content(header: Header, cells: Cells, reading: Reading, table: str) -> Header:
    """Look at what stands under a header, which may speak against what the header says."""
    if header.column == ROW_NUMBER:
        if _numbers_rows(cells):
            return header
        header = replace(header, column="", reason="unknown", candidates=())
    if header.reason == "identifier" or header.column == "patient_id":
        return header
    if identifiers.is_coded(cells):
        return replace(header, column="", reason="identifier")
    people = identifiers.looks_like_names(cells) or (
        not header.column and identifiers.looks_like_surnames(cells)
    )
    if people or identifiers.looks_like_contacts(cells):
        return replace(header, column="", reason="names", candidates=())
    if header.column in TABLES[table]:
        return _checked(header, TABLES[table][header.column], cells, reading)
    return header


def _numbers_rows(cells: Cells) -> bool:
    """Whether a column counts; the N of TNM is no row number."""
    whole = np.array([text.isdigit() for text in cells.texts], bool)
    counts = cells.counts()
    if (counts[whole] > 1).any():
        return False
    return bool(whole.any()) and int((~whole).sum()) <= max(FEW_BAD, (1 - FITS) * len(whole))


def _checked(header: Header, column: Column, cells: Cells, reading: Reading) -> Header:
    """Believe a synonym only where the unit and the cells fit; a field's own name is believed."""
    said = header.reason == "name" and not header.unit  # a field's own name tells its unit
    if not said and _doubtful_unit(column, header.unit, cells):
        return replace(header, column="", reason="unit")
    if header.reason == "name" or not (unfit := misfits(column, cells, header.unit, reading)):
        return header
    return replace(header, column="", reason="content", unfit=unfit)


def misfits(column: Column, cells: Cells, unit: str, reading: Reading) -> tuple[str, ...]:
    """The commonest cells that do not read as a field; none where 90 %, or all but two, do."""
    chosen = {each.value: each.level for each in reading.values if each.column == column.name}
    counts = cells.counts()
    problems = parse(cells, column, unit, True, chosen).problems
    wrong = sorted((c for c, p in problems.items() if _misfit(p)), key=lambda code: -counts[code])
    bad, total = int(counts[wrong].sum()), int(counts.sum())
    if bad <= (1 - FITS) * total or (bad <= FEW_BAD and 2 * bad <= total):
        return ()
    return tuple(cells.texts[code] for code in wrong[:_SHOWN])


def _misfit(problem: Problem) -> bool:
    """Whether a cell speaks against the field; an ambiguous word does not, it asks."""
    if problem.message in (ASK_EMPTY, ASK_KEPT):
        return False
    return problem.severity == "error" or problem.message == OWN_LEVEL


def _once(proposals: list[Header], cells: Sequence[Cells]) -> list[Header]:
    """Let a field have one column: its own name first; else the visitor is asked."""
    rivals: dict[str, list[Header]] = defaultdict(list)
    for header in proposals:
        if header.reason in ("name", "synonym", "same words"):
            rivals[header.column].append(header)
    reasons: dict[int, Reason] = {}
    for each in rivals.values():
        if len(each) > 1:
            reasons |= _losers(each, cells)
    return [
        replace(header, column="", reason=reasons[header.position])
        if header.position in reasons
        else header
        for header in proposals
    ]


def _same(one: Cells, other: Cells) -> bool:
    """Whether two columns have the same texts in every row."""
    mine = np.array([*one.texts, ""], object)[one.codes]
    return bool(np.array_equal(mine, np.array([*other.texts, ""], object)[other.codes]))


def _losers(rivals: list[Header], cells: Sequence[Cells]) -> dict[int, Reason]:
    named = [header for header in rivals if header.reason == "name"]
    filled = [header for header in rivals if cells[header.position].texts]
    first = (named if len(named) == 1 else filled or rivals)[0].position
    reasons: dict[int, Reason] = {
        header.position: _less(cells[header.position], cells[first])
        for header in rivals
        if header.position != first
    }
    if len(named) == 1 or "twice" not in reasons.values():
        return reasons
    return {header.position: "twice" for header in rivals}


def _less(loser: Cells, winner: Cells) -> Reason:
    """Whether a second column for a field says more than the first."""
    return "twice" if loser.texts and not _same(loser, winner) else "same"
