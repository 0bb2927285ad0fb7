"""A language in which every word of ours stands in marks: ``⟦Overall survival⟧``.

Whatever is shown without them never went through the catalogue; whatever is asked for and is not
in it is a text of a file, or was put together before it was worded.
"""

import gettext
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import pytest

from lib import language
from lib.exhibits import guide
from tools import catalogue

MARKED = re.compile(r"⟦[^⟦⟧]*(⟧|…)")
"""Words in marks, which may have been cut."""


@cache
def messages() -> frozenset[tuple[str, ...]]:
    """Every message that a catalogue holds, and the manual, which a language may have as a file."""
    chapters = {(words,) for chapter in guide._manual("en") for words in chapter}
    return frozenset(catalogue.messages()) | chapters


def marked(words: str) -> str:
    """A message in marks, each of its lines for itself."""
    return "\n".join(f"⟦{line}⟧" for line in words.split("\n"))


def compiled() -> bytes:
    """The catalogue as `msgfmt` writes it, with the plural forms of Russian."""
    rule = "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2"
    header = f"Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural={rule};\n"
    pairs = {"": header}
    for one, *many in messages():
        forms = (one, *many, *many)
        pairs["\0".join((one, *many))] = "\0".join(marked(words) for words in forms)
    texts = [
        words.encode() for column in zip(*sorted(pairs.items()), strict=True) for words in column
    ]
    at, places = 28 + 8 * len(texts), b""
    for words in texts:
        places += struct.pack("<2I", len(words), at)
        at += len(words) + 1
    top = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
    return top + places + b"\0".join(texts) + b"\0"


class Asked(gettext.NullTranslations):
    """Keeps what the catalogue was asked for and does not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: set[str] = set()

    def gettext(self, message: str) -> str:
        """The message as it is."""
        self.unknown.add(message)
        return message


@contextmanager
def spoken(folder: Path) -> Iterator[Asked]:
    """Install the catalogue, and let every visitor read it, in whatever thread the page is made."""
    file = folder / "xx" / "LC_MESSAGES" / "hepar.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(compiled())
    asked, everybodys = Asked(), ContextVar("language", default="xx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "CATALOGUES", folder)
        patch.setattr(language, "language", everybodys)
        language._catalogue.cache_clear()
        language._catalogue("xx").add_fallback(asked)
        yield asked
    language._catalogue.cache_clear()


def outside(words: str) -> str:
    """What of a text is not in marks."""
    while MARKED.search(words):
        words = MARKED.sub(" ", words)
    return words
