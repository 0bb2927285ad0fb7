"""What a header or a line says of codes: ``Death (1=yes)``, ``OS.CNSR``, `† - died` below."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lib import vocabulary
from lib.cohort import Finding
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.codebook import below, shown
from lib.ingest.durations import ANY_EVENT
from lib.ingest.grid import Beside, Grid, texts_of
from lib.ingest.headers import recognise
from lib.ingest.levels import DOUBTFUL, known_words
from lib.ingest.sentences import finding
from lib.ingest.wording import about, denies
from lib.schema import COLUMNS, Column

Coding = tuple[tuple[str, str], ...]
"""Pairs of a cell's text and its level; '' for none, `DOUBTFUL` where that is asked."""

_CODE = r"\d|[+\-–]"
_CODE_FIRST = re.compile(rf"({_CODE})\s*[=:–—-]\s*([^\d=:;,/|]+)")
_ANOTHER = r"\s*[/,|-]\s*\d\b(?!\s*[=:–—-])"
"""What follows a code where codes are only listed: `Censored: 0/1`."""
_WORD_FIRST = re.compile(rf"([^\d=:;,/|()]+?)\s*[=:–—-]\s*({_CODE})(?!\w|{_ANOTHER})")
_PAREN = re.compile(rf"([^\d()/,;:=]+?)\s*[(\[]\s*({_CODE})\s*[)\]]")
_NAMED = re.compile(r"([^\W\d_][^\d]*?)[\s_]+(\d)(?=[\s_]|$)")
_LISTED = re.compile(r"(?<![^\s,;/|])(\d)\s+([^\W\d_][^\d,;/|]*)")
"""A code and its word with nothing but a space between, in brackets: `OS (1 censored 0 dead)`."""
_UNKNOWN = re.compile(r"(-?\d+)\s*[=:–—]\s*([^\d=:;,|()]+)")
_UNKNOWN_FIRST = re.compile(r"([^\d=:;,|()]+?)\s*[=:–—]\s*(-?\d+)(?!\w)")
_HAPPENED = {"yes": "dead", "no": "alive"}
_OPPOSITE = {"yes": "no", "no": "yes", "dead": "alive", "alive": "dead", "M": "F", "F": "M"}
_YES = frozenset(map(normal, vocabulary.words("layout", "checked"))) | frozenset(
    vocabulary.words("legend", "yes")
)
_NOT = frozenset(vocabulary.words("layout", "not"))
_NO = frozenset(vocabulary.words("legend", "no"))
_EITHER = frozenset(vocabulary.words("legend", "either"))


def coding(text: str, column: Column, cells: Cells) -> Coding:
    """The levels that a header says its codes mean; empty where it says nothing of them."""
    told = list(_unknown(text))
    if not told and not column.levels:
        return ()
    there = {each for each in cells.texts if not is_missing(each) or each in _NO}
    unknown = {code: "" for code in told if code in there}
    if not column.levels:
        return tuple(sorted(unknown.items()))
    there -= set(unknown)
    said = {code: level for code, level in _said(text, column) if code in there}
    if not said:
        said = {each: level for each in there if (level := _by_name(text, column, normal(each)))}
    if column.name == "sex" and (pair := _SEXES.get(frozenset(map(normal, there)))):
        said = {each: "M" if normal(each) == pair[0] else "F" for each in there}
    others = there - set(said)
    if len(said) == len(others) == 1 and (level := _OPPOSITE.get(next(iter(said.values())), "")):
        said |= dict.fromkeys(others, level)
    if _is_doubtful(text, column, said):
        said = dict.fromkeys(there, DOUBTFUL)
    return tuple(sorted((said | unknown).items()))


_SEXES = {frozenset(pair): pair for pair in vocabulary.section("legend").get("sexes", ())}
"""Pairs of letters, that of men first: `M` beside `H` is a woman."""


def _unknown(text: str) -> Iterator[str]:
    """The codes that a header says mean that nothing is known: `CEA (-9 = missing)`."""
    turned = [(code, word) for word, code in _UNKNOWN_FIRST.findall(text)]
    for code, word in (*_UNKNOWN.findall(text), *turned):
        if is_missing(word.strip(" .,;")):
            yield code


def _is_doubtful(text: str, column: Column, said: Mapping[str, str]) -> bool:
    """Whether a header leaves open which of two codes means that the event happened."""
    # It gives both one meaning; or it is about those to whom nothing happened and its codes are 1
    # and 2, of which either may say yes; or it is `cens`, in short for either.
    if column.kind != "flag" and column.name != "vital_status":
        return False
    if len(said) == 2 and len(set(said.values())) == 1:
        return True
    if normal(text) in _EITHER and set(said) == {"0", "1"}:
        return True
    return set(said) == {"1", "2"} and not _said(text, column) and _is_turned(text)


def _said(text: str, column: Column) -> Sequence[tuple[str, str]]:
    """The pairs of a code and the level of its word, read in the first order that tells any."""
    # One order alone: in `1 - CR, 2 - PR` the 2 stands behind CR as well.
    listed = _listed(text)
    orders = (
        _CODE_FIRST.findall(text),
        [(code, word.split("(")[-1]) for word, code in _WORD_FIRST.findall(text)],
        [(code, word) for word, code in _PAREN.findall(text)],
        listed,
    )
    for pairs in orders:
        said = [
            (code, level)
            for code, word in pairs
            if (level := level_said(word, column, header=text))
        ]
        if said:
            return said
    return ()


def _listed(text: str) -> Sequence[tuple[str, str]]:
    """Codes and words side by side, whichever comes first: `OS status (censored 1)`, `Sex 0 F 1 M`.

    What ends with a code has each code behind its word, and what ends with a word before it.
    """
    bracketed = _BRACKETS.findall(text)
    for said in (*bracketed, text):
        bare = said.replace("_", " ").strip(" .;,:")
        behind = bare[-1:].isdigit()
        pairs = (
            [(code, word) for word, code in _NAMED.findall(bare)]
            if behind
            else _LISTED.findall(bare)
        )
        if len(pairs) > 1 or (pairs and said is not text):
            return pairs
    return ()


_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]+)[)\]}]")


def level_said(words: str, column: Column, exactly: bool = False, header: str = "") -> str:
    """The level that words of a legend mean, by the vocabulary, else by what they are about."""
    # `exactly`: whether only the vocabulary tells. `header`: of what yes and no are said: `Censored
    # (1=yes, 0=died)`.
    known = known_words(column)
    word = words.strip(" _.,;()[]{}")
    if normal(word) in _YES | _NO and (level := _by_name(header, column, normal(word))):
        return level
    level = known.find(word) or known.find(word.split("_")[0])
    if level in known.codes:
        return level
    denied = not _NOT.isdisjoint(normal(word).split())
    named, codes = frozenset() if exactly or denied else about(word), known.codes
    for concept, meant in (("alive", "no"), ("censor", "no"), ("death", "yes")):
        if concept in named:
            return meant if meant in codes else {**_HAPPENED}.get(meant, "")
    return ""


def _is_turned(text: str) -> bool:
    """Whether a header is about those to whom the event did not happen."""
    named = about(text)
    of_others = "censor" in named or ("alive" in named and "death" not in named)
    return of_others != denies(text)


def _by_name(text: str, column: Column, code: str) -> str:
    """What a code means under a header that is about the opposite of the field's event."""
    # ``CNSR`` is 0 where the event happened; ``alive`` and ``male`` are 1 where they hold; what a
    # header denies, as ``not alive``, is the other way round.
    holds = code in _YES or (False if code in _NO else None)
    if holds is None:
        return ""
    named = about(text)
    if column.kind == "flag":
        return ("no" if holds else "yes") if _is_turned(text) else ""
    if column.name == "vital_status" and {"alive", "censor", "death"} & named:
        if {"alive", "death"} <= named:
            return ""
        return "alive" if holds == _is_turned(text) else "dead"
    if column.name == "sex" and len({"male", "female"} & named) == 1:
        return "M" if holds == ("male" in named) else "F"
    return ""


# Letters and signs of life and death -------------------------------------------------------------

_SHARE = 0.9  # share of a column's cells that are a time, alone or with a letter that is explained
_FEWEST, _LONGEST = 2, 300
_MARKS = "*†‡✝✞✟☨✚+#^°"
_LETTERS = r"[^\W\d_]{1,3}"
_SIGN = rf"{_LETTERS}|[{re.escape(_MARKS)}]"
_BLANK = "|".join(map(re.escape, sorted(vocabulary.words("layout", "blank"), key=len)[::-1]))
_MEANS = r"\s*[-–—=:]+\s*"
_QUOTE = r"[«»\"'“”]?"
_PAIR = re.compile(
    rf"(?<![^\s,;:|/()\[\]«\"'“])(?={_QUOTE}(?P<sign>\d|{_SIGN})\.?{_QUOTE}{_MEANS}"
    rf"(?P<word>[^\W\d_][^=:]*?)"
    rf"(?:\s*[,;/()\[\]|]|\.?\s*$|\s+{_QUOTE}(?:\d|{_SIGN})\.?{_QUOTE}{_MEANS}))",
    re.IGNORECASE,
)
_UNMARKED = re.compile(
    rf"(?<!\w)(?:{_BLANK})(?!\w){_QUOTE}(?:{_MEANS}|\s+)(?P<word>[^\W\d_][^,;/()|]*)", re.IGNORECASE
)
_TIME = r"[<>≥~]?\s*\d+(?:[.,]\d+)?"
_BESIDE = re.compile(
    rf"(?P<time>{_TIME})\s*[(\[]?\s*(?P<sign>{_SIGN})\s*[)\]]?\.?"
    rf"|[(\[]?\s*(?P<before>{_SIGN})\s*[)\]]?\s*(?P<after>{_TIME})"
)
_BARE = re.compile(_TIME)
_OF_LIFE = frozenset(("os_event", "vital_status", "death_date"))
_STATES = {"yes": "event", "no": "censored"}
"""Words that each event knows, for what it says in words of its own."""


class _Legend(NamedTuple):
    """What one text says: the state that each sign means, and a blank, '' where it is not told."""

    signs: Mapping[str, str]
    blank: str


def said(grid: Grid, beside: Beside) -> tuple[Grid, list[Finding]]:
    """Put words in place of letters and signs that a header or a line explains."""
    lines = [text for row in beside.above for text in texts_of(row)]
    lines += [text for cells in _lines(grid) for text in cells]
    legends = [each for text in lines if (each := _legend(text)).signs]
    columns, told = list(grid.columns), []
    for place, header in enumerate(grid.headers):
        cells = grid.columns[place]
        if letters := _letters(cells):
            columns[place] = cells.recoded([letters.get(_form(text), text) for text in cells.texts])
            codes = {text: letters[_form(text)] for text in cells.texts if _form(text) in letters}
            told.append(finding("note", "letters-read", beside.sheet, header, codes=shown(codes)))
            continue
        for legend in (_legend(header), *legends):
            changed = _times(cells, legend) or _marked(grid, place, legend)
            if changed is None:
                continue
            columns[place] = changed
            there = {*map(_form, cells.texts), *map(_sign, map(_BESIDE.fullmatch, cells.texts))}
            used = {sign: word for sign, word in legend.signs.items() if sign in there}
            told.append(finding("note", "signs-read", beside.sheet, header, codes=shown(used)))
            break
    return replace(grid, columns=columns), told


def _letters(cells: Cells) -> Mapping[str, str]:
    """What two letters say of which a language makes yes and no, as `S` and `N`; empty if none."""
    forms = set[str]()
    for text in cells.texts:
        if not is_missing(text):
            forms.add(_form(text))
            if len(forms) > _BOTH:  # as most columns have; the rest need not be looked at
                return {}
    pair = _YES_NO.get(frozenset(forms))
    return {pair[0]: "yes", pair[1]: "no"} if pair else {}


_BOTH = 2  # forms
_YES_NO = {frozenset(pair): pair for pair in vocabulary.section("legend").get("letters", ())}
"""Pairs of letters, that for yes first."""


def _lines(grid: Grid) -> Iterator[list[str]]:
    """The cells of the last rows, upwards to the last patient."""
    for _row, cells in below(grid):
        if 2 * len(cells) > len(grid.headers):
            return
        yield cells


def _legend(text: str) -> _Legend:
    """What a text says of letters and signs, those that mean that an event happened or not."""
    if len(text) > _LONGEST:
        return _Legend({}, "")
    signs = {
        _form(match["sign"]): word for match in _PAIR.finditer(text) if (word := _state(match))
    }
    unmarked = _UNMARKED.search(text)
    return _Legend(signs, _state(unmarked) if unmarked else "")


def _state(match: re.Match[str]) -> str:
    """The words of a legend, or a known word for what they say; '' where it is no event."""
    words = match["word"].strip(" .")
    for column in (COLUMNS["os_event"], COLUMNS["pfs_event"], ANY_EVENT):
        if level := level_said(words, column):
            every = (words, *words.split())
            said_so = (each for each in every if level_said(each, column, exactly=True) == level)
            return next(said_so, _STATES[level])
    return ""


def _form(text: str) -> str:
    return normal(text) or text


def _sign(match: re.Match[str] | None) -> str:
    return _form(match["sign"] or match["before"]) if match else ""


def _times(cells: Cells, legend: _Legend) -> Cells | None:
    """The times with the words for what stands beside them; None where they are no such times."""
    if not legend.signs:
        return None
    with_sign = right = total = 0
    raw = list(cells.raw)
    for code, (text, count) in enumerate(zip(cells.texts, cells.counts().tolist(), strict=True)):
        if is_missing(text):
            continue
        total += count
        match = _BESIDE.fullmatch(text)
        word = legend.signs.get(_sign(match), "")
        if match and word:
            raw[code] = f"{(match['time'] or match['after']).strip()} ({word})"
            with_sign += count
        right += bool(word or _BARE.fullmatch(text)) * count
    enough = with_sign >= _FEWEST and right >= _SHARE * total
    return cells.recoded(raw) if enough else None


def _marked(grid: Grid, place: int, legend: _Legend) -> Cells | None:
    """The words for a mark and for the blanks beside it; None where both are not told."""
    cells = grid.columns[place]
    if not legend.blank or not cells.texts:
        return None
    mark = _form(cells.texts[0])
    if mark not in legend.signs or any(_form(text) != mark for text in cells.texts):
        return None
    header = grid.headers[place]
    of_life = normal(header) == mark or recognise(header, place).column in _OF_LIFE
    if not of_life and (mark.isalnum() or mark == "+"):
        return None
    patients = 2 * grid.filled() > len([text for text in grid.headers if text])
    word = legend.signs[mark]
    return Cells.of(
        [
            word if code >= 0 else legend.blank if own else ""
            for code, own in zip(cells.codes.tolist(), np.asarray(patients).tolist(), strict=True)
        ]
    )
