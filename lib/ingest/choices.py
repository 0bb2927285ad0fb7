"""Columns that are the choices of one question: ``treatment___hai``, ``Treatment (choice=HAI)``."""

import re
from typing import NamedTuple

from lib import vocabulary

_WORD = "|".join(vocabulary.words("layout", "choice"))
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(.+?)_{2,3}(\w+)",
        rf"(.+?)\s*\(\s*(?:{_WORD})\s*=\s*(.+?)\s*\)",
        r"(.+?)\s*\[\s*([^\[\]]+?)\s*\]",
        r"(.+?)\s*[:=|]\s*([^:=|]+)",
        r"(.+?)\s+[-–—/]\s+(.+)",
        r"(.+?)[./]([^./\s]+)",
    )
)
"""How REDCap, survey forms and statistics programs call such a column."""


class Choice(NamedTuple):
    """A column of a choice: the question, and the choice."""

    stem: str
    code: str


def choice_of(header: str) -> Choice | None:
    """The question and the choice that a header names, None where it has not the form of one."""
    for form in _FORMS:
        if match := form.fullmatch(header.strip()):
            return Choice(match[1].strip(), match[2].strip())
    return None
