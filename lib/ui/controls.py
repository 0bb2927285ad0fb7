"""Widgets and what is done once they are moved: most replace the field of the plan they show."""

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


def ask(
    draw: Callable[..., Any],
    *given: Any,
    key: str,
    then: Callable[[Any], None],
    now: Any = ...,
    **more: Any,
) -> Any:
    """A widget of the cohort, and what is done with its value once it is moved.

    `draw`: of Streamlit, told `given` and `more`. `key`: its name, unique on the page. `now`: what
    it is to show, where that may be decided otherwise than by moving it: only then it is drawn
    anew, and one that was moved stays where the keyboard is. One that is gone by the time that its
    move arrives, with what it stood behind, does nothing, nor does one of which a browser says
    again what it showed.
    """
    name, shows = session.asked(key, now)

    def moved() -> None:
        nonlocal shows
        if name in st.session_state and st.session_state[name] != shows:
            shows = st.session_state[name]
            session.answered(key, name, shows)
            then(shows)

    return draw(*given, key=name, on_change=moved, **more)


def one_of(
    title: str,
    options: Sequence[Any],
    words: Callable[[Any], str],
    *,
    key: str,
    then: Callable[[Any], None],
    now: Any = None,
    is_radio: bool = False,
    **more: Any,
) -> None:
    """One of several: a select box, or a radio.

    `words`: how an option is shown. `now`: what is chosen; none of the options where nothing is.
    """
    draw: Any = st.radio
    if not is_radio:
        draw = st.selectbox
        more.setdefault("placeholder", _("choose"))
    ask(
        draw,
        title,
        list(options),
        index=list(options).index(now) if now in options else None,
        format_func=lambda option: (
            text.plain(words(option))
            if is_radio  # which reads markup, while a box shows words as they are
            else text.visible(words(option))
        ),
        key=key,
        now=now if now in options else None,
        then=lambda chosen: session.redraw() if chosen is None else then(chosen),
        **more,
    )


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
    **more: Any,
) -> None:
    """One of several for a field.

    `field`: ``part.name`` of the plan. `words`: how an option is shown. `now`: what is chosen,
    where it is not the field's value as it is. `put`: gives the plan with that option, where more
    than the field changes.
    """
    now = _now(field) if now is None else now
    one_of(title, options, words, now=now, **_bound(field, put, key), **more)


def toggle(field: str, title: str, key: str = "") -> None:
    """Yes or no."""
    ask(st.toggle, title, _now(field), **_bound(field, key=key))


def slider(field: str, title: str, low: Any, high: Any, **more: Any) -> None:
    """A number or a day between two; one of the plan's beyond them is shown at the nearer."""
    now = _now(field)
    now = round(now) if isinstance(now, float) else now
    ask(st.slider, title, low, high, min(max(now, low), high), **_bound(field), **more)


def number(field: str, title: str, low: int, high: int) -> None:
    """A whole number between two; one that is typed beyond them counts as the nearer."""

    def within(plan: Plan, value: float) -> Plan:
        return with_field(plan, field, min(max(int(value), low), high))

    now = min(max(_now(field), low), high)
    ask(st.number_input, title, low, high, value=now, step=1, **_bound(field, within))


def several(field: str, title: str, options: Sequence[Any], put: Put) -> None:
    """Any of several; without any the plan keeps what it has."""
    ask(
        st.multiselect,
        title,
        list(options),
        default=[each for each in _now(field) if each in options],
        format_func=str,
        placeholder=_("choose"),
        **_bound(field, put),
    )


def _now(field: str) -> Any:
    return attrgetter(field)(session.plan())


def _bound(field: str, put: Put | None = None, key: str = "") -> dict[str, Any]:
    """What ties a widget to a field of the plan."""

    def then(value: Any) -> None:
        if value is None or value == []:
            session.redraw()
        else:
            make = put or (lambda plan, value: with_field(plan, field, value))
            session.choose(make(session.plan(), value))

    return {"key": key or field.split(".")[1], "then": then}
