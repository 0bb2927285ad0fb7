"""How long patients lived, and lived without progression, by any column known at baseline."""

import streamlit as st

from lib import text
from lib.analyses import incidence, survival
from lib.exhibits import exhibit
from lib.exhibits import survival as survival_words
from lib.figures.survival import survival_curves
from lib.language import _
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
summary = survival_words.summary(result)
name = text.titled(text.label(endpoint), exhibit.grouping(result.column))
if result.drawn:
    followed.answer(result)
    parts.figure(
        exhibit.key("survival", exhibit.of_endpoint(endpoint, study.provenance)),
        survival_curves(
            result.drawn,
            endpoint,
            result.ticks,
            survival_words.axis(result.by_months, result.everyone.n, study.provenance),
        ),
        name,
        survival_words.caption(result),
        exhibit.notes(result),
        [(name, summary), (_("Curves"), survival_words.points(result.drawn))],
    )
else:
    parts.empty(_("Too few patients for a curve."), _("Widen a filter, or group by nothing."))
parts.cautions(result.cautions)
parts.table(summary, f"summary {endpoint.code}")
parts.meanings(survival_words.meanings(result))
parts.small_print(survival_words.summary_caption(result))
followed.folds(study, result)
