"""A header as words: what it is about, what stands in brackets behind it, which fields it may mean.

A header is cut at spaces, case changes, digits and underscores. Each word, or phrase, is about a
concept of `lib/vocabulary`; a field is a pattern of concepts (`fields.toml`). A word that no
pattern explains makes a header only near to a field.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from lib import vocabulary
from lib.ingest.cells import normal
from lib.ingest.numbers import UNIT_WORDS
from lib.ingest.texts import of_text

_PHRASE = 4  # words of the longest phrase
_ABBREVIATION = 4  # letters of the shortest abbreviation of a known word
_PART = 3  # letters of the shortest word that may be written to another
_LONGEST = 120  # signs beyond which a text is no header to be cut into words
_JOINED = re.compile(
    r"(?<=[A-ZА-ЯЁ]{2})(?=(?:time|months?|mo|days?|weeks?|years?|status|event|date|id)(?![a-z]))"
)
"""Between an abbreviation and a word written to it: `OSmonth`, `OStime`."""
_CASE = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[A-ZА-ЯЁ])(?=[A-ZА-ЯЁ][a-zа-яё]{2})")
_DIGIT = re.compile(r"(?<=[^\W\d_]{2})(?=\d)|(?<=\d)(?=[^\W\d_]{2})")
_BRACKET = re.compile(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]\s*")
_RATIO = re.compile(r"(?<=\w)[\s,]+([^\s,/]+/[^\s,/]+?)\.?$")
"""A unit of two parts at the end: `Albumin, g/l`."""
_TIMED = re.compile(r"\(\s*(\d{1,2}\s*-?\s*[^\W\d_]+\.?)\s*\)")
"""A time in brackets, which says of what a header is, not how it is coded: `Ответ (6 мес)`."""
_UNIT = 2
"""Signs beyond which a unit at the beginning of a header is no abbreviation of something else."""
_DAY = re.compile(r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b")
"""A day in a header, to which all its cells refer: `Жив ли пациент на 01.03.2025`."""
_COUNTED = re.compile(r"\(\s*(?:n|no|№|#|шт)\.?\s*\)", re.IGNORECASE)
"""What says that a header counts: `Liver lesions (n)`."""
_AFTER_COLON = re.compile(r"\s*:\s*([^:()]+[/,=][^:()]+)$")
"""Levels behind a colon: `КТ: ПО/ЧО/Ст/Пр`."""
_CODES = re.compile(r"(?<=[^\W\d_])[\s_]+\d(?=[\s_]|$)")
"""Codes between the words that they mean: `Death_1_AliveOrLost_0`."""
_ORDINAL = re.compile(r"(\d)\s*-?\s*(?:й|ой|го|я|ая|ый|е|st|nd|rd|th|[èe]re?|er|[ºª])\b")
_NUMERO = re.compile(r"№|#|\bn°|\bno\.|\bnº", re.IGNORECASE)


class Meaning(NamedTuple):
    """A field that a header may mean."""

    # `explained` is the share of its words that the field's pattern explains, `told` how many of
    # the pattern's concepts it names.

    field: str
    explained: float
    told: int


@dataclass(frozen=True, slots=True)
class Wording:
    """What a header says."""

    base: str  # its words in normal form, without brackets and unit
    legend: str = ""  # what stands in brackets, as it stands; '' for nothing or a mere unit
    unit: str = ""  # the unit that it names


_SINCE = frozenset(vocabulary.section("since")["words"])  # words behind a unit that begins a header
_LETTERS: tuple[tuple[str, str], ...] = tuple(vocabulary.section("letters").items())
"""How Russian words are written in Latin letters, the longest first."""


@of_text
def wording(text: str) -> Wording:
    """Cut a header into words, brackets and unit."""
    # ``OStime_day`` is ``os time`` in days, ``Статус (жив/умер)`` is ``статус`` with a legend.
    text = unicodedata.normalize("NFKC", text)
    if len(text) > _LONGEST:
        return Wording(normal(text[:_LONGEST]))
    text = _AFTER_COLON.sub(
        r" (\1)", _TIMED.sub(r" \1 ", _COUNTED.sub(" number ", _DAY.sub(" ", text)))
    )
    inside = [found.strip() for found in _BRACKET.findall(text)]
    units = [word for each in inside if (word := UNIT_WORDS.get(normal(each).strip(" .,")))]
    legend = ", ".join(each for each in inside if normal(each).strip(" .,") not in UNIT_WORDS)
    bare = _BRACKET.sub(" ", text).strip() or " ".join(inside)
    if (found := _RATIO.search(bare)) and (word := UNIT_WORDS.get(normal(found[1]))):
        bare, units = bare[: found.start()], [*units, word]
    if len(_CODES.findall(bare)) > 1:
        legend, bare = legend or bare, _CODES.sub(" ", bare)
    words = _words(bare)
    unit = units[0] if units else _measured_in(words)
    if not unit and len(words) > 1 and words[-1] in UNIT_WORDS and not _says_when(words):
        unit = UNIT_WORDS[words.pop()]
    return Wording(" ".join(words), legend, unit)


def _measured_in(words: Sequence[str]) -> str:
    """The unit with which a header begins: `Days from first treatment to death`."""
    if len(words) > 2 and len(words[0]) > _UNIT and words[1] in _SINCE:
        return UNIT_WORDS.get(words[0], "")
    return ""


def _says_when(words: Sequence[str]) -> bool:
    """Whether the unit at the end says when, and not in what: `6 мес`, `через год`, `one year`."""
    exact, _stems = _lexicon()
    before = words[-2]
    phrase = any(" ".join(words[-length:]) in exact for length in (2, 3))
    return before.isdigit() or phrase or "later" in _concepts([before])


def _words(text: str) -> list[str]:
    text = _NUMERO.sub(" № ", _ORDINAL.sub(r"\1 й", text) if _ORDINAL.search(text) else text)
    for cut in (_JOINED, _CASE, _DIGIT):
        text = cut.sub(" ", text)
    return [word for word in re.split(r"[\s,.;:/\\|_?!*\"'«»+=&-]+", normal(text)) if word]


@of_text
def meanings(text: str) -> tuple[Meaning, ...]:
    """The fields of the patients' table that a header may mean, the likeliest first."""
    # A field that its words say wholly is meant. Else what stands behind `after`, `for` or
    # `performing` is a circumstance, and decides nothing: `Treatment after HAI` is no modality.
    said = wording(text)
    words = said.base.split()
    whole, core = _meanings(words, said), _meanings(_core(words), said)
    if not _sure(whole) and not _sure(core) and said.legend:
        whole = _sure(_meanings([*words, *_words(said.legend)], said)) or whole
    if not _sure(whole):
        return core
    kept = {each.field for each in (*core, *_sure(whole))}
    return tuple(each for each in whole if each.field in kept)


def _sure(found: Sequence[Meaning]) -> tuple[Meaning, ...]:
    """The fields that a header's words say wholly."""
    return tuple(each for each in found if each.explained == 1)


def _meanings(words: Sequence[str], said: Wording) -> tuple[Meaning, ...]:
    """The fields that these words of a header, with its legend and unit, may mean."""
    spans = _spans(words)
    if said.legend and not any(map(_ends_patterns, spans)):
        spans += _spans(_words(said.legend))  # its levels say what the header does not
    found: dict[str, Meaning] = {}
    if not spans or len(spans) > 12:
        return ()
    about = frozenset(concept for span in spans for concept in span) | _of_unit(said.unit)
    for field, pattern in _possible(about):
        if (told := pattern.told(about)) and not any(
            span <= pattern.never for span in spans if span
        ):
            share = sum(_room(span, pattern) for span in spans) / len(spans)
            meaning = Meaning(field, share, told)
            if field not in found or meaning[1:] > found[field][1:]:
                found[field] = meaning
    return tuple(sorted(found.values(), key=lambda each: each[1:], reverse=True))


def _core(words: Sequence[str]) -> list[str]:
    """What a header is about: its words without the circumstances."""
    # Behind a word of purpose or means nothing stays; behind one of time what says when does:
    # `Response after 6 months`, `Time to progression`.
    at, length, kind = next(_turns(words), (len(words), 0, ""))
    if not kind:
        return list(words)
    if kind == "means":
        return list(words[:at])
    kept, behind = at + length, words[at + length :]
    return [*words[:kept], *(word for word in behind if _concepts([word]) - _OF_TREATMENT)]


def _turns(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Where circumstances begin, behind what they are of; how many words say so, and their kind."""
    for at in range(1, len(words) - 1):
        for length in (3, 2, 1):
            said = words[at : at + length]
            kind = _circumstance(said)
            when = words[at + length : at + length + 1]
            if kind and when and not (kind == "means" and _concepts(when) & _WHEN):
                yield at, length, kind
                break


def _circumstance(words: Sequence[str]) -> str:
    """The kind of circumstance that words begin; '' for none."""
    said = " ".join(words)
    return next((kind for kind, known in _CIRCUMSTANCES.items() if known.fullmatch(said)), "")


_CIRCUMSTANCES: Mapping[str, re.Pattern[str]] = {
    kind: re.compile("|".join(re.escape(each).replace(r"\*", r"\w*") for each in entries))
    for kind, entries in vocabulary.section("circumstances").items()
}
"""How each kind begins; `*` stands for any ending."""

_OF_TREATMENT = frozenset(
    ("arm", "hai", "tace", "procedure", "treatment", "first", "start", "neutral")
)
"""What a word of a circumstance is about that does not stay; nor does one that is not known."""
_WHEN = frozenset(("three", "six", "twelve", "month", "week", "day", "year"))


def _ends_patterns(span: frozenset[str]) -> bool:
    """Whether a word alone is enough for some field."""
    return any(
        len(pattern.needed) == 1 and span & pattern.needed[0] for _field, pattern in _PATTERNS
    )


def _room(span: frozenset[str], pattern: "_Pattern") -> float:
    """How far a pattern explains a word: not wholly one that others use for something else."""
    return (0.9 if "doubtful" in span else 1.0) if span & pattern.room else 0.0


def about(text: str) -> frozenset[str]:
    """Every concept that a header names."""
    return frozenset(concept for span in _spans(wording(text).base.split()) for concept in span)


def is_known(text: str) -> bool:
    """Whether every word of a header is about something."""
    return all(_spans(wording(text).base.split()))


def denies(text: str) -> bool:
    """Whether a header says of whom something is not true: `not alive`, `event free`, `не умер`."""
    # ``alive or not`` and ``dead / not dead`` name both; survival free of something is a time.
    words = wording(text).base.split()
    for at, (one, other) in enumerate(pairwise(words)):
        before = one in _DENYING or (at == 0 and one in _DENYING_FIRST)
        behind = other in _DENYING_BEHIND
        subject = _concepts([one if behind else other]) - {"neutral", "yes"}
        rest = frozenset[str]().union(*map(_concepts, ([w] for w in words[:at] + words[at + 2 :])))
        if (before or behind) and subject and not (subject | _OF_TIMES) & rest:
            return True
    return False


_DENYING = frozenset(vocabulary.words("denying", "before"))
_DENYING_FIRST = frozenset(vocabulary.words("denying", "first"))
_DENYING_BEHIND = frozenset(vocabulary.words("denying", "behind"))
_OF_TIMES = frozenset(("survival", "os", "pfs", "event", "status", "time"))
"""What a header is about beside `progression free`, so that it does not deny that."""


def concepts(word: str) -> frozenset[str]:
    """The concepts of a word."""
    return _concepts([word])


class _Pattern(NamedTuple):
    needed: tuple[frozenset[str], ...]
    room: frozenset[str]
    never: frozenset[str]

    def told(self, about: frozenset[str]) -> int:
        """How many of its concepts a header names, 0 where it lacks one or names a wrong one."""
        if not all(about & slot for slot in self.needed) or self.never & about - self.room:
            return 0
        return len(self.needed) + sum(concept in about for concept in self.room) // 2


def _possible(about: frozenset[str]) -> Iterator[tuple[str, _Pattern]]:
    """The patterns of which a header names what they need first, in their order."""
    for place in sorted({n for concept in about for n in _BY_CONCEPT.get(concept, ())}):
        yield _PATTERNS[place]


def _pattern(text: str) -> _Pattern:
    needed, room, never = [], set[str](), set[str]()
    for part in text.split():
        slot = frozenset(part.strip("!?").split("|"))
        if part.startswith("!"):
            never |= slot
            continue
        room |= slot
        if not part.endswith("?"):
            needed.append(slot)
    return _Pattern(tuple(needed), frozenset(room), frozenset(never))


_PATTERNS = tuple(
    (field, _pattern(each)) for field, all_ in vocabulary.table("fields").items() for each in all_
)
_BY_CONCEPT: dict[str, list[int]] = defaultdict(list)  # the patterns that need each concept first
for _place, (_field, _each) in enumerate(_PATTERNS):
    for _concept in _each.needed[0]:
        _BY_CONCEPT[_concept].append(_place)


def _spans(words: Sequence[str]) -> list[frozenset[str]]:
    """The concepts of each word or phrase, empty where it is about none; neutral ones left out."""
    found, at = [], 0
    words = [part for word in words for part in _parted(word)]
    while at < len(words):
        for length in range(min(_PHRASE, len(words) - at), 0, -1):
            concepts = _concepts(words[at : at + length])
            if concepts or length == 1:
                break
        at += length
        if concepts != {"neutral"}:
            found.append(concepts - {"neutral"})
    return found


def _parted(word: str) -> tuple[str, ...]:
    """A word cut where two known ones were written as one: `patientstatus`."""
    exact, _stems = _lexicon()
    if len(word) < 2 * _PART or _concepts([word]):
        return (word,)
    for at in range(_PART, len(word) - _PART + 1):
        if word[:at] in exact and word[at:] in exact:
            return word[:at], word[at:]
    return (word,)


def _of_unit(unit: str) -> frozenset[str]:
    """The concept of a unit of time: `6` in months is not `6` alone."""
    return _concepts([unit]) if unit in UNIT_WORDS else frozenset()


def _concepts(words: Sequence[str]) -> frozenset[str]:
    exact, stems = _lexicon()
    said = " ".join(words)
    concepts = set(exact.get(said, ()))
    if len(said) > 3 and said.endswith("s"):
        concepts |= set(exact.get(said[:-1], ()))
    for stem, several in stems.get(said[:2], ()):
        if len(stem) == len(words) and all(map(str.startswith, words, stem)):
            concepts |= several
    return frozenset(concepts) or (_guessed(said) if len(words) == 1 else frozenset())


def _guessed(word: str) -> frozenset[str]:
    """The concepts of an abbreviation, or of a Russian word in Latin letters: `vozrast`."""
    found = _abbreviated(word)
    if found or not word.isascii() or not word.isalpha() or len(word) < _PART:
        return found
    cyrillic = word
    for latin, letter in _LETTERS:
        cyrillic = cyrillic.replace(latin, letter)
    return _concepts([cyrillic])


@of_text
def _abbreviated(word: str) -> frozenset[str]:
    """The concept of all known words that begin like this one: `возр`, `surv`; none if several."""
    exact, stems = _lexicon()
    if len(word) < _ABBREVIATION:
        return frozenset()
    alike = {
        frozenset(concepts)
        for entry, concepts in exact.items()
        if entry.startswith(word) and " " not in entry
    }
    alike |= {
        concepts
        for (stem, *more), concepts in stems.get(word[:2], ())
        if not more and stem.startswith(word)
    }
    return frozenset.intersection(*alike) if alike else frozenset()


_Stems = Mapping[str, Sequence[tuple[tuple[str, ...], frozenset[str]]]]


@cache
def _lexicon() -> tuple[Mapping[str, frozenset[str]], _Stems]:
    """Words and phrases with their concepts; and stems of words, by their first two letters."""
    exact: dict[str, set[str]] = defaultdict(set)
    stems: dict[str, dict[tuple[str, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
    for concept, entry in _entries():
        if "*" in entry:
            parts = tuple(part.rstrip("*") for part in entry.split())
            stems[entry[:2]][parts].add(concept)
        else:
            exact[entry].add(concept)
    return (
        {entry: frozenset(concepts) for entry, concepts in exact.items()},
        {
            start: [(parts, frozenset(concepts)) for parts, concepts in found.items()]
            for start, found in stems.items()
        },
    )


def _entries() -> Iterator[tuple[str, str]]:
    for concept, entries in vocabulary.section("concepts").items():
        for entry in entries:
            yield concept, normal(entry.replace("*", "\u2055")).replace("\u2055", "*")
