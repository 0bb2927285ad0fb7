"""Everything received, on the Compare page: overlap, survival and response after the landmark."""

import streamlit as st

from lib import text
from lib.analyses import landmark, received
from lib.analyses.study import Study
from lib.exhibits import cohort
from lib.exhibits import received as words
from lib.exhibits.landmark import WAYS
from lib.language import _
from lib.plan import LaterRule
from lib.schema import Endpoint
from lib.ui import followed, parts, session


def everything(study: Study, endpoint: Endpoint) -> None:
    """Patients by all they received: how many, and what can be said of it without misleading."""
    recorded = cohort.overlap(study)
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
    parts.table(words.overlap(found), "overlap of modalities")
    parts.small_print(words.overlap_words(found))
    rule, slider = st.columns(2)
    with rule:
        chosen = _rule(known)
    with slider:
        followed.landmark_slider(study)
    parts.small_print(words.rule(chosen))
    followed.from_landmark(session.computed(landmark.at_landmark, endpoint, chosen))
    later = session.computed(received.responses, chosen)
    if later is not None:
        st.markdown(f"**{_('Response after the landmark')}**")
        parts.cautions(later.cautions)
        parts.table(words.responses(later), "later responses")
        parts.small_print(words.responses_words(later))
    _second(endpoint)


def _rule(known: tuple[LaterRule, ...]) -> LaterRule:
    chosen = st.selectbox(
        _("By everything received until the landmark"),
        known,
        format_func=lambda rule: _(WAYS[rule]),
        key="received-rule",
        persist_state="session",
    )
    return chosen or known[0]


def _second(endpoint: Endpoint) -> None:
    """A second modality as of its date."""
    switch = session.computed(received.switching, endpoint)
    if switch is None:
        return
    title = _("A second modality, as of its date: {endpoint}")
    st.markdown(f"**{text.plain(title.format(endpoint=text.in_sentence(endpoint)))}**")
    parts.cautions(switch.cautions)
    parts.table(words.switch(switch), f"switch {endpoint.code}")
    parts.small_print(words.switch_words(switch))
