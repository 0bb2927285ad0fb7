"""What guidelines of reporting ask, each item by its number, and whether it is answered.

The items stand in `guidelines.toml`, beside the facts of a study that answer them.
"""

import tomllib
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from lib.language import N_, Template

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_HYPHENS = str.maketrans("(", "-", ")")
ASKS = {
    (guideline, number): N_(each["asks"], f"{guideline}-{number}".lower().translate(_HYPHENS))
    for guideline, items in _LISTED.items()
    for number, each in items.items()
}
"""What each item asks, by its guideline and number."""
NEEDS = {
    (guideline, number): frozenset(each["needs"])
    for guideline, items in _LISTED.items()
    for number, each in items.items()
    if "needs" in each
}
"""The facts that together answer an item; one that is not here is for the authors to answer."""
_WORDS = {
    "table": N_("this protocol", "in-protocol"),
    "estimand": N_("the line of the estimand under the answer", "in-estimand"),
    "flow": N_("from rows to patients", "in-flow"),
    "captions": N_("the captions of figures and tables", "in-captions"),
    "cautions": N_("the cautions, and how the arms were observed", "in-cautions"),
    "table-1": N_("Table 1", "in-table-1"),
    "contrast": N_("the contrast and its table", "in-contrast"),
    "adjusted": N_("what is adjusted for, and its table", "in-adjusted"),
    "robustness": N_("the robustness of the contrast", "in-robustness"),
    "subgroups": N_("the subgroups, and the tests", "in-subgroups"),
    "endings": N_("how follow-up ended", "in-endings"),
    "not-matched": N_("nobody is matched", "in-nothing-matched"),
}
"""What answers an item."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a guideline asks a report to say, and whether a plan and a file answer it."""

    message: Template  # what is asked, an `N_` template
    guideline: str  # ``TARGET`` or ``STROBE``
    number: str  # as the guideline numbers it
    where: Template | None  # what answers it; None where it is open


def items(facts: Set[str]) -> tuple[Item, ...]:
    """Every item; one is answered where all that it needs is among the facts."""
    answered = {each for each, needs in NEEDS.items() if needs <= facts}
    return tuple(
        Item(
            asks,
            guideline,
            number,
            _WORDS[_LISTED[guideline][number]["where"]]
            if (guideline, number) in answered
            else None,
        )
        for (guideline, number), asks in ASKS.items()
    )
