"""Everything received, on the Compare page: overlap, survival and response after the landmark."""

import streamlit as st

from lib import exhibits, text
from lib.analyses import landmark, received
from lib.analyses.study import Study
from lib.language import _
from lib.plan import LaterRule
from lib.schema import Endpoint
from lib.ui import followed, parts, session


def everything(study: Study, endpoint: Endpoint) -> None:
    """Patients by all they received: how many, and what can be said of it without misleading."""
    recorded = session.once(exhibits.cohort.overlap, study)
    if recorded is not None:
        parts.exhibit(recorded)
    found = session.computed(received.overlap)
    known = session.computed(received.rules)
    if found is None or not known:
        st.info(
            _("The dates of the procedures, or of the first of each kind, would unlock this."),
            icon=":material/lock:",
        )
        return
    parts.exhibit(session.once(exhibits.received.overlap, found))
    rule, slider = st.columns(2)
    with rule:
        chosen = _rule(known)
    with slider:
        followed.landmark_slider()
    parts.small_print(exhibits.received.rule(chosen))
    followed.from_landmark(session.computed(landmark.at_landmark, endpoint, chosen))
    later = session.computed(received.responses, chosen)
    if later is not None:
        shown = session.once(exhibits.received.responses, later, chosen)
        st.markdown(f"**{text.plain(shown.title)}**")
        parts.exhibit(shown)
    switch = session.computed(received.switching, endpoint)
    if switch is not None:
        shown = session.once(exhibits.received.switching, switch)
        st.markdown(f"**{text.plain(shown.title)}**")
        parts.exhibit(shown)


def _rule(known: tuple[LaterRule, ...]) -> LaterRule:
    chosen = st.selectbox(
        _("By everything received until the landmark"),
        known,
        format_func=lambda rule: _(exhibits.landmark.WAYS[rule]),
        key="received-rule",
        persist_state="session",
    )
    return chosen or known[0]
