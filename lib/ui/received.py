"""Everything received, on the Compare page: overlap, survival and response after the landmark."""

import streamlit as st

from lib import exhibits
from lib.analyses import landmark, received
from lib.language import _
from lib.schema import Endpoint
from lib.ui import followed, parts, session


def everything(endpoint: Endpoint) -> None:
    """Patients by all they received: how many, and what can be said of it without misleading."""
    with parts.held():
        parts.show(exhibits.cohort.overlap, session.of_rows())
    found = session.computed(received.overlap)
    known = session.computed(received.rules)
    if found is None or not known:
        st.info(
            _("The dates of the procedures, or of the first of each kind, would unlock this."),
            icon=":material/lock:",
        )
        return
    parts.show(exhibits.received.overlap, found)
    rule, slider = st.columns(2)
    with rule:
        title = _("By everything received until the landmark")
        chosen = followed.way(title, known, "received-rule")
    with slider:
        followed.landmark_slider()
    parts.small_print(exhibits.received.rule(chosen))
    followed.from_landmark(session.computed(landmark.at_landmark, endpoint, chosen))
    later = session.computed(received.responses, chosen)
    if later is not None:
        parts.show(exhibits.received.responses, later, chosen, headed="bold")
    switch = session.computed(received.switching, endpoint)
    if switch is not None:
        parts.show(exhibits.received.switching, switch, headed="bold")
