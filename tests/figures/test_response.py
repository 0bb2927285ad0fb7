from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.analyses import response
from lib.figures import theme
from lib.figures.response import response_bars, small_bars
from tests.conftest import studied, study_of


def drawn(study):
    result = response.by_group(study)
    bars = [response.bars(result, time) for time in result.times]
    return result, bars, response_bars(result.times, bars).checked()


def panel(figure, number):
    """Segments of a panel by state: (shares, words)."""
    axis = "y" if number == 1 else f"y{number}"
    return {
        trace.legendgroup: (list(trace.x), list(trace.text))
        for trace in figure.data
        if trace.yaxis == axis
    }


def test_the_parts_of_each_bar_hold_k_of_n_and_add_up_to_all_treated():
    result, bars, figure = drawn(studied("workbook"))
    assert [time.months for time in result.times] == [3, 6, 12, response.BEST]
    six = panel(figure, 2)
    assert six["PR"] == ([1 / 36, 0, 1 / 16], ["1", "", "1"])  # too narrow to write k/n in
    assert six["SD"] == ([29 / 36, 16 / 20, 13 / 16], ["29/36", "16/20", "13/16"])
    assert six["PD"] == ([6 / 36, 4 / 20, 2 / 16], ["6/36", "4/20", "2/16"])
    for number in range(1, len(bars) + 1):
        shares = np.sum([x for x, _words in panel(figure, number).values()], axis=0)
        assert_allclose(shares, 1)
    assert (figure.layout.barmode, figure.layout.xaxis.range) == ("stack", (0, 1))
    assert {trace.orientation for trace in figure.data} == {"h"}
    shown = [trace.legendgroup for trace in figure.data if trace.showlegend]
    assert sorted(shown) == ["PD", "PR", "SD"]  # one entry in the legend, and one colour
    for trace in figure.data:
        assert trace.marker.color == theme.STATE_COLOURS[trace.legendgroup]


def test_what_is_too_narrow_to_write_in_stands_in_the_bars_name():
    _result, _bars, figure = drawn(studied("registry"))
    names = [annotation.text for annotation in figure.layout.annotations]
    assert names[0] == "<b>At 3 months</b>: All patients, n = 240"
    assert "Chemoembolization (TACE), n = 125 (NE 2)" in names
    three = panel(figure, 1)
    assert three["NE"][1] == ["7", "5", ""]
    assert three["died"][1] == ["13", "7", "6"]  # where k/n is too wide, k of the n above


def test_patients_who_are_not_due_are_in_no_bar():
    columns = {
        "response_6m": ["SD"] * 4 + ["PD"],
        "first_procedure_date": ["2020-01-01"] * 4 + ["2021-12-01"],
        "last_contact_date": ["2022-01-01"] * 5,
    }
    _result, _bars, figure = drawn(study_of(columns))
    assert panel(figure, 1) == {"SD": ([1.0], ["4/4"])}


@pytest.mark.parametrize("evil", ["<b>x</b>", "<a href='j:x()'>x</a>"])
def test_text_of_a_spreadsheet_is_drawn_as_it_stands(evil):
    columns = {"modality": [evil] * 5 + ["HAI"] * 5, "response_6m": ["SD"] * 10}
    _result, _bars, figure = drawn(study_of(columns))
    escaped = evil.replace("<", "&lt;").replace(">", "&gt;")
    assert f"Modality: {escaped}, n = 5" in [
        annotation.text for annotation in figure.layout.annotations
    ]
    assert evil not in str(figure.to_dict())


def test_a_small_figure_has_the_same_bars_under_short_names():
    result, bars, figure = drawn(studied("registry"))
    small = small_bars(result.times[1:3], bars[1:3]).checked()
    assert panel(small, 1) == panel(figure, 2)
    names = {trace.legendgroup: trace.name for trace in small.data}
    assert {"CR": "CR", "PD": "PD", "lost": "no scan"}.items() <= names.items()
    assert max(len(each.text) for each in small.layout.annotations) <= 66
    assert small.layout.height < figure.layout.height / 1.5


def test_a_bar_carries_the_code_of_its_level_and_that_of_all_patients_none():
    _result, _bars, figure = drawn(studied("workbook"))
    assert [each[0] for each in figure.data[0].customdata] == ["", "HAI", "TACE"]


def test_counts_of_seven_digits_have_marks_and_leave_the_names_whole():
    result, bars, figure = drawn(studied("registry"))
    large = [
        [replace(bar, counts=40_000 * bar.counts, treated=40_000 * bar.treated) for bar in each]
        for each in bars
    ]
    many = response_bars(result.times, large).checked()
    names = [annotation.text for annotation in many.layout.annotations]
    tace = next(each for each in names if "TACE" in each).split("<br>")
    assert tace[0] == "Chemoembolization (TACE), n = 5,000,000"
    assert "NE 80,000" in tace[1]
    assert "4,040,000/9,600,000" in panel(many, 1)["SD"][1]
    assert many.layout.height > figure.layout.height
    (thick,) = {trace.width for trace in many.data}
    assert thick < next(iter(trace.width for trace in figure.data))  # as thick on a longer figure
