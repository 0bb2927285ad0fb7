"""What the visitor said of how a file is read, an answer at a time or by a plan, and takes back."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from lib import text
from lib.analyses.pooled import Pool
from lib.analyses.study import opening_plan
from lib.ingest import Question
from lib.language import _
from lib.plan import Reading, read
from lib.registry import Registry
from lib.ui import loading, remembered, selection, session

_ANSWERED, _PLACES = "hepar.answered", "hepar.places"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the visitor answered, and can take back."""

    words: str  # the question and the answer
    before: Reading  # what they had said until then
    after: Reading
    question: Question | None = None  # one that was open on Map, where it stays in its place
    picked: int | None = None  # which of its answers; none where it has several parts


def give(
    reading: Reading, words: str, question: Question | None = None, picked: int | None = None
) -> None:
    """Read the file as an answer has it; the answer can be taken back.

    `words`: the question and what was answered. `question`, `picked`: as `Answered` has them.
    """
    before = loading.chosen()
    loading.reread(reading)
    if loading.chosen() == reading != before:
        st.session_state[_ANSWERED] = (
            *given(),
            Answered(words, before, reading, question, picked),
        )


def given() -> tuple[Answered, ...]:
    """What was answered, the last at the end."""
    return session.get(_ANSWERED, ())


def latest() -> str:
    """The question that was answered last, and the answer; '' where none was."""
    return given()[-1].words if given() else ""


def stands(one: Answered) -> bool:
    """Whether the file is still read as an answer has it: a later one may have said otherwise."""
    now = loading.chosen()
    for each in fields(Reading):
        before, after, said = (getattr(of, each.name) for of in (one.before, one.after, now))
        if before != after:
            still = {*after} - {*before} <= {*said} if isinstance(after, tuple) else said == after
            if not still:
                return False
    return True


def take_back(at: int = -1) -> None:
    """Read the file without an answer, the last one if none is named; others stay."""
    every = list(given())
    one = every.pop(at)
    if _led(one.after, one.before):
        st.session_state[_ANSWERED] = tuple(every)
    session.redraw()


def change(at: int, picked: int, words: str) -> None:
    """Give another answer to a question in the place of the one it has."""
    every = list(given())
    one = every[at]
    assert one.question is not None, "it was answered in its place"
    after = one.question.answers[picked].reading
    if _led(one.after, after):
        every[at] = replace(one, words=words, after=after, picked=picked)
        st.session_state[_ANSWERED] = tuple(every)


def _led(of: Reading, to: Reading) -> bool:
    """Do to the reading in force what leads from one to another; whether that could be read."""
    now = loading.chosen()
    changed: dict[str, Any] = {}
    for each in fields(Reading):
        old, new, said = (getattr(one, each.name) for one in (of, to, now))
        if old != new and isinstance(old, tuple):
            gone, come = {*old} - {*new}, [one for one in new if one not in {*old, *said}]
            changed[each.name] = (*(one for one in said if one not in gone), *come)
        elif old != new:
            changed[each.name] = new
    wanted = replace(now, **changed)
    loading.reread(wanted)
    return loading.chosen() == wanted


def in_places(asked: Sequence[str]) -> list[str]:
    """The names of questions in the order in which they were first asked."""
    known: list[str] = session.get(_PLACES, [])
    st.session_state[_PLACES] = known = [*known, *(name for name in asked if name not in known)]
    return [name for name in known if name in asked]


def read_afresh() -> None:
    """Forget how these headers were mapped, and propose everything anew."""
    remembered.came_from("")
    give(Reading(), _("Propose everything anew"))


def open_plan(saved: bytes) -> str:
    """Put a saved plan in force for the loaded file; its mapping only where the headers are alike.

    Where no file is loaded, the plan waits for one with its headers. Gives what of it could not be
    applied, as `text.not_applied` words it.

    Raises `PlanError`, `CohortError` or `NotHeld` if the text is no plan, or none that what is open
    can follow; all is as it was.
    """
    written = read(saved)
    wanted, whose = written.plan, session.loaded()
    if isinstance(whose, (Registry, Pool)):
        complete = opening_plan(whose, replace(wanted, reading=whose.reading))
        session.under(whose, complete)
        session.choose(complete)
        session.redraw()
    elif whose is None:
        loading.wait_with(wanted)
    else:
        alike = loading.followed(wanted.reading)
        reading = loading.chosen() if alike is None else alike
        loading.put(reading, lambda loaded: opening_plan(loaded, wanted))
        for of_before in (_ANSWERED, _PLACES):
            st.session_state.pop(of_before, None)
        selection.forget()
        session.redraw()
    remembered.remember("plan", wanted.reading, wanted.reading)
    return text.not_applied(written)
