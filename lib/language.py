"""The visitor's language. Everything may import this leaf; it imports nothing of ours.

`_` words a string now; `N_` marks a template that is worded later, by `lib.text`, and declares the
code that logic and exports know it by.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LONGEST = 60  # signs of a cell or a header that a sentence shows
CATALOGUES = Path(__file__).parent / "locale"
language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("hepar", CATALOGUES, [code], fallback=True)


class Template(str):
    """A sentence or a name of ours, in English; text of a file is never one."""

    __slots__ = ()

    @property
    def code(self) -> str:
        """By what logic and exports know it, '' where none was declared."""
        return _CODES.get(self, "")


NOTHING = Template("")


def _(message: str) -> str:
    """Word a message in the visitor's language; nothing stays nothing."""
    return str(_catalogue(language.get()).gettext(message)) if message else ""


def worded(words: str) -> str:
    """Words in the visitor's language where they are ours, and as they stand in a file."""
    return _(words) if isinstance(words, Template) else words


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Word all that is worded within in one language, whatever the visitor's is."""
    before = language.set(code)
    try:
        yield
    finally:
        language.reset(before)


def ngettext(one: str, many: str, count: int) -> str:
    """Word a message that counts something, in the visitor's language."""
    return _catalogue(language.get()).ngettext(one, many, count)


def cut(words: str, longest: int = LONGEST) -> str:
    """A text of a file as long as a sentence can hold."""
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


_CODES: dict[str, str] = {}  # the code of each template that has one
_TEMPLATES: dict[str, str] = {}  # the template of each code


def N_(message: str, code: str = "") -> Template:  # noqa: N802  (gettext's own name)
    """Mark a template for translation and leave it as it is.

    `message`: the template, in English. `code`: by what logic, exports and tests know what is said,
    however it is worded. Raises `ValueError` if another template has this code, or this template
    another code.
    """
    if code and _CODES.setdefault(message, code) != code:
        raise ValueError(f"two codes of one template: {code}, {_CODES[message]}")
    if code and _TEMPLATES.setdefault(code, message) != message:
        raise ValueError(f"two templates of one code: {code}")
    return Template(message)


def template(code: str) -> Template:
    """The template that a code was declared for."""
    return Template(_TEMPLATES[code])


def code_of(message: str) -> str:
    """The code of a template, '' where none was declared."""
    return _CODES.get(message, "")
