import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib.analyses import transitions
from lib.figures import theme
from lib.figures.transitions import alluvial
from tests.conftest import START, after, studied, study_of


def drawn(columns):
    found = transitions.between_times(study_of(columns))
    return found, alluvial(found).checked()


COLUMNS = {"response_6m": ["PR", "SD", "SD", "SD"], "response_12m": ["PD", "PR", "SD", None]}


def bars(figure):
    return {trace.legendgroup: trace for trace in figure.data if trace.type == "bar"}


def bands(figure):
    return [trace for trace in figure.data if trace.type == "scatter"]


def test_each_bar_is_all_patients_and_holds_its_counts():
    _found, figure = drawn(COLUMNS)
    assert {code: list(bar.y) for code, bar in bars(figure).items()} == {
        "PR": [1, 1],
        "SD": [3, 1],
        "PD": [0, 1],
        "lost": [0, 1],
    }
    assert_allclose(np.sum([bar.y for bar in bars(figure).values()], axis=0), 4)
    assert list(bars(figure)["SD"].text) == ["3", "1"]
    assert figure.layout.barmode == "stack"
    assert figure.layout.yaxis.range == (4, 0)  # from the top down
    assert list(figure.layout.xaxis.ticktext) == ["6", "12"]


def test_a_band_starts_and_ends_at_its_part_of_each_bar_and_keeps_its_width():
    _found, figure = drawn(COLUMNS)
    found = {}
    for band in bands(figure):
        half = len(band.x) // 2
        top, bottom = np.array(band.y[:half]), np.array(band.y[half:])[::-1]
        assert_allclose(bottom - top, 1)
        assert_allclose([band.x[0], band.x[half - 1]], [0.16, 0.84])
        found[band.name] = (top[0], top[-1])
    pr, sd, pd = (
        f"{words} at {{}} months"
        for words in ("Partial response (PR)", "Stable disease (SD)", "Progressive disease (PD)")
    )
    assert found == {
        f"{pr.format(6)}, {pd.format(12)}: 1/4 (25%)": (0.0, 2.0),
        f"{sd.format(6)}, {pr.format(12)}: 1/4 (25%)": (1.0, 0.0),
        f"{sd.format(6)}, {sd.format(12)}: 1/4 (25%)": (2.0, 1.0),
        f"{sd.format(6)}, No scan at 12 months: 1/4 (25%)": (3.0, 3.0),
    }


def test_states_have_their_own_colours_and_bands_those_of_where_they_come_from():
    _found, figure = drawn(COLUMNS)
    for code, bar in bars(figure).items():
        assert bar.marker.color == theme.STATE_COLOURS[code]
    for band in bands(figure):
        assert band.fillcolor == theme.pale(theme.STATE_COLOURS[band.legendgroup], 0.45)
        assert not band.showlegend
    _found, figure = drawn({"response_6m": [None, "SD"], "response_12m": ["SD", "SD"]})
    (band,) = [each for each in bands(figure) if each.legendgroup == "lost"]
    assert band.fillcolor == theme.pale("#A9B4BC", 0.45)  # from a white state, and to be seen


def test_the_not_due_and_the_dead_are_in_every_bar():
    columns = {
        "first_procedure_date": [START, START, after(12)],
        "last_contact_date": [after(20)] * 3,
        "death_date": [None, after(8), None],
        "response_6m": ["SD", "SD", "PD"],
        "response_12m": ["SD", None, None],
    }
    _found, figure = drawn(columns)
    assert list(bars(figure)["not-due"].y) == [0, 1]
    assert list(bars(figure)["died"].y) == [0, 1]
    assert_allclose(np.sum([bar.y for bar in bars(figure).values()], axis=0), 3)


@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_ink_does_not_change_what_is_drawn(dark):
    figure = alluvial(transitions.between_times(studied("workbook")))
    inked, before = theme.inked(figure, dark).to_dict(), figure.to_dict()
    assert inked["data"] == before["data"]
    assert inked["layout"]["font"]["color"] != before["layout"]["font"].get("color")
