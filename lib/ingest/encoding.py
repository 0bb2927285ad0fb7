"""Bytes to text: the encoding that a file is in, and what an earlier wrong one did to it."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lib.cohort import CohortError
from lib.ingest.sentences import sentence
from lib.schema import SYNONYMS

REPLACED = "\ufffd"  # what stands for bytes that are no text
ZERO = "\x00"
_BETWEEN = "\x1e"
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CYRILLIC = ("cp1251", "cp866", "koi8-r")
_SAMPLED = 200_000
_START = 4096
_NOISE = 0.08  # share of signs that no text has, from which a file is none
_WIDE = 0.8
"""Share of every second byte that Latin and Russian letters have alike, where two make a sign."""
_HEADER_WORDS = frozenset(
    word
    for names in SYNONYMS.values()
    for name in names
    for word in re.findall(r"[а-яё]{3,}", name.casefold())
)
_BIGRAMS = re.compile("ст|но|то|на|ен|ов|ни|ра|во|ко|пр|ер|ро|ре|ие")
_IS_RUSSIAN = 0.5  # measure from which signs beyond ASCII are Russian; see `_russian`
_TWICE = 2  # letters beyond ASCII from which a text may have been encoded twice
_UNICODE_READ_AS = ("cp1251", "cp1252", "latin-1", "cp866", "koi8-r")
_LAST_LETTER, _PRINTED = "\u052f", re.compile("[\u2000-\u22ff\ufffd]")
"""The last letter that is Latin, Greek or Cyrillic, and signs of print: all others are chance."""
_MOSTLY_RIGHT = 3
"""Letters that come out right for each that does not, where a text was encoded twice."""
_RECOGNISED = 0.1  # share of a text's words that headers are made of
_ESCAPED = re.compile(r"<U\+([0-9A-F]{4,6})>")  # how R writes a letter that its encoding lacks
_CAPITAL_I = re.compile("(?<=[РС])[\ufffd\x98]")
"""The half of a letter for which Windows' Cyrillic code page has no sign."""


class Decoded(NamedTuple):
    """The text of a file."""

    text: str  # bytes that are no text are `REPLACED`, and those that are 0 stay
    wrongly: str  # the encoding that it had been read in by mistake, '' for none
    page: str  # the encoding of the lines that are not in UTF-8 as the others are, '' for none


def decode(data: bytes) -> Decoded:
    """The text of a file."""
    # Raises `CohortError` if the bytes are no text, or letters of it are lost.
    whole, page = _decoded(data)
    return Decoded(*_mended(_checked(whole)), page)


def mended(texts: Sequence[str]) -> tuple[Sequence[str], str]:
    """Texts as they were meant, and the encoding in which they were read by mistake."""
    # Raises `CohortError` if letters of them are lost.
    whole, wrongly = _mended(_BETWEEN.join(texts))
    return (whole.split(_BETWEEN), wrongly) if wrongly else (texts, "")


def of_blocks(blocks: Iterable[bytes]) -> str:
    """The encoding of a file that is read a block at a time; '' where lines are in several."""
    decoder, first, several = getincrementaldecoder("utf-8")(), True, False
    for block in blocks:
        if first and (wide := _marked(block)):
            return wide
        first = False
        if block.isascii() and not decoder.getstate()[0]:
            continue
        try:
            several |= not decoder.decode(block).isascii()
        except UnicodeDecodeError as wrong:
            if several or not wrong.object[: wrong.start].isascii():
                return ""
            lines = [line for line in block.splitlines(keepends=True) if not line.isascii()]
            return _page(b"".join(lines)) or "cp1252"
    return "" if decoder.getstate()[0] else "utf-8"


def _marked(data: bytes) -> str:
    """The encoding that a file begins to be in, of those with several bytes a sign; '' for none."""
    marked = (name for mark, name in _BOMS if data.startswith(mark) and name != "utf-8-sig")
    return next(marked, "") or _wide(data[:_START])


def _decoded(data: bytes) -> tuple[str, str]:
    if wide := _marked(data):
        return data.decode(wide, errors="replace"), ""
    data = data.removeprefix(_BOMS[0][0])
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return _by_lines(data) or (_mixed(data) or _narrow(data), "")


def _checked(text: str) -> str:
    """Refuse what decodes but is no text."""
    start = text[:_START].replace(ZERO, "")
    noise = sum((sign < " " and sign not in "\t\r\n") or sign == REPLACED for sign in start)
    if noise > _NOISE * len(start):
        raise CohortError(sentence("not-a-table"))
    return text


def _wide(start: bytes) -> str:
    """The encoding of four or of two bytes a sign without a mark of their order; '' for none."""
    # The higher bytes of Latin letters are 0, the last but one of Russian ones is 4.
    for name, zeros in (("utf-32-be", start[::4]), ("utf-32-le", start[3::4])):
        beside = start[1::4] if name == "utf-32-be" else start[2::4]
        if len(zeros) == zeros.count(0) and beside.count(0) > _WIDE * len(beside):
            return name
    for name, high, low in (
        ("utf-16-be", start[::2], start[1::2]),
        ("utf-16-le", start[1::2], start[::2]),
    ):
        if high.count(0) + high.count(4) > _WIDE * len(high) and low.count(0) < _NOISE * len(low):
            return name
    return ""


def _by_lines(data: bytes) -> tuple[str, str] | None:
    """Russian text of which some lines are in UTF-8 and all others in one code page."""
    lines = data.splitlines(keepends=True)
    read = [_utf_8(line) for line in lines]
    if _russian("".join(line for line in read if line)[:_SAMPLED]) <= _IS_RUSSIAN:
        return None
    others = b"".join(line for line, text in zip(lines, read, strict=True) if text is None)
    page = _page(others)
    if not page:
        return None
    return "".join(
        line.decode(page, "replace") if text is None else text
        for line, text in zip(lines, read, strict=True)
    ), page


def _utf_8(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _mixed(data: bytes) -> str:
    """UTF-8 with some bytes that are none; '' where most of those beyond ASCII are not."""
    text = data.decode("utf-8", errors="replace")
    wrong = len(re.findall(f"{REPLACED}+", text))
    right = sum(sign > "\x7f" and sign != REPLACED for sign in text)
    return text if right >= wrong else ""


def _narrow(data: bytes) -> str:
    """A text in a code page: the Cyrillic one that makes it Russian, else Latin-1."""
    return data.decode(_page(data) or "cp1252", errors="replace")


def _page(data: bytes) -> str:
    """The Cyrillic code page in which most signs look like Russian; '' for none."""
    start = data[:_SAMPLED]
    scores = {encoding: _russian(start.decode(encoding, "replace")) for encoding in _CYRILLIC}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > _IS_RUSSIAN else ""


def _russian(text: str) -> float:
    """How Russian the signs beyond ASCII are: by words of headers, then by letters."""
    # Code pages swap the case of each other's letters, so that a file of capitals looks like small
    # letters in the wrong one; its headers do not.
    beyond = sum(sign > "\x7f" for sign in text)
    words = re.findall(r"\b[А-Яа-яЁё]{2,}\b", text)
    if not words:
        return 0.0
    lower = sum(sum("а" <= sign <= "я" for sign in word) for word in words)
    common = sum(len(_BIGRAMS.findall(word)) for word in words)
    return float((lower + common) / beyond + 10 * _known(words))


def _known(words: list[str]) -> float:
    return sum(word.casefold() in _HEADER_WORDS for word in words) / max(len(words), 1)


# Text that was once read in a wrong encoding ----------------------------------------------------


def _mended(text: str) -> tuple[str, str]:
    meant, wrongly = _as_meant(text)
    unescaped = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), meant)
    return unescaped, wrongly or ("R" if unescaped != meant else "")


def _as_meant(text: str) -> tuple[str, str]:
    """A text as it was meant, and the encoding in which it was read by mistake, '' for none."""
    if sum(sign > "\x7f" for sign in text[:_SAMPLED]) < _TWICE:
        return text, ""
    for wrongly in _UNICODE_READ_AS:
        if (meant := _as_unicode(text, wrongly)) is not None:
            return _unless_lost(meant, wrongly)
    wrongly, encoding = _as_russian(text[:_SAMPLED])
    whole = _bytes(text, wrongly) if wrongly else None
    if whole is None:
        return text, ""
    return _unless_lost(whole.decode(encoding, "replace"), wrongly)


def _unless_lost(meant: str, wrongly: str) -> tuple[str, str]:
    if REPLACED in meant:
        raise CohortError(sentence("lost"), encoding=wrongly)
    return meant, wrongly


def _bytes(text: str, encoding: str) -> bytes | None:
    """The bytes that gave a text, those without a sign in the encoding as they are."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        pass
    found = bytearray()
    for sign in text:
        try:
            found += sign.encode(encoding)
        except UnicodeEncodeError:
            if not "\x80" <= sign <= "\x9f":
                return None
            found.append(ord(sign))
    return bytes(found)


def _as_unicode(text: str, encoding: str) -> str | None:
    """Mend UTF-8 that was read as something else: hardly any other text has bytes of its form."""
    start = _unicode(text[:_SAMPLED], encoding)
    wrong = len(re.findall(f"{REPLACED}+", start))
    wrong += sum(sign > _LAST_LETTER and not _PRINTED.match(sign) for sign in start)
    right = sum(sign > "\x7f" and sign != REPLACED for sign in start)
    meant = right >= _TWICE and right > _MOSTLY_RIGHT * wrong
    return _unicode(text, encoding) if meant else None


def _unicode(text: str, encoding: str) -> str:
    if encoding == "cp1251":
        text = _CAPITAL_I.sub("\x98", text)
    whole = _bytes(text.replace(REPLACED, "?"), encoding) or b""
    unbroken = re.sub(rb"(?<=[\xd0\xd1]) ", b"\xa0", whole)  # a space that should not break
    return unbroken.decode("utf-8", errors="replace")


def _as_russian(start: str) -> tuple[str, str]:
    """The code page that a text was read as by mistake, and its own, by the words of headers."""
    # Both are '' where the text has such words as it is, or never does.
    best, ways = _RECOGNISED, ("", "")
    if _known(_words(start)):
        return ways
    for wrongly in ("cp1252", "latin-1", *_CYRILLIC):
        data = _bytes(start, wrongly)
        for encoding in _CYRILLIC if data else ():
            words = _words((data or b"").decode(encoding, "replace"))
            if wrongly != encoding and len(words) >= _TWICE and _known(words) > best:
                best, ways = _known(words), (wrongly, encoding)
    return ways


def _words(text: str) -> list[str]:
    return re.findall(r"\b[А-Яа-яЁё]{2,}\b", text)
