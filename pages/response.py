"""Who responded, at each time, by modality or any other column known at baseline."""

import streamlit as st

from lib import text
from lib.analyses import response
from lib.exhibits import exhibit
from lib.exhibits import response as response_words
from lib.figures.response import panel_title, response_bars
from lib.language import _
from lib.schema import COLUMNS
from lib.ui import choices, frame, needed, parts, responding, session

frame.guard()
study = parts.heading(_("Response"))
result = session.computed(response.by_group)
if not result.times and not study.measured.courses:
    parts.locked(
        _("No response is recorded in this file."),
        [COLUMNS[name] for name in needed.RESPONDED],
        one_is_enough=True,
    )
    responding.disagreements(result)
    st.stop()

responding.asked(study)
responding.how_derived(result.derivation)
choices.no_modality(study)
if not result.times:
    parts.empty(_("Nothing is recorded at these times."), _("Derive responses, or choose others."))
    responding.disagreements(result)
    st.stop()

if answer := response_words.answer(result):
    st.markdown(text.plain(answer))
small = study.plan.small
states = [(panel_title(time), response_words.states(time, small)) for time in result.times]
rates = [(panel_title(time), response_words.rates_table(time, small)) for time in result.times]
parts.figure(
    "response",
    response_bars(result.times, [response.bars(result, time) for time in result.times]),
    text.titled(_("Response"), exhibit.grouping(result.column)),
    response_words.caption(result),
    exhibit.notes(result),
    [*states, *((_("{time}, rates").format(time=title), frame) for title, frame in rates)],
)
parts.cautions(result.cautions)
responding.by_time(result, states, rates)
parts.small_print(response_words.rates_caption(result))
responding.changes(result)
responding.lasted(result)
responding.disagreements(result)
