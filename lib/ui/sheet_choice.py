"""Which sheet holds the patients and which of its rows the headers, with the first rows in view."""

import pandas as pd
import streamlit as st

from lib import text
from lib.ingest import Proposal
from lib.ingest.grid import letter
from lib.language import _
from lib.plan import NO_HEADERS
from lib.ui import parts, session

_MARK = "▶"


def choose_sheet(proposal: Proposal) -> None:
    """The sheet with the patients, where there are several, and the row of its headers."""
    if len(proposal.sheets) > 1:
        key = session.widget_key("sheet")
        st.selectbox(
            _("Sheet with the patients"),
            list(proposal.sheets),
            format_func=text.visible,
            index=list(proposal.sheets).index(proposal.sheet),
            key=key,
            on_change=lambda: session.answer(
                proposal.on_sheet(st.session_state[key]),
                _("Sheet with the patients: {name}").format(name=st.session_state[key]),
            ),
        )
    _header_row(proposal)


def _header_row(proposal: Proposal) -> None:
    """The first rows as they stand, the row of the headers marked, and another to choose."""
    if proposal.header_row:
        title = _("The headers are in row {row}").format(row=proposal.header_row)
    else:
        title = _("No row holds headers")
    name = session.widget_key("header rows")
    with parts.folded(title, name, expanded=not proposal.header_row) as opened:
        if opened:
            parts.rows(_first_rows(proposal), "first-rows", width="stretch")
            _choose_row(proposal)


def _first_rows(proposal: Proposal) -> pd.DataFrame:
    count = len(proposal.first_rows)
    numbers = [
        f"{_MARK} {row}" if row == proposal.header_row else str(row) for row in range(1, count + 1)
    ]
    frame = pd.DataFrame(list(proposal.first_rows), index=pd.Index(numbers, name=_("Row")))
    frame.columns = pd.Index([letter(place) for place in range(frame.shape[1])])
    return frame


def _choose_row(proposal: Proposal) -> None:
    now = proposal.header_row or NO_HEADERS
    rows = range(1, max(len(proposal.first_rows), now) + 1)
    options = [*rows, NO_HEADERS]
    key = session.widget_key(f"header row.{now}")
    st.selectbox(
        _("Row of the headers"),
        options,
        index=options.index(now),
        format_func=_row,
        key=key,
        on_change=lambda: session.answer(
            proposal.with_header(st.session_state[key]),
            _("Row of the headers: {row}").format(row=_row(st.session_state[key])),
        ),
        help=_("Everything else is proposed anew from the row that you choose."),
    )


def _row(row: int) -> str:
    return _("none: no row holds headers") if row == NO_HEADERS else str(row)
