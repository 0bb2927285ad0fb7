"""A question of the import as it is asked: its answers, or a select for each of several values."""

from collections.abc import Callable

import streamlit as st

from lib import text
from lib.ingest import Answer, Question
from lib.language import _
from lib.ui import answers, controls, session

_BESIDE = (5, 1)
"""What is asked, and the way back beside it: also before there is one, so that what was answered
stays the widget that it was, where the keyboard is."""


def ask(question: Question) -> None:
    """Draw the answers; of several values those that hold for all, and one select for each."""
    words, stays = worded(question), None if question.settled else question
    offered = list(question.answers)
    one_value = _is_one_value(question)
    said, _back = st.columns(_BESIDE)
    with said:
        _drawn(
            question,
            now=0 if question.settled and not (one_value or question.parts) else None,
            then=lambda index: answers.give(
                offered[index].reading, f"{words} {_worded(offered[index])}", stays, index
            ),
        )
    if question.parts:
        _one_by_one(question, words)


def answered(at: int, last: bool) -> None:
    """Draw a question in its place with the answer that it was given, to change or take back.

    `at`: which of `answers.given`. `last`: whether it is the last of them.
    """
    given = answers.given()[at]
    question = given.question
    assert question is not None, "it stays in its place"
    words = worded(question)
    said, back = st.columns(_BESIDE)
    with said:
        if given.picked is None:
            st.markdown(text.plain(given.words))
        else:
            _drawn(
                question,
                now=given.picked,
                then=lambda index: answers.change(
                    at, index, f"{words} {_worded(question.answers[index])}"
                ),
            )
    with back:
        st.button(
            _("Take back"),
            key="take-back" if last else f"take-back.{at}",
            icon=":material/undo:",
            type="tertiary",
            help=text.plain(given.words),
            on_click=answers.take_back,
            args=(at,),
        )


def worded(question: Question) -> str:
    """What is asked."""
    return text.said(question.message, question.values)


def named(question: Question) -> str:
    """By what a question is told from others."""
    return f"question.{question.kind}.{question.column}.{worded(question)}"


def _is_one_value(question: Question) -> bool:
    return question.kind == "value" and not question.parts


def _drawn(question: Question, now: int | None, then: Callable[[int], None]) -> None:
    controls.one_of(
        text.plain(worded(question)),
        range(len(question.answers)),
        lambda index: _worded(question.answers[index]),
        now=now,
        key=named(question),
        then=then,
        is_radio=not _is_one_value(question),
    )


def _one_by_one(question: Question, words: str) -> None:
    """A select for each value, all of which are used at once."""
    with st.form(session.widget_key(f"values.{question.column}.{words}")):
        keys = [
            _one(part, session.widget_key(f"value.{question.column}.{words}.{place}"))
            for place, part in enumerate(question.parts)
        ]

        def answered() -> None:
            picked = [st.session_state.get(each) for each in keys]
            answers.give(question.answered(picked), words, question)

        st.form_submit_button(_("Use what was chosen"), on_click=answered)


def _one(part: Question, key: str) -> str:
    """A select for one value, under a key of its own: two values may be written alike; the key."""
    values, offered = dict(part.values), list(part.answers)
    st.selectbox(
        text.plain(f"{values['value']} ({values['count']})"),
        range(len(offered)),
        index=None,
        format_func=lambda index: text.visible(_worded(offered[index])),
        placeholder=_("choose"),
        key=key,
    )
    return key


def _worded(answer: Answer) -> str:
    return text.said(answer.message, answer.values)
