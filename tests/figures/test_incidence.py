import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lib.analyses import incidence, landmark
from lib.figures import theme
from lib.figures.incidence import corners, incidence_curves, stacked
from lib.figures.landmark import greyed
from lib.schema import BY_DATES, ENDPOINTS
from tests.conftest import studied


@pytest.fixture
def study():
    return studied("workbook")


def of(study, code):
    result = incidence.by_group(study, BY_DATES[code])
    return result, result.drawn, result.causes, result.ticks


def test_a_curve_starts_with_nobody_and_rises_in_steps(study):
    result, *parts = of(study, "TTP")
    figure = incidence_curves(*parts, "Months").checked()
    hai = result.groups[0]
    lines = [t for t in figure.data if t.mode == "lines" and t.legendgroup == "Chemoinfusion (HAI)"]
    upper, lower, *pieces = lines
    time, share = corners(hai.curve, 1)
    assert (time[0], share[0]) == (0, 0) and (np.diff(share) >= 0).all()
    assert_array_equal([*pieces[0].x, *(x for piece in pieces[1:] for x in piece.x[1:])], time)
    assert_allclose([*pieces[0].y, *(y for piece in pieces[1:] for y in piece.y[1:])], share)
    known = ~np.isnan(hai.curve.low[0])
    assert_array_equal(upper.y, hai.curve.high[0][known])
    assert_array_equal(lower.y, hai.curve.low[0][known])
    assert {piece.line.shape for piece in (upper, lower, *pieces)} == {"hv"}
    assert figure.layout.yaxis.title.text == "Cumulative incidence: progression"


def test_the_counts_under_each_tick_add_up_to_the_group(study):
    result, *parts = of(study, "TTP")
    figure = incidence_curves(*parts, "Months").checked()
    (written,) = [trace for trace in figure.data if trace.mode == "text"]
    names = list(figure.layout.yaxis2.ticktext)
    rows = np.reshape(list(map(int, written.text)), (len(names), -1))
    assert names == ["At risk", "Events", "Other first", "Censored"] * 2
    for at, group in enumerate(result.groups):
        block = np.array(rows[4 * at : 4 * at + 4])
        assert (block.sum(axis=0) == group.n).all()
        assert block[1:, -1].tolist() == [*group.counts, group.n - sum(group.counts)]


@pytest.mark.parametrize("code", ["TTP", "THP", "FIRST"])
def test_the_stack_sums_to_one_at_every_time(study, code):
    result, *parts = of(study, code)
    figure = stacked(*parts, "Months").checked()
    for row, group in enumerate(result.groups, start=1):
        layers = [trace for trace in figure.data if trace.stackgroup == str(row)]
        assert len(layers) == len(result.causes) + 1
        assert_allclose(np.sum([layer.y for layer in layers], axis=0), 1)
        assert_array_equal(layers[0].x[1:], group.curve.time)
    names = [trace.name for trace in figure.data if trace.showlegend]
    assert names[-1] == "None of these yet" and len(names) == len(set(names))


def test_causes_are_told_by_more_than_colour_and_not_by_a_modalitys(study):
    _result, *parts = of(study, "FIRST")
    layers = stacked(*parts, "Months").checked().data[:4]
    assert len({layer.fillcolor for layer in layers}) == 4
    assert [bool(layer.fillpattern.shape) for layer in layers] == [False, True, True, False]
    assert not {layer.fillcolor for layer in layers} & set(theme.MODALITY_COLOURS.values())


def test_the_contrast_that_misleads_is_grey_and_says_so(study):
    result = landmark.at_landmark(study, ENDPOINTS["OS"], "exclusive")
    figure = greyed(result.naive, result.endpoint, (0, 6)).checked()
    colours = {trace.line.color for trace in figure.data}
    assert len(colours) == 1 and not colours & set(theme.MODALITY_COLOURS.values())
    assert len({trace.line.dash for trace in figure.data}) == len(figure.data) == 3
    assert figure.layout.annotations[0].text == "misleading"
