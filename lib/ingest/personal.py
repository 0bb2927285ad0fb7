"""Columns that are personal by their cells, whatever their header: the rule of doubt.

What looks like people's names, telephones, mails, numbers of records, policies and passports,
addresses or days of birth, and differs from patient to patient, is not kept until the visitor says
so. Words and numbers of the clinic recur, or are known as such; what names a person hardly does.
"""

import re
from functools import cache

from lib import vocabulary
from lib.ingest import identifiers, names
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.identifiers import share
from lib.ingest.names import Name

_SHAPES = vocabulary.patterns("personal")

_SAMPLED = 500
_MOST, _NEARLY = 0.6, 0.9
"""Shares of the cells that must have a shape, and one that other things have as well."""
_DISTINCT = 0.7  # cells for each patient from which what is written differs from one to the other
_SEVERAL, _RECURRING = 8, 0.1
"""Distinct cells, and their share of the rows, of a column that has its people more than once
where nothing tells which rows are of one patient."""
_FEWEST, _FEW, _MANY = 2, 4, 10
"""Distinct cells from which what is known, what is likely, and what has no more than a shape
tells."""
_KNOWN, _HALF_SURE, _SURE = 0.2, 0.35, 0.5
"""Shares of the cells in which a name is known, from which the others are believed to be names
where their first words differ, where they are single words in small letters, and at once."""
_ACRONYM = 5  # letters of a single word up to which it may be short for something
_CLINICAL = 0.2
"""Share of the cells with a word of the clinic from which a column does not name people."""
_LATEST_BIRTH, _LATEST_SPREAD, _SPREAD = 1970, 1985, 20
"""Median years up to which days are of births: no department treated through the hepatic artery so
early; and, of days spread over so many years, as births are."""
_SHORTEST, _LONGEST_CODE = 4, 80  # letters of a code that may be a name, and its signs at most


def holds_people(cells: Cells, mapped: bool, patients: int = 0) -> bool:
    """Whether the cells of a column name people, or are their numbers."""
    # `mapped`: whether the header says a field: then only what is certain counts. `patients`: how
    # many patients the rows are of; 0 where each row is of another.
    if identifiers.looks_like_names(cells) or share(_texts(cells), _has_mail) >= _SURE:
        return True
    if mapped:
        return False
    return identifiers.looks_like_surnames(cells) or looks_personal(cells, patients)


def looks_personal(cells: Cells, patients: int = 0) -> bool:
    """Whether the cells of a column that nothing else explains name people or their numbers."""
    texts = _texts(cells)
    if len(texts) < _FEWEST:
        return False
    if len(texts) >= _FEW and any(
        share(texts, holds) >= _MOST for holds in (names.is_address, names.is_postcode)
    ):
        return True
    recurs = not _differ(cells, patients)
    return _are_births(texts) or (
        not (recurs and not _are_many(cells)) and (_are_numbers(texts) or _are_names(texts, recurs))
    )


def are_people(cells: Cells, patients: int = 0) -> bool:
    """Whether the cells of a column are names, though its header says something else."""
    texts, recurs = _texts(cells), not _differ(cells, patients)
    return len(texts) >= _FEWEST and not recurs and _are_names(texts, recurs)


def are_said(header: str, cells: Cells, patients: int = 0) -> bool:
    """Whether a header says that its cells name who treated, or are numbers of records."""
    # Then names may be unknown and recur, and numbers be short, as of an archive.
    texts, words = _texts(cells), " ".join(re.findall(r"[^\W_]+", normal(header)))
    if len(texts) < _FEWEST:
        return False
    if _said("staff").match(words):
        return share(texts, _may_name) >= _MOST and share(texts, names.is_clinical) < _SURE
    numbered = _said("records").match(words) is not None and _differ(cells, patients)
    return numbered and share(texts, _SHAPES["archived"].fullmatch) >= _MOST


@cache
def _said(kind: str) -> re.Pattern[str]:
    """How a header begins that speaks of some people, or of their records."""
    phrases = "|".join(map(re.escape, vocabulary.words("people", kind)))
    return re.compile(rf"(?:{phrases})(?!\w{{4}})")


def _may_name(text: str) -> bool:
    """Whether a text has the shape of a name, and is more than letters that are short for it."""
    found = names.name(text)
    return found is not None and not found.small and not text.isupper()


def looks_like_people(cells: Cells) -> bool:
    """Whether the codes of patients hold who they are: initials and a year, a name, a number."""
    texts = _texts(cells)
    if identifiers.looks_like_people(cells):
        return True
    return len(texts) >= _FEW and (
        _are_births(texts)
        or _are_numbers(texts, True)
        or share(texts, _has_mail) >= _MOST
        or _hold_initials(texts)
        or _hold_names(texts)
    )


def _texts(cells: Cells) -> list[str]:
    return [text for text in cells.texts[:_SAMPLED] if not is_missing(text)]


def _differ(cells: Cells, patients: int) -> bool:
    """Whether nearly every patient has a cell of its own."""
    filled = int(cells.counts().sum())
    return len(cells.texts) >= _DISTINCT * min(filled, patients or filled)


def _are_many(cells: Cells) -> bool:
    """Whether a column that recurs is of several people, each in a few rows."""
    filled = int(cells.counts().sum())
    return len(cells.texts) >= max(_SEVERAL, _RECURRING * filled)


# Names ------------------------------------------------------------------------------------------


def _are_names(texts: list[str], recurs: bool) -> bool:
    """Whether most texts are names: known ones, or by their shape and none of the clinic."""
    if share(texts, _SHAPES["initials"].fullmatch) >= _MOST:
        return not recurs
    words = [text for text in texts if names.year_of_birth(text) is None]
    read = [(text, names.name(text)) for text in words]
    shapes = [found for _text, found in read if found]
    bare = [" ".join(found.words) if found else text for text, found in read]
    clinical = len([*filter(names.is_clinical, bare)]) / len(texts)
    if len(shapes) < _MOST * len(texts) or clinical >= _CLINICAL or _are_acronyms(texts):
        return False
    known = sum(any(map(names.is_known, each.words)) for each in shapes) / len(texts)
    if known >= _SURE:
        return True
    if not _recur_seldom(shapes):
        return False
    alone = not (recurs or clinical or any(each.small for each in shapes))
    return _are_likely(shapes, known, len(texts), recurs) or (alone and _are_words(shapes, texts))


def _are_acronyms(texts: list[str]) -> bool:
    """Whether all are as many capitals and no more: `BOR`, `OVR`."""
    letters = {len(text) for text in texts}
    return (
        len(letters) == 1
        and max(letters) <= _ACRONYM
        and all(text.isalpha() and text.isupper() for text in texts)
    )


def _are_likely(shapes: list[Name], known: float, n: int, recurs: bool) -> bool:
    """Whether names of which few are known are likely, by their shapes."""
    small = sum(each.small for each in shapes) > n / 2
    initialled = sum(each.initials > 0 for each in shapes) >= _MOST * n
    several = sum(len(each.words) > 1 or each.initials > 0 for each in shapes) >= _MOST * n
    if known >= _KNOWN:
        return n >= _FEW and (several or not small or known >= _HALF_SURE)
    alike = len(shapes) == n and n >= _FEWEST + 1
    doubtful = initialled if recurs else several
    return doubtful and not small and (n >= _MANY or alike)


def _are_words(shapes: list[Name], texts: list[str]) -> bool:
    """Whether many single words, each once and none of the clinic, may be surnames."""
    longer = sum(len(text) > _ACRONYM for text in texts) >= _MOST * len(texts)
    return len(shapes) == len(texts) >= _MANY and longer


def _recur_seldom(shapes: list[Name]) -> bool:
    """Whether the first words differ as people's do; `Stage I`, `Stage II` have one."""
    return 3 * len({each.words[0] for each in shapes}) > len(shapes)


# Numbers, dates ---------------------------------------------------------------------------------


def _has_mail(text: str) -> bool:
    return identifiers.is_contact(text) or (
        ("@" in text or "/" in text or "+" in text) and names.is_contact(text)
    )


def _are_numbers(texts: list[str], whole: bool = False) -> bool:
    """Whether most texts are telephones, or numbers of people or records."""
    # `whole`: whether letters before the digits make a code of them, which may stay.
    if share(texts, names.is_long) >= _NEARLY:
        return True
    if whole:
        if share(texts, _SHAPES["record"].fullmatch) >= _MOST:
            return True
        texts = [text for text in texts if not text[:1].isalpha()]
    return (
        share(texts, lambda text: not text.isdigit() and names.is_contact(text)) >= _MOST
        or share(texts, names.is_record) >= _MOST
        or _are_local(texts)
    )


def _are_local(texts: list[str]) -> bool:
    """Whether nearly all are telephones without their area; of doses the last recurs."""
    last = {text[-2:] for text in texts if _SHAPES["local"].fullmatch(text)}
    return share(texts, _SHAPES["local"].match) >= _NEARLY and 2 * len(last) > min(len(texts), 100)


def _are_births(texts: list[str]) -> bool:
    """Whether dates are so early that people were born on them."""
    years = sorted(year for text in texts if (year := names.year_of_birth(text)))
    if len(years) < max(_FEWEST + 1, _MOST * len(texts)):
        return False
    median, tenth = years[len(years) // 2], len(years) // 10
    spread = years[-1 - tenth] - years[tenth]
    return median <= _LATEST_BIRTH or (median <= _LATEST_SPREAD and spread >= _SPREAD)


# Codes ------------------------------------------------------------------------------------------


def _hold_initials(texts: list[str]) -> bool:
    """Whether most codes are initials with a year, an age or a day, of many people."""
    found = [match for text in texts if (match := _SHAPES["coded_person"].fullmatch(text))]
    several = len({match["who"] or match["whose"] for match in found})
    return len(found) >= _MOST * len(texts) and 2 * several > len(found)


def _hold_names(texts: list[str]) -> bool:
    """Whether most codes are a name with or without a number, of many people."""
    short = [text for text in texts if len(text) <= _LONGEST_CODE]
    said = [match["who"] for text in short if (match := _SHAPES["with_number"].fullmatch(text))]
    said = [who for who in said if sum(map(str.isalpha, who)) >= _SHORTEST]
    if len({len(who) for who in said}) == 1 and "".join(said).isupper():
        return False
    said = [_SHAPES["last_initials"].sub("", who) for who in said]
    found = {who for who in said if names.name(who) and not names.is_clinical(who)}
    return sum(who in found for who in said) >= _MOST * len(texts) and 2 * len(found) > len(said)
