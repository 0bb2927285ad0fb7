"""One modality against another: balance, response, survival, and what may be claimed."""

import streamlit as st

from lib.analyses import comparison
from lib.language import _
from lib.ui import choices, comparing, frame, gathering, parts, protocol, session

frame.guard()
study = parts.heading(_("Compare"))
gathering.in_place_of("compare")
result = session.computed(comparison.of_arms)
if result is None:
    choices.compared_column(study)
    parts.cautions(comparison.why_not(study), "arms")
    choices.no_arms(study)
    parts.end()

reference, other, which, more = st.columns([3, 3, 3, 1.5], vertical_alignment="bottom")
choices.arms(result, reference, other)
if protocol.offered(result):
    parts.end()

session.comparison_opened()
with which:
    contrast = comparing.chosen(result)
with more:
    parts.more("protocol", protocol.place, study, result)
shown = comparing.curves(result, contrast)
comparing.first(result, shown)
comparing.tabs(result, shown, contrast.endpoint if contrast else None)
comparing.many(result)
