"""Questions about what the analyses still lack: who died, when, since when, by which modality.

A need says when something lacks, and names the columns that may say it, the likeliest first. Each
is asked once, and only where some column may answer it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np

from lib.cohort import Values
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.dates import read_date
from lib.ingest.derive import DEATH_BY_CONTACT, SEEN_BY_ANY
from lib.ingest.durations import censoring
from lib.ingest.evidence import Nature, fits, is_event, is_mark, nature
from lib.ingest.legends import coding
from lib.ingest.levels import known_words
from lib.ingest.proposal import Answer, Question, mapped, valued
from lib.ingest.questions.asking import Asking, Shown, answer, decisions, question
from lib.ingest.wording import about, meanings
from lib.schema import COLUMNS
from lib.statistics.estimate import Bools

_MOST = 5  # columns that a question offers
_SAMPLES = 3
_STATES, _SHORT = 4, 20  # distinct cells up to which a column may say who died, and signs of each
_DAYS = 500  # distinct cells by which columns of dates are put in their order
_LEVELS = 6  # distinct cells up to which a column may be the modality
_GROUPS: tuple[Nature, ...] = ("text", "modality", "number", "event")
_STARTS = ("first_procedure_date", "first_hai_date", "first_tace_date")
_BESIDE = {"os_event": "os_months", "pfs_event": "pfs_months", "os_months": "os_event"}
_EARLY = {"first_procedure_date": 1, "last_contact_date": -1}
"""Dates that come before all others (1), or after them (-1)."""
_ALIVE, _DEAD = ("no", "alive", "lost"), ("yes", "dead")


class _State:
    """What is mapped, what is asked already, and which columns are left."""

    def __init__(self, asking: Asking) -> None:
        self.chosen = asking.chosen
        own = [each for each in asking.shown if each.part.table == "patients"]
        whole = (
            c.counts().sum() + c.blank() for c in (e.cells for e in own) if c.whole is not None
        )
        self.rows = int(next(whole, len(asking.arranged.patients.grid.rows)))
        self.fields = {each.column.header.column: each for each in own if each.column.kept}
        self.waiting = {
            name
            for each in own
            if each.column.header.reason in ("ask", "unit", "twice", "content", "words", "near")
            and not each.column.header.column
            for name in each.column.header.candidates
        }
        free = ("unknown", "near", "content", "twice")
        headers = [(each, each.column.header) for each in own]
        self.left = [each for each, h in headers if not h.column and h.reason in free]

    def has(self, *names: str) -> bool:
        """Whether one of some fields has a column, or is asked about."""
        return any(name in self.fields or name in self.waiting for name in names)

    def mapped(self, *names: str) -> str:
        """The first of some fields that has a column, '' for none."""
        return next((name for name in names if name in self.fields), "")

    def timed(self) -> bool:
        """Whether it is known how long patients were followed."""
        dated = self.has(*_STARTS) and self.has("death_date", "last_contact_date")
        return dated or self.has("os_months", "death_months", "contact_months")

    def marked(self, name: str) -> bool:
        """Whether a time says by what stands beside it of whom the event happened."""
        return censoring(self.fields[name].cells, COLUMNS[name])

    def dates_left(self) -> int:
        """How many columns of dates mean nothing yet."""
        return sum(nature(each.cells) == "date" for each in self.left)

    def many(self, field: str, levels: Sequence[str]) -> int:
        """How many rows of the whole table have a cell of a field that means one of some levels."""
        meant, blank = self._meant(field, levels)
        cells = self.fields[field].cells
        counts = zip(cells.texts, cells.counts().tolist(), strict=True)
        found = sum(int(n) for text, n in counts if text in meant)
        return found + (cells.blank() if blank else 0)

    def of_level(self, field: str, levels: Sequence[str]) -> Bools:
        """(n,) bool array: rows whose cell of a field means one of some levels."""
        shown = self.fields[field]
        meant, blank = self._meant(field, levels)
        return np.array([text in meant for text in shown.cells.texts] + [blank], bool)[
            shown.cells.codes
        ]

    def _meant(self, field: str, levels: Sequence[str]) -> tuple[set[str], bool]:
        """The values of a field that mean one of some levels, and whether blank cells do."""
        values = self.fields[field].column.values
        blank = any(
            each.column == field and each.value == "" and each.level in levels
            for each in self.chosen.values
        )
        return {each.value for each in values if each.level in levels}, blank

    def likely(self, field: str, fitting: Callable[[Cells], bool]) -> list[Shown]:
        """The columns left that may mean a field: whose words say it first, then the nearest."""
        # Those come last of which another question asks whether they mean something else.
        able = [each for each in self.left if each.column.kept and fitting(each.cells)]

        def rank(each: Shown) -> tuple[float, bool, float]:
            said = [m.explained for m in meanings(each.column.header.text) if m.field == field]
            return -max(said, default=0.0), _asked(each, field), self._distance(each, field)

        return sorted(able, key=rank)[:_MOST]

    def _distance(self, shown: Shown, field: str) -> float:
        if field in _EARLY:
            return _EARLY[field] * _middle(shown.cells)
        place, beside = shown.column.header.position, self.fields.get(_BESIDE.get(field, ""))
        return abs(place - beside.column.header.position) if beside else place


def _asked(shown: Shown, field: str) -> bool:
    """Whether another question asks if a column means something else."""
    header = shown.column.header
    return header.reason in ("near", "content") and field not in header.candidates


def _middle(cells: Cells) -> float:
    read = read_date(True, cells.since_1904)
    found = (read(*each).value for each in islice(zip(cells.texts, cells.raw, strict=True), _DAYS))
    days = [day.astype(np.int64) for day in found if isinstance(day, np.datetime64)]
    return float(np.median(days)) if days else 0.0


# What may answer ------------------------------------------------------------------------------


def _events(field: str, state: _State) -> list[Answer]:
    """The readings in which columns say to whom something happened."""
    able = [each for each in state.likely(field, _two) if not _asked(each, field)]
    return [each for shown in able for each in _event(state, shown, field)]


def _two(cells: Cells) -> bool:
    """Whether cells have two values, or say life and death."""
    known = [text for text in cells.texts if not is_missing(text)]
    short = all(len(text) <= _SHORT for text in known)
    if is_mark(cells) or is_event(cells) or nature(cells) == "status":
        return True
    return 2 <= len(known) <= _STATES and short


def _event(state: _State, shown: Shown, field: str) -> Iterator[Answer]:
    """The readings in which a column says to whom something happened, with the counts."""
    header, cells = shown.column.header, shown.cells
    name = "vital_status" if field == "os_event" and nature(cells) == "status" else field
    column, given = COLUMNS[name], mapped(state.chosen, header, "patients", name)
    counts = dict(zip(cells.texts, cells.counts().tolist(), strict=True))
    known = known_words(column)
    told = {text: known.find(text) for text in counts} | dict(coding(header.text, column, cells))
    yes, no = ("dead", "alive") if name == "vital_status" else ("yes", "no")
    if all(told[text] in known.codes for text in counts) and name == "vital_status":
        said = ", ".join(f"{text} {count}" for text, count in counts.items())
        yield answer("ask-worded", given, column=header.text, values=said)
        return
    if is_mark(cells):
        counts = {text: counts[text] for text in cells.texts} | {"": cells.blank()}
        told[""] = no
    likely = sorted(
        counts, key=lambda text: (told[text] != yes, normal(text) in ("0", "no", "нет"))
    )
    for happened in likely[: 2 if len(counts) == 2 and "" not in counts else 1]:
        levels = {text: yes if text == happened else no for text in counts}
        named = {"column": header.text, "value": f"'{happened}'", "count": counts[happened]}
        total, coded = sum(counts.values()), valued(given, name, levels)
        yield answer("ask-coded", coded, **named, total=total)


def _columns(state: _State, field: str, able: Sequence[Shown]) -> list[Answer]:
    return [
        answer(
            "ask-timed",
            mapped(state.chosen, each.column.header, "patients", field),
            column=each.column.header.text,
            samples=", ".join(each.column.samples[:_SAMPLES]),
        )
        for each in able
    ]


def _times(field: str, state: _State, several: bool = True, alone: bool = True) -> list[Answer]:
    """The columns that may be a time: of `several` values each, or the only one left that fits."""
    column = COLUMNS[field]
    able = state.likely(field, lambda cells: fits(column, cells, "", state.chosen))
    only = alone and len(able) == 1
    if several:
        able = [each for each in able if len(each.cells.texts) > _LEVELS or only]
    return _columns(state, field, able)


def _dates(field: str, state: _State) -> list[Answer]:
    return _columns(state, field, state.likely(field, lambda cells: nature(cells) == "date"))


def _last_dates(state: _State) -> list[Answer]:
    answers = _dates("last_contact_date", state)
    if state.mapped("last_assessment_date", "progression_date"):
        given = state.chosen.decided(SEEN_BY_ANY, "yes").decided("seen when", "any date")
        answers.append(answer("ask-last-of-all", given))
    return answers


def _modalities(state: _State) -> list[Answer]:
    able = [each for each in state.likely("modality", _grouped) if _may_be(each)]
    return _columns(state, "modality", able)


def _grouped(cells: Cells) -> bool:
    known = [text for text in cells.texts if not is_missing(text)]
    return 2 <= len(known) <= _LEVELS and nature(cells) in _GROUPS


def _may_be(shown: Shown) -> bool:
    """Whether a header or a cell of a column speaks of a modality."""
    known = known_words(COLUMNS["modality"])
    words = any(known.find(text) for text in shown.cells.texts)
    return words or any(each.field == "modality" for each in meanings(shown.column.header.text))


# What lacks -------------------------------------------------------------------------------------


def _of(name: str, state: _State, field: str = "") -> Values:
    """What the sentence of a need names: a field, and in how many rows a column is filled."""
    count = int(state.fields[name].cells.counts().sum())
    return ("field", COLUMNS[field or name].label), ("count", count)


def _no_deaths(state: _State) -> Values | None:
    """A time without an event, or the dates of one."""
    dated = state.mapped(*_STARTS) and state.mapped("last_contact_date")
    name = state.mapped("os_months") or ("last_contact_date" if dated else "")
    if not name or state.has("os_event", "vital_status", "death_date", "death_months"):
        return None
    return None if name == "os_months" and state.marked(name) else _of(name, state)


def _no_progressions(state: _State) -> Values | None:
    """A time free of progression without an event."""
    if not state.mapped("pfs_months") or state.has("pfs_event", "progression", "progression_date"):
        return None
    return None if state.marked("pfs_months") else _of("pfs_months", state)


def _nothing(state: _State) -> Values | None:
    """Nothing about survival, in a file with a column of times and one of two values."""
    known = ("os_event", "vital_status", "death_date", "last_contact_date", "first_procedure_date")
    lacks = not state.timed() and not state.has(*known) and state.likely("os_event", _two)
    return () if lacks else None


def _no_times(state: _State) -> Values | None:
    """An event without a time, and no columns of dates that may still say it: they are asked."""
    name = state.mapped("os_event", "vital_status")
    if not name or state.timed():
        return None
    if state.has("first_procedure_date"):
        dated = state.dates_left() > 0
    else:
        dated = state.dates_left() > 1 and not state.chosen.said("since when")
    return None if dated else _of(name, state, "os_months")


def _no_free_times(state: _State) -> Values | None:
    """An event of progression without a time."""
    lacks = state.mapped("pfs_event") and not state.has("pfs_months", "progression_date")
    return _of("pfs_event", state, "pfs_months") if lacks else None


def _half_timed(levels: Sequence[str], others: Sequence[str], state: _State) -> Values | None:
    """A time of the dead alone, or of the living alone, would leave all others out."""
    name = state.mapped("os_event", "vital_status")
    if not name or not state.mapped("os_months") or state.has("contact_months", "death_months"):
        return None
    if state.mapped("first_procedure_date") and state.mapped("death_date", "last_contact_date"):
        return None
    timed = state.fields["os_months"].cells.codes >= 0
    untold, told = state.of_level(name, levels), state.of_level(name, others)
    if not untold.any() or not told.any() or timed[untold].any() or not timed[told].any():
        return None
    header = state.fields["os_months"].column.header.text
    return ("column", header), ("count", state.many(name, levels))


def _no_start(state: _State) -> Values | None:
    """Dates of death or last contact, but not since when."""
    ended = state.mapped("death_date", "last_contact_date") or (
        state.mapped("vital_status", "os_event") and not state.timed() and state.dates_left() > 1
    )
    return None if not ended or state.has(*_STARTS, "os_months", "procedure_date") else ()


def _no_contact(state: _State) -> Values | None:
    """Deaths are dated, but of the living nothing says until when they were seen."""
    living = state.rows
    if "death_date" in state.fields:
        living = state.fields["death_date"].cells.blank()
    if not state.mapped(*_STARTS) or not living or state.has("last_contact_date", "os_months"):
        return None
    dead = state.mapped("death_date", "vital_status", "os_event")
    return (("count", living),) if dead else None


class _Need(NamedTuple):
    """Something that lacks, by which answer it is remembered, and what may say it."""

    decision: str
    sentence: str
    lacks: Callable[[_State], Values | None]  # what the sentence names; None where nothing lacks
    answers: Callable[[_State], list[Answer]]
    always: bool = False  # whether it is asked where no column may say it


_NEEDS = (
    _Need("who died", "ask-who-died", _no_deaths, partial(_events, "os_event")),
    _Need("who progressed", "ask-who-had", _no_progressions, partial(_events, "pfs_event")),
    _Need(
        "how long at all",
        "ask-how-long-at-all",
        _nothing,
        partial(_times, "os_months", alone=False),
    ),
    _Need("how long", "ask-how-long", _no_times, partial(_times, "os_months")),
    _Need("how long free", "ask-how-long-free", _no_free_times, partial(_times, "pfs_months")),
    _Need(
        "other times",
        "ask-times-of-living",
        partial(_half_timed, _ALIVE, _DEAD),
        partial(_times, "contact_months", several=False),
        always=True,
    ),
    _Need(
        "other times",
        "ask-times-of-dead",
        partial(_half_timed, _DEAD, _ALIVE),
        partial(_times, "death_months", several=False),
        always=True,
    ),
    _Need("since when", "ask-since-when", _no_start, partial(_dates, "first_procedure_date")),
    _Need("seen when", "ask-seen-when", _no_contact, _last_dates, always=True),
)
_MODALITY = _Need(
    "which modality",
    "ask-which-modality",
    lambda state: None if state.has("modality", "first_hai_date", "first_tace_date") else (),
    _modalities,
)


def about_needs(asking: Asking) -> Iterator[Question]:
    """What the endpoints and the two arms still lack."""
    state = _State(asking)
    for need in _NEEDS:
        yield from _about(need, state)
    yield from _is_death(state)
    yield from _about(_MODALITY, state)


def _about(need: _Need, state: _State) -> Iterator[Question]:
    """A question about a need, unless nothing could answer it or it was answered."""
    if state.chosen.said(need.decision) or (named := need.lacks(state)) is None:
        return
    answers = need.answers(state)
    if answers or need.always:
        not_here = answer("ask-not-here", state.chosen.decided(need.decision, "not here"))
        yield question("need", need.sentence, (*answers, not_here), **dict(named))


def _is_death(state: _State) -> Iterator[Question]:
    """Who died is known, and when each patient was last seen: is that of the dead their death?"""
    name = state.mapped("vital_status", "os_event")
    if not name or "last_contact_date" not in state.fields or state.has("death_date", "os_months"):
        return
    contact = state.fields["last_contact_date"]
    count = int((state.of_level(name, _DEAD) & (contact.cells.codes >= 0)).sum())
    if not count:
        return
    if contact.cells.whole is not None:  # of some rows: who of all has both is not known
        count = state.many(name, _DEAD)
    header, said = contact.column.header.text, state.chosen.said(DEATH_BY_CONTACT)
    words = {"yes": "ask-yes-death", "no": "ask-no-death"}
    answers = decisions(state.chosen, DEATH_BY_CONTACT, "", words)
    settled = "death" in about(header) or bool(said)
    yield question("need", "ask-is-death", answers, header, settled, column=header, count=count)
