"""One modality against another: balance, response, survival, and what may be claimed."""

import streamlit as st

from lib import text
from lib.analyses import comparison
from lib.figures.survival import survival_curves
from lib.language import _
from lib.report import captions, tables
from lib.schema import COLUMNS
from lib.ui import choices, frame, incidence, parts, session

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
parts.cautions(result.cautions)
choices.no_endpoint([contrast.endpoint for contrast in result.survivals])
notes = tables.notes(result)
for contrast in result.survivals:
    st.subheader(text.label(contrast.endpoint))
    if answer := captions.answer(result, contrast):
        st.markdown(text.plain(answer))
    contrasts = tables.survival_contrasts(contrast, study.plan.small)
    name = text.titled(text.label(contrast.endpoint), captions.arms(result))
    parts.figure(
        survival_curves(
            contrast.arms,
            contrast.endpoint,
            contrast.ticks,
            captions.axis(contrast.by_months, sum(arm.n for arm in contrast.arms), study),
        ),
        name,
        captions.survival_contrast(result, contrast),
        [*notes, *(text.caution(caution) for caution in contrast.cautions)],
        [(_("Contrast"), contrasts), (_("Curves"), tables.curve_points(contrast.arms))],
    )
    parts.cautions(contrast.cautions)
    parts.table(contrasts, f"contrast {contrast.endpoint.code}")

st.subheader(_("Response"))
rates = tables.response_contrasts(result)
if result.responses:
    parts.table(rates, "response contrasts")
    parts.small_print(captions.response_contrasts(result))
else:
    parts.locked(
        _("No response is recorded in this file."),
        [COLUMNS[name] for name in ("response_6m", "response_12m", "best_response")],
    )

st.subheader(_("The arms at baseline"))
balance = tables.balance(result)
if result.covariates:
    parts.table(balance, "balance")
    parts.small_print(captions.balance(result))
else:
    st.info(_("Nothing else is known of these patients before the first procedure."))
parts.tables_download(
    text.titled(_("All tables,"), captions.arms(result)),
    [
        *(
            (text.label(c.endpoint), tables.survival_contrasts(c, study.plan.small))
            for c in result.survivals
        ),
        (_("Response"), rates),
        (_("Baseline"), balance),
    ],
    notes,
)
overlap = tables.overlap(study) if result.column.name == "modality" else None
if overlap is not None:
    with st.expander(_("Modality as recorded and as compared")):
        parts.table(overlap, "overlap")
incidence.of_arms(study, result)
