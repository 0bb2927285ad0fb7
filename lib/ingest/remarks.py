"""People inside a text: a mark in place of their names, numbers and addresses.

A name is one or more words with capitals. It is told by a listed given name, by initials, by a
patronymic, by the ending of a Russian surname, or by what stands before it: a title, the kin, a
role. Words of the clinic, eponyms and whatever is called after somebody stay.
"""

import re

from lib import vocabulary
from lib.ingest import names
from lib.ingest.names import any_of, folded, is_clinical, listed

_SHAPES = vocabulary.patterns("remarks")

MARK = "[removed]"  # what stands in a text where somebody was named

_BEFORE = 30  # signs before a name in which it may be said who, or what, is called so
_LATEST_BIRTH = 1985  # year up to which a day in the name of a file is one of birth
_LONG, _SURE = 3, 6
"""Letters beyond which a surname is told by its ending beside initials, and alone."""
_PLURAL, _COUNTED = re.compile(r"[оеё]в$"), re.compile(r"\s*(?:нет\b|не\b|и\b|\d|[^\w\s,]|$)")
"""A plural that is written like a surname, and what follows it: `Отеков нет`."""
_ABBREVIATED = frozenset(listed("abbreviated"))
"""Two letters that are no initials, unless they stand with a Russian surname."""


def without_people(text: str) -> str:
    """Put a mark in place of each name, number and address of a person in a text."""
    # A surname that nothing beside it and no ending tells stays.
    if _SHAPES["harmless"].fullmatch(text):
        return text
    text = _SHAPES["numbers"].sub(MARK, _RECORDED.sub(MARK, text))
    if len(text.split(None, 1)) < 2 and "." not in text:
        return text
    text = names.PLACES.sub(MARK, text)
    if not _SHAPES["capital"].search(text):
        return text
    text = _SHAPES["small"].sub(lambda found: MARK if _is_surname(found[1]) else found[0], text)
    return _SHAPES["run"].sub(_without_names, text)


def without_people_in_name(called: str) -> str:
    """The name of a file or a sheet without people: it goes into plans, findings and downloads."""
    # Words may be joined by signs, and the whole may be a person's name or a day of birth.
    stem, dot, suffix = (
        called.rpartition(".") if _SHAPES["suffix"].search(called) else (called, "", "")
    )
    apart = _SHAPES["days"].sub(_without_birth, stem.replace("_", " "))
    shape = names.name(apart)
    if shape and not is_clinical(apart) and _is_person(apart, shape):
        return f"{MARK}{dot}{suffix}"
    bare = without_people(apart)
    return called if bare == stem.replace("_", " ") else f"{bare}{dot}{suffix}"


def _is_person(text: str, shape: names.Name) -> bool:
    """Whether a name that is nothing else is a person's."""
    if any(map(_is_other, shape.words)):
        return False
    if len(shape.words) == 1 and not shape.initials:
        return not shape.small and _is_surname(text.strip(" ."))
    given = any(map(names.is_given, shape.words))
    listed_one = len(shape.words) <= 2 and any(map(names.is_listed, shape.words))
    known = listed_one or all(map(names.is_known, shape.words))
    return given or (known and not shape.small)


def _without_birth(found: re.Match[str]) -> str:
    year = names.year_of_birth(found[0])
    return MARK if year is not None and year <= _LATEST_BIRTH else found[0]


def _without_names(run: re.Match[str]) -> str:
    """Words with capitals that follow each other, a mark in place of each name among them."""
    if run[0] == MARK:
        return run[0]
    found, at = [], run.start()
    for start, end in _groups(run):
        if _names_somebody(run.string, start, end):
            found += [run.string[at:start], MARK]
            at = end
    return "".join((*found, run.string[at : run.end()]))


def _groups(run: re.Match[str]) -> list[tuple[int, int]]:
    """Where words stand together that may be one name: between words of the clinic."""
    groups: list[tuple[int, int]] = []
    open_ = False
    for part in _SHAPES["parts"].finditer(run.string, run.start(), run.end()):
        word = part[0].rstrip(".")
        before = run.string[max(0, part.start() - _BEFORE) : part.start()]
        titled = _TITLE.search(before) is not None and not is_clinical(word)
        if _is_other(word) and not titled:
            open_ = False
            continue
        ends = len(word) > 1 and part[0].endswith(".")
        end = part.end() - ends
        start = part.start() if not open_ else groups.pop()[0]
        groups.append((_with_particle(run, start), end))
        open_ = not ends
    return groups


def _with_particle(run: re.Match[str], start: int) -> int:
    """Where a name begins, a particle before it included."""
    before = _SHAPES["before"].search(run.string[max(run.start(), start - 12) : start])
    return start - len(before[0]) if before else start


def _names_somebody(text: str, start: int, end: int) -> bool:
    """Whether words with capitals are the name of a person."""
    before = text[max(0, start - _BEFORE) : start]
    titled = _TITLE.search(before) is not None
    if _CALLED_AFTER.search(before) or (_HOUSE.match(text, end) and not titled):
        return False
    parts = [part.rstrip(".") for part in _SHAPES["parts"].findall(text, start, end)]
    words = [part for part in parts if len(part) > 1 and not _is_pair(part, len(parts))]
    initials = "".join(part for part in parts if part not in words)
    if not words or (
        len(words) == len(parts) == 1 and words[0].isupper() and len(words[0]) <= _LONG
    ):
        return False
    if _CALLED.search(before) or any(map(_SHAPES["patronymic"].search, words[1:])):
        return True
    if initials and len(words) == 1:
        dotted = "." in text[start:end]
        parted = dotted and text[end : end + 1] in (",", ";") and len(words[0]) > _LONG + 1
        return parted or _with_initials(words[0], initials, dotted)
    if len(words) > 1:
        return _are_named(words, start == 0 and end == len(text), "," in text[start:end])
    several = _PLURAL.search(words[0]) is not None and _COUNTED.match(text, end) is not None
    return _is_surname(words[0]) and not several


def _are_named(words: list[str], whole: bool, apart: bool) -> bool:
    # Where nothing else stands in the text, which may be called after somebody, all must be known;
    # of words with a comma between them, as of towns in a row, the ending of one says nothing.
    given = any(map(_is_given, words))
    if whole:
        return given and all(_is_given(word) or names.is_known(folded(word)) for word in words)
    known = names.is_listed if apart else names.is_known
    return given or any(known(folded(word)) for word in words)


def _with_initials(word: str, initials: str, dotted: bool) -> bool:
    """Whether a word with capitals and the letters beside it are a name."""
    if len(word) > _LONG and _SHAPES["certain"].search(word) and word.lower() != word.upper():
        return dotted or initials not in _ABBREVIATED
    if dotted and names.is_known(folded(word)):
        return True
    both = len(initials) == 2 and dotted
    return both and initials not in _ABBREVIATED and not _SHAPES["drug"].search(word)


def _is_pair(part: str, beside: int) -> bool:
    return len(part) == 2 and part.isupper() and beside > 1


def _is_surname(word: str) -> bool:
    """Whether a single word is a Russian surname by its ending."""
    return (
        len(word) >= _SURE
        and _SHAPES["certain"].search(word) is not None
        and not _is_other(word)
        and not _SHAPES["drug"].search(word)
    )


def _is_given(word: str) -> bool:
    word = folded(word)
    forms = {word, word[:-1], word[:-2], *(word[:-1] + end for end in "аяй"), word[:-2] + "а"}
    return any(len(form) > _LONG - 1 and names.is_given(form) for form in forms)


def _is_other(word: str) -> bool:
    """Whether a word with a capital is one of the clinic, an eponym, a title or a role."""
    parts = [folded(part) for part in word.split("-")]
    if not _TERMS.isdisjoint((*parts, *(part[:-1] for part in parts))):
        return True
    return is_clinical(word) or _ROLE.fullmatch(word.casefold()) is not None


_TERMS = frozenset(
    (
        *vocabulary.words("totals", "sure"),
        *(word for kind in ("terms", "titles", "kin", "houses") for word in listed(kind)),
    )
)


def _phrases(kind: str) -> str:
    return "|".join(re.escape(phrase) for phrase in vocabulary.words("people", kind))


_ROLE = re.compile(rf"(?:{_phrases('roles')})\w{{0,6}}")
_KIN, _TITLES, _HOUSES = map(any_of, ("kin", "titles", "houses"))
_CALLED = re.compile(
    rf"(?<!\w)(?:(?:{_TITLES})\.?|(?:{_KIN})|(?:{_phrases('roles')})\w{{0,6}})\s?[,:(-]?\s*$",
    re.IGNORECASE,
)
"""What stands before the name of a person."""
_TITLE = re.compile(rf"(?<!\w)(?:{_TITLES})\.?\s$", re.IGNORECASE)
"""A title, after which an eponym is a name: `Mr Wilson`."""
_CALLED_AFTER = re.compile(rf"(?<!\w)(?:{_phrases('bearers')})\.?\s*$", re.IGNORECASE)
"""What stands before the name of a place or a method."""
_HOUSE = re.compile(rf",?\s(?:[^\W\d_]+\s)?(?:{_HOUSES})(?!\w)", re.IGNORECASE)
"""What stands behind the name of a place."""
_WHEN = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|(?:19|20)\d\d)"
_RECORDED = re.compile(
    rf"(?<!\w)(?:{_phrases('kept')})\.?[\s.:№#-]*(?:серия\s*)?"
    rf"(?:[A-ZА-Я]{{1,3}}\s?)?\d[\d\s/№-]{{2,20}}\d(?:[-/]\d+)?"
    rf"|(?<!\w)(?:{_phrases('born')})\w{{0,6}}\.?(?:\s+(?:on|in|в))?[\s:]*{_WHEN}",
    re.IGNORECASE,
)
"""A number of a record, or a birth, with the word that says so."""
