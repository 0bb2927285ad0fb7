"""Raw headers to a proposed mapping, with the reason for each proposal.

The ladder is: an exact synonym, the same words in another order, otherwise ask. A close spelling
only orders the suggestions: one letter may turn a column into its opposite.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeVar

from lib import vocabulary
from lib.ingest import endpoints, identifiers
from lib.ingest.cells import is_plain, normal
from lib.ingest.numbers import UNIT_WORDS
from lib.ingest.texts import of_text
from lib.ingest.wording import meanings, wording
from lib.schema import ASK_HEADERS, IDENTIFIERS, SYNONYMS, TABLES, Column

Reason = Literal[
    "yours", "name", "synonym", "same words", "identifier", "names", "row number", "ask", "content",
    "unit", "twice", "same", "endpoint", "words", "meaning", "near", "cells", "unknown", "table",
]  # fmt: skip
_Key = TypeVar("_Key")
FITS = 0.9  # share of the cells that must read as a field's kind before a synonym is believed
FEW_BAD = 2
LONGEST = 200  # signs beyond which a text is no header
_LONG = 6  # letters from which one that differs is a slip
ROW_NUMBER = "row_number"
LETTERED = "column "
"""Before the spreadsheet's letter in the name of a column without a header, which says nothing."""
JOINT = " / "  # between the two rows of a header
_NEUTRAL = frozenset(vocabulary.words("titles", "neutral"))
"""Words of a title above headers that do not change what they mean."""

_ONE_OF = vocabulary.section("plural")  # what a title in the plural says of each column under it
_RESPONSE = ("ответ", "response")
"""What any title that may mean a response says of a time under it: `3 мес`, `3 months`."""


@dataclass(frozen=True, slots=True)
class Header:
    """A column of the sheet, and what it is proposed to mean."""

    text: str  # the header as it stands
    position: int  # from 0
    column: str = ""  # the field it means, '' for none
    # Why: ``yours`` (chosen before), ``name`` (the field's own), ``synonym``, ``same words``,
    # ``identifier``, ``names`` (the cells look like people's names), ``row number``, ``endpoint``
    # (a time and its event, with the header beside it in `synonym`), ``meaning`` (its words say the
    # field and its cells fit), ``cells`` (they are those of the field); or why not: ``ask`` (means
    # more than one thing), ``words`` (an event in words that are not known, of the time in
    # `synonym`), ``content`` (the cells do not fit), ``unit``, ``twice``, ``same`` (as another
    # column), ``near`` (some of its words say the field; with a column where that decides little),
    # ``unknown``, or ``table`` (it belongs to another table).
    reason: Reason = "unknown"
    synonym: str = ""  # the synonym that matched
    unit: str = ""  # the unit that the header names
    candidates: tuple[str, ...] = ()  # fields it may mean, the likeliest first
    unfit: tuple[str, ...] = ()  # where its cells do not fit the field, some of those that do not
    # The levels that the header itself says its codes mean.
    coding: tuple[tuple[str, str], ...] = ()


def split_unit(text: str) -> tuple[str, str]:
    """Take a trailing unit out of a header: ``ОВ, мес``, ``OS (days)``, ``pfs_weeks``."""
    bare = normal(text)
    if len(bare) > LONGEST:
        return bare, ""
    match = re.fullmatch(r"(.+?)[\s,]*[(\[,\s]\s*([^\s(\[,]+?)\.?[)\]]?", bare)
    if match and match[2].strip(".") in UNIT_WORDS:
        base = _BEFORE_UNIT.sub("", match[1].strip(" ,("))
        return normal(base), UNIT_WORDS[match[2].strip(".")]
    return bare, ""


_BEFORE_UNIT = re.compile(r"(?<=\w)[\s,]+(?:in|en|em|в)$")
"""What joins a unit to what is measured in it: `Survival in weeks`."""


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Every header that a table knows: normal form to the fields it means."""

    fields: Mapping[str, tuple[str, ...]]
    words: Mapping[tuple[str, ...], tuple[str, ...]]
    cut: Sequence[tuple[frozenset[str], tuple[str, ...]]]
    """The words of each normal form, and the fields that it means."""
    holding: Mapping[str, tuple[int, ...]]
    """Where in ``cut`` a word stands."""
    lacking: Mapping[str, tuple[str, ...]]
    """The words that are long enough to be told by all letters but one, by what is left of them."""


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
    cut = [(frozenset(header.split()), tuple(dict.fromkeys(fields[header]))) for header in fields]
    return _Index(_unique(fields), _unique(words), cut, *_found_by(each for each, _names in cut))


def _found_by(
    forms: Iterable[frozenset[str]],
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[str, ...]]]:
    """Where each word stands, and the long words by what is left of them without a letter."""
    holding: dict[str, list[int]] = defaultdict(list)
    for at, words in enumerate(forms):
        for word in words:
            holding[word].append(at)
    lacking: dict[str, list[str]] = defaultdict(list)
    for word in holding:
        for left in _left_of(word):
            lacking[left].append(word)
    places = {word: tuple(each) for word, each in holding.items()}
    return places, {left: tuple(each) for left, each in lacking.items()}


def _left_of(word: str) -> set[str]:
    """A long word, and the same without each of its letters; nothing of a short one."""
    if len(word) < _LONG:
        return set()
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _unique(names: Mapping[_Key, list[str]]) -> dict[_Key, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(each)) for key, each in names.items()}


_ASK = {normal(header): names for header, names in ASK_HEADERS.items()}


@of_text
def known_header(text: str, table: str = "patients") -> bool:
    """Whether a text is a header that a table knows, or would ask about."""
    if is_plain(text):
        return False
    index = _index(table)
    return any(form in index.fields or form in _ASK for form in _forms(text))


@of_text
def recognise(text: str, position: int, table: str = "patients") -> Header:
    """Propose what a header means, by the header alone."""
    lettered = re.fullmatch(rf"{LETTERED}[A-Z]{{1,3}}", text)
    return Header(text, position) if lettered else _recognised(text, position, table)


def _recognised(text: str, position: int, table: str) -> Header:
    index, (base, unit), said = _index(table), split_unit(text), wording(text)
    header, forms = Header(text, position, unit=unit or said.unit), _forms(text)
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
    likely = meanings(text)
    sure = any(each.explained == 1 and each.field != "patient_id" for each in likely)
    if private and not sure:  # `Sex at birth` is no date of birth
        return _named(header, (private,), "same words", forms[0])
    named = [each.field for each in likely] if table == "patients" else []
    return replace(header, candidates=tuple(dict.fromkeys((*named, *_close(base, table)))))


def _forms(text: str) -> list[str]:
    """The forms in which a header is looked up: with and without its unit; of two rows, joined."""
    # The lower row stands alone only under a title that adds nothing: `РЭА` under `через 6 мес` is
    # not the value at baseline.
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
    if JOINT not in text:
        said = wording(text)
        forms.append(said.base)
        if said.legend and not any(each.explained == 1 for each in meanings(text)):
            forms += [normal(said.legend)]  # of several words each is a level, not a header
    return [form for form in dict.fromkeys(forms) if form]


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
    if len(base) > LONGEST:
        return ()
    index, words = _index(table), set(base.split())
    alike = [near for word in words if (near := _misspelt(word, index))]
    scores: Counter[str] = Counter()
    for at in sorted({at for word in words.union(*alike) for at in index.holding.get(word, ())}):
        others, names = index.cut[at]
        shared = len(words & others) + sum(not near.isdisjoint(others) for near in alike)
        score = int(100 * shared / max(len(words), len(others)))
        for name in names:
            scores[name] = max(scores[name], score)
    likely = [name for name, score in scores.most_common(8) if score >= 40]
    return tuple(name for name in likely if name in TABLES[table])


def _misspelt(word: str, index: _Index) -> set[str]:
    """The words of a table from which a word differs in one letter."""
    near = {other for left in _left_of(word) for other in index.lacking.get(left, ())}
    return {other for other in near if _one_letter(word, other)}


def _one_letter(one: str, other: str) -> bool:
    """Whether two words of six letters or more differ by one letter put in, left out or changed."""
    if abs(len(one) - len(other)) > 1 or one == other or min(len(one), len(other)) < _LONG:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    return (
        one[start + 1 :] == other[start + 1 :]
        or one[start:] == other[start + 1 :]
        or one[start + 1 :] == other[start:]
    )


def meaning(header: Header, table: str) -> Column | None:
    """The column that a header means: the schema's, or one of a further endpoint."""
    if table != "patients" or header.column in TABLES[table]:
        return TABLES[table].get(header.column)
    return endpoints.column(header.column, header.text)


def identifies(header: Header) -> bool:
    """Whether a header says, or may say, that its cells name a person or a record."""
    if header.reason == "identifier" or header.column in IDENTIFIERS:
        return True
    return header.reason == "ask" and any(name in IDENTIFIERS for name in header.candidates)


def takes_months(header: Header) -> bool:
    """Whether the header of a time names no unit, and nobody has said which it is."""
    column = TABLES["patients"].get(header.column)
    timed = column is not None and column.unit == "months"
    return timed and not header.unit and header.reason != "yours"
