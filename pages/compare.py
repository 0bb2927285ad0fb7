"""One modality against another: balance, response, survival, and what may be claimed."""

import streamlit as st

from lib import text
from lib.analyses import comparison
from lib.exhibits import comparison as comparison_words
from lib.exhibits import exhibit
from lib.language import _
from lib.ui import choices, comparing, frame, parts, session

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
contrast = comparing.chosen(result)
comparing.answer(result, contrast)
parts.cautions(result.cautions)
choices.no_endpoint([each.endpoint for each in result.survivals])
if contrast is not None:
    st.subheader(text.plain(text.label(contrast.endpoint)))
    comparing.contrast(result, contrast)
comparing.responses(result)
comparing.balance(result, contrast.endpoint if contrast else None)
comparing.many(result)
parts.tables_download(
    "compare",
    comparison_words.of_comparison(result),
    exhibit.notes(result),
)
if contrast is not None:
    comparing.adjusted(contrast.endpoint)
    comparing.by_subgroup(contrast.endpoint)
    comparing.by_centre(contrast.endpoint)
    comparing.robust(contrast.endpoint)
comparing.first_events()
comparing.complications()
if contrast is not None and result.column.name == "modality":
    comparing.all_received(contrast.endpoint)
comparing.tests()
