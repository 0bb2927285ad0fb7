"""The sections of the Response page: what responses rest on, how they changed and lasted."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lib import text
from lib.analyses import duration, transitions
from lib.analyses.derivation import Derivation
from lib.analyses.response import ResponseByGroup
from lib.analyses.study import Study
from lib.exhibits import derivation, exhibit, response, survival
from lib.exhibits import duration as duration_words
from lib.exhibits import transitions as transitions_words
from lib.figures.survival import survival_curves
from lib.figures.transitions import alluvial
from lib.language import _
from lib.ui import choices, parts, session

_MOST, _ALIKE = 50, 5


def asked(study: Study) -> None:
    """The page's choices: first those of every file, then those of a file that was measured."""
    by, deaths, months = st.columns(3)
    with by:
        choices.grouping(study)
    with deaths:
        choices.deaths(study)
    with months:
        choices.months(study)
    if study.measured.courses:
        source, profile, confirm = st.columns(3)
        with source:
            choices.source(study)
        if study.measured.derived:
            with profile:
                choices.profile(study)
            with confirm:
                choices.confirmation(study)


def how_derived(found: Derivation) -> None:
    """Fold away the windows, the sentences for a paper, and the tables of rules."""
    if not found.provenance.measured:
        return
    with st.expander(_("How responses are derived"), key="how-derived"):
        if found.derived:
            choices.windows(found.provenance.plan.response)
        st.markdown(_("**For the methods section**"))
        st.code(derivation.methods_words(found), language=None, wrap_lines=True)
        st.markdown(_("Of each list the first rule that applies gives the response."))
        st.markdown(derivation.rules_words(found.provenance.plan.response))


def by_time(
    result: ResponseByGroup,
    states: Sequence[tuple[str, pd.DataFrame]],
    rates: Sequence[tuple[str, pd.DataFrame]],
) -> None:
    """The states and rates of each time in a tab; the last time, which the answer is of, open.

    A tab with a caution wears its sign, so that none is overlooked in a tab that is shut.
    """
    labels = [
        f":material/warning: {title}" if time.cautions else title
        for time, (title, _states) in zip(result.times, states, strict=True)
    ]
    last = labels[-1]
    if result.both_ways:
        labels.append(_("Confirmed and unconfirmed"))
    tabs = st.tabs(labels, default=last)
    for tab, time, (title, counted), (_title, rated) in zip(
        tabs, result.times, states, rates, strict=False
    ):
        with tab:
            parts.cautions(time.cautions)
            parts.table(counted, f"states {title}")
            parts.table(rated, f"rates {title}")
    if result.both_ways:
        with tabs[-1]:
            _both_ways(result)


def _both_ways(result: ResponseByGroup) -> None:
    """Best response confirmed and unconfirmed, where it was derived."""
    title = _("Best response, confirmed and unconfirmed")
    frame = response.both_ways(result)
    parts.table(frame, "both ways")
    parts.small_print(response.best_words(result))
    notes = [response.best_words(result), *exhibit.notes(result)]
    parts.tables_download("best-response", [(title, frame)], notes, _("Numbers, XLSX"))


def changes(result: ResponseByGroup) -> None:
    """From state to state over time."""
    found = session.computed(transitions.between_times)
    if not found.passages:
        return
    title = _("Response from time to time")
    st.subheader(text.plain(title))
    frames = [
        (transitions_words.passage_title(each), transitions_words.passage(each))
        for each in found.passages
    ]
    caption = transitions_words.caption(found, result.derivation)
    parts.figure(
        "response-over-time", alluvial(found), title, caption, exhibit.notes(result), frames
    )
    with st.expander(_("In numbers: from each state to each other"), key="transitions"):
        for name, frame in frames:
            parts.table(frame, f"transitions {name}")


def lasted(result: ResponseByGroup) -> None:
    """How long responses lasted, where they were derived."""
    found = session.computed(duration.of_responses)
    if found is None:
        return
    title = text.label(found.response.endpoint)
    st.subheader(text.plain(title))
    st.markdown(text.plain(duration_words.answer(found)))
    frame, caption = duration_words.table(found), duration_words.caption(found)
    notes = exhibit.notes(result)
    group = found.response.group
    if group.curve is None:
        parts.empty(_("Too few responses for a curve."), duration_words.too_few(found))
    else:
        parts.figure(
            "duration-of-response",
            survival_curves(
                [group], found.response.endpoint, found.ticks, _("Months from the first response")
            ),
            title,
            caption,
            notes,
            [(title, frame), (_("Curve"), survival.points([group]))],
        )
    parts.table(frame, "durations")
    parts.small_print(_(duration_words.NEVER_BY_ARM))
    if group.curve is None:
        parts.small_print(caption)
        notes = [caption, *notes]
        parts.tables_download("duration-of-response", [(title, frame)], notes, _("Numbers, XLSX"))


def disagreements(result: ResponseByGroup) -> None:
    """Where the file and its measurements differ, and what of the measurements is in doubt."""
    found = result.derivation
    if not found.courses and not found.findings:
        return
    frame = derivation.disagreements(found)
    doubts = derivation.findings(found.findings)
    with st.expander(derivation.disagreements_title(found), key="disagreements"):
        if len(frame):
            st.markdown(derivation.used(found))
            _first(frame, "disagreements")
        elif found.courses:
            st.markdown(text.plain(derivation.agreed(found)))
        if len(doubts):
            st.markdown(_("**What to know of the measurements**"))
            parts.table(derivation.findings(found.findings, _ALIKE), "doubts")
        title = _("Recorded against derived")
        sheets = [(title, frame), (_("Findings"), doubts)]
        kept = [(name, each) for name, each in sheets if len(each)]
        if kept:
            notes = [derivation.used(found), *exhibit.notes(result)]
            parts.tables_download("recorded-against-derived", kept, notes, _("All of them, XLSX"))


def _first(frame: pd.DataFrame, name: str) -> None:
    """As many lines as a page can hold."""
    parts.table(frame.head(_MOST), name)
    if len(frame) > _MOST:
        parts.small_print(
            _("The first {k} of {n}; the workbook has all.").format(k=_MOST, n=len(frame))
        )
