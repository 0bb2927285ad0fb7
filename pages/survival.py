"""How long patients lived, and lived without progression, by any column known at baseline."""

import streamlit as st

from lib import text
from lib.analyses import survival
from lib.figures.survival import survival_curves
from lib.language import _
from lib.report import captions, tables
from lib.ui import choices, frame, parts, session

frame.guard()
study = parts.heading(_("Survival"))
available = survival.available(study)
choices.no_endpoint(available)
if not available:
    st.stop()

endpoints, by = st.columns(2)
with endpoints:
    endpoint = choices.endpoint(available)
with by:
    choices.grouping(study)
choices.no_modality(study)
result = session.computed(survival.by_group, endpoint)
summary = tables.survival_summary(result)
name = text.titled(text.label(endpoint), captions.grouping(result.column))
if result.drawn:
    st.markdown(text.plain(captions.medians(result)))
    parts.figure(
        survival_curves(
            result.drawn,
            endpoint,
            result.ticks,
            captions.axis(result.by_months, result.everyone.n),
        ),
        name,
        captions.survival(result),
        tables.notes(result),
        [(name, summary), (_("Curves"), tables.curve_points(result.drawn))],
    )
else:
    parts.empty(_("Too few patients for a curve."), _("Widen a filter, or group by nothing."))
parts.cautions(result.cautions)
parts.table(summary, f"summary {endpoint.code}")
parts.small_print(captions.summary(result))
