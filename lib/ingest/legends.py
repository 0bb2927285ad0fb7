"""What a header says of its codes: ``Death (1=yes)``, ``Статус (0 - жив)``, ``OS.CNSR``."""

import re
from collections.abc import Sequence

from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.levels import vocabulary
from lib.ingest.wording import about
from lib.schema import Column
from lib.vocabulary import words as words_of

Coding = tuple[tuple[str, str], ...]
"""Pairs of a cell's text and the level that it means."""

_CODE = r"\d|[+\-–]"
_CODE_FIRST = re.compile(rf"({_CODE})\s*[=:–—-]\s*([^\d=:;,/|]+)")
_WORD_FIRST = re.compile(rf"([^\d=:;,/|()]+?)\s*[=:–—-]\s*({_CODE})(?!\w)")
_PAREN = re.compile(rf"([^\d()/,;:=]+?)\s*[(\[]\s*({_CODE})\s*[)\]]")
_NAMED = re.compile(r"([^\W\d_][^\d]*?)[\s_]+(\d)(?=[\s_]|$)")
_HAPPENED = {"yes": "dead", "no": "alive"}
_OPPOSITE = {"yes": "no", "no": "yes", "dead": "alive", "alive": "dead", "M": "F", "F": "M"}
_YES = frozenset(
    ("1", "yes", "y", "true", "да", "+", "есть", *map(normal, words_of("layout", "checked")))
)
_NOT = frozenset(words_of("layout", "not"))
_NO = frozenset(("0", "no", "n", "false", "нет", "-", "–"))


def coding(text: str, column: Column, cells: Cells) -> Coding:
    """The levels that a header says its codes mean; empty where it says nothing of them.

    Parameters
    ----------
    text : str
        The header.
    column : Column
        What the header means.
    cells : Cells
        What stands under it: only codes that it holds are told, and of two codes the second is
        what the first is not.
    """
    if not column.levels:
        return ()
    there = {each for each in cells.texts if not is_missing(each) or each in _NO}
    said = {code: level for code, level in _said(text, column) if code in there}
    if not said:
        said = {each: level for each in there if (level := _by_name(text, column, normal(each)))}
    others = there - set(said)
    if len(said) == len(others) == 1 and (level := _OPPOSITE.get(next(iter(said.values())), "")):
        said |= dict.fromkeys(others, level)
    return tuple(sorted(said.items()))


def _said(text: str, column: Column) -> Sequence[tuple[str, str]]:
    """The pairs of a code and the level of its word, read in the first order that tells any.

    One order alone: in `1 - CR, 2 - PR` the 2 stands behind CR as well.
    """
    named = _NAMED.findall(text)
    orders = (
        _CODE_FIRST.findall(text),
        [(code, word.split("(")[-1]) for word, code in _WORD_FIRST.findall(text)],
        [(code, word) for word, code in _PAREN.findall(text)],
        [(code, word) for word, code in named] if len(named) > 1 else [],
    )
    for pairs in orders:
        if said := [(code, level) for code, word in pairs if (level := level_said(word, column))]:
            return said
    return ()


def level_said(words: str, column: Column, exactly: bool = False) -> str:
    """The level that words of a legend mean, by the vocabulary, else by what they are about.

    Parameters
    ----------
    words : str
    column : Column
    exactly : bool
        Whether only the vocabulary tells.
    """
    known = vocabulary(column)
    word = words.strip(" _.,;()")
    level = known.find(word) or known.find(word.split("_")[0])
    if level in known.codes:
        return level
    denied = not _NOT.isdisjoint(normal(word).split())
    named, codes = frozenset() if exactly or denied else about(word), known.codes
    for concept, meant in (("alive", "no"), ("censor", "no"), ("death", "yes")):
        if concept in named:
            return meant if meant in codes else {**_HAPPENED}.get(meant, "")
    return ""


def _by_name(text: str, column: Column, code: str) -> str:
    """What a code means under a header that is about the opposite of the field's event.

    ``CNSR`` is 0 where the event happened; ``alive`` and ``male`` are 1 where they hold.
    """
    holds = code in _YES or (False if code in _NO else None)
    if holds is None or (holds is False and code not in _NO):
        return ""
    named = about(text)
    if "censor" in named and column.kind == "flag":
        return "no" if holds else "yes"
    if "alive" in named and "death" not in named:
        if column.name == "vital_status":
            return "alive" if holds else "dead"
        if column.kind == "flag":
            return "no" if holds else "yes"
    if column.name == "vital_status" and "death" in named and "alive" not in named:
        return "dead" if holds else "alive"
    if column.name == "sex" and len({"male", "female"} & named) == 1:
        return "M" if holds == ("male" in named) else "F"
    return ""
