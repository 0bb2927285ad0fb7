"""Counts for pooling: what this centre tells others, offered where all of it is taken away."""

from functools import partial

import streamlit as st

from lib import pool, text
from lib.analyses.study import Study
from lib.analyses.told import EXACT, PoolError
from lib.language import _
from lib.ui import parts, session

_LEAST = (3, 5, 10, 15, 20, 30, EXACT)


def section(study: Study) -> None:
    """A fold that makes the counts, once the centre has said how fine they are."""
    parts.section(_("Counts for pooling with other centres"), "telling", _chosen, study)


def _chosen(study: Study) -> None:
    """Ask for the least cell, which nobody chooses for a centre, and make the file."""
    st.markdown(
        _(
            "A small file with counts of the two arms that Compare compares, and this centre’s own "
            "log hazard ratios: no row, no code and no date of a patient. Several centres’ files "
            "become one analysis: `hepar pool A.json B.json --out FOLDER`."
        )
    )
    least = st.selectbox(
        _("Least count that leaves"),
        [k for k in _LEAST if k >= study.plan.report.least_cell],
        index=None,
        format_func=lambda k: text.visible(_worded(k)),
        placeholder=_("choose"),
        key=session.spoken_key("telling-least"),
    )
    if least is None:
        return
    try:
        with st.spinner(_("Merging cells")):
            made = session.once(pool.counts, study, least)
    except PoolError as problem:
        st.error(text.plain(text.error(problem)), icon=":material/error:")
        return
    if least == EXACT:
        parts.small_print(
            _("Exact counts tell each time of follow-up and each value of a number, one by one.")
        )
    parts.download(
        _("Counts, JSON"), partial(_itself, made), "counts.json", "telling-json", "download"
    )


def _worded(least: int) -> str:
    if least == EXACT:
        return _("exact: every count and time as it is")
    return _("merged to 0 or at least {k}").format(k=least)


def _itself(made: bytes) -> bytes:
    return made
