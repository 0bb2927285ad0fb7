"""The plainest Streamlit page with lifelines: a file, a filter, curves with their limits."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from lifelines import KaplanMeierFitter


@st.cache_data
def read(file):
    return pd.read_csv(file)


st.title("Survival")
file = st.file_uploader("Cohort", type="csv")
if file is not None:
    cohort = read(file)
    chosen = st.sidebar.multiselect("Modality", sorted(cohort.modality.unique()))
    if chosen:
        cohort = cohort[cohort.modality.isin(chosen)]
    figure = go.Figure()
    medians = {}
    for name, group in cohort.groupby("modality"):
        fitted = KaplanMeierFitter(label=name).fit(group.os_months, group.os_event)
        limits = fitted.confidence_interval_
        step = {"x": fitted.timeline, "line_shape": "hv", "mode": "lines", "legendgroup": name}
        edge = {**step, "line_width": 0, "showlegend": False, "hoverinfo": "skip"}
        figure.add_scatter(y=limits.iloc[:, 1], **edge)
        figure.add_scatter(y=limits.iloc[:, 0], fill="tonexty", **edge)
        figure.add_scatter(y=fitted.survival_function_[name], name=name, **step)
        medians[name] = fitted.median_survival_time_
    st.plotly_chart(figure)
    st.table(pd.Series(medians, name="median, months"))
