"""A figure put together here is the one that Plotly would have made."""

import json
from base64 import b64decode

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.testing import assert_allclose
from plotly.subplots import make_subplots

from lib.figures.spec import Figure, put, scatter
from tests.conftest import figure_of


@pytest.mark.parametrize("heights", [[1], [380, 136], [44, 88, 62]])
def test_rows_stand_where_plotly_puts_them(heights):
    theirs = make_subplots(
        len(heights), 1, shared_xaxes=True, row_heights=heights, vertical_spacing=0.05
    )
    ours = Figure(heights, 0.05)
    for row in range(1, len(heights) + 1):
        theirs.add_scatter(x=[row], y=[row], row=row, col=1)
        ours.add_trace(scatter(x=[row], y=[row]), row)
    one, other = (json.loads(each.to_json())["layout"] for each in (ours.checked(), theirs))
    assert one.keys() == other.keys()
    for name in one.keys() - {"template"}:
        assert_allclose(one[name].pop("domain"), other[name].pop("domain"), atol=1e-12)
        assert one[name] == other[name]
    pairs = [(trace.xaxis, trace.yaxis) for trace in theirs.data]
    assert [(trace["xaxis"], trace["yaxis"]) for trace in ours.data] == pairs


def test_lines_and_words_of_a_row_stand_on_its_axes():
    theirs = make_subplots(2, 1)
    theirs.add_scatter(x=[1], y=[1], row=1, col=1)
    theirs.add_annotation(text="a", x=1, y=2, row=2, col=1)
    theirs.add_hline(y=3, line={"width": 1}, row=1, col=1)
    ours = Figure([1, 1])
    ours.add_annotation(2, text="a", x=1, y=2)
    ours.add_hline(3, {"width": 1})
    plain = go.Figure().add_vline(x=3, line={"width": 1})
    lone = Figure()
    lone.add_vline(3, {"width": 1})
    assert ours.checked().layout.annotations == theirs.layout.annotations
    assert ours.checked().layout.shapes == theirs.layout.shapes
    assert lone.checked().layout.shapes == plain.layout.shapes


def test_what_is_put_into_a_part_reaches_its_inner_parts_and_takes_nothing_else_away():
    font = {"size": 12}
    part = put({"font": {"color": "red"}}, {"font": font, "title": "Months", "name": None})
    put(part, {"font_size": 14, "title_font_size": 11})
    assert part["font"] == {"color": "red", "size": 14}
    assert part["title"] == {"text": "Months", "font": {"size": 11}}
    assert part.keys() == {"font", "title"}
    assert font == {"size": 12}
    put(part, {"font_color": None})
    assert part["font"] == {"size": 14}


def test_numbers_are_sent_as_they_are():
    x, cells = np.array([0.1, np.nan, 1e9]), np.array([[1, 2], [3, 4]])
    sent = figure_of(scatter(x=x[::-1], y=[1, 2, 3]), {"type": "heatmap", "z": cells}).to_dict()
    line, heat = go.Figure(sent).data
    assert sent["data"][0]["x"].keys() == {"dtype", "bdata"}
    read = np.frombuffer(b64decode(line.x["bdata"]), line.x["dtype"])
    np.testing.assert_array_equal(read, x[::-1])
    assert list(heat.z) == [[1, 2], [3, 4]]


def test_what_is_sent_can_be_written_into_and_the_figure_stays():
    figure = figure_of(scatter(x=[1], y=[1], line={"color": "red"}))
    figure.add_annotation(text="a", font_size=12)
    sent = figure.to_dict()
    sent["data"][0]["line"]["color"] = sent["layout"]["annotations"][0]["font"]["size"] = 0
    assert figure.data[0]["line"] == {"color": "red"}
    assert figure.layout["annotations"][0]["font"] == {"size": 12}


def test_plotly_is_asked_and_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="Invalid property"):
        figure_of(scatter(colour="red")).checked()


def test_the_template_is_plotlys_own():
    assert Figure().checked().to_json() == go.Figure(layout_template="plotly_white").to_json()


def test_rows_of_any_heights_stay_within_the_figure():
    for first in range(1, 60):
        for rest in ([], [3], [3, 7], [1, 2, 5]):
            Figure([first, *rest], 0.15 / (1 + len(rest))).checked()
