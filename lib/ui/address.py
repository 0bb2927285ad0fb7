"""The address of a view: endpoint, grouping, choices and filters by code, and nothing of a file.

It lies in the history of a browser and in the logs of proxies: no level, header or text that is
not the schema's own ever stands in it, and no end of a range that the data set.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from lib.analyses.counted import Population
from lib.analyses.study import opening_plan
from lib.language import _
from lib.plan import (
    Condition,
    FigurePlan,
    Plan,
    PlanError,
    ResponsePlan,
    SurvivalPlan,
    dumps,
    loads,
)
from lib.schema import BY_DATES, COLUMNS, ENDPOINTS
from lib.ui import controls, filters, session

_OPEN, _ENDPOINT, _FILTER, _LANGUAGE = "open", "endpoint", "filter.", "lang"
_FIELDS = (
    *("study.by", "study.modality_rule", "study.roll_up"),
    *("study.assessed_every", "study.seen_every"),
    *(f"response.{each.name}" for each in fields(ResponsePlan)),
    *(f"survival.{each.name}" for each in fields(SurvivalPlan)),
    *(f"figure.{each.name}" for each in fields(FigurePlan)),
    *("comparison.column", "comparison.contrast"),
    *("comparison.reference", "comparison.comparison"),
)
"""The choices that stand in it, each where it is not the default."""
_COLUMN = ("study.by", "comparison.column")
_LEVEL = ("comparison.reference", "comparison.comparison")
_MISSING = "~"  # ends a filter that keeps those without a value
_NUMBER = re.compile(r"-?\d{1,7}(?:\.\d{1,6})?")
_LONGEST = 200  # signs of one part


# What a plan is in an address ------------------------------------------------------------------


def codes(loaded: session.Opened, plan: Plan, endpoint: str) -> dict[str, str]:
    """The parts of the address of a view, those alone that say nothing of the file."""
    found = {_ENDPOINT: endpoint} if _is_endpoint(endpoint) else {}
    for field in _FIELDS:
        now = attrgetter(field)(plan)
        if now != attrgetter(field)(Plan()) and _is_ours(field, now, plan):
            found[field] = _written(now)
    for asked in plan.study.selection:
        if words := _filter(loaded, plan, asked):
            found[_FILTER + asked.column] = words
    return {name: words for name, words in found.items() if len(words) <= _LONGEST}


def bare(loaded: session.Opened, plan: Plan) -> Plan:
    """The plan with nothing of the file: filters and levels that can stand in an address, alone."""
    selection = tuple(
        _condition(each.column, words)
        for each in plan.study.selection
        if (words := _filter(loaded, plan, each))
    )
    two = plan.comparison
    ours = _levels(two.column)
    reference, comparison = (
        level if level in ours else "" for level in (two.reference, two.comparison)
    )
    to_the_end = plan.study.as_of == loaded.latest_date
    return replace(
        plan,
        study=replace(
            plan.study, selection=selection, as_of=None if to_the_end else plan.study.as_of
        ),
        comparison=replace(two, reference=reference, comparison=comparison),
    )


def _is_endpoint(code: str) -> bool:
    return code in ENDPOINTS or code in BY_DATES


def _is_ours(field: str, value: Any, plan: Plan) -> bool:
    """Whether a choice names columns and levels of the schema alone."""
    if field in _COLUMN:
        return not value or (value in COLUMNS and COLUMNS[value].baseline)
    return field not in _LEVEL or value in _levels(plan.comparison.column)


def _levels(column: str) -> set[str]:
    return {level.code for level in COLUMNS[column].levels} if column in COLUMNS else set()


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    return value if isinstance(value, str) else f"{value:.10g}"


def _filter(loaded: session.Opened, plan: Plan, asked: Condition) -> str:
    """A condition in codes and whole numbers; '' where it cannot be said so."""
    known = loaded.columns.get(asked.column)
    if asked.column not in COLUMNS or known is None or not known.baseline:
        return ""
    if asked.levels:
        words = ",".join(asked.levels) if {*asked.levels} <= _levels(asked.column) else ""
    else:
        words = _span(session.under(loaded, plan).everybody, asked)
    return words + _MISSING if words and asked.keep_missing else words


def _span(whole: Population, asked: Condition) -> str:
    """The ends that the visitor chose: one that is the file's own least or most is left out."""
    ends = [
        "" if end is None or end == own else str(int(end)) if end == int(end) else None
        for end, own in zip(
            (asked.low, asked.high), filters.bounds(whole, asked.column), strict=True
        )
    ]
    return "" if None in ends or not any(ends) else ":".join(map(str, ends))


# And back ---------------------------------------------------------------------------------------


def followed(loaded: session.Opened, plan: Plan, wanted: Mapping[str, str]) -> tuple[Plan, bool]:
    """The plan with all that an address asks for and a file can follow; whether that is all."""
    whole = True
    for name, words in wanted.items():
        if name in (_OPEN, _ENDPOINT):
            continue
        try:
            asked = _with(plan, name, words)
            opening_plan(loaded, asked)
            _check_groups(session.under(loaded, asked), name, words)
        except (PlanError, ValueError):
            whole = False
        else:
            plan = asked
    return plan, whole


def _check_groups(study: Population, name: str, words: str) -> None:
    """Refuse a column that makes no groups of this file, or too many, by a `ValueError`."""
    if name in _COLUMN and words not in {"", *(each.name for each in filters.groupable(study))}:
        raise ValueError


def _with(plan: Plan, name: str, words: str) -> Plan:
    """The plan with one part of an address.

    Raises `ValueError`, or the `PlanError` that is one, where it is none.
    """
    if name.startswith(_FILTER):
        asked = _condition(name.removeprefix(_FILTER), words)
        others = tuple(each for each in plan.study.selection if each.column != asked.column)
        changed: Plan = replace(plan, study=replace(plan.study, selection=(*others, asked)))
        return changed
    value = _read(words, attrgetter(name)(Plan()))
    changed = controls.with_field(plan, name, value)
    if not _is_ours(name, value, changed):
        raise ValueError
    loads(dumps(controls.with_field(Plan(), name, value)))
    return changed


def _read(words: str, like: Any) -> Any:
    if isinstance(like, str):
        return words
    if isinstance(like, bool):
        return {"0": False, "1": True}.get(words, words)
    if isinstance(like, tuple):
        return tuple(_number(each) for each in words.split(","))
    return _number(words)


def _number(words: str) -> float:
    if not _NUMBER.fullmatch(words):
        raise ValueError
    return float(words) if "." in words else int(words)


def _condition(column: str, words: str) -> Condition:
    """The condition that a filter of an address asks for.

    Raises `ValueError` where it asks for none of the schema's.
    """
    kept = words.endswith(_MISSING)
    words = words.removesuffix(_MISSING)
    if ":" in words:
        low, high = (float(_number(end)) if end else None for end in words.split(":"))
        asked = Condition(column, low=low, high=high, keep_missing=kept)
        if column not in COLUMNS or low is high is None:
            raise ValueError
        return asked
    levels = tuple(words.split(","))
    if not {*levels} <= _levels(column):
        raise ValueError
    return Condition(column, levels, keep_missing=kept)


# The browser's ----------------------------------------------------------------------------------


def listen() -> None:
    """Take the language that the address asks for, as a session begins."""
    if not session.began():
        session.choose_tongue(st.query_params.get(_LANGUAGE, ""))


def look(page: str) -> None:
    """Keep what the address asks for as a session begins, until a cohort is open.

    `page`: the file of the page that it leads to.
    """
    if not session.began():
        session.wait_for_file(dict(_known(st.query_params.to_dict())), page)


def _known(found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The parts that an address of ours can have; all else of it was never ours."""
    for name, words in found.items():
        column = name.removeprefix(_FILTER) if name.startswith(_FILTER) else ""
        ours = name in (_OPEN, _ENDPOINT, *_FIELDS) or column in COLUMNS
        if ours and len(words) <= _LONGEST:
            yield name, words


def was_reloaded() -> bool:
    """Whether the address is that of a cohort which a reload closed, and none is open since."""
    return session.loaded() is None and _OPEN in session.linked()


def follow() -> None:
    """Put what the address asked for in force, once a file is open and read as it is to be."""
    wanted, loaded = session.linked(), session.loaded()
    if loaded is None or not wanted:
        return
    plan, whole = followed(loaded, session.plan(), wanted)
    session.let_go_of_link()
    session.choose(plan)
    session.redraw()
    if _is_endpoint(wanted.get(_ENDPOINT, "")):
        session.show_endpoint(wanted[_ENDPOINT])
    if not whole:
        st.info(
            _("Not all that this address asks for can be followed: the file does not have it."),
            icon=":material/link_off:",
        )


def shown() -> dict[str, str]:
    """What the address says now: what it asked for, while that waits, else what is shown."""
    loaded = session.loaded()
    wanted = session.linked()
    said = {_LANGUAGE: session.tongue()} if session.tongue() else {}
    if loaded is None:
        return wanted | said
    shows = wanted or codes(loaded, session.plan(), session.endpoint())
    return {_OPEN: "1", **shows, **said}


def link() -> str:
    """The address of what is shown, for who has the same file: codes, and nothing of the file."""
    parts = {name: words for name, words in shown().items() if name != _OPEN}
    here = str(st.context.url or "")
    return f"{here}?{urlencode(parts, safe=':,~')}" if parts else here
