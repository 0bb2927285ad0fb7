"""A question of the import as it is asked: its answers, or a select for each of several values."""

import streamlit as st

from lib import text
from lib.ingest import Answer, Question
from lib.language import _
from lib.ui import controls, session


def ask(question: Question) -> None:
    """Draw the answers; of several values those that hold for all, and one select for each."""
    words = text.said(question.message, question.values)
    answers = list(question.answers)
    one_value = question.kind == "value" and not question.parts
    controls.one_of(
        text.plain(words),
        range(len(answers)),
        lambda index: _worded(answers[index]),
        now=0 if question.settled and not (one_value or question.parts) else None,
        key=f"question.{question.kind}.{question.column}.{words}",
        then=lambda index: session.answer(
            answers[index].reading, f"{words} {_worded(answers[index])}"
        ),
        is_radio=not one_value,
    )
    if question.parts:
        _one_by_one(question, words)


def _one_by_one(question: Question, words: str) -> None:
    """A select for each value, all of which are used at once."""
    with st.form(session.widget_key(f"values.{question.column}.{words}")):
        keys = [
            _one(part, session.widget_key(f"value.{question.column}.{words}.{place}"))
            for place, part in enumerate(question.parts)
        ]

        def answered() -> None:
            picked = [st.session_state.get(each) for each in keys]
            session.answer(question.answered(picked), words)

        st.form_submit_button(_("Use what was chosen"), on_click=answered)


def _one(part: Question, key: str) -> str:
    """A select for one value, under a key of its own: two values may be written alike; the key."""
    values, answers = dict(part.values), list(part.answers)
    st.selectbox(
        text.plain(f"{values['value']} ({values['count']})"),
        range(len(answers)),
        index=None,
        format_func=lambda index: text.visible(_worded(answers[index])),
        placeholder=_("choose"),
        key=key,
    )
    return key


def _worded(answer: Answer) -> str:
    return text.said(answer.message, answer.values)
