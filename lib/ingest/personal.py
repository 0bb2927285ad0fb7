"""Columns that are personal by their cells, whatever their header: the rule of doubt.

What looks like people's names, telephones, mails, numbers of records, policies and passports, or
addresses, and differs from patient to patient, is not kept until the visitor says so. Words and
numbers of the clinic recur; what names a person hardly does.
"""

import re
from collections.abc import Callable
from functools import cache

from lib.ingest import identifiers
from lib.ingest.cells import Cells, is_missing

_SAMPLED = 500
_MOST, _NEARLY = 0.6, 0.9
"""Shares of the cells that must have a shape, and one that other things have as well."""
_DISTINCT = 0.7
"""Share of the rows in which what names a person differs from all others."""
_FEW, _MANY = 4, 10
"""Distinct cells from which a shape tells, and from which it does with nothing known of it."""
_KNOWN, _SURE = 0.2, 0.5
"""Shares of the cells in which a name is known, from which the others are believed to be names
where they differ, and at once."""
_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞА-ЯЁ", "a-zß-öø-ÿа-яё"
_WORD = rf"(?:[{_UPPER}]['’])?[{_UPPER}][{_LOWER}]+(?:-[{_UPPER}][{_LOWER}]+)?"
_PARTICLE = r"(?:(?:van|von|de|der|den|di|da|del|la|le|al|el|bin)\s+)"
_NAME = re.compile(rf"{_PARTICLE}*{_WORD}(?:\s+[{_UPPER}]\.?)?(?:\s+{_PARTICLE}*{_WORD}){{0,2}}")
_CAPITALS = re.compile(rf"[{_UPPER}][{_UPPER}'’-]+(?:,\s*|\s+)[{_UPPER}][{_UPPER}'’-]+")
_INITIALLED = re.compile(
    rf"{_PARTICLE}*(?:{_WORD}|[{_UPPER}][{_UPPER}'’-]+),?\s+[{_UPPER}](?:\.?\s?[{_UPPER}])?\.?"
)
_INITIALS = re.compile(rf"[{_UPPER}]\.\s?(?:[{_UPPER}]\.)?\s?(?:[{_UPPER}]\.)?")
_BRACKET = re.compile(r"\s*\([^()]*\)\s*$")
_LONG = re.compile(r"[A-ZА-Я]{0,3}[-\s№]?\d{6,16}")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:\d{4}|\d{6})?")
_GROUPED = re.compile(r"\+?\(?\d+\)?(?:[\s-]+\(?\d+\)?)+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\s\d{3})+")
_DATED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-(?:\d{4}|\d\d)")
_LOCAL = re.compile(r"\d{3}-\d{2}-\d{2}|\d{3}[\s-]\d{4}")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}")
_BORN = re.compile(
    r"(?:\d{1,2}[./-]\d{1,2}[./-](19\d\d)|(19\d\d)[-./]\d{1,2}[-./]\d{1,2})(?:\D.*)?"
)
_LATEST_BIRTH = 1970
"""No department treated through the hepatic artery so early: such dates are of births."""
_CODED_PERSON = re.compile(rf"([{_UPPER}]{{2,3}})[-\s]?(?:19[2-9]\d|20[01]\d)")
_WITH_NUMBER = re.compile(rf"({_WORD})[-\s]?\d+")
_TELEPHONE, _RECORD = 10, 8
"""Digits of a telephone with its area, and of a number of a record."""


def holds_people(cells: Cells, mapped: bool) -> bool:
    """Whether the cells of a column name people, or are their numbers.

    Parameters
    ----------
    cells : Cells
    mapped : bool
        Whether the header says a field: then only what is certain counts.
    """
    if identifiers.looks_like_names(cells) or identifiers.looks_like_contacts(cells):
        return True
    return not mapped and (identifiers.looks_like_surnames(cells) or looks_personal(cells))


def looks_personal(cells: Cells) -> bool:
    """Whether the cells of a column that nothing else explains name people or their numbers."""
    texts = _texts(cells)
    return len(texts) >= _FEW and (
        any(_share(texts, holds) >= _MOST for holds in (_is_address, _is_postcode))
        or (_differ(cells) and (_are_numbers(texts) or _are_names(texts)))
        or _are_births(texts)
    )


def looks_like_people(cells: Cells) -> bool:
    """Whether the codes of patients hold who they are: initials and a year, a name, a number."""
    texts = _texts(cells)
    if identifiers.looks_like_people(cells):
        return True
    return len(texts) >= _FEW and (
        _varied(texts, _CODED_PERSON) or _varied(texts, _WITH_NUMBER) or _are_numbers(texts, True)
    )


def _texts(cells: Cells) -> list[str]:
    return [text for text in cells.texts[:_SAMPLED] if not is_missing(text)]


def _share(texts: list[str], holds: Callable[[str], object]) -> float:
    return sum(map(bool, map(holds, texts))) / len(texts)


def _differ(cells: Cells) -> bool:
    """Whether nearly every row has a cell of its own."""
    filled = int((cells.codes >= 0).sum())
    return len(cells.texts) >= _DISTINCT * filled


def _varied(texts: list[str], shape: re.Pattern[str]) -> bool:
    """Whether most texts have a shape, and the words in them are those of many."""
    found = [match for text in texts if (match := shape.fullmatch(text))]
    several = len({match[1] for match in found})
    return len(found) >= _MOST * len(texts) and 2 * several > len(found)


# Names ------------------------------------------------------------------------------------------


def _are_names(texts: list[str]) -> bool:
    """Whether most texts are names: by initials, or as words of which hardly one recurs."""
    bare = [_BRACKET.sub("", text) for text in texts]
    if _share(bare, _INITIALLED.fullmatch) >= _MOST or _share(bare, _INITIALS.fullmatch) >= _MOST:
        return _recur_seldom(bare)
    if _share(bare, lambda text: _NAME.fullmatch(text) or _CAPITALS.fullmatch(text)) < _MOST:
        return False
    known = _share(bare, _knows)
    if known >= _SURE:
        return True
    several = _share(bare, lambda text: " " in text) >= _MOST
    enough = _FEW if known >= _KNOWN else _MANY
    return len(bare) >= enough and (known >= _KNOWN or several) and _recur_seldom(bare)


def _recur_seldom(texts: list[str]) -> bool:
    """Whether the first words differ as people's do; `Stage I`, `Stage II` have one."""
    first = {re.split(r"[\s,]+", text)[0].casefold() for text in texts}
    return 3 * len(first) > len(texts)


def _knows(text: str) -> bool:
    """Whether a word of a text is a known name, or ends as Russian surnames do."""
    words = re.findall(r"[^\W\d_]+", text.casefold().replace("ё", "е"))
    return any(word in _names() for word in words) or identifiers.is_surname(text)


@cache
def _names() -> frozenset[str]:
    return frozenset(identifiers.listed("given")) | frozenset(identifiers.listed("surnames"))


# Numbers, addresses, dates ----------------------------------------------------------------------


def _are_numbers(texts: list[str], whole: bool = False) -> bool:
    """Whether most texts are telephones, or numbers of people that are all equally long.

    Parameters
    ----------
    texts : list of str
    whole : bool
        Whether letters before the digits make a code of them, which may stay.
    """
    if _share(texts, _is_telephone) >= _MOST or _are_local(texts):
        return True
    least = _RECORD if whole else 6
    long = [
        text
        for text in texts
        if _LONG.fullmatch(text) and not _DAY.fullmatch(text) and not (whole and not text.isdigit())
    ]
    bare = [text for text in long if text.isdigit()]
    if len(bare) == len(long):
        least = _RECORD
    lengths = [len(text) for text in long]
    usual = max(set(lengths), key=lengths.count, default=0)
    return usual >= least and lengths.count(usual) >= _NEARLY * len(texts)


def _is_telephone(text: str) -> bool:
    """Whether a text is digits in groups, as of a telephone or a passport; no date, no thousands.

    Mails, and numbers with a sign of their own, are telephones as well.
    """
    if identifiers.is_contact(text):
        return True
    if not _GROUPED.fullmatch(text) or _DATED.match(text) or _THOUSANDS.fullmatch(text):
        return False
    return _TELEPHONE <= sum(letter.isdigit() for letter in text) <= 16


def _are_local(texts: list[str]) -> bool:
    """Whether nearly all are telephones without their area; of doses the last recurs."""
    last = {text[-2:] for text in texts if _LOCAL.fullmatch(text)}
    return _share(texts, _LOCAL.fullmatch) >= _NEARLY and 2 * len(last) > min(len(texts), 100)


def _is_address(text: str) -> bool:
    return bool(re.search(r"\d", text)) and identifiers.street().search(text) is not None


def _is_postcode(text: str) -> bool:
    return _POSTCODE.fullmatch(text) is not None


def _are_births(texts: list[str]) -> bool:
    """Whether dates are so early that people were born on them."""
    years = sorted(
        int(match[1] or match[2]) for text in texts if (match := _BORN.fullmatch(text)) is not None
    )
    return len(years) >= _MOST * len(texts) and years[len(years) // 2] <= _LATEST_BIRTH
