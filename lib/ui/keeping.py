"""What the browser does: the address of what is shown, terms explained, and plans kept, if agreed.

A kept plan holds no cell of a row, but words that stand for a level as the visitor said, and those
only where they recur or are words of the clinic. What comes back of a browser is read as any plan
is: whatever wrote it, nothing of it is trusted.
"""

import json
import re
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from lib import text
from lib.cohort import Cohort
from lib.exhibits import glossary
from lib.ingest import Proposal, identifiers, names
from lib.ingest.remarks import without_people_in_name
from lib.language import _, spoken
from lib.plan import Decision, MappedValue, Plan, PlanError, Protocol, dumps, loads
from lib.ui import (
    address,
    components,
    controls,
    loading,
    platform,
    promises,
    remembered,
    session,
)

NAME = components.KEEPING
MOST = 12  # plans that a browser keeps; the oldest go
LONGEST = 100_000  # signs of one
_FOLDER = Path(__file__).parent / "browser"
KEY = "keeping"
_RECURS = 2  # rows from which a word is one of many patients
_LONG = 40  # signs of a word that stands for a level
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Za-z0-9_ -]{0,40}")


# What may be kept -------------------------------------------------------------------------------


def bare(loaded: Cohort, plan: Plan, proposal: Proposal) -> Plan:
    """The plan with no cell of a row: headers and what they mean, choices, filters by code.

    Free words may name somebody: a report is not kept, nor a protocol that says who is eligible.
    """
    plan = address.bare(loaded, plan)
    said = proposal.chosen
    counts = {
        (column.meant.name, each.value): each.count
        for column in proposal.columns
        if column.meant is not None
        for each in column.values
    }
    known = {column.header.text for column in proposal.columns}
    return Plan(
        reading=replace(
            plan.reading,
            values=tuple(v for v in said.values if _is_no_cell(v, counts)),
            decisions=tuple(d for d in said.decisions if _is_code(d, known)),
        ),
        study=plan.study,
        protocol=plan.protocol if not plan.protocol.eligibility else Protocol(),
        response=plan.response,
        survival=plan.survival,
        comparison=plan.comparison,
        small=plan.small,
        confidence=plan.confidence,
    )


def _is_no_cell(mapped: MappedValue, counts: dict[tuple[str, str], int]) -> bool:
    """Whether a word that stands for a level is more than what one row has, and names nobody."""
    word = mapped.value
    if len(word) > _LONG or without_people_in_name(word) != word:
        return False
    if names.is_clinical(word):
        return True
    recurs = counts.get((mapped.column, word), 0) >= _RECURS
    return recurs and not (identifiers.names_somebody(word) or identifiers.is_surname(word))


def _is_code(decision: Decision, headers: set[str]) -> bool:
    return decision.answer in headers or _CODE.fullmatch(decision.answer) is not None


# The browser's ----------------------------------------------------------------------------------


def place(page: str) -> None:
    """Have the browser's address say what is shown, and keep the plan where that is agreed.

    `page`: by its name in the address, so that a browser is told again on each. To be called
    before a page ends itself.
    """
    components.register(NAME, _FOLDER)
    _component()(
        key=KEY,
        data={
            "page": page,
            "language": spoken(),
            "words": platform.words(),
            "query": urlencode(address.shown(), safe=":,~"),
            "told": remembered.kept() is not None,
            "asked": remembered.asks_browser(),
            "keeps": remembered.keeps(),
            "said": remembered.said_of_keeping(),
            "plan": _plan() if remembered.keeps() and remembered.kept() is not None else None,
            "most": MOST,
            "glossary": glossary.explained(),
            "terms": _("Terms on this page"),
            "ahead": components.of_next_page() if session.loaded() is None else None,
        },
        on_found_change=_found,
        on_failed_change=remembered.keep_nothing,
    )


def _plan() -> tuple[str, str] | None:
    """The plan of what is open, by the digest of its headers; None where there is none to keep."""
    loaded = session.cohort()
    if loaded is None:
        return None
    made = partial(_written, loaded, session.plan(), loading.proposal())
    words = remembered.latest_kept(session.plan(), loading.proposal(), made)
    return (remembered.headers(), words) if len(words) <= LONGEST else None


def _written(loaded: Cohort, plan: Plan, proposal: Proposal) -> str:
    kept = bare(loaded, plan, proposal)
    remembered.keep(kept)
    return dumps(kept)


@promises.whole()
def _found() -> None:
    """Take what the browser kept, each plan of it that can be read: see `loading.follow_kept`."""
    remembered.take(*read(st.session_state[KEY].get("found")))


def read(found: object) -> tuple[dict[str, Plan], str]:
    """What a browser kept, by the headers, and why some of it is left; '' where nothing is."""
    refused = ""
    plans: dict[str, Plan] = {}
    for each in _listed(found):
        try:
            digest, plan = _entry(each)
        except PlanError as problem:
            refused = text.error(problem)
        except ValueError:
            refused = _("it is no plan of Hepar")
        else:
            plans[digest] = plan
    return plans, refused


def _listed(found: object) -> list[Any]:
    """The entries of what was kept; one that is none, where it is no list of a few."""
    try:
        listed = json.loads(found) if isinstance(found, str) and _is_short(found) else None
    except (ValueError, RecursionError):
        listed = None
    return listed if isinstance(listed, list) and len(listed) <= MOST else [None]


def _is_short(found: str) -> bool:
    return len(found) <= 2 * MOST * LONGEST  # a sign may be written as two


def _entry(each: object) -> tuple[str, Plan]:
    """One kept plan and its headers; raises `ValueError` where it is none."""
    match each:
        case [str(digest), str(words)] if _DIGEST.fullmatch(digest) and len(words) <= LONGEST:
            return digest, loads(words)
    raise ValueError


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(NAME, js=components.SERVED[NAME][0])


# The visitor's ----------------------------------------------------------------------------------


def box() -> None:
    """Ask, once, whether this browser may keep plans; what is kept is said."""
    controls.ask(
        st.checkbox,
        _("Remember my answers in this browser; no patient data"),
        value=remembered.keeps(),
        now=remembered.keeps(),
        key=remembered.BOX,
        then=remembered.agree_to_keep,
        help=_(
            "For the tables that were open last, at most {most}: the headers and what they "
            "mean, your answers, choices, and filters by levels that Hepar knows. Of the "
            "cells nothing but words that you said stand for a level, where they recur. No "
            "row, no name, no patient's number. Whoever uses this browser can read it; "
            "untick to forget it all."
        ).format(most=MOST),
    )
    if why := remembered.not_read():
        st.warning(
            text.plain(
                _("Something that this browser kept is not followed: {why}.").format(why=why)
            )
        )
    if remembered.cannot_keep():
        st.warning(_("This browser keeps nothing, or has no more room."))


def recalled(then: str = "") -> None:
    """Say that the loaded file is read as the same headers were before, and what `then`."""
    words = {
        "": "",
        "session": _("These headers were mapped before, and are mapped so again."),
        "browser": _(
            "These headers were mapped before. Your answers, choices and filters, as this browser "
            "kept them, are in force again."
        ),
    }[remembered.recalled()]
    if words:
        st.info(text.plain(f"{words} {then}"))
