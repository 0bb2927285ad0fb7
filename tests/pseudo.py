"""A language in which every word of ours stands in marks: ``⟦Overall survival⟧``.

Whatever is shown without them never went through the catalogue; whatever is asked for and is not
in it is a text of a file, or was put together before it was worded.
"""

import ast
import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import pytest

from lib import language
from lib.exhibits import guide
from tests.conftest import ROOT

MARKED = re.compile(r"⟦[^⟦⟧]*(⟧|…)")
"""Words in marks, which may have been cut."""


@cache
def msgids() -> frozenset[str]:
    """Every message that a catalogue would hold, as `xgettext` finds them."""
    found: set[str] = set()
    for folder in ("lib", "pages"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found |= set(_messages(path))
    for chapter in guide._manual("en"):  # prose, a file a language; one without reads it worded
        found |= set(chapter)
    return frozenset(found)


def _messages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "N_", "ngettext"):
            count = 2 if node.func.id == "ngettext" else 1
            for each in node.args[:count]:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


class Pseudo(gettext.NullTranslations):
    """The catalogue, which keeps what it was asked for and does not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: set[str] = set()

    def gettext(self, message: str) -> str:
        """The message in marks; the header of the catalogue for none, as with real ones."""
        if not message:
            return "Language: xx\nPlural-Forms: nplurals=3; plural=n%10;\n"
        if message not in msgids():
            self.unknown.add(message)
            return message
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The form of a number, in marks."""
        return self.gettext(one if n == 1 else many)


@contextmanager
def spoken() -> Iterator[Pseudo]:
    """Let every visitor read it, in whatever thread the page is made."""
    catalogue = Pseudo()
    plain = gettext.NullTranslations()
    with pytest.MonkeyPatch.context() as patch:
        spoken_by_all = ContextVar("language", default="xx")
        for place in (language, guide):
            patch.setattr(place, "language", spoken_by_all)
        patch.setattr(language, "_catalogue", lambda code: catalogue if code == "xx" else plain)
        yield catalogue


def outside(words: str) -> str:
    """What of a text is not in marks."""
    while MARKED.search(words):
        words = MARKED.sub(" ", words)
    return words
