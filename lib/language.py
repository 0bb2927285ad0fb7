"""The visitor's language. Everything may import this leaf; it imports nothing of ours.

`_` words a string now; `N_` marks a template that is worded later, by `lib.text`.
"""

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LONGEST = 60
"""Signs of a cell or a header that a sentence shows."""
CATALOGUES = Path(__file__).parent / "locale"
language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("hepar", CATALOGUES, [code], fallback=True)


def _(message: str) -> str:
    """Word a message in the visitor's language."""
    return _catalogue(language.get()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Word a message that counts something, in the visitor's language."""
    return _catalogue(language.get()).ngettext(one, many, count)


def cut(words: str, longest: int = LONGEST) -> str:
    """A text of a file as long as a sentence can hold."""
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def N_(message: str) -> str:  # noqa: N802  (gettext's own name)
    """Mark a template for translation and leave it as it is."""
    return message
