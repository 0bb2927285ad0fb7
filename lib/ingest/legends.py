"""What a header says of its codes: ``Death (1=yes)``, ``Статус (0 - жив)``, ``OS.CNSR``."""

import re
from collections.abc import Iterator, Mapping, Sequence

from lib import vocabulary
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.levels import DOUBTFUL, known_words
from lib.ingest.wording import about, denies, wording
from lib.schema import Column

Coding = tuple[tuple[str, str], ...]
"""Pairs of a cell's text and its level; '' for none, `DOUBTFUL` where that is asked."""

_CODE = r"\d|[+\-–]"
_CODE_FIRST = re.compile(rf"({_CODE})\s*[=:–—-]\s*([^\d=:;,/|]+)")
_ANOTHER = r"\s*[/,|-]\s*\d\b(?!\s*[=:–—-])"
"""What follows a code where codes are only listed: `Censored: 0/1`."""
_WORD_FIRST = re.compile(rf"([^\d=:;,/|()]+?)\s*[=:–—-]\s*({_CODE})(?!\w|{_ANOTHER})")
_PAREN = re.compile(rf"([^\d()/,;:=]+?)\s*[(\[]\s*({_CODE})\s*[)\]]")
_NAMED = re.compile(r"([^\W\d_][^\d]*?)[\s_]+(\d)(?=[\s_]|$)")
_LISTED = re.compile(r"(?:^|[\s,;/|])(\d)\s+([^\W\d_][^\d,;/|]*)")
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


def coding(text: str, column: Column, cells: Cells) -> Coding:
    """The levels that a header says its codes mean; empty where it says nothing of them."""
    # `text`: the header. `column`: what the header means. `cells`: what stands under it: only codes
    # that it holds are told, and of two codes the second is what the first is not.
    there = {each for each in cells.texts if not is_missing(each) or each in _NO}
    unknown = {code: "" for code in _unknown(text) if code in there}
    if not column.levels:
        return tuple(sorted(unknown.items()))
    there -= set(unknown)
    said = {code: level for code, level in _said(text, column) if code in there}
    if not said:
        said = {each: level for each in there if (level := _by_name(text, column, normal(each)))}
    others = there - set(said)
    if len(said) == len(others) == 1 and (level := _OPPOSITE.get(next(iter(said.values())), "")):
        said |= dict.fromkeys(others, level)
    if _is_doubtful(text, column, said):
        said = dict.fromkeys(there, DOUBTFUL)
    return tuple(sorted((said | unknown).items()))


def _unknown(text: str) -> Iterator[str]:
    """The codes that a header says mean that nothing is known: `CEA (-9 = missing)`."""
    turned = [(code, word) for word, code in _UNKNOWN_FIRST.findall(text)]
    for code, word in (*_UNKNOWN.findall(text), *turned):
        if is_missing(word.strip(" .,;")):
            yield code


def _is_doubtful(text: str, column: Column, said: Mapping[str, str]) -> bool:
    """Whether a header leaves open which of two codes means that the event happened."""
    # It gives both one meaning; or it is about those to whom nothing happened and its codes are 1
    # and 2, of which either may say yes.
    if column.kind != "flag" and column.name != "vital_status":
        return False
    if len(said) == 2 and len(set(said.values())) == 1:
        return True
    return set(said) == {"1", "2"} and not _said(text, column) and _is_turned(text)


def _said(text: str, column: Column) -> Sequence[tuple[str, str]]:
    """The pairs of a code and the level of its word, read in the first order that tells any."""
    # One order alone: in `1 - CR, 2 - PR` the 2 stands behind CR as well.
    named, listed = _NAMED.findall(text), _listed(text)
    orders = (
        _CODE_FIRST.findall(text),
        [(code, word.split("(")[-1]) for word, code in _WORD_FIRST.findall(text)],
        [(code, word) for word, code in _PAREN.findall(text)],
        listed,
        [(code, word) for word, code in named] if len(named) > 1 and not listed else [],
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
    """Codes and words side by side in brackets, whichever comes first: `OS status (censored 1)`."""
    legend = wording(text).legend
    if legend[:1].isdigit():
        return _LISTED.findall(legend)
    return [(code, word) for word, code in _NAMED.findall(legend)]


def level_said(words: str, column: Column, exactly: bool = False, header: str = "") -> str:
    """The level that words of a legend mean, by the vocabulary, else by what they are about."""
    # `exactly`: whether only the vocabulary tells. `header`: of what yes and no are said: `Censored
    # (1=yes, 0=died)`.
    known = known_words(column)
    word = words.strip(" _.,;()")
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
