"""One question about several unknown values: an answer for all of them, or a select for each."""

import streamlit as st

from lib import text
from lib.ingest import Answer, Question
from lib.language import _
from lib.ui import session


def ask(question: Question) -> None:
    """Draw the answers that hold for all values, and one select for each value under them."""
    words = text.said(question.message, question.values)
    answers = list(question.answers)
    key = session.widget_key(f"question.values.{question.column}.{words}")

    def answered() -> None:
        answer = answers[st.session_state[key]]
        session.answer(answer.reading, f"{words} {_worded(answer)}")

    st.radio(
        text.plain(words),
        range(len(answers)),
        index=None,
        format_func=lambda index: text.plain(_worded(answers[index])),
        key=key,
        on_change=answered,
    )
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
    values = dict(part.values)
    answers = list(part.answers)
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
