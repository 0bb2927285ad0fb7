"""The course of each patient: best change, change over time, what happened when, who is overdue."""

import streamlit as st

from lib.language import _
from lib.ui import courses, frame, parts

frame.guard()
study = parts.heading_of_rows(_("Patients"))
courses.all_patients(study)
st.divider()
courses.late(study)
