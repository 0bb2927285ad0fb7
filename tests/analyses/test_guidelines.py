"""The items of guidelines: whole, and answered by facts that there are."""

import re

from lib.analyses import comparison, guidelines, protocol
from tests.conftest import studied

TARGET = [
    *("1a", "1b", "1c", "2", "3", "4", "5"),
    *(f"6{part}" for part in "abcdefgh"),
    *(f"7{part}" for part in "abcdef"),
    *("7g(i)", "7g(ii)", "7h(i)", "7h(ii)"),
    *map(str, range(8, 22)),
]
STROBE = [
    *("1a", "1b", "2", "3", "4", "5", "6a", "6b", "7", "8", "9", "10", "11"),
    *(f"12{part}" for part in "abcde"),
    *("13a", "13b", "13c", "14a", "14b", "14c", "15", "16a", "16b", "16c"),
    *map(str, range(17, 23)),
]


def test_every_item_of_both_guidelines_is_there_in_its_order():
    found = guidelines.items(set())
    assert [each.number for each in found if each.guideline == "TARGET"] == TARGET
    assert [each.number for each in found if each.guideline == "STROBE"] == STROBE
    assert all(each.where is None for each in found), "without a fact all are open"


def test_an_item_is_answered_by_all_that_it_needs_and_by_nothing_less():
    study = studied("registry")
    known = protocol.facts(study, comparison.of_arms(study), None, None)
    needed = {fact for each in guidelines.NEEDS.values() for fact in each}
    assert needed == {*known}
    for (guideline, number), needs in guidelines.NEEDS.items():
        for missing in needs:
            (item,) = [
                each
                for each in guidelines.items(needed - {missing})
                if (each.guideline, each.number) == (guideline, number)
            ]
            assert item.where is None, (guideline, number, missing)
    answered = [each for each in guidelines.items(needed) if each.where is not None]
    assert {(each.guideline, each.number) for each in answered} == {*guidelines.NEEDS}


def test_what_only_authors_know_stays_open_whatever_the_plan_and_file_hold():
    never = [each for each in guidelines.ASKS if each not in guidelines.NEEDS]
    said = " ".join(guidelines.ASKS[each] for each in never)
    for words in ("ethics", "registered", "Funding", "Conflicts", "Background", "Limits"):
        assert re.search(words, said)
