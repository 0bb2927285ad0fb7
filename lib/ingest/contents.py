"""What columns of a sheet say together: shared headers, responses in time, and dates of death.

Of headers that several fields share, `site`, `type`, `localisation`, the words below them decide. A
response at a time that its header gives anywhere is that of the fixed time within whose window it
lies. Dates of death that the living have too are those of the last contact.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lib import vocabulary
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.evidence import is_mark, nature
from lib.ingest.headers import Header, meaning
from lib.ingest.legends import coding
from lib.ingest.values import parse
from lib.ingest.wording import about, concepts
from lib.plan import Reading, ResponsePlan
from lib.schema import COLUMNS, MONTH, RESPONSE_MONTHS
from lib.statistics.estimate import Bools

_SHARE = 0.9  # share of the rows whose words are those of a field
_MOST = 60  # distinct cells up to which a column holds words of a vocabulary
_LONGEST = 80
_OTHER = "other"  # what is no field of the schema: histology, differentiation, stage
_SHARED = frozenset(vocabulary.table("evidence")["concepts"]["shared"])
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
    every = (r"\w*".join(map(re.escape, word.casefold().split("*"))) for word in words)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(every)})(?![^\W_])")


_WORDS: Mapping[str, re.Pattern[str]] = {
    field: _any_of(words) for field, words in vocabulary.section("contents").items()
}
"""How the words of each field are found in a cell; `*` stands for any ending."""
_ELSEWHERE = _any_of(vocabulary.words("elsewhere", "words"))


def _is_shared(header: Header) -> bool:
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


# Responses at a time that the header gives -------------------------------------------------------

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|%")
_UNITS = {"day": 1 / MONTH, "week": 7 / MONTH, "month": 1.0, "year": 12.0}
_OPEN = ("unknown", "ask", "content", "near", "unit")
_BESIDE = frozenset(("best", "prior", "date", "time", "event", "last", "survival", "pfs", "os"))
"""What a header may be about beside which its time is not that of a response."""
_WINDOW = ResponsePlan().window_days / MONTH
_FEW_CODES, _LONGEST_CODE, _SHOWN = 6, 12, 2


def at_times(proposals: list[Header], cells: Sequence[Cells]) -> list[Header]:
    """Take responses at a time for those at the nearest fixed one, or ask."""
    timed = {
        header.position: months
        for header in proposals
        if not header.column
        and header.reason in _OPEN
        and _may_be(header, cells[header.position])
        and (months := months_in(header.text)) is not None
    }
    nearest = {place: _nearest(months) for place, months in timed.items()}
    taken = {header.column for header in proposals}
    found = list(proposals)
    for place in sorted(timed, key=lambda each: abs(timed[each] - nearest[each])):
        field = f"response_{nearest[place]}m"
        within = abs(timed[place] - nearest[place]) <= _WINDOW
        found[place] = _as(found[place], cells[place], field, within, field in taken)
        taken.add(field)
    return found


def months_in(text: str) -> float | None:
    """The time that a header gives, in months; None where it gives none, or several."""
    bare = normal(text)
    times = {_SPELT[phrase] for phrase in _SPELT if re.search(rf"\b{phrase}\b", bare)}
    tokens = [token for token in _TOKEN.findall(bare) if token not in _ORDINAL]
    numbers = [at for at, token in enumerate(tokens) if token[0].isdigit()]
    said = {time for at in numbers if (time := _time_at(tokens, at)) is not None}
    if said or not times:
        times = said
    return times.pop() if len(times) == 1 else None


def _time_at(tokens: Sequence[str], at: int) -> float | None:
    """The time of a number by the unit beside it, None for a number of a visit or an interval."""
    before = tokens[at - 1] if at else ""
    behind = tokens[at + 1 : at + 3]
    if before in _RECURRING:
        return None
    factor = _factor(behind[0]) if behind else 0.0
    another = len(behind) > 1 and behind[1][0].isdigit()
    if not factor or another:  # `Visit 1 wk 12` has its unit before it
        factor = 0.0 if before in _COUNTING else _factor(before) or factor
    return float(tokens[at].replace(",", ".")) * factor if factor else None


def _factor(word: str) -> float:
    """Months of a unit, 0 for another word."""
    named = concepts(word) & set(_UNITS) if word else frozenset()
    return _UNITS[next(iter(named))] if len(named) == 1 else 0.0


_SPELT: dict[str, float] = {
    re.escape(normal(phrase)): float(months)
    for months, phrases in vocabulary.section("durations").items()
    for phrase in phrases
}
"""Times in words, in months."""
_ORDINAL = frozenset(vocabulary.words("response_times", "ordinal"))
_COUNTING = frozenset(vocabulary.words("response_times", "counting"))
_RECURRING = frozenset(vocabulary.words("response_times", "recurring"))


def _may_be(header: Header, cells: Cells) -> bool:
    """Whether cells are responses, or codes under a header that is about a response."""
    named = about(header.text)
    if named & _BESIDE:
        return False
    if nature(cells) == "response":
        return True
    short = max(map(len, cells.texts), default=0) <= _LONGEST_CODE
    coded = 1 < len(cells.texts) <= _FEW_CODES and short
    return coded and "response" in named and nature(cells) not in ("date", "status", "modality")


def _nearest(months: float) -> int:
    return min(RESPONSE_MONTHS, key=lambda each: abs(each - months))


def _as(header: Header, cells: Cells, field: str, within: bool, taken: bool) -> Header:
    """A header as a response at a fixed time: known, asked about, or one of several for it."""
    if taken:
        return replace(header, reason="twice", candidates=(field,))
    if nature(cells) != "response":
        unfit = tuple(cells.texts[:_SHOWN])
        return replace(header, reason="content", candidates=(field,), unfit=unfit, unit="")
    if not within:
        return replace(header, reason="near", candidates=(field, "best_response"), unit="")
    return replace(header, column=field, reason="meaning", candidates=(field,), unit="")


# Dates of death that the living have too ---------------------------------------------------------

_HALF, _LEAST = 0.5, 2  # share of the living, and number of them, of whom such a column has a date
_LIVING = frozenset(("alive", "no", "lost"))
_MAY_BE = frozenset(("near", "ask", "content", "unknown"))
_CONTACT, _DEATH = "last_contact_date", "death_date"


def turned(proposals: list[Header], cells: Sequence[Cells], reading: Reading) -> list[Header]:
    """Take dates of death that the living have too for those of the last contact."""
    # A header that may say either is offered as the last contact first. What the visitor chose
    # stays, and so do the template's own name, which cleaned data have, and a column of deaths
    # beside one of last contacts.
    if any(header.column == _CONTACT for header in proposals):
        return proposals
    alive = _living(proposals, cells, reading)
    if alive is None or alive.sum() < _LEAST:
        return proposals
    return [_as_contact(header, cells[header.position], alive) for header in proposals]


def _as_contact(header: Header, cells: Cells, alive: Bools) -> Header:
    sure = header.column == _DEATH and header.reason not in ("yours", "name")
    may_be = not header.column and header.reason in _MAY_BE and _DEATH in header.candidates
    if not (sure or may_be) or nature(cells) != "date":
        return header
    dated = alive & (cells.codes >= 0)
    if dated.sum() < max(_LEAST, _HALF * alive.sum()):
        return header
    others = tuple(name for name in header.candidates if name not in (_CONTACT, _DEATH))
    candidates = (_CONTACT, _DEATH, *others)
    if sure:
        return replace(header, column=_CONTACT, reason="cells", candidates=candidates)
    return replace(header, reason="near", candidates=candidates)


def _living(proposals: Sequence[Header], cells: Sequence[Cells], reading: Reading) -> Bools | None:
    """(n,) bool array: patients recorded as alive; None where no column says who died."""
    for name in ("vital_status", "os_event"):
        for header in proposals:
            if header.column == name:
                return _alive(header, cells[header.position], reading)
    return None


def _alive(header: Header, cells: Cells, reading: Reading) -> Bools:
    column = meaning(header, "patients")
    assert column is not None
    told = dict(coding(header.text, column, cells))
    told |= {each.value: each.level for each in reading.values if each.column == column.name}
    levels = parse(cells, column, "", None, told).values
    blank = told.get("", "")
    if is_mark(cells) and "" not in told:  # what is not marked did not happen
        blank = "dead" if set(levels) <= _LIVING else "alive"
    return np.array([level in _LIVING for level in levels] + [blank in _LIVING], bool)[cells.codes]
