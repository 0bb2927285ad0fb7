"""Questions about what the analyses still lack: who died, when, since when, by which modality.

A rule looks at what the mapping leaves out, and names the columns that may say it, the likeliest
first. Each need is asked once, and only where some column may answer it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from lib.cohort import Values
from lib.ingest.cells import Cells, is_missing, normal
from lib.ingest.dates import read_date
from lib.ingest.derive import DEATH_BY_CONTACT, SEEN_BY_ANY
from lib.ingest.durations import censoring
from lib.ingest.evidence import Nature, fits, is_event, is_mark, nature
from lib.ingest.headers import Header
from lib.ingest.legends import coding
from lib.ingest.levels import known_words
from lib.ingest.proposal import Answer, Question, mapped, valued
from lib.ingest.questions.asking import Asking, Shown
from lib.ingest.wording import about, meanings
from lib.plan import Reading
from lib.schema import COLUMNS, Column

_MOST = 5  # columns that a question offers
_SAMPLES = 3
_STATES, _SHORT = 4, 20  # distinct cells up to which a column may say who died, and signs of each
_DAYS = 500  # distinct cells by which columns of dates are put in their order
_LEVELS = 6  # distinct cells up to which a column may be the modality


def about_needs(asking: Asking) -> Iterator[Question]:
    """What the endpoints and the two arms still lack."""
    for need in (_died, _event, _at_all, _lived, _free, _partial, _since, _seen, _death, _modality):
        yield from need(_State(asking))


class _State:
    """What is mapped, what is asked already, and which columns are left."""

    def __init__(self, asking: Asking) -> None:
        self.chosen = asking.chosen
        self.rows = len(asking.arranged.patients.grid.rows)
        own = [each for each in asking.shown if each.part.table == "patients"]
        self.fields = {each.column.header.column: each for each in own if each.column.kept}
        self.waiting = {
            name
            for each in own
            if each.column.header.reason in ("ask", "unit", "twice", "content", "words", "near")
            and not each.column.header.column
            for name in each.column.header.candidates
        }
        self.left = [each for each in own if self._free(each.column.header)]

    def _free(self, header: Header) -> bool:
        return not header.column and header.reason in ("unknown", "near", "content", "twice")

    def has(self, *names: str) -> bool:
        """Whether one of some fields has a column, or is asked about."""
        return any(name in self.fields or name in self.waiting for name in names)

    def mapped(self, *names: str) -> bool:
        """Whether one of some fields has a column."""
        return any(name in self.fields for name in names)

    def cells(self, name: str) -> Cells:
        """The cells of a field's column."""
        shown = self.fields[name]
        return shown.part.grid.columns[shown.column.header.position]

    def timed(self) -> bool:
        """Whether it is known how long patients were followed."""
        return self.has("os_months", "death_months", "contact_months") or (
            self.has("first_procedure_date", "first_hai_date", "first_tace_date")
            and self.has("death_date", "last_contact_date")
        )

    def marked(self, name: str) -> bool:
        """Whether a time says by what stands beside it of whom the event happened."""
        return censoring(self.cells(name), COLUMNS[name])

    def count(self, name: str) -> int:
        """Rows in which a field is filled."""
        return int((self.cells(name).codes >= 0).sum())


def _cells(shown: Shown) -> Cells:
    return shown.part.grid.columns[shown.column.header.position]


def _question(
    state: _State, code: str, message: str, values: Values, answers: Sequence[Answer]
) -> Iterator[Question]:
    """A question about a need, unless nothing could answer it or it was answered."""
    if not answers or state.chosen.said(code):
        return
    not_here = Answer("ask-not-here", (), state.chosen.decided(code, "not here"))
    yield Question("need", message, values, (*answers, not_here))


def _likely(state: _State, field: str, fitting: Callable[[Cells], bool]) -> list[Shown]:
    """The columns left that may mean a field: first those whose words say it, then the nearest."""
    # Those come last of which another question asks whether they mean something else.
    able = [each for each in state.left if each.column.kept and fitting(_cells(each))]

    def rank(each: Shown) -> tuple[float, bool, float]:
        said = [m.explained for m in meanings(each.column.header.text) if m.field == field]
        return -max(said, default=0.0), _asked(each, field), _distance(state, each, field)

    return sorted(able, key=rank)[:_MOST]


def _asked(shown: Shown, field: str) -> bool:
    """Whether another question asks if a column means something else."""
    header = shown.column.header
    return header.reason in ("near", "content") and field not in header.candidates


_STARTS = ("first_procedure_date", "first_hai_date", "first_tace_date")
_BESIDE = {"os_event": "os_months", "pfs_event": "pfs_months", "os_months": "os_event"}


_EARLY = {"first_procedure_date": 1, "last_contact_date": -1}
"""Dates that come before all others (1), or after them (-1)."""


def _distance(state: _State, shown: Shown, field: str) -> float:
    if field in _EARLY:
        return _EARLY[field] * _middle(_cells(shown))
    beside = state.fields.get(_BESIDE.get(field, ""))
    if beside is None:
        return shown.column.header.position
    return abs(shown.column.header.position - beside.column.header.position)


def _middle(cells: Cells) -> float:
    """The day in the middle of those that cells name."""
    read = read_date(True, cells.since_1904)
    found = (read(*each).value for each in islice(zip(cells.texts, cells.raw, strict=True), _DAYS))
    days = [day.astype(np.int64) for day in found if isinstance(day, np.datetime64)]
    return float(np.median(days)) if days else 0.0


def _died(state: _State) -> Iterator[Question]:
    """A time without an event, or the dates of one: who died?"""
    known = ("os_event", "vital_status", "death_date", "death_months")
    dated = state.mapped(*_STARTS) and state.mapped("last_contact_date")
    name = "os_months" if state.mapped("os_months") else "last_contact_date" if dated else ""
    if not name or state.has(*known) or (name == "os_months" and state.marked(name)):
        return
    values = (("field", COLUMNS[name].label), ("count", state.count(name)))
    able = [each for each in _likely(state, "os_event", _two) if not _asked(each, "os_event")]
    answers = [a for each in able for a in _events(state, each)]
    yield from _question(state, "who died", "ask-who-died", values, answers)


def _event(state: _State) -> Iterator[Question]:
    """A time free of progression without an event."""
    if not state.mapped("pfs_months") or state.has("pfs_event", "progression", "progression_date"):
        return
    if state.marked("pfs_months"):
        return
    values = (("field", COLUMNS["pfs_months"].label), ("count", state.count("pfs_months")))
    able = [each for each in _likely(state, "pfs_event", _two) if not _asked(each, "pfs_event")]
    answers = [a for each in able for a in _events(state, each, "pfs_event")]
    yield from _question(state, "who progressed", "ask-who-had", values, answers)


def _two(cells: Cells) -> bool:
    """Whether cells have two values, or say life and death."""
    known = [text for text in cells.texts if not is_missing(text)]
    short = all(len(text) <= _SHORT for text in known)
    if is_mark(cells):
        return True
    return is_event(cells) or nature(cells) == "status" or (2 <= len(known) <= _STATES and short)


def _events(state: _State, shown: Shown, field: str = "os_event") -> Iterator[Answer]:
    """The readings in which a column says to whom something happened, with the counts."""
    header, cells = shown.column.header, _cells(shown)
    name = "vital_status" if field == "os_event" and nature(cells) == "status" else field
    column, given = COLUMNS[name], mapped(state.chosen, header, "patients", name)
    counts = dict(zip(cells.texts, cells.counts().tolist(), strict=True))
    known = known_words(column)
    told = {text: known.find(text) for text in counts} | dict(coding(header.text, column, cells))
    yes = "dead" if name == "vital_status" else "yes"
    if all(told[text] in known.codes for text in counts) and name == "vital_status":
        shown_values = ", ".join(f"{text} {count}" for text, count in counts.items())
        yield Answer("ask-worded", (("column", header.text), ("values", shown_values)), given)
        return
    no = "alive" if name == "vital_status" else "no"
    if is_mark(cells):
        counts = {text: counts[text] for text in cells.texts} | {"": int((cells.codes < 0).sum())}
        told[""] = no
    total = sum(counts.values())
    likely = sorted(
        counts, key=lambda text: (told[text] != yes, normal(text) in ("0", "no", "нет"))
    )
    for happened in likely[: 2 if len(counts) == 2 and "" not in counts else 1]:
        coded = given
        for text in counts:
            coded = valued(coded, name, text, yes if text == happened else no)
        values: Values = (
            ("column", header.text),
            ("value", f"'{happened}'"),
            ("count", counts[happened]),
            ("total", total),
        )
        yield Answer("ask-coded", values, coded)


def _at_all(state: _State) -> Iterator[Question]:
    """Nothing about survival, in a file with a column of times and one of two values."""
    known = ("os_event", "vital_status", "death_date", "last_contact_date", "first_procedure_date")
    if state.timed() or state.has(*known) or not _likely(state, "os_event", _two):
        return
    column = COLUMNS["os_months"]
    able = [
        each
        for each in _likely(state, "os_months", partial(_is_time, column, state.chosen))
        if len(_cells(each).texts) > _LEVELS
    ]
    answers = [_timed(state, each, "os_months") for each in able]
    yield from _question(state, "how long at all", "ask-how-long-at-all", (), answers)


def _lived(state: _State) -> Iterator[Question]:
    """An event without a time: how long did they live?"""
    names = [name for name in ("os_event", "vital_status") if name in state.fields]
    if not names or state.timed() or _may_be_dated(state):
        return
    yield from _how_long(state, names[0], "os_months", "how long", "ask-how-long")


def _may_be_dated(state: _State) -> bool:
    """Whether columns of dates may still say how long patients lived: they are asked about."""
    if state.has("first_procedure_date"):
        return _dates_left(state) > 0
    return _dates_left(state) > 1 and not state.chosen.said("since when")


def _free(state: _State) -> Iterator[Question]:
    """An event of progression without a time."""
    if state.mapped("pfs_event") and not state.has("pfs_months", "progression_date"):
        yield from _how_long(state, "pfs_event", "pfs_months", "how long free", "ask-how-long-free")


def _how_long(state: _State, event: str, field: str, code: str, message: str) -> Iterator[Question]:
    column = COLUMNS[field]
    able = _likely(state, field, lambda cells: fits(column, cells, "", state.chosen))
    able = [each for each in able if len(_cells(each).texts) > _LEVELS or len(able) == 1]
    answers = [_timed(state, each, field) for each in able]
    values = (("field", column.label), ("count", state.count(event)))
    yield from _question(state, code, message, values, answers)


def _timed(state: _State, shown: Shown, field: str) -> Answer:
    given = mapped(state.chosen, shown.column.header, "patients", field)
    samples = ", ".join(shown.column.samples[:_SAMPLES])
    return Answer("ask-timed", (("column", shown.column.header.text), ("samples", samples)), given)


def _dates(state: _State, field: str) -> list[Answer]:
    able = _likely(state, field, lambda cells: nature(cells) == "date")
    return [_timed(state, each, field) for each in able]


def _dates_left(state: _State) -> int:
    """How many columns of dates mean nothing yet."""
    return sum(nature(_cells(each)) == "date" for each in state.left)


def _since(state: _State) -> Iterator[Question]:
    """Dates of death or last contact, but not since when."""
    starts = ("first_procedure_date", "first_hai_date", "first_tace_date")
    ends = ("death_date", "last_contact_date")
    ended = state.mapped(*ends) or (
        state.mapped("vital_status", "os_event") and not state.timed() and _dates_left(state) > 1
    )
    if ended and not state.has(*starts, "os_months", "procedure_date"):
        answers = _dates(state, "first_procedure_date")
        yield from _question(state, "since when", "ask-since-when", (), answers)


def _living(state: _State) -> int:
    """Patients of whom no death is known."""
    if state.mapped("death_date"):
        return int((state.cells("death_date").codes < 0).sum())
    return state.rows


def _seen(state: _State) -> Iterator[Question]:
    """Deaths are dated, but of the living nothing says until when they were seen."""
    starts = ("first_procedure_date", "first_hai_date", "first_tace_date")
    living = _living(state)
    if not state.mapped(*starts) or not living or state.has("last_contact_date", "os_months"):
        return
    if not state.mapped("death_date", "vital_status", "os_event"):
        return
    answers = _dates(state, "last_contact_date")
    if state.mapped("last_assessment_date", "progression_date"):
        decided = state.chosen.decided(SEEN_BY_ANY, "yes").decided("seen when", "any date")
        answers.append(Answer("ask-last-of-all", (), decided))
    not_here = Answer("ask-not-here", (), state.chosen.decided("seen when", "not here"))
    if not state.chosen.said("seen when"):
        values = (("count", living),)
        yield Question("need", "ask-seen-when", values, (*answers, not_here))


def _partial(state: _State) -> Iterator[Question]:
    """A time of the dead alone, or of the living alone, would leave all others out."""
    names = [name for name in ("os_event", "vital_status") if name in state.fields]
    if not names or not state.mapped("os_months") or state.has("contact_months", "death_months"):
        return
    if state.mapped("first_procedure_date") and state.mapped("death_date", "last_contact_date"):
        return
    timed = state.cells("os_months").codes >= 0
    for levels, others, message, field in _HALVES:
        untold = _of_level(state, names[0], levels)
        told = _of_level(state, names[0], others)
        if untold.any() and told.any() and not timed[untold].any() and timed[told].any():
            column = COLUMNS[field]
            fitting = partial(_is_time, column, state.chosen)
            answers = [_timed(state, each, field) for each in _likely(state, field, fitting)]
            said = state.chosen.decided("other times", "not here")
            values = (("column", _header(state, "os_months")), ("count", int(untold.sum())))
            if not state.chosen.said("other times"):
                yield Question(
                    "need", message, values, (*answers, Answer("ask-not-here", (), said))
                )


_ALIVE, _DEAD = ("no", "alive", "lost"), ("yes", "dead")
_HALVES = (
    (_ALIVE, _DEAD, "ask-times-of-living", "contact_months"),
    (_DEAD, _ALIVE, "ask-times-of-dead", "death_months"),
)


def _is_time(column: Column, chosen: Reading, cells: Cells) -> bool:
    return fits(column, cells, "", chosen)


def _header(state: _State, field: str) -> str:
    return state.fields[field].column.header.text


def _of_level(state: _State, field: str, levels: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(n,) bool array: rows whose cell of a field means one of some levels."""
    cells = state.cells(field)
    meant = {each.value for each in state.fields[field].column.values if each.level in levels}
    blank = any(
        each.column == field and each.value == "" and each.level in levels
        for each in state.chosen.values
    )
    return np.array([text in meant for text in cells.texts] + [blank], bool)[cells.codes]


def _death(state: _State) -> Iterator[Question]:
    """Who died is known, and when each patient was last seen: is that of the dead their death?"""
    if not state.mapped("last_contact_date") or state.has("death_date", "os_months"):
        return
    names = [name for name in ("vital_status", "os_event") if name in state.fields]
    if not names:
        return
    seen = state.cells("last_contact_date").codes >= 0
    count = int((_of_level(state, names[0], _DEAD) & seen).sum())
    if not count:
        return
    header = _header(state, "last_contact_date")
    said = state.chosen.said(DEATH_BY_CONTACT)
    both = "death" in about(header)
    yes = Answer("ask-yes-death", (), state.chosen.decided(DEATH_BY_CONTACT, "yes"))
    no = Answer("ask-no-death", (), state.chosen.decided(DEATH_BY_CONTACT, "no"))
    answers = (no, yes) if said == "no" else (yes, no)
    values = (("column", header), ("count", count))
    settled = both or bool(said)
    yield Question("need", "ask-is-death", values, answers, header, settled)


def _modality(state: _State) -> Iterator[Question]:
    """No column of modality, but one that may be it."""
    if state.has("modality", "first_hai_date", "first_tace_date"):
        return
    able = _likely(state, "modality", _grouped)
    answers = [_timed(state, each, "modality") for each in able if _may_be(each)]
    yield from _question(state, "which modality", "ask-which-modality", (), answers)


def _grouped(cells: Cells) -> bool:
    known = [text for text in cells.texts if not is_missing(text)]
    return 2 <= len(known) <= _LEVELS and nature(cells) in _GROUPS


_GROUPS: tuple[Nature, ...] = ("text", "modality", "number", "event")


def _may_be(shown: Shown) -> bool:
    """Whether a header or a cell of a column speaks of a modality."""
    known = known_words(COLUMNS["modality"])
    words = any(known.find(text) for text in _cells(shown).texts)
    return words or any(each.field == "modality" for each in meanings(shown.column.header.text))
