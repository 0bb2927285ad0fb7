"""Headers that several fields share, `site`, `type`, `localisation`: the words below them decide.

Where the cells are words of one field, they overrule what the header says of another.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lib import vocabulary
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.headers import Header
from lib.ingest.wording import about
from lib.schema import COLUMNS

_SHARE = 0.9  # share of the rows whose words are those of a field
_MOST = 60  # distinct cells up to which a column holds words of a vocabulary
_LONGEST = 80
_OTHER = "other"  # what is no field of the schema: histology, differentiation, stage
_SHARED = frozenset(
    (*("site", "method", "group", "status", "stage", "primary", "centre", "lesion"),
     *("diagnosis", "lobe", "synchronous", "msi", "treatment", "patient")),
)  # fmt: skip
"""What such a header may be about, and nothing else."""
_PLACES = ("centre", "primary_site")
_ASKS = ("ask", "content", "near", "unknown", "meaning", "synonym", "same words", "name")


def decided(proposals: Sequence[Header], cells: Sequence[Cells]) -> list[Header]:
    """Let the words below a header say which field it is, each field at most once."""
    proposals = [_of_its_own(header) for header in proposals]
    said = {
        header.position: field
        for header in proposals
        if _is_shared(header) and (field := content(cells[header.position]))
    }
    turned = {place for place, field in said.items() if proposals[place].column != field}
    taken = {h.column for h in proposals if h.position not in turned} - {""}
    found = list(proposals)
    for place in sorted(turned):
        field = said[place]
        found[place] = _turned(proposals[place], field, taken)
        taken.add(found[place].column)
    return [_unasked(header, taken) for header in found]


def content(cells: Cells) -> str:
    """The field whose words nearly all cells of a column hold; '' for none."""
    texts = [text for text in cells.texts if not is_missing(text)]
    if not 1 < len(texts) <= _MOST or max(map(len, texts)) > _LONGEST:
        return ""
    counts = dict(zip(cells.texts, cells.counts().tolist(), strict=True))
    total = sum(counts[text] for text in texts)
    for field, pattern in _WORDS.items():
        if sum(counts[text] for text in texts if pattern.search(normal(text))) >= _SHARE * total:
            return field
    return ""


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(_pattern, words))})(?![^\W_])")


def _pattern(word: str) -> str:
    return r"\w*".join(re.escape(part) for part in word.casefold().split("*"))


_WORDS: Mapping[str, re.Pattern[str]] = {
    field: _any_of(words) for field, words in vocabulary.section("contents").items()
}
"""How the words of each field are found in a cell; `*` stands for any ending."""
_ELSEWHERE = _any_of(vocabulary.words("elsewhere", "words"))


def _is_shared(header: Header) -> bool:
    """Whether a header is about nothing but what several fields share."""
    concepts = about(header.text)
    if header.reason not in _ASKS or _ELSEWHERE.search(normal(header.text)):
        return False
    return bool(concepts & _SHARED) and concepts <= _SHARED


def _of_its_own(header: Header) -> Header:
    """A place of metastases or of progression is not the centre, nor the primary tumour."""
    guessed = header.reason in ("near", "meaning") and header.column in _PLACES
    if guessed and _ELSEWHERE.search(normal(header.text)):
        return replace(header, column="", reason="unknown", candidates=())
    return header


def _turned(header: Header, field: str, taken: set[str]) -> Header:
    if field == _OTHER or field not in COLUMNS:
        asked = not header.column
        return replace(header, reason="unknown", candidates=(), unfit=()) if asked else header
    if field in taken:
        return replace(header, column="", reason="twice", candidates=(field,))
    return replace(header, column=field, reason="cells", candidates=(field,), unfit=())


def _unasked(header: Header, taken: set[str]) -> Header:
    """A header that asks for what another column says already asks no more."""
    known = taken | ({"vital_status"} if "os_event" in taken else set())
    fields = [name for name in header.candidates if name in COLUMNS]
    if header.reason in ("ask", "content") and fields and set(fields) <= known:
        return replace(header, column="", reason="unknown", unfit=())
    return header
