"""Raw cells to the levels of a column, by the words of its vocabulary."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from lib import vocabulary
from lib.ingest.cells import DASHES, Problem, Read, is_missing, is_plain, normal, whole
from lib.ingest.reader import Cell
from lib.schema import Column, ask_words, level_words

_LOOKALIKE = str.maketrans("АВЕКМНОРСТХаевкмнорстху", "ABEKMHOPCTXaebkmhopctxy")
_TO_CYRILLIC = str.maketrans("abekmhopctxy", "авекмнорстху")
_SPLIT = re.compile(
    r"\s*[,;]?\s+(?:а?\s*затем|потом|после|then|followed by|dann|puis|poi|luego|depois)\s+"
    r"|\s*(?:[+/,;&→]|-?>)\s*|\s+(?:и|and|und|et|y|e)\s+"
)
_TWICE = 2
_INITIALS = re.compile(r"[^\W\d_](?:\s?[./]\s?[^\W\d_]|\s[^\W\d_])+\.?")
_OR = re.compile(r"\s+(?:and/or|и/или|или|либо|or)\s+|\s*/\s*")
_COUNTED = re.compile(
    r"\s*(?:\(\s*[x×х№n]?\s*\d+\s*\)|[x×х№]\s*\d+|\b\d+\s*(?:курс\w*|раза?|cycles?))"
)
"""How often a modality was given, written behind it."""
_ABBREVIATED = re.compile(r"([^()\[\]]*[^\W\d_]{4}[^()\[\]]*?)\s*[(\[]\s*([A-ZА-Я-]{2,9})\s*[)\]]")
"""Words, and in brackets behind them the abbreviation that they are known by."""
_REST = re.compile(r"\s*[(\[,;].*$|\s+[-–—]\s.*$", re.DOTALL)
DOUBTFUL = "?"
"""In the place of a level: the header leaves open which one the text means, and it is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The words of a column's levels, in the form in which they are compared."""

    column: Column
    words: Mapping[str, str]
    ask: frozenset[str]
    codes: frozenset[str]

    @property
    def accepted(self) -> tuple[tuple[str, str], ...]:
        """The codes that a cell may have, as a finding names them."""
        return (("accepted", ", ".join(level.code for level in self.column.levels)),)

    def find(self, text: str) -> str:
        """Find the level that a text means, '' if none."""
        bare = normal(text)
        known = self.words.get(bare) or self.words.get(text)
        if known or is_plain(bare):  # no number is said in any other way
            return known or self.words.get(whole(bare), "")
        if known := self.words.get(normal(bare.replace(".", " "))):  # `част. ответ`
            return known
        if _INITIALS.fullmatch(bare) and not is_missing(text):  # `ч/о`, `s.d.`
            return self.words.get("".join(filter(str.isalpha, bare)), "")
        return self._coded(bare) or self._split(bare) or self._either(bare) or self._repeated(bare)

    def _repeated(self, bare: str) -> str:
        """Read ``hai chemoperfusion``, every word of which means the same level."""
        words = re.findall(r"[^\W\d_]{2,}", bare)
        if len(words) < _TWICE or not all(word.isalpha() or word in " -/(),." for word in bare):
            return ""
        levels = {self.words.get(word, "") for word in words}
        level = levels.pop() if len(levels) == 1 else ""
        return level if level in self.codes else ""

    def _coded(self, bare: str) -> str:
        """Read ``1:Recurred`` by the number before the colon."""
        code, colon, _words = bare.partition(":")
        said = self.column.kind == "flag" and colon and code.strip() in ("0", "1")
        return self.words.get(code.strip(), "") if said else ""

    def _either(self, bare: str) -> str:
        """Read ``progression or death``, where each of the words means the same level."""
        parts = {self.words.get(part.strip(), "") for part in _OR.split(bare)}
        return parts.pop() if len(parts) == 1 else ""

    def _split(self, bare: str) -> str:
        """Read ``hai + tace`` in any order and with any sign between them."""
        if "BOTH" not in self.codes or not _SPLIT.search(bare):
            return ""
        plain = _COUNTED.sub("", bare)
        parts = {self.words.get(part.strip(), "?") for part in _SPLIT.split(plain)}
        rolled = {"TACE" if part == "DEB_TACE" else part for part in parts}
        if rolled == {"HAI", "TACE"}:
            return "BOTH"
        return parts.pop() if len(parts) == 1 and "?" not in parts else ""


@cache
def known_words(column: Column) -> Vocabulary:
    """Collect the words of a column, once."""
    words: dict[str, str] = {}
    for word, code in level_words(column).items():
        words.setdefault(word if word in DASHES else normal(word), code)
        words.setdefault(word, code)
    words.pop("", None)
    asks = frozenset(word if word in DASHES else normal(word) for word in ask_words(column))
    return Vocabulary(column, words, asks, frozenset(level.code for level in column.levels))


def as_latin(text: str) -> str:
    """A text with Latin letters for the Cyrillic ones that look the same."""
    return text.translate(_LOOKALIKE)


def folded(text: str, words: Mapping[str, str]) -> str:
    """Find a word typed with letters of the other alphabet that look the same, '' if none."""
    # Cyrillic letters are taken for Latin ones where a known word comes out, and Latin ones for
    # Cyrillic only beside a Cyrillic letter: `CT` is a scan and not `СТ`, stable disease.
    bare = normal(text)
    latin = as_latin(bare)
    if latin != bare and latin.isascii() and latin in words:
        return words[latin]
    cyrillic = bare.translate(_TO_CYRILLIC)
    if cyrillic != bare and re.search("[а-я]", bare) and cyrillic in words:
        return words[cyrillic]
    return ""


def read_level(column: Column, chosen: Mapping[str, str]) -> Callable[[str, Cell], Read]:
    """Make a reader of levels; `chosen` holds what the visitor said that a text means."""
    known = known_words(column)

    def read(text: str, cell: Cell) -> Read:
        if text in chosen:
            doubtful = chosen[text] == DOUBTFUL
            return _ambiguous(known, text) if doubtful else Read(chosen[text] or None)
        bare = "-" if text in DASHES else normal(text)
        if bare in known.ask and text not in known.codes:  # BOTH is the template's own word
            return _ambiguous(known, text)
        if code := known.find(text):
            return _level(known, code)
        if is_missing(text):
            return Read(None, Problem("note", "no-value"))
        if code := folded(text, known.words):
            return Read(code, Problem("note", "lookalike", (("read", code),)))
        code, rest = leading(known, text)
        if code:
            return Read(code, Problem("note", "leading", (("read", code), ("rest", rest))))
        return _unknown(known, whole(text))

    return read


def _level(known: Vocabulary, code: str) -> Read:
    if code == "died" and code not in known.codes:
        return Read("PD", Problem("warning", "death-as-pd"))
    return Read(code)


def leading(known: Vocabulary, text: str) -> tuple[str, str]:
    """Read ``SD (CT 12.03)`` by what stands before the bracket, or by a code that comes first."""
    # Returns the level and the rest of the cell, both '' where it does not begin with a level, or
    # where the rest names another: ``HAI, then TACE``.
    if "?" in text or len(text) > _LONGEST:
        return "", ""
    if abbreviated := _ABBREVIATED.fullmatch(text):
        code, rest = known.find(abbreviated[2]), abbreviated[1]
        if code in known.codes and not _named(known, rest) - {code}:
            return code, rest
    for start in _starts(known, text):
        code = known.find(start) or folded(start, known.words)
        rest = _remainder(text, start)
        if code not in known.codes:
            continue
        others = _named(known, rest) - {code}
        if _narrower(known, text[len(start) :].lstrip(), code, others):
            return "DEB_TACE", rest
        if not others:
            return code, rest
    code = _among(known, text)
    return (code, text) if code else ("", "")


def _among(known: Vocabulary, text: str) -> str:
    """Read `DEB-TACE irinotecan x2, then HAI FOLFOX`: the modalities among other words."""
    # '' where a word speaks against one that is named, as of what was planned or done before, or
    # where two are named without a sign that both were given.
    outside = _BRACKETED.sub(" ", text)
    parts = [normal(part) for part in _SPLIT.split(normal(outside))]
    words = [word for part in parts for word in part.split()]
    if "BOTH" not in known.codes or len(words) > _MOST_WORDS or _AGAINST.search(normal(text)):
        return ""
    found = [_within(known, part) for part in parts]
    inside = [_within(known, normal(each)) for each in _BRACKETED.findall(text)]
    kinds = {"DEB_TACE" if each == _KIN else "".join(each) for each in found if each}
    if any(len(each) > 1 and each != _KIN for each in found) or not kinds:
        return ""
    if not set().union(*inside) <= kinds:
        return ""
    if len(kinds) > 1:
        return "BOTH" if kinds in ({"HAI", "TACE"}, {"HAI", "DEB_TACE"}) else ""
    return kinds.pop() if kinds <= known.codes else ""


def _within(known: Vocabulary, part: str) -> set[str]:
    """The levels that words or phrases of a text mean; `?` for one that may mean several."""
    words, place = part.split(), 0
    found: set[str] = set()
    while place < len(words):
        for end in range(min(len(words), place + _PHRASE), place, -1):
            phrase = " ".join(words[place:end]).strip("()[]:.")
            code = "?" if phrase in known.ask else known.words.get(phrase, "")
            if code in known.codes or code == "?":
                found.add(code)
                place = end - 1
                break
        place += 1
    return found


_MOST_WORDS, _PHRASE = 12, 4
"""Words of the longest text that is no prose, and of the longest name of a modality."""
_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_WORDS_AGAINST = "|".join(
    re.escape(word).replace(r"\*", r"\w*") for word in vocabulary.words("modality", "against")
)
_AGAINST = re.compile(rf"(?<!\w)(?:{_WORDS_AGAINST})(?!\w)")
"""What says that a modality was not given, was given before, or is asked."""


def _narrower(known: Vocabulary, after: str, code: str, others: Set[str]) -> bool:
    """Whether a remark says the kind: ``TACE (DEB)``, ``TACE DC Bead``; ``TACE, DEB`` is two."""
    if after.startswith(("(", "[")) and {code, *others} == _KIN:
        return True
    return not after.startswith((",", ";")) and {code, known.find(_remainder(after, ""))} == _KIN


_LONGEST = 500  # signs up to which a cell may be a level with a remark
_KIN = {"TACE", "DEB_TACE"}
"""The second is a kind of the first: of both, one a remark on the other, the narrower is meant."""


def likely(column: Column, text: str, others: Collection[str]) -> str:
    """The level that an unknown text most likely means, '' where nothing is near."""
    # `others`: the levels that the other values of its column mean: beside chemoinfusion and
    # without chemoembolization, plain embolization is likely the latter.
    known = known_words(column)
    bare = normal(text)
    if bare in known.ask:
        doubted = known.find(text)
        plain = doubted == "TAE" and not {"TACE", "DEB_TACE"} & set(others)
        return "TACE" if plain else doubted if doubted in known.codes else ""
    said = {known.words.get(word, "") for word in (bare, *re.findall(r"[^\W_]{3,}", bare))} - {""}
    if len(said) == 1 and said <= known.codes:
        return said.pop()
    if said or len(bare) < _NEAR_LETTERS:
        return ""
    near = get_close_matches(bare, [word for word in known.words if len(word) > 2], 1, _NEAR)
    level = known.words[near[0]] if near else ""
    return level if level in known.codes else ""


_NEAR, _NEAR_LETTERS = 0.75, 4


def _starts(known: Vocabulary, text: str) -> Iterator[str]:
    """What may be the level at the beginning of a cell, the rest being a remark."""
    cut = _REST.sub("", text)
    if cut not in ("", text):
        yield cut
    if match := _BEFORE_NUMBERS.fullmatch(text):
        yield match[1]
    if known.column.words in _OF_LIFE:
        yield from (word for word in _FIRST_WORD.findall(text) if normal(word) in _LIFE)
    start = text.split(" ", 1)[0]
    word = as_latin(start.upper())
    coded = word in known.codes and len(word) > 1
    if start != text and (coded or (start.isupper() and len(start) > _ABBREVIATION)):
        yield start


_LIFE = frozenset(
    normal(word) for words in vocabulary.section("levels", "status").values() for word in words
)
"""Words of life and death: what begins with one is a phrase that says which."""
_OF_LIFE = ("status", "death_event")
_FIRST_WORD = re.compile(r"^[^\W\d_]{3,}")
_BEFORE_NUMBERS = re.compile(r"(.*[^\W\d_])\s+[\W\d_]+")
_ABBREVIATION = 2  # letters of capitals that may begin a sentence as well: `ПО КТ`, by CT


def _named(known: Vocabulary, rest: str) -> set[str]:
    """The levels that a remark has words for; short ones only in capitals: `по` is no CR."""
    found = {
        known.words.get(normal(word)) or folded(word, known.words)
        for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", rest)
        if word.isupper() or len(word) > _ABBREVIATION + 1
    }
    return found & known.codes


def _remainder(text: str, start: str) -> str:
    rest = text[len(start) :].strip(" ,;-–—")
    bracketed = re.fullmatch(r"[(\[]([^()\[\]]*)[)\]]", rest)
    return bracketed[1].strip() if bracketed else rest


def _ambiguous(known: Vocabulary, text: str) -> Read:
    if known.column.words == "modality":
        return Read(text, Problem("warning", "levels-ask-kept", known.accepted))
    return Read(None, Problem("error", "levels-ask-empty", known.accepted))


def _unknown(known: Vocabulary, text: str) -> Read:
    """A modality is kept, for any two arms can be compared; of the rest only levels are known."""
    if known.column.words == "modality":
        return Read(text, Problem("warning", "own-level", known.accepted))
    return Read(None, Problem("error", "not-a-level", known.accepted))
