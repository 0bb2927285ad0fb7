"""From a file to the cohort under study: load, check, select."""

import streamlit as st

from lib.analyses.study import under_study
from lib.language import _
from lib.report import tables
from lib.ui import frame, parts, session

frame.guard()
st.title(_("Hepar"))
st.markdown(
    _(
        "Who responded, how long patients lived, and what chemoinfusion against chemoembolization "
        "can be said to show: from your department’s spreadsheet, without a statistician."
    )
)
parts.load()
cohort = session.cohort()
if cohort is None:
    st.stop()

study = session.computed(under_study)
st.subheader(_("The cohort"))
parts.whose(study)
parts.overview(study)
parts.next_pages()
st.subheader(_("From rows to patients"))
parts.table(tables.flow(study), "flow")
st.subheader(_("What the import found"))
if cohort.findings:
    parts.findings(cohort)
else:
    st.success(_("Every cell was read as it stands."), icon=":material/check:")
with st.expander(_("Columns as they were read")):
    parts.table(tables.mapping(cohort), "mapping")
