"""How long patients lived, and lived without progression, by any column known at baseline."""

import streamlit as st

from lib import text
from lib.analyses import incidence, survival
from lib.figures.survival import survival_curves
from lib.language import _
from lib.report import captions, files, reading, tables
from lib.ui import choices, followed, frame, parts, session
from lib.ui import incidence as incidence_ui

frame.guard()
study = parts.heading(_("Survival"))
available = session.computed(survival.available)
choices.no_endpoint(available)
available += session.computed(incidence.available)
if not available:
    st.stop()

endpoint = choices.endpoint(available)
choices.grouping(study)
choices.no_modality(study)
followed.choices(study, endpoint)
if endpoint.competing:
    incidence_ui.by_group(endpoint)
    st.stop()

result = session.computed(survival.by_group, endpoint)
summary = tables.survival_summary(result)
name = text.titled(text.label(endpoint), captions.grouping(result.column))
if result.drawn:
    followed.answer(result)
    parts.figure(
        files.key("survival", files.of_endpoint(endpoint, study.provenance)),
        survival_curves(
            result.drawn,
            endpoint,
            result.ticks,
            captions.axis(result.by_months, result.everyone.n, study.provenance),
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
parts.meanings(reading.survival(result))
parts.small_print(captions.summary(result))
followed.folds(study, result)
