"""Cumulative incidence on a page: curves, the stacked picture, and both arms of a comparison."""

import streamlit as st

from lib import text
from lib.analyses import incidence
from lib.analyses.incidence import IncidenceByGroup
from lib.exhibits import exhibit, survival
from lib.exhibits import incidence as words
from lib.figures.incidence import incidence_curves, stacked
from lib.language import _
from lib.schema import BY_DATES, COLUMNS, Endpoint
from lib.ui import followed, parts, session


def by_group(endpoint: Endpoint) -> None:
    """The picture of an endpoint with which others compete, its numbers, and what lies behind."""
    result = session.computed(incidence.by_group, endpoint)
    summary = words.summary(result)
    if not result.drawn:
        parts.empty(_("Too few patients for a curve."), _("Widen a filter, or group by nothing."))
        parts.cautions(result.cautions)
        return
    st.markdown(text.plain(words.answer(result)))
    name = words.title(result)
    numbers = [(name, summary), (_("Curves"), words.curve_points(result))]
    several = len(result.causes) > 2
    picture = stacked if several else incidence_curves
    drawing = picture(result.drawn, result.causes, result.ticks, survival.axis(0, 1))
    key = exhibit.key("incidence", exhibit.of_endpoint(endpoint, result.provenance))
    parts.figure(key, drawing, name, words.caption(result), exhibit.notes(result), numbers)
    parts.cautions(result.cautions)
    parts.table(summary, f"summary {endpoint.code}")
    if not several:
        with st.expander(_("All that may come first, adding up to 1")):
            stacked_figure(result)
    with st.expander(_("How follow-up ended")):
        followed.endings(result)
    parts.small_print(words.naive(result))
    if endpoint.code == "TTP" and BY_DATES["THP"] not in session.computed(incidence.available):
        parts.locked(
            _("Where the disease progressed is not known of any patient."),
            [COLUMNS[name] for name in BY_DATES["FIRST"].ends[:2]],
        )


def stacked_figure(result: IncidenceByGroup) -> None:
    """Every cause and those with none of them, stacked to 1 in each group."""
    parts.figure(
        exhibit.key("what-came-first", exhibit.of_endpoint(result.endpoint, result.provenance)),
        stacked(result.drawn, result.causes, result.ticks, survival.axis(0, 1)),
        words.stacked_title(result),
        words.caption(result),
        exhibit.notes(result),
        [(words.stacked_title(result), words.curve_points(result))],
    )


def of_arms() -> None:
    """What came first in each of the plan's two arms, stacked to 1."""
    result = session.computed(incidence.of_arms)
    if result is None:
        parts.locked(
            _("The file does not say when a disease progressed."),
            [COLUMNS[name] for name in ("first_procedure_date", "progression_date", "death_date")],
        )
        return
    if not result.drawn:
        parts.empty(_("Too few patients for a curve."), _("Widen a filter in the sidebar."))
    else:
        st.markdown(text.plain(words.answer(result)))
        stacked_figure(result)
        parts.table(words.summary(result), f"arms {result.endpoint.code}")
    parts.cautions(result.cautions)
