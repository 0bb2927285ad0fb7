"""Which sheet holds the patients and which of its rows the headers, with the first rows in view."""

import pandas as pd

from lib.ingest import Proposal
from lib.ingest.grid import letter
from lib.language import _
from lib.plan import NO_HEADERS
from lib.ui import answers, controls, parts, session

_MARK = "▶"


def choose_sheet(proposal: Proposal) -> None:
    """The sheet with the patients, where there are several, and the row of its headers."""
    if len(proposal.sheets) > 1:
        controls.one_of(
            _("Sheet with the patients"),
            proposal.sheets,
            str,
            now=proposal.sheet,
            key="sheet",
            then=lambda name: answers.give(
                proposal.on_sheet(name), _("Sheet with the patients: {name}").format(name=name)
            ),
        )
    if proposal.header_row:
        title = _("The headers are in row {row}").format(row=proposal.header_row)
    else:
        title = _("No row holds headers")
    name = session.file_key("header rows")
    with parts.folded(title, name, expanded=not proposal.header_row) as opened:
        if opened:
            parts.rows(_first_rows(proposal), "first-rows", width="stretch")
            _choose_row(proposal)


def _first_rows(proposal: Proposal) -> pd.DataFrame:
    """The first rows as they stand, the row of the headers marked."""
    count = len(proposal.first_rows)
    numbers = [
        f"{_MARK} {row}" if row == proposal.header_row else str(row) for row in range(1, count + 1)
    ]
    frame = pd.DataFrame(list(proposal.first_rows), index=pd.Index(numbers, name=_("Row")))
    frame.columns = pd.Index([letter(place) for place in range(frame.shape[1])])
    return frame


def _choose_row(proposal: Proposal) -> None:
    now = proposal.header_row or NO_HEADERS
    controls.one_of(
        _("Row of the headers"),
        [*range(1, max(len(proposal.first_rows), now) + 1), NO_HEADERS],
        _row,
        now=now,
        key="header row",
        then=lambda row: answers.give(
            proposal.with_header(row), _("Row of the headers: {row}").format(row=_row(row))
        ),
        help=_("Everything else is proposed anew from the row that you choose."),
    )


def _row(row: int) -> str:
    return _("none: no row holds headers") if row == NO_HEADERS else str(row)
