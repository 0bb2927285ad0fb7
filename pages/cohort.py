"""From a file to the cohort under study: load, map, check."""

import streamlit as st

from lib.language import _
from lib.ui import checking, frame, gathering, mapping, parts, registries, session, steps

frame.guard()
st.title(_("Hepar"))
st.markdown(
    _(
        "Who responded, how long patients lived, and what chemoinfusion against chemoembolization "
        "can be said to show: from your department’s spreadsheet, before you see a statistician."
    )
)
if registries.looked_into() or gathering.opened():
    parts.end()
cohort = session.cohort()
step = steps.step(cohort) if cohort else "load"
if step == "load" or cohort is None:
    steps.load()
elif step == "map":
    mapping.map_columns()
else:
    checking.check(cohort)
if cohort:
    steps.onward(step)
