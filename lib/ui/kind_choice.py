"""Whether a column that is carried along is a number or a category."""

import streamlit as st

from lib import text
from lib.ingest import Proposal, ProposedColumn
from lib.language import N_, _
from lib.ui import session

_WORDS = {"number": N_("a number"), "category": N_("groups, one for each value")}


def kind_of(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    """Draw the choice for a carried column of numbers; nothing for any other."""
    if not column.kinds:
        return
    now = column.kinds[0]
    key = session.widget_key(f"kind.{name}.{now}")
    st.selectbox(
        _("Read as"),
        column.kinds,
        format_func=lambda kind: _(_WORDS[kind]),
        key=key,
        on_change=lambda: session.answer(
            proposal.of_kind(column, st.session_state[key]),
            f"{text.cut(column.header.text)}: {_(_WORDS[st.session_state[key]])}",
        ),
    )
