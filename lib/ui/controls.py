"""Widgets of the plan: each names the field that it shows and, once it is moved, replaces."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import streamlit as st

from lib import text
from lib.language import _
from lib.plan import Plan
from lib.ui import session

Put = Callable[[Plan, Any], Plan]


def with_field(plan: Plan, field: str, value: object) -> Plan:
    """The plan with another value of ``part.name``."""
    part, name = field.split(".")
    changed: Plan = replace(plan, **{part: replace(getattr(plan, part), **{name: value})})
    return changed


def choice(
    field: str,
    title: str,
    options: Sequence[Any],
    words: Callable[[Any], str],
    *,
    now: Any = None,
    put: Put | None = None,
    key: str = "",
    help: str | None = None,
) -> None:
    """One of several.

    `field`: ``part.name`` of the plan. `words`: how an option is shown. `now`: what is chosen,
    where it is not the field's value as it is. `put`: gives the plan with that option, where more
    than the field changes.
    """
    now = attrgetter(field)(session.plan()) if now is None else now
    st.selectbox(
        title,
        list(options),
        index=list(options).index(now) if now in options else None,
        placeholder=_("choose"),
        format_func=lambda option: text.visible(words(option)),
        **_bound(field, put, key),
        help=help,
    )


def toggle(field: str, title: str) -> None:
    """Yes or no."""
    st.toggle(title, attrgetter(field)(session.plan()), **_bound(field))


def slider(field: str, title: str, low: Any, high: Any, **more: Any) -> None:
    """A number or a day between two; one of the plan's beyond them is shown at the nearer."""
    now = attrgetter(field)(session.plan())
    now = round(now) if isinstance(now, float) else now
    st.slider(title, low, high, min(max(now, low), high), **_bound(field), **more)


def number(field: str, title: str, low: int, high: int) -> None:
    """A whole number between two; one that is typed beyond them counts as the nearer."""
    now = attrgetter(field)(session.plan())

    def within(plan: Plan, value: float) -> Plan:
        return with_field(plan, field, min(max(int(value), low), high))

    st.number_input(
        title, low, high, value=min(max(now, low), high), step=1, **_bound(field, within)
    )


def several(field: str, title: str, options: Sequence[Any], put: Put) -> None:
    """Any of several; without any the plan keeps what it has."""
    now = attrgetter(field)(session.plan())
    st.multiselect(
        title,
        list(options),
        default=[each for each in now if each in options],
        format_func=str,
        placeholder=_("choose"),
        **_bound(field, put),
    )


def _bound(field: str, put: Put | None = None, key: str = "") -> dict[str, Any]:
    """What ties a widget to a field of the plan."""
    name = session.widget_key(key or field.split(".")[1])
    put = put or (lambda plan, value: with_field(plan, field, value))
    return {"key": name, "on_change": _moved, "args": (name, put)}


def _moved(key: str, put: Put) -> None:
    chosen = st.session_state[key]
    if chosen is None or chosen == []:
        session.redraw()
    else:
        session.choose(put(session.plan(), chosen))
