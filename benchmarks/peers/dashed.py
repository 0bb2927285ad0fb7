"""The plainest Dash page with lifelines: a file, a filter, curves with their limits.

python dashed.py PORT
"""

import base64
import io
import sys

import pandas as pd
import plotly.graph_objects as go
from dash import Dash, Input, Output, State, callback, dash_table, dcc, html
from lifelines import KaplanMeierFitter

COHORT = {}

app = Dash(__name__)
app.layout = html.Div(
    [
        html.H1("Survival"),
        dcc.Upload("Cohort", id="upload"),
        dcc.Checklist([], [], id="modality"),
        html.Div(id="result"),
    ]
)


@callback(Output("modality", "options"), Input("upload", "contents"), prevent_initial_call=True)
def read(contents):
    COHORT["table"] = pd.read_csv(io.BytesIO(base64.b64decode(contents.partition(",")[2])))
    return sorted(COHORT["table"].modality.unique())


@callback(
    Output("result", "children"),
    Input("modality", "value"),
    Input("modality", "options"),
    State("upload", "filename"),
    prevent_initial_call=True,
)
def draw(chosen, _options, _name):
    cohort = COHORT["table"]
    if chosen:
        cohort = cohort[cohort.modality.isin(chosen)]
    figure = go.Figure()
    medians = []
    for name, group in cohort.groupby("modality"):
        fitted = KaplanMeierFitter(label=name).fit(group.os_months, group.os_event)
        limits = fitted.confidence_interval_
        step = {"x": fitted.timeline, "line_shape": "hv", "mode": "lines", "legendgroup": name}
        edge = {**step, "line_width": 0, "showlegend": False, "hoverinfo": "skip"}
        figure.add_scatter(y=limits.iloc[:, 1], **edge)
        figure.add_scatter(y=limits.iloc[:, 0], fill="tonexty", **edge)
        figure.add_scatter(y=fitted.survival_function_[name], name=name, **step)
        medians.append({"modality": name, "median, months": fitted.median_survival_time_})
    return [dcc.Graph(figure=figure), dash_table.DataTable(medians)]


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), debug=False)
