"""One modality against another: balance, response, survival, and what may be claimed."""

import streamlit as st

from lib.analyses import comparison
from lib.language import _
from lib.ui import choices, comparing, frame, parts, protocol, session

frame.guard()
study = parts.heading(_("Compare"))
column, reference, other = st.columns(3)
with column:
    choices.compared_column(study)
result = session.computed(comparison.of_arms)
if result is None:
    parts.cautions(comparison.why_not(study))
    choices.no_arms(study)
    st.stop()

choices.arms(result, reference, other)
if protocol.offered(result):
    st.stop()

session.comparison_opened()
protocol.place(result)
contrast = comparing.chosen(result)
endpoint = contrast.endpoint if contrast else None
shown = comparing.curves(result, contrast)
comparing.first(result, shown)
choices.no_endpoint([each.endpoint for each in result.survivals])
comparing.contrast(result, shown, endpoint)
comparing.responses(result)
comparing.balance(result, endpoint)
comparing.many(result)
comparing.folds(result, endpoint)
