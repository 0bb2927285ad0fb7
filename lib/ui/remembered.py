"""How files were read before, by their headers: in this session, or, if agreed, by the browser."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Literal, TypeAlias
from uuid import uuid4

import streamlit as st

from lib.ingest import Proposal
from lib.plan import Plan, Reading
from lib.registry import prepare
from lib.registry.running import Looking
from lib.ui import promises, session
from lib.worker.importing import Import

Recalled: TypeAlias = Literal["", "session", "browser"]

_READINGS, _RECALLED = "hepar.visitor.readings", "hepar.recalled"
_KEEPS, _SAID, _KEPT = "hepar.visitor.keeps", "hepar.visitor.said-of-keeping", "hepar.visitor.kept"
_NOT_READ, _CANNOT_KEEP = "hepar.visitor.not-read", "hepar.visitor.cannot-keep"
_ASKED, _HEADERS, _WRITTEN = "hepar.visitor.asked", "hepar.headers", "hepar.written"
_ASKS = 10
BOX = "keep"
"""The name of the widget by which a visitor agrees."""


def recalled() -> Recalled:
    """Where it was kept how the loaded file is read, as the same headers were before."""
    return session.get(_RECALLED, "")


def came_from(whence: Recalled) -> None:
    """Keep where it was kept how the loaded file is read."""
    st.session_state[_RECALLED] = whence


def remember(whence: str, complete: Reading, chosen: Reading) -> None:
    """Map the same headers so again, while this session lasts; what was said last counts."""
    known: dict[str, tuple[Reading, Reading]] = st.session_state.get(_READINGS, {})
    others = {name: each for name, each in known.items() if name != whence}
    st.session_state[_READINGS] = {whence: (complete, chosen), **others}


def recall(file: Import) -> Reading:
    """What was chosen for a file with the same headers, or in a plan; nothing where none was."""
    known: dict[str, tuple[Reading, Reading]] = st.session_state.get(_READINGS, {})
    found = (file.followed(*each) for each in known.values())
    return next((reading for reading in found if reading is not None), Reading())


def recall_registry(found: Looking) -> Reading:
    """What was chosen for a registry in this session, else as it was prepared by; else nothing."""
    known: dict[str, tuple[Reading, Reading]] = st.session_state.get(_READINGS, {})
    before = known.get(of_registry(found.name)) or prepare.read_as(found.folder)
    followed = found.first.followed(*before) if before else None
    return followed or Reading()


def of_registry(name: str) -> str:
    """By what it is known how a registry was read."""
    return f"registry {name}"


def keeps() -> bool:
    """Whether the visitor agreed that their browser keeps plans."""
    return session.get(_KEEPS, False)


def said_of_keeping() -> str:
    """By what one of the visitor's answers to that is told from another; '' before the first."""
    return session.get(_SAID, "")


@promises.whole()
def agree_to_keep(agreed: bool) -> None:
    """Have the browser keep plans from now on, or forget all of them.

    One that is to keep them, and did not yet tell what it keeps of before, tells that.
    """
    st.session_state[_KEEPS], st.session_state[_SAID] = agreed, uuid4().hex
    if not agreed:
        st.session_state[_KEPT] = {}
    for of_before in (_CANNOT_KEEP, _WRITTEN, _NOT_READ):
        st.session_state.pop(of_before, None)


@promises.whole()
def keep_nothing() -> None:
    """Note that this browser cannot keep anything, or no more."""
    agree_to_keep(False)
    session.decided(BOX)
    st.session_state[_CANNOT_KEEP] = True


def cannot_keep() -> bool:
    """Whether this browser could not keep what it was to keep."""
    return session.get(_CANNOT_KEEP, False)


@promises.whole()
def take(plans: dict[str, Plan], refused: str) -> None:
    """Keep what a browser kept since before, which it does only where that is agreed.

    `plans`: by the digests of headers. `refused`: why some of it cannot be read. What it tells
    once more is older than what the visitor said since.
    """
    if kept() is None:
        st.session_state[_KEEPS], st.session_state[_KEPT] = True, plans
        st.session_state[_NOT_READ] = refused


def kept() -> dict[str, Plan] | None:
    """What the browser keeps; None before it told."""
    return session.get(_KEPT, None)


def asks_browser() -> int:
    """How often this session asked a browser what it keeps; anew in each of its first runs.

    An answer can be lost with the run that it came to.
    """
    if kept() is None:
        st.session_state[_ASKED] = min(session.get(_ASKED, 0) + 1, _ASKS)
    return session.get(_ASKED, 0)


def not_read() -> str:
    """Why some of what the browser kept cannot be read; '' where all of it can."""
    return session.get(_NOT_READ, "")


def keep(plan: Plan) -> None:
    """Follow a plan wherever the headers of what is open return."""
    st.session_state[_KEPT] = (kept() or {}) | {headers(): plan}


def know(first: Proposal) -> None:
    """Keep by which headers what is open is known, as it was first read."""
    st.session_state[_HEADERS] = _digest(first)


def headers() -> str:
    """The digest of the headers of what is open."""
    return str(st.session_state[_HEADERS])


def latest_kept(plan: Plan, proposal: Proposal, write: Callable[[], str]) -> str:
    """What is kept of a plan and a proposal, written once for the same two."""
    whose, of, words = session.get(_WRITTEN, (None, None, ""))
    if whose is not plan or of is not proposal:
        words = write()
        st.session_state[_WRITTEN] = (plan, proposal, words)
    return words


def _digest(first: Proposal) -> str:
    """The headers of a file as it is first read."""
    headers = sorted(f"{each.table}\t{each.header.text}" for each in first.columns)
    return sha256("\n".join(headers).encode()).hexdigest()


def follows(file: Import, first: Proposal) -> Plan | None:
    """The plan that the browser kept for the headers of a file, as that can follow it."""
    plan = (kept() or {}).get(_digest(first))
    reading = file.followed(plan.reading, plan.reading) if plan else None
    return replace(plan, reading=reading) if plan and reading else None
