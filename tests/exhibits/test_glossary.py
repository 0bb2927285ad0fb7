"""One word a thing, and a plain sentence for each word that a reader may not know."""

import re

import pytest

from lib.exhibits import glossary
from tests import pseudo

REFUSED = {
    r"known (?:beforehand|at baseline)": "known before the first procedure",
    r"never kept": "not kept",
    r"drop(?:s|ped)": "left out, set aside",
    r"exclud(?:e|es|ed) (?:patients|rows|columns)": "left out",
    r"subjects?": "patient",
    r"(?<!complete )cases?": "patient",
    r"strat(?:um|a)": "group",
    r"metrics?": "endpoint",
    r"confidence (?:interval|limit)s?": "limits",
    r"not shown, fewer": "withheld",
    r"disclaimers?": "caution",
    r"alpha": "confidence",
    r"prompts?": "question",
}
"""What no message says, and what it says instead."""


def said():
    return [words for each in pseudo.messages() for words in each]


@pytest.mark.parametrize("refused", REFUSED)
def test_no_message_has_another_word_for_a_thing(refused):
    pattern = re.compile(rf"\b(?:{refused})\b", re.IGNORECASE)
    assert [words for words in said() if pattern.search(words)] == [], REFUSED[refused]


def test_every_term_is_used_and_told_in_one_sentence():
    ours = {words for each in glossary.TERMS for words in each}
    others = " ".join(words for words in said() if words not in ours).casefold()
    for term, plain in glossary.TERMS:
        assert term.casefold() in others, term
        assert plain.endswith(".") and plain.count(". ") == 0, plain
        assert len(plain) <= 100
    names = [term.casefold() for term, _plain in glossary.TERMS]
    assert len(names) == len(set(names)) == len(glossary.listed())
